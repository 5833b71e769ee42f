//! Past calls: those of a day or of a number, and one of them, line by line.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::Redirect;
use maud::{Markup, html};
use serde::Deserialize;

use super::console::{Asked, Console, Work};
use super::corrections;
use super::error::WebError;
use super::layout::{Page, Row, table};
use super::lists::{self, Filter, NEWEST_FIRST, Told};
use super::live::{called, lines, request_line};
use super::recordings;
use super::session::{Posted, Session};
use super::story::Story;
use super::words;
use crate::call::event::EndReason;
use crate::store::{Action, CallRow, Outcome};

const LIST: Told = Told {
    path: "/console/appels",
    empty: "Aucun appel ne correspond.",
    ways: NEWEST_FIRST,
};
const HEADS: [&str; 5] = ["Début", "Appelant", "Durée", "Sujets", "Fin"];
/// Longest note, in characters.
const LONGEST_NOTE: usize = 2000;

/// How a call may have ended: as it is sent, and as it is read.
pub const OUTCOMES: [(Outcome, &str, &str); 3] = [
    (Outcome::Settled, "regle", "Réglé"),
    (Outcome::Open, "a-suivre", "À suivre"),
    (Outcome::CallBack, "rappeler", "Rappeler"),
];

/// As it is read.
fn told(outcome: Outcome) -> &'static str {
    OUTCOMES[outcome as usize].2
}

/// The digits of a number that is searched for, without what is written in several ways.
fn digits(number: &str) -> String {
    let digits: String = number.chars().filter(char::is_ascii_digit).collect();
    let digits = digits.strip_prefix("0033").unwrap_or(&digits);
    let digits = if number.trim_start().starts_with("+33") {
        digits.strip_prefix("33").unwrap_or(digits)
    } else {
        digits
    };
    digits.trim_start_matches('0').to_owned()
}

/// The list.
pub async fn list(
    State(console): State<Arc<Console>>,
    session: Session,
    Asked(filter): Asked<Filter>,
) -> Result<Page, WebError> {
    let page = move |work: &Work| {
        let (span, digits) = (filter.span(work.console.settings.timezone), digits(&filter.numero));
        let listed = work.desk.read().list_calls(span, &digits, filter.wanted())?;
        let asked = format!("{} {}", filter.jour, filter.numero);
        let asked: String = asked.trim().chars().take(40).collect();
        work.audit(Action::ListedCalls, (!asked.is_empty()).then_some(&asked))?;
        let region = LIST.region(&filter, &listed, |calls| {
            table("Appels passés", &HEADS, calls.iter().map(|call| row(work, call)))
        });
        let main = html! {
            h1 { "Appels passés" }
            (LIST.search(&filter, &html! {
                (lists::day(&filter))
                label { "Numéro de l'appelant" input type="tel" name="numero" value=(filter.numero) maxlength="20"; }
            }))
            (lists::shown(&region))
        };
        Ok(("Appels passés", main))
    };
    console.page(session, page).await
}

fn row(work: &Work, call: &CallRow) -> Row {
    let console = work.console;
    let end = html! {
        (ended(call))
        @if let Some(outcome) = outcome(work, &call.id) { " " span.badge { (told(outcome)) } }
    };
    Row::of(vec![
        html! { a href=(address(&call.id)) { (console.moment(call.started_at)) } },
        html! { (words::caller(call.caller.as_deref(), call.entrance)) },
        html! { (lasted(call)) },
        html! { @for topic in distinct(&call.topics) { span.chip { (console.topic(topic)) } } },
        end,
    ])
}

/// One call.
pub async fn page(
    State(console): State<Arc<Console>>,
    session: Session,
    Path(id): Path<String>,
) -> Result<Page, WebError> {
    let page = move |work: &Work| {
        let found = work.desk.read().call(&id)?.filter(|found| found.call.id == id);
        let detail = found.ok_or(WebError::NotFound)?;
        work.audit(Action::ReadCall, Some(&id))?;
        let (call, story) = (&detail.call, Story::of(&detail));
        let requests = work.desk.read().requests_of(&id)?;
        let seen = requests.iter().filter(|request| work.user().sees(&request.service));
        let mut requests = seen.peekable();
        let console = work.console;
        let title = words::call_of(call.caller.as_deref(), call.entrance);
        let main = html! {
            p { a href="/console/appels" { "← Appels passés" } }
            h1 { (title) }
            dl.facts {
                dt { "Début" } dd { (console.moment(call.started_at)) }
                dt { "Durée" } dd { (lasted(call)) }
                dt { "Fin" } dd { (ended(call)) }
                dt { "Plan" } dd { (called(call)) }
                dt { "Son" } dd { (call.codec) }
                @if !story.topics.is_empty() {
                    dt { "Sujets" } dd { @for topic in &story.topics { span.chip { (console.topic(topic)) } } }
                }
                @if requests.peek().is_some() {
                    dt { "Demandes" } dd { ul { @for request in requests { li { (request_line(console, request)) } } } }
                }
                dt { "Identifiant" } dd { code { (call.id) } }
            }
            (recordings::of_call(work, &detail))
            h2 { "Ce qui s'est dit" }
            div.talk.whole { (lines(console, &story)) }
            (notes(work, &id)?)
            (corrections::of_call(work, call, &story)?)
        };
        Ok((("Appels passés", title), main))
    };
    console.page(session, page).await
}

fn outcome(work: &Work, call: &str) -> Option<Outcome> {
    work.desk.call_outcome(call).ok().flatten()
}

/// What those who had a call noted of it.
fn notes(work: &Work, call: &str) -> Result<Markup, WebError> {
    let notes = work.desk.call_notes(call)?;
    Ok(html! {
        section aria-labelledby="suivi" {
            h2 #suivi { "Notes et issue" }
            ol.notes {
                @for note in &notes {
                    li {
                        p.who { (note.user) ", " (work.console.moment(note.at)) }
                        @if let Some(outcome) = note.outcome { p { span.badge { (told(outcome)) } } }
                        @if !note.text.is_empty() { p.text { (note.text) } }
                    }
                }
            }
            form.stack method="post" action={ "/console/appels/" (call) "/note" } {
                (work.token())
                label for="issue" { "Issue de l'appel" }
                select #issue name="issue" { option value="" { "–" } @for (_, key, name) in OUTCOMES { option value=(key) { (name) } } }
                label for="texte" { "Note" }
                textarea #texte name="texte" rows="2" maxlength=(LONGEST_NOTE) {}
                button type="submit" { "Noter" }
            }
        }
    })
}

/// What somebody notes.
#[derive(Deserialize)]
pub struct NewNote {
    #[serde(default)]
    issue: String,
    #[serde(default)]
    texte: String,
}

/// Somebody notes something of a call.
pub async fn note(
    State(console): State<Arc<Console>>,
    Path(id): Path<String>,
    posted: Posted<NewNote>,
) -> Result<Redirect, WebError> {
    let NewNote { issue, texte } = posted.form;
    let outcome = OUTCOMES
        .iter()
        .find(|(_, key, _)| *key == issue)
        .map(|(outcome, ..)| *outcome);
    let text = texte.trim().to_owned();
    if text.chars().count() > LONGEST_NOTE {
        return Err(WebError::TooLong);
    }
    let write = move |work: &Work| {
        there(work, &id)?;
        if outcome.is_some() || !text.is_empty() {
            work.desk.note_call(&id, &work.user().name, outcome, &text, work.now)?;
            work.audit(Action::NotedCall, Some(&id))?;
        }
        Ok(address(&id))
    };
    console.change(posted.session, write).await
}

/// A call that is kept.
pub fn there(work: &Work, id: &str) -> Result<(), WebError> {
    let found = work.desk.read().call(id)?;
    found
        .filter(|found| found.call.id == id)
        .map(drop)
        .ok_or(WebError::NotFound)
}

/// Where a call's page is.
pub fn address(id: &str) -> String {
    format!("/console/appels/{id}")
}

fn lasted(call: &CallRow) -> String {
    call.ended_at
        .map_or("en cours".into(), |end| words::length(end - call.started_at))
}

fn ended(call: &CallRow) -> &'static str {
    let reason = call.end_reason.as_deref();
    let reason = reason.and_then(|reason| serde_json::from_value::<EndReason>(reason.into()).ok());
    reason.map_or("–", words::ended)
}

fn distinct(topics: &[String]) -> Vec<&str> {
    let mut seen: Vec<&str> = Vec::new();
    for topic in topics {
        if !seen.contains(&topic.as_str()) {
            seen.push(topic);
        }
    }
    seen
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_found_however_it_is_written() {
        for written in ["06 42 18", "+33 6 42 18", "0033 642 18", "64218"] {
            assert_eq!(digits(written), "64218", "{written}");
        }
        assert_eq!(digits("' OR 1=1"), "11");
    }
}
