//! What can go wrong with models, told in French with what to do about it.

use std::io;
use std::path::{Path, PathBuf};

use super::manifest::Sha256Hex;
use super::whisper_ggml::ConvertError;

/// Why models cannot be used or fetched.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Not in the manifest.
    #[error("le modèle « {id} » n'existe pas ; les modèles connus sont : {known}")]
    Unknown {
        /// What was asked for.
        id: String,
        /// The ids that exist.
        known: String,
    },
    /// A file of it is not on disk.
    #[error("le modèle « {id} » n'est pas installé ({path} manque) ; lancez « allo models fetch {id} »")]
    Absent {
        /// The model.
        id: String,
        /// The file that is missing.
        path: PathBuf,
    },
    /// A file of it is not what the manifest pins.
    #[error("le modèle « {id} » est abîmé ({path} n'a pas le contenu attendu) ; lancez « allo models fetch {id} »")]
    Corrupt {
        /// The model.
        id: String,
        /// The file that is wrong.
        path: PathBuf,
    },
    /// Some models could not be had from any of their sources.
    #[error("{}", unfinished(.0))]
    Unfinished(Vec<Failure>),
    /// The folder could not be used.
    #[error("{path} : {source}")]
    Io {
        /// Where.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

impl Error {
    pub(super) fn io(path: &Path) -> impl FnOnce(io::Error) -> Error + '_ {
        move |source| Error::Io {
            path: path.into(),
            source,
        }
    }
}

/// A model that no source could give.
#[derive(Debug)]
pub struct Failure {
    /// The model.
    pub id: String,
    /// The file that stopped it.
    pub path: String,
    /// Each source, in order, with its reason.
    pub reasons: Vec<(String, SourceError)>,
}

fn unfinished(failures: &[Failure]) -> String {
    let mut text = String::from("des modèles n'ont pas pu être récupérés :");
    for failure in failures {
        text += &format!("\n  {} ({})", failure.id, failure.path);
        for (source, reason) in &failure.reasons {
            text += &format!("\n    {source} : {reason}");
        }
    }
    text + "\nVérifiez la connexion (et HTTPS_PROXY), puis relancez « allo models fetch » : il reprendra où il en était."
}

/// Why one source did not give a file. The next source is tried.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// No answer from the host.
    #[error("{host} ne répond pas ({why})")]
    Silent {
        /// Host of the address.
        host: String,
        /// What the system said.
        why: String,
    },
    /// The host did not answer a moment ago; it was not asked again.
    #[error("{0} ne répondait pas tout à l'heure")]
    StillSilent(String),
    /// It answered something else than the file.
    #[error("réponse HTTP {0}")]
    Status(u16),
    /// The connection was lost, again and again.
    #[error("connexion coupée ({0}) ; ce qui est reçu est gardé")]
    Cut(String),
    /// Not the size that the manifest pins.
    #[error("taille refusée : {expected} octets attendus, {got} annoncés ou reçus")]
    WrongSize {
        /// The pin.
        expected: u64,
        /// What came.
        got: u64,
    },
    /// Not the content that the manifest pins. It has been deleted.
    #[error("contenu refusé et supprimé : SHA-256 attendu {expected}, reçu {got}")]
    WrongHash {
        /// The pin.
        expected: Sha256Hex,
        /// What came.
        got: Sha256Hex,
    },
    /// pip or npm is not installed.
    #[error("{client} n'est pas installé ; lancez « {remedy} »")]
    NoClient {
        /// Its name.
        client: &'static str,
        /// The command that installs it on Debian.
        remedy: &'static str,
    },
    /// pip or npm failed.
    #[error("{client} : {why}")]
    Client {
        /// Its name.
        client: &'static str,
        /// Its last words.
        why: String,
    },
    /// The package failed a moment ago; it was not asked for again.
    #[error("le paquet {0} n'a pas pu être récupéré tout à l'heure")]
    StillFailing(String),
    /// The archive cannot be read, or lacks the member.
    #[error("archive {archive} : {why}")]
    Archive {
        /// Its file name.
        archive: String,
        /// What is wrong.
        why: String,
    },
    /// The weights could not be converted.
    #[error("conversion : {0}")]
    Convert(#[from] ConvertError),
    /// The disk is too full.
    #[error("il manque de la place : {need} Mo nécessaires, {free} Mo libres")]
    NoSpace {
        /// Megabytes.
        need: u64,
        /// Megabytes.
        free: u64,
    },
    /// The file could not be written or read.
    #[error("fichier : {0}")]
    Io(#[from] io::Error),
}
