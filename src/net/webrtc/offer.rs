//! Offers as they come from anywhere, before the stack sees them; and what we add to our answers.

use std::fmt::Write;
use std::net::{IpAddr, SocketAddr};

use super::PeerError;
use crate::wire::sdp;

/// Longest offer, in bytes: Chromium's of sound alone has 2 to 4 thousand.
const LONGEST: usize = 16 * 1024;
/// Most candidates that are looked at.
const CANDIDATES: usize = 40;

/// An offer of one audio stream over DTLS-SRTP (RFC 8829), without the candidates that are of no use to us: over TCP, and
/// by names that only the caller's own network knows (mDNS).
pub(super) fn screened(offer: &str) -> Result<String, PeerError> {
    if offer.len() > LONGEST {
        return Err(PeerError::Offer("too long"));
    }
    let session = sdp::parse(offer).map_err(|_| PeerError::Offer("not SDP"))?;
    let [media] = session.media.as_slice() else {
        return Err(PeerError::Offer("not one media line"));
    };
    if media.kind != "audio" || media.protocol != "UDP/TLS/RTP/SAVPF" {
        return Err(PeerError::Offer("not audio over DTLS-SRTP"));
    }
    let mut candidates = 0;
    let useful = |line: &&str| {
        let Some(candidate) = line.strip_prefix("a=candidate:") else {
            return true;
        };
        // foundation component transport priority address port … (RFC 8839, section 5.1)
        let mut parts = candidate.split(' ').skip(2);
        let is_udp = parts
            .next()
            .is_some_and(|transport| transport.eq_ignore_ascii_case("udp"));
        let is_address = parts.nth(1).is_some_and(|address| address.parse::<IpAddr>().is_ok());
        candidates += usize::from(is_udp && is_address);
        is_udp && is_address && candidates <= CANDIDATES
    };
    let lines = offer.lines().map(str::trim_end).filter(useful);
    Ok(lines.fold(String::with_capacity(offer.len()), |mut text, line| {
        let _ = write!(text, "{line}\r\n");
        text
    }))
}

/// The answer with one more candidate: `local` as it is reached from outside.
pub(super) fn announce(answer: &str, local: SocketAddr, public: IpAddr) -> String {
    answer
        .lines()
        .fold(String::with_capacity(answer.len() + 100), |mut text, line| {
            let _ = write!(text, "{line}\r\n");
            if let Some(candidate) = outside(line, local, public) {
                let _ = write!(text, "{candidate}\r\n");
            }
            text
        })
}

/// A host candidate at its public address: a foundation of its own, and a lower priority (RFC 8445, section 5.1).
fn outside(line: &str, local: SocketAddr, public: IpAddr) -> Option<String> {
    let parts: Vec<&str> = line.strip_prefix("a=candidate:")?.split(' ').collect();
    // RTCP shares the port: its own component (2) is of no use.
    let [foundation, "1", transport, priority, address, port, "typ", "host", ..] = parts[..] else {
        return None;
    };
    let is_it = address.parse() == Ok(local.ip()) && port.parse() == Ok(local.port());
    let priority = priority.parse::<u32>().ok()?.saturating_sub(1);
    is_it.then(|| format!("a=candidate:{foundation}9 1 {transport} {priority} {public} {port} typ host"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n";
    const AUDIO: &str = "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\nc=IN IP4 0.0.0.0\r\na=rtpmap:111 opus/48000/2\r\n";

    #[test]
    fn one_audio_stream_over_dtls_is_taken_and_nothing_else() {
        let long = "a=x\r\n".repeat(LONGEST / 5 + 1);
        for (offer, taken) in [
            (format!("{HEAD}{AUDIO}"), true),
            (format!("{HEAD}{AUDIO}{AUDIO}"), false),
            (format!("{HEAD}{AUDIO}{long}"), false),
            (HEAD.into(), false),
            (String::new(), false),
            (format!("{HEAD}{}", AUDIO.replace("audio", "video")), false),
            (
                format!("{HEAD}{}", AUDIO.replace("UDP/TLS/RTP/SAVPF", "RTP/AVP")),
                false,
            ),
        ] {
            assert_eq!(screened(&offer).is_ok(), taken, "{offer}");
        }
    }

    #[test]
    fn candidates_that_are_of_no_use_are_left_out() {
        let candidate = |number: usize, transport: &str, address: &str| {
            format!("a=candidate:{number} 1 {transport} 2122260223 {address} 50000 typ host\r\n")
        };
        let mut offer = format!("{HEAD}{AUDIO}");
        offer += &candidate(1, "udp", "192.0.2.1");
        offer += &candidate(2, "tcp", "192.0.2.1");
        offer += &candidate(3, "udp", "0d4f5c1e-6a0b-4f0e-9a53-0a3f2b8d7c55.local");
        offer += "a=candidate:\r\n";
        (10..10 + 2 * CANDIDATES).for_each(|n| offer += &candidate(n, "UDP", "2001:db8::1"));
        let screened = screened(&offer).expect("taken");
        assert_eq!(screened.matches("a=candidate:").count(), CANDIDATES);
        assert!(screened.contains("a=candidate:1 ") && !screened.contains("tcp") && !screened.contains("local"));
        assert!(screened.contains("a=rtpmap:111 opus/48000/2\r\n"));
    }

    #[test]
    fn the_public_address_is_one_more_candidate() {
        let other = "a=candidate:6 1 udp 2130706431 127.0.0.1 16386 typ host\r\n";
        let host = "a=candidate:7 1 udp 2130706431 192.168.1.10 16384 typ host\r\n";
        let rtcp = "a=candidate:7 2 udp 2130706431 192.168.1.10 16384 typ host\r\n";
        let answer = format!("{HEAD}{AUDIO}{other}{host}{rtcp}a=end-of-candidates\r\n");
        let public: IpAddr = "203.0.113.7".parse().expect("an address");
        let announced = announce(&answer, ([192, 168, 1, 10], 16384).into(), public);
        let added = "a=candidate:79 1 udp 2130706430 203.0.113.7 16384 typ host\r\n";
        assert_eq!(announced, answer.replace(host, &format!("{host}{added}")));
        assert_eq!(announce(&answer, ([192, 168, 1, 11], 16384).into(), public), answer);
    }
}
