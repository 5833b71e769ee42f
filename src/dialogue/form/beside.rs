//! What the caller says in the midst of a form that answers none of its questions: a question of their own, which is
//! answered before the form goes on; what is to be added to the answers; "c'est quoi le numéro déjà ?" once it is noted.

use super::read_back::grouped;
use crate::dialogue::opening::Asked;
use crate::dialogue::phrases::Phrase;
use crate::dialogue::plan::{Action, Field};
use crate::dialogue::{Considered, Question, Subject, Turn, consider};
use crate::understand::{Command, Reading, address, aside, follow_up, normalise, objection, opening, yes_no};
use crate::units::Expect;

/// What a question of a form asks for to which a question of the caller's is the answer (folded).
const SUBJECT: [&str; 8] = [
    "sujet", "motif", "objet", "raison", "question", "demande", "message", "besoin",
];

impl Turn<'_> {
    /// Answers what the caller asks in place of answering, and puts the form's question again; false where they ask nothing,
    /// or what they ask is the answer.
    pub(super) fn answer_aside(&mut self, question: &Question, reading: &Reading) -> bool {
        let text = reading.text.reveal();
        let field = match question {
            Question::Field(field, _) => self.field(*field).cloned(),
            _ => None,
        };
        let asks = aside::asks(text) || follow_up::wants_also(text);
        // "Et le samedi ?"
        let leans = reading.leans && text.trim_end().ends_with('?');
        if aside::asks_why(text) && !self.calls_back() {
            self.phrase(Phrase::WhyAsked);
        } else if !(asks || leans) || field.as_ref().is_some_and(|field| self.may_answer(field, text)) {
            return false;
        } else {
            // What the call is about stays what it was.
            let about = self.dialogue.about;
            let answered = self.answer_briefly(question, reading);
            self.dialogue.about = about;
            // Where any words answer, those of a question may be meant so.
            let is_no_answer = field.is_some_and(|field| field.expect != Expect::Text) || opening::asks(text);
            match answered {
                Some(true) => return true,
                Some(false) => {}
                None if asks && is_no_answer && self.is_worth_asking_later(reading) => {
                    self.phrase(Phrase::LaterAside);
                    self.dialogue.pending = Some(Box::new(reading.clone()));
                }
                None if asks && is_no_answer => self.phrase(Phrase::NoAnswerAside),
                None => return false,
            }
        }
        self.dialogue.trouble = 0;
        self.go_on(question.clone());
        true
    }

    /// Whether what is asked may be heard once the form is done: it is not certain enough to be answered here, or needs more
    /// than an answer.
    fn is_worth_asking_later(&self, reading: &Reading) -> bool {
        let considered = consider(&self.dialogue.plan, reading, self.now);
        !matches!(considered, Considered::Nothing) && self.dialogue.pending.is_none()
    }

    /// Whether words that ask may be meant as the answer: of a place they tell where it is, and where the question is what
    /// the call is about, they tell that.
    fn may_answer(&self, field: &Field, text: &str) -> bool {
        let about = normalise::folded_words(&format!("{} {}", field.label, field.question));
        match field.expect {
            Expect::Text => about.iter().any(|word| SUBJECT.contains(&word.as_str())),
            Expect::Place => address::tells_where(text),
            _ => false,
        }
    }

    /// Answers what is asked, where that is certain and needs no question of ours: whether the form's question was put again
    /// already. None where nothing was answered.
    fn answer_briefly(&mut self, question: &Question, reading: &Reading) -> Option<bool> {
        self.resumes = Some(question.clone());
        let elsewhere = match self.hear_hours(reading) {
            Asked::Answered => return Some(true),
            Asked::Elsewhere(reading) => Some(*reading),
            Asked::Anything => None,
        };
        self.resumes = None;
        let reading = elsewhere.as_ref().unwrap_or(reading);
        let plan = self.plan();
        match consider(&plan, reading, self.now) {
            Considered::Sure(subjects) if subjects.iter().all(|subject| subject.only_tells(&plan)) => {
                for subject in subjects {
                    if !self.tell_what_is_asked(subject, reading) {
                        self.say_answer(subject);
                    }
                }
                Some(false)
            }
            _ => None,
        }
    }

    /// "Oui, et je voudrais aussi un acte": whether something else than this form is asked for after the yes.
    pub(super) fn wants_another(&self, reading: &Reading) -> bool {
        let form = self.dialogue.filling.as_ref().map(|filling| filling.form);
        let is_other = |subject: &Subject| match subject {
            Subject::Topic(topic) => {
                !matches!(self.dialogue.plan.topics[*topic].action, Action::Form(_, other) if Some(other) == form)
            }
            _ => true,
        };
        follow_up::asks_for_another(reading.text.reveal())
            && match consider(&self.dialogue.plan, reading, self.now) {
                Considered::Sure(subjects) => subjects.iter().all(is_other),
                Considered::Doubtful(subject, _) => is_other(&subject),
                Considered::Perhaps(..) | Considered::Nothing => reading.service.is_some(),
            }
    }

    /// Puts a question of the form again; of the summary no more than whether it is right.
    pub(in crate::dialogue) fn go_on(&mut self, question: Question) {
        match question {
            Question::Summary if !self.calls_back() => {
                self.phrase(Phrase::AllRight);
                self.wait(question);
            }
            question => self.ask(question),
        }
    }

    /// "Oui, et ajoutez que c'est dangereux", said to what was read back: the addition is noted, and the yes before it
    /// counts. False where nothing is added.
    pub(super) fn add_to(&mut self, question: &Question, reading: &Reading) -> bool {
        let Some(added) = aside::added(reading.text.reveal()).filter(|_| !self.calls_back()) else {
            return false;
        };
        let before = yes_no::read_text(&added.before, true);
        if before == Some(false) || objection::objects(&added.before) {
            return false;
        }
        // "Notez que c'est le 14" is a correction.
        if added.may_correct && self.amend(reading, None) {
            return true;
        }
        self.remark(added.text);
        match (question, before) {
            (Question::Summary, Some(true)) => self.submit(),
            (Question::Check(field), Some(true)) => self.check_after(*field),
            _ => self.go_on(question.clone()),
        }
        true
    }

    /// Notes what the caller adds to their answers, and tells them so.
    pub(super) fn remark(&mut self, text: String) {
        let said = self.dialogue.phrases.fill(Phrase::Added, "valeur", &text);
        self.say(said);
        self.dialogue.trouble = 0;
        if let Some(filling) = &mut self.dialogue.filling {
            let before = filling.remark.take().map(|before| format!("{before}. {text}"));
            filling.remark = Some(before.unwrap_or(text));
        }
    }

    /// Says the number of the request that was made in this call again; false where none was, or it is not asked for.
    pub(in crate::dialogue) fn tell_reference(&mut self, question: &Question, reading: &Reading) -> bool {
        let Some(reference) = self.dialogue.reference.clone() else {
            return false;
        };
        let listens = matches!(reading.command, None | Some(Command::Repeat));
        if question.is_of_a_form() || !listens || !aside::asks_for_reference(reading.text.reveal()) {
            return false;
        }
        self.dialogue.trouble = 0;
        self.say_reference(&reference);
        match question {
            Question::Open | Question::More => self.ask(Question::More),
            question => self.wait(question.clone()),
        }
        true
    }

    /// Says under which number a request is noted.
    pub(super) fn say_reference(&mut self, reference: &str) {
        let digits = grouped(reference, 1);
        let text = self.dialogue.phrases.fill(Phrase::Reference, "référence", &digits);
        self.say(text);
    }
}
