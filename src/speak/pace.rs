//! How fast we speak.

use std::sync::Arc;

use super::queue::Clip;
use crate::audio::stretch;

/// How much longer everything gets after "plus lentement".
const SLOWER: f32 = 1.18;

/// The speed that the plan wants, at which the voice renders and prompts are kept; and whether the caller asked us to
/// slow down: then ready clips are stretched, since rendering them anew would take seconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pace {
    /// 1.0 is the voice's own.
    pub speed: f32,
    /// Whether the caller asked for it slower.
    pub slower: bool,
}

impl Pace {
    /// A clip that was rendered at [`speed`](Self::speed), as the caller hears it.
    pub fn of(self, clip: Clip) -> Clip {
        if self.slower {
            Arc::new(stretch(&clip, SLOWER))
        } else {
            clip
        }
    }
}
