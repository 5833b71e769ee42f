//! What the table gives besides the check: the JSON Schema for editors and the reference for the README.

use serde_json::{Map, Value, json};

use super::fold;
use super::format::Naming;
use super::language::{Field, Kind, PLAN, phrase_keys};
use super::walk::join;
use crate::understand::catalogue;

/// The language as a JSON Schema (draft 2020-12), for editors that complete and check YAML as it is typed.
pub fn schema() -> Value {
    let mut schema = group(PLAN);
    schema["$schema"] = json!("https://json-schema.org/draft/2020-12/schema");
    schema["title"] = json!("Plan d'appel Allô");
    schema
}

fn group(fields: &'static [Field]) -> Value {
    let mut properties = Map::new();
    let mut without_accents = Map::new();
    for field in fields {
        let mut value = kind(&field.kind);
        value["description"] = json!(field.about);
        if !field.name.is_ascii() {
            without_accents.insert(format!("^{}$", fold(field.name)), value.clone());
        }
        properties.insert(field.name.to_owned(), value);
    }
    let required: Vec<&str> = fields
        .iter()
        .filter(|field| field.required)
        .map(|field| field.name)
        .collect();
    let mut group =
        json!({ "type": "object", "properties": properties, "required": required, "additionalProperties": false });
    if !without_accents.is_empty() {
        group["patternProperties"] = Value::Object(without_accents);
    }
    group
}

fn kind(kind_: &'static Kind) -> Value {
    match kind_ {
        Kind::Text(format) => format.schema(),
        Kind::Choice(words) => {
            let words = words.iter().flat_map(|(word, _)| [(*word).to_owned(), fold(word)]);
            let mut all: Vec<String> = words.collect();
            all.dedup();
            json!({ "enum": all })
        }
        Kind::List(format) => json!({ "type": "array", "items": format.schema(), "minItems": 1 }),
        Kind::TextOrList(format) => json!({
            "anyOf": [format.schema(), { "type": "array", "items": format.schema(), "minItems": 1 }]
        }),
        Kind::Group(fields) => group(fields),
        Kind::TextOrGroup(format, fields) => json!({ "anyOf": [format.schema(), group(fields)] }),
        Kind::Entries { naming, each, .. } => match naming {
            Naming::Phrase => {
                let phrases = phrase_keys().map(|(key, default)| {
                    let mut value = kind(each);
                    value["description"] = json!(default);
                    (key.to_owned(), value)
                });
                json!({ "type": "object", "properties": phrases.collect::<Map<_, _>>() })
            }
            Naming::Tone => json!({
                "type": "object", "patternProperties": { "^[1-9]$": kind(each) }, "additionalProperties": false
            }),
            Naming::Free | Naming::Closure | Naming::Opening => {
                json!({ "type": "object", "additionalProperties": kind(each), "minProperties": 1 })
            }
        },
    }
}

/// Each key with what it is for and one example, in Markdown.
pub fn reference() -> String {
    let mut page = String::new();
    fields(PLAN, "", &mut page);
    page.push_str(
        "### Les phrases de la machine\n\nÀ mettre sous `phrases`, si vous voulez les dire autrement. \
                   Gardez les places entre accolades.\n\n| clé | ce qui est dit par défaut |\n| --- | --- |\n",
    );
    for (key, default) in phrase_keys() {
        page.push_str(&format!("| `{key}` | {default} |\n"));
    }
    page.push_str(
        "\n### Les sujets qu'Allô connaît\n\nSous l'un de ces noms, un sujet se passe d'exemples. Ceux que votre plan n'a pas \
         apprennent à la machine ce qu'elle ne doit pas répondre.\n\n| nom | ce que c'est | phrases connues |\n| --- | --- | --- |\n",
    );
    for subject in catalogue::subjects() {
        page.push_str(&format!(
            "| `{}` | {} | {} |\n",
            subject.id,
            subject.name,
            subject.sentences.len()
        ));
    }
    page
}

fn fields(all: &'static [Field], prefix: &str, page: &mut String) {
    for field in all {
        let path = join(prefix, field.name);
        let need = if field.required { " (obligatoire)" } else { "" };
        page.push_str(&format!("### `{path}`{need}\n\n{}\n\n", field.about));
        if let Kind::Choice(words) = &field.kind {
            for (word, meaning) in *words {
                page.push_str(&format!("- `{word}` : {meaning}\n"));
            }
            page.push('\n');
        }
        page.push_str(&format!("```yaml\n{}\n```\n\n", field.example));
        inside(&field.kind, &path, page);
    }
}

fn inside(kind: &'static Kind, path: &str, page: &mut String) {
    match kind {
        Kind::Group(inner) | Kind::TextOrGroup(_, inner) => fields(inner, path, page),
        Kind::Entries { shown, each, .. } => inside(each, &join(path, shown), page),
        Kind::Text(_) | Kind::Choice(_) | Kind::List(_) | Kind::TextOrList(_) => {}
    }
}
