//! What is on its way to those who deal with requests and messages: kept with these, so that no crash loses it, and kept up to
//! date, so that none is sent again that has arrived.

use rusqlite::{Connection, OptionalExtension, Row, params};
use serde::{Deserialize, Serialize};

use super::StoreError;
use crate::pii::Pii;
use crate::units::CallId;

/// Stands for the request's reference, which is known only once the request is kept.
pub const REFERENCE: &str = "{référence}";
/// Stands for a message's words, which are known only once they are written down.
pub const TRANSCRIPT: &str = "{transcription}";

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
    /// All there are.
    pub const ALL: [Self; 3] = [Self::Webhook, Self::Mail, Self::Sms];

    fn name(self) -> &'static str {
        match self {
            Self::Webhook => "webhook",
            Self::Mail => "mail",
            Self::Sms => "sms",
        }
    }

    fn named(name: &str) -> Self {
        let mut ways = Self::ALL.into_iter();
        ways.find(|way| way.name() == name).unwrap_or(Self::Webhook)
    }
}

impl std::fmt::Display for Way {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
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
    /// What is sent; [`REFERENCE`] stands for the reference (a message's id), [`TRANSCRIPT`] for a message's words.
    pub text: Pii<String>,
    /// Whether the message itself goes with it (by mail).
    pub sound: bool,
}

/// What a delivery tells of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum About {
    /// A request, by its reference.
    Request(String),
    /// A message, by its id.
    Message(String),
}

impl About {
    fn name(&self) -> &str {
        match self {
            Self::Request(name) | Self::Message(name) => name,
        }
    }

    fn column(&self) -> &'static str {
        match self {
            Self::Request(_) => "reference",
            Self::Message(_) => "message",
        }
    }
}

impl std::fmt::Display for About {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Request(reference) => write!(f, "demande {reference}"),
            Self::Message(id) => write!(f, "message {id}"),
        }
    }
}

/// Something that is due.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// The same at each attempt.
    pub id: String,
    /// What it tells of.
    pub about: About,
    /// How.
    pub way: Way,
    /// An address, a number.
    pub recipient: Pii<String>,
    /// Of a mail.
    pub subject: String,
    /// What is sent.
    pub text: Pii<String>,
    /// Whether the message itself goes with it.
    pub sound: bool,
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
    /// It was not.
    Failed {
        /// Why, in our words.
        reason: String,
        /// What others say of it.
        said: Option<Pii<String>>,
        /// Whether somebody has to do something.
        stuck: bool,
        /// When it is tried again, if it is (Unix milliseconds).
        again: Option<i64>,
    },
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
    /// What the last attempt came to, in our words.
    pub error: Option<String>,
    /// What the other side said of it, which may hold what was sent.
    pub said: Option<String>,
    /// Whether it needs somebody, even where it is tried again.
    pub stuck: bool,
}

/// A delivery whose last attempt failed, as it is shown.
#[derive(Clone, Debug)]
pub struct LateRow {
    /// By which it is tried again.
    pub id: String,
    /// What it tells of.
    pub about: About,
    /// The id of the service that deals with that.
    pub service: String,
    /// How it stands.
    pub delivery: DeliveryRow,
}

pub(super) fn insert(
    database: &Connection,
    about: &About,
    due: i64,
    deliveries: &[NewDelivery],
) -> rusqlite::Result<()> {
    for delivery in deliveries {
        let named = |text: &str| text.replace(REFERENCE, about.name());
        database.execute(
            &format!(
                "INSERT INTO deliveries (id, {}, way, recipient, subject, text, sound, due_at)
                 VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                about.column()
            ),
            params![
                CallId::random().to_string(),
                about.name(),
                delivery.way.name(),
                delivery.recipient.reveal(),
                named(&delivery.subject),
                named(delivery.text.reveal()),
                delivery.sound,
                due
            ],
        )?;
    }
    Ok(())
}

/// Notes it; false where there is nothing to be delivered of this id any more.
pub(super) fn update(database: &Connection, id: &str, at: i64, attempt: &Attempt) -> Result<bool, StoreError> {
    let changed = match attempt {
        Attempt::Begins(again) => database.execute(
            "UPDATE deliveries SET attempts = attempts + 1, due_at = ? WHERE id = ? AND due_at IS NOT NULL",
            params![again, id],
        ),
        Attempt::Arrived => database.execute(
            "UPDATE deliveries SET arrived_at = ?, due_at = NULL, error = NULL, said = NULL, stuck = 0 WHERE id = ?",
            params![at, id],
        ),
        Attempt::Failed {
            reason,
            said,
            stuck,
            again,
        } => database.execute(
            "UPDATE deliveries SET error = ?, said = ?, stuck = ?, due_at = ? WHERE id = ?",
            params![reason, said.as_ref().map(Pii::reveal), stuck, again, id],
        ),
    }?;
    Ok(changed > 0)
}

const AGAIN: &str = "UPDATE deliveries SET due_at = ?, attempts = 0, error = NULL, said = NULL, stuck = 0
                     WHERE arrived_at IS NULL";

/// Has what did not arrive of this tried again, now.
pub(super) fn again(database: &Connection, about: &About, at: i64) -> Result<usize, StoreError> {
    Ok(database.execute(
        &format!("{AGAIN} AND {} = ?", about.column()),
        params![at, about.name()],
    )?)
}

/// Has this one tried again, now; false where it has arrived, or is gone.
pub(super) fn one_again(database: &Connection, id: &str, at: i64) -> Result<bool, StoreError> {
    Ok(database.execute(&format!("{AGAIN} AND id = ?"), params![at, id])? > 0)
}

/// Has all that did not arrive of requests tried again, now.
pub(super) fn requests_again(database: &Connection, at: i64) -> Result<usize, StoreError> {
    Ok(database.execute(&format!("{AGAIN} AND reference IS NOT NULL"), [at])?)
}

/// The same of messages; what was never tried waits for its words.
pub(super) fn messages_again(database: &Connection, at: i64) -> Result<usize, StoreError> {
    Ok(database.execute(&format!("{AGAIN} AND message IS NOT NULL AND attempts > 0"), [at])?)
}

/// Puts a message's words into what is to be sent of it; what was not yet tried is due `at` once.
pub(super) fn fill(database: &Connection, message: &str, words: &str, at: i64) -> rusqlite::Result<()> {
    let mut statement =
        database.prepare("SELECT id, way, text FROM deliveries WHERE message = ? AND arrived_at IS NULL")?;
    let row = |row: &Row| Ok((row.get(0)?, row.get(1)?, row.get(2)?));
    let waiting: Vec<(String, String, String)> = statement.query_map([message], row)?.collect::<Result<_, _>>()?;
    for (id, way, text) in waiting {
        let text = filled(Way::named(&way), &text, Some(words));
        database.execute(
            "UPDATE deliveries SET text = ?, due_at = CASE attempts WHEN 0 THEN ? ELSE due_at END WHERE id = ?",
            params![text, at, id],
        )?;
    }
    Ok(())
}

/// A text with a message's words in it, which are none where nobody has written them down.
fn filled(way: Way, text: &str, words: Option<&str>) -> String {
    let (hole, words) = match way {
        Way::Webhook => (format!("\"{TRANSCRIPT}\""), serde_json::json!(words).to_string()),
        Way::Mail | Way::Sms => {
            let words = match words {
                None => "(pas encore de transcription)".to_owned(),
                Some("") => "(aucune parole reconnue)".to_owned(),
                Some(words) => words.to_owned(),
            };
            (TRANSCRIPT.to_owned(), words)
        }
    };
    text.replace(&hole, &words)
}

/// What is to go first this way of what is due at `now` (Unix milliseconds).
pub(super) fn due(database: &Connection, way: Way, now: i64) -> Result<Option<Delivery>, StoreError> {
    let mut statement = database.prepare(
        "SELECT id, reference, message, way, recipient, subject, text, sound, attempts FROM deliveries
         WHERE due_at <= ? AND way = ? ORDER BY due_at, rowid LIMIT 1",
    )?;
    let row = |row: &Row| {
        let about = match row.get(1)? {
            Some(reference) => About::Request(reference),
            None => About::Message(row.get(2)?),
        };
        let way = Way::named(&row.get::<_, String>(3)?);
        let text: String = row.get(6)?;
        let text = match about {
            About::Request(_) => text,
            About::Message(_) => filled(way, &text, None),
        };
        Ok(Delivery {
            id: row.get(0)?,
            about,
            way,
            recipient: row.get::<_, String>(4)?.into(),
            subject: row.get(5)?,
            text: text.into(),
            sound: row.get(7)?,
            attempts: row.get(8)?,
        })
    };
    Ok(statement.query_row(params![now, way.name()], row).optional()?)
}

/// How the deliveries of this stand.
pub(super) fn of(database: &Connection, about: &About) -> rusqlite::Result<Vec<DeliveryRow>> {
    let mut statement = database.prepare(&format!(
        "SELECT {SHOWN} FROM deliveries d WHERE {} = ? ORDER BY rowid",
        about.column()
    ))?;
    statement.query_map([about.name()], shown)?.collect()
}

/// What [`shown`] reads.
const SHOWN: &str = "d.way, d.recipient, d.attempts, d.arrived_at, d.due_at, d.error, d.said, d.stuck";

fn shown(row: &Row) -> rusqlite::Result<DeliveryRow> {
    Ok(DeliveryRow {
        way: Way::named(&row.get::<_, String>(0)?),
        recipient: row.get(1)?,
        attempts: row.get(2)?,
        arrived_at: row.get(3)?,
        due_at: row.get(4)?,
        error: row.get(5)?,
        said: row.get(6)?,
        stuck: row.get(7)?,
    })
}

/// All whose last attempt failed: first those that need somebody, then in the order in which they are tried again.
pub(super) fn late(database: &Connection) -> rusqlite::Result<Vec<LateRow>> {
    let mut statement = database.prepare(&format!(
        "SELECT {SHOWN}, d.id, d.reference, d.message, coalesce(r.service, m.service)
         FROM deliveries d LEFT JOIN requests r USING (reference) LEFT JOIN messages m ON m.id = d.message
         WHERE d.arrived_at IS NULL AND d.error IS NOT NULL ORDER BY d.stuck DESC, d.due_at, d.rowid"
    ))?;
    let row = |row: &Row| {
        Ok(LateRow {
            delivery: shown(row)?,
            id: row.get(8)?,
            about: match row.get(9)? {
                Some(reference) => About::Request(reference),
                None => About::Message(row.get(10)?),
            },
            service: row.get(11)?,
        })
    };
    statement.query_map([], row)?.collect()
}

/// How many need somebody.
pub(super) fn stuck(database: &Connection) -> Result<i64, StoreError> {
    let count = "SELECT count(*) FROM deliveries WHERE arrived_at IS NULL AND stuck";
    Ok(database.query_row(count, [], |row| row.get(0))?)
}
