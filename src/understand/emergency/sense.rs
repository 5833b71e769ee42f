//! How much the meaning of what is said is like that of calls for help, in whatever words: "tonton a du rouge plein la
//! figure". Learned from the same sentences as what their words are worth, by kernel ridge regression on the sentence
//! encoder's directions.

use crate::understand::features::{Features, Vector};
use crate::understand::kernel::{Landmarks, Regression};
use crate::understand::memory::{self, Memory};
use crate::understand::normalise;

/// What meanings are worth.
pub struct Sense {
    landmarks: Landmarks,
    /// How each landmark speaks for danger.
    weights: Vec<f32>,
}

impl Sense {
    /// Learns from sentences, each with whether it tells of danger; nothing without an encoder.
    pub fn learn(examples: &[(&str, bool)], features: &Features, memory: &dyn Memory) -> Option<Self> {
        let read = |text: &str| normalise::telling_words(text);
        let sentences: Vec<_> = examples.iter().map(|(text, _)| read(text)).collect();
        let meanings = features.meanings_of_sentences(&sentences, memory);
        let vectors: Vec<Vector> = meanings.into_iter().map(of).collect();
        let vectors: Vec<&Vector> = vectors.iter().collect();
        if vectors.first()?.meaning.is_empty() {
            return None;
        }
        let classes: Vec<usize> = examples.iter().map(|(_, danger)| usize::from(*danger)).collect();
        let landmarks = Landmarks::new(&vectors);
        let (regression, _) = memory::regression(&vectors, &classes, 2, memory, || {
            Regression::fit(landmarks.likenesses(&vectors), &classes, 2)
        });
        let weights = regression.weights.column(1).to_vec();
        Some(Self { landmarks, weights })
    }

    /// How much it is like danger: about 1 for danger, 0 for anything else.
    pub fn score(&self, vector: &Vector) -> f32 {
        let likeness = self.landmarks.likeness(&[of(vector.meaning.clone())]);
        let all = likeness.iter().flatten().zip(&self.weights);
        all.map(|(likeness, weight)| likeness * weight).sum()
    }
}

/// Nothing but a meaning.
fn of(meaning: Vec<f32>) -> Vector {
    Vector {
        meaning,
        parts: Vec::new(),
    }
}
