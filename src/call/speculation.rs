//! What is known of a turn that may be over, and is dropped where it goes on.

use std::time::{Duration, Instant};

use super::Understood;
use super::endpoint::Rhythm;
use super::event::{CallEvent, FalseAlarm};
use crate::dialogue::{Act, Dialogue};
use crate::pii::Pii;
use crate::speak::queue::Speech;
use crate::units::JobId;

/// The recognition of the turn under way, begun in a pause that may be its end.
pub(super) struct Recognising {
    pub(super) job: JobId,
    /// Samples of the turn's sound that it covers.
    pub(super) samples: usize,
    /// How high the voice ended before the pause.
    pub(super) pitch: Option<f32>,
    /// What was heard at first, where it is listened to again.
    pub(super) doubted: Option<Box<Understood>>,
    pub(super) progress: Progress,
}

pub(super) enum Progress {
    Waiting,
    /// Too many others wait: to be asked again when the turn is over.
    Refused,
    Known(Box<Prepared>),
}

/// The words of a turn that may be over, and what we do about them if it is. All of it is speculation: the dialogue is a
/// copy, and the sound waits in a queue of its own.
pub(super) struct Prepared {
    pub(super) understood: Understood,
    pub(super) patience: Duration,
    /// It was said over us, and may not be meant to interrupt us.
    pub(super) false_alarm: Option<FalseAlarm>,
    pub(super) dialogue: Dialogue,
    /// What remains to be done besides speaking.
    pub(super) acts: Vec<Act>,
    pub(super) speech: Speech,
    /// What is told of it once it is said.
    pub(super) notes: Vec<CallEvent>,
}

/// What was known in a pause, before something was heard again that may have been a noise.
pub(super) struct Before {
    pub(super) words: Pii<String>,
    pub(super) pitch: Option<f32>,
    pub(super) rhythm: Rhythm,
}

/// The last turn that was answered: where the caller goes on at once, it was not over.
pub(super) struct Answered {
    pub(super) at: Instant,
    pub(super) words: Pii<String>,
}
