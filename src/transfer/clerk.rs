//! One person who has picked up, or the machine that does so for them: what they hear next, and what they mean by a key, a
//! word or their silence.
//!
//! ```text
//!            quiet                all was said            quiet for a while, once
//! Greeting ─────────► Listening ────────────────► Deciding ────────► Listening …
//!    │ Tell               │                          │
//!    └─ talks on, a beep, ┴─ talks on, a beep ───────┼─ a key, words ─► Takes, Declines
//!       a machine's words   ► Machine                └─ silence twice ─► Nobody
//!       ► Machine
//! ```
//!
//! A person says "allô" and listens. A voicemail talks, whoever speaks to it, and beeps. Nothing is told to one that is
//! still greeting: what the caller said does not belong on a voicemail. What was said is recognised: a greeting that was a
//! voicemail's tells so while we begin to speak, and "non" is no yes.

use crate::units::FRAME_MS;

/// Quiet that ends what somebody says: after a greeting, we speak. Without a greeting, we wait for one no longer than this.
const PAUSE: u32 = frames(500);
const NO_GREETING: u32 = frames(1_000);
/// Somebody who speaks for so long without such a pause is no person who has just picked up.
const TALKS_ON: u32 = frames(4_000);
/// Nor is one who speaks for so long altogether without listening to us.
const NEVER_LISTENS: u32 = frames(5_000);
/// Speech that may mean "I take it": a click is shorter, somebody who speaks with another person is longer.
const A_WORD: u32 = frames(100);
const AN_ANSWER: u32 = frames(3_000);
/// Wait for an answer before all is said again, and after that.
const SAY_AGAIN: u32 = frames(5_000);
const GIVE_UP: u32 = frames(12_000);
/// Wait for the words of what may be an answer; without them, it is taken for one.
const RECOGNITION: u32 = frames(3_000);
/// Longest time that a person may take over it, whatever happens.
const LONGEST: u32 = frames(75_000);

const fn frames(ms: u32) -> u32 {
    ms / FRAME_MS
}

/// What is to be done about a clerk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Tell them what the call is about. They have greeted us so many frames long, until now, or not at all.
    Tell {
        /// 0 where they have not.
        greeted: u32,
    },
    /// What they have said for so many frames, until now, may be their answer: [`Clerk::answered`] wants its words.
    Hear {
        /// The length, pauses included.
        frames: u32,
    },
    /// They take it.
    Takes,
    /// They will not.
    Declines,
    /// It is a voicemail.
    Machine,
    /// They say nothing.
    Nobody,
}

/// What the words of somebody who has picked up mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Words {
    /// There were none.
    None,
    /// A voicemail's.
    Machine,
    /// They do not take the call.
    Decline,
    /// They take it.
    Take,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// They greet us, or do not.
    Greeting,
    /// We speak, for the first time or again.
    Listening { again: bool },
    /// We wait for their answer, since so many frames.
    Deciding { again: bool, waited: u32 },
}

/// What is being said, pauses shorter than [`PAUSE`] included. In frames.
#[derive(Clone, Copy, Debug)]
struct Talk {
    lasts: u32,
    spoken: u32,
    quiet: u32,
    /// It began when all was said: it may be the answer.
    answers: bool,
}

/// Somebody who has picked up. Time is counted in frames of 20 ms.
#[derive(Debug)]
pub(super) struct Clerk {
    stage: Stage,
    age: u32,
    talk: Option<Talk>,
    /// Frames of speech until all was said.
    spoken: u32,
    /// Since so many frames, what was said is being recognised.
    heard: Option<u32>,
}

impl Clerk {
    /// Somebody picks up.
    pub(super) fn picks_up() -> Self {
        Self {
            stage: Stage::Greeting,
            age: 0,
            talk: None,
            spoken: 0,
            heard: None,
        }
    }

    /// Takes the next frame: did it hold speech, and has a beep just sounded?
    pub(super) fn frame(&mut self, speech: bool, beep: bool) -> Option<Verdict> {
        self.age += 1;
        let ended = self.follow(speech);
        let talks_on = self
            .talk
            .or(ended)
            .is_some_and(|talk| talk.lasts - talk.quiet >= TALKS_ON);
        if beep || talks_on || self.spoken >= NEVER_LISTENS {
            return Some(Verdict::Machine);
        }
        if self.age >= LONGEST {
            return Some(Verdict::Nobody);
        }
        let quiet = self.talk.is_none();
        match &mut self.stage {
            Stage::Greeting => {
                let greeted = ended.is_some() || (quiet && self.age >= NO_GREETING);
                greeted.then(|| self.tell(false, ended.map_or(0, |talk| talk.lasts)))
            }
            Stage::Listening { .. } => None,
            Stage::Deciding { again, waited } => {
                let answer = ended.filter(|talk| talk.answers && (A_WORD..=AN_ANSWER).contains(&talk.spoken));
                if let Some(talk) = answer {
                    self.heard = Some(0);
                    return Some(Verdict::Hear { frames: talk.lasts });
                }
                if let Some(since) = &mut self.heard {
                    *since += 1;
                    return (*since >= RECOGNITION).then_some(Verdict::Takes);
                }
                *waited += u32::from(quiet);
                match *again {
                    false if *waited >= SAY_AGAIN => Some(self.tell(true, 0)),
                    true if *waited >= GIVE_UP => Some(Verdict::Nobody),
                    _ => None,
                }
            }
        }
    }

    /// All was said.
    pub(super) fn told(&mut self) {
        if let Stage::Listening { again } = self.stage {
            self.stage = Stage::Deciding { again, waited: 0 };
        }
    }

    /// The words of their greeting are there.
    pub(super) fn greeted(&self, words: Words) -> Option<Verdict> {
        (words == Words::Machine).then_some(Verdict::Machine)
    }

    /// The words are there of what [`Verdict::Hear`] wanted heard.
    pub(super) fn answered(&mut self, words: Words) -> Option<Verdict> {
        self.heard.take()?;
        match words {
            Words::None => None,
            Words::Machine => Some(Verdict::Machine),
            Words::Decline => Some(Verdict::Declines),
            Words::Take => Some(Verdict::Takes),
        }
    }

    /// They pressed a key.
    pub(super) fn key(&self, key: char) -> Option<Verdict> {
        match key {
            '1' => Some(Verdict::Takes),
            '2' => Some(Verdict::Declines),
            _ => None,
        }
    }

    fn tell(&mut self, again: bool, greeted: u32) -> Verdict {
        self.stage = Stage::Listening { again };
        Verdict::Tell { greeted }
    }

    /// Follows who talks; gives what was said where it has just ended.
    fn follow(&mut self, speech: bool) -> Option<Talk> {
        let decides = matches!(self.stage, Stage::Deciding { .. });
        if speech && !decides {
            self.spoken += 1;
        }
        let Some(talk) = &mut self.talk else {
            self.talk = speech.then_some(Talk {
                lasts: 1,
                spoken: 1,
                quiet: 0,
                answers: decides,
            });
            return None;
        };
        talk.lasts += 1;
        talk.spoken += u32::from(speech);
        talk.quiet = if speech { 0 } else { talk.quiet + 1 };
        if talk.quiet < PAUSE { None } else { self.talk.take() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TELL: Verdict = Verdict::Tell { greeted: 0 };

    /// Runs (milliseconds, speech) stretches; our own speech takes 6 s, and every word is a yes. Lists the verdicts with the
    /// time in ms.
    fn run(stretches: &[(u32, bool)]) -> Vec<(u32, Verdict)> {
        hear(stretches, Words::Take)
    }

    /// The same with these words.
    fn hear(stretches: &[(u32, bool)], words: Words) -> Vec<(u32, Verdict)> {
        let (mut clerk, mut verdicts) = (Clerk::picks_up(), Vec::new());
        let (mut now, mut told) = (0, None);
        for (ms, speech) in stretches {
            for _ in 0..ms / FRAME_MS {
                now += FRAME_MS;
                if told == Some(now) {
                    clerk.told();
                }
                let mut verdict = clerk.frame(*speech, false);
                while let Some(came) = verdict.take() {
                    verdicts.push((now, came));
                    match came {
                        Verdict::Tell { .. } => told = Some(now + 6_000),
                        Verdict::Hear { .. } => verdict = clerk.answered(words),
                        _ => return verdicts,
                    }
                }
            }
        }
        verdicts
    }

    #[test]
    fn who_says_hello_listens_and_says_yes_takes_it() {
        let heard = run(&[(400, false), (700, true), (8_000, false), (300, true), (2_000, false)]);
        let greeted = Verdict::Tell { greeted: 60 };
        let answered = Verdict::Hear { frames: 40 };
        assert_eq!(heard, [(1_600, greeted), (9_900, answered), (9_900, Verdict::Takes)]);
    }

    #[test]
    fn words_tell_who_declines_and_noises_say_nothing() {
        let said = [(8_000, false), (300, true), (20_000, false)];
        let last = |words| hear(&said, words).last().map(|(_, verdict)| *verdict);
        assert_eq!(last(Words::Decline), Some(Verdict::Declines));
        assert_eq!(last(Words::Machine), Some(Verdict::Machine));
        let noise = hear(&said, Words::None);
        assert_eq!(
            noise.iter().filter(|(_, v)| *v == TELL).count(),
            2,
            "it is said again: {noise:?}"
        );
        assert_eq!(Clerk::picks_up().greeted(Words::Machine), Some(Verdict::Machine));
        assert_eq!(Clerk::picks_up().greeted(Words::Decline), None);
        assert_eq!(Clerk::picks_up().answered(Words::Take), None, "nothing was asked");
    }

    #[test]
    fn what_is_never_recognised_is_taken_for_a_yes() {
        let mut clerk = Clerk::picks_up();
        clerk.tell(false, 0);
        clerk.told();
        let mut frames = std::iter::repeat_n(true, 20).chain(std::iter::repeat(false));
        let mut waited = 0;
        loop {
            match clerk.frame(frames.next().expect("endless"), false) {
                Some(Verdict::Hear { .. }) => waited = 1,
                Some(verdict) => return assert_eq!((verdict, waited), (Verdict::Takes, RECOGNITION)),
                None => waited += u32::from(waited > 0),
            }
        }
    }

    #[test]
    fn silence_is_told_at_once_twice_and_then_given_up() {
        let heard = run(&[(60_000, false)]);
        assert_eq!(heard, [(1_000, TELL), (11_980, TELL), (29_960, Verdict::Nobody)]);
    }

    #[test]
    fn who_talks_on_is_a_machine_and_is_told_nothing() {
        assert_eq!(
            run(&[(200, false), (9_000, true)]),
            [(4_200, Verdict::Machine)],
            "without a pause"
        );
        let sentences = [(1_500, true), (700, false)].repeat(6);
        let heard = run(&sentences);
        assert_eq!(
            heard.last().map(|h| h.1),
            Some(Verdict::Machine),
            "never listens: {heard:?}"
        );
    }

    #[test]
    fn words_count_only_once_all_was_said_and_only_few() {
        let over_us = run(&[(2_000, false), (1_500, true), (6_000, false)]);
        assert_eq!(over_us, [(1_000, TELL)], "said over us");
        let begun_before = run(&[(6_500, false), (1_500, true), (3_000, false)]);
        assert_eq!(begun_before, [(1_000, TELL)], "begun over us");
        let click = run(&[(8_000, false), (40, true), (2_000, false)]);
        assert_eq!(click, [(1_000, TELL)], "a click");
        let long = run(&[(8_000, false), (3_500, true), (1_000, false)]);
        assert_eq!(long, [(1_000, TELL)], "speaks with somebody else");
        let machine = run(&[(8_000, false), (6_000, true)]);
        assert_eq!(machine.last(), Some(&(12_000, Verdict::Machine)));
    }

    #[test]
    fn keys_and_beeps() {
        let mut clerk = Clerk::picks_up();
        assert_eq!(clerk.key('1'), Some(Verdict::Takes));
        assert_eq!(clerk.key('2'), Some(Verdict::Declines));
        assert_eq!(clerk.key('5'), None);
        assert_eq!(clerk.frame(false, true), Some(Verdict::Machine));
    }
}
