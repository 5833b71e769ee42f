//! Calls from web pages, as the pages know them: a token for each, what it asks, and the captions that it reads. Their
//! number is bounded, for each address and in all, and so is how often an address may begin one.

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde::Serialize;
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

use crate::call::event::EndReason;
use crate::pii::Pii;
use crate::units::TurnId;

/// Requests of a page that may wait; more are refused.
const WAITING: usize = 16;
/// How long the captions of a call that is over may still be read.
const LINGER: Duration = Duration::from_secs(60);
/// How often an address may begin a call within [`MINUTE`].
const BEGINS: usize = 10;
const MINUTE: Duration = Duration::from_secs(60);
/// How long it takes to close what was hung up.
const FAREWELL: Duration = Duration::from_secs(1);

/// Names one call to its page and to nobody else: 256 random bits.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Token(String);

impl Token {
    fn random() -> Self {
        // The thread's generator is a cryptographic one.
        Self(format!(
            "{:032x}{:032x}",
            rand::random::<u128>(),
            rand::random::<u128>()
        ))
    }

    /// As the page holds it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[token]")
    }
}

/// What a page asks.
#[derive(Clone, Debug, PartialEq)]
pub enum Request {
    /// Words that were typed.
    Typed(Pii<String>),
    /// A key of the telephone.
    Key(char),
}

/// What a page reads.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Caption {
    /// A sentence of ours, as it is said.
    Allo {
        /// The turn that it answers.
        tour: TurnId,
        /// The sentence.
        texte: Pii<String>,
    },
    /// What was heard or read.
    Caller {
        /// The turn that it opens.
        tour: TurnId,
        /// The words.
        texte: Pii<String>,
    },
    /// A person has the call, or no longer.
    Agent {
        /// Whether they speak with the caller.
        parle: bool,
    },
    /// The end; nothing follows.
    Over {
        /// Why.
        raison: EndReason,
    },
}

/// Why no call can begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Full {
    /// Too many from all pages.
    Everywhere,
    /// Too many from this address, at one time or one after the other.
    ForYou,
}

/// One call, as its page sees it.
pub struct Visit {
    /// The address that counts for the limits.
    address: IpAddr,
    requests: mpsc::Sender<Request>,
    captions: watch::Sender<Vec<Caption>>,
    /// Falls when the page hangs up.
    hung_up: CancellationToken,
    over: Mutex<Option<Instant>>,
}

impl Visit {
    /// Hands a request to the call; false where it is over or has too many.
    pub fn ask(&self, request: Request) -> bool {
        self.requests.try_send(request).is_ok()
    }

    /// Hangs up.
    pub fn hang_up(&self) {
        self.hung_up.cancel();
    }

    /// Waits until the page has hung up.
    pub async fn hung_up(&self) {
        self.hung_up.cancelled().await;
    }

    /// What has been said and heard from the beginning, and what will be.
    pub fn captions(&self) -> watch::Receiver<Vec<Caption>> {
        self.captions.subscribe()
    }

    /// Adds a caption.
    pub fn caption(&self, caption: Caption) {
        self.captions.send_modify(|captions| captions.push(caption));
    }

    /// How many pages read along.
    pub fn readers(&self) -> usize {
        self.captions.receiver_count()
    }

    fn over(&self) -> MutexGuard<'_, Option<Instant>> {
        self.over.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A call's own end of its visit. When it is dropped, the call is over.
pub struct Seat {
    /// What the page sees.
    pub visit: Arc<Visit>,
    /// What it asks.
    pub requests: mpsc::Receiver<Request>,
}

impl Drop for Seat {
    fn drop(&mut self) {
        let is_told = |captions: &Vec<Caption>| matches!(captions.last(), Some(Caption::Over { .. }));
        if !is_told(&self.visit.captions.borrow()) {
            let raison = EndReason::MediaLost;
            self.visit.caption(Caption::Over { raison });
        }
        *self.visit.over() = Some(Instant::now());
    }
}

/// All calls from pages.
pub struct Visits {
    most: usize,
    most_each: usize,
    book: Mutex<Book>,
}

#[derive(Default)]
struct Book {
    visits: HashMap<Token, Arc<Visit>>,
    begun: HashMap<IpAddr, VecDeque<Instant>>,
}

impl Visits {
    /// At most so many at one time, and so many from each address.
    pub fn new(most: usize, most_each: usize) -> Self {
        Self {
            most,
            most_each,
            book: Mutex::default(),
        }
    }

    /// Begins a call from `address`.
    pub fn enter(&self, address: IpAddr, now: Instant) -> Result<(Token, Seat), Full> {
        let address = household(address);
        let mut book = self.book();
        book.forget(now);
        let active = || book.visits.values().filter(|visit| visit.over().is_none());
        if active().count() >= self.most {
            return Err(Full::Everywhere);
        }
        let theirs = active().filter(|visit| visit.address == address).count();
        let begun = book.begun.entry(address).or_default();
        if theirs >= self.most_each || begun.len() >= BEGINS {
            return Err(Full::ForYou);
        }
        begun.push_back(now);
        let (sender, requests) = mpsc::channel(WAITING);
        let visit = Arc::new(Visit {
            address,
            requests: sender,
            captions: watch::Sender::default(),
            hung_up: CancellationToken::new(),
            over: Mutex::default(),
        });
        let token = Token::random();
        book.visits.insert(token.clone(), visit.clone());
        Ok((token, Seat { visit, requests }))
    }

    /// The call that a page names.
    pub fn find(&self, token: &str) -> Option<Arc<Visit>> {
        self.book().visits.get(&Token(token.to_owned())).cloned()
    }

    /// Lets calls in progress end by themselves for a while, then hangs up.
    pub async fn end(&self, patience: Duration) {
        self.wait_for_the_last(patience).await;
        self.open().iter().for_each(|visit| visit.hang_up());
        self.wait_for_the_last(FAREWELL).await;
    }

    async fn wait_for_the_last(&self, patience: Duration) {
        let deadline = Instant::now() + patience;
        while !self.open().is_empty() && Instant::now() < deadline {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Calls in progress.
    fn open(&self) -> Vec<Arc<Visit>> {
        let book = self.book();
        let open = book.visits.values().filter(|visit| visit.over().is_none());
        open.cloned().collect()
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Book {
    /// Forgets calls that nobody reads any more, and beginnings that are long ago.
    fn forget(&mut self, now: Instant) {
        let is_recent = |at: Instant, within| now.saturating_duration_since(at) < within;
        self.visits
            .retain(|_, visit| visit.over().is_none_or(|at| is_recent(at, LINGER)));
        self.begun.retain(|_, begun| {
            while begun.front().is_some_and(|at| !is_recent(*at, MINUTE)) {
                begun.pop_front();
            }
            !begun.is_empty()
        });
    }
}

/// What counts as one address: of IPv6, a household has 2⁶⁴.
fn household(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX)).into(),
        address => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    #[test]
    fn calls_are_bounded_for_each_address_and_in_all() {
        let (visits, now) = (Visits::new(3, 2), Instant::now());
        let enter = |from: &str| visits.enter(address(from), now);
        let first = enter("192.0.2.1").expect("room");
        let _second = enter("192.0.2.1").expect("room");
        assert_eq!(enter("192.0.2.1").err(), Some(Full::ForYou));
        let _third = enter("2001:db8:0:1::1").expect("room");
        assert_eq!(enter("192.0.2.3").err(), Some(Full::Everywhere));
        drop(first);
        assert!(enter("2001:db8:0:1:ffff::7").is_ok(), "two of one household");
    }

    #[test]
    fn calls_one_after_the_other_are_bounded_too() {
        let (visits, start) = (Visits::new(3, 2), Instant::now());
        for _ in 0..BEGINS {
            drop(visits.enter(address("192.0.2.1"), start).expect("room"));
        }
        assert_eq!(visits.enter(address("192.0.2.1"), start).err(), Some(Full::ForYou));
        assert!(visits.enter(address("192.0.2.2"), start).is_ok());
        let later = start + MINUTE;
        assert!(visits.enter(address("192.0.2.1"), later).is_ok());
        assert_eq!(visits.book().begun.len(), 1, "what is long ago is forgotten");
    }

    #[test]
    fn tokens_are_long_and_never_the_same_and_outlive_their_call_for_a_while() {
        let (visits, now) = (Visits::new(3, 3), Instant::now());
        let (token, seat) = visits.enter(address("192.0.2.1"), now).expect("room");
        let (other, _other) = visits.enter(address("192.0.2.1"), now).expect("room");
        assert!(token.as_str().len() == 64 && token != other);
        assert!(!format!("{token:?}").contains(token.as_str()), "never in a log");
        assert!(visits.find(&token.as_str()[1..]).is_none());
        let visit = visits.find(token.as_str()).expect("it is there");
        assert!(visit.ask(Request::Key('1')));
        drop(seat);
        assert!(!visit.ask(Request::Key('1')), "the call is over");
        let captions = visit.captions();
        assert!(matches!(captions.borrow().last(), Some(Caption::Over { .. })));
        visits
            .enter(address("192.0.2.2"), Instant::now() + LINGER)
            .expect("room");
        assert!(visits.find(token.as_str()).is_none());
    }

    #[test]
    fn requests_are_bounded() {
        let visits = Visits::new(1, 1);
        let (_, seat) = visits.enter(address("192.0.2.1"), Instant::now()).expect("room");
        assert!((0..WAITING).all(|_| seat.visit.ask(Request::Key('1'))));
        assert!(!seat.visit.ask(Request::Key('1')));
    }
}
