//! Pictures and sound through the codecs, by the processor time of the whole program: encoders have
//! threads of their own.

use std::time::Duration;

use criterion::{Criterion, Throughput, criterion_group};
use lapwing_benches::measure::is_check;

#[path = "media/pictures.rs"]
mod pictures;

use pictures::{Run, speech_table, table, video, video_codecs};

/// Pictures of a run, and of a mere check that it runs. rav1e holds some back.
const PICTURES: u32 = 150;
const PICTURES_CHECK: u32 = 8;

/// One of the two times of a run.
type TimeOf = fn(&Run) -> Duration;

fn print_tables(pictures: u32) {
    println!("{}", table(pictures));
    println!("{}", speech_table(pictures * 20));
}

fn media_codecs(criterion: &mut Criterion) {
    for measured in video_codecs() {
        let (codec, threads) = (measured.codec, measured.threads);
        let name = format!("{codec} 640x360, threads: {threads}, a picture");
        let mut group = criterion.benchmark_group(name);
        group.throughput(Throughput::Elements(1));
        let times: [(&str, TimeOf); 2] =
            [("encode", |run| run.encoding), ("decode", |run| run.decoding)];
        for (name, time) in times {
            group.bench_function(name, |bencher| {
                bencher.iter_custom(|pictures| {
                    // No fewer than the encoder holds back.
                    let count = pictures.clamp(PICTURES_CHECK.into(), PICTURES.into()) as u32;
                    let run = video(&measured, count);
                    time(&run).mul_f64(pictures as f64 / f64::from(count))
                });
            });
        }
        group.finish();
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .sample_size(10)
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(2));
    targets = media_codecs
}

fn main() {
    print_tables(if is_check() { PICTURES_CHECK } else { PICTURES });
    benches();
    Criterion::default().configure_from_args().final_summary();
}
