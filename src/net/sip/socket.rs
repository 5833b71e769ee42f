//! The sockets, and the guard at their door.
//!
//! ```text
//! datagram ─► ScreenedUdp ─► screen ─┬─► SIP stack ─► policy
//! TCP, TLS ─► stream (bounded) ──────┘
//! ```
//!
//! The stack would read streams itself, but one peer that never reads its answers would then block every call: `stream` does.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use rsipstack::platform::net::UdpSocket as StackSocket;
use rsipstack::transport::connection::{KEEPALIVE_REQUEST, KEEPALIVE_RESPONSE};
use socket2::{Domain, Protocol, Socket, Type};
use tokio::net::{TcpListener, UdpSocket};

use super::SipError;
use super::counters::Tally;
use super::screen::{MAX_DATAGRAM, Screened, screen};

/// Opens UDP, and TCP on the same port unless `tcp` is off. Port 0 takes one that is free for both.
pub(super) fn open(address: SocketAddr, tcp: bool) -> Result<(UdpSocket, Option<TcpListener>), SipError> {
    let attempts = if address.port() == 0 { 20 } else { 1 };
    for attempt in 1..=attempts {
        let udp = bind(address, Type::DGRAM, Protocol::UDP).map_err(|e| explain(address, "UDP", &e))?;
        let udp = UdpSocket::from_std(udp.into()).map_err(|e| explain(address, "UDP", &e))?;
        if !tcp {
            return Ok((udp, None));
        }
        let same = SocketAddr::new(
            address.ip(),
            udp.local_addr().map_err(|e| explain(address, "UDP", &e))?.port(),
        );
        match listen(same) {
            Ok(listener) => return Ok((udp, Some(listener))),
            Err(e) if attempt == attempts => return Err(explain(same, "TCP", &e)),
            Err(_) => {}
        }
    }
    unreachable!("the last attempt returns")
}

/// Opens TCP alone, for TLS.
pub(super) fn open_tls(address: SocketAddr) -> Result<TcpListener, SipError> {
    listen(address).map_err(|error| explain(address, "TLS", &error))
}

fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = bind(address, Type::STREAM, Protocol::TCP)?;
    socket.listen(128)?;
    TcpListener::from_std(socket.into())
}

fn bind(address: SocketAddr, kind: Type, protocol: Protocol) -> io::Result<Socket> {
    let socket = Socket::new(Domain::for_address(address), kind, Some(protocol))?;
    if protocol == Protocol::TCP {
        socket.set_reuse_address(true)?;
    } else {
        // Bursts of calls must not be lost while the task is not scheduled; a smaller limit of the kernel is fine too.
        socket.set_recv_buffer_size(1 << 20).ok();
    }
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    Ok(socket)
}

fn explain(address: SocketAddr, protocol: &str, error: &io::Error) -> SipError {
    let (ip, port) = (address.ip(), address.port());
    SipError::Listen(match error.kind() {
        io::ErrorKind::AddrInUse => format!(
            "le port {port} ({protocol}) est déjà pris sur {ip} : un autre logiciel de téléphonie (ou un autre Allô) \
             l'occupe. Arrêtez-le (« ss -lpn | grep {port} » le montre) ou choisissez un autre port."
        ),
        io::ErrorKind::AddrNotAvailable => format!(
            "l'adresse {ip} n'est pas une adresse de cette machine. Mettez l'une de celles que montre « ip address », \
             ou 0.0.0.0 pour toutes."
        ),
        io::ErrorKind::PermissionDenied => format!(
            "il n'est pas permis d'ouvrir le port {port} ({protocol}). Choisissez un port au-dessus de 1024, par \
             exemple 5060, ou donnez ce droit au programme."
        ),
        _ => format!("impossible d'écouter sur {address} ({protocol}) ; vérifiez cette adresse ({error})."),
    })
}

/// A UDP socket that hands sound messages only to the stack.
pub(super) struct ScreenedUdp {
    pub(super) socket: UdpSocket,
    pub(super) tally: Arc<Tally>,
}

impl ScreenedUdp {
    async fn receive(&self, buffer: &mut [u8]) -> (usize, SocketAddr) {
        loop {
            let (length, peer) = match self.socket.recv_from(buffer).await {
                Ok(received) => received,
                // An earlier packet of ours met a closed port (ICMP): nothing to do with the next one.
                Err(_) => {
                    tokio::time::sleep(Duration::from_millis(1)).await;
                    continue;
                }
            };
            let packet = &buffer[..length];
            if packet == KEEPALIVE_REQUEST {
                self.socket.send_to(KEEPALIVE_RESPONSE, peer).await.ok();
                continue;
            }
            if packet.iter().all(|b| b.is_ascii_whitespace() || *b == 0) {
                continue; // NAT keep-alives of several phones
            }
            if length > MAX_DATAGRAM {
                self.tally.oversized();
                continue;
            }
            let rewritten = match screen(packet) {
                Screened::Sound(_, text) if text.len() > buffer.len() => {
                    self.tally.oversized();
                    continue;
                }
                Screened::Sound(_, std::borrow::Cow::Owned(text)) => Some(text),
                Screened::Sound(_, std::borrow::Cow::Borrowed(_)) => None,
                Screened::UnknownMethod(answer) => {
                    self.tally.refused();
                    self.socket.send_to(&answer, peer).await.ok();
                    continue;
                }
                Screened::Malformed => {
                    self.tally.malformed();
                    tracing::debug!(%peer, length, "paquet UDP qui n'est pas du SIP");
                    continue;
                }
            };
            return match rewritten {
                Some(text) => {
                    buffer[..text.len()].copy_from_slice(&text);
                    (text.len(), peer)
                }
                None => (length, peer),
            };
        }
    }
}

type StackFuture<'a, T> = Pin<Box<dyn Future<Output = rsipstack::Result<T>> + Send + 'a>>;

// What `async_trait` would write.
impl StackSocket for ScreenedUdp {
    fn recv_from<'s, 'b, 'f>(&'s self, buffer: &'b mut [u8]) -> StackFuture<'f, (usize, SocketAddr)>
    where
        's: 'f,
        'b: 'f,
    {
        Box::pin(async move { Ok(self.receive(buffer).await) })
    }

    fn send_to<'s, 'b, 'f>(&'s self, bytes: &'b [u8], peer: SocketAddr) -> StackFuture<'f, usize>
    where
        's: 'f,
        'b: 'f,
    {
        Box::pin(async move { Ok(self.socket.send_to(bytes, peer).await?) })
    }

    fn local_addr(&self) -> rsipstack::Result<SocketAddr> {
        Ok(self.socket.local_addr()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_taken_port_is_explained_with_its_remedy() {
        let first = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
        let error = open(first.local_addr().unwrap(), true).unwrap_err().to_string();
        assert!(error.contains("déjà pris") && error.contains("ss -lpn"), "{error}");
    }

    #[tokio::test]
    async fn a_foreign_address_is_explained() {
        let error = open("203.0.113.77:5060".parse().unwrap(), true)
            .unwrap_err()
            .to_string();
        assert!(error.contains("n'est pas une adresse de cette machine"), "{error}");
    }

    #[tokio::test]
    async fn port_zero_takes_one_port_for_both() {
        let (udp, tcp) = open("127.0.0.1:0".parse().unwrap(), true).unwrap();
        assert_eq!(
            udp.local_addr().unwrap().port(),
            tcp.unwrap().local_addr().unwrap().port()
        );
    }
}
