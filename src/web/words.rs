//! What happened and how things stand, in French: for the command line and the pages alike.

use crate::call::event::{
    BridgeEnd, CallEvent, EndReason, FalseAlarm, Judged, Left, RecordingNews, Rephrasing, Unfaithful,
};
use crate::store::{Action, DeliveryRow, Role, Way};
use crate::transfer::Outcome;
use crate::transfer::handover::News;
use crate::units::{Entrance, Expect, RequestState};

/// How a caller's words were understood.
pub fn meaning(command: Option<&str>, topic: Option<&str>, confidence: Option<f32>, judged: Judged) -> String {
    match (command, topic, confidence) {
        (Some(command), _, _) => request(command).into(),
        (None, None, _) if judged.expect != Expect::Anything => "en réponse à la question".into(),
        (None, Some(topic), Some(confidence)) => format!("sujet {topic}, {}", percent(confidence, 0)),
        _ => "aucun sujet".into(),
    }
}

/// An event that is neither words nor times, in one line; none for the others, and for what is told by another.
pub fn happened(event: &CallEvent) -> Option<String> {
    Some(match event {
        CallEvent::Started => "appel pris".into(),
        CallEvent::Said { .. } | CallEvent::Heard { .. } | CallEvent::Answered { .. } | CallEvent::Tone { .. } => {
            return None;
        }
        CallEvent::Ducked { .. } => "quelqu'un parle : Allô se tait".into(),
        CallEvent::WentOn { cause, heard, .. } => {
            let what = match cause {
                FalseAlarm::Noise => "ce n'était qu'un bruit",
                FalseAlarm::Backchannel => "ce n'était qu'un signe d'écoute",
            };
            format!("{what} : Allô reprend ; entendu : « {} »", heard.reveal())
        }
        CallEvent::Interrupted { heard, .. } => {
            format!("l'appelant interrompt ; entendu : « {} »", heard.reveal())
        }
        CallEvent::Silence => "personne ne parle".into(),
        CallEvent::Cited {
            passage,
            source,
            date,
            at,
        } => {
            let source = source
                .as_ref()
                .map(|source| format!(", d'après {source}"))
                .unwrap_or_default();
            let date = date
                .map(|date| format!(", {}", date.format("%d/%m/%Y")))
                .unwrap_or_default();
            format!("cite « {passage} »{source}{date} ({at})")
        }
        CallEvent::Rephrased { outcome } => match outcome {
            Rephrasing::Said => "redit autrement, vérifié mot à mot".into(),
            Rephrasing::Same => return None,
            Rephrasing::Unfaithful { why } => format!("dit tel quel : l'autre version {}", unfaithful(*why)),
            Rephrasing::Late => "dit tel quel : l'autre version n'est pas venue à temps".into(),
            Rephrasing::Failed { what } => format!("dit tel quel : {what}"),
        },
        CallEvent::TransferBegan { service, target, about } if about.reveal().is_empty() => {
            format!("transfert vers {service} (poste {target})")
        }
        CallEvent::TransferBegan { service, target, about } => {
            format!("transfert vers {service} (poste {target}) : « {} »", about.reveal())
        }
        CallEvent::TransferEnded { service, outcome: how } => format!("transfert vers {service} : {}", outcome(*how)),
        CallEvent::Clerk { target, news } => match news {
            News::Called => format!("poste {target} : appelé"),
            News::Rings => format!("poste {target} : sonne"),
            News::Answers => format!("poste {target} : décroché"),
            News::Spared => format!("poste {target} : un autre a décroché avant"),
            News::Ended { outcome: how } => format!("poste {target} : {}", outcome(*how)),
        },
        CallEvent::Queued {
            service,
            position,
            wait_ms,
        } => format!("attend {service} : {}", place(*position, *wait_ms)),
        CallEvent::Moved { position, wait_ms } => format!("attente : {}", place(*position, *wait_ms)),
        CallEvent::Unqueued {
            service,
            how,
            waited_ms,
        } => format!(
            "n'attend plus {service}, après {} : {}",
            length(i64::try_from(*waited_ms).unwrap_or(i64::MAX)),
            left(*how)
        ),
        CallEvent::ToldClerk { text } => format!("à l'agent : « {} »", text.reveal()),
        CallEvent::Bridged { target, clerk: None } => format!("l'appelant et le poste {target} se parlent, par Allô"),
        CallEvent::Bridged { clerk: Some(name), .. } => format!("l'appelant et {} se parlent, par Allô", name.reveal()),
        CallEvent::TakenOver { clerk } => format!("{} reprend l'appel à Allô", clerk.reveal()),
        CallEvent::Listening { who, begins: true } => format!("{} écoute l'appel", who.reveal()),
        CallEvent::Listening { who, begins: false } => format!("{} n'écoute plus", who.reveal()),
        CallEvent::JoinRefused { code } => {
            format!("l'autocommutateur ne reprend pas l'appel ({code}) : il reste chez Allô")
        }
        CallEvent::BridgeEnded { by, length_ms } => {
            format!("{}, après {} s de conversation", parted(*by), length_ms / 1000)
        }
        CallEvent::Recording { news } => recording(news),
        CallEvent::MessageKept { service, length_ms } => {
            format!("message de {} s enregistré pour {service}", length_ms / 1000)
        }
        CallEvent::MessageLost { service } => format!("MESSAGE PERDU pour {service}"),
        CallEvent::RequestKept { form, reference } => {
            format!("demande « {form} » enregistrée sous le numéro {reference}")
        }
        CallEvent::RequestLost { form } => format!("DEMANDE PERDUE : « {form} »"),
        CallEvent::Failed { what } => format!("échec : {what}"),
        CallEvent::Ended { reason } => format!("fin : {}", ended(*reason)),
    })
}

/// A request that works at any moment, by the name that events give it.
pub fn request(command: &str) -> &str {
    match command {
        "Repeat" => "demande de répéter",
        "Slower" => "demande de parler plus lentement",
        "Agent" => "demande quelqu'un",
        "Goodbye" => "prend congé",
        "Emergency" => "urgence",
        "Accident" => "parle d'un accident",
        "AreYouThere" => "demande si on est là",
        "Stop" => "veut parler",
        other => other,
    }
}

/// What becomes of the recording of a conversation.
fn recording(news: &RecordingNews) -> String {
    let seconds = |ms: &u64| length(i64::try_from(*ms).unwrap_or(i64::MAX));
    match news {
        RecordingNews::Begins { service } => format!("la conversation est enregistrée, pour {service}"),
        RecordingNews::Ends { length_ms } => format!("conversation enregistrée : {}", seconds(length_ms)),
        RecordingNews::Stopped { length_ms } => {
            format!("l'agent arrête l'enregistrement ; gardé : {}", seconds(length_ms))
        }
        RecordingNews::Refused => "l'appelant refuse l'enregistrement : rien n'en est gardé".into(),
        RecordingNews::Failed { what } => format!("ENREGISTREMENT IMPOSSIBLE : {what}"),
    }
}

/// How a transfer ended.
pub fn outcome(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Taken => "quelqu'un a pris l'appel",
        Outcome::NoAnswer => "personne ne répond",
        Outcome::Busy => "occupé",
        Outcome::Declined => "quelqu'un a refusé l'appel",
        Outcome::Voicemail => "un répondeur",
        Outcome::Unreachable => "poste injoignable",
        Outcome::Abandoned => "l'appelant n'a pas attendu",
    }
}

/// A place among those who wait.
pub fn place(position: usize, wait_ms: u64) -> String {
    let place = if position == 1 {
        "1re".into()
    } else {
        format!("{position}e")
    };
    format!("{place} place, environ {} min", wait_ms.div_ceil(60_000))
}

/// Why somebody waits no more.
fn left(how: Left) -> &'static str {
    match how {
        Left::Taken => "quelqu'un a pris l'appel",
        Left::CallBack => "demande à être rappelé",
        Left::Message => "laisse un message",
        Left::Returned => "demande autre chose",
        Left::HungUp => "l'appel a pris fin",
        Left::Full => "plus de place",
        Left::TooLong => "attente trop longue",
        Left::Closed => "le service a fermé",
        Left::Unreachable => "aucun poste joignable",
    }
}

/// Why two people speak with each other no more.
fn parted(by: BridgeEnd) -> &'static str {
    match by {
        BridgeEnd::Caller => "l'appelant a raccroché",
        BridgeEnd::Clerk => "l'agent a raccroché",
        BridgeEnd::GivenBack => "l'agent a rendu l'appel à Allô",
        BridgeEnd::CallerLost => "plus rien n'arrivait de l'appelant",
        BridgeEnd::ClerkLost => "plus rien n'arrivait de l'agent",
        BridgeEnd::PassedOn => "l'agent a passé l'appel à quelqu'un d'autre",
        BridgeEnd::Joined => "l'autocommutateur a repris l'appel",
        BridgeEnd::TooLong => "durée maximale atteinte",
        BridgeEnd::Stopped => "Allô s'est arrêté",
    }
}

fn unfaithful(why: Unfaithful) -> &'static str {
    match why {
        Unfaithful::Shape => "n'était pas faite pour être dite",
        Unfaithful::Added => "ajoutait au texte",
        Unfaithful::Changed => "changeait le texte",
        Unfaithful::Incomplete => "oubliait une partie du texte",
    }
}

/// Why a call ended.
pub fn ended(reason: EndReason) -> &'static str {
    match reason {
        EndReason::Caller => "l'appelant a raccroché",
        EndReason::Finished => "tout est dit",
        EndReason::Transferred => "l'appel est passé à quelqu'un",
        EndReason::MediaLost => "plus rien n'arrivait",
        EndReason::TooLong => "durée maximale atteinte",
        EndReason::Stopped => "Allô s'est arrêté",
    }
}

/// Each state of a request and its name, in the order in which a request goes through them.
pub const STATES: [(RequestState, &str); 4] = [
    (RequestState::Received, "reçue"),
    (RequestState::InProgress, "en cours"),
    (RequestState::Done, "traitée"),
    (RequestState::Refused, "refusée"),
];

/// How far a request has got.
pub fn state(state: RequestState) -> &'static str {
    STATES[state as usize].1
}

/// How a delivery stands; whether it needs somebody; `time` writes a moment.
pub fn delivery(delivery: &DeliveryRow, time: impl Fn(i64) -> String) -> (String, bool) {
    let to = recipient(delivery);
    let Some(error) = failure(delivery).filter(|_| delivery.arrived_at.is_none()) else {
        let told = match delivery.arrived_at {
            Some(at) => format!("{to} : arrivé le {}", time(at)),
            None => format!("{to} : en route"),
        };
        return (told, false);
    };
    let told = match delivery.due_at {
        None => format!("{to} : {error}"),
        Some(due) => {
            let tries = many(delivery.attempts as usize, "essai", "essais");
            format!("{to} : {tries}, {error} ; le prochain le {}", time(due))
        }
    };
    (told, delivery.stuck)
}

/// How something is delivered.
pub fn way(way: Way) -> &'static str {
    match way {
        Way::Webhook => "webhook",
        Way::Mail => "courriel",
        Way::Sms => "SMS",
    }
}

/// To whom it goes: "courriel à urbanisme@valbourg.fr".
pub fn recipient(delivery: &DeliveryRow) -> String {
    let way = way(delivery.way);
    match delivery.way {
        Way::Webhook => way.to_owned(),
        Way::Mail => format!("{way} à {}", delivery.recipient),
        Way::Sms => format!("{way} au {}", delivery.recipient),
    }
}

/// Why the last attempt failed, with what the other side said.
pub fn failure(delivery: &DeliveryRow) -> Option<String> {
    let said = delivery.said.as_ref().map(|said| format!(" (« {} »)", said.trim()));
    Some(format!("{}{}", delivery.error.as_ref()?, said.unwrap_or_default()))
}

/// A role.
pub fn role(role: Role) -> &'static str {
    match role {
        Role::Clerk => "clerc",
        Role::Supervisor => "superviseur",
        Role::Admin => "admin",
    }
}

/// What somebody did, after their name.
pub fn action(action: Option<Action>) -> String {
    let Some(action) = action else {
        return "a fait quelque chose que cette version ne connaît pas".into();
    };
    match action {
        Action::LoggedIn => "s'est connecté".into(),
        Action::LoginRefused => "connexion refusée".into(),
        Action::LoggedOut => "s'est déconnecté".into(),
        Action::WatchedCalls => "a suivi les appels en cours".into(),
        Action::ListedCalls => "a parcouru les appels passés".into(),
        Action::ReadCall => "a lu l'appel".into(),
        Action::ListedMessages => "a parcouru les messages".into(),
        Action::Listened => "a écouté le message".into(),
        Action::HandledMessage => "a traité le message".into(),
        Action::ReopenedMessage => "a remis à traiter le message".into(),
        Action::ListedRequests => "a parcouru les demandes".into(),
        Action::ReadRequest => "a lu la demande".into(),
        Action::SetState(to) => format!("a mis « {} » la demande", state(to)),
        Action::Noted => "a écrit une note sur la demande".into(),
        Action::ListedCallBacks => "a parcouru les rappels".into(),
        Action::TookCallBack => "s'occupe du rappel".into(),
        Action::CalledBack => "a rappelé pour la demande".into(),
        Action::CalledInVain => "a rappelé sans réponse pour la demande".into(),
        Action::Resent => "a fait transmettre à nouveau la demande".into(),
        Action::ResentMessage => "a fait transmettre à nouveau le message".into(),
        Action::TookCall => "a pris l'appel".into(),
        Action::TookOver => "a repris à Allô l'appel".into(),
        Action::ListenedIn => "a écouté en direct l'appel".into(),
        Action::StoppedRecording => "a arrêté l'enregistrement de l'appel".into(),
        Action::HeardRecording => "a écouté la conversation enregistrée".into(),
        Action::DeletedRecording => "a effacé la conversation enregistrée".into(),
        Action::NotedCall => "a écrit une note sur l'appel".into(),
        Action::Corrected => "a corrigé une réponse de l'appel".into(),
        Action::DecidedCorrection => "a décidé de la correction".into(),
        Action::DeclinedCall => "a décliné l'appel".into(),
        Action::ReadTrail => "a lu le journal des accès".into(),
    }
}

/// What is expected of a caller, as the name of an answer.
pub fn expected(expect: Expect) -> Option<&'static str> {
    Some(match expect {
        Expect::Anything | Expect::YesNo | Expect::Choice | Expect::Message => return None,
        Expect::Date => "date",
        Expect::Time => "heure",
        Expect::Phone => "téléphone",
        Expect::Name => "nom",
        Expect::Digits => "numéro",
        Expect::Address => "adresse",
        Expect::Email => "courriel",
        Expect::Amount => "montant",
        Expect::Option(_) => "choix",
        Expect::Place => "lieu",
        Expect::Text => "précision",
    })
}

/// Who calls, by their number; or what is known of them without one.
pub fn caller(number: Option<&str>, entrance: Entrance) -> String {
    number.map_or(nobody(entrance).into(), telephone)
}

/// Who calls without a number.
pub fn nobody(entrance: Entrance) -> &'static str {
    match entrance {
        Entrance::Telephone => "numéro masqué",
        Entrance::Page => "depuis le site",
    }
}

/// What a call is called, by who calls.
pub fn call_of(number: Option<&str>, entrance: Entrance) -> String {
    match (number, entrance) {
        (Some(number), _) => format!("Appel du {}", telephone(number)),
        (None, Entrance::Telephone) => "Appel d'un numéro masqué".into(),
        (None, Entrance::Page) => "Appel depuis le site".into(),
    }
}

/// What was written down of a message.
pub fn transcript(words: Option<&str>) -> &str {
    match words {
        None => "pas encore transcrit",
        Some("") => "aucune parole reconnue",
        Some(words) => words,
    }
}

/// A French number in pairs, as it is read; another as it is.
pub fn telephone(number: &str) -> String {
    let national = number
        .strip_prefix("+33")
        .map_or_else(|| number.to_owned(), |rest| format!("0{rest}"));
    if national.len() == 10 && national.starts_with('0') && national.bytes().all(|b| b.is_ascii_digit()) {
        let pairs: Vec<&str> = (0..5).map(|n| &national[2 * n..2 * n + 2]).collect();
        pairs.join(" ")
    } else {
        number.to_owned()
    }
}

/// As it stands in an address, after the question mark (WHATWG URL standard, section 5).
pub fn urlencoded(text: &str) -> String {
    let encode = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(encode).collect()
}

/// A count, in groups of three digits.
pub fn figure(count: usize) -> String {
    let digits = count.to_string();
    let groups: Vec<&[u8]> = digits.as_bytes().rchunks(3).rev().collect();
    let groups = groups.iter().map(|group| String::from_utf8_lossy(group));
    // A narrow space that does not break.
    groups.collect::<Vec<_>>().join("\u{202f}")
}

/// "98,5"
pub fn decimal(number: f32, decimals: usize) -> String {
    format!("{number:.decimals$}").replace('.', ",")
}

/// A share of one as "98,5 %".
pub fn percent(share: f32, decimals: usize) -> String {
    format!("{}\u{a0}%", decimal(100.0 * share, decimals))
}

/// "1 essai", "2 essais".
pub fn many(count: usize, one: &str, more: &str) -> String {
    // In French, none and one are no plural.
    format!("{count} {}", if count < 2 { one } else { more })
}

/// "1 min 05 s", "12 s".
pub fn length(ms: i64) -> String {
    match ms / 1000 {
        seconds @ ..60 => format!("{seconds}\u{a0}s"),
        seconds @ ..3600 => format!("{}\u{a0}min {:02}\u{a0}s", seconds / 60, seconds % 60),
        seconds => format!("{}\u{a0}h {:02}\u{a0}min", seconds / 3600, seconds / 60 % 60),
    }
}

/// With a capital at its beginning.
pub fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters
        .next()
        .map(|first| first.to_uppercase().chain(letters).collect())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_in_pairs_where_they_are_french() {
        for (number, written) in [
            ("0465710210", "04 65 71 02 10"),
            ("+33465710210", "04 65 71 02 10"),
            ("+32465710210", "+32465710210"),
            ("100", "100"),
            ("<script>x", "<script>x"),
            ("éééééé", "éééééé"),
        ] {
            assert_eq!(telephone(number), written);
        }
    }

    #[test]
    fn words_stand_in_an_address_as_they_are() {
        assert_eq!(urlencoded("l'été & 2+2"), "l%27%C3%A9t%C3%A9%20%26%202%2B2");
    }

    #[test]
    fn counts_are_read_in_thousands() {
        assert_eq!(
            [0, 999, 1000, 1_234_567].map(figure),
            ["0", "999", "1\u{202f}000", "1\u{202f}234\u{202f}567"]
        );
    }

    #[test]
    fn who_calls_from_a_page_has_no_number_to_hide() {
        assert_eq!(caller(None, Entrance::Telephone), "numéro masqué");
        assert_eq!(caller(None, Entrance::Page), "depuis le site");
        assert_eq!(caller(Some("+33465710210"), Entrance::Telephone), "04 65 71 02 10");
        assert_eq!(call_of(None, Entrance::Page), "Appel depuis le site");
        assert_eq!(
            call_of(Some("0465710210"), Entrance::Telephone),
            "Appel du 04 65 71 02 10"
        );
    }

    #[test]
    fn deliveries_and_what_they_came_to() {
        let delivery_of = |attempts, error: Option<&str>, said: Option<&str>, due_at| DeliveryRow {
            way: Way::Webhook,
            recipient: String::new(),
            attempts,
            arrived_at: None,
            due_at,
            error: error.map(str::to_owned),
            said: said.map(str::to_owned),
            stuck: attempts > 4,
        };
        for (row, told) in [
            (delivery_of(0, None, None, Some(7)), ("webhook : en route", false)),
            (
                delivery_of(1, Some("connexion refusée"), None, Some(7)),
                ("webhook : 1 essai, connexion refusée ; le prochain le 7", false),
            ),
            (
                delivery_of(5, Some("réponse 554"), Some("5.7.1 no\n"), Some(7)),
                (
                    "webhook : 5 essais, réponse 554 (« 5.7.1 no ») ; le prochain le 7",
                    true,
                ),
            ),
            (
                delivery_of(9, Some("réponse 400"), None, None),
                ("webhook : réponse 400", true),
            ),
        ] {
            assert_eq!(delivery(&row, |at| at.to_string()), (told.0.to_owned(), told.1));
        }
    }

    #[test]
    fn lengths_and_capitals() {
        assert_eq!(
            [0, 12_900, 65_000, 3_660_000].map(length),
            ["0\u{a0}s", "12\u{a0}s", "1\u{a0}min 05\u{a0}s", "1\u{a0}h 01\u{a0}min"]
        );
        assert_eq!(
            (capital("état civil").as_str(), capital("").as_str()),
            ("État civil", "")
        );
    }

    #[test]
    fn every_state_has_its_name() {
        for (known, name) in STATES {
            assert_eq!(state(known), name);
        }
    }
}
