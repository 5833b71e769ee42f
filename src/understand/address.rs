//! Postal addresses and places in the town: "au douze bis, rue des Lavandières".

use super::normalise::{self, Word};
use super::{numbers, phonetic};

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
/// Little words that tell no street from another.
const COMMON: &[&str] = &["le", "la", "les", "l", "de", "du", "des", "d", "et", "a", "au", "aux"];
/// What may follow a house number.
const REPEATS: [&str; 5] = ["bis", "ter", "quater", "a", "b"];
/// Where a street's name ends.
const ENDS: &[&str] = &[
    "a", "au", "devant", "derriere", "pres", "en", "juste", "depuis", "est", "il", "elle", "ca", "c", "je", "j", "on",
    "numero", "mais", "et", "vers", "qui", "s", "ne", "n",
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
            (!key.is_empty() && known.insert(words.join(" "))).then(|| Street {
                name: name.trim().to_owned(),
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
            let heard = |length: usize| {
                (
                    phonetic::distance(&key(&folded[skip..skip + length]), &street.key),
                    skip + length,
                )
            };
            lengths.map(heard).min_by(|a, b| a.0.total_cmp(&b.0))
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

/// A way that is spoken of: its name, and the words that say it.
struct Found {
    name: String,
    words: std::ops::Range<usize>,
}

/// The first way in `words`: one that the town has, as it is written there, or any, as it was heard.
fn way(words: &[Word], streets: &Streets) -> Option<Found> {
    let known = (0..words.len()).find_map(|at| {
        let (street, length) = streets.at(&words[at..])?;
        Some(Found {
            name: street.name.clone(),
            words: at..at + length,
        })
    });
    known.or_else(|| {
        let at = words.iter().position(|word| WAYS.contains(&word.folded.as_str()))?;
        let length = name_length(&words[at + 1..]);
        (length > 0).then(|| Found {
            name: written(&words[at..at + 1 + length]),
            words: at..at + 1 + length,
        })
    })
}

/// How many words belong to the name of a way that is not known.
fn name_length(words: &[Word]) -> usize {
    let ends = |word: &Word| ENDS.contains(&word.folded.as_str()) || word.folded.bytes().all(|b| b.is_ascii_digit());
    // "Rue à la Croix" begins with one of them; no other does.
    let length = words.iter().skip(1).position(ends).map_or(words.len(), |at| at + 1);
    let first = words
        .first()
        .is_some_and(|word| ENDS.contains(&word.folded.as_str()) && word.folded != "a");
    if first { 0 } else { length.min(LONGEST) }
}

/// The words as an address has them: elided ones joined, the way in small letters.
fn written(words: &[Word]) -> String {
    let mut out = String::new();
    for (i, word) in words.iter().enumerate() {
        let little = i == 0 || COMMON.contains(&word.folded.as_str());
        out.push_str(&if little {
            word.surface.to_lowercase()
        } else {
            word.surface.clone()
        });
        let elided = matches!(word.folded.as_str(), "l" | "d");
        if i + 1 < words.len() {
            out.push(if elided { '\'' } else { ' ' });
        }
    }
    out
}

/// The address in `text`: a way, with its number if one was said, and the town where another is named.
pub fn address(text: &str, streets: &Streets) -> Option<String> {
    let words = normalise::words(text);
    let found = way(&words, streets)?;
    let number = house_number(&words, &found.words);
    let town = town(text, &words[found.words.end..]);
    let address = match number {
        Some(number) => format!("{number}, {}", found.name),
        None => found.name,
    };
    Some(match town {
        Some(town) => format!("{address}, {town}"),
        None => address,
    })
}

/// The address in a sentence that nobody asked for one in: a street of the town, or a house number before a way.
pub fn volunteered(text: &str, streets: &Streets) -> Option<String> {
    let words = normalise::words(text);
    let found = way(&words, streets)?;
    let begins = WAYS.contains(&words[found.words.start].folded.as_str());
    let known = streets.0.iter().any(|street| street.name == found.name);
    let number = house_number(&words, &found.words).is_some();
    let place = address(text, streets);
    place.filter(|_| begins && (known || number))
}

/// `text` with the streets of the town as they are written: what a place is told by is kept, "rue des l'avant hier" is not.
pub fn with_streets(text: &str, streets: &Streets) -> String {
    let words = normalise::words(text);
    let Some(found) = (!streets.is_empty()).then(|| way(&words, streets)).flatten() else {
        return text.to_owned();
    };
    let known = streets.0.iter().any(|street| street.name == found.name);
    let spans = spans(text, &words);
    match (known, spans.get(found.words.start), spans.get(found.words.end - 1)) {
        (true, Some(first), Some(last)) => [&text[..first.start], &found.name, &text[last.end..]].concat(),
        _ => text.to_owned(),
    }
}

/// Where each word stands in `text`; fewer than there are words where they cannot be found again.
fn spans(text: &str, words: &[Word]) -> Vec<std::ops::Range<usize>> {
    let mut from = 0;
    words
        .iter()
        .map_while(|word| {
            let at = from + text.get(from..)?.find(word.surface.as_str())?;
            from = at + word.surface.len();
            Some(at..from)
        })
        .collect()
}

/// "Au 12 bis, rue …", "rue …, au numéro 12".
fn house_number(words: &[Word], way: &std::ops::Range<usize>) -> Option<String> {
    let folded: Vec<String> = words.iter().map(|word| word.folded.clone()).collect();
    let found = numbers::numbers(&folded, false);
    let repeat = |at: usize| folded.get(at).filter(|word| REPEATS.contains(&word.as_str()));
    let whole = |number: &numbers::Number| {
        // "Une rue", "la première rue" are no number one.
        let figure = folded[number.words.0].bytes().all(|b| b.is_ascii_digit());
        let one =
            matches!(folded[number.words.0].as_str(), "une" | "un" | "premier") && number.words.1 - number.words.0 == 1;
        let fits =
            number.digits.len() <= 4 && (figure || !one || number.words.0 > 0 && folded[number.words.0 - 1] == "au");
        let digits = number.digits.trim_start_matches('0');
        (fits && !digits.is_empty()).then(|| digits.to_owned())
    };
    let before = |number: &numbers::Number| {
        let end = number.words.1 + usize::from(repeat(number.words.1).is_some() && number.words.1 < way.start);
        // "Au 12, euh, de la rue": at most two words between.
        number.words.1 <= way.start && way.start - end.min(way.start) <= 2
    };
    let after = |number: &numbers::Number| {
        number.words.0 >= way.end
            && number.words.0 - way.end <= 3
            && number.words.0 > 0
            && matches!(folded[number.words.0 - 1].as_str(), "numero" | "au" | "le" | "du")
    };
    let sound = || found.iter().filter(|number| whole(number).is_some());
    let number = sound()
        .rfind(|number| before(number))
        .or_else(|| sound().find(|number| after(number)))?;
    let digits = whole(number)?;
    let repeat =
        repeat(number.words.1).filter(|word| number.words.1 >= way.end || number.words.1 < way.start && *word != "a");
    Some(match repeat {
        Some(repeat) => format!("{digits} {repeat}"),
        None => digits,
    })
}

/// "À Crest", after the way: recognition writes towns with a capital.
fn town(text: &str, words: &[Word]) -> Option<String> {
    let [a, name, ..] = words else { return None };
    let capital = name.surface.chars().next().is_some_and(char::is_uppercase);
    (a.folded == "a" && capital).then(|| {
        // "Saint-Paul-Trois-Châteaux" is four words.
        let end = text.find(name.surface.as_str()).map(|at| &text[at..]);
        let whole = end.and_then(|rest| rest.split(|c: char| c.is_whitespace() || matches!(c, ',' | '.')).next());
        whole.unwrap_or(&name.surface).to_owned()
    })
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
            ("Dans une rue derrière la gare", None),
            ("Devant chez moi", None),
            ("Je ne sais pas", None),
            ("", None),
        ] {
            assert_eq!(address(said, &streets).as_deref(), expected, "{said}");
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
}
