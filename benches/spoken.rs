//! How well spoken sentences are understood: what `allo hear` makes of those of the suite that the corpus has.
//!
//! ```sh
//! cargo bench --bench corpus -- --kind sentence   # first: the recordings
//! cargo bench --bench spoken                      # figures, and the mistakes in the half that may be looked at
//! ```

#[path = "corpus/manifest.rs"]
#[expect(dead_code, reason = "`allo hear` reads the sounds")]
mod manifest;
#[path = "../tests/common/suite.rs"]
mod suite;
#[path = "../tests/common/tally.rs"]
mod tally;
#[path = "corpus/times.rs"]
mod times;
#[path = "corpus/words.rs"]
mod words;

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};

use allo::understand::TopicMatch;
use anyhow::Context;
use manifest::{Kind, Recording};
use serde_json::Value;
use tally::Tally;
use times::percentile;

fn main() -> anyhow::Result<()> {
    let folder = Path::new(manifest::FOLDER);
    let mut recordings: Vec<Recording> = manifest::read(folder).into_values().collect();
    recordings.retain(|recording| recording.kind == Kind::Sentence);
    anyhow::ensure!(!recordings.is_empty(), "no sentence is there; run `make corpus` first");
    let heard = Command::new(env!("CARGO_BIN_EXE_allo"))
        .args(["hear", "--json", "--dialplan", "dialplans/valbourg.yaml"])
        .args(recordings.iter().map(|recording| recording.file(folder)))
        .stderr(Stdio::inherit())
        .output()?;
    anyhow::ensure!(heard.status.success(), "allo hear failed");
    let lines: Vec<Value> = String::from_utf8(heard.stdout)?
        .lines()
        .map(serde_json::from_str)
        .collect::<Result<_, _>>()?;
    anyhow::ensure!(lines.len() == recordings.len(), "allo hear left files out");
    let judged: Vec<(&Recording, &Value)> = recordings.iter().zip(&lines).collect();
    for (odd, half) in [(true, "read"), (false, "never read")] {
        for (clear, line) in [(true, "clear line"), (false, "noisy, faint or loud line")] {
            let some = judged.iter().filter(|(recording, _)| {
                suite::is_odd(&recording.text) == odd
                    && clear == (recording.noise.is_none() && recording.level == -20.0)
            });
            report(&format!("{half}, {line}"), &some.copied().collect::<Vec<_>>(), odd)?;
        }
    }
    // Most voices are mixed with those of other languages, or raised: how much of it is theirs?
    let mut by_voice = BTreeMap::<&str, Vec<_>>::new();
    for pair in &judged {
        by_voice.entry(&pair.0.voice).or_default().push(*pair);
    }
    by_voice
        .iter()
        .try_for_each(|(voice, some)| report(&format!("voice {voice}"), some, false))
}

/// Prints the figures of some sentences, and the mistakes where they may be looked at.
fn report(name: &str, judged: &[(&Recording, &Value)], show: bool) -> anyhow::Result<()> {
    let (mut tally, mut errors) = (Tally::default(), (0, 0));
    let (mut decoding, mut understanding) = (Vec::new(), Vec::new());
    for (recording, line) in judged {
        let text = line["text"].as_str().context("no text")?;
        let confidence = line["confidence"].as_f64().context("no confidence")? as f32;
        let label = recording.topic.as_deref().context("a sentence has a label")?;
        let alternatives: Vec<TopicMatch> = serde_json::from_value(line["alternatives"].clone())?;
        let found = line["topic"].as_str().map(|id| TopicMatch {
            id: id.into(),
            confidence,
        });
        let wrong = words::errors(&recording.text, text);
        (errors.0, errors.1) = (errors.0 + wrong.0, errors.1 + wrong.1);
        decoding.push(line["stt_ms"].as_f64().context("no time")?);
        understanding.push(line["understand_ms"].as_f64().context("no time")?);
        if !tally.add(label, found.as_ref(), &alternatives) && show {
            let found = found.as_ref().map_or("-", |topic| &topic.id);
            println!("{label} → {found} {confidence:.2}  [{}]", recording.id);
            println!("    said  « {} »\n    heard « {text} »", recording.text);
        }
    }
    if judged.is_empty() {
        return Ok(());
    }
    let recognition = percentile(&decoding, 0.5);
    let [median, slowest] = [0.5, 0.95].map(|share| percentile(&understanding, share));
    let share = |count| 100 * count / tally.inside.max(1);
    let right = tally.answered + tally.asked;
    let (right, either) = (share(right), share(right + tally.asked_as_second));
    println!("{name}: {tally:?}");
    println!(
        "    topic right {right} %, or one of two that are asked about {either} %, \
         word error rate {:.1} %, recognition {recognition:.0} ms, understanding {median:.0} ms (95 %: {slowest:.0})",
        100.0 * errors.0 as f64 / errors.1.max(1) as f64
    );
    Ok(())
}
