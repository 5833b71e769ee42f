//! Public holidays of metropolitan France (Code du travail, article L3133-1), by name.

use chrono::{Datelike, Days, NaiveDate};

/// How the public holidays are said, in the order of the year.
pub(super) const HOLIDAYS: [&str; 11] = [
    "le jour de l'An",
    "le lundi de Pâques",
    "le 1er mai",
    "le 8 mai",
    "l'Ascension",
    "le lundi de Pentecôte",
    "le 14 juillet",
    "l'Assomption",
    "la Toussaint",
    "le 11 novembre",
    "Noël",
];

/// Name of the public holiday of that day, with its article: "le lundi de Pâques".
pub fn holiday(day: NaiveDate) -> Option<&'static str> {
    let after_easter = |days| easter(day.year()).checked_add_days(Days::new(days)) == Some(day);
    let n = match (day.month(), day.day()) {
        (1, 1) => 0,
        _ if after_easter(1) => 1,
        (5, 1) => 2,
        (5, 8) => 3,
        _ if after_easter(39) => 4,
        _ if after_easter(50) => 5,
        (7, 14) => 6,
        (8, 15) => 7,
        (11, 1) => 8,
        (11, 11) => 9,
        (12, 25) => 10,
        _ => return None,
    };
    Some(HOLIDAYS[n])
}

/// Easter Sunday in the Gregorian calendar (Meeus, Astronomical Algorithms, chapter 8).
fn easter(year: i32) -> NaiveDate {
    let (a, b, c) = (year % 19, year / 100, year % 100);
    let g = (8 * b + 13) / 25;
    let h = (19 * a + b - b / 4 - g + 15) % 30;
    let m = (a + 11 * h) / 319;
    let r = (2 * (b % 4) + 2 * (c / 4) - c % 4 - h + m + 32) % 7;
    let month = (h - m + r + 90) / 25;
    let day = (h - m + r + month + 19) % 32;
    NaiveDate::from_ymd_opt(year, month.unsigned_abs(), day.unsigned_abs()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn easter_sundays() {
        for (year, month, day) in [(2024, 3, 31), (2025, 4, 20), (2026, 4, 5), (2027, 3, 28), (2038, 4, 25)] {
            assert_eq!(easter(year), NaiveDate::from_ymd_opt(year, month, day).unwrap());
        }
    }

    #[test]
    fn when_ascension_falls_on_8_may_the_fixed_name_is_said() {
        assert_eq!(
            holiday(NaiveDate::from_ymd_opt(2027, 5, 6).unwrap()),
            Some("l'Ascension")
        );
        assert_eq!(
            holiday(NaiveDate::from_ymd_opt(2008, 5, 1).unwrap()),
            Some("le 1er mai")
        );
        assert_eq!(
            holiday(NaiveDate::from_ymd_opt(2026, 4, 5).unwrap()),
            None,
            "Easter Sunday is no holiday by law"
        );
    }
}
