//! How sentences were understood: typed ones in the tests, spoken ones in the bench.

use allo::understand::topics::SURE;

use super::suite;

/// Counts. An accepted topic is answered at once where it is sure, and asked about otherwise.
#[derive(Debug, Default)]
pub struct Tally {
    pub inside: usize,
    pub answered: usize,
    pub asked: usize,
    pub wrongly_answered: usize,
    pub wrongly_asked: usize,
    pub outside: usize,
    pub outside_answered: usize,
    pub outside_asked: usize,
}

impl Tally {
    /// Counts a sentence; false where it was not understood as it should be.
    pub fn add(&mut self, label: &str, found: Option<&str>, confidence: f32) -> bool {
        let (off_topic, sure) = (suite::is_off_topic(label), confidence >= SURE);
        *(if off_topic { &mut self.outside } else { &mut self.inside }) += 1;
        let Some(found) = found else { return off_topic };
        *match (off_topic, found == label, sure) {
            (false, true, true) => &mut self.answered,
            (false, true, false) => &mut self.asked,
            (false, false, true) => &mut self.wrongly_answered,
            (false, false, false) => &mut self.wrongly_asked,
            (true, _, true) => &mut self.outside_answered,
            (true, _, false) => &mut self.outside_asked,
        } += 1;
        !off_topic && found == label
    }
}
