//! Which pages may call: those of the sites that the settings name (CORS, Fetch standard section 3.2), and our own.

use std::net::IpAddr;
use std::str::FromStr;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_MAX_AGE,
    HOST, ORIGIN, VARY,
};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::refusal::Refused;
use crate::app::App;
use crate::net::sip::Network;

/// Scheme, host and port of a site: `https://www.mairie.fr`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin(String);

impl FromStr for Origin {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let text = text.trim().trim_end_matches('/').to_ascii_lowercase();
        let host = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
        let is_host = |c: char| c.is_ascii_alphanumeric() || "-.:[]".contains(c);
        match host {
            Some(host) if !host.is_empty() && host.chars().all(is_host) => Ok(Self(text)),
            _ => Err(()),
        }
    }
}

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Asker {
    /// Our own page, or no page at all.
    Ours,
    /// A page of a site that may.
    Allowed,
    /// Any other page.
    Stranger,
}

fn asker(headers: &HeaderMap, allowed: &[Origin]) -> Asker {
    let Some(origin) = headers.get(ORIGIN) else {
        return Asker::Ours;
    };
    let origin = origin.to_str().unwrap_or_default();
    let host = headers
        .get(HOST)
        .and_then(|host| host.to_str().ok())
        .unwrap_or_default();
    let ours = origin.split_once("://").is_some_and(|(_, of_page)| of_page == host);
    match () {
        () if ours => Asker::Ours,
        () if allowed.iter().any(|known| known.0 == origin) => Asker::Allowed,
        () => Asker::Stranger,
    }
}

/// Lets pages in that may call, answers their preflights, and refuses all others.
pub(super) async fn guard(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let asker = asker(request.headers(), &app.config.web.origins);
    let origin = request.headers().get(ORIGIN).cloned();
    let mut response = match asker {
        Asker::Stranger => Refused(StatusCode::FORBIDDEN, "cette page n'est pas autorisée à appeler").into_response(),
        _ if request.method() == Method::OPTIONS => preflight(),
        _ => next.run(request).await,
    };
    let headers = response.headers_mut();
    headers.insert(VARY, HeaderValue::from_static("Origin"));
    if let (Asker::Allowed, Some(origin)) = (asker, origin) {
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    }
    response
}

fn preflight() -> Response {
    let headers = [
        (ACCESS_CONTROL_ALLOW_METHODS, "GET, POST, DELETE"),
        (ACCESS_CONTROL_ALLOW_HEADERS, "content-type, last-event-id"),
        (ACCESS_CONTROL_MAX_AGE, "600"),
    ];
    (StatusCode::NO_CONTENT, headers).into_response()
}

/// The address that a request comes from: behind proxies that we trust, the last that they name which is not theirs.
pub(super) fn client(peer: IpAddr, headers: &HeaderMap, is_proxy: impl Fn(IpAddr) -> bool) -> IpAddr {
    if !is_proxy(peer) {
        return peer;
    }
    let named = headers.get_all("x-forwarded-for").iter();
    let named = named
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','));
    let named: Vec<&str> = named.collect();
    // From the right: what stands further left was written by whoever asked.
    let mut named = named.into_iter().rev().map_while(|address| address.trim().parse().ok());
    named.find(|address| !is_proxy(*address)).unwrap_or(peer)
}

/// Whether an address is of one of these networks.
pub(super) fn within(networks: &[Network], address: IpAddr) -> bool {
    networks.iter().any(|network| network.contains(address))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let pairs = pairs.iter();
        pairs
            .map(|(name, value)| (name.parse().expect("a name"), HeaderValue::from_static(value)))
            .collect()
    }

    #[test]
    fn only_pages_of_allowed_sites_and_our_own_may_ask() {
        let allowed = ["https://www.mairie.fr".parse::<Origin>().expect("an origin")];
        for (origin, expected) in [
            ("https://www.mairie.fr", Asker::Allowed),
            ("http://www.mairie.fr", Asker::Stranger),
            ("https://www.mairie.fr:8443", Asker::Stranger),
            ("https://www.mairie.fr.example", Asker::Stranger),
            ("https://mairie.fr", Asker::Stranger),
            ("http://127.0.0.1:8080", Asker::Ours),
            ("http://127.0.0.1:8081", Asker::Stranger),
            ("null", Asker::Stranger),
            ("", Asker::Stranger),
        ] {
            let headers = headers(&[("origin", origin), ("host", "127.0.0.1:8080")]);
            assert_eq!(asker(&headers, &allowed), expected, "{origin}");
        }
        assert_eq!(asker(&headers(&[("host", "127.0.0.1:8080")]), &[]), Asker::Ours);
    }

    #[test]
    fn origins_are_sites_not_pages() {
        for (text, valid) in [
            ("https://www.mairie.fr", true),
            ("HTTPS://www.Mairie.fr/", true),
            ("http://[::1]:8080", true),
            ("https://www.mairie.fr/contact", false),
            ("www.mairie.fr", false),
            ("https://", false),
            ("*", false),
            ("null", false),
        ] {
            assert_eq!(text.parse::<Origin>().is_ok(), valid, "{text}");
        }
    }

    #[test]
    fn only_trusted_proxies_are_believed() {
        let address = |text: &str| text.parse::<IpAddr>().expect("an address");
        let proxies = ["127.0.0.1", "10.0.0.0/8"].map(|network| network.parse().expect("a network"));
        for (peer, forwarded, expected) in [
            ("192.0.2.9", "198.51.100.1", "192.0.2.9"),
            ("127.0.0.1", "198.51.100.1", "198.51.100.1"),
            ("127.0.0.1", "203.0.113.5, 198.51.100.1, 10.1.2.3", "198.51.100.1"),
            ("127.0.0.1", "10.1.2.3", "127.0.0.1"),
            ("127.0.0.1", "n'importe quoi", "127.0.0.1"),
        ] {
            let headers = headers(&[("x-forwarded-for", forwarded)]);
            assert_eq!(
                client(address(peer), &headers, |address| within(&proxies, address)),
                address(expected),
                "{forwarded}"
            );
        }
    }
}
