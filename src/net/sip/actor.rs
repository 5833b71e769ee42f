//! The task that lives as long as one call: it turns what the SIP stack says into [`LegEvent`]s, obeys the handles, and
//! keeps the timers (session, transfer, missing ACK).
//!
//! ```text
//! SIP stack ── DialogState ──►┐
//! handles ──── Command ──────►├─ Actor ──► LegEvent ──► application
//! clock ────── deadlines ────►┘
//! ```

use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::Ordering::SeqCst;
use std::time::Duration;

use rsipstack::dialog::dialog::{DialogState, TerminatedReason, TransactionHandle};
use rsipstack::dialog::invitation::{InviteAsyncResult, InviteOption};
use rsipstack::sip::prelude::HeadersExt;
use rsipstack::sip::{Header, Method, Request, Response};
use tokio::sync::{OwnedSemaphorePermit, mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep_until, timeout};

use super::SipError;
use super::event::{EndedBy, LegEvent, ReferRequest, Reoffer};
use super::leg::{Command, Core, Refusal};
use super::message::{
    abilities, answer_of, dtmf_of, has_token, header, name_addr, reason, reason_header, sdp_of, sdp_type,
    sipfrag_status, status, unescape,
};
use super::policy::first_step;
use super::session::{Policy, Refresher, Session, TooSmall};

/// The application has so long to answer an offer inside a call.
const OFFER_PATIENCE: Duration = Duration::from_secs(20);

/// How far the call is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// Not answered.
    Ringing,
    /// Inbound: our 200 waits for its ACK.
    Answered,
    /// Both sides agree.
    Established,
}

/// How it ends.
struct Ending {
    by: EndedBy,
    code: Option<u16>,
    reason: Option<String>,
}

impl Ending {
    fn by(by: EndedBy) -> Self {
        Self {
            by,
            code: None,
            reason: None,
        }
    }
}

/// Session timer at work.
struct Clockwork {
    session: Session,
    /// Refresh (ours) or give up (the peer's).
    due: Instant,
    /// Without a refresh until then, the call is dead.
    end: Instant,
}

/// What came of a refresh that we sent.
enum Refreshed {
    Yes(Session),
    Raised(Policy),
    No,
}

/// What the task needs at birth.
pub(super) struct Birth {
    pub(super) core: Arc<Core>,
    pub(super) commands: mpsc::UnboundedReceiver<Command>,
    pub(super) states: mpsc::UnboundedReceiver<DialogState>,
    pub(super) events: mpsc::Sender<LegEvent>,
}

/// The task.
pub(super) struct Actor {
    core: Arc<Core>,
    commands: mpsc::UnboundedReceiver<Command>,
    states: mpsc::UnboundedReceiver<DialogState>,
    events: mpsc::Sender<LegEvent>,
    /// Kept free for [`LegEvent::Ended`], which must never be lost.
    last: Option<mpsc::OwnedPermit<LegEvent>>,
    phase: Phase,
    policy: Policy,
    /// Inbound: agreed at the INVITE, starts with our answer.
    agreed: Option<Session>,
    clockwork: Option<Clockwork>,
    refreshing: Option<JoinHandle<Refreshed>>,
    /// The peer takes UPDATE: it is lighter than a re-INVITE.
    update: bool,
    sdp: Option<Vec<u8>>,
    /// The caller sent no offer: its answer comes in the ACK.
    delayed: bool,
    /// It insists on reliable provisional responses (RFC 3262): we then send none, and answer directly.
    silent_until_answer: bool,
    /// CSeq of a re-INVITE whose ACK brings an answer.
    answer_in_ack: Option<u32>,
    refer: Option<Instant>,
    hanging_up: Option<(Instant, Option<String>)>,
    farewell: Option<String>,
    waiting: Vec<oneshot::Sender<()>>,
    /// Inbound: refuses the INVITE.
    refuse: Option<oneshot::Sender<Refusal>>,
    /// Outbound: the INVITE under way, and when to give up.
    invite: Option<JoinHandle<InviteAsyncResult>>,
    /// How to place it again.
    option: Option<Box<InviteOption>>,
    ring_until: Option<Instant>,
    _slot: Option<OwnedSemaphorePermit>,
}

impl Actor {
    fn new(birth: Birth, phase: Phase) -> Self {
        let policy = birth.core.stack.session_policy();
        let last = birth.events.clone().try_reserve_owned().ok();
        Self {
            core: birth.core,
            commands: birth.commands,
            states: birth.states,
            events: birth.events,
            last,
            phase,
            policy,
            agreed: None,
            clockwork: None,
            refreshing: None,
            update: false,
            sdp: None,
            delayed: false,
            silent_until_answer: false,
            answer_in_ack: None,
            refer: None,
            hanging_up: None,
            farewell: None,
            waiting: Vec::new(),
            refuse: None,
            invite: None,
            option: None,
            ring_until: None,
            _slot: None,
        }
    }

    /// A call that came in.
    pub(super) fn inbound(
        birth: Birth,
        request: &Request,
        session: Session,
        refuse: oneshot::Sender<Refusal>,
        slot: OwnedSemaphorePermit,
    ) -> Self {
        Self {
            agreed: Some(session),
            update: has_token(&request.headers, "Allow", "UPDATE"),
            delayed: request.body.is_empty(),
            silent_until_answer: has_token(&request.headers, "Require", "100rel"),
            refuse: Some(refuse),
            _slot: Some(slot),
            ..Self::new(birth, Phase::Ringing)
        }
    }

    /// A call that we place.
    pub(super) fn outbound(
        birth: Birth,
        option: InviteOption,
        sdp: Vec<u8>,
        invite: JoinHandle<InviteAsyncResult>,
        ring_timeout: Option<Duration>,
    ) -> Self {
        Self {
            sdp: Some(sdp),
            option: Some(Box::new(option)),
            invite: Some(invite),
            ring_until: ring_timeout.map(|limit| Instant::now() + limit),
            ..Self::new(birth, Phase::Ringing)
        }
    }

    /// Lives until the call ends.
    pub(super) async fn run(mut self) {
        let ending = loop {
            let deadline = self.deadline();
            let ended = tokio::select! {
                biased;
                command = self.commands.recv() => match command {
                    Some(command) => self.obey(command),
                    None => Some(Ending::by(EndedBy::Local)),
                },
                state = self.states.recv() => match state {
                    Some(state) => self.observe(state),
                    None => Some(Ending::by(EndedBy::Timeout)),
                },
                outcome = joined(&mut self.invite) => self.invited(outcome),
                outcome = joined(&mut self.refreshing) => self.refreshed(outcome.unwrap_or(Refreshed::No)),
                () = at(deadline) => self.on_deadline(),
            };
            if let Some(ending) = ended {
                break ending;
            }
        };
        self.finish(ending);
    }

    fn finish(mut self, ending: Ending) {
        let core = self.core;
        // A peer that still waits for an answer to its INVITE gets one, whatever happened.
        if let Some(refuse) = self.refuse.take() {
            refuse
                .send(Refusal {
                    code: 487,
                    reason: None,
                    retry_after: None,
                })
                .ok();
        }
        core.stack.forget(&core);
        core.done.cancel();
        let event = LegEvent::Ended {
            by: ending.by,
            code: ending.code,
            reason: ending.reason.or(self.farewell),
        };
        match self.last.take() {
            Some(permit) => drop(permit.send(event)),
            None => drop(self.events.try_send(event)),
        }
        drop(self.waiting);
    }

    fn emit(&self, event: LegEvent) {
        if let Err(mpsc::error::TrySendError::Full(lost)) = self.events.try_send(event) {
            tracing::warn!(?lost, "l'application ne lit plus les événements de l'appel");
        }
    }

    // ── what the handles ask ──

    fn obey(&mut self, command: Command) -> Option<Ending> {
        match command {
            Command::Ring => {
                if self.core.inbound && self.phase == Phase::Ringing && !self.silent_until_answer {
                    self.core.dialog().ringing(Some(abilities()), None).ok();
                }
                None
            }
            Command::Accept { sdp, done } => {
                done.send(self.accept(sdp)).ok();
                None
            }
            Command::Reject(refusal) => self.reject(refusal),
            Command::Bye { reason, done } => {
                self.waiting.extend(done);
                self.hang_up(reason)
            }
            Command::Abandoned => self.hang_up(None),
            Command::ReferSent => {
                self.refer = Some(Instant::now() + self.core.stack.config.refer_timeout);
                None
            }
            Command::ReferRefused => {
                self.refer = None;
                None
            }
            Command::Agreed { sdp, session } => {
                self.sdp = sdp.or(self.sdp.take());
                self.start(session);
                None
            }
            Command::OfferOver => {
                self.core.offered.store(false, SeqCst);
                None
            }
            Command::Gone => {
                self.say_bye(None);
                Some(Ending::by(EndedBy::Timeout))
            }
            Command::Farewell(text) => {
                self.farewell = Some(text);
                None
            }
        }
    }

    fn accept(&mut self, sdp: Vec<u8>) -> Result<(), SipError> {
        if !self.core.inbound || self.phase != Phase::Ringing || self.hanging_up.is_some() {
            return Err(SipError::State);
        }
        let session = self.agreed.take();
        let mut headers = vec![sdp_type()];
        headers.extend(abilities());
        headers.extend(session.iter().flat_map(Session::in_response));
        self.core.dialog().accept(Some(headers), Some(sdp.clone()))?;
        self.phase = Phase::Answered;
        self.refuse = None;
        self.sdp = Some(sdp);
        if let Some(session) = session {
            self.start(session);
        }
        Ok(())
    }

    fn reject(&mut self, refusal: Refusal) -> Option<Ending> {
        if self.phase != Phase::Ringing {
            return None;
        }
        let code = refusal.code;
        self.refuse.take()?.send(refusal).ok();
        Some(Ending {
            by: EndedBy::Rejected,
            code: Some(code),
            reason: None,
        })
    }

    fn hang_up(&mut self, reason: Option<String>) -> Option<Ending> {
        match (self.phase, self.core.inbound) {
            (Phase::Ringing, true) => {
                self.refuse
                    .take()?
                    .send(Refusal {
                        code: 480,
                        reason,
                        retry_after: None,
                    })
                    .ok();
                Some(Ending {
                    by: EndedBy::Local,
                    code: Some(480),
                    reason: None,
                })
            }
            (Phase::Ringing, false) => {
                self.cancel();
                Some(Ending::by(EndedBy::Cancelled))
            }
            // RFC 3261, section 15: the callee must not send BYE before the ACK; one that is lost must not keep us long.
            (Phase::Answered, _) => {
                let limit = Instant::now() + 4 * self.core.stack.config.t1;
                self.hanging_up.get_or_insert((limit, reason));
                None
            }
            (Phase::Established, _) => {
                self.say_bye(reason);
                Some(Ending::by(EndedBy::Local))
            }
        }
    }

    fn cancel(&self) {
        let dialog = self.core.dialog();
        self.core.stack.tasks.spawn(async move { dialog.cancel().await.ok() });
    }

    /// Sends BYE on the side; who waits for it learns when it is answered.
    fn say_bye(&mut self, reason: Option<String>) {
        let dialog = self.core.dialog();
        let waiting = std::mem::take(&mut self.waiting);
        self.core.stack.tasks.spawn(async move {
            let headers = reason.map(|text| vec![reason_header(&text)]);
            dialog.bye_with_headers(headers).await.ok();
            for done in waiting {
                done.send(()).ok();
            }
        });
    }

    // ── what the stack says ──

    fn observe(&mut self, state: DialogState) -> Option<Ending> {
        match state {
            DialogState::Early(_, response) if self.phase == Phase::Ringing && !self.core.inbound => {
                match answer_of(&response) {
                    Some(sdp) => self.emit(LegEvent::EarlyMedia { sdp }),
                    None => self.emit(LegEvent::Ringing {
                        code: response.status_code.code(),
                    }),
                }
                None
            }
            DialogState::Confirmed(_, response) => match self.phase {
                Phase::Ringing => self.answered(response),
                Phase::Answered => self.acknowledged(),
                Phase::Established => {
                    self.late_answer();
                    None
                }
            },
            DialogState::Updated(_, request, handle) => {
                self.offer(request, handle);
                None
            }
            DialogState::Notify(_, request, handle) => {
                self.notified(&request, handle);
                None
            }
            DialogState::Info(_, request, handle) => {
                let tone = dtmf_of(&request);
                // An empty one is a keep-alive of some PBXs.
                let code = if tone.is_some() || request.body.is_empty() {
                    200
                } else {
                    415
                };
                self.respond(handle, code, vec![], None);
                if let Some((signal, duration_ms)) = tone {
                    self.emit(LegEvent::Dtmf { signal, duration_ms });
                }
                None
            }
            DialogState::Options(_, _, handle) => {
                self.respond(handle, 200, abilities(), None);
                None
            }
            DialogState::Refer(_, request, handle) => {
                self.referred(&request, handle);
                None
            }
            DialogState::Publish(_, _, handle) | DialogState::Message(_, _, handle) => {
                self.respond(handle, 405, abilities(), None);
                None
            }
            DialogState::Terminated(_, why) => self.terminated(why),
            DialogState::Calling(_) | DialogState::Trying(_) | DialogState::Early(..) | DialogState::WaitAck(..) => {
                None
            }
        }
    }

    /// Outbound: 200 OK. The stack has sent the ACK.
    fn answered(&mut self, response: Response) -> Option<Ending> {
        self.phase = Phase::Established;
        self.ring_until = None;
        self.update = has_token(&response.headers, "Allow", "UPDATE");
        self.start(self.policy.agreed(&response.headers));
        match answer_of(&response) {
            Some(sdp) => {
                self.emit(LegEvent::Answered { sdp });
                None
            }
            None => {
                // No answer to our offer: there is no session to speak in (RFC 3264).
                self.say_bye(Some("pas de SDP dans la réponse".to_owned()));
                Some(Ending {
                    by: EndedBy::Rejected,
                    code: Some(488),
                    reason: None,
                })
            }
        }
    }

    /// Inbound: the ACK.
    fn acknowledged(&mut self) -> Option<Ending> {
        self.phase = Phase::Established;
        if let Some((_, reason)) = self.hanging_up.take() {
            return self.hang_up(reason);
        }
        let ack = self.core.dialog().last_remote_ack().filter(|_| self.delayed);
        let answer = ack.and_then(|ack| sdp_of(&ack.headers, &ack.body));
        if self.delayed && answer.is_none() {
            self.say_bye(Some("pas de SDP dans l'ACK".to_owned()));
            return Some(Ending {
                by: EndedBy::Rejected,
                code: Some(488),
                reason: None,
            });
        }
        self.emit(LegEvent::Established { answer });
        None
    }

    /// The ACK of a re-INVITE that had no offer.
    fn late_answer(&mut self) {
        let Some(wanted) = self.answer_in_ack else { return };
        let Some(ack) = self.core.dialog().last_remote_ack() else {
            return;
        };
        if ack.cseq_header().and_then(|cseq| cseq.seq()).ok() != Some(wanted) {
            return;
        }
        self.answer_in_ack = None;
        if let Some(sdp) = sdp_of(&ack.headers, &ack.body) {
            self.emit(LegEvent::ReofferAnswer { sdp });
        }
    }

    /// A re-INVITE or an UPDATE.
    fn offer(&mut self, request: Request, handle: TransactionHandle) {
        let session = match self.policy.answer(&request.headers) {
            Ok(session) => session,
            Err(TooSmall(least)) => {
                let headers = vec![Header::MinSE(least.as_secs().to_string().into())];
                return self.respond(handle, 422, headers, None);
            }
        };
        let sdp = sdp_of(&request.headers, &request.body);
        if request.method == Method::Update && sdp.is_none() {
            // Only a sign of life.
            self.core.refresh_target(&request);
            self.start(session);
            let headers = abilities().into_iter().chain(session.in_response()).collect();
            return self.respond(handle, 200, headers, None);
        }
        if self.core.offering.load(SeqCst) {
            return self.respond(handle, 491, vec![], None);
        }
        if self.core.offered.swap(true, SeqCst) {
            return self.respond(handle, 500, vec![Header::RetryAfter("3".into())], None);
        }
        if request.method == Method::Invite && sdp.is_none() {
            self.answer_in_ack = request.cseq_header().and_then(|cseq| cseq.seq()).ok();
        }
        let (reply, answer) = oneshot::channel();
        self.emit(LegEvent::Reoffer(Reoffer { sdp, reply }));
        let core = self.core.clone();
        self.core.stack.tasks.spawn(async move {
            match timeout(OFFER_PATIENCE, answer).await {
                Ok(Ok(Ok(sdp))) => {
                    core.refresh_target(&request);
                    let headers = std::iter::once(sdp_type())
                        .chain(abilities())
                        .chain(session.in_response())
                        .collect();
                    handle.respond(status(200), Some(headers), Some(sdp.clone())).await.ok();
                    core.tell(Command::Agreed {
                        sdp: Some(sdp),
                        session,
                    });
                }
                Ok(Ok(Err(code))) => drop(handle.respond(status(code), None, None).await),
                _ => drop(handle.respond(status(488), None, None).await),
            }
            core.tell(Command::OfferOver);
        });
    }

    /// News of the transfer that we asked (RFC 3515, section 2.4.5).
    fn notified(&mut self, request: &Request, handle: TransactionHandle) {
        let event = header(&request.headers, "Event").unwrap_or("");
        let about_refer = event
            .split(';')
            .next()
            .is_some_and(|name| name.trim().eq_ignore_ascii_case("refer"));
        if self.refer.is_none() || !about_refer {
            return self.respond(handle, if about_refer { 481 } else { 489 }, vec![], None);
        }
        self.respond(handle, 200, vec![], None);
        let over = header(&request.headers, "Subscription-State")
            .is_some_and(|state| state.to_ascii_lowercase().starts_with("terminated"));
        let Some(code) = sipfrag_status(&request.body).or(over.then_some(500)) else {
            return;
        };
        let last = over || code >= 200;
        self.refer = (!last).then(|| Instant::now() + self.core.stack.config.refer_timeout);
        self.emit(LegEvent::ReferProgress { code, last });
    }

    /// The peer asks us to call somebody else.
    fn referred(&mut self, request: &Request, handle: TransactionHandle) {
        let target = request.refer_to_header().and_then(|to| name_addr(to.value()));
        let Some(mut target) = target.map(|to| to.uri) else {
            return self.respond(handle, 400, vec![], None);
        };
        let replaces = target
            .headers
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case("Replaces"));
        let replaces = replaces.map(|(_, value)| unescape(value));
        target.headers.clear();
        let (reply, answer) = oneshot::channel();
        self.emit(LegEvent::ReferRequested(ReferRequest {
            target: target.to_string().into(),
            replaces,
            reply,
        }));
        let core = self.core.clone();
        self.core.stack.tasks.spawn(async move {
            let code = timeout(OFFER_PATIENCE, answer)
                .await
                .ok()
                .and_then(Result::ok)
                .unwrap_or(603);
            handle.respond(status(code), None, None).await.ok();
            if code == 202 {
                // Section 2.4.4: a first NOTIFY at once.
                core.notify_refer(100).await.ok();
            }
        });
    }

    fn respond(&self, handle: TransactionHandle, code: u16, headers: Vec<Header>, body: Option<Vec<u8>>) {
        let work = async move { drop(handle.respond(status(code), Some(headers), body).await) };
        // The queue of a fresh transaction has room: this is done at once, before the application hears of the request.
        first_step(std::pin::pin!(work));
    }

    fn terminated(&mut self, why: TerminatedReason) -> Option<Ending> {
        let by = match (why, self.core.inbound) {
            // The outcome of an INVITE of ours is told in full by `invited`.
            (_, false) if self.phase == Phase::Ringing => return None,
            (TerminatedReason::Timeout, _) => EndedBy::NoAck,
            (TerminatedReason::UacCancel, _) => EndedBy::Cancelled,
            (TerminatedReason::UacBye, true) | (TerminatedReason::UasBye, false) => EndedBy::Remote,
            (TerminatedReason::UasBye, true) | (TerminatedReason::UacBye, false) => EndedBy::Local,
            _ => EndedBy::Timeout,
        };
        if by == EndedBy::Cancelled {
            self.refuse = None; // the stack has answered 487
        }
        Some(Ending::by(by))
    }

    /// Our INVITE has its final response, if it is not a 200 (that comes as `Confirmed`).
    fn invited(&mut self, outcome: Option<InviteAsyncResult>) -> Option<Ending> {
        if self.phase != Phase::Ringing {
            return None;
        }
        match outcome {
            Some(Ok((_, Some(response)))) => match response.status_code.code() {
                // Its `Confirmed` is already in the queue.
                200..300 => None,
                422 => match self.policy.raised(&response.headers) {
                    Some(policy) if self.option.is_some() => self.dial_again(policy),
                    _ => Some(rejected(422, reason(&response.headers))),
                },
                408 => Some(Ending {
                    by: EndedBy::Timeout,
                    code: Some(408),
                    reason: None,
                }),
                487 => Some(Ending {
                    by: EndedBy::Cancelled,
                    code: Some(487),
                    reason: None,
                }),
                code => Some(rejected(code, reason(&response.headers))),
            },
            Some(Ok((_, None))) | None => Some(Ending::by(EndedBy::Timeout)),
            Some(Err(error)) => {
                let reason = Some(SipError::from(error).to_string());
                Some(Ending {
                    by: EndedBy::Timeout,
                    code: None,
                    reason,
                })
            }
        }
    }

    /// RFC 4028, section 7.4: the same call again, with the interval that the far end wants.
    fn dial_again(&mut self, policy: Policy) -> Option<Ending> {
        self.policy = policy;
        let option = self.option.take()?; // once
        match self
            .core
            .stack
            .invite(*option, policy, self.sdp.clone().unwrap_or_default())
        {
            Ok((dialog, states, invite)) => {
                self.core.stack.rename(&self.core, dialog);
                self.states = states;
                self.invite = Some(invite);
                None
            }
            Err(error) => Some(Ending {
                by: EndedBy::Timeout,
                code: None,
                reason: Some(error.to_string()),
            }),
        }
    }

    // ── timers ──

    fn start(&mut self, session: Session) {
        let now = Instant::now();
        self.clockwork = Some(Clockwork {
            session,
            due: now + session.due(),
            end: now + session.interval,
        });
    }

    fn deadline(&self) -> Option<Instant> {
        let refresh = self
            .clockwork
            .as_ref()
            .filter(|_| self.refreshing.is_none())
            .map(|clock| clock.due);
        let hanging = self.hanging_up.as_ref().map(|(limit, _)| *limit);
        [refresh, hanging, self.refer, self.ring_until]
            .into_iter()
            .flatten()
            .min()
    }

    fn on_deadline(&mut self) -> Option<Ending> {
        let now = Instant::now();
        if let Some((_, reason)) = self.hanging_up.take_if(|(limit, _)| *limit <= now) {
            self.say_bye(reason);
            return Some(Ending::by(EndedBy::Local));
        }
        if self.ring_until.is_some_and(|limit| limit <= now) {
            self.cancel();
            return Some(Ending {
                by: EndedBy::Timeout,
                code: Some(408),
                reason: None,
            });
        }
        if self.refer.take_if(|limit| *limit <= now).is_some() {
            self.emit(LegEvent::ReferProgress { code: 408, last: true });
        }
        let clock = self
            .clockwork
            .as_ref()
            .filter(|clock| clock.due <= now && self.refreshing.is_none())?;
        if clock.session.refresher == Refresher::Peer || clock.end <= now {
            self.say_bye(Some("session expirée".to_owned()));
            return Some(Ending::by(EndedBy::SessionExpired));
        }
        if self.phase != Phase::Established {
            return self.postpone();
        }
        let (core, session, policy) = (self.core.clone(), clock.session, self.policy);
        let (update, sdp) = (self.update, self.sdp.clone());
        self.refreshing = Some(tokio::spawn(refresh(core, session, policy, update, sdp)));
        None
    }

    fn refreshed(&mut self, outcome: Refreshed) -> Option<Ending> {
        match outcome {
            Refreshed::Yes(session) => self.start(session),
            Refreshed::Raised(policy) => {
                self.policy = policy;
                if let Some(clock) = &mut self.clockwork {
                    clock.session.interval = policy.wanted;
                    clock.due = Instant::now();
                }
            }
            Refreshed::No => {
                // The peer refuses UPDATE after all, perhaps.
                self.update = false;
                return self.postpone();
            }
        }
        None
    }

    /// Tries the refresh again half-way to the end.
    fn postpone(&mut self) -> Option<Ending> {
        let clock = self.clockwork.as_mut()?;
        let left = clock.end.saturating_duration_since(Instant::now());
        clock.due = Instant::now() + (left / 2).max(Duration::from_millis(200));
        None
    }
}

fn rejected(code: u16, reason: Option<String>) -> Ending {
    Ending {
        by: EndedBy::Rejected,
        code: Some(code),
        reason,
    }
}

/// Shows the peer that we are alive: UPDATE without SDP when it takes it, else a re-INVITE with the same SDP
/// (RFC 4028, section 7.4).
async fn refresh(core: Arc<Core>, session: Session, policy: Policy, update: bool, sdp: Option<Vec<u8>>) -> Refreshed {
    let (method, sdp) = if update {
        (Method::Update, None)
    } else {
        (Method::Invite, sdp)
    };
    let Ok(response) = core.offer(method, session.in_refresh(policy), sdp).await else {
        return Refreshed::No;
    };
    match response.status_code.code() {
        200..300 => Refreshed::Yes(policy.agreed(&response.headers)),
        422 => policy
            .raised(&response.headers)
            .map_or(Refreshed::No, Refreshed::Raised),
        _ => {
            core.judge(response).ok(); // 408 and 481 end the call
            Refreshed::No
        }
    }
}

/// The outcome of a task, once; waits for ever when there is none.
async fn joined<T>(task: &mut Option<JoinHandle<T>>) -> Option<T> {
    match task {
        Some(handle) => {
            let outcome = handle.await.ok();
            *task = None;
            outcome
        }
        None => pending().await,
    }
}

async fn at(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => sleep_until(deadline).await,
        None => pending().await,
    }
}
