//! Recognition, understanding and the voice for calls in virtual time: real ones, each asked once for the same thing.
//!
//! What they said and how long it took (processor time of their thread, so that a busy machine does not matter) is kept
//! in `target/corpus/cache`: a run with another core repeats only what that core asks anew.

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, mpsc};
use std::time::{Duration, Instant};

use allo::app::engines;
use allo::app::plans::{self, Town};
use allo::audio::{Pcm, wav};
use allo::call::Understood;
use allo::config::Config;
use allo::engine::models::{self, Role, WHISPER_BASE};
use allo::engine::prompts::{Priority, PromptLibrary};
use allo::engine::whisper::{Decoder, Whisper};
use allo::hear::{Transcript, Utterance};
use allo::speak::queue::Clip;
use anyhow::Context;
use chrono::NaiveDateTime;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// What finding a clip that is rendered takes.
const FOUND: Duration = Duration::from_millis(1);

#[derive(Clone, Serialize, Deserialize)]
struct Decoded {
    key: String,
    text: String,
    log_probability: f32,
    took_us: u64,
}

#[derive(Clone, Serialize, Deserialize)]
struct Rendered {
    key: String,
    took_us: u64,
}

/// All engines, shared by the threads that play calls.
pub struct Engines {
    /// The sample town.
    pub town: Town,
    whisper: Arc<Whisper>,
    idle: Mutex<Vec<Decoder>>,
    decoded: Kept<Decoded>,
    prompts: PromptLibrary,
    rendered: Kept<Rendered>,
    clips: PathBuf,
}

impl Engines {
    /// Loads the models and what was kept.
    pub fn load(cache: &Path) -> anyhow::Result<Self> {
        let config = Config::default();
        let (plan, _) = plans::read(Path::new("dialplans/valbourg.yaml"))?;
        let voice = plan.voice.name.clone();
        let weights = models::locate(&config.models, WHISPER_BASE)?;
        let weights = weights.path(Role::Weights).context("run `make models` first")?;
        let clips = cache.join("answers");
        std::fs::create_dir_all(&clips)?;
        Ok(Self {
            town: Town::new(plan, Some(engines::encoder(&config)?)),
            whisper: Whisper::load(weights)?,
            idle: Mutex::default(),
            decoded: Kept::open(&cache.join("decoded.jsonl"), |d: &Decoded| d.key.clone())?,
            prompts: engines::prompts(&config, voice.as_deref())?,
            rendered: Kept::open(&cache.join("rendered.jsonl"), |r: &Rendered| r.key.clone())?,
            clips,
        })
    }

    /// What an utterance means, and the time that it takes to find out.
    pub fn hear(&self, utterance: &Utterance, now: NaiveDateTime) -> anyhow::Result<(Understood, Duration)> {
        let decoded = self.decode(&utterance.audio)?;
        let stt = Duration::from_micros(decoded.took_us);
        let transcript = Transcript {
            text: decoded.text.into(),
            log_probability: decoded.log_probability,
            took: stt,
        };
        let started = processor_time();
        let mut understood = self.town.understand(&utterance.context, transcript, now);
        understood.took = processor_time() - started;
        let took = stt + understood.took;
        Ok((understood, took))
    }

    fn decode(&self, audio: &Pcm<16_000>) -> anyhow::Result<Decoded> {
        let prompt = &self.town.prompt;
        let mut hash = Sha256::new();
        audio.0.iter().for_each(|sample| hash.update(sample.to_le_bytes()));
        hash.update(prompt.as_bytes());
        let key = hexadecimal(&hash.finalize());
        if let Some(known) = self.decoded.get(&key) {
            return Ok(known);
        }
        let idle = self.idle.lock().expect("no panic while held").pop();
        let mut decoder = match idle {
            Some(decoder) => decoder,
            None => self.whisper.decoder()?,
        };
        let started = processor_time();
        let heard = decoder.decode(&audio.0, prompt, &AtomicBool::new(false))?;
        let took = processor_time() - started;
        self.idle.lock().expect("no panic while held").push(decoder);
        let decoded = Decoded {
            key: key.clone(),
            text: heard.text.reveal().clone(),
            log_probability: heard.log_probability,
            took_us: took.as_micros() as u64,
        };
        self.decoded.put(key, decoded.clone())?;
        Ok(decoded)
    }

    /// The sound of a sentence, and the time that it takes to get it.
    pub fn say(&self, text: &str, speed: f32) -> anyhow::Result<(Clip, Duration)> {
        if let Some(clip) = self.prompts.get(text, speed) {
            // Rendered during this run, or ahead of all calls?
            let live = self.rendered.get(&name(text, speed));
            return Ok((clip, live.map_or(FOUND, |r| Duration::from_micros(r.took_us))));
        }
        let key = name(text, speed);
        let file = self.clips.join(format!("{key}.wav"));
        if let (Some(known), Ok(kept)) = (self.rendered.get(&key), File::open(&file)) {
            let clip: Pcm<16_000> = wav::read(&key, kept)?;
            return Ok((Arc::new(clip), Duration::from_micros(known.took_us)));
        }
        let (done, result) = mpsc::channel();
        let started = Instant::now();
        self.prompts
            .request(text, speed, Priority::Live, move |clip| drop(done.send(clip)));
        let clip = result.recv()??;
        let took_us = started.elapsed().as_micros() as u64;
        wav::write(&key, &clip, BufWriter::new(File::create(&file)?))?;
        self.rendered.put(key.clone(), Rendered { key, took_us })?;
        Ok((clip, Duration::from_micros(took_us)))
    }
}

fn name(text: &str, speed: f32) -> String {
    hexadecimal(&Sha256::digest(format!("{text}|{speed}")))
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

/// Processor time of this thread.
fn processor_time() -> Duration {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: a plain system call that fills `time`.
    unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &mut time) };
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}

/// A table on disk, one line of JSON for each entry.
struct Kept<T> {
    known: Mutex<(HashMap<String, T>, File)>,
}

impl<T: Clone + Serialize + for<'a> Deserialize<'a>> Kept<T> {
    fn open(file: &Path, key: fn(&T) -> String) -> anyhow::Result<Self> {
        let text = std::fs::read_to_string(file).unwrap_or_default();
        let entries = text.lines().filter_map(|line| serde_json::from_str::<T>(line).ok());
        let known = entries.map(|entry| (key(&entry), entry)).collect();
        let file = File::options().create(true).append(true).open(file)?;
        Ok(Self {
            known: Mutex::new((known, file)),
        })
    }

    fn get(&self, key: &str) -> Option<T> {
        self.known.lock().expect("no panic while held").0.get(key).cloned()
    }

    fn put(&self, key: String, entry: T) -> anyhow::Result<()> {
        let mut known = self.known.lock().expect("no panic while held");
        writeln!(known.1, "{}", serde_json::to_string(&entry)?)?;
        known.0.insert(key, entry);
        Ok(())
    }
}
