//! Who read or changed what: for admins.

use std::sync::Arc;

use axum::extract::State;
use maud::html;

use super::console::{Asked, Console, Work};
use super::error::WebError;
use super::layout::{Page, Row, table};
use super::lists::{self, Filter, NEWEST_FIRST, Told};
use super::session::Session;
use super::words;
use crate::store::{Action, AuditRow};

const LIST: Told = Told {
    path: "/console/journal",
    empty: "Rien ne correspond.",
    ways: NEWEST_FIRST,
};
const HEADS: [&str; 3] = ["Quand", "Qui", "Quoi"];

/// The page.
pub async fn page(
    State(console): State<Arc<Console>>,
    session: Session,
    Asked(filter): Asked<Filter>,
) -> Result<Page, WebError> {
    let page = move |work: &Work| {
        work.only_admins()?;
        let span = filter.span(work.console.settings.timezone);
        let listed = work.desk.list_trail(span, filter.nom.trim(), filter.wanted())?;
        work.audit(Action::ReadTrail, None)?;
        let region = LIST.region(&filter, &listed, |rows| {
            table(
                "Journal des accès",
                &HEADS,
                rows.iter().map(|done| row(work.console, done)),
            )
        });
        let main = html! {
            h1 { "Journal des accès" }
            p.hint { "Effacé avec les appels, au même terme." }
            (LIST.search(&filter, &html! {
                (lists::day(&filter))
                label { "Qui" input name="nom" value=(filter.nom) maxlength="64" autocomplete="off"; }
            }))
            (lists::shown(&region))
        };
        Ok(("Journal", main))
    };
    console.page(session, page).await
}

fn row(console: &Console, done: &AuditRow) -> Row {
    let what = html! { (words::action(done.action)) @if let Some(subject) = &done.subject { " " code { (subject) } } };
    Row::of(vec![console.moment(done.at), html! { (done.user) }, what])
}
