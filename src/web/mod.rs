//! HTTP: health, metrics for this machine's monitoring, calls from the town's pages, and the console of those who work in
//! the town hall.

pub mod words;

mod appel;
mod board;
mod call_backs;
mod calls;
mod changes;
pub mod console;
mod corrections;
mod desk;
mod error;
mod late;
mod layout;
mod lists;
mod live;
mod login;
mod messages;
mod origin;
mod pages;
mod panel;
pub mod password;
pub mod presence;
mod recordings;
mod refusal;
mod requests;
mod search;
mod session;
mod sound;
mod story;
mod throttle;
mod trail;

#[cfg(test)]
mod tests;

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::Context;
use axum::Router;
use axum::extract::{ConnectInfo, State};
use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum::routing::get;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};

use crate::app::App;
use crate::net::sip::Network;
use console::Console;

pub use origin::Origin;

/// Who may call from pages, and how many.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Sites whose pages may call, besides our own.
    pub origins: Vec<Origin>,
    /// Proxies that are believed when they tell who asks.
    pub proxies: Vec<Network>,
    /// Calls from pages at one time.
    pub max_calls: usize,
    /// And from each address.
    pub max_calls_each: usize,
    /// Whether there is a page to try it on.
    pub demo: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            origins: Vec::new(),
            proxies: Vec::new(),
            max_calls: 10,
            max_calls_each: 3,
            demo: false,
        }
    }
}

#[derive(Clone)]
struct Web {
    app: Arc<App>,
    metrics: Option<PrometheusHandle>,
}

/// Opens the port and serves until the process ends; gives the address that is really open.
pub async fn serve(app: Arc<App>) -> anyhow::Result<SocketAddr> {
    let address = app.config.http_listen;
    let listener = tokio::net::TcpListener::bind(address).await.with_context(|| {
        format!(
            "impossible d'ouvrir {address} pour HTTP : le port est peut-être pris ; choisissez-en un autre avec --http"
        )
    })?;
    let open = listener.local_addr()?;
    // A second server in one process (tests) finds a recorder in place, and goes without.
    let metrics = PrometheusBuilder::new().install_recorder().ok();
    let settings = console::Settings {
        public_url: app.config.public_url.clone(),
        timezone: app.config.timezone,
    };
    let console = Console::new(
        settings,
        app.towns.clone(),
        app.store.clone(),
        app.bell.clone(),
        app.presence.clone(),
        app.desks.clone(),
        app.events.subscribe(),
    );
    let router = Router::new()
        .route("/health", get(health))
        .route("/metrics", get(measures))
        .with_state(Web {
            app: app.clone(),
            metrics,
        });
    let calls = appel::routes(&app)
        .merge(pages::routes(app.config.web.demo))
        .with_state(app);
    let router = router
        .merge(calls)
        .merge(console.router())
        .into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(async move { axum::serve(listener, router).await });
    Ok(open)
}

/// 200 once calls can be taken.
async fn health(State(web): State<Web>) -> impl IntoResponse {
    if web.app.is_ready() {
        (StatusCode::OK, "prêt\n")
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "démarrage\n")
    }
}

/// Figures in Prometheus's format, for this machine only: they tell what a town's people call about.
async fn measures(State(web): State<Web>, ConnectInfo(peer): ConnectInfo<SocketAddr>) -> Result<String, StatusCode> {
    if !peer.ip().to_canonical().is_loopback() {
        return Err(StatusCode::FORBIDDEN);
    }
    web.metrics.map(|m| m.render()).ok_or(StatusCode::SERVICE_UNAVAILABLE)
}
