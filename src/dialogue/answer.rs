//! Answers what is certain, and what leans on it; takes the answer to "which of the two?".

use super::consider::STANDS_OUT;
use super::phrases::Phrase;
use super::plan::Action;
use super::{Considered, Question, Subject, Turn, consider, knowledge, tell};
use crate::understand::choice::Choice;
use crate::understand::{Reading, TopicMatch, Value, catalogue, follow_up, happenings, lookup, opening};

/// From this confidence on, what was not accepted is told apart from the other that was asked about.
const WORTH_ASKING: f32 = 0.35;

/// The question whether this is meant, or which of two.
pub(super) fn which(subject: Subject, near: Option<Subject>) -> Question {
    near.map_or(Question::About(subject), |near| Question::Between([subject, near]))
}

impl Turn<'_> {
    /// Whether it leads to a person, and no more than that.
    pub(super) fn is_transfer(&self, subjects: &[Subject]) -> bool {
        let topics = &self.dialogue.plan.topics;
        matches!(subjects, [Subject::Topic(topic)] if matches!(topics[*topic].action, Action::Transfer(_)))
    }

    /// Answers what is certain; where there are two, the second one's question comes after both.
    pub(super) fn answer_all(&mut self, subjects: &[Subject], reading: &Reading) {
        self.dialogue.trouble = 0;
        match subjects {
            [subject] if self.tell_day(*subject, reading) => {}
            [first @ .., last] => {
                first.iter().for_each(|subject| self.say_answer(*subject));
                self.answer(*last);
            }
            [] => {}
        }
    }

    /// "Et le samedi ?", "et c'est payant ?": what the last answer says of that, or all of it again, in words that may suit
    /// the question better; false where nothing was answered yet.
    pub(super) fn follow_up(&mut self, reading: &Reading) -> bool {
        let Some(subject) = self.dialogue.about else {
            return false;
        };
        if self.tell_day(subject, reading) || self.tell_other_dates(subject, reading) {
            self.dialogue.trouble = 0;
            return true;
        }
        if follow_up::names_another(reading.text.reveal(), &self.known_of(subject)) {
            return false;
        }
        self.dialogue.trouble = 0;
        let text = match subject {
            Subject::Topic(topic) => self.plan().topics[topic].action.text(),
            Subject::Passage(_) => String::new(),
            Subject::Agenda(told) => {
                let period = happenings::period_after(reading.text.reveal(), self.now.date(), told);
                return period.is_some_and(|period| {
                    self.answer(Subject::Agenda(period));
                    true
                });
            }
            Subject::Service(_) | Subject::Contact(_) => return false,
        };
        let plan = self.plan();
        let asks_a_fact = facts_asked(reading.text.reveal()).contains(&true);
        let is_fixed = |topic: usize| plan.topics[topic].action.is_fixed();
        match subject {
            _ if self.tell_what_is_asked(subject, reading) => {}
            // All of it again would not answer.
            Subject::Passage(_) if asks_a_fact => self.phrase(Phrase::NotWritten),
            Subject::Topic(topic) if asks_a_fact && is_fixed(topic) => self.phrase(Phrase::NotWritten),
            Subject::Topic(topic) if is_fixed(topic) => {
                let label = plan.topics[topic].label.clone();
                self.tell(text, &label);
            }
            _ => self.say_answer(subject),
        }
        self.ask_what_follows(subject);
        true
    }

    /// Says what the answer has on the price or the moment that is asked for, and no more of it; false where it has nothing,
    /// or neither is.
    pub(super) fn tell_what_is_asked(&mut self, subject: Subject, reading: &Reading) -> bool {
        let text = match subject {
            Subject::Topic(topic) => self.plan().topics[topic].action.text(),
            Subject::Passage(passage) => self.plan().knowledge[passage].text.clone(),
            Subject::Service(_) | Subject::Agenda(_) | Subject::Contact(_) => return false,
        };
        let asked = facts_asked(reading.text.reveal());
        let tells =
            |sentence: &&str| (asked.iter().zip(lookup::stated(sentence))).any(|(asked, stated)| *asked && stated);
        let telling: Vec<&str> = knowledge::sentences(&text).filter(tells).collect();
        telling.iter().for_each(|sentence| self.say(*sentence));
        !telling.is_empty()
    }

    /// All that a subject is called, and what is said of it.
    fn known_of(&self, subject: Subject) -> String {
        let plan = &self.dialogue.plan;
        match subject {
            Subject::Topic(topic) => {
                let topic = &plan.topics[topic];
                let called = catalogue::subject(&topic.id).map_or("", |subject| subject.name);
                format!(
                    "{} {} {called} {}",
                    topic.label,
                    topic.action.text(),
                    topic.examples.join(" ")
                )
            }
            Subject::Passage(passage) => {
                let passage = &plan.knowledge[passage];
                format!("{} {} {}", passage.questions.join(" "), passage.subject, passage.text)
            }
            Subject::Service(service) => plan.services[service].name.clone(),
            Subject::Agenda(_) | Subject::Contact(_) => String::new(),
        }
    }

    /// Asks whether this is meant, or which of two.
    pub(super) fn ask_which(&mut self, subject: Subject, near: Option<Subject>, reading: &Reading) {
        self.dialogue.trouble = 0;
        self.doubt(reading);
        self.ask(which(subject, near));
    }

    /// What the caller said when asked which of two is meant.
    pub(super) fn choose(&mut self, subjects: [Subject; 2], reading: &Reading) {
        let plan = self.plan();
        let [one, other] = subjects;
        let choice = match reading.value {
            Some(Value::Choice(choice)) => Some(choice),
            _ => None,
        };
        let is_topic = |subject: Subject, found: &TopicMatch| matches!(subject, Subject::Topic(topic) if plan.topics[topic].id == found.id);
        let is_one_of_them = |found: &TopicMatch| subjects.iter().any(|subject| is_topic(*subject, found));
        let [of_one, of_other] = subjects.map(|subject| match subject {
            Subject::Topic(_) => {
                let found = reading.alternatives.iter().find(|found| is_topic(subject, found));
                found.map_or(0.0, |found| found.confidence)
            }
            Subject::Passage(passage) => {
                let found = reading.passages.iter().find(|found| found.passage == passage);
                found.map_or(0.0, |found| found.confidence)
            }
            Subject::Service(_) | Subject::Agenda(_) | Subject::Contact(_) => 0.0,
        });
        let is_told = |confidence| match (&reading.topic, reading.yes_no) {
            (Some(_), _) => true,
            (None, Some(false)) => false,
            (None, _) => confidence >= WORTH_ASKING,
        };
        self.dialogue.trouble = 0;
        match (choice, &reading.topic, reading.yes_no) {
            (Some(Choice::First), ..) => self.answer_what_was_asked(one),
            (Some(Choice::Second), ..) => self.answer_what_was_asked(other),
            (Some(Choice::Both), ..) => {
                self.say_answer(one);
                self.answer(other);
            }
            (None, Some(found), _) if !is_one_of_them(found) => match consider(&plan, reading, self.now) {
                Considered::Sure(subjects) => self.answer_all(&subjects, reading),
                Considered::Doubtful(subject, near) => self.ask_which(subject, near, reading),
                // A topic that was accepted is one of the two above: understanding is made from this very plan.
                Considered::Perhaps(..) | Considered::Nothing => self.not_understood(reading, true),
            },
            // Where only two are possible, little tells which: "oui, le PACS".
            (None, ..) if is_told(of_one) && of_one >= STANDS_OUT * of_other => self.answer_what_was_asked(one),
            (None, ..) if is_told(of_other) && of_other >= STANDS_OUT * of_one => self.answer_what_was_asked(other),
            (Some(Choice::Neither), ..) | (None, None, Some(false)) => {
                self.phrase(Phrase::SayOtherwise);
                self.wait(Question::Open);
            }
            // One at a time, then.
            _ => self.ask(Question::About(if of_other > of_one { other } else { one })),
        }
    }

    /// Says what answers a subject, and asks nothing.
    pub(super) fn say_answer(&mut self, subject: Subject) {
        let plan = self.plan();
        self.dialogue.hours = None;
        match subject {
            Subject::Topic(topic) => {
                if let Some(template) = plan.topics[topic].action.template() {
                    self.template(template);
                }
                self.told_hours_of(topic, None);
            }
            Subject::Passage(passage) => self.say_passage(passage, 0),
            Subject::Agenda(period) => self.say_happenings(period, 0),
            Subject::Contact(contact) => {
                let told = tell::contact(&plan, &self.dialogue.phrases, contact);
                told.into_iter().for_each(|text| self.say(text));
            }
            Subject::Service(_) => {}
        }
        self.dialogue.about = Some(subject);
    }

    /// Answers what is certain.
    pub(super) fn answer(&mut self, subject: Subject) {
        self.say_answer(subject);
        self.ask_what_follows(subject);
    }

    /// Remembers what was said, of which it is asked what it means.
    pub(super) fn doubt(&mut self, reading: &Reading) {
        self.dialogue.doubted = Some(Box::new(reading.clone()));
    }

    /// Answers what is certain now that we have asked: the day which was named is not lost with the question.
    pub(super) fn answer_what_was_asked(&mut self, subject: Subject) {
        let asked = self.dialogue.doubted.take();
        let is_told = asked.is_some_and(|asked| {
            self.tell_place_named(subject, &asked)
                || self.tell_day(subject, &asked)
                || self.tell_other_dates(subject, &asked)
        });
        if !is_told {
            self.answer(subject);
        }
    }

    /// What comes after an answer.
    fn ask_what_follows(&mut self, subject: Subject) {
        let plan = self.plan();
        let topic = match subject {
            Subject::Topic(topic) => &plan.topics[topic],
            Subject::Passage(passage) => return self.ask_after_part(passage, 0),
            Subject::Agenda(period) => return self.ask_after_happenings(period, 0),
            Subject::Service(service) => return self.pass_to(service),
            Subject::Contact(_) => return self.ask(Question::More),
        };
        match topic.action {
            Action::Answer(_) => self.ask(Question::More),
            Action::AnswerThenOffer(_) if self.can_take_calls(topic.service) => {
                self.ask(Question::Service(topic.service))
            }
            Action::AnswerThenOffer(_) => self.ask(Question::More),
            Action::Transfer(_) => self.pass_to(topic.service),
            Action::Message(_) => self.take_message(topic.service),
            Action::Form(_, form) => self.ask(Question::Form(form)),
        }
    }
}

/// The facts that are asked for, a price and a moment: "c'est ouvert la nuit ?" asks for one too.
fn facts_asked(text: &str) -> [bool; 2] {
    let [price, moment] = lookup::asked(text);
    [price, moment || opening::asks(text)]
}
