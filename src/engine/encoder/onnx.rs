//! Any ONNX sentence encoder, such as those of sentence-transformers, beside its tokenizer.
//!
//! ```text
//! prefix + text → [tokenizer] → ids, mask → [session] ─┬ one vector for each token → their mean ┐
//!                                                      └ one vector for the sentence ───────────┴→ length 1
//! ```

use std::cmp::Reverse;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use ort::session::Session;
use ort::value::{Outlet, Tensor, TensorElementType, ValueType};

use super::EncoderError;
use super::tokenizer::Tokenizer;
use crate::engine::session;
use crate::engine::threads::yield_to_media;
use crate::understand::SentenceEncoder;

/// Tokens that are read of a text, marks among them: some 180 French words.
const MOST_TOKENS: usize = 256;
/// Tokens of one inference, padding among them: 60 ms of e5, for which a caller may wait. More at once are not faster.
const BATCH_TOKENS: usize = 128;
/// So many texts are worth a session on each core: opening e5 takes as long as twenty.
const MANY: usize = 100;

/// What a model was trained to find before a text, such as "query: " and "passage: "; empty for most.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Prefixes {
    /// Before what callers say, and what it is compared with.
    pub question: String,
    /// Before what answers.
    pub passage: String,
}

/// A sentence encoder, ready to use. e5 takes 100 MB of memory, and 10 ms for a sentence of 12 words on one core.
pub struct OnnxEncoder {
    tokenizer: Tokenizer,
    model: PathBuf,
    graph: Graph,
    /// For one text at a time.
    session: Mutex<Session>,
    prefixes: Prefixes,
    /// Numbers of a vector.
    width: usize,
}

impl OnnxEncoder {
    /// Reads `model` (`….onnx`) and its `tokenizer` (`tokenizer.json`, or a SentencePiece model in the order of its ids).
    ///
    /// # Errors
    /// When a file cannot be read, or the model does not give a vector for token ids.
    pub fn load(model: &Path, tokenizer: &Path, prefixes: Prefixes) -> Result<Self, EncoderError> {
        let wrong = |reason: String| EncoderError::Weights {
            path: model.to_owned(),
            reason,
        };
        let tokenizer = Tokenizer::load(tokenizer, MOST_TOKENS)?;
        let mut session = session::open(model).map_err(|error| wrong(format!("ce modèle ne s'ouvre pas ({error})")))?;
        let graph =
            Graph::of(&session).map_err(|reason| wrong(format!("ce n'est pas un encodeur de phrases : {reason}")))?;
        // What the graph does not say of itself, or says wrongly, shows at the first sentence.
        let ids = tokenizer.ids("la mairie");
        let vectors = graph.embed(&mut session, &[&ids]);
        let vectors =
            vectors.map_err(|error| wrong(format!("le modèle ne lit pas ce que donne son tokenizer ({error})")))?;
        Ok(Self {
            tokenizer,
            model: model.to_owned(),
            graph,
            session: Mutex::new(session),
            prefixes,
            width: vectors.first().map_or(0, Vec::len),
        })
    }

    /// The token ids of `text` as a question.
    pub fn token_ids(&self, text: &str) -> Vec<i64> {
        self.ids(&self.prefixes.question, text)
    }

    fn ids(&self, prefix: &str, text: &str) -> Vec<i64> {
        self.tokenizer.ids(&format!("{prefix}{text}"))
    }

    fn embed(&self, prefix: &str, texts: &[&str]) -> Vec<Vec<f32>> {
        let ids: Vec<Vec<i64>> = texts.iter().map(|text| self.ids(prefix, text)).collect();
        let batches = batches(&ids);
        let next = AtomicUsize::new(0);
        let work = |mut own: Option<Session>| {
            let mut done = Vec::new();
            while let Some(batch) = batches.get(next.fetch_add(1, Ordering::Relaxed)) {
                let ids: Vec<&[i64]> = batch.iter().map(|text| ids[*text].as_slice()).collect();
                let vectors = match &mut own {
                    Some(session) => self.graph.embed(session, &ids),
                    None => self
                        .graph
                        .embed(&mut self.session.lock().unwrap_or_else(PoisonError::into_inner), &ids),
                };
                let vectors = vectors.unwrap_or_else(|error| {
                    tracing::error!(model = %self.model.display(), %error, "sentences not understood");
                    vec![vec![0.0; self.width]; ids.len()]
                });
                done.extend(batch.iter().copied().zip(vectors));
            }
            done
        };
        let done = if texts.len() < MANY {
            work(None)
        } else {
            // Calls keep the session that is open; these go when the work is done.
            let on_own_session = || {
                yield_to_media();
                work(session::open(&self.model).ok())
            };
            let cores = std::thread::available_parallelism().map_or(1, usize::from);
            std::thread::scope(|scope| {
                let workers: Vec<_> = (0..cores).map(|_| scope.spawn(on_own_session)).collect();
                // A worker that panicked passes its panic on, as if there were no threads.
                let join =
                    |w: std::thread::ScopedJoinHandle<'_, _>| w.join().unwrap_or_else(|p| std::panic::resume_unwind(p));
                workers.into_iter().flat_map(join).collect()
            })
        };
        let mut vectors = vec![Vec::new(); texts.len()];
        for (text, vector) in done {
            vectors[text] = vector;
        }
        vectors
    }
}

impl SentenceEncoder for OnnxEncoder {
    fn encode(&self, text: &str) -> Vec<f32> {
        self.encode_all(&[text]).pop().unwrap_or_default()
    }

    fn knows(&self, word: &str) -> bool {
        self.tokenizer.knows(word)
    }

    fn encode_all(&self, texts: &[&str]) -> Vec<Vec<f32>> {
        self.embed(&self.prefixes.question, texts)
    }

    fn encode_passages(&self, texts: &[&str]) -> Vec<Vec<f32>> {
        self.embed(&self.prefixes.passage, texts)
    }
}

/// The texts, by their index, that are read together: of like lengths, so that little is padded. Long ones first, so that
/// no core is left with one at the end.
fn batches(ids: &[Vec<i64>]) -> Vec<Vec<usize>> {
    let mut order: Vec<usize> = (0..ids.len()).collect();
    order.sort_by_key(|text| Reverse(ids[*text].len()));
    let mut rest = order.as_slice();
    let mut batches = Vec::new();
    while let Some(longest) = rest.first() {
        let fit = (BATCH_TOKENS / ids[*longest].len().max(1)).clamp(1, rest.len());
        let (batch, more) = rest.split_at(fit);
        batches.push(batch.to_vec());
        rest = more;
    }
    batches
}

/// What the model takes and gives.
struct Graph {
    /// Whether it asks to which sentence of a pair a token belongs: the first, always.
    kinds: bool,
    /// Name of the output that is read.
    output: String,
}

impl Graph {
    /// Looks whether `session` is a sentence encoder; the error is in French.
    fn of(session: &Session) -> Result<Self, String> {
        let known = ["input_ids", "attention_mask", "token_type_ids"];
        let has = |name: &str| session.inputs().iter().any(|input| input.name() == name);
        for name in &known[..2] {
            if !has(name) {
                return Err(format!("l'entrée « {name} » manque"));
            }
        }
        for input in session.inputs() {
            let name = input.name();
            if !known.contains(&name) {
                return Err(format!("l'entrée « {name} » est inconnue"));
            }
            if tensor(input, TensorElementType::Int64) != Some(2) {
                return Err(format!("l'entrée « {name} » n'est pas une suite d'entiers de 64 bits"));
            }
        }
        let rank = |output: &Outlet| tensor(output, TensorElementType::Float32);
        // BERT's pooler was trained to tell whether one sentence follows another: no meaning of its own.
        let mut outputs = session
            .outputs()
            .iter()
            .filter(|output| !output.name().starts_with("pooler"));
        let output = outputs
            .clone()
            .find(|output| rank(output) == Some(2))
            .or_else(|| outputs.find(|output| rank(output) == Some(3)))
            .ok_or("aucune sortie ne donne un vecteur de nombres de 32 bits pour la phrase ou pour chaque jeton")?;
        Ok(Self {
            kinds: has(known[2]),
            output: output.name().to_owned(),
        })
    }

    /// One vector of length 1 for each text, given as token ids.
    fn embed(&self, session: &mut Session, texts: &[&[i64]]) -> ort::Result<Vec<Vec<f32>>> {
        let longest = texts.iter().map(|ids| ids.len()).max().unwrap_or(0);
        let shape = [texts.len(), longest];
        let padded = |of: fn(i64) -> i64| -> Vec<i64> {
            let row = |ids: &&[i64]| {
                let mut row: Vec<i64> = ids.iter().map(|id| of(*id)).collect();
                row.resize(longest, 0);
                row
            };
            texts.iter().flat_map(row).collect()
        };
        let mut inputs = vec![
            ("input_ids", Tensor::from_array((shape, padded(|id| id)))?),
            ("attention_mask", Tensor::from_array((shape, padded(|_| 1)))?),
        ];
        if self.kinds {
            inputs.push(("token_type_ids", Tensor::from_array((shape, padded(|_| 0)))?));
        }
        let outputs = session.run(inputs)?;
        let (given, values) = outputs[self.output.as_str()].try_extract_tensor::<f32>()?;
        let width = given.last().map_or(0, |width| *width as usize);
        let pooled = values.len() == texts.len() * width;
        if width == 0 || !pooled && values.len() != texts.len() * longest * width {
            return Err(ort::Error::new(format!(
                "sortie de forme {given:?} pour {shape:?} jetons"
            )));
        }
        let rows = values.chunks_exact(values.len() / texts.len());
        let vector = |(row, ids): (&[f32], &&[i64])| {
            let mut sum = vec![0.0; width];
            // The sum points where the mean does, and padding comes last.
            for token in row.chunks_exact(width).take(ids.len()) {
                sum.iter_mut().zip(token).for_each(|(sum, x)| *sum += x);
            }
            let length = sum.iter().map(|x| x * x).sum::<f32>().sqrt();
            sum.iter_mut().for_each(|x| *x /= length.max(f32::MIN_POSITIVE));
            sum
        };
        Ok(rows.zip(texts).map(vector).collect())
    }
}

/// The dimensions of a tensor of this type.
fn tensor(outlet: &Outlet, wanted: TensorElementType) -> Option<usize> {
    match outlet.dtype() {
        ValueType::Tensor { ty, shape, .. } if *ty == wanted => Some(shape.len()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_like_lengths_are_read_together() {
        let ids: Vec<Vec<i64>> = [3, 128, 50, 60, 5, 200].map(|n| vec![7; n]).into();
        assert_eq!(batches(&ids), [vec![5], vec![1], vec![3, 2], vec![4, 0]]);
        assert!(batches(&[]).is_empty());
    }

    #[test]
    fn a_file_that_is_no_encoder_is_named() {
        let folder = tempfile::tempdir().expect("a folder");
        let write = |name: &str, bytes: &[u8]| {
            let path = folder.path().join(name);
            std::fs::write(&path, bytes).expect("written");
            path
        };
        let json = br#"{"version":"1.0","added_tokens":[],"normalizer":null,"pre_tokenizer":null,"post_processor":null,
            "decoder":null,"model":{"type":"WordLevel","vocab":{"la":0,"<unk>":1},"unk_token":"<unk>"}}"#;
        let tokenizer = write("tokenizer.json", json);
        let model = write("vide.onnx", b"rien");
        let refused = |model: &Path, tokenizer: &Path| {
            let loaded = OnnxEncoder::load(model, tokenizer, Prefixes::default());
            loaded.err().expect("refused").to_string()
        };
        for (model, tokenizer, said) in [
            (&model, &write("autre.json", b"{}"), "autre.json: "),
            (
                &model,
                &write("sp.model", b"?"),
                "ni tokenizer.json, ni modèle SentencePiece",
            ),
            (&model, &folder.path().join("absent.json"), "absent.json"),
            (&model, &tokenizer, "vide.onnx: ce modèle ne s'ouvre pas"),
            (
                &folder.path().join("absent.onnx"),
                &tokenizer,
                "absent.onnx: ce modèle ne s'ouvre pas",
            ),
        ] {
            let error = refused(model, tokenizer);
            assert!(error.contains(said), "{error}");
        }
    }
}
