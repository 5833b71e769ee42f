//! Sound in memory: clips, sample rates, codecs. Nothing here knows of packets or calls.

mod codec;
mod g711;
mod g722;
mod opus;
mod pcm;
mod resample;
mod stretch;
pub mod wav;

pub use codec::{Codec, CodecError, Decoder, Encoder, MAX_PACKET_MS, MAX_PAYLOAD};
pub use g711::{alaw_decode, alaw_encode, ulaw_decode, ulaw_encode};
pub use pcm::{Pcm, level};
pub use resample::{FrameResampler, resample};
pub use stretch::stretch;
