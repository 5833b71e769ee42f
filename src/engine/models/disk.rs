//! What the standard library does not say of the disk: who else works in a folder, and how much room is left.

use std::fs::File;
use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// Holds the file at `path` for this process alone, after `wait` was called if another holds it.
/// The system frees the lock of a process that ends, however it ends.
pub fn lock(path: &Path, wait: impl FnOnce()) -> io::Result<File> {
    let file = File::options().create(true).truncate(false).write(true).open(path)?;
    if flock(&file, libc::LOCK_EX | libc::LOCK_NB).is_err() {
        wait();
        flock(&file, libc::LOCK_EX)?;
    }
    Ok(file)
}

/// `File::lock` of the standard library is younger than the Rust that Allô asks for.
fn flock(file: &File, operation: libc::c_int) -> io::Result<()> {
    // SAFETY: the descriptor is open for as long as `file` is borrowed; flock touches no memory of ours.
    match unsafe { libc::flock(file.as_raw_fd(), operation) } {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}

/// Bytes that this process may still write on the disk of `path`.
pub fn free_space(path: &Path) -> io::Result<u64> {
    let path = std::ffi::CString::new(path.as_os_str().as_bytes())?;
    // SAFETY: statvfs is plain numbers, for which zeros are valid.
    let mut stat: libc::statvfs = unsafe { std::mem::zeroed() };
    // SAFETY: a NUL-terminated path and a valid place for the answer, both alive during the call.
    match unsafe { libc::statvfs(path.as_ptr(), &mut stat) } {
        0 => Ok(stat.f_bavail * stat.f_frsize),
        _ => Err(io::Error::last_os_error()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_holders_take_turns() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("lock");
        let held = lock(&path, || panic!("nobody holds it")).unwrap();
        let (waiting, waits) = std::sync::mpsc::channel();
        let second = std::thread::spawn(move || {
            let _lock = lock(&path, || waiting.send(()).unwrap()).unwrap();
            std::time::Instant::now()
        });
        waits.recv().unwrap();
        let freed = std::time::Instant::now();
        drop(held);
        assert!(second.join().unwrap() >= freed);
    }

    #[test]
    fn the_disk_s_free_space_is_known() {
        let free = free_space(Path::new("/tmp")).unwrap();
        assert!(free > 0 && free < 1 << 60);
        assert!(free_space(Path::new("/nonexistent")).is_err());
    }
}
