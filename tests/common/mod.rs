//! What tests with real telephones share: a server, processes that never outlive the test, sounds.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio, id};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::Value;

/// For what takes a sentence or so on a slow machine, and for what takes several.
pub const SOON: Duration = Duration::from_secs(20);
pub const LATER: Duration = Duration::from_secs(40);

/// A process that is killed when it is dropped; what it prints goes to a file.
pub struct Process {
    child: Child,
    name: String,
    log: PathBuf,
}

impl Process {
    pub fn start(name: &str, command: &mut Command, log: PathBuf) -> Self {
        let out = File::create(&log).expect("log");
        let err = out.try_clone().expect("log");
        let child = command.stdin(Stdio::null()).stdout(out).stderr(err).spawn();
        let child = child.unwrap_or_else(|e| panic!("{name} : {e} ; pour l'installer : make peers"));
        let name = name.into();
        Self { child, name, log }
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    pub fn log(&self) -> String {
        String::from_utf8_lossy(&fs::read(&self.log).unwrap_or_default()).into_owned()
    }

    pub fn is_running(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Asks it to end, as a service manager would, so that its own children end too.
    pub fn stop(&mut self) {
        let id = self.id().to_string();
        let _ = Command::new("kill").args(["-TERM", &id]).status();
        wait_for(Duration::from_secs(5), || (!self.is_running()).then_some(()));
    }

    /// Waits for the end, and panics with what was printed unless it is a good one that comes in time.
    pub fn succeed(mut self, within: Duration) {
        let ended = wait_for(within, || self.child.try_wait().expect("a child of ours"));
        if !ended.as_ref().is_some_and(ExitStatus::success) {
            panic!("{} : {ended:?} ; ce qu'il a dit :\n{}", self.name, tail(&self.log()));
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// `allo serve` with the plan of the tests and a data folder of its own. It logs more than any town would.
pub struct Allo {
    pub process: Process,
    pub sip: u16,
    pub http: u16,
    pub folder: PathBuf,
}

impl Allo {
    /// Starts it with these settings, by their variables (`ALLO_DIALPLAN` for another plan), and waits until it takes calls:
    /// up to five minutes where no prompt was rendered before.
    pub fn serve(folder: &Path, settings: &[(&str, &str)]) -> Self {
        let (sip, http) = (free_port(), free_port());
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let plan = settings.iter().find(|(name, _)| *name == "ALLO_DIALPLAN");
        let plan = plan.map_or("tests/peers/plan.yaml", |(_, plan)| plan);
        let mut command = Command::new(env!("CARGO_BIN_EXE_allo"));
        command
            .current_dir(root)
            .args(["serve", "--dialplan", plan])
            .args([
                "--sip",
                &format!("127.0.0.1:{sip}"),
                "--http",
                &format!("127.0.0.1:{http}"),
            ])
            .arg("--data")
            .arg(folder.join("data"))
            .env("ALLO_PROMPTS", root.join("target/prompts"))
            .env("ALLO_LOG", "debug")
            .env_remove("RUST_LOG")
            .envs(settings.iter().copied());
        let process = Process::start("allo", &mut command, folder.join("allo.log"));
        let mut allo = Self {
            process,
            sip,
            http,
            folder: folder.into(),
        };
        let ready = wait_for(Duration::from_secs(300), || {
            assert!(
                allo.process.is_running(),
                "allo s'est arrêté :\n{}",
                tail(&allo.process.log())
            );
            allo.get("/health").filter(|page| page.starts_with("HTTP/1.1 200"))
        });
        assert!(ready.is_some(), "allo n'est pas prêt :\n{}", tail(&allo.process.log()));
        allo
    }

    /// A page with its head; none where nobody answers.
    pub fn get(&self, path: &str) -> Option<String> {
        page(self.http, path)
    }

    /// A figure of `/metrics` that has no labels; 0 where it was never counted.
    pub fn metric(&self, name: &str) -> f64 {
        let page = self.get("/metrics").expect("/metrics");
        let figure = page
            .lines()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix(' ')?.trim().parse().ok());
        figure.unwrap_or(0.0)
    }

    /// What `allo …` prints as JSON.
    pub fn json(&self, arguments: &[&str]) -> Value {
        serde_json::from_slice(&self.run(arguments)).expect("JSON")
    }

    /// What `allo …` prints.
    pub fn run(&self, arguments: &[&str]) -> Vec<u8> {
        let output = Command::new(env!("CARGO_BIN_EXE_allo"))
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .args(arguments)
            .env("ALLO_DATA", self.folder.join("data"))
            .output()
            .expect("allo");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "allo {arguments:?} : {said}");
        output.stdout
    }

    /// The last call of this caller, turn by turn; none before it is known.
    pub fn call_of(&self, caller: &str) -> Option<Value> {
        let calls = self.json(&["calls", "--json", "--reveal", "--last", "200"]);
        let call = calls.as_array()?.iter().find(|c| c["caller"] == caller)?;
        Some(self.json(&["calls", "show", call["id"].as_str()?, "--json", "--reveal"]))
    }

    /// Waits until an event of this caller's last call satisfies `wanted`, and gives it.
    pub fn event(&self, caller: &str, what: &str, within: Duration, wanted: impl Fn(&Value) -> bool) -> Value {
        let mut last = None;
        let found = wait_for(within, || {
            last = self.call_of(caller);
            let events = last.as_ref()?["events"].as_array()?;
            events
                .iter()
                .map(|event| &event[1])
                .find(|event| wanted(event))
                .cloned()
        });
        found.unwrap_or_else(|| {
            panic!(
                "{what} : rien de tel dans l'appel {last:#?}\n{}",
                tail(&self.process.log())
            )
        })
    }

    /// The last call of this caller once it is over.
    pub fn ended(&self, caller: &str) -> Value {
        self.event(caller, "fin", SOON, |e| e["event"] == "ended");
        let over = || self.call_of(caller).filter(|call| !call["end_reason"].is_null());
        wait_for(SOON, over).expect("an end")
    }

    /// Waits for a line of the log.
    pub fn logs(&self, what: &str, within: Duration) {
        let said = wait_for(within, || self.process.log().contains(what).then_some(()));
        assert!(
            said.is_some(),
            "le journal ne dit pas « {what} » :\n{}",
            tail(&self.process.log())
        );
    }

    /// Waits until no call is in progress.
    pub fn idle(&self) {
        let idle = wait_for(SOON, || (self.metric("allo_calls_active") == 0.0).then_some(()));
        assert!(idle.is_some(), "{} appels restent", self.metric("allo_calls_active"));
    }

    /// UDP sockets that the server holds.
    pub fn udp_sockets(&self) -> usize {
        let table = ["udp", "udp6"].map(|t| fs::read_to_string(format!("/proc/net/{t}")).unwrap_or_default());
        let inodes: Vec<&str> = table
            .iter()
            .flat_map(|t| t.lines())
            .filter_map(|l| l.split_whitespace().nth(9))
            .collect();
        let files = fs::read_dir(format!("/proc/{}/fd", self.process.id())).expect("/proc");
        files
            .filter_map(|file| fs::read_link(file.ok()?.path()).ok())
            .filter(|link| {
                let inode = link.to_string_lossy();
                let inode = inode.strip_prefix("socket:[").and_then(|i| i.strip_suffix(']'));
                inode.is_some_and(|i| inodes.contains(&i))
            })
            .count()
    }
}

/// A page with its head, from a server on this machine; none where nobody answers.
pub fn page(port: u16, path: &str) -> Option<String> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(5))).ok()?;
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    )
    .ok()?;
    let mut page = String::new();
    stream.read_to_string(&mut page).ok()?;
    Some(page)
}

/// Asks every 200 ms until there is an answer.
pub fn wait_for<T>(within: Duration, mut ask: impl FnMut() -> Option<T>) -> Option<T> {
    let end = Instant::now() + within;
    loop {
        if let Some(answer) = ask() {
            return Some(answer);
        }
        if Instant::now() >= end {
            return None;
        }
        sleep(Duration::from_millis(200));
    }
}

/// How long the answer to this topic took in a call, and when each of its stages ended, in French.
pub fn answered(call: &Value, topic: &str) -> String {
    let turns = call["turn_details"].as_array().expect("turns");
    let turn = turns.iter().find(|turn| turn["topic"] == topic);
    let turn = turn.filter(|turn| turn["answered_ms"].is_i64());
    let turn = turn.unwrap_or_else(|| panic!("sujet {topic} sans réponse : {call:#?}"));
    format!(
        "{} ms (pause à {}, mots à {}, tour fini à {})",
        turn["answered_ms"], turn["paused_ms"], turn["recognised_ms"], turn["over_ms"]
    )
}

/// A port that is free for UDP and TCP, and the next one too: baresip's TLS listens behind its other transports.
pub fn free_port() -> u16 {
    free_ports(2)
}

/// The first of `count` free ports. They lie below those that the system gives to whoever asks for any (32768 and
/// up): a connection that is made meanwhile must not take what is not bound yet. None is given twice before all
/// were.
pub fn free_ports(count: u16) -> u16 {
    const FIRST: u16 = 18_000;
    const ROOM: u16 = 14_000;
    static GIVEN: AtomicU32 = AtomicU32::new(0);
    // Tests in another checkout begin elsewhere.
    let begin = id() % 97 * 100;
    loop {
        let given = GIVEN.fetch_add(count.into(), Ordering::Relaxed);
        let first = FIRST + (begin.wrapping_add(given) % u32::from(ROOM - count)) as u16;
        let is_free =
            |port| UdpSocket::bind(("127.0.0.1", port)).is_ok() && TcpListener::bind(("127.0.0.1", port)).is_ok();
        if (first..first + count).all(is_free) {
            return first;
        }
    }
}

/// A fixture, or a file named from the root, with silence before and after, at `hz` 8000 or 16000.
pub fn sound(fixture: &str, before: f32, after: f32, hz: u32) -> Vec<i16> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("audio-fixtures")
        .join(fixture);
    let mut reader = hound::WavReader::open(&file).expect("fixture");
    let rate = reader.spec().sample_rate;
    assert_eq!(rate % hz, 0, "{}", file.display());
    let samples: Vec<i16> = reader.samples().collect::<Result<_, _>>().expect("fixture");
    let step = (rate / hz) as usize;
    let mean = |part: &[i16]| (part.iter().map(|&s| i32::from(s)).sum::<i32>() / part.len() as i32) as i16;
    let silence = |seconds: f32| vec![0; (seconds * hz as f32) as usize];
    [
        silence(before),
        samples.chunks(step).map(mean).collect(),
        silence(after),
    ]
    .concat()
}

/// Writes 16-bit samples.
pub fn write_wav(path: &Path, samples: &[i16], hz: u32) {
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: hz,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut writer = hound::WavWriter::create(path, spec).expect("wav");
    samples.iter().for_each(|&s| writer.write_sample(s).expect("wav"));
    writer.finalize().expect("wav");
}

/// The last lines of a log.
pub fn tail(log: &str) -> String {
    let lines: Vec<&str> = log.lines().collect();
    lines[lines.len().saturating_sub(40)..].join("\n")
}
