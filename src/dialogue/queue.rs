//! The caller waits for somebody of a service: what they are told of their place, what they may ask for meanwhile, and what
//! is offered to who cannot wait. A call-back is a form of ours: its number is confirmed, and it is on disk before it is
//! said to be noted.
//!
//! ```text
//! transfer ─► Queue ─► Waits ─► music; "rappelez-moi" ─► Leave ─► number ─► right? ─► on disk ─► noted
//!               │        │      "message" ─► Leave ─► message          │no, or not on disk
//!               │        │      "revenir" ─► Leave                     └─► Queue, with the place of before
//!               │        └─► TurnComes ─► HandOver: the caller still waits, until somebody takes the call
//!               └─► TurnedAway: full, too long, closed ─► the fallback, or a call-back, or a message
//! ```

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::form::{Request, in_words};
use super::phrases::{Phrase, Phrases};
use super::plan::{Fallback, Plan};
use super::{Act, Considered, Dialogue, Question, State, Subject, Turn, consider};
use crate::pii::Pii;
use crate::understand::{Command, Reading, Value, normalise};
use crate::units::french_number;

/// A caller's place among those who wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// From 1.
    pub position: usize,
    /// How long it may take.
    pub wait: Duration,
    /// Whether everybody speaks with somebody, rather than not answering.
    pub busy: bool,
}

/// How somebody's wait ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Left {
    /// A clerk has taken the call.
    Taken,
    /// They asked to be called back.
    CallBack,
    /// They asked to leave a message.
    Message,
    /// They asked for something else.
    Returned,
    /// The call ended.
    HungUp,
    /// There was no place.
    Full,
    /// It took too long, or would have.
    TooLong,
    /// The service closed.
    Closed,
    /// None of its telephones can be reached.
    Unreachable,
}

/// Whom the caller waits for.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Waiting {
    service: usize,
    tried: Vec<usize>,
    place: Option<Place>,
}

/// What may be asked for meanwhile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    /// Being called back: key 1.
    CallBack,
    /// Leaving a message: key 2.
    Message,
    /// Something else: key 3.
    Back,
    /// Waiting on.
    Wait,
}

/// Each choice, and the ways to say it.
pub(super) const CHOICES: [(Choice, &str); 4] = [
    (Choice::CallBack, "rappeler, rappel, rappelle, appelez-moi"),
    (Choice::Message, "message, messagerie"),
    (
        Choice::Back,
        "revenir, retour, annuler, laisser tomber, laissez tomber, arrêter, quitter",
    ),
    (Choice::Wait, "attendre, attends, patienter"),
];

/// Key of the form by which a call-back is asked for.
pub const CALL_BACK: &str = "rappel_promis";

/// What was not understood is answered so often; then the music goes on: it may be a television.
const REMINDERS: u32 = 2;

impl Dialogue {
    /// This is the caller's number. It is offered to be called back at where that can be done.
    pub fn caller(&mut self, number: &Pii<String>) {
        self.number = french_number(number.reveal()).map(Pii::from);
    }

    /// A clerk has taken the call of who waited: what comes of it is as for any other transfer.
    pub fn taken(&mut self) {
        if let Some(Waiting { service, tried, .. }) = self.waiting.take() {
            self.state = State::Transferring {
                service,
                extension: 0,
                tried,
            };
        }
    }

    /// The call-back that was asked for and not yet confirmed when the call ended: it is not to be lost.
    pub fn unconfirmed_call_back(&self) -> Option<Request> {
        let State::Listening(question) = &self.state else {
            return None;
        };
        let filling = self.filling.as_ref().filter(|_| question.is_of_a_form())?;
        let values: Option<Vec<Value>> = filling.values().map(|value| value.cloned()).collect();
        Some(Request {
            form: filling.form,
            values: values.filter(|_| self.plan.forms[filling.form].calls_back)?,
            remark: None,
        })
    }
}

impl Turn<'_> {
    /// Takes a place among those who wait, or rings at once where nobody does.
    pub(super) fn queue_for(&mut self, service: usize, tried: Vec<usize>) {
        if self.calls_back() {
            // Who asks for a person after all is not called back as well.
            self.dialogue.filling = None;
        }
        let about = self.summary(service, &tried, None);
        self.dialogue.waiting = Some(Waiting {
            service,
            tried: tried.clone(),
            place: None,
        });
        self.dialogue.state = State::Transferring {
            service,
            extension: 0,
            tried,
        };
        self.acts.push(Act::Queue { service, about });
    }

    /// Takes the place again that was left to be called back; false where there is none.
    pub(super) fn queue_again(&mut self) -> bool {
        let waiting = self.dialogue.waiting.take();
        let waiting = waiting.filter(|waiting| self.can_take_calls(waiting.service));
        waiting.is_some_and(|waiting| {
            self.queue_for(waiting.service, waiting.tried);
            true
        })
    }

    /// The caller has this place.
    pub(super) fn waits(&mut self, place: Place, again: bool) {
        let Some(waiting) = &mut self.dialogue.waiting else {
            return;
        };
        waiting.place = Some(place);
        let service = waiting.service;
        if !self.can_take_calls(service) {
            self.acts.push(Act::Leave(Left::Closed));
            return self.turned_away(Left::Closed);
        }
        if again {
            self.say_place();
            self.phrase(Phrase::QueueReminder);
        } else {
            self.phrase(if place.busy { Phrase::AllBusy } else { Phrase::NobodyYet });
            self.say_place();
            self.phrase(Phrase::QueueChoices);
            self.prepare_call_back();
        }
        self.wait(Question::Waiting(service));
    }

    /// It is the caller's turn: a clerk is rung, and the caller waits on until one takes the call.
    pub(super) fn turn_comes(&mut self, waited: Duration) {
        let Some(waiting) = &self.dialogue.waiting else { return };
        let service = waiting.service;
        let summary = self.summary(service, &waiting.tried, Some(waited));
        self.acts.push(Act::HandOver { service, summary });
    }

    /// The caller cannot wait, or no longer.
    pub(super) fn turned_away(&mut self, why: Left) {
        let Some(Waiting { service, tried, .. }) = self.dialogue.waiting.take() else {
            return;
        };
        match why {
            Left::Unreachable => self.phrase_for_service(Phrase::Unreachable, service),
            Left::Full => self.phrase_for_service(Phrase::QueueFull, service),
            Left::Closed => self.phrase_for_service(Phrase::QueueCloses, service),
            _ => self.phrase(Phrase::QueueTooLong),
        }
        match self.plan().services[service].fallback {
            Fallback::Service(other) if !tried.contains(&other) => self.fall_back(service, tried),
            _ if why == Left::Unreachable => self.fall_back(service, tried),
            // Whom the plan sends nowhere else may still be called back: by the first service that does.
            _ => {
                let plan = self.plan();
                let calls_back = tried.into_iter().find(|tried| plan.services[*tried].queue.is_some());
                self.ask(Question::Instead(calls_back.unwrap_or(service)));
            }
        }
    }

    /// What a caller says who waits for a service, or cannot.
    pub(super) fn hear_who_waits(&mut self, service: usize, reading: &Reading, clear: bool) {
        if let Some(choice) = self.choice_in(service, reading) {
            return self.chosen_meanwhile(service, choice);
        }
        match (self.is_waiting(), reading.command, reading.yes_no) {
            (_, Some(Command::Goodbye), _) => {
                self.leave(Left::Returned);
                self.goodbye();
            }
            (true, ..) => self.hear_meanwhile(service, reading, clear),
            (false, _, Some(true)) => self.call_back(service),
            (false, _, Some(false)) => self.ask(Question::More),
            (false, ..) => {
                self.dialogue.trouble += 1;
                if self.dialogue.trouble > REMINDERS {
                    return self.ask(Question::Message(service));
                }
                self.ask(Question::Instead(service));
            }
        }
    }

    /// Something else that is said while waiting: what the town has written may be answered, and the place is kept.
    fn hear_meanwhile(&mut self, service: usize, reading: &Reading, clear: bool) {
        let plan = self.plan();
        // What goes on in the town is long, and ends with a question.
        let answers = |subject: &Subject| subject.only_tells(&plan) && !matches!(subject, Subject::Agenda(_));
        let asks = matches!(reading.command, Some(Command::Agent | Command::Status));
        match consider(&plan, reading, self.now) {
            Considered::Sure(subjects) if !asks && subjects.iter().all(answers) => {
                subjects.into_iter().for_each(|subject| self.say_answer(subject));
            }
            _ if asks => self.say_place(),
            _ => {
                self.dialogue.trouble += 1;
                if clear && self.dialogue.trouble <= REMINDERS {
                    self.phrase(Phrase::QueueChoices);
                }
            }
        }
        self.wait(Question::Waiting(service));
    }

    /// A key while waiting, or instead; false where it means what it always does.
    pub(super) fn type_while_waiting(&mut self, service: usize, key: char) -> bool {
        match key {
            '1' => self.chosen_meanwhile(service, Choice::CallBack),
            '2' => self.chosen_meanwhile(service, Choice::Message),
            '3' => self.chosen_meanwhile(service, Choice::Back),
            '0' if self.is_waiting() => self.chosen_meanwhile(service, Choice::Wait),
            '*' | '0' => return false,
            _ => {
                self.phrase(Phrase::QueueChoices);
                self.wait(if self.is_waiting() {
                    Question::Waiting(service)
                } else {
                    Question::Instead(service)
                });
            }
        }
        true
    }

    fn choice_in(&self, service: usize, reading: &Reading) -> Option<Choice> {
        let Some(Value::Option(name)) = &reading.value else {
            return None;
        };
        let options = &self.dialogue.plan.lexicon.options;
        let options = options.get(self.dialogue.plan.services[service].queue.as_ref()?.choices)?;
        let named = |(n, _): &(usize, &(Choice, &str))| options.nth(n + 1) == Some(name);
        let (_, (choice, _)) = CHOICES.iter().enumerate().find(named)?;
        let words = normalise::folded_words(reading.text.reveal());
        let denies = words.iter().any(|word| matches!(word.as_str(), "pas" | "plus"));
        match choice {
            // "Je ne veux plus attendre."
            Choice::Wait if denies => Some(Choice::Back),
            choice => Some(*choice),
        }
    }

    fn chosen_meanwhile(&mut self, service: usize, choice: Choice) {
        self.dialogue.trouble = 0;
        match choice {
            Choice::CallBack => self.call_back(service),
            Choice::Message => {
                self.leave(Left::Message);
                self.dialogue.waiting = None;
                self.take_message(service);
            }
            Choice::Back => {
                self.leave(Left::Returned);
                self.dialogue.waiting = None;
                self.ask(Question::More);
            }
            Choice::Wait if self.is_waiting() => {
                self.say_place();
                self.wait(Question::Waiting(service));
            }
            Choice::Wait => self.ask(Question::Instead(service)),
        }
    }

    /// Asks for the number, unless it is known, and confirms it.
    fn call_back(&mut self, service: usize) {
        let Some(queue) = &self.plan().services[service].queue else {
            return;
        };
        self.leave(Left::CallBack);
        self.fill(queue.call_back);
    }

    /// Where a call-back is asked for, and not yet its number: the caller's own.
    pub(super) fn take_own_number(&mut self) {
        let open = self
            .dialogue
            .filling
            .as_ref()
            .and_then(|f| f.values().position(|v| v.is_none()));
        if let (true, Some(field), Some(number)) = (self.calls_back(), open, self.dialogue.number.clone()) {
            self.keep(field, Value::Phone(number.reveal().clone()));
        }
    }

    /// The call-back is not on disk: the caller waits on, or leaves a message.
    pub(super) fn call_back_lost(&mut self, service: usize) {
        self.phrase(Phrase::CallBackLost);
        if !self.queue_again() {
            self.ask(Question::Message(service));
        }
    }

    /// Whether the form that is being filled in asks for a call-back.
    pub(super) fn calls_back(&self) -> bool {
        self.form().is_some_and(|form| form.calls_back)
    }

    /// Waits no more, where the caller did.
    fn leave(&mut self, why: Left) {
        if self.is_waiting() {
            self.acts.push(Act::Leave(why));
        }
    }

    fn is_waiting(&self) -> bool {
        matches!(self.dialogue.state, State::Listening(Question::Waiting(_)))
    }

    fn say_place(&mut self) {
        let Some(place) = self.dialogue.waiting.as_ref().and_then(|waiting| waiting.place) else {
            return;
        };
        let phrases = &self.dialogue.phrases;
        let texts = [position_told(phrases, place.position), wait_told(phrases, place.wait)];
        texts.into_iter().for_each(|text| self.say(text));
    }

    /// The number is confirmed in a sentence that no other call says: its sound is made while the caller waits.
    fn prepare_call_back(&mut self) {
        if let Some(number) = &self.dialogue.number {
            let spoken = in_words(&Value::Phone(number.reveal().clone()), self.now.date());
            let text = self
                .dialogue
                .phrases
                .fill(Phrase::CallBackAt, "valeur", &spoken.unwrap_or_default());
            self.acts.push(Act::Prepare(text));
        }
    }
}

const ORDINALS: [&str; 20] = [
    "première",
    "deuxième",
    "troisième",
    "quatrième",
    "cinquième",
    "sixième",
    "septième",
    "huitième",
    "neuvième",
    "dixième",
    "onzième",
    "douzième",
    "treizième",
    "quatorzième",
    "quinzième",
    "seizième",
    "dix-septième",
    "dix-huitième",
    "dix-neuvième",
    "vingtième",
];

/// Lengths that are told, in minutes: the nearest one.
const LENGTHS: [(u64, &str); 16] = [
    (1, "une minute"),
    (2, "deux minutes"),
    (3, "trois minutes"),
    (4, "quatre minutes"),
    (5, "cinq minutes"),
    (6, "six minutes"),
    (7, "sept minutes"),
    (8, "huit minutes"),
    (9, "neuf minutes"),
    (10, "dix minutes"),
    (15, "quinze minutes"),
    (20, "vingt minutes"),
    (25, "vingt-cinq minutes"),
    (30, "trente minutes"),
    (45, "trois quarts d'heure"),
    (60, "une heure"),
];

fn position_told(phrases: &Phrases, position: usize) -> String {
    let ordinal = position.checked_sub(1).and_then(|before| ORDINALS.get(before));
    let ordinal = ordinal.map_or(format!("{position}e"), |o| (*o).to_owned());
    phrases.fill(Phrase::QueuePosition, "rang", &ordinal)
}

fn wait_told(phrases: &Phrases, wait: Duration) -> String {
    if wait < Duration::from_secs(60) {
        phrases.get(Phrase::QueueSoon).to_owned()
    } else {
        phrases.fill(Phrase::QueueWait, "durée", &length_in_words(wait))
    }
}

/// "Quatre minutes".
pub(super) fn length_in_words(length: Duration) -> String {
    let seconds = length.as_secs();
    if seconds < 60 {
        return "moins d'une minute".into();
    }
    let nearest = LENGTHS
        .iter()
        .min_by_key(|(minutes, _)| (minutes * 60).abs_diff(seconds));
    nearest.map(|(_, words)| (*words).to_owned()).unwrap_or_default()
}

/// What a caller who waits may be told, so that it can be rendered before it is needed.
pub(super) fn prompts(plan: &Plan, phrases: &Phrases) -> Vec<String> {
    /// Further places, and longer waits, are rare enough to be rendered when they come.
    const USUAL: usize = 8;
    let with_queue = || plan.services.iter().filter_map(|s| Some((s, s.queue.as_ref()?)));
    let Some(places) = with_queue().map(|(_, queue)| queue.places).max() else {
        return Vec::new();
    };
    let positions = (1..=places.min(USUAL)).map(|position| position_told(phrases, position));
    let lengths = LENGTHS.iter().take(USUAL);
    let waits = lengths
        .clone()
        .map(|(_, words)| phrases.fill(Phrase::QueueWait, "durée", words));
    let waited = ["moins d'une minute"]
        .into_iter()
        .chain(lengths.map(|(_, words)| *words));
    let waited = waited.map(|words| phrases.fill(Phrase::CallerWaited, "durée", words));
    let of_services = [Phrase::QueueFull, Phrase::QueueCloses]
        .into_iter()
        .flat_map(|phrase| with_queue().map(move |(service, _)| phrases.fill(phrase, "service", &service.name)));
    positions.chain(waits).chain(of_services).chain(waited).collect()
}
