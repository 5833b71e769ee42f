//! What a form asks for, found in what was said: as the answer to its question, or volunteered before it was asked.

use std::ops::Range;

use chrono::{NaiveDate, NaiveDateTime, NaiveTime};

use super::address::Streets;
use super::options::Options;
use super::{address, amount, choice, count, date, email, name, normalise, numbers, phone, self_repair, time};
use crate::units::Expect;

/// A value that was asked for.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
#[serde(tag = "type", content = "value", rename_all = "snake_case")]
pub enum Value {
    /// Yes or no.
    YesNo(bool),
    /// Digits, as text.
    Digits(String),
    /// A French telephone number of ten digits.
    Phone(String),
    /// A day.
    Date(NaiveDate),
    /// A time of day.
    Time(NaiveTime),
    /// A name, with its capitals.
    Name(String),
    /// A postal address, as it is written: "12 bis, rue des Lavandières".
    Address(String),
    /// An e-mail address.
    Email(String),
    /// A sum, in cents.
    Amount(u64),
    /// One of the options that the plan gives, by its name.
    Option(String),
    /// Which of two topics.
    Choice(choice::Choice),
    /// Whatever was said.
    Text(String),
}

impl Value {
    /// As it is written for staff: "0642187591", "2026-11-24", "oui", "12.50".
    pub fn plain(&self) -> String {
        match self {
            Self::YesNo(true) => "oui".into(),
            Self::YesNo(false) => "non".into(),
            Self::Date(day) => day.to_string(),
            Self::Time(time) => time.format("%H:%M").to_string(),
            Self::Amount(cents) => format!("{}.{:02}", cents / 100, cents % 100),
            Self::Digits(text)
            | Self::Phone(text)
            | Self::Name(text)
            | Self::Address(text)
            | Self::Email(text)
            | Self::Option(text)
            | Self::Text(text) => text.clone(),
            Self::Choice(choice) => format!("{choice:?}"),
        }
    }

    /// Whether it could not be heard in a cough: any word may be a name, or a text.
    pub fn is_certain(&self) -> bool {
        !matches!(self, Self::Name(_) | Self::Text(_))
    }
}

/// What a plan knows that values are made of.
#[derive(Clone, Debug, Default)]
pub struct Lexicon {
    /// The streets of the town.
    pub streets: Streets,
    /// The options of each question that has some.
    pub options: Vec<Options>,
}

/// The answer in `text` to a question that expects this; what the caller takes back ("mardi… non, mercredi") is left out.
pub fn answer(text: &str, expect: Expect, now: NaiveDateTime, lexicon: &Lexicon) -> Option<Value> {
    let find = |text: &str| plain_answer(text, expect, now, lexicon);
    let left = (expect == Expect::Date).then(|| date::without_excluded(text, now.date()));
    let text = left.as_ref().and_then(Option::as_deref).unwrap_or(text);
    match expect {
        // It is asked which of them: neither end is kept.
        Expect::Date if date::is_several(text, now.date()) => None,
        // "Au 12, euh, non, au 14 rue des Lavandières."
        Expect::Place => self_repair::around_no(text)
            .and_then(|(before, after)| address::repaired(&before, &after, &lexicon.streets))
            .map(Value::Text)
            .or_else(|| find(text)),
        Expect::Text | Expect::Choice | Expect::Option(_) => find(text),
        Expect::Phone => {
            let within = || {
                self_repair::readings(text)
                    .iter()
                    .find_map(|text| phone::phone_within(text))
            };
            phone::corrected(text).or_else(within).map(Value::Phone)
        }
        // "Cent euros, non, cent dix."
        Expect::Amount => {
            let mut readings = self_repair::readings(text).into_iter();
            readings
                .find_map(|text| amount::amount(&text).or_else(|| amount::bare(&text)))
                .map(Value::Amount)
        }
        // Of a day or an hour, only what was wrong is said again: "le 12 décembre, non, le 13".
        _ => self_repair::around_no(text)
            .and_then(|(before, after)| match expect {
                Expect::Date => Some(date::corrected(&before, &after, now.date())?.map(Value::Date)),
                Expect::Time => Some(time::corrected(&before, &after, now)?.map(Value::Time)),
                _ => None,
            })
            .unwrap_or_else(|| self_repair::readings(text).iter().find_map(|text| find(text))),
    }
}

/// The answer in a text that takes nothing back.
fn plain_answer(text: &str, expect: Expect, now: NaiveDateTime, lexicon: &Lexicon) -> Option<Value> {
    match expect {
        Expect::Anything | Expect::YesNo | Expect::Message => None,
        Expect::Text => Some(Value::Text(address::with_streets(text.trim(), &lexicon.streets))),
        Expect::Place => address::place(text, &lexicon.streets).map(Value::Text),
        Expect::Choice => choice::choice(&normalise::words(text)).map(Value::Choice),
        Expect::Option(question) => {
            let options = lexicon.options.get(question)?;
            // "Chemin des Tanneurs" sounds like "gênant", and is a place.
            let is_place = address::volunteered(text, &lexicon.streets).is_some();
            let chosen = if is_place {
                options.volunteered(text)
            } else {
                options.chosen(text)
            };
            chosen.map(Value::Option)
        }
        Expect::Date => date::date(text, now.date()).map(Value::Date),
        Expect::Time => time::time(text, now).map(Value::Time),
        Expect::Phone => phone::phone(text).map(Value::Phone),
        Expect::Name => name::name(text).map(Value::Name),
        // "Deux adultes et un enfant" are three; a reference counts nobody.
        Expect::Digits => phone::reference(text)
            .or_else(|| count::people(text).map(|many| many.to_string()))
            .or_else(|| phone::digits(text))
            .map(Value::Digits),
        Expect::Address => address::address(text, &lexicon.streets).map(Value::Address),
        Expect::Email => email::email(text).map(Value::Email),
        Expect::Amount => amount::amount(text).map(Value::Amount),
    }
}

/// The answer in `text` to this `question` that expects this, where the question tells more than that: of a date of birth,
/// the year is told and is past. `found` is what [`answer`] found.
pub fn to_question(
    question: &str,
    text: &str,
    expect: Expect,
    found: Option<Value>,
    today: NaiveDate,
) -> Option<Value> {
    match (expect, &found) {
        // A day without its year is ahead.
        (Expect::Date, Some(Value::Date(day))) if *day >= today && date::of_birth(question) => {
            let born = |text: &String| date::birth(text, today).map(Value::Date);
            self_repair::readings(text).iter().find_map(born)
        }
        (Expect::Digits, Some(Value::Digits(_))) if count::is_asked(question) => {
            let counted = |text: &String| count::answer(text).map(|many| Value::Digits(many.to_string()));
            self_repair::readings(text).iter().find_map(counted)
        }
        _ => found,
    }
}

/// What [`volunteered`] finds, and what else can be nothing but the answer to this `question`: "né le 3 mars 1990" where a
/// birth is asked about, "pour deux personnes" where it is asked how many, "au sujet de mon permis" where it is asked what
/// it is about.
pub fn volunteered_to(
    question: &str,
    text: &str,
    expect: Expect,
    now: NaiveDateTime,
    lexicon: &Lexicon,
) -> Option<Value> {
    match expect {
        Expect::Date if date::of_birth(question) => date::born(text, now.date()).map(Value::Date),
        Expect::Digits | Expect::Text if count::is_asked(question) => {
            let many = count::volunteered(text)?.to_string();
            Some(if expect == Expect::Digits {
                Value::Digits(many)
            } else {
                Value::Text(many)
            })
        }
        Expect::Text if asks_subject(question) => subject(text).map(Value::Text),
        _ => volunteered(text, expect, now, lexicon),
    }
}

/// "À quel sujet ?"
fn asks_subject(question: &str) -> bool {
    let words = normalise::folded_words(question);
    ["sujet", "motif", "objet", "propos"]
        .iter()
        .any(|word| normalise::contains(&words, word))
}

/// "Mon permis de construire" of "au sujet de mon permis de construire".
fn subject(text: &str) -> Option<String> {
    const LEADS: [&str; 8] = [
        "au sujet de",
        "au sujet d",
        "au sujet du",
        "a propos de",
        "a propos d",
        "a propos du",
        "concernant",
        "au sujet des",
    ];
    const ENDS: [&str; 4] = ["mon numero", "je m appelle", "c est", "rappelez"];
    let spans = normalise::spans(text);
    let words: Vec<&str> = spans.iter().map(|(word, _)| word.as_str()).collect();
    let lead = |at: &usize| LEADS.iter().any(|lead| normalise::begins(&words[*at..], lead));
    let at = (0..words.len()).find(lead)?;
    let lead = LEADS
        .iter()
        .filter(|lead| normalise::begins(&words[at..], lead))
        .max_by_key(|lead| lead.len())?;
    // "Du permis" keeps its article.
    let count = lead.split(' ').count();
    let from = at + count - usize::from(lead.ends_with("du") || lead.ends_with("des"));
    let is_end =
        |at: &usize| ENDS.iter().any(|end| normalise::begins(&words[*at..], end)) || words[*at].starts_with('0');
    let breaks = |at: &usize| text[spans[*at - 1].1.end..spans[*at].1.start].contains([',', '.', ';', '!', '?']);
    let to = (from + 1..words.len())
        .find(|at| is_end(at) || breaks(at))
        .unwrap_or(words.len());
    let last = (from..to)
        .rev()
        .find(|at| !matches!(words[*at], "au" | "et" | "le" | "s" | "il" | "vous" | "plait"))?;
    Some(text[spans[from].1.start..spans[last].1.end].to_owned())
}

/// A time in the caller's own words that was noted as `noted`, with the day or the hour in it that is said anew: "lundi à 15
/// heures", "plutôt l'après-midi". None where `said` is no time.
pub fn moment(said: &str, noted: &str, now: NaiveDateTime) -> Option<String> {
    /// More words tell more than a time.
    const LONGEST: usize = 8;
    let has_day = |text: &str| date::date(text, now.date()).is_some();
    let has_hour = |text: &str| time::time(text, now).is_some();
    let is_long = said.split_whitespace().count() > LONGEST || phone::phone_within(said).is_some();
    if is_long || !has_day(said) && !has_hour(said) {
        return None;
    }
    // "Lundi matin": the day, and the hour after it.
    let places = noted.match_indices(' ').map(|(at, _)| at);
    let split = places
        .map(|at| (&noted[..at], noted[at..].trim_start()))
        .find(|(day, _)| has_day(day));
    Some(match split {
        Some((_, hour)) if !has_hour(said) && has_hour(hour) => format!("{said} {hour}"),
        Some((day, _)) if !has_day(said) => format!("{day} {said}"),
        None if !has_day(said) && has_day(noted) && !has_hour(noted) => format!("{noted} {said}"),
        _ => said.to_owned(),
    })
}

/// What stands in a free sentence and would answer a question that expects this, were it asked: only what can be nothing
/// else. "Je m'appelle Martine Dubois, le lampadaire du 12 rue des Lavandières est éteint depuis mardi" has a name and an
/// address, but no day that anybody would ask for.
pub fn volunteered(text: &str, expect: Expect, now: NaiveDateTime, lexicon: &Lexicon) -> Option<Value> {
    match expect {
        // Digits and a yes belong to the question after which they come.
        Expect::Anything | Expect::YesNo | Expect::Message | Expect::Text | Expect::Choice | Expect::Digits => None,
        Expect::Option(question) => lexicon.options.get(question)?.volunteered(text).map(Value::Option),
        Expect::Name => name::introduced(text).map(Value::Name),
        Expect::Address => address::volunteered(text, &lexicon.streets).map(Value::Address),
        Expect::Place => address::volunteered_place(text, &lexicon.streets).map(Value::Text),
        Expect::Phone => phone::phone_within(text).map(Value::Phone),
        // "Rue du 8 mai" is no day, and "le 14" may be of anything.
        Expect::Date => {
            let text = address::without_way(text, &lexicon.streets);
            let is_day = !is_past(&text) && !is_of_something_else(&text) && names_a_day(&text, now);
            is_day.then(|| answer(&text, expect, now, lexicon)).flatten()
        }
        Expect::Time if !names_an_hour(text) => None,
        // A number is no sum where none was asked for: "cent euros, non, cent dix" is asked about.
        Expect::Amount => {
            let mut readings = self_repair::readings(text).into_iter();
            let last = readings.find(|text| !numbers::numbers_in(text, false).is_empty());
            amount::amount(&last?).map(Value::Amount)
        }
        Expect::Time | Expect::Email => answer(text, expect, now, lexicon),
    }
}

/// "Depuis mardi", "il y a trois jours", "né le trois mars": a day on which something was.
fn is_past(text: &str) -> bool {
    const PAST: [&str; 8] = [
        "depuis", "il y a", "dernier", "derniere", "ne le", "nee le", "hier", "etait",
    ];
    let words = normalise::folded_words(text);
    PAST.iter().any(|phrase| normalise::contains(&words, phrase))
}

/// "Je pars le 20": a day on which something else will be.
pub fn is_of_something_else(text: &str) -> bool {
    const OTHERWISE: [&str; 12] = [
        "je pars",
        "je repars",
        "on part",
        "nous partons",
        "il part",
        "elle part",
        "depart",
        "je voyage",
        "mon vol",
        "mon avion",
        "expire",
        "me marie",
    ];
    let words = normalise::folded_words(text);
    OTHERWISE.iter().any(|phrase| normalise::contains(&words, phrase))
}

/// Whether more than a number tells the day: a month, a weekday, "dans trois jours", "22/09".
fn names_a_day(text: &str, now: NaiveDateTime) -> bool {
    let words = normalise::folded_words(text);
    let found = numbers::numbers(&words, false);
    let in_number = |at: usize| {
        found
            .iter()
            .any(|number| (number.words.0..number.words.1).contains(&at))
    };
    let others: Vec<&str> = (0..words.len())
        .filter(|at| !in_number(*at))
        .map(|at| words[at].as_str())
        .collect();
    let with_number = found.iter().any(|number| {
        let after = words[number.words.1..].iter().find(|word| *word != "de");
        let counted = number.words.0 > 0 && words[number.words.0 - 1] == "dans";
        after.is_some_and(|word| {
            date::MONTHS.contains(&word.as_str())
                || counted && matches!(word.as_str(), "jour" | "jours" | "semaine" | "semaines" | "mois")
        })
    });
    with_number || is_written_with(text, &['/']) || date::date(&others.join(" "), now.date()).is_some()
}

/// "À dix heures" is a time; "ce matin", in a story, is none that was asked for.
fn names_an_hour(text: &str) -> bool {
    let words = normalise::folded_words(text);
    words
        .iter()
        .any(|word| matches!(word.as_str(), "heure" | "heures" | "h" | "midi"))
        || is_written_with(text, &['h', 'H', ':'])
}

/// "10h30", "10:30", "22/09": whether one of `marks` follows a digit.
fn is_written_with(text: &str, marks: &[char]) -> bool {
    let letters: Vec<char> = text.chars().collect();
    letters
        .windows(2)
        .any(|pair| pair[0].is_ascii_digit() && marks.contains(&pair[1]))
}

/// What is right and what is wrong in "quarante-deux, pas cinquante-deux", as digits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Amendment {
    /// What was meant.
    pub right: String,
    /// What was understood.
    pub wrong: String,
}

/// The correction of a number in `text`: "non, quarante-deux, pas cinquante-deux", "c'est pas cinquante-deux, c'est
/// quarante-deux".
pub fn amendment(text: &str) -> Option<Amendment> {
    let words = normalise::folded_words(text);
    let not = words.iter().position(|word| word == "pas")?;
    let found = numbers::numbers(&words, false);
    let wrong = found.iter().find(|number| number.words.0 > not)?;
    let right = found.iter().rev().find(|number| number.words != wrong.words)?;
    let pair = found.len() == 2 && right.digits != wrong.digits;
    pair.then(|| Amendment {
        right: right.digits.clone(),
        wrong: wrong.digits.clone(),
    })
}

impl Amendment {
    /// `digits` with what was wrong put right; none where that does not stand in them once, at the start of a pair of digits
    /// where there are pairs.
    pub fn apply(&self, digits: &str, size: usize) -> Option<String> {
        let places: Vec<Range<usize>> = digits
            .match_indices(&self.wrong)
            .filter(|(at, _)| at % size == 0)
            .map(|(at, found)| at..at + found.len())
            .collect();
        let [place] = &places[..] else { return None };
        Some([&digits[..place.start], &self.right, &digits[place.end..]].concat())
    }

    /// A text in which the wrong number stands, in digits or in words, with the right one in its place.
    pub fn apply_in(&self, text: &str) -> Option<String> {
        let tokens: Vec<&str> = text.split_whitespace().collect();
        let spans =
            (0..tokens.len()).flat_map(|from| (from + 1..=tokens.len().min(from + 4)).map(move |to| (from, to)));
        let says = |(from, to): &(usize, usize)| {
            let words = normalise::folded_words(&tokens[*from..*to].join(" "));
            let number = numbers::numbers(&words, false);
            matches!(&number[..], [only] if only.digits == self.wrong && only.words == (0, words.len()))
        };
        let (from, to) = spans.into_iter().find(says)?;
        let comma = if tokens[to - 1].ends_with(',') { "," } else { "" };
        let right = format!("{}{comma}", self.right);
        let all = tokens[..from]
            .iter()
            .copied()
            .chain([right.as_str()])
            .chain(tokens[to..].iter().copied());
        Some(all.collect::<Vec<_>>().join(" "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> NaiveDateTime {
        NaiveDate::from_ymd_opt(2026, 11, 24)
            .and_then(|day| day.and_hms_opt(10, 0, 0))
            .expect("a time")
    }

    #[test]
    fn a_day_that_is_excepted_or_of_something_else_is_not_the_answer() {
        let lexicon = Lexicon::default();
        for (text, answered, told) in [
            ("n'importe quel jour sauf le mercredi", None, None),
            ("un passeport, tous les jours sauf mardi", None, None),
            ("jeudi, sauf le 3", Some("2026-11-26"), Some("2026-11-26")),
            ("pas avant le 10 décembre", None, None),
            ("demain ou après-demain", None, None),
            (
                "oui mais c'est urgent, je pars le 21 décembre",
                Some("2026-12-21"),
                None,
            ),
            (
                "je voudrais venir le 21 décembre",
                Some("2026-12-21"),
                Some("2026-12-21"),
            ),
        ] {
            let day = |value: Option<Value>| value.map(|value| value.plain());
            let found = (
                day(answer(text, Expect::Date, now(), &lexicon)),
                day(volunteered(text, Expect::Date, now(), &lexicon)),
            );
            assert_eq!((found.0.as_deref(), found.1.as_deref()), (answered, told), "{text}");
        }
    }

    #[test]
    fn what_is_volunteered_can_be_nothing_else() {
        let lexicon = Lexicon {
            streets: Streets::new(["rue des Lavandières"]),
            options: vec![Options::new(["un trou, un nid-de-poule", "un trottoir abîmé"])],
        };
        let found = |text: &str, expect| volunteered(text, expect, now(), &lexicon).map(|value| value.plain());
        let story =
            "Bonjour, je m'appelle Martine Dubois, il y a un trou devant le 12 rue des Lavandières depuis mardi.";
        for (expect, value) in [
            (Expect::Name, Some("Martine Dubois")),
            (Expect::Address, Some("12, rue des Lavandières")),
            (Expect::Option(0), Some("un trou")),
            (Expect::Date, None),
            (Expect::Time, None),
            (Expect::Phone, None),
            (Expect::Digits, None),
            (Expect::Place, Some("12, rue des Lavandières")),
            (Expect::Text, None),
        ] {
            assert_eq!(found(story, expect).as_deref(), value, "{expect:?}");
        }
        let wish = "Je voudrais un rendez-vous mardi à dix heures, mon numéro c'est le 06 42 18 75 91.";
        assert_eq!(found(wish, Expect::Date).as_deref(), Some("2026-12-01"));
        assert_eq!(found(wish, Expect::Time).as_deref(), Some("10:00"));
        assert_eq!(found(wish, Expect::Phone).as_deref(), Some("0642187591"));
        assert_eq!(found(wish, Expect::Name), None);
        assert_eq!(found("On m'a volé mon portefeuille ce matin.", Expect::Time), None);
    }

    #[test]
    fn what_is_said_last_of_a_day_or_an_hour_counts() {
        let thursday = NaiveDate::from_ymd_opt(2026, 11, 26).and_then(|day| day.and_hms_opt(10, 15, 0));
        let now = thursday.expect("a time");
        for (said, expect, expected) in [
            ("mardi, pardon, mercredi", Expect::Date, "2026-12-02"),
            ("le 12, pardon, le 13", Expect::Date, "2026-12-13"),
            ("lundi 30, pardon, mardi 1er", Expect::Date, "2026-12-01"),
            ("le 12 décembre, non, le 13", Expect::Date, "2026-12-13"),
            ("le 12 janvier, non, le 13", Expect::Date, "2027-01-13"),
            ("le 12 décembre, non, janvier", Expect::Date, "2027-01-12"),
            (
                "mardi de la semaine prochaine, euh non, mercredi",
                Expect::Date,
                "2026-12-02",
            ),
            ("mardi, enfin non, mercredi", Expect::Date, "2026-12-02"),
            ("mardi, je veux dire mercredi", Expect::Date, "2026-12-02"),
            ("mardi ou plutôt mercredi", Expect::Date, "2026-12-02"),
            ("mardi plutôt que mercredi", Expect::Date, "2026-12-01"),
            ("mardi plutôt le matin", Expect::Date, "2026-12-01"),
            ("plutôt mardi", Expect::Date, "2026-12-01"),
            ("pardon, mardi", Expect::Date, "2026-12-01"),
            ("pardon, je voudrais mardi", Expect::Date, "2026-12-01"),
            ("bonjour, pardon, je voudrais mardi", Expect::Date, "2026-12-01"),
            ("mardi, pardon de vous déranger", Expect::Date, "2026-12-01"),
            ("mardi 12, non, mercredi", Expect::Date, "2026-12-02"),
            ("demain, non, mercredi", Expect::Date, "2026-12-02"),
            ("le 22/09, pardon, le 23/09", Expect::Date, "2027-09-23"),
            ("mardi, non merci", Expect::Date, "2026-12-01"),
            ("9h, pardon, 9h30", Expect::Time, "09:30"),
            ("14h, pardon, 15h", Expect::Time, "15:00"),
            ("neuf heures quinze, pardon, trente", Expect::Time, "09:30"),
            ("14h, pardon, 15", Expect::Time, "15:00"),
            ("plutôt vers 11h, 11h15", Expect::Time, "11:00"),
            ("le 12 décembre, pardon", Expect::Date, "2026-12-12"),
            ("le 12 à 10h, non, le 13", Expect::Date, "2026-12-13"),
            ("le 12 à 10h, non, le 13", Expect::Time, "10:00"),
            ("plutôt 14h", Expect::Time, "14:00"),
            ("mardi, non, mercredi à 10h", Expect::Time, "10:00"),
            ("le 12 décembre, ou plutôt le 14", Expect::Date, "2026-12-14"),
            ("le 12 décembre, euh pardon, le 13 décembre", Expect::Date, "2026-12-13"),
            ("né le 12 mai 52, pardon, 53", Expect::Date, ""),
            ("demain, pardon, après-demain", Expect::Date, "2026-11-28"),
            ("vendredi, excusez-moi, samedi", Expect::Date, "2026-11-28"),
            ("pardon ?", Expect::Date, ""),
            ("je me suis trompé, c'est mardi", Expect::Date, "2026-12-01"),
            ("mardi, je me suis trompée, mercredi", Expect::Date, "2026-12-02"),
            ("mardi, qu'est-ce que je dis, mercredi", Expect::Date, "2026-12-02"),
        ] {
            let found = answer(said, expect, now, &Lexicon::default()).map(|value| value.plain());
            assert_eq!(found.unwrap_or_default(), expected, "{said}");
        }
    }

    #[test]
    fn a_question_tells_more_than_what_kind_its_answer_is() {
        let lexicon = Lexicon {
            options: vec![Options::new(["par courrier, courrier", "au guichet, retirer"])],
            ..Lexicon::default()
        };
        let (birth, people, subject) = (
            "Quelle est la date de naissance ?",
            "Pour combien de personnes ?",
            "À quel sujet ?",
        );
        let told = |text: &str, question: &str, expect| {
            volunteered_to(question, text, expect, now(), &lexicon).map(|value| value.plain())
        };
        let act = "extrait de naissance pour Paul Petit né le 1er février 1990 à envoyer par courrier";
        assert_eq!(told(act, "À quel nom ?", Expect::Name).as_deref(), Some("Paul Petit"));
        assert_eq!(told(act, birth, Expect::Date).as_deref(), Some("1990-02-01"));
        assert_eq!(told(act, "Quel jour vous arrange ?", Expect::Date), None);
        assert_eq!(
            told(act, "Par courrier ?", Expect::Option(0)).as_deref(),
            Some("par courrier")
        );
        let call = "je voudrais qu'on me rappelle c'est monsieur Benoît Lefèvre au 06 98 76 54 32 au sujet de mon permis de construire";
        for (text, question, expect, value) in [
            (call, subject, Expect::Text, Some("mon permis de construire")),
            (
                "Rappelez-moi, c'est à propos du cimetière, merci.",
                subject,
                Expect::Text,
                Some("du cimetière"),
            ),
            (call, "Que voyez-vous ?", Expect::Text, None),
            ("Rappelez-moi.", subject, Expect::Text, None),
            (
                "acte de naissance de ma fille née le 8 mai 2015",
                birth,
                Expect::Date,
                Some("2015-05-08"),
            ),
            ("un acte pour le 8 mai", birth, Expect::Date, None),
            ("un passeport pour deux personnes", people, Expect::Digits, Some("2")),
            ("un passeport pour deux personnes", people, Expect::Text, Some("2")),
            (
                "un passeport pour deux personnes",
                "Quel numéro ?",
                Expect::Digits,
                None,
            ),
            ("un passeport", people, Expect::Digits, None),
        ] {
            assert_eq!(told(text, question, expect).as_deref(), value, "{text} / {question}");
        }
        for (said, question, value) in [
            ("14 juillet 45", birth, "1945-07-14"),
            ("le 14 juillet", birth, ""),
            ("le 3 mars 30", birth, "1930-03-03"),
            ("le 14 juillet", "Quel jour vous arrange ?", "2027-07-14"),
            ("le 14 juin, non, le 14 juillet 45", birth, "1945-07-14"),
        ] {
            let found = answer(said, Expect::Date, now(), &lexicon);
            let found = to_question(question, said, Expect::Date, found, now().date()).map(|value| value.plain());
            assert_eq!(found.unwrap_or_default(), value, "{said} / {question}");
        }
        let counted = |text: &str| answer(text, Expect::Digits, now(), &lexicon).map(|value| value.plain());
        for (said, value) in [
            ("une personne", Some("1")),
            ("juste moi", Some("1")),
            ("moi tout seul", Some("1")),
            ("on sera trois", Some("3")),
            ("deux adultes et un enfant", Some("3")),
            ("quatre", Some("4")),
            ("le 427", Some("427")),
            ("zéro six douze quatre-vingt", Some("061280")),
            ("le dossier A B 427", Some("AB427")),
            ("c'est pour une personne, le dossier 427", Some("427")),
        ] {
            assert_eq!(counted(said).as_deref(), value, "{said}");
        }
    }

    #[test]
    fn a_moment_is_put_right_in_part() {
        for (noted, said, expected) in [
            ("demain matin", "lundi à 15 heures", Some("lundi à 15 heures")),
            ("lundi matin", "l'après-midi", Some("lundi l'après-midi")),
            ("lundi matin", "mardi", Some("mardi matin")),
            ("lundi", "à 15 heures", Some("lundi à 15 heures")),
            ("quand vous voulez", "lundi", Some("lundi")),
            ("lundi", "c'est pour mon permis", None),
            ("lundi", "au 06 12 34 56 78", None),
        ] {
            assert_eq!(moment(said, noted, now()).as_deref(), expected, "{noted}: {said}");
        }
    }

    #[test]
    fn a_bare_number_volunteers_neither_a_sum_nor_a_day() {
        let lexicon = Lexicon::default();
        let found = |text: &str, expect| volunteered(text, expect, now(), &lexicon).map(|value| value.plain());
        for (said, sum, day) in [
            ("samedi 5 décembre à dix-sept heures trente", None, Some("2026-12-05")),
            ("quatre", None, None),
            ("le 12", None, None),
            ("427", None, None),
            ("non, midi dix", None, None),
            ("non, quinze heures quarante-cinq, pas quinze heures trente", None, None),
            ("non, cinquante-deux, pas quarante-deux", None, None),
            ("non, cent euros, pas cent vingt", Some("100.00"), None),
            ("cent euros, non, cent dix", None, None),
            ("c'est 45 € pour mardi", Some("45.00"), Some("2026-12-01")),
            ("non, c'est le 14 rue des Tilleuls", None, None),
            ("oui mais le numéro c'est le 07", None, None),
            ("au 12 rue du 8 mai 1945", None, None),
            ("plutôt le 14 mars", None, Some("2027-03-14")),
            ("le premier mai", None, Some("2027-05-01")),
            ("le 22/12", None, Some("2026-12-22")),
            ("dans deux semaines", None, Some("2026-12-08")),
            ("demain, au 14", None, Some("2026-11-25")),
            ("mardi le 15", None, Some("2026-12-15")),
        ] {
            assert_eq!(found(said, Expect::Amount).as_deref(), sum, "{said}");
            assert_eq!(found(said, Expect::Date).as_deref(), day, "{said}");
        }
        // Where a day or a sum is asked for, a number is one.
        let asked = |text: &str, expect| answer(text, expect, now(), &lexicon).map(|value| value.plain());
        assert_eq!(asked("le 12", Expect::Date).as_deref(), Some("2026-12-12"));
        assert_eq!(asked("120", Expect::Amount).as_deref(), Some("120.00"));
    }

    #[test]
    fn corrections_of_numbers() {
        for (said, digits, size, corrected) in [
            (
                "Non, quarante-deux, pas cinquante-deux.",
                "0652187591",
                2,
                Some("0642187591"),
            ),
            ("Non, c'est pas 52, c'est 42.", "0652187591", 2, Some("0642187591")),
            ("Pas 2 mais 3.", "427", 1, Some("437")),
            // Twice in it, not at the start of a pair, or not at all.
            ("42, pas 52", "0652527591", 2, None),
            ("42, pas 52", "0615218759", 2, None),
            ("42, pas 33", "0652187591", 2, None),
            ("Non, c'est pas ça.", "0652187591", 2, None),
            ("Non, le 42.", "0652187591", 2, None),
        ] {
            let amended = amendment(said).and_then(|amendment| amendment.apply(digits, size));
            assert_eq!(amended.as_deref(), corrected, "{said}");
        }
    }
}
