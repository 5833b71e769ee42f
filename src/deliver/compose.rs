//! What is sent of a request, to whom.

use chrono::NaiveDateTime;
use serde_json::json;

use super::Settings;
use crate::dialogue::Request;
use crate::dialogue::hours::{day_in_words, time_in_words};
use crate::dialogue::plan::Plan;
use crate::store::{NewDelivery, REFERENCE, Way};
use crate::understand::Value;
use crate::units::CallId;
use chrono::Timelike;

/// Where a request comes from.
pub struct Sender<'a> {
    /// The call.
    pub call: CallId,
    /// The caller's number, where it is shown.
    pub caller: Option<&'a str>,
    /// The town's clock.
    pub now: NaiveDateTime,
}

/// All that is to be delivered of a request: to the town's software where there is one, to the service where it has a
/// mailbox, to the caller where the form has an SMS and a mobile telephone is known.
pub fn compose(plan: &Plan, request: &Request, sender: &Sender, settings: &Settings) -> Vec<NewDelivery> {
    let form = &plan.forms[request.form];
    let service = &plan.services[form.service];
    let mut all = Vec::new();
    if settings.webhook.is_some() {
        all.push(NewDelivery {
            way: Way::Webhook,
            recipient: String::new().into(),
            subject: String::new(),
            text: event(plan, request, sender).into(),
        });
    }
    if let (Some(_), Some(mailbox)) = (&settings.mail, &service.mail) {
        all.push(NewDelivery {
            way: Way::Mail,
            recipient: mailbox.clone().into(),
            subject: format!("Demande {REFERENCE} : {}", form.label),
            text: letter(plan, request, sender).into(),
        });
    }
    if let (Some(_), Some(text), Some(mobile)) = (&settings.sms, &form.sms, mobile(request, sender)) {
        all.push(NewDelivery {
            way: Way::Sms,
            recipient: mobile.into(),
            subject: String::new(),
            text: text.clone().into(),
        });
    }
    all
}

/// The event that the webhook carries.
fn event(plan: &Plan, request: &Request, sender: &Sender) -> String {
    let form = &plan.forms[request.form];
    let answers = form.fields.iter().zip(&request.values);
    let answers: serde_json::Map<_, _> = answers
        .map(|(field, value)| (field.id.clone(), value.plain().into()))
        .collect();
    json!({
        "type": "request.created",
        "timestamp": sender.now.format("%Y-%m-%dT%H:%M:%S").to_string(),
        "data": {
            "reference": REFERENCE,
            "town": plan.town.name,
            "form": form.id,
            "form_name": form.label,
            "service": plan.services[form.service].id,
            "call": sender.call.to_string(),
            "caller": sender.caller,
            "answers": answers,
        },
    })
    .to_string()
}

/// What the service reads.
fn letter(plan: &Plan, request: &Request, sender: &Sender) -> String {
    let form = &plan.forms[request.form];
    let today = sender.now.date();
    let time = time_in_words((sender.now.hour() * 60 + sender.now.minute()) as u16);
    let mut lines = vec![
        format!(
            "Mairie de {} : {}, pour {}.",
            plan.town.name, form.label, plan.services[form.service].name
        ),
        format!("Reçue par téléphone le {} à {time}.", day_in_words(today, today)),
        String::new(),
        format!("Numéro : {REFERENCE}"),
    ];
    for (field, value) in form.fields.iter().zip(&request.values) {
        let value = match value {
            Value::Date(day) => format!("{} ({})", day_in_words(*day, today), day.format("%d/%m/%Y")),
            value => value.plain(),
        };
        lines.push(format!("{} : {value}", field.label));
    }
    lines.push(format!("Appelant : {}", sender.caller.unwrap_or("numéro masqué")));
    lines.push(String::new());
    lines.push(
        "Relue à l'appelant et confirmée par lui. Ce message est envoyé par l'assistant vocal de la mairie.".into(),
    );
    lines.join("\n")
}

/// The mobile telephone that was given, or else the one that calls.
fn mobile(request: &Request, sender: &Sender) -> Option<String> {
    let given = request.values.iter().find_map(|value| match value {
        Value::Phone(number) => Some(number.clone()),
        _ => None,
    });
    let calling = || {
        let caller = sender.caller?;
        let national = caller.strip_prefix("+33").or_else(|| caller.strip_prefix("0033"));
        Some(national.map_or(caller.to_owned(), |rest| format!("0{rest}")))
    };
    let is_mobile = |number: &String| {
        number.len() == 10
            && number.bytes().all(|b| b.is_ascii_digit())
            && (number.starts_with("06") || number.starts_with("07"))
    };
    given.filter(is_mobile).or_else(|| calling().filter(is_mobile))
}
