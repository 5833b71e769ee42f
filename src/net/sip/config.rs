//! What the SIP layer is told: addresses, trunks, registration, limits. Everything here is already valid.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use super::TlsListen;
use crate::pii::Secret;

/// Settings of the SIP layer. `SipConfig::default()` listens on every IPv4 address, port 5060, and takes calls from
/// anybody.
#[derive(Clone, Debug)]
pub struct SipConfig {
    /// Addresses to listen on; each is opened for UDP, and for TCP unless [`SipConfig::tcp`] is off. Port 0 takes a
    /// free port (the same for both), see [`super::SipServer::addresses`].
    pub listen: Vec<SocketAddr>,
    /// Listens for TCP too (RFC 3261, section 18, asks for both).
    pub tcp: bool,
    /// Listens for TLS too. Without it, calls can still be placed over TLS.
    pub tls: Option<TlsListen>,
    /// PEM file of authorities that sign the certificates of those whom we call, beside those that browsers know.
    pub ca: Option<PathBuf>,
    /// Address or host name that peers outside reach us at (behind NAT). None: the local address that faces the peer.
    pub public_address: Option<String>,
    /// `User-Agent` of everything that we send.
    pub user_agent: String,
    /// Where calls may come from, beside localhost and the registrar. Empty: anywhere.
    pub trunks: Vec<Network>,
    /// Registers as an extension of a PBX. Without it, calls come by the trunk alone.
    pub registration: Option<Registration>,
    /// Answers digest challenges to outbound calls when there is no registration (which has its own).
    pub credentials: Option<Credentials>,
    /// Session interval that we ask for and offer (RFC 4028). Less than [`SipConfig::min_session_expires`] is raised.
    pub session_expires: Duration,
    /// Smallest session interval that we accept: 90 s or more on real networks (RFC 4028, section 5).
    pub min_session_expires: Duration,
    /// TCP connections open at one time, and as many over TLS; more are closed at once.
    pub max_tcp_connections: usize,
    /// A TCP or TLS connection that sends nothing for this long is closed (10 s before its first message, or inside one).
    pub tcp_idle: Duration,
    /// How long a transfer may stay silent before it counts as failed.
    pub refer_timeout: Duration,
    /// T1, the round-trip estimate that every retransmission derives from (RFC 3261, section 17.1.1.1): 500 ms.
    pub t1: Duration,
}

impl Default for SipConfig {
    fn default() -> Self {
        Self {
            listen: vec![SocketAddr::from((Ipv4Addr::UNSPECIFIED, 5060))],
            tcp: true,
            tls: None,
            ca: None,
            public_address: None,
            user_agent: concat!("Allo/", env!("CARGO_PKG_VERSION")).to_owned(),
            trunks: Vec::new(),
            registration: None,
            credentials: None,
            session_expires: Duration::from_secs(1800),
            min_session_expires: Duration::from_secs(90),
            max_tcp_connections: 256,
            tcp_idle: Duration::from_secs(900),
            refer_timeout: Duration::from_secs(60),
            t1: Duration::from_millis(500),
        }
    }
}

/// An account at a PBX or operator.
#[derive(Clone, Debug)]
pub struct Registration {
    /// Registrar, `sip:pbx.mairie.fr`, `sip:10.0.0.2:5060;transport=tcp` or `sips:pbx.mairie.fr`.
    pub registrar: String,
    /// User part of our address of record.
    pub user: String,
    /// User name and password for the digest.
    pub credentials: Credentials,
    /// Lifetime that we ask for; the registrar may shorten it.
    pub expires: Duration,
    /// Sends to this address rather than to the registrar's: `sip:sbc.mairie.fr`.
    pub proxy: Option<String>,
}

/// User name and password for digest authentication (RFC 8760, RFC 3261 section 22).
#[derive(Clone, Debug)]
pub struct Credentials {
    /// User name of the account.
    pub user: String,
    /// Its password.
    pub password: Secret,
}

/// A range of IP addresses, `10.1.0.0/16` or a single address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    prefix: u8,
}

impl Network {
    /// Whether `ip` is in the range. IPv4 addresses written in IPv6 (`::ffff:10.1.2.3`) count as IPv4.
    pub fn contains(&self, ip: IpAddr) -> bool {
        match (self.address, ip.to_canonical()) {
            (IpAddr::V4(net), IpAddr::V4(ip)) => {
                let mask = u32::MAX.checked_shl(32 - u32::from(self.prefix)).unwrap_or(0);
                u32::from(net) & mask == u32::from(ip) & mask
            }
            (IpAddr::V6(net), IpAddr::V6(ip)) => {
                let mask = u128::MAX.checked_shl(128 - u32::from(self.prefix)).unwrap_or(0);
                u128::from(net) & mask == u128::from(ip) & mask
            }
            _ => false,
        }
    }
}

impl FromStr for Network {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (address, prefix) = text.split_once('/').map_or((text, None), |(a, p)| (a, Some(p)));
        let address: IpAddr = address
            .trim()
            .parse()
            .map_err(|_| format!("« {text} » n'est pas une adresse IP ni un réseau (exemple : 192.168.1.0/24)"))?;
        let widest = if address.is_ipv4() { 32 } else { 128 };
        let prefix = match prefix {
            None => widest,
            Some(digits) => digits
                .trim()
                .parse()
                .ok()
                .filter(|bits| *bits <= widest)
                .ok_or_else(|| format!("« {text} » : après « / » il faut un nombre de 0 à {widest}"))?,
        };
        Ok(Self { address, prefix })
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.prefix)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_contain_their_addresses_only() {
        for (network, ip, inside) in [
            ("10.1.0.0/16", "10.1.255.3", true),
            ("10.1.0.0/16", "10.2.0.1", false),
            ("10.1.2.3", "10.1.2.3", true),
            ("10.1.2.3", "10.1.2.4", false),
            ("0.0.0.0/0", "203.0.113.9", true),
            ("10.0.0.0/8", "::ffff:10.9.9.9", true),
            ("2001:db8::/32", "2001:db8:1::1", true),
            ("2001:db8::/32", "2001:db9::1", false),
            ("0.0.0.0/0", "2001:db8::1", false),
        ] {
            let parsed: Network = network.parse().unwrap();
            assert_eq!(parsed.contains(ip.parse().unwrap()), inside, "{ip} in {network}");
        }
    }

    #[test]
    fn wrong_networks_are_refused_with_a_reason() {
        for text in ["", "mairie", "10.0.0.0/33", "10.0.0.0/-1", "2001:db8::/129", "10.0.0/8"] {
            assert!(text.parse::<Network>().is_err(), "{text}");
        }
    }

    #[test]
    fn debug_never_shows_a_password() {
        let config = SipConfig {
            credentials: Some(Credentials {
                user: "accueil".into(),
                password: Secret::new("très-caché"),
            }),
            ..SipConfig::default()
        };
        assert!(!format!("{config:?}").contains("caché"));
    }
}
