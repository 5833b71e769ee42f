//! Which topic is meant, and how sure that is: learned from a plan's examples when the plan is loaded.
//!
//! ```text
//! words → repair → features → likeness to landmarks → regression → scores → calibration → probability
//! ```
//!
//! Off-topic sentences are a class of their own, learned from `background.txt`. What each sentence would have been
//! taken for, had it not been seen, teaches the calibration; the threshold of refusal comes from the same figures.

use std::collections::HashMap;
use std::sync::Arc;

use ndarray::Array2;

use super::calibration::{Calibration, Evidence};
use super::features::{Features, Vector};
use super::kernel::{Landmarks, Regression};
use super::normalise::{self, Word};
use super::repair::Repair;
use super::{SentenceEncoder, TopicExamples, TopicMatch};

const BACKGROUND: &str = include_str!("background.txt");
/// A background sentence this near to an example (cosine of meanings) is in the scope of this town after all.
const IN_SCOPE: f32 = 0.80;
/// Most sentences that others are compared with; more cost time when the plan is loaded and help little.
const MOST_LANDMARKS: usize = 1200;
/// Share of unseen background sentences that may be taken for a topic.
const FALSE_ACCEPTS: f64 = 0.06;
/// Whatever the figures say, the threshold stays in this range.
const THRESHOLDS: [f64; 2] = [0.5, 0.65];

/// Knows the topics of one plan.
pub struct Topics {
    ids: Vec<String>,
    repair: Repair,
    features: Features,
    landmarks: Landmarks,
    regression: Regression,
    calibration: Calibration,
    threshold: f64,
}

/// What [`Topics::classify`] found.
#[derive(Clone, Debug, Default)]
pub struct Classified {
    /// All topics, best first; the first one's confidence is calibrated, the others' follow from their scores.
    pub ranked: Vec<TopicMatch>,
    /// Whether the first is sure enough to be acted on.
    pub accepted: bool,
}

impl Topics {
    /// Learns `topics`. `words` are the town's own, which recognition may have misheard.
    pub fn learn(topics: &[TopicExamples], words: &[String], encoder: Option<Arc<dyn SentenceEncoder>>) -> Self {
        let read = |text: &str| normalise::without_fillers(&normalise::words(text));
        let (classes, examples): (Vec<usize>, Vec<Vec<Word>>) = topics
            .iter()
            .enumerate()
            .flat_map(|(class, topic)| topic.examples.iter().map(move |text| (class, read(text))))
            .unzip();
        let background: Vec<Vec<Word>> = background().map(read).collect();
        let mut speakable = examples.clone();
        speakable.extend(words.iter().map(|text| normalise::words(text)));
        let repair = Repair::new(&speakable, &background, encoder.clone());

        let corpus: Vec<Vec<Word>> = examples.into_iter().chain(background).collect();
        let (features, vectors) = Features::learn(&corpus, encoder);
        let (examples, background) = vectors.split_at(classes.len());
        let background = background
            .iter()
            .filter(|b| !examples.iter().any(|e| cosine(b, e) >= IN_SCOPE));
        let mut sentences: Vec<(&Vector, usize)> = examples.iter().zip(classes).collect();
        sentences.extend(background.map(|b| (b, topics.len())));
        let count = spread(&mut sentences, MOST_LANDMARKS);

        let vectors: Vec<&Vector> = sentences.iter().map(|s| s.0).collect();
        let classes: Vec<usize> = sentences.iter().map(|s| s.1).collect();
        let landmarks = Landmarks::new(&vectors[..count]);
        let mut likeness = Array2::zeros((vectors.len(), count));
        for (mut row, vector) in likeness.rows_mut().into_iter().zip(&vectors) {
            row.assign(&landmarks.likeness(vector));
        }
        let (regression, unseen) = Regression::fit(&likeness, &classes, topics.len() + 1);
        let samples: Vec<(Evidence, bool, usize)> = unseen
            .rows()
            .into_iter()
            .zip(&classes)
            .map(|(row, &class)| {
                let (best, evidence) = evidence(&row.to_vec());
                (evidence, best == class, class)
            })
            .collect();
        let calibration = Calibration::fit(&samples.iter().map(|s| (s.0, s.1)).collect::<Vec<_>>());
        let off_topic = samples.iter().filter(|s| s.2 == topics.len());
        let threshold = threshold(off_topic.map(|s| calibration.probability(s.0)).collect());
        let ids = topics.iter().map(|t| t.id.clone()).collect();
        Self {
            ids,
            repair,
            features,
            landmarks,
            regression,
            calibration,
            threshold,
        }
    }

    /// The topic of a sentence.
    pub fn classify(&self, words: &[Word]) -> Classified {
        if self.ids.is_empty() || words.is_empty() {
            return Classified::default();
        }
        let words = self.repaired(words);
        let scores = self
            .regression
            .scores(&self.landmarks.likeness(&self.features.vector(&words)));
        let (best, evidence) = evidence(&scores);
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

    /// The sentence as it was probably meant: without fillers, misheard words of the plan put right.
    pub fn repaired(&self, words: &[Word]) -> Vec<Word> {
        self.repair.repair(&normalise::without_fillers(words))
    }

    /// From this confidence on, a topic is accepted.
    pub fn threshold(&self) -> f32 {
        self.threshold as f32
    }
}

/// Off-topic sentences.
fn background() -> impl Iterator<Item = &'static str> {
    BACKGROUND
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
}

/// The best topic, and how its score stands against the others'. The last score is the background's.
fn evidence(scores: &[f64]) -> (usize, Evidence) {
    let Some((&background, topics)) = scores.split_last() else {
        return (
            0,
            Evidence {
                best: 0.0,
                background: 1.0,
                second: 0.0,
            },
        );
    };
    let mut top = [(f64::NEG_INFINITY, 0); 2];
    for (i, &score) in topics.iter().enumerate() {
        if score > top[0].0 {
            top = [(score, i), top[0]];
        } else if score > top[1].0 {
            top[1] = (score, i);
        }
    }
    let second = if top[1].0.is_finite() { top[1].0 } else { 0.0 };
    (
        top[0].1,
        Evidence {
            best: top[0].0,
            background,
            second,
        },
    )
}

/// The confidence that only [`FALSE_ACCEPTS`] of the unseen off-topic sentences reach.
fn threshold(mut off_topic: Vec<f64>) -> f64 {
    off_topic.sort_by(|a, b| b.total_cmp(a));
    let allowed = (off_topic.len() as f64 * FALSE_ACCEPTS) as usize;
    off_topic
        .get(allowed)
        .copied()
        .unwrap_or_default()
        .clamp(THRESHOLDS[0], THRESHOLDS[1])
}

/// Brings at most `most` sentences to the front, from all classes alike, and says how many.
fn spread(sentences: &mut Vec<(&Vector, usize)>, most: usize) -> usize {
    if sentences.len() <= most {
        return sentences.len();
    }
    let mut rank: HashMap<usize, usize> = HashMap::new();
    let mut ranked: Vec<(usize, (&Vector, usize))> = sentences
        .drain(..)
        .map(|s| {
            let rank = rank.entry(s.1).or_default();
            *rank += 1;
            (*rank, s)
        })
        .collect();
    // First sentence of each class, then the second of each …
    ranked.sort_by_key(|(rank, (_, class))| (*rank, *class));
    sentences.extend(ranked.into_iter().map(|(_, s)| s));
    most
}

/// How near the meanings of two sentences are, −1 to 1; without an encoder, their parts.
fn cosine(a: &Vector, b: &Vector) -> f32 {
    if a.meaning.is_empty() {
        let parts: HashMap<u64, f32> = a.parts.iter().copied().collect();
        return b
            .parts
            .iter()
            .filter_map(|(part, weight)| parts.get(part).map(|w| w * weight))
            .sum();
    }
    a.meaning.iter().zip(&b.meaning).map(|(x, y)| x * y).sum()
}
