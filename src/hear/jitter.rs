//! When each packet is due: order, losses, silences, and a delay that follows the network.
//!
//! ```text
//! arrival − position = transit ──┬─► baseline: the quickest of the last seconds (follows the peer's clock drift)
//!                                └─► peak: how much slower others are (quick up, slow down) ─► target delay
//! ```
//!
//! Positions and times are counted in samples at the codec's rate; the media position of a packet comes from its RTP
//! timestamp. The play-out consumes positions at our own pace, whether packets came or not, so a late packet, a lost one
//! and a silence differ only in what is found when their time has come. This file knows no sound; [`super::playout`] does.

use std::time::Instant;

use crate::audio::MAX_PAYLOAD;
use crate::wire::rtp::{Header, Unwrap};

/// Packets held: 1.2 s of 20 ms packets, so that a burst after a stall finds room.
const SLOTS: usize = 64;
/// Bounds of the target delay, in milliseconds.
const MIN_DELAY: u32 = 20;
const MAX_DELAY: u32 = 200;
/// Delay beyond the slowest packets: a tick takes 20 ms at once, so sound may be wanted that much before its time.
const MARGIN: u32 = 20;
/// What the slowest packets are taken for before any has come; with the margin, calls start at 40 ms.
const FIRST_PEAK: u32 = 20;
/// The peak rises at most so much at once (ms), and at most once in `RISE_EVERY` ms: a burst is one event.
const RISE: u32 = 40;
const RISE_EVERY: u32 = 100;
/// The peak is forgotten at this pace, in milliseconds for each second.
const FORGET: u32 = 5;
/// Where lost packets can be restored from the next, a loss is worth this peak (ms): the next one is there in time then.
const RESTORE: u32 = 30;
/// Half of the time that the baseline remembers, in milliseconds.
const BASELINE: u32 = 2_000;
/// A stream that comes too late for so long (ms) will not recover: its clock stood still, or the way is another.
const RESYNC_LATE: u32 = 100;
/// A packet earlier than the baseline by this (ms) is no quick packet: its clock has leapt.
const RESYNC_EARLY: u32 = 1_000;
/// Leaps in the sequence that are still loss or disorder (RFC 3550, appendix A.1: MAX_DROPOUT, MAX_MISORDER).
const MAX_DROPOUT: i64 = 3_000;
const MAX_MISORDER: i64 = 100;

/// The very first packet may have overtaken so many.
const FIRST_ONES: i64 = 5;
/// No sequence number.
const FREE: i64 = i64::MIN;

/// What there is at the place where the play-out stands.
#[derive(Debug, PartialEq, Eq)]
pub enum Next<'a> {
    /// The packet that belongs here; consume it with [`Jitter::played`] or [`Jitter::unusable`].
    Packet(&'a [u8]),
    /// So many samples were lost before `following`, which waits in the buffer.
    Lost(usize, &'a [u8]),
    /// The sender was silent for so many samples.
    Silence(usize),
    /// Nothing has come: a loss, a late packet or a silence, to be seen later.
    Nothing,
}

/// Counts since the start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Packets of the stream, duplicates excluded.
    pub received: u64,
    /// Packets that never came.
    pub lost: u64,
    /// Packets that came, too late to be played.
    pub late: u64,
    /// Packets that came again.
    pub duplicates: u64,
    /// Packets that the decoder refused.
    pub unusable: u64,
    /// Streams begun: another source, a restart, a leap of the clock.
    pub streams: u64,
}

/// The packets of one direction of a call. Allocates only when made.
pub struct Jitter {
    /// Samples per second, and ticks per second of RTP timestamps.
    rate: i64,
    clock: i64,
    payload_type: u8,
    restores: bool,
    epoch: Option<Instant>,
    /// By sequence number, modulo.
    slots: Box<[Slot; SLOTS]>,
    /// Sequence numbers that have come, modulo; tones and comfort noise too.
    seen: [i64; SLOTS],
    stream: Option<Stream>,
    /// Source and sequence number that would confirm another stream.
    candidate: Option<(u32, u16)>,
    /// How much later than the quickest the slowest packets are, in samples, and when that last rose.
    peak: f64,
    peak_rose: i64,
    ticked: i64,
    counts: Counts,
    /// Below zero for a moment, when a packet is late before its place has been filled.
    lost: i64,
}

#[derive(Clone, Copy)]
struct Slot {
    /// Or [`FREE`].
    sequence: i64,
    position: i64,
    length: usize,
    payload: [u8; MAX_PAYLOAD],
}

impl Slot {
    const FREE: Self = Self {
        sequence: FREE,
        position: 0,
        length: 0,
        payload: [0; MAX_PAYLOAD],
    };

    fn payload(&self) -> &[u8] {
        &self.payload[..self.length]
    }
}

struct Stream {
    ssrc: u32,
    sequence: Unwrap,
    timestamp: Unwrap,
    /// Timestamp of position 0.
    origin: i64,
    baseline: Baseline,
    /// Since when packets have been hopelessly late.
    late_since: Option<i64>,
    /// Sequence number of the last packet played or passed over.
    last: i64,
    /// Whether any has been.
    playing: bool,
    /// Position up to which sound has been made; None until the first tick.
    end: Option<i64>,
    /// Time from the arrival of a quick packet to its play-out, smoothed, in samples.
    delay: f64,
}

/// The least transit of the last seconds.
struct Baseline {
    now: i64,
    before: i64,
    since: i64,
}

impl Baseline {
    fn new(transit: i64, at: i64) -> Self {
        Self {
            now: transit,
            before: transit,
            since: at,
        }
    }

    fn update(&mut self, transit: i64, at: i64, window: i64) {
        if at - self.since > window {
            (self.before, self.now, self.since) = (self.now, transit, at);
        }
        self.now = self.now.min(transit);
    }

    fn get(&self) -> i64 {
        self.now.min(self.before)
    }
}

impl Jitter {
    /// For packets of `payload_type` whose timestamps tick `clock` times per second and whose sound has `rate` samples
    /// per second. `restores`: a lost packet can be restored from the one behind it, if that is there in time.
    pub fn new(rate: u32, clock: u32, payload_type: u8, restores: bool) -> Self {
        let mut jitter = Self {
            rate: i64::from(rate),
            clock: i64::from(clock),
            payload_type,
            restores,
            epoch: None,
            slots: Box::new([Slot::FREE; SLOTS]),
            seen: [FREE; SLOTS],
            stream: None,
            candidate: None,
            peak: 0.0,
            peak_rose: i64::MIN / 2,
            ticked: 0,
            counts: Counts::default(),
            lost: 0,
        };
        jitter.peak = jitter.ms(FIRST_PEAK) as f64;
        jitter
    }

    /// Takes in a packet at its arrival. Packets of other payload types (tones, comfort noise) only say that theirs are
    /// not missing.
    pub fn push(&mut self, now: Instant, header: &Header, payload: &[u8]) {
        let now = self.time(now);
        let audio = header.payload_type == self.payload_type;
        if self.belongs(header) {
            self.candidate = None;
        } else if !audio || !self.begins(header) {
            return;
        }
        if audio && self.stream.is_none() {
            self.begin(now, header);
        }
        let (rate, clock, max_delay) = (self.rate, self.clock, self.ms(MAX_DELAY));
        let [window, resync_late, resync_early] = [BASELINE, RESYNC_LATE, RESYNC_EARLY].map(|ms| self.ms(ms));
        let Some(stream) = &mut self.stream else { return };

        let overtaken = stream.sequence.leap(header.sequence) < 0;
        let sequence = stream.sequence.sequence(header.sequence);
        if self.seen[slot(sequence)] == sequence {
            self.counts.duplicates += 1;
            return;
        }
        self.counts.received += 1;
        if !stream.playing && (1..FIRST_ONES).contains(&(stream.last + 1 - sequence)) {
            stream.last = sequence - 1;
        }
        let was_lost = sequence <= stream.last;
        if !audio {
            self.lost -= i64::from(was_lost);
            self.see(sequence);
            return;
        }

        let position = (stream.timestamp.timestamp(header.timestamp) - stream.origin) * rate / clock;
        let transit = now - position;
        if transit < stream.baseline.get() - resync_early {
            return self.restart(now, header, payload);
        }
        stream.baseline.update(transit, now, window);
        let slowness = transit - stream.baseline.get();
        if slowness > max_delay {
            let since = *stream.late_since.get_or_insert(now);
            if header.marker || now - since >= resync_late {
                return self.restart(now, header, payload);
            }
        } else {
            stream.late_since = None;
        }
        // Its time has passed, and the next packet is here already: going back would cost more than it gives.
        let too_late = overtaken && stream.end.is_some_and(|end| position < end);
        self.rise(now, slowness);
        if was_lost || too_late {
            // It was or will be counted as lost, as its place is filled with something else.
            self.lost -= 1;
            self.counts.late += 1;
            return;
        }
        self.see(sequence);
        self.store(sequence, position, payload);
    }

    /// At each tick, before sound is taken: `queued` samples are made and not yet played. Returns by how many samples
    /// the delay is longer than it should be (negative: shorter).
    pub fn tick(&mut self, now: Instant, queued: usize) -> i64 {
        let now = self.time(now);
        let forgotten = (now - self.ticked).max(0) as f64 * f64::from(FORGET) / 1000.0;
        self.ticked = now;
        self.peak = (self.peak - forgotten).max(0.0);
        let target = self.target();
        let Some(stream) = &mut self.stream else { return 0 };
        let due = now - stream.baseline.get();
        match stream.end {
            Some(end) => stream.delay += ((due - end + queued as i64) as f64 - stream.delay) / 16.0,
            None => {
                stream.end = Some(due - target as i64 + queued as i64);
                stream.delay = target;
            }
        }
        (stream.delay - target) as i64
    }

    /// What there is to play next. Packets whose time has passed are dropped on the way, or, when nothing better is
    /// there, the delay grows so that they can be played.
    pub fn due(&mut self) -> Next<'_> {
        let max_delay = self.ms(MAX_DELAY) as f64;
        loop {
            let Some((stream, end)) = self
                .stream
                .as_mut()
                .and_then(|stream| stream.end.map(|end| (stream, end)))
            else {
                return Next::Nothing;
            };
            let Some(first) = lowest(&self.slots) else {
                return Next::Nothing;
            };
            let (sequence, ahead) = (self.slots[first].sequence, self.slots[first].position - end);
            if ahead > 0 {
                let missing = missing(&self.seen, stream.last, sequence);
                let payload = self.slots[first].payload();
                return if missing > 0 {
                    Next::Lost(ahead as usize, payload)
                } else {
                    Next::Silence(ahead as usize)
                };
            }
            let behind = -ahead;
            let hopeless = stream.delay + behind as f64 > max_delay;
            if behind == 0 || !hopeless {
                stream.end = Some(end - behind);
                stream.delay += behind as f64;
                return Next::Packet(self.slots[first].payload());
            }
            self.counts.late += 1;
            self.pass(first);
        }
    }

    /// The packet that [`Jitter::due`] gave was decoded to so many samples.
    pub fn played(&mut self, samples: usize) {
        if let Some(first) = lowest(&self.slots) {
            self.pass(first);
        }
        self.elapsed(samples);
    }

    /// The packet that [`Jitter::due`] gave could not be decoded.
    pub fn unusable(&mut self) {
        if let Some(first) = lowest(&self.slots) {
            // As if it had never come, so that concealment fills its place.
            self.counts.unusable += 1;
            let sequence = self.slots[first].sequence;
            self.seen[slot(sequence)] = FREE;
            self.slots[first].sequence = FREE;
        }
    }

    /// So many samples were made up, for a loss, a silence or nothing.
    pub fn elapsed(&mut self, samples: usize) {
        if let Some(end) = self.stream.as_mut().and_then(|stream| stream.end.as_mut()) {
            *end += samples as i64;
        }
    }

    /// The play-out left out so many samples of sound (negative: put in).
    pub fn shortened(&mut self, samples: i64) {
        if let Some(stream) = &mut self.stream {
            stream.delay -= samples as f64;
        }
    }

    /// As [`Jitter::shortened`], in a silence: nothing is left out but its time.
    pub fn skipped(&mut self, samples: i64) {
        self.shortened(samples);
        if let Some(end) = self.stream.as_mut().and_then(|stream| stream.end.as_mut()) {
            *end += samples;
        }
    }

    /// Counts since the start.
    pub fn counts(&self) -> Counts {
        Counts {
            lost: self.lost.max(0) as u64,
            ..self.counts
        }
    }

    /// Delay that a quick packet has now, in milliseconds; 0 before the first.
    pub fn delay_ms(&self) -> u32 {
        self.stream.as_ref().map_or(0, |stream| {
            (stream.delay.max(0.0) * 1000.0 / self.rate as f64).round() as u32
        })
    }

    /// Delay that is aimed for, in milliseconds.
    pub fn target_ms(&self) -> u32 {
        (self.target() * 1000.0 / self.rate as f64).round() as u32
    }

    fn target(&self) -> f64 {
        let [margin, least, most] = [MARGIN, MIN_DELAY, MAX_DELAY].map(|ms| self.ms(ms) as f64);
        (self.peak + margin).clamp(least, most)
    }

    fn rise(&mut self, now: i64, slowness: i64) {
        let slowness = slowness as f64;
        if slowness > self.peak && now - self.peak_rose >= self.ms(RISE_EVERY) {
            self.peak = slowness
                .min(self.peak + self.ms(RISE) as f64)
                .min(self.ms(MAX_DELAY) as f64);
            self.peak_rose = now;
        }
    }

    /// Whether a packet is of the present stream, by source and sequence number.
    fn belongs(&self, header: &Header) -> bool {
        self.stream.as_ref().is_some_and(|stream| {
            let leap = stream.sequence.leap(header.sequence);
            stream.ssrc == header.ssrc && (-MAX_MISORDER..=MAX_DROPOUT).contains(&leap)
        })
    }

    /// Whether a packet begins another stream: the first one does, later ones need a second packet to confirm them, with
    /// none of the present stream between.
    fn begins(&mut self, header: &Header) -> bool {
        let expected = self.candidate.replace((header.ssrc, header.sequence.wrapping_add(1)));
        let begins = self.stream.is_none() || expected == Some((header.ssrc, header.sequence));
        if begins {
            self.stream = None;
        }
        begins
    }

    fn begin(&mut self, now: i64, header: &Header) {
        for slot in self.slots.iter_mut().filter(|slot| slot.sequence != FREE) {
            slot.sequence = FREE;
            self.counts.late += 1;
        }
        self.seen.fill(FREE);
        self.candidate = None;
        self.counts.streams += 1;
        let (mut sequence, mut timestamp) = (Unwrap::default(), Unwrap::default());
        let first = sequence.sequence(header.sequence);
        let origin = timestamp.timestamp(header.timestamp);
        self.stream = Some(Stream {
            ssrc: header.ssrc,
            sequence,
            timestamp,
            origin,
            baseline: Baseline::new(now, now),
            late_since: None,
            last: first - 1,
            playing: false,
            end: None,
            delay: 0.0,
        });
    }

    /// The same source, whose clock has leapt: begin anew with this packet, already counted.
    fn restart(&mut self, now: i64, header: &Header, payload: &[u8]) {
        self.begin(now, header);
        let sequence = i64::from(header.sequence);
        self.seen[slot(sequence)] = sequence;
        self.store(sequence, 0, payload);
    }

    fn see(&mut self, sequence: i64) {
        let seen = &mut self.seen[slot(sequence)];
        *seen = sequence.max(*seen);
    }

    fn store(&mut self, sequence: i64, position: i64, payload: &[u8]) {
        let slot = &mut self.slots[slot(sequence)];
        if payload.len() > MAX_PAYLOAD {
            self.counts.unusable += 1;
            return;
        }
        self.counts.late += u64::from(slot.sequence != FREE);
        (slot.sequence, slot.position, slot.length) = (sequence, position, payload.len());
        slot.payload[..payload.len()].copy_from_slice(payload);
    }

    /// Frees a slot; what is missing before it is lost.
    fn pass(&mut self, index: usize) {
        let sequence = std::mem::replace(&mut self.slots[index].sequence, FREE);
        if let Some(stream) = &mut self.stream {
            let missing = missing(&self.seen, stream.last, sequence);
            self.lost += missing;
            if missing > 0 && self.restores {
                self.peak = self.peak.max((i64::from(RESTORE) * self.rate / 1000) as f64);
            }
            stream.last = stream.last.max(sequence);
            stream.playing = true;
        }
    }

    /// Milliseconds in samples.
    fn ms(&self, ms: u32) -> i64 {
        i64::from(ms) * self.rate / 1000
    }

    /// A moment in samples.
    fn time(&mut self, now: Instant) -> i64 {
        let epoch = *self.epoch.get_or_insert(now);
        now.saturating_duration_since(epoch).as_micros() as i64 * self.rate / 1_000_000
    }
}

fn slot(sequence: i64) -> usize {
    sequence.rem_euclid(SLOTS as i64) as usize
}

/// The packet with the lowest sequence number.
fn lowest(slots: &[Slot; SLOTS]) -> Option<usize> {
    (0..SLOTS)
        .filter(|&index| slots[index].sequence != FREE)
        .min_by_key(|&index| slots[index].sequence)
}

/// How many of the sequence numbers between two have not come.
fn missing(seen: &[i64; SLOTS], last: i64, next: i64) -> i64 {
    let from = (last + 1).max(next - SLOTS as i64 + 1);
    let came = (from..next)
        .filter(|&sequence| seen[slot(sequence)] == sequence)
        .count();
    (next - last - 1).max(0) - came as i64
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    /// Sequence number, timestamp in milliseconds, arrival in milliseconds. Packets last 20 ms.
    type Row = (u16, i64, u64);

    /// What each tick of 20 ms takes, the first at 10 ms: packets by sequence number, `.` for silence, `~` for a loss
    /// that is known, `?` for nothing there. The play-out neither shortens nor lengthens.
    fn play(rows: &[Row], ticks: u64) -> (String, Counts) {
        play_with(Jitter::new(8_000, 8_000, 8, false), rows, ticks, |_| (8, 1, false))
    }

    fn play_with(
        mut jitter: Jitter,
        rows: &[Row],
        ticks: u64,
        kind: impl Fn(&Row) -> (u8, u32, bool),
    ) -> (String, Counts) {
        let start = Instant::now();
        let mut arrivals = rows.to_vec();
        arrivals.sort_by_key(|row| row.2);
        let (mut arrivals, mut queued, mut taken) = (arrivals.iter().peekable(), 0, Vec::new());
        for tick in 0..ticks {
            let now = 10 + tick * 20;
            while let Some(row) = arrivals.next_if(|row| row.2 <= now) {
                let (payload_type, ssrc, marker) = kind(row);
                let timestamp = (row.1 * 8) as u32;
                let header = Header {
                    payload_type,
                    marker,
                    sequence: row.0,
                    timestamp,
                    ssrc,
                };
                let mut payload = [0; 160];
                payload[..2].copy_from_slice(&row.0.to_be_bytes());
                jitter.push(start + Duration::from_millis(row.2), &header, &payload);
            }
            jitter.tick(start + Duration::from_millis(now), queued);
            let mut what = String::new();
            while queued < 160 {
                let (symbol, samples) = match jitter.due() {
                    Next::Packet(payload) => (u16::from_be_bytes([payload[0], payload[1]]).to_string(), 0),
                    Next::Lost(samples, _) => ("~".to_owned(), samples.min(160 - queued)),
                    Next::Silence(samples) => (".".to_owned(), samples.min(160 - queued)),
                    Next::Nothing => ("?".to_owned(), 160 - queued),
                };
                what += &symbol;
                if samples == 0 {
                    jitter.played(160);
                    queued += 160;
                } else {
                    jitter.elapsed(samples);
                    queued += samples;
                }
            }
            queued -= 160;
            taken.push(what);
        }
        (taken.join(" "), jitter.counts())
    }

    fn counts(received: u64, lost: u64, late: u64, duplicates: u64, streams: u64) -> Counts {
        Counts {
            received,
            lost,
            late,
            duplicates,
            streams,
            unusable: 0,
        }
    }

    #[test]
    fn due_in_order_after_the_first_delay() {
        for (case, rows, expected, counted) in [
            (
                "in time",
                &[(0, 0, 0), (1, 20, 20), (2, 40, 40), (3, 60, 60)][..],
                ". .0 1 2 3 ?",
                counts(4, 0, 0, 0, 1),
            ),
            (
                "reordered",
                &[(0, 0, 0), (2, 40, 20), (1, 20, 21), (3, 60, 60)],
                ". .0 1 2 3 ?",
                counts(4, 0, 0, 0, 1),
            ),
            (
                "twice",
                &[(0, 0, 0), (1, 20, 20), (1, 20, 22), (0, 0, 45), (2, 40, 40)],
                ". .0 1 2 ?",
                counts(3, 0, 0, 2, 1),
            ),
            (
                "lost",
                &[(0, 0, 0), (1, 20, 20), (3, 60, 60), (4, 80, 80)],
                ". .0 1 ~ ~3 4 ?",
                counts(4, 1, 0, 0, 1),
            ),
            (
                "two lost, next here",
                &[(0, 0, 0), (3, 60, 25), (4, 80, 80)],
                ". .0 ~ ~ ~3 4 ?",
                counts(3, 2, 0, 0, 1),
            ),
            (
                "lost, then late",
                &[(0, 0, 0), (2, 40, 40), (3, 60, 60), (1, 20, 61), (4, 80, 80)],
                ". .0 ~ ~2 3 4 ?",
                counts(5, 0, 1, 0, 1),
            ),
            (
                "late, in order",
                &[(0, 0, 0), (1, 20, 75), (2, 40, 76), (3, 60, 77)],
                ". .0 ? ? 1 2 3 ?",
                counts(4, 0, 0, 0, 1),
            ),
            (
                "far too late",
                &[(0, 0, 0), (1, 20, 300), (2, 40, 301), (15, 300, 302)],
                ". .0 ? ? ? ? ? ? ? ? ? ? ? ? ? ~ ~15 ?",
                counts(4, 12, 2, 0, 1),
            ),
            (
                "across both wraps",
                &[(65_535, -20, 0), (0, 0, 20), (1, 20, 40)],
                ". .65535 0 1 ?",
                counts(3, 0, 0, 0, 1),
            ),
            (
                "first one overtaken",
                &[(0, 0, 0), (65_535, -20, 5), (1, 20, 20)],
                ".65535 0 1 ?",
                counts(3, 0, 0, 0, 1),
            ),
        ] {
            let (got, stats) = play(rows, expected.split(' ').count() as u64);
            assert_eq!((got.as_str(), stats), (expected, counted), "{case}");
        }
    }

    #[test]
    fn silence_is_not_loss() {
        // The clock goes on while nothing is sent (DTX): the pause keeps its length.
        let rows = [(0, 0, 0), (1, 20, 20), (2, 140, 140), (3, 160, 160)];
        assert_eq!(
            play(&rows, 11),
            (
                ". .0 1 ? ? ? ? .. .2 3 ?".replace(".. .2", ". .2"),
                counts(4, 0, 0, 0, 1)
            )
        );
    }

    #[test]
    fn tones_in_between_are_not_losses() {
        let rows = [
            (0, 0, 0),
            (1, 20, 20),
            (2, 20, 40),
            (3, 20, 60),
            (4, 80, 80),
            (5, 100, 100),
        ];
        let tone = |row: &Row| {
            if matches!(row.0, 2 | 3) {
                (101, 1, false)
            } else {
                (8, 1, false)
            }
        };
        let (got, stats) = play_with(Jitter::new(8_000, 8_000, 8, false), &rows, 8, tone);
        assert_eq!((got.as_str(), stats), (". .0 1 ? . .4 5 ?", counts(6, 0, 0, 0, 1)));
    }

    /// 50 packets, then 50 others with a leap; how many of the latter are played within 1.2 s of their arrival.
    fn leap(sequence: i64, timestamp: i64, pause: u64, ssrc: u32, marker: bool) -> (usize, Counts) {
        let rows: Vec<Row> = (0..100)
            .map(|n: i64| {
                let (s, t, p) = if n < 50 {
                    (0, 0, 0)
                } else {
                    (sequence, timestamp, pause)
                };
                ((20_000 + n + s) as u16, 5_000_000 + n * 20 + t, n as u64 * 20 + p)
            })
            .collect();
        let kind = |row: &Row| {
            let second = row.2 >= 1_000 + pause;
            (8, if second { ssrc } else { 1 }, marker && row.2 == 1_000 + pause)
        };
        let (got, stats) = play_with(Jitter::new(8_000, 8_000, 8, false), &rows, 112 + pause / 20, kind);
        let second = rows[50..]
            .iter()
            .filter(|row| got.split(['.', '~', '?', ' ']).any(|t| t == row.0.to_string()));
        (second.count(), stats)
    }

    #[test]
    fn leaps_and_restarts_are_followed() {
        for (case, sequence, timestamp, pause, ssrc, marker, least) in [
            ("nothing special", 0, 0, 0, 1, false, 50),
            ("another source", 7_000, 90_000, 0, 2, false, 48),
            ("another source, same numbers", 0, 0, 0, 2, false, 48),
            ("sequence starts again", -19_000, 0, 0, 1, false, 48),
            ("sequence leaps ahead", 30_000, 0, 0, 1, false, 48),
            ("timestamp leaps ahead", 0, 5_000, 0, 1, false, 49),
            ("timestamp leaps far ahead", 0, 100_000_000, 0, 1, false, 44),
            ("timestamp leaps back", 0, -4_000_000, 0, 1, false, 44),
            ("timestamp leaps back, marked", 0, -4_000_000, 0, 1, true, 49),
            ("clock goes on in a pause", 0, 3_000, 3_000, 1, false, 50),
            ("clock stands still in a pause", 0, 0, 3_000, 1, false, 44),
            ("clock stands still in a pause, marked", 0, 0, 3_000, 1, true, 49),
        ] {
            let (played, stats) = leap(sequence, timestamp, pause, ssrc, marker);
            assert!(played >= least, "{case}: {played} played, {stats:?}");
        }
    }

    #[test]
    fn a_strangers_packet_changes_nothing() {
        let rows: Vec<Row> = (0..20)
            .map(|n: u16| (n, i64::from(n) * 20, u64::from(n) * 20))
            .collect();
        for step in [999, 1] {
            let mixed: Vec<Row> = rows.iter().flat_map(|row| [*row, (row.0 * step, 77, row.2)]).collect();
            let kind = |row: &Row| (8, if row.1 == 77 { 666 } else { 1 }, false);
            let (got, stats) = play_with(Jitter::new(8_000, 8_000, 8, false), &mixed[..], 22, kind);
            assert_eq!((got, stats), play(&rows, 22));
        }
    }

    #[test]
    fn the_target_follows_the_jitter() {
        let start = Instant::now();
        let mut jitter = Jitter::new(8_000, 8_000, 8, false);
        let mut n = 0u16;
        let mut run = |jitter: &mut Jitter, seconds: u16, slow: &dyn Fn(u16) -> u64| {
            for _ in 0..seconds * 50 {
                let at = start + Duration::from_millis(u64::from(n) * 20);
                let header = Header {
                    payload_type: 8,
                    marker: false,
                    sequence: n,
                    timestamp: u32::from(n) * 160,
                    ssrc: 1,
                };
                jitter.push(at + Duration::from_millis(slow(n)), &header, &[0; 160]);
                jitter.tick(at, 0);
                while let Next::Packet(_) = jitter.due() {
                    jitter.played(160);
                }
                n += 1;
            }
            jitter.target_ms()
        };
        assert_eq!(Jitter::new(8_000, 8_000, 8, false).target_ms(), 40);
        assert_eq!(run(&mut jitter, 10, &|_| 0), 20, "forgets what it does not need");
        assert!(
            (50..=60).contains(&run(&mut jitter, 1, &|n| if n % 10 == 0 { 40 } else { 0 })),
            "rises within a second"
        );
        assert!(
            (55..=60).contains(&run(&mut jitter, 20, &|n| if n % 10 == 0 { 40 } else { 0 })),
            "stays"
        );
        let burst = |n: u16| {
            if (9..14).contains(&(n % 50)) {
                600 - u64::from(n % 50) * 20
            } else {
                0
            }
        };
        assert!(
            (88..=100).contains(&run(&mut jitter, 1, &burst)),
            "one burst is one step"
        );
        assert_eq!(
            run(&mut jitter, 5, &|n| if n % 7 == 0 { 190 } else { 0 }),
            200,
            "at most"
        );
        assert!((100..=180).contains(&run(&mut jitter, 10, &|_| 0)), "shrinks slowly");
    }
}
