//! Answers that put themselves right: "mardi… ah non, mercredi", "pas le quatre, le quatorze".

/// What takes back what precedes it (folded words).
const TAKES_BACK: &[&str] = &[
    "non",
    "pardon",
    "excusez moi",
    "enfin",
    "plutot",
    "je veux dire",
    "je voulais dire",
    "je me trompe",
    "je me suis trompe",
    "je me suis trompee",
    "qu est ce que je dis",
];
/// What shows, after one of these but "non", that it is politeness or a preference: "pardon de vous déranger", "plutôt
/// que", "pardon, je voudrais".
const GOES_ON: &[&str] = &["de", "d", "des", "que", "qu", "j", "je"];
/// What comes between "non" and what is right (folded words).
const AFTER_NO: &[&str] = &[
    "pardon", "plutot", "enfin", "attendez", "excusez", "moi", "qu", "est", "ce", "que", "je", "dis", "c", "mettez",
];
/// Words that may stand before "non" where it puts right what precedes.
const BEFORE_NO: &[&str] = &["ah", "euh", "enfin", "oh", "mais", "ou", "pardon", "non"];

use super::normalise;

/// What is left of an answer without what it takes back, the likeliest first; the whole text comes last.
pub fn readings(text: &str) -> Vec<String> {
    let mut readings = Vec::new();
    if let Some((_, after)) = around_no(text) {
        let bare = after.strip_prefix("le ").unwrap_or(&after);
        readings.push(bare.to_owned());
    }
    if let Some(without) = without_denied(text) {
        readings.push(without);
    }
    readings.push(text.to_owned());
    readings
}

/// What is said before and after a "non" in the middle, or another word that takes back: "pardon", "enfin", "ou plutôt".
pub fn around_no(text: &str) -> Option<(String, String)> {
    let tokens: Vec<&str> = text.split_whitespace().collect();
    let folded: Vec<String> = tokens
        .iter()
        .map(|token| normalise::folded_words(token).join(" "))
        .collect();
    (0..tokens.len()).rev().find_map(|at| {
        let taken = TAKES_BACK
            .iter()
            .find_map(|phrase| Some((*phrase, tokens_of(&folded[at..], phrase)?)));
        let (phrase, length) = taken?;
        let before = folded[..at]
            .iter()
            .rposition(|token| !BEFORE_NO.contains(&token.as_str()) && !token.is_empty())?;
        let after = &folded[at + length..];
        let next = after
            .iter()
            .flat_map(|token| token.split(' '))
            .find(|word| !word.is_empty());
        let says_again = after.iter().any(|token| matches!(token.as_str(), "dis" | "disais"));
        if phrase != "non" && !says_again && next.is_some_and(|word| GOES_ON.contains(&word)) {
            return None;
        }
        let skipped = |token: &String| token.split(' ').all(|word| AFTER_NO.contains(&word) || word.is_empty());
        let skip = after.iter().take_while(|token| skipped(token)).count();
        let after = &tokens[at + length + skip..];
        (!after.is_empty()).then(|| (tokens[..=before].join(" "), after.join(" ")))
    })
}

/// How many of the folded tokens are this phrase, if they begin with it.
fn tokens_of(tokens: &[String], phrase: &str) -> Option<usize> {
    (1..=tokens.len().min(phrase.split(' ').count())).find(|n| tokens[..*n].join(" ") == phrase)
}

/// The text without "pas …", up to the next comma; none where that is not said, or is all that is.
fn without_denied(text: &str) -> Option<String> {
    let mut kept = Vec::new();
    let mut denied = false;
    for piece in text.split([',', ':', ';', '…', '.', '!']).map(str::trim) {
        let words = normalise::folded_words(piece);
        let after_no = words
            .iter()
            .position(|word| word != "non" && word != "c" && word != "est" && word != "mais");
        match after_no.map(|at| words[at].as_str()) {
            Some("pas") => denied = true,
            Some(_) => kept.push(piece),
            None => {}
        }
    }
    (denied && !kept.is_empty()).then(|| kept.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_taken_back_is_left_out() {
        for (text, left) in [
            ("mardi… ah non, qu'est-ce que je dis, mercredi !", "mercredi !"),
            ("14h, enfin non, 14h30", "14h30"),
            ("c'est le 318, ah non, le 381", "381"),
            ("pas le quatre, le quatorze", "le quatorze"),
            ("non, pas Garnier : Gaudier", "Gaudier"),
            (
                "non, quarante-deux, pas cinquante-deux, avenue du Vercors",
                "quarante-deux, avenue du Vercors",
            ),
            ("non, mardi", "non, mardi"),
            ("mardi, pardon, mercredi", "mercredi"),
            ("Dubois, enfin Dubosc", "Dubosc"),
            ("12 rue Pasteur, je veux dire 14 rue Pasteur", "14 rue Pasteur"),
            ("mardi, ou plutôt mercredi", "mercredi"),
            ("mardi, pardon, je voulais dire mercredi", "mercredi"),
            ("mardi, non, mercredi, pardon", "mercredi, pardon"),
            // Politeness and preferences take nothing back.
            ("pardon, mardi", "pardon, mardi"),
            (
                "bonjour, pardon, je voudrais mardi",
                "bonjour, pardon, je voudrais mardi",
            ),
            ("mardi, pardon de vous déranger", "mardi, pardon de vous déranger"),
            ("mardi plutôt que mercredi", "mardi plutôt que mercredi"),
            ("mardi, pardon", "mardi, pardon"),
            ("mardi", "mardi"),
        ] {
            assert_eq!(readings(text)[0], left, "{text}");
        }
    }
}
