//! The figures, and the failures with their reasons.

use clap::ValueEnum;

use super::judge::Verdict;
use super::manifest::{Kind, Recording};
use super::times::spread;

type Judged<'a> = (&'a Recording, Verdict);

/// Prints everything. `story`: also what happened in each call.
pub fn print(verdicts: &[Judged], story: bool) {
    for (recording, verdict) in verdicts.iter().filter(|(_, v)| story || !v.reasons.is_empty()) {
        println!("{}", failure(recording, verdict));
        if story {
            verdict.story.iter().for_each(|line| println!("      {line}"));
        }
    }
    println!();
    for kind in [Kind::Turn, Kind::Paused] {
        turns(kind, &of(verdicts, kind));
    }
    voices(verdicts);
    barges(&of(verdicts, Kind::Barge));
    let no_barges = of(verdicts, Kind::NoBarge);
    if !no_barges.is_empty() {
        let stopped = no_barges.iter().filter(|(_, v)| v.stopped).count();
        println!("no-barge    false barge-ins {}", share(stopped, no_barges.len()));
    }
    let nothing = of(verdicts, Kind::NoSpeech);
    if !nothing.is_empty() {
        let words: usize = nothing
            .iter()
            .flat_map(|(_, v)| &v.heard)
            .map(|text| text.split_whitespace().count())
            .sum();
        println!(
            "no-speech   {words} words invented in {:.0} min",
            nothing.len() as f32 / 2.0
        );
    }
}

fn of<'a, 'b>(verdicts: &'b [Judged<'a>], kind: Kind) -> Vec<&'b Judged<'a>> {
    verdicts
        .iter()
        .filter(|(recording, _)| recording.kind == kind)
        .collect()
}

fn failure(recording: &Recording, verdict: &Verdict) -> String {
    let line = match &recording.noise {
        Some((kind, snr)) => format!("{kind} {snr:.0} dB"),
        None => format!("{:.0} dBFS", recording.level),
    };
    let echo = recording.echo_ms.map_or(String::new(), |ms| format!(", echo {ms} ms"));
    format!(
        "{:12} {}  [{} ×{}, {line}, loss {} %{echo}]\n             said « {} »\n             heard {}",
        recording.id,
        if verdict.reasons.is_empty() {
            "well".into()
        } else {
            verdict.reasons.join("; ")
        },
        recording.voice,
        recording.speed,
        recording.loss,
        recording.text,
        verdict
            .heard
            .iter()
            .map(|text| format!("« {text} »"))
            .collect::<Vec<_>>()
            .join(" then "),
    )
}

fn turns(kind: Kind, judged: &[&Judged]) {
    if judged.is_empty() {
        return;
    }
    let name = kind.to_possible_value().expect("no kind is hidden");
    let name = name.get_name();
    let all = judged.len();
    let count = |what: fn(&Verdict) -> bool| judged.iter().filter(|(_, v)| what(v)).count();
    let good = || judged.iter().filter(|(_, v)| !v.cut_off);
    let responses: Vec<f64> = good().filter_map(|(_, v)| v.response).collect();
    println!("{name:11} response {}", spread(&responses));
    let stage = |what: fn(&allo::call::event::TurnTimes) -> u64| {
        let times = good().filter_map(|(_, v)| Some(what(v.times.as_ref()?) as f64));
        spread(&times.collect::<Vec<_>>())
    };
    let mut by_words = std::collections::BTreeMap::<String, Vec<f64>>::new();
    for (_, verdict) in good() {
        if let (Some(words), Some(response)) = (verdict.completeness, verdict.response) {
            by_words.entry(format!("{words:?}")).or_default().push(response);
        }
    }
    for (words, responses) in by_words {
        println!("                    {words:11} {}", spread(&responses));
    }
    println!("            stages: pause seen {}", stage(|t| t.paused));
    println!("                    words there {}", stage(|t| t.recognised));
    println!("                    turn over {}", stage(|t| t.over));
    println!("                    first sound {}", stage(|t| t.answered));
    println!("                    decode {}", stage(|t| t.stt));
    println!("                    wait for the voice {}", stage(|t| t.synthesis));
    let decoding: f64 = judged.iter().map(|(_, v)| v.decoding).sum();
    println!("            decoding for each turn {:.0} ms", decoding / all as f64);
    println!(
        "            one answer to all of it {}",
        share(count(|v| v.one_answer), all)
    );
    println!("            false cut-offs {}", share(count(|v| v.cut_off), all));
    println!("            late or none {}", share(count(|v| v.late), all));
    let (wrong, words) = judged
        .iter()
        .fold((0, 0), |sum, (_, v)| (sum.0 + v.errors.0, sum.1 + v.errors.1));
    println!("            words wrong {}", share(wrong, words));
    let meant: Vec<bool> = judged
        .iter()
        .filter_map(|(recording, verdict)| {
            let wanted = recording.topic.as_deref().filter(|t| !matches!(*t, "oui" | "non"))?;
            Some(match (wanted, verdict.meant.as_deref()) {
                ("hors_sujet", None) => true,
                ("parler_agent", Some("Agent")) => true,
                (wanted, meant) => meant == Some(wanted),
            })
        })
        .collect();
    println!(
        "            topics right {}",
        share(meant.iter().filter(|m| **m).count(), meant.len())
    );
}

/// How well each caller is understood: a voice that is not says nothing of turn-taking.
fn voices(verdicts: &[Judged]) {
    let spoken = || {
        verdicts
            .iter()
            .filter(|(r, _)| matches!(r.kind, Kind::Turn | Kind::Paused))
    };
    let mut all = std::collections::BTreeMap::<&str, Vec<&Judged>>::new();
    spoken().for_each(|judged| all.entry(&judged.0.voice).or_default().push(judged));
    for (voice, judged) in all {
        let sum = |count: fn(&Verdict) -> usize| judged.iter().map(|(_, v)| count(v)).sum::<usize>();
        let paused: Vec<_> = judged.iter().filter(|(r, _)| r.kind == Kind::Paused).collect();
        let one = paused.iter().filter(|(_, v)| v.one_answer).count();
        println!(
            "{voice}: words wrong {}, one answer with pauses inside {}",
            share(sum(|v| v.errors.0), sum(|v| v.errors.1)),
            share(one, paused.len())
        );
    }
}

fn barges(judged: &[&Judged]) {
    if judged.is_empty() {
        return;
    }
    let silent: Vec<f64> = judged.iter().filter_map(|(_, v)| v.fell_silent).collect();
    let missed = judged.len() - silent.len();
    println!(
        "barge       silent after {}, not at all {}",
        spread(&silent),
        share(missed, judged.len())
    );
    let taken = judged.iter().filter(|(_, v)| v.obeyed).count();
    println!(
        "            taken for a turn, or silent as asked {}",
        share(taken, judged.len())
    );
}

fn share(count: usize, of: usize) -> String {
    format!("{count} of {of} ({:.1} %)", 100.0 * count as f32 / of.max(1) as f32)
}
