//! The words of a sentence as they can be compared: facts in one writing, inflection taken off, grammar noted on the word
//! that it stands before.

use super::super::facts::{COMMA, apart};
use crate::understand::date::{MONTHS, WEEKDAYS};
use crate::understand::{normalise, numbers};

/// A word or a fact.
#[derive(Clone, Debug, Default)]
pub(super) struct Word {
    /// In small letters; a number as its digits, a price as "3,20€".
    pub surface: String,
    /// Without inflection: what is compared.
    root: String,
    /// A number, a unit or a day.
    pub fact: bool,
    /// A clause begins with it.
    pub begins: bool,
    /// An article or a preposition stands before it: something is named.
    pub opens: bool,
    tie: Tie,
}

/// The preposition before a word: "part de Nice" is not "part à Nice".
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Tie {
    #[default]
    None,
    To,
    Of,
    /// "des", "du": of, or merely some.
    OfOrSome,
    For,
    In,
}

/// What may differ between two writings of one thing. No other preposition, no adverb, no negation, no other tense.
const GRAMMAR: [&str; 39] = [
    "le", "la", "les", "l", "un", "une", "il", "elle", "ils", "elles", "on", "vous", "votre", "vos", "ce", "c", "cet",
    "cette", "ces", "cela", "ça", "s", "se", "y", "leur", "leurs", "son", "sa", "ses", "est", "sont", "a", "ont",
    "être", "avoir", "avez", "êtes", "et", "t",
];
const ARTICLES: [&str; 6] = ["le", "la", "les", "l", "un", "une"];
/// What follows them belongs to them.
const BINDING: [&str; 34] = [
    "ne", "n", "pas", "jamais", "aucun", "aucune", "sans", "ni", "non", "rien", "personne", "avec", "sur", "dans",
    "avant", "après", "par", "contre", "entre", "jusqu", "jusque", "dès", "depuis", "sous", "sauf", "moins", "plus",
    "que", "qu", "qui", "ou", "où", "si", "vers",
];
/// "Un" before them is a number.
const UNITS: [&str; 7] = ["heure", "euro", "an", "mois", "jour", "semaine", "mètre"];
/// Endings that tell number, gender or person; the longest first.
const ENDINGS: [&str; 5] = ["ement", "ent", "ez", "er", "e"];

impl Word {
    fn new(surface: &str, begins: bool) -> Self {
        Self {
            root: root(surface),
            fact: is_day(surface),
            begins,
            surface: surface.to_owned(),
            ..Self::default()
        }
    }

    fn fact(surface: &str, begins: bool) -> Self {
        Self {
            root: surface.to_owned(),
            fact: true,
            begins,
            surface: surface.to_owned(),
            ..Self::default()
        }
    }

    /// Whether it is that one, perhaps inflected.
    pub fn is(&self, other: &Self) -> bool {
        self.root == other.root
    }

    pub fn is_grammar(&self) -> bool {
        !self.fact && (GRAMMAR.contains(&self.surface.as_str()) || tie(&self.surface) != Tie::None)
    }

    /// Whether it means nothing without what stands beside it.
    pub fn binds(&self) -> bool {
        BINDING.contains(&self.surface.as_str())
    }

    pub fn is_day(&self) -> bool {
        is_day(&self.surface)
    }

    pub fn is_of(&self) -> bool {
        matches!(self.tie, Tie::Of | Tie::OfOrSome)
    }

    /// Whether the same preposition stands before both, or none that means anything.
    pub fn is_tied_like(&self, other: &Self) -> bool {
        match (self.tie, other.tie) {
            (one, other) if one == other => true,
            (Tie::OfOrSome, Tie::None | Tie::Of) | (Tie::None | Tie::Of, Tie::OfOrSome) => true,
            _ => false,
        }
    }

    /// Takes what a word before it says of it.
    pub fn pass_on(&mut self, before: &Self) {
        self.begins |= before.begins || before.surface == "et";
        self.opens |= before.opens || ARTICLES.contains(&before.surface.as_str());
        let tie = match tie(&before.surface) {
            Tie::None => before.tie,
            tie => tie,
        };
        if tie != Tie::None {
            (self.tie, self.opens) = (tie, true);
        }
    }
}

fn tie(word: &str) -> Tie {
    match word {
        "à" | "au" | "aux" => Tie::To,
        "de" | "d" => Tie::Of,
        "du" | "des" => Tie::OfOrSome,
        "pour" => Tie::For,
        "en" => Tie::In,
        _ => Tie::None,
    }
}

fn is_day(word: &str) -> bool {
    let folded = normalise::fold(word);
    WEEKDAYS.contains(&folded.trim_end_matches('s')) || MONTHS.contains(&folded.as_str())
}

/// Without what tells number, gender or person. A participle ("réservé") stays apart from its verb ("se réserve").
fn root(word: &str) -> String {
    let single = word.trim_end_matches(['s', 'x']);
    if word == "ans" || word.chars().count() <= 3 || single.chars().count() < 3 {
        return if word == "ans" { "an" } else { word }.to_owned();
    }
    if let Some(participle) = single.strip_suffix("ée") {
        return format!("{participle}é");
    }
    let ending = |ending: &&str| single.strip_suffix(*ending).filter(|rest| rest.chars().count() >= 3);
    let bare = ENDINGS.iter().find_map(ending).unwrap_or(single);
    bare.trim_end_matches('s').to_owned()
}

/// The words of a sentence, grammar among them.
pub(super) fn words(text: &str) -> Vec<Word> {
    let text = text.replace(['’', 'ʼ'], "'").replace("ujourd'hui", "ujourdhui");
    let text = text.replace('€', " euros ").replace('%', " pourcent ");
    let (mut found, mut plain) = (Vec::new(), String::new());
    for token in text.split_whitespace() {
        if is_address(token) {
            found.extend(spelt(&split(&std::mem::take(&mut plain))));
            let exact = token.trim_end_matches(['.', ',', ';', ':', '!']).to_lowercase();
            found.push(Word::fact(&exact, false));
        } else {
            plain.push_str(token);
            plain.push(' ');
        }
    }
    found.extend(spelt(&split(&plain)));
    found
}

/// "accueil@mairie.fr", `https://mairie.fr`, "mairie.fr": letter by letter, or not at all.
fn is_address(token: &str) -> bool {
    let dotted = |(left, right): (&str, &str)| {
        left.ends_with(|c: char| c.is_alphabetic()) && right.starts_with(|c: char| c.is_alphabetic())
    };
    token.contains(['@', '/']) && !token.contains("et/ou") || token.split_once('.').is_some_and(dotted)
}

/// Cut at what is no letter; where a sign ends a clause, the next word begins one.
fn split(text: &str) -> Vec<Word> {
    let text = apart(text).to_lowercase();
    let (mut found, mut word, mut begins) = (Vec::<Word>::new(), String::new(), false);
    for c in text.chars().chain([' ']) {
        if c.is_alphanumeric() {
            word.push(c);
            continue;
        }
        // "M. Dupont", "04.65" go on after their dot.
        let stops = matches!(c, '.' | '!') && word.chars().count() > 2;
        if !word.is_empty() {
            found.push(Word::new(&std::mem::take(&mut word), begins));
            begins = false;
        }
        begins |= stops || matches!(c, ',' | ';' | ':' | '(' | ')' | '–' | '—' | '«' | '»' | '"' | '/');
    }
    found
}

/// Numbers as digits, times and prices in one writing.
fn spelt(words: &[Word]) -> Vec<Word> {
    let mut found: Vec<Word> = Vec::new();
    let mut rest = words;
    while !rest.is_empty() {
        let clause = 1 + rest[1..].iter().take_while(|word| !word.begins).count();
        found.extend(with_digits(&rest[..clause]));
        rest = &rest[clause..];
    }
    with_units(&joined(found))
}

/// "quarante-cinq" → "45".
fn with_digits(clause: &[Word]) -> Vec<Word> {
    let folded: Vec<String> = clause.iter().map(|word| normalise::fold(&word.surface)).collect();
    let numbers = numbers::numbers(&folded, false);
    let (mut found, mut at) = (Vec::new(), 0);
    while at < clause.len() {
        let number = numbers.iter().find(|number| number.words.0 == at);
        let next = |at: usize| clause.get(at).map_or("", |word| word.surface.trim_end_matches('s'));
        let counts = |at: usize| UNITS.iter().any(|unit| unit.trim_end_matches('s') == next(at)) || next(at) == "h";
        let article = matches!(folded[at].as_str(), "un" | "une");
        match number {
            Some(number) if !article || number.words.1 > at + 1 || counts(at + 1) => {
                found.push(Word::fact(&number.digits, clause[at].begins));
                at = number.words.1;
                // "1er" was cut.
                at += usize::from(next(at) == "er");
            }
            _ => {
                found.push(clause[at].clone());
                at += 1;
            }
        }
    }
    found
}

fn is_number(word: &Word) -> bool {
    word.surface.bytes().all(|b| b.is_ascii_digit())
}

/// A telephone number, said in groups, as one; other numbers without zeros before them.
fn joined(words: Vec<Word>) -> Vec<Word> {
    let (mut found, mut at) = (Vec::new(), 0);
    while at < words.len() {
        let mut digits = String::new();
        let groups = words[at..]
            .iter()
            .enumerate()
            .take_while(|(nth, word)| {
                let more = is_number(word) && (*nth == 0 || !word.begins) && digits.len() < 10;
                digits.extend(more.then_some(word.surface.as_str()));
                more
            })
            .count();
        let begins = words[at].begins;
        if digits.len() == 10 && digits.starts_with('0') {
            found.push(Word::fact(&digits, begins));
            at += groups;
            continue;
        }
        if is_number(&words[at]) {
            let value = words[at].surface.trim_start_matches('0');
            found.push(Word::fact(if value.is_empty() { "0" } else { value }, begins));
        } else {
            found.push(words[at].clone());
        }
        at += 1;
    }
    found
}

/// "8 h 30" and "huit heures et demie", "3,20 €" and "3 euros 20", "midi" and "12 h".
fn with_units(words: &[Word]) -> Vec<Word> {
    let mut found: Vec<Word> = Vec::new();
    let mut at = 0;
    let surface = |at: usize| words.get(at).map_or("", |word| word.surface.as_str());
    let follows = |at: usize| words.get(at).is_some_and(|word| is_number(word) && !word.begins);
    while at < words.len() {
        let word = &words[at];
        at += 1;
        let counted = found.last().is_some_and(is_number);
        match word.surface.as_str() {
            "h" | "heure" | "heures" if counted => {
                found.push(Word::fact("heure", false));
                match (surface(at), surface(at + 1)) {
                    ("et", half @ ("demie" | "demi" | "quart")) => {
                        found.push(Word::fact(if half == "quart" { "15" } else { "30" }, false));
                        at += 2;
                    }
                    ("0", _) if follows(at) => at += 1,
                    _ => {}
                }
            }
            "midi" | "minuit" if found.last().is_none_or(|before| before.surface != "après") => {
                let hour = if word.surface == "midi" { "12" } else { "0" };
                found.push(Word::fact(hour, word.begins));
                found.push(Word::fact("heure", false));
            }
            "euro" | "euros" if counted => {
                let amount = found.pop().unwrap_or_default();
                let whole = found
                    .len()
                    .checked_sub(2)
                    .filter(|_| found.last().is_some_and(|w| w.surface == COMMA));
                let price = match whole.and_then(|whole| found.get(whole).cloned()) {
                    Some(whole) => {
                        found.truncate(found.len() - 2);
                        Word::fact(&format!("{},{:0<2}€", whole.surface, amount.surface), whole.begins)
                    }
                    None if follows(at) && surface(at).len() <= 2 => {
                        at += 1;
                        Word::fact(&format!("{},{:0>2}€", amount.surface, surface(at - 1)), amount.begins)
                    }
                    None => Word::fact(&format!("{},00€", amount.surface), amount.begins),
                };
                found.push(price);
            }
            "min" | "mn" if counted => found.push(Word::new("minute", false)),
            "m" if counted => found.push(Word::new("mètre", false)),
            _ => found.push(word.clone()),
        }
    }
    found
}
