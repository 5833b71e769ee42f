//! From frames of sound to RTP packets: resample → encode → packet. One call of [`Sender`] each 20 ms, spoken or silent,
//! so that timestamps keep time while nothing is sent (RFC 3551, section 4.1).

use crate::audio::{Codec, CodecError, Encoder, FrameResampler, MAX_PAYLOAD};
use crate::units::{FRAME, FRAME_MS, HZ};
use crate::wire::dtmf::PressPacket;
use crate::wire::rtcp::SenderInfo;
use crate::wire::rtp::{HEADER_LEN, Header};

/// What a stream is known by. Random, so that nobody guesses its packets (RFC 3550, section 5.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Identity {
    /// Synchronisation source.
    pub ssrc: u32,
    /// Sequence number of the first packet.
    pub sequence: u16,
    /// Timestamp of the first frame.
    pub timestamp: u32,
}

impl Identity {
    /// Another one each time.
    pub fn random() -> Self {
        Self {
            ssrc: rand::random(),
            sequence: rand::random(),
            timestamp: rand::random(),
        }
    }
}

/// The sending end of one audio stream. Allocates only when made.
pub struct Sender {
    encoder: Encoder,
    resampler: Option<FrameResampler>,
    /// A frame at the codec's rate.
    native: Box<[i16]>,
    /// Samples at that rate, and ticks of the RTP clock, in a packet.
    samples: usize,
    ticks: u32,
    /// Of the next packet.
    header: Header,
    /// Timestamp of the key press under way.
    pressed: u32,
    talking: bool,
    packet: Box<[u8; HEADER_LEN + MAX_PAYLOAD]>,
    packets: u32,
    octets: u32,
}

impl Sender {
    /// Packets of `ptime` milliseconds, which is 20, or 10 for peers that take no more.
    pub fn new(codec: Codec, payload_type: u8, ptime: u32, identity: Identity) -> Result<Self, CodecError> {
        let (rate, ptime) = (
            codec.sample_rate(),
            if ptime < FRAME_MS { FRAME_MS / 2 } else { FRAME_MS },
        );
        let Identity {
            ssrc,
            sequence,
            timestamp,
        } = identity;
        Ok(Self {
            encoder: Encoder::new(codec)?,
            resampler: (rate != HZ).then(|| FrameResampler::new(HZ, rate)),
            native: vec![0; (rate * FRAME_MS / 1000) as usize].into(),
            samples: (rate * ptime / 1000) as usize,
            ticks: codec.rtp_clock() * ptime / 1000,
            header: Header {
                payload_type,
                marker: false,
                sequence,
                timestamp,
                ssrc,
            },
            pressed: timestamp,
            talking: false,
            packet: Box::new([0; HEADER_LEN + MAX_PAYLOAD]),
            packets: 0,
            octets: 0,
        })
    }

    /// Sends 20 ms of sound: calls `send` with one packet, or with two of 10 ms.
    pub fn speak(&mut self, frame: &[i16; FRAME], mut send: impl FnMut(&[u8])) -> Result<(), CodecError> {
        match &mut self.resampler {
            Some(resampler) => resampler.process(frame, &mut self.native),
            None => self.native.copy_from_slice(frame),
        }
        for from in (0..self.native.len()).step_by(self.samples) {
            let sound = &self.native[from..from + self.samples];
            let written = self.encoder.encode(sound, &mut self.packet[HEADER_LEN..]);
            // The clock goes on even when the encoder fails.
            let header = Header {
                marker: !self.talking,
                ..self.header
            };
            self.header.timestamp = self.header.timestamp.wrapping_add(self.ticks);
            self.talking = true;
            self.send(header, written?, &mut send);
        }
        Ok(())
    }

    /// Lets 20 ms pass without sound. Filters and codecs hold back some milliseconds, so the first silent frame after
    /// speech is still sent.
    pub fn silence(&mut self, send: impl FnMut(&[u8])) -> Result<(), CodecError> {
        if self.talking {
            let sent = self.speak(&[0; FRAME], send);
            self.talking = false;
            return sent;
        }
        self.pass();
        Ok(())
    }

    /// Sends a packet of a key press in place of 20 ms of sound, with the payload type of telephone events.
    pub fn press(&mut self, payload_type: u8, press: PressPacket, mut send: impl FnMut(&[u8])) {
        if press.marker {
            self.pressed = self.header.timestamp;
        }
        self.packet[HEADER_LEN..][..press.payload.len()].copy_from_slice(&press.payload);
        let header = Header {
            payload_type,
            marker: press.marker,
            timestamp: self.pressed,
            ..self.header
        };
        self.send(header, press.payload.len(), &mut send);
        self.talking = false;
        self.pass();
    }

    /// Our source.
    pub fn ssrc(&self) -> u32 {
        self.header.ssrc
    }

    /// What a sender report says now; None until something was sent.
    pub fn info(&self, ntp: u64) -> Option<SenderInfo> {
        let (packets, octets) = (self.packets, self.octets);
        (packets > 0).then_some(SenderInfo {
            ntp,
            timestamp: self.header.timestamp,
            packets,
            octets,
        })
    }

    /// 20 ms go by.
    fn pass(&mut self) {
        let ticks = self.ticks * (self.native.len() / self.samples) as u32;
        self.header.timestamp = self.header.timestamp.wrapping_add(ticks);
    }

    fn send(&mut self, header: Header, payload: usize, send: &mut impl FnMut(&[u8])) {
        let (head, _) = self
            .packet
            .split_first_chunk_mut()
            .expect("the buffer begins with a header");
        header.write(head);
        send(&self.packet[..HEADER_LEN + payload]);
        self.header.sequence = self.header.sequence.wrapping_add(1);
        self.packets = self.packets.wrapping_add(1);
        self.octets = self.octets.wrapping_add(payload as u32);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::audio::Decoder;
    use crate::wire::dtmf::Press;
    use crate::wire::rtp;

    const IDENTITY: Identity = Identity {
        ssrc: 9,
        sequence: 65_534,
        timestamp: u32::MAX - 100,
    };

    fn frame(n: usize) -> [i16; FRAME] {
        std::array::from_fn(|i| (((n * FRAME + i) as f64 * 0.17).sin() * 9_000.0) as i16)
    }

    /// Marker, sequence and timestamp since the start, payload.
    fn sent(packet: &[u8]) -> (bool, u16, u32, Vec<u8>) {
        let packet = rtp::parse(packet).unwrap();
        let rtp::Header {
            marker,
            sequence,
            timestamp,
            ssrc,
            ..
        } = packet.header;
        assert_eq!(ssrc, 9);
        let since = (
            sequence.wrapping_sub(IDENTITY.sequence),
            timestamp.wrapping_sub(IDENTITY.timestamp),
        );
        (marker, since.0, since.1, packet.payload.to_vec())
    }

    #[test]
    fn numbers_marker_and_silence() {
        for (codec, ticks) in [
            (Codec::Pcma, 160),
            (Codec::Pcmu, 160),
            (Codec::G722, 160),
            (Codec::Opus, 960),
        ] {
            let mut sender = Sender::new(codec, 42, 20, IDENTITY).unwrap();
            assert_eq!(sender.info(0), None);
            let mut packets = Vec::new();
            for n in 0..10 {
                let send = |packet: &[u8]| packets.push(sent(packet));
                if (3..6).contains(&n) {
                    sender.silence(send).unwrap()
                } else {
                    sender.speak(&frame(n), send).unwrap()
                }
            }
            let got: Vec<_> = packets
                .iter()
                .map(|(marker, sequence, since, _)| (*marker, *sequence, *since))
                .collect();
            let expected = [
                (true, 0),
                (false, 1),
                (false, 2),
                (false, 3),
                (true, 6),
                (false, 7),
                (false, 8),
                (false, 9),
            ];
            let expected: Vec<_> = (0..)
                .zip(expected)
                .map(|(s, (marker, n))| (marker, s, n * ticks))
                .collect();
            assert_eq!(got, expected, "{codec:?}");
            let octets = packets.iter().map(|(.., payload)| payload.len() as u32).sum();
            let timestamp = IDENTITY.timestamp.wrapping_add(10 * ticks);
            assert_eq!(
                sender.info(7),
                Some(SenderInfo {
                    ntp: 7,
                    timestamp,
                    packets: 8,
                    octets
                })
            );
        }
    }

    #[test]
    fn ten_milliseconds_for_those_who_take_no_more() {
        for (codec, ticks, bytes) in [(Codec::Pcma, 80, 80), (Codec::G722, 80, 80), (Codec::Opus, 480, 0)] {
            let mut sender = Sender::new(codec, 8, 10, IDENTITY).unwrap();
            let mut packets = Vec::new();
            sender.speak(&frame(0), |packet| packets.push(sent(packet))).unwrap();
            sender.silence(|_| {}).unwrap();
            sender
                .silence(|_| panic!("only one frame is sent behind the sound"))
                .unwrap();
            sender.speak(&frame(1), |packet| packets.push(sent(packet))).unwrap();
            assert_eq!(
                packets.iter().map(|packet| packet.2).collect::<Vec<_>>(),
                [0, 1, 6, 7].map(|n| n * ticks)
            );
            assert!(
                bytes == 0 || packets.iter().all(|packet| packet.3.len() == bytes),
                "{codec:?}"
            );
        }
    }

    #[test]
    fn what_is_said_is_heard() {
        for codec in Codec::PREFERRED {
            let mut sender = Sender::new(codec, 8, 20, IDENTITY).unwrap();
            let mut decoder = Decoder::new(codec).unwrap();
            let (mut pcm, mut heard) = ([0; 4000], Vec::new());
            for n in 0..50 {
                sender
                    .speak(&frame(n), |packet| {
                        let samples = decoder.decode(rtp::parse(packet).unwrap().payload, &mut pcm).unwrap();
                        heard.extend_from_slice(&pcm[..samples]);
                    })
                    .unwrap();
            }
            assert_eq!(heard.len() as u32, codec.sample_rate());
            let middle = &heard[heard.len() / 4..];
            let rms = (middle.iter().map(|&s| f64::from(s).powi(2)).sum::<f64>() / middle.len() as f64).sqrt();
            assert!((rms - 9_000.0 / 2f64.sqrt()).abs() < 400.0, "{codec:?}: {rms}");
        }
    }

    #[test]
    fn keys_stand_in_for_sound() {
        let mut sender = Sender::new(Codec::Pcma, 8, 20, IDENTITY).unwrap();
        sender.speak(&frame(0), |_| {}).unwrap();
        let press = Press::new('5', Duration::from_millis(60), 8_000).unwrap();
        let mut packets = Vec::new();
        for packet in press {
            sender.press(101, packet, |packet| packets.push(sent(packet)));
        }
        sender.speak(&frame(1), |packet| packets.push(sent(packet))).unwrap();
        let got: Vec<_> = packets
            .iter()
            .map(|(marker, sequence, since, _)| (*marker, *sequence, *since))
            .collect();
        assert_eq!(
            got,
            [
                (true, 1, 160),
                (false, 2, 160),
                (false, 3, 160),
                (false, 4, 160),
                (false, 5, 160),
                (true, 6, 960)
            ]
        );
    }
}
