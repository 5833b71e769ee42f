//! Servers that help browsers and us to meet: STUN tells an address, TURN lends one (RFC 8489, RFC 8656); and how a TURN
//! server knows that we may use it.

use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rtc::crypto::{HmacAlgorithm, default_provider};

use crate::pii::Secret;

/// So long a name made of a shared secret is good for, in seconds: longer than any call.
const LASTS: u64 = 2 * 3600;

/// A STUN or TURN server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IceServer {
    /// `stun:host:port` or `turn:host:port`.
    pub url: String,
    /// Who we are on a TURN server.
    pub login: Option<TurnLogin>,
}

/// How a TURN server knows us.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TurnLogin {
    /// By an account: a name and its password. It never leaves this machine.
    Account(String, Secret),
    /// By a secret that it shares with us, of which names are made that last for some hours (« TURN REST API »,
    /// draft-uberti-behave-turn-rest-00; coturn's `use-auth-secret`). Pages may be given such a name.
    Shared(Secret),
}

impl TurnLogin {
    /// Name and password, for now.
    pub fn now(&self) -> (String, Secret) {
        match self {
            Self::Account(name, password) => (name.clone(), password.clone()),
            Self::Shared(secret) => {
                let now = SystemTime::now().duration_since(UNIX_EPOCH);
                lent(secret, now.map_or(0, |now| now.as_secs()) + LASTS)
            }
        }
    }
}

/// The name that is good until `end` (seconds since 1970), with its password.
fn lent(secret: &Secret, end: u64) -> (String, Secret) {
    let name = format!("{end}:allo");
    let mut tag = [0; 20];
    let signed = default_provider().and_then(|provider| {
        let mut hmac = provider
            .crypto()
            .new_hmac(HmacAlgorithm::Sha1, secret.reveal().as_bytes())?;
        hmac.sign(&[name.as_bytes()], &mut tag)
    });
    if let Err(error) = signed {
        tracing::error!(%error, "mot de passe TURN");
    }
    (name, Secret::new(STANDARD.encode(tag)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_made_as_coturn_wants_them() {
        // echo -n 1433895918:allo | openssl dgst -sha1 -hmac north -binary | base64
        let (name, password) = lent(&Secret::new("north"), 1_433_895_918);
        assert_eq!(name, "1433895918:allo");
        assert_eq!(password.reveal(), "clfAudK8OVXkVEQc9JJtDHM5CeY=");
        let (name, _) = TurnLogin::Shared(Secret::new("north")).now();
        let end: u64 = name.trim_end_matches(":allo").parse().unwrap();
        assert!(end > 1_700_000_000 + LASTS);
        let account = TurnLogin::Account("allo".into(), Secret::new("sésame"));
        assert_eq!(account.now(), ("allo".into(), Secret::new("sésame")));
    }
}
