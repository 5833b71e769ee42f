//! Those who wait for somebody of a service, in the order of their arrival, and whose turn it is. One [`Queues`] knows all
//! the lines of a running Allô.
//!
//! ```text
//! join ─► waits ── an extension is free, nobody is before ─► its turn: rung ── taken ─► held ── leave ─► gone
//!           ▲                                                   │ missed: those extensions rest for a while
//!           └───────────────────────────────────────────────────┘
//! ```
//!
//! Sans-IO: call its methods with the time, then drain [`Queues::poll_news`]; call [`Queues::handle_timeout`] at
//! [`Queues::poll_timeout`]. Whoever joins is told at once: their turn, their place, or that there is none. Where all
//! extensions of a service ring together, one caller at a time is rung for; else as many as there are free extensions, each
//! at one. An extension that did not take a call is not rung again at once: it may be busy with a call that we know nothing
//! of.

use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, Instant};

use super::Outcome;
use crate::units::CallId;

/// How long a clerk is held, as long as nothing was measured.
const USUAL: Duration = Duration::from_secs(180);
/// Shorter conversations than this tell nothing of it.
const SHORTEST: Duration = Duration::from_secs(5);
/// How much of the average each new conversation is.
const FOLLOW: u32 = 4;
/// Until so many were measured, nobody is sent away for the wait that is to be expected.
const MEASURED: u32 = 3;
/// After a conversation, so that the clerk can hang up and breathe.
const BREATH: Duration = Duration::from_secs(3);

/// Names a line: of one service of one town.
pub type LineId = String;

/// How a service's callers wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Extensions of the service.
    pub posts: usize,
    /// Whether they all ring together for one caller.
    pub together: bool,
    /// Callers who may wait.
    pub places: usize,
    /// The longest that one may.
    pub longest: Duration,
    /// Whether the end of a conversation frees the clerk, as far as we know: not where the telephone system has taken it over.
    pub measured: bool,
}

/// A caller's place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// From 1; who is being rung for counts.
    pub position: usize,
    /// How long it will take, as far as can be told.
    pub wait: Duration,
    /// Whether everybody speaks with somebody, rather than not answering.
    pub busy: bool,
}

/// Why there is no place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// As many wait as may.
    Full,
    /// It would take longer than one may wait.
    TooLong,
    /// None of the extensions can be reached.
    Unreachable,
}

/// What a caller is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum News {
    /// It is their turn: these extensions (indices in the service's) are to be rung.
    Turn(Vec<usize>),
    /// They wait, and this is their place now.
    Waits(Place),
    /// They have no place.
    Refused(Refusal),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Post {
    Free,
    /// It rings for this call.
    Rings(CallId),
    /// Its clerk speaks with this caller, since then.
    Held(CallId, Instant),
    /// It is not rung until then.
    Rests(Instant, Outcome),
}

#[derive(Debug)]
struct Waiter {
    call: CallId,
    since: Instant,
    rung: bool,
    /// What it was told last.
    told: Option<Place>,
}

#[derive(Debug)]
struct Line {
    limits: Limits,
    posts: Vec<Post>,
    /// In the order of their arrival.
    waiters: Vec<Waiter>,
    held: Duration,
    measured: u32,
}

/// All lines.
#[derive(Debug, Default)]
pub struct Queues {
    lines: BTreeMap<LineId, Line>,
    news: VecDeque<(CallId, News)>,
}

impl Queues {
    /// A caller who has waited since `since` takes their place in the order of arrival.
    pub fn join(&mut self, now: Instant, line: &LineId, limits: Limits, call: CallId, since: Instant) {
        self.leave(now, call);
        let line = self.lines.entry(line.clone()).or_insert_with(|| Line::new(limits));
        line.limits = limits;
        line.posts.resize(limits.posts, Post::Free);
        let at = line.waiters.partition_point(|waiter| waiter.since <= since);
        let waiter = Waiter {
            call,
            since,
            rung: false,
            told: None,
        };
        line.waiters.insert(at, waiter);
        line.settle(now, &mut self.news);
    }

    /// Nobody took the call at these extensions.
    pub fn missed(&mut self, now: Instant, call: CallId, missed: &[(usize, Outcome)]) {
        let (Some(line), news) = self.line_and_news(call) else {
            return;
        };
        for (post, outcome) in missed {
            if let Some(post) = line.posts.get_mut(*post) {
                *post = Post::Rests(now + rest_after(*outcome), *outcome);
            }
        }
        line.free(call);
        if let Some(waiter) = line.waiters.iter_mut().find(|waiter| waiter.call == call) {
            waiter.rung = false;
        }
        line.settle(now, news);
    }

    /// The clerk at this extension has taken the call: they are held until it leaves.
    pub fn taken(&mut self, now: Instant, call: CallId, post: usize) {
        let (Some(line), news) = self.line_and_news(call) else {
            return;
        };
        line.free(call);
        line.waiters.retain(|waiter| waiter.call != call);
        if let Some(post) = line.posts.get_mut(post) {
            *post = Post::Held(call, now);
        }
        line.settle(now, news);
    }

    /// The caller waits no more, or speaks no more with the clerk, or is gone.
    pub fn leave(&mut self, now: Instant, call: CallId) {
        let (Some(line), news) = self.line_and_news(call) else {
            return;
        };
        line.waiters.retain(|waiter| waiter.call != call);
        line.free(call);
        for post in 0..line.posts.len() {
            if let Post::Held(by, since) = line.posts[post]
                && by == call
            {
                line.measure(now.duration_since(since));
                line.posts[post] = Post::Rests(now + BREATH, Outcome::Busy);
            }
        }
        line.settle(now, news);
    }

    /// Extensions have rested for long enough.
    pub fn handle_timeout(&mut self, now: Instant) {
        for line in self.lines.values_mut() {
            line.settle(now, &mut self.news);
        }
    }

    /// When [`Queues::handle_timeout`] is wanted; none while nobody waits for an extension that rests.
    pub fn poll_timeout(&self) -> Option<Instant> {
        let waited_for = self.lines.values().filter(|line| line.waiters.iter().any(|w| !w.rung));
        let rest = |post: &Post| match post {
            Post::Rests(until, _) => Some(*until),
            _ => None,
        };
        waited_for.flat_map(|line| &line.posts).filter_map(rest).min()
    }

    /// How many wait in each line.
    pub fn waiting(&self) -> impl Iterator<Item = (&LineId, usize)> {
        let waits = |line: &Line| line.waiters.iter().filter(|waiter| waiter.told.is_some()).count();
        self.lines.iter().map(move |(id, line)| (id, waits(line)))
    }

    /// What is to be told to whom.
    pub fn poll_news(&mut self) -> Option<(CallId, News)> {
        self.news.pop_front()
    }

    /// The line in which this call waits or is served, and where its news go.
    fn line_and_news(&mut self, call: CallId) -> (Option<&mut Line>, &mut VecDeque<(CallId, News)>) {
        (self.lines.values_mut().find(|line| line.knows(call)), &mut self.news)
    }
}

/// How long an extension is left alone after it did not take a call.
fn rest_after(outcome: Outcome) -> Duration {
    Duration::from_secs(match outcome {
        Outcome::Busy => 8,
        Outcome::NoAnswer | Outcome::Declined => 15,
        Outcome::Voicemail | Outcome::Unreachable => 30,
        // It only rang: the caller left, or another was quicker.
        Outcome::Abandoned | Outcome::Taken => 0,
    })
}

impl Line {
    fn new(limits: Limits) -> Self {
        Self {
            limits,
            posts: Vec::new(),
            waiters: Vec::new(),
            held: USUAL,
            measured: 0,
        }
    }

    fn knows(&self, call: CallId) -> bool {
        let is_at = |post: &Post| matches!(post, Post::Rings(by) | Post::Held(by, _) if *by == call);
        self.waiters.iter().any(|waiter| waiter.call == call) || self.posts.iter().any(is_at)
    }

    /// What rings for this call rings no more.
    fn free(&mut self, call: CallId) {
        for post in &mut self.posts {
            if *post == Post::Rings(call) {
                *post = Post::Free;
            }
        }
    }

    fn measure(&mut self, held: Duration) {
        if self.limits.measured && held >= SHORTEST {
            self.held = if self.measured == 0 {
                held
            } else {
                (self.held * (FOLLOW - 1) + held) / FOLLOW
            };
            self.measured += 1;
        }
    }

    /// Gives turns to those who come first, refuses who has no place, and tells the others how they stand.
    fn settle(&mut self, now: Instant, news: &mut VecDeque<(CallId, News)>) {
        for post in &mut self.posts {
            if matches!(post, Post::Rests(until, _) if *until <= now) {
                *post = Post::Free;
            }
        }
        for at in 0..self.waiters.len() {
            if self.waiters[at].rung {
                continue;
            }
            let posts = self.next_posts();
            if posts.is_empty() {
                break;
            }
            let waiter = &mut self.waiters[at];
            waiter.rung = true;
            for post in &posts {
                self.posts[*post] = Post::Rings(waiter.call);
            }
            news.push_back((waiter.call, News::Turn(posts)));
        }
        let mut at = 0;
        while at < self.waiters.len() {
            if let Some(refusal) = self.refusal(at) {
                let waiter = self.waiters.remove(at);
                news.push_back((waiter.call, News::Refused(refusal)));
                continue;
            }
            let place = self.place(at);
            let waiter = &mut self.waiters[at];
            if !waiter.rung && waiter.told != Some(place) {
                waiter.told = Some(place);
                news.push_back((waiter.call, News::Waits(place)));
            }
            at += 1;
        }
    }

    /// The extensions that ring for the next caller.
    fn next_posts(&self) -> Vec<usize> {
        let free = (0..self.posts.len()).filter(|post| self.posts[*post] == Post::Free);
        let rings = self.posts.iter().any(|post| matches!(post, Post::Rings(_)));
        match self.limits.together {
            true if rings => Vec::new(),
            true => free.collect(),
            false => free.take(1).collect(),
        }
    }

    /// Why whoever has not been given a place yet gets none.
    fn refusal(&self, at: usize) -> Option<Refusal> {
        let waiter = &self.waiters[at];
        if waiter.rung || waiter.told.is_some() {
            return None;
        }
        let unreachable = |post: &Post| matches!(post, Post::Rests(_, Outcome::Unreachable));
        if self.posts.iter().all(unreachable) {
            return Some(Refusal::Unreachable);
        }
        let others = self.waiters.iter().filter(|other| other.told.is_some()).count();
        if others >= self.limits.places {
            return Some(Refusal::Full);
        }
        let too_long = self.measured >= MEASURED && self.place(at).wait > self.limits.longest;
        too_long.then_some(Refusal::TooLong)
    }

    fn place(&self, at: usize) -> Place {
        let position = at + 1;
        let serves = |post: &&Post| !matches!(post, Post::Rests(_, Outcome::Unreachable));
        let serving = self.posts.iter().filter(serves).count().max(1) as u32;
        let silent = |post: &Post| {
            matches!(
                post,
                Post::Rests(
                    _,
                    Outcome::NoAnswer | Outcome::Declined | Outcome::Voicemail | Outcome::Unreachable
                )
            )
        };
        Place {
            position,
            wait: self.held * position as u32 / serving,
            busy: !self.posts.iter().any(silent) || at > 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: CallId = CallId(1);
    const B: CallId = CallId(2);
    const C: CallId = CallId(3);
    const MINUTE: Duration = Duration::from_secs(60);

    struct Desk {
        queues: Queues,
        now: Instant,
        limits: Limits,
    }

    impl Desk {
        fn of(posts: usize, together: bool) -> Self {
            Self {
                queues: Queues::default(),
                now: Instant::now(),
                limits: Limits {
                    posts,
                    together,
                    places: 2,
                    longest: MINUTE * 10,
                    measured: true,
                },
            }
        }

        fn news(&mut self) -> Vec<(CallId, News)> {
            std::iter::from_fn(|| self.queues.poll_news()).collect()
        }

        fn joins(&mut self, call: CallId) -> Vec<(CallId, News)> {
            self.joins_as_of(call, self.now)
        }

        fn joins_as_of(&mut self, call: CallId, since: Instant) -> Vec<(CallId, News)> {
            self.queues
                .join(self.now, &"Petitval/accueil".into(), self.limits, call, since);
            self.news()
        }

        fn misses(&mut self, call: CallId, missed: &[(usize, Outcome)]) -> Vec<(CallId, News)> {
            self.queues.missed(self.now, call, missed);
            self.news()
        }

        fn takes(&mut self, call: CallId, post: usize) -> Vec<(CallId, News)> {
            self.queues.taken(self.now, call, post);
            self.news()
        }

        fn leaves(&mut self, call: CallId) -> Vec<(CallId, News)> {
            self.queues.leave(self.now, call);
            self.news()
        }

        /// Time passes; what is told while it does.
        fn passes(&mut self, time: Duration) -> Vec<(CallId, News)> {
            let end = self.now + time;
            while let Some(at) = self.queues.poll_timeout().filter(|at| *at <= end) {
                self.now = at;
                self.queues.handle_timeout(at);
            }
            self.now = end;
            self.news()
        }

        /// A conversation of this length.
        fn serves(&mut self, call: CallId, length: Duration) {
            self.joins(call);
            self.takes(call, 0);
            self.passes(length);
            self.leaves(call);
            self.passes(BREATH);
        }
    }

    fn turn(call: CallId, posts: &[usize]) -> (CallId, News) {
        (call, News::Turn(posts.to_vec()))
    }

    fn waits(call: CallId, position: usize, wait: Duration, busy: bool) -> (CallId, News) {
        (call, News::Waits(Place { position, wait, busy }))
    }

    fn refused(call: CallId, refusal: Refusal) -> (CallId, News) {
        (call, News::Refused(refusal))
    }

    #[test]
    fn one_clerk_serves_in_the_order_of_arrival() {
        let mut desk = Desk::of(1, true);
        assert_eq!(desk.joins(A), [turn(A, &[0])]);
        assert_eq!(desk.joins(B), [waits(B, 2, USUAL * 2, true)]);
        assert_eq!(desk.takes(A, 0), [waits(B, 1, USUAL, true)]);
        assert_eq!(desk.joins(C), [waits(C, 2, USUAL * 2, true)]);
        desk.passes(MINUTE);
        // The first conversation that is measured tells how long they are.
        assert_eq!(
            desk.leaves(A),
            [waits(B, 1, MINUTE, true), waits(C, 2, MINUTE * 2, true)]
        );
        assert_eq!(desk.passes(BREATH), [turn(B, &[0])]);
        assert_eq!(desk.takes(B, 0), [waits(C, 1, MINUTE, true)]);
        assert_eq!(desk.leaves(C), []);
        assert_eq!(desk.queues.poll_timeout(), None, "nobody waits");
    }

    #[test]
    fn in_turn_as_many_are_rung_for_as_there_are_free_extensions_and_together_one() {
        let mut desk = Desk::of(2, false);
        assert_eq!(desk.joins(A), [turn(A, &[0])]);
        assert_eq!(desk.joins(B), [turn(B, &[1])]);
        assert_eq!(desk.joins(C), [waits(C, 3, USUAL * 3 / 2, true)]);
        let mut desk = Desk::of(2, true);
        assert_eq!(desk.joins(A), [turn(A, &[0, 1])]);
        assert_eq!(desk.joins(B), [waits(B, 2, USUAL, true)]);
        // The other extension is free as soon as one has taken the first call.
        assert_eq!(desk.takes(A, 1), [turn(B, &[0])]);
    }

    #[test]
    fn what_does_not_take_a_call_rests_and_the_caller_stays_first() {
        for (outcome, rest, busy) in [
            (Outcome::Busy, 8, true),
            (Outcome::NoAnswer, 15, false),
            (Outcome::Declined, 15, false),
            (Outcome::Voicemail, 30, false),
        ] {
            let mut desk = Desk::of(1, true);
            desk.joins(A);
            desk.joins(B);
            assert_eq!(
                desk.misses(A, &[(0, outcome)]),
                [waits(A, 1, USUAL, busy)],
                "{outcome:?}"
            );
            assert_eq!(desk.passes(Duration::from_secs(rest) - Duration::from_millis(1)), []);
            assert_eq!(desk.passes(Duration::from_millis(1)), [turn(A, &[0])], "{outcome:?}");
        }
    }

    #[test]
    fn in_turn_the_next_extension_rings_at_once() {
        let mut desk = Desk::of(2, false);
        desk.joins(A);
        assert_eq!(desk.misses(A, &[(0, Outcome::NoAnswer)]), [turn(A, &[1])]);
        assert_eq!(desk.misses(A, &[(1, Outcome::Busy)]), [waits(A, 1, USUAL / 2, false)]);
    }

    #[test]
    fn extensions_that_cannot_be_reached_refuse_who_comes_but_lose_nobody_who_waits() {
        let mut desk = Desk::of(1, true);
        desk.joins(A);
        desk.misses(A, &[(0, Outcome::Busy)]);
        assert_eq!(desk.passes(Duration::from_secs(8)), [turn(A, &[0])]);
        assert_eq!(
            desk.misses(A, &[(0, Outcome::Unreachable)]),
            [waits(A, 1, USUAL, false)]
        );
        assert_eq!(desk.joins(B), [refused(B, Refusal::Unreachable)]);
        assert_eq!(desk.passes(Duration::from_secs(30)), [turn(A, &[0])]);
    }

    #[test]
    fn places_and_the_wait_have_limits() {
        let mut desk = Desk::of(1, true);
        desk.joins(A);
        desk.takes(A, 0);
        desk.joins(B);
        desk.joins(C);
        assert_eq!(desk.joins(CallId(4)), [refused(CallId(4), Refusal::Full)]);
        desk.leaves(B);
        assert_eq!(desk.joins(CallId(4)), [waits(CallId(4), 2, USUAL * 2, true)]);
        let mut desk = Desk::of(1, true);
        for call in 10..13 {
            desk.serves(CallId(call), MINUTE * 8);
        }
        desk.joins(A);
        desk.takes(A, 0);
        assert_eq!(desk.joins(B), [waits(B, 1, MINUTE * 8, true)]);
        assert_eq!(desk.joins(C), [refused(C, Refusal::TooLong)]);
    }

    #[test]
    fn who_comes_back_has_the_place_of_their_arrival() {
        let mut desk = Desk::of(1, true);
        desk.joins(A);
        desk.takes(A, 0);
        let arrived = desk.now;
        desk.joins(B);
        desk.passes(MINUTE);
        desk.joins(C);
        desk.leaves(B);
        assert_eq!(
            desk.joins_as_of(B, arrived),
            [waits(B, 1, USUAL, true), waits(C, 2, USUAL * 2, true)]
        );
    }

    #[test]
    fn who_leaves_while_it_rings_gives_the_turn_on() {
        let mut desk = Desk::of(1, true);
        desk.joins(A);
        desk.joins(B);
        assert_eq!(desk.leaves(A), [turn(B, &[0])]);
        // What comes late of a call that is gone changes nothing.
        assert_eq!(desk.takes(A, 0), []);
        assert_eq!(desk.misses(A, &[(0, Outcome::Busy)]), []);
    }

    #[test]
    fn short_conversations_and_those_that_were_taken_over_are_not_measured() {
        let mut desk = Desk::of(1, true);
        desk.serves(A, SHORTEST - Duration::from_millis(1));
        desk.limits.measured = false;
        desk.serves(B, MINUTE);
        desk.joins(A);
        assert_eq!(desk.joins(C), [waits(C, 2, USUAL * 2, true)]);
    }
}
