//! Words that are written short: titles, streets, abbreviations, inclusive endings.

use super::acronyms;
use super::dates;
use super::ordinals;
use super::scan::{Reading, Scan, lower, string};

/// Abbreviations of several words, exactly as written.
const PHRASES: [(&str, &str); 15] = [
    ("c.-à-d.", "c'est-à-dire"),
    ("c-à-d", "c'est-à-dire"),
    ("c.à.d.", "c'est-à-dire"),
    ("càd", "c'est-à-dire"),
    ("p. ex.", "par exemple"),
    ("p.ex.", "par exemple"),
    ("s.v.p.", "s'il vous plaît"),
    ("av. J.-C.", "avant Jésus-Christ"),
    ("ap. J.-C.", "après Jésus-Christ"),
    ("J.-C.", "Jésus-Christ"),
    ("N.B.", "nota bene"),
    ("P.-S.", "post-scriptum"),
    ("R.-V.", "rendez-vous"),
    ("w.-e.", "week-end"),
    ("etc…", "et cetera…"),
];

/// What an abbreviation needs to be one.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Needs {
    /// Nothing: it is no other word; its dot is optional.
    Nothing,
    /// Its dot.
    Dot,
    /// A name, after its optional dot.
    Name,
    /// Its dot, then a name: "M. Dupont", but the letter M.
    DotName,
    /// Its dot, then a number or a single letter: "art. 3", "bât. B".
    DotNumber,
    /// A number or ":" after its optional dot: "tél : 04 …".
    Number,
}

/// The abbreviation written so, without its dot; what it needs; whether a sentence may end with it.
fn abbreviation(word: &str) -> Option<(&'static str, Needs, bool)> {
    use Needs::*;
    // those whose capitals matter
    let cased = match word {
        "M" => Some(("monsieur", DotName)),
        "MM" => Some(("messieurs", DotName)),
        "Mr" => Some(("monsieur", Name)),
        "Mme" | "mme" => Some(("madame", Nothing)),
        "Mmes" => Some(("mesdames", Nothing)),
        "Mlle" => Some(("mademoiselle", Nothing)),
        "Mlles" => Some(("mesdemoiselles", Nothing)),
        "Me" => Some(("maître", Name)),
        "Mgr" => Some(("monseigneur", Name)),
        "Dr" | "Dre" => Some(("docteur", Name)),
        "Drs" => Some(("docteurs", Name)),
        "Pr" | "Pre" => Some(("professeur", Name)),
        "St" | "ST" => Some(("Saint", Name)),
        "Ste" | "STE" => Some(("Sainte", Name)),
        "Sts" => Some(("Saints", Name)),
        "Gal" => Some(("général", Name)),
        "Mal" => Some(("maréchal", Name)),
        "Cdt" => Some(("commandant", Name)),
        "Ets" => Some(("établissements", Nothing)),
        "Sté" => Some(("société", Nothing)),
        "Cie" => Some(("compagnie", Nothing)),
        "NB" => Some(("nota bene", Nothing)),
        _ => None,
    };
    if let Some((said, needs)) = cased {
        return Some((said, needs, false));
    }
    let (said, needs, ends) = match lower(&word.chars().collect::<Vec<_>>()).as_str() {
        "bd" | "bld" | "blvd" | "boul" => ("boulevard", Nothing, false),
        "av" | "ave" => ("avenue", Dot, false),
        "pl" => ("place", Dot, false),
        "rte" => ("route", Nothing, false),
        "chem" | "ch" => ("chemin", Dot, false),
        "imp" => ("impasse", Dot, false),
        "all" => ("allée", Dot, false),
        "sq" => ("square", Dot, false),
        "fg" | "fbg" => ("faubourg", Nothing, false),
        "rés" => ("résidence", Dot, false),
        "lot" => ("lotissement", DotName, false),
        "bât" | "bat" => ("bâtiment", DotNumber, false),
        "appt" | "apt" => ("appartement", Nothing, false),
        "esc" => ("escalier", DotNumber, false),
        "ét" => ("étage", Dot, true),
        "art" => ("article", DotNumber, false),
        "al" => ("alinéa", DotNumber, false),
        "chap" => ("chapitre", DotNumber, false),
        "vol" => ("volume", DotNumber, false),
        "fig" => ("figure", DotNumber, false),
        "p" => ("page", DotNumber, false),
        "pp" => ("pages", DotNumber, false),
        "tél" => ("téléphone", Nothing, false),
        "tel" => ("téléphone", Number, false),
        "port" => ("portable", DotNumber, false),
        "réf" | "ref" => ("référence", Nothing, false),
        "etc" => ("et cetera", Nothing, true),
        "ex" => ("exemple", Dot, false),
        "cf" => ("voir", Nothing, false),
        "env" => ("environ", Dot, false),
        "max" => ("maximum", Dot, true),
        "min" => ("minimum", Dot, true),
        "hab" => ("habitants", Dot, true),
        "pers" => ("personnes", Dot, true),
        "suppl" => ("supplémentaire", Dot, true),
        "resp" => ("responsable", Dot, false),
        "dép" | "dépt" => ("département", Dot, false),
        "nb" => ("nombre", Nothing, false),
        "rdv" => ("rendez-vous", Nothing, true),
        "svp" => ("s'il vous plaît", Nothing, true),
        "stp" => ("s'il te plaît", Nothing, true),
        "bcp" => ("beaucoup", Nothing, true),
        "ttc" => ("toutes taxes comprises", Nothing, true),
        _ => return None,
    };
    Some((said, needs, ends))
}

/// Whether the word here is an abbreviation that the dot at its end belongs to, so that no sentence ends there.
pub(super) fn keeps_sentence_open(start: Scan) -> bool {
    read(start).is_some_and(|(_, rest)| rest.before() == Some('.'))
}

/// Reads whatever begins with a letter and is not said as it is written.
pub(super) fn read(start: Scan) -> Reading {
    if !start.begins() {
        return acronyms::read(start);
    }
    phrase(start)
        .or_else(|| dates::read_days(start))
        .or_else(|| dates::read_month(start))
        .or_else(|| numero(start))
        .or_else(|| short(start))
        .or_else(|| dotted(start))
        .or_else(|| ordinals::ordinals(start))
        .or_else(|| ordinals::romans(start))
        .or_else(|| acronyms::read(start))
}

fn phrase(start: Scan) -> Reading {
    let (said, rest) = PHRASES.iter().find_map(|(written, said)| {
        let mut s = start;
        (s.eat_str(written) && s.ends()).then_some((*said, s))
    })?;
    Some((said.into(), end_of_abbreviation(rest, true)))
}

/// "n°", "N°", "n°s".
fn numero(start: Scan) -> Reading {
    let mut s = start;
    if !s.eat_word("n") || !s.eat('°') {
        return None;
    }
    let plural = s.eat_word("s");
    Some((if plural { "numéros" } else { "numéro" }.into(), s))
}

fn short(start: Scan) -> Reading {
    let mut s = start;
    let letters = s.letters();
    // no abbreviation is longer; and "M." after another letter ends an acronym
    if letters.len() > 6 || s.peek().is_some_and(|c| c.is_ascii_digit()) {
        return None;
    }
    let (said, needs, ends) = abbreviation(&string(letters))?;
    let lone = letters.len() == 1 && start.word_before().chars().count() == 1;
    let dash = matches!(said, "Saint" | "Sainte") && s.peek() == Some('-');
    let mut after = s;
    let dot = after.eat('.');
    let next = after.sign_ahead();
    let capital = next.is_some_and(char::is_uppercase);
    // "M. le maire", "M. de Villiers"
    let title = matches!(
        lower(after.word_ahead()).as_str(),
        "le" | "la" | "l" | "de" | "du" | "d"
    );
    let single = after.word_ahead().len() == 1 && capital;
    let number = next.is_some_and(|c| c.is_ascii_digit());
    let met = match needs {
        Needs::Nothing => true,
        Needs::Dot => dot,
        Needs::Name => capital && after.peek() == Some(' ') || dash,
        Needs::DotName => dot && (capital || title || number) && !lone,
        Needs::DotNumber => dot && (number || single || next == Some(':')),
        Needs::Number => number || next == Some(':'),
    };
    if !met {
        return None;
    }
    // "sur RDV." has no dot of its own
    let rest = if needs == Needs::Nothing && ends {
        s
    } else {
        end_of_abbreviation(s, ends)
    };
    Some((said.into(), rest))
}

/// Moves over the dot of an abbreviation, unless it ends the sentence as well.
fn end_of_abbreviation(s: Scan, may_end: bool) -> Scan {
    let mut after = s;
    if !after.eat('.') {
        return s;
    }
    let ends = match after.sign_ahead() {
        None => true,
        Some(next) => may_end && next.is_uppercase(),
    };
    if ends { s } else { after }
}

/// "S.N.C.F." as the acronym it is, "J.-P." as its letters.
fn dotted(start: Scan) -> Reading {
    let mut s = start;
    let mut letters = Vec::new();
    loop {
        let mut next = s;
        if !letters.is_empty() {
            next.eat('-');
        }
        let Some(letter) = next.peek().filter(|c| c.is_uppercase()) else {
            break;
        };
        next.skip(1);
        if !next.eat('.') {
            break;
        }
        letters.push(letter);
        s = next;
    }
    if letters.len() < 2 || !s.ends() {
        return None;
    }
    let said = acronyms::said(&letters, false).unwrap_or_else(|| lower(&letters));
    // the last dot ends the text too
    if s.sign_ahead().is_none() {
        return Some((said + ".", s));
    }
    Some((said, s))
}

/// Whether the dot here is that of a first name or of a kind of article: "M. J. Dupont", "rue A. Briand", "art. L. 3".
pub(super) fn is_initial(dot: Scan) -> bool {
    let (letter, mut start, mut after) = (dot.letters_before(), dot, dot);
    after.skip(1);
    let name = after
        .sign_ahead()
        .is_some_and(|c| c.is_uppercase() || c.is_ascii_digit());
    start.back(letter.len());
    start.back_over_spaces();
    // the title may have its own dot, and so has the initial before this one
    if start.before() == Some('.') {
        start.back(1);
        if letter.len() == 1 && start.letters_before().len() == 1 && is_initial(start) {
            return name;
        }
    }
    let before = start.word_before();
    let title = matches!(
        before.as_str(),
        "monsieur"
            | "messieurs"
            | "madame"
            | "mademoiselle"
            | "maître"
            | "docteur"
            | "professeur"
            | "rue"
            | "place"
            | "avenue"
            | "boulevard"
            | "square"
            | "de"
            | "par"
            | "école"
            | "collège"
            | "salle"
            | "article"
            | "mme"
            | "mlle"
            | "dr"
            | "me"
            | "art"
            | "bd"
            | "av"
            | "pl"
    );
    let title = title || matches!(before.as_str(), "m" | "mm" | "pr" | "mgr");
    letter.len() == 1 && letter[0].is_uppercase() && name && title
}

/// Whether this word has lost its vowel before an apostrophe.
pub(super) fn is_elided(word: &[char]) -> bool {
    matches!(
        lower(word).as_str(),
        "l" | "d" | "j" | "n" | "s" | "c" | "m" | "t" | "qu" | "jusqu" | "lorsqu" | "puisqu"
    )
}

/// Whether one letter after this word is a Roman number: "Charles V", "chapitre I".
pub(super) fn takes_roman(word: &str) -> bool {
    matches!(
        word,
        "charles"
            | "louis"
            | "henri"
            | "philippe"
            | "françois"
            | "napoléon"
            | "jean"
            | "paul"
            | "pie"
            | "chapitre"
            | "titre"
            | "tome"
            | "annexe"
            | "livre"
            | "acte"
            | "phase"
    )
}

/// The plural ending of an inclusive spelling, when one follows a word: "habitant·e·s", "inscrit(e)s", "agent.e.s".
pub(super) fn inclusive(start: Scan) -> Option<(&'static str, Scan)> {
    if !start.before().is_some_and(char::is_alphabetic) {
        return None;
    }
    let mut s = start;
    if s.eat('(') {
        let inner = string(s.letters());
        if !matches!(
            inner.as_str(),
            "e" | "s" | "es" | "ne" | "x" | "le" | "ère" | "trice" | "euse"
        ) || !s.eat(')')
        {
            return None;
        }
        let plural = s.eat('s') || matches!(inner.as_str(), "s" | "es");
        return s.ends().then_some((if plural { "s" } else { "" }, s));
    }
    let dot = s.eat_any(&['·', '.'])?;
    let feminine = string(s.letters());
    let known = [
        "e", "es", "ne", "nes", "le", "les", "rice", "rices", "trice", "trices", "euse", "euses", "ère",
    ];
    let feminised = known.contains(&feminine.as_str()) || dot == '·' && !feminine.is_empty();
    if !feminised {
        return None;
    }
    let plural = s.eat(dot) && s.eat('s') || feminine.ends_with('s');
    s.ends().then_some((if plural { "s" } else { "" }, s))
}
