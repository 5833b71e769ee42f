//! Two encoders as one: what one takes for alike the other may tell apart.

use super::{Encoder, OnnxEncoder};
use crate::understand::{SentenceEncoder, topics};

/// The second's share of a cosine. Anything from 0.5 to 0.7 does as well.
const SHARE: f32 = 0.5;
/// Sentences that tell what all directions of the second have in common.
const USUAL: usize = 40;

/// Google's encoder and another one. A sentence's direction is made of both, so that the cosine of two sentences is the mean
/// of what each says of them; a single word's is Google's alone, which is faster, with nothing from the other.
pub struct Both {
    first: Encoder,
    second: OnnxEncoder,
    /// The mean of the second's directions. To e5 all texts are alike, by 0.7 at least: only what is left without that mean
    /// tells them apart (Mu and Viswanath, "All-but-the-Top", ICLR 2018).
    mean: Vec<f32>,
}

impl Both {
    /// Reads some dozens of sentences.
    pub fn new(first: Encoder, second: OnnxEncoder) -> Self {
        let usual: Vec<&str> = topics::usual().collect();
        let some: Vec<&str> = usual
            .iter()
            .copied()
            .step_by(usual.len().div_ceil(USUAL).max(1))
            .collect();
        let vectors = second.encode_all(&some);
        let mut mean = vec![0.0; vectors.first().map_or(0, Vec::len)];
        for vector in &vectors {
            for (sum, value) in mean.iter_mut().zip(vector) {
                *sum += value / vectors.len() as f32;
            }
        }
        Self { first, second, mean }
    }

    /// One direction of two.
    fn join(&self, (first, second): (Vec<f32>, Vec<f32>)) -> Vec<f32> {
        let second: Vec<f32> = second
            .iter()
            .zip(&self.mean)
            .map(|(value, mean)| value - mean)
            .collect();
        let length = second
            .iter()
            .map(|value| value * value)
            .sum::<f32>()
            .sqrt()
            .max(f32::EPSILON);
        let (a, b) = ((1.0 - SHARE).sqrt(), SHARE.sqrt() / length);
        let first = first.into_iter().map(|value| value * a);
        first.chain(second.into_iter().map(|value| value * b)).collect()
    }

    fn join_all(&self, first: Vec<Vec<f32>>, second: Vec<Vec<f32>>) -> Vec<Vec<f32>> {
        first.into_iter().zip(second).map(|both| self.join(both)).collect()
    }
}

impl SentenceEncoder for Both {
    fn encode(&self, text: &str) -> Vec<f32> {
        self.join((self.first.encode(text), self.second.encode(text)))
    }

    fn knows(&self, word: &str) -> bool {
        self.first.knows(word)
    }

    fn encode_all(&self, texts: &[&str]) -> Vec<Vec<f32>> {
        self.join_all(self.first.encode_all(texts), self.second.encode_all(texts))
    }

    fn encode_passages(&self, texts: &[&str]) -> Vec<Vec<f32>> {
        self.join_all(self.first.encode_passages(texts), self.second.encode_passages(texts))
    }

    fn encode_words(&self, words: &[&str]) -> Vec<Vec<f32>> {
        self.first.encode_words(words)
    }
}
