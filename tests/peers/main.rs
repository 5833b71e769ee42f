//! Calls by real telephones that nobody here wrote (PJSIP, baresip, SIPp), to `allo serve` with the real models.
//!
//! One test at a time; within each, one server and sections that follow one another, so that each one's figures are its
//! own.

mod axe;
mod browser;
#[path = "../common/mod.rs"]
mod common;
mod console;
mod conversations;
mod desk;
mod generation;
mod hand_overs;
mod handover;
mod hostile;
mod interrupt;
mod journal;
mod pages;
mod pbx;
mod post;
mod queue;
mod recording;
mod relay;
mod secure;
mod steady;
mod telephones;

use std::net::TcpListener;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use common::{Allo, SOON, free_port, tail};
use telephones::sipp;

/// Two servers at once would share the cores.
static ALONE: Mutex<()> = Mutex::new(());

#[test]
fn real_telephones_are_answered() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let folder = tempfile::tempdir().expect("a folder");
    let agent = free_port();
    let mut mail_server = post::MailServer::down(folder.path());
    let allo = Allo::serve(
        folder.path(),
        &[
            ("ALLO_SIP_TRANSFER_HOST", &format!("127.0.0.1:{agent}")),
            ("ALLO_SIP_TRUNKS", pbx::ADDRESS),
            ("ALLO_MAIL_SERVER", &mail_server.url()),
            ("ALLO_MAIL_FROM", "Mairie <allo@essaiville.fr>"),
        ],
    );
    let mut sections = Sections::begin();
    steady::give_sipp_a_voice(&allo, 8.0, 12.0);
    // Takes 50 s, and leaves the cores alone.
    let refreshed = sipp(&allo, "session_timer", &[]);
    for scenario in ["options", "answer", "delayed_offer", "hold", "info_dtmf"] {
        sections.run(scenario, || sipp(&allo, scenario, &["-d", "2000"]).succeed(SOON));
    }
    sections.run("SIPp : question par TCP", || {
        conversations::a_question_is_answered(&allo, "load", &["-t", "t1"])
    });
    sections.run("SIPp : UPDATE, garde, reprise, question", || {
        conversations::a_question_is_answered(&allo, "changes", &[])
    });
    sections.run("PJSIP : question, réponse", || {
        conversations::pjsip_asks_and_is_answered(&allo)
    });
    sections.run("baresip : Opus, question", || {
        conversations::baresip_asks_over_opus(&allo)
    });
    sections.run("baresip : G.722, question, transfert", || {
        conversations::baresip_is_passed_to_a_person(&allo, agent)
    });
    sections.run("SIPp : REFER refusé, le poste sonne quand même", || {
        conversations::a_pbx_refuses_refer(&allo, agent)
    });
    sections.run("baresip : PCMU, poste occupé, message", || {
        conversations::baresip_leaves_a_message(&allo, agent)
    });
    sections.run("baresip : demande par formulaire", || {
        conversations::baresip_leaves_a_request(&allo);
        post::a_request_reaches_its_service(&allo, &mut mail_server);
        conversations::baresip_asks_about_the_request(&allo);
    });
    sections.run("courriel du message", || {
        post::a_message_reaches_its_service(&allo, &mail_server);
    });
    sections.run("SIPp : session rafraîchie", || {
        refreshed.succeed(Duration::from_secs(60))
    });
    sections.run("interruptions", || interrupt::the_greeting_stops_for_a_caller(&allo));
    sections.run("appels annulés", || {
        steady::cancelled_calls_leave_nothing_behind(&allo)
    });
    sections.run("100 appels l'un après l'autre", || {
        steady::calls_leave_nothing_behind(&allo)
    });
    sections.run("20 appels à la fois", || steady::twenty_at_once(&allo));
    sections.run("Kamailio : faisceau", || pbx::only_the_trunk_may_call(&allo));
    sections.run("paquets hostiles", || hostile::junk_disturbs_nobody(&allo));
    sections.run("journal", || journal::holds_nothing_personal(&allo, &[]));
    sections.end(&allo);
}

/// The town hall as an extension of the town's own telephone system.
#[test]
fn a_pbx_passes_calls_on() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let folder = tempfile::tempdir().expect("a folder");
    let (allo, pbx) = pbx::town_hall_is_an_extension(folder.path());
    let mut sections = Sections::begin();
    sections.run("Kamailio : poste, transfert", || {
        pbx::a_desk_phone_is_passed_on(&allo, &pbx)
    });
    sections.run("journal", || journal::holds_nothing_personal(&allo, &[pbx::PASSWORD]));
    sections.end(&allo);
}

/// Clerks who are rung, told of the call, and take it or do not.
#[test]
fn clerks_take_calls() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let folder = tempfile::tempdir().expect("a folder");
    let office = handover::Office::open(folder.path());
    let allo = &office.allo;
    let mut sections = Sections::begin();
    sections.run("remise : prise par la touche 1", || office.taken_by_a_key());
    sections.run("remise : Opus, garde, l'appelant raccroche", || {
        office.other_codecs_and_hold()
    });
    sections.run("remise : refusée", || office.declined());
    sections.run("remise : occupé", || office.busy());
    sections.run("remise : sans réponse, puis le repli", || office.overflow());
    sections.run("remise : un groupe", || office.a_group());
    sections.run("remise : l'appelant n'attend pas", || office.abandoned());
    sections.run("remise : un répondeur", || office.voicemail());
    sections.run("remise : l'agent passe l'appel à un poste occupé", || {
        office.not_passed_on()
    });
    sections.run("remise : l'agent passe l'appel à un autre", || office.passed_on());
    sections.run("PJSIP : remise à l'autocommutateur", || office.taken_over());
    sections.run("remise : tout est rendu", || office.leaves_nothing_behind());
    sections.run("journal", || journal::holds_nothing_personal(allo, &[]));
    sections.end(allo);
}

/// Callers who wait for a clerk.
#[test]
fn callers_wait() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let folder = tempfile::tempdir().expect("a folder");
    let mut office = Some(queue::Office::open(folder.path()));
    let mut sections = Sections::begin();
    for (what, section) in [
        (
            "attente : dans l'ordre, en musique, complet",
            queue::Office::callers_wait_and_get_through_in_order as fn(&queue::Office),
        ),
        (
            "attente : quittée par une touche, par la voix",
            queue::Office::they_leave_by_key_and_by_voice,
        ),
        ("attente : trop longue", queue::Office::nobody_waits_for_ever),
    ] {
        sections.run(what, || section(office.as_ref().expect("open")));
    }
    sections.run("journal", || {
        journal::holds_nothing_personal(&office.as_ref().expect("open").allo, &[])
    });
    let log = office.as_ref().expect("open").allo.process.log();
    sections.run("attente : kill -9", || {
        office = office.take().map(queue::Office::what_was_promised_survives);
    });
    assert!(!log.contains("panicked"), "allo a paniqué :\n{}", tail(&log));
    sections.end(&office.expect("open again").allo);
}

/// Conversations with clerks of which the town keeps the sound.
#[test]
fn conversations_are_recorded() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let folder = tempfile::tempdir().expect("a folder");
    let mut office = Some(recording::Office::open(folder.path()));
    let mut sections = Sections::begin();
    for (what, section) in [
        (
            "enregistrement : l'annonce, puis les deux voix",
            recording::Office::both_are_on_it as fn(&recording::Office),
        ),
        ("enregistrement : refusé par la touche 9", recording::Office::refused),
    ] {
        sections.run(what, || section(office.as_ref().expect("open")));
    }
    sections.run("journal", || {
        journal::holds_nothing_personal(&office.as_ref().expect("open").allo, &[])
    });
    let log = office.as_ref().expect("open").allo.process.log();
    sections.run("enregistrement : kill -9", || {
        office = office.take().map(recording::Office::survives_us);
    });
    assert!(!log.contains("panicked"), "allo a paniqué :\n{}", tail(&log));
    sections.end(&office.expect("open again").allo);
}

/// Many callers at once, and clerks of every kind.
#[test]
fn two_hundred_hand_overs() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let folder = tempfile::tempdir().expect("a folder");
    let mut sections = Sections::begin();
    let mut allo = None;
    sections.run("SIPp : deux cents remises", || {
        allo = Some(hand_overs::two_hundred(folder.path()));
    });
    let Some(allo) = allo else {
        panic!("ce qui a manqué est dit plus haut")
    };
    sections.end(&allo);
}

/// The same through the town's own telephone system.
#[test]
fn clerks_behind_a_pbx_take_calls() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let folder = tempfile::tempdir().expect("a folder");
    let (allo, pbx) = handover::behind_a_pbx(folder.path());
    let mut sections = Sections::begin();
    sections.run("Kamailio : remise à un poste", || {
        handover::a_desk_phone_takes_it(&allo, &pbx)
    });
    sections.end(&allo);
}

/// Encrypted telephones: TLS with certificates that are looked at, and SRTP.
#[test]
fn encrypted_calls() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let folder = tempfile::tempdir().expect("a folder");
    let house = secure::House::open(folder.path());
    let mut sections = Sections::begin();
    sections.run("baresip : TLS, SRTP, question, garde", || house.baresip_asks());
    sections.run("PJSIP : TLS, SRTP, question", || house.pjsip_asks());
    sections.run("Allô par TLS, suites", || house.every_suite());
    sections.run("paquets SRTP changés, répétés", || {
        house.tampered_packets_do_nothing()
    });
    sections.run("remise par TLS et SRTP", || house.a_clerk_is_rung_by_tls());
    sections.run("remise d'un appel chiffré à un poste qui ne l'est pas", || {
        house.a_plain_clerk_takes_an_encrypted_call()
    });
    sections.run("certificat d'un inconnu", || house.a_clerk_without_a_good_certificate());
    sections.run("TLS hostile", || house.junk_disturbs_nobody());
    sections.run("journal", || {
        // Nor any key.
        journal::holds_nothing_personal(&house.allo, &["inline:"])
    });
    sections.end(&house.allo);
}

/// The town's telephone system, reached by TLS.
#[test]
fn a_pbx_is_reached_by_tls() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let folder = tempfile::tempdir().expect("a folder");
    secure::an_extension_of_a_pbx_by_tls(folder.path());
}

/// Where encryption is required, whoever does without is refused.
#[test]
fn only_encrypted_calls() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let folder = tempfile::tempdir().expect("a folder");
    let allo = Allo::serve(folder.path(), &[("ALLO_SIP_SRTP", "exigé")]);
    let mut sections = Sections::begin();
    sections.run("SRTP exigé", || secure::plain_calls_are_refused(&allo));
    sections.end(&allo);
}

/// The console of those who work in the town hall, in a real browser.
#[test]
fn the_console_shows_what_goes_on() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let folder = tempfile::tempdir().expect("a folder");
    let agent = free_port();
    let allo = Allo::serve(
        folder.path(),
        &[("ALLO_SIP_TRANSFER_HOST", &format!("127.0.0.1:{agent}"))],
    );
    let browser = browser::Browser::open(folder.path());
    let mut sections = Sections::begin();
    sections.run("Chromium : connexion", || console::somebody_logs_in(&allo, &browser));
    sections.run("Chromium : appels en cours", || {
        console::calls_appear_live(&allo, &browser, agent)
    });
    sections.run("Chromium : message écouté", || {
        console::a_message_is_played(&allo, &browser)
    });
    sections.run("Chromium : demande suivie", || {
        console::a_request_is_dealt_with(&allo, &browser)
    });
    sections.run("Chromium : autres pages", || {
        console::the_other_pages_are_there(&allo, &browser)
    });
    sections.run("Chromium : longues listes, au clavier", || {
        console::long_lists_are_read(&allo, &browser)
    });
    sections.run("Chromium : étrangers", || console::strangers_stay_out(&allo, &browser));
    sections.run("journal", || {
        journal::holds_nothing_personal(&allo, &[console::PASSWORD])
    });
    sections.end(&allo);
}

/// Clerks who take calls in their browser.
#[test]
fn calls_are_taken_in_the_browser() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let folder = tempfile::tempdir().expect("a folder");
    let office = desk::Office::open(folder.path());
    let mut sections = Sections::begin();
    sections.run("Chromium : deux navigateurs se parlent", || office.two_browsers_talk());
    sections.run("Chromium : le premier a l'appel, refus, navigateur fermé", || {
        office.the_first_has_it()
    });
    sections.run("Chromium : appel repris, rendu, passé", || office.taken_over());
    sections.run("Chromium : écoute, souffle, correction", || office.listened_to());
    sections.run("console : tout est rendu", || office.leaves_nothing_behind());
    sections.run("journal", || {
        journal::holds_nothing_personal(&office.allo, &[console::PASSWORD, "Claire", "Sophie"])
    });
    sections.end(&office.allo);
}

/// The button on the town's web site.
#[test]
fn pages_call() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let folder = tempfile::tempdir().expect("a folder");
    let [named, stranger] = [0; 2].map(|port| TcpListener::bind(("127.0.0.1", port)).expect("a port"));
    let origin = format!("http://{}", named.local_addr().expect("bound"));
    let agent = free_port();
    let settings = [
        ("ALLO_SIP_TRANSFER_HOST", &*format!("127.0.0.1:{agent}")),
        ("ALLO_WEB_DEMO", "true"),
        ("ALLO_WEB_ORIGINS", &origin),
        // Callers' addresses are what the tests say.
        ("ALLO_WEB_PROXIES", "127.0.0.1"),
    ];
    let allo = Allo::serve(folder.path(), &settings);
    let [named, stranger] = [named, stranger].map(|listener| pages::Site::start(listener, allo.http));
    let mut sections = Sections::begin();
    sections.run("Chromium : appel, question parlée, question écrite", || {
        pages::a_page_calls(&allo)
    });
    sections.run("Chromium : passé à un téléphone", || {
        pages::a_page_is_passed_to_a_person(&allo, agent)
    });
    sections.run("Chromium : liaison fermée", || {
        pages::a_closed_connection_is_noticed(&allo)
    });
    sections.run("Chromium sans micro : par écrit", || {
        pages::a_page_without_microphone_writes(&allo)
    });
    sections.run("aiortc : question, réponse", || {
        pages::aiortc_asks_and_is_answered(&allo)
    });
    sections.run("Chromium : pages d'autres sites", || {
        pages::only_pages_of_named_sites_may_call(&allo, &named, &stranger)
    });
    sections.run("pages hostiles", || pages::junk_is_refused(&allo));
    sections.run("journal", || journal::holds_nothing_personal(&allo, &pages::ADDRESSES));
    sections.end(&allo);
}

/// A page whose network lets nothing through but a relay.
#[test]
fn pages_call_through_a_relay() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let folder = tempfile::tempdir().expect("a folder");
    let coturn = relay::Coturn::start(folder.path());
    let settings = [
        ("ALLO_WEB_DEMO", "true"),
        ("ALLO_WEB_TURN_URL", &*coturn.url()),
        ("ALLO_WEB_TURN_SECRET", relay::SECRET),
    ];
    let allo = Allo::serve(folder.path(), &settings);
    let mut sections = Sections::begin();
    sections.run("coturn : Chromium, par le relais seul", || {
        relay::a_page_calls_through_it_alone(&allo, &coturn)
    });
    sections.run("coturn : ni nom périmé, ni faux mot de passe", || {
        relay::others_are_refused(&allo, &coturn)
    });
    sections.run("journal", || journal::holds_nothing_personal(&allo, &[relay::SECRET]));
    sections.end(&allo);
}

/// What the town has written, said in other words by a model of its own, or by one that cannot be trusted.
#[test]
fn other_words_are_the_towns() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let folder = tempfile::tempdir().expect("a folder");
    let llama = generation::Llama::start(folder.path());
    let server = generation::Server::before(&llama);
    let mut sections = Sections::begin();
    sections.run("llama.cpp : vérification", || {
        generation::a_real_model_is_held_to_the_text(&server)
    });
    let settings = [
        ("ALLO_DIALPLAN", "tests/peers/generation.yaml"),
        ("ALLO_GENERATION_URL", &server.url()),
        ("ALLO_GENERATION_KEY", "clef-secrete"),
    ];
    let allo = Allo::serve(folder.path(), &settings);
    sections.run("llama.cpp, puis un menteur, un muet, un mourant", || {
        generation::a_caller_hears_what_the_town_wrote(&allo, &server)
    });
    sections.run("journal", || journal::holds_nothing_personal(&allo, &["clef-secrete"]));
    sections.end(&allo);
}

/// The parts of a test, each told with the time when it ended; one that fails does not hide the others.
/// `PEERS_ONLY=interruptions,journal` runs those alone.
struct Sections {
    started: Instant,
    only: Option<String>,
    failed: Vec<String>,
}

impl Sections {
    fn begin() -> Self {
        Self {
            started: Instant::now(),
            only: std::env::var("PEERS_ONLY").ok(),
            failed: Vec::new(),
        }
    }

    fn run(&mut self, what: &str, section: impl FnOnce()) {
        if self
            .only
            .as_ref()
            .is_some_and(|only| !only.split(',').any(|part| what.contains(part)))
        {
            return;
        }
        let ended = catch_unwind(AssertUnwindSafe(section));
        let failed = if ended.is_err() { " : ÉCHEC" } else { "" };
        println!("{:6.1} s  {what}{failed}", self.started.elapsed().as_secs_f32());
        self.failed.extend(ended.err().map(|_| what.to_owned()));
    }

    fn end(self, allo: &Allo) {
        let log = allo.process.log();
        assert!(self.failed.is_empty(), "{:?}\n{}", self.failed, tail(&log));
        assert!(!log.contains("panicked"), "allo a paniqué :\n{}", tail(&log));
    }
}
