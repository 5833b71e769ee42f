//! A person steps into a call that runs, and out of it again: takes it over from us, gives it back, passes it on.
//!
//! ```text
//!                    takes over                              gives it back, is gone
//! anything we do ───────────────► "un agent prend l'appel" ═════ bridge ═════► the dialogue, where it was
//!                                     (both hear it)                 │ passes it on
//!                                                                    └────────► another service rings
//! ```

use std::time::Instant;

use super::bridge::Bridge;
use super::event::{BridgeEnd, CallEvent, Left};
use super::line::Line;
use super::marks::Marks;
use super::pass_on::Passing;
use super::{Call, Output, Phase};
use crate::dialogue::Input;
use crate::dialogue::phrases::{Phrase, Phrases};
use crate::dialogue::plan::CONSOLE;
use crate::pii::Pii;
use crate::transfer::Outcome;
use crate::transfer::handover::ClerkId;
use crate::wire::negotiate::Agreed;

impl Call {
    /// Somebody of this name, whose line is as agreed, takes the call over from us; gives their number, or none where it
    /// cannot be now: the call is over or already with a person, the telephone system has it, its caller only types, or
    /// something is just being written.
    pub fn handle_take_over(&mut self, now: Instant, agreed: &Agreed, name: Pii<String>) -> Option<ClerkId> {
        let may = match &self.phase {
            Phase::Talking | Phase::Recording(_) => true,
            Phase::HandingOver(handing) => handing.passing.is_none(),
            _ => false,
        };
        if !may || self.writing.is_alone() {
            return None;
        }
        let line = self.line_for(agreed)?;
        let service = match (&self.phase, &self.waiting) {
            (Phase::HandingOver(handing), _) => handing.service,
            (_, Some(waiting)) => waiting.service(),
            _ => self.dialogue.plan().reception,
        };
        self.leave_off(now);
        let id = self.new_clerk();
        self.event(CallEvent::TakenOver { clerk: name.clone() });
        self.event(CallEvent::Bridged {
            target: CONSOLE.into(),
            clerk: Some(name),
        });
        self.phase = Phase::Bridged(Box::new(Bridge::new(now, service, id, line, false)));
        let phrases = Phrases::new(&self.dialogue.plan().phrases);
        let text = phrases.get(Phrase::AgentTakes).to_owned();
        self.say(&text, true);
        self.announce_recording();
        Some(id)
    }

    /// The line of somebody whose session is as agreed; none where it cannot be had, which is told.
    pub(super) fn line_for(&mut self, agreed: &Agreed) -> Option<Line> {
        let line = Line::new(agreed, self.line.clock());
        line.map_err(|error| self.failed(Err(error))).ok()
    }

    /// Stops what we do with the caller; what they have recorded is kept.
    fn leave_off(&mut self, now: Instant) {
        if let Phase::Recording(recording) = &mut self.phase
            && recording.holds_speech()
        {
            let (service, audio) = (recording.service(), recording.take());
            self.keep(now, service, audio);
        }
        if self.unqueue(now, Left::Taken) {
            self.dialogue.taken();
        } else if let Phase::HandingOver(handing) = &self.phase {
            let service = self.service_id(handing.service);
            self.stop_ringing(now);
            self.event(CallEvent::TransferEnded {
                service,
                outcome: Outcome::Taken,
            });
        }
        self.phase = Phase::Talking;
        self.next = None;
        self.fall_silent();
        self.forget_utterance();
        self.wait_anew();
        self.marks = Marks::default();
    }

    /// The clerk gives the call back: the dialogue goes on where it was.
    pub(super) fn given_back(&mut self, now: Instant) {
        self.parts(now, BridgeEnd::GivenBack);
        self.back_with_us(now, Input::GivenBack);
    }

    /// The clerk is gone without a word: the caller is told so, and what there is instead.
    pub(super) fn clerk_is_lost(&mut self, now: Instant) {
        self.parts(now, BridgeEnd::ClerkLost);
        self.back_with_us(now, Input::ClerkLost);
    }

    /// The clerk passes the call on to this service, which rings as for any caller.
    pub(super) fn passes_on(&mut self, now: Instant, service: &str) {
        let known = self
            .dialogue
            .plan()
            .services
            .iter()
            .position(|known| known.id == service);
        match known {
            Some(service) => {
                self.parts(now, BridgeEnd::PassedOn);
                self.back_with_us(now, Input::PassedOn { service });
            }
            None => self.given_back(now),
        }
    }

    /// The caller, who has spoken with a person, speaks with us again.
    fn back_with_us(&mut self, now: Instant, why: Input) {
        self.fall_silent();
        self.last_packet = now;
        self.turn = self.turn.next();
        self.marks = Marks::default();
        self.drive(now, why);
    }

    /// The two speak through us no more.
    pub(super) fn parts(&mut self, now: Instant, by: BridgeEnd) {
        if let Phase::Bridged(bridge) = std::mem::replace(&mut self.phase, Phase::Talking) {
            self.take_down(now, *bridge, by);
        }
    }

    /// Lets everybody go who is rung; gives who was passing the caller on.
    pub(super) fn stop_ringing(&mut self, now: Instant) -> Option<Passing> {
        let Phase::HandingOver(handing) = &mut self.phase else {
            return None;
        };
        handing.state.abandon();
        self.outputs.extend(handing.awaited().map(Output::Cancel));
        let passing = handing.passing.take();
        self.follow_hand_over(now);
        passing
    }
}
