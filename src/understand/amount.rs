//! Sums of money: "douze euros cinquante", "12,50 €", "mille deux cents euros".

use super::{normalise, numbers};

/// The most that a caller speaks of: what is longer was misheard.
const MOST_DIGITS: usize = 9;

/// The sum in `text`, in cents. Without "euro" or "centime" a number is none.
pub fn amount(text: &str) -> Option<u64> {
    let written = text.replace('€', " euros ").replace("EUR", " euros ");
    let words: Vec<String> = normalise::folded_words(&written)
        .into_iter()
        .filter(|word| word != "d")
        .map(usual)
        .collect();
    let found = numbers::numbers(&words, false);
    let unit = |at: usize, names: [&str; 2]| words.get(at).is_some_and(|word| names.contains(&word.as_str()));
    let cents_at = |at: usize| {
        let number = found.iter().find(|number| number.words.0 == at)?;
        number
            .value()
            .filter(|n| *n < 100 && number.digits.len() <= 2)
            .map(u64::from)
    };
    let euros = found.iter().rposition(|number| unit(number.words.1, ["euro", "euros"]));
    let Some(last) = euros else {
        let number = found
            .iter()
            .find(|number| unit(number.words.1, ["centime", "centimes"]))?;
        return number.value().filter(|n| *n < 100).map(u64::from);
    };
    let end = found[last].words.1;
    // "1 200 €" and "12,50 €" are two numbers for a reader of words.
    let mut first = last;
    while first > 0 && found[first - 1].words.1 == found[first].words.0 {
        first -= 1;
    }
    let groups: Vec<&str> = found[first..=last]
        .iter()
        .map(|number| number.digits.as_str())
        .collect();
    let whole = |groups: &[&str]| -> Option<u64> {
        let digits = groups.concat();
        let thousands = groups.iter().skip(1).all(|group| group.len() == 3);
        (thousands && digits.len() <= MOST_DIGITS)
            .then(|| digits.parse().ok())
            .flatten()
    };
    let decimals = groups.split_last().filter(|(cents, euros)| {
        let comma = [",", "."].map(|point| format!("{}{point}{cents}", euros.last().unwrap_or(&"")));
        !euros.is_empty() && cents.len() <= 2 && comma.iter().any(|written| text.contains(written.as_str()))
    });
    if let Some((cents, euros)) = decimals {
        let tens = if cents.len() == 1 { 10 } else { 1 };
        return Some(whole(euros)? * 100 + cents.parse::<u64>().ok()? * tens);
    }
    let and = usize::from(words.get(end + 1).is_some_and(|word| word == "et"));
    Some(whole(&groups)? * 100 + cents_at(end + 1 + and).unwrap_or(0))
}

/// "Balles" are euros, and "une vingtaine" is twenty.
fn usual(word: String) -> String {
    match word.as_str() {
        "balles" => "euros".into(),
        "dizaine" => "10".into(),
        "quinzaine" => "15".into(),
        "vingtaine" => "20".into(),
        "trentaine" => "30".into(),
        "cinquantaine" => "50".into(),
        "centaine" => "100".into(),
        _ => word,
    }
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
        ] {
            assert_eq!(amount(said), cents, "{said}");
        }
    }
}
