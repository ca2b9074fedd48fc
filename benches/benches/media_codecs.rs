//! Pictures and sound through the codecs, one thread each.

use std::time::Duration;

use criterion::{Criterion, Throughput, criterion_group};
use lapwing_benches::measure::{cpu, is_check};
use lapwing_benches::plot::Table;
use lapwing_engine::{Codec, EncodedFrame};
use lapwing_media::sources::{TestPattern, Tone};
use lapwing_media::{
    AudioSettings, Picture, Samples, VideoSettings, audio_decoder, audio_encoder, video_decoder,
    video_encoder,
};

/// Pictures of a run, and of a mere check that it runs. rav1e holds some back.
const PICTURES: u32 = 150;
const PICTURES_CHECK: u32 = 8;

const RATE: u32 = 30;

/// The video codecs with the size and bit rate they are measured at.
const VIDEO: [(Codec, u32, u32, u32); 2] =
    [(Codec::Vp8, 640, 360, 800_000), (Codec::Av1, 320, 180, 200_000)];

/// What went in and came out, and what it took.
struct Run {
    encoded: Vec<EncodedFrame>,
    encoding: Duration,
    decoded: usize,
    decoding: Duration,
}

/// One of the two times of a run.
type TimeOf = fn(&Run) -> Duration;

impl Run {
    /// Bits per second of what was encoded.
    fn bitrate(&self, seconds: f64) -> f64 {
        let bytes: usize = self.encoded.iter().map(|frame| frame.data.len()).sum();
        bytes as f64 * 8.0 / seconds
    }
}

fn video(codec: Codec, width: u32, height: u32, bitrate: u32, count: u32) -> Run {
    let pattern = TestPattern::new(width, height, RATE).expect("the size is allowed");
    let pictures: Vec<Picture> = (0..count).map(|number| pattern.picture(number)).collect();
    let settings = VideoSettings::new(width, height, bitrate);
    let mut encoder = video_encoder(codec, &settings).expect("the codec is built in");
    let (encoded, encoding) = cpu(|| {
        let frames = pictures.iter().map(|picture| encoder.encode(picture, false));
        let mut frames: Vec<EncodedFrame> =
            frames.flat_map(|frames| frames.expect("a test pattern can be encoded")).collect();
        frames.extend(encoder.flush().expect("what was taken can be encoded"));
        frames
    });
    let mut decoder = video_decoder(codec).expect("the codec is built in");
    let (decoded, decoding) = cpu(|| {
        let pictures = encoded.iter().map(|frame| decoder.decode(frame));
        pictures.map(|pictures| pictures.expect("our own frames can be decoded").len()).sum()
    });
    Run { encoded, encoding, decoded, decoding }
}

fn speech(chunks: u32) -> Run {
    let settings = AudioSettings::SPEECH;
    let mut tone = Tone::new(220.0, -12.0, settings.rate, settings.channels).expect("allowed");
    let samples: Vec<Samples> = (0..chunks).map(|_| tone.chunk()).collect();
    let mut encoder = audio_encoder(Codec::Opus, &settings).expect("the codec is built in");
    let (encoded, encoding) = cpu(|| {
        let frames = samples.iter().map(|samples| encoder.encode(samples));
        let frames = frames.flat_map(|frames| frames.expect("a tone can be encoded"));
        frames.collect::<Vec<_>>()
    });
    let mut decoder = audio_decoder(Codec::Opus, settings.rate, settings.channels)
        .expect("the codec is built in");
    let (decoded, decoding) =
        cpu(|| encoded.iter().filter(|frame| decoder.decode(frame).is_ok()).count());
    Run { encoded, encoding, decoded, decoding }
}

fn print_table(pictures: u32) {
    let header = ["codec", "pictures/s encoded", "decoded", "kbit/s"];
    let mut table = Table::new(header);
    for (codec, width, height, bitrate) in VIDEO {
        let run = video(codec, width, height, bitrate, pictures);
        assert_eq!(run.decoded, pictures as usize, "{codec}: every picture comes out");
        let per_second = |time: Duration| f64::from(pictures) / time.as_secs_f64();
        table.push([
            format!("{codec} {width}x{height}"),
            format!("{:.0}", per_second(run.encoding)),
            format!("{:.0}", per_second(run.decoding)),
            format!("{:.0}", run.bitrate(f64::from(pictures) / f64::from(RATE)) / 1e3),
        ]);
    }
    println!("{table}");
    let run = speech(pictures * 20);
    let seconds = run.encoded.len() as f64 * AudioSettings::SPEECH.frame.as_secs_f64();
    assert_eq!(run.decoded, run.encoded.len(), "every frame comes out");
    let times = |time: Duration| format!("{:.0}", seconds / time.as_secs_f64());
    let table = Table::new(["codec", "times real time encoded", "decoded", "kbit/s"]).row([
        "opus 48 kHz mono".to_owned(),
        times(run.encoding),
        times(run.decoding),
        format!("{:.0}", run.bitrate(seconds) / 1e3),
    ]);
    println!("{table}");
}

fn media_codecs(criterion: &mut Criterion) {
    for (codec, width, height, bitrate) in VIDEO {
        let mut group = criterion.benchmark_group(format!("{codec} {width}x{height}, a picture"));
        group.throughput(Throughput::Elements(1));
        let times: [(&str, TimeOf); 2] =
            [("encode", |run| run.encoding), ("decode", |run| run.decoding)];
        for (name, time) in times {
            group.bench_function(name, |bencher| {
                bencher.iter_custom(|pictures| {
                    // No fewer than the encoder holds back.
                    let count = pictures.clamp(PICTURES_CHECK.into(), PICTURES.into()) as u32;
                    let run = video(codec, width, height, bitrate, count);
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
    print_table(if is_check() { PICTURES_CHECK } else { PICTURES });
    benches();
    Criterion::default().configure_from_args().final_summary();
}
