//! Calls that are passed on accompanied: who rings, what the clerk hears and does, and what the two say to each other.

use super::*;
use crate::transfer::Outcome;
use crate::transfer::handover::News;

/// A clerk's telephone.
pub(super) struct Desk {
    pub(super) id: ClerkId,
    pub(super) line: Line,
    to_say: VecDeque<[i16; FRAME]>,
    /// What the clerk hears, and the keys.
    pub(super) heard: Vec<(Instant, [i16; FRAME])>,
    pub(super) keys: String,
}

impl Desk {
    pub(super) fn receives(&mut self, now: Instant, packet: &[u8]) {
        self.keys.extend(self.line.handle_packet(now, packet));
    }

    /// The next 20 ms: hears, and gives the packets of what is said.
    pub(super) fn frame(&mut self, now: Instant) -> Vec<Vec<u8>> {
        let mut heard = [0; FRAME];
        self.line.pull(now, &mut heard);
        self.heard.push((now, heard));
        let says = self.to_say.pop_front().unwrap_or([0; FRAME]);
        self.line.push(&says).expect("encodes");
        std::iter::from_fn(|| self.line.poll_transmit().map(<[u8]>::to_vec)).collect()
    }
}

pub(super) fn spoken(codec: Codec) -> Agreed {
    Agreed {
        codec,
        payload_type: codec.offered_payload_type(),
        ..agreed()
    }
}

pub(super) const ATTENDED: &str = "poste: 10\n    transfert: accompagné\n    sonne: 10";

/// A caller who has asked for a person; `posts` replaces the extension of the plan.
pub(super) fn asked_for_a_person(posts: &str) -> World {
    asked_for_a_person_by(&PLAN.replace("poste: 10", posts))
}

/// The same with this plan.
pub(super) fn asked_for_a_person_by(plan: &str) -> World {
    let mut world = World::with_plan(plan, [command(Command::Agent)]);
    world.wait_for_quiet();
    world.say(&clip(QUESTION));
    world.readings.clear();
    while world.rings.is_empty() {
        world.wait(Duration::from_millis(20));
        assert!(world.now - world.start < Duration::from_secs(60), "nobody is rung");
    }
    world
}

pub(super) fn seconds(seconds: f32) -> Duration {
    Duration::from_millis((seconds * 1000.0) as u64)
}

pub(super) fn tone(hz: f32, frames: usize) -> VecDeque<[i16; FRAME]> {
    let sample = |n: usize| ((n as f32 / 16_000.0 * hz * std::f32::consts::TAU).sin() * 8000.0) as i16;
    (0..frames)
        .map(|f| std::array::from_fn(|n| sample(f * FRAME + n)))
        .collect()
}

/// The frequency of what is heard, by its zero crossings.
pub(super) fn pitch<'a>(frames: impl Iterator<Item = &'a [i16; FRAME]>) -> f32 {
    let samples: Vec<i16> = frames.flatten().copied().collect();
    let rises = samples.windows(2).filter(|w| w[0] < 0 && w[1] >= 0).count();
    rises as f32 * 16_000.0 / samples.len() as f32
}

/// How much of this frequency is in what is heard.
fn amplitude<'a>(hz: f32, frames: impl Iterator<Item = &'a [i16; FRAME]>) -> f32 {
    let (mut wave, mut count) = ((0.0, 0.0), 0.0);
    for (n, sample) in frames.flatten().enumerate() {
        let (sin, cos) = (n as f32 / 16_000.0 * hz * std::f32::consts::TAU).sin_cos();
        wave = (wave.0 + f32::from(*sample) * sin, wave.1 + f32::from(*sample) * cos);
        count += 1.0;
    }
    2.0 * wave.0.hypot(wave.1) / count
}

/// So much of somebody who speaks without a pause.
pub(super) fn speech(frames: usize) -> Vec<[i16; FRAME]> {
    let question = clip(QUESTION);
    let loud = |f: &&[i16]| level(f) > -38.0;
    let voiced: Vec<&[i16]> = question.chunks_exact(FRAME).filter(loud).collect();
    voiced
        .iter()
        .cycle()
        .take(frames)
        .map(|f| std::array::from_fn(|n| f[n]))
        .collect()
}

impl World {
    /// The last telephone that was rung is picked up.
    pub(super) fn picks_up(&mut self, codec: Codec) -> ClerkId {
        let id = self.rings.last().expect("somebody is rung").clerk;
        self.picks_up_as(id, codec);
        id
    }

    pub(super) fn picks_up_as(&mut self, id: ClerkId, codec: Codec) {
        self.sits_down(id, codec);
        let answers = ClerkSignal::Answers(spoken(codec));
        self.call.handle_clerk(self.now, id, answers);
        self.drain();
    }

    /// Somebody is at this clerk's end of the line.
    pub(super) fn sits_down(&mut self, id: ClerkId, codec: Codec) {
        self.desk = Some(self.end_of(id, codec));
    }

    /// Somebody listens.
    pub(super) fn listens(&mut self, id: ClerkId) {
        self.listener = Some(self.end_of(id, Codec::Opus));
    }

    fn end_of(&self, id: ClerkId, codec: Codec) -> Desk {
        let clock = NtpClock::new(self.now, Duration::ZERO);
        Desk {
            id,
            line: Line::new(&spoken(codec), clock).expect("codecs are there"),
            to_say: VecDeque::new(),
            heard: Vec::new(),
            keys: String::new(),
        }
    }

    /// The pitch of the last frames that who listens has heard.
    pub(super) fn listener_heard(&self, frames: usize) -> f32 {
        let heard = &self.listener.as_ref().expect("somebody listens").heard;
        pitch(heard.iter().rev().take(frames).map(|(_, frame)| frame))
    }

    /// Who listens says something.
    pub(super) fn whispers(&mut self, frames: impl IntoIterator<Item = [i16; FRAME]>) {
        let listener = self.listener.as_mut().expect("somebody listens");
        listener.to_say.extend(frames);
    }

    pub(super) fn desk(&mut self) -> &mut Desk {
        self.desk.as_mut().expect("a clerk on the line")
    }

    pub(super) fn clerk_says(&mut self, frames: impl IntoIterator<Item = [i16; FRAME]>) {
        self.desk().to_say.extend(frames);
    }

    /// Waits until the clerk has heard it all so many times.
    pub(super) fn told(&mut self, times: usize) {
        let sounds = |world: &World| {
            world
                .desk
                .as_ref()
                .is_some_and(|desk| level(&desk.heard.last().unwrap().1) > -50.0)
        };
        while self.events_of(|e| matches!(e, CallEvent::ToldClerk { .. })) < times {
            self.wait(Duration::from_millis(20));
        }
        let mut quiet = 0;
        while quiet < 30 {
            self.wait(Duration::from_millis(20));
            quiet = if sounds(self) { 0 } else { quiet + 1 };
        }
    }

    pub(super) fn refused(&mut self, id: ClerkId, code: u16) {
        self.call.handle_clerk(self.now, id, ClerkSignal::Refuses(code));
        self.drain();
    }

    pub(super) fn outcomes(&self) -> Vec<Outcome> {
        let outcome = |(_, event): &(Instant, CallEvent)| match event {
            CallEvent::TransferEnded { outcome, .. } => Some(*outcome),
            _ => None,
        };
        self.events.iter().filter_map(outcome).collect()
    }

    pub(super) fn clerks(&self) -> Vec<(&str, News)> {
        self.events
            .iter()
            .filter_map(|(_, event)| match event {
                CallEvent::Clerk { target, news } => Some((target.as_str(), *news)),
                _ => None,
            })
            .collect()
    }

    pub(super) fn ended(&self) -> Option<EndReason> {
        self.events.iter().find_map(|(_, event)| match event {
            CallEvent::Ended { reason } => Some(*reason),
            _ => None,
        })
    }

    pub(super) fn bridge_end(&self) -> Option<event::BridgeEnd> {
        self.events.iter().find_map(|(_, event)| match event {
            CallEvent::BridgeEnded { by, .. } => Some(*by),
            _ => None,
        })
    }

    /// A caller and a clerk who speak with each other.
    pub(super) fn bridged(codec: Codec, posts: &str) -> (Self, ClerkId) {
        let mut world = asked_for_a_person(posts);
        let id = world.picks_up(codec);
        world.wait(seconds(2.0));
        world.desk().line.press('1');
        world.wait(seconds(0.5));
        assert_eq!(world.outcomes(), [Outcome::Taken]);
        (world, id)
    }
}

#[test]
fn the_caller_hears_it_ringing_and_never_two_seconds_of_nothing() {
    let mut world = asked_for_a_person(ATTENDED);
    let began = |(_, event): &&(Instant, CallEvent)| matches!(event, CallEvent::TransferBegan { .. });
    let decided = world.events.iter().find(began).expect("decided").0;
    world
        .call
        .handle_clerk(world.now, world.rings[0].clerk, ClerkSignal::Rings);
    world.wait(seconds(9.5));
    assert!(world.said("Je vous passe") > 0);
    // The tone is there at once, under what is said.
    let rings = |from: f32, to: f32| {
        let times = decided + seconds(from)..decided + seconds(to);
        let heard = world.sent.iter().zip(&world.played);
        let heard = heard.filter(|((at, _), _)| times.contains(at));
        amplitude(440.0, heard.map(|(_, frame)| frame))
    };
    assert!((700.0..1100.0).contains(&rings(0.1, 1.0)), "{}", rings(0.1, 1.0));
    assert!(rings(1.7, 2.7) < 100.0, "it pauses: {}", rings(1.7, 2.7));
    // What we said, then the tone: 1.5 s of it in 3.26.
    let after: Vec<&[i16; FRAME]> = world.played.iter().rev().take(326).collect();
    let sounding = after.iter().filter(|f| level(&f[..]) > -40.0).count();
    assert!((148..=152).contains(&sounding), "{sounding} frames of 326");
    let ringing = after.iter().filter(|f| level(&f[..]) > -40.0).copied();
    let pitch = pitch(ringing);
    assert!((pitch - 440.0).abs() < 15.0, "{pitch} Hz");
    assert_eq!(
        world.clerks(),
        [("10", News::Called), ("10", News::Rings)],
        "{:?}",
        world.events
    );
}

#[test]
fn who_takes_it_by_a_key_is_heard_and_hears_in_every_codec() {
    for codec in Codec::PREFERRED {
        let (mut world, _) = World::bridged(codec, ATTENDED);
        let told: Vec<&CallEvent> = world.events.iter().map(|(_, e)| e).collect();
        let said = told.iter().find_map(|e| match e {
            CallEvent::ToldClerk { text } => Some(text.reveal().clone()),
            _ => None,
        });
        assert!(
            said.is_some_and(|text| text.starts_with("Allô, un appel pour")),
            "{told:?}"
        );
        world.wait(seconds(1.0));
        // The clerk says 1000 Hz; the caller hears it, soon.
        let began = world.now;
        world.clerk_says(tone(1000.0, 100));
        world.wait(seconds(2.0));
        let first = world.first_sound_after(began).expect("the caller hears the clerk");
        assert!(first - began <= seconds(0.06), "{codec:?}: {:?}", first - began);
        let heard = pitch(world.played.iter().rev().take(60));
        assert!((heard - 1000.0).abs() < 20.0, "{codec:?}: {heard} Hz");
        // The caller says 600 Hz; the clerk hears it.
        world.wait(seconds(1.0));
        let began = world.now;
        let says: Vec<i16> = tone(600.0, 100).into_iter().flatten().collect();
        world.say(&says);
        let desk = world.desk();
        let heard: Vec<_> = desk.heard.iter().filter(|(at, _)| *at >= began).collect();
        let first = heard
            .iter()
            .find(|(_, f)| level(f) > -40.0)
            .expect("the clerk hears the caller")
            .0;
        // Through two jitter buffers: ours and that of the clerk's telephone.
        assert!(first - began <= seconds(0.12), "{codec:?}: {:?}", first - began);
        let heard = pitch(heard.iter().rev().take(60).map(|(_, f)| f));
        assert!((heard - 600.0).abs() < 20.0, "{codec:?}: {heard} Hz");
        assert!(world.ended().is_none());
    }
}

#[test]
fn nothing_of_what_two_people_say_is_recognised() {
    let (mut world, _) = World::bridged(Codec::G722, ATTENDED);
    let (asked, events) = (world.asked.len(), world.events.len());
    world.clerk_says(speech(300));
    world.say(&clip(STORY));
    world.call.handle_tone(world.now, '4');
    world.wait(seconds(3.0));
    assert_eq!(world.asked.len(), asked);
    assert_eq!(world.events.len(), events, "{:?}", &world.events[events..]);
    assert_eq!(world.desk().keys, "4", "keys go through");
}

#[test]
fn keys_go_through_one_by_one() {
    let (mut world, _) = World::bridged(Codec::Pcmu, ATTENDED);
    for key in ['1', '2', '2', '#'] {
        world.call.handle_tone(world.now, key);
        world.wait(seconds(0.1));
    }
    world.wait(seconds(1.0));
    assert_eq!(world.desk().keys, "122#");
}

#[test]
fn keys_go_by_info_where_a_telephone_has_none_in_its_sound() {
    let (mut world, id) = World::bridged(Codec::Pcma, ATTENDED);
    let without = |codec| Agreed {
        events: None,
        ..spoken(codec)
    };
    let changes = ClerkSignal::Changes(without(Codec::Pcma));
    world.call.handle_clerk(world.now, id, changes);
    world.call.handle_media(world.now, &without(Codec::Pcma));
    world.call.handle_tone(world.now, '5');
    world.call.handle_clerk(world.now, id, ClerkSignal::Presses('6'));
    world.drain();
    assert_eq!(world.pressed, [(Some(id), '5'), (None, '6')]);
}

#[test]
fn who_says_yes_after_the_summary_takes_it() {
    let mut world = asked_for_a_person(ATTENDED);
    world.picks_up(Codec::Pcma);
    world.clerk_says(speech(40));
    world.told(1);
    assert_eq!(world.outcomes(), [], "a greeting is no yes");
    world.readings.push_back(yes());
    world.words = "oui, je la prends";
    world.clerk_says(speech(20));
    world.wait(seconds(2.0));
    assert_eq!(world.outcomes(), [Outcome::Taken], "{:?}", world.events);
    let asked: Vec<f32> = world.asked.iter().rev().take(2).map(|(d, _)| d.as_secs_f32()).collect();
    // The greeting and the answer, each with a pause and what came before.
    assert!(
        (0.9..1.3).contains(&asked[0]) && (1.2..1.7).contains(&asked[1]),
        "{asked:?}"
    );
}

#[test]
fn who_says_no_declines_and_a_cough_says_nothing() {
    let mut world = asked_for_a_person(ATTENDED);
    world.picks_up(Codec::Pcma);
    world.told(1);
    world.clerk_says(speech(20));
    world.wait(seconds(2.0));
    assert_eq!(world.outcomes(), [], "no words");
    world.readings.push_back(Reading {
        yes_no: Some(false),
        ..Reading::default()
    });
    world.words = "ah non";
    world.clerk_says(speech(20));
    world.wait(seconds(2.0));
    assert_eq!(world.outcomes(), [Outcome::Declined], "{:?}", world.events);
}

#[test]
fn a_greeting_that_is_a_voicemail_s_is_known_by_its_words() {
    let mut world = asked_for_a_person(ATTENDED);
    world.readings.push_back(Reading::default());
    world.words = "vous êtes bien sur le répondeur de la mairie";
    world.picks_up(Codec::Pcma);
    world.clerk_says(speech(100));
    world.wait(seconds(4.0));
    assert_eq!(world.outcomes(), [Outcome::Voicemail], "{:?}", world.events);
}

#[test]
fn who_speaks_while_nothing_can_be_recognised_takes_it() {
    let mut world = asked_for_a_person(ATTENDED);
    world.picks_up(Codec::Pcma);
    world.told(1);
    world.busy = Some(Busy::Everything);
    world.clerk_says(speech(20));
    world.wait(seconds(1.5));
    assert_eq!(world.outcomes(), [Outcome::Taken]);
}

#[test]
fn what_it_is_about_is_known_a_second_before_it_rings() {
    let world = asked_for_a_person(ATTENDED);
    let at = |is: fn(&CallEvent) -> bool| world.events.iter().find(|(_, e)| is(e)).map(|(at, _)| *at);
    let known = at(|e| matches!(e, CallEvent::TransferBegan { about, .. } if about.reveal().contains("un appel pour")));
    let called = at(|e| matches!(e, CallEvent::Clerk { news: News::Called, .. }));
    let (known, called) = (known.expect("told"), called.expect("rung"));
    assert_eq!(called - known, seconds(1.0));
}

#[test]
fn who_declines_lets_the_caller_leave_a_message() {
    let mut world = asked_for_a_person(ATTENDED);
    let id = world.picks_up(Codec::Pcma);
    world.told(1);
    world.desk().line.press('2');
    world.wait(seconds(1.0));
    assert_eq!(world.outcomes(), [Outcome::Declined]);
    assert_eq!(world.released, [id]);
    world.wait_for_quiet();
    assert_eq!((world.said("pas à joindre"), world.said("laisser un message")), (1, 1));
    assert!(!world.call.is_over() && !world.hung_up);
}

#[test]
fn every_telephone_that_takes_no_call_has_its_outcome() {
    for (code, outcome, said) in [
        (486, Outcome::Busy, "la ligne est occupée"),
        (603, Outcome::Declined, "pas à joindre"),
        (480, Outcome::NoAnswer, "pas à joindre"),
        (404, Outcome::Unreachable, "n'arrive pas à joindre"),
        (500, Outcome::Unreachable, "n'arrive pas à joindre"),
    ] {
        let mut world = asked_for_a_person(ATTENDED);
        world.refused(world.rings[0].clerk, code);
        assert_eq!(world.outcomes(), [outcome]);
        world.wait_for_quiet();
        assert_eq!(world.said(said), 1, "{code}: {:?}", world.events);
    }
}

#[test]
fn who_never_answers_is_let_go() {
    let mut world = asked_for_a_person(ATTENDED);
    world.wait(seconds(9.9));
    assert_eq!(world.outcomes(), []);
    world.wait(seconds(0.3));
    assert_eq!(world.outcomes(), [Outcome::NoAnswer]);
    assert_eq!(world.released, [world.rings[0].clerk]);
    // An answer that crossed: nobody listens.
    world
        .call
        .handle_clerk(world.now, world.rings[0].clerk, ClerkSignal::Answers(agreed()));
    world.wait(seconds(1.0));
    assert!(world.call.poll_clerk_transmit().is_none());
}

#[test]
fn who_picks_up_and_says_nothing_is_told_twice_and_let_go() {
    let mut world = asked_for_a_person(ATTENDED);
    world.picks_up(Codec::Pcma);
    world.told(2);
    world.wait(seconds(11.0));
    assert_eq!(world.outcomes(), []);
    world.wait(seconds(2.0));
    assert_eq!(world.outcomes(), [Outcome::NoAnswer]);
    assert_eq!(world.events_of(|e| matches!(e, CallEvent::ToldClerk { .. })), 2);
}

#[test]
fn a_voicemail_is_told_nothing() {
    let mut world = asked_for_a_person(ATTENDED);
    world.picks_up(Codec::Pcma);
    world.clerk_says(speech(400));
    world.wait(seconds(6.0));
    assert_eq!(world.outcomes(), [Outcome::Voicemail], "{:?}", world.events);
    assert_eq!(world.events_of(|e| matches!(e, CallEvent::ToldClerk { .. })), 0);
    let mut world = asked_for_a_person(ATTENDED);
    world.picks_up(Codec::Pcma);
    world.clerk_says(speech(60).into_iter().chain([[0; FRAME]; 20]).chain(tone(1000.0, 20)));
    world.wait(seconds(3.0));
    assert_eq!(world.outcomes(), [Outcome::Voicemail], "by its beep");
}

#[test]
fn of_a_group_the_first_is_told_and_the_rest_ring_again_where_they_decline() {
    let mut world = asked_for_a_person("poste: [10, 11, 12]\n    transfert: accompagné");
    let ids: Vec<ClerkId> = world.rings.iter().map(|ring| ring.clerk).collect();
    let targets: Vec<&str> = world.rings.iter().map(|ring| ring.target.as_str()).collect();
    assert_eq!(targets, ["10", "11", "12"], "all at once");
    world.picks_up_as(ids[1], Codec::Pcma);
    assert_eq!(world.released, [ids[0], ids[2]]);
    world.told(1);
    world.desk().line.press('2');
    world.wait(seconds(1.0));
    let again: Vec<&str> = world.rings[3..].iter().map(|ring| ring.target.as_str()).collect();
    assert_eq!(again, ["10", "12"]);
    assert_eq!(world.outcomes(), []);
    let id = world.picks_up(Codec::G722);
    world.wait(seconds(2.0));
    world.desk().line.press('1');
    world.wait(seconds(0.5));
    assert_eq!(world.outcomes(), [Outcome::Taken]);
    assert_eq!(world.clerks().last().map(|c| c.0), Some("12"), "{id:?}");
}

#[test]
fn in_turn_the_next_rings_when_the_last_does_not_take_it() {
    let mut world =
        asked_for_a_person("poste: [10, 11]\n    transfert: accompagné\n    sonnerie: tour à tour\n    sonne: 5");
    assert_eq!(world.rings.len(), 1);
    world.wait(seconds(5.2));
    assert_eq!(world.rings.len(), 2);
    world.refused(world.rings[1].clerk, 486);
    assert_eq!(world.outcomes(), [Outcome::NoAnswer], "the most of what was met");
}

#[test]
fn a_caller_who_hangs_up_lets_everybody_go() {
    // While it rings.
    let mut world = asked_for_a_person("poste: [10, 11]\n    transfert: accompagné");
    world.wait(seconds(2.0));
    world.call.handle_end(world.now, EndReason::Caller);
    world.drain();
    assert_eq!(world.released.len(), 2);
    assert_eq!(world.outcomes(), [Outcome::Abandoned]);
    assert_eq!(world.ended(), Some(EndReason::Caller));
    // During the summary.
    let mut world = asked_for_a_person(ATTENDED);
    let id = world.picks_up(Codec::Pcma);
    world.wait(seconds(3.0));
    world.call.handle_end(world.now, EndReason::Caller);
    world.drain();
    assert_eq!(
        (world.released.clone(), world.outcomes()),
        (vec![id], vec![Outcome::Abandoned])
    );
    // In the bridge.
    let (mut world, id) = World::bridged(Codec::Pcma, ATTENDED);
    world.call.handle_end(world.now, EndReason::Caller);
    world.drain();
    assert_eq!(world.released, [id]);
    assert_eq!(world.bridge_end(), Some(event::BridgeEnd::Caller));
    assert_eq!(world.ended(), Some(EndReason::Transferred));
    assert!(world.call.is_over());
}

#[test]
fn a_clerk_who_hangs_up_ends_the_call_or_lets_the_next_one_ring() {
    let (mut world, id) = World::bridged(Codec::Pcma, ATTENDED);
    world.call.handle_clerk(world.now, id, ClerkSignal::HangsUp);
    world.drain();
    assert!(world.hung_up && world.call.is_over());
    assert_eq!(world.bridge_end(), Some(event::BridgeEnd::Clerk));
    let mut world = asked_for_a_person(ATTENDED);
    let id = world.picks_up(Codec::Pcma);
    world.wait(seconds(3.0));
    world.call.handle_clerk(world.now, id, ClerkSignal::HangsUp);
    world.wait(seconds(1.0));
    assert_eq!(world.outcomes(), [Outcome::Declined]);
    assert!(!world.call.is_over());
}

#[test]
fn a_bridge_lasts_longer_than_a_call_with_us_but_not_without_sound() {
    let (mut world, _) = World::bridged(Codec::Pcma, ATTENDED);
    world.wait(seconds(21.0 * 60.0));
    assert_eq!(world.ended(), None, "20 minutes are for machines");
    let desk = world.desk.take();
    world.wait(seconds(29.0));
    assert_eq!(world.ended(), None);
    world.wait(seconds(3.0));
    assert_eq!(world.bridge_end(), Some(event::BridgeEnd::ClerkLost));
    assert!(!world.hung_up && desk.is_some(), "the caller is with us again");
}

#[test]
fn hold_on_either_side_does_not_end_it() {
    let (mut world, id) = World::bridged(Codec::G722, ATTENDED);
    let held = |codec| Agreed {
        direction: Direction::Inactive,
        ..spoken(codec)
    };
    world
        .call
        .handle_clerk(world.now, id, ClerkSignal::Changes(held(Codec::G722)));
    let desk = world.desk.take();
    let from = world.played.len();
    world.wait(seconds(60.0));
    assert_eq!(world.ended(), None);
    let music: Vec<bool> = world.played[from..].iter().map(|f| level(&f[..]) > -50.0).collect();
    let silence = music.split(|sounds| *sounds).map(<[bool]>::len).max();
    assert!(
        silence <= Some(75),
        "the caller is not left in silence: {silence:?} frames"
    );
    world.desk = desk;
    // Back, in another codec.
    let clock = NtpClock::new(world.now, Duration::ZERO);
    world.desk().line = Line::new(&spoken(Codec::Pcmu), clock).expect("codecs are there");
    world
        .call
        .handle_clerk(world.now, id, ClerkSignal::Changes(spoken(Codec::Pcmu)));
    world.wait(seconds(1.0));
    world.clerk_says(tone(1000.0, 100));
    world.wait(seconds(2.0));
    let heard = pitch(world.played.iter().rev().take(60));
    assert!((heard - 1000.0).abs() < 20.0, "{heard} Hz");
    world.call.handle_media(
        world.now,
        &Agreed {
            direction: Direction::RecvOnly,
            ..agreed()
        },
    );
    let before = world.sent.len();
    world.wait(seconds(5.0));
    assert!(world.sent.len() <= before + 2, "nothing is sent to who holds");
    world.call.handle_media(world.now, &agreed());
    world.wait(seconds(1.0));
    assert_eq!(world.ended(), None);
    assert!(world.sent.len() > before + 30);
}

#[test]
fn where_the_telephone_system_knows_no_refer_we_ring() {
    let asked = || {
        let mut world = World::new([command(Command::Agent)]);
        world.wait_for_quiet();
        world.say(&clip(QUESTION));
        world.wait(seconds(6.0));
        assert_eq!(world.transfers, ["10"]);
        world
    };
    let mut world = asked();
    world.call.handle_refer_refused(world.now, 405);
    world.drain();
    let ring = world.rings[0].clone();
    assert_eq!((&*ring.target, ring.summary.reveal().as_str()), ("10", ""));
    world.wait(seconds(3.0));
    let id = world.picks_up(Codec::Opus);
    assert_eq!(world.outcomes(), [Outcome::Taken]);
    world.clerk_says(tone(1000.0, 100));
    world.wait(seconds(2.0));
    let heard = pitch(world.played.iter().rev().take(60));
    assert!((heard - 1000.0).abs() < 20.0, "{heard} Hz");
    world.call.handle_clerk(world.now, id, ClerkSignal::HangsUp);
    world.drain();
    assert_eq!(world.ended(), Some(EndReason::Transferred));

    // It may still be that nobody takes the call.
    let mut world = asked();
    world.call.handle_refer_refused(world.now, 603);
    world.drain();
    world.refused(world.rings[0].clerk, 486);
    assert_eq!(world.outcomes(), [Outcome::Busy]);
    world.wait_for_quiet();
    assert_eq!(world.said("laisser un message"), 1);

    // A telephone that does not answer is not there.
    for code in [408, 481] {
        let mut world = asked();
        world.call.handle_refer_refused(world.now, code);
        world.drain();
        assert_eq!((world.rings.len(), world.outcomes().len()), (0, 1));
    }
}

#[test]
fn the_telephone_system_takes_it_over_or_leaves_it_with_us() {
    let posts = "poste: 10\n    transfert: accompagné\n    remise: autocommutateur";
    let (mut world, id) = World::bridged(Codec::Pcma, posts);
    assert_eq!(world.joins, [id]);
    world.call.handle_transfer(world.now, 100, false);
    world.call.handle_clerk(world.now, id, ClerkSignal::HangsUp);
    assert!(!world.call.is_over(), "it hung up with us, to speak with the caller");
    world.call.handle_transfer(world.now, 200, true);
    world.drain();
    assert!(world.hung_up && world.call.is_over());
    assert_eq!(world.bridge_end(), Some(event::BridgeEnd::Joined));

    let (mut world, id) = World::bridged(Codec::Pcma, posts);
    world.call.handle_transfer(world.now, 501, true);
    world.wait(seconds(30.0));
    assert_eq!(world.ended(), None);
    assert_eq!(
        world.events_of(|e| matches!(e, CallEvent::JoinRefused { code: 501 })),
        1
    );
    world.call.handle_clerk(world.now, id, ClerkSignal::HangsUp);
    world.drain();
    assert_eq!(world.bridge_end(), Some(event::BridgeEnd::Clerk));

    let (mut world, id) = World::bridged(Codec::Pcma, posts);
    world.call.handle_clerk(world.now, id, ClerkSignal::HangsUp);
    world.wait(seconds(25.0));
    assert_eq!(world.bridge_end(), Some(event::BridgeEnd::Clerk), "nobody reported");
}

#[test]
fn a_summary_that_cannot_be_rendered_still_lets_the_clerk_take_the_call() {
    let mut world = asked_for_a_person(ATTENDED);
    let jobs: Vec<JobId> = world
        .later
        .values()
        .filter_map(|later| match later {
            Later::Speech(job, _) => Some(*job),
            _ => None,
        })
        .collect();
    for job in jobs {
        world.call.handle_speech(world.now, job, Err("muet".into()));
    }
    world.picks_up(Codec::Pcma);
    world.wait(seconds(2.0));
    world.desk().line.press('1');
    world.wait(seconds(0.5));
    assert_eq!(world.outcomes(), [Outcome::Taken]);
}
