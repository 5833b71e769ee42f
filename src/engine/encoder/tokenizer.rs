//! Text to token ids, by what a model was trained with: Hugging Face's `tokenizer.json`, or a SentencePiece model whose
//! pieces stand in the order of their ids.
//!
//! `tokenizers` needs 220 MB for the 250,000 pieces of XLM-RoBERTa, our own SentencePiece ten: what we convert ourselves
//! comes in that form.

use std::path::Path;

use tokenizers::utils::truncation::TruncationParams;
use unicode_normalization::UnicodeNormalization;

use super::sentencepiece::SentencePiece;
use super::{EncoderError, unreadable};

/// What stands for an unknown word, in the vocabularies that are about.
const UNKNOWN: [&str; 2] = ["[UNK]", "<unk>"];

/// A tokenizer that gives at most so many tokens.
pub struct Tokenizer {
    form: Form,
    most: usize,
}

enum Form {
    HuggingFace(Box<tokenizers::Tokenizer>),
    SentencePiece(SentencePiece),
}

impl Tokenizer {
    /// Reads the file, in either form.
    pub fn load(path: &Path, most: usize) -> Result<Self, EncoderError> {
        let bytes = std::fs::read(path).map_err(unreadable(path))?;
        let form = if bytes.trim_ascii_start().starts_with(b"{") {
            hugging_face(&bytes, most).map(|tokenizer| Form::HuggingFace(Box::new(tokenizer)))
        } else {
            let read = SentencePiece::parse(&bytes).map(Form::SentencePiece);
            read.map_err(|reason| format!("ni tokenizer.json, ni modèle SentencePiece ({reason})"))
        };
        let path = path.to_owned();
        let form = form.map_err(|reason| EncoderError::Tokenizer { path, reason })?;
        Ok(Self { form, most })
    }

    /// The token ids of `text` between the marks that the model knows; never none.
    pub fn ids(&self, text: &str) -> Vec<i64> {
        let mut ids = match &self.form {
            // What cannot be encoded is read as nothing: the vocabulary has no name for the unknown.
            Form::HuggingFace(tokenizer) => {
                let encoding = tokenizer.encode_fast(text, true);
                encoding.map_or_else(|_| Vec::new(), |encoding| encoding.get_ids().to_vec())
            }
            Form::SentencePiece(pieces) => {
                // Its characters are replaced one by one: an accent has to be part of its letter.
                let mut ids = pieces.encode(&text.nfc().collect::<String>());
                if ids.len() > self.most {
                    ids.drain(self.most - 1..ids.len() - 1);
                }
                ids
            }
        };
        if ids.is_empty() {
            ids.push(0);
        }
        ids.into_iter().map(i64::from).collect()
    }

    /// Whether `word` is one piece of the vocabulary.
    pub fn knows(&self, word: &str) -> bool {
        match &self.form {
            Form::HuggingFace(tokenizer) => match tokenizer.encode_fast(word, false) {
                Ok(encoding) => match encoding.get_ids() {
                    [id] => UNKNOWN
                        .iter()
                        .all(|unknown| tokenizer.token_to_id(unknown) != Some(*id)),
                    _ => false,
                },
                Err(_) => false,
            },
            Form::SentencePiece(pieces) => pieces.knows(word),
        }
    }
}

fn hugging_face(json: &[u8], most: usize) -> Result<tokenizers::Tokenizer, String> {
    let mut tokenizer = tokenizers::Tokenizer::from_bytes(json).map_err(|error| error.to_string())?;
    // Some files ask for all texts at one length; we pad a batch ourselves.
    tokenizer.with_padding(None);
    let truncation = TruncationParams {
        max_length: most,
        ..TruncationParams::default()
    };
    tokenizer
        .with_truncation(Some(truncation))
        .map_err(|error| error.to_string())?;
    Ok(tokenizer)
}
