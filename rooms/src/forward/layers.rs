//! What arrives of a track: one stream, or the layers of a simulcast (RFC 8853).

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use lapwing_engine::{ReceivedFrame, Rid};
use lapwing_media::codecs::picture_size;

use super::timeline::Timeline;

/// Layers of one track that are told apart; browsers send three. Frames of more are left out.
pub(super) const LAYERS_MAX: usize = 4;

/// A keyframe costs the sender much, and what was asked for is on its way meanwhile.
const KEYFRAME_INTERVAL: Duration = Duration::from_millis(500);

/// The time that rates are taken over.
const WINDOW: Duration = Duration::from_secs(2);

/// Rates are known after this: a first keyframe says little.
const LEAST: Duration = Duration::from_millis(300);

/// A layer of which nothing came for so long has stopped. Senders pause a layer for want of
/// bandwidth; the slowest still send five pictures a second.
const STOPPED_AFTER: Duration = Duration::from_millis(600);

/// Headers of packets for each bit of a frame.
const OVERHEAD: f64 = 1.06;

/// The layers of a track that arrive; one without a name where there is no simulcast.
#[derive(Debug)]
pub(super) struct Layers {
    /// The moment from which times are counted, the same for all tracks.
    base: Instant,
    layers: Vec<Layer>,
}

/// A stream of frames.
#[derive(Debug)]
pub(super) struct Layer {
    pub(super) rid: Option<Rid>,
    /// Frames were lost: nothing is decodable until the next keyframe.
    pub(super) awaits_keyframe: bool,
    /// How its times are to be read beside those of other layers.
    pub(super) timeline: Timeline,
    asked_at: Option<Instant>,
    arrived_at: Instant,
    /// Pixels of the last keyframe; zero where it did not say.
    pixels: u64,
    rate: RateMeter,
}

/// A layer that a receiver can get.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Offer {
    /// Which.
    pub(super) rid: Rid,
    /// What it takes, in bits per second.
    pub(super) bps: f64,
}

impl Layers {
    /// None yet.
    pub(super) fn new(base: Instant) -> Self {
        Layers { base, layers: Vec::new() }
    }

    /// A frame has arrived. `None` where it is of one layer too many.
    pub(super) fn arrived(&mut self, received: &ReceivedFrame) -> Option<&mut Layer> {
        let rid = received.rid;
        let known = self.layers.iter().position(|layer| layer.rid == rid);
        let place = match known {
            Some(place) => place,
            None if self.layers.len() < LAYERS_MAX => {
                self.layers.push(Layer::new(rid, self.base, received.received_at));
                self.layers.len() - 1
            }
            None => return None,
        };
        let layer = &mut self.layers[place];
        layer.arrived(received);
        Some(layer)
    }

    /// One of them.
    pub(super) fn get(&mut self, rid: Option<Rid>) -> Option<&mut Layer> {
        self.layers.iter_mut().find(|layer| layer.rid == rid)
    }

    /// What can be chosen from now, the smallest first; nothing where there is no simulcast.
    pub(super) fn offers(&self, now: Instant) -> Vec<Offer> {
        let mut offers: Vec<(u64, Offer)> = (self.layers.iter())
            .filter(|layer| now.saturating_duration_since(layer.arrived_at) < STOPPED_AFTER)
            .filter_map(|layer| {
                Some((layer.pixels, Offer { rid: layer.rid?, bps: layer.rate.bps(now)? }))
            })
            .collect();
        offers.sort_by(|(one, a), (other, b)| one.cmp(other).then(a.bps.total_cmp(&b.bps)));
        offers.into_iter().map(|(_, offer)| offer).collect()
    }

    /// What all of it takes that is not chosen from, in bits per second.
    pub(super) fn plain_bps(&self, now: Instant) -> f64 {
        let plain = self.layers.iter().filter(|layer| layer.rid.is_none());
        plain.filter_map(|layer| layer.rate.bps(now)).sum()
    }
}

impl Layer {
    fn new(rid: Option<Rid>, base: Instant, now: Instant) -> Self {
        Layer {
            rid,
            awaits_keyframe: true,
            timeline: Timeline::new(base),
            asked_at: None,
            arrived_at: now,
            pixels: 0,
            rate: RateMeter::default(),
        }
    }

    fn arrived(&mut self, received: &ReceivedFrame) {
        let frame = &received.frame;
        self.arrived_at = received.received_at;
        self.rate.add(frame.data.len(), frame.keyframe, received.received_at);
        self.timeline.arrived(frame.time, received.received_at);
        if frame.keyframe
            && let Some((width, height)) = picture_size(frame.codec, &frame.data)
        {
            self.pixels = u64::from(width) * u64::from(height);
        }
    }

    /// Whether a keyframe may be asked for now; if so it counts as asked.
    pub(super) fn may_ask(&mut self, now: Instant) -> bool {
        let ok = self.asked_at.is_none_or(|at| now >= at + KEYFRAME_INTERVAL);
        if ok {
            self.asked_at = Some(now);
        }
        ok
    }
}

/// What arrived lately.
#[derive(Debug, Default)]
struct RateMeter {
    frames: VecDeque<Arrived>,
    since: Option<Instant>,
}

#[derive(Clone, Copy, Debug)]
struct Arrived {
    at: Instant,
    bytes: usize,
    keyframe: bool,
}

/// Frames in a window: 120 pictures a second, and some.
const FRAMES_MAX: usize = 512;

impl RateMeter {
    fn add(&mut self, bytes: usize, keyframe: bool, now: Instant) {
        while self.frames.front().is_some_and(|first| first.at + WINDOW <= now) {
            self.frames.pop_front();
        }
        if self.frames.is_empty() {
            self.since = Some(now);
        }
        if self.frames.len() < FRAMES_MAX {
            self.frames.push_back(Arrived { at: now, bytes, keyframe });
        }
    }

    /// `None` until it is known, and when nothing comes any more. Keyframes count as the frames
    /// between them: they are few, and come when a layer is changed.
    fn bps(&self, now: Instant) -> Option<f64> {
        let span = now.saturating_duration_since(self.since?).min(WINDOW);
        let recent = || self.frames.iter().filter(|frame| frame.at + WINDOW > now);
        let sum = |key: bool| {
            let of = recent().filter(|frame| frame.keyframe == key);
            of.fold((0.0, 0.0), |(n, bytes), frame| (n + 1.0, bytes + frame.bytes as f64))
        };
        let ((keys, key_bytes), (others, bytes)) = (sum(true), sum(false));
        let bytes = if others > 0.0 { bytes / others * (others + keys) } else { key_bytes };
        let known = others + keys > 0.0 && span >= LEAST;
        known.then(|| bytes * 8.0 * OVERHEAD / span.as_secs_f64())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lapwing_engine::{Codec, EncodedFrame, FrameFacts, MediaTime, Mid, PayloadType};

    fn frame(rid: &str, width: u16, bytes: usize, keyframe: bool, at: Instant) -> ReceivedFrame {
        let mut data = vec![u8::from(!keyframe), 0, 0, 0x9d, 0x01, 0x2a];
        data.extend(width.to_le_bytes());
        data.extend((width / 2).to_le_bytes());
        data.resize(bytes, 7);
        let time = MediaTime::new(0, MediaTime::VIDEO_RATE);
        ReceivedFrame {
            mid: Mid::new("0").expect("a name"),
            rid: Rid::new(rid),
            payload_type: PayloadType(96),
            frame: EncodedFrame { codec: Codec::Vp8, time, keyframe, data: data.into() },
            received_at: at,
            contiguous: true,
            audio_level: None,
            packets: None,
            facts: FrameFacts::default(),
        }
    }

    #[test]
    fn layers_are_ordered_by_their_pictures_and_one_that_stops_is_gone() {
        let mut layers = Layers::new(Instant::now());
        let start = Instant::now();
        for n in 0..75 {
            let now = start + Duration::from_millis(n * 40);
            // The largest takes the least, as a still picture may.
            layers.arrived(&frame("f", 1_280, 100, n % 25 == 0, now)).expect("room");
            layers.arrived(&frame("q", 320, 500, n % 25 == 0, now)).expect("room");
            if n < 50 {
                layers.arrived(&frame("h", 640, 2_000, n % 25 == 0, now)).expect("room");
            }
        }
        let names = |ms: u64| -> Vec<String> {
            let offers = layers.offers(start + Duration::from_millis(ms));
            offers.iter().map(|offer| offer.rid.to_string()).collect()
        };
        assert_eq!(names(2_000), ["q", "h", "f"]);
        assert_eq!(names(2_960), ["q", "f"]);
        assert_eq!(names(9_000), [""; 0]);
        assert_eq!(layers.plain_bps(start + Duration::from_secs(2)), 0.0);
    }

    #[test]
    fn a_keyframe_of_ten_times_the_size_does_not_change_the_rate() {
        let mut meter = RateMeter::default();
        let start = Instant::now();
        assert_eq!(meter.bps(start), None);
        for n in 0..50 {
            let bytes = if n == 40 { 5_000 } else { 500 };
            meter.add(bytes, n == 40, start + Duration::from_millis(n * 40));
        }
        let bps = meter.bps(start + Duration::from_millis(1_999)).expect("it is known");
        assert!((bps / OVERHEAD - 100_000.0).abs() < 1_000.0, "{bps}");
        assert_eq!(meter.bps(start + Duration::from_secs(9)), None);
    }

    #[test]
    fn layers_beyond_a_few_are_left_out() {
        let mut layers = Layers::new(Instant::now());
        let now = Instant::now();
        for name in ["a", "b", "c", "d"] {
            assert!(layers.arrived(&frame(name, 320, 500, true, now)).is_some());
        }
        assert!(layers.arrived(&frame("e", 320, 500, true, now)).is_none());
        assert!(layers.arrived(&frame("a", 320, 500, true, now)).is_some());
    }
}
