//! What the voices share: the way from a model's raw sound to a clip ready for the telephone.
//!
//! ```text
//! samples (24 or 22.05 kHz) → resample (16 kHz) → trim silence → shorten pauses → level → limit peaks → fade → Pcm<16_000>
//! ```

use crate::audio::{Pcm, resample};
use crate::units::HZ;

/// Speech level of every clip, in dBFS: RMS over the parts that sound. Loud enough for a telephone, with room for peaks.
const LEVEL_DBFS: f32 = -20.0;
/// No sample exceeds this: −3 dBFS.
const PEAK: f32 = 0.708;
/// Peaks are bent from here on, −7 dBFS, rather than cut.
const KNEE: f32 = 0.45;
/// Energy is judged in blocks of 5 ms.
const BLOCK: usize = HZ as usize / 200;
/// Blocks this far below the loudest ones are silence: 40 dB.
const SILENCE_RATIO: f32 = 1e-4;
/// Blocks this far below the loudest ones do not count for the level: 25 dB.
const ACTIVE_RATIO: f32 = 3.2e-3;
/// Silence kept before the first sound: 30 ms.
const LEAD: usize = HZ as usize * 30 / 1000;
/// What is kept after the last sound, for it to die away: 80 ms.
const TAIL: usize = HZ as usize * 80 / 1000;
/// Blocks this far below the loudest ones make a pause inside a sentence: 35 dB.
const PAUSE_RATIO: f32 = 3.2e-4;
/// Longest pause inside a sentence, 240 ms: after a longer one callers believe that all is said.
const LONGEST_PAUSE: usize = HZ as usize * 240 / 1000;
/// Fade at the start, 5 ms, and at the end, 20 ms.
const FADE_IN: usize = HZ as usize * 5 / 1000;
const FADE_OUT: usize = HZ as usize * 20 / 1000;

/// Makes a clip of a model's sound: `samples` in −1…1 at `rate` per second. Nothing but silence gives an empty clip.
pub(super) fn finish(samples: &[f32], rate: u32) -> Pcm<HZ> {
    let resampled = resample(&full_scale(samples), rate, HZ);
    let sound: Vec<f32> = resampled.iter().map(|sample| f32::from(*sample) / 32_768.0).collect();
    let Some((start, end)) = sounding(&sound) else {
        return Pcm(Vec::new());
    };
    let mut clip = vec![0.0; LEAD.saturating_sub(start)];
    clip.extend_from_slice(&sound[start.saturating_sub(LEAD)..(end + TAIL).min(sound.len())]);
    let mut clip = shorten_pauses(&clip);
    level(&mut clip);
    fade(&mut clip);
    Pcm(clip
        .into_iter()
        .map(|sample| (sample * 32_767.0).round() as i16)
        .collect())
}

/// Joins clips with `pause` samples of silence between them.
pub(super) fn join(clips: Vec<Pcm<HZ>>, pause: usize) -> Pcm<HZ> {
    let mut joined = Vec::with_capacity(clips.iter().map(|clip| clip.0.len() + pause).sum());
    for clip in clips.into_iter().filter(|clip| !clip.0.is_empty()) {
        if !joined.is_empty() {
            joined.resize(joined.len() + pause, 0);
        }
        joined.extend(clip.0);
    }
    Pcm(joined)
}

/// As large as 16 bits hold, without a constant offset, which would click at both ends and disturb every measure of
/// energy, and without the infinities and NaN of a broken model.
fn full_scale(samples: &[f32]) -> Vec<i16> {
    let finite = || {
        samples
            .iter()
            .map(|sample| if sample.is_finite() { *sample } else { 0.0 })
    };
    let mean = finite().sum::<f32>() / samples.len().max(1) as f32;
    let peak = finite().fold(0.0f32, |peak, sample| peak.max((sample - mean).abs()));
    // Below −60 dBFS there is no speech: nothing to enlarge.
    let gain = if peak < 0.001 { 0.0 } else { 30_000.0 / peak };
    finite().map(|sample| ((sample - mean) * gain).round() as i16).collect()
}

/// Mean power of each block of 5 ms.
fn powers(sound: &[f32]) -> impl Iterator<Item = f32> + '_ {
    sound
        .chunks(BLOCK)
        .map(|block| block.iter().map(|sample| sample * sample).sum::<f32>() / block.len() as f32)
}

/// The power of the loud parts: the mean of the loudest tenth of the blocks, so that one click does not decide.
fn loud(sound: &[f32]) -> f32 {
    let mut powers: Vec<f32> = powers(sound).collect();
    powers.sort_by(|a, b| b.total_cmp(a));
    let loudest = &powers[..powers.len().div_ceil(10)];
    loudest.iter().sum::<f32>() / loudest.len().max(1) as f32
}

/// First sample and end of what can be heard; `None` when nothing can.
fn sounding(sound: &[f32]) -> Option<(usize, usize)> {
    let threshold = (loud(sound) * SILENCE_RATIO).max(1e-9);
    let first = powers(sound).position(|power| power > threshold)?;
    let last = powers(sound)
        .enumerate()
        .filter(|(_, power)| *power > threshold)
        .last()?
        .0;
    Some((first * BLOCK, ((last + 1) * BLOCK).min(sound.len())))
}

/// Cuts the middle out of pauses that are too long; at 35 dB below the voice the seam is not heard.
fn shorten_pauses(clip: &[f32]) -> Vec<f32> {
    let threshold = loud(clip) * PAUSE_RATIO;
    let quiet: Vec<bool> = powers(clip).map(|power| power < threshold).collect();
    let mut kept = Vec::with_capacity(clip.len());
    let mut block = 0;
    for run in quiet.chunk_by(|a, b| a == b) {
        let part = &clip[block * BLOCK..((block + run.len()) * BLOCK).min(clip.len())];
        let is_inside = block > 0 && block + run.len() < quiet.len();
        if run[0] && is_inside && part.len() > LONGEST_PAUSE {
            kept.extend_from_slice(&part[..LONGEST_PAUSE / 2]);
            kept.extend_from_slice(&part[part.len() - LONGEST_PAUSE / 2..]);
        } else {
            kept.extend_from_slice(part);
        }
        block += run.len();
    }
    kept
}

/// Brings the speech level to [`LEVEL_DBFS`] and bends the peaks that then exceed the [`KNEE`].
fn level(clip: &mut [f32]) {
    let threshold = loud(clip) * ACTIVE_RATIO;
    let active: Vec<f32> = powers(clip).filter(|power| *power > threshold).collect();
    let rms = (active.iter().sum::<f32>() / active.len().max(1) as f32).sqrt();
    let gain = 10f32.powf(LEVEL_DBFS / 20.0) / rms.max(f32::MIN_POSITIVE);
    for sample in clip {
        *sample = limit(*sample * gain);
    }
}

/// Leaves samples below the knee alone and bends those above it towards [`PEAK`], without a corner.
fn limit(sample: f32) -> f32 {
    let over = sample.abs() - KNEE;
    if over <= 0.0 {
        sample
    } else {
        sample.signum() * (KNEE + (PEAK - KNEE) * (over / (PEAK - KNEE)).tanh())
    }
}

fn fade(clip: &mut [f32]) {
    let length = clip.len();
    for (n, sample) in clip.iter_mut().take(FADE_IN).enumerate() {
        *sample *= n as f32 / FADE_IN as f32;
    }
    for (n, sample) in clip.iter_mut().rev().take(FADE_OUT.min(length)).enumerate() {
        *sample *= n as f32 / FADE_OUT as f32;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `ms` of a tone of `amplitude` at 24 kHz.
    fn tone(ms: usize, amplitude: f32) -> Vec<f32> {
        (0..24 * ms)
            .map(|n| amplitude * (n as f32 * 440.0 * std::f32::consts::TAU / 24_000.0).sin())
            .collect()
    }

    fn silence(ms: usize) -> Vec<f32> {
        vec![0.0; 24 * ms]
    }

    #[test]
    fn silence_is_trimmed_to_the_margins() {
        for (before, after) in [(500, 700), (0, 0), (10, 20), (31, 2000)] {
            let clip = finish(&[silence(before), tone(300, 0.3), silence(after)].concat(), 24_000);
            let first = clip.0.iter().position(|sample| sample.abs() > 300).expect("a tone");
            let heard = first as f32 / 16.0;
            assert!(
                (22.0..40.0).contains(&heard),
                "{before} {after}: first sound after {heard} ms"
            );
            let rest = 300.0 + after.min(80) as f32 + 30.0;
            assert!(
                (clip.duration().as_millis() as f32 - rest).abs() < 15.0,
                "{before} {after}: {:?}",
                clip.duration()
            );
        }
    }

    #[test]
    fn no_pause_inside_is_long_and_short_ones_stay() {
        let parts = [
            tone(300, 0.3),
            silence(200),
            tone(200, 0.3),
            silence(700),
            tone(300, 0.3),
        ];
        let clip = finish(&parts.concat(), 24_000);
        let expected = 30 + 300 + 200 + 200 + 240 + 300;
        let length = clip.duration().as_millis() as i32;
        assert!((length - expected).abs() <= 20, "{length} ms, {expected} expected");
    }

    #[test]
    fn loud_and_soft_voices_come_out_equally_loud() {
        for amplitude in [0.02, 0.1, 0.9] {
            let clip = finish(&tone(400, amplitude), 22_050);
            let middle = &clip.0[2000..4000];
            let power = middle.iter().map(|s| (f32::from(*s) / 32_768.0).powi(2)).sum::<f32>() / middle.len() as f32;
            assert!(
                (10.0 * power.log10() - LEVEL_DBFS).abs() < 1.0,
                "{amplitude}: {} dBFS",
                10.0 * power.log10()
            );
        }
    }

    #[test]
    fn peaks_stay_below_three_decibels_and_ends_are_silent() {
        // Sparse clicks have a low level and huge peaks.
        let clicks: Vec<f32> = (0..24_000)
            .map(|n| if n % 400 < 6 { 0.9 } else { 0.05 * (n as f32).sin() })
            .collect();
        let clip = finish(&clicks, 24_000);
        assert!(clip.0.iter().all(|sample| f32::from(*sample) <= PEAK * 32_767.0 + 1.0));
        assert!(clip.0.first().is_some_and(|s| s.abs() < 40) && clip.0.last().is_some_and(|s| s.abs() < 40));
    }

    #[test]
    fn nothing_to_hear_gives_an_empty_clip() {
        assert!(finish(&[], 24_000).0.is_empty());
        assert!(finish(&silence(300), 24_000).0.is_empty());
        assert!(finish(&[f32::NAN; 4000], 24_000).0.is_empty());
        assert!(!finish(&tone(1, 0.5), 24_000).0.is_empty());
        assert!(finish(&tone(300, 0.0005), 24_000).0.is_empty());
    }

    #[test]
    fn clips_are_joined_with_pauses() {
        let joined = join(vec![Pcm(vec![1; 3]), Pcm(vec![]), Pcm(vec![2; 2])], 4);
        assert_eq!(joined.0, [1, 1, 1, 0, 0, 0, 0, 2, 2]);
    }
}
