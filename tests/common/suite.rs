//! What is known of labelled sentences, typed ones in the tests and spoken ones in the benches.

use sha2::{Digest, Sha256};

/// Which half of its corpus a sentence belongs to. Of one half (of the suite, the even one) only the totals are looked
/// at: please keep it so, then it stays a fair measure.
pub fn is_odd(sentence: &str) -> bool {
    Sha256::digest(sentence)[0] % 2 == 1
}

/// Whether a label is of no topic: `hors_sujet`, or `proche`, which is near to one.
pub fn is_off_topic(label: &str) -> bool {
    matches!(label, "hors_sujet" | "proche")
}
