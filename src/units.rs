//! Units and identities that every stage shares. A number that leaves its stage carries its unit in its type.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Sample rate of everything the stages pass to each other: recognition, voice activity and rendered speech.
/// Only decoders and encoders know other rates.
pub const HZ: u32 = 16_000;
/// Audio moves in frames of 20 ms (RFC 3551, section 4.2), whatever the packet time on the wire.
pub const FRAME_MS: u32 = 20;
/// Samples of a frame at [`HZ`].
pub const FRAME: usize = (HZ * FRAME_MS / 1000) as usize;

/// Names one call in logs, in the store and on the web pages. Random, so that it says nothing of the caller.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct CallId(pub u64);

impl CallId {
    /// A new random identity.
    pub fn random() -> Self {
        Self(rand::random())
    }
}

impl fmt::Display for CallId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl fmt::Debug for CallId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl From<CallId> for String {
    fn from(id: CallId) -> Self {
        id.to_string()
    }
}

impl TryFrom<String> for CallId {
    type Error = std::num::ParseIntError;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        u64::from_str_radix(&text, 16).map(Self)
    }
}

/// Numbers the exchanges of one call: what the caller says, and what is answered to it. 0 is the greeting.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct TurnId(pub u32);

impl TurnId {
    /// The turn after this one.
    pub fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

/// Names one recognition or synthesis that the call has asked for; never used twice in a call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct JobId(pub u64);

/// How a caller comes in: a page has no number, which is not a number withheld.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Entrance {
    /// By telephone.
    #[default]
    Telephone,
    /// From a page of the town's site.
    Page,
}

/// How far a request has got: what its caller is told, and no more.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RequestState {
    /// It is kept, and nobody has dealt with it yet.
    #[default]
    Received,
    /// Somebody deals with it.
    InProgress,
    /// It was dealt with.
    Done,
    /// It could not be granted: the service tells why.
    Refused,
}

/// What the dialogue waits for. It tunes the patience of the end of turn, the words given to recognition and the
/// reading of what was said.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Expect {
    /// A free request.
    #[default]
    Anything,
    /// Yes or no.
    YesNo,
    /// One of two topics that we named.
    Choice,
    /// A date, said as people say it.
    Date,
    /// A time of day.
    Time,
    /// A telephone number.
    Phone,
    /// A person's name, perhaps spelled.
    Name,
    /// A number said digit by digit or in groups.
    Digits,
    /// A postal address.
    Address,
    /// An e-mail address.
    Email,
    /// A sum of money.
    Amount,
    /// One of the options of a question: its index among those of the plan that have some.
    Option(usize),
    /// A place, by its address or in the caller's own words.
    Place,
    /// A sentence or two in the caller's own words.
    Text,
    /// A message left for staff: as long as the caller likes.
    Message,
}

/// A French number of ten digits as it is dialled within France ("0465710210", "+33465710210", "0033465710210"); none where
/// it is no such number: an extension, one from abroad.
pub fn french_number(number: &str) -> Option<String> {
    let national = number.strip_prefix("+33").or_else(|| number.strip_prefix("0033"));
    let number = national.map_or(number.to_owned(), |rest| format!("0{rest}"));
    let shaped = number.len() == 10 && number.starts_with('0') && number.bytes().all(|b| b.is_ascii_digit());
    shaped.then_some(number)
}
