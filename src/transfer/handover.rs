//! An attended transfer: whose telephones ring, who answers first, who takes the call.
//!
//! ```text
//!            lead                 answers              takes it
//! Waiting ─────────► Ringing ───────────────► Talking ──────────► connected: over
//!    ▲                 │  │ busy, no answer      │ declines, a voicemail, silence, hangs up
//!    └──── spared ─────┘  └───► Out ◄────────────┘
//! ```
//!
//! Sans-IO: feed it `handle_*`, then drain [`HandOver::poll_step`]; call [`HandOver::handle_timeout`] at
//! [`HandOver::deadline`]. One clerk at a time is told of the call: who rings meanwhile is spared, and rung again where that
//! one does not take it. It always ends with [`Step::Connect`] or [`Step::Fail`].

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::Outcome;
pub use super::clerk::Words;
use super::clerk::{Clerk, Verdict};

/// Names one attempt to ring somebody; never used twice in a call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ClerkId(pub u32);

/// How a service is rung.
#[derive(Clone, Copy, Debug)]
pub struct Rules {
    /// Extensions of the service.
    pub posts: usize,
    /// Whether all ring at once.
    pub together: bool,
    /// How long each rings.
    pub ring: Duration,
    /// How long before the first rings it is known that it will.
    pub lead: Duration,
    /// Whether whoever answers is told of the call, and decides; else they have it at once.
    pub told: bool,
}

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Ring this extension (index in the service's).
    Ring(ClerkId, usize),
    /// Stop ringing, or hang up.
    Release(ClerkId),
    /// Say what the call is about.
    Tell(ClerkId),
    /// Recognise what the clerk has just said, in so many frames, and tell [`HandOver::handle_words`].
    Hear(ClerkId, u32, Said),
    /// Connect the caller with this clerk, at this extension: the hand-over is done.
    Connect(ClerkId, usize),
    /// Nobody takes the call: the hand-over is done.
    Fail(Outcome),
    /// What to tell of this extension.
    Note(usize, News),
}

/// What somebody who has picked up was saying.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Said {
    /// Their greeting.
    Greeting,
    /// What may be their answer.
    Answer,
}

/// What happened at an extension that was rung.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "news", rename_all = "snake_case")]
pub enum News {
    /// We have asked for it to ring.
    Called,
    /// It rings.
    Rings,
    /// Somebody, or a machine, has picked up.
    Answers,
    /// Somebody else was quicker.
    Spared,
    /// This is how it ended.
    Ended {
        /// Its outcome.
        outcome: Outcome,
    },
}

#[derive(Debug)]
enum Post {
    /// Not rung yet, or spared.
    Waiting,
    Ringing {
        id: ClerkId,
        until: Instant,
        /// It has told us that it rings.
        rings: bool,
    },
    Talking {
        id: ClerkId,
        clerk: Clerk,
    },
    Out(Outcome),
}

impl Post {
    fn id(&self) -> Option<ClerkId> {
        match self {
            Self::Ringing { id, .. } | Self::Talking { id, .. } => Some(*id),
            Self::Waiting | Self::Out(_) => None,
        }
    }
}

/// A hand-over under way.
#[derive(Debug)]
pub struct HandOver {
    rules: Rules,
    posts: Vec<Post>,
    /// When the first rings, until then.
    rings_at: Option<Instant>,
    next: u32,
    steps: VecDeque<Step>,
    over: bool,
}

impl HandOver {
    /// Begins at `now`; attempts are numbered from `first` on.
    pub fn begin(now: Instant, rules: Rules, first: ClerkId) -> Self {
        let mut hand_over = Self {
            rules,
            posts: std::iter::repeat_with(|| Post::Waiting).take(rules.posts).collect(),
            rings_at: Some(now + rules.lead),
            next: first.0,
            steps: VecDeque::new(),
            over: false,
        };
        hand_over.handle_timeout(now);
        hand_over
    }

    /// The first number that no attempt has.
    pub fn next_id(&self) -> ClerkId {
        ClerkId(self.next)
    }

    /// A number that no attempt has, nor will have.
    pub fn new_id(&mut self) -> ClerkId {
        let id = self.next_id();
        self.next += 1;
        id
    }

    /// What to do next.
    pub fn poll_step(&mut self) -> Option<Step> {
        self.steps.pop_front()
    }

    /// When the first telephone is to ring, or the next has rung for long enough.
    pub fn deadline(&self) -> Option<Instant> {
        let until = |post: &Post| {
            if let Post::Ringing { until, .. } = post {
                Some(*until)
            } else {
                None
            }
        };
        let rung = self.posts.iter().filter_map(until);
        rung.chain(self.rings_at).min()
    }

    /// The telephone rings (180, 183).
    pub fn handle_ringing(&mut self, id: ClerkId) {
        if let Some(post) = self.post(id)
            && let Post::Ringing { rings, .. } = &mut self.posts[post]
            && !std::mem::replace(rings, true)
        {
            self.note(post, News::Rings);
        }
    }

    /// Somebody has picked up: true where they are now listened to.
    pub fn handle_answer(&mut self, id: ClerkId) -> bool {
        let Some(post) = self.post(id) else { return false };
        if self.is_talking() {
            // Two were equally quick.
            self.spare(post);
            return false;
        }
        self.note(post, News::Answers);
        if !self.rules.told {
            self.takes(id, post);
            return true;
        }
        let clerk = Clerk::picks_up();
        self.posts[post] = Post::Talking { id, clerk };
        let rings = |post: &usize| matches!(self.posts[*post], Post::Ringing { .. });
        let others: Vec<usize> = (0..self.posts.len()).filter(rings).collect();
        others.into_iter().for_each(|post| self.spare(post));
        true
    }

    /// The call was refused with this status, or could not be placed.
    pub fn handle_refusal(&mut self, now: Instant, id: ClerkId, code: u16) {
        if let Some(post) = self.post(id) {
            self.out(now, post, Outcome::of_status(code), false);
        }
    }

    /// Whoever had picked up has hung up.
    pub fn handle_hang_up(&mut self, now: Instant, id: ClerkId) {
        if let Some(post) = self.post(id) {
            self.out(now, post, Outcome::Declined, false);
        }
    }

    /// The clerk pressed a key.
    pub fn handle_key(&mut self, now: Instant, id: ClerkId, key: char) {
        let verdict = self.clerk(id).and_then(|clerk| clerk.key(key));
        self.follow(now, id, verdict);
    }

    /// The clerk, who has picked up, takes the call: they know already what it is about.
    pub fn handle_take(&mut self, now: Instant, id: ClerkId) {
        self.follow(now, id, Some(Verdict::Takes));
    }

    /// The next 20 ms of what the clerk says: does it hold speech, and has a beep just sounded?
    pub fn handle_frame(&mut self, now: Instant, id: ClerkId, speech: bool, beep: bool) {
        let verdict = self.clerk(id).and_then(|clerk| clerk.frame(speech, beep));
        self.follow(now, id, verdict);
    }

    /// The words are there of what [`Step::Hear`] asked for.
    pub fn handle_words(&mut self, now: Instant, id: ClerkId, said: Said, words: Words) {
        let verdict = self.clerk(id).and_then(|clerk| match said {
            Said::Greeting => clerk.greeted(words),
            Said::Answer => clerk.answered(words),
        });
        self.follow(now, id, verdict);
    }

    /// The clerk has heard all that [`Step::Tell`] asked for.
    pub fn handle_told(&mut self, id: ClerkId) {
        if let Some(clerk) = self.clerk(id) {
            clerk.told();
        }
    }

    /// It is time to ring, or who has rung for long enough does not answer.
    pub fn handle_timeout(&mut self, now: Instant) {
        if self.rings_at.take_if(|at| *at <= now).is_some() {
            self.ring_on(now);
        }
        for post in 0..self.posts.len() {
            if matches!(self.posts[post], Post::Ringing { until, .. } if until <= now) {
                self.out(now, post, Outcome::NoAnswer, true);
            }
        }
    }

    /// The caller is gone: lets everybody go.
    pub fn abandon(&mut self) {
        (self.over, self.rings_at) = (true, None);
        for post in 0..self.posts.len() {
            if self.posts[post].id().is_some() {
                self.leave(post, Outcome::Abandoned, true);
            }
        }
    }

    /// What a clerk wants.
    fn follow(&mut self, now: Instant, id: ClerkId, verdict: Option<Verdict>) {
        let (Some(verdict), Some(post)) = (verdict, self.post(id)) else {
            return;
        };
        let outcome = match verdict {
            Verdict::Tell { greeted } => {
                self.steps.push_back(Step::Tell(id));
                if greeted > 0 {
                    self.steps.push_back(Step::Hear(id, greeted, Said::Greeting));
                }
                return;
            }
            Verdict::Hear { frames } => return self.steps.push_back(Step::Hear(id, frames, Said::Answer)),
            Verdict::Takes => return self.takes(id, post),
            Verdict::Declines => Outcome::Declined,
            Verdict::Machine => Outcome::Voicemail,
            Verdict::Nobody => Outcome::NoAnswer,
        };
        self.out(now, post, outcome, true);
    }

    fn takes(&mut self, id: ClerkId, post: usize) {
        let outcome = Outcome::Taken;
        for other in 0..self.posts.len() {
            if other != post && matches!(self.posts[other], Post::Ringing { .. }) {
                self.spare(other);
            }
        }
        self.posts[post] = Post::Out(outcome);
        self.note(post, News::Ended { outcome });
        // The last step: nobody asks for those after it.
        self.steps.push_back(Step::Connect(id, post));
        self.over = true;
    }

    /// An extension is out, and we go on with the others.
    fn out(&mut self, now: Instant, post: usize, outcome: Outcome, release: bool) {
        self.leave(post, outcome, release);
        self.ring_on(now);
    }

    fn leave(&mut self, post: usize, outcome: Outcome, release: bool) {
        if let Some(id) = self.posts[post].id().filter(|_| release) {
            self.steps.push_back(Step::Release(id));
        }
        self.posts[post] = Post::Out(outcome);
        self.note(post, News::Ended { outcome });
    }

    /// Stops ringing an extension without crossing it off.
    fn spare(&mut self, post: usize) {
        if let Some(id) = self.posts[post].id() {
            self.steps.push_back(Step::Release(id));
        }
        self.posts[post] = Post::Waiting;
        self.note(post, News::Spared);
    }

    /// Rings who is next; with nobody left, it has failed.
    fn ring_on(&mut self, now: Instant) {
        if self.over || self.is_talking() {
            return;
        }
        for post in 0..self.posts.len() {
            let rings = self.posts.iter().any(|post| matches!(post, Post::Ringing { .. }));
            if matches!(self.posts[post], Post::Waiting) && (self.rules.together || !rings) {
                let id = self.new_id();
                let until = now + self.rules.ring;
                let rings = false;
                self.posts[post] = Post::Ringing { id, until, rings };
                self.note(post, News::Called);
                self.steps.push_back(Step::Ring(id, post));
            }
        }
        if self.posts.iter().all(|post| matches!(post, Post::Out(_))) {
            let outcome = |post: &Post| {
                if let Post::Out(outcome) = post {
                    Some(*outcome)
                } else {
                    None
                }
            };
            let outcome = self.posts.iter().filter_map(outcome).max();
            self.steps
                .push_back(Step::Fail(outcome.unwrap_or(Outcome::Unreachable)));
            self.over = true;
        }
    }

    fn note(&mut self, post: usize, news: News) {
        self.steps.push_back(Step::Note(post, news));
    }

    fn is_talking(&self) -> bool {
        self.posts.iter().any(|post| matches!(post, Post::Talking { .. }))
    }

    /// The extension of an attempt that still goes on.
    fn post(&self, id: ClerkId) -> Option<usize> {
        self.posts.iter().position(|post| post.id() == Some(id))
    }

    fn clerk(&mut self, id: ClerkId) -> Option<&mut Clerk> {
        self.posts.iter_mut().find_map(|post| match post {
            Post::Talking { id: talking, clerk } if *talking == id => Some(clerk),
            _ => None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RING: Duration = Duration::from_secs(20);

    /// A hand-over, and what it wanted since it was last asked, notes left out.
    struct Office {
        hand_over: HandOver,
        now: Instant,
    }

    impl Office {
        fn new(posts: usize, together: bool) -> Self {
            let rules = Rules {
                posts,
                together,
                ring: RING,
                lead: Duration::ZERO,
                told: true,
            };
            Self::with(rules)
        }

        fn with(rules: Rules) -> Self {
            let now = Instant::now();
            let hand_over = HandOver::begin(now, rules, ClerkId(0));
            Self { hand_over, now }
        }

        fn steps(&mut self) -> Vec<Step> {
            let steps = std::iter::from_fn(|| self.hand_over.poll_step());
            steps.filter(|step| !matches!(step, Step::Note(..))).collect()
        }

        fn passes(&mut self, time: Duration) {
            self.now += time;
            self.hand_over.handle_timeout(self.now);
        }
    }

    fn ring(attempt: u32, post: usize) -> Step {
        Step::Ring(ClerkId(attempt), post)
    }

    fn release(attempt: u32) -> Step {
        Step::Release(ClerkId(attempt))
    }

    #[test]
    fn one_telephone_has_one_outcome() {
        for (code, outcome) in [
            (486, Outcome::Busy),
            (603, Outcome::Declined),
            (480, Outcome::NoAnswer),
            (404, Outcome::Unreachable),
            (500, Outcome::Unreachable),
        ] {
            let mut office = Office::new(1, true);
            assert_eq!(office.steps(), [ring(0, 0)]);
            office.hand_over.handle_refusal(office.now, ClerkId(0), code);
            assert_eq!(office.steps(), [Step::Fail(outcome)], "{code}");
            // What comes late changes nothing.
            assert!(!office.hand_over.handle_answer(ClerkId(0)));
            office.hand_over.handle_key(office.now, ClerkId(0), '1');
            assert_eq!(office.steps(), []);
        }
    }

    #[test]
    fn what_is_known_first_rings_later() {
        let lead = Duration::from_secs(1);
        let mut office = Office::with(Rules {
            posts: 1,
            together: true,
            ring: RING,
            lead,
            told: true,
        });
        assert_eq!(office.steps(), []);
        assert_eq!(office.hand_over.deadline(), Some(office.now + lead));
        office.passes(lead);
        assert_eq!(office.steps(), [ring(0, 0)]);
        office.passes(RING);
        assert_eq!(office.steps(), [release(0), Step::Fail(Outcome::NoAnswer)]);
    }

    #[test]
    fn who_need_not_be_told_has_the_call_by_answering() {
        let mut office = Office::with(Rules {
            posts: 2,
            together: true,
            ring: RING,
            lead: Duration::ZERO,
            told: false,
        });
        office.steps();
        assert!(office.hand_over.handle_answer(ClerkId(1)));
        assert_eq!(office.steps(), [release(0), Step::Connect(ClerkId(1), 1)]);
    }

    #[test]
    fn nobody_answers() {
        let mut office = Office::new(1, true);
        office.steps();
        office.hand_over.handle_ringing(ClerkId(0));
        office.passes(RING - Duration::from_millis(1));
        assert_eq!(office.steps(), []);
        office.passes(Duration::from_millis(1));
        assert_eq!(office.steps(), [release(0), Step::Fail(Outcome::NoAnswer)]);
        assert_eq!(office.hand_over.deadline(), None);
    }

    #[test]
    fn the_first_who_answers_is_told_and_the_others_are_rung_again_where_they_decline() {
        let mut office = Office::new(3, true);
        assert_eq!(office.steps(), [ring(0, 0), ring(1, 1), ring(2, 2)]);
        office.hand_over.handle_refusal(office.now, ClerkId(2), 486);
        assert!(office.hand_over.handle_answer(ClerkId(1)));
        assert!(!office.hand_over.handle_answer(ClerkId(0)), "equally quick, but later");
        assert_eq!(office.steps(), [release(0)]);
        office.passes(RING * 2);
        assert_eq!(office.steps(), [], "nobody rings");
        office.hand_over.handle_key(office.now, ClerkId(1), '2');
        assert_eq!(office.steps(), [release(1), ring(3, 0)]);
        assert!(office.hand_over.handle_answer(ClerkId(3)));
        office.hand_over.handle_key(office.now, ClerkId(3), '1');
        assert_eq!(office.steps(), [Step::Connect(ClerkId(3), 0)]);
    }

    #[test]
    fn in_turn_each_rings_after_the_other() {
        let mut office = Office::new(3, false);
        assert_eq!(office.steps(), [ring(0, 0)]);
        office.passes(RING);
        assert_eq!(office.steps(), [release(0), ring(1, 1)]);
        office.hand_over.handle_refusal(office.now, ClerkId(1), 404);
        assert_eq!(office.steps(), [ring(2, 2)]);
        assert!(office.hand_over.handle_answer(ClerkId(2)));
        office.hand_over.handle_hang_up(office.now, ClerkId(2));
        assert_eq!(
            office.steps(),
            [Step::Fail(Outcome::Declined)],
            "the most of what was met"
        );
    }

    #[test]
    fn a_caller_who_hangs_up_lets_everybody_go() {
        let mut office = Office::new(2, true);
        office.steps();
        office.hand_over.abandon();
        assert_eq!(office.steps(), [release(0), release(1)]);
        let mut office = Office::new(2, true);
        office.hand_over.handle_answer(ClerkId(0));
        office.steps();
        office.hand_over.abandon();
        assert_eq!(office.steps(), [release(0)]);
    }

    #[test]
    fn a_voicemail_is_left_and_the_next_one_rings() {
        let mut office = Office::new(2, false);
        office.hand_over.handle_answer(ClerkId(0));
        office.steps();
        for _ in 0..300 {
            office.hand_over.handle_frame(office.now, ClerkId(0), true, false);
        }
        assert_eq!(office.steps(), [release(0), ring(1, 1)]);
    }
}
