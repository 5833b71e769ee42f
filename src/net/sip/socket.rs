//! The sockets, and the guard at their door.
//!
//! ```text
//! datagram ─► ScreenedUdp ─► screen ─┬─► SIP stack ─► policy
//! TCP ─► accept (bounded) ─► frame ──┘
//! ```
//!
//! The stack would read TCP itself, but one peer that never reads its answers would then block every call: here each
//! connection has its own task, which stops reading while it cannot write.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use rsipstack::platform::net::UdpSocket as StackSocket;
use rsipstack::sip::{SipMessage, Transport};
use rsipstack::transport::channel::ChannelConnection;
use rsipstack::transport::connection::{KEEPALIVE_REQUEST, KEEPALIVE_RESPONSE};
use rsipstack::transport::{SipAddr, SipConnection, TransportEvent};
use socket2::{Domain, Protocol, Socket, Type};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UdpSocket};
use tokio::sync::{Semaphore, mpsc};
use tokio::time::{Instant, timeout, timeout_at};
use tokio_util::sync::CancellationToken;

use super::SipError;
use super::counters::Tally;
use super::screen::{MAX_DATAGRAM, Screened, frame, screen};

/// A first message, and the rest of a message begun, must come within this.
const TCP_PATIENCE: Duration = Duration::from_secs(10);

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
        let listener = bind(same, Type::STREAM, Protocol::TCP).and_then(|socket| {
            socket.listen(128)?;
            TcpListener::from_std(socket.into())
        });
        match listener {
            Ok(listener) => return Ok((udp, Some(listener))),
            Err(e) if attempt == attempts => return Err(explain(same, "TCP", &e)),
            Err(_) => {}
        }
    }
    unreachable!("the last attempt returns")
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
        _ => format!("impossible d'écouter sur {address} ({protocol}) : {error}."),
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

/// Takes TCP connections until `token` falls, at most `limit` at a time, each closed when it stays silent for `idle`.
pub(super) struct TcpDoor {
    pub(super) listener: TcpListener,
    pub(super) limit: usize,
    pub(super) idle: Duration,
    pub(super) tally: Arc<Tally>,
    pub(super) token: CancellationToken,
}

impl TcpDoor {
    /// Accepts for ever; `connect` gives a new connection to the stack.
    pub(super) async fn serve(self, connect: impl Fn(SipConnection)) {
        let seats = Arc::new(Semaphore::new(self.limit));
        loop {
            let accepted = tokio::select! {
                () = self.token.cancelled() => return,
                accepted = self.listener.accept() => accepted,
            };
            let (stream, peer) = match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    // Out of file descriptors, most likely: wait for some to come back.
                    tracing::warn!(%error, "connexion TCP refusée");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                    continue;
                }
            };
            let Ok(seat) = seats.clone().try_acquire_owned() else {
                self.tally.tcp_refused();
                continue;
            };
            stream.set_nodelay(true).ok();
            let token = self.token.child_token();
            let (to_stack, from_peer) = mpsc::unbounded_channel();
            let (to_peer, from_stack) = mpsc::unbounded_channel();
            let address = SipAddr {
                r#type: Some(Transport::Tcp),
                addr: peer.into(),
            };
            let channel =
                ChannelConnection::create_connection(from_peer, to_peer, address.clone(), Some(token.clone())).await;
            let Ok(channel) = channel else { continue };
            let connection = SipConnection::Channel(channel);
            connect(connection.clone());
            let carrier = Carrier {
                connection,
                address,
                peer,
                to_stack,
                from_stack,
            };
            let (idle, tally) = (self.idle, self.tally.clone());
            tokio::spawn(async move {
                tokio::select! {
                    () = token.cancelled() => {}
                    () = carrier.carry(stream, idle, &tally) => {}
                }
                drop(seat);
            });
        }
    }
}

/// One TCP connection between its socket and the stack. When it returns, the stack forgets the connection.
struct Carrier {
    connection: SipConnection,
    address: SipAddr,
    peer: SocketAddr,
    to_stack: mpsc::UnboundedSender<TransportEvent>,
    from_stack: mpsc::UnboundedReceiver<TransportEvent>,
}

impl Carrier {
    async fn carry(mut self, mut stream: TcpStream, idle: Duration, tally: &Tally) {
        let mut buffer = Vec::with_capacity(4096);
        let mut deadline = Instant::now() + TCP_PATIENCE;
        let mut proven = false; // has sent a sound message: it may then stay with keep-alives alone (RFC 5626)
        loop {
            tokio::select! {
                read = timeout_at(deadline, stream.read_buf(&mut buffer)) => match read {
                    Ok(Ok(n)) if n > 0 => {
                        let first_bytes = buffer.len() == n;
                        let Some(taken) = self.take_messages(&mut buffer, &mut stream, tally).await else { return };
                        proven |= taken > 0;
                        if buffer.is_empty() && proven {
                            deadline = Instant::now() + idle;
                        } else if proven && (taken > 0 || first_bytes) {
                            deadline = Instant::now() + TCP_PATIENCE;
                        }
                    }
                    Ok(_) => return, // closed by the peer
                    Err(_) => return tally.tcp_refused(),
                },
                event = self.from_stack.recv() => {
                    let Some(TransportEvent::Incoming(message, ..)) = event else { return };
                    if !write(&mut stream, &message.to_bytes()).await {
                        return tally.tcp_refused();
                    }
                }
            }
        }
    }

    /// Hands every whole message of the buffer to the stack. How many, or None when the connection must be closed.
    async fn take_messages(&self, buffer: &mut Vec<u8>, stream: &mut TcpStream, tally: &Tally) -> Option<usize> {
        let mut taken = 0;
        loop {
            if buffer.starts_with(KEEPALIVE_REQUEST) {
                buffer.drain(..KEEPALIVE_REQUEST.len());
                if !write(stream, KEEPALIVE_RESPONSE).await {
                    return None;
                }
                continue;
            }
            if buffer.starts_with(b"\r\n") && buffer.len() != 3 && buffer.get(2) != Some(&b'\r') {
                // RFC 3261, section 7.5: empty lines before a message are passed over.
                buffer.drain(..2);
                continue;
            }
            let length = match frame(buffer) {
                Ok(Some(length)) => length,
                Ok(None) => return Some(taken),
                Err(()) => {
                    tally.malformed();
                    return None;
                }
            };
            let bytes: Vec<u8> = buffer.drain(..length).collect();
            match screen(&bytes) {
                Screened::Sound(message, _) => {
                    let message: SipMessage = *message;
                    let message = SipConnection::update_msg_received(message, self.peer, Transport::Tcp).ok()?;
                    let event = TransportEvent::Incoming(message, self.connection.clone(), self.address.clone());
                    self.to_stack.send(event).ok()?;
                    taken += 1;
                }
                Screened::UnknownMethod(answer) => {
                    tally.refused();
                    if !write(stream, &answer).await {
                        return None;
                    }
                }
                Screened::Malformed => {
                    tally.malformed();
                    return None;
                }
            }
        }
    }
}

async fn write(stream: &mut TcpStream, bytes: &[u8]) -> bool {
    matches!(timeout(TCP_PATIENCE, stream.write_all(bytes)).await, Ok(Ok(())))
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
