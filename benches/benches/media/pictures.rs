//! Codecs at work: what an encoder and a decoder take for the pictures of a test pattern, and for
//! a tone. Encoders have threads of their own, so the processor time is that of the whole program.

use std::time::Duration;

use lapwing_benches::measure::process_cpu;
use lapwing_benches::plot::Table;
use lapwing_engine::{Codec, EncodedFrame};
use lapwing_media::codecs::Av1Encoder;
use lapwing_media::sources::{TestPattern, Tone};
use lapwing_media::{
    AudioSettings, Picture, Samples, VideoEncoder, VideoSettings, audio_decoder, audio_encoder,
    video_decoder, video_encoder,
};

const RATE: u32 = 30;

const SIZE: (u32, u32) = (640, 360);

/// Makes an encoder.
type Make = fn(Codec, &VideoSettings) -> Box<dyn VideoEncoder>;

/// A video codec as it is measured.
pub(crate) struct Measured {
    pub(crate) codec: Codec,
    make: Make,
    bitrate_bps: u32,
    pub(crate) threads: u32,
}

const fn measured(codec: Codec, bitrate_bps: u32) -> Measured {
    Measured { codec, make: usual, bitrate_bps, threads: 1 }
}

/// The video codecs; the last is there with the feature `av1-aom` only.
pub(crate) fn video_codecs() -> Vec<Measured> {
    let mut all = vec![
        measured(Codec::Vp8, 800_000),
        measured(Codec::Vp9, 800_000),
        measured(Codec::H264, 800_000),
        Measured { make: rav1e, threads: 2, ..measured(Codec::Av1, 800_000) },
    ];
    if usual(Codec::Av1, &VideoSettings::new(SIZE.0, SIZE.1, 1)).implementation() != "rav1e" {
        all.push(measured(Codec::Av1, 800_000));
    }
    all
}

fn usual(codec: Codec, settings: &VideoSettings) -> Box<dyn VideoEncoder> {
    video_encoder(codec, settings).expect("the codec is built in")
}

fn rav1e(_: Codec, settings: &VideoSettings) -> Box<dyn VideoEncoder> {
    Box::new(Av1Encoder::new(settings).expect("the size is allowed"))
}

/// What went in and came out, and what it took.
pub(crate) struct Run {
    /// The library's name.
    encoder: &'static str,
    encoded: Vec<EncodedFrame>,
    pub(crate) encoding: Duration,
    decoded: usize,
    pub(crate) decoding: Duration,
}

impl Run {
    /// Bits per second of what was encoded.
    fn bitrate(&self, seconds: f64) -> f64 {
        let bytes: usize = self.encoded.iter().map(|frame| frame.data.len()).sum();
        bytes as f64 * 8.0 / seconds
    }
}

/// Encodes and decodes so many pictures.
pub(crate) fn video(measured: &Measured, count: u32) -> Run {
    let (width, height) = SIZE;
    let pattern = TestPattern::new(width, height, RATE).expect("the size is allowed");
    let pictures: Vec<Picture> = (0..count).map(|number| pattern.picture(number)).collect();
    let settings = VideoSettings {
        threads: measured.threads,
        ..VideoSettings::new(width, height, measured.bitrate_bps)
    };
    let mut encoder = (measured.make)(measured.codec, &settings);
    let (encoded, encoding) = process_cpu(|| {
        let frames = pictures.iter().map(|picture| encoder.encode(picture, false));
        let mut frames: Vec<EncodedFrame> =
            frames.flat_map(|frames| frames.expect("a test pattern can be encoded")).collect();
        frames.extend(encoder.flush().expect("what was taken can be encoded"));
        frames
    });
    let mut decoder = video_decoder(measured.codec).expect("the codec is built in");
    let (decoded, decoding) = process_cpu(|| {
        let pictures = encoded.iter().map(|frame| decoder.decode(frame));
        pictures.map(|pictures| pictures.expect("our own frames can be decoded").len()).sum()
    });
    Run { encoder: encoder.implementation(), encoded, encoding, decoded, decoding }
}

fn speech(chunks: u32) -> Run {
    let settings = AudioSettings::SPEECH;
    let mut tone = Tone::new(220.0, -12.0, settings.rate, settings.channels).expect("allowed");
    let samples: Vec<Samples> = (0..chunks).map(|_| tone.chunk()).collect();
    let mut encoder = audio_encoder(Codec::Opus, &settings).expect("the codec is built in");
    let (encoded, encoding) = process_cpu(|| {
        let frames = samples.iter().map(|samples| encoder.encode(samples));
        let frames = frames.flat_map(|frames| frames.expect("a tone can be encoded"));
        frames.collect::<Vec<_>>()
    });
    let mut decoder = audio_decoder(Codec::Opus, settings.rate, settings.channels)
        .expect("the codec is built in");
    let (decoded, decoding) =
        process_cpu(|| encoded.iter().filter(|frame| decoder.decode(frame).is_ok()).count());
    Run { encoder: "libopus", encoded, encoding, decoded, decoding }
}

/// What every video codec makes of so many pictures.
pub(crate) fn table(pictures: u32) -> Table {
    let header = ["640x360", "library", "pictures/CPU-s encoded", "decoded", "kbit/s", "dropped"];
    let mut table = Table::new(header);
    for measured in video_codecs() {
        let run = video(&measured, pictures);
        let made = run.encoded.len() as u32;
        assert_eq!(run.decoded, run.encoded.len(), "{}: every picture comes out", measured.codec);
        let per_second =
            |count: u32, time: Duration| format!("{:.0}", f64::from(count) / time.as_secs_f64());
        table.push([
            measured.codec.to_string(),
            run.encoder.to_owned(),
            per_second(pictures, run.encoding),
            per_second(made, run.decoding),
            format!("{:.0}", run.bitrate(f64::from(pictures) / f64::from(RATE)) / 1e3),
            (pictures - made).to_string(),
        ]);
    }
    table
}

/// What Opus makes of so many pieces of 10 ms.
pub(crate) fn speech_table(chunks: u32) -> Table {
    let run = speech(chunks);
    let seconds = run.encoded.len() as f64 * AudioSettings::SPEECH.frame.as_secs_f64();
    assert_eq!(run.decoded, run.encoded.len(), "every frame comes out");
    let times = |time: Duration| format!("{:.0}", seconds / time.as_secs_f64());
    Table::new(["codec", "times real time encoded", "decoded", "kbit/s"]).row([
        "opus 48 kHz mono".to_owned(),
        times(run.encoding),
        times(run.decoding),
        format!("{:.0}", run.bitrate(seconds) / 1e3),
    ])
}
