//! What is not getting through.

use super::*;

/// Far from now: nobody tries it meanwhile.
const LATER: i64 = 4_000_000_000_000;

impl House {
    /// A delivery of this request or message that has failed.
    fn late(&self, id: &str, column: &str, of: &str, due: Option<i64>) {
        self.write(&format!(
            "INSERT INTO deliveries (id, {column}, way, recipient, subject, text, attempts, due_at, error, said, stuck)
             VALUES ('{id}', '{of}', 'mail', 'service@petitval.fr', '', 'x', 5, {}, 'connexion refusée', '<b>no</b>', 1)",
            due.map_or("NULL".into(), |due| due.to_string())
        ));
    }

    /// How often it was tried, and what came of it.
    fn attempt(&self, id: &str) -> (i64, Option<String>) {
        let query = "SELECT attempts, error FROM deliveries WHERE id = ?";
        let read = self
            .database()
            .query_row(query, [id], |row| Ok((row.get(0)?, row.get(1)?)));
        read.expect("is there")
    }
}

#[test]
fn what_does_not_get_through_is_told_with_its_reason_and_tried_again() {
    let house = House::new();
    house.account("Anne", Role::Supervisor, &[]);
    house.account("Paul", Role::Clerk, &["urbanisme"]);
    let (anne, paul) = (house.login("Anne"), house.login("Paul"));
    for page in ["/console", "/console/demandes", "/console/envois"] {
        assert!(
            !anne.page(page).contains("<a href=\"/console/envois\">"),
            "{page}: nothing is late"
        );
    }
    let for_paul = house.request("urbanisme", "0639980001", "Dubois");
    let for_others = house.message("accueil", "0639980002");
    house.late("aa", "reference", &for_paul, Some(LATER));
    house.late("bb", "message", &for_others, None);
    assert!(anne.page("/console").contains("2 envois en souffrance"));
    assert!(paul.page("/console/demandes").contains("1 envoi en souffrance"));
    let list = anne.page("/console/envois");
    for part in [
        &format!("Demande {for_paul}"),
        "Courriel à service@petitval.fr",
        "Connexion refusée (« &lt;b&gt;no&lt;/b&gt; ») (5 essais)",
        "Abandonné",
        "02/10/2096",
    ] {
        assert!(list.contains(part), "{part} in {list}");
    }
    let list = paul.page("/console/envois");
    assert!(list.contains("/console/envois/aa") && !list.contains("/console/envois/bb"));
    // Not without a token, and not what is none of theirs.
    let fields = [("jeton", "faux")];
    let headers = [("cookie", paul.cookie.as_str()), ("origin", &house.origin())];
    assert_eq!(house.post("/console/envois/aa", &headers, &fields).status, 403);
    assert_eq!(paul.post("/console/envois/bb", &[]).status, 303);
    assert_eq!(house.attempt("bb"), (5, Some("connexion refusée".into())));
    assert_eq!(house.attempt("aa").0, 5, "nor has it been tried");
    let answer = paul.post("/console/envois/aa", &[]);
    assert_eq!((answer.status, answer.header("location")), (303, "/console/envois"));
    let tried_again = || {
        house
            .attempt("aa")
            .1
            .is_none_or(|error| error.contains("n'est plus réglé"))
    };
    assert!(tried_again(), "{:?}", house.attempt("aa"));
    assert_eq!(anne.post("/console/envois/tous", &[]).status, 303);
    assert_ne!(house.attempt("bb").1, Some("connexion refusée".into()));
}
