//! Messages that callers have left: to be listened to, and dealt with.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::{Redirect, Response};
use maud::{Markup, html};
use serde::Deserialize;

use super::console::{Asked, Console, Work};
use super::error::WebError;
use super::layout::Page;
use super::lists::{self, Filter, Live, NEWEST_FIRST, Told};
use super::session::{Posted, Session};
use super::sound::{self, Wanted};
use super::words;
use crate::store::{Action, MessageRow};

const LIST: Told = Told {
    path: "/console/messages",
    empty: "Aucun message ne correspond.",
    ways: NEWEST_FIRST,
};
/// The state in which those are shown that are dealt with, too.
const ALL: &str = "tous";

/// The inbox.
pub async fn list(
    State(console): State<Arc<Console>>,
    session: Session,
    Asked(filter): Asked<Filter>,
) -> Result<Page, WebError> {
    let page = move |work: &Work| {
        let main = html! {
            h1 { "Messages" }
            (LIST.search(&filter, &html! {
                (lists::services(work, &filter))
                (lists::states(&filter, "À traiter", &[(ALL, "Tous".into())]))
            }))
            (Live::Messages.shown(work, &filter)?)
        };
        Ok(("Messages", main))
    };
    console.page(session, page).await
}

/// A page of it.
pub fn region(work: &Work, filter: &Filter) -> Result<Markup, WebError> {
    let (scope, waiting) = (filter.scope(work.user()), filter.etat != ALL);
    let listed = work.desk.read().list_messages(scope, waiting, filter.wanted())?;
    Ok(LIST.region(filter, &listed, |messages| {
        html! { div.cards data-rangs { @for message in messages { (card(work, filter, message)) } } }
    }))
}

fn card(work: &Work, filter: &Filter, message: &MessageRow) -> Markup {
    let console = work.console;
    let caller = words::caller(message.caller.as_deref(), message.entrance);
    let title = format!("m-{}", message.id);
    html! {
        article.card #{ "message-" (message.id) } data-recu=(message.created_at) aria-labelledby=(title) {
            header {
                h2 id=(title) { (words::capital(&caller)) }
                p.meta {
                    @if let (Some(at), Some(by)) = (message.handled_at, &message.handled_by) {
                        span.badge.done { "Traité" } " par " (by) ", " (console.moment(at))
                    } @else {
                        span.badge.todo { "À traiter" }
                    }
                }
                p.meta { (console.service(&message.service)) ", " (console.moment(message.created_at)) ", " (words::length(message.length_ms)) }
            }
            audio controls preload="none" src={ "/console/messages/" (message.id) "/son" } aria-label={ "Message, " (caller) } {}
            @match message.transcript.as_deref() {
                Some(said) if !said.is_empty() => { blockquote { (said) } }
                none => { p.hint { (words::capital(words::transcript(none))) } }
            }
            div.actions {
                form method="post" action={ "/console/messages/" (message.id) } {
                    (work.token())
                    (filter.carried())
                    @if message.handled_at.is_none() {
                        button name="traite" value="oui" aria-describedby=(title) { "Marquer traité" }
                    } @else {
                        button.quiet name="traite" value="non" aria-describedby=(title) { "Remettre à traiter" }
                    }
                }
                a href={ "/console/appels/" (message.call_id) } aria-describedby=(title) { "Lire l'appel" }
            }
        }
    }
}

/// Whether a message is dealt with.
#[derive(Deserialize)]
pub struct Change {
    traite: Handled,
    #[serde(default)]
    retour: String,
}

#[derive(PartialEq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Handled {
    Oui,
    Non,
}

/// Somebody says that they have dealt with a message, or that it waits again.
pub async fn change(
    State(console): State<Arc<Console>>,
    Path(id): Path<String>,
    posted: Posted<Change>,
) -> Result<Redirect, WebError> {
    let handled = posted.form.traite == Handled::Oui;
    let write = move |work: &Work| {
        theirs(work, &id)?;
        let by = handled.then_some(work.user().name.as_str());
        work.desk.handle_message(&id, by, work.now)?;
        let action = if handled {
            Action::HandledMessage
        } else {
            Action::ReopenedMessage
        };
        work.audit(action, Some(&id))?;
        Ok(lists::back(LIST.path, &posted.form.retour))
    };
    console.change(posted.session, write).await
}

/// The sound of one.
pub async fn play(
    State(console): State<Arc<Console>>,
    session: Session,
    Path(id): Path<String>,
    part: Wanted,
) -> Result<Response, WebError> {
    let found = move |work: &Work| {
        let message = theirs(work, &id)?;
        Ok((work.desk.sound(&message.id), Action::Listened, id))
    };
    sound::send(&console, session, part, found).await
}

/// A message that is for who asks.
pub fn theirs(work: &Work, id: &str) -> Result<MessageRow, WebError> {
    let message = work.desk.read().message(id)?;
    message
        .filter(|message| work.user().sees(&message.service))
        .ok_or(WebError::NotFound)
}
