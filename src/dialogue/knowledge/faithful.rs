//! Whether a text says what a passage says, and nothing else: the check that everything generated has to pass before it is
//! spoken. Pure; it reads no meaning, and so cannot be talked into anything: what the caller asked is not even shown to it.
//!
//! A faithful text is made of sentences of the passage, in their order. Of each, all telling words and facts are there, in
//! their order, clause by clause; only grammar may differ ("Apportez" – "Il faut apporter", "8 h 30" – "huit heures trente",
//! "Les chiens sont admis" – "Le chien est admis"), the sentence may begin with one of its ends ("Le mardi, les ordures …"),
//! and it may name before it what it is about ("Pour le parc, …"). So nothing can be added, lost or tied to something else.
//! A whole sentence may be left out, but not one that limits what is said, nor one of several that tell a price or a time.

mod words;

use serde::{Deserialize, Serialize};

use super::sentences;
use words::{Word, words};

/// Why a text is not said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unfaithful {
    /// Nothing, more than three sentences, marks that are no French text, or a question.
    Shape,
    /// A word or a fact that the passage does not have.
    Added,
    /// All of it stands in the passage, but not so: moved, negated, tied to something else, or without a part of it.
    Changed,
    /// It leaves out a sentence that belongs to what it says.
    Incomplete,
}

/// Sentences at most: a caller listens to no more.
const SENTENCES: usize = 3;
/// Telling words at most of what is named before a sentence.
const NAMED: usize = 4;
/// Signs of a text that can be read out.
const SIGNS: &str = " \u{a0}\u{202f}.,;:!'’\"«»()-–€%/@°";

/// Holds `text` against `passage`.
///
/// # Errors
/// Why it may not be said.
pub fn check(passage: &str, text: &str) -> Result<(), Unfaithful> {
    let readable = |c: char| c.is_ascii_digit() || c.is_alphabetic() && c < '\u{180}' || SIGNS.contains(c);
    let said: Vec<Sentence> = sentences(text).map(Sentence::new).collect();
    let is_empty = |sentence: &Sentence| sentence.words.is_empty();
    if !text.chars().all(readable) || said.is_empty() || said.len() > SENTENCES || said.iter().any(is_empty) {
        return Err(Unfaithful::Shape);
    }
    let written: Vec<Sentence> = sentences(passage).map(Sentence::new).collect();
    let is_written = |word: &Word| written.iter().flat_map(|sentence| &sentence.words).any(|w| w.is(word));
    if !said.iter().flat_map(|sentence| &sentence.words).all(is_written) {
        return Err(Unfaithful::Added);
    }
    let mut told = vec![false; written.len()];
    let mut from = 0;
    for sentence in &said {
        let found = (from..written.len()).find_map(|first| {
            let ends = first + 1..=written.len();
            ends.map(|end| first..end)
                .find(|run| sentence.says(&written[run.clone()]))
        });
        let run = found.ok_or(Unfaithful::Changed)?;
        from = run.end;
        told[run].fill(true);
    }
    let lost = |at: usize| !told[at] && written[at].belongs_to_any(&written, &told, at);
    let dangling = |at: usize| told[at] && written[at].depends && at > 0 && !told[at - 1];
    if (0..written.len()).any(|at| lost(at) || dangling(at)) {
        return Err(Unfaithful::Incomplete);
    }
    Ok(())
}

/// What a sentence says, as far as it can be compared.
struct Sentence {
    words: Vec<Word>,
    /// Who does it to whom.
    roles: Vec<&'static str>,
    /// It says that something must be done.
    must: bool,
    /// It tells the reader to do something.
    commands: bool,
    /// It limits, or goes on about, what stands before it.
    depends: bool,
    /// It tells a price, or a time.
    tells: [bool; 2],
}

/// Words for what must be done: the same as to tell somebody to do it.
const MUST: [&str; 4] = ["faut", "doit", "doivent", "devez"];
/// "On vous rembourse" is not "vous remboursez", "il est payé" not "il a payé": each, and what stands for its other forms.
const ROLES: [(&str, &str); 10] = [
    ("on", "on"),
    ("vous", "vous"),
    ("se", "se"),
    ("s", "se"),
    ("leur", "leur"),
    ("lui", "lui"),
    ("a", "avoir"),
    ("ont", "avoir"),
    ("avez", "avoir"),
    ("avoir", "avoir"),
];
/// They end like a command, and are none.
const NO_COMMANDS: [&str; 6] = ["chez", "assez", "rez", "nez", "avez", "pouvez"];
/// A sentence with one of these is said with the one before it, or neither is.
const DEPENDS: [&str; 26] = [
    "il",
    "elle",
    "ils",
    "elles",
    "celui",
    "celle",
    "ceux",
    "celles",
    "cela",
    "ça",
    "ce",
    "ces",
    "cet",
    "cette",
    "mais",
    "sauf",
    "toutefois",
    "cependant",
    "seulement",
    "uniquement",
    "sinon",
    "excepté",
    "hormis",
    "revanche",
    "autrement",
    "contraire",
];
/// Parts of words that tell a price, and that tell a time.
const PRICE: [&str; 9] = [
    "€",
    "gratuit",
    "pay",
    "paie",
    "tarif",
    "prix",
    "coût",
    "réduction",
    "remboursé",
];
const TIME: [&str; 8] = ["heure", "matin", "soir", "midi", "ouvert", "ouvr", "ferm", "férié"];

impl Sentence {
    fn new(text: &str) -> Self {
        let all = words(text);
        let surfaces: Vec<&str> = all.iter().map(|word| word.surface.as_str()).collect();
        let after = |at: usize| surfaces.get(at + 1).copied().unwrap_or_default();
        let before = |at: usize| at.checked_sub(1).map_or("", |at| surfaces[at]);
        let commands = |(at, word): (usize, &&str)| {
            let is_date = *word == "rendez" && after(at) == "vous";
            word.ends_with("ez") && !NO_COMMANDS.contains(word) && before(at) != "vous" && !is_date
        };
        let impersonal = |at: usize| surfaces[at] == "il" && ["faut", "y"].contains(&after(at));
        let depends = |at: usize| DEPENDS.contains(&surfaces[at]) && !impersonal(at);
        // In "vous devez apporter", "vous" does no more than to say "apportez".
        let role = |at: usize| {
            let role = ROLES.iter().find(|(word, _)| *word == surfaces[at])?.1;
            (!MUST.contains(&after(at))).then_some(role)
        };
        let tells = |parts: &[&str]| surfaces.iter().any(|word| parts.iter().any(|part| word.contains(part)));
        Self {
            must: surfaces.iter().any(|word| MUST.contains(word)),
            commands: surfaces.iter().enumerate().any(commands),
            roles: (0..surfaces.len()).filter_map(role).collect(),
            depends: (0..surfaces.len()).any(depends),
            tells: [tells(&PRICE), tells(&TIME) || all.iter().any(Word::is_day)],
            words: gathered(all),
        }
    }

    /// Whether it may not be left out at `at`, where `told` are said: it limits the one before, or tells a price or a time
    /// where others that do are said.
    fn belongs_to_any(&self, all: &[Self], told: &[bool], at: usize) -> bool {
        let limits = self.depends && at > 0 && told[at - 1];
        let kind = |n: usize| self.tells[n] && all.iter().zip(told).any(|(other, told)| *told && other.tells[n]);
        limits || kind(0) || kind(1)
    }

    /// Whether it says what these say, one after the other.
    fn says(&self, run: &[Self]) -> bool {
        if !self.roles.iter().eq(run.iter().flat_map(|sentence| &sentence.roles)) {
            return false;
        }
        let must = run.iter().any(|sentence| sentence.must);
        let commands = run.iter().any(|sentence| sentence.commands);
        if self.must != must && !(must && self.commands || self.must && commands) {
            return false;
        }
        let written: Vec<Word> = run
            .iter()
            .enumerate()
            .flat_map(|(nth, sentence)| {
                let mut words = sentence.words.clone();
                words.iter_mut().take(1).for_each(|first| first.begins |= nth > 0);
                words
            })
            .collect();
        (0..=NAMED.min(self.words.len())).any(|named| {
            let (named, rest) = self.words.split_at(named);
            names(named, rest, &written) && (0..written.len()).any(|seam| is_from(seam, &written, rest))
        })
    }
}

/// Whether `named`, before the rest of a sentence, is nothing or one thing of it.
fn names(named: &[Word], rest: &[Word], written: &[Word]) -> bool {
    let is_one = |window: &[Word]| {
        let same = window.iter().zip(named).enumerate();
        same.clone()
            .all(|(at, (w, n))| w.is(n) && (at == 0 || !w.begins && !n.begins && w.is_tied_like(n)))
    };
    let opens = |window: &[Word]| window.first().is_some_and(|first| first.opens);
    named.is_empty()
        || rest.first().is_some_and(|first| first.begins)
            && !named.iter().any(Word::binds)
            && written
                .windows(named.len())
                .any(|window| opens(window) && is_one(window))
}

/// Whether `said` is what was `written`, from the word at `seam` on, and then what stands before it.
fn is_from(seam: usize, written: &[Word], said: &[Word]) -> bool {
    let whole = !written.iter().skip(1).any(|word| word.begins);
    let may_begin = |at: usize| {
        let (before, first) = (&written[at - 1], &written[at]);
        (first.begins || whole && first.opens && !first.is_of())
            && !before.binds()
            && !(before.fact && first.fact)
            && !written.iter().any(|word| word.binds() && whole)
    };
    if said.len() != written.len() || seam > 0 && !may_begin(seam) {
        return false;
    }
    let order = (seam..written.len()).chain(0..seam);
    order.zip(said).enumerate().all(|(at, (from, said))| {
        let written = &written[from];
        let at_seam = at == 0 || from == 0;
        written.is(said) && written.is_tied_like(said) && (at_seam || written.begins == said.begins)
    })
}

/// The telling words: grammar and the words for "must" are noted in them or in the sentence.
fn gathered(all: Vec<Word>) -> Vec<Word> {
    let mut telling: Vec<Word> = Vec::new();
    let mut grammar = Word::default();
    for word in all {
        if word.is_grammar() || MUST.contains(&word.surface.as_str()) {
            grammar.pass_on(&word);
        } else {
            let mut word = word;
            word.pass_on(&grammar);
            grammar = Word::default();
            telling.push(word);
        }
    }
    telling
}

#[cfg(test)]
mod tests;
