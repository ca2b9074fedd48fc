//! Many receivers and many encoders of speech in turn, as a mixer has them. What is counted is the
//! processor time of this thread; there is no other.

use std::fs::File;
use std::time::{Duration, Instant};

use lapwing_benches::measure::cpu;
use lapwing_engine::ReceivedFrame;
use lapwing_engine::{Codec, EncodedFrame, FrameFacts, FramePackets, MediaTime, Mid, PayloadType};
use lapwing_media::files::{Reader, WavReader};
use lapwing_media::{
    AudioReceiver, AudioSettings, HearingSettings, Samples, audio_encoder, resample,
};

/// Real speech of ten seconds.
const CLIP: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../media/assets/speech-16k.wav");

pub(crate) const STEP: Duration = Duration::from_millis(10);

/// What the network does to packets.
#[derive(Clone, Copy)]
pub(crate) struct Network {
    pub(crate) name: &'static str,
    /// The most that a packet is late, in ms; as likely as any less.
    jitter_ms: f64,
    loss: f64,
}

pub(crate) const NETWORKS: [Network; 3] = [
    Network { name: "clean", jitter_ms: 0.0, loss: 0.0 },
    Network { name: "jitter of 40 ms", jitter_ms: 40.0, loss: 0.0 },
    Network { name: "jitter of 40 ms, 5 % loss", jitter_ms: 40.0, loss: 0.05 },
];

/// The clip at 48 kHz.
pub(crate) fn clip() -> Samples {
    let file = File::open(CLIP).expect("the clip is committed");
    let mut reader = WavReader::new(file).expect("the clip is a WAV file");
    let rate = reader.rate();
    let parts = std::iter::from_fn(|| reader.next().expect("the clip is whole"));
    let data = parts.flat_map(Samples::into_data).collect();
    let clip = Samples::new(data, rate, 1, MediaTime::new(0, rate)).expect("the clip is mono");
    resample(&clip, 48_000).expect("both rates are usual")
}

/// The clip in packets of 20 ms with copies (FEC).
pub(crate) fn packets(clip: &Samples) -> Vec<EncodedFrame> {
    let mut encoder = audio_encoder(Codec::Opus, &AudioSettings::SPEECH).expect("it is built in");
    encoder.encode(clip).expect("speech can be encoded")
}

/// What comes of one stream, and after how long, in this order.
fn arrivals(
    packets: &[EncodedFrame],
    network: Network,
    seed: u64,
) -> Vec<(Duration, ReceivedFrame)> {
    let mut random = fastrand::Rng::with_seed(seed);
    let start = Instant::now();
    // Streams do not say the same at once.
    let first = random.usize(..packets.len());
    let mut arrivals = Vec::new();
    for index in 0..packets.len() {
        let late = network.jitter_ms * random.f64();
        if random.f64() < network.loss {
            continue;
        }
        let at = Duration::from_millis(20 * index as u64) + Duration::from_secs_f64(late / 1e3);
        let number = index as u64;
        let packet = &packets[(first + index) % packets.len()];
        let frame = EncodedFrame { time: MediaTime::new(960 * number, 48_000), ..packet.clone() };
        arrivals.push((
            at,
            ReceivedFrame {
                mid: Mid::new("0").expect("a short token"),
                rid: None,
                payload_type: PayloadType(111),
                frame,
                received_at: start,
                contiguous: true,
                audio_level: None,
                packets: Some(FramePackets { first: number, last: number, lost_before: None }),
                facts: FrameFacts::default(),
                layers: Vec::new(),
            },
        ));
    }
    arrivals.sort_by_key(|(at, _)| *at);
    arrivals
}

/// Hears so many streams for so many times 10 ms, each in its turn.
pub(crate) fn hear(
    packets: &[EncodedFrame],
    network: Network,
    streams: usize,
    pulls: usize,
) -> Duration {
    let start = Instant::now();
    let mut streams: Vec<_> = (0..streams)
        .map(|stream| {
            let arrivals = arrivals(packets, network, stream as u64);
            (AudioReceiver::new(HearingSettings::mono()), arrivals.into_iter().peekable())
        })
        .collect();
    let ((), time) = cpu(|| {
        for pull in 0..pulls {
            let after = STEP * pull as u32;
            for (receiver, arrivals) in &mut streams {
                while let Some((at, packet)) = arrivals.next_if(|(at, _)| *at <= after) {
                    let received_at = start + at;
                    receiver.push(ReceivedFrame { received_at, ..packet }, received_at);
                }
                std::hint::black_box(receiver.pull(start + after));
            }
        }
    });
    let played = |(receiver, _): &(AudioReceiver, _)| receiver.stats().jitter_buffer_emitted_count;
    assert!(streams.iter().all(|stream| played(stream) > 0), "all were heard");
    time
}

/// How an encoder is set.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Effort {
    /// How hard it tries, of 10.
    pub(crate) complexity: u8,
    /// It sends copies, as for 10 % losses.
    pub(crate) fec: bool,
    pub(crate) bitrate_bps: u32,
}

/// So many encoders for so many times 10 ms, each in its turn.
pub(crate) fn say(clip: &Samples, effort: Effort, talkers: usize, steps: usize) -> Duration {
    let Effort { complexity, fec, bitrate_bps } = effort;
    let settings = AudioSettings { complexity, fec, bitrate_bps, ..AudioSettings::SPEECH };
    let chunk = 960;
    let chunks: Vec<Samples> = clip
        .data()
        .chunks_exact(chunk)
        .map(|data| Samples::new(data.to_vec(), 48_000, 1, MediaTime::new(0, 48_000)))
        .map(|samples| samples.expect("mono is a format"))
        .collect();
    let mut encoders: Vec<_> = (0..talkers)
        .map(|_| audio_encoder(Codec::Opus, &settings).expect("it is built in"))
        .collect();
    let (frames, time) = cpu(|| {
        let mut frames = 0;
        for step in 0..steps / 2 {
            for (talker, encoder) in encoders.iter_mut().enumerate() {
                let samples = &chunks[(step + 17 * talker) % chunks.len()];
                frames += encoder.encode(samples).expect("speech can be encoded").len();
            }
        }
        frames
    });
    assert_eq!(frames, talkers * (steps / 2), "a frame for each 20 ms");
    time
}

/// How many streams one core carries that was busy for `time` with so many.
pub(crate) fn per_core(streams: usize, pulls: usize, time: Duration) -> String {
    format!("{:.0}", (STEP * pulls as u32).as_secs_f64() * streams as f64 / time.as_secs_f64())
}
