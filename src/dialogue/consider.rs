//! What an utterance may be about: which topics or passages answer it, and how sure that is. The one place that weighs the
//! plan's topics against the town's knowledge.

use chrono::NaiveDateTime;

use super::knowledge::Passage;
use super::plan::Plan;
use crate::understand::contact::Contact;
use crate::understand::happenings::{self, Period};
use crate::understand::lookup::{self, PassageMatch};
use crate::understand::topics::{self, SURE};
use crate::understand::{Reading, TopicMatch, follow_up};

/// What may be answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// A topic (index in the plan's).
    Topic(usize),
    /// A passage (index in the plan's knowledge).
    Passage(usize),
    /// A person of a service (index in the plan's).
    Service(usize),
    /// What the town's calendars have for these days.
    Agenda(Period),
    /// Where the town hall is, or its number, as far as the plan tells.
    Contact(Contact),
}

impl Subject {
    /// Whether it is an answer, and nothing is done for the caller.
    pub fn only_tells(&self, plan: &Plan) -> bool {
        match self {
            Self::Topic(topic) => plan.topics[*topic].action.only_tells(),
            Self::Passage(_) | Self::Agenda(_) | Self::Contact(_) => true,
            Self::Service(_) => false,
        }
    }
}

/// What an utterance is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Considered {
    /// These are answered, one after the other; there is one at least.
    Sure(Vec<Subject>),
    /// This one, or one of these two: it is asked which.
    Doubtful(Subject, Option<Subject>),
    /// This one perhaps, or one of these two: it is asked where nothing else makes sense.
    Perhaps(Subject, Option<Subject>),
    /// Nothing that we know of.
    Nothing,
}

/// From this confidence on, a topic that was not accepted is still worth a question, where no other is near.
const WORTH_ASKING: f32 = 0.35;
/// A passage this likely may be meant where a topic is doubtful; and where it is sure, if it is not certain, or all that was
/// said stands in the passage: what the town wrote on one question is more to the point than what it says of all.
const AS_LIKELY: f32 = 0.5;
/// From this confidence on a topic is certain. Of 121 held-out questions that a passage answers, a topic answered 24 where
/// being sure was enough, and 10 now; of 753 sentences on the topics, 11 more are asked about.
const CERTAIN: f32 = 0.98;
/// What is so many times likelier than the next stands out, and is asked about alone.
pub(super) const STANDS_OUT: f32 = 2.0;
/// From this confidence on, what was nearest to words that were not understood is asked about when it is nearest to other
/// words, too: half of what it takes at once.
const SAID_TWICE: f32 = 0.17;
/// From this confidence on, a second passage is worth being asked about too where the first does not stand out: of 237
/// questions to the knowledge six are asked in this way, of which it is the one that is meant in four.
const AS_NEAR: f32 = 0.2;

/// Weighs what was understood.
pub fn consider(plan: &Plan, reading: &Reading, now: NaiveDateTime) -> Considered {
    let topic = |found: &TopicMatch| named(plan, found).map(Subject::Topic);
    if let Some(parts) = two_requests(plan, reading, now) {
        let sure = |part| match request(plan, part, now) {
            Considered::Sure(subjects) => subjects,
            _ => Vec::new(),
        };
        let [first, then] = parts.each_ref().map(sure);
        if !first.is_empty() && !then.is_empty() {
            return Considered::Sure([first, then].concat());
        }
    }
    let told_by_plan = |contact: &Contact| match contact {
        Contact::Address => plan.town.address.is_some(),
        Contact::Phone => plan.town.phone.is_some(),
        Contact::Today | Contact::Time => true,
    };
    if let Some(contact) = reading.contact.filter(told_by_plan) {
        return Considered::Sure(vec![Subject::Contact(contact)]);
    }
    // Asked for in so many words, what goes on is told from the calendars, where there are any.
    if let Some(period) = reading.happenings
        && plan.knowledge.iter().any(|passage| passage.event.is_some())
    {
        return Considered::Sure(vec![Subject::Agenda(period)]);
    }
    let (passage, next) = passages_meant(plan, reading, now);
    let told = |found: PassageMatch| Subject::Passage(found.passage);
    // "Inscrire mon fils à l'école" is not the school of music, of whose passage all of that may be said.
    let topic_is_sure = reading.topic.as_ref().is_some_and(|topic| topic.confidence >= SURE);
    let sure = passage.filter(|found| found.confidence >= SURE && (found.is_named || !topic_is_sure));
    let sure = sure.map(told);
    if let Some(sure) = sure.or_else(|| event_named(plan, reading, now).map(Subject::Passage)) {
        // What the town wrote on one question is more to the point than what it says of all; but it does nothing.
        let also = reading.topic.as_ref().filter(|topic| topic.confidence >= SURE);
        let also = also.and_then(|found| named(plan, found));
        let also = also.filter(|&topic| !plan.topics[topic].action.only_tells());
        return match also {
            // Two sure answers are one doubt.
            Some(also) => Considered::Doubtful(Subject::Topic(also), Some(sure)),
            None => Considered::Sure(vec![sure]),
        };
    }
    let Some((found, subject)) = reading.topic.as_ref().and_then(|found| Some((found, topic(found)?))) else {
        let passage = passage.map(|passage| Considered::Perhaps(told(passage), next.map(told)));
        let topic = || Some(Considered::Perhaps(topic(nearest(&reading.alternatives)?)?, None));
        return passage.or_else(topic).unwrap_or(Considered::Nothing);
    };
    let near = topics::between(found, &reading.alternatives).and_then(|[_, next]| topic(next));
    if found.confidence >= SURE {
        let to_the_point = |passage: &PassageMatch| {
            // Who wants something done is not asked whether they want to know something like it.
            let is_open = match subject.only_tells(plan) {
                true => passage.covers || found.confidence < CERTAIN,
                false => passage.covers && passage.is_named,
            };
            is_open && !asks_more(plan, passage, reading)
        };
        let passage = passage.filter(|passage| to_the_point(passage) && passage.confidence >= AS_LIKELY);
        return match near.or(passage.map(told)) {
            Some(other) => Considered::Doubtful(subject, Some(other)),
            None => Considered::Sure(vec![subject]),
        };
    }
    match (
        near,
        passage.filter(|passage| passage.confidence >= found.confidence.min(AS_LIKELY)),
    ) {
        // The likelier one is asked about first, and in place of two topics if it is likely.
        (near, Some(passage))
            if passage.confidence > found.confidence && (near.is_none() || passage.confidence >= AS_LIKELY) =>
        {
            Considered::Doubtful(told(passage), Some(subject))
        }
        (near, passage) => Considered::Doubtful(subject, near.or(passage.map(told))),
    }
}

/// The two parts of what was said, where each is a request of its own: both are sure, or the whole is not and the parts make
/// more sense.
pub(super) fn two_requests<'a>(plan: &Plan, reading: &'a Reading, now: NaiveDateTime) -> Option<&'a [Reading; 2]> {
    let parts = reading.requests.as_deref()?;
    let [first, then] = parts.each_ref().map(|part| request(plan, part, now));
    let whole = Reading {
        requests: None,
        ..reading.clone()
    };
    let two = match (&first, &then) {
        (Considered::Nothing, _) | (_, Considered::Nothing) => false,
        (Considered::Sure(first), Considered::Sure(then)) => first.iter().all(|subject| !then.contains(subject)),
        // "Un lampadaire en panne, et puis un rendez-vous": what is announced is asked about.
        (Considered::Sure(_), Considered::Doubtful(..)) if follow_up::asks(parts[1].text.reveal()) => {
            main(&first) != main(&then)
        }
        (_, Considered::Sure(_) | Considered::Doubtful(..)) if follow_up::announces_another(parts[1].text.reveal()) => {
            main(&first) != main(&then)
        }
        _ => {
            let whole = request(plan, &whole, now);
            main(&first) != main(&then) && matches!(whole, Considered::Perhaps(..) | Considered::Nothing)
        }
    };
    two.then_some(parts)
}

/// The same as [`consider`], where somebody may be asked for.
fn request(plan: &Plan, reading: &Reading, now: NaiveDateTime) -> Considered {
    match reading.service {
        Some(service) => Considered::Sure(vec![Subject::Service(service)]),
        None => consider(plan, reading, now),
    }
}

/// The likeliest subject.
fn main(considered: &Considered) -> Option<Subject> {
    match considered {
        Considered::Sure(subjects) => subjects.first().copied(),
        Considered::Doubtful(subject, _) | Considered::Perhaps(subject, _) => Some(*subject),
        Considered::Nothing => None,
    }
}

/// Whether the heading that we would ask about asks for a fact that was not asked for: a price, a moment. "Une carte
/// d'identité" is not "Combien coûte la carte de bibliothèque ?".
fn asks_more(plan: &Plan, passage: &PassageMatch, reading: &Reading) -> bool {
    let said = lookup::asked(reading.text.reveal());
    let more = |heading: &String| (lookup::asked(heading).iter().zip(said)).any(|(asked, said)| *asked && !said);
    let passage = plan.knowledge.get(passage.passage);
    passage.is_some_and(|passage| passage.questions.first().is_some_and(more))
}

/// The event whose day is asked for by its title: "c'est quand le marché de Noël ?"
fn event_named(plan: &Plan, reading: &Reading, now: NaiveDateTime) -> Option<usize> {
    let text = reading.text.reveal();
    let is_named = |passage: &Passage| {
        let event = passage.event.as_ref();
        event.is_some_and(|event| happenings::asks_when(text, &event.title)) && passage.holds_at(now)
    };
    plan.knowledge.iter().position(is_named)
}

/// What words that were not understood are nearest to, and how sure that is: a topic, a passage.
pub(super) type Nearest = Vec<(Subject, f32)>;

/// The nearest to these words.
pub(super) fn nearest_to(plan: &Plan, reading: &Reading, now: NaiveDateTime) -> Nearest {
    let topic = reading.alternatives.first();
    let topic = topic.and_then(|found| Some((Subject::Topic(named(plan, found)?), found.confidence)));
    let passage = passages_that_hold(plan, reading, now).next();
    let passage = passage.map(|found| (Subject::Passage(found.passage), found.confidence));
    topic.into_iter().chain(passage).collect()
}

/// What is nearest to words that were not understood, and to those by which the same was said before.
pub(super) fn nearest_to_both(now: &Nearest, before: &Nearest) -> Option<Subject> {
    let both = now.iter().filter_map(|(subject, sure)| {
        let (_, before) = before.iter().find(|(other, _)| other == subject)?;
        Some((*subject, (sure + before) / 2.0))
    });
    let both = both.filter(|(_, sure)| *sure >= SAID_TWICE);
    both.max_by(|a, b| a.1.total_cmp(&b.1)).map(|(subject, _)| subject)
}

/// A topic's place in the plan.
fn named(plan: &Plan, found: &TopicMatch) -> Option<usize> {
    plan.topics.iter().position(|topic| topic.id == found.id)
}

/// The passage that may answer, the likeliest of those that still hold; and the next, where it does not stand out.
fn passages_meant(plan: &Plan, reading: &Reading, now: NaiveDateTime) -> (Option<PassageMatch>, Option<PassageMatch>) {
    let mut found = passages_that_hold(plan, reading, now);
    let best = found.next().filter(|best| best.confidence >= lookup::WORTH_ASKING);
    let as_near = |next: &PassageMatch| best.is_some_and(|best| STANDS_OUT * next.confidence >= best.confidence);
    let next = found.next().filter(as_near).filter(|next| next.confidence >= AS_NEAR);
    (best, next)
}

fn passages_that_hold(plan: &Plan, reading: &Reading, now: NaiveDateTime) -> impl Iterator<Item = PassageMatch> {
    let holds = move |found: &PassageMatch| {
        plan.knowledge
            .get(found.passage)
            .is_some_and(|passage| passage.holds_at(now))
    };
    reading.passages.iter().copied().filter(holds)
}

/// The topic that was too doubtful to be accepted, but is worth a question.
fn nearest(alternatives: &[TopicMatch]) -> Option<&TopicMatch> {
    let best = alternatives.first()?;
    let next = alternatives.get(1).map_or(0.0, |topic| topic.confidence);
    (best.confidence >= WORTH_ASKING && best.confidence >= STANDS_OUT * next).then_some(best)
}
