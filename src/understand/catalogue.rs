//! What citizens call town halls about, everywhere alike: subjects with sentences as people say them on the phone.
//!
//! A plan's topic that bears a subject's name learns from the subject's sentences too, so that an admin only has to
//! write the answer. The subjects that a plan does not have teach it what to refuse.

use std::sync::LazyLock;

/// A subject: `# cantine : la cantine`, then one sentence a line, and after `≠` those that only sound like it.
#[derive(Debug)]
pub struct Subject {
    /// The name by which a plan takes it, such as `cantine`.
    pub id: &'static str,
    /// In French, for people.
    pub name: &'static str,
    /// Sentences that citizens say.
    pub sentences: Vec<&'static str>,
    /// Sentences that share its words, and mean nothing that a town hall does.
    pub near_misses: Vec<&'static str>,
}

static SUBJECTS: LazyLock<Vec<Subject>> = LazyLock::new(|| parse(include_str!("catalogue.txt")));

/// All subjects, in the order of the file.
pub fn subjects() -> &'static [Subject] {
    &SUBJECTS
}

/// The subject of this name.
pub fn subject(id: &str) -> Option<&'static Subject> {
    subjects().iter().find(|subject| subject.id == id)
}

fn parse(text: &'static str) -> Vec<Subject> {
    let mut subjects: Vec<Subject> = Vec::new();
    for line in text.lines().filter(|line| !line.is_empty()) {
        let heading = line.strip_prefix("# ").and_then(|rest| rest.split_once(" : "));
        match (heading, subjects.last_mut()) {
            (Some((id, name)), _) => subjects.push(Subject {
                id,
                name,
                sentences: Vec::new(),
                near_misses: Vec::new(),
            }),
            (None, Some(subject)) => match line.strip_prefix("≠ ") {
                Some(near_miss) => subject.near_misses.push(near_miss),
                None => subject.sentences.push(line),
            },
            // What stands before the first subject is a comment.
            (None, None) => {}
        }
    }
    subjects
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::understand::normalise::folded_words;

    #[test]
    fn every_subject_is_named_and_spoken_of() {
        let ids: HashSet<&str> = subjects().iter().map(|s| s.id).collect();
        assert_eq!(ids.len(), subjects().len(), "a name stands twice");
        assert!(subjects().len() >= 50);
        for subject in subjects() {
            assert!(
                subject.id.chars().all(|c| c.is_ascii_lowercase() || c == '_'),
                "{subject:?}"
            );
            assert!(subject.sentences.len() >= 15, "{} has few sentences", subject.id);
        }
        assert!(subject("cantine").is_some() && subject("licorne").is_none());
    }

    #[test]
    fn no_sentence_stands_twice() {
        let mut seen = HashSet::new();
        for sentence in subjects().iter().flat_map(|s| s.sentences.iter().chain(&s.near_misses)) {
            assert!(seen.insert(folded_words(sentence)), "{sentence}");
        }
    }
}
