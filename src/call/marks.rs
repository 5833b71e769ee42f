//! When each stage of the turn under way was done.

use std::time::{Duration, Instant};

use super::Understood;
use super::event::{TurnTimes, ms};
use crate::units::FRAME_MS;

/// The marks of one turn; empty when no answer is due.
#[derive(Debug, Default)]
pub(super) struct Marks {
    /// When the caller's last speech sample came in.
    speech_end: Option<Instant>,
    times: TurnTimes,
}

impl Marks {
    /// A turn without speech: a key pressed at `now`.
    pub(super) fn at(now: Instant) -> Self {
        Self {
            speech_end: Some(now),
            times: TurnTimes::default(),
        }
    }

    /// A pause noticed at `now`, `lag` after the last speech sample came in.
    pub(super) fn paused(now: Instant, lag: Duration) -> Self {
        let speech_end = now.checked_sub(lag).unwrap_or(now);
        Self {
            speech_end: Some(speech_end),
            times: TurnTimes {
                paused: ms(lag),
                ..TurnTimes::default()
            },
        }
    }

    /// The words are there.
    pub(super) fn recognised(&mut self, now: Instant, understood: &Understood) {
        self.times.recognised = self.since(now);
        // Twice, where it was listened to again.
        self.times.stt += ms(understood.transcript.took);
        self.times.understand_us += understood.took.as_micros() as u64;
    }

    /// The turn was judged over.
    pub(super) fn over(&mut self, now: Instant) {
        self.times.over = self.since(now);
    }

    /// A frame in which the answer was not rendered yet; gives how long the caller has waited for its beginning.
    pub(super) fn starved(&mut self) -> Duration {
        if self.speech_end.is_none() {
            return Duration::ZERO;
        }
        self.times.synthesis += u64::from(FRAME_MS);
        Duration::from_millis(self.times.synthesis)
    }

    /// The first sound leaves: the times of the turn, once.
    pub(super) fn answered(&mut self, now: Instant) -> Option<TurnTimes> {
        let answered = self.since(now);
        self.speech_end.take()?;
        self.times.answered = answered;
        Some(self.times)
    }

    fn since(&self, now: Instant) -> u64 {
        self.speech_end.map_or(0, |end| ms(now.duration_since(end)))
    }
}
