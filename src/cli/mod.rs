//! The command line: one command, one file.

mod bar;
mod call;
mod calls;
mod chat;
mod check;
mod demo;
mod doctor;
mod eval;
mod french;
mod hear;
mod knowledge;
mod messages;
mod models;
mod requests;
mod say;
mod serve;
mod sound;
mod users;

use std::io::IsTerminal;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use clap::{Parser, Subcommand};

use crate::config::Config;

#[derive(Parser)]
#[command(name = "allo", version, about = "Allô répond au téléphone de la mairie.")]
struct Arguments {
    /// Fichier de réglages (par défaut : allo.yaml, s'il existe)
    #[arg(long, global = true, value_name = "FICHIER", env = "ALLO_CONFIG")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Répond aux appels
    Serve(serve::Arguments),
    /// Vérifie des plans d'accueil et nomme chaque erreur
    Check(check::Arguments),
    /// La même conversation, au clavier
    Chat(chat::Arguments),
    /// Transcrit et comprend des enregistrements
    Hear(hear::Arguments),
    /// Mesure ce qu'un plan comprend d'un corpus de phrases, dites ou écrites
    Eval(eval::Arguments),
    /// Importe des connaissances officielles, et montre ce qui s'y trouve
    Knowledge(knowledge::Arguments),
    /// Prononce un texte dans un fichier wav
    Say(say::Arguments),
    /// Appelle une adresse SIP : un petit téléphone
    Call(call::Arguments),
    /// Montre les appels reçus
    Calls(calls::Arguments),
    /// Montre les demandes enregistrées par formulaire
    Requests(requests::Arguments),
    /// Montre les messages laissés, et ce qui en a été compris
    Messages(messages::Arguments),
    /// Comptes de ceux qui travaillent avec la console
    Users(users::Arguments),
    /// Installe et vérifie les modèles
    Models(models::Arguments),
    /// Examine la machine et dit comment réparer
    Doctor(doctor::Arguments),
}

/// Runs the command that the arguments name. A mistake is told in French on standard error; the status is then 1.
pub fn run() -> ExitCode {
    let arguments: Arguments = french::parse();
    match start(arguments) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("allo : {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// A reader that has read enough (`allo calls | head`) ends the command quietly. The server stays deaf to this: a
/// connection that is gone must not end it.
fn end_with_the_reader() {
    // SAFETY: a plain system call, before any thread is started.
    unsafe {
        libc::signal(libc::SIGPIPE, libc::SIG_DFL);
    }
}

fn start(arguments: Arguments) -> anyhow::Result<ExitCode> {
    if !matches!(arguments.command, Command::Serve(_) | Command::Call(_)) {
        end_with_the_reader();
    }
    let config = Config::load(arguments.config.as_deref())?;
    match arguments.command {
        Command::Serve(arguments) => serve::run(config, arguments),
        Command::Check(arguments) => Ok(check::run(&config, &arguments)),
        Command::Chat(arguments) => chat::run(&config, &arguments),
        Command::Eval(arguments) => eval::run(&config, &arguments),
        Command::Hear(arguments) => hear::run(&config, &arguments),
        Command::Knowledge(arguments) => knowledge::run(&config, &arguments),
        Command::Say(arguments) => say::run(&config, &arguments),
        Command::Call(arguments) => call::run(&config, arguments),
        Command::Calls(arguments) => calls::run(&config, &arguments),
        Command::Requests(arguments) => requests::run(&config, &arguments),
        Command::Messages(arguments) => messages::run(&config, &arguments),
        Command::Users(arguments) => users::run(&config, &arguments),
        Command::Models(arguments) => models::run(&config, &arguments),
        Command::Doctor(arguments) => doctor::run(&config, &arguments),
    }
}

/// A runtime for commands that need the network.
fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .context("impossible de démarrer les entrées-sorties")
}

/// What other people's code may not log: the SIP library whole messages, with callers' names and numbers; the WebRTC stack
/// callers' addresses.
const SILENCED: [&str; 4] = ["rsipstack=error", "webrtc=off", "rtc=off", "quinn_udp=off"];

/// Log lines go to standard error: what a command answers stays alone on standard output.
fn log(filter: &str) {
    let filter = tracing_subscriber::EnvFilter::try_from_default_env()
        .or_else(|_| tracing_subscriber::EnvFilter::try_new(filter))
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("info"));
    let filter = SILENCED.iter().fold(filter, |filter, directive| {
        filter.add_directive(directive.parse().expect("a valid directive"))
    });
    // A second call, in tests, finds the first one's subscriber in place.
    let _ = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .try_init();
}
