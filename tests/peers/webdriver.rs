//! A headless Chromium, driven over WebDriver (W3C) by Debian's chromedriver.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::common::{Process, SOON, free_port, tail, wait_for};

/// What keeps it to itself, and to this machine.
const FLAGS: [&str; 11] = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--mute-audio",
    "--lang=fr",
];

/// The elements of WebDriver's answers are named by these keys.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";
const SHADOW: &str = "shadow-6066-11e4-a52e-4f735466cecf";

/// A browser with one window.
pub struct Browser {
    driver: Process,
    port: u16,
    session: String,
}

impl Browser {
    /// One whose microphone says a wav file, once; or one without a microphone.
    pub fn start(folder: &Path, name: &str, microphone: Option<&Path>) -> Self {
        let port = free_port();
        let mut command = Command::new("chromedriver");
        command.arg(format!("--port={port}"));
        let driver = Process::start("chromedriver", &mut command, folder.join(format!("{name}.log")));
        let open = wait_for(SOON, || TcpStream::connect(("127.0.0.1", port)).ok());
        assert!(open.is_some(), "chromedriver :\n{}", tail(&driver.log()));
        let mut flags: Vec<String> = FLAGS.map(str::to_owned).to_vec();
        flags.push(format!("--user-data-dir={}", folder.join(name).display()));
        if let Some(file) = microphone {
            flags.push("--use-fake-ui-for-media-stream".into());
            flags.push("--use-fake-device-for-media-stream".into());
            flags.push(format!("--use-file-for-fake-audio-capture={}%noloop", file.display()));
        }
        let wanted = json!({ "browserName": "chrome", "goog:chromeOptions": { "args": flags } });
        let mut browser = Self {
            driver,
            port,
            session: String::new(),
        };
        let session = browser.send(
            "POST",
            "/session",
            &json!({ "capabilities": { "alwaysMatch": wanted } }),
        );
        let id = session["sessionId"].as_str().expect("a session");
        browser.session = format!("/session/{id}");
        browser
    }

    /// Opens a page.
    pub fn open(&self, url: &str) {
        self.ask("/url", &json!({ "url": url }));
    }

    /// What a function body returns in the page.
    pub fn script(&self, body: &str) -> Value {
        self.ask("/execute/sync", &json!({ "script": body, "args": [] }))
    }

    /// Waits until what a function body returns is true of `wanted`, and gives it.
    pub fn until(&self, what: &str, within: Duration, body: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        let mut last = Value::Null;
        let found = wait_for(within, || {
            last = self.script(body);
            wanted(&last).then(|| last.clone())
        });
        found.unwrap_or_else(|| panic!("{what} : la page en est à {last:#}"))
    }

    /// Clicks like a person what a selector finds within the page's button.
    pub fn click(&self, selector: &str) {
        let element = self.part(selector);
        self.ask(&format!("/element/{element}/click"), &json!({}));
    }

    /// Types like a person.
    pub fn keys(&self, selector: &str, text: &str) {
        let element = self.part(selector);
        self.ask(&format!("/element/{element}/value"), &json!({ "text": text }));
    }

    fn part(&self, selector: &str) -> String {
        let css = |value: &str| json!({ "using": "css selector", "value": value });
        let host = self.ask("/element", &css("allo-appel"));
        let host = host[ELEMENT].as_str().expect("the button");
        let root = self.send("GET", &format!("{}/element/{host}/shadow", self.session), &Value::Null);
        let root = root[SHADOW].as_str().expect("its shadow");
        let part = self.ask(&format!("/shadow/{root}/element"), &css(selector));
        part[ELEMENT].as_str().expect("a part").into()
    }

    /// The size of the page, and whether it is dark.
    pub fn look(&self, (width, height): (u32, u32), dark: bool) {
        let scheme = if dark { "dark" } else { "light" };
        let features = json!([{ "name": "prefers-color-scheme", "value": scheme }]);
        let size = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600 });
        for (command, params) in [
            ("Emulation.setDeviceMetricsOverride", size),
            ("Emulation.setEmulatedMedia", json!({ "features": features })),
        ] {
            self.ask("/goog/cdp/execute", &json!({ "cmd": command, "params": params }));
        }
    }

    /// Writes what is seen to `target/browser`.
    pub fn screenshot(&self, name: &str) {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/browser");
        fs::create_dir_all(&folder).expect("target/browser");
        let image = self.send("GET", &format!("{}/screenshot", self.session), &Value::Null);
        let image = STANDARD.decode(image.as_str().expect("base64")).expect("base64");
        fs::write(folder.join(format!("{name}.png")), image).expect("an image");
    }

    fn ask(&self, path: &str, body: &Value) -> Value {
        self.send("POST", &format!("{}{path}", self.session), body)
    }

    fn send(&self, method: &str, path: &str, body: &Value) -> Value {
        let body = if body.is_null() {
            String::new()
        } else {
            body.to_string()
        };
        let (status, answer) = request(self.port, method, path, &[("Content-Type", "application/json")], &body);
        let answer: Value = serde_json::from_str(&answer).unwrap_or_default();
        assert!(
            status == 200,
            "chromedriver, {method} {path} : {:#}\n{}",
            answer["value"],
            tail(&self.driver.log())
        );
        answer["value"].clone()
    }
}

impl Drop for Browser {
    /// Chromedriver ends the browser; killed, it would leave it behind.
    fn drop(&mut self) {
        if !self.session.is_empty() {
            let _ = try_request(self.port, "DELETE", &self.session, &[], "");
        }
    }
}

/// Status and body of an answer over HTTP on this machine.
pub fn request(port: u16, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> (u16, String) {
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
pub fn try_request(port: u16, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Option<String> {
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
