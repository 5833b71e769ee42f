//! Which voices speak French well enough: our own recognition is the judge.

use std::path::Path;
use std::sync::atomic::AtomicBool;

use allo::audio::Pcm;
use allo::engine::models::{self, Role, WHISPER_BASE};
use allo::engine::whisper::{Prompt, Whisper};
use anyhow::Context;

use super::speech::{Callers, VOICES};
use super::words;

/// What they say: all kinds of sounds, as callers speak.
const SENTENCES: [&str; 5] = [
    "Bonjour, je voudrais savoir si la mairie est ouverte le samedi matin.",
    "C'est quel jour le ramassage des poubelles jaunes dans le quartier des Amandiers ?",
    "Mon passeport est périmé, comment je fais pour le renouveler avant les vacances ?",
    "Il y a un lampadaire qui ne marche plus devant chez moi, rue de la gare.",
    "Je voudrais inscrire ma fille à la cantine de l'école pour la rentrée.",
];

pub fn measure(callers: &Callers, names: &[String]) -> anyhow::Result<()> {
    let files = models::locate(Path::new("models"), WHISPER_BASE)?;
    let whisper = Whisper::load(files.path(Role::Weights).context("no weights")?)?;
    let mut decoder = whisper.decoder()?;
    let stop = AtomicBool::new(false);
    let names: Vec<&str> = if names.is_empty() {
        VOICES.to_vec()
    } else {
        names.iter().map(String::as_str).collect()
    };
    for name in names {
        let (mut wrong, mut total, mut heard) = (0, 0, Vec::new());
        for sentence in SENTENCES {
            // As on the telephone, with the margin that the ear leaves.
            let clip: Pcm<8000> = callers.say(name, sentence, 1.0)?.to_rate();
            let margin = vec![0; 8000 * 3 / 10];
            let clip = Pcm::<8000>([margin.clone(), clip.0, margin].concat()).to_rate::<16_000>();
            let text = decoder.decode(&clip.0, &Prompt::None, 1, &stop)?.text.reveal().clone();
            let (errors, words) = words::errors(sentence, &text);
            wrong += errors;
            total += words;
            heard.push(text);
        }
        println!(
            "{name:20} WER {:5.1} %   {}",
            100.0 * wrong as f32 / total as f32,
            heard.join(" / ")
        );
    }
    Ok(())
}
