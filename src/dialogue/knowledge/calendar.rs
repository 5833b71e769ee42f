//! The town's calendar of events, as calendar programs export it (iCalendar, RFC 5545).
//!
//! | file | what it does |
//! | --- | --- |
//! | `line` | unfolds the file into lines with a name, parameters and a value |
//! | `text` | takes escapes and HTML off what is to be said |
//! | `moment` | dates, times, zones and durations |
//! | `component` | finds the events in the file and reads each |
//! | `rule` | when an event recurs |

mod component;
mod line;
mod moment;
mod rule;
mod text;

use std::collections::{HashMap, HashSet};

use chrono::{NaiveDate, NaiveDateTime};
use chrono_tz::Tz;
use thiserror::Error;

use super::{Note, Passage, Slip};
use crate::understand::normalise::fold;

use component::components;
use moment::Moment;
use rule::Rule;

/// A calendar that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("ligne {line} : {message}")]
pub struct Error {
    /// Line in the file, from 1 on.
    pub line: usize,
    /// What is wrong and what is expected, in French.
    pub message: String,
}

fn wrong(line: usize, message: impl Into<String>) -> Error {
    Error {
        line,
        message: message.into(),
    }
}

/// Something that takes place in the town (VEVENT, RFC 5545, 3.6.1). Times are the town's own (civil) time.
#[derive(Clone, Debug)]
pub struct Event {
    /// What it is (SUMMARY, 3.8.1.12), on one line.
    pub title: String,
    /// The line of the file at which it begins, from 1.
    pub line: usize,
    /// Where it is (LOCATION, 3.8.1.7), on one line.
    pub place: Option<String>,
    /// More about it (DESCRIPTION, 3.8.1.5) without HTML; several lines perhaps.
    pub description: Option<String>,
    /// When it was written last (LAST-MODIFIED, 3.8.7.3, or else DTSTAMP, 3.8.7.2).
    pub changed: Option<NaiveDate>,
    /// The times that are given one by one, earliest first.
    singles: Vec<Occurrence>,
    rule: Option<Rule>,
    /// It does not take place after all (STATUS, 3.8.1.11).
    pub is_cancelled: bool,
    /// Where it is at those starts at which it is elsewhere.
    elsewhere: HashMap<NaiveDateTime, String>,
}

/// One time at which an event takes place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Occurrence {
    /// Its start.
    pub start: NaiveDateTime,
    /// Its end, on the same day or a later one. Whole days end at midnight after the last of them (RFC 5545, 3.6.1);
    /// what has no end in the calendar ends when it starts.
    pub end: NaiveDateTime,
    /// Whole days: the hours mean nothing.
    pub all_day: bool,
}

/// Reads a calendar. Events without a title are left out, and cancelled ones of which there is another of the same title
/// later on. What changes a single recurrence (RECURRENCE-ID, RFC 5545, 3.8.4.4) is among the occurrences of its event, or
/// an event of its own where the title is another.
///
/// # Errors
/// Names the line and the mistake in French: no calendar, an incomplete one, a date or a rule that cannot be read.
pub fn read(text: &str, zone: Tz) -> Result<Vec<Event>, Error> {
    let (changes, series): (Vec<_>, Vec<_>) = components(text)?
        .into_iter()
        .partition(|component| component.first("RECURRENCE-ID").is_some());
    let mut replaced: HashMap<&str, Vec<Moment>> = HashMap::new();
    for change in &changes {
        replaced
            .entry(change.uid())
            .or_default()
            .extend(change.recurrence(zone)?);
    }
    let mut events = Vec::new();
    // Where the event of a UID is among the events; nowhere if it was left out.
    let mut places: HashMap<&str, Option<usize>> = HashMap::new();
    for component in &series {
        let title = component.title();
        places.insert(component.uid(), title.is_some().then_some(events.len()));
        if let Some(title) = title {
            let replaced = replaced.get(component.uid()).map_or(&[][..], Vec::as_slice);
            events.push(component.event(title, zone, replaced)?);
        }
    }
    for change in changes.iter().filter(|change| !change.is_cancelled()) {
        let place = places.get(change.uid()).copied();
        let whole = place.flatten().and_then(|place| events.get_mut(place));
        let title = change.title().or_else(|| Some(whole.as_ref()?.title.clone()));
        let (Some(title), true) = (title, place != Some(None)) else {
            continue;
        };
        let event = change.event(title, zone, &[])?;
        match whole.filter(|whole| whole.is_cancelled || whole.title == event.title) {
            // With the series, what was moved in it is cancelled.
            Some(whole) if whole.is_cancelled => {}
            Some(whole) => {
                if let Some(place) = event.place.filter(|place| whole.place.as_ref() != Some(place)) {
                    let starts = event.singles.iter().map(|single| single.start);
                    whole.elsewhere.extend(starts.map(|start| (start, place.clone())));
                }
                whole.singles.extend(event.singles);
                whole.singles.sort_by_key(|single| single.start);
                whole.changed = whole.changed.max(event.changed);
            }
            None => events.push(event),
        }
    }
    Ok(without_replaced(events))
}

/// Without the cancelled events that take place at another time, as an event of their own.
fn without_replaced(events: Vec<Event>) -> Vec<Event> {
    let mut held: HashMap<String, Vec<&Event>> = HashMap::new();
    for event in events.iter().filter(|event| !event.is_cancelled) {
        held.entry(fold(&event.title)).or_default().push(event);
    }
    let is_replaced = |event: &Event| {
        let mut others = held.get(&fold(&event.title)).into_iter().flatten();
        let first = event.first().filter(|_| event.is_cancelled);
        first.is_some_and(|first| others.any(|other| other.occurrences(first).next().is_some()))
    };
    let replaced: Vec<bool> = events.iter().map(is_replaced).collect();
    let kept = events.into_iter().zip(replaced).filter(|(_, replaced)| !replaced);
    kept.map(|(event, _)| event).collect()
}

/// The lines that name a zone that nobody knows, each zone once: its hours are taken for those of the town.
pub(super) fn unknown_zones(text: &str) -> Vec<Slip> {
    let mut known = HashSet::new();
    let lines = line::lines(text).filter_map(|line| {
        let name = line.unknown_zone()?.to_owned();
        known.insert(name.clone()).then(|| {
            let message = format!(
                "le fuseau horaire « {} » est inconnu : ses heures sont prises pour celles de la commune ; \
                 il faut par exemple « Europe/Paris »",
                short(&name)
            );
            (line.number, message)
        })
    });
    lines.collect()
}

/// A calendar's events, as passages that are found by their titles.
///
/// # Errors
/// See [`read`].
pub(super) fn passages(text: &str) -> Result<Vec<Passage>, Slip> {
    let events = read(text, zone(text)).map_err(|error| (error.line, error.message))?;
    let passage = |event: Event| Passage {
        questions: asked(&event),
        subject: String::new(),
        text: event.description.clone().unwrap_or_default(),
        note: Note {
            date: event.changed,
            ..Note::default()
        },
        file: String::new(),
        line: event.line,
        event: Some(event),
        service: None,
    };
    Ok(events.into_iter().map(passage).collect())
}

/// As callers ask for it.
fn asked(event: &Event) -> Vec<String> {
    let title = &event.title;
    let when = [
        title.clone(),
        format!("C'est quand, {title} ?"),
        format!("{title}, c'est quel jour ?"),
    ];
    let whether = [format!("{title} est annulé ?"), format!("{title} est maintenu ?")];
    let whether = whether.into_iter().filter(|_| event.is_cancelled);
    when.into_iter().chain(whether).collect()
}

/// The zone that calendar programs note; French towns are in that of Paris unless they say otherwise.
fn zone(text: &str) -> Tz {
    let named = text.lines().find_map(|line| line.trim().strip_prefix("X-WR-TIMEZONE:"));
    named
        .and_then(|name| name.trim().parse().ok())
        .unwrap_or(Tz::Europe__Paris)
}

impl Event {
    /// Where it is at that time.
    pub fn place_at(&self, occurrence: Occurrence) -> Option<&str> {
        let elsewhere = self.elsewhere.get(&occurrence.start);
        elsewhere.or(self.place.as_ref()).map(String::as_str)
    }

    /// When it takes place for the first time.
    fn first(&self) -> Option<NaiveDateTime> {
        let ruled = self.rule.as_ref().map(Rule::start);
        ruled
            .into_iter()
            .chain(self.singles.first().map(|single| single.start))
            .min()
    }

    /// The occurrences that end after `from`, earliest start first. Recurrences are looked at three years ahead.
    pub fn occurrences(&self, from: NaiveDateTime) -> impl Iterator<Item = Occurrence> {
        let mut ruled = self.rule.iter().flat_map(move |rule| rule.occurrences(from)).peekable();
        let mut singles = self.singles.iter().copied().peekable();
        let merged = std::iter::from_fn(move || match (ruled.peek(), singles.peek()) {
            (Some(a), Some(b)) if a.start < b.start => ruled.next(),
            (Some(a), Some(b)) if a.start == b.start => {
                ruled.next();
                singles.next()
            }
            (_, Some(_)) => singles.next(),
            _ => ruled.next(),
        });
        merged.filter(move |occurrence| occurrence.end > from)
    }
}

/// As much of a text as a message can take.
fn short(text: &str) -> String {
    text.chars().take(60).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(super) const TOWN: Tz = Tz::Europe__Paris;

    pub(super) fn calendar(events: &str) -> String {
        format!("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{events}\r\nEND:VCALENDAR\r\n")
    }

    pub(super) fn event(lines: &str) -> String {
        format!("BEGIN:VEVENT\r\nUID:1@ville\r\n{lines}\r\nEND:VEVENT\r\n")
    }

    pub(super) fn at(text: &str) -> NaiveDateTime {
        NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M").unwrap()
    }

    pub(super) fn some(event: &Event, from: &str, count: usize) -> Vec<String> {
        let said = |o: Occurrence| {
            let (start, end) = (o.start.format("%m-%d %H:%M"), o.end.format("%m-%d %H:%M"));
            if o.all_day {
                format!("{} {}", &start.to_string()[..5], &end.to_string()[..5])
            } else {
                format!("{start} {end}")
            }
        };
        event.occurrences(at(from)).take(count).map(said).collect()
    }

    /// The first three occurrences in 2026 of an event with a title and these lines.
    pub(super) fn times(lines: &str) -> Vec<String> {
        let events = read(&calendar(&event(&format!("SUMMARY:Marché\n{lines}"))), TOWN).unwrap();
        some(&events[0], "2026-01-01 00:00", 3)
    }

    #[test]
    fn reads_an_event() {
        let text = calendar(&event(
            "SUMMARY;LANGUAGE=fr:Marché\r\n  de Noël\r\nLOCATION:Place de la Fontaine\\,\\nBourg\r\nDTSTAMP:20261125T233000Z\r\n\
             DTSTART;TZID=Europe/Paris:20261212T100000\r\nDTEND;TZID=Europe/Paris:20261212T180000\r\n\
             DESCRIPTION:<p>Vin chaud</p>\r\nX-WIX;A=b:c\r\n\
             BEGIN:VALARM\r\nTRIGGER:-PT1H\r\nSUMMARY:Alarme\r\nDTSTART:zut\r\nEND:VALARM",
        ));
        let events = read(&format!("\u{feff}{text}"), TOWN).unwrap();
        let event = &events[0];
        assert_eq!((events.len(), event.title.as_str()), (1, "Marché de Noël"));
        assert_eq!(event.place.as_deref(), Some("Place de la Fontaine, Bourg"));
        assert_eq!(event.description.as_deref(), Some("Vin chaud"));
        assert_eq!(event.changed, NaiveDate::from_ymd_opt(2026, 11, 26));
        assert_eq!(some(event, "2026-12-12 17:59", 9), ["12-12 10:00 12-12 18:00"]);
        assert!(some(event, "2026-12-12 18:00", 9).is_empty());
        assert_eq!(
            format!("{events:?}"),
            format!("{:?}", read(&text.replace('\r', ""), TOWN).unwrap())
        );
        fn pure<T: Send + Sync + Clone + std::fmt::Debug + 'static>(_: &T) {}
        pure(event);
    }

    #[test]
    fn changes_single_recurrences() {
        let change = |lines: &str| event(&format!("DTSTAMP:20260101T120000Z\n{lines}"));
        let text = calendar(&format!(
            "{}{}{}{}",
            change("RECURRENCE-ID:20260110T090000Z\nSUMMARY:Marché\nDTSTART:20260111T140000\nDURATION:PT2H"),
            event("SUMMARY:Marché\nDTSTART;TZID=Europe/Paris:20260103T100000\nDURATION:PT1H\nRRULE:FREQ=WEEKLY"),
            change("RECURRENCE-ID;TZID=Europe/Paris:20260103T100000\nSTATUS:CANCELLED\nDTSTART:20260103T100000"),
            change("RECURRENCE-ID;VALUE=DATE:20260117\nSUMMARY:Marché aux fleurs\nDTSTART:20260117T100000"),
        ));
        let events = read(&text, TOWN).unwrap();
        assert_eq!(
            events.iter().map(|event| event.title.as_str()).collect::<Vec<_>>(),
            ["Marché", "Marché aux fleurs"]
        );
        assert_eq!(
            some(&events[0], "2026-01-01 00:00", 2),
            ["01-11 14:00 01-11 16:00", "01-24 10:00 01-24 11:00"]
        );
        assert_eq!(some(&events[1], "2026-01-01 00:00", 2), ["01-17 10:00 01-17 10:00"]);
        assert_eq!(events[0].changed, NaiveDate::from_ymd_opt(2026, 1, 1));
        // With the series, what was moved in it is cancelled.
        let text = text.replace("RRULE", "STATUS:CANCELLED\nRRULE");
        let events = read(&text, TOWN).unwrap();
        assert_eq!(
            events.iter().map(|event| event.is_cancelled).collect::<Vec<_>>(),
            [true]
        );
    }

    #[test]
    fn what_is_moved_to_another_place_stays_the_same_event() {
        let text = calendar(&format!(
            "{}{}",
            event("SUMMARY:Conseil\nLOCATION:Mairie\nDTSTART:20261102T183000\nRRULE:FREQ=MONTHLY;BYDAY=1MO"),
            event("SUMMARY:Conseil\nLOCATION:Halle\nRECURRENCE-ID:20261207T183000\nDTSTART:20261209T190000"),
        ));
        let events = read(&text, TOWN).unwrap();
        assert_eq!(events.len(), 1);
        let told: Vec<_> = events[0].occurrences(at("2026-12-01 00:00")).take(2).collect();
        assert_eq!(
            told.iter().map(|o| o.start).collect::<Vec<_>>(),
            [at("2026-12-09 19:00"), at("2027-01-04 18:30")]
        );
        assert_eq!(
            told.iter().map(|o| events[0].place_at(*o)).collect::<Vec<_>>(),
            [Some("Halle"), Some("Mairie")]
        );
    }

    #[test]
    fn what_is_cancelled_is_known_unless_it_takes_place_later() {
        let cancelled = event("SUMMARY:Carnaval\nSTATUS:CANCELLED\nDTSTART:20270206T150000");
        let other = |start: &str| event(&format!("SUMMARY:carnaval\nDTSTART:{start}"));
        for (events, expected) in [
            (cancelled.clone(), vec![true]),
            (cancelled.clone() + &other("20260214T150000"), vec![true, false]),
            (cancelled.clone() + &other("20270213T150000"), vec![false]),
        ] {
            let read = read(&calendar(&events), TOWN).unwrap();
            assert_eq!(
                read.iter().map(|event| event.is_cancelled).collect::<Vec<_>>(),
                expected
            );
        }
        let passages = passages(&calendar(&cancelled)).unwrap();
        assert!(passages[0].questions.contains(&"Carnaval est annulé ?".to_owned()));
    }

    #[test]
    fn zones_that_nobody_knows_are_named_once() {
        let zone = |name: &str| {
            event(&format!(
                "SUMMARY:Bal\nDTSTART;TZID={name}:20270206T150000\nDTEND;TZID={name}:20270206T160000"
            ))
        };
        let text = calendar(&(zone("Mars/Olympus") + &zone("Europe/Paris") + &zone("Romance Standard Time")));
        let doubts = unknown_zones(&text);
        assert_eq!(doubts.len(), 1);
        assert!(
            doubts[0].0 == 6 && doubts[0].1.contains("« Mars/Olympus »"),
            "{doubts:?}"
        );
    }

    #[test]
    fn leaves_out_what_is_no_event_to_tell() {
        let text = calendar(&format!(
            "BEGIN:VTIMEZONE\nTZID:Europe/Paris\nBEGIN:STANDARD\nDTSTART:16010101T030000\nEND:STANDARD\nEND:VTIMEZONE\n\
             BEGIN:VTODO\nSUMMARY:À faire\nDTSTART:zut\nEND:VTODO\n{}{}{}",
            event("DTSTART:20260103T100000"),
            event("SUMMARY:  \nDTSTART:20260103T100000"),
            event("SUMMARY:Annulé\nSTATUS:cancelled\nDTSTART:20260103T100000"),
        ));
        let events = read(&text, TOWN).unwrap();
        assert!(matches!(&events[..], [Event { is_cancelled: true, .. }]), "{events:?}");
    }

    /// Nothing that is cut off or damaged makes it panic; what was cut off is not taken for the whole.
    #[test]
    fn survives_damage() {
        const DAMAGE: &[u8] = b"0123456789-,;:=/\\<&\"TZ\n ";
        let good = calendar(&format!(
            "BEGIN:VTIMEZONE\nTZID:Europe/Paris\nEND:VTIMEZONE\n{}{}{}",
            event(
                "SUMMARY:Marché d&rsquo;hiver\nLOCATION;X=\"a:b\":Rue\\, <b>place</b>\nDTSTART;TZID=Europe/Paris:20260103T100000\n\
                 DURATION:P1DT2H\nRRULE:FREQ=MONTHLY;INTERVAL=2;BYDAY=1SU,-1FR;BYSETPOS=1;UNTIL=20270104T100000Z;WKST=MO\n\
                 EXDATE;VALUE=DATE:20260303\nRDATE;VALUE=PERIOD:20260105T100000/PT3H\nDTSTAMP:20260101T120000Z"
            ),
            event(
                "RECURRENCE-ID:20260104T090000Z\nSUMMARY:Marché d&#8217;été\nDTSTART:20260104T110000\nDTEND:20260104T1\r\n 20000"
            ),
            event(
                "SUMMARY:Fête\nDTSTART;VALUE=DATE:20260621\nRRULE:FREQ=YEARLY;BYMONTH=6;BYWEEKNO=25;BYDAY=SU;COUNT=9"
            ),
        ));
        let try_out = |bytes: &[u8]| {
            let events = read(&String::from_utf8_lossy(bytes), TOWN);
            for event in events.iter().flatten() {
                assert!(event.occurrences(at("2026-06-01 00:00")).take(50).count() <= 50);
            }
            events
        };
        assert_eq!(try_out(good.as_bytes()).unwrap().len(), 3);
        let whole = good.trim_end().len();
        for end in 0..whole {
            assert!(try_out(&good.as_bytes()[..end]).is_err(), "{end}");
        }
        // xorshift64: the same damage each time.
        let mut seed = 0x9E37_79B9_7F4A_7C15_u64;
        let mut random = |below: usize| {
            seed ^= seed << 13;
            seed ^= seed >> 7;
            seed ^= seed << 17;
            usize::try_from(seed % below as u64).unwrap()
        };
        for _ in 0..1_000 {
            let mut bytes = good.clone().into_bytes();
            for _ in 0..=random(4) {
                let at = random(bytes.len());
                match random(3) {
                    0 => bytes[at] ^= 1 << random(8),
                    1 => bytes[at] = DAMAGE[random(DAMAGE.len())],
                    _ => drop(bytes.remove(at)),
                }
            }
            let _ = try_out(&bytes);
        }
    }
}
