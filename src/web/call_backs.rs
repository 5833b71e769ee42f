//! Call-backs that were promised to those who waited for somebody: in the order of arrival, by service, with who deals with
//! each.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::Redirect;
use maud::{Markup, html};
use serde::Deserialize;

use super::console::{Asked, Console, Work};
use super::error::WebError;
use super::layout::Page;
use super::live::answers;
use super::messages::services;
use super::session::{Posted, Session};
use super::words;
use crate::store::{Action, RequestRow};
use crate::units::RequestState;

/// What is looked for.
#[derive(Deserialize)]
pub struct Filter {
    /// A service's id; empty: any.
    #[serde(default)]
    service: String,
    /// Those that are dealt with, too.
    #[serde(default)]
    faits: bool,
}

/// The list.
pub async fn list(
    State(console): State<Arc<Console>>,
    session: Session,
    Asked(filter): Asked<Filter>,
) -> Result<Page, WebError> {
    let page = move |work: &Work| {
        let mut call_backs = work.desk.read().call_backs()?;
        call_backs.retain(|request| {
            work.user().sees(&request.service)
                && (filter.service.is_empty() || filter.service == request.service)
                && (filter.faits || is_open(request))
        });
        work.audit(Action::ListedCallBacks, None)?;
        Ok(("Rappels", show(work, &filter, &call_backs)))
    };
    console.page(session, page).await
}

fn is_open(request: &RequestRow) -> bool {
    matches!(request.state, RequestState::Received | RequestState::InProgress)
}

fn show(work: &Work, filter: &Filter, call_backs: &[RequestRow]) -> Markup {
    html! {
        h1 { "Rappels" }
        p.hint { "Promis à ceux qui attendaient, dans l'ordre d'arrivée de leurs appels." }
        form.filter method="get" action="/console/rappels" role="search" {
            (services(work, &filter.service))
            label {
                "Montrer"
                select name="faits" {
                    option value="false" { "À faire" }
                    option value="true" selected[filter.faits] { "Tous" }
                }
            }
            button type="submit" { "Filtrer" }
        }
        @if call_backs.is_empty() { p.empty { "Aucun rappel à faire." } }
        div.cards { @for request in call_backs { (card(work, request)) } }
    }
}

fn card(work: &Work, request: &RequestRow) -> Markup {
    let (console, title) = (work.console, format!("r-{}", request.reference));
    html! {
        article.card aria-labelledby=(title) {
            header {
                h2 id=(title) { a href={ "/console/demandes/" (request.reference) } { "Rappel " (request.reference) } }
                p.meta {
                    @match (request.state, &request.taken_by) {
                        (RequestState::InProgress, Some(by)) => { span.badge.live { "En cours" } " par " (by) }
                        (RequestState::Done, Some(by)) => { span.badge.done { "Fait" } " par " (by) }
                        (state, _) if !is_open(request) => { span.badge.done { (words::capital(words::state(state))) } }
                        _ => { span.badge.todo { "À rappeler" } }
                    }
                    @if request.tries > 0 { " sans réponse : " (request.tries) " fois" }
                }
                p.meta {
                    (console.service(&request.service))
                    @if let Some(since) = request.waiting_since { ", attendait depuis le " (console.moment(since)) }
                }
            }
            (answers(console, request))
            @if is_open(request) {
                div.actions {
                    form method="post" action={ "/console/rappels/" (request.reference) } {
                        (work.token())
                        @if request.taken_by.is_none() { button name="fait" value="pris" { "Je m'en occupe" } " " }
                        button name="fait" value="fait" { "Fait" } " "
                        button.quiet name="fait" value="sans_reponse" { "Pas de réponse" }
                    }
                    a href={ "/console/appels/" (request.call_id) } { "Lire l'appel" }
                }
            }
        }
    }
}

/// What came of a call-back.
#[derive(Deserialize)]
pub struct Change {
    fait: Came,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Came {
    /// Somebody calls now.
    Pris,
    /// They have spoken with each other.
    Fait,
    /// Nobody answered.
    SansReponse,
}

/// Somebody says what came of a call-back. Where somebody else deals with it meanwhile, nothing changes: the list says who.
pub async fn change(
    State(console): State<Arc<Console>>,
    Path(reference): Path<String>,
    posted: Posted<Change>,
) -> Result<Redirect, WebError> {
    let (state, action) = match posted.form.fait {
        Came::Pris => (RequestState::InProgress, Action::TookCallBack),
        Came::Fait => (RequestState::Done, Action::CalledBack),
        Came::SansReponse => (RequestState::Received, Action::CalledInVain),
    };
    let write = move |work: &Work| {
        let request = work.desk.read().request(&reference)?;
        let theirs = request.filter(|request| request.waiting_since.is_some() && work.user().sees(&request.service));
        theirs.ok_or(WebError::NotFound)?;
        if work.desk.call_back(&reference, &work.user().name, state)? {
            work.audit(action, Some(&reference))?;
        }
        Ok("/console/rappels".to_owned())
    };
    console.change(posted.session, write).await
}
