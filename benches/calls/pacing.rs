//! How evenly packets leave when many talk at once: gaps between packets of one call, as the kernel stamps them when they
//! reach the receiving sockets.

use std::net::{SocketAddr, UdpSocket};
use std::os::fd::AsRawFd;
use std::sync::Arc;
use std::time::{Duration, Instant};

use allo::audio::{Codec, alaw_encode};
use allo::net::sip::{DialOptions, LegEvent, SipConfig, SipServer};
use allo::wire::negotiate::Local;
use allo::wire::{rtp, sdp};
use anyhow::Context;
use tokio::sync::Semaphore;

use super::citizen::Line;
use super::manifest::RATE;

const PACKET: usize = RATE as usize / 50;
const PACKET_TIME: Duration = Duration::from_millis(20);

/// Gaps in milliseconds, of `calls` calls at once that last `long`; in each a recording is said every ten seconds.
pub async fn gaps(uri: &str, calls: usize, long: Duration, lines: &[Line]) -> anyhow::Result<Vec<f64>> {
    let local = SocketAddr::from(([127, 0, 0, 1], 0));
    let config = SipConfig {
        listen: vec![local],
        ..SipConfig::default()
    };
    let (server, _incoming) = SipServer::start(config, Arc::new(Semaphore::new(0))).await?;
    let (mut listeners, mut legs) = (Vec::new(), Vec::new());
    for call in 0..calls {
        let socket = even_socket()?;
        let mut session = Local::new(local.ip(), socket.local_addr()?.port(), &[Codec::Pcma], call as u64);
        let offer = session.offer().into_bytes();
        let (leg, mut events) = server.dial(uri, offer, DialOptions::default()).await?;
        let agreed = loop {
            match events.recv().await.context("the call failed")? {
                LegEvent::Answered { sdp } => break session.accept(&sdp::parse(&String::from_utf8_lossy(&sdp))?)?,
                LegEvent::Ended { code, .. } => anyhow::bail!("refused: {code:?}"),
                _ => {}
            }
        };
        let line = lines[call % lines.len()].clone();
        let listener = std::thread::spawn(move || listen(&socket, agreed.remote, &line, call, long));
        listeners.push(listener);
        // The events go on being read, so that nothing waits for us.
        legs.push((leg, tokio::spawn(async move { while events.recv().await.is_some() {} })));
    }
    let gathered = tokio::task::spawn_blocking(move || {
        let all = listeners
            .into_iter()
            .map(|listener| listener.join().expect("a listener does not panic"));
        all.collect::<std::io::Result<Vec<_>>>()
    });
    let gathered = gathered.await??;
    for (leg, _) in legs {
        leg.bye(None).await;
    }
    server.shutdown(Duration::from_secs(1)).await;
    Ok(gathered.concat())
}

/// RTP has even ports (RFC 3550, section 11).
fn even_socket() -> std::io::Result<UdpSocket> {
    loop {
        let socket = UdpSocket::bind(("127.0.0.1", 0))?;
        if socket.local_addr()?.port() % 2 == 0 {
            let on: libc::c_int = 1;
            // SAFETY: a plain system call; `on` lives until it returns.
            let status = unsafe {
                libc::setsockopt(
                    socket.as_raw_fd(),
                    libc::SOL_SOCKET,
                    libc::SO_TIMESTAMPNS,
                    std::ptr::from_ref(&on).cast(),
                    size_of_val(&on) as u32,
                )
            };
            return if status == 0 {
                Ok(socket)
            } else {
                Err(std::io::Error::last_os_error())
            };
        }
    }
}

/// Speaks and listens; gives the gaps between packets that follow each other.
fn listen(
    socket: &UdpSocket,
    remote: SocketAddr,
    line: &Line,
    call: usize,
    long: Duration,
) -> std::io::Result<Vec<f64>> {
    let sound: Vec<u8> = line.sound.0.iter().step_by(2).map(|s| alaw_encode(*s)).collect();
    let begin = Instant::now();
    let (mut next, mut sequence) = (begin, 0u16);
    let mut gaps = Vec::new();
    let mut last: Option<(u16, f64)> = None;
    let every = Duration::from_secs(10);
    while begin.elapsed() < long {
        let wait = next
            .saturating_duration_since(Instant::now())
            .max(Duration::from_micros(500));
        socket.set_read_timeout(Some(wait))?;
        let mut buffer = [0u8; 1500];
        if let Some((length, at)) = receive(socket, &mut buffer)
            && let Ok(packet) = rtp::parse(&buffer[..length])
        {
            let number = packet.header.sequence;
            if let Some((before, then)) = last
                && number == before.wrapping_add(1)
            {
                gaps.push(at - then);
            }
            last = Some((number, at));
        }
        if Instant::now() >= next {
            // Each says its recording at another moment.
            let into = (begin.elapsed() + every * call as u32 / 20).as_millis() % every.as_millis();
            let at = into as usize * RATE as usize / 1000;
            let mut packet = vec![0x80, 8];
            packet.extend(sequence.to_be_bytes());
            packet.extend((u32::from(sequence) * PACKET as u32).to_be_bytes());
            packet.extend((call as u32 + 1).to_be_bytes());
            packet.extend((at..at + PACKET).map(|at| sound.get(at).copied().unwrap_or(0xd5)));
            socket.send_to(&packet, remote)?;
            sequence = sequence.wrapping_add(1);
            next += PACKET_TIME;
        }
    }
    Ok(gaps)
}

/// A datagram, and when the kernel took it in, in milliseconds.
fn receive(socket: &UdpSocket, buffer: &mut [u8]) -> Option<(usize, f64)> {
    let mut part = libc::iovec {
        iov_base: buffer.as_mut_ptr().cast(),
        iov_len: buffer.len(),
    };
    let mut control = [0u64; 16];
    // SAFETY: all zeros is a valid message header: nothing is asked for yet.
    let mut message: libc::msghdr = unsafe { std::mem::zeroed() };
    message.msg_iov = &raw mut part;
    message.msg_iovlen = 1;
    message.msg_control = control.as_mut_ptr().cast();
    message.msg_controllen = size_of_val(&control) as _;
    // SAFETY: the pointers in `message` live until the call returns.
    let length = unsafe { libc::recvmsg(socket.as_raw_fd(), &raw mut message, 0) };
    let length = usize::try_from(length).ok()?;
    // SAFETY: the kernel has filled the control buffer; CMSG_FIRSTHDR and CMSG_NXTHDR stay inside it.
    unsafe {
        let mut header = libc::CMSG_FIRSTHDR(&raw const message);
        while !header.is_null() {
            if (*header).cmsg_level == libc::SOL_SOCKET && (*header).cmsg_type == libc::SO_TIMESTAMPNS {
                let time = libc::CMSG_DATA(header).cast::<libc::timespec>().read_unaligned();
                return Some((length, time.tv_sec as f64 * 1000.0 + time.tv_nsec as f64 / 1e6));
            }
            header = libc::CMSG_NXTHDR(&raw const message, header);
        }
    }
    None
}
