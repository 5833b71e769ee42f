//! Puts back what recognition misheard: words that no corpus knows become the word of the plan that sounds like them.

use std::collections::{HashMap, HashSet};

use super::normalise::Word;
use super::phonetic;

/// How far apart the keys of a misheard word and of what was meant may be (see [`phonetic::distance`]).
const REACH: f32 = 0.27;
/// Words that recognition may have made of one.
const LONGEST_RUN: usize = 3;
/// Letters of the shortest key that an unknown word may be repaired to, and a run of known words.
const SHORTEST: [usize; 2] = [4, 5];

/// The words of a plan by their sound.
pub struct Repair {
    /// Words that need no repair.
    known: HashSet<String>,
    /// Keys of the plan's telling words, each with how it is written.
    targets: Vec<(String, Vec<Word>)>,
    /// Index in `targets` by key.
    by_key: HashMap<String, usize>,
}

impl Repair {
    /// `examples` tell which words there are to put back: those that `background` lacks. Words of both are known.
    pub fn new(examples: &[Vec<Word>], background: &[Vec<Word>]) -> Self {
        let common: HashSet<&str> = background.iter().flatten().map(|w| w.folded.as_str()).collect();
        let mut this = Self { known: HashSet::new(), targets: Vec::new(), by_key: HashMap::new() };
        this.known.extend(common.iter().map(|&w| w.to_owned()));
        for sentence in examples {
            for (i, word) in sentence.iter().enumerate() {
                this.known.insert(word.folded.clone());
                let telling = word.folded.chars().count() >= 4
                    && !common.contains(word.folded.as_str())
                    && !word.folded.chars().any(|c| c.is_ascii_digit());
                if telling {
                    this.add(std::slice::from_ref(word));
                    // "mascrire" is "m'inscrire": with the little word before it.
                    if i > 0 && sentence[i - 1].folded.len() <= 2 {
                        this.add(&sentence[i - 1..=i]);
                    }
                }
            }
        }
        this
    }

    fn add(&mut self, words: &[Word]) {
        let key = key(words);
        if !self.by_key.contains_key(&key) {
            self.by_key.insert(key.clone(), self.targets.len());
            self.targets.push((key, words.to_vec()));
        }
    }

    /// `words` with what was misheard put right; the same words where nothing was.
    pub fn repair(&self, words: &[Word]) -> Vec<Word> {
        let mut out = Vec::with_capacity(words.len());
        let mut i = 0;
        while i < words.len() {
            match self.best(&words[i..]) {
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
    fn best(&self, words: &[Word]) -> Option<(usize, &[Word])> {
        let mut best: Option<(f32, usize, &[Word])> = None;
        for length in 1..=LONGEST_RUN.min(words.len()) {
            let run = &words[..length];
            let unknown = run.iter().filter(|w| self.is_unknown(w)).count();
            let key = key(run);
            let letters = key.chars().count();
            let found = if let Some(&target) = self.by_key.get(&key) {
                let enough = letters >= SHORTEST[usize::from(unknown == 0)];
                let already = length == 1 && unknown == 0;
                (enough && !already).then_some((0.0, target))
            } else if unknown > 0 && letters >= SHORTEST[0] && self.is_unknown(&words[0]) {
                self.nearest(&key, letters)
            } else {
                None
            };
            if let Some((distance, target)) = found
                && best.is_none_or(|(least, ..)| distance < least)
            {
                best = Some((distance, length, &self.targets[target].1));
            }
        }
        best.map(|(_, length, meant)| (length, meant))
    }

    fn nearest(&self, key: &str, letters: usize) -> Option<(f32, usize)> {
        let near = |(i, (target, _)): (usize, &(String, Vec<Word>))| {
            let other = target.chars().count();
            // The lengths alone say when it is hopeless.
            let hopeless = other < 3 || letters.abs_diff(other) as f32 > REACH * letters.max(other) as f32;
            (!hopeless).then(|| (phonetic::distance(key, target), i))
        };
        let nearest = self.targets.iter().enumerate().filter_map(near).min_by(|a, b| a.0.total_cmp(&b.0));
        nearest.filter(|(distance, _)| *distance <= REACH)
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
        ]
        .map(words)
        .into();
        let background: Vec<_> = ["je voudrais faire un tour à la piscine", "mon voisin", "pas de sport"].map(words).into();
        let repair = Repair::new(&examples, &background);
        for (heard, meant) in [
            ("je voudrais faire un pack", "je voudrais faire un PACS"),
            ("un acte de dissais", "un acte de décès"),
            ("la contine", "la cantine"),
            ("mon pas sport", "mon passeport"),
            ("le lampe à d'air", "le lampadaire"),
            ("je veux mascrire", "je veux m'inscrire"),
            ("la piscine", "la piscine"),
            ("mon voisin a un cousin", "mon voisin a un cousin"),
        ] {
            assert_eq!(sentence(&repair.repair(&words(heard))), meant);
        }
    }
}
