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

/// RMS level in dBFS; about -100 for digital silence.
pub fn level(frame: &[i16]) -> f32 {
    let energy: f32 = frame.iter().map(|s| f32::from(*s) * f32::from(*s)).sum::<f32>() / frame.len() as f32;
    10.0 * (energy / (32_768.0 * 32_768.0) + 1e-10).log10()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn level_is_in_dbfs() {
        assert!((level(&[32_767; 320]) - 0.0).abs() < 0.01);
        assert!((level(&[3_277; 320]) + 20.0).abs() < 0.01);
        assert!(level(&[0; 320]) < -99.0);
    }
}
