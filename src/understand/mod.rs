//! From words to meaning: normalise → commands, yes/no, values → topic with a calibrated refusal.
//!
//! Pure computation, well under 20 ms on one core; the sentence encoder is a trait that `engine` implements.

pub mod normalise;
pub mod phonetic;

pub mod backchannel;
pub mod catalogue;
mod colloquial;
pub mod commands;
pub mod completeness;
pub mod contact;
pub mod desk;
pub mod elsewhere;
mod emergency;
pub mod fact;
pub mod follow_up;
pub mod happenings;
pub mod opening;
pub mod yes_no;

pub mod address;
pub mod amount;
pub mod aside;
pub mod choice;
pub mod count;
pub mod date;
pub mod day_part;
pub mod email;
pub mod name;
pub mod numbers;
pub mod objection;
pub mod options;
pub mod phone;
pub mod time;
pub mod value;

mod calibration;
mod features;
mod kernel;
pub mod lookup;
pub mod memory;
pub mod packed;
mod parallel;
mod pattern;
pub mod questions;
mod repair;
mod self_repair;
pub mod services;
pub mod topics;

use std::sync::Arc;

use chrono::NaiveDateTime;

use crate::pii::Pii;
use crate::units::Expect;
use completeness::Completeness;
use contact::Contact;
use features::Vector;
use happenings::Period;
use lookup::{Findable, Lookup, PassageMatch};
use memory::Memory;
use normalise::Word;
use services::Services;
use topics::{Classified, Topics};
pub use value::{Lexicon, Value};

/// Turns a sentence into a direction: sentences that mean the same point the same way.
pub trait SentenceEncoder: Send + Sync {
    /// The embedding of `text`, which is said or asked, of length 1 (Euclidean).
    fn encode(&self, text: &str) -> Vec<f32>;

    /// Whether `word`, in small letters, is a common word of some language, so that it was likely heard as it was said.
    fn knows(&self, word: &str) -> bool {
        let _ = word;
        false
    }

    /// The embeddings of many texts, in their order. Worth overriding where a batch is faster than its parts.
    fn encode_all(&self, texts: &[&str]) -> Vec<Vec<f32>> {
        texts.iter().map(|text| self.encode(text)).collect()
    }

    /// The embeddings of texts that may answer a question, in their order: some encoders are told which of the two they
    /// read.
    fn encode_passages(&self, texts: &[&str]) -> Vec<Vec<f32>> {
        self.encode_all(texts)
    }

    /// The embeddings of single words, in their order; they need not be like those of sentences.
    fn encode_words(&self, words: &[&str]) -> Vec<Vec<f32>> {
        self.encode_all(words)
    }
}

/// A subject that the town answers, as its dialplan gives it.
#[derive(Clone, Debug)]
pub struct TopicExamples {
    /// The topic's id in the dialplan, such as `acte_naissance`.
    pub id: String,
    /// Sentences that citizens might say.
    pub examples: Vec<String>,
}

/// Requests that work at any moment of any call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Command {
    /// "Vous pouvez répéter ?"
    Repeat,
    /// "Plus lentement, s'il vous plaît."
    Slower,
    /// "Un agent." Somebody, whoever it is; "le service urbanisme" is for the topics and services.
    Agent,
    /// "Au revoir."
    Goodbye,
    /// "Mon mari fait un malaise": only ever answered by the emergency numbers.
    Emergency,
    /// "Ma mère est tombée à cause d'une dalle, je le signale": the emergency numbers, and then what else is said.
    Accident,
    /// "Allô ? Vous êtes là ?"
    AreYouThere,
    /// "Où en est ma demande 427 ?"
    Status,
    /// "Stop !", "arrêtez": we are to be quiet, and to listen.
    Stop,
    /// "Merci beaucoup", and no more.
    Thanks,
    /// "Vous êtes un robot ?", "comment allez-vous ?"
    WhoAreYou,
    /// "Va te faire voir": no reason to hang up, nor to leave what else is said unanswered.
    Insult,
}

/// A topic and how sure we are of it.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct TopicMatch {
    /// The topic's id.
    pub id: String,
    /// Probability, from calibration on the plan's own examples, that this topic is meant.
    pub confidence: f32,
}

/// What one utterance means.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reading {
    /// The words.
    pub text: Pii<String>,
    /// A request that works at any moment.
    pub command: Option<Command>,
    /// Yes or no, where it is one.
    pub yes_no: Option<bool>,
    /// The topic, or none where nothing that the town covers is meant.
    pub topic: Option<TopicMatch>,
    /// The nearest topics, best first, accepted or not.
    pub alternatives: Vec<TopicMatch>,
    /// The passages of the town's knowledge that may answer, best first.
    pub passages: Vec<PassageMatch>,
    /// What goes on in the town in these days is asked for.
    pub happenings: Option<Period>,
    /// What is asked of the town hall itself.
    pub contact: Option<Contact>,
    /// Whether it makes sense only after something else: "et le samedi ?".
    pub leans: bool,
    /// What it means in two parts, where each may be a request; there may be more in the second.
    pub requests: Option<Box<[Reading; 2]>>,
    /// The service that is asked for by its name: its index in what [`Understanding::new`] was given.
    pub service: Option<usize>,
    /// The value that was expected, where it was found.
    pub value: Option<Value>,
    /// Whether the words make a whole.
    pub completeness: Completeness,
    /// Whether it is no more than what listeners say: "oui oui", "d'accord".
    pub backchannel: bool,
    /// Whether it only opens what is to be said: "bonjour", "j'ai une question".
    pub opening: bool,
}

impl Reading {
    /// The topic, unless the words are the answer to a question of a form, where any topic may be spoken of.
    pub fn topic_meant(&self) -> Option<&TopicMatch> {
        let answers = !matches!(self.value, None | Some(Value::YesNo(_) | Value::Choice(_)));
        self.topic.as_ref().filter(|_| !answers)
    }

    /// Whether it tells us what to do. What does not may have been misheard.
    pub fn tells(&self) -> bool {
        self.command.is_some()
            || self.yes_no.is_some()
            || self.service.is_some()
            || self.value.is_some()
            || self.backchannel
            || self.opening
            || self.completeness == Completeness::AsksForTime
            || (self.requests.iter()).any(|parts| parts.iter().all(Self::tells))
            || self.happenings.is_some()
            || self.contact.is_some()
            || self
                .passages
                .first()
                .is_some_and(|found| found.confidence >= topics::SURE)
            || self
                .topic
                .as_ref()
                .is_some_and(|topic| topic.confidence >= topics::SURE)
    }
}

/// Understands what callers of one town say. Made once for each plan, then only read.
pub struct Understanding {
    topics: Topics,
    services: Services,
    lookup: Lookup,
    /// The topic, if the plan has one, that stands for "un agent".
    agent: Option<String>,
    lexicon: Arc<Lexicon>,
    /// Hears danger by what is meant.
    sense: Option<emergency::Sense>,
}

/// How sure [`Understanding::read`] is of a rule that names the topic for speaking to somebody.
const RULE_CONFIDENCE: f32 = 0.95;
/// Topics told as alternatives.
const ALTERNATIVES: usize = 5;

impl Understanding {
    /// Learns a plan: its `topics`, its `services` (for each, its name, and other names after commas) and its own
    /// `words` (streets, places, acronyms). Without an encoder it goes by words, letters and sounds alone: less well.
    /// What takes long is recalled from `memory`, or kept there.
    pub fn new(
        topics: &[TopicExamples],
        services: &[String],
        words: &[String],
        encoder: Option<Arc<dyn SentenceEncoder>>,
        memory: &dyn Memory,
    ) -> Understanding {
        let services = Services::new(services);
        let asks = |text: &String| commands::command(text) == Some(Command::Agent) || services.named(text).is_some();
        // The topic most of whose examples ask for somebody; what asks so by rule is of that topic.
        let share = |topic: &TopicExamples| {
            topic.examples.iter().filter(|e| asks(e)).count() as f32 / topic.examples.len().max(1) as f32
        };
        let agent = topics.iter().map(|t| (share(t), t)).filter(|(share, _)| *share >= 0.4);
        let agent = agent
            .max_by(|a, b| a.0.total_cmp(&b.0))
            .map(|(_, topic)| topic.id.clone());
        Understanding {
            topics: Topics::learn(topics, words, encoder, memory),
            services,
            lookup: Lookup::default(),
            agent,
            lexicon: Arc::default(),
            sense: None,
        }
    }

    /// The same, which also finds these passages.
    pub fn with_passages(self, passages: &[Findable], memory: &dyn Memory) -> Self {
        let lookup = Lookup::learn(passages, topics::usual(), self.topics.features(), memory);
        Self { lookup, ..self }
    }

    /// The same, which also hears danger by what is meant.
    pub fn with_sense_of_danger(self, memory: &dyn Memory) -> Self {
        let sense = emergency::Sense::learn(&emergency::examples(), self.topics.features(), memory);
        Self { sense, ..self }
    }

    /// The same, which also knows what the plan's values are made of.
    pub fn with_lexicon(self, lexicon: Arc<Lexicon>) -> Self {
        Self { lexicon, ..self }
    }

    /// What `text` means when `expect` was asked for, at `now` on the caller's clock.
    pub fn read(&self, text: &str, expect: Expect, now: NaiveDateTime) -> Reading {
        self.read_either(text, None, expect, now)
    }

    /// The same where recognition heard `text`, but something `other` when it listened less well: what both have in
    /// common was said.
    pub fn read_either(&self, text: &str, other: Option<&str>, expect: Expect, now: NaiveDateTime) -> Reading {
        let words = normalise::words(text);
        if words.is_empty() || expect == Expect::Message {
            let completeness = match expect {
                Expect::Message => Completeness::Open,
                // Something was said, and not understood.
                _ => Completeness::Fragment,
            };
            return Reading {
                text: text.to_owned().into(),
                command: commands::command(text),
                completeness,
                ..Reading::default()
            };
        }
        let yes_no = yes_no::read(&words, expect == Expect::YesNo);
        let backchannel = backchannel::is_backchannel(&words);
        let service = self.services.named(text);
        // "Non, c'est pas ça, je cherche …": what they want is what follows.
        let repaired = self
            .topics
            .repaired(&follow_up::after_no(text).unwrap_or_else(|| words.clone()));
        let asks_anything = matches!(expect, Expect::Anything | Expect::YesNo);
        let cuts = if asks_anything {
            follow_up::cuts(text)
        } else {
            Vec::new()
        };
        // All are read at once, which takes less time than one after the other.
        let other = other.filter(|other| *other != text);
        let beside = other.into_iter().chain(cuts.iter().map(|[left, _]| left.as_str()));
        let beside = beside.map(|text| self.topics.repaired(&normalise::words(text)));
        let sentences: Vec<Vec<Word>> = std::iter::once(repaired).chain(beside).collect();
        let vectors = self.topics.features().said(&sentences);
        let sense = self.sense.as_ref();
        let command = commands::command_meant(text, sense.map(|sense| sense.score(&vectors[0])));
        let mut classified = self.topics.classify_each(&vectors).into_iter();
        let mut found = classified.next().unwrap_or_default();
        if let Some(other) = other.and_then(|_| classified.next()) {
            found = found.and(&other, self.topics.threshold());
        }
        let mut alternatives: Vec<TopicMatch> = found.ranked;
        alternatives.truncate(ALTERNATIVES);
        let accepted = found.accepted && !says_nothing_of_a_topic(command, yes_no, &words);
        let mut topic = alternatives.first().filter(|_| accepted).cloned();
        let asks = command == Some(Command::Agent) || service.is_some();
        if let (true, None, Some(id)) = (asks, &topic, &self.agent) {
            topic = Some(TopicMatch {
                id: id.clone(),
                confidence: RULE_CONFIDENCE,
            });
        }
        let command = command.or_else(|| commands::status(&words, topic.is_some()));
        // A question may be asked in place of an answer.
        let may_ask = matches!(expect, Expect::Anything | Expect::YesNo | Expect::Choice) || aside::asks(text);
        let mut reading = Reading {
            text: text.to_owned().into(),
            command,
            yes_no,
            topic,
            alternatives,
            passages: if may_ask {
                self.lookup.find(&sentences[0], &vectors[0], self.topics.features())
            } else {
                Vec::new()
            },
            happenings: happenings::asked(text, now.date()).filter(|_| may_ask && expect != Expect::Choice),
            contact: contact::asked(text).filter(|_| may_ask && expect != Expect::Choice),
            leans: follow_up::leans(text),
            requests: {
                let first = sentences.len() - cuts.len();
                let lefts = sentences[first..].iter().zip(&vectors[first..]).zip(classified);
                self.requests(cuts.iter().zip(lefts), now)
            },
            service,
            value: match expect {
                Expect::YesNo => yes_no.map(Value::YesNo),
                _ => value::answer(text, expect, now, &self.lexicon),
            },
            completeness: Completeness::Open,
            backchannel,
            opening: completeness::only_opens(&words),
        };
        reading.completeness = completeness::completeness(text, &reading, expect);
        reading
    }

    /// Two requests in one sentence, each of which may be something alone, from the ways to cut it and what the left part
    /// says in each.
    fn requests<'a>(
        &self,
        mut cuts: impl Iterator<Item = (&'a [String; 2], ((&'a Vec<Word>, &'a Vector), Classified))>,
        now: NaiveDateTime,
    ) -> Option<Box<[Reading; 2]>> {
        let may_be = |part: &Reading| {
            let found = part.passages.first();
            part.tells() || part.topic.is_some() || found.is_some_and(|found| found.confidence >= lookup::WORTH_ASKING)
        };
        cuts.find_map(|([left, right], ((words, vector), found))| {
            let accepted = found.accepted;
            let alternatives = found.ranked;
            let first = Reading {
                text: left.clone().into(),
                topic: alternatives.first().filter(|_| accepted).cloned(),
                alternatives,
                passages: self.lookup.find(words, vector, self.topics.features()),
                happenings: happenings::asked(left, now.date()),
                contact: contact::asked(left),
                ..Reading::default()
            };
            let then = may_be(&first).then(|| self.read(right, Expect::Anything, now))?;
            may_be(&then).then(|| Box::new([first, then]))
        })
    }

    /// The service that `text` asks for by its name.
    pub fn named_service(&self, text: &str) -> Option<usize> {
        self.services.named(text)
    }

    /// From this confidence on, a topic is accepted; it comes from the plan's own figures.
    pub fn threshold(&self) -> f32 {
        self.topics.threshold()
    }
}

/// "oui", "répétez", "au revoir": the classifier was never taught to be asked about these.
fn says_nothing_of_a_topic(command: Option<Command>, yes_no: Option<bool>, words: &[Word]) -> bool {
    let short = words.len() <= 4;
    match command {
        Some(Command::Agent | Command::Insult | Command::Accident) | None => yes_no.is_some() && short,
        Some(_) => true,
    }
}
