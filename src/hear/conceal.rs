//! Sound where there was none, or not the right amount of it: going on after a loss, and leaving out or repeating a
//! little to change the delay. All by the pitch of the voice, as G.711's appendix I and every time-scaling algorithm
//! (WSOLA) do: a voiced sound repeats itself, so one period more or less is hardly heard.

/// Periods of voices, in 1/10000 s: 400 to 67 Hz.
const SHORTEST: u32 = 25;
const LONGEST: u32 = 150;
/// Samples compared to find the period, in 1/10000 s.
const WINDOW: u32 = 50;
/// A loss is filled at full level for so long, then fades until it is silent (1/10000 s).
const FULL: u32 = 100;
const SILENT: u32 = 600;

/// Remembers the last sound and can go on with it.
pub struct Concealer {
    rate: u32,
    /// The last two longest periods.
    history: Box<[i16]>,
    /// One period, smoothed so that its end leads to its beginning.
    cycle: Box<[i16]>,
    period: usize,
    /// Samples made up since the last real one.
    invented: usize,
}

impl Concealer {
    /// For sound at `rate` samples per second.
    pub fn new(rate: u32) -> Self {
        let longest = samples(LONGEST, rate);
        Self {
            rate,
            history: vec![0; 2 * longest].into(),
            cycle: vec![0; longest].into(),
            period: longest,
            invented: 0,
        }
    }

    /// Goes on with the last sound, fading: silent after 60 ms.
    pub fn invent(&mut self, out: &mut [i16]) {
        if self.invented == 0 {
            self.find_cycle();
        }
        for sample in out {
            *sample = self.continuation(self.invented);
            self.invented += 1;
        }
    }

    /// Real sound again: blends its beginning with the continuation of what was made up, and remembers its end.
    pub fn resume(&mut self, sound: &mut [i16]) {
        if self.invented > 0 {
            let blend = samples(WINDOW, self.rate).min(sound.len());
            for (n, sample) in sound.iter_mut().take(blend).enumerate() {
                *sample = mix(self.continuation(self.invented + n), *sample, n, blend);
            }
            self.invented = 0;
        }
        self.remember(sound);
    }

    /// Remembers sound that somebody else made up (the Opus decoder).
    pub fn remember(&mut self, sound: &[i16]) {
        let kept = sound.len().min(self.history.len());
        self.history.copy_within(kept.., 0);
        let at = self.history.len() - kept;
        self.history[at..].copy_from_slice(&sound[sound.len() - kept..]);
    }

    fn continuation(&self, n: usize) -> i16 {
        let [full, silent] = [FULL, SILENT].map(|time| samples(time, self.rate));
        let left = silent.saturating_sub(n).min(silent - full);
        (i32::from(self.cycle[n % self.period]) * left as i32 / (silent - full) as i32) as i16
    }

    fn find_cycle(&mut self) {
        let end = self.history.len();
        let window = samples(WINDOW, self.rate);
        let [shortest, longest] = [SHORTEST, LONGEST].map(|time| samples(time, self.rate));
        let recent = &self.history[end - window..];
        let (period, _) = best(shortest..=longest, |lag| {
            similarity(recent, &self.history[end - window - lag..end - lag])
        });
        let (start, blend) = (end - period, period / 4);
        self.period = period;
        self.cycle[..period].copy_from_slice(&self.history[start..]);
        for n in 0..blend {
            let at = period - blend + n;
            self.cycle[at] = mix(self.cycle[at], self.history[start - blend + n], n, blend);
        }
    }
}

/// A change of length that would hardly be heard.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Splice {
    /// Samples to leave out or to put in: about a period.
    pub samples: usize,
    /// How alike the spliced parts are: 1 is the same, below 0.5 is audible.
    pub likeness: f32,
}

/// Samples that [`find_splice`] looks at: 20 ms.
pub fn splice_reach(rate: u32) -> usize {
    samples(LONGEST + WINDOW, rate)
}

/// The best splice at the start of `sound`, which has at least [`splice_reach`] samples.
pub fn find_splice(sound: &[i16], rate: u32) -> Splice {
    let window = samples(WINDOW, rate);
    let lags = samples(SHORTEST, rate)..=samples(LONGEST, rate);
    let (samples, likeness) = best(lags, |lag| similarity(&sound[..window], &sound[lag..lag + window]));
    Splice { samples, likeness }
}

/// Leaves out one period at the start of `sound`; returns the new length.
pub fn leave_out(sound: &mut [i16], period: usize, rate: u32) -> usize {
    let window = samples(WINDOW, rate);
    for n in 0..window {
        sound[n] = mix(sound[n], sound[n + period], n, window);
    }
    sound.copy_within(period + window.., window);
    sound.len() - period
}

/// Repeats one period at the start of the first `length` samples of `sound`, which has room behind; returns
/// the new length.
pub fn repeat(sound: &mut [i16], length: usize, period: usize, rate: u32) -> usize {
    let window = samples(WINDOW, rate);
    sound.copy_within(..length, period);
    // What followed the first period now stands two periods in.
    for n in 0..window {
        sound[period + n] = mix(sound[2 * period + n], sound[period + n], n, window);
    }
    length + period
}

/// Mean power of a stretch, in squared sample units.
pub fn power(sound: &[i16]) -> f32 {
    sound.iter().map(|&sample| f32::from(sample).powi(2)).sum::<f32>() / sound.len().max(1) as f32
}

/// The lag with the highest score.
fn best(lags: std::ops::RangeInclusive<usize>, score: impl Fn(usize) -> f32) -> (usize, f32) {
    let first = (*lags.start(), f32::MIN);
    lags.map(|lag| (lag, score(lag)))
        .fold(first, |best, next| if next.1 > best.1 { next } else { best })
}

/// Normalised cross-correlation, −1 to 1; 0 for silence.
fn similarity(a: &[i16], b: &[i16]) -> f32 {
    let (mut product, mut power_a, mut power_b) = (0f32, 0f32, 0f32);
    for (&x, &y) in a.iter().zip(b) {
        let (x, y) = (f32::from(x), f32::from(y));
        (product, power_a, power_b) = (product + x * y, power_a + x * x, power_b + y * y);
    }
    product / (power_a * power_b).sqrt().max(1.0)
}

/// From `old` to `new` along a ramp of `length` samples, at sample `n`.
fn mix(old: i16, new: i16, n: usize, length: usize) -> i16 {
    let (n, length) = (n as i32 + 1, length as i32 + 1);
    ((i32::from(old) * (length - n) + i32::from(new) * n) / length) as i16
}

fn samples(tenths_of_ms: u32, rate: u32) -> usize {
    (tenths_of_ms * rate / 10_000) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A vowel: 125 Hz with harmonics.
    fn vowel(rate: u32, n: usize) -> i16 {
        let t = n as f64 / f64::from(rate) * 125.0 * std::f64::consts::TAU;
        (4_000.0 * (t.sin() + 0.6 * (2.0 * t + 1.0).sin() + 0.3 * (5.0 * t).sin())) as i16
    }

    fn worst(got: &[i16], expected: impl Fn(usize) -> i16) -> i32 {
        (0..got.len())
            .map(|n| (i32::from(got[n]) - i32::from(expected(n))).abs())
            .max()
            .unwrap_or(0)
    }

    #[test]
    fn a_vowel_goes_on_fades_and_comes_back_without_a_click() {
        for rate in [8_000, 16_000] {
            let mut concealer = Concealer::new(rate);
            let ms = rate as usize / 1000;
            concealer.resume(&mut (0..40 * ms).map(|n| vowel(rate, n)).collect::<Vec<_>>());
            let mut made = vec![0; 20 * ms];
            concealer.invent(&mut made);
            assert!(
                worst(&made[..10 * ms], |n| vowel(rate, 40 * ms + n)) < 900,
                "{rate}: goes on with the vowel"
            );
            assert!(power(&made[15 * ms..]) < power(&made[..5 * ms]), "fades");
            let mut back: Vec<i16> = (60 * ms..80 * ms).map(|n| vowel(rate, n)).collect();
            concealer.resume(&mut back);
            let all = [&made[..], &back].concat();
            let steepest = (1..40 * ms)
                .map(|n| (i32::from(vowel(rate, n)) - i32::from(vowel(rate, n - 1))).abs())
                .max()
                .unwrap();
            let jump = all
                .windows(2)
                .map(|w| (i32::from(w[1]) - i32::from(w[0])).abs())
                .max()
                .unwrap();
            assert!(jump < 2 * steepest, "{rate}: {jump} against {steepest}");
            assert_eq!(worst(&back[10 * ms..], |n| vowel(rate, 70 * ms + n)), 0);
        }
    }

    #[test]
    fn silent_after_60_ms() {
        let mut concealer = Concealer::new(8_000);
        concealer.resume(&mut (0..400).map(|n| vowel(8_000, n)).collect::<Vec<_>>());
        let mut made = [1; 800];
        concealer.invent(&mut made);
        assert!(made[..480].iter().filter(|&&sample| sample == 0).count() < 40);
        assert!(made[480..].iter().all(|&sample| sample == 0));
    }

    #[test]
    fn a_period_more_or_less_is_not_heard() {
        for rate in [8_000, 16_000] {
            let sound: Vec<i16> = (0..rate as usize / 20).map(|n| vowel(rate, n)).collect();
            let splice = find_splice(&sound, rate);
            assert_eq!(splice.samples, rate as usize / 125);
            assert!(splice.likeness > 0.98);
            let mut shorter = sound.clone();
            let length = leave_out(&mut shorter, splice.samples, rate);
            assert_eq!(length, sound.len() - splice.samples);
            assert!(worst(&shorter[..length], |n| vowel(rate, n)) < 10);
            let mut longer = [&sound[..], &vec![0; 400]].concat();
            let length = repeat(&mut longer, sound.len(), splice.samples, rate);
            assert_eq!(length, sound.len() + splice.samples);
            assert!(worst(&longer[..length], |n| vowel(rate, n)) < 10);
        }
    }
}
