//! Numbers in words, in the classical spelling: hyphens below one hundred, except around "et".

/// Agreement of "un" and of "premier".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gender {
    /// "un", "premier".
    Masculine,
    /// "une", "première".
    Feminine,
}

const SMALL: [&str; 17] = [
    "zéro", "un", "deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf", "dix", "onze", "douze", "treize",
    "quatorze", "quinze", "seize",
];
const TENS: [&str; 5] = ["vingt", "trente", "quarante", "cinquante", "soixante"];

/// "vingt et un", "quatre-vingt-une", "deux cent trois mille".
pub fn cardinal(n: u64, gender: Gender) -> String {
    let mut said = Vec::new();
    let (billions, millions, thousands) = (n / 1_000_000_000, n / 1_000_000 % 1000, n / 1000 % 1000);
    if billions > 0 {
        said.push(format!(
            "{} milliard{}",
            cardinal(billions, Gender::Masculine),
            plural(billions)
        ));
    }
    if millions > 0 {
        said.push(format!("{} million{}", below_thousand(millions), plural(millions)));
    }
    match thousands {
        0 => {}
        1 => said.push("mille".into()),
        // "quatre-vingt mille", "deux cent mille": mille is a number, so vingt and cent lose their s
        _ => said.push(format!("{} mille", without_plural(&below_thousand(thousands)))),
    }
    if n == 0 || !n.is_multiple_of(1000) {
        said.push(below_thousand(n % 1000));
    }
    let mut said = said.join(" ");
    if gender == Gender::Feminine && said.ends_with("un") {
        said.push('e');
    }
    said
}

/// "premier", "première", "vingt et unième", "quatre-vingtième".
pub fn ordinal(n: u64, gender: Gender) -> String {
    if n == 1 {
        return if gender == Gender::Feminine {
            "première"
        } else {
            "premier"
        }
        .into();
    }
    let cardinal = cardinal(n, Gender::Masculine);
    let stem = without_plural(&cardinal);
    if let Some(stem) = stem.strip_suffix("cinq") {
        format!("{stem}cinquième")
    } else if let Some(stem) = stem.strip_suffix("neuf") {
        format!("{stem}neuvième")
    } else {
        format!("{}ième", stem.strip_suffix('e').unwrap_or(stem))
    }
}

/// A year, or any number that is a name: "mille neuf cent quatre-vingt", without the s of a quantity.
pub(super) fn year(n: u64) -> String {
    without_plural(&cardinal(n, Gender::Masculine)).to_owned()
}

/// Decimals as they are said after "virgule": their zeros, then a number; digit by digit when there are many.
pub(super) fn decimals(digits: &str) -> String {
    let number = digits.trim_start_matches('0');
    let zeros = std::iter::repeat_n("zéro".to_owned(), digits.len() - number.len());
    let rest: Vec<String> = match number.parse() {
        Ok(n) if number.len() <= 3 => vec![cardinal(n, Gender::Masculine)],
        _ => number
            .chars()
            .map(|d| SMALL[d.to_digit(10).unwrap_or(0) as usize].to_owned())
            .collect(),
    };
    zeros.chain(rest).collect::<Vec<_>>().join(" ")
}

/// The value of a Roman number in capitals, if it is written as the Romans would up to 399.
pub(super) fn roman(letters: &[char]) -> Option<u64> {
    const SIGNS: [(u64, &str); 9] = [
        (100, "C"),
        (90, "XC"),
        (50, "L"),
        (40, "XL"),
        (10, "X"),
        (9, "IX"),
        (5, "V"),
        (4, "IV"),
        (1, "I"),
    ];
    let written: String = letters.iter().collect();
    let (mut rest, mut n) = (written.as_str(), 0);
    for (value, sign) in SIGNS {
        while let Some(after) = rest.strip_prefix(sign) {
            (rest, n) = (after, n + value);
        }
    }
    // written again the canonical way, it must be the same
    let (mut left, mut canonical) = (n, String::new());
    for (value, sign) in SIGNS {
        while left >= value {
            canonical.push_str(sign);
            left -= value;
        }
    }
    (n > 0 && n < 400 && rest.is_empty() && canonical == written).then_some(n)
}

/// What a noun takes after this quantity: "s" from two on.
pub(super) fn plural(n: u64) -> &'static str {
    if n >= 2 { "s" } else { "" }
}

fn without_plural(said: &str) -> &str {
    match said.strip_suffix('s') {
        Some(short)
            if ["vingt", "cent", "million", "milliard"]
                .iter()
                .any(|word| short.ends_with(word)) =>
        {
            short
        }
        _ => said,
    }
}

fn below_thousand(n: u64) -> String {
    match (n / 100, n % 100) {
        (0, rest) => below_hundred(rest),
        (1, 0) => "cent".into(),
        (1, rest) => format!("cent {}", below_hundred(rest)),
        (hundreds, 0) => format!("{} cents", SMALL[hundreds as usize]),
        (hundreds, rest) => format!("{} cent {}", SMALL[hundreds as usize], below_hundred(rest)),
    }
}

fn below_hundred(n: u64) -> String {
    match n {
        0..=16 => SMALL[n as usize].into(),
        17..=19 => format!("dix-{}", SMALL[n as usize - 10]),
        71 => "soixante et onze".into(),
        70..=79 => format!("soixante-{}", below_hundred(n - 60)),
        80 => "quatre-vingts".into(),
        81..=99 => format!("quatre-vingt-{}", below_hundred(n - 80)),
        _ => match (TENS[n as usize / 10 - 2], n % 10) {
            (ten, 0) => ten.into(),
            (ten, 1) => format!("{ten} et un"),
            (ten, unit) => format!("{ten}-{}", SMALL[unit as usize]),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::Gender::{Feminine, Masculine};
    use super::*;

    #[test]
    fn cardinals() {
        let cases = [
            (0, "zéro"),
            (16, "seize"),
            (17, "dix-sept"),
            (21, "vingt et un"),
            (70, "soixante-dix"),
            (71, "soixante et onze"),
            (77, "soixante-dix-sept"),
            (80, "quatre-vingts"),
            (81, "quatre-vingt-un"),
            (91, "quatre-vingt-onze"),
            (99, "quatre-vingt-dix-neuf"),
            (100, "cent"),
            (101, "cent un"),
            (200, "deux cents"),
            (203, "deux cent trois"),
            (1000, "mille"),
            (1998, "mille neuf cent quatre-vingt-dix-huit"),
            (21_000, "vingt et un mille"),
            (80_000, "quatre-vingt mille"),
            (200_000, "deux cent mille"),
            (1_000_000, "un million"),
            (80_000_000, "quatre-vingts millions"),
            (200_001_001, "deux cents millions mille un"),
            (
                999_999_999_999,
                "neuf cent quatre-vingt-dix-neuf milliards neuf cent quatre-vingt-dix-neuf millions neuf cent \
                 quatre-vingt-dix-neuf mille neuf cent quatre-vingt-dix-neuf",
            ),
        ];
        for (n, said) in cases {
            assert_eq!(cardinal(n, Masculine), said);
        }
        assert_eq!(cardinal(21, Feminine), "vingt et une");
        assert_eq!(cardinal(11, Feminine), "onze");
        assert_eq!(cardinal(1_000_000, Feminine), "un million");
        assert!(!cardinal(u64::MAX, Masculine).is_empty());
    }

    /// Reads the words back with the crate that understands what callers say.
    #[test]
    fn cardinals_are_understood_again() {
        let french = text2num::Language::french();
        let numbers = (0..=2100)
            .chain((0..300).map(|i| i * 3_333_331 + i))
            .filter(|n| *n < 1_000_000_000);
        for n in numbers {
            let said = cardinal(n, Masculine);
            assert_eq!(
                text2num::text2digits(&said, &french).ok(),
                Some(n.to_string()),
                "{said}"
            );
        }
    }

    #[test]
    fn ordinals() {
        let cases = [
            (1, "premier"),
            (2, "deuxième"),
            (3, "troisième"),
            (4, "quatrième"),
            (5, "cinquième"),
            (9, "neuvième"),
            (21, "vingt et unième"),
            (80, "quatre-vingtième"),
            (100, "centième"),
            (200, "deux centième"),
            (1000, "millième"),
        ];
        for (n, said) in cases {
            assert_eq!(ordinal(n, Masculine), said);
        }
        assert_eq!(ordinal(1, Feminine), "première");
    }

    #[test]
    fn roman_numbers() {
        let read = |text: &str| roman(&text.chars().collect::<Vec<_>>());
        for (text, n) in [("I", 1), ("IV", 4), ("XIV", 14), ("XXI", 21), ("XIX", 19), ("LXX", 70)] {
            assert_eq!(read(text), Some(n));
        }
        for text in ["IIII", "VX", "ABC", "", "IVI", "XXXX"] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn decimals_keep_their_zeros() {
        for (written, said) in [
            ("5", "cinq"),
            ("05", "zéro cinq"),
            ("125", "cent vingt-cinq"),
            ("0", "zéro"),
        ] {
            assert_eq!(decimals(written), said);
        }
        assert_eq!(decimals("1416"), "un quatre un six");
    }
}
