//! Other words for what is queued: they take its place if their sound is there before its turn comes, all of it or enough
//! for the rest to be rendered while it is heard. If not, it is said as it stands, at the very moment at which it would have
//! been said without them.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::{Clip, Part, Sound, Speech};
use crate::units::JobId;

/// Saying a letter takes about so long.
const LETTER: Duration = Duration::from_millis(67);

/// What became of other words.
#[derive(Debug, PartialEq, Eq)]
pub struct Settled {
    /// The job that was to bring them.
    pub job: JobId,
    /// Whether they are said.
    pub said: bool,
    /// Jobs that nobody waits for any more.
    pub cancelled: Vec<JobId>,
}

/// Those of one queue.
#[derive(Debug, Default)]
pub(super) struct Others {
    waiting: Vec<Other>,
    settled: Vec<Settled>,
}

#[derive(Debug)]
struct Other {
    job: JobId,
    instead_of: Arc<str>,
    /// None before the words are known; then since when they are being rendered.
    parts: Option<(Instant, Vec<Part>)>,
}

impl Other {
    /// What is still to be done for it: the words, or then their sound.
    fn jobs(&self) -> Vec<JobId> {
        match &self.parts {
            None => vec![self.job],
            Some((_, parts)) => parts.iter().filter_map(|part| part.sound.job()).collect(),
        }
    }

    /// Whether all its sound is there, or the rest will be by the time that it is needed: twice as fast as what is there
    /// was rendered, or faster than it is said.
    fn is_ready(&self, now: Instant) -> bool {
        let Some((since, parts)) = &self.parts else {
            return false;
        };
        let (mut letters, mut sound) = (0, Duration::ZERO);
        for part in parts {
            let Sound::Ready(clip) = &part.sound else { break };
            letters += part.text.chars().count() as u32;
            sound += clip.duration();
        }
        let rest = parts.iter().map(|part| part.text.chars().count() as u32).sum::<u32>() - letters;
        let rendering = now.duration_since(*since) * rest / letters.max(1);
        rest == 0 || letters > 0 && (2 * rendering).max(LETTER * rest) <= sound
    }
}

impl Others {
    pub(super) fn append(&mut self, more: Self) {
        self.waiting.extend(more.waiting);
        self.settled.extend(more.settled);
    }

    /// What they were to replace begins to be heard.
    pub(super) fn too_late(&mut self, job: Option<JobId>) {
        let Some(at) = self.waiting.iter().position(|other| Some(other.job) == job) else {
            return;
        };
        let other = self.waiting.remove(at);
        self.settled.push(Settled {
            job: other.job,
            said: false,
            cancelled: other.jobs(),
        });
    }

    /// Nothing more is said: gives the jobs that nobody waits for any more.
    pub(super) fn drop_all(&mut self) -> Vec<JobId> {
        let waiting = std::mem::take(&mut self.waiting);
        waiting.iter().flat_map(Other::jobs).collect()
    }
}

impl Speech {
    /// The last `count` sentences, which are `text`, may be said in other words that `job` brings.
    pub fn may_change(&mut self, job: JobId, count: usize, text: Arc<str>) {
        self.parts
            .iter_mut()
            .rev()
            .take(count)
            .for_each(|part| part.other = Some(job));
        self.others.waiting.push(Other {
            job,
            instead_of: text,
            parts: None,
        });
    }

    /// What the other words of `job` are to replace; none where nobody waits for them any more.
    pub fn instead_of(&self, job: JobId) -> Option<Arc<str>> {
        let asked = |other: &&Other| other.job == job && other.parts.is_none();
        self.others
            .waiting
            .iter()
            .find(asked)
            .map(|other| other.instead_of.clone())
    }

    /// The other words, sentence by sentence; their sound comes later.
    pub fn offer(&mut self, now: Instant, job: JobId, sentences: Vec<(JobId, Arc<str>)>) {
        let part = |(job, text)| Part {
            text,
            protected: false,
            sound: Sound::Waiting(job),
            other: None,
        };
        if let Some(other) = self.others.waiting.iter_mut().find(|other| other.job == job) {
            other.parts = Some((now, sentences.into_iter().map(part).collect()));
        }
    }

    /// There are no other words: it is said as it stands.
    pub fn keep(&mut self, job: JobId) {
        self.others.waiting.retain(|other| other.job != job);
    }

    /// What has been settled since last asked.
    pub fn take_settled(&mut self) -> Vec<Settled> {
        std::mem::take(&mut self.others.settled)
    }

    /// The sound of other words; words without sound replace nothing. False where nobody waits for it any more.
    pub(super) fn other_arrived(&mut self, job: JobId, clip: Option<Clip>) -> bool {
        let waits = |part: &Part| part.sound.job() == Some(job);
        let holds = |other: &Other| other.parts.as_ref().is_some_and(|(_, parts)| parts.iter().any(waits));
        let Some(at) = self.others.waiting.iter().position(holds) else {
            return false;
        };
        let Some(clip) = clip else {
            let lost = self.others.waiting[at].job;
            self.others.too_late(Some(lost));
            return true;
        };
        let parts = self.others.waiting[at].parts.iter_mut();
        parts
            .flat_map(|(_, parts)| parts)
            .filter(|part| waits(part))
            .for_each(|part| part.sound = Sound::Ready(clip.clone()));
        true
    }

    /// Queues other words in place of what they replace, where they are ready at `now`.
    pub fn settle(&mut self, now: Instant) {
        while let Some(at) = self.others.waiting.iter().position(|other| other.is_ready(now)) {
            let Other { job, parts, .. } = self.others.waiting.remove(at);
            let replaced = |part: &Part| part.other == Some(job);
            let first = self.parts.iter().position(replaced).unwrap_or(self.parts.len());
            let cancelled = self.parts.iter().filter(|part| replaced(part));
            let cancelled = cancelled.filter_map(|part| part.sound.job()).collect();
            self.parts.retain(|part| !replaced(part));
            let parts = parts.into_iter().flat_map(|(_, parts)| parts);
            for (nth, part) in parts.enumerate() {
                self.parts.insert(first + nth, part);
            }
            self.others.settled.push(Settled {
                job,
                said: true,
                cancelled,
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::*;
    use super::*;

    fn clip(value: i16) -> Clip {
        Arc::new(Pcm(vec![value; FRAME]))
    }

    fn at(ms: u64) -> Instant {
        use std::sync::LazyLock;
        static START: LazyLock<Instant> = LazyLock::new(Instant::now);
        *START + Duration::from_millis(ms)
    }

    fn heard(speech: &mut Speech) -> Vec<i16> {
        let mut out = [0; FRAME];
        let frames = (0..60).map(|_| (speech.frame(&mut out), out[0]));
        frames
            .filter(|(_, sound)| *sound != 0)
            .map(|(_, sound)| sound)
            .collect()
    }

    /// "Voici." (1), then two sentences (2, 3) that job 9 may replace, then a question (4).
    fn queue() -> Speech {
        let mut speech = Speech::default();
        for (job, text) in [(1, "Voici."), (2, "Un."), (3, "Deux.")] {
            speech.say(JobId(job), text.into(), false);
        }
        speech.may_change(JobId(9), 2, "Un. Deux.".into());
        speech.say(JobId(4), "Autre chose ?".into(), false);
        for job in [1, 2, 4] {
            speech.arrived(JobId(job), Some(clip(job as i16)));
        }
        speech
    }

    #[test]
    fn other_words_take_their_place_once_all_their_sound_is_there() {
        let mut speech = queue();
        assert_eq!(speech.instead_of(JobId(9)).as_deref(), Some("Un. Deux."));
        speech.offer(
            at(0),
            JobId(9),
            vec![(JobId(20), "A.".into()), (JobId(21), "B.".into())],
        );
        assert!(speech.arrived(JobId(21), Some(clip(21))));
        speech.settle(at(500));
        assert!(speech.take_settled().is_empty(), "the first is what matters");
        assert!(speech.arrived(JobId(20), Some(clip(20))));
        speech.settle(at(500));
        let settled = speech.take_settled();
        assert_eq!((settled[0].said, &settled[0].cancelled[..]), (true, &[JobId(3)][..]));
        assert_eq!(heard(&mut speech), [1, 20, 21, 4]);
        assert_eq!(
            speech.take_said(),
            ["Voici.", "A.", "B.", "Autre chose ?"].map(Arc::from)
        );
    }

    /// The first sentence lasts a second, as does the other: 14 letters each.
    #[test]
    fn the_rest_may_be_rendered_while_the_first_is_heard() {
        let long: Clip = Arc::new(Pcm(vec![20; 16_000]));
        for (took, enough) in [(50, true), (450, true), (550, false), (2000, false)] {
            let mut speech = queue();
            let sentences = [(20, "Trois semaines"), (21, "Quatre semaine")];
            speech.offer(
                at(0),
                JobId(9),
                sentences.map(|(job, text)| (JobId(job), text.into())).into(),
            );
            speech.arrived(JobId(20), Some(long.clone()));
            speech.settle(at(took));
            assert_eq!(speech.take_settled().len(), usize::from(enough), "{took} ms");
            assert!(speech.arrived(JobId(21), Some(clip(21))));
            speech.settle(at(3000));
        }
    }

    #[test]
    fn they_are_late_once_the_first_word_is_heard() {
        for offered in [false, true] {
            let mut speech = queue();
            speech.arrived(JobId(3), Some(clip(3)));
            if offered {
                speech.offer(at(0), JobId(9), vec![(JobId(20), "A.".into())]);
            }
            assert_eq!(heard(&mut speech), [1, 2, 3, 4]);
            let settled = speech.take_settled();
            let job = JobId(if offered { 20 } else { 9 });
            assert_eq!((settled[0].said, &settled[0].cancelled[..]), (false, &[job][..]));
            assert!(!speech.arrived(JobId(20), Some(clip(20))) && speech.instead_of(JobId(9)).is_none());
        }
    }

    #[test]
    fn without_words_or_sound_all_stays_as_it_is() {
        let mut speech = queue();
        speech.arrived(JobId(3), Some(clip(3)));
        speech.keep(JobId(9));
        assert_eq!(heard(&mut speech), [1, 2, 3, 4]);
        assert!(speech.take_settled().is_empty());
        let mut speech = queue();
        speech.arrived(JobId(3), Some(clip(3)));
        speech.offer(
            at(0),
            JobId(9),
            vec![(JobId(20), "A.".into()), (JobId(21), "B.".into())],
        );
        assert!(speech.arrived(JobId(20), None));
        assert_eq!(speech.take_settled()[0].cancelled, [JobId(20), JobId(21)]);
        assert_eq!(heard(&mut speech), [1, 2, 3, 4]);
    }

    #[test]
    fn stopping_names_their_jobs_too() {
        let mut speech = queue();
        assert_eq!(speech.stop().jobs, [JobId(3), JobId(9)]);
        let mut prepared = queue();
        prepared.offer(at(0), JobId(9), vec![(JobId(20), "A.".into())]);
        let mut speech = Speech::default();
        speech.append(prepared);
        assert_eq!(speech.stop().jobs, [JobId(3), JobId(20)]);
    }
}
