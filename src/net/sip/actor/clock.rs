//! The timers of a call: session (RFC 4028), transfer, missing ACK, ringing.

use std::sync::Arc;
use std::time::Duration;

use rsipstack::sip::Method;
use tokio::time::Instant;

use super::{Actor, Ending, Phase};
use crate::net::sip::event::{EndedBy, LegEvent};
use crate::net::sip::leg::Core;
use crate::net::sip::session::{Policy, Refresher, Session};

/// Session timer at work.
pub(super) struct Clockwork {
    session: Session,
    /// Refresh (ours) or give up (the peer's).
    due: Instant,
    /// Without a refresh until then, the call is dead.
    end: Instant,
}

/// What came of a refresh that we sent.
pub(super) enum Refreshed {
    Yes(Session),
    Raised(Policy),
    No,
}

impl Actor {
    pub(super) fn start(&mut self, session: Session) {
        let now = Instant::now();
        self.clockwork = Some(Clockwork {
            session,
            due: now + session.due(),
            end: now + session.interval,
        });
    }

    pub(super) fn deadline(&self) -> Option<Instant> {
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

    pub(super) fn on_deadline(&mut self) -> Option<Ending> {
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

    pub(super) fn refreshed(&mut self, outcome: Refreshed) -> Option<Ending> {
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
