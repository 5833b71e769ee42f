//! A request by form: a whole call from the offer to the reference.

use super::*;
use crate::understand::Value;

const FORM: &str = "
ville: Petitval
accueil: Bonjour, l'assistant vocal vous écoute.
services:
  accueil:
    nom: l'accueil
    poste: 100
sujets:
  rappel:
    nom: un rappel
    formulaire: rappel
    exemples: [rappelez-moi, je voudrais être rappelé, pouvez-vous me rappeler]
formulaires:
  rappel:
    nom: une demande de rappel
    questions:
      téléphone: À quel numéro ?
";

fn asks_for_a_call() -> Reading {
    let found = TopicMatch {
        id: "rappel".into(),
        confidence: 0.95,
    };
    Reading {
        topic: Some(found),
        completeness: Completeness::Complete,
        ..Reading::default()
    }
}

fn phone() -> Reading {
    Reading {
        value: Some(Value::Phone("0642187591".into())),
        completeness: Completeness::Complete,
        ..Reading::default()
    }
}

/// The caller says something, and hears what we answer.
fn says(world: &mut World, reading: Reading) {
    world.readings = [reading].into();
    world.say(&clip(QUESTION));
    world.wait(Duration::from_secs(2));
    world.wait_for_quiet();
}

/// The caller was asked for a telephone number.
fn asked() -> World {
    let mut world = World::with_plan(FORM, [asks_for_a_call()]);
    world.wait_for_quiet();
    for reading in [asks_for_a_call(), yes()] {
        says(&mut world, reading);
    }
    assert_eq!(world.said("À quel numéro"), 1, "{:?}", world.events);
    world
}

fn position(world: &World, is: impl Fn(&CallEvent) -> bool) -> Option<usize> {
    world.events.iter().position(|(_, e)| is(e))
}

#[test]
fn a_request_is_on_disk_before_it_is_said_to_be_noted() {
    for disk_ok in [true, false] {
        let mut world = asked();
        world.disk_ok = disk_ok;
        for reading in [phone(), yes()] {
            says(&mut world, reading);
        }
        let kept = position(&world, |e| matches!(e, CallEvent::RequestKept { .. }));
        let noted = position(
            &world,
            |e| matches!(e, CallEvent::Said { text, .. } if text.reveal().contains("numéro 4 2 7")),
        );
        let lost = world.events_of(|e| matches!(e, CallEvent::RequestLost { .. }));
        assert_eq!(
            (kept.is_some(), noted.is_some(), lost == 1),
            (disk_ok, disk_ok, !disk_ok)
        );
        assert!(kept <= noted);
        assert_eq!(world.said("n'a pas pu être enregistrée"), usize::from(!disk_ok));
    }
}

#[test]
fn a_number_in_groups_is_one_answer() {
    let mut world = asked();
    let before = world.heard();
    world.readings = [Reading {
        completeness: Completeness::Unfinished,
        ..Reading::default()
    }]
    .into();
    world.say(&clip(QUESTION));
    world.wait(Duration::from_millis(1500));
    says(&mut world, phone());
    assert_eq!(world.heard(), before + 1, "{:?}", world.events);
    assert_eq!(world.said("06 42 18 75 91"), 1);
}

#[test]
fn a_number_is_typed() {
    let mut world = asked();
    for key in "0642187591".chars() {
        world.call.handle_tone(world.now, key);
        world.wait(Duration::from_millis(300));
    }
    world.wait_for_quiet();
    assert_eq!(world.said("06 42 18 75 91"), 1, "{:?}", world.events);
}

#[test]
fn a_cough_is_no_name() {
    let mut world = asked();
    world.readings = [phone()].into();
    world.say(&clip(QUESTION));
    // While the summary is read.
    world.wait(Duration::from_millis(2500));
    world.readings = [Reading {
        value: Some(Value::Name("Rome".into())),
        ..Reading::default()
    }]
    .into();
    world.words = "Rome";
    world.say(&clip(QUESTION)[..8 * FRAME * 2]);
    world.wait_for_quiet();
    assert_eq!(
        world.events_of(|e| matches!(e, CallEvent::Interrupted { .. })),
        0,
        "{:?}",
        world.events
    );
    assert!(
        world.events_of(|e| matches!(e, CallEvent::WentOn { .. })) > 0,
        "it was heard"
    );
    assert_eq!(world.said("C'est bien cela"), 1);
}

#[test]
fn who_asks_about_a_request_is_told_how_far_it_has_got() {
    let asks = Reading {
        text: "Où en est ma demande 427 ?".to_owned().into(),
        command: Some(Command::Status),
        completeness: Completeness::Complete,
        ..Reading::default()
    };
    let mut world = World::with_plan(FORM, [asks.clone()]);
    world.wait_for_quiet();
    says(&mut world, asks);
    assert_eq!(
        world.said("Votre demande 4 2 7, du vendredi 20 novembre"),
        1,
        "{:?}",
        world.events
    );
    assert!(world.call.is_listening());
}
