//! Keeps the sound of the turn under way, so that it can be recognised at any pause.

use super::Utterance;
use super::turn::{Heard, Turn};
use super::voice::VoiceActivity;
use crate::audio::Pcm;
use crate::units::{Expect, FRAME, HZ};

/// Sound kept from before speech was noticed: soft first consonants.
const PREROLL: usize = HZ as usize * 3 / 10;
/// Longest utterance, in samples: Whisper hears 30 s at the most.
const LONGEST: usize = HZ as usize * 28;

/// Listens to frames: who speaks when, and what it sounded like.
pub struct Ear {
    voice: VoiceActivity,
    turn: Turn,
    /// Allocated once; while nobody speaks it holds the pre-roll at its end.
    audio: Vec<i16>,
    expect: Expect,
    level: f32,
}

impl Default for Ear {
    fn default() -> Self {
        Self {
            voice: VoiceActivity::default(),
            turn: Turn::default(),
            audio: Vec::with_capacity(LONGEST + FRAME),
            expect: Expect::Anything,
            level: -100.0,
        }
    }
}

impl Ear {
    /// From now on, listen for this.
    pub fn expect(&mut self, expect: Expect) {
        self.expect = expect;
        self.turn.expect(expect);
    }

    /// Takes one frame. Allocates nothing.
    pub fn frame(&mut self, frame: &[i16; FRAME]) -> Option<Heard> {
        let activity = self.voice.frame(frame);
        self.level = activity.level;
        if !self.turn.is_speaking() && self.audio.len() >= 4 * PREROLL {
            self.audio.drain(..self.audio.len() - PREROLL);
        }
        self.audio.extend_from_slice(frame);
        let heard = self.turn.frame(activity.speech);
        if heard == Some(Heard::Started) {
            let keep = (PREROLL + 3 * FRAME).min(self.audio.len());
            self.audio.drain(..self.audio.len() - keep);
        }
        if self.audio.len() >= LONGEST {
            // A story longer than recognition can hear at once: its beginning goes.
            self.audio.drain(..LONGEST / 4);
        }
        heard
    }

    /// A copy of what was said so far in this turn.
    pub fn utterance(&self) -> Utterance {
        Utterance {
            audio: Pcm(self.audio.clone()),
            expect: self.expect,
        }
    }

    /// The turn has been taken: the next speech begins another.
    pub fn finish(&mut self) {
        self.turn.finish();
        self.audio.clear();
    }

    /// The state of the turn.
    pub fn turn(&self) -> &Turn {
        &self.turn
    }

    /// Level of the last frame in dBFS.
    pub fn level(&self) -> f32 {
        self.level
    }
}
