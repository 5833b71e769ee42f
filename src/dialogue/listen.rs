//! What the caller did, read in the light of what we asked.

use super::answer::{ALL, which};
use super::consider::two_requests;
use super::opening::Asked;
use super::phrases::Phrase;
use super::plan::Target;
use super::{Considered, Question, State, Subject, Turn, consider};
use crate::understand::choice::Choice;
use crate::understand::completeness::Completeness;
use crate::understand::fact::Fact;
use crate::understand::{Command, Reading, Value, aside, count, elsewhere, follow_up, normalise, objection};
use crate::units::Expect;

/// Where nothing else makes sense, half of what a caller names stands in the last answer if it is told from that.
const HALF: f32 = 0.5;

/// A yes or a no of no more words says nothing else.
const LITTLE: usize = 2;

/// Whether something else is asked: "je sais pas trop, qu'est-ce que vous en pensez ?" is no new question.
fn is_question(text: &str) -> bool {
    follow_up::asks(text) && !objection::has_none(text)
}

impl Turn<'_> {
    /// The caller said something.
    pub(super) fn hear(&mut self, reading: &Reading, clear: bool) {
        let State::Listening(question) = self.dialogue.state.clone() else {
            return;
        };
        let waits = matches!(question, Question::Waiting(_) | Question::Instead(_));
        if !question.is_of_a_form() && !waits {
            self.remember(&question, reading);
            self.note_said(reading, clear);
        }
        if self.tell_reference(&question, reading) {
            return;
        }
        if let Some(command) = reading.command
            && self.obey(command, reading, &question)
        {
            return;
        }
        if question.is_of_a_form() {
            return self.hear_for_form(&question, reading);
        }
        if let (Question::Form(form), Some(topic)) = (&question, &reading.topic)
            && reading.yes_no != Some(false)
            && (reading.yes_no == Some(true) || !aside::asks(reading.text.reveal()))
            && self.leads_to(topic, *form)
        {
            // "Il est tombé devant l'école": they have begun already.
            return self.fill(*form);
        }
        if let Question::Form(form) = question
            && self.begins_form(form, reading)
        {
            return self.fill(form);
        }
        if let Question::Reference(tries) = question {
            return self.hear_reference(tries, reading);
        }
        if let Question::Request {
            reference,
            known,
            tries,
        } = &question
            && reading.yes_no.is_some()
        {
            return self.hear_whose(reference, *known, *tries, reading);
        }
        if let Question::Waiting(service) | Question::Instead(service) = question {
            return self.hear_who_waits(service, reading, clear);
        }
        if objection::leaves_a_message(reading.text.reveal()) && reading.yes_no != Some(false) {
            return self.take_message(reading.service.unwrap_or_else(|| self.who_knows_more()));
        }
        match self.two_requests(reading) {
            Some(parts) => self.hear_both(parts, clear),
            None => self.hear_request(question, reading, clear),
        }
    }

    /// The parts of what was said, where they are requests of their own; the hours of two places are two.
    fn two_requests(&self, reading: &Reading) -> Option<[Reading; 2]> {
        let parts = two_requests(&self.dialogue.plan, reading, self.now);
        let places = || {
            let parts = reading.requests.as_deref()?;
            let [first, then] = parts.each_ref().map(|part| self.hours_asked(part));
            (first? != then?).then_some(parts)
        };
        parts.or_else(places).cloned()
    }

    /// Two requests of one sentence: the second is heard once the first is served.
    fn hear_both(&mut self, parts: [Reading; 2], clear: bool) {
        let [mut first, mut then] = parts;
        // Who is put through is gone.
        let leaves = |reading: &Reading| match consider(&self.dialogue.plan, reading, self.now) {
            Considered::Sure(subjects) => reading.service.is_some() || self.is_transfer(&subjects),
            _ => reading.service.is_some(),
        };
        if leaves(&first) && !leaves(&then) {
            std::mem::swap(&mut first, &mut then);
        }
        self.dialogue.pending = Some(Box::new(then));
        self.at_once = true;
        self.question = first.text.clone();
        // A form takes its answers from its own request.
        self.dialogue.told = vec![first.text.clone()];
        self.hear_request(Question::Open, &first, clear);
    }

    /// Hears what else was asked for with what is served now; false where nothing was.
    pub(super) fn hear_pending(&mut self) -> bool {
        let Some(reading) = self.dialogue.pending.take() else {
            return false;
        };
        if !self.at_once {
            self.phrase(Phrase::YourOtherRequest);
        }
        self.question = reading.text.clone();
        self.dialogue.told = vec![reading.text.clone()];
        match self.two_requests(&reading) {
            Some(parts) => self.hear_both(parts, true),
            None => self.hear_request(Question::Open, &reading, true),
        }
        true
    }

    /// What the caller wants, or their answer to our question.
    fn hear_request(&mut self, question: Question, reading: &Reading, clear: bool) {
        if self.asks_another_town(reading) {
            self.dialogue.trouble = 0;
            self.phrase(Phrase::AnotherTown);
            return self.ask(Question::More);
        }
        let elsewhere;
        let reading = match self.hear_hours(reading) {
            Asked::Answered => return,
            Asked::Elsewhere(otherwise) => {
                elsewhere = *otherwise;
                &elsewhere
            }
            Asked::Anything => reading,
        };
        let chooses = reading.service.is_none() && reading.completeness != Completeness::AsksForTime;
        if let (Question::Between(subjects), true) = (&question, chooses) {
            return self.choose(*subjects, reading);
        }
        let considered = consider(&self.dialogue.plan, reading, self.now);
        let call_back = self.wants_call_back(&considered, reading);
        // "Non, pas de message, rappelez-moi plutôt": more than a no.
        let refuses = reading.yes_no == Some(false) && call_back.is_some();
        if !refuses
            && let Some(done) = self.answered(&question, reading)
            && done
        {
            return;
        }
        if let Some(form) = call_back {
            return self.ask(Question::Form(form));
        }
        match (considered, reading.service) {
            // "Passez-moi l'urbanisme": whoever was named, not the one that the topic leads to.
            (Considered::Sure(subjects), Some(service)) if self.is_transfer(&subjects) => self.pass_to(service),
            (Considered::Doubtful(subject, _), Some(service)) if self.is_transfer(&[subject]) => self.pass_to(service),
            (considered, None) if self.lean(&question, &considered, reading) => {}
            (Considered::Sure(subjects), _) => self.answer_all(&subjects, reading),
            _ if reading.leans && self.follow_up(reading) => {}
            (Considered::Doubtful(..) | Considered::Perhaps(..), None) if self.tell_of_what_is_named(reading, ALL) => {}
            (Considered::Doubtful(subject, near), _) => self.ask_which(subject, near, reading),
            (_, Some(service)) => self.pass_to(service),
            (perhaps, None) => self.hear_little(question, perhaps, reading, clear),
        }
    }

    /// Whether it is another town's mairie, market, … that is spoken of; not where the town has written of it.
    fn asks_another_town(&self, reading: &Reading) -> bool {
        let plan = &self.dialogue.plan;
        let here = || {
            let names = plan.services.iter().map(|service| service.name.as_str());
            let written = plan.knowledge.iter().map(|passage| passage.text.as_str());
            let all = [plan.town.name.as_str()].into_iter().chain(names).chain(written);
            all.chain(plan.words.iter().map(String::as_str))
                .collect::<Vec<_>>()
                .join(" ")
        };
        elsewhere::is_asked(reading.text.reveal(), &plan.town.neighbours, here)
    }

    /// What was said tells nothing that we are sure of.
    fn hear_little(&mut self, question: Question, perhaps: Considered, reading: &Reading, clear: bool) {
        match perhaps {
            _ if reading.completeness == Completeness::AsksForTime => {
                self.phrase(Phrase::TakeYourTime);
                self.wait(question);
            }
            // "Bonjour." And then nothing, "euh": they wait to hear that somebody listens.
            _ if (reading.opening || normalise::only_fillers(&normalise::words(reading.text.reveal())))
                && question.expect(&self.dialogue.plan) == Expect::Anything =>
            {
                self.phrase(Phrase::Listening);
                self.wait(Question::Open);
            }
            Considered::Nothing if self.tell_of_what_is_named(reading, HALF) => {}
            // "Est-ce bien votre question ?" "Combien coûte la carte de bibliothèque ?"
            Considered::Perhaps(subject, near)
                if question != Question::About(subject) && follow_up::asks(reading.text.reveal()) =>
            {
                self.doubt(reading);
                self.ask(which(subject, near));
            }
            _ if question.expect(&self.dialogue.plan) == Expect::YesNo => match self.said_otherwise(reading) {
                Some(subject) => self.ask(Question::About(subject)),
                None if clear && is_question(reading.text.reveal()) => self.not_understood(reading, clear),
                None => self.yes_or_no_again(question),
            },
            Considered::Perhaps(subject, near) => {
                self.doubt(reading);
                self.ask(which(subject, near));
            }
            _ => self.not_understood(reading, clear),
        }
    }

    /// The caller spoke over us. A question that they have not heard is not what they answer.
    pub(super) fn interrupted(&mut self, to_the_end: bool) {
        match &self.dialogue.state {
            State::Listening(_) if to_the_end => {}
            // What is read back may be confirmed, or found wrong, before its end.
            State::Listening(question) if question.is_of_a_form() => {}
            // Only the first of the two was heard.
            State::Listening(Question::Between([one, _])) => self.wait(Question::About(*one)),
            State::Listening(question) if question.expect(&self.dialogue.plan) == Expect::YesNo => {
                self.wait(Question::Open)
            }
            _ => {}
        }
    }

    /// Requests that always work; false where the rest of the utterance says more than the command.
    fn obey(&mut self, command: Command, reading: &Reading, question: &Question) -> bool {
        let waits = matches!(question, Question::Waiting(_));
        match command {
            // Each is something that may be asked for instead of waiting.
            Command::Agent | Command::Status | Command::Goodbye | Command::Stop if waits => return false,
            Command::Agent if self.counts_persons(reading, question) => return false,
            Command::Accident if self.goes_on(reading, question) => {
                self.phrase(Phrase::Emergency);
                return false;
            }
            Command::Emergency | Command::Accident => {
                self.phrase(Phrase::Emergency);
                match question {
                    _ if waits => self.wait(question.clone()),
                    // Nothing that was answered is lost.
                    _ if question.is_of_a_form() => self.ask(question.clone()),
                    _ => self.wait(Question::Open),
                }
            }
            Command::Repeat => self.repeat(question),
            Command::Slower => {
                self.dialogue.slower = true;
                let last = self.dialogue.last.clone();
                self.phrase(Phrase::Slower);
                last.into_iter().for_each(|text| self.say(text));
                self.wait(question.clone());
            }
            Command::AreYouThere if reading.topic.is_some() => return false,
            Command::AreYouThere | Command::Stop => {
                self.phrase(Phrase::Listening);
                self.wait(question.clone());
            }
            Command::Status if self.dialogue.plan.forms.is_empty() => return false,
            Command::Status => self.ask_about_request(reading),
            Command::Agent => self.pass_to(reading.service.unwrap_or_else(|| self.who_knows_more())),
            Command::Thanks => {
                self.phrase(Phrase::YouAreWelcome);
                match question {
                    Question::Open | Question::More => self.ask(Question::More),
                    // "Merci" is no answer to what was asked.
                    question => self.wait(question.clone()),
                }
            }
            Command::WhoAreYou => {
                // "Vous êtes bien la mairie de Crest ?"
                if self.asks_another_town(reading) {
                    self.phrase(Phrase::AnotherTown);
                }
                self.phrase(Phrase::IAmAMachine);
                self.wait(question.clone());
            }
            // "Connard, je veux mon passeport."
            Command::Insult if reading.topic.is_some() || reading.service.is_some() => return false,
            Command::Insult => {
                self.phrase(Phrase::Calm);
                self.wait(question.clone());
            }
            Command::Goodbye if question.is_of_a_form() => self.leave_form(question, reading),
            Command::Goodbye => self.goodbye(),
        }
        self.dialogue.trouble = 0;
        true
    }

    /// Whether "une personne" answers "pour combien de personnes ?".
    fn counts_persons(&self, reading: &Reading, question: &Question) -> bool {
        // "Je veux parler à une personne" has more words.
        const MOST: usize = 4;
        let Question::Field(field, _) = question else {
            return false;
        };
        let is_asked = self.field(*field).is_some_and(|field| count::is_asked(&field.question));
        let text = reading.text.reveal();
        is_asked && count::people(text).is_some() && text.split_whitespace().count() <= MOST
    }

    /// Whether what is said beside an accident can be answered: a story that a form asks for, or what is certain.
    fn goes_on(&self, reading: &Reading, question: &Question) -> bool {
        match question {
            Question::Field(_, expect) => matches!(expect, Expect::Text | Expect::Option(_)),
            Question::Waiting(_) | Question::Instead(_) => false,
            _ if question.is_of_a_form() => false,
            _ => matches!(consider(&self.dialogue.plan, reading, self.now), Considered::Sure(_)),
        }
    }

    /// Whom "une personne" means: somebody of the service that is being spoken of, where it takes calls; else the reception.
    fn who_knows_more(&self) -> usize {
        let plan = &self.dialogue.plan;
        let spoken_of = match (&self.dialogue.filling, self.dialogue.about) {
            (Some(filling), _) => Some(plan.forms[filling.form].service),
            (None, Some(Subject::Topic(topic))) => Some(plan.topics[topic].service),
            (None, Some(Subject::Passage(passage))) => plan.knowledge[passage].service,
            (None, Some(Subject::Service(service))) => Some(service),
            (None, Some(Subject::Agenda(_) | Subject::Contact(_)) | None) => None,
        };
        spoken_of
            .filter(|service| self.can_take_calls(*service))
            .unwrap_or(plan.reception)
    }

    /// Says the last thing again.
    fn repeat(&mut self, question: &Question) {
        for text in self.dialogue.last.clone() {
            self.say(text);
        }
        self.wait(question.clone());
    }

    /// Whether the utterance answers the question that we asked: none where there is no yes and no no in it.
    fn answered(&mut self, question: &Question, reading: &Reading) -> Option<bool> {
        let yes = reading.yes_no?;
        // "C'est où exactement ?" is no yes to "puis-je vous aider ?".
        if matches!(question, Question::Open | Question::More) && !Fact::asked(reading.text.reveal()).is_empty() {
            return Some(false);
        }
        // "Non, c'est pour la cantine" is a topic; so is "oui, et la cantine ?" once everything was answered.
        let tells_more = !yes && follow_up::after_no(reading.text.reveal()).is_some();
        let is_another = |reading: &Reading| match consider(&self.dialogue.plan, reading, self.now) {
            Considered::Sure(_) | Considered::Doubtful(..) => true,
            Considered::Perhaps(..) => tells_more,
            Considered::Nothing => false,
        };
        // "Ah oui, les bacs jaunes, c'est cette semaine": what comes to mind is no yes to what was offered.
        let comes_to_mind = objection::comes_to_mind(reading.text.reveal())
            && matches!(question, Question::Message(_) | Question::Service(_));
        let may_be_another = !yes || comes_to_mind || matches!(question, Question::Open | Question::More);
        let another_topic = (reading.topic.is_some() && may_be_another) || (tells_more && is_another(reading));
        if another_topic {
            return Some(false);
        }
        self.dialogue.trouble = 0;
        match (question, yes) {
            // Nothing was asked: after what to do in danger, say.
            (Question::Open, _) if reading.text.reveal().split_whitespace().count() <= LITTLE => {
                self.phrase(Phrase::Listening);
                self.wait(Question::Open);
            }
            (Question::Open, _) => return Some(false),
            (Question::More, true) => {
                self.phrase(Phrase::Listening);
                self.wait(Question::Open);
            }
            (Question::More, false) => self.goodbye(),
            (Question::About(subject), true) => self.answer_what_was_asked(*subject),
            (Question::Rest(passage, part), true) => self.tell_part(*passage, *part),
            (Question::Agenda(period, from), true) => self.tell_happenings(*period, *from),
            (Question::About(_), false) => {
                self.phrase(Phrase::SayOtherwise);
                self.wait(Question::Open);
            }
            (Question::Service(service), true) => self.pass_to(*service),
            (Question::Message(service), true) => self.take_message(*service),
            (
                Question::Rest(..)
                | Question::Agenda(..)
                | Question::Service(_)
                | Question::Message(_)
                | Question::Form(_),
                false,
            ) => self.ask(Question::More),
            (Question::Form(form), true) => self.fill(*form),
            // See `choose`, `hear_for_form`, `hear_whose` and `hear_who_waits`.
            (
                Question::Between(_)
                | Question::Field(..)
                | Question::Check(_)
                | Question::Summary
                | Question::Reference(_)
                | Question::Request { .. }
                | Question::Waiting(_)
                | Question::Instead(_)
                | Question::DropForm(_),
                _,
            ) => return Some(false),
        }
        Some(true)
    }

    /// Neither yes nor no to a yes-or-no question: once more, then on with the escalation.
    pub(super) fn yes_or_no_again(&mut self, question: Question) {
        self.dialogue.trouble += 1;
        if self.dialogue.trouble > 2 {
            return self.offer_person();
        }
        self.phrase(Phrase::YesOrNo);
        self.wait(question);
    }

    /// The caller pressed a key: 0 is a person, 1 and 2 answer a yes-or-no question or choose, the rest is the menu.
    pub(super) fn tone(&mut self, key: char) {
        let question = match self.dialogue.state.clone() {
            State::Listening(question) => question,
            // The key that ends a message is the call's business: it holds the recording.
            _ => return,
        };
        self.dialogue.trouble = 0;
        if self.goes_on_with_a_number(key) {
            // It cut the question short, which is put again.
            return self.ask(question);
        }
        let typed = match question {
            Question::Field(field, _) => self.type_in(field, key),
            Question::Reference(tries) => self.type_reference(tries, key),
            Question::Waiting(service) | Question::Instead(service) => self.type_while_waiting(service, key),
            _ => false,
        };
        if typed {
            return;
        }
        let yes_no = |yes| Reading {
            yes_no: Some(yes),
            ..Reading::default()
        };
        let chosen = |choice| Reading {
            value: Some(Value::Choice(choice)),
            ..Reading::default()
        };
        let plan = self.plan();
        match (key, question.expect(&plan)) {
            ('0', _) => self.pass_to(plan.reception),
            ('*', _) => self.repeat(&question),
            ('1', Expect::YesNo) => self.hear(&yes_no(true), true),
            ('2', Expect::YesNo) => self.hear(&yes_no(false), true),
            ('1', Expect::Choice) => self.hear(&chosen(Choice::First), true),
            ('2', Expect::Choice) => self.hear(&chosen(Choice::Second), true),
            // It ends a number, which may have been whole already.
            ('#', _) if question.is_of_a_form() => self.wait(question),
            // What was answered already is not lost by a wrong key.
            _ if question.is_of_a_form() => {
                self.phrase(Phrase::UnknownKey);
                self.ask(question);
            }
            _ => match plan
                .menu
                .iter()
                .find(|entry| entry.key == key)
                .map(|entry| entry.target)
            {
                Some(Target::Topic(topic)) => self.answer(Subject::Topic(topic)),
                Some(Target::Service(service)) => self.pass_to(service),
                None => {
                    self.phrase(Phrase::UnknownKey);
                    self.menu();
                }
            },
        }
    }
}
