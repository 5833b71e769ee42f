//! The library of rendered prompts: what the machine says, spoken ahead of the calls and kept.
//!
//! ```text
//!            ┌ memory ┐ hit
//! text → key ┤        ├──────────────────────────→ clip
//!            └ folder ┘                             ↑
//!                │ miss   live ───┐                 │
//!                └─────→          ├→ worker → voice ┤→ memory, and the folder when a plan asked for it
//!                         background                │
//! ```
//!
//! What a plan asks for ([`Priority::Background`]) is kept on disk. What is composed during a call
//! ([`Priority::Live`]) may hold a caller's name or number: it stays in memory and is never written.

mod kept;
mod queue;

use std::collections::HashSet;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

pub use kept::Key;
use kept::{Folder, Memory};
pub use queue::RequestId;
use queue::{Queue, Reply, Text};

use super::threads;
use crate::audio::Pcm;
use crate::speak::{SynthesisError, Synthesizer};
use crate::units::HZ;

/// Where prompts are kept and how many may wait.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Folder of the rendered prompts; made when missing. Several processes may share it.
    pub folder: PathBuf,
    /// Bytes of clips held in memory (32 kB for each second).
    pub memory: usize,
    /// Texts that may wait, for each priority; more are refused with [`PromptError::Full`].
    pub queue: usize,
}

/// Who waits for a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Priority {
    /// A caller, now. Rendered before everything else, never written to disk.
    Live,
    /// A dialplan, for calls to come. Written to disk.
    Background,
}

/// Why there is no clip.
#[derive(Clone, Debug, thiserror::Error)]
pub enum PromptError {
    /// Too many texts wait already.
    #[error("trop de phrases attendent d'être synthétisées")]
    Full,
    /// The voice failed.
    #[error(transparent)]
    Synthesis(Arc<SynthesisError>),
    /// The library was closed meanwhile.
    #[error("la synthèse vocale s'arrête")]
    Closed,
}

/// A clip, shared with everybody who says the same.
pub type Rendered = Result<Arc<Pcm<HZ>>, PromptError>;

/// How far the background requests have come since the library was opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Background requests so far.
    pub total: usize,
    /// Those answered, from what was kept or rendered.
    pub done: usize,
    /// Those that failed.
    pub failed: usize,
    /// Sound rendered by this process, of both priorities.
    pub rendered: Duration,
}

/// Rendered prompts, and the threads that render them. Dropping it ends the threads, after the text they are at.
pub struct PromptLibrary {
    shared: Arc<Shared>,
    workers: Vec<JoinHandle<()>>,
}

struct Shared {
    voice: String,
    speakable: fn(&str) -> String,
    folder: Folder,
    disk_failing: AtomicBool,
    state: Mutex<State>,
    /// Something was queued, the hold was lifted, or the library closes.
    changed: Condvar,
}

struct State {
    queue: Queue,
    memory: Memory,
    progress: Progress,
    held: bool,
    open: bool,
}

impl PromptLibrary {
    /// Opens the folder and starts a thread for each voice; all must be the same voice. With more than one, the first
    /// is kept for callers. `speakable` turns written French into what the voice reads.
    ///
    /// # Errors
    /// When the folder cannot be made, no thread starts, or the voices differ.
    pub fn open(
        settings: &Settings,
        voices: Vec<Box<dyn Synthesizer>>,
        speakable: fn(&str) -> String,
    ) -> io::Result<Self> {
        let invalid = |reason| io::Error::new(io::ErrorKind::InvalidInput, reason);
        let voice = voices.first().ok_or_else(|| invalid("aucune voix"))?.id().to_owned();
        if voices.iter().any(|other| other.id() != voice) {
            return Err(invalid("des voix différentes dans une même bibliothèque"));
        }
        let state = State {
            queue: Queue::new(settings.queue),
            memory: Memory::new(settings.memory),
            progress: Progress::default(),
            held: false,
            open: true,
        };
        let shared = Arc::new(Shared {
            voice,
            speakable,
            folder: Folder::open(&settings.folder)?,
            disk_failing: AtomicBool::new(false),
            state: Mutex::new(state),
            changed: Condvar::new(),
        });
        // Dropped on an error below, it ends the threads that have started.
        let mut library = Self {
            shared,
            workers: Vec::new(),
        };
        let several = voices.len() > 1;
        for (n, voice) in voices.into_iter().enumerate() {
            let shared = library.shared.clone();
            let live_only = several && n == 0;
            let work = move || shared.work(voice, live_only);
            library
                .workers
                .push(threads::spawn_inference(&format!("allo-voix-{n}"), work)?);
        }
        Ok(library)
    }

    /// The name under which `text` at `speed` is kept, for [`Self::retain`].
    pub fn key(&self, text: &str, speed: f32) -> Key {
        Key::new(&self.shared.voice, &(self.shared.speakable)(text), speed)
    }

    /// The clip, when it has been rendered: from memory, or from disk in a few milliseconds.
    pub fn get(&self, text: &str, speed: f32) -> Option<Arc<Pcm<HZ>>> {
        self.shared.find(self.key(text, speed))
    }

    /// Asks for a clip of `text`, written French, one sentence or clause; `speed` 1.0 is the voice's own pace, 0.85 is
    /// slower. `reply` is called once: at once on this thread when the clip is there or the queue is full, else later
    /// on a worker's; it is dropped uncalled when the request is cancelled. It must not block.
    pub fn request(
        &self,
        text: &str,
        speed: f32,
        priority: Priority,
        reply: impl FnOnce(Rendered) + Send + 'static,
    ) -> RequestId {
        let spoken = (self.shared.speakable)(text);
        self.shared.request(spoken, speed, priority, Box::new(reply))
    }

    /// Nobody waits for this any more. A text that nobody waits for is not rendered, unless that has begun.
    pub fn cancel(&self, id: RequestId) {
        self.shared.cancel(id);
    }

    /// Holds background rendering while `held`: the cores belong to the calls. Live requests go on.
    pub fn hold_background(&self, held: bool) {
        self.shared.lock().held = held;
        self.shared.changed.notify_all();
    }

    /// How far the background requests have come.
    pub fn progress(&self) -> Progress {
        self.shared.lock().progress
    }

    /// Forgets every prompt but `keys`, in memory and on disk. Returns the number of files removed.
    ///
    /// # Errors
    /// When the folder cannot be read or a file not be removed.
    pub fn retain(&self, keys: &HashSet<Key>) -> io::Result<usize> {
        self.shared.lock().memory.retain(keys);
        self.shared.folder.retain(keys)
    }
}

impl Drop for PromptLibrary {
    fn drop(&mut self) {
        let waiters = {
            let mut state = self.shared.lock();
            state.open = false;
            state.queue.clear()
        };
        self.shared.changed.notify_all();
        waiters
            .into_iter()
            .for_each(|waiter| (waiter.reply)(Err(PromptError::Closed)));
        let here = std::thread::current().id();
        for worker in self.workers.drain(..).filter(|worker| worker.thread().id() != here) {
            // A worker catches the panics of voices and replies; there is no other.
            let _ = worker.join();
        }
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing panics midway through a change of the state: what a poisoned lock guards is whole.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn find(&self, key: Key) -> Option<Arc<Pcm<HZ>>> {
        if let Some(clip) = self.lock().memory.get(key) {
            return Some(clip);
        }
        let clip = Arc::new(self.folder.load(key)?);
        self.lock().memory.insert(key, clip.clone());
        Some(clip)
    }

    fn request(&self, spoken: String, speed: f32, priority: Priority, reply: Reply) -> RequestId {
        let key = Key::new(&self.voice, &spoken, speed);
        let found = self.find(key);
        if let (Some(clip), Priority::Background) = (&found, priority) {
            self.store(key, clip);
        }
        let mut state = self.lock();
        let id = state.queue.new_id();
        state.progress.total += usize::from(priority == Priority::Background);
        // A worker may have finished the same text since `find`.
        let (answer, reply) = match found.or_else(|| state.memory.get(key)) {
            Some(clip) => (Ok(clip), reply),
            None => match state.queue.add(key, id, Text { spoken, speed }, priority, reply) {
                Ok(()) => {
                    self.changed.notify_all();
                    return id;
                }
                Err((error, reply)) => (Err(error), reply),
            },
        };
        state.progress.count(priority, &answer);
        drop(state);
        reply(answer);
        id
    }

    fn cancel(&self, id: RequestId) {
        let mut state = self.lock();
        let cancelled = state.queue.cancel(id);
        let planned = cancelled
            .as_ref()
            .is_some_and(|waiter| waiter.priority == Priority::Background);
        state.progress.total -= usize::from(planned);
        // The reply may own anything: it is dropped outside the lock.
        drop(state);
        drop(cancelled);
    }

    /// A worker's life.
    fn work(&self, mut voice: Box<dyn Synthesizer>, live_only: bool) {
        while let Some((key, text)) = self.next(live_only) {
            // Another process may have rendered it meanwhile.
            let loaded = self.folder.load(key);
            let fresh = loaded.is_none();
            let rendered = match loaded {
                Some(clip) => Ok(Arc::new(clip)),
                None => render(&mut *voice, &text),
            };
            self.finish(key, rendered, fresh);
        }
    }

    /// Waits for the next text; `None` when the library closes.
    fn next(&self, live_only: bool) -> Option<(Key, Text)> {
        let mut state = self.lock();
        while state.open {
            let background = !live_only && !state.held;
            let next = state.queue.next(background);
            if next.is_some() {
                return next;
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        None
    }

    fn finish(&self, key: Key, rendered: Rendered, fresh: bool) {
        let mut state = self.lock();
        let waiters = state.queue.finish(key);
        if let Ok(clip) = &rendered {
            state.memory.insert(key, clip.clone());
            state.progress.rendered += if fresh { clip.duration() } else { Duration::ZERO };
        }
        for waiter in &waiters {
            state.progress.count(waiter.priority, &rendered);
        }
        drop(state);
        let planned = waiters.iter().any(|waiter| waiter.priority == Priority::Background);
        for waiter in waiters {
            let answer = rendered.clone();
            if catch_unwind(AssertUnwindSafe(|| (waiter.reply)(answer))).is_err() {
                tracing::error!("la réponse à une synthèse a paniqué");
            }
        }
        // After the replies: a caller does not wait for the disk.
        if let (true, Ok(clip)) = (planned, &rendered) {
            self.store(key, clip);
        }
    }

    /// Writes a prompt that is not there yet. A failure is only a warning, once until it works again: the clip is still
    /// in memory.
    fn store(&self, key: Key, clip: &Pcm<HZ>) {
        if clip.0.is_empty() || self.folder.contains(key) {
            return;
        }
        match self.folder.store(key, clip) {
            Ok(()) => self.disk_failing.store(false, Ordering::Relaxed),
            Err(error) => {
                if !self.disk_failing.swap(true, Ordering::Relaxed) {
                    tracing::warn!(%error, "phrases synthétisées non enregistrées : elles restent en mémoire");
                }
            }
        }
    }
}

impl Progress {
    fn count(&mut self, priority: Priority, answer: &Rendered) {
        match (priority, answer) {
            (Priority::Background, Ok(_)) => self.done += 1,
            (Priority::Background, Err(_)) => self.failed += 1,
            (Priority::Live, _) => {}
        }
    }
}

/// A voice that panics has failed on this text only: the worker must outlive it, or every later call would be mute.
fn render(voice: &mut dyn Synthesizer, text: &Text) -> Rendered {
    let outcome = catch_unwind(AssertUnwindSafe(|| voice.synthesize(&text.spoken, text.speed)));
    let panicked = || SynthesisError {
        engine: "voix",
        reason: "panique pendant la synthèse".to_owned(),
    };
    match outcome.unwrap_or_else(|_| Err(panicked())) {
        Ok(clip) => Ok(Arc::new(clip)),
        Err(error) => {
            tracing::warn!(%error, length = text.spoken.len(), "phrase non synthétisée");
            Err(PromptError::Synthesis(Arc::new(error)))
        }
    }
}

#[cfg(test)]
mod tests;
