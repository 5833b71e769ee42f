//! Answers a topic.

use super::plan::Action;
use super::{Question, Turn};
use crate::understand::TopicMatch;
use crate::understand::topics::SURE;

/// From this confidence on, a topic that was not accepted is still worth a question, where no other is near.
const WORTH_ASKING: f32 = 0.35;
/// How many times likelier than the next it must be for that.
const STANDS_OUT: f32 = 2.0;

impl Turn<'_> {
    /// A topic was recognised: answers it, or asks whether it is meant. `service` is one that was named besides.
    pub(super) fn topic(&mut self, found: &TopicMatch, service: Option<usize>) {
        let plan = self.plan();
        // Understanding is made from this very plan, so the id is there.
        let Some(topic) = plan.topics.iter().position(|t| t.id == found.id) else {
            return self.not_understood(true);
        };
        self.dialogue.trouble = 0;
        match (&plan.topics[topic].action, service) {
            // "Passez-moi l'urbanisme": whoever was named, not the one that the topic leads to.
            (Action::Transfer(_), Some(service)) => self.pass_to(service),
            _ if found.confidence < SURE => self.ask(Question::Topic(topic)),
            _ => self.answer(topic),
        }
    }

    /// Asks whether a topic is meant that was too doubtful to be accepted; false where none is worth asking about.
    pub(super) fn ask_about_nearest(&mut self, alternatives: &[TopicMatch]) -> bool {
        let Some(best) = alternatives.first() else { return false };
        let next = alternatives.get(1).map_or(0.0, |t| t.confidence);
        if best.confidence < WORTH_ASKING || best.confidence < STANDS_OUT * next {
            return false;
        }
        let Some(topic) = self.dialogue.plan.topics.iter().position(|t| t.id == best.id) else {
            return false;
        };
        self.ask(Question::Topic(topic));
        true
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
        }
    }
}
