//! TLS (RFC 3261 section 26.2, RFC 5922): who we are for those who call us, and whom we believe when we call.
//!
//! The certificate is read again where its files have changed, when somebody connects: who renews it every two months (ACME)
//! has nothing to restart.

use std::io;
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use socket2::{SockRef, TcpKeepalive};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::rustls::crypto::{CryptoProvider, ring};
use tokio_rustls::rustls::pki_types::pem::{Error as PemError, PemObject};
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use tokio_rustls::rustls::{
    self, CertificateError, ClientConfig, InconsistentKeys, RootCertStore, ServerConfig, version,
};
use tokio_rustls::{TlsAcceptor, TlsConnector, client, server};

use super::SipError;
use super::server::locked;

/// A handshake must be over within this.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// So often the other side of a quiet connection is asked whether it is there.
const ALIVE: Duration = Duration::from_secs(60);
/// Both sides of the last decade's telephones know 1.2; older ones are broken (RFC 8996).
const VERSIONS: [&rustls::SupportedProtocolVersion; 2] = [&version::TLS13, &version::TLS12];

/// Where TLS listens, and what for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsListen {
    /// Its own address: 5061 by custom.
    pub listen: SocketAddr,
    /// PEM file of our certificate, with those between it and the authority behind it.
    pub certificate: PathBuf,
    /// PEM file of its key.
    pub key: PathBuf,
}

/// What stands in a certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    /// Names and addresses that it is for.
    pub names: Vec<String>,
    /// When it ends, in seconds since 1970.
    pub ends: i64,
    /// The key can be read by other accounts of this machine.
    pub key_is_exposed: bool,
}

impl TlsListen {
    /// Looks at the files.
    ///
    /// # Errors
    /// [`SipError::Tls`], which names the file and the remedy.
    pub fn examine(&self) -> Result<Certificate, SipError> {
        let chain = certificates(&self.certificate)?;
        configure(self)?;
        let unreadable = || {
            wrong(
                &self.certificate,
                "le certificat est illisible ; faites-le faire à nouveau",
            )
        };
        let (_, first) = x509_parser::parse_x509_certificate(&chain[0]).map_err(|_| unreadable())?;
        let names = first.subject_alternative_name().ok().flatten();
        let names = names.iter().flat_map(|names| &names.value.general_names);
        let mode = std::fs::metadata(&self.key).map(|file| file.permissions().mode());
        Ok(Certificate {
            names: names.filter_map(name).collect(),
            ends: first.validity().not_after.timestamp(),
            key_is_exposed: mode.is_ok_and(|mode| mode & 0o077 != 0),
        })
    }
}

fn name(name: &x509_parser::extensions::GeneralName<'_>) -> Option<String> {
    use x509_parser::extensions::GeneralName;
    match name {
        GeneralName::DNSName(name) | GeneralName::URI(name) => Some((*name).to_owned()),
        GeneralName::IPAddress(bytes) => match bytes.len() {
            4 => <[u8; 4]>::try_from(*bytes)
                .ok()
                .map(|ip| std::net::Ipv4Addr::from(ip).to_string()),
            16 => <[u8; 16]>::try_from(*bytes)
                .ok()
                .map(|ip| std::net::Ipv6Addr::from(ip).to_string()),
            _ => None,
        },
        _ => None,
    }
}

/// When each of the two files was last written.
type Written = [Option<SystemTime>; 2];

/// Our certificate, as it stands in its files now.
pub(super) struct Identity {
    files: TlsListen,
    known: Mutex<(Written, Arc<ServerConfig>)>,
}

impl Identity {
    pub(super) fn load(files: &TlsListen) -> Result<Self, SipError> {
        let written = written(files);
        let config = configure(files)?;
        if files.examine().is_ok_and(|certificate| certificate.key_is_exposed) {
            tracing::warn!(
                "« {} » : d'autres comptes de cette machine peuvent lire cette clé ; « chmod 600 » la protège",
                files.key.display()
            );
        }
        Ok(Self {
            files: files.clone(),
            known: Mutex::new((written, config)),
        })
    }

    /// Takes a TLS connection.
    pub(super) async fn accept(&self, stream: TcpStream) -> io::Result<server::TlsStream<TcpStream>> {
        let acceptor = TlsAcceptor::from(self.current());
        timeout(HANDSHAKE, acceptor.accept(stream))
            .await
            .unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
    }

    /// Reads the files again where they have changed. Two small files: no slower than the handshake's own arithmetic.
    fn current(&self) -> Arc<ServerConfig> {
        let written = written(&self.files);
        let mut known = locked(&self.known);
        if known.0 != written {
            known.0 = written;
            match configure(&self.files) {
                Ok(config) => {
                    known.1 = config;
                    tracing::info!(certificate = %self.files.certificate.display(), "certificat TLS relu");
                }
                // Half written, perhaps: it is looked at again when it changes again.
                Err(error) => tracing::error!(%error, "le certificat TLS a changé, et l'ancien sert encore"),
            }
        }
        known.1.clone()
    }
}

fn written(files: &TlsListen) -> Written {
    [&files.certificate, &files.key].map(|file| std::fs::metadata(file).and_then(|file| file.modified()).ok())
}

/// Whom we believe to be who they say.
pub(super) struct Trust(TlsConnector);

impl Trust {
    /// The authorities that browsers know, and those of `ca`, a PEM file of the town's own.
    pub(super) fn load(ca: Option<&Path>) -> Result<Self, SipError> {
        let mut roots = RootCertStore::empty();
        roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
        if let Some(file) = ca {
            for certificate in certificates(file)? {
                let added = roots.add(certificate);
                added.map_err(|_| wrong(file, "un certificat y est illisible ; demandez ce fichier à nouveau"))?;
            }
        }
        let config = ClientConfig::builder_with_provider(provider())
            .with_protocol_versions(&VERSIONS)
            .map_err(unprepared)?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Self(TlsConnector::from(Arc::new(config))))
    }

    /// Connects to `peer`, which must prove to be `host`: a name, or an address.
    pub(super) async fn connect(&self, peer: SocketAddr, host: &str) -> Result<client::TlsStream<TcpStream>, SipError> {
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        let name = ServerName::try_from(bare.to_owned());
        let name = name.map_err(|_| SipError::Tls(format!("« {host} » n'est pas un nom de machine")))?;
        let connect = async {
            let stream = TcpStream::connect(peer).await?;
            stream.set_nodelay(true).ok();
            // Calls may come by it for days: routers forget connections that are quiet, and peers that fall say nothing.
            let alive = TcpKeepalive::new().with_time(ALIVE);
            SockRef::from(&stream).set_tcp_keepalive(&alive).ok();
            self.0.connect(name, stream).await
        };
        let connected = timeout(HANDSHAKE, connect).await;
        connected
            .unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
            .map_err(|error| SipError::Tls(format!("{host} ({peer}) : {}", explain(&error))))
    }
}

/// One provider, named: rustls cannot choose where several are linked, and would panic.
fn provider() -> Arc<CryptoProvider> {
    Arc::new(ring::default_provider())
}

fn configure(files: &TlsListen) -> Result<Arc<ServerConfig>, SipError> {
    let chain = certificates(&files.certificate)?;
    let key = PrivateKeyDer::from_pem_file(&files.key).map_err(|error| match error {
        PemError::NoItemsFound => wrong(
            &files.key,
            "aucune clé n'y est ; il faut un fichier PEM, « -----BEGIN PRIVATE KEY----- », sans mot de passe",
        ),
        error => unread(&files.key, error),
    })?;
    let config = ServerConfig::builder_with_provider(provider())
        .with_protocol_versions(&VERSIONS)
        .map_err(unprepared)?
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .map_err(|error| match error {
            rustls::Error::InconsistentKeys(InconsistentKeys::KeyMismatch) => wrong(
                &files.key,
                &format!(
                    "cette clé n'est pas celle du certificat « {} » ; le certificat du serveur doit y être le premier",
                    files.certificate.display()
                ),
            ),
            error => wrong(
                &files.key,
                &format!("cette clé ne peut pas servir ; faites-la faire à nouveau, avec son certificat, en RSA ou ECDSA ({error})"),
            ),
        })?;
    Ok(Arc::new(config))
}

/// All certificates of a PEM file: one at least.
fn certificates(file: &Path) -> Result<Vec<CertificateDer<'static>>, SipError> {
    let all = CertificateDer::pem_file_iter(file).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let all = all.map_err(|error| unread(file, error))?;
    if all.is_empty() {
        return Err(wrong(
            file,
            "aucun certificat n'y est ; il faut un fichier PEM, « -----BEGIN CERTIFICATE----- »",
        ));
    }
    Ok(all)
}

fn unread(file: &Path, error: PemError) -> SipError {
    let problem = match error {
        PemError::Io(error) if error.kind() == io::ErrorKind::NotFound => {
            "ce fichier n'existe pas ; corrigez « sip.tls » dans allo.yaml".to_owned()
        }
        PemError::Io(error) if error.kind() == io::ErrorKind::PermissionDenied => {
            "Allô n'a pas le droit de lire ce fichier ; donnez-le à son compte (« chown »)".to_owned()
        }
        PemError::Io(error) if error.kind() == io::ErrorKind::IsADirectory => {
            "c'est un dossier ; il faut le fichier lui-même".to_owned()
        }
        PemError::Io(error) => format!("lecture impossible ; vérifiez ce fichier et son disque ({error})"),
        error => format!("ce n'est pas un fichier PEM entier ; copiez-le à nouveau ({error})"),
    };
    wrong(file, &problem)
}

/// Nothing that an administrator has written is in it.
fn unprepared(error: rustls::Error) -> SipError {
    SipError::Tls(format!(
        "le chiffrement ne peut pas être préparé ; réinstallez Allô ({error})"
    ))
}

fn wrong(file: &Path, problem: &str) -> SipError {
    SipError::Tls(format!("« {} » : {problem}", file.display()))
}

/// Why a handshake failed, to who runs the machine.
pub(super) fn explain(error: &io::Error) -> String {
    use CertificateError as Bad;
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
    let why = match (inner, error.kind()) {
        (Some(rustls::Error::InvalidCertificate(bad)), _) => match bad {
            Bad::UnknownIssuer | Bad::BadSignature => {
                "son certificat n'est signé par aucune autorité connue ; si c'est celle de la commune ou de \
                 l'autocommutateur, donnez-la par « sip.tls.ca »"
            }
            Bad::Expired | Bad::ExpiredContext { .. } => "son certificat est périmé ; il faut le renouveler là-bas",
            Bad::NotValidYet | Bad::NotValidYetContext { .. } => {
                "son certificat n'est pas encore valable ; vérifiez l'horloge des deux machines"
            }
            Bad::NotValidForName | Bad::NotValidForNameContext { .. } => {
                "son certificat est celui d'un autre nom ; appelez-le par le nom qui y est écrit (subjectAltName)"
            }
            other => return format!("son certificat est refusé ; faites-le refaire là-bas ({other})"),
        },
        (Some(rustls::Error::AlertReceived(alert)), _) => {
            return format!(
                "l'autre côté refuse : il ne connaît peut-être pas l'autorité de notre certificat ({alert:?})"
            );
        }
        (Some(rustls::Error::InvalidMessage(_)), _) => {
            "ce qui répond n'est pas du TLS ; vérifiez le port (5061 d'ordinaire), ou appelez sans TLS"
        }
        (Some(rustls::Error::PeerIncompatible(_)), _) => {
            "aucun chiffrement commun aux deux côtés ; il faut TLS 1.2 ou 1.3 là-bas"
        }
        (Some(other), _) => return format!("la liaison chiffrée a échoué ; réessayez plus tard ({other})"),
        (_, io::ErrorKind::TimedOut) => "pas de réponse à temps",
        (_, io::ErrorKind::ConnectionRefused) => "personne n'écoute à ce port",
        (_, io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionAborted | io::ErrorKind::UnexpectedEof) => {
            "l'autre côté a coupé la liaison ; vérifiez qu'il parle TLS à ce port"
        }
        (_, io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable) => {
            "cette machine est injoignable ; vérifiez l'adresse et le réseau"
        }
        _ => return format!("la liaison a échoué ; vérifiez l'adresse et le réseau ({error})"),
    };
    why.to_owned()
}

#[cfg(test)]
pub(super) mod tests {
    use std::fs;

    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    use super::*;

    /// A certificate for these names that it has signed itself, in a folder; and a key that others may not read.
    pub(in super::super) fn certify(folder: &Path, names: &[&str]) -> TlsListen {
        let names: Vec<String> = names.iter().map(ToString::to_string).collect();
        let made = rcgen::generate_simple_self_signed(names).unwrap();
        let files = TlsListen {
            listen: "127.0.0.1:0".parse().unwrap(),
            certificate: folder.join("certificat.pem"),
            key: folder.join("cle.pem"),
        };
        fs::write(&files.certificate, made.cert.pem()).unwrap();
        fs::write(&files.key, made.signing_key.serialize_pem()).unwrap();
        fs::set_permissions(&files.key, fs::Permissions::from_mode(0o600)).unwrap();
        files
    }

    #[test]
    fn what_is_wrong_with_the_files_is_named_with_its_remedy() {
        let folder = tempfile::tempdir().unwrap();
        let other = tempfile::tempdir().unwrap();
        let good = certify(folder.path(), &["allo.mairie.fr"]);
        let stranger = certify(other.path(), &["ailleurs.fr"]);
        let at = |name: &str| folder.path().join(name);
        fs::write(at("vide.pem"), "").unwrap();
        let whole = fs::read_to_string(&good.certificate).unwrap();
        fs::write(at("coupe.pem"), &whole[..whole.len() / 2]).unwrap();
        for (certificate, key, problem) in [
            (
                at("absent.pem"),
                good.key.clone(),
                "absent.pem » : ce fichier n'existe pas",
            ),
            (
                good.certificate.clone(),
                at("absent.pem"),
                "absent.pem » : ce fichier n'existe pas",
            ),
            (
                at("vide.pem"),
                good.key.clone(),
                "vide.pem » : aucun certificat n'y est",
            ),
            (
                good.certificate.clone(),
                at("vide.pem"),
                "vide.pem » : aucune clé n'y est",
            ),
            (
                at("coupe.pem"),
                good.key.clone(),
                "coupe.pem » : ce n'est pas un fichier PEM entier",
            ),
            (
                good.certificate.clone(),
                stranger.key.clone(),
                "cle.pem » : cette clé n'est pas celle du certificat",
            ),
        ] {
            let files = TlsListen {
                certificate,
                key,
                ..good.clone()
            };
            let error = Identity::load(&files).err().expect(problem).to_string();
            assert!(error.contains(problem), "{error}");
        }
        let error = Trust::load(Some(&at("vide.pem"))).err().unwrap().to_string();
        assert!(error.contains("vide.pem » : aucun certificat"), "{error}");
    }

    #[test]
    fn what_stands_in_the_certificate_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let files = certify(folder.path(), &["allo.mairie.fr", "192.0.2.7"]);
        let certificate = files.examine().unwrap();
        assert_eq!(certificate.names, ["allo.mairie.fr", "192.0.2.7"]);
        assert!(certificate.ends > 1_800_000_000 && !certificate.key_is_exposed);
        fs::set_permissions(&files.key, fs::Permissions::from_mode(0o644)).unwrap();
        assert!(files.examine().unwrap().key_is_exposed);
    }

    #[test]
    fn no_failure_is_told_in_english_alone() {
        let io = io::Error::from;
        let tls = |error: rustls::Error| io::Error::other(error);
        for (error, told) in [
            (io(io::ErrorKind::TimedOut), "pas de réponse"),
            (io(io::ErrorKind::ConnectionReset), "a coupé la liaison"),
            (io(io::ErrorKind::UnexpectedEof), "a coupé la liaison"),
            (io(io::ErrorKind::NetworkUnreachable), "injoignable"),
            (io(io::ErrorKind::OutOfMemory), "la liaison a échoué ; "),
            (
                tls(rustls::Error::InvalidMessage(
                    rustls::InvalidMessage::InvalidContentType,
                )),
                "n'est pas du TLS",
            ),
            (
                tls(rustls::Error::HandshakeNotComplete),
                "la liaison chiffrée a échoué ; ",
            ),
            (tls(CertificateError::Revoked.into()), "son certificat est refusé ; "),
        ] {
            let said = explain(&error);
            assert!(said.starts_with(told) || said.contains(told), "{said}");
            let french = said.split(" (").next().unwrap_or_default();
            for english in [
                "connection",
                "error",
                "unexpected",
                "invalid",
                "memory",
                "handshake",
                "revoked",
            ] {
                assert!(!french.to_lowercase().contains(english), "{said}");
            }
        }
        let folder = tempfile::tempdir().unwrap();
        let error = certificates(folder.path()).unwrap_err().to_string();
        assert!(error.contains("c'est un dossier"), "{error}");
    }

    /// Connects to a server with this identity, which is believed as far as `ca` goes and asked to be `host`.
    async fn handshake(identity: &Arc<Identity>, ca: &Path, host: &str) -> Result<(), SipError> {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let identity = identity.clone();
        tokio::spawn(async move {
            let (stream, _) = listener.accept().await.unwrap();
            if let Ok(mut stream) = identity.accept(stream).await {
                stream.write_all(b"x").await.ok();
            }
        });
        let mut stream = Trust::load(Some(ca))?.connect(address, host).await?;
        let mut byte = [0];
        stream.read_exact(&mut byte).await.unwrap();
        Ok(())
    }

    #[tokio::test]
    async fn only_who_proves_their_name_is_believed() {
        let (ours, theirs) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let good = certify(ours.path(), &["pbx.mairie.fr", "127.0.0.1"]);
        let other = certify(theirs.path(), &["pbx.mairie.fr"]);
        let identity = Arc::new(Identity::load(&good).unwrap());
        for host in ["pbx.mairie.fr", "127.0.0.1"] {
            handshake(&identity, &good.certificate, host).await.expect(host);
        }
        for (ca, host, why) in [
            (&other.certificate, "pbx.mairie.fr", "aucune autorité connue"),
            (&good.certificate, "sbc.mairie.fr", "celui d'un autre nom"),
            (&good.certificate, "::1", "celui d'un autre nom"),
        ] {
            let error = handshake(&identity, ca, host).await.expect_err(why).to_string();
            assert!(error.contains(why), "{error}");
        }
    }

    #[tokio::test]
    async fn a_renewed_certificate_is_read_by_itself_and_a_broken_one_is_not() {
        let (folder, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let files = certify(folder.path(), &["127.0.0.1"]);
        let identity = Arc::new(Identity::load(&files).unwrap());
        let next = certify(other.path(), &["127.0.0.1"]);
        let later = SystemTime::now() + Duration::from_secs(5);
        let replace = |from: &Path, to: &Path, at: SystemTime| {
            fs::copy(from, to).unwrap();
            fs::File::options()
                .write(true)
                .open(to)
                .unwrap()
                .set_modified(at)
                .unwrap();
        };
        // The certificate comes first: for a moment it does not go with the key, and the old pair serves on.
        let old = other.path().join("ancien.pem");
        fs::copy(&files.certificate, &old).unwrap();
        replace(&next.certificate, &files.certificate, later);
        handshake(&identity, &old, "127.0.0.1").await.expect("the old one");
        replace(&next.key, &files.key, later);
        handshake(&identity, &next.certificate, "127.0.0.1")
            .await
            .expect("the new one");
        handshake(&identity, &old, "127.0.0.1")
            .await
            .expect_err("the old one is gone");
    }
}
