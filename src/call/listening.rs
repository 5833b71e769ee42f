//! A supervisor listens to a call, and may whisper to the clerk, whom alone it reaches.
//!
//! ```text
//! caller ──┬────────────────────────► us, or the clerk
//!          ▼                              │        ▲
//!       listener ◄────────────────────────┘        │
//!          └── whisper, where a clerk speaks ──────┘
//! ```

use std::time::Instant;

use super::event::CallEvent;
use super::line::Line;
use super::{Call, Output};
use crate::pii::Pii;
use crate::transfer::handover::ClerkId;
use crate::units::FRAME;
use crate::wire::negotiate::Agreed;

/// So many may listen to one call.
const MOST: usize = 4;

/// Somebody who listens.
pub(super) struct Listener {
    pub(super) id: ClerkId,
    pub(super) line: Line,
    name: Pii<String>,
}

impl Call {
    /// Somebody of this name listens from now on; gives their number, or none where the call is over or all written, or
    /// enough listen already.
    pub fn handle_listener(&mut self, agreed: &Agreed, name: Pii<String>) -> Option<ClerkId> {
        if self.is_over() || self.writing.is_alone() || self.listeners.len() >= MOST {
            return None;
        }
        let line = self.line_for(agreed)?;
        let id = self.new_clerk();
        self.event(CallEvent::Listening {
            who: name.clone(),
            begins: true,
        });
        self.listeners.push(Listener { id, line, name });
        Some(id)
    }

    /// They listen no more, or are gone.
    pub(super) fn listener_leaves(&mut self, id: ClerkId) {
        if let Some(at) = self.listeners.iter().position(|listener| listener.id == id) {
            let who = self.listeners.remove(at).name;
            self.outputs.push_back(Output::Release(id));
            self.event(CallEvent::Listening { who, begins: false });
        }
    }

    /// Nobody listens any more, since the call ends.
    pub(super) fn let_listeners_go(&mut self) {
        while let Some(listener) = self.listeners.first() {
            self.listener_leaves(listener.id);
        }
    }

    /// The next 20 ms for those who listen: both sides. What they whisper is added to what the clerk hears, if there is one.
    pub(super) fn tap(&mut self, now: Instant, sides: [&[i16; FRAME]; 2], to_clerk: Option<&mut [i16; FRAME]>) {
        if self.listeners.is_empty() {
            return;
        }
        let mut both = *sides[0];
        mix(&mut both, sides[1]);
        let (mut clerk, mut lost) = (to_clerk, None);
        for listener in &mut self.listeners {
            let mut whisper = [0; FRAME];
            listener.line.pull(now, &mut whisper);
            if let Some(clerk) = &mut clerk {
                mix(clerk, &whisper);
            }
            if listener.line.push(&both).is_err() {
                lost = Some(listener.id);
            }
        }
        if let Some(id) = lost {
            self.listener_leaves(id);
        }
    }
}

/// Adds one sound to another.
pub(super) fn mix(into: &mut [i16; FRAME], sound: &[i16; FRAME]) {
    for (sample, more) in into.iter_mut().zip(sound) {
        *sample = sample.saturating_add(*more);
    }
}
