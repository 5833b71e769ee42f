//! `allo chat`: the same dialogue, typed. Keys of the telephone are typed as `/0`; an empty line is silence.

use std::io::{BufRead, IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context;
use chrono::{NaiveDate, NaiveDateTime};

use crate::app::engines;
use crate::app::plans::{self, Town};
use crate::config::Config;
use crate::dialogue::{Act, Dialogue, Failure, Input, Known, Place};
use crate::understand::{Reading, TopicMatch};
use crate::units::RequestState;
use crate::web::words::{percent, request};

#[derive(clap::Args)]
pub(super) struct Arguments {
    /// Plan d'accueil (par défaut : celui des réglages)
    #[arg(long, value_name = "FICHIER")]
    dialplan: Option<PathBuf>,
    /// Heure supposée, par exemple 2026-11-24T10:00:00 (par défaut : maintenant)
    #[arg(long, value_name = "DATE")]
    at: Option<NaiveDateTime>,
}

pub(super) fn run(config: &Config, arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let file = arguments
        .dialplan
        .clone()
        .or_else(|| config.dialplans.first().cloned())
        .context("aucun plan : donnez --dialplan")?;
    let (plan, _) = plans::read(&file)?;
    // Without the encoder the dialogue still works, on words alone.
    let encoder = engines::encoder(config)
        .inspect_err(|e| eprintln!("allo : {e:#} (compréhension par les mots seuls)"))
        .ok();
    let town = Town::new(plan, encoder, &engines::memory(config));
    let now = || arguments.at.unwrap_or_else(|| config.civil_now());
    if config.generation.is_some() {
        // It takes the call's own checks, which are not here.
        eprintln!("allo : « generation » ne sert pas ici ; les textes de la mairie sont dits tels quels");
    }
    let mut dialogue = Dialogue::new(town.plan.clone());
    let mut kept = Kept::default();
    let mut next = perform(&town, &mut kept, now(), dialogue.handle(now(), Input::Start));
    let mut input = std::io::stdin().lock();
    // What comes from a file is shown, so that the conversation reads as one.
    let echo = !input.is_terminal();
    loop {
        let input = match next {
            Next::Over => return Ok(ExitCode::SUCCESS),
            Next::Input(input) => input,
            Next::Caller => {
                print!("> ");
                std::io::stdout().flush()?;
                let mut line = Vec::new();
                if input.read_until(b'\n', &mut line)? == 0 {
                    println!();
                    return Ok(ExitCode::SUCCESS);
                }
                // A terminal may still speak Latin-1: one letter is lost then, not the conversation.
                let line = String::from_utf8_lossy(&line);
                if echo {
                    println!("{}", line.trim());
                }
                read(&town, &dialogue, line.trim(), now())
            }
        };
        next = perform(&town, &mut kept, now(), dialogue.handle(now(), input));
    }
}

fn read(town: &Town, dialogue: &Dialogue, line: &str, now: NaiveDateTime) -> Input {
    if let Some(key) = line.strip_prefix('/').and_then(|keys| keys.chars().next()) {
        return Input::Tone(key);
    }
    if line.is_empty() {
        return Input::Silence;
    }
    let reading = town
        .understanding
        .read(line, dialogue.expects().unwrap_or_default(), now);
    println!("  [{}]", meaning(&reading));
    Input::Said { reading, clear: true }
}

/// What was understood, as the dialogue looks at it: requests first.
fn meaning(reading: &Reading) -> String {
    let topic = |found: &TopicMatch, sign| format!("{} {}{sign}", found.id, percent(found.confidence, 0));
    if let (None, Some(value), None) = (reading.command, &reading.value, reading.yes_no) {
        return value.plain();
    }
    match (&reading.command, &reading.topic, reading.yes_no) {
        (Some(command), _, _) => request(&format!("{command:?}")).into(),
        (None, Some(found), _) => topic(found, ""),
        (None, None, Some(yes)) => if yes { "oui" } else { "non" }.into(),
        (None, None, None) => reading
            .alternatives
            .first()
            .map_or("aucun sujet".into(), |nearest| topic(nearest, " (refusé)")),
    }
}

/// What was asked for in this conversation: nothing of it is written down.
#[derive(Default)]
struct Kept(Vec<Known>);

impl Kept {
    /// The reference of the first.
    const FIRST: usize = 123;

    /// Keeps a request, and gives its reference.
    fn keep(&mut self, form: usize, since: NaiveDate) -> String {
        self.0.push(Known {
            state: RequestState::Received,
            since,
            form: Some(form),
            own: true,
        });
        (Self::FIRST + self.0.len() - 1).to_string()
    }

    fn find(&self, reference: &str) -> Option<Known> {
        let index = reference.parse::<usize>().ok()?.checked_sub(Self::FIRST)?;
        self.0.get(index).copied()
    }
}

/// What happens next.
enum Next {
    Caller,
    Input(Input),
    Over,
}

fn perform(town: &Town, kept: &mut Kept, now: NaiveDateTime, acts: Vec<Act>) -> Next {
    let mut next = Next::Caller;
    for act in acts {
        match act {
            Act::Say(text) | Act::Tell { text, .. } | Act::Notice(text) => println!("{text}"),
            Act::Beep => println!("  [bip]"),
            Act::Cite(passage) => {
                let passage = &town.plan.knowledge[passage];
                println!("  [{}:{}]", passage.file, passage.line);
            }
            Act::Listen(_) | Act::Prepare(_) => {}
            Act::Transfer { service, target } => {
                println!(
                    "  [transfert vers {} ({target}) : personne ne répond au clavier]",
                    town.plan.services[service].name
                );
                next = Next::Input(Input::TransferFailed(Failure::NoAnswer));
            }
            Act::HandOver { service, summary } => {
                println!(
                    "  [à l'agent, {} : « {} » ; personne ne répond au clavier]",
                    town.plan.services[service].name,
                    summary.reveal()
                );
                next = Next::Input(Input::TransferFailed(Failure::NoAnswer));
            }
            Act::Queue { service, .. } => {
                println!(
                    "  [{} est occupé : on attend, en musique]",
                    town.plan.services[service].name
                );
                let place = Place {
                    position: 1,
                    wait: Duration::from_secs(180),
                    busy: true,
                };
                next = Next::Input(Input::Waits { place, again: false });
            }
            Act::Leave(_) => println!("  [on n'attend plus]"),
            Act::Record { .. } => {
                println!("  [message laissé]");
                next = Next::Input(Input::Recorded { spoken: true });
            }
            Act::Keep { .. } => next = Next::Input(Input::Kept { ok: true }),
            Act::Submit(request) => {
                let form = &town.plan.forms[request.form];
                let answers = request
                    .answers(form)
                    .map(|(id, _, value)| format!("{id} : {}", value.plain()));
                println!("  [{} ; {}]", form.id, answers.collect::<Vec<_>>().join(" ; "));
                let reference = Some(kept.keep(request.form, now.date()));
                next = Next::Input(Input::Submitted { reference });
            }
            Act::Look(reference) => {
                let known = kept.find(&reference);
                next = Next::Input(Input::Found { known });
            }
            Act::HangUp => next = Next::Over,
        }
    }
    next
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_of_this_conversation_is_found_and_no_other() {
        let (mut kept, day) = (Kept::default(), NaiveDate::default());
        assert_eq!(kept.find("123"), None);
        let references = [kept.keep(0, day), kept.keep(2, day)];
        assert_eq!(references, ["123", "124"]);
        assert_eq!(kept.find("124").and_then(|known| known.form), Some(2));
        for other in ["122", "125", "0", "", "douze", "99999999999999999999999"] {
            assert_eq!(kept.find(other), None, "{other}");
        }
    }
}
