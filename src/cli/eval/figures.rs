//! What a corpus says of a plan: counts, by topic, confusions, and whether confidence means what it says.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// How a sentence was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// As it was meant, at once.
    Right,
    /// As it was meant, after "c'est bien cela ?".
    Asked,
    /// It is the second of two that are asked about.
    AskedSecond,
    /// Off-topic, and taken so.
    Refused,
    /// On a topic, and not understood: a person is offered.
    Missed,
    /// Something else is asked about.
    WronglyAsked,
    /// Something else is answered.
    Wrong,
}

impl Verdict {
    /// Whether the caller gets what they want, if only after a question.
    pub fn is_served(self) -> bool {
        matches!(self, Self::Right | Self::Asked | Self::AskedSecond | Self::Refused)
    }
}

/// A sentence and what came of it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Row {
    /// The words, or the file.
    pub said: String,
    /// What was heard in a file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub heard: Option<String>,
    /// Topic, value (`date=2026-09-22`), `oui`, `non`, or a label that begins with `hors`.
    pub expected: String,
    /// The same, as it was found; none where nothing was.
    pub found: Option<String>,
    /// How sure that was.
    pub confidence: f32,
    /// What came of it.
    pub verdict: Verdict,
}

/// Whether a label says that no topic of the plan is meant: `hors_sujet`, or `proche` for what is near to one.
pub fn is_off_topic(label: &str) -> bool {
    label.starts_with("hors") || label == "proche"
}

/// Counts of one topic, or of all that is off-topic.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Tally(pub BTreeMap<Verdict, usize>);

impl Tally {
    fn of<'r>(rows: impl IntoIterator<Item = &'r Row>) -> Self {
        let mut counts = BTreeMap::new();
        rows.into_iter()
            .for_each(|row| *counts.entry(row.verdict).or_default() += 1);
        Self(counts)
    }

    /// How many came out so.
    pub fn count(&self, verdict: Verdict) -> usize {
        self.0.get(&verdict).copied().unwrap_or_default()
    }

    /// How many there are.
    pub fn total(&self) -> usize {
        self.0.values().sum()
    }

    /// The share of callers who got what they wanted, of one.
    pub fn share(&self) -> f32 {
        self.served() as f32 / self.total().max(1) as f32
    }

    /// How many callers got what they wanted.
    pub fn served(&self) -> usize {
        self.0
            .iter()
            .filter(|(verdict, _)| verdict.is_served())
            .map(|(_, count)| count)
            .sum()
    }
}

/// Sentences whose confidence lies between two values.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Bin {
    /// Mean confidence.
    pub confidence: f32,
    /// Share that was right.
    pub right: f32,
    /// How many there are.
    pub count: usize,
}

/// Everything about a corpus.
#[derive(Clone, Debug, Serialize)]
pub struct Figures {
    /// Sentences on a topic or with a value.
    pub inside: Tally,
    /// Sentences that are off-topic.
    pub outside: Tally,
    /// For each label, in the order of the alphabet.
    pub by_label: BTreeMap<String, Tally>,
    /// Expected, found instead, and how often: the most frequent first.
    pub confusions: Vec<(String, String, usize)>,
    /// Confidence against how often it was right, in tenths.
    pub reliability: Vec<Bin>,
    /// Mean distance between the two, weighted (expected calibration error: Naeini et al., "Obtaining Well Calibrated
    /// Probabilities Using Bayesian Binning", AAAI 2015).
    pub calibration_error: f32,
}

impl Figures {
    /// Of these rows.
    pub fn of(rows: &[Row]) -> Self {
        let (outside, inside): (Vec<&Row>, Vec<&Row>) = rows.iter().partition(|row| is_off_topic(&row.expected));
        let mut labels: BTreeMap<String, Vec<&Row>> = BTreeMap::new();
        let mut confusions: BTreeMap<(&str, &str), usize> = BTreeMap::new();
        for row in rows {
            // All values of a kind count together.
            let label = row.expected.split('=').next().unwrap_or_default();
            labels.entry(label.to_owned()).or_default().push(row);
            let found = row
                .found
                .as_deref()
                .map(|found| found.split('=').next().unwrap_or_default());
            if let (false, Some(found)) = (row.verdict.is_served(), found) {
                *confusions.entry((label, found)).or_default() += 1;
            }
        }
        let mut confusions: Vec<_> = confusions
            .into_iter()
            .map(|((a, b), count)| (a.to_owned(), b.to_owned(), count))
            .collect();
        confusions.sort_by_key(|(.., count)| std::cmp::Reverse(*count));
        let reliability = reliability(rows);
        let all: usize = reliability.iter().map(|bin| bin.count).sum();
        let off = |bin: &Bin| (bin.confidence - bin.right).abs() * bin.count as f32;
        Self {
            inside: Tally::of(inside),
            outside: Tally::of(outside),
            by_label: labels
                .into_iter()
                .map(|(label, rows)| (label, Tally::of(rows)))
                .collect(),
            confusions,
            calibration_error: reliability.iter().map(off).sum::<f32>() / all.max(1) as f32,
            reliability,
        }
    }
}

/// What was accepted, by tenths of its confidence.
fn reliability(rows: &[Row]) -> Vec<Bin> {
    let mut bins: [Vec<&Row>; 10] = Default::default();
    for row in rows.iter().filter(|row| row.found.is_some()) {
        bins[((row.confidence * 10.0) as usize).min(9)].push(row);
    }
    let bin = |rows: &Vec<&Row>| {
        let count = rows.len();
        let right = rows
            .iter()
            .filter(|row| row.found.as_ref() == Some(&row.expected))
            .count();
        Bin {
            confidence: rows.iter().map(|row| row.confidence).sum::<f32>() / count as f32,
            right: right as f32 / count as f32,
            count,
        }
    };
    bins.iter().filter(|rows| !rows.is_empty()).map(bin).collect()
}

/// What changed between two runs over one corpus: better, and worse.
pub fn changes<'r>(before: &[Row], after: &'r [Row]) -> (Vec<&'r Row>, Vec<&'r Row>) {
    let known: BTreeMap<(&str, &str), bool> = before
        .iter()
        .map(|row| ((row.said.as_str(), row.expected.as_str()), row.verdict.is_served()))
        .collect();
    let was = |row: &Row| known.get(&(row.said.as_str(), row.expected.as_str())).copied();
    let changed = after
        .iter()
        .filter(|row| was(row).is_some_and(|was| was != row.verdict.is_served()));
    changed.partition(|row| row.verdict.is_served())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(expected: &str, found: Option<&str>, confidence: f32, verdict: Verdict) -> Row {
        Row {
            said: format!("{expected} {found:?} {confidence}"),
            heard: None,
            expected: expected.into(),
            found: found.map(str::to_owned),
            confidence,
            verdict,
        }
    }

    fn rows() -> Vec<Row> {
        vec![
            row("pacs", Some("pacs"), 0.95, Verdict::Right),
            row("pacs", Some("pacs"), 0.45, Verdict::Asked),
            row("pacs", Some("mariage"), 0.95, Verdict::Wrong),
            row("mariage", None, 0.1, Verdict::Missed),
            row("date=2026-09-22", Some("date=2026-09-21"), 1.0, Verdict::Wrong),
            row("hors_sujet", None, 0.05, Verdict::Refused),
            row("hors_sujet", Some("pacs"), 0.45, Verdict::WronglyAsked),
        ]
    }

    #[test]
    fn counts() {
        let figures = Figures::of(&rows());
        assert_eq!((figures.inside.total(), figures.inside.served()), (5, 2));
        assert_eq!((figures.outside.total(), figures.outside.served()), (2, 1));
        assert_eq!(figures.by_label["pacs"].count(Verdict::Wrong), 1);
        assert_eq!(figures.by_label["date"].total(), 1, "values count by their kind");
        assert_eq!(figures.confusions.len(), 3);
        assert!(figures.confusions.contains(&("pacs".into(), "mariage".into(), 1)));
    }

    #[test]
    fn confidence_is_held_against_what_was_right() {
        let figures = Figures::of(&rows());
        let bins: Vec<_> = figures.reliability.iter().map(|bin| (bin.count, bin.right)).collect();
        assert_eq!(bins, [(2, 0.5), (3, 1.0 / 3.0)]);
        assert!(figures.calibration_error > 0.3, "{}", figures.calibration_error);
        assert_eq!(Figures::of(&[]).calibration_error, 0.0);
    }

    #[test]
    fn what_changed() {
        let (before, mut after) = (rows(), rows());
        after[3].verdict = Verdict::Right;
        after[5].verdict = Verdict::Wrong;
        let (better, worse) = changes(&before, &after);
        assert_eq!((better.len(), worse.len()), (1, 1));
        assert_eq!(worse[0].expected, "hors_sujet");
    }
}
