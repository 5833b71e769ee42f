//! How many people are spoken of: "deux adultes et un enfant", "on sera trois", "juste moi", "ma fille et moi".

use super::normalise::{self, contains};
use super::numbers::{self, Number};
use super::{aside, date};

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
    "juste lui",
    "juste elle",
    "seulement lui",
    "seulement elle",
    "que lui",
    "qu elle",
    "lui seul",
    "elle seule",
    "pour lui",
    "pour elle",
];
/// What leads to people whom nobody asked for (folded).
const FOR: &[&str] = &["pour", "pour mes", "pour nos", "pour les", "avec mes", "moi et mes"];
/// What stands between the people of one group (folded).
const AND: &[&str] = &["et", "avec", "aussi", "pour", "puis", "ainsi", "que"];
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
    let numbers = numbers::numbers(&words, false);
    for number in &numbers {
        match number.value() {
            Some(many) if counts(&words, number) || led(&words, number, US) => sum += many,
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
    let kin = after(&["mon", "ma", "notre"]);
    let with_me = contains(&words, "et moi") || contains(&words, "moi et");
    // "Deux personnes, mon fils et moi": who they are.
    let named = kin + u32::from(kin > 0 && with_me);
    if sum > 1 && named == sum && !is_joined(&words, &numbers) {
        return Some(sum);
    }
    sum += kin;
    let alone = ALONE.iter().any(|phrase| contains(&words, phrase));
    let me = alone || sum > 0 && with_me;
    Some(sum + u32::from(me)).filter(|sum| (1..=MOST).contains(sum))
}

/// Whether those who are named come with those who are counted: "deux adultes et mon fils".
fn is_joined(words: &[String], numbers: &[Number]) -> bool {
    numbers.last().is_some_and(|number| {
        let link = words.get(number.words.1 + 1);
        link.is_some_and(|word| AND.contains(&word.as_str()))
    })
}

/// The same in what nobody asked for it in: "pour deux personnes", "on sera quatre"; not "deux enfants jouent", which may be
/// of anything.
pub fn volunteered(text: &str) -> Option<u32> {
    let words = normalise::folded_words(text);
    let found = numbers::numbers(&words, false);
    let told = |number: &&Number| {
        led(&words, number, WE_ARE) && counts(&words, number)
            || led(&words, number, FOR) && of_people(&words, number)
            || is_all(&words, number, &found)
    };
    let Some(first) = found.iter().position(|number| told(&number)) else {
        return (0..words.len()).find_map(|at| family(&words, at));
    };
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
    let me = led(&words, &found[first], &["moi et mes"])
        || words[end.min(words.len())..].starts_with(&["et", "moi"].map(str::to_owned));
    Some(sum + u32::from(me)).filter(|sum| (1..=MOST).contains(sum))
}

/// "Deux personnes", "non, trois personnes pas deux", and no more: what puts another number right.
fn is_all(words: &[String], number: &Number, numbers: &[Number]) -> bool {
    const LITTLE: [&str; 16] = [
        "non",
        "oui",
        "c",
        "est",
        "ca",
        "sera",
        "en",
        "fait",
        "plutot",
        "alors",
        "finalement",
        "euh",
        "pas",
        "ah",
        "mais",
        "on",
    ];
    let of_number = |at: usize| {
        numbers
            .iter()
            .any(|number| (number.words.0..number.words.1).contains(&at))
    };
    let is_noun = |word: &str| matches!(word, "personne" | "personnes");
    let little = |at: usize| of_number(at) || is_noun(&words[at]) || LITTLE.contains(&words[at].as_str());
    words.get(number.words.1).is_some_and(|word| is_noun(word)) && (0..words.len()).all(little)
}

/// How many people begin at a word: "pour mon fils" is one, "ma femme et moi", "moi et mon mari" are two.
fn family(words: &[String], at: usize) -> Option<u32> {
    let word = |at: usize| words.get(at).map_or("", String::as_str);
    let person = |at: usize| match word(at) {
        "moi" => Some(1),
        "mon" | "ma" | "notre" if is_people(word(at + 1)) => Some(2),
        "mon" | "ma" if word(at + 1).starts_with("petit") && is_people(word(at + 2)) => Some(3),
        _ => None,
    };
    let led = word(at) == "pour";
    let (mut end, mut kin, mut me) = (at + usize::from(led), 0, 0);
    while let Some(length) = person(end) {
        *(if length == 1 { &mut me } else { &mut kin }) += 1;
        end += length;
        let link = words[end..]
            .iter()
            .take_while(|word| AND.contains(&word.as_str()))
            .count();
        let goes_on = |at: usize| link > 0 && person(at).is_some();
        // "Et mes enfants", "et deux amis": how many they are with these is not told.
        if link > 0 && !goes_on(end + link) {
            let counted = numbers::numbers(words, false)
                .iter()
                .any(|number| number.words.0 == end + link && of_people(words, number));
            let many = matches!(word(end + link), "mes" | "nos" | "les" | "des");
            if counted || many {
                return None;
            }
        }
        if !goes_on(end + link) {
            break;
        }
        end += link;
    }
    (kin > 0 && (led || me == 1) && me < 2).then_some(kin + me)
}

/// The number of people in `text`, where that was asked, and no number that is of anything else: "après dix-sept heures"
/// counts nobody, nor does a question ("est-ce que ma fille doit venir").
pub fn answer(text: &str) -> Option<u32> {
    if aside::asks(text) {
        return None;
    }
    let words = normalise::folded_words(text);
    let found = numbers::numbers(&words, false);
    // "Deux passeports", "une", "pour trois".
    let alone = || match &found[..] {
        [number] if !date::is_counted(&words, number.words.1) => number.value(),
        _ => None,
    };
    people(text)
        .or_else(|| volunteered(text))
        .or_else(alone)
        .filter(|many| (1..=MOST).contains(many))
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
            ("juste lui", Some(1)),
            ("moi et ma femme", Some(2)),
            ("ma fille et moi", Some(2)),
            ("deux personnes mon fils et moi", Some(2)),
            ("deux enfants, mon fils et ma fille", Some(2)),
            ("deux adultes et mon fils et moi", Some(4)),
            ("un adulte et mon fils", Some(2)),
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
            ("c'est pour un passeport pour mes deux enfants", Some(2)),
            ("un passeport pour mes trois enfants et moi", Some(4)),
            ("je voudrais un passeport pour mon fils", Some(1)),
            ("un passeport pour ma petite fille", Some(1)),
            ("rendez-vous pour carte d'identité ma fille et moi", Some(2)),
            ("un passeport pour ma femme et moi", Some(2)),
            ("une carte d'identité, moi et mon mari", Some(2)),
            ("pour mon fils et ma fille", Some(2)),
            ("deux personnes", Some(2)),
            ("non trois personnes, pas deux", Some(3)),
            ("pour mon fils et mes filles", None),
            ("pour ma fille et deux amis", None),
            ("pour le mariage de mon fils", None),
            ("mon fils est tombé devant chez moi", None),
            ("j'ai appelé avec ma femme", None),
            ("deux personnes se battent", None),
            ("chez moi et mon numéro est le 12", None),
        ] {
            assert_eq!(volunteered(said), many, "{said}");
        }
    }

    #[test]
    fn what_is_no_number_of_people_is_no_answer() {
        for (said, many) in [
            ("deux", Some(2)),
            ("une", Some(1)),
            ("trois passeports", Some(3)),
            ("on sera quatre", Some(4)),
            ("pour mon fils", Some(1)),
            ("c'est possible après dix-sept heures", None),
            ("est-ce que ma fille doit venir", None),
            ("le 12 mai", None),
            ("dans trois semaines", None),
            ("personne", None),
        ] {
            assert_eq!(answer(said), many, "{said}");
        }
    }
}
