//! Tells a passage of the town's knowledge: whose words these are, its text as it was written, then the rest if it is wanted.

use super::hours::{day_in_words, time_in_words};
use super::knowledge::{Event, Occurrence};
use super::phrases::Phrase;
use super::phrases::Phrases;
use super::plan::Plan;
use super::{Act, Question, Subject, Turn};
use crate::understand::Reading;
use crate::understand::contact::Contact;
use crate::understand::happenings::{self, Period};
use chrono::{Duration, NaiveDateTime, Timelike};

/// Events that are told at once.
const AT_ONCE: usize = 4;
/// Dates of one event that are told at once, and among how many they are looked for: two years of what is every week.
const DATES_AT_ONCE: usize = 3;
const MOST_DATES: usize = 104;

/// What the plan tells of the town hall itself; none where it does not.
pub(super) fn contact(plan: &Plan, phrases: &Phrases, contact: Contact, now: NaiveDateTime) -> Option<String> {
    match contact {
        Contact::Today => Some(phrases.fill(Phrase::Today, "date", &day_in_words(now.date(), now.date()))),
        Contact::Time => {
            let time = time_in_words((now.hour() * 60 + now.minute()) as u16);
            Some(phrases.fill(Phrase::TimeNow, "valeur", &time))
        }
        Contact::Address => {
            let address = plan.town.address.as_ref()?;
            Some(phrases.fill(Phrase::OurAddress, "valeur", address))
        }
        Contact::Phone => {
            let phone = plan.town.spoken_phone()?;
            Some(phrases.fill(Phrase::OurPhone, "valeur", &phone))
        }
    }
}

impl Turn<'_> {
    /// Tells a part of a passage, and asks what comes next.
    pub(super) fn tell_part(&mut self, passage: usize, part: usize) {
        self.say_passage(passage, part);
        self.ask_after_part(passage, part);
    }

    /// Offers the next part, or somebody who knows more.
    pub(super) fn ask_after_part(&mut self, passage: usize, part: usize) {
        let told = &self.dialogue.plan.knowledge[passage];
        let (parts, service) = (told.parts().len(), told.service);
        match service {
            _ if part + 1 < parts => self.ask(Question::Rest(passage, part + 1)),
            Some(service) if self.can_take_calls(service) => self.ask(Question::Service(service)),
            _ => self.ask(Question::More),
        }
    }

    /// Says a part of a passage; before the first, whose words these are.
    pub(super) fn say_passage(&mut self, passage: usize, part: usize) {
        let plan = self.plan();
        let told = &plan.knowledge[passage];
        if part == 0 {
            self.acts.push(Act::Cite(passage));
            if let Some(source) = &told.note.source {
                let text = self.dialogue.phrases.fill(Phrase::AccordingTo, "source", source);
                self.say(text);
            }
            // A passage that is told still holds: there is an occurrence.
            if let Some(event) = &told.event
                && let Some(next) = event.occurrences(self.now).next()
            {
                self.say(announced(event, next, self.now));
            }
        }
        if let Some(text) = told.parts().into_iter().nth(part) {
            self.tell(text, &told.title());
        }
    }
}

impl Turn<'_> {
    /// Tells what the calendars have for these days, from the one of this number on, and asks what comes next.
    pub(super) fn tell_happenings(&mut self, period: Period, from: usize) {
        self.say_happenings(period, from);
        self.ask_after_happenings(period, from);
    }

    /// Offers what else there is in these days.
    pub(super) fn ask_after_happenings(&mut self, period: Period, from: usize) {
        let next = from + AT_ONCE;
        let more = self.happenings(period).len() > next;
        self.ask(if more {
            Question::Agenda(period, next)
        } else {
            Question::More
        });
    }

    /// Says what the calendars have for these days, a few events at once.
    pub(super) fn say_happenings(&mut self, period: Period, from: usize) {
        let plan = self.plan();
        let found = self.happenings(period);
        if found.is_empty() {
            let days = days_in_words(period, self.now);
            let text = self.dialogue.phrases.fill(Phrase::NothingOn, "date", &days);
            return self.say(text);
        }
        let mut source = None;
        for &(occurrence, passage) in found.iter().skip(from).take(AT_ONCE) {
            let told = &plan.knowledge[passage];
            self.acts.push(Act::Cite(passage));
            if from == 0 && told.note.source.is_some() && source != told.note.source {
                source.clone_from(&told.note.source);
                let whose = source.as_deref().unwrap_or_default();
                let text = self.dialogue.phrases.fill(Phrase::AccordingTo, "source", whose);
                self.say(text);
            }
            if let Some(event) = &told.event {
                self.say(announced(event, occurrence, self.now));
            }
        }
    }

    /// "Et la suivante ?", "et en mars ?": the other dates of an event; false where something else is asked.
    pub(super) fn tell_other_dates(&mut self, subject: Subject, reading: &Reading) -> bool {
        let plan = self.plan();
        let Subject::Passage(passage) = subject else {
            return false;
        };
        let (Some(event), text) = (&plan.knowledge[passage].event, reading.text.reveal()) else {
            return false;
        };
        let period = happenings::period(text, self.now.date());
        if period.is_none() && !happenings::asks_for_the_next(text) {
            return false;
        }
        let is_asked = |at: usize, occurrence: &Occurrence| match period {
            Some(period) => occurrence.start.date() <= period.last && last_day(occurrence) >= period.first,
            None => at > 0,
        };
        let dates: Vec<String> = event
            .occurrences(self.now)
            .take(MOST_DATES)
            .enumerate()
            .filter(|(at, occurrence)| is_asked(*at, occurrence))
            .map(|(_, occurrence)| in_words(occurrence, self.now))
            .take(DATES_AT_ONCE)
            .collect();
        self.acts.push(Act::Cite(passage));
        match (dates.is_empty(), period) {
            (true, Some(period)) => {
                let days = days_in_words(period, self.now);
                let text = self.dialogue.phrases.fill(Phrase::NotOnThen, "date", &days);
                self.say(text);
            }
            (true, None) => self.phrase(Phrase::NoOtherDate),
            (false, _) => {
                let title = &event.title;
                self.say(format!("{title} : {}.", dates.join(" ; ")));
            }
        }
        self.ask(Question::More);
        true
    }

    /// What takes place in these days and is not over, earliest first: when, and which passage. An event that takes place
    /// on several of the days is there once.
    fn happenings(&self, period: Period) -> Vec<(Occurrence, usize)> {
        let now = self.now;
        let plan = &self.dialogue.plan;
        let holding = plan
            .knowledge
            .iter()
            .enumerate()
            .filter(|(_, passage)| passage.holds_at(now));
        let mut found: Vec<(Occurrence, usize)> = holding
            .filter_map(|(at, passage)| {
                let mut to_come = passage.event.as_ref()?.occurrences(now);
                let first = to_come.find(|occurrence| last_day(occurrence) >= period.first)?;
                (first.start.date() <= period.last).then_some((first, at))
            })
            .collect();
        found.sort_by_key(|(occurrence, _)| occurrence.start);
        found
    }
}

/// The last day on which it takes place: whole days end at midnight after it, and a night belongs to its evening.
fn last_day(occurrence: &Occurrence) -> chrono::NaiveDate {
    let Occurrence { start, end, .. } = *occurrence;
    if is_of_one_night(occurrence) {
        start.date()
    } else {
        (end - Duration::seconds(1)).max(start).date()
    }
}

/// Whether it may go on past midnight, but is said to be of the day on which it begins.
fn is_of_one_night(occurrence: &Occurrence) -> bool {
    !occurrence.all_day && occurrence.end - occurrence.start < Duration::hours(18)
}

/// "samedi 28 novembre", "la période du samedi 28 novembre au dimanche 29 novembre".
fn days_in_words(period: Period, now: NaiveDateTime) -> String {
    let [first, last] = [period.first, period.last].map(|day| day_in_words(day, now.date()));
    if period.first == period.last {
        format!("le {first}")
    } else {
        format!("la période du {first} au {last}")
    }
}

/// "Marché de Noël : samedi 12 décembre, de 10 h à 18 h, place de la Fontaine." "Carnaval : c'est annulé. C'était prévu …"
fn announced(event: &Event, occurrence: Occurrence, now: NaiveDateTime) -> String {
    let when = in_words(occurrence, now);
    let place = event.place_at(occurrence);
    let place = place.map(|place| format!(", {place}")).unwrap_or_default();
    let title = event.title.trim_end_matches(['.', ' ']);
    if event.is_cancelled {
        format!("{title} : c'est annulé. C'était prévu {when}{place}.")
    } else {
        format!("{title} : {when}{place}.")
    }
}

/// "samedi 12 décembre, de 10 h à 18 h", "du vendredi 2 juillet au dimanche 4 juillet".
fn in_words(occurrence: Occurrence, now: NaiveDateTime) -> String {
    let Occurrence { start, end, all_day } = occurrence;
    let day = |at: NaiveDateTime| day_in_words(at.date(), now.date());
    let time = |at: NaiveDateTime| time_in_words((at.hour() * 60 + at.minute()) as u16);
    // A whole day ends at midnight after it.
    let last = if all_day {
        (end - Duration::seconds(1)).max(start)
    } else {
        end
    };
    match start.date() == last.date() {
        false if !is_of_one_night(&occurrence) => format!("du {} au {}", day(start), day(last)),
        _ if all_day => day(start),
        _ if start == end => format!("{}, à {}", day(start), time(start)),
        _ => format!("{}, de {} à {}", day(start), time(start), time(end)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::NaiveDate;

    #[test]
    fn occurrences_are_said() {
        let at = |day, hour, minute| {
            let day = NaiveDate::from_ymd_opt(2027, 7, day).expect("a day of July");
            day.and_hms_opt(hour, minute, 0).expect("a time of day")
        };
        let now = at(1, 12, 0);
        for (start, end, all_day, said) in [
            (
                at(14, 10, 0),
                at(14, 18, 30),
                false,
                "mercredi 14 juillet, de 10 h à 18 h 30",
            ),
            (
                at(14, 22, 0),
                at(15, 0, 0),
                false,
                "mercredi 14 juillet, de 22 h à minuit",
            ),
            (at(14, 18, 0), at(14, 18, 0), false, "mercredi 14 juillet, à 18 h"),
            (at(14, 0, 0), at(15, 0, 0), true, "mercredi 14 juillet"),
            (
                at(2, 0, 0),
                at(5, 0, 0),
                true,
                "du vendredi 2 juillet au dimanche 4 juillet",
            ),
            (
                at(2, 18, 0),
                at(4, 17, 0),
                false,
                "du vendredi 2 juillet au dimanche 4 juillet",
            ),
        ] {
            assert_eq!(in_words(Occurrence { start, end, all_day }, now), said);
        }
    }
}
