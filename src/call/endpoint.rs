//! When is it our turn? Silence alone does not tell: people pause for a second in the middle of a sentence, and expect
//! an answer in a fifth of one at its end. Five witnesses decide how long we wait in a pause:
//!
//! | witness | what it says |
//! | --- | --- |
//! | silence | how long the caller has been quiet |
//! | meaning | whether the words make a whole, or lead on ("pour", "euh", "zéro six quarante-deux") |
//! | expectation | a yes or no may be answered at once; a number, a name deserve patience |
//! | sound | whether the voice fell, as it does at an end, or stayed up ([`crate::hear::melody`]) |
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

/// After a whole: hardly longer than the words take to be recognised. People who go on after it begin within this.
const WHOLE: Duration = Duration::from_millis(280);
/// After a whole at whose end the voice stays up: as if more were to come.
const VOICE_UP: Duration = Duration::from_millis(1100);
/// So high above its median, in semitones, a voice has not come to its end: in our corpus 7 of 100 ends and 70 of 100
/// pauses.
const UP: f32 = -2.0;
/// After a whole that is neither question nor request, or where we were wrong about this caller before.
const TOLD: Duration = Duration::from_millis(480);
/// After a short statement: what is wanted of us mostly follows within a second.
const INTRODUCED: Duration = Duration::from_millis(1000);
/// Words that mean nothing yet are given so much more than what is usual.
const FRAGMENT: Duration = Duration::from_millis(500);
/// After words that lead on.
const LEADS_ON: Duration = Duration::from_millis(1700);
/// The same within a number or a name.
const VALUE_LEADS_ON: Duration = Duration::from_millis(2200);
/// The caller asked us to wait.
const ASKED_TO_WAIT: Duration = Duration::from_millis(6000);
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
    let up = pitch.is_some_and(|pitch| pitch > UP);
    let value = matches!(expect, Expect::Phone | Expect::Digits | Expect::Name);
    let usual = turn::patience(expect);
    let theirs = rhythm.pause.mul_f32(MORE_THAN_USUAL).min(LONGEST_USUAL);
    match reading.completeness {
        // A question may rise.
        Completeness::Complete if rhythm.cut_off == 0 => WHOLE,
        Completeness::Requested | Completeness::Told if up => VOICE_UP,
        Completeness::Introduced if up => VOICE_UP,
        Completeness::Introduced => INTRODUCED,
        Completeness::Requested if rhythm.cut_off == 0 => WHOLE,
        Completeness::Complete | Completeness::Requested | Completeness::Told => TOLD,
        Completeness::Open => usual.max(theirs),
        Completeness::Fragment => (usual + FRAGMENT).max(theirs),
        Completeness::Unfinished if value => VALUE_LEADS_ON,
        Completeness::Unfinished => LEADS_ON.max(usual),
        Completeness::AsksForTime => ASKED_TO_WAIT,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn waits(completeness: Completeness, expect: Expect, rhythm: &Rhythm) -> u128 {
        let reading = Reading {
            completeness,
            ..Reading::default()
        };
        patience(&reading, expect, rhythm, Some(-5.0)).as_millis()
    }

    #[test]
    fn the_witnesses_together() {
        use Completeness::{AsksForTime, Complete, Fragment, Introduced, Open, Told, Unfinished};
        let quick = Rhythm::default();
        for (completeness, expect, ms) in [
            (Complete, Expect::Anything, 280),
            (Complete, Expect::YesNo, 280),
            (Complete, Expect::Phone, 280),
            (Told, Expect::Anything, 480),
            (Introduced, Expect::Anything, 1000),
            (Fragment, Expect::Anything, 1200),
            (Open, Expect::YesNo, 500),
            (Open, Expect::Anything, 700),
            (Open, Expect::Name, 1400),
            (Unfinished, Expect::Anything, 1700),
            (Unfinished, Expect::Phone, 2200),
            (AsksForTime, Expect::Phone, 6000),
        ] {
            assert_eq!(waits(completeness, expect, &quick), ms, "{completeness:?} {expect:?}");
        }
    }

    #[test]
    fn a_voice_that_stays_up_is_waited_for_unless_it_asks() {
        for (completeness, pitch, ms) in [
            (Completeness::Requested, Some(-4.0), 280),
            (Completeness::Requested, Some(0.5), 1100),
            (Completeness::Told, Some(0.5), 1100),
            (Completeness::Told, None, 480),
            (Completeness::Complete, Some(3.0), 280),
        ] {
            let reading = Reading {
                completeness,
                ..Reading::default()
            };
            let waits = patience(&reading, Expect::Anything, &Rhythm::default(), pitch);
            assert_eq!(waits.as_millis(), ms, "{completeness:?} {pitch:?}");
        }
    }

    #[test]
    fn slow_callers_are_waited_for() {
        let mut slow = Rhythm::default();
        slow.went_on(Duration::from_millis(160));
        assert_eq!(waits(Completeness::Open, Expect::Anything, &slow), 700, "no pause");
        slow.went_on(Duration::from_millis(800));
        assert_eq!(waits(Completeness::Open, Expect::Anything, &slow), 1000);
        for _ in 0..9 {
            slow.went_on(Duration::from_millis(300));
        }
        assert_eq!(
            waits(Completeness::Open, Expect::Anything, &slow),
            700,
            "they have warmed up"
        );
        slow.cut_off();
        assert_eq!(waits(Completeness::Complete, Expect::Anything, &slow), 480);
    }
}
