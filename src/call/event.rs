//! What happened in a call: the one stream that feeds the store, the pages, the metrics, the traces and the tests.

use std::time::Duration;

use serde::{Deserialize, Serialize};

pub use super::endpoint::Judged;
pub use crate::dialogue::Left;
pub use crate::dialogue::knowledge::faithful::Unfaithful;
use crate::pii::Pii;
use crate::transfer::Outcome;
use crate::transfer::handover::News;
use crate::units::TurnId;

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum CallEvent {
    /// The call was picked up.
    Started,
    /// The caller has begun to hear this sentence.
    Said {
        /// The turn that it answers.
        turn: TurnId,
        /// Our own words, which may repeat the caller's.
        text: Pii<String>,
    },
    /// Somebody speaks over us: we have fallen silent to hear who.
    Ducked {
        /// The turn that is being answered.
        turn: TurnId,
    },
    /// It was no interruption: we go on where we were.
    WentOn {
        /// The turn that is being answered.
        turn: TurnId,
        /// What it was.
        cause: FalseAlarm,
        /// What was recognised of it.
        #[serde(default)]
        heard: Pii<String>,
    },
    /// The caller spoke over us, and we say no more.
    Interrupted {
        /// The turn that was being answered.
        turn: TurnId,
        /// What the caller heard of the sentence that they interrupted.
        #[serde(default)]
        heard: Pii<String>,
    },
    /// The caller said something.
    Heard {
        /// The turn that it opens.
        turn: TurnId,
        /// The words.
        text: Pii<String>,
        /// Mean log-probability of the words.
        log_probability: f32,
        /// The topic, or none where it was refused or is no topic.
        topic: Option<String>,
        /// Confidence of the topic, or of the best one that was refused.
        confidence: Option<f32>,
        /// The command, such as `Agent`, where it is one.
        command: Option<String>,
        /// Why the turn was judged over.
        #[serde(default)]
        judged: Judged,
    },
    /// The first sound of an answer has left.
    Answered {
        /// The turn that it answers.
        turn: TurnId,
        /// When each stage was done.
        times: TurnTimes,
    },
    /// What is said next stands in the town's knowledge.
    Cited {
        /// The passage's heading.
        passage: String,
        /// Whose words these are.
        source: Option<String>,
        /// Day of its last change.
        date: Option<chrono::NaiveDate>,
        /// The file in which it stands, and the line.
        at: String,
    },
    /// Whether what stands in the town's knowledge is said in other words.
    Rephrased {
        /// What became of them.
        #[serde(flatten)]
        outcome: Rephrasing,
    },
    /// A key was pressed.
    Tone {
        /// The key.
        key: Pii<char>,
    },
    /// The caller was silent after a question.
    Silence,
    /// The call is being passed to a service.
    TransferBegan {
        /// The service's id.
        service: String,
        /// Where it rings; several where we ring them ourselves.
        target: String,
        /// What whoever takes it is told, before anything rings.
        #[serde(default)]
        about: Pii<String>,
    },
    /// What happened at one of the telephones that we ring.
    Clerk {
        /// Where it rings.
        target: String,
        /// What happened.
        #[serde(flatten)]
        news: News,
    },
    /// A clerk begins to hear what the call is about.
    ToldClerk {
        /// Our own words, which may repeat the caller's.
        text: Pii<String>,
    },
    /// The caller waits for somebody of a service, who is rung when their turn comes.
    Queued {
        /// The service's id.
        service: String,
        /// Their place, from 1.
        position: usize,
        /// How long it may take.
        wait_ms: u64,
    },
    /// Their place, or how long it may take, has changed.
    Moved {
        /// Their place, from 1.
        position: usize,
        /// How long it may take.
        wait_ms: u64,
    },
    /// They wait no more.
    Unqueued {
        /// The service's id.
        service: String,
        /// Why.
        how: Left,
        /// How long they have waited.
        waited_ms: u64,
    },
    /// The caller and a clerk speak with each other through us. Nothing of it is recognised.
    Bridged {
        /// Where the clerk is.
        target: String,
        /// Who it is, where they said so.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        clerk: Option<Pii<String>>,
    },
    /// A clerk takes the call over from us.
    TakenOver {
        /// Who.
        clerk: Pii<String>,
    },
    /// A supervisor begins to listen to the call, or listens no more.
    Listening {
        /// Who.
        who: Pii<String>,
        /// Whether they begin.
        begins: bool,
    },
    /// The telephone system would not connect them without us: they go on speaking through us.
    JoinRefused {
        /// Status of its refusal.
        code: u16,
    },
    /// They speak through us no more.
    BridgeEnded {
        /// Why.
        by: BridgeEnd,
        /// How long they spoke.
        length_ms: u64,
    },
    /// And this is how that ended.
    TransferEnded {
        /// The service's id.
        service: String,
        /// Its outcome.
        outcome: Outcome,
    },
    /// What becomes of the recording of what two people say to each other.
    Recording {
        /// What.
        #[serde(flatten)]
        news: RecordingNews,
    },
    /// A message is on disk.
    MessageKept {
        /// The service's id.
        service: String,
        /// Its length.
        length_ms: u64,
    },
    /// A message could not be written.
    MessageLost {
        /// The service's id.
        service: String,
    },
    /// A request is on disk.
    RequestKept {
        /// The form's id.
        form: String,
        /// What the caller is told to name it by.
        reference: String,
    },
    /// A request could not be written.
    RequestLost {
        /// The form's id.
        form: String,
    },
    /// A stage failed; the call went on.
    Failed {
        /// What failed, in French.
        what: String,
    },
    /// The call is over.
    Ended {
        /// Why.
        reason: EndReason,
    },
}

/// What became of other words for what the town has written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Rephrasing {
    /// They are said.
    Said,
    /// They are the same.
    Same,
    /// They say something else, and are not said.
    Unfaithful {
        /// Why.
        why: Unfaithful,
    },
    /// They came too late.
    Late,
    /// There are none.
    Failed {
        /// Why, in French; nothing that was said.
        what: String,
    },
}

/// What becomes of the recording of a conversation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "recording", rename_all = "snake_case")]
pub enum RecordingNews {
    /// Both have heard that it is recorded, and it is from now on.
    Begins {
        /// The service's id.
        service: String,
    },
    /// They part.
    Ends {
        /// How long it is.
        length_ms: u64,
    },
    /// The clerk has stopped it; what there was is kept.
    Stopped {
        /// How long it is.
        length_ms: u64,
    },
    /// The caller has refused it: nothing of it is kept.
    Refused,
    /// It could not be begun, or not be written any more.
    Failed {
        /// Why, in French.
        what: String,
    },
}

/// What made us fall silent for nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FalseAlarm {
    /// A cough, a door, music: no words.
    Noise,
    /// "Oui oui", "d'accord".
    Backchannel,
}

/// Why a call ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EndReason {
    /// The caller hung up.
    Caller,
    /// All was said.
    Finished,
    /// A person has the call.
    Transferred,
    /// Nothing arrived any more.
    MediaLost,
    /// Longer than a call may be.
    TooLong,
    /// The software is shutting down, or failed.
    Stopped,
}

/// Why two people speak through us no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BridgeEnd {
    /// The caller hung up.
    Caller,
    /// The clerk hung up.
    Clerk,
    /// The clerk has given the caller back to us.
    GivenBack,
    /// Nothing arrived from the caller any more.
    CallerLost,
    /// Nothing arrived from the clerk any more.
    ClerkLost,
    /// The telephone system has connected them without us.
    Joined,
    /// The clerk has passed the caller on to somebody else.
    PassedOn,
    /// Longer than two people may speak through us.
    TooLong,
    /// The software is shutting down, or failed.
    Stopped,
}

/// When each stage of a turn was done, in milliseconds after the caller's last speech sample came in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TurnTimes {
    /// The pause was noticed, and recognition asked.
    pub paused: u64,
    /// The words were there.
    pub recognised: u64,
    /// The turn was judged over.
    pub over: u64,
    /// The first sound of the answer left: the response time.
    pub answered: u64,
    /// Of this, decoding took.
    pub stt: u64,
    /// Understanding took, in microseconds.
    pub understand_us: u64,
    /// Waiting for a sentence to be rendered took.
    pub synthesis: u64,
}

/// A part of the time between the caller's last sound and ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Until the pause was noticed.
    Pause,
    /// Until a decoder was free.
    Queue,
    /// Until the words were there.
    Decoding,
    /// Until the turn was judged over.
    EndOfTurn,
    /// Until the answer's first sound left.
    Voice,
}

impl TurnTimes {
    /// The stages in their order and how long each took, in ms; together [`answered`](Self::answered).
    pub fn stages(&self) -> [(Stage, u64); 5] {
        let recognised = self.recognised.max(self.paused);
        let over = self.over.max(recognised);
        let decoding = self.stt.min(recognised - self.paused);
        [
            (Stage::Pause, self.paused),
            (Stage::Queue, recognised - self.paused - decoding),
            (Stage::Decoding, decoding),
            (Stage::EndOfTurn, over - recognised),
            (Stage::Voice, self.answered.saturating_sub(over)),
        ]
    }
}

pub(super) fn ms(duration: Duration) -> u64 {
    duration.as_millis() as u64
}
