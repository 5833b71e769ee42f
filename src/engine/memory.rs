//! What understanding has learned, kept as files in a folder of the data.

use std::fs;
use std::path::PathBuf;
use std::time::SystemTime;

use crate::understand::memory::Memory;

/// Files that are kept: those of a few plans, and of a plan being written. The largest have some 40 MB.
const FILES: usize = 12;

/// A folder, made when something is first kept.
pub struct Folder(pub PathBuf);

impl Memory for Folder {
    fn recall(&self, name: &str) -> Option<Vec<u8>> {
        let path = self.0.join(name);
        let bytes = fs::read(&path).ok()?;
        // What was used last goes last.
        let _ = fs::File::options()
            .append(true)
            .open(path)
            .and_then(|f| f.set_modified(SystemTime::now()));
        Some(bytes)
    }

    fn keep(&self, name: &str, bytes: &[u8]) {
        // Beside it first: another process may read or write the same.
        let beside = self.0.join(format!("{name}.{}.part", std::process::id()));
        let write = || {
            fs::create_dir_all(&self.0)?;
            fs::write(&beside, bytes)?;
            fs::rename(&beside, self.0.join(name))?;
            self.prune()
        };
        if let Err(error) = write() {
            let _ = fs::remove_file(&beside);
            tracing::debug!(%error, folder = %self.0.display(), "what was learned is not kept");
        }
    }
}

impl Folder {
    /// Removes what was not used for longest.
    fn prune(&self) -> std::io::Result<()> {
        let mut files = Vec::new();
        for entry in fs::read_dir(&self.0)? {
            let entry = entry?;
            files.push((entry.metadata()?.modified()?, entry.path()));
        }
        files.sort_unstable_by(|a, b| b.cmp(a));
        files.iter().skip(FILES).try_for_each(|(_, path)| fs::remove_file(path))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_what_was_used_last() {
        let folder = tempfile::tempdir().expect("a folder");
        let memory = Folder(folder.path().join("learned"));
        assert_eq!(memory.recall("a"), None);
        memory.keep("a", b"first");
        memory.keep("a", b"second");
        for n in 0..FILES {
            std::thread::sleep(std::time::Duration::from_millis(5));
            assert_eq!(memory.recall("a").as_deref(), Some(&b"second"[..]), "{n}");
            std::thread::sleep(std::time::Duration::from_millis(5));
            memory.keep(&format!("b{n}"), b"other");
        }
        assert_eq!(memory.recall("b0"), None);
        assert!(memory.recall("a").is_some() && memory.recall("b1").is_some());
        assert_eq!(fs::read_dir(&memory.0).expect("is there").count(), FILES);
    }

    #[test]
    fn a_folder_that_cannot_be_is_no_mistake() {
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join("file"), b"").expect("written");
        let memory = Folder(folder.path().join("file/learned"));
        memory.keep("a", b"first");
        assert_eq!(memory.recall("a"), None);
    }
}
