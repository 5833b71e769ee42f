//! Runs one call: its caller, its engines and its [`Call`], until it is over.

mod ask;
mod caller;
mod clerks;
mod desk;
mod page;

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::mpsc;
use tracing::Instrument;

use super::desks::Door;
use super::plans::Town;
use super::queues::Seat;
use super::traces::CallTrace;
use super::{App, Talking};
use crate::call::event::CallEvent;
use crate::call::line::MAX_REPORT;
use crate::call::{Call, Output, Understood};
use crate::dialogue::Known;
use crate::engine::prompts::RequestId;
use crate::engine::rephrase;
use crate::net::sip::{Incoming, LegEvent, Reoffer, Transport};
use crate::net::webrtc::Peer;
use crate::pii::Pii;
use crate::speak::queue::Clip;
use crate::store::{NewCall, Recorder};
use crate::transfer::handover::ClerkId;
use crate::transfer::queue::News;
use crate::units::{CallId, JobId};
use crate::wire::negotiate::{Agreed, Local};
use crate::wire::rtcp::NtpClock;
use crate::wire::sdp;
use caller::{Caller, Came, Telephone};
use clerks::{Clerks, Dialled};
use desk::Stepping;
pub(super) use page::{Arrival, welcome};

/// How often reports are sent (RFC 3550, section 6.2).
const REPORT: Duration = Duration::from_secs(5);
/// Longest wait for the answer to our own offer.
const ANSWER: Duration = Duration::from_secs(32);

/// What the engines and the store send back.
enum Done {
    Heard(JobId, Box<Result<Understood, String>>),
    Speech(JobId, Result<Clip, String>),
    Kept(JobId, bool),
    RecordingLost(u32, String),
    Submitted(JobId, Option<String>),
    Found(JobId, Option<Known>),
    Rephrased(JobId, Result<String, String>),
    ReferRefused(u16),
    Dialled(ClerkId, Box<Result<Dialled, u16>>),
    Queue(News),
    /// Somebody of this name takes the call at their browser; none: its sound did not get through.
    Seated(ClerkId, String, Option<Box<Peer>>),
    /// Somebody steps into the call at their browser.
    SteppedIn(Box<Stepping>),
}

/// Answers an incoming call and leads it to its end.
pub async fn answer(app: Arc<App>, incoming: Incoming) {
    let id = CallId::random();
    let span = tracing::info_span!("call", call_id = %id);
    async move {
        if let Err(refusal) = try_answer(&app, id, incoming).await {
            tracing::warn!(code = refusal.0, "appel refusé : {}", refusal.1);
        }
    }
    .instrument(span)
    .await;
}

/// Status and reason (French) of a refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refusal(pub u16, pub &'static str);

async fn try_answer(app: &Arc<App>, id: CallId, incoming: Incoming) -> Result<(), Refusal> {
    let refuse = |code, reason: &'static str, english: &str| {
        incoming
            .leg
            .reject(code, Some(english), (code == 503).then_some(Duration::from_secs(10)));
        Refusal(code, reason)
    };
    let town = app
        .town(&incoming.called_user)
        .ok_or_else(|| refuse(404, "aucun plan ne répond à ce numéro", "Not Found"))?
        .clone();
    let address = app
        .rtp_address(incoming.source.ip())
        .ok_or_else(|| refuse(503, "aucune adresse locale", "Service Unavailable"))?;
    let mut sockets = app
        .ports
        .open(address)
        .ok_or_else(|| refuse(503, "plus de port libre pour le son", "Service Unavailable"))?;
    let port = sockets
        .port()
        .map_err(|_| refuse(503, "port du son inutilisable", "Service Unavailable"))?;
    let announced = app.announced(address);
    let private = incoming.transport == Transport::Tls;
    let mut session = Local::new(announced, port, &app.config.codecs, rand::random()).encrypted(
        app.config.srtp,
        private,
        rand::random(),
    );
    let (answer, negotiated) = match &incoming.offer {
        Some(offer) => {
            let (agreed, answer) = negotiate(&mut session, offer).map_err(|error| {
                tracing::info!(error, "offre SDP refusée");
                refuse(488, "aucun son en commun", "Not Acceptable Here")
            })?;
            (answer, Some(agreed))
        }
        None => (session.offer().into_bytes(), None),
    };
    let Incoming {
        leg,
        mut events,
        caller_number,
        called_user,
        source,
        ..
    } = incoming;
    leg.accept(answer)
        .await
        .map_err(|_| Refusal(487, "l'appelant a raccroché avant la réponse"))?;
    let agreed = match negotiated {
        Some(agreed) => agreed,
        None => delayed(&session, &mut events)
            .await
            .ok_or(Refusal(488, "aucune réponse à notre offre"))?,
    };
    sockets.set_remote(&agreed);
    let telephone = Telephone {
        sockets,
        session,
        leg,
        events,
    };
    let taken = Taken {
        id,
        town,
        called: called_user,
        number: caller_number,
        agreed: Some(agreed),
        // A stream comes from a port where nobody listens.
        extensions: Some(app.extensions().unwrap_or_else(|| match private {
            true => format!("{};transport=tls", uri_host(source.ip())),
            false => source.to_string(),
        })),
        caller: Caller::Telephone(Box::new(telephone)),
    };
    converse(app, taken).await
}

/// An address as it stands in a URI.
fn uri_host(address: IpAddr) -> String {
    match address {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => format!("[{address}]"),
    }
}

/// A call that was taken.
struct Taken {
    id: CallId,
    town: Town,
    /// The number or name that was called.
    called: String,
    /// The caller's number, where it is known.
    number: Option<Pii<String>>,
    /// What sound was agreed on; none: the caller types and reads.
    agreed: Option<Agreed>,
    /// The host at which extensions are reached, where one is known.
    extensions: Option<String>,
    caller: Caller,
}

/// Leads a call to its end.
async fn converse(app: &Arc<App>, taken: Taken) -> Result<(), Refusal> {
    let Taken {
        id,
        town,
        called,
        number,
        agreed,
        extensions,
        caller,
    } = taken;
    let codec = agreed.as_ref().map_or("texte", |agreed| agreed.codec.name());
    let srtp = agreed.as_ref().and_then(|agreed| agreed.srtp.as_ref());
    tracing::info!(
        called,
        codec,
        srtp = srtp.map(|keys| keys.ours.suite().name()),
        "appel pris"
    );
    app.store.begin(NewCall {
        id,
        plan: town.plan.town.name.clone(),
        called,
        caller: number.clone(),
        entrance: caller.entrance(),
        codec,
    });
    let now = Instant::now();
    let (plan, civil) = (town.plan.clone(), app.config.civil_now());
    let clock = NtpClock::new(now, super::unix_now());
    let call = match &agreed {
        Some(agreed) => Call::new(id, plan, agreed, now, civil, clock),
        None => Call::in_writing(id, plan, now, civil, clock),
    };
    let mut call = call.map_err(|error| {
        tracing::error!(%error, "codec inutilisable");
        Refusal(500, "codec inutilisable")
    })?;
    // What is only read is read at once: other words would always come too late.
    if app.rephraser.is_some() && agreed.is_some() {
        call.rephrase();
    }
    if let Some(number) = &number {
        call.caller(number);
    }
    let _talking = Talking::begin(app);
    let (done, inbox) = mpsc::unbounded_channel();
    let news = done.clone();
    let seat = app.lines.seat(id, move |told| drop(news.send(Done::Queue(told))));
    Conversation {
        app: app.clone(),
        town,
        call,
        caller,
        done,
        number,
        extensions,
        clerks: Clerks::default(),
        seat,
        door: app.desks.open_call(id),
        renders: HashMap::new(),
        rephrasings: HashMap::new(),
        recorder: None,
        trace: app.traces.as_ref().map(|traces| traces.begin(id, codec)),
    }
    .run(inbox)
    .await;
    Ok(())
}

/// Waits for the answer to the offer that we made in our 200 (delayed offer, RFC 3264 section 4).
async fn delayed(session: &Local, events: &mut mpsc::Receiver<LegEvent>) -> Option<Agreed> {
    let wait = async {
        loop {
            match events.recv().await? {
                LegEvent::Established { answer } => return accept(session, &answer?).ok(),
                LegEvent::Ended { .. } => return None,
                _ => {}
            }
        }
    };
    tokio::time::timeout(ANSWER, wait).await.ok().flatten()
}

/// Answers an offer; an error is for the log.
fn negotiate(session: &mut Local, offer: &[u8]) -> Result<(Agreed, Vec<u8>), String> {
    let offer = sdp::parse(&String::from_utf8_lossy(offer)).map_err(|e| e.to_string())?;
    let (agreed, answer) = session.answer(&offer).map_err(|e| e.to_string())?;
    Ok((agreed, answer.into_bytes()))
}

/// Reads the answer to our offer; an error is for the log.
fn accept(session: &Local, answer: &[u8]) -> Result<Agreed, String> {
    let answer = sdp::parse(&String::from_utf8_lossy(answer)).map_err(|e| e.to_string())?;
    session.accept(&answer).map_err(|e| e.to_string())
}

/// Answers a new offer within a call; what was agreed, unless it has to wait for the answer to ours.
fn renegotiate(session: &mut Local, reoffer: Reoffer) -> Option<Agreed> {
    let Some(offer) = &reoffer.sdp else {
        // The peer asks for our offer; its answer comes with the ACK.
        reoffer.accept(session.offer().into_bytes());
        return None;
    };
    match negotiate(session, offer) {
        Ok((agreed, answer)) => {
            reoffer.accept(answer);
            Some(agreed)
        }
        Err(error) => {
            tracing::info!(error, "nouvelle offre SDP refusée");
            reoffer.reject(488);
            None
        }
    }
}

struct Conversation {
    app: Arc<App>,
    town: Town,
    call: Call,
    caller: Caller,
    done: mpsc::UnboundedSender<Done>,
    /// The caller's, where it is known.
    number: Option<Pii<String>>,
    /// The host at which extensions are reached, where one is known.
    extensions: Option<String>,
    clerks: Clerks,
    /// Its place among those who wait, if it has one.
    seat: Seat,
    /// Those who step into the call come through it.
    door: Door,
    /// Sentences being rendered.
    renders: HashMap<JobId, RequestId>,
    /// Other words being asked for.
    rephrasings: HashMap<JobId, rephrase::Request>,
    /// The conversation with a clerk that is being recorded, by its number: kept as soon as it is dropped.
    recorder: Option<(u32, Recorder)>,
    trace: Option<CallTrace>,
}

impl Conversation {
    async fn run(mut self, mut inbox: mpsc::UnboundedReceiver<Done>) {
        let (mut packet, mut report) = ([0u8; 1500], [0u8; MAX_REPORT]);
        let mut clerk_packet = [0u8; 1500];
        let mut reports = tokio::time::interval(REPORT);
        let timer = tokio::time::sleep(Duration::ZERO);
        tokio::pin!(timer);
        loop {
            while let Some(rtp) = self.call.poll_transmit() {
                self.caller.send(rtp);
            }
            while let Some((clerk, rtp)) = self.call.poll_clerk_transmit() {
                self.clerks.send(clerk, rtp);
            }
            while let Some(output) = self.call.poll_output() {
                self.act(output);
            }
            let Some((due, _)) = self.call.poll_timeout() else {
                break;
            };
            timer.as_mut().reset(due.into());
            tokio::select! {
                biased;
                () = &mut timer => self.call.handle_timeout(Instant::now()),
                came = self.caller.next(&mut packet) => self.take(came, &packet),
                Some(done) = inbox.recv() => self.finish(done),
                (clerk, news) = self.clerks.next(&mut clerk_packet) => self.clerk_news(clerk, news, &clerk_packet),
                step = self.door.next() => self.step_in(step),
                _ = reports.tick() => {
                    let length = self.call.report(Instant::now(), &mut report);
                    self.caller.send_report(&report[..length]);
                    self.report_to_clerks(&mut report);
                }
            }
        }
    }

    /// What came from the caller; packets are in `packet`.
    fn take(&mut self, came: Came, packet: &[u8]) {
        let now = Instant::now();
        match came {
            Came::Sound(length) => self.call.handle_packet(now, &packet[..length]),
            Came::Report(length) => self.call.handle_report(now, &packet[..length]),
            Came::Media(agreed) => self.call.handle_media(now, &agreed),
            Came::Key(key) => self.call.handle_tone(now, key),
            Came::Typed(words) => self.call.handle_typed(now, words),
            Came::Transfer(code, last) => self.call.handle_transfer(now, code, last),
            Came::Ended(reason) => self.call.handle_end(now, reason),
        }
    }

    /// What an engine, the store or the telephone system did.
    fn finish(&mut self, done: Done) {
        let now = Instant::now();
        match done {
            Done::Heard(job, heard) => self.call.handle_heard(now, job, *heard),
            Done::Speech(job, clip) => {
                self.renders.remove(&job);
                self.call.handle_speech(now, job, clip);
            }
            Done::Kept(job, ok) => self.call.handle_kept(now, job, ok),
            Done::RecordingLost(number, why) => self.lose_recording(number, why),
            Done::Submitted(job, reference) => self.call.handle_submitted(now, job, reference),
            Done::Found(job, known) => self.call.handle_found(now, job, known),
            Done::Rephrased(job, words) => {
                self.rephrasings.remove(&job);
                self.call.handle_rephrased(now, job, words);
            }
            Done::ReferRefused(code) => self.call.handle_refer_refused(now, code),
            Done::Dialled(clerk, dialled) => self.dialled(clerk, *dialled),
            Done::Queue(news) => self.call.handle_queue(now, news),
            Done::SteppedIn(stepping) => self.stepped_in(stepping),
            Done::Seated(clerk, name, peer) => self.seated(clerk, name, peer),
        }
    }

    /// Does what the call asks.
    fn act(&mut self, output: Output) {
        let id = self.call.id();
        match output {
            Output::Transcribe {
                job,
                utterance,
                speculative,
            } => self.transcribe(job, utterance, speculative),
            Output::Read { job, words, context } => self.read(job, words, context),
            Output::Hurry(job) => self.app.engines.recognition.hurry((id, job)),
            Output::Synthesize { job, text, pace } => self.synthesize(job, &text, pace),
            Output::Rephrase { job, question, passage } => self.rephrase(job, question, passage),
            Output::Cancel(job) => {
                self.app.engines.recognition.cancel((id, job));
                self.rephrasings.remove(&job);
                if let Some(request) = self.renders.remove(&job) {
                    self.app.engines.prompts.cancel(request);
                }
            }
            Output::Keep {
                job,
                service,
                audio,
                about,
            } => self.keep(job, service, audio, about),
            Output::Submit { job, request, waited } => self.submit(job, &request, waited),
            Output::Look { job, reference } => self.look(job, reference),
            Output::Transfer { target } => self.transfer(&target),
            Output::Queue(wish) => {
                let plan = &self.town.plan;
                let line = |service: usize| format!("{}/{}", plan.town.name, plan.services[service].id);
                self.seat.wish(wish, line);
            }
            Output::Ring(ring) => self.ring(ring),
            Output::Release(clerk) => self.clerks.release(clerk),
            Output::Referred { clerk, code } => self.clerks.referred(clerk, code),
            Output::Join { clerk, target } => self.join(clerk, &target),
            Output::Record { number, what } => self.record(number, what),
            Output::Press { clerk, key } => self.press(clerk, *key.reveal()),
            Output::HangUp => self.caller.hang_up(),
            Output::Event(event) => self.tell(&event),
        }
    }

    /// One event, to all who want to know: the store, the log, the metrics, the traces, and whoever listens.
    fn tell(&mut self, event: &CallEvent) {
        let id = self.call.id();
        tracing::info!(?event);
        super::measure(event);
        if let Some(trace) = &mut self.trace {
            trace.event(event);
        }
        self.caller.tell(event);
        self.app.store.event(id, event);
        // Nobody may be listening.
        let _ = self.app.events.send((id, event.clone()));
    }
}
