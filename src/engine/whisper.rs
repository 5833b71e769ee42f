//! Speech to text by Whisper (whisper.cpp), tuned for short telephone utterances on few cores.
//!
//! One core for each decode, or all for one that is alone ([`super::spread`]): ggml's own threads spin, and two decodes
//! on two threads each would fight over two cores for seconds, while those of OpenMP fall asleep. An audio context cut to the utterance, because the encoder's time grows with it and the default hears 30 s of
//! silence. FEASIBILITY: 0.5 s for a clip of 2-5 s, against 3.7 s with the default context.

use std::collections::HashMap;
use std::ffi::c_void;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use whisper_rs::{FullParams, SamplingStrategy, WhisperContext, WhisperContextParameters, WhisperState};

use crate::audio::resample;
use crate::hear::{Transcript, guard};
use crate::units::HZ;

/// First id that is not text (end of text, language and task marks, time stamps).
const FIRST_SPECIAL_TOKEN: i32 = 50_257;
/// Encoder positions for each second of sound.
const CONTEXT_PER_SECOND: f32 = 50.0;
/// Positions of silence kept after the utterance; half of it makes Whisper loop.
const CONTEXT_MARGIN: i32 = 128;
/// The same where it loops all the same, or gets lost, two utterances in a hundred: they are decoded once more.
const MORE_MARGIN: i32 = 512;
/// Mean log-probabilities of noise, and of speech in which Whisper got lost.
const LOST: std::ops::Range<f32> = -2.2..-1.2;

/// Mean log-probabilities between which words may have been misheard: clear speech is above, noise below.
const DOUBT: std::ops::Range<f32> = -1.6..-0.5;
/// What is decoded once more in doubt: an answer of a few words.
const SHORT: f32 = 3.0;
/// How much longer the sound is made to listen to it again, as a ratio. Of our spoken sentences as many come right as by
/// a beam of three hypotheses, which takes twice the time.
const SLOWED: [u32; 2] = [27, 25];

/// What recognition is told of what may be said: Whisper takes its words and its style from it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Prompt {
    /// Nothing.
    #[default]
    None,
    /// These words.
    Always(Arc<str>),
    /// These words, but only for a few words of which recognition without them was not sure: it hears such words in noise,
    /// too.
    InDoubt(Arc<str>),
}

impl Prompt {
    /// What it is told before it hears anything.
    fn at_first(&self) -> &str {
        match self {
            Self::Always(words) => words,
            Self::None | Self::InDoubt(_) => "",
        }
    }
}

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

/// What is decoded, and how.
struct Sound<'a> {
    samples: Vec<f32>,
    cores: usize,
    stop: &'a AtomicBool,
}

impl<'a> Sound<'a> {
    fn new(audio: &[i16], cores: usize, stop: &'a AtomicBool) -> Self {
        let samples = audio.iter().map(|s| f32::from(*s) / 32_768.0).collect();
        Self { samples, cores, stop }
    }

    fn seconds(&self) -> f32 {
        self.samples.len() as f32 / HZ as f32
    }
}

/// Decodes one utterance at a time.
pub struct Decoder {
    state: WhisperState,
    /// By prompt: whisper-rs leaks the language and the prompt of each set of parameters, so they are made once.
    parameters: HashMap<Arc<str>, FullParams<'static, 'static>>,
}

impl Decoder {
    /// The words in `audio` (16 kHz), found on so many cores. Blocking; looks at `stop` after the encoder and after each token.
    pub fn decode(
        &mut self,
        audio: &[i16],
        prompt: &Prompt,
        cores: usize,
        stop: &AtomicBool,
    ) -> Result<Transcript, WhisperError> {
        let started = Instant::now();
        let sound = Sound::new(audio, cores, stop);
        let first = prompt.at_first();
        let (mut text, mut log_probability) = self.attempt(&sound, CONTEXT_MARGIN, first)?;
        let again = guard::loops(&text, log_probability) || LOST.contains(&log_probability);
        if again {
            (text, log_probability) = self.attempt(&sound, MORE_MARGIN, first)?;
        }
        let doubtful = DOUBT.contains(&log_probability) && sound.seconds() <= SHORT;
        let told = match prompt {
            Prompt::InDoubt(words) if doubtful => Some(words),
            _ => None,
        };
        if let Some(words) = told {
            (text, log_probability) = self.attempt(&sound, CONTEXT_MARGIN, words)?;
        }
        let decodes = 1 + u32::from(again) + u32::from(told.is_some());
        Ok(transcript(&text, log_probability, decodes, started))
    }

    /// The same once more, for words that meant nothing: the sound is made a little longer ([`SLOWED`]), so that Whisper
    /// makes other mistakes, if any.
    pub fn decode_again(
        &mut self,
        audio: &[i16],
        prompt: &Prompt,
        cores: usize,
        stop: &AtomicBool,
    ) -> Result<Transcript, WhisperError> {
        let started = Instant::now();
        let [longer, than] = SLOWED;
        let sound = Sound::new(&resample(audio, than, longer), cores, stop);
        let (text, log_probability) = self.attempt(&sound, CONTEXT_MARGIN, prompt.at_first())?;
        Ok(transcript(&text, log_probability, 1, started))
    }

    /// One decode with this margin of silence: what Whisper writes, and the mean log-probability of its tokens.
    fn attempt(&mut self, sound: &Sound, margin: i32, prompt: &str) -> Result<(String, f32), WhisperError> {
        let base = self.parameters.entry(prompt.into());
        let mut parameters = base.or_insert_with(|| base_parameters(prompt)).clone();
        parameters.set_n_threads(sound.cores as i32);
        parameters.set_audio_ctx(audio_context(sound.seconds(), margin));
        parameters.set_max_tokens((sound.seconds() * 8.0) as i32 + 16);
        // SAFETY: `stop` outlives the call to `full`, which is the only one to use the callback.
        unsafe {
            parameters.set_abort_callback(Some(is_set));
            parameters.set_abort_callback_user_data(std::ptr::from_ref(sound.stop).cast_mut().cast());
        }
        let decoded = self.state.full(parameters, &sound.samples);
        if sound.stop.load(Ordering::Relaxed) {
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

fn transcript(text: &str, log_probability: f32, decodes: u32, started: Instant) -> Transcript {
    Transcript {
        text: guard::said(text, log_probability).into(),
        log_probability,
        decodes,
        took: started.elapsed(),
    }
}

/// Encoder positions for an utterance: its own length and a margin, in steps of 64, at most Whisper's 30 s.
fn audio_context(seconds: f32, margin: i32) -> i32 {
    let needed = (seconds * CONTEXT_PER_SECOND).ceil() as i32 + margin;
    (needed.div_euclid(64) * 64 + if needed % 64 == 0 { 0 } else { 64 }).min(1500)
}

fn base_parameters(prompt: &str) -> FullParams<'static, 'static> {
    let mut p = FullParams::new(SamplingStrategy::Greedy { best_of: 1 });
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
