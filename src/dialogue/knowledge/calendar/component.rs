//! The events in a file (VEVENT, RFC 5545, 3.6.1).

use std::collections::HashMap;

use chrono::{NaiveDate, NaiveDateTime, NaiveTime, TimeDelta};
use chrono_tz::Tz;

use super::line::{Line, lines};
use super::moment::{Moment, duration};
use super::rule::{Excluded, Rule, Times};
use super::text::plain;
use super::{Error, Event, short, wrong};

/// Events that a calendar may have.
const MOST_EVENTS: usize = 20_000;

/// A VEVENT as it is written.
pub(super) struct Component {
    line: usize,
    lines: Vec<Line>,
}

/// The events of all calendars in a file (3.4); what is inside of them (VALARM) or beside them (VTODO, VTIMEZONE) is
/// left out.
pub(super) fn components(text: &str) -> Result<Vec<Component>, Error> {
    let (mut open, mut found): (Vec<String>, Vec<Component>) = (Vec::new(), Vec::new());
    let mut last = 0;
    for line in lines(text) {
        let number = line.number;
        let in_event = matches!(&open[..], [_, event] if event == "VEVENT");
        match line.name.as_str() {
            "BEGIN" => {
                let name = line.value.trim().to_ascii_uppercase();
                if open.is_empty() && name != "VCALENDAR" {
                    return Err(wrong(
                        number,
                        format!("« BEGIN:{} » hors d'un calendrier", short(&name)),
                    ));
                }
                if open.len() == 1 && name == "VEVENT" {
                    if found.len() == MOST_EVENTS {
                        return Err(wrong(
                            number,
                            format!("plus de {MOST_EVENTS} événements ; exportez-en moins"),
                        ));
                    }
                    found.push(Component {
                        line: number,
                        lines: Vec::new(),
                    });
                }
                open.push(name);
            }
            "END" => {
                let name = line.value.trim().to_ascii_uppercase();
                if open.pop().as_ref() != Some(&name) {
                    return Err(wrong(number, format!("« END:{} » sans son « BEGIN »", short(&name))));
                }
            }
            _ => {
                if let Some(event) = found.last_mut().filter(|_| in_event) {
                    event.lines.push(line);
                }
            }
        }
        if last > 0 || !open.is_empty() {
            last = number;
        }
    }
    match open.last() {
        Some(name) => Err(wrong(
            last,
            format!("le fichier est incomplet : il manque « END:{} »", short(name)),
        )),
        None if last == 0 => Err(wrong(1, "ce n'est pas un calendrier : il manque « BEGIN:VCALENDAR »")),
        None => Ok(found),
    }
}

impl Component {
    fn all(&self, name: &str) -> impl Iterator<Item = &Line> {
        self.lines.iter().filter(move |line| line.name == name)
    }

    pub(super) fn first(&self, name: &str) -> Option<&Line> {
        self.all(name).next()
    }

    pub(super) fn uid(&self) -> &str {
        self.first("UID").map_or("", |line| line.value.trim())
    }

    pub(super) fn title(&self) -> Option<String> {
        self.one_line("SUMMARY", " ")
    }

    fn one_line(&self, name: &str, between: &str) -> Option<String> {
        let text = plain(&self.first(name)?.value)?;
        let lines = text.lines().map(|line| line.trim_end_matches(','));
        Some(lines.collect::<Vec<_>>().join(between))
    }

    pub(super) fn is_cancelled(&self) -> bool {
        self.first("STATUS")
            .is_some_and(|line| line.value.trim().eq_ignore_ascii_case("CANCELLED"))
    }

    fn moments(&self, name: &str, town: Tz) -> Result<Vec<Moment>, Error> {
        let mut all = Vec::new();
        for line in self.all(name) {
            all.extend(line.moments(town).map_err(|text| no_date(line, text))?);
        }
        Ok(all)
    }

    fn moment(&self, name: &str, town: Tz) -> Result<Option<Moment>, Error> {
        Ok(self.moments(name, town)?.first().copied())
    }

    /// Which recurrence this replaces.
    pub(super) fn recurrence(&self, town: Tz) -> Result<Option<Moment>, Error> {
        let ranged = self
            .first("RECURRENCE-ID")
            .filter(|line| line.parameter("RANGE").is_some());
        match ranged {
            Some(line) => Err(wrong(
                line.number,
                "« RANGE » n'est pas pris en charge ; terminez la série et créez-en une autre",
            )),
            None => self.moment("RECURRENCE-ID", town),
        }
    }

    fn changed(&self, town: Tz) -> Option<NaiveDate> {
        let at = |name| self.moment(name, town).ok().flatten();
        let moment = at("LAST-MODIFIED").or_else(|| at("DTSTAMP"))?;
        Some(moment.civil(town).date())
    }

    /// How the times are meant, and the first start.
    fn times(&self, town: Tz) -> Result<(NaiveDateTime, Times), Error> {
        let Some(moment) = self.moment("DTSTART", town)? else {
            return Err(wrong(self.line, "l'événement n'a pas de date (DTSTART)"));
        };
        let zone = if let Moment::Time(_, zone) = moment { zone } else { town };
        let start = moment.civil(zone);
        let length = match (self.moment("DTEND", town)?, self.first("DURATION")) {
            (Some(end), _) => end.civil(zone) - start,
            (None, Some(line)) => duration(&line.value).ok_or_else(|| {
                let text = short(&line.value);
                wrong(
                    line.number,
                    format!("« {text} » n'est pas une durée ; il faut par exemple « PT1H30M »"),
                )
            })?,
            (None, None) => TimeDelta::zero(),
        };
        // Programs that know no whole days write them from midnight to midnight.
        let days = length.num_days();
        let midnights = start.time() == NaiveTime::MIN && days > 0 && length == TimeDelta::days(days);
        let all_day = matches!(moment, Moment::Day(_)) || midnights && zone == town;
        let length = if all_day { TimeDelta::days(days.max(1)) } else { length };
        if length < TimeDelta::zero() {
            let line = self.first("DTEND").map_or(self.line, |line| line.number);
            return Err(wrong(
                line,
                "la fin de l'événement est avant son début (DTEND, DTSTART)",
            ));
        }
        Ok((
            start,
            Times {
                zone,
                town,
                length,
                all_day,
            },
        ))
    }

    pub(super) fn event(&self, title: String, town: Tz, replaced: &[Moment]) -> Result<Event, Error> {
        let (start, times) = self.times(town)?;
        let excluded = self
            .moments("EXDATE", town)?
            .into_iter()
            .chain(replaced.iter().copied());
        let excluded = Excluded::new(excluded, times);
        let mut singles = Vec::new();
        for line in self.all("RDATE") {
            let periods = line.periods(town).map_err(|text| no_date(line, text))?;
            singles.extend(
                periods
                    .into_iter()
                    .map(|(start, length)| (start.civil(times.zone), length)),
            );
        }
        let mut rules = self.all("RRULE");
        let first = rules.next();
        if let Some(line) = rules.chain(self.all("EXRULE")).next() {
            return Err(wrong(
                line.number,
                "une seule répétition (RRULE) par événement, sans EXRULE",
            ));
        }
        if first.is_none() {
            singles.push((start, None));
        }
        singles.retain(|(start, _)| !excluded.has(*start));
        let single = |(start, length): (NaiveDateTime, Option<TimeDelta>)| match length.filter(|_| !times.all_day) {
            Some(length) => times.occurrence(start, length),
            None if times.all_day => times.occurrence(start.date().and_time(NaiveTime::MIN), times.length),
            None => times.occurrence(start, times.length),
        };
        let mut singles: Vec<_> = singles.into_iter().map(single).collect();
        singles.sort_by_key(|single| single.start);
        singles.dedup_by_key(|single| single.start);
        let rule = first
            .map(|line| Rule::read(line, start, times, excluded))
            .transpose()?
            .flatten();
        Ok(Event {
            title,
            line: self.line,
            place: self.one_line("LOCATION", ", "),
            description: self.first("DESCRIPTION").and_then(|line| plain(&line.value)),
            changed: self.changed(town),
            singles,
            rule,
            is_cancelled: self.is_cancelled(),
            elsewhere: HashMap::new(),
        })
    }
}

fn no_date(line: &Line, text: &str) -> Error {
    let (name, text) = (&line.name, short(text));
    let message = format!("« {text} » n'est pas une date ({name}) ; il faut par exemple « 20261212T100000 »");
    wrong(line.number, message)
}

#[cfg(test)]
mod tests {
    use super::super::read;
    use super::super::tests::{TOWN, calendar, event, times};
    use super::*;

    #[test]
    fn reads_starts_and_ends() {
        for (lines, expected) in [
            ("DTSTART;VALUE=DATE:20261212\nDTEND;VALUE=DATE:20261214", "12-12 12-14"),
            ("DTSTART;VALUE=DATE:20261212", "12-12 12-13"),
            ("DTSTART;VALUE=DATE:20261212\nDTEND;VALUE=DATE:20261212", "12-12 12-13"),
            ("DTSTART;VALUE=DATE:20261212\nDURATION:P3D", "12-12 12-15"),
            ("DTSTART:20261212T000000\nDTEND:20261213T000000", "12-12 12-13"),
            ("DTSTART:20261212T100000\nDURATION:PT1H30M", "12-12 10:00 12-12 11:30"),
            ("DTSTART:20261212T100000", "12-12 10:00 12-12 10:00"),
            (
                "DTSTART:20260712T080000Z\nDTEND:20260712T100000Z",
                "07-12 10:00 07-12 12:00",
            ),
            (
                "DTSTART;TZID=Romance Standard Time:20261231T220000\nDURATION:PT7H",
                "12-31 22:00 01-01 05:00",
            ),
            (
                "DTSTART;TZID=Europe/London:20261212T100000\nDTEND:20261212T110000Z",
                "12-12 11:00 12-12 12:00",
            ),
        ] {
            assert_eq!(times(lines), [expected], "{lines}");
        }
    }

    #[test]
    fn leaves_out_and_adds_dates() {
        let weekly = "DTSTART;TZID=Europe/Paris:20260103T100000\nDURATION:PT1H\nRRULE:FREQ=WEEKLY;COUNT=3\n";
        let days = |more: &str| {
            times(&format!("{weekly}{more}"))
                .iter()
                .map(|day| day[..5].to_owned())
                .collect::<Vec<_>>()
        };
        for exdate in [
            ":20260110T100000",
            ":20260110T090000Z",
            ";VALUE=DATE:20260110",
            ";TZID=Europe/London:20260110T090000",
        ] {
            assert_eq!(days(&format!("EXDATE{exdate}")), ["01-03", "01-17"], "{exdate}");
        }
        assert_eq!(
            days("EXDATE:20260103T100000,20260117T100000\nEXDATE:20260110T100000"),
            [""; 0]
        );
        assert_eq!(days("EXDATE:20260110T110000"), ["01-03", "01-10", "01-17"]);
        assert_eq!(
            days("RDATE:20260105T100000,20260110T100000\nEXDATE:20260103T100000"),
            ["01-05", "01-10", "01-17"]
        );
        assert_eq!(
            times(
                "DTSTART:20260103T100000\nDURATION:PT1H\nRDATE;VALUE=PERIOD:20260105T100000/PT3H,20260106T100000/20260106T143000"
            ),
            [
                "01-03 10:00 01-03 11:00",
                "01-05 10:00 01-05 13:00",
                "01-06 10:00 01-06 14:30"
            ]
        );
        assert_eq!(
            times("DTSTART;VALUE=DATE:20260103\nRRULE:FREQ=DAILY\nEXDATE:20260104T000000\nRDATE;VALUE=DATE:20260102"),
            ["01-02 01-03", "01-03 01-04", "01-05 01-06"]
        );
    }

    #[test]
    fn names_the_line() {
        let start = "SUMMARY:Bal\nDTSTART:20260103T100000\n";
        for (lines, line, hint) in [
            (
                "SUMMARY:Bal\nDTSTART:20260230T100000",
                6,
                "« 20260230T100000 » n'est pas une date (DTSTART)",
            ),
            ("SUMMARY:Bal", 3, "pas de date"),
            (&format!("{start}DTEND:20260103T090000"), 7, "avant son début"),
            (&format!("{start}DURATION:1h"), 7, "n'est pas une durée"),
            (
                &format!("{start}EXDATE:20260103T100000,zut"),
                7,
                "« zut » n'est pas une date (EXDATE)",
            ),
            (
                &format!("{start}RDATE:20260103T100000/zut"),
                7,
                "n'est pas une date (RDATE)",
            ),
            (&format!("{start}RRULE:FREQ=SOMETIMES"), 7, "répétition illisible"),
            (&format!("{start}RRULE:FREQ=WEEKLY;BYDAY=é"), 7, "répétition illisible"),
            (
                &format!("{start}RRULE:FREQ=WEEKLY;UNTIL=hier"),
                7,
                "répétition illisible",
            ),
            (&format!("{start}RRULE:FREQ=SECONDLY"), 7, "trop de fois par jour"),
            (&format!("{start}RRULE:FREQ=DAILY;INTERVAL=0"), 7, "aucune date"),
            (
                &format!("{start}RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30"),
                7,
                "aucune date",
            ),
            (
                &format!("{start}RRULE:FREQ=DAILY\nRRULE:FREQ=WEEKLY"),
                8,
                "une seule répétition",
            ),
            (
                &format!("{start}RECURRENCE-ID;RANGE=THISANDFUTURE:20260103T100000"),
                7,
                "RANGE",
            ),
            (&format!("{start}END:VALARM"), 7, "« END:VALARM » sans son « BEGIN »"),
        ] {
            let error = read(&calendar(&event(lines)), TOWN).unwrap_err();
            assert!(error.line == line && error.message.contains(hint), "{lines}: {error}");
        }
        let error = |text: &str| read(text, TOWN).unwrap_err().to_string();
        assert!(error("<html>\n<p>404</p>").starts_with("ligne 1 : ce n'est pas un calendrier"));
        assert!(error("").starts_with("ligne 1 :"));
        assert!(error("BEGIN:VEVENT").contains("hors d'un calendrier"));
        assert!(error("BEGIN:VCALENDAR\nVERSION:2.0").ends_with("il manque « END:VCALENDAR »"));
        let many = event(start).repeat(MOST_EVENTS + 1);
        assert!(error(&calendar(&many)).contains("plus de 20000 événements"));
    }
}
