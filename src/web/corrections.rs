//! What should have been said: supervisors write it on a call's page, an admin decides, and takes it into the plan by hand.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse, Redirect};
use maud::{Markup, html};
use serde::Deserialize;

use super::calls::{address, there};
use super::console::{Asked, Console, Work};
use super::error::WebError;
use super::layout::Page;
use super::lists::{self, Filter, NEWEST_FIRST, Told};
use super::session::{Posted, Session};
use super::story::Story;
use super::words;
use crate::dialogue::plan::Topic;
use crate::store::{Action, CallRow, Correction, Decision, Role};

const LIST: Told = Told {
    path: "/console/corrections",
    empty: "Aucune correction ne correspond.",
    ways: NEWEST_FIRST,
};
/// What an admin may decide: as it stands in an address, and as it is read.
const DECISIONS: [(Decision, &str, &str); 3] = [
    (Decision::New, "", "à décider"),
    (Decision::Accepted, "acceptees", "acceptée"),
    (Decision::Refused, "ecartees", "écartée"),
];
/// Whatever was decided.
const ALL: &str = "toutes";
/// Longest correction, in characters: an answer of that length takes a minute to say.
const LONGEST: usize = 1000;

/// What was corrected in a call, and for supervisors a form to correct more.
pub fn of_call(work: &Work, call: &CallRow, story: &Story) -> Result<Markup, WebError> {
    if work.user().role == Role::Clerk {
        return Ok(html! {});
    }
    let written = work.desk.corrections_of(&call.id)?;
    Ok(html! {
        section aria-labelledby="correction" {
            h2 #correction { "Corriger une réponse" }
            ol.notes {
                @for correction in &written {
                    li {
                        p.who { (correction.user) ", " (work.console.moment(correction.at)) ", " (told(correction.decision)) }
                        p.text { (correction.text) }
                    }
                }
            }
            form.stack method="post" action={ (address(&call.id)) "/correction" } {
                (work.token())
                label for="sujet" { "Sujet" }
                select #sujet name="sujet" {
                    @for topic in &story.topics { option value=(topic) { (work.console.topic(topic)) } }
                    option value="" { "Autre chose" }
                }
                label for="reponse" { "Ce qu'il aurait fallu dire" }
                textarea #reponse name="reponse" rows="3" required maxlength=(LONGEST) {}
                button type="submit" { "Proposer" }
                p.hint { "Un admin décide ensuite de le mettre dans le plan." }
            }
        }
    })
}

/// What somebody would have said.
#[derive(Deserialize)]
pub struct NewCorrection {
    #[serde(default)]
    sujet: String,
    reponse: String,
}

/// A supervisor writes what should have been said.
pub async fn write(
    State(console): State<Arc<Console>>,
    Path(id): Path<String>,
    posted: Posted<NewCorrection>,
) -> Result<Redirect, WebError> {
    if posted.session.user.role == Role::Clerk {
        return Err(WebError::Forbidden);
    }
    let NewCorrection { sujet, reponse } = posted.form;
    let text = reponse.split_whitespace().collect::<Vec<_>>().join(" ");
    if text.chars().count() > LONGEST {
        return Err(WebError::TooLong);
    }
    let known = topic(&console, &sujet).is_some();
    if text.is_empty() || !(known || sujet.is_empty()) {
        return Err(WebError::Unreadable("correction".into()));
    }
    let write = move |work: &Work| {
        there(work, &id)?;
        let topic = known.then_some(sujet.as_str());
        work.desk.correct(&id, &work.user().name, topic, &text, work.now)?;
        work.audit(Action::Corrected, Some(&id))?;
        Ok(address(&id))
    };
    console.change(posted.session, write).await
}

/// The list, for admins.
pub async fn page(
    State(console): State<Arc<Console>>,
    session: Session,
    Asked(filter): Asked<Filter>,
) -> Result<Page, WebError> {
    let page = move |work: &Work| {
        work.only_admins()?;
        let decision = match filter.etat.as_str() {
            ALL => None,
            state => Some(
                DECISIONS
                    .iter()
                    .find(|(_, key, _)| *key == state)
                    .map_or(Decision::New, |d| d.0),
            ),
        };
        let listed = work.desk.list_corrections(decision, filter.wanted())?;
        let others = DECISIONS[1..].iter().map(|(_, key, name)| (*key, words::capital(name)));
        let others: Vec<_> = others.chain([(ALL, "Toutes".to_owned())]).collect();
        let main = html! {
            h1 { "Corrections" }
            p.hint {
                "Ce que des superviseurs auraient répondu. Allô ne change pas votre plan : acceptez, copiez dans le fichier, puis "
                code { "allo check" } "."
            }
            (LIST.search(&filter, &lists::states(&filter, "À décider", &others)))
            @if !work.desk.accepted()?.is_empty() {
                p { a.button href="/console/corrections.yaml" { "Télécharger les corrections acceptées" } }
            }
            (lists::shown(&LIST.region(&filter, &listed, |corrections| html! {
                @for correction in corrections { (show(work, &filter, correction)) }
            })))
        };
        Ok(("Corrections", main))
    };
    console.page(session, page).await
}

fn show(work: &Work, filter: &Filter, correction: &Correction) -> Markup {
    let topic = correction.topic.as_deref().and_then(|id| topic(work.console, id));
    let console = work.console;
    let title = format!("c-{}", correction.id);
    html! {
        article.card aria-labelledby=(title) {
            header {
                h2 id=(title) { (correction.topic.as_deref().map_or("Autre chose".into(), |id| console.topic(id))) }
                p.meta {
                    span.badge { (words::capital(told(correction.decision))) }
                    @if let Some((by, at)) = &correction.decided { " par " (by) ", " (console.moment(*at)) }
                }
            }
            dl.facts {
                dt { "Proposé par" } dd { (correction.user) ", " (console.moment(correction.at)) }
                @if let Some(topic) = topic {
                    dt { "Dans le plan" } dd { code { (topic.at) } }
                    @if !topic.action.text().is_empty() { dt { "Réponse actuelle" } dd { (topic.action.text()) } }
                }
                @if let Some(call) = &correction.call { dt { "Appel" } dd { a href=(address(call)) { "Relire l'appel" } } }
            }
            pre tabindex="0" role="region" aria-label={ "Extrait du plan, " (correction.id) } { code { (snippet(correction, topic)) } }
            form.actions method="post" action={ "/console/corrections/" (correction.id) } {
                (work.token())
                (filter.carried())
                @if correction.decision != Decision::Accepted {
                    button type="submit" name="avis" value="accepted" aria-describedby=(title) { "Accepter" }
                }
                @if correction.decision != Decision::Refused {
                    button.quiet type="submit" name="avis" value="refused" aria-describedby=(title) { "Écarter" }
                }
            }
        }
    }
}

/// What an admin decides.
#[derive(Deserialize)]
pub struct Verdict {
    avis: Decision,
    #[serde(default)]
    retour: String,
}

/// An admin decides.
pub async fn decide(
    State(console): State<Arc<Console>>,
    Path(id): Path<i64>,
    posted: Posted<Verdict>,
) -> Result<Redirect, WebError> {
    let write = move |work: &Work| {
        work.only_admins()?;
        if !work.desk.decide(id, posted.form.avis, &work.user().name, work.now)? {
            return Err(WebError::NotFound);
        }
        work.audit(Action::DecidedCorrection, Some(&id.to_string()))?;
        Ok(lists::back(LIST.path, &posted.form.retour))
    };
    console.change(posted.session, write).await
}

/// What was accepted, to be put into the plan.
pub async fn export(State(console): State<Arc<Console>>, session: Session) -> Result<impl IntoResponse, WebError> {
    let text = console.work(session, |work| {
        work.only_admins()?;
        let accepted = work.desk.accepted()?.into_iter();
        let snippets = accepted.map(|c| snippet(&c, c.topic.as_deref().and_then(|id| topic(work.console, id))));
        Ok(snippets.collect::<Vec<_>>().join("\n"))
    });
    let head = [
        (header::CONTENT_TYPE, "application/yaml; charset=utf-8"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"corrections.yaml\""),
    ];
    Ok((head, text.await?))
}

/// As it stands in the plan.
fn snippet(correction: &Correction, topic: Option<&Topic>) -> String {
    // A JSON string is a YAML one (YAML 1.2, section 1.3).
    let text = serde_json::Value::from(correction.text.as_str());
    match (topic, &correction.topic) {
        (Some(topic), _) => format!(
            "# {}, {}\nsujets:\n  {}:\n    réponse: {text}\n",
            topic.at, topic.label, topic.id
        ),
        (None, Some(gone)) => format!("# le sujet « {gone} » n'est plus dans le plan\n# réponse: {text}\n"),
        (None, None) => format!("# sans sujet : à ranger sous le bon\n# réponse: {text}\n"),
    }
}

fn topic<'a>(console: &'a Console, id: &str) -> Option<&'a Topic> {
    let mut topics = console.towns.iter().flat_map(|town| &town.plan.topics);
    topics.find(|topic| topic.id == id)
}

fn told(decision: Decision) -> &'static str {
    DECISIONS[decision as usize].2
}
