//! Whole dialogues, typed: what the caller says, what must be in the answer, and how the call ends.
//!
//! ```text
//! ## Refaire sa carte d'identité
//! @ 2026-11-26 10:15
//! C: bonjour, c'est pour refaire ma carte d'identité
//! A: sur rendez-vous | photo récente
//! A! passeport
//! C: non merci, c'est tout
//! = raccroche
//! ```
//!
//! `/1` is a key of the telephone, an empty line of the caller's silence. The end is `raccroche`, `écoute`, `transfert` or
//! `message` and a service, `demande` and a form.

use std::path::Path;

use anyhow::{Context, bail, ensure};
use chrono::NaiveDateTime;

use super::moment;
use crate::app::plans::Town;
use crate::dialogue::{Act, Dialogue, Input, Known};
use crate::understand::normalise;
use crate::units::RequestState;

/// What every request is given, and asked for again.
const REFERENCE: &str = "427";

/// A dialogue as it should go.
pub struct Script {
    pub title: String,
    line: usize,
    at: NaiveDateTime,
    turns: Vec<Turn>,
    end: String,
}

/// What the caller says, and what must stand in the answer, or must not.
struct Turn {
    line: usize,
    said: String,
    fragments: Vec<(bool, String)>,
}

/// What came of a dialogue.
pub struct Played {
    pub title: String,
    pub line: usize,
    /// In what it was not as it should be, in French.
    pub faults: Vec<String>,
}

/// Reads dialogues.
///
/// # Errors
/// Names the line that is none.
pub fn read(file: &Path) -> anyhow::Result<Vec<Script>> {
    let name = file.display();
    let text = super::text(file)?;
    let mut scripts: Vec<Script> = Vec::new();
    for (line, text) in (1..).zip(text.lines()) {
        let text = text.trim_end();
        if let Some(title) = text.strip_prefix("## ") {
            scripts.push(Script {
                title: title.to_owned(),
                line,
                at: NaiveDateTime::default(),
                turns: Vec::new(),
                end: String::new(),
            });
            continue;
        }
        if text.is_empty() || text.starts_with('#') {
            continue;
        }
        let (Some(script), Some((mark, rest))) = (scripts.last_mut(), text.split_at_checked(2)) else {
            bail!("{name}:{line} : il faut d'abord un titre (« ## … »)");
        };
        let rest = rest.trim();
        match (mark, script.turns.last_mut()) {
            ("@ ", _) => script.at = moment(rest).with_context(|| format!("{name}:{line}"))?,
            ("C:", _) => script.turns.push(Turn {
                line,
                said: rest.to_owned(),
                fragments: Vec::new(),
            }),
            ("A:" | "A!", Some(turn)) => {
                let fragments = rest.split(" | ").map(|fragment| (mark == "A:", fragment.to_owned()));
                turn.fragments.extend(fragments);
            }
            ("= ", _) => rest.clone_into(&mut script.end),
            _ => bail!("{name}:{line} : une ligne commence par « ## », « @ », « C: », « A: », « A! » ou « = »"),
        }
    }
    for Script {
        title,
        line,
        turns,
        end,
        ..
    } in &scripts
    {
        ensure!(
            !turns.is_empty() && !end.is_empty(),
            "{name}:{line} : il manque « C: » ou « = » à « {title} »"
        );
    }
    ensure!(!scripts.is_empty(), "{name} : aucun dialogue");
    Ok(scripts)
}

/// Plays a dialogue.
pub fn play(script: &Script, town: &Town) -> Played {
    let mut call = Typed {
        town,
        at: script.at,
        dialogue: Dialogue::new(town.plan.clone()),
        end: None,
    };
    call.drive(Input::Start);
    let mut faults = Vec::new();
    for turn in &script.turns {
        if call.end.as_ref().is_some_and(|end| !end.starts_with("demande")) {
            faults.push(format!("{} : « {} » : l'appel est déjà fini", turn.line, turn.said));
            break;
        }
        call.end = None;
        let answer = call.say(&turn.said);
        for (wanted, fragment) in &turn.fragments {
            if folded(&answer).contains(&folded(fragment)) != *wanted {
                let what = if *wanted { "manque" } else { "en trop" };
                faults.push(format!(
                    "{} : « {} » : « {fragment} » {what} dans « {answer} »",
                    turn.line, turn.said
                ));
            }
        }
    }
    let end = call.end.as_deref().unwrap_or("écoute");
    if folded(end) != folded(&script.end) {
        faults.push(format!("fin : {} attendu, {end} trouvé", script.end));
    }
    Played {
        title: script.title.clone(),
        line: script.line,
        faults,
    }
}

/// How texts are compared: words without accents, capitals or punctuation, each between spaces.
fn folded(text: &str) -> String {
    format!(" {} ", normalise::folded_words(text).join(" "))
}

/// A call whose caller types.
struct Typed<'a> {
    town: &'a Town,
    at: NaiveDateTime,
    dialogue: Dialogue,
    end: Option<String>,
}

impl Typed<'_> {
    /// What is answered to what the caller says.
    fn say(&mut self, said: &str) -> String {
        let input = match said.strip_prefix('/').and_then(|keys| keys.chars().next()) {
            Some(key) => Input::Tone(key),
            None if said.is_empty() => Input::Silence,
            None => Input::Said {
                reading: self
                    .town
                    .understanding
                    .read(said, self.dialogue.expects().unwrap_or_default(), self.at),
                clear: true,
            },
        };
        self.drive(input)
    }

    /// What is said in answer to this, and to what follows from it.
    fn drive(&mut self, input: Input) -> String {
        let plan = &self.town.plan;
        let mut said: Vec<String> = Vec::new();
        let mut next = Some(input);
        while let Some(input) = next.take() {
            for act in self.dialogue.handle(self.at, input) {
                match act {
                    Act::Say(text) | Act::Tell { text, .. } | Act::Notice(text) => said.push(text),
                    Act::Beep | Act::Cite(_) | Act::Listen(_) | Act::Prepare(_) | Act::Keep { .. } => {}
                    Act::Leave(_) => {}
                    Act::Transfer { service, .. } | Act::HandOver { service, .. } | Act::Queue { service, .. } => {
                        self.end = Some(format!("transfert {}", plan.services[service].id))
                    }
                    Act::Record { service } => self.end = Some(format!("message {}", plan.services[service].id)),
                    Act::Submit(request) => {
                        self.end = Some(format!("demande {}", plan.forms[request.form].id));
                        let reference = Some(REFERENCE.to_owned());
                        next = Some(Input::Submitted { reference });
                    }
                    Act::Look(reference) => {
                        let known = (reference == REFERENCE).then(|| Known {
                            state: RequestState::InProgress,
                            since: self.at.date(),
                            form: None,
                            own: true,
                        });
                        next = Some(Input::Found { known });
                    }
                    Act::HangUp => self.end = Some("raccroche".into()),
                }
            }
        }
        said.join(" ")
    }
}
