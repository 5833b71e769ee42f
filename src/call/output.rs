//! What the call asks of the world, what comes back of it, and why it wants to be woken.

use std::sync::Arc;
use std::time::Duration;

use super::event::CallEvent;
use super::{Record, Ring, Wish};
use crate::audio::Pcm;
use crate::dialogue::Request;
use crate::hear::{Context, Transcript, Utterance};
use crate::pii::Pii;
use crate::speak::pace::Pace;
use crate::transfer::handover::ClerkId;
use crate::understand::Reading;
use crate::units::JobId;

/// What the call asks of the world.
#[derive(Debug)]
pub enum Output {
    /// Recognise and understand this; answer with [`super::Call::handle_heard`].
    Transcribe {
        /// Names the answer.
        job: JobId,
        /// The sound.
        utterance: Utterance,
        /// Whether the caller may yet go on, so that it can be refused when others wait for theirs.
        speculative: bool,
    },
    /// This recognition is no longer speculative: the caller waits.
    Hurry(JobId),
    /// Understand what was typed; answer with [`super::Call::handle_heard`].
    Read {
        /// Names the answer.
        job: JobId,
        /// The words.
        words: Pii<String>,
        /// What they belong to.
        context: Context,
    },
    /// Render this text; answer with [`super::Call::handle_speech`].
    Synthesize {
        /// Names the answer.
        job: JobId,
        /// Written French, one sentence or fragment.
        text: Arc<str>,
        /// How fast.
        pace: Pace,
    },
    /// Say this in other words that suit the question better; answer with [`super::Call::handle_rephrased`]. Only where
    /// [`super::Call::rephrase`] was called.
    Rephrase {
        /// Names the answer.
        job: JobId,
        /// What the caller asked.
        question: Pii<String>,
        /// What the town has written.
        passage: Arc<str>,
    },
    /// Nobody waits for this job any more.
    Cancel(JobId),
    /// Write this message to disk; answer with [`super::Call::handle_kept`].
    Keep {
        /// Names the answer.
        job: JobId,
        /// For which service (index in the plan).
        service: usize,
        /// The recording.
        audio: Pcm<16_000>,
        /// What was said before it, in lines to be read.
        about: Pii<String>,
    },
    /// Write this request to disk; answer with [`super::Call::handle_submitted`].
    Submit {
        /// Names the answer.
        job: JobId,
        /// What was asked for.
        request: Request,
        /// A call-back: how long its caller has waited for somebody.
        waited: Option<Duration>,
    },
    /// Look for the request of this reference; answer with [`super::Call::handle_found`].
    Look {
        /// Names the answer.
        job: JobId,
        /// As the caller said it.
        reference: String,
    },
    /// Ask the telephone system to pass the call on; report with [`super::Call::handle_transfer`], or
    /// [`super::Call::handle_refer_refused`] where it does not even try.
    Transfer {
        /// Extension or SIP address.
        target: String,
    },
    /// What becomes of the caller's place among those who wait; report with [`super::Call::handle_queue`].
    Queue(Wish),
    /// Ring somebody; report with [`super::Call::handle_clerk`].
    Ring(Ring),
    /// Tell this clerk how it went to pass the call on ([`super::ClerkSignal::Refers`]), by a status of RFC 3261.
    Referred {
        /// Who asked.
        clerk: ClerkId,
        /// 200 where somebody else has the call.
        code: u16,
    },
    /// Stop ringing, or hang up on, this clerk: what becomes of them no longer matters.
    Release(ClerkId),
    /// Ask the telephone system to connect the caller with this clerk without us (REFER with Replaces, RFC 3891); report
    /// with [`super::Call::handle_transfer`].
    Join {
        /// Whose call with us the caller takes over.
        clerk: ClerkId,
        /// Extension or SIP address.
        target: String,
    },
    /// Write down what two people say to each other, as they say it; [`super::Call::handle_recording_lost`] tells where that
    /// cannot be.
    Record {
        /// Which recording of the call, from 1.
        number: u32,
        /// What.
        what: Record,
    },
    /// Press a key at this clerk's telephone, or at the caller's, which takes none in its sound (RFC 4733): by INFO.
    Press {
        /// None: the caller.
        clerk: Option<ClerkId>,
        /// The key.
        key: Pii<char>,
    },
    /// End the call.
    HangUp,
    /// Tell who wants to know.
    Event(CallEvent),
}

/// What recognition and understanding made of an utterance.
#[derive(Clone, Debug, Default)]
pub struct Understood {
    /// What was heard in its sound.
    pub transcript: Transcript,
    /// All the words of the turn.
    pub words: Pii<String>,
    /// Their meaning.
    pub reading: Reading,
    /// Time that understanding took.
    pub took: Duration,
}

/// Mean log-probability below which words that tell us nothing are listened to again.
const DOUBTFUL: f32 = -0.3;

impl Understood {
    /// Whether listening again may tell us more: the words mean nothing to us, and recognition was not sure of them.
    pub fn is_doubtful(&self) -> bool {
        let transcript = &self.transcript;
        !self.reading.tells() && transcript.log_probability < DOUBTFUL && !transcript.text.reveal().is_empty()
    }
}

/// Why the call wants to be woken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// The next 20 ms are due.
    Frame,
    /// Nobody spoke after a question.
    Silence,
    /// Recognition is slow.
    Slow,
    /// A transfer was not reported on, or somebody's telephone has rung for long enough.
    Transfer,
    /// Who waits is told their place, or has waited for too long.
    Queue,
    /// The call has lasted too long.
    TooLong,
}
