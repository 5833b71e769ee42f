//! Times of day, opening hours and durations written with hours.
//!
//! "midi" and "minuit" are said for a time of day on the dot ("de 9 h à 12 h", "12:00"), never for what may be a
//! duration ("sous 12 h" stays "douze heures"), and never with minutes ("12 h 30" is "douze heures trente").

use super::measures::{per, unit};
use super::numbers::Gender::Feminine;
use super::numbers::{cardinal, plural};
use super::scan::{Reading, Scan, value};

/// A time of day: "huit heures trente", "midi", "douze heures trente", "minuit", "zéro heure cinq".
pub fn clock(h: u32, m: u32) -> String {
    match (h, m) {
        (0 | 24, 0) => "minuit".into(),
        (12, 0) => "midi".into(),
        _ => hours(h.into(), m.into()),
    }
}

/// Hours as written: a time of day or a duration.
struct Time {
    h: u64,
    m: u64,
    /// Written "12:00": surely a time of day.
    colon: bool,
}

impl Time {
    fn said(&self, of_day: bool) -> String {
        if of_day && self.h <= 24 {
            clock(self.h as u32, self.m as u32)
        } else {
            hours(self.h, self.m)
        }
    }
}

fn hours(h: u64, m: u64) -> String {
    let said = format!("{} heure{}", cardinal(h, Feminine), plural(h));
    if m == 0 {
        said
    } else {
        format!("{said} {}", cardinal(m, Feminine))
    }
}

/// Reads "8 h 30", "08:30", "8h30-12h / 14h-17h", "9-12 h", "35 h", "24 h/24".
pub(super) fn read(start: Scan) -> Reading {
    if start.begins() { read_here(start) } else { None }
}

/// The same, though it may be glued to what stands before: "2026-07-14T08:30".
pub(super) fn read_here(start: Scan) -> Reading {
    if let Some(ranges) = ranges(start) {
        return Some(ranges);
    }
    let mut s = start;
    let time = time(&mut s)?;
    let of_day = time.colon || (time.h, time.m) == (0, 0) || announces_time(start, s, &time);
    let mut said = time.said(of_day);
    if let Some((each, rest)) = per(s) {
        said.push_str(&each);
        s = rest;
    }
    Some((said, s))
}

/// Whether the words around say that this is a time of day rather than a duration.
fn announces_time(start: Scan, mut end: Scan, time: &Time) -> bool {
    let before = start.word_before();
    match before.as_str() {
        "à" | "dès" | "vers" | "avant" | "après" => true,
        "entre" | "et" => time.h < 24,
        "de" => {
            end.spaces();
            time.h < 24 && end.eat_word("à")
        }
        _ => false,
    }
}

/// "8h30-12h / 13h30-17h": each with "de … à …".
fn ranges(start: Scan) -> Reading {
    let (mut said, mut s) = range(start, true)?;
    loop {
        let mut next = s;
        next.spaces();
        if next.eat_any(&['/', '-', '–']).is_none() {
            return Some((said, s));
        }
        next.spaces();
        let Some((more, rest)) = range(next, false) else {
            return Some((said, s));
        };
        said = format!("{said} et {more}");
        s = rest;
    }
}

fn range(start: Scan, first: bool) -> Reading {
    let mut s = start;
    let bare = time(&mut s).map_or_else(|| bare_hour(&mut s).map(|t| (t, true)), |t| Some((t, false)));
    let (from, bare) = bare?;
    s.spaces();
    s.eat_any(if bare { &['-', '–'] } else { &['-', '–', '/'] })?;
    s.spaces();
    let to = time(&mut s).or_else(|| noon(&mut s))?;
    if from.h > 24 || to.h > 24 || (bare && from.h < 6) {
        return Some((format!("{} à {}", cardinal(from.h, Feminine), to.said(false)), s));
    }
    let (opening, link) = match start.word_before().as_str() {
        "entre" if first => ("", "et"),
        "de" | "dès" if first => ("", "à"),
        _ => ("de ", "à"),
    };
    let said = format!("{opening}{} {link} {}", from.said(true), to.said(true));
    Some((said.replacen("de une", "d'une", 1), s))
}

/// "8 h - midi".
fn noon(s: &mut Scan) -> Option<Time> {
    let h = if s.eat_word("midi") {
        12
    } else {
        s.eat_word("minuit").then_some(24)?
    };
    Some(Time { h, m: 0, colon: false })
}

fn bare_hour(s: &mut Scan) -> Option<Time> {
    let h = value(s.digits()).filter(|h| *h <= 48)?;
    Some(Time { h, m: 0, colon: false })
}

fn time(start: &mut Scan) -> Option<Time> {
    let mut s = *start;
    let digits = s.digits();
    let h = value(digits).filter(|_| digits.len() <= 3)?;
    let colon = s.eat(':');
    let m = if colon {
        let m = minutes(&mut s).filter(|_| h <= 24 && digits.len() <= 2)?;
        if s.eat(':') {
            minutes(&mut s)?;
        }
        let mut hour = s;
        hour.spaces();
        if hour.eat_word("h") {
            s = hour;
        }
        m
    } else {
        s.spaces();
        if !["h", "heures", "heure"].iter().any(|word| s.eat_word(word)) {
            return None;
        }
        minutes_after_hour(&mut s)
    };
    if s.peek().is_some_and(|c| c.is_alphanumeric() || c == ':' && colon) {
        return None;
    }
    *start = s;
    Some(Time { h, m, colon })
}

/// "30" or "30 min" after "8 h"; but not the 50 of "1 h 50 €".
fn minutes_after_hour(start: &mut Scan) -> u64 {
    let mut s = *start;
    s.spaces();
    let Some(m) = minutes(&mut s) else { return 0 };
    let mut word = s;
    word.spaces();
    if word.eat_word("min") || word.eat_word("mn") || word.eat_word("minutes") {
        s = word;
    } else if unit(s).is_some() || matches!(word.peek(), Some('€' | '%')) || !s.ends() {
        return 0;
    }
    *start = s;
    m
}

fn minutes(s: &mut Scan) -> Option<u64> {
    let digits = s.digits();
    value(digits).filter(|m| *m < 60 && digits.len() == 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_time_of_day() {
        assert_eq!(clock(0, 0), "minuit");
        assert_eq!(clock(1, 1), "une heure une");
        assert_eq!(clock(8, 30), "huit heures trente");
        assert_eq!(clock(12, 0), "midi");
        assert_eq!(clock(12, 30), "douze heures trente");
        assert_eq!(clock(21, 21), "vingt et une heures vingt et une");
        for h in 0..24 {
            for m in 0..60 {
                assert!(!clock(h, m).chars().any(|c| c.is_ascii_digit()));
            }
        }
    }
}
