//! Calls that wait: music, places, turns, and what the caller asks for meanwhile.

use super::*;
use crate::transfer::Outcome;
use crate::transfer::queue::{Place, Refusal};
use crate::understand::Value;

const MINUTE: Duration = Duration::from_secs(60);
const SECOND: Duration = Duration::from_secs(1);

fn place(position: usize) -> News {
    News::Waits(Place {
        position,
        wait: MINUTE * 4,
        busy: true,
    })
}

/// A caller who has asked for a person whom one can wait for.
fn asked() -> World {
    let plan = PLAN.replace(
        "poste: 10",
        "poste: [10, 11]\n    transfert: accompagné\n    sonne: 10\n    attente: {durée: 5}",
    );
    let mut world = World::with_plan(&plan, [command(Command::Agent)]);
    world.call.caller(&"0642187591".to_owned().into());
    world.wait_for_quiet();
    world.say(&clip(QUESTION));
    world.wait(SECOND);
    world.readings.clear();
    while world.wishes.is_empty() {
        world.wait(FRAME_TIME);
        assert!(world.now - world.start < MINUTE, "nobody is waited for");
    }
    assert!(matches!(world.wishes[0], Wish::Join { service: 0, .. }));
    world
}

impl World {
    fn stands(&mut self, news: News) {
        self.call.handle_queue(self.now, news);
        self.drain();
    }

    /// Waits; the caller is silent. The longest stretch in which they hear nothing.
    fn silence_within(&mut self, time: Duration) -> Duration {
        let from = self.sent.len();
        self.wait(time);
        let mut longest = 0;
        let mut quiet = 0;
        for (_, sound) in &self.sent[from..] {
            quiet = if *sound { 0 } else { quiet + 1 };
            longest = longest.max(quiet);
        }
        FRAME_TIME * longest
    }

    pub(super) fn left(&self) -> Vec<event::Left> {
        let left = |(_, event): &(Instant, CallEvent)| match event {
            CallEvent::Unqueued { how, .. } => Some(*how),
            _ => None,
        };
        self.events.iter().filter_map(left).collect()
    }

    pub(super) fn transfers_ended(&self) -> Vec<Outcome> {
        let outcome = |(_, event): &(Instant, CallEvent)| match event {
            CallEvent::TransferEnded { outcome, .. } => Some(*outcome),
            _ => None,
        };
        self.events.iter().filter_map(outcome).collect()
    }
}

/// A caller who waits.
pub(super) fn waits() -> World {
    let mut world = asked();
    world.stands(place(2));
    world
}

#[test]
fn who_waits_hears_their_place_and_music_and_never_two_seconds_of_nothing() {
    let mut world = waits();
    let silence = world.silence_within(MINUTE * 2);
    assert!(silence < SECOND, "{silence:?}");
    assert_eq!(world.said("Tous les agents sont en ligne"), 1);
    let places = world.said("en deuxième position");
    assert!((3..=4).contains(&places), "every 45 s: {places}");
    assert_eq!(world.events_of(|e| *e == CallEvent::Silence), 0);
    // It is quieter than the voice.
    let music: Vec<i16> = world
        .played
        .iter()
        .rev()
        .skip(100)
        .take(400)
        .flatten()
        .copied()
        .collect();
    assert!((-32.0..-14.0).contains(&level(&music)), "{} dBFS", level(&music));
}

#[test]
fn a_place_that_has_changed_is_told_after_a_while_and_not_at_once() {
    let mut world = waits();
    world.wait(SECOND * 12);
    world.stands(place(1));
    world.wait(SECOND * 5);
    assert_eq!(world.said("première position"), 0);
    world.wait(SECOND * 10);
    assert_eq!(world.said("première position"), 1);
    assert_eq!(
        world.events_of(|e| matches!(e, CallEvent::Moved { position: 1, .. })),
        1
    );
}

#[test]
fn in_their_turn_a_clerk_is_rung_and_takes_the_call() {
    let mut world = waits();
    world.wait(SECOND * 70);
    world.stands(News::Turn(vec![1]));
    world.wait(SECOND * 2);
    assert_eq!(world.rings.len(), 1);
    assert_eq!(world.rings[0].target, "11");
    // While it rings there is music, and the place is not told.
    let silence = world.silence_within(SECOND * 5);
    assert!(silence < SECOND, "{silence:?}");
    world.picks_up(Codec::Pcma);
    world.wait(SECOND * 2);
    let told = world.events.iter().find_map(|(_, e)| match e {
        CallEvent::ToldClerk { text } => Some(text.reveal().clone()),
        _ => None,
    });
    assert!(
        told.as_ref()
            .is_some_and(|told| told.contains("attend depuis une minute")),
        "{told:?}"
    );
    let clerk = world.rings[0].clerk;
    world.call.handle_clerk(world.now, clerk, ClerkSignal::Presses('1'));
    world.wait(SECOND);
    assert_eq!(world.wishes.last(), Some(&Wish::Taken(1)));
    assert_eq!(world.left(), [event::Left::Taken]);
    assert_eq!(world.transfers_ended(), [Outcome::Taken]);
    let quiet = world.played.iter().rev().take(25).all(|frame| level(frame) < -60.0);
    assert!(quiet, "the music has stopped");
}

#[test]
fn who_is_rung_for_at_once_has_not_waited() {
    let mut world = asked();
    world.stands(News::Turn(vec![0, 1]));
    world.wait(SECOND * 2);
    assert_eq!(world.rings.len(), 2, "they ring together");
    world.picks_up(Codec::Pcma);
    let clerk = world.rings[1].clerk;
    world.call.handle_clerk(world.now, clerk, ClerkSignal::Presses('1'));
    world.wait(SECOND);
    assert_eq!(world.wishes.last(), Some(&Wish::Taken(1)));
    assert_eq!(world.left(), []);
}

#[test]
fn a_turn_that_nobody_takes_leads_back_to_the_queue() {
    let mut world = asked();
    world.stands(News::Turn(vec![0, 1]));
    world.wait(SECOND * 2);
    for ring in [0, 1] {
        let clerk = world.rings[ring].clerk;
        world.call.handle_clerk(world.now, clerk, ClerkSignal::Refuses(486));
    }
    world.drain();
    let missed = Wish::Missed(vec![(0, Outcome::Busy), (1, Outcome::Busy)]);
    assert_eq!(world.wishes.last(), Some(&missed));
    world.stands(place(1));
    world.wait(SECOND * 8);
    assert_eq!(world.said("Tous les agents sont en ligne"), 1);
    // The next turn: nobody answers, and the music goes on all the while.
    world.stands(News::Turn(vec![0]));
    let silence = world.silence_within(SECOND * 13);
    assert!(silence < SECOND, "{silence:?}");
    assert_eq!(world.wishes.last(), Some(&Wish::Missed(vec![(0, Outcome::NoAnswer)])));
    world.stands(place(1));
    world.wait(SECOND * 2);
    assert_eq!(world.said("Tous les agents sont en ligne"), 1, "that was told already");
    assert_eq!((world.left(), world.transfers_ended()), (vec![], vec![]));
}

#[test]
fn a_key_works_while_a_telephone_rings_and_lets_it_go() {
    let mut world = waits();
    world.wait(SECOND * 20);
    world.stands(News::Turn(vec![0]));
    world.wait(SECOND * 2);
    world.call.handle_tone(world.now, '2');
    world.wait(SECOND);
    assert_eq!(world.released.len(), 1);
    assert!(world.wishes.contains(&Wish::Leave));
    assert_eq!(world.left(), [event::Left::Message]);
    assert_eq!(world.transfers_ended(), [Outcome::Abandoned]);
    assert_eq!(world.said("Après le bip"), 1);
    world.wait_for_quiet();
}

#[test]
fn a_call_back_is_asked_for_by_voice_over_the_music() {
    let mut world = waits();
    world.wait(SECOND * 30);
    world.readings = [Reading {
        value: Some(Value::Option("rappeler".into())),
        completeness: Completeness::Complete,
        ..Reading::default()
    }]
    .into();
    world.say(&clip(QUESTION));
    world.wait(SECOND * 3);
    assert_eq!(
        world.said("On vous rappelle au 06 42 18 75 91"),
        1,
        "{:?}",
        world.events
    );
    assert_eq!(world.left(), [event::Left::CallBack]);
    world.wait_for_quiet();
    world.call.handle_tone(world.now, '1');
    world.wait(SECOND * 2);
    let (request, waited) = world.submitted.first().expect("is written");
    assert_eq!(request.values, [Value::Phone("0642187591".into())]);
    assert!(waited.is_some_and(|waited| waited > SECOND * 30), "{waited:?}");
    let kept = world
        .events
        .iter()
        .position(|(_, e)| matches!(e, CallEvent::RequestKept { .. }));
    let noted = (world.events.iter())
        .position(|(_, e)| matches!(e, CallEvent::Said { text, .. } if text.reveal().contains("C'est noté")));
    assert!(kept.is_some() && kept < noted, "on disk before it is said");
}

#[test]
fn a_call_back_that_is_not_on_disk_gives_the_place_back() {
    let mut world = waits();
    world.disk_ok = false;
    world.wait(SECOND * 20);
    world.call.handle_tone(world.now, '1');
    world.wait_for_quiet();
    world.call.handle_tone(world.now, '1');
    world.wait(SECOND * 2);
    let joins: Vec<&Wish> = world.wishes.iter().filter(|w| matches!(w, Wish::Join { .. })).collect();
    assert_eq!(joins.len(), 2);
    assert_eq!(joins[0], joins[1], "in the order of arrival");
}

#[test]
fn who_hangs_up_leaves_and_a_call_back_that_was_asked_for_is_not_lost() {
    let mut world = waits();
    world.wait(SECOND * 20);
    world.call.handle_end(world.now, EndReason::Caller);
    world.drain();
    assert_eq!(world.wishes.last(), Some(&Wish::Leave));
    assert_eq!(world.left(), [event::Left::HungUp]);
    assert!(world.submitted.is_empty());
    let mut world = waits();
    world.wait(SECOND * 20);
    world.call.handle_tone(world.now, '1');
    world.wait(SECOND);
    world.call.handle_end(world.now, EndReason::Caller);
    world.drain();
    assert_eq!(world.submitted.len(), 1);
}

#[test]
fn nobody_waits_for_longer_than_the_plan_allows() {
    let mut world = waits();
    world.wait(MINUTE * 5 + SECOND * 10);
    assert_eq!(world.left(), [event::Left::TooLong]);
    assert_eq!(world.said("Voulez-vous être rappelé"), 1);
    world.wait_for_quiet();
    world.call.handle_tone(world.now, '1');
    world.wait(SECOND * 3);
    assert_eq!(world.said("On vous rappelle au"), 1);
}

#[test]
fn who_has_no_place_or_no_answer_is_not_left_alone() {
    let mut world = asked();
    world.stands(News::Refused(Refusal::Full));
    world.wait(SECOND * 8);
    assert_eq!(world.left(), [event::Left::Full]);
    assert_eq!(world.said("trop de personnes attendent"), 1);
    let mut world = asked();
    world.wait(SECOND * 14);
    assert_eq!(world.left(), [event::Left::Unreachable], "nobody answers for the queue");
    assert_eq!(world.said("laisser un message"), 1);
}

#[test]
fn a_cough_or_our_own_music_on_the_line_changes_nothing() {
    let mut world = waits();
    world.echo = Some(5);
    world.wait(SECOND * 40);
    let heard = world.heard();
    let mut cough = vec![0i16; 15 * FRAME];
    cough[..2_000].fill(12_000);
    world.say(&cough);
    world.wait(SECOND * 5);
    assert_eq!(
        (world.heard() - heard, world.left().len()),
        (0, 0),
        "{:?}",
        world.events
    );
    let silence = world.silence_within(SECOND * 20);
    assert!(silence < SECOND, "{silence:?}");
}

#[test]
fn waiting_is_no_part_of_how_long_a_call_may_last() {
    let mut world = asked();
    let limit = |world: &World| world.call.longest();
    let before = limit(&world);
    assert_eq!(before, None, "waiting has its own limit");
    world.stands(place(1));
    world.wait(MINUTE * 2);
    world.call.handle_tone(world.now, '3');
    world.wait(SECOND);
    let after = limit(&world).expect("a limit");
    assert!(after - world.start >= LONGEST + MINUTE * 2);
}
