//! Forms: what a request needs, question by question.

use super::super::super::plan::{Field, FieldKind, Form, Service};
use super::super::template::Places;
use super::super::tree::{Entry, Node};
use super::super::walk::join;
use super::super::{Report, fold};
use super::{entries, misplaced, service, unknown};

/// More questions than this, and callers hang up.
const MOST_QUESTIONS: usize = 8;

/// Builds the forms in the order of the file.
pub(super) fn forms(root: &Node, services: &[Service], places: &mut Places, report: &mut Report) -> Vec<Form> {
    let mut forms = Vec::new();
    for entry in entries(root, "formulaires") {
        let path = join("formulaires", &entry.key);
        let service = entry
            .value
            .get("service")
            .and_then(|node| service(root, node, services, &join(&path, "service"), report));
        forms.push(Form {
            id: fold(&entry.key),
            label: entry.value.text_of("nom").unwrap_or(&entry.key).to_owned(),
            service: service.unwrap_or(0),
            fields: fields(entry, &join(&path, "questions"), places, report),
        });
    }
    forms
}

fn fields(form: &Entry, path: &str, places: &mut Places, report: &mut Report) -> Vec<Field> {
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
            let kind = kind(entry.value.text_of("type").unwrap_or(&entry.key));
            Some(Field {
                id: fold(&entry.key),
                label: spoken(&entry.key),
                question,
                kind,
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

/// "numéro_du_poteau" → "Numéro du poteau".
fn spoken(key: &str) -> String {
    let key = key.replace('_', " ");
    let mut letters = key.chars();
    letters
        .next()
        .map(|first| first.to_uppercase().chain(letters).collect())
        .unwrap_or_default()
}

/// The type of an answer, by its name in the language.
fn kind(name: &str) -> FieldKind {
    match fold(name).as_str() {
        "nom" => FieldKind::Name,
        "telephone" => FieldKind::Phone,
        "date" => FieldKind::Date,
        "heure" => FieldKind::Time,
        "numero" => FieldKind::Digits,
        "oui_non" => FieldKind::YesNo,
        _ => FieldKind::Text,
    }
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
