//! Times of day, as people say them.
//!
//! Choices: hours from one to six without "du matin" are in the afternoon, when town halls are open. Parts of the day
//! stand for one hour each: start of the morning 9:00, morning 10:00, its end 11:00, noon 12:00, start of the
//! afternoon 14:00, afternoon 15:00, its end 16:30, evening 18:00.

use chrono::{NaiveDateTime, NaiveTime, TimeDelta, Timelike};

use super::normalise::{self, contains};
use super::numbers::{self, Number};

/// The time that `text` names, seen from `now`.
pub fn time(text: &str, now: NaiveDateTime) -> Option<NaiveTime> {
    let words = split_hours(text);
    let numbers = numbers::numbers(&words, false);
    waiting(&words, &numbers, now)
        .or_else(|| clock(&words, &numbers))
        .or_else(|| part_of_day(&words, now))
}

/// "14h30" and "14:30" as "14", "h", "30".
fn split_hours(text: &str) -> Vec<String> {
    let mut spaced = String::with_capacity(text.len() + 8);
    let characters: Vec<char> = text.chars().collect();
    for (i, &c) in characters.iter().enumerate() {
        let digit = |k: Option<usize>| k.and_then(|k| characters.get(k)).is_some_and(char::is_ascii_digit);
        match c {
            ':' | 'h' | 'H' if digit(i.checked_sub(1)) => spaced.push_str(" h "),
            c => spaced.push(c),
        }
    }
    normalise::folded_words(&spaced)
}

/// "dans une heure", "dans dix minutes".
fn waiting(words: &[String], numbers: &[Number], now: NaiveDateTime) -> Option<NaiveTime> {
    let word = |i: usize| words.get(i).map_or("", String::as_str);
    if contains(words, "dans une demi heure") {
        return Some((now + TimeDelta::minutes(30)).time());
    }
    let number = numbers
        .iter()
        .find(|n| n.words.0 > 0 && word(n.words.0 - 1) == "dans")?;
    let n = i64::from(number.value().filter(|n| *n < 600)?);
    match word(number.words.1) {
        "heure" | "heures" | "h" => Some((now + TimeDelta::hours(n)).time()),
        "minute" | "minutes" => Some((now + TimeDelta::minutes(n)).time()),
        _ => None,
    }
}

/// "dix heures et demie", "midi moins le quart".
fn clock(words: &[String], numbers: &[Number]) -> Option<NaiveTime> {
    let word = |i: usize| words.get(i).map_or("", String::as_str);
    let number_at = |i: usize| numbers.iter().find(|n| n.words.0 == i);
    // "neuf heures" is nine o'clock, "un quart d'heure" is nothing.
    let named = words
        .iter()
        .position(|w| w == "midi" || w == "minuit")
        .filter(|&i| word(i.wrapping_sub(1)) != "apres");
    let spoken = numbers
        .iter()
        .find(|n| matches!(word(n.words.1), "h" | "heure" | "heures"));
    let (mut hour, after) = match (spoken, named) {
        (Some(n), _) => (n.value()?, n.words.1 + 1),
        (None, Some(i)) => (if words[i] == "midi" { 12 } else { 0 }, i + 1),
        (None, None) => return None,
    };
    if hour > 24 {
        return None;
    }
    let exact = spoken.is_none() || hour == 0 || hour > 6;
    let minutes: i64 = match word(after) {
        "moins" if word(after + 1) == "le" && word(after + 2) == "quart" => -15,
        "moins" if word(after + 1) == "quart" => -15,
        "moins" => -i64::from(number_at(after + 1).and_then(Number::value).filter(|m| *m < 60)?),
        "et" if matches!(word(after + 1), "demi" | "demie") => 30,
        "et" if word(after + 1) == "quart" => 15,
        "et" => i64::from(
            number_at(after + 1)
                .and_then(Number::value)
                .filter(|m| *m < 60)
                .unwrap_or(0),
        ),
        "trois" if matches!(word(after + 1), "quart" | "quarts") => 45,
        "demi" | "demie" => 30,
        "quart" => 15,
        _ => i64::from(
            number_at(after)
                .and_then(Number::value)
                .filter(|m| *m < 60)
                .unwrap_or(0),
        ),
    };
    let has = |phrase: &str| contains(words, phrase);
    let evening =
        has("du soir") || has("ce soir") || has("de l apres midi") || has("cet apres midi") || has("l apres midi");
    let morning = has("du matin") || has("ce matin") || has("le matin") || has("demain matin");
    if hour < 12 && ((evening && hour > 0) || (!morning && !exact)) {
        hour += 12;
    }
    let total = (i64::from(hour) * 60 + minutes).rem_euclid(24 * 60);
    NaiveTime::from_hms_opt(u32::try_from(total / 60).ok()?, u32::try_from(total % 60).ok()?, 0)
}

fn part_of_day(words: &[String], now: NaiveDateTime) -> Option<NaiveTime> {
    let has = |phrase: &str| contains(words, phrase);
    let at = |hour, minute| NaiveTime::from_hms_opt(hour, minute, 0);
    match () {
        () if has("maintenant") || has("tout de suite") => now.time().with_second(0)?.with_nanosecond(0),
        () if has("debut de matinee") || has("debut de la matinee") || has("premiere heure") || has("tot le matin") => {
            at(9, 0)
        }
        () if has("fin de matinee") || has("fin de la matinee") => at(11, 0),
        () if has("debut d apres midi") || has("debut de l apres midi") || has("debut apres midi") => at(14, 0),
        () if has("fin d apres midi")
            || has("fin de l apres midi")
            || has("fin apres midi")
            || has("fin de journee") =>
        {
            at(16, 30)
        }
        () if has("apres midi") || has("aprem") => at(15, 0),
        () if has("matin") || has("matinee") => at(10, 0),
        () if has("soir") || has("soiree") => at(18, 0),
        () => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Seen from 9:20.
    #[test]
    fn times() {
        let now = chrono::NaiveDate::from_ymd_opt(2026, 9, 14)
            .unwrap()
            .and_hms_opt(9, 20, 30)
            .unwrap();
        for (said, expected) in [
            ("dix heures", "10:00"),
            ("dix heures et demie", "10:30"),
            ("à neuf heures et quart", "09:15"),
            ("neuf heures quinze", "09:15"),
            ("onze heures moins le quart", "10:45"),
            ("onze heures moins dix", "10:50"),
            ("midi", "12:00"),
            ("midi et demi", "12:30"),
            ("midi moins le quart", "11:45"),
            ("minuit", "00:00"),
            ("quatorze heures trente", "14:30"),
            ("14h30", "14:30"),
            ("14 h 30", "14:30"),
            ("14:30", "14:30"),
            ("14h", "14:00"),
            ("vers seize heures", "16:00"),
            ("trois heures de l'après-midi", "15:00"),
            ("trois heures", "15:00"),
            ("deux heures et demie", "14:30"),
            ("six heures du matin", "06:00"),
            ("six heures du soir", "18:00"),
            ("huit heures ce soir", "20:00"),
            ("huit heures", "08:00"),
            ("une heure", "13:00"),
            ("dix-sept heures quarante-cinq", "17:45"),
            ("vingt heures", "20:00"),
            ("fin de matinée", "11:00"),
            ("en début d'après-midi", "14:00"),
            ("plutôt l'après-midi", "15:00"),
            ("en fin d'après-midi", "16:30"),
            ("le matin", "10:00"),
            ("demain matin à neuf heures", "09:00"),
            ("en soirée", "18:00"),
            ("dans une heure", "10:20"),
            ("dans dix minutes", "09:30"),
            ("maintenant", "09:20"),
            ("le 22 septembre à 15h", "15:00"),
            ("à la première heure", "09:00"),
            ("neuf heures vingt-cinq", "09:25"),
        ] {
            let found = time(said, now).map(|t| t.format("%H:%M").to_string());
            assert_eq!(found.as_deref(), Some(expected), "{said}");
        }
        for none in [
            "mardi",
            "vingt-cinq heures",
            "oui",
            "",
            "un quart d'heure",
            "le vingt-deux",
        ] {
            assert_eq!(time(none, now), None, "{none}");
        }
    }
}
