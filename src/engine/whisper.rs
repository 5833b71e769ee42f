//! Speech to text by Whisper (whisper.cpp), tuned for short telephone utterances on few cores.
//!
//! One thread for each decode, because ggml's threads spin and two decodes on two threads each fight over two cores;
//! an audio context cut to the utterance, because the encoder's time grows with it and the default hears 30 s of
//! silence. FEASIBILITY: 0.5 s for a clip of 2-5 s, against 3.7 s with the default context.

use std::collections::HashMap;
use std::ffi::c_void;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use whisper_rs::{FullParams, SamplingStrategy, WhisperContext, WhisperContextParameters, WhisperState};

use crate::hear::{Transcript, guard};
use crate::units::HZ;

/// First id that is not text (end of text, language and task marks, time stamps).
const FIRST_SPECIAL_TOKEN: i32 = 50_257;
/// Encoder positions for each second of sound.
const CONTEXT_PER_SECOND: f32 = 50.0;
/// Positions of silence kept after the utterance; half of it makes Whisper loop.
const CONTEXT_MARGIN: i32 = 128;
/// The same where it loops all the same, one utterance in a hundred: it is decoded once more.
const LOOPING_MARGIN: i32 = 512;

/// Why recognition failed.
#[derive(Debug, thiserror::Error)]
pub enum WhisperError {
    /// The model file cannot be used.
    #[error("modèle de reconnaissance inutilisable ({path}) : {reason} ; lancez « allo models verify »")]
    Model {
        /// The file.
        path: String,
        /// What whisper.cpp said.
        reason: String,
    },
    /// One decode failed.
    #[error("reconnaissance interrompue : {0}")]
    Decode(String),
    /// Too many wait already.
    #[error("trop de paroles en attente d'être reconnues")]
    Busy,
    /// Nobody waits for it any more.
    #[error("reconnaissance annulée")]
    Cancelled,
}

/// The model, shared by all decoders.
pub struct Whisper {
    context: WhisperContext,
}

impl Whisper {
    /// Loads a ggml model file.
    pub fn load(path: &Path) -> Result<Arc<Self>, WhisperError> {
        whisper_rs::install_logging_hooks();
        let unusable = |reason: String| WhisperError::Model {
            path: path.display().to_string(),
            reason,
        };
        let text = path
            .to_str()
            .ok_or_else(|| unusable("chemin qui n'est pas de l'UTF-8".into()))?;
        let context = WhisperContext::new_with_params(text, WhisperContextParameters::default())
            .map_err(|e| unusable(e.to_string()))?;
        Ok(Arc::new(Self { context }))
    }

    /// A decoder for one thread.
    pub fn decoder(self: &Arc<Self>) -> Result<Decoder, WhisperError> {
        let state = self
            .context
            .create_state()
            .map_err(|e| WhisperError::Decode(e.to_string()))?;
        Ok(Decoder {
            state,
            parameters: HashMap::new(),
        })
    }
}

/// Decodes one utterance at a time.
pub struct Decoder {
    state: WhisperState,
    /// By prompt: whisper-rs leaks the language and the prompt of each set of parameters, so they are made once.
    parameters: HashMap<Arc<str>, FullParams<'static, 'static>>,
}

impl Decoder {
    /// The words in `audio` (16 kHz). `prompt` holds the town's own words, empty for none. Blocking; looks at `stop`
    /// after the encoder and after each token.
    pub fn decode(&mut self, audio: &[i16], prompt: &Arc<str>, stop: &AtomicBool) -> Result<Transcript, WhisperError> {
        let started = Instant::now();
        let sound: Vec<f32> = audio.iter().map(|s| f32::from(*s) / 32_768.0).collect();
        let (mut text, mut log_probability) = self.attempt(&sound, CONTEXT_MARGIN, prompt, stop)?;
        if guard::loops(&text, log_probability) {
            (text, log_probability) = self.attempt(&sound, LOOPING_MARGIN, prompt, stop)?;
        }
        Ok(Transcript {
            text: guard::said(&text, log_probability).into(),
            log_probability,
            took: started.elapsed(),
        })
    }

    /// One decode with this margin of silence: what Whisper writes, and the mean log-probability of its tokens.
    fn attempt(
        &mut self,
        sound: &[f32],
        margin: i32,
        prompt: &Arc<str>,
        stop: &AtomicBool,
    ) -> Result<(String, f32), WhisperError> {
        let seconds = sound.len() as f32 / HZ as f32;
        let mut parameters = self
            .parameters
            .entry(prompt.clone())
            .or_insert_with(|| base(prompt))
            .clone();
        parameters.set_audio_ctx(audio_context(seconds, margin));
        parameters.set_max_tokens((seconds * 8.0) as i32 + 16);
        // SAFETY: `stop` outlives the call to `full`, which is the only one to use the callback.
        unsafe {
            parameters.set_abort_callback(Some(is_set));
            parameters.set_abort_callback_user_data(std::ptr::from_ref(stop).cast_mut().cast());
        }
        let decoded = self.state.full(parameters, sound);
        if stop.load(Ordering::Relaxed) {
            return Err(WhisperError::Cancelled);
        }
        decoded.map_err(|e| WhisperError::Decode(e.to_string()))?;

        Ok(self.text())
    }

    /// Text of the last decode and the mean log-probability of its tokens.
    fn text(&self) -> (String, f32) {
        let (mut text, mut sum, mut tokens) = (String::new(), 0.0, 0);
        for segment in self.state.as_iter() {
            text.push_str(&segment.to_str_lossy().unwrap_or_default());
            for token in (0..segment.n_tokens()).filter_map(|i| segment.get_token(i)) {
                if token.token_id() < FIRST_SPECIAL_TOKEN {
                    sum += token.token_probability().max(1e-10).ln();
                    tokens += 1;
                }
            }
        }
        (
            text,
            if tokens == 0 {
                f32::NEG_INFINITY
            } else {
                sum / tokens as f32
            },
        )
    }
}

/// Encoder positions for an utterance: its own length and a margin, in steps of 64, at most Whisper's 30 s.
fn audio_context(seconds: f32, margin: i32) -> i32 {
    let needed = (seconds * CONTEXT_PER_SECOND).ceil() as i32 + margin;
    (needed.div_euclid(64) * 64 + if needed % 64 == 0 { 0 } else { 64 }).min(1500)
}

fn base(prompt: &str) -> FullParams<'static, 'static> {
    let mut p = FullParams::new(SamplingStrategy::Greedy { best_of: 1 });
    p.set_n_threads(1);
    p.set_language(Some("fr"));
    p.set_translate(false);
    p.set_no_context(true);
    p.set_no_timestamps(true);
    p.set_single_segment(true);
    p.set_temperature(0.0);
    p.set_temperature_inc(0.0);
    p.set_suppress_nst(true);
    p.set_suppress_blank(true);
    p.set_print_progress(false);
    p.set_print_realtime(false);
    p.set_print_special(false);
    p.set_print_timestamps(false);
    if !prompt.is_empty() {
        p.set_initial_prompt(prompt);
    }
    p
}

/// whisper.cpp asks whether to stop; whisper-rs's closure variant is undefined behaviour, hence the plain function.
unsafe extern "C" fn is_set(flag: *mut c_void) -> bool {
    // SAFETY: `decode` passes a live `AtomicBool`.
    unsafe { (*flag.cast::<AtomicBool>()).load(Ordering::Relaxed) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn audio_context_is_the_utterance_and_a_margin_in_steps_of_64() {
        for (seconds, expected) in [
            (0.0, 128),
            (0.5, 192),
            (2.0, 256),
            (3.0, 320),
            (5.0, 384),
            (27.5, 1500),
            (60.0, 1500),
        ] {
            assert_eq!(audio_context(seconds, CONTEXT_MARGIN), expected, "{seconds} s");
        }
    }

    #[test]
    fn a_file_that_is_no_model_is_refused_with_a_remedy() {
        let file = std::env::temp_dir().join("allo-not-a-model.bin");
        std::fs::write(&file, b"not a model").expect("temp dir is writable");
        let error = Whisper::load(&file).err().expect("must be refused").to_string();
        assert!(
            error.contains("allo-not-a-model.bin") && error.contains("allo models verify"),
            "{error}"
        );
    }
}
