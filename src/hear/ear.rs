//! Keeps the sound of the turn under way, so that it can be recognised at any pause.

use super::echo::Echo;
use super::melody::Melody;
use super::turn::{Heard, Turn};
use super::voice::VoiceActivity;
use super::{Context, Utterance};
use crate::audio::Pcm;
use crate::pii::Pii;
use crate::units::{Expect, FRAME, FRAME_MS, HZ};

/// Sound kept from before speech was noticed: soft first consonants.
const PREROLL: usize = HZ as usize * 3 / 10;
/// Longest utterance, in samples: Whisper hears 30 s at the most.
const LONGEST: usize = HZ as usize * 28;
/// Sound kept on both sides of a cut, so that no word is lost in it: 60 ms.
const MARGIN: usize = HZ as usize * 6 / 100;
/// Over our own voice, the caller is at most this far below their usual level, in dB: what is lower is the room they
/// are in, a television, somebody else.
const BELOW_USUAL: f32 = 16.0;
/// The same as long as nothing is known of the caller, in dBFS.
const AUDIBLE: f32 = -46.0;
/// And at least so far above the room, in dB.
const ABOVE_ROOM: f32 = 10.0;
/// Far from the telephone, most likely: so far below the caller's usual level, in dB, …
const FARTHER: f32 = 10.0;
/// … or below this while that is unknown, in dBFS.
const FAINT: f32 = -36.0;
/// What the room sounds like at first, in dBFS.
const QUIET_ROOM: f32 = -50.0;
/// Frames in which we learn what the room sounds like, when a call begins: nobody interrupts us there, or it is noise.
const LEARNING: u32 = 700 / FRAME_MS;
/// How fast the room is learnt then.
const LEARN: f32 = 0.1;
/// How fast the usual level follows the caller, and the room's its noise: in about a second.
const FOLLOW: f32 = 0.02;

/// Listens to frames: who speaks when, and what it sounded like.
pub struct Ear {
    voice: VoiceActivity,
    echo: Echo,
    melody: Melody,
    turn: Turn,
    /// Allocated once; while nobody speaks it holds the pre-roll at its end.
    audio: Vec<i16>,
    /// What is expected, and the words of the turn whose sound was dropped.
    context: Context,
    level: f32,
    /// The caller's level when we are silent.
    usual: Option<f32>,
    /// The level of what comes in while we speak and nobody else does: the room, in dBFS.
    room: f32,
    learning: u32,
    /// The level of what is being said over our voice.
    over_us: f32,
    /// Whether this turn began while we spoke.
    began_over_us: bool,
}

impl Default for Ear {
    fn default() -> Self {
        Self {
            voice: VoiceActivity::default(),
            echo: Echo::default(),
            melody: Melody::default(),
            turn: Turn::default(),
            audio: Vec::with_capacity(LONGEST + FRAME),
            context: Context::default(),
            level: -100.0,
            usual: None,
            room: QUIET_ROOM,
            learning: LEARNING,
            over_us: QUIET_ROOM,
            began_over_us: false,
        }
    }
}

impl Ear {
    /// From now on, listen for this.
    pub fn expect(&mut self, expect: Expect) {
        self.context.expect = expect;
        self.turn.expect(expect);
    }

    /// Takes one frame. Allocates nothing.
    pub fn frame(&mut self, frame: &[i16; FRAME]) -> Option<Heard> {
        let over_us = self.echo.may_come_back();
        let activity = self.voice.frame(frame, over_us);
        self.level = activity.level;
        self.echo.heard(frame);
        self.melody.frame(frame);
        let speech = activity.speech && self.is_the_caller();
        self.learn_the_room();
        if !self.turn.is_speaking() && self.audio.len() >= 4 * PREROLL {
            self.audio.drain(..self.audio.len() - PREROLL);
        }
        self.audio.extend_from_slice(frame);
        let heard = self.turn.frame(speech, over_us);
        if heard == Some(Heard::Started) {
            let keep = (PREROLL + 3 * FRAME).min(self.audio.len());
            self.audio.drain(..self.audio.len() - keep);
            self.began_over_us = self.echo.may_come_back();
        }
        if self.audio.len() >= LONGEST {
            // A story longer than recognition can hear at once, and no pause to cut it at: its beginning goes.
            self.audio.drain(..LONGEST / 4);
        }
        heard
    }

    /// What we send in the same 20 ms, to know our own voice when it comes back.
    pub fn said(&mut self, frame: &[i16; FRAME]) {
        self.echo.sent(frame);
    }

    /// Whether the voice in this frame is the caller's, and not our own come back, nor somebody far from the telephone.
    fn is_the_caller(&mut self) -> bool {
        if !self.echo.may_come_back() {
            if self.began_over_us {
                // We fell silent for it: whether it is the caller at all is not yet known.
                self.follow_over_us();
            } else {
                let usual = self.usual.get_or_insert(self.level);
                *usual += (self.level - *usual) * FOLLOW;
            }
            return true;
        }
        if self.echo.is_echo() {
            return false;
        }
        let audible = self.usual.map_or(AUDIBLE, |usual| usual - BELOW_USUAL);
        let caller = self.level > audible.max(self.room + ABOVE_ROOM);
        if caller {
            self.follow_over_us();
        }
        caller && self.learning == 0
    }

    fn follow_over_us(&mut self) {
        self.over_us += (self.level - self.over_us) * 5.0 * FOLLOW;
    }

    /// While we speak and nobody else does, what comes in is the room.
    fn learn_the_room(&mut self) {
        let nobody = self.learning > 0 || !self.turn.is_speaking();
        if nobody && self.echo.may_come_back() && self.level > -90.0 {
            let speed = if self.learning > 0 { LEARN } else { FOLLOW };
            self.room += (self.level - self.room) * speed;
            self.learning = self.learning.saturating_sub(1);
        }
    }

    /// Whether what is said over our voice is so faint that it needs a meaning to be the caller's.
    pub fn is_faint(&self) -> bool {
        self.over_us < self.usual.map_or(FAINT, |usual| usual - FARTHER)
    }

    /// Whether this line has returned our own voice.
    pub fn hears_us(&self) -> bool {
        self.echo.was_found()
    }

    /// What was said over our voice was nothing: what sounds like it no longer makes us fall silent.
    pub fn dismiss(&mut self) {
        self.room = self.room.max(self.over_us - ABOVE_ROOM / 2.0);
        self.finish();
    }

    /// A copy of what was said so far in this turn.
    pub fn utterance(&self) -> Utterance {
        Utterance {
            audio: Pcm(self.audio.clone()),
            context: self.context.clone(),
        }
    }

    /// The first `samples` of the turn have been recognised as `words`: only what follows still has to be.
    pub fn cut(&mut self, samples: usize, words: Pii<String>) {
        let samples = samples.saturating_sub(MARGIN).min(self.audio.len());
        self.audio.drain(..samples);
        self.context.before = words;
    }

    /// What is said next belongs to these words.
    pub fn goes_on_from(&mut self, words: Pii<String>) {
        self.context.before = words;
    }

    /// The turn has been taken: the next speech begins another.
    pub fn finish(&mut self) {
        self.turn.finish();
        self.began_over_us = false;
        self.audio.clear();
        self.context.before = Pii::default();
    }

    /// The state of the turn.
    pub fn turn(&self) -> &Turn {
        &self.turn
    }

    /// How high the voice ended, in semitones above its own median.
    pub fn last_pitch(&self) -> Option<f32> {
        self.melody.end()
    }

    /// What parted this pause from the one before was no speech. False where it was too long for a noise.
    pub fn nothing_was_said(&mut self) -> bool {
        self.turn.nothing_was_said()
    }

    /// In this pause, wait for so long: its words are known.
    pub fn wait_for(&mut self, patience: std::time::Duration) {
        self.turn.wait_for(patience);
    }
}
