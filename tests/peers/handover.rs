//! Attended transfer with clerks' telephones that nobody here wrote: baresip, SIPp, directly and behind Kamailio.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::thread::sleep;
use std::time::Duration;

use serde_json::Value;

use crate::common::{Allo, LATER, Process, SOON, free_port, tail, wait_for, write_wav};
use crate::pbx::{self, Kamailio};
use crate::telephones::{Baresip, python, tenths_of};

/// The tones by which the two know that they hear each other.
pub const OF_CALLER: f32 = 600.0;
pub const OF_CLERK: f32 = 1000.0;
const AFTER_HOLD: f32 = 1400.0;

/// A town hall whose services are rung by Allô, each at a port of this machine.
pub struct Office {
    pub allo: Allo,
    reception: u16,
    registry: u16,
    planning: [u16; 2],
    police: u16,
    welfare: u16,
    sockets: usize,
}

impl Office {
    pub fn open(folder: &Path) -> Self {
        let ports: [u16; 6] = std::array::from_fn(|_| free_port());
        let [reception, registry, one, two, police, welfare] = ports;
        let address = |port: u16| format!("sip:agent@127.0.0.1:{port}");
        let plan = include_str!("handover.yaml")
            .replace("{accueil}", &address(reception))
            .replace("{etat_civil}", &address(registry))
            .replace("{un}", &address(one))
            .replace("{deux}", &address(two))
            .replace("{police}", &address(police))
            .replace("{ccas}", &address(welfare));
        let allo = serve(folder, &plan, &[]);
        let sockets = allo.udp_sockets();
        Self {
            allo,
            reception,
            registry,
            planning: [one, two],
            police,
            welfare,
            sockets,
        }
    }

    fn clerk(&self, name: &str, port: u16, codec: &str) -> Baresip {
        Baresip::start(&self.allo, name, "agent", port, codec)
    }

    /// A caller who has pressed this key.
    fn caller(&self, number: &str, codec: &str, key: char) -> Baresip {
        let caller = Baresip::start(&self.allo, number, number, free_port(), codec);
        caller.call(&self.allo);
        self.allo.event(number, "accueil", SOON, |e| e["event"] == "said");
        caller.press(key);
        caller
    }

    /// Asks about the dustbins, then for a person: PCMA on one side, G.722 on the other.
    pub fn taken_by_a_key(&self) {
        let clerk = self.clerk("reception", self.reception, "pcma");
        let number = "0467600001";
        let caller = Baresip::start(&self.allo, number, number, free_port(), "g722");
        caller.call(&self.allo);
        sleep(Duration::from_secs(10));
        caller.say("c24.wav");
        self.allo.event(number, "réponse", LATER, |e| {
            e["event"] == "heard" && e["topic"] == "ordures_menageres"
        });
        sleep(Duration::from_secs(1));
        caller.press('0');
        let told = self.allo.event(number, "résumé", LATER, |e| e["event"] == "told_clerk");
        let told = told["text"].as_str().expect("a text");
        assert!(
            told.starts_with("Allô, un appel pour l'accueil de la mairie : le ramassage des ordures. L'appelant a dit"),
            "{told}"
        );
        sleep(Duration::from_secs(3));
        clerk.press('1');
        self.bridged(number);
        both_hear(&caller, &clerk);
        clerk.command("hangup", None);
        let call = self.allo.ended(number);
        assert_eq!(call["end_reason"], "transferred", "{call:#?}");
        let end = self.event(number, "bridge_ended");
        assert_eq!(end["by"], "clerk", "{end}");
        let shown = String::from_utf8(self.allo.run(&["calls", "show", call["id"].as_str().expect("id")]));
        let shown = shown.expect("UTF-8");
        for line in [
            "poste sip:agent@127.0.0.1",
            "se parlent, par Allô",
            "l'agent a raccroché",
        ] {
            assert!(shown.contains(line), "{shown}");
        }
        println!("          « {told} »");
    }

    /// The caller speaks PCMU and the clerk Opus; the clerk puts the caller on hold for a while.
    pub fn other_codecs_and_hold(&self) {
        let clerk = self.clerk("reception-opus", self.reception, "opus/48000/2");
        let number = "0467600002";
        let caller = self.caller(number, "pcmu", '0');
        self.event(number, "told_clerk");
        clerk.press('1');
        self.bridged(number);
        both_hear(&caller, &clerk);
        clerk.command("hold", None);
        sleep(Duration::from_secs(2));
        clerk.command("resume", None);
        // Whoever holds dumps what they hear no more after it; the other does.
        clerk.says_tone(AFTER_HOLD, 3.0);
        let heard = wait_for(SOON, || (caller.heard_tone(AFTER_HOLD) >= 20).then_some(()));
        assert!(
            heard.is_some(),
            "{} dixièmes après la garde",
            caller.heard_tone(AFTER_HOLD)
        );
        caller.command("hangup", None);
        self.allo.ended(number);
        assert_eq!(self.event(number, "bridge_ended")["by"], "caller");
        // The clerk's telephone is told.
        clerk.prints("session closed");
    }

    pub fn declined(&self) {
        let clerk = self.clerk("police", self.police, "pcma");
        let number = "0467600003";
        let caller = self.caller(number, "pcma", '3');
        self.event(number, "told_clerk");
        clerk.press('2');
        assert_eq!(self.event(number, "transfer_ended")["outcome"], "declined");
        self.says(number, "joindre la police municipale");
        self.says(number, "laisser un message");
        caller.command("hangup", None);
        assert_eq!(self.allo.ended(number)["end_reason"], "caller");
    }

    pub fn busy(&self) {
        let clerk = self.sipp("busy", self.police);
        let number = "0467600004";
        let caller = self.caller(number, "pcma", '3');
        assert_eq!(self.event(number, "transfer_ended")["outcome"], "busy");
        self.says(number, "la ligne est occupée");
        caller.command("hangup", None);
        self.allo.ended(number);
        clerk.succeed(SOON);
    }

    /// Nobody answers at the first service; the second one takes it.
    pub fn overflow(&self) {
        let nobody = self.sipp("rings", self.registry);
        let clerk = self.clerk("reception-2", self.reception, "pcmu");
        let number = "0467600005";
        let caller = self.caller(number, "g722", '1');
        assert_eq!(self.event(number, "transfer_ended")["outcome"], "no_answer");
        nobody.succeed(SOON);
        self.event(number, "told_clerk");
        clerk.press('1');
        self.bridged(number);
        both_hear(&caller, &clerk);
        caller.command("hangup", None);
        self.allo.ended(number);
    }

    /// Both ring; the first who answers declines, and the other rings again and takes it.
    pub fn a_group(&self) {
        let [one, two] = self.planning;
        let first = self.clerk("planning-1", one, "pcma");
        let number = "0467600006";
        let caller = self.caller(number, "pcma", '2');
        self.event(number, "told_clerk");
        let second = self.clerk("planning-2", two, "g722");
        first.press('2');
        let takes = |e: &Value| e["event"] == "clerk" && e["news"] == "answers" && told_at(e, two);
        self.allo.event(number, "le second décroche", LATER, takes);
        sleep(Duration::from_secs(3));
        second.press('1');
        self.bridged(number);
        both_hear(&caller, &second);
        second.command("hangup", None);
        self.allo.ended(number);
    }

    /// The caller hangs up while it rings.
    pub fn abandoned(&self) {
        let nobody = self.sipp("rings", self.reception);
        let number = "0467600007";
        let caller = self.caller(number, "pcma", '0');
        self.allo.event(number, "sonnerie", SOON, |e| {
            e["event"] == "clerk" && e["news"] == "rings"
        });
        sleep(Duration::from_secs(4));
        caller.command("hangup", None);
        assert_eq!(self.event(number, "transfer_ended")["outcome"], "abandoned");
        self.allo.ended(number);
        nobody.succeed(SOON);
        // It rang in the caller's ear meanwhile.
        let ringing = caller.heard_tone(440.0);
        assert!(ringing >= 10, "{ringing} dixièmes de seconde de sonnerie");
    }

    /// Two PJSIP telephones, which know how to take a call over: they go on without Allô.
    pub fn taken_over(&self) {
        let folder = &self.allo.folder;
        let phone = |name: &str, port: u16, hz: f32, arguments: &[&str]| {
            let spoken = folder.join(format!("{name}.wav"));
            let tone = |n: u32| ((n as f32 / 8000.0 * hz * std::f32::consts::TAU).sin() * 6000.0) as i16;
            write_wav(&spoken, &(0..16_000).map(tone).collect::<Vec<_>>(), 8_000);
            let mut command = Command::new(python());
            command.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/peers/pjsip_phone.py"));
            command
                .arg(port.to_string())
                .arg(&spoken)
                .arg(folder.join(name))
                .arg("32");
            command.args(arguments);
            let process = Process::start(name, &mut command, folder.join(format!("{name}.log")));
            let ready = wait_for(SOON, || process.log().contains("READY").then_some(()));
            assert!(ready.is_some(), "{}", tail(&process.log()));
            process
        };
        let clerk = phone("pjsip-clerk", self.welfare, OF_CLERK, &["5:1"]);
        let uri = format!("sip:mairie@127.0.0.1:{}", self.allo.sip);
        let caller = phone("pjsip-caller", free_port(), OF_CALLER, &["2:4", &uri]);
        let number = "0467700001";
        self.bridged(number);
        let end = self.event(number, "bridge_ended");
        assert_eq!(end["by"], "joined", "{}\n{}", tail(&caller.log()), tail(&clerk.log()));
        assert_eq!(self.allo.ended(number)["end_reason"], "transferred");
        self.allo.idle();
        sleep(Duration::from_secs(5));
        clerk.succeed(LATER);
        caller.succeed(LATER);
        let heard = |name: &str, hz: f32| {
            let mut reader = hound::WavReader::open(folder.join(format!("{name}-2.wav"))).expect("the second call");
            let rate = reader.spec().sample_rate;
            let samples: Vec<i16> = reader.samples().map_while(Result::ok).collect();
            tenths_of(hz, &samples, rate)
        };
        let tenths = [heard("pjsip-caller", OF_CLERK), heard("pjsip-clerk", OF_CALLER)];
        assert!(tenths.iter().all(|tenths| *tenths >= 20), "{tenths:?}");
        println!("          sans Allô, entendu l'un de l'autre, en dixièmes de seconde : {tenths:?}");
    }

    /// A clerk passes the caller on by their own telephone to one who is busy. baresip then hangs up: the caller is ours.
    pub fn not_passed_on(&self) {
        let clerk = self.clerk("reception-3", self.reception, "pcma");
        let number = "0467600010";
        let caller = self.caller(number, "pcmu", '0');
        self.event(number, "told_clerk");
        clerk.press('1');
        self.bridged(number);
        let engaged = self.sipp("busy", self.police);
        clerk.command("transfer", Some(&format!("sip:agent@127.0.0.1:{}", self.police)));
        let busy = |e: &Value| e["event"] == "transfer_ended" && e["outcome"] == "busy";
        self.allo.event(number, "le second est occupé", LATER, busy);
        engaged.succeed(SOON);
        clerk.prints("transfer failure");
        self.says(number, "la ligne est occupée");
        self.says(number, "laisser un message");
        caller.command("hangup", None);
        assert_eq!(self.allo.ended(number)["end_reason"], "caller");
    }

    /// To one who answers, who then has the caller.
    pub fn passed_on(&self) {
        let clerk = self.clerk("reception-4", self.reception, "pcma");
        let number = "0467600009";
        let caller = self.caller(number, "pcmu", '0');
        self.event(number, "told_clerk");
        clerk.press('1');
        self.bridged(number);
        let second = self.clerk("welfare", self.welfare, "g722");
        clerk.command("transfer", Some(&format!("sip:agent@127.0.0.1:{}", self.welfare)));
        let passed = |e: &Value| e["event"] == "bridge_ended" && e["by"] == "passed_on";
        self.allo.event(number, "le second a l'appel", LATER, passed);
        both_hear(&caller, &second);
        second.command("hangup", None);
        assert_eq!(self.allo.ended(number)["end_reason"], "transferred");
    }

    /// A machine that talks, whoever speaks to it.
    pub fn voicemail(&self) {
        let machine = self.clerk("voicemail", self.police, "pcma");
        let number = "0467600008";
        let caller = self.caller(number, "pcma", '3');
        self.allo.event(number, "décroché", SOON, |e| {
            e["event"] == "clerk" && e["news"] == "answers"
        });
        machine.say("c12.wav");
        assert_eq!(self.event(number, "transfer_ended")["outcome"], "voicemail");
        caller.command("hangup", None);
        self.allo.ended(number);
    }

    /// No socket, no call, no dialog is left.
    pub fn leaves_nothing_behind(&self) {
        self.allo.idle();
        let left = wait_for(SOON, || {
            let dialogs = self.allo.metric("allo_sip_dialogs");
            (self.allo.udp_sockets() == self.sockets && dialogs == 0.0).then_some(())
        });
        assert!(
            left.is_some(),
            "{} sockets, {} dialogues",
            self.allo.udp_sockets(),
            self.allo.metric("allo_sip_dialogs")
        );
        assert_eq!(self.allo.metric("allo_bridges_active"), 0.0);
    }

    fn sipp(&self, scenario: &str, port: u16) -> Process {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/peers/{scenario}.xml"));
        let mut command = Command::new("sipp");
        command.current_dir(&self.allo.folder).arg("-sf").arg(file);
        command.args(["-i", "127.0.0.1", "-p", &port.to_string(), "-m", "1", "-nostdin"]);
        let log = self.allo.folder.join(format!("{scenario}-{port}-{}.log", free_port()));
        Process::start(&format!("sipp ({scenario})"), &mut command, log)
    }

    fn event(&self, number: &str, event: &str) -> Value {
        self.allo.event(number, event, LATER, |e| e["event"] == event)
    }

    fn bridged(&self, number: &str) {
        self.event(number, "bridged");
    }

    fn says(&self, number: &str, what: &'static str) {
        self.allo.event(number, what, LATER, |e| {
            e["event"] == "said" && e["text"].as_str().is_some_and(|text| text.contains(what))
        });
    }
}

pub fn serve(folder: &Path, plan: &str, settings: &[(&str, &str)]) -> Allo {
    let file = folder.join("plan.yaml");
    fs::write(&file, plan).expect("plan.yaml");
    let file = file.to_string_lossy().into_owned();
    let all: Vec<(&str, &str)> = [("ALLO_DIALPLAN", &*file)]
        .into_iter()
        .chain(settings.iter().copied())
        .collect();
    Allo::serve(folder, &all)
}

fn told_at(event: &Value, port: u16) -> bool {
    event["target"]
        .as_str()
        .is_some_and(|target| target.ends_with(&format!(":{port}")))
}

/// Each says a tone of their own, and hears the other's.
pub fn both_hear(caller: &Baresip, clerk: &Baresip) {
    caller.says_tone(OF_CALLER, 3.0);
    clerk.says_tone(OF_CLERK, 3.0);
    let tenths = || [caller.heard_tone(OF_CLERK), clerk.heard_tone(OF_CALLER)];
    let heard = wait_for(Duration::from_secs(12), || {
        tenths().iter().all(|tenths| *tenths >= 20).then_some(())
    });
    assert!(
        heard.is_some(),
        "l'appelant et l'agent ont entendu {:?} dixièmes de seconde l'un de l'autre\n{}\n{}",
        tenths(),
        tail(&caller.process.log()),
        tail(&clerk.process.log())
    );
    println!(
        "          entendu l'un de l'autre, en dixièmes de seconde sur 30 : {:?}",
        tenths()
    );
}

/// Allô is an extension of Kamailio, and rings the others through it.
pub fn behind_a_pbx(folder: &Path) -> (Allo, Kamailio) {
    let port = free_port();
    let pbx = Kamailio::start(folder, port, pbx::PASSWORD, port);
    let plan = include_str!("handover.yaml")
        .replace("{accueil}", "100")
        .replace("{etat_civil}", "101")
        .replace("{un}", "102")
        .replace("{deux}", "103")
        .replace("{police}", "104")
        .replace("{ccas}", "105");
    let allo = serve(
        folder,
        &plan,
        &[
            ("ALLO_SIP_REGISTER_REGISTRAR", &format!("sip:{}:{port}", pbx::ADDRESS)),
            ("ALLO_SIP_REGISTER_USER", "4670150"),
            ("ALLO_SIP_REGISTER_PASSWORD", pbx::PASSWORD),
            ("ALLO_SIP_TRUNKS", "192.0.2.1"),
        ],
    );
    allo.logs("Registered", SOON);
    (allo, pbx)
}

/// A desk phone calls Allô's extension, and a colleague on another takes the call, both through Kamailio.
pub fn a_desk_phone_takes_it(allo: &Allo, pbx: &Kamailio) {
    let colleague = pbx.extension(allo, "colleague", "100");
    let desk = pbx.extension(allo, "desk", "4670201");
    desk.dial(&format!("sip:4670150@{}", pbx.address));
    allo.event("4670201", "accueil", SOON, |e| e["event"] == "said");
    desk.press('0');
    allo.event("4670201", "résumé", LATER, |e| e["event"] == "told_clerk");
    colleague.press('1');
    allo.event("4670201", "pont", LATER, |e| e["event"] == "bridged");
    both_hear(&desk, &colleague);
    colleague.command("hangup", None);
    assert_eq!(allo.ended("4670201")["end_reason"], "transferred");
}
