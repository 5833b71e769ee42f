//! Keys of encrypted sound as session descriptions tell them (SDES, RFC 4568): the `a=crypto` lines.
//!
//! ```text
//! a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:PS1uQCVeeCFCanVmcjkpPywjNWhcYD0mXXtxaVBR|2^20
//!          tag suite                        key and salt of whoever writes the line  lifetime
//! ```
//!
//! Each side encrypts with the key that it has told the other.

use std::fmt;

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

/// Whether calls are encrypted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Encryption {
    /// Never: lines that demand it are refused.
    #[default]
    Never,
    /// Where the peer offers it, and in our own offers whose keys nobody can read on the way.
    Possible,
    /// Always: lines without it are refused.
    Required,
}

/// A cipher with its authentication (RFC 4568 section 6.2, RFC 6188, RFC 7714).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Suite {
    /// AES-128 in counter mode, tags of 80 bits: the one that every telephone knows.
    AesCm128Sha80,
    /// The same with tags of 32 bits for sound.
    AesCm128Sha32,
    /// AES-256 in counter mode, tags of 80 bits.
    AesCm256Sha80,
    /// The same with tags of 32 bits for sound.
    AesCm256Sha32,
    /// AES-128 in Galois counter mode.
    AesGcm128,
    /// AES-256 in Galois counter mode.
    AesGcm256,
}

impl Suite {
    /// What we offer, in our order: what everybody knows first, short tags last.
    pub const OFFERED: [Self; 6] = [
        Self::AesCm128Sha80,
        Self::AesGcm128,
        Self::AesCm256Sha80,
        Self::AesGcm256,
        Self::AesCm128Sha32,
        Self::AesCm256Sha32,
    ];

    /// As it is registered.
    pub const fn name(self) -> &'static str {
        match self {
            Self::AesCm128Sha80 => "AES_CM_128_HMAC_SHA1_80",
            Self::AesCm128Sha32 => "AES_CM_128_HMAC_SHA1_32",
            Self::AesCm256Sha80 => "AES_256_CM_HMAC_SHA1_80",
            Self::AesCm256Sha32 => "AES_256_CM_HMAC_SHA1_32",
            Self::AesGcm128 => "AEAD_AES_128_GCM",
            Self::AesGcm256 => "AEAD_AES_256_GCM",
        }
    }

    /// Bytes of its master key, and of its master salt.
    pub const fn lengths(self) -> (usize, usize) {
        match self {
            Self::AesCm128Sha80 | Self::AesCm128Sha32 => (16, 14),
            Self::AesCm256Sha80 | Self::AesCm256Sha32 => (32, 14),
            Self::AesGcm128 => (16, 12),
            Self::AesGcm256 => (32, 12),
        }
    }

    /// Its place in [`Suite::OFFERED`].
    fn place(self) -> usize {
        Self::OFFERED.iter().position(|suite| *suite == self).unwrap_or(0)
    }

    /// The tag of its line in our offers.
    fn offered_tag(self) -> u32 {
        self.place() as u32 + 1
    }

    /// Names are compared without regard to case (RFC 4568, section 9.2, has them as tokens).
    fn from_name(name: &str) -> Option<Self> {
        Self::OFFERED
            .into_iter()
            .find(|suite| suite.name().eq_ignore_ascii_case(name))
    }
}

/// A master key and its salt, never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct MasterKey {
    suite: Suite,
    bytes: Vec<u8>,
}

impl MasterKey {
    /// From a key with its salt behind it; none where their length is not the suite's.
    pub fn new(suite: Suite, bytes: Vec<u8>) -> Option<Self> {
        let (key, salt) = suite.lengths();
        (bytes.len() == key + salt).then_some(Self { suite, bytes })
    }

    /// What it is for.
    pub fn suite(&self) -> Suite {
        self.suite
    }

    /// The key.
    pub fn key(&self) -> &[u8] {
        &self.bytes[..self.suite.lengths().0]
    }

    /// The salt.
    pub fn salt(&self) -> &[u8] {
        &self.bytes[self.suite.lengths().0..]
    }
}

impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} [secret]", self.suite.name())
    }
}

/// What two sides encrypt with, once agreed; both keys are of one suite.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Secured {
    /// Of what we send.
    pub ours: MasterKey,
    /// Of what the peer sends.
    pub theirs: MasterKey,
}

/// Bytes of chance that [`OwnKeys`] are made of.
pub const CHANCE: usize = Suite::OFFERED.len() * LONGEST;
/// The longest key and salt.
const LONGEST: usize = 46;

/// Our keys for one call, one for each suite (RFC 4568, section 6.1, wants each line's to be unique). They stay for as
/// long as the call, so that a new offer within it, for hold say, changes no key.
#[derive(Clone, PartialEq, Eq)]
pub struct OwnKeys([u8; CHANCE]);

impl OwnKeys {
    /// From chance as good as keys need it.
    pub fn new(chance: [u8; CHANCE]) -> Self {
        Self(chance)
    }

    /// That of a suite.
    pub fn of(&self, suite: Suite) -> MasterKey {
        let (key, salt) = suite.lengths();
        let from = suite.place() * LONGEST;
        let bytes = self.0[from..from + key + salt].to_vec();
        MasterKey { suite, bytes }
    }

    /// The lines of an offer.
    pub fn offer(&self) -> impl Iterator<Item = String> {
        let line = |suite: Suite| Crypto {
            tag: suite.offered_tag(),
            key: self.of(suite),
        };
        Suite::OFFERED.into_iter().map(move |suite| line(suite).to_line())
    }
}

impl fmt::Debug for OwnKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

/// One `a=crypto` line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Crypto {
    /// By which an answer names the line of the offer that it takes.
    pub tag: u32,
    /// Key and suite.
    pub key: MasterKey,
}

impl Crypto {
    /// Reads what stands behind `a=crypto:`. None where it cannot be used: a suite that we do not know, several keys or one
    /// that packets name (MKI), or a parameter that changes how packets are made (RFC 4568, section 6.3: those must not be
    /// passed over, except where they begin with `-`).
    pub fn parse(value: &str) -> Option<Self> {
        let mut words = value.split_ascii_whitespace();
        let tag = words.next()?.parse().ok()?;
        let suite = Suite::from_name(words.next()?)?;
        let inline = words.next()?.strip_prefix("inline:")?;
        let mut parts = inline.split('|');
        let padding = GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
        let bytes = GeneralPurpose::new(&STANDARD, padding).decode(parts.next()?).ok()?;
        // A lifetime is fine: no call lasts for as many packets as one key may encrypt.
        let is_lifetime = |part: &str| !part.contains([':', ';']);
        let understood = |word: &str| word.starts_with('-') || word.starts_with("WSH=") || word == "KDR=0";
        if !parts.all(is_lifetime) || !words.all(understood) {
            return None;
        }
        let key = MasterKey::new(suite, bytes)?;
        Some(Self { tag, key })
    }

    /// The whole attribute, as it stands behind `a=`.
    pub fn to_line(&self) -> String {
        let padded = GeneralPurpose::new(&STANDARD, GeneralPurposeConfig::new());
        let key = padded.encode(&self.key.bytes);
        format!("crypto:{} {} inline:{key}", self.tag, self.key.suite.name())
    }

    /// Whether it is an answer to our offer: it names the line that has its suite.
    pub fn answers_ours(&self) -> bool {
        self.tag == self.key.suite.offered_tag()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The key of RFC 4568's first example, section 4, which has base 64 of 30 bytes.
    const EXAMPLE: &str = "PS1uQCVeeCFCanVmcjkpPywjNWhcYD0mXXtxaVBR";

    #[test]
    fn the_examples_of_rfc_4568_are_read() {
        let crypto = Crypto::parse(&format!("1 AES_CM_128_HMAC_SHA1_80 inline:{EXAMPLE}|2^20")).unwrap();
        assert_eq!((crypto.tag, crypto.key.suite()), (1, Suite::AesCm128Sha80));
        assert_eq!(crypto.key.key(), b"=-n@%^x!Bjufr9)?");
        assert_eq!(crypto.key.salt(), b",#5h\\`=&]{qiPQ");
        assert_eq!(
            crypto.to_line(),
            format!("crypto:1 AES_CM_128_HMAC_SHA1_80 inline:{EXAMPLE}")
        );
    }

    #[test]
    fn lines_that_cannot_be_used_are_none() {
        for (line, usable) in [
            (format!("1 AES_CM_128_HMAC_SHA1_32 inline:{EXAMPLE}"), true),
            (
                format!("12 aes_cm_128_hmac_sha1_80 inline:{EXAMPLE}|1048576 -X=1 WSH=128"),
                true,
            ),
            // An MKI, as in the RFC's own examples; several keys.
            (format!("1 AES_CM_128_HMAC_SHA1_80 inline:{EXAMPLE}|2^20|1:32"), false),
            (
                format!("1 AES_CM_128_HMAC_SHA1_80 inline:{EXAMPLE}|1:4;inline:{EXAMPLE}|2:4"),
                false,
            ),
            (
                format!("1 AES_CM_128_HMAC_SHA1_80 inline:{EXAMPLE} UNENCRYPTED_SRTP"),
                false,
            ),
            (
                format!("1 AES_CM_128_HMAC_SHA1_80 inline:{EXAMPLE} UNAUTHENTICATED_SRTP"),
                false,
            ),
            (format!("1 AES_CM_128_HMAC_SHA1_80 inline:{EXAMPLE} KDR=3"), false),
            (format!("1 F8_128_HMAC_SHA1_80 inline:{EXAMPLE}"), false),
            (format!("1 AES_256_CM_HMAC_SHA1_80 inline:{EXAMPLE}"), false),
            (
                "1 AES_CM_128_HMAC_SHA1_80 inline:PS1uQCVeeCFCanVmcjkpPywjNWhcYD0mXXtx".into(),
                false,
            ),
            ("1 AES_CM_128_HMAC_SHA1_80 inline:!".into(), false),
            ("1 AES_CM_128_HMAC_SHA1_80".into(), false),
            (format!("x AES_CM_128_HMAC_SHA1_80 inline:{EXAMPLE}"), false),
            (String::new(), false),
        ] {
            assert_eq!(Crypto::parse(&line).is_some(), usable, "{line}");
        }
    }

    #[test]
    fn our_lines_have_a_key_of_their_own_each() {
        let chance = std::array::from_fn(|at| at as u8);
        let keys = OwnKeys::new(chance);
        let lines: Vec<Crypto> = keys
            .offer()
            .map(|line| Crypto::parse(line.strip_prefix("crypto:").unwrap()).unwrap())
            .collect();
        for (line, suite) in lines.iter().zip(Suite::OFFERED) {
            assert!(line.answers_ours());
            assert_eq!(line.key, keys.of(suite));
            let (key, salt) = suite.lengths();
            assert_eq!((line.key.key().len(), line.key.salt().len()), (key, salt));
        }
        for (at, line) in lines.iter().enumerate() {
            assert!(lines[..at].iter().all(|other| other.key.bytes != line.key.bytes));
        }
    }

    #[test]
    fn keys_are_not_shown() {
        let crypto = Crypto::parse(&format!("1 AES_CM_128_HMAC_SHA1_80 inline:{EXAMPLE}")).unwrap();
        let keys = OwnKeys::new([65; CHANCE]);
        let shown = format!("{crypto:?} {keys:?} {:?}", keys.of(Suite::AesGcm256));
        assert!(
            !shown.contains("65") && !shown.contains("61") && !shown.contains("AAAA"),
            "{shown}"
        );
    }
}
