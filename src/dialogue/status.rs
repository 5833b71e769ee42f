//! "Où en est ma demande 4 2 7 ?": tells how far a request has got, and nothing else of it. A digit may be misheard, and then
//! it is somebody else's: who does not call from the number that it was made from is asked first whether it is theirs.

use super::form::grouped;
use super::hours::day_in_words;
use super::phrases::Phrase;
use super::{Act, Question, State, Turn};
use crate::understand::{Reading, Value, phone};
use crate::units::{Expect, RequestState};

/// Digits of the shortest reference.
const SHORTEST: usize = 3;
/// Digits of the longest.
const LONGEST: usize = 9;
/// So many numbers that are none, and a person is offered.
const MOST_TRIES: u32 = 2;

/// A request that was looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Known {
    /// How far it has got.
    pub state: RequestState,
    /// The day on which it was made.
    pub since: chrono::NaiveDate,
    /// What it is: index in the plan's forms; none where the plan has no such form any more.
    pub form: Option<usize>,
    /// Whether this caller's number is the one that it was made from, or that it gives.
    pub own: bool,
}

impl Turn<'_> {
    /// The caller asks about a request: by its number if they gave it.
    pub(super) fn ask_about_request(&mut self, reading: &Reading) {
        match told(reading.text.reveal()) {
            Some(reference) => self.look_for(reference, 1),
            None => self.ask(Question::Reference(1)),
        }
    }

    /// The answer to "quel est le numéro de votre demande ?".
    pub(super) fn hear_reference(&mut self, tries: u32, reading: &Reading) {
        match &reading.value {
            Some(Value::Digits(reference)) => self.look_for(reference.clone(), tries),
            _ if reading.yes_no == Some(false) => self.ask(Question::More),
            // "Je l'ai faite la semaine dernière": no number at all.
            _ if tries < MOST_TRIES && told(reading.text.reveal()).is_none() => {
                self.phrase(Phrase::FieldAgain);
                self.ask(Question::Reference(tries + 1));
            }
            _ => self.no_such_request(tries),
        }
    }

    /// A key while the number is asked for; false where it is none of its digits.
    pub(super) fn type_reference(&mut self, tries: u32, key: char) -> bool {
        match key {
            '0'..='9' if self.dialogue.keys.len() < LONGEST => {
                self.dialogue.keys.push(key);
                self.wait(Question::Reference(tries));
            }
            '#' => return self.typed_reference(tries),
            _ => return false,
        }
        true
    }

    /// What was typed is all there; false where nothing was.
    pub(super) fn typed_reference(&mut self, tries: u32) -> bool {
        let keys = std::mem::take(&mut self.dialogue.keys);
        if keys.is_empty() {
            return false;
        }
        self.look_for(keys, tries);
        true
    }

    fn look_for(&mut self, reference: String, tries: u32) {
        self.dialogue.state = State::Looking {
            reference: reference.clone(),
            tries,
        };
        self.acts.push(Act::Look(reference));
    }

    /// What the store knows of it.
    pub(super) fn found(&mut self, known: Option<Known>) {
        let State::Looking { reference, tries } = self.dialogue.state.clone() else {
            return;
        };
        let Some(known) = known else {
            return self.no_such_request(tries);
        };
        self.dialogue.trouble = 0;
        if known.own {
            self.tell_state(&reference, known);
        } else {
            self.ask(Question::Request {
                reference,
                known,
                tries,
            });
        }
    }

    /// Says what stands under a number, and asks whether it is the caller's.
    pub(super) fn ask_whose(&mut self, reference: &str, known: Known) {
        let form = known.form.and_then(|form| self.dialogue.plan.forms.get(form));
        let label = form.map_or("une demande", |form| form.label.as_str()).to_owned();
        let text = self.about(Phrase::IsItYours, reference, known);
        self.say(text.replace("{demande}", &label));
    }

    /// "Oui, c'est bien la mienne", or not: then under the number that they give, or will.
    pub(super) fn hear_whose(&mut self, reference: &str, known: Known, tries: u32, reading: &Reading) {
        match reading.yes_no {
            Some(true) => self.tell_state(reference, known),
            _ => match told(reading.text.reveal()) {
                Some(other) if other != reference => self.look_for(other, tries),
                _ if tries >= MOST_TRIES => self.offer_person(),
                _ => self.ask(Question::Reference(tries + 1)),
            },
        }
    }

    fn tell_state(&mut self, reference: &str, known: Known) {
        let phrase = match known.state {
            RequestState::Received => Phrase::RequestReceived,
            RequestState::InProgress => Phrase::RequestInProgress,
            RequestState::Done => Phrase::RequestDone,
            RequestState::Refused => Phrase::RequestRefused,
        };
        let text = self.about(phrase, reference, known);
        self.say(text);
        self.ask(Question::More);
    }

    /// A phrase about a request.
    fn about(&self, phrase: Phrase, reference: &str, known: Known) -> String {
        let text = self.dialogue.phrases.fill(phrase, "référence", &grouped(reference, 1));
        text.replace("{date}", &day_in_words(known.since, self.now.date()))
    }

    fn no_such_request(&mut self, tries: u32) {
        self.phrase(Phrase::NoSuchRequest);
        if tries >= MOST_TRIES {
            return self.offer_person();
        }
        self.ask(Question::Reference(tries + 1));
    }
}

/// The number of a request in a sentence that may have others in it ("il y a dix jours … la demande 4 2 7"): the last that
/// is long enough.
fn told(text: &str) -> Option<String> {
    let numbers = phone::each(text).into_iter();
    numbers.rev().find(|digits| digits.len() >= SHORTEST)
}

/// What recognition and turn-taking have to expect of a reference.
pub(super) const EXPECT: Expect = Expect::Digits;

#[cfg(test)]
mod tests {
    use super::told;

    #[test]
    fn other_numbers_are_none_of_the_request() {
        for (text, number) in [
            (
                "J'ai signalé un lampadaire il y a dix jours, la demande c'est le 4 2 7.",
                Some("427"),
            ),
            ("Où en est ma demande 427 ?", Some("427")),
            ("Où en est ma demande quatre deux sept ?", Some("427")),
            ("Où en est ma demande d'il y a dix jours ?", None),
        ] {
            assert_eq!(told(text).as_deref(), number, "{text}");
        }
    }
}
