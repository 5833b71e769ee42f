//! Agreement on one audio stream by offer and answer (RFC 3264): which codec, where to, who sends, with which keys.

use std::fmt::Write;
use std::net::{IpAddr, SocketAddr};

use super::sdes::{CHANCE, Crypto, Encryption, OwnKeys, Secured};
use super::sdp::{Direction, Media, Session};
use crate::audio::Codec;

/// Payload types of the telephone events in our offers, by clock rate.
const OFFERED_EVENTS: [(u32, u8); 2] = [(8_000, 101), (48_000, 97)];
/// What we send and like to receive, in milliseconds.
const PTIME: u32 = 20;
/// Transports of sound.
const PLAIN: &str = "RTP/AVP";
const ENCRYPTED: &str = "RTP/SAVP";

/// What was agreed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Agreed {
    /// Of both directions.
    pub codec: Codec,
    /// Its number in packets, ours and theirs.
    pub payload_type: u8,
    /// How keys are told, if at all.
    pub events: Option<Events>,
    /// Where our packets go. With symmetric RTP it is where theirs come from, as soon as some do.
    pub remote: SocketAddr,
    /// Where our RTCP goes; the same as `remote` when both share a port.
    pub remote_rtcp: SocketAddr,
    /// Whether RTCP comes and goes on the port of RTP.
    pub rtcp_mux: bool,
    /// As we see it: `sends` is whether we may send. Already without sending when the peer's address is 0.0.0.0.
    pub direction: Direction,
    /// Milliseconds of sound in each packet that we send: 20, or 10 if the peer takes no more.
    pub ptime: u32,
    /// Keys, where sound is encrypted.
    pub srtp: Option<Secured>,
}

impl Agreed {
    /// What an answer of ours to a browser settles: Opus, and telephone events at its clock where there are any. Where
    /// packets go is found out by ICE.
    pub fn with_browser(answer: &Session) -> Result<Self, Refusal> {
        let spoken = |media: &&Media| media.kind == "audio" && media.port != 0;
        let media = answer.media.iter().find(spoken).ok_or(Refusal::NoAudio)?;
        let codec = Codec::Opus;
        let nowhere = SocketAddr::from(([0, 0, 0, 0], 0));
        Ok(Self {
            codec,
            payload_type: payload_type_of(media, codec).ok_or(Refusal::NoCodec)?,
            events: events_of(media, codec.rtp_clock()),
            remote: nowhere,
            remote_rtcp: nowhere,
            rtcp_mux: true,
            direction: media.direction,
            ptime: PTIME,
            srtp: None,
        })
    }
}

/// Telephone events (RFC 4733) as agreed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Events {
    /// Their number in packets.
    pub payload_type: u8,
    /// Ticks per second of their durations: the clock of the codec, except with peers that offer only 8000 beside Opus.
    pub clock: u32,
}

/// Why no stream can be agreed on: the answer to an INVITE is 488 then.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// No audio line, or only with port 0.
    #[error("no audio stream")]
    NoAudio,
    /// Audio, but neither over RTP/AVP nor, where we encrypt, over RTP/SAVP.
    #[error("no audio stream over RTP/AVP or RTP/SAVP")]
    NotRtp,
    /// Encrypted, but without a key that we can use.
    #[error("no usable key for encrypted sound")]
    NoKey,
    /// Plain where sound has to be encrypted.
    #[error("sound has to be encrypted (SRTP)")]
    NotEncrypted,
    /// None of our codecs.
    #[error("no codec in common")]
    NoCodec,
    /// A host name, or nothing, where an address should be.
    #[error("no media address")]
    NoAddress,
    /// An answer with other media lines than our offer, or with what was not offered.
    #[error("the answer does not fit the offer")]
    NotAnAnswer,
}

/// How a line of ours carries sound.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Carriage {
    #[default]
    Plain,
    /// The plain transport, with keys for who can use them: no RFC has it, and most telephones do.
    Either,
    Encrypted,
}

impl Carriage {
    fn of(protocol: &str, encrypted: bool) -> Self {
        match (protocol, encrypted) {
            (ENCRYPTED, _) => Self::Encrypted,
            (_, true) => Self::Either,
            (_, false) => Self::Plain,
        }
    }

    fn protocol(self) -> &'static str {
        match self {
            Self::Plain | Self::Either => PLAIN,
            Self::Encrypted => ENCRYPTED,
        }
    }
}

/// Our side of a session. It writes offers and answers, and counts their versions.
#[derive(Clone, Debug)]
pub struct Local {
    /// What peers send to.
    pub address: IpAddr,
    /// Even, RTCP on the next one.
    pub port: u16,
    /// What we speak, best first.
    pub codecs: Vec<Codec>,
    /// What we want: `SendRecv`, or `SendOnly` to put the peer on hold.
    pub wish: Direction,
    /// Whether sound is encrypted.
    encryption: Encryption,
    /// What with; none where it never is.
    keys: Option<OwnKeys>,
    /// How our next offer carries sound.
    carriage: Carriage,
    id: u64,
    version: u64,
    /// The last description without its origin, to tell whether the next is another.
    last: String,
}

impl Local {
    /// `id` names the session in `o=` and should be random (RFC 8866, section 5.2, advises a timestamp); only its lower
    /// 62 bits are used.
    pub fn new(address: IpAddr, port: u16, codecs: &[Codec], id: u64) -> Self {
        let (wish, id) = (Direction::SendRecv, id & (u64::MAX >> 2));
        Self {
            address,
            port,
            codecs: codecs.to_vec(),
            wish,
            encryption: Encryption::Never,
            keys: None,
            carriage: Carriage::default(),
            id,
            version: 0,
            last: String::new(),
        }
    }

    /// Encrypts as `encryption` has it, with keys made of `chance`, which must be as hard to guess as keys have to be.
    /// Without anything from the peer, we offer it where it is required, and where it is possible and our signalling is
    /// `private`: whoever reads the keys reads the sound (RFC 4568, section 7).
    pub fn encrypted(mut self, encryption: Encryption, private: bool, chance: [u8; CHANCE]) -> Self {
        self.encryption = encryption;
        self.keys = (encryption != Encryption::Never).then(|| OwnKeys::new(chance));
        let offers = encryption == Encryption::Required || (encryption == Encryption::Possible && private);
        self.carriage = if offers { Carriage::Encrypted } else { Carriage::Plain };
        self
    }

    /// Answers an offer: the first audio line that we can take, all others refused in their order.
    pub fn answer(&mut self, offer: &Session) -> Result<(Agreed, String), Refusal> {
        let (index, agreed) = self.choose(offer)?;
        let mut body = String::new();
        for (other, media) in offer.media.iter().enumerate() {
            if other != index {
                // "The port number is set to zero"; a format must still be there (RFC 3264, section 6).
                let _ = write!(
                    body,
                    "m={} 0 {} {}\r\n",
                    media.kind,
                    media.protocol,
                    media.formats.join(" ")
                );
                continue;
            }
            let mut lines = vec![mapping(agreed.payload_type, agreed.codec)];
            lines.extend(fmtp(agreed.payload_type, agreed.codec));
            let mut formats = agreed.payload_type.to_string();
            if let Some(events) = agreed.events {
                let _ = write!(formats, " {}", events.payload_type);
                lines.extend(event_lines(events));
            }
            let direction = Direction::of(
                self.wish.sends() && media.direction.receives(),
                self.wish.receives() && media.direction.sends(),
            );
            // What is offered later, to put the call on hold say, goes on as this.
            self.carriage = Carriage::of(&media.protocol, agreed.srtp.is_some());
            if let (Some(secured), Some(theirs)) = (&agreed.srtp, media.crypto.first()) {
                let (tag, key) = (theirs.tag, secured.ours.clone());
                lines.push(Crypto { tag, key }.to_line());
            }
            self.audio(&mut body, &formats, &lines, direction, agreed.ptime, media.rtcp_mux);
        }
        Ok((agreed, self.describe(body)))
    }

    /// Offers all our codecs, for an outbound leg, a re-INVITE of ours, or an INVITE without description.
    pub fn offer(&mut self) -> String {
        let clocks: Vec<u32> = self.codecs.iter().map(|codec| codec.rtp_clock()).collect();
        let events = OFFERED_EVENTS.into_iter().filter(|(clock, _)| clocks.contains(clock));
        let events = events.map(|(clock, payload_type)| Events { payload_type, clock });
        let mut lines = Vec::new();
        let mut formats = Vec::new();
        for &codec in &self.codecs {
            let payload_type = codec.offered_payload_type();
            formats.push(payload_type.to_string());
            lines.push(mapping(payload_type, codec));
            lines.extend(fmtp(payload_type, codec));
        }
        for events in events {
            formats.push(events.payload_type.to_string());
            lines.extend(event_lines(events));
        }
        if let Some(keys) = &self.keys
            && self.carriage != Carriage::Plain
        {
            lines.extend(keys.offer());
        }
        let mut body = String::new();
        self.audio(&mut body, &formats.join(" "), &lines, self.wish, PTIME, false);
        self.describe(body)
    }

    /// Reads the answer to our [`Local::offer`].
    pub fn accept(&self, answer: &Session) -> Result<Agreed, Refusal> {
        let [media] = &answer.media[..] else {
            return Err(Refusal::NotAnAnswer);
        };
        let answers_keys = match &media.crypto[..] {
            [] => true,
            [key] => key.answers_ours() && self.carriage != Carriage::Plain,
            _ => false,
        };
        if media.port != 0 && !answers_keys {
            return Err(Refusal::NotAnAnswer);
        }
        let (_, agreed) = self.choose(answer)?;
        let lost = self.carriage == Carriage::Encrypted && agreed.srtp.is_none();
        if lost { Err(Refusal::NotEncrypted) } else { Ok(agreed) }
    }

    /// The first audio line that both can live with, an encrypted one where there is any: telephones that offer sound both
    /// ways have a line for each.
    fn choose(&self, theirs: &Session) -> Result<(usize, Agreed), Refusal> {
        let (mut plain, mut refusal) = (None, Refusal::NoAudio);
        for (index, media) in theirs.media.iter().enumerate() {
            if media.kind == "audio" && media.port != 0 {
                match self.agree(media) {
                    Ok(agreed) if agreed.srtp.is_some() => return Ok((index, agreed)),
                    Ok(agreed) => plain = plain.or(Some((index, agreed))),
                    Err(reason) => refusal = reason,
                }
            }
        }
        plain.ok_or(refusal)
    }

    /// The keys of a line, none where it is plain. Of several keys the peer's first that we can use is taken (RFC 4568,
    /// section 5.1.2).
    fn secure(&self, media: &Media) -> Result<Option<Secured>, Refusal> {
        let keys = match (&self.keys, media.protocol.as_str()) {
            (Some(keys), PLAIN | ENCRYPTED) => keys,
            (None, PLAIN) => return Ok(None),
            _ => return Err(Refusal::NotRtp),
        };
        match media.crypto.first() {
            // Ours, sent back: both sides would use up one keystream.
            Some(Crypto { key, .. }) if *key == keys.of(key.suite()) => Err(Refusal::NoKey),
            Some(Crypto { key, .. }) => Ok(Some(Secured {
                ours: keys.of(key.suite()),
                theirs: key.clone(),
            })),
            None if media.protocol == ENCRYPTED => Err(Refusal::NoKey),
            None if self.encryption == Encryption::Required => Err(Refusal::NotEncrypted),
            None => Ok(None),
        }
    }

    fn agree(&self, media: &Media) -> Result<Agreed, Refusal> {
        let srtp = self.secure(media)?;
        let address = media.address.ok_or(Refusal::NoAddress)?;
        let (codec, payload_type) = self
            .codecs
            .iter()
            .find_map(|&codec| Some((codec, payload_type_of(media, codec)?)))
            .ok_or(Refusal::NoCodec)?;
        // RFC 2543 held calls by this address; nothing can be sent to it (RFC 3264, section 8.4).
        let reachable = !address.is_unspecified();
        let rtcp_port = match (media.rtcp_mux, media.rtcp_port) {
            (true, _) => media.port,
            (false, Some(port)) => port,
            (false, None) => media.port.saturating_add(1),
        };
        Ok(Agreed {
            codec,
            payload_type,
            events: events_of(media, codec.rtp_clock()),
            remote: SocketAddr::new(address, media.port),
            remote_rtcp: SocketAddr::new(address, rtcp_port),
            rtcp_mux: media.rtcp_mux,
            direction: Direction::of(
                self.wish.sends() && media.direction.receives() && reachable,
                self.wish.receives() && media.direction.sends(),
            ),
            ptime: if media.maxptime.is_some_and(|most| most < PTIME) {
                10
            } else {
                PTIME
            },
            srtp,
        })
    }

    fn audio(&self, body: &mut String, formats: &str, lines: &[String], direction: Direction, ptime: u32, mux: bool) {
        let _ = write!(body, "m=audio {} {} {formats}\r\n", self.port, self.carriage.protocol());
        for line in lines {
            let _ = write!(body, "a={line}\r\n");
        }
        let mux = if mux { "a=rtcp-mux\r\n" } else { "" };
        let _ = write!(body, "a=ptime:{ptime}\r\n{mux}a={}\r\n", direction.name());
    }

    /// Puts the session lines in front. The version goes up when anything but itself has changed (RFC 3264, section 8).
    fn describe(&mut self, body: String) -> String {
        let family = if self.address.is_ipv4() { "IP4" } else { "IP6" };
        let rest = format!("s=-\r\nc=IN {family} {}\r\nt=0 0\r\n{body}", self.address);
        if rest != self.last {
            self.version += 1;
            self.last.clone_from(&rest);
        }
        format!(
            "v=0\r\no=- {} {} IN {family} {}\r\n{rest}",
            self.id, self.version, self.address
        )
    }
}

/// The number that the peer gives to a codec: by its `rtpmap`, or by the profile (RFC 3551, table 4).
fn payload_type_of(media: &Media, codec: Codec) -> Option<u8> {
    media
        .formats
        .iter()
        .filter_map(|format| format.parse().ok())
        .find(
            |&number| match media.mappings.iter().find(|(mapped, ..)| *mapped == number) {
                Some((_, name, clock)) => Codec::from_name(name) == Some(codec) && *clock == codec.rtp_clock(),
                None => codec.static_payload_type() == Some(number),
            },
        )
}

/// Telephone events at the codec's clock (RFC 4733, section 2.1), or else at any that the peer offers.
fn events_of(media: &Media, clock: u32) -> Option<Events> {
    let events = || {
        media.mappings.iter().filter(|(number, name, clock)| {
            let listed = media.formats.iter().any(|format| format.parse() == Ok(*number));
            listed && name.eq_ignore_ascii_case("telephone-event") && *clock > 0
        })
    };
    let chosen = events()
        .find(|(.., theirs)| *theirs == clock)
        .or_else(|| events().next());
    chosen.map(|&(payload_type, _, clock)| Events { payload_type, clock })
}

fn mapping(payload_type: u8, codec: Codec) -> String {
    let channels = if codec.sdp_channels() > 1 {
        format!("/{}", codec.sdp_channels())
    } else {
        String::new()
    };
    format!("rtpmap:{payload_type} {}/{}{channels}", codec.name(), codec.rtp_clock())
}

/// What we tell a peer's Opus encoder (RFC 7587, section 6.1): that we use its FEC, and hear 16 kHz mono.
fn fmtp(payload_type: u8, codec: Codec) -> Option<String> {
    let parameters = "useinbandfec=1;stereo=0;maxplaybackrate=16000;maxaveragebitrate=32000";
    (codec == Codec::Opus).then(|| format!("fmtp:{payload_type} {parameters}"))
}

fn event_lines(events: Events) -> [String; 2] {
    let Events { payload_type, clock } = events;
    [
        format!("rtpmap:{payload_type} telephone-event/{clock}"),
        format!("fmtp:{payload_type} 0-15"),
    ]
}

#[cfg(test)]
mod tests {
    use rand::{Rng, SeedableRng, rngs::StdRng};

    use super::*;
    use crate::wire::sdp::parse;

    fn local() -> Local {
        Local::new("192.0.2.1".parse().unwrap(), 5000, &Codec::PREFERRED, 77)
    }

    fn offer(media: &str) -> Session {
        parse(&format!(
            "v=0\r\no=- 1 1 IN IP4 10.0.0.5\r\ns=-\r\nc=IN IP4 10.0.0.5\r\nt=0 0\r\n{media}"
        ))
        .unwrap()
    }

    #[test]
    fn a_whole_answer() {
        let offer = offer(
            "m=video 4002 RTP/AVP 97 98\r\nm=audio 4000 RTP/AVP 8 0 9 101\r\na=rtpmap:101 telephone-event/8000\r\n\
             m=audio 4004 RTP/AVP 0\r\n",
        );
        let (agreed, text) = local().answer(&offer).unwrap();
        assert_eq!(
            text,
            "v=0\r\no=- 77 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n\
             m=video 0 RTP/AVP 97 98\r\n\
             m=audio 5000 RTP/AVP 9 101\r\na=rtpmap:9 G722/8000\r\na=rtpmap:101 telephone-event/8000\r\n\
             a=fmtp:101 0-15\r\na=ptime:20\r\na=sendrecv\r\n\
             m=audio 0 RTP/AVP 0\r\n",
        );
        assert_eq!(
            agreed,
            Agreed {
                codec: Codec::G722,
                payload_type: 9,
                events: Some(Events {
                    payload_type: 101,
                    clock: 8_000
                }),
                remote: "10.0.0.5:4000".parse().unwrap(),
                remote_rtcp: "10.0.0.5:4001".parse().unwrap(),
                rtcp_mux: false,
                direction: Direction::SendRecv,
                ptime: 20,
                srtp: None,
            }
        );
    }

    #[test]
    fn what_is_agreed_with_a_browser_stands_in_our_answer() {
        let answer = offer(
            "m=audio 9 UDP/TLS/RTP/SAVPF 109 110\r\na=rtpmap:109 opus/48000/2\r\n\
             a=rtpmap:110 telephone-event/48000\r\na=sendrecv\r\n",
        );
        let agreed = Agreed::with_browser(&answer).unwrap();
        assert_eq!((agreed.codec, agreed.payload_type), (Codec::Opus, 109));
        let events = agreed.events.unwrap();
        assert_eq!((events.payload_type, events.clock), (110, 48_000));
        for (media, refusal) in [
            (
                "m=audio 0 UDP/TLS/RTP/SAVPF 109\r\na=rtpmap:109 opus/48000/2\r\n",
                Refusal::NoAudio,
            ),
            ("m=audio 9 UDP/TLS/RTP/SAVPF 0\r\n", Refusal::NoCodec),
        ] {
            assert_eq!(Agreed::with_browser(&offer(media)), Err(refusal));
        }
    }

    #[test]
    fn codecs_by_our_preference_with_their_numbers() {
        let opus = "m=audio 4000 RTP/AVP 0 111 126 110\r\na=rtpmap:111 OPUS/48000/2\r\n\
                    a=rtpmap:126 telephone-event/8000\r\na=rtpmap:110 telephone-event/48000\r\n";
        let events = |payload_type, clock| Some(Events { payload_type, clock });
        for (media, codecs, expected) in [
            (opus, &Codec::PREFERRED[..], Ok((Codec::Opus, 111, events(110, 48_000)))),
            (
                opus,
                &[Codec::Pcma, Codec::Pcmu][..],
                Ok((Codec::Pcmu, 0, events(126, 8_000))),
            ),
            (opus, &[Codec::Pcma], Err(Refusal::NoCodec)),
            (
                "m=audio 4000 RTP/AVP 96 97\r\na=rtpmap:96 PCMA/8000\r\n",
                &[Codec::Pcma],
                Ok((Codec::Pcma, 96, None)),
            ),
            // A number that the profile gives to PCMA, but the peer to something else.
            (
                "m=audio 4000 RTP/AVP 8\r\na=rtpmap:8 GSM/8000\r\n",
                &[Codec::Pcma],
                Err(Refusal::NoCodec),
            ),
            (
                "m=audio 4000 RTP/AVP 96\r\na=rtpmap:96 PCMA/16000\r\n",
                &[Codec::Pcma],
                Err(Refusal::NoCodec),
            ),
            ("m=audio 4000 RTP/SAVP 8\r\n", &[Codec::Pcma], Err(Refusal::NotRtp)),
            ("m=audio 0 RTP/AVP 8\r\n", &[Codec::Pcma], Err(Refusal::NoAudio)),
            ("m=video 4000 RTP/AVP 8\r\n", &[Codec::Pcma], Err(Refusal::NoAudio)),
            (
                "m=audio 4000 RTP/AVP 8\r\nc=IN IP4 pbx.example\r\n",
                &[Codec::Pcma],
                Err(Refusal::NoAddress),
            ),
            (
                "m=audio 1 RTP/SAVP 8\r\nm=audio 4000 RTP/AVP 8\r\n",
                &[Codec::Pcma],
                Ok((Codec::Pcma, 8, None)),
            ),
            // Old softphones: events at 8000 only, beside Opus.
            (
                "m=audio 4000 RTP/AVP 96 101\r\na=rtpmap:96 opus/48000/2\r\na=rtpmap:101 telephone-event/8000\r\n",
                &[Codec::Opus],
                Ok((Codec::Opus, 96, events(101, 8_000))),
            ),
        ] {
            let mut local = Local::new("192.0.2.1".parse().unwrap(), 5000, codecs, 1);
            let got = local
                .answer(&offer(media))
                .map(|(agreed, _)| (agreed.codec, agreed.payload_type, agreed.events));
            assert_eq!(got, expected, "{media}");
        }
    }

    const KEY: &str = "inline:PS1uQCVeeCFCanVmcjkpPywjNWhcYD0mXXtxaVBR";

    fn encrypted(encryption: Encryption, private: bool) -> Local {
        local().encrypted(encryption, private, std::array::from_fn(|at| at as u8))
    }

    #[test]
    fn encryption_is_as_both_want_it() {
        use Encryption::{Never, Possible, Required};
        let plain = "m=audio 4000 RTP/AVP 8\r\n".to_owned();
        // As baresip and PJSIP offer what need not be: no RFC has it.
        let either = format!("m=audio 4000 RTP/AVP 8\r\na=crypto:4 AES_CM_128_HMAC_SHA1_80 {KEY}\r\n");
        let must = format!("m=audio 4002 RTP/SAVP 8\r\na=crypto:1 AES_CM_128_HMAC_SHA1_32 {KEY}\r\n");
        let unknown = format!("m=audio 4002 RTP/SAVP 8\r\na=crypto:1 SEED_CTR_128_HMAC_SHA1_80 {KEY}\r\n");
        for (encryption, media, expected) in [
            (Never, plain.clone(), Ok((4000, false))),
            (Never, either.clone(), Ok((4000, false))),
            (Never, must.clone(), Err(Refusal::NotRtp)),
            (Never, must.clone() + &plain, Ok((4000, false))),
            (Possible, plain.clone(), Ok((4000, false))),
            (Possible, either.clone(), Ok((4000, true))),
            (Possible, must.clone(), Ok((4002, true))),
            (Possible, plain.clone() + &must, Ok((4002, true))),
            (Possible, must.clone() + &plain, Ok((4002, true))),
            (Possible, unknown.clone(), Err(Refusal::NoKey)),
            (Possible, unknown.clone() + &plain, Ok((4000, false))),
            (Required, plain.clone(), Err(Refusal::NotEncrypted)),
            (Required, either, Ok((4000, true))),
            (Required, must.clone(), Ok((4002, true))),
            (Required, plain + &must, Ok((4002, true))),
            (Required, unknown, Err(Refusal::NoKey)),
        ] {
            let answered = encrypted(encryption, false).answer(&offer(&media));
            let got = answered
                .as_ref()
                .map(|(agreed, _)| (agreed.remote.port(), agreed.srtp.is_some()));
            assert_eq!(got, expected.as_ref().map(|e| *e), "{encryption:?} {media}");
            if let Ok((agreed, text)) = &answered {
                assert_eq!(text.contains("a=crypto:"), agreed.srtp.is_some(), "{text}");
            }
        }
    }

    #[test]
    fn the_offers_first_usable_key_is_answered_by_its_tag() {
        let media = format!(
            "m=audio 4000 RTP/SAVP 8\r\na=crypto:1 F8_128_HMAC_SHA1_80 {KEY}\r\n\
             a=crypto:7 AES_CM_128_HMAC_SHA1_32 {KEY}|2^20\r\na=crypto:3 AES_CM_128_HMAC_SHA1_80 {KEY}\r\n"
        );
        let mut callee = encrypted(Encryption::Possible, false);
        let (agreed, text) = callee.answer(&offer(&media)).unwrap();
        let line = text.lines().find(|line| line.starts_with("a=crypto")).unwrap();
        assert!(line.starts_with("a=crypto:7 AES_CM_128_HMAC_SHA1_32 inline:"), "{line}");
        assert!(text.contains("m=audio 5000 RTP/SAVP 8\r\n"), "{text}");
        // Hold changes no key, and neither does an offer of ours.
        let held = media + "a=sendonly\r\n";
        let (again, second) = callee.answer(&offer(&held)).unwrap();
        assert_eq!(again.srtp, agreed.srtp);
        assert!(second.contains(line));
        let ours = callee.offer();
        let key = line.split_once("inline:").unwrap().1;
        assert!(ours.contains("m=audio 5000 RTP/SAVP ") && ours.contains(key), "{ours}");
    }

    #[test]
    fn our_offer_is_encrypted_where_nobody_reads_its_keys() {
        for (encryption, private, profile, keys) in [
            (Encryption::Never, true, "RTP/AVP", 0),
            (Encryption::Possible, false, "RTP/AVP", 0),
            (Encryption::Possible, true, "RTP/SAVP", 6),
            (Encryption::Required, false, "RTP/SAVP", 6),
        ] {
            let text = encrypted(encryption, private).offer();
            assert!(text.contains(&format!("m=audio 5000 {profile} ")), "{text}");
            assert_eq!(text.matches("a=crypto:").count(), keys, "{encryption:?} {private}");
        }
    }

    #[test]
    fn each_side_encrypts_with_the_key_that_it_told() {
        let (mut caller, mut callee) = (
            encrypted(Encryption::Possible, true),
            local().encrypted(Encryption::Required, false, [9; CHANCE]),
        );
        let (there, answer) = callee.answer(&parse(&caller.offer()).unwrap()).unwrap();
        let here = caller.accept(&parse(&answer).unwrap()).unwrap();
        let (here, there) = (here.srtp.unwrap(), there.srtp.unwrap());
        assert_eq!((&here.ours, &here.theirs), (&there.theirs, &there.ours));
        assert_ne!(here.ours, here.theirs);
        for (change, refusal) in [
            // Another line's tag, no key, several, and a plain answer.
            (answer.replace("a=crypto:1 ", "a=crypto:2 "), Refusal::NotAnAnswer),
            (answer.replace("a=crypto:1 ", "a=x:1 "), Refusal::NoKey),
            (
                answer.clone() + &format!("a=crypto:1 AES_CM_128_HMAC_SHA1_80 {KEY}\r\n"),
                Refusal::NotAnAnswer,
            ),
            (
                answer.replace("a=crypto:1 ", "a=x:1 ").replace("SAVP", "AVP"),
                Refusal::NotEncrypted,
            ),
        ] {
            assert_eq!(caller.accept(&parse(&change).unwrap()), Err(refusal), "{change}");
        }
        // Our own key, sent back.
        let offer = caller.offer();
        let own = offer.lines().find(|line| line.starts_with("a=crypto:1 ")).unwrap();
        let given = answer.lines().find(|line| line.starts_with("a=crypto:1 ")).unwrap();
        let echo = answer.replace(given, own);
        assert_eq!(caller.accept(&parse(&echo).unwrap()), Err(Refusal::NoKey));
        // Keys that nobody offered.
        let mut plain = encrypted(Encryption::Possible, false);
        plain.offer();
        assert_eq!(plain.accept(&parse(&answer).unwrap()), Err(Refusal::NotAnAnswer));
    }

    #[test]
    fn directions_and_hold() {
        for (line, said, sends, receives) in [
            ("", "sendrecv", true, true),
            ("a=sendonly\r\n", "recvonly", false, true),
            ("a=recvonly\r\n", "sendonly", true, false),
            ("a=inactive\r\n", "inactive", false, false),
            ("c=IN IP4 0.0.0.0\r\n", "sendrecv", false, true),
            ("c=IN IP6 ::\r\na=sendonly\r\n", "recvonly", false, true),
        ] {
            let (agreed, text) = local()
                .answer(&offer(&format!("m=audio 4000 RTP/AVP 8\r\n{line}")))
                .unwrap();
            assert!(text.ends_with(&format!("a={said}\r\n")), "{line}: {text}");
            assert_eq!(
                (agreed.direction.sends(), agreed.direction.receives()),
                (sends, receives),
                "{line}"
            );
        }
        let mut holding = local();
        holding.wish = Direction::SendOnly;
        assert!(holding.offer().ends_with("a=sendonly\r\n"));
    }

    #[test]
    fn ptime_rtcp_and_ipv6() {
        let media = "m=audio 4000 RTP/AVP 8\r\nc=IN IP6 2001:db8::5\r\na=maxptime:10\r\na=rtcp:4011\r\n";
        let mut local = Local::new("2001:db8::1".parse().unwrap(), 5000, &[Codec::Pcma], 1);
        let (agreed, text) = local.answer(&offer(media)).unwrap();
        assert!(text.contains("o=- 1 1 IN IP6 2001:db8::1\r\n") && text.contains("c=IN IP6 2001:db8::1\r\n"));
        assert_eq!(
            (agreed.ptime, agreed.remote.to_string().as_str()),
            (10, "[2001:db8::5]:4000")
        );
        assert_eq!(agreed.remote_rtcp.port(), 4011);
        let (agreed, text) = local
            .answer(&offer("m=audio 4000 RTP/AVP 8\r\na=rtcp-mux\r\na=ptime:60\r\n"))
            .unwrap();
        assert_eq!(
            (agreed.remote_rtcp.port(), agreed.rtcp_mux, agreed.ptime),
            (4000, true, 20)
        );
        assert!(text.contains("a=rtcp-mux\r\n"));
    }

    #[test]
    fn our_offer_is_answered_and_accepted() {
        let (mut caller, mut callee) = (local(), local());
        let offer = parse(&caller.offer()).unwrap();
        let (there, answer) = callee.answer(&offer).unwrap();
        let here = caller.accept(&parse(&answer).unwrap()).unwrap();
        assert_eq!((here.codec, here.payload_type), (Codec::Opus, 96));
        assert_eq!(
            here.events,
            Some(Events {
                payload_type: 97,
                clock: 48_000
            })
        );
        assert_eq!(here, there);
        let refused = "v=0\r\nc=IN IP4 10.0.0.1\r\nm=audio 0 RTP/AVP 8\r\n";
        assert_eq!(caller.accept(&parse(refused).unwrap()), Err(Refusal::NoAudio));
        assert_eq!(caller.accept(&parse("v=0\r\n").unwrap()), Err(Refusal::NotAnAnswer));
    }

    #[test]
    fn the_version_goes_up_only_with_a_change() {
        let mut local = local();
        let version = |text: &str| text.split(' ').nth(2).unwrap().parse::<u64>().unwrap();
        let talk = offer("m=audio 4000 RTP/AVP 8\r\n");
        let hold = offer("m=audio 4000 RTP/AVP 8\r\na=sendonly\r\n");
        let versions = [&talk, &talk, &hold, &hold, &talk].map(|offer| version(&local.answer(offer).unwrap().1));
        assert_eq!(versions, [1, 1, 2, 2, 3]);
    }

    #[test]
    fn no_mutation_panics() {
        let mut rng = StdRng::seed_from_u64(3264);
        let either = || encrypted(Encryption::Possible, true);
        let good = either().offer().replace(
            "a=ptime",
            "a=maxptime:40\r\na=rtcp:99 IN IP4 1.2.3.4\r\nc=IN IP6 ::1/3\r\na=ptime",
        );
        let (mut answered, tries) = (0, 50_000);
        for _ in 0..tries {
            let mut bytes = good.clone().into_bytes();
            for _ in 0..rng.random_range(1..8) {
                let at = rng.random_range(0..bytes.len());
                match rng.random_range(0..4) {
                    0 => bytes[at] = rng.random(),
                    1 => bytes[at] = b"0123456789=: /\r\n-."[rng.random_range(0..18)],
                    2 => drop(bytes.remove(at)),
                    _ => bytes.insert(at, b"9= \n"[rng.random_range(0..4)]),
                }
            }
            let Ok(session) = parse(&String::from_utf8_lossy(&bytes)) else {
                continue;
            };
            let mut callee = local().encrypted(Encryption::Possible, true, [7; CHANCE]);
            if let Ok((_, text)) = callee.answer(&session) {
                parse(&text).expect("what we write can be read");
                answered += 1;
            }
            let _ = either().accept(&session);
        }
        assert!(answered > tries / 4, "{answered}");
    }
}
