//! A message being left.

use std::time::Duration;

use crate::audio::Pcm;
use crate::hear::turn::Heard;
use crate::units::{FRAME, FRAME_MS, HZ};

/// Keeps the sound of a message until it ends: by a key, by quiet, by its length, or by hanging up.
pub(super) struct Recording {
    service: usize,
    audio: Vec<i16>,
    longest: usize,
    frames: u32,
    /// Without a word for so many frames, there is no message.
    nobody: u32,
    spoken: bool,
    over: bool,
}

impl Recording {
    /// A message for a service (index in the plan); without a word within `nobody`, there is none. Its memory grows by
    /// doubling, at most to `longest`.
    pub(super) fn new(service: usize, longest: Duration, nobody: Duration) -> Self {
        let longest = longest.as_secs() as usize * HZ as usize;
        Self {
            service,
            audio: Vec::with_capacity(30 * HZ as usize),
            longest,
            frames: 0,
            nobody: nobody.as_millis() as u32 / FRAME_MS,
            spoken: false,
            over: false,
        }
    }

    /// Takes one frame and what it means for the turn.
    pub(super) fn frame(&mut self, frame: &[i16; FRAME], heard: Option<Heard>) {
        self.frames += 1;
        self.audio.extend_from_slice(frame);
        self.spoken |= heard == Some(Heard::Started);
        self.over |= heard == Some(Heard::Ended)
            || self.audio.len() >= self.longest
            || (!self.spoken && self.frames >= self.nobody);
    }

    /// The caller pressed a key.
    pub(super) fn finish(&mut self) {
        self.over = true;
    }

    /// The message was typed: this is its sound.
    pub(super) fn dictate(&mut self, sound: &Pcm<16_000>) {
        if !self.spoken {
            self.audio.clear();
        }
        self.audio.extend_from_slice(&sound.0);
        self.audio.truncate(self.longest);
        (self.spoken, self.over) = (true, true);
    }

    /// None while it goes on; then whether it holds speech.
    pub(super) fn result(&self) -> Option<bool> {
        self.over.then_some(self.spoken)
    }

    /// Whether there is something to keep.
    pub(super) fn holds_speech(&self) -> bool {
        self.spoken
    }

    /// For whom it is.
    pub(super) fn service(&self) -> usize {
        self.service
    }

    /// The sound, leaving nothing behind.
    pub(super) fn take(&mut self) -> Pcm<16_000> {
        Pcm(std::mem::take(&mut self.audio))
    }
}
