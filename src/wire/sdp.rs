//! Session descriptions (RFC 4566, RFC 8866), as much of them as a telephone call needs: what each media line says.

use std::net::IpAddr;

use super::sdes::Crypto;

/// Longest description that is read, in bytes; real ones have one or two thousand.
const MAX_LEN: usize = 32 * 1024;
/// Most media lines that are read.
const MAX_MEDIA: usize = 16;
/// Most keys of one line that are read.
const MAX_KEYS: usize = 16;

/// A received offer or answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// `o=` session id and version, as written: the same pair again means nothing has changed (RFC 3264, section 8).
    pub origin: String,
    /// The media lines, in order.
    pub media: Vec<Media>,
}

/// One `m=` line with what follows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Media {
    /// `audio`, `video`, `image` …
    pub kind: String,
    /// 0: refused, or not in use.
    pub port: u16,
    /// We speak `RTP/AVP`, and `RTP/SAVP` where it comes with keys.
    pub protocol: String,
    /// Payload types, as written: the sender's preference first.
    pub formats: Vec<String>,
    /// From the line's own `c=` or else the session's; None when neither is an address (a host name is not resolved).
    pub address: Option<IpAddr>,
    /// Payload type, encoding name, clock rate, in the order of the `a=rtpmap` lines.
    pub mappings: Vec<(u8, String, u32)>,
    /// Payload type and parameters of the `a=fmtp` lines.
    pub parameters: Vec<(u8, String)>,
    /// As the sender of the description sees it.
    pub direction: Direction,
    /// Milliseconds of sound in each packet that the sender would like.
    pub ptime: Option<u32>,
    /// Most milliseconds of sound in a packet that it takes.
    pub maxptime: Option<u32>,
    /// Port of RTCP where it is not the next one (RFC 3605).
    pub rtcp_port: Option<u16>,
    /// RTCP may share the port of RTP (RFC 5761).
    pub rtcp_mux: bool,
    /// Keys of the sender's packets, those that can be used, in the sender's order (RFC 4568).
    pub crypto: Vec<Crypto>,
}

/// Who sends (RFC 8866, section 6.7).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Direction {
    /// Both.
    #[default]
    SendRecv,
    /// Only the one who describes.
    SendOnly,
    /// Only the other.
    RecvOnly,
    /// Nobody.
    Inactive,
}

impl Direction {
    /// The attribute's name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::SendRecv => "sendrecv",
            Self::SendOnly => "sendonly",
            Self::RecvOnly => "recvonly",
            Self::Inactive => "inactive",
        }
    }

    /// Whether the one who describes sends.
    pub const fn sends(self) -> bool {
        matches!(self, Self::SendRecv | Self::SendOnly)
    }

    /// Whether the one who describes listens.
    pub const fn receives(self) -> bool {
        matches!(self, Self::SendRecv | Self::RecvOnly)
    }

    /// From whether one sends and listens.
    pub const fn of(sends: bool, receives: bool) -> Self {
        match (sends, receives) {
            (true, true) => Self::SendRecv,
            (true, false) => Self::SendOnly,
            (false, true) => Self::RecvOnly,
            (false, false) => Self::Inactive,
        }
    }

    fn parse(name: &str) -> Option<Self> {
        [Self::SendRecv, Self::SendOnly, Self::RecvOnly, Self::Inactive]
            .into_iter()
            .find(|known| known.name() == name)
    }
}

/// Why a description cannot be read. Lines count from 1.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SdpError {
    /// The first line is not `v=0`.
    #[error("not a session description")]
    NotSdp,
    /// Longer, or with more media, than any real one.
    #[error("session description too long")]
    TooLong,
    /// An `m=` line without kind, port, protocol and format.
    #[error("malformed media line {0}")]
    Media(usize),
}

/// Reads a description. Lenient where nothing is lost by it: unknown lines and malformed attributes are passed over, and
/// lines may end in LF alone.
pub fn parse(text: &str) -> Result<Session, SdpError> {
    if text.len() > MAX_LEN {
        return Err(SdpError::TooLong);
    }
    let mut lines = text.lines().map(str::trim_end).enumerate();
    if lines.next().is_none_or(|(_, line)| line != "v=0") {
        return Err(SdpError::NotSdp);
    }
    let mut session = Session {
        origin: String::new(),
        media: Vec::new(),
    };
    // What stands before the first media line is the default of all of them.
    let (mut address, mut direction) = (None, Direction::default());
    for (index, line) in lines {
        let Some((kind, value)) = line.split_once('=') else {
            continue;
        };
        let full = session.media.len() == MAX_MEDIA;
        match (kind, session.media.last_mut()) {
            ("m", _) if full => return Err(SdpError::TooLong),
            ("m", _) => {
                let media = Media::parse(value, address, direction).ok_or(SdpError::Media(index + 1))?;
                session.media.push(media);
            }
            ("c", None) => address = connection(value),
            ("c", Some(media)) => media.address = connection(value),
            ("a", None) => direction = Direction::parse(value).unwrap_or(direction),
            ("a", Some(media)) => media.attribute(value),
            ("o", None) => session.origin = value.split(' ').skip(1).take(2).collect::<Vec<_>>().join(" "),
            _ => {}
        }
    }
    Ok(session)
}

/// `IN IP4 192.0.2.1`, perhaps with a `/ttl` behind.
fn connection(value: &str) -> Option<IpAddr> {
    let mut words = value.split_whitespace();
    (words.next() == Some("IN")).then_some(())?;
    words.nth(1)?.split('/').next()?.parse().ok()
}

impl Media {
    /// From `audio 49170 RTP/AVP 0 8 101`; a count of ports behind the port is passed over.
    fn parse(value: &str, address: Option<IpAddr>, direction: Direction) -> Option<Self> {
        let mut words = value.split_whitespace().map(str::to_owned);
        let kind = words.next()?;
        let port = words.next()?.split('/').next()?.parse().ok()?;
        let protocol = words.next()?;
        let formats: Vec<String> = words.collect();
        (!formats.is_empty()).then_some(Self {
            kind,
            port,
            protocol,
            formats,
            address,
            mappings: Vec::new(),
            parameters: Vec::new(),
            direction,
            ptime: None,
            maxptime: None,
            rtcp_port: None,
            rtcp_mux: false,
            crypto: Vec::new(),
        })
    }

    fn attribute(&mut self, attribute: &str) {
        let (name, value) = attribute.split_once(':').unwrap_or((attribute, ""));
        let value = value.trim();
        match name {
            "rtpmap" => self.mappings.extend(mapping(value)),
            "fmtp" => self
                .parameters
                .extend(value.split_once(' ').and_then(|(payload_type, parameters)| {
                    Some((payload_type.parse().ok()?, parameters.trim().to_owned()))
                })),
            "ptime" => self.ptime = milliseconds(value),
            "maxptime" => self.maxptime = milliseconds(value),
            "rtcp" => self.rtcp_port = value.split(' ').next().and_then(|port| port.parse().ok()),
            "rtcp-mux" => self.rtcp_mux = true,
            "crypto" if self.crypto.len() < MAX_KEYS => self.crypto.extend(Crypto::parse(value)),
            _ => self.direction = Direction::parse(attribute).unwrap_or(self.direction),
        }
    }
}

/// From `96 opus/48000/2`.
fn mapping(value: &str) -> Option<(u8, String, u32)> {
    let (payload_type, encoding) = value.split_once(' ')?;
    let mut parts = encoding.trim().split('/');
    let name = parts.next()?.to_owned();
    Some((
        payload_type.parse().ok().filter(|&number: &u8| number < 128)?,
        name,
        parts.next()?.parse().ok()?,
    ))
}

/// Some telephones write fractions ("20.0").
fn milliseconds(value: &str) -> Option<u32> {
    value.split('.').next()?.parse().ok().filter(|&ms| ms > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_softphones_offer() {
        let session = parse(
            "v=0\r\no=- 3720 7 IN IP4 10.0.0.5\r\ns=-\r\nc=IN IP4 10.0.0.5\r\nt=0 0\r\na=sendonly\r\n\
             m=audio 4000 RTP/AVP 96 9 8 101\r\na=rtpmap:96 opus/48000/2\r\na=fmtp:96 useinbandfec=1;maxptime=60\r\n\
             a=rtpmap:101 telephone-event/48000\r\na=fmtp:101 0-16\r\na=ptime:20.0\r\na=maxptime:60\r\na=rtcp:4009 IN IP4 10.0.0.5\r\n\
             m=video 4002/2 RTP/AVP 97\r\nc=IN IP6 2001:db8::1\r\na=recvonly\r\na=rtcp-mux\r\n",
        )
        .unwrap();
        assert_eq!(session.origin, "3720 7");
        let [audio, video] = &session.media[..] else {
            panic!("{session:?}")
        };
        assert_eq!(
            (audio.kind.as_str(), audio.port, audio.protocol.as_str()),
            ("audio", 4000, "RTP/AVP")
        );
        assert_eq!(audio.formats, ["96", "9", "8", "101"]);
        assert_eq!(audio.address, Some("10.0.0.5".parse().unwrap()));
        assert_eq!(
            audio.mappings,
            [
                (96, "opus".to_owned(), 48_000),
                (101, "telephone-event".to_owned(), 48_000)
            ]
        );
        assert_eq!(audio.parameters[0], (96, "useinbandfec=1;maxptime=60".to_owned()));
        assert_eq!(
            (audio.direction, audio.ptime, audio.maxptime),
            (Direction::SendOnly, Some(20), Some(60))
        );
        assert_eq!((audio.rtcp_port, audio.rtcp_mux), (Some(4009), false));
        assert_eq!(
            (video.port, video.address),
            (4002, Some("2001:db8::1".parse().unwrap()))
        );
        assert_eq!((video.direction, video.rtcp_mux), (Direction::RecvOnly, true));
    }

    #[test]
    fn what_is_wrong_is_named() {
        assert_eq!(parse(""), Err(SdpError::NotSdp));
        assert_eq!(parse("v=1\r\n"), Err(SdpError::NotSdp));
        for line in [
            "m=",
            "m=audio",
            "m=audio x RTP/AVP 0",
            "m=audio 70000 RTP/AVP 0",
            "m=audio 4000 RTP/AVP",
        ] {
            assert_eq!(parse(&format!("v=0\ns=-\n{line}\n")), Err(SdpError::Media(3)), "{line}");
        }
        assert_eq!(
            parse(&format!("v=0\n{}", "m=audio 1 RTP/AVP 0\n".repeat(17))),
            Err(SdpError::TooLong)
        );
        assert_eq!(parse(&format!("v=0\n{}", " ".repeat(40_000))), Err(SdpError::TooLong));
    }

    #[test]
    fn what_is_merely_odd_is_passed_over() {
        let session = parse(
            "v=0\nnonsense\nc=IN IP4 pbx.example\nm=audio 4000 RTP/AVP 8\na=rtpmap:300 x/1\na=rtpmap:8\na=rtpmap:9 G722\n\
             a=fmtp:8\na=ptime:0\na=maxptime:many\nz=\n=\n",
        )
        .unwrap();
        let audio = &session.media[0];
        assert_eq!((audio.address, audio.ptime, audio.maxptime), (None, None, None));
        assert!(audio.mappings.is_empty() && audio.parameters.is_empty());
    }
}
