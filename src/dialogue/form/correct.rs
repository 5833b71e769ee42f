//! Puts right what was read back wrong: "non, quarante-deux, pas cinquante-deux", "plutôt mercredi", "le nom est faux".

use chrono::{Datelike, Timelike};

use crate::dialogue::phrases::Phrase;
use crate::dialogue::{Question, Turn};
use crate::understand::options::Options;
use crate::understand::value::{self, Amendment};
use crate::understand::{Reading, Value, normalise};
use crate::units::Expect;

/// What tells that an answer is wrong, and not what is right.
const WRONG: [&str; 7] = ["pas", "faux", "fausse", "bon", "bonne", "erreur", "trompe"];

impl Turn<'_> {
    /// Corrects the answers that were read back, or this `only` one, where what the caller says tells what is right: "non,
    /// quarante-deux, pas cinquante-deux", "plutôt mercredi". False where it does not.
    pub(super) fn amend(&mut self, reading: &Reading, only: Option<usize>) -> bool {
        let text = reading.text.reveal();
        let fields: Vec<usize> = only.map_or_else(|| (0..self.fields()).collect(), |field| vec![field]);
        let changed = |find: &dyn Fn(usize) -> Option<Value>| -> Vec<(usize, Value)> {
            let values = self
                .dialogue
                .filling
                .as_ref()
                .map_or(&[][..], |filling| &filling.values);
            let new = fields.iter().filter_map(|field| Some((*field, find(*field)?)));
            new.filter(|(field, value)| values.get(*field) != Some(&Some(value.clone())))
                .collect()
        };
        let amendment = value::amendment(text);
        let mut new = changed(&|field| self.amended(field, amendment.as_ref()?));
        if new.len() != 1 {
            new = changed(&|field| self.volunteered(field, text));
        }
        if let (true, Some(field)) = (new.is_empty(), only) {
            new = changed(&|_| self.instead(field, text));
        }
        if new.is_empty() {
            return false;
        }
        let fields: Vec<usize> = new.iter().map(|(field, _)| *field).collect();
        new.into_iter().for_each(|(field, value)| self.keep(field, value));
        fields.into_iter().for_each(|field| self.read_back(field..field + 1));
        // A call-back asks that itself, as it is read back.
        if !self.calls_back() {
            self.phrase(Phrase::AllRight);
        }
        self.wait(Question::Summary);
        true
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

    /// "Le numéro est faux": the question whose answer it was.
    pub(super) fn named_field(&self, text: &str) -> Option<usize> {
        let fields = &self.form()?.fields;
        let ways = fields
            .iter()
            .map(|field| format!("{}, {}", field.label, noun(field.expect)));
        let ways: Vec<String> = ways.collect();
        // "Non" sounds like "nom".
        let words = normalise::words(text).into_iter().filter(|word| word.folded != "non");
        let words: Vec<String> = words.map(|word| word.surface).collect();
        let named = Options::new(ways.iter().map(String::as_str)).mentioned(&words.join(" "))?;
        fields.iter().position(|field| field.label == named)
    }
}

/// What the answer is called, however the question is named.
fn noun(expect: Expect) -> &'static str {
    match expect {
        Expect::Name => "nom",
        Expect::Phone => "téléphone, numéro",
        Expect::Digits => "numéro",
        Expect::Date => "date, jour",
        Expect::Time => "heure",
        Expect::Address => "adresse, rue",
        Expect::Place => "lieu, endroit, adresse, rue",
        Expect::Email => "mail, courriel",
        Expect::Amount => "montant, somme",
        _ => "",
    }
}
