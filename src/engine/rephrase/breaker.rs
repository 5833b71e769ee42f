//! Leaves a server alone that fails: who waits for it waits for nothing.

use std::time::{Duration, Instant};

/// Failures in a row, after which it is left alone.
const FAILURES: u32 = 3;
/// For so long; then one question is let through.
const REST: Duration = Duration::from_secs(30);
/// What is broken off after this long without an answer has failed.
const NO_ANSWER: Duration = Duration::from_secs(1);

/// What is known of a server.
#[derive(Debug, Default)]
pub(super) struct Breaker {
    failures: u32,
    rests_until: Option<Instant>,
}

impl Breaker {
    /// Whether it may be asked at `now`. When it has rested, the first question is let through, and the others wait for
    /// what comes of it.
    pub fn lets_through(&mut self, now: Instant) -> bool {
        match self.rests_until {
            Some(until) if now < until => false,
            Some(_) => {
                self.rests_until = Some(now + REST);
                true
            }
            None => true,
        }
    }

    /// A question has been answered, or has failed.
    pub fn ended(&mut self, well: bool, now: Instant) {
        if well {
            *self = Self::default();
            return;
        }
        self.failures += 1;
        if self.failures >= FAILURES {
            self.rests_until = Some(now + REST);
        }
    }

    /// Nobody waits any more for a question that was asked so long ago. Where that tells nothing, the next one may be asked.
    pub fn broken_off(&mut self, asked: Duration, now: Instant) {
        if asked >= NO_ANSWER {
            self.ended(false, now);
        } else if self.rests_until.is_some() {
            self.rests_until = Some(now);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_rests_after_failures_and_one_question_tries_it() {
        let (mut breaker, start) = (Breaker::default(), Instant::now());
        let at = |seconds: u64| start + Duration::from_secs(seconds);
        for second in 0..3 {
            assert!(breaker.lets_through(at(second)));
            breaker.ended(false, at(second));
        }
        assert!(!breaker.lets_through(at(3)) && !breaker.lets_through(at(31)));
        assert!(breaker.lets_through(at(32)));
        assert!(!breaker.lets_through(at(32)), "only one");
        breaker.ended(false, at(33));
        assert!(!breaker.lets_through(at(62)) && breaker.lets_through(at(63)));
        breaker.ended(true, at(64));
        assert!(breaker.lets_through(at(64)) && breaker.lets_through(at(64)));
    }

    #[test]
    fn what_is_broken_off_early_tells_nothing() {
        let (mut breaker, now) = (Breaker::default(), Instant::now());
        for _ in 0..9 {
            breaker.broken_off(Duration::from_millis(300), now);
        }
        assert!(breaker.lets_through(now));
        for _ in 0..3 {
            breaker.broken_off(Duration::from_millis(1300), now);
        }
        assert!(!breaker.lets_through(now));
        let rested = now + REST;
        assert!(breaker.lets_through(rested));
        breaker.broken_off(Duration::ZERO, rested);
        assert!(
            breaker.lets_through(rested),
            "the question that was to tell was broken off"
        );
    }
}
