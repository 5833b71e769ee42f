//! Who calls, and how they are reached: a telephone over SIP, or a web page. Both are heard through [`Caller::next`].

use tokio::sync::mpsc;

use super::page::Page;
use super::{accept, negotiate};
use crate::call::event::{CallEvent, EndReason};
use crate::net::media::{Received, Sockets};
use crate::net::sip::{EndedBy, Leg, LegEvent, Reoffer, SipError};
use crate::pii::Pii;
use crate::wire::negotiate::{Agreed, Local};

/// What came from the caller.
pub(super) enum Came {
    /// So many bytes of RTP.
    Sound(usize),
    /// So many bytes of RTCP.
    Report(usize),
    /// Another agreement on the sound.
    Media(Box<Agreed>),
    /// A key, told by signalling.
    Key(char),
    /// Typed words.
    Typed(Pii<String>),
    /// How a transfer goes: the status, and whether no other will come.
    Transfer(u16, bool),
    /// The end.
    Ended(EndReason),
}

/// The caller, as the conversation sees them.
pub(super) enum Caller {
    Telephone(Box<Telephone>),
    Page(Box<Page>),
}

impl Caller {
    /// What comes next; packets are in `packet`. Nothing is lost where the wait is given up.
    pub(super) async fn next(&mut self, packet: &mut [u8]) -> Came {
        match self {
            Self::Telephone(telephone) => telephone.next(packet).await,
            Self::Page(page) => page.next(packet).await,
        }
    }

    /// Sends an RTP packet.
    pub(super) fn send(&self, packet: &[u8]) {
        match self {
            Self::Telephone(telephone) => telephone.sockets.send(packet),
            Self::Page(page) => page.send(packet),
        }
    }

    /// Sends an RTCP packet. A browser gets reports from the WebRTC stack.
    pub(super) fn send_report(&self, packet: &[u8]) {
        if let Self::Telephone(telephone) = self {
            telephone.sockets.send_rtcp(packet);
        }
    }

    /// Passes the call on. A refusal is told to `refused`; how it goes on, to [`Caller::next`].
    pub(super) fn transfer(&self, target: &str, refused: impl FnOnce(u16) + Send + 'static) {
        match self {
            Self::Telephone(telephone) => telephone.transfer(target, refused),
            // A browser knows nobody else to call: 405, as from a telephone that knows no REFER.
            Self::Page(_) => refused(405),
        }
    }

    /// Ends the call.
    pub(super) fn hang_up(&self) {
        match self {
            Self::Telephone(telephone) => {
                let leg = telephone.leg.clone();
                tokio::spawn(async move { leg.bye(None).await });
            }
            // Its connection is closed when the conversation is dropped.
            Self::Page(_) => {}
        }
    }

    /// Tells the caller, who may read along, what happened.
    pub(super) fn tell(&self, event: &CallEvent) {
        if let Self::Page(page) = self {
            page.tell(event);
        }
    }
}

/// A telephone over SIP.
pub(super) struct Telephone {
    pub(super) sockets: Sockets,
    pub(super) session: Local,
    pub(super) leg: Leg,
    pub(super) events: mpsc::Receiver<LegEvent>,
    /// Where extensions are.
    pub(super) transfer_host: String,
}

impl Telephone {
    async fn next(&mut self, packet: &mut [u8]) -> Came {
        loop {
            let event = tokio::select! {
                biased;
                received = self.sockets.receive(packet) => return match received {
                    Received::Sound(length) => Came::Sound(length),
                    Received::Report(length) => Came::Report(length),
                },
                event = self.events.recv() => event,
            };
            if let Some(came) = self.signal(event) {
                return came;
            }
        }
    }

    /// What happened to the SIP call, where it concerns the conversation.
    fn signal(&mut self, event: Option<LegEvent>) -> Option<Came> {
        match event {
            None
            | Some(LegEvent::Ended {
                by: EndedBy::Remote, ..
            }) => Some(Came::Ended(EndReason::Caller)),
            Some(LegEvent::Ended { by, .. }) => {
                tracing::info!(?by, "la signalisation a pris fin");
                Some(Came::Ended(EndReason::Stopped))
            }
            Some(LegEvent::Dtmf { signal, .. }) => Some(Came::Key(signal)),
            Some(LegEvent::ReferProgress { code, last }) => Some(Came::Transfer(code, last)),
            Some(LegEvent::Reoffer(reoffer)) => self.renegotiate(reoffer),
            Some(LegEvent::ReofferAnswer { sdp }) => accept(&self.session, &sdp).ok().map(|agreed| self.change(agreed)),
            // We pass callers on; nobody passes us on.
            Some(LegEvent::ReferRequested(request)) => {
                request.reject(603);
                None
            }
            Some(
                LegEvent::Established { .. }
                | LegEvent::Ringing { .. }
                | LegEvent::EarlyMedia { .. }
                | LegEvent::Answered { .. },
            ) => None,
        }
    }

    fn renegotiate(&mut self, reoffer: Reoffer) -> Option<Came> {
        let Some(offer) = &reoffer.sdp else {
            // The peer asks for our offer; its answer comes with the ACK.
            reoffer.accept(self.session.offer().into_bytes());
            return None;
        };
        match negotiate(&mut self.session, offer) {
            Ok((agreed, answer)) => {
                reoffer.accept(answer);
                Some(self.change(agreed))
            }
            Err(error) => {
                tracing::info!(error, "nouvelle offre SDP refusée");
                reoffer.reject(488);
                None
            }
        }
    }

    fn change(&mut self, agreed: Agreed) -> Came {
        self.sockets.set_remote(&agreed);
        Came::Media(Box::new(agreed))
    }

    fn transfer(&self, target: &str, refused: impl FnOnce(u16) + Send + 'static) {
        let uri = if target.contains('@') || target.contains(':') {
            if target.starts_with("sip:") || target.starts_with("sips:") {
                target.into()
            } else {
                format!("sip:{target}")
            }
        } else {
            format!("sip:{target}@{}", self.transfer_host)
        };
        let leg = self.leg.clone();
        tokio::spawn(async move {
            match leg.refer(&uri, None).await {
                Ok(()) => {}
                Err(SipError::Refused(code)) => refused(code),
                Err(SipError::Timeout) => refused(408),
                Err(error) => {
                    tracing::warn!(%error, "transfert impossible");
                    refused(500);
                }
            }
        });
    }
}
