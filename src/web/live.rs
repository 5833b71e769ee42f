//! Calls in progress, as they go on: a card for each, drawn here, and sent again when it changes.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::response::Sse;
use axum::response::sse::{Event, KeepAlive};
use futures_util::Stream;
use futures_util::stream::unfold;
use maud::{Markup, html};
use serde::{Deserialize, Serialize};
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{broadcast, watch};

use super::board::LiveCall;
use super::console::{Asked, Console, Work};
use super::error::WebError;
use super::layout::{Page, Row, table};
use super::lists::{Filter, Live};
use super::session::{Background, Session};
use super::story::{Line, Story, Wait, What};
use super::{late, panel, words};
use crate::app::desks::OpenPage;
use crate::store::{Action, CallRow, RequestRow, User};

const HEADS: [&str; 4] = ["Service", "Place", "Appelant", "Attend"];
/// How often a connection on which nothing happens is looked after: whether its session lasts.
const LOOK: Duration = Duration::from_secs(10);

/// The page.
pub async fn page(State(console): State<Arc<Console>>, session: Session) -> Result<Page, WebError> {
    let page = |work: &Work| {
        work.audit(Action::WatchedCalls, None)?;
        Ok((
            "Appels en cours",
            html! {
                h1 { "Appels en cours" }
                (late::notice(work)?)
                p #lien.hint role="status" hidden { "Connexion perdue : nouvel essai en cours…" }
                div #attente { (queues(work.console, work.user())) }
                div #appels.cards { (cards(work.console, work.user())) }
                p.empty { "Aucun appel en ce moment. Ceux qui arrivent s'affichent ici d'eux-mêmes." }
            },
        ))
    };
    console.page(session, page).await
}

fn cards(console: &Console, user: &User) -> Markup {
    html! { @for call in console.board.calls() { (card(console, user, &call)) } }
}

/// Who waits for which service, in the order of their places.
fn queues(console: &Console, user: &User) -> Markup {
    let calls = console.board.calls();
    let mut waiting: Vec<(&LiveCall, &Wait)> = calls
        .iter()
        .filter_map(|call| Some((&**call, call.story.waiting.as_ref()?)))
        .filter(|(call, wait)| call.runs() && user.sees(&wait.service))
        .collect();
    waiting.sort_by_key(|(_, wait)| (wait.service.clone(), wait.position));
    html! {
        @if !waiting.is_empty() {
            section.queues aria-labelledby="titre-attente" {
                h2 #titre-attente { "Dans l'attente" }
                (table("Qui attend", &HEADS, waiting.into_iter().map(|(call, wait)| in_queue(console, call, wait))))
            }
        }
    }
}

fn in_queue(console: &Console, call: &LiveCall, wait: &Wait) -> Row {
    Row::of(vec![
        html! { (console.service(&wait.service)) },
        html! { (words::place(wait.position, wait.wait_ms)) },
        html! { (call.who()) },
        html! { span.since data-since=(wait.since) { "depuis " (console.moment(wait.since)) } },
    ])
}

/// What a page is told: all cards, or one that changed (none where it is no longer shown), and how many calls there are.
#[derive(Serialize)]
struct Change {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    html: Option<String>,
    /// Who waits.
    waiting: Option<String>,
    count: usize,
}

/// What rings for who looks at a page, and the line on which they speak.
#[derive(Serialize)]
struct AtTheDesk {
    html: String,
}

/// What waits for somebody, by the places of the navigation after the first; and the list that they read, as it stands.
#[derive(Clone, PartialEq, Serialize)]
struct AtTheLists {
    counts: [usize; 3],
    html: Option<String>,
}

/// What a page wants to be told: the calls themselves, or only how many there are; and what comes to a list.
#[derive(Deserialize)]
pub struct Wanted {
    #[serde(default)]
    cartes: bool,
    liste: Option<Live>,
}

/// A connection to a page.
struct Watcher {
    wanted: Wanted,
    /// What it shows of its list.
    filter: Filter,
    /// What it was told of it.
    told: Option<AtTheLists>,
    console: Arc<Console>,
    session: Session,
    changes: broadcast::Receiver<String>,
    lists: watch::Receiver<i64>,
    desks: watch::Receiver<u64>,
    /// Calls ring only where somebody may see it.
    _open: OpenPage,
    /// What is to be told next.
    pending: VecDeque<News>,
    over: bool,
}

/// What a page is told.
enum News {
    /// All calls.
    Calls,
    /// One of them.
    Call(String),
    /// What rings.
    Desk,
    /// What waits.
    Lists,
}

/// What changes, as it changes, until the session is over.
pub async fn events(
    State(console): State<Arc<Console>>,
    Background(session): Background,
    Asked(wanted): Asked<Wanted>,
    Asked(filter): Asked<Filter>,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, WebError> {
    let calls = wanted.cartes.then_some(Action::WatchedCalls);
    for action in calls.into_iter().chain(wanted.liste.map(Live::reading)) {
        let watched = move |work: &Work| work.audit(action, None);
        console.work(session.clone(), watched).await?;
    }
    let watcher = Watcher {
        wanted,
        filter,
        told: None,
        changes: console.board.changes(),
        lists: console.changes.subscribe(),
        desks: console.desks.changes(),
        _open: console.desks.open(&session.user.name),
        console,
        session,
        pending: [News::Calls, News::Desk, News::Lists].into(),
        over: false,
    };
    let events = unfold(watcher, |mut watcher| async {
        let event = watcher.next().await?;
        Some((Ok(event), watcher))
    });
    Ok(Sse::new(events).keep_alive(KeepAlive::new().interval(LOOK)))
}

impl Watcher {
    async fn next(&mut self) -> Option<Event> {
        while !self.over {
            let change = self.change().await;
            // Nothing is told to a session that has ended meanwhile: logged out elsewhere, a new password, idle.
            let (hash, now) = (self.session.token.hash(), Console::now());
            let lasts = self.console.desk(move |desk| Ok(desk.session(&hash, now, false)?));
            match lasts.await {
                Ok(Some(user)) => self.session.user = user,
                Ok(None) | Err(_) => {
                    self.over = true;
                    return Some(Event::default().event("fin").data("session"));
                }
            }
            let told = match change {
                Some(News::Calls) => Some(self.tell(None)),
                Some(News::Call(id)) => Some(self.tell(Some(id))),
                Some(News::Desk) => Some(self.desk()),
                Some(News::Lists) => self.lists().await,
                None => None,
            };
            if told.is_some() {
                return told;
            }
        }
        None
    }

    /// Waits for a change; none when nothing has happened for a while.
    async fn change(&mut self) -> Option<News> {
        if let Some(news) = self.pending.pop_front() {
            return Some(news);
        }
        tokio::select! {
            changed = self.desks.changed() => changed.is_ok().then_some(News::Desk),
            changed = self.lists.changed() => changed.is_ok().then_some(News::Lists),
            change = self.changes.recv() => match change {
                Ok(id) => {
                    if panel::shows(&self.console, &self.session.user, &id) {
                        self.pending.push_back(News::Desk);
                    }
                    Some(News::Call(id))
                }
                Err(RecvError::Lagged(_)) => Some(News::Calls),
                Err(RecvError::Closed) => {
                    self.over = true;
                    None
                }
            },
            () = tokio::time::sleep(LOOK) => None,
        }
    }

    /// What rings.
    fn desk(&self) -> Event {
        let html = panel::panel(&self.console, &self.session.user).into_string();
        let event = Event::default().event("postes");
        event.json_data(AtTheDesk { html }).unwrap_or_default()
    }

    /// What waits, where that is something else than what was told.
    async fn lists(&mut self) -> Option<Event> {
        let (list, filter) = (self.wanted.liste, self.filter.clone());
        let read = move |work: &Work| {
            let waiting = work.desk.read().waiting(work.user())?;
            let region = list.map(|list| list.region(work, &filter)).transpose()?;
            Ok(AtTheLists {
                counts: [waiting.messages, waiting.requests, waiting.call_backs],
                html: region.map(Markup::into_string),
            })
        };
        let news = self.console.work(self.session.clone(), read).await;
        let news = news
            .inspect_err(|error| tracing::error!(%error, "listes de la console"))
            .ok()?;
        if self.told.as_ref() == Some(&news) {
            return None;
        }
        let event = Event::default().event("listes").json_data(&news).unwrap_or_default();
        self.told = Some(news);
        Some(event)
    }

    /// One call, or all.
    fn tell(&self, id: Option<String>) -> Event {
        let (console, user) = (&self.console, &self.session.user);
        let (name, html) = match &id {
            None => ("appels", Some(cards(console, user))),
            Some(id) => {
                let card = console.board.call(id).map(|call| card(console, user, &call));
                ("appel", card)
            }
        };
        let change = Change {
            id,
            html: html.filter(|_| self.wanted.cartes).map(Markup::into_string),
            waiting: self.wanted.cartes.then(|| queues(console, user).into_string()),
            count: console.board.running(),
        };
        Event::default().event(name).json_data(change).unwrap_or_default()
    }
}

/// A call. Parts that change have ids of their own: only those are replaced, so that what is open stays open.
fn card(console: &Console, user: &User, live: &LiveCall) -> Markup {
    let (call, story) = (&live.call, &live.story);
    let part = |name: &str| format!("{name}-{}", call.id);
    let (own, earlier): (Vec<&RequestRow>, Vec<&RequestRow>) = live
        .requests
        .iter()
        .filter(|request| user.sees(&request.service))
        .partition(|request| request.call_id == call.id);
    let caller = live.who();
    html! {
        article.card #(part("appel")) data-call=(call.id) data-caller=(caller) aria-labelledby=(part("titre")) {
            header #(part("tete")) data-part {
                h2 #(part("titre")) { (words::capital(&caller)) }
                p.meta {
                    @if live.runs() {
                        span.badge.live { "En cours" } " "
                        span.since data-since=(call.started_at) { "depuis " (console.moment(call.started_at)) }
                    } @else {
                        span.badge { "Terminé" } " "
                        a href={ "/console/appels/" (call.id) } { "Relire l'appel" }
                    }
                }
                p.meta { "Plan : " (called(call)) }
            }
            @if live.runs() { (steps(console, user, live, &part("actes"))) }
            (facts(console, story, &own, &part("faits")))
            @if !earlier.is_empty() {
                details.earlier #(part("avant")) data-part {
                    summary { "Demandes antérieures de ce numéro (" (earlier.len()) ")" }
                    ul { @for request in &earlier { li { (request_line(console, request)) } } }
                }
            }
            div.talk #(part("propos")) data-part data-scroll role="log" aria-live="off" aria-label="Ce qui s'est dit" tabindex="0" {
                (lines(console, story))
            }
        }
    }
}

/// Which plan answers, and by which number it was called; pages call a plan without one.
pub fn called(call: &CallRow) -> String {
    match call.called.as_str() {
        "" => call.plan.clone(),
        number => format!("{}, numéro appelé : {}", call.plan, words::telephone(number)),
    }
}

/// Stepping into a call that runs: the script gives each button its meaning, by its name.
fn steps(console: &Console, user: &User, live: &LiveCall, id: &str) -> Markup {
    html! {
        div.actions #(id) data-part {
            @if console.may_take_over(user, live) && !panel::shows(console, user, &live.call.id) {
                button.quiet type="button" data-step="reprise" data-call=(live.call.id) { "Reprendre l'appel" }
            }
            @if console.may_listen(user, live) {
                button.quiet type="button" data-step="ecoute" data-call=(live.call.id) { "Écouter" }
            }
        }
    }
}

/// What the call has come to so far.
pub fn facts(console: &Console, story: &Story, own: &[&RequestRow], id: &str) -> Markup {
    html! {
        dl.facts #(id) data-part {
            @if !story.topics.is_empty() {
                dt { "Sujets" }
                dd { @for topic in &story.topics { span.chip { (console.topic(topic)) } } }
            }
            @if !story.answers.is_empty() {
                dt { "Réponses" }
                dd { ul { @for (name, answer) in &story.answers { li { (words::capital(name)) " : « " (answer) " »" } } } }
            }
            @if let Some(cited) = &story.cited {
                dt { "Passage cité" }
                dd {
                    (cited.passage)
                    @if let Some(source) = &cited.source { span.hint { ", d'après " (source) } }
                    @if let Some(date) = cited.date { span.hint { ", " (date.format("%d/%m/%Y")) } }
                }
            }
            @if let Some((service, outcome)) = story.transfer.as_ref().filter(|_| story.waiting.is_none()) {
                dt { "Transfert" }
                dd { (console.service(service)) " : " (outcome.map_or("sonne en ce moment", words::outcome)) }
            }
            @if let Some(wait) = &story.waiting {
                dt { "Attend" }
                dd {
                    (console.service(&wait.service)) " : " (words::place(wait.position, wait.wait_ms)) ", "
                    span.since data-since=(wait.since) { "depuis " (console.moment(wait.since)) }
                }
            }
            @if let Some(with) = &story.with {
                dt { "En ligne avec" }
                dd { (with) @if story.recorded { " " span.badge.wrong { "Enregistré" } } }
            }
            @for request in own {
                dt { "Demande" }
                dd { (request_line(console, request)) (answers(console, request)) }
            }
        }
    }
}

/// A request in a line.
pub fn request_line(console: &Console, request: &RequestRow) -> Markup {
    html! {
        a href={ "/console/demandes/" (request.reference) } { (request.reference) }
        " " (console.form_name(&request.form)) ", " (console.moment(request.created_at)) ", " (words::state(request.state))
    }
}

/// What a caller answered to the questions of a form, in their order.
pub fn answers(console: &Console, request: &RequestRow) -> Markup {
    let form = console.form(&request.form);
    let label = |id: &str| {
        let field = form.and_then(|form| form.fields.iter().find(|field| field.id == id));
        words::capital(field.map_or(id, |field| &field.label))
    };
    let place = |id: &str| form.and_then(|form| form.fields.iter().position(|field| field.id == id));
    let mut given: Vec<_> = request.answers.iter().collect();
    // What they added comes last.
    given.sort_by_key(|(id, _)| place(id).unwrap_or(usize::MAX));
    html! {
        ul.answers {
            @for (id, answer) in given { li { span.label { (label(id)) " :" } " " (words::telephone(answer.as_str().unwrap_or_default())) } }
        }
    }
}

/// Who said what.
pub fn lines(console: &Console, story: &Story) -> Markup {
    html! { ol.lines { @for line in &story.lines { (said(console, line)) } } }
}

fn said(console: &Console, line: &Line) -> Markup {
    let clock = html! { time.clock { (console.civil(line.at).format("%H:%M:%S")) } };
    let by = |class: &str, who: &str, what: Markup| {
        html! { li.(class) { p.who { (who) " " (clock) } p { (what) } } }
    };
    match &line.what {
        What::Ours(text) => by("ours", "Allô", html! { (text) }),
        What::Theirs(text, meaning) => by("theirs", "Appelant", html! { (text) span.hint { (meaning) } }),
        What::Key(key) => by("theirs", "Appelant", html! { "touche " kbd { (key) } }),
        What::Answered(ms) => html! { li.happened { "réponse en " (ms) " ms" } },
        What::Happened(what) => html! { li.happened { (clock) " " (what) } },
    }
}
