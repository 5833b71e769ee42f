//! Requests and messages on their way to those who deal with them: a signed webhook, a mail to the service, an SMS to the
//! caller.
//!
//! ```text
//! a call → store: the request or message and its deliveries, in one transaction → the postman → webhook, mail, SMS
//!                       ▲                                                 │
//!                       └──────── arrived, or again later ◄───────────────┘
//! ```
//!
//! One thread delivers: calls never wait for it. Before each attempt it writes that it begins, and after it what came of
//! it: whatever was taken is not sent again. Where this server dies in the middle of one, it is sent again with the same
//! id, by which the receiver knows the repeat.

mod compose;
mod mail;
mod sms;
mod webhook;

use std::sync::mpsc;
use std::thread::JoinHandle;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

pub use compose::{Left, Sender, compose, compose_message};
pub use mail::MailSettings;
pub use sms::{BODY as SMS_BODY, SmsSettings};
pub use webhook::WebhookSettings;

use crate::store::{About, Attempt, Delivery, Reader, Store, StoreError, Way};

/// How long one attempt may take.
const TIMEOUT: Duration = Duration::from_secs(20);
/// Wait after the first attempt that failed; each further one doubles it.
const FIRST_WAIT: Duration = Duration::from_secs(30);
/// The longest wait.
const LONGEST_WAIT: Duration = Duration::from_secs(6 * 3600);
/// From so many failed attempts on (a quarter of an hour), the admin is told.
pub const STUCK: u32 = 5;
/// Deliveries of one round.
const ROUND: u32 = 50;
/// How often the store is looked at when nobody says that there is something new.
const LOOK: Duration = Duration::from_secs(15);

/// Where requests and messages go.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// The town's own software.
    pub webhook: Option<WebhookSettings>,
    /// The mail server.
    pub mail: Option<MailSettings>,
    /// The gateway for SMS.
    pub sms: Option<SmsSettings>,
}

/// Why an attempt failed.
#[derive(Debug, thiserror::Error)]
#[error("{reason}")]
pub struct Failure {
    /// What happened; nothing of what was sent is in it.
    reason: String,
    /// Whether the same thing will fail again.
    for_good: bool,
}

impl Failure {
    fn once(reason: impl std::fmt::Display) -> Self {
        Self {
            reason: reason.to_string(),
            for_good: false,
        }
    }

    fn for_good(reason: impl std::fmt::Display) -> Self {
        Self {
            reason: reason.to_string(),
            for_good: true,
        }
    }
}

/// Tells the postman that there is something to deliver; cheap to clone.
#[derive(Clone)]
pub struct Bell(mpsc::SyncSender<()>);

impl Bell {
    /// There is something new.
    pub fn ring(&self) {
        // One ring that is not yet heard is enough.
        let _ = self.0.try_send(());
    }
}

/// Delivers what is due, on a thread of its own, until dropped.
pub struct Postman {
    bell: Option<Bell>,
    thread: Option<JoinHandle<()>>,
}

impl Postman {
    /// Starts it.
    pub fn start(store: Store, settings: Settings) -> Result<Self, StoreError> {
        let round = Round::new(store, settings)?;
        let (bell, rung) = mpsc::sync_channel(1);
        let work = move || {
            loop {
                if let Err(error) = round.run(now_ms()) {
                    tracing::error!(%error, "acheminement des demandes et des messages");
                }
                match rung.recv_timeout(LOOK) {
                    Ok(()) | Err(mpsc::RecvTimeoutError::Timeout) => {}
                    Err(mpsc::RecvTimeoutError::Disconnected) => return,
                }
            }
        };
        let thread = std::thread::Builder::new().name("deliver".into()).spawn(work);
        let thread = thread.map_err(|error| StoreError::Message(error.to_string()))?;
        Ok(Self {
            bell: Some(Bell(bell)),
            thread: Some(thread),
        })
    }

    /// Its bell.
    pub fn bell(&self) -> Bell {
        self.bell.clone().expect("there until dropped")
    }
}

impl Drop for Postman {
    fn drop(&mut self) {
        // Its thread ends when the last bell is gone; an attempt under way may take its time, and is not waited for.
        self.bell = None;
        self.thread = None;
    }
}

/// One look at what is due.
struct Round {
    store: Store,
    reader: Reader,
    settings: Settings,
    http: ureq::Agent,
}

impl Round {
    fn new(store: Store, settings: Settings) -> Result<Self, StoreError> {
        let reader = store.reader()?;
        let http = ureq::Agent::config_builder()
            .timeout_global(Some(TIMEOUT))
            .max_redirects(0)
            .http_status_as_error(false)
            .user_agent(concat!("allo/", env!("CARGO_PKG_VERSION")))
            .build()
            .new_agent();
        Ok(Self {
            store,
            reader,
            settings,
            http,
        })
    }

    /// Tries all that is due at `now` (Unix milliseconds).
    fn run(&self, now: i64) -> Result<(), StoreError> {
        for delivery in self.reader.due(now, ROUND)? {
            let tried = delivery.attempts + 1;
            let again = now + wait(tried).as_millis() as i64;
            self.note(&delivery, Attempt::Begins(again + TIMEOUT.as_millis() as i64));
            let outcome = match self.send(&delivery) {
                Ok(()) => {
                    tracing::info!(about = %delivery.about, way = ?delivery.way, "transmis");
                    Attempt::Arrived
                }
                Err(failure) => {
                    let stuck = failure.for_good || tried >= STUCK;
                    let (about, way) = (&delivery.about, delivery.way);
                    if stuck {
                        let command = match about {
                            About::Request(_) => "allo requests",
                            About::Message(_) => "allo messages",
                        };
                        tracing::error!(%about, ?way, tried, %failure, "non transmis : voir « {command} »");
                    } else {
                        tracing::warn!(%about, ?way, tried, %failure, "non transmis, nouvel essai prévu");
                    }
                    Attempt::Failed(failure.to_string(), (!failure.for_good).then_some(again))
                }
            };
            self.note(&delivery, outcome);
        }
        metrics::gauge!("allo_deliveries_stuck").set(self.reader.stuck_deliveries(STUCK)? as f64);
        Ok(())
    }

    /// Writes it, and waits until it is written: what is read next must not be what was.
    fn note(&self, delivery: &Delivery, attempt: Attempt) {
        self.store.attempt(&delivery.id, attempt);
        self.store.flush();
    }

    fn send(&self, delivery: &Delivery) -> Result<(), Failure> {
        let settings = &self.settings;
        let missing = |setting: &str| Failure::once(format!("« {setting} » n'est plus réglé"));
        match delivery.way {
            Way::Webhook => {
                let webhook = settings.webhook.as_ref().ok_or_else(|| missing("webhook"))?;
                webhook::send(&self.http, webhook, delivery, now_ms() / 1000)
            }
            Way::Mail => {
                let mail = settings.mail.as_ref().ok_or_else(|| missing("mail"))?;
                mail::send(mail, delivery, self.sound(delivery)?)
            }
            Way::Sms => sms::send(
                &self.http,
                settings.sms.as_ref().ok_or_else(|| missing("sms"))?,
                delivery,
            ),
        }
    }

    /// The sound that goes with it; none where its term is over.
    fn sound(&self, delivery: &Delivery) -> Result<Option<Vec<u8>>, Failure> {
        let (true, About::Message(id)) = (delivery.sound, &delivery.about) else {
            return Ok(None);
        };
        match std::fs::read(self.store.sound(id)) {
            Ok(sound) => Ok(Some(sound)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(Failure::once(format!("son du message illisible : {error}"))),
        }
    }
}

/// What an HTTP status says of an attempt.
fn judge(status: u16) -> Result<(), Failure> {
    let reason = || format!("le serveur a répondu {status}");
    match status {
        200..=299 => Ok(()),
        // Too early, too much, too late: another time perhaps.
        408 | 425 | 429 | 500.. => Err(Failure::once(reason())),
        _ => Err(Failure::for_good(reason())),
    }
}

/// How long to wait after so many failed attempts.
fn wait(attempts: u32) -> Duration {
    let doubled = 1u32.checked_shl(attempts.saturating_sub(1)).unwrap_or(u32::MAX);
    FIRST_WAIT.saturating_mul(doubled.max(1)).min(LONGEST_WAIT)
}

fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    since.as_millis() as i64
}

#[cfg(test)]
mod tests;
