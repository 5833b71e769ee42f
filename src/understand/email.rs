//! E-mail addresses, as they are dictated: "jean point dupont arobase orange point fr".

use super::normalise::{self, Word, begins};
use super::{name, numbers};

/// Where addresses end in France, as they are heard and as they are written; those that are one word first.
const PROVIDERS: &[(&str, &str, &str)] = &[
    ("la poste", "laposte", "net"),
    ("laposte", "laposte", "net"),
    ("g mail", "gmail", "com"),
    ("gmail", "gmail", "com"),
    ("gemail", "gmail", "com"),
    ("jmail", "gmail", "com"),
    ("j mail", "gmail", "com"),
    ("ji mail", "gmail", "com"),
    ("j ai mail", "gmail", "com"),
    ("hot mail", "hotmail", ""),
    ("hotmail", "hotmail", ""),
    ("out look", "outlook", ""),
    ("outlook", "outlook", ""),
    ("yahoo", "yahoo", ""),
    ("yaou", "yahoo", ""),
    ("ya hou", "yahoo", ""),
    ("orange", "orange", "fr"),
    ("oranges", "orange", "fr"),
    ("wanadoo", "wanadoo", "fr"),
    ("wana dou", "wanadoo", "fr"),
    ("wanadou", "wanadoo", "fr"),
    ("free", "free", "fr"),
    ("fri", "free", "fr"),
    ("frie", "free", "fr"),
    ("sfr", "sfr", "fr"),
    ("s f r", "sfr", "fr"),
    ("esse effe erre", "sfr", "fr"),
    ("bbox", "bbox", "fr"),
    ("b box", "bbox", "fr"),
    ("icloud", "icloud", "com"),
    ("i cloud", "icloud", "com"),
    ("aille cloud", "icloud", "com"),
    ("live", "live", "fr"),
    ("neuf", "neuf", "fr"),
    // As numbers are written.
    ("9", "neuf", "fr"),
    ("proton mail", "protonmail", "com"),
    ("protonmail", "protonmail", "com"),
    ("proton", "proton", "me"),
    ("numericable", "numericable", "fr"),
];
/// Words before an address, folded. What stands before the last of them is no part of it.
const LEAD_INS: &[&str] = &[
    "c est",
    "adresse",
    "adresse est",
    "mail",
    "mail est",
    "e mail",
    "email",
    "courriel",
    "courriel est",
    "alors",
    "euh",
    "oui",
    "donc",
    "voila",
    "voici",
    "ecrivez a",
    "ecrire a",
];
/// Words that say nothing of it.
const NOISE: &[&str] = &[
    "tout attache",
    "tout colle",
    "attache",
    "en un mot",
    "en un seul mot",
    "sans espace",
    "sans accent",
    "tout en minuscules",
    "tout en minuscule",
    "en minuscules",
    "en minuscule",
    "minuscule",
    "minuscules",
    "avec le chiffre",
    "suivi du chiffre",
    "le chiffre",
    "le nombre",
    "chiffre",
    "en chiffres",
    "en chiffre",
    "s il vous plait",
    "merci",
    "voila",
];
/// A word and its spelling are so much alike, from 0 to 1.
const SAME: f64 = 0.7;
/// The longest address there may be (RFC 5321, 4.5.3.1.3).
const LONGEST: usize = 254;

/// The address in `text`, in small letters.
pub fn email(text: &str) -> Option<String> {
    let tokens = tokens(text);
    let at = tokens.iter().position(|token| token == "@")?;
    let local = local(&tokens[..at]);
    let domain = domain(&tokens[at + 1..])?;
    let address = format!("{local}@{domain}");
    let sound = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '+');
    let sound = !local.is_empty() && local.chars().all(sound) && !local.starts_with('.') && !local.ends_with('.');
    (sound && !address.contains("..") && address.len() <= LONGEST).then_some(address)
}

/// As it is read back: "jean point dupont arobase orange point fr".
pub fn spoken(address: &str) -> String {
    let mut out = String::with_capacity(2 * address.len());
    for c in address.chars() {
        match c {
            '@' => out.push_str(" arobase "),
            '.' => out.push_str(" point "),
            '-' => out.push_str(" tiret "),
            '_' => out.push_str(" tiret bas "),
            '+' => out.push_str(" plus "),
            c => {
                // "martine58": the figures apart.
                let last = out.chars().next_back();
                if last.is_some_and(|l| l.is_ascii_alphanumeric() && l.is_ascii_digit() != c.is_ascii_digit()) {
                    out.push(' ');
                }
                out.push(c);
            }
        }
    }
    out
}

/// What was said, each sign in its place: "jean", ".", "dupont", "@", "orange", ".", "fr".
fn tokens(text: &str) -> Vec<String> {
    let mut spaced = String::with_capacity(text.len() + 16);
    let text = text.trim_end_matches(['.', '!', '?', ',', ' ']);
    let letters: Vec<char> = text.chars().collect();
    for (i, &c) in letters.iter().enumerate() {
        let inside =
            i > 0 && letters[i - 1].is_alphanumeric() && letters.get(i + 1).is_some_and(|c| c.is_alphanumeric());
        match c {
            '@' => spaced.push_str(" arobase "),
            '_' => spaced.push_str(" underscore "),
            '.' if inside => spaced.push_str(" point "),
            // "J-E-A-N" is spelled; "jean-pierre" is written so.
            '-' if inside && !is_spelled(&letters, i) && !is_in_a_number(&letters, i) => spaced.push_str(" tiret "),
            c => spaced.push(c),
        }
    }
    let words = normalise::words(&spaced);
    let words = with_at(normalise::without(&words, NOISE));
    let words = name::as_remarked(&without_examples(&words), |words| sign(words).is_some());
    signs(&words)
}

/// "Jean point dupont chez gmail point com": what stands before a provider, where nothing else is the sign.
fn with_at(mut words: Vec<Word>) -> Vec<Word> {
    let folded: Vec<String> = words.iter().map(|word| word.folded.clone()).collect();
    if (0..words.len()).any(|at| sign(&folded[at..]).is_some_and(|(_, sign)| sign == "@")) {
        return words;
    }
    // "J'habite à Orange": it has no end.
    let provider = |rest: &[String]| {
        let known = PROVIDERS.iter().find(|(heard, ..)| begins(rest, heard));
        known.is_some_and(|(heard, ..)| begins(&rest[heard.split(' ').count()..], "point"))
    };
    let says_at = |at: &usize| words[*at].folded == "chez" || words[*at].surface.to_lowercase() == "à";
    if let Some(at) = (0..words.len())
        .rev()
        .find(|at| says_at(at) && provider(&folded[at + 1..]))
    {
        words[at].folded = "arobase".to_owned();
    }
    words
}

/// "J comme Julie" is a J; "point comme" is misheard.
fn without_examples(words: &[Word]) -> Vec<String> {
    let letter = |at: usize| words[at].folded.chars().count() == 1;
    let example = |at: usize| at > 0 && words[at].folded == "comme" && letter(at - 1);
    let of_one = |at: usize| example(at) || at > 0 && example(at - 1);
    let kept = (0..words.len()).filter(|&at| !of_one(at));
    kept.map(|at| words[at].folded.clone()).collect()
}

/// Whether the hyphen at `i` stands between two letters that stand alone.
fn is_spelled(letters: &[char], i: usize) -> bool {
    let alone = |at: Option<usize>, beyond: Option<usize>| {
        at.is_some() && beyond.and_then(|i| letters.get(i)).is_none_or(|c| !c.is_alphanumeric())
    };
    alone(i.checked_sub(1), i.checked_sub(2)) || alone(Some(i + 1), Some(i + 2))
}

/// Whether the hyphen at `i` stands between two words for numbers: "cinquante-huit".
fn is_in_a_number(letters: &[char], i: usize) -> bool {
    let before = letters[..i].iter().rev().take_while(|c| c.is_alphabetic()).count();
    let after = letters[i + 1..].iter().take_while(|c| c.is_alphabetic()).count();
    let is_one = |word: &[char]| !numbers::numbers_in(&word.iter().collect::<String>(), false).is_empty();
    is_one(&letters[i - before..i]) && is_one(&letters[i + 1..i + 1 + after])
}

/// Words that stand for signs.
const SIGNS: &[(&str, &str)] = &[
    ("a robase", "@"),
    ("a robaze", "@"),
    ("a rose base", "@"),
    ("arrobase", "@"),
    ("arobase", "@"),
    ("arobas", "@"),
    ("arobaz", "@"),
    ("arrobas", "@"),
    ("arobaze", "@"),
    ("robase", "@"),
    ("at", "@"),
    ("tiret du 6", "-"),
    ("tiret du six", "-"),
    ("tiret du bas", "_"),
    ("tiret du 8", "_"),
    ("tiret du huit", "_"),
    ("tiret bas", "_"),
    ("underscore", "_"),
    ("under score", "_"),
    ("trait d union", "-"),
    ("tiret", "-"),
    ("point", "."),
    ("dot", "."),
];

/// The sign for which the first words stand, and how they are said.
fn sign(words: &[String]) -> Option<(&'static str, &'static str)> {
    SIGNS.iter().copied().find(|(phrase, _)| begins(words, phrase))
}

/// Words that stand for signs as these, and numbers as figures.
fn signs(words: &[String]) -> Vec<String> {
    let numbers = numbers::numbers(words, false);
    let mut out = Vec::with_capacity(words.len());
    let mut i = 0;
    while i < words.len() {
        if let Some((phrase, sign)) = sign(&words[i..]) {
            out.push(sign.to_owned());
            i += phrase.split(' ').count();
        } else if let Some(number) = numbers.iter().find(|number| number.words.0 == i) {
            out.push(number.digits.clone());
            i = number.words.1;
        } else {
            out.push(words[i].clone());
            i += 1;
        }
    }
    out
}

/// What stands before the sign.
fn local(tokens: &[String]) -> String {
    let after = |i: usize| {
        LEAD_INS
            .iter()
            .find(|phrase| begins(&tokens[i..], phrase))
            .map(|p| i + p.split(' ').count())
    };
    let start = (0..tokens.len()).filter_map(after).max().unwrap_or(0);
    said_once(&tokens[start.min(tokens.len())..]).concat()
}

/// "Collet, C, O, L, L, E, T": a word that is spelled then stands once, as it was spelled.
fn said_once(tokens: &[String]) -> Vec<String> {
    let is_letter = |token: &String| token.chars().count() == 1 && token.chars().all(char::is_alphabetic);
    let mut kept: Vec<String> = Vec::new();
    let mut rest = tokens;
    while let Some((first, after)) = rest.split_first() {
        let spelled: String = after
            .iter()
            .take_while(|token| is_letter(token))
            .map(String::as_str)
            .collect();
        let same = spelled.len() > 2 && strsim::normalized_levenshtein(first, &spelled) >= SAME;
        kept.extend((!same).then(|| first.clone()));
        rest = after;
    }
    kept
}

/// What stands after it: up to the last part that follows a point, or a provider that everybody knows.
fn domain(tokens: &[String]) -> Option<String> {
    // "Orange bleue point fr" is another's.
    let ends = |rest: &[String]| rest.first().is_none_or(|next| next == ".") || !rest.contains(&".".to_owned());
    let known = PROVIDERS
        .iter()
        .find(|(heard, ..)| begins(tokens, heard) && ends(&tokens[heard.split(' ').count()..]));
    let (name, rest) = match known {
        Some((heard, name, _)) => ((*name).to_owned(), &tokens[heard.split(' ').count()..]),
        None => {
            let end = tokens.iter().position(|token| token == ".")?;
            (tokens[..end].concat(), &tokens[end..])
        }
    };
    let mut domain = name;
    let mut parts = rest.chunks_exact(2).take_while(|pair| pair[0] == ".");
    match parts.next() {
        Some(pair) => {
            domain.push('.');
            domain.push_str(top(&pair[1]));
            for pair in parts {
                domain.push('.');
                domain.push_str(top(&pair[1]));
            }
        }
        None => {
            let top = known.map(|(_, _, top)| *top).filter(|top| !top.is_empty())?;
            domain.push('.');
            domain.push_str(top);
        }
    }
    let sound = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-');
    let last = domain.rsplit('.').next()?;
    (domain.chars().all(sound) && last.len() >= 2 && last.chars().all(|c| c.is_ascii_alphabetic())).then_some(domain)
}

/// The last part of a domain, as recognition hears it.
fn top(heard: &str) -> &str {
    match heard {
        "comme" | "come" | "komm" => "com",
        "effer" | "f" | "ferre" => "fr",
        "nette" => "net",
        "orgue" => "org",
        heard => heard,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        for (said, expected) in [
            (
                "jean point dupont arobase orange point fr",
                Some("jean.dupont@orange.fr"),
            ),
            ("C'est jean.dupont@orange.fr.", Some("jean.dupont@orange.fr")),
            (
                "Mon adresse mail c'est martine58 arobase gmail.com",
                Some("martine58@gmail.com"),
            ),
            (
                "martine cinquante-huit arobase gmail point com",
                Some("martine58@gmail.com"),
            ),
            (
                "Alors, c'est m.durand à robase la poste.net, voilà.",
                Some("m.durand@laposte.net"),
            ),
            ("paul tiret roux arobas free point fr", Some("paul-roux@free.fr")),
            (
                "paul tiret du bas roux arobase wanadoo point fr",
                Some("paul_roux@wanadoo.fr"),
            ),
            ("jean-pierre.martin@free.fr", Some("jean-pierre.martin@free.fr")),
            ("J-E-A-N arobase sfr point fr", Some("jean@sfr.fr")),
            ("D, U, P, O, N, T, arobase orange", Some("dupont@orange.fr")),
            (
                "contact arobase boulangerie tiret martin point fr",
                Some("contact@boulangerie-martin.fr"),
            ),
            ("lea arobase hotmail point com", Some("lea@hotmail.com")),
            ("Léa arobase g mail point comme", Some("lea@gmail.com")),
            (
                "l.petit tout attaché arobase yahoo point co point uk",
                Some("l.petit@yahoo.co.uk"),
            ),
            (
                "j comme Julie point dubois arobase orange point fr",
                Some("j.dubois@orange.fr"),
            ),
            ("dupont avec un t arobase orange point fr", Some("dupont@orange.fr")),
            ("colet avec deux l arobase orange point fr", Some("collet@orange.fr")),
            (
                "paul point roux avec un accent arobase free point fr",
                Some("paul.roux@free.fr"),
            ),
            (
                "garnier le chiffre deux arobase gmail point com",
                Some("garnier2@gmail.com"),
            ),
            (
                "collet, C, O, L, L, E, T, arobase free point fr",
                Some("collet@free.fr"),
            ),
            (
                "martine point colet, C, O, L, L, E, T, arobase free point fr",
                Some("martine.collet@free.fr"),
            ),
            (
                "garnier avec le chiffre 2 arobase gmail point com",
                Some("garnier2@gmail.com"),
            ),
            ("c colin en minuscules arobase free point fr", Some("ccolin@free.fr")),
            ("jean point dupont arobase neuf point fr", Some("jean.dupont@neuf.fr")),
            ("jean.dupont@neuf.fr", Some("jean.dupont@neuf.fr")),
            ("jean point dupont chez gmail point com", Some("jean.dupont@gmail.com")),
            ("jean point dupont at gmail point com", Some("jean.dupont@gmail.com")),
            ("jean point dupont à orange point fr", Some("jean.dupont@orange.fr")),
            (
                "maria arobase orange tiret bleue point fr",
                Some("maria@orange-bleue.fr"),
            ),
            ("maria arobase orange bleue point fr", Some("maria@orangebleue.fr")),
            ("j'habite à Orange", None),
            ("je suis chez free", None),
            // Which hotmail?
            ("lea arobase hotmail", None),
            ("jean point dupont", None),
            ("arobase orange point fr", None),
            ("je n'en ai pas", None),
            ("", None),
        ] {
            assert_eq!(email(said).as_deref(), expected, "{said}");
        }
        assert_eq!(
            spoken("m.durand58@la-poste.net"),
            "m point durand 58 arobase la tiret poste point net"
        );
    }
}
