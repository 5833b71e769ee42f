//! The parts of a day: "le matin", "en fin d'après-midi", "à huit heures du soir".

use chrono::{NaiveDateTime, Timelike};

use super::{normalise, time};

/// A part of a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DayPart {
    /// Until noon.
    Morning,
    /// From noon on.
    Afternoon,
    /// From six o'clock on.
    Evening,
}

impl DayPart {
    /// The one that is named, where it is the only one: "le matin".
    pub fn only(name: &str) -> Option<Self> {
        match Self::named(name)[..] {
            [only] => Some(only),
            _ => None,
        }
    }

    /// All that are named.
    pub(super) fn named(text: &str) -> Vec<Self> {
        let words = normalise::folded_words(text);
        let has = |some: &[&str]| words.iter().any(|word| some.contains(&word.as_str()));
        let parts = [
            (Self::Morning, has(&["matin", "matins", "matinee"])),
            (
                Self::Afternoon,
                normalise::contains(&words, "apres midi") || has(&["aprem"]),
            ),
            (Self::Evening, has(&["soir", "soiree"])),
        ];
        parts
            .into_iter()
            .filter(|(_, named)| *named)
            .map(|(part, _)| part)
            .collect()
    }

    /// In which the time falls that is said.
    pub(super) fn said(text: &str) -> Option<Self> {
        const EARLY: [&str; 4] = ["tot", "de bonne heure", "des l ouverture", "a l ouverture"];
        const LATE: [&str; 8] = [
            "tard",
            "apres le travail",
            "apres le boulot",
            "apres mon travail",
            "apres l ecole",
            "sortie de l ecole",
            "sortie du travail",
            "sortant du travail",
        ];
        let words = normalise::folded_words(text);
        let says = |some: &[&str]| some.iter().any(|phrase| normalise::contains(&words, phrase));
        // What goes by the clock tells no part of any day.
        let is_soon =
            says(&["maintenant", "tout de suite"]) || says(&["dans"]) && says(&["heure", "heures", "minutes"]);
        let time = time::time(text, NaiveDateTime::default()).filter(|_| !is_soon && Self::named(text).len() < 2);
        match time.map(|time| time.hour()) {
            Some(5..12) => Some(Self::Morning),
            Some(12..18) => Some(Self::Afternoon),
            Some(18..) => Some(Self::Evening),
            Some(_) => None,
            None if says(&LATE) => Some(Self::Afternoon),
            None if says(&EARLY) => Some(Self::Morning),
            None => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_only_one_that_is_named() {
        for (text, part) in [
            ("et le matin ?", Some(DayPart::Morning)),
            ("c'est ouvert cet après-midi", Some(DayPart::Afternoon)),
            ("ce soir", Some(DayPart::Evening)),
            ("le matin ou l'après-midi", None),
            ("à midi", None),
        ] {
            assert_eq!(DayPart::only(text), part, "{text}");
        }
    }
}
