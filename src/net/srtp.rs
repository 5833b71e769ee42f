//! Encrypted sound (SRTP and SRTCP, RFC 3711), with the keys that were agreed in SDP. The ciphers are the `rtc` crate's.
//!
//! ```text
//! call ── RTP ──► seal ──► network          one context, with our key
//! call ◄─ RTP ─── open ◄── network          a context for each source that has proven that it knows the peer's key
//! ```
//!
//! The crate keeps a state for every source that it is shown, before it knows whether a packet is authentic. So a packet of
//! a source that is not known is tried on a context of its own, which is kept only if it opens: strangers cost time, not
//! memory. The crate allocates the packet that it gives; nothing else is allocated for each packet.

use std::fmt;

use rtc::crypto::default_provider;
use rtc::shared::error::Error;
use rtc::srtp::context::Context;
use rtc::srtp::option::{srtcp_replay_protection, srtp_replay_protection};
use rtc::srtp::protection_profile::ProtectionProfile;

use crate::wire::rtp::{self, HEADER_LEN, Header};
use crate::wire::sdes::{MasterKey, Secured, Suite};

/// Packets that may be late by so many and are still known not to be repeated (RFC 3711, section 3.3.2: 64 at least).
const WINDOW: usize = 128;
/// Sources of one peer that are remembered; telephones have one, and a PBX another for each tone that it plays.
const SOURCES: usize = 16;
/// What SRTCP appends: a flag with the index, and the tag (section 3.4).
const SRTCP_INDEX: usize = 4;
const SRTCP_TAG: usize = 10;

/// Why a packet was not opened; the name is that of the metric's label.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sealed {
    /// Not RTP or RTCP.
    Malformed,
    /// Made without the key, or changed on the way.
    Unauthentic,
    /// It has come before.
    Replayed,
}

impl Sealed {
    /// As metrics have it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Malformed => "malformed",
            Self::Unauthentic => "unauthentic",
            Self::Replayed => "replayed",
        }
    }
}

/// The encryption of one stream, or none.
#[derive(Default)]
pub struct Srtp {
    agreed: Option<Secured>,
    /// By key: one that comes back after another goes on where it was, since its counters must never begin again.
    outgoing: Vec<(MasterKey, Context)>,
    /// By source.
    incoming: Vec<(u32, Context)>,
}

impl fmt::Debug for Srtp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Srtp")
            .field("agreed", &self.agreed)
            .finish_non_exhaustive()
    }
}

impl Srtp {
    /// What was agreed, again perhaps: the same keys change nothing.
    pub fn agree(&mut self, agreed: Option<&Secured>) {
        let theirs = |secured: Option<&Secured>| secured.map(|secured| secured.theirs.clone());
        if theirs(agreed) != theirs(self.agreed.as_ref()) {
            self.incoming.clear();
        }
        if let Some(Secured { ours, .. }) = agreed
            && self.outgoing.iter().all(|(key, _)| key != ours)
        {
            self.outgoing
                .extend(context(ours).map(|context| (ours.clone(), context)));
        }
        self.agreed = agreed.cloned();
    }

    /// Whether packets are encrypted.
    pub fn is_on(&self) -> bool {
        self.agreed.is_some()
    }

    /// Encrypts an RTP packet of ours; none where that cannot be done, and it must then not be sent.
    pub fn seal(&mut self, packet: &[u8]) -> Option<impl AsRef<[u8]> + use<>> {
        let (header, length) = rtp::header(packet).ok()?;
        let context = self.sender()?;
        context.encrypt_rtp_with_header(packet, &shaped(&header, length)).ok()
    }

    /// Encrypts an RTCP packet of ours, with the same care.
    pub fn seal_report(&mut self, packet: &[u8]) -> Option<impl AsRef<[u8]> + use<>> {
        self.sender()?.encrypt_rtcp(packet).ok()
    }

    /// Decrypts an RTP packet where it lies, if it is the peer's and has not come before; gives its length.
    pub fn open(&mut self, packet: &mut [u8]) -> Result<usize, Sealed> {
        let (header, length) = rtp::header(packet).map_err(|_| Sealed::Malformed)?;
        let shaped = shaped(&header, length);
        let plain = self.receive(header.ssrc, |context| context.decrypt_rtp_with_header(packet, &shaped))?;
        packet[..plain.len()].copy_from_slice(&plain);
        Ok(plain.len())
    }

    /// Decrypts an RTCP packet in the same way.
    pub fn open_report(&mut self, packet: &mut [u8]) -> Result<usize, Sealed> {
        let suite = self.agreed.as_ref().map(|agreed| agreed.theirs.suite());
        let ssrc = packet.get(4..8).ok_or(Sealed::Malformed)?;
        let ssrc = u32::from_be_bytes([ssrc[0], ssrc[1], ssrc[2], ssrc[3]]);
        // A report may say of itself that it is not encrypted, and the crate then believes it without looking at its tag. We
        // never agree on that (RFC 4568, section 6.3.2).
        let behind = match suite {
            Some(Suite::AesGcm128 | Suite::AesGcm256) => SRTCP_INDEX,
            _ => SRTCP_INDEX + SRTCP_TAG,
        };
        let flag = packet.len().checked_sub(behind).map(|at| packet[at] >> 7);
        if flag != Some(1) {
            return Err(Sealed::Unauthentic);
        }
        let plain = self.receive(ssrc, |context| context.decrypt_rtcp(packet))?;
        packet[..plain.len()].copy_from_slice(&plain);
        Ok(plain.len())
    }

    fn sender(&mut self) -> Option<&mut Context> {
        let ours = &self.agreed.as_ref()?.ours;
        let known = self.outgoing.iter_mut().find(|(key, _)| key == ours);
        known.map(|(_, context)| context)
    }

    /// Opens with the context of this source.
    fn receive<T>(&mut self, ssrc: u32, open: impl FnOnce(&mut Context) -> Result<T, Error>) -> Result<T, Sealed> {
        if let Some((_, context)) = self.incoming.iter_mut().find(|(known, _)| *known == ssrc) {
            return open(context).map_err(|error| reason(&error));
        }
        let key = &self.agreed.as_ref().ok_or(Sealed::Unauthentic)?.theirs;
        let mut fresh = context(key).ok_or(Sealed::Unauthentic)?;
        let plain = open(&mut fresh).map_err(|error| reason(&error))?;
        if self.incoming.len() == SOURCES {
            self.incoming.remove(0);
        }
        self.incoming.push((ssrc, fresh));
        Ok(plain)
    }
}

fn reason(error: &Error) -> Sealed {
    match error {
        Error::SrtpSsrcDuplicated(..) | Error::SrtcpSsrcDuplicated(..) => Sealed::Replayed,
        _ => Sealed::Unauthentic,
    }
}

/// A context for one direction. The crate fails only where lengths are wrong or its provider lacks a cipher.
fn context(key: &MasterKey) -> Option<Context> {
    let provider = default_provider().ok()?;
    let windows = (srtp_replay_protection(WINDOW), srtcp_replay_protection(WINDOW));
    Context::new(
        key.key(),
        key.salt(),
        profile(key.suite()),
        Some(windows.0),
        Some(windows.1),
        provider.crypto(),
    )
    .inspect_err(|error| tracing::error!(%error, "SRTP"))
    .ok()
}

const fn profile(suite: Suite) -> ProtectionProfile {
    match suite {
        Suite::AesCm128Sha80 => ProtectionProfile::Aes128CmHmacSha1_80,
        Suite::AesCm128Sha32 => ProtectionProfile::Aes128CmHmacSha1_32,
        Suite::AesCm256Sha80 => ProtectionProfile::Aes256CmHmacSha1_80,
        Suite::AesCm256Sha32 => ProtectionProfile::Aes256CmHmacSha1_32,
        Suite::AesGcm128 => ProtectionProfile::AeadAes128Gcm,
        Suite::AesGcm256 => ProtectionProfile::AeadAes256Gcm,
    }
}

/// A header for the crate, which takes from it the source, the sequence number, and the length: that of extensions too is
/// told as contributing sources, which need no reading and so can be read in one way only.
fn shaped(header: &Header, length: usize) -> rtc::rtp::Header {
    rtc::rtp::Header {
        version: 2,
        sequence_number: header.sequence,
        ssrc: header.ssrc,
        csrc: vec![0; (length - HEADER_LEN) / 4],
        ..Default::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::sdes::{CHANCE, OwnKeys};

    fn hex(text: &str) -> Vec<u8> {
        let digits: Vec<u8> = text.bytes().filter(u8::is_ascii_hexdigit).collect();
        digits
            .chunks(2)
            .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
            .collect()
    }

    fn pair(suite: Suite) -> (Srtp, Srtp) {
        let keys = [1, 2].map(|n| OwnKeys::new(std::array::from_fn(|at| (at as u8).wrapping_mul(n) ^ n)).of(suite));
        let [ours, theirs] = keys;
        let secured = |ours: &MasterKey, theirs: &MasterKey| Secured {
            ours: ours.clone(),
            theirs: theirs.clone(),
        };
        let (mut here, mut there) = (Srtp::default(), Srtp::default());
        here.agree(Some(&secured(&ours, &theirs)));
        there.agree(Some(&secured(&theirs, &ours)));
        (here, there)
    }

    fn packet(sequence: u16, ssrc: u32, payload: &[u8]) -> Vec<u8> {
        let mut fixed = [0; HEADER_LEN];
        let header = Header {
            payload_type: 8,
            marker: false,
            sequence,
            timestamp: u32::from(sequence) * 160,
            ssrc,
        };
        header.write(&mut fixed);
        [&fixed[..], payload].concat()
    }

    /// A receiver report about nobody (RFC 3550, section 6.4.2).
    const REPORT: [u8; 8] = [0x80, 201, 0, 1, 0, 0, 0, 7];

    fn open(srtp: &mut Srtp, sealed: &[u8]) -> Result<Vec<u8>, Sealed> {
        let mut packet = sealed.to_vec();
        let length = srtp.open(&mut packet)?;
        Ok(packet[..length].to_vec())
    }

    #[test]
    fn every_suite_comes_through_and_no_byte_may_change() {
        for suite in Suite::OFFERED {
            let (mut here, mut there) = pair(suite);
            let plain = packet(65_530, 7, b"bonjour");
            let sealed = here.seal(&plain).unwrap();
            let sealed = sealed.as_ref();
            assert!(!sealed.windows(7).any(|part| part == b"bonjour"), "{suite:?}");
            for at in 0..sealed.len() {
                let mut bent = sealed.to_vec();
                bent[at] ^= 0x04;
                assert!(open(&mut there, &bent).is_err(), "{suite:?}, byte {at}");
            }
            assert!(there.incoming.is_empty(), "{suite:?}: a stranger is remembered");
            assert_eq!(open(&mut there, sealed).unwrap(), plain, "{suite:?}");
            assert_eq!(open(&mut there, sealed), Err(Sealed::Replayed), "{suite:?}");
            // Over the end of the sequence numbers, out of order, some lost.
            for sequence in [65_533, 65_532, 1, 65_535, 0, 40] {
                let plain = packet(sequence, 7, b"suite");
                let sealed = here.seal(&plain).unwrap();
                assert_eq!(
                    open(&mut there, sealed.as_ref()).unwrap(),
                    plain,
                    "{suite:?} {sequence}"
                );
            }
        }
    }

    #[test]
    fn reports_are_encrypted_and_none_may_say_that_it_is_not() {
        for suite in Suite::OFFERED {
            let (mut here, mut there) = pair(suite);
            let report = [&REPORT[..], &[9; 24]].concat();
            let report = [&[0x80, 201, 0, 7], &report[4..]].concat();
            let sealed = here.seal_report(&report).unwrap().as_ref().to_vec();
            for at in 0..sealed.len() {
                let mut bent = sealed.clone();
                bent[at] ^= 0x80;
                assert!(there.open_report(&mut bent).is_err(), "{suite:?}, byte {at}");
            }
            let mut copy = sealed.clone();
            let length = there.open_report(&mut copy).unwrap();
            assert_eq!(copy[..length], report, "{suite:?}");
            assert_eq!(there.open_report(&mut sealed.clone()), Err(Sealed::Replayed));
            for length in 0..40 {
                let _ = there.open_report(&mut sealed[..length.min(sealed.len())].to_vec());
            }
        }
    }

    #[test]
    fn extensions_and_padding_come_through() {
        let (mut here, mut there) = pair(Suite::AesCm128Sha80);
        let extension = [0xBE, 0xDE, 0, 2, 0x10, 1, 0, 0, 0, 0, 0, 0];
        let mut plain = packet(1, 7, &[&[1; 8][..], &extension, b"sound", &[0, 0, 3]].concat());
        plain[0] |= 0x32;
        let sealed = here.seal(&plain).unwrap();
        assert_eq!(sealed.as_ref()[12..32], plain[12..32], "headers stay readable");
        let opened = open(&mut there, sealed.as_ref()).unwrap();
        assert_eq!(rtp::parse(&opened).unwrap().payload, b"sound");
    }

    /// libsrtp's own known answers (`test/srtp_driver.c`); the first key is that of RFC 3711, appendix B.3, and the second
    /// that of RFC 6188, section 7.2. RFC 3711 and RFC 7714 give no whole packets under a master key.
    #[test]
    fn the_packets_that_libsrtp_tests_with() {
        let plain = hex("800f1234 decafbad cafebabe abababab abababab abababab abababab");
        let report = hex("81c8000b cafebabe abababab abababab abababab abababab");
        for (suite, key, sound, sealed_report) in [
            (
                Suite::AesCm128Sha80,
                "e1f97a0d3e018be0d64fa32c06de4139 0ec675ad498afeebb6960b3aabe6",
                "4e55dc4c e79978d8 8ca4d215 949d2402 b78d6acc 99ea179b 8dbb",
                Some("7128035b e487b9bd bef89041 f977a5a8 80000001 993e08cd 54d6c1230798"),
            ),
            (
                Suite::AesCm128Sha32,
                "e1f97a0d3e018be0d64fa32c06de4139 0ec675ad498afeebb6960b3aabe6",
                "4e55dc4c e79978d8 8ca4d215 949d2402 b78d6acc",
                None,
            ),
            (
                Suite::AesCm256Sha80,
                "f0f04914b513f2763a1b1fa130f10e29 98f6f6e43e4309d1e622a0e332b9f1b6 3b04803de51ee7c96423ab5b78d2",
                "f1d9de17 ff251ff1 aa007774 b0b4b40d a08d9d9a 5b3a55d8 873b",
                None,
            ),
            (
                Suite::AesGcm128,
                "000102030405060708090a0b0c0d0e0f a0a1a2a3a4a5a6a7a8a9aaab",
                "c5002ede 04cfdd2e b91159e0 880aa06e d2976826 f796b201 df3131a1 27e8a392",
                None,
            ),
        ] {
            let master = MasterKey::new(suite, hex(key)).unwrap();
            let both = Secured {
                ours: master.clone(),
                theirs: master,
            };
            let (mut here, mut there) = (Srtp::default(), Srtp::default());
            here.agree(Some(&both));
            there.agree(Some(&both));
            let sealed = [&plain[..12], &hex(sound)].concat();
            assert_eq!(here.seal(&plain).unwrap().as_ref(), sealed, "{suite:?}");
            assert_eq!(open(&mut there, &sealed).unwrap(), plain, "{suite:?}");
            if let Some(expected) = sealed_report {
                let mut sealed = [&report[..8], &hex(expected)].concat();
                assert_eq!(here.seal_report(&report).unwrap().as_ref(), sealed);
                let length = there.open_report(&mut sealed).unwrap();
                assert_eq!(sealed[..length], report);
            }
        }
    }

    #[test]
    fn a_new_key_of_theirs_begins_anew_and_the_same_goes_on() {
        let (mut here, mut there) = pair(Suite::AesGcm128);
        let sealed = here.seal(&packet(5, 7, b"un")).unwrap().as_ref().to_vec();
        assert!(open(&mut there, &sealed).is_ok());
        let same = there.agreed.clone();
        there.agree(same.as_ref());
        assert_eq!(
            open(&mut there, &sealed),
            Err(Sealed::Replayed),
            "the window was forgotten"
        );
        let other = OwnKeys::new([3; CHANCE]).of(Suite::AesGcm128);
        let mut changed = same.clone().unwrap();
        changed.theirs = other;
        there.agree(Some(&changed));
        assert_eq!(open(&mut there, &sealed), Err(Sealed::Unauthentic));
        there.agree(None);
        assert!(!there.is_on() && there.seal(&packet(5, 7, b"x")).is_none());
    }

    #[test]
    fn strangers_are_not_remembered() {
        let (_, mut there) = pair(Suite::AesCm128Sha80);
        for ssrc in 0..1000 {
            let mut junk = packet(1, ssrc, &[ssrc as u8; 170]);
            assert_eq!(there.open(&mut junk), Err(Sealed::Unauthentic));
        }
        assert!(there.incoming.is_empty());
        for length in 0..30 {
            assert!(there.open(&mut vec![0x80; length]).is_err());
        }
    }
}
