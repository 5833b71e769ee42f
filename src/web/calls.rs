//! Past calls: those of a day or of a number, and one of them, line by line.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::Redirect;
use chrono::{Days, NaiveDate, TimeZone};
use maud::{Markup, html};
use serde::Deserialize;

use super::console::{Asked, Console, Work};
use super::corrections;
use super::error::WebError;
use super::layout::Page;
use super::live::{lines, request_line};
use super::recordings;
use super::session::{Posted, Session};
use super::story::Story;
use super::words;
use crate::call::event::EndReason;
use crate::store::{Action, CallRow, Outcome};

/// Calls that are shown at the most.
const MOST: u32 = 200;
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

/// What is searched for.
#[derive(Clone, Deserialize)]
pub struct Filter {
    /// A day, as browsers send it; anything else is any day.
    #[serde(default)]
    jour: String,
    /// Part of the caller's number.
    #[serde(default)]
    numero: String,
}

impl Filter {
    /// From when to when (Unix milliseconds): a day by the town's clock, or all days.
    fn span(&self, timezone: chrono_tz::Tz) -> (i64, i64) {
        let day = NaiveDate::parse_from_str(&self.jour, "%Y-%m-%d").ok();
        let begins = |day: NaiveDate| {
            let midnight = day.and_hms_opt(0, 0, 0)?;
            Some(timezone.from_local_datetime(&midnight).earliest()?.timestamp_millis())
        };
        day.and_then(|day| Some((begins(day)?, begins(day.checked_add_days(Days::new(1))?)?)))
            .unwrap_or((0, i64::MAX))
    }

    /// The digits of the number, without what is written in several ways.
    fn digits(&self) -> String {
        let digits: String = self.numero.chars().filter(char::is_ascii_digit).collect();
        let digits = digits.strip_prefix("0033").unwrap_or(&digits);
        let digits = if self.numero.trim_start().starts_with("+33") {
            digits.strip_prefix("33").unwrap_or(digits)
        } else {
            digits
        };
        digits.trim_start_matches('0').to_owned()
    }
}

/// The list.
pub async fn list(
    State(console): State<Arc<Console>>,
    session: Session,
    Asked(filter): Asked<Filter>,
) -> Result<Page, WebError> {
    let page = move |work: &Work| {
        let (from, to) = filter.span(work.console.settings.timezone);
        let calls = work.desk.read().calls_between(from, to, &filter.digits(), MOST)?;
        let asked = format!("{} {}", filter.jour, filter.numero);
        let asked: String = asked.trim().chars().take(40).collect();
        work.audit(Action::ListedCalls, (!asked.is_empty()).then_some(&asked))?;
        Ok(("Appels passés", show_list(work, &filter, &calls)))
    };
    console.page(session, page).await
}

fn show_list(work: &Work, filter: &Filter, calls: &[CallRow]) -> Markup {
    let console = work.console;
    html! {
        h1 { "Appels passés" }
        form.filter method="get" action="/console/appels" role="search" {
            label { "Jour" input type="date" name="jour" value=(filter.jour); }
            label { "Numéro de l'appelant" input type="tel" name="numero" value=(filter.numero) maxlength="20"; }
            button type="submit" { "Chercher" }
            a href="/console/appels" { "Tout montrer" }
        }
        @if calls.is_empty() {
            p.empty { "Aucun appel." }
        } @else {
            table.stacked {
                thead {
                    tr {
                        th scope="col" { "Début" } th scope="col" { "Appelant" } th scope="col" { "Durée" }
                        th scope="col" { "Sujets" } th scope="col" { "Fin" }
                    }
                }
                tbody {
                    @for call in calls {
                        tr {
                            th scope="row" { a href={ "/console/appels/" (call.id) } { (console.moment(call.started_at)) } }
                            td data-label="Appelant" { (caller(call)) }
                            td data-label="Durée" { (lasted(call)) }
                            td data-label="Sujets" { @for topic in distinct(&call.topics) { span.chip { (console.topic(topic)) } } }
                            td data-label="Fin" {
                                (ended(call))
                                @if let Some(outcome) = outcome(work, &call.id) { " " span.badge { (told(outcome)) } }
                            }
                        }
                    }
                }
            }
            @if calls.len() == MOST as usize { p.hint { "Les " (MOST) " derniers : choisissez un jour pour voir les autres." } }
        }
    }
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
        let requests = work.desk.read().requests()?;
        let mut requests = requests
            .iter()
            .filter(|request| request.call_id == id && work.user().sees(&request.service))
            .peekable();
        let console = work.console;
        let main = html! {
            p { a href="/console/appels" { "← Appels passés" } }
            h1 { "Appel de " (caller(call)) }
            dl.facts {
                dt { "Début" } dd { (console.moment(call.started_at)) }
                dt { "Durée" } dd { (lasted(call)) }
                dt { "Fin" } dd { (ended(call)) }
                dt { "Plan" } dd { (call.plan) ", numéro appelé : " (words::telephone(&call.called)) }
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
        Ok((format!("Appel de {}", caller(call)), main))
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

fn caller(call: &CallRow) -> String {
    words::caller(call.caller.as_deref())
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

    fn filter(jour: &str, numero: &str) -> Filter {
        Filter {
            jour: jour.into(),
            numero: numero.into(),
        }
    }

    #[test]
    fn a_day_is_the_towns() {
        let paris = chrono_tz::Europe::Paris;
        let (from, to) = filter("2026-03-29", "").span(paris);
        assert_eq!(to - from, 23 * 3_600_000, "the day on which clocks go forward");
        assert_eq!(filter("hier", "").span(paris), (0, i64::MAX));
    }

    #[test]
    fn a_number_is_found_however_it_is_written() {
        for written in ["06 42 18", "+33 6 42 18", "0033 642 18", "64218"] {
            assert_eq!(filter("", written).digits(), "64218", "{written}");
        }
        assert_eq!(filter("", "' OR 1=1").digits(), "11");
    }
}
