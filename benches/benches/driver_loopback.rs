//! Datagrams through the mio driver and the loopback interface, beside a loop that makes one
//! system call for each. Engines work at both ends; what they do is part of the cost.

mod loopback;

use std::io;
use std::time::Duration;

use criterion::{Criterion, Throughput, criterion_group};
use lapwing_benches::load::Cost;
use lapwing_benches::measure::{Comparison, is_check, paired};
use lapwing_benches::plot::Table;
use loopback::{Driven, End, LOADS, Line, Plain};

/// Turns of the table, and of a mere check that it runs. Each takes [`BURSTS`] bursts.
const TURNS: usize = 40;
const TURNS_TEST: usize = 1;
const BURSTS: usize = 20;

/// One end's cost per packet.
type Figure = fn(&Cost) -> f64;

fn bursts<E: End>(line: &mut Line<E>) -> Cost {
    let mut cost = Cost::default();
    for _ in 0..BURSTS {
        cost += line.batch().expect("the loopback interface works");
    }
    cost
}

fn print_table(turns: usize) -> io::Result<()> {
    let header = ["burst", "end", "ns plain", "ns driver", "ratio", "10-90 %", "datagrams a call"];
    let mut table = Table::new(header);
    for (name, load, items) in LOADS {
        let mut plain = Line::<Plain>::connect(load, items)?;
        let mut driven = Line::<Driven>::connect(load, items)?;
        bursts(&mut plain);
        bursts(&mut driven);
        let costs = paired(turns, || bursts(&mut plain), || bursts(&mut driven));
        let (sent, received) = driven.per_call();
        let ends: [(&str, Figure, f64); 2] =
            [("out", Cost::sender_ns, sent), ("in", Cost::receiver_ns, received)];
        for (end, figure, per_call) in ends {
            let found = Comparison::of(costs.iter().map(|(a, b)| (figure(a), figure(b))));
            table.push([
                name.to_owned(),
                end.to_owned(),
                format!("{:.0}", found.base),
                format!("{:.0}", found.other),
                format!("{:.2}", found.ratio),
                format!("{:.2}-{:.2}", found.spread.0, found.spread.1),
                format!("{per_call:.1}"),
            ]);
        }
    }
    println!("{table}");
    Ok(())
}

/// Processor time of so many datagrams, both ends together.
fn measured<E: End>(line: &mut Line<E>, datagrams: u64) -> Duration {
    let mut cost = Cost::default();
    while cost.datagrams < datagrams {
        cost += line.batch().expect("the loopback interface works");
    }
    (cost.sender + cost.receiver).mul_f64(datagrams as f64 / cost.datagrams as f64)
}

fn driver_loopback(criterion: &mut Criterion) {
    for (name, load, items) in LOADS {
        let mut group = criterion.benchmark_group(format!("loopback, {name}"));
        group.throughput(Throughput::Elements(1));
        let mut line = Line::<Driven>::connect(load, items).expect("the loopback interface works");
        group.bench_function("driver", |bencher| {
            bencher.iter_custom(|datagrams| measured(&mut line, datagrams));
        });
        let mut line = Line::<Plain>::connect(load, items).expect("the loopback interface works");
        group.bench_function("plain", |bencher| {
            bencher.iter_custom(|datagrams| measured(&mut line, datagrams));
        });
        group.finish();
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .sample_size(20)
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(1));
    targets = driver_loopback
}

fn main() -> io::Result<()> {
    print_table(if is_check() { TURNS_TEST } else { TURNS })?;
    benches();
    Criterion::default().configure_from_args().final_summary();
    Ok(())
}
