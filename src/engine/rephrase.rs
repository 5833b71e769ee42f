//! Other words for what the town has written, from a server on the town's own network that speaks OpenAI's protocol
//! (llama.cpp, vLLM, Ollama). Nothing of what it says is trusted: the call holds it against the town's words.
//!
//! It is never waited for longer than was configured, one question at a time: where it is busy, stalls or dies, there are
//! no other words, and after a few failures it is left alone for a while.

mod breaker;
mod endpoint;
mod prompt;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Bytes;
use hyper::header;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::sync::Semaphore;
use tokio::task::AbortHandle;

use crate::pii::{Pii, Secret};
use breaker::Breaker;
pub use endpoint::{Endpoint, is_inside};

/// Where other words come from.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The server.
    pub endpoint: Endpoint,
    /// The model, by the server's name for it.
    pub model: String,
    /// What the server wants to know before it answers.
    pub key: Option<Secret>,
    /// The longest wait for one answer.
    pub wait: Duration,
}

/// Questions at one time: the cores are the callers'.
const AT_ONCE: usize = 1;
/// Longest answer, in bytes.
const LONGEST: usize = 64 << 10;

/// Why there are no other words; nothing that was said is in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RephraseError {
    /// Another call asks.
    #[error("le service de reformulation est occupé")]
    Busy,
    /// It has failed too often.
    #[error("le service de reformulation a trop échoué : il est laissé au repos")]
    Resting,
    /// It could not be reached.
    #[error("le service de reformulation ne répond pas")]
    Unreachable,
    /// Its address leads out of the town's network.
    #[error("l'adresse du service de reformulation sort du réseau de la mairie")]
    Outside,
    /// It was too slow.
    #[error("le service de reformulation est trop lent")]
    Slow,
    /// It answered with this status.
    #[error("le service de reformulation répond par une erreur {0}")]
    Status(u16),
    /// It broke off.
    #[error("le service de reformulation a coupé sa réponse")]
    Cut,
    /// What it answered is no answer.
    #[error("la réponse du service de reformulation est illisible")]
    Garbage,
}

/// Asks for other words.
pub struct Rephraser {
    settings: Arc<Settings>,
    runtime: tokio::runtime::Handle,
    slots: Arc<Semaphore>,
    breaker: Arc<Mutex<Breaker>>,
}

/// A question under way; dropped, it is broken off, and the server sees the connection close.
pub struct Request(Option<AbortHandle>);

impl Drop for Request {
    fn drop(&mut self) {
        self.0.iter().for_each(AbortHandle::abort);
    }
}

impl Rephraser {
    /// Asks from this runtime, which is not the one that sends sound.
    pub fn new(settings: Settings, runtime: tokio::runtime::Handle) -> Self {
        Self {
            settings: Arc::new(settings),
            runtime,
            slots: Arc::new(Semaphore::new(AT_ONCE)),
            breaker: Arc::default(),
        }
    }

    /// Asks for a passage in words that suit a question. The answer comes to `reply`, at once where there will be none; a
    /// question that is dropped has none.
    pub fn ask(
        &self,
        question: Pii<String>,
        passage: Arc<str>,
        reply: impl FnOnce(Result<String, RephraseError>) + Send + 'static,
    ) -> Request {
        let Ok(slot) = self.slots.clone().try_acquire_owned() else {
            reply(Err(RephraseError::Busy));
            return Request(None);
        };
        if !lock(&self.breaker).lets_through(Instant::now()) {
            reply(Err(RephraseError::Resting));
            return Request(None);
        }
        let (settings, mut attempt) = (self.settings.clone(), Attempt::begin(self.breaker.clone()));
        let task = self.runtime.spawn(async move {
            let answer = tokio::time::timeout(settings.wait, asked(&settings, &question, &passage)).await;
            let answer = answer.unwrap_or(Err(RephraseError::Slow));
            attempt.ended(&answer);
            drop(slot);
            reply(answer);
        });
        Request(Some(task.abort_handle()))
    }
}

fn lock(breaker: &Mutex<Breaker>) -> std::sync::MutexGuard<'_, Breaker> {
    breaker.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What the breaker learns of one question, however it ends.
struct Attempt {
    breaker: Arc<Mutex<Breaker>>,
    began: Instant,
    has_ended: bool,
}

impl Attempt {
    fn begin(breaker: Arc<Mutex<Breaker>>) -> Self {
        Self {
            breaker,
            began: Instant::now(),
            has_ended: false,
        }
    }

    fn ended(&mut self, answer: &Result<String, RephraseError>) {
        self.has_ended = true;
        metrics::histogram!("allo_rephrase_seconds").record(self.began.elapsed().as_secs_f64());
        if let Err(error) = answer {
            tracing::warn!(%error, "pas de reformulation");
        }
        lock(&self.breaker).ended(answer.is_ok(), Instant::now());
    }
}

impl Drop for Attempt {
    fn drop(&mut self) {
        if !self.has_ended {
            lock(&self.breaker).broken_off(self.began.elapsed(), Instant::now());
        }
    }
}

/// One question and its answer.
async fn asked(settings: &Settings, question: &Pii<String>, passage: &str) -> Result<String, RephraseError> {
    let body = prompt::body(&settings.model, question.reveal(), passage);
    let answer = post(settings, "/chat/completions", Some(body)).await?;
    prompt::answer(&answer).ok_or(RephraseError::Garbage)
}

/// What the server answers when asked for its models: whether it is there at all.
///
/// # Errors
/// Why it does not answer.
pub async fn probe(settings: &Settings) -> Result<(), RephraseError> {
    let answer = tokio::time::timeout(settings.wait, post(settings, "/models", None)).await;
    answer.unwrap_or(Err(RephraseError::Slow)).map(drop)
}

/// One request on a connection of its own; a redirection is an error like any other.
async fn post(settings: &Settings, path: &str, body: Option<String>) -> Result<Bytes, RephraseError> {
    let endpoint = &settings.endpoint;
    let addresses = endpoint.addresses().await?;
    let stream = TcpStream::connect(&addresses[..])
        .await
        .map_err(|_| RephraseError::Unreachable)?;
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
        .await
        .map_err(|_| RephraseError::Unreachable)?;
    let method = if body.is_some() { "POST" } else { "GET" };
    let mut request = hyper::Request::builder()
        .method(method)
        .uri(format!("{}{path}", endpoint.path()))
        .header(header::HOST, endpoint.authority())
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::CONNECTION, "close");
    if let Some(key) = &settings.key {
        request = request.header(header::AUTHORIZATION, format!("Bearer {}", key.reveal()));
    }
    let request = request
        .body(Full::new(Bytes::from(body.unwrap_or_default())))
        .map_err(|_| RephraseError::Unreachable)?;
    let exchange = async {
        let response = sender.send_request(request).await.map_err(|_| RephraseError::Cut)?;
        let status = response.status().as_u16();
        if status != 200 {
            return Err(RephraseError::Status(status));
        }
        let body = Limited::new(response.into_body(), LONGEST).collect().await;
        let too_long = |error: Box<dyn std::error::Error + Send + Sync>| {
            let is_long = error.is::<http_body_util::LengthLimitError>();
            if is_long {
                RephraseError::Garbage
            } else {
                RephraseError::Cut
            }
        };
        Ok(body.map_err(too_long)?.to_bytes())
    };
    // Both in one task: when it is dropped, so is the connection.
    tokio::pin!(exchange, connection);
    tokio::select! {
        biased;
        answer = &mut exchange => answer,
        ended = &mut connection => match ended {
            Ok(()) => exchange.await,
            Err(_) => Err(RephraseError::Cut),
        },
    }
}

#[cfg(test)]
mod tests;
