//! Tells a passage of the town's knowledge: whose words these are, its text as it was written, then the rest if it is wanted.

use super::hours::{day_in_words, time_in_words};
use super::knowledge::{Event, Occurrence};
use super::phrases::Phrase;
use super::{Act, Question, Turn};
use chrono::{Duration, NaiveDateTime, Timelike};

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
            if let Some(event) = &told.event {
                self.say(announced(event, self.now));
            }
        }
        if let Some(text) = told.parts().into_iter().nth(part) {
            self.tell(text, &told.title());
        }
    }
}

/// "Marché de Noël : samedi 12 décembre, de 10 h à 18 h, place de la Fontaine."
fn announced(event: &Event, now: NaiveDateTime) -> String {
    // A passage that is told still holds: there is an occurrence.
    let when = event
        .occurrences(now)
        .next()
        .map(|next| in_words(next, now))
        .unwrap_or_default();
    let place = event
        .place
        .as_ref()
        .map(|place| format!(", {place}"))
        .unwrap_or_default();
    format!("{} : {when}{place}.", event.title.trim_end_matches(['.', ' ']))
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
    let until_morning = !all_day && end - start < Duration::hours(18);
    match start.date() == last.date() {
        false if !until_morning => format!("du {} au {}", day(start), day(last)),
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
