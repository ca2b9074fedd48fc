//! A camera, a line and a viewer in virtual time.

use std::time::{Duration, Instant};

use lapwing_engine::rtp::extension::PlayoutDelay;
use lapwing_engine::rtp::format::FrameInfo;
use lapwing_engine::{
    Codec, EncodedFrame, FrameFacts, FramePackets, MediaTime, Mid, PayloadType, ReceivedFrame,
};
use lapwing_media::{
    Picture, Polled, SeeingSettings, VideoReceiver, VideoReceiverStats, VideoStep,
};

/// Frames per second of the camera.
pub(crate) const RATE: u64 = 25;

/// Each way.
pub(crate) const PATH_MS: f64 = 50.0;

/// A frame as it is handed over after `at`.
#[derive(Clone)]
pub(crate) struct Arrival {
    pub(crate) at: Duration,
    pub(crate) received: Received,
}

/// A frame but for when it came.
#[derive(Clone)]
pub(crate) struct Received {
    pub(crate) packets: (u64, u64),
    pub(crate) ticks: u64,
    pub(crate) keyframe: bool,
    pub(crate) contiguous: bool,
    pub(crate) bytes: usize,
    pub(crate) layer: Option<FrameInfo>,
    pub(crate) bounds: Option<PlayoutDelay>,
}

impl Received {
    /// Frame `index` of a plain stream: three packets each, the first a key frame.
    pub(crate) fn plain(index: u64) -> Self {
        Received {
            packets: (1_000 + 3 * index, 1_002 + 3 * index),
            ticks: index * u64::from(MediaTime::VIDEO_RATE) / RATE,
            keyframe: index == 0,
            contiguous: true,
            bytes: 3_000,
            layer: None,
            bounds: None,
        }
    }

    pub(crate) fn frame(&self, received_at: Instant) -> ReceivedFrame {
        let (first, last) = self.packets;
        ReceivedFrame {
            mid: Mid::new("1").unwrap(),
            rid: None,
            payload_type: PayloadType(96),
            frame: EncodedFrame {
                codec: Codec::Vp8,
                time: MediaTime::new(self.ticks, MediaTime::VIDEO_RATE),
                keyframe: self.keyframe,
                data: vec![0; self.bytes].into(),
            },
            received_at,
            contiguous: self.contiguous,
            audio_level: None,
            packets: Some(FramePackets { first, last, lost_before: None }),
            facts: FrameFacts {
                info: self.layer,
                playout_delay: self.bounds,
                ..FrameFacts::default()
            },
            layers: Vec::new(),
        }
    }
}

/// When frame `index` is captured.
pub(crate) fn captured(index: u64) -> Duration {
    Duration::from_secs(index) / RATE as u32
}

pub(crate) fn after_ms(at: Duration, ms: f64) -> Duration {
    at + Duration::from_secs_f64(ms.max(0.0) / 1_000.0)
}

/// Plain frames of so many seconds, each handed over `delay` (in ms) after its capture, and not
/// before the one before it: as sessions do that repair.
pub(crate) fn in_order(seconds: u64, mut delay: impl FnMut(u64) -> f64) -> Vec<Arrival> {
    let mut last = Duration::ZERO;
    let frames = (0..seconds * RATE).map(|index| {
        last = last.max(after_ms(captured(index), delay(index)));
        Arrival { at: last, received: Received::plain(index) }
    });
    frames.collect()
}

/// What a viewer saw.
#[derive(Default)]
pub(crate) struct Seen {
    /// Media time and the time of showing, of each picture.
    pub(crate) shown: Vec<(Duration, Duration)>,
    pub(crate) decoded: Vec<Duration>,
    /// When key frames were asked for.
    pub(crate) asked: Vec<Duration>,
    pub(crate) stats: VideoReceiverStats,
}

impl Seen {
    /// From capture to showing from one second to another, in ms: the mean and the most.
    pub(crate) fn delay_ms(&self, from: u64, to: u64) -> (f64, f64) {
        let range = Duration::from_secs(from)..Duration::from_secs(to);
        let shown = self.shown.iter().filter(|(time, _)| range.contains(time));
        let delays: Vec<f64> =
            shown.map(|(time, at)| (at.as_secs_f64() - time.as_secs_f64()) * 1_000.0).collect();
        assert!(!delays.is_empty(), "nothing was shown from {from} s to {to} s");
        let mean = delays.iter().sum::<f64>() / delays.len() as f64;
        (mean, delays.iter().copied().fold(f64::MIN, f64::max))
    }
}

/// Watches for so many seconds with a decoder that takes 3 ms and refuses nothing.
pub(crate) fn watch(arrivals: Vec<Arrival>, seconds: u64) -> Seen {
    watch_with(&mut VideoReceiver::new(SeeingSettings::call()), arrivals, seconds, |_| true)
}

/// As [`watch`]; `decodes` says by its media time whether a frame can be decoded.
pub(crate) fn watch_with(
    receiver: &mut VideoReceiver,
    mut arrivals: Vec<Arrival>,
    seconds: u64,
    mut decodes: impl FnMut(Duration) -> bool,
) -> Seen {
    arrivals.sort_by_key(|arrival| arrival.at);
    let start = Instant::now();
    let end = start + Duration::from_secs(seconds);
    let mut arrivals = arrivals.into_iter().peekable();
    let mut seen = Seen::default();
    let mut now = start;
    while now < end {
        while let Some(arrival) = arrivals.next_if(|arrival| start + arrival.at <= now) {
            let at = start + arrival.at;
            receiver.push(arrival.received.frame(at), at);
        }
        if receiver.feedback(now).is_some() {
            seen.asked.push(now - start);
        }
        let wake = loop {
            match receiver.poll(now) {
                Polled::Item(VideoStep::Decode(frame)) => {
                    let time = frame.time.as_duration();
                    if !decodes(time) {
                        receiver.undecodable();
                        continue;
                    }
                    seen.decoded.push(time);
                    let picture = Picture::new(2, 2, frame.time).unwrap();
                    receiver.decoded(vec![picture], Duration::from_millis(3), now);
                }
                Polled::Item(VideoStep::Render(picture)) => {
                    seen.shown.push((picture.time().as_duration(), now - start));
                }
                Polled::Wait(at) => break at,
                Polled::Empty => break end,
            }
        };
        let arrives = arrivals.peek().map_or(end, |arrival| start + arrival.at);
        // A wish that arose in the poll is due now.
        if wake <= now && receiver.feedback(now).is_some() {
            seen.asked.push(now - start);
            continue;
        }
        now = wake.max(now + Duration::from_micros(1)).min(arrives.max(now));
    }
    seen.stats = receiver.stats();
    seen
}
