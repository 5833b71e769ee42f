//! Who speaks when: ends of turns, pauses, interruptions, false alarms.

use super::*;
use crate::call::event::FalseAlarm;

pub(super) fn reading(completeness: Completeness) -> Reading {
    Reading {
        completeness,
        ..topic()
    }
}

fn backchannel() -> Reading {
    Reading {
        yes_no: Some(true),
        backchannel: true,
        completeness: Completeness::Complete,
        ..Reading::default()
    }
}

/// The first `ms` of a recording from its first loud frame on.
fn begin_of(bytes: &[u8], ms: usize) -> Vec<i16> {
    let sound = clip(bytes);
    let onset = sound
        .chunks_exact(FRAME)
        .position(|f| level(f) > -40.0)
        .expect("speech");
    sound[onset * FRAME..][..ms / 20 * FRAME].to_vec()
}

impl World {
    pub(super) fn interruptions(&self) -> usize {
        self.events_of(|e| matches!(e, CallEvent::Interrupted { .. }))
    }

    fn ducked(&self) -> usize {
        self.events_of(|e| matches!(e, CallEvent::Ducked { .. }))
    }

    pub(super) fn went_on(&self, wanted: FalseAlarm) -> usize {
        self.events_of(|e| matches!(e, CallEvent::WentOn { cause, .. } if *cause == wanted))
    }

    /// Time from the end of a question to the first sound of its answer.
    fn response(&mut self, question: &[u8]) -> Duration {
        self.wait_for_quiet();
        let end = self.say(&clip(question));
        self.wait(Duration::from_secs(4));
        self.first_sound_after(end).expect("an answer") - end
    }
}

#[test]
fn a_whole_sentence_is_answered_in_half_a_second() {
    let mut world = World::new([reading(Completeness::Complete)]);
    world.stt = Duration::from_millis(250);
    let response = world.response(QUESTION);
    assert!(response <= Duration::from_millis(500), "{response:?}");
}

#[test]
fn the_answer_leaves_in_the_packet_after_the_words() {
    for stt in [300, 600, 900] {
        let mut world = World::new([reading(Completeness::Complete)]);
        world.stt = Duration::from_millis(stt);
        world.response(QUESTION);
        let times = world.events.iter().rev().find_map(|(_, e)| match e {
            CallEvent::Answered { times, .. } => Some(*times),
            _ => None,
        });
        let times = times.expect("answered");
        let wait = times.answered - times.recognised.max(times.over);
        assert!(wait <= 40, "{wait} ms after all was known: {times:?}");
    }
}

#[test]
fn a_word_bridges_the_time_that_the_answer_takes_to_render() {
    for (tts, bridged) in [(2, 0), (120, 0), (1500, 1)] {
        let mut world = World::new([reading(Completeness::Complete)]);
        world.stt = Duration::from_millis(250);
        world.tts = Duration::from_millis(tts);
        let response = world.response(QUESTION);
        assert!(response <= Duration::from_millis(800), "{tts} ms: {response:?}");
        world.wait_for_quiet();
        assert_eq!(
            (world.said("Voyons."), world.said("La mairie est ouverte")),
            (bridged, 1),
            "{tts} ms"
        );
    }
}

#[test]
fn the_less_is_said_the_longer_we_wait() {
    let mut last = Duration::ZERO;
    for completeness in [
        Completeness::Complete,
        Completeness::Open,
        Completeness::Unfinished,
        Completeness::AsksForTime,
    ] {
        let mut world = World::new([reading(completeness)]);
        world.stt = Duration::from_millis(250);
        world.wait_for_quiet();
        let end = world.say(&clip(QUESTION));
        world.wait(Duration::from_secs(8));
        let response = world.first_sound_after(end).expect("an answer") - end;
        assert!(response > last, "{completeness:?}: {response:?}");
        last = response;
    }
}

#[test]
fn a_second_of_silence_inside_an_unfinished_sentence_is_waited_out() {
    let mut world = World::new([reading(Completeness::Unfinished)]);
    world.stt = Duration::from_millis(300);
    world.wait_for_quiet();
    let sound = clip(STORY);
    let middle = sound.len() / 2 / FRAME * FRAME;
    world.say(&sound[..middle]);
    world.wait(Duration::from_millis(1000));
    world.readings = [reading(Completeness::Complete)].into();
    world.say(&sound[middle..]);
    world.wait(Duration::from_secs(2));
    assert_eq!(world.heard(), 1);
}

#[test]
fn a_noise_in_a_pause_does_not_hold_the_answer_back() {
    // Unfinished: long enough a wait for a noise to fall into it.
    let answered_after = |noise: Option<usize>, words: &'static str| {
        let mut world = World::new([reading(Completeness::Unfinished)]);
        world.stt = Duration::from_millis(150);
        world.wait_for_quiet();
        let end = world.say(&clip(QUESTION));
        world.wait(Duration::from_millis(400));
        if let Some(ms) = noise {
            world.words = words;
            world.say(&begin_of(QUESTION, ms));
        }
        world.wait(Duration::from_secs(4));
        world.first_sound_after(end).expect("an answer") - end
    };
    let undisturbed = answered_after(None, "des mots");
    assert_eq!(answered_after(Some(100), "des mots"), undisturbed);
    assert!(
        answered_after(Some(100), "des mots, oui") > undisturbed + Duration::from_millis(300),
        "a word"
    );
    assert!(
        answered_after(Some(400), "des mots") > undisturbed + Duration::from_millis(300),
        "a hesitation"
    );
}

#[test]
fn what_means_nothing_is_listened_to_again() {
    let nothing = Reading::default();
    for (log_probability, first, asked, answered) in [
        // Misheard.
        (-0.5, &nothing, 2, true),
        // Heard well, it means nothing all the same.
        (-0.2, &nothing, 1, false),
        (-0.5, &topic(), 1, true),
    ] {
        let mut world = World::new([first.clone()]);
        world.stt = Duration::from_millis(250);
        world.log_probability = log_probability;
        world.again = Some(topic());
        let response = world.response(QUESTION);
        assert_eq!(world.asked.len(), asked, "{log_probability}");
        assert_eq!(world.said("est ouverte") > 0, answered, "{log_probability}");
        assert!(response < Duration::from_millis(1000), "{response:?}");
    }
}

#[test]
fn without_time_to_listen_again_the_first_words_count() {
    // Refused, and so slow that the caller would wait for it.
    for (busy, stt) in [(Some(Busy::Care), 250), (None, 1200)] {
        let mut world = World::new([Reading::default()]);
        world.stt = Duration::from_millis(stt);
        world.log_probability = -0.5;
        world.again = Some(topic());
        world.busy = busy;
        world.response(QUESTION);
        assert_eq!(world.heard(), 1);
        assert_eq!(world.said("est ouverte"), 0);
    }
}

#[test]
fn who_goes_on_while_we_listen_again_is_heard_anew() {
    let mut world = World::new([Reading::default()]);
    world.stt = Duration::from_millis(250);
    world.log_probability = -0.5;
    world.again = Some(topic());
    world.wait_for_quiet();
    world.say(&begin_of(QUESTION, 800));
    world.wait(Duration::from_millis(450));
    let asked = world.asked.len();
    assert_eq!(asked, 2, "listened to again");
    world.say(&begin_of(QUESTION, 800));
    world.wait(Duration::from_millis(100));
    assert!(!world.cancelled.is_empty(), "what was asked again is void");
    world.wait(Duration::from_secs(3));
    assert_eq!((world.heard(), world.asked.len()), (1, 4));
}

#[test]
fn listening_noises_do_not_stop_us() {
    for (reading, cause) in [
        (Some(backchannel()), FalseAlarm::Backchannel),
        (None, FalseAlarm::Noise),
    ] {
        let mut world = World::new(reading);
        world.wait(Duration::from_secs(1));
        world.say(&begin_of(QUESTION, 400));
        world.wait(Duration::from_secs(2));
        assert_eq!((world.ducked(), world.went_on(cause), world.interruptions()), (1, 1, 0));
        assert!(
            world.sent.last().is_some_and(|(_, sound)| *sound),
            "the greeting goes on"
        );
        world.wait_for_quiet();
        assert_eq!(world.heard(), 0);
    }
}

#[test]
fn yes_to_the_question_that_is_being_asked_is_an_answer() {
    let mut world = World::new([Reading {
        topic: None,
        alternatives: vec![TopicMatch {
            id: "horaires".into(),
            confidence: 0.5,
        }],
        ..reading(Completeness::Complete)
    }]);
    world.wait_for_quiet();
    world.say(&clip(QUESTION));
    // "Vous appelez pour …, c'est bien cela ?" has begun.
    world.wait(Duration::from_millis(1500));
    world.readings = [backchannel()].into();
    world.say(&begin_of(QUESTION, 400));
    world.wait(Duration::from_secs(2));
    assert_eq!((world.interruptions(), world.heard()), (1, 2));
}

#[test]
fn we_fall_silent_two_frames_into_what_is_said_over_us() {
    // Even in the first second of the call.
    for before in [760, 2000] {
        let mut world = World::new([topic()]);
        world.wait(Duration::from_millis(before));
        let onset = world.now;
        world.say(&begin_of(QUESTION, 400));
        let ducked = world.events.iter().find(|(_, e)| matches!(e, CallEvent::Ducked { .. }));
        let took = ducked.expect("we fall silent").0 - onset;
        assert!(took <= Duration::from_millis(140), "{took:?}");
    }
}

#[test]
fn words_interrupt_and_what_was_heard_is_known() {
    let mut world = World::new([topic()]);
    world.wait(Duration::from_secs(1));
    world.say(&clip(QUESTION));
    world.wait(Duration::from_secs(1));
    let heard = world.events.iter().find_map(|(_, e)| match e {
        CallEvent::Interrupted { heard, .. } => Some(heard.reveal().clone()),
        _ => None,
    });
    let heard = heard.expect("interrupted");
    let greeting = world.call.dialogue.plan().greeting.clone();
    assert!(
        !heard.is_empty() && greeting.starts_with(&heard) && heard != greeting,
        "{heard}"
    );
    assert_eq!(world.heard(), 1);
}

#[test]
fn what_is_said_far_from_the_telephone_needs_a_meaning_to_stop_us() {
    let meaningless = Reading { topic: None, ..topic() };
    for (reading, loudness, interruptions) in [(&meaningless, 1.0, 1), (&meaningless, 0.08, 0), (&topic(), 0.08, 1)] {
        let mut world = World::new([reading.clone()]);
        world.wait(Duration::from_secs(2));
        let sound: Vec<i16> = clip(QUESTION)
            .iter()
            .map(|s| (f32::from(*s) * loudness) as i16)
            .collect();
        world.say(&sound);
        world.wait(Duration::from_secs(1));
        assert_eq!(
            (world.ducked(), world.interruptions()),
            (1, interruptions),
            "{loudness}"
        );
        assert_eq!(world.went_on(FalseAlarm::Noise), 1 - interruptions);
    }
}

#[test]
fn our_own_voice_from_a_loudspeaker_does_not_interrupt_us() {
    for late in [1, 4, 9, 15] {
        let mut world = World::new([topic()]);
        world.voice = clip(STORY);
        world.echo = Some(late);
        world.wait(Duration::from_secs(8));
        assert_eq!(world.ducked(), 0, "{} ms late", late * 20);
        // But a caller over it does.
        world.say(&clip(QUESTION));
        world.wait(Duration::from_secs(1));
        assert_eq!(world.interruptions(), 1, "{} ms late", late * 20);
    }
}

#[test]
fn a_caller_whom_we_cut_off_is_heard_as_one() {
    let mut world = World::new([reading(Completeness::Complete)]);
    world.stt = Duration::from_millis(200);
    world.wait_for_quiet();
    let sound = clip(STORY);
    let middle = sound.len() / 2 / FRAME * FRAME;
    world.say(&sound[..middle]);
    world.wait(Duration::from_millis(900));
    assert_eq!(world.heard(), 1, "we thought that it was over");
    world.say(&sound[middle..]);
    world.wait(Duration::from_secs(1));
    assert_eq!(world.heard(), 2);
    assert_eq!(
        world.asked.last().expect("asked").1,
        "des mots",
        "the beginning is not lost"
    );
}

#[test]
fn a_notice_is_heard_to_its_end_and_the_caller_is_answered_after_it() {
    let notice = "\nmention: Cet appel est traité par un programme.\nhoraires:";
    let plan = PLAN.replacen("\nhoraires:", notice, 1);
    let mut world = World::with_plan(&plan, [topic()]);
    // Into the notice: the greeting is 3 frames for each letter.
    let greeting = world.call.dialogue.plan().greeting.chars().count() as u64 * 60;
    world.wait(Duration::from_millis(greeting + 800));
    world.say(&clip(QUESTION));
    world.wait(Duration::from_secs(8));
    assert_eq!((world.ducked(), world.heard()), (0, 1));
    let said = |what: &str| {
        world
            .events
            .iter()
            .position(|(_, e)| matches!(e, CallEvent::Said { text, .. } if text.reveal().contains(what)))
    };
    assert!(
        said("traité par un programme") < said("mairie est ouverte"),
        "{:?}",
        world.events
    );
}

#[test]
fn a_long_story_is_recognised_in_pieces() {
    let mut world = World::new([reading(Completeness::Unfinished)]);
    world.stt = Duration::from_millis(150);
    world.wait_for_quiet();
    let part = begin_of(STORY, 3900);
    for _ in 0..5 {
        world.say(&part);
        world.wait(Duration::from_millis(500));
    }
    world.readings = [reading(Completeness::Complete)].into();
    world.wait(Duration::from_secs(3));
    assert_eq!(world.heard(), 1);
    let longest = world.asked.iter().map(|a| a.0).max().expect("asked");
    assert!(longest < Duration::from_secs(11), "{longest:?} at once");
    let (last, before) = world.asked.last().expect("asked");
    assert!(
        *last < Duration::from_secs(6) && before.matches("des mots").count() >= 3,
        "{last:?} {before}"
    );
}

#[test]
fn without_time_for_speculation_the_end_of_the_turn_still_is_answered() {
    let mut world = World::new([topic()]);
    world.busy = Some(Busy::Speculation);
    let response = world.response(QUESTION);
    assert!(response < Duration::from_millis(1500), "{response:?}");
}

#[test]
fn without_time_for_anything_the_keys_are_offered() {
    let mut world = World::new([topic()]);
    world.busy = Some(Busy::Everything);
    world.wait_for_quiet();
    world.say(&clip(QUESTION));
    world.wait(Duration::from_secs(3));
    assert_eq!(world.said("beaucoup de personnes appellent"), 1);
    world.wait_for_quiet();
    world.call.handle_tone(world.now, '0');
    world.wait(Duration::from_secs(5));
    assert_eq!(world.transfers, ["10"]);
}
