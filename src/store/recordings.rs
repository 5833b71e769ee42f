//! Conversations with clerks, written to the disk as they go on: a file that can be played at any moment, whatever happens to
//! us, and a row that says whose it is.
//!
//! ```text
//! begin: row, <id>.part ─► piece: sound, header ─► … ─► keep: sync, <id>.wav, length
//!                             │ we are killed: `make_whole` does that at the next start
//!                             └─► erase: neither file nor row
//! ```

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, ErrorKind};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, mpsc};

use rusqlite::{Connection, OptionalExtension, Params, Row, params};
use serde::Serialize;

use super::{DAY_MS, Desk, Reader, StoreError, Write, free_space, now_ms, private, safely};
use crate::audio::wav;
use crate::units::{CallId, HZ};

/// The caller and the clerk.
const CHANNELS: u16 = 2;
/// Bytes of a moment of both.
const MOMENT: u64 = CHANNELS as u64 * 2;
/// Bytes of a second; an hour is 230 MB.
const SECOND: u64 = HZ as u64 * MOMENT;
/// With less room on the disk, none is begun: messages and requests need it more. It is enough for two hours.
const ROOM: u64 = 500_000_000;
/// And none goes on.
const LEAST_ROOM: u64 = 200_000_000;
/// So often, in pieces, room is looked for.
const LOOK: u64 = 60;
/// Pieces that may wait for the disk; with more, it does not keep up.
const WAITING: usize = 60;

impl From<io::Error> for StoreError {
    fn from(error: io::Error) -> Self {
        Self::Recording(error.to_string())
    }
}

/// Called where a recording cannot be written any more.
pub type Lost = Box<dyn FnOnce(StoreError) + Send>;

/// A recording, as it begins.
pub struct NewRecording {
    /// The call.
    pub call: CallId,
    /// Its number in the call.
    pub number: u32,
    /// The service's id.
    pub service: String,
    /// Days to keep it.
    pub keep_days: u32,
}

impl NewRecording {
    fn id(&self) -> String {
        id(self.call, self.number)
    }
}

/// The id of a call's recording of this number.
pub(super) fn id(call: CallId, number: u32) -> String {
    format!("{call}-{number}")
}

/// A recording.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RecordingRow {
    /// Its id; the sound is `recordings/<id>.wav`.
    pub id: String,
    /// The call.
    pub call_id: String,
    /// With which service.
    pub service: String,
    /// Unix milliseconds.
    pub created_at: i64,
    /// Its length; none while it goes on.
    pub length_ms: Option<i64>,
}

/// What becomes of one.
pub(super) enum Taping {
    Begin(NewRecording, Lost),
    /// What is dropped once it is written tells how many wait.
    Piece(Vec<i16>, Arc<()>),
    Keep,
    Erase,
}

/// A recording under way; dropping it keeps it.
pub struct Recorder {
    id: String,
    writes: mpsc::Sender<Write>,
    waiting: Arc<()>,
}

impl Recorder {
    pub(super) fn begin(writes: mpsc::Sender<Write>, new: NewRecording, lost: Lost) -> Self {
        let recorder = Self {
            id: new.id(),
            writes,
            waiting: Arc::default(),
        };
        recorder.send(Taping::Begin(new, lost));
        recorder
    }

    /// The next of it: 16 kHz, a sample of the caller and one of the clerk in turn. False where the disk does not keep up: then
    /// there is no use in going on.
    pub fn piece(&self, samples: Vec<i16>) -> bool {
        let keeps_up = Arc::strong_count(&self.waiting) <= WAITING;
        if keeps_up {
            self.send(Taping::Piece(samples, self.waiting.clone()));
        }
        keeps_up
    }

    fn send(&self, what: Taping) {
        if self.writes.send(Write::Recording(self.id.clone(), what)).is_err() {
            tracing::error!("le fil d'écriture s'est arrêté : la conversation n'est pas enregistrée");
        }
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        self.send(Taping::Keep);
    }
}

/// The recordings under way, as the thread that writes has them.
#[derive(Default)]
pub(super) struct Tapes(HashMap<String, Tape>);

struct Tape {
    file: File,
    bytes: u64,
    pieces: u64,
    lost: Option<Lost>,
}

impl Tapes {
    pub(super) fn apply(
        &mut self,
        database: &Connection,
        folder: &Path,
        id: String,
        what: Taping,
    ) -> Result<(), StoreError> {
        match what {
            Taping::Begin(new, lost) => match begin(database, folder, &new) {
                Ok(file) => {
                    let tape = Tape {
                        file,
                        bytes: 0,
                        pieces: 0,
                        lost: Some(lost),
                    };
                    self.0.insert(id, tape);
                }
                Err(error) => {
                    tracing::error!(%error, "conversation non enregistrée");
                    lost(error);
                    erase(database, folder, &id)?;
                }
            },
            Taping::Piece(samples, waiting) => {
                // None: it was lost before.
                let Some(tape) = self.0.get_mut(&id) else { return Ok(()) };
                let written = tape.write(folder, &samples);
                drop(waiting);
                if let Err(error) = written {
                    tracing::error!(%error, "conversation enregistrée jusqu'ici seulement");
                    if let Some(lost) = tape.lost.take() {
                        lost(error.into());
                    }
                    self.keep(database, folder, &id)?;
                }
            }
            Taping::Keep => self.keep(database, folder, &id)?,
            Taping::Erase => {
                self.0.remove(&id);
                erase(database, folder, &id)?;
            }
        }
        Ok(())
    }

    fn keep(&mut self, database: &Connection, folder: &Path, id: &str) -> Result<(), StoreError> {
        match self.0.remove(id) {
            Some(tape) => {
                drop(tape);
                finish(database, folder, id)
            }
            None => Ok(()),
        }
    }

    /// Keeps all of them: nobody writes any more.
    pub(super) fn end(&mut self, database: &Connection, folder: &Path) {
        for id in self.0.keys().cloned().collect::<Vec<_>>() {
            super::report(self.keep(database, folder, &id), "fin d'un enregistrement");
        }
    }
}

impl Tape {
    /// Writes what follows, then the header that makes it part of the file. The system writes it to the disk when it likes: only
    /// a power cut loses the last seconds.
    fn write(&mut self, folder: &Path, samples: &[i16]) -> io::Result<()> {
        if self.pieces.is_multiple_of(LOOK) && free_space(folder).is_ok_and(|room| room < LEAST_ROOM) {
            return Err(io::Error::other("plus assez de place sur le disque"));
        }
        self.pieces += 1;
        let sound: Vec<u8> = samples.iter().flat_map(|sample| sample.to_le_bytes()).collect();
        self.file.write_all_at(&sound, wav::HEADER + self.bytes)?;
        self.bytes += sound.len() as u64;
        self.file.write_all_at(&wav::header(CHANNELS, HZ, self.bytes), 0)
    }
}

/// Where the sound of a recording is, in the store in `folder`.
pub fn sound(folder: &Path, id: &str) -> PathBuf {
    recordings(folder).join(format!("{id}.wav"))
}

fn partial(folder: &Path, id: &str) -> PathBuf {
    recordings(folder).join(format!("{id}.part"))
}

fn recordings(folder: &Path) -> PathBuf {
    folder.join("recordings")
}

/// The row is on the disk before the file: nothing lies there of which nobody knows.
fn begin(database: &Connection, folder: &Path, new: &NewRecording) -> Result<File, StoreError> {
    let room = free_space(folder).unwrap_or(u64::MAX);
    if room < ROOM {
        return Err(StoreError::Recording(format!(
            "il reste {} Mo sur le disque, il en faut {}",
            room / 1_000_000,
            ROOM / 1_000_000
        )));
    }
    let (id, at) = (new.id(), now_ms());
    safely(database, |database| {
        let term = at + i64::from(new.keep_days) * DAY_MS;
        let call = new.call.to_string();
        let insert = "INSERT INTO recordings (id, call_id, service, created_at, delete_after) VALUES (?, ?, ?, ?, ?)";
        database
            .execute(insert, params![id, call, new.service, at, term])
            .map(drop)
    })?;
    std::fs::create_dir_all(recordings(folder))?;
    let path = partial(folder, &id);
    let file = File::create(&path)?;
    private(&path)?;
    file.write_all_at(&wav::header(CHANNELS, HZ, 0), 0)?;
    Ok(file)
}

/// What was written is whole: its header says all of it, and its row how long it is. What holds nothing is not kept.
fn finish(database: &Connection, folder: &Path, id: &str) -> Result<(), StoreError> {
    let (partial, path) = (partial(folder, id), sound(folder, id));
    let file = match File::options().write(true).open(&partial) {
        // It was whole when we were killed.
        Err(error) if error.kind() == ErrorKind::NotFound => File::open(&path),
        file => file,
    };
    let file = match file {
        Err(error) if error.kind() == ErrorKind::NotFound => return erase(database, folder, id),
        file => file?,
    };
    let bytes = file.metadata()?.len().saturating_sub(wav::HEADER) / MOMENT * MOMENT;
    if bytes == 0 {
        return erase(database, folder, id);
    }
    if partial.exists() {
        file.set_len(wav::HEADER + bytes)?;
        file.write_all_at(&wav::header(CHANNELS, HZ, bytes), 0)?;
        file.sync_all()?;
        std::fs::rename(&partial, &path)?;
        // The name is on disk only once its folder is.
        File::open(recordings(folder))?.sync_all()?;
    }
    let length = i64::try_from(bytes * 1000 / SECOND).unwrap_or(i64::MAX);
    database.execute("UPDATE recordings SET length_ms = ? WHERE id = ?", params![length, id])?;
    Ok(())
}

/// Deletes the row, then the sound: should we be killed in between, it is sound of which no row tells, and goes at the next start.
fn erase(database: &Connection, folder: &Path, id: &str) -> Result<(), StoreError> {
    let delete = "DELETE FROM recordings WHERE id = ?";
    safely(database, |database| database.execute(delete, [id]).map(drop))?;
    for path in [partial(folder, id), sound(folder, id)] {
        match std::fs::remove_file(path) {
            Err(error) if !matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
                return Err(error.into());
            }
            _ => {}
        }
    }
    Ok(())
}

/// Finishes what an earlier process left under way, and deletes sound of which no row tells.
pub(super) fn make_whole(database: &Connection, folder: &Path) -> Result<(), StoreError> {
    for row in find(database, "length_ms IS NULL", [])? {
        // One that cannot be must not keep the others from it.
        super::report(finish(database, folder, &row.id), "enregistrement coupé par un arrêt");
    }
    let Ok(files) = std::fs::read_dir(recordings(folder)) else {
        return Ok(());
    };
    for path in files.filter_map(|file| Some(file.ok()?.path())) {
        let id = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        if one(database, &id)?.is_none() {
            std::fs::remove_file(path)?;
        }
    }
    Ok(())
}

/// Deletes those that have outlived their term or their call.
pub(super) fn sweep(database: &Connection, folder: &Path, now: i64) -> Result<(), StoreError> {
    let due = "length_ms IS NOT NULL AND (delete_after < ? OR call_id NOT IN (SELECT id FROM calls))";
    find(database, due, [now])?
        .iter()
        .try_for_each(|row| erase(database, folder, &row.id))
}

/// Those of a call, in their order.
pub(super) fn of_call(database: &Connection, call: &str) -> Result<Vec<RecordingRow>, StoreError> {
    find(database, "call_id = ?", [call])
}

fn one(database: &Connection, id: &str) -> Result<Option<RecordingRow>, StoreError> {
    Ok(find(database, "id = ?", [id])?.pop())
}

fn find(database: &Connection, which: &str, values: impl Params) -> Result<Vec<RecordingRow>, StoreError> {
    let mut statement = database.prepare(&format!(
        "SELECT id, call_id, service, created_at, length_ms FROM recordings WHERE {which} ORDER BY created_at, rowid"
    ))?;
    let row = |row: &Row| {
        Ok(RecordingRow {
            id: row.get(0)?,
            call_id: row.get(1)?,
            service: row.get(2)?,
            created_at: row.get(3)?,
            length_ms: row.get(4)?,
        })
    };
    Ok(statement.query_map(values, row)?.collect::<Result<_, _>>()?)
}

impl Reader {
    /// The recording of this id.
    pub fn recording(&self, id: &str) -> Result<Option<RecordingRow>, StoreError> {
        one(self.database(), id)
    }
}

impl Desk {
    /// Where the sound of a recording is.
    pub fn recorded(&self, id: &str) -> PathBuf {
        sound(self.folder(), id)
    }

    /// Deletes a recording; false where there is none such, or it goes on.
    pub fn delete_recording(&self, id: &str) -> Result<bool, StoreError> {
        let is_over = "SELECT 1 FROM recordings WHERE id = ? AND length_ms IS NOT NULL";
        let there = self.database().query_row(is_over, [id], |_| Ok(())).optional()?;
        if there.is_some() {
            erase(self.database(), self.folder(), id)?;
        }
        Ok(there.is_some())
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;
    use crate::store::tests::new_call;
    use crate::store::{Store, Writer, connect};

    const CALL: CallId = CallId(42);
    const ID: &str = "000000000000002a-1";

    fn new(number: u32, keep_days: u32) -> NewRecording {
        NewRecording {
            call: CALL,
            number,
            service: "accueil".into(),
            keep_days,
        }
    }

    fn open() -> (tempfile::TempDir, Store, Writer) {
        let folder = tempfile::tempdir().expect("temp dir");
        let (store, writer) = Store::open(folder.path(), 30).expect("opens");
        store.begin(new_call(CALL));
        (folder, store, writer)
    }

    fn record(store: &Store, number: u32) -> Recorder {
        store.record(new(number, 30), Box::new(|error| panic!("{error}")))
    }

    /// A second in which the caller's samples are `caller` and the clerk's are `clerk`.
    fn second(caller: i16, clerk: i16) -> Vec<i16> {
        [caller, clerk].repeat(HZ as usize)
    }

    fn rows(store: &Store) -> Vec<RecordingRow> {
        store.flush();
        let detail = store.reader().expect("opens").call(&CALL.to_string()).expect("reads");
        detail.expect("is there").recordings
    }

    /// How many moments a file holds, and the first, as anybody's reader has it.
    fn read(path: &Path) -> (u32, i16, i16) {
        let mut reader = hound::WavReader::open(path).expect("a wav");
        let spec = reader.spec();
        assert_eq!((spec.channels, spec.sample_rate, spec.bits_per_sample), (2, 16_000, 16));
        let length = reader.duration();
        let samples: Vec<i16> = reader.samples().map(|s| s.expect("whole")).collect();
        (length, samples[0], samples[1])
    }

    #[test]
    fn it_is_on_the_disk_as_it_goes_on_for_our_eyes_alone() {
        let (folder, store, _writer) = open();
        let recorder = record(&store, 1);
        assert!(recorder.piece(second(7, -7)) && recorder.piece(second(8, -8)));
        let all = rows(&store);
        assert_eq!((all[0].id.as_str(), all[0].length_ms), (ID, None));
        let under_way = partial(folder.path(), ID);
        assert_eq!(read(&under_way), (32_000, 7, -7), "it can be played already");
        let mode = std::fs::metadata(&under_way).expect("is there").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert!(
            !store.desk().expect("opens").delete_recording(ID).expect("reads"),
            "not yet"
        );
        assert!(recorder.piece(second(9, -9)[..320].to_vec()));
        drop(recorder);
        assert_eq!(rows(&store)[0].length_ms, Some(2010));
        assert_eq!(read(&sound(folder.path(), ID)).0, 32_160);
        assert!(!under_way.exists());
    }

    #[test]
    fn of_what_was_refused_or_deleted_nothing_stays() {
        let (folder, store, _writer) = open();
        let refused = record(&store, 1);
        refused.piece(second(7, 7));
        store.erase_recording(CALL, 1);
        drop(refused);
        // Stopped first, and refused then.
        let stopped = record(&store, 4);
        stopped.piece(second(7, 7));
        drop(stopped);
        store.erase_recording(CALL, 4);
        let kept = record(&store, 2);
        kept.piece(second(7, 7));
        drop(kept);
        // A conversation that ended at once.
        drop(record(&store, 3));
        assert_eq!(rows(&store).len(), 1);
        let desk = store.desk().expect("opens");
        let id = &rows(&store)[0].id;
        assert!(desk.delete_recording(id).expect("deletes") && !desk.delete_recording(id).expect("reads"));
        assert!(rows(&store).is_empty());
        let left = std::fs::read_dir(recordings(folder.path())).expect("reads").count();
        assert_eq!(left, 0);
    }

    #[test]
    fn what_an_earlier_process_left_under_way_is_made_whole() {
        let folder = tempfile::tempdir().expect("temp dir");
        let database = connect(folder.path()).expect("opens");
        super::super::begin(&database, &new_call(CALL), now_ms()).expect("writes");
        let mut tapes = Tapes::default();
        let mut apply = |id: &str, what| tapes.apply(&database, folder.path(), id.into(), what).expect("writes");
        for number in [1, 2, 3] {
            let id = new(number, 30).id();
            apply(&id, Taping::Begin(new(number, 30), Box::new(|error| panic!("{error}"))));
            if number != 3 {
                apply(&id, Taping::Piece(second(7, -7), Arc::default()));
            }
        }
        // As if we had been killed: in the middle of a piece, and between the name and the row.
        std::mem::forget(tapes);
        let cut = File::options()
            .append(true)
            .open(partial(folder.path(), ID))
            .expect("is there");
        io::Write::write_all(&mut &cut, &[1; 4003]).expect("writes");
        let second = "000000000000002a-2";
        std::fs::rename(partial(folder.path(), second), sound(folder.path(), second)).expect("renames");
        // And while one that was refused was being erased.
        std::fs::write(partial(folder.path(), "000000000000002a-4"), "x").expect("writes");
        make_whole(&database, folder.path()).expect("repairs");
        let lengths: Vec<_> = of_call(&database, &CALL.to_string()).expect("reads");
        let lengths: Vec<_> = lengths.iter().map(|row| (row.id.as_str(), row.length_ms)).collect();
        assert_eq!(
            lengths,
            [(ID, Some(1062)), (second, Some(1000))],
            "the third held nothing"
        );
        assert_eq!(read(&sound(folder.path(), ID)), (17_000, 7, -7));
        let left = std::fs::read_dir(recordings(folder.path())).expect("reads").count();
        assert_eq!(left, 2, "what nobody knows of is gone");
    }

    #[test]
    fn nothing_outlives_its_term_or_its_call() {
        let folder = tempfile::tempdir().expect("temp dir");
        let database = connect(folder.path()).expect("opens");
        super::super::begin(&database, &new_call(CALL), now_ms()).expect("writes");
        let mut tapes = Tapes::default();
        for (number, keep_days) in [(1, 0), (2, 5)] {
            let (new, id) = (new(number, keep_days), new(number, keep_days).id());
            let begins = Taping::Begin(new, Box::new(|error| panic!("{error}")));
            for what in [begins, Taping::Piece(second(7, 7), Arc::default()), Taping::Keep] {
                tapes.apply(&database, folder.path(), id.clone(), what).expect("writes");
            }
        }
        let left = || std::fs::read_dir(recordings(folder.path())).expect("reads").count();
        std::thread::sleep(std::time::Duration::from_millis(5));
        super::super::sweep(&database, folder.path(), 30).expect("sweeps");
        assert_eq!(left(), 1);
        database.execute("UPDATE calls SET started_at = 1", []).expect("writes");
        super::super::sweep(&database, folder.path(), 30).expect("sweeps");
        assert_eq!(left(), 0, "it goes with its call");
    }

    #[test]
    fn a_disk_that_fails_is_told_and_what_was_written_stays() {
        let (folder, store, _writer) = open();
        let told = |number| {
            let (sender, told) = mpsc::sync_channel(1);
            let recorder = store.record(
                new(number, 30),
                Box::new(move |error| drop(sender.send(error.to_string()))),
            );
            (recorder, told)
        };
        // A file stands where the folder should.
        std::fs::write(recordings(folder.path()), "").expect("writes");
        let (recorder, lost) = told(1);
        assert!(
            lost.recv()
                .expect("is told")
                .starts_with("conversation impossible à enregistrer")
        );
        assert!(recorder.piece(second(7, 7)), "and what follows is dropped");
        drop(recorder);
        assert!(rows(&store).is_empty());
    }
}
