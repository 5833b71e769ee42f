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
use crate::dialogue::plan::{Attended, Passing};
use crate::hear::beep::Beep;
use crate::hear::voice::VoiceActivity;
use crate::pii::Pii;
use crate::speak::queue::{Clip, Speech};
use crate::speak::ringback::Ringback;
use crate::transfer::Outcome;
use crate::transfer::handover::{ClerkId, HandOver, News, Rules, Step};
use crate::units::{FRAME, JobId};
use crate::wire::negotiate::Agreed;

/// Somebody to be rung.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ring {
    /// Names the attempt.
    pub clerk: ClerkId,
    /// Extension or SIP address.
    pub target: String,
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
    /// The session was changed: other codecs, hold, resume.
    Changes(Agreed),
    /// They pressed a key, which was told by INFO.
    Presses(char),
    /// It was refused with this status, or could not be placed.
    Refuses(u16),
    /// They have hung up.
    HangsUp,
}

/// A clerk who has picked up.
pub(super) struct Clerk {
    pub(super) id: ClerkId,
    pub(super) line: Line,
    pub(super) last_packet: Instant,
    voice: VoiceActivity,
    beep: Beep,
    speech: Speech,
    /// They have been told all since the last time that they were to be.
    told: bool,
}

/// A hand-over under way.
pub(super) struct HandingOver {
    pub(super) service: usize,
    /// The extensions that are rung: indices in the service's.
    posts: Vec<usize>,
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

    /// Lets everybody go who is rung or told of the call.
    pub(super) fn abandon(&mut self) {
        self.state.abandon();
    }

    pub(super) fn rang_long_enough(&mut self, now: Instant) {
        self.state.handle_timeout(now);
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
        *last_packet = now;
        if let Some(key) = line.handle_packet(now, datagram) {
            self.clerk_pressed(now, id, key);
        }
    }

    /// Takes a datagram from a clerk's RTCP port.
    pub fn handle_clerk_report(&mut self, now: Instant, id: ClerkId, datagram: &[u8]) {
        if let Some((line, last_packet)) = self.line_of(id)
            && line.handle_report(now, datagram)
        {
            *last_packet = now;
        }
    }

    /// Writes our report on a clerk's line; gives its length, 0 where there is none.
    pub fn clerk_report(&mut self, now: Instant, id: ClerkId, out: &mut [u8; MAX_REPORT]) -> usize {
        self.line_of(id).map_or(0, |(line, _)| line.report(now, out))
    }

    /// The next RTP packet to send to the clerk who has picked up, if one is ready.
    pub fn poll_clerk_transmit(&mut self) -> Option<(ClerkId, &[u8])> {
        let (id, line) = match &mut self.phase {
            Phase::HandingOver(handing) => handing.clerk.as_mut().map(|clerk| (clerk.id, &mut clerk.line))?,
            Phase::Bridged(bridge) => (bridge.clerk, &mut bridge.line),
            _ => return None,
        };
        line.poll_transmit().map(|packet| (id, packet))
    }

    /// What a clerk's telephone did. What comes of one that was released is dropped.
    pub fn handle_clerk(&mut self, now: Instant, id: ClerkId, signal: ClerkSignal) {
        match (&mut self.phase, signal) {
            (_, ClerkSignal::Presses(key)) => return self.clerk_pressed(now, id, key),
            (_, ClerkSignal::Changes(agreed)) => {
                if let Some((line, last_packet)) = self.line_of(id) {
                    *last_packet = now;
                    let changed = line.change(&agreed);
                    self.failed(changed);
                }
            }
            (Phase::HandingOver(handing), signal) => match signal {
                ClerkSignal::Rings => handing.state.handle_ringing(id),
                ClerkSignal::Answers(agreed) => self.clerk_answered(now, id, &agreed),
                ClerkSignal::Refuses(code) => handing.state.handle_refusal(now, id, code),
                ClerkSignal::HangsUp => {
                    handing.clerk.take_if(|clerk| clerk.id == id);
                    handing.state.handle_hang_up(now, id);
                }
                ClerkSignal::Presses(_) | ClerkSignal::Changes(_) => {}
            },
            (Phase::Bridged(bridge), ClerkSignal::HangsUp) if bridge.clerk == id => self.clerk_hung_up(now),
            _ => {}
        }
        self.follow_hand_over(now);
    }

    /// Rings the people of a service.
    pub(super) fn hand_over(&mut self, now: Instant, service: usize, summary: &Pii<String>) {
        let of = &self.dialogue.plan().clone().services[service];
        let Passing::Attended(rules) = of.passing else { return };
        let posts = match &mut self.waiting {
            Some(waiting) => waiting.take_turn(),
            None => {
                self.transfer_begins(service);
                (0..of.extensions.len()).collect()
            }
        };
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
            posts: posts.len(),
            together: rules.together,
            ring: rules.ring,
        };
        self.phase = Phase::HandingOver(Box::new(HandingOver {
            service,
            posts,
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
                    let post = handing.posts[post];
                    let target = self.extension(service, post);
                    self.outputs.push_back(Output::Ring(Ring {
                        clerk,
                        target,
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
                Step::Connect(_, post) => {
                    let post = handing.posts[post];
                    return self.connect(now, post);
                }
                Step::Fail(outcome) => {
                    self.next_clerk = handing.state.next_id();
                    self.outputs.extend(handing.awaited().map(Output::Cancel));
                    if self.waiting.is_some() {
                        return self.turn_missed(now, outcome);
                    }
                    return self.transfer_ended(now, service, outcome);
                }
                Step::Note(post, news) => {
                    let post = handing.posts[post];
                    if let (Some(waiting), News::Ended { outcome }) = (&mut self.waiting, news) {
                        waiting.note_missed(post, outcome);
                    }
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
        match &mut self.phase {
            Phase::HandingOver(handing) => {
                handing.abandon();
                self.outputs.extend(handing.awaited().map(Output::Cancel));
                self.follow_hand_over(now);
                if let (Phase::HandingOver(handing), None) = (&self.phase, &self.waiting) {
                    let service = self.service_id(handing.service);
                    self.event(CallEvent::TransferEnded {
                        service,
                        outcome: Outcome::Abandoned,
                    });
                }
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

    fn extension(&self, service: usize, post: usize) -> String {
        self.dialogue.plan().services[service].extensions[post].clone()
    }

    fn clerk_answered(&mut self, now: Instant, id: ClerkId, agreed: &Agreed) {
        let line = Line::new(agreed, self.line.clock());
        let Phase::HandingOver(handing) = &mut self.phase else {
            return;
        };
        match line {
            Ok(line) => {
                if handing.state.handle_answer(id) {
                    handing.clerk = Some(Clerk {
                        id,
                        line,
                        last_packet: now,
                        voice: VoiceActivity::default(),
                        beep: Beep::default(),
                        speech: Speech::default(),
                        told: true,
                    });
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
        self.stop_waiting(now, post);
        self.event(CallEvent::TransferEnded {
            service: self.service_id(service),
            outcome: Outcome::Taken,
        });
        self.event(CallEvent::Bridged { target: target.clone() });
        if rules.by_pbx {
            let clerk = clerk.id;
            self.outputs.push_back(Output::Join { clerk, target });
        }
        self.phase = Phase::Bridged(Box::new(Bridge::new(now, clerk, rules.by_pbx)));
    }

    /// The line of a clerk who has picked up, and when it last brought a packet.
    fn line_of(&mut self, id: ClerkId) -> Option<(&mut Line, &mut Instant)> {
        match &mut self.phase {
            Phase::HandingOver(handing) => {
                let clerk = handing.clerk(id)?;
                Some((&mut clerk.line, &mut clerk.last_packet))
            }
            Phase::Bridged(bridge) if bridge.clerk == id => Some((&mut bridge.line, &mut bridge.last_packet)),
            _ => None,
        }
    }
}
