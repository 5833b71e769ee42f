//! A dialplan that has been checked: everything resolved, nothing left to doubt.
//!
//! [`super::yaml`] reads what an admin typed and makes this of it, or says what is wrong in French.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::hours::Schedule;
use super::knowledge::Passage;
use crate::audio::Pcm;
use crate::understand::Lexicon;
use crate::units::Expect;

/// One town's plan. Immutable: a running call keeps the plan it began with.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The town.
    pub town: Town,
    /// First sentence of each call. It says that a machine is speaking (`allo check` refuses one that does not).
    pub greeting: String,
    /// What each caller must hear to its end, right after the greeting.
    pub notice: Option<String>,
    /// Opening hours by name, with exceptional closures.
    pub schedules: BTreeMap<String, Schedule>,
    /// Services in the order of the file.
    pub services: Vec<Service>,
    /// Index in `services` of the one that takes "un agent", the key 0 and calls that nothing else could help.
    pub reception: usize,
    /// Subjects in the order of the file.
    pub topics: Vec<Topic>,
    /// What callers may ask for in writing, so to speak, in the order of the file.
    pub forms: Vec<Form>,
    /// The menu by tones, in the order in which it is read out: key, what it leads to.
    pub menu: Vec<MenuEntry>,
    /// The town's own words (streets, places, people, acronyms): helps recognition.
    pub words: Vec<String>,
    /// What answers to the questions of forms are made of: streets, options.
    pub lexicon: Arc<Lexicon>,
    /// What the town has written beside its plan, in the order of its files.
    pub knowledge: Vec<Passage>,
    /// Sentences of the dialogue that the town says in its own way, by key; see `dialogue::phrases`.
    pub phrases: BTreeMap<String, String>,
    /// How the voice speaks.
    pub voice: Voice,
    /// How messages are taken.
    pub messages: Messages,
    /// Whether supervisors may listen to calls.
    pub listening: bool,
}

/// Who we are.
#[derive(Clone, Debug)]
pub struct Town {
    /// "Valbourg".
    pub name: String,
    /// Called numbers and SIP users that lead to this plan ("mairie", "+33465710210", French numbers always with
    /// +33); empty: any. See [`Town::answers_to`].
    pub numbers: Vec<String>,
    /// Number to be given to callers, as digits ("0465710210", "+33465710210").
    pub phone: Option<String>,
    /// Postal address, as it is said.
    pub address: Option<String>,
    /// Towns near by, of which callers ask things that only those can answer.
    pub neighbours: Vec<String>,
}

impl Town {
    /// Whether this plan answers calls to this number or SIP user, as it stands in the request ("0465710210",
    /// "+33465710210", "33465710210", "Mairie").
    pub fn answers_to(&self, called: &str) -> bool {
        let user = called.to_ascii_lowercase();
        let international = match (user.strip_prefix("00"), user.strip_prefix('0')) {
            (Some(rest), _) => format!("+{rest}"),
            (_, Some(rest)) => format!("+33{rest}"),
            _ => format!("+{}", user.trim_start_matches('+')),
        };
        self.numbers.is_empty()
            || self
                .numbers
                .iter()
                .any(|number| *number == user || *number == international)
    }

    /// The number that callers are given, as it is written and said: "04 65 71 02 10".
    pub fn spoken_phone(&self) -> Option<String> {
        let digits = self.phone.as_deref()?;
        let national = digits.strip_prefix("+33").map(|rest| format!("0{rest}"));
        let digits = national.as_deref().unwrap_or(digits);
        if digits.starts_with('+') {
            return Some(digits.to_owned());
        }
        let pairs = digits.as_bytes().chunks(2).map(String::from_utf8_lossy);
        Some(pairs.collect::<Vec<_>>().join(" "))
    }
}

/// Among a service's extensions: the consoles of those who work for it and say that they are available.
pub const CONSOLE: &str = "console";

/// A service of the town hall, which takes calls on an extension.
#[derive(Clone, Debug)]
pub struct Service {
    /// Key in the file, such as `etat_civil`.
    pub id: String,
    /// As it is said after "je vous passe": "le service de l'état civil".
    pub name: String,
    /// Where it rings: extensions of the PBX ("201"), whole SIP addresses or [`CONSOLE`], in the order of the file; none:
    /// messages only.
    pub extensions: Vec<String>,
    /// How calls are passed to it.
    pub passing: Passing,
    /// How callers wait where nobody can take their call at once; none: they do not. Only where we ring it ourselves.
    pub queue: Option<Queue>,
    /// Key of the opening hours in which it takes calls; none: always.
    pub schedule: Option<String>,
    /// What to do when it is closed or does not answer.
    pub fallback: Fallback,
    /// Mailbox that its requests are sent to.
    pub mail: Option<String>,
}

/// How calls are passed to a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Passing {
    /// The telephone system is asked to do it; whoever answers knows nothing of the caller.
    Blind,
    /// We ring somebody, tell them who calls and why, and connect the two once the call is taken.
    Attended(Attended),
}

/// How a call is passed on by ringing somebody ourselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attended {
    /// Whether all extensions ring at once, or else one after the other.
    pub together: bool,
    /// How long each of them rings.
    pub ring: Duration,
    /// Whether the telephone system is asked to connect the two once the call is taken, rather than going through us.
    pub by_pbx: bool,
    /// Whether the clerk's telephone shows the caller's number, rather than the town's name.
    pub shows_number: bool,
    /// Whether what the two say to each other is recorded, after both were told. Only where it goes through us.
    pub recorded: bool,
}

/// How callers wait for a service.
#[derive(Clone, Debug)]
pub struct Queue {
    /// How many may wait at one time.
    pub places: usize,
    /// The longest that one of them may.
    pub longest: Duration,
    /// What they hear; none: our own piece.
    pub music: Option<Arc<Pcm<16_000>>>,
    /// The form by which they ask to be called back: its index in the plan's.
    pub call_back: usize,
    /// What they may ask for meanwhile: its index in the lexicon's options, in the order of [`super::queue::Choice`].
    pub choices: usize,
}

/// When a service cannot take the call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fallback {
    /// Leave a message for this service.
    Message,
    /// Try this other service (index in `services`).
    Service(usize),
    /// Say that it is closed and end there.
    Nothing,
}

/// A subject that callers ask about.
#[derive(Clone, Debug)]
pub struct Topic {
    /// Key in the file, such as `acte_naissance`.
    pub id: String,
    /// Short name, as it is said in a question: "un acte de naissance".
    pub label: String,
    /// Sentences that citizens might say; at least three.
    pub examples: Vec<String>,
    /// What to do.
    pub action: Action,
    /// Index in `services` of the one that knows more.
    pub service: usize,
    /// Where its answer stands, or else it itself: file and line.
    pub at: String,
}

/// What a topic leads to.
#[derive(Clone, Debug)]
pub enum Action {
    /// Speak this answer, then ask whether there is anything else.
    Answer(Template),
    /// Speak this answer, then offer to pass the call to the service.
    AnswerThenOffer(Template),
    /// Pass the call to the service, after this sentence if there is one.
    Transfer(Option<Template>),
    /// Take a message for the service, after this sentence if there is one.
    Message(Option<Template>),
    /// Speak this answer, if there is one, then offer to fill in this form (index in `forms`).
    Form(Option<Template>, usize),
}

impl Action {
    /// Whether it is an answer, and nothing is done for the caller.
    pub fn only_tells(&self) -> bool {
        matches!(self, Self::Answer(_) | Self::AnswerThenOffer(_))
    }
}

/// What a service needs to know to deal with a request without calling back: asked question by question.
#[derive(Clone, Debug)]
pub struct Form {
    /// Key in the file, such as `rappel`.
    pub id: String,
    /// As it is said after "voulez-vous que j'enregistre": "une demande de rappel".
    pub label: String,
    /// Index in `services` of the one that deals with it.
    pub service: usize,
    /// Its questions, in the order in which they are asked; at least one.
    pub fields: Vec<Field>,
    /// What the caller gets by SMS once it is noted; `{référence}` is its number.
    pub sms: Option<String>,
    /// Whether it is ours rather than the plan's: who waits for the service asks to be called back.
    pub calls_back: bool,
}

/// A question of a form.
#[derive(Clone, Debug)]
pub struct Field {
    /// Key in the file, such as `telephone`: names the answer where requests are read.
    pub id: String,
    /// The same as it is said where a text is read back: "Lieu".
    pub label: String,
    /// As it is asked.
    pub question: String,
    /// What the answer has to be.
    pub expect: Expect,
    /// Whether what the caller told before the form is the answer.
    pub told: bool,
    /// Whether the answer has to be a day on which the form's service is open.
    pub open_day: bool,
}

/// A text with places to fill in when it is spoken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template(pub Vec<Piece>);

impl Template {
    /// The schedule that it tells of: the first one.
    pub fn schedule(&self) -> Option<&str> {
        self.0.iter().find_map(|piece| match piece {
            Piece::OpenNow(name) => Some(name.as_str()),
            Piece::Text(_) => None,
        })
    }
}

/// Part of a [`Template`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// As written. `{horaires:X}` (the week in words) is already replaced, since it does not depend on the day.
    Text(String),
    /// `{état:X}`: whether schedule X is open now and until when, or when it opens next.
    OpenNow(String),
}

/// A key of the menu by tones.
#[derive(Clone, Debug)]
pub struct MenuEntry {
    /// '1' to '9'; 0 is always the reception.
    pub key: char,
    /// As it is said after "pour": "l'état civil".
    pub label: String,
    /// Where it leads.
    pub target: Target,
}

/// Where a menu entry leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// To this subject (index in `topics`).
    Topic(usize),
    /// To this service (index in `services`).
    Service(usize),
}

/// The voice.
#[derive(Clone, Debug, PartialEq)]
pub struct Voice {
    /// Name of a voice in `models/manifest.toml`; none: the first one installed for French.
    pub name: Option<String>,
    /// 1.0 is the voice's own pace.
    pub speed: f32,
}

/// How messages are taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Messages {
    /// Longest message.
    pub max_length: Duration,
    /// Days after which it is deleted; a recorded conversation, too.
    pub keep_days: u32,
    /// Whether the sound goes with the mail that tells its service of it.
    pub attached: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_called_number_has_many_spellings() {
        let numbers = vec!["mairie".to_owned(), "+33465710210".to_owned()];
        let town = Town {
            name: "Valbourg".into(),
            numbers,
            phone: None,
            address: None,
            neighbours: vec![],
        };
        for called in [
            "mairie",
            "Mairie",
            "0465710210",
            "+33465710210",
            "33465710210",
            "0033465710210",
        ] {
            assert!(town.answers_to(called), "{called}");
        }
        for called in ["", "0", "ecole", "0465710211", "+465710210"] {
            assert!(!town.answers_to(called), "{called}");
        }
        assert!(
            Town {
                numbers: vec![],
                ..town
            }
            .answers_to("anything")
        );
    }
}
