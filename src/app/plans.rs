//! The plans in service: read, checked, understood; the called number chooses among them.

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use super::files;
use chrono::NaiveDateTime;

use crate::call::Understood;
use crate::dialogue::knowledge::Passage;
use crate::dialogue::plan::Plan;
use crate::dialogue::yaml::{self, Diagnostic};
use crate::engine::whisper::Prompt;
use crate::hear::{self, Transcript};
use crate::pii::Pii;
use crate::understand::backchannel::is_backchannel;
use crate::understand::lookup::Findable;
use crate::understand::memory::Memory;
use crate::understand::{SentenceEncoder, TopicExamples, Understanding, normalise};
use crate::units::Expect;

/// A larger file is refused: the addresses of Paris have some 20 MB.
const LARGEST: u64 = 64 << 20;
/// A second hearing with less than this share of the first one's letters has lost words.
const CUT: f32 = 0.7;
/// As callers answer a question.
const YES_OR_NO: &str = "Oui, s'il vous plaît. Non merci. Oui, allez-y. C'est ça.";

/// A plan and what was made of it.
#[derive(Clone)]
pub struct Town {
    /// The plan.
    pub plan: Arc<Plan>,
    /// Its topics, ready to be recognised.
    pub understanding: Arc<Understanding>,
    /// The town's words, as a prompt for recognition.
    words: Arc<str>,
}

impl Town {
    /// Prepares a plan: seconds of work for both cores, unless `memory` has it.
    pub fn new(plan: Plan, encoder: Option<Arc<dyn SentenceEncoder>>, memory: &dyn Memory) -> Self {
        let topics: Vec<TopicExamples> = plan
            .topics
            .iter()
            .map(|t| TopicExamples {
                id: t.id.clone(),
                examples: t.examples.clone(),
            })
            .collect();
        let services: Vec<String> = plan.services.iter().map(|s| s.name.clone()).collect();
        let understanding = Understanding::new(&topics, &services, &plan.words, encoder, memory);
        let understanding = understanding.with_lexicon(plan.lexicon.clone());
        let passages: Vec<Findable> = plan.knowledge.iter().map(findable).collect();
        let understanding = understanding
            .with_passages(&passages, memory)
            .with_sense_of_danger(memory);
        let words = prompt(&plan).into();
        Self {
            plan: Arc::new(plan),
            understanding: Arc::new(understanding),
            words,
        }
    }

    /// The meaning of all the words of a turn, of which recognition heard the last.
    ///
    /// Of two hearings of one sound the second counts, unless it lost some of the words.
    pub fn understand(&self, context: &hear::Context, mut transcript: Transcript, civil: NaiveDateTime) -> Understood {
        let started = Instant::now();
        let mut doubted = context.doubted.clone();
        if let Some(first) = doubted.as_mut().filter(|first| is_cut(&transcript.text, first)) {
            std::mem::swap(first, &mut transcript.text);
        }
        let words = context.whole(&transcript.text);
        let other = doubted.filter(|other| !other.reveal().is_empty());
        let other = other.map(|other| context.whole(&other));
        let other = other.as_ref().map(|other| other.reveal().as_str());
        let understanding = &self.understanding;
        let mut reading = understanding.read_either(words.reveal(), other, context.expect, civil);
        reading.backchannel = is_backchannel(&normalise::words(transcript.text.reveal()));
        Understood {
            transcript,
            words,
            reading,
            took: started.elapsed(),
        }
    }
}

impl Town {
    /// What recognition is told when this is expected: the town's own words where a name of theirs may come, yes and no in
    /// doubt where they are asked for, else nothing.
    ///
    /// On the 30 recorded sentences the town's words change neither the topics (24 of 26) nor the words (14.1 % wrong with,
    /// 14.4 % without), while they take 190 ms of 600, and turn noise into sentences: 42 invented words in ten minutes of
    /// noise, against none.
    pub fn prompt(&self, expect: Expect) -> Prompt {
        match expect {
            Expect::Name => Prompt::Always(self.words.clone()),
            Expect::YesNo => Prompt::InDoubt(YES_OR_NO.into()),
            _ => Prompt::None,
        }
    }
}

/// Whether the second hearing of a sound stopped before its end, as recognition does after the first of two sentences.
fn is_cut(second: &Pii<String>, first: &Pii<String>) -> bool {
    let letters = |text: &Pii<String>| text.reveal().chars().filter(|c| c.is_alphanumeric()).count() as f32;
    letters(second) < CUT * letters(first)
}

/// What a passage is found by.
fn findable(passage: &Passage) -> Findable {
    Findable {
        questions: passage.questions.clone(),
        subject: Some(&passage.subject)
            .filter(|_| !passage.names_subject())
            .cloned()
            .unwrap_or_default(),
        text: passage.text.clone(),
    }
}

/// The plan that answers a called number or name: the one that lists it, else one that takes any.
pub fn answering<'a>(towns: &'a [Town], called: &str) -> Option<&'a Town> {
    let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
    // "+33 4 65 71 02 10", "0465710210" and "33465710210" are one number: its last nine digits.
    let same = |number: &str| {
        let (a, b) = (digits(number), digits(called));
        number.eq_ignore_ascii_case(called)
            || (a.len() >= 9 && b.len() >= 9 && a[a.len() - 9..] == b[b.len() - 9..])
            || (!a.is_empty() && a.len() < 9 && a == b && !called.chars().any(char::is_alphabetic))
    };
    towns
        .iter()
        .find(|town| town.plan.town.numbers.iter().any(|n| same(n)))
        .or_else(|| towns.iter().find(|town| town.plan.town.numbers.is_empty()))
}

/// Reads and checks a plan; its mistakes are the error, one a line.
pub fn read(file: &Path) -> anyhow::Result<(Plan, Vec<Diagnostic>)> {
    let name = file.display().to_string();
    let bytes = files::read(file, LARGEST).map_err(|why| anyhow::anyhow!("lecture impossible de {name} : {why}"))?;
    let folder = file.parent().unwrap_or(Path::new(""));
    let outcome = yaml::read_bytes(&bytes, &name, &|named| beside(folder, named));
    match outcome.plan {
        Some(plan) => Ok((plan, outcome.diagnostics)),
        None => {
            let lines: Vec<String> = outcome.diagnostics.iter().map(ToString::to_string).collect();
            Err(anyhow::anyhow!("{}", lines.join("\n")))
        }
    }
}

/// What is in a file that a plan in `folder` names.
fn beside(folder: &Path, name: &str) -> Result<Vec<u8>, String> {
    let unreadable = |why| format!("lecture impossible ({why}) ; le chemin part du dossier du plan");
    files::read(&folder.join(name), LARGEST).map_err(unreadable)
}

/// What recognition is told of the town: Whisper follows the style of its prompt, so it begins as callers do. Each
/// further word costs decoding time (30 of them some 130 ms), so only the town's own words are in it.
fn prompt(plan: &Plan) -> String {
    let mut words: Vec<&str> = plan.words.iter().map(String::as_str).collect();
    if !words.contains(&plan.town.name.as_str()) {
        words.insert(0, &plan.town.name);
    }
    format!(
        "Appel à la mairie de {}. Bonjour, je voudrais parler à un agent, s'il vous plaît. {}.",
        plan.town.name,
        words.join(", ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::understand::memory::Forgetful;

    const PLAN: &str = include_str!("../../dialplans/minimal.yaml");

    #[test]
    fn the_second_hearing_counts_unless_it_lost_words() {
        let plan = yaml::read(PLAN, "plan.yaml").plan.expect("a valid plan");
        let town = Town::new(plan, None, &Forgetful);
        let understood = |before: &str, first: &str, second: &str| {
            let context = hear::Context {
                before: before.to_owned().into(),
                doubted: Some(first.to_owned().into()),
                ..hear::Context::default()
            };
            let second = Transcript {
                text: second.to_owned().into(),
                ..Transcript::default()
            };
            town.understand(&context, second, NaiveDateTime::default())
        };
        let words = |before: &str, first: &str, second: &str| understood(before, first, second).words.reveal().clone();
        assert_eq!(
            words("", "Basse-pour très ou bien.", "Passeport prêt ou pas."),
            "Passeport prêt ou pas."
        );
        assert_eq!(
            words(
                "",
                "Bonjour, mairie d'Essaiville. Il vous écoute.",
                "Bonjour, mairie d'Essaiville."
            ),
            "Bonjour, mairie d'Essaiville. Il vous écoute."
        );
        assert_eq!(words("Alors", "voilà, je voulais", ""), "Alors voilà, je voulais");
        // Nothing heard the second time says nothing against the first.
        let sure = |first: &str, second: &str| understood("", first, second).reading.alternatives[0].confidence;
        let first = "à quelle heure ouvre la mairie";
        assert_eq!(sure(first, ""), sure(first, first));
    }
}
