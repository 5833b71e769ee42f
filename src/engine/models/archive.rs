//! Members of wheels (zip) and of npm's tarballs.

use std::fs::File;
use std::io::{Read, Write};
use std::path::Path;

use super::error::SourceError;

/// Copies the member called `name` of a `.whl`, `.tgz` or `.tar.gz` to `out`; more than `limit` bytes is an error.
/// A member's name is only compared, never used as a path, so that no archive can write elsewhere.
pub fn copy_member(archive: &Path, name: &str, limit: u64, out: &mut dyn Write) -> Result<(), SourceError> {
    let file_name = archive.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let wrong = |why: String| SourceError::Archive {
        archive: file_name.clone(),
        why,
    };
    let mut copy = |member: &mut dyn Read| -> Result<(), SourceError> {
        let mut buffer = vec![0; 1 << 18];
        let mut copied = 0;
        loop {
            // Reading and writing fail for different reasons: the archive's, and the disk's.
            let n = member.read(&mut buffer).map_err(|error| wrong(error.to_string()))?;
            copied += n as u64;
            match n {
                0 => return Ok(()),
                _ if copied > limit => return Err(wrong(format!("{name} est plus long que prévu"))),
                _ => out.write_all(&buffer[..n])?,
            }
        }
    };
    if file_name.ends_with(".whl") {
        let mut zip = zip::ZipArchive::new(File::open(archive)?).map_err(|error| wrong(error.to_string()))?;
        let mut member = zip.by_name(name).map_err(|error| wrong(format!("{name} : {error}")))?;
        return if member.is_file() {
            copy(&mut member)
        } else {
            Err(wrong(format!("{name} n'est pas un fichier")))
        };
    }
    let mut tar = tar::Archive::new(flate2::read::GzDecoder::new(File::open(archive)?));
    for entry in tar.entries().map_err(|error| wrong(error.to_string()))? {
        let mut entry = entry.map_err(|error| wrong(error.to_string()))?;
        if entry.path_bytes() == name.as_bytes() {
            let plain = entry.header().entry_type().is_file();
            return if plain {
                copy(&mut entry)
            } else {
                Err(wrong(format!("{name} n'est pas un fichier")))
            };
        }
    }
    Err(wrong(format!("{name} n'y est pas")))
}

#[cfg(test)]
mod tests {
    use std::{fs, io};

    use super::*;

    fn wheel(path: &Path, members: &[(&str, &[u8])]) {
        let mut zip = zip::ZipWriter::new(File::create(path).unwrap());
        for (name, data) in members {
            zip.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
            zip.write_all(data).unwrap();
        }
        zip.add_symlink("d/link", "/etc/passwd", zip::write::SimpleFileOptions::default())
            .unwrap();
        zip.finish().unwrap();
    }

    fn tgz(path: &Path, members: &[(&str, &[u8])]) {
        let gzip = flate2::write::GzEncoder::new(File::create(path).unwrap(), flate2::Compression::fast());
        let mut tar = tar::Builder::new(gzip);
        let mut link = tar::Header::new_gnu();
        link.set_entry_type(tar::EntryType::Symlink);
        link.set_size(0);
        tar.append_link(&mut link, "d/link", "/etc/passwd").unwrap();
        for (name, data) in members {
            let mut header = tar::Header::new_gnu();
            header.set_size(data.len() as u64);
            header.set_mode(0o644);
            tar.append_data(&mut header, name, *data).unwrap();
        }
        tar.into_inner().unwrap().finish().unwrap();
    }

    #[test]
    fn members_of_both_kinds_of_archive_are_copied() {
        let dir = tempfile::tempdir().unwrap();
        let big = vec![7u8; 700_000];
        let members: [(&str, &[u8]); 2] = [("d/small.txt", b"small"), ("d/big.bin", &big)];
        for (name, make) in [
            ("a.whl", wheel as fn(&Path, &[(&str, &[u8])])),
            ("a.tgz", tgz),
            ("a.tar.gz", tgz),
        ] {
            let archive = dir.path().join(name);
            make(&archive, &members);
            let get = |member: &str, limit| {
                let mut out = Vec::new();
                copy_member(&archive, member, limit, &mut out).map(|()| out)
            };
            assert_eq!(get("d/small.txt", 5).unwrap(), b"small");
            assert!(get("d/big.bin", 1 << 20).unwrap() == big);
            for (member, limit) in [
                ("d/big.bin", 699_999),
                ("d/none", 9),
                ("../d/small.txt", 9),
                ("d/link", 99),
            ] {
                assert!(
                    matches!(get(member, limit), Err(SourceError::Archive { .. })),
                    "{name}: {member}"
                );
            }
        }
    }

    #[test]
    fn a_broken_archive_is_an_error() {
        let dir = tempfile::tempdir().unwrap();
        for name in ["a.whl", "a.tgz"] {
            fs::write(dir.path().join(name), b"PK\x03\x04 and then nonsense").unwrap();
            let result = copy_member(&dir.path().join(name), "x", 9, &mut io::sink());
            assert!(matches!(result, Err(SourceError::Archive { .. })), "{name}");
        }
    }
}
