//! When an event recurs (RFC 5545, 3.8.5).

use std::collections::HashSet;

use chrono::{DateTime, Months, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta};
use chrono_tz::Tz;
use rrule::{Frequency, RRule, RRuleSet, Unvalidated};

use super::line::Line;
use super::moment::{Moment, convert};
use super::{Error, Occurrence, short, wrong};

/// Times of one day at which an event may recur: with more, a rule gives millions of them.
const MOST_TIMES: usize = 48;
/// How far ahead recurrences are looked at.
const AHEAD: Months = Months::new(36);
/// No recurrence is looked at from here on, whenever it is that the question is asked.
const LAST: NaiveDateTime = NaiveDate::from_ymd_opt(2250, 1, 1).unwrap().and_time(NaiveTime::MIN);

/// How the times in an event are meant.
#[derive(Clone, Copy, Debug)]
pub(super) struct Times {
    pub(super) zone: Tz,
    pub(super) town: Tz,
    /// As the clocks show it: a ball from 22:00 to 5:00 ends at 5:00 in the night of the change too.
    pub(super) length: TimeDelta,
    pub(super) all_day: bool,
}

impl Times {
    pub(super) fn occurrence(self, start: NaiveDateTime, length: TimeDelta) -> Occurrence {
        let end = start.checked_add_signed(length).unwrap_or(start);
        let [start, end] = if self.all_day {
            [start, end]
        } else {
            [start, end].map(|civil| convert(civil, self.zone, self.town))
        };
        // The hour that the clocks are set back may put the end before the start.
        Occurrence {
            start,
            end: end.max(start),
            all_day: self.all_day,
        }
    }
}

/// A recurrence (RRULE, RFC 5545, 3.8.5.3) without its exceptions.
#[derive(Clone, Debug)]
pub(super) struct Rule {
    /// The rule; the times of the clocks in it are written as if they were UTC, so that no change of them matters.
    rule: RRule,
    start: NaiveDateTime,
    times: Times,
    excluded: Excluded,
}

impl Rule {
    /// `None` for a rule that has ended before it starts: programs write such when a series is split. The first start
    /// is an occurrence only if the rule says so too; otherwise the RFC leaves it undefined.
    pub(super) fn read(
        line: &Line,
        start: NaiveDateTime,
        times: Times,
        excluded: Excluded,
    ) -> Result<Option<Self>, Error> {
        let fail = |why: &str| wrong(line.number, format!("« RRULE:{} » : {why}", short(&line.value)));
        let unreadable = || fail("répétition illisible ; il faut par exemple « FREQ=WEEKLY;BYDAY=SA »");
        if !line.value.is_ascii() {
            return Err(unreadable());
        }
        let value = line.value.to_ascii_uppercase();
        let parts = value.split(';').map(str::trim).filter(|part| !part.is_empty());
        let (until, parts): (Vec<_>, Vec<_>) = parts.partition(|part| part.starts_with("UNTIL="));
        let until = until.first().map(|text| {
            let moment = Moment::read(&text["UNTIL=".len()..], times.zone).ok_or_else(unreadable)?;
            Ok(match moment {
                Moment::Day(day) => day.and_time(NaiveTime::MIN) + TimeDelta::seconds(86_399),
                Moment::Time(..) => moment.civil(times.zone),
            })
        });
        let until = until.transpose()?;
        if until.is_some_and(|until| until < start) {
            return Ok(None);
        }
        let rule: RRule<Unvalidated> = parts.join(";").parse().map_err(|_| unreadable())?;
        let rule = match until {
            Some(until) => rule.until(as_utc(until)),
            None => rule,
        };
        let rule = rule.validate(as_utc(start)).map_err(|_| unreadable())?;
        let times_of_day = rule.get_by_hour().len() * rule.get_by_minute().len() * rule.get_by_second().len();
        let finer = matches!(
            rule.get_freq(),
            Frequency::Hourly | Frequency::Minutely | Frequency::Secondly
        );
        if finer || times_of_day > MOST_TIMES {
            return Err(fail(
                "trop de fois par jour ; un événement se répète au plus toutes les demi-heures (BYHOUR)",
            ));
        }
        let rule = Self {
            rule,
            start,
            times,
            excluded,
        };
        match rule.starts(start).next() {
            Some(_) => Ok(Some(rule)),
            None if until.is_some() => Ok(None),
            None => Err(fail("cette répétition ne tombe sur aucune date")),
        }
    }

    /// Its first start, in the town's time.
    pub(super) fn start(&self) -> NaiveDateTime {
        self.times.occurrence(self.start, self.times.length).start
    }

    /// When the rule says that it starts, from some time before `since` on.
    fn starts(&self, since: NaiveDateTime) -> impl Iterator<Item = NaiveDateTime> + use<> {
        let interval = i64::from(self.rule.get_interval());
        let step = match (self.rule.get_count(), self.rule.get_freq()) {
            (None, Frequency::Daily) => interval,
            (None, Frequency::Weekly) => 7 * interval,
            _ => 0,
        };
        let steps = (since - self.start).num_days().checked_div(step).unwrap_or(0).max(0);
        let start = self.start + TimeDelta::days(steps * step);
        let set = RRuleSet::new(as_utc(start)).rrule(self.rule.clone()).limit();
        set.into_iter().map(|start| start.naive_utc())
    }

    pub(super) fn occurrences(&self, from: NaiveDateTime) -> impl Iterator<Item = Occurrence> {
        let end = from.checked_add_months(AHEAD).map_or(LAST, |end| end.min(LAST));
        // Two days: more than any two zones are apart.
        let before = self.times.length + TimeDelta::days(2);
        let since = from
            .checked_sub_signed(before)
            .map_or(self.start, |since| since.min(LAST));
        self.starts(since)
            .filter(|start| !self.excluded.has(*start))
            .map(|start| self.times.occurrence(start, self.times.length))
            .take_while(move |occurrence| occurrence.start < end)
    }
}

/// The occurrences that are left out or replaced: dates, or times in the event's zone. A date leaves out its whole day.
#[derive(Clone, Debug)]
pub(super) struct Excluded(HashSet<(NaiveDate, Option<NaiveTime>)>);

impl Excluded {
    pub(super) fn new(moments: impl Iterator<Item = Moment>, times: Times) -> Self {
        let key = |moment: Moment| {
            let civil = moment.civil(times.zone);
            let timed = !times.all_day && matches!(moment, Moment::Time(..));
            (civil.date(), timed.then_some(civil.time()))
        };
        Self(moments.map(key).collect())
    }

    pub(super) fn has(&self, start: NaiveDateTime) -> bool {
        let (day, time) = (start.date(), start.time());
        self.0.contains(&(day, None)) || self.0.contains(&(day, Some(time)))
    }
}

fn as_utc(civil: NaiveDateTime) -> DateTime<rrule::Tz> {
    civil.and_utc().with_timezone(&rrule::Tz::UTC)
}

#[cfg(test)]
mod tests {
    use super::super::read;
    use super::super::tests::{TOWN, at, calendar, event, times};
    use super::*;

    #[test]
    fn repeats() {
        let ten = "DTSTART;TZID=Europe/Paris:20260103T100000\nRRULE:";
        for (rule, expected) in [
            ("FREQ=WEEKLY", ["01-03", "01-10", "01-17"].as_slice()),
            ("FREQ=WEEKLY;BYDAY=SA,WE;", &["01-03", "01-07", "01-10"]),
            ("freq=weekly;interval=2;byday=sa;wkst=mo", &["01-03", "01-17", "01-31"]),
            ("FREQ=MONTHLY;BYDAY=1SU", &["01-04", "02-01", "03-01"]),
            (
                "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1",
                &["01-30", "02-27", "03-31"],
            ),
            ("FREQ=YEARLY;BYMONTH=7;BYMONTHDAY=14;COUNT=2", &["07-14", "07-14"]),
            ("FREQ=DAILY;COUNT=2", &["01-03", "01-04"]),
            ("FREQ=DAILY;UNTIL=20260104", &["01-03", "01-04"]),
            ("FREQ=DAILY;UNTIL=20260104T090000Z", &["01-03", "01-04"]),
            ("FREQ=DAILY;UNTIL=20260104T085959Z", &["01-03"]),
            ("FREQ=DAILY;UNTIL=20260104T100000", &["01-03", "01-04"]),
            ("FREQ=DAILY;UNTIL=20251231T225959Z", &[]),
            ("FREQ=WEEKLY;BYDAY=FR;UNTIL=20260105", &[]),
        ] {
            let days = times(&format!("{ten}{rule}"));
            assert!(days.iter().all(|day| day.ends_with("10:00")), "{days:?}");
            assert_eq!(days.iter().map(|day| &day[..5]).collect::<Vec<_>>(), expected, "{rule}");
        }
    }

    #[test]
    fn stays_at_its_hour_when_the_clocks_change() {
        let weekly = |start: &str| times(&format!("DTSTART{start}\nDURATION:PT2H\nRRULE:FREQ=WEEKLY"));
        let (first, third) = ("03-22 10:00 03-22 12:00", "04-05 10:00 04-05 12:00");
        let expected = [first, "03-29 10:00 03-29 12:00", third];
        assert_eq!(weekly(";TZID=Europe/Paris:20260322T100000"), expected);
        assert_eq!(weekly(":20260322T100000"), expected);
        // The rule is that of London, where the clocks change in the same night.
        assert_eq!(weekly(";TZID=Europe/London:20260322T090000"), expected);
        // Written in universal time, it moves with it: RFC 5545, 3.3.5, form 2.
        assert_eq!(weekly(":20260322T090000Z")[2], "04-05 11:00 04-05 13:00");
    }

    #[test]
    fn skips_to_the_question() {
        let ask = [
            "1800-01-01 00:00",
            "2026-11-26 09:00",
            "2249-12-31 12:00",
            "9999-12-31 12:00",
        ];
        for rule in [
            "FREQ=DAILY",
            "FREQ=DAILY;INTERVAL=3;BYDAY=MO,FR",
            "FREQ=DAILY;BYMONTH=12;BYHOUR=9,17",
            "FREQ=WEEKLY;INTERVAL=2;BYDAY=SU,MO,SA;WKST=SU",
            "FREQ=WEEKLY;INTERVAL=5;BYDAY=SU,MO;WKST=MO",
            "FREQ=WEEKLY;BYDAY=TU,TH;BYSETPOS=-1",
            "FREQ=MONTHLY;INTERVAL=5;BYDAY=-1FR",
            "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29",
            "FREQ=DAILY;COUNT=20000",
        ] {
            let text = event(&format!(
                "SUMMARY:Bal\nDTSTART:19800104T090000\nDURATION:P2D\nRRULE:{rule}"
            ));
            let event = read(&calendar(&text), TOWN).unwrap().remove(0);
            let all = event.rule.as_ref().unwrap();
            for from in ask.map(at) {
                let plain = all
                    .starts(all.start)
                    .map(|start| all.times.occurrence(start, all.times.length));
                let end = from.checked_add_months(AHEAD).unwrap().min(LAST);
                let plain = plain.take_while(|o| o.start < end).filter(|o| o.end > from);
                assert_eq!(
                    event.occurrences(from).collect::<Vec<_>>(),
                    plain.collect::<Vec<_>>(),
                    "{rule} {from}"
                );
            }
            for from in [NaiveDateTime::MIN, NaiveDateTime::MAX] {
                assert_eq!(event.occurrences(from).count(), 0);
            }
        }
    }
}
