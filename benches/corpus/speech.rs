//! The callers: Kokoro's voices made to speak French. What they said once is kept, so that another mix costs nothing.

use std::collections::HashMap;
use std::io::BufWriter;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use allo::audio::{Pcm, wav};
use allo::engine::kokoro::Kokoro;
use allo::engine::models::{self, KOKORO_FR, Role};
use allo::speak::{Synthesizer, french};
use anyhow::Context;
use sha2::{Digest, Sha256};

/// The foreign voices that our recognition understands in French (`corpus voices` measures it), women and men, and the
/// one that is French.
pub const VOICES: [&str; 8] = [
    "ff_siwis",
    "am_michael",
    "bf_emma",
    "bm_george",
    "if_sara",
    "im_nicola",
    "pf_dora",
    "em_alex",
];

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

    /// The voices that are installed.
    pub fn voices(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self.styles.keys().map(String::as_str).collect();
        names.sort_unstable();
        names
    }

    /// One clip. A text that ends in a comma or in `…` goes on: the voice stays up.
    pub fn say(&self, voice: &str, text: &str, speed: f32) -> anyhow::Result<Pcm<16_000>> {
        let name = Sha256::digest(format!("{voice}|{text}|{speed}"));
        let name: String = name.iter().take(12).map(|byte| format!("{byte:02x}")).collect();
        let file = self.cache.join(format!("{name}.wav"));
        if let Ok(kept) = std::fs::File::open(&file) {
            return Ok(wav::read(&name, kept)?);
        }
        let style = self
            .styles
            .get(voice)
            .with_context(|| format!("voix {voice} absente"))?;
        let idle = self.idle.lock().expect("no panic while held").pop();
        let mut kokoro = match idle {
            Some(kokoro) => kokoro,
            None => Kokoro::load(&self.model, style)?,
        };
        kokoro.change_voice(style)?;
        // Kokoro reads a last comma as a full stop, and a semicolon as what goes on.
        let text = match text.strip_suffix(',') {
            Some(head) => format!("{head};"),
            None => text.to_owned(),
        };
        let clip = kokoro.synthesize(&french::speakable(&text), speed)?;
        self.idle.lock().expect("no panic while held").push(kokoro);
        // Whole or not at all: the work may be stopped at any time.
        let partial = file.with_extension("part");
        wav::write(&name, &clip, BufWriter::new(std::fs::File::create(&partial)?))?;
        std::fs::rename(partial, file)?;
        Ok(clip)
    }
}
