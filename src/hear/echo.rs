//! Is what comes in our own voice coming back? A speakerphone returns it, 20-300 ms late and some 10 dB lower, and it is
//! speech by every other test.
//!
//! ```text
//! what we send ──► 8 kHz, whitened ──► the last second ──┐
//!                                                        ├─► cross-correlation ─► best match ─► echo or not
//! what comes in ─► 8 kHz, whitened ──► the last 200 ms ──┘      (FFT, all lags)
//! ```
//!
//! Nothing is cancelled: it is enough to know, since we fall silent when somebody really speaks. The caller's own voice,
//! even over an echo, is louder than it and spoils the match.

use std::sync::Arc;

use realfft::num_complex::Complex32;
use realfft::{ComplexToReal, RealFftPlanner, RealToComplex};

use crate::units::{FRAME, HZ};

/// Half the rate is enough for the telephone's band.
const RATE: usize = HZ as usize / 2;
/// What is looked for: 200 ms of what came in.
const WINDOW: usize = RATE / 5;
/// How far back our own voice is looked for, window included: 1 s.
const HISTORY: usize = RATE;
/// Points of the transform. Only lags that do not wrap around are looked at.
const SIZE: usize = RATE.next_power_of_two();
/// Correlation from which it is an echo. Of eight pairs of our recordings, two voices reach 0.40 in the 95th percentile
/// and 0.56 at most; an echo through a small room and A-law is above 0.82 in 99 of 100 frames.
const ECHO: f32 = 0.6;
/// The same, at a lag where an echo was found before.
const ECHO_AGAIN: f32 = 0.45;
/// Lags that are the same echo: 5 ms, for what the jitter buffer stretches.
const SAME_LAG: usize = RATE / 200;
/// Power below which nothing was sent that could come back, per sample.
const SILENCE: f32 = 10.0;

/// Follows one call.
pub struct Echo {
    sent: Track,
    heard: Track,
    forward: Arc<dyn RealToComplex<f32>>,
    inverse: Arc<dyn ComplexToReal<f32>>,
    spectrum: Vec<Complex32>,
    other: Vec<Complex32>,
    time: Vec<f32>,
    scratch: Vec<Complex32>,
    /// Where the last echo was found, in samples at 8 kHz.
    lag: Option<usize>,
}

impl Default for Echo {
    fn default() -> Self {
        let mut planner = RealFftPlanner::new();
        let (forward, inverse) = (planner.plan_fft_forward(SIZE), planner.plan_fft_inverse(SIZE));
        Self {
            sent: Track::new(HISTORY),
            heard: Track::new(WINDOW),
            spectrum: forward.make_output_vec(),
            other: forward.make_output_vec(),
            time: vec![0.0; SIZE],
            scratch: vec![Complex32::default(); forward.get_scratch_len().max(inverse.get_scratch_len())],
            forward,
            inverse,
            lag: None,
        }
    }
}

impl Echo {
    /// A frame that we send.
    pub fn sent(&mut self, frame: &[i16; FRAME]) {
        self.sent.push(frame);
    }

    /// A frame that came in.
    pub fn heard(&mut self, frame: &[i16; FRAME]) {
        self.heard.push(frame);
    }

    /// Whether anything was sent in the last second.
    pub fn may_come_back(&self) -> bool {
        !self.sent.is_silent()
    }

    /// Whether our voice has come back in this call.
    pub fn was_found(&self) -> bool {
        self.lag.is_some()
    }

    /// Whether the last frames that came in are what we sent. Allocates nothing.
    pub fn is_echo(&mut self) -> bool {
        let power: f32 = self.heard.samples.iter().map(|s| s * s).sum();
        if !self.may_come_back() || power <= 0.0 {
            return false;
        }
        let (likeness, lag) = self.best_match(power);
        let again = self.lag.is_some_and(|known| known.abs_diff(lag) <= SAME_LAG);
        let echo = likeness >= if again { ECHO_AGAIN } else { ECHO };
        if echo {
            self.lag = Some(lag);
        }
        echo
    }

    /// The highest correlation at any lag, 0 to 1, and that lag.
    fn best_match(&mut self, power: f32) -> (f32, usize) {
        self.time.fill(0.0);
        self.time[..HISTORY].copy_from_slice(&self.sent.samples);
        transform(&*self.forward, &mut self.time, &mut self.spectrum, &mut self.scratch);
        self.time.fill(0.0);
        self.time[..WINDOW].copy_from_slice(&self.heard.samples);
        transform(&*self.forward, &mut self.time, &mut self.other, &mut self.scratch);
        for (a, b) in self.spectrum.iter_mut().zip(&self.other) {
            *a *= b.conj();
        }
        // Rounding leaves imaginary parts where a real signal has none.
        self.spectrum[0].im = 0.0;
        self.spectrum[SIZE / 2].im = 0.0;
        let inverse = &*self.inverse;
        if inverse
            .process_with_scratch(&mut self.spectrum, &mut self.time, &mut self.scratch)
            .is_err()
        {
            return (0.0, 0);
        }
        let sent = &self.sent.samples;
        let mut window: f32 = sent[..WINDOW].iter().map(|s| s * s).sum();
        let mut best = (0.0f32, 0);
        for start in 0..=HISTORY - WINDOW {
            if start > 0 {
                window += sent[start + WINDOW - 1].powi(2) - sent[start - 1].powi(2);
            }
            if window > SILENCE * WINDOW as f32 {
                let likeness = (self.time[start] / SIZE as f32) / (window * power).sqrt();
                if likeness > best.0 {
                    best = (likeness, HISTORY - WINDOW - start);
                }
            }
        }
        best
    }
}

fn transform(fft: &dyn RealToComplex<f32>, time: &mut [f32], spectrum: &mut [Complex32], scratch: &mut [Complex32]) {
    // The lengths are those that the plan was made for.
    let done = fft.process_with_scratch(time, spectrum, scratch);
    debug_assert!(done.is_ok());
}

/// The last samples of one direction, whitened by a first difference: two vowels of one pitch are alike otherwise.
struct Track {
    samples: Vec<f32>,
    previous: f32,
}

impl Track {
    fn new(length: usize) -> Self {
        Self {
            samples: vec![0.0; length],
            previous: 0.0,
        }
    }

    fn push(&mut self, frame: &[i16; FRAME]) {
        let new = FRAME / 2;
        let kept = self.samples.len() - new;
        self.samples.copy_within(new.., 0);
        for (sample, pair) in self.samples[kept..].iter_mut().zip(frame.as_chunks::<2>().0) {
            let mean = (f32::from(pair[0]) + f32::from(pair[1])) / 2.0;
            *sample = mean - 0.9 * self.previous;
            self.previous = mean;
        }
    }

    fn is_silent(&self) -> bool {
        self.samples.iter().map(|s| s * s).sum::<f32>() < SILENCE * self.samples.len() as f32 / 10.0
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;
    use crate::audio::{alaw_decode, alaw_encode, wav};

    fn speech(bytes: &[u8]) -> Vec<[i16; FRAME]> {
        let clip = wav::read::<16_000>("fixture", Cursor::new(bytes)).expect("a wav").0;
        clip.as_chunks::<FRAME>().0.to_vec()
    }

    fn ours() -> Vec<[i16; FRAME]> {
        speech(include_bytes!("../../audio-fixtures/c12.wav"))
    }

    fn caller() -> Vec<[i16; FRAME]> {
        speech(include_bytes!("../../audio-fixtures/c24.wav"))
    }

    /// What comes back of `sound` after `delay` samples, `gain` times as loud, through a room and A-law.
    fn returned(sound: &[[i16; FRAME]], delay: usize, gain: f32) -> Vec<[i16; FRAME]> {
        let flat = sound.as_flattened();
        let at = |i: usize, back: usize| i.checked_sub(back).map_or(0.0, |i| f32::from(flat[i]));
        let room = |i: usize| at(i, delay) + 0.4 * at(i, delay + 90) - 0.25 * at(i, delay + 331);
        let back: Vec<i16> = (0..flat.len())
            .map(|i| alaw_decode(alaw_encode((room(i) * gain) as i16)))
            .collect();
        back.as_chunks::<FRAME>().0.to_vec()
    }

    /// Share of the loud frames of `heard` that are taken for an echo of `sent`.
    fn taken(sent: &[[i16; FRAME]], heard: &[[i16; FRAME]]) -> f32 {
        let mut echo = Echo::default();
        let (mut loud, mut taken) = (0, 0);
        for (sent, heard) in sent.iter().zip(heard) {
            echo.heard(heard);
            if crate::audio::level(heard) > -45.0 {
                loud += 1;
                taken += usize::from(echo.is_echo());
            }
            echo.sent(sent);
        }
        taken as f32 / loud as f32
    }

    #[test]
    fn our_own_voice_is_known_at_any_delay_and_level() {
        for (delay, gain) in [(320, 0.3), (1600, 0.3), (4800, 0.3), (9000, 0.1), (2400, 0.7)] {
            let share = taken(&ours(), &returned(&ours(), delay, gain));
            assert!(share > 0.9, "{delay} samples late, gain {gain}: {share}");
        }
    }

    #[test]
    fn a_caller_is_not_taken_for_it_even_over_an_echo() {
        let (ours, caller) = (ours(), caller());
        let share = taken(&ours, &caller);
        assert!(share < 0.03, "alone: {share}");
        let both: Vec<[i16; FRAME]> = returned(&ours, 1600, 0.3)
            .iter()
            .zip(&caller)
            .map(|(echo, voice)| std::array::from_fn(|i| echo[i].saturating_add(voice[i])))
            .collect();
        let share = taken(&ours, &both);
        assert!(share < 0.5, "over an echo: {share}");
    }

    #[test]
    fn silence_is_no_echo() {
        let mut echo = Echo::default();
        echo.heard(&[1000; FRAME]);
        assert!(!echo.is_echo(), "nothing was sent");
        echo.sent(&[1000; FRAME]);
        echo.heard(&[0; FRAME]);
    }
}
