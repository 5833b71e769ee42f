//! When is it our turn? Silence alone does not tell: people pause for a second in the middle of a sentence, and expect
//! an answer in a fifth of one at its end. Five witnesses decide how long we wait in a pause:
//!
//! | witness | what it says |
//! | --- | --- |
//! | silence | how long the caller has been quiet |
//! | meaning | whether the words make a whole, or lead on ("pour", "euh", "zéro six quarante-deux") |
//! | expectation | a yes or no may be answered at once; a number, a name deserve patience |
//! | sound | whether the voice fell, as it does at an end, stayed up, or rose, as at a comma ([`crate::hear::melody`]) |
//! | rhythm | how long this caller's pauses are when they go on |
//!
//! Smart Turn v3.2 was tried for the sound, and dropped: at 16 kHz, on 97 ends and 56 pauses of our clean recordings, it
//! calls 95 % of the ends complete, but 57 % of the pauses too (at 0.9: 84 % and 27 %), and costs 70 ms of a core. The
//! last pitch alone tells as much, for nothing.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::hear::turn;
use crate::understand::Reading;
use crate::understand::completeness::Completeness;
use crate::units::Expect;

/// So high above its median, in semitones, a voice has not come to its end: in our corpus 21 of 141 ends and 115 of 161
/// pauses.
const UP: f32 = -2.0;
/// From here on it rises: 3 of the ends, and most commas of a sentence that goes on. Only a question ends so.
const RISES: f32 = 1.0;
/// So far below it, it has: 96 of the ends and 19 of the pauses.
const FALLEN: f32 = -4.0;
/// The caller asked us to wait.
const ASKED_TO_WAIT: Duration = Duration::from_millis(6000);
/// Within a number or a name, whatever the voice does.
const VALUE_LEADS_ON: Duration = Duration::from_millis(2200);
/// A caller's own rhythm makes us wait this much longer than their longest pause.
const MORE_THAN_USUAL: f32 = 1.25;
/// But no longer than this.
const LONGEST_USUAL: Duration = Duration::from_millis(1300);

/// How this caller speaks.
#[derive(Clone, Debug, Default)]
pub(super) struct Rhythm {
    /// Length of the pauses after which they went on, the longer ones counting more.
    pause: Duration,
    /// How often we took the turn, and they had not finished.
    cut_off: u32,
}

impl Rhythm {
    /// They went on after a pause.
    pub(super) fn went_on(&mut self, pause: Duration) {
        // A stop between two words is no pause.
        if pause >= Duration::from_millis(250) {
            self.pause = if pause > self.pause {
                pause
            } else {
                (self.pause * 3 + pause) / 4
            };
        }
    }

    /// We spoke too early.
    pub(super) fn cut_off(&mut self) {
        self.cut_off += 1;
    }
}

/// Why we waited as long as we did: told with each turn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Judged {
    /// How long the caller was quiet when the turn was judged over, in milliseconds.
    pub quiet_ms: u64,
    /// How long we were ready to wait, in milliseconds.
    pub patience_ms: u64,
    /// What the words said.
    pub words: Completeness,
    /// What the dialogue expected.
    pub expect: Expect,
    /// How high the voice ended, in semitones above its median.
    #[serde(default)]
    pub pitch: Option<i8>,
}

/// How long the caller may be quiet after words that mean `reading`, before it is our turn. `pitch` is how high the
/// voice ended.
pub(super) fn patience(reading: &Reading, expect: Expect, rhythm: &Rhythm, pitch: Option<f32>) -> Duration {
    use Completeness::{AsksForTime, Complete, Fragment, Introduced, Open, Requested, Told, Unclear, Unfinished};
    let usual = turn::patience(expect).as_millis() as u64;
    let theirs = rhythm.pause.mul_f32(MORE_THAN_USUAL).min(LONGEST_USUAL);
    let words = match reading.completeness {
        // Where we were wrong about this caller before, no words are so clear any more.
        Complete | Requested if rhythm.cut_off > 0 => Told,
        // "Non, c'est…": the answer is there.
        Unfinished if expect == Expect::YesNo && reading.yes_no.is_some() => Requested,
        words => words,
    };
    // Milliseconds where the voice fell, where it did neither or is not known, where it stayed up, and where it rose. What is
    // whole is answered at once; what may be whole takes all that an answer within 0.9 s leaves, which is 820 ms; what is
    // hardly ever an end may take its second, and costs the others nothing.
    let (fallen, level, up, rises) = match words {
        // Hardly longer than the words take to be recognised. A question may rise, and so may a request.
        Complete if expect == Expect::YesNo => (280, 400, 500, 700),
        Complete => (280, 380, 700, 850),
        Requested => (300, 420, 700, 820),
        // "Le mardi 22 septembre": a time of day may follow.
        Told if expect == Expect::Date => (600, 1300, 1300, 1300),
        // "Non merci", and "c'est tout" may follow.
        Told if expect == Expect::YesNo => (400, 600, 700, 1300),
        Told => (400, 820, 1200, 1300),
        // What is wanted of us mostly follows, within a second and the quiet of the comma.
        Introduced => (1250, 1300, 1300, 1350),
        Open | Unclear if expect == Expect::YesNo => (300, 850, 1200, 1300),
        // Nothing in it leads on, and the voice has fallen.
        Unclear => (500, 820, 1200, 1300),
        Open => (
            820,
            (usual + 100).max(1000),
            (usual + 400).max(1200),
            (usual + 400).max(1300),
        ),
        Fragment => (usual.max(820), usual + 400, usual + 500, (usual + 500).max(1300)),
        // Misheard, it may be the end all the same.
        Unfinished => (usual.max(1100), usual.max(1700), usual.max(1700), usual.max(1700)),
        AsksForTime => return ASKED_TO_WAIT,
    };
    let wait = Duration::from_millis(match pitch {
        Some(pitch) if pitch <= FALLEN => fallen,
        Some(pitch) if pitch > RISES => rises,
        Some(pitch) if pitch > UP => up,
        _ => level,
    });
    match words {
        Unfinished if matches!(expect, Expect::Phone | Expect::Digits | Expect::Name | Expect::Email) => VALUE_LEADS_ON,
        Open | Unclear | Fragment | Unfinished => wait.max(theirs),
        _ => wait,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn waits(completeness: Completeness, expect: Expect, rhythm: &Rhythm, pitch: Option<f32>) -> u128 {
        let reading = Reading {
            completeness,
            ..Reading::default()
        };
        patience(&reading, expect, rhythm, pitch).as_millis()
    }

    #[test]
    fn the_witnesses_together() {
        use Completeness::{AsksForTime, Complete, Fragment, Introduced, Open, Requested, Told, Unclear, Unfinished};
        let quick = Rhythm::default();
        for (completeness, expect, expected) in [
            (Complete, Expect::Anything, [280, 380, 700, 850]),
            (Complete, Expect::YesNo, [280, 400, 500, 700]),
            (Complete, Expect::Phone, [280, 380, 700, 850]),
            (Requested, Expect::Anything, [300, 420, 700, 820]),
            (Told, Expect::Anything, [400, 820, 1200, 1300]),
            (Told, Expect::YesNo, [400, 600, 700, 1300]),
            (Told, Expect::Date, [600, 1300, 1300, 1300]),
            (Introduced, Expect::Anything, [1250, 1300, 1300, 1350]),
            (Open, Expect::YesNo, [300, 850, 1200, 1300]),
            (Unclear, Expect::Anything, [500, 820, 1200, 1300]),
            (Open, Expect::Anything, [820, 1000, 1200, 1300]),
            (Open, Expect::Date, [820, 1000, 1300, 1300]),
            (Open, Expect::Name, [820, 1500, 1800, 1800]),
            (Fragment, Expect::Anything, [820, 1100, 1200, 1300]),
            (Unfinished, Expect::Anything, [1100, 1700, 1700, 1700]),
            (Unfinished, Expect::Date, [1100, 1700, 1700, 1700]),
            (Unfinished, Expect::Phone, [2200, 2200, 2200, 2200]),
            (AsksForTime, Expect::Phone, [6000, 6000, 6000, 6000]),
        ] {
            let pitches = [-6.0, -3.0, 0.5, 3.0];
            let waits = pitches.map(|pitch| waits(completeness, expect, &quick, Some(pitch)));
            assert_eq!(waits, expected, "{completeness:?} {expect:?}");
        }
        assert_eq!(
            waits(Complete, Expect::Anything, &quick, None),
            380,
            "a whisper has no pitch"
        );
    }

    #[test]
    fn the_answer_to_a_question_may_be_there_before_the_sentence_ends() {
        let non_c_est = Reading {
            completeness: Completeness::Unfinished,
            yes_no: Some(false),
            ..Reading::default()
        };
        let waits = |expect| patience(&non_c_est, expect, &Rhythm::default(), None).as_millis();
        assert_eq!((waits(Expect::YesNo), waits(Expect::Anything)), (420, 1700));
    }

    #[test]
    fn slow_callers_are_waited_for() {
        let mut slow = Rhythm::default();
        slow.went_on(Duration::from_millis(160));
        assert_eq!(
            waits(Completeness::Open, Expect::Anything, &slow, None),
            1000,
            "no pause"
        );
        slow.went_on(Duration::from_millis(900));
        assert_eq!(waits(Completeness::Open, Expect::Anything, &slow, None), 1125);
        for _ in 0..9 {
            slow.went_on(Duration::from_millis(300));
        }
        assert_eq!(
            waits(Completeness::Open, Expect::Anything, &slow, None),
            1000,
            "they have warmed up"
        );
        slow.cut_off();
        assert_eq!(waits(Completeness::Complete, Expect::Anything, &slow, None), 820);
    }
}
