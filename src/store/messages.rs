//! Messages: the sound on the disk before its caller is told so, the words once somebody has written them down.

use std::fs::File;
use std::io::BufWriter;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, Params, Row, params};
use serde::Serialize;

use super::deliveries::{self, About, DeliveryRow, NewDelivery};
use super::{DAY_MS, SWEEP, StoreError, name, named, now_ms, private, safely};
use crate::audio::{Pcm, wav};
use crate::pii::Pii;
use crate::units::{CallId, Entrance};

/// What waits for a message's words goes without them after this long.
const WRITTEN_WITHIN: Duration = Duration::from_secs(10 * 60);

/// A message, as it is left.
pub struct NewMessage {
    /// The call.
    pub call: CallId,
    /// The service's id.
    pub service: String,
    /// The caller's number.
    pub caller: Option<Pii<String>>,
    /// How they came in.
    pub entrance: Entrance,
    /// The sound.
    pub audio: Pcm<16_000>,
    /// Days to keep it.
    pub keep_days: u32,
    /// How its service hears of it; [`super::TRANSCRIPT`] stands for its words.
    pub deliveries: Vec<NewDelivery>,
}

/// A message.
#[derive(Clone, Debug, Serialize)]
pub struct MessageRow {
    /// Its id; the sound is `messages/<id>.wav`.
    pub id: String,
    /// The call.
    pub call_id: String,
    /// For which service.
    pub service: String,
    /// The caller's number.
    pub caller: Option<String>,
    /// How they came in.
    pub entrance: Entrance,
    /// Unix milliseconds.
    pub created_at: i64,
    /// Its length.
    pub length_ms: i64,
    /// Its words; none until they are written down, empty where none were found.
    pub transcript: Option<String>,
    /// When somebody had dealt with it (Unix milliseconds); none: it waits.
    pub handled_at: Option<i64>,
    /// Who.
    pub handled_by: Option<String>,
    /// How its service hears of it.
    pub deliveries: Vec<DeliveryRow>,
}

/// Where the sound of a message is, in the store in `folder`.
pub(super) fn sound(folder: &Path, id: &str) -> PathBuf {
    folder.join("messages").join(format!("{id}.wav"))
}

/// Writes a message to the disk; gives its id.
pub(super) fn keep(database: &Connection, folder: &Path, message: &NewMessage) -> Result<String, StoreError> {
    let id = CallId::random().to_string();
    let fail = |e: &dyn std::fmt::Display| StoreError::Message(e.to_string());
    let path = sound(folder, &id);
    let partial = path.with_extension("part");
    let file = File::create(&partial).map_err(|e| fail(&e))?;
    private(&partial).map_err(|e| fail(&e))?;
    wav::write(&id, &message.audio, BufWriter::new(&file)).map_err(|e| fail(&e))?;
    file.sync_all().map_err(|e| fail(&e))?;
    std::fs::rename(&partial, &path).map_err(|e| fail(&e))?;
    // The name is on disk only once its folder is.
    let parent = path.parent().unwrap_or(folder);
    File::open(parent).and_then(|f| f.sync_all()).map_err(|e| fail(&e))?;
    let at = now_ms();
    safely(database, |database| {
        let transaction = database.unchecked_transaction()?;
        transaction.execute(
            "INSERT INTO messages (id, call_id, service, caller, entrance, created_at, delete_after, length_ms)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            params![
                id,
                message.call.to_string(),
                message.service,
                message.caller.as_ref().map(Pii::reveal),
                name(message.entrance),
                at,
                at + i64::from(message.keep_days) * DAY_MS,
                message.audio.duration().as_millis() as i64
            ],
        )?;
        let due = at + WRITTEN_WITHIN.as_millis() as i64;
        deliveries::insert(&transaction, &About::Message(id.clone()), due, &message.deliveries)?;
        transaction.commit()
    })?;
    Ok(id)
}

/// Deletes sounds that belong to no message: those of an hour ago or before, whose writing a crash or a full disk cut short.
pub(super) fn sweep(database: &Connection, folder: &Path) -> Result<(), StoreError> {
    let fail = |error: std::io::Error| StoreError::Message(error.to_string());
    let entries = match std::fs::read_dir(folder.join("messages")) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        entries => entries.map_err(fail)?,
    };
    let mut kept = database.prepare("SELECT 1 FROM messages WHERE id = ?")?;
    for entry in entries {
        let path = entry.map_err(fail)?.path();
        let written = path.metadata().and_then(|file| file.modified());
        let is_old = written.is_ok_and(|at| at.elapsed().is_ok_and(|age| age >= SWEEP));
        let id = path.file_stem().unwrap_or_default().to_string_lossy();
        let whole = path.extension().is_some_and(|extension| extension == "wav");
        if is_old && !(whole && kept.exists([&id])?) {
            std::fs::remove_file(&path).map_err(fail)?;
        }
    }
    Ok(())
}

/// The words of a message are known: what waits for them may go.
pub(super) fn transcribed(database: &mut Connection, id: &str, words: &str) -> Result<(), StoreError> {
    let transaction = database.transaction()?;
    transaction.execute("UPDATE messages SET transcript = ? WHERE id = ?", params![words, id])?;
    deliveries::fill(&transaction, id, words, now_ms())?;
    transaction.commit()?;
    Ok(())
}

/// The ids of messages whose words are not written down, the oldest first.
pub(super) fn unwritten(database: &Connection) -> Result<Vec<String>, StoreError> {
    let mut statement = database.prepare("SELECT id FROM messages WHERE transcript IS NULL ORDER BY created_at")?;
    Ok(statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?)
}

/// All messages, newest first.
pub(super) fn all(database: &Connection) -> Result<Vec<MessageRow>, StoreError> {
    find(database, "1 ORDER BY created_at DESC", [])
}

/// The message of this id.
pub(super) fn one(database: &Connection, id: &str) -> Result<Option<MessageRow>, StoreError> {
    Ok(find(database, "id = ?", [id])?.pop())
}

pub(super) fn find(database: &Connection, which: &str, values: impl Params) -> Result<Vec<MessageRow>, StoreError> {
    let mut statement = database.prepare(&format!(
        "SELECT id, call_id, service, caller, entrance, created_at, length_ms, transcript, handled_at, handled_by
         FROM messages WHERE {which}"
    ))?;
    let row = |row: &Row| {
        let id: String = row.get(0)?;
        Ok(MessageRow {
            deliveries: deliveries::of(database, &About::Message(id.clone()))?,
            id,
            call_id: row.get(1)?,
            service: row.get(2)?,
            caller: row.get(3)?,
            entrance: named(&row.get::<_, String>(4)?).unwrap_or_default(),
            created_at: row.get(5)?,
            length_ms: row.get(6)?,
            transcript: row.get(7)?,
            handled_at: row.get(8)?,
            handled_by: row.get(9)?,
        })
    };
    Ok(statement.query_map(values, row)?.collect::<Result<_, _>>()?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{Store, TRANSCRIPT, Way, Writer, connect};

    fn message(keep_days: u32) -> NewMessage {
        let delivery = |way, text: String| NewDelivery {
            way,
            recipient: "accueil@petitval.fr".to_owned().into(),
            subject: String::new(),
            text: text.into(),
            sound: true,
        };
        NewMessage {
            call: CallId(1),
            service: "accueil".into(),
            caller: None,
            entrance: Entrance::Telephone,
            audio: Pcm(vec![5; 16_000]),
            keep_days,
            deliveries: vec![
                delivery(Way::Mail, format!("Message : {TRANSCRIPT}")),
                delivery(Way::Webhook, format!(r#"{{"transcript":"{TRANSCRIPT}"}}"#)),
            ],
        }
    }

    fn open() -> (tempfile::TempDir, Store, Writer, String) {
        let folder = tempfile::tempdir().expect("temp dir");
        let (store, writer) = Store::open(folder.path(), 30).expect("opens");
        let (done, wait) = std::sync::mpsc::sync_channel(1);
        store.keep(message(30), Box::new(move |kept| drop(done.send(kept))));
        let id = wait.recv().expect("replies").expect("is kept");
        (folder, store, writer, id)
    }

    #[test]
    fn a_message_is_on_disk_before_it_is_said_to_be() {
        let (_folder, store, _writer, id) = open();
        let file = File::open(store.sound(&id)).expect("is there");
        let clip: Pcm<16_000> = wav::read("m", file).expect("is a wav");
        assert_eq!(clip.duration(), Duration::from_secs(1));
        let reader = store.reader().expect("opens");
        let row = &reader.messages().expect("reads")[0];
        assert_eq!((row.length_ms, &row.transcript), (1000, &None));
        assert_eq!(reader.unwritten().expect("reads"), [id]);
    }

    #[test]
    fn a_disk_that_fails_is_reported_and_not_said_to_be_safe() {
        let folder = tempfile::tempdir().expect("temp dir");
        let (store, _writer) = Store::open(folder.path(), 30).expect("opens");
        std::fs::remove_dir_all(folder.path().join("messages")).expect("removes");
        let (done, wait) = std::sync::mpsc::sync_channel(1);
        store.keep(message(30), Box::new(move |kept| drop(done.send(kept))));
        assert!(wait.recv().expect("replies").is_err());
    }

    #[test]
    fn what_a_crash_cut_short_is_not_kept_for_ever() {
        let (folder, store, _writer, id) = open();
        let at = |name: &str| folder.path().join("messages").join(name);
        let age = |name: &str, age: Duration| {
            let file = File::options()
                .append(true)
                .create(true)
                .open(at(name))
                .expect("a file");
            file.set_modified(std::time::SystemTime::now() - age).expect("is set");
        };
        let kept = format!("{id}.wav");
        for old in ["aa.part", "bb.wav", kept.as_str()] {
            age(old, SWEEP * 2);
        }
        age("cc.part", Duration::ZERO);
        let database = super::super::connect(folder.path()).expect("opens");
        sweep(&database, folder.path()).expect("sweeps");
        let is_there = ["aa.part", "bb.wav", "cc.part", kept.as_str()].map(|name| at(name).exists());
        assert_eq!(is_there, [false, false, true, true], "under way, or a message's");
        drop(store);
    }

    #[test]
    fn what_is_sent_waits_for_the_words_and_then_has_them() {
        let (_folder, store, _writer, id) = open();
        let reader = store.reader().expect("opens");
        let now = now_ms();
        let due = |now| [Way::Mail, Way::Webhook].map(|way| reader.due(way, now).expect("reads"));
        assert!(due(now).iter().all(Option::is_none), "not without its words");
        store.transcribed(&id, "Il dit « oui » et \"non\".".to_owned().into());
        store.flush();
        let due = due(now_ms()).map(|found| found.expect("is due"));
        let texts: Vec<&str> = due.iter().map(|delivery| delivery.text.reveal().as_str()).collect();
        assert_eq!(texts[0], "Message : Il dit « oui » et \"non\".");
        let event: serde_json::Value = serde_json::from_str(texts[1]).expect("is JSON");
        assert_eq!(event["transcript"], "Il dit « oui » et \"non\".");
        assert!(
            due.iter()
                .all(|delivery| delivery.about == About::Message(id.clone()) && delivery.sound)
        );
        assert!(reader.unwritten().expect("reads").is_empty());
    }

    #[test]
    fn what_is_sent_does_not_wait_for_ever() {
        let (_folder, store, _writer, _id) = open();
        let later = now_ms() + WRITTEN_WITHIN.as_millis() as i64;
        let reader = store.reader().expect("opens");
        let due = [Way::Mail, Way::Webhook].map(|way| reader.due(way, later).expect("reads").expect("is due"));
        let texts: Vec<&str> = due.iter().map(|delivery| delivery.text.reveal().as_str()).collect();
        assert_eq!(texts[0], "Message : (pas encore de transcription)");
        assert_eq!(texts[1], r#"{"transcript":null}"#);
    }

    #[test]
    fn what_did_not_arrive_of_messages_can_be_sent_again_together() {
        let (folder, store, _writer, _id) = open();
        let again = || crate::store::resend_messages(folder.path()).expect("writes");
        assert_eq!(again(), 0, "it waits for its words");
        let database = super::super::connect(folder.path()).expect("opens");
        let failed = "UPDATE deliveries SET attempts = 1, error = 'refusé', stuck = 1, due_at = NULL";
        database.execute(failed, []).expect("writes");
        let reader = store.reader().expect("opens");
        assert!(reader.due(Way::Mail, now_ms()).expect("reads").is_none());
        assert_eq!(again(), 2);
        assert!(reader.due(Way::Mail, now_ms()).expect("reads").is_some());
    }

    #[test]
    fn what_is_sent_of_a_message_goes_with_it() {
        let folder = tempfile::tempdir().expect("temp dir");
        std::fs::create_dir_all(folder.path().join("messages")).expect("makes");
        let database = connect(folder.path()).expect("opens");
        let old = keep(&database, folder.path(), &message(0)).expect("writes");
        let young = keep(&database, folder.path(), &message(5)).expect("writes");
        std::thread::sleep(Duration::from_millis(5));
        crate::store::sweep(&database, folder.path(), 30).expect("sweeps");
        assert!(!sound(folder.path(), &old).exists() && sound(folder.path(), &young).exists());
        let left: i64 = database
            .query_row("SELECT count(*) FROM deliveries", [], |row| row.get(0))
            .expect("reads");
        assert_eq!(left, 2);
    }
}
