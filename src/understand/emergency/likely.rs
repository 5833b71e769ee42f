//! How much what is said sounds like danger: signs that each tell little add up. What each word, and each pair of words near
//! to each other, is worth is learned from sentences by logistic regression (with steps as of Duchi, Hazan & Singer,
//! "Adaptive subgradient methods", 2011). Those of a list ("mère", "père") are one word in pairs.

use std::collections::HashMap;
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher, Hash};

use rand::SeedableRng;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;

use crate::understand::pattern::Lists;

/// What begins with the same letters, so many, is the same word.
const STEM: usize = 5;
/// Places for what words are worth; that some share one does no harm.
const PLACES: u64 = 1 << 18;
/// How often each sentence is learned from.
const ROUNDS: usize = 20;
/// How far each step goes.
const STEP: f32 = 0.3;
/// How much each worth is drawn to nothing.
const DECAY: f32 = 0.001;

/// A sentence to learn from.
pub struct Example {
    /// Its words, folded.
    pub words: Vec<String>,
    /// Whether somebody is in danger.
    pub danger: bool,
    /// How much it counts.
    pub weight: f32,
}

/// What words are worth.
pub struct Likely {
    lists: HashMap<&'static str, &'static str>,
    worths: Vec<f32>,
    bias: f32,
}

impl Likely {
    /// Learns from `examples`, always the same from the same.
    pub fn learn(lists: &Lists, examples: &[Example]) -> Self {
        // A word of two lists is of the first.
        let lists = lists
            .iter()
            .rev()
            .flat_map(|(name, words)| words.split(' ').map(move |word| (word, *name)));
        let mut this = Self {
            lists: lists.collect(),
            worths: vec![0.0; PLACES as usize],
            bias: 0.0,
        };
        let signs: Vec<Vec<usize>> = examples.iter().map(|example| this.signs(&example.words)).collect();
        let mut squares = vec![1e-6_f32; PLACES as usize];
        let mut order: Vec<(&Vec<usize>, &Example)> = signs.iter().zip(examples).collect();
        let mut rng = StdRng::seed_from_u64(0);
        for _ in 0..ROUNDS {
            // Danger and calm are mixed.
            order.shuffle(&mut rng);
            order
                .iter()
                .for_each(|(signs, example)| this.step(signs, example, &mut squares));
        }
        this
    }

    /// A step towards what the example tells.
    fn step(&mut self, signs: &[usize], example: &Example, squares: &mut [f32]) {
        let probability = 1.0 / (1.0 + (-self.sum(signs)).exp());
        let error = example.weight * (probability - f32::from(u8::from(example.danger)));
        let share = share(signs);
        for &sign in signs {
            let slope = error * share + DECAY * self.worths[sign];
            squares[sign] += slope * slope;
            self.worths[sign] -= STEP * slope / squares[sign].sqrt();
        }
        self.bias -= 0.01 * error;
    }

    /// How likely these words tell of danger: log odds.
    pub fn odds(&self, words: &[String]) -> f32 {
        self.sum(&self.signs(words))
    }

    fn sum(&self, signs: &[usize]) -> f32 {
        self.bias + share(signs) * signs.iter().map(|sign| self.worths[*sign]).sum::<f32>()
    }

    /// The places of words, of pairs of neighbours, and of pairs with one between.
    fn signs(&self, words: &[String]) -> Vec<usize> {
        let stems = words.iter().map(|word| word.get(..STEM).unwrap_or(word));
        let stems: Vec<&str> = stems.collect();
        let named = words.iter().zip(&stems);
        let named = named.map(|(word, stem)| self.lists.get(word.as_str()).copied().unwrap_or(stem));
        let named: Vec<&str> = named.collect();
        let pairs = |apart: usize| {
            named
                .iter()
                .zip(named.iter().skip(apart))
                .map(move |pair| place(&(apart, pair)))
        };
        let mut signs: Vec<usize> = stems
            .iter()
            .map(|stem| place(&stem))
            .chain(pairs(1))
            .chain(pairs(2))
            .collect();
        signs.sort_unstable();
        signs.dedup();
        signs
    }
}

/// The share of each of `signs` in their sum: a long sentence says not so much more than a short one.
fn share(signs: &[usize]) -> f32 {
    1.0 / (signs.len().max(1) as f32).sqrt()
}

fn place(sign: &impl Hash) -> usize {
    (BuildHasherDefault::<DefaultHasher>::default().hash_one(sign) % PLACES) as usize
}
