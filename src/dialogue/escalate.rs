//! When we do not understand, or hear nothing: say it otherwise → what both times was nearest, or the menu by tones → a
//! person.

use super::consider::{nearest_to, nearest_to_both};
use super::phrases::Phrase;
use super::plan::MenuEntry;
use super::{Question, State, Subject, Turn};
use crate::understand::Reading;

impl Turn<'_> {
    /// Words without a topic. Clear words are off the town's subjects: that is said at once, and a person is offered.
    pub(super) fn not_understood(&mut self, reading: &Reading, clear: bool) {
        if let Some(subject) = self.said_otherwise(reading) {
            return self.ask(Question::About(subject));
        }
        self.dialogue.trouble += 1;
        match (self.dialogue.trouble, clear) {
            (1, false) => {
                self.phrase(Phrase::Rephrase);
                self.wait(Question::Open);
            }
            (1, true) => self.offer_person(),
            (2, _) => self.menu(),
            _ => self.pass_to(self.dialogue.plan.reception),
        }
    }

    /// What was nearest to these words, and to those before by which the caller said the same, neither of which was
    /// understood.
    pub(super) fn said_otherwise(&mut self, reading: &Reading) -> Option<Subject> {
        let nearest = nearest_to(&self.dialogue.plan, reading, self.now);
        if nearest.is_empty() {
            // A noise between the two.
            return None;
        }
        let before = std::mem::replace(&mut self.dialogue.nearest, nearest);
        let both = nearest_to_both(&self.dialogue.nearest, &before).filter(|_| self.dialogue.trouble > 0)?;
        // If it is not that, it is not asked about again.
        self.dialogue.nearest.clear();
        self.dialogue.trouble += 1;
        Some(both)
    }

    /// Nobody spoke. Whom we do not hear we pass to a person, unless there is noise or music in their place: that is no
    /// caller who cannot be heard, but a telephone put aside.
    pub(super) fn silence(&mut self, quiet: bool) {
        let typed = match self.dialogue.state {
            State::Listening(Question::Field(field, _)) => self.typed(field),
            State::Listening(Question::Reference(tries)) => self.typed_reference(tries),
            // Who waits need not speak.
            State::Listening(Question::Waiting(_)) => true,
            _ => false,
        };
        if typed {
            return;
        }
        self.dialogue.trouble += 1;
        let question = match &self.dialogue.state {
            State::Listening(question) => question.clone(),
            _ => Question::Open,
        };
        match self.dialogue.trouble {
            // What was said for a form is not to be lost.
            1 if question.is_of_a_form() => {
                self.phrase(Phrase::NotHeard);
                match question {
                    Question::Field(..) => self.ask(question),
                    // What was read back is long: not at once again.
                    question => self.wait(question),
                }
            }
            2 if question.is_of_a_form() => self.ask(question),
            1 if matches!(question, Question::Instead(_)) => self.ask(question),
            1 => {
                self.phrase(Phrase::StillThere);
                self.wait(question);
            }
            2 => self.menu(),
            _ if quiet && self.can_take_calls(self.dialogue.plan.reception) => {
                self.pass_to(self.dialogue.plan.reception);
            }
            _ => {
                self.phrase(Phrase::NobodyThere);
                self.hang_up();
            }
        }
    }

    /// Too many people call for everybody to be understood: the keys of the telephone still work.
    /// A form that is being filled in is not lost: its question is put again, once or twice.
    pub(super) fn overloaded(&mut self) {
        if matches!(self.dialogue.state, State::Listening(Question::Waiting(_))) {
            return;
        }
        self.phrase(Phrase::Overloaded);
        match self.dialogue.state.clone() {
            State::Listening(question) if question.is_of_a_form() && self.dialogue.trouble < 2 => {
                self.dialogue.trouble += 1;
                self.ask(question);
            }
            _ => self.menu(),
        }
    }

    /// Says that we have no answer, and offers a person, or a message where nobody takes calls now.
    pub(super) fn offer_person(&mut self) {
        let reception = self.dialogue.plan.reception;
        if self.can_take_calls(reception) {
            self.phrase(Phrase::NotCovered);
            self.wait(Question::Service(reception));
        } else {
            self.phrase(Phrase::NotCoveredClosed);
            self.wait(Question::Message(reception));
        }
    }

    /// Reads the menu out.
    pub(super) fn menu(&mut self) {
        self.phrase(Phrase::MenuIntro);
        for entry in &self.plan().menu {
            self.say(menu_line(entry));
        }
        self.phrase(Phrase::MenuAgent);
        self.wait(Question::Open);
    }
}

/// One line of the menu, as it is spoken.
pub(super) fn menu_line(entry: &MenuEntry) -> String {
    format!("Pour {}, tapez {}.", entry.label, entry.key)
}
