//! Session timers (RFC 4028) at work, with short intervals.

use super::*;

fn brisk(wanted_s: u64, least_s: u64) -> SipConfig {
    SipConfig {
        session_expires: Duration::from_secs(wanted_s),
        min_session_expires: Duration::from_secs(least_s),
        ..config()
    }
}

#[tokio::test]
async fn refreshes_keep_a_call_alive() {
    let (phone, mut town) = (Side::with(brisk(2, 1), 9).await, Side::with(brisk(2, 1), 9).await);
    let mut call = establish(&phone, &mut town).await;
    tokio::time::sleep(Duration::from_millis(4500)).await;
    // Neither side saw anything of it: UPDATE without SDP.
    assert!(call.events.try_recv().is_err() && call.caller_events.try_recv().is_err());
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
async fn we_refresh_by_update_or_re_invite() {
    let mut town = Side::with(brisk(2, 1), 9).await;
    // A peer that does not know timers: ours to refresh, by re-INVITE with the same SDP.
    let (mut raw, leg, _events) = Raw::call(&mut town, "").await;
    let text = raw.until("INVITE ").await;
    assert!(
        text.contains("s=reponse") && text.contains("Session-Expires: 2;refresher=uac"),
        "{text}"
    );
    raw.reply("200 OK", "", OFFER).await;
    raw.until("ACK ").await;
    drop(leg);
    raw.until("BYE ").await;
    // One that takes UPDATE, and wants us to refresh.
    let headers = "Supported: timer\r\nAllow: INVITE, ACK, BYE, UPDATE\r\nSession-Expires: 2;refresher=uas\r\n";
    let (mut raw, _leg, _events) = Raw::call(&mut town, headers).await;
    assert_eq!(raw.header("Session-Expires").as_deref(), Some("2;refresher=uas"));
    let text = raw.until("UPDATE ").await;
    assert!(
        text.ends_with("Content-Length: 0\r\n\r\n") || text.contains("Content-Length: 0\r\n"),
        "{text}"
    );
    // It refuses the interval: asked again with its own.
    raw.reply("422 Session Interval Too Small", "Min-SE: 4\r\n", b"").await;
    raw.until("UPDATE ").await;
    assert_eq!(raw.header("Session-Expires").as_deref(), Some("4;refresher=uac"));
    raw.reply("200 OK", "Session-Expires: 4;refresher=uac\r\n", b"").await;
    // It refuses UPDATE later: re-INVITE.
    raw.until("UPDATE ").await;
    raw.reply("501 Not Implemented", "", b"").await;
    raw.until("INVITE ").await;
}

#[tokio::test]
async fn a_peer_that_does_not_refresh_is_hung_up_on() {
    let mut town = Side::with(brisk(2, 1), 9).await;
    let headers = "Supported: timer\r\nSession-Expires: 2;refresher=uac\r\n";
    let (mut raw, _leg, mut events) = Raw::call(&mut town, headers).await;
    assert_eq!(raw.header("Session-Expires").as_deref(), Some("2;refresher=uac"));
    assert_eq!(raw.header("Require").as_deref(), Some("timer"));
    // One refresh counts, the next is missing.
    tokio::time::sleep(Duration::from_millis(900)).await;
    raw.send(
        "UPDATE",
        2,
        "Supported: timer\r\nSession-Expires: 2;refresher=uac\r\n",
        b"",
    )
    .await;
    raw.until("SIP/2.0 200").await;
    tokio::time::sleep(Duration::from_millis(900)).await;
    assert!(events.try_recv().is_err());
    await_event!(
        events,
        LegEvent::Ended {
            by: EndedBy::SessionExpired,
            ..
        }
    );
    raw.until("BYE ").await;
}

#[tokio::test]
async fn a_dead_peer_is_noticed_by_our_refresh() {
    let mut town = Side::with(brisk(2, 1), 9).await;
    let (raw, _leg, mut events) = Raw::call(&mut town, "").await;
    drop(raw);
    await_event!(
        events,
        LegEvent::Ended {
            by: EndedBy::Timeout | EndedBy::SessionExpired,
            ..
        }
    );
}

#[tokio::test]
async fn too_short_intervals_are_refused_and_raised() {
    let mut town = Side::with(brisk(120, 90), 9).await;
    let mut raw = Raw::new(town.address).await;
    raw.send("INVITE", 1, "Supported: timer\r\nSession-Expires: 60\r\n", OFFER)
        .await;
    raw.until("SIP/2.0 422").await;
    assert_eq!(raw.header("Min-SE").as_deref(), Some("90"));
    raw.send("ACK", 1, "", b"").await;
    // Our own caller understands it, and calls again.
    let phone = Side::with(brisk(20, 10), 9).await;
    let mut call = establish(&phone, &mut town).await;
    call.caller.bye(None).await;
    await_event!(
        call.events,
        LegEvent::Ended {
            by: EndedBy::Remote,
            ..
        }
    );
    quiet(&phone).await;
    quiet(&town).await;
}
