//! Fills in a form: takes what was said already, asks for the rest question by question, reads the answers back, corrects
//! what is wrong without starting over, and says that the request is noted only once it is on disk.
//!
//! ```text
//! offer ─ yes ─► question ─ answer ─► next question … ─► summary ─ yes ─► on disk ─► "numéro 4 2 7"
//!                  │  ▲                                  │  │  ▲
//!         "non" ◄──┘  └── no ── one by one: right? ◄─ no ┘  └──┘ "non, 42, pas 52"
//!                     └── "oui, sauf le nom" ◄───────────┘
//! ```

mod beside;
mod correct;
mod keys;
mod read_back;

use chrono::NaiveDate;

use super::phrases::Phrase;
use super::plan::{Action, Field, Form};
use super::{Act, Question, State, Turn};
use crate::pii::Pii;
use crate::understand::completeness::Completeness;
use crate::understand::{
    Reading, TopicMatch, Value, address, aside, date, name, normalise, numbers, objection, phone, value, yes_no,
};
use crate::units::Expect;
pub(super) use read_back::{grouped, in_words};

/// So many answers that are none, and the question is left out, or a message taken instead of the form.
const MOST_TRIES: u32 = 3;
/// Digits of a French telephone number.
const PHONE: usize = 10;
/// A "non" of no more words answers nothing else.
const FEW: usize = 3;
/// Key of what the caller adds to the answers, where requests are read.
const ADDED: &str = "ajout";
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
    /// Digits of a telephone number that was said in part.
    spoken: String,
    /// What the caller wants to be noted beside the answers.
    remark: Option<String>,
    /// Whether a question was left without an answer, as none was understood.
    left_out: bool,
    /// The question of which the caller was told what it means to leave it without an answer.
    warned: Option<usize>,
    /// The last day that was refused.
    refused: Option<NaiveDate>,
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
    /// What the caller wants to be noted beside them.
    pub remark: Option<Value>,
}

impl Request {
    /// The answers as they are written for staff, each with the key and the name of its question; what the caller added
    /// comes last.
    pub fn answers<'r>(&'r self, form: &'r Form) -> impl Iterator<Item = (&'r str, &'r str, &'r Value)> {
        let fields = form.fields.iter().zip(&self.values);
        let added = self.remark.iter().map(|remark| (ADDED, "Ajout", remark));
        fields
            .map(|(field, value)| (field.id.as_str(), field.label.as_str(), value))
            .chain(added)
    }
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
            spoken: String::new(),
            remark: None,
            left_out: false,
            warned: None,
            refused: None,
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
        self.take_address_told(story.map(String::as_str));
        self.take_own_number();
        self.next_question();
    }

    /// "Envoyez-le chez moi, 8 rue des Lavandières": where no question of the form asks for a place, it goes with the request.
    fn take_address_told(&mut self, story: Option<&str>) {
        const SENT: [&str; 5] = ["envoyez", "envoyer", "envoie", "postez", "mon adresse"];
        let asks_where = |field: &Field| field.expect == Expect::Place;
        let is_sent = |story: &&str| {
            let words = normalise::folded_words(story);
            SENT.iter().any(|sent| normalise::contains(&words, sent))
        };
        if self.form().is_none_or(|form| form.fields.iter().any(asks_where)) {
            return;
        }
        let find = |story: &str| value::volunteered(story, Expect::Place, self.now, &self.dialogue.plan.lexicon);
        if let Some(Value::Text(place)) = story.filter(is_sent).and_then(find).filter(is_numbered) {
            self.remark(place);
        }
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

    /// Keeps what stands in `text` for questions that are still open, and what it tells more of a place.
    fn take_in(&mut self, text: &str) {
        for field in 0..self.fields() {
            let noted = self.dialogue.filling.as_ref().map(|filling| &filling.values[field]);
            let told = match noted {
                Some(None) => self.volunteered(field, text),
                Some(Some(noted)) => self.detailed(field, noted, text),
                None => None,
            };
            told.into_iter().for_each(|value| self.keep(field, value));
        }
    }

    /// The place that was noted, with what `text` tells more of it.
    fn detailed(&self, field: usize, noted: &Value, text: &str) -> Option<Value> {
        match noted {
            Value::Text(place) if self.field(field)?.expect == Expect::Place => {
                address::detailed(text, place, &self.dialogue.plan.lexicon.streets).map(Value::Text)
            }
            _ => None,
        }
    }

    /// What answers this question in `text`, where no other one asks for the same.
    fn volunteered(&self, field: usize, text: &str) -> Option<Value> {
        let asked = self.field(field)?;
        let (question, expect) = (&asked.question, asked.expect);
        let fields = self.form()?.fields.iter();
        // What any words answer is told only in words that name it.
        let alone = expect == Expect::Text || fields.filter(|field| field.expect == expect).count() == 1;
        let find = || value::volunteered_to(question, text, expect, self.now, &self.dialogue.plan.lexicon);
        alone.then(find).flatten()
    }

    /// Whether words that are neither yes nor no answer a question of this form already: "le déplacer", "avenue du Vercors".
    pub(super) fn begins_form(&self, form: usize, reading: &Reading) -> bool {
        let text = reading.text.reveal();
        let is_told = |field: &Field| {
            matches!(field.expect, Expect::Option(_) | Expect::Place)
                && value::volunteered(text, field.expect, self.now, &self.dialogue.plan.lexicon).is_some()
        };
        reading.yes_no.is_none()
            && reading.topic.is_none()
            && reading.service.is_none()
            && !aside::asks(text)
            && self.dialogue.plan.forms[form].fields.iter().any(is_told)
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
            (Question::Summary, Some(true)) if self.wants_another(reading) => {
                let more = Reading {
                    yes_no: None,
                    ..reading.clone()
                };
                self.dialogue.pending = Some(Box::new(more));
                self.submit();
            }
            (Question::Summary | Question::Check(_), _) if self.add_to(question, reading) => {}
            (Question::Summary, _) if self.amend(reading, None) => {}
            (Question::Check(field), _) if self.amend(reading, Some(*field)) => {}
            (Question::Summary | Question::Check(_), _) if gives_up => self.ask(Question::DropForm(None)),
            // "Oui, sauf le téléphone" is no yes.
            (Question::Summary, said) if said == Some(false) || objection::objects(text) => self.ask_anew(None, text),
            (Question::Check(field), said) if said == Some(false) || objection::objects(text) => {
                self.ask_anew(Some(*field), text);
            }
            (Question::Summary | Question::Check(_), None) if self.only_names(text) => self.ask_anew(None, text),
            (_, None) if self.answer_aside(question, reading) => {}
            (Question::Summary, None) if self.dialogue.trouble == 0 && !self.calls_back() => {
                self.dialogue.trouble += 1;
                self.phrase(Phrase::SayWhatIsWrong);
                self.wait(question.clone());
            }
            (Question::Summary | Question::Check(_), None)
                if self.dialogue.trouble + 1 >= MOST_TRIES && !self.calls_back() =>
            {
                self.join_to_message();
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
        let question = Question::Field(field, expect);
        let value = match (expect, self.field(field)) {
            (Expect::YesNo, Some(field)) => {
                yes_no::to_question(&field.question, text, reading.yes_no).map(Value::YesNo)
            }
            (_, asked) => {
                let found = reading.value.clone();
                let found = found.filter(|value| !says_nothing(value, reading) && !self.says_again(value, text));
                let asked = asked.map_or("", |field| &field.question);
                let found = value::to_question(asked, text, expect, found, self.now.date());
                // "Le 25 décembre." – "Ce jour-là, c'est fermé." – "Alors le 28."
                let refused = self.dialogue.filling.as_ref().and_then(|filling| filling.refused);
                let refused = refused.filter(|_| expect == Expect::Date);
                let instead = refused.and_then(|day| date::amended(text, day, self.now.date()));
                instead.map(Value::Date).or(found)
            }
        };
        let is_free = matches!(expect, Expect::Text | Expect::Place | Expect::YesNo);
        let has_none = if is_free {
            objection::only_has_none
        } else {
            objection::has_none
        };
        match value {
            _ if reading.completeness == Completeness::AsksForTime => {
                self.phrase(Phrase::TakeYourTime);
                self.wait(question);
            }
            // "Non, chemin des Tanneurs" puts right what was answered before.
            _ if objection::corrects(text) && self.amend_earlier(field, reading) => {}
            _ if name::only_spells(text) && self.spells_a_name(field, text) => self.ask(question),
            Some(value) if value.is_certain() => self.note(field, value, text),
            // "Le plus tôt possible" is no day, and tells more than that none was given.
            None if matches!(expect, Expect::Date | Expect::Time) && objection::is_indifferent(text) => {
                self.note(field, Value::Text(text.to_owned()), text);
            }
            _ if self.answer_aside(&question, reading) => {}
            _ if expect == Expect::Phone && has_none(text) && self.first_without(field) => {
                self.phrase(Phrase::NoNumber);
                if objection::has_no_phone(text) {
                    let none = self.not_given();
                    return self.note(field, none, text);
                }
                self.ask(question);
            }
            _ if !self.calls_back() && has_none(text) => {
                let none = self.not_given();
                self.note(field, none, text);
            }
            value if expect != Expect::YesNo && declines(reading, value.as_ref()) => {
                self.ask(Question::DropForm(Some((field, expect))));
            }
            Some(value) => self.note(field, value, text),
            None if expect == Expect::Phone && self.take_phone(field, text) => {}
            None if self.amend_earlier(field, reading) => {}
            None if expect == Expect::Date && date::is_several(text, self.now.date()) => {
                self.phrase(Phrase::OneDay);
                self.wait(question);
            }
            None if expect == Expect::Date && date::is_impossible(text) => {
                self.phrase(Phrase::NoSuchDay);
                self.ask(question);
            }
            None => match aside::added(text).filter(|added| !added.may_correct) {
                Some(added) => {
                    self.remark(added.text);
                    self.ask(question);
                }
                None => self.ask_again(field),
            },
        }
    }

    /// "Annuler", where a name is asked for and they said already that they want to: no name.
    fn says_again(&self, value: &Value, text: &str) -> bool {
        const MOST: usize = 2;
        let Some(filling) = self.dialogue.filling.as_ref().filter(|filling| filling.tries == 0) else {
            return false;
        };
        let is_short = matches!(value, Value::Name(_)) && text.split_whitespace().count() <= MOST;
        let lexicon = &self.dialogue.plan.lexicon;
        let chosen = |(at, value): (usize, Option<&Value>)| match (self.field(at)?.expect, value?) {
            (Expect::Option(of), Value::Option(name)) => Some(lexicon.options.get(of)?.volunteered(text)? == *name),
            _ => None,
        };
        is_short && filling.values().enumerate().any(|answer| chosen(answer) == Some(true))
    }

    /// "Gautier sans H." – "G, A, U, T, I, E, R": what was noted is spelled, as it is written.
    fn spells_a_name(&self, field: usize, text: &str) -> bool {
        let Some(spelled) = name::name(text) else { return false };
        let is_it = |value: &Value| matches!(value, Value::Name(name) if name.ends_with(&spelled));
        let filling = self.dialogue.filling.iter();
        let others = filling.flat_map(|filling| filling.values().enumerate());
        others
            .filter(|(at, _)| *at != field)
            .any(|(_, value)| value.is_some_and(is_it))
    }

    /// Whoever else, or which day, is named after what was taken for the answer: "Anne Blanc et Marie Blanc".
    fn second_answer(&self, field: usize, value: &Value, text: &str) -> Option<String> {
        const MOST: usize = 6;
        let (_, rest) = text
            .split_once(" et ")
            .filter(|(_, rest)| rest.split_whitespace().count() <= MOST)?;
        let expect = self.field(field)?.expect;
        let second = value::answer(rest, expect, self.now, &self.dialogue.plan.lexicon)?;
        let is_second = match (value, &second) {
            (Value::Name(first), Value::Name(second)) => [first, second].iter().all(|name| name.contains(' ')),
            (Value::Date(_), Value::Date(_)) => true,
            _ => false,
        };
        let rest = rest.trim_end_matches(|c: char| !c.is_alphanumeric());
        (is_second && second != *value).then(|| rest.to_owned())
    }

    /// Whether the caller has not been told yet that nobody can call back without this answer.
    fn first_without(&mut self, field: usize) -> bool {
        let calls_back = self.calls_back();
        let filling = self.dialogue.filling.as_mut().filter(|_| !calls_back);
        filling.is_some_and(|filling| filling.warned.replace(field) != Some(field))
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
        // "Zéro six quarante-deux … zéro six quarante-deux dix-huit": they begin again.
        if part.starts_with(&filling.spoken) {
            filling.spoken.clear();
        }
        let is_part = part.len() % 2 == 0 && (part.starts_with('0') || !filling.spoken.is_empty());
        if !is_part || filling.spoken.len() + part.len() > PHONE {
            filling.spoken.clear();
            return false;
        }
        filling.spoken.push_str(&part);
        if filling.spoken.len() == PHONE {
            let number = std::mem::take(&mut filling.spoken);
            self.note(field, Value::Phone(number), "");
        } else {
            self.phrase(Phrase::Listening);
            self.wait(Question::Field(field, Expect::Phone));
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
            remark: filling.remark.clone().map(Value::Text),
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
                self.say_reference(reference);
                self.dialogue.reference = Some(reference.to_owned());
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
        if let Some(why) = self.refuses(field, &value) {
            if let (Value::Date(day), Some(filling)) = (&value, &mut self.dialogue.filling) {
                filling.refused = Some(*day).filter(|day| *day > self.now.date());
            }
            self.phrase(why);
            return self.ask_field(field);
        }
        // A free text is kept with what it adds.
        let added = aside::added(text).filter(|added| !added.may_correct && !matches!(value, Value::Text(_)));
        let second = self.second_answer(field, &value, text);
        self.keep(field, value);
        self.take_in(text);
        let added = added.map(|added| added.text).or(second);
        added.into_iter().for_each(|added| self.remark(added));
        self.next_question();
    }

    /// Keeps an answer; a day on which the service is closed is none.
    pub(super) fn keep(&mut self, field: usize, value: Value) {
        if self.refuses(field, &value).is_some() {
            return;
        }
        // What no other call says is rendered live: during the next question, so that the summary has no gaps.
        if let Some(question) = self.field(field).cloned() {
            let texts = self.reading(&question, &value);
            self.acts.extend(texts.into_iter().map(Act::Prepare));
        }
        if let Some(filling) = &mut self.dialogue.filling {
            filling.values[field] = Some(value);
            filling.refused = None;
            filling.tries = 0;
            filling.keys.clear();
            filling.spoken.clear();
        }
    }

    /// Why this day is none, where one is asked for on which the service is open: it is not, or the day is past.
    pub(super) fn refuses(&self, field: usize, value: &Value) -> Option<Phrase> {
        let (form, Value::Date(day)) = (self.form()?, value) else {
            return None;
        };
        let plan = &self.dialogue.plan;
        let schedule = plan.services[form.service].schedule.as_ref();
        let schedule = schedule.and_then(|name| plan.schedules.get(name));
        match form.fields[field].open_day {
            true if *day < self.now.date() => Some(Phrase::DayIsPast),
            true => (!schedule?.opens_on(*day)).then_some(Phrase::ClosedThatDay),
            false => None,
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
        let Some(filling) = &mut self.dialogue.filling else {
            return;
        };
        filling.tries += 1;
        if filling.tries >= MOST_TRIES {
            return self.leave_out(field);
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

    /// No answer to this question was understood: it is left out, once, where others were answered. Else a message is taken,
    /// and what was answered goes with it.
    fn leave_out(&mut self, field: usize) {
        let calls_back = self.calls_back();
        let Some(filling) = &mut self.dialogue.filling else {
            return;
        };
        let answered = !calls_back && filling.values.iter().any(Option::is_some);
        if answered && !std::mem::replace(&mut filling.left_out, true) {
            self.phrase(Phrase::LeftOut);
            let none = self.not_given();
            return self.note(field, none, "");
        }
        if answered {
            return self.join_to_message();
        }
        let service = self.form().map(|form| form.service);
        self.dialogue.filling = None;
        service.into_iter().for_each(|service| self.take_message(service));
    }

    /// Takes a message in place of the form; what was answered goes with it.
    fn join_to_message(&mut self) {
        self.phrase(Phrase::JoinedToMessage);
        let service = self.form().map(|form| form.service);
        service.into_iter().for_each(|service| self.take_message(service));
    }

    /// What stands for an answer that was not given.
    fn not_given(&self) -> Value {
        let none = self.dialogue.phrases.get(Phrase::NotGiven);
        Value::Text(none.trim_end_matches('.').to_owned())
    }

    pub(super) fn form(&self) -> Option<&Form> {
        let filling = self.dialogue.filling.as_ref()?;
        self.dialogue.plan.forms.get(filling.form)
    }

    pub(super) fn field(&self, field: usize) -> Option<&Field> {
        self.form()?.fields.get(field)
    }
}

/// Whether a place is told with its number in the street.
fn is_numbered(place: &Value) -> bool {
    matches!(place, Value::Text(place) if !numbers::numbers_in(place, true).is_empty())
}

/// "Non", "non merci": no answer, and no text that begins so.
fn declines(reading: &Reading, value: Option<&Value>) -> bool {
    let is_long = matches!(value, Some(Value::Text(text)) if text.split_whitespace().count() > FEW);
    reading.yes_no == Some(false) && !value.is_some_and(Value::is_certain) && !is_long
}

/// "Bonjour", "oui oui", "ça dépend": no answer where any words are one.
fn says_nothing(value: &Value, reading: &Reading) -> bool {
    let Value::Text(text) = value else { return false };
    let agrees = reading.yes_no == Some(true) && text.split_whitespace().count() <= FEW;
    agrees || reading.backchannel || reading.opening || aside::is_undecided(text)
}
