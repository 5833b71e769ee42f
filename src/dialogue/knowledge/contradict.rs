//! Two texts on one subject whose facts are at odds: one of them is wrong, and only the town knows which.

use std::collections::{BTreeSet, HashMap};

use rust_stemmers::{Algorithm, Stemmer};

use super::facts::{Facts, Kind};
use crate::understand::normalise;

/// A text of the plan or of its knowledge.
#[derive(Clone, Debug)]
pub struct Statement<'a> {
    /// What it is about: its headings, or a topic's name.
    pub about: Vec<&'a str>,
    /// What it says.
    pub text: String,
}

/// Two statements at odds: their numbers, and what each says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contradiction {
    /// The first statement.
    pub one: usize,
    /// The other.
    pub other: usize,
    /// What they disagree on.
    pub kind: Kind,
    /// What the first says.
    pub says: String,
    /// What the other says.
    pub other_says: String,
}

/// Words that say nothing of what a heading is about (folded).
const EMPTY: [&str; 46] = [
    "a", "au", "aux", "avec", "ce", "cela", "ces", "cette", "comment", "d", "dans", "de", "des", "du", "elle", "en",
    "est", "et", "faire", "faut", "fait", "il", "j", "je", "l", "la", "le", "les", "ma", "mes", "mon", "ne", "nous",
    "on", "ou", "par", "peut", "pour", "puis", "qu", "que", "quel", "quelle", "quels", "sont", "un",
];
/// Words that ask for one kind of thing (folded), and what stands for all of them.
const SAME: [(&str, &[&str]); 4] = [
    (
        "prix",
        &[
            "tarif", "tarifs", "prix", "combien", "coute", "coutent", "cout", "payer", "payant", "gratuit",
        ],
    ),
    (
        "quand",
        &[
            "quand", "heure", "heures", "horaire", "horaires", "ouvert", "ouverte", "ouvre", "ferme", "jour", "jours",
        ],
    ),
    ("telephone", &["telephone", "joindre", "appeler", "numero", "contacter"]),
    ("lieu", &["adresse", "trouve", "situe", "situee"]),
];

/// All pairs that are about the same and at odds.
pub fn contradictions(statements: &[Statement]) -> Vec<Contradiction> {
    let stemmer = Stemmer::create(Algorithm::French);
    let abouts: Vec<Vec<BTreeSet<String>>> = statements
        .iter()
        .map(|s| s.about.iter().map(|heading| subject(heading, &stemmer)).collect())
        .collect();
    let facts: Vec<Facts> = statements.iter().map(|statement| Facts::of(&statement.text)).collect();
    // Whatever is about the same shares a telling stem: with thousands of passages most pairs need no look.
    let mut of_stem: HashMap<&str, BTreeSet<usize>> = HashMap::new();
    let mut found = Vec::new();
    for other in 0..statements.len() {
        let stems = abouts[other].iter().flatten().filter(|stem| !is_general(stem));
        let stems: Vec<&str> = stems.map(String::as_str).collect();
        let near = stems.iter().filter_map(|stem| of_stem.get(stem)).flatten();
        let near: BTreeSet<usize> = near.copied().collect();
        for stem in stems {
            of_stem.entry(stem).or_default().insert(other);
        }
        for one in near {
            if !(abouts[one].iter()).any(|a| abouts[other].iter().any(|b| is_same(a, b))) {
                continue;
            }
            let odd = facts[one].at_odds(&facts[other]).into_iter();
            found.extend(odd.map(|(kind, says, other_says)| Contradiction {
                one,
                other,
                kind,
                says,
                other_says,
            }));
        }
    }
    found
}

/// Whether a heading says what it is about: "Combien ça coûte ?" does not.
pub(super) fn is_clear(heading: &str) -> bool {
    let about = subject(heading, &Stemmer::create(Algorithm::French));
    // "En France — Combien ça coûte ?" says in which case, not what.
    about.iter().any(|stem| !is_general(stem)) && !heading.contains(" — ")
}

/// Whether it stands for a kind of question.
fn is_general(stem: &str) -> bool {
    SAME.iter().any(|(same, _)| *same == stem)
}

/// What a heading is about, as stems.
fn subject(heading: &str, stemmer: &Stemmer) -> BTreeSet<String> {
    let words = normalise::words(heading).into_iter();
    let telling = words.filter(|word| !EMPTY.contains(&word.folded.as_str()));
    telling
        .map(
            |word| match SAME.iter().find(|(_, all)| all.contains(&word.folded.as_str())) {
                Some((one, _)) => (*one).to_owned(),
                None => normalise::fold(&stemmer.stem(&word.surface.to_lowercase())),
            },
        )
        .collect()
}

/// Whether one says all that the other is about: "Tarifs de la piscine" and "Combien coûte la piscine pour un enfant ?".
fn is_same(one: &BTreeSet<String>, other: &BTreeSet<String>) -> bool {
    let (less, more) = if one.len() <= other.len() {
        (one, other)
    } else {
        (other, one)
    };
    // "Tarifs" alone is about nothing.
    less.iter().any(|stem| !is_general(stem)) && less.is_subset(more)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn odd(one: (&str, &str), other: (&str, &str)) -> Vec<Contradiction> {
        let statement = |(about, text): (&'static str, &str)| Statement {
            about: vec![about],
            text: text.into(),
        };
        let own = |(a, b): (&str, &str)| (a.to_owned().leak() as &'static str, b.to_owned());
        let ((a, x), (b, y)) = (own(one), own(other));
        contradictions(&[statement((a, &x)), statement((b, &y))])
    }

    #[test]
    fn what_is_about_the_same_must_agree() {
        let pool = ("Combien coûte la piscine ?", "L'entrée coûte 3 €.");
        assert_eq!(
            odd(pool, ("Les tarifs de la piscine pour un adulte", "4 € l'entrée."))[0].kind,
            Kind::Price
        );
        assert_eq!(odd(pool, ("Les tarifs de la patinoire", "4 € l'entrée.")), []);
        assert_eq!(odd(pool, ("Tarifs de la piscine", "L'entrée coûte trois euros.")), []);
        assert_eq!(odd(pool, ("Tarifs", "4 €.")), []);
    }
}
