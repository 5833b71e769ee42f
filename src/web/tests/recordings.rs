//! Recorded conversations: who may hear and delete them, and what is written down of it.

use super::*;
use crate::app::desks::Wish;
use crate::call::event::RecordingNews;
use crate::store::Action;

/// A call with a recording, and who would like to hear it.
fn recorded() -> (House, CallId, String) {
    let house = House::new();
    house.account("Claire", Role::Clerk, &["accueil"]);
    house.account("Sophie", Role::Supervisor, &[]);
    house.account("Alice", Role::Admin, &[]);
    let call = house.call(42, "0465710210");
    let id = house.recording(call, 1);
    house.end(call);
    (house, call, id)
}

#[test]
fn supervisors_and_admins_hear_it_in_parts_and_each_listening_is_written_down() {
    let (house, call, id) = recorded();
    let (page, sound) = (
        format!("/console/appels/{call}"),
        format!("/console/enregistrements/{id}/son"),
    );
    for name in ["Sophie", "Alice"] {
        let who = house.login(name);
        assert!(who.page(&page).contains(&sound), "{name}");
        // From the middle first: that is listening, too.
        let rest = house.get(&sound, &[("cookie", &who.cookie), ("range", "bytes=100-")]);
        assert_eq!(house.desk().trail_of(&id, 0, 9).expect("reads")[0].user, name);
        let whole = who.get(&sound);
        assert_eq!((rest.status, rest.body.as_slice()), (206, &whole.body[100..]));
        assert_eq!((whole.status, whole.header("content-type")), (200, "audio/wav"));
        assert_eq!(whole.body.len(), 44 + 64_000);
        assert_eq!(whole.header("content-length"), "64044");
        let part = house.get(&sound, &[("cookie", &who.cookie), ("range", "bytes=44-47")]);
        assert_eq!((part.status, part.body.as_slice()), (206, &[7, 0, 0xf9, 0xff][..]));
        assert_eq!(part.header("content-range"), "bytes 44-47/64044");
        let beyond = house.get(&sound, &[("cookie", &who.cookie), ("range", "bytes=64044-")]);
        assert_eq!((beyond.status, beyond.header("content-range")), (416, "bytes */64044"));
    }
    let trail = house.desk().trail_of(&id, 0, 9).expect("reads");
    let heard = trail.iter().map(|row| (row.user.as_str(), row.action));
    let heard: Vec<_> = heard.collect();
    let action = Some(Action::HeardRecording);
    assert_eq!(heard, [("Alice", action), ("Sophie", action)], "once each");
    assert!(
        house
            .login("Alice")
            .page("/console/journal")
            .contains("a écouté la conversation enregistrée")
    );
}

#[test]
fn clerks_and_strangers_do_not() {
    let (house, call, id) = recorded();
    let (sound, delete) = (
        format!("/console/enregistrements/{id}/son"),
        format!("/console/enregistrements/{id}/effacer"),
    );
    let claire = house.login("Claire");
    assert!(
        !claire
            .page(&format!("/console/appels/{call}"))
            .contains("enregistrements/")
    );
    assert_eq!(
        (claire.get(&sound).status, claire.post(&delete, &[]).status),
        (403, 403)
    );
    let stranger = house.get(&sound, &[]);
    assert_eq!(
        (stranger.status, stranger.header("location")),
        (303, "/console/connexion")
    );
    assert_eq!(
        house
            .post(&delete, &[("origin", &house.origin())], &[("jeton", "x")])
            .status,
        303
    );
    let sophie = house.login("Sophie");
    let foreign = [("cookie", sophie.cookie.as_str()), ("origin", "http://evil.example")];
    assert_eq!(house.post(&delete, &foreign, &[("jeton", &sophie.token)]).status, 403);
    for unknown in ["0000-1", "..%2Fallo.db", "%00"] {
        let path = format!("/console/enregistrements/{unknown}/son");
        assert_eq!(sophie.get(&path).status, 404, "{unknown}");
    }
    assert_eq!(sophie.get(&sound).status, 200, "it is still there");
}

#[test]
fn a_supervisor_deletes_it_and_the_trail_tells() {
    let (house, call, id) = recorded();
    let sophie = house.login("Sophie");
    let page = format!("/console/appels/{call}");
    assert!(sophie.page(&page).contains("Effacer définitivement"));
    let answer = sophie.post(&format!("/console/enregistrements/{id}/effacer"), &[]);
    assert_eq!((answer.status, answer.header("location")), (303, page.as_str()));
    assert!(!sophie.page(&page).contains("enregistrements/"));
    assert_eq!(sophie.get(&format!("/console/enregistrements/{id}/son")).status, 404);
    assert!(!house.desk().recorded(&id).exists());
    let trail = house.desk().trail_of(&id, 0, 9).expect("reads");
    assert_eq!(trail[0].action, Some(Action::DeletedRecording));
}

#[test]
fn one_that_goes_on_is_told_to_the_clerk_who_may_stop_it() {
    let house = House::new();
    house.account("Claire", Role::Clerk, &["accueil"]);
    let claire = house.login("Claire");
    let _page = house.watch(&claire.cookie, false).find(|line| line.contains("postes"));
    let call = house.call(42, "0465710210");
    let mut seat = house.ring(call, &["Claire"]);
    let post = house.console.desks.shown_to("Claire")[0].id;
    let (answered, _answer) = tokio::sync::oneshot::channel();
    let taken = house.console.desks.take(
        post,
        crate::app::desks::Take {
            name: "Claire".into(),
            offer: String::new(),
            from: [127, 0, 0, 1].into(),
            answered,
        },
    );
    assert!(taken && matches!(desk::wish(&mut seat), Wish::Take(_)));
    let shown = |wanted: bool| {
        (0..100).any(|_| {
            std::thread::sleep(Duration::from_millis(50));
            claire.page("/console").contains("Arrêter l") == wanted
        })
    };
    let tell = |news| house.tell(call, CallEvent::Recording { news });
    assert!(shown(false));
    let service = "accueil".into();
    tell(RecordingNews::Begins { service });
    assert!(shown(true), "it is recorded");
    assert_eq!(claire.post(&format!("/console/postes/{post}/bande"), &[]).status, 204);
    assert!(matches!(desk::wish(&mut seat), Wish::StopRecording));
    tell(RecordingNews::Stopped { length_ms: 5 });
    assert!(shown(false), "no more");
    let trail = house.desk().trail_of(&call.to_string(), 0, 9).expect("reads");
    assert!(trail.iter().any(|row| row.action == Some(Action::StoppedRecording)));
}
