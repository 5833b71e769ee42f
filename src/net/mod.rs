//! Telephony on the network: what carries calls in and out. Nothing here knows dialogue.

pub mod media;
pub mod sip;
pub mod srtp;
pub mod webrtc;
