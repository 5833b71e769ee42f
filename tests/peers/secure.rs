//! Encrypted telephones that nobody here wrote: baresip and PJSIP over TLS and SRTP, called by Allô and calling it; and
//! those who are not who they say.

use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::thread::sleep;
use std::time::{Duration, Instant};

use allo::audio::{Codec, alaw_encode};
use allo::net::sip::{DialOptions, Leg, LegEvent, SipConfig, SipServer};
use allo::net::srtp::Srtp;
use allo::wire::negotiate::{Agreed, Local};
use allo::wire::rtp::{HEADER_LEN, Header};
use allo::wire::sdes::{Encryption, Suite};
use allo::wire::sdp;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use tokio::sync::Semaphore;

use crate::common::{Allo, LATER, Process, SOON, answered, free_port, sound, tail, wait_for, write_wav};
use crate::handover::{self, both_hear, serve};
use crate::pbx::{self, Kamailio};
use crate::telephones::{Baresip, python, sipp};

const TICK: Duration = Duration::from_millis(20);
const AFTER_HOLD: f32 = 1400.0;

/// Who signs certificates.
struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    fn new(name: &str) -> Self {
        let mut parameters = CertificateParams::new(Vec::new()).expect("no names");
        parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        parameters.distinguished_name.push(DnType::CommonName, name);
        let key = KeyPair::generate().expect("a key");
        Self(CertifiedIssuer::self_signed(parameters, key).expect("a certificate"))
    }

    /// Certificate and key for this machine.
    fn certify(&self) -> (String, String) {
        let names = ["127.0.0.1", pbx::ADDRESS, "localhost"].map(str::to_owned).to_vec();
        let mut parameters = CertificateParams::new(names).expect("names");
        parameters.distinguished_name.push(DnType::CommonName, "127.0.0.1");
        let key = KeyPair::generate().expect("a key");
        let certificate = parameters.signed_by(&key, &self.0).expect("a certificate");
        (certificate.pem(), key.serialize_pem())
    }
}

/// A town hall that is called over TLS, and whose services have encrypted telephones, or not.
pub struct House {
    pub allo: Allo,
    tls: u16,
    authority: PathBuf,
    /// Certificate and key of telephones, in one file: one that the authority has signed, one that nobody knows.
    telephones: PathBuf,
    stranger: PathBuf,
    reception: u16,
    registry: u16,
    police: u16,
}

impl House {
    pub fn open(folder: &Path) -> Self {
        let authority = Authority::new("Autorité d'Essaiville");
        let write = |name: &str, text: String| {
            let file = folder.join(name);
            fs::write(&file, text).expect("a file");
            file
        };
        let (certificate, key) = authority.certify();
        let (certificate, key) = (write("allo.pem", certificate), write("allo-cle.pem", key));
        let both = |(certificate, key): (String, String)| certificate + &key;
        let telephones = write("telephones.pem", both(authority.certify()));
        let stranger = write("inconnu.pem", both(Authority::new("Quelqu'un").certify()));
        let authority = write("autorite.pem", authority.0.pem());
        let [reception, registry, police] = std::array::from_fn(|_| free_port());
        let plan = include_str!("handover.yaml")
            .replace(
                "{accueil}",
                &format!("sip:agent@127.0.0.1:{};transport=tls", reception + 1),
            )
            .replace("{etat_civil}", &format!("sips:agent@127.0.0.1:{}", registry + 1))
            .replace("{police}", &format!("sip:agent@127.0.0.1:{police}"))
            .replace("{un}", "101")
            .replace("{deux}", "102")
            .replace("{ccas}", "103");
        let tls = free_port();
        let text = |file: &Path| file.to_string_lossy().into_owned();
        let allo = serve(
            folder,
            &plan,
            &[
                ("ALLO_SIP_TLS_LISTEN", &format!("127.0.0.1:{tls}")),
                ("ALLO_SIP_TLS_CERTIFICATE", &text(&certificate)),
                ("ALLO_SIP_TLS_KEY", &text(&key)),
                ("ALLO_SIP_TLS_CA", &text(&authority)),
            ],
        );
        Self {
            allo,
            tls,
            authority,
            telephones,
            stranger,
            reception,
            registry,
            police,
        }
    }

    /// A telephone that encrypts or does not speak.
    fn telephone(&self, name: &str, user: &str, sip: u16, codec: &str, certificate: &Path) -> Baresip {
        let account = format!("<sip:{user}@127.0.0.1:{sip};transport=tls>;regint=0;mediaenc=srtp-mand");
        let settings = format!(
            "module srtp.so\nsip_certificate {}\nsip_cafile {}\n",
            certificate.display(),
            self.authority.display()
        );
        Baresip::with_settings(&self.allo, name, &account, sip, codec, &settings)
    }

    fn caller(&self, number: &str, codec: &str) -> Baresip {
        self.telephone(number, number, free_port(), codec, &self.telephones)
    }

    fn uri(&self) -> String {
        format!("sip:mairie@127.0.0.1:{};transport=tls", self.tls)
    }

    fn event(&self, number: &str, event: &str) -> serde_json::Value {
        self.allo.event(number, event, LATER, |e| e["event"] == event)
    }

    /// What a recording says, as Allô's own ears have it.
    fn words(&self, recording: &Path) -> String {
        let file = recording.to_string_lossy();
        let heard = self
            .allo
            .json(&["hear", "--json", "--dialplan", "tests/peers/plan.yaml", &file]);
        heard["text"].as_str().unwrap_or_default().to_lowercase()
    }

    /// A question over TLS and SRTP; then the caller holds, and comes back.
    pub fn baresip_asks(&self) {
        let number = "0467800001";
        let caller = self.caller(number, "pcma");
        caller.dial(&self.uri());
        sleep(Duration::from_secs(10));
        caller.say("c24.wav");
        self.allo.event(number, "question", SOON, |e| {
            e["event"] == "heard" && e["topic"] == "ordures_menageres"
        });
        self.event(number, "answered");
        sleep(Duration::from_secs(7));
        let words = self.words(&caller.recording());
        assert!(words.contains("mardi"), "baresip a entendu « {words} »");
        let log = caller.process.log();
        assert!(log.contains("SRTP is Enabled"), "{}", tail(&log));
        self.allo.logs("srtp=\"AES_CM_128_HMAC_SHA1_80\"", SOON);
        caller.command("hold", None);
        sleep(Duration::from_secs(2));
        caller.command("resume", None);
        sleep(Duration::from_secs(1));
        caller.say("c24.wav");
        let again = wait_for(LATER, || {
            let call = self.allo.call_of(number)?;
            let events = call["events"].as_array()?;
            let heard = |e: &&serde_json::Value| e[1]["topic"] == "ordures_menageres" && e[1]["event"] == "heard";
            (events.iter().filter(heard).count() >= 2).then_some(())
        });
        assert!(again.is_some(), "rien n'est entendu après la garde");
        caller.command("hangup", None);
        let call = self.allo.ended(number);
        assert_eq!(call["end_reason"], "caller", "{call:#?}");
        let answer = answered(&call, "ordures_menageres");
        println!("          baresip : réponse en {answer} ; entendu « {words} »");
    }

    pub fn pjsip_asks(&self) {
        let folder = &self.allo.folder;
        let (spoken, recorded) = (folder.join("pjsip-dit.wav"), folder.join("pjsip-entend.wav"));
        write_wav(&spoken, &sound("c24.wav", 10.0, 30.0, 8_000), 8_000);
        let mut command = Command::new(python());
        command.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/peers/pjsip_call.py"));
        command.arg(self.uri()).args([&spoken, &recorded]).args(["22", "PCMU"]);
        command.arg(&self.authority);
        let process = Process::start("PJSIP", &mut command, folder.join("pjsip.log"));
        process.succeed(Duration::from_secs(50));
        let call = self.allo.ended("0467111111");
        assert_eq!(call["end_reason"], "caller", "{call:#?}");
        let answer = answered(&call, "ordures_menageres");
        let words = self.words(&recorded);
        assert!(words.contains("mardi"), "PJSIP a entendu « {words} »");
        println!("          PJSIP : réponse en {answer} ; entendu « {words} »");
    }

    /// Our own telephone knows more suites than baresip: each comes through, there and back.
    pub fn every_suite(&self) {
        let runtime = tokio::runtime::Runtime::new().expect("tokio");
        for suite in Suite::OFFERED {
            let mut phone = runtime.block_on(Phone::call(self, "0467800020", Some(suite)));
            let heard = phone.hears(Duration::from_millis(1500));
            assert!(heard >= 50, "{suite:?} : {heard} paquets");
            runtime.block_on(phone.hang_up());
            self.allo.logs(&format!("srtp=\"{}\"", suite.name()), SOON);
        }
    }

    /// Packets that were changed on the way, or come again, change nothing: the question is answered.
    pub fn tampered_packets_do_nothing(&self) {
        let number = "0467800003";
        let runtime = tokio::runtime::Runtime::new().expect("tokio");
        let mut phone = runtime.block_on(Phone::call(self, number, None));
        let [before_bent, before_again] = ["unauthentic", "replayed"].map(|why| self.dropped(why));
        let samples = sound("c24.wav", 9.0, 12.0, 8_000);
        let start = Instant::now();
        for (index, frame) in samples.chunks_exact(160).enumerate() {
            let payload: Vec<u8> = frame.iter().map(|&s| alaw_encode(s)).collect();
            let sealed = phone.sealed(&payload);
            // Before the true one, a false one of the same number; after it, the same again; and a plain one of noise.
            let mut bent = sealed.clone();
            bent[HEADER_LEN + index % 100] ^= 0x55;
            let noise = [&sealed[..HEADER_LEN], &[index as u8; 160]].concat();
            for packet in [&bent, &sealed, &sealed, &noise] {
                phone.send(packet);
            }
            sleep((start + TICK * (index as u32 + 1)).saturating_duration_since(Instant::now()));
        }
        self.event(number, "answered");
        runtime.block_on(phone.hang_up());
        let call = self.allo.ended(number);
        let answer = answered(&call, "ordures_menageres");
        let (bent, again) = (
            self.dropped("unauthentic") - before_bent,
            self.dropped("replayed") - before_again,
        );
        // The noise has a number that has come before: it counts as repeated.
        assert!(bent > 500.0 && again > 1000.0, "{bent} changés, {again} répétés");
        println!("          {bent} paquets changés et {again} répétés écartés ; réponse en {answer}");
    }

    fn dropped(&self, why: &str) -> f64 {
        self.allo.metric(&format!("allo_rtp_dropped_total{{why=\"{why}\"}}"))
    }

    /// A caller in the clear, and a clerk who is rung over TLS, speaks SRTP, and holds.
    pub fn a_clerk_is_rung_by_tls(&self) {
        let clerk = self.telephone("tls-agent", "agent", self.reception, "g722", &self.telephones);
        let number = "0467800004";
        let caller = Baresip::start(&self.allo, number, number, free_port(), "pcmu");
        caller.call(&self.allo);
        self.allo.event(number, "accueil", SOON, |e| e["event"] == "said");
        caller.press('0');
        self.event(number, "told_clerk");
        sleep(Duration::from_secs(2));
        clerk.press('1');
        self.event(number, "bridged");
        both_hear(&caller, &clerk);
        let log = clerk.process.log();
        assert!(log.contains("SRTP is Enabled"), "{}", tail(&log));
        clerk.command("hold", None);
        sleep(Duration::from_secs(2));
        clerk.command("resume", None);
        clerk.says_tone(AFTER_HOLD, 3.0);
        let heard = wait_for(SOON, || (caller.heard_tone(AFTER_HOLD) >= 20).then_some(()));
        assert!(
            heard.is_some(),
            "{} dixièmes après la garde",
            caller.heard_tone(AFTER_HOLD)
        );
        clerk.command("hangup", None);
        assert_eq!(self.allo.ended(number)["end_reason"], "transferred");
    }

    /// The other way round, by a `sips` URI for the caller too.
    pub fn a_plain_clerk_takes_an_encrypted_call(&self) {
        let clerk = Baresip::start(&self.allo, "plain-agent", "agent", self.police, "pcma");
        let number = "0467800005";
        let caller = self.caller(number, "pcma");
        caller.dial(&format!("sips:mairie@127.0.0.1:{}", self.tls));
        self.allo.event(number, "accueil", SOON, |e| e["event"] == "said");
        caller.press('3');
        self.event(number, "told_clerk");
        sleep(Duration::from_secs(2));
        clerk.press('1');
        self.event(number, "bridged");
        both_hear(&caller, &clerk);
        caller.command("hangup", None);
        self.allo.ended(number);
        clerk.prints("session closed");
    }

    /// A clerk whose certificate nobody has signed whom we know is not rung, and the log says why.
    pub fn a_clerk_without_a_good_certificate(&self) {
        let _clerk = self.telephone("tls-stranger", "agent", self.registry, "pcma", &self.stranger);
        let number = "0467800006";
        let caller = Baresip::start(&self.allo, number, number, free_port(), "pcma");
        caller.call(&self.allo);
        self.allo.event(number, "accueil", SOON, |e| e["event"] == "said");
        caller.press('1');
        self.event(number, "transfer_ended");
        self.allo
            .logs("son certificat n'est signé par aucune autorité connue", SOON);
        self.allo.logs("sip.tls.ca", SOON);
        caller.command("hangup", None);
        self.allo.ended(number);
    }

    /// Connections that never begin a handshake, junk in place of one, and one that a telephone does not trust.
    pub fn junk_disturbs_nobody(&self) {
        let silent: Vec<TcpStream> = (0..20)
            .map(|_| TcpStream::connect(("127.0.0.1", self.tls)).expect("connects"))
            .collect();
        for junk in [
            &b"INVITE sip:mairie@127.0.0.1 SIP/2.0\r\n\r\n"[..],
            &[0x16, 3, 1, 0xFF, 0xFF],
            &[0; 4000],
        ] {
            let mut stream = TcpStream::connect(("127.0.0.1", self.tls)).expect("connects");
            stream.write_all(junk).expect("writes");
            stream
                .set_read_timeout(Some(Duration::from_secs(15)))
                .expect("a timeout");
            let ended = stream.read_to_end(&mut Vec::new());
            assert!(
                !ended.is_err_and(|e| e.kind() == std::io::ErrorKind::WouldBlock),
                "it is kept open"
            );
        }
        let runtime = tokio::runtime::Runtime::new().expect("tokio");
        let config = SipConfig {
            listen: vec!["127.0.0.1:0".parse().expect("an address")],
            ..SipConfig::default()
        };
        let dialled = runtime.block_on(async {
            let (server, _) = SipServer::start(config, Arc::new(Semaphore::new(0)))
                .await
                .expect("SIP");
            server
                .dial(&self.uri(), Vec::new(), DialOptions::default())
                .await
                .map(drop)
        });
        let error = dialled.expect_err("the authority is not known here").to_string();
        assert!(error.contains("aucune autorité connue"), "{error}");
        self.allo.logs("connexion TLS refusée", SOON);
        let mut phone = runtime.block_on(Phone::call(self, "0467800007", None));
        assert!(phone.hears(Duration::from_secs(1)) >= 30);
        runtime.block_on(phone.hang_up());
        drop(silent);
    }
}

/// A telephone whose packets are ours to make.
struct Phone {
    leg: Leg,
    server: SipServer,
    socket: UdpSocket,
    srtp: Srtp,
    remote: SocketAddr,
    header: Header,
}

impl Phone {
    /// Calls over TLS, encrypting with this suite alone where one is named.
    async fn call(house: &House, number: &str, suite: Option<Suite>) -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").expect("a port");
        let ours = socket.local_addr().expect("bound");
        let config = SipConfig {
            listen: vec!["127.0.0.1:0".parse().expect("an address")],
            ca: Some(house.authority.clone()),
            ..SipConfig::default()
        };
        let (server, _) = SipServer::start(config, Arc::new(Semaphore::new(0)))
            .await
            .expect("SIP");
        let local = Local::new(ours.ip(), ours.port(), &[Codec::Pcma], 1);
        let mut session = local.encrypted(Encryption::Required, true, rand::random());
        let offer = session.offer();
        let keeps = |line: &&str| {
            let is_other =
                |suite: Suite| line.starts_with("a=crypto:") && !line.contains(&format!(" {} ", suite.name()));
            !suite.is_some_and(is_other)
        };
        let offer: String = offer.lines().filter(keeps).map(|line| format!("{line}\r\n")).collect();
        let options = DialOptions {
            from: Some(format!("sip:{number}@127.0.0.1")),
            ..DialOptions::default()
        };
        let dialled = server.dial(&house.uri(), offer.into_bytes(), options).await;
        let (leg, mut events) = dialled.expect("a call");
        let agreed: Agreed = loop {
            match events.recv().await.expect("an answer") {
                LegEvent::Answered { sdp } => {
                    let answer = sdp::parse(&String::from_utf8_lossy(&sdp)).expect("SDP");
                    break session.accept(&answer).expect("an encrypted answer");
                }
                LegEvent::Ended { code, .. } => panic!("refused: {code:?}"),
                _ => {}
            }
        };
        let mut srtp = Srtp::default();
        srtp.agree(agreed.srtp.as_ref());
        let header = Header {
            payload_type: agreed.payload_type,
            marker: false,
            sequence: 65_400,
            timestamp: 0,
            ssrc: 0x0A11_0002,
        };
        let mut phone = Self {
            leg,
            server,
            socket,
            srtp,
            remote: agreed.remote,
            header,
        };
        // Symmetric: whoever has never spoken is answered where SDP says.
        let first = phone.sealed(&[0xD5; 160]);
        phone.send(&first);
        phone
    }

    fn sealed(&mut self, payload: &[u8]) -> Vec<u8> {
        let mut fixed = [0; HEADER_LEN];
        self.header.write(&mut fixed);
        self.header.sequence = self.header.sequence.wrapping_add(1);
        self.header.timestamp = self.header.timestamp.wrapping_add(160);
        let packet = [&fixed[..], payload].concat();
        self.srtp.seal(&packet).expect("sealed").as_ref().to_vec()
    }

    fn send(&self, packet: &[u8]) {
        self.socket.send_to(packet, self.remote).expect("sends");
    }

    /// How many packets come in this time; each must be authentic.
    fn hears(&mut self, within: Duration) -> usize {
        let (end, mut count, mut packet) = (Instant::now() + within, 0, [0; 1500]);
        self.socket.set_read_timeout(Some(TICK)).expect("a timeout");
        while Instant::now() < end {
            let Ok(length) = self.socket.recv(&mut packet) else {
                continue;
            };
            let length = self.srtp.open(&mut packet[..length]).expect("an authentic packet");
            assert_eq!(length, HEADER_LEN + 160);
            count += 1;
        }
        count
    }

    async fn hang_up(self) {
        self.leg.bye(None).await;
        self.server.shutdown(Duration::from_secs(1)).await;
    }
}

/// Kamailio, which Allô reaches by TLS alone and whose extensions do not encrypt: calls come by the connection that Allô has
/// registered on, also after it was lost; and clerks are offered encrypted sound first, then plain.
pub fn an_extension_of_a_pbx_by_tls(folder: &Path) {
    let authority = Authority::new("Autorité d'Essaiville");
    let (certificate, key) = authority.certify();
    let write = |name: &str, text: String| {
        let file = folder.join(name);
        fs::write(&file, text).expect("a file");
        file
    };
    let (certificate, key) = (write("pbx.pem", certificate), write("pbx-cle.pem", key));
    let ca = write("autorite.pem", authority.0.pem());
    let port = free_port();
    let start = || Kamailio::encrypted(folder, port, pbx::PASSWORD, &certificate, &key);
    let first = start();
    let plan = include_str!("handover.yaml")
        .replace("{accueil}", "100")
        .replace("{etat_civil}", "101")
        .replace("{un}", "102")
        .replace("{deux}", "103")
        .replace("{police}", "104")
        .replace("{ccas}", "105");
    let registrar = format!("sip:{}:{};transport=tls", pbx::ADDRESS, port + 1);
    let allo = serve(
        folder,
        &plan,
        &[
            ("ALLO_SIP_REGISTER_REGISTRAR", &registrar),
            ("ALLO_SIP_REGISTER_USER", "4670150"),
            ("ALLO_SIP_REGISTER_PASSWORD", pbx::PASSWORD),
            ("ALLO_SIP_TRUNKS", "192.0.2.1"),
            ("ALLO_SIP_TLS_CA", &ca.to_string_lossy()),
        ],
    );
    allo.logs("state=Registered", SOON);
    drop(first);
    allo.logs("l'enregistrement auprès du PBX échoue", SOON);
    let pbx = start();
    let again = wait_for(LATER, || {
        (allo.process.log().matches("state=Registered").count() >= 2).then_some(())
    });
    assert!(again.is_some(), "{}", tail(&allo.process.log()));
    handover::a_desk_phone_takes_it(&allo, &pbx);
    allo.logs("il est rappelé en clair", SOON);
    let log = allo.process.log();
    assert!(!log.contains("panicked"), "{}", tail(&log));
}

/// Whoever does not encrypt is refused (488); whoever can, even without being asked by the profile, is taken.
pub fn plain_calls_are_refused(allo: &Allo) {
    let plain = Baresip::start(allo, "plain", "0467800010", free_port(), "pcma");
    plain.call(allo);
    plain.prints("488");
    sipp(allo, "options", &[]).succeed(SOON);
    assert_eq!(allo.metric("allo_calls_active"), 0.0);
    allo.logs("sound has to be encrypted", SOON);
    let number = "0467800011";
    let account = |port: u16| format!("<sip:{number}@127.0.0.1:{port}>;regint=0;mediaenc=srtp");
    let port = free_port();
    let either = Baresip::with_settings(allo, number, &account(port), port, "pcma", "module srtp.so\n");
    either.call(allo);
    allo.event(number, "accueil", SOON, |e| e["event"] == "said");
    sleep(Duration::from_secs(4));
    either.command("hangup", None);
    allo.ended(number);
    let heard = either.recording();
    let file = heard.to_string_lossy();
    let words = allo.json(&["hear", "--json", "--dialplan", "tests/peers/plan.yaml", &file]);
    let words = words["text"].as_str().unwrap_or_default().to_lowercase();
    assert!(words.contains("vous écoute"), "« {words} »");
    println!("          refusé en clair (488) ; chiffré sans TLS, entendu « {words} »");
}
