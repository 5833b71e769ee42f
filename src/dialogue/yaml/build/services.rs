//! Services: their hours and fallbacks resolved, and no fallback that goes round in circles.

use std::collections::BTreeMap;
use std::time::Duration;

use super::super::super::hours::Schedule;
use super::super::super::plan::{Attended, CONSOLE, Fallback, Passing, Service};
use super::super::format::{extension, ring_of};
use super::super::language::FALLBACKS;
use super::super::tree::{Entry, Node};
use super::super::walk::join;
use super::super::{Report, fold};
use super::{entries, queue, recording, unknown};

/// Most extensions of a service: as many telephones may ring at once for one call.
const MOST_EXTENSIONS: usize = 8;
/// How long each rings, where the plan does not say.
const RING: Duration = Duration::from_secs(20);

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
        let passing = passing(&entry.value, &path, report);
        services.push(Service {
            id: fold(&entry.key),
            name: entry.value.text_of("nom").unwrap_or(&entry.key).to_owned(),
            extensions: extensions(&entry.value, &path, report),
            passing,
            queue: queue::queue(&entry.value, passing, &path, report),
            schedule,
            fallback,
            mail: entry.value.text_of("courriel").map(str::to_owned),
        });
        if services
            .last()
            .is_some_and(|s| s.extensions.is_empty() && s.fallback == Fallback::Nothing)
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

/// Where the service rings.
fn extensions(service: &Node, path: &str, report: &mut Report) -> Vec<String> {
    let (nodes, path) = (posts(service), join(path, "poste"));
    let mut extensions = Vec::new();
    for node in nodes {
        let Some(extension) = node.text().and_then(extension) else {
            continue;
        };
        if extensions.contains(&extension) {
            let message = format!("« {path} » : le poste « {extension} » y est déjà ; retirez l'un des deux");
            report.error(node.at, &path, message);
        }
        extensions.push(extension);
    }
    if let Some(node) = nodes.get(MOST_EXTENSIONS) {
        let message = format!(
            "« {path} » : {MOST_EXTENSIONS} postes au plus ; pour en faire sonner davantage, donnez le numéro d'un groupe \
             d'appel de l'autocommutateur"
        );
        report.error(node.at, &path, message);
    }
    extensions
}

/// What is written of where it rings.
fn posts(service: &Node) -> &[Node] {
    service.get("poste").map_or(&[], |node| match node.items() {
        [] => std::slice::from_ref(node),
        items => items,
    })
}

/// How calls are passed to it.
fn passing(service: &Node, path: &str, report: &mut Report) -> Passing {
    let says = |key: &str, word: &str| service.text_of(key).is_some_and(|text| fold(text) == fold(word));
    if says("transfert", "accompagné") {
        return Passing::Attended(Attended {
            together: !says("sonnerie", "tour à tour"),
            ring: service.text_of("sonne").and_then(ring_of).unwrap_or(RING),
            by_pbx: says("remise", "autocommutateur"),
            shows_number: says("affiche", "numéro"),
            recorded: recording::recorded(service, path, report),
        });
    }
    recording::recorded(service, path, report);
    for key in ["sonnerie", "sonne", "remise", "affiche"] {
        if let Some(node) = service.get(key) {
            let path = join(path, key);
            let message = format!("« {path} » ne sert qu'avec « transfert: accompagné »");
            report.warn(node.at, &path, message);
        }
    }
    let is_console = |node: &&Node| node.text().and_then(extension).is_some_and(|post| post == CONSOLE);
    if let Some(node) = posts(service).iter().find(is_console) {
        let path = join(path, "poste");
        let message = format!(
            "« {path} » : l'autocommutateur ne fait pas sonner la console ; ajoutez « transfert: accompagné » au service"
        );
        report.error(node.at, &path, message);
    }
    Passing::Blind
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
