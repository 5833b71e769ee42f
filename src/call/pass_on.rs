//! A clerk passes the caller on to somebody else, by their own telephone (REFER, RFC 3515): we ring them, the caller hears
//! it ring, and whoever answers has the call. Where nobody does, the caller is back with the clerk, or with us where the
//! clerk is gone.

use std::time::Instant;

use super::bridge::Bridge;
use super::event::{BridgeEnd, CallEvent};
use super::ringing::{HandingOver, Target};
use super::{Call, Output, Phase};
use crate::audio::CodecError;
use crate::pii::Pii;
use crate::transfer::Outcome;
use crate::transfer::handover::ClerkId;
use crate::units::FRAME;

/// So many times may a caller be passed on: more is a circle.
const MOST: u32 = 8;
/// Longer user parts may be somebody's own number: events do not tell them.
const EXTENSION: usize = 6;

/// The clerk who passes the caller on, should they stay until somebody answers.
pub(super) struct Passing {
    pub(super) bridge: Bridge,
    /// They have hung up.
    pub(super) gone: bool,
}

impl Passing {
    /// One 20 ms step of the clerk's line: they hear nothing, and what they say is for nobody.
    pub(super) fn wait(&mut self, now: Instant, frame: &mut [i16; FRAME]) -> Result<(), CodecError> {
        self.bridge.line.pull(now, frame);
        frame.fill(0);
        self.bridge.line.push(frame)
    }
}

impl Call {
    /// A clerk asks us to call somebody else, perhaps in place of a call of theirs (Replaces, RFC 3891).
    pub(super) fn pass_on(&mut self, now: Instant, id: ClerkId, uri: &Pii<String>, replaces: Option<String>) {
        let may = matches!(&self.phase, Phase::Bridged(bridge) if bridge.clerk == id && bridge.is_ours());
        if !may || self.passed_on >= MOST {
            return self.outputs.push_back(Output::Referred { clerk: id, code: 603 });
        }
        self.passed_on += 1;
        let Phase::Bridged(mut bridge) = std::mem::replace(&mut self.phase, Phase::Talking) else {
            unreachable!("it was one just now")
        };
        self.recording_ends(std::mem::take(&mut bridge.tape));
        let shown = shown(uri.reveal());
        let service = bridge.service;
        self.event(CallEvent::TransferBegan {
            service: self.service_id(service),
            target: shown.clone(),
            about: Pii::default(),
        });
        let target = Target {
            uri: uri.reveal().clone(),
            shown,
            replaces,
        };
        self.phase = Phase::HandingOver(Box::new(HandingOver {
            passing: Some(Passing {
                bridge: *bridge,
                gone: false,
            }),
            ..HandingOver::untold(now, service, target, self.next_clerk)
        }));
        self.follow_hand_over(now);
    }

    /// Nobody to whom the caller was to be passed on has taken the call.
    pub(super) fn not_passed_on(&mut self, now: Instant, passing: Passing, service: usize, outcome: Outcome) {
        if passing.gone {
            self.take_down(now, passing.bridge, BridgeEnd::PassedOn);
            return self.transfer_ended(now, service, outcome);
        }
        self.event(CallEvent::TransferEnded {
            service: self.service_id(service),
            outcome,
        });
        let mut bridge = passing.bridge;
        self.outputs.push_back(Output::Referred {
            clerk: bridge.clerk,
            code: outcome.status(),
        });
        bridge.last_packet = now;
        bridge.not_passed_on = Some((now, outcome));
        self.last_packet = now;
        self.phase = Phase::Bridged(Box::new(bridge));
        self.announce_recording();
    }

    /// The clerk has hung up on the caller whom nobody took: we do what the plan says where a transfer ends so.
    pub(super) fn left_behind(&mut self, now: Instant, outcome: Outcome) {
        self.parts(now, BridgeEnd::Clerk);
        self.goes_on_after(now, outcome);
    }

    /// Somebody else has the caller now: the clerk is told, and let go.
    pub(super) fn passed_on(&mut self, now: Instant, passing: Passing) {
        if !passing.gone {
            let clerk = passing.bridge.clerk;
            self.outputs.push_back(Output::Referred { clerk, code: 200 });
        }
        self.take_down(now, passing.bridge, BridgeEnd::PassedOn);
    }
}

/// An extension as it is; another number without telling it.
fn shown(uri: &str) -> String {
    let user = uri.split_once(':').map_or(uri, |(_, rest)| rest);
    let user = user.split(['@', ';', '?']).next().unwrap_or_default();
    if user.chars().count() <= EXTENSION {
        user.into()
    } else {
        "un autre numéro".into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extensions_are_told_and_numbers_are_not() {
        assert_eq!(shown("sip:202@pbx.mairie.fr"), "202");
        assert_eq!(shown("sips:202;x=1@pbx"), "202");
        for number in ["sip:0612345678@pbx.mairie.fr", "tel:+33612345678"] {
            assert_eq!(shown(number), "un autre numéro");
        }
    }
}
