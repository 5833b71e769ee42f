//! The kinds of text that a value may be: how each is checked, what is said when it is not, and its JSON Schema.

use std::time::Duration;

use serde_json::{Value, json};

use super::super::hours::{Exception, Schedule};
use super::super::knowledge;
use super::super::plan::CONSOLE;
use super::fold;

/// What a text means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Spoken, up to a few sentences.
    Sentence,
    /// Spoken, with places to fill in: `{horaires:mairie}`.
    Template,
    /// A few words.
    Name,
    /// Something a caller might say.
    Example,
    /// Why a day is out of the ordinary; may be left out.
    Reason,
    /// Opening hours in OSM syntax.
    Hours,
    /// A telephone number.
    Phone,
    /// A called number or SIP user.
    Called,
    /// An extension or a SIP address.
    Extension,
    /// 0.7 to 1.4.
    Speed,
    /// "2 minutes".
    Length,
    /// "20", in seconds.
    Ring,
    /// "10", in minutes.
    Wait,
    /// "8", callers who wait.
    Places,
    /// "oui" or "non".
    YesNo,
    /// "30 jours".
    Days,
    /// "2027-06-30".
    Day,
    /// Name of a schedule.
    ScheduleName,
    /// Name of a service.
    ServiceName,
    /// Name of a service, or `message`, or `rien`.
    Fallback,
    /// Name of a topic.
    TopicName,
    /// Name of a form.
    FormName,
    /// Path of a file, from the plan's folder.
    File,
    /// A mailbox.
    Mail,
}

/// A mistake in a text: at which character, and what.
pub(super) type Slip = (usize, String);

use Format::*;

impl Format {
    /// With its article, after "il faut".
    pub(super) fn what(self) -> &'static str {
        match self {
            Hours => "des horaires (comme « Mo-Fr 08:30-12:00 »)",
            Phone => "un numéro de téléphone",
            Called => "un numéro ou un nom d'appel",
            Extension => "un numéro de poste",
            Speed => "un nombre de 0.7 à 1.4",
            Length => "une durée (comme « 2 minutes »)",
            Ring => "un nombre de secondes (comme « 20 »)",
            Wait => "un nombre de minutes (comme « 10 »)",
            Places => "un nombre de personnes (comme « 8 »)",
            YesNo => "« oui » ou « non »",
            Day => "un jour (comme « 2027-06-30 »)",
            Days => "un nombre de jours (comme « 30 jours »)",
            ScheduleName => "le nom d'horaires",
            ServiceName => "le nom d'un service",
            TopicName => "le nom d'un sujet",
            FormName => "le nom d'un formulaire",
            File => "le nom d'un fichier",
            Mail => "une adresse électronique",
            Fallback => "le nom d'un service, « message » ou « rien »",
            Sentence | Template | Name | Example | Reason => "un texte",
        }
    }

    /// Whether no value at all is fine.
    pub(super) fn may_be_empty(self) -> bool {
        self == Reason
    }

    /// Whether it is prose, in which "#" might have been meant literally.
    pub(super) fn is_prose(self) -> bool {
        matches!(self, Sentence | Template | Example | Name)
    }

    fn longest(self) -> usize {
        match self {
            Sentence | Template => 900,
            Example => 250,
            Hours => 400,
            _ => 90,
        }
    }

    /// Checks a text that is not empty.
    pub(super) fn check(self, text: &str) -> Result<(), Slip> {
        let length = text.chars().count();
        if length > self.longest() {
            return Err((
                self.longest(),
                format!("texte trop long ({length} caractères, {} au plus)", self.longest()),
            ));
        }
        let wrong = |message: String| Err((0, message));
        match self {
            Hours => Schedule::parse(text)
                .map(drop)
                .map_err(|error| (error.at, error.message)),
            Phone if phone_digits(text).is_none() => wrong(format!(
                "« {text} » n'est pas un numéro de téléphone ; exemples : « 04 65 71 02 10 », « +33 4 65 71 02 10 »"
            )),
            Called if called(text).is_none() => wrong(format!(
                "« {text} » n'est ni un numéro (« 04 65 71 02 10 ») ni un nom d'appel (« mairie »)"
            )),
            Extension if extension(text).is_none() => wrong(format!(
                "« {text} » n'est pas un poste ; exemples : « 201 », « sip:accueil@standard.mairie.fr », « console »"
            )),
            Speed if speed(text).is_none() => wrong(format!(
                "« {text} » : la vitesse va de 0.7 (lent) à 1.4 (rapide) ; 1.0 est l'allure normale"
            )),
            Length if length_of(text).is_none() => wrong(format!(
                "« {text} » n'est pas une durée de 10 secondes à 10 minutes ; exemples : « 2 minutes », « 90 secondes »"
            )),
            Ring if ring_of(text).is_none() => wrong(format!(
                "« {text} » n'est pas un nombre de secondes de 5 à 120 ; exemple : « 20 »"
            )),
            Wait if wait_of(text).is_none() => wrong(format!(
                "« {text} » n'est pas une attente de 30 secondes à 60 minutes ; exemples : « 10 », « 90 secondes »"
            )),
            Places if places_of(text).is_none() => wrong(format!(
                "« {text} » n'est pas un nombre de personnes de 1 à 50 ; exemple : « 8 »"
            )),
            YesNo if !matches!(super::fold(text).as_str(), "oui" | "non") => wrong(format!(
                "« {text} » n'est pas prévu, il faut « oui », « non », ou un groupe de clés"
            )),
            Days if days_of(text).is_none() => wrong(format!(
                "« {text} » n'est pas un nombre de jours de 1 à 365 ; exemple : « 30 jours »"
            )),
            Day => knowledge::day(text).map(drop).map_err(|message| (0, message)),
            Mail if !is_mailbox(text) => wrong(format!(
                "« {text} » n'est pas une adresse électronique ; exemple : « urbanisme@valbourg.fr »"
            )),
            _ => Ok(()),
        }
    }

    /// JSON Schema of the value.
    pub(super) fn schema(self) -> Value {
        match self {
            Extension => json!({ "type": ["string", "integer"] }),
            Phone => json!({ "type": "string", "pattern": r"^(\+|0)[0-9 .]{8,20}$" }),
            Speed => json!({ "type": "number", "minimum": 0.7, "maximum": 1.4 }),
            Length => json!({ "type": "string", "pattern": r"^[0-9]+ *(s|secondes?|min|minutes?)$" }),
            Days => json!({ "type": "string", "pattern": r"^[0-9]+ *(j|jours?)$" }),
            Ring => json!({ "type": ["integer", "string"], "minimum": 5, "maximum": 120 }),
            Wait => json!({ "type": ["integer", "string"], "minimum": 1, "maximum": 60 }),
            Places => json!({ "type": ["integer", "string"], "minimum": 1, "maximum": 50 }),
            YesNo => json!({ "enum": ["oui", "non"] }),
            Reason => json!({ "type": ["string", "null"] }),
            _ => json!({ "type": "string", "minLength": 1, "maxLength": self.longest() }),
        }
    }
}

/// The digits of a telephone number, "+33465710210" or "0465710210"; none if it is not one.
pub fn phone_digits(text: &str) -> Option<String> {
    let digits: String = text
        .chars()
        .filter(|c| !matches!(c, ' ' | '.' | '-' | '\u{a0}' | '\u{202f}'))
        .collect();
    let number = digits.strip_prefix('+').unwrap_or(&digits);
    let shaped = match digits.strip_prefix('+') {
        Some(national) => match national.strip_prefix("33") {
            Some(french) => french.len() == 9 && !french.starts_with('0'),
            None => (7..=15).contains(&national.len()),
        },
        None => digits.len() == 10 && digits.starts_with('0') && !digits.starts_with("00"),
    };
    (shaped && number.bytes().all(|b| b.is_ascii_digit())).then_some(digits)
}

/// A called number in its international form, or a SIP user in small letters.
pub(super) fn called(text: &str) -> Option<String> {
    if let Some(digits) = phone_digits(text) {
        return Some(
            digits
                .strip_prefix('0')
                .map_or(digits.clone(), |national| format!("+33{national}")),
        );
    }
    let user = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '*');
    let looks_like_a_number = text.starts_with(['+', '0']);
    (!looks_like_a_number && text.chars().all(user)).then(|| text.to_ascii_lowercase())
}

/// "201", "*21", or a whole SIP address.
pub(super) fn extension(text: &str) -> Option<String> {
    if let Some(digits) = phone_digits(text) {
        return Some(digits);
    }
    if fold(text) == CONSOLE {
        return Some(CONSOLE.to_owned());
    }
    if let Some((scheme, address)) = text.split_once(':') {
        let (user, host) = address.split_once('@')?;
        let plain =
            |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_graphic() && !"<>\"@,".contains(c));
        return (matches!(scheme, "sip" | "sips") && plain(user) && plain(host)).then(|| text.to_owned());
    }
    let dialled = |c: char| c.is_ascii_digit() || matches!(c, '*' | '#');
    ((1..=8).contains(&text.len()) && text.chars().all(dialled)).then(|| text.to_owned())
}

/// "urbanisme@valbourg.fr".
fn is_mailbox(text: &str) -> bool {
    let plain = |part: &str| {
        !part.is_empty()
            && part
                .chars()
                .all(|c| c.is_ascii_graphic() && !"<>()[],;:\\\"@".contains(c))
    };
    let split = text.split_once('@');
    split.is_some_and(|(user, host)| plain(user) && plain(host) && host.contains('.') && !host.starts_with('.'))
}

/// 0.7 to 1.4, with a point or a comma.
pub(super) fn speed(text: &str) -> Option<f32> {
    text.replace(',', ".")
        .parse()
        .ok()
        .filter(|speed| (0.7..=1.4).contains(speed))
}

/// A number and its unit.
fn quantity(text: &str) -> Option<(u64, &str)> {
    let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    Some((text[..digits].parse().ok()?, text[digits..].trim()))
}

/// 10 seconds to 10 minutes.
pub(super) fn length_of(text: &str) -> Option<Duration> {
    let seconds = match quantity(text)? {
        (n, "s" | "seconde" | "secondes") => n,
        (n, "min" | "minute" | "minutes") => n.checked_mul(60)?,
        _ => return None,
    };
    (10..=600).contains(&seconds).then(|| Duration::from_secs(seconds))
}

/// 5 to 120 seconds, with their unit or without.
pub(super) fn ring_of(text: &str) -> Option<Duration> {
    match quantity(text)? {
        (seconds @ 5..=120, "" | "s" | "seconde" | "secondes") => Some(Duration::from_secs(seconds)),
        _ => None,
    }
}

/// 30 seconds to 60 minutes; a number alone is of minutes.
pub(super) fn wait_of(text: &str) -> Option<Duration> {
    let seconds = match quantity(text)? {
        (n, "s" | "seconde" | "secondes") => n,
        (n, "" | "min" | "minute" | "minutes") => n.checked_mul(60)?,
        _ => return None,
    };
    (30..=3600).contains(&seconds).then(|| Duration::from_secs(seconds))
}

/// 1 to 50 callers.
pub(super) fn places_of(text: &str) -> Option<usize> {
    match quantity(text)? {
        (places @ 1..=50, "" | "personne" | "personnes" | "place" | "places") => Some(places as usize),
        _ => None,
    }
}

/// 1 to 365 days.
pub(super) fn days_of(text: &str) -> Option<u32> {
    match quantity(text)? {
        (n @ 1..=365, "j" | "jour" | "jours") => Some(n as u32),
        _ => None,
    }
}

/// How the key of an entry that the admin names is checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Naming {
    /// A name of the admin's choice: letters, digits, `_`.
    Free,
    /// A key of the telephone, 1 to 9.
    Tone,
    /// A date or dates of a closure.
    Closure,
    /// A date and hours of an opening.
    Opening,
    /// A sentence of the dialogue.
    Phrase,
}

impl Naming {
    /// Checks a key.
    pub(super) fn check(self, key: &str) -> Result<(), Slip> {
        let wrong = |message: String| Err((0, message));
        match self {
            Naming::Free => {
                let folded = super::fold(key);
                let shaped = folded.starts_with(|c: char| c.is_ascii_lowercase())
                    && folded.len() <= 40
                    && folded
                        .bytes()
                        .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
                if shaped {
                    Ok(())
                } else {
                    wrong(format!(
                        "« {key} » ne va pas comme nom : une lettre, puis des lettres, des chiffres ou « _ »"
                    ))
                }
            }
            Naming::Tone if key == "0" => {
                wrong("la touche 0 mène toujours au standard ; prenez une touche de 1 à 9".to_owned())
            }
            Naming::Tone if !matches!(key.as_bytes(), [b'1'..=b'9']) => wrong(format!(
                "« {key} » n'est pas une touche du menu ; prenez une touche de 1 à 9"
            )),
            Naming::Closure => Exception::closure(key, None)
                .map(drop)
                .map_err(|error| (error.at, error.message)),
            Naming::Opening => Exception::opening(key, None)
                .map(drop)
                .map_err(|error| (error.at, error.message)),
            Naming::Phrase => {
                let keys = || super::language::phrase_keys().map(|(key, _)| key);
                if keys().any(|known| super::fold(known) == super::fold(key)) {
                    return Ok(());
                }
                let hint = super::did_you_mean(key, keys())
                    .unwrap_or_else(|| format!(" ; phrases possibles : {}", keys().collect::<Vec<_>>().join(", ")));
                wrong(format!("phrase inconnue « {key} »{hint}"))
            }
            Naming::Tone => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn telephone_numbers() {
        for (text, digits) in [
            ("04 65 71 02 10", Some("0465710210")),
            ("04.65.71.02.10", Some("0465710210")),
            ("+33 4 65 71 02 10", Some("+33465710210")),
            ("+32 2 555 12 12", Some("+3225551212")),
            ("04 65 71 02", None),
            ("+33 04 65 71 02 10", None),
            ("0033465710210", None),
            ("mairie", None),
        ] {
            assert_eq!(phone_digits(text).as_deref(), digits, "{text}");
        }
        assert_eq!(called("04 65 71 02 10").as_deref(), Some("+33465710210"));
        assert_eq!(called("Mairie").as_deref(), Some("mairie"));
        assert_eq!(called("04 65 71"), None);
    }

    #[test]
    fn extensions_keep_their_zeros() {
        for (text, good) in [
            ("0100", true),
            ("201", true),
            ("*21", true),
            ("sip:a@b.fr", true),
            ("console", true),
            ("consoles", false),
            ("sip:a", false),
            ("poste 2", false),
        ] {
            assert_eq!(extension(text).as_deref(), good.then_some(text), "{text}");
        }
    }

    #[test]
    fn quantities_say_their_unit() {
        assert_eq!(length_of("2 minutes"), Some(Duration::from_secs(120)));
        assert_eq!(length_of("90 s"), Some(Duration::from_secs(90)));
        for bad in [
            "2",
            "2 heures",
            "5 s",
            "11 minutes",
            "99999999999999999999 s",
            "minutes",
            "",
        ] {
            assert_eq!(length_of(bad), None, "{bad}");
        }
        assert_eq!(ring_of("20"), Some(Duration::from_secs(20)));
        assert_eq!(ring_of("20 s"), Some(Duration::from_secs(20)));
        for bad in ["4", "121", "20 minutes", "vingt", ""] {
            assert_eq!(ring_of(bad), None, "{bad}");
        }
        assert_eq!(days_of("30 jours"), Some(30));
        assert_eq!(days_of("0 jour"), None);
        assert_eq!(speed("0,9"), Some(0.9));
        assert_eq!(speed("NaN"), None);
    }
}
