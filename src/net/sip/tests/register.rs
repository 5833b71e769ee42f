//! Registration and digest, against a small registrar and a small proxy.

use super::*;
use crate::pii::Secret;

fn account(registrar: &Raw, expires_s: u64) -> SipConfig {
    SipConfig {
        registration: Some(Registration {
            registrar: format!("sip:{}", registrar.me()),
            user: "201".into(),
            credentials: Credentials {
                user: "201-auth".into(),
                password: Secret::new("secret"),
            },
            expires: Duration::from_secs(expires_s),
            proxy: None,
        }),
        ..config()
    }
}

/// Digest of RFC 3261, section 22.4 (MD5, no qop), as a registrar checks it: here the reference value comes from the
/// stack's own generator fed with what the test knows, so that a wrong user, password, method or URI is seen.
fn wanted(method: rsipstack::sip::Method, uri: &str, user: &str, password: &str) -> String {
    rsipstack::sip::DigestGenerator {
        username: user,
        password,
        algorithm: rsipstack::sip::headers::auth::Algorithm::Md5,
        nonce: "abc",
        method: &method,
        qop: None,
        uri: &rsipstack::sip::Uri::try_from(uri).unwrap(),
        realm: "pbx",
    }
    .compute()
}

async fn state(server: &SipServer, want: impl Fn(&RegistrationState) -> bool) -> RegistrationState {
    let mut registration = server.registration();
    let found = timeout(Duration::from_secs(5), registration.wait_for(|state| want(state))).await;
    found.expect("state not reached").unwrap().clone()
}

#[tokio::test]
async fn registers_with_digest_refreshes_and_undoes() {
    let mut pbx = Raw::new("127.0.0.1:9".parse().unwrap()).await;
    let config = SipConfig {
        trunks: vec!["10.0.0.0/8".parse().unwrap()],
        ..account(&pbx, 600)
    };
    let mut town = Side::with(config, 9).await;
    assert_eq!(*town.server.registration().borrow(), RegistrationState::Trying);
    // Challenge, then the right answer; the registrar grants less than asked.
    let text = pbx.until("REGISTER ").await;
    assert!(text.contains("Expires: 600"), "{text}");
    pbx.reply(
        "401 Unauthorized",
        "WWW-Authenticate: Digest realm=\"pbx\", nonce=\"abc\", algorithm=MD5\r\n",
        b"",
    )
    .await;
    loop {
        pbx.until("REGISTER ").await;
        if pbx.header("Authorization").is_some() {
            break;
        }
    }
    let uri = format!("sip:{}", pbx.me());
    let response = wanted(rsipstack::sip::Method::Register, &uri, "201-auth", "secret");
    let given = pbx.header("Authorization").unwrap();
    assert!(
        given.contains(&response) && given.contains("username=\"201-auth\""),
        "{given}"
    );
    assert!(pbx.header("From").unwrap().contains("sip:201@"));
    let contact = pbx.header("Contact").unwrap();
    assert!(contact.contains(&format!("sip:201@{}", town.address)), "{contact}");
    pbx.reply("200 OK", "Expires: 2\r\n", b"").await;
    let registered = state(&town.server, |s| matches!(s, RegistrationState::Registered { .. })).await;
    assert_eq!(
        registered,
        RegistrationState::Registered {
            expires: Duration::from_secs(2)
        }
    );
    // Refreshed half-way; then a failure, seen, and tried again.
    let before = std::time::Instant::now();
    pbx.until("REGISTER ").await;
    assert!(
        (500..1500).contains(&before.elapsed().as_millis()),
        "{:?}",
        before.elapsed()
    );
    pbx.reply("403 Forbidden", "Retry-After: 1\r\n", b"").await;
    state(&town.server, |s| *s == RegistrationState::Failed { code: Some(403) }).await;
    pbx.until("REGISTER ").await;
    pbx.reply("200 OK", "Expires: 600\r\n", b"").await;
    state(&town.server, |s| matches!(s, RegistrationState::Registered { .. })).await;
    // A call through the registrar is welcome, although it is no trunk.
    let mut caller = Raw::new(town.address).await;
    caller.send("INVITE", 1, "", OFFER).await;
    town.incoming().await.leg.reject(480, None, None);
    caller.until("SIP/2.0 480").await;
    // Undone at the end.
    let undo = tokio::spawn(town.server.shutdown(Duration::ZERO));
    let text = pbx.until("REGISTER ").await;
    assert!(text.contains("Expires: 0"), "{text}");
    pbx.reply("200 OK", "Expires: 0\r\n", b"").await;
    undo.await.unwrap();
}

#[tokio::test]
async fn a_brief_or_silent_registrar() {
    let mut pbx = Raw::new("127.0.0.1:9".parse().unwrap()).await;
    let town = Side::with(account(&pbx, 60), 9).await;
    pbx.until("REGISTER ").await;
    pbx.reply("423 Interval Too Brief", "Min-Expires: 300\r\n", b"").await;
    let text = loop {
        let text = pbx.until("REGISTER ").await;
        if !text.contains("Expires: 60\r\n") {
            break text;
        }
    };
    assert!(text.contains("Expires: 300"), "{text}");
    // Silence.
    state(&town.server, |s| *s == RegistrationState::Failed { code: None }).await;
}

#[tokio::test]
async fn an_outbound_call_answers_the_challenge() {
    let mut proxy = Raw::new("127.0.0.1:9".parse().unwrap()).await;
    let credentials = Credentials {
        user: "201".into(),
        password: Secret::new("secret"),
    };
    let phone = Side::with(
        SipConfig {
            credentials: Some(credentials),
            ..config()
        },
        9,
    )
    .await;
    let uri = format!("sip:accueil@{}", proxy.me());
    let (caller, mut events) = phone
        .server
        .dial(&uri, OFFER.to_vec(), DialOptions::default())
        .await
        .unwrap();
    proxy.until("INVITE ").await;
    let challenge = "Proxy-Authenticate: Digest realm=\"pbx\", nonce=\"abc\", algorithm=MD5\r\n";
    proxy.reply("407 Proxy Authentication Required", challenge, b"").await;
    proxy.until("ACK ").await;
    proxy.until("INVITE ").await;
    let response = wanted(rsipstack::sip::Method::Invite, &uri, "201", "secret");
    assert!(proxy.header("Proxy-Authorization").unwrap().contains(&response));
    proxy.reply("200 OK", "", ANSWER).await;
    await_event!(events, LegEvent::Answered { sdp } if sdp == ANSWER);
    proxy.until("ACK ").await;
    // Inside the call too.
    let hang_up = tokio::spawn(async move { caller.bye(None).await });
    proxy.until("BYE ").await;
    proxy.reply("407 Proxy Authentication Required", challenge, b"").await;
    loop {
        proxy.until("BYE ").await;
        if proxy.header("Proxy-Authorization").is_some() {
            break;
        }
    }
    proxy.reply("200 OK", "", b"").await;
    hang_up.await.unwrap();
    await_event!(events, LegEvent::Ended { by: EndedBy::Local, .. });

    // Without credentials, or with wrong ones: refused, with the code.
    let poor = Side::new().await;
    let (_caller, mut events) = poor
        .server
        .dial(&uri, OFFER.to_vec(), DialOptions::default())
        .await
        .unwrap();
    proxy.until("INVITE ").await;
    proxy.reply("407 Proxy Authentication Required", challenge, b"").await;
    await_event!(
        events,
        LegEvent::Ended {
            by: EndedBy::Rejected,
            code: Some(407),
            ..
        }
    );
}
