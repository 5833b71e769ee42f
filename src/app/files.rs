//! Files that an administrator names: read whole, and what is wrong with them said in French.

use std::fs::File;
use std::io::{Error, ErrorKind, Read};
use std::path::Path;

/// Opens a file; what is none (a folder, a named pipe, which would keep us waiting for ever) is refused.
pub fn open(file: &Path) -> Result<File, String> {
    let metadata = std::fs::metadata(file).map_err(|error| in_french(&error))?;
    if metadata.is_dir() {
        return Err("c'est un dossier ; il faut un fichier".into());
    }
    if !metadata.is_file() {
        return Err("ce n'est pas un fichier ordinaire".into());
    }
    File::open(file).map_err(|error| in_french(&error))
}

/// All that is in a file, of at most `largest` bytes.
pub fn read(file: &Path, largest: u64) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    let mut within = open(file)?.take(largest + 1);
    within.read_to_end(&mut bytes).map_err(|error| in_french(&error))?;
    if bytes.len() as u64 > largest {
        return Err(format!("fichier trop gros (plus de {} Mio)", largest >> 20));
    }
    Ok(bytes)
}

/// All that is in a file of text.
pub fn text(file: &Path, largest: u64) -> Result<String, String> {
    String::from_utf8(read(file, largest)?)
        .map_err(|error| not_utf8(error.as_bytes(), error.utf8_error().valid_up_to()))
}

/// Bytes that are no UTF-8 from one of them on.
fn not_utf8(bytes: &[u8], from: usize) -> String {
    let line = 1 + bytes[..from].iter().filter(|byte| **byte == b'\n').count();
    format!("ligne {line} : caractère illisible ; enregistrez le fichier en UTF-8")
}

/// Why a file cannot be read or written.
pub fn in_french(error: &Error) -> String {
    match error.kind() {
        ErrorKind::NotFound => "ce fichier n'existe pas".into(),
        ErrorKind::PermissionDenied => "accès refusé ; donnez à Allô le droit d'y accéder".into(),
        ErrorKind::IsADirectory => "c'est un dossier ; il faut un fichier".into(),
        ErrorKind::NotADirectory => "ce qui devrait être un dossier est un fichier".into(),
        ErrorKind::StorageFull => "le disque est plein".into(),
        ErrorKind::ReadOnlyFilesystem => "le disque est en lecture seule".into(),
        _ => match error.raw_os_error() {
            Some(code) => format!("le système répond par l'erreur {code}"),
            None => "le fichier est abîmé".into(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_read_is_said_in_french() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("a.txt");
        assert_eq!(read(&file, 4).unwrap_err(), "ce fichier n'existe pas");
        assert!(read(folder.path(), 4).unwrap_err().contains("un dossier"));
        assert!(read(Path::new("/dev/null"), 4).unwrap_err().contains("ordinaire"));
        for (written, said) in [(&b"a\n\xe9"[..], "ligne 2"), (b"12345", "trop gros")] {
            std::fs::write(&file, written).expect("it can be written");
            assert!(text(&file, 4).unwrap_err().contains(said));
        }
        std::fs::write(&file, "été").expect("it can be written");
        assert_eq!(text(&file, 9).as_deref(), Ok("été"));
    }
}
