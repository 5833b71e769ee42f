//! Where rendered prompts are kept: a folder of WAV files named by content hash, and the recent ones in memory.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt;
use std::fs::{self, File};
use std::io::{self, BufReader, BufWriter, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use sha2::{Digest, Sha256};

use crate::audio::{Pcm, wav};
use crate::units::HZ;

/// Temporary files older than this were left by a crash.
const ABANDONED: Duration = Duration::from_secs(3600);

/// Names a prompt by everything that its sound depends on: voice, spoken text and pace.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key([u8; 32]);

impl Key {
    /// SHA-256 over the voice's identity, the text as it is spoken, and the pace in thousandths.
    pub(super) fn new(voice: &str, spoken: &str, speed: f32) -> Self {
        let mut hash = Sha256::new();
        for part in [voice.as_bytes(), &[0], spoken.as_bytes(), &[0]] {
            hash.update(part);
        }
        hash.update(((speed * 1000.0).round() as i32).to_le_bytes());
        Self(hash.finalize().into())
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Prompts on disk. A file appears whole or not at all, so several processes may share the folder.
#[derive(Debug)]
pub(super) struct Folder {
    path: PathBuf,
    serial: AtomicU64,
}

impl Folder {
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        fs::create_dir_all(path)?;
        Ok(Self {
            path: path.to_owned(),
            serial: AtomicU64::new(0),
        })
    }

    fn file(&self, key: Key) -> PathBuf {
        self.path.join(format!("{key}.wav"))
    }

    pub(super) fn contains(&self, key: Key) -> bool {
        self.file(key).is_file()
    }

    /// The clip, or `None` when there is none or it is damaged; a damaged file is removed.
    pub(super) fn load(&self, key: Key) -> Option<Pcm<HZ>> {
        let path = self.file(key);
        let file = match File::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => return None,
            Err(error) => {
                tracing::warn!(%key, %error, "phrase enregistrée illisible");
                return None;
            }
        };
        match wav::read(&path.to_string_lossy(), BufReader::new(file)) {
            Ok(clip) => Some(clip),
            Err(error) => {
                tracing::warn!(%error, "phrase enregistrée abîmée : elle sera synthétisée de nouveau");
                let _ = fs::remove_file(&path);
                None
            }
        }
    }

    /// Writes beside, then renames: no reader ever sees half a file.
    pub(super) fn store(&self, key: Key, clip: &Pcm<HZ>) -> io::Result<()> {
        let serial = self.serial.fetch_add(1, Ordering::Relaxed);
        let temporary = self.path.join(format!(".{key}.{}-{serial}.tmp", std::process::id()));
        let stored = write(&temporary, clip).and_then(|()| fs::rename(&temporary, self.file(key)));
        if stored.is_err() {
            let _ = fs::remove_file(&temporary);
        }
        stored
    }

    /// Removes every prompt but `keys`, and what crashes left. Returns the number of prompts removed.
    pub(super) fn retain(&self, keys: &HashSet<Key>) -> io::Result<usize> {
        let keep: HashSet<String> = keys.iter().map(|key| format!("{key}.wav")).collect();
        let mut removed = 0;
        for entry in fs::read_dir(&self.path)? {
            let entry = entry?;
            let Ok(name) = entry.file_name().into_string() else {
                continue;
            };
            if is_prompt(&name) && !keep.contains(&name) {
                fs::remove_file(entry.path())?;
                removed += 1;
            } else if name.starts_with('.') && name.ends_with(".tmp") && is_abandoned(&entry) {
                fs::remove_file(entry.path())?;
            }
        }
        Ok(removed)
    }
}

/// Only files that this module wrote: 64 hexadecimal digits. Someone else's recording is left alone.
fn is_prompt(name: &str) -> bool {
    name.strip_suffix(".wav")
        .is_some_and(|key| key.len() == 64 && key.bytes().all(|b| b.is_ascii_hexdigit()))
}

fn is_abandoned(entry: &fs::DirEntry) -> bool {
    let modified = entry.metadata().and_then(|metadata| metadata.modified());
    modified.is_ok_and(|modified| modified.elapsed().is_ok_and(|age| age > ABANDONED))
}

fn write(path: &Path, clip: &Pcm<HZ>) -> io::Result<()> {
    let mut file = BufWriter::new(File::create_new(path)?);
    wav::write(&path.to_string_lossy(), clip, &mut file).map_err(io::Error::other)?;
    file.flush()?;
    file.get_ref().sync_all()
}

/// The most recently used clips, up to a number of bytes.
#[derive(Debug)]
pub(super) struct Memory {
    clips: HashMap<Key, (Arc<Pcm<HZ>>, u64)>,
    /// By time of last use, the oldest first.
    order: BTreeMap<u64, Key>,
    clock: u64,
    bytes: usize,
    limit: usize,
}

impl Memory {
    pub(super) fn new(limit: usize) -> Self {
        Self {
            clips: HashMap::new(),
            order: BTreeMap::new(),
            clock: 0,
            bytes: 0,
            limit,
        }
    }

    pub(super) fn get(&mut self, key: Key) -> Option<Arc<Pcm<HZ>>> {
        let (clip, used) = self.clips.get_mut(&key)?;
        self.order.remove(used);
        self.clock += 1;
        *used = self.clock;
        self.order.insert(self.clock, key);
        Some(clip.clone())
    }

    pub(super) fn insert(&mut self, key: Key, clip: Arc<Pcm<HZ>>) {
        self.remove(key);
        self.clock += 1;
        self.bytes += bytes(&clip);
        self.clips.insert(key, (clip, self.clock));
        self.order.insert(self.clock, key);
        while self.bytes > self.limit {
            let Some((_, oldest)) = self.order.first_key_value() else {
                break;
            };
            self.remove(*oldest);
        }
    }

    pub(super) fn retain(&mut self, keys: &HashSet<Key>) {
        let gone: Vec<Key> = self.clips.keys().filter(|key| !keys.contains(key)).copied().collect();
        gone.into_iter().for_each(|key| self.remove(key));
    }

    fn remove(&mut self, key: Key) {
        if let Some((clip, used)) = self.clips.remove(&key) {
            self.order.remove(&used);
            self.bytes -= bytes(&clip);
        }
    }
}

fn bytes(clip: &Pcm<HZ>) -> usize {
    clip.0.len() * size_of::<i16>()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(name: &str) -> Key {
        Key::new("voix", name, 1.0)
    }

    fn clip(samples: usize) -> Arc<Pcm<HZ>> {
        Arc::new(Pcm((0..samples).map(|n| (n % 1000) as i16 - 500).collect()))
    }

    #[test]
    fn every_part_of_the_key_counts() {
        let keys = [
            Key::new("voix", "oui", 1.0),
            Key::new("voix", "oui", 0.85),
            Key::new("voix", "non", 1.0),
            Key::new("autre", "oui", 1.0),
            Key::new("voixoui", "", 1.0),
        ];
        assert_eq!(HashSet::from(keys).len(), keys.len());
        assert_eq!(Key::new("voix", "oui", 0.85), Key::new("voix", "oui", 0.850_01));
        assert_eq!(keys[0].to_string().len(), 64);
    }

    #[test]
    fn what_is_stored_is_loaded_and_leaves_no_temporary_file() {
        let folder = tempfile::tempdir().expect("a folder");
        let kept = Folder::open(&folder.path().join("phrases")).expect("created");
        assert_eq!(kept.load(key("a")), None);
        kept.store(key("a"), &clip(4000)).expect("stored");
        assert_eq!(kept.load(key("a")).as_ref(), Some(&*clip(4000)));
        assert_eq!(fs::read_dir(folder.path().join("phrases")).expect("there").count(), 1);
    }

    #[test]
    fn damaged_files_are_removed() {
        let folder = tempfile::tempdir().expect("a folder");
        let kept = Folder::open(folder.path()).expect("created");
        kept.store(key("a"), &clip(4000)).expect("stored");
        let whole = fs::read(kept.file(key("a"))).expect("stored");
        for damaged in [&b""[..], b"RIFF", &whole[..44], &whole[..5000], &[0; 8000]] {
            fs::write(kept.file(key("a")), damaged).expect("written");
            assert_eq!(kept.load(key("a")), None, "{} bytes", damaged.len());
            assert!(!kept.contains(key("a")));
        }
    }

    #[test]
    fn a_failed_write_leaves_nothing() {
        let folder = tempfile::tempdir().expect("a folder");
        let kept = Folder::open(folder.path()).expect("created");
        // A folder stands where the file should go: the rename fails, as on a full disk the write would.
        fs::create_dir(kept.file(key("a"))).expect("created");
        assert!(kept.store(key("a"), &clip(10)).is_err());
        assert_eq!(fs::read_dir(folder.path()).expect("there").count(), 1);
    }

    #[test]
    fn retain_removes_only_prompts_of_its_own() {
        let folder = tempfile::tempdir().expect("a folder");
        let kept = Folder::open(folder.path()).expect("created");
        for name in ["a", "b", "c"] {
            kept.store(key(name), &clip(10)).expect("stored");
        }
        fs::write(folder.path().join("musique.wav"), "à moi").expect("written");
        assert_eq!(kept.retain(&HashSet::from([key("b")])).expect("readable"), 2);
        assert!(kept.contains(key("b")) && !kept.contains(key("a")));
        assert!(folder.path().join("musique.wav").exists());
    }

    #[test]
    fn memory_forgets_the_least_recently_used() {
        let mut memory = Memory::new(3 * 200);
        for name in ["a", "b", "c"] {
            memory.insert(key(name), clip(100));
        }
        assert!(memory.get(key("a")).is_some());
        memory.insert(key("d"), clip(100));
        assert!(memory.get(key("b")).is_none(), "b was used longest ago");
        assert!(["a", "c", "d"].iter().all(|name| memory.get(key(name)).is_some()));
        memory.insert(key("a"), clip(50));
        assert_eq!(memory.bytes, 500);
        memory.insert(key("e"), clip(100_000));
        assert_eq!(
            (memory.bytes, memory.clips.len(), memory.order.len()),
            (0, 0, 0),
            "too large to be kept"
        );
    }
}
