//! Answers a topic, or asks which one is meant.

use super::phrases::Phrase;
use super::plan::Action;
use super::{Question, Subject, Turn};
use crate::understand::choice::Choice;
use crate::understand::topics::{self, SURE};
use crate::understand::{Reading, TopicMatch, Value};

/// From this confidence on, a topic that was not accepted is still worth a question, where no other is near.
const WORTH_ASKING: f32 = 0.35;
/// How many times likelier than the next it must be for that.
const STANDS_OUT: f32 = 2.0;

impl Turn<'_> {
    /// A topic was recognised: answers it, or asks whether it is meant, or which of two is.
    pub(super) fn topic(&mut self, found: &TopicMatch, reading: &Reading) {
        // Understanding is made from this very plan, so the id is there.
        let Some(topic) = self.topic_named(&found.id) else {
            return self.not_understood(true);
        };
        self.dialogue.trouble = 0;
        let near = topics::between(found, &reading.alternatives).and_then(|[_, next]| self.topic_named(&next.id));
        let near = near.map(Subject::Topic).or_else(|| {
            let passage = self.passage_meant(reading).filter(|_| found.confidence < SURE)?;
            Some(Subject::Passage(passage.passage))
        });
        let topic_found = Subject::Topic(topic);
        match (&self.plan().topics[topic].action, reading.service, near) {
            // "Passez-moi l'urbanisme": whoever was named, not the one that the topic leads to.
            (Action::Transfer(_), Some(service), _) => self.pass_to(service),
            (_, _, Some(near)) => self.ask(Question::Between([topic_found, near])),
            _ if found.confidence < SURE => self.ask(Question::About(topic_found)),
            _ => self.answer(topic_found),
        }
    }

    fn topic_named(&self, id: &str) -> Option<usize> {
        self.dialogue.plan.topics.iter().position(|topic| topic.id == id)
    }

    /// Asks whether a topic is meant that was too doubtful to be accepted; false where none is worth asking about.
    pub(super) fn ask_about_nearest(&mut self, alternatives: &[TopicMatch]) -> bool {
        let Some(best) = alternatives.first() else { return false };
        let next = alternatives.get(1).map_or(0.0, |t| t.confidence);
        if best.confidence < WORTH_ASKING || best.confidence < STANDS_OUT * next {
            return false;
        }
        let Some(topic) = self.topic_named(&best.id) else {
            return false;
        };
        self.ask(Question::About(Subject::Topic(topic)));
        true
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
        });
        let is_told = |confidence| match (&reading.topic, reading.yes_no) {
            (Some(_), _) => true,
            (None, Some(false)) => false,
            (None, _) => confidence >= WORTH_ASKING,
        };
        self.dialogue.trouble = 0;
        match (choice, &reading.topic, reading.yes_no) {
            (Some(Choice::First), ..) => self.answer(one),
            (Some(Choice::Second), ..) => self.answer(other),
            (Some(Choice::Both), ..) => {
                self.say_answer(one);
                self.answer(other);
            }
            (None, Some(found), _) if !is_one_of_them(found) => {
                self.topic(found, reading);
            }
            // Where only two are possible, little tells which: "oui, le PACS".
            (None, ..) if is_told(of_one) && of_one >= STANDS_OUT * of_other => self.answer(one),
            (None, ..) if is_told(of_other) && of_other >= STANDS_OUT * of_one => self.answer(other),
            (Some(Choice::Neither), ..) | (None, None, Some(false)) => {
                self.phrase(Phrase::SayOtherwise);
                self.wait(Question::Open);
            }
            // One at a time, then.
            _ => self.ask(Question::About(if of_other > of_one { other } else { one })),
        }
    }

    /// Says what answers a subject, and asks nothing.
    fn say_answer(&mut self, subject: Subject) {
        let plan = self.plan();
        match subject {
            Subject::Topic(topic) => {
                if let Some(template) = plan.topics[topic].action.template() {
                    self.template(template);
                }
            }
            Subject::Passage(passage) => self.say_passage(passage, 0),
        }
    }

    /// Answers what is certain.
    pub(super) fn answer(&mut self, subject: Subject) {
        let plan = self.plan();
        let topic = match subject {
            Subject::Topic(topic) => &plan.topics[topic],
            Subject::Passage(passage) => return self.tell(passage),
        };
        self.say_answer(subject);
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
