//! Digits and French telephone numbers.

use super::normalise;
use super::numbers::{self, Number};

/// Digits of a French number.
const TEN: usize = 10;
/// What may stand between the groups of one number.
const WITHIN: &[&str] = &[
    "euh", "heu", "hum", "alors", "puis", "ensuite", "apres", "point", "tiret", "virgule", "slash", "plus",
];
/// What begins a number again, or its end.
const AGAIN: &[&str] = &[
    "je recommence",
    "je reprends",
    "je me trompe",
    "je me suis trompe",
    "je me suis trompee",
    "excusez moi",
    "attendez",
    "pardon",
    "non",
];

/// All digits of the one number that was said; none if there is none, or another beside it.
pub fn digits(text: &str) -> Option<String> {
    let words = normalise::folded_words(text);
    let is_one = |run: &&Vec<Number>| !is_article(&words, run);
    let joined: Vec<String> = runs(&words).iter().filter(is_one).map(|run| joined(run)).collect();
    if joined.is_empty() {
        return each(text).into_iter().next();
    }
    if let [only] = &joined[..] {
        return Some(only.clone());
    }
    // "On sera 4, et mon téléphone c'est le 06 …"
    let others: Vec<&String> = joined.iter().filter(|digits| national(digits).is_none()).collect();
    match &others[..] {
        [only] => Some((*only).clone()),
        // "427, pardon, 428": all of it again, or more of it.
        [first, again] if AGAIN.iter().any(|phrase| normalise::contains(&words, phrase)) => {
            (again.len() >= first.len()).then(|| (*again).clone())
        }
        _ => None,
    }
}

/// The numbers that were said, each with the digits of all its groups: "il y a dix jours … la demande 4 2 7" has 10 and 427.
pub fn each(text: &str) -> Vec<String> {
    let runs = runs(&normalise::folded_words(text));
    runs.iter().map(|run| joined(run)).collect()
}

/// A reference of letters and digits: "A B 4 2 7", "dossier B comme Bernard 12". None where no letter stands with digits.
pub fn reference(text: &str) -> Option<String> {
    let words = normalise::words(&text.replace('°', " numero "));
    let folded: Vec<String> = words.iter().map(|word| word.folded.clone()).collect();
    let found = numbers::numbers(&folded, false);
    let is = |at: usize, word: &str| folded.get(at).is_some_and(|folded| folded == word);
    // What stands at a word, and how many words it takes.
    let piece = |at: usize| {
        let (word, spelled) = (words.get(at)?.surface.as_str(), is(at + 1, "comme"));
        let has = |is: fn(&u8) -> bool| word.as_bytes().iter().any(is);
        let number = found.iter().find(|number| number.words.0 == at);
        match () {
            () if word.len() == 1 && spelled => Some((word.to_uppercase(), 3)),
            // As recognition writes spelled letters.
            () if word.len() == 1 && has(u8::is_ascii_uppercase) => Some((word.to_owned(), 1)),
            () if word.is_ascii() && has(u8::is_ascii_uppercase) && has(u8::is_ascii_digit) => {
                Some((word.to_owned(), 1))
            }
            () => number.map(|number| (number.digits.clone(), number.words.1 - number.words.0)),
        }
    };
    let (mut runs, mut at) = (vec![String::new()], 0);
    while at < words.len() {
        let (said, length) = piece(at).unwrap_or_default();
        match runs.last_mut() {
            Some(run) if length > 0 => run.push_str(&said),
            _ => runs.push(String::new()),
        }
        at += length.max(1);
    }
    let has = |run: &String, is: fn(&u8) -> bool| run.as_bytes().iter().any(is);
    runs.into_iter()
        .find(|run| has(run, u8::is_ascii_digit) && has(run, u8::is_ascii_alphabetic))
}

/// "Une", "cette" alone: no number where another one is said.
fn is_article(words: &[String], run: &[Number]) -> bool {
    let [only] = run else { return false };
    let said = &words[only.words.0..only.words.1];
    said.len() == 1 && (matches!(said[0].as_str(), "un" | "une") || numbers::numbers(said, false).is_empty())
}

/// The numbers in groups that follow each other, hesitation left out.
fn runs(words: &[String]) -> Vec<Vec<Number>> {
    let mut runs: Vec<Vec<Number>> = Vec::new();
    for number in numbers::numbers(words, true) {
        let follows = |last: &Number| {
            let between = &words[last.words.1..number.words.0];
            between.iter().all(|word| WITHIN.contains(&word.as_str()))
        };
        match runs.last_mut() {
            Some(run) if run.last().is_some_and(follows) => run.push(number),
            _ => runs.push(vec![number]),
        }
    }
    runs
}

fn joined(groups: &[Number]) -> String {
    groups.iter().map(|number| number.digits.as_str()).collect()
}

/// A French number of ten digits. "+33" and "0033" are understood. A number that cannot be French is none.
pub fn phone(text: &str) -> Option<String> {
    let groups = numbers::numbers_in(text, true);
    let candidates = [
        joined(&groups),
        in_pieces(text, &["cents"]),
        in_pieces(text, &["cents", "vingts"]),
        merged(&groups),
    ];
    candidates
        .iter()
        .find_map(|digits| national(digits))
        .filter(|n| plausible(n))
}

/// The digits of a text where a number ends with a comma, and with one of these `plurals`: "quatre-vingts, dix-sept" are two,
/// and so are "huit cents douze".
fn in_pieces(text: &str, plurals: &[&str]) -> String {
    let pieces = text.split([',', ';']).map(normalise::folded_words);
    pieces
        .flat_map(|words| {
            let halves = words.split_inclusive(|word| plurals.contains(&word.as_str()));
            let digits = halves.map(|words| joined(&numbers::numbers(words, true)));
            digits.collect::<Vec<_>>()
        })
        .collect()
}

/// A number that was put right: "06 42 18 75 81, non pardon, 91", "06 13, attendez, 06 13 42 87 65".
pub fn corrected(text: &str) -> Option<String> {
    let words = normalise::folded_words(text);
    let begins = |at: usize| AGAIN.iter().find(|phrase| normalise::begins(&words[at..], phrase));
    let (mut pieces, mut at, mut from) = (Vec::new(), 0, 0);
    while at < words.len() {
        let length = begins(at).map_or(0, |phrase| phrase.split(' ').count());
        if length > 0 {
            pieces.push(&words[from..at]);
            from = at + length;
        }
        at += length.max(1);
    }
    pieces.push(&words[from..]);
    let pieces = pieces.iter().map(|words| joined(&numbers::numbers(words, true)));
    let said: Vec<String> = pieces.filter(|digits| !digits.is_empty()).collect();
    let [first @ .., last] = &said[..] else { return None };
    // All of it again; or its end, from a pair that was said before. "42, pas 52" is not its end.
    let denies = words[from..].iter().any(|word| word == "pas");
    let end = match first {
        [before] if !denies => {
            let kept = TEN.checked_sub(last.len()).filter(|kept| *kept < before.len());
            let pair = kept.filter(|kept| kept % 2 == 0 || before.len() == TEN);
            pair.map(|kept| format!("{}{last}", &before[..kept]))
        }
        _ => None,
    };
    let again = Some(last.clone()).filter(|_| !first.is_empty());
    let number = [again, end].into_iter().flatten().find_map(|digits| national(&digits));
    number.filter(|number| plausible(number))
}

/// A French number among other numbers: "mardi à dix heures, au 06 42 18 75 91". The last one counts, as does the last start:
/// "zéro six, c'est celui de ma femme, zéro six quinze…".
pub fn phone_within(text: &str) -> Option<String> {
    let words = normalise::folded_words(text);
    let runs = runs(&words);
    let whole = |groups: &[Number]| national(&joined(groups)).filter(|number| plausible(number));
    // "06 13, 06 13 42 87 65", "12, 06 13 42 87 65".
    let restarted = |run: &Vec<Number>| {
        let starts = (1..run.len()).rev().filter(|start| run[*start].digits.starts_with('0'));
        let said = |start: usize| (joined(&run[..start]), joined(&run[start..]));
        let mut fits = starts.filter(|start| {
            let (before, after) = said(*start);
            !before.starts_with('0') || after.starts_with(&before)
        });
        fits.find_map(|start| whole(&run[start..]))
    };
    // What is put right after it is not it.
    let stands = |run: &&Vec<Number>| {
        let end = run.last().map_or(0, |number| number.words.1);
        let again = (end..words.len()).find(|at| AGAIN.iter().any(|phrase| normalise::begins(&words[*at..], phrase)));
        let after = |run: &Vec<Number>, at: usize| run[0].words.0 > at && !is_article(&words, run);
        again.is_none_or(|at| !runs.iter().any(|run| after(run, at)))
    };
    let whole_run = runs.iter().rev().filter(stands).find_map(|run| whole(run));
    let restart = || runs.iter().rev().find_map(restarted);
    whole_run.or_else(restart).or_else(|| phone(text))
}

/// Ten digits, from the ways in which a number can begin.
fn national(digits: &str) -> Option<String> {
    let subscriber = match digits.len() {
        // "Six quarante-deux…": a mobile number whose zero goes without saying.
        9 => Some(digits).filter(|digits| digits.starts_with(['6', '7']))?,
        10 => digits.strip_prefix('0')?,
        11 => digits.strip_prefix("33")?,
        // "+33 (0)6 …"
        12 => digits.strip_prefix("330")?,
        13 => digits.strip_prefix("0033")?,
        14 => digits.strip_prefix("00330")?,
        _ => return None,
    };
    (!subscriber.starts_with('0')).then(|| format!("0{subscriber}"))
}

/// Numbers of ten digits that nobody has: one digit repeated, "0123456789".
fn plausible(number: &str) -> bool {
    let rest = &number.as_bytes()[2..];
    rest.iter().any(|b| *b != rest[0]) && number != "0123456789"
}

/// Recognition writes "60 15" for "soixante-quinze" and "80 11" for "quatre-vingt-onze".
fn merged(groups: &[Number]) -> String {
    let mut out = String::new();
    let mut i = 0;
    while i < groups.len() {
        let next = groups
            .get(i + 1)
            .and_then(Number::value)
            .filter(|n| (1..20).contains(n));
        match (groups[i].digits.as_str(), next) {
            ("60" | "80" | "20" | "30" | "40" | "50", Some(n)) if groups[i + 1].digits.len() == 2 || n < 10 => {
                let tens: u32 = groups[i].value().unwrap_or(0);
                out.push_str(&(tens + n).to_string());
                i += 2;
            }
            (digits, _) => {
                out.push_str(digits);
                i += 1;
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_have_letters() {
        for (said, meant) in [
            ("Réf A B 4 2 7.", Some("AB427")),
            ("Dossier B comme Bernard 12.", Some("B12")),
            ("dossier b comme bernard, douze", Some("B12")),
            ("C'est le AB427.", Some("AB427")),
            ("427 C", Some("427C")),
            ("C'est le 427.", None),
            ("N° 427", None),
            ("J'ai le 427, c'est ça.", None),
            ("Il y a 427 ans.", None),
            ("À 427.", None),
        ] {
            assert_eq!(reference(said).as_deref(), meant, "{said}");
        }
    }

    #[test]
    fn phones_as_they_are_told() {
        for (said, number) in [
            (
                "zéro quatre soixante-quinze quatre-vingts douze trente-quatre",
                "0475801234",
            ),
            ("06, alors 12, 34, ensuite 56, et 78 pour finir", "0612345678"),
            ("zéro six, trois fois le douze, quarante", "0612121240"),
            (
                "zéro six double six dix-huit soixante-quinze quatre-vingt-onze",
                "0666187591",
            ),
            (
                "zéro six deux fois zéro douze trente-quatre cinquante-six",
                "0600123456",
            ),
        ] {
            assert_eq!(phone_within(said).as_deref(), Some(number), "{said}");
        }
    }

    #[test]
    fn phones() {
        for (said, number) in [
            (
                "Mon numéro, c'est le zéro six, quarante-deux, dix-huit, soixante-quinze, quatre-vingt-onze.",
                "0642187591",
            ),
            ("Mon numéro c'est le 06 42 18 75 91", "0642187591"),
            ("0642187591", "0642187591"),
            ("06.42.18.75.91", "0642187591"),
            ("06-42-18-75-91", "0642187591"),
            ("0 6 42 18 75 91", "0642187591"),
            ("+33 6 42 18 75 91", "0642187591"),
            (
                "plus trente-trois six quarante-deux dix-huit soixante-quinze quatre-vingt-onze",
                "0642187591",
            ),
            ("0033 6 42 18 75 91", "0642187591"),
            (
                "zéro zéro trente-trois six quarante-deux dix-huit soixante-quinze quatre-vingt-onze",
                "0642187591",
            ),
            ("+33 (0)6 42 18 75 91", "0642187591"),
            ("06 42 18 60 15 80 11", "0642187591"),
            ("zéro quatre soixante-quinze zéro deux zéro trois dix", "0475020310"),
            ("zéro un deux fois le quarante-deux dix dix-sept", "0142421017"),
            (
                "zéro sept quatre-vingts dix-huit vingt-trois trente et un",
                "0780182331",
            ),
            ("c'est le 04 75 71 02 10 merci", "0475710210"),
            (
                "alors le zéro six, zéro un, zéro deux, zéro trois, zéro quatre",
                "0601020304",
            ),
            (
                "zéro neuf soixante-dix soixante-douze quatre-vingt-dix quatre-vingt-quatorze",
                "0970729094",
            ),
            (
                "zéro six quatre vingt onze soixante dix sept douze trente",
                "0691771230",
            ),
            (
                "zéro trois vingt et un quarante et un cinquante et un soixante et onze",
                "0321415171",
            ),
            ("06 42 18 75", ""),
            ("12 34 56 78 90", ""),
            ("06 42 18 75 91 22 33", ""),
            ("00 00 00 00 00", ""),
            ("06 66 66 66 66", ""),
            ("mon passeport est périmé", ""),
            ("", ""),
            ("zéro six quarante-deux", ""),
            ("0123456789", ""),
            ("le trente-deux", ""),
        ] {
            let expected = Some(number).filter(|number| !number.is_empty());
            assert_eq!(phone(said).as_deref(), expected, "{said}");
        }
    }

    #[test]
    fn a_number_among_others() {
        for (said, number) in [
            ("Mardi à dix heures, au 06 42 18 75 91.", Some("0642187591")),
            (
                "Il y a un trou, rappelez-moi au zéro quatre soixante-quinze zéro deux zéro trois dix.",
                Some("0475020310"),
            ),
            ("Le 12 rue Pasteur, 06 42 18", None),
            (
                "euh le zéro six, c'est celui de ma femme hein, zéro six quinze quarante-huit trente-sept zéro neuf",
                Some("0615483709"),
            ),
            ("06 13, 06 13 42 87 65", Some("0613428765")),
            ("0 4, 75, 22, 80, 17, poste 12", Some("0475228017")),
            (
                "zéro quatre soixante-quinze, vingt-deux, quatre-vingts, dix-sept",
                Some("0475228017"),
            ),
            ("zéro huit cents douze trente-quatre cinquante-six", Some("0800123456")),
            ("06 42 08 75 91 12 22", None),
            ("06 42 18 75 91, non, 42 pas 52", None),
            ("06 42 18 75 91, non, j'ai une question", Some("0642187591")),
            ("", None),
        ] {
            assert_eq!(phone_within(said).as_deref(), number, "{said}");
        }
    }

    #[test]
    fn a_number_that_is_said_again() {
        for (said, number) in [
            ("06 42 18 75 81, non pardon, 91", Some("0642187591")),
            ("06 53 29 08, pardon, 09 16", Some("0653290916")),
            ("06 53, pardon je recommence, 06 53 29 08 16", Some("0653290816")),
            ("06 13, euh, attendez, 06 13 42 87 65", Some("0613428765")),
            ("06 53 29 08, pardon, 29 09 16", Some("0653290916")),
            ("06 53 29 08 16, non, 42 pas 53", None),
            // It goes on after all.
            ("06 42 18, pardon, 75 91", None),
            ("pardon, c'est le 06 42 18 75 91", None),
            ("06 53 29, pardon, 28, attendez, 08 16", None),
        ] {
            assert_eq!(corrected(said).as_deref(), number, "{said}");
        }
        assert_eq!(phone_within("06 42 18, pardon, 75 91").as_deref(), Some("0642187591"));
        assert_eq!(phone_within("06 53 29, pardon, 28, attendez, 08 16"), None);
    }

    #[test]
    fn digits_in_a_row() {
        for (said, expected) in [
            ("quatre deux sept", Some("427")),
            ("4 2 7", Some("427")),
            ("quatre cent vingt-sept", Some("427")),
            ("deux fois le 5", Some("55")),
            ("le code c'est zéro zéro douze", Some("0012")),
            ("cent un", Some("101")),
            ("vingt-six quinze", Some("2615")),
            ("26000", Some("26000")),
            ("vingt-six mille", Some("26000")),
            ("triple zéro sept", Some("0007")),
            ("quatre-vingt-dix-sept", Some("97")),
            ("une douzaine", Some("12")),
            ("une", Some("1")),
            ("c'est pour un dossier, le 427", Some("427")),
            ("427, pardon, 428", Some("428")),
            ("427, pardon, 8", None),
            ("deux adultes et deux enfants", None),
            ("on sera 4, et mon téléphone c'est 06 24 37 80 46", Some("4")),
            ("rien", None),
        ] {
            assert_eq!(digits(said).as_deref(), expected, "{said}");
        }
    }
}
