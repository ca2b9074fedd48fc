//! How fast one ordered channel is on long and lossy paths, in virtual time:
//!
//! ```text
//! cargo run --release -p lapwing-benches --example channel_goodput
//! cargo run --release -p lapwing-benches --example channel_goodput -- --seconds 20
//! cargo run --release -p lapwing-benches --example channel_goodput -- --svg channels.svg
//! ```
//!
//! A bottleneck of 600 Mbit/s with a queue of 100 ms, a round trip besides, and random loss each
//! way. Bytes that the application got in the last three quarters of the time: between two
//! associations of the engine, by controller, and between two of others.

mod link;
mod stacks;

use std::time::{Duration, Instant};

use lapwing_benches::plot::{Bars, Unit};

use link::{CAPACITY_BITS, Link};
use stacks::{End, Stack};

const ROUND_TRIPS_MS: [u64; 3] = [20, 50, 100];
/// What is drawn: the round trip of 100 ms, and which columns of the table.
const TITLE: &str = "One data channel, 600 Mbit/s, 100 ms, by loss each way";
const DRAWN: [(&str, usize); 3] =
    [("Lapwing", 0), ("dcsctp (Firefox, Chromium)", 3), ("sctp-proto (str0m)", 4)];

const LOSSES: [f64; 5] = [0.0, 0.01, 0.1, 1.0, 3.0];

fn main() {
    let mut arguments = std::env::args().skip(1);
    let (mut seconds, mut svg) = (10, None);
    while let Some(argument) = arguments.next() {
        let value = arguments.next();
        match (argument.as_str(), value.as_deref().map(str::parse), &value) {
            ("--seconds", Some(Ok(number)), _) => seconds = number,
            ("--svg", _, Some(file)) => svg = Some(file.clone()),
            _ => {
                eprintln!("usage: channel_goodput [--seconds N] [--svg FILE]");
                std::process::exit(2);
            }
        }
    }
    let names = Stack::ALL.map(|(name, _)| name);
    let mut bars = Bars::new(TITLE, Unit::BitsPerSecond).series(DRAWN.map(|(name, _)| name));
    println!("Mbit/s of 600 over {seconds} s\n");
    println!("| round trip | loss each way | {} |", names.join(" | "));
    println!("|---|---|{}", "---|".repeat(names.len()));
    for round_trip in ROUND_TRIPS_MS {
        for loss in LOSSES {
            let rates = Stack::ALL.map(|(_, stack)| run(round_trip, loss, stack, seconds));
            let cells = rates.map(|rate| format!("{rate:.1}"));
            println!("| {round_trip} ms | {loss} % | {} |", cells.join(" | "));
            if round_trip == 100 {
                let drawn = DRAWN.map(|(_, column)| rates[column] * 1e6);
                bars = bars.group(format!("{loss} %"), drawn);
            }
        }
    }
    if let Some(file) = svg
        && let Err(error) = std::fs::write(&file, bars.chart().svg())
    {
        eprintln!("channel_goodput: {file}: {error}");
        std::process::exit(1);
    }
}

/// Megabits of messages in a second.
fn run(round_trip_ms: u64, loss: f64, stack: Stack, seconds: u64) -> f64 {
    let begin = Instant::now();
    let delay = Duration::from_micros(round_trip_ms * 500);
    let mut links = [
        Link::new(Some(CAPACITY_BITS), delay, loss, 1, begin),
        Link::new(None, delay, loss, 2, begin),
    ];
    let mut ends = [0, 1].map(|number| End::new(stack, number, begin));
    ends[0].open();
    let end = begin + Duration::from_secs(seconds);
    let counted_from = begin + Duration::from_secs(seconds) / 4;
    let (mut now, mut counted) = (begin, 0);
    while now < end {
        ends[0].fill(now);
        for (side, association) in ends.iter_mut().enumerate() {
            while let Some(packet) = association.poll_packet(now) {
                links[side].carry(packet, now);
            }
            let came = association.take();
            counted += if now >= counted_from { came } else { 0 };
        }
        let timeouts = ends.iter().filter_map(End::next_timeout);
        now = links.iter().filter_map(Link::next).chain(timeouts).min().unwrap_or(end).max(now);
        for side in 0..2 {
            while let Some(packet) = links[side].take(now) {
                ends[1 - side].handle_packet(&packet, now);
            }
        }
        ends.iter_mut().for_each(|association| association.handle_timeout(now));
    }
    counted as f64 * 8e-6 / (end - counted_from).as_secs_f64()
}
