//! `allo hear`: transcribes and understands recordings, as a call would.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::mpsc;

use anyhow::Context;
use chrono::NaiveDateTime;
use serde::Serialize;

use super::sound;
use crate::app::engines;
use crate::app::plans::{self, Town};
use crate::audio::Pcm;
use crate::call::Understood;
use crate::config::Config;
use crate::engine::recognition::{Recognition, Urgency};
use crate::hear::ear::Ear;
use crate::hear::turn::Heard;
use crate::hear::{Transcript, Utterance};
use crate::understand::{TopicMatch, Value};
use crate::units::{CallId, Expect, FRAME, HZ, JobId};
use crate::web::words;

#[derive(clap::Args)]
pub(super) struct Arguments {
    /// Plan dont les sujets sont reconnus (par défaut : celui des réglages)
    #[arg(long, value_name = "FICHIER")]
    dialplan: Option<PathBuf>,
    /// Ce qui est attendu
    #[arg(long, value_enum)]
    expect: Option<Expected>,
    /// Une ligne JSON par fichier
    #[arg(long)]
    json: bool,
    /// Enregistrements
    #[arg(required = true, value_name = "WAV")]
    files: Vec<PathBuf>,
}

#[derive(Clone, Copy, clap::ValueEnum)]
#[value(rename_all = "snake_case")]
enum Expected {
    YesNo,
    Date,
    Time,
    Phone,
    Name,
    Digits,
}

impl From<Expected> for Expect {
    fn from(expected: Expected) -> Self {
        match expected {
            Expected::YesNo => Self::YesNo,
            Expected::Date => Self::Date,
            Expected::Time => Self::Time,
            Expected::Phone => Self::Phone,
            Expected::Name => Self::Name,
            Expected::Digits => Self::Digits,
        }
    }
}

/// What was heard in one file.
#[derive(Serialize)]
struct Line {
    file: String,
    speech_ms: u64,
    text: String,
    topic: Option<String>,
    confidence: f32,
    alternatives: Vec<TopicMatch>,
    value: Option<Value>,
    stt_ms: f64,
    understand_ms: f64,
}

pub(super) fn run(config: &Config, arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let plan = arguments
        .dialplan
        .clone()
        .or_else(|| config.dialplans.first().cloned())
        .context("aucun plan : donnez --dialplan")?;
    let (plan, _) = plans::read(&plan)?;
    let town = Town::new(plan, Some(engines::encoder(config)?), &engines::memory(config));
    let recognition = engines::recognition(config)?;
    let expect = arguments.expect.map_or(Expect::Anything, Expect::from);
    let mut failed = false;
    for file in &arguments.files {
        match hear(file, &town, &recognition, expect, config.civil_now()) {
            Ok(line) if arguments.json => println!("{}", serde_json::to_string(&line)?),
            Ok(line) => show(&line),
            Err(error) => {
                eprintln!("allo : {error:#}");
                failed = true;
            }
        }
    }
    Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn hear(
    file: &Path,
    town: &Town,
    recognition: &Recognition,
    expect: Expect,
    now: NaiveDateTime,
) -> anyhow::Result<Line> {
    let (understood, speech_ms) = understood(file, town, recognition, expect, now)?;
    let Understood {
        transcript,
        reading,
        took,
        ..
    } = understood;
    Ok(Line {
        file: file.display().to_string(),
        speech_ms,
        text: transcript.text.into_revealed(),
        confidence: reading
            .topic
            .as_ref()
            .or(reading.alternatives.first())
            .map_or(0.0, |t| t.confidence),
        topic: reading.topic.map(|t| t.id),
        alternatives: reading.alternatives,
        value: reading
            .value
            .or(reading.yes_no.filter(|_| expect == Expect::YesNo).map(Value::YesNo)),
        stt_ms: transcript.took.as_secs_f64() * 1000.0,
        understand_ms: took.as_secs_f64() * 1000.0,
    })
}

/// What recognition and understanding make of a recording, and how much of it is speech, in milliseconds.
pub(super) fn understood(
    file: &Path,
    town: &Town,
    recognition: &Recognition,
    expect: Expect,
    now: NaiveDateTime,
) -> anyhow::Result<(Understood, u64)> {
    let clip: Pcm<HZ> = sound::read(file)?;
    let (utterance, speech_ms) = utterance(&clip, expect);
    let understood = match utterance {
        Some(utterance) => understand(recognition, utterance, town, now)?,
        None => Understood::default(),
    };
    Ok((understood, speech_ms))
}

/// What of the clip is speech, from its first word to its last, and how much of it; none where nobody speaks. The
/// same ear as in a call, but the whole file is one turn.
fn utterance(clip: &Pcm<HZ>, expect: Expect) -> (Option<Utterance>, u64) {
    let mut ear = Ear::default();
    ear.expect(expect);
    // A second of silence lets the last word end.
    let padded = clip.0.iter().copied().chain(std::iter::repeat_n(0, HZ as usize));
    let mut frame = [0; FRAME];
    let (mut filled, mut best) = (0, None);
    for sample in padded {
        frame[filled] = sample;
        filled += 1;
        if filled == FRAME {
            filled = 0;
            if ear.frame(&frame) == Some(Heard::Paused) {
                best = Some(ear.utterance());
            }
        }
    }
    (best, ear.turn().spoken().as_millis() as u64)
}

/// As a call does: what means nothing, and may have been misheard, is listened to again.
fn understand(
    recognition: &Recognition,
    mut utterance: Utterance,
    town: &Town,
    now: NaiveDateTime,
) -> anyhow::Result<Understood> {
    let heard = transcribe(recognition, utterance.clone(), town)?;
    let first = town.understand(&utterance.context, heard, now);
    if !first.is_doubtful() {
        return Ok(first);
    }
    utterance.context.doubted = Some(first.transcript.text);
    let heard = transcribe(recognition, utterance.clone(), town)?;
    let mut again = town.understand(&utterance.context, heard, now);
    again.transcript.took += first.transcript.took;
    again.took += first.took;
    Ok(again)
}

fn transcribe(recognition: &Recognition, utterance: Utterance, town: &Town) -> anyhow::Result<Transcript> {
    let (done, wait) = mpsc::sync_channel(1);
    let prompt = town.prompt(utterance.context.expect);
    recognition.submit(
        (CallId(0), JobId(0)),
        utterance,
        prompt,
        Urgency::Awaited,
        Box::new(move |heard| drop(done.send(heard))),
    );
    Ok(wait.recv()??)
}

fn show(line: &Line) {
    println!("{}", line.file);
    println!("  « {} »", line.text);
    match &line.topic {
        Some(topic) => println!("  sujet : {topic} ({})", words::percent(line.confidence, 0)),
        None => println!("  sujet : aucun"),
    }
    if let Some(value) = &line.value {
        println!("  valeur : {}", serde_json::to_string(value).unwrap_or_default());
    }
    println!(
        "  {} ms de parole, reconnue en {:.0} ms, comprise en {} ms",
        line.speech_ms,
        line.stt_ms,
        words::decimal(line.understand_ms as f32, 1)
    );
}
