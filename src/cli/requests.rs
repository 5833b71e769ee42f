//! `allo requests`: what callers asked for by a form, and whether those who deal with it have heard of it.

use std::path::Path;
use std::process::ExitCode;

use anyhow::Context;
use chrono_tz::Tz;

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
    /// Transmet à nouveau, tout de suite, ce qui n'est pas arrivé d'une demande, ou de toutes
    Resend {
        /// Numéro de la demande
        #[arg(required_unless_present = "all")]
        reference: Option<String>,
        /// De toutes les demandes
        #[arg(long, conflicts_with = "reference")]
        all: bool,
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
            anyhow::ensure!(known, "{}", unknown(reference));
            println!("demande {reference} : {}", words::state(state));
        }
        Some(What::Resend { reference, .. }) => println!("{}", resend(&config.data, reference.as_deref())?),
        None => show(config, arguments)?,
    }
    Ok(ExitCode::SUCCESS)
}

/// Has what did not arrive of a request delivered again, or of all; what to say of it.
fn resend(folder: &Path, reference: Option<&str>) -> anyhow::Result<String> {
    let Some(reference) = reference else {
        return Ok(all_again(store::resend_requests(folder)?));
    };
    if store::resend(folder, &About::Request(reference.to_owned()))? == 0 {
        let known = Reader::open(folder)?.request(reference)?.is_some();
        anyhow::ensure!(known, "{}", unknown(reference));
        anyhow::bail!("rien n'est à transmettre de la demande {reference} ; « allo requests » le montre");
    }
    Ok(format!("demande {reference} : transmise à nouveau {SOON}"))
}

const SOON: &str = "dans les secondes qui viennent, si Allô est en service";

/// What to say once so many deliveries were asked for again.
pub(super) fn all_again(deliveries: usize) -> String {
    match deliveries {
        0 => "tout est arrivé : rien n'est à transmettre".into(),
        ways => format!(
            "{} à nouveau {SOON}",
            words::many(ways, "transmission", "transmissions")
        ),
    }
}

fn unknown(reference: &str) -> String {
    format!("aucune demande ne porte le numéro {reference} ; « allo requests » les montre")
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
        requests.iter().for_each(|request| list(request, config.timezone));
    }
    Ok(())
}

/// Says which questions were answered, and not how.
fn hide(request: &mut RequestRow) {
    request.caller = request.caller.as_deref().map(masked);
    request.answers.values_mut().for_each(|answer| *answer = "•••".into());
    for delivery in &mut request.deliveries {
        // What the other side says may repeat what was sent.
        delivery.said = None;
        if delivery.way == Way::Sms {
            delivery.recipient = masked(&delivery.recipient);
        }
    }
}

fn list(request: &RequestRow, zone: Tz) {
    let answers = request.answers.iter();
    let answers = answers.map(|(question, answer)| format!("{question} : {}", answer.as_str().unwrap_or_default()));
    let state = words::state(request.state);
    println!(
        "{:>5}  {}  {state:<8}  {:<14} pour {:<18} de {:<14} {}",
        request.reference,
        time(request.created_at, zone),
        request.form,
        request.service,
        request.caller.as_deref().unwrap_or(words::nobody(request.entrance)),
        answers.collect::<Vec<_>>().join(" ; ")
    );
    request
        .deliveries
        .iter()
        .for_each(|delivery| println!("       {}", outcome(delivery, "allo requests resend", zone)));
}

/// "courriel à urbanisme@valbourg.fr : arrivé le …". `again` is the command that tries once more.
pub(super) fn outcome(delivery: &DeliveryRow, again: &str, zone: Tz) -> String {
    let (told, stuck) = words::delivery(delivery, |at| time(at, zone));
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Store;

    #[test]
    fn what_cannot_be_sent_again_is_said() {
        let folder = tempfile::tempdir().expect("a folder");
        let told = |reference| match resend(folder.path(), reference) {
            Ok(told) => told,
            Err(error) => format!("{error:#}"),
        };
        assert_eq!(told(Some("999")), "Allô n'y a encore rien enregistré");
        let _store = Store::open(folder.path(), 30).expect("opens");
        assert_eq!(
            told(Some("999")),
            "aucune demande ne porte le numéro 999 ; « allo requests » les montre"
        );
        assert_eq!(told(None), "tout est arrivé : rien n'est à transmettre");
    }
}
