//! Temporal layers: where a path does not carry all pictures, the upper ones are left out.

use std::time::{Duration, Instant};

use lapwing_engine::rtp::format::FrameInfo;
use lapwing_engine::{
    Codec, EncodedFrame, Event, MediaKind, MediaTime, ReceivedFrame, WriteOptions,
};

use super::link::Link;
use super::scene::Scene;
use crate::protocol::signalling::Source;

/// Bytes of a picture of each layer: 101, 172 and 275 kbit/s with those below, at 25 pictures a
/// second.
const BYTES: [usize; 3] = [1_900, 1_350, 970];

/// From one picture to the next.
const INTERVAL: Duration = Duration::from_millis(40);

const WIDE: u64 = 3_000_000;

/// The lowest layer, and not the one above.
const NARROW: u64 = 130_000;

/// One who sends pictures in three temporal layers: 0, 2, 1, 2.
struct Camera {
    from: usize,
    began: Instant,
    seen: usize,
    /// Since the last keyframe, and in all.
    count: usize,
    sent: usize,
    wanted: bool,
}

impl Camera {
    fn film(&mut self, scene: &mut Scene, span: Duration) {
        let end = scene.now + span;
        while scene.now < end {
            let events = &scene.clients[self.from].out.events;
            let asked = |event: &Event| matches!(event, Event::KeyframeRequested { .. });
            self.wanted |= events[self.seen.min(events.len())..].iter().any(asked);
            self.seen = events.len();
            if std::mem::take(&mut self.wanted) {
                self.count = 0;
            }
            let temporal = [0, 2, 1, 2][self.count % 4];
            let info = FrameInfo {
                temporal,
                layer_sync: self.count % 4 != 3 && temporal > 0,
                discardable: temporal == 2,
                ..FrameInfo::default()
            };
            let mut data = vec![u8::from(self.count > 0), 0, 0, 0x9d, 0x01, 0x2a, 64, 1, 180, 0];
            data.resize(BYTES[usize::from(temporal)], 7);
            let time = MediaTime::from_duration(scene.now - self.began, MediaTime::VIDEO_RATE);
            let (codec, keyframe) = (Codec::Vp8, self.count == 0);
            let frame = EncodedFrame { codec, time, keyframe, data: data.into() };
            let options = WriteOptions { layer: Some(info), ..WriteOptions::default() };
            scene.write_with(self.from, &frame, options);
            self.count += 1;
            self.sent += 1;
            scene.run_for(INTERVAL);
        }
    }
}

/// Pictures that came to somebody since a moment.
fn since(scene: &Scene, to: usize, from: Instant) -> Vec<&ReceivedFrame> {
    scene.clients[to].frames().filter(|frame| frame.received_at >= from).collect()
}

/// The part of what was sent that came, and the highest layer among it.
fn share(frames: &[&ReceivedFrame], sent: usize) -> (f64, u8) {
    let temporal = |frame: &&ReceivedFrame| frame.facts.info.map_or(0, |info| info.temporal);
    let highest = frames.iter().map(temporal).max().unwrap_or(0);
    (frames.len() as f64 / sent as f64, highest)
}

/// All of it came.
fn is_all((share, highest): (f64, u8)) -> bool {
    (0.98..1.02).contains(&share) && highest == 2
}

/// The lowest layer came, and nothing else.
fn is_lowest((share, highest): (f64, u8)) -> bool {
    (0.22..0.28).contains(&share) && highest == 0
}

#[test]
fn the_upper_layers_pass_where_the_path_carries_them() {
    let mut scene = Scene::over_own();
    let video = [MediaKind::Video];
    let from = scene.join_with("ada", &video, &[Codec::Opus, Codec::Vp8]);
    let watchers = ["bob", "eve"].map(|name| scene.join(name, &[]));
    scene.open();
    scene.run_until("labels", |scene| {
        watchers.iter().all(|to| scene.mid_of(*to, from, Source::Camera).is_some())
    });
    for (watcher, rate) in watchers.into_iter().zip([NARROW, WIDE]) {
        scene.clients[watcher].link = Some(Link::new(rate, scene.now));
    }
    let mut camera = Camera { from, began: scene.now, seen: 0, count: 0, sent: 0, wanted: true };
    let [bob, eve] = watchers;
    camera.film(&mut scene, Duration::from_secs(20));
    let span = Duration::from_secs(10);
    let mut shares = |scene: &mut Scene| {
        let (began, before) = (scene.now, camera.sent);
        camera.film(scene, span);
        let sent = camera.sent - before;
        [bob, eve].map(|to| share(&since(scene, to, began), sent))
    };
    let [slow, all] = shares(&mut scene);
    assert!(is_lowest(slow) && is_all(all), "{slow:?} {all:?}");
    let decodable = |frame: &&ReceivedFrame| frame.contiguous || frame.frame.keyframe;
    assert!(since(&scene, bob, scene.now - span).iter().all(decodable));

    // The path becomes wide, and narrow again.
    scene.clients[bob].link.as_mut().expect("there is one").bps = WIDE;
    shares(&mut scene);
    let [wide, _] = shares(&mut scene);
    assert!(is_all(wide), "{wide:?}");
    let fell = scene.now;
    scene.clients[bob].link.as_mut().expect("there is one").bps = NARROW;
    shares(&mut scene);
    let [slow, all] = shares(&mut scene);
    assert!(is_lowest(slow) && is_all(all), "{slow:?} {all:?}");
    let since_fall = since(&scene, bob, fell);
    let pairs = since_fall.windows(2).map(|two| two[1].received_at - two[0].received_at);
    let longest = pairs.max().unwrap_or_default();
    assert!(longest < Duration::from_secs(1), "{longest:?}");
}
