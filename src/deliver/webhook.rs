//! A request or a message as JSON, to the town's own software, signed as the Standard Webhooks specification has it
//! (<https://github.com/standard-webhooks/standard-webhooks>, "Webhook metadata", "Signature scheme").

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::{Cause, Failure, judge};
use crate::pii::Secret;
use crate::store::Delivery;

/// Where requests are posted.
#[derive(Clone, Debug)]
pub struct WebhookSettings {
    /// The address.
    pub url: String,
    /// The key that both sides know: bytes in base 64, with `whsec_` before them.
    pub secret: Secret,
}

/// What secrets begin with.
const PREFIX: &str = "whsec_";
/// Shortest key, in bytes ("Symmetric": between 24 and 64).
const SHORTEST: usize = 24;

impl WebhookSettings {
    /// The key's bytes; none where it is no key.
    pub fn key(secret: &Secret) -> Option<Vec<u8>> {
        let key = STANDARD.decode(secret.reveal().strip_prefix(PREFIX)?).ok()?;
        (key.len() >= SHORTEST).then_some(key)
    }
}

/// Posts it. The receiver checks the signature and knows a repeat by `webhook-id`.
pub(super) fn send(
    http: &ureq::Agent,
    settings: &WebhookSettings,
    delivery: &Delivery,
    now: i64,
    limit: Duration,
) -> Result<(), Failure> {
    let key = WebhookSettings::key(&settings.secret);
    let key = key.ok_or_else(|| Failure::new(Cause::Setting, "clé de signature inutilisable"))?;
    let body = delivery.text.reveal();
    let response = http
        .post(&settings.url)
        .config()
        .timeout_global(Some(limit))
        .build()
        .header("content-type", "application/json")
        .header("webhook-id", &delivery.id)
        .header("webhook-timestamp", now.to_string())
        .header("webhook-signature", signature(&key, &delivery.id, now, body))
        .send(body.as_str());
    judge(response.map(|response| response.status().as_u16()))
}

/// "v1," and the HMAC-SHA256 of "id.timestamp.body" in base 64.
fn signature(key: &[u8], id: &str, now: i64, body: &str) -> String {
    let signed = hmac_sha256::HMAC::mac(format!("{id}.{now}.{body}"), key);
    format!("v1,{}", STANDARD.encode(signed))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the specification's reference implementations.
    #[test]
    fn the_signature_is_the_one_of_the_specification() {
        let secret = Secret::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
        let key = WebhookSettings::key(&secret).expect("a key");
        let signed = signature(
            &key,
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            1_614_265_330,
            r#"{"test": 2432232314}"#,
        );
        assert_eq!(signed, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn a_key_has_to_be_long_enough() {
        for secret in [
            "",
            "whsec_",
            "whsec_MfKQ",
            "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            "whsec_é",
        ] {
            assert_eq!(WebhookSettings::key(&Secret::new(secret)), None, "{secret}");
        }
    }
}
