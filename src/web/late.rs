//! What is not getting to those who deal with it: deliveries whose last attempt failed, why, and when they are tried again.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::Redirect;
use maud::{Markup, html};

use super::console::{Console, Work};
use super::error::WebError;
use super::layout::{Page, Row, table};
use super::session::{Nothing, Posted, Session};
use super::words;
use crate::store::{About, Action, LateRow};

const PATH: &str = "/console/envois";
/// Stands for a delivery's id where all are meant.
const ALL: &str = "tous";
/// So many are shown: where a server is down they all have the same reason.
const MOST: usize = 100;
const HEADS: [&str; 5] = ["Objet", "Service", "Envoi", "Raison", "Prochain essai"];

/// Those that are for who asks.
fn theirs(work: &Work) -> Result<Vec<LateRow>, WebError> {
    let mut late = work.desk.read().late_deliveries()?;
    late.retain(|row| work.user().sees(&row.service));
    Ok(late)
}

/// A line that leads here, where there are any.
pub fn notice(work: &Work) -> Result<Markup, WebError> {
    let count = theirs(work)?.len();
    Ok(html! {
        @if count > 0 {
            p.notice { span.badge.wrong { "Non transmis" } " " a href=(PATH) { (words::many(count, "envoi", "envois")) " en souffrance" } }
        }
    })
}

/// The list.
pub async fn page(State(console): State<Arc<Console>>, session: Session) -> Result<Page, WebError> {
    let page = move |work: &Work| {
        work.audit(Action::ListedRequests, None)?;
        let title = "Envois en souffrance";
        Ok((
            ("Demandes", title.to_owned()),
            html! {
                p { a href="/console/demandes" { "← Demandes" } }
                h1 { (title) }
                p.hint { "Ce qui n'est pas arrivé à son service, ou à l'appelant, et pourquoi. Rien n'en est perdu." }
                (list(work, &theirs(work)?))
            },
        ))
    };
    console.page(session, page).await
}

fn list(work: &Work, late: &[LateRow]) -> Markup {
    html! {
        @if late.is_empty() {
            p.empty { "Aucun envoi en souffrance." }
        } @else {
            (table("Envois en souffrance", &HEADS, late.iter().take(MOST).map(|row| line(work, row))))
            @if late.len() > MOST { p.hint { "Et " (words::figure(late.len() - MOST)) " de plus." } }
            form method="post" action={ (PATH) "/" (ALL) } { (work.token()) button type="submit" { "Tout réessayer" } }
        }
    }
}

fn line(work: &Work, late: &LateRow) -> Row {
    let (console, delivery) = (work.console, &late.delivery);
    let object = match &late.about {
        About::Request(reference) => html! { a href={ "/console/demandes/" (reference) } { "Demande " (reference) } },
        About::Message(id) => html! { a href={ "/console/messages?etat=tous#m-" (id) } { "Message" } },
    };
    let next = html! {
        @match delivery.due_at {
            Some(due) => { (console.moment(due)) }
            None => { span.badge.wrong { "Abandonné" } }
        }
        " "
        form.inline method="post" action={ (PATH) "/" (late.id) } {
            (work.token()) button.quiet type="submit" { "Réessayer" }
        }
    };
    Row::of(vec![
        object,
        html! { (console.service(&late.service)) },
        html! { (words::capital(&words::recipient(delivery))) },
        html! {
            (words::capital(&words::failure(delivery).unwrap_or_default()))
            " (" (words::many(delivery.attempts as usize, "essai", "essais")) ")"
        },
        next,
    ])
}

/// Somebody has one delivered again, or all.
pub async fn resend(
    State(console): State<Arc<Console>>,
    Path(id): Path<String>,
    posted: Posted<Nothing>,
) -> Result<Redirect, WebError> {
    let write = move |work: &Work| {
        let mut late = theirs(work)?;
        late.retain(|row| id == ALL || row.id == id);
        for row in &late {
            // What has arrived meanwhile is not sent twice.
            if work.desk.resend_one(&row.id, work.now)? {
                let (action, subject) = match &row.about {
                    About::Request(reference) => (Action::Resent, reference),
                    About::Message(id) => (Action::ResentMessage, id),
                };
                work.audit(action, Some(subject))?;
            }
        }
        work.console.bell.ring();
        Ok(PATH.into())
    };
    console.change(posted.session, write).await
}
