//! Which service of the town is asked for by its name: "vous pouvez me passer l'urbanisme ?".

use std::collections::HashMap;

use super::phonetic;
use super::{colloquial, normalise};

/// Words of a service's name that don't tell it from others.
const COMMON: &[&str] = &[
    "le",
    "la",
    "les",
    "l",
    "de",
    "du",
    "des",
    "d",
    "et",
    "a",
    "au",
    "aux",
    "service",
    "services",
    "mairie",
    "ville",
    "bureau",
    "municipal",
    "municipale",
    "municipaux",
    "communal",
    "communale",
    "centre",
    "pole",
    "direction",
    "guichet",
    "agence",
    "un",
    "une",
];
/// Words after which a service is named where it is spoken of without being asked for, beside the common ones.
const BEFORE: &[&str] = &[
    "horaire",
    "horaires",
    "ouverture",
    "ouvre",
    "ouvert",
    "ferme",
    "fermeture",
    "alors",
    "que",
    "qu",
    "mais",
    "pour",
    "bonjour",
    "point",
    "comptoir",
    "petite",
];
/// What a word counts that only stands for the one of the name.
const STANDS_FOR: f32 = 0.7;
/// Ways to ask for a service.
const REACH: &[&str] = &[
    "passez",
    "passer",
    "passe",
    "parler",
    "joindre",
    "relation",
    "transferez",
    "transferer",
    "transfert",
    "contacter",
    "mettez",
    "avoir",
    "quelqu",
    "quelqun",
    "agent",
    "redirigez",
    "diriger",
    "basculez",
    "appeler",
    "discuter",
    "voir",
    "responsable",
];
/// Share of a name's telling words (by weight) that must be heard.
const ENOUGH: f32 = 0.6;
/// How far a heard word may be from the one of the name (see [`phonetic::distance`]).
const NEAR: f32 = 0.25;

/// The names of the services.
#[derive(Clone, Debug)]
pub struct Services {
    /// For each way to call a service: which one, and the keys of its telling words with their weights.
    names: Vec<(usize, Vec<(String, f32)>)>,
}

impl Services {
    /// One text for each service: its name, and other ways to call it after commas.
    pub fn new(services: &[String]) -> Self {
        let mut spoken: Vec<(usize, Vec<String>)> = Vec::new();
        for (index, names) in services.iter().enumerate() {
            for name in names.split([',', ';', '(', ')']) {
                let words: Vec<String> = normalise::folded_words(name);
                let telling: Vec<String> = words
                    .iter()
                    .filter(|w| !COMMON.contains(&w.as_str()))
                    .map(|w| phonetic::key(w))
                    .collect();
                // "centre communal d'action sociale" is also the CCAS.
                let long = words.iter().filter(|w| w.len() > 3);
                let acronym: String = long.filter_map(|w| w.chars().next()).collect();
                if telling.len() > 1 && acronym.len() >= 3 {
                    spoken.push((index, vec![phonetic::key(&acronym)]));
                }
                if !telling.is_empty() {
                    spoken.push((index, telling));
                }
            }
        }
        let mut uses: HashMap<String, usize> = HashMap::new();
        for key in spoken.iter().flat_map(|(_, keys)| keys) {
            *uses.entry(key.clone()).or_default() += 1;
        }
        let weigh = |key: String| {
            let weight = key.chars().count() as f32 / uses[&key] as f32;
            (key, weight)
        };
        Self {
            names: spoken
                .into_iter()
                .map(|(index, keys)| (index, keys.into_iter().map(weigh).collect()))
                .collect(),
        }
    }

    /// The service that `text` asks for by its name, if it asks for one.
    pub fn named(&self, text: &str) -> Option<usize> {
        let words = normalise::telling_words(&colloquial::joined(text).join(" "));
        let words: Vec<String> = words.into_iter().map(|w| w.folded).collect();
        let is = |at: usize, any: &[&str]| words.get(at).is_some_and(|word| any.contains(&word.as_str()));
        let asks = (0..words.len()).any(|at| {
            // "Je dois passer à l'urbanisme" is about going there.
            let is_done_to_me = |at: usize| at > 0 && is(at - 1, &["me", "nous"]) || is(at + 1, &["moi", "nous"]);
            is(at, REACH) && (!is(at, &["passer", "passe"]) || is_done_to_me(at))
        });
        let keys: Vec<String> = words.iter().map(|w| phonetic::key(w)).collect();
        let mut best: Option<(f32, usize)> = None;
        for (service, name) in &self.names {
            let heard = |key: &str| keys.iter().any(|k| is_heard(k, key));
            let total: f32 = name.iter().map(|(_, weight)| weight).sum();
            let found: f32 = name
                .iter()
                .filter(|(key, _)| heard(key))
                .map(|(_, weight)| weight)
                .sum();
            // A name and nothing else asks too: "l'urbanisme, s'il vous plaît".
            let telling = words.iter().filter(|w| !COMMON.contains(&w.as_str())).count();
            let alone = telling <= name.len()
                || (telling <= name.len() + 2 && words.iter().any(|w| w == "service" || w == "services"));
            let share = found / total.max(1e-6);
            if share >= ENOUGH && (asks || alone) && best.is_none_or(|(least, _)| share * found > least) {
                best = Some((share * found, *service));
            }
        }
        best.map(|(_, service)| service)
    }

    /// The service that `text` speaks of by its name, whatever is asked about it: "l'urbanisme est ouvert le mardi ?". The
    /// name begins its group of words: the "vacances scolaires" are no "service scolaire".
    pub fn spoken_of(&self, text: &str) -> Option<usize> {
        let words = colloquial::joined(text);
        let begins = |at: usize| {
            let before = at.checked_sub(1).map(|before| words[before].as_str());
            before.is_none_or(|word| COMMON.contains(&word) || BEFORE.contains(&word))
        };
        let keys: Vec<String> = words.iter().map(|word| phonetic::key(word)).collect();
        let mut best: Option<(f32, usize)> = None;
        for (service, name) in &self.names {
            let heard = name.iter().filter_map(|(key, weight)| {
                let exact = keys
                    .iter()
                    .position(|heard| is_heard(heard, key))
                    .map(|at| (at, *weight));
                let short = || keys.iter().position(|heard| is_short_for(heard, key));
                exact.or_else(|| Some((short()?, weight * STANDS_FOR)))
            });
            let (first, found) = heard.fold((usize::MAX, 0.0), |(first, sum), (at, weight)| {
                (first.min(at), sum + weight)
            });
            let total: f32 = name.iter().map(|(_, weight)| weight).sum();
            let share = found / total.max(1e-6);
            if share >= ENOUGH && begins(first) && best.is_none_or(|(least, _)| share * found > least) {
                best = Some((share * found, *service));
            }
        }
        best.map(|(_, service)| service)
    }
}

/// Whether the key of a heard word is this one of a name.
fn is_heard(heard: &str, key: &str) -> bool {
    heard == key || (key.chars().count() > 3 && phonetic::distance(heard, key) <= NEAR)
}

/// Whether a heard word is the noun that this one of a name is made of: "la poste" is the "agence postale".
fn is_short_for(heard: &str, key: &str) -> bool {
    heard.chars().count() > 3 && key.starts_with(heard)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn services_by_name() {
        let services = Services::new(&[
            "l'accueil de la mairie".into(),
            "le service de l'état civil".into(),
            "le service de l'urbanisme, permis de construire".into(),
            "le service scolaire".into(),
            "les services techniques, la voirie".into(),
            "la police municipale".into(),
            "le centre communal d'action sociale".into(),
            "le service de la vie associative".into(),
        ]);
        for (text, service) in [
            ("Vous pouvez me passer le service urbanisme ?", Some(2)),
            ("L'urbanisme s'il vous plaît", Some(2)),
            ("Passez-moi l'état civil", Some(1)),
            ("Je voudrais parler au service technique", Some(4)),
            ("Passez moi le service technic", Some(4)),
            ("Je voudrais quelqu'un du service scolaire", Some(3)),
            ("Le CCAS s'il vous plaît", Some(6)),
            ("Je peux avoir l'action sociale ?", Some(6)),
            ("La police municipale", Some(5)),
            ("Mettez-moi en relation avec la vie associative", Some(7)),
            ("Passez-moi le service hurbanisme", Some(2)),
            ("Je voudrais un acte d'état civil pour mon mariage", None),
            ("Je voudrais parler à un agent", None),
            ("Il y a un trou dans la voirie devant chez moi", None),
            ("Bonjour", None),
            ("Passez-moi le service comptabilité", None),
            ("Le C.C.A.S., s'il vous plaît", Some(6)),
            ("Pourriez-vous me passer l'urbanisme", Some(2)),
            ("On m'a dit de passer à l'état civil avec deux photos", None),
            ("Je dois passer le contrôle technique", None),
        ] {
            assert_eq!(services.named(text), service, "{text}");
        }
    }

    #[test]
    fn services_that_are_spoken_of() {
        let services = Services::new(&[
            "le service de l'urbanisme".into(),
            "le service scolaire".into(),
            "la police municipale".into(),
            "le centre communal d'action sociale".into(),
            "agence postale".into(),
        ]);
        for (text, service) in [
            ("le service urbanisme est ouvert le mardi ?", Some(0)),
            ("le service scolaire il reçoit mercredi ?", Some(1)),
            ("pendant les vacances scolaires vous ouvrez quand", None),
            ("la police municipale, présence au poste le samedi", Some(2)),
            ("à quelle heure ouvre le CCAS demain", Some(3)),
            ("le c c a s c'est ouvert mercredi matin", Some(3)),
            ("la poste est ouverte demain après-midi ?", Some(4)),
            ("la trésorerie, vous êtes ouverts quand", None),
        ] {
            assert_eq!(services.spoken_of(text), service, "{text}");
        }
    }
}
