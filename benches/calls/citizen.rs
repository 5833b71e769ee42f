//! Somebody who telephones: waits until the machine has finished, says a recording of the corpus, listens for the answer.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use allo::app::softphone::{Caller, Wish};
use allo::audio::Pcm;
use allo::units::{FRAME, FRAME_MS, HZ};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use super::asking::{self, TALKATIVE};
use super::manifest::{Kind, RATE, Recording};

/// Quiet after which a polite caller speaks.
const POLITE: Duration = Duration::from_millis(800);
/// Quiet after which the machine has stopped.
const STOPPED: Duration = Duration::from_millis(400);
/// Longest wait for anything.
const PATIENCE: Duration = Duration::from_secs(10);
/// The machine may still begin a second answer for so long after the first.
const SECOND: Duration = Duration::from_millis(2500);
/// Sound of the machine is louder than this, in dBFS.
const SOUND: f32 = -45.0;
/// Its own voice comes back to the machine this much weaker.
const ECHO: f32 = 0.316;
/// Samples at 16 kHz for each of the corpus.
const RATIO: usize = (HZ / RATE) as usize;

/// A recording and its sound at 16 kHz.
#[derive(Clone)]
pub struct Line {
    pub recording: Recording,
    pub sound: Arc<Pcm<16_000>>,
}

/// What came of one recording.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// When its first and its last sample of speech were said.
    pub begin: Instant,
    pub end: Instant,
    /// When the machine first sounded after the caller had begun.
    pub answered: Option<Instant>,
    /// When it last sounded before it was quiet for [`STOPPED`]: only when the caller spoke over it.
    pub silent: Option<Instant>,
}

#[derive(Clone, Copy, PartialEq)]
enum State {
    /// Waits until the machine, which has spoken since, is quiet.
    Polite(Instant),
    /// Waits for the machine's voice, to speak over it later.
    Rude(Instant),
    /// Speaks over it from then on.
    At(Instant),
    /// Says its recording, from this sample on.
    Saying(usize),
    /// Waits for the answer.
    Waiting,
    Done,
}

/// One caller with some recordings to say in one call.
pub struct Citizen {
    lines: VecDeque<Line>,
    state: State,
    /// Keys pressed so far, on the way to where the line is to be said.
    pressed: usize,
    first_sound: Option<Instant>,
    last_sound: Option<Instant>,
    /// What the machine said, to come back as an echo.
    heard: VecDeque<i16>,
    noise: usize,
    loss: StdRng,
    pub outcomes: Vec<Outcome>,
    /// Frames with sound of the machine since the key was pressed.
    pub sounds: usize,
}

impl Citizen {
    pub fn new(lines: impl IntoIterator<Item = Line>) -> Self {
        Self {
            lines: lines.into_iter().collect(),
            state: State::Polite(Instant::now()),
            pressed: 0,
            first_sound: None,
            last_sound: None,
            heard: VecDeque::new(),
            noise: 0,
            loss: StdRng::seed_from_u64(1),
            outcomes: Vec::new(),
            sounds: 0,
        }
    }

    fn listen(&mut self, now: Instant, heard: &[i16; FRAME]) {
        if level(heard) <= SOUND {
            return;
        }
        self.sounds += usize::from(self.pressed > 0);
        self.first_sound.get_or_insert(now);
        self.last_sound = Some(now);
        let listens = matches!(self.state, State::Saying(_) | State::Waiting);
        if let Some(outcome) = self
            .outcomes
            .last_mut()
            .filter(|outcome| listens && now >= outcome.begin)
        {
            outcome.answered.get_or_insert(now);
        }
    }

    fn begin(&mut self, now: Instant) {
        let line = self.lines.front().expect("there is one when it begins");
        let over = matches!(line.recording.kind, Kind::Barge | Kind::NoBarge);
        let from = if over { line.recording.start } else { 0 };
        // The packet that leaves now holds what was said in the 20 ms before.
        let zero = now - Duration::from_millis(u64::from(FRAME_MS));
        let at = |sample: usize| zero + Duration::from_secs_f64((sample - from) as f64 / f64::from(RATE));
        self.outcomes.push(Outcome {
            begin: at(line.recording.start),
            end: at(line.recording.end),
            answered: None,
            silent: None,
        });
        self.state = State::Saying(from * RATIO);
    }

    /// What the line sounds like, and the recording where it is being said.
    fn speak(&mut self, say: &mut [i16; FRAME]) {
        let Some(line) = self.lines.front() else { return };
        let (sound, recording) = (&line.sound.0, &line.recording);
        if let State::Saying(at) = self.state {
            let rest = &sound[at.min(sound.len())..];
            let count = rest.len().min(FRAME);
            say[..count].copy_from_slice(&rest[..count]);
            self.state = if rest.len() > FRAME {
                State::Saying(at + FRAME)
            } else {
                State::Waiting
            };
        } else {
            // Noise from before the speech, over and over.
            let noise = &sound[..(recording.start * RATIO).saturating_sub(1600)];
            for sample in say.iter_mut().filter(|_| !noise.is_empty()) {
                self.noise = (self.noise + 1) % noise.len();
                *sample = noise[self.noise];
            }
        }
    }

    fn echo(&mut self, heard: &[i16; FRAME], say: &mut [i16; FRAME]) {
        let Some(ms) = self.lines.front().and_then(|line| line.recording.echo_ms) else {
            return;
        };
        self.heard.extend(heard);
        let delay = ms as usize * HZ as usize / 1000;
        for sample in say {
            if self.heard.len() > delay {
                let echo = self.heard.pop_front().unwrap_or(0);
                *sample = sample.saturating_add((f32::from(echo) * ECHO) as i16);
            }
        }
    }

    /// What to do next.
    fn decide(&mut self, now: Instant) -> Wish {
        let Some(line) = self.lines.front() else {
            return Wish::HangUp;
        };
        let over = matches!(line.recording.kind, Kind::Barge | Kind::NoBarge);
        let quiet = |long: Duration, since: Instant| {
            self.last_sound
                .is_some_and(|at| at >= since && now.duration_since(at) >= long)
        };
        match self.state {
            State::Polite(since) | State::Rude(since) if now.duration_since(since) > 3 * PATIENCE => {
                return Wish::HangUp;
            }
            State::Polite(_) if over && self.first_sound.is_some() => return self.press(TALKATIVE, State::Rude(now)),
            State::Polite(since) if !over && quiet(POLITE, since) => {
                if let Some(key) = asking::keys(line.recording.expects).get(self.pressed) {
                    return self.press(*key, State::Polite(now));
                }
                self.begin(now);
            }
            State::Rude(_) => {
                if let Some(first) = self.first_sound {
                    self.state = State::At(first + Duration::from_millis(line.recording.at_ms.into()));
                }
            }
            State::At(at) if now >= at && self.last_sound.is_some_and(|at| now.duration_since(at) < STOPPED / 8) => {
                self.begin(now);
            }
            State::Waiting => self.wait(now),
            _ => {}
        }
        if self.state == State::Done {
            self.lines.pop_front();
            self.pressed = 0;
            self.state = State::Polite(self.outcomes.last().map_or(now, |outcome| outcome.end));
        }
        Wish::Stay
    }

    fn press(&mut self, key: char, then: State) -> Wish {
        self.pressed += 1;
        self.state = then;
        (self.first_sound, self.last_sound) = (None, None);
        Wish::Press(key)
    }

    fn wait(&mut self, now: Instant) {
        let kind = self.lines.front().map(|line| line.recording.kind);
        let Some(outcome) = self.outcomes.last_mut() else {
            return;
        };
        let done = match kind {
            // Until it has said all that it had to say.
            Some(Kind::NoBarge) => self
                .last_sound
                .is_none_or(|at| now.duration_since(at) > Duration::from_secs(2)),
            Some(Kind::Barge) => now.duration_since(outcome.end) > SECOND + STOPPED,
            _ => outcome.answered.is_some_and(|at| now.duration_since(at) > SECOND),
        };
        if done || now.duration_since(outcome.end) > 3 * PATIENCE {
            self.state = State::Done;
        }
    }
}

impl Caller for Citizen {
    fn frame(&mut self, now: Instant, _delay: Duration, heard: &[i16; FRAME], say: &mut [i16; FRAME]) -> Wish {
        // It has stopped when it has been quiet for a while after the caller began.
        if let (Some(outcome), Some(last)) = (self.outcomes.last_mut(), self.last_sound) {
            let fell_silent = outcome.silent.is_none() && now > outcome.begin && now.duration_since(last) >= STOPPED;
            if fell_silent && matches!(self.state, State::Saying(_) | State::Waiting) {
                outcome.silent = Some(last + Duration::from_millis(u64::from(FRAME_MS)));
            }
        }
        self.listen(now, heard);
        let wish = self.decide(now);
        self.speak(say);
        self.echo(heard, say);
        wish
    }

    fn loses(&mut self) -> bool {
        let loss = self.lines.front().map_or(0.0, |line| line.recording.loss);
        self.loss.random_range(0.0..100.0) < loss
    }
}

/// RMS level in dBFS.
fn level(frame: &[i16]) -> f32 {
    let energy: f32 = frame.iter().map(|s| f32::from(*s).powi(2)).sum();
    10.0 * (energy / frame.len() as f32 / (32_768.0 * 32_768.0) + 1e-10).log10()
}
