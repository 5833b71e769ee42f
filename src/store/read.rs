//! Reading what is kept, for `allo calls` and the pages.

use std::path::Path;

use rusqlite::{Connection, Params, Row};
use serde::Serialize;

use super::{
    About, Delivery, DeliveryRow, LateRow, MessageRow, RecordingRow, StoreError, Way, connect, deliveries, existing,
    messages, named, recordings,
};
use crate::units::{Entrance, RequestState, french_number};

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
    /// How they came in.
    pub entrance: Entrance,
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
    /// How they came in.
    pub entrance: Entrance,
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

impl RequestRow {
    /// Whether it was made from this telephone number, or gives it.
    pub fn is_from(&self, number: &str) -> bool {
        let given = self.answers.values().filter_map(serde_json::Value::as_str);
        let mut known = self
            .caller
            .as_deref()
            .into_iter()
            .chain(given)
            .filter_map(french_number);
        french_number(number).is_some_and(|number| known.any(|known| known == number))
    }
}

/// A connection for reading.
pub struct Reader(Connection);

const CALL: &str = "SELECT c.id, started_at, ended_at, end_reason, plan, called, caller, entrance, codec,
    (SELECT count(*) FROM turns t WHERE t.call_id = c.id AND t.heard IS NOT NULL),
    (SELECT group_concat(topic, ',' ORDER BY turn) FROM turns t WHERE t.call_id = c.id) FROM calls c";

impl Reader {
    /// Opens the store in `folder`, where there is one.
    pub fn open(folder: &Path) -> Result<Self, StoreError> {
        Ok(Self(existing(folder)?))
    }

    /// Opens the store in `folder`, and makes it where there is none.
    pub(super) fn create(folder: &Path) -> Result<Self, StoreError> {
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

    pub(super) fn calls_where(&self, which: &str, values: impl Params) -> Result<Vec<CallRow>, StoreError> {
        let mut statement = self.0.prepare(&format!("{CALL} WHERE {which}"))?;
        Ok(statement.query_map(values, call_row)?.collect::<Result<_, _>>()?)
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
        // By the index of ids, which are hexadecimal; the plus keeps SQLite from going through all calls by their time.
        let which = "c.id >= ?1 AND c.id < ?1 || 'g' ORDER BY +started_at DESC LIMIT 1";
        let Some(call) = self.calls_where(which, [id])?.pop() else {
            return Ok(None);
        };
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

    /// The requests that were made in this call, newest first.
    pub fn requests_of(&self, call: &str) -> Result<Vec<RequestRow>, StoreError> {
        self.requests_where("call_id = ? ORDER BY created_at DESC", [call])
    }

    /// The requests that came from this number, newest first.
    pub fn requests_from(&self, caller: &str) -> Result<Vec<RequestRow>, StoreError> {
        self.requests_where("caller = ? ORDER BY created_at DESC", [caller])
    }

    pub(super) fn requests_where(&self, which: &str, values: impl Params) -> Result<Vec<RequestRow>, StoreError> {
        let mut statement = self.0.prepare(&format!(
            "SELECT reference, call_id, form, service, caller, entrance, answers, created_at, state, waiting_since, taken_by,
                    tries FROM requests WHERE {which}",
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
                entrance: named(&row.get::<_, String>(5)?).unwrap_or_default(),
                answers: serde_json::from_str(&row.get::<_, String>(6)?).unwrap_or_default(),
                created_at: row.get(7)?,
                state: named(&row.get::<_, String>(8)?).unwrap_or_default(),
                waiting_since: row.get(9)?,
                taken_by: row.get(10)?,
                tries: row.get(11)?,
            })
        };
        Ok(statement.query_map(values, row)?.collect::<Result<_, _>>()?)
    }

    /// What is to be delivered first this way at `now` (Unix milliseconds).
    pub fn due(&self, way: Way, now: i64) -> Result<Option<Delivery>, StoreError> {
        deliveries::due(&self.0, way, now)
    }

    /// Deliveries whose last attempt failed: first those that need somebody.
    pub fn late_deliveries(&self) -> Result<Vec<LateRow>, StoreError> {
        Ok(deliveries::late(&self.0)?)
    }

    /// Deliveries that need somebody.
    pub fn stuck_deliveries(&self) -> Result<i64, StoreError> {
        deliveries::stuck(&self.0)
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

fn call_row(row: &Row) -> rusqlite::Result<CallRow> {
    let topics: Option<String> = row.get(10)?;
    Ok(CallRow {
        id: row.get(0)?,
        started_at: row.get(1)?,
        ended_at: row.get(2)?,
        end_reason: row.get(3)?,
        plan: row.get(4)?,
        called: row.get(5)?,
        caller: row.get(6)?,
        entrance: named(&row.get::<_, String>(7)?).unwrap_or_default(),
        codec: row.get(8)?,
        turns: row.get(9)?,
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
