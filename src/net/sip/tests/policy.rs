//! Who may call, what is refused and how.

use super::*;

#[tokio::test]
async fn strangers_are_refused_and_counted() {
    // Loopback is always allowed: a stranger needs another address of this machine.
    let Some(ip) = message::local_address_facing("192.0.2.1:9".parse().unwrap()).filter(|ip| !ip.is_loopback()) else {
        return;
    };
    let listen = vec![SocketAddr::new(ip, 0)];
    let open = |trunks: &str| SipConfig {
        listen: listen.clone(),
        trunks: vec![trunks.parse().unwrap()],
        ..config()
    };
    let closed = Side::with(open("10.99.0.0/16"), 9).await;
    let trunk = format!("{ip}/32");
    let mut welcome = Side::with(open(&trunk), 9).await;
    let phone = Side::with(
        SipConfig {
            listen: listen.clone(),
            ..config()
        },
        9,
    )
    .await;
    let dial = async |to: &Side| {
        phone
            .server
            .dial(&to.uri(), OFFER.to_vec(), DialOptions::default())
            .await
            .unwrap()
    };
    let (_leg, mut events) = dial(&closed).await;
    await_event!(
        events,
        LegEvent::Ended {
            by: EndedBy::Rejected,
            code: Some(403),
            ..
        }
    );
    assert_eq!(closed.server.counters().forbidden, 1);
    let (_leg, _events) = dial(&welcome).await;
    assert_eq!(welcome.incoming().await.source.ip(), ip);
}

#[tokio::test]
async fn each_refusal_has_its_code() {
    let mut town = Side::with(config(), 1).await;
    for (method, headers, code) in [
        ("REGISTER", "", 405),
        ("SUBSCRIBE", "Event: presence\r\n", 405),
        ("MESSAGE", "", 405),
        ("DANSE", "", 405),
        ("BYE", "", 481),
        ("INFO", "", 481),
        ("UPDATE", "", 481),
        ("NOTIFY", "Event: refer\r\nSubscription-State: active\r\n", 481),
        ("INVITE", "Require: timer, teleportation\r\n", 420),
        ("INVITE", "Content-Type: text/plain\r\n", 415),
    ] {
        let mut raw = Raw::new(town.address).await;
        raw.send(method, 1, headers, if code == 415 { b"x" } else { b"" }).await;
        raw.until(&format!("SIP/2.0 {code}")).await;
        match code {
            405 => assert!(raw.header("Allow").unwrap().contains("INVITE"), "{method}"),
            420 => assert_eq!(raw.header("Unsupported").as_deref(), Some("teleportation")),
            415 => assert_eq!(raw.header("Accept").as_deref(), Some("application/sdp")),
            _ => {}
        }
    }
    for (from, to, code) in [
        ("Max-Forwards: 70", "Max-Forwards: 0", 483),
        ("INVITE sip:", "INVITE http:", 416),
    ] {
        let mut raw = Raw::new(town.address).await;
        let text = String::from_utf8(raw.request("INVITE", 1, "", OFFER))
            .unwrap()
            .replace(from, to);
        raw.socket.send_to(text.as_bytes(), town.address).await.unwrap();
        raw.until(&format!("SIP/2.0 {code}")).await;
    }
    assert!(town.calls.try_recv().is_err());
    assert_eq!(town.server.counters().refused, 12);
    // One slot: the second call hears « busy », and the third passes once the first is over.
    let (raw, _leg, mut events) = Raw::call(&mut town, "").await;
    let mut second = Raw::new(town.address).await;
    second.send("INVITE", 1, "", OFFER).await;
    second.until("SIP/2.0 486").await;
    assert!(second.header("Retry-After").is_some());
    raw.send("BYE", 2, "", b"").await;
    await_event!(events, LegEvent::Ended { .. });
    Raw::call(&mut town, "").await;
}

#[tokio::test]
async fn options_tell_what_we_can_and_whether_we_take_calls() {
    let town = Side::new().await;
    let mut raw = Raw::new(town.address).await;
    raw.send("OPTIONS", 1, "", b"").await;
    raw.until("SIP/2.0 200").await;
    for (name, value) in [
        ("Allow", "REFER"),
        ("Supported", "timer"),
        ("Accept", "application/sdp"),
        ("User-Agent", "Allo/"),
    ] {
        assert!(raw.header(name).unwrap_or_default().contains(value), "{name}");
    }
    town.server.drain();
    for method in ["OPTIONS", "INVITE"] {
        let mut raw = Raw::new(town.address).await;
        raw.send(method, 1, "", b"").await;
        raw.until("SIP/2.0 503").await;
        assert!(raw.header("Retry-After").is_some());
    }
}

#[tokio::test]
async fn a_call_by_two_ways_is_taken_once() {
    let mut town = Side::new().await;
    let mut raw = Raw::new(town.address).await;
    raw.send("INVITE", 1, "", OFFER).await;
    let _call = town.incoming().await;
    raw.send("INVITE", 1, "", OFFER).await; // a retransmission
    let other_way = String::from_utf8(raw.request("INVITE", 1, "", OFFER))
        .unwrap()
        .replace("branch=z9hG4bK", "branch=z9hG4bKx");
    raw.socket.send_to(other_way.as_bytes(), town.address).await.unwrap();
    raw.until("SIP/2.0 482").await;
    assert!(town.calls.try_recv().is_err());
}

#[tokio::test]
async fn a_caller_that_wants_reliable_ringing_gets_none() {
    let mut town = Side::new().await;
    let mut raw = Raw::new(town.address).await;
    raw.send("INVITE", 1, "Require: 100rel\r\n", OFFER).await;
    let call = town.incoming().await;
    call.leg.ringing();
    call.leg.accept(ANSWER.to_vec()).await.unwrap();
    while !raw.hear().await.starts_with("SIP/2.0 200") {
        assert!(raw.heard.starts_with("SIP/2.0 100"), "{}", raw.heard);
    }
}

#[tokio::test]
async fn who_calls_whom_is_told() {
    let mut town = Side::new().await;
    let raw = Raw::new(town.address).await;
    let headers = "P-Asserted-Identity: \"Jean\" <sip:+33467123456@op.fr;user=phone>\r\n\
        Diversion: <sip:0467000000@op.fr>;reason=unconditional\r\n";
    raw.send("INVITE", 1, headers, OFFER).await;
    let call = town.incoming().await;
    assert_eq!(
        (call.called_user.as_str(), call.called_host.as_str()),
        ("mairie", "127.0.0.1")
    );
    assert_eq!(
        call.caller_number.as_ref().map(|n| n.reveal().as_str()),
        Some("0467123456")
    );
    assert_eq!(call.caller_display.as_ref().map(|n| n.reveal().as_str()), Some("Jean"));
    assert_eq!(
        call.asserted_identity.as_ref().map(|n| n.reveal().as_str()),
        Some("sip:+33467123456@op.fr;user=phone")
    );
    assert_eq!(
        call.diverted_from.as_ref().map(|n| n.reveal().as_str()),
        Some("0467000000")
    );
    assert_eq!((call.source, call.transport), (raw.me(), Transport::Udp));
    assert_eq!(call.sip_call_id, raw.call_id);
    let shown = format!("{call:?}");
    assert!(!shown.contains("0467") && !shown.contains("Jean"), "{shown}");
}

#[tokio::test]
async fn shutdown_says_goodbye() {
    let (phone, mut town) = (Side::new().await, Side::new().await);
    let mut call = establish(&phone, &mut town).await;
    let Side {
        server,
        mut calls,
        address,
    } = town;
    server.shutdown(Duration::from_millis(100)).await;
    await_event!(call.events, LegEvent::Ended { by: EndedBy::Local, .. });
    await_event!(
        call.caller_events,
        LegEvent::Ended {
            by: EndedBy::Remote,
            ..
        }
    );
    assert!(calls.recv().await.is_none());
    // The ports are free again, once the handles are dropped.
    drop(call);
    let again = || SipConfig {
        listen: vec![address],
        ..config()
    };
    for _ in 0..100 {
        if SipServer::start(again(), Arc::new(Semaphore::new(1))).await.is_ok() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("{address} is still taken");
}
