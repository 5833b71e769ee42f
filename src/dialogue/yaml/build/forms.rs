//! Forms: what a request needs, question by question.

use super::super::super::plan::{Field, Form, Service};
use super::super::super::queue::CALL_BACK;
use super::super::template::Places;
use super::super::tree::{Entry, Node};
use super::super::walk::join;
use super::super::{Report, fold};
use super::{entries, misplaced, service, unknown};
use crate::understand::options::Options;
use crate::units::Expect;

/// More questions than this, and callers hang up.
const MOST_QUESTIONS: usize = 8;
/// More options than this, and nobody remembers the first.
const MOST_OPTIONS: usize = 5;

/// Builds the forms in the order of the file; `options` collects those of questions that have some.
pub(super) fn forms(
    root: &Node,
    services: &[Service],
    options: &mut Vec<Options>,
    places: &mut Places,
    report: &mut Report,
) -> Vec<Form> {
    let mut forms = Vec::new();
    for entry in entries(root, "formulaires") {
        let path = join("formulaires", &entry.key);
        if fold(&entry.key) == CALL_BACK {
            let message =
                format!("« {path} » : ce nom est celui des rappels demandés dans l'attente ; prenez-en un autre");
            report.error(entry.at, &path, message);
        }
        let service = entry
            .value
            .get("service")
            .and_then(|node| service(root, node, services, &join(&path, "service"), report));
        forms.push(Form {
            id: fold(&entry.key),
            label: entry.value.text_of("nom").unwrap_or(&entry.key).to_owned(),
            service: service.unwrap_or(0),
            sms: sms(entry, &path, places, report),
            fields: fields(entry, &join(&path, "questions"), options, places, report),
            calls_back: false,
        });
    }
    forms
}

fn fields(
    form: &Entry,
    path: &str,
    options: &mut Vec<Options>,
    places: &mut Places,
    report: &mut Report,
) -> Vec<Field> {
    let Some(questions) = form.value.get("questions") else {
        return Vec::new();
    };
    let fields: Vec<Field> = questions
        .entries()
        .iter()
        .filter_map(|entry| {
            let node = entry.value.get("question").unwrap_or(&entry.value);
            let text = node.text().filter(|text| !text.is_empty())?;
            let question = misplaced(places.sentence(text, &[]), node, &join(path, &entry.key), report)?;
            let offered = entry.value.get("choix");
            let expect = match offered {
                Some(offered) => {
                    options.push(offers(entry, offered, &join(path, &entry.key), report));
                    Expect::Option(options.len() - 1)
                }
                None => kind(entry.value.text_of("type").unwrap_or(&entry.key)),
            };
            let says_yes = |key| entry.value.text_of(key).is_some_and(|text| fold(text) == "oui");
            Some(Field {
                id: fold(&entry.key),
                label: spoken(&entry.key),
                question,
                expect,
                told: says_yes("déjà_dit"),
                open_day: says_yes("jour_ouvert"),
            })
        })
        .collect();
    if fields.len() > MOST_QUESTIONS {
        let count = fields.len();
        report.warn(
            questions.at,
            path,
            format!(
                "« {path} » : {count} questions, c'est long au téléphone ; {MOST_QUESTIONS} au plus, 3 pour bien faire"
            ),
        );
    }
    fields
}

/// What is sent to the caller.
fn sms(form: &Entry, path: &str, places: &mut Places, report: &mut Report) -> Option<String> {
    let node = form.value.get("sms")?;
    let text = node.text().filter(|text| !text.is_empty())?;
    misplaced(places.sentence(text, &["référence"]), node, &join(path, "sms"), report)
}

/// What a question offers.
fn offers(question: &Entry, offered: &Node, path: &str, report: &mut Report) -> Options {
    let texts: Vec<&str> = offered.items().iter().filter_map(Node::text).collect();
    if let Some(other) = question.value.get("type") {
        report.error(
            other.at,
            path,
            format!("« {path} » : « type » ne sert pas avec « choix » ; retirez l'un des deux"),
        );
    }
    if texts.len() < 2 {
        report.error(offered.at, path, format!("« {path} » : il faut au moins deux choix"));
    }
    if texts.len() > MOST_OPTIONS {
        let count = texts.len();
        let message = format!("« {path} » : {count} choix, c'est long à retenir ; {MOST_OPTIONS} au plus");
        report.warn(offered.at, path, message);
    }
    Options::new(texts)
}

/// "numéro_du_poteau" → "Numéro du poteau".
fn spoken(key: &str) -> String {
    let key = key.replace('_', " ");
    let mut letters = key.chars();
    letters
        .next()
        .map(|first| first.to_uppercase().chain(letters).collect())
        .unwrap_or_default()
}

/// The type of an answer, by its name in the language; what is none is free text.
fn kind(name: &str) -> Expect {
    answer_kind(name).unwrap_or(Expect::Text)
}

/// The type of an answer, by its name in the language.
pub fn answer_kind(name: &str) -> Option<Expect> {
    Some(match fold(name).as_str() {
        "nom" => Expect::Name,
        "telephone" => Expect::Phone,
        "date" => Expect::Date,
        "heure" => Expect::Time,
        "numero" => Expect::Digits,
        "oui_non" => Expect::YesNo,
        "adresse" => Expect::Address,
        "lieu" => Expect::Place,
        "courriel" => Expect::Email,
        "montant" => Expect::Amount,
        "texte" => Expect::Text,
        _ => return None,
    })
}

/// The form that a topic leads to; a name that is none is reported.
pub(super) fn named(root: &Node, node: &Node, forms: &[Form], path: &str, report: &mut Report) -> Option<usize> {
    let name = fold(node.text()?);
    let found = forms.iter().position(|form| form.id == name);
    if found.is_none() {
        let known = entries(root, "formulaires").iter().map(|e| e.key.as_str());
        unknown(node, "formulaire inconnu", path, known, report);
    }
    found
}
