//! When is it our turn? Silence alone does not tell: people pause for a second in the middle of a sentence, and expect
//! an answer in a fifth of one at its end. Four witnesses decide how long we wait in a pause:
//!
//! | witness | what it says |
//! | --- | --- |
//! | silence | how long the caller has been quiet |
//! | meaning | whether the words make a whole, or lead on ("pour", "euh", "zéro six quarante-deux") |
//! | expectation | a yes or no may be answered at once; a number, a name deserve patience |
//! | rhythm | how long this caller's pauses are when they go on |
//!
//! A fifth was tried and dropped: sound. Smart Turn v3.2 at 16 kHz, on 98 ends and 52 inner pauses of our corpus, calls 94 %
//! of the ends complete, but 67 % of the pauses too (0.95 instead of 0.5: 70 % and 38 %), and costs 120 ms of a core.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::hear::turn;
use crate::understand::Reading;
use crate::understand::completeness::Completeness;
use crate::units::Expect;

/// After a whole: hardly longer than the words take to be recognised. People who go on after it begin within this.
const WHOLE: Duration = Duration::from_millis(280);
/// After a whole that is neither question nor request, or where we were wrong about this caller before.
const TOLD: Duration = Duration::from_millis(480);
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
}

/// How long the caller may be quiet after words that mean `reading`, before it is our turn.
pub(super) fn patience(reading: &Reading, expect: Expect, rhythm: &Rhythm) -> Duration {
    let value = matches!(expect, Expect::Phone | Expect::Digits | Expect::Name);
    let usual = turn::patience(expect);
    let theirs = rhythm.pause.mul_f32(MORE_THAN_USUAL).min(LONGEST_USUAL);
    match reading.completeness {
        Completeness::Complete if rhythm.cut_off == 0 => WHOLE,
        Completeness::Complete | Completeness::Told => TOLD,
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
        patience(&reading, expect, rhythm).as_millis()
    }

    #[test]
    fn the_witnesses_together() {
        use Completeness::{AsksForTime, Complete, Fragment, Open, Told, Unfinished};
        let quick = Rhythm::default();
        for (completeness, expect, ms) in [
            (Complete, Expect::Anything, 280),
            (Complete, Expect::YesNo, 280),
            (Complete, Expect::Phone, 280),
            (Told, Expect::Anything, 480),
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
