//! What calls leave behind: nothing.

use std::fs;
use std::thread::sleep;
use std::time::Duration;

use crate::common::{Allo, SOON, sound, tail, wait_for};
use crate::telephones::sipp;

/// Memory that a hundred calls may cost and not give back, in MiB: the allocator's and SQLite's own stock.
const MEMORY_SLACK: f64 = 8.0;

/// What the server holds between calls.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Holdings {
    calls: f64,
    dialogs: f64,
    sockets: usize,
    threads: usize,
}

fn holdings(allo: &Allo) -> Holdings {
    let tasks = fs::read_dir(format!("/proc/{}/task", allo.process.id())).expect("/proc");
    Holdings {
        calls: allo.metric("allo_calls_active"),
        dialogs: allo.metric("allo_sip_dialogs"),
        sockets: allo.udp_sockets(),
        threads: tasks.count(),
    }
}

/// Resident memory, in MiB.
fn memory(allo: &Allo) -> f64 {
    let status = fs::read_to_string(format!("/proc/{}/status", allo.process.id())).expect("/proc");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib: f64 = line
        .and_then(|l| l.trim().trim_end_matches("kB").trim().parse().ok())
        .expect("VmRSS");
    kib / 1024.0
}

/// What it holds once that no longer changes.
fn at_rest(allo: &Allo) -> Holdings {
    allo.idle();
    let mut before = holdings(allo);
    let steady = wait_for(SOON, || {
        sleep(Duration::from_millis(800));
        let now = holdings(allo);
        (std::mem::replace(&mut before, now) == now).then_some(now)
    });
    steady.expect("a steady state")
}

/// The calls before were the warm-up. Threads that wait for blocking work end by themselves after some seconds.
fn nothing_more_than(before: Holdings, allo: &Allo) {
    let back = wait_for(SOON, || {
        let now = holdings(allo);
        let more = now.calls > 0.0 || now.dialogs > 0.0 || now.sockets > before.sockets || now.threads > before.threads;
        (!more).then_some(())
    });
    assert!(
        back.is_some(),
        "{:?}, avant {before:?}\n{}",
        holdings(allo),
        tail(&allo.process.log())
    );
}

/// 100 calls one after another.
pub fn calls_leave_nothing_behind(allo: &Allo) {
    let (before, memory_before) = (at_rest(allo), memory(allo));
    let total = allo.metric("allo_calls_total");
    sipp(allo, "answer", &["-m", "100", "-l", "1", "-r", "10", "-d", "700"]).succeed(Duration::from_secs(180));
    nothing_more_than(before, allo);
    assert_eq!(allo.metric("allo_calls_total") - total, 100.0);
    let grown = memory(allo) - memory_before;
    println!("          {before:?} ; mémoire {memory_before:.1} Mio, {grown:+.1} après 100 appels");
    assert!(grown < MEMORY_SLACK, "{grown:.1} Mio de plus");
}

/// Callers who hang up while their INVITE is on its way: whether the answer or the CANCEL wins, nothing is left.
pub fn cancelled_calls_leave_nothing_behind(allo: &Allo) {
    let before = at_rest(allo);
    let total = allo.metric("allo_calls_total");
    sipp(allo, "cancel", &["-m", "30", "-l", "1", "-r", "20"]).succeed(Duration::from_secs(60));
    nothing_more_than(before, allo);
    let taken = allo.metric("allo_calls_total") - total;
    println!("          30 appels annulés, dont {taken} déjà pris");
}

/// 20 calls at once with sound both ways: all are answered and end well.
pub fn twenty_at_once(allo: &Allo) {
    let before = at_rest(allo);
    let total = allo.metric("allo_calls_total");
    let load = sipp(allo, "load", &["-m", "20", "-l", "20", "-r", "20"]);
    let all = wait_for(Duration::from_secs(15), || {
        (allo.metric("allo_calls_active") == 20.0).then_some(())
    });
    assert!(
        all.is_some(),
        "{} appels à la fois :\n{}",
        allo.metric("allo_calls_active"),
        tail(&load.log())
    );
    load.succeed(Duration::from_secs(60));
    assert_eq!(allo.metric("allo_calls_total") - total, 20.0);
    nothing_more_than(before, allo);
    assert!(allo.get("/health").is_some_and(|page| page.starts_with("HTTP/1.1 200")));
}

/// What SIPp says in scenarios with sound: a question, again and again (`sound.al`, raw A-law at 8 kHz).
pub fn give_sipp_a_voice(allo: &Allo, before: f32, after: f32) {
    let samples = sound("c24.wav", before, after, 8_000);
    let coded: Vec<u8> = samples.iter().map(|&s| allo::audio::alaw_encode(s)).collect();
    fs::write(allo.folder.join("sound.al"), coded).expect("sound.al");
}
