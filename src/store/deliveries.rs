//! What is on its way to those who deal with requests: kept with the request, so that no crash loses it, and kept up to
//! date, so that none is sent again that has arrived.

use rusqlite::{Connection, Row, params};
use serde::{Deserialize, Serialize};

use super::StoreError;
use crate::pii::Pii;
use crate::units::CallId;

/// Stands for the request's reference, which is known only once the request is kept.
pub const REFERENCE: &str = "{référence}";

/// How something is delivered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Way {
    /// To the town's own software.
    Webhook,
    /// To a service's mailbox.
    Mail,
    /// To the caller's mobile telephone.
    Sms,
}

impl Way {
    const ALL: [(Self, &str); 3] = [(Self::Webhook, "webhook"), (Self::Mail, "mail"), (Self::Sms, "sms")];

    fn name(self) -> &'static str {
        Self::ALL[self as usize].1
    }

    fn named(name: &str) -> Self {
        Self::ALL
            .iter()
            .find(|(_, known)| *known == name)
            .map_or(Self::Webhook, |(way, _)| *way)
    }
}

/// Something to be delivered.
#[derive(Clone, Debug)]
pub struct NewDelivery {
    /// How.
    pub way: Way,
    /// An address, a number; for a webhook, nothing.
    pub recipient: Pii<String>,
    /// Of a mail.
    pub subject: String,
    /// What is sent; [`REFERENCE`] stands for the reference.
    pub text: Pii<String>,
}

/// Something that is due.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// The same at each attempt.
    pub id: String,
    /// The request's.
    pub reference: String,
    /// How.
    pub way: Way,
    /// An address, a number.
    pub recipient: Pii<String>,
    /// Of a mail.
    pub subject: String,
    /// What is sent.
    pub text: Pii<String>,
    /// How often it was tried.
    pub attempts: u32,
}

/// What came of an attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Attempt {
    /// It begins: should we die in it, it is tried again then (Unix milliseconds).
    Begins(i64),
    /// It was taken.
    Arrived,
    /// It was not, for this reason; when it is tried again, if it is (Unix milliseconds).
    Failed(String, Option<i64>),
}

/// A delivery as it is shown.
#[derive(Clone, Debug, Serialize)]
pub struct DeliveryRow {
    /// How.
    pub way: Way,
    /// To whom.
    pub recipient: String,
    /// How often it was tried.
    pub attempts: u32,
    /// When it arrived (Unix milliseconds).
    pub arrived_at: Option<i64>,
    /// When it is tried again (Unix milliseconds).
    pub due_at: Option<i64>,
    /// What the last attempt came to.
    pub error: Option<String>,
}

pub(super) fn insert(
    database: &Connection,
    reference: &str,
    at: i64,
    deliveries: &[NewDelivery],
) -> rusqlite::Result<()> {
    for delivery in deliveries {
        let named = |text: &str| text.replace(REFERENCE, reference);
        database.execute(
            "INSERT INTO deliveries (id, reference, way, recipient, subject, text, due_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
            params![
                CallId::random().to_string(),
                reference,
                delivery.way.name(),
                delivery.recipient.reveal(),
                named(&delivery.subject),
                named(delivery.text.reveal()),
                at
            ],
        )?;
    }
    Ok(())
}

pub(super) fn update(database: &Connection, id: &str, at: i64, attempt: &Attempt) -> Result<(), StoreError> {
    match attempt {
        Attempt::Begins(again) => database.execute(
            "UPDATE deliveries SET attempts = attempts + 1, due_at = ? WHERE id = ?",
            params![again, id],
        ),
        Attempt::Arrived => database.execute(
            "UPDATE deliveries SET arrived_at = ?, due_at = NULL, error = NULL WHERE id = ?",
            params![at, id],
        ),
        Attempt::Failed(error, again) => database.execute(
            "UPDATE deliveries SET error = ?, due_at = ? WHERE id = ?",
            params![error, again, id],
        ),
    }?;
    Ok(())
}

/// Has what did not arrive of a request tried again, now.
pub(super) fn again(database: &Connection, reference: &str, at: i64) -> Result<usize, StoreError> {
    Ok(database.execute(
        "UPDATE deliveries SET due_at = ?, attempts = 0 WHERE reference = ? AND arrived_at IS NULL",
        params![at, reference],
    )?)
}

/// What is due at `now` (Unix milliseconds), the oldest first.
pub(super) fn due(database: &Connection, now: i64, most: u32) -> Result<Vec<Delivery>, StoreError> {
    let mut statement = database.prepare(
        "SELECT id, reference, way, recipient, subject, text, attempts FROM deliveries WHERE due_at <= ?
         ORDER BY due_at LIMIT ?",
    )?;
    let row = |row: &Row| {
        Ok(Delivery {
            id: row.get(0)?,
            reference: row.get(1)?,
            way: Way::named(&row.get::<_, String>(2)?),
            recipient: row.get::<_, String>(3)?.into(),
            subject: row.get(4)?,
            text: row.get::<_, String>(5)?.into(),
            attempts: row.get(6)?,
        })
    };
    Ok(statement
        .query_map(params![now, most], row)?
        .collect::<Result<_, _>>()?)
}

/// How the deliveries of a request stand.
pub(super) fn of(database: &Connection, reference: &str) -> rusqlite::Result<Vec<DeliveryRow>> {
    let mut statement = database.prepare(
        "SELECT way, recipient, attempts, arrived_at, due_at, error FROM deliveries WHERE reference = ? ORDER BY rowid",
    )?;
    let row = |row: &Row| {
        Ok(DeliveryRow {
            way: Way::named(&row.get::<_, String>(0)?),
            recipient: row.get(1)?,
            attempts: row.get(2)?,
            arrived_at: row.get(3)?,
            due_at: row.get(4)?,
            error: row.get(5)?,
        })
    };
    statement.query_map([reference], row)?.collect()
}

/// How many were given up, or failed more often than `attempts` times.
pub(super) fn stuck(database: &Connection, attempts: u32) -> Result<i64, StoreError> {
    Ok(database.query_row(
        "SELECT count(*) FROM deliveries WHERE arrived_at IS NULL AND error IS NOT NULL AND (due_at IS NULL OR attempts >= ?)",
        [attempts],
        |row| row.get(0),
    )?)
}
