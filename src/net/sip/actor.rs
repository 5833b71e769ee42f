//! The task that lives as long as one call: it turns what the SIP stack says into [`LegEvent`]s, obeys the handles, and
//! keeps the timers (session, transfer, missing ACK).
//!
//! ```text
//! SIP stack ── DialogState ──►┐
//! handles ──── Command ──────►├─ Actor ──► LegEvent ──► application
//! clock ────── deadlines ────►┘
//! ```

mod clock;
mod inside;
mod outcome;

use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use rsipstack::dialog::dialog::DialogState;
use rsipstack::dialog::invitation::{InviteAsyncResult, InviteOption};
use rsipstack::sip::Request;
use tokio::sync::{OwnedSemaphorePermit, mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep_until};

use self::clock::{Clockwork, Refreshed};
use super::SipError;
use super::event::{EndedBy, LegEvent};
use super::leg::{Command, Core, Refusal};
use super::message::{abilities, answer_of, has_token, reason_header, sdp_type};
use super::session::{Policy, Session};

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
    /// The answer to our offer that came before anybody picked up; that of who does need not repeat it.
    early: Option<Vec<u8>>,
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
            early: None,
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
        match self.invite.take() {
            // We gave up, and the peer has still to say so (487), or that it had just picked up: until then the stack holds
            // the call, and it counts.
            Some(invite) => {
                let core = core.clone();
                core.stack.clone().tasks.spawn(async move {
                    invite.await.ok();
                    core.stack.forget(&core);
                });
            }
            None => core.stack.forget(&core),
        }
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
        if let Err(mpsc::error::TrySendError::Full(_)) = self.events.try_send(event) {
            // Not the event itself: it may be a key that the caller pressed.
            tracing::warn!("l'application ne lit plus les événements de l'appel");
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
                self.core.offered.store(false, std::sync::atomic::Ordering::SeqCst);
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
        self.core.stack.tasks.spawn(async move {
            dialog.cancel().await.ok();
            // Answered, and we have not heard of it yet: nothing was left to cancel, and whoever has picked up must not wait.
            if dialog.state().is_confirmed() {
                dialog.bye().await.ok();
            }
        });
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
                    Some(sdp) => {
                        self.early = Some(sdp.clone());
                        self.emit(LegEvent::EarlyMedia { sdp });
                    }
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
                self.informed(&request, handle);
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
