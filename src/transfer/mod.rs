//! The hand-over to a person: one transfer, followed to its end. The outcome is always known: a report that never comes
//! is a failure too.
//!
//! | file | what it follows |
//! | --- | --- |
//! | here | blind transfer by REFER (RFC 3515): the telephone system reports its progress in NOTIFY, as the status line of the call that it places (sipfrag) |
//! | `handover` | attended transfer: whose telephones ring, who answers, who takes the call |
//! | `clerk` | one person who has picked up, or their voicemail |

mod clerk;
pub mod handover;

use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

/// After this long without a final report, the caller is taken back.
const PATIENCE: Duration = Duration::from_secs(45);

/// How a transfer ended, or one telephone that was rung for it. The later stands for the whole where several rang.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The telephone system refused, or does not know the extension.
    Unreachable,
    /// Somebody speaks on that telephone already.
    Busy,
    /// It rang and nobody took it.
    NoAnswer,
    /// A machine answered.
    Voicemail,
    /// Somebody would not take it.
    Declined,
    /// A person has the call.
    Taken,
    /// The caller hung up first.
    Abandoned,
}

impl Outcome {
    /// What the final status of a call means that was not answered (RFC 3261, sections 21.4 to 21.6).
    pub fn of_status(code: u16) -> Self {
        match code {
            // Busy, here or everywhere.
            486 | 600 => Self::Busy,
            // Timeout, unavailable, cancelled.
            408 | 480 | 487 => Self::NoAnswer,
            603 => Self::Declined,
            _ => Self::Unreachable,
        }
    }

    /// The status that tells it (RFC 3261, section 21).
    pub fn status(self) -> u16 {
        match self {
            Self::Taken => 200,
            Self::Busy => 486,
            Self::NoAnswer | Self::Voicemail | Self::Abandoned => 480,
            Self::Declined => 603,
            Self::Unreachable => 404,
        }
    }
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
            code => Some(Outcome::of_status(code)),
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
            (480, true, Some(Outcome::NoAnswer)),
            (486, true, Some(Outcome::Busy)),
            (600, true, Some(Outcome::Busy)),
            (603, true, Some(Outcome::Declined)),
            (404, true, Some(Outcome::Unreachable)),
            (405, true, Some(Outcome::Unreachable)),
            (503, true, Some(Outcome::Unreachable)),
        ] {
            assert_eq!(transfer.report(code, last), outcome, "{code}");
        }
    }
}
