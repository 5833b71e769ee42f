//! Messages that callers have left: to be listened to, and dealt with.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::{Redirect, Response};
use maud::{Markup, html};
use serde::Deserialize;

use super::console::{Asked, Console, Work};
use super::error::WebError;
use super::layout::Page;
use super::session::{Posted, Session};
use super::sound::{self, Wanted};
use super::words;
use crate::store::{Action, MessageRow};

/// What is looked for.
#[derive(Clone, Deserialize)]
pub struct Filter {
    /// A service's id; empty: any.
    #[serde(default)]
    service: String,
    /// `tous`, or what waits.
    #[serde(default)]
    etat: String,
}

/// The inbox.
pub async fn list(
    State(console): State<Arc<Console>>,
    session: Session,
    Asked(filter): Asked<Filter>,
) -> Result<Page, WebError> {
    let page = move |work: &Work| {
        let mut messages = work.desk.read().messages()?;
        messages.retain(|message| {
            work.user().sees(&message.service)
                && (filter.service.is_empty() || filter.service == message.service)
                && (filter.etat == "tous" || message.handled_at.is_none())
        });
        work.audit(Action::ListedMessages, None)?;
        Ok(("Messages", show(work, &filter, &messages)))
    };
    console.page(session, page).await
}

fn show(work: &Work, filter: &Filter, messages: &[MessageRow]) -> Markup {
    html! {
        h1 { "Messages" }
        form.filter method="get" action="/console/messages" role="search" {
            (services(work, &filter.service))
            label {
                "État"
                select name="etat" {
                    option value="" selected[filter.etat != "tous"] { "À traiter" }
                    option value="tous" selected[filter.etat == "tous"] { "Tous" }
                }
            }
            button type="submit" { "Filtrer" }
        }
        @if messages.is_empty() { p.empty { "Aucun message ne correspond." } }
        div.cards { @for message in messages { (card(work, message)) } }
    }
}

/// The services that somebody may choose among.
pub fn services(work: &Work, chosen: &str) -> Markup {
    html! {
        label {
            "Service"
            select name="service" {
                option value="" { "Tous" }
                @for service in work.console.services().into_iter().filter(|service| work.user().sees(&service.id)) {
                    option value=(service.id) selected[service.id == chosen] { (words::capital(&service.name)) }
                }
            }
        }
    }
}

fn card(work: &Work, message: &MessageRow) -> Markup {
    let console = work.console;
    let caller = words::caller(message.caller.as_deref());
    html! {
        article.card aria-labelledby={ "m-" (message.id) } {
            header {
                h2 id={ "m-" (message.id) } { (caller) }
                p.meta {
                    @if let (Some(at), Some(by)) = (message.handled_at, &message.handled_by) {
                        span.badge.done { "Traité" } " par " (by) ", " (console.moment(at))
                    } @else {
                        span.badge.todo { "À traiter" }
                    }
                }
                p.meta { (console.service(&message.service)) ", " (console.moment(message.created_at)) ", " (words::length(message.length_ms)) }
            }
            audio controls preload="none" src={ "/console/messages/" (message.id) "/son" } aria-label={ "Message de " (caller) } {}
            @match message.transcript.as_deref() {
                Some(said) if !said.is_empty() => { blockquote { (said) } }
                none => { p.hint { (words::capital(words::transcript(none))) } }
            }
            div.actions {
                form method="post" action={ "/console/messages/" (message.id) } {
                    (work.token())
                    @if message.handled_at.is_none() {
                        button name="traite" value="oui" { "Marquer traité" }
                    } @else {
                        button.quiet name="traite" value="non" { "Remettre à traiter" }
                    }
                }
                a href={ "/console/appels/" (message.call_id) } { "Lire l'appel" }
            }
        }
    }
}

/// Whether a message is dealt with.
#[derive(Deserialize)]
pub struct Change {
    traite: Handled,
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
        Ok("/console/messages".to_owned())
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
