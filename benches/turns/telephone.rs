//! A telephone and its call in virtual time: packets go both ways every 20 ms, jobs come back when they would.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use allo::audio::{Codec, alaw_decode, alaw_encode};
use allo::call::event::CallEvent;
use allo::call::{Call, Output, Understood};
use allo::speak::queue::Clip;
use allo::units::{CallId, JobId};
use allo::wire::negotiate::Agreed;
use allo::wire::rtcp::NtpClock;
use allo::wire::sdp::Direction;
use chrono::{NaiveDate, NaiveDateTime};
use rand::Rng;
use rand::rngs::StdRng;

use super::engines::Engines;
use super::manifest::RATE;

/// Samples of a packet.
const PACKET: usize = RATE as usize / 50;
const PACKET_TIME: Duration = Duration::from_millis(20);
/// The telephone's packets do not leave when the call's do.
const PHASE: Duration = Duration::from_millis(7);
/// Sound louder than this is speech of the machine, in dBFS.
const SOUND: f32 = -45.0;
/// Its own voice comes back to the machine this much weaker.
const ECHO: f32 = 0.316;
/// Decodes at the same time.
const WORKERS: usize = 2;

/// What an engine will say, and when.
enum Later {
    Heard(JobId, Box<Understood>),
    Speech(JobId, Clip),
    Kept(JobId),
    Submitted(JobId),
}

/// Milliseconds since the call began.
pub type Ms = f64;

/// A call with a telephone at its other end.
pub struct Telephone<'a> {
    engines: &'a Engines,
    call: Call,
    begin: Instant,
    now: Instant,
    due: Vec<(Instant, Later)>,
    workers: [Instant; WORKERS],
    /// All decodes: when each began, and how long it takes.
    pub decodes: Vec<(JobId, Instant, Duration)>,
    /// What the machine said: the level of each packet, and when it left.
    pub machine: Vec<(Ms, f32)>,
    /// What happened in the call.
    pub events: Vec<(Ms, CallEvent)>,
    /// What the machine said, sample by sample from the beginning of the call.
    said: Vec<f32>,
    /// What the caller will say next.
    saying: VecDeque<f32>,
    /// The line's noise while nobody speaks, and the place in it.
    noise: (Arc<[f32]>, usize),
    echo: Option<usize>,
    loss: (f32, StdRng),
    next_packet: Instant,
    sequence: u16,
}

impl<'a> Telephone<'a> {
    /// Calls; the machine picks up at once. `noise` is on the line from the beginning.
    pub fn call(engines: &'a Engines, noise: Arc<[f32]>, echo_ms: Option<u32>, loss: f32, rng: StdRng) -> Self {
        let begin = Instant::now();
        let agreed = agreed();
        let clock = NtpClock::new(begin, Duration::from_secs(1_800_000_000));
        let call = Call::new(CallId(1), engines.town.plan.clone(), &agreed, begin, civil(), clock);
        let mut telephone = Self {
            engines,
            call: call.expect("A-law is always there"),
            begin,
            now: begin,
            due: Vec::new(),
            workers: [begin; WORKERS],
            decodes: Vec::new(),
            machine: Vec::new(),
            events: Vec::new(),
            said: Vec::new(),
            saying: VecDeque::new(),
            noise: (noise, 0),
            echo: echo_ms.map(|ms| ms as usize * RATE as usize / 1000),
            loss: (loss, rng),
            next_packet: begin + PHASE,
            sequence: 0,
        };
        telephone.drain();
        telephone
    }

    /// The time.
    pub fn now(&self) -> Ms {
        self.ms(self.now)
    }

    fn ms(&self, at: Instant) -> Ms {
        at.duration_since(self.begin).as_secs_f64() * 1000.0
    }

    /// Whether the machine has hung up.
    pub fn is_over(&self) -> bool {
        self.call.is_over()
    }

    /// Says this from now on; gives the time at which its first sample is said.
    pub fn say(&mut self, sound: &[f32]) -> Ms {
        self.saying = sound.iter().copied().collect();
        // The packet that leaves next holds what was said in the 20 ms before it.
        self.ms(self.next_packet) - 20.0
    }

    /// Whether something is left to say.
    pub fn is_saying(&self) -> bool {
        !self.saying.is_empty()
    }

    /// From now on, this is on the line while nobody speaks.
    pub fn noise(&mut self, noise: Arc<[f32]>) {
        self.noise = (noise, 0);
    }

    /// Presses a key.
    pub fn press(&mut self, key: char) {
        self.call.handle_tone(self.now, key);
        self.drain();
    }

    /// Lets time pass until `done`, looked at every packet, or for `most` milliseconds; true when done.
    pub fn until(&mut self, most: Ms, mut done: impl FnMut(&Self) -> bool) -> bool {
        let end = self.now + Duration::from_secs_f64(most.max(0.0) / 1000.0);
        while self.now < end && !self.is_over() {
            if done(self) {
                return true;
            }
            self.step();
        }
        done(self)
    }

    /// The machine has been quiet for so long; it has spoken since `since`.
    pub fn machine_is_quiet(&self, since: Ms, quiet: Ms) -> bool {
        let last = self.machine.iter().rev().find(|(_, level)| *level > SOUND);
        last.is_some_and(|(at, _)| *at >= since && self.now() - at >= quiet)
    }

    /// Times of packets with sound.
    pub fn sounds(&self) -> impl DoubleEndedIterator<Item = Ms> + '_ {
        self.machine
            .iter()
            .filter(|(_, level)| *level > SOUND)
            .map(|(at, _)| *at)
    }

    /// The next packet of the telephone, and all that happens in the call before it.
    fn step(&mut self) {
        loop {
            let job = self.due.iter().map(|(at, _)| *at).min();
            let timer = self.call.poll_timeout().map(|(at, _)| at);
            let next = job.into_iter().chain(timer).fold(self.next_packet, Instant::min);
            self.now = self.now.max(next);
            if job == Some(next) {
                self.deliver(next);
            } else if timer == Some(next) {
                self.call.handle_timeout(self.now);
                self.drain();
            } else {
                self.send();
                self.drain();
                return;
            }
        }
    }

    fn deliver(&mut self, at: Instant) {
        let index = self
            .due
            .iter()
            .position(|(due, _)| *due == at)
            .expect("it is the earliest");
        match self.due.swap_remove(index).1 {
            Later::Heard(job, understood) => self.call.handle_heard(self.now, job, Ok(*understood)),
            Later::Speech(job, clip) => self.call.handle_speech(self.now, job, Ok(clip)),
            Later::Kept(job) => self.call.handle_kept(self.now, job, true),
            Later::Submitted(job) => self.call.handle_submitted(self.now, job, Some("427".into())),
        }
        self.drain();
    }

    /// Sends the last 20 ms: what the caller said or the noise of the line, and the machine's own voice.
    fn send(&mut self) {
        let end = (self.ms(self.next_packet) * RATE as f64 / 1000.0) as usize;
        let mut packet = Vec::with_capacity(12 + PACKET);
        packet.extend([0x80, 8]);
        packet.extend(self.sequence.to_be_bytes());
        packet.extend((u32::from(self.sequence) * PACKET as u32).to_be_bytes());
        packet.extend(0x0a11_0000_u32.to_be_bytes());
        for n in 0..PACKET {
            let mut sample = self.saying.pop_front().unwrap_or_else(|| {
                let (noise, at) = &mut self.noise;
                *at = (*at + 1) % noise.len().max(1);
                noise.get(*at).copied().unwrap_or(0.0)
            });
            if let Some(delay) = self.echo {
                let heard = (end + n).checked_sub(PACKET + delay);
                sample += ECHO * heard.and_then(|at| self.said.get(at)).unwrap_or(&0.0);
            }
            packet.push(alaw_encode((sample * 32_768.0).round() as i16));
        }
        self.sequence = self.sequence.wrapping_add(1);
        let (loss, rng) = &mut self.loss;
        if rng.random_range(0.0..100.0) >= *loss {
            self.call.handle_packet(self.now, &packet);
        }
        self.next_packet += PACKET_TIME;
    }

    /// Takes what the call gives.
    fn drain(&mut self) {
        let at = self.ms(self.now);
        while let Some(packet) = self.call.poll_transmit() {
            let sound: Vec<i16> = packet[12..].iter().map(|code| alaw_decode(*code)).collect();
            self.machine.push((at, level(&sound)));
            // What it said is heard from its own time on, whatever was said before.
            self.said.resize((at * RATE as f64 / 1000.0) as usize, 0.0);
            self.said.extend(sound.iter().map(|s| f32::from(*s) / 32_768.0));
        }
        while let Some(output) = self.call.poll_output() {
            self.act(output);
        }
    }

    /// A decode that waits is taken out of the queue; one that runs holds its thread to the end, as if nothing could
    /// stop it: the encoder, most of it, cannot be.
    fn cancel(&mut self, job: JobId) {
        let Some(&(_, begin, took)) = self.decodes.iter().find(|decode| decode.0 == job) else {
            return;
        };
        if begin > self.now
            && let Some(worker) = self.workers.iter_mut().find(|free| **free == begin + took)
        {
            *worker = begin;
        }
        self.due
            .retain(|(_, later)| !matches!(later, Later::Heard(j, _) if *j == job));
    }

    fn act(&mut self, output: Output) {
        match output {
            Output::Transcribe { job, utterance, .. } => {
                let alone = self.workers.iter().all(|free| *free <= self.now);
                let heard = self.engines.hear(&utterance, civil(), alone);
                let (understood, took) = heard.expect("recognition works");
                let free = self.workers.iter_mut().min().expect("there are workers");
                let begin = (*free).max(self.now);
                *free = begin + took;
                self.decodes.push((job, begin, took));
                self.due.push((*free, Later::Heard(job, Box::new(understood))));
            }
            Output::Synthesize { job, text, pace } => {
                let (clip, took) = self.engines.say(&text, pace.speed).expect("the voice works");
                self.due.push((self.now + took, Later::Speech(job, pace.of(clip))));
            }
            Output::Submit { job, .. } => self.due.push((self.now + PACKET_TIME, Later::Submitted(job))),
            // No recording asks about a request.
            Output::Look { .. } => {}
            Output::Keep { job, .. } => self.due.push((self.now + PACKET_TIME, Later::Kept(job))),
            Output::Event(event) => self.events.push((self.ms(self.now), event)),
            Output::Cancel(job) => self.cancel(job),
            _ => {}
        }
    }
}

/// RMS level in dBFS.
fn level(packet: &[i16]) -> f32 {
    let energy: f32 = packet.iter().map(|s| f32::from(*s).powi(2)).sum();
    10.0 * (energy / packet.len().max(1) as f32 / (32_768.0 * 32_768.0) + 1e-10).log10()
}

/// A Tuesday morning: the town hall is open.
fn civil() -> NaiveDateTime {
    let day = NaiveDate::from_ymd_opt(2026, 9, 15).and_then(|day| day.and_hms_opt(10, 0, 0));
    day.expect("a real day")
}

fn agreed() -> Agreed {
    Agreed {
        codec: Codec::Pcma,
        payload_type: 8,
        events: None,
        remote: ([127, 0, 0, 1], 9).into(),
        remote_rtcp: ([127, 0, 0, 1], 10).into(),
        rtcp_mux: false,
        ptime: 20,
        direction: Direction::SendRecv,
        srtp: None,
    }
}
