//! Numbers said in French, as groups: "zéro six quarante-deux" is 0, 6, 42.

use super::normalise;

/// A number as it was said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Number {
    /// Its digits, with the zeros that were said before them ("06").
    pub digits: String,
    /// Index of its first word, and of the first word after it.
    pub words: (usize, usize),
}

impl Number {
    /// Its value; none if it is too long to be one.
    pub fn value(&self) -> Option<u32> {
        self.digits.parse().ok()
    }
}

/// What a word is worth where numbers are said. `lenient`, it may be a word that recognition takes for a number.
fn unit(word: &str, lenient: bool) -> Option<u32> {
    Some(match word {
        "zero" | "zeros" => 0,
        "un" | "une" | "premier" | "1er" => 1,
        "deux" => 2,
        "trois" => 3,
        "quatre" => 4,
        "cinq" => 5,
        "six" => 6,
        "sept" => 7,
        "huit" => 8,
        "neuf" => 9,
        "dix" => 10,
        "onze" => 11,
        "douze" => 12,
        "treize" => 13,
        "quatorze" => 14,
        "quinze" => 15,
        "seize" => 16,
        "cet" | "cette" | "set" if lenient => 7,
        "sis" | "scie" if lenient => 6,
        "uit" if lenient => 8,
        "cinque" | "sinque" if lenient => 5,
        "katre" if lenient => 4,
        "dise" | "disse" if lenient => 10,
        "hun" if lenient => 1,
        "troie" if lenient => 3,
        _ => return None,
    })
}

fn ten(word: &str, lenient: bool) -> Option<u32> {
    Some(match word {
        "vingt" | "vingts" => 20,
        "trente" => 30,
        "quarante" => 40,
        "cinquante" => 50,
        "soixante" => 60,
        "septante" => 70,
        "huitante" | "octante" => 80,
        "nonante" => 90,
        "vin" | "vint" | "vain" if lenient => 20,
        _ => return None,
    })
}

/// All numbers among folded `words`, in their order. See [`unit()`] for `lenient`.
pub fn numbers(words: &[String], lenient: bool) -> Vec<Number> {
    let mut found = Vec::new();
    let mut i = 0;
    while i < words.len() {
        match number(&words[i..], lenient) {
            Some((digits, length)) => {
                found.push(Number {
                    digits,
                    words: (i, i + length),
                });
                i += length;
            }
            None => i += 1,
        }
    }
    found
}

/// All numbers in a text.
pub fn numbers_in(text: &str, lenient: bool) -> Vec<Number> {
    numbers(&normalise::folded_words(text), lenient)
}

/// The number at the start of `words`, and how many words it takes.
fn number(words: &[String], lenient: bool) -> Option<(String, usize)> {
    let first = words.first()?.as_str();
    // "deux fois le cinq", "double zéro", "deux zéros"
    let times = match first {
        "double" => Some((2, 1)),
        "triple" => Some((3, 1)),
        _ => unit(first, false)
            .filter(|n| (2..=4).contains(n))
            .and_then(|n| match words.get(1).map(String::as_str) {
                Some("fois")
                    if words.get(2).is_some_and(|w| matches!(w.as_str(), "le" | "un" | "la")) && words.len() > 3 =>
                {
                    Some((n, 3))
                }
                Some("fois") => Some((n, 2)),
                Some("zeros") => Some((n, 1)),
                _ => None,
            }),
    };
    if let Some((times, skip)) = times
        && let Some((digits, length)) = words.get(skip..).and_then(|rest| number(rest, lenient))
    {
        return Some((digits.repeat(times as usize), skip + length));
    }
    if first.bytes().all(|b| b.is_ascii_digit()) {
        return Some((first.to_owned(), 1));
    }
    // "1er"
    if let Some(digits) = first
        .strip_suffix("er")
        .filter(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()))
    {
        return Some((digits.to_owned(), 1));
    }
    if unit(first, lenient) == Some(0) {
        return Some(("0".into(), 1));
    }
    let (value, length) = below_million(words, lenient)?;
    // "Une vingtaine", "deux douzaines".
    if let Some(many) = words.get(length).and_then(|word| collective(word)) {
        return Some(((value * many).to_string(), length + 1));
    }
    Some((value.to_string(), length))
}

/// How many a word for so many things is worth.
fn collective(word: &str) -> Option<u32> {
    Some(match word.strip_suffix('s').unwrap_or(word) {
        "huitaine" => 8,
        "dizaine" => 10,
        "douzaine" => 12,
        "quinzaine" => 15,
        "vingtaine" => 20,
        "trentaine" => 30,
        "quarantaine" => 40,
        "cinquantaine" => 50,
        "soixantaine" => 60,
        "centaine" => 100,
        _ => return None,
    })
}

/// A number of words below a million.
fn below_million(words: &[String], lenient: bool) -> Option<(u32, usize)> {
    let word = |i: usize| words.get(i).map_or("", String::as_str);
    let (thousands, after) = match word(0) {
        "mille" | "mil" => (1, 1),
        _ => match below_thousand(words, lenient)? {
            (value, length) if matches!(word(length), "mille" | "mil") => (value, length + 1),
            found => return Some(found),
        },
    };
    let (rest, length) = words
        .get(after..)
        .and_then(|rest| below_thousand(rest, false))
        .unwrap_or((0, 0));
    Some((thousands * 1000 + rest, after + length))
}

fn below_thousand(words: &[String], lenient: bool) -> Option<(u32, usize)> {
    let word = |i: usize| words.get(i).map_or("", String::as_str);
    let is_hundred = |w: &str| matches!(w, "cent" | "cents");
    let (hundreds, after) = match below_hundred(words, lenient) {
        _ if is_hundred(word(0)) => (1, 1),
        Some((value @ 2..=9, 1)) if is_hundred(word(1)) => (value, 2),
        // "Dix-neuf cent quatre-vingt-deux"
        Some((value @ 11..=19, length)) if is_hundred(word(length)) => (value, length + 1),
        found => return found,
    };
    let (rest, length) = words
        .get(after..)
        .and_then(|rest| below_hundred(rest, false))
        .unwrap_or((0, 0));
    Some((hundreds * 100 + rest, after + length))
}

fn below_hundred(words: &[String], lenient: bool) -> Option<(u32, usize)> {
    let word = |i: usize| words.get(i).map_or("", String::as_str);
    let (tens, after) = if word(0) == "quatre" && matches!(word(1), "vingt" | "vingts") {
        (80, 2)
    } else if let Some(tens) = ten(word(0), lenient) {
        (tens, 1)
    } else {
        let value = unit(word(0), lenient).filter(|&n| n > 0)?;
        return match (value, unit(word(1), false)) {
            (10, Some(units @ 7..=9)) => Some((10 + units, 2)),
            _ => Some((value, 1)),
        };
    };
    // "vingt et un", "soixante et onze"
    let and = usize::from(word(after) == "et" && unit(word(after + 1), false).is_some_and(|n| n == 1 || n == 11));
    match unit(word(after + and), false) {
        // "Quatre-vingts, quatre-vingt-dix": another one begins.
        Some(4) if matches!(word(after + and + 1), "vingt" | "vingts") => Some((tens, after)),
        Some(10) if matches!(tens, 60 | 80) => match unit(word(after + 1), false) {
            Some(units @ 7..=9) => Some((tens + 10 + units, after + 2)),
            _ => Some((tens + 10, after + 1)),
        },
        Some(units @ 11..=16) if matches!(tens, 60 | 80) => Some((tens + units, after + and + 1)),
        Some(units @ 1..=9) => Some((tens + units, after + and + 1)),
        _ => Some((tens, after)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digits(text: &str) -> String {
        numbers_in(text, false)
            .into_iter()
            .map(|n| n.digits)
            .collect::<Vec<_>>()
            .join(" ")
    }

    #[test]
    fn groups() {
        for (said, groups) in [
            (
                "zéro six quarante-deux dix-huit soixante-quinze quatre-vingt-onze",
                "0 6 42 18 75 91",
            ),
            ("vingt et un", "21"),
            ("soixante et onze, soixante-douze", "71 72"),
            ("quatre-vingts", "80"),
            ("quatre-vingt-dix-neuf", "99"),
            ("quatre-vingt dix", "90"),
            ("soixante-dix-sept", "77"),
            ("dix-sept dix huit", "17 18"),
            ("cent vingt-trois", "123"),
            ("deux cents", "200"),
            ("deux mille vingt-six", "2026"),
            ("mille neuf cent cinquante-huit", "1958"),
            ("mil neuf cent", "1900"),
            ("deux fois le 5", "55"),
            ("trois fois sept", "777"),
            ("double zéro", "00"),
            ("deux zéros", "00"),
            ("06 42 18", "06 42 18"),
            ("le premier mai", "1"),
            ("le 1er mai", "1"),
            ("un deux trois", "1 2 3"),
            ("quatre vingt un", "81"),
            ("six cent trente et quarante", "630 40"),
            ("septante-cinq nonante-deux", "75 92"),
            ("dix-neuf cent quatre-vingt-deux", "1982"),
            ("quatre-vingts quatre-vingt-dix", "80 90"),
            ("une douzaine", "12"),
            ("une centaine d'euros", "100"),
            ("deux douzaines", "24"),
            ("rien du tout", ""),
        ] {
            assert_eq!(digits(said), groups, "{said}");
        }
    }
}
