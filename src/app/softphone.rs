//! A small telephone: places a call and lets a [`Caller`] hear and speak, frame by frame. [`call`] has a polite one, who
//! says recordings one after another, each once the other side has been quiet for a moment, and measures how long the
//! answers take. It hears sound, not events: its figures are those of a telephone at the other end of the line.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, anyhow};
use tokio::sync::{Semaphore, mpsc};

use super::unix_now;
use crate::audio::level;
use crate::audio::{Codec, Pcm};
use crate::call::line::{Line, MAX_REPORT};
use crate::net::media::{self, Ports, Sockets};
use crate::net::sip::{DialOptions, Leg, LegEvent, SipConfig, SipServer, Transport};
use crate::units::{FRAME, FRAME_MS, HZ};
use crate::wire::negotiate::{Agreed, Local};
use crate::wire::rtcp::NtpClock;
use crate::wire::sdes::Encryption;
use crate::wire::sdp;

/// Sound louder than this is an answer, in dBFS.
const SOUND: f32 = -45.0;
/// One frame.
const FRAME_TIME: Duration = Duration::from_millis(FRAME_MS as u64);
/// Quiet after which the other side has finished: longer than the pauses between its sentences.
const FINISHED: Duration = Duration::from_millis(1200);
/// Longest wait for an answer.
const PATIENCE: Duration = Duration::from_secs(20);
/// Speech within a recording is at most this far below its loudest frame, in dB; what follows is not waited for.
const BELOW_PEAK: f32 = 40.0;

/// Where to call, and over what.
#[derive(Clone, Debug)]
pub struct Dial {
    /// The address to call.
    pub uri: String,
    /// Codecs to offer, preferred first.
    pub codecs: Vec<Codec>,
    /// Our address; none: the one that faces the other side.
    pub local: Option<SocketAddr>,
    /// Whether sound is encrypted.
    pub encryption: Encryption,
    /// PEM file of authorities that sign the other side's certificate, beside those that browsers know.
    pub ca: Option<PathBuf>,
}

/// Who holds the telephone.
pub trait Caller: Send {
    /// Hears 20 ms, which came in `delay` ago, and says the next 20 ms: `say` is silence until something is written to it.
    fn frame(&mut self, now: Instant, delay: Duration, heard: &[i16; FRAME], say: &mut [i16; FRAME]) -> Wish;

    /// Whether the network loses the packet that was just made.
    fn loses(&mut self) -> bool {
        false
    }
}

/// What a caller does besides speaking.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wish {
    /// Nothing.
    Stay,
    /// Presses a key.
    Press(char),
    /// Hangs up.
    HangUp,
}

/// How a call ended.
#[derive(Clone, Debug, Default)]
pub struct Ended {
    /// Where the other side asked us to go (REFER).
    pub referred: Option<String>,
    /// Whether the other side hung up.
    pub by_them: bool,
}

/// What to do in a call.
#[derive(Clone, Debug)]
pub struct Script {
    /// The address to call.
    pub uri: String,
    /// Recordings to say, in order.
    pub play: Vec<Pcm<16_000>>,
    /// Speak the first recording over the other side, this long after its first sound; none: let it finish.
    pub interrupt: Option<Duration>,
    /// Keys to press after them.
    pub keys: String,
    /// Codecs to offer, preferred first.
    pub codecs: Vec<Codec>,
    /// Our address; none: the one that faces the other side.
    pub local: Option<SocketAddr>,
    /// Whether sound is encrypted.
    pub encryption: Encryption,
    /// PEM file of authorities that sign the other side's certificate, beside those that browsers know.
    pub ca: Option<PathBuf>,
}

/// How a call went.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// What was heard, from the answer to the end.
    pub received: Pcm<16_000>,
    /// For each recording: from its last speech sample sent to the first sound of the answer; none when none came.
    pub responses: Vec<Option<Duration>>,
    /// When we spoke over the other side: from our first speech sample sent to the last of its sound that arrived while
    /// we spoke.
    pub silenced: Option<Duration>,
    /// Where the other side asked us to go (REFER).
    pub referred: Option<String>,
    /// Whether the other side hung up.
    pub ended_by_them: bool,
}

/// Places the call and follows the script to its end. An error names the refusal.
pub async fn call(script: Script) -> anyhow::Result<Report> {
    let dial = Dial {
        uri: script.uri.clone(),
        codecs: script.codecs.clone(),
        local: script.local,
        encryption: script.encryption,
        ca: script.ca.clone(),
    };
    let (polite, ended) = hold(&dial, Polite::new(script)).await?;
    Ok(Report {
        referred: ended.referred,
        ended_by_them: ended.by_them,
        ..polite.report
    })
}

/// Places the call and gives the telephone to `caller` until the end. An error names the refusal.
pub async fn hold<C: Caller>(dial: &Dial, mut caller: C) -> anyhow::Result<(C, Ended)> {
    let target = host(&dial.uri).await?;
    let local = match dial.local {
        Some(local) => local,
        None => {
            let facing = media::facing(target.ip());
            let facing =
                facing.map_err(|error| anyhow!("aucune route vers {} ; vérifiez le réseau ({error})", target.ip()));
            SocketAddr::new(facing?, 0)
        }
    };
    let config = SipConfig {
        listen: vec![local],
        ca: dial.ca.clone(),
        user_agent: "Allo-telephone".into(),
        ..SipConfig::default()
    };
    let (server, _incoming) = SipServer::start(config, Arc::new(Semaphore::new(0))).await?;
    let ports = Ports::new(&(20_000..=29_999));
    let mut sockets = ports
        .open(local.ip())
        .with_context(|| format!("aucun port libre pour le son sur {}, de 20000 à 29999", local.ip()))?;
    let private = server.dialler().next_hop(&dial.uri).await?.transport == Transport::Tls;
    let session = Local::new(local.ip(), sockets.port()?, &dial.codecs, rand::random());
    let mut session = session.encrypted(dial.encryption, private, rand::random());
    let (leg, mut events) = server
        .dial(&dial.uri, session.offer().into_bytes(), DialOptions::default())
        .await?;
    let agreed = answered(&session, &mut events).await?;
    sockets.set_remote(&agreed);
    let ended = Phone::new(&agreed, leg.clone(), sockets)?
        .run(events, &mut caller)
        .await;
    leg.bye(None).await;
    server.shutdown(Duration::from_secs(1)).await;
    Ok((caller, ended))
}

/// The address behind a SIP URI's host, to know which of our addresses faces it.
async fn host(uri: &str) -> anyhow::Result<SocketAddr> {
    let rest = uri.trim_start_matches("sips:").trim_start_matches("sip:");
    let host = rest.rsplit('@').next().unwrap_or(rest);
    let host = host.split([';', '?']).next().unwrap_or(host);
    let host = if host
        .rsplit_once(':')
        .is_some_and(|(_, port)| port.parse::<u16>().is_ok())
    {
        host.to_string()
    } else {
        format!("{host}:5060")
    };
    let found = tokio::net::lookup_host(&host)
        .await
        .ok()
        .and_then(|mut found| found.next());
    found.with_context(|| format!("adresse introuvable : « {host} » ; vérifiez ce nom, ou donnez l'adresse IP"))
}

async fn answered(session: &Local, events: &mut mpsc::Receiver<LegEvent>) -> anyhow::Result<Agreed> {
    loop {
        match events.recv().await {
            Some(LegEvent::Answered { sdp }) => {
                let unusable = |error: &dyn std::error::Error| {
                    anyhow!(
                        "l'autre côté a décroché sans son que l'on sache prendre ; essayez un autre « --codec » ({error})"
                    )
                };
                let answer = sdp::parse(&String::from_utf8_lossy(&sdp)).map_err(|error| unusable(&error))?;
                return session.accept(&answer).map_err(|error| unusable(&error));
            }
            Some(LegEvent::Ended { code, .. }) => {
                anyhow::bail!(match code {
                    Some(code) => format!("l'appel n'a pas abouti : refusé par l'autre côté (réponse SIP {code})"),
                    None => "l'appel n'a pas abouti : personne n'a répondu".into(),
                });
            }
            Some(_) => {}
            None => anyhow::bail!("l'appel n'a pas abouti"),
        }
    }
}

struct Phone {
    line: Line,
    leg: Leg,
    sockets: Sockets,
    ended: Ended,
    over: bool,
}

impl Phone {
    fn new(agreed: &Agreed, leg: Leg, sockets: Sockets) -> anyhow::Result<Self> {
        Ok(Self {
            line: Line::new(agreed, NtpClock::new(Instant::now(), unix_now()))?,
            leg,
            sockets,
            ended: Ended::default(),
            over: false,
        })
    }

    async fn run(mut self, mut events: mpsc::Receiver<LegEvent>, caller: &mut impl Caller) -> Ended {
        let mut packet = [0u8; 1500];
        let mut report = [0u8; MAX_REPORT];
        let mut ticks = tokio::time::interval(FRAME_TIME);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Burst);
        let mut reports = tokio::time::interval(Duration::from_secs(5));
        while !self.over {
            tokio::select! {
                biased;
                _ = ticks.tick() => self.tick(Instant::now(), caller).await,
                received = self.sockets.receive(&mut packet) => {
                    self.line.handle_packet(Instant::now(), &packet[..received.length()]);
                }
                event = events.recv() => self.signal(event),
                _ = reports.tick() => {
                    let length = self.line.report(Instant::now(), &mut report);
                    self.sockets.send_rtcp(&report[..length]);
                }
            }
        }
        self.ended
    }

    fn signal(&mut self, event: Option<LegEvent>) {
        match event {
            None | Some(LegEvent::Ended { .. }) => {
                self.ended.by_them = true;
                self.over = true;
            }
            Some(LegEvent::ReferRequested(request)) => {
                self.ended.referred = Some(request.target.reveal().clone());
                request.reject(603);
            }
            Some(LegEvent::Reoffer(reoffer)) => reoffer.reject(488),
            Some(_) => {}
        }
    }

    async fn tick(&mut self, now: Instant, caller: &mut impl Caller) {
        let (mut heard, mut say) = ([0; FRAME], [0; FRAME]);
        self.line.pull(now, &mut heard);
        match caller.frame(now, self.line.delay(), &heard, &mut say) {
            Wish::Stay => {}
            Wish::Press(key) => {
                self.line.press(key);
            }
            Wish::HangUp => {
                self.leg.bye(None).await;
                self.over = true;
            }
        }
        if let Err(error) = self.line.push(&say) {
            tracing::warn!(%error, "trame perdue");
        }
        while let Some(packet) = self.line.poll_transmit() {
            if !caller.loses() {
                self.sockets.send(packet);
            }
        }
    }
}

/// Says recordings one after another, then presses keys, then hangs up.
struct Polite {
    script: Script,
    report: Report,
    /// The recording being said, and the frame that comes next.
    saying: Option<(usize, usize)>,
    /// How many recordings were begun.
    begun: usize,
    /// When the last speech sample of a recording left, while its answer is awaited.
    asked: Option<Instant>,
    first_sound: Option<Instant>,
    last_sound: Option<Instant>,
    /// When our speech over the other side's began, while it lasts.
    over: Option<Instant>,
    /// When the wait for the other side began.
    waiting: Instant,
}

impl Polite {
    fn new(script: Script) -> Self {
        Self {
            script,
            report: Report::default(),
            saying: None,
            begun: 0,
            asked: None,
            first_sound: None,
            last_sound: None,
            over: None,
            waiting: Instant::now(),
        }
    }
}

impl Caller for Polite {
    fn frame(&mut self, now: Instant, delay: Duration, heard: &[i16; FRAME], say: &mut [i16; FRAME]) -> Wish {
        self.report.received.0.extend_from_slice(heard);
        if level(heard) > SOUND {
            if let (Some(asked), Some(last)) = (self.asked.take(), self.report.responses.last_mut()) {
                *last = Some(now.duration_since(asked));
            }
            self.first_sound.get_or_insert(now);
            self.last_sound = Some(now);
            if let Some(since) = self.over {
                // It came before it was played: our own jitter buffer is not the other side's slowness.
                let arrived = (now + FRAME_TIME).checked_sub(delay).unwrap_or(now);
                self.report.silenced = Some(arrived.saturating_duration_since(since));
            }
        }
        if let Some((index, at)) = self.saying {
            let clip = &self.script.play[index].0;
            if self.script.interrupt.is_some() && index == 0 && at == speech_start(clip) {
                self.over = Some(now);
                self.report.silenced = Some(Duration::ZERO);
            }
            if at == speech_end(clip) {
                self.asked = Some(now);
                self.last_sound = None;
                self.over = None;
            }
            let rest = clip.get(at * FRAME..).unwrap_or_default();
            let count = rest.len().min(FRAME);
            say[..count].copy_from_slice(&rest[..count]);
            // An answer may come while the recording's last silence still plays.
            self.saying = (rest.len() > FRAME).then_some((index, at + 1));
            self.waiting = now;
            return Wish::Stay;
        }
        let quiet = self.last_sound.is_some_and(|at| now.duration_since(at) >= FINISHED);
        let finished = match self.script.interrupt.filter(|_| self.begun == 0) {
            Some(after) => self.first_sound.is_some_and(|at| now.duration_since(at) >= after),
            None => quiet,
        };
        let given_up = now.duration_since(self.waiting) >= PATIENCE;
        if !finished && !given_up {
            return Wish::Stay;
        }
        if self.begun < self.script.play.len() {
            self.report.responses.push(None);
            self.saying = Some((self.begun, 0));
            self.begun += 1;
            Wish::Stay
        } else if !self.script.keys.is_empty() {
            (self.last_sound, self.waiting) = (None, now);
            Wish::Press(self.script.keys.remove(0))
        } else {
            Wish::HangUp
        }
    }
}

/// For each frame of a recording: does it hold speech?
fn speech(clip: &[i16]) -> Vec<bool> {
    let levels: Vec<f32> = clip.chunks(FRAME).map(level).collect();
    let peak = levels.iter().copied().fold(f32::MIN, f32::max);
    levels.iter().map(|l| *l > (peak - BELOW_PEAK).max(-58.0)).collect()
}

/// The first frame that holds speech.
fn speech_start(clip: &[i16]) -> usize {
    speech(clip).iter().position(|s| *s).unwrap_or(0)
}

/// The last frame that holds speech.
fn speech_end(clip: &[i16]) -> usize {
    speech(clip).iter().rposition(|s| *s).unwrap_or(0)
}

/// Length of a recording's speech, for reports.
pub fn spoken(clip: &Pcm<16_000>) -> Duration {
    Duration::from_millis((speech_end(&clip.0) * FRAME) as u64 * 1000 / u64::from(HZ))
}
