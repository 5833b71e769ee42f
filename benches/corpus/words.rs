//! Word error rate, with numbers as digits: "quarante-deux" and "42" are the same.

use allo::understand::normalise::folded_words;
use text2num::{Language, replace_numbers_in_text};

/// The words of a text for comparison; each digit and each spelled letter is one of its own.
pub fn words(text: &str) -> Vec<String> {
    let text = text.replace(['-', '…'], " ");
    let digits = replace_numbers_in_text(&text, &Language::french(), 0.0);
    let mut found: Vec<String> = Vec::new();
    for word in folded_words(&apart(&digits)) {
        let after_digit = found
            .last()
            .is_some_and(|w| w.starts_with(|c: char| c.is_ascii_digit()));
        if word == "h" && after_digit {
            found.push("heures".into());
        } else if word.chars().all(|c| c.is_ascii_digit()) {
            found.extend(word.chars().map(String::from));
        } else if !matches!(word.as_str(), "euh" | "heu" | "hum") {
            found.push(word);
        }
    }
    found
}

/// "10h30" and "c26" have digits and letters in one word.
fn apart(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    let mut last = ' ';
    for c in text.chars() {
        if last.is_alphabetic() && c.is_ascii_digit() || last.is_ascii_digit() && c.is_alphabetic() {
            out.push(' ');
        }
        out.push(c);
        last = c;
    }
    out
}

/// Words that are wrong, missing or too many in `heard`, and words of `said`.
pub fn errors(said: &str, heard: &str) -> (usize, usize) {
    let (said, heard) = (words(said), words(heard));
    (strsim::generic_levenshtein(&said, &heard), said.len())
}
