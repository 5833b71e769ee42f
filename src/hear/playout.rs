//! From packets that come when they like to one frame of sound every 20 ms.
//!
//! ```text
//! push(packet) → Jitter ──► decode ──► queue ──► shorten or lengthen ──► resample ──► pull → 20 ms at 16 kHz
//!                  │ lost        ▲       ▲              ▲
//!                  └──► conceal ─┴───────┘     delay ≠ target (Jitter)
//! ```
//!
//! The queue is at the codec's own rate, and holds less than a frame between two ticks as a rule.

use std::time::Instant;

use super::conceal::{Concealer, Splice, find_splice, leave_out, power, repeat, splice_reach};
use super::jitter::{Counts, Jitter, Next};
use crate::audio::{Codec, CodecError, Decoder, FrameResampler, MAX_PACKET_MS};
use crate::units::{FRAME, FRAME_MS, HZ};
use crate::wire::rtp::Header;

/// The delay is left alone while it is this close to the target, in milliseconds.
const TOLERANCE: u32 = 10;
/// Beyond this, even unlike parts of a voice are spliced.
const INTOLERABLE: u32 = 80;
/// What parts of a voice must have in common to be spliced.
const ALIKE: f32 = 0.6;
/// Power of what is a silence on any line: about −56 dBFS.
const QUIET: f32 = 2_500.0;
/// The background is taken to grow by so much with each frame, until a quieter one is heard.
const FLOOR_RISES: f32 = 1.02;
/// What is made up counts as concealment for so long, in milliseconds; then it has faded to silence.
const CONCEALED: u32 = 60;
/// Opus makes up sound for so long, in milliseconds; then there is silence.
const OPUS_CONCEALS: usize = 100;

/// What a frame is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Frame {
    /// What the peer sent.
    Voice,
    /// Made up, at least in part: packets are lost or late.
    Concealed,
    /// The peer is silent, or gone, or has not begun.
    Silence,
}

/// How the stream is doing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Of packets.
    pub packets: Counts,
    /// Frames given that were [`Frame::Concealed`].
    pub concealed: u64,
    /// Frames given.
    pub frames: u64,
    /// Milliseconds from the arrival of a packet (a quick one) to its play-out.
    pub delay_ms: u32,
    /// The delay that is aimed for, in milliseconds.
    pub target_ms: u32,
}

/// The receiving end of one audio stream. Allocates only when made.
pub struct Playout {
    rate: u32,
    jitter: Jitter,
    decoder: Decoder,
    concealer: Concealer,
    queue: Queue,
    resampler: Option<FrameResampler>,
    /// What the sound in the queue is.
    tail: Frame,
    /// Power of the background, as it was when it was least.
    floor: f32,
    stream: u64,
    concealed: u64,
    frames: u64,
    /// Samples made up since the last packet.
    made_up: usize,
}

impl Playout {
    /// For packets of `payload_type`, coded with `codec`.
    pub fn new(codec: Codec, payload_type: u8) -> Result<Self, CodecError> {
        let (rate, decoder) = (codec.sample_rate(), Decoder::new(codec)?);
        Ok(Self {
            rate,
            jitter: Jitter::new(rate, codec.rtp_clock(), payload_type, decoder.restores()),
            decoder,
            concealer: Concealer::new(rate),
            queue: Queue::new(rate),
            resampler: (rate != HZ).then(|| FrameResampler::new(rate, HZ)),
            tail: Frame::Silence,
            floor: QUIET,
            stream: 0,
            concealed: 0,
            frames: 0,
            made_up: usize::MAX,
        })
    }

    /// Takes in a packet at its arrival; whatever is not of the payload type (tones, comfort noise) should come too, so
    /// that it is not missed.
    pub fn push(&mut self, now: Instant, header: &Header, payload: &[u8]) {
        self.jitter.push(now, header, payload);
    }

    /// Gives the next frame; to be called every 20 ms.
    pub fn pull(&mut self, now: Instant, out: &mut [i16; FRAME]) -> Frame {
        let frame = self.samples(FRAME_MS);
        let excess = self.jitter.tick(now, self.queue.length);
        let streams = self.jitter.counts().streams;
        if self.stream != streams {
            self.stream = streams;
            self.decoder.reset();
        }

        let mut kind = if self.queue.length > 0 {
            self.tail
        } else {
            Frame::Silence
        };
        while self.queue.length < frame {
            let made = self.make(frame - self.queue.length, excess);
            kind = worse(kind, made);
            self.tail = made;
        }
        if kind == Frame::Voice {
            self.adapt(frame, excess);
        }
        match &mut self.resampler {
            Some(resampler) => resampler.process(&self.queue.samples[..frame], out),
            None => out.copy_from_slice(&self.queue.samples[..frame]),
        }
        self.queue.take(frame);
        self.frames += 1;
        self.concealed += u64::from(kind == Frame::Concealed);
        kind
    }

    /// How the stream is doing.
    pub fn stats(&self) -> Stats {
        Stats {
            packets: self.jitter.counts(),
            concealed: self.concealed,
            frames: self.frames,
            delay_ms: self.jitter.delay_ms(),
            target_ms: self.jitter.target_ms(),
        }
    }

    /// Puts at least one sample of sound into the queue; `wanted` are missing for this frame.
    fn make(&mut self, wanted: usize, excess: i64) -> Frame {
        if self.take_packet() {
            return Frame::Voice;
        }
        match self.jitter.due() {
            Next::Lost(samples, following) => {
                let restorable = self.decoder.restorable(following);
                if restorable >= samples && restorable <= self.queue.room {
                    let sound = &mut self.queue.samples[self.queue.length..][..restorable];
                    if self.decoder.recover(following, sound) {
                        // A part may have been made up before the following packet came: only the end is missing.
                        sound.copy_within(restorable - samples.., 0);
                        self.concealer.resume(&mut sound[..samples]);
                        self.append(samples);
                        return self.made_up_kind();
                    }
                }
                // Of several lost packets the last can be restored, when its turn comes.
                let rest = if restorable < samples {
                    samples - restorable
                } else {
                    samples
                };
                self.conceal(wanted.min(rest), rest);
                self.made_up_kind()
            }
            Next::Silence(samples) => {
                // The best place to change the delay: only silence gets longer or shorter.
                let step = self.samples(TOLERANCE) as i64;
                let shift = excess.clamp(-step, step).min(samples as i64 - 1);
                self.jitter.skipped(shift);
                let left = (samples as i64 - shift) as usize;
                self.conceal(wanted.min(left), left);
                Frame::Silence
            }
            Next::Packet(_) | Next::Nothing => {
                self.conceal(wanted, usize::MAX);
                self.made_up_kind()
            }
        }
    }

    /// Decodes the packet that is due, if it is there.
    fn take_packet(&mut self) -> bool {
        let Next::Packet(payload) = self.jitter.due() else {
            return false;
        };
        let sound = &mut self.queue.samples[self.queue.length..][..self.queue.room];
        match self.decoder.decode(payload, sound) {
            Ok(samples @ 1..) => {
                self.concealer.resume(&mut sound[..samples]);
                self.queue.length += samples;
                self.made_up = 0;
                self.jitter.played(samples);
                true
            }
            _ => {
                self.jitter.unusable();
                false
            }
        }
    }

    /// Makes up sound, less and less of it: `wanted` samples, rarely more, never more than `most`.
    fn conceal(&mut self, wanted: usize, most: usize) {
        let sound = &mut self.queue.samples[self.queue.length..];
        // Opus counts in steps of 2.5 ms.
        let steps = wanted.next_multiple_of(self.rate as usize / 400);
        let mut made = wanted;
        if self.made_up < OPUS_CONCEALS * self.rate as usize / 1000 && self.decoder.conceal(&mut sound[..steps]) {
            made = steps.min(most);
            self.concealer.remember(&sound[..made]);
        } else {
            self.concealer.invent(&mut sound[..wanted]);
        }
        self.append(made);
    }

    /// Made-up samples are in the queue.
    fn append(&mut self, samples: usize) {
        self.queue.length += samples;
        self.made_up = self.made_up.saturating_add(samples);
        self.jitter.elapsed(samples);
    }

    /// What begins as concealment is silence in the end.
    fn made_up_kind(&self) -> Frame {
        if self.made_up > self.samples(CONCEALED) {
            Frame::Silence
        } else {
            Frame::Concealed
        }
    }

    /// Brings the delay nearer to its target by a period of the voice, where that is heard least.
    fn adapt(&mut self, frame: usize, excess: i64) {
        let power = power(&self.queue.samples[..frame]);
        self.floor = power.clamp(1.0, self.floor * FLOOR_RISES);
        let [tolerance, intolerable] = [TOLERANCE, INTOLERABLE].map(|ms| self.samples(ms) as i64);
        if excess.abs() <= tolerance {
            return;
        }
        let quiet = power < QUIET.max(4.0 * self.floor);
        if excess > 0 {
            // What is left out must be replaced by what comes next.
            while self.queue.length < frame + splice_reach(self.rate) {
                if !self.take_packet() {
                    break;
                }
            }
        }
        let Splice { samples, likeness } = find_splice(&self.queue.samples[..frame], self.rate);
        if !(quiet || likeness > ALIKE || excess.abs() > intolerable) {
            return;
        }
        if excess < 0 {
            self.queue.lengthen(samples, self.rate);
            self.jitter.shortened(-(samples as i64));
        } else if self.queue.length >= frame + samples {
            self.queue.shorten(samples, self.rate);
            self.jitter.shortened(samples as i64);
        }
    }

    /// Milliseconds in samples.
    fn samples(&self, ms: u32) -> usize {
        (ms * self.rate / 1000) as usize
    }
}

/// What a frame is that has parts of both kinds.
fn worse(a: Frame, b: Frame) -> Frame {
    match (a, b) {
        (Frame::Concealed, _) | (_, Frame::Concealed) => Frame::Concealed,
        (Frame::Voice, _) | (_, Frame::Voice) => Frame::Voice,
        (Frame::Silence, Frame::Silence) => Frame::Silence,
    }
}

/// Decoded sound that has not been played.
struct Queue {
    samples: Box<[i16]>,
    length: usize,
    /// Room for one decoded packet behind what is needed for a frame and a splice.
    room: usize,
}

impl Queue {
    fn new(rate: u32) -> Self {
        let [packet, rest] = [MAX_PACKET_MS, 100].map(|ms| (ms * rate / 1000) as usize);
        Self {
            samples: vec![0; packet + rest].into(),
            length: 0,
            room: packet,
        }
    }

    /// Drops samples that have been played.
    fn take(&mut self, samples: usize) {
        self.samples.copy_within(samples..self.length, 0);
        self.length -= samples;
    }

    fn shorten(&mut self, samples: usize, rate: u32) {
        self.length = leave_out(&mut self.samples[..self.length], samples, rate);
    }

    fn lengthen(&mut self, samples: usize, rate: u32) {
        self.length = repeat(&mut self.samples, self.length, samples, rate);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use rand::{Rng, SeedableRng, rngs::StdRng};

    use super::*;
    use crate::audio::Encoder;

    const TICK: Duration = Duration::from_millis(20);

    /// A peer that sends a tone.
    struct Peer {
        codec: Codec,
        encoder: Encoder,
        header: Header,
        sample: usize,
        sound: fn(f64) -> f64,
    }

    fn tone(seconds: f64) -> f64 {
        (seconds * 200.0 * std::f64::consts::TAU).sin()
    }

    /// Something like syllables; Opus protects only what it takes for speech.
    fn syllables(seconds: f64) -> f64 {
        let turns = 140.0 * seconds - 3.0 * (seconds * 12.0).cos();
        let voice: f64 = (1..12)
            .map(|n| (turns * f64::from(n) * std::f64::consts::TAU).sin() / f64::from(n))
            .sum();
        0.6 * voice * (0.5 + 0.5 * (seconds * 4.0 * std::f64::consts::TAU).sin())
    }

    impl Peer {
        fn new(codec: Codec) -> Self {
            let header = Header {
                payload_type: 42,
                marker: false,
                sequence: 65_000,
                timestamp: u32::MAX - 9_999,
                ssrc: 1,
            };
            Self {
                codec,
                encoder: Encoder::new(codec).unwrap(),
                header,
                sample: 0,
                sound: tone,
            }
        }

        /// The next packet, of `ms` milliseconds.
        fn packet(&mut self, ms: u32) -> (Header, Vec<u8>) {
            let rate = self.codec.sample_rate();
            let samples = (rate * ms / 1000) as usize;
            let pcm: Vec<i16> = (self.sample..self.sample + samples)
                .map(|n| ((self.sound)(n as f64 / f64::from(rate)) * 8_000.0) as i16)
                .collect();
            let mut payload = vec![0; 1500];
            let length = self.encoder.encode(&pcm, &mut payload).unwrap();
            payload.truncate(length);
            let header = self.header;
            self.skip(ms);
            (header, payload)
        }

        /// Lets a packet be lost.
        fn skip(&mut self, ms: u32) {
            self.sample += (self.codec.sample_rate() * ms / 1000) as usize;
            self.header.sequence = self.header.sequence.wrapping_add(1);
            self.header.timestamp = self.header.timestamp.wrapping_add(self.codec.rtp_clock() * ms / 1000);
        }
    }

    fn loudness(sound: &[i16]) -> f64 {
        f64::from(power(sound)).sqrt()
    }

    #[test]
    fn every_codec_and_packet_time_plays_smoothly() {
        let full = 8_000.0 / 2f64.sqrt();
        for codec in Codec::PREFERRED {
            for ptimes in [&[10][..], &[20], &[30], &[40], &[60], &[20, 60, 10, 30, 40]] {
                if codec == Codec::Opus && ptimes.contains(&30) {
                    continue; // not a frame of Opus
                }
                let (mut peer, mut playout) = (Peer::new(codec), Playout::new(codec, 42).unwrap());
                let start = Instant::now();
                let (mut sent, mut out, mut worst) = (0, [0; FRAME], f64::MAX);
                let mut last: i32 = 0;
                let mut jump = 0;
                for tick in 0..500u32 {
                    loop {
                        // A packet leaves when it is full; packet times change every two seconds.
                        let ms = ptimes[(sent / 2_000) as usize % ptimes.len()];
                        if sent + ms > tick * 20 + 61 {
                            break;
                        }
                        let (header, payload) = peer.packet(ms);
                        sent += ms;
                        playout.push(start + Duration::from_millis(u64::from(sent)), &header, &payload);
                    }
                    let kind = playout.pull(start + TICK * tick + Duration::from_millis(61), &mut out);
                    if tick > 25 && ptimes.len() == 1 {
                        assert_eq!(
                            kind,
                            Frame::Voice,
                            "{codec:?} {ptimes:?} at {tick}: {:?}",
                            playout.stats()
                        );
                        worst = worst.min(loudness(&out));
                        for &sample in &out {
                            jump = jump.max((i32::from(sample) - last).abs());
                            last = i32::from(sample);
                        }
                    }
                    last = i32::from(out[FRAME - 1]);
                }
                let stats = playout.stats();
                assert_eq!((stats.packets.lost, stats.packets.late), (0, 0), "{codec:?} {ptimes:?}");
                assert!(stats.concealed <= 12, "{codec:?} {ptimes:?}: {stats:?}");
                if ptimes.len() == 1 {
                    assert!(worst > 0.75 * full, "{codec:?} {ptimes:?}: {worst}");
                    // The tone itself climbs by 628 between two samples at most.
                    assert!(jump < 1_500, "{codec:?} {ptimes:?}: a click of {jump}");
                }
            }
        }
    }

    #[test]
    fn a_loss_is_filled_and_a_pause_is_not() {
        for codec in Codec::PREFERRED {
            let (mut peer, mut playout) = (Peer::new(codec), Playout::new(codec, 42).unwrap());
            let (start, mut out, mut frames) = (Instant::now(), [0; FRAME], Vec::new());
            for tick in 0..200 {
                let now = start + TICK * tick;
                match tick {
                    50 => peer.skip(20),
                    100..150 => peer.header.timestamp = peer.header.timestamp.wrapping_add(codec.rtp_clock() / 50),
                    _ => {
                        let (header, payload) = peer.packet(20);
                        playout.push(now, &header, &payload);
                    }
                }
                let kind = playout.pull(now + TICK / 2, &mut out);
                frames.push((kind, loudness(&out)));
            }
            let count =
                |range: std::ops::Range<usize>, kind| frames[range].iter().filter(|frame| frame.0 == kind).count();
            assert_eq!(count(4..50, Frame::Voice), 46, "{codec:?}");
            assert!(
                (1..=2).contains(&count(50..56, Frame::Concealed)),
                "{codec:?} {:?}",
                &frames[50..56]
            );
            assert!(
                frames[50..56].iter().all(|frame| frame.1 > 3_000.0),
                "{codec:?}: {:?}",
                &frames[50..56]
            );
            assert_eq!(count(56..100, Frame::Voice), 44, "{codec:?}");
            assert!(
                count(100..152, Frame::Silence) >= 44,
                "{codec:?}: {:?}",
                &frames[100..152]
            );
            assert!(
                count(154..200, Frame::Voice) >= 45,
                "{codec:?}: {:?}",
                &frames[150..160]
            );
            assert!(
                frames[115..148].iter().all(|frame| frame.1 < 700.0),
                "{codec:?}: {:?}",
                &frames[100..148]
            );
            let stats = playout.stats();
            assert_eq!(
                (stats.packets.lost, stats.packets.late, stats.packets.streams),
                (1, 0, 1),
                "{codec:?}"
            );
        }
    }

    #[test]
    fn opus_restores_what_is_lost() {
        // The same arrivals, one in ten lost, from an encoder with in-band FEC and from one without. Each is held against
        // its own undamaged stream, so that only the filling of the gaps differs.
        let error = |fec: bool| {
            let run = |lose: bool| {
                use ::opus::{Application, Bitrate, Channels};
                let mut encoder = ::opus::Encoder::new(HZ, Channels::Mono, Application::Voip).unwrap();
                encoder.set_bitrate(Bitrate::Bits(24_000)).unwrap();
                encoder.set_inband_fec(fec).unwrap();
                encoder.set_packet_loss_perc(10).unwrap();
                let mut playout = Playout::new(Codec::Opus, 42).unwrap();
                let (start, mut out, mut sound) = (Instant::now(), [0; FRAME], Vec::new());
                for tick in 0..300u32 {
                    let at = |n: usize| (tick as usize * FRAME + n) as f64 / f64::from(HZ);
                    let pcm: [i16; FRAME] = std::array::from_fn(|n| (syllables(at(n)) * 8_000.0) as i16);
                    let mut payload = [0; 1500];
                    let length = encoder.encode(&pcm, &mut payload).unwrap();
                    let (sequence, timestamp) = (tick as u16, tick * 960);
                    let header = Header {
                        payload_type: 42,
                        marker: false,
                        sequence,
                        timestamp,
                        ssrc: 1,
                    };
                    if !(lose && tick % 10 == 5) {
                        playout.push(start + TICK * tick, &header, &payload[..length]);
                    }
                    playout.pull(start + TICK * tick + TICK / 2, &mut out);
                    sound.extend(out);
                }
                (sound, playout.stats())
            };
            let ((whole, _), (holed, stats)) = (run(false), run(true));
            assert_eq!((stats.packets.received, stats.packets.lost), (270, 30));
            // A loss makes the delay longer, so each 200 ms (with one loss) are held against where they fit best.
            let (block, reach) = (10 * FRAME, 3 * FRAME);
            let (mut wrong, mut all) = (0.0, 0.0);
            for from in (60 * FRAME..holed.len() - block - reach).step_by(block) {
                let got = &holed[from..from + block];
                let misfit = |shift: usize| -> f64 {
                    let expected = &whole[from + reach - shift..][..block];
                    got.iter()
                        .zip(expected)
                        .map(|(a, b)| f64::from(i32::from(*a) - i32::from(*b)).powi(2))
                        .sum()
                };
                wrong += (0..2 * reach).map(misfit).fold(f64::MAX, f64::min);
                all += got.iter().map(|&sample| f64::from(sample).powi(2)).sum::<f64>();
            }
            (wrong / all).sqrt()
        };
        let (restored, made_up) = (error(true), error(false));
        println!("error with FEC {restored:.3}, without {made_up:.3}");
        assert!(restored < 0.5 * made_up, "{restored} against {made_up}");
    }

    struct Network {
        loss: f64,
        /// Mean of the exponential part of the delay, in milliseconds; from 1 on, with stalls of up to 150 ms.
        jitter: f64,
        /// The peer's clock against ours, in parts per million.
        drift: f64,
        /// The peer pauses between sentences.
        pauses: bool,
    }

    /// Ten minutes over a bad network. Returns the statistics, and shares of frames: concealed, voice expected but
    /// silent; the delays at 2 and at 10 minutes.
    fn ten_minutes(codec: Codec, network: &Network, seed: u64) -> (Stats, f64, f64, [u32; 2]) {
        let mut rng = StdRng::seed_from_u64(seed);
        let (mut peer, mut playout) = (Peer::new(codec), Playout::new(codec, 42).unwrap());
        let start = Instant::now();
        let (mut on_the_way, mut stall) = (Vec::<(f64, Header, Vec<u8>)>::new(), 0.0f64);
        let (mut sent_at, mut sent, mut spoken) = (0.0, 0u32, 0u64);
        let (mut out, mut voice, mut delays) = ([0; FRAME], 0u64, [0; 2]);
        for tick in 0..30_000u32 {
            let now = f64::from(tick) * 20.0 + rng.random_range(0.0..2.0);
            while sent_at <= now {
                let (header, payload) = peer.packet(20);
                let talks = !(network.pauses && sent % 250 >= 200);
                if talks {
                    spoken += 1;
                    if !rng.random_bool(network.loss) {
                        if rng.random_bool(0.001) && network.jitter >= 1.0 {
                            stall = sent_at + rng.random_range(20.0..150.0);
                        }
                        let delay = 30.0 - network.jitter * rng.random_range(f64::MIN_POSITIVE..1.0f64).ln();
                        on_the_way.push(((sent_at + delay).max(stall), header, payload));
                    }
                } else {
                    // Nothing is sent, and no sequence number is used.
                    peer.header.sequence = header.sequence;
                }
                sent += 1;
                sent_at += 20.0 * (1.0 + network.drift / 1e6);
            }
            on_the_way.sort_by(|a, b| a.0.total_cmp(&b.0));
            let arrived = on_the_way.partition_point(|packet| packet.0 <= now);
            for (at, header, payload) in on_the_way.drain(..arrived) {
                playout.push(start + Duration::from_secs_f64(at / 1000.0), &header, &payload);
            }
            let kind = playout.pull(start + Duration::from_secs_f64(now / 1000.0), &mut out);
            voice += u64::from(kind != Frame::Silence);
            if let Some(index) = [6_000, 29_999].iter().position(|&at| at == tick) {
                delays[index] = playout.stats().delay_ms;
            }
        }
        let stats = playout.stats();
        let share = |count: u64| count as f64 / spoken as f64;
        (stats, share(stats.concealed), 1.0 - share(voice), delays)
    }

    #[test]
    fn ten_minutes_on_any_network() {
        let network = |loss, jitter, drift, pauses| Network {
            loss,
            jitter,
            drift,
            pauses,
        };
        for (case, codec, network, most_concealed, most_delay) in [
            ("a good line", Codec::Pcma, network(0.0, 0.0, 0.0, false), 0.001, 30),
            ("slow peer", Codec::Pcma, network(0.0, 0.5, 200.0, false), 0.003, 45),
            ("quick peer", Codec::Pcma, network(0.0, 0.5, -200.0, false), 0.003, 45),
            (
                "slow peer with pauses",
                Codec::G722,
                network(0.0, 0.5, 200.0, true),
                0.03,
                45,
            ),
            (
                "quick peer with pauses",
                Codec::Opus,
                network(0.0, 0.5, -200.0, true),
                0.03,
                45,
            ),
            ("lossy", Codec::Opus, network(0.05, 1.0, 50.0, false), 0.12, 60),
            ("jittery", Codec::Pcma, network(0.01, 10.0, -50.0, false), 0.07, 140),
            ("very jittery", Codec::G722, network(0.02, 25.0, 0.0, true), 0.16, 210),
        ] {
            let (stats, concealed, silent, delays) = ten_minutes(codec, &network, 1);
            println!("{case}: concealed {concealed:.4}, silent {silent:.4}, delay {delays:?} ms, {stats:?}");
            assert!(concealed <= most_concealed, "{case}: {concealed} {stats:?}");
            assert!(silent.abs() < 0.03, "{case}: {silent}");
            assert!(delays.iter().all(|&delay| delay <= most_delay), "{case}: {delays:?}");
            let lost = stats.packets.lost as f64 / (stats.packets.received + stats.packets.lost) as f64;
            assert!((lost - network.loss).abs() < 0.005, "{case}: {lost}");
            assert_eq!(stats.packets.streams, 1, "{case}");
        }
    }

    #[test]
    fn junk_does_no_harm() {
        let mut rng = StdRng::seed_from_u64(9);
        for codec in Codec::PREFERRED {
            let mut playout = Playout::new(codec, 42).unwrap();
            let (start, mut out) = (Instant::now(), [0; FRAME]);
            for tick in 0..5_000 {
                for _ in 0..rng.random_range(0..4) {
                    let header = Header {
                        payload_type: if rng.random_bool(0.9) { 42 } else { rng.random() },
                        marker: rng.random(),
                        sequence: if rng.random_bool(0.7) {
                            tick as u16
                        } else {
                            rng.random()
                        },
                        timestamp: if rng.random_bool(0.7) { tick * 160 } else { rng.random() },
                        ssrc: u32::from(rng.random_bool(0.05)),
                    };
                    let mut payload = vec![0; rng.random_range(0..1_600)];
                    rng.fill(&mut payload[..]);
                    let at = start + TICK * tick + Duration::from_millis(rng.random_range(0..60));
                    playout.push(at, &header, &payload);
                }
                playout.pull(start + TICK * tick, &mut out);
            }
            assert_eq!(playout.stats().frames, 5_000);
        }
    }
}
