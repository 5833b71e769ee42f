//! Opus (RFC 6716) at 16 kHz mono, tuned for speech: the codec resamples inside, so no stage of ours has to.

use opus::{Application, Bitrate, Channels, Signal};

use super::CodecError;
use crate::units::HZ;

/// Bits per second for our speech; transparent for wideband speech (RFC 7587, section 3.1.1 advises 16 to 20 kbit/s).
const BITRATE: i32 = 24_000;
/// Effort of the encoder, 0 to 10. 5 sounds as 10 does at this rate and takes half the time.
const COMPLEXITY: i32 = 5;
/// Loss that the encoder prepares for, in per cent: makes it spend bits on in-band FEC.
const EXPECTED_LOSS: i32 = 10;

/// Codes 16 kHz samples.
pub struct Encoder(opus::Encoder);

impl Encoder {
    /// VoIP mode, variable bit rate, in-band FEC, no DTX (our pacing sends nothing in silence anyway).
    pub fn new() -> Result<Self, CodecError> {
        let mut encoder = opus::Encoder::new(HZ, Channels::Mono, Application::Voip)?;
        encoder.set_bitrate(Bitrate::Bits(BITRATE))?;
        encoder.set_complexity(COMPLEXITY)?;
        encoder.set_signal(Signal::Voice)?;
        encoder.set_inband_fec(true)?;
        encoder.set_packet_loss_perc(EXPECTED_LOSS)?;
        Ok(Self(encoder))
    }

    /// Codes 10 or 20 ms of samples; returns the bytes written.
    pub fn encode(&mut self, samples: &[i16], out: &mut [u8]) -> Result<usize, CodecError> {
        Ok(self.0.encode(samples, out)?)
    }
}

/// Decodes to 16 kHz samples, stereo mixed down.
pub struct Decoder(opus::Decoder);

impl Decoder {
    /// At the start of a stream.
    pub fn new() -> Result<Self, CodecError> {
        Ok(Self(opus::Decoder::new(HZ, Channels::Mono)?))
    }

    /// Decodes a packet (up to 120 ms); returns the samples written.
    pub fn decode(&mut self, payload: &[u8], out: &mut [i16]) -> Result<usize, CodecError> {
        // libopus reads an empty payload as a loss and would fill all of `out`.
        if payload.is_empty() {
            return Err(CodecError::Payload);
        }
        Ok(self.0.decode(payload, out, false)?)
    }

    /// Invents what a lost packet may have said; `out` is 2.5 ms or a multiple.
    pub fn conceal(&mut self, out: &mut [i16]) -> Result<(), CodecError> {
        self.0.decode(&[], out, false)?;
        Ok(())
    }

    /// Samples of the packet that may have a copy in `following`: as many as that one has itself.
    pub fn restorable(&self, following: &[u8]) -> usize {
        if following.is_empty() {
            0
        } else {
            self.0.get_nb_samples(following).unwrap_or(0)
        }
    }

    /// Restores the packet lost before `following` from the copy in it, or conceals when there is none; `out` has
    /// [`Decoder::restorable`] samples, as libopus restores whole packets only. Decode `following` afterwards as usual.
    pub fn recover(&mut self, following: &[u8], out: &mut [i16]) -> Result<(), CodecError> {
        if following.is_empty() {
            return Err(CodecError::Payload);
        }
        self.0.decode(following, out, true)?;
        Ok(())
    }

    /// Forgets everything: another stream begins.
    pub fn reset(&mut self) {
        self.0
            .reset_state()
            .expect("libopus resets any decoder that it has made");
    }
}
