//! "Vous êtes où ?", "c'est quoi le numéro de la mairie ?": what the plan itself tells of the town hall.

use super::normalise;

/// What is told of the town hall.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Contact {
    /// Where it is.
    Address,
    /// Its telephone number.
    Phone,
    /// Which day it is.
    Today,
    /// What time it is.
    Time,
}

/// What asks which day, or what time, it is (folded), beside what may stand with anything.
const CLOCK: [(&str, Contact); 13] = [
    ("quel jour on est", Contact::Today),
    ("on est quel jour", Contact::Today),
    ("quel jour sommes nous", Contact::Today),
    ("quel jour nous sommes", Contact::Today),
    ("on est le combien", Contact::Today),
    ("nous sommes le combien", Contact::Today),
    ("la date d aujourd hui", Contact::Today),
    ("la date d aujourdhui", Contact::Today),
    ("quelle heure il est", Contact::Time),
    ("il est quelle heure", Contact::Time),
    ("quelle heure est il", Contact::Time),
    ("l heure qu il est", Contact::Time),
    ("vous avez l heure", Contact::Time),
];

/// What asks for the one or the other (folded).
const ASKS: [(&str, Contact); 26] = [
    ("adresse", Contact::Address),
    ("rue", Contact::Address),
    ("ou est", Contact::Address),
    ("est ou", Contact::Address),
    ("c est ou", Contact::Address),
    ("ou se trouve", Contact::Address),
    ("ou elle se trouve", Contact::Address),
    ("se trouve ou", Contact::Address),
    ("ou se situe", Contact::Address),
    ("se situe ou", Contact::Address),
    ("ou vous etes", Contact::Address),
    ("ou etes vous", Contact::Address),
    ("etes ou", Contact::Address),
    ("ou vous trouver", Contact::Address),
    ("vous trouve ou", Contact::Address),
    ("etes situes", Contact::Address),
    ("est situee", Contact::Address),
    ("ou est ce que vous etes", Contact::Address),
    ("comment on vient", Contact::Address),
    ("comment venir", Contact::Address),
    ("pour venir", Contact::Address),
    ("pour aller", Contact::Address),
    ("comment on va", Contact::Address),
    ("comment aller", Contact::Address),
    ("numero", Contact::Phone),
    ("telephone", Contact::Phone),
];
/// What says that the town hall is meant (folded).
const OURS: [&str; 7] = [
    "mairie",
    "hotel de ville",
    "votre",
    "vos",
    "vous",
    "standard",
    "accueil",
];
/// Whatever else may stand in such a sentence: with another word in it, it asks for something else.
const BESIDES: &str = "bonjour bonsoir allo oui alors euh bon et ou je j voudrais voulais aimerais cherche besoin savoir s si sil \
    vous plait te merci madame monsieur dites moi me pouvez peux donner avoir connaitre rappeler redonner quelle quel quoi c \
    est ce que qu la le les l de du d des en ca elle se situe situee situes trouve trouver etes y a au aux dans par pour \
    votre vos mairie hotel ville commune standard accueil adresse exacte exactement postale complete precise rue numero \
    telephone tel direct ligne joindre appeler rappeler contacter on comment venir vient aller va fais faire faut il arriver \
    physiquement deja moment bien sont";

const TODAY: &str = "aujourd hui aujourdhui maintenant la juste exactement";

/// What is asked of the town hall itself; none where anything else is.
pub fn asked(text: &str) -> Option<Contact> {
    let words = normalise::folded_words(text);
    let has = |phrase: &str| normalise::contains(&words, phrase);
    let besides = |word: &str| normalise::is_listed(word, BESIDES);
    // "La mairie de Valbourg": a place has a name.
    let place = |at: usize| at > 0 && at + 1 == words.len() && matches!(words[at - 1].as_str(), "a" | "de");
    if let Some((phrase, clock)) = CLOCK.iter().find(|(phrase, _)| has(phrase)) {
        let mut words = words.iter().map(String::as_str);
        return words
            .all(|word| normalise::is_listed(word, phrase) || besides(word) || normalise::is_listed(word, TODAY))
            .then_some(*clock);
    }
    let (_, contact) = ASKS.iter().find(|(phrase, _)| has(phrase))?;
    let all_known = (0..words.len()).all(|at| besides(&words[at]) || place(at));
    (all_known && OURS.iter().any(|ours| has(ours))).then_some(*contact)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_the_town_hall_is_and_its_number() {
        for (text, contact) in [
            ("C'est quoi votre adresse ?", Some(Contact::Address)),
            ("Vous êtes où exactement ?", Some(Contact::Address)),
            (
                "Bonjour, où se trouve la mairie s'il vous plaît ?",
                Some(Contact::Address),
            ),
            ("l'adresse de la mairie de Valbourg", Some(Contact::Address)),
            ("la mairie c'est où", Some(Contact::Address)),
            ("Comment on vient à la mairie ?", Some(Contact::Address)),
            ("c'est dans quelle rue la mairie", Some(Contact::Address)),
            ("le numéro de téléphone de la mairie", Some(Contact::Phone)),
            ("À quel numéro je peux vous rappeler ?", Some(Contact::Phone)),
            ("vous pouvez me donner votre numéro", Some(Contact::Phone)),
            ("on est quel jour aujourd'hui s'il vous plaît", Some(Contact::Today)),
            ("quelle heure il est", Some(Contact::Time)),
            ("Dites-moi, il est quelle heure ?", Some(Contact::Time)),
            ("il est quelle heure le marché", None),
            // These ask for something else.
            ("Quelle est votre adresse mail ?", None),
            ("le numéro de l'urbanisme", None),
            ("c'est quoi le numéro déjà", None),
            ("j'ai changé d'adresse", None),
            ("Où est la déchetterie ?", None),
            ("vous en êtes où de mon dossier", None),
            ("Pour venir à la mairie il faut un rendez-vous ?", None),
            ("Je peux venir à la mairie ?", None),
            ("Où sont les toilettes de la mairie ?", None),
            ("je voudrais parler à l'accueil de la mairie", None),
            ("le numéro de mon dossier", None),
            ("", None),
        ] {
            assert_eq!(asked(text), contact, "{text}");
        }
    }
}
