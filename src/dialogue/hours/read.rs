//! From what was typed to rules, with mistakes named in French at the character where they stand.

use std::str::FromStr;

use opening_hours::OpeningHours;
use thiserror::Error;

use super::{days_of, opens_on};

/// Longer texts are refused: nobody could say such hours, and the grammar is recursive.
const LONGEST: usize = 400;

/// A mistake in opening hours or in a date.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{message}")]
pub struct HoursError {
    /// Where, in characters from the start of the text.
    pub at: usize,
    /// What is wrong and what is expected, in French.
    pub message: String,
}

pub(super) fn wrong<T>(at: usize, message: impl Into<String>) -> Result<T, HoursError> {
    Err(HoursError {
        at,
        message: message.into(),
    })
}

/// Reads rules without any context.
pub(super) fn rules(text: &str) -> Result<OpeningHours, HoursError> {
    if text.trim().is_empty() {
        return wrong(
            0,
            "horaires vides ; exemple : « Mo-Fr 08:30-12:00,13:30-17:30; PH off »",
        );
    }
    if text.chars().count() > LONGEST {
        return wrong(LONGEST, format!("horaires trop longs (plus de {LONGEST} caractères)"));
    }
    for (at, word) in words(text) {
        if let Some(message) = unsupported(&word) {
            return wrong(at, message);
        }
    }
    if let Some(at) = text.replace("24/7", "24 7").chars().position(|c| c == '/') {
        return wrong(
            at,
            "« / » n'est pas accepté ici ; écrivez chaque plage, par exemple « 08:30-12:00 »",
        );
    }
    OpeningHours::from_str(text).map_err(|error| {
        if let Some(habit) = put_right(text) {
            return habit;
        }
        // The grammar's crate is not ours to name, but its message begins with the position: " --> 1:12".
        let shown = error.to_string();
        let column = shown
            .split("1:")
            .nth(1)
            .and_then(|rest| rest.split(|c: char| !c.is_ascii_digit()).next());
        let at = column
            .and_then(|digits| digits.parse::<usize>().ok())
            .map_or(0, |column| column.saturating_sub(1));
        HoursError {
            at,
            message: expected(text, at),
        }
    })
}

/// What we say when we only know where the text stops making sense.
fn expected(text: &str, at: usize) -> String {
    let rest: String = text.chars().skip(at).take(12).collect();
    let found = match rest.trim() {
        "" => "il manque quelque chose à la fin".to_owned(),
        rest => format!("incompris à partir de « {rest} »"),
    };
    format!("{found} ; forme attendue : « Mo-Fr 08:30-12:00,13:30-17:30; Sa 09:00-12:00; PH off »")
}

/// Words (letters and digits together) with their position in characters.
fn words(text: &str) -> impl Iterator<Item = (usize, String)> {
    let mut words: Vec<(usize, String)> = Vec::new();
    let mut open = false;
    for (at, c) in text.chars().enumerate() {
        match (c.is_alphanumeric(), open) {
            (true, true) => words.last_mut().expect("a word is open").1.push(c),
            (true, false) => words.push((at, c.to_string())),
            (false, _) => {}
        }
        open = c.is_alphanumeric();
    }
    words.into_iter()
}

/// Parts of the syntax whose meaning a telephone cannot tell for sure.
fn unsupported(word: &str) -> Option<&'static str> {
    match word {
        "SH" => {
            Some("les vacances scolaires (SH) dépendent de l'académie ; mettez plutôt les dates dans « fermetures »")
        }
        "dawn" | "sunrise" | "sunset" | "dusk" => {
            Some("l'aube et le coucher du soleil ne sont pas acceptés ; donnez une heure")
        }
        "unknown" => Some("« unknown » n'est pas accepté : il faut être ouvert ou fermé (« off »)"),
        _ => None,
    }
}

/// French habits that the syntax does not know, and what to write instead.
fn habit(word: &str) -> Option<String> {
    let lower = word.to_lowercase();
    let code = match lower.as_str() {
        "lundi" | "lun" | "lu" => "Mo",
        "mardi" | "ma" => "Tu",
        "mercredi" | "mer" | "me" => "We",
        "jeudi" | "jeu" | "je" => "Th",
        "vendredi" | "ven" | "ve" => "Fr",
        "samedi" | "sam" => "Sa",
        "dimanche" | "dim" | "di" => "Su",
        "fermé" | "ferme" | "fermée" => "off",
        "ouvert" => "open",
        "férié" | "fériés" | "ferie" | "feries" | "jf" => "PH",
        "janvier" => "Jan",
        "février" | "fevrier" => "Feb",
        "avril" => "Apr",
        "mai" => "May",
        "juin" => "Jun",
        "juillet" => "Jul",
        "août" | "aout" => "Aug",
        "septembre" => "Sep",
        "octobre" => "Oct",
        "novembre" => "Nov",
        "décembre" | "decembre" => "Dec",
        "et" => ",",
        "à" | "au" => "-",
        _ => {
            let (hour, minute) = lower.split_once('h')?;
            let hour: u8 = hour.parse().ok()?;
            let minute: u8 = if minute.is_empty() { 0 } else { minute.parse().ok()? };
            return Some(format!("{hour:02}:{minute:02}"));
        }
    };
    Some(code.to_owned())
}

/// The first French habit, where it stands, and the whole text put right if that is all that was wrong.
fn put_right(text: &str) -> Option<HoursError> {
    let (at, word, code) = words(text).find_map(|(at, word)| habit(&word).map(|code| (at, word, code)))?;
    let chars: Vec<char> = text.chars().collect();
    let (mut fixed, mut done) = (String::new(), 0);
    for (at, word) in words(text) {
        fixed.extend(&chars[done..at]);
        done = at + word.chars().count();
        fixed.push_str(&habit(&word).unwrap_or(word));
    }
    fixed.extend(&chars[done..]);
    let fixed = fixed.replace(" - ", "-").replace(" , ", ",");
    let whole = if OpeningHours::from_str(&fixed).is_ok() {
        format!(" ; vouliez-vous dire « {fixed} » ?")
    } else {
        String::new()
    };
    Some(HoursError {
        at,
        message: format!("« {word} » s'écrit ici « {code} »{whole}"),
    })
}

/// Slips that the syntax lets pass: hours that run past midnight, and rules that undo an earlier one.
pub(super) fn doubts(text: &str) -> Vec<HoursError> {
    let mut doubts = Vec::new();
    let times = times(text);
    for pair in times.windows(2) {
        let ((at, start), (next, end)) = (pair[0], pair[1]);
        let between: String = text.chars().skip(at + 5).take(next.saturating_sub(at + 5)).collect();
        if between.trim() == "-" && end <= start {
            let message = format!(
                "cette plage passe minuit ({} puis {}) ; est-ce voulu ?",
                clock(start),
                clock(end)
            );
            doubts.push(HoursError { at, message });
        }
    }
    let mut seen: Vec<Vec<bool>> = Vec::new();
    let mut at = 0;
    for rule in text.split(';') {
        let open = regular_days(rule.trim());
        let again = (0..open.len()).find(|&d| open[d] && seen.iter().any(|before| before[d]));
        if let Some(day) = again {
            let day = super::words::DAYS[day];
            let message = format!(
                "« {} » remplace ce qui est écrit plus haut pour {day} ; \
                                   pour deux plages le même jour, mettez une virgule : « Mo 08:30-12:00,13:30-17:30 »",
                rule.trim()
            );
            let indent = rule.chars().take_while(|c| c.is_whitespace()).count();
            doubts.push(HoursError {
                at: at + indent,
                message,
            });
        }
        seen.push(open);
        at += rule.chars().count() + 1;
    }
    doubts
}

/// Weekdays (Monday first) on which a rule by itself is open, if it speaks of nothing but days and times.
fn regular_days(rule: &str) -> Vec<bool> {
    const DAYS: [&str; 7] = ["Mo", "Tu", "We", "Th", "Fr", "Sa", "Su"];
    let plain = words(rule).all(|(_, word)| DAYS.contains(&word.as_str()) || word.chars().all(|c| c.is_ascii_digit()));
    match OpeningHours::from_str(rule) {
        Ok(hours) if plain && !rule.contains('[') && rule.contains(':') => {
            // 2024 began on a Monday.
            days_of(2024).take(7).map(|day| opens_on(&hours, day)).collect()
        }
        _ => Vec::new(),
    }
}

/// Times in a text, in minutes from midnight (up to 48 h), with their position in characters.
pub(super) fn times(text: &str) -> Vec<(usize, u16)> {
    let chars: Vec<char> = text.chars().collect();
    let number = |from: usize, to: usize| chars.get(from..to)?.iter().collect::<String>().parse::<u16>().ok();
    let colons = (0..chars.len()).filter(|&i| chars[i] == ':');
    colons
        .filter_map(|i| {
            let digits = (0..i.min(2)).take_while(|n| chars[i - 1 - n].is_ascii_digit()).count();
            Some((i - digits, 60 * number(i - digits, i)? + number(i + 1, i + 3)?))
        })
        .collect()
}

fn clock(minutes: u16) -> String {
    format!("{:02}:{:02}", minutes / 60, minutes % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_french_habits_where_they_stand() {
        for (text, at, hint) in [
            (
                "Lu-Ve 08:30-12:00",
                0,
                "« Lu » s'écrit ici « Mo » ; vouliez-vous dire « Mo-Fr 08:30-12:00 » ?",
            ),
            (
                "lundi au vendredi 8h30 à 12h et 14h-17h",
                0,
                "vouliez-vous dire « Mo-Fr 08:30-12:00,14:00-17:00 » ?",
            ),
            ("Mo-Fr 8h30-12h", 6, "« 8h30 » s'écrit ici « 08:30 »"),
            ("Mo-Fr 08:30-12:00; Sa fermé", 22, "« fermé » s'écrit ici « off »"),
            ("Mo-Fr 08:30 à 12:00", 12, "« à » s'écrit ici « - »"),
            ("Mo-Fr 08:30-12:00; fériés off", 19, "« fériés » s'écrit ici « PH »"),
            ("Mo-Fr 08:30-12:00; Sa 9.30-12:00", 22, "incompris à partir de « 9.30"),
            ("Mo-Fr 08:30-12:60", 15, "incompris"),
            ("Mo-Fr 08:30-", 12, "il manque quelque chose à la fin"),
            ("Mo-Fr 08:30-12:00; SH off", 19, "vacances scolaires"),
            ("Mo-Fr sunrise-12:00", 6, "coucher du soleil"),
            ("", 0, "horaires vides"),
        ] {
            let error = rules(text).unwrap_err();
            assert!(error.message.contains(hint), "{text}: {}", error.message);
            assert!(error.at.abs_diff(at) <= 3, "{text}: at {} instead of {at}", error.at);
        }
    }

    #[test]
    fn doubts_what_is_valid_but_unlikely() {
        let message = |text: &str| doubts(text).into_iter().map(|d| (d.at, d.message)).next();
        assert_eq!(message("Mo-Fr 08:30-12:00,13:30-17:30; Sa 09:00-12:00; PH off"), None);
        assert_eq!(message("Mo 08:30-12:00; Tu 13:30-17:30"), None);
        let (at, text) = message("Mo-Fr 17:30-13:30").unwrap();
        assert!(at == 6 && text.contains("passe minuit"), "{at} {text}");
        let (at, text) = message("Mo-Fr 08:30-12:00; Mo-Fr 13:30-17:30").unwrap();
        assert!(
            at == 19 && text.contains("remplace") && text.contains("lundi"),
            "{at} {text}"
        );
    }
}
