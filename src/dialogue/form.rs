//! Fills in a form: takes what was said already, asks for the rest question by question, reads the answers back, corrects
//! what is wrong without starting over, and says that the request is noted only once it is on disk.
//!
//! ```text
//! offer ─ yes ─► question ─ answer ─► next question … ─► summary ─ yes ─► on disk ─► "numéro 4 2 7"
//!                  │  ▲                                  │  │  ▲
//!         "non" ◄──┘  └── no ── one by one: right? ◄─ no ┘  └──┘ "non, 42, pas 52"
//!                     └── "oui, sauf le nom" ◄───────────┘
//! ```

mod correct;
mod read_back;

use super::phrases::Phrase;
use super::plan::{Action, Field, Form};
use super::{Act, Question, State, Turn};
use crate::pii::Pii;
use crate::understand::completeness::Completeness;
use crate::understand::{Reading, TopicMatch, Value, objection, phone, value};
use crate::units::Expect;
pub(super) use read_back::{grouped, in_words};

/// So many answers that are none, and a message is taken instead.
const MOST_TRIES: u32 = 3;
/// Digits of a French telephone number.
const PHONE: usize = 10;
/// A "non" of no more words answers nothing else.
const FEW: usize = 3;
/// What stands for the first 0 of a French number that is dialled from abroad.
const ABROAD: &str = "0033";
/// Digits of a sum of whole euros.
const MOST_EUROS: usize = 7;
/// Keys that are worth keeping: no number is longer.
const MOST_KEYS: usize = 30;
/// What was said in so many turns before a form may answer its questions.
const MOST_TOLD: usize = 4;

/// A form being filled in.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Filling {
    /// Index in the plan's forms.
    pub(super) form: usize,
    /// Answers, by field.
    values: Vec<Option<Value>>,
    /// Answers to the present question that were none.
    tries: u32,
    /// Digits typed so far as the answer to the present question.
    keys: String,
}

impl Filling {
    /// The answers so far, by field.
    pub(super) fn values(&self) -> impl Iterator<Item = Option<&Value>> {
        self.values.iter().map(Option::as_ref)
    }
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
    /// The caller wants this form: the first question that what they told has not answered yet.
    pub(super) fn fill(&mut self, form: usize) {
        let fields = self.plan().forms[form].fields.len();
        self.dialogue.filling = Some(Filling {
            form,
            values: vec![None; fields],
            tries: 0,
            keys: String::new(),
        });
        let told = std::mem::take(&mut self.dialogue.told);
        told.iter().for_each(|text| self.take_in(text.reveal()));
        let story = told.iter().map(Pii::reveal).max_by_key(|text| text.chars().count());
        let fields = &self.plan().forms[form].fields;
        let told = fields.iter().position(|field| field.told);
        if let (Some(field), Some(story)) = (told, story.filter(|story| story.split_whitespace().count() > FEW)) {
            let story = value::answer(story, Expect::Text, self.now, &self.dialogue.plan.lexicon);
            story.into_iter().for_each(|story| self.keep(field, story));
        }
        self.take_own_number();
        self.next_question();
    }

    /// Remembers what was said before a form was wanted: it may answer some of its questions.
    pub(super) fn remember(&mut self, question: &Question, reading: &Reading) {
        let goes_on = matches!(question, Question::About(_) | Question::Between(_) | Question::Form(_));
        let told = &mut self.dialogue.told;
        if !goes_on {
            told.clear();
        }
        if told.len() < MOST_TOLD {
            told.push(reading.text.clone());
        }
    }

    /// Keeps what stands in `text` for questions that are still open.
    fn take_in(&mut self, text: &str) {
        for field in 0..self.fields() {
            let open = self
                .dialogue
                .filling
                .as_ref()
                .is_some_and(|filling| filling.values[field].is_none());
            if open && let Some(value) = self.volunteered(field, text) {
                self.keep(field, value);
            }
        }
    }

    /// What answers this question in `text`, where no other one asks for the same.
    fn volunteered(&self, field: usize, text: &str) -> Option<Value> {
        let expect = self.field(field)?.expect;
        let alone = self
            .form()?
            .fields
            .iter()
            .filter(|field| field.expect == expect)
            .count()
            == 1;
        let find = || value::volunteered(text, expect, self.now, &self.dialogue.plan.lexicon);
        alone.then(find).flatten()
    }

    /// Whether this topic leads to that form.
    pub(super) fn leads_to(&self, topic: &TopicMatch, form: usize) -> bool {
        let mut topics = self.dialogue.plan.topics.iter();
        topics.any(|t| t.id == topic.id && matches!(t.action, Action::Form(_, f) if f == form))
    }

    /// What the caller said when asked a question of a form.
    pub(super) fn hear_for_form(&mut self, question: &Question, reading: &Reading) {
        let text = reading.text.reveal();
        let gives_up = objection::gives_up(text) && reading.yes_no != Some(true);
        match (question, reading.yes_no) {
            (Question::Field(field, expect), _) => self.fill_in(*field, *expect, reading),
            (Question::DropForm(_), _) if gives_up => self.drop_form(),
            (Question::Summary, _) if self.amend(reading, None) => {}
            (Question::Check(field), _) if self.amend(reading, Some(*field)) => {}
            (Question::Summary | Question::Check(_), _) if gives_up => self.ask(Question::DropForm(None)),
            // "Oui, sauf le téléphone" is no yes.
            (Question::Summary, said) if said == Some(false) || objection::objects(text) => self.ask_anew(None, text),
            (Question::Check(field), said) if said == Some(false) || objection::objects(text) => {
                self.ask_anew(Some(*field), text);
            }
            (_, None) => self.yes_or_no_again(question.clone()),
            (Question::Check(field), Some(_)) => self.check_after(*field),
            (Question::Summary, Some(_)) => self.submit(),
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
        let text = reading.text.reveal();
        let is_answer = matches!(expect, Expect::Text | Expect::Place | Expect::YesNo);
        match &reading.value {
            _ if reading.completeness == Completeness::AsksForTime => {
                self.phrase(Phrase::TakeYourTime);
                self.wait(Question::Field(field, expect));
            }
            Some(value) if !is_answer && value.is_certain() => self.note(field, value.clone(), text),
            // "Le plus tôt possible" is no day, and tells more than that none was given.
            None if matches!(expect, Expect::Date | Expect::Time) && objection::is_indifferent(text) => {
                self.note(field, Value::Text(text.to_owned()), text);
            }
            _ if !is_answer && !self.calls_back() && objection::has_none(text) => {
                let none = self.dialogue.phrases.get(Phrase::NotGiven).trim_end_matches('.');
                self.note(field, Value::Text(none.to_owned()), text);
            }
            _ if expect != Expect::YesNo && declines(reading) => self.ask(Question::DropForm(Some((field, expect)))),
            Some(value) => self.note(field, value.clone(), text),
            None if expect == Expect::Phone && self.take_phone(field, text) => {}
            None if self.amend_earlier(field, reading) => {}
            None => self.ask_again(field),
        }
    }

    /// A telephone number that is none yet: the one from which the caller calls, or a part of one, whose rest is waited for.
    fn take_phone(&mut self, field: usize, text: &str) -> bool {
        if let (true, Some(number)) = (objection::is_own_number(text), self.dialogue.number.clone()) {
            self.note(field, Value::Phone(number.reveal().clone()), "");
            return true;
        }
        let (Some(part), Some(filling)) = (phone::digits(text), &mut self.dialogue.filling) else {
            return false;
        };
        let is_part = part.len() % 2 == 0 && (part.starts_with('0') || !filling.keys.is_empty());
        if !is_part || filling.keys.len() + part.len() > PHONE {
            filling.keys.clear();
            return false;
        }
        filling.keys.push_str(&part);
        if filling.keys.len() == PHONE {
            self.typed(field);
        } else {
            self.phrase(Phrase::Listening);
            self.wait(Question::Field(field, Expect::Phone));
        }
        true
    }

    /// A key was pressed while a question of the form is open; false where keys do not answer it.
    pub(super) fn type_in(&mut self, field: usize, key: char) -> bool {
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
    pub(super) fn typed(&mut self, field: usize) -> bool {
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

    /// This answer is right; the next?
    fn check_after(&mut self, field: usize) {
        if field + 1 < self.fields() {
            self.ask(Question::Check(field + 1));
        } else {
            self.ask(Question::Summary);
        }
    }

    /// The summary was right: to the disk with it.
    pub(super) fn submit(&mut self) {
        let Some(filling) = &self.dialogue.filling else { return };
        let request = Request {
            form: filling.form,
            values: filling.values.iter().flatten().cloned().collect(),
        };
        self.dialogue.state = State::Submitting { form: filling.form };
        self.dialogue.filling = None;
        self.note_request(request.clone());
        self.acts.push(Act::Submit(request));
    }

    /// The request is on disk under this reference, or is not.
    pub(super) fn submitted(&mut self, reference: Option<&str>) {
        let State::Submitting { form } = self.dialogue.state else {
            return;
        };
        let (service, calls_back) = (
            self.dialogue.plan.forms[form].service,
            self.dialogue.plan.forms[form].calls_back,
        );
        match reference {
            None if calls_back => return self.call_back_lost(service),
            Some(reference) => {
                self.dialogue.waiting = None;
                let kept = if calls_back {
                    Phrase::CallBackKept
                } else {
                    Phrase::FormKept
                };
                self.phrase_for_service(kept, service);
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
        let calls_back = self.calls_back();
        self.dialogue.filling = None;
        self.phrase(Phrase::FormDropped);
        if !(calls_back && self.queue_again()) {
            self.ask(Question::More);
        }
    }

    /// Speaks the question of a field.
    pub(super) fn put(&mut self, field: usize) {
        if let Some(question) = self.field(field).map(|field| field.question.clone()) {
            self.say(question);
        }
    }

    /// Speaks it, and waits for the answer.
    fn ask_field(&mut self, field: usize) {
        if let Some(expect) = self.field(field).map(|field| field.expect) {
            self.ask(Question::Field(field, expect));
        }
    }

    /// How many questions the form has.
    pub(super) fn fields(&self) -> usize {
        self.form().map_or(0, |form| form.fields.len())
    }

    /// Keeps the answer to a question, with what else `text` answers, and asks what is still open.
    fn note(&mut self, field: usize, value: Value, text: &str) {
        self.dialogue.trouble = 0;
        self.keep(field, value);
        self.take_in(text);
        self.next_question();
    }

    /// Keeps an answer.
    pub(super) fn keep(&mut self, field: usize, value: Value) {
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
        match self.field(field).map(|field| field.expect) {
            Some(expect @ (Expect::Phone | Expect::Digits | Expect::Amount)) if again => {
                self.phrase(Phrase::FieldByKeys);
                self.wait(Question::Field(field, expect));
            }
            _ => self.ask_field(field),
        }
    }

    pub(super) fn form(&self) -> Option<&Form> {
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
