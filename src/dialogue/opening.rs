//! Whose opening hours are asked for: those of a service or of a place that is named, those that were spoken of before, or the
//! town hall's. What is named and not known of has none: it is not given the town hall's.

use chrono::NaiveDate;

use super::hours::Schedule;
use super::phrases::Phrase;
use super::plan::{Plan, Template};
use super::{Question, State, Subject, Turn};
use crate::understand::Reading;
use crate::understand::day_part::DayPart;
use crate::understand::opening::{self, Whose};
use crate::understand::services::Services;

/// What callers may name that opens and closes: the services, then the schedules.
#[derive(Clone, Debug)]
pub(super) struct Places {
    names: Services,
    places: Vec<Place>,
}

#[derive(Clone, Debug)]
struct Place {
    /// As it is said before its hours: "Le service de l'urbanisme :".
    heading: String,
    /// Key of its hours; none: the plan does not tell them.
    schedule: Option<String>,
    /// The service that it is (index in the plan's).
    service: Option<usize>,
}

/// Whose hours were spoken of last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Spoken {
    /// Those that a topic tells (index in the plan's).
    Topic(usize),
    /// Those of a place.
    Place(usize),
    /// Those of something that the plan does not know.
    Unknown,
}

/// Whose hours were spoken of last, and of which day.
#[derive(Clone, Copy, Debug)]
pub(super) struct Last {
    whose: Spoken,
    day: Option<NaiveDate>,
}

/// What became of a question that may be one for hours.
pub(super) enum Asked {
    /// It is answered.
    Answered,
    /// It asks for what is not known: this is what else it may mean.
    Elsewhere(Box<Reading>),
    /// It may be anything.
    Anything,
}

impl Places {
    pub(super) fn new(plan: &Plan) -> Self {
        let services = plan.services.iter().enumerate().map(|(index, service)| {
            let schedule = service.schedule.clone();
            (service.name.as_str(), schedule, Some(index))
        });
        let schedules = plan
            .schedules
            .iter()
            .map(|(key, schedule)| (schedule.name(), Some(key.clone()), None));
        let (names, places) = services
            .chain(schedules)
            .map(|(name, schedule, service)| {
                let heading = heading(name);
                (
                    name.to_owned(),
                    Place {
                        heading,
                        schedule,
                        service,
                    },
                )
            })
            .unzip::<_, _, Vec<String>, Vec<Place>>();
        Self {
            names: Services::new(&names),
            places,
        }
    }

    /// What may be said before hours.
    pub(super) fn headings(&self) -> impl Iterator<Item = &str> {
        self.places.iter().map(|place| place.heading.as_str())
    }
}

/// "Le service de l'urbanisme :": what follows needs no agreement with it, whose gender nobody has told us.
fn heading(name: &str) -> String {
    let mut letters = name.chars();
    let first = letters.next().map(|letter| letter.to_uppercase().to_string());
    format!("{}{} :", first.unwrap_or_default(), letters.as_str())
}

impl Turn<'_> {
    /// Takes what asks for the hours of something other than what its topic tells, or leans on the hours that were told last.
    pub(super) fn hear_hours(&mut self, reading: &Reading) -> Asked {
        let plan = self.plan();
        let text = reading.text.reveal();
        let topic = reading
            .topic
            .as_ref()
            .and_then(|found| plan.topics.iter().position(|topic| topic.id == found.id));
        let of_topic = topic.and_then(|topic| schedule_of(&plan, topic));
        let last = self.dialogue.hours;
        let goes_on = last.is_some() && (reading.leans || opening::only_a_time(text));
        let whose = opening::whose(text);
        if let Some(place) = self.dialogue.places.names.spoken_of(text) {
            let asked = opening::asks(text) || of_topic.is_some() || goes_on && reading.leans;
            return match self.dialogue.places.places[place].schedule.as_deref() {
                // It is told with what else the topic says.
                Some(schedule) if !asked || of_topic == Some(schedule) => Asked::Anything,
                None if !asked => Asked::Anything,
                None => self.asked_elsewhere(reading, false),
                Some(_) => self.tell_place(place, reading),
            };
        }
        let whose_last = last.map(|last| last.whose);
        let of_town_hall = topic.is_some_and(|topic| is_of_town_hall(&plan, topic));
        match (whose, whose_last) {
            (Whose::Other, _) => self.asked_elsewhere(reading, false),
            (Whose::TownHall, _) => Asked::Anything,
            // "Où sont les toilettes publiques ?" "Et c'est ouvert la nuit ?": theirs.
            (Whose::Unsaid | Whose::Before, _) if of_town_hall && reading.leans && self.told_a_passage() => {
                self.asked_elsewhere(reading, true)
            }
            // "Où se trouve France Services ? Ou …" "Ils sont ouverts quand ?": one of the two.
            (Whose::Before, None) if of_town_hall && self.asks_which() => self.asked_elsewhere(reading, true),
            (Whose::Before, Some(spoken)) if topic.is_none() || of_town_hall => self.hours_again(spoken, reading),
            // "Le premier mai ?", and nothing was spoken of before.
            (Whose::Unsaid, None) if topic.is_none() && self.asks_of_a_day(reading) => {
                let of_town_hall = (0..plan.topics.len()).find(|topic| is_of_town_hall(&plan, *topic));
                of_town_hall.map_or(Asked::Anything, |topic| self.hours_again(Spoken::Topic(topic), reading))
            }
            (Whose::Unsaid, Some(spoken)) if goes_on && (opening::only_a_time(text) || of_town_hall) => {
                self.hours_again(spoken, reading)
            }
            _ => Asked::Anything,
        }
    }

    /// The place whose hours are asked for by its name.
    pub(super) fn hours_asked(&self, reading: &Reading) -> Option<usize> {
        let text = reading.text.reveal();
        self.dialogue
            .places
            .names
            .spoken_of(text)
            .filter(|_| opening::asks(text))
    }

    /// Whether it is asked what the caller means.
    fn asks_which(&self) -> bool {
        matches!(
            self.dialogue.state,
            State::Listening(Question::About(_) | Question::Between(_))
        )
    }

    fn told_a_passage(&self) -> bool {
        matches!(self.dialogue.about, Some(Subject::Passage(_)))
    }

    /// Whether no more is said than a day, where anything may be asked for.
    fn asks_of_a_day(&self, reading: &Reading) -> bool {
        let text = reading.text.reveal();
        let listens = matches!(self.dialogue.state, State::Listening(Question::Open | Question::More));
        // What the calendars have was asked for, or something else.
        let begins = listens && self.dialogue.about.is_none();
        begins && opening::only_a_time(text) && opening::day(text, self.now.date(), None).is_some()
    }

    /// Tells the hours of the place that was named in what we asked about; false where none was, or the subject has none.
    pub(super) fn tell_place_named(&mut self, subject: Subject, reading: &Reading) -> bool {
        let tells_hours = matches!(subject, Subject::Topic(topic) if schedule_of(&self.dialogue.plan, topic).is_some());
        let place = self.dialogue.places.names.spoken_of(reading.text.reveal());
        let place = place.filter(|place| tells_hours && self.dialogue.places.places[*place].schedule.is_some());
        place.is_some_and(|place| matches!(self.tell_place(place, reading), Asked::Answered))
    }

    /// Another day, or the hours, of what was spoken of last.
    fn hours_again(&mut self, spoken: Spoken, reading: &Reading) -> Asked {
        match spoken {
            Spoken::Place(place) => self.tell_place(place, reading),
            Spoken::Unknown => self.asked_elsewhere(reading, false),
            Spoken::Topic(topic) => {
                self.dialogue.trouble = 0;
                if !self.tell_day(Subject::Topic(topic), reading) {
                    self.answer(Subject::Topic(topic));
                }
                Asked::Answered
            }
        }
    }

    /// What is asked for is not known to open and close: the town hall's hours do not answer. It may lean on what was told.
    fn asked_elsewhere(&mut self, reading: &Reading, leans: bool) -> Asked {
        let plan = self.plan();
        let elsewhere = |id: &str| {
            let topic = plan.topics.iter().position(|topic| topic.id == id);
            !topic.is_some_and(|topic| is_of_town_hall(&plan, topic))
        };
        self.dialogue.hours = Some(Last {
            whose: Spoken::Unknown,
            day: None,
        });
        Asked::Elsewhere(Box::new(Reading {
            topic: reading.topic.clone().filter(|found| elsewhere(&found.id)),
            alternatives: reading
                .alternatives
                .iter()
                .filter(|found| elsewhere(&found.id))
                .cloned()
                .collect(),
            leans,
            ..reading.clone()
        }))
    }

    /// Tells the hours of a place: on the day that is asked for, or now; and as a rule, where it was not spoken of before.
    fn tell_place(&mut self, place: usize, reading: &Reading) -> Asked {
        let plan = self.plan();
        let Place {
            heading,
            schedule,
            service,
        } = self.dialogue.places.places[place].clone();
        let Some(schedule) = schedule.and_then(|name| plan.schedules.get(&name)) else {
            return self.asked_elsewhere(reading, false);
        };
        let today = self.now.date();
        let last = self.dialogue.hours;
        // "Et l'urbanisme ?": on the same day.
        let other = !opening::only_a_time(reading.text.reveal());
        let same_day = last.and_then(|last| last.day).filter(|_| reading.leans && other);
        let day = self.day_asked(reading, schedule).or(same_day);
        self.dialogue.trouble = 0;
        self.say(heading);
        let fragments = match day {
            Some(day) => schedule.day_fragments(day, today),
            None => schedule.status_fragments(self.now),
        };
        fragments.into_iter().for_each(|fragment| self.say(fragment));
        day.into_iter()
            .for_each(|day| self.tell_closed_part(schedule, day, reading));
        let whose = Spoken::Place(place);
        if day.is_none() || last.is_none_or(|last| last.whose != whose) {
            schedule.week_sentence().into_iter().for_each(|week| self.say(week));
        }
        self.dialogue.about = service.map(Subject::Service);
        self.dialogue.hours = Some(Last { whose, day });
        self.ask(Question::More);
        Asked::Answered
    }

    /// Says when what the subject is about is open on the day that was named; false where no other day than today was, or
    /// nothing of it opens and closes.
    pub(super) fn tell_day(&mut self, subject: Subject, reading: &Reading) -> bool {
        let plan = self.plan();
        let Subject::Topic(topic) = subject else { return false };
        let schedule = schedule_of(&plan, topic).and_then(|name| plan.schedules.get(name));
        let today = self.now.date();
        let day = schedule.and_then(|schedule| self.day_asked(reading, schedule));
        let (Some(day), Some(schedule)) = (day, schedule) else {
            return false;
        };
        self.dialogue.about = Some(subject);
        self.told_hours_of(topic, Some(day));
        let fragments = schedule.day_fragments(day, today);
        fragments.into_iter().for_each(|fragment| self.say(fragment));
        self.tell_closed_part(schedule, day, reading);
        self.ask(Question::More);
        true
    }

    /// "C'est ouvert cet après-midi ?", on a day that is open in the morning alone.
    fn tell_closed_part(&mut self, schedule: &Schedule, day: NaiveDate, reading: &Reading) {
        let Some(part) = DayPart::only(reading.text.reveal()) else {
            return;
        };
        if schedule.opens_on(day) && !schedule.opens_in(day, part) {
            self.phrase(match part {
                DayPart::Morning => Phrase::ClosedInTheMorning,
                DayPart::Afternoon => Phrase::ClosedInTheAfternoon,
                DayPart::Evening => Phrase::ClosedInTheEvening,
            });
        }
    }

    /// Remembers that a topic was told, for what may lean on its hours.
    pub(super) fn told_hours_of(&mut self, topic: usize, day: Option<NaiveDate>) {
        let tells = schedule_of(&self.dialogue.plan, topic).is_some();
        self.dialogue.hours = tells.then_some(Last {
            whose: Spoken::Topic(topic),
            day,
        });
    }

    /// The day that is asked for, other than today as a whole: by its date, seen from the day that was spoken of last where it
    /// leans on that; or by what is out of the ordinary then.
    fn day_asked(&self, reading: &Reading, schedule: &Schedule) -> Option<NaiveDate> {
        let (text, today) = (reading.text.reveal(), self.now.date());
        let leans = reading.leans || opening::only_a_time(text);
        let before = self.dialogue.hours.filter(|_| leans).and_then(|last| last.day);
        let called = || schedule.day_called(text, today);
        if opening::of_today(text) {
            return Some(today);
        }
        let day = opening::day(text, today, before).filter(|day| *day != today);
        // "Et le matin ?": of the day that was spoken of.
        let same = || before.filter(|_| DayPart::only(text).is_some());
        day.or_else(called).or_else(same)
    }
}

/// Key of the hours that a topic tells.
fn schedule_of(plan: &Plan, topic: usize) -> Option<&str> {
    plan.topics[topic].action.template().and_then(Template::schedule)
}

/// Whether a topic tells the town hall's hours, which are those of whoever takes its calls.
pub(super) fn is_of_town_hall(plan: &Plan, topic: usize) -> bool {
    let of_topic = schedule_of(plan, topic);
    of_topic.is_some() && of_topic == plan.services[plan.reception].schedule.as_deref()
}
