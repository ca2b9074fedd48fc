//! What it costs to set up a connection: processor time of both ends, made from nothing until
//! ready, and round trips from the first datagram until the end that called is ready.

mod raw;

use std::time::Duration;

use criterion::{Criterion, criterion_group};
use lapwing_benches::load::{Kind, Lapwing, Load, Peer, Version, setup};
use lapwing_benches::measure::{Comparison, paired};
use lapwing_benches::plot::{Table, Unit};
use raw::Str0m;

/// Half a round trip. Long beside the engine's timers, so that these hardly count.
const DELAY: Duration = Duration::from_millis(500);

/// Turns of the table, and of a mere check that it runs.
const TURNS: usize = 40;
const TURNS_TEST: usize = 1;

const VERSIONS: [(&str, Version); 2] = [("DTLS 1.2", Version::V1_2), ("DTLS 1.3", Version::V1_3)];

const READY: [(&str, Load); 2] = [
    ("data channel open", Load::new(Kind::Messages, 1_000)),
    ("media can flow", Load::new(Kind::Frames, 1_000)),
];

fn seconds<P: Peer>(load: Load, version: Version) -> f64 {
    setup::<P>(load, version, DELAY).processor.as_secs_f64()
}

fn print_table(turns: usize) {
    let header = ["until", "version", "round trips", "datagrams", "str0m", "lapwing", "ratio"];
    let mut table = Table::new(header);
    for (until, load) in READY {
        for (name, version) in VERSIONS {
            let ours = || seconds::<Lapwing>(load, version);
            let found = Comparison::of(paired(turns, || seconds::<Str0m>(load, version), ours));
            let path = setup::<Lapwing>(load, version, DELAY);
            let trips = path.elapsed.as_secs_f64() / (2.0 * DELAY.as_secs_f64());
            table.push([
                until.to_owned(),
                name.to_owned(),
                format!("{trips:.1}"),
                path.datagrams.to_string(),
                Unit::Seconds.write(found.base),
                Unit::Seconds.write(found.other),
                format!("{:.2}", found.ratio),
            ]);
        }
    }
    println!("{table}");
}

fn setup_cost(criterion: &mut Criterion) {
    for (name, version) in VERSIONS {
        let (_, load) = READY[0];
        criterion.bench_function(&format!("set-up, both ends, {name}"), |bencher| {
            bencher.iter_custom(|times| {
                (0..times).map(|_| setup::<Lapwing>(load, version, DELAY).processor).sum()
            });
        });
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .sample_size(20)
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(2));
    targets = setup_cost
}

fn main() {
    print_table(if lapwing_benches::measure::is_check() { TURNS_TEST } else { TURNS });
    benches();
    Criterion::default().configure_from_args().final_summary();
}
