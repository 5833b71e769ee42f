//! What is being said: clips in order, some of them still being rendered.
//!
//! When somebody speaks over us, we fall silent first and ask questions later ([`Speech::duck`]): a cough, or "oui oui",
//! lets us go on where we were; real words end it.

mod others;

use std::collections::VecDeque;
use std::sync::Arc;

use crate::audio::Pcm;
use crate::audio::level;
use crate::units::{FRAME, FRAME_MS, HZ, JobId};
use others::Others;
pub use others::Settled;

/// A clip ready to be played; shared with the library of rendered prompts.
pub type Clip = Arc<Pcm<16_000>>;

#[derive(Debug)]
struct Part {
    /// Empty for the beep.
    text: Arc<str>,
    /// Nobody may interrupt it.
    protected: bool,
    sound: Sound,
    /// It may be replaced by the other words that this job brings.
    other: Option<JobId>,
}

#[derive(Debug)]
enum Sound {
    /// Being rendered.
    Waiting(JobId),
    Ready(Clip),
}

impl Sound {
    /// Its job, while it is being rendered.
    fn job(&self) -> Option<JobId> {
        match self {
            Self::Waiting(job) => Some(*job),
            Self::Ready(_) => None,
        }
    }
}

/// Whether we speak, or have fallen silent for a moment to hear who speaks over us.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Voice {
    #[default]
    Speaks,
    /// The next frame fades out.
    FadesOut,
    Ducked,
    /// The next frame fades in.
    FadesIn,
}

/// What one frame of play-out gave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Played {
    /// Nothing to say.
    Idle,
    /// Sound, or the short silence between two sentences.
    Sound,
    /// The next sentence is not rendered yet: silence.
    Starved,
    /// Silent for a moment, because somebody speaks over us.
    Ducked,
}

/// The queue of one call.
#[derive(Debug, Default)]
pub struct Speech {
    parts: VecDeque<Part>,
    /// Samples played of the first part.
    position: usize,
    /// Frames of silence still due before the first part.
    pause: u32,
    /// The texts of which at least the beginning was played since the last [`Speech::take_said`].
    said: Vec<Arc<str>>,
    voice: Voice,
    others: Others,
}

/// How we were interrupted.
#[derive(Debug, Default, PartialEq)]
pub struct Stopped {
    /// Jobs that nobody waits for any more.
    pub jobs: Vec<JobId>,
    /// Of the sentence that was being said, the words that were heard.
    pub heard: String,
    /// Whether the last sentence had begun.
    pub was_last: bool,
}

/// On going on after a false alarm, we begin again at a gap between words within this time.
const REWIND: usize = HZ as usize * 3 / 2;
/// Such a gap is this quiet, in dBFS.
const GAP: f32 = -45.0;

impl Speech {
    /// Says `text` after what is queued; its sound comes later, as `job`. Nobody may interrupt it where it is
    /// `protected`.
    pub fn say(&mut self, job: JobId, text: Arc<str>, protected: bool) {
        let sound = Sound::Waiting(job);
        self.parts.push_back(Part {
            text,
            protected,
            sound,
            other: None,
        });
    }

    /// Plays a tone of 400 ms after what is queued.
    pub fn beep(&mut self) {
        self.parts.push_back(Part {
            text: "".into(),
            protected: false,
            sound: Sound::Ready(Arc::new(beep())),
            other: None,
        });
    }

    /// Says this before what is still being rendered.
    pub fn lead_in(&mut self, text: Arc<str>, clip: Clip) {
        let sound = Sound::Ready(clip);
        self.parts.push_front(Part {
            text,
            protected: false,
            sound,
            other: None,
        });
    }

    /// Says what was prepared elsewhere after what is queued.
    pub fn append(&mut self, mut prepared: Speech) {
        self.parts.append(&mut prepared.parts);
        self.others.append(prepared.others);
    }

    /// The sound of a job, or nothing where it could not be rendered: the sentence is then left out. False where
    /// nobody waits for it any more.
    pub fn arrived(&mut self, job: JobId, clip: Option<Clip>) -> bool {
        let waits = |part: &Part| matches!(part.sound, Sound::Waiting(waiting) if waiting == job);
        let Some(index) = self.parts.iter().position(waits) else {
            return self.other_arrived(job, clip);
        };
        match clip {
            Some(clip) => self.parts[index].sound = Sound::Ready(clip),
            None => drop(self.parts.remove(index)),
        }
        true
    }

    /// Fills the next 20 ms. Allocates nothing but a note of each text that begins.
    pub fn frame(&mut self, out: &mut [i16; FRAME]) -> Played {
        out.fill(0);
        if self.voice == Voice::Ducked {
            return Played::Ducked;
        }
        let played = self.fill(out);
        match self.voice {
            Voice::FadesOut => {
                fade(out.iter_mut().rev());
                self.voice = Voice::Ducked;
            }
            Voice::FadesIn => {
                fade(out.iter_mut());
                self.voice = Voice::Speaks;
            }
            Voice::Speaks | Voice::Ducked => {}
        }
        played
    }

    fn fill(&mut self, out: &mut [i16; FRAME]) -> Played {
        let Some(first) = self.parts.front() else {
            // What comes next does not follow what was said: it need not wait.
            self.pause = 0;
            return Played::Idle;
        };
        if self.pause > 0 {
            self.pause -= 1;
            return Played::Sound;
        }
        let Sound::Ready(clip) = &first.sound else {
            return Played::Starved;
        };
        if self.position == 0 {
            self.said
                .extend(Some(first.text.clone()).filter(|text| !text.is_empty()));
            self.others.too_late(first.other);
        }
        let rest = &clip.0[self.position.min(clip.0.len())..];
        let count = rest.len().min(FRAME);
        out[..count].copy_from_slice(&rest[..count]);
        self.position += count;
        if self.position >= clip.0.len() {
            self.pause = pause_after(&first.text);
            self.parts.pop_front();
            self.position = 0;
        }
        Played::Sound
    }

    /// Somebody speaks over us: silent from the next frame on, without losing the place.
    pub fn duck(&mut self) {
        if self.voice != Voice::Ducked {
            self.voice = Voice::FadesOut;
        }
    }

    /// Whether we have fallen silent for a moment.
    pub fn is_ducked(&self) -> bool {
        matches!(self.voice, Voice::FadesOut | Voice::Ducked)
    }

    /// It was nothing: goes on from the last gap between two words.
    pub fn unduck(&mut self) {
        self.voice = Voice::FadesIn;
        if let Some(Part {
            sound: Sound::Ready(clip),
            ..
        }) = self.parts.front()
        {
            let heard = &clip.0[..self.position.min(clip.0.len())];
            let earliest = heard.len().saturating_sub(REWIND);
            let mut frames = heard[earliest..].chunks_exact(FRAME).map(level);
            let gap = frames.rposition(|level| level < GAP);
            self.position = gap.map_or(earliest, |frame| earliest + frame * FRAME);
        }
    }

    /// The sentence that is being said, or comes next.
    pub fn saying(&self) -> Option<&str> {
        self.parts.front().map(|part| &*part.text)
    }

    /// Whether the last sentence is being said.
    pub fn is_last(&self) -> bool {
        self.parts.len() == 1 && self.position > 0
    }

    /// Whether what is being said must be heard to its end.
    pub fn is_protected(&self) -> bool {
        self.parts.front().is_some_and(|part| part.protected)
    }

    /// Says no more but what is protected, and tells what of it was heard.
    pub fn stop(&mut self) -> Stopped {
        let kept = self.parts.iter().take_while(|part| part.protected).count();
        let heard = self.parts.front().map(|part| self.heard_of(part)).unwrap_or_default();
        let was_last = self.is_last();
        if kept == 0 {
            self.position = 0;
            self.pause = 0;
        }
        self.voice = Voice::Speaks;
        let jobs = self.parts.drain(kept..).filter_map(|part| part.sound.job());
        Stopped {
            jobs: jobs.chain(self.others.drop_all()).collect(),
            heard,
            was_last,
        }
    }

    /// The words of a part that were played, as far as the time tells.
    fn heard_of(&self, part: &Part) -> String {
        let Sound::Ready(clip) = &part.sound else {
            return String::new();
        };
        let words: Vec<&str> = part.text.split_whitespace().collect();
        let heard = words.len() * self.position / clip.0.len().max(1);
        words[..heard.min(words.len())].join(" ")
    }

    /// Whether all was said.
    pub fn is_idle(&self) -> bool {
        self.parts.is_empty()
    }

    /// What the caller has begun to hear since last asked.
    pub fn take_said(&mut self) -> Vec<Arc<str>> {
        std::mem::take(&mut self.said)
    }
}

/// Frames of silence that a sentence leaves behind: fragments of one sentence follow each other closely. With the 110 ms
/// of quiet that clips have at their ends, nowhere more than 300 ms.
fn pause_after(text: &str) -> u32 {
    let ms = match text.trim_end().chars().next_back() {
        Some('.' | '!' | '?' | '…' | ':') => 160,
        Some(',' | ';') => 80,
        _ => 20,
    };
    ms / FRAME_MS
}

/// From nothing to all, in the order given.
fn fade<'a>(samples: impl ExactSizeIterator<Item = &'a mut i16>) {
    let length = samples.len() as i32;
    for (n, sample) in samples.enumerate() {
        *sample = (i32::from(*sample) * n as i32 / length) as i16;
    }
}

/// 400 ms at 1 kHz and -13 dBFS, with soft edges.
fn beep() -> Pcm<16_000> {
    let length = HZ as usize * 2 / 5;
    let edge = HZ as usize / 100;
    Pcm((0..length)
        .map(|i| {
            let envelope = (i.min(length - i) as f32 / edge as f32).min(1.0);
            ((i as f32 * 1000.0 * std::f32::consts::TAU / HZ as f32).sin() * 7300.0 * envelope) as i16
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clip(frames: usize, value: i16) -> Clip {
        Arc::new(Pcm(vec![value; frames * FRAME]))
    }

    fn play(speech: &mut Speech, frames: usize) -> Vec<(Played, i16)> {
        let mut out = [0; FRAME];
        (0..frames).map(|_| (speech.frame(&mut out), out[0])).collect()
    }

    #[test]
    fn sentences_follow_in_order_whatever_order_they_are_rendered_in() {
        let mut speech = Speech::default();
        speech.say(JobId(1), "un".into(), false);
        speech.say(JobId(2), "deux".into(), false);
        assert!(speech.arrived(JobId(2), Some(clip(1, 2))));
        assert_eq!(play(&mut speech, 1), [(Played::Starved, 0)]);
        assert!(speech.arrived(JobId(1), Some(clip(1, 1))));
        assert_eq!(
            play(&mut speech, 4),
            [
                (Played::Sound, 1),
                (Played::Sound, 0),
                (Played::Sound, 2),
                (Played::Idle, 0)
            ]
        );
        assert_eq!(speech.take_said(), ["un".into(), "deux".into()]);
    }

    #[test]
    fn an_answer_does_not_wait_for_the_pause_after_the_last_sentence() {
        let mut speech = Speech::default();
        speech.say(JobId(1), "un.".into(), false);
        speech.arrived(JobId(1), Some(clip(1, 1)));
        assert_eq!(play(&mut speech, 2), [(Played::Sound, 1), (Played::Idle, 0)]);
        speech.say(JobId(2), "deux.".into(), false);
        speech.arrived(JobId(2), Some(clip(1, 2)));
        assert_eq!(play(&mut speech, 1), [(Played::Sound, 2)]);
    }

    #[test]
    fn stopping_drops_the_rest_and_names_the_jobs() {
        let mut speech = Speech::default();
        speech.say(JobId(1), "un.".into(), false);
        speech.say(JobId(2), "deux.".into(), false);
        speech.arrived(JobId(1), Some(clip(5, 1)));
        play(&mut speech, 2);
        let stopped = speech.stop();
        assert_eq!((stopped.jobs, stopped.was_last), (vec![JobId(2)], false));
        assert!(speech.is_idle() && !speech.arrived(JobId(2), Some(clip(1, 2))));
        assert_eq!(speech.take_said(), ["un.".into()]);
    }

    #[test]
    fn after_a_false_alarm_we_go_on_from_the_last_gap() {
        let mut speech = Speech::default();
        speech.say(JobId(1), "un deux trois quatre.".into(), false);
        let words: Vec<i16> = [(20, 3000), (2, 0), (20, 4000)]
            .iter()
            .flat_map(|(frames, value)| vec![*value; frames * FRAME])
            .collect();
        speech.arrived(JobId(1), Some(Arc::new(Pcm(words))));
        play(&mut speech, 32);
        speech.duck();
        let mut out = [0; FRAME];
        assert_eq!(speech.frame(&mut out), Played::Sound);
        assert!(out[0] > 3900 && out[FRAME - 1] == 0, "it fades");
        assert_eq!(play(&mut speech, 2), [(Played::Ducked, 0); 2]);
        assert!(speech.is_ducked() && !speech.is_idle());
        speech.unduck();
        let again = play(&mut speech, 15);
        assert_eq!(
            (again[0].1, again[1].1, again[14].1),
            (0, 4000, 4000),
            "the word is said again"
        );
        let stopped = speech.stop();
        assert_eq!((stopped.heard.as_str(), stopped.was_last), ("un deux trois", true));
    }

    #[test]
    fn what_is_protected_says_so_as_long_as_it_is_said() {
        let mut speech = Speech::default();
        speech.say(JobId(1), "un.".into(), true);
        speech.say(JobId(2), "deux.".into(), false);
        speech.arrived(JobId(1), Some(clip(1, 1)));
        speech.arrived(JobId(2), Some(clip(1, 2)));
        assert!(speech.is_protected());
        play(&mut speech, 1);
        assert!(!speech.is_protected());
    }

    #[test]
    fn a_sentence_that_cannot_be_rendered_is_left_out() {
        let mut speech = Speech::default();
        speech.say(JobId(1), "un".into(), false);
        speech.say(JobId(2), "deux".into(), false);
        assert!(speech.arrived(JobId(1), None));
        speech.arrived(JobId(2), Some(clip(1, 2)));
        assert_eq!(play(&mut speech, 1), [(Played::Sound, 2)]);
    }

    #[test]
    fn the_beep_is_loud_and_short() {
        let beep = beep();
        assert_eq!(beep.duration().as_millis(), 400);
        assert!(beep.0.iter().any(|s| *s > 7000) && beep.0[0].abs() < 100);
    }
}
