//! The models: what turns sound into words, words into directions, and text into sound. Each runs on its own threads,
//! off the async runtime; the core asks and is answered.

pub mod encoder;
pub mod kokoro;
pub mod memory;
pub mod models;
pub mod phonemes;
pub mod piper;
pub mod prompts;
mod pronunciation;
pub mod recognition;
pub mod rephrase;
mod session;
pub mod spread;
pub mod threads;
mod voice;
pub mod whisper;
