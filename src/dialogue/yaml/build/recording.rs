//! Conversations with clerks that are recorded: only where they go through us, and nobody is recorded without knowing it.

use super::super::tree::Node;
use super::super::walk::join;
use super::super::{Report, fold};
use super::entries;

const KEY: &str = "enregistrement";
/// Words after which "enregistré" says the contrary (folded).
const DENIALS: [&str; 4] = ["pas_", "jamais_", "ni_", "rien_n_est_"];

/// Whether what a service's callers and clerks say to each other is recorded.
pub(super) fn recorded(service: &Node, path: &str, report: &mut Report) -> bool {
    let Some(node) = wanted(service) else { return false };
    let path = join(path, KEY);
    let says = |key: &str, word: &str| service.text_of(key).is_some_and(|text| fold(text) == fold(word));
    if !says("transfert", "accompagné") {
        let message = format!(
            "« {path} » : la conversation ne passe pas par Allô, qui ne peut pas l'enregistrer ; ajoutez « transfert: accompagné » \
             au service"
        );
        report.error(node.at, &path, message);
    } else if says("remise", "autocommutateur") {
        let message = format!(
            "« {path} » : l'autocommutateur reprend l'appel, qu'Allô ne peut plus enregistrer ; écrivez « remise: pont »"
        );
        report.error(node.at, &path, message);
    } else if service.get("poste").is_none() {
        let message = format!("« {path} » ne sert qu'à un service qui a un poste");
        report.warn(node.at, &path, message);
    }
    true
}

/// Callers must know before it matters (article 13 of the GDPR): the notice of each call tells them, and the announcement, just
/// before, how to refuse.
pub(super) fn is_told(root: &Node, report: &mut Report) {
    let services = entries(root, "services").iter();
    let Some((entry, node)) = services.filter_map(|entry| Some((entry, wanted(&entry.value)?))).next() else {
        return;
    };
    if !root.text_of("mention").is_some_and(|text| tells(&fold(text))) {
        let path = join(&join("services", &entry.key), KEY);
        let message = "avec « enregistrement: oui », les appelants doivent le savoir : ajoutez « mention », par exemple « mention: \
                       Votre conversation avec un agent peut être enregistrée, pour garder trace des réclamations. »";
        report.error(node.at, &path, message);
    }
    let own = entries(root, "phrases").iter().find(|own| fold(&own.key) == KEY);
    let own = own.and_then(|own| Some((own, fold(own.value.text()?))));
    if let Some((own, text)) = own
        && !(tells(&text) && (text.contains("neuf") || text.contains('9')))
    {
        let path = join("phrases", &own.key);
        let message = format!(
            "« {path} » doit dire que la conversation est enregistrée, et que la touche 9 refuse, comme « Cette conversation est \
             enregistrée. Pour refuser, tapez neuf. »"
        );
        report.error(own.value.at, &path, message);
    }
}

fn wanted(service: &Node) -> Option<&Node> {
    let node = service.get(KEY)?;
    node.text().is_some_and(|text| fold(text) == "oui").then_some(node)
}

/// Whether a text (folded) says somewhere that something is recorded, and not only that it is not.
fn tells(text: &str) -> bool {
    let is_said = |(at, _): (usize, &str)| !DENIALS.iter().any(|denial| text[..at].ends_with(denial));
    text.match_indices("enregistr").any(is_said)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_notice_tells_of_it_and_does_not_deny_it() {
        for (text, told) in [
            ("Votre conversation peut être enregistrée.", true),
            (
                "Vos paroles ne sont pas enregistrées ; la conversation avec un agent est enregistrée.",
                true,
            ),
            ("Cet appel n'est pas enregistré.", false),
            ("Vos paroles ne sont ni enregistrées ni gardées.", false),
            ("Rien n'est enregistré.", false),
            ("Un programme vous répond.", false),
        ] {
            assert_eq!(tells(&fold(text)), told, "{text}");
        }
    }
}
