//! Telephone numbers, and other digits that are dictated rather than counted.

use std::ops::RangeInclusive;

use super::numbers::{Gender::Masculine, cardinal};
use super::quantities::counted;
use super::scan::{Reading, Scan, string, value};

/// Short numbers that people dial; said in two parts even when nothing announces them.
const SHORT: [&str; 17] = [
    "1013", "1014", "3018", "3020", "3103", "3114", "3117", "3133", "3200", "3237", "3635", "3646", "3919", "3939",
    "3949", "3977", "3978",
];
/// Words that announce a number to dial.
const BEFORE_SHORT: [&str; 12] = [
    "le",
    "au",
    "du",
    "numéro",
    "appelez",
    "composez",
    "faites",
    "tél",
    "téléphone",
    "contactez",
    "joindre",
    "appeler",
];

/// The fragments in which a telephone number or a reference is dictated: two digits each, and the last digit alone
/// when their count is odd. Signs are left out and "+33" becomes the French "0". All fragments belong to the same
/// 110 ("zéro" to "neuf", "zéro zéro" to "quatre-vingt-dix-neuf"), so they can be rendered once.
pub fn pairs(digits: &str) -> Vec<String> {
    let international = digits.trim_start().starts_with('+');
    let digits: Vec<char> = digits.chars().filter(char::is_ascii_digit).collect();
    match digits.strip_prefix(&['3', '3']) {
        Some(rest) if international => groups(&[&['0'], rest].concat()),
        _ => groups(&digits),
    }
}

fn groups(digits: &[char]) -> Vec<String> {
    digits.chunks(2).map(group).collect()
}

/// "zéro six", "zéro zéro cinq", "quarante-deux", "cent vingt-trois".
fn group(digits: &[char]) -> String {
    let zeros = digits.iter().take_while(|d| **d == '0').count();
    let rest = value(&digits[zeros..]).map(|n| cardinal(n, Masculine));
    std::iter::repeat_n("zéro".to_owned(), zeros)
        .chain(rest)
        .collect::<Vec<_>>()
        .join(" ")
}

/// Reads a number to dial: national, international, green or short.
pub(super) fn read(start: Scan) -> Reading {
    if !start.begins() {
        return None;
    }
    international(start)
        .or_else(|| national(start))
        .or_else(|| short(start))
}

fn national(start: Scan) -> Reading {
    let mut s = start;
    let parts = take_groups(&mut s, 10, 2..=3)?;
    let all = parts.concat();
    if all[0] != '0' || all[1] == '0' || !s.ends() {
        return None;
    }
    Some((dictated(&parts), s))
}

/// "+33 4 75 …" and "0033 (0)4 75 …" are said as they are dialled in France; other countries with "plus".
fn international(start: Scan) -> Reading {
    let mut s = start;
    if !s.eat('+') && !s.eat_str("00") {
        return None;
    }
    s.spaces();
    let mut french = s;
    if french.eat_str("33") {
        french.take(|c| " .-".contains(c));
        french.eat_str("(0)");
        french.take(|c| " .-".contains(c));
        let nine = take_groups(&mut french, 9, 1..=3).filter(|_| french.ends())?;
        let domestic = [vec!['0'], nine.concat()].concat();
        return (domestic[1] != '0').then(|| (dictated(&[domestic]), french));
    }
    let parts = (8..=14).rev().find_map(|count| {
        let mut ahead = s;
        let parts = take_groups(&mut ahead, count, 1..=4)?;
        ahead.ends().then_some((parts, ahead))
    });
    let (parts, rest) = parts?;
    let said: Vec<String> = parts.iter().flat_map(|part| groups(part)).collect();
    Some((format!("plus {}", said.join(", ")), rest))
}

/// Exactly `count` digits in groups; after the first one, of this many digits.
fn take_groups(start: &mut Scan, count: usize, shape: RangeInclusive<usize>) -> Option<Vec<Vec<char>>> {
    let mut s = *start;
    let (mut parts, mut total): (Vec<Vec<char>>, usize) = (Vec::new(), 0);
    loop {
        let digits = s.digits();
        total += digits.len();
        let usual = if parts.is_empty() {
            (1..=4).contains(&digits.len())
        } else {
            shape.contains(&digits.len())
        };
        if !(usual || digits.len() == count) || total > count {
            return None;
        }
        parts.push(digits.to_vec());
        if total == count {
            *start = s;
            return Some(parts);
        }
        s.eat_any(&[' ', '.', '-'])?;
    }
}

/// By pairs; groups of three as they are written; "0800" as "zéro huit cents".
fn dictated(parts: &[Vec<char>]) -> String {
    let all = parts.concat();
    let green = all.starts_with(&['0', '8']) && matches!(all.get(2), Some('0' | '1' | '2' | '9'));
    let said = match parts {
        [zero, three, rest @ ..] if zero.len() == 1 && three.len() == 3 => after_prefix(three, rest),
        [four, rest @ ..] if four.len() == 4 && green => after_prefix(&four[1..], rest),
        [_] if green => after_prefix(&all[1..4], &[all[4..6].to_vec(), all[6..8].to_vec(), all[8..].to_vec()]),
        _ => groups(&all),
    };
    said.join(", ")
}

fn after_prefix(prefix: &[char], rest: &[Vec<char>]) -> Vec<String> {
    let first = format!("zéro {}", group(prefix));
    std::iter::once(first)
        .chain(rest.iter().map(|part| group(part)))
        .collect()
}

/// "3939" → "trente-neuf trente-neuf", "116 117" → "cent seize, cent dix-sept".
fn short(start: Scan) -> Reading {
    let mut s = start;
    let first = s.digits();
    let announced = BEFORE_SHORT.contains(&start.word_before().as_str());
    if matches!(string(first).as_str(), "116" | "118") {
        s.eat(' ');
        let second = s.digits();
        let known = first[2] == '6' && matches!(string(second).as_str(), "117" | "111" | "006");
        let dialled = second.len() == 3 && (known || announced) && !counted(s, true);
        return dialled.then(|| (format!("{}, {}", group(first), group(second)), s));
    }
    let written = string(first);
    let shape = first.len() == 4 && (first[0] == '3' || written.starts_with("10")) && !written.ends_with("000");
    let dialled = shape && s.ends() && (SHORT.contains(&written.as_str()) || announced) && !counted(s, false);
    dialled.then(|| (groups(first).join(" "), s))
}

/// Reads a postal code before the name of a town: department, then the rest; "26000" stays a number.
pub(super) fn postal(start: Scan) -> Reading {
    let mut s = start;
    let digits = s.digits();
    if digits.len() != 5 || !start.begins() || !s.ends() {
        return None;
    }
    let announced = matches!(start.word_before().as_str(), "postal" | "cs" | "bp" | "cp");
    let town = s.peek() == Some(' ') && s.word_ahead().first().is_some_and(|c| c.is_uppercase());
    let alone = !counted(s, false) && digits[2] == '0';
    let (department, rest) = digits.split_at(2);
    if rest == ['0', '0', '0'] {
        return (digits[0] == '0').then(|| (format!("{} mille", group(department)), s));
    }
    (announced || town || alone || digits[0] == '0').then(|| (format!("{} {}", group(department), group(rest)), s))
}

/// Reads the digits of a reference: those that begin with zero, or that are too many for a number.
pub(super) fn reference(start: Scan) -> Reading {
    if let Some(reading) = grouped_reference(start) {
        return Some(reading);
    }
    let mut s = start;
    let digits = s.digits();
    let long = digits.len() > 6 && !(digits.ends_with(&['0', '0', '0']) && digits.len() <= 12) && !counted(s, false);
    let zero = digits.len() > 1 && digits[0] == '0';
    if long || zero || digits.len() > 12 {
        return Some((groups(digits).join(if digits.len() > 4 { ", " } else { " " }), s));
    }
    None
}

/// "212 603 626 00012": groups that make no number, or that are said to be a reference.
fn grouped_reference(start: Scan) -> Reading {
    let mut s = start;
    let mut parts = vec![s.digits()];
    loop {
        let mut next = s;
        next.skip(1);
        let digits = next.digits();
        if s.peek() != Some(' ') || digits.is_empty() || !next.ends() {
            break;
        }
        parts.push(digits);
        s = next;
    }
    let thousands =
        parts[0].len() <= 3 && !parts[0].starts_with(&['0']) && parts[1..].iter().all(|part| part.len() == 3);
    let named = matches!(
        start.word_before().as_str(),
        "siret" | "siren" | "dp" | "pc" | "iban" | "rna"
    );
    let total: usize = parts.iter().map(|part| part.len()).sum();
    if parts[0].is_empty()
        || parts.len() < 3
        || total < 9
        || thousands && !named
        || counted(s, false)
        || !start.begins()
    {
        return None;
    }
    let said = parts.iter().map(|part| {
        if part.len() <= 3 || part.starts_with(&['0', '0']) {
            group(part)
        } else {
            groups(part).join(" ")
        }
    });
    Some((said.collect::<Vec<_>>().join(", "), s))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_are_fragments() {
        assert_eq!(pairs("06 42").join("|"), "zéro six|quarante-deux");
        assert_eq!(
            pairs("+33 4 75 00 12 80").join("|"),
            "zéro quatre|soixante-quinze|zéro zéro|douze|quatre-vingts"
        );
        assert_eq!(pairs("427").join("|"), "quarante-deux|sept");
        assert_eq!(pairs("33 12").join("|"), "trente-trois|douze");
        assert!(pairs("aucun").is_empty());
        let all: std::collections::BTreeSet<String> = (0..100_000).flat_map(|n| pairs(&format!("{n:05}"))).collect();
        assert_eq!(all.len(), 110);
    }
}
