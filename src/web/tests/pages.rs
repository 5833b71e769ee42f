//! What works.

use super::*;
use crate::store::Action;
use crate::units::RequestState;

#[test]
fn who_has_no_account_is_told_how_to_make_one() {
    let house = House::new();
    let page = house.get("/console/connexion", &[]);
    assert!(page.text().contains("allo users add") && page.status == 200);
    assert_eq!(
        house.try_login("admin", "admin").status,
        401,
        "there is none by default"
    );
    house.account("Claire", Role::Admin, &[]);
    assert!(!house.get("/console/connexion", &[]).text().contains("allo users add"));
}

#[test]
fn calls_are_shown_as_they_go_on() {
    let house = House::new();
    house.account("Claire", Role::Clerk, &["urbanisme"]);
    let earlier = house.request("urbanisme", "0465710210", "Martine Dubois");
    let hidden = house.request("accueil", "0465710210", "Martine Dubois");
    let claire = house.login("Claire");
    let mut lines = house.watch(&claire.cookie, true);
    let mut counts = house
        .watch(&claire.cookie, false)
        .filter(|line| line.starts_with("data:") && line.contains("\"count\""));
    assert!(counts.next().expect("an event").contains("\"count\":0"));
    let mut wait = |part: &str| {
        let found = lines.find(|line| line.contains(part));
        found.unwrap_or_else(|| panic!("nothing says {part}"))
    };
    assert!(wait("data:").contains("\"count\":0"));
    let call = house.call(42, "0465710210");
    let card = wait("04 65 71 02 10");
    assert!(card.contains("\"count\":1"), "{card}");
    let count = counts.next().expect("an event");
    assert!(
        count.contains("\"html\":null") && count.contains("\"count\":1"),
        "no more than it shows: {count}"
    );
    assert!(
        card.contains(&format!("/console/demandes/{earlier}")),
        "what they asked for before: {card}"
    );
    assert!(
        !card.contains(&format!("/console/demandes/{hidden}")),
        "but for her services: {card}"
    );
    house.hear(call, "la mairie est ouverte ?");
    let card = wait("la mairie est ouverte ?");
    assert!(
        card.contains("Les horaires d'ouverture") || card.contains("Les horaires d&#39;ouverture"),
        "{card}"
    );
    house.tell(
        call,
        CallEvent::TransferBegan {
            service: "accueil".into(),
            target: "100".into(),
            about: "Allô, un appel pour l'accueil.".to_owned().into(),
        },
    );
    wait("sonne en ce moment");
    // Who opens the page now sees it all.
    let page = claire.page("/console");
    assert!(page.contains("la mairie est ouverte ?") && page.contains("sonne en ce moment"));
    house.end(call);
    assert!(wait("Terminé").contains("\"count\":0"));
    // Nothing more is told to a session that is over.
    claire.post("/console/deconnexion", &[]);
    house.call(43, "0465710211");
    assert!(wait("event:").contains("fin"));
}

#[test]
fn a_watcher_that_falls_behind_and_a_board_that_lost_events_see_all() {
    let house = House::new();
    house.account("Claire", Role::Admin, &[]);
    let claire = house.login("Claire");
    // A call of an earlier process that never ended is not in progress.
    let stale = CallId(7);
    house.store.begin(NewCall {
        id: stale,
        plan: "Petitval".into(),
        called: "mairie".into(),
        caller: Some("0465000007".to_owned().into()),
        entrance: Entrance::Telephone,
        codec: "PCMA",
    });
    house.store.flush();
    let database = rusqlite::Connection::open(house.folder.path().join("allo.db")).expect("opens");
    database.execute("UPDATE calls SET started_at = 1", []).expect("writes");
    drop(database);
    // More events than the channel holds, while nobody can read them.
    let calls: Vec<CallId> = (100..110).map(|n| house.call(n, &format!("04650001{n:02}"))).collect();
    for round in 0..200 {
        calls.iter().for_each(|&id| house.hear(id, &format!("phrase {round}")));
    }
    let seen = (0..100).any(|_| {
        std::thread::sleep(Duration::from_millis(100));
        let page = claire.page("/console");
        page.matches("phrase 199").count() == 10
    });
    assert!(seen, "every call with its last words");
    assert!(!claire.page("/console").contains("04 65 00 00 07"));
}

#[test]
fn a_message_is_heard_in_parts_and_dealt_with() {
    let house = House::new();
    house.account("Claire", Role::Clerk, &["accueil"]);
    let id = house.message("accueil", "0642187591");
    let claire = house.login("Claire");
    let sound = format!("/console/messages/{id}/son");
    let whole = claire.get(&sound);
    assert_eq!((whole.status, whole.header("content-type")), (200, "audio/wav"));
    assert!(whole.body.starts_with(b"RIFF") && whole.header("accept-ranges") == "bytes");
    let part = house.get(&sound, &[("cookie", &claire.cookie), ("range", "bytes=4-7")]);
    assert_eq!((part.status, part.body.as_slice()), (206, &whole.body[4..8]));
    assert_eq!(part.header("content-range"), format!("bytes 4-7/{}", whole.body.len()));
    let beyond = house.get(&sound, &[("cookie", &claire.cookie), ("range", "bytes=99999999-")]);
    assert_eq!(
        (beyond.status, beyond.header("content-range")),
        (416, format!("bytes */{}", whole.body.len()).as_str())
    );
    assert!(claire.page("/console/messages").contains(&sound));
    assert!(claire.page("/console/messages").contains("Pas encore transcrit"));
    for (words, shown) in [("", "Aucune parole reconnue"), ("Un <b>trou", "Un &lt;b&gt;trou")] {
        house.store.transcribed(&id, words.to_owned().into());
        house.store.flush();
        assert!(claire.page("/console/messages").contains(shown), "{shown}");
    }
    let change = format!("/console/messages/{id}");
    assert_eq!(claire.post(&change, &[("traite", "oui")]).status, 303);
    assert!(!claire.page("/console/messages").contains(&sound), "it waits no more");
    assert!(claire.page("/console/messages?etat=tous").contains("par Claire"));
    assert_eq!(claire.post(&change, &[("traite", "non")]).status, 303);
    assert!(claire.page("/console/messages").contains(&sound));
    let trail = house.desk().trail_of(&id, 0, 9).expect("reads");
    let actions: Vec<_> = trail.iter().rev().filter_map(|row| row.action).collect();
    assert_eq!(
        actions,
        [Action::Listened, Action::HandledMessage, Action::ReopenedMessage],
        "a part in the middle is no other listening"
    );
}

#[test]
fn a_request_is_dealt_with_and_its_history_says_by_whom() {
    let house = House::new();
    house.account("Claire", Role::Clerk, &["urbanisme"]);
    let reference = house.request("urbanisme", "0642187591", "Martine Dubois");
    let claire = house.login("Claire");
    let path = format!("/console/demandes/{reference}");
    let page = claire.page(&path);
    for part in ["Martine Dubois", "06 42 18 75 91", "Une demande de rappel", "Reçue"] {
        assert!(page.contains(part), "{part}");
    }
    assert_eq!(
        claire.post(&format!("{path}/etat"), &[("etat", "en-cours")]).status,
        303
    );
    let note = claire.post(
        &format!("{path}/note"),
        &[("texte", "Rappelée, rendez-vous jeudi.\nDossier complet.")],
    );
    assert_eq!((note.status, note.header("location")), (303, path.as_str()));
    let request = house
        .desk()
        .read()
        .request(&reference)
        .expect("reads")
        .expect("is there");
    assert_eq!(request.state, RequestState::InProgress);
    let page = claire.page(&path);
    assert!(
        page.contains("rendez-vous jeudi") && page.contains("a mis « en cours » la demande"),
        "{page}"
    );
    assert!(claire.page("/console/demandes?etat=en-cours").contains(&path));
    assert!(!claire.page("/console/demandes?etat=recue").contains(&path));
}

#[test]
fn past_calls_are_found_by_day_and_number_and_reading_them_leaves_a_trail() {
    let house = House::new();
    house.account("Alice", Role::Admin, &[]);
    let call = house.call(42, "+33465710210");
    house.hear(call, "la mairie est ouverte ?");
    house.end(call);
    let alice = house.login("Alice");
    let today = house.console.civil(Console::now()).format("%Y-%m-%d").to_string();
    let path = format!("/console/appels/{call}");
    for (query, found) in [
        (String::new(), true),
        (format!("?jour={today}"), true),
        ("?jour=2020-01-01".to_owned(), false),
        ("?numero=04%2065%2071".to_owned(), true),
        ("?numero=0999".to_owned(), false),
    ] {
        let page = alice.page(&format!("/console/appels{query}"));
        assert_eq!(page.contains(&path), found, "{query}");
    }
    let page = alice.page(&path);
    for part in [
        "la mairie est ouverte ?",
        "sujet horaires, 90\u{a0}%",
        "appelant a raccroché",
        "04 65 71 02 10",
    ] {
        assert!(page.contains(part), "{part}\n{page}");
    }
    assert_eq!(
        alice.get("/console/appels/0000").status,
        404,
        "the beginning of an id is not enough"
    );
    let trail = alice.page("/console/journal");
    assert!(
        trail.contains("a lu l&#39;appel") || trail.contains("a lu l'appel"),
        "{trail}"
    );
    assert!(trail.contains(&call.to_string()) && trail.contains(&today));
}

#[test]
fn presence_is_said_shown_and_asked_for() {
    let house = House::new();
    house.account("Claire", Role::Clerk, &["urbanisme"]);
    let claire = house.login("Claire");
    let available = || house.console.presence.available("urbanisme", Console::now());
    assert!(available().is_empty());
    assert_eq!(claire.post("/console/presence", &[("etat", "disponible")]).status, 303);
    assert_eq!(available(), ["Claire"]);
    assert!(claire.page("/console/presence").contains("Le service de l"));
    assert_eq!(claire.get("/console/signe").status, 204);
    claire.post("/console/deconnexion", &[]);
    assert!(available().is_empty());
}

#[test]
fn the_towns_answers_are_found() {
    let house = House::new();
    house.account("Claire", Role::Clerk, &["urbanisme"]);
    let claire = house.login("Claire");
    let page = claire.page("/console/recherche?q=quels+sont+les+horaires+d%27ouverture");
    assert!(page.contains("La mairie est ouverte le matin."), "{page}");
}

#[test]
fn who_waits_is_shown_by_service_and_place() {
    let house = House::new();
    house.account("Claire", Role::Clerk, &["urbanisme"]);
    let claire = house.login("Claire");
    let waits = |id, caller, service: &str, position| {
        let call = house.call(id, caller);
        let service = service.to_owned();
        let wait_ms = 240_000;
        let queued = CallEvent::Queued {
            service,
            position,
            wait_ms,
        };
        house.tell(call, queued);
        call
    };
    let second = waits(1, "0465710202", "urbanisme", 2);
    let first = waits(2, "0465710201", "urbanisme", 1);
    waits(3, "0465710203", "accueil", 1);
    let shown = |wanted: &dyn Fn(&str) -> bool| {
        (0..100).any(|_| {
            std::thread::sleep(Duration::from_millis(50));
            let page = claire.page("/console");
            let queues = page
                .split("Dans l")
                .nth(1)
                .and_then(|rest| rest.split("</section>").next());
            wanted(queues.unwrap_or_default())
        })
    };
    assert!(
        shown(&|queues| {
            let at = |what: &str| queues.find(what);
            at("1re place, environ 4 min").is_some()
                && at("04 65 71 02 01") < at("04 65 71 02 02")
                && at("04 65 71 02 03").is_none()
        }),
        "hers, in order"
    );
    let left = CallEvent::Unqueued {
        service: "urbanisme".into(),
        how: crate::call::event::Left::Taken,
        waited_ms: 1,
    };
    house.tell(first, left);
    house.end(second);
    assert!(shown(&str::is_empty), "nobody waits for her");
}

#[test]
fn call_backs_are_dealt_with_in_the_order_of_arrival() {
    let house = House::new();
    house.account("Claire", Role::Clerk, &["urbanisme"]);
    house.account("Paul", Role::Clerk, &["urbanisme"]);
    let promise = |service, caller, waited| house.submit(service, caller, "", Some(Duration::from_secs(waited)));
    let later = promise("urbanisme", "0465710202", 10);
    let first = promise("urbanisme", "0465710201", 500);
    let hidden = promise("accueil", "0465710203", 500);
    house.request("urbanisme", "0465710204", "Martine Dubois");
    let (claire, paul) = (house.login("Claire"), house.login("Paul"));
    let page = claire.page("/console/rappels");
    let at = |page: &str, reference: &str| page.find(&format!("Rappel {reference}<"));
    assert!(
        at(&page, &first).is_some() && at(&page, &first) < at(&page, &later),
        "{page}"
    );
    assert!(at(&page, &hidden).is_none() && page.matches("<article").count() == 2);
    let says = |who: &Visitor, reference: &str, what: &str| {
        who.post(&format!("/console/rappels/{reference}"), &[("fait", what)])
            .status
    };
    assert_eq!(says(&claire, &first, "pris"), 303);
    assert!(paul.page("/console/rappels").contains("par Claire"));
    says(&paul, &first, "fait");
    assert!(at(&paul.page("/console/rappels"), &first).is_some(), "she is calling");
    says(&claire, &first, "sans_reponse");
    assert!(paul.page("/console/rappels").contains("sans réponse : 1 fois"));
    says(&paul, &first, "fait");
    assert!(at(&paul.page("/console/rappels"), &first).is_none());
    assert!(paul.page("/console/rappels?etat=tous").contains("par Paul"));
    assert_eq!(says(&claire, &hidden, "fait"), 404, "not hers");
    assert_eq!(says(&claire, &later, "autre"), 400);
}
