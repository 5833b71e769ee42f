//! Calls by real telephones that nobody here wrote (PJSIP, baresip, SIPp), to `allo serve` with the real models.
//!
//! One server, one test: the sections follow one another, so that each one's figures are its own.

mod common;

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread::sleep;
use std::time::{Duration, Instant};

use common::{Allo, Process, free_port, sound, tail, wait_for, write_wav};
use serde_json::Value;

#[test]
fn real_telephones_are_answered() {
    let folder = tempfile::tempdir().expect("a folder");
    let agent = free_port();
    let allo = Allo::serve(folder.path(), agent);
    let started = Instant::now();
    let told = |what: &str| println!("{:6.1} s  {what}", started.elapsed().as_secs_f32());
    told("allo répond");

    for scenario in ["options", "answer", "delayed_offer", "hold", "info_dtmf"] {
        sipp(&allo, scenario, &[]).succeed(Duration::from_secs(30));
        told(scenario);
    }
    pjsip_asks_and_is_answered(&allo);
    told("PJSIP : question, réponse");
    baresip_is_passed_to_a_person(&allo, agent);
    told("baresip : G.722, question, transfert");
    baresip_leaves_a_message(&allo, agent);
    told("baresip : PCMU, poste occupé, message");
    calls_leave_nothing_behind(&allo);
    told("20 appels l'un après l'autre");
    twenty_at_once(&allo);
    told("20 appels à la fois");

    let log = allo.process.log();
    assert!(!log.contains("panicked"), "allo a paniqué :\n{}", tail(&log));
}

/// PJSIP over PCMA: the question is understood, and what comes back is our French.
fn pjsip_asks_and_is_answered(allo: &Allo) {
    let (spoken, recorded) = (allo.folder.join("spoken.wav"), allo.folder.join("recorded.wav"));
    write_wav(&spoken, &sound("c02.wav", 10.0, 30.0, 8_000), 8_000);
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let own = root.join("target/peers/bin/python");
    let python = if own.exists() { own } else { "python3".into() };
    let has_pjsip = Command::new(&python)
        .args(["-c", "import pjsua2"])
        .output()
        .is_ok_and(|o| o.status.success());
    assert!(
        has_pjsip,
        "PJSIP (pjsua2-python) manque ; pour l'installer : make peers"
    );
    let mut command = Command::new(python);
    command
        .arg(root.join("tests/peers/pjsip_call.py"))
        .arg(format!("sip:mairie@127.0.0.1:{}", allo.sip))
        .args([&spoken, &recorded])
        .arg("24");
    Process::start("PJSIP", &mut command, allo.folder.join("pjsip.log")).succeed(Duration::from_secs(50));

    let call = ended(allo, "0467111111");
    assert_eq!(call["codec"], "PCMA", "{call:#?}");
    assert_eq!(call["end_reason"], "caller", "{call:#?}");
    let answer_ms = answered(&call, "horaires");
    let heard = allo.json(&[
        "hear",
        "--json",
        "--dialplan",
        "tests/peers/plan.yaml",
        &recorded.to_string_lossy(),
    ]);
    let words = heard["text"].as_str().unwrap_or_default().to_lowercase();
    assert!(words.contains("mairie"), "PJSIP a entendu « {words} »");
    println!("          PJSIP : réponse en {answer_ms} ms ; entendu « {words} »");
}

/// baresip over G.722: a question, then key 0; a second baresip takes the call.
fn baresip_is_passed_to_a_person(allo: &Allo, agent: u16) {
    let person = Baresip::start(allo, "agent", "100", agent, "pcma", 8_000);
    let caller = Baresip::start(allo, "caller", "0467222222", free_port(), "g722", 16_000);
    caller.dial(allo);
    sleep(Duration::from_secs(10));
    caller.say("c24.wav");
    allo.event("0467222222", "question", SOON, |e| {
        e["event"] == "heard" && e["topic"] == "ordures_menageres"
    });
    allo.event("0467222222", "réponse", SOON, |e| e["event"] == "answered");
    caller.press('0');
    let end = allo.event("0467222222", "transfert", LATER, |e| e["event"] == "transfer_ended");
    assert_eq!(
        end["outcome"],
        "taken",
        "{}\n{}",
        caller.process.log(),
        person.process.log()
    );
    let call = ended(allo, "0467222222");
    assert_eq!(call["codec"], "G722", "{call:#?}");
    assert_eq!(call["end_reason"], "transferred", "{call:#?}");
    let answer_ms = answered(&call, "ordures_menageres");
    println!("          baresip : réponse en {answer_ms} ms");
}

/// baresip over PCMU: key 0, but the extension is busy; a message is offered, left and kept.
fn baresip_leaves_a_message(allo: &Allo, agent: u16) {
    let scenario = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/peers/busy.xml");
    let mut command = Command::new("sipp");
    command.current_dir(&allo.folder).arg("-sf").arg(scenario);
    command.args(["-i", "127.0.0.1", "-p", &agent.to_string(), "-m", "1", "-nostdin"]);
    let busy = Process::start("sipp (busy)", &mut command, allo.folder.join("busy.log"));
    let caller = Baresip::start(allo, "caller2", "0467333333", free_port(), "pcmu", 8_000);
    caller.dial(allo);
    allo.event("0467333333", "accueil", SOON, |e| e["event"] == "said");
    caller.press('0');
    let end = allo.event("0467333333", "transfert", LATER, |e| e["event"] == "transfer_ended");
    assert_eq!(end["outcome"], "no_answer", "{}", caller.process.log());
    let says = |what: &'static str| {
        move |e: &Value| e["event"] == "said" && e["text"].as_str().is_some_and(|text| text.contains(what))
    };
    allo.event("0467333333", "offre de message", LATER, says("laisser un message"));
    sleep(Duration::from_secs(3));
    caller.press('1');
    allo.event("0467333333", "consigne", LATER, says("bip"));
    sleep(Duration::from_secs(12));
    caller.say("c50.wav");
    sleep(Duration::from_secs(5));
    caller.press('#');
    let kept = allo.event("0467333333", "message", LATER, |e| e["event"] == "message_kept");
    assert!(kept["length_ms"].as_u64() >= Some(3_000), "{kept}");
    let messages = fs::read_dir(allo.folder.join("data/messages")).expect("messages");
    let files: Vec<PathBuf> = messages.map(|file| file.expect("file").path()).collect();
    assert_eq!(
        files
            .iter()
            .filter(|f| f.extension().is_some_and(|e| e == "wav"))
            .count(),
        1,
        "{files:?}"
    );
    let heard = allo.json(&[
        "hear",
        "--json",
        "--dialplan",
        "tests/peers/plan.yaml",
        &files[0].to_string_lossy(),
    ]);
    let words = heard["text"].as_str().unwrap_or_default().to_lowercase();
    assert!(words.contains("numéro"), "le message dit « {words} »");
    caller.command("hangup", None);
    ended(allo, "0467333333");
    busy.succeed(SOON);
    println!("          message : {} ms, « {words} »", kept["length_ms"]);
}

/// After 20 short calls, no call and no socket is left.
fn calls_leave_nothing_behind(allo: &Allo) {
    let idle = || wait_for(SOON, || (allo.metric("allo_calls_active") == 0.0).then_some(())).expect("no call");
    idle();
    let before = wait_for(SOON, || {
        let count = allo.udp_sockets();
        sleep(Duration::from_millis(500));
        (allo.udp_sockets() == count).then_some(count)
    });
    let before = before.expect("a steady count");
    let total = allo.metric("allo_calls_total");
    sipp(allo, "answer", &["-m", "20", "-l", "1", "-r", "10"]).succeed(Duration::from_secs(75));
    idle();
    let back = wait_for(SOON, || (allo.udp_sockets() <= before).then_some(()));
    assert!(back.is_some(), "{} sockets UDP, {before} avant", allo.udp_sockets());
    assert_eq!(allo.metric("allo_calls_total") - total, 20.0);
}

/// 20 calls at once with sound both ways: all are answered and end well.
fn twenty_at_once(allo: &Allo) {
    let total = allo.metric("allo_calls_total");
    let coded: Vec<u8> = sound("c24.wav", 8.0, 12.0, 8_000)
        .iter()
        .map(|&s| allo::audio::alaw_encode(s))
        .collect();
    fs::write(allo.folder.join("sound.al"), coded).expect("sound.al");
    let load = sipp(allo, "load", &["-m", "20", "-l", "20", "-r", "20"]);
    let all = wait_for(Duration::from_secs(15), || {
        (allo.metric("allo_calls_active") == 20.0).then_some(())
    });
    assert!(
        all.is_some(),
        "{} appels à la fois :\n{}",
        allo.metric("allo_calls_active"),
        tail(&load.log())
    );
    load.succeed(Duration::from_secs(60));
    assert_eq!(allo.metric("allo_calls_total") - total, 20.0);
    let over = wait_for(SOON, || (allo.metric("allo_calls_active") == 0.0).then_some(()));
    assert!(over.is_some(), "des appels restent");
    assert!(allo.get("/health").is_some_and(|page| page.starts_with("HTTP/1.1 200")));
}

/// For what takes a sentence or so on a slow machine, and for what takes several.
const SOON: Duration = Duration::from_secs(20);
const LATER: Duration = Duration::from_secs(40);

/// The last call of this caller once it is over.
fn ended(allo: &Allo, caller: &str) -> Value {
    allo.event(caller, "fin", SOON, |e| e["event"] == "ended");
    wait_for(SOON, || {
        allo.call_of(caller).filter(|call| !call["end_reason"].is_null())
    })
    .expect("an end")
}

/// How long the answer to this topic took, in ms.
fn answered(call: &Value, topic: &str) -> i64 {
    let turns = call["turn_details"].as_array().expect("turns");
    let turn = turns.iter().find(|turn| turn["topic"] == topic);
    let ms = turn.and_then(|turn| turn["answered_ms"].as_i64());
    ms.unwrap_or_else(|| panic!("sujet {topic} sans réponse : {call:#?}"))
}

/// One of tests/sipp; it ends with an error when the scenario does.
fn sipp(allo: &Allo, scenario: &str, more: &[&str]) -> Process {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/sipp/{scenario}.xml"));
    let mut command = Command::new("sipp");
    command.current_dir(&allo.folder).arg("-sf").arg(file);
    command.args([
        "-s",
        "mairie",
        "-i",
        "127.0.0.1",
        "-p",
        &free_port().to_string(),
        "-nostdin",
    ]);
    command.args(["-timeout", "90", "-timeout_error"]);
    command.args(if more.is_empty() { &["-m", "1"] } else { more });
    command.arg(format!("127.0.0.1:{}", allo.sip));
    Process::start(
        &format!("sipp ({scenario})"),
        &mut command,
        allo.folder.join(format!("{scenario}.log")),
    )
}

/// A headless baresip, driven over its control port.
struct Baresip {
    process: Process,
    folder: PathBuf,
    control: u16,
    hz: u32,
}

impl Baresip {
    /// It answers by itself, speaks `codec` at `hz`, and is silent until it is told what to say.
    fn start(allo: &Allo, name: &str, user: &str, sip: u16, codec: &str, hz: u32) -> Self {
        let folder = allo.folder.join(name);
        fs::create_dir(&folder).expect("folder");
        write_wav(&folder.join("silence.wav"), &vec![0; 120 * hz as usize], hz);
        let modules = ["/usr/lib/baresip/modules", "/usr/local/lib/baresip/modules"];
        let modules = modules.iter().find(|path| Path::new(path).exists());
        let modules = modules.expect("baresip manque ; pour l'installer : make peers");
        let (control, rtp) = (free_port(), free_port().clamp(20_000, 60_000));
        let config = include_str!("peers/baresip.config")
            .replace("{sip}", &sip.to_string())
            .replace("{modules}", modules)
            .replace("{control}", &control.to_string())
            .replace("{folder}", &folder.to_string_lossy())
            .replace("{hz}", &hz.to_string())
            .replace("{rtp}", &format!("{rtp}-{}", rtp + 100));
        fs::write(folder.join("config"), config).expect("config");
        let account = format!("<sip:{user}@127.0.0.1:{sip}>;regint=0;audio_codecs={codec};answermode=auto\n");
        fs::write(folder.join("accounts"), account).expect("accounts");
        let mut command = Command::new("baresip");
        command.current_dir(&folder).arg("-f").arg(&folder);
        let process = Process::start("baresip", &mut command, folder.join("baresip.log"));
        let baresip = Self {
            process,
            folder,
            control,
            hz,
        };
        let open = wait_for(SOON, || TcpStream::connect(("127.0.0.1", control)).ok());
        assert!(open.is_some(), "baresip :\n{}", tail(&baresip.process.log()));
        baresip
    }

    fn dial(&self, allo: &Allo) {
        self.command("dial", Some(&format!("sip:mairie@127.0.0.1:{}", allo.sip)));
    }

    fn press(&self, key: char) {
        self.command("sndcode", Some(&key.to_string()));
    }

    /// Says a fixture, then is silent.
    fn say(&self, fixture: &str) {
        let file = self.folder.join(fixture);
        write_wav(&file, &sound(fixture, 0.2, 90.0, self.hz), self.hz);
        self.command("ausrc", Some(&format!("aufile,{}", file.display())));
    }

    /// A command as JSON in a netstring (module ctrl_tcp), and its answer.
    fn command(&self, command: &str, params: Option<&str>) {
        let mut stream = TcpStream::connect(("127.0.0.1", self.control)).expect("baresip");
        let _ = stream.set_read_timeout(Some(Duration::from_secs(2)));
        let body =
            serde_json::json!({ "command": command, "params": params.unwrap_or_default(), "token": "t" }).to_string();
        write!(stream, "{}:{body},", body.len()).expect("baresip");
        let mut answer = [0; 4096];
        let mut said = String::new();
        while !said.contains("\"response\":true") {
            let Ok(length @ 1..) = stream.read(&mut answer) else {
                break;
            };
            said += &String::from_utf8_lossy(&answer[..length]);
        }
        assert!(
            said.contains("\"ok\":true"),
            "baresip, {command} {params:?} : {said}\n{}",
            tail(&self.process.log())
        );
    }
}
