//! The running SIP layer: its sockets, its stack, its calls.

use std::collections::{HashMap, HashSet};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rsipstack::EndpointBuilder;
use rsipstack::dialog::dialog_layer::DialogLayer;
use rsipstack::dialog::invite_dialog::InviteDialog;
use rsipstack::sip::{HostWithPort, Scheme, Uri};
use rsipstack::transaction::endpoint::{EndpointInnerRef, EndpointOption};
use rsipstack::transport::udp::UdpConnection;
use rsipstack::transport::{SipConnection, TransportLayer};
use tokio::sync::{Semaphore, mpsc, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::counters::Tally;
use super::dial::{DialOptions, Dialler};
use super::event::Incoming;
use super::leg::{Command, Core, Leg};
use super::message::{local_address_facing, uri};
use super::reach::Flow;
use super::register::{self, RegistrationState};
use super::session::Policy;
use super::socket::{ScreenedUdp, open, open_tls};
use super::stream::Door;
use super::tls::{Identity, Trust};
use super::{Counters, LegEvent, SipConfig, SipError, Transport, policy};

/// Calls that wait to be taken by the application; more are refused.
const INCOMING_QUEUE: usize = 64;

/// What every part of the layer shares.
pub(super) struct Stack {
    pub(super) config: SipConfig,
    pub(super) endpoint: EndpointInnerRef,
    pub(super) dialogs: Arc<DialogLayer>,
    pub(super) tally: Arc<Tally>,
    pub(super) slots: Arc<Semaphore>,
    pub(super) addresses: Vec<SocketAddr>,
    /// Where TLS listens.
    pub(super) tls: Option<SocketAddr>,
    pub(super) trust: Trust,
    /// TLS connections that we have opened, by their far end.
    pub(super) flows: Mutex<HashMap<SocketAddr, Flow>>,
    pub(super) token: CancellationToken,
    pub(super) draining: AtomicBool,
    /// Side tasks of calls: they end by themselves, soon.
    pub(super) tasks: TaskTracker,
    /// Addresses that the registrar was found at: calls come from there.
    pub(super) registrar: Mutex<HashSet<IpAddr>>,
    /// INVITEs being handled: Call-ID, tag, CSeq.
    pub(super) claims: Mutex<HashSet<(String, String, String)>>,
    legs: Mutex<HashMap<String, Arc<Core>>>,
}

/// A value behind a mutex that no code can poison halfway: each critical section is one simple statement.
pub(super) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Call-ID and our tag name a call for its whole life (the peer's tag comes later).
fn leg_key(call_id: &str, local_tag: &str) -> String {
    format!("{call_id}\n{local_tag}")
}

impl Stack {
    /// Our session timer wishes.
    pub(super) fn session_policy(&self) -> Policy {
        let least = self.config.min_session_expires.max(Duration::from_secs(1));
        Policy {
            wanted: self.config.session_expires.max(least),
            least,
        }
    }

    /// Keeps a call until [`Stack::forget`].
    pub(super) fn remember(&self, core: &Arc<Core>) {
        let id = core.dialog().id();
        let mut legs = locked(&self.legs);
        legs.insert(leg_key(&id.call_id, &id.local_tag), core.clone());
        self.count_dialogs(&legs);
    }

    /// Forgets a call that is over, in the stack too.
    pub(super) fn forget(&self, core: &Arc<Core>) {
        let id = core.dialog().id();
        let mut legs = locked(&self.legs);
        legs.remove(&leg_key(&id.call_id, &id.local_tag));
        self.dialogs.remove_dialog(&id);
        self.count_dialogs(&legs);
    }

    /// Tells the metrics how many dialogs the stack holds, which may be more than our legs. One at a time, so that the
    /// last figure told is the last one true.
    fn count_dialogs(&self, _one_at_a_time: &MutexGuard<'_, HashMap<String, Arc<Core>>>) {
        metrics::gauge!("allo_sip_dialogs").set(self.dialogs.len() as f64);
    }

    /// A second attempt of the same call has another dialog.
    pub(super) fn rename(&self, core: &Arc<Core>, dialog: InviteDialog) {
        self.forget(core);
        core.replace_dialog(dialog);
        self.remember(core);
    }

    /// The call of that Call-ID and tag of ours.
    pub(super) fn leg(&self, call_id: &str, local_tag: &str) -> Option<Arc<Core>> {
        locked(&self.legs).get(&leg_key(call_id, local_tag)).cloned()
    }

    fn legs_now(&self) -> Vec<Arc<Core>> {
        locked(&self.legs).values().cloned().collect()
    }

    /// Whether calls may come from there. This machine's own calls (the demonstration) come from `localhost` itself;
    /// another address of the loopback network may be a trunk like any other.
    pub(super) fn allows(&self, source: IpAddr) -> bool {
        let localhost = [IpAddr::from(Ipv4Addr::LOCALHOST), IpAddr::from(Ipv6Addr::LOCALHOST)];
        self.config.trunks.is_empty()
            || localhost.contains(&source.to_canonical())
            || self.config.trunks.iter().any(|network| network.contains(source))
            || locked(&self.registrar).contains(&source.to_canonical())
    }

    /// `Contact` for that peer: an address of ours that it can reach. `secure` where the dialog was begun by a `sips` URI
    /// (RFC 3261, sections 8.1.1.8 and 12.1.1).
    pub(super) fn contact(&self, peer: SocketAddr, transport: Transport, user: Option<&str>, secure: bool) -> Uri {
        let ours = |family: bool| self.addresses.iter().find(|a| a.is_ipv4() == family);
        let bound = ours(peer.is_ipv4()).or(self.addresses.first()).copied();
        // Where nothing listens for TLS, the connection that we have opened is the only way back.
        let flow = || locked(&self.flows).get(&peer).map(|flow| flow.local);
        let bound = match transport {
            Transport::Tls => self.tls.or_else(flow).or(bound),
            Transport::Udp | Transport::Tcp => bound,
        };
        let bound = bound.unwrap_or(SocketAddr::from((Ipv4Addr::LOCALHOST, 5060)));
        let public = self
            .config
            .public_address
            .as_deref()
            .filter(|_| !peer.ip().is_loopback());
        let host = match public.and_then(|host| HostWithPort::try_from(host).ok()) {
            Some(host) => HostWithPort {
                port: host.port.or(Some(bound.port().into())),
                ..host
            },
            None if !bound.ip().is_unspecified() => bound.into(),
            None => {
                let loopback = if peer.is_ipv4() {
                    Ipv4Addr::LOCALHOST.into()
                } else {
                    Ipv6Addr::LOCALHOST.into()
                };
                let ip = if peer.ip().is_loopback() {
                    loopback
                } else {
                    local_address_facing(peer).unwrap_or(loopback)
                };
                SocketAddr::new(ip, bound.port()).into()
            }
        };
        let scheme = Some(if secure { Scheme::Sips } else { Scheme::Sip });
        Uri {
            scheme,
            ..uri(user, host, transport)
        }
    }
}

/// Reads a SIP URI that a person wrote.
pub(super) fn parse_uri(text: &str) -> Result<Uri, SipError> {
    let wrong = || SipError::Uri(text.to_owned());
    let clean = text.trim();
    if clean.is_empty() || clean.contains(|c: char| c.is_control() || c.is_whitespace() || "<>\"".contains(c)) {
        return Err(wrong());
    }
    let uri = Uri::try_from(clean).map_err(|_| wrong())?;
    match &uri.scheme {
        Some(Scheme::Sip | Scheme::Sips) => Ok(uri),
        Some(Scheme::Other(scheme)) if scheme.eq_ignore_ascii_case("tel") => Ok(uri),
        _ => Err(wrong()),
    }
}

/// The running SIP layer.
pub struct SipServer {
    stack: Arc<Stack>,
    token: CancellationToken,
    registration: watch::Receiver<RegistrationState>,
    unregister: CancellationToken,
    /// Tasks that live as long as the server.
    services: TaskTracker,
}

impl SipServer {
    /// Opens the ports and starts. `slots` bounds the calls taken at one time (shared with other ways in: WebRTC); an
    /// inbound call holds one permit until it ends, and hears « busy » (486) when there is none. The receiver gives
    /// `None` if the SIP stack ever stops by itself.
    ///
    /// # Errors
    /// [`SipError::Listen`] when an address cannot be opened, [`SipError::Tls`] when a certificate or a key cannot be used,
    /// [`SipError::Uri`] when the registrar's is wrong.
    pub async fn start(config: SipConfig, slots: Arc<Semaphore>) -> Result<(Self, mpsc::Receiver<Incoming>), SipError> {
        let trust = Trust::load(config.ca.as_deref())?;
        let identity = config.tls.as_ref().map(Identity::load).transpose()?;
        let token = CancellationToken::new();
        let services = TaskTracker::new();
        let tally = Arc::new(Tally::default());
        let layer = TransportLayer::new(token.clone());
        let mut addresses = Vec::new();
        let mut listeners = Vec::new();
        for address in &config.listen {
            let (socket, listener) = open(*address, config.tcp)?;
            addresses.push(socket.local_addr().map_err(rsipstack::Error::from)?);
            listeners.extend(listener.map(|listener| (listener, None)));
            let screened = ScreenedUdp {
                socket,
                tally: tally.clone(),
            };
            let udp = UdpConnection::from_socket(Arc::new(screened), None, Some(token.child_token())).await?;
            layer.add_transport(SipConnection::Udp(udp));
        }
        if addresses.is_empty() {
            return Err(SipError::Listen(
                "aucune adresse d'écoute SIP n'est donnée (exemple : 0.0.0.0:5060).".into(),
            ));
        }
        let mut tls = None;
        if let (Some(settings), Some(identity)) = (&config.tls, identity) {
            let listener = open_tls(settings.listen)?;
            tls = Some(listener.local_addr().map_err(rsipstack::Error::from)?);
            listeners.push((listener, Some(Arc::new(identity))));
        }
        let timers = EndpointOption {
            t1: config.t1,
            t2: config.t1 * 8,
            t4: config.t1 * 10,
            t1x64: config.t1 * 64,
            ..EndpointOption::default()
        };
        let endpoint = EndpointBuilder::new()
            .with_user_agent(&config.user_agent)
            .with_cancel_token(token.clone())
            .with_transport_layer(layer)
            .with_option(timers)
            .build();
        let mut transactions = endpoint.incoming_transactions()?;
        let endpoint = endpoint.inner;
        let stack = Arc::new(Stack {
            dialogs: Arc::new(DialogLayer::new(endpoint.clone())),
            endpoint: endpoint.clone(),
            config,
            tally: tally.clone(),
            slots,
            addresses,
            tls,
            trust,
            flows: Mutex::default(),
            token: token.clone(),
            draining: AtomicBool::new(false),
            tasks: TaskTracker::new(),
            registrar: Mutex::default(),
            claims: Mutex::default(),
            legs: Mutex::default(),
        });

        let stopped = token.clone().drop_guard();
        let serving = endpoint.clone();
        services.spawn(async move {
            let _stopped = stopped; // even by a panic of the stack
            if let Err(error) = serving.serve().await {
                tracing::error!(%error, "la pile SIP s'est arrêtée");
            }
        });
        for (listener, tls) in listeners {
            let door = Door {
                listener,
                tls,
                limit: stack.config.max_tcp_connections,
                idle: stack.config.tcp_idle,
                tally: tally.clone(),
                token: token.clone(),
            };
            let endpoint = endpoint.clone();
            let connect = move |connection| endpoint.transport_layer.add_connection(connection);
            services.spawn(door.serve(connect));
        }
        let (incoming, calls) = mpsc::channel(INCOMING_QUEUE);
        let (policed, closing) = (stack.clone(), token.clone());
        services.spawn(async move {
            loop {
                let transaction = tokio::select! {
                    () = closing.cancelled() => return,
                    transaction = transactions.recv() => transaction,
                };
                let Some(transaction) = transaction else { return };
                policy::handle(&policed, transaction, &incoming);
            }
        });

        let unregister = CancellationToken::new();
        let (state, registration) = watch::channel(RegistrationState::Disabled);
        if let Some(account) = stack.config.registration.clone() {
            let client = register::Client::new(stack.clone(), account, state)?;
            services.spawn(client.run(unregister.clone()));
        }
        services.close();
        Ok((
            Self {
                stack,
                token,
                registration,
                unregister,
                services,
            },
            calls,
        ))
    }

    /// Addresses that are really open.
    pub fn addresses(&self) -> &[SocketAddr] {
        &self.stack.addresses
    }

    /// Where TLS is really open, if it is.
    pub fn tls_address(&self) -> Option<SocketAddr> {
        self.stack.tls
    }

    /// Places a call. Provisional responses, the answer or the refusal come as events; the last is
    /// [`LegEvent::Ended`].
    ///
    /// # Errors
    /// [`SipError::Uri`], [`SipError::Tls`] and [`SipError::Transport`], before anything is sent.
    pub async fn dial(
        &self,
        uri: &str,
        offer: Vec<u8>,
        options: DialOptions,
    ) -> Result<(Leg, mpsc::Receiver<LegEvent>), SipError> {
        super::dial::dial(&self.stack, uri, offer, options).await
    }

    /// A handle that places calls, and outlives nothing: once the server is shut down, they fail.
    pub fn dialler(&self) -> Dialler {
        Dialler(self.stack.clone())
    }

    /// How the registration stands, and its changes.
    pub fn registration(&self) -> watch::Receiver<RegistrationState> {
        self.registration.clone()
    }

    /// Counts since the start.
    pub fn counters(&self) -> Counters {
        self.stack.tally.read()
    }

    /// Dialogs alive: 0 when no call is in progress.
    pub fn active_dialogs(&self) -> usize {
        self.stack.dialogs.len()
    }

    /// Whether every side task of a call is over too.
    #[cfg(test)]
    pub(super) fn idle(&self) -> bool {
        locked(&self.stack.legs).is_empty() && locked(&self.stack.claims).is_empty()
    }

    /// Takes no new call (503, to OPTIONS too); those in progress go on.
    pub fn drain(&self) {
        self.stack.draining.store(true, SeqCst);
    }

    /// Drains, waits at most `patience` for the calls in progress, ends the rest, un-registers, closes the ports.
    pub async fn shutdown(self, patience: Duration) {
        self.drain();
        self.unregister.cancel();
        let all_over = async {
            for core in self.stack.legs_now() {
                core.done.cancelled().await;
            }
        };
        tokio::time::timeout(patience, all_over).await.ok();
        for core in self.stack.legs_now() {
            core.tell(Command::Bye {
                reason: Some("arrêt du service".to_owned()),
                done: None,
            });
        }
        // Farewells and the un-REGISTER leave; a peer that is silent is not waited for.
        self.stack.tasks.close();
        let farewells = async {
            for core in self.stack.legs_now() {
                core.done.cancelled().await;
            }
            self.stack.tasks.wait().await;
        };
        tokio::time::timeout(Duration::from_secs(2), farewells).await.ok();
        register::gone(self.registration.clone()).await;
        self.token.cancel();
        tokio::time::timeout(Duration::from_secs(2), self.services.wait())
            .await
            .ok();
    }
}

impl Drop for SipServer {
    fn drop(&mut self) {
        self.token.cancel();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uris_that_a_person_may_write() {
        for good in [
            "sip:accueil@10.0.0.2",
            "sip:10.0.0.2:5070;transport=tcp",
            "sip:+33467@op.example.fr",
            "tel:0467",
        ] {
            assert!(parse_uri(good).is_ok(), "{good}");
        }
        for wrong in [
            "",
            "accueil",
            "http://x",
            "sip:",
            "sip:a b@c",
            "<sip:a@b>",
            "sip:a@b\r\nX: y",
            "accueil@host",
        ] {
            assert!(parse_uri(wrong).is_err(), "{wrong}");
        }
    }
}
