//! What a call costs by how many there are in one world: processor time, memory, events.
//!
//! ```text
//! cargo run --release -p lapwing-benches --example simnet_scale
//! cargo run --release -p lapwing-benches --example simnet_scale -- 1 200 --seconds 60
//! ```
//!
//! Each call sends audio and video of 1 Mbit/s over two links of its own, with a router that all
//! share. A row is a process of its own, so that its memory is its own. The network is a star: with
//! the calls grow its machines, its links, and the routes of the router.

use std::process::{Command, ExitCode};
use std::time::Duration;

use lapwing_benches::load::Call;
use lapwing_benches::measure::{peak_bytes, thread_time};
use lapwing_engine::SessionKind;
use lapwing_simnet::{Sim, Time};

/// Rows of the table.
const CALLS: [u64; 4] = [1, 10, 50, 200];

/// Virtual seconds of a row.
const SECONDS: u64 = 20;

/// Of these, calls are set up in the first: they are not counted.
const SETTING_UP: Duration = Duration::from_secs(3);

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let (mut calls, mut seconds, mut is_row) = (Vec::new(), SECONDS, false);
    let mut rest = words.iter();
    while let Some(word) = rest.next() {
        match (word.as_str(), word.parse()) {
            ("--row", _) => is_row = true,
            ("--seconds", _) => {
                seconds = rest.next().and_then(|word| word.parse().ok()).unwrap_or(SECONDS);
            }
            (_, Ok(number)) => calls.push(number),
            _ => {
                eprintln!("simnet_scale: [CALLS..] [--seconds N]");
                return ExitCode::from(2);
            }
        }
    }
    if is_row {
        row(calls.first().copied().unwrap_or(1), seconds);
        return ExitCode::SUCCESS;
    }
    println!(
        "{:>6} {:>10} {:>12} {:>14} {:>12} {:>12} {:>12} {:>12}",
        "calls",
        "frames",
        "processor s",
        "call s per s",
        "packets/s",
        "MB at 1/3",
        "MB at end",
        "MB a call"
    );
    for number in if calls.is_empty() { CALLS.to_vec() } else { calls } {
        let program = std::env::current_exe().expect("an example has a file");
        let row = Command::new(program)
            .args([&number.to_string(), "--row", "--seconds", &seconds.to_string()])
            .status();
        if !row.is_ok_and(|status| status.success()) {
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}

/// Plays a world of so many calls, and prints what it took.
fn row(number: u64, seconds: u64) {
    let before = memory_mb();
    let mut sim = Sim::new(1);
    let core = sim.router("core");
    let begin = |call: u64| {
        let addresses = [1, 2].map(|end| [10, (call >> 8) as u8, call as u8, end].into());
        Call::begin(&mut sim, core, addresses, (SessionKind::Own, 2 * call + 1), false)
    };
    let calls: Vec<Call> = (0..number).map(begin).collect();
    let packets = |sim: &Sim| -> u64 { calls.iter().map(|call| call.packets(sim)).sum() };
    sim.run_until(Time::ZERO + SETTING_UP);
    let (began, sent) = (thread_time(), packets(&sim));
    let span = Duration::from_secs(seconds);
    sim.run_until(Time::ZERO + SETTING_UP + span / 3);
    let early = memory_mb() - before;
    sim.run_until(Time::ZERO + SETTING_UP + span);
    let (took, late) = ((thread_time() - began).as_secs_f64(), memory_mb() - before);
    let sent = (packets(&sim) - sent) as f64;
    let frames: u64 = calls.iter().map(|call| call.arrived(&sim)).sum();
    let rate = (number * seconds) as f64 / took;
    println!(
        "{number:>6} {frames:>10} {took:>12.2} {rate:>14.0} {:>12.0} {early:>12.1} {late:>12.1} {:>12.2}",
        sent / took,
        late / number as f64
    );
}

/// The most that the process had in memory so far.
fn memory_mb() -> f64 {
    peak_bytes().expect("this is Linux") as f64 / 1e6
}
