//! What people do with calls in their browser: they take those that ring, step into those that run, and let go of them.
//!
//! | request | body | answer |
//! | --- | --- | --- |
//! | `POST /console/postes/{id}/prise` | the browser's offer (`offre`) | 200 `{"reponse": "v=0…"}`; 409 where another was quicker |
//! | `POST /console/postes/{id}/refus` | | 204 |
//! | `POST /console/postes/{id}/fin`, `…/retour` | | 204: hung up, or given back to Allô |
//! | `POST /console/postes/{id}/bande` | | 204: no more of it is recorded |
//! | `POST /console/postes/{id}/suite` | `service`, or `poste` | 204: passed on |
//! | `POST /console/appels/{id}/reprise`, `…/ecoute` | `offre` | 200 `{"poste": 7, "reponse": "v=0…"}`: taken over, or listened to |
//!
//! What rings comes as server-sent events with the calls in progress (`live`), as `panel` draws it.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::extract::{ConnectInfo, FromRequestParts, Path, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Json;
use serde::{Deserialize, Serialize};
use tokio::sync::oneshot;

use super::board::LiveCall;
use super::console::{Console, Work};
use super::error::WebError;
use super::origin::client;
use super::session::{Nothing, Posted};
use crate::app::Refusal;
use crate::app::desks::{Post, Step, Take, Wish};
use crate::store::{Action, Role, User};
use crate::units::CallId;

/// What stands for the codec of a call without sound.
const WRITTEN: &str = "texte";

/// Where a browser is.
pub struct Whence(IpAddr);

impl FromRequestParts<Arc<Console>> for Whence {
    type Rejection = WebError;

    async fn from_request_parts(parts: &mut Parts, console: &Arc<Console>) -> Result<Self, WebError> {
        let peer = ConnectInfo::<SocketAddr>::from_request_parts(parts, console).await;
        let ConnectInfo(peer) = peer.map_err(|error| WebError::Failed(error.to_string()))?;
        Ok(Self(console.from(peer.ip(), &parts.headers)))
    }
}

impl Console {
    /// The address that a request comes from. A server that speaks TLS for us, on this machine, is believed about it.
    pub fn from(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let is_proxy = |address: IpAddr| self.settings.public_url.is_some() && address.to_canonical().is_loopback();
        client(peer, headers, is_proxy)
    }
}

/// What a browser sends to speak.
#[derive(Deserialize)]
pub struct Offer {
    /// SDP.
    pub offre: String,
}

/// What it gets: the answer, and the number of its post.
#[derive(Serialize)]
pub struct Answer {
    poste: u64,
    reponse: String,
}

/// Somebody takes a call.
pub async fn take(
    State(console): State<Arc<Console>>,
    Path(id): Path<u64>,
    Whence(from): Whence,
    posted: Posted<Offer>,
) -> Result<Json<Answer>, WebError> {
    let name = posted.session.user.name.clone();
    let call = own(&console, &name, id)?.call.to_string();
    let (answered, answer) = oneshot::channel();
    let take = Take {
        name,
        offer: posted.form.offre,
        from,
        answered,
    };
    if !console.desks.take(id, take) {
        return Err(WebError::Conflict(
            "un autre agent a été plus rapide, ou l'appelant a raccroché",
        ));
    }
    let audited = move |work: &Work| work.audit(Action::TookCall, Some(&call));
    console.work(posted.session, audited).await?;
    answer_of(id, answer).await
}

/// The answer to a browser's offer.
async fn answer_of(poste: u64, answer: oneshot::Receiver<Result<String, Refusal>>) -> Result<Json<Answer>, WebError> {
    match answer.await {
        Ok(Ok(reponse)) => Ok(Json(Answer { poste, reponse })),
        Ok(Err(refusal)) => Err(WebError::Unreadable(refusal.1.into())),
        // The call is over.
        Err(_) => Err(WebError::Conflict("l'appelant a raccroché")),
    }
}

/// Somebody will not take it.
pub async fn decline(
    State(console): State<Arc<Console>>,
    Path(id): Path<u64>,
    posted: Posted<Nothing>,
) -> Result<StatusCode, WebError> {
    let name = posted.session.user.name.clone();
    let call = own(&console, &name, id)?.call.to_string();
    if console.desks.decline(id, &name) {
        let audited = move |work: &Work| work.audit(Action::DeclinedCall, Some(&call));
        console.work(posted.session, audited).await?;
    }
    Ok(StatusCode::NO_CONTENT)
}

/// Whoever has taken it hangs up.
pub async fn hang_up(
    State(console): State<Arc<Console>>,
    Path(id): Path<u64>,
    posted: Posted<Nothing>,
) -> Result<StatusCode, WebError> {
    wish(&console, &posted.session.user, id, Wish::HangUp)
}

/// Whoever has taken it gives the caller back to us.
pub async fn give_back(
    State(console): State<Arc<Console>>,
    Path(id): Path<u64>,
    posted: Posted<Nothing>,
) -> Result<StatusCode, WebError> {
    wish(&console, &posted.session.user, id, Wish::GiveBack)
}

/// Whoever has taken it wants no more of it recorded.
pub async fn stop_recording(
    State(console): State<Arc<Console>>,
    Path(id): Path<u64>,
    posted: Posted<Nothing>,
) -> Result<StatusCode, WebError> {
    let call = own(&console, &posted.session.user.name, id)?.call.to_string();
    let asked = wish(&console, &posted.session.user, id, Wish::StopRecording)?;
    let audited = move |work: &Work| work.audit(Action::StoppedRecording, Some(&call));
    console.work(posted.session, audited).await?;
    Ok(asked)
}

/// To whom a call is passed on.
#[derive(Deserialize)]
pub struct Onward {
    #[serde(default)]
    service: String,
    /// An extension, in place of a service.
    #[serde(default)]
    poste: String,
}

/// Whoever has taken it passes the caller on.
pub async fn pass_on(
    State(console): State<Arc<Console>>,
    Path(id): Path<u64>,
    posted: Posted<Onward>,
) -> Result<StatusCode, WebError> {
    let call = own(&console, &posted.session.user.name, id)?.call.to_string();
    let Onward { service, poste } = posted.form;
    if !poste.is_empty() {
        let is_dialled = (1..=8).contains(&poste.len()) && poste.chars().all(|c| c.is_ascii_digit() || c == '*');
        return match is_dialled {
            true => wish(&console, &posted.session.user, id, Wish::Refer(poste)),
            false => Err(WebError::Unreadable("poste".into())),
        };
    }
    let plan = console.board.call(&call).and_then(|live| console.town(&live.call.plan));
    let known = plan.is_some_and(|town| town.plan.services.iter().any(|s| s.id == service));
    if !known {
        return Err(WebError::NotFound);
    }
    wish(&console, &posted.session.user, id, Wish::PassOn(service))
}

/// Somebody takes a call over from us that runs.
pub async fn take_over(
    State(console): State<Arc<Console>>,
    Path(id): Path<CallId>,
    whence: Whence,
    posted: Posted<Offer>,
) -> Result<Json<Answer>, WebError> {
    step_in(&console, id, whence, posted, Step::TakeOver).await
}

/// Somebody listens to a call that runs.
pub async fn listen(
    State(console): State<Arc<Console>>,
    Path(id): Path<CallId>,
    whence: Whence,
    posted: Posted<Offer>,
) -> Result<Json<Answer>, WebError> {
    step_in(&console, id, whence, posted, Step::Listen).await
}

async fn step_in(
    console: &Arc<Console>,
    id: CallId,
    Whence(from): Whence,
    posted: Posted<Offer>,
    step: Step,
) -> Result<Json<Answer>, WebError> {
    let live = console.board.call(&id.to_string()).ok_or(WebError::NotFound)?;
    let user = &posted.session.user;
    let (may, action) = match step {
        Step::TakeOver => (console.may_take_over(user, &live), Action::TookOver),
        Step::Listen => (console.may_listen(user, &live), Action::ListenedIn),
    };
    if !may {
        return Err(WebError::Forbidden);
    }
    let (answered, answer) = oneshot::channel();
    let take = Take {
        name: user.name.clone(),
        offer: posted.form.offre,
        from,
        answered,
    };
    // Nobody listens without a trace: what cannot be written down is not done.
    let audited = move |work: &Work| work.audit(action, Some(&id.to_string()));
    console.work(posted.session, audited).await?;
    let post = console.desks.step_in(id, step, take);
    let post = post.ok_or(WebError::Conflict("l'appel est terminé, ou vous parlez déjà"))?;
    answer_of(post, answer).await
}

impl Console {
    /// The service that a call is for, as far as it has got.
    pub fn service_of(&self, live: &LiveCall) -> String {
        let plan = self.town(&live.call.plan).map(|town| &town.plan);
        let of_topic = |id: &String| {
            let plan = plan?;
            let topic = plan.topics.iter().find(|topic| topic.id == *id)?;
            Some(plan.services[topic.service].id.clone())
        };
        let passed = live.story.transfer.as_ref().map(|(service, _)| service.clone());
        let reception = || plan.map(|plan| plan.services[plan.reception].id.clone());
        let service = passed.or_else(|| live.story.topics.last().and_then(of_topic));
        service.or_else(reception).unwrap_or_default()
    }

    /// Whether somebody may take a call over: one of theirs, that has a voice, and that we have.
    pub fn may_take_over(&self, user: &User, live: &LiveCall) -> bool {
        let ours = live.runs() && live.story.with.is_none();
        ours && live.call.codec != WRITTEN && user.sees(&self.service_of(live))
    }

    /// Whether somebody may listen to a call: supervisors may, where the town has told its callers.
    pub fn may_listen(&self, user: &User, live: &LiveCall) -> bool {
        let told = self.town(&live.call.plan).is_some_and(|town| town.plan.listening);
        told && live.runs() && live.call.codec != WRITTEN && user.role != Role::Clerk
    }
}

/// Hands a wish of whoever has taken a call to it.
fn wish(console: &Console, user: &User, id: u64, wish: Wish) -> Result<StatusCode, WebError> {
    let taken = console.desks.ask(id, &user.name, wish);
    taken.then_some(StatusCode::NO_CONTENT).ok_or(WebError::NotFound)
}

/// What rings for this account or is spoken by it.
fn own(console: &Console, name: &str, id: u64) -> Result<Post, WebError> {
    let mut shown = console.desks.shown_to(name).into_iter();
    shown.find(|post| post.id == id).ok_or(WebError::NotFound)
}
