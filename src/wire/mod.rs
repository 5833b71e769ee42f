//! What travels between us and a telephone: RTP, RTCP, tones, and the session descriptions that agree on them.
//! Bytes and text in, values out, and back; nothing here knows a socket. Whatever arrives may be hostile: every reader
//! returns a typed error and none panics.

pub mod dtmf;
pub mod negotiate;
pub mod rtcp;
pub mod rtp;
pub mod sdes;
pub mod sdp;
