//! Other words for what the town has written: asked for when its telling is prepared, held against it, and said only if
//! their sound is there before its turn comes.
//!
//! ```text
//! telling prepared ─► asked ─► words ─► faithful? ─► rendered ─► its turn has not come: said instead
//!                       │                  └─ no ─┐                └─ it has ─┐
//!                       └─ refused, slow, dead ───┴───────────────────────────┴─► the town's own words, not a frame later
//! ```

use std::sync::Arc;
use std::time::Instant;

use super::event::{CallEvent, Rephrasing};
use super::steps::pace;
use super::{Call, Output};
use crate::dialogue::knowledge::faithful;
use crate::pii::Pii;
use crate::speak::pace::Pace;
use crate::speak::queue::{Settled, Speech};
use crate::units::JobId;

impl Call {
    /// From now on, other words are asked for with [`Output::Rephrase`].
    pub fn rephrase(&mut self) {
        self.rephrases = true;
    }

    /// The other words of a job, or why there are none.
    pub fn handle_rephrased(&mut self, now: Instant, job: JobId, words: Result<String, String>) {
        let prepared = self.prepared().and_then(|prepared| {
            let passage = prepared.speech.instead_of(job)?;
            Some((passage, pace(&prepared.dialogue), true))
        });
        let spoken = |call: &Self| Some((call.speech.instead_of(job)?, pace(&call.dialogue), false));
        let Some((passage, pace, is_prepared)) = prepared.or_else(|| spoken(self)) else {
            return;
        };
        let checked = match words {
            Err(what) => Err(Rephrasing::Failed { what }),
            Ok(words) if words.trim() == passage.trim() => Err(Rephrasing::Same),
            Ok(words) => match faithful::check(&passage, &words) {
                Ok(()) => Ok(self.render(&words, pace)),
                Err(why) => Err(Rephrasing::Unfaithful { why }),
            },
        };
        let (speech, notes) = match self.prepared().filter(|_| is_prepared) {
            Some(prepared) => (&mut prepared.speech, Some(&mut prepared.notes)),
            None => (&mut self.speech, None),
        };
        match checked {
            Ok(sentences) => speech.offer(now, job, sentences),
            Err(outcome) => {
                speech.keep(job);
                let event = CallEvent::Rephrased { outcome };
                match notes {
                    // It may never be said.
                    Some(notes) => notes.push(event),
                    None => self.event(event),
                }
            }
        }
    }

    /// Says what the town has written, and asks for other words that suit the question.
    pub(super) fn tell(&mut self, text: &str, question: Pii<String>, pace: Pace, speech: &mut Speech) {
        let count = self.voice(text, pace, false, speech);
        if self.rephrases {
            let (job, passage) = (self.new_job(), Arc::<str>::from(text));
            speech.may_change(job, count, passage.clone());
            self.outputs.push_back(Output::Rephrase { job, question, passage });
        }
    }

    /// Notes which words are said.
    pub(super) fn note_rephrased(&mut self) {
        for Settled { said, cancelled, .. } in self.speech.take_settled() {
            self.outputs.extend(cancelled.into_iter().map(Output::Cancel));
            let outcome = if said { Rephrasing::Said } else { Rephrasing::Late };
            self.event(CallEvent::Rephrased { outcome });
        }
    }
}
