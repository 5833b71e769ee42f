//! Callers who type, beside speech or alone.

use super::*;

/// A call without sound, at three on a Monday.
fn in_writing(readings: impl IntoIterator<Item = Reading>) -> World {
    let mut world = World::new(readings);
    let plan = yaml::read(PLAN, "minimal.yaml").plan.expect("the sample plan is valid");
    let civil = NaiveDate::from_ymd_opt(2026, 11, 23)
        .and_then(|d| d.and_hms_opt(15, 0, 0))
        .expect("a real time");
    let clock = NtpClock::new(world.start, Duration::from_secs(1_700_000_000));
    world.call = Call::in_writing(CallId(1), Arc::new(plan), world.start, civil, clock).expect("codecs are there");
    world
}

impl World {
    fn types(&mut self, words: &str) {
        self.call.handle_typed(self.now, words.to_owned().into());
    }

    /// Time passes, and nothing comes in.
    fn pass(&mut self, duration: Duration) {
        self.run_until(self.now + duration);
    }
}

#[test]
fn typed_words_are_a_turn_that_is_answered_aloud() {
    let mut world = World::new([topic()]);
    world.wait_for_quiet();
    let typed = world.now;
    world.types("les horaires");
    world.wait(Duration::from_secs(2));
    let told = |e: &CallEvent| matches!(e, CallEvent::Heard { text, topic: Some(id), .. } if text.reveal() == "les horaires" && id == "horaires");
    assert_eq!(world.events_of(told), 1, "{:?}", world.events);
    let answer = world.first_sound_after(typed).expect("an answer");
    assert!(answer - typed < Duration::from_millis(200), "{:?}", answer - typed);
    assert!(world.asked.is_empty(), "nothing was listened to");
}

#[test]
fn typing_stops_what_is_being_said() {
    let mut world = World::new([topic()]);
    world.wait(Duration::from_secs(2));
    world.types("les horaires");
    world.wait(Duration::from_secs(2));
    assert_eq!(world.events_of(|e| matches!(e, CallEvent::Interrupted { .. })), 1);
    assert_eq!(world.heard(), 1);
    assert!(world.said("ouverte") + world.said("ouvert") >= 1, "{:?}", world.events);
}

#[test]
fn who_types_is_given_time_and_who_speaks_again_is_not() {
    let silences = |world: &World| world.events_of(|e| *e == CallEvent::Silence);
    let mut world = World::new([topic(), topic()]);
    world.wait_for_quiet();
    world.types("les horaires");
    world.wait(Duration::from_secs(2));
    world.wait_for_quiet();
    world.wait(Duration::from_secs(30));
    assert_eq!(silences(&world), 0);
    world.say(&clip(QUESTION));
    world.wait(Duration::from_secs(2));
    world.wait_for_quiet();
    world.wait(Duration::from_secs(15));
    assert!(silences(&world) >= 1, "{:?}", world.events);
}

#[test]
fn without_sound_all_is_read_at_once_and_nothing_is_rendered() {
    let mut world = in_writing([topic()]);
    world.pass(Duration::from_secs(2));
    assert!(world.said("Bonjour") == 1, "{:?}", world.events);
    world.types("les horaires");
    world.pass(Duration::from_secs(2));
    assert_eq!(world.heard(), 1);
    let said = world.events_of(|e| matches!(e, CallEvent::Said { .. }));
    assert!(said >= 3, "{:?}", world.events);
    world.pass(Duration::from_secs(45));
    assert!(!world.call.is_over(), "no packet is missed");
    assert!(world.sent.iter().all(|(_, sound)| !sound));
    assert!(world.later.is_empty(), "no sound was asked for");
}

#[test]
fn without_sound_a_caller_who_is_gone_ends_the_call() {
    let mut world = in_writing([]);
    world.pass(Duration::from_secs(6 * 60));
    assert!(world.events_of(|e| *e == CallEvent::Silence) >= 2, "{:?}", world.events);
    assert!(!world.transfers.is_empty(), "a person is looked for");
}

#[test]
fn a_typed_message_is_kept_as_its_sound() {
    let mut world = in_writing([command(Command::Agent), yes()]);
    world.pass(Duration::from_secs(1));
    world.types("un agent");
    world.pass(Duration::from_secs(3));
    world.call.handle_refer_refused(world.now, 405);
    world.pass(Duration::from_secs(3));
    world.types("oui");
    world.pass(Duration::from_secs(20));
    assert!(world.kept.is_empty(), "typing takes time: {:?}", world.events);
    world.types("La lampe de la rue est en panne. Merci de la réparer.");
    world.pass(Duration::from_secs(3));
    assert_eq!(world.kept.len(), 1, "{:?}", world.events);
    assert!(world.kept[0] > Duration::from_secs(2));
    assert_eq!(world.said("C'est noté"), 1, "{:?}", world.events);
}
