//! What the town has written beside its plan; days, and what leans on an answer.

use super::*;
use crate::understand::contact::Contact;
use crate::understand::lookup::PassageMatch;
use crate::understand::topics::SURE;
use crate::understand::{follow_up, happenings};

const GUIDE: &str = "\
<!-- source: le guide de la ville -->

# Piscine

## Combien coûte l'entrée à la piscine ?

L'entrée coûte 3 €. Elle est gratuite pour les enfants de moins de quatre ans.

## Horaires d'été

La piscine ouvre à 10 h.

<!-- valable: 2026-06-30 -->

# Vie locale

## Comment louer une salle ?

Adressez-vous à la mairie trois mois avant la fête, avec une attestation d'assurance et un chèque de caution. Le prix dépend de
la salle, de la saison et de l'adresse de celui qui loue, et se paie à la réservation. Les clés se retirent la veille. La
sono est fournie, et le ménage reste à la charge de celui qui loue, sauf forfait. Un état des lieux est fait à l'entrée et à la
sortie.
";

const AGENDA: &str = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTART;TZID=Europe/Paris:20261212T100000\r\n\
DTEND;TZID=Europe/Paris:20261212T180000\r\nSUMMARY:Marché de Noël\r\nLOCATION:place de la Fontaine\r\nEND:VEVENT\r\n\
BEGIN:VEVENT\r\nUID:2\r\nDTSTART;VALUE=DATE:20260701\r\nSUMMARY:Kermesse\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";

/// A caller of the town whose plan names these files.
fn caller() -> Caller {
    let plan = format!(
        "{PLAN}connaissances:\n  guide: guide.md\n  agenda:\n    fichier: agenda.ics\n    service: urbanisme\n"
    );
    let files = |name: &str| Ok(if name == "guide.md" { GUIDE } else { AGENDA }.into());
    let outcome = yaml::read_bytes(plan.as_bytes(), "test.yaml", &files);
    let plan = outcome.plan.unwrap_or_else(|| panic!("{:?}", outcome.diagnostics));
    let now = NaiveDate::from_ymd_opt(2026, 11, 24)
        .and_then(|day| day.and_hms_opt(10, 0, 0))
        .expect("a real time");
    let mut caller = Caller {
        dialogue: Dialogue::new(Arc::new(plan)),
        now,
    };
    caller.does(Input::Start);
    caller
}

fn passage(passage: usize, confidence: f32) -> Reading {
    Reading {
        passages: vec![PassageMatch {
            passage,
            confidence,
            covers: confidence >= SURE,
            is_named: confidence >= SURE,
        }],
        ..Reading::default()
    }
}

/// Something said about a topic that is sure, or about none.
fn said(text: &str, about: Option<&str>) -> Reading {
    Reading {
        text: text.to_owned().into(),
        leans: follow_up::leans(text),
        ..about.map(topic).unwrap_or_default()
    }
}

/// Asks what goes on, on the 24th of November 2026.
fn goes_on(text: &str) -> Reading {
    let today = NaiveDate::from_ymd_opt(2026, 11, 24).expect("a day");
    Reading {
        happenings: happenings::asked(text, today),
        ..said(text, None)
    }
}

#[test]
fn what_goes_on_is_told_from_the_calendar() {
    let mut caller = caller();
    let told = caller.says(goes_on("Qu'est-ce qu'il y a en décembre ?"));
    assert!(
        told.contains("Marché de Noël : samedi 12 décembre, de 10 h à 18 h, place de la Fontaine."),
        "{told}"
    );
    assert!(!told.contains("Kermesse"), "it is over: {told}");
    let told = caller.says(said("Et ce week-end ?", None));
    assert!(
        told.contains("Je n'ai rien à l'agenda pour la période du samedi 28 novembre au dimanche 29 novembre."),
        "{told}"
    );
    let told = caller.says(said("Et le 12 décembre ?", None));
    assert!(told.contains("Marché de Noël"), "{told}");
}

#[test]
fn a_sure_passage_is_told_with_its_source() {
    assert_eq!(
        caller().says(passage(0, SURE)),
        "[cite 0] Voici ce que dit le guide de la ville. L'entrée coûte 3 €. Elle est gratuite pour les enfants de moins de \
         quatre ans. Puis-je vous aider pour autre chose ? [?]"
    );
}

#[test]
fn a_doubtful_passage_is_asked_about() {
    let mut caller = caller();
    assert_eq!(
        caller.says(passage(0, 0.5)),
        "Est-ce bien votre question ? Combien coûte l'entrée à la piscine ? [oui ou non ?]"
    );
    assert!(caller.says(yes_no(true)).starts_with("[cite 0]"));
    let mut caller = super::knowledge::caller();
    caller.says(passage(0, 0.5));
    assert_eq!(
        caller.says(yes_no(false)),
        "D'accord. Dites-moi autrement ce que vous cherchez. [?]"
    );
}

#[test]
fn of_two_passages_that_are_as_near_it_is_asked_which() {
    let near = |confidence: f32| {
        let mut reading = passage(0, 0.5);
        reading.passages.extend(passage(2, confidence).passages);
        reading
    };
    let mut caller = caller();
    let asked = caller.says(near(0.3));
    assert!(
        asked.contains("l'entrée à la piscine ?") && asked.ends_with("[ou ?]"),
        "{asked}"
    );
    let second = Reading {
        value: Some(Value::Choice(Choice::Second)),
        ..Reading::default()
    };
    assert!(caller.says(second).starts_with("[cite 2]"));
    let alone = super::knowledge::caller().says(near(0.2));
    assert!(alone.ends_with("[oui ou non ?]"), "{alone}");
}

#[test]
fn a_likely_passage_is_asked_about_beside_a_topic_that_is_not_certain() {
    let about = |confidence: f32| {
        let mut reading = topic("horaires");
        reading.topic.as_mut().expect("a topic").confidence = confidence;
        Reading {
            text: "c'est combien la piscine".to_owned().into(),
            passages: passage(0, 0.6).passages,
            ..reading
        }
    };
    let (asked, told) = (caller().says(about(0.95)), caller().says(about(0.99)));
    assert!(
        asked.contains("l'entrée à la piscine ?") && asked.contains("les horaires"),
        "{asked}"
    );
    assert!(!told.contains("piscine"), "{told}");
    // No price was asked for.
    let another = Reading {
        text: "la piscine".to_owned().into(),
        ..about(0.95)
    };
    let told = caller().says(another);
    assert!(!told.contains("l'entrée à la piscine ?"), "{told}");
}

#[test]
fn what_has_expired_or_is_unlikely_is_not_told() {
    for (reading, why) in [
        (passage(1, 0.9), "expired"),
        (passage(4, 0.9), "the event is over"),
        (passage(0, 0.2), "unlikely"),
    ] {
        let told = caller().says(reading);
        assert!(
            told.contains("je n'ai pas de réponse à cette question"),
            "{why}: {told}"
        );
    }
}

#[test]
fn a_topic_that_does_something_and_a_passage_that_are_both_sure_are_asked_about() {
    let both = |id: &str| Reading {
        passages: passage(0, SURE).passages,
        ..topic(id)
    };
    let mut caller = caller();
    assert_eq!(
        caller.says(both("rappel")),
        "C'est pour un rappel ? Ou bien est-ce cette question ? Combien coûte l'entrée à la piscine ? [ou ?]"
    );
    let second = Reading {
        value: Some(Value::Choice(Choice::Second)),
        ..Reading::default()
    };
    assert!(caller.says(second).starts_with("[cite 0]"));
    // Where the topic would only tell something, the passage is more to the point.
    let told = self::caller().says(both("permis"));
    assert!(told.starts_with("[cite 0]"), "{told}");
}

#[test]
fn what_leans_on_a_passage_and_does_not_stand_in_it_is_owned_up_to() {
    let mut caller = caller();
    caller.says(passage(0, SURE));
    let told = caller.says(said("et c'est ouvert la nuit ?", Some("horaires")));
    assert!(told.starts_with("Je n'ai pas cette précision."), "{told}");
}

#[test]
fn another_town_is_not_ours_to_answer_for() {
    let mut caller = caller();
    let told = caller.says(said("les horaires de la mairie de Crest", Some("horaires")));
    assert!(told.starts_with("Je ne réponds que pour notre commune"), "{told}");
    assert!(told.ends_with("[?]"), "{told}");
}

#[test]
fn a_long_passage_is_told_in_parts() {
    let mut caller = caller();
    let first = caller.says(passage(2, SURE));
    assert!(
        first.ends_with("Voulez-vous entendre la suite ? [oui ou non ?]"),
        "{first}"
    );
    let rest = caller.says(yes_no(true));
    assert!(
        rest.ends_with("à la sortie. Puis-je vous aider pour autre chose ? [?]"),
        "{rest}"
    );
    assert!(
        !rest.contains("le guide de la ville"),
        "the source is told once: {rest}"
    );
}

#[test]
fn an_event_is_told_with_its_day_and_place() {
    assert_eq!(
        caller().says(passage(3, SURE)),
        "[cite 3] Marché de Noël : samedi 12 décembre, de 10 h à 18 h, place de la Fontaine. Voulez-vous que je vous passe le \
         service de l'urbanisme ? [oui ou non ?]"
    );
}

#[test]
fn a_day_is_answered_with_its_hours() {
    let mut caller = caller();
    assert_eq!(
        caller.says(said("vous êtes ouverts lundi de Pâques ?", Some("horaires"))),
        "Le lundi 29 mars c'est fermé, jour férié : le lundi de Pâques. Puis-je vous aider pour autre chose ? [?]"
    );
    assert_eq!(
        caller.says(said("et mercredi ?", None)),
        "Le mercredi 25 novembre c'est ouvert de 8 h 30 à 12 h et de 13 h 30 à 17 h 30. Puis-je vous aider pour autre chose ? [?]"
    );
    let now = caller.says(said("vous êtes ouverts aujourd'hui ?", Some("horaires")));
    assert!(now.starts_with("C'est ouvert en ce moment"), "{now}");
}

/// A caller of a town of which some services have hours of their own.
fn caller_of_services() -> Caller {
    let own = "horaires:\n  urbanisme: Mo,We,Fr 08:30-12:00; PH off\n  agence_postale: Mo-Sa 09:00-12:00\n  déchetterie:\n    \
               semaine: Mo-Sa 14:00-17:00\n    fermetures:\n      2027-01-11: travaux sur le quai\n";
    let plan = PLAN.replacen("horaires:\n", own, 1);
    let plan = plan.replacen(
        "poste: 202\n    horaires: mairie",
        "poste: 202\n    horaires: urbanisme",
        1,
    );
    let waste = "sujets:\n  dechetterie:\n    nom: la déchetterie\n    réponse: \"{état:déchetterie} Elle est ouverte \
                 {horaires:déchetterie}.\"\n    exemples: [la déchetterie, la décharge, jeter des gravats]\n";
    Caller::with(&plan.replacen("sujets:\n", waste, 1), 10)
}

#[test]
fn a_named_service_has_its_own_hours() {
    let mut caller = caller_of_services();
    let week = "C'est ouvert le lundi, le mercredi et le vendredi, de 8 h 30 à 12 h, sauf les jours fériés.";
    assert_eq!(
        caller.says(said("le service urbanisme est ouvert le mardi ?", Some("horaires"))),
        format!(
            "Le service de l'urbanisme : Le mardi 1er décembre c'est fermé. {week} Puis-je vous aider pour autre chose ? [?]"
        )
    );
    assert_eq!(
        caller.says(said("et le mercredi ?", Some("permis"))),
        "Le service de l'urbanisme : Le mercredi 25 novembre c'est ouvert de 8 h 30 à 12 h. Puis-je vous aider pour autre \
         chose ? [?]"
    );
    let post = caller.says(said("et l'agence postale ?", None));
    assert!(
        post.starts_with("Agence postale : Le mercredi 25 novembre c'est ouvert de 9 h à 12 h. C'est ouvert du lundi"),
        "{post}"
    );
    let now = caller.says(said("l'urbanisme est ouvert quand", Some("horaires")));
    assert!(
        now.starts_with(
            "Le service de l'urbanisme : C'est fermé en ce moment. Réouverture demain à 8 h 30. C'est ouvert"
        ),
        "{now}"
    );
    let hall = caller.says(said("et la mairie, elle est ouverte demain ?", Some("horaires")));
    assert!(
        hall.starts_with("Le mercredi 25 novembre c'est ouvert de 8 h 30 à 12 h et de 13 h 30"),
        "{hall}"
    );
}

#[test]
fn what_is_not_known_of_has_not_the_hours_of_the_town_hall() {
    let mut caller = caller_of_services();
    for (text, topic) in [
        ("la trésorerie vous êtes ouverts quand", Some("horaires")),
        ("et le samedi ?", Some("horaires")),
        ("la piscine est ouverte en ce moment ?", None),
        ("elle ouvre quand", Some("horaires")),
    ] {
        let answer = caller.says(said(text, topic));
        assert!(!answer.contains("ouvert"), "{text} {answer}");
        caller.dialogue.trouble = 0;
    }
    let hall = caller.says(said("vous ouvrez à quelle heure ?", Some("horaires")));
    assert!(hall.contains("La mairie est ouverte du lundi"), "{hall}");
}

#[test]
fn a_day_is_seen_from_the_one_spoken_of_last() {
    let mut caller = caller_of_services();
    for (text, topic, told) in [
        (
            "la décharge elle est ouverte le 11 janvier ?",
            Some("dechetterie"),
            "Le lundi 11 janvier c'est fermé exceptionnellement : travaux sur le quai.",
        ),
        (
            "et le jeudi d'après ?",
            None,
            "Le jeudi 14 janvier c'est ouvert de 14 h à 17 h.",
        ),
        (
            "et en juillet ?",
            None,
            "Réouverture aujourd'hui à 14 h. Elle est ouverte du lundi au samedi",
        ),
        (
            "vous êtes ouverts lundi de Pâques ?",
            Some("horaires"),
            "Le lundi 29 mars c'est fermé, jour férié",
        ),
        ("et le mardi", None, "Le mardi 30 mars c'est ouvert de 8 h 30 à 12 h"),
        (
            "vous ouvrez lundi euh non mardi",
            Some("horaires"),
            "Le mardi 1er décembre c'est ouvert de 8 h 30 à 12 h",
        ),
        ("et le vendredi ?", None, "Le vendredi 27 novembre c'est ouvert"),
    ] {
        let answer = caller.says(said(text, topic));
        assert!(answer.contains(told), "{text} {answer}");
    }
    let corrected = Reading {
        yes_no: Some(false),
        ..said("non pas vendredi, samedi", None)
    };
    assert!(caller.says(corrected).starts_with("Le samedi 28 novembre c'est fermé."));
}

#[test]
fn what_is_told_may_be_said_in_other_words_that_suit_the_question() {
    let mut caller = caller();
    let told = |caller: &mut Caller, reading: Reading| {
        let acts = caller.dialogue.handle(caller.now, Input::Said { reading, clear: true });
        acts.into_iter().find_map(|act| match act {
            Act::Tell { text, question } => Some((text, question.into_revealed())),
            _ => None,
        })
    };
    let free = "L'entrée coûte 3 €. Elle est gratuite pour les enfants de moins de quatre ans.";
    let first = told(&mut caller, passage(0, SURE));
    assert_eq!(
        first,
        Some((free.into(), "Combien coûte l'entrée à la piscine ?".into()))
    );
    let leaning = Reading {
        text: "et pour ma fille ?".to_owned().into(),
        ..said("et pour ma fille ?", None)
    };
    assert_eq!(
        told(&mut caller, leaning),
        Some((free.into(), "et pour ma fille ?".into()))
    );
    let topic = Reading {
        text: "les horaires".to_owned().into(),
        ..said("les horaires", Some("horaires"))
    };
    assert_eq!(told(&mut caller, topic), None, "a topic is said as the plan has it");
}

#[test]
fn what_leans_on_an_answer_is_answered_from_it() {
    let mut caller = caller();
    caller.says(passage(0, SURE));
    let free = "L'entrée coûte 3 €. Elle est gratuite pour les enfants de moins de quatre ans.";
    assert!(caller.says(said("et c'est payant ?", None)).starts_with(free));
    assert!(
        caller
            .says(said("et pour ma fille ?", None))
            .contains("moins de quatre ans"),
        "all of it again"
    );
    let mut caller = super::knowledge::caller();
    let nothing = caller.says(said("et pour ma fille ?", None));
    assert!(
        nothing.contains("je n'ai pas de réponse"),
        "nothing was answered yet: {nothing}"
    );
}

#[test]
fn what_is_named_of_the_last_answer_is_told_from_it() {
    let room = || {
        let mut caller = caller();
        caller.says(passage(2, SURE));
        caller.says(yes_no(false));
        caller
    };
    for (text, topic, told) in [
        ("et les clés ?", None, "Les clés se retirent la veille. "),
        // Although it sounds like a topic.
        (
            "et l'assurance ?",
            Some("permis"),
            "Adressez-vous à la mairie trois mois avant la fête, avec une",
        ),
        // Without any word that leans.
        ("je veux la sono", None, "La sono est fournie, et le ménage"),
        ("c'est combien", None, "Je n'ai pas cette précision."),
        ("pourquoi ?", None, "Je n'ai pas cette précision."),
    ] {
        let answer = room().says(said(text, topic));
        assert!(answer.starts_with(told), "{text}: {answer}");
    }
    let other = room().says(said("je voudrais un permis de construire", Some("permis")));
    assert!(other.starts_with("Le dossier se dépose en mairie."), "{other}");
    // The same topic again, and what it does not say.
    let mut caller = caller();
    caller.says(topic("permis"));
    let none = caller.says(said("et je peux l'envoyer ?", Some("permis")));
    assert!(none.starts_with("Je n'ai pas cette précision."), "{none}");
}

#[test]
fn who_asks_more_about_what_we_ask_means_it() {
    let mut caller = caller();
    caller.says(passage(0, 0.5));
    let told = caller.says(said("et c'est combien ?", None));
    assert!(told.starts_with("[cite 0]"), "{told}");
}

#[test]
fn the_day_and_the_time_are_told() {
    let mut caller = caller();
    for (contact, told) in [
        (Contact::Today, "Nous sommes le mardi 24 novembre."),
        (Contact::Time, "Il est 10 h."),
    ] {
        let answer = caller.says(Reading {
            contact: Some(contact),
            ..Reading::default()
        });
        assert!(answer.starts_with(told), "{answer}");
    }
}

#[test]
fn a_part_of_a_day_may_be_closed() {
    let mut caller = caller_of_services();
    let post = caller.says(said("l'agence postale est ouverte demain après-midi", Some("horaires")));
    assert!(
        post.contains("Le mercredi 25 novembre c'est ouvert de 9 h à 12 h. C'est fermé l'après-midi."),
        "{post}"
    );
    let morning = caller.says(said("et le matin ?", None));
    assert!(
        morning.contains("Le mercredi 25 novembre c'est ouvert de 9 h à 12 h.") && !morning.contains("fermé"),
        "{morning}"
    );
}

#[test]
fn a_no_that_answers_nothing_is_no_question() {
    let mut caller = caller();
    caller.says(command(Command::Emergency));
    assert_eq!(caller.says(yes_no(false)), "Je vous écoute. [?]");
}

#[test]
fn two_requests_are_both_served() {
    let person = Reading {
        service: Some(1),
        ..Reading::default()
    };
    let requests = |first, then| Reading {
        requests: Some(Box::new([first, then])),
        ..Reading::default()
    };
    let both = caller().says(requests(topic("horaires"), topic("permis")));
    assert!(
        both.contains("La mairie est ouverte") && both.contains("Le dossier se dépose"),
        "{both}"
    );
    let person = caller().says(requests(topic("horaires"), person.clone()));
    assert!(
        person.contains("La mairie est ouverte") && person.ends_with("[transfert 202]"),
        "{person}"
    );
}

#[test]
fn the_second_request_waits_until_the_form_of_the_first_is_filed() {
    let mut caller = caller();
    let offered = caller.says(Reading {
        requests: Some(Box::new([topic("rappel"), topic("permis")])),
        ..Reading::default()
    });
    assert!(
        offered.ends_with("une demande de rappel ? [oui ou non ?]") && !offered.contains("dossier"),
        "{offered}"
    );
    let refused = caller.says(yes_no(false));
    assert!(
        refused.starts_with("J'en viens à votre autre question. Le dossier se dépose en mairie."),
        "{refused}"
    );
    assert!(!caller.says(yes_no(false)).contains("dossier"), "it is answered once");
}

#[test]
fn parts_that_are_in_doubt_are_asked_about_one_after_the_other() {
    let mut caller = caller();
    let asked = caller.says(Reading {
        requests: Some(Box::new([passage(0, 0.5), passage(2, 0.5)])),
        ..passage(2, 0.4)
    });
    assert!(asked.contains("l'entrée à la piscine ?"), "{asked}");
    let then = caller.says(yes_no(true));
    assert!(
        then.starts_with("[cite 0]") && then.contains("Comment louer une salle ?"),
        "{then}"
    );
    // One sure thing is not cut in two doubtful ones.
    let whole = super::knowledge::caller().says(Reading {
        requests: Some(Box::new([passage(0, 0.5), passage(2, 0.5)])),
        ..topic("permis")
    });
    assert!(whole.starts_with("Le dossier se dépose en mairie."), "{whole}");
}

#[test]
fn where_the_town_hall_is_stands_in_the_plan() {
    let asks = || Reading {
        contact: Some(Contact::Address),
        ..Reading::default()
    };
    let unknown = Caller::at(10).says(asks());
    assert!(unknown.contains("je n'ai pas de réponse"), "{unknown}");
    let plan = format!("{PLAN}adresse: 3 place du Marché\n");
    assert_eq!(
        Caller::with(&plan, 10).says(asks()),
        "L'adresse de la mairie : 3 place du Marché. Puis-je vous aider pour autre chose ? [?]"
    );
}

#[test]
fn where_it_is_may_be_asked_after_its_number() {
    let plan = format!("{PLAN}adresse: 3 place du Marché\ntéléphone: 01 23 45 67 89\n");
    let mut caller = Caller::with(&plan, 10);
    caller.says(Reading {
        contact: Some(Contact::Phone),
        ..Reading::default()
    });
    let address = caller.says(said("et l'adresse ?", None));
    assert!(
        address.starts_with("L'adresse de la mairie : 3 place du Marché."),
        "{address}"
    );
    let exactly = Reading {
        yes_no: Some(true),
        ..said("c'est où exactement", None)
    };
    let again = caller.says(exactly);
    assert!(again.starts_with("L'adresse de la mairie"), "{again}");
}

#[test]
fn an_event_that_is_named_is_told_and_so_are_its_other_dates() {
    let mut caller = caller();
    let told = caller.says(said("c'est quand le marché de Noël", None));
    assert!(told.contains("Marché de Noël : samedi 12 décembre"), "{told}");
    let next = caller.says(said("et le suivant ?", None));
    assert!(next.contains("Je n'en vois pas d'autre date à l'agenda."), "{next}");
    let march = caller.says(said("et en mars ?", None));
    assert!(march.contains("Je ne le vois pas à l'agenda pour"), "{march}");
}

#[test]
fn a_new_question_is_no_answer_to_ours() {
    let mut caller = caller();
    caller.says(passage(0, 0.5));
    let asked = caller.says(Reading {
        text: "je voudrais louer une salle".to_owned().into(),
        ..passage(2, 0.4)
    });
    assert!(asked.contains("Comment louer une salle ?"), "{asked}");
    let nothing = caller.says(said("combien coûte un chameau en ville", None));
    assert!(nothing.contains("je n'ai pas de réponse à cette question"), "{nothing}");
    for none in ["la dame du fond", "je sais pas trop, qu'est-ce que vous en pensez"] {
        let mut caller = super::knowledge::caller();
        caller.says(passage(0, 0.5));
        let again = caller.says(said(none, None));
        assert!(again.contains("par oui ou par non"), "{none}: {again}");
    }
}

#[test]
fn a_person_means_the_service_that_is_spoken_of() {
    let mut caller = caller();
    caller.says(topic("permis"));
    assert!(caller.says(command(Command::Agent)).contains("[transfert 202]"));
    let nobody = super::knowledge::caller().says(command(Command::Agent));
    assert!(nobody.contains("[transfert 100]"), "{nobody}");
}

#[test]
fn courtesy_is_answered() {
    let mut caller = caller();
    caller.says(topic("horaires"));
    assert_eq!(
        caller.says(command(Command::Thanks)),
        "Je vous en prie. Puis-je vous aider pour autre chose ? [?]"
    );
    assert!(
        caller
            .says(command(Command::WhoAreYou))
            .starts_with("Je suis une machine")
    );
    let calm = caller.says(command(Command::Insult));
    assert!(calm.starts_with("Je comprends votre agacement."), "{calm}");
    let served = caller.says(Reading {
        command: Some(Command::Insult),
        ..topic("horaires")
    });
    assert!(
        served.contains("lundi") && !served.contains("agacement"),
        "a request is answered, however it is said: {served}"
    );
}
