//! "Les horaires de la déchetterie de Crest": what is asked of another town is none of ours to answer.

use super::date::{MONTHS, WEEKDAYS};
use super::normalise;

/// What every town has one of (folded), before "de Crest" or "à Crest".
const SITES: [&str; 38] = [
    "agence",
    "bibliotheque",
    "brocante",
    "cantine",
    "carnaval",
    "ccas",
    "cimetiere",
    "civil",
    "college",
    "commune",
    "creche",
    "decheterie",
    "dechetterie",
    "ecole",
    "fetes",
    "garderie",
    "gymnase",
    "maire",
    "mairie",
    "marche",
    "maternelle",
    "mediatheque",
    "municipal",
    "municipale",
    "musee",
    "parking",
    "patinoire",
    "piscine",
    "police",
    "polyvalente",
    "postale",
    "poste",
    "primaire",
    "stade",
    "techniques",
    "urbanisme",
    "ville",
    "voirie",
];
const LINKS: [&str; 3] = ["de", "d", "a"];
/// Who wants to get there asks us, how (folded).
const ON_THE_WAY: [&str; 16] = [
    "aller",
    "bus",
    "car",
    "cars",
    "covoiturage",
    "emmener",
    "ligne",
    "minibus",
    "navette",
    "rendre",
    "route",
    "taxi",
    "train",
    "transport",
    "transports",
    "vais",
];
/// What begins with a capital and is no town (folded), beside days and months.
const NO_TOWNS: [&str; 12] = [
    "madame",
    "monsieur",
    "noel",
    "paques",
    "toussaint",
    "pentecote",
    "ascension",
    "saint",
    "sainte",
    "france",
    "jean",
    "noels",
];

/// Whether something of another town is asked for: of one of `neighbours`, or of what is written as a name and is not among
/// what is known `here`, a text: "la piscine de Livron", but not "la salle de Roche-Colombe".
pub fn is_asked(text: &str, neighbours: &[String], here: impl Fn() -> String) -> bool {
    let spans = normalise::spans(text);
    let words: Vec<String> = spans.iter().map(|(word, _)| word.clone()).collect();
    if words.iter().any(|word| ON_THE_WAY.contains(&word.as_str())) {
        return false;
    }
    let is = |at: usize, any: &[&str]| any.contains(&words[at].as_str());
    let is_neighbour = |at: usize| {
        (neighbours.iter().map(|name| normalise::folded_words(name).join(" ")))
            .any(|name| normalise::begins(&words[at..], &name))
    };
    // Not where all is written in capitals.
    let small = text.chars().any(char::is_lowercase);
    let is_name = |at: usize| {
        let written = &text[spans[at].1.clone()];
        let word = words[at].as_str();
        small
            && written.starts_with(char::is_uppercase)
            && !is(at, &NO_TOWNS)
            && !WEEKDAYS.contains(&word)
            && !MONTHS.contains(&word)
            && !normalise::folded_words(&here()).iter().any(|known| known == word)
    };
    (2..words.len()).any(|at| {
        // "De la mairie de Crest", "à l'école à Die".
        is(at - 2, &SITES) && is(at - 1, &LINKS) && (is_neighbour(at) || is_name(at))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_town_is_told_from_ours() {
        let neighbours = ["Crest".to_owned(), "Portes-lès-Valence".to_owned()];
        let here = "Valbourg, salle Roche-Colombe, école Jean-Moulin, le marché de Noël";
        for text in [
            "les horaires de la déchetterie de crest",
            "la mairie de Crest est ouverte le samedi",
            "vous êtes bien la mairie de Crest ?",
            "C'est quand, le marché de Die ?",
            "la police municipale de portes-lès-valence",
            "Je voudrais louer la salle des fêtes de Saillans.",
            "La piscine à Livron, c'est combien ?",
        ] {
            assert!(is_asked(text, &neighbours, || here.to_owned()), "{text}");
        }
        for text in [
            "Les horaires de la déchetterie de Valbourg",
            "C'est quand, le marché de Noël ?",
            "Il y a un bus pour aller à la piscine de Crest ?",
            "je suis née à Crest et je voudrais un passeport",
            "j'habite à Crest, je peux louer la salle ?",
            "Vous êtes ouverts à la mairie de Janvier à mars ?",
            "l'école de musique",
            "L'école de Roche-Colombe",
            "LA MAIRIE DE DIE",
        ] {
            assert!(!is_asked(text, &neighbours, || here.to_owned()), "{text}");
        }
    }
}
