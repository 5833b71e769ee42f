//! The caller and a clerk speak with each other, through us.
//!
//! ```text
//! caller ─► Line::pull ─► 20 ms at 16 kHz ─► Line::push ─► clerk
//! caller ◄─ Line::push ◄─ 20 ms at 16 kHz ◄─ Line::pull ◄─ clerk
//! ```
//!
//! Each line has its own codec, jitter buffer, keys and hold. A caller whom the clerk puts on hold, and whose telephone system
//! has no music for that, hears ours. Nothing that passes here is recognised; it is recorded where the plan says so (`tape.rs`).

use std::time::{Duration, Instant};

use super::event::{BridgeEnd, CallEvent, EndReason, ms};
use super::line::Line;
use super::listening::mix;
use super::tape::Tape;
use super::{Call, MEDIA_LOST, Output, Phase, Wish};
use crate::speak::music::{self, Music};
use crate::speak::queue::Played;
use crate::transfer::Outcome;
use crate::transfer::handover::ClerkId;
use crate::units::FRAME;

/// Two people may speak for longer than one with a machine; but not for ever, should nobody notice that both are gone.
const LONGEST: Duration = Duration::from_secs(4 * 60 * 60);
/// A clerk who holds the call and sends nothing for so long has no music of their own.
const NO_MUSIC: Duration = Duration::from_millis(500);
/// Who hangs up so soon has not spoken with the caller again.
const WITHOUT_A_WORD: Duration = Duration::from_secs(3);
/// Wait for the telephone system to connect them without us.
const JOINING: Duration = Duration::from_secs(20);

/// The clerk's side of the bridge.
pub(super) struct Bridge {
    /// The service whose call it is (index in the plan).
    pub(super) service: usize,
    pub(super) clerk: ClerkId,
    pub(super) line: Line,
    pub(super) last_packet: Instant,
    since: Instant,
    joining: Joining,
    /// What the caller hears on hold.
    music: Option<Music>,
    pub(super) tape: Tape,
    /// The clerk was told then that nobody took the caller whom they wanted to pass on, and how that ended.
    pub(super) not_passed_on: Option<(Instant, Outcome)>,
}

/// Whether the telephone system is connecting them without us.
#[derive(Clone, Copy)]
enum Joining {
    /// It is not.
    No,
    /// It was asked, and has so long for it.
    Asked(Instant),
    /// The clerk is no longer with us: they may be connected already, or have hung up. It has so long to tell.
    ClerkGone(Instant),
}

impl Bridge {
    /// A clerk of a service has taken the call at `now`; the telephone system is being asked to connect them where it `joins`.
    pub(super) fn new(now: Instant, service: usize, clerk: ClerkId, line: Line, joins: bool) -> Self {
        Self {
            service,
            clerk,
            line,
            last_packet: now,
            since: now,
            joining: if joins {
                Joining::Asked(now + JOINING)
            } else {
                Joining::No
            },
            music: None,
            tape: Tape::Off,
            not_passed_on: None,
        }
    }

    /// Adds the music to what the caller hears, where the clerk holds the call without any.
    fn entertain(&mut self, now: Instant, to_caller: &mut [i16; FRAME]) {
        let alone = self.line.is_held() && now.duration_since(self.last_packet) > NO_MUSIC;
        if alone && self.music.is_none() {
            self.music = Some(Music::new(music::piece()));
        }
        if let Some(music) = &mut self.music {
            music.mix(to_caller, if alone { 1.0 } else { 0.0 });
        }
        self.music.take_if(|music| !alone && music.is_silent());
    }

    /// Whether they speak through us, and nobody is asked to change that.
    pub(super) fn is_ours(&self) -> bool {
        matches!(self.joining, Joining::No)
    }

    /// When the telephone system must have reported.
    pub(super) fn deadline(&self) -> Option<Instant> {
        match self.joining {
            Joining::No => None,
            Joining::Asked(until) | Joining::ClerkGone(until) => Some(until),
        }
    }

    /// When they have spoken for too long.
    pub(super) fn longest(&self) -> Instant {
        self.since + LONGEST
    }

    /// The caller pressed a key: passed on.
    pub(super) fn press(&mut self, key: char) -> Option<Output> {
        let clerk = Some(self.clerk);
        press(&mut self.line, clerk, key)
    }
}

/// Presses a key on this line; gives what is to be done where it takes none.
pub(super) fn press(line: &mut Line, clerk: Option<ClerkId>, key: char) -> Option<Output> {
    let key_by_info = || Output::Press { clerk, key: key.into() };
    (!line.press(key)).then(key_by_info)
}

impl Call {
    /// One 20 ms step of the bridge.
    pub(super) fn bridge_frame(&mut self, now: Instant) {
        let Phase::Bridged(bridge) = &mut self.phase else {
            return;
        };
        let (mut of_caller, mut of_clerk) = ([0; FRAME], [0; FRAME]);
        self.line.pull(now, &mut of_caller);
        bridge.line.pull(now, &mut of_clerk);
        let (mut to_clerk, mut to_caller) = (of_caller, of_clerk);
        bridge.entertain(now, &mut to_caller);
        let both_hear = !self.line.is_held() && !bridge.line.is_held();
        self.record(&of_caller, &of_clerk);
        if both_hear {
            self.say_to_both(now, &mut to_caller, &mut to_clerk);
        }
        self.tap(now, [&of_caller, &to_caller], Some(&mut to_clerk));
        let Phase::Bridged(bridge) = &mut self.phase else {
            return;
        };
        let pushed = [self.line.push(&to_caller), bridge.line.push(&to_clerk)];
        let is_lost = |line: &Line, last: Instant| line.expects_sound() && now.duration_since(last) > MEDIA_LOST;
        let caller_lost = is_lost(&self.line, self.last_packet);
        let clerk_lost = bridge.is_ours() && is_lost(&bridge.line, bridge.last_packet);
        for result in pushed {
            self.failed(result);
        }
        if caller_lost {
            self.end(now, EndReason::MediaLost);
        } else if clerk_lost {
            self.clerk_is_lost(now);
        }
    }

    /// What we have still to say, both hear; they hear each other while its sound is being rendered.
    fn say_to_both(&mut self, now: Instant, to_caller: &mut [i16; FRAME], to_clerk: &mut [i16; FRAME]) {
        let mut ours = [0; FRAME];
        let played = self.speech.frame(&mut ours);
        if played == Played::Sound {
            self.account(now, played);
            *to_caller = ours;
            mix(to_clerk, &ours);
        }
    }

    /// The clerk hung up: so do we, unless it is because the telephone system is connecting them.
    pub(super) fn clerk_hung_up(&mut self, now: Instant) {
        let Phase::Bridged(bridge) = &mut self.phase else {
            return;
        };
        let not_passed_on = bridge
            .not_passed_on
            .filter(|(at, _)| now.duration_since(*at) < WITHOUT_A_WORD);
        match (bridge.joining, not_passed_on) {
            (Joining::Asked(until), _) => bridge.joining = Joining::ClerkGone(until),
            // Some telephones hang up on those whom they cannot pass on: that is not the caller's doing.
            (Joining::No, Some((_, outcome))) => self.left_behind(now, outcome),
            _ => self.bridge_ends(now, BridgeEnd::Clerk),
        }
    }

    /// What the telephone system says of connecting them without us.
    pub(super) fn join_reported(&mut self, now: Instant, code: u16, last: bool) {
        let Phase::Bridged(bridge) = &mut self.phase else {
            return;
        };
        match (bridge.joining, code) {
            (Joining::No, _) => {}
            (_, 200..=299) if last => self.bridge_ends(now, BridgeEnd::Joined),
            (_, 100..=299) => {}
            (Joining::ClerkGone(_), _) => self.bridge_ends(now, BridgeEnd::Clerk),
            (Joining::Asked(_), code) => {
                bridge.joining = Joining::No;
                bridge.last_packet = now;
                self.event(CallEvent::JoinRefused { code });
            }
        }
    }

    /// They speak through us no more, and a person had the call.
    fn bridge_ends(&mut self, now: Instant, by: BridgeEnd) {
        self.parts(now, by);
        self.outputs.push_back(Output::HangUp);
        self.end(now, EndReason::Transferred);
    }

    /// Takes the bridge down, which lets the clerk go.
    pub(super) fn take_down(&mut self, now: Instant, bridge: Bridge, by: BridgeEnd) {
        self.recording_ends(bridge.tape);
        // What follows is a call of its own, if something follows.
        self.alone_since = now;
        self.outputs.push_back(Output::Release(bridge.clerk));
        self.outputs.push_back(Output::Queue(Wish::Leave));
        let length_ms = ms(now.duration_since(bridge.since));
        self.event(CallEvent::BridgeEnded { by, length_ms });
    }
}
