//! Deliveries against a real HTTP server on loopback, with the clock in our hands. Mail goes to a real server in
//! tests/peers.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use chrono::{NaiveDate, TimeZone};
use chrono_tz::Europe::Paris;

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
        remark: None,
    };
    let sender = Sender {
        call: CallId(7),
        caller,
        entrance: Entrance::Telephone,
        now: Paris.with_ymd_and_hms(2026, 11, 24, 10, 5, 0).unwrap(),
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
        now: Paris.with_ymd_and_hms(2026, 11, 24, 10, 5, 0).unwrap(),
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

impl Carrier {
    /// Tries all that is due by this clock.
    fn carry_all(&mut self, clock: impl Fn() -> i64) {
        while self.carry(&clock).expect("carries") {}
    }

    /// Tries all that is due at `now` (Unix milliseconds).
    fn run(&mut self, now: i64) {
        self.carry_all(|| now);
    }
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
    fn carrier(&self, way: Way, settings: &Settings) -> Carrier {
        Carrier::new(way, self.store.clone(), settings.clone()).expect("starts")
    }

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
    assert_eq!(event["timestamp"], "2026-11-24T10:05:00+01:00");
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
    let mut carrier = town.carrier(Way::Webhook, &to(&url));
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
        carrier.run(seconds(at));
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
    let mut carrier = town.carrier(Way::Webhook, &to(&url));
    for at in [0, 100_000_000, 200_000_000] {
        carrier.run(now_ms() + at);
    }
    assert_eq!(got.lock().expect("sound").len(), 1);
    let shown = town.shown();
    assert_eq!(shown[0].error.as_deref(), Some("le serveur a répondu 400"));
    assert_eq!((shown[0].due_at, shown[0].arrived_at), (None, None));
    assert_eq!(carrier.reader.stuck_deliveries().expect("reads"), 1);
    assert_eq!(
        store::resend(town.folder.path(), &About::Request(town.reference.clone())).expect("writes"),
        1
    );
    carrier.run(now_ms());
    assert!(town.shown()[0].arrived_at.is_some());
    assert_eq!(carrier.reader.stuck_deliveries().expect("reads"), 0);
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
    let carrier = town.carrier(Way::Webhook, &to(&url));
    let start = now_ms();
    let delivery = carrier.reader.due(Way::Webhook, start).expect("reads").expect("is due");
    let begins = town.store.attempt(&delivery.id, Attempt::Begins(start + 50_000));
    assert!(begins.expect("writes"));
    // The server died here, and starts again.
    let mut carrier = town.carrier(Way::Webhook, &to(&url));
    carrier.run(start + 1000);
    assert_eq!(got.lock().expect("sound").len(), 0);
    carrier.run(start + 51_000);
    assert_eq!(got.lock().expect("sound").len(), 1);
}

#[test]
fn a_server_that_is_not_there_is_waited_for_longer_and_longer() {
    // Nothing listens on the discard port.
    let town = request(only(Way::Mail, composed(&to("http://127.0.0.1:9/"), None)));
    let mut carrier = town.carrier(Way::Mail, &to("http://127.0.0.1:9/"));
    let mut now = now_ms();
    let mut waits = Vec::new();
    for _ in 0..STUCK {
        carrier.run(now);
        let due = town.shown()[0].due_at.expect("is tried again");
        waits.push((due - now) / 1000);
        now = due;
    }
    assert_eq!(waits, [30, 60, 120, 240, 480]);
    assert_eq!(
        carrier.reader.stuck_deliveries().expect("reads"),
        1,
        "the admin hears of it"
    );
    assert!(town.shown()[0].error.is_some());
    assert_eq!(wait(Cause::Passing, 60), Some(LONGEST_WAIT));
}

#[test]
fn an_sms_goes_through_the_gateway() {
    let (url, got) = server(&[]);
    let town = request(only(Way::Sms, composed(&to(&url), Some("+33642187591"))));
    town.carrier(Way::Sms, &to(&url)).run(now_ms());
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

/// A server that takes connections and does this with each.
fn peer(serve: impl Fn(std::net::TcpStream) + Send + 'static) -> std::net::SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("bound");
    std::thread::spawn(move || {
        listener
            .incoming()
            .for_each(|stream| serve(stream.expect("a connection")))
    });
    address
}

/// A mail server that answers so where a mail has been told to whom it goes.
fn mail_server(answer: &'static str) -> Settings {
    let address = peer(move |mut stream| {
        let mut reader = BufReader::new(stream.try_clone().expect("cloned"));
        let mut say = |line: &str| stream.write_all(format!("{line}\r\n").as_bytes()).is_ok();
        say("220 essai");
        let mut line = String::new();
        while reader.read_line(&mut line).is_ok_and(|read| read > 0) {
            let reply = if line.starts_with("RCPT") { answer } else { "250 bien" };
            say(reply);
            line.clear();
        }
    });
    to_mail(address)
}

fn to_mail(address: std::net::SocketAddr) -> Settings {
    let mut settings = to("http://127.0.0.1:9/");
    settings.mail.as_mut().expect("is set").server = format!("smtp://{address}");
    settings
}

#[test]
fn no_way_waits_for_another() {
    let held = Mutex::new(Vec::new());
    let silent = peer(move |stream| held.lock().expect("sound").push(stream));
    let (url, got) = server(&[]);
    let mut settings = to(&format!("http://{silent}/"));
    settings.sms = to(&url).sms;
    let town = request(composed(&settings, Some("+33642187591")));
    let postman = Postman::start(town.store.clone(), settings).expect("starts");
    let since = Instant::now();
    while got.lock().expect("sound").is_empty() && since.elapsed() < Duration::from_secs(9) {
        std::thread::sleep(Duration::from_millis(20));
    }
    assert_eq!(got.lock().expect("sound").len(), 1);
    assert!(town.shown()[0].error.is_none(), "the webhook is still under way");
    drop(postman);
}

#[test]
fn an_attempt_has_an_end_however_slowly_the_other_side_speaks() {
    let drip = |first: &'static str, piece: &'static str| {
        peer(move |mut stream| {
            std::thread::spawn(move || {
                let _ = stream.write_all(first.as_bytes());
                while stream.write_all(piece.as_bytes()).is_ok() {
                    std::thread::sleep(Duration::from_millis(50));
                }
            });
        })
    };
    let webhook = to(&format!("http://{}/", drip("HTTP/1.1 200 x\r\n", "x: y\r\n")));
    for (way, settings) in [
        (Way::Mail, to_mail(drip("", "220-attendez\r\n"))),
        (Way::Webhook, webhook),
    ] {
        let town = request(only(way, composed(&settings, None)));
        let mut carrier = town.carrier(way, &settings);
        carrier.timeout = Duration::from_millis(500);
        let since = Instant::now();
        carrier.run(now_ms());
        assert!(since.elapsed() < Duration::from_secs(5), "{way}: {:?}", since.elapsed());
        assert_eq!(
            town.shown()[0].error.as_deref(),
            Some("pas de réponse à temps"),
            "{way}"
        );
    }
}

#[test]
fn the_next_attempt_is_counted_from_the_failure() {
    let town = request(only(Way::Mail, composed(&to("http://127.0.0.1:9/"), None)));
    let start = now_ms();
    // Each look at the clock takes twenty seconds.
    let clock = AtomicI64::new(start);
    let tick = || clock.fetch_add(20_000, Ordering::Relaxed);
    let mut carrier = town.carrier(Way::Mail, &to("http://127.0.0.1:9/"));
    assert!(carrier.carry(tick).expect("carries"));
    let failed_at = clock.load(Ordering::Relaxed) - 20_000;
    assert_eq!(town.shown()[0].due_at, Some(failed_at + 30_000));
}

#[test]
fn what_a_setting_keeps_from_arriving_waits_for_somebody_and_is_not_given_up() {
    let (url, got) = server(&[401, 404, 302, 403]);
    let town = request(only(Way::Webhook, composed(&to(&url), None)));
    let mut carrier = town.carrier(Way::Webhook, &to(&url));
    let mut now = now_ms();
    let mut waits = Vec::new();
    for error in [
        "le serveur a répondu 401 : accès refusé",
        "le serveur a répondu 404 : rien à cette adresse",
        "le serveur a répondu 302 : l'adresse a changé",
        "le serveur a répondu 403 : accès refusé",
    ] {
        carrier.run(now);
        let shown = &town.shown()[0];
        assert_eq!((shown.error.as_deref(), shown.stuck), (Some(error), true));
        let due = shown.due_at.expect("is tried again");
        waits.push((due - now) / 3_600_000);
        now = due;
    }
    assert_eq!(waits, [1, 2, 4, 6], "in hours");
    carrier.run(now);
    let shown = &town.shown()[0];
    assert!(shown.arrived_at.is_some() && !shown.stuck);
    assert_eq!(got.lock().expect("sound").len(), 5);
}

#[test]
fn what_a_mail_server_answers_is_kept_apart_from_what_is_said_of_it() {
    const REFUSED: &str = "554 5.7.1 content filter refused: Appelant : +33642187532";
    for (answer, error, again) in [
        (REFUSED, "le serveur de courriel a répondu 554", false),
        ("450 4.2.1 try later", "le serveur de courriel a répondu 450", true),
        (
            "535 5.7.8 expired",
            "le serveur de courriel a répondu 535 : nom ou mot de passe refusé",
            true,
        ),
    ] {
        let settings = mail_server(answer);
        let town = request(only(Way::Mail, composed(&settings, None)));
        town.carrier(Way::Mail, &settings).run(now_ms());
        let shown = &town.shown()[0];
        assert_eq!(
            (shown.error.as_deref(), shown.due_at.is_some()),
            (Some(error), again),
            "{answer}"
        );
        let said = shown.said.as_deref().unwrap_or_default();
        assert!(said.contains(&answer[4..]), "{said}");
        assert_eq!(shown.stuck, !answer.starts_with("450"), "{answer}");
    }
}

#[test]
fn all_that_did_not_arrive_can_be_sent_again_together() {
    let (url, got) = server(&[400, 401]);
    let deliveries = || only(Way::Webhook, composed(&to(&url), None));
    let town = request(deliveries());
    submit(&town.store, deliveries());
    let mut carrier = town.carrier(Way::Webhook, &to(&url));
    carrier.run(now_ms());
    assert_eq!(carrier.reader.stuck_deliveries().expect("reads"), 2);
    assert_eq!(store::resend_requests(town.folder.path()).expect("writes"), 2);
    assert_eq!(
        carrier.reader.stuck_deliveries().expect("reads"),
        0,
        "they are on their way"
    );
    carrier.run(now_ms());
    assert_eq!(got.lock().expect("sound").len(), 4);
    assert_eq!(store::resend_requests(town.folder.path()).expect("writes"), 0);
}
