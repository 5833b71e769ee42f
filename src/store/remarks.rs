//! What people make of calls: how those that they took ended, and what should have been said.

use rusqlite::{OptionalExtension, Params, Row, params};
use serde::{Deserialize, Serialize};

use super::{Desk, StoreError, name, named};

/// How a call ended, for whoever had it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Nothing is left to do.
    Settled,
    /// Somebody has to go on with it.
    Open,
    /// The caller is to be called back.
    CallBack,
}

/// A note on a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallNote {
    /// Unix milliseconds.
    pub at: i64,
    /// Who wrote it.
    pub user: String,
    /// How the call ended, where they said so.
    pub outcome: Option<Outcome>,
    /// What, if anything.
    pub text: String,
}

/// How far a correction has got.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// No admin has decided.
    #[default]
    New,
    /// The admin puts it into the plan.
    Accepted,
    /// It stays as it is.
    Refused,
}

/// What should have been said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Correction {
    /// Its number.
    pub id: i64,
    /// The call, as long as it is kept.
    pub call: Option<String>,
    /// Unix milliseconds.
    pub at: i64,
    /// Who wrote it.
    pub user: String,
    /// Id of the topic that was answered.
    pub topic: Option<String>,
    /// What should have been said.
    pub text: String,
    /// What an admin makes of it.
    pub decision: Decision,
    /// Which admin, and when (Unix milliseconds).
    pub decided: Option<(String, i64)>,
}

impl Desk {
    /// Writes a note on a call that is there.
    pub fn note_call(
        &self,
        call: &str,
        user: &str,
        outcome: Option<Outcome>,
        text: &str,
        now: i64,
    ) -> Result<(), StoreError> {
        self.database().execute(
            "INSERT INTO call_notes (call_id, at, user, outcome, text) VALUES (?, ?, ?, ?, ?)",
            params![call, now, user, outcome.map(name), text],
        )?;
        Ok(())
    }

    /// The notes on a call, oldest first.
    pub fn call_notes(&self, call: &str) -> Result<Vec<CallNote>, StoreError> {
        let mut statement = self
            .database()
            .prepare("SELECT at, user, outcome, text FROM call_notes WHERE call_id = ? ORDER BY rowid")?;
        let notes = statement.query_map([call], |row| {
            Ok(CallNote {
                at: row.get(0)?,
                user: row.get(1)?,
                outcome: row.get::<_, Option<String>>(2)?.and_then(|name| named(&name)),
                text: row.get(3)?,
            })
        })?;
        Ok(notes.collect::<Result<_, _>>()?)
    }

    /// How a call ended, as the last note says that does.
    pub fn call_outcome(&self, call: &str) -> Result<Option<Outcome>, StoreError> {
        let found: Option<String> = self
            .database()
            .query_row(
                "SELECT outcome FROM call_notes WHERE call_id = ? AND outcome IS NOT NULL ORDER BY rowid DESC LIMIT 1",
                [call],
                |row| row.get(0),
            )
            .optional()?;
        Ok(found.and_then(|name| named(&name)))
    }

    /// Writes down what should have been said in a call that is there.
    pub fn correct(&self, call: &str, user: &str, topic: Option<&str>, text: &str, now: i64) -> Result<(), StoreError> {
        self.database().execute(
            "INSERT INTO corrections (call_id, at, user, topic, text) VALUES (?, ?, ?, ?, ?)",
            params![call, now, user, topic, text],
        )?;
        Ok(())
    }

    /// What should have been said in a call, newest first.
    pub fn corrections_of(&self, call: &str) -> Result<Vec<Correction>, StoreError> {
        self.corrections_where("call_id = ? ORDER BY id DESC", [call])
    }

    /// What admins have accepted, newest first.
    pub fn accepted(&self) -> Result<Vec<Correction>, StoreError> {
        self.corrections_where("state = 'accepted' ORDER BY id DESC", [])
    }

    pub(super) fn corrections_where(&self, which: &str, values: impl Params) -> Result<Vec<Correction>, StoreError> {
        let mut statement = self.database().prepare(&format!(
            "SELECT id, call_id, at, user, topic, text, state, decided_by, decided_at FROM corrections WHERE {which}"
        ))?;
        let rows = statement.query_map(values, correction)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// An admin decides on a correction; false where there is none such.
    pub fn decide(&self, id: i64, decision: Decision, user: &str, now: i64) -> Result<bool, StoreError> {
        let by = (decision != Decision::New).then_some(user);
        let changed = self.database().execute(
            "UPDATE corrections SET state = ?, decided_by = ?, decided_at = ? WHERE id = ?",
            params![name(decision), by, by.map(|_| now), id],
        )?;
        Ok(changed > 0)
    }
}

fn correction(row: &Row) -> rusqlite::Result<Correction> {
    let decided: (Option<String>, Option<i64>) = (row.get(7)?, row.get(8)?);
    Ok(Correction {
        id: row.get(0)?,
        call: row.get(1)?,
        at: row.get(2)?,
        user: row.get(3)?,
        topic: row.get(4)?,
        text: row.get(5)?,
        decision: named(&row.get::<_, String>(6)?).unwrap_or_default(),
        decided: decided.0.zip(decided.1),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Wanted;

    fn desk() -> (tempfile::TempDir, Desk) {
        let folder = tempfile::tempdir().expect("temp dir");
        let desk = Desk::open(folder.path()).expect("opens");
        let call = "INSERT INTO calls (id, started_at, plan, called, codec) VALUES ('2a', 1, 'p', 'm', 'PCMA')";
        desk.database().execute(call, []).expect("writes");
        (folder, desk)
    }

    #[test]
    fn notes_go_with_their_call() {
        let (_folder, desk) = desk();
        desk.note_call("2a", "Claire", Some(Outcome::CallBack), "Jeudi.", 5)
            .expect("writes");
        desk.note_call("2a", "Paul", None, "Fait.", 6).expect("writes");
        let notes = desk.call_notes("2a").expect("reads");
        assert_eq!((notes.len(), notes[0].outcome), (2, Some(Outcome::CallBack)));
        assert_eq!(desk.call_outcome("2a").expect("reads"), Some(Outcome::CallBack));
        assert!(desk.note_call("2b", "Claire", None, "?", 1).is_err(), "no such call");
        desk.database().execute("DELETE FROM calls", []).expect("writes");
        assert!(desk.call_notes("2a").expect("reads").is_empty());
    }

    #[test]
    fn a_correction_outlives_its_call_and_is_decided_on() {
        let (_folder, desk) = desk();
        desk.correct("2a", "Sophie", Some("horaires"), "Fermé le lundi.", 5)
            .expect("writes");
        desk.correct("2a", "Sophie", None, "Autre chose.", 6).expect("writes");
        desk.database().execute("DELETE FROM calls", []).expect("writes");
        let list = |decision| desk.list_corrections(decision, Wanted::First).expect("reads").rows;
        let all = list(None);
        assert_eq!((all.len(), all[0].call.clone()), (2, None));
        assert!(desk.decide(all[0].id, Decision::Accepted, "Alice", 7).expect("writes"));
        assert_eq!(list(Some(Decision::New)).len(), 1);
        assert_eq!(list(Some(Decision::Accepted)), desk.accepted().expect("reads"));
        assert_eq!(list(None)[0].decided, Some(("Alice".into(), 7)));
        assert!(!desk.decide(99, Decision::Refused, "Alice", 7).expect("writes"));
    }
}
