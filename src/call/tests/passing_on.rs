//! Callers whom a clerk passes on to somebody else.

use super::handover::{ATTENDED, pitch, seconds, tone};
use super::*;
use crate::call::event::BridgeEnd;
use crate::transfer::Outcome;

/// A caller and a clerk who speak with each other, and whom the clerk then passes on.
fn passed_on(replaces: Option<&str>) -> (World, ClerkId) {
    let (mut world, first) = World::bridged(Codec::Pcma, ATTENDED);
    let refers = ClerkSignal::Refers {
        uri: "sip:202@pbx.mairie.fr".to_owned().into(),
        replaces: replaces.map(Into::into),
    };
    world.call.handle_clerk(world.now, first, refers);
    world.drain();
    (world, first)
}

fn hears_a_clerk(world: &mut World) {
    world.wait(seconds(1.0));
    world.clerk_says(tone(1000.0, 100));
    world.wait(seconds(2.0));
    let heard = pitch(world.played.iter().rev().take(60));
    assert!((heard - 1000.0).abs() < 20.0, "{heard} Hz");
}

#[test]
fn whoever_answers_has_the_caller_who_hears_it_ring() {
    let (mut world, first) = passed_on(Some("abc;to-tag=1;from-tag=2"));
    let ring = world.rings.last().expect("rung").clone();
    assert_eq!(ring.target, "sip:202@pbx.mairie.fr");
    assert_eq!(ring.replaces.as_deref(), Some("abc;to-tag=1;from-tag=2"));
    assert!(ring.clerk > first);
    world.wait(seconds(1.0));
    let rings = pitch(world.played.iter().rev().take(40).filter(|f| level(&f[..]) > -40.0));
    // Each frame's end makes a rise more, at most.
    assert!((rings - 440.0).abs() < 25.0, "{rings} Hz");
    assert_eq!(
        (world.referred.as_slice(), world.released.as_slice()),
        (&[][..], &[][..])
    );
    world.picks_up(Codec::G722);
    assert_eq!(world.referred, [(first, 200)]);
    assert_eq!(world.released, [first]);
    assert_eq!(world.outcomes(), [Outcome::Taken; 2]);
    assert_eq!(world.bridge_end(), Some(BridgeEnd::PassedOn));
    hears_a_clerk(&mut world);
    assert_eq!(world.ended(), None);
}

#[test]
fn a_caller_whom_nobody_takes_is_back_with_the_clerk() {
    let (mut world, first) = passed_on(None);
    world.wait(seconds(3.0));
    world.refused(world.rings[1].clerk, 486);
    assert_eq!(world.referred, [(first, 486)]);
    assert_eq!(world.outcomes(), [Outcome::Taken, Outcome::Busy]);
    assert_eq!(world.bridge_end(), None, "it goes on");
    hears_a_clerk(&mut world);
    // And may be passed on again.
    let again = ClerkSignal::Refers {
        uri: "sip:203@pbx.mairie.fr".to_owned().into(),
        replaces: None,
    };
    world.call.handle_clerk(world.now, first, again);
    world.wait(seconds(31.0));
    assert_eq!(world.rings.len(), 3);
    assert_eq!(world.referred, [(first, 486), (first, 480)]);
    assert_eq!(world.outcomes().last(), Some(&Outcome::NoAnswer));
    // They say so to the caller, and hang up.
    world.wait(seconds(4.0));
    world.call.handle_clerk(world.now, first, ClerkSignal::HangsUp);
    world.drain();
    assert!(world.hung_up && world.call.is_over());
}

#[test]
fn a_clerk_who_hangs_up_on_whom_nobody_took_has_not_spoken_with_them() {
    for (after, ours) in [(0.2, true), (4.0, false)] {
        let (mut world, first) = passed_on(None);
        world.refused(world.rings[1].clerk, 486);
        world.wait(seconds(after));
        world.call.handle_clerk(world.now, first, ClerkSignal::HangsUp);
        world.wait(seconds(0.2));
        assert_eq!(world.bridge_end(), Some(BridgeEnd::Clerk));
        assert_eq!(world.outcomes(), [Outcome::Taken, Outcome::Busy]);
        assert_eq!(world.call.is_over(), !ours);
        if ours {
            world.wait_for_quiet();
            assert_eq!(
                (world.said("la ligne est occupée"), world.said("laisser un message")),
                (1, 1)
            );
        }
    }
}

#[test]
fn a_caller_whom_nobody_takes_is_ours_where_the_clerk_is_gone() {
    let (mut world, first) = passed_on(None);
    world.wait(seconds(1.0));
    world.call.handle_clerk(world.now, first, ClerkSignal::HangsUp);
    world.drain();
    assert!(!world.call.is_over() && !world.hung_up);
    // Even where they have spoken for longer than a call with us may last.
    world.wait(seconds(28.0));
    assert_eq!(world.outcomes(), [Outcome::Taken]);
    world.wait(seconds(2.0));
    assert_eq!(world.outcomes(), [Outcome::Taken, Outcome::NoAnswer]);
    assert_eq!(world.bridge_end(), Some(BridgeEnd::PassedOn));
    world.wait_for_quiet();
    assert_eq!(world.said("laisser un message"), 1, "{:?}", world.events);
}

#[test]
fn a_long_talk_does_not_shorten_what_follows() {
    let (mut world, first) = World::bridged(Codec::Pcma, ATTENDED);
    world.wait(seconds(21.0 * 60.0));
    let refers = ClerkSignal::Refers {
        uri: "sip:202@pbx.mairie.fr".to_owned().into(),
        replaces: None,
    };
    world.call.handle_clerk(world.now, first, refers);
    world.call.handle_clerk(world.now, first, ClerkSignal::HangsUp);
    world.wait(seconds(31.0));
    world.wait_for_quiet();
    assert_eq!((world.said("laisser un message"), world.ended()), (1, None));
}

#[test]
fn a_caller_who_hangs_up_meanwhile_lets_both_go() {
    let (mut world, first) = passed_on(None);
    let second = world.rings[1].clerk;
    world.wait(seconds(1.0));
    world.call.handle_end(world.now, EndReason::Caller);
    world.drain();
    assert!(world.call.is_over());
    let mut released = world.released.clone();
    released.sort();
    assert_eq!(released, [first, second]);
    assert_eq!(world.outcomes(), [Outcome::Taken, Outcome::Abandoned]);
    assert_eq!(world.bridge_end(), Some(BridgeEnd::Caller));
}

#[test]
fn nobody_is_passed_on_in_circles_or_by_who_has_not_the_call() {
    let mut world = super::handover::asked_for_a_person(ATTENDED);
    let id = world.picks_up(Codec::Pcma);
    let refers = || ClerkSignal::Refers {
        uri: "sip:202@pbx.mairie.fr".to_owned().into(),
        replaces: None,
    };
    world.call.handle_clerk(world.now, id, refers());
    world.drain();
    assert_eq!(world.referred, [(id, 603)], "it is not theirs yet");
    world.wait(seconds(2.0));
    world.desk().line.press('1');
    world.wait(seconds(0.5));
    let mut clerk = id;
    for _ in 0..8 {
        world.call.handle_clerk(world.now, clerk, refers());
        world.drain();
        clerk = world.picks_up(Codec::Pcma);
        world.wait(seconds(0.2));
    }
    world.call.handle_clerk(world.now, clerk, refers());
    world.drain();
    assert_eq!(world.referred.last(), Some(&(clerk, 603)));
    assert_eq!(world.ended(), None, "they go on speaking");
}
