//! Calls that are taken in the browser: what rings for whom, who may do what, and what is written down of it. The call itself is
//! played by the test.

use std::task::{Context, Poll, Waker};
use std::time::Instant;

use super::*;
use crate::app::desks::{Seat, Step, Wish};
use crate::store::{Action, Wanted};

/// What the call that holds this seat is asked next.
pub(super) fn wish(seat: &mut Seat) -> Wish {
    let until = Instant::now() + Duration::from_secs(10);
    while Instant::now() < until {
        if let Poll::Ready(wish) = seat.poll_wish(&mut Context::from_waker(Waker::noop())) {
            return wish;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    panic!("nobody wishes anything");
}

impl House {
    /// Rings these accounts, whose pages are open.
    pub(super) fn ring(&self, call: CallId, names: &[&str]) -> Seat {
        let names = names.iter().map(|&name| name.into()).collect();
        let summary = "Allô, un appel pour l'accueil.".to_owned().into();
        let seat = self.console.desks.ring(call, "accueil", summary, names);
        seat.unwrap_or_else(|code| panic!("nothing rings: {code}"))
    }

    fn did(&self, user: &str, action: Action) -> bool {
        let trail = self.desk().list_trail(0..i64::MAX, user, Wanted::First);
        let mut trail = trail.expect("reads").rows.into_iter();
        trail.any(|row| row.user == user && row.action == Some(action))
    }
}

/// Waits for a line of what a page is told.
fn told(lines: &mut impl Iterator<Item = String>, part: &str) -> String {
    lines
        .find(|line| line.contains(part))
        .unwrap_or_else(|| panic!("nothing says {part}"))
}

#[test]
fn a_call_rings_for_those_who_were_asked_and_the_first_has_it() {
    let house = House::new();
    for name in ["Claire", "Paul", "Zoe"] {
        house.account(name, Role::Clerk, &["accueil"]);
    }
    let (claire, paul, zoe) = (house.login("Claire"), house.login("Paul"), house.login("Zoe"));
    let mut pages = [&claire, &paul, &zoe].map(|who| house.watch(&who.cookie, false));
    for page in &mut pages {
        told(page, "event: postes");
    }
    let call = house.call(42, "0465710210");
    let mut seat = house.ring(call, &["Claire", "Paul"]);
    let card = told(&mut pages[0], "Prendre l'appel");
    assert!(card.contains("un appel pour l'accueil"), "{card}");
    assert!(claire.page("/console/messages").contains("Prendre l"), "on every page");
    assert!(!zoe.page("/console").contains("Prendre l"), "not asked");
    let post = house.console.desks.shown_to("Claire")[0].id;
    let path = |what: &str| format!("/console/postes/{post}/{what}");
    assert_eq!(zoe.post(&path("prise"), &[("offre", "v=0")]).status, 404);
    assert_eq!(claire.post(&path("fin"), &[]).status, 404, "not hers yet");
    let foreign = [("cookie", claire.cookie.as_str()), ("origin", "http://evil.example")];
    let fields = [("offre", "v=0"), ("jeton", claire.token.as_str())];
    assert_eq!(house.post(&path("prise"), &foreign, &fields).status, 403);
    std::thread::scope(|scope| {
        let answer = scope.spawn(|| paul.post(&path("prise"), &[("offre", "v=0 de Paul")]));
        match wish(&mut seat) {
            Wish::Take(take) => {
                assert_eq!((take.name.as_str(), take.offer.as_str()), ("Paul", "v=0 de Paul"));
                take.answered.send(Ok("v=0 d'Allô".into())).expect("he waits");
            }
            other => panic!("{other:?}"),
        }
        let answer = answer.join().expect("an answer");
        let body: serde_json::Value = serde_json::from_slice(&answer.body).expect("JSON");
        assert_eq!((answer.status, &body["reponse"]), (200, &"v=0 d'Allô".into()));
    });
    assert_eq!(claire.post(&path("prise"), &[("offre", "v=0")]).status, 409);
    told(&mut pages[0], "Appel pris par Paul");
    told(&mut pages[1], "Raccrocher");
    assert_eq!(claire.post(&path("retour"), &[]).status, 404, "it is Paul's");
    assert_eq!(paul.post(&path("suite"), &[("service", "urbanisme")]).status, 204);
    assert!(matches!(wish(&mut seat), Wish::PassOn(service) if service == "urbanisme"));
    assert_eq!(paul.post(&path("suite"), &[("service", "nulle part")]).status, 404);
    assert_eq!(paul.post(&path("suite"), &[("poste", "203")]).status, 204);
    assert!(matches!(wish(&mut seat), Wish::Refer(extension) if extension == "203"));
    assert_eq!(
        paul.post(&path("suite"), &[("poste", "0612345678")]).status,
        400,
        "no outside number"
    );
    assert_eq!(paul.post(&path("retour"), &[]).status, 204);
    assert!(matches!(wish(&mut seat), Wish::GiveBack));
    drop(seat);
    told(&mut pages[1], "{\"html\":\"\"}");
    assert!(house.did("Paul", Action::TookCall) && !house.did("Claire", Action::TookCall));
}

#[test]
fn whoever_declines_is_not_asked_again() {
    let house = House::new();
    house.account("Claire", Role::Clerk, &["accueil"]);
    let claire = house.login("Claire");
    let mut page = house.watch(&claire.cookie, false);
    told(&mut page, "event: postes");
    let mut seat = house.ring(house.call(42, "0465710210"), &["Claire"]);
    let post = house.console.desks.shown_to("Claire")[0].id;
    assert_eq!(claire.post(&format!("/console/postes/{post}/refus"), &[]).status, 204);
    assert!(matches!(wish(&mut seat), Wish::Decline));
    assert!(house.did("Claire", Action::DeclinedCall));
    assert!(!claire.page("/console").contains("Prendre l"));
}

#[test]
fn a_page_that_is_open_is_what_makes_a_console_ring() {
    let house = House::new();
    house.account("Claire", Role::Clerk, &["accueil"]);
    let _claire = house.login("Claire");
    let summary = String::new().into();
    let rung = house
        .console
        .desks
        .ring(CallId(1), "accueil", summary, vec!["Claire".into()]);
    assert_eq!(rung.err(), Some(480), "logged in, but no page follows");
}

#[test]
fn calls_are_taken_over_by_those_whose_they_are_and_heard_by_supervisors_where_the_town_says_so() {
    let house = House::new();
    house.account("Claire", Role::Clerk, &["accueil"]);
    house.account("Paul", Role::Clerk, &["urbanisme"]);
    house.account("Sophie", Role::Supervisor, &[]);
    let (claire, paul, sophie) = (house.login("Claire"), house.login("Paul"), house.login("Sophie"));
    let call = house.call(42, "0465710210");
    let mut door = house.console.desks.open_call(call);
    let seen = (0..50).any(|_| {
        std::thread::sleep(Duration::from_millis(100));
        claire.page("/console").contains("Reprendre l")
    });
    assert!(seen, "it is for the reception, hers");
    assert!(!paul.page("/console").contains("Reprendre l"));
    assert!(
        !sophie.page("/console").contains("data-step=\"ecoute\""),
        "the plan does not say so"
    );
    let path = |what: &str| format!("/console/appels/{call}/{what}");
    let offer = [("offre", "v=0")];
    assert_eq!(paul.post(&path("reprise"), &offer).status, 403);
    assert_eq!(sophie.post(&path("ecoute"), &offer).status, 403);
    assert_eq!(
        claire.post("/console/appels/00000000000000ff/reprise", &offer).status,
        404
    );
    std::thread::scope(|scope| {
        let answer = scope.spawn(|| claire.post(&path("reprise"), &offer));
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .expect("a runtime");
        let (step, seat, take) = runtime.block_on(door.next());
        assert_eq!((step, take.name.as_str()), (Step::TakeOver, "Claire"));
        take.answered.send(Ok("v=0".into())).expect("she waits");
        assert_eq!(answer.join().expect("an answer").status, 200);
        assert!(claire.page("/console").contains("En ligne : 04 65 71 02 10"));
        drop(seat);
    });
    assert!(house.did("Claire", Action::TookOver));
    drop(door);
    assert_eq!(claire.post(&path("reprise"), &offer).status, 409, "it is over");
}

#[test]
fn notes_are_shown_with_past_calls() {
    let house = House::new();
    house.account("Claire", Role::Clerk, &["accueil"]);
    let claire = house.login("Claire");
    let call = house.call(42, "0465710210");
    house.end(call);
    let page = format!("/console/appels/{call}");
    let noted = claire.post(
        &format!("{page}/note"),
        &[("issue", "rappeler"), ("texte", "<b>Jeudi</b> matin.")],
    );
    assert_eq!((noted.status, noted.header("location")), (303, page.as_str()));
    let shown = claire.page(&page);
    assert!(shown.contains("&lt;b&gt;Jeudi&lt;/b&gt; matin.") && shown.contains("Rappeler"));
    assert!(
        claire
            .page("/console/appels")
            .contains("<span class=\"badge\">Rappeler</span>")
    );
    assert_eq!(claire.post("/console/appels/ff/note", &[("texte", "?")]).status, 404);
    let long = "a".repeat(2001);
    assert_eq!(claire.post(&format!("{page}/note"), &[("texte", &long)]).status, 413);
    assert!(house.did("Claire", Action::NotedCall));
}

#[test]
fn what_should_have_been_said_goes_from_a_supervisor_to_an_admin_and_into_a_file() {
    let house = House::new();
    house.account("Claire", Role::Clerk, &["accueil"]);
    house.account("Sophie", Role::Supervisor, &[]);
    house.account("Alice", Role::Admin, &[]);
    let (claire, sophie, alice) = (house.login("Claire"), house.login("Sophie"), house.login("Alice"));
    let call = house.call(42, "0465710210");
    house.hear(call, "vous ouvrez quand");
    house.end(call);
    let page = format!("/console/appels/{call}");
    let write = |who: &Visitor, topic: &str| {
        let fields = [("sujet", topic), ("reponse", "La mairie est \"fermée\"\nle lundi.")];
        who.post(&format!("{page}/correction"), &fields).status
    };
    assert!(!claire.page(&page).contains("Corriger une réponse") && write(&claire, "horaires") == 403);
    assert!(sophie.page(&page).contains("Corriger une réponse"));
    assert_eq!((write(&sophie, "horaires"), write(&sophie, "inconnu")), (303, 400));
    assert!(sophie.page(&page).contains("à décider"));
    assert_eq!(sophie.get("/console/corrections").status, 403);
    let list = alice.page("/console/corrections");
    assert!(
        list.contains("plan.yaml:20") && list.contains("La mairie est ouverte le matin."),
        "{list}"
    );
    assert_eq!(alice.page("/console/corrections.yaml"), "", "nothing is accepted yet");
    assert_eq!(
        sophie.post("/console/corrections/1", &[("avis", "accepted")]).status,
        403
    );
    assert_eq!(
        alice.post("/console/corrections/1", &[("avis", "accepted")]).status,
        303
    );
    let yaml = alice.page("/console/corrections.yaml");
    assert_eq!(
        yaml,
        "# plan.yaml:20, les horaires d'ouverture\nsujets:\n  horaires:\n    réponse: \"La mairie est \\\"fermée\\\" le lundi.\"\n"
    );
    assert!(alice.page("/console/corrections?etat=acceptees").contains("par Alice"));
    assert!(house.did("Alice", Action::DecidedCorrection) && house.did("Sophie", Action::Corrected));
}
