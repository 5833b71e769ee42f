//! Puts back what recognition misheard: words that no corpus knows become the word of the plan that sounds like them.

use std::collections::{HashMap, HashSet};

use std::sync::Arc;

use super::SentenceEncoder;
use super::normalise::Word;
use super::phonetic::{self, Sounds};

/// How far apart the keys of a misheard word and of what was meant may be (see [`phonetic::distance`]), and how far
/// where the word before is one that stands before it in the plan ("bureau de vâte").
const REACH: [f32; 2] = [0.17, 0.34];
/// The same for a common word that may stand for an acronym where the word before asks for it ("faire un pack").
const ACRONYM_REACH: f32 = 0.27;
/// Words that recognition may have made of one.
const LONGEST_RUN: usize = 4;
/// A word that is said so often off-topic was likely heard as it was said.
const COMMON: i32 = 3;
/// Sounds of the shortest key that unknown words may be repaired to, and known ones (so likely meant as they are).
const SHORTEST_UNKNOWN: usize = 3;
const SHORTEST_KNOWN: [usize; 2] = [5, 4];
/// A word of so many letters tells what goes with it.
const TELLING: usize = 4;

/// The words of a plan by their sound.
pub struct Repair {
    /// Words that need no repair.
    known: HashSet<String>,
    /// Knows more words, which are rarely mishearings.
    encoder: Option<Arc<dyn SentenceEncoder>>,
    /// The plan's telling words.
    targets: Vec<Target>,
    /// Index in `targets` by key.
    by_key: HashMap<String, usize>,
    /// Of those that are put back anywhere, by how many sounds they have.
    by_sounds: HashMap<usize, Vec<usize>>,
    /// By the telling word before.
    by_before: HashMap<String, Vec<usize>>,
}

/// A word to put back.
struct Target {
    key: String,
    /// As it is written; with the little word before it where they may be heard as one ("m'inscrire").
    words: Vec<Word>,
    sounds: Sounds,
    /// Telling words that stand before it in the plan.
    before: HashSet<String>,
    /// Whether it is put back whatever stands before it.
    anywhere: bool,
}

impl Target {
    fn is_acronym(&self) -> bool {
        self.words.iter().all(|w| w.surface.chars().all(char::is_uppercase))
    }
}

impl Repair {
    /// `examples` tell which words there are to put back: those that they say more often than `background` does.
    /// The words of the plan and the common ones are known.
    pub fn new(examples: &[Vec<Word>], background: &[Vec<Word>], encoder: Option<Arc<dyn SentenceEncoder>>) -> Self {
        // How much more often than off-topic the plan says a word.
        let mut balance: HashMap<&str, i32> = HashMap::new();
        for (sentences, count) in [(examples, 1), (background, -1)] {
            sentences
                .iter()
                .flatten()
                .for_each(|w| *balance.entry(w.folded.as_str()).or_default() += count);
        }
        let mut known: HashSet<String> = examples.iter().flatten().map(|w| w.folded.clone()).collect();
        known.extend(
            balance
                .iter()
                .filter(|(_, n)| **n <= -COMMON)
                .map(|(w, _)| (*w).to_owned()),
        );
        let mut this = Self {
            known,
            encoder,
            targets: Vec::new(),
            by_key: HashMap::new(),
            by_sounds: HashMap::new(),
            by_before: HashMap::new(),
        };
        for sentence in examples {
            for (i, word) in sentence.iter().enumerate() {
                let digits = word.folded.chars().any(|c| c.is_ascii_digit());
                if word.folded.chars().count() < TELLING || digits {
                    continue;
                }
                let before = telling_before(sentence, i);
                // What is said off-topic too is only put back where the word before asks for it.
                let anywhere = balance[word.folded.as_str()] > 0;
                if anywhere || before.is_some() {
                    this.add(std::slice::from_ref(word), before, anywhere);
                }
                // "mascrire" is "m'inscrire".
                if anywhere && i > 0 && sentence[i - 1].folded.len() <= 2 {
                    this.add(&sentence[i - 1..=i], before, true);
                }
            }
        }
        for (index, target) in this.targets.iter().enumerate() {
            if target.anywhere {
                this.by_sounds.entry(target.sounds.count).or_default().push(index);
            }
            for before in &target.before {
                this.by_before.entry(before.clone()).or_default().push(index);
            }
        }
        this
    }

    fn add(&mut self, words: &[Word], before: Option<&Word>, anywhere: bool) {
        let key = key(words);
        let index = *self.by_key.entry(key.clone()).or_insert_with(|| {
            self.targets.push(Target {
                sounds: Sounds::of(&key),
                key,
                words: words.to_vec(),
                before: HashSet::new(),
                anywhere: false,
            });
            self.targets.len() - 1
        });
        let target = &mut self.targets[index];
        target.before.extend(before.map(|w| w.folded.clone()));
        target.anywhere |= anywhere;
    }

    /// `words` with what was misheard put right; the same words where nothing was.
    pub fn repair(&self, words: &[Word]) -> Vec<Word> {
        let mut out: Vec<Word> = Vec::with_capacity(words.len());
        let mut i = 0;
        while i < words.len() {
            let before = telling_before(&out, out.len()).map_or("", |w| w.folded.as_str());
            match self.best(&words[i..], before) {
                Some((length, meant)) => {
                    out.extend_from_slice(meant);
                    i += length;
                }
                None => {
                    out.push(words[i].clone());
                    i += 1;
                }
            }
        }
        out
    }

    /// The run at the start of `words` that sounds most like a word of the plan: its length, and that word.
    fn best(&self, words: &[Word], before: &str) -> Option<(usize, &[Word])> {
        let mut best: Option<(f32, usize, &[Word])> = None;
        for length in 1..=LONGEST_RUN.min(words.len()) {
            let run = &words[..length];
            let unknown = run.iter().filter(|w| self.is_unknown(w)).count();
            // A word of the language that this plan doesn't use may be meant as it is: then only its place tells.
            let french = run.iter().filter(|w| self.is_unknown(w)).all(|w| self.is_french(w));
            if length == 1 && unknown == 0 {
                continue;
            }
            let key = key(run);
            let sounds = Sounds::of(&key);
            let exact = self
                .by_key
                .get(&key)
                .map(|&index| (0.0, &self.targets[index]))
                .filter(|(_, target)| {
                    if target.words.iter().any(|w| run.iter().any(|r| r.folded == w.folded)) {
                        return false;
                    }
                    let follows = target.before.contains(before) && !before.is_empty();
                    let shortest = if unknown > 0 {
                        SHORTEST_UNKNOWN
                    } else {
                        SHORTEST_KNOWN[usize::from(follows)]
                    };
                    // What may be meant as it is, is only another word where that one is expected.
                    let doubtful = if unknown > 0 {
                        french
                    } else {
                        run.iter().any(|w| self.is_of_plan(w))
                    };
                    sounds.count >= shortest && (follows || (target.anywhere && !doubtful))
                });
            let found = if unknown > 0 && sounds.count >= SHORTEST_UNKNOWN && self.is_unknown(&words[0]) {
                exact.or_else(|| self.nearest(&key, sounds, before, french))
            } else {
                exact
            };
            if let Some((distance, target)) = found
                && best.is_none_or(|(least, ..)| distance < least)
            {
                best = Some((distance, length, &target.words));
            }
        }
        best.map(|(_, length, meant)| (length, meant))
    }

    /// The word of the plan that sounds most like `key`, which has these `sounds`.
    fn nearest(&self, key: &str, sounds: Sounds, before: &str, french: bool) -> Option<(f32, &Target)> {
        let within = |index: usize, reach: f32| {
            let target = &self.targets[index];
            let may_be = target.sounds.count >= SHORTEST_UNKNOWN && sounds.may_be_within(target.sounds, reach);
            may_be
                .then(|| phonetic::distance_within(key, &target.key, reach))
                .flatten()
        };
        let reach = if french { ACRONYM_REACH } else { REACH[1] };
        let following = self.by_before.get(before).into_iter().flatten().copied();
        let following = following.filter(|&index| !french || self.targets[index].is_acronym());
        // Of two that are as near, the one that stands where it is expected.
        let following = following.filter_map(|index| within(index, reach).map(|distance| (0.5 * distance, index)));
        let [shortest, longest] = [1.0 - REACH[0], 1.0 / (1.0 - REACH[0])].map(|share| sounds.count as f32 * share);
        let as_long = (shortest.ceil() as usize).max(SHORTEST_UNKNOWN)..=longest as usize;
        let elsewhere = as_long
            .filter(|_| !french)
            .filter_map(|sounds| self.by_sounds.get(&sounds))
            .flatten()
            .copied();
        let elsewhere = elsewhere.filter_map(|index| within(index, REACH[0]).map(|distance| (distance, index)));
        let nearest = following
            .chain(elsewhere)
            .min_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        nearest.map(|(distance, index)| (distance, &self.targets[index]))
    }

    /// Whether the plan says this word, and more often than the background.
    fn is_of_plan(&self, word: &Word) -> bool {
        word.folded.chars().count() >= TELLING
            && self
                .by_key
                .get(&key(std::slice::from_ref(word)))
                .is_some_and(|&i| self.targets[i].anywhere)
    }

    fn is_french(&self, word: &Word) -> bool {
        self.encoder
            .as_ref()
            .is_some_and(|encoder| encoder.knows(&word.surface.to_lowercase()))
    }

    fn is_unknown(&self, word: &Word) -> bool {
        word.folded.chars().count() >= 3
            && !word.folded.chars().any(|c| c.is_ascii_digit())
            && !self.known.contains(&word.folded)
            // A plural of something known, or its singular.
            && !self.known.contains(word.folded.trim_end_matches(['s', 'x', 'e']))
            && !self.known.contains(&format!("{}s", word.folded))
    }
}

/// The nearest telling word among the three before `at`.
fn telling_before(words: &[Word], at: usize) -> Option<&Word> {
    words[at.saturating_sub(3)..at]
        .iter()
        .rev()
        .find(|w| w.folded.chars().count() >= TELLING)
}

fn key(words: &[Word]) -> String {
    let text: Vec<&str> = words.iter().map(|w| w.surface.as_str()).collect();
    phonetic::key(&text.join(" "))
}

#[cfg(test)]
mod tests {
    use super::super::normalise::{sentence, words};
    use super::*;

    #[test]
    fn puts_back_the_words_of_the_plan() {
        let examples: Vec<_> = [
            "inscrire mon fils à la cantine",
            "faire un PACS à la mairie",
            "un acte de décès",
            "signaler un lampadaire en panne",
            "renouveler mon passeport",
            "je veux m'inscrire",
            "où est mon bureau de vote",
            "le chien du voisin aboie",
        ]
        .map(words)
        .into();
        let background: Vec<_> = ["je voudrais faire un tour à la piscine", "mon voisin", "pas de sport"]
            .map(words)
            .into();
        let repair = Repair::new(&examples, &background, None);
        for (heard, meant) in [
            ("je voudrais faire un pack", "je voudrais faire un PACS"),
            ("un acte de dissais", "un acte de décès"),
            ("la contine", "la cantine"),
            ("mon pas sport", "mon passeport"),
            ("le lampe à d'air", "le lampadaire"),
            ("un acte de des c'est", "un acte de décès"),
            ("je veux mascrire", "je veux m'inscrire"),
            ("le bureau de vâte", "le bureau de vote"),
            ("un chien qui a bois", "un chien qui aboie"),
            ("la piscine", "la piscine"),
            ("mon voisin a un cousin", "mon voisin a un cousin"),
        ] {
            assert_eq!(sentence(&repair.repair(&words(heard))), meant);
        }
    }
}
