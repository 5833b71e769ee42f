//! How a URI is reached: by which transport, at which address, and for TLS over which connection. The stack finds the
//! connections that are open by the address; those that it would open itself it could neither verify nor screen.

use std::net::SocketAddr;
use std::sync::Arc;

use rsipstack::sip::{Host, HostWithPort, Param, Scheme, Transport as StackTransport, Uri};
use rsipstack::transport::SipAddr;
use tokio_util::sync::CancellationToken;

use super::server::{Stack, locked};
use super::stream::Link;
use super::{SipError, Transport};

/// Where a request goes first.
#[derive(Clone, Debug)]
pub struct Hop {
    /// Its address. A name that only the stack can resolve (SRV) gives an address of the outside world: what matters is the
    /// way out.
    pub address: SocketAddr,
    /// How it goes there.
    pub transport: Transport,
}

/// A TLS connection that we have opened, to whom, and until when.
#[derive(Clone)]
pub(super) struct Flow {
    host: String,
    /// Our end of it.
    pub(super) local: SocketAddr,
    /// Falls when it is over.
    pub(super) closed: CancellationToken,
}

/// Transport that a URI asks for (RFC 3261, section 26.2.2: `sips` means TLS).
pub(super) fn transport_of(uri: &Uri) -> Transport {
    let named = uri.params.iter().find_map(|parameter| match parameter {
        Param::Transport(transport) => Some(*transport),
        _ => None,
    });
    match named {
        _ if is_secure(uri) => Transport::Tls,
        Some(StackTransport::Tls) => Transport::Tls,
        Some(StackTransport::Tcp) => Transport::Tcp,
        _ => Transport::Udp,
    }
}

/// Whether a URI wants TLS all the way (RFC 5630).
pub(super) fn is_secure(uri: &Uri) -> bool {
    uri.scheme == Some(Scheme::Sips)
}

/// The first hop of a URI.
pub(super) async fn resolve(uri: &Uri) -> Hop {
    let HostWithPort { host, port } = &uri.host_with_port;
    let transport = transport_of(uri);
    let custom = if transport == Transport::Tls { 5061 } else { 5060 };
    let port = port.as_ref().map_or(custom, |port| port.0);
    let outside = SocketAddr::from(([192, 0, 2, 1], port));
    let address = match host {
        Host::IpAddr(ip) => SocketAddr::new(*ip, port),
        Host::Domain(name) => {
            let found = tokio::net::lookup_host((name.0.as_str(), port)).await;
            found.ok().and_then(|mut all| all.next()).unwrap_or(outside)
        }
    };
    Hop { address, transport }
}

impl Hop {
    /// As the stack names it.
    pub(super) fn destination(&self) -> SipAddr {
        SipAddr {
            r#type: Some(match self.transport {
                Transport::Udp => StackTransport::Udp,
                Transport::Tcp => StackTransport::Tcp,
                Transport::Tls => StackTransport::Tls,
            }),
            addr: self.address.into(),
        }
    }
}

impl Stack {
    /// The hop of a URI, with a connection to it where it is reached by TLS: one that is open, or a new one, on which the
    /// other side has proven to be the URI's host (RFC 5922, section 7.2).
    pub(super) async fn reach(self: &Arc<Self>, uri: &Uri) -> Result<(Hop, Option<Flow>), SipError> {
        let hop = resolve(uri).await;
        if hop.transport != Transport::Tls {
            return Ok((hop, None));
        }
        let host = uri.host_with_port.host.to_string();
        let known = locked(&self.flows).get(&hop.address).cloned();
        if let Some(flow) = known.filter(|flow| flow.host == host && !flow.closed.is_cancelled()) {
            return Ok((hop, Some(flow)));
        }
        let flow = self.connect(hop.address, host).await?;
        let mut flows = locked(&self.flows);
        flows.retain(|_, flow| !flow.closed.is_cancelled());
        flows.insert(hop.address, flow.clone());
        Ok((hop, Some(flow)))
    }

    async fn connect(self: &Arc<Self>, peer: SocketAddr, host: String) -> Result<Flow, SipError> {
        let stream = self.trust.connect(peer, &host).await?;
        let local = stream.get_ref().0.local_addr().map_err(rsipstack::Error::from)?;
        let closed = self.token.child_token();
        let link = Link::new(peer, StackTransport::Tls, Some(local), closed.clone()).await;
        let link = link.ok_or(SipError::State)?;
        self.endpoint.transport_layer.add_connection(link.connection.clone());
        let (idle, tally) = (self.config.tcp_idle, self.tally.clone());
        tokio::spawn(async move { link.carry(stream, idle, true, &tally).await });
        tracing::info!(host, "connexion TLS ouverte");
        Ok(Flow { host, local, closed })
    }
}

#[cfg(test)]
mod tests {
    use super::super::server::parse_uri;
    use super::*;

    #[tokio::test]
    async fn a_uri_says_how_and_where() {
        for (uri, transport, address) in [
            ("sip:100@10.0.0.2", Transport::Udp, "10.0.0.2:5060"),
            ("sip:100@10.0.0.2:5070;transport=tcp", Transport::Tcp, "10.0.0.2:5070"),
            ("sip:100@10.0.0.2;transport=tls", Transport::Tls, "10.0.0.2:5061"),
            ("sip:100@10.0.0.2;transport=TLS", Transport::Tls, "10.0.0.2:5061"),
            ("sips:100@10.0.0.2", Transport::Tls, "10.0.0.2:5061"),
            ("sips:100@10.0.0.2:7000;transport=tcp", Transport::Tls, "10.0.0.2:7000"),
            ("sips:[::1]", Transport::Tls, "[::1]:5061"),
        ] {
            let hop = resolve(&parse_uri(uri).unwrap()).await;
            assert_eq!(
                (hop.transport, hop.address.to_string().as_str()),
                (transport, address),
                "{uri}"
            );
        }
    }
}
