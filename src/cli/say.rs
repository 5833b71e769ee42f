//! `allo say`: speaks a text into a wav file, as a caller would hear it.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::{Arc, mpsc};

use super::sound;
use crate::app::engines;
use crate::audio::Pcm;
use crate::config::Config;
use crate::engine::prompts::Priority;
use crate::speak::french;
use crate::speak::queue::Speech;
use crate::units::{FRAME, JobId};

#[derive(clap::Args)]
pub(super) struct Arguments {
    /// Texte français
    text: String,
    /// Fichier à écrire
    #[arg(long, value_name = "WAV")]
    out: PathBuf,
    /// Voix (voir « allo models list »)
    #[arg(long)]
    voice: Option<String>,
    /// Vitesse, 1 étant celle de la voix
    #[arg(long, default_value_t = 1.0)]
    speed: f32,
    /// Montre ce qui est dit, en toutes lettres
    #[arg(long)]
    show: bool,
}

pub(super) fn run(config: &Config, arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let prompts = engines::prompts(config, arguments.voice.as_deref())?;
    let mut speech = Speech::default();
    let (done, wait) = mpsc::channel();
    let sentences = french::sentences(&arguments.text);
    for (index, sentence) in sentences.iter().enumerate() {
        if arguments.show {
            println!("{}", french::speakable(sentence));
        }
        let (job, done) = (JobId(index as u64), done.clone());
        speech.say(job, Arc::from(sentence.as_str()), false);
        prompts.request(sentence, arguments.speed, Priority::Live, move |clip| {
            drop(done.send((job, clip)))
        });
    }
    drop(done);
    for (job, clip) in wait {
        speech.arrived(job, Some(clip?));
    }
    let mut samples = Vec::new();
    let mut frame = [0; FRAME];
    while !speech.is_idle() {
        speech.frame(&mut frame);
        samples.extend_from_slice(&frame);
    }
    sound::write(&arguments.out, &Pcm::<16_000>(samples))?;
    Ok(ExitCode::SUCCESS)
}
