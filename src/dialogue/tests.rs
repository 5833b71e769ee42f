//! Conversations on a small plan: what the caller does on the left, what we do on the right.

use chrono::NaiveDate;

use super::*;
use crate::understand::choice::Choice;
use crate::understand::completeness::Completeness;
use crate::understand::{Command, Reading, TopicMatch, Value};

const PLAN: &str = r#"
ville: Petitval
accueil: Bonjour, mairie de Petitval. L'assistant vocal vous écoute.
horaires:
  mairie: Mo-Fr 08:30-12:00,13:30-17:30; PH off
services:
  accueil:
    nom: l'accueil
    poste: 100
    horaires: mairie
    repli: message
  urbanisme:
    nom: le service de l'urbanisme
    poste: 202
    horaires: mairie
    repli: accueil
menu:
  1:
    nom: les horaires
    sujet: horaires
  2:
    nom: l'urbanisme
    service: urbanisme
sujets:
  horaires:
    nom: les horaires d'ouverture
    service: accueil
    réponse: "{état:mairie} La mairie est ouverte {horaires:mairie}."
    exemples: [vous ouvrez à quelle heure, les horaires de la mairie, c'est ouvert le samedi]
  permis:
    nom: un permis de construire
    service: urbanisme
    ensuite: proposer
    réponse: Le dossier se dépose en mairie.
    exemples: [je veux construire une maison, un permis de construire, mon permis de construire]
  rappel:
    nom: un rappel
    réponse: Le service rappelle sous deux jours.
    formulaire: rappel
    exemples: [rappelez-moi, je voudrais être rappelé, pouvez-vous me rappeler]
  dégât:
    nom: un dégât sur la voie
    formulaire: dégât
    exemples: [il y a un trou dans la rue, un panneau est tombé, le trottoir est abîmé]
formulaires:
  rappel:
    nom: une demande de rappel
    service: urbanisme
    questions:
      nom: À quel nom ?
      téléphone: À quel numéro ?
      motif: À quel sujet ?
  dégât:
    nom: un signalement
    questions:
      problème:
        question: Est-ce un trou, un trottoir abîmé ou un panneau ?
        choix: ["un trou, un nid-de-poule", un trottoir abîmé, un panneau]
      adresse: À quelle adresse ?
      nom: À quel nom ?
      passage:
        question: Quel jour peut-on passer ?
        type: date
        jour_ouvert: oui
      courriel: Quelle est votre adresse électronique ?
mots: [rue des Lavandières, avenue du Vercors]
"#;

mod correct;
mod form;
mod knowledge;
mod queue;
mod status;
mod transfer;

struct Caller {
    dialogue: Dialogue,
    now: NaiveDateTime,
}

impl Caller {
    fn at(hour: u32) -> Self {
        Self::with(PLAN, hour)
    }

    fn with(plan: &str, hour: u32) -> Self {
        let outcome = yaml::read(plan, "test.yaml");
        let plan = outcome.plan.unwrap_or_else(|| panic!("{:?}", outcome.diagnostics));
        // A Tuesday.
        let now = NaiveDate::from_ymd_opt(2026, 11, 24)
            .and_then(|d| d.and_hms_opt(hour, 0, 0))
            .expect("a real time");
        let mut caller = Self {
            dialogue: Dialogue::new(Arc::new(plan)),
            now,
        };
        assert!(caller.does(Input::Start).starts_with("Bonjour, mairie de Petitval."));
        caller
    }

    /// What we answer, acts in brackets.
    fn does(&mut self, input: Input) -> String {
        let acts = self.dialogue.handle(self.now, input);
        let text = |act: &Act| match act {
            Act::Say(text) | Act::Tell { text, .. } | Act::Notice(text) => text.clone(),
            Act::Listen(Expect::YesNo) => "[oui ou non ?]".into(),
            Act::Listen(Expect::Choice) => "[ou ?]".into(),
            Act::Listen(_) => "[?]".into(),
            Act::Beep => "[bip]".into(),
            Act::Cite(passage) => format!("[cite {passage}]"),
            Act::Transfer { target, .. } => format!("[transfert {target}]"),
            Act::HandOver { service, summary } => format!("[remise {service} : {}]", summary.reveal()),
            Act::Queue { service, .. } => format!("[attend {service}]"),
            Act::Leave(why) => format!("[n'attend plus : {why:?}]"),
            Act::Record { service } => format!("[enregistre {service}]"),
            Act::Keep { service } => format!("[garde {service}]"),
            Act::Submit(request) => {
                let values: Vec<String> = request.values.iter().chain(&request.remark).map(Value::plain).collect();
                format!("[demande {} : {}]", request.form, values.join(", "))
            }
            Act::Look(reference) => format!("[cherche {reference}]"),
            Act::HangUp => "[raccroche]".into(),
            Act::Prepare(text) => format!("[prépare {text}]"),
        };
        let spoken = acts.iter().filter(|act| !matches!(act, Act::Prepare(_)));
        spoken.map(text).collect::<Vec<_>>().join(" ")
    }

    fn says(&mut self, reading: Reading) -> String {
        self.does(Input::Said { reading, clear: true })
    }
}

fn topic(id: &str) -> Reading {
    let found = TopicMatch {
        id: id.into(),
        confidence: 0.95,
    };
    Reading {
        topic: Some(found.clone()),
        alternatives: vec![found],
        ..Reading::default()
    }
}

fn command(command: Command) -> Reading {
    Reading {
        command: Some(command),
        ..Reading::default()
    }
}

fn yes_no(yes: bool) -> Reading {
    Reading {
        yes_no: Some(yes),
        ..Reading::default()
    }
}

#[test]
fn a_question_is_answered_and_the_call_ends_politely() {
    let mut caller = Caller::at(10);
    let answer = caller.says(topic("horaires"));
    assert!(answer.contains("du lundi au vendredi"), "{answer}");
    assert!(
        answer.ends_with("Puis-je vous aider pour autre chose ? [?]"),
        "{answer}"
    );
    assert_eq!(
        caller.says(yes_no(false)),
        "Merci de votre appel. Au revoir et bonne journée. [raccroche]"
    );
}

#[test]
fn who_only_opens_or_asks_for_time_is_told_that_we_listen() {
    let mut caller = Caller::at(10);
    let opening = Reading {
        opening: true,
        ..Reading::default()
    };
    assert_eq!(caller.says(opening), "Je vous écoute. [?]");
    let searching = Reading {
        completeness: Completeness::AsksForTime,
        ..Reading::default()
    };
    assert_eq!(caller.says(searching), "Prenez votre temps, je vous écoute. [?]");
    assert!(caller.says(topic("horaires")).contains("du lundi au vendredi"));
}

#[test]
fn a_question_that_was_not_heard_is_not_what_is_answered() {
    for (to_the_end, transferred) in [(true, true), (false, false)] {
        let mut caller = Caller::at(10);
        let offer = caller.says(Reading::default());
        assert!(offer.contains("que je vous passe une personne"), "{offer}");
        caller.does(Input::Interrupted { to_the_end });
        let answer = caller.says(yes_no(true));
        assert_eq!(answer.contains("[transfert"), transferred, "{answer}");
    }
}

#[test]
fn too_many_callers_are_told_and_given_the_keys() {
    let mut caller = Caller::at(10);
    let said = caller.does(Input::Overloaded);
    assert!(
        said.starts_with("Excusez-moi, beaucoup de personnes appellent") && said.contains("tapez zéro"),
        "{said}"
    );
    assert!(caller.does(Input::Tone('0')).contains("[transfert"));
}

#[test]
fn more_may_be_asked_with_or_without_a_yes() {
    let mut caller = Caller::at(10);
    caller.says(topic("horaires"));
    assert_eq!(caller.says(yes_no(true)), "Je vous écoute. [?]");
    assert!(
        caller
            .says(topic("permis"))
            .starts_with("Le dossier se dépose en mairie.")
    );
    let yes_and_topic = Reading {
        yes_no: Some(true),
        ..topic("horaires")
    };
    caller.says(yes_no(false));
    assert!(caller.says(yes_and_topic).contains("du lundi au vendredi"));
}

#[test]
fn a_person_is_passed_on_and_the_outcome_is_known() {
    let mut caller = Caller::at(10);
    assert_eq!(
        caller.says(command(Command::Agent)),
        "Je vous passe l'accueil. Ne quittez pas. [transfert 100]"
    );
    assert_eq!(
        caller.does(Input::TransferFailed(Failure::NoAnswer)),
        "Je suis désolé, je n'arrive pas à joindre l'accueil. Voulez-vous laisser un message ? [oui ou non ?]"
    );
    assert!(caller.says(yes_no(true)).ends_with("[bip] [enregistre 0]"));
    assert_eq!(caller.does(Input::Recorded { spoken: true }), "[garde 0]");
    assert_eq!(
        caller.does(Input::Kept { ok: true }),
        "C'est noté. Votre message est enregistré pour l'accueil. Puis-je vous aider pour autre chose ? [?]"
    );
}

#[test]
fn a_named_service_and_its_fallback() {
    let mut caller = Caller::at(10);
    let reading = Reading {
        service: Some(1),
        ..Reading::default()
    };
    assert_eq!(
        caller.says(reading),
        "Je vous passe le service de l'urbanisme. Ne quittez pas. [transfert 202]"
    );
    let next = caller.does(Input::TransferFailed(Failure::NoAnswer));
    assert!(
        next.ends_with("Je vous passe l'accueil. Ne quittez pas. [transfert 100]"),
        "{next}"
    );
    let last = caller.does(Input::TransferFailed(Failure::Unreachable));
    assert!(
        last.ends_with("Voulez-vous laisser un message ? [oui ou non ?]"),
        "{last}"
    );
    // The message is for the service that was asked for.
    assert!(caller.says(yes_no(true)).ends_with("[enregistre 1]"));
}

#[test]
fn zero_is_a_person_at_any_time_and_closed_is_said() {
    let mut caller = Caller::at(10);
    assert!(caller.does(Input::Tone('0')).ends_with("[transfert 100]"));
    let mut caller = Caller::at(22);
    let closed = caller.does(Input::Tone('0'));
    assert!(
        closed.starts_with("Pour le moment, on ne peut pas joindre l'accueil."),
        "{closed}"
    );
    assert!(
        closed.contains("8 h 30") && closed.ends_with("Voulez-vous laisser un message ? [oui ou non ?]"),
        "{closed}"
    );
}

#[test]
fn what_is_not_covered_is_said_and_a_person_offered() {
    let mut caller = Caller::at(10);
    let refused = caller.says(Reading::default());
    assert!(
        refused.contains("je n'ai pas de réponse") && refused.ends_with("une personne de la mairie ? [oui ou non ?]"),
        "{refused}"
    );
    assert!(caller.says(yes_no(true)).ends_with("[transfert 100]"));
    let mut caller = Caller::at(22);
    assert!(
        caller
            .says(Reading::default())
            .ends_with("Voulez-vous laisser un message ? [oui ou non ?]")
    );
}

#[test]
fn what_is_said_otherwise_is_asked_about_where_both_times_the_same_was_nearest() {
    let near = |id: &str, confidence| Reading {
        alternatives: vec![TopicMatch {
            id: id.into(),
            confidence,
        }],
        ..Reading::default()
    };
    let unclear = |reading| Input::Said { reading, clear: false };
    let about = "Vous appelez pour un permis de construire, c'est bien cela ? [oui ou non ?]";
    let mut caller = Caller::at(10);
    assert!(
        caller
            .does(unclear(near("permis", 0.15)))
            .contains("je n'ai pas bien compris")
    );
    assert_eq!(caller.does(unclear(near("permis", 0.22))), about);
    assert!(caller.says(yes_no(true)).starts_with("Le dossier se dépose en mairie."));
    // What was settled meanwhile is over.
    assert_ne!(caller.does(unclear(near("permis", 0.22))), about);

    // A noise between the two changes nothing.
    let mut caller = Caller::at(10);
    caller.does(unclear(near("permis", 0.15)));
    caller.does(unclear(Reading::default()));
    assert_eq!(caller.does(unclear(near("permis", 0.22))), about);

    // Another thing, or hardly anything: as before.
    for second in [near("horaires", 0.22), near("permis", 0.18)] {
        let mut caller = Caller::at(10);
        caller.does(unclear(near("permis", 0.15)));
        assert!(caller.does(unclear(second)).ends_with("tapez zéro. [?]"));
    }
    // A person was offered, and they say it otherwise instead.
    let mut caller = Caller::at(10);
    assert!(caller.says(near("permis", 0.2)).ends_with("[oui ou non ?]"));
    assert_eq!(caller.says(near("permis", 0.2)), about);
}

#[test]
fn misunderstanding_escalates_to_the_menu_then_a_person() {
    let mut caller = Caller::at(10);
    let unclear = || Input::Said {
        reading: Reading::default(),
        clear: false,
    };
    assert!(caller.does(unclear()).contains("je n'ai pas bien compris"));
    let menu = caller.does(unclear());
    assert!(
        menu.contains("Pour les horaires, tapez 1.") && menu.ends_with("tapez zéro. [?]"),
        "{menu}"
    );
    assert!(caller.does(unclear()).ends_with("[transfert 100]"));
}

#[test]
fn silence_escalates_too_and_ends_the_call_when_nobody_can_take_it() {
    // Noise in the caller's place is passed to nobody, even where somebody could take it.
    for (hour, input) in [(22, Input::Silence), (10, Input::Noise)] {
        let mut caller = Caller::at(hour);
        assert!(caller.does(input.clone()).starts_with("Je ne vous entends pas."));
        assert!(caller.does(input.clone()).contains("tapez 1"));
        assert!(caller.does(input).ends_with("Au revoir. [raccroche]"));
    }
}

#[test]
fn repeat_slower_and_goodbye_always_work() {
    let mut caller = Caller::at(10);
    let answer = caller.says(topic("horaires"));
    assert_eq!(caller.says(command(Command::Repeat)), answer);
    let slower = caller.says(command(Command::Slower));
    assert!(
        slower.starts_with("D'accord, je parle plus lentement.") && caller.dialogue.is_slower(),
        "{slower}"
    );
    assert!(caller.says(command(Command::Goodbye)).ends_with("[raccroche]"));
}

#[test]
fn the_day_that_was_asked_for_is_not_lost_with_our_question() {
    let mut caller = Caller::at(10);
    let on_friday = Reading {
        text: "Le vendredi 25 décembre à quinze heures".to_owned().into(),
        ..doubtful(&[("horaires", 0.5)])
    };
    let on_friday = Reading {
        topic: on_friday.alternatives.first().cloned(),
        ..on_friday
    };
    assert!(
        caller
            .says(on_friday)
            .contains("les horaires d'ouverture, c'est bien cela ?")
    );
    let told = caller.says(yes_no(true));
    assert!(
        told.starts_with("Le vendredi 25 décembre c'est fermé, jour férié : Noël."),
        "{told}"
    );
    // The same of a place that was named.
    let mut caller = Caller::at(10);
    let of_urbanism = Reading {
        text: "L'urbanisme, le samedi".to_owned().into(),
        ..Reading::default()
    };
    caller.says(Reading {
        topic: Some(TopicMatch {
            id: "horaires".into(),
            confidence: 0.5,
        }),
        alternatives: doubtful(&[("horaires", 0.5)]).alternatives,
        ..of_urbanism
    });
    let told = caller.says(yes_no(true));
    assert!(
        told.starts_with("Le service de l'urbanisme : Le samedi 28 novembre c'est fermé"),
        "{told}"
    );
}

#[test]
fn a_day_alone_asks_for_its_hours() {
    let said = |text: &str| Reading {
        text: text.to_owned().into(),
        ..Reading::default()
    };
    let mut caller = Caller::at(10);
    let told = caller.says(said("Le premier mai ?"));
    assert!(told.starts_with("Le samedi 1er mai c'est fermé"), "{told}");
    let mut caller = Caller::at(10);
    let today = caller.says(Reading {
        text: "C'est ouvert cet après-midi ?".to_owned().into(),
        ..topic("horaires")
    });
    assert!(
        today.starts_with("Le mardi 24 novembre c'est ouvert de 8 h 30"),
        "{today}"
    );
}

#[test]
fn who_wants_to_leave_a_message_may() {
    let mut caller = Caller::at(10);
    let message = caller.says(Reading {
        text: "Je voudrais laisser un message.".to_owned().into(),
        ..Reading::default()
    });
    assert!(message.ends_with("[bip] [enregistre 0]"), "{message}");
    let mut caller = Caller::at(10);
    let euh = caller.says(Reading {
        text: "Euh…".to_owned().into(),
        ..Reading::default()
    });
    assert_eq!(euh, "Je vous écoute. [?]");
}

#[test]
fn a_doubtful_topic_is_asked_about() {
    let mut caller = Caller::at(10);
    let doubtful = TopicMatch {
        id: "permis".into(),
        confidence: 0.55,
    };
    let question = caller.says(Reading {
        topic: Some(doubtful),
        ..Reading::default()
    });
    assert_eq!(
        question,
        "Vous appelez pour un permis de construire, c'est bien cela ? [oui ou non ?]"
    );
    assert_eq!(
        caller.says(yes_no(true)),
        "Le dossier se dépose en mairie. Voulez-vous que je vous passe le service de l'urbanisme ? [oui ou non ?]"
    );
}

/// Doubtful topics, the first accepted.
fn doubtful(alternatives: &[(&str, f32)]) -> Reading {
    let near = |(id, confidence): &(&str, f32)| TopicMatch {
        id: (*id).into(),
        confidence: *confidence,
    };
    let alternatives: Vec<TopicMatch> = alternatives.iter().map(near).collect();
    Reading {
        topic: alternatives.first().cloned(),
        alternatives,
        ..Reading::default()
    }
}

#[test]
fn between_two_near_topics_it_asks_which() {
    let hours = "du lundi au vendredi";
    let permit = "Le dossier se dépose en mairie.";
    let choice = |choice| Reading {
        value: Some(Value::Choice(choice)),
        ..Reading::default()
    };
    let unaccepted = |alternatives: &[(&str, f32)], yes_no| Reading {
        topic: None,
        yes_no,
        ..doubtful(alternatives)
    };
    for (answer, expected) in [
        (choice(Choice::First), permit),
        (choice(Choice::Second), hours),
        (choice(Choice::Both), permit),
        (choice(Choice::Both), hours),
        (choice(Choice::Neither), "Dites-moi autrement"),
        (yes_no(false), "Dites-moi autrement"),
        (topic("horaires"), hours),
        (doubtful(&[("horaires", 0.3), ("permis", 0.1)]), hours),
        (unaccepted(&[("horaires", 0.4)], Some(true)), hours),
        (
            unaccepted(&[("horaires", 0.2)], Some(true)),
            "les horaires d'ouverture, c'est bien cela ?",
        ),
        (unaccepted(&[("horaires", 0.4)], Some(false)), "Dites-moi autrement"),
        (
            doubtful(&[("horaires", 0.3), ("permis", 0.29)]),
            "les horaires d'ouverture, c'est bien cela ?",
        ),
        (yes_no(true), "un permis de construire, c'est bien cela ?"),
        (Reading::default(), "un permis de construire, c'est bien cela ?"),
    ] {
        let mut caller = Caller::at(10);
        let question = caller.says(doubtful(&[("permis", 0.45), ("horaires", 0.4)]));
        assert_eq!(
            question,
            "C'est pour un permis de construire ? Ou pour les horaires d'ouverture ? [ou ?]"
        );
        let said = caller.says(answer);
        assert!(said.contains(expected), "{said}");
    }
    let mut caller = Caller::at(10);
    let searching = Reading {
        completeness: Completeness::AsksForTime,
        ..Reading::default()
    };
    caller.says(doubtful(&[("permis", 0.45), ("horaires", 0.4)]));
    assert_eq!(caller.says(searching), "Prenez votre temps, je vous écoute. [ou ?]");
    assert!(caller.does(Input::Tone('2')).contains(hours));
    caller.says(doubtful(&[("permis", 0.45), ("horaires", 0.4)]));
    caller.does(Input::Interrupted { to_the_end: false });
    assert!(caller.says(yes_no(true)).contains(permit), "the second was not heard");
}

#[test]
fn a_topic_too_doubtful_to_be_accepted_is_asked_about_when_it_stands_out() {
    let near = |id: &str, confidence| TopicMatch {
        id: id.into(),
        confidence,
    };
    let refused = |alternatives| Reading {
        alternatives,
        ..Reading::default()
    };
    let mut caller = Caller::at(10);
    let question = caller.says(refused(vec![near("permis", 0.45), near("horaires", 0.1)]));
    assert!(
        question.starts_with("Vous appelez pour un permis de construire"),
        "{question}"
    );
    for alternatives in [
        vec![near("permis", 0.2)],
        vec![near("permis", 0.45), near("horaires", 0.4)],
    ] {
        let mut caller = Caller::at(10);
        let answer = caller.says(refused(alternatives));
        assert!(answer.contains("je n'ai pas de réponse"), "{answer}");
    }
}

#[test]
fn tones_answer_questions_and_the_menu() {
    let mut caller = Caller::at(10);
    assert!(caller.does(Input::Tone('1')).contains("du lundi au vendredi"));
    assert!(
        caller
            .does(Input::Tone('9'))
            .starts_with("Cette touche ne correspond à aucun choix.")
    );
    caller.says(topic("permis"));
    assert!(
        caller.does(Input::Tone('1')).ends_with("[transfert 202]"),
        "1 is yes while a yes-or-no question is open"
    );
}

#[test]
fn an_emergency_is_only_ever_sent_to_the_emergency_numbers() {
    let mut caller = Caller::at(10);
    let answer = caller.says(Reading {
        command: Some(Command::Emergency),
        ..topic("horaires")
    });
    assert!(
        answer.contains("15") && answer.contains("112") && !answer.contains("lundi"),
        "{answer}"
    );
}

#[test]
fn beside_an_accident_what_is_certain_is_answered_after_the_emergency_numbers() {
    const NUMBERS: &str =
        "Si quelqu'un est en danger, raccrochez et appelez tout de suite le 15, le 17, le 18 ou le 112.";
    let accident = |reading: Reading| Reading {
        command: Some(Command::Accident),
        ..reading
    };
    let mut caller = Caller::at(10);
    let answer = caller.says(accident(topic("horaires")));
    assert!(
        answer.starts_with(NUMBERS) && answer.contains("du lundi au vendredi"),
        "{answer}"
    );
    for unsure in [doubtful(&[("permis", 0.45), ("horaires", 0.4)]), Reading::default()] {
        let mut caller = Caller::at(10);
        assert_eq!(caller.says(accident(unsure)), format!("{NUMBERS} [?]"));
    }
}

#[test]
fn a_message_that_is_lost_is_not_said_to_be_noted() {
    let mut caller = Caller::at(22);
    caller.does(Input::Tone('0'));
    caller.says(yes_no(true));
    caller.does(Input::Recorded { spoken: true });
    let said = caller.does(Input::Kept { ok: false });
    assert!(
        said.contains("n'a pas pu être enregistré") && !said.contains("noté"),
        "{said}"
    );
}

#[test]
fn everything_that_can_be_said_is_prepared() {
    let mut caller = Caller::at(22);
    let prepared = prompts(caller.dialogue.plan());
    let inputs = [
        Input::Silence,
        Input::Silence,
        Input::Tone('7'),
        Input::Said {
            reading: topic("horaires"),
            clear: true,
        },
        Input::Said {
            reading: topic("permis"),
            clear: true,
        },
        Input::Said {
            reading: command(Command::Slower),
            clear: true,
        },
        Input::Said {
            reading: doubtful(&[("permis", 0.45), ("horaires", 0.4)]),
            clear: true,
        },
        Input::Tone('2'),
        Input::Said {
            reading: yes_no(true),
            clear: true,
        },
        Input::Recorded { spoken: false },
        Input::Recorded { spoken: true },
        Input::Kept { ok: true },
        Input::Said {
            reading: Reading::default(),
            clear: true,
        },
    ];
    for input in inputs {
        for act in caller.dialogue.handle(caller.now, input.clone()) {
            if let Act::Say(text) = act {
                assert!(prepared.contains(&text), "« {text} » after {input:?} is not prepared");
            }
        }
    }
}
