//! Two hundred hand-overs to clerks who answer late, decline, are busy, crash, never answer, hold, hang up, pass on: each
//! has a known outcome, and no caller is lost or hears nothing for long.

use super::handover::{asked_for_a_person, seconds, speech, spoken};
use super::*;
use crate::transfer::Outcome;

/// Longest silence that a caller may hear until they speak with a person.
const LONGEST_SILENCE: usize = 100;

/// Numbers that look random and are the same each time.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (self.0 >> 33) % sides
    }

    fn seconds(&mut self, most: u64) -> Duration {
        Duration::from_millis(self.roll(most * 1000))
    }

    fn one<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.roll(of.len() as u64) as usize]
    }
}

/// What one telephone does that is rung.
#[derive(Clone, Copy, Debug)]
enum Clerk {
    Refuses(u16),
    NeverAnswers,
    /// Picks up, and nothing comes any more.
    Crashes,
    HangsUp,
    Declines,
    SaysNo,
    Voicemail,
    Takes,
    TakesByWord,
}

const CLERKS: [Clerk; 14] = [
    Clerk::Refuses(486),
    Clerk::Refuses(603),
    Clerk::Refuses(480),
    Clerk::Refuses(404),
    Clerk::Refuses(503),
    Clerk::NeverAnswers,
    Clerk::Crashes,
    Clerk::HangsUp,
    Clerk::Declines,
    Clerk::SaysNo,
    Clerk::Voicemail,
    Clerk::Takes,
    Clerk::Takes,
    Clerk::TakesByWord,
];

impl World {
    /// The telephone that was rung last does this; gives whether somebody has the call.
    fn rung(&mut self, clerk: Clerk, dice: &mut Dice) -> bool {
        let id = self.rings.last().expect("rung").clerk;
        self.wait(dice.seconds(2));
        self.call.handle_clerk(self.now, id, ClerkSignal::Rings);
        self.wait(dice.seconds(6));
        let codec = dice.one(&Codec::PREFERRED);
        match clerk {
            Clerk::Refuses(code) => {
                self.refused(id, code);
                return false;
            }
            Clerk::NeverAnswers => {
                self.until_it_has_ended();
                return false;
            }
            _ => self.picks_up_as(id, codec),
        }
        match clerk {
            Clerk::Crashes => {
                self.desk = None;
                self.until_it_has_ended();
            }
            Clerk::HangsUp => {
                self.wait(dice.seconds(4));
                self.call.handle_clerk(self.now, id, ClerkSignal::HangsUp);
            }
            Clerk::Voicemail => {
                self.clerk_says(speech(400));
                self.until_it_has_ended();
            }
            Clerk::Declines => {
                self.wait(dice.seconds(6));
                self.desk().line.press('2');
            }
            Clerk::SaysNo | Clerk::TakesByWord => {
                self.told(1);
                let takes = matches!(clerk, Clerk::TakesByWord);
                self.words = if takes { "oui" } else { "non" };
                self.readings = [Reading {
                    yes_no: Some(takes),
                    ..Reading::default()
                }]
                .into();
                self.clerk_says(speech(20));
                self.wait(seconds(2.0));
                self.readings.clear();
            }
            Clerk::Takes => {
                self.wait(dice.seconds(8));
                self.desk().line.press('1');
            }
            Clerk::Refuses(_) | Clerk::NeverAnswers => {}
        }
        self.wait(seconds(0.5));
        matches!(clerk, Clerk::Takes | Clerk::TakesByWord)
    }

    fn until_it_has_ended(&mut self) {
        let begun = self.now;
        while self.outcomes().is_empty() {
            self.wait(seconds(0.2));
            assert!(self.now - begun < seconds(90.0), "{:?}", self.events);
        }
    }

    /// The longest silence in what the caller has heard, in frames: since so many frames, until so long after the last
    /// transfer has ended.
    fn longest_silence(&self, since: usize, after: Duration) -> usize {
        let ended = self.events.iter().rev();
        let ended = ended.filter_map(|(at, e)| matches!(e, CallEvent::TransferEnded { .. }).then_some(*at));
        let until = ended.map(|at| at + after).next().unwrap_or(self.now);
        let frames = self.played.iter().zip(&self.sent).skip(since);
        let (mut longest, mut silence) = (0, 0);
        for (frame, _) in frames.take_while(|(_, (at, _))| *at <= until) {
            silence = if level(frame) > -50.0 { 0 } else { silence + 1 };
            longest = longest.max(silence);
        }
        longest
    }

    fn bridged_now(&self) -> bool {
        let bridged = self.events_of(|e| matches!(e, CallEvent::Bridged { .. }));
        bridged > self.events_of(|e| matches!(e, CallEvent::BridgeEnded { .. }))
    }
}

#[test]
fn two_hundred_hand_overs_have_two_hundred_outcomes() {
    let mut outcomes = BTreeMap::<String, usize>::new();
    for seed in 0..200 {
        let mut dice = Dice(seed);
        let mut world = asked_for_a_person("poste: 10\n    transfert: accompagné\n    sonne: 9");
        let from = world.played.len();
        let clerk = CLERKS[seed as usize % CLERKS.len()];
        let gives_up = dice.roll(8) == 0;
        let taken = if gives_up {
            world.wait(dice.seconds(6));
            world.call.handle_end(world.now, EndReason::Caller);
            world.drain();
            false
        } else {
            world.rung(clerk, &mut dice)
        };
        // Who is not passed on is soon told so; what two people say is their own affair.
        let after = seconds(if taken || gives_up { 0.0 } else { 2.1 });
        if !after.is_zero() {
            world.wait(after);
        }
        let silence = world.longest_silence(from, after);
        let told = format!("{seed}: {clerk:?}, {:?}", world.events);
        assert!(silence <= LONGEST_SILENCE, "{silence} frames of nothing; {told}");
        assert_eq!(world.outcomes().len(), 1, "one outcome; {told}");
        let outcome = world.outcomes()[0];
        *outcomes.entry(format!("{outcome:?}")).or_default() += 1;
        assert_eq!(outcome == Outcome::Taken, taken, "{told}");
        assert_eq!(world.bridged_now(), taken, "{told}");
        if taken {
            speak_on(&mut world, &mut dice, &told);
        } else if gives_up {
            assert!(world.call.is_over(), "{told}");
            assert_eq!(outcome, Outcome::Abandoned, "{told}");
        } else {
            world.wait_for_quiet();
            assert_eq!(world.said("laisser un message"), 1, "back with us; {told}");
            assert_eq!(world.ended(), None, "{told}");
        }
    }
    assert_eq!(outcomes.values().sum::<usize>(), 200);
    assert_eq!(outcomes.len(), 7, "each kind: {outcomes:?}");
}

/// What two people then do: hold, other codecs, passing on, hanging up. The caller is with somebody to the end.
fn speak_on(world: &mut World, dice: &mut Dice, told: &str) {
    let clerk = world.rings.last().expect("rung").clerk;
    world.wait(dice.seconds(5));
    match dice.roll(4) {
        0 => {
            let codec = dice.one(&Codec::PREFERRED);
            let held = Agreed {
                direction: Direction::Inactive,
                ..spoken(codec)
            };
            world.call.handle_clerk(world.now, clerk, ClerkSignal::Changes(held));
            world.wait(dice.seconds(40));
            assert!(world.bridged_now(), "held; {told}");
            world
                .call
                .handle_clerk(world.now, clerk, ClerkSignal::Changes(spoken(codec)));
            world.wait(seconds(1.0));
            assert!(world.bridged_now(), "resumed; {told}");
        }
        1 => {
            let refers = ClerkSignal::Refers {
                uri: "sip:202@pbx.mairie.fr".to_owned().into(),
                replaces: None,
            };
            world.call.handle_clerk(world.now, clerk, refers);
            world.drain();
            let (stays, next) = (dice.roll(2) == 0, world.rings.last().expect("rung").clerk);
            if !stays {
                world.call.handle_clerk(world.now, clerk, ClerkSignal::HangsUp);
            }
            let answers = dice.roll(2) == 0;
            let from = world.played.len();
            world.wait(dice.seconds(10));
            if answers {
                world.picks_up_as(next, Codec::Pcmu);
            } else {
                world.refused(next, 486);
            }
            world.wait(seconds(0.5));
            assert_eq!(world.outcomes().len(), 2, "{told}");
            assert!(world.longest_silence(from, seconds(0.0)) <= LONGEST_SILENCE, "{told}");
            if answers || stays {
                assert!(world.bridged_now(), "with somebody; {told}");
            } else {
                world.wait_for_quiet();
                assert_eq!(world.said("laisser un message"), 1, "back with us; {told}");
                return;
            }
        }
        2 => {
            world.call.handle_clerk(world.now, clerk, ClerkSignal::HangsUp);
            world.drain();
            assert!(world.hung_up && world.call.is_over(), "{told}");
            return;
        }
        _ => {}
    }
    world.call.handle_end(world.now, EndReason::Caller);
    world.drain();
    assert!(world.call.is_over() && !world.bridged_now(), "{told}");
}
