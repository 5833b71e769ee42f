//! Kamailio as the town's telephone system: a trunk to Allô, and Allô as one of its extensions.

use std::fs;
use std::net::TcpStream;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use crate::common::{Allo, LATER, Process, SOON, free_port, tail, wait_for};
use crate::telephones::{Baresip, SIPP, sipp};

/// Not 127.0.0.1, from which calls are always taken.
pub const ADDRESS: &str = "127.0.0.2";
/// Of every extension.
pub const PASSWORD: &str = "sésame-du-poste-4271";

/// Kamailio, without a database, ended with its children.
pub struct Kamailio {
    process: Process,
    pub address: String,
}

impl Drop for Kamailio {
    fn drop(&mut self) {
        self.process.stop();
    }
}

impl Kamailio {
    /// `password` opens every extension; 04 65 71 02 00 goes to `trunk`, a port.
    pub fn start(folder: &Path, port: u16, password: &str, trunk: u16) -> Self {
        Self::with_settings(folder, port, password, trunk, "")
    }

    /// One that speaks TLS too, on the next port.
    pub fn encrypted(folder: &Path, port: u16, password: &str, certificate: &Path, key: &Path) -> Self {
        let settings = format!(
            "enable_tls=yes\nlisten=tls:{ADDRESS}:{}\nloadmodule \"tls.so\"\nmodparam(\"tls\", \"tls_method\", \"TLSv1.2+\")\n\
             modparam(\"tls\", \"certificate\", \"{}\")\nmodparam(\"tls\", \"private_key\", \"{}\")\n",
            port + 1,
            certificate.display(),
            key.display()
        );
        Self::with_settings(folder, port, password, port, &settings)
    }

    fn with_settings(folder: &Path, port: u16, password: &str, trunk: u16, settings: &str) -> Self {
        let config = include_str!("kamailio.cfg")
            .replace("{port}", &port.to_string())
            .replace("{tls}", settings)
            .replace("{password}", password)
            .replace("{trunk}", &format!("127.0.0.1:{trunk}"));
        let file = folder.join("kamailio.cfg");
        fs::write(&file, config).expect("kamailio.cfg");
        let mut command = Command::new(if Path::new("/usr/sbin/kamailio").exists() {
            "/usr/sbin/kamailio"
        } else {
            "kamailio"
        });
        command.args(["-DD", "-E", "-m", "32", "-M", "4", "-f"]).arg(&file);
        command.arg("-Y").arg(folder);
        let process = Process::start("kamailio", &mut command, folder.join("kamailio.log"));
        let open = wait_for(SOON, || TcpStream::connect((ADDRESS, port)).ok());
        assert!(open.is_some(), "kamailio :\n{}", tail(&process.log()));
        let address = format!("{ADDRESS}:{port}");
        Self { process, address }
    }

    /// A desk phone.
    pub fn extension(&self, allo: &Allo, name: &str, number: &str) -> Baresip {
        let account = format!("<sip:{number}@{}>;auth_pass={PASSWORD};regint=60", self.address);
        let phone = Baresip::with_account(allo, name, &account, free_port(), "pcma");
        phone.prints("[1 binding");
        phone
    }
}

/// A call through the PBX is taken, since `sip.trunks` names its address; a stranger's is not.
pub fn only_the_trunk_may_call(allo: &Allo) {
    let before = allo.metric("allo_calls_total");
    let pbx = Kamailio::start(&allo.folder, free_port(), PASSWORD, allo.sip);
    let caller = Baresip::start(allo, "outside", "0467444444", free_port(), "pcma");
    caller.dial(&format!("sip:0465710200@{}", pbx.address));
    allo.event("0467444444", "accueil", SOON, |e| e["event"] == "said");
    caller.command("hangup", None);
    allo.ended("0467444444");

    sipp(allo, "forbidden", &["-i", "127.0.0.3"]).succeed(SOON);
    allo.logs("adresse absente de sip.trunks", SOON);
    assert!(allo.process.log().contains("source=127.0.0.3"));
    assert_eq!(allo.metric("allo_sip_forbidden_total"), 1.0);
    assert_eq!(allo.metric("allo_calls_total") - before, 1.0);
}

/// Allô registers, first with a password that the PBX does not know.
pub fn town_hall_is_an_extension(folder: &Path) -> (Allo, Kamailio) {
    let port = free_port();
    let pbx = Kamailio::start(folder, port, "un tout autre", port);
    let allo = Allo::serve(
        folder,
        &[
            ("ALLO_SIP_REGISTER_REGISTRAR", &format!("sip:{ADDRESS}:{port}")),
            ("ALLO_SIP_REGISTER_USER", "4670150"),
            ("ALLO_SIP_REGISTER_PASSWORD", PASSWORD),
            ("ALLO_SIP_TRUNKS", "192.0.2.1"),
            ("ALLO_LOG", "debug,allo=trace"),
        ],
    );
    allo.logs("vérifiez l'identifiant et le mot de passe", SOON);
    sipp(&allo, "answer", &[]).succeed(SOON);
    drop(pbx);

    // The password is put right at the PBX: nobody has to start Allô again.
    let pbx = Kamailio::start(folder, port, PASSWORD, port);
    allo.logs("Registered", Duration::from_secs(60));
    (allo, pbx)
}

/// A desk phone calls Allô's extension, asks for a person, and is passed to a colleague through the PBX.
pub fn a_desk_phone_is_passed_on(allo: &Allo, pbx: &Kamailio) {
    let colleague = pbx.extension(allo, "colleague", "100");
    let desk = pbx.extension(allo, "desk", "4670201");
    desk.dial(&format!("sip:4670150@{}", pbx.address));
    let says = |what: &'static str| {
        move |e: &serde_json::Value| e["event"] == "said" && e["text"].as_str().is_some_and(|t| t.contains(what))
    };
    allo.event("4670201", "accueil", SOON, says("tapez 0"));
    desk.say("c28.wav");
    let end = allo.event("4670201", "transfert", LATER, |e| e["event"] == "transfer_ended");
    assert_eq!(
        end["outcome"],
        "taken",
        "{}\n{}",
        desk.process.log(),
        colleague.process.log()
    );
    assert_eq!(allo.ended("4670201")["end_reason"], "transferred");
    colleague.prints("Call established");
    assert_eq!(allo.metric("allo_calls_active"), 0.0);

    // The registrar's address may call without being in `sip.trunks`; others may not.
    sipp(allo, "forbidden", &["-i", "127.0.0.3"]).succeed(SOON);
    assert!(allo.call_of(SIPP).is_some_and(|call| call["end_reason"] == "caller"));
}
