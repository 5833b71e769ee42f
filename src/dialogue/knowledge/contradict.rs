//! Two texts on one subject whose facts are at odds: one of them is wrong, and only the town knows which.

use std::collections::{BTreeMap, BTreeSet, HashMap};

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
    /// Where a passage stands; none for what the plan says, and for events, of which each has a day of its own.
    pub within: Option<Within<'a>>,
}

/// Where a passage stands, and what it is headed.
#[derive(Clone, Copy, Debug)]
pub struct Within<'a> {
    /// Its file.
    pub file: &'a str,
    /// The headings above it.
    pub subject: &'a str,
    /// Its own headings.
    pub questions: &'a [String],
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

/// With how many statements on nearly the same one is compared at most: what is said hundreds of times is found with the
/// first of them.
const COMPARED: usize = 20;
/// A heading with so many telling stems can be understood without the one above it.
const CLEAR: usize = 3;
/// Words of an answer that are shown.
const SHOWN: usize = 12;

/// All pairs that are about the same and at odds: those whose facts are, and those that answer one question otherwise.
pub fn contradictions(statements: &[Statement]) -> Vec<Contradiction> {
    let stemmer = Stemmer::create(Algorithm::French);
    let stems = |heading: &&str| subject(heading, &stemmer);
    let abouts: Vec<Vec<BTreeSet<String>>> = statements.iter().map(|s| s.about.iter().map(stems).collect()).collect();
    let facts: Vec<Facts> = statements.iter().map(|statement| Facts::of(&statement.text)).collect();
    let mut pairs = asked_twice(statements, &abouts);
    for (one, other) in about_the_same(statements, &abouts) {
        pairs.entry((one, other)).or_insert(false);
    }
    let mut found = Vec::new();
    for ((one, other), same_question) in pairs {
        let contradiction = |(kind, says, other_says)| Contradiction {
            one,
            other,
            kind,
            says,
            other_says,
        };
        let odd = facts[one].at_odds(&facts[other]);
        if same_question && odd.is_empty() {
            let [says, other_says] = [one, other].map(|at| shown(&statements[at].text));
            found.push(contradiction((Kind::Answer, says, other_says)));
        }
        found.extend(odd.into_iter().map(contradiction));
    }
    found
}

/// Passages that answer one question, and not in the same words.
fn asked_twice(statements: &[Statement], abouts: &[Vec<BTreeSet<String>>]) -> BTreeMap<(usize, usize), bool> {
    let answers: Vec<Vec<String>> = statements.iter().map(|s| normalise::folded_words(&s.text)).collect();
    let mut asked: HashMap<Vec<String>, Vec<usize>> = HashMap::new();
    let mut pairs = BTreeMap::new();
    for (at, statement) in statements.iter().enumerate() {
        let Some(within) = statement.within else { continue };
        for (question, about) in within.questions.iter().zip(&abouts[at]) {
            let before = asked.entry(normalise::folded_words(question)).or_default();
            for other in before.iter().take(COMPARED).filter(|other| **other != at) {
                let is_one = statements[*other]
                    .within
                    .is_some_and(|other| is_one_question(other, within, about));
                if is_one && answers[*other] != answers[at] {
                    pairs.insert((*other, at), true);
                }
            }
            before.push(at);
        }
    }
    pairs
}

/// Whether one heading in two places is one question: in one file it is not below other headings; in two, which name their
/// headings as they like, it is unless it needs the one above it ("Quels documents fournir ?").
fn is_one_question(one: Within, other: Within, about: &BTreeSet<String>) -> bool {
    let telling = about.iter().filter(|stem| !is_general(stem)).count();
    match (one.subject, other.subject) {
        (a, b) if a == b => true,
        ("", _) | (_, "") => telling > 0,
        (a, b) => {
            let stemmer = Stemmer::create(Algorithm::French);
            let shared = || subject(a, &stemmer).intersection(&subject(b, &stemmer)).count() > 0;
            one.file != other.file && (telling >= CLEAR || shared())
        }
    }
}

/// Statements of which one is about all that the other is about.
fn about_the_same(statements: &[Statement], abouts: &[Vec<BTreeSet<String>>]) -> BTreeSet<(usize, usize)> {
    let mut frequency: HashMap<&str, usize> = HashMap::new();
    let telling = |about: &&String| !is_general(about);
    for stem in abouts.iter().flatten().flatten().filter(telling) {
        *frequency.entry(stem).or_default() += 1;
    }
    // What contains all the stems of another contains its rarest one: only there need it be looked for.
    let mut by_rarest: HashMap<&str, Vec<(usize, &BTreeSet<String>)>> = HashMap::new();
    for (at, about) in abouts
        .iter()
        .enumerate()
        .flat_map(|(at, all)| all.iter().map(move |about| (at, about)))
    {
        let rarest = about.iter().filter(telling).min_by_key(|stem| frequency[stem.as_str()]);
        if let Some(rarest) = rarest {
            by_rarest.entry(rarest).or_default().push((at, about));
        }
    }
    let mut pairs = BTreeSet::new();
    for (at, more) in abouts
        .iter()
        .enumerate()
        .flat_map(|(at, all)| all.iter().map(move |about| (at, about)))
    {
        for stem in more.iter().filter(telling) {
            let near = by_rarest.get(stem.as_str()).into_iter().flatten();
            let others = near.filter(|(other, less)| *other != at && less.is_subset(more));
            for (other, less) in others.take(COMPARED) {
                if may_differ(&statements[at], &statements[*other], less.len() < more.len()) {
                    pairs.insert((at.min(*other), at.max(*other)));
                }
            }
        }
    }
    pairs
}

/// Whether facts of two statements that are about nearly the same may not differ. Within one document they may, where one
/// says more: "Passeport : en France, …" and "Passeport"; and below two headings the same words are about two things.
fn may_differ(one: &Statement, other: &Statement, is_narrower: bool) -> bool {
    match (one.within, other.within) {
        (Some(a), Some(b)) if a.file == b.file && !(a.subject.is_empty() && b.subject.is_empty()) => {
            a.subject == b.subject && !is_narrower
        }
        _ => true,
    }
}

/// The beginning of an answer.
fn shown(text: &str) -> String {
    let mut words = text.split_whitespace();
    let first: Vec<&str> = words.by_ref().take(SHOWN).collect();
    let more = if words.next().is_some() { " …" } else { "" };
    format!("« {}{more} »", first.join(" "))
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

#[cfg(test)]
mod tests {
    use super::super::{Passage, read};
    use super::*;

    fn odd(one: (&str, &str), other: (&str, &str)) -> Vec<Contradiction> {
        let statement = |(about, text): (&'static str, &str)| Statement {
            about: vec![about],
            text: text.into(),
            within: None,
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

    /// What two files of knowledge, or two places of one, have against one another.
    fn between(files: [(&str, &str); 2]) -> Vec<Kind> {
        let passages: Vec<Passage> = files
            .iter()
            .flat_map(|(name, text)| read(name, text).unwrap())
            .collect();
        let titles: Vec<String> = passages.iter().map(Passage::title).collect();
        let stated = passages.iter().zip(&titles);
        let statements: Vec<Statement> = stated.map(|(passage, title)| passage.statement(title)).collect();
        contradictions(&statements).iter().map(|found| found.kind).collect()
    }

    #[test]
    fn one_question_has_one_answer() {
        let asked = |question: &str, one: &str, other: &str| {
            let file = |answer: &str| format!("# Vie locale\n\n## {question}\n\n{answer}\n");
            let csv = format!("question,réponse\n\"{}\",\"{other}\"\n", question.to_uppercase());
            between([("a.md", &file(one)), ("b.csv", &csv)])
        };
        for (question, one, other) in [
            (
                "Quand déposer un dossier de subvention ?",
                "Avant le 20 novembre.",
                "Avant le 30 novembre.",
            ),
            (
                "Faut-il déclarer une clôture ?",
                "Oui, il faut la déclarer.",
                "Non, aucune démarche.",
            ),
            (
                "Où est la bibliothèque municipale ?",
                "4 rue du Beffroi.",
                "12 rue de Lille.",
            ),
            (
                "Les chiens sont-ils admis au parc ?",
                "Ils sont admis.",
                "Ils ne sont pas admis.",
            ),
        ] {
            assert_eq!(asked(question, one, other), [Kind::Answer], "{question}");
            assert_eq!(asked(question, one, &one.to_uppercase()), [], "{question}");
        }
    }

    #[test]
    fn chapters_of_two_sheets_and_cases_of_one_differ() {
        let sheets = "# Passeport\n\n## Combien ça coûte ?\n\n86 €.\n\n## Quels documents fournir ?\n\nUne photo.\n\n\
            # Chasse\n\n## Combien ça coûte ?\n\n46 €.\n\n## Quels documents fournir ?\n\nUn permis.\n";
        assert_eq!(between([("a.md", sheets), ("b.md", "# A\n\n## B\n\nC.\n")]), []);
        let cases = "# Passeport\n\n## Passeport\n\nComptez 86 €.\n\n\
            ## Passeport : en France, combien ça coûte ?\n\n86 €.\n\n\
            ## Passeport : en France, vous êtes mineur, combien ça coûte ?\n\n17 €.\n\n\
            ## Passeport : à l'étranger, combien ça coûte ?\n\n96 €.\n";
        assert_eq!(between([("a.md", cases), ("b.md", "# A\n\n## B\n\nC.\n")]), []);
    }

    #[test]
    fn tens_of_thousands_of_passages_are_compared() {
        let row = |n: usize| format!("## Quel est le tarif de la salle numéro {n} du permis ?\n\nC'est {n} €.\n\n");
        let same = "## Quel est le tarif de la piscine municipale ?\n\nC'est 3 €.\n\n".to_owned();
        let many: String = (0..10_000).flat_map(|n| [row(n), same.clone()]).collect();
        // Each with each would take an hour.
        assert_eq!(between([("a.md", &many), ("b.md", "## B\n\nC.\n")]), []);
    }
}
