//! Spatial layers: where a path does not carry the whole picture, a smaller one passes.

use std::time::Duration;

use lapwing_engine::rtp::format::FrameInfo;
use lapwing_engine::{Codec, EncodedFrame, MediaKind, MediaTime, ReceivedFrame};

use super::camera::{Camera, since};
use super::link::Link;
use super::scene::Scene;
use crate::protocol::signalling::Source;

/// Bytes of a picture in each size: 106, 318 and 742 kbit/s with those below and their headers, at
/// 25 pictures a second.
const BYTES: [usize; 3] = [500, 1_000, 2_000];

const WIDE: u64 = 3_000_000;

/// The two smaller sizes, and not the largest.
const MIDDLE: u64 = 500_000;

/// The smallest alone.
const NARROW: u64 = 150_000;

/// Three sizes of VP9, of which each refers to the one below in keyframes alone.
fn picture(number: usize, time: MediaTime) -> Vec<(EncodedFrame, FrameInfo)> {
    let keyframe = number == 0;
    let layer = |spatial: usize| {
        let info = FrameInfo {
            keyframe,
            spatial: spatial as u8,
            inter_layer: keyframe && spatial > 0,
            more_layers: spatial < 2,
            references: if keyframe { [0; 3] } else { [1, 0, 0] },
            ..FrameInfo::default()
        };
        let data = vec![spatial as u8; BYTES[spatial]].into();
        (EncodedFrame { codec: Codec::Vp9, time, keyframe, data }, info)
    };
    (0..3).map(layer).collect()
}

/// The sizes that a picture came in.
fn sizes(frame: &ReceivedFrame) -> usize {
    frame.layers.len().max(1)
}

/// For ten seconds all pictures come in so many sizes, each as it is sent.
fn assert_sizes(scene: &mut Scene, camera: &mut Camera, expected: &[(usize, usize)]) {
    let (began, before) = (scene.now, camera.sent);
    camera.film(scene, Duration::from_secs(10));
    let sent = camera.sent - before;
    for (to, expected) in expected {
        let frames = since(scene, *to, began);
        assert!(frames.len().abs_diff(sent) <= 2, "{} of {sent}", frames.len());
        frames.into_iter().for_each(|frame| assert_whole(frame, *expected));
    }
}

fn assert_whole(frame: &ReceivedFrame, expected: usize) {
    assert_eq!(sizes(frame), expected);
    assert!(frame.contiguous || frame.frame.keyframe);
    let mut data = &frame.frame.data[..];
    for (spatial, bytes) in BYTES.into_iter().enumerate().take(expected) {
        let layer = data.split_off(..bytes).expect("all of it");
        assert!(layer.iter().all(|byte| usize::from(*byte) == spatial));
    }
    for (place, layer) in frame.layers.iter().enumerate() {
        assert_eq!(usize::from(layer.info.spatial), place);
        assert_eq!(layer.info.inter_layer, frame.frame.keyframe && place > 0);
    }
}

#[test]
fn each_receiver_has_the_size_that_its_path_carries() {
    let mut scene = Scene::over_own();
    let video = [MediaKind::Video];
    let codecs = [Codec::Opus, Codec::Vp9];
    let from = scene.join_with("ada", &video, &codecs);
    let watchers = ["bob", "eve", "dan"].map(|name| scene.join_with(name, &[], &codecs));
    scene.open();
    scene.run_until("labels", |scene| {
        watchers.iter().all(|to| scene.mid_of(*to, from, Source::Camera).is_some())
    });
    for (watcher, rate) in watchers.into_iter().zip([NARROW, MIDDLE, WIDE]) {
        scene.clients[watcher].link = Some(Link::new(rate, scene.now));
    }
    let mut camera = Camera::new(from, picture, scene.now);
    let [bob, eve, dan] = watchers;
    let while_it_settles = Duration::from_secs(20);
    camera.film(&mut scene, while_it_settles);
    assert_sizes(&mut scene, &mut camera, &[(bob, 1), (eve, 2), (dan, 3)]);

    // A path becomes wide, for which a keyframe is asked.
    let before = camera.keyframes;
    scene.clients[bob].link.as_mut().expect("there is one").bps = WIDE;
    camera.film(&mut scene, while_it_settles);
    assert_sizes(&mut scene, &mut camera, &[(bob, 3), (eve, 2), (dan, 3)]);
    assert!((1..=4).contains(&(camera.keyframes - before)), "{}", camera.keyframes - before);

    // And narrow again, for which none is needed.
    let (before, fell) = (camera.keyframes, scene.now);
    scene.clients[bob].link.as_mut().expect("there is one").bps = NARROW;
    camera.film(&mut scene, while_it_settles);
    assert_sizes(&mut scene, &mut camera, &[(bob, 1), (eve, 2), (dan, 3)]);
    let since_fall = since(&scene, bob, fell);
    let pairs = since_fall.windows(2).map(|two| two[1].received_at - two[0].received_at);
    let longest = pairs.max().unwrap_or_default();
    assert!(longest < Duration::from_secs(1), "{longest:?}");
    assert!(camera.keyframes - before <= 2, "{}", camera.keyframes - before);
}
