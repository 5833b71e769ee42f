//! Sounds that nobody says, made from numbers: noises, tones, music, coughs, doors. All at 8 kHz, in -1…1.

use std::f32::consts::TAU;

use rand::Rng;
use rand::rngs::StdRng;

use super::manifest::RATE;

const HZ: f32 = RATE as f32;

/// Samples in a time.
pub fn samples(seconds: f32) -> usize {
    (seconds * HZ) as usize
}

/// RMS.
pub fn rms(sound: &[f32]) -> f32 {
    (sound.iter().map(|s| s * s).sum::<f32>() / sound.len().max(1) as f32).sqrt()
}

/// Amplitude of a level in dB.
pub fn gain(db: f32) -> f32 {
    10f32.powf(db / 20.0)
}

/// Brings a sound to a level in dBFS.
pub fn at_level(mut sound: Vec<f32>, dbfs: f32) -> Vec<f32> {
    let factor = gain(dbfs) / rms(&sound).max(1e-9);
    sound.iter_mut().for_each(|s| *s *= factor);
    sound
}

/// Adds `other` from sample `at` on; what does not fit is left out.
pub fn add(sound: &mut [f32], other: &[f32], at: usize) {
    let at = at.min(sound.len());
    sound[at..].iter_mut().zip(other).for_each(|(s, o)| *s += o);
}

/// White noise.
pub fn white(rng: &mut StdRng, length: usize) -> Vec<f32> {
    (0..length).map(|_| rng.random_range(-1.0..1.0)).collect()
}

/// Pink noise (Paul Kellet's filter): as much in each octave, like a room.
pub fn pink(rng: &mut StdRng, length: usize) -> Vec<f32> {
    let mut b = [0.0f32; 3];
    white(rng, length)
        .into_iter()
        .map(|w| {
            b[0] = 0.997_65 * b[0] + w * 0.099_046;
            b[1] = 0.963_00 * b[1] + w * 0.296_516_4;
            b[2] = 0.570_00 * b[2] + w * 1.052_691_3;
            b[0] + b[1] + b[2] + w * 0.1848
        })
        .collect()
}

/// Brown noise: like traffic or wind.
pub fn brown(rng: &mut StdRng, length: usize) -> Vec<f32> {
    let mut level = 0.0;
    white(rng, length)
        .into_iter()
        .map(|w| {
            level = 0.98 * level + 0.2 * w;
            level
        })
        .collect()
}

/// One resonance: what a tube, a box or a mouth makes of a sound.
pub fn resonate(sound: &[f32], hz: f32, width: f32) -> Vec<f32> {
    let r = (-std::f32::consts::PI * width / HZ).exp();
    let (a, b) = (2.0 * r * (TAU * hz / HZ).cos(), -r * r);
    let (mut y1, mut y2) = (0.0, 0.0);
    sound
        .iter()
        .map(|x| {
            let y = x * (1.0 - r) + a * y1 + b * y2;
            (y2, y1) = (y1, y);
            y
        })
        .collect()
}

/// A tone of several frequencies, on and off in turn (seconds).
pub fn tone(hz: &[f32], on: f32, off: f32, length: usize) -> Vec<f32> {
    let period = samples(on + off).max(1);
    (0..length)
        .map(|i| {
            let sounds = i % period < samples(on);
            let sum: f32 = hz.iter().map(|f| (TAU * f * i as f32 / HZ).sin()).sum();
            if sounds { sum } else { 0.0 }
        })
        .collect()
}

/// A ringing bell heard through a handset: bursts of a warbling tone.
pub fn ringing(length: usize) -> Vec<f32> {
    (0..length)
        .map(|i| {
            let t = i as f32 / HZ;
            let warble = if (t * 20.0).fract() < 0.5 { 1100.0 } else { 1400.0 };
            let rings = t % 3.0 < 1.0;
            if rings { (TAU * warble * t).sin() } else { 0.0 }
        })
        .collect()
}

/// Mains hum, with its harmonics.
pub fn hum(length: usize) -> Vec<f32> {
    (0..length)
        .map(|i| {
            let t = i as f32 / HZ;
            (1..8).map(|n| (TAU * 50.0 * n as f32 * t).sin() / n as f32).sum()
        })
        .collect()
}

/// Music on hold: chords that follow each other, a melody over them, a beat.
pub fn music(rng: &mut StdRng, length: usize) -> Vec<f32> {
    let mut sound = vec![0.0; length];
    let beat = samples(rng.random_range(0.35..0.6));
    let roots = [0, -3, 5, 7, -5, 2];
    let scale = [0, 2, 4, 7, 9, 12, 14, 16];
    let key = rng.random_range(190.0..260.0f32);
    let bright = rng.random_range(0.3..0.7f32);
    let note = |sound: &mut [f32], at: usize, semitones: i32, beats: usize, loud: f32| {
        let hz = key * 2f32.powf(semitones as f32 / 12.0);
        let length = beat * beats;
        let played: Vec<f32> = (0..length)
            .map(|i| {
                let t = i as f32 / HZ;
                let envelope = (t / 0.01).min(1.0) * (-t * 2.5).exp();
                let harmonics: f32 = (1..6)
                    .map(|n| (TAU * hz * n as f32 * t).sin() * bright.powi(n - 1))
                    .sum();
                loud * envelope * harmonics
            })
            .collect();
        add(sound, &played, at);
    };
    let mut root = 0;
    for (n, at) in (0..length).step_by(beat).enumerate() {
        if n % 4 == 0 {
            root = roots[rng.random_range(0..roots.len())];
            for third in [0, 4, 7] {
                note(&mut sound, at, root + third - 12, 4, 0.5);
            }
        }
        if rng.random_bool(0.75) {
            let step = scale[rng.random_range(0..scale.len())];
            note(&mut sound, at, root + step, rng.random_range(1..3), 0.8);
        }
        let brush = white(rng, samples(0.05));
        let brush: Vec<f32> = brush
            .iter()
            .enumerate()
            .map(|(i, s)| s * 0.25 * (-(i as f32) / 80.0).exp())
            .collect();
        add(&mut sound, &brush, at);
    }
    sound
}

/// Somebody breathes into the telephone.
pub fn breathing(rng: &mut StdRng, length: usize) -> Vec<f32> {
    let air = resonate(&white(rng, length), 900.0, 900.0);
    let period = rng.random_range(3.0..4.5);
    air.into_iter()
        .enumerate()
        .map(|(i, s)| {
            let phase = (i as f32 / HZ % period) / period;
            // In, a moment, out, and a rest.
            let envelope = if phase < 0.35 {
                (phase / 0.35 * TAU / 2.0).sin() * 0.6
            } else if (0.42..0.85).contains(&phase) {
                ((phase - 0.42) / 0.43 * TAU / 2.0).sin()
            } else {
                0.0
            };
            s * envelope
        })
        .collect()
}

/// Clicks at random, `rate` each second, `width` samples each.
pub fn clicks(rng: &mut StdRng, length: usize, rate: f32, width: f32) -> Vec<f32> {
    let mut sound = vec![0.0; length];
    let mut at = 0usize;
    loop {
        at += samples(-rng.random_range(0.001..1.0f32).ln() / rate) + 1;
        if at >= length {
            return sound;
        }
        let loud = rng.random_range(0.2..1.0f32);
        let burst: Vec<f32> = white(rng, (width * 6.0) as usize)
            .iter()
            .enumerate()
            .map(|(i, s)| loud * s * (-(i as f32) / width).exp())
            .collect();
        add(&mut sound, &burst, at);
    }
}

/// One or two coughs: a burst of air through a throat, then a rasp.
pub fn cough(rng: &mut StdRng) -> Vec<f32> {
    let mut sound = vec![0.0; samples(1.2)];
    let times = rng.random_range(1..3);
    for n in 0..times {
        let length = samples(rng.random_range(0.22..0.38));
        let air = white(rng, length);
        let throat = rng.random_range(500.0..900.0);
        let mut heard = resonate(&air, throat, 250.0);
        add(&mut heard, &resonate(&air, throat * 2.3, 400.0), 0);
        let pitch = rng.random_range(90.0..160.0);
        for (i, s) in heard.iter_mut().enumerate() {
            let t = i as f32 / HZ;
            let envelope = (t / 0.012).min(1.0) * (-t * 11.0).exp();
            let rasp = 1.0 + 0.6 * (TAU * pitch * t).sin().signum();
            *s *= envelope * rasp;
        }
        add(&mut sound, &heard, n * samples(0.42));
    }
    sound
}

/// A door: a thud, its rattle, and the latch.
pub fn door(rng: &mut StdRng) -> Vec<f32> {
    let mut sound = vec![0.0; samples(0.9)];
    let decay = |sound: Vec<f32>, rate: f32| -> Vec<f32> {
        let faded = sound.into_iter().enumerate();
        faded.map(|(i, s)| s * (-(i as f32) / HZ * rate).exp()).collect()
    };
    let strike = white(rng, samples(0.5));
    add(&mut sound, &decay(resonate(&strike, 110.0, 60.0), 12.0), samples(0.08));
    add(&mut sound, &decay(resonate(&strike, 420.0, 200.0), 25.0), samples(0.08));
    let latch = white(rng, samples(0.06));
    add(&mut sound, &decay(resonate(&latch, 2200.0, 400.0), 90.0), 0);
    sound
}

/// A hum with the mouth closed: "mm".
pub fn mumble(rng: &mut StdRng) -> Vec<f32> {
    let (length, pitch) = (samples(rng.random_range(0.25..0.5)), rng.random_range(95.0..220.0));
    let glide = rng.random_range(-0.15..0.2);
    let mut phase = 0.0f32;
    let buzz: Vec<f32> = (0..length)
        .map(|i| {
            phase += pitch * (1.0 + glide * i as f32 / length as f32) / HZ;
            1.0 - 2.0 * phase.fract()
        })
        .collect();
    let mut nose = resonate(&buzz, 260.0, 80.0);
    add(&mut nose, &resonate(&buzz, 1100.0, 250.0), 0);
    let edge = samples(0.06) as f32;
    for (i, s) in nose.iter_mut().enumerate() {
        *s *= (i as f32 / edge).min((length - i) as f32 / edge).min(1.0);
    }
    nose
}

/// A child who cries in the room: wails whose pitch rises and falls, with breath between.
pub fn crying(rng: &mut StdRng, length: usize) -> Vec<f32> {
    let mut sound = vec![0.0; length];
    let mut at = 0;
    while at < length {
        let wail = samples(rng.random_range(0.6..1.3));
        let pitch = rng.random_range(380.0..520.0);
        let mut phase = 0.0f32;
        let voice: Vec<f32> = (0..wail)
            .map(|i| {
                let x = i as f32 / wail as f32;
                phase += pitch * (1.0 + 0.35 * (x * TAU / 2.0).sin() + 0.02 * (x * 60.0).sin()) / HZ;
                (1.0 - 2.0 * phase.fract()) * (x * TAU / 2.0).sin().powf(0.5)
            })
            .collect();
        let mut mouth = resonate(&voice, 1100.0, 180.0);
        add(&mut mouth, &resonate(&voice, 1750.0, 250.0), 0);
        add(&mut sound, &mouth, at);
        at += wail + samples(rng.random_range(0.25..0.7));
    }
    sound
}

/// A room between a sound and the telephone: what is muffled and echoes, as a television does.
pub fn room(sound: &[f32]) -> Vec<f32> {
    let mut heard = vec![0.0; sound.len() + samples(0.3)];
    for (delay, loud) in [
        (0.0, 1.0),
        (0.013, 0.6),
        (0.029, 0.5),
        (0.047, 0.4),
        (0.083, 0.3),
        (0.131, 0.2),
    ] {
        let part: Vec<f32> = sound.iter().map(|s| s * loud).collect();
        add(&mut heard, &part, samples(delay));
    }
    let mut low = 0.0;
    heard.iter_mut().for_each(|s| {
        low += 0.45 * (*s - low);
        *s = low;
    });
    heard
}
