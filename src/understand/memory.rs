//! What learning a plan has worked out, kept for the next start: the meanings of its sentences, and how each speaks for
//! its topic. Only a plan's and our own sentences are kept, never a caller's.

use std::collections::{HashMap, HashSet};

use ndarray::Array2;
use sha2::{Digest, Sha256};

use super::features::Vector;
use super::kernel::{self, Regression};

/// Part of the regression's name: to be raised when [`Regression::fit`] changes in a way that its settings do not show.
const REVISION: &str = "1";
/// Meanings that are kept at the most; when there are more, only those of the plan that is being learned.
const MEANINGS: usize = 30_000;
/// Bytes of a sentence's hash before its meaning.
const KEY: usize = 16;

/// Where that is kept. Losing it costs seconds, so that no method fails.
pub trait Memory: Send + Sync {
    /// What was kept under this name (letters, digits and hyphens).
    fn recall(&self, name: &str) -> Option<Vec<u8>>;
    /// Keeps it, in place of what was kept under this name.
    fn keep(&self, name: &str, bytes: &[u8]);
}

/// Remembers nothing.
pub struct Forgetful;

impl Memory for Forgetful {
    fn recall(&self, _: &str) -> Option<Vec<u8>> {
        None
    }

    fn keep(&self, _: &str, _: &[u8]) {}
}

/// The meanings of `texts` by an encoder; only what it has not read before is read.
pub(super) fn meanings(
    encode: impl Fn(&[&str]) -> Vec<Vec<f32>>,
    texts: &[&str],
    memory: &dyn Memory,
) -> Vec<Vec<f32>> {
    // Another encoder, or another processor's rounding, has another name; so have questions and answers where it reads
    // them in two ways.
    let probe = encode(&["la mairie"]).pop().unwrap_or_default();
    let name = format!("meanings-{}", hex(&hash(&[&bytes(&probe)])));
    let mut known: HashMap<[u8; KEY], Vec<f32>> = HashMap::new();
    for entry in memory
        .recall(&name)
        .unwrap_or_default()
        .chunks_exact(KEY + 4 * probe.len())
    {
        let (key, meaning) = entry.split_at(KEY);
        known.insert(key.try_into().expect("of this length"), floats(meaning));
    }
    let keys: Vec<[u8; KEY]> = texts.iter().map(|text| hash(&[text.as_bytes()])).collect();
    let (mut new, mut unread) = (Vec::new(), Vec::new());
    for (key, text) in keys.iter().zip(texts) {
        if !known.contains_key(key) {
            new.push(*key);
            unread.push(*text);
        }
    }
    if !unread.is_empty() {
        known.extend(new.into_iter().zip(encode(&unread)));
        if known.len() > MEANINGS {
            let wanted: HashSet<_> = keys.iter().collect();
            known.retain(|key, _| wanted.contains(key));
        }
        let entries = known
            .iter()
            .flat_map(|(key, meaning)| key.iter().copied().chain(bytes(meaning)));
        memory.keep(&name, &entries.collect::<Vec<u8>>());
    }
    keys.iter().map(|key| known[key].clone()).collect()
}

/// The regression of `classes` on `vectors`, and its leave-one-out scores: as it was kept, or as `fit` finds it.
pub(super) fn regression(
    vectors: &[&Vector],
    classes: &[usize],
    count: usize,
    memory: &dyn Memory,
    fit: impl FnOnce() -> (Regression, Array2<f32>),
) -> (Regression, Array2<f32>) {
    let mut hasher = Sha256::new();
    for (vector, class) in vectors.iter().zip(classes) {
        hasher.update(class.to_le_bytes());
        hasher.update(bytes(&vector.meaning));
        for (part, weight) in &vector.parts {
            hasher.update(part.to_le_bytes());
            hasher.update(weight.to_le_bytes());
        }
    }
    let name = format!(
        "topics-{}",
        hex(&hash(&[
            &hasher.finalize(),
            REVISION.as_bytes(),
            &count.to_le_bytes(),
            &bytes(&kernel::SETTINGS),
        ]))
    );
    if let Some(kept) = memory.recall(&name).and_then(|kept| split(&kept, vectors.len(), count)) {
        return kept;
    }
    let (regression, unseen) = fit();
    let both = regression.weights.iter().chain(&unseen).flat_map(|x| x.to_le_bytes());
    memory.keep(&name, &both.collect::<Vec<u8>>());
    (regression, unseen)
}

/// The weights of so many sentences, [sentences, classes], and after them the scores of the last ones.
fn split(kept: &[u8], sentences: usize, classes: usize) -> Option<(Regression, Array2<f32>)> {
    let mut weights = floats(kept);
    let scores = (weights.len() > sentences * classes).then(|| weights.split_off(sentences * classes))?;
    Some((
        Regression {
            weights: Array2::from_shape_vec((sentences, classes), weights).ok()?,
        },
        Array2::from_shape_vec((scores.len() / classes, classes), scores).ok()?,
    ))
}

fn bytes(floats: &[f32]) -> Vec<u8> {
    floats.iter().flat_map(|x| x.to_le_bytes()).collect()
}

fn floats(bytes: &[u8]) -> Vec<f32> {
    let of = |b: &[u8]| f32::from_le_bytes(b.try_into().expect("four bytes"));
    bytes.chunks_exact(4).map(of).collect()
}

fn hash(parts: &[&[u8]]) -> [u8; KEY] {
    let mut hasher = Sha256::new();
    parts.iter().for_each(|part| hasher.update(part));
    hasher.finalize()[..KEY].try_into().expect("longer than that")
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::{Arc, Mutex};

    use super::*;
    use crate::understand::normalise;
    use crate::understand::topics::Topics;
    use crate::understand::{SentenceEncoder, TopicExamples};

    #[derive(Default)]
    struct Kept(Mutex<HashMap<String, Vec<u8>>>);

    impl Memory for Kept {
        fn recall(&self, name: &str) -> Option<Vec<u8>> {
            self.0.lock().expect("held").get(name).cloned()
        }

        fn keep(&self, name: &str, bytes: &[u8]) {
            self.0.lock().expect("held").insert(name.to_owned(), bytes.to_vec());
        }
    }

    /// Counts what it reads.
    #[derive(Default)]
    struct Counting(AtomicUsize);

    impl SentenceEncoder for Counting {
        fn encode(&self, text: &str) -> Vec<f32> {
            self.0.fetch_add(1, Ordering::Relaxed);
            let angle = text.len() as f32;
            vec![angle.sin(), angle.cos()]
        }
    }

    fn plan(example: &str) -> Vec<TopicExamples> {
        let topic = |id: &str, examples: &[&str]| TopicExamples {
            id: id.to_owned(),
            examples: examples.iter().map(|e| (*e).to_owned()).collect(),
        };
        vec![
            topic("licorne", &["où est la licorne", "je cherche une licorne", example]),
            topic(
                "dragon",
                &["le dragon est là", "un dragon sur le toit", "ce dragon fume"],
            ),
        ]
    }

    #[test]
    fn what_was_learned_is_not_learned_again_and_says_the_same() {
        let (kept, encoder) = (Kept::default(), Arc::new(Counting::default()));
        let learn = |example: &str, memory: &dyn Memory| {
            encoder.0.store(0, Ordering::Relaxed);
            let topics = Topics::learn(&plan(example), &[], Some(encoder.clone()), memory);
            (encoder.0.load(Ordering::Relaxed), topics)
        };
        let (all, first) = learn("ma licorne est perdue", &kept);
        assert!(all > 1000, "{all}");
        let (probe, second) = learn("ma licorne est perdue", &kept);
        assert_eq!(probe, 1);
        let (_, fresh) = learn("ma licorne est perdue", &Forgetful);
        let words = normalise::words("une licorne sur mon toit");
        let says = |topics: &Topics| format!("{:?}", topics.classify(&words).ranked);
        assert_eq!(says(&first), says(&second));
        assert_eq!(says(&first), says(&fresh));
        // Another example: it alone is read, and the topics are learned anew.
        let (read, third) = learn("ma licorne boite", &kept);
        assert_eq!(read, 2);
        assert_ne!(says(&third), says(&first));
    }

    #[test]
    fn what_is_damaged_is_learned_again() {
        let kept = Kept::default();
        let learn = || Topics::learn(&plan("ma licorne"), &[], None, &kept);
        learn();
        kept.0
            .lock()
            .expect("held")
            .values_mut()
            .for_each(|bytes| bytes.truncate(10));
        let words = normalise::words("le dragon");
        assert_eq!(learn().classify(&words).ranked[0].id, "dragon");
    }
}
