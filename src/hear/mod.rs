//! What the caller says: packets → play-out → voice activity → end of turn → the audio to transcribe.
//!
//! Recognition itself is I/O to the core: the call hands a clip out and gets a [`Transcript`] back.

mod conceal;
pub mod ear;
pub mod guard;
pub mod jitter;
pub mod playout;
pub mod turn;
pub mod voice;

use std::time::Duration;

use crate::audio::Pcm;
use crate::pii::Pii;
use crate::units::Expect;

/// What recognition is asked: one utterance, and what helps to hear it.
#[derive(Clone, Debug)]
pub struct Utterance {
    /// The speech, with a little silence around it.
    pub audio: Pcm<16_000>,
    /// What the dialogue waits for.
    pub expect: Expect,
}

/// What recognition heard.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Transcript {
    /// The words; empty when nothing was said.
    pub text: Pii<String>,
    /// Mean natural log-probability of the tokens; speech is about -0.2, noise below -2.
    pub log_probability: f32,
    /// Time that recognition took, waiting excluded.
    pub took: Duration,
}
