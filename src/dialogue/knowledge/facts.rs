//! What a text states that can be wrong: prices, times, telephone numbers, percentages, lengths of time, days.

use std::collections::{BTreeMap, BTreeSet};

use crate::understand::date::WEEKDAYS;
use crate::understand::{normalise, numbers};

/// A kind of fact.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// In cents.
    Price,
    /// In minutes from midnight.
    Time,
    /// Ten digits.
    Phone,
    /// Of a hundred.
    Percentage,
    /// "3 mois".
    Length,
    /// A day of the week.
    Weekday,
    /// Whatever else is answered to the same question.
    Answer,
}

impl Kind {
    /// As it is said in a warning, in the plural.
    pub fn name(self) -> &'static str {
        match self {
            Self::Price => "prix",
            Self::Time => "heures",
            Self::Phone => "numéros de téléphone",
            Self::Percentage => "pourcentages",
            Self::Length => "durées",
            Self::Weekday => "jours",
            Self::Answer => "réponses",
        }
    }
}

/// The facts of a text, by kind, as they would be written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts(BTreeMap<Kind, BTreeSet<String>>);

const LENGTHS: [(&str, &str); 7] = [
    ("minute", "min"),
    ("jour", "jour"),
    ("semaine", "semaine"),
    ("mois", "mois"),
    ("an", "an"),
    ("annee", "an"),
    ("metre", "m"),
];

impl Facts {
    /// Of a text.
    pub fn of(text: &str) -> Self {
        let mut facts = Self::default();
        let text = facts.take_phones(text);
        let text = text.replace('€', " euros ").replace('%', " pourcent ");
        let words = normalise::folded_words(&apart(&text));
        let numbers = numbers::numbers(&words, false);
        let word = |at: usize| words.get(at).map(String::as_str).unwrap_or_default();
        let number_at = |at: usize| numbers.iter().find(|number| number.words.0 == at);
        let mut taken = 0;
        for number in &numbers {
            let Some(value) = number.value().filter(|_| number.words.0 >= taken) else {
                continue;
            };
            let end = number.words.1;
            // "3,50 euros", "trois euros cinquante", "1 200 euros".
            match word(end) {
                "euro" | "euros" => {
                    let cents = number_at(end + 1)
                        .and_then(numbers::Number::value)
                        .filter(|cents| *cents < 100);
                    facts.add(Kind::Price, format!("{},{:02} €", value, cents.unwrap_or(0)));
                }
                COMMA => {
                    let Some(decimals) = number_at(end + 1) else { continue };
                    taken = decimals.words.1;
                    if word(taken).starts_with("euro") {
                        facts.add(Kind::Price, format!("{},{:0<2} €", value, decimals.digits));
                    }
                }
                "h" | "heure" | "heures" if value <= 24 => {
                    let minutes = number_at(end + 1)
                        .and_then(numbers::Number::value)
                        .filter(|minutes| *minutes < 60);
                    let minutes = minutes.or_else(|| match (word(end + 1), word(end + 2)) {
                        ("et", "demie") => Some(30),
                        ("et", "quart") => Some(15),
                        _ => None,
                    });
                    facts.add(Kind::Time, format!("{value} h {:02}", minutes.unwrap_or(0)));
                }
                "pourcent" => facts.add(Kind::Percentage, format!("{value} %")),
                unit => {
                    let unit = LENGTHS
                        .iter()
                        .find(|(name, _)| unit.trim_end_matches('s') == name.trim_end_matches('s'));
                    if let Some((_, unit)) = unit {
                        facts.add(Kind::Length, format!("{value} {unit}"));
                    }
                }
            }
        }
        for (at, said) in words.iter().enumerate() {
            match said.trim_end_matches('s') {
                "midi" if word(at.wrapping_sub(1)) != "apres" => facts.add(Kind::Time, "12 h 00".into()),
                "minuit" => facts.add(Kind::Time, "24 h 00".into()),
                day if WEEKDAYS.contains(&day) => facts.add(Kind::Weekday, day.to_owned()),
                _ => {}
            }
        }
        facts
    }

    fn add(&mut self, kind: Kind, fact: String) {
        self.0.entry(kind).or_default().insert(fact);
    }

    /// Takes the telephone numbers out of a text, and returns the rest.
    fn take_phones(&mut self, text: &str) -> String {
        let mut rest = String::new();
        let mut digits = String::new();
        let mut run = String::new();
        for c in text.chars().chain(['\n']) {
            if c.is_ascii_digit() || (matches!(c, ' ' | '.' | '\u{a0}' | '\u{202f}') && !digits.is_empty()) {
                digits.extend(Some(c).filter(char::is_ascii_digit));
                run.push(c);
                continue;
            }
            if digits.len() == 10 && digits.starts_with('0') {
                self.add(Kind::Phone, std::mem::take(&mut digits));
            } else {
                rest.push_str(&run);
            }
            digits.clear();
            run.clear();
            rest.push(c);
        }
        rest
    }

    /// The kinds of which each of two texts states something that the other does not.
    pub fn at_odds(&self, other: &Self) -> Vec<(Kind, String, String)> {
        let both = self
            .0
            .iter()
            .filter_map(|(kind, ours)| Some((*kind, ours, other.0.get(kind)?)));
        let odd = both.filter(|(_, ours, theirs)| !ours.is_subset(theirs) && !theirs.is_subset(ours));
        let listed = |facts: &BTreeSet<String>| facts.iter().cloned().collect::<Vec<_>>().join(", ");
        odd.map(|(kind, ours, theirs)| (kind, listed(ours), listed(theirs)))
            .collect()
    }
}

/// Stands for a decimal comma among words.
pub(super) const COMMA: &str = "virgule";

/// Digits apart from letters ("8h30"), thousands together ("1 200"), decimal commas as a word.
pub(super) fn apart(text: &str) -> String {
    let letters: Vec<char> = text.chars().collect();
    let digit = |at: usize| letters.get(at).is_some_and(char::is_ascii_digit);
    let mut out = String::new();
    for (at, &c) in letters.iter().enumerate() {
        let (before, after) = (at > 0 && digit(at - 1), digit(at + 1));
        let three = after && digit(at + 2) && digit(at + 3) && !digit(at + 4);
        match c {
            ',' if before && after => out.push_str(&format!(" {COMMA} ")),
            ' ' | '\u{a0}' | '\u{202f}' if before && three => {}
            _ => {
                let letter = c.is_alphabetic();
                out.extend(Some(' ').filter(|_| letter && before));
                out.push(c);
                out.extend(Some(' ').filter(|_| letter && after));
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Vec<(Kind, String)> {
        let facts = Facts::of(text).0.into_iter();
        facts
            .flat_map(|(kind, all)| all.into_iter().map(move |fact| (kind, fact)))
            .collect()
    }

    #[test]
    fn facts_are_found_however_they_are_written() {
        for text in ["3,50 €", "3,5 euros", "trois euros cinquante", "3 euros 50"] {
            assert_eq!(of(text), [(Kind::Price, "3,50 €".to_owned())], "{text}");
        }
        assert_eq!(of("1 200 €"), [(Kind::Price, "1200,00 €".to_owned())]);
        for text in ["à 8 h 30", "8h30", "huit heures et demie", "à 8 heures 30"] {
            assert_eq!(of(text), [(Kind::Time, "8 h 30".to_owned())], "{text}");
        }
        for text in ["04 65 71 02 33", "au 04.65.71.02.33."] {
            assert_eq!(of(text), [(Kind::Phone, "0465710233".to_owned())], "{text}");
        }
        let all = of("Comptez trois mois, le lundi et le mardi, à midi ; 20 % de moins. 12 mètres.");
        let said: Vec<&str> = all.iter().map(|(_, fact)| fact.as_str()).collect();
        assert_eq!(said, ["12 h 00", "20 %", "12 m", "3 mois", "lundi", "mardi"]);
        assert_eq!(of("les lundis après-midi"), [(Kind::Weekday, "lundi".to_owned())]);
    }

    #[test]
    fn odds() {
        let odd = |a, b| !Facts::of(a).at_odds(&Facts::of(b)).is_empty();
        assert!(odd("Le repas coûte 3 €.", "Comptez 4 € par repas."));
        assert!(odd("De 9 h à 12 h.", "De 8 h 30 à 12 h."));
        assert!(!odd("De 9 h à 12 h et de 14 h à 16 h.", "Dès 9 h."));
        assert!(!odd("Le repas coûte 3 €.", "Le repas se réserve avant 9 h."));
    }
}
