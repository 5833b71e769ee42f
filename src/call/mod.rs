//! One call: the stages in order, and what passes between them.
//!
//! Sans-IO. Feed it `handle_*` with the time, then drain it: [`Call::poll_transmit`] until none,
//! [`Call::poll_output`] until none, and call [`Call::handle_timeout`] at [`Call::poll_timeout`]. It never reads a
//! clock and never blocks. Recognition, synthesis, storage and signalling are I/O to it: it asks with an [`Output`]
//! and is told with a `handle_*`; an answer to a [`JobId`] that nobody waits for any more is dropped.

pub mod event;
pub mod line;
mod marks;
mod recording;
mod steps;

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::NaiveDateTime;

use crate::audio::{CodecError, Pcm};
use crate::dialogue::plan::Plan;
use crate::dialogue::{Dialogue, Input};
use crate::hear::ear::Ear;
use crate::hear::playout::Frame;
use crate::hear::turn::Heard;
use crate::hear::{Transcript, Utterance};
use crate::speak::queue::{Clip, Played, Speech};
use crate::transfer::Transfer;
use crate::understand::Reading;
use crate::units::{CallId, FRAME, FRAME_MS, JobId, TurnId};
use crate::wire::negotiate::Agreed;
use crate::wire::rtcp::NtpClock;
use event::{CallEvent, EndReason};
use line::Line;
use marks::Marks;
use recording::Recording;

/// One frame.
const FRAME_TIME: Duration = Duration::from_millis(FRAME_MS as u64);
/// Lateness after which frames are skipped instead of being sent in a burst.
const TOO_LATE: Duration = Duration::from_millis(200);
/// Speech of this length over our own voice interrupts us: longer than a cough, and with the delays of detection and
/// play-out still within 250 ms.
const BARGE_IN: Duration = Duration::from_millis(120);
/// Quiet after a question before we ask whether anybody is there.
const SILENCE: Duration = Duration::from_secs(7);
/// Quiet after the end of a turn before we say that we are thinking.
const SLOW: Duration = Duration::from_millis(2000);
/// Without a single packet for this long, the caller is gone.
const MEDIA_LOST: Duration = Duration::from_secs(30);
/// Longest call.
const LONGEST: Duration = Duration::from_secs(20 * 60);

/// What the call asks of the world.
#[derive(Debug)]
pub enum Output {
    /// Recognise and understand this; answer with [`Call::handle_heard`].
    Transcribe {
        /// Names the answer.
        job: JobId,
        /// The sound.
        utterance: Utterance,
    },
    /// Render this text; answer with [`Call::handle_speech`].
    Synthesize {
        /// Names the answer.
        job: JobId,
        /// Written French, one sentence or fragment.
        text: Arc<str>,
        /// Pace, 1.0 being the voice's own.
        speed: f32,
    },
    /// Nobody waits for this job any more.
    Cancel(JobId),
    /// Write this message to disk; answer with [`Call::handle_kept`].
    Keep {
        /// Names the answer.
        job: JobId,
        /// For which service (index in the plan).
        service: usize,
        /// The recording.
        audio: Pcm<16_000>,
    },
    /// Ask the telephone system to pass the call on; report with [`Call::handle_transfer`].
    Transfer {
        /// Extension or SIP address.
        target: String,
    },
    /// End the call.
    HangUp,
    /// Tell who wants to know.
    Event(CallEvent),
}

/// What recognition and understanding made of an utterance.
#[derive(Clone, Debug, Default)]
pub struct Understood {
    /// The words.
    pub transcript: Transcript,
    /// Their meaning.
    pub reading: Reading,
    /// Time that understanding took.
    pub took: Duration,
}

/// Why the call wants to be woken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// The next 20 ms are due.
    Frame,
    /// Nobody spoke after a question.
    Silence,
    /// Recognition is slow.
    Slow,
    /// A transfer was not reported on.
    Transfer,
    /// The call has lasted too long.
    TooLong,
}

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
    /// Somebody else's telephone rings.
    Transferring { transfer: Transfer, service: usize },
    /// Over.
    Over,
}

/// What follows once all is said.
enum Next {
    Transfer { service: usize, target: String },
    Record { service: usize },
    HangUp,
}

/// The recognition of the turn under way.
struct Recognising {
    job: JobId,
    understood: Option<Understood>,
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
    speech: Speech,
    next: Option<Next>,
    turn: TurnId,
    marks: Marks,
    jobs: u64,
    silence_from: Option<Instant>,
    slow_at: Option<Instant>,
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
        let mut call = Self {
            id,
            started: now,
            civil,
            phase: Phase::Talking,
            dialogue: Dialogue::new(plan),
            line: Line::new(agreed, clock)?,
            ear: Ear::default(),
            recognising: None,
            speech: Speech::default(),
            next: None,
            turn: TurnId::default(),
            marks: Marks::default(),
            jobs: 0,
            silence_from: None,
            slow_at: None,
            last_packet: now,
            frame_due: now,
            outputs: VecDeque::new(),
        };
        call.event(CallEvent::Started);
        call.drive(now, Input::Start);
        Ok(call)
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

    /// Takes a datagram from the caller's RTCP port.
    pub fn handle_report(&mut self, now: Instant, datagram: &[u8]) {
        self.line.handle_report(now, datagram);
    }

    /// Writes our own report on the line; gives its length.
    pub fn report(&mut self, now: Instant, out: &mut [u8; line::MAX_REPORT]) -> usize {
        self.line.report(now, out)
    }

    /// The caller pressed a key (telephone-event or INFO).
    pub fn handle_tone(&mut self, now: Instant, key: char) {
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

    /// What an utterance turned out to be; an error leaves it unheard.
    pub fn handle_heard(&mut self, now: Instant, job: JobId, heard: Result<Understood, String>) {
        let Some(recognising) = self.recognising.as_mut().filter(|r| r.job == job) else {
            return;
        };
        let understood = heard.unwrap_or_else(|what| {
            self.outputs.push_back(Output::Event(CallEvent::Failed { what }));
            Understood::default()
        });
        self.marks.recognised(now, &understood);
        recognising.understood = Some(understood);
        if self.ear.turn().is_over() {
            self.take_turn(now);
        }
    }

    /// The sound of a sentence.
    pub fn handle_speech(&mut self, _now: Instant, job: JobId, clip: Result<Clip, String>) {
        let clip = clip.map_err(|what| self.event(CallEvent::Failed { what })).ok();
        self.speech.arrived(job, clip);
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

    /// How the transfer goes: status of the REFER or of a sipfrag; `last` tells that no other will come.
    pub fn handle_transfer(&mut self, now: Instant, code: u16, last: bool) {
        if let Phase::Transferring { transfer, service } = &self.phase
            && let Some(outcome) = transfer.report(code, last)
        {
            let service = *service;
            self.transfer_ended(now, service, outcome);
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
        self.silence_from = None;
    }

    /// The call ended outside: a message under way is kept all the same.
    pub fn handle_end(&mut self, now: Instant, reason: EndReason) {
        if let Phase::Recording(recording) = &mut self.phase
            && recording.holds_speech()
        {
            let (service, audio) = (recording.service(), recording.take());
            self.keep(service, audio);
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
        let transfer = if let Phase::Transferring { transfer, .. } = &self.phase {
            Some(transfer.deadline())
        } else {
            None
        };
        [
            (Some(self.frame_due), Why::Frame),
            (self.silence_from.map(|t| t + SILENCE), Why::Silence),
            (self.slow_at, Why::Slow),
            (transfer, Why::Transfer),
            (Some(self.started + LONGEST), Why::TooLong),
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
                Why::Slow => self.slow(),
                Why::Transfer => self.handle_transfer(now, 408, true),
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
        let mut frame = [0; FRAME];
        let came = self.line.pull(now, &mut frame);
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
            self.continue_with_next(now);
        }
        if let Err(error) = self.line.push(&frame) {
            self.event(CallEvent::Failed {
                what: error.to_string(),
            });
        }
        let lost = came == Frame::Silence && now.duration_since(self.last_packet) > MEDIA_LOST;
        if lost && !self.line.is_held() {
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
            // Too short to interrupt us: a cough, or "oui oui" while we speak.
            Heard::Paused if !self.speech.is_idle() => self.forget_utterance(),
            Heard::Paused => self.recognise(now),
            Heard::Resumed => self.drop_recognition(),
            Heard::Ended => {
                self.marks.over(now);
                match &self.recognising {
                    Some(Recognising {
                        understood: Some(_), ..
                    }) => self.take_turn(now),
                    Some(_) => self.slow_at = Some(now + SLOW),
                    None => self.forget_utterance(),
                }
            }
        }
    }

    /// Falls silent when the caller speaks over us.
    fn yield_to_caller(&mut self, now: Instant) {
        let turn = self.ear.turn();
        // A turn that is over is being answered: it does not interrupt its own answer.
        let interrupts = turn.spoken() >= BARGE_IN && !turn.is_over();
        if interrupts && self.is_listening() && !self.speech.is_idle() {
            self.fall_silent();
            self.silence_from = None;
            self.marks = Marks::at(now);
            self.event(CallEvent::Interrupted { turn: self.turn });
        }
    }

    /// Notes what the caller hears, and when an answer began.
    fn account(&mut self, now: Instant, played: Played) {
        for text in self.speech.take_said() {
            self.event(CallEvent::Said {
                turn: self.turn,
                text: text.to_string().into(),
            });
        }
        match played {
            Played::Sound => {
                if let Some(times) = self.marks.answered(now) {
                    self.event(CallEvent::Answered { turn: self.turn, times });
                }
            }
            Played::Starved => self.marks.starved(),
            Played::Idle => {}
        }
    }

    /// Whether what the caller says matters now.
    fn is_listening(&self) -> bool {
        matches!(self.phase, Phase::Talking) && self.next.is_none() && self.dialogue.expects().is_some()
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
