//! The pieces as a SentencePiece model: google/sentencepiece's `sentencepiece_model.proto`, as far as tokenising needs it.

use std::io::Write;

use super::{Packed, Result, characters};
use crate::engine::models::protobuf::Message;
use crate::engine::models::whisper_ggml::ConvertError;

/// Types of a piece.
const NORMAL: u64 = 1;
const UNKNOWN: u64 = 2;
const CONTROL: u64 = 3;

pub fn write(packed: &Packed, out: &mut impl Write) -> Result<()> {
    for (id, (text, score)) in packed.pieces.iter().enumerate() {
        let kind = match score {
            _ if id == packed.unknown => UNKNOWN,
            // A certainty is no piece of texts, but a mark.
            0.0 => CONTROL,
            _ => NORMAL,
        };
        let piece = Message::default().bytes(1, text).float(2, *score).number(3, kind);
        out.write_all(Message::default().message(1, piece).as_bytes())?;
    }
    let map = characters::compile(&packed.characters).ok_or(ConvertError::NotE5("caractères"))?;
    let normaliser = Message::default().bytes(2, map);
    out.write_all(Message::default().message(3, normaliser).as_bytes())?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::encoder::sentencepiece::SentencePiece;

    #[test]
    fn the_pieces_and_characters_are_those_of_the_packed_model() {
        let packed = super::super::tests::packed();
        let mut packed = Packed::read(&packed).expect("whole");
        // Replacements by none, by more, and of characters that share their first bytes.
        let more = [
            ('à', ""),
            ('ﬁ', "fi"),
            ('ﬂ', "fl"),
            ('😀', "x"),
            ('😁', "y"),
            ('\u{7f}', ""),
            ('…', "..."),
        ];
        packed.characters.extend(more.map(|(from, to)| (from, to.to_owned())));
        let letters = ["a", "f", "i", "l", "x", "y", ".", "…", "▁"];
        packed.pieces.extend(letters.map(|letter| (letter.as_bytes(), -2.0)));
        let mut model = Vec::new();
        write(&packed, &mut model).expect("written");
        let pieces = SentencePiece::parse(&model).expect("a model");
        let id = |letter: &str| 5 + letters.iter().position(|known| *known == letter).expect("a letter") as u32;
        assert_eq!(pieces.encode("a\tÀ"), [0, 4, 4, 2]);
        let (f, i, l) = (id("f"), id("i"), id("l"));
        assert_eq!(pieces.encode("aﬁaﬂ"), [0, 4, f, i, id("a"), f, l, 2]);
        assert_eq!(pieces.encode("a😀àé\u{7f}😁😂"), [0, 4, id("x"), 3, id("y"), 3, 2]);
        assert_eq!(pieces.encode("a…<s>"), [0, 4, id("."), id("."), id("."), 3, 3, 3, 2]);
        assert!(pieces.knows("a") && !pieces.knows("é") && !pieces.knows("af"));
    }
}
