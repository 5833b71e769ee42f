//! Which of the town's passages answers what was said: by words (BM25) and by meaning.
//!
//! ```text
//! words → stems ──→ BM25 ───────┐
//!       → vector ─→ headings ───┼→ candidates → evidence → confidence
//!                └→ sentences ──┘     ↑
//!       → each word's own meaning ────┘
//! ```
//!
//! Nothing that is measured tells a question that a passage answers from its neighbour that it does not: "le marché de Die,
//! c'est quel jour ?" is nearer to "Quel jour est le marché ?" than most of what callers really say. So a passage is told at
//! once only where its heading was all but said, and what was said all stands in it; else its heading is asked about.

use std::collections::{HashMap, HashSet};

use ndarray::Array2;

use super::fact::Fact;
use super::features::{Features, Vector};
use super::kernel::Landmarks;
use super::memory::Memory;
use super::normalise::{self, Word};
use super::packed::Packed;
use super::questions;
use super::topics::SURE;

/// What a passage is found by.
#[derive(Clone, Debug)]
pub struct Findable {
    /// Its headings; at least one.
    pub questions: Vec<String>,
    /// The headings above.
    pub subject: String,
    /// What it says.
    pub text: String,
}

/// A passage, and how sure we are that it answers.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct PassageMatch {
    /// Its index in what [`super::Understanding::with_passages`] was given.
    pub passage: usize,
    /// From [`SURE`] on it may be told at once, from [`WORTH_ASKING`] on be asked about.
    pub confidence: f32,
    /// Whether one of its headings was all but said, and each telling word that was said, of which there is one at least,
    /// stands in it.
    pub covers: bool,
    /// Whether all that tells in one of its headings was said: "l'école" is not "l'école de musique".
    pub is_named: bool,
}

/// From this confidence on, it is worth asking whether a passage is meant: of 108 questions whose passage was there, 62
/// reach it with the right one and 4 with another.
pub const WORTH_ASKING: f32 = 0.33;
/// Passages that are looked at closely, and those that are told of.
const CANDIDATES: usize = 30;
const FOUND: usize = 5;
/// Sentences of a passage that it is found by.
const SENTENCES: usize = 6;
/// A word that callers say so often is read when the plan is learned, so that it need not be when they say it.
const OFTEN: usize = 4;
/// BM25's saturation of repeated words and weight of length (Robertson & Zaragoza, "The Probabilistic Relevance Framework:
/// BM25 and Beyond", 2009, section 3.5), and how many times a word of a heading counts.
const SATURATION: f32 = 1.2;
const LENGTH: f32 = 0.6;
const HEADING: f32 = 3.0;

/// Weights of what speaks for a passage among the candidates, fitted (multinomial logistic regression) to 315 questions that
/// the passages of Valbourg answer, 93 near to them and 111 on other things: the nearest heading by words, letters and
/// sounds, and by meaning; the nearest sentence by meaning; how near, on the whole, each word that was said is to some word
/// of the passage.
const WEIGHTS: [f32; 4] = [7.24, 8.11, 4.86, 12.44];
/// The score of nothing at all, one candidate more, without which a town with a single passage would be asked about it
/// whatever is said; and what it gains by what else people ask of any town, of which this one has not written: the nearest
/// title, as a heading's, so many times.
const NONE: f32 = 14.49;
const ELSE: f32 = 0.54;
/// From its share among the candidates to the probability that it answers.
const CONFIDENCE: [f32; 2] = [-2.0, 3.5];
/// A heading of at least this meaning, of a passage with at least this share, was all but said, where all that tells in what
/// was said stands in the passage,
const ALMOST_SAID: f32 = 0.55;
const FAR_BEST: f32 = 0.6;
/// and where it stands in the ways in which people ask for it: "il est admis, mon chien, au marché ?" is near to one of them.
/// Of 408 sentences, of which Valbourg's passages answer 315, and of 166 others, of which they answer 121, 60 and 3 are told
/// at once by the one that answers; one that none answers is.
const SAID_SO: f32 = 0.7;
const FAR_BEST_SO: f32 = 0.7;
/// A word as rare as this is telling,
const TELLING: f32 = 3.8;
/// unless it is one that any question may be put with (folded): it asks, wishes, points, or says for whom. None that
/// denies, counts or compares is among them.
pub(super) const BESIDE: &str = "ai aie aller as aurai aurait aura aux avec avez avoir avons besoin ca ce \
    cela ces cet cette chez combien comment connaitre cherche cherchons dans demander depuis derniere dernier dire dis dit \
    dois doit doivent donc droit du elle elles en endroit entre envie est et etre exactement faire fais fait \
    faites faudra faudrait faut femme fille fils gens habite ici il ils instant je juste laquelle \
    lequel leur leurs lieu lui ma maintenant maman mari me mere mes moi mon monsieur madame necessaire nos notre nous on ont \
    ou papa par parait pere peut peuvent peux pour pourrais pourrait pourrez prendre prendrait prevu prevue prochain \
    prochaine prochains puis quand que quel quelle quelles quels quelque chose qui quoi renseignement renseignements sa \
    savoir se sera serait ses si son sont sous souhaite souhaiterais sur ta te toi ton toujours tous tout toute toutes \
    tu ta un une va vais veulent veut veux viens vient voir vont vos votre voudrais voudrait voulais voulait \
    voulons vous y";

/// The kinds of facts that a passage has to state where they are asked for.
const FACTS: [Fact; 3] = [Fact::Price, Fact::Moment, Fact::Place];

/// Finds passages. Made once for each plan.
#[derive(Default)]
pub struct Lookup {
    passages: Vec<Indexed>,
    headings: Texts,
    sentences: Texts,
    /// What people ask of any town, and no passage of this one answers.
    others: Texts,
    /// Stems that stand in what people ask of many things.
    common: HashSet<String>,
    /// For each stem, the passages that have it, with its weighted count there.
    postings: HashMap<String, Vec<(usize, f32)>>,
    /// In how many texts each stem stands, of how many.
    frequency: HashMap<String, usize>,
    texts: usize,
    mean_length: f32,
    /// The number of each word of a passage or that is often said, and its meaning by that number.
    numbers: HashMap<String, usize>,
    words: Vec<Vec<f32>>,
}

#[derive(Default)]
struct Indexed {
    stems: HashSet<String>,
    /// Those of the ways in which people ask for it.
    asked: HashSet<String>,
    /// Those that tell in each of its headings.
    headings: Vec<Vec<String>>,
    /// How many words it has, weighted.
    length: f32,
    /// The numbers of its words, each once.
    words: Vec<usize>,
    /// The kinds of facts that it states.
    states: [bool; FACTS.len()],
}

/// Texts that are compared with what was said, and the passage of each.
#[derive(Default)]
struct Texts {
    landmarks: Option<Landmarks>,
    of: Vec<usize>,
}

impl Texts {
    fn new(texts: Vec<(usize, Vec<Word>)>, vectors: impl Fn(&[Vec<Word>]) -> Vec<Vector>) -> Self {
        let (of, texts): (Vec<usize>, Vec<Vec<Word>>) = texts.into_iter().unzip();
        let vectors = vectors(&texts);
        let landmarks = Some(Landmarks::new(&vectors.iter().collect::<Vec<_>>()));
        Self { landmarks, of }
    }

    /// For each passage, its nearest text's cosines: by parts, and by meaning.
    fn nearest(&self, vector: &Vector, passages: usize) -> Vec<[f32; 2]> {
        let mut nearest = vec![[0f32; 2]; passages];
        let Some(landmarks) = &self.landmarks else {
            return nearest;
        };
        let (parts, meanings) = landmarks.cosines(vector);
        for (&passage, cosines) in self.of.iter().zip(parts.into_iter().zip(meanings)) {
            let [by_parts, by_meaning] = &mut nearest[passage];
            (*by_parts, *by_meaning) = (by_parts.max(cosines.0), by_meaning.max(cosines.1));
        }
        nearest
    }
}

impl Indexed {
    /// Whether all that tells in one of its headings was said.
    fn names(&self, said: &Said) -> bool {
        let is_said =
            |heading: &Vec<String>| !heading.is_empty() && heading.iter().all(|stem| said.stems.contains_key(stem));
        self.headings.iter().any(is_said)
    }
}

impl Lookup {
    /// Indexes passages. `usual` are sentences that tell how usual each word is.
    pub(super) fn learn<'a>(
        passages: &[Findable],
        usual: impl Iterator<Item = &'a str>,
        features: &Features,
        memory: &dyn Memory,
    ) -> Self {
        let mut this = Self::default();
        if passages.is_empty() {
            return this;
        }
        let mut numbers: HashMap<String, usize> = HashMap::new();
        let mut said: HashMap<String, usize> = HashMap::new();
        for text in usual {
            let words = normalise::words(text);
            this.count(&words.iter().map(|word| features.stem(word)).collect());
            for word in &words {
                let times = said.entry(word.surface.to_lowercase()).or_default();
                *times += 1;
                if *times == OFTEN {
                    number(word, &mut numbers);
                }
            }
        }
        let (mut headings, mut sentences) = (Vec::new(), Vec::new());
        for (index, passage) in passages.iter().enumerate() {
            let heading = normalise::words(&format!("{} {}", passage.subject, passage.questions.join(" ")));
            let text = normalise::words(&passage.text);
            this.index(&heading, &text, features);
            this.passages[index].states = stated(&passage.text);
            let words = heading.iter().chain(&text).map(|word| number(word, &mut numbers));
            this.passages[index].words = each_once(words.collect());
        }
        let stands = |passage: usize, stem: &str| this.passages[passage].stems.contains(stem);
        let asked = questions::of_passages(passages, stands, features, memory);
        this.common = common(features);
        let is_asked = |question: &usize| asked.iter().any(|asked| asked.contains(question));
        let others = (0..questions::questions().len()).filter(|question| !is_asked(question));
        let titles = others.flat_map(|question| &questions::questions()[question].titles);
        let titles = titles.map(|title| (0, normalise::telling_words(title)));
        this.others = Texts::new(titles.collect(), |texts| features.vectors(texts, memory));
        for (index, (passage, asked)) in passages.iter().zip(asked).enumerate() {
            for question in &passage.questions {
                headings.push((index, normalise::telling_words(question)));
                if !passage.subject.is_empty() {
                    headings.push((index, normalise::words(&format!("{} {question}", passage.subject))));
                }
            }
            for words in asked.iter().flat_map(|question| said_as(*question)) {
                let stems = words.iter().map(|word| features.stem(word));
                this.passages[index].asked.extend(stems);
                headings.push((index, words));
            }
            let several = passage.text.split(['.', '\n', ';', '?', '!']).map(normalise::words);
            let several = several.filter(|sentence| sentence.len() > 2).take(SENTENCES);
            sentences.extend(several.map(|sentence| (index, sentence)));
        }
        this.mean_length = this.passages.iter().map(|p| p.length).sum::<f32>() / passages.len() as f32;
        for (index, passage) in passages.iter().enumerate() {
            let telling = |heading: &String| this.telling(&normalise::words(heading), features).collect();
            this.passages[index].headings = passage.questions.iter().map(telling).collect();
        }
        let mut numbered: Vec<(&String, &usize)> = numbers.iter().collect();
        numbered.sort_unstable_by_key(|(_, number)| **number);
        let numbered: Vec<&str> = numbered.into_iter().map(|(word, _)| word.as_str()).collect();
        this.words = features.meanings_of_words(&numbered, memory);
        this.numbers = numbers;
        this.headings = Texts::new(headings, |texts| features.vectors(texts, memory));
        this.sentences = Texts::new(sentences, |texts| features.answers(texts, memory));
        this
    }

    /// Counts the stems of a passage.
    fn index(&mut self, heading: &[Word], text: &[Word], features: &Features) {
        let mut counts: HashMap<String, f32> = HashMap::new();
        for (words, weight) in [(heading, HEADING), (text, 1.0)] {
            for word in words {
                *counts.entry(features.stem(word)).or_default() += weight;
            }
        }
        let stems: HashSet<String> = counts.keys().cloned().collect();
        self.count(&stems);
        let (index, length) = (self.passages.len(), counts.values().sum());
        for (stem, count) in counts {
            self.postings.entry(stem).or_default().push((index, count));
        }
        self.passages.push(Indexed {
            stems,
            length,
            ..Indexed::default()
        });
    }

    fn count(&mut self, stems: &HashSet<String>) {
        self.texts += 1;
        for stem in stems {
            *self.frequency.entry(stem.clone()).or_default() += 1;
        }
    }

    /// The passages that may answer, best first. `vector` is that of the `words`.
    pub(super) fn find(&self, words: &[Word], vector: &Vector, features: &Features) -> Vec<PassageMatch> {
        if self.passages.is_empty() || words.is_empty() {
            return Vec::new();
        }
        let said = Said::new(words, self, features);
        let headings = self.headings.nearest(vector, self.passages.len());
        let sentences = self.sentences.nearest(vector, self.passages.len());
        let by_words = self.bm25(&said);
        let mut candidates: Vec<usize> = (0..self.passages.len()).collect();
        let rough = |passage: usize| {
            let [parts, meaning] = headings[passage];
            by_words[passage] / said.weight + parts + meaning.max(sentences[passage][1])
        };
        candidates.sort_by(|&a, &b| rough(b).total_cmp(&rough(a)));
        candidates.truncate(CANDIDATES);
        let nearness = self.nearness(&said, &candidates);
        let score = |&passage: &usize| {
            let [parts, meaning] = headings[passage];
            let inputs = [
                parts,
                meaning,
                sentences[passage][1],
                nearness.of(&said, &self.passages[passage]),
            ];
            inputs
                .iter()
                .zip(WEIGHTS)
                .map(|(input, weight)| input * weight)
                .sum::<f32>()
        };
        let scores: Vec<f32> = candidates.iter().map(score).collect();
        let other = self.others.nearest(vector, 1)[0];
        let best = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let none = NONE + ELSE * (WEIGHTS[0] * other[0] + WEIGHTS[1] * other[1]);
        let all = scores.iter().map(|score| (score - best).exp()).sum::<f32>() + (none - best).exp();
        let mut found: Vec<PassageMatch> = (candidates.iter().zip(&scores))
            .map(|(&passage, score)| {
                let share = (score - best).exp() / all;
                let confidence = 1.0 / (1.0 + (-(CONFIDENCE[0] + CONFIDENCE[1] * share)).exp());
                let meaning = headings[passage][1];
                let covered = self.covers(&said, passage);
                let covers = matches!(covered, Some(Covered::ByTown)) && meaning >= ALMOST_SAID;
                let is_sure = match covered {
                    Some(Covered::ByTown) => covers && share >= FAR_BEST,
                    Some(Covered::AsAsked) => meaning >= SAID_SO && share >= FAR_BEST_SO,
                    None => false,
                };
                let is_named = self.passages[passage].names(&said);
                let tells = is_named || said.telling.iter().any(|stem| !self.common.contains(stem));
                let is_sure = is_sure && tells;
                PassageMatch {
                    passage,
                    confidence: if is_sure {
                        confidence.max(SURE)
                    } else {
                        confidence.min(SURE - f32::EPSILON)
                    },
                    covers,
                    is_named,
                }
            })
            .collect();
        found.sort_by(|a, b| b.confidence.total_cmp(&a.confidence));
        found.truncate(FOUND);
        found
    }

    /// Where each telling word that was said, of which there is one at least, stands, where the passage states what is asked
    /// for.
    fn covers(&self, said: &Said, passage: usize) -> Option<Covered> {
        let passage = &self.passages[passage];
        let mut facts = said.asks.iter().zip(passage.states);
        if said.telling.is_empty() || !facts.all(|(asked, stated)| stated || !asked) {
            return None;
        }
        let all = |stands: &dyn Fn(&String) -> bool| said.telling.iter().all(stands);
        if all(&|stem| passage.stems.contains(stem)) {
            Some(Covered::ByTown)
        } else {
            let either = |stem: &String| passage.stems.contains(stem) || passage.asked.contains(stem);
            all(&either).then_some(Covered::AsAsked)
        }
    }

    /// The stems of the words that tell what is asked.
    fn telling(&self, words: &[Word], features: &Features) -> impl Iterator<Item = String> {
        let stems = words.iter().filter(|word| !normalise::is_listed(&word.folded, BESIDE));
        stems
            .map(|word| features.stem(word))
            .filter(|stem| self.idf(stem) >= TELLING)
    }

    /// How telling a stem is.
    fn idf(&self, stem: &str) -> f32 {
        let frequency = self.frequency.get(stem).copied().unwrap_or(0) as f32;
        (1.0 + (self.texts as f32 - frequency + 0.5) / (frequency + 0.5)).ln()
    }

    /// Each passage's score.
    fn bm25(&self, said: &Said) -> Vec<f32> {
        let mut scores = vec![0f32; self.passages.len()];
        for (stem, idf) in &said.stems {
            for &(passage, count) in self.postings.get(stem).into_iter().flatten() {
                let length = 1.0 - LENGTH + LENGTH * self.passages[passage].length / self.mean_length;
                scores[passage] += idf * count * (SATURATION + 1.0) / (count + SATURATION * length);
            }
        }
        scores
    }

    /// How near the words of these passages are to those that were said.
    fn nearness(&self, said: &Said, passages: &[usize]) -> Nearness {
        // Many words stand in more passages than one.
        let words = each_once(
            passages
                .iter()
                .flat_map(|&p| &self.passages[p].words)
                .copied()
                .collect(),
        );
        let meanings: Vec<&[f32]> = words.iter().map(|&word| self.words[word].as_slice()).collect();
        let cosines = said.meanings.times_each(&meanings);
        Nearness { words, cosines }
    }
}

/// Where all that tells in what was said stands.
enum Covered {
    /// In what the town has written.
    ByTown,
    /// There, or in the ways in which people ask that.
    AsAsked,
}

/// How near words of passages are to those that were said.
struct Nearness {
    /// Their numbers, in order.
    words: Vec<usize>,
    /// [words, words that were said]
    cosines: Array2<f32>,
}

impl Nearness {
    /// How near each word that was said is to some word of the passage, 0–1: "tombe" and "concession", "nounou" and
    /// "assistante maternelle". Telling words count more.
    fn of(&self, said: &Said, passage: &Indexed) -> f32 {
        let mut nearest = vec![0f32; said.idfs.len()];
        for row in passage
            .words
            .iter()
            .filter_map(|word| self.words.binary_search(word).ok())
        {
            let cosines = nearest.iter_mut().zip(self.cosines.row(row));
            cosines.for_each(|(nearest, cosine)| *nearest = nearest.max(*cosine));
        }
        nearest
            .iter()
            .zip(&said.idfs)
            .map(|(near, idf)| idf * near)
            .sum::<f32>()
            / said.weight
    }
}

/// In order, each once.
fn each_once(mut numbers: Vec<usize>) -> Vec<usize> {
    numbers.sort_unstable();
    numbers.dedup();
    numbers
}

/// The stems that stand in so many of the [`questions`] that they tell none of them from the others: "je peux m'inscrire ?"
fn common(features: &Features) -> HashSet<String> {
    const MANY: usize = 25;
    let mut count: HashMap<String, usize> = HashMap::new();
    for question in 0..questions::questions().len() {
        let stems: HashSet<String> = said_as(question).flatten().map(|word| features.stem(&word)).collect();
        stems.into_iter().for_each(|stem| *count.entry(stem).or_default() += 1);
    }
    count
        .into_iter()
        .filter(|(_, count)| *count > MANY)
        .map(|(stem, _)| stem)
        .collect()
}

/// The ways in which people ask one of the [`questions`].
fn said_as(question: usize) -> impl Iterator<Item = Vec<Word>> {
    let question = &questions::questions()[question];
    let asked = question.titles.iter().chain(&question.sentences);
    asked.map(|text| normalise::telling_words(text))
}

/// The number of a word; each has one.
fn number(word: &Word, numbers: &mut HashMap<String, usize>) -> usize {
    let next = numbers.len();
    *numbers.entry(word.surface.to_lowercase()).or_insert(next)
}

/// What was said, as passages are compared with it.
struct Said {
    /// Each stem, and how telling it is.
    stems: HashMap<String, f32>,
    /// Those that tell what is asked.
    telling: Vec<String>,
    /// How telling each word is.
    idfs: Vec<f32>,
    /// The sum of that.
    weight: f32,
    /// Each word's own meaning: [width, words].
    meanings: Packed,
    /// The kinds of facts that are asked for.
    asks: [bool; FACTS.len()],
}

impl Said {
    fn new(words: &[Word], lookup: &Lookup, features: &Features) -> Self {
        let number = |word: &Word| lookup.numbers.get(&word.surface.to_lowercase());
        let new: Vec<Word> = words.iter().filter(|word| number(word).is_none()).cloned().collect();
        let new = features.meanings_of(&new);
        let mut unread = new.iter();
        let meanings = words.iter().map(|word| match number(word) {
            Some(&number) => lookup.words[number].as_slice(),
            None => unread.next().map_or(&[][..], Vec::as_slice),
        });
        let stems: Vec<String> = words.iter().map(|word| features.stem(word)).collect();
        let idfs: Vec<f32> = stems.iter().map(|stem| lookup.idf(stem)).collect();
        Self {
            telling: lookup.telling(words, features).collect(),
            weight: idfs.iter().sum::<f32>().max(1e-3),
            stems: stems.into_iter().zip(idfs.iter().copied()).collect(),
            idfs,
            meanings: Packed::of_columns(&meanings.collect::<Vec<_>>()),
            asks: asked(&normalise::sentence(words)),
        }
    }
}

/// The kinds of facts that a question asks for: a price, a moment, a place.
pub fn asked(text: &str) -> [bool; FACTS.len()] {
    let asked = Fact::asked(text);
    FACTS.map(|fact| asked.contains(&fact))
}

/// The kinds of facts that a text states: a price, a moment, a place.
fn stated(text: &str) -> [bool; FACTS.len()] {
    FACTS.map(|fact| fact.is_stated(text))
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, OnceLock};

    use super::super::memory::Forgetful;
    use super::super::{SentenceEncoder, Understanding};
    use super::*;
    use crate::units::Expect;

    /// Words of one meaning point the same way.
    struct Words;

    impl SentenceEncoder for Words {
        fn encode(&self, text: &str) -> Vec<f32> {
            let mut vector = vec![0f32; 64];
            for word in normalise::folded_words(text) {
                let word = if word == "ratier" { "chien".to_owned() } else { word };
                let place = word
                    .bytes()
                    .fold(7usize, |hash, byte| (hash * 31 + usize::from(byte)) % 64);
                vector[place] += 1.0;
            }
            let length = vector.iter().map(|x| x * x).sum::<f32>().sqrt().max(1e-6);
            vector.iter().map(|x| x / length).collect()
        }
    }

    fn find(text: &str) -> Option<PassageMatch> {
        let passage = |question: &str, text: &str| Findable {
            questions: vec![question.to_owned()],
            subject: String::new(),
            text: text.to_owned(),
        };
        let passages = [
            passage(
                "Où promener mon chien ?",
                "Les chiens sont admis au parc, tenus en laisse.",
            ),
            passage("Combien coûte la piscine ?", "L'entrée coûte trois euros."),
            passage("Quand ouvre la piscine ?", "Elle ouvre le samedi à dix heures."),
            passage("Quel jour est le marché ?", "Il a lieu le samedi."),
            passage("Où sont les objets trouvés ?", "Ils sont gardés au poste de police."),
            passage(
                "Comment s'inscrire à l'école de musique ?",
                "Les inscriptions se font en septembre.",
            ),
        ];
        static UNDERSTANDING: OnceLock<Understanding> = OnceLock::new();
        let understanding = UNDERSTANDING.get_or_init(|| {
            let understanding = Understanding::new(&[], &[], &[], Some(Arc::new(Words)), &Forgetful);
            understanding.with_passages(&passages, &Forgetful)
        });
        let now = chrono::NaiveDateTime::default();
        understanding
            .read(text, Expect::Anything, now)
            .passages
            .first()
            .copied()
    }

    #[test]
    fn a_heading_that_was_said_is_sure() {
        for (text, passage) in [
            ("Où promener mon chien ?", 0),
            ("Bonjour, où promener mon chien, s'il vous plaît ?", 0),
            ("combien coûte la piscine", 1),
            // Another word for what is written, and whom it is for.
            ("où promener mon clébard, madame", 0),
            ("quand ouvre la piscine", 2),
        ] {
            let found = find(text).expect("something");
            assert!(
                found.passage == passage && found.confidence >= SURE,
                "{text}: {found:?}"
            );
        }
    }

    /// See [`questions`]: none of these words is the town's.
    #[test]
    fn what_people_ask_of_any_town_is_known() {
        for text in [
            "j'ai laissé mon parapluie au marché samedi",
            "quelqu'un a pas ramené un trousseau de clés chez vous",
        ] {
            let found = find(text).expect("something");
            assert!(found.passage == 4 && found.confidence >= SURE, "{text}: {found:?}");
        }
    }

    #[test]
    fn a_heading_is_named_by_all_that_tells_in_it() {
        let is_named = |text| find(text).is_some_and(|found| found.passage == 5 && found.is_named);
        assert!(is_named("m'inscrire à l'école de musique"));
        assert!(!is_named("comment s'inscrire à l'école"));
    }

    #[test]
    fn what_is_not_all_there_is_not_sure() {
        // A telling word that the passage lacks, another word of the same meaning, and what it does not state.
        for text in [
            "où promener mon chinchilla",
            "où promener mon ratier",
            "combien coûte un chien à promener",
            // Nothing telling at all.
            "quel jour est le",
        ] {
            let found = find(text).expect("something");
            assert!(found.confidence < SURE, "{text}: {found:?}");
        }
    }

    #[test]
    fn other_things_are_not_worth_asking() {
        let found = find("je voudrais un acte de naissance");
        assert!(found.is_none_or(|found| found.confidence < WORTH_ASKING), "{found:?}");
    }
}
