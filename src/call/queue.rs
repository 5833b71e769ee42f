//! The caller waits for somebody of a service: their place comes from outside, where all calls are known; what they hear of
//! it, and when, is decided here.
//!
//! ```text
//! Act::Queue ─► Wish::Join ─► Turn ─► Phase::HandingOver ─► taken: Wish::Taken
//!                  │            ▲         └─ nobody: Wish::Missed ─┐
//!                  └─► Waits ───┴───────◄──────────────────────────┘
//!                        └─ music; the place is said at first, when it has changed, and every now and then
//! ```
//!
//! The music is mixed in where nothing is said, makes way for who speaks, and goes on while a clerk's telephone rings: the
//! caller is listened to all that time.

use std::time::{Duration, Instant};

use super::event::{CallEvent, Left, ms};
use super::{Call, LONGEST, News, Output, Phase};
use crate::dialogue::plan::Passing;
use crate::dialogue::{self, Input};
use crate::pii::Pii;
use crate::speak::music::{self, Music};
use crate::speak::queue::Played;
use crate::transfer::Outcome;
use crate::transfer::queue::{Limits, Place, Refusal};
use crate::units::FRAME;

/// A place that has changed is told after this at the earliest, …
const CHANGED: Duration = Duration::from_secs(20);
/// … and any place after this.
const UNCHANGED: Duration = Duration::from_secs(45);
/// Where somebody speaks just then, it is told so much later.
const LATER: Duration = Duration::from_secs(2);
/// Longest wait for the answer to [`Wish::Join`] or [`Wish::Missed`], which comes at once.
const ANSWER: Duration = Duration::from_secs(5);
/// The music while the caller speaks: it makes way, but the line does not seem dead.
const UNDER_SPEECH: f32 = 0.25;

/// What becomes of the caller's place.
#[derive(Clone, Debug, PartialEq)]
pub enum Wish {
    /// A place, in the order of arrival.
    Join {
        /// Index in the plan's services.
        service: usize,
        /// When they arrived.
        since: Instant,
        /// How many may wait, and for how long.
        limits: Limits,
    },
    /// Nobody took the call at these extensions (indices in the service's).
    Missed(Vec<(usize, Outcome)>),
    /// The clerk at this extension has it, until the call is over.
    Taken(usize),
    /// None any more.
    Leave,
}

/// A caller who waits.
pub(super) struct Waiting {
    service: usize,
    /// When they have waited for too long, and when they are told so whoever speaks.
    limit: Instant,
    last: Instant,
    /// Their place; none until they have one.
    place: Option<Place>,
    /// The place that they were told last, and when.
    told: Option<(Place, Instant)>,
    /// When they are told again, or an answer must have come.
    due: Option<Instant>,
    /// The extensions of their turn.
    turn: Vec<usize>,
    missed: Vec<(usize, Outcome)>,
    /// How the last turn ended.
    outcome: Outcome,
}

impl Waiting {
    /// For whom they wait (index in the plan).
    pub(super) fn service(&self) -> usize {
        self.service
    }

    /// The extensions that are to be rung now.
    pub(super) fn take_turn(&mut self) -> Vec<usize> {
        self.missed.clear();
        std::mem::take(&mut self.turn)
    }

    /// An extension did not take the call.
    pub(super) fn note_missed(&mut self, post: usize, outcome: Outcome) {
        self.missed.push((post, outcome));
    }
}

/// What does not end with one wait: the music fades out, and the place of arrival is kept for who comes back.
#[derive(Default)]
pub(super) struct Hold {
    music: Option<Music>,
    /// For which service the caller waits or has waited, and since when.
    since: Option<(usize, Instant)>,
    /// They have left that place to be called back, and may yet come back to it.
    resumes: bool,
}

impl Hold {
    /// Whether music is heard.
    pub(super) fn plays(&self) -> bool {
        self.music.is_some()
    }

    /// The caller has no place to come back to.
    pub(super) fn forget(&mut self) {
        (self.since, self.resumes) = (None, false);
    }

    /// How long ago the caller has come to wait.
    pub(super) fn waited(&self, now: Instant) -> Duration {
        self.since
            .map_or(Duration::ZERO, |(_, since)| now.duration_since(since))
    }
}

impl Call {
    /// Takes a place among those who wait for a service, or the one that was left before.
    pub(super) fn queue_for(&mut self, now: Instant, service: usize, about: &Pii<String>) {
        let of = &self.dialogue.plan().clone().services[service];
        let (Passing::Attended(rules), Some(queue)) = (of.passing, &of.queue) else {
            return;
        };
        self.transfer_begins(service, about);
        if self.writing.is_alone() {
            // Who only types has nothing to speak with.
            return self.transfer_ended(now, service, Outcome::Unreachable);
        }
        let resumes = std::mem::take(&mut self.hold.resumes);
        let before = self.hold.since.filter(|(left, _)| resumes && *left == service);
        let since = before.map_or(now, |(_, since)| since);
        self.hold.since = Some((service, since));
        let limit = since + queue.longest;
        self.waiting = Some(Waiting {
            service,
            limit,
            last: limit + ANSWER,
            place: None,
            told: None,
            due: Some(now + ANSWER),
            turn: Vec::new(),
            missed: Vec::new(),
            outcome: Outcome::NoAnswer,
        });
        let limits = Limits {
            posts: of.extensions.len(),
            together: rules.together,
            places: queue.places,
            longest: queue.longest,
            measured: !rules.by_pbx,
        };
        let join = Wish::Join { service, since, limits };
        self.outputs.push_back(Output::Queue(join));
    }

    /// How the caller stands among those who wait. What comes to one who has left is dropped.
    pub fn handle_queue(&mut self, now: Instant, news: News) {
        let since = self.hold.since.map_or(now, |(_, since)| since);
        let Some(waiting) = &mut self.waiting else { return };
        match news {
            News::Turn(posts) => {
                waiting.turn = posts;
                let waited = now.duration_since(since);
                self.drive(now, Input::TurnComes(waited));
            }
            News::Waits(place) => self.stands(now, place),
            News::Refused(refusal) => {
                let (why, outcome) = match refusal {
                    Refusal::Full => (Left::Full, Outcome::Busy),
                    Refusal::TooLong => (Left::TooLong, Outcome::Busy),
                    Refusal::Unreachable => (Left::Unreachable, Outcome::Unreachable),
                };
                waiting.outcome = outcome;
                self.turn_away(now, why);
            }
        }
    }

    /// This is the caller's place now.
    fn stands(&mut self, now: Instant, place: Place) {
        let Some(waiting) = &mut self.waiting else { return };
        waiting.place = Some(place);
        let wait_ms = ms(place.wait);
        match waiting.told {
            None => {
                let service = waiting.service;
                let event = CallEvent::Queued {
                    service: self.service_id(service),
                    position: place.position,
                    wait_ms,
                };
                self.event(event);
                self.begin_music(service);
                self.tell_place(now, place, false);
            }
            Some((told, at)) => {
                let moved = told.position != place.position;
                waiting.due = Some(at + if moved { CHANGED } else { UNCHANGED });
                self.event(CallEvent::Moved {
                    position: place.position,
                    wait_ms,
                });
            }
        }
    }

    fn tell_place(&mut self, now: Instant, place: Place, again: bool) {
        if let Some(waiting) = &mut self.waiting {
            waiting.told = Some((place, now));
            waiting.due = Some(now + UNCHANGED);
        }
        let place = dialogue::Place {
            position: place.position,
            wait: place.wait,
            busy: place.busy,
        };
        self.drive(now, Input::Waits { place, again });
    }

    /// When the caller is to be told something, or has waited for too long. While a telephone rings for them, they may yet
    /// be lucky.
    pub(super) fn queue_deadline(&self) -> Option<Instant> {
        let waiting = self.waiting.as_ref()?;
        if !matches!(self.phase, Phase::Talking) {
            return None;
        }
        [waiting.due, Some(waiting.limit)].into_iter().flatten().min()
    }

    /// What [`Call::queue_deadline`] announced.
    pub(super) fn queue_is_due(&mut self, now: Instant) {
        let occupied = !self.speech.is_idle() || self.ear.turn().is_speaking() || self.recognising.is_some();
        let Some(waiting) = &mut self.waiting else { return };
        let place = waiting.place;
        if now >= waiting.limit {
            // What is being said is heard to its end first; but nobody waits for ever.
            if occupied && now < waiting.last {
                waiting.limit = now + LATER;
                return;
            }
            return self.turn_away(now, Left::TooLong);
        }
        match place {
            // Nobody answers for the queue: the caller is not left alone with it.
            None => self.turn_away(now, Left::Unreachable),
            Some(_) if occupied => waiting.due = Some(now + LATER),
            Some(place) => self.tell_place(now, place, true),
        }
    }

    /// The caller waits no more, and it was not their choice.
    fn turn_away(&mut self, now: Instant, why: Left) {
        self.unqueue(now, why);
        self.drive(now, Input::TurnedAway(why));
    }

    /// The caller waits no more; false where they did not.
    pub(super) fn unqueue(&mut self, now: Instant, why: Left) -> bool {
        if self.waiting.is_some() && matches!(self.phase, Phase::HandingOver(_)) {
            self.stop_ringing(now);
            self.phase = Phase::Talking;
        }
        let Some(waiting) = self.waiting.take() else {
            return false;
        };
        self.outputs.push_back(Output::Queue(Wish::Leave));
        self.tell_unqueued(now, &waiting, why);
        let outcome = match why {
            Left::CallBack | Left::Message | Left::Returned | Left::HungUp => Outcome::Abandoned,
            // By somebody who was not rung.
            Left::Taken => Outcome::Taken,
            Left::Full | Left::TooLong | Left::Closed | Left::Unreachable => waiting.outcome,
        };
        let service = self.service_id(waiting.service);
        self.event(CallEvent::TransferEnded { service, outcome });
        match why {
            Left::Message | Left::Returned => self.hold.forget(),
            // A call-back keeps the order of arrival, whether it was asked for or is now offered.
            _ => self.hold.resumes = why == Left::CallBack,
        }
        true
    }

    /// The clerk at this extension has taken the call.
    pub(super) fn stop_waiting(&mut self, now: Instant, post: usize) {
        let Some(waiting) = self.waiting.take() else { return };
        self.outputs.push_back(Output::Queue(Wish::Taken(post)));
        self.tell_unqueued(now, &waiting, Left::Taken);
        self.hold.music = None;
        self.dialogue.taken();
    }

    fn tell_unqueued(&mut self, now: Instant, waiting: &Waiting, how: Left) {
        let waited = self.hold.waited(now);
        self.alone_since = now;
        // Whose call was taken at once has not waited.
        if waiting.told.is_some() || !matches!(how, Left::Taken | Left::HungUp) {
            let service = self.service_id(waiting.service);
            let waited_ms = ms(waited);
            self.event(CallEvent::Unqueued {
                service,
                how,
                waited_ms,
            });
        }
    }

    /// Nobody took the call in the caller's turn.
    pub(super) fn turn_missed(&mut self, now: Instant, outcome: Outcome) {
        self.phase = Phase::Talking;
        self.last_packet = now;
        if let Some(waiting) = &mut self.waiting {
            waiting.outcome = outcome;
            let missed = Wish::Missed(std::mem::take(&mut waiting.missed));
            if waiting.told.is_none() {
                waiting.due = Some(now + ANSWER);
            }
            self.outputs.push_back(Output::Queue(missed));
        }
    }

    /// Tells that a service is being rung, or waited for, and what its clerks are told of the call.
    pub(super) fn transfer_begins(&mut self, service: usize, about: &Pii<String>) {
        let of = &self.dialogue.plan().services[service];
        let event = CallEvent::TransferBegan {
            service: of.id.clone(),
            target: of.extensions.join(", "),
            about: self.to_be_read(about),
        };
        self.event(event);
    }

    /// When the call has lasted too long; what was waited does not count, and waiting has its own limit.
    pub(super) fn longest(&self) -> Option<Instant> {
        self.waiting.is_none().then_some(self.alone_since + LONGEST)
    }

    fn begin_music(&mut self, service: usize) {
        if self.hold.music.is_none() {
            let queue = self.dialogue.plan().services[service].queue.as_ref();
            let own = queue.and_then(|queue| queue.music.clone());
            self.hold.music = Some(Music::new(own.unwrap_or_else(music::piece)));
        }
    }

    /// Adds the music to what the caller hears, where nothing is said.
    pub(super) fn play_music(&mut self, frame: &mut [i16; FRAME], played: Played) {
        let Some(music) = &mut self.hold.music else { return };
        let waits = self.waiting.as_ref().is_some_and(|waiting| waiting.told.is_some());
        let loud = match played {
            _ if !waits => 0.0,
            Played::Sound => 0.0,
            _ if self.ear.turn().is_speaking() => UNDER_SPEECH,
            Played::Idle | Played::Starved | Played::Ducked => 1.0,
        };
        music.mix(frame, loud);
        if !waits && music.is_silent() {
            self.hold.music = None;
        }
    }
}
