//! What the corpus holds: one line of JSON for each recording.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use allo::audio::{Pcm, wav};
use allo::units::Expect;
use serde::{Deserialize, Serialize};

/// Where the corpus is made.
pub const FOLDER: &str = "target/corpus";
/// Samples per second of every recording: the telephone's.
pub const RATE: u32 = 8000;

/// What a recording is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A turn said in one breath.
    Turn,
    /// A turn with pauses of 0.5 to 1.0 s inside: nobody may answer in them.
    Paused,
    /// Said over the machine's voice, to take the turn.
    Barge,
    /// Heard over the machine's voice, and no reason to stop.
    NoBarge,
    /// Half a minute without a word.
    NoSpeech,
    /// A sentence of the suite, only to be understood.
    Sentence,
}

/// One recording. Positions are samples at [`RATE`].
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Recording {
    /// Name, also of the file `ID.wav`.
    pub id: String,
    /// What it is for.
    pub kind: Kind,
    /// The words, in letters; empty when there are none.
    pub text: String,
    /// What the dialogue waits for when it is said.
    pub expects: Expect,
    /// Topic, command, or `oui` and `non`; `hors_sujet` is none of the town's.
    pub topic: Option<String>,
    /// Voice, or what makes the noise.
    pub voice: String,
    /// Pace of the voice.
    pub speed: f32,
    /// First and last sample of speech, measured on the clean signal; what is before and after is the line's noise.
    pub start: usize,
    /// See `start`.
    pub end: usize,
    /// The pauses that were put in.
    pub pauses: Vec<(usize, usize)>,
    /// Noise of the line, and the ratio of speech to it in dB.
    pub noise: Option<(String, f32)>,
    /// Level of the speech, in dBFS.
    pub level: f32,
    /// Per cent of packets that the player loses.
    pub loss: f32,
    /// The player returns the machine's voice after this delay, at -10 dB.
    pub echo_ms: Option<u32>,
    /// Of the mixer: another makes another sound of the same.
    #[serde(default)]
    pub revision: u32,
    /// When over the machine's voice: how long after its first sound, in milliseconds.
    pub at_ms: u32,
}

impl Recording {
    /// Its file.
    pub fn file(&self, folder: &Path) -> PathBuf {
        folder.join(format!("{}.wav", self.id))
    }

    /// Its sound.
    pub fn sound(&self, folder: &Path) -> anyhow::Result<Pcm<RATE>> {
        let file = self.file(folder);
        Ok(wav::read(
            &file.display().to_string(),
            std::io::BufReader::new(std::fs::File::open(&file)?),
        )?)
    }
}

/// The recordings that are made so far, by name.
pub fn read(folder: &Path) -> BTreeMap<String, Recording> {
    let text = std::fs::read_to_string(folder.join("manifest.jsonl")).unwrap_or_default();
    text.lines()
        .filter_map(|line| serde_json::from_str::<Recording>(line).ok())
        .map(|recording| (recording.id.clone(), recording))
        .collect()
}
