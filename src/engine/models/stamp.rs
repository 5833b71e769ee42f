//! Files that were hashed once are not hashed at each start: their size, date and hash are written down.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use serde::{Deserialize, Serialize};

use super::manifest::{File, Sha256Hex};
use super::stage::hash_file;

/// What a file was when it was last hashed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Stamp {
    size: u64,
    /// Nanoseconds since 1970.
    modified: u128,
    sha256: Sha256Hex,
    /// Where it came from, when Allô brought it.
    source: Option<String>,
}

/// How a file on disk stands to the manifest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// As the manifest pins it.
    Good,
    /// Not there.
    Absent,
    /// There, but something else.
    Corrupt,
}

impl State {
    /// In French, for tables.
    pub fn name(self) -> &'static str {
        match self {
            State::Good => "présent",
            State::Absent => "absent",
            State::Corrupt => "abîmé",
        }
    }

    /// A model is as good as its worst file.
    pub(super) fn worse(self, other: State) -> State {
        match (self, other) {
            (State::Corrupt, _) | (_, State::Corrupt) => State::Corrupt,
            (State::Absent, _) | (_, State::Absent) => State::Absent,
            _ => State::Good,
        }
    }
}

/// The stamps of a models folder.
pub struct Stamps {
    dir: PathBuf,
    known: BTreeMap<String, Stamp>,
}

impl Stamps {
    /// Those of `dir`; without a readable file, none: it is only a cache.
    pub fn load(dir: &Path) -> Self {
        let text = fs::read(dir.join(FILE)).unwrap_or_default();
        Self {
            dir: dir.into(),
            known: serde_json::from_slice(&text).unwrap_or_default(),
        }
    }

    /// The state of `file`, hashed (telling how far it is) only if it changed since it last was, or `anew`.
    pub fn state(&mut self, file: &File, anew: bool, told: impl FnMut(u64)) -> State {
        let path = self.dir.join(&file.path);
        let Some((size, modified)) = look(&path) else {
            return State::Absent;
        };
        let stamp = self.known.get(&file.path);
        let fresh = stamp.is_some_and(|stamp| stamp.size == size && stamp.modified == modified);
        let sha256 = match stamp {
            Some(stamp) if fresh && !anew => stamp.sha256.clone(),
            // Of no pinned size: wrong without hashing.
            _ if file.pins().all(|pin| pin.size != size) => return State::Corrupt,
            _ => match hash_file(&path, told) {
                Ok(sha256) => sha256,
                Err(_) => return State::Corrupt,
            },
        };
        if !fresh || anew {
            let source = stamp
                .filter(|stamp| stamp.sha256 == sha256)
                .and_then(|stamp| stamp.source.clone());
            self.write_down(
                file,
                Stamp {
                    size,
                    modified,
                    sha256: sha256.clone(),
                    source,
                },
            );
        }
        match file.pins().any(|pin| pin.size == size && pin.sha256 == sha256) {
            true => State::Good,
            false => State::Corrupt,
        }
    }

    /// Notes that `file` was just put in place, with this hash, from `source`.
    pub fn placed(&mut self, file: &File, sha256: Sha256Hex, source: String) {
        if let Some((size, modified)) = look(&self.dir.join(&file.path)) {
            self.write_down(
                file,
                Stamp {
                    size,
                    modified,
                    sha256,
                    source: Some(source),
                },
            );
        }
    }

    /// Where `file` came from, if that is known.
    pub fn source(&self, file: &File) -> Option<&str> {
        self.known.get(&file.path)?.source.as_deref()
    }

    fn write_down(&mut self, file: &File, stamp: Stamp) {
        self.known.insert(file.path.clone(), stamp);
        // Whoever runs Allô may not be allowed to write here: then files are hashed again next time.
        let tmp = self.dir.join(format!("{FILE}.{}", std::process::id()));
        let text = serde_json::to_vec_pretty(&self.known).unwrap_or_default();
        if fs::write(&tmp, text)
            .and_then(|()| fs::rename(&tmp, self.dir.join(FILE)))
            .is_err()
        {
            let _ = fs::remove_file(&tmp);
        }
    }
}

const FILE: &str = ".verified.json";

/// Size and date of a plain file.
fn look(path: &Path) -> Option<(u64, u128)> {
    let metadata = fs::metadata(path).ok().filter(fs::Metadata::is_file)?;
    let modified = metadata.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
    Some((metadata.len(), modified.as_nanos()))
}

#[cfg(test)]
mod tests {
    use super::super::manifest::Manifest;
    use super::*;

    fn manifest() -> Manifest {
        Manifest::parse(
            r#"
            [[model]]
            id = "m"
            kind = "stt"
            what = "essai"
            language = "fr"
            licence = "MIT"
            attribution = "personne"
            default = "yes"
            [[model.file]]
            role = "weights"
            path = "m/a"
            size = 3
            sha256 = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
            sources = [{ url = "http://localhost/a" }]
            "#,
        )
        .unwrap()
    }

    #[test]
    fn a_file_is_hashed_once_until_it_changes() {
        let (manifest, dir) = (manifest(), tempfile::tempdir().unwrap());
        let file = &manifest.models[0].files[0];
        let path = dir.path().join("m/a");
        let state = |anew| {
            let mut hashed = false;
            let state = Stamps::load(dir.path()).state(file, anew, |_| hashed = true);
            (state, hashed)
        };
        assert_eq!(state(false), (State::Absent, false));
        fs::create_dir(dir.path().join("m")).unwrap();
        fs::write(&path, b"abc").unwrap();
        assert_eq!(state(false), (State::Good, true));
        assert_eq!(state(false), (State::Good, false));
        assert_eq!(state(true), (State::Good, true));
        fs::write(&path, b"abd").unwrap();
        assert_eq!(state(false), (State::Corrupt, true));
        assert_eq!(state(false), (State::Corrupt, false));
        fs::write(&path, b"abcd").unwrap();
        assert_eq!(state(false), (State::Corrupt, false), "the size tells enough");
    }

    #[test]
    fn the_source_is_remembered_as_long_as_the_content() {
        let (manifest, dir) = (manifest(), tempfile::tempdir().unwrap());
        let file = &manifest.models[0].files[0];
        fs::create_dir(dir.path().join("m")).unwrap();
        fs::write(dir.path().join("m/a"), b"abc").unwrap();
        let mut stamps = Stamps::load(dir.path());
        stamps.placed(file, file.sha256.clone(), "pip a==1".into());
        let mut stamps = Stamps::load(dir.path());
        assert_eq!(stamps.source(file), Some("pip a==1"));
        stamps.state(file, true, |_| ());
        assert_eq!(stamps.source(file), Some("pip a==1"));
        fs::write(dir.path().join("m/a"), b"abd").unwrap();
        stamps.state(file, false, |_| ());
        assert_eq!(stamps.source(file), None);
    }
}
