//! Temporal layers: where a path does not carry all pictures, the upper ones are left out.

use std::time::Duration;

use lapwing_engine::rtp::format::FrameInfo;
use lapwing_engine::{Codec, EncodedFrame, MediaKind, MediaTime, ReceivedFrame};

use super::camera::{Camera, since};
use super::link::Link;
use super::scene::Scene;
use crate::protocol::signalling::Source;

/// Bytes of a picture of each layer: 101, 172 and 275 kbit/s with those below, at 25 pictures a
/// second.
const BYTES: [usize; 3] = [1_900, 1_350, 970];

const WIDE: u64 = 3_000_000;

/// The lowest layer, and not the one above.
const NARROW: u64 = 130_000;

/// Three temporal layers of VP8: 0, 2, 1, 2.
fn picture(number: usize, time: MediaTime) -> Vec<(EncodedFrame, FrameInfo)> {
    let temporal = [0, 2, 1, 2][number % 4];
    let info = FrameInfo {
        temporal,
        layer_sync: number % 4 != 3 && temporal > 0,
        discardable: temporal == 2,
        ..FrameInfo::default()
    };
    let mut data = vec![u8::from(number > 0), 0, 0, 0x9d, 0x01, 0x2a, 64, 1, 180, 0];
    data.resize(BYTES[usize::from(temporal)], 7);
    let (codec, keyframe) = (Codec::Vp8, number == 0);
    vec![(EncodedFrame { codec, time, keyframe, data: data.into() }, info)]
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
    let mut camera = Camera::new(from, picture, scene.now);
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
