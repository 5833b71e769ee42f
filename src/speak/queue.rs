//! What is being said: clips in order, some of them still being rendered.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::audio::Pcm;
use crate::units::{FRAME, FRAME_MS, HZ, JobId};

/// A clip ready to be played; shared with the library of rendered prompts.
pub type Clip = Arc<Pcm<16_000>>;

#[derive(Debug)]
enum Part {
    /// Being rendered.
    Waiting { job: JobId, text: Arc<str> },
    /// Sound; `text` is empty for the beep.
    Ready { clip: Clip, text: Arc<str> },
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
}

impl Speech {
    /// Says `text` after what is queued; its sound comes later, as `job`.
    pub fn say(&mut self, job: JobId, text: Arc<str>) {
        self.parts.push_back(Part::Waiting { job, text });
    }

    /// Plays a tone of 400 ms after what is queued.
    pub fn beep(&mut self) {
        self.parts.push_back(Part::Ready {
            clip: Arc::new(beep()),
            text: "".into(),
        });
    }

    /// The sound of a job, or nothing where it could not be rendered: the sentence is then left out. False where
    /// nobody waits for it any more.
    pub fn arrived(&mut self, job: JobId, clip: Option<Clip>) -> bool {
        let Some(index) = self
            .parts
            .iter()
            .position(|p| matches!(p, Part::Waiting { job: j, .. } if *j == job))
        else {
            return false;
        };
        match (clip, &self.parts[index]) {
            (Some(clip), Part::Waiting { text, .. }) => {
                self.parts[index] = Part::Ready {
                    clip,
                    text: text.clone(),
                }
            }
            _ => drop(self.parts.remove(index)),
        }
        true
    }

    /// Fills the next 20 ms. Allocates nothing but a note of each text that begins.
    pub fn frame(&mut self, out: &mut [i16; FRAME]) -> Played {
        out.fill(0);
        let Some(first) = self.parts.front() else {
            // What comes next does not follow what was said: it need not wait.
            self.pause = 0;
            return Played::Idle;
        };
        if self.pause > 0 {
            self.pause -= 1;
            return Played::Sound;
        }
        let Part::Ready { clip, text } = first else {
            return Played::Starved;
        };
        if self.position == 0 && !text.is_empty() {
            self.said.push(text.clone());
        }
        let rest = &clip.0[self.position.min(clip.0.len())..];
        let count = rest.len().min(FRAME);
        out[..count].copy_from_slice(&rest[..count]);
        self.position += count;
        if self.position >= clip.0.len() {
            self.pause = pause_after(text);
            self.parts.pop_front();
            self.position = 0;
        }
        Played::Sound
    }

    /// Falls silent at once (barge-in) and says which jobs nobody waits for any more.
    pub fn stop(&mut self) -> Vec<JobId> {
        self.position = 0;
        self.pause = 0;
        self.parts
            .drain(..)
            .filter_map(|p| {
                if let Part::Waiting { job, .. } = p {
                    Some(job)
                } else {
                    None
                }
            })
            .collect()
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

/// Frames of silence that a sentence leaves behind: fragments of one sentence follow each other closely.
fn pause_after(text: &str) -> u32 {
    let ms = match text.trim_end().chars().next_back() {
        Some('.' | '!' | '?' | '…' | ':') => 260,
        Some(',' | ';') => 120,
        _ => 40,
    };
    ms / FRAME_MS
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
        speech.say(JobId(1), "un".into());
        speech.say(JobId(2), "deux".into());
        assert!(speech.arrived(JobId(2), Some(clip(1, 2))));
        assert_eq!(play(&mut speech, 1), [(Played::Starved, 0)]);
        assert!(speech.arrived(JobId(1), Some(clip(1, 1))));
        assert_eq!(
            play(&mut speech, 5),
            [
                (Played::Sound, 1),
                (Played::Sound, 0),
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
        speech.say(JobId(1), "un.".into());
        speech.arrived(JobId(1), Some(clip(1, 1)));
        assert_eq!(play(&mut speech, 2), [(Played::Sound, 1), (Played::Idle, 0)]);
        speech.say(JobId(2), "deux.".into());
        speech.arrived(JobId(2), Some(clip(1, 2)));
        assert_eq!(play(&mut speech, 1), [(Played::Sound, 2)]);
    }

    #[test]
    fn stopping_drops_the_rest_and_names_the_jobs() {
        let mut speech = Speech::default();
        speech.say(JobId(1), "un.".into());
        speech.say(JobId(2), "deux.".into());
        speech.arrived(JobId(1), Some(clip(5, 1)));
        play(&mut speech, 2);
        assert_eq!(speech.stop(), [JobId(2)]);
        assert!(speech.is_idle() && !speech.arrived(JobId(2), Some(clip(1, 2))));
        assert_eq!(speech.take_said(), ["un.".into()]);
    }

    #[test]
    fn a_sentence_that_cannot_be_rendered_is_left_out() {
        let mut speech = Speech::default();
        speech.say(JobId(1), "un".into());
        speech.say(JobId(2), "deux".into());
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
