//! One of several things that a question offers: "un trou", "plutôt le trottoir", "le deuxième".

use std::cmp::Ordering;
use std::collections::BTreeSet;

use super::day_part::DayPart;
use super::{normalise, numbers, phonetic, self_repair};

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
/// Other ways to say what options are often about: a word of an option, and the phrases that mean it (folded).
const MEANT_BY: [(&str, &[&str]); 6] = [
    (
        "guichet",
        &[
            "venir le chercher",
            "venir la chercher",
            "venir les chercher",
            "viens le chercher",
            "viendrai le chercher",
            "venir chercher",
            "passer le prendre",
            "passer le chercher",
            "passer prendre",
            "passer chercher",
            "aller le chercher",
            "le recuperer",
            "le prendre",
            "je viendrai",
            "je passerai",
            "je vais passer",
            "je vais venir",
            "me deplacer",
            "me deplace",
            "sur place",
        ],
    ),
    (
        "courrier",
        &[
            "l envoyer",
            "m envoyer",
            "me l envoyer",
            "l envoie",
            "m envoie",
            "envoyez",
            "par la poste",
            "par poste",
            "boite aux lettres",
            "a domicile",
            "a la maison",
            "chez moi",
        ],
    ),
    (
        "courriel",
        &["par mail", "par e mail", "par email", "par internet", "en ligne"],
    ),
    (
        "attendre",
        &[
            "pas grave",
            "pas bien grave",
            "pas tres grave",
            "pas si grave",
            "pas trop grave",
            "rien de grave",
            "pas urgent",
            "pas presse",
            "pas pressee",
            "ca presse pas",
            "pas le feu",
            "pas d urgence",
        ],
    ),
    (
        "danger",
        &["grave", "tres grave", "ca urge", "peut se blesser", "va se blesser"],
    ),
    (
        "importe",
        &[
            "m est egal",
            "comme vous voulez",
            "quand vous voulez",
            "les deux me vont",
            "ca depend de vous",
        ],
    ),
];
/// What denies the word after it (folded).
const DENIES: [&str; 6] = ["pas", "ni", "rien", "aucun", "aucune", "sans"];
/// What may stand between (folded).
const BETWEEN: [&str; 14] = [
    "par",
    "de",
    "d",
    "vraiment",
    "trop",
    "tellement",
    "tres",
    "si",
    "bien",
    "plus",
    "du",
    "tout",
    "que",
    "non",
];
/// More words than these tell a story.
const LONGEST: usize = 7;

/// What a question offers.
#[derive(Clone, Debug, Default)]
pub struct Options {
    options: Vec<Offer>,
}

/// An option.
#[derive(Clone, Debug)]
struct Offer {
    name: String,
    /// The telling words of each way to say it.
    ways: Vec<Vec<Word>>,
}

impl Offer {
    /// Whether one of the ways to say it has this word, and does not deny it.
    fn has(&self, word: &str) -> bool {
        let has = |way: &Vec<Word>| way.iter().any(|of| of.letters == word) && !way.iter().any(Word::denies);
        self.ways.iter().any(has)
    }
}

#[derive(Clone, Debug)]
struct Word {
    letters: String,
    /// See [`phonetic::key`].
    sounds: String,
    /// The word before it, whether it tells something or not.
    after: String,
}

impl Word {
    fn denies(&self) -> bool {
        DENIES.contains(&self.letters.as_str())
    }
}

impl Options {
    /// One text for each option: its name, and other ways to say it after commas.
    pub fn new<'t>(texts: impl IntoIterator<Item = &'t str>) -> Self {
        let option = |text: &str| Offer {
            name: text.split(',').next().unwrap_or(text).trim().to_owned(),
            ways: text.split(',').map(telling).filter(|words| !words.is_empty()).collect(),
        };
        Self {
            options: texts.into_iter().map(option).collect(),
        }
    }

    /// The name of the `n`th, from 1: a key of the telephone.
    pub fn nth(&self, n: usize) -> Option<&str> {
        self.options.get(n.checked_sub(1)?).map(|option| option.name.as_str())
    }

    /// The one that answers the question; of "une gêne, enfin non, un danger", what is said last.
    pub fn chosen(&self, text: &str) -> Option<String> {
        let last = self_repair::around_no(text).and_then(|(_, after)| self.chosen_once(&after));
        last.or_else(|| self.chosen_once(text))
    }

    fn chosen_once(&self, text: &str) -> Option<String> {
        let found = self
            .mentioned(text)
            .or_else(|| self.meant(text))
            .or_else(|| self.of_the_day(text));
        found.or_else(|| self.by_place(text))
    }

    /// The only one of which something else is said that means it: "venir le chercher" is "au guichet".
    fn meant(&self, text: &str) -> Option<String> {
        let words = normalise::folded_words(text);
        // "Pas grave" is not "grave".
        let is_denied = |at: usize| {
            let mut before = words[..at]
                .iter()
                .rev()
                .skip_while(|word| BETWEEN.contains(&word.as_str()));
            before.next().is_some_and(|word| DENIES.contains(&word.as_str()))
        };
        let says = |phrase: &&str| (0..words.len()).any(|at| normalise::begins(&words[at..], phrase) && !is_denied(at));
        let meant = MEANT_BY.iter().filter(|(_, phrases)| phrases.iter().any(&says));
        let found: BTreeSet<&str> = meant
            .flat_map(|(word, _)| self.options.iter().filter(move |option| option.has(word)))
            .map(|option| option.name.as_str())
            .collect();
        let mut found = found.into_iter();
        found.next().filter(|_| found.next().is_none()).map(str::to_owned)
    }

    /// The part of the day in which the time falls that is said, where the options are such parts: "vers quinze heures" is
    /// in the afternoon.
    fn of_the_day(&self, text: &str) -> Option<String> {
        let parts: Vec<(&str, DayPart)> = self
            .options
            .iter()
            .filter_map(|option| Some((option.name.as_str(), DayPart::only(&option.name)?)))
            .collect();
        let denies = normalise::folded_words(text)
            .iter()
            .any(|word| DENIES.contains(&word.as_str()));
        if parts.len() < 2 || denies {
            return None;
        }
        let said = DayPart::said(text)?;
        let of = |part: DayPart| {
            parts
                .iter()
                .find(|(_, of)| *of == part)
                .map(|(name, _)| (*name).to_owned())
        };
        // Whoever has no evening is free in the afternoon.
        of(said).or_else(|| {
            if said == DayPart::Evening {
                of(DayPart::Afternoon)
            } else {
                None
            }
        })
    }

    /// The one that is spoken of; none where two are as likely. Of "dangereux" and "pas dangereux" it is the second, where
    /// both words are: what is said of the first is a part of it.
    pub fn mentioned(&self, text: &str) -> Option<String> {
        // What denies something speaks of more things than the options.
        let denies = normalise::folded_words(text)
            .iter()
            .any(|word| DENIES.contains(&word.as_str()));
        let is_heard = if denies { same } else { near };
        self.best(text, is_heard, true, |a, b| {
            a.share.total_cmp(&b.share).then(a.within(b))
        })
    }

    /// The same in what was said before anybody asked for it, where a word that sounds but nearly so is another one.
    pub fn volunteered(&self, text: &str) -> Option<String> {
        let mentioned = self.best(text, same_unasked, true, |a, b| {
            a.share.total_cmp(&b.share).then(a.within(b))
        });
        mentioned.or_else(|| self.meant(text))
    }

    /// The one of which the most is said: of "l'adresse" and "l'adresse électronique" the second, where both words are.
    pub fn mentioned_most(&self, text: &str) -> Option<String> {
        self.best(text, near, false, |a, b| {
            a.share.total_cmp(&b.share).then(a.heard.len().cmp(&b.heard.len()))
        })
    }

    /// The one that comes before all others in this order, by words that are heard so; `affirmed`, not by those that are
    /// denied.
    fn best(
        &self,
        text: &str,
        is_heard: fn(&Word, &Word) -> bool,
        affirmed: bool,
        order: impl Fn(&Said, &Said) -> Ordering,
    ) -> Option<String> {
        let heard = &telling(text);
        let ways = self.options.iter().enumerate();
        let said = move |words: &Vec<Word>| Said::of(words, heard, is_heard, affirmed);
        let ways = ways.flat_map(|(at, option)| option.ways.iter().map(move |words| (at, said(words))));
        let ways: Vec<(usize, Said)> = ways.filter(|(_, said)| said.share >= ENOUGH).collect();
        let is_first = |(option, said): &&(usize, Said)| {
            let mut others = ways.iter().filter(|(other, _)| other != option);
            others.all(|(_, other)| order(said, other).is_gt())
        };
        let (option, _) = ways.iter().find(is_first)?;
        Some(self.options[*option].name.clone())
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
    fn of(words: &[Word], heard: &[Word], is_heard: fn(&Word, &Word) -> bool, affirmed: bool) -> Self {
        let place = |word: &Word| heard.iter().position(|heard| is_heard(heard, word));
        let mut places: Vec<usize> = words.iter().filter_map(place).collect();
        // "C'est pas rue des Lavandières" is not "pas dangereux": a word is denied by the one right before it.
        let is_denied = |at: &usize| {
            let mut before = heard[..*at]
                .iter()
                .rev()
                .skip_while(|word| BETWEEN.contains(&word.letters.as_str()));
            before.next().is_some_and(Word::denies)
        };
        let mut others = places.iter().filter(|at| !heard[**at].denies()).peekable();
        let is_said = match words.iter().any(Word::denies) {
            true => others.peek().is_none() || others.any(is_denied),
            // "Pas de lumière" tells what is missing.
            false => !affirmed || !others.any(|at| is_denied(at) && !matches!(heard[*at].after.as_str(), "de" | "d")),
        };
        places.retain(|_| is_said);
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
    let mut after = String::new();
    let words = normalise::folded_words(text).into_iter().map(|letters| Word {
        sounds: phonetic::key(&letters),
        after: std::mem::replace(&mut after, letters.clone()),
        letters,
    });
    words.filter(|word| !COMMON.contains(&word.letters.as_str())).collect()
}

fn same(heard: &Word, word: &Word) -> bool {
    heard.letters == word.letters || (heard.sounds == word.sounds && word.sounds.chars().count() >= SHORTEST)
}

/// Where nobody asked, "on sera deux" is not "les deux".
fn same_unasked(heard: &Word, word: &Word) -> bool {
    let is_number = matches!(word.letters.as_str(), "deux" | "trois" | "quatre");
    same(heard, word) && (!is_number || heard.after == word.after)
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
            ("On sera deux.", None),
            ("Un passeport pour deux personnes.", Some("un passeport")),
            ("C'est pour une carte et on sera deux.", Some("une carte d'identité")),
            ("Les deux, en fait.", Some("les deux")),
        ] {
            assert_eq!(titles.volunteered(said).as_deref(), expected, "{said}");
        }
        for (said, expected) in [
            ("Un passeport et une carte.", Some("les deux")),
            ("Ma carte.", Some("une carte d'identité")),
            ("Les deux.", Some("les deux")),
            ("Pour le passeport.", Some("un passeport")),
        ] {
            assert_eq!(titles.mentioned(said).as_deref(), expected, "{said}");
        }
    }

    #[test]
    fn an_hour_falls_into_a_part_of_the_day() {
        let half_days = Options::new([
            "le matin, matinée",
            "l'après-midi",
            "peu importe, n'importe, égal, comme vous voulez",
        ]);
        let (morning, afternoon) = (Some("le matin"), Some("l'après-midi"));
        for (said, expected) in [
            ("l'aprem", afternoon),
            ("Cet aprèm.", afternoon),
            ("vers quinze heures", afternoon),
            ("en fin de journée", afternoon),
            ("dans la matinée", morning),
            ("à 9 heures", morning),
            ("après le travail", afternoon),
            ("Plutôt tôt.", morning),
            ("Après 16h.", afternoon),
            ("Entre 10 heures et 11 heures.", morning),
            ("le soir", afternoon),
            ("le matin, enfin non, l'après-midi", afternoon),
            ("ça m'est égal", Some("peu importe")),
            ("Le matin ou l'après-midi.", None),
            ("Pas à 9 heures.", None),
            ("Pas le matin.", None),
            ("Je ne sais pas.", None),
            ("Le 9.", None),
            ("Dans la rue.", None),
            ("Vers la gare.", None),
        ] {
            assert_eq!(half_days.chosen(said).as_deref(), expected, "{said}");
        }
        // An hour says nothing of other things.
        let others = Options::new(["le matin", "une carte", "un passeport"]);
        assert_eq!(others.chosen("vers quinze heures"), None);
    }

    #[test]
    fn what_is_denied_is_not_chosen() {
        let urgency = Options::new([
            "un danger, dangereux, dangereuse, urgent, failli tomber, blessé",
            "une gêne, gênant, gênante, embêtant",
            "peut attendre, attendre, pas dangereux, pas de danger, pas urgent, rien de grave",
        ]);
        for (said, expected) in [
            ("c'est pas bien grave", Some("peut attendre")),
            ("Pas grave.", Some("peut attendre")),
            ("Rien de grave.", Some("peut attendre")),
            ("C'est grave.", Some("un danger")),
            ("une gêne enfin non un danger plutôt", Some("un danger")),
            ("Un danger, enfin, une gêne.", Some("une gêne")),
            ("C'est pas un danger.", Some("peut attendre")),
            ("Non, c'est pas dangereux.", Some("peut attendre")),
            ("c'est pas rue des lavandières c'est chemin des tanneurs", None),
            ("Ce n'est pas au 12.", None),
        ] {
            assert_eq!(urgency.chosen(said).as_deref(), expected, "{said}");
        }
        let delivery = Options::new([
            "par courrier, courrier, poste, envoyez",
            "au guichet, retirer, mairie, sur place, je passerai",
        ]);
        for (said, expected) in [
            ("Pas par courrier, au guichet.", Some("au guichet")),
            ("en fait je préfère venir le chercher", Some("au guichet")),
            ("finalement par courrier", Some("par courrier")),
            ("Vous pouvez me l'envoyer à la maison ?", Some("par courrier")),
            ("Je viendrai le chercher.", Some("au guichet")),
            ("Chez moi, ou passer le prendre.", None),
            ("Mardi.", None),
        ] {
            assert_eq!(delivery.chosen(said).as_deref(), expected, "{said}");
            let unasked = delivery.volunteered(said);
            assert_eq!(unasked.as_deref(), expected, "{said}");
        }
    }
}
