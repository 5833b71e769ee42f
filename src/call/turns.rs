//! Taking turns: what the caller's pauses and words mean for who speaks next.
//!
//! ```text
//! pause ─► recognise ─► words ─► prepare the answer ─► patience over ─► take the turn: the answer is heard
//!            │                       │
//!            └──── the caller goes on: all of it is dropped, in one place ────┘
//!
//! speech over ours ─► duck ─► words ─► interrupted: as above
//!                               └────► a cough, "oui oui": go on where we were
//! ```

use std::time::{Duration, Instant};

use super::endpoint::{self, Judged};
use super::event::{CallEvent, FalseAlarm, ms};
use super::marks::Marks;
use super::steps::pace;
use super::{Answered, Before, Call, Output, Prepared, Progress, Recognising, SLOW, Understood};
use crate::dialogue::{Act, Input};
use crate::pii::Pii;
use crate::speak::queue::Speech;
use crate::understand::Value;
use crate::understand::completeness::Completeness;
use crate::understand::normalise;
use crate::understand::topics::SURE;
use crate::units::{Expect, HZ};

/// Mean log-probability above which we trust that we heard the words right.
const CLEAR: f32 = -0.55;
/// Mean log-probability below which words over our voice that mean nothing were not said to us: a television.
const UNCLEAR: f32 = -0.7;
/// The same for a word that we are saying ourselves, on a line that returns our voice: "un agent" is clearer.
const OURS: f32 = -0.35;
/// As long as that is no more than a word or two, no more than a few, or no more than a yes.
const A_WORD: usize = 2;
const UNCLEAR_WORDS: usize = 3;
const AGREES: usize = 3;
/// A noise without words is worth a reaction only when it lasted like a sentence.
const LIKE_A_SENTENCE: Duration = Duration::from_millis(800);
/// In speech of this length a word is heard, or there is none.
const SOME_WORDS: Duration = Duration::from_millis(1600);
/// After what may be no interruption, we are silent for so long before we go on.
const NOTHING_MORE: Duration = Duration::from_millis(400);
/// Speech that goes on without a pause for a multiple of so many seconds may be music: we look whether it has words.
const STREAM: u64 = 6;
/// A turn longer than this is recognised piece by piece: its beginning once, at a pause.
const LONG: usize = 4 * HZ as usize;
/// Who goes on so soon after our answer began had not finished.
const CUT_OFF: Duration = Duration::from_millis(1200);

impl Call {
    /// Asks for the words of the utterance as it stands.
    pub(super) fn recognise(&mut self, now: Instant, speculative: bool) {
        self.drop_recognition();
        let job = self.new_job();
        self.marks = Marks::paused(now, self.ear.turn().quiet_for() + self.line.delay());
        let utterance = self.ear.utterance();
        self.recognising = Some(Recognising {
            job,
            samples: utterance.audio.0.len(),
            pitch: self.ear.last_pitch(),
            doubted: None,
            progress: Progress::Waiting,
        });
        self.outputs.push_back(Output::Transcribe {
            job,
            utterance,
            speculative,
        });
    }

    /// The one place where what was prepared is dropped.
    pub(super) fn drop_recognition(&mut self) {
        self.slow_at = None;
        match self.recognising.take() {
            Some(Recognising {
                job,
                progress: Progress::Waiting,
                ..
            }) => self.outputs.push_back(Output::Cancel(job)),
            Some(Recognising {
                progress: Progress::Known(mut prepared),
                ..
            }) => {
                let jobs = prepared.speech.stop().jobs;
                self.outputs.extend(jobs.into_iter().map(Output::Cancel));
            }
            _ => {}
        }
    }

    /// The utterance was nothing that concerns us.
    pub(super) fn forget_utterance(&mut self) {
        self.drop_recognition();
        if let Some((job, _)) = self.beginning.take() {
            self.outputs.push_back(Output::Cancel(job));
        }
        self.before = None;
        self.ear.finish();
    }

    /// The caller goes on after a pause. What was prepared is void; but the beginning of a long turn stays recognised.
    pub(super) fn went_on(&mut self, pause: Duration) {
        let pitch = self.recognising.as_ref().and_then(|r| r.pitch);
        let words = self.words_so_far();
        if let Some(words) = words.clone() {
            let rhythm = self.rhythm.clone();
            self.before = Some(Before { words, pitch, rhythm });
        }
        self.rhythm.went_on(pause);
        match &self.recognising {
            Some(begun) if begun.samples >= LONG && self.beginning.is_none() => match (&begun.progress, words) {
                (_, Some(words)) => self.ear.cut(begun.samples, words),
                (Progress::Waiting, None) => {
                    self.beginning = Some((begun.job, begun.samples));
                    self.recognising = None;
                    self.slow_at = None;
                    return;
                }
                _ => {}
            },
            _ => {}
        }
        self.drop_recognition();
    }

    /// The beginning of a long turn is known: only what follows still has to be recognised. Where it has no words, it was
    /// none.
    pub(super) fn beginning_heard(&mut self, now: Instant, heard: Result<Understood, String>) {
        let (Some((_, samples)), Ok(understood)) = (self.beginning.take(), heard) else {
            return;
        };
        if understood.transcript.text.reveal().is_empty() {
            self.only_noise(now);
        } else if self.recognising.is_none() {
            self.wordless_from = None;
            self.ear.cut(samples, understood.words);
        }
    }

    /// Somebody has spoken for another second without a pause: over us, or for very long, it may be music or a
    /// television. Words tell.
    pub(super) fn check_that_it_is_speech(&mut self, now: Instant) {
        let long = self.ear.turn().spoken().as_secs().is_multiple_of(STREAM);
        if (self.speech.is_ducked() || long) && self.recognising.is_none() {
            self.recognise(now, true);
        }
    }

    /// The words are there: they may be worth listening to again, before anything is made of them.
    pub(super) fn understood(&mut self, now: Instant, understood: Understood) {
        self.marks.recognised(now, &understood);
        let has_time = self.ear.turn().is_paused() && !self.ear.turn().is_over();
        let again = has_time && understood.is_doubtful() && self.false_alarm(&understood).is_none();
        if !(again && self.listen_again(&understood)) {
            self.judge(now, understood);
        }
    }

    /// Asks for the same words once more, from the sound made slower: the caller, whose words mean nothing to us, is waited
    /// for a little longer anyhow. False where it was done already.
    fn listen_again(&mut self, understood: &Understood) -> bool {
        let job = self.new_job();
        let Some(recognising) = self.recognising.as_mut().filter(|r| r.doubted.is_none()) else {
            return false;
        };
        recognising.job = job;
        recognising.doubted = Some(Box::new(understood.clone()));
        let mut utterance = self.ear.utterance();
        utterance.audio.0.truncate(recognising.samples);
        utterance.context.doubted = Some(understood.transcript.text.clone());
        self.outputs.push_back(Output::Transcribe {
            job,
            utterance,
            speculative: true,
        });
        true
    }

    /// What the words mean for who speaks.
    fn judge(&mut self, now: Instant, understood: Understood) {
        let nothing = understood.transcript.text.reveal().is_empty();
        let paused = self.ear.turn().is_paused();
        let false_alarm = self.false_alarm(&understood);
        if self.speech.is_ducked() {
            match false_alarm {
                None => self.interrupted(now),
                // The first second may be too little to hear a word in it.
                Some(_) if !paused && nothing && self.ear.turn().spoken() < SOME_WORDS => {
                    return self.drop_recognition();
                }
                Some(_) if !paused && nothing => return self.go_on_speaking(FalseAlarm::Noise, Pii::default()),
                Some(_) => {}
            }
        }
        if !paused {
            // Somebody speaks on: it was only to know whether these are words.
            return if nothing {
                self.only_noise(now);
            } else {
                self.wordless_from = None;
                self.drop_recognition();
            };
        }
        self.was_it_a_noise(&understood);
        let prepared = self.prepare(now, understood, false_alarm);
        self.ear.wait_for(prepared.patience);
        if let Some(recognising) = &mut self.recognising {
            recognising.progress = Progress::Known(Box::new(prepared));
        }
        if self.ear.turn().is_over() {
            self.take_turn(now);
        }
    }

    /// Whether what was heard in the last pause added a word. If none, that pause goes on: babble in the room does not
    /// hold our answer back.
    fn was_it_a_noise(&mut self, understood: &Understood) {
        let same = |before: &mut Before| folded(before.words.reveal()) == folded(understood.words.reveal());
        let Some(before) = self.before.take_if(same) else {
            return;
        };
        if self.ear.nothing_was_said() {
            self.rhythm = before.rhythm;
            if let Some(recognising) = &mut self.recognising {
                recognising.pitch = before.pitch;
            }
        }
    }

    /// Recognition has no time for us, or failed.
    pub(super) fn refused(&mut self, now: Instant, what: String) {
        if let Some(first) = self.recognising.as_mut().and_then(|r| r.doubted.take()) {
            return self.judge(now, *first);
        }
        if self.ear.turn().is_over() {
            self.event(CallEvent::Failed { what });
            self.forget_utterance();
            return self.drive(now, Input::Overloaded);
        }
        if let Some(recognising) = &mut self.recognising {
            recognising.progress = Progress::Refused;
        }
    }

    /// What we would do if the turn ended here, and its first sound.
    fn prepare(&mut self, now: Instant, understood: Understood, false_alarm: Option<FalseAlarm>) -> Prepared {
        let expect = self.dialogue.expects().unwrap_or_default();
        let pitch = self.recognising.as_ref().and_then(|r| r.pitch);
        let patience = match false_alarm {
            // A sound may be the beginning of a sentence.
            Some(_) => NOTHING_MORE,
            None => endpoint::patience(&understood.reading, expect, &self.rhythm, pitch),
        };
        let mut dialogue = self.dialogue.clone();
        let (mut speech, mut rest) = (Speech::default(), Vec::new());
        if false_alarm.is_none() && !self.is_only_noise(&understood) {
            // A last piece without words says nothing of how well the rest was heard.
            let piece = &understood.transcript;
            let clear = (piece.log_probability > CLEAR || piece.text.reveal().is_empty())
                && !understood.words.reveal().is_empty();
            let reading = understood.reading.clone();
            let acts = dialogue.handle(self.civil(now), Input::Said { reading, clear });
            let pace = pace(&dialogue);
            for act in acts {
                match act {
                    Act::Say(text) => _ = self.voice(&text, pace, false, &mut speech),
                    Act::Tell { text, question } => self.tell(&text, question, pace, &mut speech),
                    Act::Notice(text) => _ = self.voice(&text, pace, true, &mut speech),
                    Act::Beep => speech.beep(),
                    act => rest.push(act),
                }
            }
        }
        Prepared {
            understood,
            patience,
            false_alarm,
            dialogue,
            acts: rest,
            speech,
            notes: Vec::new(),
        }
    }

    /// Whether it has no words, and did not last like any.
    fn is_only_noise(&self, understood: &Understood) -> bool {
        understood.words.reveal().is_empty() && self.ear.turn().spoken() < LIKE_A_SENTENCE
    }

    /// Our patience is over.
    pub(super) fn turn_is_over(&mut self, now: Instant) {
        self.marks.over(now);
        match &self.recognising {
            Some(Recognising {
                progress: Progress::Known(_),
                ..
            }) => self.take_turn(now),
            Some(Recognising {
                job,
                progress: Progress::Waiting,
                ..
            }) => {
                self.outputs.push_back(Output::Hurry(*job));
                self.slow_at = Some(now + SLOW);
            }
            Some(Recognising {
                progress: Progress::Refused,
                ..
            }) => {
                self.recognise(now, false);
                self.slow_at = Some(now + SLOW);
            }
            None => self.forget_utterance(),
        }
    }

    /// The caller has finished and the words are there: our turn.
    fn take_turn(&mut self, now: Instant) {
        let Some(Recognising {
            progress: Progress::Known(prepared),
            pitch,
            ..
        }) = self.recognising.take()
        else {
            return;
        };
        let quiet_ms = ms(self.ear.turn().quiet_for());
        let noise = self.is_only_noise(&prepared.understood);
        let Prepared {
            understood,
            patience,
            false_alarm,
            dialogue,
            acts,
            speech,
            notes,
        } = *prepared;
        if let Some(cause) = false_alarm {
            return self.go_on_speaking(cause, understood.transcript.text);
        }
        self.slow_at = None;
        self.is_bridged = false;
        if noise {
            self.silence_from = Some(now);
            return self.only_noise(now);
        }
        self.forget_utterance();
        self.writing.was_spoken();
        let judged = Judged {
            quiet_ms,
            patience_ms: ms(patience),
            words: understood.reading.completeness,
            expect: self.dialogue.expects().unwrap_or_default(),
            pitch: pitch.map(|pitch| pitch.round() as i8),
        };
        self.opens_turn(&understood, judged);
        self.answered = Some(Answered {
            at: now,
            words: understood.words,
        });
        self.wait_anew();
        self.dialogue = dialogue;
        self.speech.append(speech);
        acts.into_iter().for_each(|act| self.perform(now, act));
        notes.into_iter().for_each(|event| self.event(event));
    }

    /// The caller's words open a turn.
    pub(super) fn opens_turn(&mut self, understood: &Understood, judged: Judged) {
        let reading = &understood.reading;
        self.turn = self.turn.next();
        self.event(CallEvent::Heard {
            turn: self.turn,
            log_probability: understood.transcript.log_probability,
            topic: reading.topic_meant().map(|t| t.id.clone()),
            confidence: reading
                .topic_meant()
                .or(reading.alternatives.first())
                .map(|t| t.confidence),
            command: reading.command.map(|c| format!("{c:?}")),
            text: understood.words.clone(),
            judged,
        });
    }

    /// Somebody speaks over us: silence first, then we hear who it is.
    pub(super) fn fall_silent_to_hear(&mut self, now: Instant) {
        self.speech.duck();
        self.silence_from = None;
        self.event(CallEvent::Ducked { turn: self.turn });
        if let Some(answered) = &self.answered
            && now.duration_since(answered.at) < CUT_OFF
        {
            // They had not finished: what they say now belongs to what we answered.
            let words = answered.words.clone();
            self.rhythm.cut_off();
            self.ear.goes_on_from(words);
        }
    }

    /// Whether what was said over us, for which we fell silent, was not meant to interrupt us.
    fn false_alarm(&self, understood: &Understood) -> Option<FalseAlarm> {
        if !self.speech.is_ducked() {
            return None;
        }
        let nothing = understood.transcript.text.reveal().is_empty();
        // "Oui" may be the answer to the question that we are asking just now.
        let asks = matches!(self.dialogue.expects(), Some(Expect::YesNo | Expect::Choice));
        let asked = self.speech.is_last() && asks;
        let reading = &understood.reading;
        let unclear = understood.transcript.log_probability < UNCLEAR;
        let unlikely = unclear || self.ear.is_faint();
        let said = understood.words.reveal();
        let words = said.split_whitespace().count();
        let means_nothing = reading.completeness != Completeness::AsksForTime
            && reading.command.is_none()
            && reading
                .topic
                .as_ref()
                .is_none_or(|topic| (unlikely || words <= A_WORD) && topic.confidence < SURE)
            && reading.service.is_none()
            && !reading.value.as_ref().is_some_and(Value::is_certain)
            && reading.yes_no.is_none();
        // A word or two that mean nothing to us were a cough, or not for us: "hum", heard as "Rome".
        let a_word = means_nothing && !asked && !reading.opening && words <= A_WORD;
        let a_sound = a_word && self.ear.turn().spoken() < LIKE_A_SENTENCE;
        let not_to_us = means_nothing && (self.ear.is_faint() || words <= UNCLEAR_WORDS && unclear);
        let agrees = reading.yes_no == Some(true) && words <= AGREES;
        let listens = reading.backchannel || agrees && reading.topic.is_none() && reading.command.is_none();
        // A cough on a line that returns our voice is heard as a word of ours.
        let ours = understood.transcript.log_probability < if self.ear.hears_us() { OURS } else { UNCLEAR }
            && words <= A_WORD
            && self.speech.saying().is_some_and(|text| holds(text, said));
        match () {
            () if nothing || not_to_us || ours => Some(FalseAlarm::Noise),
            () if a_sound || (listens && !asked) => Some(FalseAlarm::Backchannel),
            () => None,
        }
    }

    /// It was nothing: goes on where we were.
    pub(super) fn go_on_speaking(&mut self, cause: FalseAlarm, heard: Pii<String>) {
        self.forget_utterance();
        if cause == FalseAlarm::Noise {
            self.ear.dismiss();
        }
        self.speech.unduck();
        self.marks = Marks::default();
        self.event(CallEvent::WentOn {
            turn: self.turn,
            cause,
            heard,
        });
    }

    /// It was meant: says no more, and tells the dialogue what was heard.
    pub(super) fn interrupted(&mut self, now: Instant) {
        let stopped = self.fall_silent();
        self.event(CallEvent::Interrupted {
            turn: self.turn,
            heard: stopped.heard.into(),
        });
        self.drive(
            now,
            Input::Interrupted {
                to_the_end: stopped.was_last,
            },
        );
    }

    /// The words of the turn under way, where they are known.
    fn words_so_far(&self) -> Option<Pii<String>> {
        let recognising = self.recognising.as_ref()?;
        let understood = match &recognising.progress {
            Progress::Known(prepared) => Some(&prepared.understood),
            Progress::Waiting | Progress::Refused => recognising.doubted.as_deref(),
        };
        understood.map(|understood| understood.words.clone())
    }

    /// What is prepared, if anything.
    pub(super) fn prepared(&mut self) -> Option<&mut Prepared> {
        match &mut self.recognising {
            Some(Recognising {
                progress: Progress::Known(prepared),
                ..
            }) => Some(prepared),
            _ => None,
        }
    }
}

fn folded(text: &str) -> Vec<String> {
    normalise::words(text).into_iter().map(|word| word.folded).collect()
}

/// Whether `words` stand in `text` one after the other, in whatever letters.
fn holds(text: &str, words: &str) -> bool {
    let (text, words) = (folded(text), folded(words));
    !words.is_empty() && text.windows(words.len()).any(|window| window == words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_own_words_are_known() {
        let text = "En présence de la personne, même pour un enfant.";
        for (words, holds_them) in [
            ("Personne.", true),
            ("de la Personne", true),
            ("la présence", false),
            ("aider", false),
            ("", false),
        ] {
            assert_eq!(holds(text, words), holds_them, "{words}");
        }
    }
}
