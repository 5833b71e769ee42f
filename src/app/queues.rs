//! Those who wait for somebody, over all calls: one [`Queues`] behind a lock, whose news go to each call.
//!
//! ```text
//! call ─ Wish ─► Seat ─► Queues ─ News ─► the calls that they concern
//!                          ▲ └─ when extensions have rested: watch
//! a call that ends, however it does, drops its Seat: its place, or its clerk, is free
//! ```

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::Notify;

use crate::call::Wish;
use crate::transfer::queue::{LineId, News, Queues};
use crate::units::CallId;

/// Where nothing is due, we look again after this.
const IDLE: Duration = Duration::from_secs(3600);

/// Takes the news of one call. It does not block.
type Reply = Box<dyn Fn(News) + Send>;

/// All who wait.
#[derive(Default)]
pub struct Lines {
    inner: Mutex<Inner>,
    changed: Notify,
}

#[derive(Default)]
struct Inner {
    queues: Queues,
    calls: HashMap<CallId, Reply>,
}

impl Inner {
    /// Tells each call what concerns it.
    fn tell(&mut self) {
        while let Some((call, news)) = self.queues.poll_news() {
            if let Some(reply) = self.calls.get(&call) {
                reply(news);
            }
        }
        for (line, waiting) in self.queues.waiting() {
            metrics::gauge!("allo_queue_waiting", "service" => line.clone()).set(waiting as f64);
        }
    }
}

impl Lines {
    /// The seat of a call, whose news go to `reply`.
    pub(super) fn seat(self: &Arc<Self>, call: CallId, reply: impl Fn(News) + Send + 'static) -> Seat {
        self.lock().calls.insert(call, Box::new(reply));
        Seat {
            lines: self.clone(),
            call,
        }
    }

    /// Gives turns when extensions have rested; never ends.
    pub(super) async fn watch(self: Arc<Self>) {
        loop {
            let due = self.lock().queues.poll_timeout();
            let due = due.unwrap_or_else(|| Instant::now() + IDLE);
            tokio::select! {
                () = tokio::time::sleep_until(due.into()) => {
                    let mut inner = self.lock();
                    inner.queues.handle_timeout(Instant::now());
                    inner.tell();
                }
                () = self.changed.notified() => {}
            }
        }
    }

    fn change(&self, change: impl FnOnce(&mut Queues, Instant)) {
        let mut inner = self.lock();
        change(&mut inner.queues, Instant::now());
        inner.tell();
        drop(inner);
        self.changed.notify_one();
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What one call has of all this: a place, or a clerk, or neither.
pub(super) struct Seat {
    lines: Arc<Lines>,
    call: CallId,
}

impl Seat {
    /// Does what the call wishes. `line` names that of a service by its index in the plan.
    pub(super) fn wish(&self, wish: Wish, line: impl FnOnce(usize) -> LineId) {
        let call = self.call;
        self.lines.change(|queues, now| match wish {
            Wish::Join { service, since, limits } => queues.join(now, &line(service), limits, call, since),
            Wish::Missed(missed) => queues.missed(now, call, &missed),
            Wish::Taken(post) => queues.taken(now, call, post),
            Wish::Leave => queues.leave(now, call),
        });
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.lines.lock().calls.remove(&self.call);
        self.lines.change(|queues, now| queues.leave(now, self.call));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transfer::queue::Limits;

    #[tokio::test]
    async fn a_call_that_is_gone_gives_its_turn_on() {
        let lines = Arc::<Lines>::default();
        let watch = tokio::spawn(lines.clone().watch());
        let (told, mut news) = tokio::sync::mpsc::unbounded_channel();
        let seat = |call: u64| {
            let told = told.clone();
            lines.seat(CallId(call), move |news| drop(told.send((call, news))))
        };
        let join = || Wish::Join {
            service: 0,
            since: Instant::now(),
            limits: Limits {
                posts: 1,
                together: true,
                places: 2,
                longest: Duration::from_secs(60),
                measured: true,
            },
        };
        let line = |_| LineId::from("Petitval/accueil");
        let (first, second) = (seat(1), seat(2));
        first.wish(join(), line);
        second.wish(join(), line);
        assert_eq!(news.recv().await, Some((1, News::Turn(vec![0]))));
        assert!(matches!(news.recv().await, Some((2, News::Waits(_)))));
        drop(first);
        assert_eq!(news.recv().await, Some((2, News::Turn(vec![0]))));
        // What was held is given a breath: the watch gives the turn after it.
        second.wish(Wish::Taken(0), line);
        let third = seat(3);
        third.wish(join(), line);
        assert!(matches!(news.recv().await, Some((3, News::Waits(_)))));
        drop(second);
        assert_eq!(news.recv().await, Some((3, News::Turn(vec![0]))));
        drop(third);
        assert!(lines.lock().calls.is_empty());
        watch.abort();
    }
}
