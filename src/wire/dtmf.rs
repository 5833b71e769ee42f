//! Telephone keys as RTP events (RFC 4733): one key press is many packets, of which some may be lost.

use std::time::Duration;

use super::rtp::Header;

/// Bytes of an event payload (section 2.3).
pub const EVENT_LEN: usize = 4;
/// The last packet is sent three times (section 2.5.1.4).
const END_PACKETS: u32 = 3;

/// A key that was or is pressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tone {
    /// `0`–`9`, `*`, `#`, `A`–`D`.
    pub key: char,
    /// Power in dBm0 below zero: 0 is loudest, 63 hardly there.
    pub volume: u8,
    /// How long it has lasted.
    pub duration: Duration,
}

/// What a packet tells that was not known before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// A key went down. Each press gives exactly one `Down`, even if only its last packet arrives: count these.
    Down(Tone),
    /// The key of the last `Down` is up again; its duration is final. Missing when all end packets are lost, or when
    /// they are all that arrived (the `Down` has the duration then).
    Up(Tone),
}

/// Follows the events of one stream.
pub struct Receiver {
    clock: u32,
    current: Option<Current>,
}

/// The last event seen, over or not.
struct Current {
    event: u8,
    /// Names the event: all its packets have the same (section 2.2.1).
    timestamp: u32,
    /// In ticks; of the present segment.
    duration: u16,
    /// Ticks of earlier segments of a very long press.
    before: u64,
    ended: bool,
}

impl Receiver {
    /// `clock`: ticks per second of the telephone-event format agreed in SDP.
    pub fn new(clock: u32) -> Self {
        Self {
            clock: clock.max(1),
            current: None,
        }
    }

    /// Takes in one packet of the telephone-event payload type; anything malformed or not a key is ignored.
    pub fn push(&mut self, header: &Header, payload: &[u8]) -> Option<Event> {
        let &[event, flags, high, low, ..] = payload else {
            return None;
        };
        let key = key_of(event)?;
        let (ended, volume) = (flags & 0x80 != 0, flags & 0x3F);
        let duration = u16::from_be_bytes([high, low]);
        let tone = |ticks: u64| Tone {
            key,
            volume,
            duration: Duration::from_micros(ticks * 1_000_000 / u64::from(self.clock)),
        };

        if let Some(current) = &mut self.current {
            if header.timestamp == current.timestamp {
                if current.event != event || current.ended {
                    return None;
                }
                current.duration = current.duration.max(duration);
                current.ended = ended;
                return ended.then(|| Event::Up(tone(current.before + u64::from(current.duration))));
            }
            let ahead = header.timestamp.wrapping_sub(current.timestamp);
            if ahead > u32::MAX / 2 {
                return None; // a straggler of an earlier event
            }
            // A press too long for its 16-bit duration goes on in a new segment (section 2.5.1.3).
            let goes_on = !current.ended && current.event == event && !header.marker && ahead == 0xFFFF;
            if goes_on {
                current.before += 0xFFFF;
                (current.timestamp, current.duration, current.ended) = (header.timestamp, duration, ended);
                return ended.then(|| Event::Up(tone(current.before + u64::from(duration))));
            }
        }
        self.current = Some(Current {
            event,
            timestamp: header.timestamp,
            duration,
            before: 0,
            ended,
        });
        Some(Event::Down(tone(u64::from(duration))))
    }
}

/// The packets of one key press that we send: one each 20 ms, the end three times. The timestamp of all of them is that
/// of the first; sequence numbers go on as ever.
#[derive(Clone, Debug)]
pub struct Press {
    event: u8,
    volume: u8,
    /// Ticks in 20 ms.
    step: u32,
    /// Packets until the end, and all of them.
    updates: u32,
    sent: u32,
}

/// One packet of a [`Press`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PressPacket {
    /// To be set in the RTP header.
    pub marker: bool,
    /// The payload.
    pub payload: [u8; EVENT_LEN],
}

impl Press {
    /// Presses `key` for `duration` (rounded up to 20 ms, at most 1 s) on a format that ticks `clock` times per second.
    /// None when `key` is not on a telephone.
    pub fn new(key: char, duration: Duration, clock: u32) -> Option<Self> {
        let event = event_of(key)?;
        let updates = (duration.as_millis() as u32).div_ceil(20).clamp(2, 50);
        Some(Self {
            event,
            volume: 10,
            step: clock / 50,
            updates,
            sent: 0,
        })
    }

    /// How long it takes to send, in frames of 20 ms.
    pub fn frames(&self) -> u32 {
        self.updates + END_PACKETS - 1
    }
}

impl Iterator for Press {
    type Item = PressPacket;

    fn next(&mut self) -> Option<PressPacket> {
        if self.sent == self.frames() {
            return None;
        }
        self.sent += 1;
        let ended = self.sent >= self.updates;
        let ticks = (self.sent.min(self.updates) * self.step).min(0xFFFF) as u16;
        let [high, low] = ticks.to_be_bytes();
        let flags = u8::from(ended) << 7 | self.volume;
        Some(PressPacket {
            marker: self.sent == 1,
            payload: [self.event, flags, high, low],
        })
    }
}

/// Events 0 to 15 are the keys (RFC 4733, section 3.2, table 3).
const KEYS: &[u8; 16] = b"0123456789*#ABCD";

fn key_of(event: u8) -> Option<char> {
    KEYS.get(usize::from(event)).copied().map(char::from)
}

fn event_of(key: char) -> Option<u8> {
    KEYS.iter()
        .position(|&known| char::from(known) == key.to_ascii_uppercase())
        .map(|event| event as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Timestamp, marker, event, end, duration in ticks of 8000 Hz.
    type Row = (u32, bool, u8, bool, u16);

    fn receive(rows: &[Row]) -> Vec<String> {
        let mut receiver = Receiver::new(8_000);
        rows.iter()
            .enumerate()
            .filter_map(|(n, &(timestamp, marker, event, end, duration))| {
                let header = Header {
                    payload_type: 101,
                    marker,
                    sequence: n as u16,
                    timestamp,
                    ssrc: 1,
                };
                let [high, low] = duration.to_be_bytes();
                receiver.push(&header, &[event, u8::from(end) << 7 | 10, high, low])
            })
            .map(|event| match event {
                Event::Down(tone) => format!("down {} {}", tone.key, tone.duration.as_millis()),
                Event::Up(tone) => format!("up {} {}", tone.key, tone.duration.as_millis()),
            })
            .collect()
    }

    #[test]
    fn a_press_counts_once_whatever_is_lost() {
        let whole: [Row; 6] = [
            (1000, true, 5, false, 160),
            (1000, false, 5, false, 320),
            (1000, false, 5, false, 480),
            (1000, false, 5, true, 640),
            (1000, false, 5, true, 640),
            (1000, false, 5, true, 640),
        ];
        assert_eq!(receive(&whole), ["down 5 20", "up 5 80"]);
        assert_eq!(
            receive(&whole[1..]),
            ["down 5 40", "up 5 80"],
            "first lost, and with it the marker"
        );
        assert_eq!(receive(&whole[3..]), ["down 5 80"], "only the ends");
        assert_eq!(receive(&whole[..3]), ["down 5 20"], "all ends lost");
        for lost in 0..64 {
            let kept: Vec<Row> = (0..6).filter(|n| lost >> n & 1 == 0).map(|n| whole[n]).collect();
            let downs = receive(&kept).iter().filter(|event| event.starts_with("down")).count();
            assert_eq!(downs, usize::from(!kept.is_empty()), "{kept:?}");
        }
    }

    #[test]
    fn the_timestamp_tells_presses_apart() {
        let rows = [
            (1000, false, 1, false, 160),
            (1000, false, 1, true, 320),
            (2000, false, 1, false, 160),
            (1000, false, 1, true, 320), // a straggler of the first
            (2000, false, 1, true, 320),
            (2400, false, 11, true, 320),
        ];
        assert_eq!(
            receive(&rows),
            ["down 1 20", "up 1 40", "down 1 20", "up 1 40", "down # 40"]
        );
        let around_zero = [(u32::MAX - 80, true, 3, true, 160), (400, true, 3, true, 160)];
        assert_eq!(receive(&around_zero), ["down 3 20", "down 3 20"]);
    }

    #[test]
    fn a_very_long_press_is_one() {
        let rows = [
            (0, true, 0, false, 65_000),
            (0, false, 0, false, 0xFFFF),
            (0xFFFF, false, 0, false, 160),
            (0xFFFF, false, 0, true, 480),
        ];
        assert_eq!(receive(&rows), ["down 0 8125", "up 0 8251"]);
    }

    #[test]
    fn what_is_no_key_is_ignored() {
        assert!(receive(&[(0, true, 16, true, 160), (0, true, 255, false, 1)]).is_empty());
        let header = Header {
            payload_type: 101,
            marker: true,
            sequence: 0,
            timestamp: 0,
            ssrc: 0,
        };
        for length in 0..4 {
            assert_eq!(Receiver::new(8_000).push(&header, &[1, 0, 0, 0][..length]), None);
        }
    }

    #[test]
    fn what_is_sent_is_received() {
        for (clock, key) in [(8_000, '0'), (48_000, '#'), (8_000, 'd')] {
            let press = Press::new(key, Duration::from_millis(100), clock).unwrap();
            let frames = press.frames() as usize;
            let packets: Vec<PressPacket> = press.collect();
            assert_eq!((packets.len(), frames), (7, 7));
            assert!(packets[0].marker && packets[1..].iter().all(|packet| !packet.marker));
            assert_eq!(packets[4..].iter().filter(|p| p.payload[1] & 0x80 != 0).count(), 3);
            let mut receiver = Receiver::new(clock);
            let events: Vec<Event> = packets
                .iter()
                .filter_map(|packet| {
                    let header = Header {
                        payload_type: 101,
                        marker: packet.marker,
                        sequence: 0,
                        timestamp: 7,
                        ssrc: 1,
                    };
                    receiver.push(&header, &packet.payload)
                })
                .collect();
            let key = key.to_ascii_uppercase();
            let tone = |ms| Tone {
                key,
                volume: 10,
                duration: Duration::from_millis(ms),
            };
            assert_eq!(events, [Event::Down(tone(20)), Event::Up(tone(100))]);
        }
        assert!(Press::new('é', Duration::ZERO, 8_000).is_none());
    }
}
