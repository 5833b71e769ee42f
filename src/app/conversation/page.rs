//! A caller on a web page: sound through the browser, where there is a microphone; typed words, keys and captions in any
//! case.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::Interval;
use tracing::Instrument;

use super::caller::{Caller, Came};
use super::{Refusal, Taken, converse};
use crate::app::App;
use crate::app::visits::{Caption, Request, Seat};
use crate::call::event::{CallEvent, EndReason};
use crate::net::webrtc::Peer;
use crate::units::CallId;

/// How often we look whether anybody reads a call without sound, …
const LOOK: Duration = Duration::from_secs(5);
/// … and how often in vain before its caller is gone. A page that lost its connection comes back within seconds.
const GONE: u32 = 4;

/// A web page.
pub(super) struct Page {
    /// The sound; none: the caller types and reads.
    peer: Option<Peer>,
    seat: Seat,
    look: Interval,
    unread: u32,
}

/// Takes a call from a page and leads it to its end. The answer to the offer is sent back as soon as there is one; the call
/// begins once the sound is through.
pub(in crate::app) async fn welcome(
    app: Arc<App>,
    seat: Seat,
    called: String,
    offer: Option<String>,
    from: std::net::IpAddr,
    answered: oneshot::Sender<Result<Option<String>, Refusal>>,
) {
    let id = CallId::random();
    let span = tracing::info_span!("call", call_id = %id);
    async move {
        let connected = connect(&app, &seat, offer, from, answered).await;
        let Some(peer) = connected else { return };
        let Some(town) = app.town(&called).cloned() else { return };
        let agreed = peer.as_ref().map(|peer| peer.agreed().clone());
        let page = Page {
            peer,
            seat,
            look: tokio::time::interval(LOOK),
            unread: 0,
        };
        let taken = Taken {
            id,
            town,
            called,
            number: None,
            agreed,
            extensions: app.extensions(),
            caller: Caller::Page(Box::new(page)),
        };
        if let Err(refusal) = converse(&app, taken).await {
            tracing::warn!(code = refusal.0, "appel refusé : {}", refusal.1);
        }
    }
    .instrument(span)
    .await;
}

/// Answers the offer and waits for the sound; none where the call ends before it has begun.
async fn connect(
    app: &App,
    seat: &Seat,
    offer: Option<String>,
    from: std::net::IpAddr,
    answered: oneshot::Sender<Result<Option<String>, Refusal>>,
) -> Option<Option<Peer>> {
    let Some(offer) = offer else {
        return answered.send(Ok(None)).is_ok().then_some(None);
    };
    let peer = Peer::answer(&offer, &app.ice(from)).await;
    let (mut peer, answer) = match peer {
        Ok(answer) => answer,
        Err(error) => {
            tracing::info!(%error, "offre SDP refusée");
            let _ = answered.send(Err(Refusal(400, "offre SDP refusée")));
            return None;
        }
    };
    answered.send(Ok(Some(answer))).ok()?;
    tokio::select! {
        connected = peer.connected() => {
            if !connected {
                tracing::info!("le son n'est pas passé");
            }
            connected.then_some(Some(peer))
        }
        () = seat.visit.hung_up() => None,
    }
}

impl Page {
    pub(super) async fn next(&mut self, packet: &mut [u8]) -> Came {
        loop {
            let visit = self.seat.visit.clone();
            tokio::select! {
                biased;
                received = receive(&mut self.peer, packet) => return match received {
                    Some(length) => Came::Sound(length),
                    None => Came::Ended(EndReason::Caller),
                },
                () = visit.hung_up() => return Came::Ended(EndReason::Caller),
                Some(request) = self.seat.requests.recv() => return match request {
                    Request::Typed(words) => Came::Typed(words),
                    Request::Key(key) => Came::Key(key),
                },
                _ = self.look.tick() => {
                    self.unread = if visit.readers() > 0 { 0 } else { self.unread + 1 };
                    if self.peer.is_none() && self.unread > GONE {
                        return Came::Ended(EndReason::Caller);
                    }
                }
            }
        }
    }

    pub(super) fn send(&self, packet: &[u8]) {
        if let Some(peer) = &self.peer {
            peer.send(packet);
        }
    }

    /// The caption of what happened, if it has any.
    pub(super) fn tell(&self, event: &CallEvent) {
        let caption = match event {
            CallEvent::Said { turn, text } => Caption::Allo {
                tour: *turn,
                texte: text.clone(),
            },
            CallEvent::Heard { turn, text, .. } => Caption::Caller {
                tour: *turn,
                texte: text.clone(),
            },
            CallEvent::Ended { reason } => Caption::Over { raison: *reason },
            _ => return,
        };
        self.seat.visit.caption(caption);
    }
}

/// The next packet; where there is no sound, none ever comes.
async fn receive(peer: &mut Option<Peer>, packet: &mut [u8]) -> Option<usize> {
    match peer {
        Some(peer) => peer.receive(packet).await,
        None => std::future::pending().await,
    }
}
