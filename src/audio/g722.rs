//! G.722 (ITU-T, 1988) at 64 kbit/s: wideband speech at 16 kHz, two samples in each byte. Two bands of 4 kHz, each coded
//! by ADPCM: six bits for the lower, two for the upper.
//!
//! Follows the public-domain code of SpanDSP (Steve Underwood; Carnegie Mellon before him), as the crate `ezk-g722`
//! does. That crate returns a new `Vec` for each packet, which the media path must not; the tests hold the two equal.
//! The names of the blocks are the standard's.

/// Filter that splits and joins the two bands (quadrature mirror filter), one half of its symmetric taps.
const QMF: [i32; 12] = [3, -11, 12, 32, -210, 951, 3876, -805, 362, -156, 53, -11];
/// Decision levels of the lower band's 60-level quantiser (table 5/G.722).
const Q6: [i32; 30] = [
    0, 35, 72, 110, 150, 190, 233, 276, 323, 370, 422, 473, 530, 587, 650, 714, 786, 858, 940, 1023, 1121, 1219, 1339,
    1458, 1612, 1765, 1980, 2195, 2557, 2919,
];
/// Codes of the lower band for negative and positive differences.
const ILN: [u8; 31] = [
    0, 63, 62, 31, 30, 29, 28, 27, 26, 25, 24, 23, 22, 21, 20, 19, 18, 17, 16, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4,
];
const ILP: [u8; 31] = [
    0, 61, 60, 59, 58, 57, 56, 55, 54, 53, 52, 51, 50, 49, 48, 47, 46, 45, 44, 43, 42, 41, 40, 39, 38, 37, 36, 35, 34,
    33, 32,
];
/// Output levels of the quantisers of 2, 4 and 6 bits.
const QM2: [i32; 4] = [-7408, -1616, 7408, 1616];
const QM4: [i32; 16] = [
    0, -20456, -12896, -8968, -6288, -4240, -2584, -1200, 20456, 12896, 8968, 6288, 4240, 2584, 1200, 0,
];
const QM6: [i32; 64] = [
    -136, -136, -136, -136, -24808, -21904, -19008, -16704, -14984, -13512, -12280, -11192, -10232, -9360, -8576,
    -7856, -7192, -6576, -6000, -5456, -4944, -4464, -4008, -3576, -3168, -2776, -2400, -2032, -1688, -1360, -1040,
    -728, 24808, 21904, 19008, 16704, 14984, 13512, 12280, 11192, 10232, 9360, 8576, 7856, 7192, 6576, 6000, 5456,
    4944, 4464, 4008, 3576, 3168, 2776, 2400, 2032, 1688, 1360, 1040, 728, 432, 136, -432, -136,
];
/// How each code moves the logarithm of the step size.
const WL: [i32; 16] = [
    -60, 3042, 1198, 538, 334, 172, 58, -30, 3042, 1198, 538, 334, 172, 58, -30, -60,
];
const WH: [i32; 4] = [798, -214, 798, -214];
/// Antilogarithm of the step size.
const ILB: [i32; 32] = [
    2048, 2093, 2139, 2186, 2233, 2282, 2332, 2383, 2435, 2489, 2543, 2599, 2656, 2714, 2774, 2834, 2896, 2960, 3025,
    3091, 3158, 3228, 3298, 3371, 3444, 3520, 3597, 3676, 3756, 3838, 3922, 4008,
];

/// Memory of one direction of a stream.
struct State {
    lower: Band,
    upper: Band,
    /// The last 24 samples (encoder) or sums and differences of the bands (decoder).
    history: [i32; 24],
}

impl State {
    const fn new() -> Self {
        // Initial step sizes: clause 3.6 of the standard's definition of the scale factors.
        Self {
            lower: Band::new(32),
            upper: Band::new(8),
            history: [0; 24],
        }
    }

    fn push(&mut self, pair: [i32; 2]) {
        self.history.copy_within(2.., 0);
        self.history[22..].copy_from_slice(&pair);
    }

    /// The mirror filter at the present place: sums over the even and over the odd taps.
    fn filter(&self) -> (i32, i32) {
        self.history
            .chunks_exact(2)
            .enumerate()
            .fold((0, 0), |(even, odd), (i, pair)| {
                (even + pair[0] * QMF[i], odd + pair[1] * QMF[11 - i])
            })
    }
}

/// Codes 16 kHz samples.
pub struct Encoder(State);

impl Encoder {
    /// At the start of a stream.
    pub const fn new() -> Self {
        Self(State::new())
    }

    /// Codes pairs of samples into a byte each; returns the bytes written: `samples.len() / 2`, or fewer when `out` is
    /// shorter.
    pub fn encode(&mut self, samples: &[i16], out: &mut [u8]) -> usize {
        let pairs = samples.chunks_exact(2).zip(out);
        let written = pairs.len();
        for (pair, code) in pairs {
            let state = &mut self.0;
            state.push([i32::from(pair[0]), i32::from(pair[1])]);
            let (odd, even) = state.filter();
            *code =
                state.upper.quantise_upper((even - odd) >> 14) << 6 | state.lower.quantise_lower((even + odd) >> 14);
        }
        written
    }
}

/// Decodes to 16 kHz samples.
pub struct Decoder(State);

impl Decoder {
    /// At the start of a stream.
    pub const fn new() -> Self {
        Self(State::new())
    }

    /// Decodes each byte into two samples; returns the samples written: `2 * payload.len()`, or fewer when `out` is
    /// shorter.
    pub fn decode(&mut self, payload: &[u8], out: &mut [i16]) -> usize {
        let pairs = payload.iter().zip(out.chunks_exact_mut(2));
        let written = 2 * pairs.len();
        for (&code, pair) in pairs {
            let state = &mut self.0;
            let low = state.lower.reconstruct_lower(code & 0x3F);
            let high = state.upper.reconstruct_upper(code >> 6);
            state.push([low + high, low - high]);
            let (second, first) = state.filter();
            *pair.first_mut().expect("a pair") = saturate(first >> 11) as i16;
            *pair.last_mut().expect("a pair") = saturate(second >> 11) as i16;
        }
        written
    }
}

/// Adaptive predictor and step size of one band.
struct Band {
    /// Predicted sample.
    predicted: i32,
    /// The share of it that the six zeros give.
    zeros: i32,
    /// Step size, and its logarithm.
    step: i32,
    log_step: i32,
    /// The last two reconstructed samples, with the two poles' coefficients.
    r: [i32; 2],
    a: [i32; 2],
    /// Signs come from the last two partial reconstructions.
    p: [i32; 2],
    /// The last six differences, with the zeros' coefficients.
    d: [i32; 6],
    b: [i32; 6],
}

impl Band {
    const fn new(step: i32) -> Self {
        Self {
            predicted: 0,
            zeros: 0,
            step,
            log_step: 0,
            r: [0; 2],
            a: [0; 2],
            p: [0; 2],
            d: [0; 6],
            b: [0; 6],
        }
    }

    /// Six bits for one sample of the lower band (blocks QUANTL, INVQAL, LOGSCL, SCALEL).
    fn quantise_lower(&mut self, sample: i32) -> u8 {
        let difference = saturate(sample - self.predicted);
        let magnitude = if difference >= 0 { difference } else { !difference };
        let level = (1..30).find(|&i| magnitude < (Q6[i] * self.step) >> 12).unwrap_or(30);
        let code = if difference < 0 { ILN[level] } else { ILP[level] };
        self.adapt_lower(code >> 2);
        code
    }

    /// Two bits for one sample of the upper band (blocks QUANTH, INVQAH, LOGSCH, SCALEH).
    fn quantise_upper(&mut self, sample: i32) -> u8 {
        let difference = saturate(sample - self.predicted);
        let magnitude = if difference >= 0 { difference } else { !difference };
        let code = match (magnitude >= (564 * self.step) >> 12, difference < 0) {
            (true, true) => 0,
            (false, true) => 1,
            (true, false) => 2,
            (false, false) => 3,
        };
        self.adapt_upper(code);
        code
    }

    fn reconstruct_lower(&mut self, code: u8) -> i32 {
        let sample = self.predicted + ((self.step * QM6[usize::from(code)]) >> 15);
        self.adapt_lower(code >> 2);
        sample.clamp(-16384, 16383)
    }

    fn reconstruct_upper(&mut self, code: u8) -> i32 {
        let sample = self.predicted + ((self.step * QM2[usize::from(code)]) >> 15);
        self.adapt_upper(code);
        sample.clamp(-16384, 16383)
    }

    /// The lower band adapts on four of its six bits, so that both ends agree when the two others are stolen.
    fn adapt_lower(&mut self, code: u8) {
        let code = usize::from(code);
        let difference = (self.step * QM4[code]) >> 15;
        self.log_step = (((self.log_step * 127) >> 7) + WL[code]).clamp(0, 18432);
        self.step = antilog(self.log_step, 8);
        self.predict(difference);
    }

    fn adapt_upper(&mut self, code: u8) {
        let code = usize::from(code);
        let difference = (self.step * QM2[code]) >> 15;
        self.log_step = (((self.log_step * 127) >> 7) + WH[code]).clamp(0, 22528);
        self.step = antilog(self.log_step, 10);
        self.predict(difference);
    }

    /// Block 4: takes in a quantised difference, adapts two poles and six zeros, predicts the next sample.
    fn predict(&mut self, d: i32) {
        let reconstructed = saturate(self.predicted + d);
        let p = saturate(self.zeros + d);
        let same_sign = |x: i32, y: i32| (x < 0) == (y < 0);

        // UPPOL2, UPPOL1
        let slope = saturate(self.a[0] << 2);
        let slope = if same_sign(p, self.p[0]) {
            (-slope).min(32767)
        } else {
            slope
        };
        let pull = if same_sign(p, self.p[1]) { 128 } else { -128 };
        let a2 = ((slope >> 7) + pull + ((self.a[1] * 32512) >> 15)).clamp(-12288, 12288);
        let pull = if same_sign(p, self.p[0]) { 192 } else { -192 };
        let limit = saturate(15360 - a2);
        let a1 = saturate(pull + ((self.a[0] * 32640) >> 15)).clamp(-limit, limit);

        // UPZERO
        let gain = if d == 0 { 0 } else { 128 };
        for (b, &past) in self.b.iter_mut().zip(&self.d) {
            let pull = if same_sign(past, d) { gain } else { -gain };
            *b = saturate(pull + ((*b * 32640) >> 15));
        }

        // DELAYA
        self.d.copy_within(..5, 1);
        self.d[0] = d;
        self.r = [reconstructed, self.r[0]];
        self.p = [p, self.p[0]];
        self.a = [a1, a2];

        // FILTEP, FILTEZ, PREDIC
        let poles = saturate(
            self.a
                .iter()
                .zip(&self.r)
                .map(|(a, &r)| (a * saturate(2 * r)) >> 15)
                .sum(),
        );
        self.zeros = saturate(
            self.b
                .iter()
                .zip(&self.d)
                .map(|(b, &d)| (b * saturate(2 * d)) >> 15)
                .sum(),
        );
        self.predicted = saturate(poles + self.zeros);
    }
}

fn antilog(log_step: i32, shift: i32) -> i32 {
    let mantissa = ILB[(log_step >> 6 & 31) as usize];
    let shift = shift - (log_step >> 11);
    (if shift < 0 {
        mantissa << -shift
    } else {
        mantissa >> shift
    }) << 2
}

fn saturate(value: i32) -> i32 {
    value.clamp(i32::from(i16::MIN), i32::from(i16::MAX))
}

#[cfg(test)]
mod tests {
    use ezk_g722::libg722;
    use rand::{Rng, SeedableRng, rngs::StdRng};

    use super::*;

    /// A state that starts as `ezk-g722` does, whose first step is 0 (the standard's is 32 and 8).
    fn as_reference() -> State {
        State {
            lower: Band::new(0),
            upper: Band::new(0),
            history: [0; 24],
        }
    }

    /// Two seconds of something like speech: tones that come and go, and noise; loud enough to saturate at times.
    fn sound() -> Vec<i16> {
        let mut rng = StdRng::seed_from_u64(722);
        (0..32_000)
            .map(|n| {
                let t = n as f64 / 16_000.0;
                let envelope = 28_000.0 * (t * 9.0).sin().max(0.0);
                let voice = (t * 800.0).sin() + 0.4 * (t * 13_000.0).sin() + 0.3 * (t * 37_000.0).sin();
                (envelope * voice + rng.random_range(-300.0..300.0)) as i16
            })
            .collect()
    }

    #[test]
    fn codes_as_the_reference_does() {
        let sound = sound();
        let expected = libg722::encoder::Encoder::new(libg722::Bitrate::Mode1_64000, false, false).encode(&sound);
        let mut coded = vec![0; sound.len() / 2];
        assert_eq!(Encoder(as_reference()).encode(&sound, &mut coded), 16_000);
        assert!(
            coded == expected,
            "first difference at {:?}",
            coded.iter().zip(&expected).position(|(a, b)| a != b)
        );
    }

    #[test]
    fn decodes_any_bytes_as_the_reference_does() {
        let mut bytes = vec![0; 16_000];
        StdRng::seed_from_u64(1).fill(&mut bytes[8_000..]);
        Encoder::new().encode(&sound()[..16_000], &mut bytes);
        let expected = libg722::decoder::Decoder::new(libg722::Bitrate::Mode1_64000, false, false).decode(&bytes);
        let mut decoded = vec![0; 32_000];
        assert_eq!(Decoder(as_reference()).decode(&bytes, &mut decoded), 32_000);
        assert!(
            decoded == expected,
            "first difference at {:?}",
            decoded.iter().zip(&expected).position(|(a, b)| a != b)
        );
    }

    #[test]
    fn a_tone_survives() {
        let tone: Vec<i16> = (0..16_000).map(|n| ((n as f64 * 0.4).sin() * 8_000.0) as i16).collect();
        let (mut coded, mut decoded) = (vec![0; 8_000], vec![0; 16_000]);
        Encoder::new().encode(&tone, &mut coded);
        Decoder::new().decode(&coded, &mut decoded);
        // Both filters together delay by 22 samples.
        let noise: f64 = (1_000..15_000)
            .map(|n| f64::from(decoded[n + 22] - tone[n]).powi(2))
            .sum::<f64>()
            / 14_000.0;
        let snr = 10.0 * (8_000f64.powi(2) / 2.0 / noise).log10();
        assert!(snr > 30.0, "{snr} dB");
    }
}
