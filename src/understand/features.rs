//! What a sentence is made of: its direction by the sentence encoder, and its words, letters and sounds.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use rust_stemmers::{Algorithm, Stemmer};

use super::memory::{self, Memory};
use super::normalise::{self, Word};
use super::{SentenceEncoder, parallel, phonetic};

/// Shares of words, letters and sounds in the squared length of a lexical vector. Robust: halving any of them moves
/// the accuracy by a point at most.
const SHARES: [f32; 3] = [0.35, 0.30, 0.35];

/// A sentence, ready to be compared.
#[derive(Clone, Debug, Default)]
pub struct Vector {
    /// The encoder's direction, of length 1; empty without an encoder.
    pub meaning: Vec<f32>,
    /// Words, letters and sounds by their hashes, of length 1.
    pub parts: Vec<(u64, f32)>,
}

/// Makes vectors of sentences. Learns from a corpus how telling each part is.
pub struct Features {
    encoder: Option<Arc<dyn SentenceEncoder>>,
    stemmer: Stemmer,
    /// In how many sentences of the corpus each part stands.
    frequency: ByPart<u32>,
    sentences: usize,
}

impl Features {
    /// Learns from `corpus`, and returns its vectors too.
    pub fn learn(
        corpus: &[&Vec<Word>],
        encoder: Option<Arc<dyn SentenceEncoder>>,
        memory: &dyn Memory,
    ) -> (Self, Vec<Vector>) {
        let stemmer = Stemmer::create(Algorithm::French);
        let mut this = Self {
            encoder,
            stemmer,
            frequency: ByPart::default(),
            sentences: corpus.len(),
        };
        let parts: Vec<[ByPart<f32>; 3]> = parallel::map(corpus, |words| this.parts(words));
        for part in parts.iter().flatten().flat_map(ByPart::keys) {
            *this.frequency.entry(*part).or_default() += 1;
        }
        let texts: Vec<String> = corpus.iter().map(|words| text(words)).collect();
        let meanings = this.meanings(&texts, memory);
        let parts = parallel::map(&parts, |parts| this.weigh(parts));
        let vector = |(parts, meaning)| Vector { meaning, parts };
        let vectors = parts.into_iter().zip(meanings).map(vector).collect();
        (this, vectors)
    }

    /// The vectors of sentences that were not learned from.
    pub fn vectors(&self, sentences: &[Vec<Word>], memory: &dyn Memory) -> Vec<Vector> {
        self.read(sentences, |texts| self.meanings(texts, memory))
    }

    /// The meanings of sentences that were not learned from; empty ones without an encoder.
    pub fn meanings_of_sentences(&self, sentences: &[Vec<Word>], memory: &dyn Memory) -> Vec<Vec<f32>> {
        self.meanings(&sentences.iter().map(|words| text(words)).collect::<Vec<_>>(), memory)
    }

    /// The vectors of sentences that may answer a question.
    pub fn answers(&self, sentences: &[Vec<Word>], memory: &dyn Memory) -> Vec<Vector> {
        self.read(sentences, |texts| match &self.encoder {
            Some(encoder) => {
                let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
                memory::meanings(|texts| encoder.encode_passages(texts), &texts, memory)
            }
            None => vec![Vec::new(); texts.len()],
        })
    }

    fn read(&self, sentences: &[Vec<Word>], meanings: impl Fn(&[String]) -> Vec<Vec<f32>>) -> Vec<Vector> {
        let texts: Vec<String> = sentences.iter().map(|words| text(words)).collect();
        let parts = sentences.iter().map(|words| self.weigh(&self.parts(words)));
        let vector = |(parts, meaning)| Vector { meaning, parts };
        parts.zip(meanings(&texts)).map(vector).collect()
    }

    /// The meanings of words, each alone; empty ones without an encoder.
    pub fn meanings_of_words(&self, words: &[&str], memory: &dyn Memory) -> Vec<Vec<f32>> {
        match &self.encoder {
            Some(encoder) => memory::meanings(|words| encoder.encode_words(words), words, memory),
            None => vec![Vec::new(); words.len()],
        }
    }

    /// The meanings of texts; empty ones without an encoder.
    fn meanings(&self, texts: &[String], memory: &dyn Memory) -> Vec<Vec<f32>> {
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        match &self.encoder {
            Some(encoder) => memory::meanings(|texts| encoder.encode_all(texts), &texts, memory),
            None => vec![Vec::new(); texts.len()],
        }
    }

    /// The meaning of each of these words alone, as they are said: nothing is recalled or kept. Empty ones without an encoder.
    pub fn meanings_of(&self, words: &[Word]) -> Vec<Vec<f32>> {
        let surfaces: Vec<String> = words.iter().map(|word| word.surface.to_lowercase()).collect();
        let surfaces: Vec<&str> = surfaces.iter().map(String::as_str).collect();
        match &self.encoder {
            Some(encoder) => encoder.encode_words(&surfaces),
            None => vec![Vec::new(); words.len()],
        }
    }

    /// The stem of a word, folded.
    pub fn stem(&self, word: &Word) -> String {
        normalise::fold(&self.stemmer.stem(&word.surface.to_lowercase()))
    }

    /// The vectors of sentences that a caller said: nothing is recalled or kept.
    pub fn said(&self, sentences: &[Vec<Word>]) -> Vec<Vector> {
        self.read(sentences, |texts| match &self.encoder {
            Some(encoder) => encoder.encode_all(&texts.iter().map(String::as_str).collect::<Vec<_>>()),
            None => vec![Vec::new(); texts.len()],
        })
    }

    /// How often each word or pair, run of letters and run of sounds occurs.
    fn parts(&self, words: &[Word]) -> [ByPart<f32>; 3] {
        let [mut lexical, mut letters, mut sounds] = [const { Vec::new() }; 3];
        let mut before = String::new();
        for word in words {
            let stem = self.stem(word);
            lexical.push(hash(&("word", &stem)));
            lexical.push(hash(&("pair", &before, &stem)));
            before = stem;
            let spelled: Vec<char> = format!("<{}>", word.folded).chars().collect();
            letters.extend(
                [3, 4, 5]
                    .iter()
                    .flat_map(|&n| spelled.windows(n))
                    .map(|gram| hash(&("letters", gram))),
            );
        }
        // Sounds run over the ends of words: recognition often cuts them elsewhere.
        let text: Vec<&str> = words.iter().map(|w| w.surface.as_str()).collect();
        let key: Vec<char> = phonetic::key(&text.join(" ")).chars().collect();
        sounds.extend(
            [3, 4, 5]
                .iter()
                .flat_map(|&n| key.windows(n))
                .map(|gram| hash(&("sounds", gram))),
        );
        [lexical, letters, sounds].map(|parts| {
            let mut counts = ByPart::default();
            for part in parts {
                *counts.entry(part).or_default() += 1.0;
            }
            counts
        })
    }

    /// Weighs parts by how telling they are (tf-idf); what the corpus lacks weighs as if it stood there once.
    fn weigh(&self, kinds: &[ByPart<f32>; 3]) -> Vec<(u64, f32)> {
        let mut all = Vec::new();
        for (kind, share) in kinds.iter().zip(SHARES) {
            let idf = |part: &u64| {
                let frequency = self.frequency.get(part).copied().unwrap_or(1);
                ((self.sentences as f32 + 1.0) / (frequency as f32 + 0.5)).ln()
            };
            let start = all.len();
            all.extend(kind.iter().map(|(part, count)| (*part, (1.0 + count.ln()) * idf(part))));
            // In one order always, so that rounding is the same in every run.
            all[start..].sort_unstable_by_key(|(part, _)| *part);
            let length = all[start..].iter().map(|(_, w)| w * w).sum::<f32>().sqrt().max(1e-6);
            all[start..].iter_mut().for_each(|(_, w)| *w *= share.sqrt() / length);
        }
        all
    }
}

/// Something for each part, by its hash.
pub type ByPart<T> = HashMap<u64, T, BuildHasherDefault<Hashed>>;

/// The hash of what is a hash already.
#[derive(Default)]
pub struct Hashed(u64);

impl Hasher for Hashed {
    fn write(&mut self, _: &[u8]) {
        unreachable!("parts are numbers of 64 bits");
    }

    fn write_u64(&mut self, part: u64) {
        self.0 = part;
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

/// What the encoder reads.
fn text(words: &[Word]) -> String {
    normalise::sentence(words).to_lowercase()
}

/// The same in every run: `DefaultHasher::new` has fixed keys.
fn hash(part: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    part.hash(&mut hasher);
    hasher.finish()
}
