//! When a service is open: the week in OpenStreetMap's `opening_hours` syntax, French public holidays, and the days
//! that are out of the ordinary.
//!
//! All times are local wall-clock times of the town: an office that opens at 8:30 does so in summer and in winter.
//! Nothing here reads a clock.

mod calendar;
mod exception;
mod read;
mod words;

use chrono::{Days, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta};
use opening_hours::localization::Country;
use opening_hours::{Context, OpeningHours, RuleKind};

use crate::understand::day_part::DayPart;
use crate::understand::normalise;
pub use calendar::holiday;
pub use exception::Exception;
pub use read::HoursError;
pub use words::{day_in_words, time_in_words};

/// How far ahead we look for a change. Past that, a place is as good as always open or always closed.
const HORIZON: TimeDelta = TimeDelta::days(400);

/// Opening hours: the regular week and the exceptions. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Schedule {
    /// As the plan calls it: "agence postale".
    name: String,
    text: String,
    /// The week as it applies, public holidays included.
    hours: OpeningHours,
    /// The same rules in a world without public holidays: what the day would have been.
    ordinary: OpeningHours,
    exceptions: Vec<Exception>,
}

/// Whether a place is open at some moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Status {
    /// Open, until this moment; none: no end within a year.
    Open {
        /// First closed moment.
        until: Option<NaiveDateTime>,
    },
    /// Closed.
    Closed {
        /// First open moment; none: not within a year.
        reopens: Option<NaiveDateTime>,
        /// Why it is closed although it is open on such a day as a rule.
        reason: Option<Reason>,
    },
}

/// Why a place is closed when it would be open as a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// A public holiday, as it is said: "le lundi de Pâques".
    Holiday(&'static str),
    /// An exceptional closure, with its reason if the town has given one.
    Exceptional(Option<String>),
}

impl Schedule {
    /// Reads opening hours in OSM syntax: `Mo-Fr 08:30-12:00,13:30-17:30; Sa 09:00-12:00; PH off`.
    ///
    /// # Errors
    /// Names the place and the mistake in French.
    pub fn parse(text: &str) -> Result<Self, HoursError> {
        let rules = read::rules(text)?;
        let context = Context::default().approx_bound_interval_size(HORIZON);
        Ok(Self {
            name: String::new(),
            text: text.to_owned(),
            hours: rules
                .clone()
                .with_context(context.clone().with_holidays(Country::FR.holidays())),
            ordinary: rules.with_context(context),
            exceptions: Vec::new(),
        })
    }

    /// The same, under this name.
    pub fn named(mut self, name: &str) -> Self {
        self.name = name.replace('_', " ");
        self
    }

    /// As the plan calls it; empty where it has no name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The first day from `today` on of a closure or an opening that is called by its reason: "le pont de l'Ascension".
    pub fn day_called(&self, text: &str, today: NaiveDate) -> Option<NaiveDate> {
        let words = normalise::folded_words(text);
        let called = |exception: &&Exception| {
            let reason = exception
                .reason
                .as_deref()
                .map(normalise::folded_words)
                .unwrap_or_default();
            !reason.is_empty() && normalise::contains(&words, &reason.join(" "))
        };
        let days = self
            .exceptions
            .iter()
            .filter(called)
            .map(|exception| exception.from.date());
        days.filter(|day| *day >= today).min()
    }

    /// The same week with these exceptions. An exceptional opening wins over an exceptional closure.
    pub fn with_exceptions(mut self, exceptions: Vec<Exception>) -> Self {
        self.exceptions = exceptions;
        self
    }

    /// The exceptional closures and openings.
    pub fn exceptions(&self) -> &[Exception] {
        &self.exceptions
    }

    /// What looks like a slip in the hours, in French, although they can be read.
    pub fn doubts(&self) -> Vec<HoursError> {
        read::doubts(&self.text)
    }

    /// Whether neither the week nor an exception ever opens.
    pub fn never_opens(&self) -> bool {
        // Two years hold each weekday, season, leap day and week number.
        self.exceptions.iter().all(|e| !e.open) && (2027..2029).flat_map(days_of).all(|day| !opens_on(&self.hours, day))
    }

    /// Whether it opens on this day at all.
    pub fn opens_on(&self, day: NaiveDate) -> bool {
        !self.spans_on(day).is_empty()
    }

    /// Whether it is open at this local time.
    pub fn is_open(&self, at: NaiveDateTime) -> bool {
        let covers = |e: &&Exception| e.from <= at && at < e.to;
        let mut exceptions = self.exceptions.iter().filter(covers).peekable();
        if exceptions.peek().is_some() {
            return exceptions.any(|e| e.open);
        }
        self.hours.is_open(at)
    }

    /// The next moment after `at` when it opens or closes, and whether it is open from then on.
    /// None if nothing changes for more than a year.
    pub fn next_change(&self, at: NaiveDateTime) -> Option<(NaiveDateTime, bool)> {
        let now = self.is_open(at);
        let mut t = at;
        while t - at < HORIZON {
            let edges = self
                .exceptions
                .iter()
                .flat_map(|e| [e.from, e.to])
                .filter(|&edge| edge > t);
            // The regular hours may change state under an exception that hides it, hence the loop.
            t = edges.chain(self.hours.next_change(t)).min()?;
            if self.is_open(t) != now {
                return Some((t, !now));
            }
        }
        None
    }

    /// Whether it is open, until when, or why not and when again.
    pub fn status(&self, at: NaiveDateTime) -> Status {
        let change = self.next_change(at).map(|(when, _)| when);
        if self.is_open(at) {
            Status::Open { until: change }
        } else {
            Status::Closed {
                reopens: change,
                reason: self.reason(at),
            }
        }
    }

    /// Open spans of a day, exceptions included, in minutes from midnight.
    /// Whether it is open in this part of a day, for more than the noon hour.
    pub fn opens_in(&self, day: NaiveDate, part: DayPart) -> bool {
        const NOON: u16 = 12 * 60;
        const AFTER_NOON: u16 = 13 * 60;
        const EVENING: u16 = 18 * 60;
        self.spans_on(day).iter().any(|&(from, to)| match part {
            DayPart::Morning => from < NOON,
            DayPart::Afternoon => from < EVENING && to > AFTER_NOON,
            DayPart::Evening => to > EVENING,
        })
    }

    fn spans_on(&self, day: NaiveDate) -> Vec<(u16, u16)> {
        let midnight = day.and_time(NaiveTime::MIN);
        let minute = |at: NaiveDateTime| (at - midnight).num_minutes().min(1440) as u16;
        let (mut spans, mut at) = (Vec::new(), midnight);
        while minute(at) < 1440 {
            let next = self
                .next_change(at)
                .map_or(midnight + TimeDelta::days(1), |(when, _)| when);
            if self.is_open(at) {
                spans.push((minute(at), minute(next)));
            }
            at = next;
        }
        spans
    }

    fn reason(&self, at: NaiveDateTime) -> Option<Reason> {
        let day = at.date();
        let closure = self.exceptions.iter().find(|e| !e.open && e.from <= at && at < e.to);
        if let Some(closure) = closure {
            return Some(Reason::Exceptional(closure.reason.clone()));
        }
        let name = holiday(day)?;
        (opens_on(&self.ordinary, day) && !opens_on(&self.hours, day)).then_some(Reason::Holiday(name))
    }
}

/// Whether these rules have an open moment on that day.
fn opens_on(hours: &OpeningHours, day: NaiveDate) -> bool {
    !spans(hours, day).is_empty()
}

/// Open spans of a day, in minutes from midnight.
fn spans(hours: &OpeningHours, day: NaiveDate) -> Vec<(u16, u16)> {
    let ranges = hours
        .schedule_at(day)
        .into_iter()
        .filter(|range| range.kind == RuleKind::Open);
    let minutes = ranges.map(|r| (r.range.start.mins_from_midnight(), r.range.end.mins_from_midnight()));
    // Ranges that touch differ only by their comment, which nobody hears.
    minutes.fold(Vec::new(), |mut spans: Vec<(u16, u16)>, (start, end)| {
        match spans.last_mut() {
            Some(last) if last.1 == start => last.1 = end,
            _ => spans.push((start, end)),
        }
        spans
    })
}

/// The days of a year.
fn days_of(year: i32) -> impl Iterator<Item = NaiveDate> {
    let first = NaiveDate::from_ymd_opt(year, 1, 1).expect("1 January exists in every year");
    (0..366)
        .map(move |n| first + Days::new(n))
        .filter(move |day| chrono::Datelike::year(day) == year)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAIRIE: &str = "Mo-Fr 08:30-12:00,13:30-17:30; Sa 09:00-12:00; PH off";

    fn at(text: &str) -> NaiveDateTime {
        NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M").unwrap()
    }

    fn mairie() -> Schedule {
        Schedule::parse(MAIRIE).unwrap()
    }

    #[test]
    fn opens_and_closes_by_the_week() {
        // 2026-03-10 is a Tuesday.
        for (time, open, change) in [
            ("2026-03-10 08:29", false, "2026-03-10 08:30"),
            ("2026-03-10 08:30", true, "2026-03-10 12:00"),
            ("2026-03-10 12:00", false, "2026-03-10 13:30"),
            ("2026-03-10 17:29", true, "2026-03-10 17:30"),
            ("2026-03-13 18:00", false, "2026-03-14 09:00"),
            ("2026-03-14 12:00", false, "2026-03-16 08:30"),
        ] {
            assert_eq!(mairie().is_open(at(time)), open, "{time}");
            assert_eq!(mairie().next_change(at(time)), Some((at(change), !open)), "{time}");
        }
    }

    #[test]
    fn public_holidays_are_closed_and_named() {
        for (time, name, reopens) in [
            ("2026-04-06 10:00", "le lundi de Pâques", "2026-04-07 08:30"),
            ("2026-05-14 10:00", "l'Ascension", "2026-05-15 08:30"),
            ("2026-05-25 10:00", "le lundi de Pentecôte", "2026-05-26 08:30"),
            ("2026-07-14 10:00", "le 14 juillet", "2026-07-15 08:30"),
        ] {
            let status = Status::Closed {
                reopens: Some(at(reopens)),
                reason: Some(Reason::Holiday(name)),
            };
            assert_eq!(mairie().status(at(time)), status, "{time}");
        }
        // Closed on Sundays anyhow: 1 November 2026 needs no reason.
        assert!(matches!(
            mairie().status(at("2026-11-01 10:00")),
            Status::Closed { reason: None, .. }
        ));
    }

    #[test]
    fn clock_changes_do_not_move_the_hours() {
        // The clocks change on Sunday 29 March and Sunday 25 October 2026.
        for monday in ["2026-03-30", "2026-10-26"] {
            assert!(!mairie().is_open(at(&format!("{monday} 08:29"))));
            assert!(mairie().is_open(at(&format!("{monday} 08:30"))));
        }
        let sunday = Schedule::parse("Su 02:00-03:00").unwrap();
        assert!(
            sunday.is_open(at("2026-03-29 02:30")),
            "the hour that does not exist does no harm"
        );
    }

    #[test]
    fn exceptions_win_over_the_week() {
        let closed = Exception::closure("2026-12-24 12:00", Some("réveillon de Noël")).unwrap();
        let open = Exception::opening("2026-03-15 08:00-18:00", Some("élections municipales")).unwrap();
        let schedule = mairie().with_exceptions(vec![closed, open]);
        assert!(schedule.is_open(at("2026-12-24 11:59")));
        // 25 December is a Friday and a holiday; Saturday 26 is open.
        assert_eq!(
            schedule.status(at("2026-12-24 14:00")),
            Status::Closed {
                reopens: Some(at("2026-12-26 09:00")),
                reason: Some(Reason::Exceptional(Some("réveillon de Noël".into())))
            }
        );
        assert_eq!(
            schedule.status(at("2026-03-15 10:00")),
            Status::Open {
                until: Some(at("2026-03-15 18:00"))
            }
        );
    }

    #[test]
    fn a_closure_is_called_by_its_reason() {
        let closed = Exception::closure("2027-05-07", Some("pont de l'Ascension")).unwrap();
        let schedule = mairie().with_exceptions(vec![closed]);
        let called = |text, today: &str| schedule.day_called(text, today.parse().unwrap());
        let text = "la mairie ouvre-t-elle le pont de l'Ascension ?";
        assert_eq!(called(text, "2026-12-01"), "2027-05-07".parse().ok());
        assert_eq!(called(text, "2027-05-08"), None);
        assert_eq!(called("vous faites le pont ?", "2026-12-01"), None);
    }

    #[test]
    fn spans_a_long_closure() {
        let summer = Exception::closure("2026-08-03 au 2026-08-14", Some("congés d'été")).unwrap();
        let schedule = mairie().with_exceptions(vec![summer]);
        // Saturday 15 August is the Assumption.
        assert_eq!(
            schedule.next_change(at("2026-08-01 12:00")),
            Some((at("2026-08-17 08:30"), true))
        );
    }

    #[test]
    fn always_and_never() {
        let always = Schedule::parse("24/7").unwrap();
        assert_eq!(always.status(at("2026-01-01 00:00")), Status::Open { until: None });
        let never = Schedule::parse("off").unwrap();
        assert_eq!(
            never.status(at("2026-01-01 00:00")),
            Status::Closed {
                reopens: None,
                reason: None
            }
        );
        let night = Schedule::parse("Fr 20:00-02:00").unwrap();
        assert_eq!(
            night.status(at("2026-03-14 01:00")),
            Status::Open {
                until: Some(at("2026-03-14 02:00"))
            }
        );
    }

    #[test]
    fn agrees_with_the_calendar_of_the_crate() {
        let days = Schedule::parse("PH").unwrap();
        for day in (2024..2040).flat_map(days_of) {
            assert_eq!(opens_on(&days.hours, day), holiday(day).is_some(), "{day}");
        }
    }
}
