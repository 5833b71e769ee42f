//! Ranks, Roman numbers and fractions.

use super::measures::is_feminine;
use super::numbers::Gender::{Feminine, Masculine};
use super::numbers::{cardinal, ordinal, roman};
use super::scan::{Reading, Scan, lower, value};
use super::words;

/// Reads "1er", "2e", "3ème", "2nde", "XXIe"; in letters only for Roman numbers.
pub(super) fn ordinals(start: Scan) -> Reading {
    let mut s = start;
    if !start.begins() {
        return None;
    }
    let digits = s.digits();
    let letters = s.letters();
    let (n, suffix) = if digits.is_empty() {
        let split = letters.iter().take_while(|c| "IVXLC".contains(**c)).count();
        let (number, suffix) = letters.split_at(split);
        // "Le", "Ce" and "Vers" are words
        let small = number.iter().all(|c| "IVX".contains(*c)) || number.len() > 1;
        (
            roman(number).filter(|n| small && (*n == 1 || !lower(suffix).contains('r')))?,
            lower(suffix),
        )
    } else {
        (
            value(digits).filter(|_| digits.len() <= 4 && digits[0] != '0')?,
            lower(letters),
        )
    };
    if !s.ends() {
        return None;
    }
    let said = match (n, suffix.as_str()) {
        (1, "er") => ordinal(1, Masculine),
        (1, "ers") => "premiers".into(),
        (1, "re" | "ère" | "ere" | "ière") => ordinal(1, Feminine),
        (1, "res" | "ères") => "premières".into(),
        (2, "nd" | "d") => "second".into(),
        (2, "nde") => "seconde".into(),
        (2.., "e" | "è" | "ème" | "eme" | "ième" | "ieme") => ordinal(n, Masculine),
        (2.., "es" | "èmes" | "emes" | "ièmes") => ordinal(n, Masculine) + "s",
        _ => return None,
    };
    Some((said, s))
}

/// Reads "1/2", "3/4", "1/2 journée"; other digits with a slash are said with "sur".
pub(super) fn fractions(start: Scan) -> Reading {
    let mut s = start;
    let above = s.digits();
    if above.is_empty() || !start.begins() || !s.eat('/') {
        return None;
    }
    let below = s.digits();
    let (a, b) = (value(above)?, value(below)?);
    if above[0] == '0' || below[0] == '0' || above.len() > 3 || below.len() > 3 || !s.ends() || s.peek() == Some('/') {
        return None;
    }
    let noun = lower(s.word_ahead());
    let said = match (a, b) {
        (1, 2) if noun.is_empty() => "un demi".into(),
        (1, 2) => {
            s.spaces();
            let half = if is_feminine(&noun) || noun == "h" {
                "une demi-"
            } else {
                "un demi-"
            };
            s.letters();
            format!("{half}{}", if noun == "h" { "heure" } else { &noun })
        }
        (1, 3) => "un tiers".into(),
        (2, 3) => "deux tiers".into(),
        (1, 4) => "un quart".into(),
        (3, 4) => "trois quarts".into(),
        _ if a < b && matches!(noun.as_str(), "ans" | "mois") => {
            format!("{} à {}", cardinal(a, Masculine), cardinal(b, Masculine))
        }
        _ => format!("{} sur {}", cardinal(a, Masculine), cardinal(b, Masculine)),
    };
    Some((said, s))
}

/// Reads the number of a king or of a chapter: "XIV", "II"; one letter only after a name that takes one.
pub(super) fn romans(start: Scan) -> Reading {
    let mut s = start;
    let letters = s.letters();
    let n = roman(letters).filter(|_| s.ends() && letters.iter().all(|c| "IVX".contains(*c)))?;
    let named = letters.len() > 1 || words::takes_roman(&start.word_before());
    named.then(|| (cardinal(n, Masculine), s))
}
