//! Streams that carry SIP: TCP and TLS, taken or placed by us. Each has its own task, which stops reading while it cannot
//! write, so that a peer that never reads its answers blocks nobody.
//!
//! ```text
//! accept (bounded) ─► TLS handshake ──┐
//! connect ─► TLS, name verified ──────┴─► frame ─► screen ─► SIP stack
//! ```

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use rsipstack::sip::prelude::HeadersExt;
use rsipstack::sip::{SipMessage, Transport as StackTransport, headers::Via};
use rsipstack::transport::channel::ChannelConnection;
use rsipstack::transport::connection::{KEEPALIVE_REQUEST, KEEPALIVE_RESPONSE};
use rsipstack::transport::{SipAddr, SipConnection, TransportEvent};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, mpsc};
use tokio::time::{Instant, timeout, timeout_at};
use tokio_util::sync::CancellationToken;

use super::counters::Tally;
use super::screen::{Screened, frame, screen};
use super::tls::{self, Identity};

/// A first message, and the rest of a message begun, must come within this.
const PATIENCE: Duration = Duration::from_secs(10);

/// Takes connections until `token` falls, at most `limit` at a time, each closed when it stays silent for `idle`.
pub(super) struct Door {
    pub(super) listener: TcpListener,
    /// TLS comes first; none on plain TCP.
    pub(super) tls: Option<Arc<Identity>>,
    pub(super) limit: usize,
    pub(super) idle: Duration,
    pub(super) tally: Arc<Tally>,
    pub(super) token: CancellationToken,
}

impl Door {
    /// Accepts for ever; `connect` gives a new connection to the stack.
    pub(super) async fn serve(self, connect: impl Fn(SipConnection) + Clone + Send + 'static) {
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
            let (tls, idle, tally) = (self.tls.clone(), self.idle, self.tally.clone());
            let (token, connect) = (self.token.child_token(), connect.clone());
            tokio::spawn(async move {
                let _seat = seat;
                let Some(identity) = tls else {
                    let Some(link) = Link::new(peer, StackTransport::Tcp, None, token).await else {
                        return;
                    };
                    connect(link.connection.clone());
                    return link.carry(stream, idle, false, &tally).await;
                };
                let accepted = tokio::select! {
                    () = token.cancelled() => return,
                    accepted = identity.accept(stream) => accepted,
                };
                let stream = match accepted {
                    Ok(stream) => stream,
                    Err(error) => {
                        tally.tcp_refused();
                        let why = tls::explain(&error);
                        return tracing::info!(source = %peer.ip(), why, "connexion TLS refusée");
                    }
                };
                let local = stream.get_ref().0.local_addr().ok();
                let Some(link) = Link::new(peer, StackTransport::Tls, local, token).await else {
                    return;
                };
                connect(link.connection.clone());
                link.carry(stream, idle, false, &tally).await;
            });
        }
    }
}

/// One stream between its socket and the stack. When [`Link::carry`] returns, the stack forgets the connection.
pub(super) struct Link {
    pub(super) connection: SipConnection,
    address: SipAddr,
    peer: SocketAddr,
    transport: StackTransport,
    /// What our requests on it say that they come from; none: what the stack has written.
    sent_by: Option<SocketAddr>,
    token: CancellationToken,
    to_stack: mpsc::UnboundedSender<TransportEvent>,
    from_stack: mpsc::UnboundedReceiver<TransportEvent>,
}

impl Link {
    /// `token` falls when the stream ends, from whichever side.
    pub(super) async fn new(
        peer: SocketAddr,
        transport: StackTransport,
        sent_by: Option<SocketAddr>,
        token: CancellationToken,
    ) -> Option<Self> {
        let (to_stack, from_peer) = mpsc::unbounded_channel();
        let (to_peer, from_stack) = mpsc::unbounded_channel();
        let address = SipAddr {
            r#type: Some(transport),
            addr: peer.into(),
        };
        let channel = ChannelConnection::create_connection(from_peer, to_peer, address.clone(), Some(token.clone()));
        Some(Self {
            connection: SipConnection::Channel(channel.await.ok()?),
            address,
            peer,
            transport,
            sent_by,
            token,
            to_stack,
            from_stack,
        })
    }

    /// Carries messages both ways until the end. A stream that we have opened ourselves owes us no first message.
    pub(super) async fn carry(
        mut self,
        mut stream: impl AsyncRead + AsyncWrite + Unpin,
        idle: Duration,
        ours: bool,
        tally: &Tally,
    ) {
        let token = self.token.clone();
        let _over = token.clone().drop_guard();
        let mut buffer = Vec::with_capacity(4096);
        let mut deadline = Instant::now() + if ours { idle } else { PATIENCE };
        let mut proven = ours; // has sent a sound message: it may then stay with keep-alives alone (RFC 5626)
        loop {
            tokio::select! {
                () = token.cancelled() => return,
                read = timeout_at(deadline, stream.read_buf(&mut buffer)) => match read {
                    Ok(Ok(n)) if n > 0 => {
                        let first_bytes = buffer.len() == n;
                        let Some(taken) = self.take_messages(&mut buffer, &mut stream, tally).await else { return };
                        proven |= taken > 0;
                        if buffer.is_empty() && proven {
                            deadline = Instant::now() + idle;
                        } else if proven && (taken > 0 || first_bytes) {
                            deadline = Instant::now() + PATIENCE;
                        }
                    }
                    Ok(_) => return, // closed by the peer
                    Err(_) if ours => return,
                    Err(_) => return tally.tcp_refused(),
                },
                event = self.from_stack.recv() => {
                    let Some(TransportEvent::Incoming(message, ..)) = event else { return };
                    if !write(&mut stream, &self.stamped(message).to_bytes()).await {
                        return tally.tcp_refused();
                    }
                }
            }
        }
    }

    /// A request with the transport and the address that it really leaves by: the stack knows only those that it listens on
    /// (RFC 3261, section 18.1.1).
    fn stamped(&self, mut message: SipMessage) -> SipMessage {
        if let (SipMessage::Request(request), Some(sent_by)) = (&mut message, self.sent_by)
            && let Ok(via) = request.via_header_mut()
        {
            let stamp = |via: Via| {
                let value = via.value();
                let parameters = value.find(';').map_or("", |at| &value[at..]);
                Ok(Via::new(format!("SIP/2.0/{} {sent_by}{parameters}", self.transport)))
            };
            via.update_first_value(stamp).ok();
        }
        message
    }

    /// Hands every whole message of the buffer to the stack. How many, or None when the connection must be closed.
    async fn take_messages(
        &self,
        buffer: &mut Vec<u8>,
        stream: &mut (impl AsyncWrite + Unpin),
        tally: &Tally,
    ) -> Option<usize> {
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
                    let message = SipConnection::update_msg_received(message, self.peer, self.transport).ok()?;
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

async fn write(stream: &mut (impl AsyncWrite + Unpin), bytes: &[u8]) -> bool {
    let written = async {
        stream.write_all(bytes).await?;
        stream.flush().await
    };
    matches!(timeout(PATIENCE, written).await, Ok(Ok(())))
}
