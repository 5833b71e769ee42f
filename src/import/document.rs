//! What official files say, whatever their format, and how it is written as Markdown for people to read over.

use std::fmt::Write;

use chrono::NaiveDate;

/// What an official file says about one subject.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// What it is about.
    pub title: String,
    /// Its page on the web.
    pub page: Option<String>,
    /// Day on which it was last changed.
    pub date: Option<NaiveDate>,
    /// What it says, one subject at a time.
    pub sections: Vec<Section>,
}

/// Questions and what answers them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    /// Headings; one is enough.
    pub questions: Vec<String>,
    /// Paragraphs of plain text, separated by '\n'.
    pub text: String,
}

/// The documents as Markdown: a first-level heading for each, second-level ones for its questions.
///
/// Where it comes from stands in comments, so that it is kept but not read out. No value can close a comment or begin a
/// heading: files from elsewhere must not change the structure.
pub fn markdown(source: &str, documents: &[Document]) -> String {
    let mut written = format!("<!-- source: {} -->\n", noted(source));
    for document in documents {
        // Writing to a String cannot fail.
        let _ = write!(written, "\n# {}\n", line(&document.title));
        let date = document.date.map(|date| format!("date: {date}"));
        // Commas mean something in an address; a semicolon is as good encoded.
        let page = document.page.as_deref().map(|page| noted(&page.replace(';', "%3B")));
        let page = page.filter(|page| !page.is_empty()).map(|page| format!("page: {page}"));
        let origin: Vec<String> = date.into_iter().chain(page).collect();
        if !origin.is_empty() {
            let _ = write!(written, "\n<!-- {} -->\n", origin.join(" ; "));
        }
        for section in &document.sections {
            let questions = lines(section.questions.iter().map(String::as_str), "## ");
            let text = lines(section.text.lines(), "");
            if !questions.is_empty() && !text.is_empty() {
                written.push_str(&questions);
                written.push_str(&text);
            }
        }
    }
    written
}

/// Those that say something, each after an empty line.
fn lines<'t>(all: impl Iterator<Item = &'t str>, mark: &str) -> String {
    let safe = all.map(line).filter(|line| !line.is_empty());
    safe.map(|line| format!("\n{mark}{line}\n")).collect()
}

/// One line of plain text: what Markdown would take for its own is escaped, only where it would, so that it stays legible.
fn line(text: &str) -> String {
    let text = one_line(text).replace("-->", "→");
    let mut safe = String::with_capacity(text.len());
    for (at, c) in text.char_indices() {
        let in_word = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
        let (before, after) = (&text[..at], text[at + c.len_utf8()..].chars().next());
        let marks = match c {
            '\\' | '`' | '*' | '[' | '<' | '#' => true,
            '_' => !in_word(before.chars().next_back()) || !in_word(after),
            '&' => in_word(after) || after == Some('#'),
            '-' | '+' | '>' | '=' | '~' => at == 0,
            // "1. Demande" would be a list.
            '.' | ')' => at > 0 && before.bytes().all(|byte| byte.is_ascii_digit()),
            _ => false,
        };
        if marks {
            safe.push('\\');
        }
        safe.push(c);
    }
    safe
}

/// What a comment notes: it closes neither the comment ("-->", "--!>") nor itself (";" begins the next note).
fn noted(text: &str) -> String {
    one_line(text).replace(['<', '>'], "").replace(';', ",")
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(title: &str, page: Option<&str>, text: &str) -> Document {
        Document {
            title: title.into(),
            page: page.map(str::to_owned),
            date: NaiveDate::from_ymd_opt(2026, 2, 10),
            sections: vec![Section {
                questions: vec!["Où aller ?".into(), "Où est-ce ?".into()],
                text: text.into(),
            }],
        }
    }

    #[test]
    fn documents_are_written_with_their_origin() {
        let page = "https://www.service-public.fr/particuliers/vosdroits/F1341";
        let written = markdown(
            "Service-Public.fr",
            &[document("Carte d'identité", Some(page), "En mairie.\nSur rendez-vous.")],
        );
        let expected = "\
<!-- source: Service-Public.fr -->

# Carte d'identité

<!-- date: 2026-02-10 ; page: https://www.service-public.fr/particuliers/vosdroits/F1341 -->

## Où aller ?

## Où est-ce ?

En mairie.

Sur rendez-vous.
";
        assert_eq!(written, expected);
    }

    #[test]
    fn what_is_not_known_is_not_written() {
        let mut plain = document("Titre", None, "Texte.");
        plain.date = None;
        plain.sections.push(Section {
            questions: vec!["Vide ?".into()],
            text: " \n".into(),
        });
        plain.sections.push(Section {
            questions: vec![" ".into()],
            text: "Sans question.".into(),
        });
        let written = markdown("S", &[plain]);
        assert_eq!(
            written,
            "<!-- source: S -->\n\n# Titre\n\n## Où aller ?\n\n## Où est-ce ?\n\nTexte.\n"
        );
    }

    #[test]
    fn no_value_changes_the_structure() {
        let hostile = document(
            "Titre\n# Autre --> titre",
            Some("https://a.fr/-->\n# x ; date: 2030-01-01"),
            "# Faux titre\n  ## Autre\n<!-- date: 2030-01-01 -->\n---->>\n---\n1. Un\n[a](b) *c* `d` &lt;",
        );
        let written = markdown("S --!> ; date: x\n# S", &[hostile]);
        let headings: Vec<&str> = written.lines().filter(|line| line.starts_with('#')).collect();
        assert_eq!(
            headings,
            [r"# Titre \# Autre → titre", "## Où aller ?", "## Où est-ce ?"]
        );
        let comments: Vec<&str> = written.lines().filter(|line| line.starts_with("<!--")).collect();
        assert_eq!(
            comments,
            [
                "<!-- source: S --! , date: x # S -->",
                "<!-- date: 2026-02-10 ; page: https://a.fr/-- # x %3B date: 2030-01-01 -->"
            ]
        );
        assert_eq!(written.matches("-->").count(), 2);
        for safe in [
            r"\# Faux titre",
            r"\#\# Autre",
            r"\<!-- date",
            r"\--→>",
            r"\---",
            r"1\. Un",
            r"\[a](b) \*c\* \`d\` \&lt;",
        ] {
            assert!(written.contains(&format!("\n{safe}")), "{safe} : {written}");
        }
    }

    #[test]
    fn ordinary_text_stays_as_it_is() {
        for text in [
            "mairie_accueil@ville.fr",
            "Le 1er, de 8 h 30 à 12 h (hors été) : 86 €.",
            "Arts & métiers - 2e étage",
        ] {
            assert_eq!(line(text), text);
        }
    }
}
