//! Opening hours as people say them: "Du lundi au vendredi, de 8 h 30 à 12 h et de 13 h 30 à 17 h. Le samedi, de 9 h à
//! 12 h."

use super::record::Opening;

/// As they are written; the API's users report both languages.
const DAYS: [[&str; 2]; 7] = [
    ["lundi", "monday"],
    ["mardi", "tuesday"],
    ["mercredi", "wednesday"],
    ["jeudi", "thursday"],
    ["vendredi", "friday"],
    ["samedi", "saturday"],
    ["dimanche", "sunday"],
];

/// All of them; days that are open alike are said together. Nothing where none can be read.
pub(super) fn said(openings: &[Opening]) -> String {
    let mut said: Vec<(Days, String)> = Vec::new();
    for opening in openings {
        let times = times(opening);
        if times.is_empty() {
            continue;
        }
        let days = Days::of(opening);
        let same = said.iter_mut().find(|(_, same)| *same == times);
        match same.and_then(|(known, _)| known.add(&days)) {
            Some(()) => {}
            None => said.push((days, times)),
        }
    }
    let sentences = said.iter().map(|(days, times)| sentence(&days.said(), times));
    sentences.collect::<Vec<_>>().join(" ")
}

fn sentence(days: &str, times: &str) -> String {
    let all = [days, times]
        .into_iter()
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join(", ");
    let mut letters = all.chars();
    let first = letters.next().into_iter().flat_map(char::to_uppercase);
    format!("{}{}.", first.collect::<String>(), letters.as_str())
}

/// "de 9 h à 12 h : sur rendez-vous"
fn times(opening: &Opening) -> String {
    let first = slot(&opening.valeur_heure_debut_1, &opening.valeur_heure_fin_1);
    let second = slot(&opening.valeur_heure_debut_2, &opening.valeur_heure_fin_2);
    let hours = first.into_iter().chain(second).collect::<Vec<_>>().join(" et ");
    let remark = opening.commentaire.split_whitespace().collect::<Vec<_>>().join(" ");
    let parts = [hours.as_str(), remark.trim_end_matches('.')];
    parts
        .into_iter()
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join(" : ")
}

fn slot(from: &str, to: &str) -> Option<String> {
    match (time(from), time(to)) {
        (Some(from), Some(to)) => Some(format!("de {from} à {to}")),
        // What is given is said, the rest is not guessed.
        (Some(from), None) => Some(format!("à partir de {from}")),
        (None, Some(to)) => Some(format!("jusqu'à {to}")),
        (None, None) => None,
    }
}

/// "08:30:00" is "8 h 30".
fn time(text: &str) -> Option<String> {
    let mut parts = text.split([':', 'h', 'H']).map(str::trim);
    let hour: u8 = parts.next()?.parse().ok().filter(|hour| *hour <= 24)?;
    let minute: u8 = match parts.next() {
        None | Some("") => 0,
        Some(minute) => minute.parse().ok().filter(|minute| *minute < 60)?,
    };
    Some(if minute == 0 {
        format!("{hour} h")
    } else {
        format!("{hour} h {minute:02}")
    })
}

/// The days of an opening, or how they are called where they are no days of the week ("Jours fériés").
enum Days {
    Week([bool; 7]),
    Other(String),
}

impl Days {
    fn of(opening: &Opening) -> Self {
        let (first, last) = (opening.nom_jour_debut.as_str(), opening.nom_jour_fin.as_str());
        let last = if last.is_empty() { first } else { last };
        let Some((from, to)) = day(first).zip(day(last)) else {
            return Self::Other(if first == last {
                first.to_owned()
            } else {
                format!("{first} - {last}")
            });
        };
        // "Du vendredi au lundi" goes over the end of the week.
        let length = (to + 7 - from) % 7;
        let mut week = [false; 7];
        (from..=from + length).for_each(|day| week[day % 7] = true);
        Self::Week(week)
    }

    /// Nothing where they cannot be said together.
    fn add(&mut self, other: &Self) -> Option<()> {
        let (Self::Week(week), Self::Week(others)) = (self, other) else {
            return None;
        };
        week.iter_mut().zip(others).for_each(|(day, other)| *day |= other);
        Some(())
    }

    /// "du lundi au mercredi et le vendredi"
    fn said(&self) -> String {
        let week = match self {
            Self::Other(name) => return name.clone(),
            Self::Week([true, true, true, true, true, true, true]) => return "tous les jours".to_owned(),
            Self::Week(week) => week,
        };
        let mut runs: Vec<(usize, usize)> = Vec::new();
        for day in (0..7).filter(|day| week[*day]) {
            match runs.last_mut().filter(|(_, last)| last + 1 == day) {
                Some((_, last)) => *last = day,
                None => runs.push((day, day)),
            }
        }
        let name = |day: usize| DAYS[day][0];
        let run = |(first, last): (usize, usize)| match last - first {
            0 => vec![format!("le {}", name(first))],
            1 => vec![format!("le {}", name(first)), format!("le {}", name(last))],
            _ => vec![format!("du {} au {}", name(first), name(last))],
        };
        let mut parts: Vec<String> = runs.into_iter().flat_map(run).collect();
        let last = parts.pop().unwrap_or_default();
        if parts.is_empty() {
            last
        } else {
            format!("{} et {last}", parts.join(", "))
        }
    }
}

/// The export may have "Nord/Monday": the last part is the day.
fn day(name: &str) -> Option<usize> {
    let name = name.rsplit('/').next()?.trim().to_lowercase();
    DAYS.iter().position(|names| names.contains(&name.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Days, hours of the first and the second slot, and a remark.
    fn opening(days: [&str; 2], hours: [&str; 4], remark: &str) -> Opening {
        Opening {
            nom_jour_debut: days[0].into(),
            nom_jour_fin: days[1].into(),
            valeur_heure_debut_1: hours[0].into(),
            valeur_heure_fin_1: hours[1].into(),
            valeur_heure_debut_2: hours[2].into(),
            valeur_heure_fin_2: hours[3].into(),
            commentaire: remark.into(),
        }
    }

    const MORNING: [&str; 4] = ["09:00:00", "12:00:00", "", ""];
    const DAY: [&str; 4] = ["08:30:00", "12:00:00", "13:30:00", "17:00:00"];

    #[test]
    fn hours_are_said_as_people_say_them() {
        let openings = [
            opening(["Lundi", "Vendredi"], DAY, ""),
            opening(["Samedi", "Samedi"], MORNING, "2e et 4e samedis\n du mois."),
        ];
        assert_eq!(
            said(&openings),
            "Du lundi au vendredi, de 8 h 30 à 12 h et de 13 h 30 à 17 h. Le samedi, de 9 h à 12 h : 2e et 4e samedis du mois."
        );
    }

    #[test]
    fn days_that_are_open_alike_are_said_together() {
        let one = |day, hours| opening([day, ""], hours, "");
        let mut openings = vec![
            one("Monday", DAY),
            one("Tuesday", DAY),
            one("Wednesday", MORNING),
            one("Nord/Friday", DAY),
        ];
        assert_eq!(
            said(&openings),
            "Le lundi, le mardi et le vendredi, de 8 h 30 à 12 h et de 13 h 30 à 17 h. Le mercredi, de 9 h à 12 h."
        );
        openings.truncate(1);
        openings.push(opening(["Mardi", "Dimanche"], DAY, ""));
        assert!(said(&openings).starts_with("Tous les jours, de"));
        assert_eq!(
            said(&[opening(["samedi", "lundi"], MORNING, "")]),
            "Le lundi, le samedi et le dimanche, de 9 h à 12 h."
        );
    }

    #[test]
    fn nothing_is_made_up() {
        let none = ["", "", "", ""];
        assert_eq!(said(&[opening(["Lundi", "Vendredi"], none, "")]), "");
        assert_eq!(
            said(&[opening(["Lundi", "Lundi"], none, "sur rendez-vous")]),
            "Le lundi, sur rendez-vous."
        );
        assert_eq!(
            said(&[opening(["Lundi", ""], ["09:00", "", "", ""], "")]),
            "Le lundi, à partir de 9 h."
        );
        assert_eq!(said(&[opening(["Lundi", ""], ["x", "25:00", "-1", "09:75"], "")]), "");
        assert_eq!(
            said(&[opening(["Jours fériés", ""], MORNING, "")]),
            "Jours fériés, de 9 h à 12 h."
        );
        assert_eq!(said(&[opening(["", ""], MORNING, "")]), "De 9 h à 12 h.");
        assert_eq!(said(&[]), "");
    }
}
