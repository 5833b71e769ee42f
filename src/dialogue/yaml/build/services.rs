//! Services: their hours and fallbacks resolved, and no fallback that goes round in circles.

use std::collections::BTreeMap;

use super::super::super::hours::Schedule;
use super::super::super::plan::{Fallback, Service};
use super::super::format::extension;
use super::super::language::FALLBACKS;
use super::super::tree::{Entry, Node};
use super::super::walk::join;
use super::super::{Report, fold};
use super::{entries, unknown};

/// Builds the services in the order of the file.
pub(super) fn services(
    root: &Node,
    schedules: &BTreeMap<String, Schedule>,
    used: &mut Vec<String>,
    report: &mut Report,
) -> Vec<Service> {
    let all = entries(root, "services");
    let ids: Vec<String> = all.iter().map(|entry| fold(&entry.key)).collect();
    let mut services = Vec::new();
    for entry in all {
        let path = join("services", &entry.key);
        if FALLBACKS.contains(&fold(&entry.key).as_str()) {
            report.error(
                entry.at,
                &path,
                format!(
                    "« {} » ne peut pas être le nom d'un service : ce mot a un sens dans « repli »",
                    entry.key
                ),
            );
        }
        let schedule = entry.value.get("horaires").and_then(|node| {
            let name = fold(node.text()?);
            if !schedules.contains_key(&name) {
                let names = entries(root, "horaires").iter().map(|e| e.key.as_str());
                unknown(node, "horaires inconnus", &join(&path, "horaires"), names, report);
            }
            used.push(name.clone());
            Some(name)
        });
        let fallback = entry.value.get("repli").map_or(Fallback::Message, |node| {
            match fold(node.text().unwrap_or("message")).as_str() {
                "message" => Fallback::Message,
                "rien" => Fallback::Nothing,
                name => match ids.iter().position(|id| id == name) {
                    Some(other) => Fallback::Service(other),
                    None => {
                        let names = all.iter().map(|e| e.key.as_str()).chain(FALLBACKS);
                        unknown(node, "service inconnu", &join(&path, "repli"), names, report);
                        Fallback::Message
                    }
                },
            }
        });
        services.push(Service {
            id: fold(&entry.key),
            name: entry.value.text_of("nom").unwrap_or(&entry.key).to_owned(),
            extension: entry.value.text_of("poste").and_then(extension),
            schedule,
            fallback,
            mail: entry.value.text_of("courriel").map(str::to_owned),
        });
        if services
            .last()
            .is_some_and(|s| s.extension.is_none() && s.fallback == Fallback::Nothing)
        {
            report.warn(
                entry.at,
                &path,
                format!("« {path} » n'a pas de poste et ne prend pas de message : personne n'y est joignable"),
            );
        }
    }
    cycles(all, &services, report);
    services
}

/// A call that is passed on from fallback to fallback must come to an end.
fn cycles(entries: &[Entry], services: &[Service], report: &mut Report) {
    let mut told = vec![false; services.len()];
    for start in 0..services.len() {
        let mut way = vec![start];
        while let Fallback::Service(next) = services[way[way.len() - 1]].fallback {
            if let Some(first) = way.iter().position(|&s| s == next) {
                let round = &way[first..];
                // Told once, at the first service of the round.
                if first == 0 && !round.iter().any(|&s| told[s]) {
                    let names: Vec<&str> = round.iter().chain([&next]).map(|&s| entries[s].key.as_str()).collect();
                    let path = format!("services.{}.repli", entries[start].key);
                    let node = entries[start].value.get("repli").unwrap_or(&entries[start].value);
                    report.error(
                        node.at,
                        &path,
                        format!(
                            "les replis tournent en rond : {} ; finissez par « message »",
                            names.join(" → ")
                        ),
                    );
                    round.iter().for_each(|&s| told[s] = true);
                }
                break;
            }
            way.push(next);
        }
    }
}
