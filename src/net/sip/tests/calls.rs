//! Answer, hang up, cancel, refuse, offers inside a call, tones.

use super::*;

#[tokio::test]
async fn the_caller_hangs_up() {
    let (phone, mut town) = (Side::new().await, Side::new().await);
    let mut call = establish(&phone, &mut town).await;
    assert_eq!((phone.server.active_dialogs(), town.server.active_dialogs()), (1, 1));
    call.caller.bye(Some("fin")).await;
    await_event!(call.caller_events, LegEvent::Ended { by: EndedBy::Local, .. });
    await_event!(call.events, LegEvent::Ended { by: EndedBy::Remote, reason, .. } if reason.as_deref() == Some("fin"));
    assert!(call.events.recv().await.is_none());
    quiet(&phone).await;
    quiet(&town).await;
}

#[tokio::test]
async fn we_hang_up() {
    let (phone, mut town) = (Side::new().await, Side::new().await);
    let mut call = establish(&phone, &mut town).await;
    call.leg.bye(None).await;
    await_event!(call.events, LegEvent::Ended { by: EndedBy::Local, .. });
    await_event!(
        call.caller_events,
        LegEvent::Ended {
            by: EndedBy::Remote,
            ..
        }
    );
    assert!(matches!(call.leg.reinvite(OFFER.to_vec()).await, Err(SipError::State)));
}

#[tokio::test]
async fn calls_pass_over_tcp() {
    let (phone, mut town) = (Side::new().await, Side::new().await);
    let uri = format!("{};transport=tcp", town.uri());
    let mut call = establish_at(&phone, &mut town, &uri).await;
    // Requests of ours take the same connection back.
    assert_eq!(call.leg.reinvite_and_accept(&mut call.caller_events).await, ANSWER);
    call.leg.bye(None).await;
    await_event!(
        call.caller_events,
        LegEvent::Ended {
            by: EndedBy::Remote,
            ..
        }
    );
    quiet(&phone).await;
    quiet(&town).await;
}

impl Leg {
    /// Sends a re-INVITE that the other side accepts.
    async fn reinvite_and_accept(&self, peer: &mut mpsc::Receiver<LegEvent>) -> Vec<u8> {
        let accept = async {
            let LegEvent::Reoffer(reoffer) = next(peer).await else {
                panic!("no offer")
            };
            assert_eq!(reoffer.sdp.as_deref(), Some(OFFER));
            reoffer.accept(ANSWER.to_vec());
        };
        tokio::join!(self.reinvite(OFFER.to_vec()), accept).0.unwrap()
    }
}

#[tokio::test]
async fn dropping_the_handles_ends_the_call() {
    let (phone, mut town) = (Side::new().await, Side::new().await);
    let mut call = establish(&phone, &mut town).await;
    let clone = call.leg.clone();
    drop(call.leg);
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert_eq!(town.server.active_dialogs(), 1);
    drop(clone);
    await_event!(
        call.caller_events,
        LegEvent::Ended {
            by: EndedBy::Remote,
            ..
        }
    );
    quiet(&town).await;
}

#[tokio::test]
async fn the_caller_gives_up() {
    let (phone, mut town) = (Side::new().await, Side::new().await);
    let (caller, mut caller_events) = phone
        .server
        .dial(&town.uri(), OFFER.to_vec(), DialOptions::default())
        .await
        .unwrap();
    let mut call = town.incoming().await;
    call.leg.ringing();
    await_event!(caller_events, LegEvent::Ringing { code: 180 });
    caller.bye(None).await;
    await_event!(
        caller_events,
        LegEvent::Ended {
            by: EndedBy::Cancelled,
            ..
        }
    );
    await_event!(
        call.events,
        LegEvent::Ended {
            by: EndedBy::Cancelled,
            ..
        }
    );
    assert!(matches!(call.leg.accept(ANSWER.to_vec()).await, Err(SipError::State)));
    quiet(&phone).await;
    quiet(&town).await;
}

#[tokio::test]
async fn nobody_answers_in_time() {
    let (phone, mut town) = (Side::new().await, Side::new().await);
    let options = DialOptions {
        ring_timeout: Some(Duration::from_millis(200)),
        ..DialOptions::default()
    };
    let (_caller, mut events) = phone.server.dial(&town.uri(), OFFER.to_vec(), options).await.unwrap();
    let mut call = town.incoming().await;
    await_event!(
        events,
        LegEvent::Ended {
            by: EndedBy::Timeout,
            code: Some(408),
            ..
        }
    );
    await_event!(
        call.events,
        LegEvent::Ended {
            by: EndedBy::Cancelled,
            ..
        }
    );
}

#[tokio::test]
async fn refusals_carry_their_code_reason_and_delay() {
    let (phone, mut town) = (Side::new().await, Side::new().await);
    for code in [302, 403, 404, 480, 486, 488, 503, 603] {
        let (_caller, mut events) = phone
            .server
            .dial(&town.uri(), OFFER.to_vec(), DialOptions::default())
            .await
            .unwrap();
        let mut call = town.incoming().await;
        call.leg.reject(code, Some("fermé"), Some(Duration::from_secs(30)));
        await_event!(events, LegEvent::Ended { by: EndedBy::Rejected, code: Some(c), reason }
            if c == code && reason.as_deref() == Some("fermé"));
        await_event!(call.events, LegEvent::Ended { by: EndedBy::Rejected, code: Some(c), .. } if c == code);
    }
    let mut raw = Raw::new(town.address).await;
    raw.send("INVITE", 1, "", OFFER).await;
    let call = town.incoming().await;
    call.leg.ringing();
    raw.until("SIP/2.0 180").await;
    let tag = raw.to_tag.clone();
    call.leg.reject(503, None, Some(Duration::from_secs(30)));
    raw.until("SIP/2.0 503").await;
    assert_eq!(raw.header("Retry-After").as_deref(), Some("30"));
    assert_eq!(raw.to_tag, tag, "one dialog, one tag");
    // Not acknowledged: repeated (RFC 3261, section 17.2.1).
    raw.until("SIP/2.0 503").await;
    raw.send("ACK", 1, "", b"").await;
    quiet(&town).await;
    quiet(&phone).await;
}

#[tokio::test]
async fn a_call_that_nobody_takes_is_refused() {
    let (phone, mut town) = (Side::new().await, Side::new().await);
    let (_caller, mut events) = phone
        .server
        .dial(&town.uri(), OFFER.to_vec(), DialOptions::default())
        .await
        .unwrap();
    drop(town.incoming().await);
    await_event!(
        events,
        LegEvent::Ended {
            by: EndedBy::Rejected,
            code: Some(480),
            ..
        }
    );
    quiet(&town).await;
}

#[tokio::test]
async fn an_early_bye_ends_the_invite_too() {
    let mut town = Side::new().await;
    let mut raw = Raw::new(town.address).await;
    raw.send("INVITE", 1, "", OFFER).await;
    let mut call = town.incoming().await;
    call.leg.ringing();
    raw.until("SIP/2.0 180").await;
    raw.send("BYE", 2, "", b"").await;
    let (mut bye, mut invite) = (false, false);
    while !(bye && invite) {
        let text = raw.hear().await;
        bye |= text.starts_with("SIP/2.0 200") && text.contains("2 BYE");
        invite |= text.starts_with("SIP/2.0 487");
    }
    await_event!(
        call.events,
        LegEvent::Ended {
            by: EndedBy::Remote,
            ..
        }
    );
}

#[tokio::test]
async fn a_delayed_offer_is_answered_in_the_ack() {
    let mut town = Side::new().await;
    let mut raw = Raw::new(town.address).await;
    raw.send("INVITE", 1, "", b"").await;
    let mut call = town.incoming().await;
    assert!(call.offer.is_none());
    call.leg.accept(OFFER.to_vec()).await.unwrap();
    assert!(raw.until("SIP/2.0 200").await.contains("s=offre"));
    raw.send("ACK", 1, "", ANSWER).await;
    await_event!(call.events, LegEvent::Established { answer: Some(sdp) } if sdp == ANSWER);
}

#[tokio::test]
async fn a_delayed_offer_without_answer_is_ended() {
    let mut town = Side::new().await;
    let mut raw = Raw::new(town.address).await;
    raw.send("INVITE", 1, "", b"").await;
    let mut call = town.incoming().await;
    call.leg.accept(OFFER.to_vec()).await.unwrap();
    raw.until("SIP/2.0 200").await;
    raw.send("ACK", 1, "", b"").await;
    await_event!(
        call.events,
        LegEvent::Ended {
            by: EndedBy::Rejected,
            code: Some(488),
            ..
        }
    );
    raw.until("BYE ").await;
}

#[tokio::test]
async fn an_answer_is_repeated_until_its_ack_then_given_up() {
    let mut town = Side::new().await;
    let mut raw = Raw::new(town.address).await;
    raw.send("INVITE", 1, "", OFFER).await;
    let mut call = town.incoming().await;
    call.leg.accept(ANSWER.to_vec()).await.unwrap();
    let mut answers = 0;
    while !raw.hear().await.starts_with("BYE ") {
        answers += usize::from(raw.heard.starts_with("SIP/2.0 200"));
    }
    assert!(answers >= 5, "{answers} answers");
    raw.reply("200 OK", "", b"").await;
    await_event!(call.events, LegEvent::Ended { by: EndedBy::NoAck, .. });
    quiet(&town).await;
}

#[tokio::test]
async fn hanging_up_before_the_ack_waits_for_it_a_little() {
    let mut town = Side::new().await;
    // With the ACK …
    let mut raw = Raw::new(town.address).await;
    raw.send("INVITE", 1, "", OFFER).await;
    let call = town.incoming().await;
    call.leg.accept(ANSWER.to_vec()).await.unwrap();
    raw.until("SIP/2.0 200").await;
    let hang_up = tokio::spawn({
        let leg = call.leg.clone();
        async move { leg.bye(None).await }
    });
    raw.send("ACK", 1, "", b"").await;
    raw.until("BYE ").await;
    raw.reply("200 OK", "", b"").await;
    hang_up.await.unwrap();
    // … and without.
    let mut raw = Raw::new(town.address).await;
    raw.send("INVITE", 1, "", OFFER).await;
    let mut call = town.incoming().await;
    call.leg.accept(ANSWER.to_vec()).await.unwrap();
    tokio::join!(call.leg.bye(None), async {
        raw.until("BYE ").await;
        raw.reply("200 OK", "", b"").await;
    });
    await_event!(call.events, LegEvent::Ended { by: EndedBy::Local, .. });
    quiet(&town).await;
}

#[tokio::test]
async fn both_sides_change_the_session() {
    let (phone, mut town) = (Side::new().await, Side::new().await);
    let mut call = establish(&phone, &mut town).await;
    assert_eq!(call.caller.reinvite_and_accept(&mut call.events).await, ANSWER);
    assert_eq!(call.leg.reinvite_and_accept(&mut call.caller_events).await, ANSWER);
    // Refused, then dropped: the session stays.
    for refuse in [true, false] {
        let refusal = async {
            let LegEvent::Reoffer(reoffer) = next(&mut call.events).await else {
                panic!("no offer")
            };
            if refuse {
                reoffer.reject(606);
            }
        };
        let (answer, ()) = tokio::join!(call.caller.reinvite(OFFER.to_vec()), refusal);
        let wanted = if refuse { 606 } else { 488 };
        assert!(
            matches!(answer, Err(SipError::Refused(code)) if code == wanted),
            "{answer:?}"
        );
    }
    call.caller.bye(None).await;
    await_event!(
        call.events,
        LegEvent::Ended {
            by: EndedBy::Remote,
            ..
        }
    );
}

#[tokio::test]
async fn two_offers_at_one_time_are_settled() {
    let (phone, mut town) = (Side::new().await, Side::new().await);
    let mut call = establish(&phone, &mut town).await;
    // Both ask at once: each sees the other's offer after its own is answered, or is told 491 and asks again later.
    let both = async { tokio::join!(call.leg.reinvite(OFFER.to_vec()), call.caller.reinvite(OFFER.to_vec())) };
    let accept = async {
        loop {
            let event = tokio::select! {
                event = call.events.recv() => event,
                event = call.caller_events.recv() => event,
            };
            match event {
                Some(LegEvent::Reoffer(reoffer)) => reoffer.accept(ANSWER.to_vec()),
                other => panic!("{other:?}"),
            }
        }
    };
    let (ours, theirs) = tokio::select! {
        both = both => both,
        () = accept => unreachable!(),
    };
    assert_eq!((ours.unwrap(), theirs.unwrap()), (ANSWER.to_vec(), ANSWER.to_vec()));
}

#[tokio::test]
async fn update_and_re_invite_of_a_foreign_peer() {
    let mut town = Side::new().await;
    let (mut raw, _leg, mut events) = Raw::call(&mut town, "").await;
    // UPDATE with an offer (RFC 3311).
    raw.send("UPDATE", 2, "", OFFER).await;
    let LegEvent::Reoffer(reoffer) = next(&mut events).await else {
        panic!("no offer")
    };
    reoffer.accept(ANSWER.to_vec());
    assert!(raw.until("SIP/2.0 200").await.contains("s=reponse"));
    // UPDATE without: a sign of life, which the application need not see.
    raw.send("UPDATE", 3, "", b"").await;
    let text = raw.until("SIP/2.0 200").await;
    assert!(text.contains("3 UPDATE") && text.contains("Session-Expires:"), "{text}");
    // re-INVITE without an offer: ours in the 200, the answer in the ACK.
    raw.send("INVITE", 4, "", b"").await;
    let LegEvent::Reoffer(reoffer) = next(&mut events).await else {
        panic!("no offer")
    };
    assert!(reoffer.sdp.is_none());
    reoffer.accept(OFFER.to_vec());
    assert!(raw.until("SIP/2.0 200").await.contains("s=offre"));
    raw.send("ACK", 4, "", ANSWER).await;
    await_event!(events, LegEvent::ReofferAnswer { sdp } if sdp == ANSWER);
    // Two offers in a row: the second must wait (section 14.2).
    raw.send("INVITE", 5, "", OFFER).await;
    let LegEvent::Reoffer(first) = next(&mut events).await else {
        panic!("no offer")
    };
    raw.send("UPDATE", 6, "", OFFER).await;
    raw.until("SIP/2.0 500").await;
    assert!(raw.header("Retry-After").is_some());
    first.accept(ANSWER.to_vec());
    raw.until("SIP/2.0 200").await;
    raw.send("ACK", 5, "", b"").await;
    // Out of order.
    raw.send("INFO", 3, "Content-Type: application/dtmf\r\n", b"5").await;
    raw.until("SIP/2.0 500").await;
    raw.send("BYE", 9, "Reason: Q.850;cause=16;text=\"Terminated\"\r\n", b"")
        .await;
    await_event!(events, LegEvent::Ended { by: EndedBy::Remote, reason, .. } if reason.as_deref() == Some("Terminated"));
    raw.until("SIP/2.0 200").await;
}

#[tokio::test]
async fn a_re_invite_that_is_never_acknowledged_ends_the_call() {
    let mut town = Side::new().await;
    let (mut raw, _leg, mut events) = Raw::call(&mut town, "").await;
    raw.send("INVITE", 2, "", OFFER).await;
    let LegEvent::Reoffer(reoffer) = next(&mut events).await else {
        panic!("no offer")
    };
    reoffer.accept(ANSWER.to_vec());
    await_event!(events, LegEvent::Ended { by: EndedBy::NoAck, .. });
    raw.until("BYE ").await;
    raw.reply("200 OK", "", b"").await;
    quiet(&town).await;
}

#[tokio::test]
async fn a_new_contact_takes_our_next_requests() {
    let mut town = Side::new().await;
    let (mut raw, leg, mut events) = Raw::call(&mut town, "").await;
    let mut elsewhere = Raw::new(town.address).await;
    let moved = String::from_utf8(raw.request("INVITE", 2, "", OFFER)).unwrap();
    let moved = moved.replace(
        &format!("Contact: <sip:jean@{}>", raw.me()),
        &format!("Contact: <sip:j@{}>", elsewhere.me()),
    );
    raw.socket.send_to(moved.as_bytes(), town.address).await.unwrap();
    let LegEvent::Reoffer(reoffer) = next(&mut events).await else {
        panic!("no offer")
    };
    reoffer.accept(ANSWER.to_vec());
    raw.until("SIP/2.0 200").await;
    raw.send("ACK", 2, "", b"").await;
    tokio::join!(leg.bye(None), async {
        elsewhere.until("BYE ").await;
        elsewhere.reply("200 OK", "", b"").await;
    });
}

#[tokio::test]
async fn tones_by_info() {
    let (phone, mut town) = (Side::new().await, Side::new().await);
    let mut call = establish(&phone, &mut town).await;
    call.caller.info_dtmf('0', 120).await.unwrap();
    await_event!(
        call.events,
        LegEvent::Dtmf {
            signal: '0',
            duration_ms: 120
        }
    );
    call.caller.bye(None).await;

    let (mut raw, _leg, mut events) = Raw::call(&mut town, "").await;
    raw.send("INFO", 2, "Content-Type: application/dtmf\r\n", b"#").await;
    await_event!(
        events,
        LegEvent::Dtmf {
            signal: '#',
            duration_ms: 160
        }
    );
    raw.until("SIP/2.0 200").await;
    raw.send("INFO", 3, "Content-Type: text/plain\r\n", b"bonjour").await;
    raw.until("SIP/2.0 415").await;
    raw.send("OPTIONS", 4, "", b"").await;
    raw.until("SIP/2.0 200").await;
    assert!(raw.header("Allow").is_some());
    raw.send("MESSAGE", 5, "Content-Type: text/plain\r\n", b"x").await;
    raw.until("SIP/2.0 405").await;
    raw.send("PRACK", 6, "RAck: 1 1 INVITE\r\n", b"").await;
    raw.until("SIP/2.0 481").await;
}

#[tokio::test]
async fn early_sound_is_told() {
    let phone = Side::new().await;
    let mut raw = Raw::new(phone.address).await;
    let uri = format!("sip:agent@{}", raw.me());
    let (caller, mut events) = phone
        .server
        .dial(&uri, OFFER.to_vec(), DialOptions::default())
        .await
        .unwrap();
    raw.until("INVITE ").await;
    let invite = raw.heard.clone();
    raw.reply("183 Session Progress", "", ANSWER).await;
    await_event!(events, LegEvent::EarlyMedia { sdp } if sdp == ANSWER);
    raw.heard = invite;
    raw.reply("200 OK", "", ANSWER).await;
    await_event!(events, LegEvent::Answered { sdp } if sdp == ANSWER);
    raw.until("ACK ").await;
    assert!(caller.replaces().unwrap().contains(";to-tag=raw;from-tag="));
    // The far end has forgotten the call.
    tokio::join!(
        async { assert!(matches!(caller.info_dtmf('1', 100).await, Err(SipError::Refused(481)))) },
        async {
            raw.until("INFO ").await;
            raw.reply("481 Call/Transaction Does Not Exist", "", b"").await;
        }
    );
    await_event!(
        events,
        LegEvent::Ended {
            by: EndedBy::Timeout,
            ..
        }
    );
}

#[tokio::test]
async fn reliable_ringing_is_acknowledged_and_its_answer_counts() {
    let phone = Side::new().await;
    let mut raw = Raw::new(phone.address).await;
    let uri = format!("sip:agent@{}", raw.me());
    let dialled = phone.server.dial(&uri, OFFER.to_vec(), DialOptions::default()).await;
    let (_caller, mut events) = dialled.unwrap();
    raw.until("INVITE ").await;
    let supported = raw.heard.lines().filter(|line| line.starts_with("Supported:"));
    let supported: Vec<&str> = supported.collect();
    assert!(
        ["timer", "100rel"]
            .iter()
            .all(|tag| supported.iter().any(|line| line.contains(tag))),
        "{supported:?}"
    );
    let invite = raw.heard.clone();
    for (code, number, sdp) in [("180 Ringing", 41, &b""[..]), ("183 Session Progress", 42, ANSWER)] {
        raw.heard = invite.clone();
        raw.reply(code, &format!("Require: 100rel\r\nRSeq: {number}\r\n"), sdp)
            .await;
        raw.until("PRACK ").await;
        assert_eq!(raw.header("RAck").as_deref(), Some(&*format!("{number} 1 INVITE")));
        raw.reply("200 OK", "", b"").await;
    }
    await_event!(events, LegEvent::Ringing { code: 180 });
    await_event!(events, LegEvent::EarlyMedia { sdp } if sdp == ANSWER);
    raw.heard = invite;
    raw.reply("200 OK", "", b"").await;
    await_event!(events, LegEvent::Answered { sdp } if sdp == ANSWER);
    raw.until("ACK ").await;
}

#[tokio::test]
async fn a_silent_far_end_times_out() {
    let phone = Side::new().await;
    let deaf = Raw::new(phone.address).await;
    let uri = format!("sip:agent@{}", deaf.me());
    let (_caller, mut events) = phone
        .server
        .dial(&uri, OFFER.to_vec(), DialOptions::default())
        .await
        .unwrap();
    await_event!(
        events,
        LegEvent::Ended {
            by: EndedBy::Timeout,
            code: Some(408),
            ..
        }
    );
    quiet(&phone).await;
    for wrong in ["agent", "sip:a b@c", "http://x"] {
        assert!(matches!(
            phone.server.dial(wrong, vec![], DialOptions::default()).await,
            Err(SipError::Uri(_))
        ));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_calls_leave_nothing_behind() {
    let (phone, mut town) = (Side::new().await, Side::new().await);
    // The first one warms what stays (timers of the stack).
    let call = establish(&phone, &mut town).await;
    call.caller.bye(None).await;
    drop(call);
    settle(&phone, &town, usize::MAX).await;
    let before = tokio::runtime::Handle::current().metrics().num_alive_tasks();
    for turn in 0..100 {
        let uri = format!("{}{}", town.uri(), if turn % 4 == 0 { ";transport=tcp" } else { "" });
        let mut call = establish_at(&phone, &mut town, &uri).await;
        match turn % 2 {
            0 => call.caller.bye(None).await,
            _ => call.leg.bye(None).await,
        }
        await_event!(call.events, LegEvent::Ended { .. });
        await_event!(call.caller_events, LegEvent::Ended { .. });
    }
    // One TCP connection stays open for the next calls: its two ends on our side, one on the phone's.
    let after = settle(&phone, &town, before + 4).await;
    eprintln!("{before} tasks before the 100 calls, {after} after");
    assert!(after <= before + 4, "{before} tasks before, {after} after");
    let Counters {
        calls_in,
        refused,
        malformed,
        ..
    } = town.server.counters();
    assert_eq!((calls_in, refused, malformed), (101, 0, 0));
}

/// Waits for the ends of the transactions; gives the number of tasks.
async fn settle(phone: &Side, town: &Side, wanted: usize) -> usize {
    let tasks = || tokio::runtime::Handle::current().metrics().num_alive_tasks();
    tokio::time::sleep(T1 * 70).await;
    quiet(phone).await;
    quiet(town).await;
    for _ in 0..100 {
        if tasks() <= wanted {
            break;
        }
        tokio::time::sleep(Duration::from_millis(30)).await;
    }
    tasks()
}
