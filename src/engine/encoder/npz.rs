//! Reads NumPy's npz: a zip archive of `.npy` arrays, each a small text header and then raw little-endian numbers.
//!
//! Format: NumPy Enhancement Proposal 1, "A simple file format for NumPy arrays".

use std::io::{Read, Seek};

use ndarray::{Array1, Array2};

/// What is wrong with an archive.
#[derive(Debug, thiserror::Error)]
pub enum NpzError {
    /// Not a zip archive, or a damaged one.
    #[error(transparent)]
    Zip(#[from] zip::result::ZipError),
    /// Cut short, or a checksum that doesn't match.
    #[error(transparent)]
    Io(#[from] std::io::Error),
    /// An array that is there, but not as it is needed.
    #[error("array {0}: {1}")]
    Array(String, &'static str),
}

/// An open archive.
pub struct Npz<R>(zip::ZipArchive<R>);

/// An array as it was stored: its dimensions and the bytes of its numbers, in C order.
struct Stored {
    dtype: String,
    shape: Vec<usize>,
    bytes: Vec<u8>,
}

impl<R: Read + Seek> Npz<R> {
    /// Opens an archive.
    pub fn open(reader: R) -> Result<Self, NpzError> {
        Ok(Self(zip::ZipArchive::new(reader)?))
    }

    /// The array `name` of bytes, of shape [rows, columns].
    pub fn bytes(&mut self, name: &str) -> Result<(Vec<u8>, [usize; 2]), NpzError> {
        let stored = self.read(name)?;
        match (stored.dtype.as_str(), stored.shape.as_slice()) {
            ("|u1", &[rows, columns]) => Ok((stored.bytes, [rows, columns])),
            _ => Err(NpzError::Array(name.into(), "expected a matrix of bytes")),
        }
    }

    /// The array `name` of 32-bit floats, of one dimension.
    pub fn vector(&mut self, name: &str) -> Result<Array1<f32>, NpzError> {
        let stored = self.read(name)?;
        match stored.shape.as_slice() {
            [_] => Ok(Array1::from_vec(floats(name, &stored)?)),
            _ => Err(NpzError::Array(name.into(), "expected one dimension")),
        }
    }

    /// The array `name` of 32-bit floats, of shape [rows, columns].
    pub fn matrix(&mut self, name: &str) -> Result<Array2<f32>, NpzError> {
        let stored = self.read(name)?;
        let error = || NpzError::Array(name.into(), "expected two dimensions");
        let &[rows, columns] = stored.shape.as_slice() else {
            return Err(error());
        };
        Array2::from_shape_vec((rows, columns), floats(name, &stored)?).map_err(|_| error())
    }

    /// The single 64-bit float `name`.
    pub fn scalar(&mut self, name: &str) -> Result<f64, NpzError> {
        let stored = self.read(name)?;
        match (stored.dtype.as_str(), <[u8; 8]>::try_from(stored.bytes)) {
            ("<f8", Ok(bytes)) => Ok(f64::from_le_bytes(bytes)),
            _ => Err(NpzError::Array(name.into(), "expected one 64-bit float")),
        }
    }

    fn read(&mut self, name: &str) -> Result<Stored, NpzError> {
        let mut bytes = Vec::new();
        self.0.by_name(&format!("{name}.npy"))?.read_to_end(&mut bytes)?;
        parse_npy(bytes).map_err(|reason| NpzError::Array(name.into(), reason))
    }
}

fn floats(name: &str, stored: &Stored) -> Result<Vec<f32>, NpzError> {
    if stored.dtype != "<f4" {
        return Err(NpzError::Array(name.into(), "expected 32-bit floats"));
    }
    Ok(stored
        .bytes
        .as_chunks::<4>()
        .0
        .iter()
        .map(|&b| f32::from_le_bytes(b))
        .collect())
}

/// Splits an `.npy` file into its header, such as
/// `{'descr': '<f4', 'fortran_order': False, 'shape': (512, 256), }`, and its numbers.
fn parse_npy(mut file: Vec<u8>) -> Result<Stored, &'static str> {
    let start = match file.get(..8) {
        Some([0x93, b'N', b'U', b'M', b'P', b'Y', 1, _]) => 10,
        Some([0x93, b'N', b'U', b'M', b'P', b'Y', 2 | 3, _]) => 12,
        _ => return Err("not a npy file"),
    };
    let length = file.get(8..start).ok_or("cut short")?;
    let length = length.iter().rev().fold(0usize, |n, &b| n << 8 | usize::from(b));
    let header = file.get(start..start + length).ok_or("cut short")?;
    let header = std::str::from_utf8(header).map_err(|_| "header is not text")?;

    let after = |key: &str| {
        header
            .split_once(key)
            .map(|(_, rest)| rest.trim_start())
            .ok_or("header lacks a key")
    };
    let dtype = after("'descr':")?.split('\'').nth(1).ok_or("no type")?.to_owned();
    if !after("'fortran_order':")?.starts_with("False") {
        return Err("stored by columns");
    }
    let shape = after("'shape':")?
        .strip_prefix('(')
        .and_then(|s| s.split_once(')'))
        .ok_or("no shape")?
        .0;
    let shape: Vec<usize> = shape
        .split(',')
        .map(str::trim)
        .filter(|n| !n.is_empty())
        .map(|n| n.parse().map_err(|_| "shape is not numbers"))
        .collect::<Result<_, _>>()?;
    let width = dtype
        .get(2..)
        .and_then(|n| n.parse::<usize>().ok())
        .ok_or("unknown type")?;
    file.drain(..start + length);
    if shape.iter().try_fold(width, |n, &d| n.checked_mul(d)) != Some(file.len()) {
        return Err("not as many numbers as its shape says");
    }
    Ok(Stored {
        dtype,
        shape,
        bytes: file,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn npy(header: &str, body: &[u8]) -> Vec<u8> {
        let mut file = b"\x93NUMPY\x01\x00".to_vec();
        file.extend((header.len() as u16).to_le_bytes());
        file.extend(header.bytes());
        file.extend(body);
        file
    }

    #[test]
    fn reads_shape_and_numbers() {
        let file = npy(
            "{'descr': '|u1', 'fortran_order': False, 'shape': (2, 3), }\n",
            &[1, 2, 3, 4, 5, 6],
        );
        let stored = parse_npy(file).unwrap();
        assert_eq!(
            (stored.dtype.as_str(), stored.shape, stored.bytes),
            ("|u1", vec![2, 3], vec![1, 2, 3, 4, 5, 6])
        );
    }

    #[test]
    fn refuses_what_it_cannot_trust() {
        let cut = npy("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }", &[0; 7]);
        let columns = npy("{'descr': '<f4', 'fortran_order': True, 'shape': (2,), }", &[0; 8]);
        for file in [cut, columns, b"PK".to_vec(), b"\x93NUMPY\x01\x00\xff\xff{".to_vec()] {
            assert!(parse_npy(file).is_err());
        }
    }
}
