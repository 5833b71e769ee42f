//! What comes off the wire is judged here, before the SIP stack sees it: bytes → one well-formed message, or dropped.
//!
//! Everything that the stack will read from a message (tags, sequence numbers, hosts) is read here first, behind a net
//! that catches panics: a hostile packet must cost one counter, not the telephone.

use std::borrow::Cow;
use std::panic::{AssertUnwindSafe, catch_unwind};

use rsipstack::dialog::DialogId;
use rsipstack::sip::prelude::{HeadersExt, ToTypedHeader};
use rsipstack::sip::typed::{Contact, RecordRoute};
use rsipstack::sip::{Header, Method, SipMessage, Version};
use rsipstack::transaction::key::{TransactionKey, TransactionRole};

use super::message::ALLOW;

/// Largest message on a datagram, in bytes: the size of the stack's buffer.
pub(super) const MAX_DATAGRAM: usize = 8_000;
/// Largest message on a stream, in bytes.
pub(super) const MAX_STREAM_MESSAGE: usize = 65_535;
/// Largest header part, in bytes, and largest number of header lines.
const MAX_HEAD: usize = 16_384;
const MAX_HEADER_LINES: usize = 200;

/// The verdict on a datagram or on a framed message.
#[derive(Debug)]
pub(super) enum Screened<'a> {
    /// A sound message, with its header part in UTF-8.
    Sound(Box<SipMessage>, Cow<'a, [u8]>),
    /// A request with a method that SIP may know one day: the answer (405) to send back.
    UnknownMethod(Vec<u8>),
    /// Not SIP, or not safely so.
    Malformed,
}

/// Judges one whole message.
pub(super) fn screen(bytes: &[u8]) -> Screened<'_> {
    let Some(head_len) = head_length(bytes).filter(|len| *len <= MAX_HEAD) else {
        return Screened::Malformed;
    };
    let (head, body) = bytes.split_at(head_len);
    if head.iter().filter(|b| **b == b'\n').count() > MAX_HEADER_LINES || head.contains(&0) {
        return Screened::Malformed;
    }
    match content_length(head) {
        // RFC 3261, section 18.3: a datagram shorter than it says is discarded.
        Ok(Some(length)) if length > body.len() => return Screened::Malformed,
        Ok(_) => {}
        Err(()) => return Screened::Malformed,
    }
    let text = in_utf8(bytes, head_len);
    match catch_unwind(AssertUnwindSafe(|| parse(&text))) {
        Ok(Some(message)) => Screened::Sound(Box::new(message), text),
        Ok(None) => refusal_of_unknown_method(head).map_or(Screened::Malformed, Screened::UnknownMethod),
        Err(_) => Screened::Malformed,
    }
}

/// Length in bytes of the first message in a stream's buffer: Ok(None) when more must be read, Err when the stream
/// cannot be SIP and must be closed (RFC 3261, section 18.3: streams need `Content-Length`).
pub(super) fn frame(buffer: &[u8]) -> Result<Option<usize>, ()> {
    let Some(head_len) = head_length(buffer) else {
        return if buffer.len() > MAX_HEAD { Err(()) } else { Ok(None) };
    };
    let total = head_len
        .checked_add(content_length(&buffer[..head_len])?.unwrap_or(0))
        .ok_or(())?;
    match total {
        total if total > MAX_STREAM_MESSAGE => Err(()),
        total => Ok((buffer.len() >= total).then_some(total)),
    }
}

/// Bytes of the start line and headers, with the empty line that ends them.
fn head_length(bytes: &[u8]) -> Option<usize> {
    bytes.windows(4).position(|w| w == b"\r\n\r\n").map(|at| at + 4)
}

/// `Content-Length` or its short form. Err when it is not one number, or is said twice differently.
fn content_length(head: &[u8]) -> Result<Option<usize>, ()> {
    let mut found = None;
    for line in head.split(|b| *b == b'\n').skip(1) {
        let Some(colon) = line.iter().position(|b| *b == b':') else {
            continue;
        };
        let name = line[..colon].trim_ascii();
        if !(name.eq_ignore_ascii_case(b"content-length") || name.eq_ignore_ascii_case(b"l")) {
            continue;
        }
        let value = line[colon + 1..].trim_ascii();
        if value.is_empty() || !value.iter().all(u8::is_ascii_digit) {
            return Err(());
        }
        let value = std::str::from_utf8(value)
            .map_err(|_| ())?
            .parse::<usize>()
            .map_err(|_| ())?;
        if found.is_some_and(|before| before != value) {
            return Err(());
        }
        found = Some(value);
    }
    Ok(found)
}

/// Old PBXs write display names in Latin-1 ("Béziers" in one byte per letter), and the stack's parser silently stops at
/// the first line that is not UTF-8: such a header part is read as Latin-1.
fn in_utf8(bytes: &[u8], head_len: usize) -> Cow<'_, [u8]> {
    let (head, body) = bytes.split_at(head_len);
    if std::str::from_utf8(head).is_ok() {
        return Cow::Borrowed(bytes);
    }
    let mut text: Vec<u8> = head.iter().map(|b| char::from(*b)).collect::<String>().into_bytes();
    text.extend_from_slice(body);
    Cow::Owned(text)
}

/// Parses, and reads all that the stack will.
fn parse(bytes: &[u8]) -> Option<SipMessage> {
    let message = SipMessage::try_from(bytes).ok()?;
    let call_id = message.call_id_header().ok()?.value();
    if call_id.is_empty() || call_id.contains(char::is_whitespace) {
        return None;
    }
    message.top_via_header().ok()?.typed().ok()?;
    message.from_header().ok()?.typed().ok()?.tag()?;
    message.to_header().ok()?.typed().ok()?;
    message.has_multiple_vias();
    for header in message_headers(&message) {
        match header {
            Header::Contact(contact) if contact.value() != "*" => {
                Contact::parse_header_list(contact.value()).ok()?;
            }
            Header::RecordRoute(route) => {
                RecordRoute::parse_header_list(route.value()).ok()?;
            }
            _ => {}
        }
    }
    let cseq = message.cseq_header().ok()?;
    // RFC 3261, section 8.1.1.5: less than 2³¹, and the method must match.
    if cseq.seq().ok()? >= 1 << 31 {
        return None;
    }
    match &message {
        SipMessage::Request(request) => {
            if cseq.method().ok()? != request.method || request.version != Version::V2 {
                return None;
            }
            TransactionKey::from_request(request, TransactionRole::Server).ok()?;
            DialogId::try_from((request, TransactionRole::Server)).ok()?;
            let needs_contact = matches!(request.method, Method::Invite | Method::Refer | Method::Subscribe);
            if needs_contact && request.typed_contact_headers().ok()?.is_empty() {
                return None;
            }
        }
        SipMessage::Response(response) => {
            TransactionKey::from_response(response, TransactionRole::Client).ok()?;
            if !(100..700).contains(&response.status_code.code()) || response.version != Version::V2 {
                return None;
            }
        }
    }
    Some(message)
}

fn message_headers(message: &SipMessage) -> impl Iterator<Item = &Header> {
    match message {
        SipMessage::Request(request) => request.headers.iter(),
        SipMessage::Response(response) => response.headers.iter(),
    }
}

/// The 405 for a request whose method the parser does not know (RFC 3261, section 8.2.1), copied from its own lines;
/// None when it is no request at all.
fn refusal_of_unknown_method(head: &[u8]) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(head).ok()?;
    let (start, rest) = text.split_once("\r\n")?;
    let mut words = start.split(' ');
    let method = words.next()?;
    let token = !method.is_empty() && method.len() <= 32 && method.bytes().all(|b| b.is_ascii_uppercase());
    if !token || method.parse::<Method>().is_ok() || words.nth(1) != Some("SIP/2.0") || words.next().is_some() {
        return None;
    }
    let mut answer = String::from("SIP/2.0 405 Method Not Allowed\r\n");
    let mut kept = 0;
    for line in rest.split("\r\n") {
        let name = line.split(':').next().unwrap_or("").trim().to_ascii_lowercase();
        if ["via", "v", "from", "f", "to", "t", "call-id", "i", "cseq"].contains(&name.as_str()) {
            answer.push_str(line);
            answer.push_str("\r\n");
            kept += 1;
        }
    }
    answer.push_str(&format!("Allow: {ALLOW}\r\nContent-Length: 0\r\n\r\n"));
    (kept >= 5).then(|| answer.into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(in crate::net::sip) const OPTIONS: &str = "OPTIONS sip:mairie@127.0.0.1 SIP/2.0\r\n\
        Via: SIP/2.0/UDP 127.0.0.1:5999;branch=z9hG4bKa;rport\r\n\
        From: \"Jean\" <sip:jean@127.0.0.1>;tag=1\r\nTo: <sip:mairie@127.0.0.1>\r\n\
        Call-ID: abc\r\nCSeq: 7 OPTIONS\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n";

    fn sound(text: &str) -> bool {
        matches!(screen(text.as_bytes()), Screened::Sound(..))
    }

    #[test]
    fn a_sound_message_passes() {
        assert!(sound(OPTIONS));
    }

    #[test]
    fn each_defect_is_refused() {
        for (from, to) in [
            ("Via: SIP/2.0/UDP 127.0.0.1:5999;branch=z9hG4bKa;rport\r\n", ""),
            (";tag=1", ""),
            ("Call-ID: abc\r\n", ""),
            ("Call-ID: abc", "Call-ID: "),
            ("CSeq: 7 OPTIONS", "CSeq: 7 INVITE"),
            ("CSeq: 7 OPTIONS", "CSeq: -7 OPTIONS"),
            ("CSeq: 7 OPTIONS", "CSeq: 99999999999 OPTIONS"),
            ("Content-Length: 0", "Content-Length: -1"),
            ("Content-Length: 0", "Content-Length: 18446744073709551615"),
            ("Content-Length: 0", "Content-Length: 10"),
            ("Content-Length: 0", "Content-Length: 0\r\nl: 1"),
            ("sip:mairie@127.0.0.1 SIP/2.0", "sip: SIP/2.0"),
            ("SIP/2.0\r\n", "SIP/3.0\r\n"),
            ("\r\n\r\n", "\r\n"),
            ("abc", "a\0c"),
        ] {
            assert!(!sound(&OPTIONS.replacen(from, to, 1)), "{from:?} → {to:?}");
        }
        assert!(!sound(
            &OPTIONS.replace("Max", &format!("X: {}\r\nMax", "a".repeat(20_000)))
        ));
        assert!(!sound(
            &OPTIONS.replace("Max", &format!("{}Max", "X: a\r\n".repeat(300)))
        ));
    }

    #[test]
    fn latin_1_display_names_are_read() {
        let mut bytes = OPTIONS.as_bytes().to_vec();
        let at = OPTIONS.find("Jean").unwrap();
        bytes[at + 1] = 0xE9; // Jéan, in Latin-1
        let Screened::Sound(message, text) = screen(&bytes) else {
            panic!("refused")
        };
        assert_eq!(
            message.from_header().unwrap().typed().unwrap().display_name.as_deref(),
            Some("Jéan")
        );
        assert!(std::str::from_utf8(&text).is_ok());
    }

    #[test]
    fn an_unknown_method_is_told_what_is_known() {
        let Screened::UnknownMethod(answer) = screen(OPTIONS.replace("OPTIONS", "DANSE").as_bytes()) else {
            panic!("no answer")
        };
        let answer = String::from_utf8(answer).unwrap();
        assert!(
            answer.starts_with("SIP/2.0 405 ") && answer.contains("CSeq: 7 DANSE\r\n") && answer.contains("Allow: ")
        );
    }

    #[test]
    fn streams_are_framed_by_content_length() {
        let invite = OPTIONS.replace("Content-Length: 0\r\n\r\n", "Content-Length: 4\r\n\r\nabcdOPTIONS sip:");
        let head = invite.find("abcd").unwrap();
        assert_eq!(frame(invite.as_bytes()), Ok(Some(head + 4)));
        assert_eq!(frame(&invite.as_bytes()[..head + 3]), Ok(None));
        assert_eq!(frame(&invite.as_bytes()[..40]), Ok(None));
        for bad in ["-4", "x", "70000", "18446744073709551615", ""] {
            let text = OPTIONS.replace("Length: 0", &format!("Length: {bad}"));
            assert_eq!(frame(text.as_bytes()), Err(()), "{bad}");
        }
        assert_eq!(frame(&[b'a'; MAX_HEAD + 1]), Err(()));
    }
}
