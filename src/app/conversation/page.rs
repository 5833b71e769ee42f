//! A caller on a web page: sound through the browser, where there is a microphone; typed words, keys and captions in any
//! case.

use std::net::IpAddr;
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

/// The page hung up, or was closed, before its call began.
const GONE_BEFORE: Refusal = Refusal(487, "l'appelant a raccroché avant le début");

/// A web page.
pub(super) struct Page {
    /// The sound; none: the caller types and reads.
    peer: Option<Peer>,
    seat: Seat,
    look: Interval,
    unread: u32,
}

/// A call that a page begins.
pub(in crate::app) struct Arrival {
    /// The number or name that is called.
    pub(in crate::app) called: String,
    /// The browser's offer of sound; none: its caller types and reads.
    pub(in crate::app) offer: Option<String>,
    /// Where the page is read.
    pub(in crate::app) from: IpAddr,
    /// The call's end of its visit.
    pub(in crate::app) seat: Seat,
    /// Takes the answer to the offer, as soon as there is one.
    pub(in crate::app) answered: oneshot::Sender<Result<Option<String>, Refusal>>,
}

/// Takes a call from a page and leads it to its end. It begins once the sound is through.
pub(in crate::app) async fn welcome(app: Arc<App>, arrival: Arrival) {
    let id = CallId::random();
    let span = tracing::info_span!("call", call_id = %id);
    async move {
        if let Err(Refusal(code, reason)) = try_welcome(&app, id, arrival).await {
            tracing::warn!(code, "appel refusé : {reason}");
        }
    }
    .instrument(span)
    .await;
}

async fn try_welcome(app: &Arc<App>, id: CallId, arrival: Arrival) -> Result<(), Refusal> {
    let Arrival {
        called,
        offer,
        from,
        seat,
        answered,
    } = arrival;
    let town = app
        .town(&called)
        .ok_or(Refusal(404, "aucun plan ne répond à ce numéro"))?;
    let town = town.clone();
    let peer = match offer {
        Some(offer) => Some(connect(app, &seat, &offer, from, answered).await?),
        None => answered.send(Ok(None)).map(|()| None).map_err(|_| GONE_BEFORE)?,
    };
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
        extensions: app.extensions(),
        agreed,
        caller: Caller::Page(Box::new(page)),
    };
    converse(app, taken).await
}

/// Answers the offer and waits until the sound is through.
async fn connect(
    app: &App,
    seat: &Seat,
    offer: &str,
    from: IpAddr,
    answered: oneshot::Sender<Result<Option<String>, Refusal>>,
) -> Result<Peer, Refusal> {
    let (mut peer, answer) = match Peer::answer(offer, &app.ice(from)).await {
        Ok(answer) => answer,
        Err(error) => {
            tracing::info!(%error, "offre SDP refusée");
            let refusal = Refusal(400, "offre SDP refusée");
            // Where nobody waits for it any more, it is told in the log all the same.
            let _ = answered.send(Err(refusal));
            return Err(refusal);
        }
    };
    answered.send(Ok(Some(answer))).map_err(|_| GONE_BEFORE)?;
    tokio::select! {
        connected = peer.connected() => connected.then_some(peer).ok_or(Refusal(408, "le son n'est pas passé")),
        () = seat.visit.hung_up() => Err(GONE_BEFORE),
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
            CallEvent::Bridged { .. } => Caption::Agent { parle: true },
            CallEvent::BridgeEnded { .. } => Caption::Agent { parle: false },
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
