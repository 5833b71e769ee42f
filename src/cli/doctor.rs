//! `allo doctor`: looks at the machine, and says how to mend what is wrong.

use std::collections::BTreeMap;
use std::ffi::{CStr, CString};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener, UdpSocket};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::process::ExitCode;

use crate::app::{engines, plans};
use crate::config::{Config, Encoder};
use crate::engine::models::{self, FetchedBy, State};
use crate::engine::phonemes;
use crate::engine::rephrase;
use crate::net::media;
use crate::store::{self, Reader, StoreError};
use crate::web::words;
use crate::wire::sdes::Encryption;

#[derive(clap::Args)]
pub(super) struct Arguments {}

/// What was found: fine, doubtful, or in the way of answering calls.
enum Finding {
    Good(String),
    Doubt(String, &'static str),
    Bad(String, String),
}
use Finding::{Bad, Doubt, Good};

pub(super) fn run(config: &Config, _: &Arguments) -> anyhow::Result<ExitCode> {
    let findings = [
        ports(config),
        addresses(config),
        encryption(config),
        installed_models(config),
        chosen_encoder(config),
        vec![onnxruntime(), espeak(), disk(&config.data), clock(config)],
        deliveries(&config.data),
        dialplans(config),
        generation(config),
    ];
    let mut healthy = true;
    for finding in findings.into_iter().flatten() {
        match finding {
            Good(what) => println!("  bon      {what}"),
            Doubt(what, remedy) => println!("  à voir   {what}\n           → {remedy}"),
            Bad(what, remedy) => {
                println!("  MAUVAIS  {what}\n           → {remedy}");
                healthy = false;
            }
        }
    }
    Ok(if healthy { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn ports(config: &Config) -> Vec<Finding> {
    let open = |what: &str, address: SocketAddr, result: std::io::Result<()>| {
        match result {
        Ok(()) => Good(format!("{what} : {address} est libre")),
        Err(error) => Bad(
            format!("{what} : {address} ne s'ouvre pas ({error})"),
            "arrêtez le programme qui l'occupe (« ss -lptun » le montre ; peut-être Allô lui-même), ou changez « sip.listen », « sip.tls.listen » ou « http.listen »".into(),
        ),
    }
    };
    let (sip, http) = (config.sip_listen, config.http_listen);
    let mut findings = vec![
        open("téléphone (SIP, UDP)", sip, UdpSocket::bind(sip).map(drop)),
        open("téléphone (SIP, TCP)", sip, TcpListener::bind(sip).map(drop)),
        open("pages (HTTP)", http, TcpListener::bind(http).map(drop)),
    ];
    if let Some(tls) = &config.tls {
        let bound = TcpListener::bind(tls.listen).map(drop);
        findings.push(open("téléphone chiffré (SIP, TLS)", tls.listen, bound));
    }
    let range = &config.rtp_ports;
    let pairs = usize::from(range.end() - range.start()).div_ceil(2);
    findings.push(if pairs >= config.max_calls {
        Good(format!(
            "son (RTP) : {pairs} appels possibles sur les ports {} à {}",
            range.start(),
            range.end()
        ))
    } else {
        Bad(
            format!("son (RTP) : {pairs} paires de ports pour {} appels", config.max_calls),
            "élargissez « rtp.ports » : deux ports par appel".into(),
        )
    });
    findings
}

fn addresses(config: &Config) -> Vec<Finding> {
    // No packet is sent: the system is asked which address faces the outside.
    let outside = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1));
    let facing = media::facing(outside);
    let mut findings = Vec::new();
    match (&facing, &config.public_address) {
        (Ok(ip), Some(public)) => findings.push(Good(format!("adresse : {ip}, annoncée {public}"))),
        (Ok(IpAddr::V4(ip)), None) if ip.is_private() => findings.push(Doubt(
            format!("adresse : {ip}, privée"),
            "rien à faire si les appels viennent du réseau de la mairie ; s'ils viennent d'Internet à travers un NAT, donnez « sip.public_address » et redirigez les ports SIP et RTP",
        )),
        (Ok(ip), None) => findings.push(Good(format!("adresse : {ip}"))),
        (Err(error), _) => findings.push(Doubt(
            format!("adresse : aucune route vers l'extérieur ({error})"),
            "Allô ne pourra être appelé que depuis cette machine",
        )),
    }
    if config.trunks.is_empty() {
        findings.push(Doubt(
            "appels acceptés de toute adresse".into(),
            "donnez « sip.trunks » : l'adresse de l'autocommutateur ou de l'opérateur",
        ));
    }
    findings
}

/// Our certificate, and what goes over the network in the clear.
fn encryption(config: &Config) -> Vec<Finding> {
    const SOON: i64 = 21;
    let mut findings = Vec::new();
    if let Some(tls) = &config.tls {
        let days = |ends: i64| (ends - chrono::Utc::now().timestamp()).div_euclid(86_400);
        let what = |names: &[String], days: i64| match names {
            [] => format!("certificat TLS, sans nom, pour {days} jours encore"),
            names => format!("certificat TLS de {}, pour {days} jours encore", names.join(", ")),
        };
        match tls.examine() {
            Err(error) => findings.push(Bad(error.to_string(), "puis relancez « allo doctor »".into())),
            Ok(certificate) => {
                let left = days(certificate.ends);
                findings.push(match left {
                    ..0 => Bad(
                        format!("certificat TLS : périmé depuis {} jours", -left),
                        format!(
                            "renouvelez « {} » : Allô le relira de lui-même",
                            tls.certificate.display()
                        ),
                    ),
                    0..SOON => Doubt(
                        what(&certificate.names, left),
                        "renouvelez-le : Allô le relira de lui-même",
                    ),
                    _ => Good(what(&certificate.names, left)),
                });
                if certificate.key_is_exposed {
                    findings.push(Doubt(
                        format!("clé TLS « {} » : d'autres comptes peuvent la lire", tls.key.display()),
                        "chmod 600, et le compte d'Allô pour propriétaire",
                    ));
                }
            }
        }
    }
    if config.srtp == Encryption::Required && config.tls.is_none() {
        findings.push(Doubt(
            "son chiffré exigé, sans téléphonie sur TLS : les clés passent en clair".into(),
            "donnez « sip.tls » : un certificat et sa clé",
        ));
    }
    findings
}

fn installed_models(config: &Config) -> Vec<Finding> {
    models::list(&config.models)
        .into_iter()
        .filter(|row| row.default == FetchedBy::Default || row.state != State::Absent)
        .map(|row| match row.state {
            State::Good => Good(format!("modèle {} ({})", row.id, row.what)),
            state => Bad(
                format!("modèle {} : {}", row.id, state.name()),
                format!("allo models fetch {}", row.id),
            ),
        })
        .collect()
}

/// The sentence encoder that the town has chosen, where it is not the usual one, which is among the models.
fn chosen_encoder(config: &Config) -> Vec<Finding> {
    let name = match &config.encoder {
        Encoder::Usem3 => return Vec::new(),
        Encoder::E5 => "e5".into(),
        Encoder::Usem3AndE5 => "usem3+e5".into(),
        Encoder::Own { model, .. } => model.display().to_string(),
    };
    vec![match engines::encoder(config) {
        Ok(_) => Good(format!("encodeur de phrases {name}")),
        Err(error) => Bad(
            format!("encodeur de phrases : {error}"),
            "corrigez « understanding » dans allo.yaml ; sans cette section, celui d'Allô sert".into(),
        ),
    }]
}

fn onnxruntime() -> Finding {
    // Linked, so we would not be running without it; the version is what can still be wrong.
    // SAFETY: the library gives a constant table, whose function gives a constant C string.
    let version = unsafe { CStr::from_ptr(((*ort::sys::OrtGetApiBase()).GetVersionString)()) };
    let version = version.to_string_lossy();
    let minor = version.split('.').nth(1).and_then(|minor| minor.parse().ok());
    if minor >= Some(ort::MINOR_VERSION) {
        Good(format!("ONNX Runtime {version}"))
    } else {
        Bad(
            format!("ONNX Runtime {version} : il faut 1.{} ou plus", ort::MINOR_VERSION),
            "effacez models/onnxruntime, puis « make deps »".into(),
        )
    }
}

fn espeak() -> Finding {
    match phonemes::data_folder() {
        Ok(folder) => Good(format!("données d'espeak-ng : {}", folder.display())),
        Err(error) => Bad(
            error.to_string(),
            "apt install espeak-ng-data, ou donnez PIPER_ESPEAKNG_DATA_DIRECTORY".into(),
        ),
    }
}

fn disk(folder: &Path) -> Finding {
    let existing = folder.ancestors().find(|f| f.exists()).unwrap_or(Path::new("."));
    let existing = if existing.as_os_str().is_empty() {
        Path::new(".")
    } else {
        existing
    };
    let Ok(path) = CString::new(existing.as_os_str().as_bytes()) else {
        return Bad(
            format!("dossier de données « {} »", folder.display()),
            "choisissez un autre nom".into(),
        );
    };
    // SAFETY: `path` is a C string; nothing is written.
    let writable = existing.is_dir() && unsafe { libc::access(path.as_ptr(), libc::W_OK) == 0 };
    if !writable {
        return Bad(
            format!(
                "dossier de données « {} » : Allô ne peut pas y écrire",
                folder.display()
            ),
            format!("donnez les droits sur « {} », ou changez « data »", existing.display()),
        );
    }
    let free = store::free_space(existing).unwrap_or(0);
    let what = format!("disque : {} Mo libres pour « {} »", free / 1_000_000, folder.display());
    if free > 2_000_000_000 {
        Good(what)
    } else {
        Bad(what, "libérez 2 Go : les messages des appelants s'y écrivent".into())
    }
}

/// What is not getting to those who deal with it.
fn deliveries(folder: &Path) -> Vec<Finding> {
    let late = match Reader::open(folder).and_then(|reader| reader.late_deliveries()) {
        Ok(late) => late,
        Err(StoreError::Nothing) => return Vec::new(),
        Err(error) => return vec![Bad(format!("envois : {error}"), "puis relancez « allo doctor »".into())],
    };
    // By what they have in common; what others say of it may hold what was sent.
    let mut reasons: BTreeMap<(&str, &str), (usize, bool)> = BTreeMap::new();
    for row in &late {
        let way = words::way(row.delivery.way);
        let (count, stuck) = reasons
            .entry((way, row.delivery.error.as_deref().unwrap_or_default()))
            .or_default();
        *count += 1;
        *stuck |= row.delivery.stuck;
    }
    if reasons.is_empty() {
        return vec![Good("envois : aucun en souffrance".into())];
    }
    let told = reasons.into_iter().map(|((way, reason), (count, stuck))| {
        let what = format!("envois en souffrance : {count} par {way} ({reason})");
        if stuck {
            Doubt(
                what,
                "corrigez la cause (réglages « mail », « webhook », « sms »), puis « allo requests resend --all » et « allo messages resend --all », ou « Tout réessayer » dans la console",
            )
        } else {
            Doubt(what, "rien à faire encore : ils sont réessayés d'eux-mêmes ; « allo requests » les montre")
        }
    });
    told.collect()
}

fn clock(config: &Config) -> Finding {
    let now = config.civil_now();
    let what = format!("horloge : {} ({})", now.format("%d/%m/%Y %H:%M"), config.timezone);
    // SAFETY: adjtimex only fills the zeroed structure when `modes` is 0.
    let unsynchronised = unsafe {
        let mut timex: libc::timex = std::mem::zeroed();
        libc::adjtimex(&raw mut timex) == libc::TIME_ERROR
    };
    if unsynchronised {
        Doubt(
            what + ", non synchronisée",
            "installez chrony ou systemd-timesyncd : les horaires d'ouverture en dépendent",
        )
    } else {
        Good(what)
    }
}

/// Whether the service that rephrases answers; calls do without it.
fn generation(config: &Config) -> Vec<Finding> {
    let Some(settings) = &config.generation else {
        return Vec::new();
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let answer = runtime.map(|runtime| runtime.block_on(rephrase::probe(settings)));
    vec![match answer {
        Ok(Ok(())) => Good(format!("reformulation : le service répond (modèle {})", settings.model)),
        Ok(Err(error)) => Doubt(
            format!("reformulation : {error}"),
            "démarrez-le, ou corrigez « generation » dans allo.yaml ; sans lui, les textes de la mairie sont dits tels quels",
        ),
        Err(error) => Doubt(
            format!("reformulation : non vérifiée ({error})"),
            "relancez « allo doctor »",
        ),
    }]
}

fn dialplans(config: &Config) -> Vec<Finding> {
    config
        .dialplans
        .iter()
        .map(|file| match plans::read(file) {
            Ok((plan, _)) => Good(format!(
                "plan {} ({}, {} sujets)",
                file.display(),
                plan.town.name,
                plan.topics.len()
            )),
            Err(error) => Bad(
                format!("plan {} :\n{error}", file.display()),
                "corrigez-le, puis « allo check »".into(),
            ),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{Attempt, NewDelivery, NewRequest, Store, Way};
    use crate::units::{CallId, Entrance};

    #[test]
    fn what_does_not_get_through_is_counted_with_its_reason() {
        let folder = tempfile::tempdir().expect("a folder");
        let told = || {
            let findings = deliveries(folder.path()).into_iter();
            let told = findings.map(|finding| match finding {
                Good(what) => what,
                Doubt(what, remedy) => format!("{what} → {remedy}"),
                Bad(what, remedy) => format!("MAUVAIS {what} → {remedy}"),
            });
            told.collect::<Vec<_>>()
        };
        assert!(told().is_empty(), "nothing was kept there yet");
        let (store, _writer) = Store::open(folder.path(), 30).expect("opens");
        let mail = |to: &str| NewDelivery {
            way: Way::Mail,
            recipient: to.to_owned().into(),
            subject: String::new(),
            text: "Dubois".to_owned().into(),
            sound: false,
        };
        let request = NewRequest {
            call: CallId(1),
            form: "rappel".into(),
            service: "accueil".into(),
            caller: None,
            entrance: Entrance::Telephone,
            values: Vec::new().into(),
            keep_days: 30,
            deliveries: vec![mail("a@b.fr"), mail("c@d.fr")],
            waited: None,
        };
        store.submit(request, Box::new(|kept| drop(kept.expect("is kept"))));
        store.flush();
        assert_eq!(told(), ["envois : aucun en souffrance"]);
        for _ in 0..2 {
            let due = store.reader().and_then(|reader| reader.due(Way::Mail, i64::MAX - 1));
            let failed = Attempt::Failed {
                reason: "connexion refusée".into(),
                said: Some("no such user: a@b.fr".to_owned().into()),
                stuck: true,
                again: Some(i64::MAX),
            };
            let due = due.expect("reads").expect("is due");
            assert!(store.attempt(&due.id, failed).expect("writes"));
        }
        let told = told();
        assert_eq!(told.len(), 1, "{told:?}");
        assert!(
            told[0].starts_with("envois en souffrance : 2 par courriel (connexion refusée) → corrigez"),
            "{told:?}"
        );
        assert!(!told[0].contains("a@b.fr"));
    }
}
