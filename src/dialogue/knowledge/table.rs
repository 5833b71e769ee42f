//! A table of questions and answers: CSV with a header, `question,réponse`, and where they are wanted `sujet`, `source`,
//! `date`, `valable`, `page`.

use super::super::yaml::fold;
use super::{Lines, Note, Passage, Slip};

/// Reads a table. Several questions of one answer are separated by `|`.
///
/// # Errors
/// The first mistake.
pub(super) fn read(text: &str) -> Result<Vec<Passage>, Slip> {
    // The csv crate counts lines by their "\n", and puts that of Excel's "\r\n" into the next line.
    let text = &text.replace("\r\n", "\n").replace('\r', "\n");
    let lines = Lines::of(text);
    let at = |position: Option<&csv::Position>| {
        let byte = position.map_or(0, |position| position.byte() as usize).min(text.len());
        // Empty lines before it are passed over.
        let empty = text[byte..].len() - text[byte..].trim_start_matches('\n').len();
        lines.at(byte + empty)
    };
    let unreadable = |error: csv::Error| (at(error.position()), format!("CSV illisible : {}", in_french(&error)));
    let header = text.lines().next().unwrap_or_default();
    let delimiter = if header.contains(';') { b';' } else { b',' };
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .from_reader(text.as_bytes());
    let columns: Vec<String> = reader.headers().map_err(unreadable)?.iter().map(fold).collect();
    for needed in ["question", "reponse"] {
        if !columns.iter().any(|column| column == needed) {
            return Err((
                1,
                "il faut des colonnes « question » et « réponse » ; la première ligne les nomme".into(),
            ));
        }
    }
    let mut passages = Vec::new();
    for row in reader.records() {
        let row = row.map_err(unreadable)?;
        let line = at(row.position());
        let wrong = |message: String| (line, message);
        let (mut questions, mut subject, mut text, mut note) =
            (Vec::new(), String::new(), String::new(), Note::default());
        for (column, cell) in columns.iter().zip(row.iter()) {
            let cell = cell.trim();
            match column.as_str() {
                "question" => {
                    let all = cell.split('|').map(str::trim).filter(|question| !question.is_empty());
                    questions = all.map(str::to_owned).collect();
                }
                "reponse" => cell.clone_into(&mut text),
                "sujet" => cell.clone_into(&mut subject),
                key => note.set(key, cell).map_err(wrong)?,
            }
        }
        if questions.is_empty() || text.is_empty() {
            return Err(wrong("il faut une question et une réponse sur chaque ligne".into()));
        }
        passages.push(Passage {
            questions,
            subject,
            text,
            note,
            file: String::new(),
            line,
            event: None,
            service: None,
        });
    }
    Ok(passages)
}

fn in_french(error: &csv::Error) -> String {
    match error.kind() {
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => format!(
            "{len} cellule(s) au lieu de {expected_len} ; il manque un guillemet ou un séparateur, ou il y en a un de trop"
        ),
        _ => "la ligne n'est pas celle d'un tableau".into(),
    }
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDate;

    use super::*;

    #[test]
    fn rows() {
        let text =
            "question;réponse;valable\nLe judo, c'est quand ? | judo enfants;\"Le mardi ;\nle jeudi.\";2027-06-30\n";
        let passages = read(text).unwrap();
        assert_eq!(passages.len(), 1);
        assert_eq!(passages[0].questions, ["Le judo, c'est quand ?", "judo enfants"]);
        assert_eq!(passages[0].text, "Le mardi ;\nle jeudi.");
        assert_eq!(passages[0].note.until, NaiveDate::from_ymd_opt(2027, 6, 30));
    }

    #[test]
    fn mistakes_name_their_line() {
        for (text, line, said) in [
            ("titre,texte\na,b", 1, "« question »"),
            ("question,réponse\nA ?,B.\n,C.", 3, "une question et une réponse"),
            ("question,réponse,valable\nA ?,B.,demain", 2, "n'est pas un jour"),
            ("question,réponse,auteur\nA ?,B.,moi", 2, "notes possibles"),
            ("question,réponse\nA ?,B.\nC ?", 3, "CSV illisible"),
            (
                "question,réponse\nA ?,B.\n\nC ?",
                4,
                "1 cellule(s) au lieu de 2 ; il manque un guillemet",
            ),
        ] {
            for text in [text.to_owned(), text.replace('\n', "\r\n"), text.replace('\n', "\r")] {
                let (at, message) = read(&text).unwrap_err();
                assert_eq!(at, line, "{text}");
                assert!(message.contains(said), "{message}");
            }
        }
    }

    #[test]
    fn rows_know_their_line_however_lines_end() {
        let text = "question;réponse\nQ un;\"Deux\nlignes.\"\n\nQ deux;B.\n";
        for text in [text.to_owned(), text.replace('\n', "\r\n"), text.replace('\n', "\r")] {
            let passages = read(&text).unwrap();
            assert_eq!([passages[0].line, passages[1].line], [2, 5], "{text:?}");
            assert_eq!(passages[0].text, "Deux\nlignes.");
        }
    }
}
