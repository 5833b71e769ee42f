//! "Le premier", "plutôt le deuxième", "les deux", "ni l'un ni l'autre": which of two things that we asked about is meant.

use super::date::{MONTHS, WEEKDAYS};
use super::normalise::{Word, begins};

/// What was chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Choice {
    /// What we asked about first.
    First,
    /// What we asked about last.
    Second,
    /// One and the other.
    Both,
    /// None of the two.
    Neither,
}

/// Longest phrases first: what is said last in them counts ("pas le premier, le deuxième").
const PHRASES: &[(&str, Choice)] = &[
    ("ni l un ni l autre", Choice::Neither),
    ("ni l une ni l autre", Choice::Neither),
    ("ni le premier ni le deuxieme", Choice::Neither),
    ("ni le premier ni le second", Choice::Neither),
    ("aucun des deux", Choice::Neither),
    ("aucune des deux", Choice::Neither),
    ("pas l un pas l autre", Choice::Neither),
    ("l un et l autre", Choice::Both),
    ("l une et l autre", Choice::Both),
    ("les deux", Choice::Both),
    ("aucun", Choice::Neither),
    ("aucune", Choice::Neither),
    ("le premier", Choice::First),
    ("la premiere", Choice::First),
    ("premier", Choice::First),
    ("premiere", Choice::First),
    ("le un", Choice::First),
    ("numero un", Choice::First),
    ("le deuxieme", Choice::Second),
    ("la deuxieme", Choice::Second),
    ("deuxieme", Choice::Second),
    ("le second", Choice::Second),
    ("la seconde", Choice::Second),
    ("second", Choice::Second),
    ("seconde", Choice::Second),
    ("le dernier", Choice::Second),
    ("la derniere", Choice::Second),
    ("le deux", Choice::Second),
    ("numero deux", Choice::Second),
];
/// More words than these speak of something: "le deuxième enfant de ma sœur va à l'école".
const LONGEST: usize = 7;

/// The choice in these words, if they are one and no more.
pub fn choice(words: &[Word]) -> Option<Choice> {
    let names_a_day = |word: &Word| MONTHS.contains(&word.folded.as_str()) || WEEKDAYS.contains(&word.folded.as_str());
    if words.len() > LONGEST || words.iter().any(names_a_day) {
        return None;
    }
    let said: Vec<&str> = words.iter().map(|word| figure(&word.folded)).collect();
    let (mut at, mut chosen) = (0, None);
    while at < said.len() {
        let here = PHRASES.iter().find(|(phrase, _)| begins(&said[at..], phrase));
        chosen = here.map(|(_, choice)| *choice).or(chosen);
        at += here.map_or(1, |(phrase, _)| phrase.split(' ').count());
    }
    match (said.as_slice(), chosen) {
        (["un" | "une"], None) => Some(Choice::First),
        (["deux"], None) => Some(Choice::Second),
        _ => chosen,
    }
}

/// Recognition writes some of them in figures.
fn figure(word: &str) -> &str {
    match word {
        "1" => "un",
        "2" => "deux",
        "1er" => "premier",
        "1ere" | "1re" => "premiere",
        "2e" | "2eme" => "deuxieme",
        word => word,
    }
}

#[cfg(test)]
mod tests {
    use super::super::normalise;
    use super::*;

    #[test]
    fn table() {
        for (said, expected) in [
            ("Le premier.", Some(Choice::First)),
            ("La première, s'il vous plaît.", Some(Choice::First)),
            ("Le 1er.", Some(Choice::First)),
            ("Un.", Some(Choice::First)),
            ("Euh... plutôt le deuxième.", Some(Choice::Second)),
            ("La seconde.", Some(Choice::Second)),
            ("Le 2.", Some(Choice::Second)),
            ("Non, pas le premier, le deuxième.", Some(Choice::Second)),
            ("Les deux, en fait.", Some(Choice::Both)),
            ("Ni l'un ni l'autre.", Some(Choice::Neither)),
            ("Aucun des deux.", Some(Choice::Neither)),
            ("Oui.", None),
            ("Pour le passeport.", None),
            ("et le 2 janvier", None),
            ("C'est pour la deuxième fille de ma sœur, qui va à l'école.", None),
            ("", None),
        ] {
            assert_eq!(choice(&normalise::words(said)), expected, "{said}");
        }
    }
}
