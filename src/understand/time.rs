//! Times of day, as people say them.
//!
//! Choices: hours from one to six without "du matin" are in the afternoon, when town halls are open. Parts of the day
//! stand for one hour each: start of the morning 9:00, morning 10:00, its end 11:00, noon 12:00, start of the
//! afternoon 14:00, afternoon 15:00, its end 16:30, evening 18:00. A range stands for its beginning.

use chrono::{NaiveDateTime, NaiveTime, TimeDelta, Timelike};

use super::date::{WEEKDAYS, is_counted};
use super::normalise::{self, contains};
use super::numbers::{self, Number};

/// The time that `text` names, seen from `now`.
pub fn time(text: &str, now: NaiveDateTime) -> Option<NaiveTime> {
    of_words(&split_hours(text), now)
}

/// The time that is right where the caller puts right the last number said `before` with the only one that comes `after`:
/// "neuf heures quinze, pardon, trente". None where more than a number comes after.
pub fn corrected(before: &str, after: &str, now: NaiveDateTime) -> Option<Option<NaiveTime>> {
    let (mut words, part) = (split_hours(before), split_hours(after));
    let right = numbers::numbers(&part, false);
    let [right] = &right[..] else { return None };
    let wrong = numbers::numbers(&words, false).pop()?.words;
    (right.words == (0, part.len())).then(|| {
        words.splice(wrong.0..wrong.1, [right.digits.clone()]);
        of_words(&words, now)
    })
}

fn of_words(words: &[String], now: NaiveDateTime) -> Option<NaiveTime> {
    let numbers = numbers::numbers(words, false);
    waiting(words, &numbers, now)
        .or_else(|| clock(words, &numbers))
        .or_else(|| part_of_day(words, now))
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

/// "dans une heure et demie", "dans un quart d'heure", "dans dix minutes".
fn waiting(words: &[String], numbers: &[Number], now: NaiveDateTime) -> Option<NaiveTime> {
    let word = |i: usize| words.get(i).map_or("", String::as_str);
    let minutes = numbers.iter().find_map(|number| {
        if number.words.0 == 0 || word(number.words.0 - 1) != "dans" {
            return None;
        }
        let n = i64::from(number.value().filter(|n| *n < 600)?);
        let unit = number.words.1;
        match word(unit) {
            "heure" | "heures" | "h" => Some(n * 60 + minutes(words, numbers, unit + 1)?),
            "demi" if word(unit + 1) == "heure" => Some(30),
            "quart" | "quarts" if word(unit + 2) == "heure" => Some(n * 15),
            "minute" | "minutes" => Some(n),
            _ => None,
        }
    })?;
    Some((now + TimeDelta::minutes(minutes)).time())
}

fn is_hour(word: &str) -> bool {
    matches!(word, "h" | "heure" | "heures")
}

/// What the words from `at` on add to an hour: "et demie", "moins le quart", "trente".
fn minutes(words: &[String], numbers: &[Number], at: usize) -> Option<i64> {
    let word = |i: usize| words.get(i).map_or("", String::as_str);
    // A number that is an hour itself begins another time: "onze heures, onze heures quinze".
    let number_at = |i: usize| minute_at(words, numbers, i).map(|(minute, _)| i64::from(minute));
    Some(match word(at) {
        "moins" if word(at + 1) == "le" && word(at + 2) == "quart" => -15,
        "moins" if word(at + 1) == "quart" => -15,
        "moins" => -number_at(at + 1)?,
        "et" if matches!(word(at + 1), "demi" | "demie") => 30,
        "et" if word(at + 1) == "quart" => 15,
        "et" => number_at(at + 1).unwrap_or(0),
        "trois" if matches!(word(at + 1), "quart" | "quarts") => 45,
        "demi" | "demie" => 30,
        "quart" => 15,
        _ => number_at(at).unwrap_or(0),
    })
}

/// The minutes that are said at `at`, where they count nothing else, and the word after them: "zéro cinq".
fn minute_at(words: &[String], numbers: &[Number], at: usize) -> Option<(u32, usize)> {
    let i = numbers.iter().position(|number| number.words.0 == at)?;
    let with_zero = numbers
        .get(i + 1)
        .filter(|next| numbers[i].digits == "0" && next.words.0 == numbers[i].words.1 && next.digits.len() == 1);
    let number = with_zero.unwrap_or(&numbers[i]);
    let minute = number.value().filter(|minute| *minute < 60)?;
    let counts = is_counted(words, number.words.1) && !words[number.words.1].starts_with("minute");
    (!counts).then_some((minute, number.words.1))
}

/// The hour that is said, or the first of a range: "neuf heures", "entre midi et deux", "14-15 h", "seize trente". The
/// word after it, and whether a range was said, come with it.
fn hour(words: &[String], numbers: &[Number]) -> Option<(Hour, usize, bool)> {
    let word = |i: usize| words.get(i).map_or("", String::as_str);
    let before = |i: usize| i.checked_sub(1).map_or("", word);
    let named = |i: usize| match word(i) {
        "midi" if before(i) != "apres" => Some((Hour::Named(12), i + 1, false)),
        "minuit" => Some((Hour::Named(0), i + 1, false)),
        _ => None,
    };
    let number = |number: &Number| {
        let end = number.words.1;
        let said = Hour::Number(number.value()?);
        Some((said, end + usize::from(is_hour(word(end))), false))
    };
    let of_day = |i: usize| matches!(before(i), "le" | "du" | "au") || WEEKDAYS.contains(&before(i));
    let after = |i: usize, previous: &Number| previous.words.1 == numbers[i].words.0;

    let between = words.iter().position(|word| word == "entre").and_then(|at| {
        let said = numbers.iter().find(|number| number.words.0 == at + 1).and_then(number);
        let (hour, end, _) = said.or_else(|| named(at + 1))?;
        Some((hour, end, true))
    });
    let spoken = || {
        let i = numbers.iter().position(|number| is_hour(word(number.words.1)))?;
        let first = i.checked_sub(1).map(|i| &numbers[i]).filter(|first| {
            let (start, end) = (first.words.0, first.words.1);
            // "14-15 h", "neuf ou dix heures", "de neuf à douze heures".
            let joined = match word(end) {
                "ou" => end + 1,
                "a" if before(start) == "de" => end + 1,
                _ => end,
            };
            joined == numbers[i].words.0 && !of_day(start) && first.value() < numbers[i].value()
        });
        number(first.unwrap_or(&numbers[i]))
    };
    // "Seize trente": two numbers and no other, but for the day before them: "mardi douze, seize trente".
    let bare = || {
        (0..numbers.len()).find_map(|i| {
            let said = &numbers[i];
            let previous = i
                .checked_sub(1)
                .map(|i| &numbers[i])
                .filter(|previous| after(i, previous));
            let alone = previous.map_or(!matches!(before(said.words.0), "le" | "du" | "au"), |day| {
                of_day(day.words.0)
            });
            let (_, end) = minute_at(words, numbers, said.words.1)?;
            let whole = !numbers.iter().any(|next| next.words.0 == end);
            // "Neuf cinq" may be anything.
            let two_digits = numbers[i + 1].digits.len() == 2 || numbers[i + 1].digits == "0";
            (alone && whole && two_digits && said.value()? < 24).then(|| number(said))?
        })
    };
    between
        .or_else(spoken)
        .or_else(|| (0..words.len()).find_map(named))
        .or_else(bare)
}

#[derive(Clone, Copy)]
enum Hour {
    /// Noon or midnight.
    Named(u32),
    /// Its number on the clock, where four may be sixteen.
    Number(u32),
}

/// "dix heures et demie", "midi moins le quart".
fn clock(words: &[String], numbers: &[Number]) -> Option<NaiveTime> {
    let (said, after, in_range) = hour(words, numbers)?;
    let (mut hour, exact) = match said {
        Hour::Named(hour) => (hour, true),
        Hour::Number(hour) => (hour, hour == 0 || hour > 6),
    };
    if hour > 24 {
        return None;
    }
    // "Entre dix heures et onze": the second hour is no minute.
    let second = in_range
        && words.get(after).is_some_and(|word| word == "et")
        && numbers.iter().any(|number| number.words.0 == after + 1);
    let minutes = if second { 0 } else { minutes(words, numbers, after)? };
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

    /// Seen from 10:15; nothing where no time is said.
    #[test]
    fn ranges_and_hours_without_their_name() {
        let now = chrono::NaiveDate::from_ymd_opt(2026, 11, 26)
            .unwrap()
            .and_hms_opt(10, 15, 0)
            .unwrap();
        for (said, expected) in [
            ("dix-huit trente", "18:30"),
            ("seize trente", "16:30"),
            ("quatorze quinze", "14:15"),
            ("neuf quinze", "09:15"),
            ("à huit quarante-cinq", "08:45"),
            ("entre midi et deux", "12:00"),
            ("entre 14h et 15h", "14:00"),
            ("14h-15h", "14:00"),
            ("de 14h à 15h", "14:00"),
            ("entre deux et quatre heures", "14:00"),
            ("entre dix heures et midi", "10:00"),
            ("entre dix et onze heures", "10:00"),
            ("entre neuf heures et demie et dix heures", "09:30"),
            ("14-15h", "14:00"),
            ("mardi 12 14 heures", "14:00"),
            ("mardi 12, 14 30", "14:30"),
            ("le 12 15", ""),
            ("dans un quart d'heure", "10:30"),
            ("dans trois quarts d'heure", "11:00"),
            ("dans une heure et demie", "11:45"),
            ("dans une demi-heure", "10:45"),
            ("un quart d'heure", ""),
            ("vingt et une heures", "21:00"),
            ("trois heures moins le quart", "14:45"),
            ("le 17 avril 1968", ""),
            ("seize zéro cinq", "16:05"),
            ("le 26 novembre 14 30", "14:30"),
            ("vers 10h ou 11h", "10:00"),
            ("9h-12h", "09:00"),
            ("de neuf à douze heures", "09:00"),
            ("neuf ou dix heures", "09:00"),
            ("le 12 à 14 heures", "14:00"),
            ("mardi 12 à 14 heures", "14:00"),
            ("seize heures zéro cinq", "16:05"),
            ("midi cinq", "12:05"),
            ("midi et demi", "12:30"),
            ("dix heures et quart", "10:15"),
            ("dans deux heures et quart", "12:30"),
            ("dans dix minutes", "10:25"),
            ("dix heures dix minutes", "10:10"),
            ("plutôt vers 11h, 11h15", "11:00"),
        ] {
            let found = time(said, now).map(|t| t.format("%H:%M").to_string());
            assert_eq!(found.unwrap_or_default(), expected, "{said}");
        }
    }
}
