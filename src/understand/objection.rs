//! What callers say against what is read back to them, or against giving an answer at all: "oui sauf le téléphone", "le nom
//! est faux", "ce n'est pas mercredi mais jeudi", "annulez tout", "je n'en ai pas".

use super::name;
use super::normalise::{self, contains, folded_words};
use super::numbers::{self, Number};

/// Something is wrong.
const WRONG: &[&str] = &[
    "sauf",
    "excepte",
    "a part",
    "a l exception",
    "faux",
    "fausse",
    "fausses",
    "erreur",
    "erreurs",
    "faute",
    "fautes",
    "trompe",
    "trompee",
    "trompes",
    "trompez",
    "changer",
    "changez",
    "corriger",
    "corrigez",
    "modifier",
    "modifiez",
    "rectifier",
    "rectifiez",
    "mauvais",
    "mauvaise",
    "manque",
    "incomplet",
    "incomplete",
    "mal compris",
    "mal entendu",
    "mal note",
    "mal ecrit",
    "pas compris",
    "pas bon",
    "pas bonne",
    "pas le bon",
    "pas la bonne",
    "pas juste",
    "pas exact",
    "pas exacte",
    "pas correct",
    "pas correcte",
    "pas ca",
    "va pas",
    "convient pas",
    "mais pas",
];
/// And what says that nothing is: "il n'y a pas d'erreur", "je n'ai rien à changer".
const NOTHING: &[&str] = &[
    "rien",
    "aucun",
    "aucune",
    "sans",
    "pas d erreur",
    "pas de faute",
    "pas d erreurs",
    "pas de fautes",
];
/// The caller wants none of it any more.
const GIVEN_UP: &[&str] = &[
    "annulez",
    "annuler",
    "annule",
    "laisse tomber",
    "laissez tomber",
    "laisser tomber",
    "abandonne",
    "abandonnez",
    "abandonner",
    "oubliez",
    "on arrete",
    "je ne veux plus",
    "je veux plus",
    "change d avis",
    "plus la peine",
];
/// Any will do.
const INDIFFERENT: &[&str] = &[
    "n importe",
    "peu importe",
    "m importe peu",
    "m est egal",
    "comme vous voulez",
    "quand vous voulez",
    "quand vous pouvez",
    "le plus tot possible",
    "le plus tot sera",
    "plus tot ce sera",
    "au plus tot",
    "le plus vite possible",
    "des que possible",
];
/// Whether a message is to be left, and no more is said of it.
pub fn leaves_a_message(text: &str) -> bool {
    const MOST: usize = 10;
    const WAYS: [&str; 5] = [
        "laisser un message",
        "laisser un petit message",
        "laisser mon message",
        "laisser un message vocal",
        "prendre un message",
    ];
    let words = folded_words(text);
    words.len() <= MOST && WAYS.iter().any(|way| contains(&words, way))
}

/// "Ah oui", and more: something comes to mind, which is no yes.
pub fn comes_to_mind(text: &str) -> bool {
    const ENOUGH: usize = 5;
    let words = folded_words(text);
    words.len() >= ENOUGH
        && ["ah oui", "ah si", "oh oui", "ah ben"]
            .iter()
            .any(|begun| normalise::begins(&words, begun))
}

/// There is no answer, or it is not to be given.
const NONE: &[&str] = &[
    "je n en ai pas",
    "j en ai pas",
    "je n ai pas de",
    "je n ai pas d",
    "j ai pas de",
    "j ai pas d",
    "j en ai aucun",
    "j en ai aucune",
    "je prefere ne pas",
    "je prefere pas",
    "je ne souhaite pas",
    "je ne veux pas le donner",
    "je veux pas le donner",
    "je ne veux pas la donner",
    "je veux pas la donner",
    "je ne l ai pas",
    "je l ai pas",
    "je ne le connais pas",
    "je le connais pas",
    "je ne la connais pas",
    "je ne sais pas",
    "je sais pas",
    "je ne sais plus",
    "je sais plus",
    "je ne m en souviens",
    "je m en souviens",
    "peu importe",
    "j en sais rien",
    "je n en sais rien",
    "aucune idee",
    "je n ai pas d idee",
    "pas la moindre idee",
    "je ne saurais",
    "je saurais pas",
    "je ne peux pas vous dire",
    "je peux pas vous dire",
    "je ne me rappelle plus",
    "je me rappelle plus",
];
/// What may stand beside it where no more is said (folded).
const BESIDE_NONE: [&str; 21] = [
    "trop",
    "vraiment",
    "du",
    "tout",
    "exactement",
    "bien",
    "moi",
    "desole",
    "desolee",
    "vous",
    "dire",
    "pas",
    "non",
    "plus",
    "ca",
    "l",
    "a",
    "y",
    "de",
    "franchement",
    "honnetement",
];
/// The number from which they call.
const OWN_NUMBER: &[&str] = &[
    "qui s affiche",
    "qui est affiche",
    "qui apparait",
    "a ce numero",
    "ce numero ci",
    "celui ci",
    "sur ce numero",
    "le meme numero",
    "ce meme numero",
    "avec lequel j appelle",
    "avec lequel je vous appelle",
    "duquel j appelle",
    "duquel je vous appelle",
    "d ou j appelle",
    "d ou je vous appelle",
    "que vous avez",
    "que vous voyez",
    "mon numero d appel",
    "d ou je telephone",
    "depuis lequel j appelle",
    "depuis lequel je vous appelle",
    "sur lequel je suis",
    "sur lequel je vous parle",
    "celui que j utilise",
    "celui qui appelle",
    "celui qui vous appelle",
    "numero affiche",
    "numero qui appelle",
    "numero qui vous appelle",
    "vous l avez",
    "vous l avez deja",
    "vous avez deja mon numero",
    "vous avez mon numero",
    "avez deja le numero",
    "vous devez l avoir",
    "vous devez avoir mon numero",
];
/// What says that it is not meant: "pas celui d'où j'appelle", "vous l'avez mal noté".
const NOT_OWN: &[&str] = &[
    "pas celui",
    "pas ce numero",
    "pas le meme",
    "pas sur ce numero",
    "pas a ce numero",
    "pas le numero",
    "vous l avez mal",
    "vous l avez pas",
    "un autre",
    "autre numero",
];
/// How a correction begins, where what is right follows (folded).
const LEADS: &[&str] = &[
    "je me suis trompe",
    "je me suis trompee",
    "je voulais dire",
    "je veux dire",
    "excusez moi",
    "ce serait plutot",
    "je prefererais",
    "je prefere",
    "ce serait",
    "ce sera",
    "en fait",
    "c est",
    "finalement",
    "attendez",
    "plutot",
    "pardon",
    "enfin",
    "voila",
    "alors",
    "donc",
    "mais",
    "oui",
    "non",
    "bah",
    "ben",
    "euh",
    "heu",
    "ah",
    "oh",
    "et",
];
/// And what comes after what is right.
const TRAILS: &[&str] = &[
    "je me suis trompe",
    "je me suis trompee",
    "s il vous plait",
    "excusez moi",
    "finalement",
    "c est ca",
    "en fait",
    "plutot",
    "pardon",
    "madame",
    "monsieur",
    "merci",
    "voila",
    "hein",
    "moi",
];
/// What takes back what was said before, wherever it stands.
const TAKES_BACK: &[&str] = &[
    "en fait",
    "finalement",
    "je me suis trompe",
    "je me suis trompee",
    "je voulais dire",
    "au lieu de",
    "au lieu du",
];

fn says(text: &str, phrases: &[&str]) -> bool {
    let words = folded_words(text);
    phrases.iter().any(|phrase| contains(&words, phrase))
}

/// Whether something that was read back is said to be wrong, be there a yes in it or not.
pub fn objects(text: &str) -> bool {
    says(text, WRONG) && !says(text, NOTHING)
}

/// Whether all is to be dropped.
pub fn gives_up(text: &str) -> bool {
    says(text, GIVEN_UP)
}

/// Whether a question is left without an answer.
pub fn has_none(text: &str) -> bool {
    says(text, NONE) && !is_own_number(text)
}

/// Whether there is no telephone, which is told and not thought over again.
pub fn has_no_phone(text: &str) -> bool {
    const WAYS: [&str; 4] = [
        "pas de telephone",
        "pas le telephone",
        "plus de telephone",
        "aucun telephone",
    ];
    has_none(text) && says(text, &WAYS)
}

/// Whether any day or hour will do, or the first that there is.
pub fn is_indifferent(text: &str) -> bool {
    says(text, INDIFFERENT)
}

/// The same as [`has_none`], where no more than that is said: "je ne sais pas trop", but not "je ne sais pas, une sorte de
/// trou".
pub fn only_has_none(text: &str) -> bool {
    let words = normalise::words(text);
    let rest = normalise::without_fillers(&normalise::without(&words, NONE));
    rest.len() < words.len() && has_none(text) && rest.iter().all(|word| BESIDE_NONE.contains(&word.folded.as_str()))
}

/// Whether the number is meant from which the caller calls.
pub fn is_own_number(text: &str) -> bool {
    // "Je ne sais pas, celui d'où j'appelle" denies nothing.
    let words = normalise::without(&normalise::words(text), &["je ne sais pas", "je sais pas"]);
    let rest: Vec<String> = words.into_iter().map(|word| word.folded).collect();
    let is_the_same = matches!(
        rest.join(" ").as_str(),
        "le meme" | "c est le meme" | "toujours le meme"
    );
    (is_the_same || says(text, OWN_NUMBER)) && !NOT_OWN.iter().any(|phrase| contains(&rest, phrase))
}

/// Whether an answer that was given before may be what is put right, so that this is to be tried before the words are
/// taken for the answer to the question after it: "c'est pas rue Pasteur, c'est…", "non, le 14", "en fait je préfère…", "au
/// 22", "Meyer, M, E, Y, E, R". What they put right, if anything, is another matter.
pub fn corrects(text: &str) -> bool {
    let words = folded_words(text);
    let begins = words
        .iter()
        .find(|word| !matches!(word.as_str(), "ah" | "oh" | "euh" | "mais" | "oui" | "attendez"));
    let denies = || {
        let not = words.iter().position(|word| word == "pas")?;
        // "C'est juillet, pas juin" denies what comes last.
        let again = ["c est", "mais"]
            .iter()
            .any(|phrase| contains(&words[not + 1..], phrase));
        Some(again || contains(&words[..not], "c est") && words[not - 1] != "est" && not + 1 < words.len())
    };
    begins.is_some_and(|word| word == "non") && words.len() > 1
        || says(text, TAKES_BACK)
        || words.first().is_some_and(|word| word == "plutot")
        || denies() == Some(true)
        || is_house_number(&words)
        || name::only_spells(text)
}

/// "Au 22", "c'est au numéro 12 bis", and no more.
fn is_house_number(words: &[String]) -> bool {
    const LITTLE: [&str; 6] = ["c", "est", "au", "numero", "bis", "ter"];
    let found = numbers::numbers(words, false);
    let [number] = &found[..] else { return false };
    let others = words[..number.words.0].iter().chain(&words[number.words.1..]);
    words[..number.words.0].iter().any(|word| word == "au")
        && others.clone().all(|word| LITTLE.contains(&word.as_str()))
}

/// What is meant, and nothing of what only says that something is put right: "rue des Tilleuls" of "non, c'est rue des
/// Tilleuls en fait".
pub fn meant(text: &str) -> String {
    let affirmed = affirmed(text);
    let tokens = affirmed.as_deref().unwrap_or(text).split_whitespace();
    let mut tokens: Vec<&str> = tokens.filter(|token| token.contains(char::is_alphanumeric)).collect();
    let words = |tokens: &[&str]| folded_words(&tokens.join(" ")).join(" ");
    let led = |tokens: &[&str]| {
        (1..=tokens.len().min(5))
            .rev()
            .find(|n| LEADS.contains(&words(&tokens[..*n]).as_str()))
    };
    while let Some(n) = led(&tokens) {
        tokens.drain(..n);
    }
    let trailed = |tokens: &[&str]| {
        let most = tokens.len().min(5);
        (1..=most)
            .rev()
            .find(|n| TRAILS.contains(&words(&tokens[tokens.len() - n..]).as_str()))
    };
    while let Some(n) = trailed(&tokens) {
        tokens.truncate(tokens.len() - n);
    }
    let meant = tokens.join(" ");
    meant.trim_end_matches(|c: char| !c.is_alphanumeric()).to_owned()
}

/// What is meant, without what is denied: "jeudi" of "ce n'est pas mercredi mais jeudi", of "jeudi, pas mercredi" and of
/// "jeudi au lieu de mercredi". None where nothing is denied.
pub fn affirmed(text: &str) -> Option<String> {
    let (affirmed, _) = sides(text)?;
    (!affirmed.is_empty()).then_some(affirmed)
}

/// What is denied: "mercredi" of these.
pub fn denied(text: &str) -> Option<String> {
    let (_, denied) = sides(text)?;
    (!denied.is_empty()).then_some(denied)
}

/// What is affirmed, and what is denied.
fn sides(text: &str) -> Option<(String, String)> {
    let tokens: Vec<&str> = text.split_whitespace().collect();
    let words: Vec<String> = tokens.iter().map(|token| folded_words(token).join(" ")).collect();
    let at = |phrase: &[&str], from: usize| {
        let mut windows = words.windows(phrase.len()).enumerate().skip(from);
        windows.find(|(_, window)| window.iter().zip(phrase).all(|(word, part)| word == part))
    };
    let denial = [
        &["pas"][..],
        &["et", "non"],
        &["au", "lieu"],
        &["plutot", "que"],
        &["a", "la", "place"],
    ];
    let (from, length) = denial
        .iter()
        .find_map(|phrase| at(phrase, 0).map(|(from, _)| (from, phrase.len())))?;
    // What follows "mais" or "c'est" is affirmed again; else what came before it.
    let again = ["mais", "c est", "plutot"]
        .iter()
        .filter_map(|word| at(&[word], from + length).map(|(to, _)| to))
        .min();
    let (kept, denied) = match again {
        Some(to) => (&tokens[to + 1..], &tokens[from + length..to]),
        None => (&tokens[..from], &tokens[from + length..]),
    };
    Some((kept.join(" "), denied.join(" ")))
}

/// `digits` with their end, or their beginning, said anew: "c'est 64 à la fin", "il commence par 07". None where no such
/// thing is said.
pub fn at_an_end(text: &str, digits: &str) -> Option<String> {
    let words = folded_words(text);
    let has = |some: &[&str]| words.iter().any(|word| some.contains(&word.as_str()));
    let at_end = has(&["fin", "termine", "finit", "derniers", "dernieres", "dernier"]);
    let at_beginning = has(&["debut", "commence", "premiers", "premieres"]);
    // "Les deux derniers chiffres": how many there are, which the number itself tells.
    let counts = |number: &Number| {
        let next = words.get(number.words.1).map_or("", String::as_str);
        // "Avec un D à la fin" is of a name.
        let is_letter =
            words[number.words.0] == "un" && next.chars().count() == 1 && next.chars().all(char::is_alphabetic);
        is_letter || matches!(next, "derniers" | "dernieres" | "premiers" | "premieres" | "chiffres")
    };
    let mut found = numbers::numbers(&words, true);
    found.retain(|number| !counts(number));
    let said: String = found.iter().map(|number| number.digits.as_str()).collect();
    let kept = digits
        .len()
        .checked_sub(said.len())
        .filter(|kept| *kept > 0 && !said.is_empty())?;
    match (at_end, at_beginning) {
        (true, false) => Some(format!("{}{said}", digits.get(..kept)?)),
        (false, true) => Some(format!("{said}{}", digits.get(said.len()..)?)),
        _ => None,
    }
}

/// `answer` with one word of it replaced: "gmail, pas orange", "c'est pas les Lilas, c'est les Tilleuls". None where the
/// denied word does not stand in it once.
pub fn other_word(text: &str, answer: &str) -> Option<String> {
    const ARTICLES: [&str; 7] = ["le", "la", "les", "du", "des", "rue", "chez"];
    let is_word = |word: &&str| !word.is_empty() && !ARTICLES.contains(word);
    let words = |text: &str| -> Vec<String> {
        let lower = text.to_lowercase();
        let words = lower.split(|c: char| !c.is_alphanumeric()).filter(is_word);
        words.map(str::to_owned).collect()
    };
    let all = words(text);
    let denied = all.get(all.iter().position(|word| word == "pas")? + 1)?;
    let meant = words(&affirmed(text)?).pop()?;
    let lower = answer.to_lowercase();
    let mut places = lower.match_indices(denied.as_str()).map(|(at, _)| at);
    let (Some(at), None, true) = (places.next(), places.next(), lower.len() == answer.len()) else {
        return None;
    };
    let (before, after) = (&answer[..at], answer.get(at + denied.len()..)?);
    let is_whole = !before.ends_with(char::is_alphanumeric) && !after.starts_with(char::is_alphanumeric);
    // As it was written, with its capital.
    let capital = answer[at..].starts_with(char::is_uppercase);
    let mut letters = meant.chars();
    let meant = match letters.next() {
        Some(first) if capital => first.to_uppercase().chain(letters).collect(),
        _ => meant.clone(),
    };
    is_whole.then(|| format!("{before}{meant}{after}"))
}

/// A free `answer` with what is denied in `text` replaced by what is meant: "le columbarium, pas le cimetière". None where
/// what is denied does not stand in it once.
pub fn replaced(text: &str, answer: &str) -> Option<String> {
    const ARTICLES: [&str; 13] = [
        "le", "la", "les", "l", "un", "une", "des", "du", "au", "aux", "mon", "ma", "mes",
    ];
    let is_article = |word: &str| ARTICLES.contains(&word);
    let (affirmed, denied) = sides(text)?;
    // "Le sujet c'est le columbarium"
    let mut meant = meant(
        affirmed
            .rsplit_once("c'est ")
            .map_or(affirmed.as_str(), |(_, meant)| meant),
    );
    if let Some((word, span)) = normalise::spans(&meant).into_iter().next()
        && is_article(&word)
    {
        let article = meant[span.clone()].to_lowercase();
        meant.replace_range(span, &article);
    }
    let denied: Vec<String> = folded_words(&self::meant(&denied));
    let denied = &denied[denied.iter().take_while(|word| is_article(word)).count()..];
    let spans = normalise::spans(answer);
    let stands = |at: &usize| {
        let here = spans[*at..]
            .iter()
            .zip(denied)
            .filter(|((word, _), denied)| word == *denied);
        here.count() == denied.len()
    };
    let mut places = (0..spans.len()).filter(stands);
    let (Some(at), None, false) = (places.next(), places.next(), denied.is_empty() || meant.is_empty()) else {
        return None;
    };
    let noun = normalise::spans(&meant)
        .into_iter()
        .find(|(word, _)| !is_article(word))?
        .1
        .start;
    // "Pour le cimetière", "du cimetière": of "le columbarium" the article is there already, but not of "la salle".
    let article = at.checked_sub(1).map_or("", |before| spans[before].0.as_str());
    let same = article == meant[..noun].trim_end().trim_end_matches(['\'', '’'])
        || matches!(article, "du" | "au") && meant.starts_with("le ");
    let (from, new) = match article {
        _ if same => (spans[at].1.start, meant[noun..].to_owned()),
        "du" if noun > 0 => (spans[at - 1].1.start, format!("de {meant}")),
        "au" if noun > 0 => (spans[at - 1].1.start, format!("à {meant}")),
        article if is_article(article) && noun > 0 => (spans[at - 1].1.start, meant),
        _ => (spans[at].1.start, meant),
    };
    let to = spans[at + denied.len() - 1].1.end;
    Some([&answer[..from], &new, &answer[to..]].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_is_told_from_what_is_right() {
        for text in [
            "C'est bon sauf le jour.",
            "Oui c'est bon, mais le nom est faux.",
            "Oui mais pas le numéro.",
            "Le numéro n'est pas bon.",
            "Je veux changer le téléphone.",
            "Il manque mon prénom.",
            "Vous m'avez mal compris.",
            "C'est l'heure qui va pas.",
        ] {
            assert!(objects(text), "{text}");
        }
        for text in [
            "Oui, c'est bon.",
            "Oui, pas de problème.",
            "Oui, il n'y a pas d'erreur.",
            "C'est parfait, ne changez rien.",
            "Oui, pourquoi pas.",
            "Non.",
        ] {
            assert!(!objects(text), "{text}");
        }
    }

    #[test]
    fn what_is_denied_is_left_out() {
        for (text, meant) in [
            ("Ce n'est pas mercredi mais jeudi.", Some("jeudi.")),
            ("C'est pas mercredi, c'est jeudi.", Some("jeudi.")),
            ("Jeudi, pas mercredi.", Some("Jeudi,")),
            ("Jeudi au lieu de mercredi.", Some("Jeudi")),
            ("Non, jeudi.", None),
            ("Mercredi non plus.", None),
        ] {
            assert_eq!(affirmed(text).as_deref(), meant, "{text}");
        }
    }

    #[test]
    fn what_puts_right_is_told_from_an_answer() {
        for text in [
            "C'est pas rue des Lavandières, c'est chemin des Tanneurs.",
            "Non le 14 juin.",
            "Ah non, mon nom c'est Colet.",
            "En fait je préfère venir le chercher.",
            "Finalement par courrier.",
            "Au 22.",
            "C'est au 5 bis.",
            "Plutôt mardi.",
            "C'est juillet pas juin.",
            "Meyer, M, E, Y, E, R.",
        ] {
            assert!(corrects(text), "{text}");
        }
        for text in [
            "Le 14 juin.",
            "C'est pas grave.",
            "Rue des Lavandières.",
            "Par courrier.",
            "Non.",
            "Il y a un trou au 22.",
            "Au 06 12 34 56 78.",
            "Je préfère le matin.",
            "C'est un lampadaire qui ne marche pas.",
            "Lucas Meyer.",
        ] {
            assert!(!corrects(text), "{text}");
        }
        for (text, what) in [
            ("Non, c'est rue des Tilleuls en fait.", "rue des Tilleuls"),
            ("Oui mais plutôt lundi à 15 heures.", "lundi à 15 heures"),
            ("En fait je préfère venir le chercher.", "venir le chercher"),
            ("C'est pas mardi c'est jeudi.", "jeudi"),
            ("Juillet, pas juin.", "Juillet"),
            ("Je me suis trompée, c'est le 14, excusez-moi.", "le 14"),
            ("Non.", ""),
            ("L'entrée.", "L'entrée"),
        ] {
            assert_eq!(meant(text), what, "{text}");
        }
    }

    #[test]
    fn what_is_denied_is_replaced() {
        for (text, answer, now) in [
            (
                "Le sujet c'est le columbarium pas le cimetière.",
                "C'est pour le cimetière.",
                Some("C'est pour le columbarium."),
            ),
            (
                "Le columbarium, pas le cimetière.",
                "Une concession du cimetière",
                Some("Une concession du columbarium"),
            ),
            (
                "C'est pas le stade, c'est la piscine.",
                "l'entrée du stade",
                Some("l'entrée de la piscine"),
            ),
            (
                "C'est pas la piscine mais le stade.",
                "Pour la piscine.",
                Some("Pour le stade."),
            ),
            (
                "C'est pas un permis c'est une déclaration.",
                "mon permis",
                Some("une déclaration"),
            ),
            ("C'est pas rue Pasteur, c'est rue Zola.", "Pour la cantine.", None),
            ("Non, c'est pas ça.", "C'est pour ça.", None),
            ("Le columbarium.", "le cimetière", None),
        ] {
            assert_eq!(replaced(text, answer).as_deref(), now, "{text} / {answer}");
        }
        // Letters and marks of any width.
        assert!(replaced("«Le columbarium», pas le cimetière.", "le cimetière").is_some());
    }

    #[test]
    fn the_number_that_calls_is_meant() {
        for text in [
            "Le même numéro.",
            "Le même.",
            "Au numéro d'où j'appelle.",
            "Celui d'où je vous appelle.",
            "Vous l'avez déjà mon numéro.",
            "Le numéro affiché.",
            "Sur ce numéro.",
            "Je ne sais pas, celui qui s'affiche.",
        ] {
            assert!(is_own_number(text) && !has_none(text), "{text}");
        }
        for text in [
            "Pas celui d'où j'appelle, je vous en donne un autre.",
            "Vous l'avez mal noté.",
            "Mon numéro de téléphone.",
            "Au numéro de ma fille.",
            "Le même jour que la dernière fois.",
            "Je ne le connais pas.",
        ] {
            assert!(!is_own_number(text), "{text}");
        }
    }

    #[test]
    fn a_part_is_said_anew() {
        for (text, digits, meant) in [
            ("Non, c'est 64 à la fin.", "0624378046", Some("0624378064")),
            ("Les deux derniers chiffres c'est 64.", "0624378046", Some("0624378064")),
            (
                "Mon numéro se termine par quarante-sept.",
                "0624378046",
                Some("0624378047"),
            ),
            ("Il commence par 07.", "0624378046", Some("0724378046")),
            ("Le 64.", "0624378046", None),
            ("C'est Dupond avec un D à la fin.", "0624378046", None),
            ("C'est fini.", "0624378046", None),
        ] {
            assert_eq!(at_an_end(text, digits).as_deref(), meant, "{text}");
        }
        for (text, answer, meant) in [
            ("Non, gmail, pas orange.", "j.vidal@orange.fr", Some("j.vidal@gmail.fr")),
            (
                "C'est pas les lilas, c'est les tilleuls.",
                "12, rue des Lilas",
                Some("12, rue des Tilleuls"),
            ),
            ("Non, c'est pas ça.", "12, rue des Lilas", None),
            ("Mardi, pas mercredi.", "12, rue des Lilas", None),
        ] {
            assert_eq!(other_word(text, answer).as_deref(), meant, "{text}");
        }
    }

    #[test]
    fn any_day_will_do() {
        for text in [
            "N'importe quel jour.",
            "Peu importe.",
            "Ça m'est égal.",
            "Le plus tôt possible, s'il vous plaît.",
            "Le plus tôt sera le mieux.",
        ] {
            assert!(is_indifferent(text), "{text}");
        }
        for text in [
            "Mercredi prochain.",
            "Pas trop tôt.",
            "Je ne sais pas.",
            "Aussitôt que le bureau ouvre.",
        ] {
            assert!(!is_indifferent(text), "{text}");
        }
    }

    #[test]
    fn who_has_no_answer_says_so() {
        assert!(has_none("Ah non, je n'en ai pas.") && has_none("J'ai pas d'adresse mail."));
        assert!(!has_none("Le 06 42 18 75 91, je n'ai que celui-là."));
        for text in [
            "Je ne sais pas trop.",
            "Euh, j'en sais rien du tout moi.",
            "Aucune idée, désolé.",
            "Je ne sais pas.",
        ] {
            assert!(only_has_none(text), "{text}");
        }
        for text in [
            "Je ne sais pas, une sorte de trou.",
            "Je sais pas le nom de la rue, c'est derrière la gare.",
            "Du tout.",
            "Peu importe le jour, plutôt le matin.",
        ] {
            assert!(!only_has_none(text), "{text}");
        }
        assert!(gives_up("Finalement je laisse tomber.") && !gives_up("Non, mardi."));
        assert!(has_no_phone("Je n'ai pas de téléphone.") && !has_no_phone("Je préfère ne pas donner mon téléphone."));
        assert!(is_own_number("Au numéro qui s'affiche.") && !is_own_number("Le 06 42 18 75 91."));
    }
}
