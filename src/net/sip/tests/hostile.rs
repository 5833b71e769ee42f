//! Packets that nobody should send. After each storm a good call must pass.

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::*;

/// The same storm each time; ALLO_FUZZ_SEED gives another.
fn seeded(seed: u64) -> StdRng {
    let other = std::env::var("ALLO_FUZZ_SEED").ok().and_then(|text| text.parse().ok());
    StdRng::seed_from_u64(other.unwrap_or(seed))
}

/// A sound message of some kind.
fn sound(raw: &Raw, rng: &mut StdRng) -> Vec<u8> {
    let call = format!("{:x}", rng.random::<u64>());
    let (method, headers, body): (&str, &str, &[u8]) = match rng.random_range(0..9) {
        0 => ("OPTIONS", "", b""),
        1 => (
            "REGISTER",
            "Expires: 60\r\nAuthorization: Digest username=\"a\", realm=\"b\", nonce=\"c\"\r\n",
            b"",
        ),
        2 => ("BYE", "", b""),
        3 => ("CANCEL", "", b""),
        4 => ("ACK", "", b""),
        5 => ("REFER", "Refer-To: <sip:x@y?Replaces=a%3Bto-tag>\r\n", b""),
        6 => (
            "INFO",
            "Content-Type: application/dtmf-relay\r\n",
            b"Signal=1\r\nDuration=160",
        ),
        _ => (
            "INVITE",
            "Record-Route: <sip:p1;lr>, <sip:p2;lr>\r\nSession-Expires: 90;refresher=uac\r\nSupported: timer\r\n\
             Diversion: <sip:a@b>;reason=x\r\nHistory-Info: <sip:a@b>;index=1\r\nP-Asserted-Identity: <tel:+1>\r\n",
            OFFER,
        ),
    };
    let text = String::from_utf8(raw.request(method, rng.random_range(1..99), headers, body)).unwrap();
    text.replace(&raw.call_id, &call).into_bytes()
}

/// Breaks a message in one to four ways.
fn mutate(mut bytes: Vec<u8>, rng: &mut StdRng) -> Vec<u8> {
    for _ in 0..rng.random_range(1..=4) {
        let length = bytes.len().max(1);
        let at = rng.random_range(0..length).min(bytes.len());
        match rng.random_range(0..12) {
            0 => bytes.truncate(at),
            1 => bytes
                .splice(at..at, (0..rng.random_range(1..40)).map(|_| rng.random()))
                .for_each(drop),
            2 => (0..rng.random_range(1..20)).for_each(|_| {
                let at = rng.random_range(0..length);
                if let Some(byte) = bytes.get_mut(at) {
                    *byte = rng.random();
                }
            }),
            3 => bytes = swap_line(&bytes, rng, |_| Vec::new()),
            4 => bytes = swap_line(&bytes, rng, |line| [line, b"\r\n", line].concat()),
            5 => bytes = swap_line(&bytes, rng, |line| [line, &b"A".repeat(5000)].concat()),
            6 => bytes = swap_line(&bytes, rng, |_| b"Content-Length: -5".to_vec()),
            7 => bytes = swap_line(&bytes, rng, |_| b"Content-Length: 4294967295".to_vec()),
            8 => bytes = swap_line(&bytes, rng, |_| b"Via: SIP/2.0/UDP [::1;branch=\xff\xfe,,;;=".to_vec()),
            9 => bytes = swap_line(&bytes, rng, |line| line.iter().map(|b| b.wrapping_add(128)).collect()),
            10 => {
                bytes = swap_line(&bytes, rng, |line| {
                    let cut = line.iter().position(|b| *b == b':').map_or(0, |p| p + 1);
                    line[..cut].to_vec()
                })
            }
            _ => {
                let (from, to) = (at.min(bytes.len()), (at + rng.random_range(0..60)).min(bytes.len()));
                bytes.drain(from..to);
            }
        }
    }
    bytes
}

/// Replaces one line.
fn swap_line(bytes: &[u8], rng: &mut StdRng, change: impl Fn(&[u8]) -> Vec<u8>) -> Vec<u8> {
    let lines: Vec<&[u8]> = bytes
        .split(|b| *b == b'\n')
        .map(|l| l.strip_suffix(b"\r").unwrap_or(l))
        .collect();
    let chosen = rng.random_range(0..lines.len());
    let changed = lines
        .iter()
        .enumerate()
        .map(|(i, l)| if i == chosen { change(l) } else { l.to_vec() });
    changed.collect::<Vec<_>>().join(&b"\r\n"[..])
}

/// Calls that mutations happen to place are refused at once.
fn refuse_all(mut calls: mpsc::Receiver<Incoming>) {
    tokio::spawn(async move {
        while let Some(call) = calls.recv().await {
            match call.called_user.as_str() {
                "bon" => call.leg.accept(ANSWER.to_vec()).await.unwrap_or(()),
                _ => call.leg.reject(480, None, None),
            }
            tokio::spawn(async move {
                let mut call = call;
                while call.events.recv().await.is_some() {}
            });
        }
    });
}

async fn a_good_call_passes(address: SocketAddr) {
    let phone = Side::new().await;
    for transport in ["udp", "tcp"] {
        let uri = format!("sip:bon@{address};transport={transport}");
        let (leg, mut events) = phone
            .server
            .dial(&uri, OFFER.to_vec(), DialOptions::default())
            .await
            .unwrap();
        await_event!(events, LegEvent::Answered { .. });
        leg.bye(None).await;
        await_event!(events, LegEvent::Ended { by: EndedBy::Local, .. });
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn mutated_datagrams_cost_a_counter() {
    let town = Side::new().await;
    let Side { server, calls, address } = town;
    refuse_all(calls);
    let raw = Raw::new(address).await;
    let mut rng = seeded(7);
    for round in 0..6000 {
        let bytes = mutate(sound(&raw, &mut rng), &mut rng);
        raw.socket
            .send_to(&bytes[..bytes.len().min(60_000)], address)
            .await
            .unwrap();
        if round % 200 == 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
    for edge in [
        &b""[..],
        b"\r\n\r\n",
        b"\0\0\0\0",
        b"SIP/2.0 200 OK\r\n\r\n",
        &[0xff; 8192],
        &[b'a'; 60_000],
    ] {
        raw.socket.send_to(edge, address).await.unwrap();
    }
    a_good_call_passes(address).await;
    let counters = server.counters();
    assert!(counters.malformed > 1000 && counters.oversized >= 1, "{counters:?}");
    for _ in 0..300 {
        if server.active_dialogs() == 0 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("{} dialogs left", server.active_dialogs());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn mutated_streams_cost_a_connection() {
    let Side { server, calls, address } = Side::new().await;
    refuse_all(calls);
    let raw = Raw::new(address).await;
    let mut rng = seeded(11);
    for _ in 0..2000 {
        let mut stream = TcpStream::connect(address).await.unwrap();
        let mut bytes = sound(&raw, &mut rng);
        bytes.extend(mutate(sound(&raw, &mut rng), &mut rng));
        // In pieces, and sometimes cut off.
        for piece in bytes.chunks(rng.random_range(1..900)) {
            if stream.write_all(piece).await.is_err() {
                break;
            }
        }
    }
    a_good_call_passes(address).await;
    assert!(server.counters().malformed > 300, "{:?}", server.counters());
}

#[tokio::test]
async fn a_message_in_many_pieces_is_read() {
    let Side {
        server: _server,
        calls,
        address,
    } = Side::new().await;
    refuse_all(calls);
    let raw = Raw::new(address).await;
    let mut stream = TcpStream::connect(address).await.unwrap();
    let two = [
        b"\r\n\r\n".to_vec(),
        raw.request("OPTIONS", 1, "", b""),
        raw.request("OPTIONS", 2, "", b""),
    ]
    .concat();
    for byte in two.chunks(7) {
        stream.write_all(byte).await.unwrap();
        tokio::task::yield_now().await;
    }
    let mut heard = String::new();
    let mut buffer = [0; 4096];
    while heard.matches("SIP/2.0 200").count() < 2 {
        let n = timeout(Duration::from_secs(2), stream.read(&mut buffer))
            .await
            .expect("no answer")
            .unwrap();
        assert!(n > 0, "closed after {heard}");
        heard.push_str(&String::from_utf8_lossy(&buffer[..n]));
    }
    assert!(heard.starts_with("\r\n"), "the keep-alive is answered (RFC 5626)");
}

#[tokio::test]
async fn too_many_and_idle_connections_are_closed() {
    let config = SipConfig {
        max_tcp_connections: 5,
        tcp_idle: Duration::from_millis(300),
        ..config()
    };
    let Side { server, calls, address } = Side::with(config, 9).await;
    refuse_all(calls);
    let raw = Raw::new(address).await;
    let mut streams = Vec::new();
    for _ in 0..12 {
        streams.push(TcpStream::connect(address).await.unwrap());
    }
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(server.counters().tcp_refused, 7);
    // Those inside speak once, then fall silent: closed, and there is room again.
    for stream in &mut streams[..5] {
        stream.write_all(&raw.request("OPTIONS", 1, "", b"")).await.unwrap();
    }
    tokio::time::sleep(Duration::from_millis(600)).await;
    assert_eq!(server.counters().tcp_refused, 12);
    a_good_call_passes(address).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_peer_that_never_reads_blocks_nobody() {
    let Side {
        server: _server,
        calls,
        address,
    } = Side::new().await;
    refuse_all(calls);
    let raw = Raw::new(address).await;
    let deaf = TcpStream::connect(address).await.unwrap();
    let one = raw.request("OPTIONS", 1, "", b"");
    // It asks until nothing more is taken: our answers fill its window, and then we no longer read.
    let flood = async {
        let mut deaf = deaf;
        loop {
            if timeout(Duration::from_millis(500), deaf.write_all(&one)).await.is_err() {
                return deaf;
            }
        }
    };
    let _deaf = timeout(Duration::from_secs(60), flood)
        .await
        .expect("the flood was read without end");
    a_good_call_passes(address).await;
}
