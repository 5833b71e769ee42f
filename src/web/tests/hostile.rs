//! What must not work.

use super::*;
use crate::store::{Action, Wanted};

/// Everything that changes something.
const CHANGES: [&str; 9] = [
    "/console/connexion",
    "/console/deconnexion",
    "/console/presence",
    "/console/messages/aa",
    "/console/enregistrements/aa-1/effacer",
    "/console/demandes/427/etat",
    "/console/demandes/427/note",
    "/console/demandes/427/renvoi",
    "/console/inconnu",
];
/// Everything that shows something.
const PAGES: [&str; 10] = [
    "/console",
    "/console/appels",
    "/console/appels/000000000000002a",
    "/console/messages",
    "/console/demandes",
    "/console/presence",
    "/console/recherche?q=horaires",
    "/console/journal",
    "/console/messages/aa/son",
    "/console/enregistrements/aa-1/son",
];

#[test]
fn without_a_session_there_is_only_the_login() {
    let house = House::new();
    house.account("Claire", Role::Admin, &[]);
    for cookie in ["", "allo=", "allo=AAAA", "allo=\"'<>", "autre=x"] {
        for path in PAGES {
            let answer = house.get(path, &[("cookie", cookie)]);
            assert_eq!(
                (answer.status, answer.header("location")),
                (303, "/console/connexion"),
                "{path} {cookie}"
            );
        }
        for path in ["/console/evenements", "/console/signe"] {
            assert_eq!(house.get(path, &[("cookie", cookie)]).status, 401, "{path} {cookie}");
        }
    }
}

#[test]
fn a_token_is_worth_nothing_after_logging_out_or_a_new_password() {
    let house = House::new();
    house.account("Claire", Role::Clerk, &["accueil"]);
    let claire = house.login("Claire");
    assert_eq!(claire.get("/console").status, 200);
    let out = claire.post("/console/deconnexion", &[]);
    assert_eq!((out.status, out.header("location")), (303, "/console/connexion"));
    assert!(out.header("set-cookie").contains("Max-Age=0"));
    assert_eq!(claire.get("/console").status, 303, "replayed");
    assert_eq!(claire.post("/console/presence", &[("etat", "disponible")]).status, 303);
    let (one, other) = (house.login("Claire"), house.login("claire"));
    assert_ne!(one.cookie, other.cookie);
    let new = password::hash(&Secret::new("un autre mot de passe")).expect("hashes");
    assert!(house.desk().set_password("Claire", &new).expect("writes"));
    assert_eq!((one.get("/console").status, other.get("/console").status), (303, 303));
    assert_eq!(house.try_login("Claire", PASSWORD).status, 401, "the old password");
}

#[test]
fn what_does_not_come_from_our_pages_changes_nothing() {
    let house = House::new();
    house.account("Claire", Role::Admin, &[]);
    house.account("Paul", Role::Admin, &[]);
    let (claire, paul) = (house.login("Claire"), house.login("Paul"));
    let reference = house.request("urbanisme", "0642187591", "Martine");
    let state = format!("/console/demandes/{reference}/etat");
    let (own, cookie) = (house.origin(), claire.cookie.as_str());
    let fields = |token| [("etat", "traitee"), ("jeton", token)];
    for origin in ["http://evil.example", "null", "https://127.0.0.1", ""] {
        for path in CHANGES {
            let answer = house.post(path, &[("cookie", cookie), ("origin", origin)], &fields(&claire.token));
            assert_eq!(answer.status, 403, "{path} from {origin}");
        }
    }
    assert_eq!(
        house.post(&state, &[("cookie", cookie)], &fields(&claire.token)).status,
        403,
        "no origin"
    );
    for token in ["", "x", paul.token.as_str()] {
        let answer = house.post(&state, &[("cookie", cookie), ("origin", &own)], &fields(token));
        assert_eq!(answer.status, 403, "token {token}");
    }
    let without = house.post(&state, &[("cookie", cookie), ("origin", &own)], &[("etat", "traitee")]);
    assert_eq!(without.status, 400, "no token at all");
    let request = house
        .desk()
        .read()
        .request(&reference)
        .expect("reads")
        .expect("is there");
    assert_eq!(request.state, crate::units::RequestState::Received);
    assert_eq!(
        claire.post(&state, &[("etat", "traitee")]).status,
        303,
        "and from our page it does"
    );
}

#[test]
fn behind_tls_the_cookie_and_the_origin_are_those_of_the_site() {
    let house = House::at(Some("https://allo.mairie.fr"));
    house.account("Claire", Role::Admin, &[]);
    assert_eq!(
        house.try_login("Claire", PASSWORD).status,
        403,
        "the address behind it is not the site"
    );
    let fields = [("nom", "Claire"), ("mot_de_passe", PASSWORD)];
    let answer = house.post("/console/connexion", &[("origin", "https://allo.mairie.fr")], &fields);
    let cookie = answer.header("set-cookie");
    assert!(
        cookie.starts_with("__Host-allo=") && cookie.contains("; Secure"),
        "{cookie}"
    );
    assert_eq!(house.get("/console", &[("cookie", &answer.cookie())]).status, 200);
}

#[test]
fn passwords_cannot_be_tried_for_ever() {
    let house = House::new();
    house.account("Claire", Role::Admin, &[]);
    for name in ["Claire", "Personne"] {
        let statuses: Vec<u16> = (0..7).map(|_| house.try_login(name, "pas le bon mot").status).collect();
        assert_eq!(statuses, [401, 401, 401, 401, 401, 401, 429], "{name}, known or not");
    }
    let answer = house.try_login("Claire", PASSWORD);
    assert_eq!(answer.status, 429, "even with the right one");
    assert!(
        answer
            .header("retry-after")
            .parse::<u64>()
            .is_ok_and(|wait| (1..=60).contains(&wait))
    );
    let trail = house
        .desk()
        .list_trail(0..i64::MAX, "", Wanted::First)
        .expect("reads")
        .rows;
    let refused = trail.iter().filter(|row| row.action == Some(Action::LoginRefused));
    let names: Vec<&str> = refused.map(|row| row.user.as_str()).collect();
    assert_eq!(names.iter().filter(|name| **name == "Claire").count(), 6);
    assert!(
        !names.contains(&"Personne"),
        "what is typed in the place of a name may be a password"
    );
}

#[test]
fn clerks_see_what_is_for_their_services() {
    let house = House::new();
    house.account("Claire", Role::Clerk, &["accueil"]);
    house.account("Anne", Role::Supervisor, &[]);
    let (mine, other) = (
        house.message("accueil", "0600000001"),
        house.message("urbanisme", "0600000002"),
    );
    let (own, foreign) = (
        house.request("accueil", "0600000003", "Martine"),
        house.request("urbanisme", "0600000004", "Gérard"),
    );
    let claire = house.login("Claire");
    let inbox = claire.page("/console/messages?etat=tous&service=urbanisme");
    assert!(!inbox.contains("06 00 00 00 02"));
    let inbox = claire.page("/console/messages");
    assert!(inbox.contains("06 00 00 00 01") && !inbox.contains("06 00 00 00 02"));
    let list = claire.page("/console/demandes");
    assert!(list.contains(&own) && !list.contains(&format!("/console/demandes/{foreign}")));
    assert_eq!(claire.get(&format!("/console/messages/{mine}/son")).status, 200);
    for path in [
        format!("/console/messages/{other}/son"),
        format!("/console/demandes/{foreign}"),
        "/console/appels/inconnu".to_owned(),
    ] {
        assert_eq!(claire.get(&path).status, 404, "{path}");
    }
    for (path, fields) in [
        (format!("/console/messages/{other}"), [("traite", "oui")]),
        (format!("/console/demandes/{foreign}/etat"), [("etat", "traitee")]),
        (format!("/console/demandes/{foreign}/note"), [("texte", "x")]),
        (format!("/console/demandes/{foreign}/renvoi"), [("x", "x")]),
    ] {
        assert_eq!(claire.post(&path, &fields).status, 404, "{path}");
    }
    assert_eq!(claire.get("/console/journal").status, 403);
    let anne = house.login("Anne");
    assert!(anne.page("/console/messages").contains("06 00 00 00 02"));
    assert_eq!(anne.get(&format!("/console/demandes/{foreign}")).status, 200);
    assert_eq!(anne.get("/console/journal").status, 403, "that is for admins");
}

#[test]
fn what_callers_and_colleagues_write_is_text_and_nothing_else() {
    const SCRIPT: &str = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>";
    let house = House::new();
    house.account(SCRIPT, Role::Admin, &[]);
    let call = house.call(42, SCRIPT);
    house.hear(call, SCRIPT);
    house.tell(
        call,
        CallEvent::Cited {
            passage: SCRIPT.into(),
            source: Some(SCRIPT.into()),
            date: None,
            at: SCRIPT.into(),
        },
    );
    house.message("accueil", SCRIPT);
    let reference = house.request("urbanisme", SCRIPT, SCRIPT);
    let visitor = house.login(SCRIPT);
    let note = visitor.post(&format!("/console/demandes/{reference}/note"), &[("texte", SCRIPT)]);
    assert_eq!(note.status, 303);
    let live = house
        .watch(&visitor.cookie, true)
        .find(|line| line.starts_with("data:"));
    let live = live.expect("an event");
    assert!(
        !live.contains("<script") && !live.contains("<img src=x") && live.contains("&lt;script&gt;"),
        "{live}"
    );
    let request = format!("/console/demandes/{reference}");
    let pages = PAGES[..8].iter().copied().chain([
        request.as_str(),
        "/console/recherche?q=%3Cscript%3Ealert(1)%3C/script%3E%22%27%3E%3Cimg%20src=x%20onerror=alert(1)%3E",
        "/console/appels?numero=%22%3E%3Cscript%3Ealert(1)%3C/script%3E&jour=%22%3E%3Cscript%3E",
    ]);
    for path in pages {
        let page = visitor.page(path);
        assert!(
            !page.contains("<script>") && !page.contains("<img src=x"),
            "{path}\n{page}"
        );
        // The frame's own scripts, and nothing of them in a page.
        assert_eq!(page.matches("<script").count(), 3, "{path}");
        assert!(page.contains("&lt;script&gt;"), "{path} shows it as it was written");
        for inline in [" onload=", " onclick=", " style=", "javascript:"] {
            assert!(!page.contains(inline), "{path} has {inline}");
        }
    }
}

#[test]
fn every_answer_says_what_browsers_may_do_with_it() {
    let house = House::new();
    house.account("Claire", Role::Admin, &[]);
    let claire = house.login("Claire");
    let more = [
        "/console/console.js",
        "/console/poste.js",
        "/console/listes.js",
        "/console/corrections",
        "/console/console.css",
        "/console/allo.svg",
        "/console/connexion",
        "/console/inconnu",
        "/console/signe",
    ];
    for path in PAGES.iter().chain(&more) {
        for answer in [claire.get(path), house.get(path, &[])] {
            let policy = answer.header("content-security-policy");
            assert!(
                policy.starts_with("default-src 'none'") && !policy.contains("unsafe"),
                "{path}: {policy}"
            );
            assert_eq!(answer.header("x-frame-options"), "DENY", "{path}");
            assert_eq!(answer.header("cache-control"), "no-store", "{path}");
            assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
            assert_eq!(answer.header("referrer-policy"), "same-origin", "{path}");
        }
    }
}

#[test]
fn a_body_has_its_limit_and_nonsense_is_refused_in_french() {
    let house = House::new();
    house.account("Claire", Role::Admin, &[]);
    let claire = house.login("Claire");
    let reference = house.request("accueil", "0600000003", "Martine");
    let note = format!("/console/demandes/{reference}/note");
    assert_eq!(claire.post(&note, &[("texte", &"x".repeat(40 << 10))]).status, 413);
    assert_eq!(claire.post(&note, &[("texte", &"x".repeat(4001))]).status, 413);
    assert_eq!(claire.post(&note, &[("texte", &"é".repeat(4000))]).status, 303);
    let large = house.try_login(&"x".repeat(40 << 10), PASSWORD);
    assert_eq!(large.status, 413, "before anybody is logged in too");
    for (path, fields) in [
        (format!("/console/demandes/{reference}/etat"), [("etat", "perdue")]),
        ("/console/presence".to_owned(), [("etat", "parti")]),
        (note, [("autre", "x")]),
    ] {
        let answer = claire.post(&path, &fields);
        assert!(answer.text().contains("Envoi illisible"), "{path}: {}", answer.text());
        assert_eq!(answer.status, 400, "{path}");
    }
    let lost = claire.get("/console/appels/%00");
    assert!(
        lost.status == 404 && lost.text().contains("Page introuvable"),
        "{}",
        lost.text()
    );
}
