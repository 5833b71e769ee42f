//! One recording, played in a call of its own, and what is to be said of how the machine took it.

use std::path::Path;
use std::sync::Arc;

use allo::call::event::{CallEvent, TurnTimes};
use allo::understand::completeness::Completeness;
use allo::units::Expect;

use super::asking;
use super::engines::Engines;
use super::manifest::{Kind, RATE, Recording};
use super::telephone::{Ms, Telephone};
use super::words;

/// Quiet after which a polite caller speaks: longer than the pauses between two sentences.
const POLITE: Ms = 800.0;
/// Quiet after which the machine has stopped.
const STOPPED: Ms = 400.0;
/// Longest wait for an answer after the end of the speech.
const PATIENCE: Ms = 8000.0;
/// The machine may still begin a second answer for so long after the first.
const SECOND: Ms = 2500.0;
/// An answer that comes later than this is late.
const LATE: Ms = 1500.0;
/// Share of the words that must be there for an utterance to be heard whole.
const WHOLE: f32 = 0.6;
/// Share of what the machine says that must be heard for it not to have been stopped.
const UNSTOPPED: f32 = 0.97;

/// How one recording went.
#[derive(Debug, Default)]
pub struct Verdict {
    /// From the last sample of speech to the first sound of the answer.
    pub response: Option<Ms>,
    /// Stages as the call marks them.
    pub times: Option<TurnTimes>,
    /// How finished its words were when the turn was taken.
    pub completeness: Option<Completeness>,
    /// What the call took up, one for each turn.
    pub heard: Vec<String>,
    /// Topic or command that it took it for.
    pub meant: Option<String>,
    /// It answered before the end, or took one utterance for two.
    pub cut_off: bool,
    /// One answer, after the end, to all of it.
    pub one_answer: bool,
    /// No answer, or a late one.
    pub late: bool,
    /// From the first sample of speech to the silence of the machine.
    pub fell_silent: Option<Ms>,
    /// An interruption became a turn, or the silence that was asked for.
    pub obeyed: bool,
    /// The machine was stopped, or answered what was no turn.
    pub stopped: bool,
    /// Words that are wrong, and words that were said.
    pub errors: (usize, usize),
    /// Processor time of all decodes.
    pub decoding: Ms,
    /// What went wrong.
    pub reasons: Vec<String>,
    /// What happened, for those who ask.
    pub story: Vec<String>,
}

/// Plays a recording.
pub fn play(engines: &Engines, folder: &Path, recording: &Recording) -> anyhow::Result<Verdict> {
    let sound: Vec<f32> = recording
        .sound(folder)?
        .0
        .iter()
        .map(|s| f32::from(*s) / 32_768.0)
        .collect();
    Ok(match recording.kind {
        Kind::Turn | Kind::Paused => turn(engines, recording, &sound),
        Kind::Barge => barge(engines, recording, &sound),
        Kind::NoBarge => no_barge(engines, recording, &sound),
        Kind::NoSpeech => no_speech(engines, recording, &sound),
        Kind::Sentence => anyhow::bail!("{} belongs to the bench `spoken`", recording.id),
    })
}

fn dial<'a>(engines: &'a Engines, recording: &Recording, sound: &[f32]) -> Telephone<'a> {
    // The noise of the line before anybody speaks.
    let before: Arc<[f32]> = sound[..recording.start.saturating_sub(RATE as usize / 10)].into();
    let rng = super::plan_rng(&recording.id);
    Telephone::call(engines, before, recording.echo_ms, recording.loss, rng)
}

/// Goes to where the dialogue waits for what the recording holds.
fn lead_to(telephone: &mut Telephone, expects: Expect) {
    let since = telephone.now();
    telephone.until(60_000.0, |t| t.machine_is_quiet(since, POLITE));
    for key in asking::keys(expects) {
        telephone.press(key);
        let since = telephone.now();
        telephone.until(60_000.0, |t| t.machine_is_quiet(since, POLITE));
    }
}

fn turn(engines: &Engines, recording: &Recording, sound: &[f32]) -> Verdict {
    let mut telephone = dial(engines, recording, sound);
    lead_to(&mut telephone, recording.expects);
    let decodes = telephone.decodes.len();
    let (begin, end) = say(&mut telephone, recording, sound, 0);
    telephone.until(PATIENCE + end - telephone.now(), |t| {
        let first = t.sounds().find(|at| *at > end);
        first.is_some_and(|first| t.now() > first + SECOND)
    });
    let mut verdict = hear(&telephone, begin);
    let answer = telephone.sounds().find(|at| *at >= begin);
    let early = answer.filter(|at| *at < end);
    let took = heard_times(&telephone, begin);
    if let Some(at) = early {
        verdict
            .reasons
            .push(format!("answered {:.0} ms before the end", end - at));
    }
    if let Some(at) = took.first().filter(|at| **at < end) {
        verdict
            .reasons
            .push(format!("turn taken {:.0} ms before the end", end - at));
    }
    if took.len() > 1 {
        verdict.reasons.push(format!("{} turns for one", took.len()));
    }
    verdict.cut_off = !verdict.reasons.is_empty();
    verdict.response = answer.filter(|at| *at >= end).map(|at| at - end);
    verdict.late = verdict.response.is_none_or(|response| response > LATE) && !verdict.cut_off;
    if verdict.late {
        verdict.reasons.push(match verdict.response {
            Some(response) => format!("late, {response:.0} ms"),
            None => "no answer".into(),
        });
    }
    let all = whole(&verdict.heard);
    let (said, heard) = (words::words(&recording.text).len(), words::words(&all).len());
    let is_whole = heard as f32 >= WHOLE * said as f32;
    if !is_whole {
        verdict.reasons.push(format!("{heard} words heard of {said}"));
    }
    if took.is_empty() {
        verdict.reasons.push("not taken for a turn".into());
    }
    verdict.one_answer = took.len() == 1 && !verdict.cut_off && verdict.response.is_some() && is_whole;
    verdict.errors = words::errors(&recording.text, &all);
    verdict.decoding = telephone.decodes[decodes..]
        .iter()
        .map(|d| d.2.as_secs_f64() * 1000.0)
        .sum();
    verdict
        .story
        .insert(0, format!("{begin:7.0} … {end:.0} ms: the caller speaks"));
    verdict
}

/// Says the recording from sample `from` on; gives the times of its first and last sample of speech.
fn say(telephone: &mut Telephone, recording: &Recording, sound: &[f32], from: usize) -> (Ms, Ms) {
    let zero = telephone.say(&sound[from..]);
    // What the line sounds like afterwards.
    let after = (recording.end + RATE as usize / 10).min(sound.len());
    telephone.noise(sound[after..].into());
    let at = |sample: usize| zero + (sample - from) as Ms * 1000.0 / Ms::from(RATE);
    (at(recording.start), at(recording.end))
}

fn barge(engines: &Engines, recording: &Recording, sound: &[f32]) -> Verdict {
    let (mut telephone, _) = interrupted(engines, recording, sound);
    // Without the noise before the speech: its moment matters.
    let (begin, end) = say(&mut telephone, recording, sound, recording.start);
    let silent = |t: &Telephone| t.sounds().next_back().is_none_or(|last| t.now() - last > STOPPED);
    telephone.until(end - begin + 3000.0, silent);
    let last = telephone.sounds().rfind(|at| *at < telephone.now()).unwrap_or(begin);
    telephone.until(end - telephone.now() + SECOND + STOPPED, |_| false);
    let mut verdict = hear(&telephone, begin);
    // Its last packet sounds for 20 ms.
    verdict.fell_silent = Some((last + 20.0 - begin).max(0.0)).filter(|_| last < end);
    let all = whole(&verdict.heard);
    verdict.errors = words::errors(&recording.text, &all);
    match verdict.fell_silent {
        None => verdict.reasons.push("went on speaking".into()),
        Some(ms) if ms > 250.0 => verdict.reasons.push(format!("fell silent after {ms:.0} ms")),
        Some(_) => {}
    }
    // Who says "attendez" wants silence, and gets it.
    verdict.obeyed = !verdict.heard.is_empty() || telephone.sounds().next_back().is_none_or(|last| last < end);
    if !verdict.obeyed {
        verdict.reasons.push("not taken for a turn".into());
    }
    verdict
        .story
        .insert(0, format!("{begin:7.0} … {end:.0} ms: the caller speaks"));
    verdict
}

/// Calls and lets the machine speak up to the recording's moment; also gives when it began to.
fn interrupted<'a>(engines: &'a Engines, recording: &Recording, sound: &[f32]) -> (Telephone<'a>, Ms) {
    let mut telephone = dial(engines, recording, sound);
    telephone.until(3000.0, |t| t.sounds().next().is_some());
    telephone.press(asking::TALKATIVE);
    let pressed = telephone.now();
    telephone.until(3000.0, |t| t.sounds().any(|at| at > pressed));
    telephone.until(recording.at_ms.into(), |_| false);
    // In the middle of a sentence, not between two.
    telephone.until(1000.0, |t| {
        t.sounds().next_back().is_some_and(|last| t.now() - last < 20.0)
    });
    (telephone, pressed)
}

fn no_barge(engines: &Engines, recording: &Recording, sound: &[f32]) -> Verdict {
    let undisturbed = {
        let silent = Recording {
            echo_ms: None,
            loss: 0.0,
            ..recording.clone()
        };
        let (mut telephone, pressed) = interrupted(engines, &silent, sound);
        telephone.until(60_000.0, |t| t.machine_is_quiet(pressed, 2000.0));
        telephone.sounds().filter(|at| *at > pressed).count()
    };
    let (mut telephone, pressed) = interrupted(engines, recording, sound);
    // Without the noise before the speech: its moment matters.
    let (begin, end) = say(&mut telephone, recording, sound, recording.start);
    // Silent while the sound lasts, it has yet to decide whether to go on.
    telephone.until(60_000.0, |t| {
        t.now() > end + 3000.0 && t.machine_is_quiet(pressed, 2000.0)
    });
    let played = telephone.sounds().filter(|at| *at > pressed).count();
    let mut verdict = hear(&telephone, pressed);
    if (played as f32) < UNSTOPPED * undisturbed as f32 {
        let (played, undisturbed) = (played as f32 / 50.0, undisturbed as f32 / 50.0);
        verdict
            .reasons
            .push(format!("said {played:.1} s of {undisturbed:.1} s"));
    }
    if !verdict.heard.is_empty() {
        verdict.reasons.push("taken for a turn".into());
    }
    verdict.stopped = !verdict.reasons.is_empty();
    verdict.story.insert(
        0,
        format!("{begin:7.0} … {end:.0} ms: {} {}", recording.voice, recording.text),
    );
    verdict
}

fn no_speech(engines: &Engines, recording: &Recording, sound: &[f32]) -> Verdict {
    let mut verdict = Verdict::default();
    let mut rest = sound;
    // The machine may give up on somebody who says nothing: the rest is for the next call.
    while rest.len() > RATE as usize {
        let rng = super::plan_rng(&recording.id);
        let mut telephone = Telephone::call(engines, [0.0].into(), recording.echo_ms, 0.0, rng);
        lead_to(&mut telephone, Expect::Anything);
        let begin = telephone.say(rest);
        telephone.until(60_000.0, |t| !t.is_saying());
        telephone.until(3000.0, |_| false);
        let said = (telephone.now() - begin) * Ms::from(RATE) / 1000.0;
        rest = &rest[(said as usize).min(rest.len())..];
        let heard = hear(&telephone, 0.0);
        verdict
            .heard
            .extend(heard.heard.into_iter().filter(|text| !text.is_empty()));
        verdict.story.extend(heard.story);
    }
    if !verdict.heard.is_empty() {
        verdict.reasons.push("words where there are none".into());
    }
    verdict
}

/// All that was heard: a turn that went on after its answer had begun holds the words from before.
fn whole(heard: &[String]) -> String {
    let again = |n: usize| heard.get(n + 1).is_some_and(|next| next.starts_with(&heard[n]));
    let parts = (0..heard.len()).filter(|n| !again(*n)).map(|n| heard[n].as_str());
    parts.collect::<Vec<_>>().join(" ")
}

fn heard_times(telephone: &Telephone, since: Ms) -> Vec<Ms> {
    let events = telephone.events.iter().filter(|(at, _)| *at >= since);
    events
        .filter(|(_, event)| matches!(event, CallEvent::Heard { .. }))
        .map(|(at, _)| *at)
        .collect()
}

/// What the call heard since then.
fn hear(telephone: &Telephone, since: Ms) -> Verdict {
    let mut verdict = Verdict::default();
    for (at, event) in telephone.events.iter().filter(|(at, _)| *at >= since) {
        match event {
            CallEvent::Heard {
                text,
                topic,
                command,
                judged,
                ..
            } => {
                verdict.completeness = verdict.completeness.or(Some(judged.words));
                verdict.heard.push(text.reveal().clone());
                verdict.meant = command.clone().or(topic.clone()).or(verdict.meant.take());
            }
            CallEvent::Answered { times, .. } => verdict.times = verdict.times.or(Some(*times)),
            _ => {}
        }
        let told = serde_json::to_string(event).unwrap_or_default();
        verdict.story.push(format!("{at:7.0} ms: {told}"));
    }
    verdict
}
