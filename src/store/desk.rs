//! What people do with what is kept: they deal with messages and requests, and write notes; and the trail of who read or
//! changed what, which every page of the console leaves.

use std::path::{Path, PathBuf};

use rusqlite::{Connection, Params, params};
use serde::{Deserialize, Serialize};

use super::users::{IDLE_MS, LONGEST_MS};
use super::{About, DAY_MS, Reader, StoreError, deliveries, set_state_in};
use crate::units::RequestState;

/// The same reading again within this is the same reading.
const ONE_READING_MS: i64 = 60_000;

/// A connection for those who work with the console.
pub struct Desk {
    reader: Reader,
    folder: PathBuf,
}

/// What somebody did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Logged in.
    LoggedIn,
    /// Tried to, with a wrong password.
    LoginRefused,
    /// Logged out.
    LoggedOut,
    /// Watched calls in progress.
    WatchedCalls,
    /// Looked through past calls; the subject is what was searched for.
    ListedCalls,
    /// Read a call.
    ReadCall,
    /// Looked through messages.
    ListedMessages,
    /// Listened to a message.
    Listened,
    /// Said that a message is dealt with.
    HandledMessage,
    /// Said that it is not.
    ReopenedMessage,
    /// Looked through requests.
    ListedRequests,
    /// Read a request.
    ReadRequest,
    /// Said how far a request has got; the subject is its reference, and the state.
    SetState(RequestState),
    /// Wrote a note on a request.
    Noted,
    /// Had a request delivered again.
    Resent,
    /// Had a message delivered again.
    ResentMessage,
    /// Looked through the call-backs.
    ListedCallBacks,
    /// Said that they call back.
    TookCallBack,
    /// Said that they have called back.
    CalledBack,
    /// Said that nobody answered.
    CalledInVain,
    /// Read this trail.
    ReadTrail,
    /// Took a call at the console.
    TookCall,
    /// Would not take it.
    DeclinedCall,
    /// Took a call over that ran.
    TookOver,
    /// Listened to a call.
    ListenedIn,
    /// Wanted no more of a conversation of theirs recorded.
    StoppedRecording,
    /// Listened to a recorded conversation.
    HeardRecording,
    /// Deleted one.
    DeletedRecording,
    /// Wrote a note on a call.
    NotedCall,
    /// Wrote what should have been said in a call.
    Corrected,
    /// Decided on a correction; the subject is its number.
    DecidedCorrection,
}

impl Action {
    /// Whether it changed nothing.
    fn reads(self) -> bool {
        matches!(
            self,
            Self::WatchedCalls
                | Self::ListedCalls
                | Self::ReadCall
                | Self::ListedMessages
                | Self::Listened
                | Self::HeardRecording
                | Self::ListedRequests
                | Self::ListedCallBacks
                | Self::ReadRequest
                | Self::ReadTrail
        )
    }
}

/// A line of the trail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditRow {
    /// Unix milliseconds.
    pub at: i64,
    /// The account's name.
    pub user: String,
    /// What they did; none: something that this version does not know.
    pub action: Option<Action>,
    /// With what: an id or a reference.
    pub subject: Option<String>,
}

/// A note on a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// Unix milliseconds.
    pub at: i64,
    /// Who wrote it.
    pub user: String,
    /// What.
    pub text: String,
}

impl Desk {
    /// Opens the store in `folder`; an account may be made before any call was taken.
    pub fn open(folder: &Path) -> Result<Self, StoreError> {
        Ok(Self {
            reader: Reader::create(folder)?,
            folder: folder.into(),
        })
    }

    /// What is kept.
    pub fn read(&self) -> &Reader {
        &self.reader
    }

    pub(super) fn database(&self) -> &Connection {
        self.reader.database()
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Where the sound of a message is.
    pub fn sound(&self, message: &str) -> PathBuf {
        self.folder.join("messages").join(format!("{message}.wav"))
    }

    /// Says that a message is dealt with, and by whom; or that it is not (none). False where there is none such.
    pub fn handle_message(&self, id: &str, by: Option<&str>, now: i64) -> Result<bool, StoreError> {
        let changed = self.database().execute(
            "UPDATE messages SET handled_by = ?, handled_at = ? WHERE id = ?",
            params![by, by.map(|_| now), id],
        )?;
        Ok(changed > 0)
    }

    /// Says how far a request has got; false where there is none of this reference.
    pub fn set_state(&self, reference: &str, state: RequestState) -> Result<bool, StoreError> {
        set_state_in(self.database(), reference, state)
    }

    /// Somebody calls back (`InProgress`), has (`Done`), or has tried in vain (`Received`). False where there is no such
    /// call-back, or somebody else deals with it: they are not called twice.
    pub fn call_back(&self, reference: &str, by: &str, state: RequestState) -> Result<bool, StoreError> {
        let vain = state == RequestState::Received;
        let changed = self.database().execute(
            "UPDATE requests SET taken_by = ?3, tries = tries + ?4
             WHERE reference = ?1 AND waiting_since IS NOT NULL AND (taken_by IS NULL OR taken_by = ?2)",
            params![reference, by, (!vain).then_some(by), vain],
        )?;
        Ok(changed > 0 && self.set_state(reference, state)?)
    }

    /// Has what did not arrive of a request delivered again, at once; how many ways that is.
    pub fn resend(&self, reference: &str, now: i64) -> Result<usize, StoreError> {
        deliveries::again(self.database(), &About::Request(reference.to_owned()), now)
    }

    /// Has one delivery tried again, at once; false where it has arrived, or is gone.
    pub fn resend_one(&self, delivery: &str, now: i64) -> Result<bool, StoreError> {
        deliveries::one_again(self.database(), delivery, now)
    }

    /// Writes a note on a request that is there.
    pub fn note(&self, reference: &str, user: &str, text: &str, now: i64) -> Result<(), StoreError> {
        self.database().execute(
            "INSERT INTO notes (reference, at, user, text) VALUES (?, ?, ?, ?)",
            params![reference, now, user, text],
        )?;
        Ok(())
    }

    /// The notes on a request, oldest first.
    pub fn notes(&self, reference: &str) -> Result<Vec<Note>, StoreError> {
        let mut statement = self
            .database()
            .prepare("SELECT at, user, text FROM notes WHERE reference = ? ORDER BY rowid")?;
        let notes = statement.query_map([reference], |row| {
            Ok(Note {
                at: row.get(0)?,
                user: row.get(1)?,
                text: row.get(2)?,
            })
        })?;
        Ok(notes.collect::<Result<_, _>>()?)
    }

    /// Leaves a trail. Reading the same thing again within a minute is one reading: pages and players ask more than once.
    pub fn audit(&self, user: &str, action: Action, subject: Option<&str>, now: i64) -> Result<(), StoreError> {
        let once = if action.reads() { ONE_READING_MS } else { 0 };
        self.database().execute(
            "INSERT INTO audit (at, user, action, subject) SELECT ?1, ?2, ?3, ?4 WHERE NOT EXISTS
             (SELECT 1 FROM audit WHERE at > ?1 - ?5 AND user = ?2 AND action = ?3 AND subject IS ?4)",
            params![now, user, action_name(action), subject, once],
        )?;
        Ok(())
    }

    /// What was done with one thing since `since`, newest first.
    pub fn trail_of(&self, subject: &str, since: i64, most: u32) -> Result<Vec<AuditRow>, StoreError> {
        self.trail_where(
            "subject = ? AND at >= ? ORDER BY rowid DESC LIMIT ?",
            params![subject, since, most],
        )
    }

    pub(super) fn trail_where(&self, which: &str, values: impl Params) -> Result<Vec<AuditRow>, StoreError> {
        let mut statement = self
            .database()
            .prepare(&format!("SELECT at, user, action, subject FROM audit WHERE {which}"))?;
        let rows = statement.query_map(values, |row| {
            Ok(AuditRow {
                at: row.get(0)?,
                user: row.get(1)?,
                action: serde_json::from_str(&row.get::<_, String>(2)?).ok(),
                subject: row.get(3)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

/// As it is written in the database: JSON, since one action says more than its name.
fn action_name(action: Action) -> String {
    serde_json::to_string(&action).unwrap_or_default()
}

/// Deletes what has outlived its term: the trail goes when calls do, sessions when they are over.
pub(super) fn sweep(database: &Connection, now: i64, keep_calls_days: u32) -> Result<(), StoreError> {
    database.execute(
        "DELETE FROM audit WHERE at < ?",
        [now - i64::from(keep_calls_days) * DAY_MS],
    )?;
    database.execute(
        "DELETE FROM sessions WHERE used_at <= ? OR created_at <= ?",
        [now - IDLE_MS, now - LONGEST_MS],
    )?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Wanted;

    #[test]
    fn the_trail_says_who_did_what_and_goes_when_calls_do() {
        let folder = tempfile::tempdir().expect("temp dir");
        let desk = Desk::open(folder.path()).expect("opens");
        let done = Action::SetState(RequestState::Done);
        desk.audit("Claire", Action::ReadCall, Some("2a"), DAY_MS)
            .expect("writes");
        desk.audit("Paul", done, Some("427"), 3 * DAY_MS).expect("writes");
        let trail = || desk.list_trail(0..i64::MAX, "", Wanted::First).expect("reads").rows;
        assert_eq!(trail().len(), 2);
        assert_eq!((trail()[0].user.as_str(), trail()[0].action), ("Paul", Some(done)));
        assert_eq!(desk.trail_of("2a", 0, 9).expect("reads").len(), 1);
        assert!(desk.trail_of("2a", 2 * DAY_MS, 9).expect("reads").is_empty());
        sweep(desk.database(), 4 * DAY_MS, 2).expect("sweeps");
        assert_eq!(trail().len(), 1);
    }

    #[test]
    fn a_reading_is_told_once_and_a_change_each_time() {
        let folder = tempfile::tempdir().expect("temp dir");
        let desk = Desk::open(folder.path()).expect("opens");
        let lines = |action, at: [i64; 3]| {
            for at in at {
                desk.audit("Claire", action, Some("2a"), at).expect("writes");
            }
            let trail = desk.trail_of("2a", 0, 99).expect("reads");
            trail.iter().filter(|row| row.action == Some(action)).count()
        };
        assert_eq!(lines(Action::Listened, [0, 1, ONE_READING_MS]), 2);
        assert_eq!(lines(Action::HandledMessage, [0, 1, 1]), 3);
    }

    #[test]
    fn every_action_can_be_read_back() {
        for action in [
            Action::LoggedIn,
            Action::WatchedCalls,
            Action::SetState(RequestState::Refused),
            Action::ReadTrail,
        ] {
            assert_eq!(
                serde_json::from_str::<Action>(&action_name(action)).expect("JSON"),
                action
            );
        }
    }

    #[test]
    fn what_is_not_there_cannot_be_dealt_with() {
        let folder = tempfile::tempdir().expect("temp dir");
        let desk = Desk::open(folder.path()).expect("opens");
        assert!(!desk.handle_message("aa", Some("Claire"), 1).expect("writes"));
        assert!(!desk.set_state("427", RequestState::Done).expect("writes"));
        assert!(desk.note("427", "Claire", "?", 1).is_err(), "no such request");
        assert!(desk.notes("427").expect("reads").is_empty());
    }
}
