//! What the caller hears: a phrase → French that can be spoken → clips → frames → packets.
//!
//! Synthesis itself is I/O to the core: the call hands a text out and gets a clip back.

pub mod encode;
pub mod french;
pub mod music;
pub mod pace;
pub mod queue;
pub mod ringback;

use crate::audio::Pcm;

/// A voice: turns speakable French (see `french`) into sound. Blocking; runs on its own thread.
pub trait Synthesizer: Send {
    /// Identifies engine, voice and version: part of the key under which rendered prompts are kept.
    fn id(&self) -> &str;
    /// Renders one sentence or clause, silence trimmed at both ends. `speed` 1.0 is the voice's own pace.
    fn synthesize(&mut self, spoken: &str, speed: f32) -> Result<Pcm<16_000>, SynthesisError>;
}

/// Why a text could not be spoken.
#[derive(Debug, thiserror::Error)]
#[error("synthèse vocale impossible ({engine}) : {reason}")]
pub struct SynthesisError {
    /// The engine that failed.
    pub engine: &'static str,
    /// What it said.
    pub reason: String,
}
