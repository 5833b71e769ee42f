//! An SMS to the caller, through any gateway that takes HTTP.

use std::time::Duration;

use super::{Failure, judge};
use crate::pii::Secret;
use crate::store::Delivery;

/// The gateway.
#[derive(Clone, Debug)]
pub struct SmsSettings {
    /// Its address.
    pub url: String,
    /// The header `Authorization`, where it wants one.
    pub authorization: Option<Secret>,
    /// What is posted: JSON, or else a form's `a=b&c=d`; `{numéro}`, `{texte}` and `{id}` are filled in.
    pub body: String,
}

const NUMBER: &str = "{numéro}";
const TEXT: &str = "{texte}";
const ID: &str = "{id}";

impl SmsSettings {
    fn is_json(&self) -> bool {
        self.body.trim_start().starts_with(['{', '['])
            && ![NUMBER, TEXT, ID]
                .iter()
                .any(|hole| self.body.trim_start().starts_with(hole))
    }

    /// What is wrong with what is posted, in French.
    pub fn fault(&self) -> Option<String> {
        if let Some(hole) = [NUMBER, TEXT].iter().find(|hole| !self.body.contains(**hole)) {
            return Some(format!("il y manque « {hole} » ; exemple : {BODY}"));
        }
        if !self.is_json() {
            return None;
        }
        let sample = filled(&self.body, true, "+33600000000", "a1", "Bonjour");
        let error = serde_json::from_str::<serde::de::IgnoredAny>(&sample).err()?;
        Some(format!(
            "ce n'est pas du JSON valable (colonne {}) ; exemple : {BODY}",
            error.column()
        ))
    }
}

/// What most gateways take.
pub const BODY: &str = r#"{"to": "{numéro}", "text": "{texte}", "id": "{id}"}"#;

pub(super) fn send(
    http: &ureq::Agent,
    settings: &SmsSettings,
    delivery: &Delivery,
    limit: Duration,
) -> Result<(), Failure> {
    let is_json = settings.is_json();
    let kind = if is_json {
        "application/json"
    } else {
        "application/x-www-form-urlencoded"
    };
    let request = http.post(&settings.url).config().timeout_global(Some(limit)).build();
    let mut request = request.header("content-type", kind);
    if let Some(authorization) = &settings.authorization {
        request = request.header("authorization", authorization.reveal());
    }
    let response = request.send(body(settings, delivery, is_json));
    judge(response.map(|response| response.status().as_u16()))
}

fn body(settings: &SmsSettings, delivery: &Delivery, is_json: bool) -> String {
    let number = international(delivery.recipient.reveal());
    filled(&settings.body, is_json, &number, &delivery.id, delivery.text.reveal())
}

/// What is posted, with its holes filled.
fn filled(body: &str, is_json: bool, number: &str, id: &str, text: &str) -> String {
    let escape = |text: &str| if is_json { inside_json(text) } else { form_encoded(text) };
    body.replace(NUMBER, &escape(number))
        .replace(ID, &escape(id))
        .replace(TEXT, &escape(text))
}

/// "0642187591" → "+33642187591".
fn international(number: &str) -> String {
    number
        .strip_prefix('0')
        .map_or(number.to_owned(), |rest| format!("+33{rest}"))
}

/// As it stands between quotation marks.
fn inside_json(text: &str) -> String {
    let quoted = serde_json::Value::from(text).to_string();
    quoted[1..quoted.len() - 1].to_owned()
}

/// As a value of a form (application/x-www-form-urlencoded).
fn form_encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len() * 3);
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => out.push(byte as char),
            b' ' => out.push('+'),
            byte => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{About, Way};

    #[test]
    fn bodies() {
        let delivery = Delivery {
            id: "a1".into(),
            about: About::Request("427".into()),
            way: Way::Sms,
            recipient: "0642187591".to_owned().into(),
            subject: String::new(),
            text: "Votre demande \"427\" est notée & suivie.\n".to_owned().into(),
            sound: false,
            attempts: 0,
        };
        let settings = |body: &str| SmsSettings {
            url: String::new(),
            authorization: None,
            body: body.into(),
        };
        let json: serde_json::Value =
            serde_json::from_str(&body(&settings(BODY), &delivery, true)).expect("is JSON whatever the text holds");
        assert_eq!(json["to"], "+33642187591");
        assert_eq!(json["text"], "Votre demande \"427\" est notée & suivie.\n");
        assert_eq!(
            body(&settings("dest={numéro}&msg={texte}"), &delivery, false),
            "dest=%2B33642187591&msg=Votre+demande+%22427%22+est+not%C3%A9e+%26+suivie.%0A"
        );
    }
}
