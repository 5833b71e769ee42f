//! Clerks at their browser: they have read what the call is about, take it by a click, and may be gone without a word.

use super::handover::*;
use super::*;
use crate::transfer::Outcome;
use crate::transfer::handover::News;

const CONSOLE: &str = "poste: console\n    transfert: accompagné";

impl World {
    /// Somebody takes the call that rings at the consoles.
    fn takes(&mut self, name: &str) -> ClerkId {
        let id = self.rings.last().expect("it rings").clerk;
        self.sits_down(id, Codec::Opus);
        self.signals(id, ClerkSignal::Takes(spoken(Codec::Opus), name.to_owned().into()));
        id
    }

    pub(super) fn signals(&mut self, id: ClerkId, signal: ClerkSignal) {
        self.call.handle_clerk(self.now, id, signal);
        self.drain();
    }

    /// A caller and a clerk at a console who speak with each other.
    fn at_the_console() -> (Self, ClerkId) {
        let mut world = asked_for_a_person(CONSOLE);
        let id = world.takes("Claire");
        assert_eq!(world.outcomes(), [Outcome::Taken]);
        (world, id)
    }

    /// The pitch that each side hears while both speak: the caller, then the clerk.
    pub(super) fn both_hear(&mut self) -> [f32; 2] {
        self.clerk_says(tone(1000.0, 100));
        let says: Vec<i16> = tone(600.0, 100).into_iter().flatten().collect();
        self.say(&says);
        let caller = pitch(self.played.iter().rev().take(40));
        [
            caller,
            pitch(self.desk().heard.iter().rev().take(40).map(|(_, frame)| frame)),
        ]
    }
}

pub(super) fn near(heard: [f32; 2], wanted: [f32; 2]) -> bool {
    heard
        .iter()
        .zip(wanted)
        .all(|(heard, wanted)| (heard - wanted).abs() < 25.0)
}

#[test]
fn a_click_takes_the_call_at_once_and_nothing_is_told() {
    let mut world = asked_for_a_person(CONSOLE);
    let ring = world.rings[0].clone();
    assert_eq!(
        (ring.target.as_str(), ring.service.as_str()),
        ("console", "secretariat")
    );
    let summary = ring.summary.reveal();
    assert!(
        summary.starts_with("Allô, un appel pour") && !summary.contains("tapez"),
        "{summary}"
    );
    world.takes("Claire");
    world.wait(seconds(0.5));
    assert_eq!(world.outcomes(), [Outcome::Taken]);
    assert_eq!(
        world.clerks(),
        [
            ("console", News::Called),
            ("console", News::Answers),
            (
                "console",
                News::Ended {
                    outcome: Outcome::Taken
                }
            )
        ]
    );
    assert_eq!(world.events_of(|e| matches!(e, CallEvent::ToldClerk { .. })), 0);
    let named = |e: &CallEvent| matches!(e, CallEvent::Bridged { clerk: Some(name), .. } if name.reveal() == "Claire");
    assert_eq!(world.events_of(named), 1);
    let heard = world.both_hear();
    assert!(near(heard, [1000.0, 600.0]), "{heard:?}");
}

#[test]
fn the_telephone_system_is_not_asked_to_connect_a_browser() {
    let mut world = asked_for_a_person("poste: console\n    transfert: accompagné\n    remise: autocommutateur");
    world.takes("Claire");
    world.wait(seconds(30.0));
    assert!(world.joins.is_empty());
    assert_eq!(world.ended(), None);
}

#[test]
fn a_browser_that_is_closed_brings_the_caller_back_to_the_next_choice() {
    let (mut world, id) = World::at_the_console();
    world.wait(seconds(2.0));
    world.signals(id, ClerkSignal::Vanishes);
    assert_eq!(world.bridge_end(), Some(event::BridgeEnd::ClerkLost));
    world.wait_for_quiet();
    assert_eq!((world.said("est coupée"), world.said("laisser un message")), (1, 1));
    assert!(!world.call.is_over() && !world.hung_up);
    assert!(world.call.is_listening(), "the caller is heard again");
    // However long they spoke, the caller may speak with us as long as anybody.
    let (mut world, id) = World::at_the_console();
    world.wait(seconds(19.5 * 60.0));
    world.signals(id, ClerkSignal::Vanishes);
    world.wait(seconds(60.0));
    assert_ne!(world.ended(), Some(EndReason::TooLong));
}

#[test]
fn before_the_call_is_taken_a_browser_that_is_closed_is_one_that_declines() {
    let mut world = asked_for_a_person("poste: [console, 11]\n    transfert: accompagné\n    sonnerie: tour à tour");
    world.signals(world.rings[0].clerk, ClerkSignal::Vanishes);
    assert_eq!(world.rings.len(), 2, "the next one rings");
}
