//! Calls from pages, over HTTP. A page begins one, reads along, types, presses keys, and hangs up:
//!
//! | request | body | answer |
//! | --- | --- | --- |
//! | `GET /appel/relais` | | `{"serveurs": […]}`, STUN and TURN servers as browsers want them (`RTCIceServer`) |
//! | `POST /appel` | `{"numero": "…", "offre": "v=0…"}`, both optional; without an offer all is written | 201 `{"jeton": "…", "reponse": "v=0…"}` |
//! | `GET /appel/{jeton}/suite` | | server-sent events `allo`, `vous`, `agent`, `fin`; all from the beginning, or after `Last-Event-ID` |
//! | `POST /appel/{jeton}/texte` | `{"texte": "…"}` | 204 |
//! | `POST /appel/{jeton}/touche` | `{"touche": "1"}` | 204 |
//! | `DELETE /appel/{jeton}` | | 204 |

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::rejection::JsonRejection;
use axum::extract::{ConnectInfo, DefaultBodyLimit, Path, State};
use axum::http::header::{CACHE_CONTROL, HeaderName};
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::Next;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, post};
use axum::{Json, Router, middleware};
use futures_util::Stream;
use futures_util::stream::unfold;
use serde::Deserialize;
use serde_json::Value;
use tokio::sync::watch;

use super::origin::{client, guard, within};
use super::refusal::Refused;
use crate::app::App;
use crate::app::visits::{Caption, Request, Visit};
use crate::net::webrtc::{IceServer, TurnLogin};

/// Longest body: an offer of 16 KiB, as JSON.
const LONGEST_BODY: usize = 40 * 1024;
/// Longest turn that is typed, in characters.
const LONGEST_TEXT: usize = 500;
/// Pages that may read one call along: one, and what is left of it where it comes back.
const READERS: usize = 3;
/// Longest wait for a request that comes letter by letter.
const PATIENCE: Duration = Duration::from_secs(10);
/// So often a line is sent where nothing happens, so that proxies keep the connection and we notice that a page is gone.
const KEEP_ALIVE: Duration = Duration::from_secs(10);

pub(super) fn routes(app: &Arc<App>) -> Router<Arc<App>> {
    Router::new()
        .route("/appel", post(begin))
        .route("/appel/relais", get(relays))
        .route("/appel/{jeton}", delete(hang_up))
        .route("/appel/{jeton}/suite", get(read_along))
        .route("/appel/{jeton}/texte", post(say))
        .route("/appel/{jeton}/touche", post(press))
        .layer(DefaultBodyLimit::max(LONGEST_BODY))
        .layer(middleware::from_fn(in_time))
        .layer(middleware::from_fn_with_state(app.clone(), guard))
}

/// Gives up on requests that take too long to come; captions, once they have begun, take as long as they like.
async fn in_time(request: axum::extract::Request, next: Next) -> Response {
    let late = Refused(StatusCode::REQUEST_TIMEOUT, "demande trop lente");
    let response = tokio::time::timeout(PATIENCE, next.run(request)).await;
    response.unwrap_or_else(|_| late.into_response())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Begin {
    #[serde(default)]
    numero: String,
    #[serde(default)]
    offre: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Text {
    texte: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Key {
    touche: char,
}

type Body<T> = Result<Json<T>, JsonRejection>;

/// A body that can be read. What is wrong with it is not told: pages of ours send right ones.
fn sound<T>(body: Body<T>) -> Result<T, Refused> {
    body.map(|Json(body)| body)
        .map_err(|error| Refused(error.status(), "demande illisible"))
}

fn visit(app: &App, token: &str) -> Result<Arc<Visit>, Refused> {
    let unknown = Refused(StatusCode::NOT_FOUND, "cet appel n'existe pas, ou plus");
    app.visits.find(token).ok_or(unknown)
}

/// Hands a request to the call.
fn ask(app: &App, token: &str, request: Request) -> Result<StatusCode, Refused> {
    let taken = visit(app, token)?.ask(request);
    taken
        .then_some(StatusCode::NO_CONTENT)
        .ok_or(Refused(StatusCode::CONFLICT, "l'appel est terminé, ou occupé"))
}

async fn begin(
    State(app): State<Arc<App>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    body: Body<Begin>,
) -> Result<impl IntoResponse, Refused> {
    let Begin { numero, offre } = sound(body)?;
    let is_proxy = |address| within(&app.config.web.proxies, address);
    let from = client(peer.ip().to_canonical(), &headers, is_proxy);
    let numero = if numero.is_empty() { first_number(&app) } else { numero };
    let (token, answer) = app.welcome(from, numero, offre).await?;
    let body = serde_json::json!({ "jeton": token.as_str(), "reponse": answer });
    Ok((StatusCode::CREATED, [(CACHE_CONTROL, "no-store")], Json(body)))
}

/// The servers that help a page behind a strict network. A name on a TURN server is given only where it lasts for some
/// hours: anybody can read what a page is told.
async fn relays(State(app): State<Arc<App>>) -> impl IntoResponse {
    let servers = app.config.ice_servers.iter().filter_map(relay);
    let body = serde_json::json!({ "serveurs": servers.collect::<Vec<_>>() });
    ([(CACHE_CONTROL, "no-store")], Json(body))
}

fn relay(server: &IceServer) -> Option<Value> {
    let IceServer { url, login } = server;
    match login {
        None => Some(serde_json::json!({ "urls": url })),
        Some(TurnLogin::Account(..)) => None,
        Some(login @ TurnLogin::Shared(_)) => {
            let (name, password) = login.now();
            // Where no datagrams leave, TCP may.
            let urls = [url.clone(), format!("{url}?transport=tcp")];
            Some(serde_json::json!({ "urls": urls, "username": name, "credential": password.reveal() }))
        }
    }
}

/// What is called where a page names no number: the first plan.
fn first_number(app: &App) -> String {
    let numbers = app.towns.first().map(|town| &town.plan.town.numbers);
    numbers.and_then(|numbers| numbers.first()).cloned().unwrap_or_default()
}

async fn say(State(app): State<Arc<App>>, Path(token): Path<String>, body: Body<Text>) -> Result<StatusCode, Refused> {
    let Text { texte } = sound(body)?;
    if texte.chars().count() > LONGEST_TEXT || texte.chars().any(char::is_control) {
        return Err(Refused(StatusCode::UNPROCESSABLE_ENTITY, "texte trop long"));
    }
    ask(&app, &token, Request::Typed(texte.into()))
}

async fn press(State(app): State<Arc<App>>, Path(token): Path<String>, body: Body<Key>) -> Result<StatusCode, Refused> {
    let Key { touche } = sound(body)?;
    if !matches!(touche, '0'..='9' | '*' | '#') {
        return Err(Refused(StatusCode::UNPROCESSABLE_ENTITY, "touche inconnue"));
    }
    ask(&app, &token, Request::Key(touche))
}

async fn hang_up(State(app): State<Arc<App>>, Path(token): Path<String>) -> Result<StatusCode, Refused> {
    visit(&app, &token)?.hang_up();
    Ok(StatusCode::NO_CONTENT)
}

/// The captions, from the beginning or after the last that the page has: a browser that lost the connection asks again by
/// itself.
async fn read_along(
    State(app): State<Arc<App>>,
    Path(token): Path<String>,
    headers: HeaderMap,
) -> Result<impl IntoResponse, Refused> {
    let last = headers
        .get("last-event-id")
        .and_then(|id| id.to_str().ok()?.parse().ok());
    let next = last.map_or(0, |last: usize| last.saturating_add(1));
    let visit = visit(&app, &token)?;
    if visit.readers() >= READERS {
        return Err(Refused(StatusCode::TOO_MANY_REQUESTS, "cet appel est déjà lu"));
    }
    let captions = visit.captions();
    let stream = Sse::new(events(captions, next)).keep_alive(KeepAlive::new().interval(KEEP_ALIVE));
    // Proxies (nginx) must not collect what is to be read at once.
    let headers = [
        (CACHE_CONTROL, "no-store"),
        (HeaderName::from_static("x-accel-buffering"), "no"),
    ];
    Ok((headers, stream))
}

/// Where a page has got to; none after the end.
type Place = Option<(watch::Receiver<Vec<Caption>>, usize)>;

fn events(captions: watch::Receiver<Vec<Caption>>, next: usize) -> impl Stream<Item = Result<Event, Infallible>> {
    unfold(Some((captions, next)), |place: Place| async move {
        let (mut captions, next) = place?;
        let known = captions.wait_for(|captions| captions.len() > next).await;
        let caption = known.ok()?[next].clone();
        let is_last = matches!(caption, Caption::Over { .. });
        let place = (!is_last).then_some((captions, next + 1));
        Some((Ok(event(&caption, next)), place))
    })
}

fn event(caption: &Caption, number: usize) -> Event {
    let name = match caption {
        Caption::Allo { .. } => "allo",
        Caption::Caller { .. } => "vous",
        Caption::Agent { .. } => "agent",
        Caption::Over { .. } => "fin",
    };
    let data = serde_json::to_string(caption).expect("numbers and texts are JSON");
    Event::default().id(number.to_string()).event(name).data(data)
}

#[cfg(test)]
mod tests {
    use futures_util::StreamExt;

    use super::*;
    use crate::call::event::EndReason;
    use crate::pii::Secret;
    use crate::units::TurnId;

    fn said(texte: &str) -> Caption {
        Caption::Allo {
            tour: TurnId(1),
            texte: texte.to_owned().into(),
        }
    }

    /// What goes over the wire.
    async fn wire(captions: watch::Receiver<Vec<Caption>>, next: usize) -> String {
        let response = Sse::new(events(captions, next)).into_response();
        let mut body = response.into_body().into_data_stream();
        let mut wire = String::new();
        while let Some(Ok(chunk)) = body.next().await {
            wire += &String::from_utf8_lossy(&chunk);
        }
        wire
    }

    #[test]
    fn a_page_is_told_no_password_that_lasts() {
        let server = |url: &str, login| IceServer {
            url: url.to_owned(),
            login,
        };
        let secret = || Secret::new("s3cret");
        let account = TurnLogin::Account("allo".into(), secret());
        assert!(relay(&server("turn:t.fr:3478", Some(account))).is_none());
        let told = relay(&server("turn:t.fr:3478", Some(TurnLogin::Shared(secret())))).expect("a name");
        assert!(!told.to_string().contains("s3cret"), "{told}");
        assert_eq!(told["urls"][1], "turn:t.fr:3478?transport=tcp");
        let stun = relay(&server("stun:t.fr:3478", None)).expect("a server");
        assert_eq!(stun.to_string(), r#"{"urls":"stun:t.fr:3478"}"#);
    }

    #[tokio::test]
    async fn captions_come_in_order_and_a_page_that_comes_back_misses_none() {
        let captions = watch::Sender::new(vec![said("Bonjour."), said("Je vous écoute.")]);
        let over = Caption::Over {
            raison: EndReason::Finished,
        };
        let (whole, rest) = (captions.subscribe(), captions.subscribe());
        let told = tokio::spawn(wire(whole, 0));
        captions.send_modify(|captions| captions.push(over));
        let told = told.await.expect("it ends by itself");
        let first = "event: allo\ndata: {\"tour\":1,\"texte\":\"Bonjour.\"}\n\n";
        assert!(
            told.contains(first) && told.ends_with("data: {\"raison\":\"finished\"}\n\n"),
            "{told}"
        );
        let told = wire(rest, 2).await;
        assert!(told.contains("id: 2\n") && !told.contains("allo"), "{told}");
    }
}
