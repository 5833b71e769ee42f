//! Recordings that an administrator names: read and written, and what is wrong with them said in French.

use std::fs::File;
use std::io::{BufReader, BufWriter, ErrorKind};
use std::path::Path;

use anyhow::anyhow;

use crate::app::files;
use crate::audio::{Pcm, wav};

/// Reads a recording of any rate.
pub(super) fn read<const RATE: u32>(file: &Path) -> anyhow::Result<Pcm<RATE>> {
    let name = file.display().to_string();
    let source = files::open(file).map_err(|why| anyhow!("lecture impossible de « {name} » : {why}"))?;
    Ok(wav::read(&name, BufReader::new(source))?)
}

/// Writes one.
pub(super) fn write<const RATE: u32>(file: &Path, clip: &Pcm<RATE>) -> anyhow::Result<()> {
    let name = file.display().to_string();
    let target = File::create(file).map_err(|error| {
        // It is the file's folder that is missing: the file itself need not be there.
        let why = match error.kind() {
            ErrorKind::NotFound => "le dossier de ce fichier n'existe pas".into(),
            _ => files::in_french(&error),
        };
        anyhow!("écriture impossible de « {name} » : {why}")
    })?;
    Ok(wav::write(&name, clip, BufWriter::new(target))?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_with_a_recording_is_said_in_french() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("a.wav");
        let read = |file: &Path| read::<16_000>(file).unwrap_err().to_string();
        let written = |file: &Path| write(file, &Pcm::<16_000>(vec![0; 9])).unwrap_err().to_string();
        let missing = read(&file);
        std::fs::write(&file, "ceci n'est pas du son").expect("is written");
        for (said, expected) in [
            (missing, "a.wav » : ce fichier n'existe pas"),
            (read(folder.path()), "c'est un dossier"),
            (read(&file), "n'est pas un fichier WAV lisible"),
            (written(folder.path()), "c'est un dossier"),
            (
                written(&folder.path().join("b/c.wav")),
                "c.wav » : le dossier de ce fichier n'existe pas",
            ),
        ] {
            assert!(said.contains(expected), "{said}");
            for english in ["No such", "os error", "directory", "Ill-formed", "Failed"] {
                assert!(!said.contains(english), "{said}");
            }
        }
    }
}
