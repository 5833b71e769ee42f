//! The call's steps: from an utterance to the dialogue, and from the dialogue to what is done.

use std::time::{Duration, Instant};

use super::event::{CallEvent, EndReason, ms};
use super::marks::Marks;
use super::recording::Recording;
use super::{Call, Next, Output, Phase, Recognising};
use crate::audio::Pcm;
use crate::dialogue::phrases::{Phrase, Phrases};
use crate::dialogue::{Act, Failure, Input};
use crate::speak::french;
use crate::transfer::{Outcome, Transfer};

/// Pace after "plus lentement", of the voice's own.
const SLOWER: f32 = 0.85;
/// Mean log-probability above which we trust that we heard the words right.
const CLEAR: f32 = -0.55;
/// A noise without words is worth a reaction only when it lasted like a sentence.
const LIKE_A_SENTENCE: Duration = Duration::from_millis(800);

impl Call {
    /// Asks for the words of the utterance as it stands.
    pub(super) fn recognise(&mut self, now: Instant) {
        self.drop_recognition();
        let job = self.new_job();
        self.marks = Marks::paused(now, self.ear.turn().quiet_for() + self.line.delay());
        self.recognising = Some(Recognising { job, understood: None });
        self.outputs.push_back(Output::Transcribe {
            job,
            utterance: self.ear.utterance(),
        });
    }

    /// The one place where what was prepared is dropped.
    pub(super) fn drop_recognition(&mut self) {
        self.slow_at = None;
        if let Some(Recognising { job, understood: None }) = self.recognising.take() {
            self.outputs.push_back(Output::Cancel(job));
        }
    }

    /// The utterance was nothing that concerns us.
    pub(super) fn forget_utterance(&mut self) {
        self.drop_recognition();
        self.ear.finish();
    }

    /// The caller has finished and the words are there: our turn.
    pub(super) fn take_turn(&mut self, now: Instant) {
        let Some(Recognising {
            understood: Some(understood),
            ..
        }) = self.recognising.take()
        else {
            return;
        };
        let spoken = self.ear.turn().spoken();
        self.slow_at = None;
        self.ear.finish();
        let (transcript, reading) = (understood.transcript, understood.reading);
        let nothing = transcript.text.reveal().is_empty();
        if nothing && spoken < LIKE_A_SENTENCE {
            self.silence_from = Some(now);
            return;
        }
        self.turn = self.turn.next();
        self.event(CallEvent::Heard {
            turn: self.turn,
            log_probability: transcript.log_probability,
            topic: reading.topic.as_ref().map(|t| t.id.clone()),
            confidence: reading
                .topic
                .as_ref()
                .or(reading.alternatives.first())
                .map(|t| t.confidence),
            command: reading.command.map(|c| format!("{c:?}")),
            text: transcript.text,
        });
        let clear = !nothing && transcript.log_probability > CLEAR;
        self.drive(now, Input::Said { reading, clear });
    }

    /// Nobody spoke after a question.
    pub(super) fn silence(&mut self, now: Instant) {
        self.silence_from = None;
        if self.ear.turn().is_speaking() || !self.is_listening() {
            return;
        }
        self.event(CallEvent::Silence);
        self.turn = self.turn.next();
        self.marks = Marks::default();
        self.drive(now, Input::Silence);
    }

    /// Recognition takes long: says so.
    pub(super) fn slow(&mut self) {
        self.slow_at = None;
        let text = Phrases::new(&self.dialogue.plan().phrases)
            .get(Phrase::OneMoment)
            .to_string();
        self.say(&text);
    }

    /// Puts an input to the dialogue and does what it says.
    pub(super) fn drive(&mut self, now: Instant, input: Input) {
        self.silence_from = None;
        for act in self.dialogue.handle(self.civil(now), input) {
            match act {
                Act::Say(text) => self.say(&text),
                Act::Beep => self.speech.beep(),
                Act::Listen(expect) => self.ear.expect(expect),
                Act::Transfer { service, target } => self.next = Some(Next::Transfer { service, target }),
                Act::Record { service } => self.next = Some(Next::Record { service }),
                Act::Keep { service } => {
                    if let Phase::Recording(recording) = &mut self.phase {
                        let audio = recording.take();
                        let length = audio.duration();
                        let job = self.keep(service, audio);
                        self.phase = Phase::Keeping { job, service, length };
                    }
                }
                Act::HangUp => self.next = Some(Next::HangUp),
            }
        }
    }

    fn say(&mut self, text: &str) {
        let pace = if self.dialogue.is_slower() { SLOWER } else { 1.0 };
        let speed = self.dialogue.plan().voice.speed * pace;
        for sentence in french::sentences(text) {
            let (job, text) = (self.new_job(), std::sync::Arc::<str>::from(sentence));
            self.speech.say(job, text.clone());
            self.outputs.push_back(Output::Synthesize { job, text, speed });
        }
    }

    /// Stops speaking.
    pub(super) fn fall_silent(&mut self) {
        for job in self.speech.stop() {
            self.outputs.push_back(Output::Cancel(job));
        }
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
                });
                self.phase = Phase::Transferring {
                    transfer: Transfer::begun(now),
                    service,
                };
                self.outputs.push_back(Output::Transfer { target });
            }
            Some(Next::Record { service }) => {
                self.ear.finish();
                self.ear.expect(crate::units::Expect::Message);
                self.phase = Phase::Recording(Recording::new(service, self.dialogue.plan().messages.max_length));
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
            && !self.line.is_held()
            && !self.ear.turn().is_speaking()
            && self.recognising.is_none()
        {
            self.silence_from = Some(now);
        }
    }

    /// Asks the store to write a message.
    pub(super) fn keep(&mut self, service: usize, audio: Pcm<16_000>) -> crate::units::JobId {
        let job = self.new_job();
        self.outputs.push_back(Output::Keep { job, service, audio });
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
        self.phase = Phase::Talking;
        self.last_packet = now;
        match outcome {
            Outcome::Taken => {
                self.outputs.push_back(Output::HangUp);
                self.end(now, EndReason::Transferred);
            }
            Outcome::NoAnswer => self.drive(now, Input::TransferFailed(Failure::NoAnswer)),
            Outcome::Unreachable => self.drive(now, Input::TransferFailed(Failure::Unreachable)),
        }
    }

    pub(super) fn end(&mut self, _now: Instant, reason: EndReason) {
        if self.is_over() {
            return;
        }
        self.drop_recognition();
        self.fall_silent();
        if matches!(reason, EndReason::MediaLost | EndReason::TooLong) {
            self.outputs.push_back(Output::HangUp);
        }
        self.event(CallEvent::Ended { reason });
        self.phase = Phase::Over;
    }

    fn service_id(&self, service: usize) -> String {
        self.dialogue.plan().services[service].id.clone()
    }
}
