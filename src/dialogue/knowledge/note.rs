//! What is noted of a passage: `<!-- source: le guide de la ville ; date: 2026-09-01 ; valable: 2027-06-30 -->`.

use chrono::NaiveDate;

use super::super::yaml::fold;

/// What is noted of a passage, or of all that stand under a heading.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Note {
    /// Whose words these are, as it is said after "d'après": "le guide de la ville".
    pub source: Option<String>,
    /// Day of its last change.
    pub date: Option<NaiveDate>,
    /// Last day on which it may be said.
    pub until: Option<NaiveDate>,
    /// Its page on the web.
    pub page: Option<String>,
}

/// The keys of a note, as they are written.
const KEYS: [&str; 4] = ["source", "date", "valable", "page"];

impl Note {
    /// Reads `key: value ; key: value`.
    ///
    /// # Errors
    /// An unknown key, or a day that is none, in French.
    pub(super) fn read(text: &str) -> Result<Self, String> {
        let mut note = Self::default();
        for part in text.split(';').map(str::trim).filter(|part| !part.is_empty()) {
            let (key, value) = part.split_once(':').unwrap_or((part, ""));
            note.set(key, value)?;
        }
        Ok(note)
    }

    /// Notes one thing; an empty value notes nothing.
    ///
    /// # Errors
    /// As [`Note::read`].
    pub(super) fn set(&mut self, key: &str, value: &str) -> Result<(), String> {
        let value = value.trim();
        let text = || (!value.is_empty()).then(|| value.to_owned());
        match fold(key).as_str() {
            "source" => self.source = text(),
            "page" => self.page = text(),
            "date" => self.date = day(value)?,
            "valable" => self.until = day(value)?,
            _ => {
                let known = KEYS.join(", ");
                return Err(format!(
                    "« {} » n'est pas une note ; notes possibles : {known}",
                    key.trim()
                ));
            }
        }
        Ok(())
    }

    /// What is noted here, and where nothing is, what is noted `above`.
    #[must_use]
    pub fn or(self, above: &Self) -> Self {
        Self {
            source: self.source.or_else(|| above.source.clone()),
            date: self.date.or(above.date),
            until: self.until.or(above.until),
            page: self.page.or_else(|| above.page.clone()),
        }
    }
}

/// "2027-06-30" or "30/06/2027"; nothing is no day.
pub fn day(text: &str) -> Result<Option<NaiveDate>, String> {
    let read = |format| NaiveDate::parse_from_str(text, format).ok();
    match read("%Y-%m-%d").or_else(|| read("%d/%m/%Y")) {
        None if text.is_empty() => Ok(None),
        None => Err(format!("« {text} » n'est pas un jour ; exemple : 2027-06-30")),
        found => Ok(found),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes() {
        let note = Note::read("source: le guide ; valable: 30/06/2027 ; page: https://a.fr/b").unwrap();
        assert_eq!(note.until, NaiveDate::from_ymd_opt(2027, 6, 30));
        assert_eq!(note.page.as_deref(), Some("https://a.fr/b"));
        let above = Note::read("source: autre ; date: 2026-01-02").unwrap();
        let both = note.or(&above);
        assert_eq!(both.source.as_deref(), Some("le guide"));
        assert_eq!(both.date, NaiveDate::from_ymd_opt(2026, 1, 2));
        assert!(Note::read("valable: bientôt").unwrap_err().contains("2027-06-30"));
        assert!(Note::read("auteur: moi").unwrap_err().contains("valable"));
    }
}
