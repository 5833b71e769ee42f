//! Guards against what Whisper makes up: loops, words on silence, and phrases of its training subtitles.

/// Mean log-probability below which nothing was said: silence and noise give -2.4 to -3.0, speech -0.2, at worst -0.53.
const NOISE: f32 = -1.2;
/// Below this, words that go round were not said.
const DOUBTFUL: f32 = -0.25;

/// Digits that nobody says twice in a row: a part of a telephone number.
const A_NUMBER: usize = 5;
/// More digits than any number has that is said on the telephone.
const TOO_MANY_DIGITS: usize = 14;

/// Sentences that Whisper learnt from subtitles and writes on noise; compared folded to lower case letters.
const SUBTITLES: [&str; 8] = [
    "sous-titres réalisés",
    "sous-titrage",
    "amara.org",
    "merci d'avoir regardé",
    "abonnez-vous",
    "sous-titres par",
    "❤️ par",
    "société radio-canada",
];

/// What remains of `text` once everything that nobody said is taken out; empty when nothing was said.
pub fn said(text: &str, log_probability: f32) -> String {
    let text = text.trim();
    let folded = text.to_lowercase();
    let letters = text.chars().filter(|c| c.is_alphanumeric()).count();
    if log_probability < NOISE || letters == 0 || SUBTITLES.iter().any(|s| folded.contains(s)) {
        return String::new();
    }
    // "[Musique]", "(rires)", "*soupir*": descriptions of a sound, not words.
    let bracketed = |open, close| text.starts_with(open) && text.trim_end_matches('.').ends_with(close);
    if bracketed('[', ']') || bracketed('(', ')') || bracketed('*', '*') {
        return String::new();
    }
    let text = before_digits_round(text);
    if words_go_round(text, log_probability) || only_cries(&folded) {
        return String::new();
    }
    collapse_loops(once(text))
}

/// "06 42 18, 60, 18, 18, 60, 18, 18, 60": digits that go round at the end, more than any number has. What comes before
/// them was said.
fn before_digits_round(text: &str) -> &str {
    let groups: Vec<(usize, &str)> = text
        .split(|c: char| !c.is_alphanumeric())
        .filter(|group| !group.is_empty())
        .map(|group| (group.as_ptr() as usize - text.as_ptr() as usize, group))
        .collect();
    let is_number = |group: &&(usize, &str)| group.1.bytes().all(|b| b.is_ascii_digit());
    let tail = &groups[groups.len() - groups.iter().rev().take_while(is_number).count()..];
    if tail.iter().map(|(_, group)| group.len()).sum::<usize>() <= TOO_MANY_DIGITS {
        return text;
    }
    // The longest end of it that repeats its first groups, at least twice.
    let goes_round = |from: usize| {
        let round = &tail[from..];
        (1..=round.len() / 2).any(|period| (period..round.len()).all(|at| round[at].1 == round[at - period].1))
    };
    (0..tail.len().saturating_sub(2))
        .find(|from| goes_round(*from))
        .map_or(text, |from| text[..tail[from].0].trim_end())
}

/// "Un panneau est renversé. Un panneau est renversé. Un pan": with too little silence after it, what was said begins
/// anew, until it may be no longer. Said twice or once, it means the same.
fn once(text: &str) -> &str {
    let fold = |text: &str| {
        let folded = text.to_lowercase();
        let words = folded.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty());
        words.collect::<Vec<_>>().join(" ")
    };
    let begins_anew = |at: usize| {
        let (first, rest) = (fold(&text[..at]) + " ", fold(&text[at..]));
        let digits = first.chars().filter(char::is_ascii_digit).count();
        (first.chars().any(char::is_alphabetic) || digits >= A_NUMBER)
            && !rest.is_empty()
            && rest.chars().zip(first.chars().cycle()).all(|(a, b)| a == b)
    };
    let mut ends = text.match_indices(['.', '?', '!']).map(|(at, end)| at + end.len());
    ends.find(|at| begins_anew(*at)).map_or(text, |at| &text[..at])
}

/// Whether recognition went round and round, as it does in noise, and in speech where it hears too little silence after it.
pub fn loops(text: &str, log_probability: f32) -> bool {
    before_digits_round(text) != text || words_go_round(text, log_probability)
}

/// "La Chine est la première fois que la Chine est la première fois": half of the words, or more, were said before.
fn words_go_round(text: &str, log_probability: f32) -> bool {
    if !(NOISE..DOUBTFUL).contains(&log_probability) {
        return false;
    }
    let folded = text.to_lowercase();
    let words: Vec<&str> = folded
        .split(|c: char| !c.is_alphanumeric())
        .filter(|w| !w.is_empty() && !w.bytes().all(|b| b.is_ascii_digit()))
        .collect();
    let different: std::collections::HashSet<&&str> = words.iter().collect();
    words.len() >= 4 && different.len() * 2 <= words.len() + 1
}

/// A child that cries, somebody who laughs: "ah, ah, ah". One alone may be an answer.
fn only_cries(folded: &str) -> bool {
    let mut words = folded.split(|c: char| !c.is_alphabetic()).filter(|w| !w.is_empty());
    let cries = |w: &str| {
        matches!(
            w.trim_end_matches('h'),
            "a" | "o" | "e" | "hé" | "ha" | "ho" | "hi" | "ai" | "aï"
        )
    };
    words.clone().count() > 2 && words.all(|w| cries(w) && w.contains(['h', 'i', 'ï']))
}

/// Keeps one of each run of three or more equal n-grams (n from 1 to 8): with a reduced audio context Whisper may
/// repeat itself for ever, with high confidence. Twice is left alone, since people say "oui oui" and "zéro zéro".
/// Digits are left alone for longer: "zéro six, zéro zéro zéro" and "04 04 04 04 04" are numbers.
fn collapse_loops(text: &str) -> String {
    let mut words: Vec<&str> = text.split_whitespace().collect();
    let fold = |w: &str| w.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase();
    let is_number = |w: &str| fold(w) == "zéro" || w.chars().any(|c| c.is_ascii_digit());
    for n in 1..=8 {
        let mut at = 0;
        while at + 3 * n <= words.len() {
            let gram: Vec<String> = words[at..at + n].iter().map(|w| fold(w)).collect();
            let repeats = words[at + n..]
                .chunks_exact(n)
                .take_while(|chunk| chunk.iter().map(|w| fold(w)).eq(gram.iter().cloned()))
                .count();
            let meant = match (words[at..at + n].iter().any(|w| is_number(w)), n) {
                (false, _) => 1,
                (true, 1) => 4,
                (true, _) => 2,
            };
            if repeats > meant {
                words.drain(at + n..at + n * (repeats + 1));
            }
            at += 1;
        }
    }
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loops_are_seen_where_recognition_is_not_sure() {
        let round = "Quelle heure il est ? Quelle heure il est ? Quelle heure il est ?";
        assert!(loops(round, -0.44));
        assert!(!loops(round, -0.2), "somebody who insists");
        assert!(!loops(round, -2.0), "noise: no second decode will make words of it");
        assert!(!loops("Inscrire pendant les vacances de la Toussaint.", -0.5));
    }

    #[test]
    fn table() {
        for (heard, log_probability, expected) in [
            (
                " Bonjour, je voudrais un rendez-vous.",
                -0.2,
                "Bonjour, je voudrais un rendez-vous.",
            ),
            (
                "la phrase sentence sentence sentence sentence",
                -0.1,
                "la phrase sentence",
            ),
            ("je veux un acte un acte un acte un acte", -0.1, "je veux un acte"),
            ("oui oui", -0.2, "oui oui"),
            ("non non non non non", -0.2, "non"),
            ("le 06 00 00 00 00", -0.2, "le 06 00 00 00 00"),
            ("zéro zéro zéro six", -0.2, "zéro zéro zéro six"),
            ("0 4 79 0 4 79 0 4 79 0 4 79 0 4 0 0 0 0 0 0 0", -0.2, "0 4 79 0 4"),
            (
                "Mon numéro c'est le 06 42 18, 60, 18, 18, 60, 18, 18, 60",
                -0.2,
                "Mon numéro c'est le 06 42",
            ),
            ("le 06 42 18, 60, 18, 18, 60", -0.2, "le 06 42 18, 60, 18, 18, 60"),
            ("le 04 04 04 04 04", -0.2, "le 04 04 04 04 04"),
            ("Merci.", -2.5, ""),
            (
                "La Chine est la première fois que la Chine est la première fois",
                -0.68,
                "",
            ),
            ("Ah ! Ah Ah ! Ah ! Ah ! Ah Ah", -0.2, ""),
            ("Ah oui, ah bon", -0.2, "Ah oui, ah bon"),
            ("La Chine, la La Chine, La Chine, la La Chine, la", -0.41, ""),
            (
                "Je voudrais un acte de naissance et un acte de mariage.",
                -0.5,
                "Je voudrais un acte de naissance et un acte de mariage.",
            ),
            ("Sous-titres réalisés par la communauté d'Amara.org", -0.1, ""),
            (
                "Un panneau a été renversé. Un panneau a été renversé. Un panne",
                -0.2,
                "Un panneau a été renversé.",
            ),
            ("Oui. O", -0.4, "Oui."),
            ("Bonjour. Un acte ? Bonjour. Un", -0.2, "Bonjour. Un acte ?"),
            ("Non. Non merci.", -0.2, "Non. Non merci."),
            ("12. 1", -0.2, "12. 1"),
            ("06-77-14. 06-77-14.", -0.7, "06-77-14."),
            ("06 12. 06 12.", -0.2, "06 12. 06 12."),
            ("Un acte. Une carte.", -0.2, "Un acte. Une carte."),
            ("[Musique]", -0.2, ""),
            ("...", -0.2, ""),
            ("", 0.0, ""),
        ] {
            assert_eq!(said(heard, log_probability), expected, "{heard}");
        }
    }
}
