//! CTranslate2's `model.bin` (binary version 6): variables by name, borrowed from the file's bytes.
//!
//! ```text
//! u32 version · string spec · u32 revision · u32 count · count × (string name · u8 rank · rank × u32 dimension
//! · u8 type · u32 bytes · data) · aliases      string = u16 length · that many bytes, the last a NUL; little-endian
//! ```
//!
//! Lengths come from the file, so each is checked against what is there before it is used; nothing is allocated for
//! the data itself.

use std::collections::HashMap;

use super::half::f32_of_f16;
use super::whisper_ggml::ConvertError;

type Result<T> = std::result::Result<T, ConvertError>;

/// How a variable's elements are stored.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Type {
    /// Single precision.
    F32,
    /// Half precision.
    F16,
    /// Whole numbers of 1, 2 or 4 bytes.
    Int,
}

/// A variable, borrowed from the file.
#[derive(Debug)]
pub struct Variable<'a> {
    /// Dimensions, the slowest first.
    pub shape: Vec<usize>,
    /// Its elements' type.
    pub kind: Type,
    data: &'a [u8],
}

impl Variable<'_> {
    /// The element at `i`, below the product of the shape; whole numbers are not weights and read as 0.
    pub fn at(&self, i: usize) -> f32 {
        match self.kind {
            Type::F32 => f32::from_le_bytes(self.data[4 * i..4 * i + 4].try_into().expect("a slice of 4 bytes")),
            Type::F16 => f32_of_f16(u16::from_le_bytes([self.data[2 * i], self.data[2 * i + 1]])),
            Type::Int => 0.0,
        }
    }
}

/// All the variables of a Whisper model.
pub struct Variables<'a>(HashMap<&'a str, Variable<'a>>);

impl<'a> Variables<'a> {
    /// Reads the directory of `file`.
    pub fn read(file: &'a [u8]) -> Result<Self> {
        let mut reader = Reader { all: file, at: 0 };
        let version = reader.u32()?;
        if version != 6 {
            return Err(ConvertError::NotWhisper(format!("version {version}, 6 attendue")));
        }
        let spec = reader.string()?;
        if spec != "WhisperSpec" {
            return Err(ConvertError::NotWhisper(format!("modèle « {spec} »")));
        }
        let _revision = reader.u32()?;
        let count = reader.u32()?;
        let mut variables = HashMap::new();
        for _ in 0..count {
            let name = reader.string()?;
            variables.insert(name, reader.variable(name)?);
        }
        Ok(Self(variables)) // the aliases that follow only repeat the embeddings
    }

    /// The variable called `name`.
    pub fn get(&self, name: &str) -> Result<&Variable<'a>> {
        self.0.get(name).ok_or_else(|| ConvertError::Variable(name.into()))
    }

    /// The value of a variable that holds one small whole number.
    pub fn number(&self, name: &str) -> Result<usize> {
        let variable = self.get(name)?;
        match (variable.kind, variable.data) {
            (Type::Int, bytes @ ([_] | [_, _] | [_, _, _, _])) => {
                Ok(bytes.iter().rev().fold(0, |n, b| n << 8 | usize::from(*b)))
            }
            _ => Err(ConvertError::Variable(name.into())),
        }
    }

    /// How many layers `side` (`encoder` or `decoder`) has.
    pub fn layers(&self, side: &str) -> usize {
        let has = |i: &usize| {
            self.0
                .contains_key(format!("{side}/layer_{i}/ffn/linear_0/weight").as_str())
        };
        (0..).take_while(has).count()
    }
}

struct Reader<'a> {
    all: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    fn take(&mut self, n: usize) -> Result<&'a [u8]> {
        let end = self.at.checked_add(n).filter(|end| *end <= self.all.len());
        let end = end.ok_or(ConvertError::Truncated(self.all.len()))?;
        let bytes = &self.all[self.at..end];
        self.at = end;
        Ok(bytes)
    }

    fn u8(&mut self) -> Result<u8> {
        Ok(self.take(1)?[0])
    }

    fn u32(&mut self) -> Result<u32> {
        Ok(self.take(4)?.iter().rev().fold(0, |n, b| n << 8 | u32::from(*b)))
    }

    fn string(&mut self) -> Result<&'a str> {
        let length = self.take(2)?;
        let bytes = self.take(usize::from(length[0]) | usize::from(length[1]) << 8)?;
        let text = std::str::from_utf8(bytes).map_err(|_| ConvertError::NotWhisper("nom illisible".into()))?;
        Ok(text.trim_end_matches('\0'))
    }

    fn variable(&mut self, name: &str) -> Result<Variable<'a>> {
        let wrong = || ConvertError::Variable(name.into());
        let rank = self.u8()?;
        let shape = (0..rank)
            .map(|_| Ok(self.u32()? as usize))
            .collect::<Result<Vec<_>>>()?;
        let (kind, width) = match self.u8()? {
            0 => (Type::F32, 4),
            1 => (Type::Int, 1),
            2 => (Type::Int, 2),
            3 => (Type::Int, 4),
            4 => (Type::F16, 2),
            _ => return Err(wrong()),
        };
        let bytes = self.u32()? as usize;
        let expected = shape
            .iter()
            .try_fold(width, |n: usize, dimension| n.checked_mul(*dimension));
        if expected != Some(bytes) {
            return Err(wrong());
        }
        Ok(Variable {
            shape,
            kind,
            data: self.take(bytes)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(name: &str, dims: &[u32], kind: u8, bytes: u32, data: &[u8]) -> Vec<u8> {
        let mut file = 6u32.to_le_bytes().to_vec();
        file.extend(12u16.to_le_bytes());
        file.extend(b"WhisperSpec\0");
        file.extend([3, 0, 0, 0, 1, 0, 0, 0]);
        file.extend((name.len() as u16 + 1).to_le_bytes());
        file.extend(name.bytes().chain([0, dims.len() as u8]));
        dims.iter().for_each(|d| file.extend(d.to_le_bytes()));
        file.push(kind);
        file.extend(bytes.to_le_bytes());
        file.extend(data);
        file
    }

    #[test]
    fn a_variable_is_found_with_its_shape_and_values() {
        let file = file("a/b", &[2, 1], 4, 4, &[0x00, 0x3c, 0x00, 0xc0]);
        let variables = Variables::read(&file).unwrap();
        let variable = variables.get("a/b").unwrap();
        assert_eq!(
            (variable.shape.as_slice(), variable.at(0), variable.at(1)),
            (&[2, 1][..], 1.0, -2.0)
        );
        assert!(matches!(variables.get("a"), Err(ConvertError::Variable(name)) if name == "a"));
        assert!(matches!(variables.number("a/b"), Err(ConvertError::Variable(_))));
    }

    #[test]
    fn a_scalar_is_a_number() {
        let file = file("encoder/num_heads", &[], 2, 2, &[8, 0]);
        assert_eq!(Variables::read(&file).unwrap().number("encoder/num_heads").unwrap(), 8);
    }

    #[test]
    fn every_truncation_is_an_error() {
        let whole = file("a", &[1, 2], 0, 8, &[0; 8]);
        assert!(Variables::read(&whole).is_ok());
        for length in 0..whole.len() {
            assert!(matches!(Variables::read(&whole[..length]), Err(ConvertError::Truncated(n)) if n == length));
        }
    }

    #[test]
    fn lengths_that_lie_are_refused() {
        let huge = u32::MAX;
        for file in [
            file("a", &[huge, huge, huge], 0, huge, &[]),
            file("a", &[4], 0, 12, &[0; 12]),
            file("a", &[4], 9, 16, &[0; 16]),
        ] {
            assert!(matches!(Variables::read(&file), Err(ConvertError::Variable(_))));
        }
        assert!(matches!(
            Variables::read(&file("a", &[huge], 1, huge, &[])),
            Err(ConvertError::Truncated(_))
        ));
        assert!(matches!(
            Variables::read(&[5, 0, 0, 0]),
            Err(ConvertError::NotWhisper(_))
        ));
    }
}
