//! Is the sentence finished? People pause in the middle of what they say, and the words tell more than the silence:
//! "je voudrais savoir" goes on, "je voudrais un acte de naissance" may be all.
//!
//! Rules, not statistics: each has its reason beside it, and a wrong one can be found and put right. Whisper's own
//! punctuation is a witness too: it writes "…" or a comma where a voice stays up.

use super::normalise::{self, Word};
use super::{Reading, Value, date, name, numbers, phone};
use crate::units::Expect;

/// How finished an utterance is by its words.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Completeness {
    /// Nothing is missing: the answer to what was asked, a command, a question on a topic.
    Complete,
    /// A request on a topic, not put as a question: "je voudrais un acte de naissance".
    Requested,
    /// A whole sentence on a topic, but neither question nor request: what is wanted may yet follow. "Mon passeport est
    /// périmé depuis la semaine dernière."
    Told,
    /// The same in a few words about oneself, as people begin a story: "j'ai reçu un message", "mes voisins font la fête".
    Introduced,
    /// A whole sentence, of which we do not know what it is about.
    Unclear,
    /// It may be finished, or not.
    #[default]
    Open,
    /// A few words that mean nothing yet.
    Fragment,
    /// Something must follow: "je voudrais savoir si", "zéro six quarante-deux".
    Unfinished,
    /// The caller asks for time: "attendez, je cherche".
    AsksForTime,
}

/// The last words of a sentence that is not finished, in small letters without accents: words that lead to another.
const LEADS_ON: &[&str] = &[
    // determiners
    "le",
    "la",
    "les",
    "l",
    "un",
    "une",
    "des",
    "du",
    "de",
    "d",
    "au",
    "aux",
    "mon",
    "ma",
    "mes",
    "ton",
    "ta",
    "tes",
    "son",
    "sa",
    "ses",
    "notre",
    "nos",
    "votre",
    "vos",
    "leur",
    "leurs",
    "ce",
    "cet",
    "cette",
    "ces",
    "quel",
    "quelle",
    "quels",
    "quelles",
    "chaque",
    "quelques",
    "plusieurs",
    // prepositions
    "a",
    "pour",
    "dans",
    "sur",
    "sous",
    "chez",
    "vers",
    "par",
    "en",
    "entre",
    "depuis",
    "sans",
    "avec",
    "contre",
    "concernant",
    "pendant",
    // conjunctions and relatives
    "et",
    "ou",
    "mais",
    "que",
    "qu",
    "si",
    "car",
    "donc",
    "comme",
    "dont",
    "puisque",
    "parce",
    "lorsque",
    "qui",
    "puis",
    "ni",
    // subjects and what stands before a verb
    "je",
    "j",
    "tu",
    "il",
    "ils",
    "elle",
    "elles",
    "on",
    "ne",
    "n",
    "me",
    "m",
    "te",
    "se",
    "s",
    "y",
    // verbs that want more
    "est",
    "suis",
    "sont",
    "ai",
    "avons",
    "etait",
    "etes",
    "voudrais",
    "voudrait",
    "voulais",
    "aimerais",
    "souhaite",
    "souhaiterais",
    "souhaiterai",
    "dois",
    "doit",
    "devrais",
    "faut",
    "faudrait",
    "aurais",
    "savoir",
    "appelle",
    "viens",
    "vais",
    "va",
    "cherche",
    "tres",
    "trop",
    "assez",
    "plus",
];
/// After these, even a word that leads on may end a sentence: "c'est où", "s'il vous en faut plus", "il y en a".
const MAY_END: &[&str] = &[
    "c est ou",
    "il est ou",
    "elle est ou",
    "ils sont ou",
    "elles sont ou",
    "ou est ce que c est",
    "comment ca va",
    "qu est ce que c est",
    "c est qui",
    "a qui",
    "avec qui",
    "pour qui",
    "en plus",
    "de plus",
    "il y en a",
    "y en a",
    "il en est",
    "j en ai",
    "je l ai",
    "en a",
    "ou j en suis",
    "la bas",
    "celui la",
    "celle la",
    "ce jour la",
    "vous etes la",
    "toujours la",
    "encore la",
    "j y vais",
    "on y va",
    "ca y est",
    "non plus",
    "est la",
    "faire avec",
    "ce qu il faut",
    "combien il faut",
    "comment il faut",
    "quand il faut",
    "n en ai plus",
    "marche plus",
    "fonctionne plus",
    "n existe plus",
    "eclaire plus",
    "ne peux plus",
    "sais plus",
    "souviens plus",
    "n en peux plus",
    "c est trop",
];
/// Sounds and words of somebody who looks for the next one.
const HESITATES: &[&str] = &[
    "euh",
    "heu",
    "hum",
    "hm",
    "ben",
    "bah",
    "alors",
    "enfin",
    "disons",
    "genre",
    "comment dire",
    "comment on dit",
    "comment vous dites",
    "comment ca s appelle",
    "comment on appelle ca",
    "en fait",
    "du coup",
    "c est a dire",
    "d abord",
    "attendez voir",
    "je crois que",
    "je pense que",
    "comment",
    "voyons",
];
/// Openings that say nothing yet.
const OPENINGS: &[&str] = &[
    "je vous appelle",
    "je vous appelle parce que",
    "je t appelle",
    "j appelle",
    "c est pour",
    "c est au sujet",
    "c est a propos",
    "voila je vous explique",
    "je vous explique",
    "je vais vous expliquer",
    "j ai une question",
    "j aurais une question",
    "j ai une petite question",
    "une petite question",
    "une question",
    "un renseignement",
    "un petit renseignement",
    "une demande",
    "une demarche",
    "deux choses",
    "deux questions",
    "j ai deux questions",
    "j ai deux choses a vous demander",
    "un papier",
    "un document",
    "une information",
    "un probleme",
    "je voudrais un renseignement",
    "je voudrais vous demander",
    "je voulais vous demander",
    "je voudrais demander",
    "je voulais demander",
    "pour vous demander",
    "dites moi",
    "est ce que vous",
    "est ce que je",
    "est ce que",
    "est ce qu il",
    "qu est ce que",
    "voila",
    "bonjour",
    "bonsoir",
    "allo",
    "madame",
    "monsieur",
    "mademoiselle",
    "excusez moi",
    "pardon",
    "oui",
    "s il vous plait",
    "la mairie",
    "c est la mairie",
    "mairie",
    "c est bien la mairie",
    "enchante",
    "dites",
    "ecoutez",
    "merci",
    "ah",
    "oh",
    "eh bien",
    "bon",
    "d accord",
];
/// What questions and requests are made of, besides wishes.
const WANTS: &[&str] = &[
    "faudrait",
    "il faut",
    "me faut",
    "nous faut",
    "besoin",
    "est ce",
    "comment",
    "combien",
    "quel",
    "quelle",
    "quels",
    "quelles",
    "quand",
    "pourquoi",
    "pouvez",
    "pourriez",
    "peut on",
    "passez moi",
    "passe moi",
    "passer",
    "appelle pour",
    "appelle au sujet",
    "c est pour",
    "je cherche",
    "signaler",
    "signale",
    "demander",
    "savoir",
    "puis je",
    "qui s occupe",
    "vers qui",
    "a qui",
    "c est ou",
    "ou est",
    "y a t il",
    "qu est",
    "que faire",
    "quoi",
    "reserver",
    "inscrire",
    "annuler",
    "prendre rendez vous",
    "renseignement",
];
/// Words of a wish, which what is wished for follows.
const WISHES: &[&str] = &[
    "voudrais",
    "voudrait",
    "voulais",
    "voulait",
    "veux",
    "veut",
    "voulons",
    "aimerais",
    "aimerait",
    "aimerions",
    "souhaite",
    "souhaiterais",
    "souhaitons",
];
/// What people do themselves: how to go about it is what they will ask. "On voudrait se marier l'année prochaine."
const PROJECTS: &[&str] = &[
    "se marier",
    "me marier",
    "nous marier",
    "se pacser",
    "me pacser",
    "nous pacser",
    "construire",
    "faire construire",
    "faire une",
    "faire des travaux",
    "mettre un",
    "mettre une",
    "poser",
    "installer",
    "agrandir",
    "abattre",
    "couper",
    "planter",
    "demenager",
    "ouvrir",
    "creer",
    "monter",
    "organiser",
    "divorcer",
    "adopter",
    "baptiser",
    "vendre",
    "transformer",
    "refaire ma facade",
    "refaire ma toiture",
];
/// A statement of so few words is likely the first of two.
const INTRODUCTION: usize = 8;
/// A report that says where is all there.
const PLACES: &[&str] = &[
    "rue",
    "avenue",
    "boulevard",
    "place",
    "chemin",
    "impasse",
    "allee",
    "route",
    "quai",
    "quartier",
    "devant",
    "derriere",
    "en face",
    "au coin",
    "a l angle",
    "a cote",
    "a la hauteur",
];
/// What was asked for, and not yet said.
const ANNOUNCED: &[&str] = &[
    "numero",
    "reference",
    "code",
    "nom",
    "prenom",
    "adresse",
    "date",
    "telephone",
];
/// Words that are no sentence.
const FEW: usize = 4;
/// Words that are one, whatever it is about.
const WHOLE: usize = 6;
/// So many digits of a telephone number's ten are most of them.
const MOST_OF_TEN: usize = 7;
/// Requests for time.
const TIME: &[&str] = &[
    "attendez",
    "attends",
    "patientez",
    "je cherche",
    "je regarde",
    "je vais voir",
    "je vais chercher",
    "je vais regarder",
    "une seconde",
    "deux secondes",
    "un instant",
    "un moment",
    "une minute",
    "deux minutes",
    "ne quittez pas",
    "je reflechis",
    "laissez moi chercher",
    "laissez moi regarder",
    "ou est ce que je l ai mis",
    "je l ai la",
    "bougez pas",
    "je prends mes lunettes",
    "je prends un stylo",
    "je retrouve",
    "je verifie",
];

/// The same, where recognition lost what follows: "attendez, je cher".
const TIME_BEGINS: &[&str] = &[
    "attendez",
    "attends",
    "patientez",
    "un instant",
    "une seconde",
    "deux secondes",
];

/// What is done meanwhile: "attendez, je cherche mon papier".
const LOOKS: &[&str] = &[
    "je cherche",
    "je regarde",
    "je prends",
    "je vais chercher",
    "je note",
    "je mets mes lunettes",
    "je verifie",
    "je retrouve",
];

/// A passage this likely is what is asked for. Those that are only worth a question may be near to half a sentence.
const LIKELY: f32 = 0.5;

/// How finished `text` is, which was read as `reading` when `expect` was asked for.
pub fn completeness(text: &str, reading: &Reading, expect: Expect) -> Completeness {
    let words = normalise::words(text);
    if words.is_empty() {
        return Completeness::Open;
    }
    if asks_for_time(&words, reading.topic.is_some() || reading.command.is_some()) {
        return Completeness::AsksForTime;
    }
    if hesitates(&words) {
        return Completeness::Unfinished;
    }
    // "Non merci", with a voice that stays up, and "c'est tout" follows.
    if reading.yes_no == Some(false) && reading.command.is_none() && ends_with(&words, "merci") {
        return Completeness::Told;
    }
    if expect == Expect::YesNo && reading.yes_no.is_some() && !leads_on(&words) {
        return Completeness::Complete;
    }
    if trails_off(text) && !matches!(reading.value, Some(Value::Phone(_))) {
        return Completeness::Unfinished;
    }
    match expect {
        Expect::Message => Completeness::Open,
        _ if reading.command.is_some() => Completeness::Complete,
        Expect::Phone
        | Expect::Digits
        | Expect::Name
        | Expect::Date
        | Expect::Time
        | Expect::Address
        | Expect::Email
        | Expect::Amount
        | Expect::Option(_)
        | Expect::Choice => asked_value(text, &words, reading, expect),
        Expect::YesNo | Expect::Anything | Expect::Text | Expect::Place => sentence(text, &words, reading),
    }
}

/// A value that was asked for: numbers come in groups, names are spelled.
fn asked_value(text: &str, words: &[Word], reading: &Reading, expect: Expect) -> Completeness {
    match (&reading.value, expect) {
        (Some(Value::Phone(_) | Value::Choice(_) | Value::Option(_)), _) => Completeness::Complete,
        // The first digits of a number that has ten. With most of them, it may be all there, and misheard.
        (None, Expect::Phone) if (1..MOST_OF_TEN).contains(&digits(text)) => Completeness::Unfinished,
        (None, Expect::Phone) if digits(text) > 0 => Completeness::Open,
        // How long a number is that is not a telephone's, nobody knows.
        (Some(Value::Digits(_)), _) => Completeness::Open,
        (Some(Value::Name(_)), _) => match name::spelled(text) {
            name::Spelling::Whole => Completeness::Complete,
            name::Spelling::Begun => Completeness::Unfinished,
            name::Spelling::None => Completeness::Open,
        },
        // A birth has a year, and is no day without it.
        (None | Some(Value::Date(_)), Expect::Date) if is_born(words) && numbers::numbers_in(text, true).len() == 1 => {
            Completeness::Unfinished
        }
        // "le mardi" wants "vingt-deux septembre"; "mardi" may be followed by it; both together are a date.
        (Some(Value::Date(_)), _) if words.len() == 2 && words[0].folded == "le" => Completeness::Unfinished,
        // "… dans l'après-midi si possible" may come.
        (Some(Value::Date(_)), _) if words.len() >= 3 && !leads_on(words) => Completeness::Told,
        (Some(Value::Time(_)), _) if !leads_on(words) => Completeness::Complete,
        // "Douze euros", and "cinquante" may come; the end of an address may be a town.
        (Some(Value::Amount(_) | Value::Address(_)), _) if !leads_on(words) => Completeness::Open,
        // "… arobase orange", and "point fr".
        (Some(Value::Email(_)), _) if !leads_on(words) => Completeness::Complete,
        (None, Expect::Email) => Completeness::Unfinished,
        // "Alors, le numéro de ma demande…": here it comes.
        (None, _) if digits(text) == 0 && announces(words) => Completeness::Unfinished,
        _ => sentence(text, words, reading),
    }
}

/// What was asked for is named, and not said to be unknown.
fn announces(words: &[Word]) -> bool {
    words.len() <= INTRODUCTION && has_any(words, ANNOUNCED) && !has_any(words, &["pas", "plus", "aucun", "aucune"])
}

/// How many digits were said.
fn digits(text: &str) -> usize {
    numbers::numbers_in(text, true).iter().map(|n| n.digits.len()).sum()
}

/// "Je suis née le trois mars", "date de naissance".
fn is_born(words: &[Word]) -> bool {
    has_any(words, &["suis ne", "suis nee", "est ne", "est nee", "naissance"])
}

/// A free sentence.
fn sentence(text: &str, words: &[Word], reading: &Reading) -> Completeness {
    // Recognition writes "?" where a voice rises before a pause, too: nobody asks us what they have.
    let asks = text.trim_end().ends_with('?') && (wants(words) || !tells_of_oneself(words));
    if leads_on(words) && !(asks && ends_inverted(text)) {
        return Completeness::Unfinished;
    }
    if reading.opening {
        return Completeness::Unfinished;
    }
    if phone::phone(text).is_some() {
        return Completeness::Complete;
    }
    if ends_in_digits(words) && !asks {
        // A number that nobody asked for comes in groups all the same: a telephone's has ten digits.
        let digits = digits(text);
        let alone = words
            .iter()
            .filter(|w| numbers::numbers_in(&w.surface, true).is_empty())
            .count()
            <= 1;
        let telephone =
            digits < 10 && (alone || digits >= 4 || numbers::numbers_in(text, true)[0].digits.starts_with('0'));
        return if telephone {
            Completeness::Unfinished
        } else {
            Completeness::Open
        };
    }
    // Nobody asked for a day: what it is about follows, or its hour.
    if !asks && only_a_day(words) {
        return Completeness::Unfinished;
    }
    let ended = text.trim_end().ends_with(['.', '?', '!']);
    let found = reading.passages.first();
    let means = reading.topic.is_some()
        || reading.service.is_some()
        || reading.happenings.is_some()
        || (reading.yes_no.is_some() && words.len() <= 5)
        || found.is_some_and(|found| found.confidence >= LIKELY)
        || (reading.leans && asks);
    match (means, ended) {
        (true, true) if asks || reading.yes_no.is_some() || reading.happenings.is_some() => Completeness::Complete,
        (true, true) if has_a_project(words) => Completeness::Introduced,
        (true, true) if wants(words) => Completeness::Requested,
        (true, true) if begins_a_story(words) => Completeness::Introduced,
        (true, true) => Completeness::Told,
        (false, _) if words.len() <= FEW => Completeness::Fragment,
        (false, false) => Completeness::Fragment,
        (false, true) if asks || wants(words) || words.len() >= WHOLE => Completeness::Unclear,
        _ => Completeness::Open,
    }
}

/// A few words about oneself, or hardly any: "mes voisins font la fête", "un lampadaire clignote".
fn begins_a_story(words: &[Word]) -> bool {
    let short = words.len() <= FEW || words.len() <= INTRODUCTION && tells_of_oneself(words);
    short && !has_any(words, PLACES)
}

/// "J'ai un vieux canapé à jeter", "mon passeport est périmé".
fn tells_of_oneself(words: &[Word]) -> bool {
    let folded = folded(words);
    let rest = normalise::without_fillers(words);
    let first = rest.first().map_or("", |w| w.folded.as_str());
    matches!(first, "mon" | "ma" | "mes" | "notre" | "nos" | "nous")
        || [
            "j ai",
            "je suis",
            "j avais",
            "on a",
            "on est",
            "on m",
            "vous m",
            "vous nous",
        ]
        .iter()
        .any(|phrase| normalise::contains(&folded[..folded.len().min(4)], phrase))
}

/// A question or a request, by one of its words.
fn wants(words: &[Word]) -> bool {
    wish(words).is_some() || has_any(words, WANTS) || tells_of_us(words)
}

/// "Vous êtes là le vendredi après-midi": who tells us what we do, asks. Not so "vous m'avez envoyé une lettre".
fn tells_of_us(words: &[Word]) -> bool {
    let rest = normalise::without_fillers(words);
    rest.len() > 1 && rest[0].folded == "vous" && !tells_of_oneself(words)
}

/// Where a word of a wish stands.
fn wish(words: &[Word]) -> Option<usize> {
    words.iter().position(|word| WISHES.contains(&word.folded.as_str()))
}

/// "Le mardi vingt-deux septembre."
fn only_a_day(words: &[Word]) -> bool {
    let named = |names: &[&str], word: &Word| names.contains(&word.folded.as_str());
    let number = |word: &Word| !numbers::numbers_in(&word.surface, true).is_empty();
    words.len() >= 3
        && words
            .iter()
            .any(|word| named(&date::WEEKDAYS, word) || named(&date::MONTHS, word))
        && words.iter().all(|word| {
            named(&date::WEEKDAYS, word)
                || named(&date::MONTHS, word)
                || number(word)
                || named(&["le", "de", "du"], word)
        })
}

/// A want that is not of us: "on voudrait se marier", "c'est pour un passeport".
fn has_a_project(words: &[Word]) -> bool {
    let wish = wish(words);
    let folded = folded(words);
    // To inscribe somebody is the project, not what is asked about it.
    let wants = WANTS
        .iter()
        .filter(|want| **want != "inscrire" && normalise::contains(&folded, want));
    let asked = wants.count() + usize::from(wish.is_some());
    let project = wish.is_some_and(|at| {
        let rest = &words[at + 1..];
        // "Je voudrais inscrire mon fils": to what?
        let whom = rest.iter().rev().take(3).any(|word| word.folded == "inscrire");
        whom || has_any(&rest[..rest.len().min(3)], PROJECTS)
    });
    let object = has_any(words, &["c est pour"]) && words.len() <= FEW + 2;
    // Whoever asks for more than that has said what is wanted.
    asked == 1 && (project || object)
}

fn folded(words: &[Word]) -> Vec<String> {
    words.iter().map(|word| word.folded.clone()).collect()
}

/// Whether one of the `phrases` (folded, single spaces) stands among the words.
fn has_any(words: &[Word], phrases: &[&str]) -> bool {
    let folded = folded(words);
    phrases.iter().any(|phrase| normalise::contains(&folded, phrase))
}

/// Whisper heard that the voice stays up, or was cut.
fn trails_off(text: &str) -> bool {
    let text = text.trim_end();
    text.ends_with("...") || text.ends_with(['…', ',', '-', ':', ';', '–', '—'])
}

fn hesitates(words: &[Word]) -> bool {
    HESITATES.iter().any(|end| ends_with(words, end)) && !asks_how(words)
}

/// "C'est comment", "je fais comment": a question, not a hesitation.
fn asks_how(words: &[Word]) -> bool {
    words.len() > 2 && ends_with(words, "comment")
}

fn leads_on(words: &[Word]) -> bool {
    let Some(last) = words.last() else { return false };
    // "Bien sûr" is not "sur".
    let accented = matches!(last.surface.to_lowercase().as_str(), "sûr" | "là" | "dû");
    !accented
        && LEADS_ON.contains(&last.folded.as_str())
        && !MAY_END.iter().any(|end| ends_with(words, end))
        && !asks_with_the_verb_last(words)
}

/// "Quelle autorisation il faut", "combien je dois": what the verb wants stands before it.
fn asks_with_the_verb_last(words: &[Word]) -> bool {
    let Some((last, before)) = words.split_last() else {
        return false;
    };
    let asks = |w: &Word| {
        matches!(
            w.folded.as_str(),
            "quel" | "quelle" | "quels" | "quelles" | "combien" | "comment"
        )
    };
    matches!(
        last.folded.as_str(),
        "faut" | "dois" | "doit" | "est" | "sont" | "a" | "va"
    ) && before.split_last().is_some_and(|(_, earlier)| earlier.iter().any(asks))
}

/// "Où est-il ?", "que faut-il ?": the subject after its verb ends a question.
fn ends_inverted(text: &str) -> bool {
    let last = text.split_whitespace().rfind(|w| w.chars().any(char::is_alphabetic));
    last.is_some_and(|word| word.contains('-') && !normalise::fold(word).starts_with("est-ce"))
}

/// Nothing but greetings and openings.
pub(super) fn only_opens(words: &[Word]) -> bool {
    let mut longest_first: Vec<&str> = OPENINGS.to_vec();
    longest_first.sort_by_key(|phrase| std::cmp::Reverse(phrase.len()));
    normalise::without(words, &longest_first).is_empty() && words.iter().any(|w| w.folded != "merci")
}

fn asks_for_time(words: &[Word], means_something: bool) -> bool {
    let tail = |most: usize| &words[words.len().saturating_sub(most)..];
    // At its end, or nearly: "attendez, je cherche… voilà" goes on with what was looked for.
    let asks = TIME.iter().any(|phrase| ends_with(tail(6), phrase));
    let looks = has_any(&words[..words.len().min(5)], TIME_BEGINS) && words.len() <= 10 && has_any(words, LOOKS);
    asks || looks || (!means_something && has_any(tail(4), TIME_BEGINS))
}

fn ends_in_digits(words: &[Word]) -> bool {
    let Some(last) = words.last() else { return false };
    !numbers::numbers_in(&last.surface, true).is_empty() && last.folded != "un" && last.folded != "une"
}

/// Whether the last words are `phrase` (folded, single spaces).
fn ends_with(words: &[Word], phrase: &str) -> bool {
    let mut rest = words.iter().rev();
    phrase
        .rsplit(' ')
        .all(|part| rest.next().is_some_and(|word| word.folded == part))
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDate;

    use super::*;
    use crate::understand::{TopicMatch, date, name as names, yes_no};

    /// As `Understanding::read` would, with a topic wherever the plan could have one.
    fn judged(text: &str, expect: Expect, topic: bool) -> Completeness {
        let day = NaiveDate::from_ymd_opt(2026, 11, 24).expect("a day");
        let words = normalise::words(text);
        let value = match expect {
            Expect::Phone => phone::phone(text).map(Value::Phone),
            Expect::Digits => phone::digits(text).map(Value::Digits),
            Expect::Name => names::name(text).map(Value::Name),
            Expect::Date => date::date(text, day).map(Value::Date),
            _ => None,
        };
        let found = TopicMatch {
            id: "x".into(),
            confidence: 0.9,
        };
        let reading = Reading {
            command: crate::understand::commands::command(text),
            yes_no: yes_no::read(&words, expect == Expect::YesNo),
            topic: topic.then_some(found),
            opening: only_opens(&words),
            value,
            ..Reading::default()
        };
        completeness(text, &reading, expect)
    }

    #[test]
    fn what_a_passage_answers_and_what_leans_on_an_answer_are_whole() {
        let read = |text: &str, confidence: Option<f32>| {
            let passage = confidence.map(|confidence| crate::understand::lookup::PassageMatch {
                passage: 0,
                confidence,
                covers: true,
                is_named: true,
            });
            let reading = Reading {
                passages: passage.into_iter().collect(),
                leans: super::super::follow_up::leans(text),
                ..Reading::default()
            };
            completeness(text, &reading, Expect::Anything)
        };
        let question = "Où est-ce que je peux promener mon chien ?";
        assert_eq!(read(question, Some(0.5)), Completeness::Complete);
        assert_eq!(read(question, Some(0.1)), Completeness::Unclear);
        assert_eq!(read("Et le samedi ?", None), Completeness::Complete);
        assert_eq!(read("Et le samedi", None), Completeness::Fragment, "it may go on");
    }

    #[test]
    fn free_sentences() {
        use Completeness::{AsksForTime, Complete, Fragment, Introduced, Open, Requested, Told, Unclear, Unfinished};
        for (text, topic, expected) in [
            (
                "Je voudrais savoir si la mairie est ouverte le samedi matin.",
                true,
                Requested,
            ),
            ("C'est quel jour le ramassage des poubelles jaunes ?", true, Complete),
            ("Vous fermez entre midi et deux ?", true, Complete),
            ("Mes voisins font la fête.", true, Introduced),
            ("Il y a un trou devant chez moi.", true, Told),
            ("Un lampadaire clignote, avenue du Vercors.", true, Told),
            ("Mes voisins font la fête toutes les nuits depuis un mois.", true, Told),
            ("Alors attendez je cher.", false, AsksForTime),
            ("Alors 5, 8.", false, Unfinished),
            ("Pour une piscine quelle autorisation il faut ?", true, Complete),
            ("Je voulais savoir quelle est", true, Unfinished),
            ("Je voudrais", true, Unfinished),
            ("On voudrait se marier l'année prochaine.", true, Introduced),
            (
                "On voudrait se marier l'année prochaine, il faut faire quoi comme dossier.",
                true,
                Requested,
            ),
            ("Je voudrais poser une clôture.", true, Introduced),
            ("C'est pour un passeport.", true, Introduced),
            ("Passe-moi le service de l'état civil.", true, Requested),
            ("Est-ce que vous réparez les grille-pain ?", false, Unclear),
            ("C'est pour un rendez-vous pour un passeport.", true, Requested),
            ("Je voudrais un acte de naissance.", true, Requested),
            ("Le mardi 22 septembre.", false, Unfinished),
            ("Je voudrais savoir si", true, Unfinished),
            ("Je voudrais savoir si la mairie", false, Fragment),
            ("C'est pour un passeport pour ma", true, Unfinished),
            ("C'est pour un passeport...", true, Unfinished),
            ("C'est pour un passeport,", true, Unfinished),
            ("C'est pour un passeport, euh...", true, Unfinished),
            ("Alors, euh, c'est pour, euh", true, Unfinished),
            ("Bonjour.", false, Unfinished),
            ("Oui, bonjour madame.", false, Unfinished),
            ("Oui bonjour, je vous appelle parce que", false, Unfinished),
            ("Bonjour, je vous appelle.", false, Unfinished),
            ("J'ai une petite question.", false, Unfinished),
            ("Est-ce que vous", false, Unfinished),
            ("Alors attendez, je cherche.", false, AsksForTime),
            ("Attendez, je vérifie mon numéro.", false, AsksForTime),
            ("Attendez.", false, AsksForTime),
            ("Une seconde.", false, AsksForTime),
            (
                "Alors attendez, je cherche, voilà, c'est pour un acte de naissance.",
                true,
                Requested,
            ),
            ("Un agent.", false, Complete),
            ("Au revoir.", false, Complete),
            ("C'est où ?", true, Complete),
            ("Il faut apporter quoi ?", true, Complete),
            ("Où est-il ?", true, Complete),
            ("Ça coûte combien ?", true, Complete),
            ("C'est comment pour se pacser ?", true, Complete),
            ("On fait comment ?", true, Complete),
            ("C'est pour une demande.", false, Unfinished),
            ("Un lampadaire clignote.", true, Introduced),
            ("Je voudrais inscrire mon fils.", true, Introduced),
            ("Je voudrais inscrire mon fils à la cantine.", true, Requested),
            ("Il me faudrait un rendez-vous pour, comment on dit.", true, Unfinished),
            ("L'école m'a dit qu'il fallait d'abord.", true, Unfinished),
            ("Je voudrais faire une piscine.", true, Introduced),
            ("Mon passeport est périmé", true, Open),
            ("Mon passeport est périmé.", true, Introduced),
            ("Le lampadaire ne marche plus.", true, Told),
            ("Je veux construire une véranda, il faut un permis.", true, Requested),
            ("Je vous signale que le lampadaire ne marche plus.", true, Requested),
            ("C'est un portable.", false, Fragment),
            ("Mon numéro c'est le 06 42", false, Unfinished),
            ("C'est au numéro 12", false, Open),
            ("C'est le 06, 1234 56 78.", false, Complete),
            // The voice rose before a pause: nobody asks us what they have.
            ("J'ai un vieux canapé à jeter ?", true, Introduced),
            ("Mon passeport est périmé ?", true, Introduced),
            ("J'ai droit à quoi ?", true, Complete),
            ("", false, Open),
            ("Je voudrais commander une pizza.", false, Unclear),
            ("J'ai vu un chat sur le toit hier.", false, Unclear),
            ("On a vu un chat.", false, Open),
            ("Vous êtes là le vendredi après-midi.", true, Requested),
            ("Vous m'avez envoyé une lettre.", true, Introduced),
            ("Vous nous avez écrit.", true, Introduced),
        ] {
            assert_eq!(judged(text, Expect::Anything, topic), expected, "{text}");
        }
    }

    #[test]
    fn what_was_asked_for() {
        use Completeness::{AsksForTime, Complete, Open, Told, Unclear, Unfinished};
        for (text, expect, expected) in [
            ("Oui.", Expect::YesNo, Complete),
            ("Bien sûr.", Expect::YesNo, Complete),
            ("Oui, s'il vous plaît.", Expect::YesNo, Complete),
            ("Non merci, c'est tout.", Expect::YesNo, Complete),
            ("Non merci.", Expect::YesNo, Told),
            ("Non merci.", Expect::Anything, Told),
            ("Oui, mais", Expect::YesNo, Unfinished),
            ("Oui, euh...", Expect::YesNo, Unfinished),
            ("Zéro six", Expect::Phone, Unfinished),
            ("C'est le 06 42 18", Expect::Phone, Unfinished),
            ("C'est le 06 42 18 75 91.", Expect::Phone, Complete),
            ("C'est le 06 42 18 75 91,", Expect::Phone, Complete),
            ("C'est le 06 42 18 75", Expect::Phone, Open),
            ("C'est le 06 42 18 175 91", Expect::Phone, Open),
            ("Alors attendez", Expect::Phone, AsksForTime),
            ("Alors le numéro de ma demande.", Expect::Digits, Unfinished),
            ("Mon nom de famille.", Expect::Name, Unfinished),
            ("Je n'ai pas mon numéro de dossier.", Expect::Digits, Unclear),
            ("C'est le", Expect::Phone, Unfinished),
            ("427", Expect::Digits, Open),
            ("Je m'appelle Françoise Lefebvre.", Expect::Name, Open),
            ("Lefebvre, L, E, F", Expect::Name, Unfinished),
            ("Lefebvre, L, E, F, E, B, V, R, E.", Expect::Name, Complete),
            ("Le mardi", Expect::Date, Unfinished),
            ("Le mardi 22 septembre.", Expect::Date, Told),
            ("Je suis née le 3 mars.", Expect::Date, Unfinished),
            ("Je suis née le 3 mars 1962.", Expect::Date, Told),
        ] {
            assert_eq!(judged(text, expect, false), expected, "{text}");
        }
    }
}
