//! Whole calls in virtual time: a recorded citizen, a line with loss and jitter, and engines that take their time.

mod desk;
mod hand_overs;
mod handover;
mod passing_on;
mod people;
mod queue;
mod recording;
mod rephrase;
mod request;
mod strangeness;
mod turn_taking;
mod writing;

use std::collections::BTreeMap;
use std::io::Cursor;

use chrono::NaiveDate;

use super::*;
use crate::audio::{Codec, Pcm, level, wav};
use crate::dialogue::{Request, yaml};
use crate::hear::{Context, Transcript};
use crate::speak::encode::{Identity, Sender};
use crate::understand::completeness::Completeness;
use crate::understand::{Command, Reading, TopicMatch};
use crate::units::RequestState;
use crate::wire::negotiate::Events;
use crate::wire::rtp;
use crate::wire::sdp::Direction;

const PLAN: &str = include_str!("../../../dialplans/minimal.yaml");
const QUESTION: &[u8] = include_bytes!("../../../audio-fixtures/c24.wav");
const STORY: &[u8] = include_bytes!("../../../audio-fixtures/c12.wav");

/// What happens at some time.
enum Later {
    Heard(JobId, Context),
    Read(JobId, Pii<String>),
    Speech(JobId, usize),
    Kept(JobId),
    Submitted(JobId),
    Found(JobId),
    Packet(Vec<u8>),
    Rephrased(JobId),
}

/// A caller, a line and engines around one call.
struct World {
    call: Call,
    start: Instant,
    now: Instant,
    later: BTreeMap<(Instant, u64), Later>,
    order: u64,
    phone: Sender,
    readings: VecDeque<Reading>,
    stt: Duration,
    tts: Duration,
    /// No sentence can be rendered.
    voiceless: bool,
    disk_ok: bool,
    /// Frames that we sent: time and whether they hold sound.
    sent: Vec<(Instant, bool)>,
    stamps: Vec<u32>,
    events: Vec<(Instant, CallEvent)>,
    cancelled: Vec<JobId>,
    kept: Vec<Duration>,
    transfers: Vec<String>,
    /// Those whom the call rings, lets go and wants to be connected with the caller, in order.
    rings: Vec<Ring>,
    released: Vec<ClerkId>,
    joins: Vec<ClerkId>,
    /// What it wished of the queue.
    wishes: Vec<Wish>,
    /// Requests that were to be written.
    submitted: Vec<(Request, Option<Duration>)>,
    /// Keys that are pressed by INFO, and at whose telephone.
    pressed: Vec<(Option<ClerkId>, char)>,
    /// What was recorded of conversations: those that go on, and those that are kept.
    taped: BTreeMap<u32, recording::Taped>,
    /// What clerks are told of those whom they pass on.
    referred: Vec<(ClerkId, u16)>,
    /// The telephone of the clerk who has picked up.
    desk: Option<handover::Desk>,
    /// And that of who listens.
    listener: Option<handover::Desk>,
    hung_up: bool,
    seed: u64,
    loss: f64,
    jitter_ms: u64,
    /// What we sound like; a tone where it is empty.
    voice: Vec<i16>,
    /// The caller's telephone returns our voice so many frames late, 10 dB lower.
    echo: Option<usize>,
    /// What we sent, at 16 kHz.
    played: Vec<[i16; FRAME]>,
    /// What recognition was asked: length of the sound, and the words before.
    asked: Vec<(Duration, String)>,
    /// What recognition hears where it has a reading, and how sure it is.
    words: &'static str,
    log_probability: f32,
    /// What it makes of it when it listens again.
    again: Option<Reading>,
    /// What recognition has no time for.
    busy: Option<Busy>,
    /// How long other words take, and what they are; none: nobody ever answers.
    other_words: Option<(Duration, Result<String, String>)>,
    /// What other words were asked for: the job, the question and the passage.
    rephrase: Vec<(JobId, String, String)>,
}

#[derive(Clone, Copy, PartialEq)]
enum Busy {
    /// Only to listen again.
    Care,
    Speculation,
    Everything,
}

fn agreed() -> Agreed {
    Agreed {
        codec: Codec::Pcma,
        payload_type: 8,
        events: Some(Events {
            payload_type: 101,
            clock: 8000,
        }),
        remote: ([127, 0, 0, 1], 4000).into(),
        remote_rtcp: ([127, 0, 0, 1], 4001).into(),
        rtcp_mux: false,
        direction: Direction::SendRecv,
        ptime: 20,
        srtp: None,
    }
}

impl World {
    fn new(readings: impl IntoIterator<Item = Reading>) -> Self {
        Self::with_plan(PLAN, readings)
    }

    fn with_plan(plan: &str, readings: impl IntoIterator<Item = Reading>) -> Self {
        let plan = yaml::read(plan, "minimal.yaml").plan.expect("the sample plan is valid");
        Self::of(plan, readings)
    }

    fn of(plan: Plan, readings: impl IntoIterator<Item = Reading>) -> Self {
        let start = Instant::now();
        // A Monday afternoon: open.
        let civil = NaiveDate::from_ymd_opt(2026, 11, 23)
            .and_then(|d| d.and_hms_opt(15, 0, 0))
            .expect("a real time");
        let clock = NtpClock::new(start, Duration::from_secs(1_700_000_000));
        Self {
            call: Call::new(CallId(1), Arc::new(plan), &agreed(), start, civil, clock).expect("codecs are there"),
            start,
            now: start,
            later: BTreeMap::new(),
            order: 0,
            phone: Sender::new(
                Codec::Pcma,
                8,
                20,
                Identity {
                    ssrc: 7,
                    sequence: 1,
                    timestamp: 0,
                },
            )
            .expect("codecs are there"),
            readings: readings.into_iter().collect(),
            stt: Duration::from_millis(500),
            tts: Duration::from_millis(2),
            voiceless: false,
            disk_ok: true,
            sent: Vec::new(),
            stamps: Vec::new(),
            events: Vec::new(),
            cancelled: Vec::new(),
            kept: Vec::new(),
            transfers: Vec::new(),
            rings: Vec::new(),
            released: Vec::new(),
            joins: Vec::new(),
            wishes: Vec::new(),
            submitted: Vec::new(),
            pressed: Vec::new(),
            taped: BTreeMap::new(),
            referred: Vec::new(),
            desk: None,
            listener: None,
            hung_up: false,
            seed: 1,
            loss: 0.0,
            jitter_ms: 0,
            voice: Vec::new(),
            echo: None,
            played: Vec::new(),
            asked: Vec::new(),
            words: "des mots",
            log_probability: -0.2,
            again: None,
            busy: None,
            other_words: None,
            rephrase: Vec::new(),
        }
    }

    fn after(&mut self, delay: Duration, later: Later) {
        self.order += 1;
        self.later.insert((self.now + delay, self.order), later);
    }

    /// Lets the call do what it wants until nothing is left to do now.
    fn drain(&mut self) {
        while let Some(packet) = self.call.poll_transmit() {
            let packet = rtp::parse(packet).expect("we send RTP");
            let sound: Vec<i16> = packet.payload.iter().map(|b| crate::audio::alaw_decode(*b)).collect();
            self.sent.push((self.now, level(&sound) > -50.0));
            self.played.push(std::array::from_fn(|i| sound[i / 2]));
            self.stamps.push(packet.header.timestamp);
        }
        while let Some((id, packet)) = self.call.poll_clerk_transmit() {
            let ends = self.desk.iter_mut().chain(&mut self.listener);
            ends.filter(|end| end.id == id)
                .for_each(|end| end.receives(self.now, packet));
        }
        while let Some(output) = self.call.poll_output() {
            match output {
                Output::Transcribe {
                    job,
                    utterance,
                    speculative,
                } => {
                    let before = utterance.context.before.reveal().clone();
                    self.asked.push((utterance.audio.duration(), before));
                    let refused = match self.busy {
                        Some(Busy::Everything) => true,
                        Some(Busy::Speculation) => speculative,
                        Some(Busy::Care) => utterance.context.doubted.is_some(),
                        None => false,
                    };
                    if refused {
                        self.call.handle_heard(self.now, job, Err("occupé".into()));
                    } else {
                        self.after(self.stt, Later::Heard(job, utterance.context));
                    }
                }
                Output::Synthesize { job, text, .. } => {
                    let frames = 3 * text.chars().count();
                    self.after(self.tts, Later::Speech(job, frames));
                }
                Output::Rephrase { job, question, passage } => {
                    self.rephrase
                        .push((job, question.reveal().clone(), passage.to_string()));
                    if let Some((took, _)) = self.other_words {
                        self.after(took, Later::Rephrased(job));
                    }
                }
                Output::Hurry(_) => {}
                Output::Read { job, words, .. } => self.after(Duration::from_millis(20), Later::Read(job, words)),
                Output::Cancel(job) => self.cancelled.push(job),
                Output::Submit { job, request, waited } => {
                    self.submitted.push((request, waited));
                    self.after(Duration::from_millis(30), Later::Submitted(job));
                }
                Output::Queue(wish) => self.wishes.push(wish),
                Output::Look { job, .. } => self.after(Duration::from_millis(30), Later::Found(job)),
                Output::Keep { job, audio, .. } => {
                    self.kept.push(audio.duration());
                    self.after(Duration::from_millis(30), Later::Kept(job));
                }
                Output::Transfer { target } => self.transfers.push(target),
                Output::Ring(ring) => self.rings.push(ring),
                Output::Release(clerk) => {
                    self.desk.take_if(|desk| desk.id == clerk);
                    self.released.push(clerk);
                }
                Output::Join { clerk, .. } => self.joins.push(clerk),
                Output::Referred { clerk, code } => self.referred.push((clerk, code)),
                Output::Record { number, what } => self.tapes(number, what),
                Output::Press { clerk, key } => self.pressed.push((clerk, *key.reveal())),
                Output::HangUp => self.hung_up = true,
                Output::Event(event) => self.events.push((self.now, event)),
            }
        }
    }

    /// Runs until `end`.
    fn run_until(&mut self, end: Instant) {
        loop {
            self.drain();
            let wake = self.call.poll_timeout().map(|(at, _)| at.max(self.now));
            let due = self.later.keys().next().map(|(at, _)| *at);
            let Some(next) = [wake, due].into_iter().flatten().min().filter(|at| *at <= end) else {
                self.now = end;
                return;
            };
            self.now = self.now.max(next);
            if due == Some(next)
                && let Some((_, later)) = self.later.pop_first()
            {
                self.happen(later);
            } else {
                self.call.handle_timeout(self.now);
            }
        }
    }

    fn happen(&mut self, later: Later) {
        match later {
            Later::Heard(job, context) => {
                if self.cancelled.contains(&job) {
                    return;
                }
                let reading = match (&self.again, &context.doubted) {
                    (Some(again), Some(_)) => Some(again.clone()),
                    _ => self.readings.front().cloned(),
                };
                let text = reading.as_ref().map_or("", |_| self.words).to_string();
                let transcript = Transcript {
                    text: text.into(),
                    log_probability: self.log_probability,
                    decodes: 1,
                    took: self.stt,
                };
                let understood = Understood {
                    words: context.whole(&transcript.text),
                    transcript,
                    reading: reading.unwrap_or_default(),
                    took: Duration::ZERO,
                };
                self.call.handle_heard(self.now, job, Ok(understood));
            }
            Later::Read(job, words) => {
                let understood = Understood {
                    words,
                    reading: self.readings.pop_front().unwrap_or_default(),
                    ..Understood::default()
                };
                self.call.handle_heard(self.now, job, Ok(understood));
            }
            Later::Speech(job, _) if self.voiceless => {
                self.call.handle_speech(self.now, job, Err("pas de voix".into()));
            }
            Later::Speech(job, frames) => {
                let tone = |i: usize| ((i as f32 * 0.3).sin() * 6000.0) as i16;
                let sound = if self.voice.is_empty() {
                    (0..frames * FRAME).map(tone).collect()
                } else {
                    self.voice.clone()
                };
                self.call.handle_speech(self.now, job, Ok(Arc::new(Pcm(sound))));
            }
            Later::Kept(job) => self.call.handle_kept(self.now, job, self.disk_ok),
            Later::Submitted(job) => {
                let reference = self.disk_ok.then(|| "427".to_owned());
                self.call.handle_submitted(self.now, job, reference);
            }
            Later::Found(job) => {
                let known = Known {
                    state: RequestState::InProgress,
                    since: NaiveDate::from_ymd_opt(2026, 11, 20).expect("a day"),
                    form: Some(0),
                    own: true,
                };
                self.call.handle_found(self.now, job, Some(known));
            }
            Later::Rephrased(job) => {
                if let Some((_, words)) = &self.other_words {
                    self.call.handle_rephrased(self.now, job, words.clone());
                }
            }
            Later::Packet(packet) => self.call.handle_packet(self.now, &packet),
        }
    }

    /// Lets some time pass with the caller silent: the telephone sends its silence.
    fn wait(&mut self, duration: Duration) {
        self.say(&vec![0; (duration.as_millis() as usize / 20) * FRAME]);
    }

    /// The caller says these samples; gives the time of the last sample that holds speech.
    fn say(&mut self, samples: &[i16]) -> Instant {
        let mut speech_end = self.now;
        for chunk in samples.chunks_exact(FRAME) {
            let mut frame: [i16; FRAME] = chunk.try_into().expect("exact chunks");
            if let Some(back) = self.echo.and_then(|late| self.played.iter().rev().nth(late)) {
                let mixed = frame.iter_mut().zip(back);
                mixed.for_each(|(sample, back)| *sample = sample.saturating_add((f32::from(*back) * 0.3) as i16));
            }
            let frame = &frame;
            let mut packet = Vec::new();
            self.phone
                .speak(frame, |bytes| packet = bytes.to_vec())
                .expect("encodes");
            self.seed = self
                .seed
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            let random = (self.seed >> 33) as f64 / f64::from(1u32 << 31);
            if random >= self.loss {
                self.after(
                    Duration::from_millis((random * self.jitter_ms as f64) as u64),
                    Later::Packet(packet),
                );
            }
            if level(frame) > -45.0 {
                speech_end = self.now;
            }
            for end in self.desk.iter_mut().chain(&mut self.listener) {
                let (id, packets) = (end.id, end.frame(self.now));
                packets
                    .iter()
                    .for_each(|packet| self.call.handle_clerk_packet(self.now, id, packet));
            }
            let next = self.now + FRAME_TIME;
            self.run_until(next);
        }
        speech_end
    }

    /// Waits until we have been silent for a second.
    fn wait_for_quiet(&mut self) {
        for _ in 0..200 {
            self.wait(Duration::from_millis(400));
            let since = self.now - Duration::from_secs(1);
            if self
                .sent
                .iter()
                .rev()
                .take_while(|(at, _)| *at > since)
                .all(|(_, sound)| !sound)
                && self.sent.len() > 60
            {
                return;
            }
        }
        panic!("it never falls silent");
    }

    fn first_sound_after(&self, at: Instant) -> Option<Instant> {
        self.sent.iter().find(|(t, sound)| *t > at && *sound).map(|(t, _)| *t)
    }

    fn events_of(&self, is: impl Fn(&CallEvent) -> bool) -> usize {
        self.events.iter().filter(|(_, e)| is(e)).count()
    }

    fn said(&self, what: &str) -> usize {
        self.events_of(|e| matches!(e, CallEvent::Said { text, .. } if text.reveal().contains(what)))
    }

    fn heard(&self) -> usize {
        self.events_of(|e| matches!(e, CallEvent::Heard { .. }))
    }
}

fn clip(bytes: &[u8]) -> Vec<i16> {
    wav::read::<16_000>("fixture", Cursor::new(bytes)).expect("a wav").0
}

fn topic() -> Reading {
    let found = TopicMatch {
        id: "horaires".into(),
        confidence: 0.95,
    };
    Reading {
        topic: Some(found),
        completeness: Completeness::Complete,
        ..Reading::default()
    }
}

fn command(command: Command) -> Reading {
    Reading {
        command: Some(command),
        ..Reading::default()
    }
}

fn yes() -> Reading {
    Reading {
        yes_no: Some(true),
        ..Reading::default()
    }
}

#[test]
fn a_question_is_answered_within_a_second() {
    let mut world = World::new([topic()]);
    world.wait_for_quiet();
    let end = world.say(&clip(QUESTION));
    world.wait(Duration::from_secs(3));
    let answer = world.first_sound_after(end).expect("an answer");
    assert!(
        answer - end < Duration::from_millis(1000),
        "answered after {:?}",
        answer - end
    );
    assert_eq!(world.heard(), 1);
    let marks: Vec<_> = world
        .events
        .iter()
        .filter_map(|(_, e)| {
            if let CallEvent::Answered { turn, times } = e {
                Some((turn.0, *times))
            } else {
                None
            }
        })
        .collect();
    let (turn, times) = *marks.last().expect("marks");
    assert_eq!((turn, times.stt), (1, 500));
    assert!(times.paused < times.recognised && times.recognised <= times.answered && times.over <= times.answered);
    let measured = (answer - end).as_millis() as i64;
    assert!(
        (times.answered as i64 - measured).abs() < 120,
        "marks say {} ms, the line {measured} ms",
        times.answered
    );
}

#[test]
fn a_pause_inside_gives_one_answer_on_the_whole() {
    let mut world = World::new([topic()]);
    world.wait_for_quiet();
    let sound = clip(STORY);
    let middle = sound.len() / 2 / FRAME * FRAME;
    world.say(&sound[..middle]);
    world.wait(Duration::from_millis(500));
    world.say(&sound[middle..]);
    world.wait(Duration::from_secs(4));
    assert_eq!(world.heard(), 1);
    assert!(!world.cancelled.is_empty(), "what was prepared in the pause is dropped");
}

#[test]
fn the_caller_interrupts_and_we_fall_silent_within_250_ms() {
    let mut world = World::new([topic()]);
    world.wait(Duration::from_secs(2));
    assert!(
        world.sent.last().is_some_and(|(_, sound)| *sound),
        "the greeting is being said"
    );
    let question = clip(QUESTION);
    let onset = question
        .chunks_exact(FRAME)
        .position(|f| level(f) > -40.0)
        .expect("speech") as u32;
    let begin = world.now + FRAME_TIME * onset;
    world.say(&question);
    let last_sound = world
        .sent
        .iter()
        .rev()
        .find(|(_, sound)| *sound)
        .map(|(at, _)| *at)
        .expect("sound");
    assert!(
        last_sound - begin < Duration::from_millis(250),
        "silent {:?} after the caller began",
        last_sound - begin
    );
    world.wait(Duration::from_secs(3));
    assert_eq!(world.events_of(|e| matches!(e, CallEvent::Interrupted { .. })), 1);
    assert_eq!(world.heard(), 1, "what was said over us is understood whole");
}

#[test]
fn a_click_does_not_interrupt() {
    let mut world = World::new([]);
    world.wait(Duration::from_secs(2));
    let mut click = vec![0i16; 10 * FRAME];
    click[..200].fill(15_000);
    world.say(&click);
    world.wait(Duration::from_millis(500));
    assert_eq!(world.events_of(|e| matches!(e, CallEvent::Interrupted { .. })), 0);
}

#[test]
fn loss_and_jitter_change_nothing() {
    let mut world = World::new([topic()]);
    (world.loss, world.jitter_ms) = (0.05, 40);
    world.wait_for_quiet();
    let end = world.say(&clip(QUESTION));
    world.wait(Duration::from_secs(2));
    assert_eq!(world.heard(), 1);
    assert!(world.first_sound_after(end).expect("an answer") - end < Duration::from_millis(1300));
}

#[test]
fn silence_is_asked_about_and_ends_the_call_or_finds_a_person() {
    let mut world = World::new([]);
    world.wait(Duration::from_secs(90));
    assert!(world.events_of(|e| *e == CallEvent::Silence) >= 3);
    assert_eq!(world.transfers, ["10"]);
}

#[test]
fn nobody_answers_the_transfer_and_a_message_is_left() {
    let mut world = World::new([command(Command::Agent)]);
    world.wait_for_quiet();
    world.say(&clip(QUESTION));
    world.wait(Duration::from_secs(6));
    assert_eq!(world.transfers, ["10"]);
    world.call.handle_transfer(world.now, 100, false);
    world.call.handle_transfer(world.now, 180, false);
    world.wait(Duration::from_secs(2));
    world.call.handle_transfer(world.now, 486, true);
    world.readings = [yes()].into();
    world.wait_for_quiet();
    world.say(&clip(QUESTION));
    world.wait(Duration::from_secs(2));
    world.wait_for_quiet();
    // The beep is over: the message.
    world.wait(Duration::from_secs(1));
    world.say(&clip(STORY));
    world.wait(Duration::from_secs(5));
    assert_eq!(world.kept.len(), 1, "{:?}", world.events);
    assert!(world.kept[0] > Duration::from_secs(3));
    let kept = world
        .events
        .iter()
        .position(|(_, e)| matches!(e, CallEvent::MessageKept { .. }))
        .expect("kept");
    let noted = world
        .events
        .iter()
        .position(|(_, e)| matches!(e, CallEvent::Said { text, .. } if text.reveal().contains("C'est noté")))
        .expect("said");
    assert!(kept < noted, "it is on disk before it is said to be noted");
}

#[test]
fn hanging_up_during_a_message_keeps_it() {
    let mut world = World::new([command(Command::Agent)]);
    world.wait_for_quiet();
    world.say(&clip(QUESTION));
    world.wait(Duration::from_secs(6));
    world.call.handle_transfer(world.now, 404, true);
    world.wait_for_quiet();
    world.call.handle_tone(world.now, '1');
    world.wait(Duration::from_secs(1));
    world.wait_for_quiet();
    world.wait(Duration::from_secs(1));
    world.say(&clip(STORY));
    world.call.handle_end(world.now, EndReason::Caller);
    world.drain();
    assert_eq!(world.kept.len(), 1);
    assert!(world.call.is_over());
}

#[test]
fn a_transfer_that_nobody_reports_on_is_a_failure() {
    let mut world = World::new([command(Command::Agent)]);
    world.wait_for_quiet();
    world.say(&clip(QUESTION));
    world.wait(Duration::from_secs(55));
    let outcome = world.events.iter().find_map(|(_, e)| {
        if let CallEvent::TransferEnded { outcome, .. } = e {
            Some(*outcome)
        } else {
            None
        }
    });
    assert_eq!(outcome, Some(crate::transfer::Outcome::NoAnswer));
    assert!(!world.call.is_over());
}

#[test]
fn a_transfer_that_is_taken_ends_the_call() {
    let mut world = World::new([command(Command::Agent)]);
    world.wait_for_quiet();
    world.say(&clip(QUESTION));
    world.wait(Duration::from_secs(6));
    world.call.handle_transfer(world.now, 200, true);
    world.drain();
    assert!(world.hung_up && world.call.is_over());
    assert!(matches!(
        world.events.last(),
        Some((
            _,
            CallEvent::Ended {
                reason: EndReason::Transferred
            }
        ))
    ));
}

#[test]
fn zero_is_a_person_at_once_even_while_we_speak() {
    let mut world = World::new([]);
    world.wait(Duration::from_millis(500));
    world.call.handle_tone(world.now, '0');
    world.wait(Duration::from_secs(5));
    assert_eq!(world.transfers, ["10"]);
}

#[test]
fn packets_leave_every_20_ms_and_timestamps_follow() {
    let mut world = World::new([]);
    world.wait(Duration::from_secs(20));
    assert!(world.sent.windows(2).all(|w| w[1].0 - w[0].0 == FRAME_TIME));
    assert!(world.stamps.windows(2).all(|w| w[1].wrapping_sub(w[0]) == 160));
    assert_eq!(world.sent.len() as u128, (world.now - world.start).as_millis() / 20 + 1);
}

#[test]
fn slow_recognition_is_bridged_and_its_late_result_still_answers() {
    let mut world = World::new([topic()]);
    world.stt = Duration::from_secs(6);
    world.wait_for_quiet();
    world.say(&clip(QUESTION));
    world.wait(Duration::from_secs(9));
    assert_eq!(world.said("Un instant"), 1);
    assert_eq!(world.heard(), 1);
}

#[test]
fn a_caller_who_vanishes_ends_the_call() {
    let mut world = World::new([]);
    world.wait(Duration::from_secs(2));
    world.run_until(world.now + Duration::from_secs(40));
    assert!(matches!(
        world.events.last(),
        Some((
            _,
            CallEvent::Ended {
                reason: EndReason::MediaLost
            }
        ))
    ));
    assert!(world.hung_up);
}

#[test]
fn a_telephone_that_suppresses_silence_is_not_gone() {
    let mut world = World::new([]);
    world.wait(Duration::from_secs(2));
    // It sends no sound, but reports (RFC 3550, section 6.4.2).
    for _ in 0..8 {
        world.run_until(world.now + Duration::from_secs(5));
        world.call.handle_report(world.now, &[0x80, 201, 0, 1, 0, 0, 0, 7]);
    }
    let lost = |e: &CallEvent| {
        matches!(
            e,
            CallEvent::Ended {
                reason: EndReason::MediaLost
            }
        )
    };
    assert_eq!(world.events_of(lost), 0);
}

#[test]
fn on_hold_nothing_is_said_and_it_goes_on_after() {
    let mut world = World::new([]);
    world.wait(Duration::from_secs(1));
    let held = Agreed {
        direction: Direction::RecvOnly,
        ..agreed()
    };
    world.call.handle_media(world.now, &held);
    world.wait(Duration::from_millis(100));
    let before = world.sent.len();
    world.run_until(world.now + Duration::from_secs(60));
    assert_eq!(world.sent.len(), before, "nothing is sent on hold");
    assert!(!world.call.is_over());
    world.call.handle_media(world.now, &agreed());
    world.wait(Duration::from_secs(1));
    assert!(
        world.sent.last().is_some_and(|(_, sound)| *sound),
        "the greeting goes on"
    );
}

#[test]
fn hostile_packets_do_no_harm() {
    let mut world = World::new([]);
    let mut seed = 3u64;
    for length in 0..400 {
        let packet: Vec<u8> = (0..length)
            .map(|_| {
                seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                (seed >> 56) as u8
            })
            .collect();
        world.call.handle_packet(world.now, &packet);
        world.call.handle_report(world.now, &packet);
        world.run_until(world.now + FRAME_TIME);
    }
    assert!(!world.call.is_over());
}
