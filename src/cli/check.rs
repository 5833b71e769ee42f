//! `allo check`: every mistake of a plan, named in French.

use std::path::PathBuf;
use std::process::ExitCode;

use crate::app::plans;

#[derive(clap::Args)]
pub(super) struct Arguments {
    /// Plans à vérifier
    #[arg(required = true, value_name = "FICHIER")]
    files: Vec<PathBuf>,
}

pub(super) fn run(arguments: &Arguments) -> ExitCode {
    let mut valid = true;
    for file in &arguments.files {
        match plans::read(file) {
            Ok((plan, warnings)) => {
                warnings.iter().for_each(|warning| println!("{warning}"));
                println!(
                    "{} : plan valable ({} sujets, {} exemples, {} services)",
                    file.display(),
                    plan.topics.len(),
                    plan.topics.iter().map(|t| t.examples.len()).sum::<usize>(),
                    plan.services.len()
                );
            }
            Err(error) => {
                println!("{error}");
                valid = false;
            }
        }
    }
    if valid { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
