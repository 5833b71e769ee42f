//! A clerk at their browser: their console rings, they take the call, and speak through WebRTC.
//!
//! ```text
//! Prendre ─► offer ─► Peer::answer ─► answer ─► the sound is through ─► ClerkSignal::Takes
//! Reprendre, Écouter ─► the same ─────────────────────────────────────► Call::handle_take_over, handle_listener
//! ```

use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use tracing::Instrument;

use super::{Conversation, Done, Refusal};
use crate::app::App;
use crate::app::desks::{Seat, Step, Take, Wish};
use crate::call::{ClerkSignal, Ring};
use crate::net::webrtc::Peer;
use crate::transfer::handover::ClerkId;

/// Who steps into a call while something is being written for it waits so long, so often.
const TRY_AGAIN: Duration = Duration::from_millis(200);
const TRIES: u32 = 10;

/// What came from a console.
pub(super) enum News {
    Wish(Wish),
    /// So many bytes of RTP.
    Sound(usize),
    /// The browser is gone.
    Gone,
}

/// A console that rings, or at which somebody speaks.
pub(super) struct Desk {
    seat: Seat,
    /// The sound, once somebody has taken the call.
    peer: Option<Peer>,
}

impl Desk {
    pub(super) fn poll_next(&mut self, context: &mut Context<'_>, buffer: &mut [u8]) -> Poll<News> {
        if let Poll::Ready(wish) = self.seat.poll_wish(context) {
            return Poll::Ready(News::Wish(wish));
        }
        let Some(peer) = &mut self.peer else {
            return Poll::Pending;
        };
        peer.poll_receive(context, buffer)
            .map(|length| length.map_or(News::Gone, News::Sound))
    }

    pub(super) fn send(&self, packet: &[u8]) {
        if let Some(peer) = &self.peer {
            peer.send(packet);
        }
    }
}

impl Conversation {
    /// Rings the consoles of a service.
    pub(super) fn ring_consoles(&mut self, ring: Ring) {
        let now = chrono::Utc::now().timestamp_millis();
        let available = self.app.presence.available(&ring.service, now);
        let rung = self
            .app
            .desks
            .ring(self.call.id(), &ring.service, ring.summary, available);
        let signal = match rung {
            Ok(seat) => {
                self.clerks.seat(ring.clerk, Desk { seat, peer: None });
                ClerkSignal::Rings
            }
            Err(code) => ClerkSignal::Refuses(code),
        };
        self.call.handle_clerk(Instant::now(), ring.clerk, signal);
    }

    /// What came from a console; packets are in `buffer`.
    pub(super) fn desk_news(&mut self, id: ClerkId, news: News, buffer: &[u8]) {
        let signal = match news {
            News::Sound(length) => {
                return self.call.handle_clerk_packet(Instant::now(), id, &buffer[..length]);
            }
            News::Wish(Wish::Refer(extension)) => {
                let (uri, replaces) = (extension.into(), None);
                let signal = ClerkSignal::Refers { uri, replaces };
                return self.call.handle_clerk(Instant::now(), id, signal);
            }
            News::Wish(Wish::StopRecording) => {
                return self.call.handle_clerk(Instant::now(), id, ClerkSignal::StopsRecording);
            }
            News::Wish(Wish::Take(take)) => return self.connect(id, take),
            News::Wish(Wish::Decline) => ClerkSignal::Refuses(603),
            News::Wish(Wish::HangUp) => ClerkSignal::HangsUp,
            News::Wish(Wish::GiveBack) => ClerkSignal::GivesBack,
            News::Wish(Wish::PassOn(service)) => ClerkSignal::PassesOn(service),
            News::Gone => ClerkSignal::Vanishes,
        };
        self.clerks.release(id);
        self.call.handle_clerk(Instant::now(), id, signal);
    }

    /// Somebody takes the call: connects their browser.
    fn connect(&self, id: ClerkId, take: Take) {
        let (app, done) = (self.app.clone(), self.done.clone());
        let name = take.name.clone();
        let connecting = async move {
            let peer = connect(&app, take).await;
            drop(done.send(Done::Seated(id, name, peer.map(Box::new))));
        };
        tokio::spawn(connecting.in_current_span());
    }

    /// The sound of who takes the call is through, or will never be. Where the call does not ring any more, it is closed.
    pub(super) fn seated(&mut self, id: ClerkId, name: String, peer: Option<Box<Peer>>) {
        let Some(desk) = self.clerks.desk(id) else { return };
        let signal = match peer {
            Some(peer) => {
                let agreed = peer.agreed().clone();
                desk.peer = Some(*peer);
                ClerkSignal::Takes(agreed, name.into())
            }
            None if desk.seat.ring_on(&name) => return,
            None => {
                self.clerks.release(id);
                ClerkSignal::Refuses(408)
            }
        };
        self.call.handle_clerk(Instant::now(), id, signal);
    }
}

/// Somebody whose sound is through and who steps into the call.
pub(super) struct Stepping {
    step: Step,
    seat: Seat,
    name: String,
    peer: Peer,
    /// How often they have tried.
    tries: u32,
}

impl Conversation {
    /// Somebody steps in: connects their browser.
    pub(super) fn step_in(&self, (step, seat, take): (Step, Seat, Take)) {
        let (app, done) = (self.app.clone(), self.done.clone());
        let name = take.name.clone();
        let connecting = async move {
            // Where the sound does not get through, the seat is left.
            if let Some(peer) = connect(&app, take).await {
                let stepping = Stepping {
                    step,
                    seat,
                    name,
                    peer,
                    tries: 0,
                };
                drop(done.send(Done::SteppedIn(Box::new(stepping))));
            }
        };
        tokio::spawn(connecting.in_current_span());
    }

    /// The sound of who steps in is through.
    pub(super) fn stepped_in(&mut self, stepping: Box<Stepping>) {
        let agreed = stepping.peer.agreed();
        let name = stepping.name.clone().into();
        let id = match stepping.step {
            Step::TakeOver => self.call.handle_take_over(Instant::now(), agreed, name),
            Step::Listen => self.call.handle_listener(agreed, name),
        };
        match id {
            Some(id) => {
                let Stepping { seat, peer, .. } = *stepping;
                self.clerks.seat(id, Desk { seat, peer: Some(peer) });
            }
            None => self.try_again(stepping),
        }
    }

    /// Something was just being written: it takes no time.
    fn try_again(&self, mut stepping: Box<Stepping>) {
        stepping.tries += 1;
        if stepping.tries > TRIES || self.call.is_over() {
            return tracing::info!(step = ?stepping.step, "l'appel ne peut pas être repris ou écouté à présent");
        }
        let done = self.done.clone();
        tokio::spawn(async move {
            tokio::time::sleep(TRY_AGAIN).await;
            drop(done.send(Done::SteppedIn(stepping)));
        });
    }
}

/// Answers a browser's offer and waits until the sound is through.
async fn connect(app: &App, take: Take) -> Option<Peer> {
    let (mut peer, answer) = match Peer::answer(&take.offer, &app.ice(take.from)).await {
        Ok(answered) => answered,
        Err(error) => {
            tracing::info!(%error, "offre SDP de la console refusée");
            let _ = take.answered.send(Err(Refusal(400, "offre SDP refusée")));
            return None;
        }
    };
    take.answered.send(Ok(answer)).ok()?;
    let connected = peer.connected().await;
    if !connected {
        tracing::warn!("le son de la console n'est pas passé");
    }
    connected.then_some(peer)
}
