//! The sample plans, the published files, and a folder of bad plans with the messages that they must give.
//!
//! `ALLO_BLESS=1 cargo test yaml` writes `schema.json`, the README's reference and the expected messages again.

use std::fs;
use std::path::PathBuf;

use super::super::plan::{Action, Fallback, Piece, Plan, Target};
use super::*;
use crate::understand::catalogue;

fn path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(name)
}

fn shown(outcome: &Outcome) -> String {
    outcome.diagnostics.iter().map(|d| format!("{d}\n")).collect()
}

fn sample(name: &str) -> Plan {
    let beside = |file: &str| fs::read(path("dialplans").join(file)).map_err(|error| error.to_string());
    let outcome = read_bytes(&fs::read(path(name)).unwrap(), name, &beside);
    assert!(outcome.diagnostics.is_empty(), "{}", shown(&outcome));
    outcome.plan.unwrap()
}

/// The file holds `expected`, or is written if we are asked to.
fn in_step(name: &str, expected: &str) {
    if std::env::var_os("ALLO_BLESS").is_some() {
        fs::write(path(name), expected).unwrap();
    }
    let found = fs::read_to_string(path(name)).unwrap_or_default();
    assert!(
        found == expected,
        "{name} is not in step; expected:\n{expected}\nRun: ALLO_BLESS=1 cargo test yaml"
    );
}

/// A small plan without any mistake, for tests that change one thing.
const GOOD: &str = "\
ville: Petitval
accueil: Bonjour, l'assistant vocal vous écoute.
horaires:
  mairie: Mo-Fr 08:30-12:00; PH off
services:
  accueil:
    nom: l'accueil
    poste: 0100
    horaires: mairie
sujets:
  pacs:
    nom: le PACS
    réponse: À la mairie.
    exemples: [me pacser, faire un pacs, un pacs, pacs à la mairie, conclure un pacs, papiers pacs, dossier pacs, signer un pacs]
";

#[test]
fn the_sample_towns_are_sound() {
    let plan = sample("dialplans/valbourg.yaml");
    let mut ids: Vec<&str> = plan.topics.iter().map(|t| t.id.as_str()).collect();
    ids.sort_unstable();
    let wanted = [
        "acte_deces",
        "acte_naissance",
        "aide_sociale",
        "bruit_voisinage",
        "cantine",
        "dechetterie",
        "eclairage_public",
        "ecole",
        "elections",
        "encombrants",
        "horaires",
        "mariage",
        "ordures_menageres",
        "pacs",
        "parler_agent",
        "periscolaire",
        "rdv_annulation",
        "rdv_cni_passeport",
        "salle_des_fetes",
        "suivi_titre",
        "urbanisme",
        "voirie",
    ];
    assert_eq!(ids, wanted);
    assert!(
        plan.topics.iter().all(|t| t.examples.len() >= 8),
        "eight examples of its own each"
    );
    let known = |id: &str| catalogue::subject(id).map_or(0, |subject| subject.sentences.len());
    let learned = plan.topics.iter().map(|t| t.examples.len() + known(&t.id));
    assert!(learned.min() >= Some(20), "many sentences each");
    assert_eq!(plan.town.numbers, ["mairie", "+33465710210"]);
    assert_eq!(plan.services[plan.reception].extensions, ["100"]);
    assert_eq!(plan.services[1].fallback, Fallback::Service(0));
    assert_eq!(plan.menu[0].target, Target::Topic(0));
    let Action::Answer(horaires) = &plan.topics[0].action else {
        panic!("horaires answers")
    };
    assert_eq!(horaires.0[0], Piece::OpenNow("mairie".into()));
    assert!(
        matches!(&horaires.0[1], Piece::Text(t) if t.contains("du lundi au vendredi, de 8 h 30 à 12 h et de 13 h 30"))
    );
    assert!(plan.greeting.starts_with("Bonjour, mairie de Valbourg. Je suis"));

    let plan = sample("dialplans/minimal.yaml");
    assert_eq!((plan.services.len(), plan.topics.len(), plan.voice.speed), (1, 1, 1.0));
}

#[test]
fn answers_of_the_sample_are_made_for_listening() {
    let plan = sample("dialplans/valbourg.yaml");
    for topic in &plan.topics {
        let (Action::Answer(template) | Action::AnswerThenOffer(template)) = &topic.action else {
            continue;
        };
        let text: String = template
            .0
            .iter()
            .map(|p| if let Piece::Text(t) = p { t.as_str() } else { "" })
            .collect();
        let words = text
            .split_whitespace()
            .filter(|w| w.chars().any(char::is_alphanumeric))
            .count();
        assert!(words >= 15, "{}: {words} words", topic.id);
    }
}

#[test]
fn the_schema_is_what_the_table_gives() {
    in_step(
        "dialplans/schema.json",
        &format!("{}\n", serde_json::to_string_pretty(&schema()).unwrap()),
    );
}

#[test]
fn the_readme_has_the_reference() {
    const MARK: &str = "<!-- ce qui suit est produit à partir de src/dialogue/yaml/language.rs -->\n\n";
    let page = fs::read_to_string(path("dialplans/README.md")).unwrap();
    let by_hand = page.split(MARK).next().unwrap_or_default();
    in_step("dialplans/README.md", &format!("{by_hand}{MARK}{}", reference()));
}

#[test]
fn bad_plans_give_their_messages() {
    let mut plans: Vec<PathBuf> = fs::read_dir(path("tests/plans"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    plans.retain(|file| file.extension().is_some_and(|e| e == "yaml"));
    plans.sort();
    assert!(plans.len() >= 25, "only {} plans", plans.len());
    for file in plans {
        let name = format!("tests/plans/{}", file.file_name().unwrap().to_string_lossy());
        let outcome = read_bytes(&fs::read(&file).unwrap(), &name, &no_files);
        assert!(!outcome.diagnostics.is_empty(), "{name} has no mistake");
        let refused = outcome.diagnostics.iter().any(|d| d.severity == Severity::Error);
        assert_eq!(outcome.plan.is_none(), refused, "{name}");
        in_step(&name.replace(".yaml", ".txt"), &shown(&outcome));
    }
}

#[test]
fn what_was_typed_stays_text() {
    let plan = read(GOOD, "t").plan.unwrap();
    assert_eq!(plan.services[0].extensions, ["0100"], "not the number 100, nor 64");
    for (typed, kept) in [
        ("oui", "oui"),
        ("true", "true"),
        ("1.10", "1.10"),
        ("2026-12-24", "2026-12-24"),
        ("0x1F", "0x1F"),
    ] {
        let plan = read(&GOOD.replace("nom: le PACS", &format!("nom: {typed}")), "t")
            .plan
            .unwrap();
        assert_eq!(plan.topics[0].label, kept);
    }
}

#[test]
fn accents_and_capitals_are_optional() {
    let bare = GOOD
        .replace("réponse", "Reponse")
        .replace("accueil:\n", "Accueil:\n")
        .replace("horaires: mairie", "horaires: Mairie");
    let plan = read(&bare, "t").plan.unwrap();
    assert_eq!(plan.services[0].id, "accueil");
    assert_eq!(plan.services[0].schedule.as_deref(), Some("mairie"));
    assert_eq!(fold("État-civil œuvre"), "etat_civil_oeuvre");
}

#[test]
fn huge_and_hostile_files_are_refused_quickly() {
    let refused = |source: &str, hint: &str| {
        let outcome = read(source, "t");
        assert!(outcome.plan.is_none());
        assert!(shown(&outcome).contains(hint), "{}", shown(&outcome));
    };
    refused(&"x".repeat(LARGEST + 1), "trop gros");
    refused(&"[".repeat(100_000), "YAML");
    refused(&format!("{}ville: x", "a:\n".repeat(1000)), "déjà plus haut");
    let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for n in 1..12 {
        bomb.push_str(&format!("a{n}: &a{n} [{}]\n", format!("*a{}, ", n - 1).repeat(10)));
    }
    refused(&bomb, "démesurée");
    refused(
        &GOOD.replace("nom: l'accueil", "nom: &a x\n    horaires: *a"),
        "renvois YAML",
    );
}

/// Cuts, swaps and inserts at random: never a panic, and a plan only if there is no error.
#[test]
fn mangled_plans_never_panic() {
    let source: Vec<char> = fs::read_to_string(path("dialplans/valbourg.yaml"))
        .unwrap()
        .chars()
        .take(4000)
        .collect();
    let mut seed = 1u64;
    let mut random = |n: usize| {
        seed = seed.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (seed >> 33) as usize % n
    };
    let junk: Vec<char> = ":{}[]\"'#&*!|>-?%@`,\t\n 0é~;/\u{a0}\u{e000}".chars().collect();
    for _ in 0..400 {
        let mut text = source.clone();
        for _ in 0..=random(6) {
            let at = random(text.len());
            match random(3) {
                0 => text.insert(at, junk[random(junk.len())]),
                1 => {
                    let end = (at + random(30)).min(text.len());
                    text.drain(at..end);
                }
                _ => text[at] = junk[random(junk.len())],
            }
        }
        let outcome = read(&text.iter().collect::<String>(), "t");
        let refused = outcome.diagnostics.iter().any(|d| d.severity == Severity::Error);
        assert_eq!(outcome.plan.is_none(), refused, "{}", shown(&outcome));
    }
}

#[test]
fn a_town_may_name_a_request_in_its_own_words() {
    let plan = format!("{GOOD}phrases:\n  numéro_de_demande: Gardez ce numéro, {{reference}}.\n");
    let outcome = read(&plan, "test.yaml");
    let plan = outcome.plan.unwrap_or_else(|| panic!("{:?}", outcome.diagnostics));
    assert_eq!(plan.phrases["numéro_de_demande"], "Gardez ce numéro, {référence}.");
}

#[test]
fn callers_may_wait_with_the_towns_own_music() {
    use std::time::Duration;

    let plan = GOOD.replace(
        "poste: 0100",
        "poste: 0100\n    transfert: accompagné\n    attente: {places: 3, durée: 90 secondes, musique: air.wav}",
    );
    let sound = |samples: Vec<i16>| {
        let mut file = std::io::Cursor::new(Vec::new());
        let clip = crate::audio::Pcm::<8_000>(samples);
        crate::audio::wav::write("air.wav", &clip, &mut file).unwrap();
        file.into_inner()
    };
    let reads = |bytes: Vec<u8>| {
        let outcome = read_with(&plan, "test.yaml", &move |_: &str| Ok(bytes.clone()));
        outcome.plan.ok_or_else(|| outcome.diagnostics[0].to_string())
    };
    let plan = reads(sound((0..48_000).map(|n| (n % 40) as i16 * 100).collect())).unwrap();
    let queue = plan.services[0].queue.as_ref().unwrap();
    assert_eq!((queue.places, queue.longest), (3, Duration::from_secs(90)));
    assert_eq!(queue.music.as_ref().unwrap().duration(), Duration::from_secs(6));
    let form = &plan.forms[queue.call_back];
    assert!(form.calls_back && form.service == 0);
    assert_eq!(plan.lexicon.options[queue.choices].nth(1), Some("rappeler"));
    for (bytes, why) in [
        (
            sound(vec![5_000; 8_000]),
            "1 s de musique ; il en faut de 5 s à 10 minutes",
        ),
        (sound(vec![0; 80_000]), "on n'y entend presque rien"),
        (b"pas un son".to_vec(), "air.wav"),
    ] {
        let message = reads(bytes).unwrap_err();
        assert!(
            message.starts_with("test.yaml:10:") && message.contains(why),
            "{message}"
        );
    }
    assert!(read(GOOD, "test.yaml").plan.unwrap().services[0].queue.is_none());
}

#[test]
fn streets_come_from_a_list_an_export_and_the_towns_own_words() {
    let plan = format!("{GOOD}rues: rues.csv\nmots: [rue des Lilas, MDPH]\n");
    let streets = |file: &str| {
        let file = file.to_owned();
        let outcome = read_with(&plan, "test.yaml", &move |name: &str| {
            assert_eq!(name, "rues.csv");
            Ok(file.clone().into_bytes())
        });
        outcome
            .plan
            .map(|plan| plan.lexicon.streets.clone())
            .ok_or(outcome.diagnostics)
    };
    let finds = |streets: &crate::understand::address::Streets, said: &str| {
        crate::understand::address::address(said, streets).unwrap_or_default()
    };
    // As adresse.data.gouv.fr exports them, with a neighbour's.
    let export = "\u{feff}id;numero;rep;nom_voie;code_postal;nom_commune\n\
                  1;12;;Rue du Bac;26000;Petitval\n2;14;bis;Rue du Bac;26000;Petitval\n3;1;;Rue du Lac;26000;Ailleurs\n";
    let exported = streets(export).expect("is read");
    assert_eq!(finds(&exported, "douze rue du bac"), "12, rue du Bac");
    assert_eq!(finds(&exported, "3 rue des lila"), "3, rue des Lilas");
    assert_eq!(
        finds(&exported, "4 rue du lac"),
        "4, rue du Bac",
        "it sounds like the one that the town has"
    );
    let listed = streets("# nos rues\nRue Jean-Jaurès\n\n").expect("is read");
    assert_eq!(finds(&listed, "5 rue jean jaurès"), "5, Rue Jean-Jaurès");
    for wrong in ["", "# rien\n", "nom_voie;x\n\"rue\n"] {
        let diagnostics = streets(wrong).expect_err("is refused");
        assert!(
            diagnostics[0].message.starts_with("« rues » : rues.csv : "),
            "{}",
            diagnostics[0].message
        );
    }
    let missing = read(&plan, "test.yaml").diagnostics;
    assert_eq!((missing[0].line, missing[0].column), (15, 7), "{}", missing[0]);
}
