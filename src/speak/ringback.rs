//! What a caller hears while somebody's telephone rings: the French ringing tone.

use std::f32::consts::TAU;

use crate::units::{FRAME, FRAME_MS, HZ};

/// 440 Hz, 1.5 s on (ITU-T E.180, supplement 2, France). There it is followed by 3.5 s of nothing, which is longer than
/// somebody who has just spoken with a machine trusts a silent line: we leave half of that.
const TONE: f32 = 440.0;
const ON: u32 = 1_500 / FRAME_MS;
const OFF: u32 = 1_760 / FRAME_MS;
/// −19 dBFS at its peak: well below a voice.
const AMPLITUDE: f32 = 3_600.0;
/// Under a voice, 12 dB less.
const UNDER: f32 = 0.25;
/// The tone begins and ends softly, in this many samples.
const EDGE: usize = HZ as usize / 200;

/// The ringing tone, frame by frame. It begins with the tone, not with the pause.
#[derive(Debug, Default)]
pub struct Ringback {
    frames: u32,
}

impl Ringback {
    /// Fills the next 20 ms.
    pub fn frame(&mut self, out: &mut [i16; FRAME]) {
        out.fill(0);
        self.mix(out, 1.0);
    }

    /// Adds the next 20 ms, much softer, to what is being said: it rings already while the caller is told who is rung.
    pub fn under(&mut self, out: &mut [i16; FRAME]) {
        self.mix(out, UNDER);
    }

    fn mix(&mut self, out: &mut [i16; FRAME], gain: f32) {
        let at = self.frames % (ON + OFF);
        self.frames = self.frames.wrapping_add(1);
        if at >= ON {
            return;
        }
        let (first, last) = (at == 0, at == ON - 1);
        for (n, sample) in out.iter_mut().enumerate() {
            let t = (at as usize * FRAME + n) as f32 / HZ as f32;
            let from_edge = match (first, last) {
                (true, _) => n,
                (_, true) => FRAME - 1 - n,
                _ => EDGE,
            };
            let envelope = (from_edge as f32 / EDGE as f32).min(1.0);
            let tone = (t * TONE * TAU).sin() * AMPLITUDE * envelope * gain;
            *sample = sample.saturating_add(tone as i16);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::level;

    #[test]
    fn it_rings_as_in_france_and_is_never_silent_for_two_seconds() {
        let mut ringback = Ringback::default();
        let mut frame = [0; FRAME];
        let sounds: Vec<bool> = (0..500)
            .map(|_| {
                ringback.frame(&mut frame);
                level(&frame) > -40.0
            })
            .collect();
        let changes: Vec<usize> = (1..500).filter(|n| sounds[*n] != sounds[n - 1]).collect();
        assert!(sounds[0]);
        assert_eq!(changes, [75, 163, 238, 326, 401, 489], "in frames of 20 ms");
    }

    #[test]
    fn it_is_440_hz_without_clicks() {
        let mut ringback = Ringback::default();
        let mut all = Vec::new();
        for _ in 0..80 {
            let mut frame = [0; FRAME];
            ringback.frame(&mut frame);
            all.extend(frame);
        }
        let rises = all.windows(2).filter(|w| w[0] < 0 && w[1] >= 0).count();
        assert!((655..=661).contains(&rises), "{rises} periods in 1.5 s");
        let steepest = all.windows(2).map(|w| (i32::from(w[1]) - i32::from(w[0])).abs()).max();
        assert!(steepest < Some(700), "{steepest:?}");
    }
}
