//! A caller who types: their words are a turn, as if they had been said. A message that is typed is kept as its sound, so
//! that whoever listens to messages finds it among the others.
//!
//! ```text
//! typed ─► silence, if we were speaking ─► its meaning is asked for ─► the turn: answered as if it had been said
//!   └─ after the beep ─► its sound is asked for ─► the message
//! ```
//!
//! Where there is no sound on the line, nothing is rendered: what we say is read at once, sentence by sentence.

use std::time::{Duration, Instant};

use super::endpoint::Judged;
use super::event::CallEvent;
use super::marks::Marks;
use super::steps::pace;
use super::{Call, Output, Phase, Understood};
use crate::dialogue::Input;
use crate::hear::Context;
use crate::pii::Pii;
use crate::speak::french;
use crate::speak::queue::Clip;
use crate::units::JobId;

/// Quiet after a question before we ask whether anybody is there.
const SPEAKING: Duration = Duration::from_secs(7);
/// The same for who types: reading the question, thinking and typing take their time.
const TYPING: Duration = Duration::from_secs(60);
/// Without a word for this long after the beep, there is no message.
const NO_MESSAGE: Duration = Duration::from_secs(6);

/// What the caller writes, if anything.
pub(super) struct Writing {
    /// There is no sound on the line.
    alone: bool,
    /// The last turn was typed.
    types: bool,
    /// What was typed and is not understood yet.
    reading: Option<JobId>,
    /// The sentences of a message that was typed, as their sound comes.
    message: Vec<(JobId, Option<Clip>)>,
}

impl Writing {
    /// The caller speaks, and may type as well.
    pub(super) fn beside_speech() -> Self {
        Self {
            alone: false,
            types: false,
            reading: None,
            message: Vec::new(),
        }
    }

    /// There is no sound on the line.
    pub(super) fn alone() -> Self {
        Self {
            alone: true,
            ..Self::beside_speech()
        }
    }

    /// Whether there is no sound on the line.
    pub(super) fn is_alone(&self) -> bool {
        self.alone
    }

    /// How long the caller may be quiet after a question.
    pub(super) fn patience(&self) -> Duration {
        if self.alone || self.types { TYPING } else { SPEAKING }
    }

    /// How long the caller may be quiet after the beep.
    pub(super) fn patience_for_message(&self) -> Duration {
        if self.alone || self.types { TYPING } else { NO_MESSAGE }
    }

    /// A turn was spoken.
    pub(super) fn was_spoken(&mut self) {
        self.types = false;
    }

    /// Whether this job is what was typed last.
    pub(super) fn take(&mut self, job: JobId) -> bool {
        self.reading.take_if(|waiting| *waiting == job).is_some()
    }
}

impl Call {
    /// The caller typed something: a turn, as if it had been said; after the beep, the message.
    pub fn handle_typed(&mut self, now: Instant, words: Pii<String>) {
        if words.reveal().trim().is_empty() {
            return;
        }
        self.writing.types = true;
        if matches!(self.phase, Phase::Recording(_)) {
            return self.dictate(words.reveal());
        }
        if !self.is_listening() {
            return;
        }
        if !self.speech.is_idle() && !self.speech.is_protected() {
            self.interrupted(now);
        }
        self.forget_utterance();
        self.answered = None;
        self.wait_anew();
        self.marks = Marks::at(now);
        let job = self.new_job();
        self.writing.reading = Some(job);
        let expect = self.dialogue.expects().unwrap_or_default();
        let context = Context {
            expect,
            ..Context::default()
        };
        self.outputs.push_back(Output::Read { job, words, context });
    }

    /// What was typed is understood.
    pub(super) fn read(&mut self, now: Instant, understood: Result<Understood, String>) {
        let understood = match understood {
            Ok(understood) => understood,
            Err(what) => return self.event(CallEvent::Failed { what }),
        };
        if !self.is_listening() {
            return;
        }
        self.marks.recognised(now, &understood);
        self.marks.over(now);
        let judged = Judged {
            words: understood.reading.completeness,
            expect: self.dialogue.expects().unwrap_or_default(),
            ..Judged::default()
        };
        self.opens_turn(&understood, judged);
        // Letters are no noise: what means nothing to us is off the town's subjects.
        let (reading, clear) = (understood.reading, true);
        self.drive(now, Input::Said { reading, clear });
    }

    /// Asks for the sound of a message.
    fn dictate(&mut self, words: &str) {
        let pace = pace(&self.dialogue);
        for sentence in french::sentences(words) {
            let job = self.new_job();
            self.writing.message.push((job, None));
            let text = sentence.into();
            self.outputs.push_back(Output::Synthesize { job, text, pace });
        }
    }

    /// The sound of a sentence of the message; false where it belongs to something else.
    pub(super) fn dictated(&mut self, job: JobId, clip: Option<&Clip>) -> bool {
        let message = &mut self.writing.message;
        let Some(sentence) = message.iter_mut().find(|(waiting, _)| *waiting == job) else {
            return false;
        };
        // A sentence that could not be rendered is left out.
        sentence.1 = Some(clip.cloned().unwrap_or_default());
        if message.iter().all(|(_, clip)| clip.is_some()) {
            let sounds: Vec<Clip> = message.drain(..).filter_map(|(_, clip)| clip).collect();
            if let Phase::Recording(recording) = &mut self.phase {
                sounds.iter().for_each(|sound| recording.dictate(sound));
            }
        }
        true
    }
}
