//! `allo call`: a small telephone.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context;

use super::sound;
use crate::app::softphone::{self, Script};
use crate::audio::Codec;
use crate::config::Config;

#[derive(clap::Args)]
pub(super) struct Arguments {
    /// Adresse à appeler, par exemple sip:mairie@127.0.0.1:5060, ou sips:mairie@allo.mairie.fr
    uri: String,
    /// Enregistrements à dire, l'un après l'autre
    #[arg(long, num_args = 1.., value_name = "WAV")]
    play: Vec<PathBuf>,
    /// Couper la parole : dire le premier enregistrement si longtemps après le premier son de l'autre
    #[arg(long, value_name = "MS")]
    interrupt: Option<u64>,
    /// Touches à presser ensuite
    #[arg(long, default_value = "")]
    keys: String,
    /// Fichier où garder ce qui est entendu
    #[arg(long, value_name = "WAV")]
    record: Option<PathBuf>,
    /// Codecs, le préféré d'abord
    #[arg(long, value_delimiter = ',', default_value = "pcma")]
    codec: Vec<String>,
    /// Adresse locale
    #[arg(long, value_name = "ADRESSE:PORT")]
    local: Option<SocketAddr>,
}

pub(super) fn run(config: &Config, arguments: Arguments) -> anyhow::Result<ExitCode> {
    super::log("warn");
    let codecs = arguments
        .codec
        .iter()
        .map(|name| Codec::from_name(name).with_context(|| format!("codec inconnu : {name}")))
        .collect::<anyhow::Result<_>>()?;
    let play = arguments
        .play
        .iter()
        .map(|file| sound::read(file))
        .collect::<anyhow::Result<_>>()?;
    let script = Script {
        uri: arguments.uri,
        play,
        interrupt: arguments.interrupt.map(Duration::from_millis),
        keys: arguments.keys,
        codecs,
        local: arguments.local,
        encryption: config.srtp,
        ca: config.tls_ca.clone(),
    };
    let report = super::runtime()?.block_on(softphone::call(script))?;
    for (file, response) in arguments.play.iter().zip(&report.responses) {
        match response {
            Some(time) => println!("{} : réponse en {} ms", file.display(), time.as_millis()),
            None => println!("{} : aucune réponse", file.display()),
        }
    }
    if let Some(time) = report.silenced {
        println!("parole coupée : l'autre s'est tu en {} ms", time.as_millis());
    }
    if let Some(target) = &report.referred {
        println!("transfert demandé vers {target}");
    }
    println!(
        "{} s entendues, {}",
        report.received.duration().as_secs(),
        if report.ended_by_them {
            "raccroché par l'autre"
        } else {
            "raccroché"
        }
    );
    if let Some(file) = &arguments.record {
        sound::write(file, &report.received)?;
    }
    Ok(ExitCode::SUCCESS)
}
