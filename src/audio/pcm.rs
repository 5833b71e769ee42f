//! Clips whose sample rate is part of their type, so that a forgotten resample is a compile error.

use std::time::Duration;

/// A mono clip of signed 16-bit samples at `RATE` samples per second.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pcm<const RATE: u32>(pub Vec<i16>);

impl<const RATE: u32> Pcm<RATE> {
    /// How long the clip lasts.
    pub fn duration(&self) -> Duration {
        Duration::from_micros(self.0.len() as u64 * 1_000_000 / u64::from(RATE))
    }
}
