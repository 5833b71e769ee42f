//! Days, dates and years.

use chrono::{Datelike, NaiveDate};

use super::numbers::{Gender::Masculine, cardinal, year};
use super::scan::{Reading, Scan, lower, value};

const DAYS: [&str; 7] = ["lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"];
const MONTHS: [&str; 12] = [
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
];
/// Words after which "1/5" can only be a day.
const BEFORE_DAY: [&str; 14] = [
    "le", "du", "au", "dès", "avant", "après", "lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche",
    "jusqu'au",
];

/// "vendredi premier mai deux mille vingt-six".
pub fn date(d: NaiveDate) -> String {
    format!("{} {}", day_of(d), year(d.year().unsigned_abs().into()))
}

/// The day without its year: "vendredi premier mai".
pub fn day_of(d: NaiveDate) -> String {
    let name = DAYS[d.weekday().num_days_from_monday() as usize];
    format!("{name} {} {}", day(d.day().into()), MONTHS[d.month0() as usize])
}

fn day(n: u64) -> String {
    if n == 1 {
        "premier".into()
    } else {
        cardinal(n, Masculine)
    }
}

/// Reads "14/07/2026", "2026-07-14", "le 1/5", "01 mai", "12-15 août", "12 janv.".
pub(super) fn read(start: Scan) -> Reading {
    let (said, s) = numeric(start).or_else(|| with_month(start))?;
    if !s.ends() && s.peek() != Some('T') {
        return None;
    }
    // "14/07/2026 08:30": the hour is announced
    let mut hour = s;
    if (hour.spaces() || hour.eat('T'))
        && let Some((time, rest)) = super::hours::read_here(hour)
    {
        let link = if time.starts_with("de ") { "" } else { "à " };
        return Some((format!("{said} {link}{time}"), rest));
    }
    Some((said, s))
}

/// Dates in digits only.
fn numeric(start: Scan) -> Reading {
    let mut s = start;
    let first = s.digits();
    let separator = s.eat_any(&['/', '.', '-'])?;
    let second = s.digits();
    if first.len() == 4 && second.len() == 2 && separator == '-' {
        let third = { s.eat('-').then(|| s.digits()) }?;
        return spoken(value(third)?, value(second)?, value(first))
            .map(|said| (said, s))
            .filter(|_| third.len() == 2);
    }
    if first.len() > 2 || second.len() > 2 {
        return None;
    }
    let mut full = s;
    let third = if full.eat(separator) { full.digits() } else { &[] };
    let known = match third.len() {
        4 => value(third).filter(|y| (1000..3000).contains(y)),
        2 => value(third).map(|y| if y < 70 { 2000 + y } else { 1900 + y }),
        _ => None,
    };
    if known.is_some() {
        return spoken(value(first)?, value(second)?, known).map(|said| (said, full));
    }
    // without a year it is a fraction, a telephone, a version… unless something says that it is a day
    let day = separator == '/' && third.is_empty();
    let certain = second.len() == 2 && second[0] == '0' || BEFORE_DAY.contains(&start.word_before().as_str());
    if day && certain && s.peek() != Some('/') {
        return spoken(value(first)?, value(second)?, None).map(|said| (said, s));
    }
    None
}

fn spoken(d: u64, m: u64, y: Option<u64>) -> Option<String> {
    if !(1..=31).contains(&d) || !(1..=12).contains(&m) {
        return None;
    }
    let said = format!("{} {}", day(d), MONTHS[m as usize - 1]);
    Some(y.map_or(said.clone(), |y| format!("{said} {}", year(y))))
}

/// "01 mai", "1er-15 août", "12-15 août": a day or several, then the name of the month.
fn with_month(start: Scan) -> Reading {
    let mut s = start;
    let first = day_number(&mut s)?;
    let mut said = day(first);
    let mut last = s;
    last.spaces();
    if last.eat_any(&['-', '–']).is_some() {
        last.spaces();
        if let Some(second) = day_number(&mut last).filter(|second| *second > first) {
            let opening = if start.word_before() == "du" { "" } else { "du " };
            said = format!("{opening}{said} au {}", day(second));
            s = last;
        }
    }
    if !s.spaces() {
        return None;
    }
    let (month, rest) = month(s)?;
    Some(match with_year(rest) {
        Some((y, rest)) => (format!("{said} {month} {}", year(y)), rest),
        None => (format!("{said} {month}"), rest),
    })
}

fn day_number(s: &mut Scan) -> Option<u64> {
    let digits = s.digits();
    let n = value(digits).filter(|n| digits.len() <= 2 && (1..=31).contains(n))?;
    if n == 1 {
        s.eat_word("er");
    }
    s.ends().then_some(n)
}

/// The month whose name, or whose abbreviation with its dot, comes next.
fn month(start: Scan<'_>) -> Option<(&'static str, Scan<'_>)> {
    let mut s = start;
    let word = lower(s.letters());
    if let Some(month) = MONTHS.iter().find(|month| **month == word) {
        return Some((month, s));
    }
    let index = match word.as_str() {
        "janv" | "jan" => 0,
        "févr" | "fév" | "fev" | "fevrier" => 1,
        "avr" => 3,
        "juil" => 6,
        "aout" => 7,
        "sept" => 8,
        "oct" => 9,
        "nov" => 10,
        "déc" | "dec" | "decembre" => 11,
        _ => return None,
    };
    s.eat('.');
    Some((MONTHS[index], s))
}

/// A year of four digits.
fn with_year(start: Scan<'_>) -> Option<(u64, Scan<'_>)> {
    let mut s = start;
    s.spaces();
    let digits = s.digits();
    let y = value(digits).filter(|y| digits.len() == 4 && (1000..3000).contains(y) && s.ends())?;
    Some((y, s))
}

/// Reads the name of a day in short before an hour or a number, and days joined by a dash: "lun. 9 h", "Lun-Ven",
/// "lundi – vendredi".
pub(super) fn read_days(start: Scan) -> Reading {
    let mut s = start;
    let (first, short) = day_name(&mut s)?;
    let mut next = s;
    next.spaces();
    if next.eat_any(&['-', '–']).is_some() {
        next.spaces();
        if let Some((second, _)) = day_name(&mut next).filter(|_| next.ends()) {
            let (opening, link) = match start.word_before().as_str() {
                "du" => ("", "au"),
                "le" | "les" => ("", ""),
                _ => ("du ", "au"),
            };
            return Some((format!("{opening}{first} {link} {second}").replace("  ", " "), next));
        }
    }
    if !short {
        return None;
    }
    let dot = s.before() == Some('.');
    let hour = matches!(s.sign_ahead(), Some('0'..='9' | ':' | '-' | '–'));
    // "mer." and "jeu." end sentences about the sea and about games
    let sure = dot && !["mardi", "mercredi", "jeudi"].contains(&first);
    let open = s.sign_ahead().is_some_and(|c| !c.is_uppercase());
    (hour || sure || dot && open).then(|| (first.to_owned(), end_of_abbreviation(s, dot)))
}

/// Before the dot that was just read when it ends the text or the sentence as well.
fn end_of_abbreviation(after: Scan, dot: bool) -> Scan {
    let mut before = after;
    before.back(dot.into());
    if after.sign_ahead().is_none_or(char::is_uppercase) {
        before
    } else {
        after
    }
}

/// Reads the name of a month in short after a day: "1er janv.".
pub(super) fn read_month(start: Scan) -> Reading {
    let (name, rest) = month(start)?;
    let dated = start.sign_before().is_some_and(|c| c.is_ascii_digit()) || start.word_before() == "er";
    (dated && rest.before() == Some('.')).then(|| (name.to_owned(), end_of_abbreviation(rest, true)))
}

/// A day's name, or its three letters (then true), with or without a dot.
fn day_name(s: &mut Scan) -> Option<(&'static str, bool)> {
    let word = lower(s.letters());
    if let Some(day) = DAYS.iter().find(|day| **day == word) {
        return Some((day, false));
    }
    let day = DAYS.iter().find(|day| word.len() == 3 && day.starts_with(&word))?;
    s.eat('.');
    Some((day, true))
}

/// Whether this word is the name of a month.
pub(super) fn is_month(word: &str) -> bool {
    MONTHS.contains(&word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_said_as_people_say_them() {
        let day = |y, m, d| NaiveDate::from_ymd_opt(y, m, d).expect("a date of the calendar");
        assert_eq!(date(day(2026, 5, 1)), "vendredi premier mai deux mille vingt-six");
        assert_eq!(
            date(day(1980, 2, 29)),
            "vendredi vingt-neuf février mille neuf cent quatre-vingt"
        );
        assert_eq!(day_of(day(2026, 7, 14)), "mardi quatorze juillet");
        assert!(!date(NaiveDate::MIN).is_empty());
    }
}
