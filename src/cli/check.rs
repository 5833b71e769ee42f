//! `allo check`: every mistake of a plan, named in French.

use std::path::PathBuf;
use std::process::ExitCode;

use crate::app::plans;
use crate::config::Config;
use crate::understand::catalogue;

#[derive(clap::Args)]
pub(super) struct Arguments {
    /// Plans à vérifier
    #[arg(required_unless_present = "subjects", value_name = "FICHIER")]
    files: Vec<PathBuf>,
    /// Montre les sujets qu'Allô connaît, et qui se passent d'exemples
    #[arg(long = "sujets")]
    subjects: bool,
}

pub(super) fn run(config: &Config, arguments: &Arguments) -> ExitCode {
    let now = config.civil_now();
    if arguments.subjects {
        for subject in catalogue::subjects() {
            println!(
                "{:<24} {} ({} phrases)",
                subject.id,
                subject.name,
                subject.sentences.len()
            );
        }
    }
    let mut valid = true;
    for file in &arguments.files {
        match plans::read(file) {
            Ok((plan, warnings)) => {
                warnings.iter().for_each(|warning| println!("{warning}"));
                let expired = plan.knowledge.iter().filter(|passage| !passage.holds_at(now));
                for passage in expired {
                    println!(
                        "{}:{}: conseil : « {} » ne sera pas dit : c'est périmé, ou passé",
                        passage.file,
                        passage.line,
                        passage.title()
                    );
                }
                let known = plan.topics.iter().filter_map(|topic| catalogue::subject(&topic.id));
                let (known, sentences) = known.fold((0, 0), |(n, all), subject| (n + 1, all + subject.sentences.len()));
                println!(
                    "{} : plan valable ({} sujets, {} exemples, {} services)",
                    file.display(),
                    plan.topics.len(),
                    plan.topics.iter().map(|t| t.examples.len()).sum::<usize>(),
                    plan.services.len()
                );
                if !plan.knowledge.is_empty() {
                    println!("  {} passages de connaissances", plan.knowledge.len());
                }
                if known > 0 {
                    println!("  {known} de ces sujets sont connus d'Allô : {sentences} phrases de plus");
                }
            }
            Err(error) => {
                println!("{error}");
                valid = false;
            }
        }
    }
    if valid { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
