//! A talker, a line and a listener in virtual time.

use std::sync::LazyLock;
use std::time::{Duration, Instant};

use lapwing_engine::{
    EncodedFrame, FrameFacts, FramePackets, MediaTime, Mid, PayloadType, ReceivedFrame,
};
use lapwing_media::{
    AudioReceiver, AudioReceiverStats, AudioSettings, HearingSettings, audio_encoder, resample,
};

use crate::clips;

/// The speech clip in packets of 20 ms.
static SPEECH: LazyLock<Vec<EncodedFrame>> = LazyLock::new(|| encoded(&AudioSettings::SPEECH));

/// The same, each packet with what it tells of the 200 ms before it.
static TELLING: LazyLock<Vec<EncodedFrame>> = LazyLock::new(|| {
    encoded(&AudioSettings {
        dred: Duration::from_millis(200),
        bitrate_bps: 48_000,
        expected_loss_percent: 20,
        fec: false,
        ..AudioSettings::SPEECH
    })
});

fn encoded(settings: &AudioSettings) -> Vec<EncodedFrame> {
    let speech = resample(&clips::speech(), 48_000).unwrap();
    let mut encoder = audio_encoder(lapwing_engine::Codec::Opus, settings).unwrap();
    encoder.encode(&speech).unwrap()
}

/// Packets of speech every 20 ms for so many seconds: the clip again and again.
pub(crate) fn speech(seconds: usize) -> Vec<EncodedFrame> {
    again_and_again(&SPEECH, seconds)
}

/// As [`speech`], in packets that tell of those before them (DRED), without copies (FEC).
pub(crate) fn telling_speech(seconds: usize) -> Vec<EncodedFrame> {
    again_and_again(&TELLING, seconds)
}

fn again_and_again(frames: &[EncodedFrame], seconds: usize) -> Vec<EncodedFrame> {
    (0..seconds * 50)
        .map(|index| EncodedFrame {
            time: MediaTime::new(960 * index as u64, 48_000),
            ..frames[index % frames.len()].clone()
        })
        .collect()
}

/// A generator of numbers for losses and delays: xorshift64* of Vigna (2016).
pub(crate) struct Random(pub(crate) u64);

impl Random {
    /// From 0 to 1.
    pub(crate) fn next(&mut self) -> f64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// With mean 0 and deviation 1 (Box and Muller).
    pub(crate) fn normal(&mut self) -> f64 {
        let radius = (-2.0 * (1.0 - self.next()).ln()).sqrt();
        radius * (std::f64::consts::TAU * self.next()).cos()
    }
}

/// A packet as it arrives after `at`.
pub(crate) struct Arrival {
    pub(crate) at: Duration,
    pub(crate) number: u64,
    pub(crate) frame: EncodedFrame,
}

/// Each packet leaves when its last sample was spoken, and arrives `delay` (in ms) later; `None`
/// for one that is lost.
pub(crate) fn carry(
    frames: Vec<EncodedFrame>,
    mut delay: impl FnMut(usize) -> Option<f64>,
) -> Vec<Arrival> {
    let mut arrivals: Vec<Arrival> = frames
        .into_iter()
        .enumerate()
        .filter_map(|(index, frame)| {
            let sent = frame.time.as_duration() + Duration::from_millis(20);
            let at = sent + Duration::from_secs_f64(delay(index)?.max(0.0) / 1_000.0);
            Some(Arrival { at, number: 1_000 + index as u64, frame })
        })
        .collect();
    arrivals.sort_by_key(|arrival| arrival.at);
    arrivals
}

pub(crate) fn received(arrival: Arrival, payload_type: u8, now: Instant) -> ReceivedFrame {
    let number = arrival.number;
    ReceivedFrame {
        mid: Mid::new("0").expect("a short token"),
        rid: None,
        payload_type: PayloadType(payload_type),
        frame: arrival.frame,
        received_at: now,
        contiguous: true,
        audio_level: None,
        packets: Some(FramePackets { first: number, last: number, lost_before: None }),
        facts: FrameFacts::default(),
        layers: Vec::new(),
    }
}

/// What a listener heard.
pub(crate) struct Heard {
    pub(crate) data: Vec<f32>,
    /// After each pull.
    pub(crate) stats: Vec<AudioReceiverStats>,
}

impl Heard {
    pub(crate) fn last(&self) -> AudioReceiverStats {
        *self.stats.last().unwrap()
    }

    /// What was concealed from one second to another, in samples.
    pub(crate) fn concealed(&self, from: f64, to: f64) -> u64 {
        let at = |seconds: f64| self.stats[((seconds * 100.0) as usize).min(self.stats.len() - 1)];
        at(to).concealed_samples - at(from).concealed_samples
    }

    /// Mean time in the buffer from one second to another, in ms.
    pub(crate) fn delay_ms(&self, from: f64, to: f64) -> f64 {
        let at = |seconds: f64| self.stats[((seconds * 100.0) as usize).min(self.stats.len() - 1)];
        let (a, b) = (at(from), at(to));
        let delay = (b.jitter_buffer_delay - a.jitter_buffer_delay).as_secs_f64();
        let count = b.jitter_buffer_emitted_count - a.jitter_buffer_emitted_count;
        delay * 1_000.0 / count as f64 * 1.0
    }
}

/// Pulls 10 ms every 10 ms for so many seconds.
pub(crate) fn listen(arrivals: Vec<Arrival>, seconds: f64) -> Heard {
    let mut receiver = AudioReceiver::new(HearingSettings::mono());
    listen_with(&mut receiver, arrivals, seconds)
}

pub(crate) fn listen_with(
    receiver: &mut AudioReceiver,
    arrivals: Vec<Arrival>,
    seconds: f64,
) -> Heard {
    let start = Instant::now();
    let mut arrivals = arrivals.into_iter().peekable();
    let mut heard = Heard { data: Vec::new(), stats: Vec::new() };
    for pull in 0..(seconds * 100.0) as u32 {
        // Pulls are not in step with packets.
        let at = Duration::from_millis(10) * pull + Duration::from_micros(3_300);
        while let Some(arrival) = arrivals.next_if(|arrival| arrival.at <= at) {
            let now = start + arrival.at;
            receiver.push(received(arrival, 111, now), now);
        }
        heard.data.extend_from_slice(receiver.pull(start + at).data());
        heard.stats.push(receiver.stats());
    }
    heard
}
