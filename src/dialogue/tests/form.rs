//! Forms: asked, typed, corrected, dropped, kept.

use super::*;

fn value(value: Value) -> Reading {
    Reading {
        value: Some(value),
        ..Reading::default()
    }
}

fn name() -> Reading {
    value(Value::Name("Martine Dubois".into()))
}

fn phone(digits: &str) -> Reading {
    value(Value::Phone(digits.into()))
}

fn text(text: &str) -> Reading {
    value(Value::Text(text.into()))
}

/// Has said yes to the form, and was asked its first question.
fn asked() -> Caller {
    let mut caller = Caller::at(10);
    assert_eq!(
        caller.says(topic("rappel")),
        "Le service rappelle sous deux jours. Voulez-vous que j'enregistre une demande de rappel ? [oui ou non ?]"
    );
    assert_eq!(caller.says(yes_no(true)), "À quel nom ? [?]");
    caller
}

/// All is answered.
fn filled() -> Caller {
    let mut caller = asked();
    assert_eq!(caller.says(name()), "À quel numéro ? [?]");
    assert_eq!(caller.says(phone("0642187591")), "À quel sujet ? [?]");
    assert_eq!(
        caller.says(text("C'est pour mon garage.")),
        "Je récapitule. Au nom de Martine Dubois. Votre numéro de téléphone : 06 42 18 75 91. \
         Motif : C'est pour mon garage. C'est bien cela ? [oui ou non ?]"
    );
    caller
}

#[test]
fn a_request_is_asked_for_read_back_and_noted_once_it_is_on_disk() {
    let mut caller = filled();
    assert_eq!(caller.dialogue.expects(), Some(Expect::YesNo));
    assert_eq!(
        caller.says(yes_no(true)),
        "[demande 0 : Martine Dubois, 0642187591, C'est pour mon garage.]"
    );
    assert_eq!(caller.dialogue.expects(), None, "the disk is waited for");
    assert_eq!(
        caller.does(Input::Submitted {
            reference: Some("427".into())
        }),
        "C'est noté pour le service de l'urbanisme. Votre demande porte le numéro 4 2 7. \
         Puis-je vous aider pour autre chose ? [?]"
    );
}

#[test]
fn each_question_tells_what_to_expect() {
    let mut caller = asked();
    assert_eq!(caller.dialogue.expects(), Some(Expect::Name));
    caller.says(name());
    assert_eq!(caller.dialogue.expects(), Some(Expect::Phone));
    caller.says(phone("0642187591"));
    assert_eq!(caller.dialogue.expects(), Some(Expect::Text));
}

#[test]
fn what_is_wrong_is_corrected_without_starting_over() {
    let mut caller = filled();
    assert_eq!(
        caller.says(yes_no(false)),
        "D'accord, reprenons. Au nom de Martine Dubois. C'est juste ? [oui ou non ?]"
    );
    assert_eq!(
        caller.says(yes_no(true)),
        "Votre numéro de téléphone : 06 42 18 75 91. C'est juste ? [oui ou non ?]"
    );
    assert_eq!(caller.says(yes_no(false)), "À quel numéro ? [?]");
    let summary = caller.says(phone("0642187592"));
    assert!(
        summary.starts_with("Je récapitule. Au nom de Martine Dubois.") && summary.contains("75 92"),
        "{summary}"
    );
    assert_eq!(
        caller.says(yes_no(true)),
        "[demande 0 : Martine Dubois, 0642187592, C'est pour mon garage.]"
    );
}

#[test]
fn what_is_read_back_may_be_answered_before_its_end() {
    let mut caller = filled();
    assert_eq!(caller.does(Input::Interrupted { to_the_end: false }), "");
    assert!(caller.says(yes_no(true)).starts_with("[demande 0"));
    let mut caller = filled();
    assert!(
        caller
            .says(Reading {
                yes_no: Some(false),
                ..topic("horaires")
            })
            .starts_with("D'accord, reprenons."),
        "no new subject"
    );
}

#[test]
fn numbers_may_be_typed() {
    let mut caller = asked();
    caller.says(name());
    let mut last = String::new();
    for key in "0642187591".chars() {
        last = caller.does(Input::Tone(key));
    }
    assert_eq!(last, "À quel sujet ? [?]", "a number of ten digits is whole");
    let mut caller = asked();
    caller.says(name());
    for key in "06421*0642187592".chars() {
        last = caller.does(Input::Tone(key));
    }
    assert_eq!(last, "À quel sujet ? [?]", "the star begins anew");
    let mut caller = asked();
    caller.says(name());
    caller.does(Input::Tone('0'));
    assert_eq!(
        caller.does(Input::Tone('#')),
        "Excusez-moi, je n'ai pas compris. À quel numéro ? [?]"
    );
    caller.does(Input::Tone('0'));
    assert_eq!(
        caller.does(Input::Silence),
        "Excusez-moi, je n'ai pas compris. Tapez-le plutôt sur votre téléphone, puis appuyez sur la touche dièse. [?]",
        "no more keys came"
    );
}

#[test]
fn a_key_is_no_digit_where_no_number_is_asked_for() {
    let mut caller = asked();
    assert!(caller.does(Input::Tone('0')).contains("[transfert 100]"));
}

#[test]
fn what_is_not_understood_ends_in_a_message() {
    let mut caller = asked();
    let no_name = Reading::default();
    let again = "Excusez-moi, je n'ai pas compris. À quel nom ? [?]";
    assert_eq!(caller.says(no_name.clone()), again);
    assert_eq!(caller.says(no_name.clone()), again);
    let message = caller.says(no_name);
    assert!(message.ends_with("[bip] [enregistre 1]"), "{message}");
}

#[test]
fn who_does_not_want_to_go_on_is_asked_and_let_go() {
    let mut caller = asked();
    assert_eq!(
        caller.says(yes_no(false)),
        "Voulez-vous abandonner cette demande ? [oui ou non ?]"
    );
    assert_eq!(caller.says(yes_no(false)), "À quel nom ? [?]");
    caller.says(yes_no(false));
    assert_eq!(
        caller.says(yes_no(true)),
        "D'accord, je n'enregistre rien. Puis-je vous aider pour autre chose ? [?]"
    );
}

#[test]
fn a_text_may_begin_with_no() {
    let mut caller = asked();
    caller.says(name());
    caller.says(phone("0642187591"));
    let no_but = Reading {
        yes_no: Some(false),
        ..text("Non rien d'urgent, c'est pour mon garage.")
    };
    assert!(caller.says(no_but).starts_with("Je récapitule."));
}

#[test]
fn commands_work_in_a_form_and_who_asks_for_time_gets_it() {
    let mut caller = asked();
    assert_eq!(caller.says(command(Command::Repeat)), "À quel nom ? [?]");
    let time = Reading {
        completeness: Completeness::AsksForTime,
        ..Reading::default()
    };
    assert_eq!(caller.says(time), "Prenez votre temps, je vous écoute. [?]");
    assert_eq!(caller.says(name()), "À quel numéro ? [?]");
    assert!(caller.says(command(Command::Agent)).contains("[transfert 100]"));
}

#[test]
fn a_request_that_could_not_be_written_is_not_said_to_be_noted() {
    let mut caller = filled();
    caller.says(yes_no(true));
    let lost = caller.does(Input::Submitted { reference: None });
    assert!(lost.starts_with("Je suis désolé, votre demande n'a pas pu"), "{lost}");
}

#[test]
fn who_tells_more_instead_of_yes_wants_the_form() {
    let mut caller = Caller::at(10);
    caller.says(topic("rappel"));
    assert_eq!(caller.says(topic("rappel")), "À quel nom ? [?]");
    let mut caller = Caller::at(10);
    caller.says(topic("rappel"));
    assert!(
        caller.says(topic("horaires")).contains("La mairie est ouverte"),
        "another subject"
    );
}

#[test]
fn silence_does_not_lose_what_was_said() {
    let mut caller = filled();
    assert!(caller.does(Input::Silence).starts_with("Je ne vous entends pas."));
    let again = caller.does(Input::Silence);
    assert!(again.starts_with("Je récapitule. Au nom de Martine"), "{again}");
    assert!(caller.says(yes_no(true)).starts_with("[demande 0"));
}

#[test]
fn who_says_goodbye_in_a_form_loses_nothing() {
    let goodbye = |yes_no| Reading {
        yes_no,
        ..command(Command::Goodbye)
    };
    let mut caller = filled();
    assert!(
        caller.says(goodbye(Some(true))).starts_with("[demande 0"),
        "oui, merci, au revoir"
    );
    let mut caller = filled();
    assert_eq!(
        caller.says(goodbye(Some(false))),
        "Voulez-vous abandonner cette demande ? [oui ou non ?]"
    );
    assert!(caller.says(yes_no(false)).starts_with("Je récapitule."));
    let mut caller = asked();
    assert!(caller.says(goodbye(None)).starts_with("Voulez-vous abandonner"));
    assert!(caller.says(goodbye(None)).ends_with("[raccroche]"));
}

#[test]
fn what_is_read_back_is_rendered_while_the_next_question_is_asked() {
    let mut caller = asked();
    let reading = name();
    let acts = caller.dialogue.handle(caller.now, Input::Said { reading, clear: true });
    assert_eq!(acts[0], Act::Prepare("Au nom de Martine Dubois.".into()));
}
