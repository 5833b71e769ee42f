//! From a transcript to words that can be compared: small letters without accents, without hesitation or politeness.

use std::ops::Range;

use unicode_normalization::UnicodeNormalization;

/// A word of a transcript.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    /// As it was written.
    pub surface: String,
    /// In small letters without accents: what is compared.
    pub folded: String,
}

/// Small letters without accents; œ is oe, æ is ae.
pub fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for c in text
        .nfd()
        .filter(|c| !unicode_normalization::char::is_combining_mark(*c))
        .flat_map(char::to_lowercase)
    {
        match c {
            'œ' => folded.push_str("oe"),
            'æ' => folded.push_str("ae"),
            '’' | 'ʼ' | '`' => folded.push('\''),
            c => folded.push(c),
        }
    }
    folded
}

/// The words of `text`. Elided words stand alone, with their apostrophe lost: "l'acte" is "l", "acte";
/// "aujourd'hui" is one word.
pub fn words(text: &str) -> Vec<Word> {
    text.replace("ujourd’hui", "ujourdhui")
        .replace("ujourd'hui", "ujourdhui")
        .split(|c: char| !c.is_alphanumeric())
        .filter(|w| !w.is_empty())
        .map(|w| Word {
            surface: w.to_owned(),
            folded: fold(w),
        })
        .collect()
}

/// The folded words of `text`.
pub fn folded_words(text: &str) -> Vec<String> {
    words(text).into_iter().map(|w| w.folded).collect()
}

/// The folded words of `text`, and where they stand in it.
pub fn spans(text: &str) -> Vec<(String, Range<usize>)> {
    let mut spans: Vec<(String, Range<usize>)> = Vec::new();
    for (at, letter) in text.char_indices().filter(|(_, letter)| letter.is_alphanumeric()) {
        let end = at + letter.len_utf8();
        match spans.last_mut() {
            Some((_, span)) if span.end == at => span.end = end,
            _ => spans.push((String::new(), at..end)),
        }
    }
    spans
        .iter_mut()
        .for_each(|(word, span)| *word = fold(&text[span.clone()]));
    spans
}

/// Hesitation and politeness, longest first; it says nothing of what is wanted.
const FILLERS: &[&str] = &[
    "excusez moi de vous deranger",
    "je vous remercie par avance",
    "merci de votre reponse",
    "je vous en prie",
    "s il vous plait",
    "s il te plait",
    "si vous plait",
    "sil vous plait",
    "comment dire",
    "je vous explique",
    "merci d avance",
    "merci beaucoup",
    "excusez moi",
    "alors voila",
    "ben voila",
    "en fait",
    "du coup",
    "je vous remercie",
    "bonne journee",
    "rebonjour",
    "mademoiselle",
    "bonjour",
    "bonsoir",
    "monsieur",
    "messieurs",
    "madame",
    "mesdames",
    "svp",
    "merci",
    "pardon",
    "allo",
    "voila",
    "euh",
    "heu",
    "hum",
    "hein",
    "bah",
    "ben",
    "bon",
    "ah",
    "oh",
    "eh",
    "hm",
    "mm",
];

/// Words that may open a sentence without meaning anything there.
const OPENERS: &[&str] = &[
    "oui", "ouais", "alors", "donc", "ok", "et", "mais", "dites", "ecoutez", "salut", "coucou", "si", "d", "accord",
];

/// `words` without fillers, nor the openers before the first word that says something. Where nothing else would be
/// left, they stay.
pub fn without_fillers(words: &[Word]) -> Vec<Word> {
    let kept = without(words, FILLERS);
    let start = kept
        .iter()
        .position(|w| !OPENERS.contains(&w.folded.as_str()))
        .unwrap_or(kept.len());
    if start == kept.len() {
        words.to_vec()
    } else {
        kept[start..].to_vec()
    }
}

/// Whether nothing but fillers is said: "euh, ben".
pub fn only_fillers(words: &[Word]) -> bool {
    let kept = without(words, FILLERS);
    !words.is_empty() && kept.iter().all(|word| OPENERS.contains(&word.folded.as_str()))
}

/// `words` without any of `phrases` (folded words with single spaces; the longest first).
pub fn without(words: &[Word], phrases: &[&str]) -> Vec<Word> {
    let mut kept = Vec::with_capacity(words.len());
    let mut i = 0;
    while i < words.len() {
        match phrases.iter().find_map(|phrase| starts_with(&words[i..], phrase)) {
            Some(length) => i += length,
            None => {
                kept.push(words[i].clone());
                i += 1;
            }
        }
    }
    kept
}

/// How many words of `words` the phrase takes, if they begin with it.
fn starts_with(words: &[Word], phrase: &str) -> Option<usize> {
    let mut length = 0;
    for part in phrase.split(' ') {
        if words.get(length)?.folded != part {
            return None;
        }
        length += 1;
    }
    Some(length)
}

/// Whether folded `words` begin with `phrase` (folded words with single spaces).
pub fn begins(words: &[impl AsRef<str>], phrase: &str) -> bool {
    let mut words = words.iter();
    phrase
        .split(' ')
        .all(|part| words.next().is_some_and(|word| word.as_ref() == part))
}

/// Whether `phrase` (folded words with single spaces) stands in `words` at word boundaries.
pub fn contains(words: &[String], phrase: &str) -> bool {
    let parts: Vec<&str> = phrase.split(' ').collect();
    words.windows(parts.len()).any(|window| window == parts.as_slice())
}

/// The words of a text without those that say nothing.
pub fn telling_words(text: &str) -> Vec<Word> {
    without_fillers(&words(text))
}

/// Whether a folded word is one of a list of such words with spaces between them.
pub fn is_listed(word: &str, list: &str) -> bool {
    list.split_whitespace().any(|listed| listed == word)
}

/// The words as a sentence again, as they were written, elisions mended.
pub fn sentence(words: &[Word]) -> String {
    let mut text = String::new();
    for word in words {
        text.push_str(&word.surface);
        let elided = matches!(
            word.folded.as_str(),
            "l" | "d" | "j" | "m" | "t" | "s" | "n" | "c" | "qu" | "jusqu" | "lorsqu" | "puisqu"
        );
        text.push(if elided { '\'' } else { ' ' });
    }
    text.truncate(text.trim_end().len());
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folds() {
        assert_eq!(fold("Où ça, l’Œuvre d'Éloïse ?"), "ou ca, l'oeuvre d'eloise ?");
    }

    #[test]
    fn fillers_go_and_meaning_stays() {
        for (said, meant) in [
            (
                "Euh, oui bonjour, je voudrais un acte s'il vous plaît.",
                "je voudrais un acte",
            ),
            ("Alors voilà, mon passeport est périmé.", "mon passeport est périmé"),
            ("Bonjour madame, l'état civil s'il vous plaît, merci.", "l'état civil"),
            ("Bonjour !", "Bonjour"),
            ("Oui.", "Oui"),
            ("Donc en fait c'est pour aujourd'hui", "c'est pour aujourdhui"),
        ] {
            assert_eq!(sentence(&without_fillers(&words(said))), meant);
        }
    }

    #[test]
    fn phrases_are_found_at_word_boundaries() {
        let words = folded_words("Je n'ai pas compris.");
        assert!(contains(&words, "pas compris"));
        assert!(!contains(&words, "as compris"));
        assert!(!contains(&words, "pas compris du tout"));
    }
}
