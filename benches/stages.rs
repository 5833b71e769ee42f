//! What each stage costs: the media path for 20 ms of sound, and the engines for one utterance.

use std::hint::black_box;
use std::io::Cursor;
use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use allo::app::plans::{self, Town};
use allo::audio::{Codec, Pcm, wav};
use allo::config::Config;
use allo::engine::models::{self, Role, WHISPER_BASE};
use allo::engine::whisper::{Prompt, Whisper};
use allo::hear::playout::Playout;
use allo::hear::voice::VoiceActivity;
use allo::speak::encode::{Identity, Sender};
use allo::speak::french;
use allo::units::{Expect, FRAME};
use allo::wire::rtp;
use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};

fn utterance() -> Pcm<16_000> {
    wav::read("c24.wav", Cursor::new(include_bytes!("../audio-fixtures/c24.wav"))).expect("a wav")
}

fn media(c: &mut Criterion) {
    let clip = utterance();
    let frames: Vec<[i16; FRAME]> = clip
        .0
        .chunks_exact(FRAME)
        .map(|f| f.try_into().expect("exact"))
        .collect();
    let mut group = c.benchmark_group("media, 20 ms");
    for codec in Codec::PREFERRED {
        group.bench_function(BenchmarkId::new("encode", codec.name()), |b| {
            let mut sender = Sender::new(codec, 96, 20, Identity::random()).expect("codec");
            let mut next = 0;
            b.iter(|| {
                next = (next + 1) % frames.len();
                sender.speak(&frames[next], |packet| {
                    black_box(packet.len());
                })
            });
        });
        group.bench_function(BenchmarkId::new("play-out", codec.name()), |b| {
            let mut sender = Sender::new(codec, 96, 20, Identity::random()).expect("codec");
            let mut playout = Playout::new(codec, 96).expect("codec");
            let (mut next, mut out, mut now) = (0, [0; FRAME], Instant::now());
            let mut packet = Vec::with_capacity(1600);
            b.iter_custom(|rounds| {
                let mut spent = std::time::Duration::ZERO;
                for _ in 0..rounds {
                    next = (next + 1) % frames.len();
                    now += std::time::Duration::from_millis(20);
                    sender
                        .speak(&frames[next], |p| {
                            packet.clear();
                            packet.extend_from_slice(p);
                        })
                        .expect("encodes");
                    let begin = Instant::now();
                    let parsed = rtp::parse(&packet).expect("RTP");
                    playout.push(now, &parsed.header, parsed.payload);
                    black_box(playout.pull(now, &mut out));
                    spent += begin.elapsed();
                }
                spent
            });
        });
    }
    group.bench_function("voice activity", |b| {
        let mut voice = VoiceActivity::default();
        let mut next = 0;
        b.iter(|| {
            next = (next + 1) % frames.len();
            black_box(voice.frame(&frames[next], false))
        });
    });
    group.finish();
}

fn engines(c: &mut Criterion) {
    let config = Config::default();
    let mut group = c.benchmark_group("engines");
    group.sample_size(10);
    let files = models::locate(Path::new("models"), WHISPER_BASE).expect("run `make models` first");
    let whisper = Whisper::load(files.path(Role::Weights).expect("weights")).expect("loads");
    let mut decoder = whisper.decoder().expect("a state");
    let (clip, stop) = (utterance(), AtomicBool::new(false));
    for cores in [1, 2] {
        group.bench_function(format!("recognition, 2.5 s of speech, cores: {cores}"), |b| {
            b.iter(|| decoder.decode(&clip.0, &Prompt::None, cores, &stop).expect("decodes"))
        });
    }
    let (plan, _) = plans::read(Path::new("dialplans/valbourg.yaml")).expect("the sample is valid");
    let town = Town::new(
        plan,
        Some(allo::app::engines::encoder(&config).expect("run `make models` first")),
        &allo::app::engines::memory(&config),
    );
    let now = config.civil_now();
    group.bench_function("understanding, one sentence", |b| {
        b.iter(|| {
            town.understanding.read(
                "c'est quel jour le ramassage des poubelles jaunes",
                Expect::Anything,
                now,
            )
        });
    });
    let sentence = "bonjour je voudrais savoir à quelle heure ferme la mairie ce soir";
    let encoder = allo::app::engines::encoder(&config).expect("loads");
    let with_e5 = Config::read("allo.yaml", "understanding: {encoder: e5}\n", []).expect("valid");
    let e5 = allo::app::engines::encoder(&with_e5).expect("run `allo models fetch encoder-e5` first");
    for (name, encoder) in [("usem3", encoder), ("e5", e5)] {
        group.bench_function(format!("sentence encoder {name}, 12 words"), |b| {
            b.iter(|| encoder.encode(sentence))
        });
    }
    group.bench_function("French made speakable, one sentence", |b| {
        b.iter(|| french::speakable("La mairie est ouverte de 8 h 30 à 12 h, tél. 04 65 71 02 10."));
    });
    group.finish();
}

criterion_group!(benches, media, engines);
criterion_main!(benches);
