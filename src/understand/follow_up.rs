//! What leans on what was said before ("et le samedi ?", "c'est payant ?"), and sentences that hold two requests.

use super::normalise;

/// Longer ones stand alone.
const LONGEST: usize = 8;
/// Fewer words are no request of their own.
const SHORTEST: usize = 2;
/// Beginnings of what leans on something (folded).
const LEANING: [&str; 26] = [
    "et",
    "et si",
    "mais",
    "ca coute",
    "ca prend",
    "ca dure",
    "c est payant",
    "c est gratuit",
    "c est combien",
    "c est ou",
    "c est quand",
    "c est cher",
    "c est a quelle heure",
    "c est pour quand",
    "combien ca coute",
    "combien c est",
    "combien de temps",
    "a quelle heure",
    "quel jour",
    "il faut quoi",
    "il faut prendre rendez vous",
    "il faut un rendez vous",
    "quels papiers",
    "quels documents",
    "et puis",
    "pour ma",
];

/// Whether it makes sense only after something else. What opens it (politeness) counts for nothing.
pub fn leans(text: &str) -> bool {
    let words: Vec<String> = normalise::folded_words(text);
    let begun = words.iter().position(|word| {
        !matches!(
            word.as_str(),
            "ah" | "oh" | "euh" | "bon" | "ok" | "oui" | "d" | "accord" | "alors"
        )
    });
    let words = &words[begun.unwrap_or(words.len())..];
    words.len() <= LONGEST && words.len() > 1 && LEANING.iter().any(|phrase| normalise::begins(words, phrase))
}

/// Words after which "et" begins another request (folded).
const ANOTHER: [&str; 9] = [
    "aussi",
    "puis",
    "pour",
    "savoir",
    "egalement",
    "ensuite",
    "apres",
    "j aimerais",
    "je voudrais",
];
/// Words that announce two of them.
const TWO: [&str; 4] = ["deux choses", "deux questions", "deux demandes", "double question"];

/// The ways in which a sentence may be cut in two requests.
pub fn cuts(text: &str) -> Vec<[&str; 2]> {
    let announced = {
        let words = normalise::folded_words(text);
        TWO.iter().any(|two| normalise::contains(&words, two))
    };
    let mut cuts = Vec::new();
    for joint in ["? ", ". ", " et ", " ainsi que "] {
        for (at, _) in text.match_indices(joint) {
            let (left, right) = (&text[..at + 1], &text[at + joint.len()..]);
            let [before, after] = [left, right].map(normalise::folded_words);
            let another = joint != " et " || announced || ANOTHER.iter().any(|word| normalise::begins(&after, word));
            if another && before.len() >= SHORTEST && after.len() >= SHORTEST {
                cuts.push([left, right]);
            }
        }
    }
    cuts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_leans() {
        for text in [
            "et le samedi ?",
            "Et pour ma fille ?",
            "Ah d'accord, et c'est payant ?",
            "ça coûte combien",
            "C'est à quelle heure ?",
        ] {
            assert!(leans(text), "{text}");
        }
        for text in [
            "et",
            "le samedi",
            "je voudrais un acte de naissance",
            "et je voulais savoir aussi si la piscine est ouverte le dimanche",
        ] {
            assert!(!leans(text), "{text}");
        }
    }

    #[test]
    fn two_requests() {
        let cut = |text| cuts(text).first().map(|[_, right]| right.to_string());
        assert_eq!(
            cut("un acte de naissance et aussi les horaires de la mairie").as_deref(),
            Some("aussi les horaires de la mairie")
        );
        assert_eq!(
            cut("deux choses : la cantine, et une carte d'identité").as_deref(),
            Some("une carte d'identité")
        );
        assert_eq!(
            cut("Quand passe la poubelle ? Il me faut un acte.").as_deref(),
            Some("Il me faut un acte.")
        );
        assert_eq!(cut("je me marie et il me faut un acte de naissance"), None);
        assert_eq!(cut("le père et la mère"), None);
    }
}
