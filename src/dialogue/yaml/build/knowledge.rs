//! The files of knowledge that the plan names, and what in them contradicts them or the plan.

use std::collections::BTreeMap;

use super::super::super::hours::Schedule;
use super::super::super::knowledge::{self, Contradiction, Note, Passage, Slip, Statement};
use super::super::super::plan::{Service, Topic, Town};
use super::super::tree::{Entry, Node};
use super::super::walk::join;
use super::super::{At, Report, fold};
use super::{entries, service};

/// More contradictions than this are not reported one by one.
const MOST_CONTRADICTIONS: usize = 10;

/// Reads the files in the order of the plan; what is wrong in one is reported where the plan names it.
pub(super) fn passages(root: &Node, services: &[Service], report: &mut Report) -> Vec<Passage> {
    let mut passages = Vec::new();
    for entry in entries(root, "connaissances") {
        let path = join("connaissances", &entry.key);
        let note = Note {
            source: entry.value.text_of("nom").map(str::to_owned),
            until: entry
                .value
                .text_of("valable")
                .and_then(|day| knowledge::day(day).ok().flatten()),
            ..Note::default()
        };
        let who = entry.value.get("service");
        let who = who.and_then(|node| service(root, node, services, &join(&path, "service"), report));
        let file = entry.value.get("fichier").unwrap_or(&entry.value);
        let Some(name) = file.text() else { continue };
        match report
            .text(name)
            .map_err(|why| format!("{name} : {why}"))
            .and_then(|text| {
                let located = |(line, message): Slip| format!("{name}:{line} : {message}");
                let doubts = knowledge::doubts(name, &text).into_iter().map(located).collect();
                Ok::<_, String>((knowledge::read(name, &text).map_err(located)?, doubts))
            }) {
            Ok((read, doubts)) => {
                let doubts: Vec<String> = doubts;
                for doubt in doubts {
                    report.warn(file.at, &path, doubt);
                }
                passages.extend(read.into_iter().map(|passage| Passage {
                    note: passage.note.or(&note),
                    service: who,
                    ..passage
                }));
            }
            Err(message) => report.error(file.at, &path, format!("« {path} » : {message}")),
        }
    }
    passages
}

/// What the plan itself states.
pub(super) struct Stated<'a> {
    pub(super) topics: &'a [Topic],
    pub(super) schedules: &'a BTreeMap<String, Schedule>,
    pub(super) town: &'a Town,
}

/// Advice on what the texts disagree on.
pub(super) fn contradictions(root: &Node, passages: &[Passage], plan: &Stated, report: &mut Report) {
    let Stated {
        topics,
        schedules,
        town,
    } = plan;
    if passages.is_empty() {
        return;
    }
    let at = |key: &str, entry: Option<&Entry>| {
        let of = entry
            .map(|entry| entry.at)
            .or_else(|| root.get(key).map(|node| node.at));
        of.unwrap_or(At { line: 1, column: 1 })
    };
    let hours = entries(root, "horaires").iter();
    let weeks: Vec<(String, &Entry, String)> = hours
        .filter_map(|entry| {
            let week = schedules.get(&fold(&entry.key))?.week_in_words();
            Some((format!("horaires {}", entry.key.replace('_', " ")), entry, week))
        })
        .collect();
    let mut statements = Vec::new();
    // Where each stands: for the reader, and in the plan where it is the plan's.
    let mut places: Vec<(String, Option<At>)> = Vec::new();
    for (topic, entry) in topics.iter().zip(entries(root, "sujets")) {
        statements.push(Statement {
            about: vec![&topic.label],
            text: topic.action.text(),
            within: None,
        });
        places.push((join("sujets", &entry.key), Some(at("sujets", Some(entry)))));
    }
    for (about, entry, week) in &weeks {
        statements.push(Statement {
            about: vec![about],
            text: week.clone(),
            within: None,
        });
        places.push((join("horaires", &entry.key), Some(at("horaires", Some(entry)))));
    }
    if let Some(phone) = &town.phone {
        statements.push(Statement {
            about: vec!["joindre la mairie"],
            text: phone.clone(),
            within: None,
        });
        places.push(("téléphone".into(), Some(at("téléphone", None))));
    }
    let own = statements.len();
    let titles: Vec<String> = passages.iter().map(Passage::title).collect();
    for (passage, title) in passages.iter().zip(&titles) {
        statements.push(passage.statement(title));
        places.push((format!("{}:{}", passage.file, passage.line), None));
    }
    let found = knowledge::contradictions(&statements);
    // The plan's texts are checked against its knowledge, not against one another.
    let found: Vec<&Contradiction> = found.iter().filter(|found| found.other >= own).collect();
    for found in found.iter().take(MOST_CONTRADICTIONS) {
        let [(one, known), (other, _)] = [&places[found.one], &places[found.other]];
        let message = format!(
            "{} à vérifier, ces deux textes ne disent pas la même chose : {one} ({}) et {other} ({})",
            found.kind.name(),
            found.says,
            found.other_says,
        );
        report.warn(
            known.unwrap_or_else(|| at("connaissances", None)),
            "connaissances",
            message,
        );
    }
    if let Some(more) = found.len().checked_sub(MOST_CONTRADICTIONS).filter(|more| *more > 0) {
        let message = format!("et {more} autres désaccords entre ces textes");
        report.warn(at("connaissances", None), "connaissances", message);
    }
}
