//! Closures and openings that are out of the ordinary, from the dates that an admin types.

use chrono::{Datelike, Days, NaiveDate, NaiveDateTime, NaiveTime};

use super::read::{HoursError, wrong};

/// A closure or an opening that is out of the ordinary.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exception {
    /// First moment, local time.
    pub from: NaiveDateTime,
    /// First moment after it.
    pub to: NaiveDateTime,
    /// Open in that time; otherwise closed.
    pub open: bool,
    /// Why, as it is said: "pont de l'Ascension".
    pub reason: Option<String>,
}

impl Exception {
    /// An exceptional closure: `2026-05-15`, `2026-12-24 12:00` (from noon on), `2026-12-24 14:00-16:00` or
    /// `2026-08-03 au 2026-08-14`. Dates may also be written `24/12/2026`.
    ///
    /// # Errors
    /// Names the place and the mistake in French.
    pub fn closure(when: &str, reason: Option<&str>) -> Result<Self, HoursError> {
        Self::parse(when, reason, false)
    }

    /// An exceptional opening: `2026-03-15 08:00-18:00`.
    ///
    /// # Errors
    /// Names the place and the mistake in French.
    pub fn opening(when: &str, reason: Option<&str>) -> Result<Self, HoursError> {
        Self::parse(when, reason, true)
    }

    fn parse(when: &str, reason: Option<&str>, open: bool) -> Result<Self, HoursError> {
        let mut parts = when
            .split_whitespace()
            .map(|part| (position(when, part), part))
            .peekable();
        let Some((at, first)) = parts.next() else {
            return wrong(0, "date vide ; exemple : « 2026-12-24 »");
        };
        let first = date(at, first)?;
        let mut last = first;
        if parts
            .next_if(|(_, word)| matches!(*word, "au" | "-" | "/" | "à"))
            .is_some()
        {
            let Some((at, text)) = parts.next() else {
                return wrong(
                    when.chars().count(),
                    "il manque la date de fin ; exemple : « 2026-08-03 au 2026-08-14 »",
                );
            };
            last = date(at, text)?;
            if last < first {
                return wrong(at, "la date de fin est avant la date de début");
            }
        }
        let after = last + Days::new(1);
        let (mut from, mut to) = (midnight(first), midnight(after));
        if let Some((at, text)) = parts.next() {
            if first != last {
                return wrong(
                    at,
                    "pas d'heures avec une plage de jours ; une ligne par jour si les heures changent",
                );
            }
            let (start, end) = text
                .split_once('-')
                .map_or((text, None), |(start, end)| (start, Some(end)));
            from = moment(at, start, first)?;
            to = match end {
                Some(end) => moment(at + start.chars().count() + 1, end, first)?,
                None if open => {
                    return wrong(
                        at,
                        "il manque l'heure de fermeture ; exemple : « 2026-03-15 08:00-18:00 »",
                    );
                }
                None => to,
            };
            if to <= from {
                return wrong(at, "l'heure de fin doit être après l'heure de début");
            }
        } else if open {
            return wrong(
                when.chars().count(),
                "il faut les heures d'ouverture ; exemple : « 2026-03-15 08:00-18:00 »",
            );
        }
        if let Some((at, extra)) = parts.next() {
            return wrong(
                at,
                format!("« {extra} » est de trop ; le motif se met après les deux-points"),
            );
        }
        Ok(Self {
            from,
            to,
            open,
            reason: reason.map(str::to_owned),
        })
    }
}

/// Position in characters of a part of a text.
fn position(text: &str, part: &str) -> usize {
    let bytes = (part.as_ptr() as usize).saturating_sub(text.as_ptr() as usize);
    text.char_indices().take_while(|(i, _)| *i < bytes).count()
}

fn midnight(day: NaiveDate) -> NaiveDateTime {
    day.and_time(NaiveTime::MIN)
}

fn date(at: usize, text: &str) -> Result<NaiveDate, HoursError> {
    let read = ["%Y-%m-%d", "%d/%m/%Y"]
        .iter()
        .find_map(|form| NaiveDate::parse_from_str(text, form).ok());
    // %Y reads "26" as the year 26: two digits are a slip.
    match read.filter(|day| (2000..2100).contains(&day.year())) {
        Some(day) => Ok(day),
        None => wrong(
            at,
            format!("« {text} » n'est pas une date ; écrivez-la ainsi : « 2026-12-24 » (année-mois-jour)"),
        ),
    }
}

fn moment(at: usize, text: &str, day: NaiveDate) -> Result<NaiveDateTime, HoursError> {
    if text == "24:00" {
        return Ok(midnight(day + Days::new(1)));
    }
    match NaiveTime::parse_from_str(text, "%H:%M") {
        Ok(time) => Ok(day.and_time(time)),
        Err(_) => wrong(
            at,
            format!("« {text} » n'est pas une heure ; écrivez-la ainsi : « 08:30 »"),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_exceptions() {
        let span = |text, open| {
            let e = if open {
                Exception::opening(text, None)
            } else {
                Exception::closure(text, None)
            };
            e.map(|e| format!("{} {}", e.from.format("%m-%d %H:%M"), e.to.format("%m-%d %H:%M")))
        };
        assert_eq!(span("2026-05-15", false).unwrap(), "05-15 00:00 05-16 00:00");
        assert_eq!(span("24/12/2026 12:00", false).unwrap(), "12-24 12:00 12-25 00:00");
        assert_eq!(
            span("2026-08-03 au 2026-08-14", false).unwrap(),
            "08-03 00:00 08-15 00:00"
        );
        assert_eq!(span("2026-03-15 08:00-18:00", true).unwrap(), "03-15 08:00 03-15 18:00");
        for (text, open, at, hint) in [
            ("24 décembre", false, 0, "n'est pas une date"),
            ("2026-02-30", false, 0, "n'est pas une date"),
            ("24/12/26", false, 0, "n'est pas une date"),
            ("2026-08-14 au 2026-08-03", false, 14, "avant la date de début"),
            ("2026-08-14 8h", false, 11, "n'est pas une heure"),
            ("2026-03-15", true, 10, "il faut les heures"),
            ("2026-03-15 08:00-18:00 pont", true, 23, "est de trop"),
        ] {
            let error = span(text, open).unwrap_err();
            assert!(error.at == at && error.message.contains(hint), "{text}: {error:?}");
        }
    }
}
