//! Messages written down, whenever recognition has nothing better to do: what waits for their words then goes out.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use tokio::sync::oneshot;

use super::App;
use crate::audio::{Pcm, wav};
use crate::engine::recognition::Urgency;
use crate::engine::whisper::{Prompt, WhisperError};
use crate::hear::{self, Utterance, pieces};
use crate::pii::Pii;
use crate::units::{CallId, Expect, JobId};

/// Wait after the store failed.
const AGAIN: Duration = Duration::from_secs(60);
/// Wait before recognition is asked again, when callers had it.
const BUSY: Duration = Duration::from_secs(1);

/// Writes messages down, for as long as it runs.
pub(super) async fn run(app: Arc<App>) {
    loop {
        match write_down(&app).await {
            // A permit is kept for a message that is left meanwhile.
            Ok(()) => app.messages_left.notified().await,
            Err(error) => {
                tracing::error!(%error, "transcription des messages");
                tokio::time::sleep(AGAIN).await;
            }
        }
    }
}

/// All those that are not.
async fn write_down(app: &Arc<App>) -> anyhow::Result<()> {
    let store = app.store.clone();
    let unwritten = tokio::task::spawn_blocking(move || store.reader()?.unwritten()).await??;
    for message in unwritten {
        let words = match words(app, &message).await {
            Ok(words) => words,
            // Its service gets it all the same, to listen to; what is wrong with it will not mend.
            Err(error) => {
                tracing::error!(message, "transcription impossible : {error:#}");
                Pii::default()
            }
        };
        let (store, bell) = (app.store.clone(), app.bell.clone());
        let keep = move || {
            store.transcribed(&message, words);
            store.flush();
            bell.ring();
        };
        tokio::task::spawn_blocking(keep).await?;
    }
    Ok(())
}

/// The words of a message.
async fn words(app: &Arc<App>, message: &str) -> anyhow::Result<Pii<String>> {
    let path = app.store.sound(message);
    let read = move || {
        let file = std::fs::File::open(&path).with_context(|| format!("lecture impossible de {}", path.display()))?;
        let sound: Pcm<16_000> = wav::read("message", std::io::BufReader::new(file))?;
        let pieces = pieces::pieces(&sound.0);
        anyhow::Ok(
            pieces
                .into_iter()
                .map(|piece| Pcm(sound.0[piece].to_vec()))
                .collect::<Vec<_>>(),
        )
    };
    let pieces: Vec<Pcm<16_000>> = tokio::task::spawn_blocking(read).await??;
    let mut words = Vec::new();
    for (number, piece) in (0..).zip(pieces) {
        let piece = listen(app, JobId(number), piece).await?;
        if !piece.reveal().is_empty() {
            words.push(piece.reveal().clone());
        }
    }
    Ok(words.join(" ").into())
}

/// The words of one piece, as soon as no caller needs recognition.
async fn listen(app: &Arc<App>, job: JobId, piece: Pcm<16_000>) -> anyhow::Result<Pii<String>> {
    let key = (CallId::random(), job);
    loop {
        let (reply, heard) = oneshot::channel();
        let utterance = Utterance {
            audio: piece.clone(),
            context: hear::Context {
                expect: Expect::Message,
                ..hear::Context::default()
            },
        };
        let tell = move |transcript| drop(reply.send(transcript));
        app.engines
            .recognition
            .submit(key, utterance, Prompt::None, Urgency::Idle, Box::new(tell));
        match heard.await.context("la reconnaissance s'est arrêtée")? {
            Ok(transcript) => return Ok(transcript.text),
            Err(WhisperError::Busy | WhisperError::Cancelled) => tokio::time::sleep(BUSY).await,
            Err(error) => return Err(error.into()),
        }
    }
}
