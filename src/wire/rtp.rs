//! RTP packets (RFC 3550, section 5.1).

/// Bytes of a header without contributing sources or extension: the only kind we send.
pub const HEADER_LEN: usize = 12;

/// What the fixed header says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// 0 to 127; what it means was agreed in SDP.
    pub payload_type: u8,
    /// For audio: first packet after a silence (RFC 3551, section 4.1).
    pub marker: bool,
    /// Goes up by one each packet, wraps.
    pub sequence: u16,
    /// Of the first sample, in ticks of the codec's RTP clock; wraps.
    pub timestamp: u32,
    /// Synchronisation source: names the sender.
    pub ssrc: u32,
}

/// A received packet; the payload is a part of the datagram.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Packet<'a> {
    /// The fixed header.
    pub header: Header,
    /// Without extension and padding; may be empty.
    pub payload: &'a [u8],
}

/// Why a datagram is not an RTP packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RtpError {
    /// Shorter than its header, contributing sources or extension say.
    #[error("truncated RTP packet")]
    Truncated,
    /// Version other than 2: STUN, DTLS, or noise.
    #[error("not RTP version 2")]
    Version,
    /// Padding of zero bytes, or longer than the payload.
    #[error("impossible RTP padding")]
    Padding,
    /// The packet is RTCP (RFC 5761, section 4) and belongs to [`super::rtcp`].
    #[error("RTCP, not RTP")]
    Rtcp,
}

/// Whether a datagram on a shared port is RTCP: its second byte is 192 to 223 (RFC 5761, section 4).
pub fn is_rtcp(datagram: &[u8]) -> bool {
    datagram.len() >= 2 && datagram[0] >> 6 == 2 && (192..=223).contains(&datagram[1])
}

/// Reads a datagram as an RTP packet.
pub fn parse(datagram: &[u8]) -> Result<Packet<'_>, RtpError> {
    let (header, length) = header(datagram)?;
    let mut payload = &datagram[length..];
    if datagram[0] & 0x20 != 0 {
        // The last byte counts itself.
        let padding = usize::from(*payload.last().ok_or(RtpError::Padding)?);
        if padding == 0 || padding > payload.len() {
            return Err(RtpError::Padding);
        }
        payload = &payload[..payload.len() - padding];
    }
    Ok(Packet { header, payload })
}

/// The header of a packet whose payload may be encrypted, and its whole length with contributing sources and extension: no
/// more than the datagram's.
pub fn header(datagram: &[u8]) -> Result<(Header, usize), RtpError> {
    let fixed = datagram.get(..HEADER_LEN).ok_or(RtpError::Truncated)?;
    if fixed[0] >> 6 != 2 {
        return Err(RtpError::Version);
    }
    if is_rtcp(datagram) {
        return Err(RtpError::Rtcp);
    }
    let mut length = HEADER_LEN + usize::from(fixed[0] & 0x0F) * 4;
    if fixed[0] & 0x10 != 0 {
        // Profile word, then the length in words (section 5.3.1).
        let words = datagram.get(length + 2..length + 4).ok_or(RtpError::Truncated)?;
        length += 4 + 4 * usize::from(u16::from_be_bytes([words[0], words[1]]));
    }
    if length > datagram.len() {
        return Err(RtpError::Truncated);
    }
    let header = Header {
        payload_type: fixed[1] & 0x7F,
        marker: fixed[1] & 0x80 != 0,
        sequence: u16::from_be_bytes([fixed[2], fixed[3]]),
        timestamp: u32::from_be_bytes([fixed[4], fixed[5], fixed[6], fixed[7]]),
        ssrc: u32::from_be_bytes([fixed[8], fixed[9], fixed[10], fixed[11]]),
    };
    Ok((header, length))
}

impl Header {
    /// Writes the header; the payload goes behind it.
    pub fn write(&self, out: &mut [u8; HEADER_LEN]) {
        out[0] = 2 << 6;
        out[1] = u8::from(self.marker) << 7 | self.payload_type & 0x7F;
        out[2..4].copy_from_slice(&self.sequence.to_be_bytes());
        out[4..8].copy_from_slice(&self.timestamp.to_be_bytes());
        out[8..12].copy_from_slice(&self.ssrc.to_be_bytes());
    }
}

/// Gives wrapping counters (sequence numbers of 16 bits, timestamps of 32) a place on an endless line: each is taken to
/// be the one nearest to the last.
#[derive(Clone, Copy, Debug, Default)]
pub struct Unwrap {
    last: Option<i64>,
}

impl Unwrap {
    /// The endless value of a sequence number.
    pub fn sequence(&mut self, sequence: u16) -> i64 {
        let last = *self.last.get_or_insert(i64::from(sequence));
        let value = last + i64::from(sequence.wrapping_sub(last as u16) as i16);
        self.last = Some(last.max(value));
        value
    }

    /// The endless value of a timestamp.
    pub fn timestamp(&mut self, timestamp: u32) -> i64 {
        let last = *self.last.get_or_insert(i64::from(timestamp));
        let value = last + i64::from(timestamp.wrapping_sub(last as u32) as i32);
        self.last = Some(last.max(value));
        value
    }

    /// How far a sequence number is ahead of the latest (negative: behind), without taking it in.
    pub fn leap(&self, sequence: u16) -> i64 {
        self.last
            .map_or(0, |last| i64::from(sequence.wrapping_sub(last as u16) as i16))
    }
}

#[cfg(test)]
mod tests {
    use rand::{Rng, SeedableRng, rngs::StdRng};

    use super::*;

    const HEADER: Header = Header {
        payload_type: 8,
        marker: true,
        sequence: 0xFFFE,
        timestamp: 0x0102_0304,
        ssrc: 0xDEAD_BEEF,
    };

    fn packet(first: u8, rest: &[u8]) -> Vec<u8> {
        let mut bytes = [0; HEADER_LEN];
        HEADER.write(&mut bytes);
        bytes[0] |= first;
        [&bytes[..], rest].concat()
    }

    #[test]
    fn what_is_written_is_read() {
        let bytes = packet(0, b"audio");
        assert_eq!(
            bytes[..HEADER_LEN],
            [0x80, 0x88, 0xFF, 0xFE, 1, 2, 3, 4, 0xDE, 0xAD, 0xBE, 0xEF]
        );
        assert_eq!(
            parse(&bytes),
            Ok(Packet {
                header: HEADER,
                payload: b"audio"
            })
        );
        assert_eq!(parse(&packet(0, b"")).unwrap().payload, b"");
    }

    #[test]
    fn sources_extension_and_padding_are_taken_off() {
        let sources = [1; 8];
        let extension = [0xBE, 0xDE, 0, 2, 1, 1, 1, 1, 2, 2, 2, 2];
        let all = [&sources[..], &extension, b"audio", &[0, 0, 3]].concat();
        assert_eq!(parse(&packet(0x32, &all)).unwrap().payload, b"audio");
        assert_eq!(parse(&packet(0x20, &[0, 0, 3])).unwrap().payload, b"");
    }

    #[test]
    fn what_is_not_rtp_is_named() {
        for (bytes, error) in [
            (vec![], RtpError::Truncated),
            (vec![0x80; 11], RtpError::Truncated),
            (vec![0; 20], RtpError::Version),
            (packet(0x02, &[0; 7]), RtpError::Truncated),
            (packet(0x10, &[0; 3]), RtpError::Truncated),
            (packet(0x10, &[0, 0, 0, 2, 0, 0, 0, 0]), RtpError::Truncated),
            (packet(0x20, &[]), RtpError::Padding),
            (packet(0x20, &[1, 2, 0]), RtpError::Padding),
            (packet(0x20, &[1, 2, 4]), RtpError::Padding),
            ([0x80, 200].into_iter().chain([0; 26]).collect(), RtpError::Rtcp),
        ] {
            assert_eq!(parse(&bytes), Err(error), "{bytes:?}");
        }
    }

    #[test]
    fn no_mutation_panics() {
        let mut rng = StdRng::seed_from_u64(3550);
        let good = packet(0x32, &[7; 60]);
        for _ in 0..100_000 {
            let mut bytes = good[..rng.random_range(0..=good.len())].to_vec();
            for _ in 0..rng.random_range(0..5) {
                if let Some(at) = bytes.len().checked_sub(1) {
                    bytes[rng.random_range(0..=at)] = rng.random();
                }
            }
            if let Ok(packet) = parse(&bytes) {
                assert!(packet.payload.len() + HEADER_LEN <= bytes.len());
            }
        }
    }

    #[test]
    fn counters_wrap_both_ways() {
        let mut sequence = Unwrap::default();
        let values: Vec<i64> = [65_534, 65_535, 1, 0, 2].map(|s| sequence.sequence(s)).to_vec();
        assert_eq!(values, [65_534, 65_535, 65_537, 65_536, 65_538]);
        let mut timestamp = Unwrap::default();
        assert_eq!(timestamp.timestamp(u32::MAX - 9), 4_294_967_286);
        assert_eq!(timestamp.timestamp(150), 4_294_967_446);
        assert_eq!(timestamp.timestamp(u32::MAX), 4_294_967_295);
    }
}
