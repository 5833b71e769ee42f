//! The console of those who work in the town hall: what its pages share, and where they are.
//!
//! ```text
//! browser → from our pages? (session) → who? (session) → page or change, with its trail (Work) → store, plans, presence
//!         ← head of each answer (guard)               ← page (layout)
//! browser ← what changes in calls (live) ← board ← events of all calls
//!         ← what changes in lists (live) ← changes ← store
//! ```
//!
//! Everything is read on blocking threads, through a connection of its own: no call waits for a page.

use std::sync::Arc;

use axum::extract::{DefaultBodyLimit, FromRequestParts, Query};
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware::{from_fn_with_state, map_response};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Router, http};
use chrono::{DateTime, NaiveDateTime};
use maud::{Markup, html};
use serde::de::DeserializeOwned;
use tokio::sync::{Semaphore, broadcast};

use super::board::Board;
use super::changes::Changes;
use super::error::WebError;
use super::layout::{self, Page, Title};
use super::presence::{self, Presence};
use super::session::{Session, from_our_pages};
use super::throttle::Throttle;
use super::{
    call_backs, calls, corrections, desk, late, live, login, messages, recordings, requests, search, trail, words,
};
use crate::app::desks::Desks;
use crate::app::plans::Town;
use crate::call::event::CallEvent;
use crate::deliver::Bell;
use crate::dialogue::plan::{Form, Service, Topic};
use crate::store::{Action, Desk, Role, Store, User};
use crate::units::CallId;

/// Largest form: a note and its names, or a browser's offer of sound.
const LARGEST_FORM: usize = 32 << 10;

/// What the console is told of the town hall.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The address that browsers see, where it is not this machine's (`https://allo.mairie.fr`): behind a server that speaks
    /// TLS. It decides whether cookies are for TLS alone, and where forms may come from.
    pub public_url: Option<String>,
    /// The town's time zone.
    pub timezone: chrono_tz::Tz,
}

/// What all pages share.
pub struct Console {
    /// What it is told.
    pub settings: Settings,
    /// The plans.
    pub towns: Vec<Town>,
    /// Who is there.
    pub presence: Arc<Presence>,
    /// The consoles at which calls are taken.
    pub desks: Arc<Desks>,
    /// Calls in progress.
    pub board: Arc<Board>,
    /// Tells that a list has changed.
    pub changes: Arc<Changes>,
    /// Tells the postman that a request is to be delivered again.
    pub bell: Bell,
    /// Attempts to log in.
    pub throttle: Throttle,
    /// A password costs memory and a core, which calls need too: one is looked at at a time.
    pub one_password: Semaphore,
    store: Store,
}

impl Console {
    /// Begins to follow calls.
    pub fn new(
        settings: Settings,
        towns: Vec<Town>,
        store: Store,
        bell: Bell,
        presence: Arc<Presence>,
        desks: Arc<Desks>,
        events: broadcast::Receiver<(CallId, CallEvent)>,
    ) -> Arc<Self> {
        Arc::new(Self {
            settings,
            towns,
            presence,
            desks,
            board: Board::follow(store.clone(), events),
            changes: Changes::follow(store.clone()),
            bell,
            throttle: Throttle::default(),
            one_password: Semaphore::new(1),
            store,
        })
    }

    /// The pages, below `/console`.
    pub fn router(self: Arc<Self>) -> Router {
        let pages = Router::new()
            .route("/", get(live::page))
            .route("/evenements", get(live::events))
            .route("/signe", get(presence::sign))
            .route("/postes/{id}/prise", post(desk::take))
            .route("/postes/{id}/refus", post(desk::decline))
            .route("/postes/{id}/fin", post(desk::hang_up))
            .route("/postes/{id}/retour", post(desk::give_back))
            .route("/postes/{id}/bande", post(desk::stop_recording))
            .route("/postes/{id}/suite", post(desk::pass_on))
            .route("/appels/{id}/reprise", post(desk::take_over))
            .route("/appels/{id}/ecoute", post(desk::listen))
            .route("/appels/{id}/note", post(calls::note))
            .route("/appels/{id}/correction", post(corrections::write))
            .route("/corrections", get(corrections::page))
            .route("/corrections/{id}", post(corrections::decide))
            .route("/corrections.yaml", get(corrections::export))
            .route("/connexion", get(login::page).post(login::log_in))
            .route("/deconnexion", post(login::log_out))
            .route("/appels", get(calls::list))
            .route("/appels/{id}", get(calls::page))
            .route("/enregistrements/{id}/son", get(recordings::play))
            .route("/enregistrements/{id}/effacer", post(recordings::delete))
            .route("/messages", get(messages::list))
            .route("/messages/{id}", post(messages::change))
            .route("/messages/{id}/son", get(messages::play))
            .route("/demandes", get(requests::list))
            .route("/demandes/{reference}", get(requests::page))
            .route("/demandes/{reference}/etat", post(requests::set_state))
            .route("/demandes/{reference}/note", post(requests::note))
            .route("/demandes/{reference}/renvoi", post(requests::resend))
            .route("/envois", get(late::page))
            .route("/envois/{id}", post(late::resend))
            .route("/rappels", get(call_backs::list))
            .route("/rappels/{reference}", post(call_backs::change))
            .route("/presence", get(presence::page).post(presence::set))
            .route("/recherche", get(search::page))
            .route("/journal", get(trail::page))
            .route("/console.css", get(style))
            .route("/console.js", get(script))
            .route("/poste.js", get(telephone))
            .route("/listes.js", get(lists))
            .route("/allo.svg", get(logo))
            .fallback(async || WebError::NotFound);
        Router::new()
            .route("/console/", get(async || Redirect::permanent("/console")))
            .nest("/console", pages)
            .layer(DefaultBodyLimit::max(LARGEST_FORM))
            .layer(from_fn_with_state(self.clone(), from_our_pages))
            .layer(map_response(guard))
            .with_state(self)
    }

    /// Whether browsers reach us over TLS.
    pub fn secure(&self) -> bool {
        let url = self.settings.public_url.as_deref();
        url.is_some_and(|url| url.starts_with("https://"))
    }

    /// Unix milliseconds.
    pub fn now() -> i64 {
        chrono::Utc::now().timestamp_millis()
    }

    /// The town's clock at a moment (Unix milliseconds).
    pub fn civil(&self, at: i64) -> NaiveDateTime {
        let at = DateTime::from_timestamp_millis(at).unwrap_or_default();
        at.with_timezone(&self.settings.timezone).naive_local()
    }

    /// A moment, as a page shows it.
    pub fn moment(&self, at: i64) -> Markup {
        let iso = DateTime::from_timestamp_millis(at).unwrap_or_default().to_rfc3339();
        html! { time datetime=(iso) { (self.civil(at).format("%d/%m/%Y à %H:%M")) } }
    }

    /// Does something with the store, where it may wait for the disk.
    pub async fn desk<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Desk) -> Result<T, WebError> + Send + 'static,
    ) -> Result<T, WebError> {
        let store = self.store.clone();
        let done = tokio::task::spawn_blocking(move || work(&store.desk()?)).await;
        done.map_err(|error| WebError::Failed(error.to_string()))?
    }

    /// Does something for who asked.
    pub async fn work<T: Send + 'static>(
        self: &Arc<Self>,
        session: Session,
        write: impl FnOnce(&Work) -> Result<T, WebError> + Send + 'static,
    ) -> Result<T, WebError> {
        let console = self.clone();
        self.desk(move |desk| {
            write(&Work {
                console: &console,
                desk,
                session: &session,
                now: Self::now(),
            })
        })
        .await
    }

    /// A page: its title, and what is on it.
    pub async fn page<T: Into<Title>>(
        self: &Arc<Self>,
        session: Session,
        write: impl FnOnce(&Work) -> Result<(T, Markup), WebError> + Send + 'static,
    ) -> Result<Page, WebError> {
        let framed = move |work: &Work| {
            let (title, main) = write(work)?;
            layout::framed(work, &title.into(), &main)
        };
        self.work(session, framed).await
    }

    /// A change, and the page to go to after it.
    pub async fn change(
        self: &Arc<Self>,
        session: Session,
        write: impl FnOnce(&Work) -> Result<String, WebError> + Send + 'static,
    ) -> Result<Redirect, WebError> {
        let to = self.work(session, write).await?;
        Ok(Redirect::to(&to))
    }

    /// All services, each once.
    pub fn services(&self) -> Vec<&Service> {
        let mut all: Vec<&Service> = Vec::new();
        for service in self.towns.iter().flat_map(|town| &town.plan.services) {
            if !all.iter().any(|known| known.id == service.id) {
                all.push(service);
            }
        }
        all
    }

    /// A service's name; its id where no plan has it any more.
    pub fn service(&self, id: &str) -> String {
        words::capital(&self.service_said(id))
    }

    /// The same, within a sentence.
    pub fn service_said(&self, id: &str) -> String {
        let found = self.services().into_iter().find(|service| service.id == id);
        found.map_or(id, |service| &service.name).to_owned()
    }

    /// What somebody works for.
    pub fn services_of(&self, user: &User) -> String {
        let names: Vec<String> = user.services.iter().map(|id| self.service(id)).collect();
        if names.is_empty() {
            "Tous".into()
        } else {
            names.join(", ")
        }
    }

    /// The plan of a town.
    pub fn town(&self, name: &str) -> Option<&Town> {
        self.towns.iter().find(|town| town.plan.town.name == name)
    }

    /// A topic's name.
    pub fn topic(&self, id: &str) -> String {
        let topics = |town: &Town| -> Option<String> {
            let found: Option<&Topic> = town.plan.topics.iter().find(|topic| topic.id == id);
            found.map(|topic| topic.label.clone())
        };
        let label = self.towns.iter().find_map(topics);
        words::capital(&label.unwrap_or_else(|| id.into()))
    }

    /// A form.
    pub fn form(&self, id: &str) -> Option<&Form> {
        let mut forms = self.towns.iter().flat_map(|town| &town.plan.forms);
        forms.find(|form| form.id == id)
    }

    /// A form's name.
    pub fn form_name(&self, id: &str) -> String {
        words::capital(self.form(id).map_or(id, |form| &form.label))
    }
}

/// What a page is made with.
pub struct Work<'a> {
    /// What all pages share.
    pub console: &'a Arc<Console>,
    /// The store.
    pub desk: &'a Desk,
    /// Who asked.
    pub session: &'a Session,
    /// When (Unix milliseconds).
    pub now: i64,
}

impl Work<'_> {
    /// Who asked.
    pub fn user(&self) -> &User {
        &self.session.user
    }

    /// Refuses all others.
    pub fn only_admins(&self) -> Result<(), WebError> {
        let is_admin = self.user().role == Role::Admin;
        is_admin.then_some(()).ok_or(WebError::Forbidden)
    }

    /// Leaves a trail of what they did.
    pub fn audit(&self, action: Action, subject: Option<&str>) -> Result<(), WebError> {
        Ok(self.desk.audit(&self.user().name, action, subject, self.now)?)
    }

    /// What every form carries: it comes from a page of this session.
    pub fn token(&self) -> Markup {
        html! { input type="hidden" name="jeton" value=(self.session.token.for_forms()); }
    }
}

/// What is asked for in an address, after the question mark.
pub struct Asked<T>(pub T);

impl<T: DeserializeOwned> FromRequestParts<Arc<Console>> for Asked<T> {
    type Rejection = WebError;

    async fn from_request_parts(parts: &mut Parts, _: &Arc<Console>) -> Result<Self, WebError> {
        let asked = Query::try_from_uri(&parts.uri);
        asked
            .map(|Query(asked)| Self(asked))
            .map_err(|error| WebError::Unreadable(error.status().to_string()))
    }
}

/// The head of each answer: nothing is loaded from elsewhere, no script stands in a page, no other site shows it in a frame,
/// and nothing stays in a cache. The referrer stays within the site: without any, browsers hide where a form comes from.
const GUARD: [(HeaderName, &str); 6] = [
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; media-src 'self'; connect-src 'self'; \
         form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    ),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "same-origin"),
    (header::CACHE_CONTROL, "no-store"),
    (
        HeaderName::from_static("permissions-policy"),
        "camera=(), geolocation=(), microphone=(self)",
    ),
];

async fn guard(mut response: Response) -> Response {
    for (name, value) in GUARD {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

fn asset(kind: &'static str, content: &'static str) -> impl IntoResponse {
    ([(http::header::CONTENT_TYPE, kind)], content)
}

async fn style() -> impl IntoResponse {
    asset("text/css; charset=utf-8", include_str!("assets/console.css"))
}

async fn script() -> impl IntoResponse {
    asset("text/javascript; charset=utf-8", include_str!("assets/console.js"))
}

async fn telephone() -> impl IntoResponse {
    asset("text/javascript; charset=utf-8", include_str!("assets/poste.js"))
}

async fn lists() -> impl IntoResponse {
    asset("text/javascript; charset=utf-8", include_str!("assets/listes.js"))
}

async fn logo() -> impl IntoResponse {
    asset("image/svg+xml", include_str!("assets/allo.svg"))
}
