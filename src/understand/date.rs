//! Days, as people say them, relative to today.
//!
//! Choices, where French leaves one: a weekday alone is its next occurrence after today; "prochain" changes nothing to
//! that, "en huit" adds a week, "de la semaine prochaine" counts from next Monday; "dans huit jours" is a week and
//! "dans quinze jours" a fortnight; a date without a year is its next occurrence, today included, or its last one where
//! "dernier" is said; who was born without a year has no date. A year of two digits is at most ten years ahead, and
//! never ahead for a birth. A period ("la semaine prochaine", "en mai") is no day.

use chrono::{Datelike, Months, NaiveDate, Weekday};

use super::address;
use super::normalise::{self, contains};
use super::numbers::{self, Number};

/// The day that `text` names, seen from `today`.
pub fn date(text: &str, today: NaiveDate) -> Option<NaiveDate> {
    seen(text, View::of(text, today))
}

fn seen(text: &str, view: View) -> Option<NaiveDate> {
    let words = normalise::folded_words(text);
    // "22/09/2026", "22.9.26" and "22-09" are one word each for a reader, three for `words`.
    anchored(&words, view).unwrap_or_else(|| numeric(text, view).or_else(|| plain(&words, view)))
}

/// Whether several days are named, or a time that has several: "du 12 au 15 décembre", "entre le 3 et le 5", "le 12 ou le
/// 13", "la semaine du 14".
pub fn is_several(text: &str, today: NaiveDate) -> bool {
    let words = normalise::folded_words(text);
    let found = numbers::numbers(&words, false);
    let word = |at: usize| words.get(at).map_or("", String::as_str);
    // The words of a day from here on: "mardi 12 décembre", "12", "jeudi".
    let day = |from: usize| {
        let mut at = from + usize::from(matches!(word(from), "le" | "au" | "du"));
        let start = at;
        at += match (word(at), word(at + 1)) {
            ("apres", "demain") => 2,
            ("demain" | "aujourdhui", _) => 1,
            (day, _) => usize::from(weekday(day).is_some()),
        };
        if let Some(number) = found.iter().find(|number| number.words.0 == at) {
            let is_day = number.value().is_some_and(|n| (1..=31).contains(&n));
            let of_month = month(word(number.words.1)).is_some();
            if is_day && (of_month || !is_counted(&words, number.words.1)) {
                at = number.words.1 + usize::from(of_month);
            }
        }
        (at > start).then_some(at)
    };
    let period = |at: usize| matches!(word(at), "semaine" | "semaines" | "mois" | "week" | "quinzaine");
    let two = |at: usize| {
        let (first, links) = match word(at) {
            "du" | "de" | "d" => (day(at + 1), &["au", "a", "jusqu"][..]),
            "entre" => (day(at + 1), &["et"][..]),
            _ => (day(at), &["ou"][..]),
        };
        first.is_some_and(|end| links.contains(&word(end)) && day(end + 1).is_some())
    };
    // "Fin décembre", "pas avant le 10", "à partir de mardi".
    let of_month = |at: usize| {
        const PARTS: [&str; 7] = ["fin", "debut", "mi", "milieu", "courant", "en", "mois"];
        let mut before = words[..at]
            .iter()
            .rev()
            .skip_while(|word| matches!(word.as_str(), "de" | "d"));
        MONTHS.contains(&word(at)) && before.next().is_some_and(|word| PARTS.contains(&word.as_str()))
    };
    let bound = |at: usize| {
        let lead = match (word(at), word(at + 1)) {
            ("pas", "avant") => 2,
            ("a", "partir") => 2 + usize::from(word(at + 2) == "de"),
            _ => return false,
        };
        day(at + lead).is_some()
    };
    let is_period = |at: usize| period(at) || of_month(at);
    let left = without_excluded(text, today);
    let none_is_left = |left: &String| date(left, today).is_none();
    let names_none = || date(text, today).is_none() && !is_impossible(text) && (0..words.len()).any(is_period);
    left.is_some_and(|left| none_is_left(&left)) || (0..words.len()).any(|at| two(at) || bound(at)) || names_none() || {
        let mut weeks = (0..words.len()).filter(|at| word(*at) == "semaine" && word(at + 1) == "du");
        weeks.any(|at| day(at + 2).is_some())
    }
}

/// `text` without the day that is excepted in it: "tous les jours" of "tous les jours sauf mardi". None where none is.
pub fn without_excluded(text: &str, today: NaiveDate) -> Option<String> {
    const EXCEPT: [&str; 5] = ["sauf", "excepte", "hormis", "a part", "a l exception"];
    let spans = normalise::spans(text);
    let words: Vec<&str> = spans.iter().map(|(word, _)| word.as_str()).collect();
    let excepts = |at: &usize| EXCEPT.iter().any(|except| normalise::begins(&words[*at..], except));
    let at = (0..words.len()).find(excepts)?;
    // "Oui, sauf mercredi, c'est jeudi": what follows is meant again.
    let again = |end: &usize| {
        let pauses = text[spans[end - 1].1.end..spans[*end].1.start].contains([',', '.', ';', '!', '?']);
        pauses
            || ["c est", "mais", "plutot"]
                .iter()
                .any(|phrase| normalise::begins(&words[*end..], phrase))
    };
    let end = (at + 1..words.len()).find(again);
    let (from, to) = (spans[at].1.start, end.map_or(text.len(), |end| spans[end].1.start));
    date(&text[from..to], today)?;
    Some([&text[..from], &text[to..]].concat())
}

/// Whether a day is named that no year has: "le 31 février".
pub fn is_impossible(text: &str) -> bool {
    // The 29th of February is one.
    const LEAP_YEAR: i32 = 2028;
    let words = normalise::folded_words(text);
    numbers::numbers(&words, false).iter().any(|number| {
        let at = number.words.1 + usize::from(words.get(number.words.1).is_some_and(|word| word == "de"));
        let month = words
            .get(at)
            .and_then(|word| (1..).zip(MONTHS).find(|(_, name)| word == name));
        let day = number.value().filter(|day| (1..=31).contains(day));
        let named = day.zip(month);
        named.is_some_and(|(day, (month, _))| NaiveDate::from_ymd_opt(LEAP_YEAR, month, day).is_none())
    })
}

/// The day that is right where the caller puts right what was said `before` with what comes `after`: "le 12 décembre, non,
/// le 13". What is not said again stays. None where `after` is more than parts of a day.
pub fn corrected(before: &str, after: &str, today: NaiveDate) -> Option<Option<NaiveDate>> {
    let (mut words, part) = (normalise::folded_words(before), normalise::folded_words(after));
    let said = numbers::numbers(&part, false);
    let little = |word: &str| matches!(word, "le" | "du" | "au" | "de" | "d");
    let is_part = |at: usize| {
        let numbered = said.iter().any(|n| (n.words.0..n.words.1).contains(&at));
        numbered || little(&part[at]) || weekday(&part[at]).is_some() || month(&part[at]).is_some()
    };
    if part.iter().all(|word| little(word)) || !(0..part.len()).all(is_part) {
        return None;
    }
    let alone = || match &said[..] {
        [day] if day.words == (0, part.len()) => date(&format!("le {after}"), today),
        _ => date(after, today),
    };
    let is_year = |number: &Number| number.digits.len() == 4;
    let days = said.iter().filter(|number| !is_year(number)).count();
    let named = part.iter().any(|word| weekday(word).is_some());
    let before_has_a_day = numbers::numbers(&words, false).iter().any(|number| !is_year(number));
    // "Mardi 12, non, mercredi": of the day before, nothing stays.
    if days > 1 || (named && days == 0 && before_has_a_day) {
        return Some(alone());
    }
    for number in &said {
        let mut found = numbers::numbers(&words, false).into_iter();
        let Some(wrong) = found.find(|wrong| is_year(wrong) == is_year(number)) else {
            return Some(alone());
        };
        words.splice(wrong.words.0..wrong.words.1, [number.digits.clone()]);
    }
    let kinds: [&dyn Fn(&str) -> bool; 2] = [&|word| weekday(word).is_some(), &|word| month(word).is_some()];
    for is_kind in kinds {
        let right = part.iter().find(|word| is_kind(word));
        match (right, words.iter().position(|word| is_kind(word))) {
            (Some(right), Some(wrong)) => words[wrong].clone_from(right),
            (Some(_), None) => return Some(alone()),
            (None, _) => {}
        }
    }
    let view = View::of(before, today);
    Some(anchored(&words, view).unwrap_or_else(|| plain(&words, view)))
}

/// The day that was noted as `noted`, as a part of it that is said anew puts it right: "non, le 14 juin", "c'est juillet",
/// "l'année c'est 72". What is not said again stays, and what was past is past still. None where no part of a day is said
/// but a weekday, which tells a day by itself.
pub fn amended(said: &str, noted: NaiveDate, today: NaiveDate) -> Option<NaiveDate> {
    let words = normalise::folded_words(said);
    let is_past = noted < today;
    let view = View { today, born: is_past };
    let parts = Parts::of(&words, view)?;
    let (day, month) = (parts.day.unwrap_or(noted.day()), parts.month.unwrap_or(noted.month()));
    match parts.year {
        Some(year) => NaiveDate::from_ymd_opt(year, month, day),
        None if is_long_past(noted, today) => NaiveDate::from_ymd_opt(noted.year(), month, day),
        None if is_past => last(today, day, month),
        None => {
            let same = NaiveDate::from_ymd_opt(noted.year(), month, day).filter(|day| *day >= today);
            let soon = || match parts.month {
                None => today.iter_days().take(62).find(|soon| soon.day() == day),
                Some(month) => next(today, day, month),
            };
            same.or_else(soon)
        }
    }
}

/// Whether a day is so long past that somebody was born on it: more than a year.
fn is_long_past(day: NaiveDate, today: NaiveDate) -> bool {
    months_from(today, -12).is_some_and(|year_ago| day < year_ago)
}

/// Whether a text speaks of a birth: "quelle est la date de naissance ?", "né le 3 mars".
pub fn of_birth(text: &str) -> bool {
    let of_birth = |word: &normalise::Word| {
        // With its accent: "je ne peux pas".
        matches!(
            word.surface.to_lowercase().as_str(),
            "né" | "née" | "nés" | "nées" | "naissance"
        )
    };
    normalise::words(text).iter().any(of_birth)
}

/// The day on which somebody was born, as it is told where that is asked: never ahead, and none without its year.
pub fn birth(text: &str, today: NaiveDate) -> Option<NaiveDate> {
    seen(text, View { today, born: true }).filter(|day| *day <= today)
}

/// The day on which somebody was born, where that is told among other things: "pour Paul Petit né le 3 mars 1990, par
/// courrier".
pub fn born(text: &str, today: NaiveDate) -> Option<NaiveDate> {
    let spans = normalise::spans(text);
    let from = spans.iter().enumerate().rev().find_map(|(at, (word, span))| {
        let of_date = word == "naissance" && at > 1 && spans[at - 2].0 == "date";
        (of_date || word != "naissance" && of_birth(&text[span.clone()])).then_some(span.start)
    })?;
    birth(&text[from..], today)
}

/// What is said of a day.
#[derive(Default)]
struct Parts {
    day: Option<u32>,
    month: Option<u32>,
    year: Option<i32>,
}

impl Parts {
    /// "Le 14 juin", "juin", "le 14", "le 15 07", "en 72", "l'année 1946": none where numbers may be of anything else.
    fn of(words: &[String], view: View) -> Option<Self> {
        const BEFORE_A_YEAR: [&str; 3] = ["en", "annee", "an"];
        const AFTER_A_YEAR: [&str; 9] = ["pas", "et", "non", "mais", "pardon", "merci", "plutot", "s", "moi"];
        let word = |i: usize| words.get(i).map_or("", String::as_str);
        let before = |i: usize| i.checked_sub(1).map_or("", word);
        let numbers = numbers::numbers(words, false);
        let up_to = |number: &Number, most: u32| number.value().filter(|value| (1..=most).contains(value));
        // "C'est mes papiers" is not of May.
        let named =
            (0..words.len()).find_map(|at| Some((at, MONTHS.iter().position(|name| *name == word(at))? as u32 + 1)));
        if let Some((at, month)) = named {
            let end = at - usize::from(before(at) == "de");
            let day = numbers.iter().find(|number| number.words.1 == end);
            let year = year_in(&run(words, &numbers, at + 1), view)?;
            return Some(Self {
                day: day.and_then(|number| up_to(number, 31)),
                month: Some(month),
                year: year.or_else(|| year_beside(words, &numbers, view)),
            });
        }
        numbers.iter().find_map(|number| {
            let (from, to) = number.words;
            let group = run(words, &numbers, from);
            let is_first = !numbers.iter().any(|other| other.words.1 == from);
            let led = matches!(before(from), "le" | "du");
            let of_year = (from.saturating_sub(4)..from).any(|at| BEFORE_A_YEAR.contains(&word(at)));
            let ends = word(to).is_empty() || AFTER_A_YEAR.contains(&word(to));
            match &group[..] {
                _ if !is_first => None,
                [day, month] if led && month.len() == 2 && month.starts_with('0') => Some(Self {
                    day: day.parse().ok().filter(|day| (1..=31).contains(day)),
                    month: month.parse().ok().filter(|month| (1..=12).contains(month)),
                    year: None,
                }),
                [year] if year.len() == 4 && ends || year.len() == 2 && of_year && ends && view.born => Some(Self {
                    year: Some(view.full_year(year.parse().ok()?)?),
                    ..Self::default()
                }),
                [_] if led && ends && up_to(number, 31).is_some() => Some(Self {
                    day: up_to(number, 31),
                    ..Self::default()
                }),
                _ => None,
            }
        })
    }
}

/// From where a day is seen.
#[derive(Clone, Copy)]
struct View {
    today: NaiveDate,
    /// Somebody was born on it.
    born: bool,
}

impl View {
    fn of(text: &str, today: NaiveDate) -> Self {
        let born = of_birth(text);
        Self { today, born }
    }

    /// "26" is 2026, "58" is 1958: at most ten years ahead, and no birth is ahead.
    fn full_year(self, year: u32) -> Option<i32> {
        let latest = self.today.year() + if self.born { 0 } else { 10 };
        match year as i32 {
            year @ 0..100 if 2000 + year <= latest => Some(2000 + year),
            year @ 0..100 => Some(1900 + year),
            year @ 1800..2100 => Some(year),
            _ => None,
        }
    }

    fn in_days(self, days: i64) -> Option<NaiveDate> {
        plus(self.today, days)
    }

    /// The first day of this month, or of another so many months away.
    fn month(self, shift: i32) -> Option<NaiveDate> {
        months_from(self.today.with_day(1)?, shift)
    }

    /// The last weekday of this name, before today.
    fn last(self, weekday: Weekday) -> Option<NaiveDate> {
        on_side(self.today, weekday, false)
    }
}

fn plus(day: NaiveDate, days: i64) -> Option<NaiveDate> {
    day.checked_add_signed(chrono::Duration::days(days))
}

fn months_from(day: NaiveDate, months: i32) -> Option<NaiveDate> {
    match u32::try_from(months) {
        Ok(ahead) => day.checked_add_months(Months::new(ahead)),
        Err(_) => day.checked_sub_months(Months::new(months.unsigned_abs())),
    }
}

/// The next weekday of this name after `day`, or the last one before it.
fn on_side(day: NaiveDate, weekday: Weekday, after: bool) -> Option<NaiveDate> {
    let side = if after { 1 } else { -1 };
    (1..=7)
        .filter_map(|n| plus(day, n * side))
        .find(|d| d.weekday() == weekday)
}

/// A day that is told by no other.
fn plain(words: &[String], view: View) -> Option<NaiveDate> {
    let numbers = numbers::numbers(words, false);
    let weekday = words.iter().find_map(|w| weekday(w));
    around(words, view)
        .or_else(|| numerals(words, &numbers, view))
        .or_else(|| day_and_month(words, &numbers, weekday, view))
        .or_else(|| feast(words, view.today))
        .or_else(|| relative(words, &numbers, view))
        .or_else(|| weekday_and_day(words, &numbers, weekday, view))
        .or_else(|| on_weekday(words, &numbers, weekday?, view))
        .or_else(|| day_of_month(words, &numbers, view))
}

/// A day that is told by another: "la veille du 1er mai", "quinze jours après Noël", "le lundi après Noël", "mardi en
/// huit". None where no other day is spoken of, and a day that is none where it cannot be told which.
fn anchored(words: &[String], view: View) -> Option<Option<NaiveDate>> {
    let numbers = numbers::numbers(words, false);
    let word = |i: usize| words.get(i).map_or("", String::as_str);
    let before = |i: usize, n: usize| i.checked_sub(n).map_or("", word);
    let day_in = |words: &[String]| anchored(words, view).unwrap_or_else(|| plain(words, view));
    (0..words.len()).find_map(|at| {
        let rest = &words[at + 1..];
        match word(at) {
            beside @ ("veille" | "lendemain" | "surlendemain") if matches!(word(at + 1), "de" | "du" | "des" | "d") => {
                let days = match (beside, before(at, 1)) {
                    ("veille", "avant") => -2,
                    ("veille", _) => -1,
                    ("lendemain", previous) if previous != "sur" => 1,
                    _ => 2,
                };
                Some(day_in(rest).and_then(|day| plus(day, days)))
            }
            "en" if !is_counted(words, at + 2) => {
                let days = match word(at + 1) {
                    "8" | "huit" => 7,
                    "15" | "quinze" => 14,
                    _ => return None,
                };
                let last = before(at, 1);
                let from = weekday(last).is_some() || matches!(last, "prochain" | "demain" | "aujourdhui");
                from.then(|| day_in(&words[..at]).and_then(|day| plus(day, days)))
            }
            side @ ("avant" | "apres" | "suivant") => {
                let quantity = numbers.iter().find(|n| n.words.1 + 1 == at && side != "suivant");
                if let Some((number, shift)) = quantity.and_then(|n| Some((n, Shift::of(n, word(at - 1))?)))
                    && !matches!(before(number.words.0, 1), "dans" | "a")
                {
                    return Some(day_in(rest).and_then(|day| shift.from(day, side == "apres")));
                }
                let weekday = weekday(before(at, 1))?;
                let anchor = day_in(rest).filter(|_| begins_with_a_day(rest, view))?;
                Some(on_side(anchor, weekday, side != "avant"))
            }
            _ => None,
        }
    })
}

/// "Le 12 décembre", "Noël"; not "14 heures", "midi", nor the "demain" of "après-demain".
fn begins_with_a_day(words: &[String], view: View) -> bool {
    let skipped = words
        .iter()
        .take_while(|w| matches!(w.as_str(), "le" | "la" | "les" | "l"))
        .count();
    let words = &words[skipped..];
    let number = numbers::numbers(words, false).into_iter().find(|n| n.words.0 == 0);
    match number {
        Some(number) => {
            month(words.get(number.words.1).map_or("", String::as_str)).is_some() || !is_counted(words, number.words.1)
        }
        None => holiday(words, view.today).is_some(),
    }
}

/// So long before or after a day.
enum Shift {
    Days(i64),
    Months(i32),
}

impl Shift {
    fn of(number: &Number, unit: &str) -> Option<Self> {
        let n = number.value().filter(|n| *n < 1000)? as i32;
        Some(match (unit, n) {
            ("jour" | "jours", 8) => Self::Days(7),
            ("jour" | "jours", 15) => Self::Days(14),
            ("jour" | "jours", n) => Self::Days(i64::from(n)),
            ("semaine" | "semaines", n) => Self::Days(i64::from(n) * 7),
            ("mois", n) => Self::Months(n),
            ("an" | "ans", n) => Self::Months(n * 12),
            _ => return None,
        })
    }

    fn from(&self, day: NaiveDate, after: bool) -> Option<NaiveDate> {
        match *self {
            Self::Days(n) => plus(day, if after { n } else { -n }),
            Self::Months(n) => months_from(day, if after { n } else { -n }),
        }
    }
}

/// "Avant-hier", "lundi dernier", "le premier lundi de décembre", "le dernier jour du mois".
fn around(words: &[String], view: View) -> Option<NaiveDate> {
    let has = |phrase: &str| contains(words, phrase);
    let word = |i: usize| words.get(i).map_or("", String::as_str);
    let places = || words.iter().enumerate();
    let soonest = |days: Vec<NaiveDate>| days.iter().find(|day| **day >= view.today).or(days.last()).copied();
    let of_month = places().find_map(|(at, said)| {
        let weekday = weekday(word(at + 1))?;
        let nth = NTH.iter().position(|names| names.contains(&said.as_str()));
        let day = |first: &NaiveDate| match nth {
            Some(nth) => NaiveDate::from_weekday_of_month_opt(first.year(), first.month(), weekday, nth as u8 + 1),
            None => on_side(months_from(*first, 1)?, weekday, false),
        };
        let told = nth.is_some() || said == "dernier";
        let months = months(&words[at + 2..], view);
        told.then(|| soonest(months.iter().filter_map(day).collect()))?
    });
    let last = || places().find_map(|(at, said)| weekday(said).filter(|_| is_gone(word(at + 1))));
    of_month.or_else(|| match () {
        () if has("avant hier") => view.in_days(-2),
        () if has("hier") => view.in_days(-1),
        () if last().is_some() && !places().any(|(at, said)| month(said).is_some() && is_gone(word(at + 1))) => {
            view.last(last()?)
        }
        () if has("reveillon du jour de l an") || has("saint sylvestre") => next(view.today, 31, 12),
        () if has("dernier jour") || has("fin du mois") => {
            let last_day = |first: &NaiveDate| months_from(*first, 1)?.pred_opt();
            soonest(months(words, view).iter().filter_map(last_day).collect())
        }
        () => None,
    })
}

/// What is said of a time that is over: "lundi dernier", "le mois passé".
fn is_gone(word: &str) -> bool {
    matches!(
        word,
        "dernier" | "derniere" | "passe" | "passee" | "precedent" | "precedente"
    )
}

/// How far the period of one of these names is from the present one: "le mois dernier" is -1, "cette semaine" is 0.
fn shift(words: &[String], names: &[&str]) -> Option<i32> {
    let word = |i: usize| words.get(i).map_or("", String::as_str);
    (0..words.len())
        .filter(|at| names.contains(&word(*at)))
        .find_map(|at| match (word(at + 1), word(at + 2)) {
            (gone, _) if is_gone(gone) => Some(-1),
            ("d", "avant") => Some(-1),
            ("prochain" | "prochaine", _) | ("d", "apres") => Some(1),
            _ if at > 0 && matches!(word(at - 1), "ce" | "cette") => Some(0),
            _ => None,
        })
}

/// The first days of the months that may be meant, the soonest first: "de janvier", "du mois", "du mois prochain".
fn months(words: &[String], view: View) -> Vec<NaiveDate> {
    let word = |i: usize| words.get(i).map_or("", String::as_str);
    let named = words.iter().enumerate().find_map(|(at, word)| Some((at, month(word)?)));
    let shifted = shift(words, &["mois"]);
    let firsts = match (named, shifted) {
        (Some((at, month)), _) => {
            let numbers = numbers::numbers(words, false);
            let years = match year_in(&run(words, &numbers, at + 1), view) {
                Some(Some(year)) => vec![year],
                None => Vec::new(),
                Some(None) if is_gone(word(at + 1)) => {
                    vec![view.today.year() - i32::from(month >= view.today.month())]
                }
                Some(None) => vec![view.today.year(), view.today.year() + 1],
            };
            let firsts = years.into_iter().map(|year| NaiveDate::from_ymd_opt(year, month, 1));
            firsts.collect()
        }
        (None, Some(shift)) => vec![view.month(shift)],
        (None, None) if contains(words, "du mois") => vec![view.month(0), view.month(1)],
        (None, None) => Vec::new(),
    };
    firsts.into_iter().flatten().collect()
}

/// "Premier", "deuxième" …, as they are written and heard.
const NTH: [&[&str]; 4] = [
    &["premier", "1er"],
    &["deuxieme", "second", "2e", "2eme"],
    &["troisieme", "3e", "3eme"],
    &["quatrieme", "4e", "4eme"],
];

/// What is counted with the number before it, besides hours, months and numbers in a street.
const COUNTED: [&str; 17] = [
    "h",
    "heure",
    "heures",
    "minute",
    "minutes",
    "jour",
    "jours",
    "semaine",
    "semaines",
    "an",
    "ans",
    "personne",
    "personnes",
    "euro",
    "euros",
    "bis",
    "ter",
];

/// Whether the word at `at` takes the number before it.
pub(super) fn is_counted(words: &[String], at: usize) -> bool {
    words.get(at).is_some_and(|word| {
        COUNTED.contains(&word.as_str()) || month(word).is_some() || address::WAYS.contains(&word.as_str())
    })
}

/// The numbers that follow one another from the word `at` on, up to one that counts what comes after it. A zero belongs to
/// the digit after it ("zéro huit"), and "huit mille neuf cent cinquante-deux" is August, 1952.
fn run(words: &[String], numbers: &[Number], at: usize) -> Vec<String> {
    let mut groups: Vec<String> = Vec::new();
    let mut end = at;
    for number in numbers.iter().skip_while(|number| number.words.0 < at) {
        if number.words.0 != end || is_counted(words, number.words.1) {
            break;
        }
        let value = number.value().unwrap_or(0);
        let in_words = number.words.1 - number.words.0 > 1;
        match groups.last_mut() {
            Some(zero) if zero == "0" && number.digits.len() == 1 => zero.push_str(&number.digits),
            _ if in_words && (2..=12).contains(&(value / 1000)) && value > 2100 && value % 1000 >= 800 => {
                groups.extend([value / 1000, 1000 + value % 1000].map(|group| group.to_string()));
            }
            _ => groups.push(number.digits.clone()),
        }
        end = number.words.1;
    }
    groups
}

/// The year that these numbers after a day and its month are, or no year where they are a time of day. None where that
/// cannot be told: "vingt quinze".
fn year_in(groups: &[String], view: View) -> Option<Option<i32>> {
    let value = |group: &String| group.parse::<u32>().ok();
    // A telephone number may follow.
    let of_phone = |from: &usize| groups[*from].starts_with('0') && groups[*from..].concat().len() == 10;
    let end = (0..groups.len()).find(of_phone).unwrap_or(groups.len());
    match &groups[..end] {
        [] => Some(None),
        [year, ..] if year.len() == 4 && view.full_year(value(year)?).is_some() => Some(view.full_year(value(year)?)),
        [year] if year.len() == 2 => Some(view.full_year(value(year)?)),
        [digit] if digit.len() == 1 => Some(None),
        [century, year] if matches!(century.as_str(), "19" | "20") && year.len() == 2 => {
            let year = value(year).filter(|year| *year > 59)?;
            Some(view.full_year(value(century)? * 100 + year))
        }
        [hour, minute] if value(hour)? < 24 && value(minute)? < 60 => Some(None),
        _ => None,
    }
}

/// The days of the week, folded.
pub const WEEKDAYS: [&str; 7] = ["lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"];
/// The months, folded.
pub const MONTHS: [&str; 12] = [
    "janvier",
    "fevrier",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "aout",
    "septembre",
    "octobre",
    "novembre",
    "decembre",
];

fn weekday(word: &str) -> Option<Weekday> {
    Some(match word {
        "lundi" | "lundis" => Weekday::Mon,
        "mardi" | "mardis" => Weekday::Tue,
        "mercredi" | "mercredis" => Weekday::Wed,
        "jeudi" | "jeudis" => Weekday::Thu,
        "vendredi" | "vendredis" => Weekday::Fri,
        "samedi" | "samedis" => Weekday::Sat,
        "dimanche" | "dimanches" => Weekday::Sun,
        _ => return None,
    })
}

fn month(word: &str) -> Option<u32> {
    let heard = match word {
        "out" => "aout",
        "mes" | "met" => "mai",
        "septembres" => "septembre",
        other => other,
    };
    (1..).zip(MONTHS).find_map(|(n, name)| (heard == name).then_some(n))
}

/// The first such day that is not past.
fn next(today: NaiveDate, day: u32, month: u32) -> Option<NaiveDate> {
    // Eight years at most until the next 29th of February.
    (0..=8)
        .filter_map(|n| NaiveDate::from_ymd_opt(today.year() + n, month, day))
        .find(|d| *d >= today)
}

fn numeric(text: &str, view: View) -> Option<NaiveDate> {
    text.split(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | '?' | '!'))
        .filter(|token| !token.ends_with(['h', 'H']))
        .find_map(|token| {
            let token = token.trim_matches(|c: char| !c.is_ascii_digit());
            let parts: Vec<u32> = token
                .split(['/', '.', '-'])
                .map(str::parse)
                .collect::<Result<_, _>>()
                .ok()?;
            match parts[..] {
                [year @ 1900..=2100, month, day] => NaiveDate::from_ymd_opt(year as i32, month, day),
                [day, month, year] => NaiveDate::from_ymd_opt(view.full_year(year)?, month, day),
                [day, month] if !view.born => next(view.today, day, month),
                _ => None,
            }
        })
}

/// "Dix-sept zéro quatre soixante-huit", "le premier du premier cinquante-deux", "17041968".
fn numerals(words: &[String], numbers: &[Number], view: View) -> Option<NaiveDate> {
    let word = |i: usize| words.get(i).map_or("", String::as_str);
    let up_to = |group: &str, most: u32| {
        let value: Option<u32> = group.parse().ok();
        value.filter(|value| group.len() <= 2 && (1..=most).contains(value))
    };
    let named = words.iter().any(|word| weekday(word).is_some());
    let starts = |at: &usize| *at == 0 || numbers[at - 1].words.1 != numbers[*at].words.0;
    (0..numbers.len()).filter(starts).find_map(|at| {
        let (from, end) = numbers[at].words;
        let mut groups = run(words, numbers, from);
        if let [eight] = &groups[..]
            && eight.len() == 8
        {
            groups = [0..2, 2..4, 4..8].map(|part| eight[part].to_owned()).to_vec();
        }
        let of = groups.len() == 1 && word(end) == "du";
        if of {
            groups.extend(run(words, numbers, end + 1));
        }
        let [day, month, year @ ..] = &groups[..] else {
            return None;
        };
        let on = (up_to(day, 31)?, up_to(month, 12)?);
        let introduced = from > 0 && matches!(word(from - 1), "le" | "du" | "au");
        // "Mardi huit dix trente" is a time.
        match year_in(year, view)? {
            Some(full) if !named || year[0].len() == 4 => NaiveDate::from_ymd_opt(full, on.1, on.0),
            None if year.is_empty() && !named && !view.born && (of || introduced && month.starts_with('0')) => {
                next(view.today, on.0, on.1)
            }
            _ => None,
        }
    })
}

/// "le vingt-deux septembre", with a year or without. `weekday` settles what was misheard: "mardi vingt de septembre".
fn day_and_month(words: &[String], numbers: &[Number], weekday: Option<Weekday>, view: View) -> Option<NaiveDate> {
    let word = |i: usize| words.get(i).map(String::as_str);
    numbers.iter().find_map(|number| {
        let day = number.value()?;
        let mut at = number.words.1;
        let heard_two = matches!(word(at), Some("de" | "des" | "deux"));
        if matches!(word(at), Some("de" | "du" | "des" | "d")) {
            at += 1;
        }
        if matches!((word(at), word(at + 1)), (Some("mois"), Some("de" | "d"))) {
            at += 2;
        }
        let month = month(word(at)?)?;
        let year = year_in(&run(words, numbers, at + 1), view)?.or_else(|| year_beside(words, numbers, view));
        let on = |day: u32| match year {
            Some(year) => NaiveDate::from_ymd_opt(year, month, day),
            None if word(at + 1).is_some_and(is_gone) => last(view.today, day, month),
            None if view.born => None,
            None => next(view.today, day, month),
        };
        let other = if heard_two { on(day + 2) } else { None };
        let fits = |d: &NaiveDate| weekday.is_some_and(|w| d.weekday() == w);
        match on(day) {
            Some(date) if !fits(&date) => other.filter(fits).or(Some(date)),
            found => found.or(other),
        }
    })
}

/// The year that is said elsewhere: "en cinquante-deux, le six août", "le 22 septembre de l'année dernière".
fn year_beside(words: &[String], numbers: &[Number], view: View) -> Option<i32> {
    let shifted = shift(words, &["annee", "an"]).map(|years| view.today.year() + years);
    shifted.or_else(|| {
        let introduced =
            |number: &&Number| number.words.0 > 0 && matches!(words[number.words.0 - 1].as_str(), "en" | "annee");
        let number = numbers.iter().find(introduced)?;
        year_in(&run(words, numbers, number.words.0), view)?
    })
}

/// The last such day before today.
fn last(today: NaiveDate, day: u32, month: u32) -> Option<NaiveDate> {
    (0..=8)
        .filter_map(|n| NaiveDate::from_ymd_opt(today.year() - n, month, day))
        .find(|d| *d < today)
}

/// The next feast of the name that is said, or the last one: "Noël dernier".
fn feast(words: &[String], today: NaiveDate) -> Option<NaiveDate> {
    const MAY_BE_GONE: [&str; 6] = ["noel", "toussaint", "paques", "pentecote", "ascension", "armistice"];
    let mut pairs = words.windows(2);
    let gone = pairs.any(|pair| MAY_BE_GONE.contains(&pair[0].as_str()) && is_gone(&pair[1]));
    holiday(words, if gone { months_from(today, -12)? } else { today })
}

fn holiday(words: &[String], today: NaiveDate) -> Option<NaiveDate> {
    let has = |phrase: &str| contains(words, phrase);
    let fixed = |day, month| next(today, day, month);
    let from_easter = |days: i64| {
        (0..=1)
            .filter_map(|n| easter(today.year() + n))
            .map(|d| d + chrono::Duration::days(days))
            .find(|d| *d >= today)
    };
    match () {
        () if has("reveillon de noel") => fixed(24, 12),
        () if has("noel") && !has("vacances de noel") => fixed(25, 12),
        () if has("jour de l an") || has("premier de l an") || has("nouvel an") => fixed(1, 1),
        () if has("fete du travail") => fixed(1, 5),
        () if has("fete nationale") => fixed(14, 7),
        () if has("assomption") => fixed(15, 8),
        () if has("toussaint") && !has("vacances de la toussaint") => fixed(1, 11),
        () if has("armistice") => fixed(11, 11),
        () if has("lundi de paques") => from_easter(1),
        // "L'endit de Pâques", as recognition may hear it: of that feast, it is the Monday that people ask about.
        () if has("de paques")
            && !["dimanche", "vacances", "samedi", "week end"]
                .iter()
                .any(|day| has(day)) =>
        {
            from_easter(1)
        }
        () if has("ascension") && !has("pont de l ascension") => from_easter(39),
        () if has("lundi de pentecote") => from_easter(50),
        () if has("pentecote") => from_easter(49),
        () if has("paques") && !has("vacances de paques") => from_easter(0),
        () => None,
    }
}

/// Easter Sunday (anonymous Gregorian computus).
fn easter(year: i32) -> Option<NaiveDate> {
    let (a, b, c) = (year % 19, year / 100, year % 100);
    let h = (19 * a + b - b / 4 - (b - (b + 8) / 25 + 1) / 3 + 15) % 30;
    let l = (32 + 2 * (b % 4) + 2 * (c / 4) - h - c % 4) % 7;
    let m = (a + 11 * h + 22 * l) / 451;
    let n = h + l - 7 * m + 114;
    NaiveDate::from_ymd_opt(year, (n / 31) as u32, (n % 31 + 1) as u32)
}

/// "après-demain", "dans trois semaines", "il y a huit jours".
fn relative(words: &[String], numbers: &[Number], view: View) -> Option<NaiveDate> {
    let has = |phrase: &str| contains(words, phrase);
    let away = numbers.iter().find_map(|number| {
        let before = &words[..number.words.0];
        let ahead = before.ends_with(&["dans".to_owned()]);
        let ago = before.ends_with(&["y".to_owned(), "a".to_owned()]);
        let shift = Shift::of(number, words.get(number.words.1)?)?;
        (ahead || ago).then(|| shift.from(view.today, ahead))?
    });
    away.or_else(|| match () {
        () if has("apres demain") => view.in_days(2),
        () if has("demain") => view.in_days(1),
        () if has("aujourdhui") || has("ce jour") || has("ce matin") || has("ce soir") || has("cet apres midi") => {
            view.in_days(0)
        }
        () if has("tout de suite") || has("maintenant") => view.in_days(0),
        () => None,
    })
}

/// "mardi vingt-deux": the next day that is both.
fn weekday_and_day(words: &[String], numbers: &[Number], weekday: Option<Weekday>, view: View) -> Option<NaiveDate> {
    let (weekday, at) = (weekday?, words.iter().position(|w| self::weekday(w).is_some())?);
    let day = numbers
        .iter()
        .find(|n| n.words.0 == at + 1 || (n.words.0 == at + 2 && words[at + 1] == "le"))?;
    // "Mardi neuf trente" is a time; "mardi douze neuf trente" has a day too.
    if !matches!(run(words, numbers, day.words.0).len(), 1 | 3) {
        return None;
    }
    let gone = view.born || words.get(day.words.1).is_some_and(|word| is_gone(word));
    let day = day.value()?;
    let is_meant = |d: &NaiveDate| d.day() == day && d.weekday() == weekday;
    if gone {
        return (1..366 * 2).filter_map(|n| view.in_days(-n)).find(is_meant);
    }
    view.today.iter_days().take(366 * 2).find(is_meant)
}

fn on_weekday(words: &[String], numbers: &[Number], weekday: Weekday, view: View) -> Option<NaiveDate> {
    let has = |phrase: &str| contains(words, phrase);
    let from_monday = i64::from(weekday.num_days_from_monday());
    let this_monday = -i64::from(view.today.weekday().num_days_from_monday());
    let at = words.iter().position(|w| self::weekday(w).is_some())?;
    // "Mardi 12 10": at ten past noon, or in October?
    if let [_, second] = &run(words, numbers, at + 1)[..]
        && second.parse().is_ok_and(|month: u32| (1..=12).contains(&month))
    {
        return None;
    }
    if has("semaine suivante") || has("dans deux semaines") {
        return view.in_days(this_monday + 14 + from_monday);
    }
    match shift(words, &["semaine"]) {
        Some(0) if has("de cette") => {
            return view.in_days(this_monday + from_monday).filter(|d| *d >= view.today);
        }
        Some(0) | None => {}
        Some(weeks) => return view.in_days(this_monday + 7 * i64::from(weeks) + from_monday),
    }
    if view.born {
        // A birthday of which no more is known than its weekday was in these days.
        return view.last(weekday).filter(|_| numbers.is_empty());
    }
    on_side(view.today, weekday, true)
}

/// "le vingt-deux", "le 22 du mois": the next such day, or that of the month that is named.
fn day_of_month(words: &[String], numbers: &[Number], view: View) -> Option<NaiveDate> {
    let number = numbers
        .iter()
        .find(|n| n.words.0 > 0 && matches!(words[n.words.0 - 1].as_str(), "le" | "du" | "au"))?;
    let day = number.value().filter(|d| (1..=31).contains(d))?;
    if run(words, numbers, number.words.0).len() != 1 {
        return None;
    }
    match shift(words, &["mois"]) {
        Some(months) => view.month(months)?.with_day(day),
        None if view.born => (0..62).filter_map(|n| view.in_days(-n)).find(|d| d.day() == day),
        None => view.today.iter_days().take(62).find(|d| d.day() == day),
    }
}

#[cfg(test)]
mod several {
    use super::*;

    #[test]
    fn several_days_are_no_day() {
        let today = NaiveDate::from_ymd_opt(2026, 11, 24).expect("a day");
        for text in [
            "Du 12 au 15 décembre.",
            "du douze au quinze",
            "Entre le 3 et le 5.",
            "entre le trois décembre et le cinq janvier",
            "La semaine du 14.",
            "La semaine du 14 décembre",
            "Du lundi au mercredi.",
            "du lundi 7 au mercredi 9 décembre",
            "Le 12 ou le 13.",
            "mardi ou mercredi",
            "la semaine prochaine",
            "demain ou après-demain",
            "fin décembre",
            "courant janvier",
            "au mois de mars",
            "pas avant le 10 décembre",
            "à partir du 10",
            "à partir de lundi",
            "tous les jours sauf mardi",
            "quand vous voulez, sauf le 12 décembre",
        ] {
            assert!(is_several(text, today), "{text}");
        }
        for text in [
            "Le 12 décembre.",
            "le 12 au matin",
            "le mardi 12",
            "Le 12 entre 10 heures et midi.",
            "mardi de 10 heures à 12 heures",
            "Rendez-vous du 12 décembre à 10 heures.",
            "mardi au 12 rue des Lavandières",
            "mardi ou plutôt mercredi",
            "mardi de la semaine prochaine",
            "le premier mardi du mois",
            "celui du 12",
            "dans deux semaines",
            "dimanche",
            "demain, ou plutôt mercredi",
            "mardi, sauf le matin",
            "mardi, à partir de 14 heures",
            "mardi ou sinon rien",
            "tout est bon sauf le jour",
            "c'est pas mardi, c'est jeudi",
            "le 31 février",
            "oui",
        ] {
            assert!(!is_several(text, today), "{text}");
        }
    }

    #[test]
    fn what_is_excepted_is_no_day() {
        let today = NaiveDate::from_ymd_opt(2026, 11, 24).expect("a day");
        for (text, left) in [
            ("N'importe quel jour sauf le mercredi.", Some("N'importe quel jour ")),
            ("sauf mercredi, c'est jeudi", Some("c'est jeudi")),
            ("vendredi sauf le 4", Some("vendredi ")),
            ("Oui, sauf le jour.", None),
            ("mardi, sauf le matin", None),
            ("mercredi", None),
        ] {
            assert_eq!(without_excluded(text, today).as_deref(), left, "{text}");
        }
    }

    #[test]
    fn days_that_no_year_has() {
        for text in [
            "le 31 février",
            "le trente et un avril 1990",
            "31 juin",
            "le 30 février",
        ] {
            assert!(is_impossible(text), "{text}");
        }
        for text in [
            "le 29 février",
            "le 31 mars",
            "le 31",
            "31 personnes en avril",
            "en février",
            "mardi",
        ] {
            assert!(!is_impossible(text), "{text}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Seen from Monday, 14 September 2026.
    #[test]
    fn days() {
        let today = NaiveDate::from_ymd_opt(2026, 9, 14).unwrap();
        for (said, expected) in [
            ("aujourd'hui", "2026-09-14"),
            ("demain", "2026-09-15"),
            ("demain matin si possible", "2026-09-15"),
            ("après-demain", "2026-09-16"),
            ("mardi", "2026-09-15"),
            ("lundi", "2026-09-21"),
            ("mardi prochain", "2026-09-15"),
            ("mardi en huit", "2026-09-22"),
            ("jeudi en quinze", "2026-10-01"),
            ("mercredi de la semaine prochaine", "2026-09-23"),
            ("la semaine prochaine, vendredi", "2026-09-25"),
            ("dans quinze jours", "2026-09-28"),
            ("dans huit jours", "2026-09-21"),
            ("dans trois jours", "2026-09-17"),
            ("dans deux semaines", "2026-09-28"),
            ("dans un mois", "2026-10-14"),
            ("le premier mai", "2027-05-01"),
            ("le 1er octobre", "2026-10-01"),
            (
                "Le mardi vingt-deux septembre, dans l'après-midi si possible.",
                "2026-09-22",
            ),
            ("le 22 septembre dans l'après-midi", "2026-09-22"),
            ("le 14 septembre", "2026-09-14"),
            ("le treize septembre", "2027-09-13"),
            ("le trente et un décembre", "2026-12-31"),
            ("le 3 mars deux mille vingt-sept", "2027-03-03"),
            ("je suis né le 12 juin 1958", "1958-06-12"),
            ("22/09", "2026-09-22"),
            ("le 05/10/2026", "2026-10-05"),
            ("12.6.58", "1958-06-12"),
            ("2026-11-03", "2026-11-03"),
            ("mardi vingt-deux", "2026-09-22"),
            ("jeudi 24 à dix heures", "2026-09-24"),
            ("jeudi à 10 heures", "2026-09-17"),
            ("jeudi dix heures", "2026-09-17"),
            ("le vingt-huit", "2026-09-28"),
            ("le 3", "2026-10-03"),
            ("Noël", "2026-12-25"),
            ("le lundi de Pâques", "2027-03-29"),
            ("le jeudi de l'Ascension", "2027-05-06"),
            ("le quinze août", "2027-08-15"),
            ("le 29 février", "2028-02-29"),
            ("Le mardi vingt de septembre dans la prémidici possible.", "2026-09-22"),
            ("ce soir", "2026-09-14"),
        ] {
            assert_eq!(
                date(said, today).map(|d| d.to_string()).as_deref(),
                Some(expected),
                "{said}"
            );
        }
        for none in [
            "le 31 février",
            "la semaine prochaine",
            "à dix heures",
            "oui",
            "",
            "au mois de mai",
            "le 45",
        ] {
            assert_eq!(date(none, today), None, "{none}");
        }
    }

    /// Seen from Tuesday, 24 November 2026.
    #[test]
    fn a_part_of_a_day_is_said_anew() {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        let today = day("2026-11-24");
        for (noted, said, meant) in [
            // Who was born then was born before.
            ("1945-07-14", "non le 14 juin", "1945-06-14"),
            ("1945-07-14", "non, le 13 mars", "1945-03-13"),
            ("1945-07-14", "le 13", "1945-07-13"),
            ("1945-07-14", "l'année c'est 72", "1972-07-14"),
            ("1945-07-14", "je suis né en 46", "1946-07-14"),
            ("1945-07-14", "c'est 1946", "1946-07-14"),
            ("1945-07-14", "non le 15 07", "1945-07-15"),
            ("1945-07-14", "le 15/07", "1945-07-15"),
            ("1945-07-14", "c'est juin", "1945-06-14"),
            ("1945-07-14", "le quatorze juin quarante-six", "1946-06-14"),
            ("1945-07-14", "le premier juin", "1945-06-01"),
            ("1945-07-14", "au mois de mars", "1945-03-14"),
            ("1945-07-14", "né en mai 30", "1930-05-14"),
            // In these days.
            ("2026-11-20", "non, le 3 novembre", "2026-11-03"),
            ("2026-11-20", "le 3 décembre", "2025-12-03"),
            ("2026-12-15", "le 16", "2026-12-16"),
            ("2026-12-15", "le 3 janvier", "2027-01-03"),
            ("2026-11-28", "le 3", "2026-12-03"),
            ("2026-12-15", "en janvier", "2027-01-15"),
            // No part of a day.
            ("1945-07-14", "c'est au 24", ""),
            ("1945-07-14", "non", ""),
            ("1945-07-14", "le 06 32 10 98 76", ""),
            ("1945-07-14", "le 76 à la fin", ""),
            ("1945-07-14", "le 14 rue des Tilleuls", ""),
            ("1945-07-14", "en 2 exemplaires", ""),
            ("1945-07-14", "le numéro 427", ""),
            ("1945-07-14", "mes papiers", ""),
            ("2026-12-15", "en 46", ""),
            ("2026-12-15", "plutôt mercredi", ""),
            ("2026-12-15", "à 15 heures", ""),
            ("1945-07-31", "en juin", ""),
        ] {
            let found = amended(said, day(noted), today).map(|day| day.to_string());
            assert_eq!(found.unwrap_or_default(), meant, "{noted}: {said}");
        }
        for (said, born) in [
            ("14 juillet 45", "1945-07-14"),
            ("le 3 mars 30", "1930-03-03"),
            ("8 mai 2015", "2015-05-08"),
            ("le 14 juillet", ""),
            ("14/07/1945", "1945-07-14"),
            ("le 3 mars 2030", ""),
        ] {
            let found = birth(said, today).map(|day| day.to_string());
            assert_eq!(found.unwrap_or_default(), born, "{said}");
        }
    }

    /// Seen from Thursday, 26 November 2026; nothing where no day can be told.
    fn read(table: &[(&str, &str)]) {
        let today = NaiveDate::from_ymd_opt(2026, 11, 26).unwrap();
        for (said, expected) in table {
            let found = date(said, today).map(|d| d.to_string()).unwrap_or_default();
            assert_eq!(&found, expected, "{said}");
        }
    }

    /// A year is read in two digits and in words, and an hour is none.
    #[test]
    fn years_and_numbers() {
        read(&[
            ("le 6 août 52", "1952-08-06"),
            ("1er janvier 52", "1952-01-01"),
            ("22 avril 71", "1971-04-22"),
            ("le 5 mai 99", "1999-05-05"),
            ("le 8 mai 45", "1945-05-08"),
            ("le dix-sept avril soixante-huit", "1968-04-17"),
            ("le vingt-deux avril soixante et onze", "1971-04-22"),
            ("cinq mai quatre-vingt-dix-neuf", "1999-05-05"),
            ("le deux juin zéro huit", "2008-06-02"),
            ("je suis né en cinquante-deux, le six août", "1952-08-06"),
            ("le douze sept soixante-quatre", "1964-07-12"),
            ("né le quatorze zéro sept quarante-neuf", "1949-07-14"),
            ("le deux onze deux mille dix-neuf", "2019-11-02"),
            ("le six huit mille neuf cent cinquante-deux", "1952-08-06"),
            ("né le premier du premier cinquante-deux", "1952-01-01"),
            ("17 04 1968", "1968-04-17"),
            ("17 04 68", "1968-04-17"),
            ("le 22 04 1971", "1971-04-22"),
            ("17041968", "1968-04-17"),
            ("dix-sept zéro quatre soixante-huit", "1968-04-17"),
            ("vingt-deux quatre soixante et onze", "1971-04-22"),
            ("17/04/68", "1968-04-17"),
            ("17.04.1968", "1968-04-17"),
            ("17 avril 1968", "1968-04-17"),
            ("le 6 août à 18 heures", "2027-08-06"),
            ("le 6 août 18 heures", "2027-08-06"),
            ("le 6 août 18h30", "2027-08-06"),
            ("le 6 août, dix heures trente", "2027-08-06"),
            ("le 6 août quatorze trente", "2027-08-06"),
            ("le 6 août 52 à 18 heures", "1952-08-06"),
            ("le 6 août 15 rue Pasteur", "2027-08-06"),
            ("le 12 à 15h", "2026-12-12"),
            ("le 12 14 heures", "2026-12-12"),
            ("le 12 14h", "2026-12-12"),
            ("mardi 12, 14 heures", "2027-01-12"),
            ("mardi 8, 14 heures", "2026-12-08"),
            ("mardi neuf trente", "2026-12-01"),
            ("mardi huit dix trente", "2026-12-08"),
            ("le 12 mai 50 personnes", "2027-05-12"),
            ("je ne peux pas le 6 août", "2027-08-06"),
            ("né le 8 mars 30", "1930-03-08"),
            ("le 8 mars 30", "2030-03-08"),
            ("né le 3 mars 1898", "1898-03-03"),
            ("je suis né le 12 juin", ""),
            ("il est né mardi", "2026-11-24"),
            ("c'est le 06 42 18", ""),
            ("06 42 18 75 91", ""),
            ("le 12 mai dix-neuf trente", ""),
            ("lundi de Pâques", "2027-03-29"),
            ("le 12 du 4 2027", "2027-04-12"),
            ("le douze du quatre", "2027-04-12"),
            ("mardi 16 mars 2027 à 10h30", "2027-03-16"),
            ("le 3 mars 27", "2027-03-03"),
            ("dans un an", "2027-11-26"),
            ("la semaine prochaine", ""),
            ("le 8 mai 45 à Valence", "1945-05-08"),
            ("né le 6 août 1952 à 14 heures", "1952-08-06"),
            ("le douze trente", ""),
            ("le 6 8 52", "1952-08-06"),
            ("le 06 08", "2027-08-06"),
            ("en 2027", ""),
            ("le 12 mai en 2027", "2027-05-12"),
            ("deux juin deux mille", "2000-06-02"),
            ("le deux du deux deux mille", "2000-02-02"),
            ("le vingt et un dix mille neuf cent soixante", "1960-10-21"),
            ("le 12 décembre prochain", "2026-12-12"),
            ("mardi quatorze heures", "2026-12-01"),
            ("jeudi dix heures trente", "2026-12-03"),
            ("mardi dix heures", "2026-12-01"),
            ("lundi ou mardi", "2026-11-30"),
            ("le 12 mai 15 personnes", "2027-05-12"),
            ("le 17 avril 19 68", "1968-04-17"),
            ("le 12/04/195", ""),
            ("9-10h", ""),
            ("c'est pour le 12 décembre au 04 75 02 03 10", "2026-12-12"),
            ("à partir du 12", "2026-12-12"),
            ("le 30 février", ""),
            ("le onze novembre dix-neuf cent dix-huit", "1918-11-11"),
            ("je ne suis pas né, le 12", "2026-11-12"),
            ("le vingt-quatre douze", ""),
            ("le 12 décembre 04 75 02 03 10", "2026-12-12"),
            ("le 12 décembre 52 04 75 02 03 10", "1952-12-12"),
        ]);
    }

    /// What is said to be over is looked for in the past.
    #[test]
    fn what_is_over() {
        read(&[
            ("le 12 octobre dernier", "2026-10-12"),
            ("lundi de la semaine dernière", "2026-11-16"),
            ("la semaine dernière, lundi", "2026-11-16"),
            ("le mois dernier, le 12", "2026-10-12"),
            ("le 22 septembre de l'année dernière", "2025-09-22"),
            ("le 22 septembre de l'an dernier", "2025-09-22"),
            ("le 22 septembre de l'année prochaine", "2027-09-22"),
            ("le 3 de ce mois-ci", "2026-11-03"),
            ("le 28 du mois prochain", "2026-12-28"),
            ("il y a trois jours", "2026-11-23"),
            ("il y a une semaine", "2026-11-19"),
            ("il y a quinze jours", "2026-11-12"),
            ("il y a deux semaines", "2026-11-12"),
            ("lundi 12 octobre dernier", "2026-10-12"),
            ("lundi dernier", "2026-11-23"),
            ("jeudi dernier", "2026-11-19"),
            ("Noël dernier", "2025-12-25"),
            ("le 1er du mois prochain", "2026-12-01"),
            ("il y a un an", "2025-11-26"),
            ("il y a un mois", "2026-10-26"),
            ("le treize du mois dernier", "2026-10-13"),
            ("mardi passé", "2026-11-24"),
            ("mon dernier rendez-vous était mardi 12 mai", "2027-05-12"),
            ("le 31 du mois dernier", "2026-10-31"),
            ("le 5 janvier de cette année", "2026-01-05"),
            ("il y a quelques jours", ""),
            ("il y a un quart d'heure", ""),
        ]);
    }

    /// A day may be told by any other.
    #[test]
    fn days_beside_another() {
        read(&[
            ("la veille du 1er mai", "2027-04-30"),
            ("la veille du jour de l'An", "2026-12-31"),
            ("l'avant-veille de Noël", "2026-12-23"),
            ("le surlendemain de Noël", "2026-12-27"),
            ("une semaine avant Noël", "2026-12-18"),
            ("quinze jours après Noël", "2027-01-08"),
            ("le lundi après Noël", "2026-12-28"),
            ("le lundi avant Noël", "2026-12-21"),
            ("le samedi après le 12 décembre", "2026-12-19"),
            ("le lundi suivant le 12 décembre", "2026-12-14"),
            ("la veille de Noël", "2026-12-24"),
            ("le lendemain de Noël", "2026-12-26"),
            ("le lendemain de la Toussaint", "2027-11-02"),
            ("la veille du mariage", ""),
            ("mardi après 14 heures", "2026-12-01"),
            ("mardi après-midi", "2026-12-01"),
            ("mardi après 14h", "2026-12-01"),
            ("après-demain", "2026-11-28"),
            ("mardi avant midi", "2026-12-01"),
            ("mardi après le 12", "2026-12-15"),
            ("le dernier vendredi de janvier", "2027-01-29"),
            ("le premier lundi de mars", "2027-03-01"),
            ("le premier lundi de novembre", "2027-11-01"),
            ("le premier lundi du mois prochain", "2026-12-07"),
            ("le dernier vendredi du mois", "2026-11-27"),
            ("le dernier jour du mois", "2026-11-30"),
            ("le dernier jour de février", "2027-02-28"),
            ("à la fin du mois", "2026-11-30"),
            ("demain en huit", "2026-12-04"),
            ("d'aujourd'hui en huit", "2026-12-03"),
            ("mardi en huit", "2026-12-08"),
            ("samedi prochain en quinze", "2026-12-12"),
            ("le premier du mois", "2026-12-01"),
            ("le lendemain du 31 décembre", "2027-01-01"),
            ("trois jours avant le 12 décembre", "2026-12-09"),
            ("deux mois après le 1er janvier", "2027-03-01"),
            ("deux semaines après", ""),
            ("la veille du 22 septembre", "2027-09-21"),
            ("le deuxième samedi de décembre", "2026-12-12"),
            ("la semaine d'avant, mardi", "2026-11-17"),
            ("après le 12 décembre", "2026-12-12"),
            ("mercredi d'après", "2026-12-02"),
            ("lundi en huit à 15 heures", "2026-12-07"),
            ("le six juin en huit jours", "2027-06-06"),
        ]);
    }
}
