//! A text → sentences, short enough to be rendered one by one.

use super::scan::{Scan, string};
use super::text::flow;
use super::words::{is_initial, keeps_sentence_open};

/// Longest piece, in characters.
const LONGEST: usize = 200;
/// A piece cut off before this many characters would sound hurried.
const SHORTEST: usize = 40;

/// Splits a text into sentences, each with its punctuation and at most 200 characters; longer ones are split at
/// semicolons and colons, else at commas, else before "et" or "ou", else between words. Takes what was written as well
/// as what [`super::speakable`] made of it (then no piece is longer when it is spoken).
pub fn sentences(written: &str) -> Vec<String> {
    let text = flow(written);
    let mut found = Vec::new();
    let mut start = 0;
    for at in 0..text.len() {
        if let Some(end) = sentence_end(&text, at) {
            pieces(&text[start..end], &mut found);
            start = end;
        }
    }
    pieces(&text[start..], &mut found);
    found
}

/// Where the sentence ends that the sign at `at` closes.
fn sentence_end(text: &[char], at: usize) -> Option<usize> {
    let sign = text[at];
    if !".!?…".contains(sign) || text.get(at + 1).is_some_and(|c| ".!?…".contains(*c)) {
        return None;
    }
    let closing = text[at + 1..]
        .iter()
        .take_while(|c| matches!(c, ')' | '"' | ']'))
        .count();
    let end = at + 1 + closing;
    let next = text[end..]
        .iter()
        .position(|c| !matches!(c, ' ' | '"' | '(' | '–' | '-'));
    let next = next.map(|skipped| text[end + skipped])?;
    let spaced = text[end] == ' ';
    let begins = next.is_uppercase() || next.is_ascii_digit() && sign != '…';
    (spaced && begins && !(sign == '.' && dot_of_a_word(text, at))).then_some(end)
}

/// Whether this dot belongs to an abbreviation, to an initial or to the number of a list.
fn dot_of_a_word(text: &[char], dot: usize) -> bool {
    let start = text[..dot]
        .iter()
        .rposition(|c| !c.is_alphanumeric())
        .map_or(0, |before| before + 1);
    let word = &text[start..dot];
    let mut s = Scan::new(text);
    s.skip(start);
    // "1. Prenez": the number of a step
    let step = word.len() <= 2
        && !word.is_empty()
        && word.iter().all(char::is_ascii_digit)
        && matches!(s.sign_before(), None | Some('.' | ':' | '!' | '?' | ';'));
    let dotted = word.len() == 1 && word[0].is_uppercase() && matches!(s.before(), Some('.' | '-'));
    let mut end = s;
    end.skip(word.len());
    step || dotted || is_initial(end) || keeps_sentence_open(s)
}

/// Adds a sentence, in pieces when it is long.
fn pieces(sentence: &[char], found: &mut Vec<String>) {
    let mut rest = trim(sentence);
    while rest.len() > LONGEST {
        let cut = cut(rest);
        found.push(string(trim(&rest[..cut])));
        rest = trim(&rest[cut..]);
    }
    if rest.iter().any(|c| c.is_alphanumeric()) {
        found.push(string(rest));
    }
}

/// The best place to cut a long sentence: not more than [`LONGEST`] characters from its start.
fn cut(text: &[char]) -> usize {
    let after = |signs: &str| {
        (SHORTEST..LONGEST)
            .rev()
            .find(|at| signs.contains(text[at - 1]) && text[*at] == ' ')
    };
    let before_word = |words: [&str; 4]| {
        (SHORTEST..LONGEST).rev().find(|at| {
            let mut s = Scan::new(text);
            s.skip(at - 1);
            s.spaces() && words.iter().any(|word| s.eat_word(word))
        })
    };
    after(";:")
        .or_else(|| after(",)–"))
        .or_else(|| before_word(["et", "ou", "mais", "puis"]))
        .or_else(|| (1..=LONGEST).rev().find(|at| text[at - 1] == ' '))
        .unwrap_or(LONGEST)
}

fn trim(text: &[char]) -> &[char] {
    let Some(start) = text.iter().position(|c| *c != ' ') else {
        return &[];
    };
    let end = text.iter().rposition(|c| *c != ' ').map_or(start, |last| last + 1);
    &text[start..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_end_where_people_pause() {
        let cases: [(&str, &[&str]); 14] = [
            ("Bonjour. Je suis Allô.", &["Bonjour.", "Je suis Allô."]),
            (
                "M. Dupont et Mme. Martin sont là. Merci !",
                &["M. Dupont et Mme. Martin sont là.", "Merci !"],
            ),
            ("Ouvert à 8 h 30. Fermé à 12 h.", &["Ouvert à 8 h 30.", "Fermé à 12 h."]),
            (
                "Dossier n° 4. Voir art. 3 et St. Jean.",
                &["Dossier n° 4.", "Voir art. 3 et St. Jean."],
            ),
            ("Il fait 3.5 km, soit 1.250 €.", &["Il fait 3.5 km, soit 1.250 €."]),
            ("Attendez... je cherche. Voilà.", &["Attendez… je cherche.", "Voilà."]),
            ("Dites « oui ». Ou non ?", &["Dites oui.", "Ou non ?"]),
            ("Photos, etc. Merci.", &["Photos, etc.", "Merci."]),
            ("Photos, etc. pour tous.", &["Photos, etc. pour tous."]),
            ("Pour la C N I. Appelez.", &["Pour la C N I.", "Appelez."]),
            (
                "Pour la S.N.C.F. Voyez M. J. Dupont.",
                &["Pour la S.N.C.F. Voyez M. J. Dupont."],
            ),
            (
                "Ouvert :\n- lundi ;\n- mardi.\nFermé mercredi",
                &["Ouvert : lundi ; mardi.", "Fermé mercredi"],
            ),
            (
                "Vraiment ?! Oui !!! (Ou non.) Bien.",
                &["Vraiment ?!", "Oui !!!", "(Ou non.)", "Bien."],
            ),
            ("", &[]),
        ];
        for (written, expected) in cases {
            assert_eq!(sentences(written), expected, "{written}");
        }
    }

    #[test]
    fn long_sentences_are_cut_at_clauses() {
        let clause = "la mairie vous accueille le lundi matin";
        let long = format!(
            "{clause} ; {}, {clause}, {clause}, {clause}.",
            clause.replace(' ', ", ")
        );
        let parts = sentences(&long);
        assert!(
            parts.len() > 1 && parts.iter().all(|part| part.chars().count() <= LONGEST),
            "{parts:?}"
        );
        assert_eq!(parts.join(" "), long);
        assert!(parts[0].ends_with(';'), "{parts:?}");
        let words = "mot ".repeat(300);
        assert!(sentences(&words).iter().all(|part| part.chars().count() <= LONGEST));
        assert_eq!(sentences(&words).join(" "), words.trim());
        assert!(
            sentences(&"a".repeat(1000))
                .iter()
                .all(|part| part.chars().count() <= LONGEST)
        );
    }
}
