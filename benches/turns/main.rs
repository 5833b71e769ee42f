//! Turn-taking in virtual time: every recording of the corpus in a call of its own, through the real core, with real
//! recognition, understanding and voice as jobs that come back after the time they took. Minutes instead of hours, and
//! the same every time.
//!
//! ```sh
//! cargo bench --bench corpus                    # first: the recordings
//! cargo bench --bench turns                     # all of them: figures, then each failure with its reasons
//! cargo bench --bench turns -- --kind paused    # turn, paused, barge, no-barge, no-speech
//! cargo bench --bench turns -- --id paused-012  # one, with all that happened in its call
//! ```

mod asking;
mod engines;
mod judge;
#[path = "../corpus/manifest.rs"]
mod manifest;
#[path = "../corpus/parallel.rs"]
mod parallel;
mod report;
mod telephone;
#[path = "../corpus/times.rs"]
mod times;
#[path = "../corpus/words.rs"]
mod words;

use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::AtomicBool;

use allo::app::plans::{self, Town};
use allo::audio::Pcm;
use allo::config::Config;
use allo::engine::models::{self, Role, WHISPER_BASE};
use allo::engine::whisper::Whisper;
use allo::understand::memory::Forgetful;
use allo::units::Expect;
use clap::Parser;
use manifest::{Kind, Recording};
use rand::SeedableRng;
use rand::rngs::StdRng;
use sha2::{Digest, Sha256};

/// Plays the corpus through the core in virtual time.
#[derive(Parser)]
struct Arguments {
    /// Only this kind.
    #[arg(long)]
    kind: Option<Kind>,
    /// Only recordings whose names begin so; tells what happened.
    #[arg(long)]
    id: Option<String>,
    /// Recordings of each kind at the most.
    #[arg(long, default_value_t = usize::MAX)]
    most: usize,
    /// Only recognise so many turns of each kind, one after the other, into target/corpus/recognition.jsonl.
    #[arg(long)]
    recognise: Option<usize>,
    /// Only measure what decoding takes on this machine, for all runs to come; nothing else may run.
    #[arg(long)]
    calibrate: bool,
    /// Stop after so many minutes and report on what was played.
    #[arg(long)]
    minutes: Option<u64>,
    /// Calls at the same time.
    #[arg(long, default_value_t = 2)]
    threads: usize,
    /// cargo passes it.
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let folder = Path::new(manifest::FOLDER);
    if let Some(most) = arguments.recognise {
        return recognise(folder, most);
    }
    let engines = engines::Engines::load(&folder.join("cache"))?;
    if arguments.calibrate {
        let recordings = manifest::read(folder).into_values();
        let spoken = recordings.filter(|r| matches!(r.kind, Kind::Turn | Kind::Paused));
        let clips = spoken.step_by(6).take(12).map(|recording| speech(folder, &recording));
        return engines.calibrate(&clips.collect::<anyhow::Result<Vec<_>>>()?);
    }
    let mut counts = std::collections::HashMap::<Kind, usize>::new();
    let mut chosen: Vec<Recording> = manifest::read(folder)
        .into_values()
        .filter(|recording| recording.kind != Kind::Sentence)
        .filter(|recording| arguments.kind.is_none_or(|kind| kind == recording.kind))
        .filter(|recording| arguments.id.as_ref().is_none_or(|id| recording.id.starts_with(id)))
        .filter(|recording| {
            let count = counts.entry(recording.kind).or_default();
            *count += 1;
            *count <= arguments.most
        })
        .collect();
    anyhow::ensure!(!chosen.is_empty(), "no such recording; run `make corpus` first");
    // All kinds from the beginning, for those who have little time.
    chosen.sort_by_cached_key(|recording| Sha256::digest(&recording.id).to_vec());
    let verdicts = Mutex::new(Vec::new());
    let started = std::time::Instant::now();
    let deadline = arguments
        .minutes
        .map(|m| started + std::time::Duration::from_secs(60 * m));
    parallel::each(&chosen, arguments.threads, deadline, |recording| {
        let verdict = judge::play(&engines, folder, recording)?;
        verdicts.lock().expect("no panic while held").push((recording, verdict));
        Ok(())
    })?;
    let mut verdicts = verdicts.into_inner().expect("no panic while held");
    verdicts.sort_by(|a, b| a.0.id.cmp(&b.0.id));
    report::print(&verdicts, arguments.id.is_some());
    println!("\n{} calls in {:.0} s", verdicts.len(), started.elapsed().as_secs_f32());
    Ok(())
}

/// Recognition alone, timed by the clock, for `peers.py`: speech with 0.3 s around it, evenly chosen as in `calls`.
fn recognise(folder: &Path, most: usize) -> anyhow::Result<()> {
    let config = Config::default();
    let (plan, _) = plans::read(Path::new("dialplans/valbourg.yaml"))?;
    let prompt = Town::new(plan, None, &Forgetful).prompt(Expect::Anything);
    let files = models::locate(&config.models, WHISPER_BASE)?;
    let mut decoder = Whisper::load(files.path(Role::Weights).expect("weights"))?.decoder()?;
    let mut rows = String::new();
    for kind in [Kind::Turn, Kind::Paused] {
        let mut all: Vec<Recording> = manifest::read(folder).into_values().collect();
        all.retain(|recording| recording.kind == kind);
        let step = (all.len() as f64 / most as f64).max(1.0);
        for n in 0..most.min(all.len()) {
            let recording = &all[(n as f64 * step) as usize];
            let speech = speech(folder, recording)?;
            let started = std::time::Instant::now();
            let heard = decoder.decode(&speech.0, &prompt, 2, &AtomicBool::new(false))?;
            let ms = started.elapsed().as_secs_f64() * 1000.0;
            let row = serde_json::json!({ "id": recording.id, "text": heard.text.reveal(), "ms": ms });
            rows.push_str(&format!("{row}\n"));
        }
    }
    std::fs::write(folder.join("recognition.jsonl"), rows)?;
    Ok(())
}

/// What recognition gets of a recording: its speech with 0.3 s around it.
fn speech(folder: &Path, recording: &Recording) -> anyhow::Result<Pcm<16_000>> {
    let sound = recording.sound(folder)?.0;
    let margin = manifest::RATE as usize * 3 / 10;
    let range = recording.start.saturating_sub(margin)..(recording.end + margin).min(sound.len());
    Ok(Pcm::<8000>(sound[range].to_vec()).to_rate())
}

/// The packets that a recording's line loses.
fn plan_rng(id: &str) -> StdRng {
    StdRng::from_seed(Sha256::digest(format!("{id}|line")).into())
}
