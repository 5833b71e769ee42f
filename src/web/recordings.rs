//! Recorded conversations with clerks, on the page of their call: for supervisors and admins alone.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::{Redirect, Response};
use maud::{Markup, html};

use super::calls;
use super::console::{Console, Work};
use super::error::WebError;
use super::session::{Nothing, Posted, Session};
use super::sound::{self, Wanted};
use super::words;
use crate::store::{Action, CallDetail, RecordingRow, Role};

/// Those of a call, to be heard; nothing where there are none, or they are not for who asks.
pub fn of_call(work: &Work, call: &CallDetail) -> Markup {
    html! {
        @if may_listen(work) && !call.recordings.is_empty() {
            section #enregistrements aria-labelledby="titre-enregistrements" {
                h2 #titre-enregistrements { "Conversations enregistrées" }
                p.hint { "L'appelant est à gauche, l'agent à droite. Chaque écoute est inscrite au journal des accès." }
                @for recording in &call.recordings { (card(work, recording)) }
            }
        }
    }
}

fn card(work: &Work, recording: &RecordingRow) -> Markup {
    let console = work.console;
    let at = |what: &str| format!("/console/enregistrements/{}/{what}", recording.id);
    let what = format!("Conversation avec {}", console.service_said(&recording.service));
    html! {
        article.card {
            p.meta {
                (console.service(&recording.service)) ", " (console.moment(recording.created_at)) ", "
                (recording.length_ms.map_or("en cours d'enregistrement".into(), words::length))
            }
            @if recording.length_ms.is_some() {
                audio controls preload="none" src=(at("son")) aria-label=(what) {}
                details {
                    summary { "Effacer cet enregistrement" }
                    form method="post" action=(at("effacer")) {
                        (work.token())
                        p { "Le son sera perdu pour tous, et pour toujours." }
                        button.danger type="submit" { "Effacer définitivement" }
                    }
                }
            }
        }
    }
}

/// The sound of one.
pub async fn play(
    State(console): State<Arc<Console>>,
    session: Session,
    Path(id): Path<String>,
    part: Wanted,
) -> Result<Response, WebError> {
    let found = move |work: &Work| {
        let recording = there(work, &id)?;
        Ok((work.desk.recorded(&recording.id), Action::HeardRecording, id))
    };
    sound::send(&console, session, part, found).await
}

/// Somebody deletes one.
pub async fn delete(
    State(console): State<Arc<Console>>,
    Path(id): Path<String>,
    posted: Posted<Nothing>,
) -> Result<Redirect, WebError> {
    let write = move |work: &Work| {
        let recording = there(work, &id)?;
        // What cannot be written down is not done.
        work.audit(Action::DeletedRecording, Some(&id))?;
        work.desk.delete_recording(&id)?;
        Ok(calls::address(&recording.call_id))
    };
    console.change(posted.session, write).await
}

/// One that is whole, for who may listen to it.
fn there(work: &Work, id: &str) -> Result<RecordingRow, WebError> {
    if !may_listen(work) {
        return Err(WebError::Forbidden);
    }
    let found = work.desk.read().recording(id)?;
    found
        .filter(|recording| recording.length_ms.is_some())
        .ok_or(WebError::NotFound)
}

fn may_listen(work: &Work) -> bool {
    work.user().role != Role::Clerk
}
