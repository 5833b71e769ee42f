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
    config.web.demo |= arguments.demo;
    if demo && std::env::var_os("RUST_LOG").is_none() {
        // The demonstration shows the conversation itself; warnings still come through.
        config.log = "warn".into();
    }
    super::log(&config.log);
    super::runtime()?.block_on(async {
        let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
        // Starting takes minutes where the voice was never prepared: a request to stop is heard all along.
        let mut stop = std::pin::pin!(async move {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
        });
        if demo {
            println!("Démarrage : chargement des modèles et de la voix (une demi-minute la première fois)…");
        }
        let server = tokio::select! {
            server = Server::start(config) => server?,
            () = &mut stop => return Ok(ExitCode::from(u8::from(arguments.demo_only))),
        };
        tracing::info!(sip = ?server.sip, http = %server.http, "prêt à répondre");
        let went_well = tokio::select! {
            went_well = answer(&server, demo, arguments.demo_only) => went_well,
            () = &mut stop => {
                tracing::info!("arrêt demandé");
                Ok(!arguments.demo_only)
            }
        };
        server.stop().await;
        Ok(if went_well? {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        })
    })
}

/// Answers calls for ever, after the demonstration; or that alone, and whether it went well.
async fn answer(server: &Server, demo: bool, demo_only: bool) -> anyhow::Result<bool> {
    let went_well = !demo || super::demo::run(server).await?;
    if !demo_only {
        super::demo::invite(server);
        std::future::pending::<()>().await;
    }
    Ok(went_well)
}
