use allo::engine::models::{self, Role, WHISPER_BASE};
use allo::engine::whisper::{Prompt, Whisper};
use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};
fn main() {
    let files = models::locate(Path::new("models"), WHISPER_BASE).unwrap();
    let whisper = Whisper::load(files.path(Role::Weights).unwrap()).unwrap();
    let mut d = whisper.decoder().unwrap();
    let stop = AtomicBool::new(false);
    let mut r = hound::WavReader::open("audio-fixtures/c06.wav").unwrap();
    let s: Vec<i16> = r.samples::<i16>().map(|x| x.unwrap()).collect();
    println!("{} s", s.len() as f32 / 16000.0);
    let mut run = |sleep: u64, n: usize| {
        let mut t = vec![];
        for _ in 0..n {
            std::thread::sleep(Duration::from_millis(sleep));
            let b = Instant::now();
            let x = d.decode(&s, &Prompt::None, 2, &stop).unwrap();
            t.push(b.elapsed().as_millis());
            let _ = x;
        }
        t.sort();
        println!("sleep {sleep}: p50 {} min {} max {}", t[n / 2], t[0], t[n - 1]);
    };
    run(0, 15);
    run(3000, 10);
    run(0, 15);
    run(500, 10);
    if std::env::var("THP").is_ok() {
        let maps = std::fs::read_to_string("/proc/self/maps").unwrap();
        let mut total = 0;
        for l in maps.lines() {
            let f: Vec<&str> = l.split_whitespace().collect();
            if f.len() > 5 && !f[5].starts_with("[heap") {
                continue;
            }
            if !f[1].starts_with("rw") {
                continue;
            }
            let (a, b) = f[0].split_once('-').unwrap();
            let (a, b) = (
                usize::from_str_radix(a, 16).unwrap(),
                usize::from_str_radix(b, 16).unwrap(),
            );
            if b - a < 2 << 20 {
                continue;
            }
            let a2 = (a + (2 << 20) - 1) & !((2 << 20) - 1);
            let b2 = b & !((2 << 20) - 1);
            if b2 <= a2 {
                continue;
            }
            unsafe {
                libc::madvise(a2 as *mut _, b2 - a2, libc::MADV_HUGEPAGE);
                let r = libc::madvise(a2 as *mut _, b2 - a2, 25);
                total += b2 - a2;
                if r != 0 {
                    println!("collapse {} MiB: {}", (b2 - a2) >> 20, std::io::Error::last_os_error());
                }
            }
        }
        println!("huge {} MiB", total >> 20);
        run(0, 15);
        run(3000, 10);
        run(0, 15);
        run(500, 10);
    }
}
