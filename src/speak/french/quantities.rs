//! Numbers with what they count: amounts, measures, ranges.

use super::dates;
use super::measures::{gender_of_noun, per, unit};
use super::numbers::Gender::{self, Masculine};
use super::numbers::{cardinal, decimals, plural, year};
use super::scan::{Reading, Scan, lower, string, value};

/// A number as written.
#[derive(Clone)]
struct Number {
    whole: u64,
    fraction: String,
    /// Digits before the comma, to tell a year from a quantity.
    digits: usize,
}

impl Number {
    fn said(&self, gender: Gender) -> String {
        match self.fraction.trim_end_matches('0') {
            "" => cardinal(self.whole, gender),
            _ => format!("{} virgule {}", cardinal(self.whole, gender), decimals(&self.fraction)),
        }
    }

    fn exceeds(&self, other: &Self) -> bool {
        let fraction = |n: &Self| format!("0.{}", n.fraction).parse::<f64>().unwrap_or(0.0);
        (self.whole, fraction(self)) > (other.whole, fraction(other))
    }

    /// "d'euros" and "de mètres" after millions.
    fn needs_de(&self) -> bool {
        self.whole > 0 && self.whole.is_multiple_of(1_000_000) && self.fraction.is_empty()
    }
}

/// Reads a number with its sign, its unit, and the other end of its range.
pub(super) fn read(start: Scan) -> Reading {
    let mut s = start;
    let sign = match s.peek() {
        Some(sign @ ('-' | '+')) => {
            s.skip(1);
            let free = start.before().is_none_or(|c| c == ' ' || c == '(');
            if !free {
                return None;
            }
            if sign == '-' { "moins " } else { "plus " }
        }
        _ => "",
    };
    if s.before().is_some_and(char::is_alphabetic) {
        return None;
    }
    let first = number(&mut s)?;
    let second = range_end(&mut s, &first);
    let (said, rest) = with_unit(start, s, &first, second.as_ref())?;
    Some((format!("{sign}{said}"), rest))
}

fn with_unit<'a>(start: Scan<'a>, s: Scan<'a>, first: &Number, second: Option<&(Number, &str)>) -> Reading<'a> {
    let last = second.map_or(first, |(n, _)| n);
    let join = |say: &dyn Fn(&Number) -> String| match second {
        Some((n, link)) => format!("{}{link}{}", say(first), say(n)),
        None => say(first),
    };
    if let Some((scale, rest)) = currency(s) {
        let each = per(rest);
        let amount = match second {
            Some((n, link)) if first.fraction.is_empty() && n.fraction.is_empty() && scale == 1 => {
                format!("{}{link}{} euros", first.said(Masculine), n.said(Masculine))
            }
            _ => join(&|n| amount(n, scale)),
        };
        let mut rest = rest;
        // "12€50"
        let mut cents = rest;
        let digits = cents.digits();
        let amount = match value(digits) {
            Some(n) if digits.len() == 2 && cents.ends() && first.fraction.is_empty() => {
                rest = cents;
                format!("{amount} {}", cardinal(n, Masculine))
            }
            _ => amount,
        };
        return Some(each.map_or((amount.clone(), rest), |(each, rest)| (amount + &each, rest)));
    }
    if let Some((unit, rest)) = unit(s) {
        let name = if last.whole >= 2 { unit.plural } else { unit.singular };
        let number = join(&|n| n.said(unit.gender));
        let said = format!("{number} {}{name}", link_of(last, name));
        return Some(per(rest).map_or((said.clone(), rest), |(each, rest)| (said + &each, rest)));
    }
    let mut ahead = s;
    let spaced = ahead.spaces();
    let noun = lower(ahead.letters());
    if spaced && last.needs_de() && noun.ends_with('s') && !matches!(noun.as_str(), "dans" | "des" | "puis") {
        let mut rest = s;
        rest.spaces();
        return Some((
            format!("{} {}", join(&|n| n.said(Masculine)), link_of(last, &noun).trim_end()),
            rest,
        ));
    }
    let gender = gender_of_noun(last.whole, s);
    let named = first.digits <= 4 && second.is_none() && first.fraction.is_empty() && {
        let before = start.word_before();
        dates::is_month(&before)
            || matches!(
                before.as_str(),
                "en" | "depuis" | "années" | "année" | "rentrée" | "été" | "hiver"
            )
    };
    Some((
        if named {
            year(first.whole)
        } else {
            join(&|n| n.said(gender))
        },
        s,
    ))
}

fn link_of(n: &Number, noun: &str) -> &'static str {
    match (n.needs_de(), noun.starts_with(['a', 'e', 'é', 'h', 'i', 'o', 'u'])) {
        (false, _) => "",
        (true, false) => "de ",
        (true, true) => "d'",
    }
}

/// "1 250,50", "1250", "3.5" (said with a comma before a unit), "1.250,00".
fn number(start: &mut Scan) -> Option<Number> {
    let mut s = *start;
    let mut digits = s.digits().to_vec();
    let leading = digits.len();
    if digits.is_empty() || leading > 12 {
        return None;
    }
    if leading <= 3 && digits[0] != '0' {
        while let Some(next) = thousands(s, &digits) {
            let mut group = s;
            group.skip(1);
            digits.extend(group.digits());
            s = next;
        }
    }
    let mut point = s;
    let mut fraction = String::new();
    if let Some(sign) = point.eat_any(&[',', '.']) {
        let decimals = point.digits();
        // "3.5" is a chapter, "3.5 km" a length; "1,2,3" is a list
        let list = start.before().is_some_and(|c| ",.".contains(c));
        let goes_on = matches!(point.peek(), Some(',' | '.')) && point.rest().get(1).is_some_and(char::is_ascii_digit);
        let decimal = sign == ',' || decimals.len() <= 2 && (unit(point).is_some() || currency(point).is_some());
        if !decimals.is_empty() && decimals.len() <= 9 && !list && !goes_on && decimal && point.ends_or_unit() {
            fraction = string(decimals);
            s = point;
        }
    }
    let whole = value(&digits)?;
    *start = s;
    Some(Number {
        whole,
        fraction,
        digits: if digits.len() == leading {
            leading
        } else {
            digits.len() + 10
        },
    })
}

/// Where a group of thousands ends: a space or a dot, exactly three digits.
fn thousands<'a>(s: Scan<'a>, so_far: &[char]) -> Option<Scan<'a>> {
    let mut group = s;
    let sign = group.eat_any(&[' ', '.'])?;
    let digits = group.digits();
    let dotted = sign == '.' && !(currency(group).is_some() || group.peek() == Some(',') || unit(group).is_some());
    let glued = group.peek().is_some_and(|c| c.is_alphabetic()) && unit(group).is_none();
    // "8 000 h" but not the hour of "le 3 100 h", and never the pairs of a telephone number
    (digits.len() == 3 && so_far.len() + 3 <= 12 && !dotted && !glued).then_some(group)
}

/// The second number of "25-30", "25 à 30" needing no help: only dashes are read here. Years that follow one another
/// and counts are kept apart by what joins them.
fn range_end<'a>(start: &mut Scan<'a>, first: &Number) -> Option<(Number, &'static str)> {
    let mut s = *start;
    // the first end may carry its unit: "10 € - 15 €"
    let unit_end = currency(s)
        .map(|(_, rest)| rest)
        .or_else(|| unit(s).map(|(_, rest)| rest));
    let spaced = s.spaces();
    if let Some(sign @ ('x' | '×' | 'X')) = s.peek() {
        s.skip(1);
        s.spaces();
        let second = number(&mut s).filter(|_| s.ends_or_unit() && (spaced || sign == '×' || first.digits <= 3))?;
        let length = unit(s).is_some_and(|(unit, _)| unit.plural.ends_with("mètres"));
        *start = s;
        return Some((second, if length { " sur " } else { " fois " }));
    }
    if s.eat_any(&['-', '–', '/']).is_none() {
        s = unit_end?;
        s.spaces();
        s.eat_any(&['-', '–'])?;
        s.spaces();
        let second = number(&mut s)?;
        let units = currency(s).is_some() || unit(s).is_some();
        *start = s;
        return (units && second.exceeds(first)).then_some((second, " à "));
    }
    let slash = s.before() == Some('/');
    if s.spaces() != spaced {
        return None;
    }
    if s.peek() == Some('0') {
        return None;
    }
    let second = number(&mut s).filter(|n| n.exceeds(first))?;
    let years = first.digits == 4 && second.digits == 4 && second.whole == first.whole + 1;
    if slash && !years || !s.ends_or_unit() || matches!(s.peek(), Some('-' | '/')) && !years {
        return None;
    }
    *start = s;
    Some((second, if years { ", " } else { " à " }))
}

impl Scan<'_> {
    /// Nothing is glued to the number that was just read but a unit.
    fn ends_or_unit(self) -> bool {
        self.ends() || unit(self).is_some() || currency(self).is_some()
    }
}

/// The currency that follows and by how much it multiplies.
fn currency(mut s: Scan) -> Option<(u64, Scan)> {
    s.spaces();
    for (sign, scale) in [
        ("k€", 1000),
        ("K€", 1000),
        ("M€", 1_000_000),
        ("Md€", 1_000_000_000),
        ("€", 1),
    ] {
        if s.eat_str(sign) {
            return Some((scale, s));
        }
    }
    (s.eat_word("euros") || s.eat_word("euro") || s.eat_word("eur")).then_some((1, s))
}

/// "douze euros cinquante", "quatre-vingts centimes", "un million d'euros".
fn amount(n: &Number, scale: u64) -> String {
    if scale > 1 {
        return scaled_amount(n, scale);
    }
    let cents = match n.fraction.len() {
        0 => 0,
        1 => n.fraction.parse::<u64>().unwrap_or(0) * 10,
        2 => n.fraction.parse().unwrap_or(0),
        _ => return format!("{} euro{}", n.said(Masculine), plural(n.whole)),
    };
    let euros = Number {
        fraction: String::new(),
        ..n.clone()
    };
    let euros = format!(
        "{} {}euro{}",
        euros.said(Masculine),
        link_of(&euros, "euros"),
        plural(n.whole)
    );
    match (n.whole, cents) {
        (_, 0) => euros,
        (0, _) => format!("{} centime{}", cardinal(cents, Masculine), plural(cents)),
        (_, 1..=9) => format!("{euros} et {} centime{}", cardinal(cents, Masculine), plural(cents)),
        _ => format!("{euros} {}", cardinal(cents, Masculine)),
    }
}

fn scaled_amount(n: &Number, scale: u64) -> String {
    let name = match scale {
        1000 => {
            // 2,5 k€ is said in full: "deux mille cinq cents euros"
            let thousandths: u64 = format!("{:0<3.3}", n.fraction).parse().unwrap_or(0);
            let whole = n.whole.saturating_mul(1000).saturating_add(thousandths);
            return amount(
                &Number {
                    whole,
                    fraction: String::new(),
                    digits: n.digits,
                },
                1,
            );
        }
        1_000_000 => "million",
        _ => "milliard",
    };
    format!("{} {name}{} d'euros", n.said(Masculine), plural(n.whole))
}

/// Whether what follows says that the number before it counts something: a unit, or a noun in lower case.
pub(super) fn counted(s: Scan, strict: bool) -> bool {
    if currency(s).is_some() || unit(s).is_some() {
        return true;
    }
    let next = s.word_ahead();
    let small = matches!(
        lower(next).as_str(),
        "" | "ou"
            | "et"
            | "en"
            | "pour"
            | "si"
            | "la"
            | "le"
            | "les"
            | "du"
            | "de"
            | "des"
            | "au"
            | "aux"
            | "à"
            | "est"
            | "sont"
            | "qui"
            | "puis"
            | "par"
            | "sur"
            | "dans"
            | "avec"
            | "gratuit"
            | "depuis"
            | "afin"
            | "vous"
            | "ne"
            | "tous"
            | "toute"
            | "sans"
            | "sauf"
            | "pendant"
            | "car"
            | "même"
            | "jour"
            | "dès"
            | "ter"
            | "bis"
    );
    !strict && !small && next.first().is_some_and(|c| c.is_lowercase())
}
