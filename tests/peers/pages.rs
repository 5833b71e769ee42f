//! Calls from web pages, by a real browser: aloud, in writing, from other sites; and what is no browser at all.

use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread::{sleep, spawn};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::browser::Browser;
use crate::common::{Allo, LATER, Process, SOON, answered, sound, tail, wait_for, write_wav};
use crate::desk;
use crate::telephones::Baresip;

const DESK: (u32, u32) = (1366, 768);
const PHONE: (u32, u32) = (390, 844);
/// Bounds that a slow machine keeps too; the figures are printed.
const FIRST_SOUND: f64 = 3000.0;
const NOTICED: Duration = Duration::from_secs(2);

/// The element under test.
const BUTTON: &str = "allo-appel";
/// The captions, as they stand on the page.
const CAPTIONS: &str = "return [...document.querySelector('allo-appel').shadowRoot.querySelectorAll('#words p')]
    .map(p => [p.className === 'mine' ? 'vous' : 'allo', p.textContent])";
const STATE: &str = "return document.querySelector('allo-appel').shadowRoot.querySelector('#state').textContent";
/// Notes when the first sound is heard after the click.
const WATCH: &str = "
    const Real = RTCPeerConnection;
    window.connections = [];
    window.RTCPeerConnection = class extends Real {
      constructor(...settings) { super(...settings); connections.push(this); }
    };
    document.querySelector('allo-appel').shadowRoot.querySelector('#call')
      .addEventListener('click', () => { window.clicked = performance.now(); }, true);
    const watch = async () => {
      for (const entry of (await connections[0]?.getStats())?.values() || []) {
        if (entry.type === 'inbound-rtp' && entry.totalAudioEnergy > 1e-7) {
          window.firstSound = performance.now() - clicked;
          return;
        }
      }
      setTimeout(watch, 10);
    };
    watch();";

/// A folder for one browser.
fn profile(allo: &Allo, name: &str) -> PathBuf {
    let folder = allo.folder.join(name);
    fs::create_dir(&folder).expect("a folder");
    folder
}

/// Keeps what is seen in `target/browser`.
fn photograph(browser: &Browser, name: &str) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/browser");
    fs::create_dir_all(&folder).expect("target/browser");
    browser.photograph(&folder.join(format!("{name}.png")));
    assert!(browser.too_wide() <= 0, "{name} est plus large que l'écran");
}

fn url(allo: &Allo) -> String {
    format!("http://127.0.0.1:{}/", allo.http)
}

/// A caption of one side that holds a text.
fn caption<'a>(who: &'a str, text: &'a str) -> impl Fn(&Value) -> bool + 'a {
    move |captions| {
        let has = |c: &Value| c[0] == who && c[1].as_str().is_some_and(|said| said.contains(text));
        captions.as_array().is_some_and(|captions| captions.iter().any(has))
    }
}

/// The last call by this way, once it is over.
fn ended(allo: &Allo, codec: &str) -> Value {
    let call = wait_for(SOON, || {
        let calls = allo.json(&["calls", "--json", "--last", "1"]);
        let over = !calls[0]["end_reason"].is_null() && calls[0]["codec"] == codec;
        over.then(|| calls[0]["id"].as_str().expect("id").to_owned())
    });
    allo.json(&["calls", "show", &call.expect("an end"), "--json", "--reveal"])
}

/// Asks aloud, then in writing, and hangs up.
pub fn a_page_calls(allo: &Allo) {
    let microphone = allo.folder.join("microphone.wav");
    write_wav(&microphone, &sound("c24.wav", 12.0, 120.0, 16_000), 16_000);
    let browser = Browser::with_microphone(&profile(allo, "chromium"), &microphone);
    browser.screen(DESK, "light");
    browser.go(&url(allo));
    browser.run(WATCH);
    photograph(&browser, "accueil-1366x768");
    browser.click_within(BUTTON, "#call");
    browser.until("premier son", SOON, "return window.firstSound", Value::is_number);
    let first_sound = browser.run("return window.firstSound").as_f64().expect("ms");
    assert!(first_sound < FIRST_SOUND, "premier son après {first_sound} ms");
    browser.until("accueil", SOON, CAPTIONS, caption("allo", "mairie d'Essaiville"));
    browser.until("question entendue", LATER, CAPTIONS, caption("vous", "poubelles"));
    browser.until("réponse", SOON, CAPTIONS, caption("allo", "mardi matin"));
    photograph(&browser, "appel-1366x768");
    browser.screen(PHONE, "dark");
    photograph(&browser, "appel-sombre-390x844");
    browser.fill_within(BUTTON, "#text", "À quelle heure ouvre la mairie ?\u{E007}");
    browser.until("question écrite", SOON, CAPTIONS, caption("vous", "ouvre la mairie"));
    browser.until(
        "réponse écrite",
        SOON,
        CAPTIONS,
        caption("allo", "ouverte à toute heure"),
    );
    browser.screen(PHONE, "light");
    browser.click_within(BUTTON, "#pad");
    photograph(&browser, "touches-390x844");
    browser.click_within(BUTTON, "#keys button[value='5']");
    sleep(Duration::from_secs(1));
    let sound = browser.run(
        "return (async () => { for (const s of (await connections[0].getStats()).values())
           if (s.type === 'inbound-rtp') return [s.packetsReceived, s.packetsLost, s.concealedSamples, s.totalSamplesReceived]; })()",
    );
    browser.click_within(BUTTON, "#hang");
    let clicked = Instant::now();
    idle_within(allo, NOTICED, clicked);
    browser.until("fin", SOON, STATE, |state| *state == "Vous avez raccroché.");
    photograph(&browser, "fini-390x844");
    let call = ended(allo, "opus");
    assert_eq!(call["end_reason"], "caller", "{call:#?}");
    let key = call["events"].as_array().expect("events");
    assert!(
        key.iter().any(|e| e[1]["event"] == "tone" && e[1]["key"] == "5"),
        "la touche n'est pas arrivée : {call:#?}"
    );
    println!(
        "          premier son {first_sound:.0} ms après le clic ; réponse en {} ; paquets reçus, perdus, échantillons comblés, en tout : {sound}",
        answered(&call, "ordures_menageres")
    );
}

/// A page cannot be asked to call somebody else: we ring them, and the two speak through us.
pub fn a_page_is_passed_to_a_person(allo: &Allo, agent: u16) {
    let person = Baresip::start(allo, "agent", "100", agent, "pcma");
    let microphone = desk::microphone(allo, "ton", 700, 10.0);
    let browser = Browser::with_microphone(&profile(allo, "passe"), &microphone);
    browser.go(&url(allo));
    browser.run(WATCH);
    browser.click_within(BUTTON, "#call");
    browser.until("accueil", SOON, CAPTIONS, caption("allo", "mairie d'Essaiville"));
    browser.click_within(BUTTON, "#pad");
    browser.click_within(BUTTON, "#keys button[value='0']");
    let heard = wait_for(LATER, || Some(person.heard_tone(700.0)).filter(|tenths| *tenths > 15));
    assert!(
        heard.is_some(),
        "l'agent n'entend pas la page : {}",
        tail(&person.process.log())
    );
    let energy = || {
        let stats = "return (async () => { for (const s of (await connections[0].getStats()).values())
            if (s.type === 'inbound-rtp') return s.totalAudioEnergy; })()";
        browser.run(stats).as_f64().expect("energy")
    };
    let before = energy();
    person.says_tone(500.0, 5.0);
    let louder = wait_for(SOON, || Some(energy() - before).filter(|more| *more > 0.005));
    assert!(louder.is_some(), "la page n'entend pas l'agent");
    person.command("hangup", None);
    let call = ended(allo, "opus");
    assert_eq!(call["end_reason"], "transferred", "{call:#?}");
}

/// A browser that closes its connection without a word is noticed all the same.
pub fn a_closed_connection_is_noticed(allo: &Allo) {
    let microphone = allo.folder.join("silence.wav");
    write_wav(&microphone, &vec![0; 16_000 * 60], 16_000);
    let browser = Browser::with_microphone(&profile(allo, "chromium-closes"), &microphone);
    let before = allo.udp_sockets();
    for _ in 0..3 {
        browser.go(&url(allo));
        browser.run(WATCH);
        browser.click_within(BUTTON, "#call");
        browser.until("accueil", SOON, CAPTIONS, caption("allo", "Bonjour"));
        browser.run("connections[0].close()");
        let closed = Instant::now();
        let took = idle_within(allo, NOTICED, closed);
        println!("          fermeture remarquée en {} ms", took.as_millis());
    }
    assert_eq!(allo.udp_sockets(), before, "des ports restent ouverts");
}

/// Waits until no call is in progress, and gives how long that took.
fn idle_within(allo: &Allo, within: Duration, from: Instant) -> Duration {
    while allo.metric("allo_calls_active") > 0.0 {
        assert!(
            from.elapsed() < within,
            "l'appel dure encore après {:?}",
            from.elapsed()
        );
        sleep(Duration::from_millis(10));
    }
    from.elapsed()
}

/// Without a microphone, the same dialogue in writing, to its end.
pub fn a_page_without_microphone_writes(allo: &Allo) {
    let browser = Browser::open(&profile(allo, "chromium-mute"));
    browser.screen(PHONE, "light");
    browser.go(&url(allo));
    photograph(&browser, "accueil-390x844");
    browser.click_within(BUTTON, "#call");
    browser.until("écrit faute de micro", SOON, STATE, |state| {
        state.as_str().is_some_and(|state| state.starts_with("Pas de micro"))
    });
    browser.until("accueil", SOON, CAPTIONS, caption("allo", "mairie d'Essaiville"));
    let asked = Instant::now();
    browser.fill_within(BUTTON, "#text", "quand passent les poubelles ?\u{E007}");
    browser.until("réponse", SOON, CAPTIONS, caption("allo", "mardi matin"));
    let took = asked.elapsed();
    photograph(&browser, "ecrit-390x844");
    browser.screen(DESK, "dark");
    photograph(&browser, "ecrit-sombre-1366x768");
    browser.screen(PHONE, "light");
    browser.until("question", SOON, CAPTIONS, caption("allo", "autre chose"));
    browser.fill_within(BUTTON, "#text", "non merci, c'est tout\u{E007}");
    browser.until("fin", SOON, STATE, |state| *state == "L’appel est terminé.");
    let call = ended(allo, "texte");
    assert_eq!(call["entrance"], "page", "{call:#?}");
    let shown = String::from_utf8(allo.run(&["calls", "--last", "1"])).expect("UTF-8");
    assert!(shown.contains("depuis le site"), "{shown}");
    assert_eq!(call["end_reason"], "finished", "{call:#?}");
    println!("          par écrit : réponse en {} ms", took.as_millis());

    // A page that is closed ends what it wrote.
    browser.go(&url(allo));
    browser.click_within(BUTTON, "#write");
    browser.until("accueil", SOON, CAPTIONS, caption("allo", "Bonjour"));
    browser.go("about:blank");
    allo.idle();
}

/// aiortc, which nobody here wrote either: asks, and what comes back is our French.
pub fn aiortc_asks_and_is_answered(allo: &Allo) {
    let (spoken, recorded) = (allo.folder.join("aiortc.wav"), allo.folder.join("aiortc-heard.wav"));
    write_wav(&spoken, &sound("c02.wav", 10.0, 30.0, 16_000), 16_000);
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut command = Command::new(root.join("target/peers/bin/python"));
    command.arg(root.join("tests/peers/aiortc_call.py"));
    command.arg(url(allo).trim_end_matches('/'));
    command.args([&spoken, &recorded]).arg("24");
    let log = allo.folder.join("aiortc.log");
    Process::start("aiortc", &mut command, log.clone()).succeed(Duration::from_secs(60));
    let call = ended(allo, "opus");
    assert_eq!(call["end_reason"], "caller", "{call:#?}");
    let answer = answered(&call, "horaires");
    let plan = ["hear", "--json", "--dialplan", "tests/peers/plan.yaml"];
    let heard = allo.json(&[&plan[..], &[&recorded.to_string_lossy()]].concat());
    let words = heard["text"].as_str().unwrap_or_default().to_lowercase();
    assert!(words.contains("ouverte"), "aiortc a entendu « {words} »");
    let told = fs::read_to_string(log).unwrap_or_default().trim().replace('\n', ", ");
    println!("          aiortc : {told} ; réponse en {answer} ; entendu « {words} »");
}

/// Any page, on a port of its own.
pub struct Site(pub u16);

impl Site {
    /// Serves a page with a button of the server on this port, for as long as the tests run.
    pub fn start(listener: TcpListener, allo: u16) -> Self {
        let port = listener.local_addr().expect("bound").port();
        let page = format!(
            "<!doctype html><html lang=fr><meta charset=utf-8><meta name=viewport content='width=device-width'><title>Site</title>\
             <script src='http://127.0.0.1:{allo}/allo-appel.js' defer></script><allo-appel telephone='04 65 71 02 10'></allo-appel>"
        );
        spawn(move || {
            for mut stream in listener.incoming().flatten() {
                let _ = stream.read(&mut [0; 4096]);
                let length = page.len();
                let _ = write!(
                    stream,
                    "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{page}"
                );
            }
        });
        Self(port)
    }

    fn url(&self) -> String {
        format!("http://127.0.0.1:{}/", self.0)
    }
}

/// Pages of the sites that the settings name may call; no others.
pub fn only_pages_of_named_sites_may_call(allo: &Allo, named: &Site, stranger: &Site) {
    let browser = Browser::open(&profile(allo, "chromium-sites"));
    browser.screen(PHONE, "light");
    browser.go(&named.url());
    browser.click_within(BUTTON, "#write");
    browser.until("accueil", SOON, CAPTIONS, caption("allo", "Bonjour"));
    browser.click_within(BUTTON, "#hang");
    allo.idle();
    browser.go(&stranger.url());
    browser.click_within(BUTTON, "#write");
    let state = browser.until("refus", SOON, STATE, |state| {
        state.as_str().is_some_and(|state| state.contains("04 65 71 02 10"))
    });
    photograph(&browser, "refus-390x844");
    assert_eq!(allo.metric("allo_calls_active"), 0.0, "{state}");
    for (origin, status, allowed) in [(named, 204, true), (stranger, 403, false)] {
        let origin = origin.url();
        let origin = origin.trim_end_matches('/');
        let head = [("Origin", origin), ("Access-Control-Request-Method", "POST")];
        let answer = try_request(allo.http, "OPTIONS", "/appel", &head, "").expect("an answer");
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{answer}");
        let allows = answer
            .to_lowercase()
            .contains(&format!("access-control-allow-origin: {origin}"));
        assert_eq!(allows, allowed, "{answer}");
        let (status, _) = request(allo.http, "POST", "/appel", &[("Origin", origin), JSON], "{}");
        assert_eq!(status, if allowed { 201 } else { 403 });
    }
    allo.idle();
}

/// Parts of addresses that callers have in these tests: no log may hold them.
pub const ADDRESSES: [&str; 2] = ["198.51.", "192.0.2.15"];

const JSON: (&str, &str) = ("Content-Type", "application/json");

/// What is no browser: junk, offers that are wrong in every way, tokens that are guessed, and too much of all.
pub fn junk_is_refused(allo: &Allo) {
    let before = allo.udp_sockets();
    let offer = include_str!("offer.sdp").replace('\n', "\r\n");
    let mut statuses = Vec::new();
    let mut post = |address: usize, body: &str| {
        let from = format!("198.51.{}.{}", address / 200, address % 200 + 1);
        let (status, answer) = request(allo.http, "POST", "/appel", &[JSON, ("X-Forwarded-For", &from)], body);
        statuses.push(status);
        (status, answer)
    };
    for (address, body) in ["", "{", "3", "{\"offre\": 1}", "{\"inconnu\": 1}"]
        .into_iter()
        .enumerate()
    {
        assert!(matches!(post(address, body).0, 400 | 415 | 422), "{body}");
    }
    assert_eq!(post(6, &json!({ "offre": "x".repeat(100_000) }).to_string()).0, 413);
    assert_eq!(
        post(7, &json!({ "numero": "+33999999999999" }).to_string()).0,
        201,
        "le plan prend tous les numéros"
    );
    let lines: Vec<&str> = offer.split("\r\n").collect();
    let mut taken = 0;
    for n in 0..120 {
        // Left out, twice, cut, or with other letters: whatever is refused or taken, nothing breaks.
        let mut broken: Vec<String> = lines.iter().map(|line| (*line).to_owned()).collect();
        let at = n % broken.len();
        match n / broken.len() {
            0 => drop(broken.remove(at)),
            1 => broken.insert(at, broken[at].clone()),
            2 => broken[at] = broken[at].chars().take(broken[at].len() / 2).collect(),
            _ => broken[at] = broken[at].chars().rev().collect(),
        }
        let (status, answer) = post(10 + n, &json!({ "offre": broken.join("\r\n") }).to_string());
        match status {
            400 | 503 => {}
            201 => {
                taken += 1;
                let answer: Value = serde_json::from_str(&answer).expect("JSON");
                let token = answer["jeton"].as_str().expect("a token");
                assert_eq!(request(allo.http, "DELETE", &format!("/appel/{token}"), &[], "").0, 204);
            }
            _ => panic!("{status} : {answer}"),
        }
    }
    let guessed = format!("/appel/{}", "0".repeat(64));
    assert_eq!(request(allo.http, "DELETE", &guessed, &[], "").0, 404);
    assert_eq!(request(allo.http, "GET", &format!("{guessed}/suite"), &[], "").0, 404);
    allo.idle();
    let closed = wait_for(LATER, || (allo.udp_sockets() == before).then_some(()));
    assert!(closed.is_some(), "{} ports, {before} avant", allo.udp_sockets());

    // Three at a time from one address, the fourth waits.
    let mut tokens = Vec::new();
    for expected in [201, 201, 201, 429] {
        let (status, answer) = post(900, "{}");
        assert_eq!(status, expected);
        let answer: Value = serde_json::from_str(&answer).expect("JSON");
        tokens.extend(answer["jeton"].as_str().map(str::to_owned));
    }
    let path = format!("/appel/{}", tokens[0]);
    let long = json!({ "texte": "a".repeat(501) }).to_string();
    assert_eq!(
        request(allo.http, "POST", &format!("{path}/texte"), &[JSON], &long).0,
        422
    );
    assert_eq!(
        request(
            allo.http,
            "POST",
            &format!("{path}/touche"),
            &[JSON],
            "{\"touche\": \"x\"}"
        )
        .0,
        422
    );
    for token in &tokens {
        assert_eq!(request(allo.http, "DELETE", &format!("/appel/{token}"), &[], "").0, 204);
    }
    allo.idle();
    assert_eq!(
        request(
            allo.http,
            "POST",
            &format!("{path}/texte"),
            &[JSON],
            "{\"texte\": \"oui\"}"
        )
        .0,
        409
    );
    println!(
        "          {} demandes, dont {taken} offres abîmées prises et raccrochées",
        statuses.len()
    );
}

/// Status and body of an answer over HTTP on this machine.
fn request(port: u16, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> (u16, String) {
    let answer = try_request(port, method, path, headers, body).unwrap_or_default();
    let status = answer
        .split(' ')
        .nth(1)
        .and_then(|status| status.parse().ok())
        .unwrap_or(0);
    let body = answer.split_once("\r\n\r\n").map_or("", |(_, body)| body);
    (status, body.to_owned())
}

/// A whole answer, head and body; none where nobody answers.
fn try_request(port: u16, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Option<String> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(60))).ok()?;
    let headers: String = headers
        .iter()
        .map(|(name, value)| format!("{name}: {value}\r\n"))
        .collect();
    let length = body.len();
    write!(
        stream,
        "{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\nContent-Length: {length}\r\n{headers}\r\n{body}"
    )
    .ok()?;
    let mut answer = Vec::new();
    // What was sent before a server closed early is an answer too.
    let _ = stream.read_to_end(&mut answer);
    Some(String::from_utf8_lossy(&answer).into_owned())
}
