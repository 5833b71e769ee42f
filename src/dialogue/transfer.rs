//! Passes the call to a person: at the right hours, and with something to fall back on.

use super::phrases::Phrase;
use super::plan::{Fallback, Passing};
use super::{Act, Question, State, Turn};

/// Why a transfer did not succeed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// It rang and nobody took it, or whoever answered declined.
    NoAnswer,
    /// They speak with somebody else.
    Busy,
    /// The telephone system refused or did not know the extension.
    Unreachable,
}

impl Turn<'_> {
    /// Whether a service has somewhere to ring, and takes calls now.
    pub(super) fn can_take_calls(&self, service: usize) -> bool {
        let service = &self.dialogue.plan.services[service];
        let open = match &service.schedule {
            Some(name) => self
                .dialogue
                .plan
                .schedules
                .get(name)
                .is_some_and(|s| s.is_open(self.now)),
            None => true,
        };
        !service.extensions.is_empty() && open
    }

    /// Passes the call to a service, or does what its plan says when it cannot take it.
    pub(super) fn pass_to(&mut self, service: usize) {
        self.try_service(service, Vec::new());
    }

    fn try_service(&mut self, service: usize, mut tried: Vec<usize>) {
        let plan = self.plan();
        tried.push(service);
        if self.can_take_calls(service) {
            self.phrase_for_service(Phrase::Transferring, service);
            return self.ring(service, 0, tried);
        }
        self.phrase_for_service(Phrase::ServiceClosed, service);
        if let Some(schedule) = &plan.services[service].schedule {
            self.open_now(schedule);
        }
        self.fall_back(service, tried);
    }

    /// Rings this extension of a service, or all of them where it is us who ring.
    fn ring(&mut self, service: usize, extension: usize, tried: Vec<usize>) {
        let of = &self.plan().services[service];
        if of.queue.is_some() {
            return self.queue_for(service, tried);
        }
        self.acts.push(match of.passing {
            Passing::Blind => Act::Transfer {
                service,
                target: of.extensions[extension].clone(),
            },
            Passing::Attended(_) => Act::HandOver {
                service,
                summary: self.summary(service, &tried, None),
            },
        });
        self.dialogue.state = State::Transferring {
            service,
            extension,
            tried,
        };
    }

    /// The transfer failed: tries the next extension, or says so and does what the plan says.
    pub(super) fn transfer_failed(&mut self, failure: Failure) {
        let State::Transferring {
            service,
            extension,
            tried,
        } = self.dialogue.state.clone()
        else {
            return;
        };
        let of = &self.plan().services[service];
        if of.passing == Passing::Blind && extension + 1 < of.extensions.len() {
            return self.ring(service, extension + 1, tried);
        }
        let phrase = match failure {
            Failure::NoAnswer => Phrase::NoAnswer,
            Failure::Busy => Phrase::ServiceBusy,
            Failure::Unreachable => Phrase::Unreachable,
        };
        self.phrase_for_service(phrase, service);
        self.fall_back(service, tried);
    }

    /// The person who had the call is gone: says so, and goes on where we were, or does what the plan says.
    pub(super) fn clerk_lost(&mut self) {
        self.announce(Phrase::ClerkLost);
        match self.dialogue.state.clone() {
            State::Transferring { service, tried, .. } => self.fall_back(service, tried),
            _ => self.resume(Phrase::AnythingElse),
        }
    }

    /// The person who had the call has given it back.
    pub(super) fn given_back(&mut self) {
        self.announce(Phrase::TakenBack);
        self.resume(Phrase::HelpFurther);
    }

    /// Says, to its end, that it is the machine again that speaks.
    fn announce(&mut self, phrase: Phrase) {
        let text = self.dialogue.phrases.get(phrase).to_owned();
        self.acts.push(Act::Notice(text));
    }

    /// Goes on with the question that we had asked before a person took the call, or else asks whether there is more.
    fn resume(&mut self, more: Phrase) {
        match self.dialogue.state.clone() {
            State::Listening(question) if !matches!(question, Question::Open | Question::More) => self.ask(question),
            _ => {
                self.phrase(more);
                self.wait(Question::More);
            }
        }
    }

    pub(super) fn fall_back(&mut self, service: usize, tried: Vec<usize>) {
        match self.plan().services[service].fallback {
            Fallback::Service(other) if !tried.contains(&other) => self.try_service(other, tried),
            Fallback::Nothing => self.ask(Question::More),
            // Every service was tried: the message goes to the one that was asked for first.
            Fallback::Message | Fallback::Service(_) => {
                self.ask(Question::Message(tried.first().copied().unwrap_or(service)));
            }
        }
    }
}
