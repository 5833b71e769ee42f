//! RTCP reports (RFC 3550, section 6): how well each side hears the other, and that it leaves.

use std::time::{Duration, Instant};

use super::rtp::Header;

/// Room for anything that [`Outgoing::write`] writes, in bytes.
pub const MAX_REPORT: usize = 160;
/// Longest canonical name that is sent, in bytes.
const MAX_CNAME: usize = 64;
// Packet types (section 12.1).
const SR: u8 = 200;
const RR: u8 = 201;
const SDES: u8 = 202;
const BYE: u8 = 203;

/// Why a datagram is not RTCP.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RtcpError {
    /// Shorter than its first packet.
    #[error("truncated RTCP packet")]
    Truncated,
    /// Version other than 2, or a type that is none of RTCP's.
    #[error("not RTCP version 2")]
    Version,
}

/// What a sender says of its stream (section 6.4.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SenderInfo {
    /// When it was said: seconds since 1900 in 32.32 fixed point.
    pub ntp: u64,
    /// The same moment in ticks of the stream's RTP clock.
    pub timestamp: u32,
    /// Packets sent so far.
    pub packets: u32,
    /// Payload bytes sent so far.
    pub octets: u32,
}

/// What a receiver says of one stream (section 6.4.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ReportBlock {
    /// The stream that it is about.
    pub ssrc: u32,
    /// Lost since the last report, in 1/256 of what was expected.
    pub fraction_lost: u8,
    /// Lost since the start; negative when duplicates outnumber losses. 24 bits on the wire.
    pub lost: i32,
    /// Highest sequence number seen, with the count of its wraps above 16 bits.
    pub highest_sequence: u32,
    /// Mean deviation of the arrival spacing, in ticks of the stream's RTP clock.
    pub jitter: u32,
    /// Middle 32 bits of the last sender report's NTP time; 0 if there was none.
    pub last_sr: u32,
    /// Time since that report, in 1/65536 s.
    pub since_last_sr: u32,
}

impl ReportBlock {
    /// Bytes on the wire.
    const LEN: usize = 24;

    fn read(bytes: &[u8]) -> Self {
        let lost = word(bytes, 4) & 0x00FF_FFFF;
        Self {
            ssrc: word(bytes, 0),
            fraction_lost: bytes[4],
            lost: (lost << 8) as i32 >> 8,
            highest_sequence: word(bytes, 8),
            jitter: word(bytes, 12),
            last_sr: word(bytes, 16),
            since_last_sr: word(bytes, 20),
        }
    }

    /// The time a packet takes there and back, if this block is about a report of ours; `ntp_now` is our NTP time when
    /// it came in.
    pub fn round_trip(&self, ntp_now: u64) -> Option<Duration> {
        if self.last_sr == 0 {
            return None;
        }
        let ticks = ((ntp_now >> 16) as u32)
            .wrapping_sub(self.last_sr)
            .wrapping_sub(self.since_last_sr);
        // More than nine hours: the peer's numbers are not ours.
        (ticks < u32::MAX / 2).then(|| Duration::from_micros((u64::from(ticks) * 1_000_000) >> 16))
    }
}

/// One packet of a compound datagram.
#[derive(Clone, Debug)]
pub enum Report<'a> {
    /// A stream's sender reports on it, and on what it hears.
    Sender(u32, SenderInfo, Blocks<'a>),
    /// Somebody who sends nothing reports on what it hears.
    Receiver(u32, Blocks<'a>),
    /// A source leaves.
    Bye(u32),
    /// Another type, by number: SDES, APP, feedback; nothing here needs them.
    Other(u8),
}

/// The report blocks of one packet.
#[derive(Clone, Debug)]
pub struct Blocks<'a>(std::slice::ChunksExact<'a, u8>);

impl Iterator for Blocks<'_> {
    type Item = ReportBlock;
    fn next(&mut self) -> Option<ReportBlock> {
        self.0.next().map(ReportBlock::read)
    }
}

/// The packets of a compound datagram; ends early at the first malformed one.
#[derive(Clone, Debug)]
pub struct Compound<'a>(&'a [u8]);

/// Reads a datagram as RTCP. Lenient: it need not begin with a report (RFC 5506), and what is sound before a malformed
/// packet counts.
pub fn parse(datagram: &[u8]) -> Result<Compound<'_>, RtcpError> {
    if datagram.len() < 4 {
        return Err(RtcpError::Truncated);
    }
    if !super::rtp::is_rtcp(datagram) {
        return Err(RtcpError::Version);
    }
    Compound(datagram)
        .next()
        .map(|_| Compound(datagram))
        .ok_or(RtcpError::Truncated)
}

impl<'a> Iterator for Compound<'a> {
    type Item = Report<'a>;

    fn next(&mut self) -> Option<Report<'a>> {
        let &[first, kind, high, low, ..] = self.0 else {
            return None;
        };
        let length = 4 + 4 * usize::from(u16::from_be_bytes([high, low]));
        if first >> 6 != 2 || length > self.0.len() {
            return None;
        }
        let (packet, rest) = self.0.split_at(length);
        self.0 = rest;
        let blocks = |from: usize| {
            let claimed = usize::from(first & 0x1F) * ReportBlock::LEN;
            let present = packet.get(from..).unwrap_or_default();
            Blocks(present[..claimed.min(present.len())].chunks_exact(ReportBlock::LEN))
        };
        Some(match kind {
            SR if length >= 28 => {
                let ntp = u64::from(word(packet, 8)) << 32 | u64::from(word(packet, 12));
                let [timestamp, packets, octets] = [16, 20, 24].map(|at| word(packet, at));
                Report::Sender(
                    word(packet, 4),
                    SenderInfo {
                        ntp,
                        timestamp,
                        packets,
                        octets,
                    },
                    blocks(28),
                )
            }
            RR if length >= 8 => Report::Receiver(word(packet, 4), blocks(8)),
            BYE if length >= 8 && first & 0x1F != 0 => Report::Bye(word(packet, 4)),
            _ => Report::Other(kind),
        })
    }
}

/// A compound datagram to send: SR or RR, then SDES with the canonical name, then perhaps BYE.
#[derive(Clone, Copy, Debug)]
pub struct Outgoing<'a> {
    /// Our source.
    pub ssrc: u32,
    /// About our stream, if we send one.
    pub sender: Option<SenderInfo>,
    /// About the stream that we hear, if we hear one.
    pub about: Option<ReportBlock>,
    /// Canonical name (section 6.5.1): random for each call, as RFC 7022 advises. Cut after 64 bytes.
    pub cname: &'a str,
    /// Whether we leave.
    pub bye: bool,
}

impl Outgoing<'_> {
    /// Writes the datagram; returns its length.
    pub fn write(&self, out: &mut [u8; MAX_REPORT]) -> usize {
        let mut writer = Writer { out, at: 0 };
        let count = u8::from(self.about.is_some());
        let report = writer.begin(count, if self.sender.is_some() { SR } else { RR });
        writer.word(self.ssrc);
        if let Some(sender) = self.sender {
            for value in [
                (sender.ntp >> 32) as u32,
                sender.ntp as u32,
                sender.timestamp,
                sender.packets,
                sender.octets,
            ] {
                writer.word(value);
            }
        }
        if let Some(about) = self.about {
            let lost = about.lost.clamp(-0x80_0000, 0x7F_FFFF) as u32 & 0x00FF_FFFF;
            let losses = u32::from(about.fraction_lost) << 24 | lost;
            let rest = [about.highest_sequence, about.jitter, about.last_sr, about.since_last_sr];
            for value in [about.ssrc, losses].into_iter().chain(rest) {
                writer.word(value);
            }
        }
        writer.end(report);

        let names = writer.begin(1, SDES);
        writer.word(self.ssrc);
        let cname = &self.cname.as_bytes()[..self.cname.len().min(MAX_CNAME)];
        writer.bytes(&[1, cname.len() as u8]);
        writer.bytes(cname);
        // The list ends with at least one zero, filled up to a whole word.
        let zeros = 4 - (writer.at - names) % 4;
        writer.bytes(&[0; 4][..zeros]);
        writer.end(names);

        if self.bye {
            let bye = writer.begin(1, BYE);
            writer.word(self.ssrc);
            writer.end(bye);
        }
        writer.at
    }
}

struct Writer<'a> {
    out: &'a mut [u8; MAX_REPORT],
    at: usize,
}

impl Writer<'_> {
    fn bytes(&mut self, bytes: &[u8]) {
        self.out[self.at..self.at + bytes.len()].copy_from_slice(bytes);
        self.at += bytes.len();
    }

    fn word(&mut self, value: u32) {
        self.bytes(&value.to_be_bytes());
    }

    /// Starts a packet; returns where, for [`Writer::end`].
    fn begin(&mut self, count: u8, kind: u8) -> usize {
        let start = self.at;
        self.bytes(&[2 << 6 | count, kind, 0, 0]);
        start
    }

    fn end(&mut self, start: usize) {
        let words = ((self.at - start) / 4 - 1) as u16;
        self.out[start + 2..start + 4].copy_from_slice(&words.to_be_bytes());
    }
}

/// Big-endian word; the caller has checked the length.
fn word(bytes: &[u8], at: usize) -> u32 {
    u32::from_be_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}

/// Wall-clock time for sender reports, from the time that the core is handed.
#[derive(Clone, Copy, Debug)]
pub struct NtpClock {
    at: Instant,
    ntp: u64,
}

impl NtpClock {
    /// `unix`: time since 1970 at the moment `at`.
    pub fn new(at: Instant, unix: Duration) -> Self {
        const FROM_1900_TO_1970: u64 = 2_208_988_800;
        Self {
            at,
            ntp: fixed_point(unix).wrapping_add(FROM_1900_TO_1970 << 32),
        }
    }

    /// NTP time in 32.32 fixed point.
    pub fn ntp(&self, now: Instant) -> u64 {
        self.ntp
            .wrapping_add(fixed_point(now.saturating_duration_since(self.at)))
    }
}

/// Seconds in 32.32 fixed point.
fn fixed_point(duration: Duration) -> u64 {
    (duration.as_secs() << 32) | ((u64::from(duration.subsec_nanos()) << 32) / 1_000_000_000)
}

/// Counts what arrives from one source, for our report blocks (RFC 3550, appendix A).
#[derive(Clone, Debug)]
pub struct Reception {
    /// Ticks per second of timestamps.
    clock: u32,
    source: Option<Source>,
}

#[derive(Clone, Debug)]
struct Source {
    ssrc: u32,
    sequence: super::rtp::Unwrap,
    first: i64,
    highest: i64,
    received: i64,
    /// Expected and received when the last report was made.
    reported: (i64, i64),
    epoch: Instant,
    timestamp: u32,
    /// Arrival minus timestamp, both in ticks; wraps.
    transit: u32,
    /// In 1/16 tick.
    jitter: u32,
    last_sr: Option<(u32, Instant)>,
}

impl Reception {
    /// `clock`: ticks per second of the stream's timestamps.
    pub fn new(clock: u32) -> Self {
        Self { clock, source: None }
    }

    /// Takes in the header of each packet that arrives, at its arrival.
    pub fn packet(&mut self, now: Instant, header: &Header) {
        /// A leap beyond this is a restart, not loss or disorder (appendix A.1: MAX_DROPOUT).
        const MAX_LEAP: i64 = 3000;
        self.source
            .take_if(|source| source.ssrc != header.ssrc || source.sequence.leap(header.sequence).abs() > MAX_LEAP);

        let source = self.source.get_or_insert_with(|| {
            let mut sequence = super::rtp::Unwrap::default();
            let first = sequence.sequence(header.sequence);
            let transit = 0u32.wrapping_sub(header.timestamp);
            Source {
                ssrc: header.ssrc,
                sequence,
                first,
                highest: first,
                received: 0,
                reported: (0, 0),
                epoch: now,
                timestamp: header.timestamp,
                transit,
                jitter: 0,
                last_sr: None,
            }
        });
        source.highest = source.highest.max(source.sequence.sequence(header.sequence));
        source.received += 1;
        // The packets of a tone share a timestamp, and say nothing of jitter.
        if header.timestamp != source.timestamp {
            let micros = now.saturating_duration_since(source.epoch).as_micros() as u64;
            let arrival = (micros * u64::from(self.clock) / 1_000_000) as u32;
            let transit = arrival.wrapping_sub(header.timestamp);
            let deviation = (transit.wrapping_sub(source.transit) as i32).unsigned_abs();
            // A silence may end with a leap of the sender's clock; appendix A.8 would remember it for minutes.
            if deviation < self.clock {
                source.jitter = (source.jitter + deviation).saturating_sub((source.jitter + 8) >> 4);
            }
            (source.timestamp, source.transit) = (header.timestamp, transit);
        }
    }

    /// Takes in a sender report about the stream.
    pub fn sender_report(&mut self, now: Instant, ssrc: u32, info: &SenderInfo) {
        if let Some(source) = self.source.as_mut().filter(|source| source.ssrc == ssrc) {
            source.last_sr = Some(((info.ntp >> 16) as u32, now));
        }
    }

    /// Our block about the stream, for the interval since the last call; None before the first packet.
    pub fn report(&mut self, now: Instant) -> Option<ReportBlock> {
        let source = self.source.as_mut()?;
        let expected = source.highest - source.first + 1;
        let (expected_before, received_before) = source.reported;
        let expected_now = expected - expected_before;
        let lost_now = expected_now - (source.received - received_before);
        source.reported = (expected, source.received);
        let fraction = if lost_now <= 0 || expected_now <= 0 {
            0
        } else {
            (lost_now << 8) / expected_now
        };
        let (last_sr, since_last_sr) = source.last_sr.map_or((0, 0), |(last_sr, at)| {
            (last_sr, (fixed_point(now.saturating_duration_since(at)) >> 16) as u32)
        });
        Some(ReportBlock {
            ssrc: source.ssrc,
            fraction_lost: fraction.min(255) as u8,
            lost: (expected - source.received).clamp(-0x80_0000, 0x7F_FFFF) as i32,
            highest_sequence: source.highest as u32,
            jitter: source.jitter >> 4,
            last_sr,
            since_last_sr,
        })
    }
}

#[cfg(test)]
mod tests {
    use rand::{Rng, SeedableRng, rngs::StdRng};

    use super::*;

    const BLOCK: ReportBlock = ReportBlock {
        ssrc: 7,
        fraction_lost: 12,
        lost: -3,
        highest_sequence: 0x0001_0005,
        jitter: 40,
        last_sr: 0x8000_0001,
        since_last_sr: 65_536,
    };
    const INFO: SenderInfo = SenderInfo {
        ntp: 0x0123_4567_89AB_CDEF,
        timestamp: 160,
        packets: 9,
        octets: 1440,
    };

    #[test]
    fn what_is_written_is_read() {
        for cname in ["", "a", "abc", "a8f3@allo", &"é".repeat(60)] {
            for (sender, about, bye) in [
                (Some(INFO), Some(BLOCK), true),
                (None, Some(BLOCK), false),
                (None, None, true),
            ] {
                let mut out = [0; MAX_REPORT];
                let length = Outgoing {
                    ssrc: 3,
                    sender,
                    about,
                    cname,
                    bye,
                }
                .write(&mut out);
                assert_eq!(length % 4, 0);
                let mut reports = parse(&out[..length]).unwrap();
                match (sender, reports.next()) {
                    (Some(info), Some(Report::Sender(3, read, blocks))) => {
                        assert_eq!((read, blocks.collect::<Vec<_>>()), (info, vec![BLOCK]));
                    }
                    (None, Some(Report::Receiver(3, blocks))) => {
                        assert_eq!(blocks.collect::<Vec<_>>(), Vec::from_iter(about))
                    }
                    (_, other) => panic!("{other:?}"),
                }
                assert!(matches!(reports.next(), Some(Report::Other(SDES))));
                assert_eq!(matches!(reports.next(), Some(Report::Bye(3))), bye);
                assert!(reports.next().is_none());
            }
        }
    }

    #[test]
    fn losses_and_wraps_are_counted() {
        let start = Instant::now();
        let mut reception = Reception::new(8_000);
        assert_eq!(reception.report(start), None);
        let send = |reception: &mut Reception, n: u32, late_ms: u64| {
            let header = Header {
                payload_type: 8,
                marker: false,
                sequence: (65_530 + n) as u16,
                timestamp: n * 160,
                ssrc: 7,
            };
            reception.packet(start + Duration::from_millis(u64::from(n) * 20 + late_ms), &header);
        };
        for n in (0..20).filter(|n| n % 4 != 3) {
            send(&mut reception, n, 0);
        }
        let first = reception.report(start).unwrap();
        assert_eq!(
            (first.lost, first.fraction_lost, first.jitter),
            (4, 53, 0),
            "15 of 19; the last is not missed yet"
        );
        assert_eq!(first.highest_sequence, 65_530 + 18);
        for n in 19..40 {
            send(&mut reception, n, 0);
        }
        let second = reception.report(start).unwrap();
        assert_eq!((second.lost, second.fraction_lost), (4, 0));
        send(&mut reception, 39, 0);
        assert_eq!(
            reception.report(start).unwrap().lost,
            3,
            "a duplicate counts against a loss (A.3)"
        );
        for n in 40..400 {
            send(&mut reception, n, u64::from(n % 2) * 10);
        }
        let jitter = reception.report(start).unwrap().jitter;
        assert!(
            (75..=80).contains(&jitter),
            "10 ms between neighbours are 80 ticks: {jitter}"
        );
    }

    #[test]
    fn another_source_or_a_restart_begins_anew() {
        let now = Instant::now();
        let mut reception = Reception::new(8_000);
        let mut header = Header {
            payload_type: 8,
            marker: false,
            sequence: 100,
            timestamp: 0,
            ssrc: 1,
        };
        reception.packet(now, &header);
        (header.sequence, header.ssrc) = (40_000, 2);
        reception.packet(now, &header);
        assert_eq!(
            reception.report(now).map(|r| (r.ssrc, r.lost, r.highest_sequence)),
            Some((2, 0, 40_000))
        );
        header.sequence = 9;
        reception.packet(now, &header);
        assert_eq!(
            reception.report(now).map(|r| (r.ssrc, r.lost, r.highest_sequence)),
            Some((2, 0, 9))
        );
    }

    #[test]
    fn the_round_trip_is_measured() {
        let start = Instant::now();
        let clock = NtpClock::new(start, Duration::from_millis(1_790_000_000_500));
        assert_eq!(clock.ntp(start) >> 32, 1_790_000_000 + 2_208_988_800);
        assert_eq!(clock.ntp(start) as u32, 1 << 31);
        // Our report leaves; the peer hears it 30 ms later, holds it for 500 ms; its block comes back 30 ms later.
        let info = SenderInfo {
            ntp: clock.ntp(start),
            ..SenderInfo::default()
        };
        let mut peer = Reception::new(8_000);
        let at = |ms| start + Duration::from_millis(ms);
        peer.packet(
            at(30),
            &Header {
                payload_type: 8,
                marker: false,
                sequence: 1,
                timestamp: 0,
                ssrc: 5,
            },
        );
        peer.sender_report(at(30), 5, &info);
        let block = peer.report(at(530)).unwrap();
        let round_trip = block.round_trip(clock.ntp(at(560))).unwrap();
        assert!((59..=60).contains(&round_trip.as_millis()), "{round_trip:?}");
        assert_eq!(ReportBlock::default().round_trip(clock.ntp(start)), None);
        assert_eq!(block.round_trip(clock.ntp(start)), None, "from the future");
    }

    #[test]
    fn no_mutation_panics() {
        let mut rng = StdRng::seed_from_u64(6);
        let mut good = [0; MAX_REPORT];
        let length = Outgoing {
            ssrc: 3,
            sender: Some(INFO),
            about: Some(BLOCK),
            cname: "a@b",
            bye: true,
        }
        .write(&mut good);
        let mut sound = 0;
        for _ in 0..100_000 {
            let mut bytes = good[..rng.random_range(0..=length)].to_vec();
            for _ in 0..rng.random_range(0..4) {
                if let Some(last) = bytes.len().checked_sub(1) {
                    bytes[rng.random_range(0..=last)] = rng.random();
                }
            }
            for report in parse(&bytes).into_iter().flatten() {
                if let Report::Sender(_, _, blocks) | Report::Receiver(_, blocks) = report {
                    sound += blocks.count();
                }
            }
        }
        assert!(sound > 1_000);
    }
}
