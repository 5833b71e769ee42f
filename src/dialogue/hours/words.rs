//! Opening hours in spoken French: the week as one sentence, and the state of the moment as fragments.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike, NaiveDate, NaiveDateTime, Timelike};

use super::calendar::HOLIDAYS;
use super::{Reason, Schedule, Status, days_of, holiday, opens_on, read, spans};

pub(super) const DAYS: [&str; 7] = ["lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"];
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

/// The year whose days stand for "as a rule". Rules that name a year belong to the exceptions.
const MODEL_YEAR: i32 = 2027;

const OPEN: &str = "C'est ouvert en ce moment.";
const OPEN_UNTIL: &str = "C'est ouvert en ce moment,";

/// Open spans of a day, in minutes from midnight.
type Spans = Vec<(u16, u16)>;
/// Open spans of Monday to Sunday.
type Week = [Spans; 7];

/// A time of day as it is written for the voice: "8 h 30", "12 h", and "minuit" for 0 and 24 h.
pub fn time_in_words(minutes: u16) -> String {
    match (minutes / 60 % 24, minutes % 60) {
        (0, 0) => "minuit".to_owned(),
        (hour, 0) => format!("{hour} h"),
        (hour, minute) => format!("{hour} h {minute:02}"),
    }
}

/// A day as it is written for the voice, seen from `today`: "mardi 22 septembre", and its year where that is far.
pub fn day_in_words(day: NaiveDate, today: NaiveDate) -> String {
    let (name, month) = (
        DAYS[day.weekday().num_days_from_monday() as usize],
        MONTHS[day.month0() as usize],
    );
    let year = if is_far(day, today) {
        format!(" {}", day.year())
    } else {
        String::new()
    };
    format!("{name} {} {month}{year}", day_number(day.day()))
}

/// Whether a day is to be told with its year.
fn is_far(day: NaiveDate, today: NaiveDate) -> bool {
    !(0..300).contains(&(day - today).num_days())
}

/// "Le lundi".
fn the_day(day: NaiveDate) -> String {
    format!("Le {}", DAYS[day.weekday().num_days_from_monday() as usize])
}

/// "c'est ouvert de 8 h 30 à 12 h, puis fermé exceptionnellement : réveillon."
fn day_hours(spans: &Spans, reason: Option<&Reason>) -> String {
    let why = match reason {
        None => String::new(),
        Some(Reason::Holiday(name)) => format!(", jour férié : {name}"),
        Some(Reason::Exceptional(None)) => " exceptionnellement".to_owned(),
        Some(Reason::Exceptional(Some(reason))) => format!(" exceptionnellement : {}", reason.trim_end_matches('.')),
    };
    match (spans.is_empty(), why.is_empty()) {
        (true, _) => format!("c'est fermé{why}."),
        (false, true) => format!("c'est ouvert {}.", spans_words(spans)),
        (false, false) => format!("c'est ouvert {}, puis fermé{why}.", spans_words(spans)),
    }
}

impl Schedule {
    /// The regular week, to go after "est ouverte": "du lundi au vendredi, de 8 h 30 à 12 h et de 13 h 30 à 17 h 30,
    /// et le samedi, de 9 h à 12 h, sauf les jours fériés". Seasons are told apart by months.
    pub fn week_in_words(&self) -> String {
        let seasons = self.seasons();
        let mut text = match seasons.as_slice() {
            [(_, week)] => week_words(week),
            _ => {
                let season =
                    |(months, week): &(Vec<usize>, Week)| format!("{}, {}", months_words(months), week_words(week));
                seasons.iter().map(season).collect::<Vec<_>>().join(" ; ")
            }
        };
        match self.on_holidays() {
            Some(spans) if spans.is_empty() => text.push_str(", sauf les jours fériés"),
            Some(spans) => text.push_str(&format!(", et les jours fériés, {}", spans_words(&spans))),
            None => {}
        }
        text
    }

    /// The regular week as a sentence, where it tells the whole truth: "C'est ouvert du lundi au vendredi, de 9 h à 12 h."
    pub fn week_sentence(&self) -> Option<String> {
        let opens = days_of(MODEL_YEAR).any(|day| opens_on(&self.ordinary, day));
        (opens && self.is_regular()).then(|| format!("C'est ouvert {}.", self.week_in_words()))
    }

    /// Whether [`Self::week_in_words`] tells the whole truth: each week of a season is like the others.
    pub fn is_regular(&self) -> bool {
        let weeks: Vec<Week> = (0..12).map(|month| self.month(month)).collect();
        days_of(MODEL_YEAR).all(|day| {
            let week = &weeks[day.month0() as usize];
            week[day.weekday().num_days_from_monday() as usize] == spans(&self.ordinary, day)
        })
    }

    /// Months that have the same week, with that week, in the order of the year (from the month in which a season
    /// begins, so that winter is in one piece).
    fn seasons(&self) -> Vec<(Vec<usize>, Week)> {
        let weeks: Vec<Week> = (0..12).map(|month| self.month(month)).collect();
        let first = (0..12).find(|&m| weeks[m] != weeks[(m + 11) % 12]).unwrap_or(0);
        let mut seasons: Vec<(Vec<usize>, Week)> = Vec::new();
        for month in (0..12).map(|n| (first + n) % 12) {
            match seasons.last_mut() {
                Some((months, week)) if *week == weeks[month] => months.push(month),
                _ => seasons.push((vec![month], weeks[month].clone())),
            }
        }
        seasons
    }

    /// What most Mondays, Tuesdays … of that month are like, public holidays left aside.
    fn month(&self, month: usize) -> Week {
        let mut counts: [BTreeMap<Spans, usize>; 7] = Default::default();
        for day in days_of(MODEL_YEAR).filter(|day| day.month0() as usize == month) {
            let weekday = day.weekday().num_days_from_monday() as usize;
            *counts[weekday].entry(spans(&self.ordinary, day)).or_default() += 1;
        }
        counts.map(|days| {
            days.into_iter()
                .max_by_key(|(_, n)| *n)
                .map(|(spans, _)| spans)
                .unwrap_or_default()
        })
    }

    /// What public holidays are like, if they differ from the day that they fall on.
    fn on_holidays(&self) -> Option<Spans> {
        let mut days = (2024..2031).flat_map(days_of).filter(|&day| holiday(day).is_some());
        let differs =
            |&day: &NaiveDate| opens_on(&self.ordinary, day) && spans(&self.ordinary, day) != spans(&self.hours, day);
        days.find(differs).map(|day| spans(&self.hours, day))
    }

    /// Whether it is open now, as fragments that are rendered beforehand: ["C'est ouvert en ce moment,",
    /// "jusqu'à 17 h 30."] or ["C'est fermé en ce moment.", "Réouverture demain", "à 8 h 30."]. Each one is in
    /// [`Self::all_fragments`]. "C'est" needs no agreement with the place, whose gender nobody has told us.
    pub fn status_fragments(&self, at: NaiveDateTime) -> Vec<String> {
        match self.status(at) {
            Status::Open { until: Some(until) } if soon(at, until) => {
                vec![
                    OPEN_UNTIL.to_owned(),
                    format!("jusqu'à {}.", time_in_words(minutes(until))),
                ]
            }
            Status::Open { .. } => vec![OPEN.to_owned()],
            Status::Closed { reopens, reason } => {
                let mut fragments = vec![closed(reason.as_ref())];
                if let Some(when) = reopens {
                    fragments.extend(reopening(at.date(), when.date()));
                    fragments.push(at_time(minutes(when)));
                }
                fragments
            }
        }
    }

    /// When it is open on a day, and why not as usual, as fragments: ["Le lundi", "29", "mars", "c'est fermé, jour férié : le
    /// lundi de Pâques."], ["Le jeudi", "24", "décembre", "c'est ouvert de 8 h 30 à 12 h, puis fermé exceptionnellement :
    /// réveillon de Noël."]. Those of a regular week and of the exceptions are in [`Self::all_fragments`].
    pub fn day_fragments(&self, day: NaiveDate, today: NaiveDate) -> Vec<String> {
        let mut fragments = vec![
            the_day(day),
            day_number(day.day()),
            MONTHS[day.month0() as usize].to_owned(),
        ];
        if is_far(day, today) {
            fragments.push(day.year().to_string());
        }
        fragments.push(self.hours_on(day));
        fragments
    }

    fn hours_on(&self, day: NaiveDate) -> String {
        let spans = self.spans_on(day);
        let edges = [0]
            .into_iter()
            .chain(spans.iter().map(|span| span.1))
            .filter(|minute| *minute < 1440);
        let at = |minute: u16| day.and_time(chrono::NaiveTime::MIN) + chrono::TimeDelta::minutes(i64::from(minute));
        let reason = edges.filter_map(|minute| match self.status(at(minute)) {
            Status::Closed { reason, .. } => reason,
            Status::Open { .. } => None,
        });
        day_hours(&spans, reason.reduce(|_, last| last).as_ref())
    }

    /// Every fragment that [`Self::status_fragments`] can give, whatever the time. Finite: the times are those of the
    /// schedule.
    pub fn all_fragments(&self) -> Vec<String> {
        let reasons = self
            .exceptions
            .iter()
            .filter(|e| !e.open)
            .map(|e| Some(Reason::Exceptional(e.reason.clone())));
        let holidays = HOLIDAYS.iter().map(|name| Some(Reason::Holiday(name)));
        let mut all = BTreeSet::from([OPEN.to_owned(), OPEN_UNTIL.to_owned()]);
        all.extend(
            std::iter::once(None)
                .chain(holidays)
                .chain(reasons)
                .map(|reason| closed(reason.as_ref())),
        );
        all.extend([
            "Réouverture aujourd'hui".to_owned(),
            "Réouverture demain".to_owned(),
            "Réouverture le".to_owned(),
        ]);
        all.extend(DAYS.iter().map(|day| format!("Réouverture {day}")));
        all.extend((1..=31).map(day_number));
        all.extend(MONTHS.iter().map(|month| month.to_string()));
        let written = read::times(&self.text).into_iter().map(|(_, time)| time);
        let excepted = self.exceptions.iter().flat_map(|e| [minutes(e.from), minutes(e.to)]);
        all.extend(DAYS.iter().map(|day| format!("Le {day}")));
        all.insert(day_hours(&Vec::new(), None));
        all.extend(
            HOLIDAYS
                .iter()
                .map(|name| day_hours(&Vec::new(), Some(&Reason::Holiday(name)))),
        );
        let weeks = (0..12).flat_map(|month| self.month(month));
        all.extend(weeks.map(|spans| day_hours(&spans, None)));
        let excepted_days = self.exceptions.iter().flat_map(|e| [e.from.date(), e.to.date()]);
        all.extend(excepted_days.map(|day| self.hours_on(day)));
        for time in written.chain(excepted).chain([0]) {
            all.extend([format!("jusqu'à {}.", time_in_words(time)), at_time(time)]);
        }
        all.extend(self.week_sentence());
        all.into_iter().collect()
    }
}

fn minutes(at: NaiveDateTime) -> u16 {
    (at.hour() * 60 + at.minute()) as u16
}

/// The end is worth saying if it comes today or in the coming night.
fn soon(at: NaiveDateTime, until: NaiveDateTime) -> bool {
    until.date() == at.date() || until - at <= chrono::TimeDelta::hours(12)
}

fn closed(reason: Option<&Reason>) -> String {
    match reason {
        None => "C'est fermé en ce moment.".to_owned(),
        Some(Reason::Holiday(name)) => format!("C'est fermé aujourd'hui, jour férié : {name}."),
        Some(Reason::Exceptional(None)) => "C'est fermé exceptionnellement.".to_owned(),
        Some(Reason::Exceptional(Some(reason))) => {
            format!("C'est fermé exceptionnellement : {}.", reason.trim_end_matches('.'))
        }
    }
}

fn reopening(today: NaiveDate, day: NaiveDate) -> Vec<String> {
    match (day - today).num_days() {
        0 => vec!["Réouverture aujourd'hui".to_owned()],
        1 => vec!["Réouverture demain".to_owned()],
        2..=6 => vec![format!(
            "Réouverture {}",
            DAYS[day.weekday().num_days_from_monday() as usize]
        )],
        _ => vec![
            "Réouverture le".to_owned(),
            day_number(day.day()),
            MONTHS[day.month0() as usize].to_owned(),
        ],
    }
}

fn at_time(minutes: u16) -> String {
    format!("à {}.", time_in_words(minutes))
}

fn day_number(day: u32) -> String {
    if day == 1 { "1er".to_owned() } else { day.to_string() }
}

/// Days with the same hours together, in the order of the week.
fn week_words(week: &Week) -> String {
    let mut groups: Vec<(Vec<usize>, &Spans)> = Vec::new();
    for (day, spans) in week.iter().enumerate().filter(|(_, spans)| !spans.is_empty()) {
        match groups.iter_mut().find(|(_, same)| *same == spans) {
            Some((days, _)) => days.push(day),
            None => groups.push((vec![day], spans)),
        }
    }
    let parts: Vec<String> = groups
        .iter()
        .map(|(days, spans)| format!("{}, {}", days_words(days), spans_words(spans)))
        .collect();
    match parts.split_last() {
        None => "sans jour d'ouverture régulier".to_owned(),
        Some((only, [])) => only.clone(),
        Some((last, rest)) => format!("{}, et {last}", rest.join(", ")),
    }
}

/// "tous les jours", "du lundi au vendredi", "le lundi, le mardi et le jeudi".
fn days_words(days: &[usize]) -> String {
    let consecutive = days.windows(2).all(|pair| pair[1] == pair[0] + 1);
    match days {
        [_, _, _, _, _, _, _] => "tous les jours".to_owned(),
        [first, .., last] if consecutive && days.len() > 2 => format!("du {} au {}", DAYS[*first], DAYS[*last]),
        _ => list(&days.iter().map(|&day| format!("le {}", DAYS[day])).collect::<Vec<_>>()),
    }
}

fn spans_words(spans: &Spans) -> String {
    if spans.as_slice() == [(0, 1440)] {
        return "24 heures sur 24".to_owned();
    }
    list(
        &spans
            .iter()
            .map(|&(start, end)| format!("de {} à {}", time_in_words(start), time_in_words(end)))
            .collect::<Vec<_>>(),
    )
}

/// "d'avril à octobre", "en juillet et en août".
fn months_words(months: &[usize]) -> String {
    match months {
        [first, _, .., last] => {
            let from = if MONTHS[*first].starts_with(['a', 'o']) {
                "d'"
            } else {
                "de "
            };
            format!("{from}{} à {}", MONTHS[*first], MONTHS[*last])
        }
        _ => list(
            &months
                .iter()
                .map(|&month| format!("en {}", MONTHS[month]))
                .collect::<Vec<_>>(),
        ),
    }
}

/// "a, b et c".
fn list(items: &[String]) -> String {
    match items.split_last() {
        None => String::new(),
        Some((only, [])) => only.clone(),
        Some((last, rest)) => format!("{} et {last}", rest.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::super::Exception;
    use super::*;

    fn at(text: &str) -> NaiveDateTime {
        NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M").unwrap()
    }

    #[test]
    fn says_the_week() {
        for (hours, said) in [
            (
                "Mo-Fr 08:30-12:00,13:30-17:30; Sa 09:00-12:00; PH off",
                "du lundi au vendredi, de 8 h 30 à 12 h et de 13 h 30 à 17 h 30, et le samedi, de 9 h à 12 h, \
                 sauf les jours fériés",
            ),
            ("Mo,Tu,Th 09:00-12:00", "le lundi, le mardi et le jeudi, de 9 h à 12 h"),
            (
                "Mo,Tu,Th,Fr 08:30-12:00; We 08:30-18:00; Sa 10:00-12:00; PH off",
                "le lundi, le mardi, le jeudi et le vendredi, de 8 h 30 à 12 h, le mercredi, de 8 h 30 à 18 h, \
                 et le samedi, de 10 h à 12 h, sauf les jours fériés",
            ),
            ("24/7", "tous les jours, 24 heures sur 24"),
            ("Sa,Su 10:00-24:00", "le samedi et le dimanche, de 10 h à minuit"),
            (
                "Apr-Oct: Mo-Sa 09:00-18:00; Nov-Mar: Mo-Sa 09:00-17:00; PH off",
                "d'avril à octobre, du lundi au samedi, de 9 h à 18 h ; de novembre à mars, du lundi au samedi, \
                 de 9 h à 17 h, sauf les jours fériés",
            ),
            (
                "Mo-Su 09:00-18:00; PH 10:00-12:00",
                "tous les jours, de 9 h à 18 h, et les jours fériés, de 10 h à 12 h",
            ),
            ("off", "sans jour d'ouverture régulier"),
        ] {
            let schedule = Schedule::parse(hours).unwrap();
            assert_eq!(schedule.week_in_words(), said);
            assert!(schedule.is_regular(), "{hours}");
        }
        assert!(!Schedule::parse("We[1] 09:00-12:00").unwrap().is_regular());
        assert!(!Schedule::parse("Apr 15-Oct 15: Mo 09:00-12:00").unwrap().is_regular());
    }

    #[test]
    fn says_the_moment() {
        let closure = Exception::closure("2026-12-28 au 2027-01-05", Some("travaux")).unwrap();
        let schedule = Schedule::parse("Mo-Fr 08:30-12:00,13:30-17:30; PH off")
            .unwrap()
            .with_exceptions(vec![closure]);
        for (time, said) in [
            ("2026-03-10 14:00", "C'est ouvert en ce moment, jusqu'à 17 h 30."),
            (
                "2026-03-10 12:30",
                "C'est fermé en ce moment. Réouverture aujourd'hui à 13 h 30.",
            ),
            (
                "2026-03-10 20:00",
                "C'est fermé en ce moment. Réouverture demain à 8 h 30.",
            ),
            (
                "2026-03-13 20:00",
                "C'est fermé en ce moment. Réouverture lundi à 8 h 30.",
            ),
            (
                "2026-04-06 10:00",
                "C'est fermé aujourd'hui, jour férié : le lundi de Pâques. Réouverture demain à 8 h 30.",
            ),
            (
                "2026-12-29 10:00",
                "C'est fermé exceptionnellement : travaux. Réouverture le 6 janvier à 8 h 30.",
            ),
        ] {
            assert_eq!(schedule.status_fragments(at(time)).join(" "), said, "{time}");
        }
        let never = Schedule::parse("off").unwrap();
        assert_eq!(
            never.status_fragments(at("2026-03-10 14:00")),
            ["C'est fermé en ce moment."]
        );
    }

    #[test]
    fn says_a_day() {
        let closures = [
            Exception::closure("2026-12-24 12:00", Some("réveillon de Noël")).unwrap(),
            Exception::closure("2026-12-28", None).unwrap(),
            Exception::opening("2026-12-12 14:00-18:00", Some("forum")).unwrap(),
        ];
        let schedule = Schedule::parse("Mo-Fr 08:30-12:00,13:30-17:30; Sa 09:00-12:00; PH off")
            .unwrap()
            .with_exceptions(closures.to_vec());
        let today = NaiveDate::from_ymd_opt(2026, 11, 26).unwrap();
        for (day, said) in [
            (
                "2026-11-27",
                "Le vendredi 27 novembre c'est ouvert de 8 h 30 à 12 h et de 13 h 30 à 17 h 30.",
            ),
            ("2026-11-29", "Le dimanche 29 novembre c'est fermé."),
            (
                "2026-12-12",
                "Le samedi 12 décembre c'est ouvert de 9 h à 12 h et de 14 h à 18 h.",
            ),
            (
                "2026-12-24",
                "Le jeudi 24 décembre c'est ouvert de 8 h 30 à 12 h, puis fermé exceptionnellement : réveillon de Noël.",
            ),
            ("2026-12-25", "Le vendredi 25 décembre c'est fermé, jour férié : Noël."),
            ("2026-12-28", "Le lundi 28 décembre c'est fermé exceptionnellement."),
            (
                "2027-03-29",
                "Le lundi 29 mars c'est fermé, jour férié : le lundi de Pâques.",
            ),
        ] {
            assert_eq!(schedule.day_fragments(day.parse().unwrap(), today).join(" "), said);
        }
        let always = Schedule::parse("24/7").unwrap();
        assert_eq!(
            always.day_fragments(today, today).join(" "),
            "Le jeudi 26 novembre c'est ouvert 24 heures sur 24."
        );
    }

    #[test]
    fn every_fragment_is_known_beforehand() {
        let closures = [
            ("2026-12-24 12:15", Some("réveillon")),
            ("2026-08-03 au 2026-08-14", None),
        ];
        let closures = closures.map(|(when, why)| Exception::closure(when, why).unwrap());
        let opening = Exception::opening("2026-03-15 08:05-18:10", None).unwrap();
        let exceptions: Vec<_> = closures.into_iter().chain([opening]).collect();
        for hours in [
            "Mo-Fr 8:30-12:00,13:30-17:30; Sa 09:00-12:00; PH off",
            "24/7",
            "off",
            "Fr 20:00-26:30",
            "Mo-Su",
        ] {
            let schedule = Schedule::parse(hours).unwrap().with_exceptions(exceptions.clone());
            let all: BTreeSet<String> = schedule.all_fragments().into_iter().collect();
            assert!(all.len() < 160, "{hours}: {} fragments", all.len());
            let today = at("2026-01-01 00:00").date();
            let regular = !hours.starts_with("Fr");
            for day in today.iter_days().take(290).filter(|_| regular) {
                let fragments = schedule.day_fragments(day, today);
                let known = fragments.iter().all(|fragment| all.contains(fragment));
                assert!(known, "{hours} on {day}: {fragments:?}");
            }
            for n in 0..2 * 365 * 12 {
                let time = at("2026-01-01 00:07") + TimeDelta::minutes(121 * n);
                for fragment in schedule.status_fragments(time) {
                    assert!(all.contains(&fragment), "{hours} at {time}: {fragment}");
                }
            }
        }
    }
}
