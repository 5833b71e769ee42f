//! The frame of every page: head, navigation, who is logged in.

use axum::response::{Html, IntoResponse, Response};
use maud::{DOCTYPE, Markup, html};

use super::console::Work;
use super::error::WebError;
use super::{panel, words};
use crate::store::Role;
use crate::units::RequestState;

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

/// A page for somebody who is logged in.
pub fn framed(work: &Work, title: &str, main: &Markup) -> Result<Page, WebError> {
    let (user, status) = (work.user(), work.console.presence.status(&work.user().name, work.now));
    let messages = work.desk.read().messages()?;
    let messages = messages
        .iter()
        .filter(|m| m.handled_at.is_none() && user.sees(&m.service));
    let requests = work.desk.read().requests()?;
    let requests = requests
        .iter()
        .filter(|r| r.state == RequestState::Received && user.sees(&r.service));
    let call_backs = work.desk.read().call_backs()?;
    let call_backs = call_backs
        .iter()
        .filter(|r| r.state == RequestState::Received && user.sees(&r.service));
    let counts = [
        work.console.board.running(),
        messages.count(),
        requests.count(),
        call_backs.count(),
    ];
    let town = work
        .console
        .towns
        .first()
        .map_or("", |town| town.plan.town.name.as_str());
    let body = html! {
        a.skip href="#contenu" { "Aller au contenu" }
        header {
            a.brand href="/console" { img src="/console/allo.svg" alt="" width="28" height="28"; "Allô" span.town { (town) } }
            nav aria-label="Pages" {
                ul {
                    @for (index, (to, name)) in PAGES.iter().enumerate() {
                        li {
                            a href=(to) aria-current=[(*name == title).then_some("page")] {
                                (name)
                                @if let Some(count) = counts.get(index) {
                                    span.count data-count=(index) hidden[*count == 0] {
                                        span { (count) } span.unseen { @if index == 0 { " en cours" } @else { " à traiter" } }
                                    }
                                }
                            }
                        }
                    }
                    @if user.role == Role::Admin {
                        li { a href="/console/corrections" aria-current=[(title == "Corrections").then_some("page")] { "Corrections" } }
                        li { a href="/console/journal" aria-current=[(title == "Journal").then_some("page")] { "Journal" } }
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
        section #postes aria-label="Appels à prendre" data-nom=(user.name) { (panel::panel(work.console, user)) }
        main #contenu tabindex="-1" { (main) }
        p #alerte.unseen role="alert" {}
        p #annonce.unseen role="status" aria-live="polite" {}
    };
    Ok(Page(document(title, &body)))
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
                script src="/console/console.js" defer {}
            }
            body { (body) }
        }
    }
}
