//! Small readings and writings of SIP headers that several files need.

use std::net::{IpAddr, SocketAddr};

use rsipstack::sip::typed::From as FromHeader;
use rsipstack::sip::{Auth, Header, Headers, HostWithPort, Param, Request, Response, Scheme, StatusCode, Uri};

use super::Transport;

/// Methods that we take.
pub(super) const ALLOW: &str = "INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, UPDATE, REFER, NOTIFY, PRACK";
/// Extensions that we know (RFC 4028).
pub(super) const SUPPORTED: &str = "timer";

/// Value of the first header of that name.
pub(super) fn header<'a>(headers: &'a Headers, name: &str) -> Option<&'a str> {
    headers
        .iter()
        .find(|h| h.name().eq_ignore_ascii_case(name))
        .map(|h| h.value().trim())
}

/// Option tags of every header of that name: `Supported: timer, 100rel` gives both.
pub(super) fn tokens<'a>(headers: &'a Headers, name: &'a str) -> impl Iterator<Item = &'a str> {
    headers
        .iter()
        .filter(move |h| h.name().eq_ignore_ascii_case(name))
        .flat_map(|h| h.value().split(','))
        .map(str::trim)
        .filter(|token| !token.is_empty())
}

/// Whether a header of that name holds that option tag.
pub(super) fn has_token(headers: &Headers, name: &str, token: &str) -> bool {
    tokens(headers, name).any(|t| t.eq_ignore_ascii_case(token))
}

/// Text of the `Reason` header (RFC 3326): its `text`, or else its cause.
pub(super) fn reason(headers: &Headers) -> Option<String> {
    let value = header(headers, "Reason")?;
    let text = value.split(';').find_map(|part| part.trim().strip_prefix("text="));
    Some(text.map_or_else(|| value.to_owned(), |text| text.trim_matches('"').to_owned()))
}

/// A `Reason` header that says why we hang up; the text is cleaned of what would break the header.
pub(super) fn reason_header(text: &str) -> Header {
    let clean: String = text
        .chars()
        .filter(|c| !c.is_control() && !matches!(c, '"' | '\\'))
        .take(120)
        .collect();
    Header::Reason(format!("SIP;cause=200;text=\"{clean}\"").into())
}

/// URI and user of a name-addr (`"Jean" <sip:jean@host>;tag=1`).
pub(super) fn name_addr(value: &str) -> Option<FromHeader> {
    // Identity headers may list several, separated by commas outside quotes and brackets: the first counts.
    let mut quoted = false;
    let mut bracket = false;
    let end = value.char_indices().find(|(_, c)| {
        match c {
            '"' => quoted = !quoted,
            '<' if !quoted => bracket = true,
            '>' if !quoted => bracket = false,
            ',' if !quoted && !bracket => return true,
            _ => {}
        }
        false
    });
    FromHeader::parse(value[..end.map_or(value.len(), |(at, _)| at)].trim()).ok()
}

/// User part of a URI: a number or a name; for `tel:` the number.
pub(super) fn user(uri: &Uri) -> Option<&str> {
    match (&uri.auth, &uri.scheme) {
        (Some(auth), _) => Some(auth.user.as_str()).filter(|user| !user.is_empty()),
        (None, Some(Scheme::Other(scheme))) if scheme.eq_ignore_ascii_case("tel") => match &uri.host_with_port.host {
            rsipstack::sip::Host::Domain(number) => Some(number.0.as_str()),
            rsipstack::sip::Host::IpAddr(_) => None,
        },
        _ => None,
    }
}

/// `sip:user@host:port`, with the transport named when it is not UDP.
pub(super) fn uri(user: Option<&str>, host: HostWithPort, transport: Transport) -> Uri {
    Uri {
        scheme: Some(Scheme::Sip),
        auth: user.map(|user| Auth {
            user: user.to_owned(),
            password: None,
        }),
        host_with_port: host,
        params: match transport {
            Transport::Udp => vec![],
            Transport::Tcp => vec![Param::Transport(rsipstack::sip::Transport::Tcp)],
            Transport::Tls => vec![Param::Transport(rsipstack::sip::Transport::Tls)],
        },
        headers: vec![],
    }
}

/// Local address that packets to `peer` leave from. Nothing is sent.
pub(super) fn local_address_facing(peer: SocketAddr) -> Option<IpAddr> {
    let any: SocketAddr = if peer.is_ipv4() {
        ([0, 0, 0, 0], 0).into()
    } else {
        ([0u16; 8], 0).into()
    };
    let socket = std::net::UdpSocket::bind(any).ok()?;
    socket.connect(peer).ok()?;
    socket.local_addr().ok().map(|local| local.ip())
}

/// A status as the stack wants it.
pub(super) fn status(code: u16) -> StatusCode {
    StatusCode::from(code)
}

/// Headers that tell what we can do, for 2xx, OPTIONS, and our own INVITE.
pub(super) fn abilities() -> Vec<Header> {
    vec![Header::Allow(ALLOW.into()), Header::Supported(SUPPORTED.into())]
}

/// `Content-Type: application/sdp`.
pub(super) fn sdp_type() -> Header {
    Header::ContentType("application/sdp".into())
}

/// The body when it is there and is SDP (or does not say what it is).
pub(super) fn sdp_of(headers: &Headers, body: &[u8]) -> Option<Vec<u8>> {
    let sdp = header(headers, "Content-Type").is_none_or(|kind| {
        kind.split(';')
            .next()
            .unwrap_or("")
            .trim()
            .eq_ignore_ascii_case("application/sdp")
    });
    (sdp && !body.is_empty()).then(|| body.to_vec())
}

/// SDP of a response.
pub(super) fn answer_of(response: &Response) -> Option<Vec<u8>> {
    sdp_of(&response.headers, &response.body)
}

/// A tone in the body of an INFO: `application/dtmf-relay` (`Signal=5`, `Duration=160`) or `application/dtmf` (`5`).
pub(super) fn dtmf_of(request: &Request) -> Option<(char, u32)> {
    let kind = header(&request.headers, "Content-Type")?
        .split(';')
        .next()?
        .trim()
        .to_ascii_lowercase();
    let body = std::str::from_utf8(&request.body).ok()?;
    let (signal, duration) = match kind.as_str() {
        "application/dtmf" => (body.trim(), None),
        "application/dtmf-relay" => {
            let value = |name: &str| {
                body.lines().find_map(|line| {
                    let (key, value) = line.split_once('=')?;
                    key.trim().eq_ignore_ascii_case(name).then(|| value.trim())
                })
            };
            (value("Signal")?, value("Duration").and_then(|ms| ms.parse().ok()))
        }
        _ => return None,
    };
    let signal = match signal.to_ascii_uppercase().as_str() {
        "10" => '*',
        "11" => '#',
        one if one.chars().count() == 1 => one.chars().next()?,
        _ => return None,
    };
    matches!(signal, '0'..='9' | '*' | '#' | 'A'..='D').then_some((signal, duration.unwrap_or(160)))
}

/// Status in the first line of a `message/sipfrag` (RFC 3420).
pub(super) fn sipfrag_status(body: &[u8]) -> Option<u16> {
    let text = std::str::from_utf8(body).ok()?;
    let line = text.lines().find(|line| line.starts_with("SIP/2.0"))?;
    line.split_whitespace()
        .nth(1)?
        .parse()
        .ok()
        .filter(|code| (100..700).contains(code))
}

/// Undoes `%20` and the like; what is not so written stays.
pub(super) fn unescape(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let hex = tail
            .get(..2)
            .and_then(|h| std::str::from_utf8(h).ok())
            .and_then(|h| u8::from_str_radix(h, 16).ok());
        match (first, hex) {
            (b'%', Some(byte)) => {
                bytes.push(byte);
                rest = &tail[2..];
            }
            (byte, _) => {
                bytes.push(*byte);
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Writes what a URI header value may not hold as `%XX`.
pub(super) fn escape(text: &str) -> String {
    text.bytes().fold(String::new(), |mut out, byte| {
        match byte {
            b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'-' | b'_' | b'.' | b'!' | b'~' | b'*' | b'(' | b')' => {
                out.push(byte.into());
            }
            _ => out.push_str(&format!("%{byte:02X}")),
        }
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn info(kind: &str, body: &str) -> Request {
        let mut headers = Headers::default();
        headers.push(Header::ContentType(kind.into()));
        Request {
            method: rsipstack::sip::Method::Info,
            uri: Uri::default(),
            version: rsipstack::sip::Version::V2,
            headers,
            body: body.into(),
        }
    }

    #[test]
    fn tones_are_read_in_both_forms() {
        for (kind, body, tone) in [
            (
                "application/dtmf-relay",
                "Signal=5\r\nDuration=250\r\n",
                Some(('5', 250)),
            ),
            ("application/dtmf-relay", "Signal= *\nDuration= 100", Some(('*', 100))),
            ("Application/DTMF-Relay; x=1", "signal=11", Some(('#', 160))),
            ("application/dtmf", "7\r\n", Some(('7', 160))),
            ("application/dtmf", "d", Some(('D', 160))),
            ("application/dtmf", "77", None),
            ("application/dtmf-relay", "Duration=100", None),
            ("application/media_control+xml", "5", None),
            ("application/dtmf", "", None),
        ] {
            assert_eq!(dtmf_of(&info(kind, body)), tone, "{kind} {body:?}");
        }
    }

    #[test]
    fn sipfrags_give_their_status() {
        assert_eq!(sipfrag_status(b"SIP/2.0 486 Busy Here\r\n"), Some(486));
        assert_eq!(sipfrag_status(b"SIP/2.0 200"), Some(200));
        for wrong in ["", "SIP/2.0", "SIP/2.0 x", "SIP/2.0 99 ?", "HTTP/1.1 200 OK"] {
            assert_eq!(sipfrag_status(wrong.as_bytes()), None, "{wrong}");
        }
    }

    #[test]
    fn the_first_of_several_identities_counts() {
        let both = name_addr("\"Dupont, Jean\" <sip:0467@op.fr;user=phone>, <tel:+33467>").unwrap();
        assert_eq!(both.display_name.as_deref(), Some("Dupont, Jean"));
        assert_eq!(user(&both.uri), Some("0467"));
        assert_eq!(user(&name_addr("<tel:+33467>").unwrap().uri), Some("+33467"));
    }

    #[test]
    fn escapes_come_back() {
        let text = "a1b2@10.0.0.1;to-tag=x;from-tag=y";
        assert_eq!(unescape(&escape(text)), text);
        assert_eq!(unescape("100%"), "100%");
    }

    #[test]
    fn reasons_are_read_and_cannot_break_the_header() {
        let mut headers = Headers::default();
        headers.push(Header::Reason("Q.850;cause=16;text=\"Terminated\"".into()));
        assert_eq!(reason(&headers).as_deref(), Some("Terminated"));
        assert!(!reason_header("fin\r\nX: \"y\"").to_string().contains(['\r', '\n']));
    }
}
