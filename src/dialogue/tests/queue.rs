//! Waiting for a service: what is told, what may be asked for meanwhile, and being called back.

use std::time::Duration;

use super::*;

const MINUTE: Duration = Duration::from_secs(60);

/// The plan of the other tests, for whose second service callers wait.
fn plan() -> String {
    PLAN.replace(
        "poste: 202\n    horaires: mairie\n    repli: accueil",
        "poste: 202\n    transfert: accompagné\n    attente: {places: 3, durée: 10}\n    horaires: mairie",
    )
}

fn named() -> Reading {
    Reading {
        service: Some(1),
        ..Reading::default()
    }
}

fn place(position: usize, minutes: u32) -> Input {
    let place = Place {
        position,
        wait: MINUTE * minutes,
        busy: true,
    };
    Input::Waits { place, again: false }
}

/// A caller who waits.
fn waits() -> Caller {
    let mut caller = Caller::with(&plan(), 10);
    caller.dialogue.caller(&"+33642187591".to_owned().into());
    assert_eq!(
        caller.says(named()),
        "Je vous passe le service de l'urbanisme. Ne quittez pas. [attend 1]"
    );
    let told = caller.does(place(2, 4));
    assert!(
        told.starts_with(
            "Tous les agents sont en ligne. Vous êtes en deuxième position. L'attente est d'environ quatre minutes. Dites"
        ) && told.ends_with("[?]"),
        "{told}"
    );
    caller
}

/// What the caller says, as it is understood.
fn heard(caller: &Caller, text: &str) -> Reading {
    let plan = caller.dialogue.plan();
    let expect = caller.dialogue.expects().expect("listens");
    Reading {
        text: text.to_owned().into(),
        value: crate::understand::value::answer(text, expect, caller.now, &plan.lexicon),
        ..Reading::default()
    }
}

fn says(caller: &mut Caller, text: &str) -> String {
    let reading = heard(caller, text);
    caller.says(reading)
}

#[test]
fn a_call_back_is_asked_for_in_many_words_or_by_a_key() {
    let confirms = "[n'attend plus : CallBack] On vous rappelle au 06 42 18 75 91, c'est bien cela ? [oui ou non ?]";
    for text in [
        "Rappelez-moi.",
        "Je préfère qu'on me rappelle.",
        "Vous pouvez me rappeler, s'il vous plaît ?",
        "Rappelez-moi plus tard.",
        "Être rappelé.",
        "Un.",
    ] {
        assert_eq!(says(&mut waits(), text), confirms, "{text}");
    }
    assert_eq!(waits().does(Input::Tone('1')), confirms);
}

#[test]
fn a_call_back_is_said_to_be_noted_once_it_is_on_disk() {
    let mut caller = waits();
    caller.does(Input::Tone('1'));
    assert_eq!(caller.says(yes_no(true)), "[demande 2 : 0642187591]");
    let noted = caller.does(Input::Submitted {
        reference: Some("427".into()),
    });
    assert!(
        noted.starts_with(
            "C'est noté pour le service de l'urbanisme : on vous rappelle, dans l'ordre d'arrivée des appels."
        ) && noted.contains("4 2 7"),
        "{noted}"
    );
}

#[test]
fn a_call_back_that_is_not_on_disk_or_not_wanted_leads_back_to_the_queue() {
    let mut caller = waits();
    caller.does(Input::Tone('1'));
    caller.says(yes_no(true));
    assert_eq!(
        caller.does(Input::Submitted { reference: None }),
        "Je suis désolé, votre demande de rappel n'a pas pu être enregistrée. [attend 1]"
    );
    assert!(caller.does(place(1, 1)).contains("en première position"));
    // "Un, non": another number is asked for, and then nothing of it is wanted.
    caller.does(Input::Tone('1'));
    assert!(
        caller
            .says(yes_no(false))
            .ends_with("À quel numéro peut-on vous rappeler ? [?]")
    );
    assert!(caller.says(yes_no(false)).contains("abandonner cette demande"));
    assert_eq!(caller.says(yes_no(true)), "D'accord, je n'enregistre rien. [attend 1]");
}

#[test]
fn a_caller_whose_number_is_not_known_is_asked_for_it() {
    for number in [None, Some("100"), Some("+32465710210")] {
        let mut caller = Caller::with(&plan(), 10);
        number
            .into_iter()
            .for_each(|number| caller.dialogue.caller(&number.to_owned().into()));
        caller.says(named());
        caller.does(place(1, 1));
        assert_eq!(
            says(&mut caller, "rappelez-moi"),
            "[n'attend plus : CallBack] À quel numéro peut-on vous rappeler ? [?]",
            "{number:?}"
        );
        assert_eq!(caller.dialogue.unconfirmed_call_back(), None);
        let confirms = says(
            &mut caller,
            "zéro six, quarante-deux, dix-huit, soixante-quinze, quatre-vingt-onze",
        );
        assert!(confirms.starts_with("On vous rappelle au 06 42 18 75 91"), "{confirms}");
        // Who hangs up now has asked for it all the same.
        assert!(caller.dialogue.unconfirmed_call_back().is_some());
    }
}

#[test]
fn a_message_or_something_else_may_be_asked_for() {
    for said in ["message", "Je voudrais laisser un message."] {
        let left = says(&mut waits(), said);
        assert!(
            left.starts_with("[n'attend plus : Message] Après le bip") && left.ends_with("[enregistre 1]"),
            "{left}"
        );
    }
    assert!(waits().does(Input::Tone('2')).ends_with("[bip] [enregistre 1]"));
    for said in ["revenir", "Je ne veux plus attendre.", "Laissez tomber."] {
        assert_eq!(
            says(&mut waits(), said),
            "[n'attend plus : Returned] Puis-je vous aider pour autre chose ? [?]",
            "{said}"
        );
    }
    assert!(waits().says(command(Command::Goodbye)).ends_with("[raccroche]"));
}

#[test]
fn what_the_town_answers_may_be_asked_and_the_place_is_kept() {
    let mut caller = waits();
    let answer = caller.says(topic("horaires"));
    assert!(
        answer.contains("du lundi au vendredi") && !answer.contains("autre chose"),
        "{answer}"
    );
    let again = says(&mut caller, "j'attends");
    assert!(again.starts_with("Vous êtes en deuxième position."), "{again}");
    assert!(
        caller
            .says(command(Command::Agent))
            .starts_with("Vous êtes en deuxième")
    );
    assert!(caller.does(Input::Tone('0')).starts_with("Vous êtes en deuxième"));
    // A television is not answered for ever, and silence and noise not at all.
    for reminded in [true, true, false, false] {
        assert_eq!(
            says(&mut caller, "et maintenant la météo").contains("rappelez-moi"),
            reminded
        );
    }
    for input in [Input::Silence, Input::Noise, Input::Overloaded] {
        assert_eq!(caller.does(input), "");
    }
}

#[test]
fn the_clerk_is_told_how_long_the_caller_has_waited() {
    let mut caller = waits();
    let told = caller.does(Input::TurnComes(MINUTE * 3));
    assert!(
        told.starts_with(
            "[remise 1 : Allô, un appel pour le service de l'urbanisme. L'appelant attend depuis trois minutes. Pour prendre"
        ),
        "{told}"
    );
    // The caller is still listened to, and nobody takes the call.
    assert!(caller.does(place(1, 1)).contains("Vous êtes en première position."));
    let mut at_once = Caller::with(&plan(), 10);
    at_once.says(named());
    assert!(
        at_once
            .does(Input::TurnComes(Duration::ZERO))
            .contains("urbanisme. Pour prendre")
    );
}

#[test]
fn who_cannot_wait_is_told_why_and_offered_something_else() {
    for (why, told) in [
        (
            Left::Full,
            "Je suis désolé, trop de personnes attendent déjà le service de l'urbanisme.",
        ),
        (Left::TooLong, "Je suis désolé, personne ne peut prendre votre appel"),
    ] {
        let mut caller = Caller::with(&plan(), 10);
        caller.dialogue.caller(&"0642187591".to_owned().into());
        caller.says(named());
        let said = caller.does(Input::TurnedAway(why));
        assert!(
            said.starts_with(told) && said.contains("Voulez-vous être rappelé ?"),
            "{said}"
        );
        assert!(caller.says(yes_no(true)).starts_with("On vous rappelle au"), "{why:?}");
    }
    let mut caller = waits();
    caller.does(Input::TurnedAway(Left::TooLong));
    assert!(says(&mut caller, "message").ends_with("[enregistre 1]"));
    let mut caller = waits();
    caller.does(Input::TurnedAway(Left::TooLong));
    assert!(caller.says(yes_no(false)).starts_with("Puis-je vous aider"));
}

#[test]
fn the_plan_may_send_who_cannot_wait_to_another_service() {
    let plan = plan().replace("attente: {places: 3, durée: 10}", "attente: oui\n    repli: accueil");
    let mut caller = Caller::with(&plan, 10);
    caller.says(named());
    assert!(
        caller
            .does(Input::TurnedAway(Left::Full))
            .ends_with("Je vous passe l'accueil. Ne quittez pas. [transfert 100]")
    );
}

#[test]
fn telephones_that_cannot_be_reached_are_as_without_a_queue() {
    let mut caller = Caller::with(&plan(), 10);
    caller.says(named());
    let said = caller.does(Input::TurnedAway(Left::Unreachable));
    assert!(
        said.contains("je n'arrive pas à joindre") && said.ends_with("laisser un message ? [oui ou non ?]"),
        "{said}"
    );
}

#[test]
fn at_closing_time_nobody_waits_on() {
    let mut caller = waits();
    caller.now += chrono::TimeDelta::hours(2);
    let Input::Waits { place, .. } = place(1, 1) else {
        unreachable!()
    };
    let said = caller.does(Input::Waits { place, again: true });
    assert!(
        said.starts_with("[n'attend plus : Closed] Je suis désolé, l'heure de fermeture est passée")
            && said.contains("Voulez-vous être rappelé ?"),
        "{said}"
    );
}

#[test]
fn all_that_is_told_is_rendered_before() {
    let caller = waits();
    let all = prompts(caller.dialogue.plan());
    for text in [
        "Vous êtes en deuxième position.",
        "L'attente est d'environ quatre minutes.",
        "L'attente est de moins d'une minute.",
        "À quel numéro peut-on vous rappeler ?",
        "C'est noté pour le service de l'urbanisme : on vous rappelle, dans l'ordre d'arrivée des appels.",
        "L'appelant attend depuis trois minutes.",
    ] {
        assert!(all.iter().any(|prompt| prompt == text), "{text}");
    }
}
