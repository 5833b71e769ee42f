//! Those to whom a call is passed: asked of the telephone system (REFER), or rung by us, each on a leg and sockets of its own
//! or, at a console (`desk`), through their browser.

use std::future::poll_fn;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tracing::Instrument;

use super::desk::{self, Desk};
use super::{Conversation, Done, accept, renegotiate};
use crate::app::App;
use crate::call::line::MAX_REPORT;
use crate::call::{ClerkSignal, Ring};
use crate::dialogue::plan::CONSOLE;
use crate::net::media::{Received, Sockets};
use crate::net::sip::{DialOptions, Dialler, EndedBy, Leg, LegEvent, SipError, Transport};
use crate::transfer::handover::ClerkId;
use crate::wire::negotiate::{Agreed, Local};
use crate::wire::sdes::Encryption;

/// The call itself ends what rings for too long; this ends it should that fail.
const SPARE: Duration = Duration::from_secs(5);

/// How long a key is pressed that is told by INFO, in milliseconds.
const KEY_MS: u32 = 160;

/// A call that was placed to a clerk.
pub(super) struct Dialled {
    leg: Leg,
    events: mpsc::Receiver<LegEvent>,
    sockets: Sockets,
    session: Local,
    /// How to place it again, where it could also be had in the clear.
    plainly: Option<(String, DialOptions)>,
}

/// What came from a clerk's telephone, or browser.
pub(super) enum News {
    Packet(Received),
    Leg(Option<LegEvent>),
    Desk(desk::News),
}

/// Those who are rung, or spoken with.
#[derive(Default)]
pub(super) struct Clerks {
    /// Whose call is being placed.
    dialling: Vec<ClerkId>,
    legs: Vec<Clerk>,
    /// Those who are at their browser.
    desks: Vec<(ClerkId, Desk)>,
}

struct Clerk {
    id: ClerkId,
    placed: Dialled,
    answered: bool,
    /// They are being told how it went to pass the caller on.
    told: Option<JoinHandle<()>>,
}

impl Clerks {
    /// Lets a clerk go: stops ringing, or hangs up.
    pub(super) fn release(&mut self, id: ClerkId) {
        self.dialling.retain(|dialling| *dialling != id);
        if let Some(at) = self.legs.iter().position(|clerk| clerk.id == id) {
            let Clerk { placed, told, .. } = self.legs.swap_remove(at);
            tokio::spawn(async move {
                if let Some(told) = told {
                    // Else the news comes after the end of the call that it belongs to.
                    let _ = told.await;
                }
                placed.leg.bye(None).await
            });
        }
        // What is dropped stops ringing, and its connection is closed.
        self.desks.retain(|(desk, _)| *desk != id);
    }

    /// Somebody is rung at a console.
    pub(super) fn seat(&mut self, id: ClerkId, desk: Desk) {
        self.desks.push((id, desk));
    }

    /// The console of a clerk who is rung or spoken with there.
    pub(super) fn desk(&mut self, id: ClerkId) -> Option<&mut Desk> {
        let found = self.desks.iter_mut().find(|(desk, _)| *desk == id);
        found.map(|(_, desk)| desk)
    }

    /// Tells a clerk how it went to pass the caller on.
    pub(super) fn referred(&mut self, id: ClerkId, code: u16) {
        let Some(clerk) = self.leg(id) else { return };
        let leg = clerk.placed.leg.clone();
        let tell = async move {
            if let Err(error) = leg.notify_refer(code).await {
                tracing::info!(%error, "l'agent n'apprend pas ce que devient son transfert");
            }
        };
        clerk.told = Some(tokio::spawn(tell.in_current_span()));
    }

    /// Sends an RTP packet to a clerk.
    pub(super) fn send(&mut self, id: ClerkId, packet: &[u8]) {
        if let Some((_, desk)) = self.desks.iter().find(|(desk, _)| *desk == id) {
            desk.send(packet);
        } else if let Some(clerk) = self.leg(id) {
            clerk.placed.sockets.send(packet);
        }
    }

    /// What comes next from any of them; datagrams are then in `buffer`. Allocates nothing.
    pub(super) async fn next(&mut self, buffer: &mut [u8]) -> (ClerkId, News) {
        poll_fn(|context| self.poll_next(context, buffer)).await
    }

    fn poll_next(&mut self, context: &mut Context<'_>, buffer: &mut [u8]) -> Poll<(ClerkId, News)> {
        for Clerk { id, placed, .. } in &mut self.legs {
            if let Poll::Ready(event) = placed.events.poll_recv(context) {
                return Poll::Ready((*id, News::Leg(event)));
            }
            if let Poll::Ready(received) = placed.sockets.poll_receive(context, buffer) {
                return Poll::Ready((*id, News::Packet(received)));
            }
        }
        for (id, desk) in &mut self.desks {
            if let Poll::Ready(news) = desk.poll_next(context, buffer) {
                return Poll::Ready((*id, News::Desk(news)));
            }
        }
        Poll::Pending
    }

    fn leg(&mut self, id: ClerkId) -> Option<&mut Clerk> {
        self.legs.iter_mut().find(|clerk| clerk.id == id)
    }
}

impl Conversation {
    /// Blind transfer: asks the caller's telephone, or the PBX before it, to call somebody else.
    pub(super) fn transfer(&self, target: &str) {
        self.refer(target, None);
    }

    /// Presses a key at a clerk's telephone, or at the caller's, by INFO. A browser has no use for keys.
    pub(super) fn press(&mut self, clerk: Option<ClerkId>, key: char) {
        let leg = match clerk {
            Some(id) => self.clerks.leg(id).map(|clerk| clerk.placed.leg.clone()),
            None => self.caller.leg(),
        };
        let Some(leg) = leg else { return };
        tokio::spawn(async move {
            if let Err(error) = leg.info_dtmf(key, KEY_MS).await {
                tracing::info!(%error, "une touche n'a pas pu être transmise");
            }
        });
    }

    /// Asks it to take over our call with a clerk.
    pub(super) fn join(&mut self, clerk: ClerkId, target: &str) {
        match self.clerks.leg(clerk).map(|clerk| clerk.placed.leg.clone()) {
            Some(other) => self.refer(target, Some(other)),
            None => drop(self.done.send(Done::ReferRefused(481))),
        }
    }

    /// Asks the caller's telephone to call somebody else, in place of this other leg of ours if any. How it goes comes as
    /// [`LegEvent::ReferProgress`].
    fn refer(&self, target: &str, replaced: Option<Leg>) {
        let done = self.done.clone();
        // A browser knows nobody else to call: 405, as from a telephone that knows no REFER.
        let (Some(leg), Some(uri)) = (self.caller.leg(), self.uri(target)) else {
            return drop(done.send(Done::ReferRefused(405)));
        };
        tokio::spawn(async move {
            let asked = match replaced {
                Some(other) => leg.refer_replaces(&uri, &other, None).await,
                None => leg.refer(&uri, None).await,
            };
            report(asked, &done);
        });
    }

    /// Rings a clerk.
    pub(super) fn ring(&mut self, ring: Ring) {
        if ring.target == CONSOLE {
            return self.ring_consoles(ring);
        }
        let Ring {
            clerk,
            target,
            replaces,
            shows_number,
            time,
            ..
        } = ring;
        let number = self.number.as_ref().filter(|_| shows_number);
        let shown = match number {
            Some(number) => number.reveal().clone(),
            None => self.town.plan.town.name.clone(),
        };
        let options = DialOptions {
            display: Some(shown),
            ring_timeout: Some(time + SPARE),
            replaces,
            ..DialOptions::default()
        };
        self.place(clerk, self.uri(&target), options, self.app.config.srtp);
    }

    /// Places a call to a clerk.
    fn place(&mut self, clerk: ClerkId, uri: Option<String>, options: DialOptions, encryption: Encryption) {
        let (app, done) = (self.app.clone(), self.done.clone());
        self.clerks.dialling.push(clerk);
        let placed = async move {
            let placed = match (app.dialler.get(), uri) {
                (Some(dialler), Some(uri)) => dial(&app, dialler, uri, options, encryption).await,
                _ => Err(503),
            };
            drop(done.send(Done::Dialled(clerk, Box::new(placed))));
        };
        tokio::spawn(placed.in_current_span());
    }

    /// The call to a clerk was placed, or could not be. One that was released meanwhile is ended by being dropped.
    pub(super) fn dialled(&mut self, id: ClerkId, placed: Result<Dialled, u16>) {
        let Some(at) = self.clerks.dialling.iter().position(|dialling| *dialling == id) else {
            return;
        };
        self.clerks.dialling.swap_remove(at);
        match placed {
            Ok(placed) => self.clerks.legs.push(Clerk {
                id,
                placed,
                answered: false,
                told: None,
            }),
            Err(code) => self.call.handle_clerk(Instant::now(), id, ClerkSignal::Refuses(code)),
        }
    }

    /// What came from a clerk's telephone; datagrams are in `buffer`.
    pub(super) fn clerk_news(&mut self, id: ClerkId, news: News, buffer: &[u8]) {
        let now = Instant::now();
        match news {
            News::Packet(Received::Sound(length)) => self.call.handle_clerk_packet(now, id, &buffer[..length]),
            News::Packet(Received::Report(length)) => self.call.handle_clerk_report(now, id, &buffer[..length]),
            News::Desk(news) => self.desk_news(id, news, buffer),
            News::Leg(event) => {
                let Some(clerk) = self.clerks.leg(id) else { return };
                if let Some((uri, options)) = clerk.wants_it_plain(event.as_ref()) {
                    tracing::info!(
                        "le poste ne sait pas chiffrer le son : il est rappelé en clair (sip.srtp: possible)"
                    );
                    self.clerks.legs.retain(|clerk| clerk.id != id);
                    return self.place(id, Some(uri), options, Encryption::Never);
                }
                if let Some(signal) = clerk.signal(event) {
                    if matches!(signal, ClerkSignal::Refuses(_) | ClerkSignal::HangsUp) {
                        self.clerks.release(id);
                    }
                    self.call.handle_clerk(now, id, signal);
                }
            }
        }
    }

    /// Our reports on the clerks' lines.
    pub(super) fn report_to_clerks(&mut self, report: &mut [u8; MAX_REPORT]) {
        for clerk in &mut self.clerks.legs {
            let length = self.call.clerk_report(Instant::now(), clerk.id, report);
            if length > 0 {
                clerk.placed.sockets.send_rtcp(&report[..length]);
            }
        }
    }

    /// The SIP address of an extension; none where we do not know whose it is.
    fn uri(&self, target: &str) -> Option<String> {
        if target.starts_with("sip:") || target.starts_with("sips:") {
            Some(target.into())
        } else if let Some(number) = target.strip_prefix("tel:") {
            // RFC 3966: parameters after the number are for telephone networks.
            let number = number.split(';').next().unwrap_or(number);
            self.extensions.as_ref().map(|host| format!("sip:{number}@{host}"))
        } else if target.contains('@') || target.contains(':') {
            Some(format!("sip:{target}"))
        } else {
            self.extensions.as_ref().map(|host| format!("sip:{target}@{host}"))
        }
    }
}

impl Clerk {
    /// What an event of their leg means for the call.
    fn signal(&mut self, event: Option<LegEvent>) -> Option<ClerkSignal> {
        let Dialled { session, .. } = &mut self.placed;
        match event {
            Some(LegEvent::Ringing { .. } | LegEvent::EarlyMedia { .. }) => Some(ClerkSignal::Rings),
            Some(LegEvent::Answered { sdp }) => match accept(session, &sdp) {
                Ok(agreed) => {
                    self.answered = true;
                    self.placed.sockets.set_remote(&agreed);
                    Some(ClerkSignal::Answers(agreed))
                }
                Err(error) => {
                    tracing::info!(error, "réponse SDP de l'agent inutilisable");
                    Some(ClerkSignal::Refuses(488))
                }
            },
            Some(LegEvent::Dtmf { signal, .. }) => Some(ClerkSignal::Presses(signal)),
            Some(LegEvent::Reoffer(reoffer)) => {
                let agreed = renegotiate(session, reoffer)?;
                Some(self.changes(agreed))
            }
            Some(LegEvent::ReofferAnswer { sdp }) => {
                let agreed = accept(session, &sdp).ok()?;
                Some(self.changes(agreed))
            }
            Some(LegEvent::ReferRequested(request)) if self.answered => {
                let (uri, replaces) = (request.target.clone(), request.replaces.clone());
                request.accept();
                Some(ClerkSignal::Refers { uri, replaces })
            }
            Some(LegEvent::ReferRequested(request)) => {
                request.reject(603);
                None
            }
            Some(LegEvent::Established { .. } | LegEvent::ReferProgress { .. }) => None,
            Some(LegEvent::Ended { .. }) | None if self.answered => Some(ClerkSignal::HangsUp),
            Some(LegEvent::Ended { by, code, .. }) => {
                let silent = if by == EndedBy::Timeout { 408 } else { 487 };
                Some(ClerkSignal::Refuses(code.unwrap_or(silent)))
            }
            None => Some(ClerkSignal::Refuses(500)),
        }
    }

    /// What to place again where the telephone has refused our offer for what it holds (RFC 3261, sections 21.4.13 and 21.4.26),
    /// and the offer was encrypted though it need not be: behind a PBX that is reached by TLS, telephones may not encrypt.
    fn wants_it_plain(&mut self, event: Option<&LegEvent>) -> Option<(String, DialOptions)> {
        match event {
            Some(LegEvent::Ended {
                code: Some(415 | 488 | 606),
                ..
            }) if !self.answered => self.placed.plainly.take(),
            _ => None,
        }
    }

    fn changes(&mut self, agreed: Agreed) -> ClerkSignal {
        self.placed.sockets.set_remote(&agreed);
        ClerkSignal::Changes(agreed)
    }
}

/// Places the call to a clerk; an error is the status that it amounts to.
async fn dial(
    app: &App,
    dialler: &Dialler,
    uri: String,
    options: DialOptions,
    encryption: Encryption,
) -> Result<Dialled, u16> {
    let unusable = |error: SipError| {
        tracing::warn!(%error, "appel de l'agent impossible");
        500u16
    };
    let hop = dialler.next_hop(&uri).await.map_err(unusable)?;
    let address = app.rtp_address(hop.address.ip()).ok_or(503u16)?;
    let sockets = app.ports.open(address).ok_or(503u16)?;
    let port = sockets.port().map_err(|_| 503u16)?;
    let private = hop.transport == Transport::Tls;
    let session = Local::new(app.announced(address), port, &app.config.codecs, rand::random());
    let mut session = session.encrypted(encryption, private, rand::random());
    let offer = session.offer().into_bytes();
    let dialled = dialler.dial(&uri, offer, options.clone()).await;
    let (leg, events) = dialled.map_err(unusable)?;
    Ok(Dialled {
        plainly: (encryption == Encryption::Possible && private).then_some((uri, options)),
        leg,
        events,
        sockets,
        session,
    })
}

/// Tells how a REFER was received; what follows comes as [`LegEvent::ReferProgress`].
fn report(asked: Result<(), SipError>, done: &mpsc::UnboundedSender<Done>) {
    let code = match asked {
        Ok(()) => return,
        Err(SipError::Refused(code)) => code,
        Err(SipError::Timeout) => 408,
        Err(error) => {
            tracing::warn!(%error, "transfert impossible");
            500
        }
    };
    drop(done.send(Done::ReferRefused(code)));
}
