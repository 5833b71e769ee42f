//! A conversation with a clerk that is recorded, where the plan says so: after a notice that both have heard to its end, until
//! the caller refuses, the clerk stops it, or the two part.
//!
//! ```text
//! bridge ─► notice, which both hear ─► a second after the other, caller left, clerk right ─► Output::Record
//!             │ it cannot be said        │ the caller's key 9: erased     │ the clerk's button, the end: kept
//!             └─► nothing is recorded    └─► both are told                └─► both are told, if they are still there: as long
//!                                                                             as they are, key 9 erases it
//! ```
//!
//! What is recorded is what came over the two lines: neither what we say or play, nor what a supervisor whispers.

use super::event::{CallEvent, RecordingNews};
use super::marks::Marks;
use super::steps::pace;
use super::{Call, Output, Phase};
use crate::dialogue::phrases::{Phrase, Phrases};
use crate::dialogue::plan::Passing;
use crate::speak::queue::Clip;
use crate::units::{FRAME, FRAME_MS, HZ, JobId};

/// The caller's key that refuses it.
const REFUSE: char = '9';
/// Samples of a piece, of both sides.
const PIECE: usize = 2 * HZ as usize;

/// What becomes of a recording; the first is its beginning, and one of the last two its end.
#[derive(Debug, PartialEq, Eq)]
pub enum Record {
    /// It begins: a conversation with this service (index in the plan).
    Begin {
        /// The service.
        service: usize,
    },
    /// The next second of it, or the rest: 16 kHz, a sample of the caller and one of the clerk in turn.
    Piece(Vec<i16>),
    /// It is over.
    Keep,
    /// It is over, and nothing of it may stay.
    Erase,
}

/// Whether a bridge is recorded.
#[derive(Default)]
pub(super) enum Tape {
    #[default]
    Off,
    /// The notice is being said, of these sentences.
    Announced(Vec<JobId>),
    Rolls(Rolling),
    /// This one was stopped before the two part, or could not be written any more: the caller may yet refuse it.
    Stopped(u32),
}

/// A recording under way.
pub(super) struct Rolling {
    /// Its number in the call.
    number: u32,
    piece: Vec<i16>,
    frames: u64,
}

impl Rolling {
    fn new(number: u32) -> Self {
        let piece = Vec::with_capacity(PIECE);
        let frames = 0;
        Self { number, piece, frames }
    }

    /// Takes 20 ms; gives a piece where it is full. Allocates once a second.
    fn frame(&mut self, of_caller: &[i16; FRAME], of_clerk: &[i16; FRAME]) -> Option<Vec<i16>> {
        self.frames += 1;
        let both = of_caller.iter().zip(of_clerk);
        self.piece.extend(both.flat_map(|(caller, clerk)| [*caller, *clerk]));
        (self.piece.len() >= PIECE).then(|| std::mem::replace(&mut self.piece, Vec::with_capacity(PIECE)))
    }

    fn length_ms(&self) -> u64 {
        self.frames * u64::from(FRAME_MS)
    }
}

impl Call {
    /// Two people begin to speak through us, or go on: where the plan wants that recorded, they are told. Who has refused it is
    /// asked no more in this call.
    pub(super) fn announce_recording(&mut self) {
        let Phase::Bridged(bridge) = &self.phase else { return };
        let passing = self.dialogue.plan().services[bridge.service].passing;
        let wanted = matches!(passing, Passing::Attended(rules) if rules.recorded);
        if !wanted || !bridge.is_ours() || self.refuses_recording {
            return;
        }
        // Nothing of it answers what the caller said to us.
        self.marks = Marks::default();
        let text = self.phrase(Phrase::RecordingNotice);
        let sentences = self.render(&text, pace(&self.dialogue));
        let jobs = sentences.iter().map(|(job, _)| *job).collect();
        for (job, sentence) in sentences {
            self.speech.say(job, sentence, false);
        }
        if let Phase::Bridged(bridge) = &mut self.phase {
            bridge.tape = Tape::Announced(jobs);
        }
    }

    /// One 20 ms step: what came from the caller and from the clerk, once all of the notice was said.
    pub(super) fn record(&mut self, of_caller: &[i16; FRAME], of_clerk: &[i16; FRAME]) {
        let announced = self.speech.is_idle();
        let Phase::Bridged(bridge) = &mut self.phase else {
            return;
        };
        let began = matches!(bridge.tape, Tape::Announced(_)) && announced;
        let service = bridge.service;
        if began {
            self.recordings += 1;
            bridge.tape = Tape::Rolls(Rolling::new(self.recordings));
        }
        let Tape::Rolls(rolling) = &mut bridge.tape else { return };
        let (number, piece) = (rolling.number, rolling.frame(of_caller, of_clerk));
        if began {
            let what = Record::Begin { service };
            self.outputs.push_back(Output::Record { number, what });
            let service = self.service_id(service);
            self.recording(RecordingNews::Begins { service });
        }
        if let Some(piece) = piece {
            let what = Record::Piece(piece);
            self.outputs.push_back(Output::Record { number, what });
        }
    }

    /// The caller pressed a key: whether it refuses the recording, which then is as if it had never been.
    pub(super) fn recording_refused(&mut self, key: char) -> bool {
        let tape = match &mut self.phase {
            Phase::Bridged(bridge) if key == REFUSE => std::mem::take(&mut bridge.tape),
            _ => Tape::Off,
        };
        match tape {
            Tape::Off => return false,
            Tape::Announced(_) => drop(self.fall_silent()),
            Tape::Rolls(Rolling { number, .. }) | Tape::Stopped(number) => {
                let what = Record::Erase;
                self.outputs.push_back(Output::Record { number, what });
            }
        }
        self.refuses_recording = true;
        self.recording(RecordingNews::Refused);
        let text = self.phrase(Phrase::RecordingErased);
        self.say(&text, false);
        true
    }

    /// The clerk wants no more of it recorded: what is, is kept.
    pub(super) fn recording_stopped(&mut self) {
        let Phase::Bridged(bridge) = &mut self.phase else {
            return;
        };
        let tape = match &bridge.tape {
            Tape::Off | Tape::Stopped(_) => return,
            Tape::Announced(_) => std::mem::take(&mut bridge.tape),
            Tape::Rolls(rolling) => {
                let stopped = Tape::Stopped(rolling.number);
                std::mem::replace(&mut bridge.tape, stopped)
            }
        };
        let length_ms = self.keep_recording(tape).unwrap_or_default();
        self.recording(RecordingNews::Stopped { length_ms });
        let text = self.phrase(Phrase::RecordingStopped);
        self.say(&text, false);
    }

    /// The two part, or somebody else is to be rung for the caller.
    pub(super) fn recording_ends(&mut self, tape: Tape) {
        if let Some(length_ms) = self.keep_recording(tape) {
            self.recording(RecordingNews::Ends { length_ms });
        }
    }

    /// The sound of a sentence is there, or there is none: of a notice that nobody hears, nothing may follow.
    pub(super) fn notice_arrived(&mut self, job: JobId, clip: Option<&Clip>) {
        let Phase::Bridged(bridge) = &mut self.phase else {
            return;
        };
        let is_lost = clip.is_none_or(|clip| clip.0.is_empty());
        if is_lost && matches!(&bridge.tape, Tape::Announced(jobs) if jobs.contains(&job)) {
            bridge.tape = Tape::Off;
            self.fall_silent();
            let what = "rien n'est enregistré : l'annonce n'a pas pu être dite".into();
            self.recording(RecordingNews::Failed { what });
        }
    }

    /// A recording could not be written, for this reason (French): the conversation goes on.
    pub fn handle_recording_lost(&mut self, number: u32, what: String) {
        if let Phase::Bridged(bridge) = &mut self.phase
            && matches!(&bridge.tape, Tape::Rolls(rolling) if rolling.number == number)
        {
            bridge.tape = Tape::Stopped(number);
        }
        self.recording(RecordingNews::Failed { what });
    }

    /// Nothing more is recorded; gives the length in milliseconds of what was.
    fn keep_recording(&mut self, tape: Tape) -> Option<u64> {
        match tape {
            Tape::Off | Tape::Stopped(_) => None,
            Tape::Announced(_) => {
                self.fall_silent();
                None
            }
            Tape::Rolls(rolling) => {
                let (number, length) = (rolling.number, rolling.length_ms());
                let rest = (!rolling.piece.is_empty()).then_some(Record::Piece(rolling.piece));
                let last = rest.into_iter().chain([Record::Keep]);
                self.outputs.extend(last.map(|what| Output::Record { number, what }));
                Some(length)
            }
        }
    }

    fn recording(&mut self, news: RecordingNews) {
        self.event(CallEvent::Recording { news });
    }

    fn phrase(&self, phrase: Phrase) -> String {
        Phrases::new(&self.dialogue.plan().phrases).get(phrase).to_owned()
    }
}
