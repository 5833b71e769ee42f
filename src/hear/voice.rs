//! Voice activity: is somebody speaking in this frame?
//!
//! Two witnesses must agree. earshot, a small neural detector, knows voices from noises but lets go 0.2-0.45 s late
//! and takes loud pink noise for speech; the level, held against the noise of the room and the speaker's own loudness, knows
//! at once when speech stops.

use earshot::Detector;

use crate::audio::level;
use crate::units::FRAME;

/// Samples that earshot looks at, at 16 kHz.
const BLOCK: usize = 256;
/// earshot's score above which a block is voice, and the same over our own voice: it rises over two or three blocks, and
/// who interrupts us is not to wait for that. What was no voice costs us a short silence.
const VOICE: f32 = 0.5;
const VOICE_OVER_US: f32 = 0.3;
/// Speech stands out of the noise floor by at least this, in dB.
const ABOVE_FLOOR: f32 = 7.0;
/// In a room where people talk it stands out of what is heard there, on the mean, by this. Steady noise is all floor.
const ABOVE_ROOM: f32 = 5.0;
/// But by no more than this out of the floor, nor more than so far up to the caller's peak.
const ABOVE_BABBLE: f32 = 12.0;
const OF_THE_WAY: f32 = 0.55;
/// How fast the room is followed: in about a second.
const FOLLOW: f32 = 0.02;
/// Speech is never below this level, in dBFS: a telephone's comfort noise is.
const QUIETEST: f32 = -52.0;
/// Within an utterance, speech is at most this far below its loudest frame, in dB: what is lower is the room.
const BELOW_PEAK: f32 = 32.0;
/// The same for speech that ends a pause: nobody goes on so softly, but people in the room are heard in it.
const GOES_ON: f32 = 12.0;
/// Frames of quiet that make such a pause: fewer are a consonant, more are the end of a turn.
const PAUSE: std::ops::Range<u32> = 8..75;
/// The floor is the lowest level of the last 1.6 s, in steps of 0.2 s: nobody speaks for so long without a stop or a
/// breath, while noise, however loud and whenever it begins, has no gaps (Martin, "Noise power spectral density
/// estimation based on optimal smoothing and minimum statistics", 2001).
const STEPS: usize = 8;
const STEP: u32 = 10;
/// A single quiet frame is no floor: levels are smoothed over about 3 frames first.
const SMOOTH: f32 = 0.4;
/// The peak is forgotten by this for each frame (2 dB/s), so that another speaker gets a fair chance.
const PEAK_FALL: f32 = 0.04;

/// Weight of the filter that takes rumble and hum, below 250 Hz, out of what is compared: a car, the mains.
const RUMBLE: f32 = 0.911;

/// What a frame holds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Activity {
    /// Somebody speaks.
    pub speech: bool,
    /// RMS level of the frame in dBFS.
    pub level: f32,
}

/// Follows one incoming stream.
pub struct VoiceActivity {
    detector: Box<Detector>,
    pending: [i16; BLOCK],
    filled: usize,
    score: f32,
    floor: Floor,
    peak: f32,
    /// How far above the floor the room is, on the mean, while nobody speaks to us, in dB.
    babble: f32,
    /// Frames since somebody spoke.
    quiet: u32,
    /// The last sample, before the filter and after it.
    last: (f32, f32),
}

/// The level of the noise behind the voice.
struct Floor {
    smoothed: f32,
    /// The lowest level of each of the last steps, and of the one under way.
    lowest: [f32; STEPS],
    current: f32,
    frames: u32,
}

impl Floor {
    fn new() -> Self {
        Self {
            smoothed: -60.0,
            lowest: [-60.0; STEPS],
            current: 0.0,
            frames: 0,
        }
    }

    /// Takes the level of a frame in dBFS; gives the floor.
    fn follow(&mut self, level: f32) -> f32 {
        self.smoothed += (level - self.smoothed) * SMOOTH;
        self.current = self.current.min(self.smoothed);
        self.frames += 1;
        if self.frames == STEP {
            self.lowest.rotate_left(1);
            self.lowest[STEPS - 1] = self.current;
            (self.current, self.frames) = (0.0, 0);
        }
        self.lowest.iter().copied().fold(self.current, f32::min).max(-75.0)
    }
}

impl Default for VoiceActivity {
    fn default() -> Self {
        Self {
            detector: Detector::default_boxed(),
            pending: [0; BLOCK],
            filled: 0,
            score: 0.0,
            floor: Floor::new(),
            peak: -60.0,
            babble: 0.0,
            quiet: PAUSE.end,
            last: (0.0, 0.0),
        }
    }
}

impl VoiceActivity {
    /// Judges one frame of 20 ms, which came in while we spoke or not.
    pub fn frame(&mut self, frame: &[i16; FRAME], over_us: bool) -> Activity {
        self.listen(frame);
        let voice = self.without_rumble(frame);
        // Digital silence (nothing arrives, or a peer that sends nothing but zeros) says nothing about the line's noise.
        let floor = if voice > -90.0 { self.floor.follow(voice) } else { -75.0 };
        let voiced = self.score >= if over_us { VOICE_OVER_US } else { VOICE };
        self.peak = (self.peak - PEAK_FALL).max(if voiced { voice } else { -60.0 });
        let farthest = (OF_THE_WAY * (self.peak - floor)).clamp(ABOVE_FLOOR, ABOVE_BABBLE);
        let threshold = QUIETEST.max(floor + (self.babble + ABOVE_ROOM).clamp(ABOVE_FLOOR, farthest));
        let below = if PAUSE.contains(&self.quiet) {
            GOES_ON
        } else {
            BELOW_PEAK
        };
        let speech = voiced && voice > threshold.max(self.peak - below);
        if voiced && !speech {
            self.babble += ((voice - floor).clamp(0.0, ABOVE_BABBLE) - self.babble) * FOLLOW;
        }
        self.quiet = if speech { 0 } else { self.quiet.saturating_add(1) };
        Activity {
            speech,
            level: level(frame),
        }
    }

    /// The level of a frame above 250 Hz, in dBFS.
    fn without_rumble(&mut self, frame: &[i16; FRAME]) -> f32 {
        let (mut before, mut after) = self.last;
        let filtered = std::array::from_fn::<i16, FRAME, _>(|n| {
            let sample = f32::from(frame[n]);
            after = RUMBLE * (after + sample - before);
            before = sample;
            after as i16
        });
        self.last = (before, after);
        level(&filtered)
    }

    /// Feeds earshot, which works in blocks of 16 ms.
    fn listen(&mut self, frame: &[i16; FRAME]) {
        let mut rest: &[i16] = frame;
        while !rest.is_empty() {
            let (now, later) = rest.split_at(rest.len().min(BLOCK - self.filled));
            self.pending[self.filled..self.filled + now.len()].copy_from_slice(now);
            self.filled += now.len();
            rest = later;
            if self.filled == BLOCK {
                self.score = self.detector.predict_i16(&self.pending);
                self.filled = 0;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::HZ;

    #[test]
    fn silence_and_steady_noise_are_not_speech() {
        let mut seed = 1u32;
        let mut noise = |amplitude: i32| {
            std::array::from_fn::<i16, FRAME, _>(|_| {
                seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (((seed >> 16) as i32 - 32_768) * amplitude / 32_768) as i16
            })
        };
        for amplitude in [0, 30, 300, 3000, 20_000] {
            let mut voice = VoiceActivity::default();
            // It takes the floor two seconds to settle.
            let speech = (0..500)
                .filter(|i| voice.frame(&noise(amplitude), false).speech && *i > 100)
                .count();
            assert_eq!(speech, 0, "noise of amplitude {amplitude}");
        }
    }

    /// A citizen's question, from its first loud frame on.
    fn question() -> Vec<i16> {
        let file = include_bytes!("../../audio-fixtures/c02.wav");
        let clip: crate::audio::Pcm<16_000> =
            crate::audio::wav::read("c02.wav", std::io::Cursor::new(&file[..])).expect("a fixture");
        let onset = clip.0.chunks(FRAME).position(|f| level(f) > -40.0).expect("speech");
        clip.0[onset * FRAME..].to_vec()
    }

    /// How many frames of it are speech, each sample changed.
    fn speech_frames(voice: &mut VoiceActivity, sound: &[i16], change: impl Fn(usize, f32) -> f32) -> usize {
        let sound: Vec<i16> = (0..).zip(sound).map(|(n, s)| change(n, f32::from(*s)) as i16).collect();
        let frames = sound.chunks_exact(FRAME);
        frames
            .filter(|frame| voice.frame(&std::array::from_fn(|n| frame[n]), false).speech)
            .count()
    }

    #[test]
    fn hum_as_loud_as_the_voice_does_not_hide_it() {
        let clean = speech_frames(&mut VoiceActivity::default(), &question(), |_, s| s);
        let hum = |n: usize| 6000.0 * (n as f32 / 16_000.0 * 50.0 * std::f32::consts::TAU).sin();
        let humming = speech_frames(&mut VoiceActivity::default(), &question(), |n, s| s + hum(n));
        assert!(clean > 50 && humming * 10 > clean * 7, "{humming} of {clean}");
    }

    #[test]
    fn who_has_spoken_is_heard_to_end_where_others_talk() {
        let said = question();
        let backwards: Vec<f32> = said.iter().rev().map(|s| f32::from(*s)).collect();
        let length = said.len();
        // Four voices that say nothing, 12 dB lower together: of their frames 13 % are taken for speech, and were 38 % when the
        // line was drawn above the floor alone.
        let others = |n: usize| -> f32 {
            let voices = [0, 7, 13, 19].map(|part| backwards[(n + part * length / 23) % length]);
            voices.iter().sum::<f32>() * 0.5 * 0.25
        };
        let mut voice = VoiceActivity::default();
        let mut hears = |from: usize, sound: &[i16]| {
            let room = |n: usize, s: f32| s + others(from + n);
            speech_frames(&mut voice, sound, room) * FRAME * 100 / sound.len()
        };
        let silence = vec![0; 6 * HZ as usize];
        let (_before, speaks) = (hears(0, &silence), hears(silence.len(), &said));
        let after = hears(silence.len() + length, &silence[..2 * HZ as usize]);
        assert!(speaks > 60 && after < 20, "{speaks} % and {after} % of the frames");
    }

    #[test]
    fn who_is_far_softer_does_not_end_a_pause_but_may_speak_after_it() {
        let softly_after = |quiet: usize| {
            let mut voice = VoiceActivity::default();
            speech_frames(&mut voice, &question(), |_, s| s);
            for _ in 0..quiet {
                voice.frame(&[0; FRAME], false);
            }
            speech_frames(&mut voice, &question()[..40 * FRAME], |_, s| 0.12 * s)
        };
        let (in_a_pause, later) = (softly_after(10), softly_after(200));
        assert!(in_a_pause == 0 && later > 10, "{in_a_pause}, {later}");
    }
}
