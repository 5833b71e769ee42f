//! What is said of how a name is written: "avec deux L", "un D à la fin", "sans H", "tout attaché".

use super::super::{normalise, phonetic};
use super::spelling::{accent, letter, run};
use super::{Gap, Heard, PARTICLES, begins, capitalise};

/// One remark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Remark {
    /// "Deux L"
    Twice(char),
    /// "Un seul L"
    Once(char),
    /// "Avec un D"
    With(char),
    /// "Un D à la fin"
    Ends(char),
    /// "Sans H"
    Without(char),
    /// "U tréma"
    Marked(char, &'static str),
    /// "Tout attaché", "en un mot"
    Attached,
    /// "Avec un tiret"
    Hyphened,
    /// What changes no letter: "en deux mots", "comme la couleur", "un accent sur le premier E".
    Aside,
}

/// How remarks begin; what follows up to the pause belongs to them, whatever it is.
const OPENERS: &[&str] = &[
    "avec",
    "sans",
    "prend",
    "il y a",
    "y a",
    "il manque",
    "il faut",
    "vous avez oublie",
    "comme",
    "pourquoi",
    "ca s ecrit",
    "qui s ecrit",
    "s ecrit",
];
/// Where a letter stands.
const AT_THE_END: &[&str] = &["a la fin", "au bout", "en dernier", "final"];
const ELSEWHERE: &[&str] = &["au debut", "au milieu", "au depart", "en premier", "devant", "dedans"];
/// Whole remarks, longest first.
const WHOLE: &[(&str, Remark)] = &[
    ("en un seul mot", Remark::Attached),
    ("en 1 seul mot", Remark::Attached),
    ("en un mot", Remark::Attached),
    ("en 1 mot", Remark::Attached),
    ("tout attache", Remark::Attached),
    ("tout colle", Remark::Attached),
    ("tout ensemble", Remark::Attached),
    ("en deux mots", Remark::Aside),
    ("en 2 mots", Remark::Aside),
    ("en trois mots", Remark::Aside),
    ("en 3 mots", Remark::Aside),
    ("en quatre mots", Remark::Aside),
    ("en deux", Remark::Aside),
    ("deux mots", Remark::Aside),
    ("plus loin", Remark::Aside),
    ("tout simplement", Remark::Aside),
    ("tout simple", Remark::Aside),
    ("tout court", Remark::Aside),
    ("e dans l o", Remark::Aside),
    ("trait d union entre les deux", Remark::Hyphened),
    ("tiret entre les deux", Remark::Hyphened),
];
const MARKS: [&str; 5] = ["trema", "aigu", "grave", "circonflexe", "cedille"];

/// The remarks at the start of `words`, and how many words they take; `first`, where no name precedes them.
pub(super) fn remarks(words: &[Heard], first: bool) -> Option<(usize, Vec<Remark>)> {
    if let Some((phrase, remark)) = WHOLE.iter().find(|(phrase, _)| begins(words, phrase)) {
        return Some((phrase.split(' ').count(), vec![*remark]));
    }
    let bare = || Some(details(words, false)).filter(|(taken, _)| *taken > 0);
    // "Comme la couleur", "avec l'accent": up to the pause.
    let aside = || {
        let opener = OPENERS.iter().find(|phrase| begins(words, phrase))?;
        let rest = &words[opener.split(' ').count()..];
        if opener.ends_with("ecrit") && (run(rest).is_some() || remarks(rest, first).is_some()) {
            return None;
        }
        let pause = words.iter().skip(1).position(|word| word.gap == Gap::Pause);
        Some((pause.map_or(words.len(), |at| at + 1), vec![Remark::Aside]))
    };
    let found = led(words);
    if first {
        found
    } else {
        found.or_else(bare).or_else(aside)
    }
}

/// The remarks that an opener leads to: "avec deux L".
pub(super) fn led(words: &[Heard]) -> Option<(usize, Vec<Remark>)> {
    let opener = OPENERS.iter().find(|phrase| begins(words, phrase))?;
    let start = opener.split(' ').count();
    let (taken, found) = details(&words[start..], *opener == "sans");
    (taken > 0).then_some((start + taken, found))
}

/// "Un Z et un accent sur le premier E": one detail after the other.
fn details(words: &[Heard], without: bool) -> (usize, Vec<Remark>) {
    let (mut taken, mut found) = (0, Vec::new());
    loop {
        let and = usize::from(taken > 0 && begins(&words[taken..], "et"));
        // "…, G, A, U": after a pause, the name is spelled.
        if taken > 0 && and == 0 && words.get(taken).is_some_and(|word| word.gap == Gap::Pause) {
            break;
        }
        match detail(&words[taken + and..], without || and == 1) {
            Some((length, remark)) => {
                taken += and + length;
                found.push(if without { unsaid(remark) } else { remark });
            }
            None => break,
        }
    }
    (taken, found)
}

/// "Sans H": the same letter, which is not there.
fn unsaid(remark: Remark) -> Remark {
    match remark {
        Remark::With(letter) | Remark::Ends(letter) => Remark::Without(letter),
        _ => Remark::Aside,
    }
}

/// One letter, or one mark, of which something is said; `bare`, it may be named alone.
fn detail(words: &[Heard], bare: bool) -> Option<(usize, Remark)> {
    let word = |at: usize| words.get(at).map_or("", |word| word.folded.as_str());
    let elided = word(0) == "l" && words.get(1).is_some_and(|next| next.gap == Gap::Apostrophe);
    let (counted, mut at) = match word(0) {
        "un" | "une" if matches!(word(1), "seul" | "seule") => (Some(1), 2),
        "deux" | "2" => (Some(2), 1),
        "un" | "une" | "le" | "la" | "1" => (None, 1),
        _ if elided => (None, 1),
        _ => (None, 0),
    };
    let article = at > 0;
    if matches!(word(at), "tiret" | "trait") && article {
        // "Un trait d'union"
        let end = at + if word(at) == "trait" { 3 } else { 1 };
        return Some((end.min(words.len()), Remark::Hyphened));
    }
    if matches!(word(at), "trema" | "cedille" | "apostrophe") && article || word(at) == "accent" {
        // "Un accent aigu sur le premier E"
        let rest = words
            .iter()
            .skip(at + 1)
            .position(|word| word.gap == Gap::Pause || word.folded == "et");
        return Some((rest.map_or(words.len(), |rest| at + 1 + rest), Remark::Aside));
    }
    let grec = matches!(word(at), "y" | "i") && word(at + 1) == "grec";
    let single = word(at).chars().count() == 1;
    let letter = if grec {
        Some("y")
    } else {
        letter(word(at)).filter(|_| single || article)
    }?;
    let letter = letter.chars().next()?;
    at += if grec { 2 } else { 1 };
    let mark_at = at + usize::from(word(at) == "accent");
    let place = |places: &[&str]| {
        let found = places
            .iter()
            .find(|place| begins(words.get(at..).unwrap_or_default(), place));
        found.map(|place| place.split(' ').count())
    };
    if let Some(mark) = MARKS.iter().find(|mark| **mark == word(mark_at)) {
        return Some((mark_at + 1, Remark::Marked(letter, mark)));
    }
    let (end, elsewhere) = (place(AT_THE_END), place(ELSEWHERE));
    let length = at + end.or(elsewhere).unwrap_or(0);
    match (counted, end) {
        (Some(1), _) => Some((length, Remark::Once(letter))),
        (Some(_), _) => Some((length, Remark::Twice(letter))),
        (None, Some(_)) => Some((length, Remark::Ends(letter))),
        // "Le M", "la D": only an opener makes a remark of it.
        (None, None) if article || bare || elsewhere.is_some() => Some((length, Remark::With(letter))),
        _ => None,
    }
}

/// The letters that are heard alike, so that one has to say which it is.
const ALIKE: [&str; 4] = ["td", "sxz", "iy", "ckq"];

impl Remark {
    /// Whether it is of how words are joined.
    pub(super) fn joins(self) -> bool {
        matches!(self, Self::Attached | Self::Hyphened)
    }
    /// The name as the remark says that it is written; as it is, where that is so, or cannot be told for sure.
    pub(super) fn apply(self, name: &str) -> String {
        if name.is_empty() {
            return String::new();
        }
        let letters: Vec<char> = name.chars().collect();
        let folded: Vec<char> = letters
            .iter()
            .map(|c| normalise::fold(&c.to_string()).chars().next().unwrap_or(*c))
            .collect();
        let places = |letter: char| -> Vec<usize> { (0..folded.len()).filter(|at| folded[*at] == letter).collect() };
        let with = |from: usize, to: usize, new: &str| -> String {
            let (before, after) = (&letters[..from], &letters[to..]);
            before
                .iter()
                .copied()
                .chain(new.chars())
                .chain(after.iter().copied())
                .collect()
        };
        let same_sound = |new: &String| phonetic::key(new) == phonetic::key(name);
        let alike = |at: usize, letter: char| {
            let group = ALIKE.iter().find(|group| group.contains(letter));
            folded[at] != letter && group.is_some_and(|group| group.contains(folded[at]))
        };
        let last = letters.len() - 1;
        let doubled = |letter: char| -> Vec<usize> {
            let places = places(letter).into_iter();
            places.filter(|at| folded.get(at + 1) == Some(&letter)).collect()
        };
        let changed = match self {
            Self::Twice(letter) => match places(letter)[..] {
                // An accent is never written before two of them: "Michelle".
                [place] if place > 0 && letters[place - 1] == 'è' => {
                    Some(with(place - 1, place, &format!("e{letter}")))
                }
                [place] => Some(with(place + 1, place + 1, &letter.to_string())),
                _ => None,
            },
            Self::Once(letter) => match doubled(letter)[..] {
                [place] => Some(with(place + 1, place + 2, "")),
                _ => None,
            },
            Self::Ends(letter) if folded.last() == Some(&letter) => None,
            Self::Ends(letter) if alike(last, letter) => Some(with(last, last + 1, &letter.to_string())),
            Self::Ends(letter) => Some(with(last + 1, last + 1, &letter.to_string())),
            // Which letter stands first goes without saying.
            Self::With(letter) if places(letter).iter().any(|at| *at > 0) => None,
            Self::With('h') => match places('t')[..] {
                [place] => Some(with(place + 1, place + 1, "h")).filter(same_sound),
                _ => None,
            },
            // "Meyer avec un I": which sounds otherwise, but there is one place for it.
            Self::With(letter @ ('i' | 'y')) if (1..letters.len()).filter(|at| alike(*at, letter)).count() == 1 => (1
                ..letters.len())
                .find(|at| alike(*at, letter))
                .map(|at| with(at, at + 1, &letter.to_string())),
            Self::With(letter) => {
                let fits = (0..letters.len()).filter(|at| alike(*at, letter));
                let fits = fits.map(|at| (at, with(at, at + 1, &letter.to_string())));
                let fits: Vec<_> = fits.filter(|(at, new)| *at > 0 && same_sound(new)).collect();
                let end = fits.iter().find(|(at, _)| *at == last);
                let fit = end
                    .or(fits.first().filter(|_| fits.len() == 1))
                    .map(|(_, new)| new.clone());
                // "Dupon, avec un T"
                fit.or_else(|| Some(with(last + 1, last + 1, &letter.to_string())).filter(same_sound))
            }
            Self::Without(letter) => {
                let fits = places(letter)
                    .into_iter()
                    .map(|at| with(at, at + 1, ""))
                    .filter(same_sound);
                match &fits.collect::<Vec<_>>()[..] {
                    [only] => Some(only.clone()),
                    _ => None,
                }
            }
            Self::Marked(letter, mark) => places(letter).first().map(|place| {
                let mut marked = letters[*place].to_lowercase().to_string();
                accent(&mut marked, mark);
                with(*place, place + 1, &marked)
            }),
            Self::Attached => Some(attached(name)),
            // Between which words, of three?
            Self::Hyphened => (name.split(' ').count() == 2).then(|| name.replace(' ', "-")),
            Self::Aside => None,
        };
        changed.map_or_else(|| name.to_owned(), |name| capitalise_first(&name))
    }
}

/// "De la Croix" as "Delacroix".
fn attached(name: &str) -> String {
    let mut out: Vec<String> = Vec::new();
    let mut open = false;
    for word in name.split(' ') {
        match out.last_mut().filter(|_| open) {
            Some(last) => last.push_str(word),
            None => out.push(word.to_owned()),
        }
        open = PARTICLES.contains(&normalise::fold(word).as_str());
        if let Some(last) = out.last_mut() {
            *last = capitalise(last);
        }
    }
    out.join(" ")
}

/// The name begins with a capital, whatever letter was put there.
fn capitalise_first(name: &str) -> String {
    let mut letters = name.chars();
    let first = letters.next().into_iter().flat_map(char::to_uppercase);
    match name.starts_with("d'") {
        true => name.to_owned(),
        false => first.chain(letters).collect(),
    }
}
