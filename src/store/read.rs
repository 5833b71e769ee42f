//! Reading what is kept, for `allo calls` and the pages.

use std::path::Path;

use rusqlite::{Connection, OptionalExtension, Params, Row, params};
use serde::Serialize;

use super::{
    About, Delivery, DeliveryRow, MessageRow, RecordingRow, StoreError, connect, deliveries, messages, recordings,
};
use crate::units::RequestState;

/// A call in a list.
#[derive(Clone, Debug, Serialize)]
pub struct CallRow {
    /// Its name.
    pub id: String,
    /// Unix milliseconds.
    pub started_at: i64,
    /// Unix milliseconds; none while it goes on.
    pub ended_at: Option<i64>,
    /// Why it ended.
    pub end_reason: Option<String>,
    /// The town of the plan.
    pub plan: String,
    /// The number or name called.
    pub called: String,
    /// The caller's number.
    pub caller: Option<String>,
    /// The codec.
    pub codec: String,
    /// Turns taken by the caller.
    pub turns: i64,
    /// Topics found, in order.
    pub topics: Vec<String>,
}

/// A turn, with the time of each stage in ms after the caller's last word.
#[derive(Clone, Debug, Serialize)]
pub struct TurnRow {
    /// Its number.
    pub turn: i64,
    /// The words.
    pub heard: Option<String>,
    /// The topic.
    pub topic: Option<String>,
    /// Its confidence, or that of the best one refused.
    pub confidence: Option<f64>,
    /// Mean log-probability of the words.
    pub log_probability: Option<f64>,
    /// The pause was noticed.
    pub paused_ms: Option<i64>,
    /// The words were there.
    pub recognised_ms: Option<i64>,
    /// The turn was judged over.
    pub over_ms: Option<i64>,
    /// The first sound of the answer left.
    pub answered_ms: Option<i64>,
    /// Decoding took.
    pub stt_ms: Option<i64>,
    /// Understanding took, in microseconds.
    pub understand_us: Option<i64>,
    /// Waiting for the voice took.
    pub synthesis_ms: Option<i64>,
}

/// Everything about a call.
#[derive(Clone, Debug, Serialize)]
pub struct CallDetail {
    /// The call.
    #[serde(flatten)]
    pub call: CallRow,
    /// Its turns.
    #[serde(rename = "turn_details")]
    pub turns: Vec<TurnRow>,
    /// Time (Unix milliseconds) and what happened.
    pub events: Vec<(i64, serde_json::Value)>,
    /// Its conversations with clerks that were recorded, in their order.
    pub recordings: Vec<RecordingRow>,
}

/// A request.
#[derive(Clone, Debug, Serialize)]
pub struct RequestRow {
    /// What the caller was told to name it by.
    pub reference: String,
    /// The call.
    pub call_id: String,
    /// The form's id.
    pub form: String,
    /// The id of the service that deals with it.
    pub service: String,
    /// The caller's number.
    pub caller: Option<String>,
    /// The answers, by the ids of their questions.
    pub answers: serde_json::Map<String, serde_json::Value>,
    /// Unix milliseconds.
    pub created_at: i64,
    /// How far it has got.
    pub state: RequestState,
    /// A call-back: since when its caller has waited (Unix milliseconds).
    pub waiting_since: Option<i64>,
    /// Who calls back, or has.
    pub taken_by: Option<String>,
    /// How often nobody answered.
    pub tries: u32,
    /// How those who deal with it hear of it.
    pub deliveries: Vec<DeliveryRow>,
}

/// A connection for reading.
pub struct Reader(Connection);

const CALL: &str = "SELECT c.id, started_at, ended_at, end_reason, plan, called, caller, codec,
    (SELECT count(*) FROM turns t WHERE t.call_id = c.id AND t.heard IS NOT NULL),
    (SELECT group_concat(topic, ',' ORDER BY turn) FROM turns t WHERE t.call_id = c.id) FROM calls c";

impl Reader {
    /// Opens the store in `folder`.
    pub fn open(folder: &Path) -> Result<Self, StoreError> {
        Ok(Self(connect(folder)?))
    }

    pub(super) fn database(&self) -> &Connection {
        &self.0
    }

    /// The last `limit` calls, newest first.
    pub fn calls(&self, limit: u32) -> Result<Vec<CallRow>, StoreError> {
        let mut statement = self.0.prepare(&format!("{CALL} ORDER BY started_at DESC LIMIT ?"))?;
        Ok(statement.query_map([limit], call_row)?.collect::<Result<_, _>>()?)
    }

    /// Calls that began in `[from, to)` (Unix milliseconds), those whose caller's number holds `digits`, newest first.
    pub fn calls_between(&self, from: i64, to: i64, digits: &str, most: u32) -> Result<Vec<CallRow>, StoreError> {
        let mut statement = self.0.prepare(&format!(
            "{CALL} WHERE started_at >= ? AND started_at < ? AND instr(coalesce(caller, ''), ?) ORDER BY started_at DESC LIMIT ?"
        ))?;
        let rows = statement.query_map(params![from, to, digits, most], call_row)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Calls that began at `since` (Unix milliseconds) or after, and have not ended.
    pub fn running(&self, since: i64) -> Result<Vec<String>, StoreError> {
        let mut statement = self
            .0
            .prepare("SELECT id FROM calls WHERE started_at >= ? AND ended_at IS NULL ORDER BY started_at")?;
        Ok(statement
            .query_map([since], |row| row.get(0))?
            .collect::<Result<_, _>>()?)
    }

    /// One call, by its id or the beginning of it.
    pub fn call(&self, id: &str) -> Result<Option<CallDetail>, StoreError> {
        let found = self
            .0
            .query_row(
                &format!("{CALL} WHERE substr(c.id, 1, length(?1)) = ?1 ORDER BY started_at DESC LIMIT 1"),
                [id],
                call_row,
            )
            .optional()?;
        let Some(call) = found else { return Ok(None) };
        let mut turns = self.0.prepare(
            "SELECT turn, heard, topic, confidence, log_probability, paused_ms, recognised_ms, over_ms, answered_ms,
                    stt_ms, understand_us, synthesis_ms FROM turns WHERE call_id = ? ORDER BY turn",
        )?;
        let turns = turns.query_map([&call.id], turn_row)?.collect::<Result<_, _>>()?;
        let mut events = self
            .0
            .prepare("SELECT at, event FROM events WHERE call_id = ? ORDER BY rowid")?;
        let events = events
            .query_map([&call.id], |row| Ok((row.get(0)?, row.get::<_, String>(1)?)))?
            .map(|row| row.map(|(at, text)| (at, serde_json::from_str(&text).unwrap_or_default())))
            .collect::<Result<_, _>>()?;
        let recordings = recordings::of_call(&self.0, &call.id)?;
        Ok(Some(CallDetail {
            call,
            turns,
            events,
            recordings,
        }))
    }

    /// Requests, newest first.
    pub fn requests(&self) -> Result<Vec<RequestRow>, StoreError> {
        self.requests_where("1 ORDER BY created_at DESC", [])
    }

    /// The request of this reference.
    pub fn request(&self, reference: &str) -> Result<Option<RequestRow>, StoreError> {
        Ok(self.requests_where("reference = ?", [reference])?.pop())
    }

    /// The requests that came from this number, newest first.
    pub fn requests_from(&self, caller: &str) -> Result<Vec<RequestRow>, StoreError> {
        self.requests_where("caller = ? ORDER BY created_at DESC", [caller])
    }

    /// Call-backs that were promised, in the order of arrival.
    pub fn call_backs(&self) -> Result<Vec<RequestRow>, StoreError> {
        self.requests_where("waiting_since IS NOT NULL ORDER BY waiting_since, rowid", [])
    }

    fn requests_where(&self, which: &str, values: impl Params) -> Result<Vec<RequestRow>, StoreError> {
        let mut statement = self.0.prepare(&format!(
            "SELECT reference, call_id, form, service, caller, answers, created_at, state, waiting_since, taken_by, tries
             FROM requests WHERE {which}",
        ))?;
        let row = |row: &Row| {
            let reference: String = row.get(0)?;
            Ok(RequestRow {
                deliveries: deliveries::of(&self.0, &About::Request(reference.clone()))?,
                reference,
                call_id: row.get(1)?,
                form: row.get(2)?,
                service: row.get(3)?,
                caller: row.get(4)?,
                answers: serde_json::from_str(&row.get::<_, String>(5)?).unwrap_or_default(),
                created_at: row.get(6)?,
                state: state(&row.get::<_, String>(7)?),
                waiting_since: row.get(8)?,
                taken_by: row.get(9)?,
                tries: row.get(10)?,
            })
        };
        Ok(statement.query_map(values, row)?.collect::<Result<_, _>>()?)
    }

    /// How far a request has got, and when it was made (Unix milliseconds).
    pub fn request_state(&self, reference: &str) -> Result<Option<(RequestState, i64)>, StoreError> {
        let found = self.0.query_row(
            "SELECT state, created_at FROM requests WHERE reference = ?",
            [reference],
            |row| Ok((state(&row.get::<_, String>(0)?), row.get(1)?)),
        );
        Ok(found.optional()?)
    }

    /// What is to be delivered at `now` (Unix milliseconds), the oldest first.
    pub fn due(&self, now: i64, most: u32) -> Result<Vec<Delivery>, StoreError> {
        deliveries::due(&self.0, now, most)
    }

    /// Deliveries that were given up, or failed more often than this.
    pub fn stuck_deliveries(&self, attempts: u32) -> Result<i64, StoreError> {
        deliveries::stuck(&self.0, attempts)
    }

    /// Messages, newest first.
    pub fn messages(&self) -> Result<Vec<MessageRow>, StoreError> {
        messages::all(&self.0)
    }

    /// The message of this id.
    pub fn message(&self, id: &str) -> Result<Option<MessageRow>, StoreError> {
        messages::one(&self.0, id)
    }

    /// The ids of messages whose words are not written down, the oldest first.
    pub fn unwritten(&self) -> Result<Vec<String>, StoreError> {
        messages::unwritten(&self.0)
    }
}

/// As the database has it; what is not known was received.
fn state(name: &str) -> RequestState {
    serde_json::from_value(name.into()).unwrap_or_default()
}

fn call_row(row: &Row) -> rusqlite::Result<CallRow> {
    let topics: Option<String> = row.get(9)?;
    Ok(CallRow {
        id: row.get(0)?,
        started_at: row.get(1)?,
        ended_at: row.get(2)?,
        end_reason: row.get(3)?,
        plan: row.get(4)?,
        called: row.get(5)?,
        caller: row.get(6)?,
        codec: row.get(7)?,
        turns: row.get(8)?,
        topics: topics
            .map(|t| t.split(',').map(str::to_string).collect())
            .unwrap_or_default(),
    })
}

fn turn_row(row: &Row) -> rusqlite::Result<TurnRow> {
    Ok(TurnRow {
        turn: row.get(0)?,
        heard: row.get(1)?,
        topic: row.get(2)?,
        confidence: row.get(3)?,
        log_probability: row.get(4)?,
        paused_ms: row.get(5)?,
        recognised_ms: row.get(6)?,
        over_ms: row.get(7)?,
        answered_ms: row.get(8)?,
        stt_ms: row.get(9)?,
        understand_us: row.get(10)?,
        synthesis_ms: row.get(11)?,
    })
}
