//! Markdown: headings are questions, what follows them is the answer.
//!
//! Headings of one level in a row are several questions of one answer; a heading below another has it as its subject.

use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag, TagEnd};

use super::{Lines, Note, Passage, Slip};

/// Reads a file.
///
/// # Errors
/// The first mistake.
pub(super) fn read(text: &str) -> Result<Vec<Passage>, Slip> {
    let mut reader = Reader::default();
    let lines = Lines::of(text);
    for (event, range) in Parser::new_ext(text, Options::ENABLE_TABLES).into_offset_iter() {
        reader.line = lines.at(range.start);
        reader.take(event)?;
    }
    reader.finish_passage();
    Ok(reader.passages)
}

/// A heading that is open: what stands below it is its.
struct Heading {
    level: HeadingLevel,
    /// Itself, and others of its level right after it.
    texts: Vec<String>,
    note: Note,
    line: usize,
}

#[derive(Default)]
struct Reader {
    line: usize,
    /// What is noted of the file.
    note: Note,
    /// From the top down.
    headings: Vec<Heading>,
    /// The paragraphs below the last heading.
    paragraphs: Vec<String>,
    /// What is being read: a heading, a paragraph, an item, a row.
    inline: String,
    items: Vec<String>,
    comment: String,
    passages: Vec<Passage>,
}

impl Reader {
    fn take(&mut self, event: Event) -> Result<(), Slip> {
        match event {
            Event::Text(text) | Event::Code(text) => self.inline.push_str(&text),
            Event::SoftBreak | Event::HardBreak => self.inline.push(' '),
            Event::Start(Tag::Heading { .. } | Tag::Paragraph | Tag::TableRow | Tag::TableHead)
                if self.items.is_empty() =>
            {
                self.inline.clear();
            }
            Event::Start(Tag::List(_)) | Event::Start(Tag::Item) => self.finish_item(),
            Event::End(TagEnd::Item) => self.finish_item(),
            Event::End(TagEnd::List(_)) => {
                // "Apportez : la carte ; le livret."
                let items = std::mem::take(&mut self.items);
                let list = items
                    .iter()
                    .map(|item| item.trim_end_matches(['.', ';', ',', ' ']))
                    .collect::<Vec<_>>();
                if !list.is_empty() {
                    self.paragraphs.push(format!("{}.", list.join(" ; ")));
                }
            }
            Event::End(TagEnd::TableCell) => self.inline.push_str(" : "),
            Event::End(TagEnd::TableRow) => {
                let row = std::mem::take(&mut self.inline);
                self.add_paragraph(&format!("{}.", row.trim_end_matches([' ', ':', '.'])))?;
            }
            Event::End(TagEnd::Paragraph) => {
                let paragraph = std::mem::take(&mut self.inline);
                self.add_paragraph(&paragraph)?;
            }
            Event::End(TagEnd::Heading(level)) => {
                let text = std::mem::take(&mut self.inline);
                self.begin(level, text.trim());
            }
            Event::Html(html) | Event::InlineHtml(html) => self.comment.push_str(&html),
            Event::End(TagEnd::HtmlBlock) => self.finish_comment()?,
            _ => {}
        }
        Ok(())
    }

    fn finish_item(&mut self) {
        let item = std::mem::take(&mut self.inline);
        if !item.trim().is_empty() {
            self.items.push(item.trim().to_owned());
        }
    }

    fn add_paragraph(&mut self, text: &str) -> Result<(), Slip> {
        // A comment within a line.
        if !self.comment.is_empty() {
            self.finish_comment()?;
        }
        let text = text.trim();
        if text.is_empty() {
            return Ok(());
        }
        if self.headings.is_empty() {
            return Err((
                self.line,
                "texte sans titre au-dessus ; commencez par « ## Une question ? »".into(),
            ));
        }
        self.paragraphs.push(text.to_owned());
        Ok(())
    }

    fn finish_comment(&mut self) -> Result<(), Slip> {
        let comment = std::mem::take(&mut self.comment);
        let Some(note) = comment.trim().strip_prefix("<!--").and_then(|c| c.strip_suffix("-->")) else {
            return Ok(());
        };
        let note = Note::read(note).map_err(|message| (self.line, message))?;
        let of = self
            .headings
            .last_mut()
            .map_or(&mut self.note, |heading| &mut heading.note);
        *of = note.or(of);
        Ok(())
    }

    fn begin(&mut self, level: HeadingLevel, text: &str) {
        if let Some(last) = self.headings.last_mut()
            && last.level == level
            && self.paragraphs.is_empty()
        {
            return last.texts.push(text.to_owned());
        }
        self.finish_passage();
        self.headings.retain(|heading| heading.level < level);
        self.headings.push(Heading {
            level,
            texts: vec![text.to_owned()],
            note: Note::default(),
            line: self.line,
        });
    }

    fn finish_passage(&mut self) {
        let paragraphs = std::mem::take(&mut self.paragraphs);
        let Some((last, above)) = self.headings.split_last() else {
            return;
        };
        if paragraphs.is_empty() {
            return;
        }
        let note = (self.headings.iter().rev()).fold(Note::default(), |note, heading| note.or(&heading.note));
        let above: Vec<&str> = above.iter().map(|heading| heading.texts[0].as_str()).collect();
        self.passages.push(Passage {
            questions: last.texts.clone(),
            subject: above.join(", "),
            text: paragraphs.join("\n"),
            note: note.or(&self.note),
            file: String::new(),
            line: last.line,
            event: None,
            service: None,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GUIDE: &str = "\
<!-- source: le guide ; date: 2026-09-01 -->

# Animaux

<!-- page: https://valbourg.fr/animaux -->

## Où promener mon chien ?

## Les chiens sont-ils admis au parc ?

Les chiens sont *admis* au parc,
tenus en [laisse](https://a.fr).

<!-- valable: 2027-06-30 -->

## Cartes

### Prix

La carte coûte :

- 3 € pour un enfant ;
- 5 € pour un adulte.

| Jour | Heure |
|---|---|
| Lundi | 9 h |
";

    #[test]
    fn headings_are_questions() {
        let passages = read(GUIDE).unwrap();
        assert_eq!(passages.len(), 2);
        let [dogs, cards] = &passages[..] else {
            panic!("{passages:?}")
        };
        assert_eq!(
            dogs.questions,
            ["Où promener mon chien ?", "Les chiens sont-ils admis au parc ?"]
        );
        assert_eq!((dogs.subject.as_str(), dogs.line), ("Animaux", 7));
        assert_eq!(dogs.text, "Les chiens sont admis au parc, tenus en laisse.");
        assert_eq!(dogs.note.source.as_deref(), Some("le guide"));
        assert_eq!(dogs.note.page.as_deref(), Some("https://valbourg.fr/animaux"));
        assert!(dogs.note.until.is_some() && cards.note.until.is_none());
        assert_eq!(cards.title(), "Animaux, Cartes : Prix");
        assert_eq!(
            cards.text,
            "La carte coûte :\n3 € pour un enfant ; 5 € pour un adulte.\nLundi : 9 h."
        );
    }

    #[test]
    fn mistakes_name_their_line() {
        assert_eq!(read("Bonjour.\n\n# A").unwrap_err().0, 1);
        let (line, message) = read("# A\n\nTexte.\n\n<!-- valide: 2027-06-30 -->").unwrap_err();
        assert_eq!(line, 5);
        assert!(message.contains("« valide »"), "{message}");
    }
}
