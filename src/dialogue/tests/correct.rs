//! Answers of a form that are put right in other words than they were given in.

use super::*;
use crate::understand::Understanding;
use crate::understand::memory::Forgetful;

const FORMS: &str = r#"
ville: Petitval
accueil: Bonjour, mairie de Petitval. L'assistant vocal vous écoute.
services:
  accueil:
    nom: l'accueil
    poste: 100
    repli: message
sujets:
  acte:
    nom: un acte
    réponse: L'acte est gratuit.
    formulaire: acte
    exemples: [un acte de naissance, je voudrais un acte, un extrait de naissance]
  rappel:
    nom: un rappel
    réponse: Le service rappelle.
    formulaire: rappel
    exemples: [rappelez-moi, je voudrais être rappelé, pouvez-vous me rappeler]
  visite:
    nom: une visite
    réponse: La visite est gratuite.
    formulaire: visite
    exemples: [visiter le moulin, une visite, je voudrais visiter]
  trou:
    nom: un trou
    réponse: Les trous sont bouchés.
    formulaire: trou
    exemples: [un trou, la chaussée est abîmée, un nid de poule]
formulaires:
  acte:
    nom: une demande d'acte
    questions:
      nom: À quel nom ?
      naissance:
        question: Quelle est la date de naissance ?
        type: date
      remise:
        question: Par courrier, ou au guichet ?
        choix: ["par courrier, courrier", "au guichet, retirer"]
      téléphone: À quel numéro ?
  rappel:
    nom: une demande de rappel
    questions:
      nom: À quel nom ?
      sujet: À quel sujet ?
      moment: Quand peut-on vous rappeler ?
  visite:
    nom: une demande de visite
    questions:
      pièce:
        question: Une carte ou un passeport ?
        choix: ["une carte, carte d'identité", un passeport]
      personnes:
        question: Pour combien de personnes ?
        type: numéro
      adresse: À quelle adresse ?
  trou:
    nom: un signalement
    questions:
      lieu: Où est-ce ? Donnez la rue.
      urgence:
        question: Est-ce un danger, ou cela peut-il attendre ?
        choix: [un danger, "peut attendre, attendre"]
"#;

/// The summary of a form after these answers.
fn told(form: &str, answers: &[&str]) -> (Caller, Understanding) {
    let mut caller = Caller::with(FORMS, 10);
    let understanding = Understanding::new(&[], &[], &[], None, &Forgetful);
    let understanding = understanding.with_lexicon(caller.dialogue.plan().lexicon.clone());
    caller.says(topic(form));
    caller.says(yes_no(true));
    let mut last = String::new();
    for answer in answers {
        last = says(&mut caller, &understanding, answer);
    }
    assert!(last.contains("Je récapitule."), "{last}");
    (caller, understanding)
}

fn says(caller: &mut Caller, understanding: &Understanding, text: &str) -> String {
    let expect = caller.dialogue.expects().expect("listens");
    let reading = understanding.read(text, expect, caller.now);
    caller.says(reading)
}

/// What is read back after each of these corrections, without the question after it.
fn corrected(form: &str, answers: &[&str], corrections: &[(&str, &str)]) {
    for (said, expected) in corrections {
        let (mut caller, understanding) = told(form, answers);
        let read = says(&mut caller, &understanding, said);
        let expected = format!("{expected} C'est bien cela ? [oui ou non ?]");
        assert_eq!(read, expected, "{said}");
    }
}

#[test]
fn who_was_born_in_a_year_was_born_in_it_still() {
    let answers = ["Ana Costa", "14 juillet 45", "par courrier", "06 32 10 98 76"];
    corrected(
        "acte",
        &answers,
        &[
            ("non le 14 juin", "Le 14 juin 1945."),
            ("Non, le 13 mars.", "Le 13 mars 1945."),
            ("l'année c'est 72", "Le 14 juillet 1972."),
            ("je suis né en 46 pas en 45", "Le 14 juillet 1946."),
            ("C'est juin, pas juillet.", "Le 14 juin 1945."),
            ("finalement au guichet", "Remise : au guichet."),
            ("Non, c'est pas par courrier, c'est au guichet.", "Remise : au guichet."),
            ("en fait je préfère venir le chercher", "Remise : au guichet."),
            ("Non, je préfère venir le chercher.", "Remise : au guichet."),
            ("Non, Costa, C, O, S, T, E.", "Au nom de Ana Coste."),
        ],
    );
    let (mut caller, understanding) = told("acte", &answers);
    let left = says(&mut caller, &understanding, "Non, c'est au 24.");
    assert!(
        left.starts_with("D'accord, reprenons."),
        "what has no place changes nothing: {left}"
    );
}

#[test]
fn a_free_answer_is_put_right_where_it_is_named_or_denied() {
    let answers = ["Lucas Meyer", "C'est pour le cimetière.", "demain matin"];
    corrected(
        "rappel",
        &answers,
        &[
            (
                "le sujet c'est le columbarium pas le cimetière",
                "Sujet : pour le columbarium.",
            ),
            ("Non, le sujet c'est le columbarium.", "Sujet : le columbarium."),
            ("plutôt lundi à 15 heures", "Moment : lundi à 15 heures."),
            ("Non, lundi à 15 heures.", "Moment : lundi à 15 heures."),
            ("non c'est Meyer avec un i", "Au nom de Lucas Meier."),
        ],
    );
    for said in ["Oui, c'est bien ça.", "Oui, à lundi."] {
        let (mut caller, understanding) = told("rappel", &answers);
        let noted = says(&mut caller, &understanding, said);
        assert!(
            noted.starts_with("[demande 1 : Lucas Meyer, C'est pour le cimetière., demain matin]"),
            "{noted}"
        );
    }
}

#[test]
fn numbers_of_people_and_of_houses_are_told_apart() {
    let answers = ["une carte", "juste moi", "12 rue Pasteur"];
    corrected(
        "visite",
        &answers,
        &[
            ("on est quatre en fait", "Personnes : 4."),
            ("c'est au 24", "L'adresse : 24, rue Pasteur."),
            ("Non, au 24 bis.", "L'adresse : 24 bis, rue Pasteur."),
            ("c'est rue des Tilleuls en fait", "L'adresse : rue des Tilleuls."),
            (
                "c'est pas rue Pasteur c'est chemin des Tanneurs",
                "L'adresse : 12, chemin des Tanneurs.",
            ),
            (
                "c'est pour un passeport et on sera deux",
                "Pièce : un passeport. Personnes : 2.",
            ),
            (
                "non deux personnes pas une et c'est au 24",
                "Personnes : 2. L'adresse : 24, rue Pasteur.",
            ),
            ("deux personnes", "Personnes : 2."),
        ],
    );
}

#[test]
fn a_name_is_told_in_two_answers() {
    let mut caller = Caller::with(FORMS, 10);
    let understanding = Understanding::new(&[], &[], &[], None, &Forgetful);
    let understanding = understanding.with_lexicon(caller.dialogue.plan().lexicon.clone());
    caller.says(topic("acte"));
    caller.says(yes_no(true));
    assert_eq!(
        says(&mut caller, &understanding, "Lucas."),
        "Quelle est la date de naissance ? [?]"
    );
    assert_eq!(
        says(&mut caller, &understanding, "Meyer, M, E, Y, E, R."),
        "Au nom de Lucas Meyer. Quelle est la date de naissance ? [?]"
    );
}

#[test]
fn what_is_wrong_may_be_named_alone() {
    let answers = ["Ana Costa", "14 juillet 45", "par courrier", "06 32 10 98 76"];
    for (said, question) in [
        ("c'est le nom", "À quel nom ? [?]"),
        ("le numéro", "À quel numéro ? [?]"),
        ("la date de naissance", "Quelle est la date de naissance ? [?]"),
    ] {
        let (mut caller, understanding) = told("acte", &answers);
        says(&mut caller, &understanding, "Non.");
        assert_eq!(says(&mut caller, &understanding, said), question, "{said}");
    }
    let (mut caller, understanding) = told("acte", &answers);
    says(&mut caller, &understanding, "Non.");
    let right = says(&mut caller, &understanding, "c'est ça");
    assert!(right.contains("C'est juste ?"), "{right}");
}

#[test]
fn a_name_is_spelled_after_it_and_another_one_is_noted_beside() {
    let begun = || {
        let mut caller = Caller::with(FORMS, 10);
        let understanding = Understanding::new(&[], &[], &[], None, &Forgetful);
        let understanding = understanding.with_lexicon(caller.dialogue.plan().lexicon.clone());
        caller.says(topic("acte"));
        caller.says(yes_no(true));
        (caller, understanding)
    };
    const BORN: &str = "Quelle est la date de naissance ? [?]";
    let (mut caller, understanding) = begun();
    says(&mut caller, &understanding, "Gautier sans h.");
    assert_eq!(says(&mut caller, &understanding, "g a u t i e r"), BORN);
    let (mut caller, understanding) = begun();
    assert_eq!(
        says(&mut caller, &understanding, "Anne Blanc et Marie Blanc."),
        format!("J'ajoute : Marie Blanc. {BORN}")
    );
    assert!(
        says(&mut caller, &understanding, "le 3 mai 1970 et le 6 août 1972").starts_with("J'ajoute : le 6 août 1972.")
    );
    let answers = ["Ana Costa", "14 juillet 45", "par courrier", "06 32 10 98 76"];
    corrected(
        "acte",
        &answers,
        &[("non c'est Ana Costat avec un t à la fin", "Au nom de Ana Costat.")],
    );
}

#[test]
fn who_has_no_telephone_is_not_asked_again() {
    let answers = ["Ana Costa", "14 juillet 45", "par courrier", "je n'ai pas de téléphone"];
    let (mut caller, understanding) = told("acte", &answers);
    let added = says(&mut caller, &understanding, "oui mais je pars le 20 décembre");
    assert!(
        added.starts_with("J'ajoute : je pars le 20 décembre. [demande 0"),
        "{added}"
    );
}

#[test]
fn what_is_told_of_where_it_is_at_the_next_question_is_added() {
    for (said, place) in [
        ("devant le numéro 6", "rue Pasteur, devant le numéro 6"),
        ("c'est au niveau du gymnase", "rue Pasteur, au niveau du gymnase"),
    ] {
        let mut caller = Caller::with(FORMS, 10);
        let understanding = Understanding::new(&[], &[], &[], None, &Forgetful);
        let understanding = understanding.with_lexicon(caller.dialogue.plan().lexicon.clone());
        caller.says(topic("trou"));
        caller.says(yes_no(true));
        let urgency = says(&mut caller, &understanding, "rue Pasteur");
        let added = says(&mut caller, &understanding, said);
        assert!(added.contains(place) && added.ends_with(&urgency), "{said}: {added}");
    }
}
