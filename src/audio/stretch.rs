//! Speech made slower without changing its pitch, by libsonic, which espeak-ng needs anyway.

use std::ffi::{c_float, c_int, c_short};

use super::Pcm;

unsafe extern "C" {
    /// sonic.h: changes `samples` in place, which must have room for the result; returns its length.
    fn sonicChangeShortSpeed(
        samples: *mut c_short,
        count: c_int,
        speed: c_float,
        pitch: c_float,
        rate: c_float,
        volume: c_float,
        chord_pitch: c_int,
        sample_rate: c_int,
        channels: c_int,
    ) -> c_int;
}

/// `clip` made `factor` times as long, 1 to 2: some milliseconds of work for each sentence.
pub fn stretch<const RATE: u32>(clip: &Pcm<RATE>, factor: f32) -> Pcm<RATE> {
    let factor = factor.clamp(1.0, 2.0);
    let length = clip.0.len();
    // The library promises `factor` times the length; a period of the deepest voice more does no harm.
    let room = (length as f32 * factor) as usize + RATE as usize / 10;
    let (Ok(count), Ok(rate)) = (c_int::try_from(length), c_int::try_from(RATE)) else {
        return clip.clone();
    };
    let mut samples = clip.0.clone();
    samples.resize(room, 0);
    // SAFETY: `samples` holds `count` samples and has room for the result.
    let made = unsafe { sonicChangeShortSpeed(samples.as_mut_ptr(), count, 1.0 / factor, 1.0, 1.0, 1.0, 0, rate, 1) };
    samples.truncate(usize::try_from(made).unwrap_or(0).min(room));
    Pcm(samples)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn longer_at_the_same_pitch() {
        let tone: Vec<i16> = (0..16_000)
            .map(|n| (8000.0 * (n as f32 * 200.0 * std::f32::consts::TAU / 16_000.0).sin()) as i16)
            .collect();
        let slow = stretch(&Pcm::<16_000>(tone), 1.18);
        assert!((18_500..19_300).contains(&slow.0.len()), "{}", slow.0.len());
        let crossings = slow.0.windows(2).filter(|w| w[0] < 0 && w[1] >= 0).count();
        let pitch = crossings as f32 / slow.duration().as_secs_f32();
        assert!((pitch - 200.0).abs() < 6.0, "{pitch} Hz");
    }

    #[test]
    fn nothing_and_clicks_are_no_trouble() {
        assert!(stretch(&Pcm::<16_000>(Vec::new()), 1.5).0.len() < 400);
        for length in [1, 7, 159, 1601] {
            let clip = stretch(&Pcm::<16_000>(vec![1000; length]), 2.0);
            assert!(clip.0.len() <= length * 2 + 1600, "{length} → {}", clip.0.len());
        }
    }
}
