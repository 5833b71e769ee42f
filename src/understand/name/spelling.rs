//! Names that are spelled: "L, E, F, E, B, V, R, E", "B comme Bernard", "deux L", "E accent aigu".

use std::ops::Range;

use super::super::{normalise, phonetic};
use super::{Gap, Heard, begins, capitalise, heard};

/// A spelled name replaces the said one that it sounds like this much (see [`phonetic::distance`]).
const SAME: f32 = 0.5;
/// Fewer letters spell no name.
const SHORTEST: usize = 3;

/// A spelled letter, from what recognition writes for it; only where letters stand together.
pub(super) fn letter(word: &str) -> Option<&'static str> {
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
        "y" | "igrec" | "ygrec" => "y",
        "z" | "zede" => "z",
        _ => return None,
    })
}

/// Whether a word is one letter, which stands alone: not the "d" of "d'Artois".
pub(super) fn is_plain_letter(words: &[Heard]) -> bool {
    let alone = words
        .first()
        .is_some_and(|word| word.folded.chars().count() == 1 && letter(&word.folded).is_some());
    alone && !is_elided(words)
}

/// Whether the first word lost its vowel to the next: "d'Artois", "s'il", "j'habite".
fn is_elided(words: &[Heard]) -> bool {
    let next = words.get(1);
    next.is_some_and(|next| next.gap == Gap::Apostrophe && next.folded.chars().count() > 1)
}

/// The letters at the start of `words` if they spell a name: how many words they take, and the name.
pub(super) fn run(words: &[Heard]) -> Option<(usize, String)> {
    // It begins with a plain letter or "deux L"; what only sounds like a letter joins later.
    let first = words.first()?;
    let doubled = matches!(first.folded.as_str(), "deux" | "2" | "double");
    if !(is_plain_letter(words) || doubled || is_spelled_together(first)) {
        return None;
    }
    let (length, spelled) = letters(words);
    (spelled.chars().filter(|c| c.is_alphabetic()).count() >= SHORTEST).then_some((length, spelled))
}

/// The longest spelled name in `words`, and where it stands.
pub(super) fn longest_run(words: &[Heard]) -> Option<(Range<usize>, String)> {
    let runs = (0..words.len()).filter_map(|at| run(&words[at..]).map(|(length, name)| (at..at + length, name)));
    runs.reduce(|best, next| {
        if next.1.chars().count() > best.1.chars().count() {
            next
        } else {
            best
        }
    })
}

/// "LEFEBVRE" in capitals next to other words: recognition wrote the letters in one.
fn is_spelled_together(word: &Heard) -> bool {
    word.surface.chars().count() >= SHORTEST && word.surface.chars().all(char::is_uppercase)
}

/// What is said between two parts of a name that are spelled apart.
const APART: &[&str] = &[
    "espace",
    "plus loin",
    "nouveau mot",
    "deuxieme mot",
    "autre mot",
    "plus loin encore",
];
/// What says nothing between letters.
const BETWEEN: &[&str] = &["et", "puis", "ensuite", "majuscule", "en majuscule"];

/// The letters at the start of `words`: how many words they take, and what they spell.
pub(super) fn letters(words: &[Heard]) -> (usize, String) {
    let word = |i: usize| words.get(i).map_or("", |w| w.folded.as_str());
    let phrase = |i: usize, phrases: &[&str]| {
        let found = phrases.iter().find(|phrase| begins(&words[i..], phrase));
        found.map(|phrase| phrase.split(' ').count())
    };
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
        } else if matches!(word(i), "i" | "y") && word(i + 1) == "grec" {
            spelled.push('y');
            i += 2;
        } else if begins(&words[i..], "a la fin") || is_elided(&words[i + skip.min(words.len() - i)..]) {
            // "S'il vous plaît" is no S.
            break;
        } else if let Some(letter) = letter(word(i + skip)) {
            spelled.push_str(&letter.repeat(times));
            i += skip + 1;
        } else if is_spelled_together(&words[i]) {
            spelled.push_str(word(i));
            i += 1;
        } else if let Some(length) = phrase(i, &["trait d union", "tiret", "trait"]) {
            spelled.push('-');
            i += length;
        } else if word(i) == "apostrophe" {
            spelled.push('\'');
            i += 1;
        } else if let Some(length) = phrase(i, APART) {
            spelled.push(' ');
            i += length;
        } else if word(i) == "accent" || word(i) == "cedille" || word(i) == "trema" {
            let mark = if word(i) == "accent" { word(i + 1) } else { word(i) };
            accent(&mut spelled, mark);
            i += if word(i) == "accent" { 2 } else { 1 };
        } else if word(i) == "comme" && !spelled.is_empty() {
            // "B comme Bernard"
            i += if word(i + 1) == "dans" { 3 } else { 2 };
        } else if let Some(length) = phrase(i, BETWEEN) {
            i += length;
        } else {
            break;
        }
    }
    let end = spelled.trim_end_matches([' ', '-', '\'']).len();
    spelled.truncate(end);
    (i.min(words.len()), spelled)
}

/// Puts an accent on the last letter.
pub(super) fn accent(spelled: &mut String, mark: &str) {
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

/// The letters of a text, folded.
pub(super) fn bare(text: &str) -> String {
    normalise::fold(text).chars().filter(|c| c.is_alphanumeric()).collect()
}

/// The last words of `said` that are most like the `spelled` letters: how many, their letters, and how like they are (0 to
/// 1). "Le Goff" is two words, whose letters are spelled in one.
pub(super) fn nearest_end(said: &[Heard], spelled: &str) -> Option<(usize, String, f64)> {
    let ends = (1..=said.len()).map(|count| {
        let letters: String = said[said.len() - count..]
            .iter()
            .map(|word| word.folded.as_str())
            .collect();
        let like = strsim::normalized_levenshtein(&letters, spelled);
        (count, letters, like)
    });
    ends.reduce(|best, next| if next.2 > best.2 { next } else { best })
}

/// The said name, with its end as it was spelled.
pub(super) fn settle(said: &[Heard], spelled: &str) -> Vec<Heard> {
    let letters = bare(spelled);
    let Some((count, end, like)) = nearest_end(said, &letters) else {
        return heard(spelled);
    };
    let (first, last) = said.split_at(said.len() - count);
    let apart = spelled.contains([' ', '-', '\'']);
    // Of a first name and a name, it is not told where the one ends.
    let alike = !spelled.contains(['-', '\'']) && spelled.split(' ').count() <= count;
    let with = |new: &str| {
        let mut new = heard(&capitalise(new));
        new.iter_mut().take(1).for_each(|word| word.gap = last[0].gap);
        [first, &new].concat()
    };
    // Recognition loses letters when it spells: then the said name is the better one.
    let vowels = letters.chars().any(|c| "aeiouy".contains(c));
    let surface: String = last.iter().map(|word| word.surface.as_str()).collect();
    let distance = phonetic::distance(&phonetic::key(&surface), &phonetic::key(&letters));
    let whole = completed(&letters, &end);
    match () {
        // Accents are rarely spelled, so they are taken from what was said.
        () if end == letters && apart && !alike => with(&dressed(spelled, &surface)),
        () if end == letters || confirms(&letters, &end) => said.to_vec(),
        () if whole.is_some() => with(&whole.unwrap_or_default()),
        () if vowels && (distance <= SAME || like >= 0.5) => {
            // "El Amrani" stays in two words, however its letters follow each other.
            let kept: String = last[..count - 1].iter().map(|word| word.folded.as_str()).collect();
            match letters
                .strip_prefix(&kept)
                .filter(|rest| count > 1 && !apart && !rest.is_empty())
            {
                Some(rest) => {
                    let mut end = heard(&capitalise(rest));
                    end.iter_mut().take(1).for_each(|word| word.gap = last[count - 1].gap);
                    [first, &last[..count - 1], &end].concat()
                }
                None => with(spelled),
            }
        }
        () if vowels && letters.len() >= SHORTEST && like < 0.2 && said.len() == 1 => {
            [said, &heard(&capitalise(spelled))].concat()
        }
        () => said.to_vec(),
    }
}

/// Whether the letters only tell how the name in which they stand is written, or begin it: "Rousselle, deux S, deux L, E".
fn confirms(letters: &str, name: &str) -> bool {
    if begin_alike(letters, name) {
        return name.starts_with(letters) && name.len() >= letters.len() + 2;
    }
    let mut rest = name.chars();
    letters.chars().all(|letter| rest.any(|c| c == letter))
}

/// Whether they have the first letter in common: what begins as the name does spells all of it.
fn begin_alike(letters: &str, name: &str) -> bool {
    letters.chars().next() == name.chars().next()
}

/// The name with its end as the letters have it, where that sounds the same: "Roussel, deux S, E, deux L, E".
fn completed(letters: &str, name: &str) -> Option<String> {
    if begin_alike(letters, name) {
        return None;
    }
    let ends = name.char_indices().skip(1);
    let wholes = ends.map(|(at, _)| format!("{}{letters}", &name[..at]));
    let sound = phonetic::key(name);
    wholes
        .filter(|whole| phonetic::key(whole) == sound)
        .min_by_key(|whole| whole.chars().count().abs_diff(name.chars().count()))
}

/// The spelled letters with the accents of the said ones.
fn dressed(spelled: &str, said: &str) -> String {
    if spelled.chars().filter(|c| c.is_alphabetic()).count() != said.chars().count() {
        return spelled.to_owned();
    }
    let mut said = said.chars();
    let dress = |c: char| if c.is_alphabetic() { said.next().unwrap_or(c) } else { c };
    spelled.chars().map(dress).collect()
}
