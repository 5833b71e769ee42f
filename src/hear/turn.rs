//! Where a caller's turn begins, pauses and ends.
//!
//! ```text
//!          speech              200 ms quiet            patience over
//! Quiet ───────────► Speaking ─────────────► Paused ─────────────────► Paused, over
//!   ▲  Started          ▲  ▲     Paused        │ speech    Ended            │ speech
//!   │                   │  └───────────────────┴────────── Resumed ─────────┘
//!   └──── finish() ─────┘
//! ```
//!
//! At `Paused` recognition may start, while we still wait; at `Ended` the caller is thought to have finished, but may
//! go on until the call has begun to answer: then `Resumed` takes everything back, in this one place.

use std::time::Duration;

use crate::units::{Expect, FRAME_MS};

/// Frames of quiet that make a pause: long enough to pass a stop consonant, short enough to start recognition early.
const PAUSE: u32 = 200 / FRAME_MS;
/// Frames of speech that make an utterance; fewer are a click or a cough.
const SHORTEST: u32 = 60 / FRAME_MS;
/// Quiet frames after which a click is forgotten.
const FORGET: u32 = 100 / FRAME_MS;

/// What just happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heard {
    /// Somebody began to speak.
    Started,
    /// They paused: what was said so far can be recognised.
    Paused,
    /// They went on: what was prepared at the pause is void.
    Resumed,
    /// They have been quiet for as long as the dialogue's patience.
    Ended,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Quiet { speech: u32, quiet: u32 },
    Speaking { quiet: u32 },
    Paused { quiet: u32, over: bool },
}

/// The turn of one caller. Time is counted in frames of 20 ms.
#[derive(Debug)]
pub struct Turn {
    state: State,
    patience: u32,
    /// Frames of speech in this utterance.
    speech: u32,
}

impl Default for Turn {
    fn default() -> Self {
        Self {
            state: State::Quiet { speech: 0, quiet: 0 },
            patience: frames(patience(Expect::Anything)),
            speech: 0,
        }
    }
}

impl Turn {
    /// From now on, wait as long as is right for what the dialogue expects.
    pub fn expect(&mut self, expect: Expect) {
        self.patience = frames(patience(expect));
    }

    /// Takes the next frame: did it hold speech?
    pub fn frame(&mut self, speech: bool) -> Option<Heard> {
        self.speech += u32::from(speech);
        let (state, heard) = match (self.state, speech) {
            (State::Quiet { speech, .. }, true) if speech + 1 >= SHORTEST => {
                self.speech = speech + 1;
                (State::Speaking { quiet: 0 }, Some(Heard::Started))
            }
            (State::Quiet { speech, .. }, true) => (
                State::Quiet {
                    speech: speech + 1,
                    quiet: 0,
                },
                None,
            ),
            (State::Quiet { quiet, .. }, false) if quiet + 1 >= FORGET => (
                State::Quiet {
                    speech: 0,
                    quiet: FORGET,
                },
                None,
            ),
            (State::Quiet { speech, quiet }, false) => (
                State::Quiet {
                    speech,
                    quiet: quiet + 1,
                },
                None,
            ),
            (State::Speaking { .. }, true) => (State::Speaking { quiet: 0 }, None),
            (State::Speaking { quiet }, false) if quiet + 1 >= PAUSE => (
                State::Paused {
                    quiet: quiet + 1,
                    over: false,
                },
                Some(Heard::Paused),
            ),
            (State::Speaking { quiet }, false) => (State::Speaking { quiet: quiet + 1 }, None),
            (State::Paused { .. }, true) => (State::Speaking { quiet: 0 }, Some(Heard::Resumed)),
            (State::Paused { quiet, over: false }, false) if quiet + 1 >= self.patience => (
                State::Paused {
                    quiet: quiet + 1,
                    over: true,
                },
                Some(Heard::Ended),
            ),
            (State::Paused { quiet, over }, false) => (
                State::Paused {
                    quiet: quiet.saturating_add(1),
                    over,
                },
                None,
            ),
        };
        self.state = state;
        heard
    }

    /// The utterance has been taken: the next speech begins another.
    pub fn finish(&mut self) {
        self.state = State::Quiet { speech: 0, quiet: 0 };
        self.speech = 0;
    }

    /// Whether an utterance is under way (spoken, paused or over, and not yet taken).
    pub fn is_speaking(&self) -> bool {
        !matches!(self.state, State::Quiet { .. })
    }

    /// Whether the caller is thought to have finished.
    pub fn is_over(&self) -> bool {
        matches!(self.state, State::Paused { over: true, .. })
    }

    /// Time since the last frame of speech in this utterance.
    pub fn quiet_for(&self) -> Duration {
        let (State::Quiet { quiet, .. } | State::Speaking { quiet } | State::Paused { quiet, .. }) = self.state;
        Duration::from_millis(u64::from(quiet * FRAME_MS))
    }

    /// Time spoken in this utterance, pauses left out.
    pub fn spoken(&self) -> Duration {
        Duration::from_millis(u64::from(self.speech * FRAME_MS))
    }
}

/// How long a caller may be quiet before it is our turn. People pause inside numbers and names, not inside "oui".
pub fn patience(expect: Expect) -> Duration {
    Duration::from_millis(match expect {
        Expect::YesNo => 500,
        Expect::Anything => 700,
        Expect::Date | Expect::Time => 900,
        Expect::Phone | Expect::Digits | Expect::Name => 1400,
        Expect::Message => 3000,
    })
}

fn frames(duration: Duration) -> u32 {
    duration.as_millis() as u32 / FRAME_MS
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Runs (milliseconds, speech) stretches and lists what is heard, with the time in ms.
    fn run(turn: &mut Turn, stretches: &[(u32, bool)]) -> Vec<(u32, Heard)> {
        let mut now = 0;
        let mut heard = Vec::new();
        for (ms, speech) in stretches {
            for _ in 0..ms / FRAME_MS {
                now += FRAME_MS;
                heard.extend(turn.frame(*speech).map(|h| (now, h)));
            }
        }
        heard
    }

    #[test]
    fn a_sentence_starts_pauses_and_ends() {
        let mut turn = Turn::default();
        let heard = run(&mut turn, &[(500, false), (1000, true), (1000, false)]);
        assert_eq!(
            heard,
            [(560, Heard::Started), (1700, Heard::Paused), (2200, Heard::Ended)]
        );
        assert_eq!(turn.spoken(), Duration::from_millis(1000));
        assert_eq!(turn.quiet_for(), Duration::from_millis(1000));
    }

    #[test]
    fn a_pause_inside_is_taken_back_even_after_the_end() {
        let mut turn = Turn::default();
        let heard = run(
            &mut turn,
            &[(400, true), (300, false), (400, true), (800, false), (200, true)],
        );
        let names: Vec<_> = heard.iter().map(|h| h.1).collect();
        assert_eq!(
            names,
            [
                Heard::Started,
                Heard::Paused,
                Heard::Resumed,
                Heard::Paused,
                Heard::Ended,
                Heard::Resumed
            ]
        );
    }

    #[test]
    fn clicks_are_nothing() {
        let mut turn = Turn::default();
        assert_eq!(
            run(&mut turn, &[(40, true), (200, false), (40, true), (500, false)]),
            []
        );
    }

    #[test]
    fn patience_follows_what_is_expected() {
        for (expect, end) in [
            (Expect::YesNo, 900),
            (Expect::Anything, 1100),
            (Expect::Phone, 1800),
            (Expect::Message, 3400),
        ] {
            let mut turn = Turn::default();
            turn.expect(expect);
            let heard = run(&mut turn, &[(400, true), (4000, false)]);
            assert_eq!(heard.last(), Some(&(end, Heard::Ended)), "{expect:?}");
        }
    }

    #[test]
    fn a_finished_utterance_is_forgotten() {
        let mut turn = Turn::default();
        run(&mut turn, &[(400, true), (1000, false)]);
        assert!(turn.is_over());
        turn.finish();
        assert!(!turn.is_speaking());
        assert_eq!(run(&mut turn, &[(400, true)]), [(60, Heard::Started)]);
    }
}
