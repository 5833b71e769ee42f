//! `allo serve`: answers calls until it is asked to stop.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use tokio::signal::unix::{SignalKind, signal};

use crate::app::Server;
use crate::config::Config;

#[derive(clap::Args)]
pub(super) struct Arguments {
    /// Adresse et port du téléphone (SIP, UDP et TCP)
    #[arg(long, value_name = "ADRESSE:PORT")]
    sip: Option<SocketAddr>,
    /// Adresse et port des pages et de /health
    #[arg(long, value_name = "ADRESSE:PORT")]
    http: Option<SocketAddr>,
    /// Dossier des appels et des messages
    #[arg(long, value_name = "DOSSIER")]
    data: Option<PathBuf>,
    /// Plan d'accueil ; peut être répété
    #[arg(long, value_name = "FICHIER")]
    dialplan: Vec<PathBuf>,
    /// Place un appel de démonstration, puis reste à l'écoute
    #[arg(long)]
    demo: bool,
    /// Place un appel de démonstration et rend 0 s'il s'est passé comme prévu
    #[arg(long, conflicts_with = "demo")]
    demo_only: bool,
}

pub(super) fn run(mut config: Config, arguments: Arguments) -> anyhow::Result<ExitCode> {
    config.sip_listen = arguments.sip.unwrap_or(config.sip_listen);
    config.http_listen = arguments.http.unwrap_or(config.http_listen);
    config.data = arguments.data.unwrap_or(config.data);
    if !arguments.dialplan.is_empty() {
        config.dialplans = arguments.dialplan;
    }
    let demo = arguments.demo || arguments.demo_only;
    if demo && std::env::var_os("RUST_LOG").is_none() {
        // The demonstration shows the conversation itself; warnings still come through.
        config.log = "warn".into();
    }
    super::log(&config.log);
    super::runtime()?.block_on(async {
        let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
        let server = Server::start(config).await?;
        tracing::info!(sip = ?server.sip, http = %server.http, "prêt à répondre");
        let mut code = ExitCode::SUCCESS;
        if demo {
            let went_well = super::demo::run(&server).await?;
            code = if went_well {
                ExitCode::SUCCESS
            } else {
                ExitCode::FAILURE
            };
        }
        if !arguments.demo_only {
            super::demo::invite(&server);
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
            tracing::info!("arrêt demandé");
        }
        server.stop().await;
        Ok(code)
    })
}
