//! The engines that a configuration asks for, loaded: recognition, the sentence encoder, the voice.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context;

use crate::config::{self, Config};
use crate::engine::encoder::{Both, Encoder, OnnxEncoder, Prefixes};
use crate::engine::kokoro::Kokoro;
use crate::engine::memory::Folder;
use crate::engine::models::{self, ENCODER, ENCODER_E5, Role, WHISPER_BASE};
use crate::engine::piper::Piper;
use crate::engine::prompts::{PromptLibrary, Settings};
use crate::engine::recognition::Recognition;
use crate::speak::{Synthesizer, french};
use crate::understand::SentenceEncoder;

/// French voices, best first.
const VOICES: [&str; 4] = ["piper-fr-siwis", "piper-fr-upmc", "piper-fr-tom", "kokoro-fr"];

/// Bytes of rendered speech held in memory: about half an hour.
const MEMORY: usize = 64 << 20;
/// Sentences that may wait to be rendered.
const QUEUE: usize = 10_000;

/// Everything that turns sound into meaning and text into sound.
pub struct Engines {
    /// Speech to text.
    pub recognition: Recognition,
    /// Rendered speech.
    pub prompts: PromptLibrary,
    /// Sentences to directions.
    pub encoder: Arc<dyn SentenceEncoder>,
}

impl Engines {
    /// Loads what the models folder holds.
    pub fn load(config: &Config, voice: Option<&str>) -> anyhow::Result<Self> {
        Ok(Self {
            recognition: recognition(config)?,
            prompts: prompts(config, voice)?,
            encoder: encoder(config)?,
        })
    }
}

/// Speech to text.
pub fn recognition(config: &Config) -> anyhow::Result<Recognition> {
    let weights = file(&config.models, WHISPER_BASE, Role::Weights)?;
    Ok(Recognition::start(&weights, config.recognition_threads)?)
}

/// Sentences to directions.
pub fn encoder(config: &Config) -> anyhow::Result<Arc<dyn SentenceEncoder>> {
    Ok(match &config.encoder {
        config::Encoder::Usem3 => Arc::new(usem3(config)?),
        config::Encoder::E5 => Arc::new(e5(config)?),
        config::Encoder::Usem3AndE5 => Arc::new(Both::new(usem3(config)?, e5(config)?)),
        config::Encoder::Own {
            model,
            tokenizer,
            prefixes,
        } => Arc::new(OnnxEncoder::load(model, tokenizer, prefixes.clone())?),
    })
}

fn usem3(config: &Config) -> anyhow::Result<Encoder> {
    let (weights, tokenizer) = encoder_files(config, ENCODER)?;
    Ok(Encoder::load(&weights, &tokenizer)?)
}

fn e5(config: &Config) -> anyhow::Result<OnnxEncoder> {
    let (model, tokenizer) = encoder_files(config, ENCODER_E5)?;
    // What it was trained with (intfloat/multilingual-e5-small, model card).
    let prefixes = Prefixes {
        question: "query: ".into(),
        passage: "passage: ".into(),
    };
    Ok(OnnxEncoder::load(&model, &tokenizer, prefixes)?)
}

fn encoder_files(config: &Config, id: &str) -> anyhow::Result<(PathBuf, PathBuf)> {
    let of = |role| file(&config.models, id, role);
    Ok((of(Role::Weights)?, of(Role::Tokenizer)?))
}

/// What was learned before.
pub fn memory(config: &Config) -> Folder {
    Folder(config.data.join("learned"))
}

/// Rendered speech, in the voice that was named or the best one installed.
pub fn prompts(config: &Config, voice: Option<&str>) -> anyhow::Result<PromptLibrary> {
    let name = match voice {
        Some(name) => name,
        None => VOICES
            .into_iter()
            .find(|id| models::locate(&config.models, id).is_ok())
            .context("aucune voix française n'est installée ; lancez « allo models fetch »")?,
    };
    let synthesizers = (0..config.synthesis_threads)
        .map(|_| synthesizer(&config.models, name))
        .collect::<anyhow::Result<Vec<_>>>()?;
    let settings = Settings {
        folder: config.prompts.clone().unwrap_or_else(|| config.data.join("prompts")),
        memory: MEMORY,
        queue: QUEUE,
    };
    PromptLibrary::open(&settings, synthesizers, french::speakable)
        .with_context(|| format!("dossier des phrases inutilisable ({})", settings.folder.display()))
}

fn synthesizer(folder: &Path, id: &str) -> anyhow::Result<Box<dyn Synthesizer>> {
    let weights = file(folder, id, Role::Weights)?;
    Ok(if id.starts_with("piper") {
        Box::new(Piper::load(&weights, &file(folder, id, Role::Config)?)?)
    } else {
        Box::new(Kokoro::load(&weights, &file(folder, id, Role::Voice)?)?)
    })
}

fn file(folder: &Path, id: &str, role: Role) -> anyhow::Result<PathBuf> {
    let files = models::locate(folder, id)?;
    let path = files
        .path(role)
        .with_context(|| format!("le modèle « {id} » n'est pas complet dans le manifeste"))?;
    Ok(path.into())
}
