//! "Mm", "oui oui", "d'accord": what people say while they listen, and which does not mean that they want to speak
//! (Yngve, "On getting a word in edgewise", 1970).

use super::normalise::Word;

/// Words of which backchannels are made.
const WORDS: &[&str] = &[
    "oui",
    "a",
    "ouais",
    "ouai",
    "ui",
    "mm",
    // As recognition writes "mm".
    "millimetre",
    "mmm",
    "mh",
    "mmh",
    "hm",
    "hmm",
    "hum",
    "mhm",
    "han",
    "hein",
    "ah",
    "oh",
    "eh",
    "euh",
    "heu",
    "bah",
    "ben",
    "d",
    "accord",
    "daccord",
    "ok",
    "okay",
    "bien",
    "tres",
    "bon",
    "entendu",
    "parfait",
    "super",
    "voila",
    "merci",
    "je",
    "vois",
    "comprends",
    "c",
    "est",
    "ca",
    "exact",
    "exactement",
    "certes",
    "ha",
];
/// Longer than this, it is a sentence.
const LONGEST: usize = 5;
/// Words of the list that say something when they stand alone.
const ALONE: &[&str] = &["a", "je", "c", "d", "est", "ca", "tres"];

/// Whether somebody who speaks while we do only shows that they are listening.
pub fn is_backchannel(words: &[Word]) -> bool {
    // "Mm" may be written "1 mm".
    let words: Vec<&Word> = words.iter().filter(|w| w.surface != "1").collect();
    !words.is_empty()
        && words.len() <= LONGEST
        && words.iter().all(|w| WORDS.contains(&w.folded.as_str()))
        && words
            .last()
            .is_some_and(|w| !ALONE.contains(&w.folded.as_str()) || w.folded == "ca")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::understand::normalise;

    #[test]
    fn listeners_and_speakers() {
        for (text, expected) in [
            ("Mm.", true),
            ("Hum hum", true),
            ("Oui oui.", true),
            ("D'accord.", true),
            ("Ah oui d'accord", true),
            ("Ok très bien.", true),
            ("Je vois.", true),
            ("C'est ça.", true),
            ("Merci.", true),
            ("1 mm, 1 mm, 1 mm.", true),
            ("1", false),
            ("Non.", false),
            ("Oui mais", false),
            ("Non attendez", false),
            ("Allô ?", false),
            ("Un agent", false),
            ("Oui oui oui oui oui oui", false),
            ("C'est", false),
            ("", false),
        ] {
            assert_eq!(is_backchannel(&normalise::words(text)), expected, "{text}");
        }
    }
}
