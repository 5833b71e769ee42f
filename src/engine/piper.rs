//! A Piper voice (VITS): text → espeak-ng phonemes → ONNX model → clip. About a tenth of real time on one core.

use std::path::Path;

use piper_rs::ModelConfig;

use super::phonemes::{Phonemizer, TIE, clauses};
use super::{session, voice};
use crate::audio::Pcm;
use crate::speak::{SynthesisError, Synthesizer};

/// Paces that still sound like the voice.
const SPEEDS: std::ops::RangeInclusive<f32> = 0.5..=2.0;
/// Clauses are gathered up to this many phonemes: beyond, the voice loses its breath and memory grows.
const MAX_PHONEMES: usize = 400;
/// Between the parts of a text that is too long for one inference: 250 ms.
const PAUSE: usize = crate::units::HZ as usize * 250 / 1000;
/// To be changed whenever this file, `phonemes`, `pronunciation` or `voice` make another sound of the same text, so that
/// kept prompts are rendered anew.
const REVISION: &str = "2";

/// A voice with its settings.
pub struct Piper {
    id: String,
    piper: piper_rs::Piper,
    /// How long each sound lasts at the voice's own pace.
    length_scale: f32,
    phonemizer: Phonemizer,
}

impl Piper {
    /// Loads a voice (`fr_FR-siwis-medium.onnx`) and its settings (`….onnx.json`). The language is the voice's.
    ///
    /// # Errors
    /// When a file is missing or not what it should be, or espeak-ng's data are missing.
    pub fn load(model: &Path, settings: &Path) -> Result<Self, SynthesisError> {
        let json = std::fs::read(settings).map_err(|error| failed(format!("{} : {error}", settings.display())))?;
        let config: ModelConfig =
            serde_json::from_slice(&json).map_err(|error| failed(format!("{} : {error}", settings.display())))?;
        let phonemizer = Phonemizer::new(&config.espeak.voice).map_err(failed)?;
        let session = session::open(model).map_err(|error| failed(format!("{} : {error}", model.display())))?;
        let name = model.file_stem().unwrap_or_default().to_string_lossy();
        Ok(Self {
            id: format!("piper/{name}/{REVISION}"),
            length_scale: config.inference.length_scale,
            piper: piper_rs::Piper::from_session(session, config),
            phonemizer,
        })
    }
}

impl Synthesizer for Piper {
    fn id(&self) -> &str {
        &self.id
    }

    fn synthesize(&mut self, spoken: &str, speed: f32) -> Result<Pcm<16_000>, SynthesisError> {
        let length_scale = self.length_scale / speed.clamp(*SPEEDS.start(), *SPEEDS.end());
        let mut parts: Vec<String> = Vec::new();
        for clause in clauses(spoken) {
            let phonemes = self.phonemizer.phonemize(clause.words).map_err(failed)?;
            let phonemes = format!("{}{}", phonemes.replace(TIE, ""), clause.mark);
            match parts.last_mut() {
                Some(last) if last.chars().count() + phonemes.chars().count() < MAX_PHONEMES => {
                    last.push(' ');
                    last.push_str(&phonemes);
                }
                _ => parts.push(phonemes),
            }
        }
        let mut clips = Vec::new();
        for phonemes in parts {
            let (sound, rate) = self
                .piper
                .create(&phonemes, true, None, Some(length_scale), None, None)
                .map_err(failed)?;
            clips.push(voice::finish(&sound, rate));
        }
        Ok(voice::join(clips, PAUSE))
    }
}

fn failed(reason: impl ToString) -> SynthesisError {
    SynthesisError {
        engine: "piper",
        reason: reason.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrong_settings_are_named() {
        let folder = tempfile::tempdir().expect("a folder");
        let settings = folder.path().join("voix.onnx.json");
        std::fs::write(&settings, "{}").expect("written");
        let error = Piper::load(Path::new("/nulle/part.onnx"), &settings)
            .err()
            .expect("no settings in it");
        assert!(error.to_string().contains("voix.onnx.json"), "{error}");
        let error = Piper::load(Path::new("/nulle/part.onnx"), Path::new("/nulle/part.json"))
            .err()
            .expect("missing");
        assert!(error.to_string().contains("/nulle/part.json"), "{error}");
    }
}
