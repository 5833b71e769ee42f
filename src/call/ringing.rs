//! A hand-over under way: who is rung, the clerk who has picked up, and what they are told.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::line::Line;
use super::pass_on::Passing;
use crate::hear::beep::Beep;
use crate::hear::recent::Recent;
use crate::hear::voice::VoiceActivity;
use crate::pii::Pii;
use crate::speak::queue::{Clip, Speech};
use crate::speak::ringback::Ringback;
use crate::transfer::handover::{ClerkId, HandOver, Rules, Said};
use crate::units::{FRAME, JobId};
use crate::wire::negotiate::Agreed;

/// As long as a telephone commonly rings before somebody else is tried.
const RING: Duration = Duration::from_secs(30);

/// Somebody to be rung.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ring {
    /// Names the attempt.
    pub clerk: ClerkId,
    /// Extension, SIP address, or [`crate::dialogue::plan::CONSOLE`].
    pub target: String,
    /// The service's id.
    pub service: String,
    /// What the call is about, for those who read.
    pub summary: Pii<String>,
    /// The call that this one takes the place of (RFC 3891), where a clerk wants that.
    pub replaces: Option<String>,
    /// Whether their telephone shows the caller's number.
    pub shows_number: bool,
    /// How long it rings, before [`super::Output::Release`] comes.
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
    /// They want the caller to be passed on.
    Refers {
        /// To this SIP address.
        uri: Pii<String>,
        /// In place of this call (RFC 3891).
        replaces: Option<String>,
    },
    /// They have hung up.
    HangsUp,
    /// They are gone without a word: their browser was closed, or their network is.
    Vanishes,
    /// They give the caller back to us.
    GivesBack,
    /// They pass the caller on to this service (its id).
    PassesOn(String),
    /// They want no more of the conversation recorded.
    StopsRecording,
}

/// A clerk who has picked up.
pub(super) struct Clerk {
    pub(super) id: ClerkId,
    pub(super) line: Line,
    pub(super) last_packet: Instant,
    /// Who it is, where they said so.
    pub(super) name: Option<Pii<String>>,
    pub(super) voice: VoiceActivity,
    pub(super) beep: Beep,
    pub(super) recent: Recent,
    /// What of theirs is being recognised.
    pub(super) hearing: Vec<(JobId, Said)>,
    pub(super) speech: Speech,
    /// They have been told all since the last time that they were to be.
    pub(super) told: bool,
}

/// A hand-over under way.
pub(super) struct HandingOver {
    pub(super) service: usize,
    /// Who is rung, in the order of the posts.
    pub(super) targets: Vec<Target>,
    /// Which of the service's extensions these are, where they are of it.
    pub(super) posts: Vec<usize>,
    pub(super) shows_number: bool,
    /// Whether the telephone system is to connect the two in the end.
    pub(super) by_pbx: bool,
    pub(super) ring: Duration,
    pub(super) state: HandOver,
    pub(super) ringback: Ringback,
    /// What a clerk is told.
    pub(super) summary: Vec<Sentence>,
    pub(super) clerk: Option<Clerk>,
    /// The clerk who passes the caller on.
    pub(super) passing: Option<Passing>,
}

/// Somebody who is rung.
pub(super) struct Target {
    /// Extension or SIP address.
    pub(super) uri: String,
    /// The same as events tell it.
    pub(super) shown: String,
    /// The call that ours takes the place of.
    pub(super) replaces: Option<String>,
}

impl Target {
    /// An extension of the plan, which events tell as it is.
    pub(super) fn extension(extension: &str) -> Self {
        Self {
            uri: extension.into(),
            shown: extension.into(),
            replaces: None,
        }
    }
}

/// A sentence of the summary: rendered once, told to as many as it takes.
pub(super) struct Sentence {
    pub(super) job: JobId,
    pub(super) text: Arc<str>,
    pub(super) sound: Sound,
}

pub(super) enum Sound {
    Waiting,
    Ready(Clip),
    Lost,
}

impl HandingOver {
    /// Rings one whom nobody tells anything: whoever answers has the call.
    pub(super) fn untold(now: Instant, service: usize, target: Target, first: ClerkId) -> Self {
        let rules = Rules {
            posts: 1,
            together: true,
            ring: RING,
            lead: Duration::ZERO,
            told: false,
        };
        Self {
            service,
            targets: vec![target],
            posts: vec![0],
            shows_number: true,
            by_pbx: false,
            ring: RING,
            state: HandOver::begin(now, rules, first),
            ringback: Ringback::default(),
            summary: Vec::new(),
            clerk: None,
            passing: None,
        }
    }

    /// When a telephone has rung for long enough.
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.state.deadline()
    }

    /// When the call has lasted too long, where it is not for the caller's time with us to say.
    pub(super) fn longest(&self) -> Option<Instant> {
        self.passing.as_ref().map(|passing| passing.bridge.longest())
    }

    pub(super) fn rang_long_enough(&mut self, now: Instant) {
        self.state.handle_timeout(now);
    }

    /// The caller hears the ringing tone, under what is being `said` to them if anything is.
    pub(super) fn ring_back(&mut self, said: bool, frame: &mut [i16; FRAME]) {
        match said {
            true => self.ringback.under(frame),
            false => self.ringback.frame(frame),
        }
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
    pub(super) fn tell(&mut self) {
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

    pub(super) fn summary(&self) -> Pii<String> {
        let texts: Vec<&str> = self.summary.iter().map(|sentence| &*sentence.text).collect();
        texts.join(" ").into()
    }

    /// The clerk of this number, while they are told of the call.
    pub(super) fn clerk(&mut self, id: ClerkId) -> Option<&mut Clerk> {
        self.clerk.as_mut().filter(|clerk| clerk.id == id)
    }
}
