//! Answers a topic, or asks which one is meant.

use super::phrases::Phrase;
use super::plan::Action;
use super::{Question, Turn};
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
        match (&self.plan().topics[topic].action, reading.service, near) {
            // "Passez-moi l'urbanisme": whoever was named, not the one that the topic leads to.
            (Action::Transfer(_), Some(service), _) => self.pass_to(service),
            (_, _, Some(near)) => self.ask(Question::Between([topic, near])),
            _ if found.confidence < SURE => self.ask(Question::Topic(topic)),
            _ => self.answer(topic),
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
        self.ask(Question::Topic(topic));
        true
    }

    /// What the caller said when asked which of two topics is meant.
    pub(super) fn choose(&mut self, topics: [usize; 2], reading: &Reading) {
        let plan = self.plan();
        let [one, other] = topics;
        let choice = match reading.value {
            Some(Value::Choice(choice)) => Some(choice),
            _ => None,
        };
        let is_one_of_them = |found: &TopicMatch| topics.iter().any(|topic| plan.topics[*topic].id == found.id);
        let [of_one, of_other] = topics.map(|topic| {
            let found = reading.alternatives.iter().find(|t| t.id == plan.topics[topic].id);
            found.map_or(0.0, |t| t.confidence)
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
                if let Some(template) = plan.topics[one].action.template() {
                    self.template(template);
                }
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
            _ => self.ask(Question::Topic(if of_other > of_one { other } else { one })),
        }
    }

    /// Answers a topic that is certain.
    pub(super) fn answer(&mut self, topic: usize) {
        let plan = self.plan();
        let topic = &plan.topics[topic];
        if let Some(template) = topic.action.template() {
            self.template(template);
        }
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
