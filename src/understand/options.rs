//! One of several things that a question offers: "un trou", "plutôt le trottoir", "le deuxième".

use std::cmp::Ordering;
use std::collections::BTreeSet;

use super::{normalise, numbers, phonetic};

/// How far a heard word may be from the one of an option (see [`phonetic::distance`]).
const NEAR: f32 = 0.25;
/// Share of an option's telling words that must be heard.
const ENOUGH: f32 = 0.6;
/// Sounds of a word that may be misheard and yet be told from others.
const TELLING: usize = 4;
/// A word of fewer sounds must be that word, letter by letter: "haie" sounds like "est".
const SHORTEST: usize = 3;
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
    /// The name of each, and the telling words of each way to say it.
    options: Vec<(String, Vec<Vec<Word>>)>,
}

#[derive(Clone, Debug)]
struct Word {
    letters: String,
    /// See [`phonetic::key`].
    sounds: String,
}

impl Options {
    /// One text for each option: its name, and other ways to say it after commas.
    pub fn new<'t>(texts: impl IntoIterator<Item = &'t str>) -> Self {
        let option = |text: &str| {
            let name = text.split(',').next().unwrap_or(text).trim().to_owned();
            (
                name,
                text.split(',').map(telling).filter(|words| !words.is_empty()).collect(),
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

    /// The one that is spoken of; none where two are as likely. Of "dangereux" and "pas dangereux" it is the second, where
    /// both words are: what is said of the first is a part of it.
    pub fn mentioned(&self, text: &str) -> Option<String> {
        self.best(text, near, |a, b| a.share.total_cmp(&b.share).then(a.within(b)))
    }

    /// The same in what was said before anybody asked for it, where a word that sounds but nearly so is another one.
    pub fn volunteered(&self, text: &str) -> Option<String> {
        self.best(text, same, |a, b| a.share.total_cmp(&b.share).then(a.within(b)))
    }

    /// The one of which the most is said: of "l'adresse" and "l'adresse électronique" the second, where both words are.
    pub fn mentioned_most(&self, text: &str) -> Option<String> {
        self.best(text, near, |a, b| {
            a.share.total_cmp(&b.share).then(a.heard.len().cmp(&b.heard.len()))
        })
    }

    /// The one that comes before all others in this order, by words that are heard so.
    fn best(
        &self,
        text: &str,
        is_heard: fn(&Word, &Word) -> bool,
        order: impl Fn(&Said, &Said) -> Ordering,
    ) -> Option<String> {
        let heard = &telling(text);
        let ways = self.options.iter().enumerate();
        let said = move |words: &Vec<Word>| Said::of(words, heard, is_heard);
        let ways = ways.flat_map(|(option, (_, ways))| ways.iter().map(move |words| (option, said(words))));
        let ways: Vec<(usize, Said)> = ways.filter(|(_, said)| said.share >= ENOUGH).collect();
        let is_first = |(option, said): &&(usize, Said)| {
            let mut others = ways.iter().filter(|(other, _)| other != option);
            others.all(|(_, other)| order(said, other).is_gt())
        };
        let (option, _) = ways.iter().find(is_first)?;
        Some(self.options[*option].0.clone())
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

/// What is heard of one way to say an option.
struct Said {
    /// Share of its telling words.
    share: f32,
    /// Where these stand among the words that are heard.
    heard: BTreeSet<usize>,
}

impl Said {
    fn of(words: &[Word], heard: &[Word], is_heard: fn(&Word, &Word) -> bool) -> Self {
        let place = |word: &Word| heard.iter().position(|heard| is_heard(heard, word));
        let places: Vec<usize> = words.iter().filter_map(place).collect();
        Self {
            share: places.len() as f32 / words.len() as f32,
            heard: places.into_iter().collect(),
        }
    }

    /// Less where it is but a part of the other one.
    fn within(&self, other: &Self) -> Ordering {
        if self.heard == other.heard {
            Ordering::Equal
        } else if self.heard.is_subset(&other.heard) {
            Ordering::Less
        } else if other.heard.is_subset(&self.heard) {
            Ordering::Greater
        } else {
            Ordering::Equal
        }
    }
}

/// The words of `text` that tell it from others.
fn telling(text: &str) -> Vec<Word> {
    let words = normalise::folded_words(text).into_iter();
    let telling = words.filter(|word| !COMMON.contains(&word.as_str()));
    telling
        .map(|letters| Word {
            sounds: phonetic::key(&letters),
            letters,
        })
        .collect()
}

fn same(heard: &Word, word: &Word) -> bool {
    heard.letters == word.letters || (heard.sounds == word.sounds && word.sounds.chars().count() >= SHORTEST)
}

fn near(heard: &Word, word: &Word) -> bool {
    same(heard, word)
        || (word.sounds.chars().count() >= TELLING && phonetic::distance(&heard.sounds, &word.sounds) <= NEAR)
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

    #[test]
    fn what_nobody_asked_for_is_not_found_in_what_sounds_like_it() {
        let options = Options::new(["un danger", "un arbre, haie", "nid-de-poule, trou"]);
        for (said, expected) in [
            ("C'est au 12, chemin des Tanneurs.", None),
            ("Oui, c'est bien ça.", None),
            ("C'est un vrai danger.", Some("un danger")),
            ("La haie déborde.", Some("un arbre")),
            ("Il y a des trous partout.", Some("nid-de-poule")),
            ("Un nid de poule, rue des Lavandières.", Some("nid-de-poule")),
        ] {
            assert_eq!(options.volunteered(said).as_deref(), expected, "{said}");
        }
    }

    #[test]
    fn what_is_said_of_one_may_be_a_part_of_another() {
        let urgency = Options::new([
            "un danger, dangereux",
            "une gêne, gênant",
            "peut attendre, pas dangereux, pas gênant",
        ]);
        for (said, expected) in [
            ("C'est dangereux.", Some("un danger")),
            ("Ce n'est pas dangereux.", Some("peut attendre")),
            ("Pas dangereux, mais gênant.", None),
            ("Dangereux et gênant.", None),
            ("Ça peut attendre.", Some("peut attendre")),
            ("Je n'y vais pas, c'est pour ma mère.", None),
        ] {
            assert_eq!(urgency.mentioned(said).as_deref(), expected, "{said}");
        }
        let titles = Options::new([
            "une carte d'identité, une carte",
            "un passeport",
            "les deux, carte et passeport",
        ]);
        for (said, expected) in [
            ("Un passeport et une carte.", Some("les deux")),
            ("Ma carte.", Some("une carte d'identité")),
            ("Les deux.", Some("les deux")),
            ("Pour le passeport.", Some("un passeport")),
        ] {
            assert_eq!(titles.mentioned(said).as_deref(), expected, "{said}");
        }
    }
}
