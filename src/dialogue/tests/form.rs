//! Forms: asked, typed, corrected, dropped, kept.

use std::sync::OnceLock;

use super::*;
use crate::understand::Understanding;
use crate::understand::memory::Forgetful;

#[test]
fn who_asks_to_be_called_back_is_offered_that_form() {
    let said = |text: &str| Reading {
        text: text.to_owned().into(),
        ..Reading::default()
    };
    let mut caller = Caller::at(10);
    let offer = "Voulez-vous que j'enregistre une demande de rappel ? [oui ou non ?]";
    assert_eq!(caller.says(said("Quelqu'un peut me rappeler demain ?")), offer);
    let yes = Reading {
        yes_no: Some(true),
        ..Reading::default()
    };
    assert_eq!(caller.says(yes), "À quel nom ? [?]");
    let mut caller = Caller::at(10);
    assert_ne!(caller.says(said("Vous pouvez me rappeler le nom du maire ?")), offer);
}

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
         Motif : pour mon garage. C'est bien cela ? [oui ou non ?]"
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
fn an_emergency_in_a_form_loses_no_answer() {
    const NUMBERS: &str =
        "Si quelqu'un est en danger, raccrochez et appelez tout de suite le 15, le 17, le 18 ou le 112.";
    let emergency = || command(Command::Emergency);
    let mut caller = asked();
    caller.says(name());
    assert_eq!(caller.says(emergency()), format!("{NUMBERS} À quel numéro ? [?]"));
    assert_eq!(caller.says(phone("0642187591")), "À quel sujet ? [?]");
    assert_eq!(caller.says(emergency()), format!("{NUMBERS} À quel sujet ? [?]"));
    // What is told is not told twice.
    let accident = Reading {
        command: Some(Command::Accident),
        ..text("Ma mère est tombée à cause d'une dalle.")
    };
    let summary = caller.says(accident);
    assert!(
        summary.starts_with(&format!("{NUMBERS} Je récapitule. Au nom de Martine Dubois."))
            && summary.contains("à cause d'une dalle"),
        "{summary}"
    );
    let again = caller.says(emergency());
    assert!(
        again.starts_with(NUMBERS) && again.ends_with("C'est bien cela ? [oui ou non ?]"),
        "{again}"
    );
    assert_eq!(caller.says(yes_no(true)).matches("Martine Dubois").count(), 1);
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
    assert!(
        caller.says(command(Command::Agent)).contains("[transfert 202]"),
        "who deals with the form"
    );
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
fn too_many_callers_do_not_lose_what_was_said() {
    let mut caller = filled();
    let again = caller.does(Input::Overloaded);
    assert!(
        again.starts_with("Excusez-moi, beaucoup de personnes appellent") && !again.contains("tapez"),
        "{again}"
    );
    caller.does(Input::Overloaded);
    let menu = caller.does(Input::Overloaded);
    assert!(menu.contains("tapez zéro"), "not for ever: {menu}");
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

/// What the caller says in words, read as a call reads it.
pub(super) fn hears(caller: &mut Caller, text: &str) -> String {
    static UNDERSTANDING: OnceLock<Understanding> = OnceLock::new();
    let understanding = UNDERSTANDING.get_or_init(|| {
        let understanding = Understanding::new(&[], &[], &[], None, &Forgetful);
        understanding.with_lexicon(caller.dialogue.plan().lexicon.clone())
    });
    let expect = caller.dialogue.expects().expect("listens");
    let reading = understanding.read(text, expect, caller.now);
    caller.says(reading)
}

/// Somebody who says this, and yes to the form.
fn tells(text: &str) -> (Caller, String) {
    let mut caller = Caller::at(10);
    let told = Reading {
        text: text.to_owned().into(),
        ..topic("degat")
    };
    assert_eq!(
        caller.says(told),
        "Voulez-vous que j'enregistre un signalement ? [oui ou non ?]"
    );
    let first = caller.says(yes_no(true));
    (caller, first)
}

/// The damage, with all that is asked about it.
fn damage() -> Caller {
    let (mut caller, first) = tells("Bonjour, il y a un trou devant le 52 rue des lavandières.");
    assert_eq!(first, "À quel nom ? [?]");
    hears(&mut caller, "Martine Dubois.");
    hears(&mut caller, "Le quinze décembre.");
    let summary = hears(&mut caller, "martine point dubois arobase orange point fr");
    assert_eq!(
        summary,
        "Je récapitule. Problème : un trou. L'adresse : 52, rue des Lavandières. Au nom de Martine Dubois. \
         Le mardi 15 décembre. L'adresse électronique : martine point dubois arobase orange point fr. \
         C'est bien cela ? [oui ou non ?]"
    );
    caller
}

#[test]
fn what_was_said_already_is_not_asked() {
    let (_, first) = tells("Il y a quelque chose.");
    assert_eq!(first, "Est-ce un trou, un trottoir abîmé ou un panneau ? [?]");
    let (_, first) = tells("Le trottoir est abîmé.");
    assert_eq!(first, "À quelle adresse ? [?]");
    let (mut caller, first) = tells("Je suis madame Garcia, il y a un nid de poule avenue du Vercors.");
    assert_eq!(first, "Quel jour peut-on passer ? [?]");
    // And what is said with an answer counts as well.
    let summary = hears(&mut caller, "Jeudi. Mon mail c'est garcia arobase free point fr.");
    assert!(
        summary
            .contains("Au nom de Garcia. Le jeudi 26 novembre. L'adresse électronique : garcia arobase free point fr."),
        "{summary}"
    );
    // What was said of another subject before is not of this one.
    let mut caller = Caller::at(10);
    let other = Reading {
        text: "C'est ouvert avenue du Vercors ?".to_owned().into(),
        ..topic("horaires")
    };
    caller.says(other);
    caller.says(topic("degat"));
    caller.says(yes_no(true));
    assert_eq!(hears(&mut caller, "Un panneau."), "À quelle adresse ? [?]");
}

#[test]
fn all_that_is_wrong_is_corrected_by_saying_what_is_right() {
    for (said, read) in [
        (
            "Non, quarante-deux, pas cinquante-deux.",
            "L'adresse : 42, rue des Lavandières.",
        ),
        ("Non, c'est pas le quinze, c'est le seize.", "Le mercredi 16 décembre."),
        ("Non, plutôt mercredi.", "Le mercredi 25 novembre."),
        ("C'est avenue du Vercors.", "L'adresse : avenue du Vercors."),
        ("Non, c'est un panneau.", "Problème : un panneau."),
        ("Oui mais je m'appelle Durand.", "Au nom de Durand."),
    ] {
        let mut caller = damage();
        assert_eq!(
            hears(&mut caller, said),
            format!("{read} C'est bien cela ? [oui ou non ?]"),
            "{said}"
        );
        assert!(hears(&mut caller, "Oui.").starts_with("[demande 1 : "), "{said}");
    }
    let mut caller = damage();
    assert_eq!(
        hears(&mut caller, "Non, c'est un panneau, avenue du Vercors."),
        "Problème : un panneau. L'adresse : avenue du Vercors. C'est bien cela ? [oui ou non ?]",
        "two at once"
    );
}

#[test]
fn a_corrected_telephone_number_has_ten_digits_still() {
    let mut caller = filled();
    assert_eq!(
        hears(&mut caller, "Non, quarante-trois, pas quarante-deux."),
        "Votre numéro de téléphone : 06 43 18 75 91. C'est bien cela ? [oui ou non ?]"
    );
    assert!(hears(&mut caller, "Non, cent quarante, pas quarante-trois.").starts_with("D'accord, reprenons."));
}

#[test]
fn who_says_what_is_wrong_is_asked_that_alone() {
    for (said, question) in [
        ("Non, le nom n'est pas bon.", "À quel nom ? [?]"),
        ("Non, la date est fausse.", "Quel jour peut-on passer ? [?]"),
        (
            "Non, vous vous êtes trompé de courriel.",
            "Quelle est votre adresse électronique ? [?]",
        ),
    ] {
        assert_eq!(hears(&mut damage(), said), question, "{said}");
    }
    let mut caller = damage();
    assert!(hears(&mut caller, "Non.").starts_with("D'accord, reprenons. Problème : un trou. C'est juste ?"));
    assert!(hears(&mut caller, "Oui.").starts_with("L'adresse"));
    assert!(hears(&mut caller, "Oui.").starts_with("Au nom de Martine Dubois."));
    assert_eq!(
        hears(&mut caller, "Non, Dubreuil."),
        "Au nom de Dubreuil. C'est bien cela ? [oui ou non ?]"
    );
}

#[test]
fn an_option_may_be_chosen_by_its_place_or_key() {
    let (mut caller, _) = tells("Il y a quelque chose.");
    assert_eq!(hears(&mut caller, "Le deuxième."), "À quelle adresse ? [?]");
    let (mut caller, _) = tells("Il y a quelque chose.");
    assert_eq!(caller.does(Input::Tone('3')), "À quelle adresse ? [?]");
    let (mut caller, _) = tells("Il y a quelque chose.");
    assert!(hears(&mut caller, "Un chat.").starts_with("Excusez-moi, je n'ai pas compris."));
}

#[test]
fn a_yes_with_a_but_is_no_yes() {
    for (said, question) in [
        (
            "Oui, sauf l'adresse électronique.",
            "Quelle est votre adresse électronique ? [?]",
        ),
        ("C'est bon sauf le jour.", "Quel jour peut-on passer ? [?]"),
        ("Oui c'est bon mais le nom est faux.", "À quel nom ? [?]"),
        ("Le nom est faux.", "À quel nom ? [?]"),
        (
            "Je veux changer le courriel.",
            "Quelle est votre adresse électronique ? [?]",
        ),
    ] {
        assert_eq!(hears(&mut damage(), said), question, "{said}");
    }
    for said in [
        "Tout est faux.",
        "Vous m'avez mal compris.",
        "Oui mais il y a une erreur.",
    ] {
        assert!(hears(&mut damage(), said).starts_with("D'accord, reprenons."), "{said}");
    }
    for said in [
        "Oui, pas de problème.",
        "Oui, il n'y a pas d'erreur.",
        "Tout est juste.",
    ] {
        assert!(hears(&mut damage(), said).starts_with("[demande 1 : "), "{said}");
    }
    // Two at once, and then the rest is as it was.
    let mut caller = damage();
    assert_eq!(hears(&mut caller, "Le nom et le jour sont faux."), "À quel nom ? [?]");
    assert_eq!(hears(&mut caller, "Durand."), "Quel jour peut-on passer ? [?]");
    let summary = hears(&mut caller, "Le seize décembre.");
    assert!(
        summary.contains("Au nom de Durand. Le mercredi 16 décembre.") && summary.contains("un trou"),
        "{summary}"
    );
    // Another answer than the one that was read back.
    let mut caller = damage();
    hears(&mut caller, "Non.");
    assert_eq!(
        hears(&mut caller, "C'est juste le nom qui est faux."),
        "À quel nom ? [?]"
    );
}

#[test]
fn what_is_denied_is_no_correction() {
    for (said, read) in [
        ("Ce n'est pas mardi mais mercredi.", "Le mercredi 25 novembre."),
        (
            "Non, gmail, pas orange.",
            "L'adresse électronique : martine point dubois arobase gmail point fr.",
        ),
    ] {
        assert_eq!(
            hears(&mut damage(), said),
            format!("{read} C'est bien cela ? [oui ou non ?]"),
            "{said}"
        );
    }
    assert_eq!(
        hears(&mut filled(), "Les deux derniers chiffres c'est 92."),
        "Votre numéro de téléphone : 06 42 18 75 92. C'est bien cela ? [oui ou non ?]"
    );
}

#[test]
fn a_name_is_corrected_by_how_it_is_written() {
    for (said, read) in [
        ("Non, c'est Dubosc.", "Au nom de Martine Dubosc."),
        ("Dubois avec un T à la fin.", "Au nom de Martine Duboist."),
        ("Mon prénom c'est Martina.", "Au nom de Martina Dubois."),
    ] {
        assert_eq!(
            hears(&mut damage(), said),
            format!("{read} C'est bien cela ? [oui ou non ?]"),
            "{said}"
        );
    }
}

#[test]
fn who_wants_none_of_it_any_more_is_asked_and_let_go() {
    for said in ["Annulez tout.", "Finalement je laisse tomber."] {
        let mut caller = damage();
        assert_eq!(
            hears(&mut caller, said),
            "Voulez-vous abandonner cette demande ? [oui ou non ?]",
            "{said}"
        );
        assert!(
            hears(&mut caller, said).starts_with("D'accord, je n'enregistre rien."),
            "{said}"
        );
    }
}

#[test]
fn an_answer_given_before_is_corrected_at_the_next_question() {
    let (mut caller, first) = tells("Bonjour, il y a un trou devant le 52 rue des lavandières.");
    assert_eq!(first, "À quel nom ? [?]");
    hears(&mut caller, "Martine Dubois.");
    assert_eq!(
        hears(&mut caller, "Ah non, l'adresse c'est avenue du Vercors."),
        "L'adresse : avenue du Vercors. Quel jour peut-on passer ? [?]"
    );
}

#[test]
fn who_has_no_answer_need_not_give_one() {
    let (mut caller, _) = tells("Bonjour, il y a un trou devant le 52 rue des lavandières.");
    hears(&mut caller, "Martine Dubois.");
    hears(&mut caller, "Le quinze décembre.");
    let summary = hears(&mut caller, "Ah non, j'ai pas d'adresse mail.");
    assert!(summary.contains("Courriel : non communiqué."), "{summary}");
    assert!(hears(&mut caller, "Oui.").ends_with("non communiqué]"));
}

#[test]
fn a_number_may_come_in_parts_or_be_the_one_that_calls() {
    let mut caller = asked();
    caller.says(name());
    assert_eq!(hears(&mut caller, "06 42 18."), "Je vous écoute. [?]");
    assert_eq!(hears(&mut caller, "75 91."), "À quel sujet ? [?]");
    let mut caller = asked();
    caller.says(name());
    hears(&mut caller, "06 42.");
    assert_eq!(
        hears(&mut caller, "06 42 18."),
        "Je vous écoute. [?]",
        "they begin again"
    );
    assert_eq!(hears(&mut caller, "75 91."), "À quel sujet ? [?]");
    let mut caller = asked();
    caller.dialogue.number = Some("0465710299".to_owned().into());
    caller.says(name());
    assert_eq!(hears(&mut caller, "Au numéro qui s'affiche."), "À quel sujet ? [?]");
    let summary = caller.says(text("Mon garage."));
    assert!(summary.contains("04 65 71 02 99"), "{summary}");
}

#[test]
fn what_is_typed_does_not_go_on_from_what_was_said() {
    let mut caller = asked();
    caller.says(name());
    assert_eq!(hears(&mut caller, "06 42 18."), "Je vous écoute. [?]");
    "064218759".chars().for_each(|key| drop(caller.does(Input::Tone(key))));
    assert_eq!(caller.does(Input::Tone('1')), "À quel sujet ? [?]");
    let summary = caller.says(text("Mon garage."));
    assert!(summary.contains("06 42 18 75 91"), "{summary}");
}

#[test]
fn what_else_is_wanted_at_the_summary_is_heard_once_the_form_is_filed() {
    let more = |text: &str, what| Reading {
        text: text.to_owned().into(),
        yes_no: Some(true),
        ..topic(what)
    };
    let mut caller = filled();
    let filed = caller.says(more("Oui, et je voudrais aussi connaître les horaires", "horaires"));
    assert!(filed.starts_with("[demande 0"), "{filed}");
    let kept = Input::Submitted {
        reference: Some("427".into()),
    };
    let then = caller.does(kept);
    assert!(
        then.contains("numéro 4 2 7") && then.contains("J'en viens à votre autre question") && then.contains("ouverte"),
        "{then}"
    );
    // The same form again is no other request.
    let mut caller = filled();
    caller.says(more("Oui, et je voudrais que l'on me rappelle vite", "rappel"));
    let then = caller.does(Input::Submitted {
        reference: Some("427".into()),
    });
    assert!(then.ends_with("Puis-je vous aider pour autre chose ? [?]"), "{then}");
}

#[test]
fn what_is_not_understood_at_the_summary_is_asked_for() {
    let mut caller = filled();
    let unclear = Reading {
        text: "C'est au vingt-quatre plutôt".to_owned().into(),
        ..Reading::default()
    };
    let asked = caller.says(unclear);
    assert!(
        asked.starts_with("Je n'ai pas compris ce qu'il faut changer."),
        "{asked}"
    );
    assert!(caller.says(yes_no(true)).starts_with("[demande 0"));
}

#[test]
fn a_day_when_the_service_is_closed_is_refused() {
    let (mut caller, _) = tells("Bonjour, il y a un trou devant le 52 rue des lavandières.");
    hears(&mut caller, "Martine Dubois.");
    assert_eq!(
        hears(&mut caller, "Samedi."),
        "Ce jour-là, c'est fermé. Quel jour peut-on passer ? [?]"
    );
    assert!(hears(&mut caller, "Lundi.").ends_with("Quelle est votre adresse électronique ? [?]"));
    let mut caller = damage();
    let refused = hears(&mut caller, "Non, le dimanche 13 décembre.");
    assert!(
        refused.starts_with("Ce jour-là, c'est fermé. Le mardi 15 décembre."),
        "{refused}"
    );
}

#[test]
fn who_gives_no_number_is_told_once_what_that_means() {
    let mut caller = asked();
    caller.says(name());
    assert_eq!(
        hears(&mut caller, "Je préfère ne pas le donner."),
        "Sans numéro, personne ne pourra vous rappeler. À quel numéro ? [?]"
    );
    assert_eq!(hears(&mut caller, "Je préfère ne pas le donner."), "À quel sujet ? [?]");
}

#[test]
fn what_is_wanted_beside_a_form_is_heard_after_it() {
    let mut caller = asked();
    let also = Reading {
        text: "Je voudrais aussi un permis de construire".to_owned().into(),
        ..topic("degat")
    };
    assert_eq!(
        caller.says(also),
        "Je reviendrai à votre question. Terminons d'abord votre demande. À quel nom ? [?]"
    );
}

#[test]
fn where_a_paper_is_to_be_sent_goes_with_the_request() {
    let mut caller = Caller::at(10);
    caller.says(Reading {
        text: "Un rappel, et envoyez-le chez moi, 8 rue des Lavandières"
            .to_owned()
            .into(),
        ..topic("rappel")
    });
    let first = caller.says(yes_no(true));
    assert!(first.starts_with("J'ajoute : 8, rue des Lavandières."), "{first}");
}

#[test]
fn what_cannot_be_answered_in_a_form_is_heard_after_it() {
    let mut caller = asked();
    let perhaps = Reading {
        text: "C'est quoi les papiers pour mon garage".to_owned().into(),
        alternatives: vec![TopicMatch {
            id: "permis".into(),
            confidence: 0.4,
        }],
        ..Reading::default()
    };
    assert_eq!(
        caller.says(perhaps),
        "Je reviendrai à votre question. Terminons d'abord votre demande. À quel nom ? [?]"
    );
    caller.says(name());
    caller.says(phone("0642187591"));
    caller.says(text("C'est pour mon garage."));
    caller.says(yes_no(true));
    let then = caller.does(Input::Submitted {
        reference: Some("427".into()),
    });
    assert!(
        then.ends_with("Vous appelez pour un permis de construire, c'est bien cela ? [oui ou non ?]"),
        "{then}"
    );
}

#[test]
fn a_summary_that_is_never_confirmed_is_joined_to_a_message() {
    let mut caller = filled();
    let neither = || Reading {
        text: "Mais où est le chat".to_owned().into(),
        ..Reading::default()
    };
    caller.says(neither());
    caller.says(neither());
    let message = caller.says(neither());
    assert!(message.starts_with("Je vous comprends mal. Ce que vous"), "{message}");
    let brief = caller.dialogue.brief(caller.now.date(), 1);
    assert!(brief.reveal().contains("nom, Martine Dubois"), "{}", brief.reveal());
}

#[test]
fn a_wrong_key_loses_nothing() {
    let (mut caller, _) = tells("Il y a quelque chose.");
    assert_eq!(
        caller.does(Input::Tone('7')),
        "Cette touche ne correspond à aucun choix. Est-ce un trou, un trottoir abîmé ou un panneau ? [?]"
    );
    let mut caller = damage();
    let again = caller.does(Input::Tone('7'));
    assert!(again.contains("aucun choix. Je récapitule."), "{again}");
    assert!(caller.does(Input::Tone('1')).starts_with("[demande 1"));
}

/// What the plan answers to a question that is asked in the midst of a form.
fn aside(text: &str) -> Reading {
    Reading {
        text: text.to_owned().into(),
        value: Some(Value::Text(text.into())),
        ..topic("horaires")
    }
}

#[test]
fn a_question_in_the_midst_of_a_form_is_answered_and_the_form_goes_on() {
    let mut caller = asked();
    let name_asked = caller.says(Reading {
        value: None,
        ..aside("Vous fermez à quelle heure ?")
    });
    assert!(
        name_asked.contains("La mairie est ouverte") && name_asked.ends_with("À quel nom ? [?]"),
        "{name_asked}"
    );
    assert!(!name_asked.contains("autre chose"), "{name_asked}");
    caller.says(name());
    caller.says(phone("0642187591"));
    // What a call-back is about may be a question.
    assert!(
        caller
            .says(aside("Vous fermez à quelle heure ?"))
            .contains("Motif : Vous fermez à quelle heure")
    );
    // The summary is not read again.
    let summary = caller.says(Reading {
        value: None,
        ..aside("Vous fermez à quelle heure ?")
    });
    assert!(
        summary.ends_with("C'est bien cela ? [oui ou non ?]") && !summary.contains("récapitule"),
        "{summary}"
    );
    assert!(caller.says(yes_no(true)).starts_with("[demande 0"), "nothing is lost");
}

#[test]
fn what_is_no_answer_is_not_taken_for_one() {
    let at_subject = || {
        let mut caller = asked();
        caller.says(name());
        caller.says(phone("0642187591"));
        caller
    };
    for (said, answered) in [
        ("Attendez, je cherche.", "Prenez votre temps, je vous écoute. [?]"),
        (
            "Pourquoi vous me demandez ça ?",
            "Le service en a besoin pour traiter votre demande. Si vous préférez ne pas répondre, dites-le. À quel sujet ? [?]",
        ),
        ("Ça dépend.", "Excusez-moi, je n'ai pas compris. À quel sujet ? [?]"),
        ("Oui oui.", "Excusez-moi, je n'ai pas compris. À quel sujet ? [?]"),
    ] {
        assert_eq!(hears(&mut at_subject(), said), answered, "{said}");
    }
    for said in ["Je ne sais pas trop.", "J'en sais rien du tout."] {
        let summary = hears(&mut at_subject(), said);
        assert!(summary.contains("Motif : non communiqué."), "{said}: {summary}");
    }
    for said in [
        "Je ne sais pas, une fuite ou quelque chose.",
        "C'est pour savoir quand mon permis sera prêt ?",
        "Au coin de la place, vous voyez ?",
        "À côté de la boulangerie, en face de l'école.",
    ] {
        let summary = hears(&mut at_subject(), said);
        assert!(
            summary.contains("Motif : ") && !summary.contains("non communiqué"),
            "{said}: {summary}"
        );
    }
}

#[test]
fn what_is_added_to_the_summary_is_noted_with_it() {
    for (said, added) in [
        (
            "Oui, et ajoutez que c'est dangereux pour les enfants.",
            "c'est dangereux pour les enfants",
        ),
        (
            "C'est ça, et dites-leur aussi qu'il y a du verre par terre.",
            "il y a du verre par terre",
        ),
        (
            "Oui mais précisez que c'est la cour de derrière.",
            "c'est la cour de derrière",
        ),
    ] {
        let noted = hears(&mut damage(), said);
        assert!(
            noted.starts_with(&format!("J'ajoute : {added}. [demande 1 : ")),
            "{said}: {noted}"
        );
        assert!(noted.ends_with(&format!(", {added}]")), "{said}: {noted}");
    }
    let mut caller = damage();
    assert_eq!(
        hears(&mut caller, "Ajoutez qu'il manque un panneau."),
        "J'ajoute : il manque un panneau. C'est bien cela ? [oui ou non ?]"
    );
    assert!(hears(&mut caller, "Oui.").ends_with(", il manque un panneau]"));
    // What puts right adds nothing, and who says no is not done.
    assert_eq!(
        hears(&mut damage(), "Notez plutôt mercredi."),
        "Le mercredi 25 novembre. C'est bien cela ? [oui ou non ?]"
    );
    assert!(!hears(&mut damage(), "Non, et ajoutez que c'est dangereux.").contains("[demande"));
    // With the answer to another question.
    let mut caller = asked();
    caller.says(name());
    assert_eq!(
        hears(
            &mut caller,
            "06 42 18 75 91, et dites-leur que je suis sourd d'une oreille."
        ),
        "J'ajoute : je suis sourd d'une oreille. À quel sujet ? [?]"
    );
}

#[test]
fn a_question_that_is_not_understood_is_left_out_and_the_rest_is_kept() {
    let mut caller = asked();
    caller.says(name());
    let no_number = || Reading::default();
    caller.says(no_number());
    caller.says(no_number());
    assert_eq!(
        caller.says(no_number()),
        "Je n'ai toujours pas compris : je laisse cette question sans réponse. À quel sujet ? [?]"
    );
    let summary = caller.says(text("Mon garage."));
    assert!(
        summary.contains("Votre") || summary.contains("non communiqué"),
        "{summary}"
    );
    assert_eq!(
        caller.says(yes_no(true)),
        "[demande 0 : Martine Dubois, non communiqué, Mon garage.]"
    );
    // A second one: a message is taken, and who reads it has what was answered.
    let mut caller = asked();
    caller.says(name());
    (0..5).for_each(|_| drop(caller.says(no_number())));
    let message = caller.says(no_number());
    assert!(
        message.starts_with("Je vous comprends mal. Ce que vous m'avez déjà indiqué sera joint à votre message."),
        "{message}"
    );
    let brief = caller.dialogue.brief(caller.now.date(), 1);
    assert!(brief.reveal().contains("nom, Martine Dubois"), "{}", brief.reveal());
}

#[test]
fn the_number_of_a_request_is_said_again() {
    let mut caller = filled();
    caller.says(yes_no(true));
    caller.does(Input::Submitted {
        reference: Some("427".into()),
    });
    let again = "Votre demande porte le numéro 4 2 7. Puis-je vous aider pour autre chose ? [?]";
    assert_eq!(hears(&mut caller, "C'est quoi le numéro déjà ?"), again);
    caller.says(topic("horaires"));
    assert_eq!(hears(&mut caller, "Vous pouvez répéter le numéro ?"), again);
    assert!(!hears(&mut caller, "C'est quoi le numéro de téléphone de la piscine ?").contains("4 2 7"));
}

#[test]
fn keys_that_follow_a_whole_number_answer_nothing() {
    let mut caller = asked();
    caller.says(name());
    "064218759".chars().for_each(|key| drop(caller.does(Input::Tone(key))));
    let subject = caller.does(Input::Tone('1'));
    assert_eq!(subject, "À quel sujet ? [?]");
    let mut caller = filled();
    caller.says(yes_no(false));
    caller.says(yes_no(true));
    caller.says(yes_no(false));
    let mut last = String::new();
    for key in "06421875911".chars() {
        last = caller.does(Input::Tone(key));
    }
    assert!(
        last.starts_with("Je récapitule.") && last.contains("75 91"),
        "the summary is heard: {last}"
    );
    assert!(caller.does(Input::Tone('#')).starts_with("Je récapitule."));
    caller.now += chrono::TimeDelta::seconds(4);
    assert!(caller.does(Input::Tone('1')).starts_with("[demande 0"));
}

#[test]
fn of_several_days_one_is_asked_for() {
    for said in ["Du 12 au 15 décembre.", "Entre le 3 et le 5.", "La semaine du 14."] {
        let (mut caller, _) = tells("Je suis madame Garcia, il y a un nid de poule avenue du Vercors.");
        assert_eq!(
            hears(&mut caller, said),
            "Il me faut un seul jour. Lequel ? [?]",
            "{said}"
        );
        assert_eq!(
            hears(&mut caller, "Le 14 décembre."),
            "Quelle est votre adresse électronique ? [?]"
        );
    }
}

#[test]
fn what_was_added_stands_last_among_the_answers() {
    let request = Request {
        form: 0,
        values: vec![Value::Name("Martine Dubois".into())],
        remark: Some(Value::Text("c'est dangereux".into())),
    };
    let plan = Caller::at(10).dialogue.plan().clone();
    let last = request.answers(&plan.forms[0]).last();
    assert_eq!(last, Some(("ajout", "Ajout", &Value::Text("c'est dangereux".into()))));
}

#[test]
fn a_day_that_cannot_be_is_refused_and_the_next_one_is_near_it() {
    const ASKED: &str = "Quel jour peut-on passer ? [?]";
    for (turns, last) in [
        (&["Hier.", "Lundi."][..], "Quelle est votre adresse électronique ? [?]"),
        (&["Hier."], "Ce jour-là est déjà passé. Quel jour peut-on passer ? [?]"),
        (
            &["Le 31 février."],
            "Ce jour-là n'existe pas. Quel jour peut-on passer ? [?]",
        ),
        (&["Tous les jours sauf mardi."], "Il me faut un seul jour. Lequel ? [?]"),
        (&["Fin décembre."], "Il me faut un seul jour. Lequel ? [?]"),
    ] {
        let (mut caller, first) = tells("Je suis madame Garcia, il y a un nid de poule avenue du Vercors.");
        assert_eq!(first, ASKED);
        let said = turns.iter().map(|said| hears(&mut caller, said)).last();
        assert_eq!(said.as_deref(), Some(last), "{turns:?}");
    }
    for (then, day) in [
        ("Alors le 28.", "Le lundi 28 décembre."),
        ("Alors mardi.", "Le mardi 1er décembre."),
        ("Le 5 janvier.", "Le mardi 5 janvier"),
    ] {
        let (mut caller, _) = tells("Je suis madame Garcia, il y a un nid de poule avenue du Vercors.");
        hears(&mut caller, "Le 27 décembre.");
        hears(&mut caller, then);
        let summary = hears(&mut caller, "garcia arobase free point fr");
        assert!(summary.contains(day), "{then}: {summary}");
    }
}

#[test]
fn the_weekday_of_a_day_that_was_noted_puts_nothing_right() {
    let (mut caller, _) = tells("Je suis madame Garcia, il y a un nid de poule avenue du Vercors.");
    hears(&mut caller, "Dans deux semaines.");
    let again = hears(&mut caller, "Le mardi.");
    assert!(
        again.ends_with("Quelle est votre adresse électronique ? [?]"),
        "{again}"
    );
    let summary = hears(&mut caller, "garcia arobase free point fr");
    assert!(summary.contains("Le mardi 8 décembre."), "{summary}");
}

#[test]
fn an_answer_in_place_of_yes_wants_the_form() {
    let offered = || {
        let mut caller = Caller::at(10);
        let told = Reading {
            text: "Il y a quelque chose.".to_owned().into(),
            ..topic("degat")
        };
        caller.says(told);
        caller
    };
    assert_eq!(hears(&mut offered(), "Un trottoir abîmé."), "À quelle adresse ? [?]");
    for said in ["Un chat.", "Est-ce que c'est un trou ?"] {
        assert!(!hears(&mut offered(), said).contains("À quelle adresse"), "{said}");
    }
}
