//! The meaning of a plan: references resolved, texts made ready to speak, advice given.

pub(super) mod forms;
mod knowledge;
mod queue;
mod recording;
mod services;
mod streets;
mod topics;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::super::call_back;
use super::super::hours::{Exception, Schedule};
use super::super::phrases::PLACES;
use super::super::plan::{Messages, Plan, Service, Town, Voice};
use super::format::{called, days_of, length_of, phone_digits, speed};
use super::language::phrase_keys;
use super::template::{Misplaced, Places};
use super::tree::{Entry, Node};
use super::walk::join;
use super::{Report, did_you_mean, fold};
use crate::understand::Lexicon;
use services::services;
use topics::{menu, topics};

/// Words of a greeting that tell the caller that no person is speaking (folded).
const MACHINE: [&str; 10] = [
    "automatique",
    "automate",
    "robot",
    "machine",
    "assistant_vocal",
    "assistante_vocale",
    "repondeur",
    "virtuel",
    "intelligence_artificielle",
    "serveur_vocal",
];

/// Builds the plan. What cannot be understood is reported here or was by the walk; then the plan is not to be used.
pub(super) fn build(root: &Node, report: &mut Report) -> Option<Plan> {
    let schedules = schedules(root, report);
    let town = town(root);
    let mut used = Vec::new();
    let mut services = services(root, &schedules, &mut used, report);
    let mut places = Places {
        town: &town,
        schedules: &schedules,
        used: &mut used,
    };
    let greeting = greeting(root, &mut places, report);
    let notice = notice(root, &mut places, report);
    let phrases = phrases(root, &mut places, report);
    let mut options = Vec::new();
    let mut forms = forms::forms(root, &services, &mut options, &mut places, report);
    let topics = topics(root, &services, &forms, &mut places, report);
    let menu = menu(root, &services, &topics, report);
    queue::complete(&mut services, &mut forms, &mut options, &phrases);
    recording::is_told(root, report);
    // A name that is misspelled where it is used is not unused.
    if report.is_sound() {
        unused(root, &schedules, &used, report);
    }
    if services.is_empty() {
        return None;
    }
    let knowledge = knowledge::passages(root, &services, report);
    let stated = knowledge::Stated {
        topics: &topics,
        schedules: &schedules,
        town: &town,
    };
    knowledge::contradictions(root, &knowledge, &stated, report);
    let words = words(root);
    let streets = streets::streets(root, &town.name, &words, report);
    let voice = root.get("voix");
    let messages = root.get("messages");
    Some(Plan {
        greeting: greeting?,
        notice,
        reception: 0,
        menu,
        words,
        lexicon: Arc::new(Lexicon { streets, options }),
        knowledge,
        phrases,
        voice: Voice {
            name: voice.and_then(|v| v.text_of("nom")).map(str::to_owned),
            speed: voice.and_then(|v| v.text_of("vitesse")).and_then(speed).unwrap_or(1.0),
        },
        messages: Messages {
            max_length: messages
                .and_then(|m| m.text_of("durée"))
                .and_then(length_of)
                .unwrap_or(Duration::from_secs(120)),
            keep_days: messages
                .and_then(|m| m.text_of("conservation"))
                .and_then(days_of)
                .unwrap_or(30),
            attached: messages
                .and_then(|m| m.text_of("joindre"))
                .is_none_or(|text| fold(text) != "non"),
        },
        listening: listening(root, report),
        services,
        topics,
        forms,
        town,
        schedules,
    })
}

/// The service that a key names; a name that is none is reported.
fn service(root: &Node, node: &Node, services: &[Service], path: &str, report: &mut Report) -> Option<usize> {
    let name = fold(node.text()?);
    let found = services.iter().position(|service| service.id == name);
    if found.is_none() {
        unknown(
            node,
            "service inconnu",
            path,
            entries(root, "services").iter().map(|e| e.key.as_str()),
            report,
        );
    }
    found
}

/// The entries of a key at the top.
fn entries<'n>(root: &'n Node, key: &str) -> &'n [Entry] {
    root.get(key).map(Node::entries).unwrap_or_default()
}

/// The town's own words.
fn words(root: &Node) -> Vec<String> {
    let words = root.get("mots").map(Node::items).unwrap_or_default();
    words.iter().filter_map(|word| word.text()).map(str::to_owned).collect()
}

fn town(root: &Node) -> Town {
    let numbers = root.get("numéros").map(Node::items).unwrap_or_default();
    let neighbours = root.get("communes_voisines").map(Node::items).unwrap_or_default();
    Town {
        name: root.text_of("ville").unwrap_or_default().to_owned(),
        numbers: numbers.iter().filter_map(|number| called(number.text()?)).collect(),
        phone: root.text_of("téléphone").and_then(phone_digits),
        address: root.text_of("adresse").map(str::to_owned),
        neighbours: neighbours
            .iter()
            .filter_map(|name| name.text())
            .map(str::to_owned)
            .collect(),
    }
}

fn schedules(root: &Node, report: &mut Report) -> BTreeMap<String, Schedule> {
    let mut schedules = BTreeMap::new();
    for entry in entries(root, "horaires") {
        let path = format!("horaires.{}", entry.key);
        let week = entry.value.get("semaine").unwrap_or(&entry.value);
        let schedule = week.text().and_then(|text| Schedule::parse(text).ok());
        // A name is known even if its hours are wrong: one mistake, one message.
        let schedule = match schedule {
            Some(schedule) => schedule,
            None => Schedule::parse("24/7").expect("the syntax knows 24/7"),
        };
        for doubt in schedule.doubts() {
            report.warn(week.at_char(doubt.at), &path, format!("« {path} » : {}", doubt.message));
        }
        let closures = exceptions(&entry.value, "fermetures", Exception::closure);
        let openings = exceptions(&entry.value, "ouvertures", Exception::opening);
        schedules.insert(
            fold(&entry.key),
            schedule
                .named(&entry.key)
                .with_exceptions(closures.chain(openings).collect()),
        );
    }
    schedules
}

fn exceptions<'n, E: 'n>(
    hours: &'n Node,
    key: &str,
    read: impl Fn(&str, Option<&str>) -> Result<Exception, E> + 'n,
) -> impl Iterator<Item = Exception> + 'n {
    let entries = hours.get(key).map(Node::entries).unwrap_or_default();
    entries
        .iter()
        .filter_map(move |entry| read(&entry.key, entry.value.text()).ok())
}

fn greeting(root: &Node, places: &mut Places, report: &mut Report) -> Option<String> {
    let node = root.get("accueil")?;
    let text = node.text().filter(|text| !text.is_empty())?;
    let folded = fold(text);
    if !MACHINE.iter().any(|word| folded.contains(word)) {
        let message = "l'accueil doit dire que c'est une machine qui parle ; exemples : « je suis l'assistant vocal », \
                       « un répondeur automatique », « une machine vous répond »";
        report.error(node.at, "accueil", message);
    }
    misplaced(places.sentence(text, &[]), node, "accueil", report)
}

fn notice(root: &Node, places: &mut Places, report: &mut Report) -> Option<String> {
    let node = root.get("mention")?;
    let text = node.text().filter(|text| !text.is_empty())?;
    misplaced(places.sentence(text, &[]), node, "mention", report)
}

/// Whether supervisors may listen. Callers must know (article 13 of the GDPR): the notice tells them.
fn listening(root: &Node, report: &mut Report) -> bool {
    let Some(node) = root
        .get("écoute")
        .filter(|node| node.text().is_some_and(|text| fold(text) == "oui"))
    else {
        return false;
    };
    if !root.text_of("mention").is_some_and(|text| fold(text).contains("ecout")) {
        let message = "avec « écoute: oui », les appelants doivent le savoir : ajoutez « mention », par exemple « mention: \
                       Cet appel peut être écouté par un responsable de la mairie, pour améliorer l'accueil. »";
        report.error(node.at, "écoute", message);
    }
    true
}

/// The value, or its misplaced places reported where they stand.
fn misplaced<T>(read: Result<T, Vec<Misplaced>>, node: &Node, path: &str, report: &mut Report) -> Option<T> {
    match read {
        Ok(value) => Some(value),
        Err(wrong) => {
            for (place, message) in wrong {
                report.error(report.find(node.at, &place), path, format!("« {path} » : {message}"));
            }
            None
        }
    }
}

fn phrases(root: &Node, places: &mut Places, report: &mut Report) -> BTreeMap<String, String> {
    let mut phrases = BTreeMap::new();
    for entry in entries(root, "phrases") {
        let Some((key, default)) = phrase_keys().find(|(key, _)| fold(key) == fold(&entry.key)) else {
            continue;
        };
        let Some(text) = entry.value.text().filter(|text| !text.is_empty()) else {
            continue;
        };
        let path = join("phrases", &entry.key);
        let kept: Vec<&str> = PLACES
            .into_iter()
            .filter(|name| default.contains(&format!("{{{name}}}")))
            .collect();
        if let Some(said) = misplaced(places.sentence(text, &kept), &entry.value, &path, report) {
            for name in kept.iter().filter(|name| !said.contains(&format!("{{{name}}}"))) {
                report.error(
                    entry.value.at,
                    &path,
                    format!("« {path} » doit contenir « {{{name}}} », comme « {default} »"),
                );
            }
            phrases.insert(key.to_owned(), said);
        }
    }
    phrases
}

/// Reports a name that leads nowhere.
fn unknown<'n>(node: &Node, what: &str, path: &str, names: impl Iterator<Item = &'n str> + Clone, report: &mut Report) {
    let typed = node.text().unwrap_or_default();
    let hint = did_you_mean(typed, names.clone()).unwrap_or_else(|| match names.collect::<Vec<_>>().join(", ") {
        known if known.is_empty() => String::new(),
        known => format!(" ; connus : {known}"),
    });
    report.error(node.at, path, format!("« {path} » : {what} « {typed} »{hint}"));
}

/// Advice on what no call ever reaches.
fn unused(root: &Node, schedules: &BTreeMap<String, Schedule>, used: &[String], report: &mut Report) {
    unreached(root, "horaires", 0, used, "ni service, ni réponse", report);
    for entry in entries(root, "horaires") {
        if schedules.get(&fold(&entry.key)).is_some_and(Schedule::never_opens) {
            let path = join("horaires", &entry.key);
            report.warn(entry.at, &path, format!("« {path} » : jamais ouvert ; est-ce voulu ?"));
        }
    }
    let named = |key: &str, within: &str| -> Vec<String> {
        entries(root, key)
            .iter()
            .filter_map(|e| e.value.text_of(within))
            .map(fold)
            .collect()
    };
    let reached: Vec<String> = [
        named("sujets", "service"),
        named("formulaires", "service"),
        named("connaissances", "service"),
        named("menu", "service"),
        named("services", "repli"),
    ]
    .concat();
    let asked = [named("sujets", "formulaire"), vec![call_back::FORM.to_owned()]].concat();
    unreached(root, "formulaires", 0, &asked, "aucun sujet n'y mène", report);
    // The first one is the reception.
    unreached(
        root,
        "services",
        1,
        &reached,
        "ni sujet, ni touche, ni repli n'y mène",
        report,
    );
}

/// Advice on each entry of `key`, after the first `skip`, whose name is not among the `reached`.
fn unreached(root: &Node, key: &str, skip: usize, reached: &[String], why: &str, report: &mut Report) {
    for entry in entries(root, key).iter().skip(skip) {
        if !reached.contains(&fold(&entry.key)) {
            let path = join(key, &entry.key);
            report.warn(entry.at, &path, format!("« {path} » ne sert nulle part : {why}"));
        }
    }
}
