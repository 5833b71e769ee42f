//! Takes a message: said to be noted only once it is on disk.

use super::phrases::Phrase;
use super::{Act, Question, State, Turn};

impl Turn<'_> {
    /// Explains, beeps and records.
    pub(super) fn take_message(&mut self, service: usize) {
        self.record(service, false);
    }

    fn record(&mut self, service: usize, again: bool) {
        self.phrase(Phrase::LeaveMessage);
        self.acts.extend([Act::Beep, Act::Record { service }]);
        self.dialogue.state = State::Recording { service, again };
    }

    /// The recording is over.
    pub(super) fn recorded(&mut self, spoken: bool) {
        let State::Recording { service, again } = self.dialogue.state else {
            return;
        };
        match (spoken, again) {
            (true, _) => {
                self.acts.push(Act::Keep { service });
                self.dialogue.state = State::Keeping { service };
            }
            (false, false) => {
                self.phrase(Phrase::MessageEmpty);
                self.record(service, true);
            }
            (false, true) => {
                self.phrase(Phrase::NobodyThere);
                self.hang_up();
            }
        }
    }

    /// The message is on disk, or is not.
    pub(super) fn kept(&mut self, ok: bool) {
        let State::Keeping { service } = self.dialogue.state else {
            return;
        };
        // What was answered before it went with it.
        self.dialogue.filling = None;
        if ok {
            self.phrase_for_service(Phrase::MessageKept, service);
        } else {
            self.phrase(Phrase::MessageLost);
        }
        self.ask(Question::More);
    }
}
