//! Postal addresses and places in the town: "au douze bis, rue des Lavandières".

use std::ops::Range;

use super::date::MONTHS;
use super::normalise::{self, Word};
use super::numbers::{self, Number};
use super::objection;
use super::phonetic;

/// What ways are called, folded.
pub(super) const WAYS: &[&str] = &[
    "rue",
    "avenue",
    "boulevard",
    "place",
    "chemin",
    "impasse",
    "allee",
    "allees",
    "route",
    "quai",
    "cours",
    "square",
    "passage",
    "sentier",
    "ruelle",
    "montee",
    "cote",
    "esplanade",
    "promenade",
    "rond",
    "faubourg",
    "hameau",
    "lotissement",
    "residence",
    "villa",
    "venelle",
    "voie",
    "traverse",
    "mail",
    "lieu",
    "quartier",
    "cite",
    "domaine",
];
/// Those of them that hold houses and are no street: beside a street, they tell where on it.
const SITES: &[&str] = &[
    "hameau",
    "lotissement",
    "residence",
    "villa",
    "lieu",
    "quartier",
    "cite",
    "domaine",
];
/// What an address names of a building, before a number, a letter or a name.
const PARTS: &[&str] = &[
    "batiment",
    "bat",
    "immeuble",
    "appartement",
    "appart",
    "appt",
    "logement",
    "porte",
    "escalier",
    "entree",
    "hall",
    "bloc",
    "tour",
    "maison",
    "pavillon",
    "chalet",
    "ferme",
    "lot",
    "etage",
];
/// On which side of the stairs.
const SIDES: &[&str] = &["gauche", "droite"];
/// What may stand before a kind of way as a part of its name: "Grande Rue".
const SIZES: &[&str] = &[
    "grande", "grand", "petite", "petit", "vieille", "vieux", "haute", "basse", "nouvelle",
];
/// What is named after these is another place.
const BESIDE: &[&str] = &[
    "face", "pres", "cote", "derriere", "devant", "vers", "entre", "apres", "avant", "depuis", "qui", "il", "elle",
    "ca",
];
/// Digits of a postcode.
const POSTCODE: usize = 5;
/// Little words that tell no street from another.
const COMMON: &[&str] = &["le", "la", "les", "l", "de", "du", "des", "d", "et", "a", "au", "aux"];
/// What may follow a house number.
const REPEATS: [&str; 5] = ["bis", "ter", "quater", "a", "b"];
/// Where a street's name ends.
const ENDS: &[&str] = &[
    "a", "au", "devant", "derriere", "pres", "en", "juste", "depuis", "est", "il", "elle", "ca", "c", "je", "j", "on",
    "numero", "mais", "et", "vers", "qui", "s", "ne", "n", "merci",
];
/// More words than this are no street's name.
const LONGEST: usize = 7;
/// How far a heard name may be from the one of a street, for each sound (see [`phonetic::distance`]); and how much nearer
/// it must be than the next.
const NEAR: f32 = 0.34;
const NEARER: f32 = 0.08;
/// The same where what kind of way it is was not said.
const NEAR_ALONE: f32 = 0.12;
/// Sounds of a name that is known without its kind.
const TELLING: usize = 5;

/// Whether `text` tells where something is, by a way or by what is beside it.
pub fn tells_where(text: &str) -> bool {
    const PLACED: [&str; 12] = [
        "face",
        "pres",
        "derriere",
        "devant",
        "angle",
        "coin",
        "bout",
        "milieu",
        "carrefour",
        "croisement",
        "feu",
        "sortie",
    ];
    let words = normalise::folded_words(text);
    words
        .iter()
        .any(|word| WAYS.contains(&word.as_str()) || PLACED.contains(&word.as_str()))
}

/// What says only that it is near the caller, who is not seen: "devant chez moi", "là", "dans ma rue" (folded).
const NEAR_ME: &[&str] = &[
    "chez", "moi", "nous", "devant", "derriere", "face", "en", "a", "de", "cote", "bas", "haut", "bout", "pres",
    "juste", "la", "ici", "le", "l", "dans", "sur", "ma", "mon", "notre", "rue", "porte", "maison", "immeuble",
    "portail", "garage", "fenetre", "fenetres", "mes", "nos", "trottoir", "quartier", "jardin", "domicile", "c", "est",
    "ben", "bah", "euh", "oui", "voila", "alors", "tout", "du", "sous", "au", "bien", "ou", "j", "habite", "on", "je",
    "suis", "entree",
];
/// And those of them that do say so.
const ME: &[&str] = &[
    "moi", "nous", "la", "ici", "ma", "mon", "notre", "mes", "nos", "habite", "suis",
];

/// Whether `text` tells of a place no more than that the caller knows it: "devant chez moi", "dans ma rue".
pub fn is_nowhere(text: &str) -> bool {
    let words = normalise::folded_words(text);
    let all = |some: &[&str]| words.iter().all(|word| some.contains(&word.as_str()));
    all(NEAR_ME)
        && words
            .iter()
            .any(|word| ME.contains(&word.as_str()) && !(word == "la" && words.len() > 4))
}

/// The streets of a town.
#[derive(Clone, Debug, Default)]
pub struct Streets(Vec<Street>);

#[derive(Clone, Debug)]
struct Street {
    /// As it is written.
    name: String,
    /// Its kind, folded, if it has one.
    way: Option<String>,
    /// The first word of the rest of its name, folded.
    first: String,
    /// How that rest sounds.
    key: String,
    /// How it does where a year at its end is left out: "rue du 8 mai".
    yearless: String,
    /// The numbers in it.
    numbers: Vec<String>,
    /// How many words that is, little ones counted too.
    words: usize,
}

impl Streets {
    /// One name for each: "rue des Lavandières".
    pub fn new<'t>(names: impl IntoIterator<Item = &'t str>) -> Self {
        let mut known = std::collections::HashSet::new();
        let street = |name: &str| {
            let words = normalise::folded_words(name);
            let way = words.first().filter(|word| WAYS.contains(&word.as_str())).cloned();
            let rest = &words[usize::from(way.is_some())..];
            let key = key(rest);
            let numbers = figures(rest);
            let year = rest
                .last()
                .filter(|word| numbers.len() > 1 && numbers.last() == Some(word));
            (!key.is_empty() && known.insert(words.join(" "))).then(|| Street {
                name: name.trim().to_owned(),
                yearless: self::key(&rest[..rest.len() - usize::from(year.is_some())]),
                numbers,
                first: rest[0].clone(),
                way,
                key,
                words: rest.len(),
            })
        };
        Self(names.into_iter().filter_map(street).collect())
    }

    /// Whether none is known.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The street that `words` (a kind of way and its name, or a name alone) sound like, and how many words it takes.
    fn at(&self, words: &[Word]) -> Option<(&Street, usize)> {
        let folded: Vec<String> = words.iter().take(LONGEST + 1).map(|word| word.folded.clone()).collect();
        let way = folded.first().filter(|word| WAYS.contains(&word.as_str()));
        let skip = usize::from(way.is_some());
        let near = |street: &Street| -> Option<(f32, usize)> {
            if street.way.as_ref() != way && (way.is_some() || street.key.chars().count() < TELLING) {
                // "Avenue" for "rue" is a slip, but a long name is known by itself.
                return None;
            }
            // "Au 5, les Amandiers": the name begins with its own little word, not with any.
            let begins = way.is_some() || folded.first() == Some(&street.first) || has_sound(folded.first()?);
            // Recognition makes two words of one: "l'avant-dière".
            let lengths = street.words.saturating_sub(1).max(1)..=street.words + 2;
            let lengths = lengths.filter(|length| begins && skip + length <= folded.len());
            // Numbers sound alike to nobody: the 8th of May is not the 1st.
            let heard = |length: usize| {
                let words = &folded[skip..skip + length];
                let known = match figures(words) {
                    said if said == street.numbers => &street.key,
                    said if !said.is_empty() && street.numbers.starts_with(&said) => &street.yearless,
                    _ => return None,
                };
                Some((phonetic::distance(&key(words), known), skip + length))
            };
            lengths.filter_map(heard).min_by(|a, b| a.0.total_cmp(&b.0))
        };
        let mut found: Vec<(f32, usize, &Street)> = self
            .0
            .iter()
            .filter_map(|street| near(street).map(|(far, length)| (far, length, street)))
            .collect();
        found.sort_by(|a, b| a.0.total_cmp(&b.0));
        let (far, length, street) = *found.first()?;
        let reach = if way.is_some() { NEAR } else { NEAR_ALONE };
        let clear = found
            .get(1)
            .is_none_or(|(next, ..)| far == 0.0 && *next > 0.0 || next - far >= NEARER);
        (far <= reach && clear).then_some((street, length))
    }
}

/// Whether a word tells streets apart.
fn has_sound(word: &String) -> bool {
    !key(std::slice::from_ref(word)).is_empty()
}

/// The numbers among words that are in figures: "1er", "1945".
fn figures(words: &[String]) -> Vec<String> {
    let figures = words
        .iter()
        .filter(|word| word.starts_with(|c: char| c.is_ascii_digit()));
    figures.map(|word| word.trim_end_matches("er").to_owned()).collect()
}

fn figure(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_digit())
}

fn key(words: &[String]) -> String {
    let telling = words.iter().filter(|word| !COMMON.contains(&word.as_str()));
    telling.map(|word| phonetic::key(word)).collect()
}

/// Whether a name begins as streets do: "rue des Lavandières".
pub fn is_a_way(name: &str) -> bool {
    let words = normalise::words(name);
    words.len() > 1 && WAYS.contains(&words[0].folded.as_str())
}

/// The name of a street without the capital that lists give it: "Rue des Lavandières" stands inside an address.
pub fn as_written(name: &str) -> String {
    match name.split_once(' ') {
        Some((way, rest)) if is_a_way(name) => format!("{} {rest}", way.to_lowercase()),
        _ => name.to_owned(),
    }
}

/// The words of a text, and where each stands in it.
struct Said<'t> {
    text: &'t str,
    words: Vec<Word>,
    /// None where a word cannot be found again.
    spans: Vec<Option<Range<usize>>>,
}

impl<'t> Said<'t> {
    /// Dates are in figures: "rue du huit mai mille neuf cent quarante-cinq" is the one of the 8th of May 1945.
    fn new(text: &'t str) -> Self {
        let words = normalise::words(text);
        let mut from = 0;
        let spans = words.iter().map(|word| {
            let at = from + text.get(from..)?.find(word.surface.as_str())?;
            from = at + word.surface.len();
            Some(at..from)
        });
        let spans: Vec<Option<Range<usize>>> = spans.collect();
        let folded: Vec<String> = words.iter().map(|word| word.folded.clone()).collect();
        let found = numbers::numbers(&folded, false);
        let is_month = |at: usize| folded.get(at).is_some_and(|word| MONTHS.contains(&word.as_str()));
        let of_date = |number: &&Number| {
            let year = number.value().is_some_and(|year| (1000..2100).contains(&year));
            is_month(number.words.1) || year && number.words.0 > 0 && is_month(number.words.0 - 1)
        };
        let mut said = Self {
            text,
            words: Vec::new(),
            spans: Vec::new(),
        };
        let mut at = 0;
        while at < words.len() {
            let date = found.iter().find(|number| number.words.0 == at).filter(of_date);
            let end = date.map_or(at + 1, |number| number.words.1);
            let word = date.map(|number| Word {
                surface: match words[at].folded.as_str() {
                    "premier" | "1er" => "1er".into(),
                    _ => number.digits.clone(),
                },
                folded: number.digits.clone(),
            });
            said.words.push(word.unwrap_or_else(|| words[at].clone()));
            let span = spans[at].as_ref().zip(spans[end - 1].as_ref());
            said.spans.push(span.map(|(first, last)| first.start..last.end));
            at = end;
        }
        said
    }

    fn word(&self, at: usize) -> &str {
        self.words.get(at).map_or("", |word| word.folded.as_str())
    }

    fn is(&self, at: usize, names: &[&str]) -> bool {
        names.contains(&self.word(at))
    }

    fn has_capital(&self, at: usize) -> bool {
        let word = self.words.get(at);
        word.is_some_and(|word| word.surface.chars().next().is_some_and(char::is_uppercase))
    }

    /// What is written between a word and the one before it.
    fn gap(&self, at: usize) -> &str {
        let before = at.checked_sub(1).and_then(|before| self.spans.get(before)?.as_ref());
        let here = self.spans.get(at).and_then(Option::as_ref);
        let gap = before
            .zip(here)
            .map(|(before, here)| &self.text[before.end..here.start]);
        gap.unwrap_or(" ")
    }

    /// Whether a comma or a full stop stands before a word.
    fn breaks(&self, at: usize) -> bool {
        self.gap(at).contains([',', ';', '.', ':', '!', '?', '…'])
    }

    fn numbers(&self) -> Vec<Number> {
        let folded: Vec<String> = self.words.iter().map(|word| word.folded.clone()).collect();
        numbers::numbers(&folded, false)
    }

    /// The first postcode from a word on: "26400", "26 400".
    fn postcode(&self, from: usize) -> Option<(String, Range<usize>)> {
        let found = self.numbers();
        let pairs = found.iter().zip(found.iter().skip(1));
        let whole = found
            .iter()
            .map(|number| (number.digits.clone(), number.words.0..number.words.1));
        let halves = pairs
            .filter(|(first, second)| {
                first.words.1 == second.words.0 && [first.digits.len(), second.digits.len()] == [2, 3]
            })
            .map(|(first, second)| {
                (
                    [first.digits.as_str(), &second.digits].concat(),
                    first.words.0..second.words.1,
                )
            });
        let codes = whole.chain(halves);
        codes
            .filter(|(digits, words)| digits.len() == POSTCODE && words.start >= from)
            .min_by_key(|(_, words)| words.start)
    }

    /// How many words from `at` on belong to the name of a way.
    fn name_length(&self, at: usize) -> usize {
        let end = self.postcode(at).map_or(self.words.len(), |(_, words)| words.start);
        let is_figure = |at: usize| self.word(at).bytes().all(|b| b.is_ascii_digit());
        // "Du 8 mai 1945", "des 4 Vents".
        let is_named_by = |i: usize| {
            let opens = (at..i).all(|word| self.is(word, COMMON)) && self.word(i - 1) != "le";
            opens || self.is(i + 1, &MONTHS) || self.is(i - 1, &MONTHS)
        };
        // "Rue à la Croix" begins with one of them; no other does.
        if at >= end || self.is(at, ENDS) && self.word(at) != "a" {
            return 0;
        }
        let ends = |i: &usize| self.is(*i, ENDS) || is_figure(*i) && !is_named_by(*i) || self.begins_part(*i);
        let length = (at + 1..end).find(ends).unwrap_or(end) - at;
        length.min(LONGEST)
    }

    /// Whether what tells where on a way begins here: "appartement 3" does, but not in "rue de la Maison Blanche".
    fn begins_part(&self, at: usize) -> bool {
        let named = !self.is(at - 1, COMMON) && self.part_opens(at);
        named || self.breaks(at) && self.is(at, WAYS)
    }

    fn part_opens(&self, at: usize) -> bool {
        let next = at + 1 + usize::from(self.is(at + 1, &["numero"]));
        let telling = (next..self.words.len()).find(|word| !self.is(*word, COMMON));
        let is_named = telling.is_some_and(|word| {
            let near = word - next <= 2 && !self.breaks(next) && !self.is(word, ENDS);
            near && (self.is(at, SITES) || self.has_capital(word))
        });
        let is_part = self.is(at, SITES) || self.is(at, PARTS);
        self.is_storey(at) || is_part && (self.designator(next).is_some() || self.is(next, SIDES) || is_named)
    }

    /// "Deuxième étage", "rez-de-chaussée".
    fn is_storey(&self, at: usize) -> bool {
        let word = self.word(at);
        let is_ordinal = word == "second" || word.ends_with("eme") || word.ends_with("ier") || figure(word);
        word == "rez" && self.word(at + 2) == "chaussee" || is_ordinal && self.word(at + 1) == "etage"
    }

    /// The number or the letter at a word, and how many words it takes.
    fn designator(&self, at: usize) -> Option<(String, usize)> {
        let found = self.numbers();
        let number = found
            .iter()
            .find(|number| number.words.0 == at && number.digits.len() <= 4);
        let surface = self.words.get(at).map_or("", |word| word.surface.as_str());
        let is_elided = self.gap(at + 1).contains(['\'', '’']);
        let is_letter = surface.len() == 1 && surface.bytes().all(|b| b.is_ascii_alphabetic()) && !is_elided;
        let is_mixed = surface.len() <= 4 && surface.bytes().any(|b| b.is_ascii_digit());
        match number {
            Some(number) => Some((number.digits.clone(), number.words.1 - at)),
            None => (is_letter || is_mixed).then(|| (surface.to_uppercase(), 1)),
        }
    }

    /// What tells where on a way, if that begins at a word; and how many words it takes.
    fn part(&self, at: usize) -> Option<(String, usize)> {
        if !self.part_opens(at) {
            return None;
        }
        if self.is_storey(at) {
            let length = if self.is(at, &["rez"]) { 3 } else { 2 };
            let length = length + usize::from(self.is(at + length, SIDES));
            return Some((self.written(at..at + length), length));
        }
        let next = at + 1 + usize::from(self.is(at + 1, &["numero"]));
        if let Some((designator, length)) = self.designator(next) {
            return Some((format!("{} {designator}", self.written(at..at + 1)), next + length - at));
        }
        let length = self.name_length(at + 1);
        (length > 0).then(|| (self.written(at..at + 1 + length), 1 + length))
    }

    /// All of these among some words, up to where another place is spoken of.
    fn parts(&self, words: Range<usize>) -> Vec<(String, Range<usize>)> {
        let (mut parts, mut at) = (Vec::new(), words.start);
        while at < words.end && !self.is(at, BESIDE) {
            match self.part(at).filter(|(_, length)| at + length <= words.end) {
                Some((part, length)) => {
                    parts.push((part, at..at + length));
                    at += length;
                }
                None => at += 1,
            }
        }
        parts
    }

    /// The words as an address has them: elided ones joined, the way in small letters.
    fn written(&self, words: Range<usize>) -> String {
        let mut out = String::new();
        for at in words.clone() {
            let word = &self.words[at];
            let little = at == words.start || COMMON.contains(&word.folded.as_str());
            out.push_str(&if little {
                word.surface.to_lowercase()
            } else {
                word.surface.clone()
            });
            if at + 1 < words.end {
                out.push(match word.folded.as_str() {
                    "l" | "d" => '\'',
                    _ if self.gap(at + 1) == "-" => '-',
                    _ => ' ',
                });
            }
        }
        out
    }
}

/// A way that is spoken of: its name, and the words that say it.
struct Found {
    name: String,
    words: Range<usize>,
    /// Whether what kind of way it is was said.
    kind: bool,
}

/// The way that is spoken of: one that the town has, as it is written there, or any, as it was heard.
fn way(said: &Said, streets: &Streets) -> Option<Found> {
    // "Résidence les Amandiers" is not "quartier des Amandiers": a name goes with the kind that was said.
    let of_a_kind = |at: usize| {
        let before = (0..at)
            .rev()
            .find(|word| said.is(*word, WAYS) || said.breaks(*word + 1));
        !said.is(at, WAYS) && before.is_some_and(|word| said.is(word, WAYS) && !said.breaks(word + 1))
    };
    let known = (0..said.words.len()).filter(|at| !of_a_kind(*at)).find_map(|at| {
        let (street, length) = streets.at(&said.words[at..])?;
        Some(Found {
            name: street.name.clone(),
            words: at..at + length,
            kind: (at..at + length).any(|word| said.is(word, WAYS)),
        })
    });
    known.or_else(|| heard(said))
}

/// The first way, as it was heard: a street rather than what stands on it.
fn heard(said: &Said) -> Option<Found> {
    let is_street = |at: &usize| said.is(*at, WAYS) && !said.is(*at, SITES);
    let street = (0..said.words.len()).find(is_street);
    let at = street.or_else(|| (0..said.words.len()).find(|at| said.is(*at, SITES)))?;
    let numbered = |at: usize| {
        said.numbers()
            .iter()
            .any(|number| number.words.1 == at && number.digits != "1")
    };
    // "45 grande rue", but not "une grande rue".
    let sized = at > 0 && said.is(at - 1, SIZES) && (numbered(at - 1) || said.has_capital(at));
    let length = said.name_length(at + 1);
    let words = at - usize::from(sized)..at + 1 + length;
    let name = match (sized, length) {
        (false, 0) => return None,
        (true, 0) => normalise::sentence(&said.words[words.clone()]),
        _ => said.written(words.clone()),
    };
    Some(Found {
        name,
        words,
        kind: true,
    })
}

/// The address in `text`: a way, with its number if one was said, what tells where on it, and the town where another is named.
pub fn address(text: &str, streets: &Streets) -> Option<String> {
    corner(text, streets).or_else(|| {
        let said = Said::new(text);
        let found = way(&said, streets)?;
        Some(whole(&said, &found))
    })
}

/// "À l'angle de la rue des Lavandières et de l'avenue du Vercors": both are the address.
fn corner(text: &str, streets: &Streets) -> Option<String> {
    const CORNERS: [&str; 7] = [
        "angle",
        "coin",
        "croisement",
        "intersection",
        "carrefour",
        "entre",
        "niveau",
    ];
    let words = normalise::folded_words(text);
    if !words.iter().any(|word| CORNERS.contains(&word.as_str())) {
        return None;
    }
    let (one, two) = text.rsplit_once(" et ")?;
    let name = |text: &str| {
        way(&Said::new(text), streets)
            .filter(|way| way.kind)
            .map(|way| way.name)
    };
    let (one, two) = (name(one)?, name(two)?);
    (one != two).then(|| format!("angle {one} et {two}"))
}

/// A place in the caller's own words, without those that only lead to it, and with the streets of the town as they are
/// written; none where it tells no more than that they know it.
pub fn place(text: &str, streets: &Streets) -> Option<String> {
    const LEADS: [&str; 18] = [
        "je sais pas trop",
        "je ne sais pas trop",
        "j habite",
        "ce serait",
        "voila",
        "alors",
        "donc",
        "oui",
        "bah",
        "ben",
        "euh",
        "heu",
        "eh bien",
        "en fait",
        "c est",
        "ah",
        "bonjour",
        "je dirais",
    ];
    const TRAILS: [&str; 8] = [
        "je vous dis",
        "je vous ai dit",
        "je vous l ai dit",
        "s il vous plait",
        "merci",
        "voila",
        "quoi",
        "hein",
    ];
    let text = text.trim();
    let spans = normalise::spans(text);
    let words: Vec<&str> = spans.iter().map(|(word, _)| word.as_str()).collect();
    let mut at = 0;
    while let Some(lead) = LEADS.iter().find(|lead| normalise::begins(&words[at..], lead)) {
        at += lead.split(' ').count();
    }
    // "C'est le 17 rue de la République" is number 17; "le 17" is not said so alone.
    let numbered = words.get(at) == Some(&"le") && words.get(at + 1).is_some_and(|word| figure(word));
    at += usize::from(numbered && address(text, streets).is_some());
    let mut end = words.len();
    while let Some(trail) = TRAILS
        .iter()
        .find(|trail| words[at..end].ends_with(&trail.split(' ').collect::<Vec<_>>()))
    {
        end -= trail.split(' ').count();
    }
    let kept = match (spans.get(at), end.checked_sub(1).and_then(|last| spans.get(last))) {
        (Some((_, first)), Some((_, last))) if end < words.len() && at < end => &text[first.start..last.end],
        (Some((_, first)), _) if at < end => &text[first.start..],
        _ => text,
    };
    let telling = telling_words(&words[at.min(end)..end]);
    let only_a_way = matches!(
        telling[..],
        ["rue" | "avenue" | "boulevard" | "chemin" | "route" | "impasse" | "allee"]
    );
    (!only_a_way && !is_nowhere(kept)).then(|| with_streets(kept, streets))
}

/// The words that tell a place.
fn telling_words<'t>(words: &[&'t str]) -> Vec<&'t str> {
    let little = |word: &&str| COMMON.contains(word) || matches!(*word, "dans" | "sur" | "une" | "un" | "cette");
    words.iter().copied().filter(|word| !little(word)).collect()
}

/// The address, or the place in other words, that was noted as `noted`, as a part of it that is said anew puts it right:
/// "c'est au 24", "c'est rue des Tilleuls en fait", "c'est pas rue Pasteur, c'est chemin des Tanneurs". None where no such
/// part is said.
pub fn amended(said: &str, noted: &str, streets: &Streets) -> Option<String> {
    let meant = objection::meant(said);
    let new = Said::new(&meant);
    let old = Said::new(noted);
    let old_way = way(&old, streets);
    let old_number = old_way.as_ref().and_then(|found| house_number(&old, &found.words, &[]));
    let amended = match way(&new, streets).filter(|found| found.kind) {
        Some(found) if !opens(&new, &found) => volunteered(&meant, streets)?,
        // "Vers le gymnase." – "Chemin des Tanneurs."
        Some(found) if old_way.is_none() && !objection::corrects(said) => format!("{}, {noted}", whole(&new, &found)),
        Some(found) => {
            let address = whole(&new, &found);
            let numbered = house_number(&new, &found.words, &[]).is_some();
            // Only the street is denied: the number stays.
            let denied =
                objection::denied(said).filter(|denied| !numbered && way(&Said::new(denied), streets).is_some());
            match (denied, old_number) {
                (Some(denied), Some((number, _))) if numbers::numbers_in(&denied, false).is_empty() => {
                    format!("{number}, {address}")
                }
                _ => address,
            }
        }
        None => {
            let (number, old_way) = (number_alone(&new)?, old_way?);
            let (place, written) = match &old_number {
                Some((_, words)) => (words.clone(), number),
                // "24, rue Pasteur", but "devant l'école, 24 rue Pasteur".
                None if old_way.words.start == 0 => (0..0, format!("{number}, ")),
                None => (old_way.words.start..old_way.words.start, format!("{number} ")),
            };
            let start = old.spans[place.start].as_ref()?.start;
            let end = match place.is_empty() {
                true => start,
                false => old.spans[place.end - 1].as_ref()?.end,
            };
            [&noted[..start], &written, &noted[end..]].concat()
        }
    };
    (amended != noted).then_some(amended)
}

/// Whether a way is all that is spoken of: no more than a number and little words precede it.
fn opens(said: &Said, way: &Found) -> bool {
    const LITTLE: [&str; 12] = [
        "c", "est", "au", "a", "le", "la", "l", "dans", "sur", "en", "numero", "adresse",
    ];
    const NO_STREETS: [&str; 7] = ["cours", "mail", "cote", "lieu", "voie", "rond", "place"];
    let found = said.numbers();
    let of_number = |at: usize| {
        found
            .iter()
            .any(|number| (number.words.0..number.words.1).contains(&at))
    };
    let way_word = said.word(way.words.start);
    let leads = (0..way.words.start).all(|at| said.is(at, &LITTLE) || said.is(at, &REPEATS) || of_number(at));
    leads && !NO_STREETS.contains(&way_word)
}

/// What tells where on a way something is (folded).
const DETAILS: [&str; 23] = [
    "devant",
    "derriere",
    "en face",
    "juste",
    "au niveau",
    "a cote",
    "du cote",
    "a hauteur",
    "a la hauteur",
    "pres",
    "vers",
    "au croisement",
    "au carrefour",
    "au coin",
    "au bout",
    "au milieu",
    "au debut",
    "a la fin",
    "a l angle",
    "a l entree",
    "a l intersection",
    "entre",
    "sous",
];
/// Where that ends (folded).
const DETAIL_ENDS: [&str; 17] = [
    "il", "elle", "ca", "c", "je", "j", "on", "y", "depuis", "qui", "mais", "ne", "n", "s", "est", "merci", "parce",
];
/// More words than this tell a story.
const LONGEST_DETAIL: usize = 8;

impl Said<'_> {
    /// The words from `at` on that tell where on a way something is: "devant le numéro 6", "au croisement".
    fn detail(&self, at: usize) -> Option<Range<usize>> {
        let folded: Vec<&str> = self.words.iter().map(|word| word.folded.as_str()).collect();
        let rest = folded.get(at..)?;
        DETAILS.iter().find(|lead| normalise::begins(rest, lead))?;
        let two = self.is(at, &["entre"]);
        let of_caller =
            |word: usize| self.is(word, &["mon"]) && self.is(word + 1, &["numero", "nom", "telephone", "portable"]);
        let ends = |word: &usize| {
            self.breaks(*word) || self.is(*word, &DETAIL_ENDS) || !two && self.is(*word, &["et"]) || of_caller(*word)
        };
        let end = (at + 1..folded.len()).find(ends).unwrap_or(folded.len());
        (end - at <= LONGEST_DETAIL).then_some(at..end)
    }

    /// As these words were written.
    fn text_of(&self, words: Range<usize>) -> Option<&str> {
        let (first, last) = (
            self.spans.get(words.start)?.as_ref()?,
            self.spans.get(words.end - 1)?.as_ref()?,
        );
        self.text.get(first.start..last.end)
    }
}

/// The place that was noted as `noted` with what is `said` of where on it: "oui, devant le numéro 6", "c'est au niveau du
/// gymnase". None where more is said, or another place.
pub fn detailed(said: &str, noted: &str, streets: &Streets) -> Option<String> {
    let meant = objection::meant(said);
    let new = Said::new(&meant);
    let words = new.detail(0).filter(|words| words.len() == new.words.len())?;
    let detail = new.text_of(words)?;
    let old = Said::new(noted);
    let is_numbered = way(&old, streets).is_some_and(|found| house_number(&old, &found.words, &[]).is_some());
    let other_number = is_numbered && !new.numbers().is_empty();
    let is_known = normalise::contains(
        &normalise::folded_words(noted),
        &normalise::folded_words(detail).join(" "),
    );
    let is_other = way(&new, streets).is_some_and(|found| found.kind);
    let adds = !is_known && !is_other && !other_number && !is_nowhere(said) && !is_nowhere(detail);
    let (first, rest) = detail.split_at(detail.chars().next()?.len_utf8());
    adds.then(|| format!("{noted}, {}{rest}", first.to_lowercase()))
}

/// A place that nobody asked for: [`volunteered`], and what is said after it of where on it: "avenue du Vercors, au
/// croisement".
pub fn volunteered_place(text: &str, streets: &Streets) -> Option<String> {
    let address = volunteered(text, streets)?;
    let said = Said::new(text);
    let found = way(&said, streets).filter(|_| corner(text, streets).is_none());
    let detail = found.and_then(|found| {
        let words = said.detail(found.words.end)?;
        let number = house_number(&said, &found.words, &[]);
        let holds_number = number.is_some_and(|(_, number)| words.contains(&number.start));
        let detail = with_streets(said.text_of(words)?, streets);
        let kept = if holds_number { &found.name } else { &address };
        (!is_nowhere(&detail)).then(|| format!("{kept}, {detail}"))
    });
    Some(detail.unwrap_or(address))
}

/// The place in what puts itself right: "au 12, non, au 14 rue des Lavandières", "12 rue Pasteur, pardon, au 14". None where
/// both may be meant.
pub fn repaired(before: &str, after: &str, streets: &Streets) -> Option<String> {
    let [old, new] = [before, after].map(Said::new);
    let [old_way, new_way] = [&old, &new].map(|said| way(said, streets));
    let number = |said: &Said, way: &Option<Found>| {
        way.as_ref()
            .is_some_and(|way| house_number(said, &way.words, &[]).is_some())
    };
    let is_same = match (&old_way, &new_way) {
        (Some(old), Some(new)) => old.name == new.name,
        (old, _) => old.is_none() && !numbers::numbers_in(before, false).is_empty(),
    };
    match &new_way {
        Some(_) => (is_same && number(&new, &new_way))
            .then(|| place(after, streets))
            .flatten(),
        None => {
            number_alone(&new).filter(|_| number(&old, &old_way))?;
            amended(after, &place(before, streets)?, streets)
        }
    }
}

/// "Au 24", "le numéro c'est le 24 bis", and no more.
fn number_alone(said: &Said) -> Option<String> {
    const LITTLE: [&str; 8] = ["c", "est", "au", "le", "numero", "plutot", "rue", "dans"];
    let found = said.numbers();
    let [number] = &found[..] else { return None };
    let is_led = number.words.0 > 0 && said.is(number.words.0 - 1, &["au", "numero", "le"]);
    let repeat = said.is(number.words.1, &["bis", "ter", "quater"]);
    let end = number.words.1 + usize::from(repeat);
    let only = (0..number.words.0).all(|at| said.is(at, &LITTLE)) && end == said.words.len();
    let fits = number.digits.len() <= 4 && !number.digits.starts_with('0');
    let written = match repeat {
        true => format!("{} {}", number.digits, said.word(number.words.1)),
        false => number.digits.clone(),
    };
    (is_led && only && fits).then_some(written)
}

/// "Ferme des Blaches, 12, route de Crest, bâtiment B, 26400 Crest".
fn whole(said: &Said, way: &Found) -> String {
    let postcode = said.postcode(way.words.end);
    let end = postcode.as_ref().map_or(said.words.len(), |(_, words)| words.start);
    let postcode = postcode.or_else(|| said.postcode(0).filter(|(_, words)| words.end <= way.words.start));
    let after = said.parts(way.words.end..end);
    let mut before = said.parts(0..way.words.start);
    let all: Vec<&Range<usize>> = before.iter().chain(&after).map(|(_, words)| words).collect();
    let number = house_number(said, &way.words, &all);
    // What precedes belongs to the address where no more than a little word stands between.
    let mut next = match &number {
        Some((_, words)) if words.start < way.words.start => words.start,
        _ => way.words.start,
    };
    let adjoining = before.iter().rev().take_while(|(_, words)| {
        let adjoins = words.end <= next && (words.end..next).all(|at| said.is(at, COMMON) || said.word(at) == "euh");
        next = words.start;
        adjoins
    });
    let kept = adjoining.count();
    before.drain(..before.len() - kept);
    let town = town(said, way.words.end, &after, postcode);
    let name = |(part, _): (String, Range<usize>)| part;
    let pieces = before.into_iter().map(name).chain(number.map(|(number, _)| number));
    let pieces = pieces.chain([way.name.clone()]).chain(after.into_iter().map(name));
    pieces.chain(town).collect::<Vec<_>>().join(", ")
}

/// The address in a sentence that nobody asked for one in: a street of the town, or a house number before a way.
pub fn volunteered(text: &str, streets: &Streets) -> Option<String> {
    if let Some(corner) = corner(text, streets) {
        return Some(corner);
    }
    let said = Said::new(text);
    let found = way(&said, streets).filter(|found| found.kind)?;
    let known = streets.0.iter().any(|street| street.name == found.name);
    let parts: Vec<(String, Range<usize>)> = said.parts(0..found.words.start);
    let parts: Vec<&Range<usize>> = parts.iter().map(|(_, words)| words).collect();
    let numbered = house_number(&said, &found.words, &parts).is_some();
    (known || numbered).then(|| whole(&said, &found))
}

/// `text` with the streets of the town as they are written: what a place is told by is kept, "rue des l'avant hier" is not.
pub fn with_streets(text: &str, streets: &Streets) -> String {
    let said = Said::new(text);
    let found = (!streets.is_empty()).then(|| way(&said, streets)).flatten();
    let known = found.filter(|found| streets.0.iter().any(|street| street.name == found.name));
    let sides = known.and_then(|found| Some((around(&said, &found)?, found.name)));
    match sides {
        // What follows may be the other street of a corner.
        Some(([before, after], name)) => [before, &name, &with_streets(after, streets)].concat(),
        None => text.to_owned(),
    }
}

/// `text` without the way in it: "mardi, au 12 rue du 8 mai" is a Tuesday.
pub fn without_way(text: &str, streets: &Streets) -> String {
    let said = Said::new(text);
    let sides = way(&said, streets).and_then(|found| around(&said, &found));
    sides.map_or_else(|| text.to_owned(), |sides| sides.concat())
}

/// What is written before a way and after it; none where its words cannot be found again.
fn around<'t>(said: &Said<'t>, way: &Found) -> Option<[&'t str; 2]> {
    let first = said.spans[way.words.start].as_ref()?;
    let last = said.spans[way.words.end - 1].as_ref()?;
    Some([&said.text[..first.start], &said.text[last.end..]])
}

/// "Au 12 bis, rue …", "rue …, au numéro 12", with its words; the number of one of the `parts` is none.
fn house_number(said: &Said, way: &Range<usize>, parts: &[&Range<usize>]) -> Option<(String, Range<usize>)> {
    let found = said.numbers();
    let repeat = |at: usize| {
        said.words
            .get(at)
            .filter(|word| REPEATS.contains(&word.folded.as_str()))
    };
    let whole = |number: &Number| {
        let first = said.word(number.words.0);
        // "Une rue", "la première rue" are no number one.
        let figure = first.bytes().all(|b| b.is_ascii_digit());
        let one = matches!(first, "une" | "un" | "premier") && number.words.1 - number.words.0 == 1;
        let fits =
            number.digits.len() <= 4 && (figure || !one || number.words.0 > 0 && said.word(number.words.0 - 1) == "au");
        let digits = number.digits.trim_start_matches('0');
        (fits && !digits.is_empty()).then(|| digits.to_owned())
    };
    let before = |number: &Number| {
        let end = number.words.1 + usize::from(repeat(number.words.1).is_some() && number.words.1 < way.start);
        // "Au 12, euh, de la rue": at most two words between.
        number.words.1 <= way.start && way.start - end.min(way.start) <= 2
    };
    let after = |number: &Number| {
        number.words.0 >= way.end
            && number.words.0 - way.end <= 3
            && number.words.0 > 0
            && (said.is(number.words.0 - 1, &["numero", "au", "le", "du"])
                // "Rue des Lavandières 14", and no more.
                || number.words.0 == way.end && number.words.1 == said.words.len() && !said.breaks(way.end))
    };
    let of_part = |number: &Number| parts.iter().any(|part| part.contains(&number.words.0));
    let sound = || {
        found
            .iter()
            .filter(|number| whole(number).is_some() && !of_part(number))
    };
    let number = sound()
        .rfind(|number| before(number))
        .or_else(|| sound().find(|number| after(number)))?;
    let digits = whole(number)?;
    let repeat = repeat(number.words.1).filter(|word| match word.folded.as_str() {
        "a" if number.words.1 >= way.end => word.surface != "à",
        "a" => word.surface == "A",
        _ => number.words.1 >= way.end || number.words.1 < way.start,
    });
    let end = number.words.1 + usize::from(repeat.is_some());
    let written = match repeat {
        Some(repeat) => format!("{digits} {}", repeat.folded),
        None => digits,
    };
    Some((written, number.words.0..end))
}

/// "À Crest", after the way or what tells where on it: recognition writes towns with a capital. Or what follows a postcode.
fn town(
    said: &Said,
    from: usize,
    parts: &[(String, Range<usize>)],
    postcode: Option<(String, Range<usize>)>,
) -> Option<String> {
    if let Some((code, words)) = postcode {
        let name = (!said.is(words.end, ENDS))
            .then(|| town_name(said, words.end))
            .flatten();
        return Some(name.map_or(code.clone(), |name| format!("{code} {name}")));
    }
    let places = std::iter::once(from).chain(parts.iter().map(|(_, words)| words.end));
    let mut named = places.filter(|at| said.word(*at) == "a" && said.has_capital(at + 1));
    named.next_back().and_then(|at| town_name(said, at + 1))
}

/// "Saint-Paul-Trois-Châteaux" is four words.
fn town_name(said: &Said, at: usize) -> Option<String> {
    let goes_on = |word: &usize| match said.gap(*word) {
        "-" | "'" | "’" => true,
        " " => {
            said.has_capital(*word) || said.is(*word, &["sur", "sous", "les", "la", "le"]) && said.has_capital(word + 1)
        }
        _ => false,
    };
    let end = (at + 1..said.words.len())
        .find(|word| !goes_on(word))
        .unwrap_or(said.words.len());
    let (first, last) = (said.spans.get(at)?.as_ref()?, said.spans.get(end - 1)?.as_ref()?);
    Some(said.text[first.start..last.end].to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn town_streets() -> Streets {
        Streets::new([
            "rue des Lavandières",
            "avenue du Vercors",
            "place de la Fontaine",
            "chemin des Tanneurs",
            "rue du 8-Mai-1945",
            "rue Jean-Jaurès",
            "rue de la République",
            "Les Amandiers",
        ])
    }

    #[test]
    fn what_is_said_of_where_on_a_way_is_added() {
        let streets = town_streets();
        for (said, noted, expected) in [
            (
                "oui devant le numéro 6",
                "rue des Lavandières",
                "rue des Lavandières, devant le numéro 6",
            ),
            (
                "C'est au niveau du gymnase.",
                "chemin des Tanneurs",
                "chemin des Tanneurs, au niveau du gymnase",
            ),
            (
                "devant le 3",
                "place de la Fontaine",
                "place de la Fontaine, devant le 3",
            ),
            (
                "entre la poste et l'école",
                "avenue du Vercors",
                "avenue du Vercors, entre la poste et l'école",
            ),
            ("devant chez moi", "rue des Lavandières", ""),
            ("devant le 6", "12, rue des Lavandières", ""),
            ("devant le 6 avenue du Vercors", "rue des Lavandières", ""),
            ("oui c'est dangereux", "rue des Lavandières", ""),
            ("devant la poste il y a un trou", "rue des Lavandières", ""),
            ("au croisement", "avenue du Vercors, au croisement", ""),
            ("le matin", "rue des Lavandières", ""),
        ] {
            assert_eq!(
                detailed(said, noted, &streets).unwrap_or_default(),
                expected,
                "{noted}: {said}"
            );
        }
        for (said, expected) in [
            ("avenue du vercors au croisement", "avenue du Vercors, au croisement"),
            (
                "il y a un trou avenue du Vercors devant la boulangerie depuis mardi",
                "avenue du Vercors, devant la boulangerie",
            ),
            (
                "un trou avenue du vercors à côté du numéro 70",
                "avenue du Vercors, à côté du numéro 70",
            ),
            (
                "un trou devant le 12 rue des lavandières il est énorme",
                "12, rue des Lavandières",
            ),
        ] {
            assert_eq!(
                volunteered_place(said, &streets).unwrap_or_default(),
                expected,
                "{said}"
            );
        }
    }

    #[test]
    fn a_place_is_put_right_as_it_is_said() {
        let streets = town_streets();
        for (before, after, expected) in [
            ("au 12", "au 14 rue des lavandières", "au 14 rue des Lavandières"),
            (
                "12 rue des lavandières",
                "14 rue des lavandières",
                "14 rue des Lavandières",
            ),
            ("12 rue des lavandières", "au 14", "14 rue des Lavandières"),
            ("au bout de la rue des Lavandières", "14 avenue du Vercors", ""),
            ("rue des Lavandières", "loin de la gare", ""),
        ] {
            assert_eq!(
                repaired(before, after, &streets).unwrap_or_default(),
                expected,
                "{before} / {after}"
            );
        }
        for (said, noted, expected) in [
            ("c'est le 41", "rue des Lavandières 14", "rue des Lavandières 41"),
            (
                "chemin des tanneurs",
                "vers le gymnase",
                "chemin des Tanneurs, vers le gymnase",
            ),
            ("non, chemin des tanneurs", "vers le gymnase", "chemin des Tanneurs"),
        ] {
            assert_eq!(
                amended(said, noted, &streets).unwrap_or_default(),
                expected,
                "{noted}: {said}"
            );
        }
        for (said, expected) in [
            ("l'impasse des Mimosas je vous dis", "l'impasse des Mimosas"),
            ("j'habite au 3 rue des lavandières", "au 3 rue des Lavandières"),
            ("je sais pas trop vers le gymnase", "vers le gymnase"),
            ("dans la rue", ""),
            ("rue", ""),
            ("rue de la Poste", "rue de la Poste"),
            ("sur la place", "sur la place"),
        ] {
            assert_eq!(place(said, &streets).unwrap_or_default(), expected, "{said}");
        }
    }

    #[test]
    fn addresses() {
        let streets = town_streets();
        for (said, expected) in [
            ("Au 12, rue des Lavandières.", Some("12, rue des Lavandières")),
            (
                "J'habite au douze, rue des lavandières, à Valbourg.",
                Some("12, rue des Lavandières, Valbourg"),
            ),
            (
                "C'est au vingt-sept bis, avenue du Vercors.",
                Some("27 bis, avenue du Vercors"),
            ),
            ("12 ter rue Jean Jaurès", Some("12 ter, rue Jean-Jaurès")),
            (
                "Un lampadaire clignote, avenue du Vercors, au numéro 43.",
                Some("43, avenue du Vercors"),
            ),
            (
                "place de la fontaine, juste en face de la mairie",
                Some("place de la Fontaine"),
            ),
            ("Chemin des tanneurs", Some("chemin des Tanneurs")),
            ("chemin des tanners", Some("chemin des Tanneurs")),
            ("rue de l'avandière", Some("rue des Lavandières")),
            ("devant le 12, rue de l'avant-dière.", Some("12, rue des Lavandières")),
            ("3 rue du 8 mai 1945", Some("3, rue du 8-Mai-1945")),
            ("Au 5, les Amandiers", Some("5, Les Amandiers")),
            // Not of this town: as it was heard.
            (
                "au 4 impasse du Moulin, à Saint-Marcel-lès-Valence.",
                Some("4, impasse du Moulin, Saint-Marcel-lès-Valence"),
            ),
            // Named by a date or a number.
            ("12 rue du 8 mai 1945", Some("12, rue du 8-Mai-1945")),
            (
                "rue du huit mai mille neuf cent quarante-cinq, numéro 6",
                Some("6, rue du 8-Mai-1945"),
            ),
            ("rue du huit mai, au numéro 6", Some("6, rue du 8-Mai-1945")),
            ("6 rue du 11 novembre", Some("6, rue du 11 novembre")),
            ("23 rue du 19 mars 1962", Some("23, rue du 19 mars 1962")),
            (
                "vingt-trois rue du dix-neuf mars mille neuf cent soixante-deux",
                Some("23, rue du 19 mars 1962"),
            ),
            ("5 place du 14 juillet", Some("5, place du 14 juillet")),
            ("9 rue du 4 septembre", Some("9, rue du 4 septembre")),
            ("4 rue du premier mai", Some("4, rue du 1er mai")),
            ("31 rue des 4 Vents", Some("31, rue des 4 Vents")),
            // Where on it.
            (
                "2 allée Marcel Pagnol, bâtiment A",
                Some("2, allée Marcel Pagnol, bâtiment A"),
            ),
            (
                "6 cours Aristide Briand, appartement deux cent trois",
                Some("6, cours Aristide Briand, appartement 203"),
            ),
            (
                "lotissement les Cigales, villa 9",
                Some("lotissement les Cigales, villa 9"),
            ),
            (
                "trois chemin des tanneurs, deuxième étage",
                Some("3, chemin des Tanneurs, deuxième étage"),
            ),
            (
                "ferme des Blaches, route de Crest",
                Some("ferme des Blaches, route de Crest"),
            ),
            (
                "quartier des Amandiers, maison 3",
                Some("quartier des Amandiers, maison 3"),
            ),
            (
                "Résidence Les Amandiers, bâtiment B, appartement 14",
                Some("résidence les Amandiers, bâtiment B, appartement 14"),
            ),
            (
                "appartement 14, résidence les Pins, 8 rue de la Maison Blanche",
                Some("appartement 14, résidence les Pins, 8, rue de la Maison Blanche"),
            ),
            (
                "place de la Fontaine, en face de la résidence des Pins",
                Some("place de la Fontaine"),
            ),
            (
                "12, impasse du Moulin, 2e étage",
                Some("12, impasse du Moulin, 2e étage"),
            ),
            ("12, impasse du Moulin, il y a un étage", Some("12, impasse du Moulin")),
            // Another town.
            (
                "12 rue des Lavandières, 26400 Crest",
                Some("12, rue des Lavandières, 26400 Crest"),
            ),
            (
                "douze impasse du Moulin vingt-six mille quatre cents Valbourg",
                Some("12, impasse du Moulin, 26400 Valbourg"),
            ),
            (
                "12 rue des Lavandières, bâtiment B, à Crest",
                Some("12, rue des Lavandières, bâtiment B, Crest"),
            ),
            // A kind of way is a part of the name.
            ("45 grande rue", Some("45, grande rue")),
            ("quarante-cinq Grande Rue", Some("45, Grande Rue")),
            ("c'est dans une grande rue", None),
            ("12 rue Vieille Porte", Some("12, rue Vieille Porte")),
            ("Dans une rue derrière la gare", None),
            ("Devant chez moi", None),
            ("Je ne sais pas", None),
            ("", None),
        ] {
            assert_eq!(address(said, &streets).as_deref(), expected, "{said}");
        }
        // A name that is known without its kind is not that of another kind.
        let streets = Streets::new(["quartier des Amandiers"]);
        for (said, expected) in [
            (
                "Résidence Les Amandiers, bâtiment B",
                "résidence les Amandiers, bâtiment B",
            ),
            ("aux Amandiers, maison 3", "quartier des Amandiers, maison 3"),
        ] {
            assert_eq!(address(said, &streets).as_deref(), Some(expected));
        }
        assert_eq!(
            address("12, rue de la Gare", &Streets::default()).as_deref(),
            Some("12, rue de la Gare")
        );
    }

    #[test]
    fn a_place_keeps_its_words() {
        let streets = town_streets();
        for (said, written) in [
            (
                "Devant l'école, rue de l'avandière, en face du 12.",
                "Devant l'école, rue des Lavandières, en face du 12.",
            ),
            ("Derrière la gare.", "Derrière la gare."),
            ("Impasse du Moulin.", "Impasse du Moulin."),
        ] {
            assert_eq!(with_streets(said, &streets), written);
        }
    }

    #[test]
    fn a_place_is_kept_without_what_leads_to_it() {
        let streets = town_streets();
        for (said, kept) in [
            (
                "voilà c'est le 17 rue de la république",
                Some("17 rue de la République"),
            ),
            ("Alors c'est devant l'école.", Some("devant l'école.")),
            (
                "Euh, c'est au 12, rue des lavandières",
                Some("au 12, rue des Lavandières"),
            ),
            (
                "à l'angle de la rue des Lavandières et de l'avenue du Vercors",
                Some("à l'angle de la rue des Lavandières et de l'avenue du Vercors"),
            ),
            (
                "à l'angle de la rue de l'avandière et de l'avenue du vercors",
                Some("à l'angle de la rue des Lavandières et de l'avenue du Vercors"),
            ),
            (
                "devant chez moi, au 12 rue Pasteur",
                Some("devant chez moi, au 12 rue Pasteur"),
            ),
            ("La gare.", Some("La gare.")),
            ("Voilà la place de la fontaine", Some("la place de la Fontaine")),
            ("devant la boulangerie", Some("devant la boulangerie")),
            (
                "à côté de la maison de retraite",
                Some("à côté de la maison de retraite"),
            ),
            ("Au bout de la rue du lavoir.", Some("Au bout de la rue du lavoir.")),
            ("devant chez moi", None),
            ("C'est juste devant chez nous.", None),
            ("dans ma rue", None),
            ("En bas de chez moi.", None),
            ("Ben là, devant ma porte.", None),
            ("Ici.", None),
        ] {
            assert_eq!(place(said, &streets).as_deref(), kept, "{said}");
        }
        for (said, kept) in [
            (
                "à l'angle de la rue des Lavandières et de l'avenue du Vercors",
                Some("angle rue des Lavandières et avenue du Vercors"),
            ),
            (
                "au coin de la rue Pasteur et du chemin des tanneurs",
                Some("angle rue Pasteur et chemin des Tanneurs"),
            ),
            ("12 rue des Lavandières, au coin", Some("12, rue des Lavandières")),
        ] {
            assert_eq!(address(said, &streets).as_deref(), kept, "{said}");
        }
    }

    #[test]
    fn a_part_of_an_address_is_said_anew() {
        let streets = town_streets();
        for (noted, said, amended_to) in [
            (
                "42, rue des Lavandières",
                "c'est au 24",
                Some("24, rue des Lavandières"),
            ),
            (
                "42, rue des Lavandières",
                "non, au 24 bis",
                Some("24 bis, rue des Lavandières"),
            ),
            ("rue des Lavandières", "au 5", Some("5, rue des Lavandières")),
            (
                "rue des Lavandières",
                "c'est au numéro 22",
                Some("22, rue des Lavandières"),
            ),
            (
                "devant le 42 rue des Lavandières",
                "c'est au 24",
                Some("devant le 24 rue des Lavandières"),
            ),
            (
                "Derrière l'école, rue des Lavandières",
                "au 5",
                Some("Derrière l'école, 5 rue des Lavandières"),
            ),
            (
                "42, rue des Lavandières",
                "c'est rue des Tilleuls en fait",
                Some("rue des Tilleuls"),
            ),
            (
                "42, rue des Lavandières",
                "12 rue des Tilleuls",
                Some("12, rue des Tilleuls"),
            ),
            (
                "42, rue des Lavandières",
                "c'est pas rue des lavandières c'est chemin des tanneurs",
                Some("42, chemin des Tanneurs"),
            ),
            (
                "rue des Lavandières",
                "c'est pas rue des lavandières c'est chemin des tanneurs",
                Some("chemin des Tanneurs"),
            ),
            ("42, rue des Lavandières", "non c'est pas ça", None),
            ("42, rue des Lavandières", "c'est au 42", None),
            ("42, rue des Lavandières", "c'est le 06 12 34 56 78", None),
            ("42, rue des Lavandières", "au 24 décembre", None),
            ("42, rue des Lavandières", "à 15 heures", None),
            ("42, rue des Lavandières", "c'est en face du 24", None),
            ("42, rue des Lavandières", "c'est pour le cours de danse", None),
            (
                "42, rue des Lavandières",
                "c'est pour une grande place de parking",
                None,
            ),
            ("Derrière la gare", "c'est au 24", None),
        ] {
            assert_eq!(amended(said, noted, &streets).as_deref(), amended_to, "{noted}: {said}");
        }
    }
}
