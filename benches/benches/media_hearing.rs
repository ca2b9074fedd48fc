//! How many streams of speech one core hears and says: many receivers in turn, as a mixer has
//! them, and many encoders.

use std::time::Duration;

use criterion::{Criterion, Throughput, criterion_group};
use lapwing_benches::measure::is_check;
use lapwing_benches::plot::Table;
use lapwing_engine::EncodedFrame;
use lapwing_media::Samples;

#[path = "media/streams.rs"]
mod streams;

use streams::{Effort, NETWORKS, clip, hear, packets, per_core, say};

/// Streams at once and how long they last, and of a mere check that it runs.
const STREAMS: (usize, usize) = (300, 3);
const TALKERS: (usize, usize) = (150, 3);
const PULLS: (usize, usize) = (200, 20);

/// Ways of the encoder. At 48 kbit/s it is as calls have it whose estimate is 500 kbit/s or more.
const EFFORTS: [Effort; 6] = [
    effort(48_000, 5, true),
    effort(48_000, 5, false),
    effort(32_000, 9, true),
    effort(32_000, 9, false),
    effort(32_000, 5, true),
    effort(32_000, 5, false),
];

const fn effort(bitrate_bps: u32, complexity: u8, fec: bool) -> Effort {
    Effort { complexity, fec, bitrate_bps }
}

fn print_table(clip: &Samples, packets: &[EncodedFrame]) {
    let sized = |(whole, check): (usize, usize)| if is_check() { check } else { whole };
    let pulls = sized(PULLS);
    let mut table = Table::new(["Opus, 48 kHz mono", "streams per core"]);
    for network in NETWORKS {
        let streams = sized(STREAMS);
        let time = hear(packets, network, streams, pulls);
        table.push([format!("heard, 32 kbit/s, {}", network.name), per_core(streams, pulls, time)]);
    }
    let talkers = sized(TALKERS);
    for effort in EFFORTS {
        let time = say(clip, effort, talkers, pulls);
        let copies = if effort.fec { "with" } else { "without" };
        let kbps = effort.bitrate_bps / 1_000;
        let what = format!("said, {kbps} kbit/s, complexity {}, {copies} FEC", effort.complexity);
        table.push([what, per_core(talkers, pulls, time)]);
    }
    println!("{table}");
}

fn media_hearing(criterion: &mut Criterion) {
    let clip = clip();
    let packets = packets(&clip);
    print_table(&clip, &packets);
    let mut group = criterion.benchmark_group("20 ms of Opus");
    group.throughput(Throughput::Elements(1));
    let (streams, pulls) = (STREAMS.1, PULLS.0);
    let one =
        |time: Duration, count: u64| time.mul_f64(count as f64 * 2.0 / (streams * pulls) as f64);
    for network in NETWORKS {
        group.bench_function(format!("heard, {}", network.name), |bencher| {
            bencher.iter_custom(|count| one(hear(&packets, network, streams, pulls), count));
        });
    }
    group.bench_function("said, with FEC", |bencher| {
        bencher.iter_custom(|count| one(say(&clip, EFFORTS[0], streams, pulls), count));
    });
    group.finish();
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .sample_size(10)
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(2));
    targets = media_hearing
}

fn main() {
    benches();
    Criterion::default().configure_from_args().final_summary();
}
