//! The conversation: a pure state machine in virtual time, driven by the town's plan.
//!
//! What the caller did goes in ([`Input`]), what is to be done comes out ([`Act`]). One verb, one file:
//!
//! | file | what it does |
//! | --- | --- |
//! | `listen` | what an utterance, a tone or a silence means in the present state |
//! | `consider` | what an utterance may be about, and how sure that is |
//! | `answer` | answers a topic, or asks whether that is meant, or which of two; what leans on an answer |
//! | `opening` | whose opening hours are asked for, and of which day |
//! | `tell` | tells a passage of the town's knowledge, and what its calendars have for some days |
//! | `escalate` | misunderstanding and silence: rephrase → menu by tones → a person |
//! | `transfer` | passes the call to a service, or says why not and what else |
//! | `queue` | the caller waits for a service: place, what they may do meanwhile, being called back |
//! | `summary` | what whoever takes the call is told of it |
//! | `message` | takes a message |
//! | `form` | asks for what a request needs, reads it back, has it kept |
//! | `status` | tells how far a request has got |

mod answer;
mod call_back;
mod consider;
mod escalate;
mod form;
pub mod hours;
pub mod knowledge;
mod listen;
mod message;
mod opening;
pub mod phrases;
pub mod plan;
mod queue;
mod status;
mod summary;
mod tell;
mod transfer;
pub mod yaml;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use chrono::NaiveDateTime;

use crate::pii::Pii;
use crate::understand::Reading;
use crate::understand::contact::Contact;
use crate::understand::happenings::Period;
use crate::units::Expect;
use phrases::{Phrase, Phrases};
use plan::{Action, Piece, Plan, Template};

/// What the caller, the other end of a transfer or the store did.
#[derive(Clone, Debug, PartialEq)]
pub enum Input {
    /// The call was picked up.
    Start,
    /// The caller said something; an empty reading with `clear: false` is a noise that was no word.
    Said {
        /// What it means.
        reading: Reading,
        /// Whether recognition was sure of the words: sure words without a topic are off the town's subjects,
        /// unsure ones were misheard.
        clear: bool,
    },
    /// The caller spoke over us; `to_the_end` tells whether our last sentence, the question, had begun.
    Interrupted {
        /// Whether the question was heard, at least in part.
        to_the_end: bool,
    },
    /// Too many people call: what was said could not be recognised.
    Overloaded,
    /// A key of the telephone.
    Tone(char),
    /// Nobody spoke for a while after the last question.
    Silence,
    /// For a while there were sounds without a word: a street, music.
    Noise,
    /// A transfer came to its end without success (a success ends the call).
    TransferFailed(transfer::Failure),
    /// The caller has a place among those who wait; `again` tells that they were told of it before.
    Waits {
        /// Their place.
        place: Place,
        /// Whether they were told to wait already.
        again: bool,
    },
    /// It is their turn, after they have waited for so long.
    TurnComes(Duration),
    /// They cannot wait, or no longer.
    TurnedAway(Left),
    /// The person who had the call is gone without a word.
    ClerkLost,
    /// They have given it back to us.
    GivenBack,
    /// They have passed it on to this service (index in the plan).
    PassedOn {
        /// Index in the plan's services.
        service: usize,
    },
    /// The recording came to its end; `spoken` tells whether it holds anything.
    Recorded {
        /// Whether there is speech in it.
        spoken: bool,
    },
    /// The message is on disk, or could not be written.
    Kept {
        /// Whether it is safe.
        ok: bool,
    },
    /// The request is on disk under this reference; none where it could not be written.
    Submitted {
        /// A few digits, to be told to the caller.
        reference: Option<String>,
    },
    /// What is known of a request that was looked for; none where there is none.
    Found {
        /// How far it has got.
        known: Option<Known>,
    },
}

pub use consider::{Considered, Subject, consider};
pub use form::Request;
pub use queue::{Left, Place};
pub use status::Known;
pub use transfer::Failure;

/// What the call has to do, in order.
#[derive(Clone, Debug, PartialEq)]
pub enum Act {
    /// Speak this text.
    Say(String),
    /// Note that what follows is this passage (index in the plan's knowledge).
    Cite(usize),
    /// Speak this text of the town's; it may be said in other words that suit the question better, if they say the same.
    Tell {
        /// As it was written.
        text: String,
        /// What it answers.
        question: Pii<String>,
    },
    /// Speak this text, which nobody may interrupt.
    Notice(String),
    /// The tone after which a message is recorded.
    Beep,
    /// Wait for the caller.
    Listen(Expect),
    /// Pass the call to a service (index in the plan) at this extension or SIP address.
    Transfer {
        /// Index in the plan's services.
        service: usize,
        /// Extension or address.
        target: String,
    },
    /// Ring the people of a service (index in the plan), tell whoever answers what the call is about, and pass it to who
    /// takes it.
    HandOver {
        /// Index in the plan's services.
        service: usize,
        /// What they are told.
        summary: Pii<String>,
    },
    /// Take a place among those who wait for a service (index in the plan), or the place that was left before to be called
    /// back.
    Queue {
        /// Index in the plan's services.
        service: usize,
        /// What a clerk may read of the call meanwhile.
        about: Pii<String>,
    },
    /// Wait no more.
    Leave(Left),
    /// Record a message for a service.
    Record {
        /// Index in the plan's services.
        service: usize,
    },
    /// Write the recorded message to disk.
    Keep {
        /// Index in the plan's services.
        service: usize,
    },
    /// Write this request to disk.
    Submit(Request),
    /// Look for the request of this reference.
    Look(String),
    /// This text will be spoken before long: its sound may be made.
    Prepare(String),
    /// End the call once all is said.
    HangUp,
}

/// What we have asked, and so what "oui" means.
#[derive(Clone, Debug, PartialEq)]
enum Question {
    /// What can we do for you?
    Open,
    /// Anything else?
    More,
    /// Is it about this?
    About(Subject),
    /// Is it about this, or about that?
    Between([Subject; 2]),
    /// Do you want to hear the rest of this passage, from this part on?
    Rest(usize, usize),
    /// Do you want to hear what else there is in these days, from this one on?
    Agenda(Period, usize),
    /// Shall I put you through to this service?
    Service(usize),
    /// Do you want to leave a message for this service?
    Message(usize),
    /// Nothing is asked: the caller waits for this service, and may ask for something else.
    Waiting(usize),
    /// You cannot wait for this service: be called back, or leave a message?
    Instead(usize),
    /// Do you want this form?
    Form(usize),
    /// The question of this field (index in the form's), which expects this.
    Field(usize, Expect),
    /// Was this answer understood?
    Check(usize),
    /// Were all answers understood?
    Summary,
    /// What is the number of your request? Asked for so many times.
    Reference(u32),
    /// Is the request of this number yours? It was asked for so many times.
    Request {
        reference: String,
        known: Known,
        tries: u32,
    },
    /// Do you want to drop the form, whose question this was (a field's, or the summary)?
    DropForm(Option<(usize, Expect)>),
}

impl Question {
    /// Whether it belongs to a form that is being filled in: the answer is no new subject.
    fn is_of_a_form(&self) -> bool {
        matches!(
            self,
            Self::Field(..) | Self::Check(_) | Self::Summary | Self::DropForm(_)
        )
    }

    fn expect(&self, plan: &Plan) -> Expect {
        let choices = |service: usize| plan.services[service].queue.as_ref().map(|queue| queue.choices);
        match self {
            Self::Waiting(service) | Self::Instead(service) => {
                choices(*service).map_or(Expect::Anything, Expect::Option)
            }
            Self::Open | Self::More => Expect::Anything,
            Self::Between(_) => Expect::Choice,
            Self::Field(_, expect) => *expect,
            Self::Reference(_) => status::EXPECT,
            Self::About(_)
            | Self::Rest(..)
            | Self::Agenda(..)
            | Self::Service(_)
            | Self::Message(_)
            | Self::Form(_)
            | Self::Check(_)
            | Self::Summary
            | Self::Request { .. }
            | Self::DropForm(_) => Expect::YesNo,
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
enum State {
    Listening(Question),
    /// `extension` of the service rings, of those in the plan.
    Transferring {
        service: usize,
        extension: usize,
        tried: Vec<usize>,
    },
    Recording {
        service: usize,
        again: bool,
    },
    Keeping {
        service: usize,
    },
    Submitting {
        form: usize,
    },
    Looking {
        reference: String,
        tries: u32,
    },
    Over,
}

/// One call's conversation.
#[derive(Clone, Debug)]
pub struct Dialogue {
    plan: Arc<Plan>,
    phrases: Phrases,
    state: State,
    /// What was said last, for "répétez".
    last: Vec<String>,
    /// Misunderstandings and silences since something was last understood.
    trouble: u32,
    /// What the last words that were not understood were nearest to.
    nearest: consider::Nearest,
    slower: bool,
    /// The form being filled in.
    filling: Option<form::Filling>,
    /// What was said of the present subject, before a form was wanted.
    told: Vec<Pii<String>>,
    /// What was answered last.
    about: Option<Subject>,
    /// What callers may name that opens and closes.
    places: opening::Places,
    /// Whose hours were told or asked for last.
    hours: Option<opening::Last>,
    /// What a clerk may be told of the call.
    gist: summary::Gist,
    /// Whom the caller waits for, or has waited for until they asked to be called back.
    waiting: Option<queue::Waiting>,
    /// The caller's own number, where it is known and can be called.
    number: Option<Pii<String>>,
    /// Digits of a reference, as far as they were typed.
    keys: String,
    /// What was asked for together with what is served now.
    pending: Option<Box<Reading>>,
    /// What was said last of which we asked what it means.
    doubted: Option<Box<Reading>>,
    /// When the last key of a number was pressed that was whole then.
    whole_at: Option<NaiveDateTime>,
    /// What the last request of this call is noted under.
    reference: Option<String>,
}

impl Dialogue {
    /// A conversation that has not begun.
    pub fn new(plan: Arc<Plan>) -> Self {
        let phrases = Phrases::new(&plan.phrases);
        Self {
            places: opening::Places::new(&plan),
            hours: None,
            plan,
            phrases,
            state: State::Listening(Question::Open),
            last: Vec::new(),
            trouble: 0,
            nearest: consider::Nearest::new(),
            slower: false,
            filling: None,
            told: Vec::new(),
            about: None,
            gist: summary::Gist::default(),
            waiting: None,
            number: None,
            keys: String::new(),
            pending: None,
            doubted: None,
            whole_at: None,
            reference: None,
        }
    }

    /// Takes what happened at `now` (local time) and says what to do.
    pub fn handle(&mut self, now: NaiveDateTime, input: Input) -> Vec<Act> {
        let mut turn = Turn {
            dialogue: self,
            now,
            acts: Vec::new(),
            question: Pii::default(),
            at_once: false,
            resumes: None,
        };
        turn.run(input);
        let acts = turn.acts;
        let said: Vec<String> = acts
            .iter()
            .filter_map(|act| match act {
                Act::Say(text) | Act::Tell { text, .. } => Some(text.clone()),
                _ => None,
            })
            .collect();
        if !said.is_empty() {
            self.last = said;
        }
        acts
    }

    /// Whether the caller asked us to speak more slowly.
    pub fn is_slower(&self) -> bool {
        self.slower
    }

    /// What the dialogue expects now; none when it does not listen (transfer under way, call over).
    pub fn expects(&self) -> Option<Expect> {
        match &self.state {
            State::Listening(question) => Some(question.expect(&self.plan)),
            State::Recording { .. } => Some(Expect::Message),
            State::Transferring { .. }
            | State::Keeping { .. }
            | State::Submitting { .. }
            | State::Looking { .. }
            | State::Over => None,
        }
    }

    /// The plan that this call keeps to its end.
    pub fn plan(&self) -> &Arc<Plan> {
        &self.plan
    }
}

/// One step of the dialogue: the verbs are its methods, each in its own file.
struct Turn<'a> {
    dialogue: &'a mut Dialogue,
    now: NaiveDateTime,
    acts: Vec<Act>,
    /// What the caller has just said.
    question: Pii<String>,
    /// Whether what is pending was said in this turn, too.
    at_once: bool,
    /// The question that is put in place of the next one: what is said before it was asked for in the midst of a form.
    resumes: Option<Question>,
}

/// An answer to fewer words than these answers what we asked, not them.
const A_QUESTION: usize = 3;

impl Turn<'_> {
    fn run(&mut self, input: Input) {
        match input {
            Input::Start => {
                self.say(self.dialogue.plan.greeting.clone());
                if let Some(notice) = &self.dialogue.plan.notice {
                    self.acts.push(Act::Notice(notice.clone()));
                }
                self.ask(Question::Open);
            }
            Input::Said { reading, clear } => {
                self.question = reading.text.clone();
                self.hear(&reading, clear);
            }
            Input::Interrupted { to_the_end } => self.interrupted(to_the_end),
            Input::Overloaded => self.overloaded(),
            Input::Tone(key) => self.tone(key),
            Input::Silence => self.silence(true),
            Input::Noise => self.silence(false),
            Input::TransferFailed(failure) => self.transfer_failed(failure),
            Input::Waits { place, again } => self.waits(place, again),
            Input::TurnComes(waited) => self.turn_comes(waited),
            Input::TurnedAway(why) => self.turned_away(why),
            Input::ClerkLost => self.clerk_lost(),
            Input::GivenBack => self.given_back(),
            Input::PassedOn { service } => self.pass_to(service),
            Input::Recorded { spoken } => self.recorded(spoken),
            Input::Kept { ok } => self.kept(ok),
            Input::Submitted { reference } => self.submitted(reference.as_deref()),
            Input::Found { known } => self.found(known),
        }
    }

    fn plan(&self) -> Arc<Plan> {
        self.dialogue.plan.clone()
    }

    fn say(&mut self, text: impl Into<String>) {
        self.acts.push(Act::Say(text.into()));
    }

    /// Says what the town has written, in answer to what the caller said, or else to what it is `about`.
    fn tell(&mut self, text: String, about: &str) {
        let asked = self.question.reveal().split_whitespace().count() >= A_QUESTION;
        let question = if asked {
            self.question.clone()
        } else {
            about.to_owned().into()
        };
        self.acts.push(Act::Tell { text, question });
    }

    fn phrase(&mut self, phrase: Phrase) {
        let text = self.dialogue.phrases.get(phrase).to_string();
        self.say(text);
    }

    fn phrase_for_service(&mut self, phrase: Phrase, service: usize) {
        let text = self
            .dialogue
            .phrases
            .fill(phrase, "service", &self.dialogue.plan.services[service].name);
        self.say(text);
    }

    /// The first phrase about a topic, or the other about a passage.
    fn phrase_about(&mut self, [of_topic, of_passage]: [Phrase; 2], subject: Subject) {
        match subject {
            Subject::Topic(topic) => {
                let label = &self.dialogue.plan.topics[topic].label;
                let text = self.dialogue.phrases.fill(of_topic, "sujet", label);
                self.say(text);
            }
            Subject::Passage(passage) => {
                let title = self.dialogue.plan.knowledge[passage].title();
                self.phrase(of_passage);
                self.say(format!("{} ?", title.trim_end_matches(['?', '.', ' '])));
            }
            Subject::Service(service) => self.phrase_for_service(Phrase::OfferService, service),
            // What was asked for in so many words is not asked about.
            Subject::Agenda(_) | Subject::Contact(_) => {}
        }
    }

    /// Speaks a template: its pieces one by one, so that what depends on the hour is made of rendered fragments.
    fn template(&mut self, template: &Template) {
        for piece in &template.0 {
            match piece {
                Piece::Text(text) => self.say(text.clone()),
                Piece::OpenNow(schedule) => self.open_now(schedule),
            }
        }
    }

    /// Says whether a schedule is open now and until when, or when it opens next.
    fn open_now(&mut self, schedule: &str) {
        // `allo check` refuses a template that names an unknown schedule.
        let fragments = self
            .dialogue
            .plan
            .schedules
            .get(schedule)
            .map(|s| s.status_fragments(self.now))
            .unwrap_or_default();
        for fragment in fragments {
            self.say(fragment);
        }
    }

    fn ask(&mut self, question: Question) {
        if let Some(interrupted) = self.resumes.take() {
            return self.go_on(interrupted);
        }
        // What else was asked for comes before the offer of more.
        if matches!(question, Question::More | Question::Service(_)) && self.hear_pending() {
            return;
        }
        match &question {
            Question::Open => {}
            Question::More => self.phrase(Phrase::AnythingElse),
            Question::About(subject) => self.phrase_about([Phrase::IsItAbout, Phrase::IsItQuestion], *subject),
            Question::Between([one, other]) => {
                self.phrase_about([Phrase::EitherAbout, Phrase::EitherQuestion], *one);
                self.phrase_about([Phrase::OrAbout, Phrase::OrQuestion], *other);
            }
            Question::Rest(..) | Question::Agenda(..) => self.phrase(Phrase::MoreOfIt),
            Question::Service(service) => self.phrase_for_service(Phrase::OfferService, *service),
            Question::Message(_) => self.phrase(Phrase::OfferMessage),
            Question::Waiting(_) => {}
            Question::Instead(_) => self.phrase(Phrase::OfferCallBack),
            Question::Form(form) => {
                let label = &self.dialogue.plan.forms[*form].label;
                let text = self.dialogue.phrases.fill(Phrase::OfferForm, "demande", label);
                self.say(text);
            }
            Question::Field(field, _) => self.put(*field),
            Question::Check(field) => {
                self.read_back(*field..field + 1);
                self.phrase(Phrase::OneRight);
            }
            Question::Summary if self.calls_back() => self.read_back(0..self.fields()),
            Question::Summary => {
                self.phrase(Phrase::Summary);
                self.read_back(0..self.fields());
                self.phrase(Phrase::AllRight);
            }
            Question::DropForm(_) => self.phrase(Phrase::DropForm),
            Question::Reference(_) => self.phrase(Phrase::AskReference),
            Question::Request { reference, known, .. } => self.ask_whose(reference, *known),
        }
        self.wait(question);
    }

    /// Waits for the answer to a question that has been spoken already.
    fn wait(&mut self, question: Question) {
        let expect = question.expect(&self.dialogue.plan);
        self.acts.push(Act::Listen(expect));
        self.dialogue.state = State::Listening(question);
    }

    fn goodbye(&mut self) {
        self.phrase(Phrase::Goodbye);
        self.hang_up();
    }

    fn hang_up(&mut self) {
        self.acts.push(Act::HangUp);
        self.dialogue.state = State::Over;
    }
}

/// Every sentence that this plan may have to say, so that it can be rendered before it is needed: most urgent first.
pub fn prompts(plan: &Plan) -> Vec<String> {
    let phrases = Phrases::new(&plan.phrases);
    let mut all = vec![plan.greeting.clone()];
    all.extend(plan.notice.clone());
    let fixed = |(p, _, _): &(Phrase, &str, &str)| {
        let text = phrases.get(*p);
        (!phrases::PLACES
            .iter()
            .any(|place| text.contains(&format!("{{{place}}}"))))
        .then(|| text.to_string())
    };
    all.extend(phrases::TABLE.iter().filter_map(fixed));
    for service in &plan.services {
        for phrase in [
            Phrase::Transferring,
            Phrase::OfferService,
            Phrase::NoAnswer,
            Phrase::ServiceClosed,
            Phrase::MessageKept,
            Phrase::Unreachable,
            Phrase::ServiceBusy,
        ] {
            all.push(phrases.fill(phrase, "service", &service.name));
        }
    }
    for topic in &plan.topics {
        if let Some(template) = topic.action.template() {
            all.extend(
                template
                    .0
                    .iter()
                    .filter_map(|p| if let Piece::Text(t) = p { Some(t.clone()) } else { None }),
            );
        }
    }
    // Which day it is, and what time, are said as they come.
    for contact in [Contact::Address, Contact::Phone] {
        all.extend(tell::contact(plan, &phrases, contact, NaiveDateTime::default()));
    }
    all.extend(queue::prompts(plan, &phrases));
    for form in &plan.forms {
        let service = &plan.services[form.service].name;
        if form.calls_back {
            all.push(phrases.fill(Phrase::CallBackKept, "service", service));
        } else {
            all.push(phrases.fill(Phrase::OfferForm, "demande", &form.label));
            all.push(phrases.fill(Phrase::FormKept, "service", service));
        }
        all.extend(form.fields.iter().map(|field| field.question.clone()));
    }
    let sources: BTreeSet<&String> = plan.knowledge.iter().filter_map(|p| p.note.source.as_ref()).collect();
    all.extend(
        sources
            .into_iter()
            .map(|source| phrases.fill(Phrase::AccordingTo, "source", source)),
    );
    all.extend(summary::openings(plan, &phrases));
    all.extend(plan.menu.iter().map(escalate::menu_line));
    all.extend(plan.schedules.values().flat_map(hours::Schedule::all_fragments));
    all.extend(opening::Places::new(plan).headings().map(str::to_owned));
    for phrase in [Phrase::IsItAbout, Phrase::EitherAbout, Phrase::OrAbout] {
        all.extend(plan.topics.iter().map(|t| phrases.fill(phrase, "sujet", &t.label)));
    }
    let mut seen = std::collections::HashSet::new();
    all.retain(|text| seen.insert(text.clone()));
    all
}

impl Action {
    /// What is spoken, if anything.
    pub fn template(&self) -> Option<&Template> {
        match self {
            Self::Answer(t) | Self::AnswerThenOffer(t) => Some(t),
            Self::Transfer(t) | Self::Message(t) | Self::Form(t, _) => t.as_ref(),
        }
    }

    /// Whether it speaks, and the same at every hour.
    fn is_fixed(&self) -> bool {
        let fixed = |template: &Template| template.0.iter().all(|piece| matches!(piece, Piece::Text(_)));
        self.template().is_some_and(fixed)
    }

    /// The text that it speaks whatever the hour.
    pub fn text(&self) -> String {
        self.texts().collect::<Vec<_>>().join(" ")
    }

    /// The same, in pieces: what is filled in stands between them.
    fn texts(&self) -> impl Iterator<Item = &str> {
        let pieces = self.template().into_iter().flat_map(|template| &template.0);
        pieces.filter_map(|piece| {
            if let Piece::Text(text) = piece {
                Some(text.trim())
            } else {
                None
            }
        })
    }
}

#[cfg(test)]
mod tests;
