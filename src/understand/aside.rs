//! What callers say in the midst of a form that is no answer to its question: a question of their own, "pourquoi vous me
//! demandez ça ?", "ça dépend", what is to be added, "c'est quoi le numéro déjà ?".

use std::sync::LazyLock;

use super::normalise::{self, begins, spans};
use super::pattern::Patterns;
use super::{objection, yes_no};

/// What asks, however the voice ends.
const ASKS: &[&str] = &[
    "combien",
    "a|vers|jusqu|de ~ quelle|quelles heure|heures",
    "quel|quelle|quels|quelles est|sont|etait",
    "c est quoi|quand|combien|qui|comment",
    "qu est ce que|qu|qui",
    "est ce que|qu",
    "^ ~ comment|pourquoi|quel|quelle|quels|quelles !dire",
    "vous ~ quand|comment|combien $",
    "vous ouvrez|fermez",
    "vous etes|serez ~ ouvert|ouverts|ouverte|ouvertes|ferme|fermes|fermee|fermees",
    "faut|doit|peut|va|ont|sont|est|a|y il|elle|on|t ~ $",
    "etes|avez|faites|fermez|ouvrez|prenez|pouvez|savez vous",
];
/// And what only tells where something is, or asks whether that is understood: "vous voyez où c'est ?".
const SHOWS: &[&str] = &[
    "vous voyez|connaissez|situez|visualisez",
    "voyez|connaissez vous",
    "vous savez !que|si|quand|combien",
];
/// Asks what we ask for.
const WHY: &[&str] = &[
    "pourquoi ~ demande*|besoin|savoir|question|questions|faut|veut|voulez|numero|nom|adresse|date|ca|cela",
    "^ ~ pourquoi ~ $",
    "a quoi ca|cela sert",
    "c est pour quoi ~ $",
    "qu est ce que ca|cela ~ peut|va ~ faire",
    "ca ne|vous ~ regarde pas",
    "en quoi ca|cela ~ regarde|concerne",
    "obligatoire|oblige|obligee ~ $",
];
/// Words that are no answer to anything.
const UNDECIDED: &[&str] = &["ca depend", "cela depend", "tout depend"];

static ASKING: LazyLock<Patterns> = LazyLock::new(|| Patterns::new(ASKS, &[]));
static SHOWING: LazyLock<Patterns> = LazyLock::new(|| Patterns::new(SHOWS, &[]));
static WONDERING: LazyLock<Patterns> = LazyLock::new(|| Patterns::new(WHY, &[]));
static ABOUT_NUMBER: LazyLock<Patterns> = LazyLock::new(|| Patterns::new(WHICH_NUMBER, &[]));

/// Whether something is asked, and not only whether a place is known. A voice that rises asks nothing: "le parking du stade ?"
/// is an answer.
pub fn asks(text: &str) -> bool {
    let words = normalise::folded_words(text);
    ASKING.any(&words) && !SHOWING.any(&words)
}

/// Whether it is asked why we ask.
pub fn asks_why(text: &str) -> bool {
    WONDERING.any(&normalise::folded_words(text))
}

/// Whether no more is said than that it depends.
pub fn is_undecided(text: &str) -> bool {
    let words = normalise::telling_words(text);
    let said: Vec<&str> = words.iter().map(|word| word.folded.as_str()).collect();
    UNDECIDED.iter().any(|phrase| said.join(" ") == *phrase)
}

/// Ways to ask for the number of the request that was made in this call.
const WHICH_NUMBER: &[&str] = &[
    "quoi|quel|quelle ~~ numero|reference !de|du|des|d",
    "quoi|quel|quelle ~~ numero|reference de|du|d ~ demande|dossier|suivi|signalement|requete",
    "redonn*|redir*|redites|redit|repet*|rappel* ~~ numero|reference !de|du|des|d",
    "redonn*|redir*|redites|redit|repet*|rappel* ~~ numero|reference de|du|d ~ demande|dossier|suivi|signalement|requete",
    "numero|reference ~ deja",
    "numero|reference ~~ redonn*|redire|redites|repet*",
    "pas ~ not*|retenu|ecrit ~ numero|reference",
    "pas ~ numero|reference ~ not*",
];

/// Whether the number of a request is to be said again.
pub fn asks_for_reference(text: &str) -> bool {
    ABOUT_NUMBER.any(&normalise::folded_words(text))
        && !normalise::folded_words(text).iter().any(|word| word == "telephone")
}

/// What is to be noted beside the answers: "oui, et ajoutez que c'est dangereux".
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Addition {
    /// What is said before it: "oui".
    pub before: String,
    /// What is to be noted: "c'est dangereux".
    pub text: String,
    /// Whether it may put an answer right as well: "notez que c'est le 14".
    pub may_correct: bool,
}

/// Verbs that ask for a note of what follows, and whether that may put right what was noted (folded).
const NOTE: [(&str, bool); 18] = [
    ("ajoutez", false),
    ("ajouter", false),
    ("ajoute", false),
    ("rajoutez", false),
    ("rajouter", false),
    ("rajoute", false),
    ("precisez", true),
    ("preciser", true),
    ("notez", true),
    ("noter", true),
    ("marquez", true),
    ("marquer", true),
    ("mentionnez", true),
    ("mentionner", true),
    ("indiquez", true),
    ("indiquer", true),
    ("signalez", true),
    ("signaler", true),
];
/// Verbs that do so only with one of [`BESIDE`] after them, or "que": "dites-leur que", "mettez aussi".
const TELL: [&str; 5] = ["dites", "dire", "mettez", "mettre", "prevenez"];
/// What stands between such a verb and what is to be noted (folded).
const BESIDE: [&str; 7] = ["leur", "leurs", "bien", "aussi", "egalement", "juste", "surtout"];
/// What goes on without such a verb, once something was said before (folded).
const GOES_ON: [&str; 7] = [
    "j oubliais",
    "j ai oublie",
    "j avais oublie",
    "et en plus",
    "et aussi",
    "et surtout",
    "et attention",
];
/// How a clause begins that goes on after a yes: "oui, mais je pars le 20" (folded).
const CLAUSES: [&str; 19] = [
    "c est urgent",
    "c est tres urgent",
    "c est presse",
    "c est dangereux",
    "c est pour",
    "je",
    "j",
    "on",
    "nous",
    "il",
    "elle",
    "ils",
    "elles",
    "y a",
    "ca",
    "faites",
    "faut",
    "depechez",
    "attention",
];
/// And how one does that may put an answer right, or asks nobody to note it.
const NO_CLAUSES: [&str; 21] = [
    "je m appelle",
    "je me suis",
    "je me nomme",
    "je suis monsieur",
    "je suis madame",
    "je voulais",
    "je prefere",
    "je prefererais",
    "je change",
    "je veux changer",
    "je voudrais changer",
    "je vous",
    "je pense",
    "je crois",
    "j ai dit",
    "j avais dit",
    "j ai change",
    "on est",
    "on sera",
    "nous sommes",
    "nous serons",
];
/// A note has so many words.
const SHORTEST: usize = 2;

/// What takes leave (folded).
const POLITE: [&str; 5] = ["merci", "remercie", "journee", "soiree", "revoir"];

/// What is to be added, if something is.
pub fn added(text: &str) -> Option<Addition> {
    let spans = spans(text);
    let words: Vec<&str> = spans.iter().map(|(word, _)| word.as_str()).collect();
    let is = |at: usize, some: &[&str]| words.get(at).is_some_and(|word| some.contains(word));
    // From the first word that is not skipped: "que" leads to it.
    let note = |mut at: usize, required: bool| {
        let from = at;
        while is(at, &BESIDE) {
            at += 1;
        }
        let leads = is(at, &["que", "qu"]);
        at += usize::from(leads);
        let tells = words.len() >= at + SHORTEST && !is(at, &["merci"]);
        (tells && (leads || at > from || !required)).then_some(at)
    };
    let found = (0..words.len()).find_map(|at| {
        let verb = NOTE.iter().find(|(verb, _)| words[at] == *verb);
        // "Je voulais signaler un trou" is what the form is about.
        let wants = !words[at].ends_with("er") || at > 0 && !is(at - 1, &["a", "voulais", "voudrais", "veux", "pour"]);
        let to_note = || Some((at, note(at + 1, verb?.1)?, verb?.1)).filter(|_| wants);
        let to_tell = || {
            let told = note(at + 1, true).filter(|_| TELL.contains(&words[at]))?;
            Some((at, told, !is(at + 1, &["leur", "leurs"])))
        };
        let goes_on = || {
            let phrase = GOES_ON.iter().find(|phrase| at > 0 && begins(&words[at..], phrase))?;
            let verb = |at: &usize| is(*at, &["de", "vous", "dire", "preciser", "signaler"]);
            let end = at + phrase.split(' ').count();
            let end = (end..words.len()).find(|at| !verb(at))?;
            Some((at, note(end, false)?, true))
        };
        to_note().or_else(to_tell).or_else(goes_on)
    });
    // "Oui, mais c'est urgent, je pars le 20", "et je veux savoir quand ce sera fait".
    let clause = |at: &usize| {
        let rest = &words[at + 1..];
        let is_one = |some: &[&str]| some.iter().any(|phrase| begins(rest, phrase));
        let agreed = *at == 0 || yes_no::read_text(&text[..spans[*at].1.start], true) == Some(true);
        is(*at, &["et", "mais"]) && rest.len() > SHORTEST && is_one(&CLAUSES) && !is_one(&NO_CLAUSES) && agreed
    };
    let no_clause = objection::objects(text) || words.iter().any(|word| POLITE.contains(word));
    let found = found.or_else(|| {
        let at = (0..words.len()).filter(|_| !no_clause).find(clause)?;
        Some((at, at + 1, true))
    });
    let (at, from, may_correct) = found.filter(|_| !asks(text) || words.iter().any(|word| word.ends_with("vez")))?;
    let begun = begun(&words, at);
    Some(Addition {
        before: text[..spans[begun].1.start].trim_end().to_owned(),
        text: text[spans[from].1.start..]
            .trim_end_matches(['.', '!', '?', ' '])
            .to_owned(),
        may_correct,
    })
}

/// Where the request for a note begins whose verb stands at `at`: "et vous pouvez ajouter".
fn begun(words: &[&str], at: usize) -> usize {
    const LEADS: [&str; 21] = [
        "et",
        "mais",
        "vous",
        "pouvez",
        "pourriez",
        "pourrez",
        "il",
        "faut",
        "faudrait",
        "juste",
        "aussi",
        "alors",
        "je",
        "veux",
        "voudrais",
        "voulais",
        "si",
        "peux",
        "on",
        "peut",
        "simplement",
    ];
    (0..at)
        .rev()
        .take_while(|at| LEADS.contains(&words[*at]))
        .last()
        .unwrap_or(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn questions_are_told_from_answers() {
        for text in [
            "Vous fermez à quelle heure ?",
            "vous fermez à quelle heure",
            "C'est combien un passeport ?",
            "combien ça coûte",
            "Est-ce que vous êtes ouverts le samedi",
            "C'est quoi les horaires de la déchetterie",
            "Vous êtes ouverts samedi ?",
        ] {
            assert!(asks(text), "{text}");
        }
        for text in [
            "À côté de la boulangerie, en face de l'école.",
            "Au coin de la place, vous voyez ?",
            "Vous savez, là où il y a le feu rouge ?",
            "Rue des Lavandières, vous connaissez ?",
            "Là où il y a le feu rouge.",
            "Quand on vient de la gare, à droite.",
            "Quelque part vers le lavoir.",
            "Il y a un trou.",
            "Le parking du stade ?",
            "À l'école Jean-Moulin ?",
            "Comment dire, une sorte de trou.",
        ] {
            assert!(!asks(text), "{text}");
        }
        for text in [
            "Pourquoi vous me demandez ça ?",
            "Pourquoi ?",
            "Mais pourquoi vous avez besoin de mon numéro ?",
            "Ça vous regarde pas.",
            "C'est obligatoire ?",
            "Et pour quoi faire, à quoi ça sert ?",
        ] {
            assert!(asks_why(text), "{text}");
        }
        for text in [
            "Le lampadaire est éteint, je ne sais pas pourquoi.",
            "C'est pour mon garage.",
            "Pourquoi le lampadaire est éteint depuis lundi ?",
            "Le passage obligatoire des piétons est effacé.",
        ] {
            assert!(!asks_why(text), "{text}");
        }
        assert!(is_undecided("Ah ben ça dépend.") && !is_undecided("Ça dépend, le soir c'est éteint."));
    }

    #[test]
    fn the_number_of_a_request_is_asked_for() {
        for text in [
            "C'est quoi le numéro déjà ?",
            "Vous pouvez répéter le numéro ?",
            "J'ai pas noté le numéro.",
            "Redonnez-moi la référence s'il vous plaît.",
            "Quel est le numéro de ma demande déjà ?",
            "Le numéro, vous pouvez me le redire ?",
            "Vous pouvez me rappeler le numéro de dossier ?",
        ] {
            assert!(asks_for_reference(text), "{text}");
        }
        for text in [
            "Quel est le numéro de téléphone de la piscine ?",
            "C'est quoi le numéro de la piscine ?",
            "Mon numéro c'est le 427.",
            "Vous pouvez répéter ?",
            "Répétez les horaires.",
            "Rappelez-moi au numéro de ma fille.",
            "Vous pouvez me rappeler à ce numéro de téléphone ?",
        ] {
            assert!(!asks_for_reference(text), "{text}");
        }
    }

    #[test]
    fn what_is_to_be_added() {
        for (text, before, note) in [
            (
                "Oui, et ajoutez que c'est dangereux pour les enfants.",
                "Oui,",
                "c'est dangereux pour les enfants",
            ),
            (
                "C'est ça, et dites-leur aussi qu'il y a du verre par terre.",
                "C'est ça,",
                "il y a du verre par terre",
            ),
            (
                "oui mais précisez que c'est la cour de derrière",
                "oui",
                "c'est la cour de derrière",
            ),
            ("Vous pouvez ajouter que c'est urgent ?", "", "c'est urgent"),
            (
                "Oui c'est bon, vous pouvez aussi noter qu'il manque une plaque.",
                "Oui c'est bon,",
                "il manque une plaque",
            ),
            (
                "Oui. Ah, j'oubliais, le portail est fermé.",
                "Oui. Ah,",
                "le portail est fermé",
            ),
            (
                "Oui et j'ai oublié de vous dire qu'il y a un chien.",
                "Oui",
                "il y a un chien",
            ),
            (
                "Oui, et en plus ça fait trois semaines que ça dure.",
                "Oui,",
                "ça fait trois semaines que ça dure",
            ),
            ("Oui, ajoutez : sonner deux fois.", "Oui,", "sonner deux fois"),
            (
                "oui mais c'est urgent je pars le 20 décembre",
                "oui",
                "c'est urgent je pars le 20 décembre",
            ),
            (
                "et je veux savoir quand ce sera enlevé",
                "",
                "je veux savoir quand ce sera enlevé",
            ),
            (
                "oui mais je voudrais la semaine d'après",
                "oui",
                "je voudrais la semaine d'après",
            ),
        ] {
            let found = added(text).map(|added| (added.before, added.text));
            assert_eq!(found, Some((before.to_owned(), note.to_owned())), "{text}");
        }
        for text in [
            "Oui, c'est bien ça.",
            "Non, mettez mercredi.",
            "Oui, vous pouvez le noter.",
            "Notez plutôt 42.",
            "Je voulais signaler un trou.",
            "Oui, rien à ajouter.",
            "C'est tout, je n'ai rien à ajouter merci beaucoup.",
            "Oui, et surtout merci beaucoup.",
            "Oui et je vous remercie.",
            "Oui mais je m'appelle Durand.",
            "Oui mais il y a une erreur.",
            "Oui mais c'est Durand.",
            "Oui mais on sera trois.",
            "C'est Durand et je suis pressé.",
            "Oui et combien ça coûte.",
            "Non, vous avez mal noté le nom.",
            "Oui, dites-moi.",
            "Et aussi.",
            "Rue des Lavandières, et puis le 12.",
        ] {
            let found = added(text).map(|added| added.text);
            assert_eq!(found, None, "{text}");
        }
    }
}
