//! Dates, times and durations (RFC 5545, 3.3.4 to 3.3.6).

use chrono::{Datelike, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, TimeZone};
use chrono_tz::Tz;

/// A date (3.3.4), or a time of the clocks in a zone (3.3.5).
#[derive(Clone, Copy, Debug)]
pub(super) enum Moment {
    Day(NaiveDate),
    Time(NaiveDateTime, Tz),
}

impl Moment {
    /// `20261212`, `20261212T100000` (in `zone`) or `20261212T090000Z`, from 1900 to 2199.
    pub fn read(text: &str, zone: Tz) -> Option<Self> {
        let text = text.trim();
        let (date, time) = text
            .split_once(['T', 't'])
            .map_or((text, None), |(date, time)| (date, Some(time)));
        let day = NaiveDate::from_ymd_opt(
            i32::try_from(digits(date, 0..4)?).ok()?,
            digits(date, 4..6)?,
            digits(date, 6..8)?,
        )
        .filter(|day| date.len() == 8 && (1900..2200).contains(&day.year()))?;
        let Some(time) = time else { return Some(Self::Day(day)) };
        let (time, zone) = time
            .strip_suffix(['Z', 'z'])
            .map_or((time, zone), |time| (time, Tz::UTC));
        // The second 60 is a leap second.
        let second = digits(time, 4..6).filter(|second| time.len() == 6 && *second <= 60)?;
        let time = NaiveTime::from_hms_opt(digits(time, 0..2)?, digits(time, 2..4)?, second.min(59))?;
        Some(Self::Time(day.and_time(time), zone))
    }

    /// What the clocks in `zone` show. Dates mean the same day everywhere.
    pub fn civil(self, zone: Tz) -> NaiveDateTime {
        match self {
            Self::Day(day) => day.and_time(NaiveTime::MIN),
            Self::Time(civil, own) => convert(civil, own, zone),
        }
    }
}

/// What the clocks in `to` show when those in `from` show `civil`. An hour that occurs twice means the first; one that
/// the clocks leave out counts on from before the change (3.3.5).
pub(super) fn convert(civil: NaiveDateTime, from: Tz, to: Tz) -> NaiveDateTime {
    const BEFORE: TimeDelta = TimeDelta::hours(3);
    let instant = |civil: NaiveDateTime| from.from_local_datetime(&civil).earliest();
    instant(civil)
        .or_else(|| Some(instant(civil.checked_sub_signed(BEFORE)?)? + BEFORE))
        .map_or(civil, |instant| instant.with_timezone(&to).naive_local())
}

/// A duration (3.3.6) that is not negative: `P1D`, `PT1H30M`, `P2W`.
pub(super) fn duration(text: &str) -> Option<TimeDelta> {
    let text = text.trim().trim_start_matches('+').to_ascii_uppercase();
    let (mut seconds, mut number, mut in_time, mut parts) = (0_i64, None::<i64>, false, 0);
    for c in text.strip_prefix('P')?.chars() {
        let unit = match c {
            '0'..='9' => {
                let digit = i64::from(c.to_digit(10)?);
                number = Some(number.unwrap_or(0).checked_mul(10)?.checked_add(digit)?);
                continue;
            }
            'T' if !in_time && number.is_none() => {
                in_time = true;
                continue;
            }
            'W' if !in_time => 7 * 86_400,
            'D' if !in_time => 86_400,
            'H' if in_time => 3_600,
            'M' if in_time => 60,
            'S' if in_time => 1,
            _ => return None,
        };
        seconds = number.take()?.checked_mul(unit)?.checked_add(seconds)?;
        parts += 1;
    }
    // 300 years: what lies between two dates that are accepted.
    let sound = parts > 0 && number.is_none() && seconds <= 300 * 366 * 86_400;
    sound.then(|| TimeDelta::seconds(seconds))
}

fn digits(text: &str, at: std::ops::Range<usize>) -> Option<u32> {
    let part = text.get(at)?;
    part.bytes().all(|b| b.is_ascii_digit()).then(|| part.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::super::line::tests::line;
    use super::*;

    #[test]
    fn reads_dates() {
        let town = Tz::Europe__Paris;
        let read = |text: &str| {
            line(text)
                .moments(town)
                .map(|all| all[0].civil(town).to_string())
                .unwrap_or_default()
        };
        for (text, civil) in [
            ("D;VALUE=DATE:20261212", "2026-12-12 00:00:00"),
            ("D:20261212T100000", "2026-12-12 10:00:00"),
            ("D:20261212T090000Z", "2026-12-12 10:00:00"),
            ("D;TZID=Europe/London:20261212T090000", "2026-12-12 10:00:00"),
            (
                "D;TZID=/mozilla.org/20050126_1/Europe/London:20261212T090000",
                "2026-12-12 10:00:00",
            ),
            (
                "D;TZID=\"Romance Standard Time\":20261212T100000",
                "2026-12-12 10:00:00",
            ),
            ("D:20260329T023000", "2026-03-29 03:30:00"),
            ("D:20261025T023000", "2026-10-25 02:30:00"),
            ("D:20260230", ""),
            ("D:2026121", ""),
            ("D:202612123", ""),
            ("D:+0261212", ""),
            ("D:18991231", ""),
            ("D:20261212T250000", ""),
            ("D:20261212T1000", ""),
            ("D:12 décembre", ""),
        ] {
            assert_eq!(read(text), civil, "{text}");
        }
    }

    #[test]
    fn reads_durations() {
        let minutes = |text| duration(text).map(|length| length.num_minutes());
        for (text, expected) in [
            ("PT1H30M", 90),
            ("P1D", 1440),
            ("+P1DT2H", 1560),
            ("P2W", 20_160),
            ("PT0S", 0),
        ] {
            assert_eq!(minutes(text), Some(expected), "{text}");
        }
        for text in [
            "",
            "P",
            "PT",
            "P1H",
            "PT1D",
            "-P1D",
            "P1",
            "1D",
            "P99999999999999999999D",
            "P9999999W",
        ] {
            assert_eq!(minutes(text), None, "{text}");
        }
    }
}
