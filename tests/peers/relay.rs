//! The way of last resort: sound through coturn alone, with names that Allô makes of the secret that the two share.

use std::path::Path;
use std::process::{Command, Output};
use std::thread::sleep;
use std::time::Duration;

use serde_json::{Value, json};

use crate::browser::Browser;
use crate::common::{Allo, LATER, Process, SOON, free_port, page, sound, tail, wait_for, write_wav};

/// What coturn and Allô share.
pub const SECRET: &str = "sésame-du-relais-2718";
/// The element under test.
const BUTTON: &str = "allo-appel";
const CAPTIONS: &str = "return [...document.querySelector('allo-appel').shadowRoot.querySelectorAll('#words p')]
    .map(p => p.textContent).join(' ')";
/// The page's network is strict: nothing but the relay. Tells by which candidate its sound really comes, and how much.
const ONLY_THE_RELAY: &str = "
    const Real = RTCPeerConnection;
    window.connections = [];
    window.RTCPeerConnection = class extends Real {
      constructor(settings) { super({ ...settings, iceTransportPolicy: 'relay' }); connections.push(this); }
    };
    window.heard = async () => {
      const stats = await connections[0]?.getStats();
      const all = [...stats?.values() || []];
      const pair = stats?.get(all.find(entry => entry.type === 'transport')?.selectedCandidatePairId);
      return {
        state: connections[0]?.iceConnectionState,
        way: stats?.get(pair?.localCandidateId)?.candidateType,
        packets: all.find(entry => entry.type === 'inbound-rtp')?.packetsReceived || 0,
      };
    };";

/// coturn, on this machine alone.
pub struct Coturn {
    process: Process,
    port: u16,
}

impl Coturn {
    pub fn start(folder: &Path) -> Self {
        let port = free_port();
        let mut command = Command::new("turnserver");
        command.args([
            "-n",
            "--no-tls",
            "--no-dtls",
            "--no-cli",
            "--no-multicast-peers",
            "--verbose",
        ]);
        command.args(["--allow-loopback-peers", "--use-auth-secret", "--realm=essaiville.fr"]);
        command.args(["--log-file=stdout", "--simple-log"]);
        command.args([
            "--listening-ip=127.0.0.1",
            "--relay-ip=127.0.0.1",
            "--min-port=61000",
            "--max-port=61500",
        ]);
        command
            .arg(format!("--listening-port={port}"))
            .arg(format!("--static-auth-secret={SECRET}"))
            .arg(format!("--pidfile={}", folder.join("coturn.pid").display()))
            .arg(format!("--userdb={}", folder.join("coturn.db").display()));
        let process = Process::start("coturn", &mut command, folder.join("coturn.log"));
        let open = wait_for(SOON, || std::net::TcpStream::connect(("127.0.0.1", port)).ok());
        assert!(open.is_some(), "coturn :\n{}", tail(&process.log()));
        Self { process, port }
    }

    pub fn url(&self) -> String {
        format!("turn:127.0.0.1:{}", self.port)
    }
}

/// What a page is told of servers.
fn told(allo: &Allo) -> Value {
    let answer = page(allo.http, "/appel/relais").expect("an answer");
    let (head, body) = answer.split_once("\r\n\r\n").expect("a body");
    assert!(head.starts_with("HTTP/1.1 200"), "{head}");
    assert!(head.to_lowercase().contains("no-store"), "{head}");
    let body: Value = serde_json::from_str(body).expect("JSON");
    body["serveurs"][0].clone()
}

/// A question aloud, whose sound and whose answer pass through coturn.
pub fn a_page_calls_through_it_alone(allo: &Allo, coturn: &Coturn) {
    let microphone = allo.folder.join("relais.wav");
    write_wav(&microphone, &sound("c24.wav", 12.0, 60.0, 16_000), 16_000);
    let folder = allo.folder.join("chromium-relay");
    std::fs::create_dir(&folder).expect("a folder");
    let file = format!("--use-file-for-fake-audio-capture={}%noloop", microphone.display());
    let flags = [
        "--use-fake-ui-for-media-stream",
        "--use-fake-device-for-media-stream",
        "--allow-loopback-in-peer-connection",
        &file,
    ];
    let browser = Browser::with_flags(&folder, &flags);
    browser.go(&format!("http://127.0.0.1:{}/", allo.http));
    browser.run(ONLY_THE_RELAY);
    browser.click_within(BUTTON, "#call");
    let heard = |many: u64| move |heard: &Value| heard["packets"].as_u64() > Some(many);
    let first = browser.until("son par le relais", LATER, "return heard()", heard(0));
    assert_eq!(first["way"], json!("relay"), "{first}");
    browser.until("réponse", LATER, CAPTIONS, |captions| {
        captions.as_str().is_some_and(|said| said.contains("mardi matin"))
    });
    let packets = browser.until("beaucoup de son", SOON, "return heard()", heard(500));
    browser.click_within(BUTTON, "#hang");
    allo.idle();
    let log = coturn.process.log();
    for request in ["ALLOCATE", "CREATE_PERMISSION"] {
        let taken = format!("{request} processed, success");
        assert!(log.contains(":allo>") && log.contains(&taken), "{}", tail(&log));
    }
    println!("          par le relais : {packets}, question entendue");
}

/// The name that a page is given opens the relay; with another password, or once it is over, it does not.
pub fn others_are_refused(allo: &Allo, coturn: &Coturn) {
    let server = told(allo);
    let text = |key: &str| server[key].as_str().expect("a text").to_owned();
    let (name, password) = (text("username"), text("credential"));
    assert!(!server.to_string().contains(SECRET));
    let port = coturn.port.to_string();
    let try_with = |name: &str, password: &str| -> Output {
        let mut command = Command::new("timeout");
        command.args([
            "20",
            "turnutils_uclient",
            "-y",
            "-c",
            "-m",
            "1",
            "-n",
            "5",
            "-e",
            "127.0.0.1",
        ]);
        command.args(["-u", name, "-w", password, "-p", &port, "127.0.0.1"]);
        command.output().expect("turnutils_uclient")
    };
    let good = try_with(&name, &password);
    let said = String::from_utf8_lossy(&good.stdout).into_owned();
    assert!(good.status.success(), "{said}");
    sleep(Duration::from_millis(100));
    let past = format!("1000000000{}", &name[name.find(':').expect("name:user")..]);
    for (name, password) in [(&*name, "autre"), (&*past, &*password)] {
        let refused = try_with(name, password);
        assert!(!refused.status.success(), "{name}");
    }
    println!("          un nom qui dure : pris ; un autre mot de passe, un nom passé : refusés");
}
