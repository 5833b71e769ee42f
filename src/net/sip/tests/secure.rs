//! Calls and registration over TLS.

use std::path::Path;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::server::TlsStream;

use super::super::tls::Identity;
use super::super::tls::tests::certify;
use super::*;
use crate::pii::Secret;

/// A town hall that listens for TLS, and where.
async fn town(folder: &Path, idle: Duration) -> (Side, SocketAddr) {
    let config = SipConfig {
        tls: Some(certify(folder, &["127.0.0.1"])),
        tcp_idle: idle,
        ..config()
    };
    let side = Side::with(config, 9).await;
    let tls = side.server.tls_address().expect("it listens");
    (side, tls)
}

/// A telephone that knows who has signed the town's certificate, and listens for TLS itself or does not.
async fn phone(folder: &Path, listens: bool) -> Side {
    let config = SipConfig {
        ca: Some(folder.join("certificat.pem")),
        tls: listens.then(|| certify(&folder.join("telephone"), &["127.0.0.1"])),
        ..config()
    };
    Side::with(config, 9).await
}

#[tokio::test]
async fn calls_over_tls_are_changed_and_ended_by_either_side() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("telephone")).unwrap();
    let (mut town, tls) = town(folder.path(), Duration::from_secs(60)).await;
    for listens in [false, true] {
        let phone = phone(folder.path(), listens).await;
        for uri in [format!("sip:mairie@{tls};transport=tls"), format!("sips:mairie@{tls}")] {
            let (caller, mut heard) = phone
                .server
                .dial(&uri, OFFER.to_vec(), DialOptions::default())
                .await
                .unwrap();
            let call = town.incoming().await;
            assert_eq!(call.transport, Transport::Tls);
            assert_eq!(call.called_user, "mairie");
            let (leg, mut events) = (call.leg, call.events);
            leg.accept(ANSWER.to_vec()).await.unwrap();
            await_event!(heard, LegEvent::Answered { sdp } if sdp == ANSWER);
            await_event!(events, LegEvent::Established { answer: None });
            // Hold, by each of the two.
            let (changed, reply) = tokio::join!(caller.reinvite(OFFER.to_vec()), async {
                await_event!(events, LegEvent::Reoffer(reoffer) => reoffer.accept(ANSWER.to_vec()));
            });
            assert_eq!((changed.unwrap(), reply), (ANSWER.to_vec(), ()));
            let (changed, ()) = tokio::join!(leg.reinvite(ANSWER.to_vec()), async {
                await_event!(heard, LegEvent::Reoffer(reoffer) => reoffer.accept(OFFER.to_vec()));
            });
            assert_eq!(changed.unwrap(), OFFER);
            if uri.starts_with("sips") {
                leg.bye(None).await;
                await_event!(
                    heard,
                    LegEvent::Ended {
                        by: EndedBy::Remote,
                        ..
                    }
                );
            } else {
                caller.bye(None).await;
                await_event!(
                    events,
                    LegEvent::Ended {
                        by: EndedBy::Remote,
                        ..
                    }
                );
            }
            quiet(&town).await;
        }
    }
}

#[tokio::test]
async fn a_connection_that_was_closed_is_opened_again() {
    let folder = tempfile::tempdir().unwrap();
    let (mut town, tls) = town(folder.path(), Duration::from_millis(200)).await;
    let phone = phone(folder.path(), false).await;
    for _ in 0..3 {
        let uri = format!("sip:mairie@{tls};transport=tls");
        let dialled = phone.server.dial(&uri, OFFER.to_vec(), DialOptions::default());
        let (caller, mut heard) = dialled.await.unwrap();
        let call = town.incoming().await;
        call.leg.accept(ANSWER.to_vec()).await.unwrap();
        await_event!(heard, LegEvent::Answered { .. });
        caller.bye(None).await;
        tokio::time::sleep(Duration::from_millis(400)).await;
    }
}

#[tokio::test]
async fn whoever_does_not_prove_their_name_is_not_called() {
    let (folder, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (_town, tls) = town(folder.path(), Duration::from_secs(60)).await;
    certify(other.path(), &["127.0.0.1"]);
    let phone = phone(other.path(), false).await;
    for (host, why) in [
        ("127.0.0.1", "aucune autorité connue"),
        ("localhost", "aucune autorité connue"),
    ] {
        let uri = format!("sips:mairie@{host}:{}", tls.port());
        let dialled = phone.server.dial(&uri, OFFER.to_vec(), DialOptions::default());
        let error = dialled.await.expect_err("nobody knows it");
        assert!(
            matches!(error, SipError::Tls(_)) && error.to_string().contains(why),
            "{error}"
        );
    }
    let trusting = self::phone(folder.path(), false).await;
    let uri = format!("sips:mairie@localhost:{}", tls.port());
    let dialled = trusting.server.dial(&uri, OFFER.to_vec(), DialOptions::default());
    let error = dialled.await.expect_err("it is another name").to_string();
    assert!(error.contains("celui d'un autre nom"), "{error}");
    assert_eq!(
        (phone.server.active_dialogs(), trusting.server.active_dialogs()),
        (0, 0)
    );
}

/// A registrar behind TLS, byte by byte.
struct Pbx {
    listener: TcpListener,
    identity: Identity,
}

impl Pbx {
    async fn accept(&self) -> TlsStream<TcpStream> {
        let (stream, _) = timeout(Duration::from_secs(8), self.listener.accept())
            .await
            .expect("no connection")
            .unwrap();
        self.identity.accept(stream).await.unwrap()
    }

    /// Reads a REGISTER, takes it, and gives its text.
    async fn register(&self, stream: &mut TlsStream<TcpStream>) -> String {
        let mut text = Vec::new();
        while !text.ends_with(b"\r\n\r\n") {
            let read = timeout(Duration::from_secs(5), stream.read_buf(&mut text)).await;
            assert!(read.expect("silence").unwrap() > 0, "closed");
        }
        let text = String::from_utf8(text).unwrap();
        let kept = |line: &&str| {
            ["Via", "From", "Call-ID", "CSeq", "Contact"]
                .iter()
                .any(|name| line.starts_with(name))
        };
        let headers: String = text.lines().filter(kept).map(|line| format!("{line}\r\n")).collect();
        let to = text.lines().find(|line| line.starts_with("To:")).unwrap();
        let answer = format!("SIP/2.0 200 OK\r\n{headers}{to};tag=pbx\r\nExpires: 600\r\nContent-Length: 0\r\n\r\n");
        stream.write_all(answer.as_bytes()).await.unwrap();
        text
    }
}

#[tokio::test]
async fn a_registration_follows_its_connection() {
    let folder = tempfile::tempdir().unwrap();
    let files = certify(folder.path(), &["127.0.0.1"]);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let pbx = Pbx {
        listener,
        identity: Identity::load(&files).unwrap(),
    };
    for registrar in [format!("sip:{address};transport=tls"), format!("sips:{address}")] {
        let config = SipConfig {
            ca: Some(files.certificate.clone()),
            registration: Some(Registration {
                registrar,
                user: "201".into(),
                credentials: Credentials {
                    user: "201".into(),
                    password: Secret::new("secret"),
                },
                expires: Duration::from_secs(600),
                proxy: None,
            }),
            ..config()
        };
        let town = Side::with(config, 9).await;
        // Twice: the first connection is lost, and the registration with it.
        for _ in 0..2 {
            let mut stream = pbx.accept().await;
            let ours = stream.get_ref().0.peer_addr().unwrap();
            let text = pbx.register(&mut stream).await;
            assert!(text.contains(&format!("Via: SIP/2.0/TLS {ours};")), "{text}");
            // Nothing of ours listens for TLS: the connection is the only way back.
            let contact = text.lines().find(|line| line.starts_with("Contact:")).unwrap();
            assert!(contact.contains(&format!("201@{ours};transport=TLS")), "{text}");
            let mut registration = town.server.registration();
            let registered = registration.wait_for(|state| matches!(state, RegistrationState::Registered { .. }));
            timeout(Duration::from_secs(5), registered)
                .await
                .expect("registered")
                .unwrap();
        }
    }
}
