//! Conversations that are recorded: what is said first, what is on the tape and what is not, and how it ends.

use super::handover::{ATTENDED, asked_for_a_person_by, pitch, seconds, spoken, tone};
use super::*;
use crate::call::event::RecordingNews;
use crate::call::tape::Record;

const RECORDED: &str = "poste: 10\n    transfert: accompagné\n    sonne: 10\n    enregistrement: oui";
const NOTICE: &str = "Cette conversation est enregistrée.";
const OF_CALLER: f32 = 600.0;
const OF_CLERK: f32 = 1000.0;

/// What the store would have of a recording.
#[derive(Default)]
pub(super) struct Taped {
    began: Option<Instant>,
    samples: Vec<i16>,
    largest: usize,
    kept: bool,
    erased: bool,
}

impl Taped {
    /// One side of it: 0 is the caller, 1 the clerk.
    fn side(&self, side: usize) -> Vec<[i16; FRAME]> {
        let samples: Vec<i16> = self.samples.iter().skip(side).step_by(2).copied().collect();
        let frames = samples.as_chunks::<FRAME>().0;
        frames.to_vec()
    }

    /// How many frames of a side are this loud at least, and their pitch.
    fn heard(&self, side: usize) -> (usize, f32) {
        let loud: Vec<[i16; FRAME]> = self.side(side).into_iter().filter(|f| level(f) > -40.0).collect();
        (loud.len(), pitch(loud.iter()))
    }
}

impl World {
    pub(super) fn tapes(&mut self, number: u32, what: Record) {
        let tape = self.taped.entry(number).or_default();
        let goes_on = !tape.kept && !tape.erased;
        assert!(
            goes_on || (what == Record::Erase && !tape.erased),
            "nothing follows the end"
        );
        match what {
            Record::Begin { service } => {
                assert_eq!((service, tape.began), (0, None));
                tape.began = Some(self.now);
            }
            Record::Piece(samples) => {
                assert!(tape.began.is_some());
                tape.largest = tape.largest.max(samples.len());
                tape.samples.extend(samples);
            }
            Record::Keep => tape.kept = true,
            Record::Erase => tape.erased = true,
        }
    }

    fn news(&self) -> Vec<RecordingNews> {
        let news = |(_, event): &(Instant, CallEvent)| match event {
            CallEvent::Recording { news } => Some(news.clone()),
            _ => None,
        };
        self.events.iter().filter_map(news).collect()
    }

    /// A caller and a clerk who are recorded.
    fn recorded() -> (Self, ClerkId) {
        let plan = plan(RECORDED);
        let (mut world, clerk) = World::bridged_by(&plan);
        world.wait(seconds(8.0));
        assert_eq!(world.news().len(), 1, "{:?}", world.news());
        (world, clerk)
    }

    /// Through this plan, whose reception rings one telephone.
    fn bridged_by(plan: &str) -> (Self, ClerkId) {
        let mut world = asked_for_a_person_by(plan);
        let id = world.picks_up(Codec::G722);
        world.wait(seconds(2.0));
        world.desk().line.press('1');
        world.wait(seconds(0.5));
        (world, id)
    }

    /// Both say their tones at once.
    fn both_say_their_tones(&mut self) {
        self.clerk_says(tone(OF_CLERK, 100));
        let says: Vec<i16> = tone(OF_CALLER, 100).into_iter().flatten().collect();
        self.say(&says);
        self.wait(seconds(0.5));
    }
}

fn plan(posts: &str) -> String {
    let told = "mention: La conversation avec un agent est enregistrée.\nservices:";
    PLAN.replace("services:", told).replace("poste: 10", posts)
}

fn is_near(heard: f32, hz: f32) -> bool {
    (heard - hz).abs() < 25.0
}

#[test]
fn both_hear_the_notice_to_its_end_before_the_first_sample() {
    let (mut world, _) = World::bridged_by(&plan(RECORDED));
    let is_ours = |frame: &[i16; FRAME]| level(frame) > -40.0 && (700.0..880.0).contains(&pitch([frame].into_iter()));
    // It has begun half a second ago; and goes on whoever speaks.
    let from = world.played.len() - 25;
    while world.news().is_empty() {
        world.both_say_their_tones();
    }
    assert_eq!(world.said(NOTICE), 1);
    // Each letter of it lasts 60 ms in this world.
    let notice = Phrases::default().get(Phrase::RecordingNotice).chars().count() * 3;
    let by_caller = world.played[from..].iter().filter(|f| is_ours(f)).count();
    assert!(by_caller + 30 > notice, "{by_caller} frames of {notice}");
    let told = world.events.iter().rev().find_map(|(at, e)| {
        matches!(e, CallEvent::Said { text, .. } if text.reveal().starts_with("Pour refuser")).then_some(*at)
    });
    let began = world.taped[&1].began.expect("begins");
    assert!(began > told.expect("is said"), "all of it was said");
    assert!(matches!(&world.news()[..], [RecordingNews::Begins { service }] if service == "secretariat"));
}

#[test]
fn both_voices_are_on_it_each_on_its_side_in_pieces_of_a_second() {
    let (mut world, _) = World::recorded();
    let asked = world.asked.len();
    world.both_say_their_tones();
    world.wait(seconds(2.0));
    world.call.handle_end(world.now, EndReason::Caller);
    world.drain();
    let tape = &world.taped[&1];
    assert!(tape.kept && tape.largest == 2 * 16_000, "{}", tape.largest);
    for (side, hz) in [(0, OF_CALLER), (1, OF_CLERK)] {
        let (frames, heard) = tape.heard(side);
        assert!(
            (95..=110).contains(&frames) && is_near(heard, hz),
            "{side}: {frames} frames of {heard} Hz"
        );
    }
    let length = tape.samples.len() as u64 / 32;
    assert_eq!(world.news()[1], RecordingNews::Ends { length_ms: length });
    assert_eq!(world.asked.len(), asked, "nothing of it is recognised");
    let spoken = (world.now - tape.began.expect("began")).as_millis() as u64;
    assert!(spoken.abs_diff(length) <= 20, "{spoken} {length}");
}

#[test]
fn the_caller_s_nine_erases_it_and_both_are_told() {
    let (mut world, _) = World::recorded();
    world.both_say_their_tones();
    for key in ['4', '9'] {
        world.call.handle_tone(world.now, key);
        world.wait(seconds(3.0));
    }
    assert!(world.taped[&1].erased);
    assert_eq!(world.news()[1..], [RecordingNews::Refused]);
    assert_eq!(world.said("L'enregistrement est arrêté et effacé."), 1);
    let told = world
        .desk()
        .heard
        .iter()
        .rev()
        .take(150)
        .filter(|(_, f)| level(f) > -40.0)
        .count();
    assert!(told > 80, "the clerk hears it too: {told} frames");
    assert_eq!(world.desk().keys, "4", "9 was for us");
    assert_eq!(world.events_of(|e| matches!(e, CallEvent::Tone { .. })), 0);
    // From now on it goes through, and nothing is recorded.
    world.call.handle_tone(world.now, '9');
    world.both_say_their_tones();
    assert_eq!((world.taped.len(), world.desk().keys.as_str()), (1, "49"));
}

#[test]
fn who_refuses_while_the_notice_is_said_is_not_recorded_in_this_call_any_more() {
    let (mut world, first) = World::bridged_by(&plan(RECORDED));
    world.call.handle_tone(world.now, '9');
    world.wait(seconds(8.0));
    assert!(world.taped.is_empty());
    assert_eq!(world.said("Pour refuser"), 0);
    let refers = ClerkSignal::Refers {
        uri: "sip:202@pbx.mairie.fr".to_owned().into(),
        replaces: None,
    };
    world.call.handle_clerk(world.now, first, refers);
    world.drain();
    world.picks_up(Codec::Pcma);
    world.wait(seconds(8.0));
    assert!(world.taped.is_empty());
    assert_eq!((world.said(NOTICE), world.news()), (1, vec![RecordingNews::Refused]));
}

#[test]
fn the_clerk_stops_it_and_what_there_is_stays() {
    let (mut world, clerk) = World::recorded();
    world.wait(seconds(2.0));
    world.call.handle_clerk(world.now, clerk, ClerkSignal::StopsRecording);
    world.wait(seconds(3.0));
    let length = world.taped[&1].samples.len() as u64 / 32;
    assert!(world.taped[&1].kept && length > 2000);
    assert_eq!(world.news()[1..], [RecordingNews::Stopped { length_ms: length }]);
    assert_eq!(world.said("L'enregistrement est arrêté."), 1);
    world.call.handle_clerk(world.now, clerk, ClerkSignal::StopsRecording);
    world.both_say_their_tones();
    assert_eq!(world.taped[&1].samples.len() as u64 / 32, length);
    // The caller may refuse it all the same, as long as they speak.
    world.call.handle_tone(world.now, '9');
    world.wait(seconds(3.0));
    assert!(world.taped[&1].erased);
    assert_eq!(world.news()[2..], [RecordingNews::Refused]);
    assert_eq!((world.said("arrêté et effacé"), world.desk().keys.as_str()), (1, ""));
}

#[test]
fn a_whisper_is_on_no_side() {
    let (mut world, _) = World::recorded();
    let name = "Sophie".to_owned().into();
    let id = world.call.handle_listener(&spoken(Codec::Opus), name);
    world.drain();
    world.listens(id.expect("may listen"));
    world.whispers(tone(1400.0, 100));
    world.wait(seconds(3.0));
    let whispered = world.desk().heard.iter().filter(|(_, f)| level(f) > -40.0).count();
    assert!(whispered > 80, "the clerk hears it");
    world.call.handle_end(world.now, EndReason::Caller);
    world.drain();
    let tape = &world.taped[&1];
    assert_eq!((tape.heard(0).0, tape.heard(1).0), (0, 0));
    assert!(tape.side(0).len() > 150);
}

#[test]
fn it_ends_where_the_caller_is_passed_on_and_the_next_has_a_notice_of_their_own() {
    let (mut world, first) = World::recorded();
    let refers = |to: &str| ClerkSignal::Refers {
        uri: format!("sip:{to}@pbx.mairie.fr").into(),
        replaces: None,
    };
    world.call.handle_clerk(world.now, first, refers("202"));
    world.drain();
    assert!(world.taped[&1].kept);
    world.wait(seconds(2.0));
    // Nobody takes it: the caller is back with the clerk.
    world.refused(world.rings[1].clerk, 486);
    world.wait(seconds(8.0));
    assert_eq!(world.said(NOTICE), 2);
    world.both_say_their_tones();
    world.call.handle_clerk(world.now, first, refers("203"));
    world.drain();
    assert!(world.taped[&2].kept);
    world.picks_up(Codec::Pcma);
    world.wait(seconds(8.0));
    assert_eq!((world.said(NOTICE), world.taped.len()), (3, 3));
    let second = &world.taped[&2];
    assert!(is_near(second.heard(0).1, OF_CALLER) && is_near(second.heard(1).1, OF_CLERK));
}

#[test]
fn a_caller_who_is_given_back_is_recorded_no_more() {
    let (mut world, clerk) = World::recorded();
    world.call.handle_clerk(world.now, clerk, ClerkSignal::GivesBack);
    world.wait_for_quiet();
    assert!(world.taped[&1].kept && matches!(world.news()[1], RecordingNews::Ends { .. }));
    assert_eq!(world.said("Je vous reprends."), 1);
    let length = world.taped[&1].samples.len();
    world.say(&super::clip(QUESTION));
    assert_eq!(world.taped[&1].samples.len(), length);
}

#[test]
fn without_the_sound_of_the_notice_nothing_is_recorded() {
    let mut world = asked_for_a_person_by(&plan(RECORDED));
    world.picks_up(Codec::Pcma);
    world.wait(seconds(2.0));
    world.voiceless = true;
    world.desk().line.press('1');
    world.wait(seconds(8.0));
    assert!(world.taped.is_empty());
    assert_eq!((world.said(NOTICE), world.news().len()), (0, 1));
    assert!(matches!(&world.news()[0], RecordingNews::Failed { what } if what.contains("annonce")));
    world.call.handle_tone(world.now, '9');
    world.both_say_their_tones();
    let heard = pitch(world.played.iter().rev().take(100).filter(|f| level(&f[..]) > -40.0));
    assert!(is_near(heard, OF_CLERK), "they speak all the same: {heard} Hz");
    assert_eq!(world.desk().keys, "9");
}

#[test]
fn who_holds_the_call_has_not_heard_the_notice_yet() {
    let (mut world, clerk) = World::bridged_by(&plan(RECORDED));
    let held = |direction| Agreed {
        direction,
        ..spoken(Codec::G722)
    };
    world
        .call
        .handle_clerk(world.now, clerk, ClerkSignal::Changes(held(Direction::RecvOnly)));
    world.wait(seconds(10.0));
    assert!(world.taped.is_empty(), "{:?}", world.news());
    world
        .call
        .handle_clerk(world.now, clerk, ClerkSignal::Changes(held(Direction::SendRecv)));
    world.wait(seconds(8.0));
    assert_eq!(world.taped.len(), 1);
}

#[test]
fn a_disk_that_fails_is_told_and_they_go_on_speaking() {
    let (mut world, _) = World::recorded();
    world.wait(seconds(2.0));
    world.call.handle_recording_lost(1, "plus de place".into());
    let length = world.taped[&1].samples.len();
    world.both_say_their_tones();
    assert_eq!(world.taped[&1].samples.len(), length, "nothing more is given");
    assert!(matches!(&world.news()[1..], [RecordingNews::Failed { .. }]));
    world.call.handle_tone(world.now, '9');
    world.wait(seconds(0.5));
    assert!(world.taped[&1].erased, "what was written is refused too");
    assert_eq!((world.ended(), world.taped.len()), (None, 1));
}

#[test]
fn a_call_that_is_taken_over_is_recorded_as_its_service_wants() {
    let posts = RECORDED.replace("poste: 10", "poste: console");
    let mut world = World::with_plan(&plan(&posts), []);
    world.wait_for_quiet();
    let name = "Claire".to_owned().into();
    let id = world.call.handle_take_over(world.now, &spoken(Codec::Opus), name);
    world.drain();
    world.sits_down(id.expect("may be taken over"), Codec::Opus);
    world.wait(seconds(12.0));
    assert_eq!((world.said("prend votre appel"), world.said(NOTICE)), (1, 1));
    assert_eq!(world.taped.len(), 1);
}

#[test]
fn elsewhere_nothing_is_recorded() {
    let (mut world, _) = World::bridged(Codec::Pcma, ATTENDED);
    world.both_say_their_tones();
    world.call.handle_tone(world.now, '9');
    world.wait(seconds(6.0));
    assert!(world.taped.is_empty() && world.news().is_empty());
    assert_eq!((world.said(NOTICE), world.desk().keys.as_str()), (0, "9"));
}
