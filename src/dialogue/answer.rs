//! Answers what is certain, and what leans on it; takes the answer to "which of the two?".

use super::consider::STANDS_OUT;
use super::opening::is_of_town_hall;
use super::phrases::Phrase;
use super::plan::Action;
use super::{Considered, Question, Subject, Turn, consider, knowledge, tell};
use crate::understand::choice::Choice;
use crate::understand::contact::Contact;
use crate::understand::fact::Fact;
use crate::understand::{Reading, TopicMatch, Value, aside, catalogue, follow_up, happenings, normalise, opening};

/// From this confidence on, what was not accepted is told apart from the other that was asked about.
const WORTH_ASKING: f32 = 0.35;

/// All that a caller names has to stand in the last answer for it to be told from that, where something else may be meant.
pub(super) const ALL: f32 = 1.0;

/// The question whether this is meant, or which of two.
pub(super) fn which(subject: Subject, near: Option<Subject>) -> Question {
    near.map_or(Question::About(subject), |near| Question::Between([subject, near]))
}

impl Turn<'_> {
    /// Whether it leads to a person, and no more than that.
    pub(super) fn is_transfer(&self, subjects: &[Subject]) -> bool {
        let topics = &self.dialogue.plan.topics;
        matches!(subjects, [Subject::Topic(topic)] if matches!(topics[*topic].action, Action::Transfer(_)))
    }

    /// Answers what is certain; where there are two, the second one's question comes after both.
    pub(super) fn answer_all(&mut self, subjects: &[Subject], reading: &Reading) {
        self.dialogue.trouble = 0;
        match subjects {
            [subject] if self.tell_day(*subject, reading) => {}
            [first @ .., last] => {
                first.iter().for_each(|subject| self.say_answer(*subject));
                self.answer(*last);
            }
            [] => {}
        }
    }

    /// "Et le samedi ?", "et c'est payant ?": what the last answer says of that, or all of it again, in words that may suit
    /// the question better; false where nothing was answered yet.
    pub(super) fn follow_up(&mut self, reading: &Reading) -> bool {
        let Some(subject) = self.dialogue.about else {
            return false;
        };
        if self.tell_day(subject, reading) || self.tell_other_dates(subject, reading) {
            self.dialogue.trouble = 0;
            return true;
        }
        if let Subject::Agenda(told) = subject {
            let period = happenings::period_after(reading.text.reveal(), self.now.date(), told);
            return period.is_some_and(|period| {
                self.answer(Subject::Agenda(period));
                true
            });
        }
        if let Some(contact) = self.contact_asked(subject, reading) {
            self.answer(Subject::Contact(contact));
            return true;
        }
        let leads_on = matches!(subject, Subject::Topic(_) | Subject::Passage(_))
            && !follow_up::names_another(reading.text.reveal(), &self.known_of(subject));
        if leads_on {
            self.tell_on(subject, reading);
        }
        leads_on
    }

    /// "Et l'adresse ?", "c'est où exactement ?" after what was told of the town hall.
    fn contact_asked(&self, subject: Subject, reading: &Reading) -> Option<Contact> {
        let plan = &self.dialogue.plan;
        let of_town_hall = match subject {
            Subject::Contact(_) => true,
            Subject::Topic(topic) => is_of_town_hall(plan, topic),
            _ => false,
        };
        let text = reading.text.reveal();
        let contact = match of_town_hall {
            true if Fact::Place.is_asked(text) => Contact::Address,
            true if Fact::Phone.is_asked(text) => Contact::Phone,
            _ => return None,
        };
        tell::contact(plan, &self.dialogue.phrases, contact, self.now).map(|_| contact)
    }

    /// Answers what leans on the last answer although it sounds like a subject of its own; false where it is one.
    pub(super) fn lean(&mut self, question: &Question, considered: &Considered, reading: &Reading) -> bool {
        if !reading.leans {
            return false;
        }
        let text = reading.text.reveal();
        // "Est-ce bien votre question ?" "C'est quel jour ?": it is.
        if let Question::About(subject) = *question
            && asks(text)
            && !follow_up::names_another(text, &self.known_of(subject))
        {
            self.answer_what_was_asked(subject);
            return true;
        }
        let (Some(about), Considered::Sure(subjects)) = (self.dialogue.about, considered) else {
            return false;
        };
        // "Et pour quelqu'un de l'extérieur ?" wants nobody.
        let wants_nobody = self.is_transfer(subjects) && follow_up::is_for_whom(text);
        let is_same = subjects == &[about];
        if self.tell_of_what_is_named(reading, ALL) || is_same && self.tell_day(about, reading) {
            return true;
        }
        if is_same || wants_nobody {
            self.tell_on(about, reading);
        }
        is_same || wants_nobody
    }

    /// Says what the last answer has on what leans on it; where it has nothing on what is asked for, that it has not, or else
    /// all of it again.
    fn tell_on(&mut self, subject: Subject, reading: &Reading) {
        let plan = self.plan();
        let text = reading.text.reveal();
        self.dialogue.trouble = 0;
        // Hours are filled in when they are told: they are in no sentence.
        let tells_hours = matches!(subject, Subject::Topic(topic) if !plan.topics[topic].action.is_fixed());
        match subject {
            _ if self.tell_what_is_asked(subject, reading) => {}
            // Its day and place are said before its text.
            Subject::Passage(passage)
                if plan.knowledge[passage].event.is_some()
                    && [Fact::Moment, Fact::Place].iter().any(|fact| fact.is_asked(text)) =>
            {
                self.say_answer(subject);
            }
            // All of it again would not answer.
            _ if asks(text) && !(tells_hours && opening::asks(text)) => self.phrase(Phrase::NotWritten),
            Subject::Topic(topic) if !tells_hours => {
                let label = plan.topics[topic].label.clone();
                self.tell(plan.topics[topic].action.text(), &label);
            }
            _ => self.say_answer(subject),
        }
        self.ask_what_follows(subject);
    }

    /// Says what the answer has on what is asked after it, and no more of it; false where it has nothing.
    pub(super) fn tell_what_is_asked(&mut self, subject: Subject, reading: &Reading) -> bool {
        let sentences = self.sentences_of(subject);
        let telling = follow_up::telling(reading.text.reveal(), &self.known_of(subject), &sentences);
        telling.iter().for_each(|sentence| self.say(*sentence));
        !telling.is_empty()
    }

    /// "Et le columbarium ?", "il y a de l'attente ?": says what the last answer has on what is named, where all of that
    /// stands in it (`share`: so much of it, from 0 to 1), and the facts that are asked for; false elsewhere.
    pub(super) fn tell_of_what_is_named(&mut self, reading: &Reading, share: f32) -> bool {
        let Some(subject) = self.dialogue.about else {
            return false;
        };
        let sentences = self.sentences_of(subject);
        let asked = reading.text.reveal();
        let telling = follow_up::telling(asked, &self.known_of(subject), &sentences);
        let tells = asked.split_whitespace().count() <= follow_up::LONGEST
            && follow_up::share_named(asked, &telling).is_some_and(|told| told >= share);
        if tells {
            self.dialogue.trouble = 0;
            telling.iter().for_each(|sentence| self.say(*sentence));
            self.ask_what_follows(subject);
        }
        tells
    }

    /// The whole sentences that are said of a subject whatever the hour.
    fn sentences_of(&self, subject: Subject) -> Vec<String> {
        let plan = &self.dialogue.plan;
        let texts = match subject {
            Subject::Topic(topic) => plan.topics[topic].action.texts().collect(),
            Subject::Passage(passage) => vec![plan.knowledge[passage].text.as_str()],
            Subject::Service(_) | Subject::Agenda(_) | Subject::Contact(_) => Vec::new(),
        };
        let is_whole =
            |sentence: &&str| sentence.starts_with(char::is_uppercase) && sentence.ends_with(['.', '?', '!']);
        let sentences = texts.into_iter().flat_map(knowledge::sentences).filter(is_whole);
        sentences.map(str::to_owned).collect()
    }

    /// All that a subject is called, and what is said of it.
    fn known_of(&self, subject: Subject) -> String {
        let plan = &self.dialogue.plan;
        match subject {
            Subject::Topic(topic) => {
                let topic = &plan.topics[topic];
                let called = catalogue::subject(&topic.id).map_or("", |subject| subject.name);
                format!(
                    "{} {} {called} {}",
                    topic.label,
                    topic.action.text(),
                    topic.examples.join(" ")
                )
            }
            Subject::Passage(passage) => {
                let passage = &plan.knowledge[passage];
                format!("{} {} {}", passage.questions.join(" "), passage.subject, passage.text)
            }
            Subject::Service(service) => plan.services[service].name.clone(),
            Subject::Agenda(_) | Subject::Contact(_) => String::new(),
        }
    }

    /// Asks whether this is meant, or which of two.
    pub(super) fn ask_which(&mut self, subject: Subject, near: Option<Subject>, reading: &Reading) {
        self.dialogue.trouble = 0;
        self.doubt(reading);
        self.ask(which(subject, near));
    }

    /// What the caller said when asked which of two is meant.
    pub(super) fn choose(&mut self, subjects: [Subject; 2], reading: &Reading) {
        let plan = self.plan();
        let [one, other] = subjects;
        let choice = match reading.value {
            Some(Value::Choice(choice)) => Some(choice),
            _ => None,
        };
        let is_topic = |subject: Subject, found: &TopicMatch| matches!(subject, Subject::Topic(topic) if plan.topics[topic].id == found.id);
        let is_one_of_them = |found: &TopicMatch| subjects.iter().any(|subject| is_topic(*subject, found));
        let [of_one, of_other] = subjects.map(|subject| match subject {
            Subject::Topic(_) => {
                let found = reading.alternatives.iter().find(|found| is_topic(subject, found));
                found.map_or(0.0, |found| found.confidence)
            }
            Subject::Passage(passage) => {
                let found = reading.passages.iter().find(|found| found.passage == passage);
                found.map_or(0.0, |found| found.confidence)
            }
            Subject::Service(_) | Subject::Agenda(_) | Subject::Contact(_) => 0.0,
        });
        let is_told = |confidence| match (&reading.topic, reading.yes_no) {
            (Some(_), _) => true,
            (None, Some(false)) => false,
            (None, _) => confidence >= WORTH_ASKING,
        };
        self.dialogue.trouble = 0;
        match (choice, &reading.topic, reading.yes_no) {
            (Some(Choice::First), ..) => self.answer_what_was_asked(one),
            (Some(Choice::Second), ..) => self.answer_what_was_asked(other),
            (Some(Choice::Both), ..) => {
                self.say_answer(one);
                self.answer(other);
            }
            (None, Some(found), _) if !is_one_of_them(found) => match consider(&plan, reading, self.now) {
                Considered::Sure(subjects) => self.answer_all(&subjects, reading),
                Considered::Doubtful(subject, near) => self.ask_which(subject, near, reading),
                // A topic that was accepted is one of the two above: understanding is made from this very plan.
                Considered::Perhaps(..) | Considered::Nothing => self.not_understood(reading, true),
            },
            // Where only two are possible, little tells which: "oui, le PACS".
            (None, ..) if is_told(of_one) && of_one >= STANDS_OUT * of_other => self.answer_what_was_asked(one),
            (None, ..) if is_told(of_other) && of_other >= STANDS_OUT * of_one => self.answer_what_was_asked(other),
            (Some(Choice::Neither), ..) | (None, None, Some(false)) => {
                self.phrase(Phrase::SayOtherwise);
                self.wait(Question::Open);
            }
            // One at a time, then.
            _ => self.ask(Question::About(if of_other > of_one { other } else { one })),
        }
    }

    /// Says what answers a subject, and asks nothing.
    pub(super) fn say_answer(&mut self, subject: Subject) {
        let plan = self.plan();
        self.dialogue.hours = None;
        match subject {
            Subject::Topic(topic) => {
                if let Some(template) = plan.topics[topic].action.template() {
                    self.template(template);
                }
                self.told_hours_of(topic, None);
            }
            Subject::Passage(passage) => self.say_passage(passage, 0),
            Subject::Agenda(period) => self.say_happenings(period, 0),
            Subject::Contact(contact) => {
                let told = tell::contact(&plan, &self.dialogue.phrases, contact, self.now);
                told.into_iter().for_each(|text| self.say(text));
            }
            Subject::Service(_) => {}
        }
        self.dialogue.about = Some(subject);
    }

    /// Answers what is certain.
    pub(super) fn answer(&mut self, subject: Subject) {
        self.say_answer(subject);
        self.ask_what_follows(subject);
    }

    /// Remembers what was said, of which it is asked what it means.
    pub(super) fn doubt(&mut self, reading: &Reading) {
        self.dialogue.doubted = Some(Box::new(reading.clone()));
    }

    /// Answers what is certain now that we have asked: the day which was named is not lost with the question.
    pub(super) fn answer_what_was_asked(&mut self, subject: Subject) {
        let asked = self.dialogue.doubted.take();
        let is_told = asked.is_some_and(|asked| {
            self.tell_place_named(subject, &asked)
                || self.tell_day(subject, &asked)
                || self.tell_other_dates(subject, &asked)
        });
        if !is_told {
            self.answer(subject);
        }
    }

    /// What comes after an answer.
    fn ask_what_follows(&mut self, subject: Subject) {
        let plan = self.plan();
        let topic = match subject {
            Subject::Topic(topic) => &plan.topics[topic],
            Subject::Passage(passage) => return self.ask_after_part(passage, 0),
            Subject::Agenda(period) => return self.ask_after_happenings(period, 0),
            Subject::Service(service) => return self.pass_to(service),
            Subject::Contact(_) => return self.ask(Question::More),
        };
        match topic.action {
            Action::Answer(_) => self.ask(Question::More),
            Action::AnswerThenOffer(_) if self.can_take_calls(topic.service) => {
                self.ask(Question::Service(topic.service))
            }
            Action::AnswerThenOffer(_) => self.ask(Question::More),
            Action::Transfer(_) => self.pass_to(topic.service),
            Action::Message(_) => self.take_message(topic.service),
            Action::Form(_, form) => self.ask(Question::Form(form)),
        }
    }
}

/// Whether something is asked: what is told again would not answer it.
fn asks(text: &str) -> bool {
    const MAY: [&str; 6] = ["je peux", "on peut", "puis je", "peut on", "il y a", "y a t il"];
    let words = normalise::folded_words(text);
    aside::asks(text)
        || opening::asks(text)
        || !Fact::asked(text).is_empty()
        || MAY.iter().any(|phrase| normalise::contains(&words, phrase))
}
