//! A pool of recognisers: one core for each decode, or all of them for one that is alone; the caller who has waited
//! longest first.
//!
//! Speculative decodes, of a pause that may not be the end of the turn, come after those that somebody waits for, and
//! are refused when there is no time for them: the call asks again when the turn is over. What nobody waits for is decoded
//! only while nobody speaks, and given up when somebody does.

use std::collections::VecDeque;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread::JoinHandle;
use std::time::Instant;

use super::spread::Spread;
use super::threads;
use super::whisper::{Decoder, Prompt, Whisper, WhisperError};
use crate::hear::{Transcript, Utterance};
use crate::units::{CallId, JobId};

/// Utterances that may wait for each thread: more than this, and the last would wait for many seconds.
const MAX_WAITING: usize = 16;
/// Speculative utterances that may wait for each thread: when there are more, speculation helps nobody.
const MAX_SPECULATIVE: usize = 1;

/// Who waits for a decode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Urgency {
    /// A caller.
    Awaited,
    /// A caller, if the turn is over.
    Speculative,
    /// Nobody in particular.
    Idle,
}

/// Names a decode across all calls.
pub type Key = (CallId, JobId);
/// Called once, on a thread of the pool, with what was heard.
pub type Reply = Box<dyn FnOnce(Result<Transcript, WhisperError>) + Send>;

struct Job {
    key: Key,
    utterance: Utterance,
    prompt: Prompt,
    urgency: Urgency,
    reply: Reply,
    stop: Arc<AtomicBool>,
}

/// A decode under way.
struct Running {
    key: Key,
    urgency: Urgency,
    stop: Arc<AtomicBool>,
}

struct Queue {
    /// In the order in which they came.
    waiting: VecDeque<Job>,
    running: Vec<Running>,
    /// Whether the first thread is at work.
    leads: bool,
    spread: Spread,
    closed: bool,
}

impl Queue {
    fn new(cores: usize) -> Self {
        Self {
            waiting: VecDeque::new(),
            running: Vec::new(),
            leads: false,
            spread: Spread::new(cores),
            closed: false,
        }
    }

    /// Who waits first, then who may have to.
    fn next(&mut self) -> Option<Job> {
        let find = |urgency| self.waiting.iter().position(|job| job.urgency == urgency);
        let next = find(Urgency::Awaited).or_else(|| find(Urgency::Speculative));
        self.waiting.remove(next.unwrap_or(0))
    }
}

struct Shared {
    queue: Mutex<Queue>,
    changed: Condvar,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Queue> {
        // A panic in a decoder thread leaves the queue whole: every change to it is one call.
        self.queue.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

/// The pool. Dropping it stops its threads after the decode under way.
pub struct Recognition {
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
}

impl Recognition {
    /// Loads the model and starts `workers` threads, of which one that works alone takes as many cores.
    pub fn start(model: &Path, workers: usize) -> Result<Self, WhisperError> {
        let whisper = Whisper::load(model)?;
        let workers = workers.max(1);
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let shared = Arc::new(Shared {
            queue: Mutex::new(Queue::new(workers.min(cores))),
            changed: Condvar::new(),
        });
        let threads = (0..workers)
            .map(|i| {
                let (decoder, shared) = (whisper.decoder()?, shared.clone());
                threads::spawn_inference(&format!("recognition-{i}"), move || work(decoder, i == 0, &shared))
                    .map_err(|e| WhisperError::Decode(e.to_string()))
            })
            .collect::<Result<_, _>>()?;
        Ok(Self { shared, threads })
    }

    /// Asks for the words of an utterance. When too many wait already, `reply` gets an error at once; sooner for one
    /// that is speculative, and whenever anybody else speaks for one that nobody waits for, or that is to be listened to
    /// again.
    pub fn submit(&self, key: Key, utterance: Utterance, prompt: Prompt, urgency: Urgency, reply: Reply) {
        let mut queue = self.shared.lock();
        let most = self.threads.len()
            * match urgency {
                Urgency::Awaited => MAX_WAITING,
                Urgency::Speculative | Urgency::Idle => MAX_SPECULATIVE,
            };
        let is_luxury = utterance.context.doubted.is_some() || urgency == Urgency::Idle;
        let is_quiet = queue.waiting.is_empty() && queue.running.is_empty();
        if queue.waiting.len() >= most || (is_luxury && !is_quiet) {
            drop(queue);
            return reply(Err(WhisperError::Busy));
        }
        // Nobody waits for it: it makes room.
        for idle in queue.running.iter().filter(|running| running.urgency == Urgency::Idle) {
            idle.stop.store(true, Ordering::Relaxed);
        }
        queue.waiting.push_back(Job {
            key,
            utterance,
            prompt,
            urgency,
            reply,
            stop: Arc::default(),
        });
        self.shared.changed.notify_all();
    }

    /// A speculative decode is one that somebody waits for now.
    pub fn hurry(&self, key: Key) {
        let mut queue = self.shared.lock();
        for job in queue.waiting.iter_mut().filter(|job| job.key == key) {
            job.urgency = Urgency::Awaited;
        }
    }

    /// Forgets a decode: it is taken out of the queue, or stopped at its next token. Its reply is not called when it
    /// was still waiting.
    pub fn cancel(&self, key: Key) {
        let mut queue = self.shared.lock();
        queue.waiting.retain(|job| job.key != key);
        for running in queue.running.iter().filter(|running| running.key == key) {
            running.stop.store(true, Ordering::Relaxed);
        }
    }

    /// Decodes waiting and under way.
    pub fn load(&self) -> usize {
        let queue = self.shared.lock();
        queue.waiting.len() + queue.running.len()
    }
}

impl Drop for Recognition {
    fn drop(&mut self) {
        self.shared.lock().closed = true;
        self.shared.changed.notify_all();
        for thread in self.threads.drain(..) {
            // A decoder that panicked has nothing left to save.
            let _ = thread.join();
        }
    }
}

/// One thread of the pool. The first of them works whenever there is work: OpenMP gives it a thread on each other core, and
/// two such crews at once would put each other to sleep at every step (319 ms instead of 250 for a sentence).
fn work(mut decoder: Decoder, is_first: bool, shared: &Shared) {
    loop {
        let mut queue = shared.lock();
        if is_first {
            queue.leads = false;
        }
        let job = loop {
            if queue.closed {
                return;
            }
            let may_work = is_first || queue.leads;
            match may_work.then(|| queue.next()).flatten() {
                Some(job) => break job,
                None => {
                    queue = shared
                        .changed
                        .wait(queue)
                        .unwrap_or_else(std::sync::PoisonError::into_inner)
                }
            }
        };
        if is_first {
            queue.leads = true;
            shared.changed.notify_all();
        }
        let alone = is_first && queue.running.is_empty() && queue.waiting.is_empty() && job.urgency != Urgency::Idle;
        let cores = queue.spread.cores(alone);
        queue.running.push(Running {
            key: job.key,
            urgency: job.urgency,
            stop: job.stop.clone(),
        });
        drop(queue);
        let (began, worked) = (Instant::now(), threads::processor_time());
        let (audio, context) = (&job.utterance.audio.0, &job.utterance.context);
        let heard = match context.doubted {
            None => decoder.decode(audio, &job.prompt, cores, &job.stop),
            Some(_) => decoder.decode_again(audio, &job.prompt, cores, &job.stop),
        };
        let mut queue = shared.lock();
        if cores > 1 {
            queue.spread.tell(threads::processor_time() - worked, began.elapsed());
        }
        queue.running.retain(|running| running.key != job.key);
        drop(queue);
        (job.reply)(heard);
    }
}
