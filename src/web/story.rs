//! What happened in a call, as a page tells it: who said what, and how things stand.

use chrono::NaiveDate;

use super::words;
use crate::call::event::{CallEvent, RecordingNews};
use crate::store::CallDetail;
use crate::transfer::Outcome;
use crate::units::Expect;

/// A line of a call.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// Unix milliseconds.
    pub at: i64,
    /// What.
    pub what: What,
}

/// What a line says.
#[derive(Clone, Debug, PartialEq)]
pub enum What {
    /// We said this.
    Ours(String),
    /// The caller said this; how it was understood.
    Theirs(String, String),
    /// The caller pressed this key.
    Key(char),
    /// So long after the caller's last word our answer began, in ms.
    Answered(u64),
    /// Something else.
    Happened(String),
}

/// What was cited last.
#[derive(Clone, Debug, PartialEq)]
pub struct Citation {
    /// The passage's heading.
    pub passage: String,
    /// Whose words.
    pub source: Option<String>,
    /// Day of its last change.
    pub date: Option<NaiveDate>,
}

/// Whom the caller waits for.
#[derive(Clone, Debug, PartialEq)]
pub struct Wait {
    /// The service's id.
    pub service: String,
    /// Since when (Unix milliseconds).
    pub since: i64,
    /// Their place, from 1.
    pub position: usize,
    /// How long it may take.
    pub wait_ms: u64,
}

/// A call so far.
#[derive(Clone, Debug, Default)]
pub struct Story {
    /// Its lines, in order.
    pub lines: Vec<Line>,
    /// Ids of the topics that were spoken of, each once.
    pub topics: Vec<String>,
    /// What the caller answered to questions for a value, by the kind of value, as it was heard.
    pub answers: Vec<(&'static str, String)>,
    /// What was cited last.
    pub cited: Option<Citation>,
    /// The service that the call was passed to last, and how that ended, if it has.
    pub transfer: Option<(String, Option<Outcome>)>,
    /// Whom the caller waits for now.
    pub waiting: Option<Wait>,
    /// With whom the caller speaks, while they do.
    pub with: Option<String>,
    /// Whether that is recorded.
    pub recorded: bool,
    /// References of the requests that it made.
    pub references: Vec<String>,
}

impl Story {
    /// Of what the store knows.
    pub fn of(call: &CallDetail) -> Self {
        let mut story = Self::default();
        for (at, event) in &call.events {
            // What another version wrote may be unknown to this one.
            if let Ok(event) = serde_json::from_value(event.clone()) {
                story.add(*at, &event);
            }
        }
        story
    }

    /// What the caller said last that is about something.
    pub fn last_words(&self) -> Option<&str> {
        self.lines.iter().rev().find_map(|line| match &line.what {
            What::Theirs(text, meaning) if meaning.starts_with("sujet ") => Some(text.as_str()),
            _ => None,
        })
    }

    fn add(&mut self, at: i64, event: &CallEvent) {
        let what = match event {
            CallEvent::Said { text, .. } => Some(What::Ours(text.reveal().clone())),
            CallEvent::Heard {
                text,
                topic,
                confidence,
                command,
                judged,
                ..
            } => {
                self.note(topic.as_deref(), judged.expect, text.reveal());
                let meaning = words::meaning(command.as_deref(), topic.as_deref(), *confidence, *judged);
                Some(What::Theirs(text.reveal().clone(), meaning))
            }
            CallEvent::Tone { key } => Some(What::Key(*key.reveal())),
            CallEvent::Answered { times, .. } => (times.recognised > 0).then_some(What::Answered(times.answered)),
            _ => words::happened(event).map(What::Happened),
        };
        self.lines.extend(what.map(|what| Line { at, what }));
        match event {
            CallEvent::Cited {
                passage, source, date, ..
            } => {
                self.cited = Some(Citation {
                    passage: passage.clone(),
                    source: source.clone(),
                    date: *date,
                });
            }
            CallEvent::TransferBegan { service, .. } => self.transfer = Some((service.clone(), None)),
            CallEvent::TransferEnded { service, outcome } => self.transfer = Some((service.clone(), Some(*outcome))),
            CallEvent::Queued {
                service,
                position,
                wait_ms,
            } => {
                self.waiting = Some(Wait {
                    service: service.clone(),
                    since: at,
                    position: *position,
                    wait_ms: *wait_ms,
                });
            }
            CallEvent::Moved { position, wait_ms } => {
                if let Some(wait) = &mut self.waiting {
                    (wait.position, wait.wait_ms) = (*position, *wait_ms);
                }
            }
            CallEvent::Unqueued { .. } => self.waiting = None,
            CallEvent::Bridged { target, clerk } => {
                let name = clerk.as_ref().map(|name| name.reveal().clone());
                self.with = Some(name.unwrap_or_else(|| format!("poste {target}")));
            }
            CallEvent::BridgeEnded { .. } => (self.with, self.recorded) = (None, false),
            CallEvent::Recording { news } => self.recorded = matches!(news, RecordingNews::Begins { .. }),
            CallEvent::Ended { .. } => (self.waiting, self.with, self.recorded) = (None, None, false),
            CallEvent::RequestKept { reference, .. } => self.references.push(reference.clone()),
            _ => {}
        }
    }

    /// The topic and the answer that a caller's words gave.
    fn note(&mut self, topic: Option<&str>, expect: Expect, text: &str) {
        if let Some(topic) = topic.filter(|topic| !self.topics.iter().any(|known| known == topic)) {
            self.topics.push(topic.into());
        }
        if let Some(name) = words::expected(expect) {
            self.answers.push((name, text.into()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call::event::{Judged, Left, TurnTimes};
    use crate::pii::Pii;
    use crate::units::TurnId;

    fn heard(text: &str, topic: Option<&str>, expect: Expect) -> CallEvent {
        CallEvent::Heard {
            turn: TurnId(1),
            text: text.to_owned().into(),
            log_probability: -0.1,
            topic: topic.map(Into::into),
            confidence: topic.map(|_| 0.9),
            command: None,
            judged: Judged {
                expect,
                ..Judged::default()
            },
        }
    }

    #[test]
    fn a_call_is_told_with_what_it_came_to() {
        let mut story = Story::default();
        let service = || "urbanisme".to_owned();
        for event in [
            CallEvent::Started,
            heard("mon passeport", Some("passeport"), Expect::Anything),
            CallEvent::Answered {
                turn: TurnId(1),
                times: TurnTimes {
                    recognised: 400,
                    answered: 610,
                    ..TurnTimes::default()
                },
            },
            heard("encore le passeport", Some("passeport"), Expect::Anything),
            heard("zéro six", None, Expect::Phone),
            CallEvent::TransferBegan {
                service: service(),
                target: "201".into(),
                about: Pii::default(),
            },
        ] {
            story.add(1, &event);
        }
        assert_eq!(story.topics, ["passeport"]);
        assert_eq!(story.answers, [("téléphone", "zéro six".to_owned())]);
        assert_eq!(
            story.lines[1].what,
            What::Theirs("mon passeport".into(), "sujet passeport, 90\u{a0}%".into())
        );
        assert_eq!(story.lines[2].what, What::Answered(610));
        assert_eq!(story.transfer, Some((service(), None)), "it rings");
        let queued = CallEvent::Queued {
            service: service(),
            position: 2,
            wait_ms: 1,
        };
        story.add(7, &queued);
        let moved = CallEvent::Moved {
            position: 1,
            wait_ms: 1,
        };
        story.add(8, &moved);
        let waiting = story.waiting.clone().expect("waits");
        assert_eq!((waiting.since, waiting.position), (7, 1));
        let taken = CallEvent::Unqueued {
            service: service(),
            how: Left::Taken,
            waited_ms: 5,
        };
        story.add(9, &taken);
        assert_eq!(story.waiting, None);
        let taken = CallEvent::TransferEnded {
            service: service(),
            outcome: Outcome::Taken,
        };
        story.add(2, &taken);
        assert_eq!(story.transfer, Some((service(), Some(Outcome::Taken))));
        for (news, recorded) in [
            (RecordingNews::Begins { service: service() }, true),
            (RecordingNews::Refused, false),
        ] {
            story.add(3, &CallEvent::Recording { news });
            assert_eq!(story.recorded, recorded);
        }
    }
}
