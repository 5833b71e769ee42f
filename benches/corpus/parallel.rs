//! Work shared out to threads.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

/// Does `work` for each item, on so many threads, until the deadline; an error ends it.
pub fn each<'a, T: Sync>(
    items: &'a [T],
    threads: usize,
    deadline: Option<Instant>,
    work: impl Fn(&'a T) -> anyhow::Result<()> + Sync,
) -> anyhow::Result<()> {
    let next = AtomicUsize::new(0);
    let in_time = || deadline.is_none_or(|deadline| Instant::now() < deadline);
    let worker = || -> anyhow::Result<()> {
        while in_time()
            && let Some(item) = items.get(next.fetch_add(1, Ordering::Relaxed))
        {
            work(item)?;
        }
        Ok(())
    };
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(worker)).collect();
        workers
            .into_iter()
            .try_for_each(|worker| worker.join().expect("a worker does not panic"))
    })
}
