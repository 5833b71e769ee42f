//! What is no conversation: noise, music, a telephone put aside, sound that stops, several people at once.

use super::turn_taking::reading;
use super::*;
use crate::call::event::FalseAlarm;

impl World {
    /// Music or a street, as the detector takes it for speech: words in a loop, of which recognition makes nothing.
    fn play(&mut self, duration: Duration) {
        let sound = clip(QUESTION);
        let begin = self.now;
        while self.now < begin + duration && !self.call.is_over() {
            // Without its silence: it has no pauses.
            self.say(&sound[sound.len() / 4 / FRAME * FRAME..sound.len() * 3 / 4 / FRAME * FRAME]);
        }
    }
}

#[test]
fn music_is_asked_about_then_the_call_ends_and_no_person_gets_it() {
    let mut world = World::new([]);
    world.wait_for_quiet();
    world.play(Duration::from_secs(15));
    assert_eq!(world.said("Je ne vous entends pas"), 0, "the caller may come back");
    world.play(Duration::from_secs(120));
    assert_eq!(world.events_of(|e| *e == CallEvent::Silence), 3);
    assert!(world.said("Je ne vous entends pas") >= 1 && world.said("Je ne vous entends toujours pas") == 1);
    assert!(world.hung_up && world.transfers.is_empty(), "{:?}", world.events);
    assert_eq!(world.heard(), 0, "no words are invented");
}

#[test]
fn who_comes_back_after_a_while_of_music_is_answered() {
    let mut world = World::new([]);
    world.wait_for_quiet();
    world.play(Duration::from_secs(30));
    world.wait_for_quiet();
    world.readings = [topic()].into();
    let end = world.say(&clip(QUESTION));
    world.wait(Duration::from_secs(3));
    assert_eq!(world.heard(), 1);
    assert!(world.first_sound_after(end).expect("an answer") - end < Duration::from_millis(1000));
}

#[test]
fn noise_before_a_hold_does_not_count_after_it() {
    let mut world = World::new([]);
    world.wait_for_quiet();
    world.play(Duration::from_secs(18));
    let held = Agreed {
        direction: Direction::RecvOnly,
        ..agreed()
    };
    world.call.handle_media(world.now, &held);
    world.run_until(world.now + Duration::from_secs(60));
    world.call.handle_media(world.now, &agreed());
    world.play(Duration::from_secs(18));
    assert_eq!(world.events_of(|e| *e == CallEvent::Silence), 0);
}

#[test]
fn a_caller_who_talks_for_long_without_a_pause_is_not_taken_for_music() {
    let mut world = World::new([topic()]);
    world.wait_for_quiet();
    world.play(Duration::from_secs(40));
    assert_eq!((world.said("Je ne vous entends pas"), world.heard()), (0, 0));
    world.wait(Duration::from_secs(3));
    assert_eq!(world.heard(), 1, "they are answered when they have finished");
}

#[test]
fn sound_that_stops_in_mid_word_ends_the_turn_and_what_comes_after_is_another() {
    let mut world = World::new([reading(Completeness::Open)]);
    world.wait_for_quiet();
    let sound = clip(QUESTION);
    world.say(&sound[..sound.len() / 2 / FRAME * FRAME]);
    // Not one packet more: a tunnel.
    world.run_until(world.now + Duration::from_secs(4));
    assert_eq!(world.heard(), 1, "what was said is answered");
    world.wait_for_quiet();
    world.readings = [topic()].into();
    let end = world.say(&sound);
    world.wait(Duration::from_secs(3));
    assert_eq!(world.heard(), 2);
    assert!(world.first_sound_after(end).is_some() && !world.call.is_over());
}

#[test]
fn a_gap_of_a_few_packets_inside_a_word_is_no_end() {
    let mut world = World::new([topic()]);
    world.wait_for_quiet();
    let sound = clip(QUESTION);
    let middle = sound.len() / 2 / FRAME * FRAME;
    world.say(&sound[..middle]);
    world.run_until(world.now + Duration::from_millis(120));
    world.say(&sound[middle..]);
    world.wait(Duration::from_secs(3));
    assert_eq!(world.heard(), 1);
}

#[test]
fn a_child_who_cries_while_we_answer_neither_stops_us_nor_is_answered() {
    let mut world = World::new([topic()]);
    world.wait_for_quiet();
    world.say(&clip(QUESTION));
    world.wait(Duration::from_millis(1500));
    world.readings.clear();
    for _ in 0..3 {
        world.say(&clip(QUESTION)[..90 * FRAME]);
        world.wait(Duration::from_millis(600));
    }
    world.wait_for_quiet();
    assert_eq!(world.heard(), 1, "only the question");
    assert_eq!(world.interruptions(), 0);
    assert!(world.went_on(FalseAlarm::Noise) >= 1);
}

#[test]
fn people_who_talk_to_each_other_are_asked_once_what_they_want() {
    let nothing = Reading {
        topic: None,
        ..reading(Completeness::Open)
    };
    let mut world = World::new([nothing]);
    world.wait_for_quiet();
    world.say(&clip(STORY));
    world.wait(Duration::from_secs(3));
    assert_eq!(world.heard(), 1);
    // Then one of them asks.
    world.wait_for_quiet();
    world.readings = [topic()].into();
    world.say(&clip(QUESTION));
    world.wait(Duration::from_secs(3));
    assert_eq!(world.heard(), 2);
    assert!(world.transfers.is_empty());
}

#[test]
fn who_asks_while_we_think_whether_we_are_there_is_told_to_wait_and_answered_once() {
    let mut world = World::new([topic()]);
    world.stt = Duration::from_secs(3);
    world.wait_for_quiet();
    world.say(&clip(QUESTION));
    world.wait(Duration::from_millis(1500));
    // "Allô ? Vous êtes là ?"
    world.say(&clip(QUESTION)[..60 * FRAME]);
    world.wait(Duration::from_secs(8));
    assert_eq!(world.said("Un instant"), 1, "{:?}", world.events);
    assert_eq!(world.heard(), 1, "both are one turn");
}
