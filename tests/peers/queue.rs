//! Callers who wait for a clerk: real telephones on both sides, which measure what they hear.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread::sleep;
use std::time::Duration;

use serde_json::Value;

use crate::common::{Allo, LATER, Process, SOON, free_port, wait_for};
use crate::handover::both_hear;
use crate::telephones::Baresip;

/// Longest silence that a caller may hear.
const SILENCE: Duration = Duration::from_secs(2);

/// A town hall with one clerk at each of two services.
pub struct Office {
    pub allo: Allo,
    reception: u16,
    police: u16,
    plan: String,
    /// "Rappelez-moi", said by a voice.
    call_me_back: PathBuf,
}

impl Office {
    pub fn open(folder: &Path) -> Self {
        let [reception, police] = [free_port(), free_port()];
        let address = |port: u16| format!("sip:agent@127.0.0.1:{port}");
        let plan = include_str!("queue.yaml")
            .replace("{accueil}", &address(reception))
            .replace("{police}", &address(police));
        let file = folder.join("plan.yaml");
        fs::write(&file, plan).expect("plan.yaml");
        let plan = file.to_string_lossy().into_owned();
        let allo = Allo::serve(folder, &[("ALLO_DIALPLAN", &plan)]);
        let call_me_back = folder.join("rappelez-moi.wav");
        allo.run(&[
            "say",
            "Rappelez-moi, s'il vous plaît.",
            "--out",
            &call_me_back.to_string_lossy(),
        ]);
        Self {
            allo,
            reception,
            police,
            plan,
            call_me_back,
        }
    }

    /// A caller who has asked for a person by this key.
    fn caller(&self, number: &str, codec: &str, key: char) -> Baresip {
        let caller = Baresip::start(&self.allo, number, number, free_port(), codec);
        caller.call(&self.allo);
        self.allo.event(number, "accueil", SOON, |e| e["event"] == "said");
        caller.press(key);
        caller
    }

    fn clerk(&self, name: &str) -> Baresip {
        Baresip::start(&self.allo, name, "agent", self.reception, "pcma")
    }

    /// The clerk is told of this caller's call, and takes it.
    fn takes(&self, clerk: &Baresip, number: &str) {
        self.event(number, "told_clerk");
        clerk.press('1');
        self.event(number, "bridged");
    }

    /// Two wait for one clerk who speaks with a third: a fourth has no place; the two hear their place, and music, and get
    /// through in the order in which they came.
    pub fn callers_wait_and_get_through_in_order(&self) {
        let clerk = self.clerk("reception");
        let [first, second, third, fourth] = ["0467800001", "0467800002", "0467800003", "0467800004"];
        let speaks = self.caller(first, "pcma", '0');
        self.takes(&clerk, first);
        let waits = self.caller(second, "g722", '0');
        assert_eq!(self.event(second, "queued")["position"], 1);
        let waits_longer = self.caller(third, "opus/48000/2", '0');
        assert_eq!(self.event(third, "queued")["position"], 2);
        self.says(second, "Tous les agents sont en ligne");
        self.says(second, "Vous êtes en première position");
        self.says(third, "Vous êtes en deuxième position");
        assert_eq!(self.waiting("accueil"), 2.0);
        let too_many = self.caller(fourth, "pcma", '0');
        assert_eq!(self.event(fourth, "unqueued")["how"], "full");
        self.says(fourth, "trop de personnes attendent");
        self.says(fourth, "Voulez-vous être rappelé");
        too_many.command("hangup", None);
        self.allo.ended(fourth);
        // Longer than what is said at first: music.
        sleep(Duration::from_secs(20));
        for (number, caller) in [(second, &waits), (third, &waits_longer)] {
            let (silence, music) = caller.longest_silence(5.0);
            println!("          {number} : {silence:?} de silence au plus, {music:.0} dBFS");
            assert!(silence < SILENCE, "{number} : {silence:?}");
        }
        clerk.command("hangup", None);
        self.allo.ended(first);
        self.takes(&clerk, second);
        assert_eq!(self.event(second, "unqueued")["how"], "taken");
        let told = self.event(second, "told_clerk");
        assert!(
            told["text"]
                .as_str()
                .is_some_and(|t| t.contains("L'appelant attend depuis")),
            "{told}"
        );
        both_hear(&waits, &clerk);
        // A tone in the next call would be a voicemail's.
        clerk.falls_silent();
        let moved = |e: &Value| e["event"] == "moved" && e["position"] == 1;
        self.allo.event(third, "première place", SOON, moved);
        self.says(third, "Vous êtes en première position");
        assert!(!self.has(third, "bridged"), "the other was before");
        clerk.command("hangup", None);
        self.allo.ended(second);
        self.takes(&clerk, third);
        let (silence, _) = waits_longer.longest_silence(5.0);
        println!("          {third} : {silence:?} de silence au plus, jusqu'au bout");
        assert!(silence < SILENCE, "{silence:?}");
        clerk.command("hangup", None);
        self.allo.ended(third);
        drop(speaks);
        self.allo.idle();
        assert_eq!(self.waiting("accueil"), 0.0);
    }

    /// One leaves by a key; one who waits hangs up; one asks by voice, over the music, to be called back.
    pub fn they_leave_by_key_and_by_voice(&self) {
        let clerk = self.clerk("reception-2");
        let [first, by_key, by_voice, hangs_up] = ["0467810001", "0467810002", "0467810003", "0467810004"];
        let speaks = self.caller(first, "pcma", '0');
        self.takes(&clerk, first);
        let leaves = self.caller(by_key, "pcma", '0');
        self.event(by_key, "queued");
        let calls_back = self.caller(by_voice, "g722", '0');
        self.event(by_voice, "queued");
        leaves.press('3');
        assert_eq!(self.event(by_key, "unqueued")["how"], "returned");
        self.says(by_key, "Puis-je vous aider pour autre chose");
        leaves.command("hangup", None);
        self.allo.ended(by_key);
        let moved = |e: &Value| e["event"] == "moved" && e["position"] == 1;
        self.allo.event(by_voice, "première place", SOON, moved);
        let gone = self.caller(hangs_up, "pcmu", '0');
        self.event(hangs_up, "queued");
        gone.command("hangup", None);
        self.allo.ended(hangs_up);
        assert_eq!(self.event(hangs_up, "unqueued")["how"], "hung_up");
        // What is said at first is over: music.
        sleep(Duration::from_secs(18));
        calls_back.say(&self.call_me_back.to_string_lossy());
        assert_eq!(self.event(by_voice, "unqueued")["how"], "call_back");
        self.says(by_voice, "On vous rappelle au 04 67 81 00 03");
        calls_back.press('1');
        self.event(by_voice, "request_kept");
        self.says(by_voice, "dans l'ordre d'arrivée");
        calls_back.command("hangup", None);
        clerk.command("hangup", None);
        self.allo.ended(first);
        self.allo.ended(by_voice);
        let shown = self.allo.call_of(by_voice).expect("the call");
        let shown = self.allo.run(&["calls", "show", shown["id"].as_str().expect("id")]);
        let shown = String::from_utf8(shown).expect("UTF-8");
        for line in [
            "attend accueil : 2e place",
            "demande à être rappelé",
            "« rappel_promis » enregistrée",
        ] {
            assert!(shown.contains(line), "{shown}");
        }
        drop(speaks);
    }

    /// The clerk is always on the telephone, and nobody waits for longer than the plan allows.
    pub fn nobody_waits_for_ever(&self) {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/peers/busy.xml");
        let mut command = Command::new("sipp");
        command.current_dir(&self.allo.folder).arg("-sf").arg(file);
        command.args(["-i", "127.0.0.1", "-p", &self.police.to_string(), "-nostdin"]);
        let busy = Process::start("sipp (busy)", &mut command, self.allo.folder.join("always-busy.log"));
        let number = "0467820001";
        let caller = self.caller(number, "pcma", '3');
        self.event(number, "queued");
        let tried = |e: &Value| e["event"] == "clerk" && e["outcome"] == "busy";
        self.allo.event(number, "occupé", SOON, tried);
        let left = self.allo.event(number, "trop long", Duration::from_secs(60), |e| {
            e["event"] == "unqueued"
        });
        assert_eq!(left["how"], "too_long");
        let waited = left["waited_ms"].as_u64().expect("a time");
        assert!((40_000..47_000).contains(&waited), "{waited} ms");
        let (silence, _) = caller.longest_silence(5.0);
        println!("          {silence:?} de silence au plus, en {waited} ms");
        assert!(silence < SILENCE, "{silence:?}");
        self.says(number, "Voulez-vous être rappelé");
        caller.press('1');
        self.says(number, "On vous rappelle au 04 67 82 00 01");
        caller.command("hangup", None);
        self.allo.ended(number);
        let requests = self.allo.json(&["requests", "--json", "--reveal"]);
        let asked = requests.as_array().into_iter().flatten().any(|r| r["caller"] == number);
        assert!(
            asked,
            "who hangs up before the yes is called back all the same: {requests:#?}"
        );
        drop(busy);
    }

    /// Killed and started again, Allô still has what it has promised, in order.
    pub fn what_was_promised_survives(self) -> Self {
        let folder = self.allo.folder.clone();
        let id = self.allo.process.id().to_string();
        assert!(
            Command::new("kill")
                .args(["-9", &id])
                .status()
                .is_ok_and(|s| s.success())
        );
        drop(self.allo);
        let allo = Allo::serve(&folder, &[("ALLO_DIALPLAN", &self.plan)]);
        let requests = allo.json(&["requests", "--json", "--reveal"]);
        let promised: Vec<&Value> = requests
            .as_array()
            .into_iter()
            .flatten()
            .filter(|request| request["form"] == "rappel_promis")
            .collect();
        let of = |number: &str| promised.iter().find(|request| request["caller"] == number);
        let first = of("0467810003").expect("the call-back of who asked by voice");
        assert_eq!(first["answers"]["telephone"], "0467810003");
        assert_eq!(first["service"], "accueil");
        let arrived = first["waiting_since"].as_i64().expect("a time");
        let asked = first["created_at"].as_i64().expect("a time");
        assert!(asked - arrived > 15_000, "the order is that of arrival");
        Self { allo, ..self }
    }

    fn event(&self, number: &str, event: &str) -> Value {
        self.allo.event(number, event, LATER, |e| e["event"] == event)
    }

    fn has(&self, number: &str, event: &str) -> bool {
        let call = self.allo.call_of(number).expect("the call");
        let events = call["events"].as_array().expect("events");
        events.iter().any(|e| e[1]["event"] == event)
    }

    fn says(&self, number: &str, what: &'static str) {
        self.allo.event(number, what, LATER, |e| {
            e["event"] == "said" && e["text"].as_str().is_some_and(|text| text.contains(what))
        });
    }

    /// How many wait, as monitoring sees it.
    fn waiting(&self, service: &str) -> f64 {
        let line = format!("allo_queue_waiting{{service=\"Essaiville/{service}\"}} ");
        let figure = || {
            let page = self.allo.get("/metrics")?;
            page.lines()
                .find_map(|l| l.strip_prefix(line.as_str())?.trim().parse().ok())
        };
        wait_for(SOON, figure).expect("the figure")
    }
}
