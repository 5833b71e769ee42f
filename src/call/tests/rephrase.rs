//! Other words for what the town has written: in time, late, wrong, broken off.

use super::*;
use crate::call::event::{Rephrasing, Unfaithful};
use crate::understand::lookup::PassageMatch;

const GUIDE: &str = "<!-- source: le guide de la ville -->\n\n# Cantine\n\n## Combien coûte la cantine ?\n\n\
    Le repas coûte trois euros. Il se réserve à la mairie.\n";
const PASSAGE: &str = "Le repas coûte trois euros. Il se réserve à la mairie.";
const FAITHFUL: &str = "Votre repas coûte 3 €. Il se réserve à la mairie.";

fn plan() -> Plan {
    let plan = format!("{PLAN}\nconnaissances:\n  guide: guide.md\n");
    let files = |_: &str| Ok(GUIDE.into());
    yaml::read_bytes(plan.as_bytes(), "test.yaml", &files)
        .plan
        .expect("valid")
}

fn about_the_canteen() -> Reading {
    Reading {
        text: "c'est combien la cantine".to_owned().into(),
        passages: vec![PassageMatch {
            passage: 0,
            confidence: 0.99,
            covers: true,
            is_named: true,
        }],
        completeness: Completeness::Complete,
        ..Reading::default()
    }
}

/// The caller asks; other words come so late, or never.
fn asked(other_words: Option<(u64, Result<&str, &str>)>) -> World {
    let mut world = World::of(plan(), [about_the_canteen()]);
    world.call.rephrase();
    world.other_words = other_words.map(|(ms, words)| {
        let words = words.map(str::to_owned).map_err(str::to_owned);
        (Duration::from_millis(ms), words)
    });
    world.wait_for_quiet();
    world.say(&clip(QUESTION));
    world.wait(Duration::from_secs(1));
    world
}

fn outcomes(world: &World) -> Vec<Rephrasing> {
    let of = |(_, event): &(Instant, CallEvent)| match event {
        CallEvent::Rephrased { outcome } => Some(outcome.clone()),
        _ => None,
    };
    world.events.iter().filter_map(of).collect()
}

/// The longest silence within what was said since the answer began.
fn longest_gap(world: &World) -> Duration {
    let answer = world
        .events
        .iter()
        .rev()
        .find(|(_, e)| matches!(e, CallEvent::Answered { .. }));
    let from = answer.map_or(world.start, |(at, _)| *at);
    let sounds: Vec<Instant> = world
        .sent
        .iter()
        .filter(|(at, sound)| *sound && *at >= from)
        .map(|(at, _)| *at)
        .collect();
    sounds
        .windows(2)
        .map(|pair| pair[1] - pair[0])
        .max()
        .unwrap_or_default()
}

#[test]
fn faithful_words_in_time_are_said_instead() {
    let mut world = asked(Some((600, Ok(FAITHFUL))));
    world.wait_for_quiet();
    let (_, question, passage) = world.rephrase.last().expect("it was asked");
    assert_eq!(
        (question.as_str(), passage.as_str()),
        ("c'est combien la cantine", PASSAGE)
    );
    assert_eq!(outcomes(&world), [Rephrasing::Said], "{:?}", world.events);
    assert_eq!(
        (
            world.said("guide de la ville"),
            world.said("Votre repas coûte 3 €."),
            world.said("trois euros")
        ),
        (1, 1, 0)
    );
    assert_eq!(world.said("Il se réserve à la mairie."), 1);
    assert!(
        longest_gap(&world) <= Duration::from_millis(300),
        "{:?}",
        longest_gap(&world)
    );
}

#[test]
fn words_that_come_while_the_pause_lasts_are_said_too() {
    let mut world = asked(Some((5, Ok(FAITHFUL))));
    world.wait_for_quiet();
    assert_eq!(outcomes(&world), [Rephrasing::Said]);
    assert_eq!((world.said("Votre repas"), world.said("trois euros")), (1, 0));
}

#[test]
fn what_is_late_wrong_or_missing_is_not_said_and_nobody_waits_for_it() {
    let mut plain = World::of(plan(), [about_the_canteen()]);
    plain.wait_for_quiet();
    plain.say(&clip(QUESTION));
    plain.wait(Duration::from_secs(1));
    plain.wait_for_quiet();
    assert!(plain.rephrase.is_empty(), "off unless it is asked for");
    let told = |world: &World| {
        let said = |(at, event): &(Instant, CallEvent)| match event {
            CallEvent::Said { text, .. } => Some((*at - world.start, text.reveal().clone())),
            _ => None,
        };
        world.events.iter().filter_map(said).collect::<Vec<_>>()
    };
    let unfaithful = |why| vec![Rephrasing::Unfaithful { why }];
    let failed = |what: &str| vec![Rephrasing::Failed { what: what.into() }];
    for (other_words, expected) in [
        (None, vec![Rephrasing::Late]),
        (Some((60_000, Ok(FAITHFUL))), vec![Rephrasing::Late]),
        (Some((600, Ok("Le repas est gratuit."))), unfaithful(Unfaithful::Added)),
        (
            Some((600, Ok("Le repas coûte trois euros."))),
            unfaithful(Unfaithful::Incomplete),
        ),
        (Some((5, Ok("Le repas ? **3 €**"))), unfaithful(Unfaithful::Shape)),
        (Some((600, Ok(PASSAGE))), vec![Rephrasing::Same]),
        (Some((600, Err("occupé"))), failed("occupé")),
        (Some((0, Err("occupé"))), failed("occupé")),
    ] {
        let mut world = asked(other_words);
        world.wait_for_quiet();
        assert_eq!(outcomes(&world), expected, "{other_words:?}");
        assert_eq!(
            told(&world),
            told(&plain),
            "{other_words:?}: word for word and at the same moment"
        );
    }
}

#[test]
fn words_whose_sound_is_late_are_not_waited_for() {
    let mut world = World::of(plan(), [about_the_canteen()]);
    world.call.rephrase();
    world.other_words = Some((Duration::from_millis(900), Ok(FAITHFUL.into())));
    world.wait_for_quiet();
    world.say(&clip(QUESTION));
    // The town's own words are rendered; theirs take longer than what comes before.
    world.wait(Duration::from_millis(800));
    world.tts = Duration::from_secs(9);
    world.wait_for_quiet();
    assert_eq!(outcomes(&world), [Rephrasing::Late]);
    assert_eq!((world.said("trois euros"), world.said("Votre repas")), (1, 0));
    assert!(longest_gap(&world) <= Duration::from_millis(300));
}

#[test]
fn who_interrupts_is_not_answered_with_them() {
    let mut world = asked(Some((60_000, Ok(FAITHFUL))));
    let job = world.rephrase.last().expect("it was asked").0;
    world.readings = [topic()].into();
    world.say(&clip(QUESTION));
    world.wait(Duration::from_secs(1));
    assert!(world.cancelled.contains(&job), "{:?}", world.events);
    world.call.handle_rephrased(world.now, job, Ok(FAITHFUL.into()));
    world.wait(Duration::from_secs(3));
    assert_eq!((world.said("Votre repas"), outcomes(&world)), (0, vec![]));
}

#[test]
fn who_goes_on_after_a_pause_leaves_nothing_behind() {
    let mut world = World::of(plan(), [about_the_canteen()]);
    world.call.rephrase();
    world.other_words = Some((Duration::from_secs(5), Ok(FAITHFUL.into())));
    world.wait_for_quiet();
    let sound = clip(STORY);
    let middle = sound.len() / 2 / FRAME * FRAME;
    world.say(&sound[..middle]);
    world.wait(Duration::from_millis(600));
    let asked: Vec<JobId> = world.rephrase.iter().map(|(job, ..)| *job).collect();
    world.say(&sound[middle..]);
    assert!(
        asked.iter().all(|job| world.cancelled.contains(job)),
        "{asked:?} {:?}",
        world.cancelled
    );
}
