//! Puts right what was read back wrong: "non, quarante-deux, pas cinquante-deux", "plutôt mercredi", "le nom est faux".

use chrono::{Datelike, Timelike};

use crate::dialogue::phrases::Phrase;
use crate::dialogue::plan::Field;
use crate::dialogue::{Question, Turn};
use crate::understand::options::Options;
use crate::understand::value::{self, Amendment};
use crate::understand::{Reading, Value, address, count, date, name, normalise, objection};
use crate::units::Expect;

/// What tells that an answer is wrong, and not what is right.
const WRONG: [&str; 7] = ["pas", "faux", "fausse", "bon", "bonne", "erreur", "trompe"];

impl Turn<'_> {
    /// Corrects the answers that were read back, or this `only` one, where what the caller says tells what is right: "non,
    /// quarante-deux, pas cinquante-deux", "plutôt mercredi". False where it does not.
    pub(super) fn amend(&mut self, reading: &Reading, only: Option<usize>) -> bool {
        let fields: Vec<usize> = only.map_or_else(|| (0..self.fields()).collect(), |field| vec![field]);
        let mut new = self.corrections(reading, &fields);
        if let (true, Some(field)) = (new.is_empty(), only) {
            new = self.changed(&fields, &|_| self.instead(field, reading.text.reveal()));
        }
        if !self.correct(new) {
            return false;
        }
        // A call-back asks that itself, as it is read back.
        if !self.calls_back() {
            self.phrase(Phrase::AllRight);
        }
        self.wait(Question::Summary);
        true
    }

    /// "Ah non, mon nom c'est Colet", said to the question after it: an answer that was given already is put right, and the
    /// question asked once more. Where the words object (see [`objection::corrects`]), it may be tried before they are taken
    /// for the answer to the present question.
    pub(super) fn amend_earlier(&mut self, field: usize, reading: &Reading) -> bool {
        let values = self.dialogue.filling.iter().flat_map(|filling| filling.values());
        let given = values.enumerate().filter_map(|(at, value)| value.map(|_| at));
        // "Non, mardi" is the answer where a day is asked for.
        let expect = |at: usize| self.field(at).map(|field| field.expect);
        let is_free = matches!(reading.value, None | Some(Value::Text(_)));
        let given: Vec<usize> = given
            .filter(|at| *at != field && (is_free || expect(*at) != expect(field)))
            .collect();
        let new = self.corrections(reading, &given);
        if !self.correct(new) {
            return false;
        }
        self.ask_field(field);
        true
    }

    /// Keeps other answers, and reads them back; false where there are none.
    fn correct(&mut self, new: Vec<(usize, Value)>) -> bool {
        let fields: Vec<usize> = new.iter().map(|(field, _)| *field).collect();
        if let Some(why) = new.iter().find_map(|(field, value)| self.refuses(*field, value)) {
            self.phrase(why);
        }
        new.into_iter().for_each(|(field, value)| self.keep(field, value));
        fields.iter().for_each(|field| self.read_back(*field..field + 1));
        !fields.is_empty()
    }

    /// What the answers to these questions should be, where the caller says so and it is not what was noted.
    fn corrections(&self, reading: &Reading, fields: &[usize]) -> Vec<(usize, Value)> {
        // "Non, trois personnes, pas deux, et c'est Pérès": one after the other.
        let parts = reading.text.reveal().split_once(" et ").map(|(one, two)| {
            [one, two].map(|part| {
                let part = Reading {
                    text: part.to_owned().into(),
                    ..reading.clone()
                };
                self.corrections_at_once(&part, fields)
            })
        });
        match parts {
            Some([one, two]) if !one.is_empty() && !two.is_empty() => {
                let others = two
                    .into_iter()
                    .filter(|(field, _)| one.iter().all(|(known, _)| known != field));
                let mut both: Vec<_> = one.iter().cloned().chain(others).collect();
                both.sort_by_key(|(field, _)| *field);
                both
            }
            _ => self.corrections_at_once(reading, fields),
        }
    }

    /// The same, of words that put one thing right, or several in the same way.
    fn corrections_at_once(&self, reading: &Reading, fields: &[usize]) -> Vec<(usize, Value)> {
        let text = reading.text.reveal();
        let amendment = value::amendment(text);
        let new = self.changed(fields, &|field| self.amended(field, amendment.as_ref()?));
        // A place stands in what was told of it, too.
        let is_told = |(_, value): &(usize, Value)| matches!(value, Value::Text(_) | Value::Address(_));
        if new.len() == 1 || (!new.is_empty() && new.iter().all(is_told)) {
            return new;
        }
        // Of which of several answers a part is said anew cannot be told.
        let mut new = self.changed(fields, &|field| self.reworded(field, reading));
        if new.len() > 1 && !new.iter().all(is_told) {
            new.clear();
        }
        let meant = objection::meant(text);
        let others: Vec<usize> = (fields.iter().copied())
            .filter(|field| new.iter().all(|(known, _)| known != field))
            .collect();
        new.extend(self.changed(&others, &|field| self.said_anew(field, text, &meant)));
        if new.is_empty() && reading.yes_no != Some(true) {
            new = self.changed(fields, &|field| self.told_anew(field, &meant));
        }
        new.sort_by_key(|(field, _)| *field);
        new
    }

    /// What is found for these questions that differs from their answers.
    fn changed(&self, fields: &[usize], find: &dyn Fn(usize) -> Option<Value>) -> Vec<(usize, Value)> {
        let filling = self.dialogue.filling.as_ref();
        let values = filling.map_or(&[][..], |filling| &filling.values);
        let new = fields.iter().filter_map(|field| Some((*field, find(*field)?)));
        new.filter(|(field, value)| values.get(*field) != Some(&Some(value.clone())))
            .collect()
    }

    /// The answer to this question with a part of it said anew: "Dupond avec un D", "64 à la fin", "gmail, pas orange".
    fn reworded(&self, field: usize, reading: &Reading) -> Option<Value> {
        let text = reading.text.reveal();
        let filling = self.dialogue.filling.as_ref()?;
        match filling.values.get(field)?.as_ref()? {
            Value::Name(name) if reading.yes_no != Some(true) => name::amended(text, name).map(Value::Name),
            Value::Phone(number) => objection::at_an_end(text, number).map(Value::Phone),
            Value::Digits(digits) => objection::at_an_end(text, digits).map(Value::Digits),
            Value::Email(address) => objection::other_word(text, address).map(Value::Email),
            Value::Date(day) if !value::is_of_something_else(text) => {
                let meant = objection::affirmed(text);
                date::amended(meant.as_deref().unwrap_or(text), *day, self.now.date()).map(Value::Date)
            }
            Value::Address(address) => {
                let amended = address::amended(text, address, &self.dialogue.plan.lexicon.streets);
                amended
                    .or_else(|| objection::other_word(text, address))
                    .map(Value::Address)
            }
            Value::Text(place) if self.field(field)?.expect == Expect::Place => {
                let amended = address::amended(text, place, &self.dialogue.plan.lexicon.streets).map(Value::Text);
                amended.or_else(|| self.detailed(field, filling.values[field].as_ref()?, text))
            }
            Value::Text(noted) => objection::replaced(text, noted).map(Value::Text),
            _ => None,
        }
    }

    /// What else can be nothing but another answer to this question in what is `meant` by `text`.
    fn said_anew(&self, field: usize, text: &str, meant: &str) -> Option<Value> {
        let asked = self.field(field)?;
        let filling = self.dialogue.filling.as_ref()?;
        // A day that is past has parts alone that are said anew.
        let is_past = matches!(filling.values.get(field)?, Some(Value::Date(day)) if *day < self.now.date());
        // Of options it is known what denies them: "c'est pas un danger, ça peut attendre".
        let said = if matches!(asked.expect, Expect::Option(_)) {
            text
        } else {
            meant
        };
        let found = (!is_past).then(|| self.volunteered(field, said)).flatten();
        // "Dans deux semaines" was a Tuesday, and "le mardi" says no more.
        let is_that_day = |value: &Value| match (filling.values[field].as_ref(), value) {
            (Some(Value::Date(noted)), Value::Date(day)) => {
                noted.weekday() == day.weekday()
                    && normalise::folded_words(said).len() <= 2
                    && !objection::corrects(text)
            }
            _ => false,
        };
        found.filter(|value| !is_that_day(value))
    }

    /// What answers a question that takes any words, where these can be meant for it: "le sujet c'est le columbarium", "plutôt
    /// lundi à 15 heures" where it was asked when to call back.
    fn told_anew(&self, field: usize, meant: &str) -> Option<Value> {
        const WHEN: [&str; 5] = ["quand", "moment", "heure", "jour", "creneau"];
        let asked = self.field(field)?;
        let filling = self.dialogue.filling.as_ref()?;
        let Some(Value::Text(noted)) = filling.values.get(field)? else {
            return None;
        };
        if asked.expect != Expect::Text {
            return None;
        }
        let words = normalise::folded_words(&format!("{} {}", asked.label, asked.question));
        if let Some((called, said)) = meant.split_once(" c'est ") {
            let is_it = self.named_field(called) == Some(field) && self.named_fields(said).is_empty();
            let says = !said.starts_with("que ") && !said.starts_with("qu'");
            return (is_it && says).then(|| Value::Text(said.to_owned()));
        }
        let is_when = words.iter().any(|word| WHEN.contains(&word.as_str()));
        is_when
            .then(|| value::moment(meant, noted, self.now))
            .flatten()
            .map(Value::Text)
    }

    /// The questions that `text` names are asked once more. Where it names none: this one, or each answer is read back.
    pub(super) fn ask_anew(&mut self, checked: Option<usize>, text: &str) {
        let named = self.named_fields(text);
        match (&named[..], checked) {
            ([], Some(field)) => self.ask_field(field),
            ([], None) if self.calls_back() => self.ask_field(0),
            ([], None) => {
                self.phrase(Phrase::Correct);
                self.ask(Question::Check(0));
            }
            (named, _) => {
                if let Some(filling) = &mut self.dialogue.filling {
                    named.iter().for_each(|field| filling.values[*field] = None);
                }
                self.next_question();
            }
        }
    }

    /// The answer to this question with a number in it corrected.
    fn amended(&self, field: usize, amendment: &Amendment) -> Option<Value> {
        let filling = self.dialogue.filling.as_ref()?;
        let is_wrong = |number: u32| amendment.wrong.parse() == Ok(number);
        let right: u32 = amendment.right.parse().ok()?;
        match filling.values.get(field)?.as_ref()? {
            Value::Phone(number) => {
                let corrected = amendment.apply(number, 2)?;
                (corrected.len() == number.len()).then_some(Value::Phone(corrected))
            }
            Value::Digits(digits) => amendment.apply(digits, 1).map(Value::Digits),
            Value::Date(day) if is_wrong(day.day()) => day.with_day(right).map(Value::Date),
            // "En 46, pas en 45"
            Value::Date(day) if is_wrong(day.year().unsigned_abs() % 100) || is_wrong(day.year().unsigned_abs()) => {
                let century = if right < 100 { day.year() / 100 * 100 } else { 0 };
                day.with_year(century + i32::try_from(right).ok()?).map(Value::Date)
            }
            Value::Time(time) if is_wrong(time.hour()) => time.with_hour(right).map(Value::Time),
            Value::Address(address) => {
                let rest = address.strip_prefix(&amendment.wrong)?;
                rest.starts_with([',', ' '])
                    .then(|| Value::Address(format!("{right}{rest}")))
            }
            Value::Text(text) => amendment.apply_in(text).map(Value::Text),
            Value::Amount(cents) if is_wrong((cents / 100) as u32) => {
                Some(Value::Amount(u64::from(right) * 100 + cents % 100))
            }
            _ => None,
        }
    }

    /// "Non, Dubois": what is said instead of the answer that was read back.
    fn instead(&self, field: usize, text: &str) -> Option<Value> {
        let words = normalise::words(text);
        let says_only_that = words.iter().any(|word| WRONG.contains(&word.folded.as_str()));
        let no = words.iter().find(|word| word.folded == "non")?.surface.as_str();
        let (_, rest) = text.split_once(no)?;
        let rest = rest.trim_start_matches(|c: char| !c.is_alphanumeric());
        let find = || value::answer(rest, self.field(field)?.expect, self.now, &self.dialogue.plan.lexicon);
        (!says_only_that && !rest.is_empty()).then(find).flatten()
    }

    /// "Le nom et la date sont faux": the questions whose answers they were.
    fn named_fields(&self, text: &str) -> Vec<usize> {
        let parts = text.split([',', '.', ';']).flat_map(|part| part.split(" et "));
        let mut named: Vec<usize> = parts.filter_map(|part| self.named_field(part)).collect();
        if named.is_empty() {
            named.extend(self.named_field(text));
        }
        named
    }

    /// Whether no more is said than which answer is wrong: "c'est le nom", "le lieu".
    pub(super) fn only_names(&self, text: &str) -> bool {
        const LITTLE: [&str; 21] = [
            "c", "est", "le", "la", "les", "l", "de", "du", "d", "mon", "ma", "votre", "et", "pour", "sur", "non",
            "juste", "euh", "ah", "ben", "mais",
        ];
        let named = self.named_fields(text);
        let fields = named.iter().filter_map(|field| self.field(*field));
        let known: Vec<String> = fields.flat_map(|field| normalise::folded_words(&ways(field))).collect();
        let mut words = normalise::folded_words(text);
        words.retain(|word| !LITTLE.contains(&word.as_str()));
        !words.is_empty() && words.iter().all(|word| known.contains(word))
    }

    fn named_field(&self, text: &str) -> Option<usize> {
        let fields = &self.form()?.fields;
        let ways = fields.iter().map(ways);
        let ways: Vec<String> = ways.collect();
        // "Non" sounds like "nom".
        let words = normalise::words(text).into_iter().filter(|word| word.folded != "non");
        let words: Vec<String> = words.map(|word| word.surface).collect();
        let named = Options::new(ways.iter().map(String::as_str)).mentioned_most(&words.join(" "))?;
        fields.iter().position(|field| field.label == named)
    }
}

/// What the answer to a question may be called.
fn ways(field: &Field) -> String {
    // "Le numéro" is none of how many come.
    let noun = if count::is_asked(&field.question) {
        "nombre"
    } else {
        noun(field.expect)
    };
    format!("{}, {noun}", field.label)
}

/// What the answer is called, however the question is named.
fn noun(expect: Expect) -> &'static str {
    match expect {
        Expect::Name => "nom, prénom",
        Expect::Phone => "téléphone, numéro",
        Expect::Digits => "numéro",
        Expect::Date => "date, jour",
        Expect::Time => "heure",
        Expect::Address => "adresse, rue",
        Expect::Place => "lieu, endroit, adresse, rue",
        Expect::Email => "mail, courriel, adresse électronique, adresse mail",
        Expect::Amount => "montant, somme",
        _ => "",
    }
}
