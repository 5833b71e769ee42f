//! The sockets of one call's sound: RTP on an even port, RTCP on the next (RFC 3550, section 11), symmetric.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::ops::RangeInclusive;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use tokio::net::UdpSocket;

use crate::wire::negotiate::Agreed;

/// A stranger may take over the stream only once its owner has been quiet for this long.
const QUIET: Duration = Duration::from_secs(2);
/// Expedited forwarding (RFC 3246), as telephones mark their sound.
const DSCP_EF: u32 = 46 << 2;

/// Longest datagram that is looked at.
const MAX_DATAGRAM: usize = 1500;

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
}

/// The sockets of one call.
#[derive(Debug)]
pub struct Sockets {
    rtp: UdpSocket,
    rtcp: UdpSocket,
    remote: SocketAddr,
    remote_rtcp: SocketAddr,
    /// RTCP goes through the RTP port (RFC 5761).
    mux: bool,
    last: Option<Instant>,
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
            remote: nobody,
            remote_rtcp: nobody,
            mux: false,
            last: None,
        })
    }

    /// Our RTP port.
    pub fn port(&self) -> io::Result<u16> {
        Ok(self.rtp.local_addr()?.port())
    }

    /// Where SDP says that the peer listens.
    pub fn set_remote(&mut self, agreed: &Agreed) {
        self.mux = agreed.rtcp_mux;
        // An address that already works behind its NAT is better than what the peer believes of itself.
        if self.last.is_none_or(|at| at.elapsed() > QUIET) {
            (self.remote, self.remote_rtcp) = (agreed.remote, agreed.remote_rtcp);
            self.last = None;
        }
    }

    /// The next datagram, in `buffer`. Symmetric RTP (RFC 4961): from the first packet on, we send to where it came
    /// from, and take nothing from elsewhere.
    pub async fn receive(&mut self, buffer: &mut [u8]) -> Received {
        let mut report = [0; MAX_DATAGRAM];
        loop {
            let (result, is_report) = tokio::select! {
                result = self.rtp.recv_from(buffer) => (result, false),
                result = self.rtcp.recv_from(&mut report) => (result, true),
            };
            // A port unreachable from the peer, say: the next packet may be fine.
            let Ok((length, from)) = result else { continue };
            if is_report && from.ip() == self.remote.ip() {
                let length = length.min(buffer.len());
                buffer[..length].copy_from_slice(&report[..length]);
                return Received::Report(length);
            }
            if !is_report && length >= 8 && buffer[0] >> 6 == 2 && self.accepts(from) {
                self.last = Some(Instant::now());
                return Received::Sound(length);
            }
        }
    }

    /// Whether a packet from this address is the peer's, and follows the peer where it went.
    fn accepts(&mut self, from: SocketAddr) -> bool {
        if from == self.remote {
            return true;
        }
        if self.last.is_some_and(|at| at.elapsed() < QUIET) {
            return false;
        }
        let port = if self.mux {
            from.port()
        } else {
            from.port().saturating_add(1)
        };
        (self.remote, self.remote_rtcp) = (from, SocketAddr::new(from.ip(), port));
        true
    }

    /// Sends an RTP packet. A full buffer loses it, as a network would.
    pub fn send(&self, packet: &[u8]) {
        let _ = self.rtp.try_send_to(packet, self.remote);
    }

    /// Sends an RTCP packet.
    pub fn send_rtcp(&self, packet: &[u8]) {
        let socket = if self.mux { &self.rtp } else { &self.rtcp };
        let _ = socket.try_send_to(packet, self.remote_rtcp);
    }
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

    #[tokio::test]
    async fn the_stream_follows_its_first_packet_and_no_stranger() {
        let ports = Ports::new(&(45_100..=45_140));
        let mut sockets = ports.open(LOOPBACK).expect("a pair is free");
        let ours = SocketAddr::new(LOOPBACK, sockets.port().expect("bound"));
        let (peer, stranger) = (
            UdpSocket::bind("127.0.0.1:0").await.expect("binds"),
            UdpSocket::bind("127.0.0.1:0").await.expect("binds"),
        );
        let mut packet = [0x80u8; 12];
        peer.send_to(b"junk", ours).await.expect("sends");
        peer.send_to(&packet, ours).await.expect("sends");
        let mut buffer = [0; 1500];
        assert_eq!(sockets.receive(&mut buffer).await, Received::Sound(12));
        packet[1] = 1;
        stranger.send_to(&packet, ours).await.expect("sends");
        packet[1] = 2;
        peer.send_to(&packet, ours).await.expect("sends");
        sockets.receive(&mut buffer).await;
        assert_eq!(buffer[1], 2, "the stranger's packet was taken");
        sockets.send(b"back");
        assert_eq!(peer.recv_from(&mut buffer).await.expect("receives").0, 4);
    }

    #[test]
    fn the_address_that_faces_us_is_us() {
        assert_eq!(facing(LOOPBACK).expect("has a route"), LOOPBACK);
    }
}
