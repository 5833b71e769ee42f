//! How sentences were understood: typed ones in the tests, spoken ones in the bench.

use allo::understand::TopicMatch;
use allo::understand::topics::{self, SURE};

use super::suite;

/// Counts. An accepted topic is answered at once where it is sure, and asked about otherwise; so is the next with it where
/// that is as near, which may be the right one.
#[derive(Debug, Default)]
pub struct Tally {
    pub inside: usize,
    pub answered: usize,
    pub asked: usize,
    pub asked_as_second: usize,
    pub wrongly_answered: usize,
    pub wrongly_asked: usize,
    pub outside: usize,
    pub outside_answered: usize,
    pub outside_asked: usize,
}

impl Tally {
    /// Counts a sentence; false where it was not understood as it should be.
    pub fn add(&mut self, label: &str, found: Option<&TopicMatch>, alternatives: &[TopicMatch]) -> bool {
        let off_topic = suite::is_off_topic(label);
        *(if off_topic { &mut self.outside } else { &mut self.inside }) += 1;
        let Some(found) = found else { return off_topic };
        let is_second = topics::between(found, alternatives).is_some_and(|[_, next]| next.id == label);
        *match (off_topic, found.id == label, found.confidence >= SURE) {
            (false, true, true) => &mut self.answered,
            (false, true, false) => &mut self.asked,
            (false, false, false) if is_second => &mut self.asked_as_second,
            (false, false, true) => &mut self.wrongly_answered,
            (false, false, false) => &mut self.wrongly_asked,
            (true, _, true) => &mut self.outside_answered,
            (true, _, false) => &mut self.outside_asked,
        } += 1;
        !off_topic && found.id == label
    }
}
