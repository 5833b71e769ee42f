//! Who calls, and how they are reached: a telephone over SIP, or a web page. Both are heard through [`Caller::next`].

use tokio::sync::mpsc;

use super::page::Page;
use super::{accept, renegotiate};
use crate::call::event::{CallEvent, EndReason};
use crate::net::media::{Received, Sockets};
use crate::net::sip::{EndedBy, Leg, LegEvent};
use crate::pii::Pii;
use crate::units::Entrance;
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
    pub(super) fn send(&mut self, packet: &[u8]) {
        match self {
            Self::Telephone(telephone) => telephone.sockets.send(packet),
            Self::Page(page) => page.send(packet),
        }
    }

    /// Sends an RTCP packet. A browser gets reports from the WebRTC stack.
    pub(super) fn send_report(&mut self, packet: &[u8]) {
        if let Self::Telephone(telephone) = self {
            telephone.sockets.send_rtcp(packet);
        }
    }

    /// How they came in.
    pub(super) fn entrance(&self) -> Entrance {
        match self {
            Self::Telephone(_) => Entrance::Telephone,
            Self::Page(_) => Entrance::Page,
        }
    }

    /// The SIP leg that can be asked to pass the call on; a browser has none.
    pub(super) fn leg(&self) -> Option<Leg> {
        match self {
            Self::Telephone(telephone) => Some(telephone.leg.clone()),
            Self::Page(_) => None,
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
            Some(LegEvent::Reoffer(reoffer)) => {
                renegotiate(&mut self.session, reoffer).map(|agreed| self.change(agreed))
            }
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

    fn change(&mut self, agreed: Agreed) -> Came {
        self.sockets.set_remote(&agreed);
        Came::Media(Box::new(agreed))
    }
}
