//! Answers that put themselves right: "mardi… ah non, mercredi", "pas le quatre, le quatorze".

/// What comes between "non" and what is right (folded words).
const AFTER_NO: &[&str] = &[
    "pardon", "plutot", "enfin", "attendez", "excusez", "moi", "qu", "est", "ce", "que", "je", "dis", "c", "le",
    "mettez",
];
/// Words that may stand before "non" where it puts right what precedes.
const BEFORE_NO: &[&str] = &["ah", "euh", "enfin", "oh", "mais", "ou"];

use super::normalise;

/// What is left of an answer without what it takes back, the likeliest first; the whole text comes last.
pub fn readings(text: &str) -> Vec<String> {
    let mut readings = Vec::new();
    if let Some((_, after)) = around_no(text) {
        readings.push(after);
    }
    if let Some(without) = without_denied(text) {
        readings.push(without);
    }
    readings.push(text.to_owned());
    readings
}

/// What is said before and after a "non" in the middle.
pub fn around_no(text: &str) -> Option<(String, String)> {
    let tokens: Vec<&str> = text.split_whitespace().collect();
    let folded: Vec<String> = tokens
        .iter()
        .map(|token| normalise::folded_words(token).join(" "))
        .collect();
    let no = folded.iter().rposition(|token| token == "non")?;
    let before = folded[..no]
        .iter()
        .rposition(|token| !BEFORE_NO.contains(&token.as_str()) && !token.is_empty())?;
    let skipped = |token: &String| token.split(' ').all(|word| AFTER_NO.contains(&word) || word.is_empty());
    // A little word before what is right belongs to it: "non, le mercredi" stays whole where nothing but it would go.
    let skip = folded[no + 1..].iter().take_while(|token| skipped(token)).count();
    let after = &tokens[no + 1 + skip..];
    (!after.is_empty()).then(|| (tokens[..=before].join(" "), after.join(" ")))
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
            ("mardi", "mardi"),
        ] {
            assert_eq!(readings(text)[0], left, "{text}");
        }
    }
}
