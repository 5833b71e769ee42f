//! Names, with spelling: "Lefebvre, L, E, F, E, B, V, R, E", "B comme Bernard", "deux L", "E accent aigu".

use super::date::WEEKDAYS;
use super::normalise::{self, Word};
use super::phonetic;

/// How names are introduced, longest first.
const LEAD_INS: &[&str] = &[
    "mon nom de famille c est",
    "mon nom de famille est",
    "c est au nom de",
    "bonjour je m appelle",
    "alors je m appelle",
    "mon nom c est",
    "mon prenom c est",
    "le nom c est",
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
    "a l appareil",
    "en un mot",
    "en deux mots",
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
    "excusez moi",
    "ici",
    "epele",
    "prenom",
    "nom",
    "monsieur",
    "madame",
    "mademoiselle",
    "veuve",
    "excusez",
    "attendez",
    "bonjour",
    "bonsoir",
    "merci",
    "alors",
    "oui",
    "non",
    "bah",
    "ben",
    "euh",
    "donc",
    "voila",
    "avec",
];
/// Words of a name that keep small letters inside it.
const PARTICLES: &[&str] = &[
    "de", "du", "des", "la", "le", "les", "d", "l", "van", "von", "der", "den", "da", "dos", "di", "y",
];
/// A spelled name replaces the said one that it sounds like this much (see [`phonetic::distance`]).
const SAME: f32 = 0.5;
/// More words than this are no name.
const LONGEST: usize = 6;

/// The name in `text`, with its capitals.
pub fn name(text: &str) -> Option<String> {
    let text = named_in(text);
    let words = normalise::words(text);
    let (said, spelled) = split_spelling(&words);
    let (said, remark) = split_remark(&said);
    let said = normalise::without(said, LEAD_INS);
    let said: Vec<&Word> = said
        .iter()
        .filter(|w| w.surface.chars().all(char::is_alphabetic))
        .collect();
    let said = said_once(&said);
    // "Vendredi" answers another question.
    if said.iter().all(|word| WEEKDAYS.contains(&word.folded.as_str())) && !said.is_empty() {
        return None;
    }
    if said.len() > LONGEST || said.iter().any(|w| NOT_A_NAME.contains(&w.folded.as_str())) {
        return None;
    }
    let said = join(text, &said);
    match (said.is_empty(), spelled) {
        (true, None) => None,
        (false, None) => Some(remarked(said, remark)),
        (true, Some(spelled)) => Some(capitalise(&spelled)),
        (false, Some(spelled)) => Some(settle(&said, &spelled)),
    }
}

/// What the name comes after, whatever was said before.
const BEFORE: &[&str] = &["au nom de", "mettez", "le nom c'est", "le nom est"];

/// The part of a text in which the name is: "je suis sa fille, mais le rendez-vous est au nom de Garnier".
fn named_in(text: &str) -> &str {
    let lower = text.to_lowercase();
    // Small letters of another length would shift what follows.
    let fits = lower.len() == text.len();
    let after = BEFORE
        .iter()
        .filter_map(|phrase| lower.rfind(phrase).map(|at| at + phrase.len()));
    match after.max().filter(|_| fits) {
        Some(at) if text[at..].chars().any(char::is_alphabetic) => &text[at..],
        _ => text,
    }
}

/// How remarks on the spelling begin: "avec un T", "deux S", "comme la couleur", "u tréma".
const REMARKS: &[&str] = &[
    "avec un",
    "avec une",
    "avec deux",
    "avec le",
    "un seul",
    "en un seul mot",
    "en un mot",
    "en deux",
    "comme",
    "pourquoi",
    "deux",
    "d apostrophe",
    "l apostrophe",
    "u trema",
    "e trema",
    "i trema",
    "e accent",
    "tout simplement",
    "plus loin",
    "ca s ecrit",
];

/// A name, and the remark on how it is spelled.
fn split_remark(words: &[Word]) -> (&[Word], &[Word]) {
    let folded: Vec<&str> = words.iter().map(|word| word.folded.as_str()).collect();
    let begins = |at: &usize| REMARKS.iter().any(|remark| normalise::begins(&folded[*at..], remark));
    // What stands first is the answer, whatever it looks like; a letter before it is the remark's.
    let at = (1..words.len()).find(begins).unwrap_or(words.len());
    words.split_at(at)
}

/// Each name once: "Madame Rousset, Monique Rousset" is Monique Rousset, "Fabre. Fabre Monique" Fabre Monique.
fn said_once<'w>(words: &[&'w Word]) -> Vec<&'w Word> {
    let again = |at: usize| words[at + 1..].iter().any(|later| later.folded == words[at].folded);
    let last = words.len();
    let kept = (0..last).filter(|&at| !again(at) || words[at].folded.len() < 3);
    kept.map(|at| words[at]).collect()
}

/// A name with what the remark says of its letters: "Mathieu, avec deux T", "Muller, u tréma".
fn remarked(name: String, remark: &[Word]) -> String {
    let word = |at: usize| remark.get(at).map_or("", |word| word.folded.as_str());
    for at in 0..remark.len() {
        let single = |word: &str| letter(word).filter(|_| word.chars().count() == 1);
        if let (true, Some(letter)) = (matches!(word(at), "deux" | "2"), single(word(at + 1))) {
            let folded = normalise::fold(&name);
            let place = folded.match_indices(letter).map(|(at, _)| at).collect::<Vec<_>>();
            if let ([place], true) = (&place[..], folded.len() == name.len()) {
                return format!("{}{letter}{}", &name[..*place], &name[*place..]);
            }
        }
        if let (Some(letter), "trema") = (single(word(at)), word(at + 1)) {
            let mut marked = letter.to_owned();
            accent(&mut marked, "trema");
            return name.replacen(letter, &marked, 1);
        }
    }
    name
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

/// The name by which somebody introduces themselves in `text`: "je m'appelle Martine Dubois et j'habite…". Recognition
/// writes names with capitals: where the capitals end, the name does.
pub fn introduced(text: &str) -> Option<String> {
    let words = normalise::words(text);
    let folded: Vec<String> = words.iter().map(|word| word.folded.clone()).collect();
    let after = INTRODUCTIONS.iter().filter_map(|phrase| {
        let parts = phrase.split(' ').count();
        let at = folded.windows(parts).position(|window| window.join(" ") == *phrase)?;
        Some(at + parts)
    });
    let start = after.max()?;
    // Single letters spell it.
    let capital = |word: &Word| word.surface.chars().next().is_some_and(char::is_uppercase) && word.surface.len() > 1;
    let title = |word: &Word| matches!(word.folded.as_str(), "madame" | "monsieur" | "mademoiselle");
    let named: Vec<&Word> = words[start..]
        .iter()
        .skip_while(|word| title(word))
        .take_while(|word| capital(word) || PARTICLES.contains(&word.folded.as_str()))
        .take(INTRODUCED)
        .collect();
    let last = named.iter().rposition(|word| capital(word))?;
    let rest = text.get(text.find(named[0].surface.as_str())?..)?;
    Some(join(rest, &named[..=last]))
}

/// Words that show that something else than a name was said.
const NOT_A_NAME: &[&str] = &[
    "je", "voudrais", "veux", "pas", "non", "pourquoi", "comment", "quoi", "est", "savoir", "mon", "ma", "mes", "vous",
    "un", "une", "pour", "qui", "que", "sais", "repeter",
];

/// A spelled letter, from what recognition writes for it; only where letters stand together.
fn letter(word: &str) -> Option<&'static str> {
    Some(match word {
        "a" | "ah" => "a",
        "b" | "be" => "b",
        "c" | "ce" => "c",
        "d" | "de" => "d",
        "e" | "eu" | "euh" => "e",
        "f" | "effe" => "f",
        "g" | "ge" => "g",
        "h" | "ache" | "hache" => "h",
        "i" => "i",
        "j" | "ji" => "j",
        "k" | "ka" => "k",
        "l" | "elle" => "l",
        "m" | "aime" => "m",
        "n" | "haine" => "n",
        "o" | "oh" => "o",
        "p" | "pe" => "p",
        "q" | "ku" => "q",
        "r" | "erre" | "air" => "r",
        "s" | "esse" => "s",
        "t" | "te" => "t",
        "u" => "u",
        "v" | "ve" => "v",
        "w" => "w",
        "x" | "ixe" => "x",
        "y" => "y",
        "z" | "zede" => "z",
        _ => return None,
    })
}

/// How far a name has been spelled.
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
    let words = normalise::words(text);
    let (said, spelled) = split_spelling(&words);
    let ends_in_letter = words
        .last()
        .is_some_and(|w| w.folded.chars().count() == 1 && letter(&w.folded).is_some());
    let Some(bare) = spelled.map(|s| normalise::fold(&s)) else {
        return if ends_in_letter {
            Spelling::Begun
        } else {
            Spelling::None
        };
    };
    // Recognition mishears a letter now and then: nearly all of them are enough, if there are as many.
    let whole = said.iter().any(|word| {
        word.folded.chars().count() <= bare.chars().count()
            && strsim::normalized_levenshtein(&word.folded, &bare) >= 0.7
    });
    if whole { Spelling::Whole } else { Spelling::Begun }
}

/// Separates what is said from the longest run of spelled letters in it.
fn split_spelling(words: &[Word]) -> (Vec<Word>, Option<String>) {
    let mut best: Option<(usize, usize, String)> = None;
    for start in 0..words.len() {
        // A run begins with a plain letter or "deux L"; what only sounds like a letter joins later.
        let plain = words[start].folded.chars().count() == 1 && letter(&words[start].folded).is_some();
        let doubled = matches!(words[start].folded.as_str(), "deux" | "2" | "double");
        let upper = is_spelled_together(&words[start]);
        if !(plain || doubled || upper) {
            continue;
        }
        let (end, spelled) = spelling(&words[start..]);
        let longer = best
            .as_ref()
            .is_none_or(|b| spelled.chars().count() > b.2.chars().count());
        if spelled.chars().filter(|c| c.is_alphabetic()).count() >= 3 && longer {
            best = Some((start, start + end, spelled));
        }
    }
    match best {
        None => (words.to_vec(), None),
        Some((start, end, spelled)) => ([&words[..start], &words[end..]].concat(), Some(spelled)),
    }
}

/// "LEFEBVRE" in capitals next to other words: recognition wrote the letters in one.
fn is_spelled_together(word: &Word) -> bool {
    word.surface.chars().count() >= 3 && word.surface.chars().all(|c| c.is_uppercase())
}

/// The letters at the start of `words`: how many words they take, and the name that they spell.
fn spelling(words: &[Word]) -> (usize, String) {
    let word = |i: usize| words.get(i).map_or("", |w| w.folded.as_str());
    let mut spelled = String::new();
    let mut i = 0;
    while i < words.len() {
        let (times, skip) = if matches!(word(i), "deux" | "2" | "double") {
            (2, 1)
        } else {
            (1, 0)
        };
        if word(i) == "double" && matches!(word(i + 1), "v" | "ve") {
            spelled.push('w');
            i += 2;
        } else if word(i) == "i" && word(i + 1) == "grec" {
            spelled.push('y');
            i += 2;
        } else if let Some(letter) = letter(word(i + skip)) {
            spelled.push_str(&letter.repeat(times));
            i += skip + 1;
        } else if is_spelled_together(&words[i]) {
            spelled.push_str(word(i));
            i += 1;
        } else if matches!(word(i), "trait" | "tiret") {
            spelled.push('-');
            i += if word(i) == "trait" { 3 } else { 1 };
        } else if word(i) == "apostrophe" {
            spelled.push('\'');
            i += 1;
        } else if word(i) == "espace" {
            spelled.push(' ');
            i += 1;
        } else if word(i) == "accent" || word(i) == "cedille" || word(i) == "trema" {
            let mark = if word(i) == "accent" { word(i + 1) } else { word(i) };
            accent(&mut spelled, mark);
            i += if word(i) == "accent" { 2 } else { 1 };
        } else if word(i) == "comme" && !spelled.is_empty() {
            // "B comme Bernard"
            i += 2;
        } else if word(i) == "et" || word(i) == "puis" || word(i) == "majuscule" {
            i += 1;
        } else {
            break;
        }
    }
    (i.min(words.len()), spelled)
}

/// Puts an accent on the last letter.
fn accent(spelled: &mut String, mark: &str) {
    let Some(last) = spelled.pop() else { return };
    spelled.push(match (last, mark) {
        ('e', "aigu") => 'é',
        ('e', "grave") => 'è',
        ('a', "grave") => 'à',
        ('e', "circonflexe") => 'ê',
        ('o', "circonflexe") => 'ô',
        ('a', "circonflexe") => 'â',
        ('i', "circonflexe") => 'î',
        ('e', "trema") => 'ë',
        ('i', "trema") => 'ï',
        ('u', "trema") => 'ü',
        ('c', "cedille") => 'ç',
        (other, _) => other,
    });
}

/// The said name, with its last word as it was spelled.
fn settle(said: &str, spelled: &str) -> String {
    let (first, last) = said.rsplit_once(' ').unwrap_or(("", said));
    let bare = normalise::fold(spelled);
    // Recognition loses letters when it spells: then the said name is the better one.
    let vowels = bare.chars().any(|c| "aeiouy".contains(c));
    let distance = phonetic::distance(&phonetic::key(last), &phonetic::key(&bare));
    let letters = strsim::normalized_levenshtein(&normalise::fold(last), &bare);
    match () {
        () if vowels && (distance <= SAME || letters >= 0.5) => {
            // Accents are rarely spelled, so they are taken from what was said.
            let last = if normalise::fold(last) == bare {
                last.to_owned()
            } else {
                capitalise(spelled)
            };
            [first, &last].join(" ").trim().to_owned()
        }
        () if vowels && bare.len() >= 3 && letters < 0.2 && first.is_empty() => {
            format!("{said} {}", capitalise(spelled))
        }
        () => said.to_owned(),
    }
}

/// Joins words as the text has them (hyphens, apostrophes), each with its capital.
fn join(text: &str, words: &[&Word]) -> String {
    let mut out = String::new();
    let mut rest = text;
    for (i, word) in words.iter().enumerate() {
        let (before, after) = rest.split_once(word.surface.as_str()).unwrap_or(("", rest));
        if i > 0 {
            let elided = before == "'" || before == "’";
            out.push(if before == "-" {
                '-'
            } else if elided {
                '\''
            } else {
                ' '
            });
        }
        rest = after;
        if i > 0 && PARTICLES.contains(&word.folded.as_str()) || (i == 0 && word.folded == "d") {
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
        ] {
            assert_eq!(name(said).as_deref(), Some(expected), "{said}");
        }
        for none in [
            "",
            "je ne sais pas",
            "je voudrais savoir pourquoi",
            "12",
            "mon passeport est périmé depuis un an",
        ] {
            assert_eq!(name(none), None, "{none}");
        }
    }
}
