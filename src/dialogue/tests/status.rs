//! "Où en est ma demande ?"

use super::form::hears;
use super::*;
use crate::units::RequestState;

fn found(state: RequestState) -> Input {
    found_from(state, true)
}

fn found_from(state: RequestState, own: bool) -> Input {
    let since = NaiveDate::from_ymd_opt(2026, 11, 20).expect("a day");
    Input::Found {
        known: Some(Known {
            state,
            since,
            form: Some(1),
            own,
        }),
    }
}

#[test]
fn who_gives_the_number_is_told_how_far_it_has_got() {
    for (state, told) in [
        (
            RequestState::Received,
            "est bien enregistrée. Elle n'a pas encore été traitée.",
        ),
        (RequestState::InProgress, "est en cours de traitement."),
        (RequestState::Done, "a été traitée."),
        (
            RequestState::Refused,
            "n'a pas pu être acceptée. Le service vous dira pourquoi.",
        ),
    ] {
        let mut caller = Caller::at(10);
        assert_eq!(hears(&mut caller, "Où en est ma demande 4 2 7 ?"), "[cherche 427]");
        assert_eq!(caller.dialogue.expects(), None, "the store is waited for");
        assert_eq!(
            caller.does(found(state)),
            format!(
                "Votre demande 4 2 7, du vendredi 20 novembre 2026, {told} Puis-je vous aider pour autre chose ? [?]"
            )
        );
    }
}

#[test]
fn who_gives_no_number_is_not_told_that_there_is_none_such() {
    let mut caller = Caller::at(10);
    hears(&mut caller, "Où en est ma demande ?");
    assert_eq!(
        hears(&mut caller, "Je l'ai faite la semaine dernière."),
        "Excusez-moi, je n'ai pas compris. Quel est le numéro de votre demande ? [?]"
    );
}

#[test]
fn the_number_is_asked_for_and_may_be_typed() {
    let mut caller = Caller::at(10);
    let question = "Quel est le numéro de votre demande ? [?]";
    assert_eq!(
        hears(&mut caller, "Je voudrais savoir où en est mon signalement."),
        question
    );
    assert_eq!(caller.dialogue.expects(), Some(Expect::Digits));
    assert_eq!(hears(&mut caller, "C'est le quatre cent vingt-sept."), "[cherche 427]");
    // As recognition may hear it.
    let mut caller = Caller::at(10);
    hears(&mut caller, "Bonjour, on est ma demande.");
    for key in ['4', '2', '7'] {
        assert_eq!(caller.does(Input::Tone(key)), "[?]");
    }
    assert_eq!(caller.does(Input::Tone('#')), "[cherche 427]");
    let mut caller = Caller::at(10);
    hears(&mut caller, "Où en est ma demande ?");
    for key in ['4', '2', '7'] {
        caller.does(Input::Tone(key));
    }
    assert_eq!(caller.does(Input::Silence), "[cherche 427]", "without the hash key");
}

#[test]
fn a_number_that_nothing_has_is_asked_for_again_and_then_a_person_is_offered() {
    let mut caller = Caller::at(10);
    hears(&mut caller, "Où en est ma demande 427 ?");
    assert_eq!(
        caller.does(Input::Found { known: None }),
        "Je ne trouve pas de demande sous ce numéro. Quel est le numéro de votre demande ? [?]"
    );
    hears(&mut caller, "428");
    let offer = caller.does(Input::Found { known: None });
    assert!(
        offer.starts_with("Je ne trouve pas de demande sous ce numéro."),
        "{offer}"
    );
    assert!(offer.ends_with("[oui ou non ?]"), "{offer}");
    let mut caller = Caller::at(10);
    hears(&mut caller, "Où en est ma demande ?");
    assert_eq!(
        hears(&mut caller, "Non merci."),
        "Puis-je vous aider pour autre chose ? [?]"
    );
}

/// A digit may be misheard: it would be told how far another's request has got.
#[test]
fn who_calls_from_another_number_is_asked_whether_the_request_is_theirs() {
    let question = "Sous le numéro 4 2 7, je trouve un signalement, du vendredi 20 novembre 2026. \
                    Est-ce bien votre demande ? [oui ou non ?]";
    let asked = || {
        let mut caller = Caller::at(10);
        hears(&mut caller, "Où en est ma demande 427 ?");
        assert_eq!(caller.does(found_from(RequestState::Done, false)), question);
        caller
    };
    for yes in ["Oui.", "Oui, c'est bien ça.", "C'est la mienne, oui."] {
        let told = hears(&mut asked(), yes);
        assert!(
            told.starts_with("Votre demande 4 2 7, du vendredi 20 novembre 2026, a été traitée."),
            "{yes} : {told}"
        );
    }
    assert_eq!(hears(&mut asked(), "Non."), "Quel est le numéro de votre demande ? [?]");
    assert_eq!(hears(&mut asked(), "Non, c'est le 4 2 8."), "[cherche 428]");
    assert!(asked().does(Input::Tone('1')).contains("a été traitée"));
    let mut caller = asked();
    let again = hears(&mut caller, "Pardon, je n'ai pas entendu, vous pouvez répéter ?");
    assert_eq!(again, question);
    hears(&mut caller, "Non.");
    hears(&mut caller, "C'est le 427.");
    caller.does(found_from(RequestState::Done, false));
    let offer = hears(&mut caller, "Mais non.");
    assert!(offer.ends_with("[oui ou non ?]") && !offer.contains("427"), "{offer}");
}

#[test]
fn what_is_no_question_about_a_request() {
    for text in [
        "Où en est ma demande de passeport ?",
        "Je voudrais faire une demande.",
        "Où en est le chantier ?",
    ] {
        let mut caller = Caller::at(10);
        let said = hears(&mut caller, text);
        assert!(
            !said.contains("numéro de votre demande") && !said.contains("cherche"),
            "{text} : {said}"
        );
    }
}
