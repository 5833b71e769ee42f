//! Answers that are typed on the keys of the telephone.

use super::PHONE;
use chrono::TimeDelta;

use crate::dialogue::{Question, Turn};
use crate::understand::Value;
use crate::units::Expect;

/// Keys that are worth keeping: no number is longer.
const MOST_KEYS: usize = 30;
/// Digits of a sum of whole euros.
const MOST_EUROS: usize = 7;
/// What stands for the first 0 of a French number that is dialled from abroad.
const ABROAD: &str = "0033";

/// Keys that follow one another so soon are of one run: nobody has heard the next question meanwhile.
const OF_ONE_RUN: TimeDelta = TimeDelta::milliseconds(2500);

impl Turn<'_> {
    /// Whether this key was pressed in one run with a number that was whole before it: it answers nothing, and ends or
    /// prolongs that number.
    pub(in crate::dialogue) fn goes_on_with_a_number(&mut self, key: char) -> bool {
        let of_a_number = key == '#' || key.is_ascii_digit();
        let last = self.dialogue.whole_at.take();
        let goes_on = of_a_number && last.is_some_and(|last| self.now - last < OF_ONE_RUN);
        if goes_on {
            self.dialogue.whole_at = Some(self.now);
        }
        goes_on
    }

    /// A key was pressed while a question of the form is open; false where keys do not answer it.
    pub(in crate::dialogue) fn type_in(&mut self, field: usize, key: char) -> bool {
        let expect = self.field(field).map(|field| field.expect);
        match (expect, key) {
            (Some(Expect::Option(question)), _) => return self.choose_option(field, question, key),
            (Some(Expect::YesNo), '1' | '2') => {
                self.note(field, Value::YesNo(key == '1'), "");
                return true;
            }
            _ => {}
        }
        let (Some(filling), Some(expect @ (Expect::Phone | Expect::Digits | Expect::Amount))) =
            (&mut self.dialogue.filling, expect)
        else {
            return false;
        };
        match key {
            '0'..='9' if filling.keys.len() < MOST_KEYS => filling.keys.push(key),
            '*' => filling.keys.clear(),
            _ => {}
        }
        let length = if filling.keys.starts_with(ABROAD) {
            PHONE + ABROAD.len() - 1
        } else {
            PHONE
        };
        let whole = expect == Expect::Phone && filling.keys.len() == length;
        if whole {
            self.dialogue.whole_at = Some(self.now);
        }
        if key == '#' || whole {
            self.typed(field);
        } else {
            self.wait(Question::Field(field, expect));
        }
        true
    }

    /// The key of an option: the first has 1.
    fn choose_option(&mut self, field: usize, question: usize, key: char) -> bool {
        let options = self.dialogue.plan.lexicon.options.get(question);
        let digit = key.to_digit(10).map(|digit| digit as usize);
        let chosen = options
            .zip(digit)
            .and_then(|(options, digit)| options.nth(digit))
            .map(str::to_owned);
        let is_one = chosen.is_some();
        chosen
            .into_iter()
            .for_each(|name| self.note(field, Value::Option(name), ""));
        is_one
    }

    /// What was typed is all there; false where nothing was.
    pub(in crate::dialogue) fn typed(&mut self, field: usize) -> bool {
        let Some(filling) = &mut self.dialogue.filling else {
            return false;
        };
        let mut keys = std::mem::take(&mut filling.keys);
        if let Some(national) = keys.strip_prefix(ABROAD).filter(|rest| rest.len() == PHONE - 1) {
            keys = format!("0{national}");
        }
        if keys.is_empty() {
            return false;
        }
        match self.field(field).map(|field| field.expect) {
            Some(Expect::Phone) if keys.len() == PHONE && keys.starts_with('0') => {
                self.note(field, Value::Phone(keys), "");
            }
            Some(Expect::Digits) => self.note(field, Value::Digits(keys), ""),
            Some(Expect::Amount) if keys.len() <= MOST_EUROS => {
                let euros: u64 = keys.parse().unwrap_or_default();
                self.note(field, Value::Amount(euros * 100), "");
            }
            _ => self.ask_again(field),
        }
        true
    }
}
