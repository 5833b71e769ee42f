//! People who step into a call that runs: they take it over, give it back, pass it on; and those who listen and whisper.

use super::desk::near;
use super::handover::*;
use super::*;
use crate::transfer::Outcome;

impl World {
    /// A call in which the caller has asked something and been answered.
    fn talking() -> Self {
        let plan = PLAN.replace("poste: 10", "poste: console\n    transfert: accompagné");
        let mut world = World::with_plan(&plan, []);
        world.wait_for_quiet();
        world
    }

    fn is_taken_over(&mut self) -> Option<ClerkId> {
        let name = "Claire".to_owned().into();
        let id = self.call.handle_take_over(self.now, &spoken(Codec::Opus), name);
        self.drain();
        if let Some(id) = id {
            self.sits_down(id, Codec::Opus);
        }
        id
    }

    fn is_listened_to(&mut self) -> ClerkId {
        let name = "Sophie".to_owned().into();
        let id = self.call.handle_listener(&spoken(Codec::Opus), name);
        self.drain();
        let id = id.expect("they may");
        self.listens(id);
        id
    }
}

#[test]
fn who_takes_a_call_over_speaks_with_the_caller_after_one_sentence() {
    let mut world = World::talking();
    let asked = world.asked.len();
    world.is_taken_over().expect("may be taken over");
    world.wait(seconds(4.0));
    assert_eq!(world.said("Un agent de la mairie prend votre appel."), 1);
    let told = world
        .desk()
        .heard
        .iter()
        .filter(|(_, frame)| level(frame) > -40.0)
        .count();
    assert!(told > 30, "the clerk hears it too: {told} frames");
    let heard = world.both_hear();
    assert!(near(heard, [1000.0, 600.0]), "{heard:?}");
    assert_eq!(world.asked.len(), asked, "nothing is recognised");
    assert_eq!(world.is_taken_over(), None, "it has a person");
    let taken = |e: &CallEvent| matches!(e, CallEvent::TakenOver { .. });
    assert_eq!(world.events_of(taken), 1);
}

#[test]
fn who_waits_for_somebody_else_may_be_taken_over_too() {
    let mut world = super::queue::waits();
    world.wait(seconds(5.0));
    let id = world.is_taken_over().expect("may be taken over");
    assert_eq!(world.left(), [event::Left::Taken]);
    assert_eq!(world.transfers_ended(), [Outcome::Taken]);
    assert_eq!(world.wishes.last(), Some(&Wish::Leave), "the place is free");
    world.wait(seconds(4.0));
    let heard = world.both_hear();
    assert!(near(heard, [1000.0, 600.0]), "no music any more: {heard:?}");
    world.call.handle_clerk(world.now, id, ClerkSignal::GivesBack);
    world.wait_for_quiet();
    assert_eq!((world.said("Je vous reprends"), world.ended()), (1, None));
}

#[test]
fn in_the_middle_of_a_sentence_we_stop() {
    let plan = PLAN.replace("poste: 10", "poste: console\n    transfert: accompagné");
    let mut world = World::with_plan(&plan, []);
    world.wait(seconds(1.5));
    assert!(!world.call.speech.is_idle(), "we greet");
    world.is_taken_over().expect("may be taken over");
    world.wait(seconds(5.0));
    let heard = world.both_hear();
    assert!(near(heard, [1000.0, 600.0]), "{heard:?}");
}

#[test]
fn a_call_that_is_given_back_goes_on() {
    let mut world = World::talking();
    let id = world.is_taken_over().expect("may be taken over");
    world.wait(seconds(3.0));
    world.signals(id, ClerkSignal::GivesBack);
    assert_eq!(world.bridge_end(), Some(event::BridgeEnd::GivenBack));
    assert_eq!(world.released, [id]);
    world.wait_for_quiet();
    assert_eq!(world.said("Je vous reprends."), 1);
    assert_eq!(world.said("Puis-je encore vous aider ?"), 1);
    assert!(world.call.is_listening() && !world.hung_up);
    // And may be taken over again.
    assert!(world.is_taken_over().is_some_and(|again| again != id));
}

#[test]
fn while_a_telephone_rings_whoever_takes_the_call_over_lets_it_go() {
    let mut world = asked_for_a_person("poste: [10, 11]\n    transfert: accompagné");
    world.is_taken_over().expect("may be taken over");
    assert_eq!(world.released.len(), 2);
    assert_eq!(world.outcomes(), [Outcome::Taken]);
    world.wait(seconds(30.0));
    assert_eq!((world.ended(), world.outcomes().len()), (None, 1));
    let heard = world.both_hear();
    assert!(near(heard, [1000.0, 600.0]), "{heard:?}");
}

#[test]
fn a_call_is_passed_on_and_comes_back_where_nobody_takes_it() {
    let mut world = World::talking();
    let id = world.is_taken_over().expect("may be taken over");
    world.wait(seconds(3.0));
    world.signals(id, ClerkSignal::PassesOn("secretariat".into()));
    assert_eq!(world.bridge_end(), Some(event::BridgeEnd::PassedOn));
    world.wait(seconds(1.5));
    assert_eq!((world.rings.len(), world.released.clone()), (1, vec![id]));
    world.refused(world.rings[0].clerk, 480);
    world.wait_for_quiet();
    assert_eq!(world.outcomes(), [Outcome::NoAnswer]);
    assert_eq!(world.said("laisser un message"), 1);
    assert!(world.call.is_listening());
    // To nobody that the plan knows: we have the caller again.
    let id = world.is_taken_over().expect("may be taken over");
    world.signals(id, ClerkSignal::PassesOn("inconnu".into()));
    world.wait_for_quiet();
    assert_eq!(world.said("Je vous reprends."), 1);
}

#[test]
fn a_supervisor_hears_both_and_whispers_to_the_clerk_alone() {
    let mut world = World::talking();
    let clerk = world.is_taken_over().expect("may be taken over");
    world.wait(seconds(4.0));
    let supervisor = world.is_listened_to();
    assert_ne!(supervisor, clerk);
    world.clerk_says(tone(1000.0, 50));
    world.wait(seconds(1.0));
    let heard = world.listener_heard(40);
    assert!((heard - 1000.0).abs() < 25.0, "the clerk: {heard} Hz");
    let says: Vec<i16> = tone(600.0, 50).into_iter().flatten().collect();
    world.say(&says);
    let heard = world.listener_heard(40);
    assert!((heard - 600.0).abs() < 25.0, "the caller: {heard} Hz");
    world.wait(seconds(1.0));
    let played = world.played.len();
    world.whispers(tone(1400.0, 100));
    world.wait(seconds(2.0));
    let desk = pitch(world.desk().heard.iter().rev().take(40).map(|(_, frame)| frame));
    assert!((desk - 1400.0).abs() < 25.0, "the clerk hears the whisper: {desk} Hz");
    let leaks = world.played[played..].iter().filter(|f| level(&f[..]) > -55.0).count();
    assert_eq!(leaks, 0, "the caller does not");
    world.signals(supervisor, ClerkSignal::HangsUp);
    let listened: Vec<bool> = world
        .events
        .iter()
        .filter_map(|(_, e)| {
            if let CallEvent::Listening { begins, .. } = e {
                Some(*begins)
            } else {
                None
            }
        })
        .collect();
    assert_eq!(listened, [true, false]);
    let heard = world.both_hear();
    assert!(near(heard, [1000.0, 600.0]), "they go on: {heard:?}");
}

#[test]
fn a_supervisor_hears_us_too_and_is_let_go_at_the_end() {
    let plan = PLAN.replace("poste: 10", "poste: console\n    transfert: accompagné");
    let mut world = World::with_plan(&plan, []);
    let id = world.is_listened_to();
    world.wait(seconds(3.0));
    let listener = world.listener.as_ref().expect("listens");
    let loud = listener.heard.iter().filter(|(_, f)| level(f) > -40.0).count();
    assert!(loud > 50, "our greeting: {loud} frames");
    world.call.handle_end(world.now, EndReason::Caller);
    world.drain();
    assert_eq!(world.released, [id]);
}
