//! Every page's upper part, for who takes calls in the browser: what rings, and the line of who speaks or listens.

use maud::{Markup, html};

use super::board::LiveCall;
use super::calls::OUTCOMES;
use super::console::Console;
use super::live::{facts, lines, request_line};
use super::words;
use crate::app::desks::Post;
use crate::store::{RequestRow, User};

/// All that rings for somebody, and the line on which they speak.
pub fn panel(console: &Console, user: &User) -> Markup {
    html! { @for post in console.desks.shown_to(&user.name) { (card(console, user, &post)) } }
}

/// Whether this call is shown among what rings for somebody.
pub fn shows(console: &Console, user: &User, call: &str) -> bool {
    let shown = console.desks.shown_to(&user.name);
    shown.iter().any(|post| post.call.to_string() == call)
}

/// What a call is at somebody's console.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// It rings.
    Rings,
    /// Another has taken it.
    Gone,
    /// They speak.
    Speaks,
    /// They listen.
    Listens,
}

impl Stage {
    fn of(post: &Post, user: &User) -> Self {
        match &post.taken {
            None => Self::Rings,
            Some((by, _)) if *by != user.name => Self::Gone,
            Some(_) if post.listens => Self::Listens,
            Some(_) => Self::Speaks,
        }
    }

    /// As the script and the style sheet know it.
    fn key(self) -> &'static str {
        match self {
            Self::Rings => "sonne",
            Self::Gone => "pris",
            Self::Speaks => "ligne",
            Self::Listens => "ecoute",
        }
    }
}

fn card(console: &Console, user: &User, post: &Post) -> Markup {
    let part = |name: &str| format!("poste-{name}-{}", post.id);
    let stage = Stage::of(post, user);
    let live = console.board.call(&post.call.to_string());
    let caller = live.as_ref().map_or("inconnu".into(), |live| live.who());
    let service = console.service_said(&post.service);
    html! {
        article.card.post.(stage.key()) #(part("appel")) data-post=(post.id) data-stage=(stage.key()) data-call=(post.call)
            data-caller=(caller) data-service=(service) aria-labelledby=(part("titre")) {
            header #(part("tete")) data-part {
                h2 #(part("titre")) {
                    @match (stage, &post.taken) {
                        (Stage::Rings, _) | (_, None) => { "Appel pour " (service) }
                        (Stage::Gone, Some((by, _))) => { "Appel pris par " (by) }
                        (Stage::Speaks, _) => { "En ligne : " (caller) }
                        (Stage::Listens, _) => { "Écoute : " (caller) }
                    }
                }
                @if stage == Stage::Rings { p.meta { "Appelant : " (caller) } }
            }
            div.actions #(part("bande")) data-part {
                @if stage == Stage::Speaks && live.as_ref().is_some_and(|live| live.story.recorded) {
                    span.badge.wrong { "Enregistré" }
                    button.quiet type="button" data-do="bande" { "Arrêter l'enregistrement" }
                }
            }
            p.state role="status" {}
            @if stage != Stage::Gone {
                div.actions.controls #(part("commandes")) data-part data-fixed { (controls(console, stage, live.as_deref())) }
                @if !post.summary.reveal().is_empty() { p.summary #(part("resume")) data-part { (post.summary.reveal()) } }
                @if let Some(live) = live {
                    (known(console, user, &live, &part))
                    @if stage == Stage::Speaks { (note(&part("note"), &live.call.id)) }
                }
            }
        }
    }
}

/// What is known of the call.
fn known(console: &Console, user: &User, live: &LiveCall, part: &impl Fn(&str) -> String) -> Markup {
    let seen = live.requests.iter().filter(|request| user.sees(&request.service));
    let (own, earlier): (Vec<&RequestRow>, Vec<_>) = seen.partition(|request| request.call_id == live.call.id);
    html! {
        (facts(console, &live.story, &own, &part("faits")))
        @if !earlier.is_empty() {
            details.earlier #(part("avant")) data-part {
                summary { "Demandes antérieures de ce numéro (" (earlier.len()) ")" }
                ul { @for request in &earlier { li { (request_line(console, request)) } } }
            }
        }
        details.said #(part("dit")) data-part {
            summary { "Ce qui s'est dit" }
            div.talk tabindex="0" role="group" aria-label="Ce qui s'est dit" { (lines(console, &live.story)) }
        }
        @if let Some(asked) = live.story.last_words() {
            p.hint #(part("chercher")) data-part {
                a href={ "/console/recherche?q=" (words::urlencoded(asked)) } target="_blank" rel="noopener" { "Chercher « " (asked) " »" }
            }
        }
    }
}

/// What can be done about it: the script gives each button its meaning, by its name.
fn controls(console: &Console, stage: Stage, live: Option<&LiveCall>) -> Markup {
    html! {
        @match stage {
            Stage::Rings => {
                button type="button" data-do="prise" { "Prendre l'appel" }
                button.quiet type="button" data-do="refus" { "Décliner" }
            }
            Stage::Speaks => {
                button.here type="button" data-do="micro" aria-pressed="false" { "Couper le micro" }
                button.here.quiet type="button" data-do="touches" aria-expanded="false" { "Touches" }
                button.quiet type="button" data-do="retour" { "Rendre à Allô" }
                button.danger type="button" data-do="fin" { "Raccrocher" }
                @if let Some(live) = live { (onward(console, live)) }
                div.keys.here role="group" aria-label="Touches du téléphone" hidden {
                    @for key in "123456789*0#".chars() {
                        button.quiet type="button" data-key=(key) aria-label=[named(key)] { (key) }
                    }
                }
            }
            Stage::Listens => {
                button.here type="button" data-do="souffle" aria-pressed="false" { "Parler à l'agent seul" }
                button.quiet type="button" data-do="fin" { "Ne plus écouter" }
            }
            Stage::Gone => {}
        }
        @if matches!(stage, Stage::Speaks | Stage::Listens) {
            p.elsewhere.hint hidden { "Le son de cet appel est dans une autre fenêtre de votre navigateur." }
        }
    }
}

/// The services to which the call can be passed on.
fn onward(console: &Console, live: &LiveCall) -> Markup {
    let services = console.town(&live.call.plan).map(|town| town.plan.services.as_slice());
    let reachable = services.unwrap_or_default().iter().filter(|s| !s.extensions.is_empty());
    html! {
        span.onward {
            label { "Passer à "
                select name="service" { @for service in reachable { option value=(service.id) { (words::capital(&service.name)) } } }
            }
            label { "ou au poste " input name="poste" size="5" maxlength="8" inputmode="tel" autocomplete="off"; }
            button.quiet type="button" data-do="suite" { "Passer" }
        }
    }
}

/// A note on the call, and how it ended. What is being typed is left alone.
fn note(id: &str, call: &str) -> Markup {
    html! {
        form.inline.note #(id) data-part data-fixed method="post" action={ "/console/appels/" (call) "/note" } {
            label { "Issue"
                select name="issue" { option value="" { "–" } @for (_, key, name) in OUTCOMES { option value=(key) { (name) } } }
            }
            label.wide { "Note" input name="texte" maxlength="2000" autocomplete="off"; }
            button.quiet type="submit" { "Noter" }
        }
    }
}

fn named(key: char) -> Option<&'static str> {
    match key {
        '*' => Some("étoile"),
        '#' => Some("dièse"),
        _ => None,
    }
}
