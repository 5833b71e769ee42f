//! Where a server is: on this machine or on the town's own network, and nowhere else. No caller's word leaves the building.

use std::net::{IpAddr, Ipv6Addr, SocketAddr, ToSocketAddrs};
use std::str::FromStr;

use super::RephraseError;

/// A server's address, `http://host:port/path`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    host: String,
    port: u16,
    path: String,
}

impl Endpoint {
    /// The addresses of its name, all of them inside; looked up for each connection, since a name may lead elsewhere later.
    pub(super) async fn addresses(&self) -> Result<Vec<SocketAddr>, RephraseError> {
        let found = tokio::net::lookup_host((self.host.as_str(), self.port)).await;
        let found: Vec<SocketAddr> = found.map_err(|_| RephraseError::Unreachable)?.collect();
        match &found[..] {
            [] => Err(RephraseError::Unreachable),
            all if all.iter().all(|address| is_inside(address.ip())) => Ok(found),
            _ => Err(RephraseError::Outside),
        }
    }

    /// "host:port", as the `Host` header has it.
    pub(super) fn authority(&self) -> String {
        if self.host.contains(':') {
            format!("[{}]:{}", self.host, self.port)
        } else {
            format!("{}:{}", self.host, self.port)
        }
    }

    /// What stands before "/chat/completions".
    pub(super) fn path(&self) -> &str {
        &self.path
    }
}

impl FromStr for Endpoint {
    type Err = String;

    /// Reads it; an error is in French. A name is looked up: it must not lead outside, but its server need not be there yet.
    fn from_str(text: &str) -> Result<Self, String> {
        let example = "exemple : http://127.0.0.1:8080/v1";
        let rest = text.strip_prefix("http://").ok_or_else(|| {
            format!("« {text} » doit commencer par « http:// » : le service est sur cette machine ou sur le réseau de la mairie ; {example}")
        })?;
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        let wrong = || format!("« {text} » n'est pas une adresse ; {example}");
        let plain = |c: char| c.is_ascii_alphanumeric() || "-._~/".contains(c);
        if !path.chars().all(plain) {
            return Err(wrong());
        }
        let (host, port) = match authority.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            Some((host, port)) => (host, port.strip_prefix(':').or(port.is_empty().then_some("80"))),
            None => match authority.split_once(':') {
                Some((host, port)) => (host, Some(port)),
                None => (authority, Some("80")),
            },
        };
        let port = port
            .and_then(|port| port.parse().ok())
            .filter(|port| *port > 0)
            .ok_or_else(wrong)?;
        let named = |c: char| c.is_ascii_alphanumeric() || "-.".contains(c);
        if host.parse::<Ipv6Addr>().is_err() && (host.is_empty() || !host.chars().all(named)) {
            return Err(wrong());
        }
        let addresses = (host, port).to_socket_addrs().into_iter().flatten();
        if let Some(outside) = addresses.map(|address| address.ip()).find(|ip| !is_inside(*ip)) {
            return Err(format!(
                "« {host} » mène à {outside}, hors du réseau de la mairie : aucune parole d'un appelant ne doit en sortir ; donnez un service de cette machine (127.0.0.1) ou du réseau privé (10…, 172.16…, 192.168…)"
            ));
        }
        Ok(Self {
            host: host.to_owned(),
            port,
            path: match path.trim_end_matches('/') {
                "" => String::new(),
                path => format!("/{path}"),
            },
        })
    }
}

/// Whether an address is this machine's, or of a private network (RFC 1918, RFC 4193). Link-local ones (169.254…, fe80…)
/// are not: nobody gives them to a server, but those who rent out machines answer there with secrets.
pub fn is_inside(ip: IpAddr) -> bool {
    match ip.to_canonical() {
        IpAddr::V4(ip) => ip.is_loopback() || ip.is_private(),
        IpAddr::V6(ip) => ip.is_loopback() || ip.is_unique_local(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_the_town_are_taken() {
        for (text, authority, path) in [
            ("http://127.0.0.1:8080/v1", "127.0.0.1:8080", "/v1"),
            ("http://127.0.0.1:8080/v1/", "127.0.0.1:8080", "/v1"),
            ("http://192.168.1.20", "192.168.1.20:80", ""),
            ("http://10.1.2.3:11434/v1", "10.1.2.3:11434", "/v1"),
            ("http://[::1]:8080/v1", "[::1]:8080", "/v1"),
            ("http://[fd00::7]/v1", "[fd00::7]:80", "/v1"),
            ("http://localhost:1/a/b", "localhost:1", "/a/b"),
            ("http://inconnu.invalid/v1", "inconnu.invalid:80", "/v1"),
        ] {
            let endpoint: Endpoint = text.parse().expect(text);
            assert_eq!((endpoint.authority().as_str(), endpoint.path()), (authority, path));
        }
    }

    #[test]
    fn others_are_refused() {
        for text in [
            "http://8.8.8.8/v1",
            "http://172.32.0.1/v1",
            "http://0.0.0.0/v1",
            "http://[2001:4860:4860::8888]/v1",
            "http://[::ffff:8.8.8.8]/v1",
            "http://100.64.0.1/v1",
            "http://169.254.169.254/v1",
            "http://[fe80::1]/v1",
            "http://[::ffff:169.254.169.254]/v1",
        ] {
            let error = text.parse::<Endpoint>().expect_err(text);
            assert!(error.contains("hors du réseau de la mairie"), "{error}");
        }
        for text in [
            "https://127.0.0.1/v1",
            "127.0.0.1:8080",
            "",
            "http://",
            "http://:80/",
            "http://moi:secret@127.0.0.1/v1",
            "http://127.0.0.1:99999/v1",
            "http://127.0.0.1:0/v1",
            "http://127.0.0.1/v1?a=b",
            "http://127.0.0.1/v1\r\nX: y",
            "http://[::1",
        ] {
            let error = text.parse::<Endpoint>().expect_err(text);
            assert!(error.contains("http://127.0.0.1:8080/v1"), "{error}");
        }
    }
}
