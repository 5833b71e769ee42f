//! Which recordings there are: a list that depends on nothing but the seed. Each draws from a generator of its own, so
//! that adding one changes no other.

use allo::units::Expect;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use sha2::{Digest, Sha256};

use super::manifest::{Kind, Recording};
use super::speech::VOICES;
use super::suite;

/// Questions of each topic that are taken from the held-out sentences, and sentences off the town's subjects.
const OF_EACH_TOPIC: usize = 4;
const OFF_TOPIC: usize = 12;
/// Sentences of each half of the suite: of each topic, and of each sort of off-topic ones; and how many words they have.
const SPOKEN_OF_EACH_TOPIC: usize = 6;
const SPOKEN_OFF_TOPIC: usize = 20;
const SPOKEN_WORDS: std::ops::RangeInclusive<usize> = 4..=22;
/// Half minutes without speech: an hour.
const HALF_MINUTES: usize = 120;
/// Times that each line is said over the machine's voice, each by another caller.
const BARGES: usize = 4;
/// To be changed when pauses are put in otherwise.
const PAUSED_REVISION: u32 = 1;
/// Paces of the callers.
const PACES: [f32; 5] = [0.85, 0.95, 1.0, 1.1, 1.25];
/// What takes the machine's turn away from nobody, and how often.
const EVENTS: [(&str, usize); 7] = [
    ("cough", 16),
    ("mumble", 10),
    ("door", 8),
    ("television", 8),
    ("ringing", 4),
    ("crying", 4),
    ("echo", 12),
];
/// What fills the half minutes, in turn, with its level in dBFS.
pub const FILLS: [(&str, f32); 30] = [
    ("pink", -50.0),
    ("music", -25.0),
    ("brown", -35.0),
    ("breathing", -30.0),
    ("white", -45.0),
    ("dial", -20.0),
    ("music", -35.0),
    ("clicks", -35.0),
    ("pink", -30.0),
    ("hum", -35.0),
    ("applause", -30.0),
    ("busy", -20.0),
    ("music", -18.0),
    ("white", -30.0),
    ("ringing", -25.0),
    ("brown", -25.0),
    ("silence", -75.0),
    ("crackle", -30.0),
    ("music", -28.0),
    ("pink", -20.0),
    ("breathing", -40.0),
    ("fax", -20.0),
    ("hum", -25.0),
    ("music", -22.0),
    ("pink", -40.0),
    ("crying", -30.0),
    ("brown", -45.0),
    ("cough", -25.0),
    ("music", -32.0),
    ("door", -25.0),
];

/// The generator of one recording.
pub fn rng(seed: u64, id: &str) -> StdRng {
    StdRng::from_seed(Sha256::digest(format!("{seed}|{id}")).into())
}

/// All recordings, the kinds interleaved so that any beginning of the list is a small corpus.
pub fn recordings(seed: u64) -> Vec<Recording> {
    let lists = [turns(), paused(), barges(), no_barges(), half_minutes(), sentences()];
    let lists: Vec<Vec<Recording>> = lists
        .into_iter()
        .map(|list| {
            shuffled(
                seed,
                list.into_iter().map(|recording| condition(seed, recording)).collect(),
            )
        })
        .collect();
    let longest = lists.iter().map(Vec::len).max().unwrap_or(0);
    let mut all: Vec<(usize, Recording)> = Vec::new();
    for list in lists {
        // Spread over the longest list.
        let step = longest as f64 / list.len() as f64;
        all.extend(
            list.into_iter()
                .enumerate()
                .map(|(n, recording)| ((n as f64 * step * 1000.0) as usize, recording)),
        );
    }
    all.sort_by_key(|(place, _)| *place);
    all.into_iter().map(|(_, recording)| recording).collect()
}

fn shuffled(seed: u64, mut list: Vec<Recording>) -> Vec<Recording> {
    use rand::seq::SliceRandom;
    list.shuffle(&mut rng(seed, "order"));
    list
}

fn recording(id: String, kind: Kind, text: &str) -> Recording {
    Recording {
        id,
        kind,
        text: text.to_owned(),
        expects: Expect::Anything,
        topic: None,
        voice: String::new(),
        speed: 1.0,
        start: 0,
        end: 0,
        pauses: Vec::new(),
        noise: None,
        level: -20.0,
        loss: 0.0,
        echo_ms: None,
        revision: if kind == Kind::Paused { PAUSED_REVISION } else { 0 },
        at_ms: 0,
    }
}

/// Lines of a table, without its comments.
fn rows(table: &'static str) -> impl Iterator<Item = Vec<&'static str>> {
    let lines = table.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.map(|line| line.split('\t').collect())
}

fn listed(kind: Kind, prefix: &str, table: &'static str) -> Vec<Recording> {
    rows(table)
        .enumerate()
        .map(|(n, row)| Recording {
            expects: serde_json::from_value(row[0].into()).expect("the table names an Expect"),
            topic: (row[1] != "-").then(|| row[1].to_owned()),
            ..recording(format!("{prefix}{n:03}"), kind, row[2])
        })
        .collect()
}

fn turns() -> Vec<Recording> {
    let mut found = listed(Kind::Turn, "turn-", include_str!("turns.tsv"));
    let mut taken = std::collections::HashMap::<&str, usize>::new();
    for (n, row) in rows(include_str!("../../tests/understanding.tsv")).enumerate() {
        let [text, topic] = row[..] else { continue };
        let count = taken.entry(topic).or_default();
        *count += 1;
        let most = if topic == "hors_sujet" {
            OFF_TOPIC
        } else {
            OF_EACH_TOPIC
        };
        if *count <= most {
            found.push(Recording {
                topic: Some(topic.to_owned()),
                ..recording(format!("topic-{n:03}"), Kind::Turn, text)
            });
        }
    }
    found.extend(fixtures());
    found
}

/// Recordings that were there before: not rendered, only mixed.
fn fixtures() -> Vec<Recording> {
    rows(include_str!("../../audio-fixtures/manifest.tsv"))
        .skip(1)
        .map(|row| {
            let (expects, topic) = match row[2] {
                "telephone" => (Expect::Phone, None),
                "non" => (Expect::YesNo, Some("non")),
                "parler_agent" => (Expect::Anything, Some("Agent")),
                topic => (Expect::Anything, Some(topic)),
            };
            Recording {
                expects,
                topic: topic.map(str::to_owned),
                voice: format!("audio-fixtures/{}", row[0]),
                ..recording(
                    format!("fixture-{}", row[0].trim_end_matches(".wav")),
                    Kind::Turn,
                    row[1],
                )
            }
        })
        .collect()
}

fn paused() -> Vec<Recording> {
    listed(Kind::Paused, "paused-", include_str!("pauses.tsv"))
}

fn overs(wanted: &str) -> Vec<&'static str> {
    rows(include_str!("barges.tsv"))
        .filter(|row| row[0] == wanted)
        .map(|row| row[1])
        .collect()
}

fn barges() -> Vec<Recording> {
    let said = overs("barge");
    (0..BARGES * said.len())
        .map(|n| recording(format!("barge-{n:03}"), Kind::Barge, said[n % said.len()]))
        .collect()
}

fn no_barges() -> Vec<Recording> {
    let said = overs("encouragement");
    let spoken =
        (0..BARGES * said.len()).map(|n| recording(format!("yes-{n:03}"), Kind::NoBarge, said[n % said.len()]));
    let events = EVENTS.iter().flat_map(|(what, count)| {
        (0..*count).map(move |n| Recording {
            voice: (*what).to_owned(),
            ..recording(format!("{what}-{n:03}"), Kind::NoBarge, "")
        })
    });
    spoken.chain(events).collect()
}

fn half_minutes() -> Vec<Recording> {
    (0..HALF_MINUTES)
        .map(|n| {
            let (what, level) = FILLS[n % FILLS.len()];
            Recording {
                voice: what.to_owned(),
                level,
                ..recording(format!("nothing-{n:03}"), Kind::NoSpeech, "")
            }
        })
        .collect()
}

fn sentences() -> Vec<Recording> {
    let mut taken = std::collections::HashMap::<_, usize>::new();
    let all = rows(include_str!("../../tests/understanding_suite.tsv")).enumerate();
    let chosen = all.filter(|(_, row)| {
        let count = taken.entry((row[1], suite::is_odd(row[0]))).or_default();
        let most = if suite::is_off_topic(row[1]) {
            SPOKEN_OFF_TOPIC
        } else {
            SPOKEN_OF_EACH_TOPIC
        };
        let taken = SPOKEN_WORDS.contains(&row[0].split_whitespace().count()) && *count < most;
        *count += usize::from(taken);
        taken
    });
    chosen
        .map(|(n, row)| Recording {
            topic: Some(row[1].to_owned()),
            ..recording(format!("sentence-{n:04}"), Kind::Sentence, row[0])
        })
        .collect()
}

/// Who says it and how, and over what line.
fn condition(seed: u64, mut recording: Recording) -> Recording {
    let mut rng = rng(seed, &recording.id);
    if recording.kind == Kind::NoSpeech {
        if recording.voice == "silence" {
            // Nothing but the machine's own voice.
            recording.echo_ms = Some(rng.random_range(20..=300));
        }
        return recording;
    }
    let spoken = recording.voice.is_empty();
    if spoken {
        recording.voice = (*VOICES.choose(&mut rng).expect("not empty")).to_owned();
        recording.speed = *PACES.choose(&mut rng).expect("not empty");
    }
    match rng.random_range(0..100) {
        0..40 => {}
        40..85 => {
            let kind = *["pink", "brown", "babble"].choose(&mut rng).expect("not empty");
            let snr = *[20.0, 15.0, 10.0].choose(&mut rng).expect("not empty");
            recording.noise = Some((kind.to_owned(), snr));
        }
        85..93 => recording.level = -35.0,
        _ => recording.level = -10.0,
    }
    if rng.random_bool(0.25) {
        recording.loss = *[1.0, 3.0, 5.0].choose(&mut rng).expect("not empty");
    }
    if matches!(recording.kind, Kind::Barge | Kind::NoBarge) {
        recording.at_ms = rng.random_range(600..6000);
        if recording.voice == "echo" || rng.random_bool(0.2) {
            recording.echo_ms = Some(rng.random_range(20..=300));
        }
        if !spoken {
            // A cough is as loud as a word; a television is far away.
            recording.noise = None;
            recording.level = match recording.voice.as_str() {
                "television" => -38.0,
                "crying" => -32.0,
                "ringing" => -30.0,
                _ => -22.0,
            };
        }
    }
    recording
}
