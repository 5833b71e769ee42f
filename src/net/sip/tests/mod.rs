//! Whole calls on loopback: our layer against itself, and against a peer that is written byte by byte.

mod calls;
mod hostile;
mod policy;
mod register;
mod secure;
mod timers;
mod transfer;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::UdpSocket;
use tokio::sync::{Semaphore, mpsc};
use tokio::time::timeout;

use super::*;

/// 64·T1 is then 1.28 s rather than 32 s.
const T1: Duration = Duration::from_millis(20);
const OFFER: &[u8] = b"v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=offre\r\n";
const ANSWER: &[u8] = b"v=0\r\no=- 2 1 IN IP4 127.0.0.1\r\ns=reponse\r\n";

fn config() -> SipConfig {
    SipConfig {
        listen: vec!["127.0.0.1:0".parse().unwrap()],
        t1: T1,
        refer_timeout: Duration::from_millis(600),
        ..SipConfig::default()
    }
}

/// A server and the address to call.
struct Side {
    server: SipServer,
    calls: mpsc::Receiver<Incoming>,
    address: SocketAddr,
}

impl Side {
    async fn new() -> Self {
        Self::with(config(), 200).await
    }

    async fn with(config: SipConfig, slots: usize) -> Self {
        let (server, calls) = SipServer::start(config, Arc::new(Semaphore::new(slots))).await.unwrap();
        let address = server.addresses()[0];
        Self { server, calls, address }
    }

    fn uri(&self) -> String {
        format!("sip:mairie@{}", self.address)
    }

    async fn incoming(&mut self) -> Incoming {
        timeout(Duration::from_secs(3), self.calls.recv())
            .await
            .expect("no call came")
            .expect("stopped")
    }
}

/// The next event, within 5 s.
async fn next(events: &mut mpsc::Receiver<LegEvent>) -> LegEvent {
    timeout(Duration::from_secs(5), events.recv())
        .await
        .expect("no event")
        .expect("no more events")
}

/// The next event must match.
macro_rules! await_event {
    ($events:expr, $pattern:pat $(if $guard:expr)? $(=> $value:expr)?) => {
        match crate::net::sip::tests::next(&mut $events).await {
            $pattern $(if $guard)? => { $($value)? }
            other => panic!("{} wanted, got {other:?}", stringify!($pattern)),
        }
    };
}
use await_event;

/// An established call: caller's leg and events, then ours.
struct Call {
    caller: Leg,
    caller_events: mpsc::Receiver<LegEvent>,
    leg: Leg,
    events: mpsc::Receiver<LegEvent>,
}

async fn establish(phone: &Side, town: &mut Side) -> Call {
    establish_at(phone, town, &town.uri()).await
}

async fn establish_at(phone: &Side, town: &mut Side, uri: &str) -> Call {
    let (caller, mut caller_events) = phone
        .server
        .dial(uri, OFFER.to_vec(), DialOptions::default())
        .await
        .unwrap();
    let call = town.incoming().await;
    assert_eq!(call.offer.as_deref(), Some(OFFER));
    let (leg, mut events) = (call.leg, call.events);
    leg.ringing();
    leg.accept(ANSWER.to_vec()).await.unwrap();
    await_event!(caller_events, LegEvent::Ringing { code: 180 });
    await_event!(caller_events, LegEvent::Answered { sdp } if sdp == ANSWER);
    await_event!(events, LegEvent::Established { answer: None });
    Call {
        caller,
        caller_events,
        leg,
        events,
    }
}

/// Waits until nothing of any call is left.
async fn quiet(side: &Side) {
    for _ in 0..300 {
        if side.server.active_dialogs() == 0 && side.server.idle() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("{} dialogs left", side.server.active_dialogs());
}

/// A peer whose every byte the test writes.
struct Raw {
    socket: UdpSocket,
    to: SocketAddr,
    call_id: String,
    to_tag: String,
    /// Headers of the last message received.
    heard: String,
}

impl Raw {
    async fn new(to: SocketAddr) -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let call_id = format!("{:x}", rand::random::<u64>());
        Self {
            socket,
            to,
            call_id,
            to_tag: String::new(),
            heard: String::new(),
        }
    }

    fn me(&self) -> SocketAddr {
        self.socket.local_addr().unwrap()
    }

    /// Text of a request inside the call, or that starts it.
    fn request(&self, method: &str, cseq: u32, headers: &str, body: &[u8]) -> Vec<u8> {
        let (me, to, id) = (self.me(), self.to, &self.call_id);
        let tag = if self.to_tag.is_empty() {
            String::new()
        } else {
            format!(";tag={}", self.to_tag)
        };
        let kind = if body.is_empty() || headers.contains("Content-Type") {
            ""
        } else {
            "Content-Type: application/sdp\r\n"
        };
        // An ACK of a refusal belongs to the INVITE's transaction: same branch.
        let branch = format!(
            "z9hG4bK{}{cseq}{}",
            &id[..4],
            if method == "CANCEL" { "INVITE" } else { method }
        );
        let mut text = format!(
            "{method} sip:mairie@{to} SIP/2.0\r\nVia: SIP/2.0/UDP {me};branch={branch};rport\r\n\
             From: \"Jean\" <sip:0467123456@{me}>;tag=raw\r\nTo: <sip:mairie@{to}>{tag}\r\nCall-ID: {id}\r\n\
             CSeq: {cseq} {method}\r\nContact: <sip:jean@{me}>\r\nMax-Forwards: 70\r\n{headers}{kind}\
             Content-Length: {}\r\n\r\n",
            body.len()
        )
        .into_bytes();
        text.extend_from_slice(body);
        text
    }

    async fn send(&self, method: &str, cseq: u32, headers: &str, body: &[u8]) {
        self.socket
            .send_to(&self.request(method, cseq, headers, body), self.to)
            .await
            .unwrap();
    }

    /// The next message, whatever it is.
    async fn hear(&mut self) -> String {
        let mut buffer = vec![0; 65_536];
        let received = timeout(Duration::from_secs(4), self.socket.recv_from(&mut buffer))
            .await
            .expect("silence");
        let (length, from) = received.unwrap();
        self.to = from;
        self.heard = String::from_utf8_lossy(&buffer[..length]).into_owned();
        self.heard.clone()
    }

    /// Waits for a message that starts so (`SIP/2.0 200`, `BYE `), passing over the others, and learns our tag.
    async fn until(&mut self, start: &str) -> String {
        loop {
            let text = self.hear().await;
            if text.starts_with(start) {
                if let Some(tag) = self
                    .header("To")
                    .and_then(|to| to.split_once("tag=").map(|(_, t)| t.to_owned()))
                    && text.starts_with("SIP/")
                {
                    self.to_tag = tag;
                }
                return text;
            }
            let another_outcome = text.starts_with("SIP/2.0 ") && !text.starts_with("SIP/2.0 1");
            assert!(
                !another_outcome || !start.starts_with("SIP/2.0"),
                "{start} wanted, got {text}"
            );
        }
    }

    fn header(&self, name: &str) -> Option<String> {
        self.heard.lines().find_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
        })
    }

    /// Answers the last request heard.
    async fn reply(&self, status: &str, headers: &str, body: &[u8]) {
        let mut text = format!("SIP/2.0 {status}\r\n");
        for line in self.heard.lines() {
            let name = line.split(':').next().unwrap_or("").to_ascii_lowercase();
            match name.as_str() {
                "to" if !line.contains("tag=") && !status.starts_with("100") => {
                    text.push_str(&format!("{line};tag=raw\r\n"))
                }
                "via" | "from" | "to" | "call-id" | "cseq" => text.push_str(&format!("{line}\r\n")),
                _ => {}
            }
        }
        let kind = if body.is_empty() {
            ""
        } else {
            "Content-Type: application/sdp\r\n"
        };
        text.push_str(&format!(
            "Contact: <sip:jean@{}>\r\n{headers}{kind}Content-Length: {}\r\n\r\n",
            self.me(),
            body.len()
        ));
        let bytes = [text.as_bytes(), body].concat();
        self.socket.send_to(&bytes, self.to).await.unwrap();
    }

    /// Calls, is answered, acknowledges.
    async fn call(town: &mut Side, headers: &str) -> (Self, Leg, mpsc::Receiver<LegEvent>) {
        let mut raw = Self::new(town.address).await;
        raw.send("INVITE", 1, headers, OFFER).await;
        let call = town.incoming().await;
        call.leg.accept(ANSWER.to_vec()).await.unwrap();
        raw.until("SIP/2.0 200").await;
        raw.send("ACK", 1, "", b"").await;
        let (leg, mut events) = (call.leg, call.events);
        await_event!(events, LegEvent::Established { answer: None });
        (raw, leg, events)
    }
}
