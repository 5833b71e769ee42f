//! Looking for something in what the machine itself answers with: the plan's topics, and the town's passages.

use std::sync::Arc;

use axum::extract::State;
use maud::{Markup, html};
use serde::Deserialize;

use super::console::{Asked, Console, Work};
use super::error::WebError;
use super::layout::Page;
use super::session::Session;
use super::words;
use crate::app::plans::Town;
use crate::dialogue::knowledge::Passage;
use crate::dialogue::plan::{Action, Piece, Template, Topic};
use crate::understand::lookup::WORTH_ASKING;
use crate::units::Expect;

/// Longest question, in characters: callers' are shorter.
const LONGEST: usize = 300;
/// Topics that are told of where none was recognised.
const NEAREST: usize = 3;

/// What is asked.
#[derive(Deserialize)]
pub struct Question {
    #[serde(default)]
    q: String,
}

/// The page.
pub async fn page(
    State(console): State<Arc<Console>>,
    session: Session,
    Asked(question): Asked<Question>,
) -> Result<Page, WebError> {
    let asked: String = question.q.trim().chars().take(LONGEST).collect();
    let page = move |work: &Work| Ok(("Recherche", show(work, &asked)));
    console.page(session, page).await
}

fn show(work: &Work, asked: &str) -> Markup {
    html! {
        h1 { "Recherche" }
        form.filter method="get" action="/console/recherche" role="search" {
            label.wide { "Question, comme un appelant la poserait" input type="search" name="q" value=(asked) maxlength=(LONGEST) required; }
            button type="submit" { "Chercher" }
        }
        @if !asked.is_empty() {
            @for town in &work.console.towns { (of_town(work, town, asked)) }
        }
    }
}

fn of_town(work: &Work, town: &Town, asked: &str) -> Markup {
    let now = work.console.civil(work.now);
    let reading = town.understanding.read(asked, Expect::Anything, now);
    let named = |id: &str| town.plan.topics.iter().find(|topic| topic.id == id);
    let sure = reading.topic.as_ref().and_then(|found| named(&found.id));
    let near = reading
        .alternatives
        .iter()
        .take(NEAREST)
        .filter_map(|found| named(&found.id));
    let near: Vec<&Topic> = near
        .filter(|topic| sure.is_none_or(|sure| sure.id != topic.id))
        .collect();
    let passages = reading.passages.iter().filter(|found| found.confidence >= WORTH_ASKING);
    let passages: Vec<&Passage> = passages.map(|found| &town.plan.knowledge[found.passage]).collect();
    html! {
        section aria-label={ "Résultats, " (town.plan.town.name) } {
            h2.unseen[work.console.towns.len() == 1] { "Résultats, " (town.plan.town.name) }
            @if sure.is_none() && passages.is_empty() {
                p.empty { "Allô ne répondrait pas à cette question." }
            }
            @if let Some(topic) = sure { (of_topic(work, town, topic)) }
            @for passage in passages { (of_passage(work, town, passage)) }
            @if !near.is_empty() {
                details {
                    summary { "Sujets voisins" }
                    @for topic in near { (of_topic(work, town, topic)) }
                }
            }
        }
    }
}

fn of_topic(work: &Work, town: &Town, topic: &Topic) -> Markup {
    let (answer, leads) = match &topic.action {
        Action::Answer(text) | Action::AnswerThenOffer(text) => (Some(text), None),
        Action::Transfer(text) => (text.as_ref(), Some("L'appel est passé au service.".to_owned())),
        Action::Message(text) => (text.as_ref(), Some("Un message est pris pour le service.".to_owned())),
        Action::Form(text, form) => {
            let form = &town.plan.forms[*form].label;
            (text.as_ref(), Some(format!("Proposé ensuite : {form}.")))
        }
    };
    html! {
        article.card {
            header { h3 { (words::capital(&topic.label)) } p.meta { span.badge { "Sujet du plan" } } }
            @if let Some(answer) = answer { p { (spoken(work, town, answer)) } }
            @if let Some(leads) = leads { p.hint { (leads) } }
            p.hint { "Service : " (words::capital(&town.plan.services[topic.service].name)) }
        }
    }
}

/// A template as it would be said now.
fn spoken(work: &Work, town: &Town, template: &Template) -> String {
    let now = work.console.civil(work.now);
    let piece = |piece: &Piece| match piece {
        Piece::Text(text) => text.clone(),
        Piece::OpenNow(schedule) => {
            let schedule = town.plan.schedules.get(schedule);
            schedule
                .map(|schedule| schedule.status_fragments(now).join(" "))
                .unwrap_or_default()
        }
    };
    template.0.iter().map(piece).collect::<Vec<_>>().join(" ")
}

fn of_passage(work: &Work, town: &Town, passage: &Passage) -> Markup {
    let holds = passage.holds_at(work.console.civil(work.now));
    let day = |day: chrono::NaiveDate| day.format("%d/%m/%Y").to_string();
    html! {
        article.card {
            header {
                h3 { (passage.title()) }
                p.meta {
                    span.badge { "Passage" }
                    @if !holds { " " span.badge.wrong { "Périmé : n'est plus dit" } }
                }
            }
            @for paragraph in passage.text.lines().filter(|line| !line.trim().is_empty()) { p { (paragraph) } }
            dl.facts {
                @if let Some(source) = &passage.note.source { dt { "Source" } dd { (source) } }
                @if let Some(date) = passage.note.date { dt { "Mis à jour le" } dd { (day(date)) } }
                @if let Some(until) = passage.note.until { dt { "Valable jusqu'au" } dd { (day(until)) } }
                @if let Some(page) = passage.note.page.as_ref().filter(|page| page.starts_with("https://") || page.starts_with("http://")) {
                    dt { "Page" } dd { a href=(page) rel="noopener noreferrer" { (page) } }
                }
                @if let Some(service) = passage.service { dt { "Service" } dd { (words::capital(&town.plan.services[service].name)) } }
                dt { "Fichier" } dd { code { (passage.file) ":" (passage.line) } }
            }
        }
    }
}
