//! An attended transfer: the clerk who has picked up, on a line of their own, while the caller hears the ringing tone.
//!
//! ```text
//! caller ◄── ringing tone                     clerk ◄── what the call is about (Speech)
//!                                             clerk ──► voice activity, beep, keys ──► transfer::handover
//! ```
//!
//! Who rings when, and what a clerk's silence means, is `transfer::handover`'s to say.

use std::time::{Duration, Instant};

use super::bridge::{Bridge, press};
use super::event::{BridgeEnd, CallEvent, EndReason};
use super::line::{Line, MAX_REPORT};
use super::ringing::{Clerk, ClerkSignal, HandingOver, Ring, Sentence, Sound, Target};
use super::steps::pace;
use super::{Call, Output, Phase, Understood};
use crate::dialogue::phrases::{Phrase, Phrases};
use crate::dialogue::plan::{self, CONSOLE};
use crate::hear::beep::Beep;
use crate::hear::recent::Recent;
use crate::hear::voice::VoiceActivity;
use crate::hear::{Context, Utterance};
use crate::pii::Pii;
use crate::speak::queue::Speech;
use crate::speak::ringback::Ringback;
use crate::transfer::Outcome;
use crate::transfer::handover::{ClerkId, HandOver, News, Rules, Said, Step, Words};
use crate::understand::desk::{self, AtDesk};
use crate::units::{Expect, FRAME, JobId};
use crate::wire::negotiate::Agreed;

/// The console shows what a call is about for so long before a telephone rings; the caller is being told meanwhile who is
/// rung.
const CARD_FIRST: Duration = Duration::from_secs(1);
/// What is recognised of a clerk begins so many frames before their first sound.
const BEFORE: usize = 10;

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
            Phase::HandingOver(handing) => match (&mut handing.clerk, &mut handing.passing) {
                (Some(clerk), _) => Some((clerk.id, &mut clerk.line)),
                (None, passing) => passing.as_mut().map(|p| (p.bridge.clerk, &mut p.bridge.line)),
            },
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
            (_, ClerkSignal::Refers { uri, replaces }) => return self.pass_on(now, id, &uri, replaces),
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
                ClerkSignal::HangsUp | ClerkSignal::Vanishes | ClerkSignal::GivesBack | ClerkSignal::PassesOn(_) => {
                    match &mut handing.passing {
                        Some(passing) if passing.bridge.clerk == id => passing.gone = true,
                        _ => {
                            handing.clerk.take_if(|clerk| clerk.id == id);
                            handing.state.handle_hang_up(now, id);
                        }
                    }
                }
                ClerkSignal::Presses(_)
                | ClerkSignal::Changes(_)
                | ClerkSignal::Refers { .. }
                | ClerkSignal::StopsRecording => {}
            },
            (Phase::Bridged(bridge), signal) if bridge.clerk == id => match signal {
                ClerkSignal::HangsUp => self.clerk_hung_up(now),
                ClerkSignal::Vanishes => self.clerk_is_lost(now),
                ClerkSignal::GivesBack => self.given_back(now),
                ClerkSignal::PassesOn(service) => self.passes_on(now, &service),
                ClerkSignal::StopsRecording => self.recording_stopped(),
                _ => {}
            },
            _ => {}
        }
        self.follow_hand_over(now);
    }

    /// Rings the people of a service.
    pub(super) fn hand_over(&mut self, now: Instant, service: usize, summary: &Pii<String>) {
        let of = &self.dialogue.plan().clone().services[service];
        let plan::Passing::Attended(rules) = of.passing else {
            return;
        };
        let posts = match &mut self.waiting {
            Some(waiting) => waiting.take_turn(),
            None => {
                self.transfer_begins(service, summary);
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
            lead: CARD_FIRST,
            told: true,
        };
        self.phase = Phase::HandingOver(Box::new(HandingOver {
            service,
            targets: posts
                .iter()
                .map(|post| Target::extension(&of.extensions[*post]))
                .collect(),
            posts,
            shows_number: rules.shows_number,
            by_pbx: rules.by_pbx,
            ring: rules.ring,
            state: HandOver::begin(now, rings, self.next_clerk),
            ringback: Ringback::default(),
            summary: summary.into_iter().map(sentence).collect(),
            clerk: None,
            passing: None,
        }));
        self.follow_hand_over(now);
    }

    /// What was to be rung by a REFER, we ring ourselves: whoever answers has the call, as they would have had it then.
    pub(super) fn ring_instead(&mut self, now: Instant, service: usize, extension: &str) {
        let target = Target::extension(extension);
        let handing = HandingOver::untold(now, service, target, self.next_clerk);
        self.phase = Phase::HandingOver(Box::new(handing));
        self.follow_hand_over(now);
    }

    /// Does what the hand-over wants.
    pub(super) fn follow_hand_over(&mut self, now: Instant) {
        while let Phase::HandingOver(handing) = &mut self.phase {
            let Some(step) = handing.state.poll_step() else {
                self.next_clerk = handing.state.next_id();
                return;
            };
            match step {
                Step::Ring(clerk, post) => {
                    let (target, summary, service) = (&handing.targets[post], handing.summary(), handing.service);
                    let ring = Ring {
                        clerk,
                        target: target.uri.clone(),
                        service: String::new(),
                        summary: Pii::default(),
                        replaces: target.replaces.clone(),
                        shows_number: handing.shows_number,
                        time: handing.ring,
                    };
                    self.outputs.push_back(Output::Ring(Ring {
                        service: self.service_id(service),
                        summary: self.to_be_read(&summary),
                        ..ring
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
                Step::Hear(id, frames, said) => self.hear_clerk(id, frames as usize, said),
                Step::Connect(_, post) => return self.connect(now, post),
                Step::Fail(outcome) => {
                    let service = handing.service;
                    self.next_clerk = handing.state.next_id();
                    self.outputs.extend(handing.awaited().map(Output::Cancel));
                    return match handing.passing.take() {
                        Some(passing) => self.not_passed_on(now, passing, service, outcome),
                        None if self.waiting.is_some() => self.turn_missed(now, outcome),
                        None => self.transfer_ended(now, service, outcome),
                    };
                }
                Step::Note(post, news) => {
                    if let (Some(waiting), News::Ended { outcome }) = (&mut self.waiting, news) {
                        waiting.note_missed(handing.posts[post], outcome);
                    }
                    let target = handing.targets[post].shown.clone();
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
        let HandingOver {
            state, clerk, passing, ..
        } = &mut **handing;
        let mut frame = [0; FRAME];
        let aside = passing.as_mut().map_or(Ok(()), |passing| passing.wait(now, &mut frame));
        let Some(clerk) = clerk else {
            return self.failed(aside);
        };
        clerk.line.pull(now, &mut frame);
        let over_us = !clerk.speech.is_idle();
        let speech = clerk.voice.frame(&frame, over_us).speech;
        let beep = clerk.beep.frame(&frame);
        clerk.recent.frame(&frame);
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
                let passing = self.stop_ringing(now);
                // Who waits is told of as one who left the queue.
                if self.waiting.is_none() {
                    self.event(CallEvent::TransferEnded {
                        service: self.service_id(service),
                        outcome: Outcome::Abandoned,
                    });
                }
                if let Some(passing) = passing {
                    self.take_down(now, passing.bridge, bridge_end(reason));
                }
                reason
            }
            Phase::Bridged(_) => {
                self.parts(now, bridge_end(reason));
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
    pub(super) fn to_be_read(&self, summary: &Pii<String>) -> Pii<String> {
        let phrases = Phrases::new(&self.dialogue.plan().phrases);
        let take = phrases.get(Phrase::TakeTheCall);
        summary.reveal().replace(take, "").trim().to_owned().into()
    }

    /// Has the last so many frames of a clerk recognised.
    fn hear_clerk(&mut self, id: ClerkId, frames: usize, said: Said) {
        let job = self.new_job();
        let Phase::HandingOver(handing) = &mut self.phase else {
            return;
        };
        let Some(clerk) = handing.clerk(id) else { return };
        clerk.hearing.push((job, said));
        let audio = clerk.recent.last(frames + BEFORE);
        let context = match said {
            Said::Greeting => Context::default(),
            Said::Answer => Context {
                expect: Expect::YesNo,
                ..Context::default()
            },
        };
        self.outputs.push_back(Output::Transcribe {
            job,
            utterance: Utterance { audio, context },
            speculative: said == Said::Greeting,
        });
    }

    /// What was recognised of a clerk; false where the job is not of one. What could not be heard may well be a yes.
    pub(super) fn clerk_heard(&mut self, now: Instant, job: JobId, heard: &Result<Understood, String>) -> bool {
        let Phase::HandingOver(handing) = &mut self.phase else {
            return false;
        };
        let Some(clerk) = &mut handing.clerk else { return false };
        let Some(at) = clerk.hearing.iter().position(|(waiting, _)| *waiting == job) else {
            return false;
        };
        let (_, said) = clerk.hearing.swap_remove(at);
        let words = match heard {
            Ok(understood) => match desk::read(understood.words.reveal(), understood.reading.yes_no) {
                AtDesk::Nothing => Words::None,
                AtDesk::Machine => Words::Machine,
                AtDesk::Declines => Words::Decline,
                AtDesk::Speaks => Words::Take,
            },
            Err(_) => Words::Take,
        };
        let id = clerk.id;
        handing.state.handle_words(now, id, said, words);
        self.follow_hand_over(now);
        true
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
                        recent: Recent::default(),
                        hearing: Vec::new(),
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
                let by_info = press(&mut self.line, None, key);
                self.outputs.extend(by_info);
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
        self.next_clerk = handing.state.next_id();
        let HandingOver {
            service,
            targets,
            posts,
            by_pbx,
            clerk,
            passing,
            ..
        } = *handing;
        let Some(clerk) = clerk else { return };
        let heard = clerk.hearing.iter().map(|(job, _)| Output::Cancel(*job));
        self.outputs.extend(heard);
        let target = &targets[post];
        self.fall_silent();
        self.forget_utterance();
        self.wait_anew();
        self.stop_waiting(now, posts[post]);
        self.event(CallEvent::TransferEnded {
            service: self.service_id(service),
            outcome: Outcome::Taken,
        });
        if let Some(passing) = passing {
            self.passed_on(now, passing);
        }
        self.event(CallEvent::Bridged {
            target: target.shown.clone(),
            clerk: clerk.name.clone(),
        });
        let joins = by_pbx && target.uri != CONSOLE;
        if joins {
            let (clerk, target) = (clerk.id, target.uri.clone());
            self.outputs.push_back(Output::Join { clerk, target });
        }
        let bridge = Bridge::new(now, service, clerk.id, clerk.line, joins);
        self.phase = Phase::Bridged(Box::new(bridge));
        self.announce_recording();
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
                let HandingOver { clerk, passing, .. } = &mut **handing;
                if let Some(clerk) = clerk.as_mut().filter(|clerk| clerk.id == id) {
                    return Some((&mut clerk.line, Some(&mut clerk.last_packet)));
                }
                let bridge = &mut passing.as_mut()?.bridge;
                (bridge.clerk == id).then_some((&mut bridge.line, Some(&mut bridge.last_packet)))
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

/// How a bridge ends that is taken down since the call ends for this reason.
fn bridge_end(reason: EndReason) -> BridgeEnd {
    match reason {
        EndReason::Caller => BridgeEnd::Caller,
        EndReason::TooLong => BridgeEnd::TooLong,
        EndReason::MediaLost => BridgeEnd::CallerLost,
        EndReason::Finished | EndReason::Transferred | EndReason::Stopped => BridgeEnd::Stopped,
    }
}
