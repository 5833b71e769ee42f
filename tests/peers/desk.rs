//! Calls that are taken in a browser: two Chromium, a citizen's and a clerk's, speak through Allô; and what clerks do at their
//! console besides. Each side says a tone of its own, in bursts, which browsers do not take for noise; what a page hears is
//! measured in the page.

use std::fs;
use std::path::Path;
use std::thread::sleep;
use std::time::Duration;

use serde_json::Value;

use crate::browser::Browser;
use crate::common::{Allo, LATER, SOON, free_port, wait_for, write_wav};
use crate::console::{account_in, log_in, photograph, url};
use crate::telephones::Baresip;

const OF_CITIZEN: u32 = 600;
const OF_CLERK: u32 = 1000;
const OF_SUPERVISOR: u32 = 1400;
/// Tenths of a second of a tone after which the two are taken to hear each other.
const HEARD: i64 = 10;
/// The citizen's page.
const BUTTON: &str = "allo-appel";
const CAPTIONS: &str = "return [...document.querySelector('allo-appel').shadowRoot.querySelectorAll('#words p')]
    .map(p => p.textContent).join('\\n')";
const STATE: &str = "return document.querySelector('allo-appel').shadowRoot.querySelector('#state').textContent";
/// Notes what every connection of the page brings to the ear: how many tenths of a second of which tone.
const LISTEN: &str = "
    window.tones = {};
    window.loud = 0;
    const context = new AudioContext();
    const Real = RTCPeerConnection;
    window.RTCPeerConnection = class extends Real {
      constructor(...settings) {
        super(...settings);
        this.addEventListener('track', ({ track }) => {
          const analyser = context.createAnalyser();
          analyser.fftSize = 4096;
          analyser.smoothingTimeConstant = 0;
          context.createMediaStreamSource(new MediaStream([track])).connect(analyser);
          const bins = new Float32Array(analyser.frequencyBinCount);
          setInterval(() => {
            analyser.getFloatFrequencyData(bins);
            const top = bins.reduce((best, level, bin) => level > bins[best] ? bin : best, 0);
            if (bins[top] < -50) return;
            window.loud += 1;
            const tone = Math.round(top * context.sampleRate / analyser.fftSize / 100) * 100;
            window.tones[tone] = (window.tones[tone] || 0) + 1;
          }, 100);
        });
      }
    };";

fn heard(browser: &Browser, tone: u32) -> i64 {
    browser
        .run(&format!("return window.tones[{tone}] || 0"))
        .as_i64()
        .unwrap_or_default()
}

/// Waits until a page has heard a tone for long enough.
fn hears(who: &str, browser: &Browser, tone: u32) {
    let found = wait_for(LATER, || (heard(browser, tone) >= HEARD).then_some(()));
    assert!(found.is_some(), "{who} : {}", browser.run("return window.tones"));
}

/// A microphone that says nothing for a while, then a tone in bursts.
pub fn microphone(allo: &Allo, name: &str, tone: u32, silence: f32) -> std::path::PathBuf {
    let file = allo.folder.join(format!("{name}.wav"));
    let samples = (0..16_000 * 180).map(|n| {
        let seconds = n as f32 / 16_000.0;
        let sounds = seconds >= silence && seconds % 0.5 < 0.35;
        let wave = (seconds * tone as f32 * std::f32::consts::TAU).sin();
        if sounds { (wave * 9000.0) as i16 } else { 0 }
    });
    write_wav(&file, &samples.collect::<Vec<_>>(), 16_000);
    file
}

/// A town hall whose calls are taken at the console.
pub struct Office {
    pub allo: Allo,
    urbanism: u16,
    /// Where any other extension of the town hall is reached.
    extensions: u16,
    sockets: usize,
}

impl Office {
    pub fn open(folder: &Path) -> Self {
        let urbanism = free_port();
        let plan = include_str!("desk.yaml").replace("{urbanisme}", &format!("sip:agent@127.0.0.1:{urbanism}"));
        let file = folder.join("plan.yaml");
        fs::write(&file, plan).expect("plan");
        let extensions = free_port();
        let settings = [
            ("ALLO_DIALPLAN", file.to_str().expect("UTF-8")),
            ("ALLO_WEB_DEMO", "true"),
            ("ALLO_SIP_TRANSFER_HOST", &format!("127.0.0.1:{extensions}")),
        ];
        let allo = Allo::serve(folder, &settings);
        for (name, arguments) in [
            ("Claire", ["--role", "clerc", "--service", "accueil"].as_slice()),
            ("Paul", &["--role", "clerc", "--service", "accueil"]),
            ("Sophie", &["--role", "superviseur"]),
            ("Alice", &["--role", "admin"]),
        ] {
            account_in(&allo, name, arguments, file.to_str().expect("UTF-8"));
        }
        let sockets = allo.udp_sockets();
        Self {
            allo,
            urbanism,
            extensions,
            sockets,
        }
    }

    /// Somebody at the console who says that they are available, with a microphone.
    fn clerk(&self, name: &str, profile: &str) -> Browser {
        let browser = self.at_the_console(name, profile, OF_CLERK);
        browser.go(&url(&self.allo, "/presence"));
        browser.click("input[value=disponible]");
        // They may have been available before: the answer is another page.
        browser.run("window.before = true; return null");
        browser.click("form.presence button");
        browser.until("présence", SOON, "return window.before === undefined", |other| {
            *other == true
        });
        browser.says("disponible", SOON);
        browser.go(&url(&self.allo, ""));
        browser.run(LISTEN);
        browser
    }

    /// Somebody at the console, whose microphone says this tone.
    fn at_the_console(&self, name: &str, profile: &str, tone: u32) -> Browser {
        let folder = self.folder(profile);
        let browser = Browser::with_microphone(&folder, &microphone(&self.allo, profile, tone, 0.0));
        log_in(&self.allo, &browser, name);
        browser
    }

    fn folder(&self, name: &str) -> std::path::PathBuf {
        let folder = self.allo.folder.join(name);
        fs::create_dir(&folder).expect("a folder");
        folder
    }

    /// Somebody on the town's web site who has begun a call.
    fn citizen(&self, profile: &str) -> Browser {
        let folder = self.folder(profile);
        let wav = microphone(&self.allo, profile, OF_CITIZEN, 25.0);
        let browser = Browser::with_microphone(&folder, &wav);
        browser.go(&format!("http://127.0.0.1:{}/", self.allo.http));
        browser.run(LISTEN);
        browser.click_within(BUTTON, "#call");
        browser.until("accueil", SOON, CAPTIONS, holds("mairie d'Essaiville"));
        browser
    }

    /// A telephone whose caller has pressed 0 for a person.
    fn caller(&self, number: &str) -> Baresip {
        let caller = Baresip::start(&self.allo, number, number, free_port(), "pcma");
        caller.call(&self.allo);
        self.allo.event(number, "accueil", SOON, |e| e["event"] == "said");
        caller.press('0');
        caller
    }

    /// A caller hangs up, and no call is left.
    fn hangs_up(&self, caller: &Baresip) {
        caller.command("hangup", None);
        self.allo.idle();
    }

    /// Two browsers talk through Allô, and nothing of it is recognised.
    pub fn two_browsers_talk(&self) {
        let clerk = self.clerk("Claire", "chromium-claire");
        let citizen = self.citizen("chromium-citizen");
        citizen.fill_within(BUTTON, "#text", "quand passent les poubelles ?\u{E007}");
        citizen.until("réponse", SOON, CAPTIONS, holds("mardi matin"));
        citizen.click_within(BUTTON, "#pad");
        citizen.click_within(BUTTON, "#keys button[value='0']");
        clerk.says("Appel pour l'accueil de la mairie", SOON);
        clerk.says(
            "Allô, un appel pour l'accueil de la mairie : le ramassage des ordures.",
            SOON,
        );
        photograph(&clerk, "sonnerie");
        assert!(
            clerk
                .run("return document.title")
                .as_str()
                .is_some_and(|t| t.contains('☎'))
        );
        let focus = clerk.run("return document.activeElement.textContent");
        assert_eq!(focus, "Prendre l'appel", "the keyboard is on it");
        clerk.press("\u{E007}");
        clerk.says("Vous parlez ensemble.", SOON);
        citizen.until("un agent parle", SOON, STATE, holds("Vous parlez avec un agent"));
        // What Allô said before is not what is measured.
        citizen.run("window.tones = {}");
        hears("le citoyen", &citizen, OF_CLERK);
        hears("l'agent", &clerk, OF_CITIZEN);
        photograph(&clerk, "en-ligne");
        assert_eq!(
            (heard(&citizen, OF_CITIZEN), heard(&clerk, OF_CLERK)),
            (0, 0),
            "an echo"
        );
        let tones = (citizen.run("return window.tones"), clerk.run("return window.tones"));
        // Muted, nothing of the clerk is heard, once what was on its way is.
        clerk.click("[data-do=micro]");
        let hears_for = |time: Duration| {
            citizen.run("window.tones = {}");
            sleep(time);
            citizen.run("return window.tones")
        };
        let nothing = serde_json::json!({});
        let silent = wait_for(SOON, || (hears_for(Duration::from_secs(1)) == nothing).then_some(()));
        assert!(silent.is_some(), "micro coupé : {}", citizen.run("return window.tones"));
        let muted = hears_for(Duration::from_secs(3));
        clerk.click("[data-do=micro]");
        hears("le citoyen, micro rendu", &citizen, OF_CLERK);
        clerk.click("[data-do=fin]");
        citizen.until(
            "fin",
            SOON,
            STATE,
            holds("La conversation avec la mairie est terminée."),
        );
        clerk.until(
            "rien ne sonne",
            SOON,
            "return document.querySelectorAll('[data-post]').length",
            |n| *n == 0,
        );
        let call = self.last();
        assert_eq!(call["end_reason"], "transferred", "{call:#}");
        let events: Vec<&str> = names(&call);
        let bridged = events.iter().position(|e| *e == "bridged").expect("bridged");
        assert!(!events[bridged..].contains(&"heard"), "{events:?}");
        let shown = String::from_utf8(self.allo.run(&["calls", "show", call["id"].as_str().expect("id")]));
        assert!(shown.expect("UTF-8").contains("Claire se parlent, par Allô"));
        assert_eq!(muted, nothing, "muted");
        println!("          le citoyen a entendu {}, l'agent {}", tones.0, tones.1);
    }

    /// Two clerks are rung: who declines is not asked again, who takes it has it, and the other sees by whom.
    pub fn the_first_has_it(&self) {
        let (claire, paul) = (
            self.clerk("Claire", "chromium-claire-2"),
            self.clerk("Paul", "chromium-paul-2"),
        );
        let number = "0467800001";
        let caller = self.caller(number);
        for clerk in [&claire, &paul] {
            clerk.says("04 67 80 00 01", SOON);
        }
        paul.click("[data-do=prise]");
        claire.says("Appel pris par Paul", SOON);
        photograph(&claire, "pris-par");
        paul.says("Vous parlez ensemble.", SOON);
        // The browser is closed in mid-call: the caller is told, and gets the next choice.
        drop(paul);
        self.event(number, "bridge_ended");
        self.said(number, "est coupée");
        self.said(number, "laisser un message");
        self.hangs_up(&caller);
        // Whoever declines leaves the caller with the next choice too.
        let number = "0467800002";
        let caller = self.caller(number);
        claire.says("04 67 80 00 02", SOON);
        claire.click("[data-do=refus]");
        let ended = self.event(number, "transfer_ended");
        assert_eq!(ended["outcome"], "declined", "{ended}");
        self.said(number, "laisser un message");
        self.hangs_up(&caller);
        // Nobody at any console: the caller is told at once.
        drop(claire);
        sleep(Duration::from_secs(6));
        let number = "0467800003";
        let caller = self.caller(number);
        let ended = self.event(number, "transfer_ended");
        assert_eq!(ended["outcome"], "no_answer", "{ended}");
        self.hangs_up(&caller);
    }

    /// A clerk takes a call over from Allô, notes something, gives it back, takes it over again and passes it on.
    pub fn taken_over(&self) {
        let claire = self.clerk("Claire", "chromium-claire-3");
        let number = "0467800004";
        let caller = Baresip::start(&self.allo, number, number, free_port(), "pcma");
        caller.call(&self.allo);
        claire.says("04 67 80 00 04", SOON);
        photograph(&claire, "reprendre");
        claire.click(&step("reprise", "04 67 80 00 04"));
        self.said(number, "Un agent de la mairie prend votre appel.");
        claire.says("Vous parlez ensemble.", SOON);
        caller.says_tone(OF_CITIZEN as f32, 60.0);
        hears("l'agent", &claire, OF_CITIZEN);
        let heard = wait_for(SOON, || (caller.heard_tone(OF_CLERK as f32) >= 10).then_some(()));
        assert!(
            heard.is_some(),
            "l'appelant : {} dixièmes",
            caller.heard_tone(OF_CLERK as f32)
        );
        claire.click("form.note select option[value=rappeler]");
        claire.fill("form.note [name=texte]", "Rappeler jeudi matin.");
        claire.click("form.note button");
        claire.says("Noté.", SOON);
        photograph(&claire, "repris");
        caller.says_tone(500.0, 0.0);
        claire.click("[data-do=retour]");
        assert_eq!(self.event(number, "bridge_ended")["by"], "given_back");
        self.said(number, "Je vous reprends.");
        self.said(number, "Puis-je encore vous aider ?");
        claire.says("La conversation est terminée.", SOON);
        caller.say("c24.wav");
        self.said(number, "mardi matin");
        let clerk = Baresip::start(&self.allo, "urbanisme", "agent", self.urbanism, "g722");
        claire.click(&step("reprise", "04 67 80 00 04"));
        claire.says("Vous parlez ensemble.", SOON);
        claire.click("select[name=service] option[value=urbanisme]");
        claire.click("[data-do=suite]");
        self.said(number, "Je vous passe l'urbanisme.");
        self.event(number, "told_clerk");
        sleep(Duration::from_secs(2));
        clerk.press('1');
        let with = |e: &Value| e["event"] == "bridged" && e["clerk"].is_null();
        self.allo.event(number, "l'urbanisme", LATER, with);
        clerk.command("hangup", None);
        let call = self.allo.ended(number);
        let ends: Vec<&str> = events(&call, "bridge_ended")
            .iter()
            .filter_map(|e| e["by"].as_str())
            .collect();
        assert_eq!(ends, ["given_back", "passed_on", "clerk"], "{call:#}");
        claire.go(&url(
            &self.allo,
            &format!("/appels/{}", call["id"].as_str().expect("id")),
        ));
        claire.says("Rappeler jeudi matin.", SOON);
        photograph(&claire, "appel-note");
    }

    /// A supervisor listens to a caller and a clerk, and whispers to the clerk alone.
    pub fn listened_to(&self) {
        let claire = self.clerk("Claire", "chromium-claire-4");
        let sophie = self.at_the_console("Sophie", "chromium-sophie", OF_SUPERVISOR);
        sophie.run(LISTEN);
        let number = "0467800005";
        let caller = self.caller(number);
        claire.says("04 67 80 00 05", SOON);
        claire.click("[data-do=prise]");
        claire.says("Vous parlez ensemble.", SOON);
        sophie.click(&step("ecoute", "04 67 80 00 05"));
        sophie.says("Vous écoutez.", SOON);
        caller.says_tone(OF_CITIZEN as f32, 30.0);
        hears("la superviseure", &sophie, OF_CLERK);
        claire.click("[data-do=micro]");
        hears("la superviseure", &sophie, OF_CITIZEN);
        assert_eq!(heard(&claire, OF_SUPERVISOR), 0, "she only listens");
        sophie.click("[data-do=souffle]");
        hears("l'agent", &claire, OF_SUPERVISOR);
        photograph(&sophie, "ecoute");
        assert_eq!(
            caller.heard_tone(OF_SUPERVISOR as f32),
            0,
            "l'appelant n'entend pas ce qui est soufflé"
        );
        sophie.click("[data-do=fin]");
        let other = Baresip::start(&self.allo, "poste-42", "42", self.extensions, "pcmu");
        other.says_tone(OF_CLERK as f32, 30.0);
        let before = caller.heard_tone(OF_CLERK as f32);
        claire.fill("input[name=poste]", "42");
        claire.click("[data-do=suite]");
        let with = |e: &Value| e["event"] == "bridged" && e["target"] == "42";
        self.allo.event(number, "le poste 42", LATER, with);
        let heard = wait_for(SOON, || {
            (caller.heard_tone(OF_CLERK as f32) >= before + 10).then_some(())
        });
        assert!(heard.is_some(), "l'appelant n'entend pas le poste 42");
        other.command("hangup", None);
        let call = self.allo.ended(number);
        let ends: Vec<&str> = events(&call, "bridge_ended")
            .iter()
            .filter_map(|e| e["by"].as_str())
            .collect();
        assert_eq!(ends, ["passed_on", "clerk"], "{call:#}");
        let listened: Vec<Value> = events(&call, "listening").iter().map(|e| e["begins"].clone()).collect();
        assert_eq!(listened, [true, false], "{call:#}");
        // What should have been said.
        sophie.go(&url(
            &self.allo,
            &format!("/appels/{}", call["id"].as_str().expect("id")),
        ));
        sophie.fill("#reponse", "L'accueil ouvre à neuf heures.");
        sophie.click("form[action$=correction] button");
        sophie.says("à décider", SOON);
        photograph(&sophie, "correction");
        log_in_again(&self.allo, &sophie, "Alice");
        sophie.go(&url(&self.allo, "/corrections"));
        sophie.says("L'accueil ouvre à neuf heures.", SOON);
        sophie.click("button[value=accepted]");
        sophie.says("Acceptée", SOON);
        photograph(&sophie, "corrections");
        sophie.go(&url(&self.allo, "/journal"));
        sophie.says("a écouté en direct l'appel", SOON);
    }

    pub fn leaves_nothing_behind(&self) {
        self.allo.idle();
        let closed = wait_for(LATER, || (self.allo.udp_sockets() == self.sockets).then_some(()));
        assert!(
            closed.is_some(),
            "{} ports, {} avant",
            self.allo.udp_sockets(),
            self.sockets
        );
        assert_eq!(self.allo.metric("allo_bridges_active"), 0.0);
    }

    fn event(&self, number: &str, name: &str) -> Value {
        self.allo.event(number, name, LATER, |e| e["event"] == name)
    }

    /// Waits until Allô has said this.
    fn said(&self, number: &str, text: &str) {
        let said = |e: &Value| e["event"] == "said" && e["text"].as_str().is_some_and(|said| said.contains(text));
        self.allo.event(number, text, LATER, said);
    }

    /// The last call, once it is over.
    fn last(&self) -> Value {
        let call = wait_for(SOON, || {
            let calls = self.allo.json(&["calls", "--json", "--last", "1"]);
            let over = !calls[0]["end_reason"].is_null();
            over.then(|| calls[0]["id"].as_str().expect("id").to_owned())
        });
        self.allo
            .json(&["calls", "show", &call.expect("an end"), "--json", "--reveal"])
    }
}

/// The button that steps into the call of this caller.
fn step(how: &str, caller: &str) -> String {
    format!("article[data-caller='{caller}'] [data-step={how}]")
}

/// The events of this name.
fn events<'a>(call: &'a Value, name: &str) -> Vec<&'a Value> {
    let all = call["events"].as_array().expect("events").iter().map(|e| &e[1]);
    all.filter(|e| e["event"] == name).collect()
}

/// Another person at the same browser.
fn log_in_again(allo: &Allo, browser: &Browser, name: &str) {
    browser.click(".me button");
    browser.says("Mot de passe", SOON);
    log_in(allo, browser, name);
}

fn names(call: &Value) -> Vec<&str> {
    let events = call["events"].as_array().expect("events");
    events.iter().filter_map(|e| e[1]["event"].as_str()).collect()
}

fn holds(text: &str) -> impl Fn(&Value) -> bool + '_ {
    move |value| value.as_str().is_some_and(|value| value.contains(text))
}
