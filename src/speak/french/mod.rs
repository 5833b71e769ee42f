//! Written French → French that can be spoken.
//!
//! ```text
//! written ─ text::flow ─→ one plain line ─ readers ─→ words ─→ phonemes (engine, which mends its own misreadings)
//!                                │
//!                                └ sentences ─→ pieces to render one by one
//! ```
//!
//! At each position of the line the readers are asked in the order of `read`; the first that understands what
//! stands there says it in words, and what no reader knows stays as it is. The result holds no digit, no abbreviation
//! and no sign but punctuation; passed through again it stays as it is. Choices that a town may wonder about:
//!
//! - telephone numbers by pairs with a pause after each, "+33 4" as "zéro quatre", "0 800" as "zéro huit cents";
//! - "midi" and "minuit" for a time of day on the dot only (see `hours`);
//! - a postal code before a town in two parts ("soixante-quinze zéro onze"), "26000" as a number;
//! - "/" between words is "ou"; parentheses are pauses; quotes, emojis and markup are left out;
//! - acronyms as `acronyms` knows them; others of three letters or without a sayable shape are spelled.

mod acronyms;
mod dates;
mod hours;
mod measures;
mod numbers;
mod ordinals;
mod phone;
mod quantities;
mod scan;
mod sentences;
mod text;
mod web;
mod words;

pub use dates::{date, day_of};
pub use hours::clock;
pub use numbers::{Gender, cardinal, ordinal};
pub use phone::pairs;
pub use sentences::sentences;

use scan::{Reading, Scan, string};

/// Readings after which a text is taken as it is. Real ones settle with the first; glued signs need one or two more.
const MOST_READINGS: usize = 8;

/// Written French as it is said: numbers, hours, dates, amounts, acronyms and abbreviations in words. What comes out
/// stays as it is when it is passed through again.
pub fn speakable(written: &str) -> String {
    let mut said = read_once(written);
    for _ in 1..MOST_READINGS {
        let again = read_once(&said);
        if again == said {
            break;
        }
        said = again;
    }
    said
}

fn read_once(written: &str) -> String {
    let line = text::flow(written);
    let mut s = Scan::new(&line);
    let mut out = Spoken::default();
    while let Some(c) = s.peek() {
        if let Some((said, rest)) = read(s) {
            out.expansion(&said);
            s = rest;
        } else if c.is_alphabetic() {
            out.word(&string(s.letters()));
        } else {
            sign(&mut s, c, &mut out);
        }
    }
    out.finish()
}

/// Asks the readers, the most particular first.
fn read(s: Scan<'_>) -> Reading<'_> {
    let c = s.peek()?;
    if c.is_alphabetic() {
        return web::read(s).or_else(|| words::read(s));
    }
    if !c.is_ascii_digit() && !matches!(c, '+' | '-') {
        return None;
    }
    web::read(s)
        .or_else(|| phone::read(s))
        .or_else(|| dates::read(s))
        .or_else(|| hours::read(s))
        .or_else(|| ordinals::ordinals(s))
        .or_else(|| ordinals::fractions(s))
        .or_else(|| phone::postal(s))
        .or_else(|| phone::reference(s))
        .or_else(|| quantities::read(s))
        .or_else(|| digits(s))
}

/// Digits that nothing else understood, such as those of "CM2".
fn digits(mut s: Scan<'_>) -> Reading<'_> {
    let digits = s.digits();
    let n = scan::value(digits)?;
    Some((cardinal(n, Gender::Masculine), s))
}

/// What is neither a word nor a number: punctuation stays, signs get a name or go.
fn sign(s: &mut Scan, c: char, out: &mut Spoken) {
    let here = *s;
    if let Some((plural, rest)) = words::inclusive(here) {
        out.text.push_str(plural);
        *s = rest;
        return;
    }
    s.skip(1);
    let between =
        |kind: fn(&char) -> bool| here.before().is_some_and(|c| kind(&c)) && s.peek().is_some_and(|c| kind(&c));
    let digits = between(char::is_ascii_digit);
    let named = match c {
        '\'' if between(|c| c.is_alphabetic() || c.is_ascii_digit()) => return out.text.push('\''),
        // "l'« Agora »"
        '\'' if words::is_elided(here.letters_before()) && s.sign_ahead().is_some_and(char::is_alphanumeric) => {
            s.spaces();
            return out.text.push('\'');
        }
        '-' if between(|c| c.is_alphabetic()) && !acronyms::around(here, *s) => return out.text.push('-'),
        '-' | '–' if digits => "tiret",
        '-' | '–' if here.before().is_none_or(|c| c == ' ') && s.peek() == Some(' ') => return out.pause(','),
        '.' if digits => "point",
        '.' if numbers_step(here, *s) => return out.pause(':'),
        '.' if goes_on(here, *s, out) => return out.space(),
        ':' if digits => "",
        '.' | ',' | ';' | ':' | '!' | '?' | '…' => return out.pause(c),
        ')' | ']' if s.sign_ahead().is_none() => "",
        '(' | '[' | ')' | ']' | '{' | '}' | '•' | '·' => return out.pause(','),
        '/' if here.sign_before().is_some_and(char::is_alphanumeric)
            && s.sign_ahead().is_some_and(char::is_alphanumeric) =>
        {
            if here.before() == Some(' ') && s.peek() == Some(' ') {
                return out.pause(',');
            }
            let days = matches!(here.word_before().as_str(), "jours" | "jour" | "j" | "heures" | "h");
            match s.peek() {
                // "2026/0042"
                Some('0') if digits => "barre",
                Some('0'..='9') if digits || days => "sur",
                _ if here.word_before() == "et" => "",
                _ => "ou",
            }
        }
        '*' if key(here) || digits => "étoile",
        '#' if key(here) => "dièse",
        '&' => "et",
        '+' => "plus",
        '=' => "égale",
        '@' => "arobase",
        '€' => "euros",
        '$' => "dollars",
        '£' => "livres",
        '%' => "pour cent",
        '‰' => "pour mille",
        '°' => "degrés",
        '§' => "paragraphe",
        '×' => "fois",
        '÷' => "divisé par",
        '²' => "carré",
        '³' => "cube",
        '±' => "plus ou moins",
        '≤' => "inférieur ou égal à",
        '≥' => "supérieur ou égal à",
        '≠' => "différent de",
        '<' => "inférieur à",
        '>' => "supérieur à",
        _ => "",
    };
    out.space();
    if !named.is_empty() {
        out.expansion(named);
        out.space();
    }
}

/// Whether the dot here stands after the number of a step: "1. Prenez un ticket. 2. Attendez."
fn numbers_step(dot: Scan, after: Scan) -> bool {
    let mut start = dot;
    while start.before().is_some_and(|c| c.is_ascii_digit()) {
        start.back(1);
    }
    let number = start.rest().len() - dot.rest().len();
    let first = matches!(start.sign_before(), None | Some('.' | ':' | '!' | '?' | ';'));
    (1..=2).contains(&number) && first && after.sign_ahead().is_some_and(char::is_alphabetic)
}

/// Whether the dot here ends no sentence: that of an initial, or of an abbreviation that nobody knows.
fn goes_on(dot: Scan, after: Scan, out: &Spoken) -> bool {
    let short = |length| (1..=4).contains(&length);
    let word = short(dot.letters_before().len()) || short(out.last_word().chars().count());
    let unknown = word && after.sign_ahead().is_some_and(char::is_lowercase);
    unknown || words::is_initial(dot)
}

/// Whether "*" or "#" is a key of a telephone here.
fn key(here: Scan) -> bool {
    matches!(
        here.word_before().as_str(),
        "touche" | "sur" | "tapez" | "faites" | "composez" | "pressez" | "signe"
    )
}

/// The text as it grows.
#[derive(Default)]
struct Spoken {
    text: String,
}

impl Spoken {
    /// What a reader said; with a capital after the end of a sentence, so that it can still be split there.
    fn expansion(&mut self, said: &str) {
        // "de 1,05 €" is "d'un euro et cinq centimes"; but "de 1 à 3" is "de un à trois"
        if (said.starts_with("un ") || said.starts_with("une ")) && self.text.ends_with(" de ") {
            self.text.truncate(self.text.len() - 2);
            self.text.push('\'');
        }
        let mut chars = said.chars();
        match chars.next() {
            Some(first) if self.text.trim_end().ends_with(['.', '!', '?']) => {
                self.word(&format!("{}{}", first.to_uppercase(), chars.as_str()));
            }
            _ => self.word(said),
        }
    }

    fn word(&mut self, word: &str) {
        if self.text.ends_with(|c: char| c.is_alphanumeric()) {
            self.text.push(' ');
        }
        self.text.push_str(word);
    }

    fn space(&mut self) {
        if !self.text.is_empty() && !self.text.ends_with(' ') {
            self.text.push(' ');
        }
    }

    /// Punctuation, next to the word before it; of several marks in a row the strongest stays.
    fn pause(&mut self, mark: char) {
        let strength = |c: char| ",:;.…!?".find(c);
        self.text.truncate(self.text.trim_end().len());
        match self.text.chars().last().map(strength) {
            None => return,
            Some(None) => self.text.push(mark),
            Some(last) if strength(mark) > last => {
                self.text.pop();
                self.text.push(mark);
            }
            Some(_) => {}
        }
        self.text.push(' ');
    }

    fn last_word(&self) -> &str {
        self.text
            .rsplit(|c: char| !c.is_alphanumeric())
            .next()
            .unwrap_or_default()
    }

    fn finish(mut self) -> String {
        self.text.truncate(self.text.trim_end().len());
        self.text
    }
}

#[cfg(test)]
mod tests {
    use rand::rngs::StdRng;
    use rand::{Rng, SeedableRng};

    use super::*;

    /// Written and spoken, from the table of cases.
    fn cases() -> Vec<(String, &'static str)> {
        let table = include_str!("../../../tests/french_speech.tsv");
        let lines = table.lines().filter(|line| !line.starts_with("# ") && !line.is_empty());
        lines
            .map(|line| {
                let (written, spoken) = line.split_once('\t').expect("each case has a tab");
                (written.replace("\\n", "\n"), spoken)
            })
            .collect()
    }

    #[test]
    fn table_of_cases() {
        let wrong: Vec<String> = cases()
            .into_iter()
            .filter(|(written, spoken)| speakable(written) != *spoken)
            .map(|(written, spoken)| format!("{written}\n  expected {spoken}\n  spoken   {}", speakable(&written)))
            .collect();
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        assert!(cases().len() >= 180);
    }

    #[test]
    fn spoken_french_stays_as_it_is() {
        for (written, spoken) in cases() {
            assert_eq!(speakable(spoken), spoken, "{written}");
        }
    }

    #[test]
    fn sentences_lose_nothing() {
        for (written, spoken) in cases() {
            let parts: Vec<String> = sentences(spoken);
            assert_eq!(parts.join(" "), spoken, "{written}");
            let apart: Vec<String> = sentences(&written).iter().map(|part| speakable(part)).collect();
            assert_eq!(apart.join(" ").to_lowercase(), spoken.to_lowercase(), "{written}");
        }
    }

    /// Texts of every kind: signs in any order, any characters, parts of the cases put together.
    fn generated(rounds: usize) -> impl Iterator<Item = String> {
        let mut random = StdRng::seed_from_u64(1);
        let written: Vec<String> = cases().into_iter().map(|(written, _)| written).collect();
        let signs: Vec<char> = "0123456789  ,.:;/-–+°€%h'’()&*#@M.nrèeIVXLst\n\u{202f}²½«»…٣४①ⅷ🎉漢я"
            .chars()
            .collect();
        (0..rounds).map(move |round| match round % 3 {
            0 => (0..random.random_range(0..40))
                .map(|_| signs[random.random_range(0..signs.len())])
                .collect(),
            1 => (0..random.random_range(0..30))
                .filter_map(|_| char::from_u32(random.random_range(0..0x2_ffff)))
                .collect(),
            _ => {
                let all: Vec<char> = written[random.random_range(0..written.len())].chars().collect();
                let other: Vec<char> = written[random.random_range(0..written.len())].chars().collect();
                let cut = random.random_range(0..=all.len());
                all[..cut]
                    .iter()
                    .chain(other.iter().skip(random.random_range(0..=other.len())))
                    .collect()
            }
        })
    }

    /// Any text at all: no panic, no digit left, no piece too long.
    #[test]
    fn arbitrary_text_can_be_spoken() {
        for text in generated(20_000) {
            let spoken = speakable(&text);
            assert!(!spoken.chars().any(char::is_numeric), "{text:?} → {spoken:?}");
            for part in sentences(&text).iter().chain(&sentences(&spoken)) {
                assert!(part.chars().count() <= 200, "{text:?}");
            }
        }
    }

    #[test]
    fn speaking_twice_changes_nothing() {
        let mut changed: Vec<String> = Vec::new();
        for text in generated(20_000) {
            let once = speakable(&text);
            let twice = speakable(&once);
            if once != twice {
                changed.push(format!("{text:?}\n  once  {once}\n  twice {twice}"));
            }
        }
        let shown = changed.len().min(30);
        assert!(
            changed.is_empty(),
            "{} texts:\n{}",
            changed.len(),
            changed[..shown].join("\n")
        );
    }

    #[test]
    fn a_sentence_takes_microseconds() {
        let text: String = cases().into_iter().map(|(written, _)| written + "\n").collect();
        let start = std::time::Instant::now();
        let spoken = speakable(&text);
        let each = start.elapsed().as_micros() as f64 / cases().len() as f64;
        eprintln!("{each:.1} µs for each case, {} characters spoken", spoken.len());
        assert!(each < 500.0, "{each} µs");
    }
}
