//! The beep of a voicemail: one pure tone that lasts.
//!
//! Three samples of a pure tone of angle w, at equal distances, lie on `a + c = 2·cos(w)·b`, whatever its phase and level. A
//! voice, a chord of two tones (a key) and noise do not fit any w.

use crate::audio::level;
use crate::units::{FRAME, FRAME_MS};

/// Distance of the three samples: 4 kHz, so that a voice has several harmonics below half of it.
const STEP: usize = 4;
/// What does not fit, as a share of what was measured: G.711 leaves a thousandth.
const MISFIT: f32 = 0.01;
/// The tone keeps its height this well (of `cos(w)`) from frame to frame.
const STEADY: f32 = 0.02;
/// A key click or a ring of the line is shorter.
const LASTS: u32 = 200 / FRAME_MS;
/// Below this there is nothing to hear, in dBFS.
const AUDIBLE: f32 = -40.0;

/// Listens for a beep.
#[derive(Debug, Default)]
pub struct Beep {
    height: f32,
    frames: u32,
}

impl Beep {
    /// Takes one frame: whether a tone has lasted for long enough to be a beep.
    pub fn frame(&mut self, frame: &[i16; FRAME]) -> bool {
        let height = pure(frame);
        self.frames = match height {
            Some(height) if (height - self.height).abs() <= STEADY => self.frames + 1,
            Some(_) => 1,
            None => 0,
        };
        self.height = height.unwrap_or_default();
        self.frames >= LASTS
    }
}

/// `cos(w)` of the pure tone that a frame is; none where it is none.
fn pure(frame: &[i16; FRAME]) -> Option<f32> {
    if level(frame) < AUDIBLE {
        return None;
    }
    let triples = || {
        frame
            .windows(2 * STEP + 1)
            .map(|w| [w[0], w[STEP], w[2 * STEP]].map(f32::from))
    };
    let (cross, square) = triples().fold((0.0, 0.0), |(cross, square), [a, b, c]| {
        (cross + (a + c) * b, square + b * b)
    });
    let double = cross / f32::max(square, 1.0);
    let misfit: f32 = triples().map(|[a, b, c]| (a + c - double * b).powi(2)).sum();
    let all: f32 = triples().map(|[a, b, c]| a * a + b * b + c * c).sum();
    (misfit <= MISFIT * all).then_some(double / 2.0)
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;
    use crate::audio::{Pcm, alaw_decode, alaw_encode, wav};
    use crate::units::HZ;

    fn beeps(sound: impl Fn(usize) -> f32, frames: usize) -> Option<usize> {
        let mut beep = Beep::default();
        (0..frames).find(|f| {
            // Through the telephone network.
            let frame = std::array::from_fn(|n| alaw_decode(alaw_encode(sound(f * FRAME + n) as i16)));
            beep.frame(&frame)
        })
    }

    fn tone(hz: f32, n: usize) -> f32 {
        (n as f32 / HZ as f32 * hz * std::f32::consts::TAU).sin()
    }

    #[test]
    fn tones_of_voicemails_are_beeps() {
        for hz in [440.0, 800.0, 1000.0, 1400.0] {
            assert_eq!(beeps(|n| 4000.0 * tone(hz, n), 50), Some(9), "{hz} Hz");
        }
    }

    #[test]
    fn keys_noise_and_silence_are_none() {
        assert_eq!(
            beeps(|n| 4000.0 * (tone(697.0, n) + tone(1209.0, n)), 50),
            None,
            "a key"
        );
        assert_eq!(beeps(|_| 0.0, 50), None);
        assert_eq!(beeps(|n| 4000.0 * tone(1000.0, n), 8), None, "too short");
        let mut seed = 1u32;
        let noise = std::array::from_fn::<f32, { 50 * FRAME }, _>(|_| {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            ((seed >> 18) as f32) - 8192.0
        });
        assert_eq!(beeps(|n| noise[n], 50), None);
    }

    #[test]
    fn voices_are_none() {
        for file in ["c02", "c12", "c24", "c28", "c50"] {
            let bytes = std::fs::read(format!("{}/audio-fixtures/{file}.wav", env!("CARGO_MANIFEST_DIR"))).unwrap();
            let clip: Pcm<16_000> = wav::read(file, Cursor::new(&bytes[..])).unwrap();
            let frames = clip.0.len() / FRAME;
            assert_eq!(beeps(|n| f32::from(clip.0[n]), frames), None, "{file}");
        }
    }
}
