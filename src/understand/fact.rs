//! The kinds of facts that a question asks for and a sentence states: by them an answer is narrowed to what was asked.

use super::address::WAYS;
use super::date::{MONTHS, WEEKDAYS};
use super::normalise;

/// A kind of fact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fact {
    /// "C'est combien ?" "Trois euros."
    Price,
    /// "C'est quand ?" "Le mardi, à dix heures."
    Moment,
    /// "Ça prend combien de temps ?" "Deux mois."
    Length,
    /// "C'est où ?" "Au 5 rue des Lavandières."
    Place,
    /// "Le numéro ?" "04 65 71 02 26."
    Phone,
    /// "Quels papiers ?" "Apportez une photo."
    Papers,
    /// "Pourquoi ?" "À cause des travaux."
    Reason,
}

impl Fact {
    /// All of them.
    const ALL: [Self; 7] = [
        Self::Price,
        Self::Moment,
        Self::Length,
        Self::Place,
        Self::Phone,
        Self::Papers,
        Self::Reason,
    ];

    /// The words that ask for it (folded).
    fn asking(self) -> &'static [&'static str] {
        match self {
            Self::Price => &[
                "coute",
                "coutent",
                "prix",
                "tarif",
                "tarifs",
                "payer",
                "paie",
                "c est combien",
                "combien ca",
                "ca coute",
                "payant",
                "gratuit",
                "cher",
            ],
            Self::Moment => &[
                "quand",
                "quel jour",
                "quels jours",
                "quelle heure",
                "quelles heures",
                "horaire",
                "horaires",
                "quelle date",
            ],
            Self::Length => &[
                "combien de temps",
                "delai",
                "delais",
                "duree",
                "c est long",
                "longtemps",
                "ca dure",
                "ca prend",
            ],
            Self::Place => &[
                "c est ou",
                "ou c est",
                "ou est ce",
                "ou ca",
                "ou est",
                "est ou",
                "ou sont",
                "se trouve",
                "se trouvent",
                "adresse",
                "quel endroit",
                "quelle rue",
            ],
            Self::Phone => &[
                "numero",
                "telephone",
                "tel",
                "coordonnees",
                "appeler",
                "joindre",
                "contacter",
            ],
            Self::Papers => &[
                "papier",
                "papiers",
                "document",
                "documents",
                "justificatif",
                "justificatifs",
                "pieces",
                "apporter",
                "amener avec",
                "fournir",
                "il faut quoi",
                "faut quoi",
            ],
            Self::Reason => &["pourquoi", "pour quelle raison"],
        }
    }

    /// The words of which one states it (folded).
    fn stating(self) -> &'static [&'static str] {
        match self {
            Self::Price => &[
                "euro",
                "euros",
                "centimes",
                "gratuit",
                "gratuite",
                "gratuits",
                "gratuites",
                "gratuitement",
            ],
            Self::Moment => &["heure", "heures", "h", "midi", "jour", "jours", "mois"],
            Self::Length => &["mois", "semaine", "semaines", "jours", "an", "ans", "minutes"],
            Self::Place => &["trouve", "trouvent", "salle", "guichet", "angle", "derriere", "parking"],
            Self::Phone => &[],
            Self::Papers => &[
                "apportez",
                "presentez",
                "justificatif",
                "justificatifs",
                "piece",
                "pieces",
                "livret",
                "photo",
                "photos",
                "certificat",
                "attestation",
                "cheque",
            ],
            Self::Reason => &["cause", "car", "parce", "raison", "suite"],
        }
    }

    /// Those that a question asks for.
    pub fn asked(text: &str) -> Vec<Self> {
        let words = normalise::folded_words(text);
        let asks = |fact: &Self| fact.asking().iter().any(|phrase| normalise::contains(&words, phrase));
        Self::ALL.into_iter().filter(asks).collect()
    }

    /// Whether a question asks for it.
    pub fn is_asked(self, text: &str) -> bool {
        Self::asked(text).contains(&self)
    }

    /// Whether a sentence states it.
    pub fn is_stated(self, text: &str) -> bool {
        // Fewer are no telephone number: emergency numbers, "3018", a year.
        const DIGITS: usize = 10;
        let words = normalise::folded_words(&text.replace('€', " euros "));
        let says = |all: &[&str]| words.iter().any(|word| all.contains(&word.as_str()));
        let digits = || text.split(|c: char| !c.is_ascii_digit() && !c.is_whitespace() && c != '.');
        says(self.stating())
            || match self {
                Self::Moment => says(&WEEKDAYS) || says(&MONTHS),
                Self::Place => names_a_way(text),
                Self::Phone => digits().any(|run| run.bytes().filter(u8::is_ascii_digit).count() >= DIGITS),
                Self::Price | Self::Length | Self::Papers | Self::Reason => false,
            }
    }
}

/// Whether a street is named in it: "avenue du Vercors", not "une place en crèche".
fn names_a_way(text: &str) -> bool {
    // "Place de la Fontaine".
    const AFTER: usize = 3;
    let words: Vec<&str> = text.split([' ', '\'', '’']).collect();
    let named = |at: usize| {
        let next = words[at + 1..].iter().take(AFTER);
        let mut named = next.filter(|word| word.starts_with(char::is_uppercase));
        named.next().is_some()
    };
    let is_way = |word: &str| WAYS.contains(&normalise::fold(word).as_str());
    (0..words.len()).any(|at| is_way(words[at]) && named(at))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_is_stated() {
        for (fact, question, answer) in [
            (Fact::Price, "et c'est payant ?", "L'entrée est gratuite."),
            (Fact::Price, "combien ça coûte", "Comptez 3 €."),
            (
                Fact::Moment,
                "jusqu'à quand",
                "Inscrivez-vous avant le premier janvier.",
            ),
            (Fact::Moment, "c'est quel jour", "Le club se retrouve le mardi."),
            (
                Fact::Length,
                "ça prend combien de temps",
                "Le dossier est instruit en deux mois.",
            ),
            (Fact::Place, "et c'est où", "La crèche est avenue du Vercors."),
            (Fact::Phone, "et le numéro", "Appelez Yvette Morel au 04 65 71 02 50."),
            (
                Fact::Papers,
                "il faut quoi comme papiers",
                "Venez avec une pièce d'identité.",
            ),
            (Fact::Reason, "ah bon pourquoi", "Il est annulé à cause des travaux."),
        ] {
            assert!(fact.is_asked(question), "{question}");
            assert!(fact.is_stated(answer), "{answer}");
        }
        for (fact, answer) in [
            (Fact::Phone, "Appelez les pompiers, au 18, avant 8 h 30 ou en 2026."),
            (Fact::Place, "L'inscription est gratuite, dès qu'une place se libère."),
            (Fact::Reason, "Le marché a lieu le samedi."),
        ] {
            assert!(!fact.is_stated(answer), "{answer}");
        }
        assert!(Fact::asked("et pour ma fille ?").is_empty());
    }
}
