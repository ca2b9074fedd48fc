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

/// All temporal, or spatial, layers of a stream.
pub(super) const EVERY: u8 = u8::MAX;

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
    /// Several spatial layers come as one stream, and cannot be told apart: it is handed on whole.
    pub(super) inseparable: bool,
    rate: RateMeter,
}

/// What a receiver gets of a track.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Pick {
    /// Which layer of a simulcast, where it is one.
    pub(super) rid: Option<Rid>,
    /// The highest spatial layer of it, and the highest temporal one.
    pub(super) spatial: u8,
    pub(super) temporal: u8,
}

impl Pick {
    /// All of a stream.
    pub(super) fn whole(rid: Option<Rid>) -> Self {
        Pick { rid, spatial: EVERY, temporal: EVERY }
    }
}

/// What a receiver can get.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Offer {
    /// Which.
    pub(super) pick: Pick,
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

    /// What can be chosen from now, what takes the least first; nothing where there is neither a
    /// simulcast nor another layer to leave out. Of the layers of a simulcast, and of spatial ones,
    /// the smallest is thinned alone: a larger one takes more than the one before it, thinned too.
    pub(super) fn offers(&self, now: Instant) -> Vec<Offer> {
        let simulcast = self.layers.iter().any(|layer| layer.rid.is_some());
        let mut layers: Vec<(&Layer, f64)> = (self.layers.iter())
            .filter(|layer| layer.rid.is_some() == simulcast)
            .filter(|layer| now.saturating_duration_since(layer.arrived_at) < STOPPED_AFTER)
            .filter_map(|layer| Some((layer, layer.rate.bps(now, (EVERY, EVERY))?)))
            .collect();
        layers.sort_by(|(one, a), (other, b)| one.pixels.cmp(&other.pixels).then(a.total_cmp(b)));
        let thinned = layers.first().map(|(layer, _)| layer.thinned(now)).unwrap_or_default();
        let whole = layers.iter().map(|(layer, bps)| layer.offer((EVERY, EVERY), *bps));
        let offers: Vec<Offer> = thinned.into_iter().chain(whole).collect();
        if simulcast || offers.len() > 1 { offers } else { Vec::new() }
    }

    /// What all of it takes that is not chosen from, in bits per second.
    pub(super) fn plain_bps(&self, now: Instant) -> f64 {
        if self.offers(now).iter().any(|offer| offer.pick.rid.is_none()) {
            return 0.0;
        }
        let plain = self.layers.iter().filter(|layer| layer.rid.is_none());
        plain.filter_map(|layer| layer.rate.bps(now, (EVERY, EVERY))).sum()
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
            inseparable: false,
            rate: RateMeter::default(),
        }
    }

    fn arrived(&mut self, received: &ReceivedFrame) {
        let frame = &received.frame;
        self.arrived_at = received.received_at;
        let info = received.facts.info.unwrap_or_default();
        self.inseparable |= info.spatial > 0 && received.layers.is_empty();
        let arrived = |spatial: u8, bytes: usize| Arrived {
            at: received.received_at,
            bytes,
            keyframe: frame.keyframe,
            spatial,
            temporal: info.temporal,
        };
        match &received.layers[..] {
            [] => self.rate.add(arrived(0, frame.data.len())),
            layers => layers.iter().for_each(|layer| {
                self.rate.add(arrived(layer.info.spatial, layer.bytes.len()));
            }),
        }
        self.timeline.arrived(frame.time, received.received_at);
        if frame.keyframe
            && let Some((width, height)) = picture_size(frame.codec, &frame.data)
        {
            self.pixels = u64::from(width) * u64::from(height);
        }
    }

    /// It has layers that can be left out.
    pub(super) fn is_layered(&self) -> bool {
        !self.inseparable && self.rate.highest() > (0, 0)
    }

    /// Without its upper layers, the fewest first: the smallest size with each frame rate, then
    /// each size with all of it.
    fn thinned(&self, now: Instant) -> Vec<Offer> {
        if self.inseparable {
            return Vec::new();
        }
        let (sizes, rates) = self.rate.highest();
        let smallest = if sizes > 0 { 0 } else { EVERY };
        let thinned = (0..rates).map(|temporal| (smallest, temporal));
        let smaller = (0..sizes).map(|spatial| (spatial, EVERY));
        let known = |most| Some(self.offer(most, self.rate.bps(now, most)?));
        thinned.chain(smaller).filter_map(known).collect()
    }

    fn offer(&self, (spatial, temporal): (u8, u8), bps: f64) -> Offer {
        Offer { pick: Pick { rid: self.rid, spatial, temporal }, bps }
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
    spatial: u8,
    temporal: u8,
}

/// Frames in a window: 120 pictures a second in three sizes, and some.
const FRAMES_MAX: usize = 1_024;

impl RateMeter {
    fn add(&mut self, arrived: Arrived) {
        while self.frames.front().is_some_and(|first| first.at + WINDOW <= arrived.at) {
            self.frames.pop_front();
        }
        if self.frames.is_empty() {
            self.since = Some(arrived.at);
        }
        if self.frames.len() < FRAMES_MAX {
            self.frames.push_back(arrived);
        }
    }

    /// The highest spatial and the highest temporal layer.
    fn highest(&self) -> (u8, u8) {
        let layers = self.frames.iter().map(|frame| (frame.spatial, frame.temporal));
        layers.fold((0, 0), |most, layer| (most.0.max(layer.0), most.1.max(layer.1)))
    }

    /// Of the spatial and the temporal layers up to `most`. `None` until it is known, and when
    /// nothing comes any more. Keyframes count as the frames between them: they are few, and come
    /// when a layer is changed.
    fn bps(&self, now: Instant, most: (u8, u8)) -> Option<f64> {
        let span = now.saturating_duration_since(self.since?).min(WINDOW);
        let counts = |frame: &&Arrived| {
            frame.at + WINDOW > now && frame.spatial <= most.0 && frame.temporal <= most.1
        };
        let recent = || self.frames.iter().filter(counts);
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
    use lapwing_engine::rtp::assemble::SpatialLayer;
    use lapwing_engine::rtp::format::FrameInfo;
    use lapwing_engine::{Codec, EncodedFrame, FrameFacts, MediaTime, Mid, PayloadType};

    const ALL: (u8, u8) = (EVERY, EVERY);

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
            layers: Vec::new(),
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
            offers.iter().map(|offer| offer.pick.rid.expect("a name").to_string()).collect()
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
        assert_eq!(meter.bps(start, ALL), None);
        for n in 0..50 {
            let bytes = if n == 40 { 5_000 } else { 500 };
            let at = start + Duration::from_millis(n * 40);
            meter.add(Arrived { at, bytes, keyframe: n == 40, spatial: 0, temporal: 0 });
        }
        let bps = meter.bps(start + Duration::from_millis(1_999), ALL).expect("it is known");
        assert!((bps / OVERHEAD - 100_000.0).abs() < 1_000.0, "{bps}");
        assert_eq!(meter.bps(start + Duration::from_secs(9), ALL), None);
    }

    #[test]
    fn upper_temporal_layers_can_be_left_out() {
        let start = Instant::now();
        let mut layers = Layers::new(start);
        // Layers 0, 2, 1, 2, of which the upper ones take less.
        for n in 0..75 {
            let temporal = [0, 2, 1, 2][n % 4];
            let bytes = [1_000, 600, 400][usize::from(temporal)];
            let at = start + Duration::from_millis(n as u64 * 40);
            let mut frame = frame("f", 640, bytes, n == 0, at);
            frame.rid = None;
            frame.facts.info = Some(FrameInfo { temporal, ..FrameInfo::default() });
            layers.arrived(&frame).expect("room");
        }
        let now = start + Duration::from_secs(3);
        let offers = layers.offers(now);
        let picked: Vec<u8> = offers.iter().map(|offer| offer.pick.temporal).collect();
        assert_eq!(picked, [0, 1, EVERY]);
        let kbps: Vec<f64> =
            offers.iter().map(|offer| (offer.bps / OVERHEAD / 1e3).round()).collect();
        assert!(kbps[0] < kbps[1] && kbps[1] < kbps[2], "{kbps:?}");
        assert_eq!(layers.plain_bps(now), 0.0);
    }

    #[test]
    fn upper_spatial_layers_can_be_left_out_and_then_temporal_ones() {
        let start = Instant::now();
        let mut layers = Layers::new(start);
        // A picture of 100, 200 and 400 bytes, of which every second has the upper temporal layer.
        for n in 0..75 {
            let at = start + Duration::from_millis(n * 40);
            let mut frame = frame("f", 960, 700, n == 0, at);
            frame.rid = None;
            let temporal = (n % 2) as u8;
            let layer = |spatial, bytes| SpatialLayer {
                info: FrameInfo { spatial, temporal, ..FrameInfo::default() },
                bytes,
            };
            frame.layers = vec![layer(0, 0..100), layer(1, 100..300), layer(2, 300..700)];
            frame.facts.info = Some(FrameInfo { spatial: 2, temporal, ..FrameInfo::default() });
            layers.arrived(&frame).expect("room");
        }
        let now = start + Duration::from_secs(3);
        let offers = layers.offers(now);
        let picked: Vec<(u8, u8)> =
            offers.iter().map(|offer| (offer.pick.spatial, offer.pick.temporal)).collect();
        assert_eq!(picked, [(0, 0), (0, EVERY), (1, EVERY), ALL]);
        for (offer, bytes) in offers.iter().zip([50.0, 100.0, 300.0, 700.0]) {
            let a_picture = offer.bps / OVERHEAD / 8.0 / 25.0;
            assert!((0.97..1.03).contains(&(a_picture / bytes)), "{offer:?}: {bytes}");
        }
        // They come, but cannot be told apart any more.
        let mut whole = frame("f", 960, 700, false, now);
        whole.rid = None;
        whole.facts.info = Some(FrameInfo { spatial: 2, ..FrameInfo::default() });
        layers.arrived(&whole).expect("room");
        assert!(layers.offers(now).is_empty());
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
