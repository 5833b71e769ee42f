//! Fills in a form: asks question by question, reads the answers back, corrects what is wrong without starting over, and
//! says that the request is noted only once it is on disk.
//!
//! ```text
//! offer ─ yes ─► question ─ answer ─► next question … ─► summary ─ yes ─► on disk ─► "numéro 4 2 7"
//!                  │  ▲                                     │
//!         "non" ◄──┘  └── no ── one by one: is it right? ◄──┘ no
//! ```

use chrono::Timelike;

use super::hours::{day_in_words, time_in_words};
use super::phrases::Phrase;
use super::plan::{Action, Field, FieldKind, Form};
use super::{Act, Question, State, Turn};
use crate::understand::completeness::Completeness;
use crate::understand::{Reading, TopicMatch, Value};
use crate::units::Expect;

/// So many answers that are none, and a message is taken instead.
const MOST_TRIES: u32 = 3;
/// Digits of a French telephone number.
const PHONE: usize = 10;
/// A "non" of no more words answers nothing else.
const FEW: usize = 3;
/// Keys that are worth keeping: no number is longer.
const MOST_KEYS: usize = 30;

/// A form being filled in.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Filling {
    /// Index in the plan's forms.
    form: usize,
    /// Answers, by field.
    values: Vec<Option<Value>>,
    /// Answers to the present question that were none.
    tries: u32,
    /// Digits typed so far as the answer to the present question.
    keys: String,
}

/// A form that was filled in.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// Index in the plan's forms.
    pub form: usize,
    /// The answers, in the order of the form's fields.
    pub values: Vec<Value>,
}

impl Turn<'_> {
    /// The caller wants this form: its first question.
    pub(super) fn fill(&mut self, form: usize) {
        let fields = self.plan().forms[form].fields.len();
        self.dialogue.filling = Some(Filling {
            form,
            values: vec![None; fields],
            tries: 0,
            keys: String::new(),
        });
        self.next_question();
    }

    /// Whether this topic leads to that form.
    pub(super) fn leads_to(&self, topic: &TopicMatch, form: usize) -> bool {
        let mut topics = self.dialogue.plan.topics.iter();
        topics.any(|t| t.id == topic.id && matches!(t.action, Action::Form(_, f) if f == form))
    }

    /// What the caller said when asked a question of a form.
    pub(super) fn hear_for_form(&mut self, question: &Question, reading: &Reading) {
        match (question, reading.yes_no) {
            (Question::Field(field, expect), _) => self.fill_in(*field, *expect, reading),
            (_, None) => self.yes_or_no_again(question.clone()),
            (Question::Check(field), Some(right)) => self.checked(*field, right),
            (Question::Summary, Some(true)) => self.submit(),
            (Question::Summary, Some(false)) => {
                self.phrase(Phrase::Correct);
                self.ask(Question::Check(0));
            }
            (Question::DropForm(_), Some(true)) => self.drop_form(),
            (Question::DropForm(Some((field, expect))), Some(false)) => self.ask(Question::Field(*field, *expect)),
            (Question::DropForm(None), Some(false)) => self.ask(Question::Summary),
            _ => {}
        }
    }

    /// "Oui, merci, au revoir": what was said is not lost with the call.
    pub(super) fn leave_form(&mut self, question: &Question, reading: &Reading) {
        match question {
            Question::Summary if reading.yes_no == Some(true) => self.submit(),
            Question::Field(field, expect) => self.ask(Question::DropForm(Some((*field, *expect)))),
            Question::DropForm(_) => self.goodbye(),
            _ => self.ask(Question::DropForm(None)),
        }
    }

    fn fill_in(&mut self, field: usize, expect: Expect, reading: &Reading) {
        match &reading.value {
            _ if reading.completeness == Completeness::AsksForTime => {
                self.phrase(Phrase::TakeYourTime);
                self.wait(Question::Field(field, expect));
            }
            _ if expect != Expect::YesNo && declines(reading) => self.ask(Question::DropForm(Some((field, expect)))),
            Some(value) => self.note(field, value.clone()),
            None => self.ask_again(field),
        }
    }

    /// A key was pressed while a question of the form is open; false where keys do not answer it.
    pub(super) fn type_in(&mut self, field: usize, key: char) -> bool {
        let kind = self.field(field).map(|field| field.kind);
        let (Some(filling), Some(kind @ (FieldKind::Phone | FieldKind::Digits))) = (&mut self.dialogue.filling, kind)
        else {
            return false;
        };
        match key {
            '0'..='9' if filling.keys.len() < MOST_KEYS => filling.keys.push(key),
            '*' => filling.keys.clear(),
            _ => {}
        }
        let whole = kind == FieldKind::Phone && filling.keys.len() == PHONE;
        if key == '#' || whole {
            self.typed(field);
        } else {
            self.wait(Question::Field(field, kind.expect()));
        }
        true
    }

    /// What was typed is all there; false where nothing was.
    pub(super) fn typed(&mut self, field: usize) -> bool {
        let Some(filling) = &mut self.dialogue.filling else {
            return false;
        };
        let keys = std::mem::take(&mut filling.keys);
        if keys.is_empty() {
            return false;
        }
        match self.field(field).map(|field| field.kind) {
            Some(FieldKind::Phone) if keys.len() == PHONE && keys.starts_with('0') => {
                self.note(field, Value::Phone(keys));
            }
            Some(FieldKind::Digits) => self.note(field, Value::Digits(keys)),
            _ => self.ask_again(field),
        }
        true
    }

    /// Whether the answers that were read back are right.
    fn checked(&mut self, field: usize, right: bool) {
        if !right {
            return self.ask_field(field);
        }
        if field + 1 < self.fields() {
            self.ask(Question::Check(field + 1));
        } else {
            self.ask(Question::Summary);
        }
    }

    /// The summary was right: to the disk with it.
    fn submit(&mut self) {
        let Some(filling) = &self.dialogue.filling else { return };
        let request = Request {
            form: filling.form,
            values: filling.values.iter().flatten().cloned().collect(),
        };
        self.dialogue.state = State::Submitting { form: filling.form };
        self.dialogue.filling = None;
        self.acts.push(Act::Submit(request));
    }

    /// The request is on disk under this reference, or is not.
    pub(super) fn submitted(&mut self, reference: Option<&str>) {
        let State::Submitting { form } = self.dialogue.state else {
            return;
        };
        match reference {
            Some(reference) => {
                self.phrase_for_service(Phrase::FormKept, self.dialogue.plan.forms[form].service);
                let digits = grouped(reference, 1);
                let text = self.dialogue.phrases.fill(Phrase::Reference, "référence", &digits);
                self.say(text);
            }
            None => self.phrase(Phrase::FormLost),
        }
        self.ask(Question::More);
    }

    /// The caller does not want it after all.
    fn drop_form(&mut self) {
        self.dialogue.filling = None;
        self.phrase(Phrase::FormDropped);
        self.ask(Question::More);
    }

    /// Speaks the question of a field.
    pub(super) fn put(&mut self, field: usize) {
        if let Some(question) = self.field(field).map(|field| field.question.clone()) {
            self.say(question);
        }
    }

    /// Speaks it, and waits for the answer.
    fn ask_field(&mut self, field: usize) {
        if let Some(kind) = self.field(field).map(|field| field.kind) {
            self.ask(Question::Field(field, kind.expect()));
        }
    }

    /// Reads one answer back, or all of them.
    pub(super) fn read_back(&mut self, fields: std::ops::Range<usize>) {
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

    /// How many questions the form has.
    pub(super) fn fields(&self) -> usize {
        self.form().map_or(0, |form| form.fields.len())
    }

    /// How an answer is read back.
    fn reading(&self, field: &Field, value: &Value) -> Vec<String> {
        let (phrase, value) = match value {
            Value::Name(name) => (Phrase::ReadName, name.clone()),
            Value::Phone(number) => (Phrase::ReadPhone, grouped(number, 2)),
            Value::Date(day) => (Phrase::ReadDate, day_in_words(*day, self.now.date())),
            Value::Time(time) => (
                Phrase::ReadTime,
                time_in_words((time.hour() * 60 + time.minute()) as u16),
            ),
            Value::Digits(digits) => (Phrase::ReadDigits, grouped(digits, 1)),
            Value::Text(text) => (Phrase::ReadText, text.trim_end_matches(['.', '!', '?', ' ']).to_owned()),
            Value::YesNo(yes) => {
                return vec![field.question.clone(), if *yes { "Oui." } else { "Non." }.into()];
            }
            Value::Choice(_) => return Vec::new(),
        };
        let text = self.dialogue.phrases.fill(phrase, "valeur", &value);
        vec![text.replace("{question}", &field.label)]
    }

    /// Keeps the answer to a question, and asks what is still open.
    fn note(&mut self, field: usize, value: Value) {
        self.dialogue.trouble = 0;
        // What no other call says is rendered live: during the next question, so that the summary has no gaps.
        if let Some(question) = self.field(field).cloned() {
            let texts = self.reading(&question, &value);
            self.acts.extend(texts.into_iter().map(Act::Prepare));
        }
        if let Some(filling) = &mut self.dialogue.filling {
            filling.values[field] = Some(value);
            filling.tries = 0;
            filling.keys.clear();
        }
        self.next_question();
    }

    fn next_question(&mut self) {
        let open = self
            .dialogue
            .filling
            .as_ref()
            .map(|f| f.values.iter().position(Option::is_none));
        match open {
            Some(Some(field)) => self.ask_field(field),
            Some(None) => self.ask(Question::Summary),
            None => {}
        }
    }

    /// The answer was none: once more, then by keys where they do, then a message.
    fn ask_again(&mut self, field: usize) {
        let Some(service) = self.form().map(|form| form.service) else {
            return;
        };
        let Some(filling) = &mut self.dialogue.filling else {
            return;
        };
        filling.tries += 1;
        if filling.tries >= MOST_TRIES {
            self.dialogue.filling = None;
            return self.take_message(service);
        }
        let again = filling.tries > 1;
        self.phrase(Phrase::FieldAgain);
        match self.field(field).map(|field| field.kind) {
            Some(kind @ (FieldKind::Phone | FieldKind::Digits)) if again => {
                self.phrase(Phrase::FieldByKeys);
                self.wait(Question::Field(field, kind.expect()));
            }
            _ => self.ask_field(field),
        }
    }

    fn form(&self) -> Option<&Form> {
        let filling = self.dialogue.filling.as_ref()?;
        self.dialogue.plan.forms.get(filling.form)
    }

    fn field(&self, field: usize) -> Option<&Field> {
        self.form()?.fields.get(field)
    }
}

/// "Non", "non merci": no answer, and no text that begins so.
fn declines(reading: &Reading) -> bool {
    let is_long = matches!(&reading.value, Some(Value::Text(text)) if text.split_whitespace().count() > FEW);
    let answers = reading.value.as_ref().is_some_and(Value::is_certain);
    reading.yes_no == Some(false) && !answers && !is_long
}

/// Digits in groups of so many, as they are dictated.
fn grouped(digits: &str, size: usize) -> String {
    let digits: Vec<char> = digits.chars().collect();
    let groups: Vec<String> = digits.chunks(size).map(|group| group.iter().collect()).collect();
    groups.join(" ")
}
