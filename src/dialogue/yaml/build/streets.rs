//! The streets of the town: from the file that `rues` names, and from the town's own words.

use super::super::tree::Node;
use super::super::{Report, fold};
use crate::understand::address::{self, Streets};

/// Columns of the national address base's export (adresse.data.gouv.fr, "base adresse nationale", CSV).
const STREET: &str = "nom_voie";
const TOWN: &str = "nom_commune";

/// The streets; what is wrong with their file is reported where the plan names it.
pub(super) fn streets(root: &Node, town: &str, words: &[String], report: &mut Report) -> Streets {
    let file = root.get("rues").and_then(|node| Some((node, node.text()?)));
    let named = file.map(|(node, name)| {
        read(name, town, report).unwrap_or_else(|why| {
            report.error(node.at, "rues", format!("« rues » : {name} : {why}"));
            Vec::new()
        })
    });
    let words = words.iter().filter(|word| address::is_a_way(word));
    let all = named.into_iter().flatten().chain(words.cloned());
    Streets::new(all.collect::<Vec<_>>().iter().map(String::as_str))
}

fn read(name: &str, town: &str, report: &Report) -> Result<Vec<String>, String> {
    let text = report.text(name)?;
    let text = text.trim_start_matches('\u{feff}');
    let header = text.lines().next().unwrap_or_default();
    let found = if header.contains(STREET) {
        table(text, header, town)?
    } else {
        let lines = text.lines().map(str::trim);
        lines
            .filter(|line| !line.is_empty() && !line.starts_with('#'))
            .map(str::to_owned)
            .collect()
    };
    if found.is_empty() {
        return Err("aucune rue ; il faut une rue par ligne, ou le fichier CSV de la base adresse nationale".into());
    }
    Ok(found)
}

/// The streets of `town` in an export of the national address base; all of them where it is not among the towns.
fn table(text: &str, header: &str, town: &str) -> Result<Vec<String>, String> {
    let delimiter = if header.contains(';') { b';' } else { b',' };
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .from_reader(text.as_bytes());
    let wrong = |error: csv::Error| format!("CSV illisible ({error})");
    let headers = reader.headers().map_err(wrong)?;
    let column = |name: &str| headers.iter().position(|header| header == name);
    let (street, commune) = (column(STREET), column(TOWN));
    let mut all = Vec::new();
    for row in reader.records() {
        let row = row.map_err(wrong)?;
        let cell = |column: Option<usize>| {
            column
                .and_then(|column| row.get(column))
                .unwrap_or_default()
                .trim()
                .to_owned()
        };
        all.push((address::as_written(&cell(street)), fold(&cell(commune)) == fold(town)));
    }
    let ours = all.iter().any(|(_, ours)| *ours);
    let mut streets: Vec<String> = all
        .into_iter()
        .filter(|(name, is_ours)| !name.is_empty() && *is_ours == ours)
        .map(|(name, _)| name)
        .collect();
    streets.sort_unstable();
    streets.dedup();
    Ok(streets)
}
