//! `allo requests`: what callers asked for by a form, and whether those who deal with it have heard of it.

use std::process::ExitCode;

use anyhow::Context;

use super::calls::{masked, time};
use crate::config::Config;
use crate::store::{self, About, DeliveryRow, Reader, RequestRow, Way};
use crate::units::RequestState;
use crate::web::words;

#[derive(clap::Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    what: Option<What>,
    /// En JSON
    #[arg(long)]
    json: bool,
    /// Montre les réponses et les numéros des appelants
    #[arg(long)]
    reveal: bool,
}

#[derive(clap::Subcommand)]
enum What {
    /// Dit où en est une demande : c'est ce que son auteur entend quand il rappelle
    State {
        /// Numéro de la demande
        reference: String,
        /// Où elle en est
        #[arg(value_enum)]
        state: State,
    },
    /// Transmet à nouveau, tout de suite, ce qui n'est pas arrivé d'une demande
    Resend {
        /// Numéro de la demande
        reference: String,
    },
}

/// As an admin types it.
#[derive(Clone, Copy, clap::ValueEnum)]
enum State {
    /// Enregistrée, pas encore traitée
    Reçue,
    /// En cours de traitement
    EnCours,
    /// Traitée
    Traitée,
    /// Pas acceptée
    Refusée,
}

impl From<State> for RequestState {
    fn from(state: State) -> Self {
        match state {
            State::Reçue => Self::Received,
            State::EnCours => Self::InProgress,
            State::Traitée => Self::Done,
            State::Refusée => Self::Refused,
        }
    }
}

pub(super) fn run(config: &Config, arguments: &Arguments) -> anyhow::Result<ExitCode> {
    match &arguments.what {
        Some(What::State { reference, state }) => {
            let state = RequestState::from(*state);
            let known = store::set_state(&config.data, reference, state)?;
            anyhow::ensure!(
                known,
                "aucune demande ne porte le numéro {reference} ; « allo requests » les montre"
            );
            println!("demande {reference} : {}", words::state(state));
        }
        Some(What::Resend { reference }) => {
            let ways = store::resend(&config.data, &About::Request(reference.clone()))?;
            anyhow::ensure!(
                ways > 0,
                "rien n'est à transmettre de la demande {reference} ; « allo requests » le montre"
            );
            println!(
                "demande {reference} : transmise à nouveau dans les secondes qui viennent, si Allô est en service"
            );
        }
        None => show(config, arguments)?,
    }
    Ok(ExitCode::SUCCESS)
}

fn show(config: &Config, arguments: &Arguments) -> anyhow::Result<()> {
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
    Ok(())
}

/// Says which questions were answered, and not how.
fn hide(request: &mut RequestRow) {
    request.caller = request.caller.as_deref().map(masked);
    request.answers.values_mut().for_each(|answer| *answer = "•••".into());
    let sms = request
        .deliveries
        .iter_mut()
        .filter(|delivery| delivery.way == Way::Sms);
    sms.for_each(|delivery| delivery.recipient = masked(&delivery.recipient));
}

fn list(request: &RequestRow) {
    let answers = request.answers.iter();
    let answers = answers.map(|(question, answer)| format!("{question} : {}", answer.as_str().unwrap_or_default()));
    let state = words::state(request.state);
    println!(
        "{:>5}  {}  {state:<8}  {:<14} pour {:<18} de {:<14} {}",
        request.reference,
        time(request.created_at),
        request.form,
        request.service,
        request.caller.as_deref().unwrap_or(words::nobody(request.entrance)),
        answers.collect::<Vec<_>>().join(" ; ")
    );
    request
        .deliveries
        .iter()
        .for_each(|delivery| println!("       {}", outcome(delivery, "allo requests resend")));
}

/// "courriel à urbanisme@valbourg.fr : arrivé le …". `again` is the command that tries once more.
pub(super) fn outcome(delivery: &DeliveryRow, again: &str) -> String {
    let (told, stuck) = words::delivery(delivery, time);
    let remedy = if delivery.due_at.is_none() {
        format!(" ; « {again} » réessaie")
    } else {
        String::new()
    };
    if stuck {
        format!("NON TRANSMIS, {told}{remedy}")
    } else {
        told
    }
}
