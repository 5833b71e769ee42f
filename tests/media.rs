//! The media path allocates nothing for a packet once a line is made.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use allo::audio::Codec;
use allo::call::line::{Line, MAX_REPORT};
use allo::hear::ear::Ear;
use allo::units::FRAME;
use allo::wire::negotiate::{Agreed, Events};
use allo::wire::rtcp::NtpClock;
use allo::wire::sdp::Direction;

struct Counting;

static ALLOCATIONS: AtomicU64 = AtomicU64::new(0);

// SAFETY: every call goes on to the system's allocator unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Relaxed);
        // SAFETY: as above.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        // SAFETY: as above.
        unsafe { System.dealloc(at, layout) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

/// Something like a voice: harmonics that rise and fall.
fn voice(n: usize) -> [i16; FRAME] {
    std::array::from_fn(|i| {
        let t = (n * FRAME + i) as f64 / 16_000.0;
        let turns = 140.0 * t - 3.0 * (t * 12.0).cos();
        let sum: f64 = (1..12)
            .map(|h| (turns * f64::from(h) * std::f64::consts::TAU).sin() / f64::from(h))
            .sum();
        (4_000.0 * sum * (0.5 + 0.5 * (t * 4.0 * std::f64::consts::TAU).sin())) as i16
    })
}

#[test]
fn a_packet_in_and_a_packet_out_allocate_nothing() {
    let before = ALLOCATIONS.load(Relaxed);
    drop(std::hint::black_box(vec![1u8; 100]));
    assert!(ALLOCATIONS.load(Relaxed) > before, "the counter counts");
    for codec in Codec::PREFERRED {
        let agreed = Agreed {
            codec,
            payload_type: 96,
            events: Some(Events {
                payload_type: 101,
                clock: codec.rtp_clock(),
            }),
            remote: ([127, 0, 0, 1], 4000).into(),
            remote_rtcp: ([127, 0, 0, 1], 4001).into(),
            rtcp_mux: false,
            direction: Direction::SendRecv,
            ptime: 20,
            srtp: None,
        };
        let mut now = Instant::now();
        let clock = NtpClock::new(now, Duration::from_secs(1_700_000_000));
        let (mut theirs, mut ours) = (
            Line::new(&agreed, clock).expect("codec"),
            Line::new(&agreed, clock).expect("codec"),
        );
        let (mut ear, mut frame, mut packet, mut report) =
            (Ear::default(), [0; FRAME], Vec::with_capacity(2000), [0; MAX_REPORT]);
        let mut heard = 0u64;
        for n in 0..1500 {
            // The first frames warm the codec up.
            let start = ALLOCATIONS.load(Relaxed);
            now += Duration::from_millis(20);
            theirs.push(&voice(n)).expect("encodes");
            if n % 50 == 0 {
                theirs.press('5');
            }
            while let Some(bytes) = theirs.poll_transmit() {
                packet.clear();
                packet.extend_from_slice(bytes);
                // Every tenth packet is lost.
                if n % 10 != 9 {
                    ours.handle_packet(now, &packet);
                }
            }
            ours.pull(now, &mut frame);
            heard += frame.iter().map(|s| u64::from(s.unsigned_abs())).sum::<u64>();
            ear.frame(&frame);
            ours.push(&frame).expect("encodes");
            while ours.poll_transmit().is_some() {}
            ours.report(now, &mut report);
            let made = ALLOCATIONS.load(Relaxed) - start;
            assert!(n < 20 || made == 0, "{}: {made} allocations in frame {n}", codec.name());
        }
        assert!(heard > 10_000_000, "{}: sound came through", codec.name());
    }
}
