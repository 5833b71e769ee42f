//! Names, with spelling: "Lefebvre, L, E, F, E, B, V, R, E", "B comme Bernard", "deux L", "E accent aigu".

use super::date::WEEKDAYS;
use super::normalise;
use super::{address, numbers, phonetic};
use remark::Remark;
use std::ops::Range;

mod remark;
mod spelling;

/// How names are introduced, longest first.
const LEAD_INS: &[&str] = &[
    "mon nom de jeune fille c est",
    "nom de jeune fille",
    "mon nom de famille c est",
    "mon nom de famille est",
    "le nom de famille c est",
    "le nom de famille est",
    "mon nom de famille",
    "le nom de famille",
    "c est au nom de",
    "bonjour je m appelle",
    "alors je m appelle",
    "mon nom c est",
    "mon prenom c est",
    "le nom c est",
    "le prenom c est",
    "le prenom est",
    "le nom est",
    "moi je m appelle",
    "je vous l epelle",
    "s il vous plait",
    "je m appelle",
    "mon nom est",
    "mon prenom est",
    "nom de famille",
    "au nom de",
    "c est monsieur",
    "c est madame",
    "c est mademoiselle",
    "moi c est",
    "je suis monsieur",
    "je suis madame",
    "ca s ecrit",
    "qui s ecrit",
    "je vous epelle",
    "ca s epelle",
    "c est bien ca",
    "c est ca",
    "c est tout",
    "d accord",
    "a l appareil",
    "il s ecrit",
    "s ecrit",
    "j ai dit",
    "je repete",
    "je suis",
    "c est",
    "j epelle",
    "mon mari",
    "ma femme",
    "mon epouse",
    "ma mere",
    "mon pere",
    "ma fille",
    "mon fils",
    "mon frere",
    "ma soeur",
    "mon compagnon",
    "ma compagne",
    "mon beau pere",
    "ma belle mere",
    "mon grand pere",
    "ma grand mere",
    "mes parents",
    "excusez moi",
    "ici",
    "epele",
    "mon prenom",
    "le prenom",
    "mon nom",
    "le nom",
    "prenom",
    "nom",
    "monsieur",
    "madame",
    "mademoiselle",
    "mme",
    "mlle",
    "mr",
    "veuve",
    "excusez",
    "attendez",
    "bonjour",
    "bonsoir",
    "merci beaucoup",
    "merci bien",
    "merci",
    "eh bien",
    "ah",
    "oh",
    "heu",
    "hein",
    "alors",
    "oui",
    "non",
    "bah",
    "ben",
    "euh",
    "donc",
    "voila",
];
/// Words of a name that keep small letters inside it.
const PARTICLES: &[&str] = &[
    "de", "du", "des", "la", "le", "les", "d", "l", "van", "von", "der", "den", "da", "dos", "di", "y",
];
/// How people are addressed; no part of a name.
const TITLES: &[&str] = &["madame", "monsieur", "mademoiselle", "mme", "mlle", "mr"];
/// More words than this are no name.
const LONGEST: usize = 6;

/// What stands before a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Gap {
    Space,
    Hyphen,
    Apostrophe,
    /// A comma, the end of a sentence, the start of what is said.
    Pause,
}

/// A word, and how it follows the one before.
#[derive(Clone, Debug)]
struct Heard {
    surface: String,
    folded: String,
    gap: Gap,
}

/// The words of `text`; a hyphen or an apostrophe between two of them may be said.
fn heard(text: &str) -> Vec<Heard> {
    let text = text.replace('@', " arobase ");
    let mut words: Vec<Heard> = Vec::new();
    let mut rest = text.as_str();
    while let Some(start) = rest.find(char::is_alphanumeric) {
        let (before, after) = rest.split_at(start);
        let end = after.find(|c: char| !c.is_alphanumeric()).unwrap_or(after.len());
        let gap = match before {
            "-" => Gap::Hyphen,
            "'" | "’" => Gap::Apostrophe,
            _ if words.is_empty() || before.contains([',', ';', ':', '.', '!', '?', '…']) => Gap::Pause,
            _ => Gap::Space,
        };
        words.push(Heard {
            surface: after[..end].to_owned(),
            folded: normalise::fold(&after[..end]),
            gap,
        });
        rest = &after[end..];
    }
    joined(words)
}

/// "Roux tiret Perrin", "d apostrophe, Orgeval": between words, not between letters that are spelled.
fn joined(mut words: Vec<Heard>) -> Vec<Heard> {
    const JOINTS: [(&str, Gap); 3] = [
        ("trait d union", Gap::Hyphen),
        ("tiret", Gap::Hyphen),
        ("apostrophe", Gap::Apostrophe),
    ];
    let mut at = 1;
    while at < words.len() {
        let joint = JOINTS.iter().find(|(phrase, _)| begins(&words[at..], phrase));
        if let Some((phrase, gap)) = joint {
            let next = at + phrase.split(' ').count();
            let letter = |at: usize| words[at].folded.chars().count() == 1;
            if next < words.len()
                && words[next].folded != "entre"
                && !letter(next)
                && letter(at - 1) == (*gap == Gap::Apostrophe)
            {
                words[next].gap = *gap;
                words.drain(at..next);
            }
        }
        at += 1;
    }
    words
}

/// Whether `words` begin with `phrase` (folded words with single spaces).
fn begins(words: &[Heard], phrase: &str) -> bool {
    let mut words = words.iter();
    phrase
        .split(' ')
        .all(|part| words.next().is_some_and(|word| word.folded == part))
}

/// The name in `text`, with its capitals.
pub fn name(text: &str) -> Option<String> {
    let words = heard(text);
    labelled(&words).or_else(|| repaired(&words))
}

/// "Robert c'est mon prénom, mon nom c'est Chauvin": first name and name, each with what it is called before it or after it.
fn labelled(words: &[Heard]) -> Option<String> {
    const OWN: [&str; 4] = ["mon", "le", "son", "ton"];
    let is = |at: usize, names: &[&str]| words.get(at).is_some_and(|word| names.contains(&word.folded.as_str()));
    // Where each label stands: its words, and whether the name comes before it.
    let mut labels: Vec<(Range<usize>, bool, bool)> = Vec::new();
    for at in (0..words.len()).filter(|at| is(*at, &["nom", "prenom"])) {
        let end_before = labels.last().map_or(0, |(words, ..)| words.end);
        let start = at - usize::from(at > end_before && is(at - 1, &OWN));
        let end = at
            + 1
            + if is(at + 1, &["de"]) && is(at + 2, &["famille"]) {
                2
            } else {
                0
            };
        let trails = start >= end_before + 3 && is(start - 1, &["est"]) && is(start - 2, &["c"]);
        let leads = end
            + if is(end, &["c"]) && is(end + 1, &["est"]) {
                2
            } else {
                usize::from(is(end, &["est"]))
            };
        let span = if trails { start - 2..end } else { start..leads };
        labels.push((span, is(at, &["prenom"]), trails));
    }
    let [(one, one_is_first, one_trails), (two, two_is_first, two_trails)] = &labels[..] else {
        return None;
    };
    let (before, after) = match (one_trails, two_trails) {
        (true, true) => (0..one.start, one.end..two.start),
        (true, false) => (0..one.start, two.end..words.len()),
        (false, false) => (one.end..two.start, two.end..words.len()),
        // Of which of the two it is cannot be told.
        (false, true) => return None,
    };
    let name = |range: Range<usize>| {
        let skipped = words[range.clone()]
            .iter()
            .take_while(|word| word.folded == "et")
            .count();
        parse(&words[range][skipped..], false).name
    };
    let names = (name(before)?, name(after)?);
    match (one_is_first, two_is_first) {
        (true, false) => Some(format!("{} {}", names.0, names.1)),
        (false, true) => Some(format!("{} {}", names.1, names.0)),
        _ => None,
    }
}

/// How people take back what they said.
const REPAIRS: &[&str] = &[
    "non pardon",
    "ou plutot",
    "je veux dire",
    "je me trompe",
    "pardon",
    "plutot",
    "enfin",
];

/// "Martin, pardon, Marchand": what is said last counts.
fn repaired(words: &[Heard]) -> Option<String> {
    let repair = |at: usize| {
        let found = REPAIRS.iter().find(|phrase| begins(&words[at..], phrase));
        found.map(|phrase| (at, at + phrase.split(' ').count()))
    };
    let Some((end, start)) = (1..words.len()).rev().find_map(repair) else {
        return parse(words, false).name;
    };
    match (repaired(&words[..end]), parse(&words[start..], false).name) {
        (Some(before), Some(after)) => Some(replaced(&before, &after).unwrap_or(after)),
        (before, after) => before.or(after),
    }
}

/// What the name comes after, whatever was said before.
const BEFORE: &[&str] = &[
    "au nom de",
    "mettez",
    "le nom c est",
    "le nom est",
    "je m appelle",
    "mon nom c est",
    "mon nom est",
    "s appelle",
];

/// The part of a text in which the name is: "je suis sa fille, mais le rendez-vous est au nom de Garnier".
fn named_in(words: &[Heard]) -> &[Heard] {
    let after = |phrase: &&str| {
        let at = (0..words.len()).rev().find(|at| begins(&words[*at..], phrase))?;
        Some(at + phrase.split(' ').count())
    };
    let after = BEFORE.iter().filter_map(after).max().unwrap_or(0);
    match words[after..]
        .iter()
        .any(|word| word.surface.chars().any(char::is_alphabetic))
    {
        true => &words[after..],
        false => words,
    }
}

/// What is found where a name is looked for.
#[derive(Debug, Default)]
struct Parsed {
    name: Option<String>,
    /// What is said of how it is written.
    remarks: Vec<Remark>,
    /// Whether it is spelled.
    spelled: bool,
    /// Whether nothing else is said than they.
    only_remarks: bool,
}

/// The name in a text that takes nothing back; `remarks_alone`, they may come without the name of which they are made.
fn parse(all: &[Heard], remarks_alone: bool) -> Parsed {
    let words = named_in(all);
    let is_whole = |words: &[Heard]| parse(words, remarks_alone).name.is_some_and(|name| name.contains(' '));
    let another = (2..words.len()).find(|at| names_another(&words[*at..]) && is_whole(&words[..*at]));
    let presents = words.len() < all.len();
    let words = &words[..another.unwrap_or(words.len())];
    // "Madame Bon", "je m'appelle Juste": whatever the word means, it is a name.
    let mut presented = presents;
    let mut parsed = Parsed::default();
    let mut named: Vec<Heard> = Vec::new();
    // What is said since the last name was spelled.
    let mut said: Vec<Heard> = Vec::new();
    // Names as they were said, and as they were spelled then.
    let mut again: Vec<(Heard, Heard)> = Vec::new();
    let mut at = 0;
    while at < words.len() {
        let rest = &words[at..];
        let first = said.is_empty() && named.is_empty();
        if let Some((length, spelled)) = spelling::run(rest) {
            let settled = spelling::settle(&said_once(&said), &spelled);
            again.extend(said.last().cloned().zip(settled.last().cloned()));
            named = said_once(&[named, settled].concat());
            said.clear();
            parsed.spelled = true;
            at += length;
        } else if let Some((length, remarks)) = remark::remarks(rest, first && !remarks_alone) {
            parsed.remarks.extend(remarks);
            at += length;
        } else if says_something_else(words, at, first) || goes_on(&said, rest) && lead_in(words, at).is_none() {
            // "Martine Collet, de la rue des Tilleuls"
            let little = |word: &Heard| PARTICLES.contains(&word.folded.as_str());
            while said.last().is_some_and(little) {
                said.pop();
            }
            break;
        } else if let Some(length) = lead_in(words, at + usize::from(rest[0].folded == "et")) {
            at += length + usize::from(rest[0].folded == "et");
        } else if spelling::is_plain_letter(rest) && (first || rest[0].folded != "y") {
            // A few letters spell nothing, and are no part of it.
            at += spelling::letters(rest).0.max(1);
        } else {
            if rest[0].surface.chars().all(char::is_alphabetic) {
                let titled = at > 0 && TITLES.contains(&words[at - 1].folded.as_str());
                presented |= first && titled && rest[0].gap == Gap::Space;
                said.push(rest[0].clone());
            }
            at += 1;
        }
    }
    for word in &mut said {
        // "Lefèvre, L, E, F, E, B, V, R, E, Françoise Lefèvre"
        if let Some((_, spelled)) = again.iter().find(|(as_said, _)| as_said.folded == word.folded) {
            word.surface.clone_from(&spelled.surface);
            word.folded.clone_from(&spelled.folded);
        }
    }
    if said.last().is_some_and(|word| word.folded == "et") {
        said.pop();
    }
    // "D, U, P, O, N, T, Jean": what is said only after it is the first name.
    let order = match parsed.spelled && again.is_empty() {
        true => [said.clone(), named],
        false => [named, said.clone()],
    };
    let whole = said_once(&order.concat());
    let says_nothing = |word: &Heard| {
        let word = word.folded.as_str();
        let is_common = JUDGEMENTS.contains(&word) || COMMON.contains(&word);
        WEEKDAYS.contains(&word) || PARTICLES.contains(&word) || is_common && !presented
    };
    let refused = said.iter().any(|word| NOT_A_NAME.contains(&word.folded.as_str()));
    parsed.only_remarks = !parsed.remarks.is_empty() && whole.iter().all(says_nothing);
    if !refused && whole.len() <= LONGEST && !whole.iter().all(says_nothing) {
        let whole = join(&whole);
        parsed.name = Some(parsed.remarks.iter().fold(whole, |name, remark| remark.apply(&name)));
    }
    parsed
}

/// "Et Marie Blanc", after another first name and name: somebody else.
fn names_another(rest: &[Heard]) -> bool {
    let is_part = |word: &Heard| {
        let folded = word.folded.as_str();
        let is_common = NOT_A_NAME.contains(&folded) || COMMON.contains(&folded) || JUDGEMENTS.contains(&folded);
        word.gap != Gap::Pause && folded.len() > 1 && !is_common && folded.chars().all(char::is_alphabetic)
    };
    rest[0].folded == "et"
        && lead_in(rest, 1).is_none()
        && rest.len() > 2
        && rest[1..3].iter().all(is_part)
        && !rest[1..]
            .iter()
            .any(|word| word.folded == "prenom" || word.folded == "nom")
}

/// How many words before the name say nothing of it.
fn lead_in(words: &[Heard], at: usize) -> Option<usize> {
    let rest = words.get(at..).filter(|rest| !rest.is_empty())?;
    if rest[0].folded == "pour" {
        // "Pour mon mari", "pour madame Colin"
        return lead_in(words, at + 1).map(|length| length + 1);
    }
    let long = |at: usize| words.get(at).is_some_and(|word| word.folded.chars().count() > 1);
    if rest[0].folded == "m" && long(at + 1) && rest[1].gap != Gap::Apostrophe {
        return Some(1);
    }
    if rest[0].folded == "ben" && is_first_of_two(words, at) {
        return None;
    }
    let found = LEAD_INS.iter().find(|phrase| begins(rest, phrase));
    found.map(|phrase| phrase.split(' ').count())
}

/// "Je m'appelle Ben Ali", "Ben Ali en deux mots", "Ben Ali, B, E, N…": no hesitation.
fn is_first_of_two(words: &[Heard], at: usize) -> bool {
    let capital = |word: &Heard| word.surface.chars().next().is_some_and(char::is_uppercase);
    let two = words.get(at + 2..).is_some_and(|rest| {
        let spelled = || spelling::run(rest).is_some_and(|(_, name)| name.starts_with(&words[at].folded));
        begins(rest, "en deux mots") || begins(rest, "en 2 mots") || spelled()
    });
    words.get(at + 1).is_some_and(|next| match next.gap {
        Gap::Hyphen => true,
        Gap::Space => two || words[at].gap == Gap::Space && capital(&words[at]) && capital(next),
        _ => false,
    })
}

/// How something else begins, wherever it stands.
const ELSE: &[&str] = &[
    "mon numero",
    "mon telephone",
    "mon portable",
    "mon fixe",
    "mon mail",
    "mon e mail",
    "mon email",
    "mon adresse",
    "mon courriel",
    "mon rendez vous",
    "ma date",
    "mon age",
    "le numero",
    "le telephone",
    "le portable",
    "l adresse",
    "numero",
    "telephone",
    "portable",
    "adresse",
    "vous pouvez",
    "vous me",
    "vous allez",
    "on peut",
    "je suis ne",
    "je suis nee",
    "je suis joignable",
    "je voudrais",
    "je vis",
    "je reside",
    "je vous appelle",
    "nee",
    "ne le",
    "ne en",
    "domicilie",
    "domiciliee",
    "demeurant",
    "habitant",
    "joignable",
    "rendez vous",
    "pour un",
    "pour une",
    "pour le",
    "pour la",
    "demain",
    "aujourd hui",
    "dans",
    "depuis",
    "chez",
    "vers",
];
/// Little words before a number or a day.
const LITTLE: &[&str] = &["le", "au", "aux", "a", "du", "vers", "pour", "plutot"];
/// What tells an e-mail address.
const AT: &[&str] = &["arobase", "arrobase", "arobas", "robase", "arobaze"];

/// Whether something else than the name begins at this word: "mon numéro c'est le…", "le 8 décembre", "12 rue des Tilleuls".
fn says_something_else(words: &[Heard], at: usize, first: bool) -> bool {
    let rest = &words[at..];
    let word = rest[0].folded.as_str();
    if word == "et" && rest.len() > 1 && !first {
        // "Et moi c'est Julie"; "et mon prénom c'est Julie" is of the name.
        let names = |length: usize| rest[1..=length].iter().any(|word| word.folded.ends_with("nom"));
        return lead_in(words, at + 1).is_some_and(|length| !names(length)) || says_something_else(words, at + 1, true);
    }
    let begins_clause = first || rest[0].gap == Gap::Pause;
    let is_day = |word: &Heard| WEEKDAYS.contains(&word.folded.as_str());
    let is_little = |word: &Heard| PARTICLES.contains(&word.folded.as_str());
    let next = rest.get(1);
    let elided = word == "j" && next.is_some_and(|next| next.gap == Gap::Apostrophe);
    let led = LITTLE.contains(&word) && (number_length(&rest[1..]) > 0 || next.is_some_and(is_day));
    let surfaces: Vec<&str> = rest.iter().map(|word| word.surface.as_str()).collect();
    let way = address::is_a_way(&surfaces.join(" ")) && (begins_clause || next.is_some_and(is_little));
    // "Sébastien Dix" is a name, "dix" alone and "zéro six" are none.
    let number = match number_length(rest) {
        0 => false,
        1 => begins_clause || word.bytes().all(|b| b.is_ascii_digit()),
        _ => true,
    };
    let clause = rest
        .iter()
        .enumerate()
        .take_while(|(at, word)| *at == 0 || word.gap != Gap::Pause);
    let mut clause = clause.map(|(_, word)| word.folded.as_str());
    ELSE.iter().any(|phrase| begins(rest, phrase))
        || elided && lead_in(words, at).is_none()
        || rest[0].surface.to_lowercase() == "à"
        || led
        || way
        || number
        || begins_clause && (is_day(&rest[0]) || matches!(word, "au" | "aux") || clause.any(|word| AT.contains(&word)))
}

/// How many words the number at the start of `words` takes.
fn number_length(words: &[Heard]) -> usize {
    let folded: Vec<String> = words.iter().map(|word| word.folded.clone()).collect();
    let found = numbers::numbers(&folded, false).into_iter().next();
    let length = found
        .filter(|found| found.words.0 == 0)
        .map_or(0, |found| found.words.1);
    let one = length == 1 && matches!(folded[0].as_str(), "un" | "une" | "premier");
    // "Cinq-Mars" is a name.
    let compound = words.get(length).is_some_and(|next| next.gap == Gap::Hyphen);
    if one || compound { 0 } else { length }
}

/// Who speaks of something else.
const SUBJECTS: &[&str] = &["je", "vous", "il", "elle", "on", "nous", "ca"];

/// "Martine Collet, je vous rappelle demain": a clause after first name and name, which recognition wrote with capitals as
/// it does not "tout de suite, je vous le dis".
fn goes_on(said: &[Heard], rest: &[Heard]) -> bool {
    let capitals = said
        .iter()
        .filter(|word| word.surface.starts_with(char::is_uppercase))
        .count();
    let ends = said
        .last()
        .is_some_and(|word| word.surface.starts_with(char::is_uppercase));
    ends && capitals > 1 && rest[0].gap == Gap::Pause && SUBJECTS.contains(&rest[0].folded.as_str())
}

/// Each name once: "Madame Rousset, Monique Rousset" is Monique Rousset, "Fabre. Fabre Monique" Fabre Monique.
fn said_once(words: &[Heard]) -> Vec<Heard> {
    let again = |at: usize| words[at + 1..].iter().any(|later| later.folded == words[at].folded);
    let last = words.len();
    let kept = (0..last).filter(|&at| !again(at) || words[at].folded.len() < 3);
    kept.map(|at| words[at].clone()).collect()
}

/// Folded words, each as the remark after it says that it is written: "dupont avec un t", "colet avec deux l". A remark
/// ends where a sign does.
pub(super) fn as_remarked(words: &[String], is_sign: impl Fn(&[String]) -> bool) -> Vec<String> {
    let heard = |at: usize| Heard {
        surface: words[at].clone(),
        folded: words[at].clone(),
        gap: if is_sign(&words[at..]) { Gap::Pause } else { Gap::Space },
    };
    let heard: Vec<Heard> = (0..words.len()).map(heard).collect();
    let mut written: Vec<String> = Vec::new();
    let mut at = 0;
    while at < heard.len() {
        match remark::led(&heard[at..]).zip(written.last_mut()) {
            Some(((length, remarks), last)) => {
                *last = normalise::fold(&remarks.iter().fold(last.clone(), |word, remark| remark.apply(&word)));
                at += length;
            }
            None => {
                written.push(words[at].clone());
                at += 1;
            }
        }
    }
    written
}

/// How people say who they are in the middle of other things.
const INTRODUCTIONS: &[&str] = &[
    "je m appelle",
    "mon nom est",
    "mon nom c est",
    "le nom c est",
    "le nom est",
    "c est au nom de",
    "au nom de",
    "je suis madame",
    "je suis monsieur",
    "c est madame",
    "c est monsieur",
    "ici madame",
    "ici monsieur",
];
/// Names of people who introduce themselves have no more words.
const INTRODUCED: usize = 6;

/// Whose papers are asked for, after whom the name comes.
const KIN: &[&str] = &[
    "ma fille",
    "mon fils",
    "mon mari",
    "ma femme",
    "mon epouse",
    "mon epoux",
    "ma mere",
    "mon pere",
    "ma soeur",
    "mon frere",
    "mon compagnon",
    "ma compagne",
    "mon conjoint",
    "ma conjointe",
    "ma petite fille",
    "mon petit fils",
    "ma grand mere",
    "mon grand pere",
];

/// The name by which somebody introduces themselves in `text`, or the person who it is about: "je m'appelle Martine Dubois
/// et j'habite…", "pour ma fille Léa Besson", "Paul Petit, né le 3 mars". Recognition writes names with capitals: where
/// the capitals end, the name does.
pub fn introduced(text: &str) -> Option<String> {
    let words = heard(text);
    let born = (0..words.len()).find_map(|at| {
        let is_born = matches!(words[at].surface.to_lowercase().as_str(), "né" | "née");
        let dated = words
            .get(at + 1)
            .is_some_and(|next| matches!(next.folded.as_str(), "le" | "en" | "un"));
        (is_born && dated).then(|| ending(&words[..at]))?
    });
    let after = |phrases: &[&str], least: usize| {
        let ends = phrases.iter().filter_map(|phrase| {
            let at = (0..words.len()).find(|at| begins(&words[*at..], phrase))?;
            Some(at + phrase.split(' ').count())
        });
        let named = ends.filter_map(|start| Some((start, opening(&words[start..])?)));
        named
            .filter(|(_, named)| named.len() >= least)
            .max_by_key(|(start, _)| *start)
    };
    // "Ma fille Léa" is half a name.
    let led = [after(INTRODUCTIONS, 1), after(KIN, 2)].into_iter().flatten();
    let named = born.or_else(|| led.max_by_key(|(start, _)| *start).map(|(_, named)| named))?;
    Some(join(&named))
}

/// Whether a word is written as names are; single letters spell one.
fn has_capital(word: &Heard) -> bool {
    word.surface.starts_with(char::is_uppercase) && word.surface.len() > 1
}

fn is_title(word: &Heard) -> bool {
    TITLES.contains(&word.folded.as_str())
}

/// The name at the beginning of `words`.
fn opening(words: &[Heard]) -> Option<Vec<Heard>> {
    let named: Vec<Heard> = words
        .iter()
        .skip_while(|word| is_title(word))
        .take_while(|word| has_capital(word) || PARTICLES.contains(&word.folded.as_str()))
        // "Martine. Je voudrais…"
        .take_while(|word| !SUBJECTS.contains(&word.folded.as_str()))
        .take(INTRODUCED)
        .cloned()
        .collect();
    let last = named.iter().rposition(has_capital)?;
    Some(named[..=last].to_vec())
}

/// The first name and name at the end of `words`.
fn ending(words: &[Heard]) -> Option<Vec<Heard>> {
    let is_part = |word: &&Heard| has_capital(word) && !is_title(word) || PARTICLES.contains(&word.folded.as_str());
    let count = words.iter().rev().take_while(is_part).take(INTRODUCED).count();
    let named = &words[words.len() - count..];
    let named = &named[named.iter().position(has_capital)?..];
    (named.iter().filter(|word| has_capital(word)).count() > 1).then(|| named.to_vec())
}

/// Words that show that something else than a name was said.
const NOT_A_NAME: &[&str] = &[
    "je", "voudrais", "veux", "pas", "non", "pourquoi", "comment", "quoi", "est", "savoir", "mon", "ma", "mes", "vous",
    "un", "une", "pour", "qui", "que", "sais", "repeter", "il", "elle", "on", "nous", "combien", "quel", "quelle",
    "quels", "quelles", "quand",
];
/// Words that answer other questions, or call somebody who stands by, and name nobody by themselves.
const COMMON: &[&str] = &[
    "matin",
    "matinee",
    "apres",
    "midi",
    "aprem",
    "soir",
    "soiree",
    "heure",
    "heures",
    "demain",
    "hier",
    "carte",
    "cartes",
    "passeport",
    "passeports",
    "identite",
    "timbre",
    "acte",
    "extrait",
    "naissance",
    "par",
    "courrier",
    "poste",
    "guichet",
    "mairie",
    "personne",
    "personnes",
    "euro",
    "euros",
    "cherie",
    "cheri",
    "maman",
    "papa",
    "attends",
    "attendez",
    "minute",
    "seconde",
];
/// Words that say whether a name was right, and name nobody.
const JUDGEMENTS: &[&str] = &[
    "bon",
    "bonne",
    "faux",
    "fausse",
    "juste",
    "exact",
    "correct",
    "ca",
    "cela",
    "mais",
    "parfait",
    "bien",
    "erreur",
    "trompe",
    "sa",
    "son",
    "ses",
    "mal",
    "incorrect",
    "errone",
    "mauvais",
];

/// How far the name has been spelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Spelling {
    /// No letter was said.
    None,
    /// Letters were said, and more will come.
    Begun,
    /// The letters make the name that was said.
    Whole,
}

/// How far the name in `text` is spelled.
pub(super) fn spelled(text: &str) -> Spelling {
    let words = heard(text);
    let ends_in_letter = words
        .last()
        .is_some_and(|word| spelling::is_plain_letter(std::slice::from_ref(word)));
    let Some((range, spelled)) = spelling::longest_run(&words) else {
        return if ends_in_letter {
            Spelling::Begun
        } else {
            Spelling::None
        };
    };
    let bare = spelling::bare(&spelled);
    // Recognition mishears a letter now and then: nearly all of them are enough, if there are as many.
    let enough = |(_, name, like): (usize, String, f64)| like >= 0.7 && name.chars().count() <= bare.chars().count();
    let said = [&words[..range.start], &words[range.end..]].concat();
    let whole = (1..=said.len()).any(|end| spelling::nearest_end(&said[..end], &bare).is_some_and(enough));
    if whole { Spelling::Whole } else { Spelling::Begun }
}

/// Whether a name is spelled in `text`, and nothing else is said: "Meyer, M, E, Y, E, R".
pub fn only_spells(text: &str) -> bool {
    const MOST_BESIDE: usize = 3;
    let words = heard(text);
    let Some((range, _)) = spelling::longest_run(&words) else {
        return false;
    };
    // "CCAS" is written in capitals, too.
    let beside = words.len() - range.len();
    range.len() > 2 && (beside == 0 || beside <= MOST_BESIDE && spelled(text) == Spelling::Whole)
}

/// How alike a part of a name and what replaces it must sound, or be written.
const NEAR: f32 = 0.34;
const NEAR_LETTERS: f64 = 0.6;

/// The words of `current` that sound like `part`, or are written nearly so.
fn place(current: &str, part: &str) -> Option<Range<usize>> {
    let words: Vec<&str> = current.split(' ').collect();
    let (key, letters) = (phonetic::key(part), spelling::bare(part));
    let spans = (0..words.len()).flat_map(|from| (from + 1..=words.len()).map(move |to| from..to));
    let near = spans.filter_map(|span| {
        let words = words[span.clone()].concat();
        let far = phonetic::distance(&phonetic::key(&words), &key);
        let like = strsim::normalized_levenshtein(&spelling::bare(&words), &letters);
        (far <= NEAR || like >= NEAR_LETTERS).then_some((far - like as f32, span))
    });
    near.min_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, span)| span)
}

/// `current` with `new` in the place of some of its words.
fn with_part(current: &str, place: Range<usize>, new: &str) -> String {
    let words: Vec<&str> = current.split(' ').collect();
    let parts = [&words[..place.start], &[new], &words[place.end..]].concat();
    parts.join(" ")
}

/// `current` with the part of it that sounds like `new` replaced by that; none where no part does.
fn replaced(current: &str, new: &str) -> Option<String> {
    Some(with_part(current, place(current, new)?, new))
}

/// How a name is said that need not sound like the one that was heard.
const SAYS_ANOTHER: &[&str] = &[
    "m appelle",
    "au nom de",
    "nom c est",
    "prenom c est",
    "famille c est",
    "mon nom est",
    "mon prenom est",
    "famille est",
];

/// The name that was read back as `current`, as what is said then puts it right: "non, Colet, C, O, L, E, T", "c'est pas
/// Marchand, c'est Marchant", "Dupond avec un D", "mon prénom c'est Josette". None where no other name is said.
pub fn amended(said: &str, current: &str) -> Option<String> {
    let words = heard(said);
    if let Some(name) = labelled(&words) {
        return (name != current).then_some(name);
    }
    let says = |phrase: &str| (0..words.len()).any(|at| begins(&words[at..], phrase));
    let (kept, denied) = without_denied(&words);
    let parsed = parse(&kept, true);
    let count = current.split(' ').count();
    // Which part is spoken of: "mon prénom", "mon nom de famille".
    let part = match () {
        () if count > 1 && says("prenom") => Some(0..1),
        () if count > 1 && says("famille") => Some(1..count),
        () => None,
    };
    let changed = |part: &str| {
        let remarks = parsed.remarks.iter();
        remarks.fold(part.to_owned(), |name, remark| remark.apply(&name))
    };
    let Some(new) = &parsed.name else {
        // "Le nom s'écrit avec un D à la fin"
        let whole = parsed.remarks.iter().any(|remark| remark.joins());
        let part = part.unwrap_or(if whole { 0..count } else { count - 1..count });
        let words: Vec<&str> = current.split(' ').collect();
        let amended = with_part(current, part.clone(), &changed(&words[part].join(" ")));
        return (parsed.only_remarks && amended != current).then_some(amended);
    };
    let judges = heard(new).iter().any(|word| JUDGEMENTS.contains(&word.folded.as_str()));
    let another = !judges && (parsed.spelled || SAYS_ANOTHER.iter().any(|phrase| says(phrase)));
    let denied = denied.and_then(|denied| place(current, &denied));
    let joined = parsed.remarks.contains(&Remark::Attached) && current.ends_with(new.as_str());
    let new = match joined {
        true => capitalise(&new.replace(' ', "")),
        false => new.clone(),
    };
    let place = place(current, &new);
    let part = part.filter(|_| !new.contains(' ') && (another || place.is_some()));
    let objects = says("non") || says("pas");
    let amended = match part.or(place).or(denied) {
        Some(place) => with_part(current, place, &new),
        // "Lucas." – "Meyer, M, E, Y, E, R."
        None if count == 1 && !objects && !new.contains(' ') && says("prenom") => format!("{new} {current}"),
        None if count == 1 && !objects && !new.contains(' ') && (parsed.spelled || says("famille")) => {
            format!("{current} {new}")
        }
        // "Non, D, U, R, A, N, D" is no first name.
        None if count > 1 && parsed.spelled && !new.contains(' ') => with_part(current, 1..count, &new),
        None if another => new,
        None => return None,
    };
    (amended != current).then_some(amended)
}

/// "C'est pas Marchand, c'est Marchant": what is not denied, and the name that is.
fn without_denied(words: &[Heard]) -> (Vec<Heard>, Option<String>) {
    let Some(not) = words.iter().position(|word| word.folded == "pas") else {
        return (words.to_vec(), None);
    };
    let ends =
        |at: &usize| words[*at].gap == Gap::Pause || begins(&words[*at..], "c est") || words[*at].folded == "mais";
    let end = (not + 2..words.len()).find(ends).unwrap_or(words.len());
    let kept = [&words[..not], &words[end..]].concat();
    (kept, parse(&words[not + 1..end.max(not + 1)], false).name)
}

/// Joins words as they were heard (hyphens, apostrophes), each with its capital.
fn join(words: &[Heard]) -> String {
    let mut out = String::new();
    for (i, word) in words.iter().enumerate() {
        if i > 0 {
            out.push(match word.gap {
                Gap::Hyphen => '-',
                Gap::Apostrophe => '\'',
                Gap::Space | Gap::Pause => ' ',
            });
        }
        if i > 0 && (PARTICLES.contains(&word.folded.as_str()) || word.folded == "et") || (i == 0 && word.folded == "d")
        {
            out.push_str(&word.surface.to_lowercase());
        } else {
            out.push_str(&capitalise(&word.surface));
        }
    }
    out
}

/// A capital at the start of each part, small letters elsewhere.
fn capitalise(word: &str) -> String {
    let mut start = true;
    let mut out = String::with_capacity(word.len());
    for c in word.chars() {
        if start {
            out.extend(c.to_uppercase())
        } else {
            out.extend(c.to_lowercase())
        }
        start = matches!(c, '-' | ' ' | '\'');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_people_are_not_one() {
        for (said, first) in [
            ("Anne Blanc b l a n c et Marie Blanc", "Anne Blanc"),
            ("Anne Blanc et Marie Blanc.", "Anne Blanc"),
            ("Marie Dupont et Jean Martin", "Marie Dupont"),
            ("Jean et Marie Dupont", "Jean et Marie Dupont"),
            ("Anne Blanc et mon numéro c'est le 06 12 34 56 78", "Anne Blanc"),
        ] {
            assert_eq!(name(said).as_deref(), Some(first), "{said}");
        }
        assert_eq!(
            amended("non c'est Dupond avec un d à la fin", "Dupont").as_deref(),
            Some("Dupond")
        );
    }

    #[test]
    fn who_introduces_themselves() {
        for (said, expected) in [
            (
                "Bonjour, je m'appelle Martine Dubois et j'habite rue Pasteur.",
                Some("Martine Dubois"),
            ),
            ("Je suis madame Le Goff, c'est pour un trou.", Some("Le Goff")),
            (
                "Ici monsieur Jean-Pierre de la Tour, bonjour.",
                Some("Jean-Pierre de la Tour"),
            ),
            ("C'est au nom de Garcia.", Some("Garcia")),
            ("C'est monsieur le maire qui m'a dit d'appeler.", None),
            ("Je m'appelle et je rappelle.", None),
            ("Je m'appelle Fabre mon numéro c'est le 06 45 78 12 09", Some("Fabre")),
            (
                "je voudrais qu'on me rappelle c'est monsieur Benoît Lefèvre au 06 98 76 54 32",
                Some("Benoît Lefèvre"),
            ),
            (
                "extrait de naissance pour Paul Petit né le 1er février 1990 à envoyer par courrier",
                Some("Paul Petit"),
            ),
            (
                "acte de naissance pour ma fille Léa Besson née le 8 mai 2015",
                Some("Léa Besson"),
            ),
            (
                "Je suis madame Besson, c'est pour ma fille Léa de la Tour.",
                Some("Léa de la Tour"),
            ),
            ("Un passeport pour ma fille Léa.", None),
            ("Je m'appelle Martine. Je voudrais un acte.", Some("Martine")),
            ("Mon fils est à l'école Jean Moulin.", None),
            ("C'est pour une carte France Titres.", None),
            ("Je suis née le 8 mai 2015 à Crest.", None),
            ("Valbourg, né en 1990.", None),
            ("Martine Dubois", None),
            ("", None),
        ] {
            assert_eq!(introduced(said).as_deref(), expected, "{said}");
        }
    }

    #[test]
    fn names() {
        for (said, expected) in [
            (
                "Je m'appelle Françoise Lefebvre, L, E, F, E, B, V, R, E.",
                "Françoise Lefebvre",
            ),
            ("Je m'appelle François Lefebvre, LFBVR1.", "François Lefebvre"),
            ("Lefèvre, L E F E B V R E", "Lefebvre"),
            ("Françoise Lefèvre, L-E-F-E-B-V-R-E", "Françoise Lefebvre"),
            ("Martine Durand", "Martine Durand"),
            ("martine durand", "Martine Durand"),
            ("Je suis madame Durand", "Durand"),
            ("Mon nom c'est Dupont", "Dupont"),
            ("C'est monsieur Bernard Petit", "Bernard Petit"),
            ("Au nom de Garcia s'il vous plaît", "Garcia"),
            ("Euh, oui, Moreau", "Moreau"),
            ("Jean-Pierre Martin", "Jean-Pierre Martin"),
            ("jean-pierre martin", "Jean-Pierre Martin"),
            ("Charles de la Tour", "Charles de la Tour"),
            ("Anne d'Artois", "Anne d'Artois"),
            ("Ludwig van Beethoven", "Ludwig van Beethoven"),
            ("B comme Bernard, O, U, R, G", "Bourg"),
            ("D, U, P, O, N, T", "Dupont"),
            ("Maillet, M A I deux L E T", "Maillet"),
            ("Mayet, M A I 2 L E T", "Maillet"),
            ("R, E, N, E accent aigu", "René"),
            ("B, E accent aigu, R, A, R, D", "Bérard"),
            ("F, R, A, N, C cédille, O, I, S", "François"),
            ("W, A, G, N, E, R", "Wagner"),
            ("double V, A, G, N, E, R", "Wagner"),
            ("L, E, trait d'union, G, O, F, F", "Le-Goff"),
            ("i grec, V, O, N", "Yvon"),
            ("Kowalski, K, O, W, A, L, S, K, I", "Kowalski"),
            ("Nguyen, N comme Nicolas, G, U, Y, E, N", "Nguyen"),
            ("Je m'appelle Élodie Bérenger", "Élodie Bérenger"),
            ("Bonjour, je m'appelle Paul Roux", "Paul Roux"),
            ("DURAND", "Durand"),
            ("Moi c'est Samira", "Samira"),
            ("Lucas. Meyer, M, E, Y, E, R.", "Lucas Meyer"),
            ("Robert c'est mon prénom, mon nom c'est Chauvin", "Robert Chauvin"),
            ("Mon nom c'est Chauvin et mon prénom c'est Robert.", "Robert Chauvin"),
            ("Nom Chauvin, prénom Robert", "Robert Chauvin"),
            (
                "Chauvin c'est mon nom de famille et Robert c'est mon prénom",
                "Robert Chauvin",
            ),
            ("Madame Chéri", "Chéri"),
            ("Jean Matin", "Jean Matin"),
        ] {
            assert_eq!(name(said).as_deref(), Some(expected), "{said}");
        }
        for none in [
            "",
            "je ne sais pas",
            "je voudrais savoir pourquoi",
            "12",
            "mon passeport est périmé depuis un an",
            "et c'est combien le timbre",
            "c'est quand",
            "matin",
            "le matin",
            "l'après-midi",
            "une carte",
            "carte d'identité",
            "oui chérie",
            "par courrier",
        ] {
            assert_eq!(name(none), None, "{none}");
        }
    }

    #[test]
    fn what_else_is_said_is_no_part_of_the_name() {
        for (said, expected) in [
            (
                "Martine Collet, mon numéro c'est le 06 24 37 80 46",
                Some("Martine Collet"),
            ),
            (
                "je suis Martine Collet, vous pouvez me joindre au 06 24 37 80 46",
                Some("Martine Collet"),
            ),
            (
                "c'est au nom de madame Colin, le 8 décembre, et vous pouvez me joindre au 06 24 37 80 46",
                Some("Colin"),
            ),
            ("je suis Martine Collet et j'habite à Crest", Some("Martine Collet")),
            (
                "je m'appelle Vidal, je suis née le 6 août 1952 et j'habite 12 rue des Tilleuls",
                Some("Vidal"),
            ),
            (
                "martine collet mon numéro c'est le zéro six vingt-quatre",
                Some("Martine Collet"),
            ),
            ("c'est pour mon mari, Paul Chauvin", Some("Paul Chauvin")),
            ("Colin, le 8 décembre", Some("Colin")),
            ("Colin, le huit décembre", Some("Colin")),
            ("Jean Petit, 52 avenue du Vercors", Some("Jean Petit")),
            ("Collet, au 06 24 37 80 46, plutôt lundi", Some("Collet")),
            ("Vidal, j'habite 12 rue des Tilleuls", Some("Vidal")),
            ("Vidal, rue des Tilleuls, à Crest", Some("Vidal")),
            ("Mme Chauvin", Some("Chauvin")),
            ("M. Chauvin", Some("Chauvin")),
            ("Mlle Chauvin", Some("Chauvin")),
            ("Martin, pardon, Marchand", Some("Marchand")),
            ("Martine Colin, pardon, Collin", Some("Martine Collin")),
            (
                "c'est pour ma fille, elle s'appelle Julie Chauvin",
                Some("Julie Chauvin"),
            ),
            ("Chauvin, oui, c'est ça", Some("Chauvin")),
            ("Paul Chauvin, et moi c'est Julie", Some("Paul Chauvin")),
            ("Madame Cinq-Mars", Some("Cinq-Mars")),
            ("Martine Collet, je vous rappelle demain", Some("Martine Collet")),
            ("Martine Collet, j'ai 63 ans", Some("Martine Collet")),
            ("Martine Collet, de la rue des Tilleuls", Some("Martine Collet")),
            ("je suis à Crest", None),
            ("tout de suite, je vous le dis", None),
            ("Monsieur et Madame Collet", Some("Collet")),
            ("Martine Collet, je vous l'épelle, C, O, L, E, T", Some("Martine Colet")),
            ("madame Bon", Some("Bon")),
            ("Sébastien Dix", Some("Sébastien Dix")),
            ("Jean Dimanche", Some("Jean Dimanche")),
            ("Jeanne Mars", Some("Jeanne Mars")),
            ("j'habite au 52 avenue du Vercors", None),
            ("14 rue des Tilleuls", None),
            ("jvidal arobase orange point fr", None),
            ("c'est pour un passeport", None),
            ("c'est bon", None),
            ("vendredi", None),
            ("je suis née le 6 août 1952", None),
        ] {
            assert_eq!(name(said).as_deref(), expected, "{said}");
        }
    }

    #[test]
    fn how_it_is_written_is_no_part_of_the_name() {
        for (said, expected) in [
            ("Da Silva, D, A, espace, S, I, L, V, A", "Da Silva"),
            ("Le Goff. L-E, espace, G-O-F-F.", "Le Goff"),
            ("Le Goff, L, E, plus loin, G, O, deux F", "Le Goff"),
            ("De Castro, D, E, espace, C, A, S, T, R, O", "De Castro"),
            ("Du Bois, D, U, espace, B, O, I, S", "Du Bois"),
            ("El Amrani, E, L, A, M, R, A, N, I, en deux mots", "El Amrani"),
            ("Roux tiret Perrin", "Roux-Perrin"),
            ("Boucher trait d'union Morel", "Boucher-Morel"),
            ("d apostrophe, Orgeval, O R G E V A L", "d'Orgeval"),
            ("N, G, U, Y grec, E, N", "Nguyen"),
            ("Y grec, I, L, D, I, Z", "Yildiz"),
            ("De la Fontaine en trois mots", "De la Fontaine"),
            ("Delacroix tout attaché", "Delacroix"),
            ("Marie de la Croix, tout attaché", "Marie Delacroix"),
            ("Gautier sans H", "Gautier"),
            ("Gauthier sans H", "Gautier"),
            ("Gautier avec un H", "Gauthier"),
            ("Amel sans E à la fin", "Amel"),
            ("Giraud, D à la fin", "Giraud"),
            ("Lecœur avec l'o u r", "Lecœur"),
            ("Lecœur, e dans l'o", "Lecœur"),
            ("Ben Ali en deux mots", "Ben Ali"),
            ("Je m'appelle Ben Ali", "Ben Ali"),
            ("Garnier, ça s'écrit normalement", "Garnier"),
            ("Collet, ça s'écrit comme ça se prononce", "Collet"),
            ("Collet, ça s'écrit C, O, L, E, T", "Colet"),
            ("Colet, ça s'écrit avec deux L", "Collet"),
            ("Ben, Moreau", "Moreau"),
            ("Ben Salah, B, E, N, S, A, L, A, H", "Ben Salah"),
            ("Saint Martin, trait d'union entre les deux", "Saint-Martin"),
            ("Jean Michel avec un tiret", "Jean-Michel"),
            ("Dupré, accent aigu", "Dupré"),
            ("Michèle avec deux L", "Michelle"),
            ("D, U, P, O, N, T, Jean", "Jean Dupont"),
            ("Pierre Le Goff, P I E R R E, L E, espace, G O deux F", "Pierre le Goff"),
            ("Dupond, D U P O N D comme dans dromadaire", "Dupond"),
            ("Dupont, D U P O N avec un T", "Dupont"),
            ("Gauthier avec un H, G, A, U, T, H, I, E, R", "Gauthier"),
            ("Pérez avec un Z et un accent sur le premier E, P, E, R, E, Z", "Pérez"),
            ("Rousselle, deux S, deux L, E", "Rousselle"),
            ("Roussel, deux S, E, deux L, E", "Rousselle"),
            ("Zoé, Z O E accent aigu, Blanchet, B L A N C H E T", "Zoé Blanchet"),
            ("Philippe avec deux P, Philippe Garnier", "Philippe Garnier"),
            ("Mathieu, avec deux T", "Matthieu"),
            ("Muller, u tréma", "Müller"),
            ("Dupont avec un D", "Dupond"),
            ("Dupont avec un T", "Dupont"),
            (
                "Lefèvre, L, E, F, E, B, V, R, E, Françoise Lefèvre",
                "Françoise Lefebvre",
            ),
            ("Collet, C, O, L, E, T, s'il vous plaît", "Colet"),
        ] {
            assert_eq!(name(said).as_deref(), Some(expected), "{said}");
        }
    }

    #[test]
    fn a_name_that_was_misheard_is_put_right() {
        for (said, current, expected) in [
            ("c'est Dupond avec un D", "Dupont", Some("Dupond")),
            ("c'est Dupont avec un D", "Dupont", Some("Dupond")),
            ("le nom s'écrit avec un D à la fin", "Dupont", Some("Dupond")),
            (
                "le nom s'écrit avec un D à la fin",
                "Marie Dupont",
                Some("Marie Dupond"),
            ),
            ("Collet prend un seul L", "Collet", Some("Colet")),
            ("ça prend un seul L", "Martine Collet", Some("Martine Colet")),
            ("c'est pas Marchand c'est Marchant", "Marchand", Some("Marchant")),
            ("non, c'est pas Durand, c'est Morel", "Durand", Some("Morel")),
            ("mon prénom c'est Josette", "Josiane Vidal", Some("Josette Vidal")),
            ("non, Colet, C O L E T", "Collet", Some("Colet")),
            ("non, C O L E T", "Martine Collet", Some("Martine Colet")),
            ("non non, Collin avec deux L", "Colin", Some("Collin")),
            ("non, Marchant", "Paul Marchand", Some("Paul Marchant")),
            ("non, Petitjean en un mot", "Petit Jean", Some("Petitjean")),
            ("non, Petit Jean en un mot", "Petit Jean", Some("Petitjean")),
            ("Collin", "Colin", Some("Collin")),
            ("je m'appelle Durand", "Martine Dubois", Some("Durand")),
            (
                "mon nom de famille c'est Durand",
                "Martine Dubois",
                Some("Martine Durand"),
            ),
            (
                "c'est pas Paul, c'est Pauline",
                "Paul Gauthier",
                Some("Pauline Gauthier"),
            ),
            ("c'est Pauline et pas Paul", "Paul Gauthier", Some("Pauline Gauthier")),
            ("il manque le H", "Gautier", Some("Gauthier")),
            ("le nom est mal écrit", "Robert", None),
            ("vous avez oublié le H", "Gautier", Some("Gauthier")),
            ("je voudrais changer le nom", "Robert", None),
            ("l'adresse c'est rue Gautier", "Gauthier", None),
            // First name and name, one after the other.
            ("Meyer, M, E, Y, E, R", "Lucas", Some("Lucas Meyer")),
            ("Meyer m e y e r", "Lucas", Some("Lucas Meyer")),
            ("mon nom de famille c'est Meyer", "Lucas", Some("Lucas Meyer")),
            ("mon prénom c'est Lucas", "Meyer", Some("Lucas Meyer")),
            ("non, Durand, D U R A N D", "Dubois", Some("Durand")),
            (
                "Robert c'est mon prénom, mon nom c'est Chauvin",
                "Robert",
                Some("Robert Chauvin"),
            ),
            // What is spelled replaces no more than that.
            ("non c'est Meyer avec un i", "Lucas Meyer", Some("Lucas Meier")),
            ("Meyer, M, E, I, E, R", "Lucas Meyer", Some("Lucas Meier")),
            ("non, D U R A N D", "Martine Dubois", Some("Martine Durand")),
            ("oui", "Colin", None),
            ("non", "Colin", None),
            ("non c'est faux", "Colin", None),
            ("le téléphone est faux", "Colin", None),
            ("le nom est faux", "Colin", None),
            ("le nom n'est pas bon", "Colin", None),
            ("c'est bon", "Colin", None),
            ("c'est bien Colin", "Colin", None),
            ("c'est mardi", "Martin", None),
            ("non, avec un acompte", "Martin", None),
            ("", "Colin", None),
        ] {
            assert_eq!(amended(said, current).as_deref(), expected, "{said} / {current}");
        }
    }
}
