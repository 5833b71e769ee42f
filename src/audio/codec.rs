//! The codecs that a call may speak, and one face for all of them.

use super::{g711, g722, opus};
use crate::units::HZ;

/// Longest payload that is taken from the wire or written to it, in bytes: one Ethernet frame.
pub const MAX_PAYLOAD: usize = 1500;
/// Longest packet that is decoded, in milliseconds (RFC 7587, section 4.2; G.711 in [`MAX_PAYLOAD`] lasts 187 ms).
pub const MAX_PACKET_MS: u32 = 190;

/// An audio codec, by its RTP payload format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Codec {
    /// G.711 A-law, 8 kHz: the telephone network of Europe.
    Pcma,
    /// G.711 µ-law, 8 kHz: the telephone network of America and Japan.
    Pcmu,
    /// G.722 at 64 kbit/s, 16 kHz: "HD voice" on desk phones.
    G722,
    /// Opus (RFC 6716), here at 16 kHz mono: softphones and browsers.
    Opus,
}

impl Codec {
    /// Best first: what helps recognition most.
    pub const PREFERRED: [Self; 4] = [Self::Opus, Self::G722, Self::Pcma, Self::Pcmu];

    /// Encoding name in SDP (RFC 3551, section 6; RFC 7587, section 7).
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pcma => "PCMA",
            Self::Pcmu => "PCMU",
            Self::G722 => "G722",
            Self::Opus => "opus",
        }
    }

    /// The codec of an encoding name, in any case (RFC 4855, section 3).
    pub fn from_name(name: &str) -> Option<Self> {
        Self::PREFERRED
            .into_iter()
            .find(|codec| codec.name().eq_ignore_ascii_case(name))
    }

    /// Payload type where the profile fixes one (RFC 3551, table 4).
    pub const fn static_payload_type(self) -> Option<u8> {
        match self {
            Self::Pcmu => Some(0),
            Self::Pcma => Some(8),
            Self::G722 => Some(9),
            Self::Opus => None,
        }
    }

    /// Payload type that our offers use: the static one, or 96.
    pub const fn offered_payload_type(self) -> u8 {
        match self.static_payload_type() {
            Some(payload_type) => payload_type,
            None => 96,
        }
    }

    /// Ticks per second of RTP timestamps. Not the sample rate: G.722 ticks at 8000 by an old mistake (RFC 3551,
    /// section 4.5.2), Opus always at 48000 (RFC 7587, section 4.1).
    pub const fn rtp_clock(self) -> u32 {
        match self {
            Self::Pcma | Self::Pcmu | Self::G722 => 8_000,
            Self::Opus => 48_000,
        }
    }

    /// Samples per second that [`Decoder`] gives and the coding needs.
    pub const fn sample_rate(self) -> u32 {
        match self {
            Self::Pcma | Self::Pcmu => 8_000,
            Self::G722 | Self::Opus => HZ,
        }
    }

    /// Channels in the `rtpmap` line; Opus always says 2 (RFC 7587, section 7).
    pub const fn sdp_channels(self) -> u8 {
        match self {
            Self::Opus => 2,
            _ => 1,
        }
    }
}

/// Why a payload could not be coded or decoded.
#[derive(Debug, thiserror::Error)]
pub enum CodecError {
    /// The payload is empty or cannot be what it claims.
    #[error("empty or impossible payload")]
    Payload,
    /// libopus refuses.
    #[error("Opus: {0}")]
    Opus(#[from] ::opus::Error),
}

/// Decodes one stream; samples are at [`Codec::sample_rate`].
pub enum Decoder {
    /// G.711 has no memory: this is the table of its law.
    G711(fn(u8) -> i16),
    /// Adaptive: remembers.
    G722(Box<g722::Decoder>),
    /// Predictive: remembers.
    Opus(opus::Decoder),
}

impl Decoder {
    /// At the start of a stream.
    pub fn new(codec: Codec) -> Result<Self, CodecError> {
        Ok(match codec {
            Codec::Pcma => Self::G711(g711::alaw_decode),
            Codec::Pcmu => Self::G711(g711::ulaw_decode),
            Codec::G722 => Self::G722(Box::new(g722::Decoder::new())),
            Codec::Opus => Self::Opus(opus::Decoder::new()?),
        })
    }

    /// Decodes a payload; returns the samples written. `out` has room for [`MAX_PACKET_MS`].
    pub fn decode(&mut self, payload: &[u8], out: &mut [i16]) -> Result<usize, CodecError> {
        match self {
            _ if payload.is_empty() => Err(CodecError::Payload),
            Self::G711(law) => Ok(out
                .iter_mut()
                .zip(payload)
                .map(|(sample, &code)| *sample = law(code))
                .count()),
            Self::G722(decoder) => Ok(decoder.decode(payload, out)),
            Self::Opus(decoder) => decoder.decode(payload, out),
        }
    }

    /// Makes up `out` (2.5 ms or a multiple) from what went before. False: the codec cannot.
    pub fn conceal(&mut self, out: &mut [i16]) -> bool {
        if let Self::Opus(decoder) = self {
            decoder.conceal(out).is_ok()
        } else {
            false
        }
    }

    /// Whether packets carry a copy of the one before them.
    pub fn restores(&self) -> bool {
        matches!(self, Self::Opus(_))
    }

    /// How many samples before `following` can be restored from it: a packet's worth, or none.
    pub fn restorable(&self, following: &[u8]) -> usize {
        if let Self::Opus(decoder) = self {
            decoder.restorable(following)
        } else {
            0
        }
    }

    /// Restores the packet that was lost before `following` into all of `out`, which has [`Decoder::restorable`] samples;
    /// makes it up when the copy is missing. Decode `following` afterwards as usual. False: it cannot be read.
    pub fn recover(&mut self, following: &[u8], out: &mut [i16]) -> bool {
        if let Self::Opus(decoder) = self {
            decoder.recover(following, out).is_ok()
        } else {
            false
        }
    }

    /// Forgets everything: another stream begins.
    pub fn reset(&mut self) {
        match self {
            Self::G711(_) => {}
            Self::G722(decoder) => **decoder = g722::Decoder::new(),
            Self::Opus(decoder) => decoder.reset(),
        }
    }
}

/// Codes one stream; samples are at [`Codec::sample_rate`].
pub enum Encoder {
    /// G.711 has no memory: this is its law.
    G711(fn(i16) -> u8),
    /// Adaptive: remembers.
    G722(Box<g722::Encoder>),
    /// Predictive: remembers.
    Opus(opus::Encoder),
}

impl Encoder {
    /// At the start of a stream.
    pub fn new(codec: Codec) -> Result<Self, CodecError> {
        Ok(match codec {
            Codec::Pcma => Self::G711(g711::alaw_encode),
            Codec::Pcmu => Self::G711(g711::ulaw_encode),
            Codec::G722 => Self::G722(Box::new(g722::Encoder::new())),
            Codec::Opus => Self::Opus(opus::Encoder::new()?),
        })
    }

    /// Codes 10 or 20 ms; returns the bytes written. `out` has room for [`MAX_PAYLOAD`].
    pub fn encode(&mut self, samples: &[i16], out: &mut [u8]) -> Result<usize, CodecError> {
        match self {
            Self::G711(law) => Ok(out
                .iter_mut()
                .zip(samples)
                .map(|(code, &sample)| *code = law(sample))
                .count()),
            Self::G722(encoder) => Ok(encoder.encode(samples, out)),
            Self::Opus(encoder) => encoder.encode(samples, out),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tone(rate: u32, samples: usize) -> Vec<i16> {
        let step = std::f64::consts::TAU * 440.0 / f64::from(rate);
        (0..samples)
            .map(|n| ((n as f64 * step).sin() * 8_000.0) as i16)
            .collect()
    }

    /// Frequency by counting the rising zero crossings, in hertz.
    fn frequency(samples: &[i16], rate: u32) -> f64 {
        let crossings = samples.windows(2).filter(|pair| pair[0] < 0 && pair[1] >= 0).count();
        crossings as f64 * f64::from(rate) / samples.len() as f64
    }

    #[test]
    fn every_codec_carries_a_tone() {
        for codec in Codec::PREFERRED {
            let rate = codec.sample_rate();
            for ms in [10, 20] {
                let (mut encoder, mut decoder) = (Encoder::new(codec).unwrap(), Decoder::new(codec).unwrap());
                let (mut payload, mut pcm) = ([0; MAX_PAYLOAD], [0; (HZ * MAX_PACKET_MS / 1000) as usize]);
                let mut heard = Vec::new();
                for frame in tone(rate, rate as usize).chunks_exact((rate * ms / 1000) as usize) {
                    let bytes = encoder.encode(frame, &mut payload).unwrap();
                    let samples = decoder.decode(&payload[..bytes], &mut pcm).unwrap();
                    assert_eq!(samples, frame.len(), "{codec:?}");
                    heard.extend_from_slice(&pcm[..samples]);
                }
                let steady = &heard[rate as usize / 2..];
                assert!(
                    (frequency(steady, rate) - 440.0).abs() < 3.0,
                    "{codec:?}: {}",
                    frequency(steady, rate)
                );
                let peak = steady.iter().max().unwrap();
                assert!((6_500..9_500).contains(peak), "{codec:?}: {peak}");
            }
        }
    }

    #[test]
    fn opus_restores_a_lost_packet_from_the_next_one() {
        // Speech-like: a glide, so that repeating the past does not give the right answer.
        let glide: Vec<i16> = (0..32_000)
            .map(|n| {
                let t = f64::from(n) / 16_000.0;
                ((200.0 * t + 150.0 * t * t) * std::f64::consts::TAU).sin()
            })
            .map(|x| (x * 8_000.0) as i16)
            .collect();
        let mut encoder = opus::Encoder::new().unwrap();
        let packets: Vec<Vec<u8>> = glide
            .chunks_exact(320)
            .map(|frame| {
                let mut payload = [0; MAX_PAYLOAD];
                let bytes = encoder.encode(frame, &mut payload).unwrap();
                payload[..bytes].to_vec()
            })
            .collect();
        let play = |recover: Option<bool>| {
            let mut decoder = opus::Decoder::new().unwrap();
            let mut heard = Vec::new();
            for (n, packet) in packets.iter().enumerate() {
                let mut pcm = [0; 320];
                match recover {
                    Some(fec) if n % 10 == 9 && n + 1 < packets.len() => {
                        if fec {
                            assert_eq!(decoder.restorable(&packets[n + 1]), 320);
                            decoder.recover(&packets[n + 1], &mut pcm).unwrap();
                        } else {
                            decoder.conceal(&mut pcm).unwrap();
                        }
                    }
                    _ => assert_eq!(decoder.decode(packet, &mut pcm).unwrap(), 320),
                }
                heard.extend(pcm);
            }
            heard
        };
        let distance = |a: &[i16], b: &[i16]| -> f64 {
            a.iter()
                .zip(b)
                .map(|(x, y)| (f64::from(*x) - f64::from(*y)).powi(2))
                .sum()
        };
        let (clean, fec, plc) = (play(None), play(Some(true)), play(Some(false)));
        assert!(
            distance(&clean, &fec) * 2.0 < distance(&clean, &plc),
            "FEC must beat concealment"
        );
    }

    #[test]
    fn junk_is_an_error_or_noise_never_a_panic() {
        use rand::{Rng, SeedableRng, rngs::StdRng};
        let mut rng = StdRng::seed_from_u64(6716);
        let mut pcm = [0; (HZ * MAX_PACKET_MS / 1000) as usize];
        for codec in Codec::PREFERRED {
            let mut decoder = Decoder::new(codec).unwrap();
            assert!(matches!(decoder.decode(&[], &mut pcm), Err(CodecError::Payload)));
            for _ in 0..2_000 {
                let mut junk = vec![0; rng.random_range(1..=MAX_PAYLOAD)];
                rng.fill(&mut junk[..]);
                if let Ok(samples) = decoder.decode(&junk, &mut pcm) {
                    assert!(samples <= pcm.len());
                }
            }
        }
    }

    #[test]
    fn names_and_numbers_of_the_standards() {
        let row = |codec: Codec| {
            (
                codec.name(),
                codec.static_payload_type(),
                codec.rtp_clock(),
                codec.sample_rate(),
            )
        };
        assert_eq!(row(Codec::Pcmu), ("PCMU", Some(0), 8_000, 8_000));
        assert_eq!(row(Codec::Pcma), ("PCMA", Some(8), 8_000, 8_000));
        assert_eq!(row(Codec::G722), ("G722", Some(9), 8_000, 16_000));
        assert_eq!(row(Codec::Opus), ("opus", None, 48_000, 16_000));
        assert_eq!(Codec::from_name("Pcma"), Some(Codec::Pcma));
        assert_eq!(Codec::from_name("GSM"), None);
    }
}
