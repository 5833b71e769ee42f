//! What those who wait hear: music of the town's choice, or else the beginning of Satie's first Gymnopédie (1888, in the
//! public domain), played here on a soft instrument of three partials.
//!
//! The bass is written an octave too high: a telephone has nothing below 300 Hz.

use std::f64::consts::TAU;
use std::sync::{Arc, LazyLock};

use super::queue::Clip;
use crate::audio::Pcm;
use crate::units::{FRAME, HZ};

/// Samples of a beat: 66 a minute, "lent et douloureux".
const BEAT: usize = HZ as usize * 60 / 66;
/// Beats of the piece: sixteen bars of three.
const BEATS: usize = 48;
/// Peak of the piece: with its decay, some −20 dBFS on average.
const PEAK: f64 = 16_000.0;
/// Partials of a note: how loud, and how fast each fades, in seconds to a third.
const PARTIALS: [(f64, f64); 3] = [(1.0, 1.6), (0.45, 0.9), (0.18, 0.5)];
/// A note swells and ends in so many samples: nothing clicks.
const SWELL: usize = HZ as usize / 50;
const RELEASE: usize = HZ as usize / 5;
/// Frames in which the music comes up, or goes down.
const FADE: f32 = 15.0;

/// The bars of the left hand: a bass, and a chord on the second beat. MIDI numbers.
const LEFT: [(u8, [u8; 3]); 2] = [(55, [59, 62, 66]), (50, [57, 61, 66])];
/// The right hand: on which beat, which note, for how many beats.
const RIGHT: [(usize, u8, usize); 19] = [
    (13, 78, 1),
    (14, 81, 1),
    (15, 79, 1),
    (16, 78, 1),
    (17, 73, 1),
    (18, 71, 1),
    (19, 73, 1),
    (20, 74, 1),
    (21, 69, 3),
    (24, 66, 10),
    (37, 78, 1),
    (38, 81, 1),
    (39, 79, 1),
    (40, 78, 1),
    (41, 73, 1),
    (42, 71, 1),
    (43, 73, 1),
    (44, 74, 1),
    (45, 69, 3),
];

/// The piece; it is made when it is first asked for, which takes a core some 200 ms: not on a thread that sends packets.
pub fn piece() -> Clip {
    static PIECE: LazyLock<Clip> = LazyLock::new(|| Arc::new(play()));
    PIECE.clone()
}

fn play() -> Pcm<16_000> {
    let mut sound = vec![0.0; BEATS * BEAT];
    for bar in 0..BEATS / 3 {
        let (bass, chord) = LEFT[bar % 2];
        strike(&mut sound, bar * 3, bass, 3, 0.8);
        chord
            .into_iter()
            .for_each(|note| strike(&mut sound, bar * 3 + 1, note, 2, 0.4));
    }
    for (beat, note, beats) in RIGHT {
        strike(&mut sound, beat, note, beats, 1.0);
    }
    let peak = sound.iter().fold(1.0, |peak: f64, sample| peak.max(sample.abs()));
    Pcm(sound.iter().map(|sample| (sample / peak * PEAK) as i16).collect())
}

/// Adds a note; what is left of it at the end of the piece sounds on in its beginning.
fn strike(sound: &mut [f64], beat: usize, note: u8, beats: usize, force: f64) {
    let hz = 440.0 * 2f64.powf((f64::from(note) - 69.0) / 12.0);
    let (from, length) = (beat * BEAT, beats * BEAT + RELEASE);
    for (partial, (loud, fades)) in PARTIALS.into_iter().enumerate() {
        let step = hz * (partial + 1) as f64 / f64::from(HZ) * TAU;
        let decay = (-1.0 / (fades * f64::from(HZ))).exp();
        let mut strength = loud * force;
        for n in 0..length {
            let softly = if n < length / 2 { SWELL } else { RELEASE } as f64;
            let edge = (n.min(length - n) as f64 / softly).min(1.0);
            sound[(from + n) % (BEATS * BEAT)] += (n as f64 * step).sin() * strength * edge;
            strength *= decay;
        }
    }
}

/// Music that is being played, over and over.
#[derive(Debug)]
pub struct Music {
    clip: Clip,
    at: usize,
    /// How loud it is, of 1.
    gain: f32,
}

impl Music {
    /// This clip, from its beginning; it comes up softly.
    pub fn new(clip: Clip) -> Self {
        Self { clip, at: 0, gain: 0.0 }
    }

    /// Adds the next 20 ms to what is in `out`, on the way to being so loud (0 to 1). Where it is silent it does not go on.
    /// Allocates nothing.
    pub fn mix(&mut self, out: &mut [i16; FRAME], loud: f32) {
        let (from, to) = (self.gain, self.gain + (loud - self.gain).clamp(-1.0 / FADE, 1.0 / FADE));
        self.gain = to;
        if (from == 0.0 && to == 0.0) || self.clip.0.is_empty() {
            return;
        }
        for (n, sample) in out.iter_mut().enumerate() {
            let gain = from + (to - from) * n as f32 / FRAME as f32;
            *sample = sample.saturating_add((f32::from(self.clip.0[self.at]) * gain) as i16);
            self.at = (self.at + 1) % self.clip.0.len();
        }
    }

    /// Whether nothing of it is heard.
    pub fn is_silent(&self) -> bool {
        self.gain == 0.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::level;

    #[test]
    fn the_piece_is_gentle_has_no_gap_and_no_click_and_loops() {
        let piece = piece();
        assert_eq!(piece.0.len(), BEATS * BEAT);
        let loudness = level(&piece.0);
        assert!((-24.0..-17.0).contains(&loudness), "{loudness} dBFS");
        for (second, part) in piece.0.chunks_exact(HZ as usize).enumerate() {
            assert!(level(part) > -40.0, "silent in second {second}: {}", level(part));
        }
        let around = piece.0.iter().chain(&piece.0[..2]).copied().collect::<Vec<i16>>();
        let steepest = around
            .windows(2)
            .map(|w| (i32::from(w[1]) - i32::from(w[0])).abs())
            .max();
        assert!(steepest < Some(6_000), "{steepest:?}");
        let curve = |w: &[i16]| (i32::from(w[0]) - 2 * i32::from(w[1]) + i32::from(w[2])).abs();
        let sharpest = around.windows(3).map(curve).max();
        assert!(sharpest < Some(4_000), "a click: {sharpest:?}");
        assert_eq!(play().0, piece.0, "the same each time");
    }

    #[test]
    fn it_is_in_the_band_of_a_telephone() {
        let piece = piece();
        let narrow = crate::audio::resample(&crate::audio::resample(&piece.0, HZ, 8_000), 8_000, HZ);
        let lost = level(&piece.0) - level(&narrow);
        assert!(lost.abs() < 0.5, "{lost} dB above 4 kHz");
    }

    #[test]
    fn it_comes_up_softly_makes_way_and_goes_on_where_it_was() {
        let mut music = Music::new(Arc::new(Pcm(vec![10_000; FRAME * 3])));
        let mut play = |loud: f32, frames: usize| -> Vec<i16> {
            let mut last = [0; FRAME];
            for _ in 0..frames {
                last.fill(0);
                music.mix(&mut last, loud);
            }
            last.to_vec()
        };
        let first = play(1.0, 1);
        assert!(first[0] == 0 && first[FRAME - 1] < 1_000, "{}", first[FRAME - 1]);
        assert_eq!(play(1.0, 20)[0], 10_000);
        assert!(play(0.0, 1)[0] > 9_000, "it does not stop short");
        assert_eq!(play(0.0, 20), vec![0; FRAME]);
        assert!(music.is_silent());
        let mut out = [30_000; FRAME];
        music.gain = 1.0;
        music.mix(&mut out, 1.0);
        assert_eq!(out[0], i16::MAX, "it does not overflow");
    }
}
