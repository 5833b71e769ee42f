//! Threads for model inference: named, so that `top -H` shows what works, and nice, so that media comes first.

use std::io;
use std::thread::{Builder, JoinHandle};
use std::time::Duration;

/// Niceness of inference: packets and timers run before it, a background render still moves.
const INFERENCE_NICENESS: libc::c_int = 5;

/// Starts a thread for inference. Linux shows the first 15 bytes of `name`.
///
/// # Errors
/// When the system has no thread left.
pub fn spawn_inference<T: Send + 'static>(
    name: &str,
    work: impl FnOnce() -> T + Send + 'static,
) -> io::Result<JoinHandle<T>> {
    Builder::new().name(name.to_owned()).spawn(move || {
        yield_to_media();
        work()
    })
}

/// Lowers the priority of the calling thread. Best effort: without the right to do so the thread works all the same.
pub fn yield_to_media() {
    // SAFETY: plain system calls. On Linux niceness belongs to the thread, and `who` 0 means the calling one.
    unsafe {
        libc::setpriority(libc::PRIO_PROCESS, 0, INFERENCE_NICENESS);
    }
}

/// Processor time that the calling thread has used.
pub fn processor_time() -> Duration {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: a plain system call, which fills `time`; Linux has this clock.
    unsafe {
        libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &mut time);
    }
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_thread_is_named_and_nice_and_the_others_are_not() {
        // SAFETY: a plain system call.
        let niceness = || unsafe { libc::getpriority(libc::PRIO_PROCESS, 0) };
        let before = niceness();
        let thread = spawn_inference("allo-voix", move || {
            (std::thread::current().name().map(str::to_owned), niceness())
        });
        let (name, inside) = thread.expect("a thread is free").join().expect("it does not panic");
        assert_eq!(name.as_deref(), Some("allo-voix"));
        assert_eq!(inside, INFERENCE_NICENESS.max(before));
        assert_eq!(niceness(), before);
    }
}
