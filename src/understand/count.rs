//! How many people are spoken of: "deux adultes et un enfant", "on sera trois", "juste moi", "ma fille et moi".

use super::normalise::{self, contains};
use super::numbers::{self, Number};

/// Words for people, in the singular (folded).
const PEOPLE: &[&str] = &[
    "personne",
    "adulte",
    "enfant",
    "bebe",
    "nourrisson",
    "ado",
    "mineur",
    "mineure",
    "gamin",
    "gamine",
    "fils",
    "fille",
    "garcon",
    "homme",
    "femme",
    "mari",
    "epoux",
    "epouse",
    "conjoint",
    "conjointe",
    "compagnon",
    "compagne",
    "pere",
    "mere",
    "frere",
    "soeur",
    "ami",
    "amie",
    "copain",
    "copine",
    "convive",
    "invite",
    "participant",
    "participante",
    "accompagnant",
];
/// What comes before how many "we" are (folded).
const WE_ARE: &[&str] = &[
    "on est",
    "on sera",
    "on serait",
    "on va etre",
    "on viendra a",
    "on vient a",
    "nous sommes",
    "nous serons",
    "nous serions",
    "nous viendrons a",
];
/// And where it is asked (folded).
const US: &[&str] = &["nous", "tous les", "toutes les"];
/// Who comes alone (folded).
const ALONE: &[&str] = &[
    "juste moi",
    "seulement moi",
    "uniquement moi",
    "rien que moi",
    "moi seul",
    "moi seule",
    "moi uniquement",
    "moi tout seul",
    "moi toute seule",
    "tout seul",
    "toute seule",
    "suis seul",
    "suis seule",
    "serai seul",
    "serai seule",
    "viens seul",
    "viens seule",
    "viendrai seul",
    "viendrai seule",
    "personne d autre",
    "pour moi",
    "que pour moi",
    "il n y a que moi",
    "y a que moi",
];
/// More people than these come nowhere together: it is another number.
const MOST: u32 = 999;

/// Whether a question asks for a number of people: "Pour combien de personnes ?"
pub fn is_asked(question: &str) -> bool {
    let words = normalise::folded_words(question);
    let many = ["combien", "nombre"].iter().any(|word| contains(&words, word));
    let of_you = ["serez vous", "etes vous", "vous serez", "vous etes"];
    many && (words.iter().any(|word| is_people(word)) || of_you.iter().any(|phrase| contains(&words, phrase)))
}

/// How many people `text` counts, where that was asked; none where it has a number that counts none of them.
pub fn people(text: &str) -> Option<u32> {
    let words = normalise::folded_words(text);
    let mut sum = 0;
    for number in numbers::numbers(&words, false) {
        match number.value() {
            Some(many) if counts(&words, &number) || led(&words, &number, US) => sum += many,
            // "Un rendez-vous": no number.
            _ if words[number.words.0].starts_with("un") && number.digits == "1" => {}
            _ => return None,
        }
    }
    // "Ma fille, mon mari et moi": each is one. How many "mes enfants" are is not told.
    let after = |ways: &[&str]| {
        let pairs = words.windows(2);
        let own = pairs.filter(|pair| ways.contains(&pair[0].as_str()) && is_people(&pair[1]));
        own.count() as u32
    };
    if after(&["mes", "nos", "des", "les"]) > 0 {
        return None;
    }
    sum += after(&["mon", "ma", "notre"]);
    let alone = ALONE.iter().any(|phrase| contains(&words, phrase));
    let me = alone || sum > 0 && (contains(&words, "et moi") || contains(&words, "moi et"));
    Some(sum + u32::from(me)).filter(|sum| (1..=MOST).contains(sum))
}

/// The same in what nobody asked for it in: "pour deux personnes", "on sera quatre"; not "deux enfants jouent", which may be
/// of anything.
pub fn volunteered(text: &str) -> Option<u32> {
    let words = normalise::folded_words(text);
    let found = numbers::numbers(&words, false);
    let told = |number: &&Number| {
        led(&words, number, WE_ARE) && counts(&words, number)
            || led(&words, number, &["pour"]) && of_people(&words, number)
    };
    let first = found.iter().position(|number| told(&number))?;
    // "Deux adultes et un enfant": up to another number.
    let mut end = found[first].words.0;
    let mut sum = 0;
    for number in &found[first..] {
        if number.words.0 > end + 1 || !counts(&words, number) {
            break;
        }
        sum += number.value().unwrap_or(0);
        end = number.words.1 + 1;
    }
    Some(sum).filter(|sum| (1..=MOST).contains(sum))
}

/// Whether a number counts people: "deux adultes", "on sera trois".
fn counts(words: &[String], number: &Number) -> bool {
    const OF_TIME: [&str; 5] = ["heure", "heures", "h", "jour", "jours"];
    let after = words.get(number.words.1).map_or("", String::as_str);
    of_people(words, number) || led(words, number, WE_ARE) && !OF_TIME.contains(&after)
}

/// "Deux adultes", "une seule personne".
fn of_people(words: &[String], number: &Number) -> bool {
    const BETWEEN: [&str; 8] = ["seule", "seul", "autre", "autres", "jeune", "jeunes", "petit", "petits"];
    let mut after = words[number.words.1..]
        .iter()
        .skip_while(|word| BETWEEN.contains(&word.as_str()));
    after.next().is_some_and(|word| is_people(word))
}

/// Whether one of `phrases` comes right before a number.
fn led(words: &[String], number: &Number, phrases: &[&str]) -> bool {
    let before = words[..number.words.0].join(" ");
    phrases
        .iter()
        .any(|phrase| before == *phrase || before.ends_with(&format!(" {phrase}")))
}

fn is_people(word: &str) -> bool {
    PEOPLE.contains(&word) || word.strip_suffix('s').is_some_and(|one| PEOPLE.contains(&one))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_are_counted_where_they_are_asked_for() {
        for (said, many) in [
            ("une personne", Some(1)),
            ("Une seule personne.", Some(1)),
            ("juste moi", Some(1)),
            ("Moi tout seul.", Some(1)),
            ("C'est que pour moi.", Some(1)),
            ("on sera trois", Some(3)),
            ("Nous serons quatre.", Some(4)),
            ("deux adultes et un enfant", Some(3)),
            ("Moi et mon fils.", Some(2)),
            ("Mon mari, ma fille et moi.", Some(3)),
            ("Tous les deux.", Some(2)),
            ("mes deux enfants et moi", Some(3)),
            // How many they are is not told, or by a number that stands alone.
            ("mes enfants et moi", None),
            ("427", None),
            ("c'est pour deux personnes, le 427", None),
            ("un rendez-vous", None),
            ("on sera là à 15 heures", None),
            ("personne", None),
            ("", None),
        ] {
            assert_eq!(people(said), many, "{said}");
        }
        assert!(is_asked("Pour combien de personnes ?") && is_asked("Combien serez-vous ?"));
        assert!(is_asked("Quel est le nombre d'enfants ?"));
        assert!(!is_asked("Quel est le numéro du dossier ?") && !is_asked("À quelle personne ?"));
        assert!(!is_asked("Combien de cartes voulez-vous ?"));
    }

    #[test]
    fn people_are_counted_unasked() {
        for (said, many) in [
            ("un rendez-vous pour deux personnes", Some(2)),
            ("c'est pour un passeport et on sera deux", Some(2)),
            ("on est quatre en fait", Some(4)),
            ("pour deux adultes et un enfant, au 06 12 34 56 78", Some(3)),
            ("deux enfants jouent devant le 12", None),
            ("on est le 14", None),
            ("on est au 4 rue Pasteur", None),
            ("pour deux passeports", None),
            ("c'est pour moi", None),
        ] {
            assert_eq!(volunteered(said), many, "{said}");
        }
    }
}
