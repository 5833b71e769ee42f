//! The telephone line of one call: packets in and frames out, frames in and packets out, keys, and reports on quality.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use crate::audio::{Codec, CodecError, MAX_PAYLOAD};
use crate::hear::playout::{Frame, Playout, Stats};
use crate::speak::encode::{Identity, Sender};
use crate::units::FRAME;
use crate::wire::dtmf::{Event, Press, Receiver};
use crate::wire::negotiate::Agreed;
pub use crate::wire::rtcp::MAX_REPORT;
use crate::wire::rtcp::{self, NtpClock, Outgoing, Reception};
use crate::wire::rtp::{self, HEADER_LEN};
use crate::wire::sdp::Direction;

/// How long a key that we press sounds.
const PRESS: Duration = Duration::from_millis(160);
/// Keys that may wait to be pressed: more are no number that a person types.
const KEYS: usize = 32;
/// Packets that may wait to be sent: a frame is one or two.
const OUTBOX: usize = 4;

/// Both directions of a call's sound. Allocates only when made or changed.
pub struct Line {
    agreed: Agreed,
    playout: Playout,
    reception: Reception,
    keys: Receiver,
    pressing: Option<Press>,
    to_press: VecDeque<char>,
    sender: Sender,
    outbox: Outbox,
    clock: NtpClock,
    cname: String,
    malformed: u64,
}

impl Line {
    /// The line as agreed in SDP. `clock` dates the reports.
    pub fn new(agreed: &Agreed, clock: NtpClock) -> Result<Self, CodecError> {
        Ok(Self {
            playout: Playout::new(agreed.codec, agreed.payload_type)?,
            reception: Reception::new(agreed.codec.rtp_clock()),
            keys: Receiver::new(agreed.events.map_or(8000, |e| e.clock)),
            pressing: None,
            to_press: VecDeque::with_capacity(KEYS),
            sender: sender(agreed)?,
            outbox: Outbox::default(),
            clock,
            cname: format!("{:016x}", rand::random::<u64>()),
            malformed: 0,
            agreed: agreed.clone(),
        })
    }

    /// A line without sound: nothing comes in, and what it gives to send is for nobody.
    pub fn mute(clock: NtpClock) -> Result<Self, CodecError> {
        let nowhere = ([0, 0, 0, 0], 0).into();
        let agreed = Agreed {
            codec: Codec::Pcma,
            payload_type: Codec::Pcma.offered_payload_type(),
            events: None,
            remote: nowhere,
            remote_rtcp: nowhere,
            rtcp_mux: true,
            direction: Direction::SendRecv,
            ptime: 20,
            srtp: None,
        };
        Self::new(&agreed, clock)
    }

    /// The session was changed: other codecs, another direction.
    pub fn change(&mut self, agreed: &Agreed) -> Result<(), CodecError> {
        if (agreed.codec, agreed.payload_type) != (self.agreed.codec, self.agreed.payload_type) {
            self.playout = Playout::new(agreed.codec, agreed.payload_type)?;
            self.reception = Reception::new(agreed.codec.rtp_clock());
            // Another clock is another source (RFC 7160, section 4.1).
            self.sender = sender(agreed)?;
        }
        if agreed.events != self.agreed.events {
            self.keys = Receiver::new(agreed.events.map_or(8000, |e| e.clock));
        }
        self.agreed = agreed.clone();
        Ok(())
    }

    /// Takes a datagram from the peer: sound, or a key that was pressed, or a report. Whatever else it is, is counted
    /// and dropped.
    pub fn handle_packet(&mut self, now: Instant, datagram: &[u8]) -> Option<char> {
        if rtp::is_rtcp(datagram) {
            let _ = self.handle_report(now, datagram);
            return None;
        }
        let Ok(packet) = rtp::parse(datagram) else {
            self.malformed += 1;
            return None;
        };
        self.reception.packet(now, &packet.header);
        self.playout.push(now, &packet.header, packet.payload);
        let is_key = self
            .agreed
            .events
            .is_some_and(|e| e.payload_type == packet.header.payload_type);
        match is_key.then(|| self.keys.push(&packet.header, packet.payload)).flatten() {
            Some(Event::Down(tone)) => Some(tone.key),
            Some(Event::Up(_)) | None => None,
        }
    }

    /// Takes an RTCP datagram from the peer; tells whether it is one.
    pub fn handle_report(&mut self, now: Instant, datagram: &[u8]) -> bool {
        let Ok(compound) = rtcp::parse(datagram) else {
            self.malformed += 1;
            return false;
        };
        for report in compound {
            if let rtcp::Report::Sender(ssrc, info, _) = report {
                self.reception.sender_report(now, ssrc, &info);
            }
        }
        true
    }

    /// The next 20 ms of what the peer says.
    pub fn pull(&mut self, now: Instant, frame: &mut [i16; FRAME]) -> Frame {
        self.playout.pull(now, frame)
    }

    /// The next 20 ms of what we say; the packets are then in [`Line::poll_transmit`]. Nothing is sent while the peer
    /// holds the call.
    pub fn push(&mut self, frame: &[i16; FRAME]) -> Result<(), CodecError> {
        let held = self.is_held();
        let outbox = &mut self.outbox;
        if held {
            return self.sender.silence(|packet| outbox.put(packet));
        }
        if let Some(events) = self.agreed.events {
            let packet = self.pressing.as_mut().and_then(Iterator::next);
            if let Some(press) = packet {
                self.sender
                    .press(events.payload_type, press, |packet| outbox.put(packet));
                return Ok(());
            }
            // A frame of sound parts one key from the next.
            let key = self.to_press.pop_front();
            self.pressing = key.and_then(|key| Press::new(key, PRESS, events.clock));
        }
        self.sender.speak(frame, |packet| outbox.put(packet))
    }

    /// Presses a key after those that are being pressed, in place of the frames to come; false where the peer takes no
    /// keys, or not so many.
    pub fn press(&mut self, key: char) -> bool {
        let takes = self.agreed.events.is_some() && self.to_press.len() < KEYS;
        if takes {
            self.to_press.push_back(key);
        }
        takes
    }

    /// Whether the peer sends sound: not while we, or both, are on hold.
    pub fn expects_sound(&self) -> bool {
        self.agreed.direction.receives()
    }

    /// Whether a packet is ready to be sent.
    pub fn is_ready(&self) -> bool {
        !self.outbox.waiting.is_empty()
    }

    /// The next packet to send, if one is ready.
    pub fn poll_transmit(&mut self) -> Option<&[u8]> {
        self.outbox.take()
    }

    /// Writes our report on the line; gives its length.
    pub fn report(&mut self, now: Instant, out: &mut [u8; MAX_REPORT]) -> usize {
        let sender = self.sender.info(self.clock.ntp(now));
        let about = self.reception.report(now);
        Outgoing {
            ssrc: self.sender.ssrc(),
            sender,
            about,
            cname: &self.cname,
            bye: false,
        }
        .write(out)
    }

    /// What dates the reports.
    pub fn clock(&self) -> NtpClock {
        self.clock
    }

    /// Whether the peer wants to hear us: not while it holds the call.
    pub fn is_held(&self) -> bool {
        !self.agreed.direction.sends()
    }

    /// How long sound waits in the jitter buffer.
    pub fn delay(&self) -> Duration {
        Duration::from_millis(self.playout.stats().delay_ms.into())
    }

    /// How the incoming stream is doing.
    pub fn stats(&self) -> Stats {
        self.playout.stats()
    }

    /// Datagrams that were neither RTP nor RTCP.
    pub fn malformed(&self) -> u64 {
        self.malformed
    }
}

fn sender(agreed: &Agreed) -> Result<Sender, CodecError> {
    Sender::new(agreed.codec, agreed.payload_type, agreed.ptime, Identity::random())
}

/// Packets made and not yet sent, in memory that is allocated once.
struct Outbox {
    free: Vec<Packet>,
    waiting: VecDeque<Packet>,
    current: Option<Packet>,
}

struct Packet {
    length: usize,
    bytes: Box<[u8; HEADER_LEN + MAX_PAYLOAD]>,
}

impl Default for Outbox {
    fn default() -> Self {
        let packet = || Packet {
            length: 0,
            bytes: Box::new([0; HEADER_LEN + MAX_PAYLOAD]),
        };
        Self {
            free: std::iter::repeat_with(packet).take(OUTBOX).collect(),
            waiting: VecDeque::with_capacity(OUTBOX),
            current: None,
        }
    }
}

impl Outbox {
    fn put(&mut self, bytes: &[u8]) {
        // Nobody fetched them for a while: the oldest is the least wanted.
        let Some(mut packet) = self.free.pop().or_else(|| self.waiting.pop_front()) else {
            return;
        };
        packet.length = bytes.len().min(packet.bytes.len());
        packet.bytes[..packet.length].copy_from_slice(&bytes[..packet.length]);
        self.waiting.push_back(packet);
    }

    fn take(&mut self) -> Option<&[u8]> {
        self.free.extend(self.current.take());
        self.current = self.waiting.pop_front();
        self.current.as_ref().map(|packet| &packet.bytes[..packet.length])
    }
}
