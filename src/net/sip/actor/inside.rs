//! What the peer asks inside a call: other offers, tones, news of a transfer, a transfer of its own.

use std::sync::atomic::Ordering::SeqCst;
use std::time::Duration;

use rsipstack::dialog::dialog::TransactionHandle;
use rsipstack::sip::prelude::HeadersExt;
use rsipstack::sip::{Header, Method, Request};
use tokio::sync::oneshot;
use tokio::time::{Instant, timeout};

use super::Actor;
use crate::net::sip::event::{LegEvent, ReferRequest, Reoffer};
use crate::net::sip::leg::Command;
use crate::net::sip::message::{
    abilities, dtmf_of, header, name_addr, sdp_of, sdp_type, sipfrag_status, status, unescape,
};
use crate::net::sip::policy::first_step;
use crate::net::sip::session::TooSmall;

/// Time in which an answer is on its way.
const AFTER_ANSWER: Duration = Duration::from_millis(50);

/// The application has so long to answer an offer or a request for transfer.
const PATIENCE: Duration = Duration::from_secs(20);

impl Actor {
    /// The ACK of a re-INVITE that had no offer.
    pub(super) fn late_answer(&mut self) {
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
    pub(super) fn offer(&mut self, request: Request, handle: TransactionHandle) {
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
            match timeout(PATIENCE, answer).await {
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
    pub(super) fn notified(&mut self, request: &Request, handle: TransactionHandle) {
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
    pub(super) fn referred(&mut self, request: &Request, handle: TransactionHandle) {
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
        let first = self.core.notifying.clone().try_lock_owned();
        self.emit(LegEvent::ReferRequested(ReferRequest {
            target: target.to_string().into(),
            replaces,
            reply,
        }));
        let core = self.core.clone();
        self.core.stack.tasks.spawn(async move {
            let code = timeout(PATIENCE, answer).await.ok().and_then(Result::ok).unwrap_or(603);
            handle.respond(status(code), None, None).await.ok();
            if code == 202 {
                // The stack sends an answer on a task of its own: what follows must not overtake it.
                tokio::time::sleep(AFTER_ANSWER).await;
                // Section 2.4.4: a first NOTIFY at once.
                core.notify_refer(100).await.ok();
            }
            drop(first);
        });
    }

    pub(super) fn respond(&self, handle: TransactionHandle, code: u16, headers: Vec<Header>, body: Option<Vec<u8>>) {
        let work = async move { drop(handle.respond(status(code), Some(headers), body).await) };
        // The queue of a fresh transaction has room: this is done at once, before the application hears of the request.
        first_step(std::pin::pin!(work));
    }

    /// INFO: a tone, a keep-alive of some PBXs (empty), or something that we do not know.
    pub(super) fn informed(&mut self, request: &Request, handle: TransactionHandle) {
        let tone = dtmf_of(request);
        let code = if tone.is_some() || request.body.is_empty() {
            200
        } else {
            415
        };
        self.respond(handle, code, vec![], None);
        if let Some((signal, duration_ms)) = tone {
            self.emit(LegEvent::Dtmf { signal, duration_ms });
        }
    }
}
