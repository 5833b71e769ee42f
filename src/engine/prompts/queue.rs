//! The texts that wait to be rendered: callers first, each text once, however many wait for it.

use std::collections::{HashMap, VecDeque};

use super::{Key, Priority, PromptError, Rendered};

/// Names one request, to cancel it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RequestId(u64);

/// What is called with the clip.
pub(super) type Reply = Box<dyn FnOnce(Rendered) + Send>;

/// Somebody who waits for a text.
pub(super) struct Waiter {
    id: RequestId,
    pub(super) priority: Priority,
    pub(super) reply: Reply,
}

/// A text as the voice reads it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Text {
    pub(super) spoken: String,
    pub(super) speed: f32,
}

/// One text that waits or is being rendered.
struct Job {
    text: Text,
    /// The queue that it stands in; `None` while it is rendered.
    queued: Option<Priority>,
    waiters: Vec<Waiter>,
}

/// Two queues; every key in them has a job whose `queued` says so.
pub(super) struct Queue {
    live: VecDeque<Key>,
    background: VecDeque<Key>,
    jobs: HashMap<Key, Job>,
    /// Most texts in each queue.
    limit: usize,
    next_id: u64,
}

impl Queue {
    pub(super) fn new(limit: usize) -> Self {
        Self {
            live: VecDeque::new(),
            background: VecDeque::new(),
            jobs: HashMap::new(),
            limit,
            next_id: 0,
        }
    }

    /// An identity for a request, whether it is queued or answered at once.
    pub(super) fn new_id(&mut self) -> RequestId {
        self.next_id += 1;
        RequestId(self.next_id)
    }

    /// Queues a text or joins those who wait for it already; a caller takes it along to the live queue.
    /// Gives the reply back when the queue is full.
    pub(super) fn add(
        &mut self,
        key: Key,
        id: RequestId,
        text: Text,
        priority: Priority,
        reply: Reply,
    ) -> Result<(), (PromptError, Reply)> {
        if !self.jobs.contains_key(&key) {
            if self.queue(priority).len() >= self.limit {
                return Err((PromptError::Full, reply));
            }
            self.queue(priority).push_back(key);
        }
        let job = self.jobs.entry(key).or_insert(Job {
            text,
            queued: Some(priority),
            waiters: Vec::new(),
        });
        job.waiters.push(Waiter { id, priority, reply });
        if priority == Priority::Live && job.queued == Some(Priority::Background) {
            self.requeue(key, Some(Priority::Live));
        }
        Ok(())
    }

    /// Takes the next text out; background ones only when `background` says so.
    pub(super) fn next(&mut self, background: bool) -> Option<(Key, Text)> {
        let key = match self.live.pop_front() {
            None if background => self.background.pop_front(),
            live => live,
        }?;
        let job = self.jobs.get_mut(&key)?;
        job.queued = None;
        Some((key, job.text.clone()))
    }

    /// Everybody who waits for a text that has been rendered.
    pub(super) fn finish(&mut self, key: Key) -> Vec<Waiter> {
        self.jobs.remove(&key).map(|job| job.waiters).unwrap_or_default()
    }

    /// Takes one waiter out. A text that nobody waits for any more is not rendered; one that no caller waits for any
    /// more goes back behind those of its priority.
    pub(super) fn cancel(&mut self, id: RequestId) -> Option<Waiter> {
        let (&key, job) = self
            .jobs
            .iter_mut()
            .find(|(_, job)| job.waiters.iter().any(|waiter| waiter.id == id))?;
        let at = job.waiters.iter().position(|waiter| waiter.id == id)?;
        let cancelled = job.waiters.swap_remove(at);
        let live = job.waiters.iter().any(|waiter| waiter.priority == Priority::Live);
        match job.queued {
            Some(_) if job.waiters.is_empty() => {
                self.requeue(key, None);
                self.jobs.remove(&key);
            }
            Some(Priority::Live) if !live => self.requeue(key, Some(Priority::Background)),
            _ => {}
        }
        Some(cancelled)
    }

    /// Empties the queue.
    pub(super) fn clear(&mut self) -> Vec<Waiter> {
        self.live.clear();
        self.background.clear();
        std::mem::take(&mut self.jobs)
            .into_values()
            .flat_map(|job| job.waiters)
            .collect()
    }

    fn queue(&mut self, priority: Priority) -> &mut VecDeque<Key> {
        match priority {
            Priority::Live => &mut self.live,
            Priority::Background => &mut self.background,
        }
    }

    /// Moves a waiting text to the end of a queue, or out of both.
    fn requeue(&mut self, key: Key, priority: Option<Priority>) {
        self.live.retain(|queued| *queued != key);
        self.background.retain(|queued| *queued != key);
        if let Some(priority) = priority {
            self.queue(priority).push_back(key);
        }
        if let Some(job) = self.jobs.get_mut(&key) {
            job.queued = priority;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Priority::{Background, Live};
    use super::*;

    struct Bench(Queue);

    impl Bench {
        fn add(&mut self, text: &str, priority: Priority) -> Option<RequestId> {
            let id = self.0.new_id();
            let key = Key::new("voix", text, 1.0);
            let text = Text {
                spoken: text.to_owned(),
                speed: 1.0,
            };
            self.0.add(key, id, text, priority, Box::new(|_| {})).ok().map(|()| id)
        }

        /// Takes everything out, in order.
        fn order(&mut self) -> Vec<String> {
            std::iter::from_fn(|| self.0.next(true))
                .map(|(_, text)| text.spoken)
                .collect()
        }
    }

    fn bench(limit: usize) -> Bench {
        Bench(Queue::new(limit))
    }

    #[test]
    fn callers_come_first_and_each_text_once() {
        let mut queue = bench(10);
        for (text, priority) in [
            ("a", Background),
            ("b", Background),
            ("c", Live),
            ("a", Background),
            ("d", Live),
        ] {
            queue.add(text, priority);
        }
        assert_eq!(queue.order(), ["c", "d", "a", "b"]);
    }

    #[test]
    fn a_caller_takes_a_planned_text_along_and_leaves_it_when_cancelled() {
        let mut queue = bench(10);
        for text in ["a", "b", "c"] {
            queue.add(text, Background);
        }
        let caller = queue.add("b", Live).expect("room");
        let other = queue.add("d", Live).expect("room");
        assert!(queue.0.cancel(caller).is_some() && queue.0.cancel(other).is_some());
        assert!(queue.0.cancel(other).is_none(), "once");
        assert_eq!(queue.order(), ["a", "c", "b"]);
        queue.add("e", Background);
        queue.add("f", Background);
        queue.add("f", Live);
        assert_eq!(queue.order(), ["f", "e"]);
    }

    #[test]
    fn who_joins_a_text_that_is_being_rendered_is_answered_with_it() {
        let mut queue = bench(10);
        let first = queue.add("a", Live).expect("room");
        let (key, _) = queue.0.next(true).expect("queued");
        queue.add("a", Live);
        assert!(queue.0.next(true).is_none(), "rendered once");
        queue.0.cancel(first);
        assert_eq!(queue.0.finish(key).len(), 1);
        queue.add("a", Live);
        assert_eq!(queue.order(), ["a"], "afterwards it is a new text");
    }

    #[test]
    fn each_queue_has_its_limit() {
        let mut queue = bench(2);
        let added = ["a", "b", "c", "a"].map(|text| queue.add(text, Background).is_some());
        assert_eq!(added, [true, true, false, true]);
        assert!(queue.add("d", Live).is_some(), "callers are not kept out by plans");
        assert_eq!(queue.0.clear().len(), 4);
        assert!(queue.order().is_empty());
    }

    #[test]
    fn background_texts_wait_while_held() {
        let mut queue = bench(10);
        queue.add("a", Background);
        queue.add("b", Live);
        assert_eq!(queue.0.next(false).expect("a caller's").1.spoken, "b");
        assert!(queue.0.next(false).is_none());
        assert_eq!(queue.order(), ["a"], "still there");
    }
}
