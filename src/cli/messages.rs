//! `allo messages`: what callers left for a service, and whether it has heard of it.

use std::process::ExitCode;

use anyhow::Context;
use chrono_tz::Tz;

use super::calls::{masked, time};
use super::requests::{all_again, outcome};
use crate::config::Config;
use crate::store::{self, About, MessageRow, Reader};
use crate::web::words;

#[derive(clap::Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    what: Option<What>,
    /// En JSON
    #[arg(long)]
    json: bool,
    /// Montre ce que les appelants ont dit, et leurs numéros
    #[arg(long)]
    reveal: bool,
}

#[derive(clap::Subcommand)]
enum What {
    /// Transmet à nouveau, tout de suite, un message qui n'est pas arrivé, ou tous
    Resend {
        /// Nom du message, ou son début
        #[arg(required_unless_present = "all")]
        message: Option<String>,
        /// Tous les messages
        #[arg(long, conflicts_with = "message")]
        all: bool,
    },
}

pub(super) fn run(config: &Config, arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let reader =
        Reader::open(&config.data).with_context(|| format!("aucun message dans « {} »", config.data.display()))?;
    let messages = reader.messages()?;
    match &arguments.what {
        Some(What::Resend { message, .. }) => match message {
            Some(message) => resend(config, &messages, message)?,
            None => println!("{}", all_again(store::resend_messages(&config.data)?)),
        },
        None => show(messages, arguments, config.timezone)?,
    }
    Ok(ExitCode::SUCCESS)
}

fn resend(config: &Config, messages: &[MessageRow], name: &str) -> anyhow::Result<()> {
    let mut found = messages.iter().filter(|message| message.id.starts_with(name));
    let (Some(message), None) = (found.next(), found.next()) else {
        anyhow::bail!("« {name} » ne désigne pas un seul message ; « allo messages » les montre");
    };
    let ways = store::resend(&config.data, &About::Message(message.id.clone()))?;
    anyhow::ensure!(
        ways > 0,
        "rien n'est à transmettre de ce message ; « allo messages » le montre"
    );
    println!(
        "message {} : transmis à nouveau dans les secondes qui viennent, si Allô est en service",
        message.id
    );
    Ok(())
}

fn show(mut messages: Vec<MessageRow>, arguments: &Arguments, zone: Tz) -> anyhow::Result<()> {
    if !arguments.reveal {
        messages.iter_mut().for_each(hide);
    }
    if arguments.json {
        println!("{}", serde_json::to_string_pretty(&messages)?);
    } else {
        messages.iter().for_each(|message| list(message, zone));
    }
    Ok(())
}

/// Says whether there are words, and not which.
fn hide(message: &mut MessageRow) {
    message.caller = message.caller.as_deref().map(masked);
    message.deliveries.iter_mut().for_each(|delivery| delivery.said = None);
    if let Some(words) = message.transcript.as_mut().filter(|words| !words.is_empty()) {
        *words = "•••".into();
    }
}

fn list(message: &MessageRow, zone: Tz) {
    println!(
        "{}  {}  {:>3} s  pour {:<18} de {}",
        message.id,
        time(message.created_at, zone),
        message.length_ms / 1000,
        message.service,
        message.caller.as_deref().unwrap_or(words::nobody(message.entrance)),
    );
    println!("       {}", words::transcript(message.transcript.as_deref()));
    for delivery in &message.deliveries {
        println!("       {}", outcome(delivery, "allo messages resend", zone));
    }
}
