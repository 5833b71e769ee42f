//! Files appear whole or not at all: written beside, hashed on the way, then renamed into place.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::error::SourceError;
use super::manifest::{Pin, Sha256Hex};

/// A file being written: hashed as it grows, never larger than its pin, deleted if it is not finished.
pub struct Staged {
    file: io::BufWriter<File>,
    path: PathBuf,
    pin: Pin,
    written: u64,
    hasher: Sha256,
}

impl Staged {
    /// Begins `path` anew.
    pub fn create(path: PathBuf, pin: Pin) -> io::Result<Self> {
        let file = io::BufWriter::with_capacity(1 << 18, File::create(&path)?);
        Ok(Self {
            file,
            path,
            pin,
            written: 0,
            hasher: Sha256::new(),
        })
    }

    /// Checks what was written against the pin and moves it to `to`.
    pub fn finish(mut self, to: &Path) -> Result<(), SourceError> {
        self.file.flush()?;
        if self.written != self.pin.size {
            return Err(SourceError::WrongSize {
                expected: self.pin.size,
                got: self.written,
            });
        }
        check_hash(&self.pin, Sha256Hex::of(std::mem::take(&mut self.hasher)))?;
        Ok(place(&self.path, to)?)
    }
}

impl Write for Staged {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.written + bytes.len() as u64 > self.pin.size {
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, "plus long que prévu"));
        }
        self.file.write_all(bytes)?;
        self.hasher.update(bytes);
        self.written += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Drop for Staged {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path); // gone already when it was placed
    }
}

/// The hash that the pin asks for, or an error that names both.
pub fn check_hash(pin: &Pin, got: Sha256Hex) -> Result<(), SourceError> {
    if got == pin.sha256 {
        Ok(())
    } else {
        Err(SourceError::WrongHash {
            expected: pin.sha256.clone(),
            got,
        })
    }
}

/// Moves `from` to `to` on the same disk, so that a crash leaves the one or the other, whole.
pub fn place(from: &Path, to: &Path) -> io::Result<()> {
    let folder = to.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    File::open(from)?.sync_all()?;
    fs::rename(from, to)?;
    File::open(folder)?.sync_all()
}

/// Hashes a file, telling how far it is.
pub fn hash_file(path: &Path, mut told: impl FnMut(u64)) -> io::Result<Sha256Hex> {
    let mut hasher = Sha256::new();
    let mut file = File::open(path)?;
    let mut buffer = vec![0; 1 << 18];
    let mut done = 0;
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(Sha256Hex::of(hasher)),
            n => {
                hasher.update(&buffer[..n]);
                done += n as u64;
                told(done);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn abc() -> Pin {
        let sha256 = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad".to_owned();
        Pin {
            size: 3,
            sha256: sha256.try_into().unwrap(),
        }
    }

    #[test]
    fn a_good_file_is_placed() {
        let dir = tempfile::tempdir().unwrap();
        let mut staged = Staged::create(dir.path().join("a.tmp"), abc()).unwrap();
        staged.write_all(b"abc").unwrap();
        staged.finish(&dir.path().join("deep/er/a")).unwrap();
        assert_eq!(fs::read(dir.path().join("deep/er/a")).unwrap(), b"abc");
        assert!(!dir.path().join("a.tmp").exists());
    }

    #[test]
    fn a_bad_one_leaves_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let (tmp, to) = (dir.path().join("a.tmp"), dir.path().join("a"));
        let mut staged = Staged::create(tmp.clone(), abc()).unwrap();
        staged.write_all(b"abd").unwrap();
        let error = staged.finish(&to).unwrap_err();
        assert!(
            matches!(error, SourceError::WrongHash { expected, got } if expected == abc().sha256 && got != expected)
        );
        let mut staged = Staged::create(tmp.clone(), abc()).unwrap();
        staged.write_all(b"ab").unwrap();
        assert!(matches!(
            staged.finish(&to),
            Err(SourceError::WrongSize { expected: 3, got: 2 })
        ));
        let mut staged = Staged::create(tmp.clone(), abc()).unwrap();
        assert!(staged.write_all(b"abcd").is_err());
        drop(staged);
        assert!(!tmp.exists() && !to.exists());
    }

    #[test]
    fn hashing_tells_how_far_it_is() {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), b"abc").unwrap();
        let mut last = 0;
        assert_eq!(hash_file(file.path(), |done| last = done).unwrap(), abc().sha256);
        assert_eq!(last, 3);
    }
}
