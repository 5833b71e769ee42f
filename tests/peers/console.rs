//! The console in a real browser, while real calls come in.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread::{self, sleep};
use std::time::Duration;

use crate::browser::Browser;
use crate::common::{Allo, LATER, SOON, wait_for};
use crate::conversations;

pub const PASSWORD: &str = "girafe verte du jeudi";
/// A name that would like to be a script.
const NAME: &str = "<script>document.title='pris'</script>";
const DESK: (u32, u32) = (1366, 768);
const TELEPHONE: (u32, u32) = (390, 844);

pub fn url(allo: &Allo, path: &str) -> String {
    format!("http://127.0.0.1:{}/console{path}", allo.http)
}

/// Makes an account, as an admin does.
pub fn account(allo: &Allo, name: &str, arguments: &[&str]) {
    account_in(allo, name, arguments, "tests/peers/plan.yaml");
}

/// The same, with the services of this plan.
pub fn account_in(allo: &Allo, name: &str, arguments: &[&str], plan: &str) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_allo"));
    command
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .args(["users", "add", name])
        .args(arguments)
        .env("ALLO_DATA", allo.folder.join("data"))
        .env("ALLO_DIALPLAN", plan)
        .stdin(Stdio::piped())
        .stdout(Stdio::null());
    let mut child = command.spawn().expect("allo");
    let line = format!("{PASSWORD}\n");
    let mut stdin = child.stdin.take().expect("a pipe");
    stdin.write_all(line.as_bytes()).expect("a pipe");
    drop(stdin);
    assert!(child.wait().expect("allo").success(), "allo users add {name}");
}

/// The page at both sizes, and by night, into target/console; it is nowhere wider than the screen.
pub fn photograph(browser: &Browser, name: &str) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/console");
    fs::create_dir_all(&folder).expect("a folder");
    for (screen, scheme, suffix) in [
        (DESK, "dark", "sombre"),
        (TELEPHONE, "light", "telephone"),
        (DESK, "light", "bureau"),
    ] {
        browser.screen(screen, scheme);
        sleep(Duration::from_millis(300));
        browser.photograph(&folder.join(format!("{name}-{suffix}.png")));
        assert_eq!(browser.too_wide(), 0, "{name}, {suffix} : plus large que l'écran");
    }
}

pub fn log_in(allo: &Allo, browser: &Browser, name: &str) {
    browser.go(&url(allo, ""));
    browser.fill("#nom", name);
    browser.fill("#mot_de_passe", PASSWORD);
    browser.press("\u{E007}");
    browser.says("Appels en cours", SOON);
}

/// Who has no account is told how to make one; then a wrong password, then the right one, all at the keyboard.
pub fn somebody_logs_in(allo: &Allo, browser: &Browser) {
    browser.go(&url(allo, ""));
    browser.says("allo users add", SOON);
    photograph(browser, "connexion-sans-compte");
    account(allo, NAME, &["--role", "admin"]);
    account(allo, "Paul", &["--role", "clerc", "--service", "accueil"]);
    browser.go(&url(allo, ""));
    browser.fill("#nom", NAME);
    browser.fill("#mot_de_passe", "pas le bon");
    browser.press("\u{E007}");
    browser.says("Nom ou mot de passe inconnu", SOON);
    photograph(browser, "connexion");
    log_in(allo, browser, NAME);
    browser.says(NAME, SOON);
    browser.says("Aucun appel en ce moment", SOON);
    photograph(browser, "en-cours-vide");
    assert_ne!(browser.run("return document.title"), "pris");
}

/// A caller leaves a request, and another a message: the page shows both calls by itself while they go on.
pub fn calls_appear_live(allo: &Allo, browser: &Browser, agent: u16) {
    thread::scope(|scope| {
        let caller = scope.spawn(|| conversations::baresip_leaves_a_request(allo));
        browser.says("04 67 44 44 44", SOON);
        browser.says("L'assistant vocal vous écoute", SOON);
        browser.says("Un passeport", LATER);
        browser.says("Téléphone : «", LATER);
        photograph(browser, "en-cours");
        browser.says("Demande", LATER);
        browser.says("06 42 18 75 91", LATER);
        browser.says("Terminé", LATER);
        caller.join().expect("the call");
    });
    thread::scope(|scope| {
        let caller = scope.spawn(|| conversations::baresip_leaves_a_message(allo, agent));
        browser.says("04 67 33 33 33", SOON);
        browser.says("Transfert", LATER);
        browser.says(": occupé", LATER);
        photograph(browser, "en-cours-transfert");
        caller.join().expect("the call");
    });
}

/// The message is in the inbox, can be played and jumped about in, and is dealt with.
pub fn a_message_is_played(allo: &Allo, browser: &Browser) {
    browser.go(&url(allo, "/messages"));
    browser.says("04 67 33 33 33", SOON);
    photograph(browser, "messages");
    browser.run("const a = document.querySelector('audio'); a.play(); return null");
    let played = wait_for(SOON, || {
        let at = browser.run("return document.querySelector('audio').currentTime");
        at.as_f64().filter(|at| *at > 0.5)
    });
    assert!(
        played.is_some(),
        "{}",
        browser.run("return String(document.querySelector('audio').error)")
    );
    let length = browser.run("return document.querySelector('audio').duration");
    assert!(length.as_f64() > Some(3.0), "{length}");
    browser.run("const a = document.querySelector('audio'); a.currentTime = a.duration - 1; return null");
    let jumped = wait_for(SOON, || {
        let over = browser.run("return document.querySelector('audio').ended");
        over.as_bool().filter(|over| *over)
    });
    assert!(jumped.is_some(), "the end is one second away");
    browser.click(".card button");
    browser.says("Aucun message ne correspond", SOON);
    browser.go(&url(allo, "/messages?etat=tous"));
    browser.says(&format!("par {NAME}"), SOON);
}

/// The request's state is changed, and a note that would like to be a script is written.
pub fn a_request_is_dealt_with(allo: &Allo, browser: &Browser) {
    browser.go(&url(allo, "/demandes"));
    photograph(browser, "demandes");
    browser.click("tbody a");
    browser.says("06 42 18 75 91", SOON);
    browser.click("select[name=etat] option[value=en-cours]");
    browser.click("form[action$=etat] button");
    let requests = allo.json(&["requests", "--json"]);
    let reference = requests[0]["reference"].as_str().expect("a reference");
    browser.says(&format!("Demande {reference} En cours"), SOON);
    browser.fill("#texte", &format!("Rappelé ce matin. {NAME}"));
    browser.click("form[action$=note] button");
    browser.says(&format!("Rappelé ce matin. {NAME}"), SOON);
    assert_ne!(browser.run("return document.title"), "pris");
    photograph(browser, "demande");
    let requests = allo.json(&["requests", "--json"]);
    assert_eq!(requests[0]["state"], "in_progress", "{requests:#}");
}

/// The other pages.
pub fn the_other_pages_are_there(allo: &Allo, browser: &Browser) {
    browser.go(&url(allo, "/appels"));
    browser.says("04 67 44 44 44", SOON);
    photograph(browser, "appels");
    browser.click("tbody a");
    browser.says("Ce qui s'est dit", SOON);
    photograph(browser, "appel");
    browser.go(&url(allo, "/presence"));
    browser.click("input[value=disponible]");
    browser.click("form.presence button");
    browser.says("disponible", SOON);
    photograph(browser, "presence");
    browser.go(&url(allo, "/recherche"));
    browser.fill("input[type=search]", "quand passent les poubelles");
    browser.press("\u{E007}");
    browser.says("Les ordures ménagères sont ramassées le mardi matin", SOON);
    photograph(browser, "recherche");
    browser.go(&url(allo, "/journal"));
    browser.says("a écouté le message", SOON);
    photograph(browser, "journal");
    browser.go(&url(allo, "/inconnu"));
    browser.says("Page introuvable", SOON);
    photograph(browser, "introuvable");
}

/// A page of another site (another port of this machine: browsers send the cookie) sends a form; then the token of a session
/// that has ended is sent again; then a stranger's.
pub fn strangers_stay_out(allo: &Allo, browser: &Browser) {
    let form = format!(
        "<form method=post action='{}'><input name=jeton value=x></form><script>document.forms[0].submit()</script>",
        url(allo, "/deconnexion")
    );
    let site = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = format!("http://{}/", site.local_addr().expect("bound"));
    thread::spawn(move || {
        for stream in site.incoming() {
            let mut stream = stream.expect("a connection");
            let _ = stream.read(&mut [0; 4096]);
            let head = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close";
            let _ = write!(stream, "{head}\r\nContent-Length: {}\r\n\r\n{form}", form.len());
        }
    });
    browser.go(&address);
    browser.says("Envoi refusé", SOON);
    browser.go(&url(allo, "/messages"));
    browser.says("Se déconnecter", SOON);

    let cookie = browser.cookie("allo");
    assert_eq!(
        (&cookie["httpOnly"], &cookie["sameSite"]),
        (&true.into(), &"Strict".into()),
        "{cookie}"
    );
    assert_eq!(browser.run("return document.cookie"), "", "no script reads it");
    let cookie = format!("allo={}", cookie["value"].as_str().expect("a token"));
    let config = ureq::Agent::config_builder().max_redirects(0);
    let agent: ureq::Agent = config.http_status_as_error(false).build().into();
    let page = |cookie: &str| {
        let asked = agent.get(url(allo, "/messages")).header("cookie", cookie).call();
        asked.expect("an answer").status().as_u16()
    };
    assert_eq!(page(&cookie), 200);
    browser.click(".me button");
    browser.says("Connexion", SOON);
    assert_eq!(page(&cookie), 303, "the token of a session that has ended");
    assert_eq!(
        page("allo=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"),
        303,
        "one that never was"
    );
    browser.go(&url(allo, "/messages"));
    browser.says("Mot de passe", SOON);

    // A page that is open notices that its session is over: an admin has changed the password meanwhile.
    log_in(allo, browser, "Paul");
    assert!(!browser.text().contains("Journal"), "a clerk");
    let mut command = Command::new(env!("CARGO_BIN_EXE_allo"));
    command.args(["users", "remove", "Paul"]);
    command.env("ALLO_DATA", allo.folder.join("data"));
    assert!(command.status().expect("allo").success());
    browser.says("Mot de passe", LATER);
}
