//! What the caller says: packets → play-out → voice activity → end of turn → the audio to transcribe.
//!
//! Recognition itself is I/O to the core: the call hands a clip out and gets a [`Transcript`] back.

pub mod beep;
mod conceal;
pub mod ear;
pub mod echo;
pub mod guard;
pub mod jitter;
pub mod melody;
pub mod pieces;
pub mod playout;
pub mod recent;
pub mod turn;
pub mod voice;

use std::time::Duration;

use crate::audio::Pcm;
use crate::pii::Pii;
use crate::units::Expect;

/// What recognition is asked: one utterance, and what helps to understand it.
#[derive(Clone, Debug)]
pub struct Utterance {
    /// The speech, with a little silence around it.
    pub audio: Pcm<16_000>,
    /// What it belongs to.
    pub context: Context,
}

/// What an utterance belongs to.
#[derive(Clone, Debug, Default)]
pub struct Context {
    /// What the dialogue waits for.
    pub expect: Expect,
    /// What was said before in the same turn, and is recognised already.
    pub before: Pii<String>,
    /// What was heard in this very sound, where it is listened to again because that means nothing to us.
    pub doubted: Option<Pii<String>>,
}

impl Context {
    /// All the words of the turn, once those of the utterance are known.
    pub fn whole(&self, words: &Pii<String>) -> Pii<String> {
        let (before, words) = (self.before.reveal(), words.reveal());
        match (before.is_empty(), words.is_empty()) {
            (true, _) => words.clone().into(),
            (false, true) => before.clone().into(),
            (false, false) => format!("{before} {words}").into(),
        }
    }
}

/// What recognition heard.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Transcript {
    /// The words; empty when nothing was said.
    pub text: Pii<String>,
    /// Mean natural log-probability of the tokens; speech is about -0.2, noise below -2.
    pub log_probability: f32,
    /// How many times the sound was decoded: once more where it was not sure.
    pub decodes: u32,
    /// Time that recognition took, waiting excluded.
    pub took: Duration,
}
