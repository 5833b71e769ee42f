//! Our registration as an extension of a PBX (RFC 3261, section 10): kept alive, tried again, undone at the end.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use rsipstack::dialog::registration::Registration as Registrar;
use rsipstack::sip::typed::Contact;
use rsipstack::sip::{Param, Response, Uri};
use tokio::sync::watch;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::dial::credential;
use super::message::{ALLOW, header};
use super::reach::{Flow, is_secure, transport_of};
use super::server::{Stack, locked, parse_uri};
use super::{Registration, SipError, Transport};

/// How the registration stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RegistrationState {
    /// None is configured.
    Disabled,
    /// Not answered yet.
    Trying,
    /// The registrar sends us calls until it expires; it is refreshed half-way.
    Registered {
        /// Lifetime granted.
        expires: Duration,
    },
    /// Refused or silent; tried again after a while.
    Failed {
        /// Status of the registrar (403: wrong password, most likely). None when it does not answer.
        code: Option<u16>,
    },
    /// Undone, at shutdown.
    Gone,
}

/// First wait after a failure; doubles up to [`MAX_WAIT`].
const MIN_WAIT: Duration = Duration::from_secs(2);
const MAX_WAIT: Duration = Duration::from_secs(120);

/// The client of one account.
pub(super) struct Client {
    stack: Arc<Stack>,
    account: Registration,
    registrar: Uri,
    next_hop: Uri,
    state: watch::Sender<RegistrationState>,
}

impl Client {
    pub(super) fn new(
        stack: Arc<Stack>,
        account: Registration,
        state: watch::Sender<RegistrationState>,
    ) -> Result<Self, SipError> {
        let registrar = parse_uri(&account.registrar)?;
        let next_hop = match &account.proxy {
            Some(proxy) => parse_uri(proxy)?,
            None => registrar.clone(),
        };
        let mut registrar = registrar;
        // The stack sends to the address that we give it by the transport that the registrar's URI names.
        if transport_of(&next_hop) == Transport::Tls && !is_secure(&registrar) {
            registrar.params.retain(|p| !matches!(p, Param::Transport(_)));
            registrar.params.push(Param::Transport(rsipstack::sip::Transport::Tls));
        }
        state.send_replace(RegistrationState::Trying);
        Ok(Self {
            stack,
            account,
            registrar,
            next_hop,
            state,
        })
    }

    /// Registers again and again until `stop` falls, then un-registers.
    pub(super) async fn run(self, stop: CancellationToken) {
        let mut client = Registrar::new(
            self.stack.endpoint.clone(),
            Some(credential(&self.account.user, &self.account.credentials)),
        );
        client.allow = Some(ALLOW.into());
        let mut expires = u32::try_from(self.account.expires.as_secs()).unwrap_or(u32::MAX).max(1);
        let mut failures = 0;
        let mut flow: Option<Flow> = None;
        loop {
            let outcome = tokio::select! {
                () = stop.cancelled() => break,
                outcome = self.register(&mut client, &mut flow, expires) => outcome,
            };
            let wait = match outcome {
                Some(response) if response.status_code.code() == 200 => {
                    failures = 0;
                    let granted = Duration::from_secs(client.expires().max(1).into());
                    self.tell(RegistrationState::Registered { expires: granted });
                    granted / 2
                }
                Some(response) => {
                    let code = response.status_code.code();
                    let seconds = |name| header(&response.headers, name).and_then(|value| value.parse::<u32>().ok());
                    match seconds("Min-Expires") {
                        // RFC 3261, section 10.3: ask again with what the registrar wants.
                        Some(least) if code == 423 && least > expires => {
                            expires = least;
                            continue;
                        }
                        _ => {}
                    }
                    self.tell(RegistrationState::Failed { code: Some(code) });
                    failures += 1;
                    seconds("Retry-After").map_or(backoff(failures), |s| Duration::from_secs(s.into()).min(MAX_WAIT))
                }
                None => {
                    // A connection that nobody answers on may be dead without knowing it.
                    if let Some(flow) = flow.take() {
                        flow.closed.cancel();
                    }
                    self.tell(RegistrationState::Failed { code: None });
                    failures += 1;
                    backoff(failures)
                }
            };
            // Calls come by the connection that we have registered on: where it is lost, so are they (RFC 5626, section 4.2).
            let lost = async {
                match &flow {
                    Some(flow) if failures == 0 => flow.closed.cancelled().await,
                    _ => std::future::pending().await,
                }
            };
            tokio::select! {
                () = stop.cancelled() => break,
                () = tokio::time::sleep(wait) => {}
                () = lost => tokio::time::sleep(MIN_WAIT).await,
            }
        }
        if matches!(*self.state.borrow(), RegistrationState::Registered { .. }) {
            timeout(Duration::from_secs(2), client.register(self.registrar.clone(), Some(0)))
                .await
                .ok();
        }
        self.tell(RegistrationState::Gone);
    }

    async fn register(&self, client: &mut Registrar, flow: &mut Option<Flow>, expires: u32) -> Option<Response> {
        let reached = self.stack.reach(&self.next_hop).await;
        let (hop, current) = reached
            .inspect_err(|error| tracing::warn!(%error, "enregistrement SIP"))
            .ok()?;
        let peer = hop.address;
        let known: IpAddr = peer.ip().to_canonical();
        locked(&self.stack.registrar).insert(known);
        if self.account.proxy.is_some() || current.is_some() {
            client.outbound_proxy = Some(peer);
        }
        // Our address is another where our end of the connection is all that there is of it.
        let moved = current.as_ref().map(|flow| flow.local) != flow.as_ref().map(|flow| flow.local);
        if client.contact.is_none() || moved {
            let uri = self.stack.contact(
                peer,
                hop.transport,
                Some(&self.account.user),
                is_secure(&self.registrar),
            );
            client.contact = Some(Contact {
                display_name: None,
                uri,
                params: vec![],
            });
        }
        *flow = current;
        // 64·T1 is the end of the transaction; two of them, for the challenge.
        let limit = self.stack.config.t1 * 140;
        timeout(limit, client.register(self.registrar.clone(), Some(expires)))
            .await
            .ok()?
            .inspect_err(|error| tracing::warn!(%error, "enregistrement SIP"))
            .ok()
            .filter(|response| response.status_code.code() != 408)
    }

    fn tell(&self, state: RegistrationState) {
        if self
            .state
            .send_if_modified(|now| std::mem::replace(now, state.clone()) != state)
        {
            match state {
                RegistrationState::Failed {
                    code: Some(code @ (401 | 403 | 407)),
                } => tracing::error!(
                    code,
                    registrar = %self.registrar,
                    "le PBX refuse l'enregistrement : vérifiez l'identifiant et le mot de passe"
                ),
                RegistrationState::Failed { code } => {
                    tracing::warn!(?code, registrar = %self.registrar, "l'enregistrement auprès du PBX échoue");
                }
                state => tracing::info!(?state, registrar = %self.registrar, "enregistrement SIP"),
            }
        }
    }
}

fn backoff(failures: u32) -> Duration {
    MIN_WAIT
        .saturating_mul(1 << (failures.saturating_sub(1)).min(10))
        .min(MAX_WAIT)
}

/// Waits until the account is un-registered, if there is one.
pub(super) async fn gone(mut state: watch::Receiver<RegistrationState>) {
    let over = |state: &RegistrationState| matches!(state, RegistrationState::Gone | RegistrationState::Disabled);
    timeout(Duration::from_secs(3), state.wait_for(over)).await.ok();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_and_stay_bounded() {
        let seconds: Vec<u64> = (1..9).map(|failures| backoff(failures).as_secs()).collect();
        assert_eq!(seconds, [2, 4, 8, 16, 32, 64, 120, 120]);
        assert_eq!(backoff(u32::MAX), MAX_WAIT);
    }
}
