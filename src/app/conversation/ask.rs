//! What a call asks of the engines and the store, and how their answers come back.

use std::sync::Arc;
use std::time::Duration;

use super::{Conversation, Done};
use crate::audio::Pcm;
use crate::call::Record;
use crate::deliver;
use crate::dialogue::{Known, Request};
use crate::engine::prompts::{Priority, Rendered};
use crate::engine::recognition::Urgency;
use crate::engine::rephrase;
use crate::hear::{Context, Transcript, Utterance};
use crate::pii::Pii;
use crate::speak::pace::Pace;
use crate::store::{NewMessage, NewRecording, NewRequest, StoreError};
use crate::units::JobId;

impl Conversation {
    /// Recognition and understanding, on a thread of the pool.
    pub(super) fn transcribe(&self, job: JobId, utterance: Utterance, speculative: bool) {
        let (done, town, civil) = (self.done.clone(), self.town.clone(), self.app.config.civil_now());
        let context = utterance.context.clone();
        let prompt = self.town.prompt(context.expect);
        let urgency = if speculative {
            Urgency::Speculative
        } else {
            Urgency::Awaited
        };
        self.app.engines.recognition.submit(
            (self.call.id(), job),
            utterance,
            prompt,
            urgency,
            Box::new(move |heard| {
                let understood = heard
                    .map_err(|e| e.to_string())
                    .map(|transcript| town.understand(&context, transcript, civil));
                drop(done.send(Done::Heard(job, Box::new(understood))));
            }),
        );
    }

    /// Understanding of what was typed.
    pub(super) fn read(&self, job: JobId, words: Pii<String>, context: Context) {
        let (done, town, civil) = (self.done.clone(), self.town.clone(), self.app.config.civil_now());
        tokio::task::spawn_blocking(move || {
            let transcript = Transcript {
                text: words,
                ..Transcript::default()
            };
            let understood = town.understand(&context, transcript, civil);
            drop(done.send(Done::Heard(job, Box::new(Ok(understood)))));
        });
    }

    /// The sound of a sentence.
    pub(super) fn synthesize(&mut self, job: JobId, text: &str, pace: Pace) {
        let (done, runtime) = (self.done.clone(), tokio::runtime::Handle::current());
        let reply = move |clip: Rendered| {
            let send = move || {
                let clip = clip.map(|clip| pace.of(clip)).map_err(|e| e.to_string());
                drop(done.send(Done::Speech(job, clip)));
            };
            // Clips that are ready come at once, on the thread that sends packets: not the place to stretch them.
            if pace.slower {
                drop(runtime.spawn_blocking(send))
            } else {
                send()
            }
        };
        let prompts = &self.app.engines.prompts;
        let request = prompts.request(text, pace.speed, Priority::Live, reply);
        self.renders.insert(job, request);
    }

    /// Asks for other words.
    pub(super) fn rephrase(&mut self, job: JobId, question: Pii<String>, passage: Arc<str>) {
        let Some(rephraser) = &self.app.rephraser else { return };
        let done = self.done.clone();
        let reply = move |words: Result<String, _>| {
            drop(done.send(Done::Rephrased(
                job,
                words.map_err(|e: rephrase::RephraseError| e.to_string()),
            )));
        };
        self.rephrasings.insert(job, rephraser.ask(question, passage, reply));
    }

    /// Has a message written.
    pub(super) fn keep(&self, job: JobId, service: usize, audio: Pcm<16_000>, about: Pii<String>) {
        let (done, plan) = (self.done.clone(), &self.town.plan);
        let left = deliver::Left {
            service,
            length: audio.duration(),
            about,
        };
        let message = NewMessage {
            call: self.call.id(),
            service: plan.services[service].id.clone(),
            caller: self.number.clone(),
            entrance: self.caller.entrance(),
            deliveries: deliver::compose_message(plan, &left, &self.sender(), &self.app.config.deliver),
            audio,
            keep_days: plan.messages.keep_days,
        };
        let app = self.app.clone();
        self.app.store.keep(
            message,
            Box::new(move |kept| {
                if let Err(error) = &kept {
                    tracing::error!(%error, "message perdu");
                }
                app.messages_left.notify_one();
                drop(done.send(Done::Kept(job, kept.is_ok())));
            }),
        );
    }

    /// Has what two people say to each other written down.
    pub(super) fn record(&mut self, number: u32, what: Record) {
        match what {
            Record::Begin { service } => {
                let (done, plan) = (self.done.clone(), &self.town.plan);
                let new = NewRecording {
                    call: self.call.id(),
                    number,
                    service: plan.services[service].id.clone(),
                    keep_days: plan.messages.keep_days,
                };
                let lost = move |error: StoreError| drop(done.send(Done::RecordingLost(number, error.to_string())));
                self.recorder = Some((number, self.app.store.record(new, Box::new(lost))));
            }
            Record::Piece(samples) => {
                let recorder = self.recorder.as_ref();
                if recorder.is_some_and(|(_, recorder)| !recorder.piece(samples)) {
                    self.lose_recording(
                        number,
                        "le disque est trop lent pour enregistrer la conversation".into(),
                    );
                }
            }
            Record::Keep => self.recorder = None,
            Record::Erase => {
                self.app.store.erase_recording(self.call.id(), number);
                self.recorder = None;
            }
        }
    }

    /// The rest of a recording cannot be written.
    pub(super) fn lose_recording(&mut self, number: u32, why: String) {
        self.recorder.take_if(|(recorded, _)| *recorded == number);
        self.call.handle_recording_lost(number, why);
    }

    /// Whose messages and requests these are.
    fn sender(&self) -> deliver::Sender<'_> {
        deliver::Sender {
            call: self.call.id(),
            caller: self.number.as_ref().map(|number| number.reveal().as_str()),
            entrance: self.caller.entrance(),
            now: self.app.config.now(),
            waited: None,
        }
    }

    /// Has a request written.
    pub(super) fn submit(&self, job: JobId, request: &Request, waited: Option<Duration>) {
        let (done, plan) = (self.done.clone(), &self.town.plan);
        let form = &plan.forms[request.form];
        let sender = deliver::Sender {
            waited,
            ..self.sender()
        };
        let deliveries = deliver::compose(plan, request, &sender, &self.app.config.deliver);
        let request = NewRequest {
            call: self.call.id(),
            form: form.id.clone(),
            service: plan.services[form.service].id.clone(),
            caller: self.number.clone(),
            entrance: self.caller.entrance(),
            values: request
                .answers(form)
                .map(|(id, _, value)| (id.to_owned(), value.plain()))
                .collect::<Vec<_>>()
                .into(),
            keep_days: plan.messages.keep_days,
            deliveries,
            waited,
        };
        let bell = self.app.bell.clone();
        self.app.store.submit(
            request,
            Box::new(move |kept| {
                let kept = kept.inspect_err(|error| tracing::error!(%error, "demande perdue"));
                bell.ring();
                drop(done.send(Done::Submitted(job, kept.ok())));
            }),
        );
    }

    /// Looks for a request.
    pub(super) fn look(&self, job: JobId, reference: String) {
        let (done, app, plan) = (self.done.clone(), self.app.clone(), self.town.plan.clone());
        let caller = self.number.clone();
        tokio::task::spawn_blocking(move || {
            let found = app.store.reader().and_then(|reader| reader.request(&reference));
            let found = found.unwrap_or_else(|error| {
                tracing::error!(%error, "demande introuvable");
                None
            });
            let known = found.and_then(|request| {
                let since = chrono::DateTime::from_timestamp_millis(request.created_at)?;
                Some(Known {
                    state: request.state,
                    since: since.with_timezone(&app.config.timezone).date_naive(),
                    form: plan.forms.iter().position(|form| form.id == request.form),
                    own: caller.is_some_and(|number| request.is_from(number.reveal())),
                })
            });
            drop(done.send(Done::Found(job, known)));
        });
    }
}
