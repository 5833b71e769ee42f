//! One call: the stages in order, and what passes between them.
//!
//! Sans-IO. Feed it `handle_*` with the time, then drain it: [`Call::poll_transmit`] until none,
//! [`Call::poll_output`] until none, and call [`Call::handle_timeout`] at [`Call::poll_timeout`]. It never reads a
//! clock and never blocks. Recognition, synthesis, storage and signalling are I/O to it: it asks with an [`Output`]
//! and is told with a `handle_*`; an answer to a [`JobId`] that nobody waits for any more is dropped.

mod bridge;
mod endpoint;
pub mod event;
mod handover;
pub mod line;
mod listening;
mod marks;
mod output;
mod pass_on;
mod people;
mod queue;
mod recording;
mod rephrase;
mod ringing;
mod speculation;
mod steps;
mod tape;
mod turns;
mod writing;

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::NaiveDateTime;

use crate::audio::CodecError;
use crate::dialogue::phrases::{Phrase, Phrases};
use crate::dialogue::plan::Plan;
use crate::dialogue::{Dialogue, Input, Known};
use crate::hear::ear::Ear;
use crate::hear::playout::Frame;
use crate::hear::turn::Heard;
use crate::pii::Pii;
use crate::speak::queue::{Clip, Played, Speech};
use crate::speak::ringback::Ringback;
use crate::transfer::Transfer;
use crate::transfer::handover::ClerkId;
use crate::transfer::queue::News;
use crate::units::{CallId, FRAME, FRAME_MS, JobId, TurnId};
use crate::wire::negotiate::Agreed;
use crate::wire::rtcp::NtpClock;
use bridge::Bridge;
use endpoint::Rhythm;
use event::{CallEvent, EndReason, FalseAlarm};
use line::Line;
use listening::Listener;
use marks::Marks;
pub use output::{Output, Understood, Why};
pub use queue::Wish;
use queue::{Hold, Waiting};
use recording::Recording;
use ringing::HandingOver;
pub use ringing::{ClerkSignal, Ring};
use speculation::{Answered, Before, Prepared, Progress, Recognising};
pub use tape::Record;
use writing::Writing;

/// One frame.
const FRAME_TIME: Duration = Duration::from_millis(FRAME_MS as u64);
/// Lateness after which frames are skipped instead of being sent in a burst.
const TOO_LATE: Duration = Duration::from_millis(200);
/// The same where there are sounds, but no words: a caller who has put us aside may come back.
const WORDLESS: Duration = Duration::from_secs(20);
/// Quiet after the end of a turn before we say that we are thinking.
const SLOW: Duration = Duration::from_millis(2000);
/// And before we give up, and offer the keys of the telephone.
const TOO_SLOW: Duration = Duration::from_millis(8000);
/// Without a single packet for this long, the caller is gone.
const MEDIA_LOST: Duration = Duration::from_secs(30);
/// So long after the turn is ours, silence is bridged by a word while the answer is rendered.
const LEAD_IN: Duration = Duration::from_millis(160);
/// Longest call, apart from what is said to people.
const LONGEST: Duration = Duration::from_secs(20 * 60);

/// What the call is doing.
enum Phase {
    /// Talking with the caller.
    Talking,
    /// Taking a message.
    Recording(Recording),
    /// The message is being written.
    Keeping {
        job: JobId,
        service: usize,
        length: Duration,
    },
    /// A request is being written: for this form (index in the plan).
    Submitting { job: JobId, form: usize },
    /// A request is being looked for.
    Looking { job: JobId },
    /// Somebody else's telephone rings.
    Transferring {
        transfer: Transfer,
        service: usize,
        target: String,
        ringback: Ringback,
    },
    /// We ring the people of a service, and tell whoever answers what it is about.
    HandingOver(Box<HandingOver>),
    /// The caller speaks with one of them, through us.
    Bridged(Box<Bridge>),
    /// Over.
    Over,
}

/// What follows once all is said.
enum Next {
    Transfer { service: usize, target: String },
    Record { service: usize },
    HangUp,
}

/// A word to begin an answer with whose sound is not there yet: asked for when the call begins.
struct LeadIn {
    job: JobId,
    text: Arc<str>,
    clip: Option<Clip>,
}

/// One call.
pub struct Call {
    id: CallId,
    started: Instant,
    civil: NaiveDateTime,
    phase: Phase,
    dialogue: Dialogue,
    line: Line,
    ear: Ear,
    recognising: Option<Recognising>,
    /// The recognition of the beginning of a long turn, whose end is not yet said.
    beginning: Option<(JobId, usize)>,
    rhythm: Rhythm,
    /// What was known in the last pause of this turn.
    before: Option<Before>,
    answered: Option<Answered>,
    speech: Speech,
    writing: Writing,
    lead_in: LeadIn,
    /// Whether what the town has written may be said in other words.
    rephrases: bool,
    next: Option<Next>,
    turn: TurnId,
    marks: Marks,
    jobs: u64,
    /// The next clerk who is rung.
    next_clerk: ClerkId,
    /// Whom the caller waits for.
    waiting: Option<Waiting>,
    /// What they hear meanwhile, and since when they wait.
    hold: Hold,
    /// Those who listen.
    listeners: Vec<Listener>,
    /// How many times clerks have passed the caller on.
    passed_on: u32,
    /// Conversations with clerks that were recorded, and whether the caller wants none to be.
    recordings: u32,
    refuses_recording: bool,
    /// Since when the caller has had nobody but us.
    alone_since: Instant,
    silence_from: Option<Instant>,
    /// Since when there are sounds, and no words.
    wordless_from: Option<Instant>,
    slow_at: Option<Instant>,
    /// Whether we have said already that it takes long.
    is_bridged: bool,
    last_packet: Instant,
    frame_due: Instant,
    outputs: VecDeque<Output>,
}

impl Call {
    /// A call that is being answered at `now`, which is `civil` on the town's clock and `clock` on the world's.
    pub fn new(
        id: CallId,
        plan: Arc<Plan>,
        agreed: &Agreed,
        now: Instant,
        civil: NaiveDateTime,
        clock: NtpClock,
    ) -> Result<Self, CodecError> {
        let line = Line::new(agreed, clock)?;
        Ok(Self::on(line, Writing::beside_speech(), id, plan, now, civil))
    }

    /// The same, without sound: the caller types, and reads what we say.
    pub fn in_writing(
        id: CallId,
        plan: Arc<Plan>,
        now: Instant,
        civil: NaiveDateTime,
        clock: NtpClock,
    ) -> Result<Self, CodecError> {
        Ok(Self::on(Line::mute(clock)?, Writing::alone(), id, plan, now, civil))
    }

    fn on(line: Line, writing: Writing, id: CallId, plan: Arc<Plan>, now: Instant, civil: NaiveDateTime) -> Self {
        let lead_in = LeadIn {
            job: JobId(0),
            text: Phrases::new(&plan.phrases).get(Phrase::LeadIn).into(),
            clip: None,
        };
        let mut call = Self {
            id,
            started: now,
            civil,
            phase: Phase::Talking,
            dialogue: Dialogue::new(plan),
            line,
            ear: Ear::default(),
            recognising: None,
            beginning: None,
            rhythm: Rhythm::default(),
            before: None,
            answered: None,
            speech: Speech::default(),
            writing,
            lead_in,
            rephrases: false,
            next: None,
            turn: TurnId::default(),
            marks: Marks::default(),
            jobs: 0,
            next_clerk: ClerkId(0),
            waiting: None,
            hold: Hold::default(),
            listeners: Vec::new(),
            passed_on: 0,
            recordings: 0,
            refuses_recording: false,
            alone_since: now,
            silence_from: None,
            wordless_from: None,
            slow_at: None,
            is_bridged: false,
            last_packet: now,
            frame_due: now,
            outputs: VecDeque::new(),
        };
        call.event(CallEvent::Started);
        call.drive(now, Input::Start);
        if !call.writing.is_alone() {
            call.outputs.push_back(Output::Synthesize {
                job: call.lead_in.job,
                text: call.lead_in.text.clone(),
                pace: steps::pace(&call.dialogue),
            });
        }
        call
    }

    /// This is the caller's number, where they may be called back.
    pub fn caller(&mut self, number: &Pii<String>) {
        self.dialogue.caller(number);
    }

    /// The call's name.
    pub fn id(&self) -> CallId {
        self.id
    }

    /// Takes a datagram from the caller's RTP port.
    pub fn handle_packet(&mut self, now: Instant, datagram: &[u8]) {
        self.last_packet = now;
        if let Some(key) = self.line.handle_packet(now, datagram) {
            self.handle_tone(now, key);
        }
    }

    /// Takes a datagram from the caller's RTCP port. A telephone that suppresses silence may send nothing else for long.
    pub fn handle_report(&mut self, now: Instant, datagram: &[u8]) {
        if self.line.handle_report(now, datagram) {
            self.last_packet = now;
        }
    }

    /// Writes our own report on the line; gives its length.
    pub fn report(&mut self, now: Instant, out: &mut [u8; line::MAX_REPORT]) -> usize {
        self.line.report(now, out)
    }

    /// The caller pressed a key (telephone-event or INFO).
    pub fn handle_tone(&mut self, now: Instant, key: char) {
        if self.recording_refused(key) {
            return;
        }
        if let Phase::Bridged(bridge) = &mut self.phase {
            // It may be a code that the clerk's own system asks for: not for us, nor for the store.
            let by_info = bridge.press(key);
            return self.outputs.extend(by_info);
        }
        self.event(CallEvent::Tone { key: key.into() });
        if let Phase::Recording(recording) = &mut self.phase {
            recording.finish();
        } else if self.is_listening() {
            self.fall_silent();
            self.forget_utterance();
            self.turn = self.turn.next();
            self.marks = Marks::at(now);
            self.drive(now, Input::Tone(key));
        }
    }

    /// What an utterance turned out to be, or what was typed; an error leaves it unheard.
    pub fn handle_heard(&mut self, now: Instant, job: JobId, heard: Result<Understood, String>) {
        if self.writing.take(job) {
            self.read(now, heard);
        } else if self.clerk_heard(now, job, &heard) {
            // It was a clerk who spoke.
        } else if self.beginning.is_some_and(|(waiting, _)| waiting == job) {
            self.beginning_heard(now, heard);
        } else if self.recognising.as_ref().is_some_and(|r| r.job == job) {
            match heard {
                Ok(understood) => self.understood(now, understood),
                Err(what) => self.refused(now, what),
            }
        }
    }

    /// The sound of a sentence.
    pub fn handle_speech(&mut self, now: Instant, job: JobId, clip: Result<Clip, String>) {
        let clip = clip.map_err(|what| self.event(CallEvent::Failed { what })).ok();
        if job == self.lead_in.job {
            self.lead_in.clip = clip;
            return;
        }
        if self.dictated(job, clip.as_ref()) {
            return;
        }
        self.notice_arrived(job, clip.as_ref());
        let is_of = |speech: &mut Speech, clip| {
            let waits = speech.arrived(job, clip);
            speech.settle(now);
            waits
        };
        if let Phase::HandingOver(handing) = &mut self.phase
            && handing.arrived(job, clip.as_ref())
        {
            return;
        }
        let prepared = self.prepared().is_some_and(|p| is_of(&mut p.speech, clip.clone()));
        if !prepared {
            is_of(&mut self.speech, clip);
        }
    }

    /// The message is on disk, or is not.
    pub fn handle_kept(&mut self, now: Instant, job: JobId, ok: bool) {
        let Phase::Keeping {
            job: waiting,
            service,
            length,
        } = self.phase
        else {
            return;
        };
        if waiting == job {
            self.phase = Phase::Talking;
            self.report_kept(service, length, ok);
            self.drive(now, Input::Kept { ok });
        }
    }

    /// The request is on disk under this reference; none where it could not be written.
    pub fn handle_submitted(&mut self, now: Instant, job: JobId, reference: Option<String>) {
        let Phase::Submitting { job: waiting, form } = self.phase else {
            return;
        };
        if waiting == job {
            self.phase = Phase::Talking;
            if reference.is_some() {
                self.hold.forget();
            }
            let form = self.dialogue.plan().forms[form].id.clone();
            self.event(match reference.clone() {
                Some(reference) => CallEvent::RequestKept { form, reference },
                None => CallEvent::RequestLost { form },
            });
            self.drive(now, Input::Submitted { reference });
        }
    }

    /// What is known of the request that was looked for; none where there is none.
    pub fn handle_found(&mut self, now: Instant, job: JobId, known: Option<Known>) {
        if matches!(self.phase, Phase::Looking { job: waiting } if waiting == job) {
            self.phase = Phase::Talking;
            self.drive(now, Input::Found { known });
        }
    }

    /// How the transfer goes: status of the REFER or of a sipfrag; `last` tells that no other will come.
    pub fn handle_transfer(&mut self, now: Instant, code: u16, last: bool) {
        match &self.phase {
            Phase::Transferring { transfer, service, .. } => {
                if let Some(outcome) = transfer.report(code, last) {
                    self.transfer_ended(now, *service, outcome);
                }
            }
            Phase::Bridged(_) => self.join_reported(now, code, last),
            _ => {}
        }
    }

    /// The caller's telephone, or the PBX before it, would not hear of the REFER, and said so with this status.
    pub fn handle_refer_refused(&mut self, now: Instant, code: u16) {
        match &self.phase {
            Phase::Transferring { service, target, .. } if !matches!(code, 408 | 481) && !self.writing.is_alone() => {
                let (service, target) = (*service, target.clone());
                self.ring_instead(now, service, &target);
            }
            _ => self.handle_transfer(now, code, true),
        }
    }

    /// The session was changed: other codecs, hold, resume.
    pub fn handle_media(&mut self, now: Instant, agreed: &Agreed) {
        if let Err(error) = self.line.change(agreed) {
            self.event(CallEvent::Failed {
                what: error.to_string(),
            });
        }
        self.last_packet = now;
        self.wait_anew();
    }

    /// The call ended outside: a message under way is kept all the same.
    pub fn handle_end(&mut self, now: Instant, reason: EndReason) {
        if let Phase::Recording(recording) = &mut self.phase
            && recording.holds_speech()
        {
            let (service, audio) = (recording.service(), recording.take());
            self.keep(now, service, audio);
        }
        if let Some(request) = self.dialogue.unconfirmed_call_back() {
            self.submit(now, request);
        }
        self.end(now, reason);
    }

    /// Whether the call is over; what is left in [`Call::poll_output`] still has to be done.
    pub fn is_over(&self) -> bool {
        matches!(self.phase, Phase::Over)
    }

    /// When the call wants [`Call::handle_timeout`], and why.
    pub fn poll_timeout(&self) -> Option<(Instant, Why)> {
        if self.is_over() {
            return None;
        }
        let (transfer, longest) = match &self.phase {
            Phase::Transferring { transfer, .. } => (Some(transfer.deadline()), None),
            Phase::HandingOver(handing) => (handing.deadline(), handing.longest()),
            Phase::Bridged(bridge) => (bridge.deadline(), Some(bridge.longest())),
            _ => (None, None),
        };
        [
            (Some(self.frame_due), Why::Frame),
            (self.silence_from.map(|t| t + self.writing.patience()), Why::Silence),
            (self.slow_at, Why::Slow),
            (transfer, Why::Transfer),
            (self.queue_deadline(), Why::Queue),
            (longest.or(self.longest()), Why::TooLong),
        ]
        .into_iter()
        .filter_map(|(at, why)| Some((at?, why)))
        .min_by_key(|(at, _)| *at)
    }

    /// Does what is due.
    pub fn handle_timeout(&mut self, now: Instant) {
        while let Some((at, why)) = self.poll_timeout()
            && at <= now
        {
            match why {
                Why::Frame => return self.frames(now),
                Why::Silence => self.silence(now),
                Why::Slow => self.slow(now),
                Why::Transfer => self.transfer_is_late(now),
                Why::Queue => self.queue_is_due(now),
                Why::TooLong => self.end(now, EndReason::TooLong),
            }
        }
    }

    /// The next thing to do.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// The next RTP packet to send, if one is ready.
    pub fn poll_transmit(&mut self) -> Option<&[u8]> {
        self.line.poll_transmit()
    }

    /// One 20 ms step of a call, from what came in to what goes out. This is the way through.
    fn frame(&mut self, now: Instant) {
        if matches!(self.phase, Phase::Bridged(_)) {
            return self.bridge_frame(now);
        }
        let mut frame = [0; FRAME];
        let came = self.line.pull(now, &mut frame);
        let of_caller = frame;
        let heard = self.ear.frame(&frame);
        if let Phase::Recording(recording) = &mut self.phase {
            recording.frame(&frame, heard);
        }
        if let Some(heard) = heard {
            self.follow_turn(now, heard);
        }
        self.yield_to_caller(now);
        if self.line.is_held() {
            // Nobody hears us: what we were saying waits.
            frame.fill(0);
        } else {
            let played = self.speech.frame(&mut frame);
            self.account(now, played);
            let said = played != Played::Idle;
            match &mut self.phase {
                _ if self.hold.plays() => {}
                Phase::HandingOver(handing) => handing.ring_back(said, &mut frame),
                Phase::Transferring { ringback, .. } if !said => ringback.frame(&mut frame),
                _ => {}
            }
            self.play_music(&mut frame, played);
            self.continue_with_next(now);
        }
        self.ear.said(&frame);
        self.tap(now, [&of_caller, &frame], None);
        if let Err(error) = self.line.push(&frame) {
            self.event(CallEvent::Failed {
                what: error.to_string(),
            });
        }
        self.clerk_frame(now);
        let lost = came == Frame::Silence && now.duration_since(self.last_packet) > MEDIA_LOST;
        if lost && !self.line.is_held() && !self.writing.is_alone() {
            self.end(now, EndReason::MediaLost);
        }
    }

    fn frames(&mut self, now: Instant) {
        if now.duration_since(self.frame_due) > TOO_LATE {
            // The machine slept: nobody wants in a burst what should have been played then.
            self.frame_due = now;
        }
        self.frame(now);
        self.frame_due += FRAME_TIME;
    }

    /// What a change in the caller's speech means now.
    fn follow_turn(&mut self, now: Instant, heard: Heard) {
        if !self.is_listening() {
            if heard == Heard::Ended {
                self.ear.finish();
            }
            return;
        }
        match heard {
            Heard::Started => self.silence_from = None,
            Heard::Lasts => self.check_that_it_is_speech(now),
            // Too short to make us fall silent: nothing was meant.
            Heard::Paused if self.is_speaking_freely() => self.forget_utterance(),
            Heard::Paused => self.recognise(now, true),
            Heard::Resumed(pause) => self.went_on(pause),
            Heard::Ended => self.turn_is_over(now),
        }
    }

    /// Falls silent when somebody speaks over us, and goes on where they are gone without a word.
    fn yield_to_caller(&mut self, now: Instant) {
        let turn = self.ear.turn();
        if self.speech.is_ducked() {
            if !turn.is_speaking() && self.recognising.is_none() {
                self.go_on_speaking(FalseAlarm::Noise, Pii::default());
            }
            return;
        }
        // A turn that is over is being answered: it does not interrupt its own answer.
        let over_us = turn.is_speaking() && !turn.is_over();
        if over_us && self.is_listening() && self.is_speaking_freely() {
            self.fall_silent_to_hear(now);
        }
    }

    /// Whether we are saying what may be interrupted.
    fn is_speaking_freely(&self) -> bool {
        !self.speech.is_idle() && !self.speech.is_ducked() && !self.speech.is_protected()
    }

    /// Notes what the caller hears, and when an answer began.
    fn account(&mut self, now: Instant, played: Played) {
        for text in self.speech.take_said() {
            self.event(CallEvent::Said {
                turn: self.turn,
                text: text.to_string().into(),
            });
        }
        self.note_rephrased();
        match played {
            Played::Sound => {
                if let Some(times) = self.marks.answered(now) {
                    self.event(CallEvent::Answered { turn: self.turn, times });
                    if let Some(answered) = &mut self.answered {
                        answered.at = now;
                    }
                }
            }
            Played::Starved => {
                if self.marks.starved() >= LEAD_IN
                    && let Some(clip) = &self.lead_in.clip
                {
                    self.speech.lead_in(self.lead_in.text.clone(), clip.clone());
                }
            }
            Played::Idle | Played::Ducked => {}
        }
    }

    /// Whether what the caller says matters now. Who waits is listened to while somebody's telephone rings, too.
    fn is_listening(&self) -> bool {
        matches!(self.phase, Phase::Talking | Phase::HandingOver(_))
            && self.next.is_none()
            && self.dialogue.expects().is_some()
    }

    fn event(&mut self, event: CallEvent) {
        self.outputs.push_back(Output::Event(event));
    }

    fn new_job(&mut self) -> JobId {
        self.jobs += 1;
        JobId(self.jobs)
    }

    /// The town's clock at `now`.
    fn civil(&self, now: Instant) -> NaiveDateTime {
        let elapsed = chrono::TimeDelta::from_std(now.duration_since(self.started)).unwrap_or_default();
        self.civil + elapsed
    }
}

#[cfg(test)]
mod tests;
