//! The shape of a plan, checked against the table: keys, types, what is missing, what is empty.

use super::format::Format;
use super::language::{Field, Kind, PLAN, RESERVED, home};
use super::tree::{Data, Node};
use super::{At, Report, did_you_mean, fold};

/// Checks the whole file.
pub(super) fn walk(root: &Node, report: &mut Report) {
    group(root, PLAN, "", At { line: 1, column: 1 }, report);
}

/// "sujets" and "pacs" → "sujets.pacs".
pub(super) fn join(path: &str, key: &str) -> String {
    if path.is_empty() {
        key.to_owned()
    } else {
        format!("{path}.{key}")
    }
}

/// Checks a value; `at` is the place of its key, where what is missing is reported.
fn value(node: &Node, kind: &'static Kind, path: &str, at: At, example: &str, report: &mut Report) {
    if matches!(node.data, Data::Nothing) {
        if !matches!(kind, Kind::Text(format) if format.may_be_empty()) {
            report.error(at, path, format!("« {path} » est vide ; {}", such_as(example)));
        }
        return;
    }
    match (kind, &node.data) {
        (_, Data::Refused) => {}
        (Kind::Text(format) | Kind::TextOrGroup(format, _) | Kind::TextOrList(format), Data::Text(_)) => {
            text(node, *format, path, example, report)
        }
        (Kind::Choice(words), Data::Text(_)) => choice(node, words, path, report),
        (Kind::List(format) | Kind::TextOrList(format), Data::List(items)) => {
            if items.is_empty() {
                report.error(
                    at,
                    path,
                    format!("« {path} » est une liste vide ; {}", such_as(example)),
                );
            }
            for (n, item) in items.iter().enumerate() {
                value(
                    item,
                    one_of(*format),
                    &format!("{path}[{}]", n + 1),
                    item.at,
                    "- …",
                    report,
                );
            }
        }
        (Kind::Group(fields) | Kind::TextOrGroup(_, fields), Data::Map(_)) => group(node, fields, path, at, report),
        (Kind::Entries { .. }, Data::Map(_)) => entries(node, kind, path, at, example, report),
        _ => {
            let hint = hint(kind, node).unwrap_or_else(|| such_as(example));
            let message = format!(
                "« {path} » : il faut {}, mais c'est {} ; {hint}",
                expected(kind),
                found(node)
            );
            report.error(node.at, path, message);
        }
    }
}

/// The items of a list are texts like others.
fn one_of(format: Format) -> &'static Kind {
    match format {
        Format::Called => &Kind::Text(Format::Called),
        Format::Example => &Kind::Text(Format::Example),
        Format::Extension => &Kind::Text(Format::Extension),
        _ => &Kind::Text(Format::Name),
    }
}

fn text(node: &Node, format: Format, path: &str, example: &str, report: &mut Report) {
    let Data::Text(text) = &node.data else { return };
    if text.value.trim().is_empty() {
        report.error(node.at, path, format!("« {path} » est vide ; {}", such_as(example)));
        return;
    }
    if let Err((at, message)) = format.check(text.value.trim()) {
        report.error(node.at_char(at), path, format!("« {path} » : {message}"));
    }
    if let Some(comment) = text.comment.as_deref().filter(|_| format.is_prose()) {
        let message = format!(
            "« #{comment} » n'est pas lu (c'est un commentaire) ; si cela fait partie du texte, mettez tout entre guillemets"
        );
        report.warn(node.at, path, message);
    }
}

fn choice(node: &Node, words: &'static [(&'static str, &'static str)], path: &str, report: &mut Report) {
    let typed = node.text().unwrap_or_default();
    if !words.iter().any(|(word, _)| fold(word) == fold(typed)) {
        let names = || words.iter().map(|(word, _)| *word);
        let hint = did_you_mean(typed, names()).unwrap_or_default();
        let all = names().map(|word| format!("« {word} »")).collect::<Vec<_>>().join(", ");
        report.error(
            node.at,
            path,
            format!("« {path} » : « {typed} » n'est pas prévu, il faut {all}{hint}"),
        );
    }
}

fn group(node: &Node, fields: &'static [Field], path: &str, at: At, report: &mut Report) {
    if !matches!(node.data, Data::Map(_)) {
        let message = format!(
            "un plan est fait de clés comme « ville: Valbourg », mais ce fichier est {}",
            found(node)
        );
        report.error(node.at, path, message);
        return;
    }
    for (n, entry) in node.entries().iter().enumerate() {
        let path = join(path, &entry.key);
        let known = fields.iter().find(|field| fold(field.name) == fold(&entry.key));
        let Some(field) = known else {
            unknown(&entry.key, fields, &path, entry.at, report);
            continue;
        };
        if node.entries()[..n]
            .iter()
            .any(|before| fold(&before.key) == fold(&entry.key))
        {
            report.error(
                entry.at,
                &path,
                format!("la clé « {} » est déjà plus haut au même endroit", entry.key),
            );
            continue;
        }
        value(&entry.value, &field.kind, &path, entry.at, field.example, report);
    }
    let missing = |field: &&Field| field.required && node.get(field.name).is_none() && !node.nearly_has(field.name);
    for field in fields.iter().filter(missing) {
        let place = if path.is_empty() {
            "au premier niveau".to_owned()
        } else {
            format!("dans « {path} »")
        };
        report.error(
            at,
            path,
            format!("il manque « {} » {place} ; {}", field.name, such_as(field.example)),
        );
    }
}

fn unknown(key: &str, fields: &'static [Field], path: &str, at: At, report: &mut Report) {
    let parent = path.strip_suffix(key).unwrap_or_default().trim_end_matches('.');
    let place = if parent.is_empty() {
        String::new()
    } else {
        format!(" dans « {parent} »")
    };
    let reserved = RESERVED
        .iter()
        .find(|(name, _)| parent.is_empty() && fold(name) == fold(key));
    if let Some((name, what)) = reserved {
        report.error(
            at,
            path,
            format!("« {name} » : {what} sont prévus pour une version à venir ; retirez cette clé pour l'instant"),
        );
        return;
    }
    let hint = did_you_mean(key, fields.iter().map(|field| field.name))
        .or_else(|| home(key).map(|home| format!(" ; elle se met dans « {home} »")))
        .unwrap_or_else(|| {
            format!(
                " ; clés possibles : {}",
                fields.iter().map(|f| f.name).collect::<Vec<_>>().join(", ")
            )
        });
    report.error(at, path, format!("clé inconnue « {key} »{place}{hint}"));
}

fn entries(node: &Node, kind: &'static Kind, path: &str, at: At, example: &str, report: &mut Report) {
    let Kind::Entries { one, naming, each, .. } = kind else {
        return;
    };
    if node.entries().is_empty() {
        report.error(
            at,
            path,
            format!("« {path} » est vide, il y faut {one} ; {}", such_as(example)),
        );
    }
    for (n, entry) in node.entries().iter().enumerate() {
        let path = join(path, &entry.key);
        if let Err((at, message)) = naming.check(&entry.key) {
            report.error(
                At {
                    column: entry.at.column + at,
                    ..entry.at
                },
                &path,
                message,
            );
        }
        if node.entries()[..n]
            .iter()
            .any(|before| fold(&before.key) == fold(&entry.key))
        {
            report.error(
                entry.at,
                &path,
                format!("« {} » est déjà plus haut au même endroit", entry.key),
            );
        }
        let example = match each {
            Kind::Text(_) => format!("{}: …", entry.key),
            Kind::TextOrGroup(..) => format!("{}: Mo-Fr 08:30-12:00", entry.key),
            Kind::Group(fields) => fields[0].example.to_owned(),
            _ => example.to_owned(),
        };
        value(&entry.value, each, &path, entry.at, &example, report);
    }
}

fn expected(kind: &Kind) -> String {
    match kind {
        Kind::Text(format) => format.what().to_owned(),
        Kind::TextOrGroup(format, _) => format!("{} ou un groupe de clés", format.what()),
        Kind::Choice(_) => "un mot".to_owned(),
        Kind::TextOrList(format) => format!("{} ou une liste", format.what()),
        Kind::List(_) => "une liste (une ligne par élément, avec « - » devant)".to_owned(),
        Kind::Group(fields) => format!(
            "un groupe de clés ({}…)",
            fields.iter().take(3).map(|f| f.name).collect::<Vec<_>>().join(", ")
        ),
        Kind::Entries { one, .. } => format!("{one} par entrée, sous son nom"),
    }
}

fn found(node: &Node) -> String {
    match &node.data {
        Data::Nothing | Data::Refused => "vide".to_owned(),
        Data::Text(text) => format!("le texte « {} »", shorten(&text.value)),
        Data::List(_) => "une liste".to_owned(),
        Data::Map(entries) => match entries.first() {
            Some(first) => format!("un groupe de clés (« {} »)", shorten(&first.key)),
            None => "un groupe vide".to_owned(),
        },
    }
}

/// What most often turns a text into something else.
fn hint(kind: &Kind, node: &Node) -> Option<String> {
    match (kind, &node.data) {
        (Kind::Text(_), Data::Map(entries)) => Some(match entries.first() {
            Some(first) if first.at.line == node.at.line && first.at.column == node.at.column => {
                "si c'est un texte qui contient « : », mettez-le entre guillemets".to_owned()
            }
            _ => "un texte qui commence par « { » se met entre guillemets".to_owned(),
        }),
        (Kind::Text(_), Data::List(_)) => {
            Some("un seul texte, sans « - » ni crochets devant ; des guillemets s'il commence par « [ »".to_owned())
        }
        (Kind::List(_), Data::Text(text)) => Some(format!("écrivez « - {} » à la ligne", shorten(&text.value))),
        _ => None,
    }
}

fn such_as(example: &str) -> String {
    let mut lines = example.lines();
    let first = lines.next().unwrap_or_default();
    match lines.next() {
        Some(second) => format!("exemple : « {first} », puis à la ligne « {second} »"),
        None => format!("exemple : « {first} »"),
    }
}

/// The beginning of a text, for a message.
pub(super) fn shorten(text: &str) -> String {
    let text = text.trim();
    if text.chars().count() <= 40 {
        text.to_owned()
    } else {
        text.chars().take(38).chain("…".chars()).collect()
    }
}
