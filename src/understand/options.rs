//! One of several things that a question offers: "un trou", "plutôt le trottoir", "le deuxième".

use std::cmp::Ordering;

use super::{normalise, numbers, phonetic};

/// How far a heard word may be from the one of an option (see [`phonetic::distance`]).
const NEAR: f32 = 0.25;
/// Share of an option's telling words that must be heard.
const ENOUGH: f32 = 0.6;
/// Sounds of a word that may be misheard and yet be told from others.
const TELLING: usize = 4;
/// Words that no option is told by.
const COMMON: &[&str] = &[
    "le", "la", "les", "l", "un", "une", "des", "du", "de", "d", "au", "aux", "a", "et", "ou", "en", "mon", "ma",
    "mes", "son", "sa", "ses", "pour", "sur", "dans",
];
/// Places in a list, from its start.
const PLACES: [&str; 6] = ["premier", "deuxieme", "troisieme", "quatrieme", "cinquieme", "sixieme"];
/// Words that may stand with the number of an option.
const BEFORE_A_NUMBER: [&str; 6] = ["le", "la", "numero", "choix", "reponse", "option"];
/// More words than these tell a story.
const LONGEST: usize = 7;

/// What a question offers.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The name of each, and the keys of the telling words of each way to say it.
    options: Vec<(String, Vec<Vec<String>>)>,
}

impl Options {
    /// One text for each option: its name, and other ways to say it after commas.
    pub fn new<'t>(texts: impl IntoIterator<Item = &'t str>) -> Self {
        let option = |text: &str| {
            let name = text.split(',').next().unwrap_or(text).trim().to_owned();
            (
                name,
                text.split(',').map(telling).filter(|keys| !keys.is_empty()).collect(),
            )
        };
        Self {
            options: texts.into_iter().map(option).collect(),
        }
    }

    /// The name of the `n`th, from 1: a key of the telephone.
    pub fn nth(&self, n: usize) -> Option<&str> {
        self.options.get(n.checked_sub(1)?).map(|(name, _)| name.as_str())
    }

    /// The one that answers the question.
    pub fn chosen(&self, text: &str) -> Option<String> {
        self.mentioned(text).or_else(|| self.by_place(text))
    }

    /// The one that is spoken of; none where two are as likely.
    pub fn mentioned(&self, text: &str) -> Option<String> {
        self.best(text, |a, b| a.0.total_cmp(&b.0))
    }

    /// The one of which the most is said: of "l'adresse" and "l'adresse électronique" the second, where both words are.
    pub fn mentioned_most(&self, text: &str) -> Option<String> {
        self.best(text, |a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)))
    }

    /// The first in this order of the share of its words that is said, and how many these are.
    fn best(&self, text: &str, order: impl Fn(&(f32, usize), &(f32, usize)) -> Ordering) -> Option<String> {
        let heard = telling(text);
        let share = |keys: &Vec<String>| {
            let found = keys.iter().filter(|key| heard.iter().any(|k| same(k, key))).count();
            (found as f32 / keys.len() as f32, found)
        };
        let best = |ways: &Vec<Vec<String>>| ways.iter().map(share).max_by(&order).unwrap_or_default();
        let mut ranked: Vec<((f32, usize), &str)> = self
            .options
            .iter()
            .map(|(name, ways)| (best(ways), name.as_str()))
            .collect();
        ranked.sort_by(|a, b| order(&b.0, &a.0));
        let (share, name) = *ranked.first()?;
        let is_next = ranked.get(1).is_some_and(|(next, _)| order(next, &share).is_eq());
        (share.0 >= ENOUGH && !is_next).then(|| name.to_owned())
    }

    /// "Le deuxième", "le dernier", "numéro trois", "deux".
    fn by_place(&self, text: &str) -> Option<String> {
        let words = normalise::folded_words(text);
        if words.len() > LONGEST {
            return None;
        }
        let bare = |word: &str| word.trim_end_matches("ere").trim_end_matches("er").to_owned();
        let place = |word: &String| PLACES.iter().position(|place| bare(place) == bare(word));
        let place = words.iter().find_map(place).map(|place| place + 1);
        let last = words.iter().any(|w| w == "dernier" || w == "derniere");
        // "Un", "le numéro deux": a number and nothing else; "un chat" is no first one.
        let number = || {
            let found = numbers::numbers(&words, false);
            let rest = words.len()
                - found
                    .iter()
                    .map(|number| number.words.1 - number.words.0)
                    .sum::<usize>();
            let said = words
                .iter()
                .filter(|word| BEFORE_A_NUMBER.contains(&word.as_str()))
                .count();
            let only = found.first().filter(|_| found.len() == 1 && rest == said);
            only?.value().map(|n| n as usize)
        };
        let n = place.or(last.then_some(self.options.len())).or_else(number)?;
        self.nth(n).map(str::to_owned)
    }
}

/// The keys of the words of `text` that tell it from others.
fn telling(text: &str) -> Vec<String> {
    let words = normalise::folded_words(text);
    let telling = words.iter().filter(|word| !COMMON.contains(&word.as_str()));
    telling.map(|word| phonetic::key(word)).collect()
}

fn same(heard: &str, key: &str) -> bool {
    heard == key || (key.chars().count() >= TELLING && phonetic::distance(heard, key) <= NEAR)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_of_three() {
        let options = Options::new([
            "un trou dans la chaussée, un nid-de-poule",
            "un trottoir abîmé",
            "un panneau",
        ]);
        for (said, expected) in [
            ("C'est un nid de poule.", Some("un trou dans la chaussée")),
            ("Un trou, dans la chaussée.", Some("un trou dans la chaussée")),
            ("Le trottoir abimé.", Some("un trottoir abîmé")),
            ("C'est un panno.", Some("un panneau")),
            ("Le deuxième.", Some("un trottoir abîmé")),
            ("La première", Some("un trou dans la chaussée")),
            ("Le dernier.", Some("un panneau")),
            ("Numéro trois.", Some("un panneau")),
            ("2", Some("un trottoir abîmé")),
            ("Le quatrième.", None),
            ("Je ne sais pas.", None),
            ("Un trottoir abîmé et un panneau.", None),
            ("", None),
        ] {
            assert_eq!(options.chosen(said).as_deref(), expected, "{said}");
        }
        assert_eq!(
            options.mentioned("Le deuxième panneau de la rue"),
            Some("un panneau".into())
        );
        assert_eq!(
            (options.nth(1), options.nth(4)),
            (Some("un trou dans la chaussée"), None)
        );
        assert_eq!(options.nth(0), None);
    }
}
