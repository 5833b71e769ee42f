//! What is asked of opening hours: whose, and of which day. "La piscine, elle ouvre quand ?" asks of something else than the
//! town hall, even where nothing is known of it.

use chrono::{Datelike, Days, Months, NaiveDate};

use super::date::{self, MONTHS, WEEKDAYS};
use super::{normalise, numbers, self_repair};

/// Whose hours are asked for, as far as the words alone tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose {
    /// Nobody's in particular: "vous ouvrez quand ?".
    Unsaid,
    /// Those of the town hall: "la mairie ouvre quand ?".
    TownHall,
    /// Those of what was spoken of before: "elle ouvre quand ?".
    Before,
    /// Those of something else: "la piscine ouvre quand ?".
    Other,
}

/// Words that say that something opens or closes, with which a place may be the subject (folded).
const OPENS: [&str; 14] = [
    "ouvre", "ouvrent", "ouvert", "ouverts", "ouverte", "ouvertes", "ferme", "ferment", "fermes", "fermee", "fermees",
    "rouvre", "ouvrira", "fermera",
];
/// Those of them that a place may follow: "à quelle heure ouvre la gare ?" (folded).
const OPENS_IT: [&str; 4] = ["ouvre", "ouvrent", "ferme", "ferment"];
/// Words that ask for hours without that (folded).
const HOURS: [&str; 8] = [
    "horaire",
    "horaires",
    "ouverture",
    "ouvertures",
    "fermeture",
    "ouvrez",
    "fermez",
    "ouvrir",
];
/// What stands between a place and what is said of it (folded).
const LINKS: [&str; 24] = [
    "c", "est", "ce", "sont", "sera", "seront", "etes", "vous", "elle", "elles", "il", "ils", "ca", "t", "bien",
    "encore", "aussi", "toujours", "serez", "ne", "reste", "restent", "y", "seriez",
];
const PRONOUNS: [&str; 4] = ["elle", "elles", "il", "ils"];
/// What stands before a place's name (folded).
const ARTICLES: [&str; 8] = ["la", "le", "les", "l", "du", "des", "au", "aux"];
/// Before an article, these lead on from the noun that is completed (folded): "la salle de la gare".
const WITHIN: [&str; 2] = ["de", "d"];
/// Words with which no name goes on (folded).
const BREAKS: [&str; 18] = [
    "que", "qu", "qui", "quoi", "quand", "si", "ou", "et", "mais", "alors", "pour", "parce", "je", "j", "on", "pas",
    "tout", "depuis",
];
/// What the town hall is called, and its parts (folded).
const TOWN_HALL: [&str; 26] = [
    "mairie",
    "mairies",
    "ville",
    "hotel",
    "accueil",
    "guichet",
    "guichets",
    "bureau",
    "bureaux",
    "service",
    "services",
    "secretariat",
    "standard",
    "locaux",
    "public",
    "commune",
    "municipalite",
    "permanence",
    "agents",
    "personnel",
    "truc",
    "batiment",
    "maison",
    "porte",
    "portes",
    "gens",
];
/// What is no place, beside days and months (folded).
const TIMES: [&str; 40] = [
    "jour",
    "jours",
    "journee",
    "matin",
    "matins",
    "matinee",
    "midi",
    "midis",
    "soir",
    "soirs",
    "apres",
    "aprem",
    "nuit",
    "semaine",
    "week",
    "weekend",
    "mois",
    "annee",
    "heure",
    "heures",
    "h",
    "horaire",
    "horaires",
    "ouverture",
    "fermeture",
    "ferie",
    "feries",
    "fetes",
    "veille",
    "lendemain",
    "pont",
    "vacances",
    "noel",
    "toussaint",
    "paques",
    "pentecote",
    "ascension",
    "ete",
    "hiver",
    "reveillon",
];
/// What may stand beside a day where nothing but the day is asked for (folded).
const BESIDES: &str = "et mais alors sinon donc du coup non pas euh heu ah oui bon le la les l de d au aux a en ce cet cette \
    pendant pour c est ca midi prochain prochaine suivant suivante premier dernier an jour saint lundi dimanche \
    end demain aujourdhui an s il te plait enfin plutot pardon je voulais dire veux dis et si";
/// Words that tell of a day by today (folded): with one of them no other day is meant.
const BY_TODAY: [&str; 10] = [
    "demain",
    "aujourdhui",
    "hier",
    "dans",
    "semaine",
    "prochain",
    "prochaine",
    "ce",
    "huit",
    "quinze",
];

/// Whether opening or closing, or the hours of it, is spoken of.
pub fn asks(text: &str) -> bool {
    let words = normalise::folded_words(text);
    words
        .iter()
        .any(|word| OPENS.contains(&word.as_str()) || HOURS.contains(&word.as_str()))
}

/// Whose hours are asked for.
pub fn whose(text: &str) -> Whose {
    let words = normalise::folded_words(text);
    let is = |at: usize, names: &[&str]| words.get(at).is_some_and(|word| names.contains(&word.as_str()));
    let mut whose = Whose::Unsaid;
    for at in 0..words.len() {
        let noun = if is(at, &OPENS) {
            let links = words[..at]
                .iter()
                .rev()
                .take_while(|word| LINKS.contains(&word.as_str()));
            let begins = at - links.count();
            // "Elle ouvre", "elle est ouverte", "ouvre-t-elle".
            let after = at + 1 + usize::from(is(at + 1, &["t"]));
            if (begins..at).chain([after]).any(|at| is(at, &PRONOUNS)) {
                whose = Whose::Before;
            }
            subject(&words, begins).or_else(|| object(&words, at + 1).filter(|_| is(at, &OPENS_IT)))
        } else if is(at, &HOURS) {
            complement(&words, at + 1)
        } else {
            None
        };
        if let Some(noun) = noun {
            return if TOWN_HALL.contains(&noun) {
                Whose::TownHall
            } else {
                Whose::Other
            };
        }
    }
    whose
}

/// The noun whose group ends before `end`, where it begins with an article: "la bibliothèque municipale".
fn subject(words: &[String], end: usize) -> Option<&str> {
    let group = words[..end]
        .iter()
        .rev()
        .take(4)
        .position(|word| ARTICLES.contains(&word.as_str()))?;
    let at = end - 1 - group;
    let named = &words[at + 1..end];
    let noun = named.first()?;
    if named.iter().any(|word| BREAKS.contains(&word.as_str())) {
        return None;
    }
    // What a complement completes is meant: "la salle des fêtes", and "le lendemain du second tour" is a day.
    match (words[at].as_str(), at.checked_sub(1)) {
        ("du" | "des", _) => subject(words, at),
        (_, Some(before)) if WITHIN.contains(&words[before].as_str()) => subject(words, before),
        _ => (!named.iter().any(|word| is_time(word))).then_some(noun.as_str()),
    }
}

/// The noun that follows, with its article: "ouvre la gare".
fn object(words: &[String], from: usize) -> Option<&str> {
    let [article, noun] = words.get(from..from + 2)? else {
        return None;
    };
    let named = ARTICLES.contains(&article.as_str()) && !is_time(noun) && !BREAKS.contains(&noun.as_str());
    named.then_some(noun)
}

/// The noun whose hours are asked for: "horaires de la gare", "ouverture du musée".
fn complement(words: &[String], from: usize) -> Option<&str> {
    match words.get(from)?.as_str() {
        "de" | "d" => object(words, from + 1),
        "du" | "des" => object(words, from),
        _ => None,
    }
}

fn is_time(word: &str) -> bool {
    let day = |name: &&str| word == *name || word.strip_suffix('s') == Some(name);
    TIMES.contains(&word)
        || WEEKDAYS.iter().any(day)
        || MONTHS.contains(&word)
        || !numbers::numbers_in(word, true).is_empty()
}

/// Whether nothing but a day or a season is asked for: "et le mercredi ?", "non, pas vendredi, samedi".
pub fn only_a_time(text: &str) -> bool {
    let words = normalise::folded_words(text);
    let day = |word: &String| is_time(word) || matches!(word.as_str(), "demain" | "aujourdhui");
    words.iter().any(day)
        && words
            .iter()
            .all(|word| day(word) || normalise::is_listed(word, BESIDES) || OPENS.contains(&word.as_str()))
}

/// Whether a moment of today is named, other than now: "cet après-midi", "à onze heures aujourd'hui".
pub fn of_today(text: &str) -> bool {
    const PARTS: [&str; 6] = [
        "ce matin",
        "ce midi",
        "cet apres midi",
        "cet aprem",
        "ce soir",
        "cette apres midi",
    ];
    let words = normalise::folded_words(text);
    let at_an_hour = words.iter().any(|word| word == "aujourdhui") && !numbers::numbers_in(text, true).is_empty();
    at_an_hour || PARTS.iter().any(|part| normalise::contains(&words, part))
}

/// The day that is asked for, what the text takes back left aside. "Le mardi" or "le 2" alone is counted from the day `before`,
/// of which was spoken last, where that is further away than a week, or it is the one "d'après"; "mardi" is the next one.
pub fn day(text: &str, today: NaiveDate, before: Option<NaiveDate>) -> Option<NaiveDate> {
    self_repair::readings(text).iter().find_map(|text| {
        let words = normalise::folded_words(text);
        let has = |names: &[&str]| words.iter().any(|word| names.contains(&word.as_str()));
        let after = normalise::contains(&words, "d apres") || has(&["suivant"]);
        let bare = !has(&MONTHS) && !has(&BY_TODAY);
        let the_weekday = words
            .windows(2)
            .any(|pair| (pair[0] == "le" || after) && WEEKDAYS.contains(&pair[1].as_str()));
        let numbered = !numbers::numbers_in(text, true).is_empty();
        let before = before.filter(|day| bare && (after || *day > today + Days::new(7)));
        match before {
            Some(before) if !numbered && the_weekday => date::date(text, before),
            Some(before) if numbered && !has(&WEEKDAYS) => {
                // The nearest of that number: "et le 24 ?", after the 31st.
                let next = date::date(text, before)?;
                let last = next
                    .checked_sub_months(Months::new(1))
                    .filter(|day| *day >= today && day.day() == next.day());
                last.filter(|last| before - *last < next - before).or(Some(next))
            }
            _ => date::date(text, today),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_of_today() {
        for text in [
            "c'est ouvert cet après-midi",
            "vous êtes ouverts à onze heures et demie aujourd'hui",
            "ce soir à 18 h",
        ] {
            assert!(of_today(text), "{text}");
        }
        for text in [
            "c'est ouvert aujourd'hui",
            "le samedi après-midi",
            "vous êtes ouverts là ?",
            "demain soir",
        ] {
            assert!(!of_today(text), "{text}");
        }
    }

    #[test]
    fn whose_hours_are_asked_for() {
        for (text, expected) in [
            ("vous ouvrez à quelle heure ?", Whose::Unsaid),
            ("le samedi c'est ouvert ?", Whose::Unsaid),
            ("allô, c'est ouvert là ou pas", Whose::Unsaid),
            ("le lendemain du deuxième tour, vous êtes fermés ?", Whose::Unsaid),
            ("la mairie sera ouverte vendredi ?", Whose::TownHall),
            ("la mairie ouvre-t-elle demain ?", Whose::TownHall),
            ("les bureaux ferment à quelle heure", Whose::TownHall),
            ("c'est à quelle heure l'ouverture de la mairie", Whose::TownHall),
            ("elle ouvre quand ?", Whose::Before),
            ("ouvre-t-elle le samedi ?", Whose::Before),
            ("il est ouvert demain ?", Whose::Before),
            ("la trésorerie vous êtes ouverts quand", Whose::Other),
            ("la bibliothèque municipale est ouverte ?", Whose::Other),
            ("la médiathèque c'est ouvert le mercredi ?", Whose::Other),
            ("à quelle heure ouvre la gare ?", Whose::Other),
            ("les horaires de la piscine", Whose::Other),
            ("la salle des fêtes est ouverte dimanche ?", Whose::Other),
            ("la garderie du soir, elle ferme à quelle heure", Whose::Other),
        ] {
            assert_eq!(whose(text), expected, "{text}");
        }
    }

    #[test]
    fn nothing_but_a_time() {
        for text in [
            "et le mercredi ?",
            "non, pas vendredi, samedi",
            "et en juillet ?",
            "et le 2 ?",
            "et demain matin ?",
        ] {
            assert!(only_a_time(text), "{text}");
        }
        for text in [
            "vous êtes ouverts lundi ?",
            "non merci, à lundi",
            "et l'urbanisme ?",
            "non",
            "un rendez-vous mardi",
        ] {
            assert!(!only_a_time(text), "{text}");
        }
    }

    /// Seen from Tuesday, 1 December 2026.
    #[test]
    fn a_day_is_counted_from_the_one_before() {
        let day_of = |text: &str| text.parse::<NaiveDate>().ok();
        let today = day_of("2026-12-01").expect("a day");
        for (text, before, expected) in [
            ("vous ouvrez à quelle heure lundi euh non mardi", "", "2026-12-08"),
            ("vous êtes ouverts lundi, enfin non, mardi ?", "", "2026-12-08"),
            ("non, pas vendredi, samedi", "2026-12-04", "2026-12-05"),
            ("et le jeudi ?", "2026-12-04", "2026-12-03"),
            ("et le jeudi d'après ?", "2026-12-03", "2026-12-10"),
            ("et le jeudi d'après ?", "2027-01-11", "2027-01-14"),
            ("et le 2 ?", "2027-01-01", "2027-01-02"),
            ("et le 24 ?", "2026-12-31", "2026-12-24"),
            ("et le mardi", "2027-03-29", "2027-03-30"),
            ("et mardi ?", "2027-03-29", "2026-12-08"),
            ("et le 1er janvier ?", "2027-01-14", "2027-01-01"),
            ("et demain ?", "2027-01-14", "2026-12-02"),
        ] {
            assert_eq!(
                day(text, today, day_of(before)),
                day_of(expected),
                "{text}, after {before}"
            );
        }
    }
}
