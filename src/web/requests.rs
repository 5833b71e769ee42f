//! Requests that callers have made by a form: how far each has got, whether those who deal with it have heard of it, and
//! what they note.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::Redirect;
use maud::{Markup, html};
use serde::Deserialize;

use super::console::{Asked, Console, Work};
use super::error::WebError;
use super::layout::{Page, Row, table};
use super::lists::{self, Filter, Live, NEWEST_FIRST, Told};
use super::live::answers;
use super::session::{Nothing, Posted, Session};
use super::{late, words};
use crate::store::{Action, RequestRow};
use crate::units::RequestState;

/// Longest note, in characters.
const LONGEST_NOTE: usize = 4000;
/// Lines of a request's history.
const HISTORY: u32 = 100;

const LIST: Told = Told {
    path: "/console/demandes",
    empty: "Aucune demande ne correspond.",
    ways: NEWEST_FIRST,
};
const HEADS: [&str; 6] = ["Numéro", "Demande", "Service", "Appelant", "Reçue le", "État"];

/// As a form sends it, without accents or spaces.
fn key(state: RequestState) -> &'static str {
    match state {
        RequestState::Received => "recue",
        RequestState::InProgress => "en-cours",
        RequestState::Done => "traitee",
        RequestState::Refused => "refusee",
    }
}

fn look(state: RequestState) -> &'static str {
    match state {
        RequestState::Received => "todo",
        RequestState::InProgress => "live",
        RequestState::Done => "done",
        RequestState::Refused => "refused",
    }
}

/// The state of this name.
fn state_of(key_of_it: &str) -> Option<RequestState> {
    let mut states = words::STATES.iter().map(|(state, _)| *state);
    states.find(|state| key(*state) == key_of_it)
}

/// The list.
pub async fn list(
    State(console): State<Arc<Console>>,
    session: Session,
    Asked(filter): Asked<Filter>,
) -> Result<Page, WebError> {
    let page = move |work: &Work| {
        let states = words::STATES.map(|(state, name)| (key(state), words::capital(name)));
        let main = html! {
            h1 { "Demandes" }
            (late::notice(work)?)
            (LIST.search(&filter, &html! {
                (lists::services(work, &filter))
                (lists::states(&filter, "Tous", &states))
            }))
            (Live::Demandes.shown(work, &filter)?)
        };
        Ok(("Demandes", main))
    };
    console.page(session, page).await
}

/// A page of it.
pub fn region(work: &Work, filter: &Filter) -> Result<Markup, WebError> {
    let (scope, state) = (filter.scope(work.user()), state_of(&filter.etat));
    let listed = work.desk.read().list_requests(scope, state, filter.wanted())?;
    Ok(LIST.region(filter, &listed, |requests| {
        table(
            "Demandes",
            &HEADS,
            requests.iter().map(|request| row(work.console, request)),
        )
    }))
}

fn row(console: &Console, request: &RequestRow) -> Row {
    let state = html! {
        (badge(request.state))
        @if is_stuck(request) { " " span.badge.wrong { "Non transmise" } }
    };
    Row {
        followed: Some((format!("demande-{}", request.reference), request.created_at)),
        cells: vec![
            html! { a href=(address(&request.reference)) { (request.reference) } },
            html! { (console.form_name(&request.form)) },
            html! { (console.service(&request.service)) },
            html! { (caller(request)) },
            console.moment(request.created_at),
            state,
        ],
    }
}

fn badge(state: RequestState) -> Markup {
    html! { span.badge.(look(state)) { (words::capital(words::state(state))) } }
}

fn caller(request: &RequestRow) -> String {
    words::caller(request.caller.as_deref(), request.entrance)
}

fn is_stuck(request: &RequestRow) -> bool {
    request
        .deliveries
        .iter()
        .any(|delivery| words::delivery(delivery, |_| String::new()).1)
}

fn address(reference: &str) -> String {
    format!("/console/demandes/{reference}")
}

/// A request that is for who asks.
fn theirs(work: &Work, reference: &str) -> Result<RequestRow, WebError> {
    let request = work.desk.read().request(reference)?;
    request
        .filter(|request| work.user().sees(&request.service))
        .ok_or(WebError::NotFound)
}

/// One request.
pub async fn page(
    State(console): State<Arc<Console>>,
    session: Session,
    Path(reference): Path<String>,
) -> Result<Page, WebError> {
    let page = move |work: &Work| {
        let request = theirs(work, &reference)?;
        work.audit(Action::ReadRequest, Some(&reference))?;
        Ok((("Demandes", format!("Demande {reference}")), show(work, &request)?))
    };
    console.page(session, page).await
}

fn show(work: &Work, request: &RequestRow) -> Result<Markup, WebError> {
    let (console, to) = (work.console, address(&request.reference));
    let notes = work.desk.notes(&request.reference)?;
    // References are given again once a request is deleted: what was done with an earlier one is not this one's.
    let trail = work.desk.trail_of(&request.reference, request.created_at, HISTORY)?;
    Ok(html! {
        p { a href="/console/demandes" { "← Demandes" } }
        h1 { "Demande " (request.reference) " " (badge(request.state)) }
        div.columns {
            section aria-labelledby="contenu-demande" {
                h2 #contenu-demande { (console.form_name(&request.form)) }
                (answers(console, request))
                dl.facts {
                    dt { "Service" } dd { (console.service(&request.service)) }
                    dt { "Appelant" } dd { (caller(request)) }
                    dt { "Reçue le" } dd { (console.moment(request.created_at)) }
                    @if let Some(since) = request.waiting_since { dt { "Attendait depuis" } dd { (console.moment(since)) } }
                    dt { "Appel" } dd { a href={ "/console/appels/" (request.call_id) } { "Lire l'appel" } }
                }
                (deliveries(work, request))
            }
            section aria-labelledby="suivi" {
                h2 #suivi { "Suivi" }
                form.inline method="post" action={ (to) "/etat" } {
                    (work.token())
                    label {
                        "État (ce que l'appelant entend s'il rappelle)"
                        select name="etat" {
                            @for (state, name) in words::STATES {
                                option value=(key(state)) selected[state == request.state] { (words::capital(name)) }
                            }
                        }
                    }
                    button type="submit" { "Enregistrer" }
                }
                h3 { "Notes" }
                @if notes.is_empty() { p.empty { "Aucune note." } }
                ol.notes {
                    @for note in &notes { li { p.who { (note.user) ", " (console.moment(note.at)) } p.text { (note.text) } } }
                }
                form.stack method="post" action={ (to) "/note" } {
                    (work.token())
                    label for="texte" { "Ajouter une note" }
                    textarea #texte name="texte" rows="3" required maxlength=(LONGEST_NOTE) {}
                    button type="submit" { "Ajouter" }
                }
                details {
                    summary { "Historique" }
                    ul.history {
                        @for row in &trail { li { (console.moment(row.at)) " : " (row.user) " " (words::action(row.action)) } }
                    }
                }
            }
        }
    })
}

/// How those who deal with it hear of it.
fn deliveries(work: &Work, request: &RequestRow) -> Markup {
    let plain = |at| work.console.civil(at).format("%d/%m/%Y à %H:%M").to_string();
    html! {
        @if !request.deliveries.is_empty() {
            h3 { "Transmission" }
            ul {
                @for delivery in &request.deliveries {
                    @let (told, stuck) = words::delivery(delivery, plain);
                    li { @if stuck { span.badge.wrong { "Non transmis" } " " } (words::capital(&told)) }
                }
            }
            @if request.deliveries.iter().any(|delivery| delivery.arrived_at.is_none()) {
                form method="post" action={ (address(&request.reference)) "/renvoi" } {
                    (work.token()) button.quiet type="submit" { "Transmettre à nouveau" }
                }
            }
        }
    }
}

/// A state that somebody chose.
#[derive(Deserialize)]
pub struct NewState {
    etat: String,
}

/// Somebody says how far a request has got.
pub async fn set_state(
    State(console): State<Arc<Console>>,
    Path(reference): Path<String>,
    posted: Posted<NewState>,
) -> Result<Redirect, WebError> {
    let state = state_of(&posted.form.etat).ok_or_else(|| WebError::Unreadable("état".into()))?;
    let write = move |work: &Work| {
        theirs(work, &reference)?;
        work.desk.set_state(&reference, state)?;
        work.audit(Action::SetState(state), Some(&reference))?;
        Ok(address(&reference))
    };
    console.change(posted.session, write).await
}

/// A note that somebody wrote.
#[derive(Deserialize)]
pub struct NewNote {
    texte: String,
}

/// Somebody notes something.
pub async fn note(
    State(console): State<Arc<Console>>,
    Path(reference): Path<String>,
    posted: Posted<NewNote>,
) -> Result<Redirect, WebError> {
    let text = posted.form.texte.trim().to_owned();
    if text.chars().count() > LONGEST_NOTE {
        return Err(WebError::TooLong);
    }
    let write = move |work: &Work| {
        theirs(work, &reference)?;
        if !text.is_empty() {
            work.desk.note(&reference, &work.user().name, &text, work.now)?;
            work.audit(Action::Noted, Some(&reference))?;
        }
        Ok(address(&reference))
    };
    console.change(posted.session, write).await
}

/// Somebody has what did not arrive delivered again.
pub async fn resend(
    State(console): State<Arc<Console>>,
    Path(reference): Path<String>,
    posted: Posted<Nothing>,
) -> Result<Redirect, WebError> {
    let write = move |work: &Work| {
        theirs(work, &reference)?;
        work.desk.resend(&reference, work.now)?;
        work.audit(Action::Resent, Some(&reference))?;
        work.console.bell.ring();
        Ok(address(&reference))
    };
    console.change(posted.session, write).await
}
