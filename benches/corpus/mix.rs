//! One recording: clean speech with its pauses, then the line's noise, its level, and the telephone's A-law.

use allo::audio::{Pcm, alaw_decode, alaw_encode};
use rand::Rng;
use rand::rngs::StdRng;

use super::manifest::{Kind, RATE, Recording};
use super::noise::{self, add, at_level, gain, samples};
use super::plan;
use super::speech::{Callers, VOICES};

/// Noise of the line before the speech and after it, in seconds: a player repeats them while it waits.
const LEAD: f32 = 1.5;
const TAIL: f32 = 3.0;
/// A line without other noise hisses at this level, in dBFS.
const HISS: f32 = -68.0;
/// Speech is at most this far below the level that its loud parts reach, in dB, …
const BELOW_LOUD: f32 = 40.0;
/// … and never below this, in dBFS.
const QUIETEST: f32 = -58.0;
/// Speech level of every clip, in dBFS.
const SPOKEN: f32 = -20.0;
/// Seconds of a half minute.
const HALF_MINUTE: f32 = 30.0;

/// What the people in the background say.
const BACKGROUND: [&str; 4] = [
    "Alors je lui ai dit qu'on viendrait dimanche, mais elle n'était pas au courant du tout.",
    "Tu as pensé à prendre le pain en rentrant, parce qu'il n'y en a plus pour ce soir.",
    "Le train avait encore vingt minutes de retard, on a fini par prendre la voiture.",
    "Et maintenant la météo, avec des nuages au nord et un beau soleil dans la vallée du Rhône.",
];

/// Makes recordings.
pub struct Mixer {
    callers: Callers,
    seed: u64,
}

impl Mixer {
    /// With these voices.
    pub fn new(callers: Callers, seed: u64) -> Self {
        Self { callers, seed }
    }

    /// The sound of a recording; its positions are filled in.
    pub fn make(&self, recording: &mut Recording) -> anyhow::Result<Pcm<RATE>> {
        let mut rng = plan::rng(self.seed, &format!("{}|sound", recording.id));
        if recording.kind == Kind::NoSpeech {
            let sound = self.fill(&mut rng, &recording.voice)?;
            return Ok(telephone(&at_level(sound, recording.level)));
        }
        let clean = self.clean(&mut rng, recording)?;
        let (first, last) = speech(&clean);
        let lead = samples(LEAD);
        recording.pauses.iter_mut().for_each(|pause| {
            pause.0 += lead;
            pause.1 += lead;
        });
        (recording.start, recording.end) = (lead + first, lead + last);
        let mut line = vec![0.0; lead + clean.len() + samples(TAIL)];
        let noise_level = match &recording.noise {
            Some((_, snr)) => recording.level - snr,
            None => HISS,
        };
        let kind = recording.noise.as_ref().map_or("pink", |(kind, _)| kind);
        let noise = match kind {
            "brown" => noise::brown(&mut rng, line.len()),
            "babble" => self.babble(&mut rng, line.len())?,
            _ => noise::pink(&mut rng, line.len()),
        };
        add(&mut line, &at_level(noise, noise_level), 0);
        let louder = gain(recording.level - SPOKEN);
        let clean: Vec<f32> = clean.iter().map(|s| s * louder).collect();
        add(&mut line, &clean, lead);
        Ok(telephone(&line))
    }

    /// The speech alone, at [`SPOKEN`], with its pauses.
    fn clean(&self, rng: &mut StdRng, recording: &mut Recording) -> anyhow::Result<Vec<f32>> {
        if let Some(file) = recording.voice.strip_prefix("audio-fixtures/") {
            let file = format!("audio-fixtures/{file}");
            let clip: Pcm<RATE> = allo::audio::wav::read(&file, std::fs::File::open(&file)?)?;
            return Ok(floats(&clip));
        }
        if recording.text.is_empty() {
            let event = self.event(rng, &recording.voice)?;
            return Ok(at_level(event, SPOKEN));
        }
        let parts: Vec<&str> = recording.text.split('|').map(str::trim).collect();
        let mut clean = Vec::new();
        for mut part in self.parts(recording, &parts)? {
            let mut begin = 0;
            if !clean.is_empty() {
                let pause = samples(rng.random_range(0.5..=1.0));
                // The pause that is asked for is one of silence: what dies away before and after it is not part of it.
                let from = speech(&clean).1;
                clean.truncate(from);
                // Softly, where the voice was cut.
                fade(clean.iter_mut().rev());
                clean.resize(from + pause, 0.0);
                recording.pauses.push((from, from + pause));
                begin = speech(&part).0;
                fade(part[begin..].iter_mut());
            }
            clean.extend_from_slice(&part[begin..]);
        }
        recording.text = recording.text.replace(" |", "");
        Ok(clean)
    }

    /// The sound of each part. All are said in one go, with a comma in the place of each pause, and then cut apart: said
    /// alone, a part would fall in pitch at its end as if nothing followed.
    fn parts(&self, recording: &Recording, parts: &[&str]) -> anyhow::Result<Vec<Vec<f32>>> {
        let (last, before) = parts.split_last().expect("a text has a part");
        let whole: String = before
            .iter()
            .map(|part| format!("{}, ", part.trim_end_matches(['…', ','])))
            .collect();
        let whole = whole + last;
        let clip = floats(&self.callers.say(&recording.voice, &whole, recording.speed)?.to_rate());
        let (begin, end) = speech(&clip);
        let letters = |text: &str| text.chars().filter(|c| c.is_alphanumeric()).count() as f32;
        let all = letters(&whole);
        let (mut cuts, mut said) = (vec![0], 0.0);
        for part in before {
            said += letters(part);
            let near = begin + ((end - begin) as f32 * said / all) as usize;
            let least = cuts[cuts.len() - 1] + samples(0.1);
            cuts.push(quietest(&clip, near, least, end));
        }
        cuts.push(clip.len());
        Ok(cuts.windows(2).map(|cut| clip[cut[0]..cut[1]].to_vec()).collect())
    }

    /// What takes nobody's turn.
    fn event(&self, rng: &mut StdRng, what: &str) -> anyhow::Result<Vec<f32>> {
        let length = samples(2.5);
        Ok(match what {
            "cough" => noise::cough(rng),
            "mumble" => noise::mumble(rng),
            "door" => noise::door(rng),
            "ringing" => noise::ringing(length),
            "crying" => noise::crying(rng, length),
            "television" => {
                let mut sound = noise::music(rng, length);
                let said = BACKGROUND[rng.random_range(0..BACKGROUND.len())];
                let voice = VOICES[rng.random_range(0..VOICES.len())];
                let clip = floats(&self.callers.say(voice, said, 1.0)?.to_rate());
                sound.iter_mut().for_each(|s| *s *= 0.02);
                add(&mut sound, &clip, 0);
                noise::room(&sound)
            }
            // Nothing but the echo, which the player makes.
            _ => vec![0.0; length],
        })
    }

    /// People who talk in the background, all at once.
    fn babble(&self, rng: &mut StdRng, length: usize) -> anyhow::Result<Vec<f32>> {
        let mut sound = vec![0.0; length];
        for voice in VOICES {
            let said = BACKGROUND[rng.random_range(0..BACKGROUND.len())];
            let clip = floats(&self.callers.say(voice, said, 1.0)?.to_rate());
            let mut at = 0;
            let begin = rng.random_range(0..clip.len());
            add(&mut sound, &clip[begin..], at);
            at += clip.len() - begin;
            while at < length {
                add(&mut sound, &clip, at);
                at += clip.len();
            }
        }
        Ok(sound)
    }

    /// Half a minute without a word.
    fn fill(&self, rng: &mut StdRng, what: &str) -> anyhow::Result<Vec<f32>> {
        let length = samples(HALF_MINUTE);
        let mut hiss = at_level(noise::pink(rng, length), -60.0);
        let sound = match what {
            "white" => noise::white(rng, length),
            "brown" => noise::brown(rng, length),
            "music" => noise::music(rng, length),
            "breathing" => noise::breathing(rng, length),
            "hum" => noise::hum(length),
            "dial" => noise::tone(&[440.0], 1.0, 0.0, length),
            "busy" => noise::tone(&[440.0], 0.5, 0.5, length),
            "fax" => noise::tone(&[1100.0], 0.5, 3.0, length),
            "ringing" => noise::ringing(length),
            "clicks" => noise::clicks(rng, length, 2.0, 12.0),
            "crackle" => noise::clicks(rng, length, 60.0, 4.0),
            "applause" => noise::clicks(rng, length, 250.0, 40.0),
            "crying" => noise::crying(rng, length),
            "cough" | "door" => {
                let mut sound = vec![0.0; length];
                for at in 0..6 {
                    let event = self.event(rng, what)?;
                    add(
                        &mut sound,
                        &event,
                        samples(at as f32 * 5.0 + rng.random_range(0.0..3.0)),
                    );
                }
                sound
            }
            _ => noise::pink(rng, length),
        };
        add(&mut hiss, &at_level(sound, 0.0), 0);
        Ok(hiss)
    }
}

/// First and last sample of what is spoken, in blocks of 10 ms.
fn speech(sound: &[f32]) -> (usize, usize) {
    const BLOCK: usize = RATE as usize / 100;
    let levels: Vec<f32> = sound
        .chunks(BLOCK)
        .map(|block| 20.0 * noise::rms(block).max(1e-6).log10())
        .collect();
    let mut sorted = levels.clone();
    sorted.sort_by(f32::total_cmp);
    let loud = sorted.get(sorted.len() * 95 / 100).copied().unwrap_or(0.0);
    let heard = |level: &f32| *level > (loud - BELOW_LOUD).max(QUIETEST);
    let first = levels.iter().position(heard).unwrap_or(0) * BLOCK;
    let last = levels.iter().rposition(heard).map_or(0, |block| (block + 1) * BLOCK);
    (first, last.min(sound.len()))
}

/// The middle of the quietest 60 ms within 0.4 s of `near`, after `least` and before `most`.
fn quietest(sound: &[f32], near: usize, least: usize, most: usize) -> usize {
    let (window, reach) = (samples(0.06), samples(0.4));
    let from = near.saturating_sub(reach).max(least);
    let to = (near + reach).min(most.saturating_sub(window)).max(from + 1);
    let levels = (from..to).step_by(40).map(|at| {
        (
            noise::rms(&sound[at.min(sound.len())..(at + window).min(sound.len())]),
            at,
        )
    });
    let quietest = levels.min_by(|a, b| a.0.total_cmp(&b.0));
    quietest.map_or(near, |(_, at)| at + window / 2).min(sound.len())
}

/// From nothing to the full sound in 10 ms.
fn fade<'a>(sound: impl Iterator<Item = &'a mut f32>) {
    let length = samples(0.01);
    let ramp = sound.take(length).enumerate();
    ramp.for_each(|(n, sample)| *sample *= n as f32 / length as f32);
}

fn floats(clip: &Pcm<RATE>) -> Vec<f32> {
    clip.0.iter().map(|s| f32::from(*s) / 32_768.0).collect()
}

/// What the telephone makes of it: 16 bits, clipped, through A-law (G.711).
fn telephone(sound: &[f32]) -> Pcm<RATE> {
    let coded = sound.iter().map(|s| alaw_encode((s * 32_768.0).round() as i16));
    Pcm(coded.map(alaw_decode).collect())
}
