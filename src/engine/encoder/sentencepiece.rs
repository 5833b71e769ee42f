//! SentencePiece unigram tokenizer: normalise, then the cheapest way to cut the text into known pieces.
//!
//! Reads the `ModelProto` of google/sentencepiece (`sentencepiece_model.proto`): pieces (field 1: text 1, score 2, type 3)
//! and the normaliser's compiled character map (field 3, then 2), a double-array trie of darts-clone.

/// The type of a piece that is part of texts; the others stand for what no piece covers, or mark begin and end.
const NORMAL: u64 = 1;
/// How much worse than the worst piece an unknown character is (`kUnkPenalty`).
const UNKNOWN_PENALTY: f64 = 10.0;
/// Stands for a space inside pieces: "▁".
const SPACE: &[u8] = "\u{2581}".as_bytes();

/// A tokenizer.
pub struct SentencePiece {
    /// All pieces, one after another, in byte order.
    text: Vec<u8>,
    /// Where each of them ends in `text`.
    ends: Vec<u32>,
    /// Their ids.
    ids: Vec<u32>,
    /// Their log probabilities.
    scores: Vec<f32>,
    /// For each first byte, the range of pieces that begin with it.
    first: Vec<(u32, u32)>,
    unknown_score: f64,
    /// Stands for what no piece covers.
    unknown: u32,
    begin: u32,
    end: u32,
    characters: CharacterMap,
}

impl SentencePiece {
    /// Reads a serialised `ModelProto`.
    pub fn parse(model: &[u8]) -> Result<Self, &'static str> {
        let mut pieces: Vec<Piece> = Vec::new();
        let mut characters = CharacterMap::default();
        for field in Fields(model) {
            match field? {
                (1, Field::Bytes(piece)) => pieces.push(parse_piece(piece)?),
                (3, Field::Bytes(normalizer)) => {
                    for field in Fields(normalizer) {
                        if let (2, Field::Bytes(map)) = field? {
                            characters = CharacterMap::parse(map)?;
                        }
                    }
                }
                _ => {}
            }
        }
        let worst = pieces.iter().map(|p| p.score).reduce(f32::min).ok_or("no pieces")?;
        let mark = |text: &str| {
            pieces
                .iter()
                .position(|p| p.text == text.as_bytes())
                .map(|id| id as u32)
        };
        let marks = mark("<unk>").zip(mark("<s>")).zip(mark("</s>"));
        let ((unknown, begin), end) = marks.ok_or("no <unk>, <s> or </s> among the pieces")?;
        let mut order: Vec<u32> = (0..pieces.len() as u32)
            .filter(|&id| pieces[id as usize].kind == NORMAL)
            .collect();
        order.sort_by_key(|&id| pieces[id as usize].text);

        let mut this = Self {
            text: Vec::with_capacity(pieces.iter().map(|p| p.text.len()).sum()),
            ends: Vec::with_capacity(pieces.len()),
            ids: Vec::with_capacity(pieces.len()),
            scores: Vec::with_capacity(pieces.len()),
            first: Vec::new(),
            unknown_score: f64::from(worst) - UNKNOWN_PENALTY,
            unknown,
            begin,
            end,
            characters,
        };
        for id in order {
            let piece = &pieces[id as usize];
            this.text.extend(piece.text);
            this.ends.push(this.text.len() as u32);
            this.ids.push(id);
            this.scores.push(piece.score);
        }
        this.first = (0..=255)
            .map(|byte| this.narrow((0, this.ids.len() as u32), 0, byte))
            .collect();
        Ok(this)
    }

    /// The ids of `text`'s pieces, between the marks of begin and end.
    pub fn encode(&self, text: &str) -> Vec<u32> {
        let normalized = self.characters.normalize(text);
        let mut ids = vec![self.begin];
        if normalized.is_empty() {
            ids.push(self.unknown);
        } else {
            self.viterbi(&normalized, &mut ids);
        }
        ids.push(self.end);
        ids
    }

    /// Whether `word` is one piece of the vocabulary, as common words are.
    pub fn knows(&self, word: &str) -> bool {
        matches!(self.encode(word)[..], [_, piece, _] if piece != self.unknown)
    }

    /// Appends the ids of the most probable segmentation; of equal ones, the one whose last piece begins first.
    fn viterbi(&self, text: &[u8], ids: &mut Vec<u32>) {
        /// The best way to reach a position: its score, where its last piece begins, and that piece.
        #[derive(Clone, Copy)]
        struct Best(f64, u32, u32);
        let mut best = vec![Best(f64::NEG_INFINITY, 0, 0); text.len() + 1];
        best[0].0 = 0.0;
        let offer = |best: &mut Vec<Best>, from: usize, to: usize, score: f64, id: u32| {
            let score = best[from].0 + score;
            if score > best[to].0 {
                best[to] = Best(score, from as u32, id);
            }
        };
        let mut start = 0;
        while start < text.len() {
            let character = utf8_length(&text[start..]);
            let mut single = false;
            let mut range = self.first[usize::from(text[start])];
            for end in start + 1..=text.len() {
                if range.0 == range.1 {
                    break;
                }
                // Pieces stand in byte order: if the bytes so far are a piece, it's the first of the range.
                let index = range.0 as usize;
                if self.piece(index).len() == end - start {
                    offer(&mut best, start, end, f64::from(self.scores[index]), self.ids[index]);
                    single |= end - start == character;
                }
                if let Some(&next) = text.get(end) {
                    range = self.narrow(range, end - start, next);
                }
            }
            if !single {
                offer(&mut best, start, start + character, self.unknown_score, self.unknown);
            }
            start += character;
        }
        let first = ids.len();
        let mut end = text.len();
        while end > 0 {
            ids.push(best[end].2);
            end = best[end].1 as usize;
        }
        ids[first..].reverse();
    }

    fn piece(&self, index: usize) -> &[u8] {
        let start = if index == 0 { 0 } else { self.ends[index - 1] as usize };
        &self.text[start..self.ends[index] as usize]
    }

    /// Of the pieces in `range`, which share their first `depth` bytes, those whose next byte is `byte`.
    fn narrow(&self, range: (u32, u32), depth: usize, byte: u8) -> (u32, u32) {
        let partition = |low: u32, goes_before: &dyn Fn(Option<&u8>) -> bool| {
            let (mut low, mut high) = (low, range.1);
            while low < high {
                let middle = (low + high) / 2;
                if goes_before(self.piece(middle as usize).get(depth)) {
                    low = middle + 1
                } else {
                    high = middle
                }
            }
            low
        };
        let low = partition(range.0, &|b| b < Some(&byte));
        (low, partition(low, &|b| b <= Some(&byte)))
    }
}

/// A piece as it is in the file.
struct Piece<'a> {
    text: &'a [u8],
    score: f32,
    kind: u64,
}

fn parse_piece(piece: &[u8]) -> Result<Piece<'_>, &'static str> {
    let (mut text, mut score, mut kind) = (None, 0.0, NORMAL);
    for field in Fields(piece) {
        match field? {
            (1, Field::Bytes(bytes)) => text = Some(bytes),
            (2, Field::Fixed32(bits)) => score = f32::from_bits(bits),
            (3, Field::Number(number)) => kind = number,
            _ => {}
        }
    }
    let text = text.ok_or("a piece without text")?;
    Ok(Piece { text, score, kind })
}

/// Bytes of the first character; 1 where the text is no UTF-8 any more, so that reading always goes on.
fn utf8_length(text: &[u8]) -> usize {
    let length = match text[0] {
        0xC0..=0xDF => 2,
        0xE0..=0xEF => 3,
        0xF0..=0xF7 => 4,
        _ => 1,
    };
    let whole = text
        .get(1..length)
        .is_some_and(|rest| rest.iter().all(|b| b & 0xC0 == 0x80));
    if whole { length } else { 1 }
}

/// What each sequence of characters is replaced with (NFKC and more), as SentencePiece compiles it.
#[derive(Default)]
struct CharacterMap {
    /// A double-array trie (darts-clone) of UTF-8 bytes; its values are offsets in `replacements`.
    units: Vec<u32>,
    /// Texts that each end with a zero byte.
    replacements: Vec<u8>,
}

impl CharacterMap {
    fn parse(map: &[u8]) -> Result<Self, &'static str> {
        let (size, rest) = map.split_first_chunk::<4>().ok_or("character map cut short")?;
        let (trie, replacements) = rest
            .split_at_checked(u32::from_le_bytes(*size) as usize)
            .ok_or("character map cut short")?;
        let units = trie
            .as_chunks::<4>()
            .0
            .iter()
            .map(|&unit| u32::from_le_bytes(unit))
            .collect();
        Ok(Self {
            units,
            replacements: replacements.to_vec(),
        })
    }

    /// Replaces characters, collapses spaces, and puts a [`SPACE`] before each word.
    fn normalize(&self, text: &str) -> Vec<u8> {
        let mut rest = text.as_bytes();
        let mut out = Vec::with_capacity(rest.len() + 8);
        let mut after_space = true;
        while !rest.is_empty() {
            let (mut replacement, length) = self.replace_prefix(rest);
            rest = &rest[length..];
            while let (true, [b' ', more @ ..]) = (after_space, replacement) {
                replacement = more;
            }
            if let Some(&last) = replacement.last() {
                if out.is_empty() {
                    out.extend(SPACE);
                }
                for &byte in replacement {
                    if byte == b' ' {
                        out.extend(SPACE)
                    } else {
                        out.push(byte)
                    }
                }
                after_space = last == b' ';
            }
        }
        while out.ends_with(SPACE) {
            out.truncate(out.len() - SPACE.len());
        }
        out
    }

    /// What the longest known prefix of `text` is replaced with, and its length; one unchanged character if none is.
    fn replace_prefix<'a>(&'a self, text: &'a [u8]) -> (&'a [u8], usize) {
        let offset = |unit: u32| ((unit >> 10) << ((unit & 0x200) >> 6)) as usize;
        let mut found = None;
        let mut position = self.units.first().map_or(0, |&root| offset(root));
        for (i, &byte) in text.iter().enumerate() {
            position ^= usize::from(byte);
            let Some(&unit) = self
                .units
                .get(position)
                .filter(|&&unit| unit & 0x8000_00FF == u32::from(byte))
            else {
                break;
            };
            position ^= offset(unit);
            let has_value = unit & 0x100 != 0;
            if let (true, Some(&leaf)) = (has_value, self.units.get(position)) {
                found = Some(((leaf & 0x7FFF_FFFF) as usize, i + 1));
            }
        }
        if let Some((start, length)) = found
            && let Some(replacement) = self.replacements.get(start..)
        {
            return (replacement.split(|&b| b == 0).next().unwrap_or_default(), length);
        }
        let length = utf8_length(text);
        (&text[..length], length)
    }
}

/// A value of a protocol-buffers message, as far as it is needed here.
enum Field<'a> {
    Number(u64),
    Bytes(&'a [u8]),
    Fixed32(u32),
    Other,
}

/// Walks the fields of a protocol-buffers message: (number, value).
struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    fn varint(&mut self) -> Result<u64, &'static str> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let (&byte, rest) = self.0.split_first().ok_or("message cut short")?;
            self.0 = rest;
            value |= u64::from(byte & 0x7F) << shift;
            if byte < 0x80 {
                return Ok(value);
            }
        }
        Err("number too long")
    }

    fn take(&mut self, length: u64) -> Result<&'a [u8], &'static str> {
        let length = usize::try_from(length).map_err(|_| "message cut short")?;
        let (taken, rest) = self.0.split_at_checked(length).ok_or("message cut short")?;
        self.0 = rest;
        Ok(taken)
    }

    fn field(&mut self) -> Result<(u64, Field<'a>), &'static str> {
        let tag = self.varint()?;
        let value = match tag & 7 {
            0 => Field::Number(self.varint()?),
            1 => self.take(8).map(|_| Field::Other)?,
            2 => {
                let length = self.varint()?;
                Field::Bytes(self.take(length)?)
            }
            5 => Field::Fixed32(self.take(4)?.iter().rev().fold(0, |n, &b| n << 8 | u32::from(b))),
            _ => return Err("not a SentencePiece model"),
        };
        Ok((tag >> 3, value))
    }
}

impl<'a> Iterator for Fields<'a> {
    type Item = Result<(u64, Field<'a>), &'static str>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.0.is_empty() {
            return None;
        }
        let field = self.field();
        if field.is_err() {
            self.0 = &[];
        }
        Some(field)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A model of these pieces, with these scores, and no character map.
    fn model(pieces: &[(&str, f32)]) -> Vec<u8> {
        let mut out = Vec::new();
        for (text, score) in pieces {
            out.extend([0x0A, text.len() as u8 + 7, 0x0A, text.len() as u8]);
            out.extend(text.bytes());
            out.push(0x15);
            out.extend(score.to_le_bytes());
        }
        out
    }

    #[test]
    fn takes_the_most_probable_pieces() {
        let pieces = [
            ("<unk>", 0.0),
            ("<s>", 0.0),
            ("</s>", 0.0),
            ("▁a", -1.0),
            ("b", -2.0),
            ("▁ab", -2.5),
            ("c", -1.0),
            ("é", -1.0),
        ];
        let sp = SentencePiece::parse(&model(&pieces)).unwrap();
        assert_eq!(
            sp.encode("ab c"),
            [1, 5, 0, 6, 2],
            "one piece beats two; a lone space is unknown"
        );
        assert_eq!(sp.encode("  aé "), [1, 3, 7, 2]);
        assert_eq!(sp.encode("à"), [1, 0, 0, 2]);
        assert_eq!(sp.encode(""), [1, 0, 2]);
    }

    #[test]
    fn refuses_what_is_no_model() {
        for bytes in [&b"PK\x03\x04"[..], b"", &[0x0A, 0x7F, 1], &[0xFF; 20]] {
            assert!(SentencePiece::parse(bytes).is_err());
        }
    }
}
