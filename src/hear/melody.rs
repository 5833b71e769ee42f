//! Where the voice ends: in French it falls at the end of what is said, and stays up, or rises, before a pause in the
//! middle (the "continuation", Delattre, "Les dix intonations de base du français", 1966).
//!
//! On the clean recordings of our corpus, 93 ends and 55 pauses inside, the last pitch lies 5.2 semitones below the
//! median of the second before it at an end, and 0.4 at a pause; an end lies lower than a pause in 89 of 100 pairs.

use crate::units::{FRAME, FRAME_MS, HZ};

/// Half the rate is enough for pitch.
const RATE: usize = HZ as usize / 2;
/// Pitch is looked for in 40 ms: two periods of the lowest voice.
const WINDOW: usize = RATE * 4 / 100;
/// Periods of voices between 70 and 400 Hz, in samples.
const PERIODS: std::ops::Range<usize> = RATE / 400..RATE / 70;
/// Periodic by at least this much of its power, a frame is voiced.
const VOICED: f32 = 0.5;
/// Mean square below which there is no pitch to look for: −50 dBFS.
const QUIET: f32 = 1e4;
/// Frames that are remembered: one second.
const MEMORY: usize = 1000 / FRAME_MS as usize;
/// Of the last so many voiced frames, the last three that are no octave error give the end.
const LAST: usize = 6;
const OCTAVE_ERROR: f32 = 8.0;

/// Follows the pitch of one voice.
pub struct Melody {
    window: [f32; WINDOW],
    /// Pitch of the last frames, oldest first, in semitones; none where the frame is not voiced.
    pitch: [Option<f32>; MEMORY],
}

impl Default for Melody {
    fn default() -> Self {
        Self {
            window: [0.0; WINDOW],
            pitch: [None; MEMORY],
        }
    }
}

impl Melody {
    /// Takes one frame. Allocates nothing.
    pub fn frame(&mut self, frame: &[i16; FRAME]) {
        let new = FRAME / 2;
        self.window.copy_within(new.., 0);
        for (sample, pair) in self.window[WINDOW - new..].iter_mut().zip(frame.as_chunks::<2>().0) {
            *sample = (f32::from(pair[0]) + f32::from(pair[1])) / 2.0;
        }
        self.pitch.rotate_left(1);
        self.pitch[MEMORY - 1] = pitch(&self.window);
    }

    /// How high the voice ended, in semitones above the median of the last second; none where too little was voiced.
    pub fn end(&self) -> Option<f32> {
        let mut sorted = [0.0; MEMORY];
        let mut count = 0;
        for pitch in self.pitch.iter().flatten() {
            sorted[count] = *pitch;
            count += 1;
        }
        if count < LAST {
            return None;
        }
        let sorted = &mut sorted[..count];
        sorted.sort_by(f32::total_cmp);
        let median = sorted[count / 2];
        let mut last = [0.0; 3];
        let mut found = 0;
        for pitch in self.pitch.iter().rev().flatten().take(LAST) {
            if (pitch - median).abs() < OCTAVE_ERROR && found < last.len() {
                last[found] = pitch - median;
                found += 1;
            }
        }
        last.sort_by(f32::total_cmp);
        (found == last.len()).then_some(last[1])
    }
}

/// The pitch of 40 ms, in semitones above 1 Hz, by autocorrelation.
fn pitch(window: &[f32; WINDOW]) -> Option<f32> {
    let mean = window.iter().sum::<f32>() / WINDOW as f32;
    let centred: [f32; WINDOW] = std::array::from_fn(|i| window[i] - mean);
    let power: f32 = centred.iter().map(|s| s * s).sum();
    if power / (WINDOW as f32) < QUIET {
        return None;
    }
    let likeness = |period: usize| -> f32 { centred[period..].iter().zip(&centred).map(|(a, b)| a * b).sum() };
    let (best, period) = PERIODS
        .map(|period| (likeness(period), period))
        .max_by(|a, b| a.0.total_cmp(&b.0))?;
    (best > VOICED * power).then(|| 12.0 * (RATE as f32 / period as f32).log2())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A voice of these pitches in Hz, 40 ms each.
    fn end_of(pitches: &[f32]) -> Option<f32> {
        let mut melody = Melody::default();
        let mut phase = 0.0f32;
        for hz in pitches {
            for _ in 0..2 {
                let frame = std::array::from_fn(|_| {
                    phase = (phase + hz / HZ as f32).fract();
                    // Harmonics without the fundamental, as a telephone leaves them.
                    let tone = |n: f32| (phase * n * std::f32::consts::TAU).sin();
                    ((tone(2.0) + tone(3.0) + 0.5 * tone(4.0)) * 4000.0) as i16
                });
                melody.frame(&frame);
            }
        }
        // The pause in which it is asked.
        (0..4).for_each(|_| melody.frame(&[0; FRAME]));
        melody.end()
    }

    #[test]
    fn a_voice_that_falls_and_one_that_stays_up() {
        let level = [200.0; 12];
        let falls = end_of(&[&level[..], &[180.0, 160.0, 140.0, 135.0]].concat()).expect("a pitch");
        assert!((-8.0..-4.0).contains(&falls), "{falls}");
        let stays = end_of(&[200.0; 16]).expect("a pitch");
        assert!(stays.abs() < 0.7, "{stays}");
        let rises = end_of(&[&level[..], &[215.0, 230.0, 245.0, 245.0]].concat()).expect("a pitch");
        assert!((2.0..5.0).contains(&rises), "{rises}");
    }

    #[test]
    fn without_a_voice_there_is_no_pitch() {
        assert_eq!(Melody::default().end(), None);
        assert_eq!(end_of(&[200.0; 2]), None, "too short");
        let mut melody = Melody::default();
        let mut seed = 1u32;
        for _ in 0..60 {
            melody.frame(&std::array::from_fn(|_| {
                seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (seed >> 18) as i16 - 8192
            }));
        }
        assert_eq!(melody.end(), None, "noise");
    }
}
