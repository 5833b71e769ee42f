//! `allo requests`: what callers asked for by a form.

use std::process::ExitCode;

use anyhow::Context;

use super::calls::{masked, time};
use crate::config::Config;
use crate::store::{Reader, RequestRow};

#[derive(clap::Args)]
pub(super) struct Arguments {
    /// En JSON
    #[arg(long)]
    json: bool,
    /// Montre les réponses et les numéros des appelants
    #[arg(long)]
    reveal: bool,
}

pub(super) fn run(config: &Config, arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let reader =
        Reader::open(&config.data).with_context(|| format!("aucune demande dans « {} »", config.data.display()))?;
    let mut requests = reader.requests()?;
    if !arguments.reveal {
        requests.iter_mut().for_each(hide);
    }
    if arguments.json {
        println!("{}", serde_json::to_string_pretty(&requests)?);
    } else {
        requests.iter().for_each(list);
    }
    Ok(ExitCode::SUCCESS)
}

/// Says which questions were answered, and not how.
fn hide(request: &mut RequestRow) {
    request.caller = request.caller.as_deref().map(masked);
    request.answers.values_mut().for_each(|answer| *answer = "•••".into());
}

fn list(request: &RequestRow) {
    let answers = request.answers.iter();
    let answers = answers.map(|(question, answer)| format!("{question} : {}", answer.as_str().unwrap_or_default()));
    println!(
        "{:>5}  {}  {:<14} pour {:<18} de {:<14} {}",
        request.reference,
        time(request.created_at),
        request.form,
        request.service,
        request.caller.as_deref().unwrap_or("anonyme"),
        answers.collect::<Vec<_>>().join(" ; ")
    );
}
