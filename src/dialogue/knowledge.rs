//! What the town has written beside its plan, and nothing else: passages, each with the questions that it answers, where
//! it stands, and until when it may be said.
//!
//! ```text
//! Markdown, CSV, iCalendar → passages → found by `understand::lookup` → told by `dialogue::tell`
//! ```

pub mod calendar;
mod contradict;
mod facts;
pub mod faithful;
mod markdown;
mod note;
mod table;

use chrono::NaiveDateTime;

use crate::understand::normalise;

pub use calendar::{Event, Occurrence};
use contradict::Within;
pub use contradict::{Contradiction, Statement, contradictions};
pub use facts::Facts;
pub use note::{Note, day};

/// Words of a passage that are said at once; what is longer is offered afterwards. About 25 seconds.
const AT_ONCE: usize = 60;

/// Something that the town has written, and the questions that it answers.
#[derive(Clone, Debug)]
pub struct Passage {
    /// Its headings, as callers might ask; at least one.
    pub questions: Vec<String>,
    /// The headings above it: "Cimetière"; empty where there are none.
    pub subject: String,
    /// What is said, in paragraphs (by lines); for an event, what is said after its time and place.
    pub text: String,
    /// What is noted of it.
    pub note: Note,
    /// The file in which it stands.
    pub file: String,
    /// Its line there, from 1.
    pub line: usize,
    /// When it takes place, where it is an event.
    pub event: Option<Event>,
    /// Index in the plan's services of the one that knows more; none: nobody in particular.
    pub service: Option<usize>,
}

impl Passage {
    /// Its heading, which can be understood alone: "Où promener son chien ?", "Cimetière : combien ça coûte ?".
    pub fn title(&self) -> String {
        let heading = self.questions[0].trim();
        if self.subject.is_empty() || self.names_subject() || contradict::is_clear(heading) {
            heading.to_owned()
        } else {
            format!("{} : {heading}", self.subject)
        }
    }

    /// What it states, to be held against others; `title` is its own.
    pub fn statement<'a>(&'a self, title: &'a str) -> Statement<'a> {
        let within = Within {
            file: &self.file,
            subject: &self.subject,
            questions: &self.questions,
        };
        Statement {
            about: self.questions.iter().map(String::as_str).chain([title]).collect(),
            text: self.text.clone(),
            within: Some(within).filter(|_| self.event.is_none()),
        }
    }

    /// Whether its headings say already what stands above them: "Passeport", "Passeport : combien ça coûte ?".
    pub fn names_subject(&self) -> bool {
        let subject = normalise::folded_words(&self.subject);
        let names = |question: &String| normalise::folded_words(question).starts_with(&subject);
        self.questions.iter().all(names)
    }

    /// Whether it may still be said: it has not expired, and the event is to come.
    pub fn holds_at(&self, now: NaiveDateTime) -> bool {
        let to_come = |event: &Event| event.occurrences(now).next().is_some();
        self.note.until.is_none_or(|until| now.date() <= until) && self.event.as_ref().is_none_or(to_come)
    }

    /// Its text in parts of a length that can be listened to, cut between sentences.
    pub fn parts(&self) -> Vec<String> {
        let mut parts: Vec<(String, usize)> = Vec::new();
        for sentence in sentences(&self.text) {
            let words = sentence.split_whitespace().count();
            match parts.last_mut() {
                Some((part, length)) if *length + words <= AT_ONCE => {
                    part.push(' ');
                    part.push_str(sentence);
                    *length += words;
                }
                _ => parts.push((sentence.to_owned(), words)),
            }
        }
        parts.into_iter().map(|(part, _)| part).collect()
    }
}

/// The sentences of a text; a line is one at least.
pub(super) fn sentences(text: &str) -> impl Iterator<Item = &str> {
    text.lines().flat_map(|line| {
        let mut rest = line.trim();
        std::iter::from_fn(move || {
            // "M. Dupont" and "3.50" do not end one: what follows is a capital after a space, what precedes is no initial
            // and no number of a list. "3 €.", "12 h." and "12 h 30." end one.
            let is_number = |word: &str, at: usize| at > word.len() && word.bytes().all(|byte| byte.is_ascii_digit());
            let end = rest.char_indices().find(|&(at, c)| {
                let before = rest[..at].rsplit(' ').next().unwrap_or_default();
                let after = rest[at + c.len_utf8()..].strip_prefix(' ');
                matches!(c, '.' | '?' | '!')
                    && (before.chars().count() > 2 || matches!(before, "€" | "%" | "h") || is_number(before, at))
                    && after.is_some_and(|after| after.starts_with(|c: char| c.is_uppercase() || c.is_numeric()))
            });
            let (sentence, tail) = end.map_or((rest, ""), |(at, c)| rest.split_at(at + c.len_utf8()));
            rest = tail.trim_start();
            (!sentence.is_empty()).then_some(sentence)
        })
    })
}

/// A mistake in a file of knowledge: its line, from 1, and what is wrong, in French.
pub type Slip = (usize, String);

/// Where the lines of a text begin.
struct Lines(Vec<usize>);

impl Lines {
    fn of(text: &str) -> Self {
        Self(text.match_indices('\n').map(|(at, _)| at + 1).collect())
    }

    /// The line in which a byte stands, from 1.
    fn at(&self, byte: usize) -> usize {
        1 + self.0.partition_point(|begin| *begin <= byte)
    }
}

/// What of a file that can be read may not be as it was meant.
pub fn doubts(file: &str, text: &str) -> Vec<Slip> {
    if file.to_lowercase().ends_with(".ics") {
        calendar::unknown_zones(text)
    } else {
        Vec::new()
    }
}

/// Reads a file by the kind that its name tells: `.md`, `.csv` or `.ics`.
///
/// # Errors
/// The first mistake.
pub fn read(file: &str, text: &str) -> Result<Vec<Passage>, Slip> {
    let text = text.trim_start_matches('\u{feff}');
    let extension = file.rsplit('.').next().unwrap_or_default().to_lowercase();
    let mut passages = match extension.as_str() {
        "md" | "markdown" | "txt" => markdown::read(text)?,
        "csv" => table::read(text)?,
        "ics" => calendar::passages(text)?,
        _ => {
            return Err((
                1,
                "type de fichier inconnu ; il faut un fichier .md, .csv ou .ics".into(),
            ));
        }
    };
    if passages.is_empty() && extension != "ics" {
        return Err((
            1,
            "aucun passage ; il faut des titres (« ## Une question ? ») suivis d'un texte".into(),
        ));
    }
    for passage in &mut passages {
        file.clone_into(&mut passage.file);
    }
    Ok(passages)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_are_cut_between_sentences() {
        let sentence = "Les chiens sont admis au parc de M. Roux, tenus en laisse, pour 3.50 euros au plus.";
        let text = [sentence; 5].join(" ");
        assert_eq!(sentences(&text).collect::<Vec<_>>(), [sentence; 5]);
        assert_eq!(
            sentences("Le repas coûte 3 €. Ouvert à 9 h. M. Roux y est à 12 h 30. Venez.\n1. Prenez un ticket.")
                .collect::<Vec<_>>(),
            [
                "Le repas coûte 3 €.",
                "Ouvert à 9 h.",
                "M. Roux y est à 12 h 30.",
                "Venez.",
                "1. Prenez un ticket."
            ]
        );
        let passage = Passage {
            text,
            ..read("a.md", "## A\n\nB.").unwrap().remove(0)
        };
        let parts = passage.parts();
        assert_eq!(parts, [[sentence; 3].join(" "), [sentence; 2].join(" ")]);
    }

    #[test]
    fn kinds_are_told_by_the_name() {
        assert_eq!(read("a.CSV", "question,réponse\nA ?,B.").unwrap()[0].text, "B.");
        assert!(read("a.docx", "").unwrap_err().1.contains(".md"));
        assert!(read("a.md", "# Rien").unwrap_err().1.contains("aucun passage"));
    }
}
