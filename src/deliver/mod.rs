//! Requests and messages on their way to those who deal with them: a signed webhook, a mail to the service, an SMS to the
//! caller.
//!
//! ```text
//! a call → store: the request or message and its deliveries, in one transaction → the postman → webhook, mail, SMS
//!                       ▲                                                 │
//!                       └──────── arrived, or again later ◄───────────────┘
//! ```
//!
//! One thread for each way delivers: calls never wait for it, and no way waits for another. Before each attempt it writes
//! that it begins, and after it what came of it: whatever was taken is not sent again. An attempt has an end, however the
//! other side behaves. Where this server dies in the middle of one, it is sent again with the same id, by which the receiver
//! knows the repeat.

mod compose;
mod mail;
mod sms;
mod webhook;

use std::sync::mpsc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

pub use compose::{Left, Sender, compose, compose_message};
pub use mail::MailSettings;
pub use sms::{BODY as SMS_BODY, SmsSettings};
pub use webhook::WebhookSettings;

use crate::pii::Pii;
use crate::store::{About, Attempt, Delivery, Reader, Store, StoreError, Way};

/// How long one attempt may take, where little is sent.
const TIMEOUT: Duration = Duration::from_secs(20);
/// The slowest line that a message's sound is sent over, in bytes a second.
const SLOWEST_LINE: u64 = 32_000;
/// Wait after the first attempt that failed; each further one doubles it.
const FIRST_WAIT: Duration = Duration::from_secs(30);
/// The same where somebody has to mend a setting, here or on the other side: servers lock out who insists.
const FIRST_WAIT_FOR_SOMEBODY: Duration = Duration::from_secs(3600);
/// The longest wait.
const LONGEST_WAIT: Duration = Duration::from_secs(6 * 3600);
/// From so many failed attempts on (a quarter of an hour), the admin is told.
const STUCK: u32 = 5;
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
    /// What happened, in our words: nothing of what was sent is in it.
    reason: String,
    /// What the other side, or the library that talks to it, says of it. It may hold what was sent.
    said: Option<Pii<String>>,
    cause: Cause,
}

/// What has to change before an attempt can do better.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cause {
    /// Nothing: time may do.
    Passing,
    /// A setting, here or on the other side: an expired password, an address that has moved.
    Setting,
    /// The thing itself, which will be refused again.
    Thing,
}

impl Failure {
    fn new(cause: Cause, reason: impl Into<String>) -> Self {
        Self {
            reason: reason.into(),
            said: None,
            cause,
        }
    }

    /// With what others say of it.
    fn saying(self, said: impl std::fmt::Display) -> Self {
        Self {
            said: Some(said.to_string().into()),
            ..self
        }
    }

    /// What was waited for too long.
    fn late() -> Self {
        Self::new(Cause::Passing, "pas de réponse à temps")
    }
}

/// Tells the postman that there is something to deliver; cheap to clone.
#[derive(Clone)]
pub struct Bell(Vec<mpsc::SyncSender<()>>);

impl Bell {
    /// There is something new.
    pub fn ring(&self) {
        for carrier in &self.0 {
            // One ring that is not yet heard is enough.
            let _ = carrier.try_send(());
        }
    }
}

/// Delivers what is due, each way on a thread of its own, until the last bell is dropped: an attempt under way then may
/// take its time, and is not waited for.
pub struct Postman(Bell);

impl Postman {
    /// Starts it.
    pub fn start(store: Store, settings: Settings) -> Result<Self, StoreError> {
        let carriers = Way::ALL.map(|way| Carrier::new(way, store.clone(), settings.clone()));
        let bells = carriers.into_iter().map(|carrier| begin(carrier?));
        Ok(Self(Bell(bells.collect::<Result<_, _>>()?)))
    }

    /// Its bell.
    pub fn bell(&self) -> Bell {
        self.0.clone()
    }
}

/// Starts a carrier's thread.
fn begin(mut carrier: Carrier) -> Result<mpsc::SyncSender<()>, StoreError> {
    let (bell, rung) = mpsc::sync_channel(1);
    let name = format!("deliver-{}", carrier.way);
    let work = move || {
        loop {
            let more = carrier.carry(now_ms).unwrap_or_else(|error| {
                tracing::error!(%error, "acheminement des demandes et des messages");
                false
            });
            let is_over = if more {
                rung.try_recv() == Err(mpsc::TryRecvError::Disconnected)
            } else {
                rung.recv_timeout(LOOK) == Err(mpsc::RecvTimeoutError::Disconnected)
            };
            if is_over {
                return;
            }
        }
    };
    let thread = std::thread::Builder::new().name(name).spawn(work);
    thread.map_err(|error| StoreError::Message(error.to_string()))?;
    Ok(bell)
}

/// Delivers on one way, one thing at a time: so nothing is ever under way twice.
struct Carrier {
    way: Way,
    store: Store,
    reader: Reader,
    settings: Settings,
    http: ureq::Agent,
    /// How long an attempt may take, where little is sent.
    timeout: Duration,
    /// What came of an attempt and could not be written: nothing is sent before it is.
    unwritten: Option<(String, Attempt)>,
}

impl Carrier {
    fn new(way: Way, store: Store, settings: Settings) -> Result<Self, StoreError> {
        let reader = store.reader()?;
        let http = ureq::Agent::config_builder()
            .max_redirects(0)
            .http_status_as_error(false)
            .user_agent(concat!("allo/", env!("CARGO_PKG_VERSION")))
            .build()
            .new_agent();
        Ok(Self {
            way,
            store,
            reader,
            settings,
            http,
            timeout: TIMEOUT,
            unwritten: None,
        })
    }

    /// Tries the first thing that is due by this clock (Unix milliseconds); whether there was one.
    fn carry(&mut self, clock: impl Fn() -> i64) -> Result<bool, StoreError> {
        if let Some((id, outcome)) = &self.unwritten {
            self.store.attempt(id, outcome.clone())?;
            self.unwritten = None;
        }
        let found = self.reader.due(self.way, clock())?;
        if let Some(delivery) = &found {
            self.attempt(delivery, clock)?;
        }
        metrics::gauge!("allo_deliveries_stuck").set(self.reader.stuck_deliveries()? as f64);
        Ok(found.is_some())
    }

    fn attempt(&mut self, delivery: &Delivery, clock: impl Fn() -> i64) -> Result<(), StoreError> {
        let tried = delivery.attempts + 1;
        let limit = self.limit(delivery);
        let again = |cause| wait(cause, tried).map(|wait| clock() + wait.as_millis() as i64);
        let should_we_die = again(Cause::Passing).map_or(clock(), |at| at + limit.as_millis() as i64);
        if !self.store.attempt(&delivery.id, Attempt::Begins(should_we_die))? {
            // It was deleted a moment ago.
            return Ok(());
        }
        let (about, way) = (&delivery.about, delivery.way);
        let outcome = match self.send(delivery, limit) {
            Ok(()) => {
                tracing::info!(%about, %way, "transmis");
                Attempt::Arrived
            }
            Err(failure) => {
                let stuck = failure.cause != Cause::Passing || tried >= STUCK;
                if stuck {
                    let command = match about {
                        About::Request(_) => "allo requests",
                        About::Message(_) => "allo messages",
                    };
                    tracing::error!(%about, %way, tried, %failure, "non transmis : voir « {command} »");
                } else {
                    tracing::warn!(%about, %way, tried, %failure, "non transmis, nouvel essai prévu");
                }
                Attempt::Failed {
                    reason: failure.reason,
                    said: failure.said,
                    stuck,
                    again: again(failure.cause),
                }
            }
        };
        let written = self.store.attempt(&delivery.id, outcome.clone());
        if written.is_err() {
            self.unwritten = Some((delivery.id.clone(), outcome));
        }
        written.map(drop)
    }

    /// How long an attempt may take.
    fn limit(&self, delivery: &Delivery) -> Duration {
        let sound = match &delivery.about {
            About::Message(id) if delivery.sound => {
                std::fs::metadata(self.store.sound(id)).map_or(0, |file| file.len())
            }
            _ => 0,
        };
        // In base 64, four bytes go for three.
        self.timeout + Duration::from_secs(sound * 4 / 3 / SLOWEST_LINE)
    }

    fn send(&self, delivery: &Delivery, limit: Duration) -> Result<(), Failure> {
        let settings = &self.settings;
        let missing = |setting: &str| Failure::new(Cause::Setting, format!("« {setting} » n'est plus réglé"));
        match delivery.way {
            Way::Webhook => {
                let webhook = settings.webhook.as_ref().ok_or_else(|| missing("webhook"))?;
                webhook::send(&self.http, webhook, delivery, now_ms() / 1000, limit)
            }
            Way::Mail => {
                let mail = settings.mail.as_ref().ok_or_else(|| missing("mail"))?;
                mail::send(mail, delivery, self.sound(delivery)?, limit)
            }
            Way::Sms => {
                let sms = settings.sms.as_ref().ok_or_else(|| missing("sms"))?;
                sms::send(&self.http, sms, delivery, limit)
            }
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
            Err(error) => Err(Failure::new(Cause::Passing, "son du message illisible").saying(error)),
        }
    }
}

/// What comes back of what was posted: a status, or none.
fn judge(answer: Result<u16, ureq::Error>) -> Result<(), Failure> {
    let status = answer.map_err(|error| match &error {
        ureq::Error::Timeout(_) => Failure::late(),
        ureq::Error::Io(io) => failed(io.kind()).saying(&error),
        ureq::Error::HostNotFound => Failure::new(Cause::Passing, "serveur inconnu (DNS)").saying(&error),
        ureq::Error::Protocol(_) | ureq::Error::LargeResponseHeader(..) => {
            Failure::new(Cause::Passing, "la réponse n'est pas du HTTP").saying(&error)
        }
        ureq::Error::Tls(_) | ureq::Error::Rustls(_) => {
            Failure::new(Cause::Passing, "liaison chiffrée (TLS) impossible").saying(&error)
        }
        ureq::Error::BadUri(_) | ureq::Error::Http(_) => {
            Failure::new(Cause::Setting, "adresse ou en-tête inutilisable").saying(&error)
        }
        _ => Failure::new(Cause::Passing, "liaison impossible").saying(&error),
    })?;
    let (cause, hint) = match status {
        200..=299 => return Ok(()),
        // Too early, too much, too late: another time perhaps.
        408 | 425 | 429 | 500.. => (Cause::Passing, ""),
        // What was sent is not what they take, or they have it.
        400 | 409 | 410 | 413 | 422 => (Cause::Thing, ""),
        300..=399 => (Cause::Setting, " : l'adresse a changé"),
        401 | 403 | 407 => (Cause::Setting, " : accès refusé"),
        404 => (Cause::Setting, " : rien à cette adresse"),
        _ => (Cause::Setting, ""),
    };
    Err(Failure::new(cause, format!("le serveur a répondu {status}{hint}")))
}

/// What went wrong with a connection, in French.
fn failed(kind: std::io::ErrorKind) -> Failure {
    use std::io::ErrorKind;
    let reason = match kind {
        ErrorKind::TimedOut | ErrorKind::WouldBlock => return Failure::late(),
        ErrorKind::ConnectionRefused => "connexion refusée",
        ErrorKind::ConnectionReset
        | ErrorKind::ConnectionAborted
        | ErrorKind::BrokenPipe
        | ErrorKind::UnexpectedEof => "liaison coupée par le serveur",
        ErrorKind::HostUnreachable | ErrorKind::NetworkUnreachable => "serveur injoignable",
        _ => "liaison impossible",
    };
    Failure::new(Cause::Passing, reason)
}

/// How long to wait after so many failed attempts, where waiting can do any good.
fn wait(cause: Cause, attempts: u32) -> Option<Duration> {
    let first = match cause {
        Cause::Passing => FIRST_WAIT,
        Cause::Setting => FIRST_WAIT_FOR_SOMEBODY,
        Cause::Thing => return None,
    };
    let doubled = 1u32.checked_shl(attempts.saturating_sub(1)).unwrap_or(u32::MAX);
    Some(first.saturating_mul(doubled.max(1)).min(LONGEST_WAIT))
}

fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    since.as_millis() as i64
}

#[cfg(test)]
mod tests;
