//! Where a caller's turn begins, pauses and ends.
//!
//! ```text
//!          speech               80 ms quiet            patience over
//! Quiet ───────────► Speaking ─────────────► Paused ─────────────────► Paused, over
//!   ▲  Started          ▲  ▲     Paused        │ speech    Ended            │ speech
//!   │                   │  └───────────────────┴────────── Resumed ─────────┘
//!   └──── finish() ─────┘
//! ```
//!
//! At `Paused` recognition may start, while we still wait; at `Ended` the caller is thought to have finished, but may
//! go on until the call has begun to answer: then `Resumed` takes everything back, in this one place. How long to wait
//! begins with what the dialogue expects; the call changes it with [`Turn::wait_for`] once it knows the words.

use std::time::Duration;

use crate::units::{Expect, FRAME_MS};

/// Frames of quiet that make a pause: longer than most stop consonants, short enough to start recognition early. A decode
/// that was begun in a stop is dropped; it costs, but not the caller.
const PAUSE: u32 = 80 / FRAME_MS;
/// Frames of speech that make an utterance, fewer are a click or a cough; and the same over our own voice, where we fall
/// silent for it: with the delays of detection and play-out within 250 ms. Whether it was meant to interrupt us, its words
/// tell.
const SHORTEST: u32 = 60 / FRAME_MS;
const SHORTEST_OVER_US: u32 = 40 / FRAME_MS;
/// Frames of speech in a row that end a pause: one alone is a click on the line.
const RESUME: u32 = 40 / FRAME_MS;
/// Quiet frames after which a click is forgotten.
const FORGET: u32 = 100 / FRAME_MS;
/// Speech in a pause that is shorter may be a noise: "euh" is longer.
const BURST: u32 = 200 / FRAME_MS;
/// Speech that goes on for so long without a pause is told, again and again.
const LASTS: u32 = 1000 / FRAME_MS;

/// What just happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heard {
    /// Somebody began to speak.
    Started,
    /// They have spoken for another second without a pause.
    Lasts,
    /// They paused: what was said so far can be recognised.
    Paused,
    /// They went on after a pause of this length: what was prepared in it is void.
    Resumed(Duration),
    /// They have been quiet for as long as our patience.
    Ended,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Nobody speaks; a click may have been heard.
    Quiet { speech: u32, quiet: u32 },
    /// `run` frames of speech since the last pause.
    Speaking { run: u32, quiet: u32 },
    /// `speech` frames in a row may be the end of the pause.
    Paused { quiet: u32, speech: u32, over: bool },
}

/// The turn of one caller. Time is counted in frames of 20 ms.
#[derive(Debug)]
pub struct Turn {
    state: State,
    /// Patience by what the dialogue expects, and in this pause.
    usual: u32,
    patience: u32,
    /// Frames of speech in this utterance.
    speech: u32,
    /// Frames since the pause before this one began, and how many frames of speech parted the two.
    earlier: Option<u32>,
    burst: u32,
}

impl Default for Turn {
    fn default() -> Self {
        let usual = frames(patience(Expect::Anything));
        Self {
            state: State::Quiet { speech: 0, quiet: 0 },
            usual,
            patience: usual,
            speech: 0,
            earlier: None,
            burst: 0,
        }
    }
}

impl Turn {
    /// From now on, wait as long as is right for what the dialogue expects.
    pub fn expect(&mut self, expect: Expect) {
        self.usual = frames(patience(expect));
        self.patience = self.usual;
    }

    /// In this pause, wait for so long: its words are known. Where they ask for more time than we had, it is not over.
    pub fn wait_for(&mut self, patience: Duration) {
        self.patience = frames(patience);
        if let State::Paused { quiet, over, .. } = &mut self.state {
            *over &= *quiet >= self.patience;
        }
    }

    /// What parted this pause from the one before was no speech: that one goes on, if it was short enough.
    pub fn nothing_was_said(&mut self) -> bool {
        match (&mut self.state, self.earlier) {
            (State::Paused { quiet, .. }, Some(earlier)) if self.burst <= BURST => {
                *quiet = earlier;
                true
            }
            _ => false,
        }
    }

    /// Takes the next frame: did it hold speech, and did we speak?
    pub fn frame(&mut self, speech: bool, over_us: bool) -> Option<Heard> {
        let shortest = if over_us { SHORTEST_OVER_US } else { SHORTEST };
        self.speech += u32::from(speech);
        self.earlier = self.earlier.map(|frames| frames + 1);
        let (state, heard) = match (self.state, speech) {
            (State::Quiet { speech, .. }, true) if speech + 1 >= shortest => {
                self.speech = speech + 1;
                let run = speech + 1;
                (State::Speaking { run, quiet: 0 }, Some(Heard::Started))
            }
            (State::Quiet { speech, .. }, true) => {
                let speech = speech + 1;
                (State::Quiet { speech, quiet: 0 }, None)
            }
            (State::Quiet { speech, quiet }, false) => {
                let quiet = (quiet + 1).min(FORGET);
                let speech = if quiet == FORGET { 0 } else { speech };
                (State::Quiet { speech, quiet }, None)
            }
            (State::Speaking { run, .. }, true) => {
                let run = run + 1;
                let lasts = run.is_multiple_of(LASTS).then_some(Heard::Lasts);
                (State::Speaking { run, quiet: 0 }, lasts)
            }
            (State::Speaking { run, quiet }, false) if quiet + 1 >= PAUSE => {
                self.burst = run;
                self.patience = self.usual;
                let quiet = quiet + 1;
                (
                    State::Paused {
                        quiet,
                        speech: 0,
                        over: false,
                    },
                    Some(Heard::Paused),
                )
            }
            (State::Speaking { run, quiet }, false) => {
                let quiet = quiet + 1;
                (State::Speaking { run, quiet }, None)
            }
            (State::Paused { quiet, speech, .. }, true) if speech + 1 >= RESUME => {
                let pause = Duration::from_millis(u64::from((quiet - speech) * FRAME_MS));
                self.earlier = Some(quiet + 1);
                (State::Speaking { run: RESUME, quiet: 0 }, Some(Heard::Resumed(pause)))
            }
            (State::Paused { quiet, speech, over }, voice) => {
                let (quiet, speech) = (quiet.saturating_add(1), if voice { speech + 1 } else { 0 });
                // A frame that may be speech is no time to conclude.
                let ends = !over && !voice && quiet >= self.patience;
                let over = over || ends;
                (State::Paused { quiet, speech, over }, ends.then_some(Heard::Ended))
            }
        };
        self.state = state;
        heard
    }

    /// The utterance has been taken: the next speech begins another.
    pub fn finish(&mut self) {
        self.state = State::Quiet { speech: 0, quiet: 0 };
        self.patience = self.usual;
        (self.speech, self.earlier, self.burst) = (0, None, 0);
    }

    /// Whether an utterance is under way (spoken, paused or over, and not yet taken).
    pub fn is_speaking(&self) -> bool {
        !matches!(self.state, State::Quiet { .. })
    }

    /// Whether the caller is in a pause, over or not.
    pub fn is_paused(&self) -> bool {
        matches!(self.state, State::Paused { .. })
    }

    /// Whether the caller is thought to have finished.
    pub fn is_over(&self) -> bool {
        matches!(self.state, State::Paused { over: true, .. })
    }

    /// Time since the last frame of speech in this utterance.
    pub fn quiet_for(&self) -> Duration {
        let (State::Quiet { quiet, .. } | State::Speaking { quiet, .. } | State::Paused { quiet, .. }) = self.state;
        Duration::from_millis(u64::from(quiet * FRAME_MS))
    }

    /// Time spoken in this utterance, pauses left out.
    pub fn spoken(&self) -> Duration {
        Duration::from_millis(u64::from(self.speech * FRAME_MS))
    }
}

/// How long a caller may be quiet before it is our turn, as long as nothing is known of the words. People pause inside
/// numbers and names, not inside "oui".
pub fn patience(expect: Expect) -> Duration {
    Duration::from_millis(match expect {
        Expect::YesNo | Expect::Choice => 500,
        Expect::Anything | Expect::Option(_) => 700,
        Expect::Date | Expect::Time | Expect::Amount => 900,
        Expect::Text | Expect::Place | Expect::Address => 1100,
        Expect::Phone | Expect::Digits | Expect::Name | Expect::Email => 1400,
        Expect::Message => 3000,
    })
}

fn frames(duration: Duration) -> u32 {
    (duration.as_millis() as u32).div_ceil(FRAME_MS)
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
                heard.extend(turn.frame(*speech, false).map(|h| (now, h)));
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
            [
                (560, Heard::Started),
                (1500, Heard::Lasts),
                (1580, Heard::Paused),
                (2200, Heard::Ended)
            ]
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
                Heard::Resumed(Duration::from_millis(300)),
                Heard::Paused,
                Heard::Ended,
                Heard::Resumed(Duration::from_millis(800))
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
    fn a_click_in_a_pause_does_not_end_it() {
        let mut turn = Turn::default();
        let heard = run(&mut turn, &[(400, true), (300, false), (20, true), (500, false)]);
        assert_eq!(
            heard,
            [(60, Heard::Started), (480, Heard::Paused), (1100, Heard::Ended)]
        );
    }

    #[test]
    fn a_noise_in_a_pause_is_taken_out_of_it_once_it_is_known_to_be_one() {
        let mut turn = Turn::default();
        run(&mut turn, &[(400, true), (300, false), (100, true), (100, false)]);
        assert_eq!(turn.quiet_for(), Duration::from_millis(100));
        assert!(turn.nothing_was_said());
        assert_eq!(turn.quiet_for(), Duration::from_millis(500));
        assert_eq!(run(&mut turn, &[(300, false)]), [(200, Heard::Ended)]);
        turn.finish();
        run(&mut turn, &[(400, true), (300, false), (400, true), (100, false)]);
        assert!(!turn.nothing_was_said(), "as long as a word");
        turn.finish();
        run(&mut turn, &[(180, true), (100, false)]);
        assert!(!turn.nothing_was_said(), "no pause was before");
    }

    #[test]
    fn known_words_change_the_wait_for_this_pause_alone() {
        let mut turn = Turn::default();
        run(&mut turn, &[(400, true), (200, false)]);
        turn.wait_for(Duration::from_millis(1500));
        assert_eq!(
            run(&mut turn, &[(1200, false), (400, true)]).len(),
            1,
            "resumed, not ended"
        );
        let heard = run(&mut turn, &[(700, false)]);
        assert_eq!(heard, [(80, Heard::Paused), (700, Heard::Ended)]);
        turn.finish();
        run(&mut turn, &[(400, true), (400, false)]);
        turn.wait_for(Duration::from_millis(300));
        assert_eq!(run(&mut turn, &[(20, false)]), [(20, Heard::Ended)], "at once");
        turn.finish();
        run(&mut turn, &[(400, true), (800, false)]);
        assert!(turn.is_over());
        turn.wait_for(Duration::from_millis(1000));
        assert!(!turn.is_over(), "the words came late, and lead on");
        assert_eq!(run(&mut turn, &[(300, false)]), [(200, Heard::Ended)]);
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
