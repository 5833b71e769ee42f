//! The frame of every page: head, navigation, who is logged in.

use axum::response::{Html, IntoResponse, Response};
use maud::{DOCTYPE, Markup, html};

use super::console::Work;
use super::error::WebError;
use super::{panel, words};
use crate::store::Role;

/// A page that is ready.
pub struct Page(Markup);

impl IntoResponse for Page {
    fn into_response(self) -> Response {
        Html(self.0.into_string()).into_response()
    }
}

/// Where each page is, and what it is called.
const PAGES: [(&str, &str); 7] = [
    ("/console", "Appels en cours"),
    ("/console/messages", "Messages"),
    ("/console/demandes", "Demandes"),
    ("/console/rappels", "Rappels"),
    ("/console/appels", "Appels passés"),
    ("/console/recherche", "Recherche"),
    ("/console/presence", "Présence"),
];

/// Those that admins have besides.
const FOR_ADMINS: [(&str, &str); 2] = [("/console/corrections", "Corrections"), ("/console/journal", "Journal")];

/// What a page is called, and which page of the navigation it belongs to.
pub struct Title {
    section: &'static str,
    name: String,
}

impl From<&'static str> for Title {
    fn from(section: &'static str) -> Self {
        Self::from((section, section.to_owned()))
    }
}

impl From<(&'static str, String)> for Title {
    fn from((section, name): (&'static str, String)) -> Self {
        Self { section, name }
    }
}

impl Title {
    /// Whether this is the page, or the way to it.
    fn current(&self, page: &str) -> Option<&'static str> {
        let exactly = if self.name == self.section { "page" } else { "true" };
        (page == self.section).then_some(exactly)
    }
}

/// A line of a table.
pub struct Row {
    /// Of a list that is followed live: its name on the page, and since when it is there (Unix milliseconds).
    pub followed: Option<(String, i64)>,
    /// What stands in it; the first cell is its head.
    pub cells: Vec<Markup>,
}

impl Row {
    /// A line of these cells.
    pub fn of(cells: Vec<Markup>) -> Self {
        let followed = None;
        Self { followed, cells }
    }
}

/// A table, which a telephone shows as a list. Its roles are said outright: browsers forget them where it is laid out so.
pub fn table(name: &str, heads: &[&str], rows: impl Iterator<Item = Row>) -> Markup {
    html! {
        table.stacked role="table" aria-label=(name) {
            thead role="rowgroup" {
                tr role="row" { @for head in heads { th scope="col" role="columnheader" { (head) } } }
            }
            tbody role="rowgroup" data-rangs {
                @for Row { followed, cells } in rows {
                    @let (id, since) = followed.unzip();
                    tr id=[id] data-recu=[since] role="row" {
                        @for (index, (head, cell)) in heads.iter().zip(cells).enumerate() {
                            @if index == 0 {
                                th scope="row" role="rowheader" { (cell) }
                            } @else {
                                td role="cell" data-label=(head) { (cell) }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// A page for somebody who is logged in.
pub fn framed(work: &Work, title: &Title, main: &Markup) -> Result<Page, WebError> {
    let (user, status) = (work.user(), work.console.presence.status(&work.user().name, work.now));
    let waiting = work.desk.read().waiting(user)?;
    let counts = [
        work.console.board.running(),
        waiting.messages,
        waiting.requests,
        waiting.call_backs,
    ];
    let shown = PAGES
        .iter()
        .chain(FOR_ADMINS.iter().filter(|_| user.role == Role::Admin));
    let posts = panel::panel(work.console, user);
    let town = work
        .console
        .towns
        .first()
        .map_or("", |town| town.plan.town.name.as_str());
    let body = html! {
        a.skip href="#contenu" { "Aller au contenu" }
        a.skip href="#postes" hidden[posts.0.is_empty()] { "Aller aux appels à prendre" }
        header {
            a.brand href="/console" { img src="/console/allo.svg" alt="" width="28" height="28"; "Allô" span.town { (town) } }
            nav aria-label="Pages" {
                ul {
                    @for (index, (to, name)) in shown.enumerate() {
                        li {
                            a href=(to) aria-current=[title.current(name)] {
                                (name)
                                @if let Some(count) = counts.get(index) {
                                    span.count data-count=(index) hidden[*count == 0] {
                                        span { (count) } span.unseen { @if index == 0 { " en cours" } @else { " à traiter" } }
                                    }
                                }
                            }
                        }
                    }
                }
            }
            div.me {
                a.status href="/console/presence" data-etat=(status.key()) {
                    span.dot.(status.key()) aria-hidden="true" {}
                    span.name title=(user.name) { (user.name) }
                    span.role { (words::role(user.role)) ", " (status.told()) }
                }
                form method="post" action="/console/deconnexion" { (work.token()) button.quiet type="submit" { "Se déconnecter" } }
            }
        }
        section #postes aria-label="Appels à prendre" tabindex="-1" data-nom=(user.name) { (posts) }
        main #contenu tabindex="-1" { (main) }
        p #alerte.unseen role="alert" {}
        p #annonce.unseen role="status" aria-live="polite" {}
    };
    Ok(Page(document(&title.name, &body)))
}

/// A page for anybody: a title, and a sentence.
pub fn bare(title: &str, what: &str) -> Page {
    alone(
        title,
        &html! { h1 { (title) } p { (what) } p { a.button href="/console" { "Retour à la console" } } },
    )
}

/// A page for anybody.
pub fn alone(title: &str, main: &Markup) -> Page {
    let body = html! {
        main #contenu.alone {
            p.brand { img src="/console/allo.svg" alt="" width="28" height="28"; "Allô" span.town { "console" } }
            (main)
        }
    };
    Page(document(title, &body))
}

fn document(title: &str, body: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="fr" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="robots" content="noindex";
                title { (title) " – Allô" }
                link rel="icon" href="/console/allo.svg" type="image/svg+xml";
                link rel="stylesheet" href="/console/console.css";
                script src="/console/poste.js" defer {}
                script src="/console/listes.js" defer {}
                script src="/console/console.js" defer {}
            }
            body { (body) }
        }
    }
}
