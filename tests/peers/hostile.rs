//! Junk on every port while a caller is being answered. The caller's telephone suppresses silence (RFC 3389), so that
//! its stream is quiet for seconds: a stranger must not take its place.

use std::io::Write;
use std::net::{SocketAddr, TcpStream, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};
use std::thread::{self, sleep};
use std::time::{Duration, Instant};

use allo::audio::{Codec, alaw_encode};
use allo::net::sip::{DialOptions, LegEvent, SipConfig, SipServer};
use allo::wire::negotiate::Local;
use allo::wire::rtp::{HEADER_LEN, Header};
use allo::wire::sdp;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use tokio::sync::Semaphore;

use crate::common::{Allo, SOON, answered, sound};
use crate::telephones::sipp;

/// Comfort noise (RFC 3551, table 4).
const COMFORT_NOISE: u8 = 13;
const PCMA: u8 = 8;
const TICK: Duration = Duration::from_millis(20);
const CALLER: &str = "0467555555";

/// The call goes on, its question is answered, and the server lives.
pub fn junk_disturbs_nobody(allo: &Allo) {
    let runtime = tokio::runtime::Runtime::new().expect("tokio");
    let telephone = UdpSocket::bind("127.0.0.1:0").expect("a port");
    let (phone, remote) = runtime.block_on(call(allo, telephone.local_addr().expect("bound")));
    let (over, malformed) = (AtomicBool::new(false), allo.metric("allo_sip_malformed_total"));
    let (heard, stolen) = (AtomicU64::new(0), AtomicU64::new(0));
    let started = Instant::now();
    thread::scope(|scope| {
        scope.spawn(|| listen(&telephone, &over, &heard));
        scope.spawn(|| speak_with_pauses(&telephone, remote, &over));
        for (address, port) in [("127.0.0.1:0", 0), ("127.0.0.3:0", 0), ("127.0.0.3:0", 1)] {
            let thief = UdpSocket::bind(address).expect("a port");
            let to = SocketAddr::new(remote.ip(), remote.port() + port);
            let (over, stolen) = (&over, &stolen);
            scope.spawn(move || steal(&thief, to, over, stolen));
        }
        scope.spawn(|| junk_signalling(allo, &over));
        let waited = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            allo.event(CALLER, "réponse", Duration::from_secs(40), |e| {
                e["event"] == "answered"
            });
            sleep(Duration::from_secs(2));
        }));
        over.store(true, SeqCst);
        if let Err(panic) = waited {
            std::panic::resume_unwind(panic);
        }
    });
    let seconds = started.elapsed().as_secs_f64();
    runtime.block_on(phone.hang_up());
    let call = allo.ended(CALLER);
    answered(&call, "ordures_menageres");
    assert_eq!(call["end_reason"], "caller", "{call:#?}");
    let received = heard.load(SeqCst) as f64 / (50.0 * seconds);
    let junk = allo.metric("allo_sip_malformed_total") - malformed;
    println!(
        "          {junk} messages SIP écartés ; {:.1} % du son est arrivé à l'appelant",
        received * 100.0
    );
    for why in ["malformed", "stranger"] {
        let metric = format!("allo_rtp_dropped_total{{why=\"{why}\"}}");
        assert!(allo.metric(&metric) > 100.0, "{metric} {}", allo.metric(&metric));
    }
    assert_eq!(stolen.load(SeqCst), 0, "du son est parti chez un étranger");
    assert!(received > 0.9, "{received}");
    assert!(junk > 100.0, "{junk}");
    sipp(allo, "options", &[]).succeed(SOON);
    sipp(allo, "options", &["-t", "t1"]).succeed(SOON);
}

/// A call whose sound is ours to make.
struct Phone {
    leg: allo::net::sip::Leg,
    server: SipServer,
}

impl Phone {
    async fn hang_up(self) {
        self.leg.bye(None).await;
        self.server.shutdown(Duration::from_secs(1)).await;
    }
}

/// Calls the town hall; gives where it wants our sound.
async fn call(allo: &Allo, ours: SocketAddr) -> (Phone, SocketAddr) {
    let config = SipConfig {
        listen: vec!["127.0.0.1:0".parse().expect("an address")],
        ..SipConfig::default()
    };
    let (server, _) = SipServer::start(config, Arc::new(Semaphore::new(0)))
        .await
        .expect("SIP");
    let mut session = Local::new(ours.ip(), ours.port(), &[Codec::Pcma], 1);
    let options = DialOptions {
        from: Some(format!("sip:{CALLER}@127.0.0.1")),
        ..DialOptions::default()
    };
    let uri = format!("sip:mairie@127.0.0.1:{}", allo.sip);
    let offer = session.offer().into_bytes();
    let (leg, mut events) = server.dial(&uri, offer, options).await.expect("a call");
    loop {
        match events.recv().await.expect("an answer") {
            LegEvent::Answered { sdp } => {
                let answer = sdp::parse(&String::from_utf8_lossy(&sdp)).expect("SDP");
                let remote = session.accept(&answer).expect("PCMA").remote;
                return (Phone { leg, server }, remote);
            }
            LegEvent::Ended { code, .. } => panic!("refused: {code:?}"),
            _ => {}
        }
    }
}

/// Counts the town hall's packets.
fn listen(socket: &UdpSocket, over: &AtomicBool, count: &AtomicU64) {
    let mut packet = [0; 1500];
    socket.set_read_timeout(Some(TICK)).expect("a timeout");
    while !over.load(SeqCst) {
        if socket.recv(&mut packet).is_ok() {
            count.fetch_add(1, SeqCst);
        }
    }
}

/// A question after the greeting. In pauses: one packet of comfort noise, then nothing; and now and then, from this very
/// socket, what no telephone sends.
fn speak_with_pauses(socket: &UdpSocket, to: SocketAddr, over: &AtomicBool) {
    let samples = sound("c24.wav", 9.0, 60.0, 8_000);
    let mut header = Header {
        payload_type: PCMA,
        marker: false,
        sequence: 65_500,
        timestamp: u32::MAX - 8_000,
        ssrc: 0x0A11_0001,
    };
    let mut rng = StdRng::seed_from_u64(1);
    let (mut spoke, start) = (false, Instant::now());
    for (index, frame) in samples.chunks_exact(160).enumerate() {
        if over.load(SeqCst) {
            return;
        }
        let speaks = frame.iter().any(|s| s.unsigned_abs() > 20);
        if speaks || spoke || index == 0 {
            (header.payload_type, header.marker) = (if speaks { PCMA } else { COMFORT_NOISE }, speaks && !spoke);
            let payload: Vec<u8> = if speaks {
                frame.iter().map(|&s| alaw_encode(s)).collect()
            } else {
                vec![70] // −70 dBov
            };
            send(socket, to, &header, &payload);
            header.sequence = header.sequence.wrapping_add(1);
        }
        spoke = speaks;
        header.timestamp = header.timestamp.wrapping_add(160);
        if index % 5 == 0 {
            let _ = socket.send_to(&junk(&mut rng), to);
        }
        sleep((start + TICK * (index as u32 + 1)).saturating_duration_since(Instant::now()));
    }
}

fn send(socket: &UdpSocket, to: SocketAddr, header: &Header, payload: &[u8]) {
    let mut fixed = [0; HEADER_LEN];
    header.write(&mut fixed);
    let _ = socket.send_to(&[&fixed[..], payload].concat(), to);
}

/// Truncated and false RTP and RTCP, and noise.
fn junk(rng: &mut StdRng) -> Vec<u8> {
    let mut packet = vec![0; rng.random_range(0..200)];
    rng.fill(&mut packet[..]);
    let starts: [&[u8]; 7] = [
        &[0x80],                  // truncated
        &[0x80, 200, 0xFF, 0xFF], // a report longer than its datagram
        &[0x9F, 201, 0, 1],       // 31 blocks, of which none is there
        &[0xBF, 8],               // 15 sources, an extension and padding
        &[0x90, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF],
        &[0x00, 8], // version 0
        &[],
    ];
    let start = starts[rng.random_range(0..starts.len())];
    let shared = start.len().min(packet.len());
    packet[..shared].copy_from_slice(&start[..shared]);
    if packet.len() >= 2 && packet[0] >> 6 == 2 && !(192..=223).contains(&packet[1]) {
        packet[1] = 77; // a sound packet of sound or of keys would be heard as such
    }
    packet
}

/// Sounds like another telephone's, and junk, from elsewhere; counts what comes back.
fn steal(socket: &UdpSocket, to: SocketAddr, over: &AtomicBool, stolen: &AtomicU64) {
    let mut rng = StdRng::seed_from_u64(2);
    let mut header = Header {
        payload_type: PCMA,
        marker: true,
        sequence: rng.random(),
        timestamp: rng.random(),
        ssrc: rng.random(),
    };
    socket.set_read_timeout(Some(TICK)).expect("a timeout");
    while !over.load(SeqCst) {
        let noise: [u8; 160] = std::array::from_fn(|_| rng.random());
        send(socket, to, &header, &noise);
        header.sequence = header.sequence.wrapping_add(1);
        header.timestamp = header.timestamp.wrapping_add(160);
        let _ = socket.send_to(&junk(&mut rng), to);
        if socket.recv(&mut [0; 1500]).is_ok() {
            stolen.fetch_add(1, SeqCst);
        }
    }
}

/// Datagrams and streams that are not SIP, or not quite.
fn junk_signalling(allo: &Allo, over: &AtomicBool) {
    let invite = format!(
        "INVITE sip:mairie@127.0.0.1:{0} SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:9;branch=z9hG4bKx\r\n\
         From: <sip:x@127.0.0.1>;tag=1\r\nTo: <sip:mairie@127.0.0.1>\r\nCall-ID: x\r\nCSeq: 1 INVITE\r\n\
         Contact: <sip:x@127.0.0.1:9>\r\nMax-Forwards: 70\r\nContent-Type: application/sdp\r\n\
         Content-Length: 30\r\n\r\nv=0\r\no=- 1 1 IN IP4 127.0.0.1\r\n",
        allo.sip
    )
    .into_bytes();
    let mut rng = StdRng::seed_from_u64(3);
    let (udp, to) = (UdpSocket::bind("127.0.0.1:0").expect("a port"), ("127.0.0.1", allo.sip));
    let mut streams = Vec::new();
    while !over.load(SeqCst) {
        let cut = rng.random_range(0..invite.len());
        let mut noise = vec![0; rng.random_range(1..9_000)];
        rng.fill(&mut noise[..]);
        let mut bent = invite.clone();
        for _ in 0..3 {
            // Not in its end, so that it stays whole in length.
            let at = rng.random_range(0..200);
            bent[at] = rng.random();
        }
        for bytes in [&invite[..cut], &noise, &bent] {
            let _ = udp.send_to(bytes, to);
            if let Ok(mut stream) = TcpStream::connect(to) {
                let _ = stream.write_all(bytes);
                streams.push(stream);
            }
        }
        if streams.len() > 60 {
            streams.drain(..40);
        }
        sleep(Duration::from_millis(50));
    }
}
