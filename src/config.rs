//! Settings: what was written (`allo.yaml`, the environment, the command line) → what is valid.
//!
//! Each setting is one row of [`KEYS`]: its path in the file, what it is, and how its text is read. `sip.listen` in the
//! file is `ALLO_SIP_LISTEN` in the environment. Unknown keys are errors, with file, line and "vouliez-vous dire".

mod address;

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::time::Duration;

use address::Address;
use lettre::message::Mailbox;
use saphyr::{LoadableYamlNode, MarkedYaml, ScalarOwned, YamlData};

use crate::audio::Codec;
use crate::deliver::{self, MailSettings, SmsSettings, WebhookSettings};
use crate::engine::encoder::Prefixes;
use crate::engine::rephrase;
use crate::net::sip::{Credentials, Network, Registration, TlsListen};
use crate::net::webrtc::{IceServer, TurnLogin};
use crate::pii::Secret;
use crate::web;
use crate::wire::sdes::Encryption;

/// What is wrong with the settings.
#[derive(Debug, thiserror::Error)]
#[error("{place} : {problem}")]
pub struct ConfigError {
    /// `allo.yaml:3:5` or the name of an environment variable.
    place: String,
    /// What, and the remedy; French.
    problem: String,
}

/// Valid settings.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where SIP listens (UDP and TCP).
    pub sip_listen: SocketAddr,
    /// Where SIP listens over TLS; none: nowhere.
    pub tls: Option<TlsListen>,
    /// Authorities beside those that browsers know, who sign the certificates of those whom we reach by TLS.
    pub tls_ca: Option<PathBuf>,
    /// Whether the sound of telephones is encrypted.
    pub srtp: Encryption,
    /// Address or name that callers outside reach us at; none: the local address that faces them.
    pub public_address: Option<String>,
    /// Where calls may come from; empty: anywhere.
    pub trunks: Vec<Network>,
    /// Registration to a PBX as an extension.
    pub registration: Option<Registration>,
    /// Host that extensions are transferred to; none: the registrar, else the host that the call came from.
    pub transfer_host: Option<String>,
    /// Session interval (RFC 4028).
    pub session_expires: Duration,
    /// Address for RTP; none: the one that faces the caller.
    pub rtp_address: Option<IpAddr>,
    /// Ports for RTP (even) and RTCP (odd).
    pub rtp_ports: RangeInclusive<u16>,
    /// Codecs, preferred first.
    pub codecs: Vec<Codec>,
    /// Where HTTP listens.
    pub http_listen: SocketAddr,
    /// The console's address as browsers see it, where it is not `http_listen`: behind a server that speaks TLS.
    pub public_url: Option<String>,
    /// Who may call from web pages, and how many.
    pub web: web::Settings,
    /// Servers that help browsers to reach us.
    pub ice_servers: Vec<IceServer>,
    /// Where calls and messages are kept.
    pub data: PathBuf,
    /// Where rendered prompts are kept; none: in `data`.
    pub prompts: Option<PathBuf>,
    /// Where the models are.
    pub models: PathBuf,
    /// Plans; the called number chooses.
    pub dialplans: Vec<PathBuf>,
    /// Calls taken at one time.
    pub max_calls: usize,
    /// Threads for recognition.
    pub recognition_threads: usize,
    /// Threads for synthesis: where there are two or more, the first serves only callers who wait.
    pub synthesis_threads: usize,
    /// Days after which calls and what was said in them are deleted.
    pub keep_calls_days: u32,
    /// The town's time zone: opening hours are read in it, whatever the server's.
    pub timezone: chrono_tz::Tz,
    /// Log filter, as `RUST_LOG`.
    pub log: String,
    /// Where requests are delivered.
    pub deliver: deliver::Settings,
    /// Who may say what the town has written in other words; none: it is said as it was written.
    pub generation: Option<rephrase::Settings>,
    /// What turns sentences into directions.
    pub encoder: Encoder,
    /// Collector that traces are sent to (OTLP over HTTP); none: nowhere.
    pub traces: Option<String>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            sip_listen: SocketAddr::from(([0, 0, 0, 0], 5060)),
            tls: None,
            tls_ca: None,
            srtp: Encryption::Possible,
            public_address: None,
            trunks: Vec::new(),
            registration: None,
            transfer_host: None,
            session_expires: Duration::from_secs(1800),
            rtp_address: None,
            rtp_ports: 16_384..=17_383,
            codecs: vec![Codec::Opus, Codec::G722, Codec::Pcma, Codec::Pcmu],
            http_listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            public_url: None,
            web: web::Settings::default(),
            ice_servers: Vec::new(),
            data: "data".into(),
            prompts: None,
            models: "models".into(),
            dialplans: vec!["dialplans/valbourg.yaml".into()],
            max_calls: 30,
            recognition_threads: 2,
            synthesis_threads: 3,
            keep_calls_days: 30,
            timezone: chrono_tz::Europe::Paris,
            log: "info".into(),
            deliver: deliver::Settings::default(),
            generation: None,
            encoder: Encoder::Usem3,
            traces: None,
        }
    }
}

/// A sentence encoder.
#[derive(Clone, Debug, PartialEq)]
pub enum Encoder {
    /// Google's, in tables: learns thousands of sentences in seconds.
    Usem3,
    /// multilingual-e5-small: five times slower.
    E5,
    /// Both together.
    Usem3AndE5,
    /// The town's own.
    Own {
        /// The ONNX model.
        model: PathBuf,
        /// Its `tokenizer.json`.
        tokenizer: PathBuf,
        /// What it finds before questions and passages.
        prefixes: Prefixes,
    },
}

/// The longest wait for other words where nothing else is said: what is told first lasts no longer.
const GENERATION_WAIT: Duration = Duration::from_millis(2500);

type Setter = fn(&mut Written, &str) -> Result<(), String>;

/// Path, what it is (for the admin), and how it is read.
#[rustfmt::skip]
const KEYS: &[(&str, &str, Setter)] = &[
    ("sip.listen", "adresse et port du téléphone (SIP)", |w, v| put(&mut w.config.sip_listen, v, "0.0.0.0:5060")),
    ("sip.tls.listen", "adresse et port du téléphone chiffré (SIP sur TLS)", |w, v| { w.tls_listen = Some(parse(v, "0.0.0.0:5061")?); Ok(()) }),
    ("sip.tls.certificate", "fichier PEM de notre certificat, suivi de ceux qui mènent à son autorité", |w, v| { w.tls_certificate = Some(v.into()); Ok(()) }),
    ("sip.tls.key", "fichier PEM de la clé de ce certificat, sans mot de passe", |w, v| { w.tls_key = Some(v.into()); Ok(()) }),
    ("sip.tls.ca", "fichier PEM des autorités de la commune, en plus de celles que tous connaissent", |w, v| { w.config.tls_ca = Some(v.into()); Ok(()) }),
    ("sip.srtp", "son chiffré (SRTP) : non, possible ou exigé", |w, v| { w.config.srtp = encryption(v)?; Ok(()) }),
    ("sip.public_address", "adresse publique annoncée aux correspondants (derrière un NAT)", |w, v| { w.config.public_address = Some(v.into()); Ok(()) }),
    ("sip.trunks", "adresses d'où les appels sont acceptés, séparées par des virgules ; vide : toutes", |w, v| list(&mut w.config.trunks, v, "192.168.1.0/24")),
    ("sip.transfer_host", "autocommutateur vers lequel les postes sont transférés", |w, v| { w.config.transfer_host = Some(v.into()); Ok(()) }),
    ("sip.session_expires", "durée d'une session SIP, en secondes (90 au moins)", |w, v| { let s: u64 = number(v, 90, 86_400)?; w.config.session_expires = Duration::from_secs(s); Ok(()) }),
    ("sip.register.registrar", "serveur auquel s'enregistrer comme un poste", |w, v| { w.registrar = Some(v.into()); Ok(()) }),
    ("sip.register.user", "numéro ou nom du poste", |w, v| { w.user = Some(v.into()); Ok(()) }),
    ("sip.register.auth_user", "nom d'authentification, s'il diffère du poste", |w, v| { w.auth_user = Some(v.into()); Ok(()) }),
    ("sip.register.password", "mot de passe du poste", |w, v| { w.password = Some(Secret::new(v)); Ok(()) }),
    ("sip.register.proxy", "serveur mandataire, s'il diffère", |w, v| { w.proxy = Some(v.into()); Ok(()) }),
    ("sip.register.expires", "durée d'enregistrement demandée, en secondes", |w, v| { w.expires = number(v, 60, 86_400)?; Ok(()) }),
    ("rtp.address", "adresse locale du son (RTP)", |w, v| { w.config.rtp_address = Some(parse(v, "192.168.1.10")?); Ok(()) }),
    ("rtp.ports", "ports du son, du premier au dernier", |w, v| { w.config.rtp_ports = ports(v)?; Ok(()) }),
    ("rtp.codecs", "codecs, le préféré d'abord", |w, v| codecs(&mut w.config.codecs, v)),
    ("http.listen", "adresse et port des pages et de /health", |w, v| put(&mut w.config.http_listen, v, "127.0.0.1:8080")),
    ("http.public_url", "adresse de la console vue des navigateurs, derrière un serveur qui parle TLS", |w, v| { w.config.public_url = Some(site(v)?); Ok(()) }),
    ("web.origins", "sites dont les pages peuvent appeler, comme https://www.mairie.fr ; vide : les pages de ce serveur", |w, v| list(&mut w.config.web.origins, v, "https://www.mairie.fr")),
    ("web.proxies", "serveurs mandataires dont on croit l'en-tête X-Forwarded-For", |w, v| list(&mut w.config.web.proxies, v, "127.0.0.1")),
    ("web.max_calls", "appels depuis des pages, pris en même temps", |w, v| { w.config.web.max_calls = number(v, 0, 1000)? as usize; Ok(()) }),
    ("web.max_calls_each", "appels depuis des pages, pris en même temps d'une même adresse", |w, v| { w.config.web.max_calls_each = number(v, 1, 1000)? as usize; Ok(()) }),
    ("web.demo", "page de démonstration à la racine : true ou false", |w, v| put(&mut w.config.web.demo, v, "true")),
    ("web.stun", "serveurs qui disent notre adresse vue de l'extérieur, comme stun:stun.mairie.fr:3478", |w, v| { w.stun = v.split(',').map(|v| ice_server(v, "stun")).collect::<Result<_, _>>()?; Ok(()) }),
    ("web.turn.url", "serveur qui relaie le son, comme turn:turn.mairie.fr:3478", |w, v| { w.turn_url = Some(ice_server(v, "turn")?); Ok(()) }),
    ("web.turn.user", "nom sur ce serveur", |w, v| { w.turn_user = Some(v.into()); Ok(()) }),
    ("web.turn.password", "mot de passe sur ce serveur", |w, v| { w.turn_password = Some(Secret::new(v)); Ok(()) }),
    ("web.turn.secret", "secret partagé avec ce serveur (static-auth-secret de coturn), au lieu d'un nom et d'un mot de passe", |w, v| { w.turn_secret = Some(Secret::new(v)); Ok(()) }),
    ("data", "dossier des appels et des messages", |w, v| { w.config.data = v.into(); Ok(()) }),
    ("prompts", "dossier des phrases préparées, s'il n'est pas dans celui des données", |w, v| { w.config.prompts = Some(v.into()); Ok(()) }),
    ("models", "dossier des modèles", |w, v| { w.config.models = v.into(); Ok(()) }),
    ("dialplan", "plan d'accueil, ou plusieurs séparés par des virgules", |w, v| { w.config.dialplans = v.split(',').map(|p| p.trim().into()).collect(); Ok(()) }),
    ("calls.max", "appels pris en même temps", |w, v| { w.config.max_calls = number(v, 1, 1000)? as usize; Ok(()) }),
    ("calls.keep_days", "jours avant l'effacement des appels", |w, v| { w.config.keep_calls_days = number(v, 1, 3650)? as u32; Ok(()) }),
    ("engine.recognition_threads", "fils pour la reconnaissance", |w, v| { w.config.recognition_threads = number(v, 1, 64)? as usize; Ok(()) }),
    ("engine.synthesis_threads", "fils pour la synthèse", |w, v| { w.config.synthesis_threads = number(v, 1, 64)? as usize; Ok(()) }),
    ("webhook.url", "adresse à laquelle poster chaque demande, en JSON signé (Standard Webhooks)", |w, v| { w.webhook_url = Some(private(v, "https://logiciel.mairie.fr/allo")?); Ok(()) }),
    ("webhook.secret", "clé de signature, « whsec_ » et au moins 24 octets en base 64 (openssl rand -base64 32)", |w, v| { w.webhook_secret = Some(Secret::new(v)); Ok(()) }),
    ("mail.server", "serveur d'envoi des courriels : smtps://hôte, smtp://hôte:587?tls=required, smtp://127.0.0.1:25", |w, v| { address::mail(v)?; w.mail_server = Some(v.into()); Ok(()) }),
    ("mail.user", "nom sur le serveur d'envoi, s'il en demande un", |w, v| { w.mail_user = Some(v.into()); Ok(()) }),
    ("mail.password", "mot de passe sur le serveur d'envoi", |w, v| { w.mail_password = Some(Secret::new(v)); Ok(()) }),
    ("mail.from", "expéditeur des courriels", |w, v| { w.mail_from = Some(parse(v, "Mairie <allo@mairie.fr>")?); Ok(()) }),
    ("sms.url", "adresse de la passerelle d'envoi de SMS", |w, v| { w.sms_url = Some(private(v, "https://passerelle.fr/sms")?); Ok(()) }),
    ("sms.authorization", "en-tête « Authorization » que la passerelle attend", |w, v| { w.sms_authorization = Some(Secret::new(v)); Ok(()) }),
    ("sms.body", "ce qui est posté à la passerelle, avec {numéro}, {texte} et {id}", |w, v| { w.sms_body = Some(v.into()); Ok(()) }),
    ("generation.url", "service local de reformulation, au protocole d'OpenAI : sur cette machine ou sur le réseau privé", |w, v| { w.generation_url = Some(v.parse()?); Ok(()) }),
    ("generation.model", "modèle, par son nom dans ce service", |w, v| { w.generation_model = Some(v.into()); Ok(()) }),
    ("generation.key", "clé que ce service demande", |w, v| { w.generation_key = Some(Secret::new(v)); Ok(()) }),
    ("generation.wait_ms", "plus longue attente d'une réponse, en millisecondes (100 à 10000)", |w, v| { w.generation_wait = Some(Duration::from_millis(number(v, 100, 10_000)?)); Ok(()) }),
    ("understanding.encoder", "ce qui compare le sens des phrases : usem3, e5, usem3+e5, ou le chemin d'un modèle .onnx", |w, v| { w.config.encoder = encoder(v)?; Ok(()) }),
    ("understanding.tokenizer", "fichier tokenizer.json de ce modèle .onnx, s'il n'est pas dans le même dossier", |w, v| { w.encoder_tokenizer = Some(v.into()); Ok(()) }),
    ("understanding.question_prefix", "ce que ce modèle .onnx attend devant une question, comme « query: »", |w, v| { w.question_prefix = Some(v.into()); Ok(()) }),
    ("understanding.passage_prefix", "ce que ce modèle .onnx attend devant ce qui y répond, comme « passage: »", |w, v| { w.passage_prefix = Some(v.into()); Ok(()) }),
    ("timezone", "fuseau horaire de la commune", |w, v| put(&mut w.config.timezone, v, "Europe/Paris")),
    ("traces", "collecteur OpenTelemetry auquel envoyer la durée de chaque étape, comme http://127.0.0.1:4318", |w, v| { w.config.traces = Some(url(v, "http://127.0.0.1:4318")?); Ok(()) }),
    ("log", "ce qui est journalisé : error, warn, info, debug, trace", |w, v| { w.config.log = v.into(); Ok(()) }),
];

/// What was written so far: the settings, and the parts of a registration before it is known to be whole.
#[derive(Default)]
struct Written {
    config: Config,
    registrar: Option<String>,
    user: Option<String>,
    auth_user: Option<String>,
    password: Option<Secret>,
    proxy: Option<String>,
    expires: u64,
    stun: Vec<String>,
    turn_url: Option<String>,
    turn_user: Option<String>,
    turn_password: Option<Secret>,
    turn_secret: Option<Secret>,
    tls_listen: Option<SocketAddr>,
    tls_certificate: Option<PathBuf>,
    tls_key: Option<PathBuf>,
    webhook_url: Option<String>,
    webhook_secret: Option<Secret>,
    mail_server: Option<String>,
    mail_user: Option<String>,
    mail_password: Option<Secret>,
    mail_from: Option<Mailbox>,
    sms_url: Option<String>,
    sms_authorization: Option<Secret>,
    sms_body: Option<String>,
    generation_url: Option<rephrase::Endpoint>,
    generation_model: Option<String>,
    generation_key: Option<Secret>,
    generation_wait: Option<Duration>,
    encoder_tokenizer: Option<PathBuf>,
    question_prefix: Option<String>,
    passage_prefix: Option<String>,
}

impl Config {
    /// Reads `file` when it is there (a file that was named has to be), then the environment over it.
    pub fn load(file: Option<&Path>) -> Result<Self, ConfigError> {
        let path = file.unwrap_or(Path::new("allo.yaml"));
        let name = path.display().to_string();
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound && file.is_none() => String::new(),
            Err(error) => {
                return Err(ConfigError {
                    place: name,
                    problem: format!("lecture impossible : {error}"),
                });
            }
        };
        Self::read(&name, &text, std::env::vars())
    }

    /// Reads the text of a file, then environment variables over it.
    pub fn read(
        name: &str,
        text: &str,
        environment: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, ConfigError> {
        let mut written = Written {
            expires: 300,
            ..Written::default()
        };
        for setting in flatten(name, text)? {
            set(&mut written, &setting)?;
        }
        let variables: BTreeMap<String, Setter> = KEYS.iter().map(|(path, _, set)| (variable(path), *set)).collect();
        for (key, value) in environment {
            if key == "ALLO_CONFIG" || !key.starts_with("ALLO_") {
                continue;
            }
            let fail = |problem| ConfigError {
                place: format!("variable d'environnement {key}"),
                problem,
            };
            let Some(setter) = variables.get(&key) else {
                return Err(fail(format!(
                    "réglage inconnu{}",
                    did_you_mean(&key, variables.keys().map(String::as_str))
                )));
            };
            setter(&mut written, &value).map_err(fail)?;
        }
        written.check(name)
    }

    /// Now, in the town's time zone.
    pub fn now(&self) -> chrono::DateTime<chrono_tz::Tz> {
        chrono::Utc::now().with_timezone(&self.timezone)
    }

    /// The town's clock, now.
    pub fn civil_now(&self) -> chrono::NaiveDateTime {
        self.now().naive_local()
    }

    /// Every setting: path, environment variable, what it is.
    pub fn describe() -> impl Iterator<Item = (&'static str, String, &'static str)> {
        KEYS.iter().map(|(path, what, _)| (*path, variable(path), *what))
    }
}

impl Written {
    fn check(self, name: &str) -> Result<Config, ConfigError> {
        let fail = |problem: &str| ConfigError {
            place: name.into(),
            problem: problem.into(),
        };
        let mut config = self.config;
        config.deliver.webhook = match (self.webhook_url, self.webhook_secret) {
            (None, None) => None,
            (Some(url), Some(secret)) if WebhookSettings::key(&secret).is_some() => {
                Some(WebhookSettings { url, secret })
            }
            (Some(_), Some(_)) => {
                return Err(fail(
                    "« webhook.secret » doit être « whsec_ » suivi d'au moins 24 octets en base 64 ; « openssl rand -base64 32 » en fait",
                ));
            }
            _ => return Err(fail("« webhook » demande « url » et « secret » ensemble")),
        };
        config.deliver.mail = match (self.mail_server, self.mail_from, self.mail_user, self.mail_password) {
            (None, None, None, None) => None,
            (Some(server), Some(from), user, password) if user.is_some() == password.is_some() => {
                let login = user.zip(password);
                if let Some(why) = address::mail(&server).and_then(|to| to.in_clear(login.is_some())).err() {
                    return Err(fail(&format!("« mail.server » : {why}")));
                }
                let mail = MailSettings { server, login, from };
                mail.transport()
                    .map_err(|why| fail(&format!("« mail.server » : {why}")))?;
                Some(mail)
            }
            (Some(_), Some(_), ..) => return Err(fail("« mail » demande « user » et « password » ensemble")),
            _ => return Err(fail("« mail » demande « server » et « from » ensemble")),
        };
        config.deliver.sms = match (self.sms_url, self.sms_authorization, self.sms_body) {
            (None, None, None) => None,
            (Some(url), authorization, body) => {
                let sms = SmsSettings {
                    url,
                    authorization,
                    body: body.unwrap_or_else(|| deliver::SMS_BODY.to_owned()),
                };
                if let Some(fault) = sms.fault() {
                    return Err(fail(&format!("« sms.body » : {fault}")));
                }
                Some(sms)
            }
            _ => return Err(fail("« sms » demande « url »")),
        };
        config.generation = match (
            self.generation_url,
            self.generation_model,
            self.generation_key,
            self.generation_wait,
        ) {
            (None, None, None, None) => None,
            (Some(endpoint), model, key, wait) => Some(rephrase::Settings {
                endpoint,
                model: model.unwrap_or_else(|| "default".into()),
                key,
                wait: wait.unwrap_or(GENERATION_WAIT),
            }),
            _ => return Err(fail("« generation » demande « url »")),
        };
        match (
            &mut config.encoder,
            self.encoder_tokenizer,
            self.question_prefix,
            self.passage_prefix,
        ) {
            (
                Encoder::Own {
                    tokenizer, prefixes, ..
                },
                other,
                question,
                passage,
            ) => {
                *tokenizer = other.unwrap_or_else(|| tokenizer.clone());
                prefixes.question = question.unwrap_or_default();
                prefixes.passage = passage.unwrap_or_default();
            }
            (_, None, None, None) => {}
            _ => {
                return Err(fail(
                    "« understanding.tokenizer », « question_prefix » et « passage_prefix » vont avec un modèle .onnx dans « understanding.encoder »",
                ));
            }
        }
        config.ice_servers = self
            .stun
            .into_iter()
            .map(|url| IceServer { url, login: None })
            .collect();
        let login = match (self.turn_user, self.turn_password, self.turn_secret) {
            (None, None, None) => None,
            (Some(user), Some(password), None) => Some(TurnLogin::Account(user, password)),
            (None, None, Some(secret)) => Some(TurnLogin::Shared(secret)),
            _ => {
                return Err(fail(
                    "« web.turn » demande « user » et « password » ensemble, ou « secret » seul",
                ));
            }
        };
        match (self.turn_url, login) {
            (None, None) => {}
            (Some(url), login @ Some(_)) => config.ice_servers.push(IceServer { url, login }),
            _ => {
                return Err(fail(
                    "« web.turn » demande « url », et « user » avec « password », ou « secret »",
                ));
            }
        }
        config.tls = match (self.tls_listen, self.tls_certificate, self.tls_key) {
            (None, None, None) => None,
            (listen, Some(certificate), Some(key)) => Some(TlsListen {
                listen: listen.unwrap_or(SocketAddr::new(config.sip_listen.ip(), 5061)),
                certificate,
                key,
            }),
            _ => return Err(fail("« sip.tls » demande « certificate » et « key » ensemble")),
        };
        config.registration = match (self.registrar, self.user, self.password) {
            (None, None, None) => None,
            (Some(registrar), Some(user), Some(password)) => Some(Registration {
                registrar,
                credentials: Credentials {
                    user: self.auth_user.unwrap_or_else(|| user.clone()),
                    password,
                },
                user,
                expires: Duration::from_secs(self.expires),
                proxy: self.proxy,
            }),
            _ => {
                return Err(fail(
                    "« sip.register » demande « registrar », « user » et « password » ensemble",
                ));
            }
        };
        Ok(config)
    }
}

fn encoder(value: &str) -> Result<Encoder, String> {
    match value {
        "usem3" => Ok(Encoder::Usem3),
        "e5" => Ok(Encoder::E5),
        "usem3+e5" => Ok(Encoder::Usem3AndE5),
        path if path.ends_with(".onnx") => Ok(Encoder::Own {
            model: path.into(),
            tokenizer: Path::new(path).with_file_name("tokenizer.json"),
            prefixes: Prefixes::default(),
        }),
        _ => Err(format!(
            "« {value} » n'est ni « usem3 », ni « e5 », ni « usem3+e5 », ni le chemin d'un fichier .onnx"
        )),
    }
}

fn url(value: &str, example: &str) -> Result<String, String> {
    Address::read(value, &["http", "https"], example)?;
    Ok(value.to_owned())
}

/// An address to which personal data is posted.
fn private(value: &str, example: &str) -> Result<String, String> {
    let address = Address::read(value, &["http", "https"], example)?;
    if address.scheme == "http" && !address.is_inside() {
        return Err(format!(
            "« {value} » ferait passer en clair, sur Internet, ce que disent les appelants ; donnez une adresse « https:// », ou celle d'une machine du réseau privé"
        ));
    }
    Ok(value.to_owned())
}

/// The address of a site, as browsers write it where they say where a form comes from: without a path, in small letters.
fn site(value: &str) -> Result<String, String> {
    let example = "https://allo.mairie.fr";
    let address = url(value, example)?.trim_end_matches('/').to_lowercase();
    let host = address.split_once("://").map_or("", |(_, host)| host);
    if host.is_empty() || host.contains(['/', '?', '#', '@', ' ']) {
        return Err(format!(
            "« {value} » : l'adresse du site seule, sans chemin, comme {example}"
        ));
    }
    Ok(address)
}

/// One scalar of the file.
struct Setting {
    path: String,
    value: String,
    place: String,
}

fn set(written: &mut Written, setting: &Setting) -> Result<(), ConfigError> {
    let fail = |problem| ConfigError {
        place: setting.place.clone(),
        problem,
    };
    let Some((_, _, setter)) = KEYS.iter().find(|(path, _, _)| *path == setting.path) else {
        let near = did_you_mean(&setting.path, KEYS.iter().map(|k| k.0));
        return Err(fail(format!("réglage inconnu « {} »{near}", setting.path)));
    };
    setter(written, &setting.value).map_err(|problem| fail(format!("« {} » : {problem}", setting.path)))
}

/// All scalars of a YAML text with their dotted paths; lists are joined with commas.
fn flatten(name: &str, text: &str) -> Result<Vec<Setting>, ConfigError> {
    let documents = MarkedYaml::load_from_str(text).map_err(|error| ConfigError {
        place: format!("{name}:{}:{}", error.marker().line(), error.marker().col() + 1),
        problem: format!("ce n'est pas du YAML valable ({error})"),
    })?;
    let mut settings = Vec::new();
    for document in &documents {
        walk(name, "", document, &mut settings)?;
    }
    Ok(settings)
}

fn walk(name: &str, path: &str, node: &MarkedYaml, settings: &mut Vec<Setting>) -> Result<(), ConfigError> {
    let place = format!("{name}:{}:{}", node.span.start.line(), node.span.start.col() + 1);
    match &node.data {
        YamlData::Mapping(map) => {
            for (key, value) in map {
                let Some(key_text) = scalar(key) else {
                    return Err(ConfigError {
                        place,
                        problem: "une clé doit être un mot".into(),
                    });
                };
                let path = if path.is_empty() {
                    key_text
                } else {
                    format!("{path}.{key_text}")
                };
                // A mistake in a key is shown at the key.
                let known = KEYS.iter().any(|k| k.0 == path || k.0.starts_with(&format!("{path}.")));
                let node = if known { value } else { key };
                let at = &node.span.start;
                if known {
                    walk(name, &path, value, settings)?;
                } else {
                    settings.push(Setting {
                        path,
                        value: String::new(),
                        place: format!("{name}:{}:{}", at.line(), at.col() + 1),
                    });
                }
            }
        }
        YamlData::Sequence(items) => {
            let values: Option<Vec<String>> = items.iter().map(scalar).collect();
            let Some(values) = values else {
                return Err(ConfigError {
                    place,
                    problem: format!("« {path} » doit être une liste de valeurs simples"),
                });
            };
            settings.push(Setting {
                path: path.into(),
                value: values.join(","),
                place,
            });
        }
        _ => {
            if let Some(value) = scalar(node) {
                settings.push(Setting {
                    path: path.into(),
                    value,
                    place,
                });
            } else if !path.is_empty() {
                return Err(ConfigError {
                    place,
                    problem: format!("« {path} » est vide ; donnez une valeur ou retirez la ligne"),
                });
            }
        }
    }
    Ok(())
}

fn scalar(node: &MarkedYaml) -> Option<String> {
    match &node.data {
        YamlData::Representation(text, _, _) => Some(text.to_string()),
        YamlData::Value(value) => match value.clone().into_owned() {
            ScalarOwned::String(text) => Some(text),
            ScalarOwned::Integer(number) => Some(number.to_string()),
            ScalarOwned::FloatingPoint(number) => Some(number.to_string()),
            ScalarOwned::Boolean(value) => Some(value.to_string()),
            ScalarOwned::Null => None,
        },
        _ => None,
    }
}

fn variable(path: &str) -> String {
    format!("ALLO_{}", path.replace('.', "_").to_uppercase())
}

/// " ; vouliez-vous dire « … » ?" when something known is near.
pub fn did_you_mean<'a>(word: &str, known: impl Iterator<Item = &'a str>) -> String {
    known
        .map(|k| (strsim::jaro_winkler(word, k), k))
        .filter(|(near, _)| *near > 0.8)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, k)| format!(" ; vouliez-vous dire « {k} » ?"))
        .unwrap_or_default()
}

fn parse<T: std::str::FromStr>(value: &str, example: &str) -> Result<T, String> {
    value
        .trim()
        .parse()
        .map_err(|_| format!("« {value} » n'est pas valable ; exemple : {example}"))
}

fn put<T: std::str::FromStr>(target: &mut T, value: &str, example: &str) -> Result<(), String> {
    *target = parse(value, example)?;
    Ok(())
}

fn list<T: std::str::FromStr>(target: &mut Vec<T>, value: &str, example: &str) -> Result<(), String> {
    *target = value
        .split(',')
        .map(str::trim)
        .filter(|v| !v.is_empty())
        .map(|v| parse(v, example))
        .collect::<Result<_, _>>()?;
    Ok(())
}

fn number(value: &str, least: u64, most: u64) -> Result<u64, String> {
    let number: u64 = parse(value, &least.to_string())?;
    if (least..=most).contains(&number) {
        Ok(number)
    } else {
        Err(format!("{number} n'est pas entre {least} et {most}"))
    }
}

fn ports(value: &str) -> Result<RangeInclusive<u16>, String> {
    let example = "« {value} » n'est pas une plage ; exemple : 16384-17383".replace("{value}", value);
    let (first, last) = value.split_once('-').ok_or(&example)?;
    let (first, last): (u16, u16) = (parse(first, "16384")?, parse(last, "17383")?);
    if first >= 1024 && last > first {
        Ok(first..=last)
    } else {
        Err(example)
    }
}

/// `stun:host` or `turn:host`, with its port: 3478 where none is written (RFC 7064, section 3.2).
fn ice_server(value: &str, scheme: &str) -> Result<String, String> {
    let value = value.trim();
    let host = value
        .strip_prefix(&format!("{scheme}:"))
        .filter(|host| !host.is_empty());
    let host =
        host.ok_or_else(|| format!("« {value} » n'est pas un serveur ; exemple : {scheme}:serveur.mairie.fr:3478"))?;
    let has_port = host
        .rsplit_once(':')
        .is_some_and(|(_, port)| port.parse::<u16>().is_ok());
    Ok(if has_port {
        value.into()
    } else {
        format!("{value}:3478")
    })
}

fn encryption(value: &str) -> Result<Encryption, String> {
    match value.trim().to_lowercase().as_str() {
        // YAML reads some of these as a truth value.
        "non" | "no" | "false" => Ok(Encryption::Never),
        "possible" => Ok(Encryption::Possible),
        "exigé" | "exige" => Ok(Encryption::Required),
        _ => Err(format!("« {value} » n'est ni « non », ni « possible », ni « exigé »")),
    }
}

fn codecs(target: &mut Vec<Codec>, value: &str) -> Result<(), String> {
    *target = value
        .split(',')
        .map(|name| {
            Codec::from_name(name.trim())
                .ok_or_else(|| format!("codec inconnu « {} » ; connus : opus, g722, pcma, pcmu", name.trim()))
        })
        .collect::<Result<_, _>>()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, environment: &[(&str, &str)]) -> Result<Config, String> {
        let environment = environment.iter().map(|(k, v)| ((*k).to_string(), (*v).to_string()));
        Config::read("allo.yaml", text, environment).map_err(|e| e.to_string())
    }

    #[test]
    fn nothing_written_is_the_defaults() {
        let config = read("", &[]).expect("valid");
        assert_eq!(config.sip_listen.port(), 5060);
        assert_eq!(config.max_calls, 30);
    }

    #[test]
    fn the_environment_wins_over_the_file() {
        let text = "sip:\n  listen: 127.0.0.1:5070\n  trunks: [10.0.0.0/8, 192.168.1.4]\ncalls:\n  max: 4\n";
        let config = read(text, &[("ALLO_CALLS_MAX", "7"), ("PATH", "x")]).expect("valid");
        assert_eq!(
            (config.sip_listen.port(), config.trunks.len(), config.max_calls),
            (5070, 2, 7)
        );
    }

    #[test]
    fn mistakes_are_named_with_their_place_and_a_remedy() {
        for (text, environment, expected) in [
            (
                "sip:\n  lisen: x\n",
                None,
                "allo.yaml:2:3 : réglage inconnu « sip.lisen » ; vouliez-vous dire « sip.listen » ?",
            ),
            (
                "sip:\n  listen: 5060\n",
                None,
                "allo.yaml:2:11 : « sip.listen » : « 5060 » n'est pas valable ; exemple : 0.0.0.0:5060",
            ),
            (
                "calls:\n  max: 0\n",
                None,
                "allo.yaml:2:8 : « calls.max » : 0 n'est pas entre 1 et 1000",
            ),
            (
                "rtp:\n  ports: 9-3\n",
                None,
                "allo.yaml:2:10 : « rtp.ports » : « 9-3 » n'est pas une plage ; exemple : 16384-17383",
            ),
            (
                "data:\n",
                None,
                "allo.yaml:1:5 : « data » est vide ; donnez une valeur ou retirez la ligne",
            ),
            (
                "sip:\n  register:\n    user: '10'\n",
                None,
                "allo.yaml : « sip.register » demande « registrar », « user » et « password » ensemble",
            ),
            (
                "sms: {url: 'https://passerelle.fr', body: 'msg={texte}'}\n",
                None,
                "allo.yaml : « sms.body » : il y manque « {numéro} » ; exemple : {\"to\": \"{numéro}\", \"text\": \"{texte}\", \"id\": \"{id}\"}",
            ),
            (
                "sms: {url: 'https://passerelle.fr', body: '{\"to\": {numéro}, \"text\": \"{texte}\"}'}\n",
                None,
                "allo.yaml : « sms.body » : ce n'est pas du JSON valable (colonne 8) ; exemple : {\"to\": \"{numéro}\", \"text\": \"{texte}\", \"id\": \"{id}\"}",
            ),
            (
                "webhook:\n  url: http://203.0.113.7/allo\n",
                None,
                "allo.yaml:2:8 : « webhook.url » : « http://203.0.113.7/allo » ferait passer en clair, sur Internet, ce que disent les appelants ; donnez une adresse « https:// », ou celle d'une machine du réseau privé",
            ),
            (
                "sms:\n  url: https://passerelle.fr:99999/sms\n",
                None,
                "allo.yaml:2:8 : « sms.url » : « https://passerelle.fr:99999/sms » : le port va de 1 à 65535",
            ),
            (
                "mail: {server: 'smtp://203.0.113.7:587', from: a@b.fr, user: a, password: b}\n",
                None,
                "allo.yaml : « mail.server » : « smtp://203.0.113.7:587 » ferait passer le mot de passe en clair ; écrivez « smtps://203.0.113.7 », ou ajoutez « ?tls=required »",
            ),
            (
                "generation:\n  model: petit\n",
                None,
                "allo.yaml : « generation » demande « url »",
            ),
            (
                "generation:\n  url: http://203.0.113.7/v1\n",
                None,
                "allo.yaml:2:8 : « generation.url » : « 203.0.113.7 » mène à 203.0.113.7, hors du réseau de la mairie : aucune parole d'un appelant ne doit en sortir ; donnez un service de cette machine (127.0.0.1) ou du réseau privé (10…, 172.16…, 192.168…)",
            ),
            (
                "generation:\n  url: https://127.0.0.1/v1\n",
                None,
                "allo.yaml:2:8 : « generation.url » : « https://127.0.0.1/v1 » doit commencer par « http:// » : le service est sur cette machine ou sur le réseau de la mairie ; exemple : http://127.0.0.1:8080/v1",
            ),
            (
                "web:\n  turn: {url: 'turn:t.mairie.fr'}\n",
                None,
                "allo.yaml : « web.turn » demande « url », et « user » avec « password », ou « secret »",
            ),
            (
                "web:\n  turn: {url: 'turn:t.mairie.fr', user: a, password: b, secret: c}\n",
                None,
                "allo.yaml : « web.turn » demande « user » et « password » ensemble, ou « secret » seul",
            ),
            (
                "sip:\n  tls: {certificate: allo.pem}\n",
                None,
                "allo.yaml : « sip.tls » demande « certificate » et « key » ensemble",
            ),
            (
                "sip:\n  srtp: oui\n",
                None,
                "allo.yaml:2:9 : « sip.srtp » : « oui » n'est ni « non », ni « possible », ni « exigé »",
            ),
            (
                "understanding:\n  encoder: bert\n",
                None,
                "allo.yaml:2:12 : « understanding.encoder » : « bert » n'est ni « usem3 », ni « e5 », ni « usem3+e5 », ni le chemin d'un fichier .onnx",
            ),
            (
                "understanding: {encoder: e5, question_prefix: 'query: '}\n",
                None,
                "allo.yaml : « understanding.tokenizer », « question_prefix » et « passage_prefix » vont avec un modèle .onnx dans « understanding.encoder »",
            ),
            (
                "web:\n  origins: [https://www.mairie.fr/contact]\n",
                None,
                "allo.yaml:2:12 : « web.origins » : « https://www.mairie.fr/contact » n'est pas valable ; exemple : https://www.mairie.fr",
            ),
            (
                "",
                Some(("ALLO_DATTA", "x")),
                "variable d'environnement ALLO_DATTA : réglage inconnu ; vouliez-vous dire « ALLO_DATA » ?",
            ),
        ] {
            let error = read(text, environment.as_slice()).expect_err(text);
            assert_eq!(error, expected);
        }
    }

    #[test]
    fn the_consoles_address_is_that_of_a_site() {
        let read = |url: &str| read(&format!("http: {{public_url: '{url}'}}"), &[]);
        let config = read("https://Allo.Mairie.fr/").expect("valid");
        assert_eq!(config.public_url.as_deref(), Some("https://allo.mairie.fr"));
        for wrong in [
            "allo.mairie.fr",
            "https://",
            "https://mairie.fr/allo",
            "https://a@mairie.fr",
        ] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_town_may_have_its_own_encoder() {
        let read = |text: &str| read(&format!("understanding: {{{text}}}"), &[]).expect("valid").encoder;
        let own = |tokenizer: &str, question: &str, passage: &str| Encoder::Own {
            model: "/srv/m/modele.onnx".into(),
            tokenizer: tokenizer.into(),
            prefixes: Prefixes {
                question: question.into(),
                passage: passage.into(),
            },
        };
        assert_eq!(
            read("encoder: /srv/m/modele.onnx"),
            own("/srv/m/tokenizer.json", "", "")
        );
        let all = "passage_prefix: 'p: ', question_prefix: 'q: ', tokenizer: /t.json, encoder: /srv/m/modele.onnx";
        assert_eq!(read(all), own("/t.json", "q: ", "p: "));
        assert_eq!(read("encoder: e5"), Encoder::E5);
        assert_eq!(read("encoder: usem3+e5"), Encoder::Usem3AndE5);
    }

    #[test]
    fn encrypted_lines_listen_beside_the_others() {
        let text =
            "sip:\n  listen: 192.0.2.7:5060\n  srtp: exigé\n  tls: {certificate: a.pem, key: k.pem, ca: ville.pem}\n";
        let config = read(text, &[]).expect("valid");
        let tls = config.tls.expect("it listens");
        assert_eq!(tls.listen.to_string(), "192.0.2.7:5061");
        assert_eq!((tls.certificate, tls.key), ("a.pem".into(), "k.pem".into()));
        assert_eq!(config.tls_ca, Some("ville.pem".into()));
        assert_eq!(config.srtp, Encryption::Required);
        let config = read("sip: {srtp: non}", &[]).expect("valid");
        assert_eq!((config.tls, config.srtp), (None, Encryption::Never));
        assert_eq!(read("", &[]).expect("valid").srtp, Encryption::Possible);
    }

    #[test]
    fn the_password_is_not_shown() {
        let text = "sip: {register: {registrar: 'sip:pbx', user: '10', password: s3cret}}";
        let config = read(text, &[]).expect("valid");
        assert!(!format!("{config:?}").contains("s3cret"));
        assert!(config.generation.is_none(), "off where nothing is said of it");
        let config = read("web: {turn: {url: 'turn:t.mairie.fr', secret: s3cret}}", &[]).expect("valid");
        assert!(config.ice_servers.len() == 1 && !format!("{config:?}").contains("s3cret"));
        let config = read("generation: {url: 'http://127.0.0.1:8080/v1', key: s3cret}", &[]).expect("valid");
        assert!(config.generation.is_some() && !format!("{config:?}").contains("s3cret"));
    }
}
