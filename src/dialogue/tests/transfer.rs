//! Passing calls on: lists of extensions, and what a clerk is told.

use super::*;
use crate::understand::Value;

/// The plan of the other tests, whose second service is rung by us.
fn attended() -> Caller {
    let plan = PLAN.replace("poste: 202", "poste: [202, 203]\n    transfert: accompagné");
    Caller::with(&plan, 10)
}

fn named_service(text: &str) -> Reading {
    Reading {
        service: Some(1),
        text: text.to_owned().into(),
        ..Reading::default()
    }
}

fn saying(reading: Reading, text: &str) -> Reading {
    Reading {
        text: text.to_owned().into(),
        ..reading
    }
}

#[test]
fn the_next_extension_is_tried_when_the_first_does_not_answer() {
    let plan = PLAN.replace("poste: 202", "poste: [202, 203]");
    let mut caller = Caller::with(&plan, 10);
    assert!(caller.says(named_service("")).ends_with("[transfert 202]"));
    assert_eq!(caller.does(Input::TransferFailed(Failure::Busy)), "[transfert 203]");
    let last = caller.does(Input::TransferFailed(Failure::Busy));
    assert_eq!(
        last,
        "Je suis désolé, la ligne est occupée : le service de l'urbanisme. Je vous passe l'accueil. Ne quittez pas. \
         [transfert 100]"
    );
}

#[test]
fn a_clerk_is_told_for_whom_the_call_is_and_how_to_take_it() {
    assert_eq!(
        attended().says(named_service("l'urbanisme")),
        "Je vous passe le service de l'urbanisme. Ne quittez pas. [remise 1 : Allô, un appel pour le service de \
         l'urbanisme. Pour prendre l'appel, tapez un ou dites oui. Pour refuser, tapez deux.]"
    );
}

#[test]
fn a_clerk_is_told_the_subject_and_what_was_said() {
    let mut caller = attended();
    caller.says(saying(
        topic("permis"),
        "Je voudrais construire un garage au fond du jardin.",
    ));
    let said = caller.says(yes_no(true));
    assert!(
        said.contains(
            "[remise 1 : Allô, un appel pour le service de l'urbanisme : un permis de construire. L'appelant a dit : \
             « Je voudrais construire un garage au fond du jardin ». Pour prendre"
        ),
        "{said}"
    );
    // All extensions were rung: on to the fallback.
    let next = caller.does(Input::TransferFailed(Failure::NoAnswer));
    assert!(next.ends_with("[transfert 100]"), "{next}");
}

#[test]
fn what_was_not_heard_clearly_or_concerns_others_is_not_told() {
    let mut caller = attended();
    caller.does(Input::Said {
        reading: saying(topic("permis"), "de votre pire miss de conduire"),
        clear: false,
    });
    let said = caller.says(yes_no(true));
    assert!(said.contains("un permis de construire. Pour prendre"), "{said}");
    let mut caller = attended();
    caller.says(topic("horaires"));
    let said = caller.says(named_service("l'urbanisme"));
    assert!(said.contains("pour le service de l'urbanisme. Pour prendre"), "{said}");
}

#[test]
fn a_long_story_is_cut() {
    let mut caller = attended();
    let story = "mot ".repeat(200);
    caller.says(saying(topic("permis"), &story));
    let said = caller.says(yes_no(true));
    assert_eq!(said.matches("mot ").count(), 30, "{said}");
}

#[test]
fn a_clerk_is_told_the_answers_of_a_form() {
    let mut caller = attended();
    caller.says(saying(topic("rappel"), "Je voudrais qu'on me rappelle."));
    caller.says(yes_no(true));
    let value = |value| Reading {
        value: Some(value),
        ..Reading::default()
    };
    caller.says(value(Value::Name("Martine Dubois".into())));
    caller.says(value(Value::Phone("0642187591".into())));
    let said = caller.says(command(Command::Agent));
    assert!(
        said.contains("L'appelant a indiqué : nom, Martine Dubois ; téléphone, 06 42 18 75 91. Pour prendre"),
        "{said}"
    );
    // The same once it was noted.
    let mut caller = attended();
    caller.says(topic("rappel"));
    caller.says(yes_no(true));
    caller.says(value(Value::Name("Martine Dubois".into())));
    caller.says(value(Value::Phone("0642187591".into())));
    caller.says(value(Value::Text("Mon garage.".into())));
    caller.says(yes_no(true));
    caller.does(Input::Submitted {
        reference: Some("427".into()),
    });
    let said = caller.says(named_service("l'urbanisme"));
    assert!(
        said.contains("téléphone, 06 42 18 75 91 ; motif, Mon garage. Pour"),
        "{said}"
    );
}

#[test]
fn a_call_that_is_given_back_goes_on_where_it_was() {
    let mut caller = attended();
    let said = caller.does(Input::GivenBack);
    assert_eq!(said, "Je vous reprends. Puis-je encore vous aider ? [?]");
    caller.says(saying(topic("rappel"), "Je voudrais qu'on me rappelle."));
    let question = caller.says(yes_no(true));
    let said = caller.does(Input::GivenBack);
    let (_, asked) = said.split_once("Je vous reprends. ").expect("says so");
    assert!(question.ends_with(asked), "{question} / {said}");
}

#[test]
fn a_person_who_is_gone_is_told_and_there_is_a_next_choice() {
    let mut caller = attended();
    caller.says(named_service("l'urbanisme"));
    let said = caller.does(Input::ClerkLost);
    assert!(
        said.contains("est coupée. Je vous passe l'accueil"),
        "the fallback of the plan: {said}"
    );
    // Taken over from us, it was passed to nobody.
    let mut caller = attended();
    let said = caller.does(Input::ClerkLost);
    assert!(
        said.ends_with("est coupée. Puis-je vous aider pour autre chose ? [?]"),
        "{said}"
    );
}

#[test]
fn a_call_that_is_passed_on_rings_as_any_other() {
    let mut caller = attended();
    let said = caller.does(Input::PassedOn { service: 1 });
    assert!(said.contains("Je vous passe") && said.contains("[remise 1"), "{said}");
}
