//! Reads answers back, as they are said.

use chrono::{Datelike, NaiveDate, Timelike};

use crate::dialogue::Turn;
use crate::dialogue::hours::{day_in_words, time_in_words};
use crate::dialogue::phrases::Phrase;
use crate::dialogue::plan::Field;
use crate::understand::{Value, count, email};

/// How people begin to answer, which is not read back; the longest first.
const BEGINNINGS: [&str; 17] = [
    "oui",
    "alors",
    "euh",
    "ben",
    "bah",
    "donc",
    "voilà",
    "c'est",
    "eh bien",
    "bonjour madame",
    "bonjour monsieur",
    "bonjour",
    "bonsoir",
    "allô",
    "je vous signale que",
    "je voulais vous signaler que",
    "je vous appelle parce que",
];

impl Turn<'_> {
    /// Reads one answer back, or all of them.
    pub(in crate::dialogue) fn read_back(&mut self, fields: std::ops::Range<usize>) {
        let Some(filling) = self.dialogue.filling.clone() else {
            return;
        };
        for field in fields {
            if let (Some(Some(value)), Some(field)) = (filling.values.get(field), self.field(field).cloned()) {
                for text in self.reading(&field, value) {
                    self.say(text);
                }
            }
        }
    }

    /// How an answer is read back.
    pub(super) fn reading(&self, field: &Field, value: &Value) -> Vec<String> {
        let counts = count::is_asked(&field.question);
        let phrase = match value {
            Value::Name(_) => Phrase::ReadName,
            Value::Phone(_) => Phrase::ReadPhone,
            Value::Date(_) => Phrase::ReadDate,
            Value::Time(_) => Phrase::ReadTime,
            // "Personnes : 4" is no number of a file.
            Value::Digits(_) if counts => Phrase::ReadText,
            Value::Digits(_) => Phrase::ReadDigits,
            Value::Address(_) => Phrase::ReadAddress,
            Value::Email(_) => Phrase::ReadEmail,
            Value::Amount(_) => Phrase::ReadAmount,
            Value::Option(_) | Value::Text(_) => Phrase::ReadText,
            Value::YesNo(yes) => {
                return vec![field.question.clone(), if *yes { "Oui." } else { "Non." }.into()];
            }
            Value::Choice(_) => return Vec::new(),
        };
        let phrase = if self.calls_back() { Phrase::CallBackAt } else { phrase };
        let value = match value {
            Value::Digits(many) if counts => many.clone(),
            value => in_words(value, self.now.date()).unwrap_or_default(),
        };
        let text = self.dialogue.phrases.fill(phrase, "valeur", &value);
        vec![text.replace("{question}", &field.label)]
    }
}

/// An answer as it is spoken; none where it is no answer to a question of a form.
pub(in crate::dialogue) fn in_words(value: &Value, today: NaiveDate) -> Option<String> {
    Some(match value {
        Value::Name(name) | Value::Option(name) => name.clone(),
        Value::Phone(number) => grouped(number, 2),
        // On which day of the week somebody was born nobody knows.
        Value::Date(day) if *day < today && day.year() < today.year() => {
            let whole = day_in_words(*day, today);
            whole.split_once(' ').map_or(whole.clone(), |(_, day)| day.to_owned())
        }
        Value::Date(day) => day_in_words(*day, today),
        Value::Time(time) => time_in_words((time.hour() * 60 + time.minute()) as u16),
        Value::Digits(digits) => grouped(digits, 1),
        Value::Address(address) => address.clone(),
        Value::Email(address) => email::spoken(address),
        Value::Amount(cents) => sum_in_words(*cents),
        Value::Text(text) => bare(text).to_owned(),
        Value::YesNo(yes) => if *yes { "oui" } else { "non" }.to_owned(),
        Value::Choice(_) => return None,
    })
}

/// "12 euros 50".
fn sum_in_words(cents: u64) -> String {
    let (euros, cents) = (cents / 100, cents % 100);
    let unit = if euros < 2 { "euro" } else { "euros" };
    match (euros, cents) {
        (0, cents) => format!("{cents} centimes"),
        (euros, 0) => format!("{euros} {unit}"),
        (euros, cents) => format!("{euros} {unit} {cents}"),
    }
}

/// A text as it is read back: without "alors, c'est" before it, nor the point after it.
fn bare(text: &str) -> &str {
    let mut text = text.trim_end_matches(['.', '!', '?', ' ']);
    let rest_of = |text: &str, beginning: &str| -> Option<usize> {
        let head = text.get(..beginning.len())?;
        let rest = &text[beginning.len()..];
        let whole = rest.starts_with([' ', ',', '.']) && head.to_lowercase() == beginning;
        whole.then(|| text.len() - rest.trim_start_matches([' ', ',', '.']).len())
    };
    while let Some(at) = BEGINNINGS.iter().find_map(|beginning| rest_of(text, beginning)) {
        text = &text[at..];
    }
    text
}

/// Digits in groups of so many, as they are dictated.
pub(in crate::dialogue) fn grouped(digits: &str, size: usize) -> String {
    let digits: Vec<char> = digits.chars().collect();
    let groups: Vec<String> = digits.chunks(size).map(|group| group.iter().collect()).collect();
    groups.join(" ")
}
