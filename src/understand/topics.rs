//! Which topic is meant, and how sure that is: learned from a plan's examples when the plan is loaded.
//!
//! ```text
//! words → repair → features → likeness to what was learned → regression → scores → calibration → confidence
//! ```
//!
//! Off-topic sentences are a class of their own, learned from `background.txt` and from the subjects of the
//! [`catalogue`] that the plan does not have. What each sentence would have been
//! taken for, had it not been seen, teaches the calibration, and how confident it takes to be sure ([`SURE`]) or to be
//! accepted at all: both come from the plan's own figures.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use ndarray::Array1;
use rand::SeedableRng;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;

use super::calibration::{Calibration, Evidence};
use super::catalogue::{self, Subject};
use super::colloquial;
use super::features::{Features, Vector};
use super::kernel::{Landmarks, Regression};
use super::memory::{self, Memory};
use super::normalise::{self, Word};
use super::repair::Repair;
use super::{SentenceEncoder, TopicExamples, TopicMatch, parallel};

const BACKGROUND: &str = include_str!("background.txt");
/// A background sentence this near to an example (see [`Landmarks::nearest`]) is in the scope of this town after all, and so is
/// a subject of which this share is.
const IN_SCOPE: f32 = 0.80;
const COVERED: f32 = 0.1;
/// Most sentences on topics that are learned, and off-topic ones beside few of them: the time to load a plan grows with
/// the cube of both together.
const MOST: usize = 7000;
const BACKGROUND_BESIDE_FEW: usize = 7000;
/// Most sentences of a subject that the plan does not have.
const MOST_OF_A_SUBJECT: usize = 40;
/// From this confidence on, a topic is answered without asking whether it is meant.
pub const SURE: f32 = 0.65;
/// The next topic is so near, for its part of a doubtful first, that it may be meant too: of our spoken sentences whose
/// topic was doubtful and the next so near, it was the right one in 12 of 70, and the first in 50.
const AS_NEAR: f32 = 0.6;
/// Share of unseen off-topic sentences that may sound sure; they are near misses by choice, callers' are seldom so near.
const FALSELY_SURE: f64 = 0.025;
/// The probability that [`SURE`] stands for stays in this range, whatever the figures say.
const SURE_RANGE: [f64; 2] = [0.05, 0.9];
/// Share of unseen off-topic sentences that may be accepted, thus asked about, and the range of that confidence. A
/// question costs little, and what is misheard looks off-topic. From 0.12 to 0.17, of 1199 sentences on a topic 8 more are
/// served, and of 652 others 21 more are asked about; from there to 0.22, 6 and 19. But of those whose confidence was between
/// 0.20 and 0.23 one of eleven was right.
const FALSELY_ACCEPTED: f64 = 0.17;
const ACCEPTED_RANGE: [f64; 2] = [0.22, 0.5];
/// What was heard in two ways and is nearest to one topic in both is accepted from this share of that confidence on: of
/// our spoken sentences it accepts four more that are right, and one that is off-topic.
const AGREED: f32 = 0.75;

/// Which of two topics is to be asked about: the `found` one, and the next of `alternatives` where it is near. None where
/// the first is sure, or no other is near.
pub fn between<'a>(found: &'a TopicMatch, alternatives: &'a [TopicMatch]) -> Option<[&'a TopicMatch; 2]> {
    let next = alternatives.iter().find(|topic| topic.id != found.id)?;
    let near = found.confidence < SURE && next.confidence >= AS_NEAR * found.confidence;
    near.then_some([found, next])
}

/// Knows the topics of one plan.
pub struct Topics {
    ids: Vec<String>,
    repair: Repair,
    features: Features,
    landmarks: Landmarks,
    /// The topic of each landmark.
    classes: Vec<usize>,
    regression: Regression,
    calibration: Calibration,
    threshold: f64,
}

/// A sentence on a topic.
struct Example {
    class: usize,
    /// Whether it is the plan's, or else the catalogue's.
    is_own: bool,
    words: Vec<Word>,
}

/// What [`Topics::classify`] found.
#[derive(Clone, Debug, Default)]
pub struct Classified {
    /// All topics, best first; the first one's confidence is calibrated, the others' follow from their scores.
    pub ranked: Vec<TopicMatch>,
    /// Whether the first is worth acting on: with at least [`SURE`] by an answer, else by a question.
    pub accepted: bool,
}

impl Classified {
    /// What two hearings of one sentence say together: the mean of what each says. Accepted from `threshold` on, or
    /// [`AGREED`] of it where both are nearest to the same.
    pub fn and(mut self, other: &Self, threshold: f32) -> Self {
        let agree = self.best() == other.best();
        let threshold = if agree { AGREED * threshold } else { threshold };
        for topic in &mut self.ranked {
            let theirs = other.ranked.iter().find(|t| t.id == topic.id);
            topic.confidence = (topic.confidence + theirs.map_or(0.0, |t| t.confidence)) / 2.0;
        }
        self.ranked.sort_by(|a, b| b.confidence.total_cmp(&a.confidence));
        self.accepted = self.ranked.first().is_some_and(|best| best.confidence >= threshold);
        self
    }

    fn best(&self) -> Option<&str> {
        self.ranked.first().map(|topic| topic.id.as_str())
    }
}

impl Topics {
    /// Learns `topics`. `words` are the town's own, which recognition may have misheard.
    pub fn learn(
        topics: &[TopicExamples],
        words: &[String],
        encoder: Option<Arc<dyn SentenceEncoder>>,
        memory: &dyn Memory,
    ) -> Self {
        let read = |text: &str| colloquial::written(normalise::telling_words(text));
        let mut examples: Vec<Example> = Vec::new();
        for (class, topic) in topics.iter().enumerate() {
            let known = catalogue::subject(&topic.id).map_or(&[][..], |subject| &subject.sentences);
            let own = topic.examples.iter().map(|text| (true, text.as_str()));
            let all = own.chain(known.iter().map(|text| (false, *text)));
            examples.extend(all.map(|(is_own, text)| Example {
                class,
                is_own,
                words: read(text),
            }));
        }
        let taken: HashSet<&str> = topics.iter().map(|topic| topic.id.as_str()).collect();
        let (lines, background): (Vec<usize>, Vec<Vec<Word>>) =
            background(&taken).map(|(line, text)| (line, read(text))).unzip();
        let mut speakable: Vec<Vec<Word>> = examples.iter().map(|example| example.words.clone()).collect();
        speakable.extend(words.iter().map(|text| normalise::words(text)));
        let repair = Repair::new(&speakable, &background, encoder.clone());

        // The encoder reads none that is not learned from: it takes the most time.
        let examples = first_of_each(examples);
        let beside = background_beside(examples.len());
        let (lines, background) = (spread(lines, beside), spread(background, beside));
        let learned = examples.iter().map(|example| &example.words).chain(&background);
        let (features, vectors) = Features::learn(&learned.collect::<Vec<_>>(), encoder, memory);
        let (vectors, background) = vectors.split_at(examples.len());
        let own = examples.iter().zip(vectors).filter(|(example, _)| example.is_own);
        let covered = covered(&own.map(|(_, vector)| vector).collect::<Vec<_>>(), &lines, background);
        let background = covered.iter().zip(background).filter(|(covered, _)| !**covered);
        let examples = examples
            .iter()
            .zip(vectors)
            .map(|(example, vector)| (vector, example.class));
        let mut sentences: Vec<(&Vector, usize)> = examples
            .chain(background.map(|(_, vector)| (vector, topics.len())))
            .collect();
        // Those that calibration learns from are the last: some of every kind.
        sentences.shuffle(&mut StdRng::seed_from_u64(0));

        let (vectors, classes): (Vec<&Vector>, Vec<usize>) = sentences.into_iter().unzip();
        let landmarks = Landmarks::new(&vectors);
        let (regression, unseen) = memory::regression(&vectors, &classes, topics.len() + 1, memory, || {
            Regression::fit(landmarks.likenesses(&vectors), &classes, topics.len() + 1)
        });
        let first = classes.len() - unseen.nrows();
        let unseen: Vec<_> = (first..).zip(unseen.rows()).collect();
        let unseen = parallel::map(&unseen, |(own, row)| {
            let known = |best| landmarks.known(vectors[*own], |other| other != *own && classes[other] == best);
            let (best, evidence) = evidence(&row.mapv(f64::from).to_vec(), known);
            (classes[*own], evidence, best == classes[*own])
        });
        let (calibration, threshold) = calibrate(unseen, topics.len());
        let ids = topics.iter().map(|t| t.id.clone()).collect();
        Self {
            ids,
            repair,
            features,
            landmarks,
            classes,
            regression,
            calibration,
            threshold,
        }
    }

    /// The topic of a sentence.
    pub fn classify(&self, words: &[Word]) -> Classified {
        let vectors = self.features.said(&[self.repaired(words)]);
        self.classify_each(&vectors).pop().unwrap_or_default()
    }

    /// The topics of sentences whose [`Self::features`] gave these vectors; several at once take less time than one after
    /// the other.
    pub fn classify_each(&self, vectors: &[Vector]) -> Vec<Classified> {
        let likeness = self.landmarks.likeness(vectors);
        let all = vectors.iter().zip(likeness);
        all.map(|(vector, likeness)| self.judge(vector, &likeness)).collect()
    }

    fn judge(&self, vector: &Vector, likeness: &Array1<f32>) -> Classified {
        if self.ids.is_empty() || vector.parts.is_empty() {
            return Classified::default();
        }
        let scores: Vec<f64> = self.regression.scores(likeness).into_iter().map(f64::from).collect();
        let known = |best| self.landmarks.known(vector, |landmark| self.classes[landmark] == best);
        let (best, evidence) = evidence(&scores, known);
        let confidence = self.calibration.probability(evidence);
        let mut ranked: Vec<(f64, usize)> = scores[..self.ids.len()].iter().copied().zip(0..).collect();
        ranked.sort_by(|a, b| b.0.total_cmp(&a.0));
        let ranked = ranked
            .into_iter()
            .map(|(score, topic)| {
                // The others share what the first leaves, in proportion to its score.
                let share = (score / evidence.best.max(1e-3)).clamp(0.0, 1.0) * (1.0 - confidence);
                let confidence = if topic == best {
                    confidence
                } else {
                    share.min(confidence)
                };
                TopicMatch {
                    id: self.ids[topic].clone(),
                    confidence: confidence as f32,
                }
            })
            .collect();
        Classified {
            ranked,
            accepted: confidence >= self.threshold,
        }
    }

    /// The sentence as it was probably meant: without fillers, in words that are written, misheard words of the plan put
    /// right.
    pub fn repaired(&self, words: &[Word]) -> Vec<Word> {
        self.repair
            .repair(&colloquial::written(normalise::without_fillers(words)))
    }

    /// What sentences of this town are made of.
    pub(super) fn features(&self) -> &Features {
        &self.features
    }

    /// From this confidence on, a topic is accepted.
    pub fn threshold(&self) -> f32 {
        self.threshold as f32
    }
}

/// What the scores are worth, and the confidence from which on a topic is accepted: from unseen sentences, each with its
/// class (`none` where it is off-topic), its evidence, and whether the best topic was right.
fn calibrate(mut unseen: Vec<(usize, Evidence, bool)>, none: usize) -> (Calibration, f64) {
    // What is off-topic goes last.
    unseen.sort_by_key(|(class, ..)| *class);
    let off_topic = unseen.iter().filter(|(class, ..)| *class == none);
    let off_topic: Vec<Evidence> = off_topic.map(|(_, evidence, _)| *evidence).collect();
    let samples: Vec<(Evidence, bool)> = unseen.iter().map(|(_, evidence, right)| (*evidence, *right)).collect();
    let calibration = Calibration::fit(&samples, off_topic.len());
    let reached_by = |calibration: &Calibration, share| {
        quantile(off_topic.iter().map(|e| calibration.probability(*e)).collect(), share)
    };
    let sure = reached_by(&calibration, FALSELY_SURE).clamp(SURE_RANGE[0], SURE_RANGE[1]);
    let calibration = calibration.shifted(sure, f64::from(SURE));
    let threshold = reached_by(&calibration, FALSELY_ACCEPTED).clamp(ACCEPTED_RANGE[0], ACCEPTED_RANGE[1]);
    (calibration, threshold)
}

/// Which off-topic sentences a plan covers after all, by its `own` examples: those that are near to one, and all of a
/// subject of which a good part is.
fn covered(own: &[&Vector], subjects: &[usize], background: &[Vector]) -> Vec<bool> {
    let own = Landmarks::new(own);
    let near: Vec<bool> = own
        .nearest(background)
        .into_iter()
        .map(|near| near >= IN_SCOPE)
        .collect();
    let mut of: HashMap<usize, (usize, usize)> = HashMap::new();
    for (subject, near) in subjects.iter().zip(&near) {
        let (count, all) = of.entry(*subject).or_default();
        *count += usize::from(*near);
        *all += 1;
    }
    let is_covered = |subject| {
        let (near, all) = of[subject];
        near as f32 >= COVERED * all as f32 && near > 0
    };
    subjects
        .iter()
        .zip(near)
        .map(|(subject, near)| near || is_covered(subject))
        .collect()
}

fn background_lines() -> impl Iterator<Item = &'static str> {
    BACKGROUND
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
}

/// What callers say, of whatever subject.
pub fn usual() -> impl Iterator<Item = &'static str> {
    let catalogue = catalogue::subjects()
        .iter()
        .flat_map(|subject| subject.sentences.iter().copied());
    catalogue.chain(background_lines())
}

/// Off-topic sentences and the number of their subject: the subjects that the plan has not taken, what only sounds like
/// one that it has, and what no town covers, one subject a line.
fn background(taken: &HashSet<&str>) -> impl Iterator<Item = (usize, &'static str)> {
    let (own, others): (Vec<&Subject>, Vec<&Subject>) =
        catalogue::subjects().iter().partition(|s| taken.contains(s.id));
    let others = others
        .into_iter()
        .map(|subject| subject.sentences.iter().copied().take(MOST_OF_A_SUBJECT).collect());
    let near_misses = own
        .into_iter()
        .flat_map(|subject| &subject.near_misses)
        .map(|text| vec![*text]);
    let lines = background_lines().map(|line| line.split(" | ").collect());
    let all: Vec<Vec<&str>> = others.chain(near_misses).chain(lines).collect();
    all.into_iter()
        .enumerate()
        .flat_map(|(number, sentences)| sentences.into_iter().map(move |text| (number, text)))
}

/// The best topic, how its score stands against the others', and how much of the sentence it has `known`. The last score
/// is the background's.
fn evidence(scores: &[f64], known: impl FnOnce(usize) -> f64) -> (usize, Evidence) {
    let (&background, topics) = scores.split_last().unwrap_or((&1.0, &[]));
    let mut top = [(f64::NEG_INFINITY, 0); 2];
    for (i, &score) in topics.iter().enumerate() {
        if score > top[0].0 {
            top = [(score, i), top[0]];
        } else if score > top[1].0 {
            top[1] = (score, i);
        }
    }
    let [best, second] = top.map(|(score, _)| if score.is_finite() { score } else { 0.0 });
    let topic = top[0].1;
    let evidence = Evidence {
        best,
        background,
        second,
        known: known(topic),
    };
    (topic, evidence)
}

/// What only this share of the values reaches.
fn quantile(mut values: Vec<f64>, share: f64) -> f64 {
    values.sort_by(|a, b| b.total_cmp(a));
    let allowed = (values.len() as f64 * share) as usize;
    values.get(allowed).copied().unwrap_or_default()
}

/// At most [`MOST`] examples: the first of each topic, then the second of each, and so on.
fn first_of_each(examples: Vec<Example>) -> Vec<Example> {
    if examples.len() <= MOST {
        return examples;
    }
    let mut count: HashMap<usize, usize> = HashMap::new();
    let mut rank = |class| {
        let rank = count.entry(class).or_default();
        *rank += 1;
        *rank
    };
    let mut ranked: Vec<(usize, Example)> = examples.into_iter().map(|e| (rank(e.class), e)).collect();
    ranked.sort_by_key(|(rank, example)| (*rank, example.class));
    ranked.into_iter().map(|(_, example)| example).take(MOST).collect()
}

/// How many off-topic sentences are learned beside so many examples: three for each five, more where there are few.
fn background_beside(examples: usize) -> usize {
    (examples * 3 / 5).max(BACKGROUND_BESIDE_FEW.saturating_sub(examples * 5 / 4))
}

/// So many of them at the most, some of every part of the list.
fn spread<T>(all: Vec<T>, most: usize) -> Vec<T> {
    let (count, kept) = (all.len(), all.len().min(most));
    let is_kept = |i: usize| i * kept / count != (i + 1) * kept / count;
    all.into_iter()
        .enumerate()
        .filter(|(i, _)| is_kept(*i))
        .map(|(_, item)| item)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_two_hearings_agree_on_is_believed_sooner() {
        let heard = |best: &str, next: &str, confidence: f32| {
            let topic = |id: &str, confidence| TopicMatch {
                id: id.to_owned(),
                confidence,
            };
            Classified {
                ranked: vec![topic(best, confidence), topic(next, 0.1)],
                accepted: false,
            }
        };
        let agree = heard("pacs", "mariage", 0.3).and(&heard("pacs", "mariage", 0.2), 0.3);
        assert!(agree.accepted);
        assert!((agree.ranked[0].confidence - 0.25).abs() < 1e-6, "{agree:?}");
        // In the mean the first is as sure as before.
        let differ = heard("pacs", "mariage", 0.4).and(&heard("mariage", "pacs", 0.3), 0.3);
        assert!(!differ.accepted, "{differ:?}");
        assert_eq!(differ.ranked[0].id, "pacs");
        // Nor is everything believed that is said twice.
        assert!(
            !heard("pacs", "mariage", 0.2)
                .and(&heard("pacs", "mariage", 0.2), 0.3)
                .accepted
        );
    }
}
