//! A browser's call: ICE, DTLS and SRTP by the `webrtc` crate; RTP packets in and out, as with a telephone.
//!
//! ```text
//!  browser                                                            call
//!  ───────                                                            ────
//!  offer ───► screened ───► peer connection ───► answer, at once with all candidates
//!  SRTP ◄─── driver ◄─── local track ◄─── task ◄─── Peer::send
//!  SRTP ───► driver ───► remote track ──► task ───► Peer::receive      (in the order in which they came)
//!  close ──► DTLS state, looked at ─────► task ───► Peer::receive gives none
//! ```
//!
//! One task lives as long as each connection and closes it, whatever happens; when the [`Peer`] is dropped, the task
//! ends. Packets wait nowhere to be put in order: the call has its own jitter buffer. Reports (RTCP) are the crate's.
//!
//! The crate logs callers' addresses, at ERROR too: what starts the log must keep its targets out of it.

mod offer;
mod relay;

pub use relay::{IceServer, TurnLogin};

use std::future::poll_fn;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use rtc::media_stream::MediaStreamTrack;
use rtc::peer_connection::configuration::media_engine::{MIME_TYPE_OPUS, MIME_TYPE_TELEPHONE_EVENT};
use rtc::peer_connection::configuration::setting_engine::SettingEngineBuilder;
use rtc::peer_connection::transport::{RTCDtlsRole, RTCDtlsTransportState};
use rtc::rtp_transceiver::rtp_sender::{
    RTCRtpCodec, RTCRtpCodecParameters, RTCRtpCodingParameters, RTCRtpEncodingParameters, RtpCodecKind,
};
use tokio::sync::mpsc;
use webrtc::media_stream::track_local::{TrackLocal, static_rtp::TrackLocalStaticRTP};
use webrtc::media_stream::track_remote::{TrackRemote, TrackRemoteEvent};
use webrtc::peer_connection::{
    MediaEngine, PeerConnection, PeerConnectionBuilder, PeerConnectionEventHandler, RTCConfigurationBuilder,
    RTCIceGatheringState, RTCIceServer, RTCPeerConnectionState, RTCSessionDescription, Registry,
    configure_rtcp_reports,
};
use webrtc::rtp_transceiver::RtpSender;

use crate::pii::Secret;
use crate::wire::negotiate::{Agreed, Refusal};
use crate::wire::rtp::{self, HEADER_LEN};
use crate::wire::sdp;

/// Longest wait for our own candidates: STUN and TURN servers may be slow or gone.
const GATHER: Duration = Duration::from_secs(2);
/// Longest wait for the browser to come through.
const CONNECT: Duration = Duration::from_secs(15);
/// How often we look whether the browser has closed the connection: the crate does not tell.
const LOOK: Duration = Duration::from_millis(200);
/// Packets that may wait in either direction: a second.
const WAITING: usize = 50;
/// Without an answer to its checks for so long, the path is bad; and for so long more, it is gone. How often it is checked.
const ICE: [Duration; 3] = [Duration::from_secs(5), Duration::from_secs(10), Duration::from_secs(2)];

/// How browsers reach us.
#[derive(Clone, Debug, Default)]
pub struct Ice {
    /// Local addresses, with free ports.
    pub local: Vec<SocketAddr>,
    /// What the first of them is from outside, where a router translates it and keeps the port.
    pub public: Option<IpAddr>,
    /// Servers that tell us our address (STUN) or lend us theirs (TURN).
    pub servers: Vec<IceServer>,
}

/// Why a browser cannot be talked to.
#[derive(Debug, thiserror::Error)]
pub enum PeerError {
    /// Longer than any browser's, or not one audio stream over DTLS-SRTP.
    #[error("not a browser's offer of sound: {0}")]
    Offer(&'static str),
    /// No codec in common, or no sound in the answer.
    #[error(transparent)]
    Refusal(#[from] Refusal),
    /// The answer cannot be read.
    #[error("our own answer: {0}")]
    Answer(#[from] sdp::SdpError),
    /// No port, or what the stack says.
    #[error("WebRTC: {0}")]
    Stack(String),
}

impl From<webrtc::error::Error> for PeerError {
    fn from(error: webrtc::error::Error) -> Self {
        Self::Stack(error.to_string())
    }
}

/// A browser, from its offer to the end. Dropping it closes the connection.
#[derive(Debug)]
pub struct Peer {
    agreed: Agreed,
    ssrc: u32,
    connected: Option<tokio::sync::oneshot::Receiver<()>>,
    incoming: mpsc::Receiver<Vec<u8>>,
    outgoing: mpsc::Sender<rtc::rtp::Packet>,
}

impl Peer {
    /// Answers an offer; gives the answer, with our candidates.
    pub async fn answer(offer: &str, ice: &Ice) -> Result<(Self, String), PeerError> {
        let offer = offer::screened(offer)?;
        let (happens, happened) = mpsc::unbounded_channel();
        let ssrc = rand::random();
        let (connection, track) = open(ice, ssrc, happens).await?;
        // The offer comes from anywhere: what it breaks in the stack must not leave an open connection behind.
        let negotiation = tokio::spawn(negotiate(connection.clone(), track.clone(), offer, happened));
        let negotiated = match negotiation.await {
            Ok(negotiated) => negotiated,
            Err(panic) => Err(PeerError::Stack(panic.to_string())),
        };
        let agreed = negotiated.and_then(|(answer, sender, happened)| {
            let agreed = Agreed::with_browser(&sdp::parse(&answer)?)?;
            Ok((agreed, answer, sender, happened))
        });
        let (agreed, answer, sender, happened) = match agreed {
            Ok(agreed) => agreed,
            Err(error) => {
                close(&*connection).await;
                return Err(error);
            }
        };
        let (connects, connected) = tokio::sync::oneshot::channel();
        let (incoming, arrives) = (mpsc::channel(WAITING), mpsc::channel(WAITING));
        let carrier = Carrier {
            sender,
            track,
            remote: None,
            connects: Some(connects),
            happened,
            incoming: incoming.0,
            outgoing: arrives.1,
        };
        tokio::spawn(async move {
            carrier.carry().await;
            close(&*connection).await;
        });
        let peer = Self {
            agreed,
            ssrc,
            connected: Some(connected),
            incoming: incoming.1,
            outgoing: arrives.0,
        };
        let answer = match (ice.local.first(), ice.public) {
            (Some(local), Some(public)) => offer::announce(&answer, *local, public),
            _ => answer,
        };
        Ok((peer, answer))
    }

    /// What was agreed on.
    pub fn agreed(&self) -> &Agreed {
        &self.agreed
    }

    /// Waits until sound can pass; false where it never will.
    pub async fn connected(&mut self) -> bool {
        match self.connected.take() {
            Some(connected) => connected.await.is_ok(),
            None => true,
        }
    }

    /// The next RTP packet, in `buffer`; none when the browser is gone.
    pub async fn receive(&mut self, buffer: &mut [u8]) -> Option<usize> {
        poll_fn(|context| self.poll_receive(context, buffer)).await
    }

    /// The same, for who waits for several.
    pub fn poll_receive(&mut self, context: &mut Context<'_>, buffer: &mut [u8]) -> Poll<Option<usize>> {
        let packet = std::task::ready!(self.incoming.poll_recv(context));
        Poll::Ready(packet.map(|packet| {
            let length = packet.len().min(buffer.len());
            buffer[..length].copy_from_slice(&packet[..length]);
            length
        }))
    }

    /// Sends an RTP packet. A stack that is behind loses it, as a network would.
    pub fn send(&self, packet: &[u8]) {
        let Ok(rtp::Packet { header, payload }) = rtp::parse(packet) else {
            return;
        };
        let header = rtc::rtp::Header {
            version: 2,
            marker: header.marker,
            payload_type: header.payload_type,
            sequence_number: header.sequence,
            timestamp: header.timestamp,
            // The one that the answer names.
            ssrc: self.ssrc,
            ..Default::default()
        };
        let payload = payload.to_vec().into();
        let _ = self.outgoing.try_send(rtc::rtp::Packet { header, payload });
    }
}

/// What the stack tells. Its handlers run on its driver: they only pass it on.
enum Happened {
    Gathered,
    Track(Arc<dyn TrackRemote>),
    State(RTCPeerConnectionState),
}

struct Handler(mpsc::UnboundedSender<Happened>);

#[async_trait::async_trait]
impl PeerConnectionEventHandler for Handler {
    async fn on_ice_gathering_state_change(&self, state: RTCIceGatheringState) {
        if state == RTCIceGatheringState::Complete {
            let _ = self.0.send(Happened::Gathered);
        }
    }

    async fn on_connection_state_change(&self, state: RTCPeerConnectionState) {
        let _ = self.0.send(Happened::State(state));
    }

    async fn on_track(&self, track: Arc<dyn TrackRemote>) {
        let _ = self.0.send(Happened::Track(track));
    }
}

fn codec(mime_type: &str, clock_rate: u32, channels: u16, fmtp: &str, payload_type: u8) -> RTCRtpCodecParameters {
    RTCRtpCodecParameters {
        rtp_codec: RTCRtpCodec {
            mime_type: mime_type.to_owned(),
            clock_rate,
            channels,
            sdp_fmtp_line: fmtp.to_owned(),
            rtcp_feedback: Vec::new(),
        },
        payload_type,
    }
}

type Connection = (Arc<dyn PeerConnection>, Arc<TrackLocalStaticRTP>);

/// A connection that waits for its offer, and the track of what we say.
async fn open(ice: &Ice, ssrc: u32, happens: mpsc::UnboundedSender<Happened>) -> Result<Connection, PeerError> {
    // Opus with in-band FEC (RFC 7587, section 6.1), and keys (RFC 4733) at its clock, or at 8000 as Firefox tells them.
    let opus = codec(MIME_TYPE_OPUS, 48_000, 2, "minptime=10;useinbandfec=1", 111);
    let mut media = MediaEngine::default();
    media.register_codec(opus.clone(), RtpCodecKind::Audio)?;
    for (clock, payload_type) in [(48_000, 110), (8_000, 126)] {
        let keys = codec(MIME_TYPE_TELEPHONE_EVENT, clock, 0, "0-15", payload_type);
        media.register_codec(keys, RtpCodecKind::Audio)?;
    }
    let [bad, gone, check] = ICE.map(Some);
    let settings = SettingEngineBuilder::new()
        .with_ice_timeouts(bad, gone, check)
        // The browser begins the handshake (RFC 5763, section 5): where both wait to see who does, 200 ms are lost.
        .with_answering_dtls_role(RTCDtlsRole::Server)
        .with_include_loopback_candidate(ice.local.iter().any(|address| address.ip().is_loopback()))
        .with_multicast_dns_mode(rtc::ice::mdns::MulticastDnsMode::Disabled)
        .build();
    let servers = ice.servers.iter().map(|server| {
        let login = server.login.as_ref().map(TurnLogin::now);
        let (username, password) = login.unwrap_or_else(|| (String::new(), Secret::new("")));
        RTCIceServer {
            urls: vec![server.url.clone()],
            username,
            credential: password.reveal().to_owned(),
        }
    });
    let configuration = RTCConfigurationBuilder::new()
        .with_ice_servers(servers.collect())
        .build();
    let connection = PeerConnectionBuilder::new()
        .with_configuration(configuration)
        .with_media_engine(media)
        .with_interceptor_registry(configure_rtcp_reports(Registry::new()))
        .with_setting_engine(settings)
        .with_handler(Arc::new(Handler(happens)))
        .with_udp_addrs(ice.local.clone())
        .build()
        .await?;
    let encoding = RTCRtpEncodingParameters {
        rtp_coding_parameters: RTCRtpCodingParameters {
            ssrc: Some(ssrc),
            ..Default::default()
        },
        codec: opus.rtp_codec,
        ..Default::default()
    };
    let name = || "allo".to_owned();
    let track = MediaStreamTrack::new(name(), name(), name(), RtpCodecKind::Audio, vec![encoding]);
    Ok((Arc::new(connection), Arc::new(TrackLocalStaticRTP::new(track))))
}

type Negotiated = (String, Arc<dyn RtpSender>, mpsc::UnboundedReceiver<Happened>);

/// From the offer to the answer with our candidates.
async fn negotiate(
    connection: Arc<dyn PeerConnection>,
    track: Arc<TrackLocalStaticRTP>,
    offer: String,
    mut happened: mpsc::UnboundedReceiver<Happened>,
) -> Result<Negotiated, PeerError> {
    let sender = connection.add_track(track).await?;
    connection
        .set_remote_description(RTCSessionDescription::offer(offer)?)
        .await?;
    let answer = connection.create_answer(None).await?;
    connection.set_local_description(answer).await?;
    let gathered = async { while !matches!(happened.recv().await, Some(Happened::Gathered) | None) {} };
    if tokio::time::timeout(GATHER, gathered).await.is_err() {
        tracing::warn!("un serveur STUN ou TURN ne répond pas : l'appel se fait sans lui");
    }
    let answer = connection.local_description().await;
    let answer = answer.ok_or_else(|| PeerError::Stack("no answer".into()))?.sdp;
    Ok((answer, sender, happened))
}

/// Closes the connection: otherwise its driver and its sockets would live on.
async fn close(connection: &dyn PeerConnection) {
    if let Err(error) = connection.close().await {
        tracing::debug!(%error, "connexion WebRTC déjà fermée");
    }
}

/// Carries packets between the stack and the call.
struct Carrier {
    sender: Arc<dyn RtpSender>,
    track: Arc<TrackLocalStaticRTP>,
    remote: Option<Arc<dyn TrackRemote>>,
    /// Told once sound can pass.
    connects: Option<tokio::sync::oneshot::Sender<()>>,
    happened: mpsc::UnboundedReceiver<Happened>,
    incoming: mpsc::Sender<Vec<u8>>,
    outgoing: mpsc::Receiver<rtc::rtp::Packet>,
}

impl Carrier {
    /// Until either side has had enough.
    async fn carry(mut self) {
        let mut look = tokio::time::interval(LOOK);
        let give_up = Instant::now() + CONNECT;
        loop {
            let goes_on = tokio::select! {
                packet = self.outgoing.recv() => match packet {
                    Some(packet) => self.track.write_rtp(packet).await.is_ok(),
                    None => false,
                },
                event = next(self.remote.as_ref()) => self.remote_track(event),
                happened = self.happened.recv() => self.happened(happened),
                _ = look.tick() => match self.connects {
                    Some(_) => Instant::now() < give_up,
                    None => !self.is_closed().await,
                },
            };
            if !goes_on {
                return;
            }
        }
    }

    fn happened(&mut self, happened: Option<Happened>) -> bool {
        match happened {
            None | Some(Happened::State(RTCPeerConnectionState::Closed | RTCPeerConnectionState::Failed)) => false,
            Some(Happened::State(RTCPeerConnectionState::Connected)) => {
                if let Some(connects) = self.connects.take() {
                    let _ = connects.send(());
                }
                true
            }
            Some(Happened::Track(track)) => {
                self.remote.get_or_insert(track);
                true
            }
            Some(Happened::State(_) | Happened::Gathered) => true,
        }
    }

    /// What the remote track brings.
    fn remote_track(&mut self, event: Option<TrackRemoteEvent>) -> bool {
        match event {
            Some(TrackRemoteEvent::OnRtpPacket(packet)) => {
                let header = rtp::Header {
                    payload_type: packet.header.payload_type,
                    marker: packet.header.marker,
                    sequence: packet.header.sequence_number,
                    timestamp: packet.header.timestamp,
                    ssrc: packet.header.ssrc,
                };
                let mut bytes = [0; HEADER_LEN];
                header.write(&mut bytes);
                let full = |e| matches!(e, mpsc::error::TrySendError::Full(_));
                if self
                    .incoming
                    .try_send([&bytes[..], &packet.payload].concat())
                    .is_err_and(full)
                {
                    metrics::counter!("allo_rtp_dropped_total", "why" => "late").increment(1);
                }
                true
            }
            Some(_) => true,
            None => false,
        }
    }

    /// Whether the browser has closed the connection (close_notify, RFC 5246, section 7.2.1): no event tells it.
    async fn is_closed(&self) -> bool {
        match self.sender.transport().await {
            Ok(Some(transport)) => matches!(transport.state().await, Ok(RTCDtlsTransportState::Closed)),
            _ => false,
        }
    }
}

/// The remote track's next event; none ever comes before there is one.
async fn next(track: Option<&Arc<dyn TrackRemote>>) -> Option<TrackRemoteEvent> {
    match track {
        Some(track) => track.poll().await,
        None => std::future::pending().await,
    }
}
