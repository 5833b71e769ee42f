//! E-mail and web addresses, said as people dictate them.

use super::acronyms::said as acronym;
use super::numbers::{Gender::Masculine, cardinal};
use super::scan::{Reading, Scan, string};

/// Last labels that make a word with dots a web address.
const ENDINGS: [&str; 17] = [
    "fr", "com", "org", "net", "eu", "info", "bzh", "paris", "alsace", "corsica", "be", "ch", "de", "io", "gouv", "tv",
    "re",
];
/// Labels that are spelled, though they hold a vowel.
const SPELLED: [&str; 14] = [
    "eu", "ccas", "cni", "rsa", "apa", "ants", "plu", "sdis", "epci", "caue", "pmi", "io", "tv", "ars",
];

/// Reads "mairie@valbourg.fr", `https://www.valbourg.fr/demarches`, "service-public.fr".
pub(super) fn read(start: Scan) -> Reading {
    if !start.begins() || start.before() == Some('@') {
        return None;
    }
    let mut end = start;
    let written = end.take(|c| c.is_alphanumeric() || ".-_+@/:?=&%#~".contains(c));
    let trailing = written
        .iter()
        .rev()
        .take_while(|c| !c.is_alphanumeric() && **c != '/')
        .count();
    let address = &written[..written.len() - trailing];
    // most words are none
    if !address.contains(&'.') {
        return None;
    }
    let said = match address.iter().position(|c| *c == '@') {
        Some(at) => mail(&address[..at], &address[at + 1..])?,
        None => web(&string(address))?,
    };
    let mut s = start;
    s.skip(address.len());
    Some((said, s))
}

fn mail(local: &[char], domain: &[char]) -> Option<String> {
    let valid =
        !local.is_empty() && domain.contains(&'.') && domain.iter().all(|c| c.is_alphanumeric() || ".-".contains(*c));
    valid.then(|| format!("{} arobase {}", dictated(&string(local)), dictated(&string(domain))))
}

fn web(address: &str) -> Option<String> {
    let bare = address
        .strip_prefix("https://")
        .or_else(|| address.strip_prefix("http://"));
    let certain = bare.is_some() || address.starts_with("www.");
    let rest = bare.unwrap_or(address);
    let (rest, www) = rest
        .strip_prefix("www.")
        .map_or((rest, ""), |rest| (rest, "trois w point "));
    // what follows "?" or "#" is not for people
    let rest = rest.split(['?', '#']).next().unwrap_or(rest).trim_end_matches('/');
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    let labels: Vec<&str> = host.split('.').collect();
    let known = labels.len() >= 2 && labels.last().is_some_and(|last| ENDINGS.contains(last));
    let valid = labels.iter().all(|label| {
        !label.is_empty()
            && label.chars().all(|c| c.is_alphanumeric() || c == '-')
            && label.chars().any(char::is_alphabetic)
    });
    if !valid || !(known || certain && labels.len() >= 2) {
        return None;
    }
    let path: String = path
        .split('/')
        .filter(|part| !part.is_empty())
        .map(|part| format!(" slash {}", dictated(part)))
        .collect();
    Some(format!("{www}{}{path}", dictated(host)))
}

/// Words, signs and digits of one part of an address.
fn dictated(part: &str) -> String {
    let chars: Vec<char> = part.chars().collect();
    let mut s = Scan::new(&chars);
    let mut said: Vec<String> = Vec::new();
    while let Some(c) = s.peek() {
        let (letters, digits) = (s.letters(), s.digits());
        if !letters.is_empty() {
            said.push(label(letters));
        }
        if !digits.is_empty() {
            let zeros = digits.iter().take_while(|d| **d == '0').count();
            said.extend(std::iter::repeat_n("zéro".to_owned(), zeros));
            let n = digits.get(zeros..).map(string).and_then(|n| n.parse().ok());
            match n {
                Some(n) => said.push(cardinal(n, Masculine)),
                None => said.extend(
                    digits[zeros..]
                        .iter()
                        .filter_map(|d| Some(cardinal(d.to_digit(10)?.into(), Masculine))),
                ),
            }
        }
        if letters.is_empty() && digits.is_empty() {
            s.skip(1);
            said.extend(sign(c).map(str::to_owned));
        }
    }
    said.join(" ")
}

fn sign(c: char) -> Option<&'static str> {
    Some(match c {
        '.' => "point",
        '-' => "tiret",
        '_' => "tiret bas",
        '+' => "plus",
        '/' => "slash",
        '&' => "et",
        '=' => "égale",
        '@' => "arobase",
        _ => return None,
    })
}

/// One word of an address: without accents there, so common ones get theirs back.
fn label(letters: &[char]) -> String {
    let word = string(letters).to_lowercase();
    let accented = match word.as_str() {
        "etat" => "état",
        "ecole" => "école",
        "ecoles" => "écoles",
        "periscolaire" => "périscolaire",
        "dechets" => "déchets",
        "dechetterie" => "déchetterie",
        "decheterie" => "déchèterie",
        "election" => "élection",
        "elections" => "élections",
        "demarche" => "démarche",
        "demarches" => "démarches",
        "mediatheque" => "médiathèque",
        "bibliotheque" => "bibliothèque",
        "creche" => "crèche",
        "securite" => "sécurité",
        "sante" => "santé",
        "numerique" => "numérique",
        "actualites" => "actualités",
        "evenements" => "évènements",
        "education" => "éducation",
        "secretariat" => "secrétariat",
        "adheres" => "adhérés",
        _ => "",
    };
    if !accented.is_empty() {
        return accented.into();
    }
    let vowels = word.chars().any(|c| "aeiouyàâéèêëîïôùûœ".contains(c));
    let spelled = SPELLED.contains(&word.as_str()) || !vowels;
    if spelled && word.len() <= 6 {
        let letters: Vec<String> = word
            .chars()
            .map(|c| if c == 'y' { "i grec".into() } else { c.to_string() })
            .collect();
        return letters.join(" ");
    }
    // "caf", "pacs", "insee": said as the acronym is
    let capitals: Vec<char> = word.to_uppercase().chars().collect();
    match acronym(&capitals, false) {
        Some(said) if !said.contains(' ') => said,
        _ => word,
    }
}
