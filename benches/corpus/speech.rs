//! The callers: Kokoro's voices made to speak French. What they said once is kept, so that another mix costs nothing.

use std::collections::HashMap;
use std::io::BufWriter;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use allo::audio::{Pcm, resample, wav};
use allo::engine::kokoro::Kokoro;
use allo::engine::models::{self, KOKORO_FR, Role};
use allo::speak::{Synthesizer, french};
use anyhow::Context;
use sha2::{Digest, Sha256};

/// Callers: a voice of Kokoro, its share in per cent, the rest being the French one's, which knows how French is
/// pronounced; and after `@` the length of the throat, the French one's being 1. `corpus voices` measures how well our
/// recognition understands them.
pub const VOICES: [&str; 8] = [
    "ff_siwis:100@1",
    "am_michael:50@1",
    "bf_emma:50@1",
    "bm_george:50@1",
    "if_sara:50@1",
    "em_alex:50@1",
    "pm_alex:50@1",
    "ff_siwis:100@1.15",
];

/// The voice that is French.
const FRENCH: &str = "ff_siwis";

/// What a caller's voice is made of.
struct Made<'a> {
    voice: &'a str,
    share: f32,
    throat: f32,
}

impl<'a> Made<'a> {
    fn parse(name: &'a str) -> anyhow::Result<Self> {
        let (voice, rest) = name.split_once(':').context("VOICE:SHARE@THROAT")?;
        let (share, throat) = rest.split_once('@').context("VOICE:SHARE@THROAT")?;
        Ok(Self {
            voice,
            share: share.parse::<f32>()? / 100.0,
            throat: throat.parse()?,
        })
    }
}

/// Where clips are kept, and who renders them.
pub struct Callers {
    cache: PathBuf,
    styles: HashMap<String, PathBuf>,
    idle: Mutex<Vec<Kokoro>>,
    model: PathBuf,
}

impl Callers {
    /// Looks for the voices in the models folder.
    pub fn open(models: &Path, cache: PathBuf) -> anyhow::Result<Self> {
        std::fs::create_dir_all(&cache)?;
        let french = models::locate(models, KOKORO_FR)?;
        let part = |role| french.path(role).map(Path::to_path_buf).context("kokoro-fr incomplet");
        let own = part(Role::Voice)?;
        let others = models.join("kokoro-corpus");
        let files = std::fs::read_dir(&others)
            .with_context(|| format!("{} manque : allo models fetch kokoro-corpus", others.display()))?;
        let styles = files
            .filter_map(|file| Some(file.ok()?.path()))
            .chain([own])
            .filter_map(|path| Some((path.file_stem()?.to_str()?.to_owned(), path.clone())))
            .collect();
        Ok(Self {
            cache,
            styles,
            idle: Mutex::default(),
            model: part(Role::Weights)?,
        })
    }

    /// The file of a voice's styles, mixed when they were not before.
    fn style(&self, made: &Made) -> anyhow::Result<PathBuf> {
        let known = |name: &str| self.styles.get(name).with_context(|| format!("voix {name} absente"));
        if made.share == 1.0 {
            return Ok(known(made.voice)?.clone());
        }
        let file = self.cache.join(format!("{}-{}.bin", made.voice, made.share));
        let (own, french) = (std::fs::read(known(made.voice)?)?, std::fs::read(known(FRENCH)?)?);
        let floats = |bytes: &[u8]| {
            bytes
                .as_chunks()
                .0
                .iter()
                .map(|b| f32::from_le_bytes(*b))
                .collect::<Vec<_>>()
        };
        let mixed = floats(&own).into_iter().zip(floats(&french));
        let mixed: Vec<u8> = mixed
            .flat_map(|(own, french)| (made.share * own + (1.0 - made.share) * french).to_le_bytes())
            .collect();
        if !file.exists() {
            let partial = file.with_extension(format!("{:?}", std::thread::current().id()));
            std::fs::write(&partial, mixed)?;
            std::fs::rename(partial, &file)?;
        }
        Ok(file)
    }

    /// One clip.
    pub fn say(&self, voice: &str, text: &str, speed: f32) -> anyhow::Result<Pcm<16_000>> {
        let name = Sha256::digest(format!("{voice}|{text}|{speed}"));
        let name: String = name.iter().take(12).map(|byte| format!("{byte:02x}")).collect();
        let file = self.cache.join(format!("{name}.wav"));
        if let Ok(kept) = std::fs::File::open(&file) {
            return Ok(wav::read(&name, kept)?);
        }
        let made = Made::parse(voice)?;
        let style = self.style(&made)?;
        let idle = self.idle.lock().expect("no panic while held").pop();
        let mut kokoro = match idle {
            Some(kokoro) => kokoro,
            None => Kokoro::load(&self.model, &style)?,
        };
        kokoro.change_voice(&style)?;
        // A longer throat: all frequencies lower, at the same pace.
        let clip = kokoro.synthesize(&french::speakable(text), speed * made.throat)?;
        let clip = Pcm(resample(&clip.0, 1000, (1000.0 * made.throat) as u32));
        self.idle.lock().expect("no panic while held").push(kokoro);
        // Whole or not at all: the work may be stopped at any time, and two may want the same.
        let partial = file.with_extension(format!("{:?}", std::thread::current().id()));
        wav::write(&name, &clip, BufWriter::new(std::fs::File::create(&partial)?))?;
        std::fs::rename(partial, file)?;
        Ok(clip)
    }
}
