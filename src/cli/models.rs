//! `allo models`: installs and verifies the models.

use std::process::ExitCode;

use crate::config::Config;
use crate::engine::models::{self, FetchedBy, Outcome, Row, State, Terminal, megabytes};

#[derive(clap::Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    /// Installe les modèles nécessaires, ou ceux qui sont nommés
    Fetch {
        /// Modèles à installer (voir « allo models list »)
        ids: Vec<String>,
        /// Ne fait rien si tout ce qui est nécessaire est là
        #[arg(long, conflicts_with = "ids")]
        if_needed: bool,
    },
    /// Montre les modèles connus et ceux qui sont installés
    List {
        /// En JSON
        #[arg(long)]
        json: bool,
    },
    /// Vérifie l'empreinte de chaque fichier
    Verify,
}

pub(super) fn run(config: &Config, arguments: &Arguments) -> anyhow::Result<ExitCode> {
    match &arguments.command {
        Command::Fetch { if_needed: true, .. } if complete(config) => {}
        Command::Fetch { ids, .. } => {
            let which = (!ids.is_empty()).then_some(ids.as_slice());
            for (id, outcome) in models::fetch(&config.models, which, &mut Terminal::default())? {
                println!("{id} : {}", describe(&outcome));
            }
        }
        Command::List { json: true } => println!("{}", serde_json::to_string_pretty(&models::list(&config.models))?),
        Command::List { json: false } => models::list(&config.models).iter().for_each(show),
        Command::Verify => {
            let rows = models::verify(&config.models, &mut Terminal::default());
            let needed = |row: &Row| row.default == FetchedBy::Default;
            rows.iter()
                .filter(|row| row.state != State::Absent || needed(row))
                .for_each(show);
            let bad = |row: &&Row| row.state == State::Corrupt || row.state == State::Absent && needed(row);
            let bad: Vec<&str> = rows.iter().filter(bad).map(|row| row.id.as_str()).collect();
            if !bad.is_empty() {
                println!("\nPour les remettre en état : allo models fetch {}", bad.join(" "));
                return Ok(ExitCode::FAILURE);
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Whether everything that a fresh machine needs is there.
fn complete(config: &Config) -> bool {
    models::list(&config.models)
        .iter()
        .all(|row| row.default != FetchedBy::Default || row.state == State::Good)
}

fn describe(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Here => "déjà là".into(),
        Outcome::Fetched => "installé".into(),
        Outcome::Passed => "aucune source accessible ; Allô s'en passe".into(),
    }
}

fn show(row: &Row) {
    println!(
        "{:<22} {:<8} {:>9}  {:<13} {}",
        row.id,
        row.state.name(),
        megabytes(row.size),
        row.licence,
        row.what
    );
    if row.state == State::Corrupt {
        row.faulty.iter().for_each(|file| println!("{:22} {file}", ""));
    }
    if let Some(source) = &row.source {
        println!("{:22} {source}", "");
    }
}
