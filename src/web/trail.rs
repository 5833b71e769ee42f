//! Who read or changed what: for admins.

use std::sync::Arc;

use axum::extract::State;
use maud::html;

use super::console::{Console, Work};
use super::error::WebError;
use super::layout::Page;
use super::session::Session;
use super::words;
use crate::store::{Action, Role};

/// Lines that are shown.
const MOST: u32 = 500;

/// The page.
pub async fn page(State(console): State<Arc<Console>>, session: Session) -> Result<Page, WebError> {
    let page = |work: &Work| {
        if work.user().role != Role::Admin {
            return Err(WebError::Forbidden);
        }
        let trail = work.desk.trail(None, 0, MOST)?;
        work.audit(Action::ReadTrail, None)?;
        let main = html! {
            h1 { "Journal des accès" }
            p.hint { "Les " (MOST) " dernières lignes ; elles sont effacées avec les appels." }
            table.stacked {
                thead { tr { th scope="col" { "Quand" } th scope="col" { "Qui" } th scope="col" { "Quoi" } } }
                tbody {
                    @for row in &trail {
                        tr {
                            td data-label="Quand" { (work.console.moment(row.at)) }
                            td data-label="Qui" { (row.user) }
                            td data-label="Quoi" { (words::action(row.action)) @if let Some(subject) = &row.subject { " " code { (subject) } } }
                        }
                    }
                }
            }
        };
        Ok(("Journal", main))
    };
    console.page(session, page).await
}
