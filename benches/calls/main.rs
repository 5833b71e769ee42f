//! Real calls: SIP and RTP on loopback, `allo`'s server with the real models and `dialplans/valbourg.yaml`, and the
//! corpus said by telephones, all in real time. Let nothing else run meanwhile.
//!
//! ```sh
//! cargo bench --bench corpus                           # first: the recordings
//! cargo bench --bench calls                            # everything: some 40 minutes
//! cargo bench --bench calls -- response --turns 40     # response times, cut-offs, barge-ins, false ones
//! cargo bench --bench calls -- pacing                  # gaps between packets, 20 calls at once
//! cargo bench --bench calls -- load --calls 4,8        # response times with so many conversations at once
//! ```

#[path = "../turns/asking.rs"]
mod asking;
mod citizen;
#[path = "../corpus/manifest.rs"]
mod manifest;
mod pacing;
#[path = "../corpus/times.rs"]
mod times;
// Errors are counted in virtual time alone.
#[allow(dead_code)]
#[path = "../corpus/words.rs"]
mod words;

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use allo::app::Server;
use allo::app::plans;
use allo::app::softphone::{self, Dial};
use allo::audio::Codec;
use allo::call::event::{CallEvent, TurnTimes};
use allo::config::Config;
use allo::units::{CallId, Expect};
use allo::wire::sdes::Encryption;
use citizen::{Citizen, Line, Outcome};
use clap::{Parser, Subcommand};
use manifest::{Kind, Recording};
use times::{percentile, spread};
use tokio::sync::broadcast;

/// No call of these is longer.
const LONGEST: Duration = Duration::from_secs(240);
/// An answer that comes later than this is late, in milliseconds.
const LATE: f64 = 1500.0;
/// Share of the words that must be there for an utterance to be heard whole.
const WHOLE: f32 = 0.6;
/// Load is too much when the 95th percentile of the response passes this, in milliseconds.
const TOO_SLOW: f64 = 1500.0;
/// What is said, and over the machine's voice the last two.
const KINDS: [Kind; 4] = [Kind::Turn, Kind::Paused, Kind::Barge, Kind::NoBarge];
/// Calls at once while packets are timed, and how long.
const PACED: usize = 20;
const PACING: Duration = Duration::from_secs(60);

/// Measures real calls.
#[derive(Parser)]
struct Arguments {
    #[command(subcommand)]
    what: Option<What>,
    /// cargo passes it.
    #[arg(long, hide = true, global = true)]
    bench: bool,
}

#[derive(Subcommand)]
enum What {
    /// One call after another.
    Response {
        /// Recordings of each kind.
        #[arg(long, default_value_t = 40)]
        turns: usize,
        /// Only these, by the beginning of their names.
        #[arg(long)]
        id: Option<String>,
        /// Only turns, with and without pauses: nobody speaks over the machine.
        #[arg(long)]
        politely: bool,
    },
    /// Gaps between packets.
    Pacing,
    /// Many conversations at once.
    Load {
        /// How many, one level after the other.
        #[arg(long, value_delimiter = ',', default_values_t = [1, 2, 4, 8, 12, 16])]
        calls: Vec<usize>,
        /// Seconds for each level.
        #[arg(long, default_value_t = 90)]
        seconds: u64,
    },
}

fn main() -> anyhow::Result<()> {
    let what = Arguments::parse().what;
    // The server has a runtime of its own; the telephones have another, on one thread that comes first, as if they were
    // other machines.
    let servers = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let telephones = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .thread_name("telephones")
        .on_thread_start(prefer)
        .enable_all()
        .build()?;
    let server = servers.block_on(start())?;
    let uri = format!("sip:mairie@{}", server.sip[0]);
    let corpus = Corpus::read(Path::new(manifest::FOLDER))?;
    let bench = async {
        match what {
            Some(What::Response { turns, id, politely }) => {
                let kinds = if politely { &KINDS[..2] } else { &KINDS[..] };
                response(&server, &uri, &corpus, turns, id.as_deref(), kinds).await
            }
            Some(What::Pacing) => pace(&uri, &corpus).await,
            Some(What::Load { calls, seconds }) => load(&server, &uri, &corpus, &calls, seconds).await,
            None => {
                response(&server, &uri, &corpus, 40, None, &KINDS).await?;
                pace(&uri, &corpus).await?;
                load(&server, &uri, &corpus, &[1, 2, 4, 8, 12, 16], 90).await
            }
        }
    };
    telephones.block_on(bench)?;
    servers.block_on(server.stop());
    Ok(())
}

/// As media threads do; without the right to it the figures are a little worse.
fn prefer() {
    // SAFETY: a plain system call on the calling thread.
    unsafe {
        libc::setpriority(libc::PRIO_PROCESS, 0, -10);
    }
}

async fn start() -> anyhow::Result<Server> {
    let config = Config {
        sip_listen: SocketAddr::from(([127, 0, 0, 1], 0)),
        http_listen: SocketAddr::from(([127, 0, 0, 1], 0)),
        data: "target/bench".into(),
        prompts: Some("data/prompts".into()),
        max_calls: 64,
        ..Config::default()
    };
    let (plan, _) = plans::read(&config.dialplans[0])?;
    let server = Server::with_plans(config, vec![asking::asking(&plan)]).await?;
    loop {
        let progress = server.app.engines.prompts.progress();
        if progress.done >= progress.total {
            return Ok(server);
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
}

struct Corpus(Vec<Line>);

impl Corpus {
    fn read(folder: &Path) -> anyhow::Result<Self> {
        let recordings = manifest::read(folder).into_values();
        let lines = recordings.filter(|r| KINDS.contains(&r.kind)).map(|recording| {
            let sound = Arc::new(recording.sound(folder)?.to_rate());
            Ok(Line { recording, sound })
        });
        let lines = lines.collect::<anyhow::Result<Vec<_>>>()?;
        anyhow::ensure!(!lines.is_empty(), "no corpus; run `make corpus` first");
        Ok(Self(lines))
    }

    /// Some of a kind, evenly over all of them.
    fn some(&self, kind: Kind, most: usize) -> Vec<Line> {
        let all: Vec<&Line> = self.0.iter().filter(|line| line.recording.kind == kind).collect();
        let step = (all.len() as f64 / most.max(1) as f64).max(1.0);
        let picked = (0..all.len().min(most)).map(|n| all[(n as f64 * step) as usize].clone());
        picked.collect()
    }
}

type Events = broadcast::Receiver<(CallId, CallEvent)>;

/// What has happened since last asked.
fn happened(events: &mut Events) -> Vec<CallEvent> {
    let mut all = Vec::new();
    loop {
        match events.try_recv() {
            Ok((_, event)) => all.push(event),
            Err(broadcast::error::TryRecvError::Lagged(_)) => {}
            Err(_) => return all,
        }
    }
}

async fn say(uri: &str, lines: Vec<Line>) -> anyhow::Result<Citizen> {
    let dial = Dial {
        uri: uri.to_owned(),
        codecs: vec![Codec::Pcma],
        local: Some(SocketAddr::from(([127, 0, 0, 1], 0))),
        encryption: Encryption::Never,
        ca: None,
    };
    let call = softphone::hold(&dial, Citizen::new(lines));
    Ok(tokio::time::timeout(LONGEST, call).await??.0)
}

/// One call for each recording.
async fn response(
    server: &Server,
    uri: &str,
    corpus: &Corpus,
    turns: usize,
    id: Option<&str>,
    kinds: &[Kind],
) -> anyhow::Result<()> {
    let (mut events, mut rows) = (server.app.events.subscribe(), String::new());
    for &kind in kinds {
        let wanted = |line: &Line| id.is_none_or(|id| line.recording.id.starts_with(id));
        let lines: Vec<Line> = corpus.some(kind, turns).into_iter().filter(wanted).collect();
        if lines.is_empty() {
            continue;
        }
        let undisturbed = if kind == Kind::NoBarge {
            let silence = Line {
                recording: Recording {
                    echo_ms: None,
                    loss: 0.0,
                    ..lines[0].recording.clone()
                },
                sound: Arc::new(allo::audio::Pcm(vec![0; lines[0].sound.0.len()])),
            };
            say(uri, vec![silence]).await?.sounds
        } else {
            0
        };
        happened(&mut events);
        let mut table = Table::new(kind);
        for line in lines {
            match say(uri, vec![line.clone()]).await {
                Ok(citizen) => {
                    let told = happened(&mut events);
                    table.add(&line.recording, &citizen, &told, undisturbed);
                }
                Err(error) => println!("{}: {error}", line.recording.id),
            }
        }
        rows.extend(table.rows.iter().map(|row| format!("{row}\n")));
        table.print();
    }
    std::fs::write(Path::new(manifest::FOLDER).join("calls.jsonl"), rows)?;
    Ok(())
}

/// The figures of one kind.
struct Table {
    kind: Kind,
    calls: usize,
    /// Last sample of speech to first sound heard, in milliseconds.
    responses: Vec<f64>,
    times: Vec<TurnTimes>,
    one_answer: usize,
    cut_off: usize,
    late: usize,
    silent: Vec<f64>,
    stopped: usize,
    /// For `peers.py`.
    rows: Vec<serde_json::Value>,
}

impl Table {
    fn new(kind: Kind) -> Self {
        Self {
            kind,
            calls: 0,
            responses: Vec::new(),
            times: Vec::new(),
            one_answer: 0,
            cut_off: 0,
            late: 0,
            silent: Vec::new(),
            stopped: 0,
            rows: Vec::new(),
        }
    }

    fn add(&mut self, recording: &Recording, citizen: &Citizen, told: &[CallEvent], undisturbed: usize) {
        let Some(outcome) = citizen.outcomes.last() else {
            println!("{}: the machine never let the caller speak", recording.id);
            return;
        };
        self.calls += 1;
        let heard: Vec<&str> = told
            .iter()
            .filter_map(|event| match event {
                CallEvent::Heard { text, .. } => Some(text.reveal().as_str()),
                _ => None,
            })
            .collect();
        let turns = heard.len();
        let times = told.iter().rev().find_map(|event| match event {
            CallEvent::Answered { times, .. } => Some(*times),
            _ => None,
        });
        let (mut reasons, mut cut_off) = (Vec::new(), false);
        match self.kind {
            Kind::Turn | Kind::Paused => {
                let early = outcome.answered.is_some_and(|at| at < outcome.end);
                if early {
                    reasons.push("answered before the end".to_owned());
                }
                if turns > 1 {
                    reasons.push(format!("{turns} turns for one"));
                }
                cut_off = !reasons.is_empty();
                self.cut_off += usize::from(cut_off);
                let (said, heard) = (
                    words::words(&recording.text).len(),
                    words::words(&heard.join(" ")).len(),
                );
                if (heard as f32) < WHOLE * said as f32 {
                    reasons.push(format!("{heard} words heard of {said}"));
                }
                match response_of(outcome) {
                    Some(ms) if !cut_off => {
                        self.responses.push(ms);
                        self.times.extend(times);
                        self.one_answer += usize::from(turns == 1 && reasons.is_empty());
                        if ms > LATE {
                            self.late += 1;
                            reasons.push(format!("late, {ms:.0} ms"));
                        }
                    }
                    None if !early => {
                        self.late += 1;
                        reasons.push("no answer".to_owned());
                    }
                    _ => {}
                }
            }
            Kind::Barge => match outcome.silent.filter(|at| *at < outcome.end) {
                Some(at) => self.silent.push(milliseconds(outcome.begin, at)),
                None => reasons.push("went on speaking".to_owned()),
            },
            _ => {
                if (citizen.sounds as f64) < 0.97 * undisturbed as f64 {
                    let seconds = |frames: usize| frames as f64 / 50.0;
                    let (played, whole) = (seconds(citizen.sounds), seconds(undisturbed));
                    reasons.push(format!("said {played:.1} s of {whole:.1} s"));
                }
                if turns > 0 {
                    reasons.push("taken for a turn".to_owned());
                }
                self.stopped += usize::from(!reasons.is_empty());
            }
        }
        if matches!(self.kind, Kind::Turn | Kind::Paused) {
            self.rows.push(serde_json::json!({
                "id": recording.id,
                "response_ms": response_of(outcome),
                "cut_off": cut_off,
                "one_answer": turns == 1 && !reasons.iter().any(|reason| !reason.starts_with("late")),
            }));
        }
        if !reasons.is_empty() {
            println!("  {:14} {}  « {} »", recording.id, reasons.join("; "), recording.text);
        }
    }

    fn print(self) {
        let of = |count: usize| format!("{count} of {}", self.calls);
        println!("{:?}, {} calls", self.kind, self.calls);
        match self.kind {
            Kind::Turn | Kind::Paused => {
                println!("  response as heard    {}", spread(&self.responses));
                let stage = |what: fn(&TurnTimes) -> u64| {
                    spread(&self.times.iter().map(|t| what(t) as f64).collect::<Vec<_>>())
                };
                println!("  marks: pause seen    {}", stage(|t| t.paused));
                println!("         words there   {}", stage(|t| t.recognised));
                println!("         turn over     {}", stage(|t| t.over));
                println!("         sound leaves  {}", stage(|t| t.answered));
                println!("         decode        {}", stage(|t| t.stt));
                println!("  one answer           {}", of(self.one_answer));
                println!("  false cut-offs       {}", of(self.cut_off));
                println!("  late or no answer    {}", of(self.late));
            }
            Kind::Barge => {
                println!("  not at all           {}", of(self.calls - self.silent.len()));
                println!("  silent after         {}", spread(&self.silent));
            }
            _ => println!("  false barge-ins      {}", of(self.stopped)),
        }
    }
}

fn response_of(outcome: &Outcome) -> Option<f64> {
    outcome
        .answered
        .map(|at| milliseconds(outcome.end, at))
        .filter(|ms| *ms >= 0.0)
}

fn milliseconds(from: Instant, to: Instant) -> f64 {
    to.saturating_duration_since(from).as_secs_f64() * 1000.0
        - from.saturating_duration_since(to).as_secs_f64() * 1000.0
}

async fn pace(uri: &str, corpus: &Corpus) -> anyhow::Result<()> {
    let lines = corpus.some(Kind::Turn, PACED);
    let mut gaps = pacing::gaps(uri, PACED, PACING, &lines).await?;
    gaps.sort_by(f64::total_cmp);
    let at = |share: f64| gaps[((gaps.len() - 1) as f64 * share) as usize];
    println!(
        "Pacing, {PACED} calls at once, {} packets: gap p50 {:.2}, p99 {:.2}, p99.9 {:.2}, max {:.1} ms",
        gaps.len(),
        at(0.5),
        at(0.99),
        at(0.999),
        at(1.0)
    );
    Ok(())
}

/// Conversations at once, each asking one question after the other.
async fn load(server: &Server, uri: &str, corpus: &Corpus, levels: &[usize], seconds: u64) -> anyhow::Result<()> {
    let mut lines = corpus.some(Kind::Turn, usize::MAX);
    // Questions that are answered, not those that end the call.
    lines.retain(|line| {
        let topic = line.recording.topic.as_deref();
        let ends = topic.is_none_or(|t| t.starts_with(char::is_uppercase) || t == "parler_agent" || t == "hors_sujet");
        !ends && line.recording.expects == Expect::Anything
    });
    println!(
        "Load: conversations at once on {} cores",
        std::thread::available_parallelism()?
    );
    let mut carried = 0;
    for &calls in levels {
        let mut events = server.app.events.subscribe();
        let end = Instant::now() + Duration::from_secs(seconds);
        let talks = (0..calls).map(|call| {
            let (uri, lines) = (uri.to_owned(), lines.clone());
            tokio::spawn(async move {
                let mut outcomes = Vec::new();
                // Conversations do not begin all at the same moment.
                tokio::time::sleep(Duration::from_millis(1300 * call as u64 % 15_000)).await;
                let mut next = call * 7;
                while Instant::now() < end {
                    let some = (next..next + 4).map(|n| lines[n % lines.len()].clone()).collect();
                    next += 4;
                    match say(&uri, some).await {
                        Ok(citizen) => outcomes.extend(citizen.outcomes),
                        Err(error) => println!("  a call failed: {error}"),
                    }
                }
                outcomes
            })
        });
        let talks: Vec<_> = talks.collect();
        let mut outcomes = Vec::new();
        for talk in talks {
            outcomes.extend(talk.await?);
        }
        let responses: Vec<f64> = outcomes.iter().filter_map(response_of).collect();
        let none = outcomes.iter().filter(|o| o.answered.is_none()).count();
        let told = happened(&mut events);
        let decodes: Vec<f64> = told
            .iter()
            .filter_map(|event| match event {
                CallEvent::Answered { times, .. } => Some(times.stt as f64),
                _ => None,
            })
            .collect();
        let slow = percentile(&responses, 0.95);
        println!(
            "  {calls:3}: response {}, no answer {none}, decode {}",
            spread(&responses),
            spread(&decodes)
        );
        if slow > TOO_SLOW {
            break;
        }
        carried = calls;
    }
    println!("  {carried} conversations at once with a p95 of at most {TOO_SLOW:.0} ms");
    Ok(())
}
