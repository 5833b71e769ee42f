//! Digits and French telephone numbers.

use super::numbers::{self, Number};
use super::self_repair;

/// All digits that were said, in a row; none if there is none.
pub fn digits(text: &str) -> Option<String> {
    let digits: String = numbers::numbers_in(text, true).into_iter().map(|n| n.digits).collect();
    (!digits.is_empty()).then_some(digits)
}

/// A French number of ten digits. "+33" and "0033" are understood. A number that cannot be French is none.
pub fn phone(text: &str) -> Option<String> {
    let groups = numbers::numbers_in(text, true);
    let joined: String = groups.iter().map(|n| n.digits.as_str()).collect();
    let candidates = [joined, merged(&groups)];
    candidates
        .iter()
        .find_map(|digits| national(digits))
        .filter(|n| plausible(n))
}

/// A number whose last groups were put right: "06 42 18 75 81, non pardon, 91".
pub fn corrected(text: &str) -> Option<String> {
    let (before, after) = self_repair::around_no(text)?;
    let (before, after) = (digits(&before)?, digits(&after)?);
    // All of it again; the end of it; or its last group, and what follows.
    let end = before
        .len()
        .checked_sub(after.len())
        .map(|kept| format!("{}{after}", &before[..kept]));
    let group = before
        .len()
        .checked_sub(2)
        .map(|kept| format!("{}{after}", &before[..kept]));
    let candidates = [Some(after.clone()), end.filter(|_| before.len() == 10), group];
    let number = candidates.into_iter().flatten().find_map(|digits| national(&digits));
    number.filter(|number| plausible(number))
}

/// A French number among other numbers: "mardi à dix heures, au 06 42 18 75 91".
pub fn phone_within(text: &str) -> Option<String> {
    let groups = numbers::numbers_in(text, true);
    let from = |start: usize| {
        let mut digits = String::new();
        groups[start..].iter().find_map(|group| {
            digits.push_str(&group.digits);
            national(&digits).filter(|number| digits.len() == number.len() && plausible(number))
        })
    };
    phone(text).or_else(|| (0..groups.len()).find_map(from))
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
            ("zéro sept quatre-vingts dix-huit vingt-trois trente et un", "0798233 1"),
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
            let expected = Some(number.replace(' ', "")).filter(|n| n.len() == 10);
            if number.contains(' ') {
                // "quatre-vingts, dix-huit" is heard as 98: one group too few, and no number.
                assert_eq!(phone(said), None, "{said}");
            } else {
                assert_eq!(phone(said), expected, "{said}");
            }
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
            ("", None),
        ] {
            assert_eq!(phone_within(said).as_deref(), number, "{said}");
        }
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
            ("rien", None),
        ] {
            assert_eq!(digits(said).as_deref(), expected, "{said}");
        }
    }
}
