//! The consoles at which calls are taken: whose browser is open, what rings there, and who speaks with whom.
//!
//! ```text
//! call ── ring ──► Desks ── what changes ──► pages of those who were asked
//! call ◄── Wish ── Desks ◄── take, decline, hang up ── one of these pages
//! ```
//!
//! A call holds a [`Seat`] as long as it rings or is spoken at a console; when it is dropped, the pages are told. And it reads
//! from its [`Door`] who wants to step into it, to take it over or to listen.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use tokio::sync::{mpsc, oneshot, watch};

use super::Refusal;
use crate::pii::Pii;
use crate::units::CallId;

/// Going from one page to the next, a browser is away for no longer than this.
const BETWEEN_PAGES: Duration = Duration::from_secs(5);
/// How long those who were asked too are told who has taken a call.
const TOLD: Duration = Duration::from_secs(8);
/// Wishes that may wait; more are refused.
const WAITING: usize = 8;

/// What somebody at a console wants.
#[derive(Debug)]
pub enum Wish {
    /// To take the call that rings.
    Take(Take),
    /// Nobody who was asked will take it.
    Decline,
    /// To end the call, or to listen no more.
    HangUp,
    /// To give the caller back to us.
    GiveBack,
    /// To pass the caller on to this service (its id).
    PassOn(String),
    /// To ring this extension for the caller, who is with them again where nobody answers there.
    Refer(String),
    /// To have no more of the conversation recorded.
    StopRecording,
}

/// How somebody steps into a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// They take it over from us.
    TakeOver,
    /// They listen to it.
    Listen,
}

/// Somebody takes a call: the sound of their browser.
#[derive(Debug)]
pub struct Take {
    /// The account's name.
    pub name: String,
    /// The browser's offer (SDP).
    pub offer: String,
    /// Where the browser is.
    pub from: IpAddr,
    /// Takes the answer to the offer.
    pub answered: oneshot::Sender<Result<String, Refusal>>,
}

/// What rings, or is spoken, at a console.
#[derive(Clone, Debug)]
pub struct Post {
    /// Names it to the pages.
    pub id: u64,
    /// The call.
    pub call: CallId,
    /// The service's id.
    pub service: String,
    /// What it is about.
    pub summary: Pii<String>,
    /// Who has taken it, and when; or who listens.
    pub taken: Option<(String, Instant)>,
    /// Whether they only listen.
    pub listens: bool,
}

struct Entry {
    post: Post,
    /// Those for whom it rings: who declines is not among them any more.
    asked: BTreeSet<String>,
    wishes: mpsc::Sender<Wish>,
}

/// All consoles.
#[derive(Default)]
pub struct Desks {
    book: Mutex<Book>,
    changed: watch::Sender<u64>,
}

#[derive(Default)]
struct Book {
    last: u64,
    entries: BTreeMap<u64, Entry>,
    open: BTreeMap<String, Open>,
    doors: BTreeMap<CallId, mpsc::Sender<(Step, Seat, Take)>>,
}

/// The pages of one account that would ring.
struct Open {
    pages: usize,
    /// When the last of them was closed, or opened.
    seen: Instant,
}

/// Why nothing rings, as the status of a telephone.
const NOBODY: u16 = 480;
const ALL_BUSY: u16 = 486;

impl Desks {
    /// Rings the consoles of these accounts, as far as their browser is open and they do not speak yet. An error is the status
    /// of a telephone that does not ring: 480 (nobody is there), 486 (all speak with somebody).
    pub fn ring(
        self: &Arc<Self>,
        call: CallId,
        service: &str,
        summary: Pii<String>,
        available: Vec<String>,
    ) -> Result<Seat, u16> {
        let book = self.book();
        let there: Vec<String> = available.into_iter().filter(|name| book.is_open(name)).collect();
        if there.is_empty() {
            return Err(NOBODY);
        }
        let asked: BTreeSet<String> = there.into_iter().filter(|name| !book.speaks(name)).collect();
        if asked.is_empty() {
            return Err(ALL_BUSY);
        }
        let post = Post {
            id: 0,
            call,
            service: service.into(),
            summary,
            taken: None,
            listens: false,
        };
        Ok(self.seat(book, post, asked))
    }

    /// Keeps what rings or is spoken, as long as what this gives lives.
    fn seat(self: &Arc<Self>, mut book: MutexGuard<'_, Book>, mut post: Post, asked: BTreeSet<String>) -> Seat {
        book.last += 1;
        let id = book.last;
        post.id = id;
        let (sender, wishes) = mpsc::channel(WAITING);
        let entry = Entry {
            post,
            asked,
            wishes: sender,
        };
        book.entries.insert(id, entry);
        drop(book);
        self.tell();
        Seat {
            id,
            desks: self.clone(),
            wishes,
        }
    }

    /// A call begins, into which people may step as long as what this gives lives.
    pub fn open_call(self: &Arc<Self>, call: CallId) -> Door {
        let (sender, steps) = mpsc::channel(WAITING);
        self.book().doors.insert(call, sender);
        Door {
            call,
            desks: self.clone(),
            steps,
        }
    }

    /// Somebody steps into a call that runs: gives the number of their post. None where there is no such call any more, or
    /// they speak already.
    pub fn step_in(self: &Arc<Self>, call: CallId, step: Step, take: Take) -> Option<u64> {
        let book = self.book();
        if book.speaks(&take.name) {
            return None;
        }
        let door = book.doors.get(&call)?.clone();
        let post = Post {
            id: 0,
            call,
            service: String::new(),
            summary: Pii::default(),
            taken: Some((take.name.clone(), Instant::now())),
            listens: step == Step::Listen,
        };
        let seat = self.seat(book, post, BTreeSet::new());
        let id = seat.id;
        door.try_send((step, seat, take)).ok().map(|()| id)
    }

    /// A page of this account is open, as long as what this gives lives.
    pub fn open(self: &Arc<Self>, name: &str) -> OpenPage {
        let mut book = self.book();
        let open = book.open.entry(name.into()).or_insert(Open {
            pages: 0,
            seen: Instant::now(),
        });
        open.pages += 1;
        OpenPage {
            name: name.into(),
            desks: self.clone(),
        }
    }

    /// Tells that what rings or is spoken somewhere has changed.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.changed.subscribe()
    }

    /// What is shown to this account: what rings there, what it has taken, and for a moment what another took.
    pub fn shown_to(&self, name: &str) -> Vec<Post> {
        let book = self.book();
        let shown = book.entries.values().filter(|entry| match &entry.post.taken {
            None => entry.asked.contains(name),
            Some((by, at)) => by == name || (entry.asked.contains(name) && at.elapsed() < TOLD),
        });
        shown.map(|entry| entry.post.clone()).collect()
    }

    /// Somebody takes a call: false where it rings no more, or another was quicker.
    pub fn take(&self, id: u64, take: Take) -> bool {
        let mut book = self.book();
        if book.speaks(&take.name) {
            return false;
        }
        let Some(entry) = book.entries.get_mut(&id) else {
            return false;
        };
        let name = take.name.clone();
        let rings = entry.post.taken.is_none() && entry.asked.contains(&name);
        let taken = rings && entry.wishes.try_send(Wish::Take(take)).is_ok();
        if taken {
            entry.post.taken = Some((name, Instant::now()));
            drop(book);
            self.tell();
        }
        taken
    }

    /// Somebody will not take a call: it goes on ringing for the others. False where it did not ring for them.
    pub fn decline(&self, id: u64, name: &str) -> bool {
        let mut book = self.book();
        let Some(entry) = book.entries.get_mut(&id).filter(|entry| entry.post.taken.is_none()) else {
            return false;
        };
        let declined = entry.asked.remove(name);
        if declined && entry.asked.is_empty() {
            // Where it does not get through, the call ends or has rung for long enough.
            let _ = entry.wishes.try_send(Wish::Decline);
        }
        drop(book);
        self.tell();
        declined
    }

    /// Hands a wish of who has taken a call to it; false where it is not theirs, or over.
    pub fn ask(&self, id: u64, name: &str, wish: Wish) -> bool {
        let book = self.book();
        let entry = book.entries.get(&id);
        let theirs = entry.filter(|entry| matches!(&entry.post.taken, Some((by, _)) if by == name));
        theirs.is_some_and(|entry| entry.wishes.try_send(wish).is_ok())
    }

    fn tell(&self) {
        self.changed.send_modify(|count| *count += 1);
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Book {
    fn is_open(&self, name: &str) -> bool {
        let open = self.open.get(name);
        open.is_some_and(|open| open.pages > 0 || open.seen.elapsed() < BETWEEN_PAGES)
    }

    fn speaks(&self, name: &str) -> bool {
        let speaks = |entry: &Entry| matches!(&entry.post.taken, Some((by, _)) if by == name);
        self.entries.values().any(speaks)
    }
}

/// A call's own end of what rings, or is spoken, at a console.
pub struct Seat {
    id: u64,
    desks: Arc<Desks>,
    wishes: mpsc::Receiver<Wish>,
}

impl Seat {
    /// The sound of who has taken the call did not get through: it rings on for the others. False where there are none.
    pub fn ring_on(&self, name: &str) -> bool {
        let mut book = self.desks.book();
        let Some(entry) = book.entries.get_mut(&self.id) else {
            return false;
        };
        entry.post.taken = None;
        entry.asked.remove(name);
        let rings = !entry.asked.is_empty();
        drop(book);
        self.desks.tell();
        rings
    }

    /// The next wish of whoever is at the console.
    pub fn poll_wish(&mut self, context: &mut Context<'_>) -> Poll<Wish> {
        match self.wishes.poll_recv(context) {
            Poll::Ready(Some(wish)) => Poll::Ready(wish),
            // The other end lives as long as this one.
            Poll::Ready(None) | Poll::Pending => Poll::Pending,
        }
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.desks.book().entries.remove(&self.id);
        self.desks.tell();
    }
}

/// A call's own end of the door through which people step into it.
pub struct Door {
    call: CallId,
    desks: Arc<Desks>,
    steps: mpsc::Receiver<(Step, Seat, Take)>,
}

impl Door {
    /// The next who steps in.
    pub async fn next(&mut self) -> (Step, Seat, Take) {
        match self.steps.recv().await {
            Some(step) => step,
            // The other end lives as long as this one.
            None => std::future::pending().await,
        }
    }
}

impl Drop for Door {
    fn drop(&mut self) {
        self.desks.book().doors.remove(&self.call);
    }
}

/// An open page.
pub struct OpenPage {
    name: String,
    desks: Arc<Desks>,
}

impl Drop for OpenPage {
    fn drop(&mut self) {
        if let Some(open) = self.desks.book().open.get_mut(&self.name) {
            open.pages -= 1;
            open.seen = Instant::now();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn take(name: &str) -> (Take, oneshot::Receiver<Result<String, Refusal>>) {
        let (answered, answer) = oneshot::channel();
        let take = Take {
            name: name.into(),
            offer: String::new(),
            from: [127, 0, 0, 1].into(),
            answered,
        };
        (take, answer)
    }

    fn ring(desks: &Arc<Desks>, names: &[&str]) -> Result<Seat, u16> {
        let names = names.iter().map(|&name| name.into()).collect();
        desks.ring(CallId(1), "accueil", "Un appel.".to_owned().into(), names)
    }

    fn wish(seat: &mut Seat) -> Option<Wish> {
        match seat.poll_wish(&mut Context::from_waker(std::task::Waker::noop())) {
            Poll::Ready(wish) => Some(wish),
            Poll::Pending => None,
        }
    }

    #[test]
    fn the_first_who_takes_a_call_has_it_and_the_others_are_told() {
        let desks: Arc<Desks> = Arc::default();
        let _pages = ["Claire", "Paul", "Zoé"].map(|name| desks.open(name));
        let mut seat = ring(&desks, &["Claire", "Paul"]).expect("rings");
        let id = desks.shown_to("Claire")[0].id;
        assert!(
            desks.shown_to("Zoé").is_empty() && !desks.take(id, take("Zoé").0),
            "not asked"
        );
        assert!(!desks.ask(id, "Claire", Wish::HangUp), "not hers yet");
        assert!(desks.take(id, take("Paul").0));
        assert!(!desks.take(id, take("Claire").0), "later");
        assert!(matches!(wish(&mut seat), Some(Wish::Take(take)) if take.name == "Paul"));
        let told = desks.shown_to("Claire");
        assert_eq!(told[0].taken.as_ref().map(|(by, _)| by.as_str()), Some("Paul"));
        assert!(!desks.ask(id, "Claire", Wish::HangUp) && desks.ask(id, "Paul", Wish::HangUp));
        assert_eq!(ring(&desks, &["Paul"]).err(), Some(ALL_BUSY));
        drop(seat);
        assert!(desks.shown_to("Paul").is_empty() && desks.shown_to("Claire").is_empty());
        assert!(ring(&desks, &["Paul"]).is_ok());
    }

    #[test]
    fn it_rings_on_until_all_have_declined() {
        let desks: Arc<Desks> = Arc::default();
        let _pages = ["Claire", "Paul"].map(|name| desks.open(name));
        let mut seat = ring(&desks, &["Claire", "Paul"]).expect("rings");
        let id = desks.shown_to("Claire")[0].id;
        assert!(desks.decline(id, "Claire") && !desks.decline(id, "Claire"));
        assert!(desks.shown_to("Claire").is_empty() && wish(&mut seat).is_none());
        assert!(desks.decline(id, "Paul"));
        assert!(matches!(wish(&mut seat), Some(Wish::Decline)));
    }

    #[test]
    fn where_the_sound_of_one_does_not_get_through_it_rings_on_for_the_others() {
        let desks: Arc<Desks> = Arc::default();
        let _pages = ["Claire", "Paul"].map(|name| desks.open(name));
        let seat = ring(&desks, &["Claire", "Paul"]).expect("rings");
        let id = desks.shown_to("Claire")[0].id;
        assert!(desks.take(id, take("Claire").0) && seat.ring_on("Claire"));
        assert!(desks.shown_to("Claire").is_empty() && desks.shown_to("Paul")[0].taken.is_none());
        assert!(desks.take(id, take("Paul").0) && !seat.ring_on("Paul"));
    }

    #[test]
    fn who_has_no_page_open_is_not_rung() {
        let desks: Arc<Desks> = Arc::default();
        assert_eq!(ring(&desks, &["Claire"]).err(), Some(NOBODY));
        let page = desks.open("Claire");
        assert!(ring(&desks, &["Claire"]).is_ok());
        drop(page);
        assert!(ring(&desks, &["Claire"]).is_ok(), "on her way to the next page");
        assert_eq!(ring(&desks, &[]).err(), Some(NOBODY));
    }

    #[test]
    fn people_step_into_calls_that_run() {
        let desks: Arc<Desks> = Arc::default();
        let call = CallId(7);
        let step = |desks: &Arc<Desks>, name| desks.step_in(call, Step::TakeOver, take(name).0);
        assert_eq!(step(&desks, "Claire"), None, "no such call");
        let mut door = desks.open_call(call);
        let id = step(&desks, "Claire").expect("it is there");
        assert_eq!(desks.shown_to("Claire")[0].id, id);
        assert_eq!(step(&desks, "Claire"), None, "she speaks already");
        let (how, seat, stepped) = door.steps.try_recv().expect("somebody");
        assert_eq!((how, stepped.name.as_str(), seat.id), (Step::TakeOver, "Claire", id));
        drop(seat);
        assert!(desks.shown_to("Claire").is_empty());
        drop(door);
        assert_eq!(step(&desks, "Claire"), None, "it is over");
        assert!(desks.shown_to("Claire").is_empty(), "and nothing is left");
    }

    #[test]
    fn pages_are_told_of_each_change() {
        let desks: Arc<Desks> = Arc::default();
        let _page = desks.open("Claire");
        let mut changes = desks.changes();
        let seat = ring(&desks, &["Claire"]).expect("rings");
        assert!(changes.has_changed().expect("lives"));
        changes.mark_unchanged();
        drop(seat);
        assert!(changes.has_changed().expect("lives"));
    }
}
