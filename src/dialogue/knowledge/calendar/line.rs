//! The content lines of a calendar (RFC 5545, 3.1).

use chrono::TimeDelta;
use chrono_tz::Tz;

use super::moment::{Moment, duration};

/// An unfolded content line: `NAME;PARAMETER=value:value`.
#[derive(Clone, Debug)]
pub(super) struct Line {
    /// Number of its first line in the file.
    pub number: usize,
    /// In capitals.
    pub name: String,
    parameters: String,
    pub value: String,
}

/// The content lines of a file, whichever way its lines end. What has no colon is no content line and is left out:
/// some programs break the lines of a description without folding them.
pub(super) fn lines(text: &str) -> impl Iterator<Item = Line> {
    let text = text.trim_start_matches('\u{feff}');
    let mut physical = text.lines().zip(1..).peekable();
    let unfolded = std::iter::from_fn(move || {
        let (first, number) = physical.next()?;
        let mut whole = first.to_owned();
        while let Some((more, _)) = physical.next_if(|(line, _)| line.starts_with([' ', '\t'])) {
            whole.push_str(&more[1..]);
        }
        Some((number, whole))
    });
    unfolded.filter_map(|(number, whole)| Line::new(number, &whole))
}

impl Line {
    fn new(number: usize, whole: &str) -> Option<Self> {
        let (head, value) = split(whole, ':')?;
        let (name, parameters) = split(head, ';').unwrap_or((head, ""));
        Some(Self {
            number,
            name: name.trim().to_ascii_uppercase(),
            parameters: parameters.to_owned(),
            value: value.to_owned(),
        })
    }

    /// The value of a parameter (3.2), without its quotes.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        let mut rest = self.parameters.as_str();
        while !rest.is_empty() {
            let (one, others) = split(rest, ';').unwrap_or((rest, ""));
            match one.split_once('=') {
                Some((key, value)) if key.trim().eq_ignore_ascii_case(name) => return Some(value.trim_matches('"')),
                _ => rest = others,
            }
        }
        None
    }

    /// The zone that TZID names (3.2.19). Other names and none mean the town's.
    fn zone(&self, town: Tz) -> Tz {
        self.parameter("TZID").and_then(zone).unwrap_or(town)
    }

    /// The name of its zone, where nobody knows which it is.
    pub fn unknown_zone(&self) -> Option<&str> {
        self.parameter("TZID").filter(|name| zone(name).is_none())
    }

    /// The dates or times that are listed on the line; `Err` is the first that is none.
    pub fn moments(&self, town: Tz) -> Result<Vec<Moment>, &str> {
        let zone = self.zone(town);
        let values = self.value.split(',').filter(|text| !text.trim().is_empty());
        values.map(|text| Moment::read(text, zone).ok_or(text)).collect()
    }

    /// The periods that are listed on the line (3.3.9), or its dates and times: the start, and the length if given.
    pub fn periods(&self, town: Tz) -> Result<Vec<(Moment, Option<TimeDelta>)>, &str> {
        let zone = self.zone(town);
        let read = |text: &str| match text.split_once('/') {
            None => Some((Moment::read(text, zone)?, None)),
            Some((start, end)) => {
                let start = Moment::read(start, zone)?;
                let to_end = || Some(Moment::read(end, zone)?.civil(zone) - start.civil(zone));
                let length = duration(end).or_else(to_end)?;
                (length >= TimeDelta::zero()).then_some((start, Some(length)))
            }
        };
        self.value.split(',').map(|text| read(text).ok_or(text)).collect()
    }
}

/// Zones as Windows names them, which Outlook writes: those in which the clocks go as in Paris, and the neighbours'.
const WINDOWS: [(&str, Tz); 7] = [
    ("Romance Standard Time", Tz::Europe__Paris),
    ("W. Europe Standard Time", Tz::Europe__Berlin),
    ("Central Europe Standard Time", Tz::Europe__Budapest),
    ("Central European Standard Time", Tz::Europe__Warsaw),
    ("GMT Standard Time", Tz::Europe__London),
    ("Greenwich Standard Time", Tz::Atlantic__Reykjavik),
    ("UTC", Tz::UTC),
];

/// A zone by its IANA name, which some programs prefix with their own, or by that of Windows.
fn zone(name: &str) -> Option<Tz> {
    // No IANA name has more than three parts.
    let tails = name.match_indices('/').rev().take(3).map(|(at, _)| &name[at + 1..]);
    let windows = WINDOWS.iter().find(|(known, _)| *known == name).map(|(_, zone)| *zone);
    windows.or_else(|| std::iter::once(name).chain(tails).find_map(|name| name.parse().ok()))
}

/// Splits at the first separator that is outside of quotes.
fn split(text: &str, separator: char) -> Option<(&str, &str)> {
    let mut quoted = false;
    let at = text.find(|c| {
        quoted ^= c == '"';
        c == separator && !quoted
    })?;
    Some((&text[..at], &text[at + separator.len_utf8()..]))
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub fn line(text: &str) -> Line {
        lines(text).next().unwrap()
    }

    #[test]
    fn unfolds_and_splits() {
        let text =
            "\u{feff}X:1\r\nsummary;LANGUAGE=fr;ALTREP=\"a:b;c\":Le mar\r\n ché: \r\n\tde Noël\r\nno colon\nY;Z:\n";
        let all: Vec<_> = lines(text).collect();
        assert_eq!(all.iter().map(|line| line.number).collect::<Vec<_>>(), [1, 2, 6]);
        assert_eq!(
            (all[1].name.as_str(), all[1].value.as_str()),
            ("SUMMARY", "Le marché: de Noël")
        );
        assert_eq!(all[1].parameter("altrep"), Some("a:b;c"));
        assert_eq!(all[1].parameter("TZID"), None);
    }
}
