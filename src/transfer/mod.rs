//! The hand-over to a person: one transfer, followed to its end.
//!
//! Blind transfer by REFER (RFC 3515): the telephone system reports its progress in NOTIFY, as the status line of the
//! call that it places (sipfrag). The outcome is always known: a report that never comes is a failure too.

use std::time::{Duration, Instant};

/// After this long without a final report, the caller is taken back.
const PATIENCE: Duration = Duration::from_secs(45);

/// How a transfer ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// A person has the call.
    Taken,
    /// It rang and nobody took it, or they were busy or declined.
    NoAnswer,
    /// The telephone system refused, or does not know the extension.
    Unreachable,
}

/// A transfer under way.
#[derive(Clone, Debug)]
pub struct Transfer {
    deadline: Instant,
}

impl Transfer {
    /// A transfer that was asked for at `now`.
    pub fn begun(now: Instant) -> Self {
        Self {
            deadline: now + PATIENCE,
        }
    }

    /// When to give up.
    pub fn deadline(&self) -> Instant {
        self.deadline
    }

    /// Takes a report: the status code of the REFER itself or of a sipfrag. `last` tells that no other will come.
    pub fn report(&self, code: u16, last: bool) -> Option<Outcome> {
        match code {
            200..=299 if last => Some(Outcome::Taken),
            // 202 accepts the REFER, 1xx is progress.
            100..=299 => None,
            // Timeout, unavailable, busy, cancelled, declined (RFC 3261, sections 21.4 and 21.6).
            408 | 480 | 486 | 487 | 600 | 603 => Some(Outcome::NoAnswer),
            _ => Some(Outcome::Unreachable),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table() {
        let transfer = Transfer::begun(Instant::now());
        for (code, last, outcome) in [
            (202, false, None),
            (100, false, None),
            (180, false, None),
            (200, true, Some(Outcome::Taken)),
            (486, true, Some(Outcome::NoAnswer)),
            (603, true, Some(Outcome::NoAnswer)),
            (404, true, Some(Outcome::Unreachable)),
            (405, true, Some(Outcome::Unreachable)),
            (503, true, Some(Outcome::Unreachable)),
        ] {
            assert_eq!(transfer.report(code, last), outcome, "{code}");
        }
    }
}
