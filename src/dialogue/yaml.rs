//! What an admin typed → a checked [`Plan`], or every mistake in it, named in French.
//!
//! ```text
//! text → tree      → walk        → build         → Plan
//!        (YAML,      (shape, by    (references,
//!        positions)  the table)    meaning)
//! ```
//!
//! The language is one table, [`language::PLAN`]. It drives the walk, the JSON Schema for editors ([`schema()`]) and the
//! reference in `dialplans/README.md` ([`reference()`]).

mod build;
mod format;
pub mod language;
mod publish;
mod template;
mod tree;
mod walk;

use std::fmt;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::plan::Plan;

pub use build::forms::answer_kind;
pub use format::phone_digits;
pub use publish::{reference, schema};

/// Larger files are refused: the plan of a big city has some 100 KB.
pub const LARGEST: usize = 1 << 20;

/// What came of a plan that was read.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The plan, if there is no error.
    pub plan: Option<Plan>,
    /// Errors and warnings in the order of the file.
    pub diagnostics: Vec<Diagnostic>,
}

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The plan cannot be used.
    Error,
    /// The plan works, but callers would be better served otherwise.
    Warning,
}

/// One mistake or one piece of advice, in French, where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Error or warning.
    pub severity: Severity,
    /// Name of the file.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// Where in the plan: "sujets.pacs.exemples"; empty for the file as a whole.
    pub path: String,
    /// What was found and what was expected.
    pub message: String,
    /// The line of the file.
    pub source: String,
}

impl fmt::Display for Diagnostic {
    /// `file:line:column: message`, then the line with a caret under the place.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = if self.severity == Severity::Warning {
            "conseil : "
        } else {
            ""
        };
        write!(f, "{}:{}:{}: {kind}{}", self.file, self.line, self.column, self.message)?;
        if !self.source.trim().is_empty() {
            // Long lines are cut so that the caret stays under its place on a usual screen.
            let skipped = self.column.saturating_sub(60);
            let shown: String = self
                .source
                .chars()
                .skip(skipped)
                .take(110)
                .map(|c| if c == '\t' { ' ' } else { c })
                .collect();
            let indent = " ".repeat(self.column - 1 - skipped);
            write!(f, "\n{:>5} | {}\n      | {indent}^", self.line, shown.trim_end())?;
        }
        Ok(())
    }
}

/// Reads a plan that names no other file. Pure: `name` is only shown. Every mistake is collected, not only the first.
pub fn read(source: &str, name: &str) -> Outcome {
    read_with(source, name, &no_files)
}

fn read_with(source: &str, name: &str, files: &Files) -> Outcome {
    let mut report = Report {
        files,
        ..Report::new(source, name)
    };
    let plan = read_into(source, &mut report);
    let mut diagnostics = report.diagnostics;
    diagnostics.sort_by_key(|d| (d.line, d.column, d.severity));
    let sound = !diagnostics.iter().any(|d| d.severity == Severity::Error);
    Outcome {
        plan: plan.filter(|_| sound),
        diagnostics,
    }
}

/// What is in a file that a plan names, or why it cannot be had.
pub type Files<'a> = dyn Fn(&str) -> Result<Vec<u8>, String> + 'a;

fn no_files(_: &str) -> Result<Vec<u8>, String> {
    Err("fichier inaccessible d'ici".into())
}

/// Reads a plan from the bytes of a file: refuses what is too large or is not UTF-8.
pub fn read_bytes(bytes: &[u8], name: &str, files: &Files) -> Outcome {
    match std::str::from_utf8(bytes) {
        Ok(source) => read_with(source, name, files),
        Err(error) => {
            let valid = String::from_utf8_lossy(&bytes[..error.valid_up_to().min(LARGEST)]).into_owned();
            let mut report = Report::new(&valid, name);
            let line = valid.matches('\n').count() + 1;
            let column = valid.rsplit('\n').next().map_or(0, |last| last.chars().count()) + 1;
            let at = At { line, column };
            let message = "ce fichier n'est pas en UTF-8 (le caractère à cet endroit est illisible) ; \
                           dans l'éditeur, « Enregistrer sous », encodage UTF-8";
            report.error(at, "", message);
            Outcome {
                plan: None,
                diagnostics: report.diagnostics,
            }
        }
    }
}

fn read_into(source: &str, report: &mut Report) -> Option<Plan> {
    let top = At { line: 1, column: 1 };
    if source.len() > LARGEST {
        report.error(
            top,
            "",
            "fichier trop gros (plus de 1 Mio) : ce n'est sans doute pas un plan d'appel",
        );
        return None;
    }
    let source = source.strip_prefix('\u{feff}').unwrap_or(source);
    let root = tree::load(source, report)?;
    if matches!(root.data, tree::Data::Nothing) {
        report.error(top, "", "fichier vide ; partez de « dialplans/minimal.yaml »");
        return None;
    }
    walk::walk(&root, report);
    build::build(&root, report)
}

/// A place in the file, from 1, in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct At {
    line: usize,
    column: usize,
}

/// Collects diagnostics.
struct Report<'a> {
    file: &'a str,
    /// The files that the plan names.
    files: &'a Files<'a>,
    lines: Vec<&'a str>,
    diagnostics: Vec<Diagnostic>,
}

impl<'a> Report<'a> {
    fn new(source: &'a str, file: &'a str) -> Self {
        Self {
            file,
            files: &no_files,
            lines: source.lines().collect(),
            diagnostics: Vec::new(),
        }
    }

    /// The text of a file that the plan names.
    fn text(&self, name: &str) -> Result<String, String> {
        String::from_utf8((self.files)(name)?).map_err(|error| {
            let before = &error.as_bytes()[..error.utf8_error().valid_up_to()];
            let line = 1 + before.iter().filter(|byte| **byte == b'\n').count();
            format!(
                "ce n'est pas un texte en UTF-8 (ligne {line}) ; dans l'éditeur, « Enregistrer sous », encodage UTF-8"
            )
        })
    }

    /// Whether there is no error so far.
    fn is_sound(&self) -> bool {
        self.diagnostics.iter().all(|d| d.severity == Severity::Warning)
    }

    fn error(&mut self, at: At, path: &str, message: impl Into<String>) {
        self.add(Severity::Error, at, path, message.into());
    }

    fn warn(&mut self, at: At, path: &str, message: impl Into<String>) {
        self.add(Severity::Warning, at, path, message.into());
    }

    fn add(&mut self, severity: Severity, at: At, path: &str, message: String) {
        let source = self
            .lines
            .get(at.line - 1)
            .unwrap_or(&"")
            .trim_start_matches('\u{feff}')
            .to_string();
        let (file, path) = (self.file.to_owned(), path.to_owned());
        self.diagnostics.push(Diagnostic {
            severity,
            file,
            line: at.line,
            column: at.column,
            path,
            message,
            source,
        });
    }

    /// Where `part` of a text stands that begins at `at`, whatever its quotes and line breaks.
    fn find(&self, at: At, part: &str) -> At {
        for (line, text) in (at.line..).zip(self.lines.iter().skip(at.line - 1)) {
            let skip = if line == at.line { at.column - 1 } else { 0 };
            let tail: String = text.chars().skip(skip).collect();
            if let Some(byte) = tail.find(part) {
                return At {
                    line,
                    column: skip + tail[..byte].chars().count() + 1,
                };
            }
        }
        at
    }
}

/// How names are compared: without accents or capitals, spaces and hyphens as `_`. "État civil" → `etat_civil`.
pub fn fold(name: &str) -> String {
    let plain = name
        .trim()
        .to_lowercase()
        .replace('œ', "oe")
        .replace([' ', '-', '\'', '’'], "_");
    plain.nfd().filter(|c| !is_combining_mark(*c)).collect()
}

/// " ; vouliez-vous dire « réponse » ?" if one of the names looks like what was typed.
pub fn did_you_mean<'n>(typed: &str, names: impl IntoIterator<Item = &'n str>) -> Option<String> {
    let typed = fold(typed);
    let near = names
        .into_iter()
        .map(|name| (strsim::damerau_levenshtein(&typed, &fold(name)), name));
    let (distance, name) = near.min_by_key(|(distance, _)| *distance)?;
    (distance <= (typed.chars().count() / 3).max(1)).then(|| format!(" ; vouliez-vous dire « {name} » ?"))
}

#[cfg(test)]
mod tests;
