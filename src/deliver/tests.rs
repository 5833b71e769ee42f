//! Deliveries against a real HTTP server on loopback, with the clock in our hands. Mail goes to a real server in
//! tests/peers.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};

use chrono::NaiveDate;

use super::*;
use crate::dialogue::plan::Plan;
use crate::dialogue::{Request, yaml};
use crate::pii::Secret;
use crate::store::{self, NewDelivery, NewRequest, Writer};
use crate::understand::Value;
use crate::units::{CallId, Entrance};

const PLAN: &str = r#"
ville: Petitval
accueil: Bonjour, l'assistant vocal vous écoute.
services:
  accueil:
    nom: l'accueil
    poste: 100
  urbanisme:
    nom: le service de l'urbanisme
    courriel: urbanisme@petitval.fr
formulaires:
  rappel:
    nom: une demande de rappel
    service: urbanisme
    questions:
      nom: À quel nom ?
      téléphone: À quel numéro ?
      jour:
        question: Quel jour ?
        type: date
    sms: "Mairie de {ville} : votre demande porte le numéro {référence}."
sujets:
  rappel:
    nom: un rappel
    formulaire: rappel
    exemples: [rappelez-moi, je voudrais être rappelé, pouvez-vous me rappeler]
"#;
const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// What a server got: its headers in small letters, and its body.
type Got = Arc<Mutex<Vec<(Vec<String>, String)>>>;

/// A server that answers with these statuses, then with 200.
fn server(statuses: &[u16]) -> (String, Got) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}/allo", listener.local_addr().expect("bound"));
    let (got, statuses) = (Got::default(), statuses.to_vec());
    let kept = got.clone();
    std::thread::spawn(move || {
        for (n, stream) in listener.incoming().enumerate() {
            let mut stream = stream.expect("a connection");
            let mut reader = BufReader::new(stream.try_clone().expect("cloned"));
            let lines = std::iter::from_fn(|| {
                let mut line = String::new();
                reader.read_line(&mut line).ok()?;
                Some(line.trim_end().to_owned()).filter(|line| !line.is_empty())
            });
            let headers: Vec<String> = lines.map(|line| line.to_lowercase()).collect();
            let length = headers
                .iter()
                .find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
            let mut body = vec![0; length.unwrap_or(0)];
            reader.read_exact(&mut body).expect("a body");
            kept.lock()
                .expect("sound")
                .push((headers, String::from_utf8(body).expect("text")));
            let status = statuses.get(n).copied().unwrap_or(200);
            let answer = format!("HTTP/1.1 {status} x\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
            stream.write_all(answer.as_bytes()).expect("answered");
        }
    });
    (url, got)
}

fn to(url: &str) -> Settings {
    Settings {
        webhook: Some(WebhookSettings {
            url: url.to_owned(),
            secret: Secret::new(SECRET),
        }),
        sms: Some(SmsSettings {
            url: url.to_owned(),
            authorization: Some(Secret::new("Bearer sesame")),
            body: SMS_BODY.to_owned(),
        }),
        mail: Some(MailSettings {
            server: "smtp://127.0.0.1:9".into(),
            login: None,
            from: "allo@petitval.fr".parse().expect("an address"),
        }),
    }
}

fn composed(settings: &Settings, caller: Option<&str>) -> Vec<NewDelivery> {
    let plan: Plan = yaml::read(PLAN, "test.yaml").plan.expect("a sound plan");
    let day = |day| NaiveDate::from_ymd_opt(2026, 11, day).expect("a day");
    let request = Request {
        form: 0,
        values: vec![
            Value::Name("Martine Dubois".into()),
            Value::Phone("0475710210".into()),
            Value::Date(day(26)),
        ],
    };
    let sender = Sender {
        call: CallId(7),
        caller,
        entrance: Entrance::Telephone,
        now: day(24).and_hms_opt(10, 5, 0).expect("a time"),
        waited: None,
    };
    compose(&plan, &request, &sender, settings)
}

#[test]
fn what_is_sent_of_a_message() {
    let mut plan: Plan = yaml::read(PLAN, "test.yaml").plan.expect("a sound plan");
    let left = |service| Left {
        service,
        length: Duration::from_millis(32_400),
        about: "Sujet : un permis de construire\nDit avant : « c'est pour un abri »"
            .to_owned()
            .into(),
    };
    let sender = Sender {
        call: CallId(7),
        caller: Some("+33642187591"),
        entrance: Entrance::Telephone,
        now: NaiveDate::from_ymd_opt(2026, 11, 24)
            .and_then(|day| day.and_hms_opt(10, 5, 0))
            .expect("a time"),
        waited: None,
    };
    let settings = to("http://127.0.0.1:9/");
    let all = compose_message(&plan, &left(1), &sender, &settings);
    assert_eq!(all.iter().map(|d| d.way).collect::<Vec<_>>(), [Way::Webhook, Way::Mail]);
    let event: serde_json::Value = serde_json::from_str(all[0].text.reveal()).expect("is JSON");
    assert_eq!(
        (&event["type"], &event["data"]["seconds"]),
        (&"message.created".into(), &32.into())
    );
    assert_eq!(all[1].subject, "Message téléphonique pour le service de l'urbanisme");
    assert_eq!(
        all[1].text.reveal(),
        "Mairie de Petitval : un message pour le service de l'urbanisme.\n\
         Laissé par téléphone le mardi 24 novembre à 10 h 05, en 32 secondes.\nAppelant : +33642187591\n\
         Sujet : un permis de construire\nDit avant : « c'est pour un abri »\n\n\
         Ce que la machine en a compris, qu'elle peut avoir mal entendu :\n{transcription}\n\n\
         Le message est joint à ce courriel. Il est envoyé par l'assistant vocal de la mairie."
    );
    assert!(all[1].sound && !all[0].sound);
    let from_a_page = Sender {
        caller: None,
        entrance: Entrance::Page,
        ..sender
    };
    let all_of_it = compose_message(&plan, &left(1), &from_a_page, &settings);
    let letter = all_of_it[1].text.reveal();
    assert!(
        letter.contains("Laissé depuis le site le mardi")
            && letter.contains("Appelant : depuis le site, sans numéro\n"),
        "{letter}"
    );
    assert!(all_of_it[0].text.reveal().contains(r#""entrance":"page""#));
    assert_eq!(
        compose_message(&plan, &left(0), &sender, &settings).len(),
        1,
        "a service without a mailbox"
    );
    plan.messages.attached = false;
    assert!(
        compose_message(&plan, &left(1), &sender, &settings)
            .iter()
            .all(|d| !d.sound)
    );
}

struct Town {
    folder: tempfile::TempDir,
    store: Store,
    reference: String,
    _writer: Writer,
}

/// A request with these deliveries.
fn request(deliveries: Vec<NewDelivery>) -> Town {
    let folder = tempfile::tempdir().expect("a folder");
    let (store, writer) = Store::open(folder.path(), 30).expect("opens");
    let reference = submit(&store, deliveries);
    Town {
        folder,
        store,
        reference,
        _writer: writer,
    }
}

/// Has a request kept; its reference.
fn submit(store: &Store, deliveries: Vec<NewDelivery>) -> String {
    let (done, wait) = mpsc::sync_channel(1);
    let request = NewRequest {
        call: CallId(7),
        form: "rappel".into(),
        service: "urbanisme".into(),
        caller: None,
        entrance: Entrance::Telephone,
        values: Vec::new().into(),
        keep_days: 30,
        deliveries,
        waited: None,
    };
    store.submit(request, Box::new(move |kept| drop(done.send(kept))));
    wait.recv().expect("replies").expect("kept")
}

impl Town {
    fn shown(&self) -> Vec<crate::store::DeliveryRow> {
        let requests = self.store.reader().and_then(|reader| reader.requests()).expect("reads");
        requests.into_iter().next().expect("is there").deliveries
    }
}

fn only(way: Way, all: Vec<NewDelivery>) -> Vec<NewDelivery> {
    all.into_iter().filter(|delivery| delivery.way == way).collect()
}

#[test]
fn what_is_sent_to_whom() {
    let settings = to("http://127.0.0.1:9/");
    let all = composed(&settings, Some("+33642187591"));
    assert_eq!(
        all.iter().map(|d| d.way).collect::<Vec<_>>(),
        [Way::Webhook, Way::Mail, Way::Sms]
    );
    let event: serde_json::Value = serde_json::from_str(all[0].text.reveal()).expect("is JSON");
    assert_eq!(event["data"]["answers"]["nom"], "Martine Dubois");
    assert_eq!(event["data"]["caller"], "+33642187591");
    assert_eq!(all[1].recipient.reveal(), "urbanisme@petitval.fr");
    assert_eq!(
        all[1].text.reveal(),
        "Mairie de Petitval : une demande de rappel, pour le service de l'urbanisme.\n\
         Reçue par téléphone le mardi 24 novembre à 10 h 05.\n\n\
         Numéro : {référence}\nNom : Martine Dubois\nTéléphone : 0475710210\n\
         Jour : jeudi 26 novembre (26/11/2026)\nAppelant : +33642187591\n\n\
         Relue à l'appelant et confirmée par lui. Ce message est envoyé par l'assistant vocal de la mairie."
    );
    // The number that was given is none that takes an SMS; the one that calls does.
    assert_eq!(all[2].recipient.reveal(), "0642187591");
    assert_eq!(composed(&settings, Some("+33475710210")).len(), 2, "no mobile, no SMS");
    assert_eq!(composed(&settings, None).len(), 2);
    assert!(
        composed(&Settings::default(), Some("+33642187591")).is_empty(),
        "nothing is set"
    );
}

#[test]
fn a_webhook_is_tried_again_with_the_same_name_until_it_arrives_and_never_after() {
    let (url, got) = server(&[503, 429]);
    let town = request(only(Way::Webhook, composed(&to(&url), None)));
    let round = Round::new(town.store.clone(), to(&url)).expect("starts");
    let start = now_ms();
    let seconds = |s: i64| start + s * 1000;
    for (at, posted) in [
        (0, 1),
        (1, 1),
        (29, 1),
        (31, 2),
        (60, 2),
        (92, 3),
        (10_000, 3),
        (1_000_000, 3),
    ] {
        round.run(seconds(at)).expect("runs");
        assert_eq!(got.lock().expect("sound").len(), posted, "after {at} s");
    }
    let got = got.lock().expect("sound");
    let header = |n: usize, name: &str| {
        got[n]
            .0
            .iter()
            .find_map(|line: &String| line.strip_prefix(name).map(str::to_owned))
    };
    let ids: Vec<_> = (0..3).map(|n| header(n, "webhook-id: ").expect("named")).collect();
    assert!(ids[0] == ids[1] && ids[1] == ids[2], "{ids:?}");
    assert!(header(2, "webhook-signature: v1,").is_some());
    let event: serde_json::Value = serde_json::from_str(&got[2].1).expect("is JSON");
    assert_eq!(event["data"]["reference"], town.reference.as_str());
    let shown = town.shown();
    assert!(shown[0].arrived_at.is_some() && shown[0].error.is_none() && shown[0].attempts == 3);
}

#[test]
fn what_is_refused_for_good_is_shown_and_can_be_sent_again() {
    let (url, got) = server(&[400]);
    let town = request(only(Way::Webhook, composed(&to(&url), None)));
    let round = Round::new(town.store.clone(), to(&url)).expect("starts");
    for at in [0, 100_000_000, 200_000_000] {
        round.run(now_ms() + at).expect("runs");
    }
    assert_eq!(got.lock().expect("sound").len(), 1);
    let shown = town.shown();
    assert_eq!(shown[0].error.as_deref(), Some("le serveur a répondu 400"));
    assert_eq!((shown[0].due_at, shown[0].arrived_at), (None, None));
    assert_eq!(round.reader.stuck_deliveries(STUCK).expect("reads"), 1);
    assert_eq!(
        store::resend(town.folder.path(), &About::Request(town.reference.clone())).expect("writes"),
        1
    );
    round.run(now_ms()).expect("runs");
    assert!(town.shown()[0].arrived_at.is_some());
    assert_eq!(round.reader.stuck_deliveries(STUCK).expect("reads"), 0);
    assert_eq!(
        store::resend(town.folder.path(), &About::Request(town.reference.clone())).expect("writes"),
        0,
        "it has arrived"
    );
}

#[test]
fn what_a_crash_left_half_done_is_tried_again_later_and_not_at_once() {
    let (url, got) = server(&[]);
    let town = request(only(Way::Webhook, composed(&to(&url), None)));
    let round = Round::new(town.store.clone(), to(&url)).expect("starts");
    let start = now_ms();
    let delivery = &round.reader.due(start, 9).expect("reads")[0];
    round.note(delivery, Attempt::Begins(start + 50_000));
    // The server died here, and starts again.
    let round = Round::new(town.store.clone(), to(&url)).expect("starts");
    round.run(start + 1000).expect("runs");
    assert_eq!(got.lock().expect("sound").len(), 0);
    round.run(start + 51_000).expect("runs");
    assert_eq!(got.lock().expect("sound").len(), 1);
}

#[test]
fn a_server_that_is_not_there_is_waited_for_longer_and_longer() {
    // Nothing listens on the discard port.
    let town = request(only(Way::Mail, composed(&to("http://127.0.0.1:9/"), None)));
    let round = Round::new(town.store.clone(), to("http://127.0.0.1:9/")).expect("starts");
    let mut now = now_ms();
    let mut waits = Vec::new();
    for _ in 0..STUCK {
        round.run(now).expect("runs");
        let due = town.shown()[0].due_at.expect("is tried again");
        waits.push((due - now) / 1000);
        now = due;
    }
    assert_eq!(waits, [30, 60, 120, 240, 480]);
    assert_eq!(
        round.reader.stuck_deliveries(STUCK).expect("reads"),
        1,
        "the admin hears of it"
    );
    assert!(town.shown()[0].error.is_some());
    assert_eq!(wait(60), LONGEST_WAIT);
}

#[test]
fn an_sms_goes_through_the_gateway() {
    let (url, got) = server(&[]);
    let town = request(only(Way::Sms, composed(&to(&url), Some("+33642187591"))));
    Round::new(town.store.clone(), to(&url))
        .and_then(|round| round.run(now_ms()))
        .expect("runs");
    let got = got.lock().expect("sound");
    let sent: serde_json::Value = serde_json::from_str(&got[0].1).expect("is JSON");
    assert_eq!(sent["to"], "+33642187591");
    assert_eq!(
        sent["text"],
        format!("Mairie de Petitval : votre demande porte le numéro {}.", town.reference)
    );
    assert!(
        got[0].0.iter().any(|line| line == "authorization: bearer sesame"),
        "{:?}",
        got[0].0
    );
}

#[test]
fn the_postman_goes_when_the_bell_rings() {
    let (url, got) = server(&[]);
    let town = request(Vec::new());
    let postman = Postman::start(town.store.clone(), to(&url)).expect("starts");
    submit(&town.store, only(Way::Webhook, composed(&to(&url), None)));
    postman.bell().ring();
    let since = std::time::Instant::now();
    while got.lock().expect("sound").is_empty() && since.elapsed() < Duration::from_secs(9) {
        std::thread::sleep(Duration::from_millis(20));
    }
    assert_eq!(got.lock().expect("sound").len(), 1);
}
