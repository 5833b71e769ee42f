//! What is kept: calls, turns, latencies and messages, in SQLite (WAL). One thread writes, so that no call ever waits
//! for the disk; events go in order, and a message is on disk (fsync) before its reply is called.

mod deliveries;
mod desk;
mod lists;
mod messages;
mod read;
mod recordings;
mod remarks;
mod users;

use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::thread::JoinHandle;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rusqlite::{Connection, OptionalExtension, params};
use serde::{Deserialize, Serialize};

pub use deliveries::{About, Attempt, Delivery, DeliveryRow, LateRow, NewDelivery, REFERENCE, TRANSCRIPT, Way};
pub use desk::{Action, AuditRow, Desk, Note};
pub use lists::{Listed, PAGE, Place, Scope, Waiting, Wanted};
pub use messages::{MessageRow, NewMessage};
pub use read::{CallDetail, CallRow, Reader, RequestRow, TurnRow};
pub use recordings::{NewRecording, Recorder, RecordingRow, sound as recording};
pub use remarks::{CallNote, Correction, Decision, Outcome};
pub use users::{Role, TokenHash, User};

use recordings::{Tapes, Taping};

use crate::call::event::CallEvent;
use crate::pii::Pii;
use crate::units::{CallId, Entrance, RequestState};

/// Each step takes the schema one version on; `user_version` counts them.
const MIGRATIONS: [&str; 11] = [
    include_str!("schema.sql"),
    include_str!("requests.sql"),
    include_str!("deliveries.sql"),
    include_str!("messages.sql"),
    include_str!("console.sql"),
    include_str!("call_backs.sql"),
    include_str!("remarks.sql"),
    include_str!("entrance.sql"),
    include_str!("lists.sql"),
    include_str!("recordings.sql"),
    include_str!("attempts.sql"),
];
/// The first version of the schema from which on what is deleted is overwritten.
const OVERWRITES: i64 = 11;
/// References are numbers of three digits, or one more for each time that most of these are taken.
const SHORTEST_REFERENCE: u32 = 100;
/// Tries to find one that is free, before they get longer.
const TRIES: u32 = 50;
/// How often terms are looked at.
const SWEEP: Duration = Duration::from_secs(3600);
const DAY_MS: i64 = 86_400_000;

/// Why something could not be kept.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The data folder cannot be used.
    #[error("dossier de données inutilisable ({path}) : {why} ; vérifiez qu'il existe, ses droits et la place libre")]
    Folder {
        /// The folder.
        path: String,
        /// What the system said; not a `source`, for the line above says it already.
        why: std::io::Error,
    },
    /// Nothing was kept there yet.
    #[error("Allô n'y a encore rien enregistré")]
    Nothing,
    /// The database failed; not a `source`, for the line says it already.
    #[error("base de données : {0}")]
    Database(rusqlite::Error),
    /// The file was made by a newer version.
    #[error("la base de données vient d'une version plus récente d'Allô ({0}) ; mettez Allô à jour")]
    Newer(i64),
    /// A message could not be written.
    #[error("message impossible à écrire : {0}")]
    Message(String),
    /// A conversation could not be recorded.
    #[error("conversation impossible à enregistrer : {0}")]
    Recording(String),
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Database(error)
    }
}

/// A call, as it begins.
#[derive(Clone, Debug)]
pub struct NewCall {
    /// Its name.
    pub id: CallId,
    /// The town of the plan that answers.
    pub plan: String,
    /// The number or name that was called.
    pub called: String,
    /// The caller's number.
    pub caller: Option<Pii<String>>,
    /// How they came in.
    pub entrance: Entrance,
    /// The codec agreed upon.
    pub codec: &'static str,
}

/// A request, as it is made.
pub struct NewRequest {
    /// The call.
    pub call: CallId,
    /// The form's id.
    pub form: String,
    /// The id of the service that deals with it.
    pub service: String,
    /// The caller's number.
    pub caller: Option<Pii<String>>,
    /// How they came in.
    pub entrance: Entrance,
    /// The answers, each with the id of its question.
    pub values: Pii<Vec<(String, String)>>,
    /// Days to keep it.
    pub keep_days: u32,
    /// How those who deal with it hear of it.
    pub deliveries: Vec<NewDelivery>,
    /// A call-back: how long its caller had waited for somebody.
    pub waited: Option<Duration>,
}

/// Called with what something is known by once it is safe: a message's id, a request's reference.
type Reply = Box<dyn FnOnce(Result<String, StoreError>) + Send>;

enum Write {
    Begin(NewCall, i64),
    Event(CallId, i64, CallEvent),
    Message(NewMessage, Reply),
    Request(NewRequest, Reply),
    Recording(String, Taping),
    MakeWhole,
    Transcript(String, Pii<String>),
    Attempt(String, i64, Attempt, mpsc::SyncSender<Result<bool, StoreError>>),
    Flush(mpsc::SyncSender<()>),
}

/// The store; cheap to clone.
#[derive(Clone)]
pub struct Store {
    writes: mpsc::Sender<Write>,
    folder: PathBuf,
}

/// Keeps the writer alive; joining it writes what is left.
pub struct Writer(Option<JoinHandle<()>>);

impl Store {
    /// Opens or makes the store in `folder`. `keep_calls_days` is the term of calls.
    pub fn open(folder: &Path, keep_calls_days: u32) -> Result<(Self, Writer), StoreError> {
        let unusable = |why| StoreError::Folder {
            path: folder.display().to_string(),
            why,
        };
        std::fs::create_dir_all(folder.join("messages")).map_err(unusable)?;
        private(folder).map_err(unusable)?;
        let database = connect(folder)?;
        let (writes, queue) = mpsc::channel();
        let own = folder.to_owned();
        let thread = std::thread::Builder::new()
            .name("store".into())
            .spawn(move || run(database, &own, keep_calls_days, &queue))
            .map_err(unusable)?;
        Ok((
            Self {
                writes,
                folder: folder.into(),
            },
            Writer(Some(thread)),
        ))
    }

    /// A call begins.
    pub fn begin(&self, call: NewCall) {
        self.send(Write::Begin(call, now_ms()));
    }

    /// Something happened in a call.
    pub fn event(&self, call: CallId, event: &CallEvent) {
        self.send(Write::Event(call, now_ms(), event.clone()));
    }

    /// Keeps a message; `reply` is called once it is safe, with its id, or with the reason why not.
    pub fn keep(&self, message: NewMessage, reply: Reply) {
        self.send(Write::Message(message, reply));
    }

    /// Writes down the words of a message.
    pub fn transcribed(&self, message: &str, words: Pii<String>) {
        self.send(Write::Transcript(message.to_owned(), words));
    }

    /// Where the sound of a message is.
    pub fn sound(&self, message: &str) -> PathBuf {
        messages::sound(&self.folder, message)
    }

    /// Records a conversation; `lost` is called where that cannot be, or not any more.
    pub fn record(&self, new: NewRecording, lost: recordings::Lost) -> Recorder {
        Recorder::begin(self.writes.clone(), new, lost)
    }

    /// Deletes a call's recording of this number, whether it goes on or not.
    pub fn erase_recording(&self, call: CallId, number: u32) {
        self.send(Write::Recording(recordings::id(call, number), Taping::Erase));
    }

    /// Finishes the recordings that an earlier process left under way. For the one that records alone.
    pub fn make_recordings_whole(&self) {
        self.send(Write::MakeWhole);
    }

    /// Keeps a request; `reply` is called once it is safe, with its reference, or with the reason why not.
    pub fn submit(&self, request: NewRequest, reply: Reply) {
        self.send(Write::Request(request, reply));
    }

    /// An attempt to deliver something began, or ended: returns once it is written. False where it was deleted meanwhile.
    pub fn attempt(&self, delivery: &str, attempt: Attempt) -> Result<bool, StoreError> {
        let (done, wait) = mpsc::sync_channel(1);
        self.send(Write::Attempt(delivery.to_owned(), now_ms(), attempt, done));
        let stopped = || StoreError::Message("le fil d'écriture s'est arrêté".into());
        wait.recv().map_err(|_| stopped())?
    }

    /// Returns once everything said so far is written.
    pub fn flush(&self) {
        let (done, wait) = mpsc::sync_channel(1);
        self.send(Write::Flush(done));
        // The writer lives as long as there are senders; if it died, there is nothing to wait for.
        let _ = wait.recv();
    }

    /// Reads what is kept.
    pub fn reader(&self) -> Result<Reader, StoreError> {
        Reader::open(&self.folder)
    }

    /// Opens it for those who work with the console.
    pub fn desk(&self) -> Result<Desk, StoreError> {
        Desk::open(&self.folder)
    }

    fn send(&self, write: Write) {
        if self.writes.send(write).is_err() {
            tracing::error!("le fil d'écriture s'est arrêté : rien n'est plus enregistré");
        }
    }
}

impl Writer {
    /// Waits until all is written; all [`Store`]s must be dropped first.
    pub fn join(mut self) {
        if let Some(thread) = self.0.take() {
            let _ = thread.join();
        }
    }
}

pub(crate) fn connect(folder: &Path) -> Result<Connection, StoreError> {
    let mut database = Connection::open(folder.join("allo.db"))?;
    database.busy_timeout(Duration::from_secs(5))?;
    database.pragma_update(None, "journal_mode", "WAL")?;
    database.pragma_update(None, "synchronous", "NORMAL")?;
    database.pragma_update(None, "foreign_keys", true)?;
    // What is deleted is overwritten: its term is over on the disk too.
    database.pragma_update(None, "secure_delete", true)?;
    let version: i64 = database.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let known = MIGRATIONS.len() as i64;
    if version > known {
        return Err(StoreError::Newer(version));
    }
    for (index, step) in MIGRATIONS.iter().enumerate().skip(version as usize) {
        let transaction = database.transaction()?;
        transaction.execute_batch(step)?;
        transaction.pragma_update(None, "user_version", index as i64 + 1)?;
        transaction.commit()?;
    }
    if (1..OVERWRITES).contains(&version) {
        // The versions before did not overwrite what they deleted.
        report(
            database.execute_batch("VACUUM").map_err(StoreError::from),
            "nettoyage de la base de données",
        );
    }
    Ok(database)
}

/// Opens it where it is there: reading makes none.
fn existing(folder: &Path) -> Result<Connection, StoreError> {
    match folder.join("allo.db").try_exists() {
        Ok(false) => Err(StoreError::Nothing),
        _ => connect(folder),
    }
}

fn run(mut database: Connection, folder: &Path, keep_calls_days: u32, queue: &mpsc::Receiver<Write>) {
    let mut swept: Option<SystemTime> = None;
    let mut tapes = Tapes::default();
    loop {
        if swept.is_none_or(|at| at.elapsed().is_ok_and(|e| e >= SWEEP)) {
            report(
                sweep(&database, folder, keep_calls_days),
                "effacement des données échues",
            );
            swept = Some(SystemTime::now());
        }
        match queue.recv_timeout(SWEEP) {
            Ok(write) => apply(&mut database, folder, &mut tapes, write),
            Err(mpsc::RecvTimeoutError::Timeout) => {}
            Err(mpsc::RecvTimeoutError::Disconnected) => return tapes.end(&database, folder),
        }
    }
}

fn apply(database: &mut Connection, folder: &Path, tapes: &mut Tapes, write: Write) {
    match write {
        Write::Begin(call, at) => report(begin(database, &call, at), "enregistrement d'un appel"),
        Write::Event(call, at, event) => report(record(database, call, at, &event), "enregistrement d'un événement"),
        Write::Message(message, reply) => reply(messages::keep(database, folder, &message)),
        Write::Request(request, reply) => reply(submit(database, &request)),
        Write::Recording(id, what) => report(
            tapes.apply(database, folder, id, what),
            "enregistrement d'une conversation",
        ),
        Write::MakeWhole => report(
            recordings::make_whole(database, folder),
            "enregistrements à remettre en état",
        ),
        Write::Transcript(id, words) => report(
            messages::transcribed(database, &id, words.reveal()),
            "enregistrement d'une transcription",
        ),
        Write::Attempt(id, at, attempt, done) => drop(done.send(deliveries::update(database, &id, at, &attempt))),
        Write::Flush(done) => drop(done.send(())),
    }
}

fn report(result: Result<(), StoreError>, what: &str) {
    if let Err(error) = result {
        tracing::error!(%error, "{what}");
    }
}

fn begin(database: &Connection, call: &NewCall, at: i64) -> Result<(), StoreError> {
    database.execute(
        "INSERT INTO calls (id, started_at, plan, called, caller, entrance, codec) VALUES (?, ?, ?, ?, ?, ?, ?)",
        params![
            call.id.to_string(),
            at,
            call.plan,
            call.called,
            call.caller.as_ref().map(Pii::reveal),
            name(call.entrance),
            call.codec
        ],
    )?;
    Ok(())
}

fn record(database: &mut Connection, call: CallId, at: i64, event: &CallEvent) -> Result<(), StoreError> {
    let id = call.to_string();
    let transaction = database.transaction()?;
    let json = serde_json::to_string(event).map_err(|e| StoreError::Message(e.to_string()))?;
    transaction.execute(
        "INSERT INTO events (call_id, at, event) VALUES (?, ?, ?)",
        params![id, at, json],
    )?;
    match event {
        CallEvent::Heard {
            turn,
            text,
            log_probability,
            topic,
            confidence,
            ..
        } => {
            transaction.execute(
                "INSERT OR REPLACE INTO turns (call_id, turn, heard, topic, confidence, log_probability)
                 VALUES (?, ?, ?, ?, ?, ?)",
                params![
                    id,
                    turn.0,
                    text.reveal(),
                    topic,
                    confidence,
                    f64::from(*log_probability).max(-100.0)
                ],
            )?;
        }
        CallEvent::Answered { turn, times } => {
            transaction.execute(
                "INSERT INTO turns (call_id, turn, paused_ms, recognised_ms, over_ms, answered_ms, stt_ms,
                                    understand_us, synthesis_ms)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
                 ON CONFLICT DO UPDATE SET paused_ms = ?3, recognised_ms = ?4, over_ms = ?5, answered_ms = ?6,
                                           stt_ms = ?7, understand_us = ?8, synthesis_ms = ?9",
                params![
                    id,
                    turn.0,
                    times.paused as i64,
                    times.recognised as i64,
                    times.over as i64,
                    times.answered as i64,
                    times.stt as i64,
                    times.understand_us as i64,
                    times.synthesis as i64
                ],
            )?;
        }
        CallEvent::Ended { reason } => {
            let reason = serde_json::to_value(reason).map_err(|e| StoreError::Message(e.to_string()))?;
            transaction.execute(
                "UPDATE calls SET ended_at = ?, end_reason = ? WHERE id = ?",
                params![at, reason.as_str(), id],
            )?;
        }
        _ => {}
    }
    transaction.commit()?;
    Ok(())
}

/// Writes what a caller will be told is noted: it is on the disk when this returns.
fn safely(database: &Connection, write: impl FnOnce(&Connection) -> rusqlite::Result<()>) -> Result<(), StoreError> {
    database.execute_batch("PRAGMA synchronous = FULL")?;
    let written = write(database);
    database.execute_batch("PRAGMA synchronous = NORMAL")?;
    written?;
    Ok(())
}

fn submit(database: &Connection, request: &NewRequest) -> Result<String, StoreError> {
    let reference = free_reference(database)?;
    let values: serde_json::Map<_, _> = request
        .values
        .reveal()
        .iter()
        .map(|(name, value)| (name.clone(), value.as_str().into()))
        .collect();
    let at = now_ms();
    safely(database, |database| {
        let transaction = database.unchecked_transaction()?;
        transaction.execute(
            "INSERT INTO requests
             (reference, call_id, form, service, caller, entrance, answers, created_at, delete_after, waiting_since)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            params![
                reference,
                request.call.to_string(),
                request.form,
                request.service,
                request.caller.as_ref().map(Pii::reveal),
                name(request.entrance),
                serde_json::Value::Object(values).to_string(),
                at,
                at + i64::from(request.keep_days) * DAY_MS,
                request.waited.map(|waited| at - waited.as_millis() as i64)
            ],
        )?;
        deliveries::insert(
            &transaction,
            &About::Request(reference.clone()),
            at,
            &request.deliveries,
        )?;
        transaction.commit()
    })?;
    Ok(reference)
}

/// A few digits that no other request has: not in a row, so that nobody can guess how many there are.
fn free_reference(database: &Connection) -> Result<String, StoreError> {
    let mut least = SHORTEST_REFERENCE;
    for tried in 1.. {
        let reference = rand::random_range(least..least * 10).to_string();
        let taken: bool = database.query_row(
            "SELECT EXISTS (SELECT 1 FROM requests WHERE reference = ?)",
            [&reference],
            |row| row.get(0),
        )?;
        if !taken {
            return Ok(reference);
        }
        if tried % TRIES == 0 {
            least = least.saturating_mul(10).min(SHORTEST_REFERENCE.pow(4));
        }
    }
    unreachable!("the numbers of nine digits are never all taken")
}

/// Says how far a request has got, in the store in `folder`; false where there is none of this reference.
pub fn set_state(folder: &Path, reference: &str, state: RequestState) -> Result<bool, StoreError> {
    set_state_in(&existing(folder)?, reference, state)
}

fn set_state_in(database: &Connection, reference: &str, state: RequestState) -> Result<bool, StoreError> {
    let changed = database.execute(
        "UPDATE requests SET state = ? WHERE reference = ?",
        params![name(state), reference],
    )?;
    Ok(changed > 0)
}

/// Has what did not arrive of this delivered again, at once; how many ways that is.
pub fn resend(folder: &Path, about: &About) -> Result<usize, StoreError> {
    deliveries::again(&existing(folder)?, about, now_ms())
}

/// Has all that did not arrive of requests delivered again, at once; how many deliveries that is.
pub fn resend_requests(folder: &Path) -> Result<usize, StoreError> {
    deliveries::requests_again(&existing(folder)?, now_ms())
}

/// Has all that did not arrive of messages delivered again, at once; how many deliveries that is.
pub fn resend_messages(folder: &Path) -> Result<usize, StoreError> {
    deliveries::messages_again(&existing(folder)?, now_ms())
}

/// What has a name, as the database has it.
fn name(value: impl Serialize) -> String {
    let value = serde_json::to_value(value).unwrap_or_default();
    value.as_str().unwrap_or_default().to_owned()
}

/// What the database has by name; none where this version does not know it.
fn named<T: for<'a> Deserialize<'a>>(name: &str) -> Option<T> {
    serde_json::from_value(name.into()).ok()
}

/// Deletes what has outlived its term, from the log of writes too, which keeps pages as they were.
fn sweep(database: &Connection, folder: &Path, keep_calls_days: u32) -> Result<(), StoreError> {
    delete_old(database, folder, keep_calls_days)?;
    let was_read: bool = database.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))?;
    if was_read {
        tracing::warn!("journal de la base de données encore lu : il sera vidé au prochain effacement");
    }
    Ok(())
}

fn delete_old(database: &Connection, folder: &Path, keep_calls_days: u32) -> Result<(), StoreError> {
    let now = now_ms();
    database.execute(
        "DELETE FROM calls WHERE started_at < ?",
        [now - i64::from(keep_calls_days) * DAY_MS],
    )?;
    database.execute("DELETE FROM requests WHERE delete_after < ?", [now])?;
    desk::sweep(database, now, keep_calls_days)?;
    recordings::sweep(database, folder, now)?;
    messages::sweep(database, folder)?;
    loop {
        let due: Option<String> = database
            .query_row("SELECT id FROM messages WHERE delete_after < ? LIMIT 1", [now], |r| {
                r.get(0)
            })
            .optional()?;
        let Some(id) = due else { return Ok(()) };
        match std::fs::remove_file(messages::sound(folder, &id)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(StoreError::Message(error.to_string()));
            }
            _ => database.execute("DELETE FROM messages WHERE id = ?", [id])?,
        };
    }
}

/// Only the owner may read what callers said.
fn private(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let mode = if path.is_dir() { 0o700 } else { 0o600 };
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode))
}

/// Bytes that may still be written on the disk of `path`.
pub fn free_space(path: &Path) -> std::io::Result<u64> {
    use std::os::unix::ffi::OsStrExt;
    let path = std::ffi::CString::new(path.as_os_str().as_bytes())?;
    // SAFETY: statvfs is plain numbers, for which zeros are valid.
    let mut stat: libc::statvfs = unsafe { std::mem::zeroed() };
    // SAFETY: a NUL-terminated path and a valid place for the answer, both alive during the call.
    match unsafe { libc::statvfs(path.as_ptr(), &mut stat) } {
        0 => Ok(stat.f_bavail * stat.f_frsize),
        _ => Err(std::io::Error::last_os_error()),
    }
}

fn now_ms() -> i64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |d| d.as_millis() as i64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call::event::{EndReason, Judged, TurnTimes};
    use crate::units::TurnId;

    pub(super) fn new_call(id: CallId) -> NewCall {
        NewCall {
            id,
            plan: "Valbourg".into(),
            called: "mairie".into(),
            caller: Some("0639980001".to_string().into()),
            entrance: Entrance::Telephone,
            codec: "PCMA",
        }
    }

    #[test]
    fn a_call_can_be_read_back() {
        let folder = tempfile::tempdir().expect("temp dir");
        let (store, writer) = Store::open(folder.path(), 30).expect("opens");
        let id = CallId(42);
        store.begin(new_call(id));
        let turn = TurnId(1);
        store.event(
            id,
            &CallEvent::Heard {
                turn,
                text: "la mairie est ouverte ?".to_string().into(),
                log_probability: -0.2,
                topic: Some("horaires".into()),
                confidence: Some(0.9),
                command: None,
                judged: Judged::default(),
            },
        );
        store.event(
            id,
            &CallEvent::Answered {
                turn,
                times: TurnTimes {
                    answered: 812,
                    ..TurnTimes::default()
                },
            },
        );
        store.event(
            id,
            &CallEvent::Ended {
                reason: EndReason::Caller,
            },
        );
        store.flush();
        let reader = store.reader().expect("opens");
        let rows = reader.calls(10).expect("reads");
        assert_eq!(
            (rows.len(), rows[0].end_reason.as_deref(), rows[0].turns),
            (1, Some("caller"), 1)
        );
        let detail = reader.call("000000000000002a").expect("reads").expect("is there");
        assert_eq!(detail.turns[0].topic.as_deref(), Some("horaires"));
        assert_eq!(detail.turns[0].answered_ms, Some(812));
        assert_eq!(detail.events.len(), 3);
        assert_eq!(detail.call.entrance, Entrance::Telephone);
        for (begins, found) in [
            ("0000", true),
            ("", true),
            ("000000000000002a0", false),
            ("g", false),
            ("%", false),
        ] {
            assert_eq!(reader.call(begins).expect("reads").is_some(), found, "{begins}");
        }
        drop(store);
        writer.join();
    }

    fn new_request(keep_days: u32) -> NewRequest {
        NewRequest {
            call: CallId(1),
            form: "rappel".into(),
            service: "urbanisme".into(),
            caller: None,
            entrance: Entrance::Page,
            values: vec![("nom".to_owned(), "Martine Dubois".to_owned())].into(),
            keep_days,
            deliveries: Vec::new(),
            waited: None,
        }
    }

    fn delivery() -> NewDelivery {
        NewDelivery {
            way: Way::Mail,
            recipient: "urbanisme@petitval.fr".to_owned().into(),
            subject: String::new(),
            text: "Martine Dubois".to_owned().into(),
            sound: false,
        }
    }

    #[test]
    fn a_request_is_on_disk_before_it_is_said_to_be() {
        let folder = tempfile::tempdir().expect("temp dir");
        let (store, _writer) = Store::open(folder.path(), 30).expect("opens");
        let (done, wait) = mpsc::sync_channel(1);
        store.submit(new_request(30), Box::new(move |r| drop(done.send(r))));
        let reference = wait.recv().expect("replies").expect("is kept");
        assert!(
            reference.len() == 3 && reference.bytes().all(|b| b.is_ascii_digit()),
            "{reference}"
        );
        let requests = store.reader().expect("opens").requests().expect("reads");
        assert_eq!((requests.len(), &requests[0].reference), (1, &reference));
        assert_eq!(requests[0].answers["nom"], "Martine Dubois");
        assert_eq!(requests[0].entrance, Entrance::Page);
    }

    #[test]
    fn call_backs_are_in_the_order_of_arrival_and_nobody_is_called_twice() {
        let folder = tempfile::tempdir().expect("temp dir");
        let database = connect(folder.path()).expect("opens");
        let after = |seconds| NewRequest {
            waited: Some(Duration::from_secs(seconds)),
            ..new_request(30)
        };
        let later = submit(&database, &after(60)).expect("writes");
        submit(&database, &new_request(30)).expect("writes");
        let first = submit(&database, &after(120)).expect("writes");
        let desk = Desk::open(folder.path()).expect("opens");
        let claire = User {
            name: "Claire".into(),
            role: Role::Admin,
            services: Vec::new(),
        };
        let scope = Scope {
            user: &claire,
            service: "",
        };
        let list = || {
            let all = desk.read().list_call_backs(scope, false, Wanted::First);
            all.expect("reads").rows
        };
        let order: Vec<String> = list().into_iter().map(|request| request.reference).collect();
        assert_eq!(order, [first.clone(), later]);
        let by = |who: &str, state| desk.call_back(&first, who, state).expect("writes");
        assert!(by("Claire", RequestState::InProgress));
        assert!(!by("Paul", RequestState::InProgress), "Claire is calling");
        assert_eq!(list()[0].taken_by.as_deref(), Some("Claire"));
        assert!(by("Claire", RequestState::Received), "nobody answered");
        assert_eq!((list()[0].tries, &list()[0].taken_by), (1, &None));
        assert!(by("Paul", RequestState::Done));
        let done = &list()[0];
        assert_eq!(
            (done.state, done.taken_by.as_deref()),
            (RequestState::Done, Some("Paul"))
        );
    }

    #[test]
    fn no_two_requests_have_one_reference_and_old_ones_are_deleted() {
        let folder = tempfile::tempdir().expect("temp dir");
        let database = connect(folder.path()).expect("opens");
        // More than there are numbers of three digits.
        let old = NewRequest {
            deliveries: vec![delivery()],
            ..new_request(0)
        };
        let all: std::collections::HashSet<String> =
            (0..1200).map(|_| submit(&database, &old).expect("writes")).collect();
        assert_eq!(all.len(), 1200);
        let young = NewRequest {
            deliveries: vec![delivery()],
            ..new_request(5)
        };
        submit(&database, &young).expect("writes");
        std::thread::sleep(Duration::from_millis(5));
        sweep(&database, folder.path(), 30).expect("sweeps");
        let left = |table: &str| -> i64 {
            let count = format!("SELECT count(*) FROM {table}");
            database.query_row(&count, [], |r| r.get(0)).expect("reads")
        };
        // What was to be sent of a request holds what the caller said: it goes with it.
        assert_eq!((left("requests"), left("deliveries")), (1, 1));
    }

    #[test]
    fn a_database_of_the_first_version_is_brought_up_to_date() {
        let folder = tempfile::tempdir().expect("temp dir");
        let database = Connection::open(folder.path().join("allo.db")).expect("opens");
        database.execute_batch(MIGRATIONS[0]).expect("writes");
        database.pragma_update(None, "user_version", 1).expect("writes");
        let calls = "INSERT INTO calls (id, started_at, plan, called, codec) VALUES ('1', 1, 'p', 'm', 'PCMA'),
                     ('2', 2, 'p', '', 'texte')";
        database.execute_batch(calls).expect("writes");
        drop(database);
        let database = connect(folder.path()).expect("opens");
        submit(&database, &new_request(5)).expect("has the new table");
        let kept = |version: usize| {
            let folder = tempfile::tempdir().expect("temp dir");
            let database = Connection::open(folder.path().join("allo.db")).expect("opens");
            MIGRATIONS[..version]
                .iter()
                .for_each(|step| database.execute_batch(step).expect("writes"));
            database
                .pragma_update(None, "user_version", version as i64)
                .expect("writes");
            let sql = "INSERT INTO requests (reference, call_id, form, service, answers, created_at, delete_after)
                       VALUES ('427', '1', 'rappel', 'urbanisme', '{}', 1, 9);
                       INSERT INTO deliveries (id, reference, way, recipient, subject, text, due_at)
                       VALUES ('d', '427', 'mail', 'a@b.fr', '', 'x', 1)";
            database.execute_batch(sql).expect("writes");
            drop(database);
            let due = Reader::open(folder.path()).expect("opens").due(Way::Mail, 9);
            due.expect("reads").expect("is due")
        };
        assert_eq!(
            kept(3).about,
            About::Request("427".into()),
            "what was to be sent still is"
        );
        let reader = Reader::open(folder.path()).expect("opens");
        let calls = reader.calls(9).expect("reads");
        let entrances: Vec<Entrance> = calls.iter().map(|call| call.entrance).collect();
        assert_eq!(
            entrances,
            [Entrance::Page, Entrance::Telephone],
            "and kept the old, the newest first"
        );
    }

    #[test]
    fn what_has_outlived_its_term_is_deleted() {
        let folder = tempfile::tempdir().expect("temp dir");
        let database = connect(folder.path()).expect("opens");
        begin(&database, &new_call(CallId(1)), now_ms() - 31 * DAY_MS).expect("writes");
        begin(&database, &new_call(CallId(2)), now_ms()).expect("writes");
        std::thread::sleep(Duration::from_millis(5));
        sweep(&database, folder.path(), 30).expect("sweeps");
        let calls: i64 = database
            .query_row("SELECT count(*) FROM calls", [], |r| r.get(0))
            .expect("reads");
        assert_eq!(calls, 1);
    }

    #[test]
    fn nothing_of_what_was_deleted_is_left_on_the_disk() {
        let folder = tempfile::tempdir().expect("temp dir");
        let database = connect(folder.path()).expect("opens");
        let call = |n, caller: &str| NewCall {
            caller: Some(caller.to_owned().into()),
            ..new_call(CallId(n))
        };
        begin(&database, &call(1, "0642187591"), now_ms() - 31 * DAY_MS).expect("writes");
        begin(&database, &call(2, "0467333333"), now_ms()).expect("writes");
        let said = NewRequest {
            caller: Some("0642187591".to_owned().into()),
            values: vec![("lieu".to_owned(), "impasse des Tilleuls".repeat(900))].into(),
            ..new_request(0)
        };
        submit(&database, &said).expect("writes");
        let bytes = || {
            let files = std::fs::read_dir(folder.path()).expect("is there");
            let files = files
                .map(|file| file.expect("is there").path())
                .filter(|path| path.is_file());
            files
                .flat_map(|file| std::fs::read(file).expect("reads"))
                .collect::<Vec<u8>>()
        };
        let holds = |text: &str| bytes().windows(text.len()).any(|part| part == text.as_bytes());
        assert!(holds("0642187591") && holds("Tilleuls"), "before its term is over");
        std::thread::sleep(Duration::from_millis(5));
        sweep(&database, folder.path(), 30).expect("sweeps");
        assert!(!holds("0642187591") && !holds("Tilleuls"), "what was deleted");
        assert!(holds("0467333333"), "what was not");
    }

    #[test]
    fn reading_makes_no_database() {
        let folder = tempfile::tempdir().expect("temp dir");
        for empty in [folder.path(), &folder.path().join("data")] {
            assert!(matches!(Reader::open(empty), Err(StoreError::Nothing)));
        }
        assert_eq!(std::fs::read_dir(folder.path()).expect("is there").count(), 0);
    }

    #[test]
    fn a_database_of_a_newer_version_is_refused() {
        let folder = tempfile::tempdir().expect("temp dir");
        connect(folder.path())
            .expect("opens")
            .pragma_update(None, "user_version", 99)
            .expect("writes");
        assert!(matches!(connect(folder.path()), Err(StoreError::Newer(99))));
    }
}
