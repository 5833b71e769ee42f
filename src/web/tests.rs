//! The console over real HTTP on loopback: what a browser, a curious colleague and somebody hostile would send.

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, LazyLock, mpsc};
use std::time::Duration;

use tokio::sync::broadcast;

use super::console::{Console, Settings};
use super::password;
use super::presence::Presence;
use crate::app::plans::Town;
use crate::audio::Pcm;
use crate::call::event::{CallEvent, EndReason, Judged};
use crate::deliver::{self, Postman};
use crate::dialogue::yaml;
use crate::pii::Secret;
use crate::store::{Desk, NewCall, NewMessage, NewRecording, NewRequest, Role, Store, User, Writer};
use crate::understand::memory::Forgetful;
use crate::units::{CallId, Entrance, TurnId};

mod desk;
mod hostile;
mod late;
mod lists;
mod pages;
mod recordings;

const PLAN: &str = r#"
ville: Petitval
accueil: Bonjour, l'assistant vocal vous écoute.
services:
  accueil:
    nom: l'accueil
    poste: 100
  urbanisme:
    nom: le service de l'urbanisme
formulaires:
  rappel:
    nom: une demande de rappel
    service: urbanisme
    questions:
      nom: À quel nom ?
      téléphone: À quel numéro ?
sujets:
  horaires:
    nom: les horaires d'ouverture
    réponse: La mairie est ouverte le matin.
    exemples: [à quelle heure ouvre la mairie, quels sont les horaires d'ouverture, est-ce que la mairie est ouverte]
"#;
const PASSWORD: &str = "girafe verte du jeudi";
/// Learned once for all tests.
static TOWN: LazyLock<Town> = LazyLock::new(|| {
    let plan = yaml::read(PLAN, "plan.yaml").plan.expect("a valid plan");
    Town::new(plan, None, &Forgetful)
});

/// A town hall with its console.
struct House {
    folder: tempfile::TempDir,
    store: Store,
    console: Arc<Console>,
    events: broadcast::Sender<(CallId, CallEvent)>,
    address: SocketAddr,
    agent: ureq::Agent,
    _writer: Writer,
    _postman: Postman,
    _runtime: tokio::runtime::Runtime,
}

/// What came back.
struct Answer {
    status: u16,
    headers: ureq::http::HeaderMap,
    body: Vec<u8>,
}

impl Answer {
    fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    }

    fn text(&self) -> String {
        String::from_utf8(self.body.clone()).expect("UTF-8")
    }

    /// The cookie that was set, as a browser sends it back.
    fn cookie(&self) -> String {
        self.header("set-cookie")
            .split(';')
            .next()
            .unwrap_or_default()
            .to_owned()
    }

    /// The session's token in a form of this page.
    fn token(&self) -> String {
        let text = self.text();
        let (_, rest) = text.split_once("name=\"jeton\" value=\"").expect("a form");
        rest.split('"').next().expect("a value").to_owned()
    }
}

/// Somebody who is logged in.
struct Visitor<'a> {
    house: &'a House,
    cookie: String,
    token: String,
}

impl House {
    fn new() -> Self {
        Self::at(None)
    }

    fn at(public_url: Option<&str>) -> Self {
        let folder = tempfile::tempdir().expect("temp dir");
        let (store, writer) = Store::open(folder.path(), 30).expect("opens");
        let postman = Postman::start(store.clone(), deliver::Settings::default()).expect("starts");
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .expect("a runtime");
        let events = broadcast::channel(1024).0;
        let settings = Settings {
            public_url: public_url.map(Into::into),
            timezone: chrono_tz::Europe::Paris,
        };
        let (console, address) = {
            let _inside = runtime.enter();
            let presence: Arc<Presence> = Arc::default();
            let (bell, receiver) = (postman.bell(), events.subscribe());
            let desks = Arc::default();
            let console = Console::new(
                settings,
                vec![TOWN.clone()],
                store.clone(),
                bell,
                presence,
                desks,
                receiver,
            );
            let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
            listener.set_nonblocking(true).expect("a socket");
            let address = listener.local_addr().expect("bound");
            let listener = tokio::net::TcpListener::from_std(listener).expect("a socket");
            let router = console.clone().router();
            let router = router.into_make_service_with_connect_info::<SocketAddr>();
            runtime.spawn(async move { axum::serve(listener, router).await });
            (console, address)
        };
        let agent = ureq::Agent::config_builder()
            .max_redirects(0)
            .http_status_as_error(false)
            .timeout_global(Some(Duration::from_secs(20)))
            .build()
            .into();
        Self {
            folder,
            store,
            console,
            events,
            address,
            agent,
            _writer: writer,
            _postman: postman,
            _runtime: runtime,
        }
    }

    fn desk(&self) -> Desk {
        self.store.desk().expect("opens")
    }

    fn account(&self, name: &str, role: Role, services: &[&str]) {
        let user = User {
            name: name.into(),
            role,
            services: services.iter().map(|&service| service.into()).collect(),
        };
        let kept = password::hash(&Secret::new(PASSWORD)).expect("hashes");
        assert!(self.desk().add_user(&user, &kept, 0).expect("writes"));
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    fn origin(&self) -> String {
        self.url("")
    }

    fn get(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        let mut request = self.agent.get(self.url(path));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        answer(request.call())
    }

    fn post(&self, path: &str, headers: &[(&str, &str)], fields: &[(&str, &str)]) -> Answer {
        let mut request = self.agent.post(self.url(path));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        answer(request.send_form(fields.iter().copied()))
    }

    fn try_login(&self, name: &str, password: &str) -> Answer {
        let fields = [("nom", name), ("mot_de_passe", password)];
        self.post("/console/connexion", &[("origin", &self.origin())], &fields)
    }

    fn login(&self, name: &str) -> Visitor<'_> {
        let answer = self.try_login(name, PASSWORD);
        assert_eq!((answer.status, answer.header("location")), (303, "/console"), "{name}");
        let cookie = answer.cookie();
        let token = self.get("/console", &[("cookie", &cookie)]).token();
        Visitor {
            house: self,
            cookie,
            token,
        }
    }

    /// A call that goes on.
    fn call(&self, id: u64, caller: &str) -> CallId {
        let id = CallId(id);
        self.store.begin(NewCall {
            id,
            plan: "Petitval".into(),
            called: "mairie".into(),
            caller: Some(caller.to_owned().into()),
            entrance: Entrance::Telephone,
            codec: "PCMA",
        });
        self.tell(id, CallEvent::Started);
        id
    }

    /// Something happens in a call, as the app tells it.
    fn tell(&self, id: CallId, event: CallEvent) {
        self.store.event(id, &event);
        let _ = self.events.send((id, event));
    }

    fn hear(&self, id: CallId, text: &str) {
        let heard = CallEvent::Heard {
            turn: TurnId(1),
            text: text.to_owned().into(),
            log_probability: -0.1,
            topic: Some("horaires".into()),
            confidence: Some(0.9),
            command: None,
            judged: Judged::default(),
        };
        self.tell(id, heard);
    }

    fn end(&self, id: CallId) {
        let reason = EndReason::Caller;
        self.tell(id, CallEvent::Ended { reason });
        self.store.flush();
    }

    fn message(&self, service: &str, caller: &str) -> String {
        let (done, wait) = mpsc::sync_channel(1);
        let message = NewMessage {
            call: CallId(1),
            service: service.into(),
            caller: Some(caller.to_owned().into()),
            entrance: Entrance::Telephone,
            audio: Pcm(vec![5; 16_000]),
            keep_days: 30,
            deliveries: Vec::new(),
        };
        self.store.keep(message, Box::new(move |kept| drop(done.send(kept))));
        wait.recv().expect("replies").expect("is kept")
    }

    /// A second of a conversation that is recorded, in a call; gives its id.
    fn recording(&self, call: CallId, number: u32) -> String {
        let new = NewRecording {
            call,
            number,
            service: "accueil".into(),
            keep_days: 30,
        };
        let recorder = self.store.record(new, Box::new(|error| panic!("{error}")));
        assert!(recorder.piece([7, -7].repeat(16_000)));
        drop(recorder);
        self.store.flush();
        format!("{call}-{number}")
    }

    fn request(&self, service: &str, caller: &str, name: &str) -> String {
        self.submit(service, caller, name, None)
    }

    /// A request, or else the call-back of somebody who has waited for so long.
    fn submit(&self, service: &str, caller: &str, name: &str, waited: Option<Duration>) -> String {
        let (done, wait) = mpsc::sync_channel(1);
        let request = NewRequest {
            call: CallId(1),
            form: "rappel".into(),
            service: service.into(),
            caller: Some(caller.to_owned().into()),
            entrance: Entrance::Telephone,
            values: vec![("nom".to_owned(), name.to_owned())].into(),
            keep_days: 30,
            deliveries: Vec::new(),
            waited,
        };
        self.store.submit(request, Box::new(move |kept| drop(done.send(kept))));
        wait.recv().expect("replies").expect("is kept")
    }

    /// What a page is told as it happens: its lines, one by one.
    fn watch(&self, cookie: &str, cards: bool) -> impl Iterator<Item = String> + use<> {
        self.events(cookie, &format!("cartes={cards}"))
    }

    /// The same, for a page that asks for this.
    fn events(&self, cookie: &str, query: &str) -> impl Iterator<Item = String> + use<> {
        let mut stream = TcpStream::connect(self.address).expect("a connection");
        stream
            .set_read_timeout(Some(Duration::from_secs(20)))
            .expect("a socket");
        write!(
            stream,
            "GET /console/evenements?{query} HTTP/1.1\r\nHost: {}\r\nCookie: {cookie}\r\n\r\n",
            self.address
        )
        .expect("sends");
        BufReader::new(stream).lines().map_while(Result::ok)
    }
}

fn answer(got: Result<ureq::http::Response<ureq::Body>, ureq::Error>) -> Answer {
    let mut got = got.expect("an answer");
    Answer {
        status: got.status().as_u16(),
        headers: got.headers().clone(),
        body: got.body_mut().read_to_vec().expect("a body"),
    }
}

impl Visitor<'_> {
    fn get(&self, path: &str) -> Answer {
        self.house.get(path, &[("cookie", &self.cookie)])
    }

    /// A page that is there.
    fn page(&self, path: &str) -> String {
        let answer = self.get(path);
        assert_eq!(answer.status, 200, "{path}");
        answer.text()
    }

    fn post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let fields: Vec<_> = fields.iter().copied().chain([("jeton", self.token.as_str())]).collect();
        let headers = [("cookie", self.cookie.as_str()), ("origin", &self.house.origin())];
        self.house.post(path, &headers, &fields)
    }
}
