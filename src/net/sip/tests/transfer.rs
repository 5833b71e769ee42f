//! REFER: the peer is asked to call somebody else, and tells how it goes.

use super::*;

/// A call, then our REFER accepted by the caller; gives the call.
async fn referred(phone: &Side, town: &mut Side) -> Call {
    let mut call = establish(phone, town).await;
    let accept = async {
        let LegEvent::ReferRequested(request) = next(&mut call.caller_events).await else {
            panic!("no REFER")
        };
        assert_eq!(request.target.reveal(), "sip:accueil@10.0.0.9:5070");
        request.accept();
    };
    let (asked, ()) = tokio::join!(
        call.leg
            .refer("sip:accueil@10.0.0.9:5070", Some("sip:mairie@valbourg.fr")),
        accept
    );
    asked.unwrap();
    await_event!(call.events, LegEvent::ReferProgress { code: 100, last: false });
    call
}

#[tokio::test]
async fn a_transfer_that_succeeds() {
    let (phone, mut town) = (Side::new().await, Side::new().await);
    let mut call = referred(&phone, &mut town).await;
    call.caller.notify_refer(180).await.unwrap();
    await_event!(call.events, LegEvent::ReferProgress { code: 180, last: false });
    call.caller.notify_refer(200).await.unwrap();
    await_event!(call.events, LegEvent::ReferProgress { code: 200, last: true });
    // The subscription is over.
    assert!(matches!(
        call.caller.notify_refer(200).await,
        Err(SipError::Refused(481))
    ));
    quiet_after(call).await;
}

/// The call is still there after the transfer: it is the application that ends it.
async fn quiet_after(mut call: Call) {
    call.leg.bye(None).await;
    await_event!(
        call.events,
        LegEvent::Ended {
            by: EndedBy::Timeout | EndedBy::Local,
            ..
        }
    );
}

#[tokio::test]
async fn a_transfer_that_fails() {
    let (phone, mut town) = (Side::new().await, Side::new().await);
    let mut call = referred(&phone, &mut town).await;
    call.caller.notify_refer(486).await.unwrap();
    await_event!(call.events, LegEvent::ReferProgress { code: 486, last: true });
    // The caller is still with us.
    call.caller.info_dtmf('1', 100).await.unwrap();
    await_event!(call.events, LegEvent::Dtmf { signal: '1', .. });
}

#[tokio::test]
async fn a_transfer_that_is_refused() {
    let (phone, mut town) = (Side::new().await, Side::new().await);
    let mut call = establish(&phone, &mut town).await;
    for drop_it in [false, true] {
        let refuse = async {
            let LegEvent::ReferRequested(request) = next(&mut call.caller_events).await else {
                panic!("no REFER")
            };
            if !drop_it {
                request.reject(405);
            }
        };
        let (asked, ()) = tokio::join!(call.leg.refer("sip:accueil@10.0.0.9", None), refuse);
        let wanted = if drop_it { 603 } else { 405 };
        assert!(
            matches!(asked, Err(SipError::Refused(code)) if code == wanted),
            "{asked:?}"
        );
    }
    assert!(matches!(call.leg.refer("accueil", None).await, Err(SipError::Uri(_))));
    call.caller.info_dtmf('1', 100).await.unwrap();
    await_event!(call.events, LegEvent::Dtmf { signal: '1', .. });
}

#[tokio::test]
async fn a_transfer_that_falls_silent() {
    let (phone, mut town) = (Side::new().await, Side::new().await);
    let mut call = referred(&phone, &mut town).await;
    await_event!(call.events, LegEvent::ReferProgress { code: 408, last: true });
}

#[tokio::test]
async fn notifications_of_a_foreign_peer() {
    let mut town = Side::new().await;
    let (mut raw, leg, mut events) = Raw::call(&mut town, "").await;
    // Nobody asked.
    let news = "Event: refer\r\nSubscription-State: active;expires=60\r\nContent-Type: message/sipfrag\r\n";
    raw.send("NOTIFY", 2, news, b"SIP/2.0 180 Ringing").await;
    raw.until("SIP/2.0 481").await;
    let asked = tokio::spawn(async move {
        leg.refer("sip:accueil@10.0.0.9", None).await.unwrap();
        leg
    });
    raw.until("REFER ").await;
    assert_eq!(raw.header("Refer-To").as_deref(), Some("<sip:accueil@10.0.0.9>"));
    raw.reply("202 Accepted", "", b"").await;
    let leg = asked.await.unwrap();
    raw.send("NOTIFY", 3, "Event: presence\r\nSubscription-State: active\r\n", b"")
        .await;
    raw.until("SIP/2.0 489").await;
    raw.send(
        "NOTIFY",
        4,
        &news.replace("Event: refer", "o: Refer;id=2"),
        b"SIP/2.0 183 x\r\nX: y",
    )
    .await;
    await_event!(events, LegEvent::ReferProgress { code: 183, last: false });
    raw.until("SIP/2.0 200").await;
    // It ends without a word of how.
    raw.send(
        "NOTIFY",
        5,
        "Event: refer\r\nSubscription-State: terminated;reason=timeout\r\n",
        b"",
    )
    .await;
    await_event!(events, LegEvent::ReferProgress { code: 500, last: true });
    drop(leg);
    raw.until("BYE ").await;
}

#[tokio::test]
async fn an_attended_transfer_names_the_other_call() {
    let (phone, mut town) = (Side::new().await, Side::new().await);
    let mut citizen = establish(&phone, &mut town).await;
    // Our own call with the agent: the agent's phone is `phone` too.
    let mut agent_side = Side::new().await;
    let agent = establish(&town, &mut agent_side).await;
    let replaces = agent.caller.replaces().unwrap();
    let accept = async {
        let LegEvent::ReferRequested(request) = next(&mut citizen.caller_events).await else {
            panic!("no REFER")
        };
        assert_eq!(request.target.reveal(), &agent_side.uri());
        assert_eq!(request.replaces.as_deref(), Some(replaces.as_str()));
        request.accept();
    };
    let uri = agent_side.uri();
    let (asked, ()) = tokio::join!(citizen.leg.refer_replaces(&uri, &agent.caller, None), accept);
    asked.unwrap();
    await_event!(citizen.events, LegEvent::ReferProgress { code: 100, .. });
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_burst_of_notifications_keeps_its_order() {
    let mut town = Side::new().await;
    for _ in 0..20 {
        let (mut raw, leg, mut events) = Raw::call(&mut town, "").await;
        let asked = tokio::spawn(async move {
            leg.refer("sip:accueil@10.0.0.9", None).await.unwrap();
            leg
        });
        raw.until("REFER ").await;
        raw.reply("202 Accepted", "", b"").await;
        let leg = asked.await.unwrap();
        let state =
            |state: &str| format!("Event: refer\r\nSubscription-State: {state}\r\nContent-Type: message/sipfrag\r\n");
        // PJSIP sends its three within a millisecond.
        raw.send("NOTIFY", 2, &state("active"), b"SIP/2.0 100 Trying").await;
        raw.send("NOTIFY", 3, &state("active"), b"SIP/2.0 180 Ringing").await;
        raw.send("NOTIFY", 4, &state("terminated;reason=noresource"), b"SIP/2.0 200 OK")
            .await;
        for (code, last) in [(100, false), (180, false), (200, true)] {
            await_event!(events, LegEvent::ReferProgress { code: c, last: l } if (c, l) == (code, last));
        }
        for _ in 0..3 {
            raw.until("SIP/2.0 200").await;
        }
        drop(leg);
        raw.until("BYE ").await;
        raw.reply("200 OK", "", b"").await;
    }
}
