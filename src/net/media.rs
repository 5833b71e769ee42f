//! The sockets of one call's sound: RTP on an even port, RTCP on the next (RFC 3550, section 11), symmetric, and encrypted
//! where that was agreed: whoever holds them sees plain packets.

use std::future::poll_fn;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::ops::RangeInclusive;
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use tokio::io::ReadBuf;
use tokio::net::UdpSocket;

use super::srtp::{Sealed, Srtp};
use crate::wire::negotiate::Agreed;
use crate::wire::rtp;

/// A stream may go on from another address only once it has been quiet at the first for this long.
const QUIET: Duration = Duration::from_secs(2);
/// Expedited forwarding (RFC 3246), as telephones mark their sound.
const DSCP_EF: u32 = 46 << 2;

/// What came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Received {
    /// So many bytes on the RTP port: sound, keys, or reports that share the port.
    Sound(usize),
    /// So many bytes on the RTCP port.
    Report(usize),
}

impl Received {
    /// Bytes received.
    pub fn length(self) -> usize {
        let (Self::Sound(length) | Self::Report(length)) = self;
        length
    }
}

/// Hands out ports, in turn, so that late packets of a call that just ended meet nobody.
#[derive(Debug)]
pub struct Ports {
    first: u32,
    pairs: u32,
    next: AtomicU32,
}

impl Ports {
    /// Pairs of ports within `range`.
    pub fn new(range: &RangeInclusive<u16>) -> Self {
        let first = u32::from(*range.start()).next_multiple_of(2);
        let pairs = (u32::from(*range.end()) + 1).saturating_sub(first) / 2;
        Self {
            first,
            pairs,
            next: AtomicU32::new(0),
        }
    }

    /// Opens a pair on `address`; none when all are in use.
    pub fn open(&self, address: IpAddr) -> Option<Sockets> {
        (0..self.pairs).find_map(|_| {
            let index = self.next.fetch_add(1, Ordering::Relaxed) % self.pairs;
            let port = (self.first + 2 * index) as u16;
            Sockets::open(address, port).ok()
        })
    }

    /// A port on `address` that is free, for somebody who opens it at once: it is not lent again before all others.
    pub fn lend(&self, address: IpAddr) -> Option<SocketAddr> {
        let port = self.open(address)?.port().ok()?;
        Some(SocketAddr::new(address, port))
    }
}

/// The sockets of one call.
#[derive(Debug)]
pub struct Sockets {
    rtp: UdpSocket,
    rtcp: UdpSocket,
    /// Where SDP says that the peer is.
    announced: SocketAddr,
    /// Where it is.
    remote: SocketAddr,
    remote_rtcp: SocketAddr,
    /// RTCP goes through the RTP port (RFC 5761).
    mux: bool,
    /// The source (SSRC) that we hear, and when its last packet came; none before the first.
    heard: Option<(u32, Instant)>,
    srtp: Srtp,
}

impl Sockets {
    fn open(address: IpAddr, port: u16) -> io::Result<Self> {
        let bind = |port| {
            let socket = socket2::Socket::new(
                if address.is_ipv4() {
                    socket2::Domain::IPV4
                } else {
                    socket2::Domain::IPV6
                },
                socket2::Type::DGRAM,
                Some(socket2::Protocol::UDP),
            )?;
            socket.set_nonblocking(true)?;
            if address.is_ipv4() {
                // A system that forbids it sends unmarked packets, which arrive all the same.
                let _ = socket.set_tos_v4(DSCP_EF);
            }
            socket.bind(&SocketAddr::new(address, port).into())?;
            UdpSocket::from_std(socket.into())
        };
        let nobody = SocketAddr::new(address, 9);
        Ok(Self {
            rtp: bind(port)?,
            rtcp: bind(port + 1)?,
            announced: nobody,
            remote: nobody,
            remote_rtcp: nobody,
            mux: false,
            heard: None,
            srtp: Srtp::default(),
        })
    }

    /// Our RTP port.
    pub fn port(&self) -> io::Result<u16> {
        Ok(self.rtp.local_addr()?.port())
    }

    /// Where SDP says that the peer listens, and the keys that it gives.
    pub fn set_remote(&mut self, agreed: &Agreed) {
        self.srtp.agree(agreed.srtp.as_ref());
        self.mux = agreed.rtcp_mux;
        let moved = agreed.remote != self.announced;
        self.announced = agreed.remote;
        // An address that already works behind its NAT is better than what the peer believes of itself.
        if moved || self.is_quiet() {
            (self.remote, self.remote_rtcp) = (agreed.remote, agreed.remote_rtcp);
            self.heard = None;
        }
    }

    fn is_quiet(&self) -> bool {
        self.heard.is_none_or(|(_, at)| at.elapsed() >= QUIET)
    }

    /// The next datagram, in `buffer`. Symmetric RTP (RFC 4961): from the first packet on, we send to where it came
    /// from, and take nothing from elsewhere.
    pub async fn receive(&mut self, buffer: &mut [u8]) -> Received {
        poll_fn(|context| self.poll_receive(context, buffer)).await
    }

    /// The same for who waits for many: only the task that asked last is woken.
    pub fn poll_receive(&mut self, context: &mut Context<'_>, buffer: &mut [u8]) -> Poll<Received> {
        loop {
            let mut room = ReadBuf::new(buffer);
            if let Poll::Ready(received) = self.rtp.poll_recv_from(context, &mut room) {
                let length = room.filled().len();
                // An error is a port unreachable from the peer, say: the next packet may be fine.
                let Ok(from) = received else { continue };
                match self.take(&mut buffer[..length], from) {
                    Ok(length) => return Poll::Ready(Received::Sound(length)),
                    Err(why) => dropped(why),
                }
                continue;
            }
            let Poll::Ready(received) = self.rtcp.poll_recv_from(context, &mut room) else {
                return Poll::Pending;
            };
            let length = room.filled().len();
            match received {
                Ok(from) if from.ip() == self.remote.ip() => match self.take_report(&mut buffer[..length]) {
                    Ok(length) => return Poll::Ready(Received::Report(length)),
                    Err(why) => dropped(why),
                },
                Ok(_) => dropped("stranger"),
                Err(_) => {}
            }
        }
    }

    /// Takes a datagram on the RTP port, if it is the peer's; follows the peer where it went. Gives the length of the plain
    /// packet, or why it is none.
    ///
    /// Telephones that suppress silence are quiet for seconds, so quiet alone gives the stream to nobody: another
    /// address must be the announced one, or know the number of the source.
    fn take(&mut self, datagram: &mut [u8], from: SocketAddr) -> Result<usize, &'static str> {
        const MALFORMED: &str = Sealed::Malformed.name();
        if rtp::is_rtcp(datagram) && from == self.remote {
            return self.take_report(datagram);
        }
        let (header, _) = rtp::header(datagram).map_err(|_| MALFORMED)?;
        let ssrc = header.ssrc;
        let theirs = match self.heard {
            None => true,
            Some(_) if from == self.remote || from == self.announced => true,
            Some((known, _)) => ssrc == known && self.is_quiet(),
        };
        if !theirs {
            return Err("stranger");
        }
        let length = if self.srtp.is_on() {
            self.srtp.open(datagram).map_err(Sealed::name)?
        } else {
            datagram.len()
        };
        rtp::parse(&datagram[..length]).map_err(|_| MALFORMED)?;
        if from != self.remote {
            let port = if self.mux {
                from.port()
            } else {
                from.port().saturating_add(1)
            };
            (self.remote, self.remote_rtcp) = (from, SocketAddr::new(from.ip(), port));
        }
        self.heard = Some((ssrc, Instant::now()));
        Ok(length)
    }

    fn take_report(&mut self, datagram: &mut [u8]) -> Result<usize, &'static str> {
        if self.srtp.is_on() {
            return self.srtp.open_report(datagram).map_err(Sealed::name);
        }
        Ok(datagram.len())
    }

    /// Sends an RTP packet. A full buffer loses it, as a network would.
    pub fn send(&mut self, packet: &[u8]) {
        if !self.srtp.is_on() {
            let _ = self.rtp.try_send_to(packet, self.remote);
        } else if let Some(sealed) = self.srtp.seal(packet) {
            let _ = self.rtp.try_send_to(sealed.as_ref(), self.remote);
        }
    }

    /// Sends an RTCP packet.
    pub fn send_rtcp(&mut self, packet: &[u8]) {
        let socket = if self.mux { &self.rtp } else { &self.rtcp };
        if !self.srtp.is_on() {
            let _ = socket.try_send_to(packet, self.remote_rtcp);
        } else if let Some(sealed) = self.srtp.seal_report(packet) {
            let _ = socket.try_send_to(sealed.as_ref(), self.remote_rtcp);
        }
    }
}

fn dropped(why: &'static str) {
    metrics::counter!("allo_rtp_dropped_total", "why" => why).increment(1);
}

/// The local address that faces `peer`: what to write into SDP when nothing else was configured.
pub fn facing(peer: IpAddr) -> io::Result<IpAddr> {
    let any: IpAddr = if peer.is_ipv4() {
        [0, 0, 0, 0].into()
    } else {
        [0u16; 8].into()
    };
    let socket = std::net::UdpSocket::bind((any, 0))?;
    // Connecting a datagram socket sends nothing: it only asks for the route.
    socket.connect((peer, 9))?;
    Ok(socket.local_addr()?.ip())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::negotiate::Local;
    use crate::wire::sdes::{CHANCE, Encryption};
    use crate::wire::sdp;

    const LOOPBACK: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

    #[tokio::test]
    async fn pairs_are_even_and_run_out() {
        let ports = Ports::new(&(45_001..=45_005));
        let first = ports.open(LOOPBACK).expect("a pair is free");
        let second = ports.open(LOOPBACK).expect("a pair is free");
        assert_eq!(
            [first.port().expect("bound"), second.port().expect("bound")],
            [45_002, 45_004]
        );
        assert!(ports.open(LOOPBACK).is_none());
        drop(first);
        assert_eq!(
            ports.open(LOOPBACK).expect("is free again").port().expect("bound"),
            45_002
        );
    }

    /// A packet of a source, told from others by its sequence number.
    fn packet(sequence: u8, ssrc: u8) -> [u8; 12] {
        let mut packet = [0; 12];
        (packet[0], packet[3], packet[11]) = (0x80, sequence, ssrc);
        packet
    }

    async fn stranger() -> UdpSocket {
        UdpSocket::bind("127.0.0.1:0").await.expect("binds")
    }

    #[tokio::test]
    async fn the_stream_follows_its_first_packet_and_no_stranger() {
        let ports = Ports::new(&(45_100..=45_140));
        let mut sockets = ports.open(LOOPBACK).expect("a pair is free");
        let ours = SocketAddr::new(LOOPBACK, sockets.port().expect("bound"));
        let (peer, thief, moved) = (stranger().await, stranger().await, stranger().await);
        peer.send_to(b"junk", ours).await.expect("sends");
        peer.send_to(&packet(1, 7), ours).await.expect("sends");
        let mut buffer = [0; 1500];
        assert_eq!(sockets.receive(&mut buffer).await, Received::Sound(12));
        thief.send_to(&packet(2, 8), ours).await.expect("sends");
        peer.send_to(&packet(3, 7), ours).await.expect("sends");
        sockets.receive(&mut buffer).await;
        assert_eq!(buffer[3], 3, "the stranger's packet was taken");
        sockets.send(b"back");
        assert_eq!(peer.recv_from(&mut buffer).await.expect("receives").0, 4);

        // The peer suppresses silence: a stranger's moment has not come, but the peer may have got another address.
        sockets.heard = Some((7, Instant::now() - QUIET));
        thief.send_to(&packet(4, 8), ours).await.expect("sends");
        moved.send_to(&packet(5, 7), ours).await.expect("sends");
        sockets.receive(&mut buffer).await;
        assert_eq!(buffer[3], 5, "the stranger's packet was taken");
        sockets.send(b"there");
        assert_eq!(moved.recv_from(&mut buffer).await.expect("receives").0, 5);
    }

    #[tokio::test]
    async fn the_announced_address_wins_over_whoever_was_first() {
        let ports = Ports::new(&(45_200..=45_240));
        let mut sockets = ports.open(LOOPBACK).expect("a pair is free");
        let ours = SocketAddr::new(LOOPBACK, sockets.port().expect("bound"));
        let (peer, thief) = (stranger().await, stranger().await);
        sockets.announced = peer.local_addr().expect("bound");
        let mut buffer = [0; 1500];
        thief.send_to(&packet(1, 8), ours).await.expect("sends");
        sockets.receive(&mut buffer).await;
        peer.send_to(&packet(2, 7), ours).await.expect("sends");
        sockets.receive(&mut buffer).await;
        thief.send_to(&packet(3, 8), ours).await.expect("sends");
        peer.send_to(&packet(4, 7), ours).await.expect("sends");
        sockets.receive(&mut buffer).await;
        assert_eq!(buffer[3], 4, "the stranger's packet was taken");
        sockets.send(b"back");
        assert_eq!(peer.recv_from(&mut buffer).await.expect("receives").0, 4);
    }

    /// Two ends of one encrypted call; the second one's packets come from `peer`, not from its own sockets.
    fn encrypted(remote: SocketAddr) -> (Agreed, Srtp) {
        let local = || Local::new(LOOPBACK, 9, &[crate::audio::Codec::Pcma], 1);
        let mut caller = local().encrypted(Encryption::Required, true, [1; CHANCE]);
        let mut callee = local().encrypted(Encryption::Required, true, [2; CHANCE]);
        let offer = sdp::parse(&caller.offer()).expect("SDP");
        let (mut ours, answer) = callee.answer(&offer).expect("agreed");
        let theirs = caller.accept(&sdp::parse(&answer).expect("SDP")).expect("agreed");
        let mut srtp = Srtp::default();
        srtp.agree(theirs.srtp.as_ref());
        (ours.remote, ours.remote_rtcp) = (remote, remote);
        (ours, srtp)
    }

    #[tokio::test]
    async fn only_who_knows_the_key_is_heard_and_followed() {
        let ports = Ports::new(&(45_300..=45_340));
        let mut sockets = ports.open(LOOPBACK).expect("a pair is free");
        let ours = SocketAddr::new(LOOPBACK, sockets.port().expect("bound"));
        let (announced, peer, thief) = (stranger().await, stranger().await, stranger().await);
        let (agreed, mut theirs) = encrypted(announced.local_addr().expect("bound"));
        sockets.set_remote(&agreed);
        let mut sealed = |sequence| theirs.seal(&packet(sequence, 7)).expect("sealed").as_ref().to_vec();
        // First of all comes a thief: plain, then with a bent packet of the peer's.
        let mut bent = sealed(1);
        bent[11] ^= 1;
        for junk in [&packet(1, 8)[..], &bent] {
            thief.send_to(junk, ours).await.expect("sends");
        }
        let good = sealed(2);
        peer.send_to(&good, ours).await.expect("sends");
        let mut buffer = [0; 1500];
        assert_eq!(sockets.receive(&mut buffer).await, Received::Sound(12));
        assert_eq!(buffer[..12], packet(2, 7));
        // What has come before is dropped, wherever it comes from.
        peer.send_to(&good, ours).await.expect("sends");
        peer.send_to(&sealed(3), ours).await.expect("sends");
        sockets.receive(&mut buffer).await;
        assert_eq!(buffer[3], 3, "a repeated packet was taken");
        // We answer the peer, encrypted.
        sockets.send(&packet(9, 5));
        let (length, _) = peer.recv_from(&mut buffer).await.expect("receives");
        let length = theirs_open(&mut theirs, &mut buffer[..length]);
        assert_eq!(buffer[..length], packet(9, 5));
    }

    fn theirs_open(srtp: &mut Srtp, packet: &mut [u8]) -> usize {
        assert!(packet.len() > 12, "it came plain");
        srtp.open(packet).expect("it is ours")
    }

    #[test]
    fn the_address_that_faces_us_is_us() {
        assert_eq!(facing(LOOPBACK).expect("has a route"), LOOPBACK);
    }
}
