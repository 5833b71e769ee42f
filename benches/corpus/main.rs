//! The corpus of turns, made by the project: French callers on telephone lines, for `turns`, `calls` and `spoken`.
//!
//! ```sh
//! cargo bench --bench corpus                          # all of it; what is made already is kept
//! cargo bench --bench corpus -- --most 60             # the first 60 recordings, a small corpus of all kinds
//! cargo bench --bench corpus -- --minutes 9           # as many as are made in that time
//! cargo bench --bench corpus -- --kind sentence       # those of one kind
//! cargo bench --bench corpus -- voices if_sara:50@1   # how well our recognition understands voices
//! ```
//!
//! What is said is in `turns.tsv`, `pauses.tsv` and `barges.tsv`, and in the sentences of the tests
//! that nothing learns from.

mod manifest;
mod mix;
mod noise;
mod parallel;
mod plan;
mod speech;
#[path = "../../tests/common/suite.rs"]
mod suite;
mod voices;
mod words;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use allo::audio::wav;
use clap::{Parser, Subcommand};

/// Makes target/corpus.
#[derive(Parser)]
struct Arguments {
    #[command(subcommand)]
    other: Option<Other>,
    /// Everything follows from it.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Recordings at the most, in the order of the list.
    #[arg(long, default_value_t = usize::MAX)]
    most: usize,
    /// Only this kind.
    #[arg(long)]
    kind: Option<manifest::Kind>,
    /// Stop after so many minutes; the next run goes on.
    #[arg(long)]
    minutes: Option<u64>,
    /// Voices that render at the same time.
    #[arg(long, default_value_t = 2)]
    threads: usize,
    /// cargo passes it.
    #[arg(long, hide = true, global = true)]
    bench: bool,
}

#[derive(Subcommand)]
enum Other {
    /// Word error rate of our recognition for voices.
    Voices {
        /// VOICE:SHARE@THROAT; the corpus's own when none is named.
        names: Vec<String>,
    },
}

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let folder = Path::new(manifest::FOLDER);
    let callers = speech::Callers::open(Path::new("models"), folder.join("cache/clips"))?;
    match arguments.other {
        Some(Other::Voices { names }) => voices::measure(&callers, &names),
        None => make(&arguments, folder, callers),
    }
}

fn make(arguments: &Arguments, folder: &Path, callers: speech::Callers) -> anyhow::Result<()> {
    let known = manifest::read(folder);
    let mixer = mix::Mixer::new(callers, arguments.seed);
    let all = plan::recordings(arguments.seed);
    let total = all.len();
    let missing: Vec<_> = all
        .into_iter()
        .filter(|recording| arguments.kind.is_none_or(|kind| kind == recording.kind))
        .take(arguments.most)
        .filter(|recording| {
            let made = known.get(&recording.id);
            !made.is_some_and(|made| made.file(folder).exists() && same(made, recording))
        })
        .collect();
    println!("{total} recordings in the corpus, {} to make", missing.len());
    let file = PathBuf::from(folder).join("manifest.jsonl");
    let list = Mutex::new(std::fs::File::options().create(true).append(true).open(file)?);
    let deadline = arguments.minutes.map(|m| Instant::now() + Duration::from_secs(60 * m));
    parallel::each(&missing, arguments.threads, deadline, |recording| {
        let mut recording = recording.clone();
        let sound = mixer.make(&mut recording)?;
        let target = recording.file(folder);
        wav::write(
            &recording.id,
            &sound,
            std::io::BufWriter::new(std::fs::File::create(target)?),
        )?;
        let line = serde_json::to_string(&recording)?;
        Ok(writeln!(list.lock().expect("no panic while held"), "{line}")?)
    })?;
    let mut made = std::collections::BTreeMap::<_, (usize, f32)>::new();
    for recording in manifest::read(folder).values() {
        let count = made.entry(recording.kind).or_default();
        count.0 += 1;
        count.1 += recording.sound(folder)?.duration().as_secs_f32() / 60.0;
    }
    for (kind, (count, minutes)) in made {
        println!("{count:4} {kind:?}, {minutes:.1} min");
    }
    Ok(())
}

/// Whether what was made is what the list now asks for.
fn same(made: &manifest::Recording, wanted: &manifest::Recording) -> bool {
    made.text == wanted.text.replace(" |", "")
        && made.voice == wanted.voice
        && made.speed == wanted.speed
        && made.revision == wanted.revision
        && made.noise == wanted.noise
        && made.level == wanted.level
        && made.echo_ms == wanted.echo_ms
}
