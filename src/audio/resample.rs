//! From one sample rate to another: frame by frame in a call, or a whole clip at once.

use audioadapter_buffers::direct::InterleavedSlice;
use rubato::{Fft, FixedSync, Resampler};

use super::Pcm;
use crate::units::FRAME_MS;

/// Frames of 20 ms in, frames of 20 ms out, with the filter's memory between them. Allocates only when made.
///
/// The filter spans one frame, so sound comes out half a frame (10 ms) later than it went in, and the top 9 % of the
/// narrower band is lost (3.66 kHz is left of 8 kHz sampling, more than a telephone line carries).
pub struct FrameResampler {
    fft: Fft<f32>,
    input: Box<[f32]>,
    output: Box<[f32]>,
}

impl FrameResampler {
    /// From `from` to `to` samples per second; each must be a multiple of 50, so that 20 ms is a whole number.
    pub fn new(from: u32, to: u32) -> Self {
        let [samples_in, samples_out] = [from, to].map(|rate| (rate * FRAME_MS / 1000) as usize);
        let fft = Fft::new(from as usize, to as usize, samples_in, 1, FixedSync::Both)
            .expect("rates and frame are constants of a codec, not zero");
        assert_eq!(
            (fft.input_frames_next(), fft.output_frames_next()),
            (samples_in, samples_out),
            "20 ms at each rate"
        );
        Self {
            fft,
            input: vec![0.0; samples_in].into(),
            output: vec![0.0; samples_out].into(),
        }
    }

    /// Converts one frame: 20 ms of samples at the rate of the input → 20 ms at the rate of the output.
    pub fn process(&mut self, input: &[i16], output: &mut [i16]) {
        for (float, sample) in self.input.iter_mut().zip(input) {
            *float = f32::from(*sample);
        }
        let (samples_in, samples_out) = (self.input.len(), self.output.len());
        let from = InterleavedSlice::new(&self.input, 1, samples_in).expect("one channel of that length");
        let mut to = InterleavedSlice::new_mut(&mut self.output, 1, samples_out).expect("one channel of that length");
        self.fft
            .process_into_buffer(&from, &mut to, None)
            .expect("buffers have the sizes that new() checked");
        for (sample, float) in output.iter_mut().zip(&self.output) {
            *sample = to_i16(*float);
        }
    }
}

/// Converts a whole clip. The result starts when the clip starts (the filter's delay is taken off) and has
/// `⌈len · to / from⌉` samples. Rates are in samples per second; a rate of 0 gives an empty clip.
pub fn resample(clip: &[i16], from: u32, to: u32) -> Vec<i16> {
    if from == to {
        return clip.to_vec();
    }
    if from == 0 || to == 0 {
        return Vec::new();
    }
    // Blocks of an even length: in the middle of an odd one the filter's delay would be half a sample more than said.
    let least = 2 * from as usize / gcd(from, to) as usize;
    let block = 1024usize.div_ceil(least) * least;
    let mut fft = Fft::<f32>::new(from as usize, to as usize, block, 1, FixedSync::Both).expect("no rate is 0");
    let floats: Vec<f32> = clip.iter().map(|&sample| f32::from(sample)).collect();
    let input = InterleavedSlice::new(&floats, 1, floats.len()).expect("one channel of that length");
    let output = fft
        .process_all(&input, floats.len(), None)
        .expect("rubato sizes its own buffers");
    // rubato computes the length in floating point, and rounds up one too many at times.
    let length = (clip.len() as u64 * u64::from(to)).div_ceil(u64::from(from)) as usize;
    output.take_data().into_iter().take(length).map(to_i16).collect()
}

impl<const RATE: u32> Pcm<RATE> {
    /// The same clip at another rate; see [`resample`].
    pub fn to_rate<const TO: u32>(&self) -> Pcm<TO> {
        Pcm(resample(&self.0, RATE, TO))
    }
}

fn gcd(a: u32, b: u32) -> u32 {
    if b == 0 { a } else { gcd(b, a % b) }
}

/// Nearest 16-bit sample; what is too loud is clipped (the cast saturates).
fn to_i16(float: f32) -> i16 {
    float.round() as i16
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::HZ;

    const RATES: [u32; 8] = [8_000, 11_025, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000];

    fn tone(rate: u32, hz: f64, samples: usize, amplitude: f64) -> Vec<i16> {
        let step = std::f64::consts::TAU * hz / f64::from(rate);
        (0..samples)
            .map(|n| ((n as f64 * step).sin() * amplitude).round() as i16)
            .collect()
    }

    fn rms(samples: &[i16]) -> f64 {
        (samples.iter().map(|&s| f64::from(s).powi(2)).sum::<f64>() / samples.len() as f64).sqrt()
    }

    fn by_frames(clip: &[i16], from: u32, to: u32) -> Vec<i16> {
        let mut resampler = FrameResampler::new(from, to);
        let mut out = vec![0; (to / 50) as usize];
        clip.chunks_exact((from / 50) as usize)
            .flat_map(|frame| {
                resampler.process(frame, &mut out);
                out.clone()
            })
            .collect()
    }

    /// Largest difference between `got` and a pure tone that starts at `delay` samples.
    fn worst(got: &[i16], rate: u32, hz: f64, delay: usize, skip: usize) -> f64 {
        let step = std::f64::consts::TAU * hz / f64::from(rate);
        let expected = |n: usize| ((n as f64 - delay as f64) * step).sin() * 10_000.0;
        (skip..got.len() - skip)
            .map(|n| (f64::from(got[n]) - expected(n)).abs())
            .fold(0.0, f64::max)
    }

    #[test]
    fn frames_keep_level_frequency_and_phase_for_ten_seconds() {
        for (from, to) in [
            (8_000, HZ),
            (HZ, 8_000),
            (24_000, HZ),
            (HZ, 24_000),
            (48_000, HZ),
            (HZ, 48_000),
        ] {
            let out = by_frames(&tone(from, 1000.0, from as usize * 10, 10_000.0), from, to);
            assert_eq!(out.len(), to as usize * 10, "{from} → {to}");
            // Any drift over the ten seconds would show as a phase error at their end.
            let error = worst(&out, to, 1000.0, to as usize / 100, to as usize / 50);
            assert!(error < 5.0, "{from} → {to}: off by {error}");
        }
    }

    #[test]
    fn clips_have_exact_length_and_no_delay() {
        for from in RATES {
            for to in [8_000, HZ, 24_000, 48_000] {
                for samples in [1, 7, from as usize, from as usize + 13] {
                    let out = resample(&tone(from, 1000.0, samples, 10_000.0), from, to);
                    assert_eq!(
                        out.len() as u64,
                        (samples as u64 * u64::from(to)).div_ceil(u64::from(from))
                    );
                    if samples >= from as usize {
                        let error = worst(&out, to, 1000.0, 0, to as usize / 20);
                        assert!(error < 5.0, "{from} → {to}: off by {error}");
                    }
                }
            }
        }
        assert!(resample(&[], 8_000, HZ).is_empty());
    }

    #[test]
    fn what_the_lower_rate_cannot_carry_is_filtered_out() {
        for (from, to, hz) in [
            (HZ, 8_000, 4_600.0),
            (48_000, HZ, 9_000.0),
            (24_000, HZ, 9_000.0),
            (44_100, HZ, 9_000.0),
        ] {
            let input = tone(from, hz, from as usize, 20_000.0);
            let clip = resample(&input, from, to);
            let middle = &clip[clip.len() / 4..clip.len() * 3 / 4];
            assert!(rms(middle) < 20.0, "clip {from} → {to}: {}", rms(middle));
            if from % 50 == 0 && from != 44_100 {
                let frames = by_frames(&input, from, to);
                assert!(
                    rms(&frames[frames.len() / 4..]) < 20.0,
                    "frames {from} → {to}: {}",
                    rms(&frames)
                );
            }
        }
    }

    #[test]
    fn loud_is_clipped_not_wrapped() {
        let square: Vec<i16> = (0..16_000)
            .map(|n| if n / 20 % 2 == 0 { i16::MAX } else { i16::MIN })
            .collect();
        let out = by_frames(&square, HZ, 48_000);
        let jumps = out
            .windows(2)
            .filter(|w| (i32::from(w[0]) - i32::from(w[1])).abs() > 50_000)
            .count();
        assert_eq!(jumps, 0);
    }
}
