//! What somebody says who has picked up the telephone that we ring: they take the call, they do not, or it is a machine.

use super::normalise;

/// What whoever picks up means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AtDesk {
    /// No words.
    Nothing,
    /// A voicemail greets.
    Machine,
    /// They will not take the call.
    Declines,
    /// Anything else that a person says.
    Speaks,
}

/// Said by voicemails, and hardly by who picks up.
const MACHINE: &[&str] = &[
    "repondeur",
    "messagerie",
    "boite vocale",
    "apres le bip",
    "apres le signal",
    "bip sonore",
    "signal sonore",
    "laissez un message",
    "laisser un message",
    "laissez moi un message",
    "laissez nous un message",
    "laissez votre message",
    "laisser votre message",
    "votre correspondant",
    "le correspondant que vous",
    "n est pas joignable",
    "n est pas disponible pour le moment",
    "votre appel a ete transfere",
    "actuellement absent",
    "actuellement absente",
    "nos bureaux sont fermes",
];

/// Beside a plain "non".
const DECLINES: &[&str] = &[
    "je suis occupe",
    "je suis occupee",
    "suis en rendez vous",
    "suis en reunion",
    "suis deja en ligne",
    "je ne peux pas",
    "je peux pas",
    "je ne la prends pas",
    "je ne le prends pas",
    "je la prends pas",
    "je le prends pas",
    "je ne prends pas",
    "je prends pas",
    "je refuse",
    "refusez",
    "pas pour moi",
    "pas pour nous",
    "pas mon service",
    "pas notre service",
    "pas le temps",
    "pas disponible",
    "rappeler plus tard",
    "rappelez plus tard",
    "rappelle plus tard",
    "passez le a",
    "passez la a",
    "voyez avec",
];

/// The whole of what is said, where the key 2 is meant.
const KEY: &[&str] = &["2", "deux", "le deux", "je tape deux"];

/// What these words mean, of which yes or no was read already.
pub fn read(words: &str, yes_no: Option<bool>) -> AtDesk {
    let words = normalise::folded_words(words);
    let has = |phrases: &[&str]| phrases.iter().any(|phrase| normalise::contains(&words, phrase));
    if words.is_empty() {
        AtDesk::Nothing
    } else if has(MACHINE) {
        AtDesk::Machine
    } else if yes_no == Some(false) || has(DECLINES) || KEY.contains(&words.join(" ").as_str()) {
        AtDesk::Declines
    } else {
        AtDesk::Speaks
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::understand::yes_no;

    #[test]
    fn who_picks_up() {
        let of = |said: &str| read(said, yes_no::read_text(said, true));
        for said in ["", "…", " . "] {
            assert_eq!(of(said), AtDesk::Nothing, "{said}");
        }
        for said in [
            "Oui, je la prends.",
            "D'accord, passez-le-moi.",
            "Allez-y.",
            "Oui bonjour.",
            "Un.",
            "Je prends l'appel",
            "Pas de problème, passez-la-moi.",
            "Ok.",
        ] {
            assert_eq!(of(said), AtDesk::Speaks, "{said}");
        }
        for said in [
            "Non.",
            "Non, pas maintenant.",
            "Non merci",
            "Ah non, je suis en réunion.",
            "Je suis occupée, là.",
            "Je peux pas, désolé.",
            "C'est pas pour moi, ça.",
            "Deux.",
        ] {
            assert_eq!(of(said), AtDesk::Declines, "{said}");
        }
        for said in [
            "Bonjour, vous êtes bien sur le répondeur de la mairie.",
            "Vous êtes sur ma messagerie.",
            "Merci de laisser un message après le bip sonore.",
            "Votre correspondant n'est pas disponible.",
        ] {
            assert_eq!(of(said), AtDesk::Machine, "{said}");
        }
    }
}
