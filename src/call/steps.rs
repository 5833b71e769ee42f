//! The call's steps: from the dialogue to what is done, and what comes once all is said.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::event::{CallEvent, EndReason, ms};
use super::marks::Marks;
use super::recording::Recording;
use super::{Call, Next, Output, Phase, TOO_SLOW, WORDLESS};
use crate::audio::Pcm;
use crate::dialogue::phrases::{Phrase, Phrases};
use crate::dialogue::{Act, Dialogue, Failure, Input, Left, Request};
use crate::pii::Pii;
use crate::speak::french;
use crate::speak::pace::Pace;
use crate::speak::queue::{Clip, Speech, Stopped};
use crate::speak::ringback::Ringback;
use crate::transfer::{Outcome, Transfer};
use crate::units::JobId;

/// The pace at which a dialogue speaks.
pub(super) fn pace(dialogue: &Dialogue) -> Pace {
    Pace {
        speed: dialogue.plan().voice.speed,
        slower: dialogue.is_slower(),
    }
}

impl Call {
    /// Nobody spoke after a question.
    pub(super) fn silence(&mut self, now: Instant) {
        self.silence_from = None;
        if self.ear.turn().is_speaking() || !self.is_listening() || self.line.is_held() {
            return;
        }
        self.nobody_spoke(now, Input::Silence);
    }

    /// There was a sound, and no word in it: a street, hold music, a child.
    pub(super) fn only_noise(&mut self, now: Instant) {
        self.forget_utterance();
        if self.waiting.is_some() {
            return;
        }
        let since = *self.wordless_from.get_or_insert(now);
        if now.duration_since(since) >= WORDLESS {
            self.nobody_spoke(now, Input::Noise);
        }
    }

    /// What the wait for the caller has counted so far counts no more.
    pub(super) fn wait_anew(&mut self) {
        (self.silence_from, self.wordless_from) = (None, None);
    }

    fn nobody_spoke(&mut self, now: Instant, input: Input) {
        self.event(CallEvent::Silence);
        self.turn = self.turn.next();
        self.marks = Marks::default();
        self.drive(now, input);
    }

    /// Recognition takes long: says so, and in the end offers the keys of the telephone.
    pub(super) fn slow(&mut self, now: Instant) {
        self.slow_at = None;
        if self.is_bridged {
            self.is_bridged = false;
            self.forget_utterance();
            return self.drive(now, Input::Overloaded);
        }
        self.is_bridged = true;
        self.slow_at = Some(now + TOO_SLOW);
        let text = Phrases::new(&self.dialogue.plan().phrases)
            .get(Phrase::OneMoment)
            .to_string();
        self.say(&text, false);
    }

    /// Puts an input to the dialogue and does what it says.
    pub(super) fn drive(&mut self, now: Instant, input: Input) {
        self.wait_anew();
        for act in self.dialogue.handle(self.civil(now), input) {
            self.perform(now, act);
        }
    }

    /// Does what the dialogue says, or remembers it until all is said.
    pub(super) fn perform(&mut self, now: Instant, act: Act) {
        match act {
            Act::Say(text) => self.say(&text, false),
            Act::Tell { text, question } => {
                let mut speech = std::mem::take(&mut self.speech);
                self.tell(&text, question, pace(&self.dialogue), &mut speech);
                self.speech = speech;
            }
            Act::Notice(text) => self.say(&text, true),
            Act::Beep => self.speech.beep(),
            Act::Cite(passage) => {
                let passage = &self.dialogue.plan().knowledge[passage];
                self.event(CallEvent::Cited {
                    passage: passage.title(),
                    source: passage.note.source.clone(),
                    date: passage.note.date,
                    at: format!("{}:{}", passage.file, passage.line),
                });
            }
            Act::Listen(expect) => self.ear.expect(expect),
            Act::Transfer { service, target } => self.next = Some(Next::Transfer { service, target }),
            Act::HandOver { service, summary } => self.hand_over(now, service, &summary),
            Act::Queue { service, about } => self.queue_for(now, service, &about),
            Act::Leave(why) => {
                self.unqueue(now, why);
            }
            Act::Record { service } => self.next = Some(Next::Record { service }),
            Act::Keep { service } => {
                if let Phase::Recording(recording) = &mut self.phase {
                    let audio = recording.take();
                    let length = audio.duration();
                    let job = self.keep(now, service, audio);
                    self.phase = Phase::Keeping { job, service, length };
                }
            }
            Act::Submit(request) => {
                let form = request.form;
                let job = self.submit(now, request);
                self.phase = Phase::Submitting { job, form };
            }
            Act::Look(reference) => {
                let job = self.new_job();
                self.outputs.push_back(Output::Look { job, reference });
                self.phase = Phase::Looking { job };
            }
            // It is said later; its sound is there at once then, and nobody waits for these jobs.
            Act::Prepare(text) => drop(self.render(&text, pace(&self.dialogue))),
            Act::HangUp => self.next = Some(Next::HangUp),
        }
    }

    /// Says a text; what is `protected` is heard to its end, whoever speaks.
    pub(super) fn say(&mut self, text: &str, protected: bool) {
        let pace = pace(&self.dialogue);
        let mut speech = std::mem::take(&mut self.speech);
        self.voice(text, pace, protected, &mut speech);
        self.speech = speech;
    }

    /// Asks for the sound of a text, sentence by sentence, and puts it into a queue; gives their number.
    pub(super) fn voice(&mut self, text: &str, pace: Pace, protected: bool, speech: &mut Speech) -> usize {
        let sentences = self.render(text, pace);
        let count = sentences.len();
        for (job, sentence) in sentences {
            speech.say(job, sentence, protected);
            if self.writing.is_alone() {
                speech.arrived(job, Some(Clip::default()));
            }
        }
        count
    }

    /// Asks for the sound of each sentence of a text, which is told as these jobs. What is only read needs none.
    pub(super) fn render(&mut self, text: &str, pace: Pace) -> Vec<(JobId, Arc<str>)> {
        let ask = |sentence: String| {
            let (job, text) = (self.new_job(), Arc::<str>::from(sentence));
            if !self.writing.is_alone() {
                let text = text.clone();
                self.outputs.push_back(Output::Synthesize { job, text, pace });
            }
            (job, text)
        };
        french::sentences(text).into_iter().map(ask).collect()
    }

    /// Stops speaking.
    pub(super) fn fall_silent(&mut self) -> Stopped {
        let mut stopped = self.speech.stop();
        for job in stopped.jobs.drain(..) {
            self.outputs.push_back(Output::Cancel(job));
        }
        stopped
    }

    /// Once all is said: what comes next, or the wait for the caller.
    pub(super) fn continue_with_next(&mut self, now: Instant) {
        if !self.speech.is_idle() {
            return;
        }
        match self.next.take() {
            Some(Next::Transfer { service, target }) => {
                self.event(CallEvent::TransferBegan {
                    service: self.service_id(service),
                    target: target.clone(),
                    about: Pii::default(),
                });
                self.phase = Phase::Transferring {
                    transfer: Transfer::begun(now),
                    service,
                    target: target.clone(),
                    ringback: Ringback::default(),
                };
                self.outputs.push_back(Output::Transfer { target });
            }
            Some(Next::Record { service }) => {
                self.ear.finish();
                self.ear.expect(crate::units::Expect::Message);
                let longest = self.dialogue.plan().messages.max_length;
                self.phase = Phase::Recording(Recording::new(service, longest, self.writing.patience_for_message()));
            }
            Some(Next::HangUp) => {
                self.outputs.push_back(Output::HangUp);
                self.end(now, EndReason::Finished);
            }
            None => self.wait(now),
        }
    }

    fn wait(&mut self, now: Instant) {
        if let Phase::Recording(recording) = &self.phase
            && let Some(spoken) = recording.result()
        {
            self.ear.finish();
            if !spoken {
                self.phase = Phase::Talking;
            }
            self.drive(now, Input::Recorded { spoken });
        } else if self.is_listening()
            && self.silence_from.is_none()
            && self.waiting.is_none()
            && !self.line.is_held()
            && !self.ear.turn().is_speaking()
            && self.recognising.is_none()
        {
            self.silence_from = Some(now);
        }
    }

    /// Asks the store to write a message.
    pub(super) fn keep(&mut self, now: Instant, service: usize, audio: Pcm<16_000>) -> JobId {
        let job = self.new_job();
        let about = self.dialogue.brief(self.civil(now).date(), service);
        self.outputs.push_back(Output::Keep {
            job,
            service,
            audio,
            about,
        });
        job
    }

    /// Asks the store to write a request.
    pub(super) fn submit(&mut self, now: Instant, request: Request) -> JobId {
        let job = self.new_job();
        let calls_back = self.dialogue.plan().forms[request.form].calls_back;
        let waited = calls_back.then(|| self.hold.waited(now));
        self.outputs.push_back(Output::Submit { job, request, waited });
        job
    }

    pub(super) fn report_kept(&mut self, service: usize, length: Duration, ok: bool) {
        let service = self.service_id(service);
        self.event(if ok {
            CallEvent::MessageKept {
                service,
                length_ms: ms(length),
            }
        } else {
            CallEvent::MessageLost { service }
        });
    }

    pub(super) fn transfer_ended(&mut self, now: Instant, service: usize, outcome: Outcome) {
        self.event(CallEvent::TransferEnded {
            service: self.service_id(service),
            outcome,
        });
        self.goes_on_after(now, outcome);
    }

    /// Goes on as a transfer that ended so wants; a success ends the call.
    pub(super) fn goes_on_after(&mut self, now: Instant, outcome: Outcome) {
        self.phase = Phase::Talking;
        self.last_packet = now;
        match outcome {
            Outcome::Taken => {
                self.outputs.push_back(Output::HangUp);
                self.end(now, EndReason::Transferred);
            }
            Outcome::NoAnswer | Outcome::Voicemail | Outcome::Declined => self.transfer_failed(now, Failure::NoAnswer),
            Outcome::Busy => self.transfer_failed(now, Failure::Busy),
            Outcome::Unreachable => self.transfer_failed(now, Failure::Unreachable),
            Outcome::Abandoned => {}
        }
    }

    fn transfer_failed(&mut self, now: Instant, failure: Failure) {
        self.drive(now, Input::TransferFailed(failure));
    }

    /// What was to be reported on a transfer by now was not.
    pub(super) fn transfer_is_late(&mut self, now: Instant) {
        match &mut self.phase {
            Phase::HandingOver(handing) => {
                handing.rang_long_enough(now);
                self.follow_hand_over(now);
            }
            _ => self.handle_transfer(now, 408, true),
        }
    }

    pub(super) fn end(&mut self, now: Instant, reason: EndReason) {
        if self.is_over() {
            return;
        }
        let reason = self.let_clerks_go(now, reason);
        self.unqueue(now, Left::HungUp);
        self.drop_recognition();
        self.fall_silent();
        if matches!(reason, EndReason::MediaLost | EndReason::TooLong) {
            self.outputs.push_back(Output::HangUp);
        }
        self.event(CallEvent::Ended { reason });
        self.phase = Phase::Over;
    }

    pub(super) fn service_id(&self, service: usize) -> String {
        self.dialogue.plan().services[service].id.clone()
    }
}
