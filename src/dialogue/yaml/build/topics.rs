//! Topics and the menu: what is said, what follows, where keys lead.

use std::collections::HashMap;

use super::super::super::plan::{Action, Form, MenuEntry, Service, Target, Template, Topic};
use super::super::template::Places;
use super::super::tree::{Entry, Node};
use super::super::walk::{join, shorten};
use super::super::{At, Report, did_you_mean, fold};
use super::{entries, forms, misplaced, service, unknown};
use crate::understand::catalogue;

/// Fewer examples are an error.
const FEWEST_EXAMPLES: usize = 3;
/// Fewer examples are worth a word of advice.
const GOOD_EXAMPLES: usize = 8;
/// Longer answers are not listened to: about 25 seconds.
const LONGEST_ANSWER: usize = 60;

/// Builds the topics in the order of the file.
pub(super) fn topics(
    root: &Node,
    services: &[Service],
    forms: &[Form],
    places: &mut Places,
    report: &mut Report,
) -> Vec<Topic> {
    let mut topics = Vec::new();
    let mut seen = HashMap::new();
    for entry in entries(root, "sujets") {
        let path = join("sujets", &entry.key);
        let service = entry
            .value
            .get("service")
            .and_then(|node| service(root, node, services, &join(&path, "service"), report));
        let examples = examples(entry, &path, &mut seen, report);
        let form = entry
            .value
            .get("formulaire")
            .map(|node| forms::named(root, node, forms, &join(&path, "formulaire"), report));
        let answer_at = entry.value.get("réponse").map_or(entry.at, |node| node.at);
        if let Some(action) = action(entry, &path, form, places, report) {
            topics.push(Topic {
                id: fold(&entry.key),
                label: entry.value.text_of("nom").unwrap_or(&entry.key).to_owned(),
                examples,
                action,
                service: service.unwrap_or(0),
                at: format!("{}:{}", report.file, answer_at.line),
            });
        }
    }
    topics
}

/// What a topic leads to; `form` is there where it names one, and holds its index where that is known.
fn action(
    entry: &Entry,
    path: &str,
    form: Option<Option<usize>>,
    places: &mut Places,
    report: &mut Report,
) -> Option<Action> {
    let next = fold(entry.value.text_of("ensuite").unwrap_or("rien"));
    let answer = entry.value.get("réponse");
    let template = answer.and_then(|node| answer_text(node, &join(path, "réponse"), places, report));
    if let Some(form) = form {
        if let Some(node) = entry.value.get("ensuite") {
            let path = join(path, "ensuite");
            let message =
                format!("« {path} » ne sert pas avec « formulaire », qui dit déjà ce qui suit ; retirez l'un des deux");
            report.error(node.at, &path, message);
        }
        return form.map(|form| Action::Form(template, form));
    }
    match (next.as_str(), template) {
        ("transferer", template) => Some(Action::Transfer(template)),
        ("message", template) => Some(Action::Message(template)),
        ("proposer", Some(template)) => Some(Action::AnswerThenOffer(template)),
        (_, Some(template)) => Some(Action::Answer(template)),
        (_, None) => {
            if answer.is_none() && !entry.value.nearly_has("réponse") {
                let message = format!(
                    "il manque « réponse » dans « {path} » (ou « ensuite: transférer », pour passer l'appel sans répondre)"
                );
                report.error(entry.at, path, message);
            }
            None
        }
    }
}

fn answer_text(node: &Node, path: &str, places: &mut Places, report: &mut Report) -> Option<Template> {
    let text = node.text().filter(|text| !text.is_empty())?;
    let words = text
        .split_whitespace()
        .filter(|word| word.chars().any(char::is_alphanumeric))
        .count();
    if words > LONGEST_ANSWER {
        report.warn(
            node.at,
            path,
            format!("« {path} » : {words} mots, c'est long à écouter ; {LONGEST_ANSWER} au plus, 40 pour bien faire"),
        );
    }
    for (name, schedule) in places.schedules {
        if fold(text).contains(&format!("{{horaires:{name}}}")) && !schedule.is_regular() {
            let message = format!(
                "les horaires « {name} » changent d'une semaine à l'autre et ne se résument pas ; écrivez-les en toutes lettres"
            );
            report.warn(report.find(node.at, "{horaires"), path, message);
        }
    }
    misplaced(places.template(text), node, path, report)
}

fn examples(entry: &Entry, path: &str, seen: &mut HashMap<String, (String, At)>, report: &mut Report) -> Vec<String> {
    let is_known = catalogue::subject(&fold(&entry.key)).is_some();
    let Some(node) = entry.value.get("exemples") else {
        if !is_known && !entry.value.nearly_has("exemples") {
            let known = catalogue::subjects().iter().map(|subject| subject.id);
            let hint = did_you_mean(&fold(&entry.key), known).unwrap_or_default();
            let message = format!(
                "il manque « exemples » dans « {path} » : seuls les sujets qu'Allô connaît s'en passent (« allo check \
                 --sujets » les montre){hint}"
            );
            report.error(entry.at, path, message);
        }
        return Vec::new();
    };
    let path = join(path, "exemples");
    let mut examples = Vec::new();
    for item in node.items() {
        let Some(text) = item.text().filter(|text| !text.is_empty()) else {
            continue;
        };
        let plain: String = fold(text).chars().filter(|c| c.is_alphanumeric()).collect();
        if let Some((topic, at)) = seen.get(&plain) {
            let shown = shorten(text);
            if *topic == entry.key {
                report.warn(
                    item.at,
                    &path,
                    format!("l'exemple « {shown} » est déjà dans ce sujet, ligne {}", at.line),
                );
            } else {
                report.error(
                    item.at,
                    &path,
                    format!(
                        "l'exemple « {shown} » est aussi dans « sujets.{topic} », ligne {} : choisissez un seul sujet",
                        at.line
                    ),
                );
            }
            continue;
        }
        seen.insert(plain, (entry.key.clone(), item.at));
        examples.push(text.to_owned());
    }
    if is_known {
        return examples;
    }
    let count = node.items().len();
    if (1..FEWEST_EXAMPLES).contains(&count) {
        report.error(node.at, &path, format!("« {path} » : {count} seulement, il en faut au moins {FEWEST_EXAMPLES}, et une vingtaine pour bien faire"));
    } else if (FEWEST_EXAMPLES..GOOD_EXAMPLES).contains(&count) {
        report.warn(
            node.at,
            &path,
            format!("« {path} » : {count} seulement ; à partir de {GOOD_EXAMPLES}, le sujet est bien mieux reconnu"),
        );
    }
    examples
}

/// Builds the menu by tones.
pub(super) fn menu(root: &Node, services: &[Service], topics: &[Topic], report: &mut Report) -> Vec<MenuEntry> {
    let mut menu = Vec::new();
    for entry in entries(root, "menu") {
        let path = join("menu", &entry.key);
        let target = match (entry.value.get("sujet"), entry.value.get("service")) {
            (Some(node), None) => {
                let name = fold(node.text().unwrap_or_default());
                let ids = entries(root, "sujets").iter().map(|e| e.key.as_str());
                if !ids.clone().any(|id| fold(id) == name) {
                    unknown(node, "sujet inconnu", &join(&path, "sujet"), ids, report);
                }
                // A topic that is itself wrong has been reported; this entry is then left out.
                topics
                    .iter()
                    .position(|topic| topic.id == name)
                    .map(|n| (Target::Topic(n), topics[n].label.as_str()))
            }
            (None, Some(node)) => service(root, node, services, &join(&path, "service"), report)
                .map(|n| (Target::Service(n), services[n].name.as_str())),
            (given, _) => {
                if !entry.value.entries().is_empty() {
                    let what = if given.is_some() {
                        "un sujet ou un service, pas les deux"
                    } else {
                        "« sujet » ou « service » manque"
                    };
                    report.error(
                        entry.at,
                        &path,
                        format!("« {path} » : {what} ; exemple : « sujet: horaires »"),
                    );
                }
                None
            }
        };
        if let (Some((target, name)), Some(key)) = (target, entry.key.chars().next()) {
            menu.push(MenuEntry {
                key,
                label: entry.value.text_of("nom").unwrap_or(name).to_owned(),
                target,
            });
        }
    }
    menu
}
