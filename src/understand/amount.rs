//! Sums of money: "douze euros cinquante", "12,50 €", "mille deux cents euros".

use super::normalise;
use super::numbers::{self, Number};

/// The most that a caller speaks of: what is longer was misheard.
const MOST_DIGITS: usize = 9;

/// The sum in `text`, in cents. Without "euro" or "centime" a number is none.
pub fn amount(text: &str) -> Option<u64> {
    let written = text.replace('€', " euros ").replace("EUR", " euros ");
    let words: Vec<String> = normalise::folded_words(&written)
        .into_iter()
        .filter(|word| word != "d")
        .map(|word| if word == "balles" { "euros".into() } else { word })
        .collect();
    let found = numbers::numbers(&words, false);
    let unit = |at: usize, names: [&str; 2]| words.get(at).is_some_and(|word| names.contains(&word.as_str()));
    let euros = found.iter().rposition(|number| unit(number.words.1, ["euro", "euros"]));
    let Some(last) = euros else {
        let number = found
            .iter()
            .find(|number| unit(number.words.1, ["centime", "centimes"]))?;
        return number.value().filter(|n| *n < 100).map(u64::from);
    };
    let end = found[last].words.1;
    let all = &found[run_back(&found, last)..=last];
    // "Deux cent cinquante virgule vingt": what precedes the comma is the sum, and what follows is its decimals.
    let comma = all[0].words.0.checked_sub(1).filter(|at| words[*at] == "virgule");
    let sum = comma.and_then(|comma| found.iter().rposition(|number| number.words.1 == comma));
    if let Some(sum) = sum {
        return Some(whole(&found[run_back(&found, sum)..=sum])? * 100 + decimals(&digits(all))?);
    }
    if let Some((cents, sum)) = all.split_last().filter(|(_, sum)| !sum.is_empty()) {
        let comma = [",", "."].map(|point| format!("{}{point}{}", sum[sum.len() - 1].digits, cents.digits));
        if comma.iter().any(|written| text.contains(written.as_str())) && cents.digits.len() <= 2 {
            return Some(whole(sum)? * 100 + decimals(&cents.digits)?);
        }
    }
    let and = usize::from(words.get(end + 1).is_some_and(|word| word == "et"));
    let cents = found.iter().position(|number| number.words.0 == end + 1 + and);
    Some(whole(all)? * 100 + cents.and_then(|at| cents_from(&found[at..])).unwrap_or(0))
}

/// The sum that answers a question for one, where "euros" goes without saying: "cent vingt", "soixante-sept quatre-vingts".
pub fn bare(text: &str) -> Option<u64> {
    let pieces = text.split([',', ';']).map(|piece| numbers::numbers_in(piece, false));
    let said: Vec<Vec<Number>> = pieces.filter(|found| !found.is_empty()).collect();
    match &said[..] {
        [only] => match &only[..] {
            [sum, cents] if cents.words.0 == sum.words.1 && cents.digits.len() == 2 => {
                Some(whole(std::slice::from_ref(sum))? * 100 + decimals(&cents.digits)?)
            }
            _ => amount(&format!("{text} euros")),
        },
        _ => amount(&format!("{text} euros")),
    }
}

/// The first of the numbers that end with the one at `last`, without a word between: "1 200", "12,50".
fn run_back(found: &[Number], last: usize) -> usize {
    let apart = (0..last).rev().find(|at| found[*at].words.1 != found[at + 1].words.0);
    apart.map_or(0, |at| at + 1)
}

fn digits(numbers: &[Number]) -> String {
    numbers.iter().map(|number| number.digits.as_str()).collect()
}

/// "1 200": one number in groups of three digits.
fn whole(groups: &[Number]) -> Option<u64> {
    let digits = digits(groups);
    let thousands = groups.iter().skip(1).all(|group| group.digits.len() == 3);
    (thousands && digits.len() <= MOST_DIGITS)
        .then(|| digits.parse().ok())
        .flatten()
}

/// What stands after the comma, in cents: "5" is fifty.
fn decimals(digits: &str) -> Option<u64> {
    let tens = if digits.len() == 1 { 10 } else { 1 };
    digits
        .parse::<u64>()
        .ok()
        .filter(|_| digits.len() <= 2)
        .map(|n| n * tens)
}

/// The cents that `found` begins with: "cinquante", "zéro cinq".
fn cents_from(found: &[Number]) -> Option<u64> {
    let zero = found.len() > 1 && found[0].digits == "0" && found[1].words.0 == found[0].words.1;
    let cents = digits(&found[..1 + usize::from(zero)]);
    cents.parse().ok().filter(|_| cents.len() <= 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums() {
        for (said, cents) in [
            ("douze euros cinquante", Some(1250)),
            ("douze euros et cinquante centimes", Some(1250)),
            ("12,50 €", Some(1250)),
            ("12,5 euros", Some(1250)),
            ("12.50€", Some(1250)),
            ("cent vingt euros", Some(12_000)),
            ("mille deux cents euros", Some(120_000)),
            ("1 200 euros", Some(120_000)),
            ("1 200,50 €", Some(120_050)),
            ("quatre-vingt-dix centimes", Some(90)),
            ("C'est une facture de 86 euros 20.", Some(8620)),
            ("un euro", Some(100)),
            ("trois mille euros par mois", Some(300_000)),
            ("On m'a demandé 45 euros le 12 mars.", Some(4500)),
            ("42", None),
            ("zéro six douze", None),
            ("rien", None),
            ("", None),
            ("99999999999999999999 euros", None),
            ("une centaine d'euros", Some(10_000)),
            ("une vingtaine d'euros", Some(2000)),
            ("deux cent cinquante virgule vingt euros", Some(25_020)),
            ("deux virgule cinq euros", Some(250)),
            ("deux virgule zéro cinq euros", Some(205)),
            ("onze euros zéro cinq", Some(1105)),
        ] {
            assert_eq!(amount(said), cents, "{said}");
        }
    }

    #[test]
    fn sums_without_euros() {
        for (said, cents) in [
            ("cent vingt", Some(12_000)),
            ("zéro virgule cinquante", Some(50)),
            ("soixante-sept quatre-vingts", Some(6780)),
            ("12,50", Some(1250)),
            ("1 200", Some(120_000)),
            ("vingt, trente", None),
            ("rien", None),
        ] {
            assert_eq!(bare(said), cents, "{said}");
        }
    }
}
