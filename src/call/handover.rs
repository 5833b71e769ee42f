//! An attended transfer: the clerk who has picked up, on a line of their own, while the caller hears the ringing tone.
//!
//! ```text
//! caller ◄── ringing tone                     clerk ◄── what the call is about (Speech)
//!                                             clerk ──► voice activity, beep, keys ──► transfer::handover
//! ```
//!
//! Who rings when, and what a clerk's silence means, is `transfer::handover`'s to say.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::bridge::Bridge;
use super::event::{BridgeEnd, CallEvent, EndReason};
use super::line::{Line, MAX_REPORT};
use super::steps::pace;
use super::{Call, Output, Phase};
use crate::dialogue::phrases::{Phrase, Phrases};
use crate::dialogue::plan::{Attended, CONSOLE, Passing};
use crate::hear::beep::Beep;
use crate::hear::voice::VoiceActivity;
use crate::pii::Pii;
use crate::speak::queue::{Clip, Speech};
use crate::speak::ringback::Ringback;
use crate::transfer::Outcome;
use crate::transfer::handover::{ClerkId, HandOver, Rules, Step};
use crate::units::{FRAME, JobId};
use crate::wire::negotiate::Agreed;

/// Somebody to be rung.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ring {
    /// Names the attempt.
    pub clerk: ClerkId,
    /// Extension, SIP address, or [`CONSOLE`].
    pub target: String,
    /// The service's id.
    pub service: String,
    /// What the call is about, for those who read.
    pub summary: Pii<String>,
    /// Whether their telephone shows the caller's number.
    pub shows_number: bool,
    /// How long it rings, before [`Output::Release`] comes.
    pub time: Duration,
}

/// What a clerk's telephone did.
#[derive(Clone, Debug)]
pub enum ClerkSignal {
    /// It rings.
    Rings,
    /// Somebody has picked up.
    Answers(Agreed),
    /// Somebody of this name takes the call: they have read what it is about.
    Takes(Agreed, Pii<String>),
    /// The session was changed: other codecs, hold, resume.
    Changes(Agreed),
    /// They pressed a key, which was told by INFO.
    Presses(char),
    /// It was refused with this status, or could not be placed.
    Refuses(u16),
    /// They have hung up.
    HangsUp,
    /// They are gone without a word: their browser was closed, or their network is.
    Vanishes,
    /// They give the caller back to us.
    GivesBack,
    /// They pass the caller on to this service (its id).
    PassesOn(String),
}

/// A clerk who has picked up.
pub(super) struct Clerk {
    pub(super) id: ClerkId,
    pub(super) line: Line,
    pub(super) last_packet: Instant,
    /// Who it is, where they said so.
    pub(super) name: Option<Pii<String>>,
    voice: VoiceActivity,
    beep: Beep,
    speech: Speech,
    /// They have been told all since the last time that they were to be.
    told: bool,
}

/// A hand-over under way.
pub(super) struct HandingOver {
    pub(super) service: usize,
    rules: Attended,
    state: HandOver,
    ringback: Ringback,
    /// What a clerk is told.
    summary: Vec<Sentence>,
    clerk: Option<Clerk>,
}

/// A sentence of the summary: rendered once, told to as many as it takes.
struct Sentence {
    job: JobId,
    text: Arc<str>,
    sound: Sound,
}

enum Sound {
    Waiting,
    Ready(Clip),
    Lost,
}

impl HandingOver {
    /// When a telephone has rung for long enough.
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.state.deadline()
    }

    pub(super) fn rang_long_enough(&mut self, now: Instant) {
        self.state.handle_timeout(now);
    }

    /// Lets everybody go who is rung.
    pub(super) fn abandon(&mut self) {
        self.state.abandon();
    }

    /// Nothing is being said to the caller: they hear the ringing tone.
    pub(super) fn ring_back(&mut self, frame: &mut [i16; FRAME]) {
        self.ringback.frame(frame);
    }

    /// The sound of a sentence of the summary, or none where it could not be rendered; false where the job is not of it.
    pub(super) fn arrived(&mut self, job: JobId, clip: Option<&Clip>) -> bool {
        let Some(sentence) = self.summary.iter_mut().find(|sentence| sentence.job == job) else {
            return false;
        };
        sentence.sound = clip.map_or(Sound::Lost, |clip| Sound::Ready(clip.clone()));
        if let Some(clerk) = &mut self.clerk {
            clerk.speech.arrived(job, clip.cloned());
        }
        true
    }

    /// Says the summary to the clerk.
    fn tell(&mut self) {
        let Some(clerk) = &mut self.clerk else { return };
        clerk.told = false;
        for Sentence { job, text, sound } in &self.summary {
            if matches!(sound, Sound::Lost) {
                continue;
            }
            clerk.speech.say(*job, text.clone(), false);
            if let Sound::Ready(clip) = sound {
                clerk.speech.arrived(*job, Some(clip.clone()));
            }
        }
    }

    /// The sentences of the summary that are still being rendered.
    pub(super) fn awaited(&self) -> impl Iterator<Item = JobId> {
        let waiting = self.summary.iter().filter(|s| matches!(s.sound, Sound::Waiting));
        waiting.map(|sentence| sentence.job)
    }

    fn summary(&self) -> Pii<String> {
        let texts: Vec<&str> = self.summary.iter().map(|sentence| &*sentence.text).collect();
        texts.join(" ").into()
    }

    /// The clerk of this number, while they are told of the call.
    fn clerk(&mut self, id: ClerkId) -> Option<&mut Clerk> {
        self.clerk.as_mut().filter(|clerk| clerk.id == id)
    }
}

impl Call {
    /// Takes a datagram from a clerk's RTP port.
    pub fn handle_clerk_packet(&mut self, now: Instant, id: ClerkId, datagram: &[u8]) {
        let Some((line, last_packet)) = self.line_of(id) else {
            return;
        };
        if let Some(last_packet) = last_packet {
            *last_packet = now;
        }
        if let Some(key) = line.handle_packet(now, datagram) {
            self.clerk_pressed(now, id, key);
        }
    }

    /// Takes a datagram from a clerk's RTCP port.
    pub fn handle_clerk_report(&mut self, now: Instant, id: ClerkId, datagram: &[u8]) {
        if let Some((line, last_packet)) = self.line_of(id)
            && line.handle_report(now, datagram)
            && let Some(last_packet) = last_packet
        {
            *last_packet = now;
        }
    }

    /// Writes our report on a clerk's line; gives its length, 0 where there is none.
    pub fn clerk_report(&mut self, now: Instant, id: ClerkId, out: &mut [u8; MAX_REPORT]) -> usize {
        self.line_of(id).map_or(0, |(line, _)| line.report(now, out))
    }

    /// The next RTP packet to send to the clerk who has picked up, or to who listens, if one is ready.
    pub fn poll_clerk_transmit(&mut self) -> Option<(ClerkId, &[u8])> {
        let clerk = match &mut self.phase {
            Phase::HandingOver(handing) => handing.clerk.as_mut().map(|clerk| (clerk.id, &mut clerk.line)),
            Phase::Bridged(bridge) => Some((bridge.clerk, &mut bridge.line)),
            _ => None,
        };
        let listeners = self.listeners.iter_mut().map(|l| (l.id, &mut l.line));
        let (id, line) = clerk.into_iter().chain(listeners).find(|(_, line)| line.is_ready())?;
        line.poll_transmit().map(|packet| (id, packet))
    }

    /// What a clerk's telephone did. What comes of one that was released is dropped.
    pub fn handle_clerk(&mut self, now: Instant, id: ClerkId, signal: ClerkSignal) {
        if self.listeners.iter().any(|listener| listener.id == id) {
            if matches!(signal, ClerkSignal::HangsUp | ClerkSignal::Vanishes) {
                self.listener_leaves(id);
            }
            return;
        }
        match (&mut self.phase, signal) {
            (_, ClerkSignal::Presses(key)) => return self.clerk_pressed(now, id, key),
            (_, ClerkSignal::Changes(agreed)) => {
                if let Some((line, last_packet)) = self.line_of(id) {
                    if let Some(last_packet) = last_packet {
                        *last_packet = now;
                    }
                    let changed = line.change(&agreed);
                    self.failed(changed);
                }
            }
            (Phase::HandingOver(handing), signal) => match signal {
                ClerkSignal::Rings => handing.state.handle_ringing(id),
                ClerkSignal::Answers(agreed) => self.clerk_answered(now, id, &agreed, None),
                ClerkSignal::Takes(agreed, name) => self.clerk_answered(now, id, &agreed, Some(name)),
                ClerkSignal::Refuses(code) => handing.state.handle_refusal(now, id, code),
                ClerkSignal::HangsUp | ClerkSignal::Vanishes => {
                    handing.clerk.take_if(|clerk| clerk.id == id);
                    handing.state.handle_hang_up(now, id);
                }
                ClerkSignal::Presses(_)
                | ClerkSignal::Changes(_)
                | ClerkSignal::GivesBack
                | ClerkSignal::PassesOn(_) => {}
            },
            (Phase::Bridged(bridge), signal) if bridge.clerk == id => match signal {
                ClerkSignal::HangsUp => self.clerk_hung_up(now),
                ClerkSignal::Vanishes => self.clerk_is_lost(now),
                ClerkSignal::GivesBack => self.given_back(now),
                ClerkSignal::PassesOn(service) => self.passed_on(now, &service),
                _ => {}
            },
            _ => {}
        }
        self.follow_hand_over(now);
    }

    /// Rings the people of a service.
    pub(super) fn hand_over(&mut self, now: Instant, service: usize, summary: &Pii<String>) {
        let of = &self.dialogue.plan().clone().services[service];
        let Passing::Attended(rules) = of.passing else { return };
        self.event(CallEvent::TransferBegan {
            service: of.id.clone(),
            target: of.extensions.join(", "),
        });
        if self.writing.is_alone() {
            // Who only types has nothing to speak with.
            return self.transfer_ended(now, service, Outcome::Unreachable);
        }
        let pace = pace(&self.dialogue);
        let sentence = |(job, text)| Sentence {
            job,
            text,
            sound: Sound::Waiting,
        };
        let summary = self.render(summary.reveal(), pace);
        let rings = Rules {
            posts: of.extensions.len(),
            together: rules.together,
            ring: rules.ring,
        };
        self.phase = Phase::HandingOver(Box::new(HandingOver {
            service,
            rules,
            state: HandOver::begin(now, rings, self.next_clerk),
            ringback: Ringback::default(),
            summary: summary.into_iter().map(sentence).collect(),
            clerk: None,
        }));
        self.follow_hand_over(now);
    }

    /// Does what the hand-over wants.
    pub(super) fn follow_hand_over(&mut self, now: Instant) {
        while let Phase::HandingOver(handing) = &mut self.phase {
            let Some(step) = handing.state.poll_step() else {
                self.next_clerk = handing.state.next_id();
                return;
            };
            let (service, rules) = (handing.service, handing.rules);
            match step {
                Step::Ring(clerk, post) => {
                    let summary = handing.summary();
                    let (target, service) = (self.extension(service, post), self.service_id(service));
                    self.outputs.push_back(Output::Ring(Ring {
                        clerk,
                        target,
                        service,
                        summary: self.to_be_read(&summary),
                        shows_number: rules.shows_number,
                        time: rules.ring,
                    }));
                }
                Step::Release(id) => {
                    handing.clerk.take_if(|clerk| clerk.id == id);
                    self.outputs.push_back(Output::Release(id));
                }
                Step::Tell(_) => {
                    handing.tell();
                    let text = handing.summary();
                    self.event(CallEvent::ToldClerk { text });
                }
                Step::Connect(_, post) => return self.connect(now, post),
                Step::Fail(outcome) => {
                    self.next_clerk = handing.state.next_id();
                    self.outputs.extend(handing.awaited().map(Output::Cancel));
                    return self.transfer_ended(now, service, outcome);
                }
                Step::Note(post, news) => {
                    let target = self.extension(service, post);
                    self.event(CallEvent::Clerk { target, news });
                }
            }
        }
    }

    /// One 20 ms step of the clerk's line, while they are told of the call.
    pub(super) fn clerk_frame(&mut self, now: Instant) {
        let Phase::HandingOver(handing) = &mut self.phase else {
            return;
        };
        let HandingOver { state, clerk, .. } = &mut **handing;
        let Some(clerk) = clerk else { return };
        let mut frame = [0; FRAME];
        clerk.line.pull(now, &mut frame);
        let over_us = !clerk.speech.is_idle();
        let speech = clerk.voice.frame(&frame, over_us).speech;
        let beep = clerk.beep.frame(&frame);
        clerk.speech.frame(&mut frame);
        clerk.speech.take_said();
        let pushed = clerk.line.push(&frame);
        if clerk.speech.is_idle() && !clerk.told {
            clerk.told = true;
            state.handle_told(clerk.id);
        }
        state.handle_frame(now, clerk.id, speech, beep);
        self.failed(pushed);
        self.follow_hand_over(now);
    }

    /// Nobody is to be rung or spoken with any more, since the call ends for this reason: gives the reason that is told of
    /// a call that a person had.
    pub(super) fn let_clerks_go(&mut self, now: Instant, reason: EndReason) -> EndReason {
        self.let_listeners_go();
        match &self.phase {
            Phase::HandingOver(handing) => {
                let service = handing.service;
                self.stop_ringing(now);
                self.event(CallEvent::TransferEnded {
                    service: self.service_id(service),
                    outcome: Outcome::Abandoned,
                });
                reason
            }
            Phase::Bridged(_) => {
                let by = match reason {
                    EndReason::Caller => BridgeEnd::Caller,
                    EndReason::TooLong => BridgeEnd::TooLong,
                    EndReason::MediaLost => BridgeEnd::CallerLost,
                    EndReason::Finished | EndReason::Transferred | EndReason::Stopped => BridgeEnd::Stopped,
                };
                self.take_down(now, by);
                if reason == EndReason::Caller {
                    EndReason::Transferred
                } else {
                    reason
                }
            }
            _ => reason,
        }
    }

    /// Tells of a line that fails; the call goes on.
    pub(super) fn failed<E: std::fmt::Display>(&mut self, result: Result<(), E>) {
        if let Err(error) = result {
            self.event(CallEvent::Failed {
                what: error.to_string(),
            });
        }
    }

    /// What a clerk is told, for one who reads it: no key takes the call.
    fn to_be_read(&self, summary: &Pii<String>) -> Pii<String> {
        let phrases = Phrases::new(&self.dialogue.plan().phrases);
        let take = phrases.get(Phrase::TakeTheCall);
        summary.reveal().replace(take, "").trim().to_owned().into()
    }

    fn extension(&self, service: usize, post: usize) -> String {
        self.dialogue.plan().services[service].extensions[post].clone()
    }

    /// Somebody has picked up; who gives a name takes the call.
    fn clerk_answered(&mut self, now: Instant, id: ClerkId, agreed: &Agreed, name: Option<Pii<String>>) {
        let line = Line::new(agreed, self.line.clock());
        let Phase::HandingOver(handing) = &mut self.phase else {
            return;
        };
        match line {
            Ok(line) => {
                if handing.state.handle_answer(id) {
                    let takes = name.is_some();
                    handing.clerk = Some(Clerk {
                        id,
                        line,
                        last_packet: now,
                        name,
                        voice: VoiceActivity::default(),
                        beep: Beep::default(),
                        speech: Speech::default(),
                        told: true,
                    });
                    if takes {
                        handing.state.handle_take(now, id);
                    }
                }
            }
            Err(error) => {
                handing.state.handle_refusal(now, id, 488);
                self.outputs.push_back(Output::Release(id));
                self.failed(Err(error));
            }
        }
    }

    fn clerk_pressed(&mut self, now: Instant, id: ClerkId, key: char) {
        match &mut self.phase {
            // The hand-over knows who has picked up.
            Phase::HandingOver(handing) => {
                handing.state.handle_key(now, id, key);
                self.follow_hand_over(now);
            }
            Phase::Bridged(bridge) if bridge.clerk == id => {
                self.line.press(key);
            }
            _ => {}
        }
    }

    /// The clerk takes the call.
    fn connect(&mut self, now: Instant, post: usize) {
        let Phase::HandingOver(handing) = std::mem::replace(&mut self.phase, Phase::Talking) else {
            return;
        };
        self.outputs.extend(handing.awaited().map(Output::Cancel));
        let HandingOver {
            service, rules, state, ..
        } = *handing;
        self.next_clerk = state.next_id();
        let Some(clerk) = handing.clerk else { return };
        let target = self.extension(service, post);
        self.fall_silent();
        self.forget_utterance();
        self.wait_anew();
        self.event(CallEvent::TransferEnded {
            service: self.service_id(service),
            outcome: Outcome::Taken,
        });
        self.event(CallEvent::Bridged {
            target: target.clone(),
            clerk: clerk.name.clone(),
        });
        let joins = rules.by_pbx && target != CONSOLE;
        if joins {
            let clerk = clerk.id;
            self.outputs.push_back(Output::Join { clerk, target });
        }
        self.phase = Phase::Bridged(Box::new(Bridge::new(now, clerk.id, clerk.line, joins)));
    }

    /// The line of a clerk who has picked up, or of who listens; and when a clerk's last brought a packet: who only listens
    /// sends none.
    fn line_of(&mut self, id: ClerkId) -> Option<(&mut Line, Option<&mut Instant>)> {
        let listener = self.listeners.iter_mut().find(|listener| listener.id == id);
        if let Some(listener) = listener {
            return Some((&mut listener.line, None));
        }
        match &mut self.phase {
            Phase::HandingOver(handing) => {
                let clerk = handing.clerk(id)?;
                Some((&mut clerk.line, Some(&mut clerk.last_packet)))
            }
            Phase::Bridged(bridge) if bridge.clerk == id => Some((&mut bridge.line, Some(&mut bridge.last_packet))),
            _ => None,
        }
    }

    /// A number that no clerk of this call has had.
    pub(super) fn new_clerk(&mut self) -> ClerkId {
        match &mut self.phase {
            Phase::HandingOver(handing) => handing.state.new_id(),
            _ => {
                let id = self.next_clerk;
                self.next_clerk = ClerkId(id.0 + 1);
                id
            }
        }
    }
}
