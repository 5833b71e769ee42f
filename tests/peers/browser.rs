//! A browser (Chromium, by ChromeDriver), driven over WebDriver: <https://www.w3.org/TR/webdriver2/>.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use base64::Engine;
use serde_json::{Value, json};

use crate::common::{Process, SOON, free_port, tail, wait_for};

/// Nothing of its own: no profile, no network, no sound.
const FLAGS: [&str; 13] = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--window-size=1366,768",
    "--mute-audio",
    "--autoplay-policy=no-user-gesture-required",
    "--lang=fr",
];
/// The names of an element's id, and of a shadow root's, in WebDriver.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";
const SHADOW: &str = "shadow-6066-11e4-a52e-4f735466cecf";

/// An open window.
pub struct Browser {
    driver: Process,
    agent: ureq::Agent,
    session: String,
}

impl Browser {
    /// Opens it with an empty profile in `folder`.
    pub fn open(folder: &Path) -> Self {
        Self::with_flags(folder, &[])
    }

    /// The same, with a microphone that says a wav file once.
    pub fn with_microphone(folder: &Path, file: &Path) -> Self {
        let file = format!("--use-file-for-fake-audio-capture={}%noloop", file.display());
        let granted = "--use-fake-ui-for-media-stream";
        Self::with_flags(folder, &[granted, "--use-fake-device-for-media-stream", &file])
    }

    /// The same, with these flags.
    pub fn with_flags(folder: &Path, more: &[&str]) -> Self {
        let port = free_port();
        let mut command = Command::new("chromedriver");
        command.arg(format!("--port={port}")).env("LANGUAGE", "fr");
        let driver = Process::start("chromedriver", &mut command, folder.join("chromedriver.log"));
        let config = ureq::Agent::config_builder().http_status_as_error(false);
        let agent: ureq::Agent = config.timeout_global(Some(Duration::from_secs(60))).build().into();
        let base = format!("http://127.0.0.1:{port}");
        let ready = wait_for(SOON, || agent.get(format!("{base}/status")).call().ok());
        assert!(ready.is_some(), "chromedriver :\n{}", tail(&driver.log()));
        let profile = format!("--user-data-dir={}", folder.join("chromium").display());
        let flags = FLAGS.into_iter().chain([profile.as_str()]).chain(more.iter().copied());
        let flags: Vec<&str> = flags.collect();
        let wanted = json!({"capabilities": {"alwaysMatch": {"goog:chromeOptions": {"args": flags}}}});
        let mut browser = Self {
            driver,
            agent,
            session: format!("{base}/session"),
        };
        let opened = browser.post("", &wanted);
        let id = opened["sessionId"].as_str().unwrap_or_else(|| panic!("{opened}"));
        browser.session = format!("{base}/session/{id}");
        browser
    }

    fn post(&self, path: &str, body: &Value) -> Value {
        let sent = self
            .agent
            .post(format!("{}{path}", self.session))
            .header("content-type", "application/json")
            .send(body.to_string());
        self.value(path, sent)
    }

    fn get(&self, path: &str) -> Value {
        self.value(path, self.agent.get(format!("{}{path}", self.session)).call())
    }

    fn value(&self, path: &str, answer: Result<ureq::http::Response<ureq::Body>, ureq::Error>) -> Value {
        let mut answer = answer.unwrap_or_else(|e| panic!("chromedriver, {path} : {e}\n{}", tail(&self.driver.log())));
        let status = answer.status();
        let mut text = Vec::new();
        let body = answer.body_mut().with_config().limit(64 << 20).reader();
        std::io::copy(&mut { body }, &mut text).expect("an answer");
        let answer: Value = serde_json::from_slice(&text).expect("JSON");
        assert!(status.is_success(), "chromedriver, {path} : {answer:#}");
        answer["value"].clone()
    }

    /// Goes to a page.
    pub fn go(&self, url: &str) {
        self.post("/url", &json!({ "url": url }));
    }

    /// The address of the page.
    pub fn url(&self) -> String {
        self.get("/url").as_str().unwrap_or_default().to_owned()
    }

    fn element(&self, selector: &str) -> String {
        let found = wait_for(SOON, || {
            let found = self.post("/elements", &json!({"using": "css selector", "value": selector}));
            found[0][ELEMENT].as_str().map(str::to_owned)
        });
        found.unwrap_or_else(|| panic!("« {selector} » n'est pas sur {} :\n{}", self.url(), self.text()))
    }

    /// A part of an element that keeps its parts to itself (shadow root).
    fn part(&self, host: &str, selector: &str) -> String {
        let root = self.get(&format!("/element/{}/shadow", self.element(host)));
        let root = root[SHADOW].as_str().expect("a shadow root");
        let css = json!({"using": "css selector", "value": selector});
        let part = self.post(&format!("/shadow/{root}/element"), &css);
        part[ELEMENT].as_str().expect("a part").to_owned()
    }

    /// Clicks on such a part.
    pub fn click_within(&self, host: &str, selector: &str) {
        let part = self.part(host, selector);
        self.post(&format!("/element/{part}/click"), &json!({}));
    }

    /// Types into such a part.
    pub fn fill_within(&self, host: &str, selector: &str, text: &str) {
        let part = self.part(host, selector);
        self.post(&format!("/element/{part}/value"), &json!({ "text": text }));
    }

    /// Waits until what a script returns is `wanted`, and gives it.
    pub fn until(&self, what: &str, within: Duration, script: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        let mut last = Value::Null;
        let found = wait_for(within, || {
            last = self.run(script);
            wanted(&last).then(|| last.clone())
        });
        found.unwrap_or_else(|| panic!("{what} : la page en est à {last:#}"))
    }

    /// Types into a field.
    pub fn fill(&self, selector: &str, text: &str) {
        let element = self.element(selector);
        self.post(&format!("/element/{element}/value"), &json!({ "text": text }));
    }

    /// Presses a key where the focus is.
    pub fn press(&self, key: &str) {
        let keys = json!([{"type": "keyDown", "value": key}, {"type": "keyUp", "value": key}]);
        self.post(
            "/actions",
            &json!({"actions": [{"type": "key", "id": "keys", "actions": keys}]}),
        );
    }

    /// Clicks.
    pub fn click(&self, selector: &str) {
        let element = self.element(selector);
        self.post(&format!("/element/{element}/click"), &json!({}));
    }

    /// What a script returns.
    pub fn run(&self, script: &str) -> Value {
        self.post("/execute/sync", &json!({"script": script, "args": []}))
    }

    /// What can be read on the page.
    pub fn text(&self) -> String {
        let text = self.run("return document.body.innerText");
        text.as_str().unwrap_or_default().to_owned()
    }

    /// Waits until the page says this.
    pub fn says(&self, what: &str, within: Duration) {
        let said = wait_for(within, || self.text().contains(what).then_some(()));
        assert!(said.is_some(), "la page ne dit pas « {what} » mais :\n{}", self.text());
    }

    /// A cookie, that scripts may not see.
    pub fn cookie(&self, name: &str) -> Value {
        self.get(&format!("/cookie/{name}"))
    }

    /// Takes the page for a screen of this size, by day or by night.
    pub fn screen(&self, (width, height): (u32, u32), scheme: &str) {
        let telephone = width < 600;
        for (command, params) in [
            (
                "Emulation.setDeviceMetricsOverride",
                json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": telephone}),
            ),
            (
                "Emulation.setEmulatedMedia",
                json!({"features": [{"name": "prefers-color-scheme", "value": scheme}]}),
            ),
        ] {
            self.post("/goog/cdp/execute", &json!({"cmd": command, "params": params}));
        }
    }

    /// Keeps what is seen.
    pub fn photograph(&self, file: &Path) {
        let image = self.get("/screenshot");
        let image = base64::prelude::BASE64_STANDARD.decode(image.as_str().expect("an image"));
        fs::write(file, image.expect("base 64")).expect("written");
    }

    /// How far the page is wider than the screen.
    pub fn too_wide(&self) -> i64 {
        let script = "return document.documentElement.scrollWidth - document.documentElement.clientWidth";
        self.run(script).as_i64().unwrap_or_default().max(0)
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // Its processes end with the session, not with the driver.
        let _ = self.agent.delete(&self.session).call();
        self.driver.stop();
    }
}
