//! Recognition, understanding and the voice for calls in virtual time: real ones, each asked once for the same thing.
//!
//! What they said is kept in `target/corpus/cache`: a run with another core repeats only what that core asks anew. How
//! long they take follows from the length of the sound, as `--calibrate` measured it, so that every run is the same
//! whatever else the machine does.

use std::collections::{HashMap, HashSet};
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
use allo::dialogue;
use allo::engine::models::{self, Role, WHISPER_BASE};
use allo::engine::prompts::{Priority, PromptLibrary};
use allo::engine::whisper::{Decoder, Prompt, Whisper};
use allo::hear::{Transcript, Utterance};
use allo::speak::french;
use allo::speak::queue::Clip;
use anyhow::Context;
use chrono::NaiveDateTime;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::asking::asking;
use super::manifest::FOLDER;

/// What finding a clip that is rendered takes.
const FOUND: Duration = Duration::from_millis(1);
/// Listening again takes so many times as long: the sound is so much longer.
const AGAIN: f32 = 27.0 / 25.0;
/// Rendering takes as long as the clip lasts: Kokoro on one core.
const RENDERING: f32 = 1.0;

/// What the engines take, in milliseconds.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Times {
    /// A decode that is alone, on both cores.
    pub alone: Line,
    /// A decode beside another, on one core.
    pub beside: Line,
    /// Understanding a sentence.
    pub understand: f32,
}

/// What it takes for nothing, and more of it for each second of sound.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Line {
    pub nothing: f32,
    pub second: f32,
}

impl Default for Times {
    /// As `--calibrate` found them on two cores of an EPYC, 25 November 2026, when nothing else ran.
    fn default() -> Self {
        Self {
            alone: Line {
                nothing: 60.6,
                second: 34.4,
            },
            beside: Line {
                nothing: 53.3,
                second: 66.9,
            },
            understand: 4.0,
        }
    }
}

impl Times {
    fn read() -> Self {
        let text = std::fs::read_to_string(Path::new(FOLDER).join("times.json")).unwrap_or_default();
        serde_json::from_str(&text).unwrap_or_default()
    }

    fn decode(&self, audio: &Pcm<16_000>, alone: bool) -> Duration {
        let line = if alone { self.alone } else { self.beside };
        let ms = line.nothing + line.second * audio.duration().as_secs_f32();
        Duration::from_secs_f32(ms / 1000.0)
    }
}

impl Line {
    /// The straight line through these points (least squares).
    fn through(points: &[(f32, f32)]) -> Self {
        let n = points.len() as f32;
        let mean = |of: fn(&(f32, f32)) -> f32| points.iter().map(of).sum::<f32>() / n;
        let (x, y) = (mean(|p| p.0), mean(|p| p.1));
        let second = points.iter().map(|p| (p.0 - x) * (p.1 - y)).sum::<f32>()
            / points.iter().map(|p| (p.0 - x).powi(2)).sum::<f32>();
        Self {
            nothing: y - second * x,
            second,
        }
    }
}

#[derive(Clone, Serialize, Deserialize)]
struct Decoded {
    key: String,
    text: String,
    log_probability: f32,
    decodes: u32,
}

/// All engines, shared by the threads that play calls.
pub struct Engines {
    /// The sample town.
    pub town: Town,
    whisper: Arc<Whisper>,
    idle: Mutex<Vec<Decoder>>,
    decoded: Kept<Decoded>,
    prompts: PromptLibrary,
    /// The sentences that are rendered before any call.
    prepared: HashSet<String>,
    times: Times,
    clips: PathBuf,
}

impl Engines {
    /// Loads the models and what was kept.
    pub fn load(cache: &Path) -> anyhow::Result<Self> {
        let config = Config::default();
        let (plan, _) = plans::read(Path::new("dialplans/valbourg.yaml"))?;
        let voice = plan.voice.name.clone();
        let mut town = Town::new(plan, Some(engines::encoder(&config)?), &engines::memory(&config));
        let plan = asking(&town.plan);
        let prepared = dialogue::prompts(&plan)
            .iter()
            .flat_map(|text| french::sentences(text))
            .collect();
        town.plan = Arc::new(plan);
        let weights = models::locate(&config.models, WHISPER_BASE)?;
        let weights = weights.path(Role::Weights).context("run `make models` first")?;
        let clips = cache.join("answers");
        std::fs::create_dir_all(&clips)?;
        Ok(Self {
            town,
            whisper: Whisper::load(weights)?,
            idle: Mutex::default(),
            decoded: Kept::open(&cache.join("decoded.jsonl"), |d: &Decoded| d.key.clone())?,
            prompts: engines::prompts(&config, voice.as_deref())?,
            prepared,
            times: Times::read(),
            clips,
        })
    }

    /// What an utterance means, and the time that it takes to find out, `alone` or beside another.
    pub fn hear(
        &self,
        utterance: &Utterance,
        now: NaiveDateTime,
        alone: bool,
    ) -> anyhow::Result<(Understood, Duration)> {
        let decoded = self.decode(utterance)?;
        let times = match utterance.context.doubted {
            None => decoded.decodes as f32,
            Some(_) => AGAIN,
        };
        let stt = self.times.decode(&utterance.audio, alone).mul_f32(times);
        let transcript = Transcript {
            text: decoded.text.into(),
            log_probability: decoded.log_probability,
            decodes: decoded.decodes,
            took: stt,
        };
        let mut understood = self.town.understand(&utterance.context, transcript, now);
        understood.took = Duration::from_secs_f32(self.times.understand / 1000.0);
        let took = stt + understood.took;
        Ok((understood, took))
    }

    /// Measures what decoding takes, on clips of all lengths, each three times for the quickest, and keeps it for all
    /// runs to come. Nothing else may run meanwhile.
    pub fn calibrate(&self, clips: &[Pcm<16_000>]) -> anyhow::Result<()> {
        let mut decoder = self.whisper.decoder()?;
        let mut measure = |cores| -> anyhow::Result<Line> {
            let mut points = Vec::new();
            for clip in clips {
                let mut quickest = f32::INFINITY;
                for _ in 0..3 {
                    let started = Instant::now();
                    decoder.decode(&clip.0, &Prompt::None, cores, &AtomicBool::new(false))?;
                    quickest = quickest.min(started.elapsed().as_secs_f32() * 1000.0);
                }
                points.push((clip.duration().as_secs_f32(), quickest));
                println!(
                    "{:5.1} s, cores: {cores}: {quickest:4.0} ms",
                    points[points.len() - 1].0
                );
            }
            Ok(Line::through(&points))
        };
        let times = Times {
            alone: measure(2)?,
            beside: measure(1)?,
            ..Times::default()
        };
        println!("{times:?}");
        std::fs::write(Path::new(FOLDER).join("times.json"), serde_json::to_string(&times)?)?;
        Ok(())
    }

    fn decode(&self, utterance: &Utterance) -> anyhow::Result<Decoded> {
        let (audio, again) = (&utterance.audio.0, utterance.context.doubted.is_some());
        let prompt = self.town.prompt(utterance.context.expect);
        let mut hash = Sha256::new();
        audio.iter().for_each(|sample| hash.update(sample.to_le_bytes()));
        hash.update(format!("{prompt:?}"));
        if again {
            hash.update("slowed");
        }
        let key = hexadecimal(&hash.finalize());
        if let Some(known) = self.decoded.get(&key) {
            return Ok(known);
        }
        let idle = self.idle.lock().expect("no panic while held").pop();
        let mut decoder = match idle {
            Some(decoder) => decoder,
            None => self.whisper.decoder()?,
        };
        let stop = AtomicBool::new(false);
        let heard = match again {
            false => decoder.decode(audio, &prompt, 1, &stop)?,
            true => decoder.decode_again(audio, &prompt, 1, &stop)?,
        };
        self.idle.lock().expect("no panic while held").push(decoder);
        let decoded = Decoded {
            key: key.clone(),
            text: heard.text.reveal().clone(),
            log_probability: heard.log_probability,
            decodes: heard.decodes,
        };
        self.decoded.put(key, decoded.clone())?;
        Ok(decoded)
    }

    /// The sound of a sentence, and the time that it takes to get it.
    pub fn say(&self, text: &str, speed: f32) -> anyhow::Result<(Clip, Duration)> {
        let key = hexadecimal(&Sha256::digest(format!("{text}|{speed}")));
        let file = self.clips.join(format!("{key}.wav"));
        // What the plan says is rendered before any call.
        let prepared = speed == self.town.plan.voice.speed && self.prepared.contains(text);
        let timed = |clip: Clip| {
            let took = if prepared {
                FOUND
            } else {
                clip.duration().mul_f32(RENDERING)
            };
            (clip, took)
        };
        if let Ok(kept) = File::open(&file) {
            return Ok(timed(Arc::new(wav::read(&key, kept)?)));
        }
        if let Some(clip) = self.prompts.get(text, speed) {
            return Ok(timed(clip));
        }
        let (done, result) = mpsc::channel();
        self.prompts
            .request(text, speed, Priority::Live, move |clip| drop(done.send(clip)));
        let clip = result.recv()??;
        let partial = file.with_extension(format!("{:?}", std::thread::current().id()));
        wav::write(&key, &clip, BufWriter::new(File::create(&partial)?))?;
        std::fs::rename(partial, file)?;
        Ok(timed(clip))
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().take(16).map(|byte| format!("{byte:02x}")).collect()
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
