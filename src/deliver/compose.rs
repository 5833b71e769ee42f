//! What is sent of a request or a message, to whom.

use std::time::Duration;

use chrono::{DateTime, Timelike};
use chrono_tz::Tz;
use serde_json::json;

use super::Settings;
use crate::dialogue::Request;
use crate::dialogue::hours::{day_in_words, time_in_words};
use crate::dialogue::plan::Plan;
use crate::pii::Pii;
use crate::store::{NewDelivery, REFERENCE, TRANSCRIPT, Way};
use crate::understand::Value;
use crate::units::{CallId, Entrance, french_number};

/// Where a request or a message comes from.
pub struct Sender<'a> {
    /// The call.
    pub call: CallId,
    /// The caller's number, where it is shown.
    pub caller: Option<&'a str>,
    /// How they came in.
    pub entrance: Entrance,
    /// The town's clock.
    pub now: DateTime<Tz>,
    /// A call-back: how long they had waited for somebody.
    pub waited: Option<Duration>,
}

/// All that is to be delivered of a request: to the town's software where there is one, to the service where it has a
/// mailbox, to the caller where the form has an SMS and a mobile telephone is known.
pub fn compose(plan: &Plan, request: &Request, sender: &Sender, settings: &Settings) -> Vec<NewDelivery> {
    let form = &plan.forms[request.form];
    let service = &plan.services[form.service];
    let mut all = Vec::new();
    if settings.webhook.is_some() {
        all.push(posted(event(plan, request, sender)));
    }
    if let (Some(_), Some(mailbox)) = (&settings.mail, &service.mail) {
        let subject = format!("Demande {REFERENCE} : {}", form.label);
        all.push(mailed(mailbox, subject, letter(plan, request, sender)));
    }
    if let (Some(_), Some(text), Some(mobile)) = (&settings.sms, &form.sms, mobile(request, sender)) {
        all.push(new(Way::Sms, mobile, text.clone()));
    }
    all
}

fn new(way: Way, recipient: String, text: String) -> NewDelivery {
    NewDelivery {
        way,
        recipient: recipient.into(),
        subject: String::new(),
        text: text.into(),
        sound: false,
    }
}

/// To the town's own software.
fn posted(event: String) -> NewDelivery {
    new(Way::Webhook, String::new(), event)
}

fn mailed(mailbox: &str, subject: String, text: String) -> NewDelivery {
    NewDelivery {
        subject,
        ..new(Way::Mail, mailbox.to_owned(), text)
    }
}

/// A message that a caller left.
pub struct Left {
    /// For which service (index in the plan).
    pub service: usize,
    /// Its length.
    pub length: Duration,
    /// What was said before it, in lines to be read; may be empty.
    pub about: Pii<String>,
}

/// All that is to be delivered of a message: to the town's software where there is one, to the service where it has a
/// mailbox.
pub fn compose_message(plan: &Plan, left: &Left, sender: &Sender, settings: &Settings) -> Vec<NewDelivery> {
    let service = &plan.services[left.service];
    let mut all = Vec::new();
    if settings.webhook.is_some() {
        let event = json!({
            "type": "message.created",
            "timestamp": timestamp(sender),
            "data": {
                "message": REFERENCE,
                "town": plan.town.name,
                "service": service.id,
                "call": sender.call.to_string(),
                "caller": sender.caller,
                "entrance": sender.entrance,
                "seconds": left.length.as_secs(),
                "about": left.about.reveal(),
                "transcript": TRANSCRIPT,
            },
        });
        all.push(posted(event.to_string()));
    }
    if let (Some(_), Some(mailbox)) = (&settings.mail, &service.mail) {
        let subject = format!("Message téléphonique pour {}", service.name);
        all.push(NewDelivery {
            sound: plan.messages.attached,
            ..mailed(mailbox, subject, note(plan, left, sender))
        });
    }
    all
}

/// What the service reads of a message.
fn note(plan: &Plan, left: &Left, sender: &Sender) -> String {
    let sound = if plan.messages.attached {
        "Le message est joint à ce courriel."
    } else {
        "Le message s'écoute à la mairie : il n'est pas joint à ce courriel."
    };
    let about = left.about.reveal().lines().map(str::to_owned);
    let head = [
        format!(
            "Mairie de {} : un message pour {}.",
            plan.town.name, plan.services[left.service].name
        ),
        format!(
            "Laissé {} {}, en {} secondes.",
            way(sender),
            moment(sender),
            left.length.as_secs()
        ),
        format!("Appelant : {}", caller(sender)),
    ];
    let words = [
        String::new(),
        "Ce que la machine en a compris, qu'elle peut avoir mal entendu :".into(),
        TRANSCRIPT.into(),
        String::new(),
        format!("{sound} Il est envoyé par l'assistant vocal de la mairie."),
    ];
    let lines: Vec<String> = head.into_iter().chain(about).chain(words).collect();
    lines.join("\n")
}

/// How it was said.
fn way(sender: &Sender) -> &'static str {
    match sender.entrance {
        Entrance::Telephone => "par téléphone",
        Entrance::Page => "depuis le site",
    }
}

/// Who it was.
fn caller<'a>(sender: &Sender<'a>) -> &'a str {
    sender.caller.unwrap_or(match sender.entrance {
        Entrance::Telephone => "numéro masqué",
        Entrance::Page => "depuis le site, sans numéro",
    })
}

/// "le mardi 24 novembre à 10 h 05".
fn moment(sender: &Sender) -> String {
    let today = sender.now.date_naive();
    let time = time_in_words((sender.now.hour() * 60 + sender.now.minute()) as u16);
    format!("le {} à {time}", day_in_words(today, today))
}

/// With its distance from universal time, or else it would be read as another moment elsewhere (RFC 3339).
fn timestamp(sender: &Sender) -> String {
    sender.now.format("%Y-%m-%dT%H:%M:%S%:z").to_string()
}

/// The event that the webhook carries.
fn event(plan: &Plan, request: &Request, sender: &Sender) -> String {
    let form = &plan.forms[request.form];
    let answers: serde_json::Map<_, _> = request
        .answers(form)
        .map(|(id, _, value)| (id.to_owned(), value.plain().into()))
        .collect();
    json!({
        "type": "request.created",
        "timestamp": timestamp(sender),
        "data": {
            "reference": REFERENCE,
            "town": plan.town.name,
            "form": form.id,
            "form_name": form.label,
            "service": plan.services[form.service].id,
            "call": sender.call.to_string(),
            "caller": sender.caller,
            "entrance": sender.entrance,
            "answers": answers,
            "waited_seconds": sender.waited.map(|waited| waited.as_secs()),
        },
    })
    .to_string()
}

/// What the service reads.
fn letter(plan: &Plan, request: &Request, sender: &Sender) -> String {
    let form = &plan.forms[request.form];
    let today = sender.now.date_naive();
    let mut lines = vec![
        format!(
            "Mairie de {} : {}, pour {}.",
            plan.town.name, form.label, plan.services[form.service].name
        ),
        format!("Reçue {} {}.", way(sender), moment(sender)),
        String::new(),
        format!("Numéro : {REFERENCE}"),
    ];
    for (_, label, value) in request.answers(form) {
        let value = match value {
            Value::Date(day) => format!("{} ({})", day_in_words(*day, today), day.format("%d/%m/%Y")),
            value => value.plain(),
        };
        lines.push(format!("{label} : {value}"));
    }
    lines.push(format!("Appelant : {}", caller(sender)));
    let how = match sender.waited {
        Some(waited) => {
            lines.push(format!("Attendait depuis : {} minutes", waited.as_secs().div_ceil(60)));
            "Promise à l'appelant dans l'ordre d'arrivée des appels."
        }
        None => "Relue à l'appelant et confirmée par lui.",
    };
    lines.push(String::new());
    lines.push(format!(
        "{how} Ce message est envoyé par l'assistant vocal de la mairie."
    ));
    lines.join("\n")
}

/// The mobile telephone that was given, or else the one that calls.
fn mobile(request: &Request, sender: &Sender) -> Option<String> {
    let given = request.values.iter().find_map(|value| match value {
        Value::Phone(number) => Some(number.as_str()),
        _ => None,
    });
    let mut numbers = given.into_iter().chain(sender.caller).filter_map(french_number);
    numbers.find(|number| number.starts_with("06") || number.starts_with("07"))
}
