//! The addresses that callers' data is sent to: whole, and in the clear only within the town's own network.

use std::net::{IpAddr, ToSocketAddrs};

use axum::http::Uri;

use crate::engine::rephrase::is_inside;

/// An address, in its parts.
pub(super) struct Address {
    text: String,
    pub(super) scheme: String,
    host: String,
    port: u16,
    query: String,
}

/// The address of a server that takes mails.
pub(super) fn mail(value: &str) -> Result<Address, String> {
    Address::read(value, &["smtp", "smtps"], "smtps://smtp.mairie.fr")
}

impl Address {
    /// Reads it; an error is in French.
    pub(super) fn read(value: &str, schemes: &[&str], example: &str) -> Result<Self, String> {
        let wrong = || format!("« {value} » n'est pas une adresse, comme {example}");
        let uri: Uri = value.parse().map_err(|_| wrong())?;
        let scheme = uri
            .scheme_str()
            .filter(|scheme| schemes.contains(scheme))
            .ok_or_else(wrong)?;
        let authority = uri.authority().ok_or_else(wrong)?;
        let host = authority.host();
        if host.trim_matches(['[', ']']).is_empty() {
            return Err(wrong());
        }
        let place = authority.as_str();
        let place = place.rsplit_once('@').map_or(place, |(_, place)| place);
        let port = match place[host.len()..].strip_prefix(':') {
            None => 0,
            Some(port) => match port.parse::<u16>() {
                Ok(port @ 1..) => port,
                _ => return Err(format!("« {value} » : le port va de 1 à 65535")),
            },
        };
        Ok(Self {
            text: value.to_owned(),
            scheme: scheme.to_owned(),
            host: host.trim_matches(['[', ']']).to_owned(),
            port,
            query: uri.query().unwrap_or_default().to_owned(),
        })
    }

    /// Whether it leads nowhere but to this machine or a private network. A name that nobody knows yet may.
    pub(super) fn is_inside(&self) -> bool {
        self.leads_to(is_inside)
    }

    fn leads_to(&self, place: impl Fn(IpAddr) -> bool) -> bool {
        let mut addresses = (self.host.as_str(), self.port).to_socket_addrs().into_iter().flatten();
        addresses.all(|address| place(address.ip()))
    }

    /// Whether mails may go there, with a password or without: else why not.
    pub(super) fn in_clear(&self, with_password: bool) -> Result<(), String> {
        let required = self.query.split('&').any(|part| part == "tls=required");
        let (text, host) = (&self.text, &self.host);
        if self.scheme == "smtps" || required {
            return Ok(());
        }
        let danger = if with_password && !self.leads_to(|ip| ip.to_canonical().is_loopback()) {
            "le mot de passe en clair"
        } else if !self.is_inside() {
            "en clair, sur Internet, ce que disent les appelants"
        } else {
            return Ok(());
        };
        Err(format!(
            "« {text} » ferait passer {danger} ; écrivez « smtps://{host} », ou ajoutez « ?tls=required »"
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_whole() {
        let read = |value: &str| Address::read(value, &["http", "https"], "https://a.fr");
        for good in [
            "https://a.fr",
            "http://127.0.0.1:8080/v1?a=b",
            "https://[::1]:443/",
            "https://moi@a.fr:1/",
        ] {
            assert!(read(good).is_ok(), "{good}");
        }
        for wrong in [
            "",
            "https://",
            "https:///allo",
            "http://a b c",
            "a.fr",
            "ftp://a.fr",
            "https://a.fr:99999",
            "https://a.fr:0",
            "https://a.fr:",
            "https://:443/",
            "https://[]/",
        ] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn nothing_of_callers_goes_over_the_internet_in_the_clear() {
        for (value, alone, with_password) in [
            ("smtps://203.0.113.7", true, true),
            ("smtp://203.0.113.7:587?tls=required", true, true),
            ("smtp://203.0.113.7:587?tls=opportunistic", false, false),
            ("smtp://203.0.113.7:25", false, false),
            ("smtp://192.168.1.4:25", true, false),
            ("smtp://127.0.0.1:25", true, true),
            ("smtp://[::1]:25", true, true),
        ] {
            let address = mail(value).expect(value);
            assert_eq!(
                (address.in_clear(false).is_ok(), address.in_clear(true).is_ok()),
                (alone, with_password),
                "{value}"
            );
        }
        let inside = |value: &str| Address::read(value, &["http"], "").expect(value).is_inside();
        assert!(inside("http://10.0.0.3/") && inside("http://[fd00::7]:80/") && inside("http://localhost/"));
        assert!(!inside("http://203.0.113.7/") && !inside("http://[2001:4860:4860::8888]/"));
    }
}
