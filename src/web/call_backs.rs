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
use super::lists::{self, Filter, Live, Told};
use super::live::answers;
use super::session::{Posted, Session};
use super::words;
use crate::store::{Action, RequestRow};
use crate::units::RequestState;

const LIST: Told = Told {
    path: "/console/rappels",
    empty: "Aucun rappel à faire.",
    ways: ("← Précédents", "Suivants →"),
};
/// The state in which those are shown that are dealt with, too.
const ALL: &str = "tous";

/// The list.
pub async fn list(
    State(console): State<Arc<Console>>,
    session: Session,
    Asked(filter): Asked<Filter>,
) -> Result<Page, WebError> {
    let page = move |work: &Work| {
        let main = html! {
            h1 { "Rappels" }
            p.hint { "Promis à ceux qui attendaient, dans l'ordre d'arrivée de leurs appels." }
            (LIST.search(&filter, &html! {
                (lists::services(work, &filter))
                (lists::states(&filter, "À faire", &[(ALL, "Tous".into())]))
            }))
            (Live::Rappels.shown(work, &filter)?)
        };
        Ok(("Rappels", main))
    };
    console.page(session, page).await
}

/// A page of it.
pub fn region(work: &Work, filter: &Filter) -> Result<Markup, WebError> {
    let (scope, open) = (filter.scope(work.user()), filter.etat != ALL);
    let listed = work.desk.read().list_call_backs(scope, open, filter.wanted())?;
    Ok(LIST.region(filter, &listed, |call_backs| {
        html! { div.cards data-rangs { @for request in call_backs { (card(work, filter, request)) } } }
    }))
}

fn is_open(request: &RequestRow) -> bool {
    matches!(request.state, RequestState::Received | RequestState::InProgress)
}

fn card(work: &Work, filter: &Filter, request: &RequestRow) -> Markup {
    let (console, title) = (work.console, format!("r-{}", request.reference));
    html! {
        article.card #{ "rappel-" (request.reference) } data-recu=(request.created_at) aria-labelledby=(title) {
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
                    (console.service(&request.service)) ", appelant : " (words::caller(request.caller.as_deref(), request.entrance))
                    @if let Some(since) = request.waiting_since { ", attendait depuis le " (console.moment(since)) }
                }
            }
            (answers(console, request))
            @if is_open(request) {
                div.actions {
                    form method="post" action={ "/console/rappels/" (request.reference) } {
                        (work.token())
                        (filter.carried())
                        @if request.taken_by.is_none() { button name="fait" value="pris" aria-describedby=(title) { "Je m'en occupe" } " " }
                        button name="fait" value="fait" aria-describedby=(title) { "Fait" } " "
                        button.quiet name="fait" value="sans_reponse" aria-describedby=(title) { "Pas de réponse" }
                    }
                    a href={ "/console/appels/" (request.call_id) } aria-describedby=(title) { "Lire l'appel" }
                }
            }
        }
    }
}

/// What came of a call-back.
#[derive(Deserialize)]
pub struct Change {
    fait: Came,
    #[serde(default)]
    retour: String,
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
        Ok(lists::back(LIST.path, &posted.form.retour))
    };
    console.change(posted.session, write).await
}
