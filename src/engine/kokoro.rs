//! Kokoro-82M speaks French (Apache-2.0): text → espeak-ng phonemes → tokens → ONNX model → clip.
//!
//! About real time on one core: prompts are rendered ahead of calls, see [`prompts`](super::prompts).

use std::path::{Path, PathBuf};

use ort::session::Session;
use ort::value::Tensor;
use unicode_normalization::UnicodeNormalization;

use super::phonemes::{Phonemizer, TIE, clauses};
use super::{session, voice};
use crate::audio::Pcm;
use crate::speak::{SynthesisError, Synthesizer};

/// Sample rate of the model's output.
const RATE: u32 = 24_000;
/// Tokens that one inference takes, without the two at its ends; also the rows of a voice.
const MAX_TOKENS: usize = 510;
/// Values in one row of a voice.
const STYLE: usize = 256;
/// Paces that the model was made for.
const SPEEDS: std::ops::RangeInclusive<f32> = 0.5..=2.0;
/// Between the parts of a sentence that is too long for one inference: 180 ms.
const PAUSE: usize = crate::units::HZ as usize * 180 / 1000;

/// The model with one of its voices.
pub struct Kokoro {
    id: String,
    model: PathBuf,
    session: Session,
    /// One style for each number of tokens: row `n - 1` for `n` tokens.
    styles: Vec<[f32; STYLE]>,
    phonemizer: Phonemizer,
}

impl Kokoro {
    /// Loads the model (`kokoro-v1.0.int8.onnx`) and a French voice (`ff_siwis.bin`, 510 × 256 little-endian f32).
    ///
    /// # Errors
    /// When a file is missing or not what it should be, or espeak-ng's data are missing.
    pub fn load(model: &Path, voice: &Path) -> Result<Self, SynthesisError> {
        let styles = read_styles(voice)?;
        let session = session::open(model).map_err(|error| failed(format!("{} : {error}", model.display())))?;
        for input in ["tokens", "style", "speed"] {
            if !session.inputs().iter().any(|known| known.name() == input) {
                return Err(failed(format!(
                    "{} n'est pas un modèle Kokoro : entrée « {input} » absente",
                    model.display()
                )));
            }
        }
        let phonemizer = Phonemizer::new("fr").map_err(failed)?;
        Ok(Self {
            id: id(model, voice),
            model: model.to_path_buf(),
            session,
            styles,
            phonemizer,
        })
    }

    /// Speaks with another voice from now on, in the same language.
    ///
    /// # Errors
    /// When the file is missing or no voice; the voice is then the one that it was.
    pub fn change_voice(&mut self, voice: &Path) -> Result<(), SynthesisError> {
        self.styles = read_styles(voice)?;
        self.id = id(&self.model, voice);
        Ok(())
    }

    /// One inference: the sound of at most [`MAX_TOKENS`] tokens.
    fn infer(&mut self, tokens: &[i64], speed: f32) -> Result<Vec<f32>, SynthesisError> {
        let style = self.styles[tokens.len().clamp(1, self.styles.len()) - 1];
        let framed: Vec<i64> = [&[0], tokens, &[0]].concat();
        let inputs = ort::inputs![
            "tokens" => Tensor::from_array(([1, framed.len()], framed)).map_err(failed)?,
            "style" => Tensor::from_array(([1, STYLE], style.to_vec())).map_err(failed)?,
            "speed" => Tensor::from_array(([1], vec![speed])).map_err(failed)?,
        ];
        let outputs = self.session.run(inputs).map_err(failed)?;
        let (_, sound) = outputs[0].try_extract_tensor::<f32>().map_err(failed)?;
        Ok(sound.to_vec())
    }
}

/// To be changed whenever this file, `phonemes`, `pronunciation` or `voice` make another sound of the same text, so that
/// kept prompts are rendered anew.
const REVISION: &str = "2";

impl Synthesizer for Kokoro {
    fn id(&self) -> &str {
        &self.id
    }

    fn synthesize(&mut self, spoken: &str, speed: f32) -> Result<Pcm<16_000>, SynthesisError> {
        let mut parts = Vec::new();
        for clause in clauses(spoken) {
            let phonemes = self.phonemizer.phonemize(clause.words).map_err(failed)?;
            parts.push(tokens(&phonemes, clause.mark));
        }
        let speed = speed.clamp(*SPEEDS.start(), *SPEEDS.end());
        let mut clips = Vec::new();
        for sentence in gather(parts) {
            clips.push(voice::finish(&self.infer(&sentence, speed)?, RATE));
        }
        Ok(voice::join(clips, PAUSE))
    }
}

fn id(model: &Path, voice: &Path) -> String {
    let name = |path: &Path| path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    format!("{}/{}/{}", name(model), name(voice), REVISION)
}

fn failed(reason: impl ToString) -> SynthesisError {
    SynthesisError {
        engine: "kokoro",
        reason: reason.to_string(),
    }
}

fn read_styles(voice: &Path) -> Result<Vec<[f32; STYLE]>, SynthesisError> {
    let bytes = std::fs::read(voice).map_err(|error| failed(format!("{} : {error}", voice.display())))?;
    if bytes.len() != MAX_TOKENS * STYLE * 4 {
        return Err(failed(format!(
            "{} n'est pas une voix Kokoro : {} octets",
            voice.display(),
            bytes.len()
        )));
    }
    let values: Vec<f32> = bytes
        .as_chunks()
        .0
        .iter()
        .map(|four| f32::from_le_bytes(*four))
        .collect();
    Ok(values.as_chunks().0.to_vec())
}

/// The tokens of one clause and its mark. What the model has no token for is left out.
fn tokens(phonemes: &str, mark: char) -> Vec<i64> {
    let affricates = [("ʃ", "ʧ", 't'), ("ʒ", "ʤ", 'd'), ("s", "ʦ", 't'), ("z", "ʣ", 'd')];
    let mut text = phonemes.to_owned();
    for (second, whole, first) in affricates {
        text = text.replace(&format!("{first}{TIE}{second}"), whole);
    }
    let mut tokens = Vec::with_capacity(text.len() + 1);
    for c in text.chars().filter(|c| *c != '-' && *c != TIE).chain([mark]) {
        match token(c) {
            Some(token) => tokens.push(token),
            None => tokens.extend(c.nfd().filter_map(token)),
        }
    }
    tokens
}

/// Joins clauses into as few inferences as fit, each as a sentence of its own: the voice keeps its line that way.
fn gather(clauses: Vec<Vec<i64>>) -> Vec<Vec<i64>> {
    let space = token(' ').expect("it is in the table");
    let words = clauses.iter().flat_map(|clause| {
        // A clause longer than the model takes is cut between words.
        let mut rest = clause.as_slice();
        std::iter::from_fn(move || {
            let fits = rest.len() <= MAX_TOKENS;
            let cut = if fits {
                rest.len()
            } else {
                rest[..MAX_TOKENS]
                    .iter()
                    .rposition(|t| *t == space)
                    .unwrap_or(MAX_TOKENS)
            };
            let (head, tail) = rest.split_at(cut);
            rest = tail.strip_prefix(&[space]).unwrap_or(tail);
            (!head.is_empty()).then_some(head)
        })
    });
    let mut gathered: Vec<Vec<i64>> = Vec::new();
    for part in words {
        match gathered.last_mut() {
            Some(last) if last.len() + 1 + part.len() <= MAX_TOKENS => {
                last.push(space);
                last.extend(part);
            }
            _ => gathered.push(part.to_vec()),
        }
    }
    gathered
}

/// Kokoro's table of tokens (`config.json`, "vocab", of Kokoro-82M).
#[rustfmt::skip]
const TOKENS: [(char, i64); 114] = [
    (';', 1), (':', 2), (',', 3), ('.', 4), ('!', 5), ('?', 6), ('—', 9), ('…', 10), ('"', 11), ('(', 12),
    (')', 13), ('“', 14), ('”', 15), (' ', 16), ('\u{303}', 17), ('ʣ', 18), ('ʥ', 19), ('ʦ', 20), ('ʨ', 21),
    ('ᵝ', 22), ('ꭧ', 23), ('A', 24), ('I', 25), ('O', 31), ('Q', 33), ('S', 35), ('T', 36), ('W', 39), ('Y', 41),
    ('ᵊ', 42), ('a', 43), ('b', 44), ('c', 45), ('d', 46), ('e', 47), ('f', 48), ('h', 50), ('i', 51), ('j', 52),
    ('k', 53), ('l', 54), ('m', 55), ('n', 56), ('o', 57), ('p', 58), ('q', 59), ('r', 60), ('s', 61), ('t', 62),
    ('u', 63), ('v', 64), ('w', 65), ('x', 66), ('y', 67), ('z', 68), ('ɑ', 69), ('ɐ', 70), ('ɒ', 71), ('æ', 72),
    ('β', 75), ('ɔ', 76), ('ɕ', 77), ('ç', 78), ('ɖ', 80), ('ð', 81), ('ʤ', 82), ('ə', 83), ('ɚ', 85), ('ɛ', 86),
    ('ɜ', 87), ('ɟ', 90), ('ɡ', 92), ('ɥ', 99), ('ɨ', 101), ('ɪ', 102), ('ʝ', 103), ('ɯ', 110), ('ɰ', 111),
    ('ŋ', 112), ('ɳ', 113), ('ɲ', 114), ('ɴ', 115), ('ø', 116), ('ɸ', 118), ('θ', 119), ('œ', 120), ('ɹ', 123),
    ('ɾ', 125), ('ɻ', 126), ('ʁ', 128), ('ɽ', 129), ('ʂ', 130), ('ʃ', 131), ('ʈ', 132), ('ʧ', 133), ('ʊ', 135),
    ('ʋ', 136), ('ʌ', 138), ('ɣ', 139), ('ɤ', 140), ('χ', 142), ('ʎ', 143), ('ʒ', 147), ('ʔ', 148), ('ˈ', 156),
    ('ˌ', 157), ('ː', 158), ('ʰ', 162), ('ʲ', 164), ('↓', 169), ('→', 171), ('↗', 172), ('↘', 173), ('ᵻ', 177),
];

fn token(c: char) -> Option<i64> {
    TOKENS.iter().find(|(symbol, _)| *symbol == c).map(|(_, token)| *token)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phonemes_become_tokens() {
        // b ɔ̃ ʒ u ʁ, with the nasal vowel as two tokens, the stress kept, and the mark at the end.
        assert_eq!(tokens("bɔ\u{303}ʒˈuʁ", ','), [44, 76, 17, 147, 156, 63, 128, 3]);
        assert_eq!(tokens("lez-ami", '.'), tokens("lezami", '.'));
        assert_eq!(tokens(&format!("t{TIE}ʃ"), '?'), [133, 6]);
        assert_eq!(tokens("tʃ", '?'), [62, 131, 6]);
        assert_eq!(tokens("ã\u{1F600}", '.'), [43, 17, 4]);
    }

    #[test]
    fn clauses_share_an_inference_as_long_as_they_fit() {
        let clause = |n: usize| vec![43; n];
        assert_eq!(gather(vec![clause(10), clause(20)]).len(), 1);
        assert_eq!(gather(vec![clause(10), clause(20)])[0].len(), 31);
        let lengths = |clauses| gather(clauses).iter().map(Vec::len).collect::<Vec<_>>();
        assert_eq!(lengths(vec![clause(300), clause(300), clause(100)]), [300, 401]);
        assert_eq!(lengths(vec![clause(1200)]), [510, 510, 180]);
        assert_eq!(lengths(vec![[clause(400), vec![16], clause(400)].concat()]), [400, 400]);
        assert!(gather(vec![]).is_empty());
    }

    #[test]
    fn a_wrong_voice_file_is_named() {
        let folder = tempfile::tempdir().expect("a folder");
        let voice = folder.path().join("voix.bin");
        std::fs::write(&voice, [0; 12]).expect("written");
        let error = Kokoro::load(Path::new("/nulle/part.onnx"), &voice)
            .err()
            .expect("too short");
        assert!(error.to_string().contains("voix.bin"), "{error}");
    }
}
