//! What a packet costs the engine, out and in, beside str0m alone with the same ciphers.
//!
//! The table that comes first is the one to trust: both run in turns, in one process, on processor
//! time. What follows is Criterion's record of each, for comparison with earlier runs.

mod raw;

use std::time::Duration;

use criterion::{Criterion, Throughput, criterion_group};
use lapwing_benches::load::{Cost, Lapwing, Load, Pair, Peer, compare};
use lapwing_benches::measure::Comparison;
use lapwing_benches::plot::Table;
use raw::Str0m;

/// Items per turn: at a millisecond each, virtual time for a few feedback reports.
const ITEMS: u64 = 200;

/// Turns of the table, and of a mere check that it runs.
const TURNS: usize = 60;
const TURNS_TEST: usize = 2;

/// One end's cost per packet.
type Figure = fn(&Cost) -> f64;

fn print_table(turns: usize) {
    let header = ["ns per datagram", "end", "str0m", "lapwing", "ratio", "10-90 %"];
    let mut table = Table::new(header);
    for (name, load) in Load::COMPARED {
        let compared = compare::<Str0m, Lapwing>(load, turns, ITEMS);
        table.push(row(name, "out", &compared.sender));
        table.push(row(name, "in", &compared.receiver));
    }
    println!("{table}");
}

fn row(name: &str, end: &str, found: &Comparison) -> [String; 6] {
    let (low, high) = found.spread;
    [
        name.to_owned(),
        end.to_owned(),
        format!("{:.0}", found.base),
        format!("{:.0}", found.other),
        format!("{:.2}", found.ratio),
        format!("{low:.2}-{high:.2}"),
    ]
}

/// The cost of so many datagrams.
fn measured<P: Peer>(pair: &mut Pair<P>, datagrams: u64, end: fn(&Cost) -> f64) -> Duration {
    let mut cost = Cost::default();
    while cost.datagrams < datagrams {
        cost += pair.batch(ITEMS);
    }
    Duration::from_nanos((end(&cost) * datagrams as f64) as u64)
}

fn engine_packets(criterion: &mut Criterion) {
    let ends: [(&str, Figure); 2] = [("out", Cost::sender_ns), ("in", Cost::receiver_ns)];
    for (name, load) in Load::COMPARED {
        let mut group = criterion.benchmark_group(name);
        group.throughput(Throughput::Elements(1));
        for (end, figure) in ends {
            let mut pair = Pair::<Lapwing>::connected(load);
            group.bench_function(format!("lapwing {end}"), |bencher| {
                bencher.iter_custom(|datagrams| measured(&mut pair, datagrams, figure));
            });
            let mut pair = Pair::<Str0m>::connected(load);
            group.bench_function(format!("str0m {end}"), |bencher| {
                bencher.iter_custom(|datagrams| measured(&mut pair, datagrams, figure));
            });
        }
        group.finish();
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .sample_size(20)
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(1));
    targets = engine_packets
}

fn main() {
    print_table(if lapwing_benches::measure::is_check() { TURNS_TEST } else { TURNS });
    benches();
    Criterion::default().configure_from_args().final_summary();
}
