//! What a call tells the application, and what the application answers.

use std::net::SocketAddr;

use tokio::sync::{mpsc, oneshot};

use super::Leg;
use crate::pii::Pii;

/// Transport that a request came by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    /// Datagrams.
    Udp,
    /// A stream.
    Tcp,
    /// An encrypted stream.
    Tls,
}

/// A call that passed every check and waits for an answer: [`Leg::ringing`], then [`Leg::accept`] or [`Leg::reject`].
/// Dropping it without either refuses it (480).
#[derive(Debug)]
pub struct Incoming {
    /// User part of the request URI: the number or name that was called. May be empty.
    pub called_user: String,
    /// Host of the request URI.
    pub called_host: String,
    /// URI of `From`.
    pub caller_uri: Pii<String>,
    /// User part of that URI: the caller's number; None when the caller is anonymous.
    pub caller_number: Option<Pii<String>>,
    /// Display name of `From`.
    pub caller_display: Option<Pii<String>>,
    /// URI of `P-Asserted-Identity` (RFC 3325): what the operator vouches for.
    pub asserted_identity: Option<Pii<String>>,
    /// User who was called first, when the call was diverted to us (`Diversion`, RFC 5806, or `History-Info`, RFC 7044).
    pub diverted_from: Option<Pii<String>>,
    /// SIP `Call-ID`, to find the call in a network trace.
    pub sip_call_id: String,
    /// Address that the request really came from.
    pub source: SocketAddr,
    /// And its transport.
    pub transport: Transport,
    /// SDP offer. None: the caller wants ours in the answer, and sends the answer in its ACK
    /// ([`LegEvent::Established`]).
    pub offer: Option<Vec<u8>>,
    /// The call, to act upon.
    pub leg: Leg,
    /// What happens to it.
    pub events: mpsc::Receiver<LegEvent>,
}

/// What happens to a call, in order. [`LegEvent::Ended`] comes exactly once and last.
#[derive(Debug)]
pub enum LegEvent {
    /// Outbound: the far end rings (180, or 183 and others without SDP).
    Ringing {
        /// Its response.
        code: u16,
    },
    /// Outbound: sound before the answer (183 with SDP).
    EarlyMedia {
        /// SDP answer, perhaps provisional.
        sdp: Vec<u8>,
    },
    /// Outbound: the call is answered; our ACK is sent.
    Answered {
        /// SDP answer.
        sdp: Vec<u8>,
    },
    /// Inbound: our answer is acknowledged.
    Established {
        /// SDP answer to our offer, when the caller sent none (delayed offer).
        answer: Option<Vec<u8>>,
    },
    /// The peer changes the session: hold, resume, other codecs, other addresses.
    Reoffer(Reoffer),
    /// The ACK of a re-INVITE without SDP: the answer to the offer that we gave in [`Reoffer`].
    ReofferAnswer {
        /// SDP answer.
        sdp: Vec<u8>,
    },
    /// A tone sent by INFO.
    Dtmf {
        /// `0`–`9`, `*`, `#`, `A`–`D`.
        signal: char,
        /// Length in milliseconds; 160 when the peer says none.
        duration_ms: u32,
    },
    /// How the transfer asked by [`Leg::refer`] goes (RFC 3515, section 2.4.4).
    ReferProgress {
        /// Status that the far end meets: 100, 180, 200, 486 … ; 408 when the peer stays silent too long, 500 when it
        /// ends the subscription without a word. Less than 200 with `last`: it will not tell how it ended.
        code: u16,
        /// No other progress will come.
        last: bool,
    },
    /// The peer asks us to call somebody else (RFC 3515). Dropping it refuses (603).
    ReferRequested(ReferRequest),
    /// The call is over. Nothing follows.
    Ended {
        /// Who or what ended it.
        by: EndedBy,
        /// Final status of an unanswered call.
        code: Option<u16>,
        /// Text of the `Reason` header (RFC 3326), when the peer gives one.
        reason: Option<String>,
    },
}

/// Who or what ended a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndedBy {
    /// The peer's BYE.
    Remote,
    /// [`Leg::bye`], or all handles dropped.
    Local,
    /// The caller gave up before the answer (CANCEL), or we did ([`Leg::bye`] on a call that rings).
    Cancelled,
    /// Inbound: [`Leg::reject`]. Outbound: a final refusal, in `code`.
    Rejected,
    /// No answer to our INVITE or to a request inside the call.
    Timeout,
    /// The caller never acknowledged our answer (64·T1).
    NoAck,
    /// The peer did not refresh the session (RFC 4028, section 10).
    SessionExpired,
}

/// A re-INVITE or an UPDATE (RFC 3311). Dropping it refuses (488): the session stays as it was.
#[derive(Debug)]
pub struct Reoffer {
    /// SDP offer. None (re-INVITE only): answer with our offer; its answer comes as [`LegEvent::ReofferAnswer`].
    pub sdp: Option<Vec<u8>>,
    pub(super) reply: oneshot::Sender<Result<Vec<u8>, u16>>,
}

impl Reoffer {
    /// Answers 200 with this SDP.
    pub fn accept(self, sdp: Vec<u8>) {
        self.reply.send(Ok(sdp)).ok();
    }

    /// Refuses with this status (488 Not Acceptable Here, 491 …).
    pub fn reject(self, code: u16) {
        self.reply.send(Err(code)).ok();
    }
}

/// A REFER from the peer.
#[derive(Debug)]
pub struct ReferRequest {
    /// URI to call.
    pub target: Pii<String>,
    /// `Replaces` of that URI, decoded: the call to take over (RFC 3891).
    pub replaces: Option<String>,
    pub(super) reply: oneshot::Sender<u16>,
}

impl ReferRequest {
    /// Accepts (202). Tell how it goes with [`Leg::notify_refer`].
    pub fn accept(self) {
        self.reply.send(202).ok();
    }

    /// Refuses with this status (603 Decline …).
    pub fn reject(self, code: u16) {
        self.reply.send(code).ok();
    }
}
