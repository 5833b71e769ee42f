//! What whoever takes a call, or reads a message, is told of it: nothing but what was said or answered in it.

use std::time::Duration;

use chrono::NaiveDate;

use super::form::{Request, in_words};
use super::phrases::{Phrase, Phrases};
use super::plan::{Passing, Plan};
use super::queue::length_in_words;
use super::{Dialogue, Subject, Turn};
use crate::pii::Pii;
use crate::understand::{Command, Reading, Value};

/// Fewer words than these tell a clerk nothing; in a request for a person, more are needed.
const TELLING: usize = 4;
const TELLING_WITH_REQUEST: usize = 8;
/// Longer stories are cut here.
const MOST_WORDS: usize = 30;
/// A shorter wait is none.
const WORTH_TELLING: Duration = Duration::from_secs(30);
/// So many answers to questions of a form are told.
const MOST_ANSWERS: usize = 4;

/// What a clerk may be told, as far as the call has got.
#[derive(Clone, Debug, Default)]
pub(super) struct Gist {
    /// What the caller said last that tells something, as it was understood.
    said: Option<Pii<String>>,
    /// The last request that was noted.
    noted: Option<Request>,
}

impl Turn<'_> {
    /// Remembers what the caller said in their own words, where it was heard clearly and tells something.
    pub(super) fn note_said(&mut self, reading: &Reading, clear: bool) {
        let words = reading.text.reveal().split_whitespace().count();
        let tells = match reading.command {
            None | Some(Command::Accident) => words >= TELLING && reading.yes_no.is_none(),
            Some(Command::Agent) => words >= TELLING_WITH_REQUEST,
            Some(_) => false,
        };
        if clear && tells {
            self.dialogue.gist.said = Some(reading.text.clone());
        }
    }

    /// Remembers a request that is on disk.
    pub(super) fn note_request(&mut self, request: Request) {
        self.dialogue.gist.noted = Some(request);
    }

    /// What a clerk of this service is told, where those before it in `tried` did not take the call, and the caller has
    /// `waited` for so long.
    pub(super) fn summary(&self, service: usize, tried: &[usize], waited: Option<Duration>) -> Pii<String> {
        let (plan, phrases) = (&self.dialogue.plan, &self.dialogue.phrases);
        let opening = opening(plan, phrases, service, self.dialogue.label(service, tried).as_deref());
        let told = match (self.dialogue.answers(self.now.date()), &self.dialogue.gist.said) {
            (Some(answers), _) => Some(phrases.fill(Phrase::CallerTold, "valeur", &answers)),
            (None, Some(said)) => Some(phrases.fill(Phrase::CallerSaid, "valeur", &shortened(said.reveal()))),
            (None, None) => None,
        };
        let waited = waited
            .filter(|waited| *waited >= WORTH_TELLING)
            .map(|waited| phrases.fill(Phrase::CallerWaited, "durée", &length_in_words(waited)));
        let take = phrases.get(Phrase::TakeTheCall).to_owned();
        let parts: Vec<String> = [Some(opening), waited, told, Some(take)]
            .into_iter()
            .flatten()
            .collect();
        parts.join(" ").into()
    }
}

impl Dialogue {
    /// What was said before a message for this service, in lines to be read; empty where nothing was that tells anything.
    pub fn brief(&self, today: NaiveDate, service: usize) -> Pii<String> {
        let subject = self.label(service, &[]).map(|label| format!("Sujet : {label}"));
        let said = self
            .gist
            .said
            .as_ref()
            .map(|said| format!("Dit avant : « {} »", shortened(said.reveal())));
        let answers = self.answers(today).map(|answers| format!("Réponses : {answers}"));
        let lines: Vec<String> = [subject, said, answers].into_iter().flatten().collect();
        lines.join("\n").into()
    }

    /// What the call is about. What was answered before concerns this service only where that one knows more of it, or one
    /// for which this one stands in.
    fn label(&self, service: usize, tried: &[usize]) -> Option<String> {
        let plan = &self.plan;
        let (label, of) = match self.about? {
            Subject::Topic(topic) => (plan.topics[topic].label.clone(), Some(plan.topics[topic].service)),
            Subject::Passage(passage) => {
                let passage = &plan.knowledge[passage];
                (
                    passage.title().trim_end_matches(['?', '.', ' ']).to_owned(),
                    passage.service,
                )
            }
            Subject::Agenda(_) | Subject::Contact(_) | Subject::Service(_) => return None,
        };
        let concerns = service == plan.reception || of.is_some_and(|of| of == service || tried.contains(&of));
        concerns.then_some(label)
    }

    /// The answers to the questions of the form that is being filled in, or else of the last one that was: "lieu, rue des
    /// Lavandières ; téléphone, 06 42 18 75 91".
    fn answers(&self, today: NaiveDate) -> Option<String> {
        let (form, values): (usize, Vec<Option<&Value>>) = match (&self.filling, &self.gist.noted) {
            (Some(filling), _) => (filling.form, filling.values().collect()),
            (None, Some(request)) => (request.form, request.values.iter().map(Some).collect()),
            (None, None) => return None,
        };
        let fields = self.plan.forms[form].fields.iter().zip(values);
        let answers = fields.filter_map(|(field, value)| {
            let said = in_words(value?, today)?;
            Some(format!("{}, {said}", field.label.to_lowercase()))
        });
        let answers: Vec<String> = answers.take(MOST_ANSWERS).collect();
        (!answers.is_empty()).then(|| answers.join(" ; "))
    }
}

/// What a clerk hears first.
fn opening(plan: &Plan, phrases: &Phrases, service: usize, label: Option<&str>) -> String {
    let name = &plan.services[service].name;
    match label {
        Some(label) => phrases
            .fill(Phrase::CallAbout, "service", name)
            .replace("{sujet}", label),
        None => phrases.fill(Phrase::CallFor, "service", name),
    }
}

/// What clerks may hear first, so that it can be rendered before it is needed.
pub(super) fn openings(plan: &Plan, phrases: &Phrases) -> Vec<String> {
    let is_attended = |service: &usize| matches!(plan.services[*service].passing, Passing::Attended(_));
    let services = (0..plan.services.len()).filter(is_attended);
    let bare = services.map(|service| opening(plan, phrases, service, None));
    let topics = plan.topics.iter().filter(|topic| is_attended(&topic.service));
    let about = topics.map(|topic| opening(plan, phrases, topic.service, Some(&topic.label)));
    bare.chain(about).collect()
}

/// What was said, or its beginning; it ends the sentence in which it is repeated.
fn shortened(said: &str) -> String {
    let words: Vec<&str> = said.split_whitespace().collect();
    if words.len() > MOST_WORDS {
        return format!("{} …", words[..MOST_WORDS].join(" "));
    }
    words.join(" ").trim_end_matches(['.', '!', '?', ' ']).to_owned()
}
