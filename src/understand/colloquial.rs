//! Words that people say and towns do not write: "la biblio", "un clébard", "le boulot". What is said is compared with
//! what is written by the word that is written.

use std::collections::HashMap;
use std::ops::{Range, RangeInclusive};
use std::sync::LazyLock;

use super::normalise::{self, Word};

/// Each word as it is written, and as it is said (folded).
const WORDS: &[(&str, &str)] = &[
    ("adolescent", "ado ados"),
    ("amende de stationnement", "pv pvs contredanse"),
    ("appartement", "appart apparts appartoche"),
    ("argent", "fric pognon thune thunes flouze"),
    ("assistante maternelle", "nounou nounous nourrice nourrices"),
    ("association", "asso assos"),
    ("bibliothèque", "biblio bibli"),
    ("bruit", "boucan barouf raffut ramdam tintamarre"),
    ("cantine", "cantoche"),
    ("certificat", "certif"),
    ("chat", "minou minous matou matous minet minette"),
    ("chaton", "minouche"),
    ("chien", "toutou toutous clebs clebard clebards cabot cabots"),
    ("chiot", "chiots"),
    ("cigarette", "clope clopes"),
    ("cinéma", "cinoche"),
    ("conservatoire", "conserv"),
    ("déchetterie", "dechette dechett"),
    ("document", "papelard papelards"),
    ("démarches", "paperasse paperasses paperasserie"),
    ("électricité", "elec electrac"),
    ("enfant", "gosse mome mioche gamin gamine loupiot marmot bambin"),
    (
        "enfants",
        "gosses momes mioches gamins gamines loupiots marmots bambins",
    ),
    ("gymnase", "gymn"),
    ("identité", "id"),
    ("information", "info"),
    ("informations", "infos"),
    ("instituteur", "instit"),
    ("maison", "baraque bicoque"),
    ("médecin", "toubib"),
    ("moto", "becane meule"),
    ("municipale", "muni"),
    ("périscolaire", "perisco"),
    ("permanence", "perm"),
    ("police", "flic flics keufs"),
    ("procuration", "procu"),
    ("professeur", "prof"),
    ("professeurs", "profs"),
    ("propriétaire", "proprio proprios"),
    ("rendez-vous", "rdv rencard rencart"),
    ("réfrigérateur", "frigo frigos"),
    ("repas", "bouffe"),
    ("restaurant", "resto restos"),
    ("réunion", "reu reus"),
    ("sécurité sociale", "secu"),
    (
        "toilettes",
        "chiotte chiottes vece veces wc pipi pissotiere pissotieres",
    ),
    ("travail", "boulot boulots taf turbin job jobs"),
    ("travailler", "bosser"),
    ("travaille", "bosse"),
    ("vélo", "biclou bicyclette"),
    ("vêtements", "fringue fringues sape sapes habits"),
    ("voiture", "bagnole tuture"),
    ("voitures", "bagnoles"),
];

/// The folded words of a text, with acronyms that are spelled, or written with full stops, in one: "le C. C. A. S.".
pub fn joined(text: &str) -> Vec<String> {
    const LENGTHS: RangeInclusive<usize> = 3..=5;
    let spans = normalise::spans(text);
    // "C'est" is no letter of what comes before it.
    let is_letter = |(word, span): &(String, Range<usize>)| {
        let elided = text[span.end..].starts_with(['\'', '’']);
        !elided && word.chars().count() == 1 && word.chars().all(char::is_alphabetic)
    };
    let mut joined = Vec::with_capacity(spans.len());
    for run in spans.chunk_by(|one, next| is_letter(one) && is_letter(next)) {
        let words = run.iter().map(|(word, _)| word.as_str());
        if LENGTHS.contains(&run.len()) {
            joined.push(words.collect());
        } else {
            joined.extend(words.map(str::to_owned));
        }
    }
    joined
}

/// The words as they would be written.
pub fn written(words: Vec<Word>) -> Vec<Word> {
    static WRITTEN: LazyLock<HashMap<&str, Vec<Word>>> = LazyLock::new(|| {
        let all = WORDS.iter().map(|(written, said)| (normalise::words(written), said));
        all.flat_map(|(written, said)| said.split(' ').map(move |said| (said, written.clone())))
            .collect()
    });
    let written = words.into_iter().map(|word| match WRITTEN.get(word.folded.as_str()) {
        Some(written) => written.clone(),
        None => vec![word],
    });
    written.flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_is_written() {
        for (said, meant) in [
            ("les horaires de la biblio", "les horaires de la bibliothèque"),
            ("je cherche une nounou", "je cherche une assistante maternelle"),
            ("mon clébard", "mon chien"),
            ("le chien du voisin", "le chien du voisin"),
        ] {
            assert_eq!(normalise::sentence(&written(normalise::words(said))), meant);
        }
    }

    #[test]
    fn acronyms_that_are_spelled_are_one_word() {
        for (said, meant) in [
            ("le c c a s est ouvert", "le ccas est ouvert"),
            ("le c c a s c'est ouvert", "le ccas c est ouvert"),
            (
                "le C.C.A.S. et l'A.P.A., s'il vous plaît",
                "le ccas et l apa s il vous plait",
            ),
            ("il y a", "il y a"),
            ("c'est à l'heure", "c est a l heure"),
            ("L E F È V R E", "l e f e v r e"),
        ] {
            assert_eq!(joined(said).join(" "), meant);
        }
    }

    #[test]
    fn each_is_said_of_one_thing() {
        let all: Vec<&str> = WORDS.iter().flat_map(|(_, said)| said.split(' ')).collect();
        let mut once = all.clone();
        once.sort_unstable();
        once.dedup();
        assert_eq!(all.len(), once.len());
        assert!(all.iter().all(|said| normalise::fold(said) == **said));
    }
}
