//! Short versions of the benchmarks as one table and one page.
//!
//! ```text
//! cargo run --release -p lapwing-benches --example summary
//! ```
//!
//! prints the tables and writes `target/bench/summary.html`.

#[path = "../benches/loopback/mod.rs"]
mod loopback;
#[path = "../benches/raw/mod.rs"]
mod raw;

use std::io;
use std::time::Duration;

use lapwing_benches::load::{Cost, Kind, Lapwing, Load, Peer, Version, compare, setup};
use lapwing_benches::measure::{Comparison, paired};
use lapwing_benches::plot::{Bars, Report, Table, Unit};
use loopback::{Driven, End, LOADS, Line, Plain};
use raw::Str0m;

const FILE: &str = "target/bench/summary.html";

/// Turns of each comparison, and what each turn takes.
const TURNS: usize = 15;
const ITEMS: u64 = 200;
const BURSTS: usize = 20;

/// Half a round trip of the set-up.
const DELAY: Duration = Duration::from_millis(500);

/// One end's cost per packet.
type Figure = fn(&Cost) -> f64;

fn main() -> io::Result<()> {
    let report = Report::new("Lapwing: a summary of its benchmarks").text(
        "Processor time, both sides of each comparison measured in turns in one process. A ratio \
         above one means that the second takes longer.",
    );
    let report = set_up(packets(report));
    loopback(report)?.write(FILE)?;
    println!("{FILE}");
    Ok(())
}

/// What the second costs over the first, as cells of a row.
fn cells(found: &Comparison) -> [String; 4] {
    [
        Unit::Seconds.write(found.base),
        Unit::Seconds.write(found.other),
        format!("{:.2}", found.ratio),
        format!("{:.2} to {:.2}", found.spread.0, found.spread.1),
    ]
}

/// From nanoseconds.
fn seconds(found: Comparison) -> Comparison {
    Comparison { base: found.base * 1e-9, other: found.other * 1e-9, ..found }
}

fn packets(report: Report) -> Report {
    let mut table = Table::new(["per datagram", "str0m", "Lapwing", "ratio", "10th to 90th"]);
    let mut bars =
        Bars::new("Processor time per datagram", Unit::Seconds).series(["str0m", "Lapwing"]);
    for (name, load) in Load::COMPARED {
        let found = compare::<Str0m, Lapwing>(load, TURNS, ITEMS);
        for (end, found) in [("out", found.sender), ("in", found.receiver)] {
            let found = seconds(found);
            let name = format!("{name}, {end}");
            bars = bars.group(name.clone(), [found.base, found.other]);
            table.push([name].into_iter().chain(cells(&found)));
        }
    }
    println!("{table}");
    report
        .section("The engine beside str0m alone")
        .text(
            "The engine is built on str0m; the ratio is what it adds: seeded randomness, consent, \
             statistics, its own types. Both have the same SRTP ciphers. Datagrams of 1,150 to \
             1,200 bytes.",
        )
        .chart(&bars.chart())
        .table(&table)
}

fn set_up(report: Report) -> Report {
    let load = Load::new(Kind::Messages, 1_000);
    let mut table =
        Table::new(["set-up", "str0m", "Lapwing", "ratio", "10th to 90th", "round trips"]);
    for (name, version) in [("DTLS 1.2", Version::V1_2), ("DTLS 1.3", Version::V1_3)] {
        fn processor<P: Peer>(load: Load, version: Version) -> f64 {
            setup::<P>(load, version, DELAY).processor.as_secs_f64()
        }
        let ours = || processor::<Lapwing>(load, version);
        let found = Comparison::of(paired(TURNS, || processor::<Str0m>(load, version), ours));
        let elapsed = setup::<Lapwing>(load, version, DELAY).elapsed;
        let trips = format!("{:.1}", elapsed.as_secs_f64() / (2.0 * DELAY.as_secs_f64()));
        table.push([name.to_owned()].into_iter().chain(cells(&found)).chain([trips]));
    }
    println!("{table}");
    report
        .section("Setting up a connection")
        .text(
            "Both ends, from nothing until a data channel is open. Round trips count from the \
             first datagram.",
        )
        .table(&table)
}

fn loopback(report: Report) -> io::Result<Report> {
    let mut table = Table::new(["burst", "plain", "driver", "ratio", "10th to 90th", "a call"]);
    let mut bars = Bars::new("Processor time per datagram, engine and kernel", Unit::Seconds)
        .series(["a system call each", "driver"]);
    for (name, load, items) in LOADS {
        let mut plain = Line::<Plain>::connect(load, items)?;
        let mut driven = Line::<Driven>::connect(load, items)?;
        let costs = paired(TURNS, || bursts(&mut plain), || bursts(&mut driven));
        let (sent, received) = driven.per_call();
        let ends: [(&str, Figure, f64); 2] =
            [("out", Cost::sender_ns, sent), ("in", Cost::receiver_ns, received)];
        for (end, figure, per_call) in ends {
            let found = Comparison::of(costs.iter().map(|(a, b)| (figure(a), figure(b))));
            let found = seconds(found);
            let name = format!("{name}, {end}");
            bars = bars.group(name.clone(), [found.base, found.other]);
            let row = [name].into_iter().chain(cells(&found)).chain([format!("{per_call:.1}")]);
            table.push(row);
        }
    }
    println!("{table}");
    Ok(report
        .section("Loopback")
        .text(
            "Two engines in one thread. The driver batches system calls; the last column is how \
             many datagrams one of them carries.",
        )
        .chart(&bars.chart())
        .table(&table))
}

fn bursts<E: End>(line: &mut Line<E>) -> Cost {
    let mut cost = Cost::default();
    for _ in 0..BURSTS {
        cost += line.batch().expect("the loopback interface works");
    }
    cost
}
