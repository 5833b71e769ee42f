//! How often somebody may try to log in: so many attempts for each address and each account, which come back one by one.
//! An attempt is taken before the password is looked at, so that a hundred at once are no more than one after the other.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// What attempts are counted for.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Key {
    /// Where they come from; in IPv6 the network, of which one machine may have many addresses.
    Address(IpAddr),
    /// The name that was typed.
    Account(String),
}

impl Key {
    /// An address, or its network.
    pub fn address(address: IpAddr) -> Self {
        Self::Address(match address.to_canonical() {
            IpAddr::V6(v6) => IpAddr::V6((u128::from(v6) >> 64 << 64).into()),
            v4 => v4,
        })
    }

    /// A name, however it is written.
    pub fn account(name: &str) -> Self {
        Self::Account(name.to_lowercase())
    }

    /// Attempts in a row, and how long it takes until one comes back. A town hall may be one address to us.
    fn allows(&self) -> (u32, Duration) {
        match self {
            Self::Address(_) => (20, Duration::from_secs(15)),
            Self::Account(_) => (6, Duration::from_secs(60)),
        }
    }
}

/// Names that are remembered at the most: guesses at random must not fill the memory.
const MOST: usize = 10_000;

/// Counts attempts.
#[derive(Default)]
pub struct Throttle(Mutex<HashMap<Key, Used>>);

struct Used {
    attempts: u32,
    /// When the last one came back.
    since: Instant,
}

impl Throttle {
    /// Takes an attempt; else how long to wait for one.
    pub fn take(&self, key: Key, now: Instant) -> Result<(), Duration> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= MOST && !all.contains_key(&key) {
            all.retain(|key, used| !used.is_over(key, now));
            if all.len() >= MOST {
                return Err(key.allows().1);
            }
        }
        let (most, back) = key.allows();
        let used = all.entry(key).or_insert(Used {
            attempts: 0,
            since: now,
        });
        let returned = now.saturating_duration_since(used.since).as_millis() / back.as_millis();
        let returned = u32::try_from(returned).unwrap_or(u32::MAX);
        used.attempts = used.attempts.saturating_sub(returned);
        used.since = if used.attempts == 0 {
            now
        } else {
            used.since + back * returned
        };
        if used.attempts >= most {
            return Err((used.since + back).saturating_duration_since(now));
        }
        used.attempts += 1;
        Ok(())
    }

    /// The password was right: its attempts do not count.
    pub fn forgive(&self, key: &Key) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(key);
    }
}

impl Used {
    fn is_over(&self, key: &Key, now: Instant) -> bool {
        now.saturating_duration_since(self.since) >= key.allows().1 * self.attempts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn attempts_run_out_and_come_back_one_by_one() {
        let (throttle, start) = (Throttle::default(), Instant::now());
        let take = |name: &str, at: u32| throttle.take(Key::account(name), start + at * SECOND);
        (0..6).for_each(|n| assert!(take("Claire", n).is_ok(), "{n}"));
        assert_eq!(take("CLAIRE", 6), Err(54 * SECOND), "however it is written");
        assert!(take("Paul", 6).is_ok(), "another is free");
        assert!(take("claire", 60).is_ok() && take("claire", 61).is_err());
        throttle.forgive(&Key::account("claire"));
        assert!(take("claire", 61).is_ok(), "the password was right");
    }

    #[test]
    fn an_address_has_more_and_a_network_of_ipv6_is_one() {
        let (throttle, start) = (Throttle::default(), Instant::now());
        let take = |address: &str| throttle.take(Key::address(address.parse().expect("an address")), start);
        (0..20).for_each(|n| assert!(take(&format!("2001:db8::{n}")).is_ok()));
        assert!(take("2001:db8::ffff").is_err());
        assert!(take("2001:db8:0:1::1").is_ok() && take("192.0.2.1").is_ok());
        assert!(take("::ffff:192.0.2.1").is_ok(), "the same as without its prefix");
    }

    #[test]
    fn guesses_at_random_do_not_fill_the_memory() {
        let (throttle, start) = (Throttle::default(), Instant::now());
        (0..MOST).for_each(|n| assert!(throttle.take(Key::account(&n.to_string()), start).is_ok()));
        assert!(throttle.take(Key::account("new"), start).is_err());
        let later = start + 60 * SECOND;
        assert!(throttle.take(Key::account("new"), later).is_ok());
        assert_eq!(throttle.0.lock().expect("no panic").len(), 1);
    }
}
