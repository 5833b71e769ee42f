//! The console in a real browser, while real calls come in.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread::{self, sleep};
use std::time::Duration;

use serde_json::Value;

use crate::axe;
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

/// The page at both sizes, by night, and with letters twice as large, into target/console; it is nowhere wider than the screen,
/// and axe-core finds nothing wrong with it.
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
        let wrong = axe::look(browser);
        assert!(wrong.is_empty(), "{name}, {suffix} :\n{wrong}");
    }
    browser.run("document.documentElement.style.fontSize = '200%'; return null");
    browser.photograph(&folder.join(format!("{name}-double.png")));
    assert_eq!(
        browser.too_wide(),
        0,
        "{name}, lettres doublées : plus large que l'écran"
    );
    browser.run("document.documentElement.style.fontSize = ''; return null");
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
    browser.go("data:text/html,<html lang=fr><title>x</title><main><h1>x</h1><img src=x></main>");
    let wrong = axe::look(browser);
    assert!(wrong.contains("image-alt"), "what is wrong is found: {wrong}");
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
        waits(browser, 2, "1");
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
    waits(browser, 1, "1");
}

/// Waits until so many are told beside a page of the navigation.
fn waits(browser: &Browser, page: usize, many: &str) {
    let count = format!(
        "const c = document.querySelector('[data-count=\"{page}\"]'); return c.hidden ? '0' : c.firstChild.textContent"
    );
    browser.until("à traiter", SOON, &count, |shown| shown == many);
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

const TAB: &str = "\u{E004}";
const ENTER: &str = "\u{E007}";
/// Where the keyboard is.
const FOCUS: &str = "const at = document.activeElement; return at.id || at.textContent.trim()";

/// Hundreds of messages and calls, by callers with long names and little to say: at the keyboard, while more come in.
pub fn long_lists_are_read(allo: &Allo, browser: &Browser) {
    let database = rusqlite::Connection::open(allo.folder.join("data/allo.db")).expect("the store");
    database.busy_timeout(SOON).expect("waits");
    let write = |sql: &str| database.execute_batch(sql).expect(sql);
    let rows = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 230)";
    let now = "CAST(unixepoch('subsec') * 1000 AS INTEGER)";
    let words = "Bonjour, Marie-Antoinette de La Rochefoucauld-Montmorency, 117 ter chemin départemental du Vieux-Moulin-à-Huile, \
                 c''est au sujet du lampadaire. anticonstitutionnellementanticonstitutionnellementanticonstitutionnellement";
    write(&format!(
        "INSERT INTO messages (id, call_id, service, caller, entrance, created_at, delete_after, length_ms, transcript) {rows}
         SELECT printf('%016x', i), '1', 'accueil', iif(i % 3, printf('06%08d', i), NULL), iif(i % 2, 'page', 'telephone'),
         {now} - 60000 * i, 9e15, 7000 * i, iif(i % 5, '{words}', NULL) FROM n;
         INSERT INTO calls (id, started_at, ended_at, end_reason, plan, called, caller, codec) {rows}
         SELECT printf('%016x', i), {now} - 90000 * i, {now}, 'caller', 'Essaiville', 'mairie', NULL, 'opus' FROM n;
         INSERT INTO requests (reference, call_id, form, service, answers, created_at, delete_after, waiting_since, taken_by, state) {rows}
         SELECT 10000 + i, '1', 'rappel', 'accueil', json_object('nom', '{words}'), {now} - 60000 * i, 9e15, {now} - 70000 * i,
         iif(i = 1, '{words}', NULL), iif(i = 1, 'in_progress', 'received') FROM n;
         INSERT INTO audit (at, user, action, subject) {rows} SELECT {now} - 1000 * i, '{words}', '\"read_call\"', printf('%016x', i) FROM n"
    ));
    for page in ["appels", "demandes", "rappels", "journal"] {
        browser.go(&url(allo, &format!("/{page}")));
        browser.says("1 à 50 sur", SOON);
        photograph(browser, &format!("longue-{page}"));
    }
    // Everything can be reached, and it is seen where one is; the first stop jumps over the navigation.
    browser.go(&url(allo, "/messages"));
    browser.says("1 à 50 sur 230", SOON);
    photograph(browser, "longue-messages");
    browser.press(TAB);
    assert_eq!(browser.run(FOCUS), "Aller au contenu");
    browser.press(ENTER);
    browser.press(TAB);
    // A player draws its own.
    let seen = "const at = document.activeElement, look = getComputedStyle(at);
        return at.matches('audio') || look.outlineStyle !== 'none' && look.outlineWidth !== '0px'";
    for _ in 0..8 {
        assert_eq!(
            browser.run(seen),
            true,
            "nothing shows that the keyboard is on « {} »",
            browser.run(FOCUS)
        );
        browser.press(TAB);
    }
    browser.run("document.querySelector('[rel=next]').focus(); return null");
    browser.press(ENTER);
    browser.says("51 à 100 sur 230", SOON);
    browser.press(TAB);
    let within = "return document.getElementById('liste').contains(document.activeElement)";
    assert_eq!(browser.run(within), true, "the keyboard is in the list, not at the top");
    browser.run("scrollTo(0, document.body.scrollHeight); return null");
    photograph(browser, "longue-suite");
    browser.click("[rel=prev]");
    browser.says("1 à 50 sur 230", SOON);

    // A message comes in: at the top of the page it appears by itself; what somebody is at stays where it is.
    let leave = |id: &str| {
        write(&format!(
            "INSERT INTO messages (id, call_id, service, caller, created_at, delete_after, length_ms)
             VALUES ('{id}', '1', 'accueil', '0467112233', {now}, 9e15, 9000)"
        ));
    };
    let first = "return document.querySelector('#liste article').id";
    browser.go(&url(allo, "/messages"));
    browser.click("h1");
    leave("a1");
    browser.until("le nouveau message", SOON, first, |id| id == "message-a1");
    waits(browser, 1, "231");
    assert_eq!(
        browser.run("return document.getElementById('annonce').textContent"),
        "1 nouveau message."
    );
    browser.run("document.querySelector('#message-a1 button').focus(); return null");
    leave("a2");
    browser.says("1 nouveau message : afficher", SOON);
    assert_eq!(browser.run(first), "message-a1");
    assert_eq!(browser.run(FOCUS), "Marquer traité", "the keyboard stays");
    leave("a3");
    browser.says("2 nouveaux messages : afficher", SOON);
    photograph(browser, "nouveaux");
    browser.click("#nouveaux button");
    assert_eq!(
        (browser.run(first), browser.run(FOCUS)),
        ("message-a3".into(), "message-a3".into())
    );
    // A colleague writes down what is in one, and deals with another.
    write(
        "UPDATE messages SET transcript = 'Le lampadaire, encore.' WHERE id = 'a2'; UPDATE messages SET handled_at = 1, handled_by = 'Paul' WHERE id = 'a1'",
    );
    browser.says("Le lampadaire, encore.", SOON);
    browser.click("h1");
    browser.until(
        "le message traité",
        SOON,
        "return document.getElementById('message-a1')",
        Value::is_null,
    );
    browser.click("#message-a3 button");
    browser.until(
        "le message traité",
        SOON,
        "return document.getElementById('message-a3')",
        Value::is_null,
    );
    assert!(browser.url().ends_with("/console/messages#liste"), "{}", browser.url());
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
