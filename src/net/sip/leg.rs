//! One call leg, as the application holds it: a cheap handle. The leg's own task (`actor.rs`) does the rest.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rsipstack::dialog::dialog::Dialog;
use rsipstack::dialog::invite_dialog::InviteDialog;
use rsipstack::sip::prelude::HeadersExt;
use rsipstack::sip::{Header, Method, Response, StatusCodeKind};
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;

use super::SipError;
use super::message::{abilities, answer_of, escape, sdp_type, status};
use super::server::{Stack, parse_uri};
use super::session::Session;

/// A handle on one call. Clones act on the same call; when all are dropped, the call is ended.
#[derive(Clone)]
pub struct Leg(Arc<Handle>);

/// The last one tells the leg's task that nobody cares any more.
struct Handle(Arc<Core>);

impl Drop for Handle {
    fn drop(&mut self) {
        self.0.tell(Command::Abandoned);
    }
}

impl fmt::Debug for Leg {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Leg({})", self.0.0.dialog().id().call_id)
    }
}

/// What the handles ask of the leg's task, and what the tasks around it report.
pub(super) enum Command {
    Ring,
    Accept {
        sdp: Vec<u8>,
        done: oneshot::Sender<Result<(), SipError>>,
    },
    Reject(Refusal),
    Bye {
        reason: Option<String>,
        done: Option<oneshot::Sender<()>>,
    },
    Abandoned,
    /// A REFER is about to leave.
    ReferSent,
    /// It was refused.
    ReferRefused,
    /// An offer was agreed, by either side: what our SDP is now, and how the session goes on.
    Agreed {
        sdp: Option<Vec<u8>>,
        session: Session,
    },
    /// The application has answered the peer's offer, or not.
    OfferOver,
    /// The peer does not know the call any more (481, 408).
    Gone,
    /// `Reason` of the BYE that comes.
    Farewell(String),
}

/// A final refusal of an inbound call.
#[derive(Debug)]
pub(super) struct Refusal {
    pub(super) code: u16,
    pub(super) reason: Option<String>,
    pub(super) retry_after: Option<Duration>,
}

/// What the handles and the leg's task share.
pub(super) struct Core {
    pub(super) stack: Arc<Stack>,
    pub(super) inbound: bool,
    /// Outbound calls get another one when the first attempt is refused with 422.
    dialog: Mutex<InviteDialog>,
    commands: mpsc::UnboundedSender<Command>,
    /// An offer of ours waits for its answer: one from the peer is then refused with 491 (RFC 3261, section 14.2).
    pub(super) offering: AtomicBool,
    /// An offer of the peer is at the application: ours must wait (section 14.1).
    pub(super) offered: AtomicBool,
    /// News of a transfer goes out in order, and none before the answer to the REFER that asked for it.
    pub(super) notifying: Arc<tokio::sync::Mutex<()>>,
    /// Falls when the call is over.
    pub(super) done: CancellationToken,
}

impl Core {
    pub(super) fn new(
        stack: Arc<Stack>,
        dialog: InviteDialog,
        inbound: bool,
    ) -> (Arc<Self>, mpsc::UnboundedReceiver<Command>) {
        let (commands, orders) = mpsc::unbounded_channel();
        let core = Self {
            stack,
            inbound,
            dialog: Mutex::new(dialog),
            commands,
            offering: AtomicBool::new(false),
            offered: AtomicBool::new(false),
            notifying: Arc::default(),
            done: CancellationToken::new(),
        };
        (Arc::new(core), orders)
    }

    pub(super) fn dialog(&self) -> InviteDialog {
        self.dialog.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn replace_dialog(&self, dialog: InviteDialog) {
        *self.dialog.lock().unwrap_or_else(PoisonError::into_inner) = dialog;
    }

    pub(super) fn tell(&self, command: Command) {
        self.commands.send(command).ok();
    }

    /// Where the peer wants our next requests, when it says so again (target refresh, RFC 3261, section 12.2).
    pub(super) fn refresh_target(&self, headers: &impl HeadersExt) {
        let Ok(contacts) = headers.typed_contact_headers() else {
            return;
        };
        let contact = headers.contact_header().ok().cloned();
        if let Some(first) = contacts.into_iter().next() {
            Dialog::Invite(self.dialog()).set_remote_target(first.uri, contact);
        }
    }

    /// Sends a request inside the call and waits for its final answer, whatever it is.
    async fn exchange(
        &self,
        method: Method,
        headers: Vec<Header>,
        body: Option<Vec<u8>>,
    ) -> Result<Response, SipError> {
        if self.done.is_cancelled() {
            return Err(SipError::State);
        }
        // The stack gives None when the call is not established.
        self.dialog()
            .request(method, Some(headers), body)
            .await?
            .ok_or(SipError::State)
    }

    /// Sends a request and wants a 2xx. A peer that is silent or has forgotten the call ends it.
    async fn request(&self, method: Method, headers: Vec<Header>, body: Option<Vec<u8>>) -> Result<Response, SipError> {
        let response = self.exchange(method, headers, body).await?;
        self.judge(response)
    }

    /// 2xx or an error.
    pub(super) fn judge(&self, response: Response) -> Result<Response, SipError> {
        match response.status_code.code() {
            200..300 => Ok(response),
            code @ (408 | 481) => {
                self.tell(Command::Gone);
                Err(if code == 408 {
                    SipError::Timeout
                } else {
                    SipError::Refused(code)
                })
            }
            code => Err(SipError::Refused(code)),
        }
    }

    /// Sends a re-INVITE or UPDATE with session headers, and gives its final answer. `sdp` is our offer. 491 when one
    /// of either side is under way.
    pub(super) async fn offer(
        &self,
        method: Method,
        session: Vec<Header>,
        sdp: Option<Vec<u8>>,
    ) -> Result<Response, SipError> {
        if self.offered.load(SeqCst) || self.offering.swap(true, SeqCst) {
            return Err(SipError::Refused(491));
        }
        let headers = session
            .into_iter()
            .chain(abilities())
            .chain(sdp.is_some().then(sdp_type))
            .collect();
        let result = self.exchange(method, headers, sdp).await;
        self.offering.store(false, SeqCst);
        if let Ok(response) = &result
            && response.status_code.kind() == StatusCodeKind::Successful
        {
            self.refresh_target(response);
        }
        result
    }

    /// How long to wait when both sides made an offer at one time: never as long as the peer (RFC 3261, section 14.1).
    fn glare_wait(&self) -> Duration {
        let ms = if self.inbound {
            rand::random_range(10..2000)
        } else {
            rand::random_range(2100..4000)
        };
        Duration::from_millis(ms)
    }

    /// See [`Leg::notify_refer`].
    pub(super) async fn notify_refer(&self, code: u16) -> Result<(), SipError> {
        let status = status(code);
        let state = match status.kind() {
            StatusCodeKind::Provisional => "active;expires=60",
            _ => "terminated;reason=noresource",
        };
        let headers = vec![
            Header::Event("refer".into()),
            Header::SubscriptionState(state.into()),
            Header::ContentType("message/sipfrag;version=2.0".into()),
        ];
        let body = format!("SIP/2.0 {code} {}\r\n", status.text()).into_bytes();
        self.request(Method::Notify, headers, Some(body)).await.map(drop)
    }
}

impl Leg {
    pub(super) fn new(core: Arc<Core>) -> Self {
        Self(Arc::new(Handle(core)))
    }

    fn core(&self) -> &Arc<Core> {
        &self.0.0
    }

    /// Says that we are at it (180 Ringing). Inbound only; nothing happens once answered.
    pub fn ringing(&self) {
        self.core().tell(Command::Ring);
    }

    /// Answers (200 OK) with this SDP, repeated until the ACK; [`super::LegEvent::Established`] follows.
    ///
    /// # Errors
    /// [`SipError::State`] when the call is outbound, answered or over.
    pub async fn accept(&self, sdp: Vec<u8>) -> Result<(), SipError> {
        let (done, answer) = oneshot::channel();
        self.core().tell(Command::Accept { sdp, done });
        answer.await.unwrap_or(Err(SipError::State))
    }

    /// Refuses an inbound call that is not answered yet; nothing happens later. `reason` goes into a `Reason` header.
    pub fn reject(&self, code: u16, reason: Option<&str>, retry_after: Option<Duration>) {
        let code = if (300..700).contains(&code) { code } else { 480 };
        self.core().tell(Command::Reject(Refusal {
            code,
            reason: reason.map(str::to_owned),
            retry_after,
        }));
    }

    /// Ends the call whatever its state: BYE once answered, CANCEL when we called, 480 when we were called. `reason`
    /// goes into a `Reason` header. Returns once the peer has answered, or after 5 s.
    pub async fn bye(&self, reason: Option<&str>) {
        let (done, finished) = oneshot::channel();
        self.core().tell(Command::Bye {
            reason: reason.map(str::to_owned),
            done: Some(done),
        });
        tokio::time::timeout(Duration::from_secs(5), finished).await.ok();
    }

    /// Changes the session with a re-INVITE; gives the peer's SDP answer. Tried again when both ask at one time (491).
    ///
    /// # Errors
    /// [`SipError::Refused`]: the session stays as it was. [`SipError::State`]: not established.
    pub async fn reinvite(&self, sdp: Vec<u8>) -> Result<Vec<u8>, SipError> {
        let policy = self.core().stack.session_policy();
        let mut attempts = 0;
        let response = loop {
            let sent = self
                .core()
                .offer(Method::Invite, policy.in_invite(), Some(sdp.clone()))
                .await;
            attempts += 1;
            match sent.and_then(|response| self.core().judge(response)) {
                Err(SipError::Refused(491)) if attempts < 4 => tokio::time::sleep(self.core().glare_wait()).await,
                outcome => break outcome?,
            }
        };
        self.core().tell(Command::Agreed {
            sdp: Some(sdp),
            session: policy.agreed(&response.headers),
        });
        answer_of(&response).ok_or(SipError::Refused(488))
    }

    /// Blind transfer: asks the peer to call `target` (RFC 3515). Ok: it accepted (2xx), and progress follows as
    /// [`super::LegEvent::ReferProgress`].
    ///
    /// # Errors
    /// [`SipError::Refused`] with its status: 405 and 501 mean that it cannot transfer, 603 that it will not.
    pub async fn refer(&self, target: &str, referred_by: Option<&str>) -> Result<(), SipError> {
        let uri = parse_uri(target)?;
        self.send_refer(format!("<{uri}>"), referred_by).await
    }

    /// Attended transfer: asks the peer to call `target` in place of `other`, our own call with it (RFC 3891).
    ///
    /// # Errors
    /// As [`Leg::refer`]; [`SipError::State`] when `other` is not established.
    pub async fn refer_replaces(&self, target: &str, other: &Leg, referred_by: Option<&str>) -> Result<(), SipError> {
        let uri = parse_uri(target)?;
        let replaces = other.replaces().ok_or(SipError::State)?;
        self.send_refer(format!("<{uri}?Replaces={}>", escape(&replaces)), referred_by)
            .await
    }

    async fn send_refer(&self, refer_to: String, referred_by: Option<&str>) -> Result<(), SipError> {
        let mut headers = vec![Header::ReferTo(refer_to.into())];
        if let Some(by) = referred_by {
            headers.push(Header::ReferredBy(format!("<{}>", parse_uri(by)?).into()));
        }
        self.core().tell(Command::ReferSent);
        let result = self.core().request(Method::Refer, headers, None).await;
        if result.is_err() {
            self.core().tell(Command::ReferRefused);
        }
        result.map(drop)
    }

    /// Tells the peer how the transfer that it asked goes (`message/sipfrag`); a final status ends the subscription.
    ///
    /// # Errors
    /// As every request inside a call.
    pub async fn notify_refer(&self, code: u16) -> Result<(), SipError> {
        let _in_order = self.core().notifying.lock().await;
        self.core().notify_refer(code).await
    }

    /// Sends a tone by INFO (`application/dtmf-relay`).
    ///
    /// # Errors
    /// [`SipError::Refused`] when the peer does not take tones by INFO.
    pub async fn info_dtmf(&self, signal: char, duration_ms: u32) -> Result<(), SipError> {
        let body = format!("Signal={signal}\r\nDuration={duration_ms}\r\n").into_bytes();
        let headers = vec![Header::ContentType("application/dtmf-relay".into())];
        self.core().request(Method::Info, headers, Some(body)).await.map(drop)
    }

    /// The dialog as a `Replaces` header names it to the far end (RFC 3891, section 3: the tags are the far end's
    /// view). None until the call is established.
    pub fn replaces(&self) -> Option<String> {
        let id = self.core().dialog().id();
        let whole = !id.local_tag.is_empty() && !id.remote_tag.is_empty() && !self.core().done.is_cancelled();
        whole.then(|| format!("{};to-tag={};from-tag={}", id.call_id, id.remote_tag, id.local_tag))
    }

    /// SIP `Call-ID`, to find the call in a network trace.
    pub fn sip_call_id(&self) -> String {
        self.core().dialog().id().call_id
    }
}
