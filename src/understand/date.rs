//! Days, as people say them, relative to today.
//!
//! Choices, where French leaves one: a weekday alone is its next occurrence after today; "prochain" changes nothing to
//! that, "en huit" adds a week, "de la semaine prochaine" counts from next Monday; "dans huit jours" is a week and
//! "dans quinze jours" a fortnight; a date without a year is its next occurrence, today included. A period ("la
//! semaine prochaine", "en mai") is no day.

use chrono::{Datelike, Days, Months, NaiveDate, Weekday};

use super::normalise::{self, contains};
use super::numbers::{self, Number};

/// The day that `text` names, seen from `today`.
pub fn date(text: &str, today: NaiveDate) -> Option<NaiveDate> {
    // "22/09/2026", "22.9.26" and "22-09" are one word each for a reader, three for `words`.
    let words = normalise::folded_words(text);
    let numbers = numbers::numbers(&words, false);
    let weekday = words.iter().find_map(|w| weekday(w));
    numeric(text, today)
        .or_else(|| around(&words, today))
        .or_else(|| day_and_month(&words, &numbers, weekday, today))
        .or_else(|| holiday(&words, today))
        .or_else(|| relative(&words, &numbers, today))
        .or_else(|| weekday_and_day(&words, &numbers, weekday, today))
        .or_else(|| on_weekday(&words, weekday?, today))
        .or_else(|| day_of_month(&words, &numbers, today))
}

/// "Le lendemain de Noël", "d'aujourd'hui en huit", "avant-hier", "lundi dernier", "le premier lundi de décembre", "le dernier
/// jour du mois".
fn around(words: &[String], today: NaiveDate) -> Option<NaiveDate> {
    let has = |phrase: &str| contains(words, phrase);
    let days = |n: i64| today.checked_add_signed(chrono::Duration::days(n));
    let named = words.iter().find_map(|word| weekday(word));
    let nth = |word: &str| NTH.iter().position(|names| names.contains(&word));
    let of_month = words.iter().enumerate().find_map(|(at, word)| {
        let (nth, weekday) = (nth(word)?, weekday(words.get(at + 1)?)?);
        let month = words[at + 2..].iter().find_map(|word| month(word))?;
        let first = next(today.with_day(1)?, 1, month)?;
        NaiveDate::from_weekday_of_month_opt(first.year(), month, weekday, nth as u8 + 1)
    });
    match (named, of_month) {
        (_, Some(day)) => Some(day),
        (Some(named), _) if has("dernier") => {
            let back = i64::from(today.weekday().num_days_from_monday()) - i64::from(named.num_days_from_monday());
            days(-(if back <= 0 { back + 7 } else { back }))
        }
        _ if has("aujourdhui en huit") || has("aujourdhui en 8") => days(7),
        _ if has("aujourdhui en quinze") || has("aujourdhui en 15") => days(14),
        _ if has("avant hier") => days(-2),
        _ if has("hier") => days(-1),
        _ if has("reveillon du jour de l an") || has("saint sylvestre") => next(today, 31, 12),
        _ if has("lendemain de") || has("lendemain du") => holiday(words, today)?.succ_opt(),
        _ if has("dernier jour du mois") || has("fin du mois") => {
            today.with_day(1)?.checked_add_months(Months::new(1))?.pred_opt()
        }
        _ => None,
    }
}

/// "Premier", "deuxième" …, as they are written and heard.
const NTH: [&[&str]; 4] = [
    &["premier", "1er"],
    &["deuxieme", "second", "2e", "2eme"],
    &["troisieme", "3e", "3eme"],
    &["quatrieme", "4e", "4eme"],
];

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

fn numeric(text: &str, today: NaiveDate) -> Option<NaiveDate> {
    text.split(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | '?' | '!'))
        .find_map(|token| {
            let token = token.trim_matches(|c: char| !c.is_ascii_digit());
            let parts: Vec<u32> = token
                .split(['/', '.', '-'])
                .map(str::parse)
                .collect::<Result<_, _>>()
                .ok()?;
            match parts[..] {
                [year @ 1900..=2100, month, day] => NaiveDate::from_ymd_opt(year as i32, month, day),
                [day, month, year] => NaiveDate::from_ymd_opt(full_year(year, today), month, day),
                [day, month] => next(today, day, month),
                _ => None,
            }
        })
}

/// "26" is 2026, "58" is 1958: at most ten years ahead.
fn full_year(year: u32, today: NaiveDate) -> i32 {
    let year = year as i32;
    match year {
        0..100 if 2000 + year <= today.year() + 10 => 2000 + year,
        0..100 => 1900 + year,
        _ => year,
    }
}

/// "le vingt-deux septembre", with a year or without. `weekday` settles what was misheard: "mardi vingt de septembre".
fn day_and_month(
    words: &[String],
    numbers: &[Number],
    weekday: Option<Weekday>,
    today: NaiveDate,
) -> Option<NaiveDate> {
    numbers.iter().enumerate().find_map(|(i, number)| {
        let day = number.value()?;
        let mut at = number.words.1;
        let word = |i: usize| words.get(i).map(String::as_str);
        let heard_two = matches!(word(at), Some("de" | "des" | "deux"));
        if matches!(word(at), Some("de" | "du" | "des" | "d")) {
            at += 1;
        }
        if matches!((word(at), word(at + 1)), (Some("mois"), Some("de" | "d"))) {
            at += 2;
        }
        let month = month(word(at)?)?;
        let year = numbers
            .get(i + 1)
            .filter(|n| n.words.0 == at + 1)
            .and_then(Number::value)
            .filter(|y| (1900..2100).contains(y));
        let on = |day: u32| match year {
            Some(year) => NaiveDate::from_ymd_opt(year as i32, month, day),
            None => next(today, day, month),
        };
        let other = if heard_two { on(day + 2) } else { None };
        let fits = |d: &NaiveDate| weekday.is_some_and(|w| d.weekday() == w);
        match on(day) {
            Some(date) if !fits(&date) => other.filter(fits).or(Some(date)),
            found => found.or(other),
        }
    })
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
        () if has("veille de noel") || has("reveillon de noel") => fixed(24, 12),
        () if has("noel") && !has("vacances de noel") => fixed(25, 12),
        () if has("jour de l an") || has("nouvel an") => fixed(1, 1),
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

/// "après-demain", "dans trois semaines", "mardi en huit".
fn relative(words: &[String], numbers: &[Number], today: NaiveDate) -> Option<NaiveDate> {
    let has = |phrase: &str| contains(words, phrase);
    let days = |n: u64| today.checked_add_days(Days::new(n));
    if let Some(number) = numbers.iter().find(|n| n.words.0 > 0 && words[n.words.0 - 1] == "dans") {
        let n = number.value()?;
        return match words.get(number.words.1)?.as_str() {
            "jour" | "jours" => days(u64::from(match n {
                8 => 7,
                15 => 14,
                n => n,
            })),
            "semaine" | "semaines" => days(u64::from(n) * 7),
            "mois" => today.checked_add_months(Months::new(n)),
            _ => None,
        };
    }
    match () {
        () if has("apres demain") => days(2),
        () if has("demain") => days(1),
        () if has("aujourdhui") || has("ce jour") || has("ce matin") || has("ce soir") || has("cet apres midi") => {
            days(0)
        }
        () if has("tout de suite") || has("maintenant") => days(0),
        () => None,
    }
}

/// "mardi vingt-deux": the next day that is both.
fn weekday_and_day(
    words: &[String],
    numbers: &[Number],
    weekday: Option<Weekday>,
    today: NaiveDate,
) -> Option<NaiveDate> {
    let (weekday, at) = (weekday?, words.iter().position(|w| self::weekday(w).is_some())?);
    let day = numbers
        .iter()
        .find(|n| n.words.0 == at + 1 || (n.words.0 == at + 2 && words[at + 1] == "le"))?;
    if is_hour(words, day) {
        return None;
    }
    let day = day.value()?;
    today
        .iter_days()
        .take(366 * 2)
        .find(|d| d.day() == day && d.weekday() == weekday)
}

fn on_weekday(words: &[String], weekday: Weekday, today: NaiveDate) -> Option<NaiveDate> {
    let has = |phrase: &str| contains(words, phrase);
    let days = |n: i64| today.checked_add_signed(chrono::Duration::days(n));
    let from_monday = i64::from(weekday.num_days_from_monday());
    let this_monday = -i64::from(today.weekday().num_days_from_monday());
    if has("semaine prochaine") || has("semaine d apres") {
        return days(this_monday + 7 + from_monday);
    }
    if has("semaine suivante") || has("dans deux semaines") {
        return days(this_monday + 14 + from_monday);
    }
    if has("semaine") && has("de cette") {
        return days(this_monday + from_monday).filter(|d| *d >= today);
    }
    let ahead = (this_monday + from_monday).rem_euclid(7);
    let ahead = if ahead == 0 { 7 } else { ahead };
    let later = match () {
        () if has("en huit") || has("en 8") => 7,
        () if has("en quinze") || has("en 15") => 14,
        () => 0,
    };
    days(ahead + later)
}

/// "le vingt-deux", "le 22 du mois": the next such day.
fn day_of_month(words: &[String], numbers: &[Number], today: NaiveDate) -> Option<NaiveDate> {
    let number = numbers
        .iter()
        .find(|n| n.words.0 > 0 && matches!(words[n.words.0 - 1].as_str(), "le" | "du" | "au"))?;
    let day = number.value().filter(|d| (1..=31).contains(d))?;
    let next = words.get(number.words.1);
    if is_hour(words, number) || next.is_some_and(|w| month(w).is_some() || w.bytes().all(|b| b.is_ascii_digit())) {
        return None;
    }
    today.iter_days().take(62).find(|d| d.day() == day)
}

fn is_hour(words: &[String], number: &Number) -> bool {
    words
        .get(number.words.1)
        .is_some_and(|w| matches!(w.as_str(), "h" | "heure" | "heures"))
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
}
