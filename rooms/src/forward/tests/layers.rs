//! Layers of a simulcast: each receiver gets the one that its path carries.

use std::time::{Duration, Instant};

use lapwing_engine::{Codec, EncodedFrame, Event, MediaKind, MediaTime, Rid};

use super::link::Link;
use super::scene::Scene;
use crate::forward::choice::RISE_AFTER;
use crate::protocol::signalling::Source;

/// Layers by name, width, and bytes of a frame: 100, 400 and 1,600 kbit/s.
const LAYERS: [(&str, u16, usize); 3] = [("q", 320, 500), ("h", 640, 2_000), ("f", 1_280, 8_000)];

/// Pictures a second.
const RATE: u64 = 25;

/// How much larger keyframes are.
const KEYFRAME_TIMES: usize = 4;

const WIDE: u64 = 3_000_000;
const NARROW: u64 = 200_000;

/// No longer without a picture, whatever happens to the path.
const FROZEN_MAX: Duration = Duration::from_secs(1);

/// A path that became narrow is followed within this.
const FALLS_WITHIN: Duration = Duration::from_secs(2);

/// And one that became wide within this, but not before there was room for a while.
const RISES_WITHIN: Duration = Duration::from_secs(10);

fn rid(name: &str) -> Rid {
    Rid::new(name).expect("a token")
}

/// One who sends a picture in three layers, with keyframes when they are asked for.
struct Camera {
    from: usize,
    began: Instant,
    /// Events of the sender that were looked at.
    seen: usize,
    wanted: Vec<Rid>,
}

impl Camera {
    fn new(scene: &mut Scene) -> Self {
        let layers: Vec<Rid> = LAYERS.iter().rev().map(|(name, ..)| rid(name)).collect();
        let video = [MediaKind::Video];
        let from = scene.join_in_layers("ada", &video, &[Codec::Opus, Codec::Vp8], &layers);
        Camera { from, began: scene.now, seen: 0, wanted: layers }
    }

    /// Sends for so long, without the layers that are left out.
    fn film(&mut self, scene: &mut Scene, span: Duration, without: &[&str]) {
        let end = scene.now + span;
        while scene.now < end {
            let events = &scene.clients[self.from].out.events;
            for event in &events[self.seen.min(events.len())..] {
                if let Event::KeyframeRequested { rid: Some(rid), .. } = event {
                    self.wanted.push(*rid);
                }
            }
            self.seen = events.len();
            for (name, width, bytes) in LAYERS.iter().filter(|(name, ..)| !without.contains(name)) {
                let layer = rid(name);
                let keyframe = self.wanted.contains(&layer);
                self.wanted.retain(|wanted| *wanted != layer);
                let time = scene.now - self.began;
                scene.write(self.from, Some(layer), &frame(time, *width, *bytes, keyframe));
            }
            scene.run_for(Duration::from_secs(1) / RATE as u32);
        }
    }
}

fn frame(time: Duration, width: u16, bytes: usize, keyframe: bool) -> EncodedFrame {
    let mut data = vec![u8::from(!keyframe), 0, 0, 0x9d, 0x01, 0x2a];
    data.extend(width.to_le_bytes());
    data.extend((width / 16 * 9).to_le_bytes());
    data.resize(if keyframe { bytes * KEYFRAME_TIMES } else { bytes }, 7);
    let time = MediaTime::from_duration(time, MediaTime::VIDEO_RATE);
    EncodedFrame { codec: Codec::Vp8, time, keyframe, data: data.into() }
}

/// A picture as it was seen.
#[derive(Clone, Copy, Debug)]
struct Seen {
    at: Instant,
    width: u16,
    time: f64,
    decodable: bool,
}

fn seen(scene: &Scene, at: usize) -> Vec<Seen> {
    let seen = scene.clients[at].frames().map(|frame| Seen {
        at: frame.received_at,
        width: u16::from_le_bytes([frame.frame.data[6], frame.frame.data[7]]),
        time: frame.frame.time.as_duration().as_secs_f64(),
        decodable: frame.contiguous || frame.frame.keyframe,
    });
    seen.collect()
}

fn width_now(scene: &Scene, at: usize) -> u16 {
    seen(scene, at).last().map_or(0, |seen| seen.width)
}

/// When the pictures of one width began, of those that came after a moment.
fn began(seen: &[Seen], width: u16, after: Instant) -> Option<Duration> {
    let first = seen.iter().find(|seen| seen.at >= after && seen.width == width)?;
    Some(first.at - after)
}

/// The longest time without a picture that can be decoded.
fn frozen(seen: &[Seen]) -> Duration {
    let good: Vec<Instant> = seen.iter().filter(|seen| seen.decodable).map(|s| s.at).collect();
    good.windows(2).map(|two| two[1] - two[0]).max().unwrap_or_default()
}

/// Two who watch, by paths of these rates.
fn watched(rates: [u64; 2]) -> (Scene, Camera, [usize; 2]) {
    // Over str0m everybody gets the smallest layer.
    let mut scene = Scene::over_own();
    let camera = Camera::new(&mut scene);
    let watchers = ["bob", "eve"].map(|name| scene.join(name, &[]));
    scene.open();
    scene.run_until("labels", |scene| {
        watchers.iter().all(|to| scene.mid_of(*to, camera.from, Source::Camera).is_some())
    });
    for (watcher, rate) in watchers.into_iter().zip(rates) {
        scene.clients[watcher].link = Some(Link::new(rate, scene.now));
    }
    (scene, camera, watchers)
}

#[test]
fn each_gets_the_layer_that_its_path_carries() {
    let (mut scene, mut camera, [bob, eve]) = watched([NARROW, WIDE]);
    camera.film(&mut scene, Duration::from_secs(20), &[]);
    assert_eq!([bob, eve].map(|at| width_now(&scene, at)), [320, 1_280]);
    for at in [bob, eve] {
        let seen = seen(&scene, at);
        assert!(frozen(&seen) < FROZEN_MAX, "{:?}", frozen(&seen));
        // Times go on from layer to layer as the pictures do.
        let (first, last) = (seen[0], seen[seen.len() - 1]);
        let (shown, passed) = (last.time - first.time, (last.at - first.at).as_secs_f64());
        assert!((shown - passed).abs() < 0.1, "{shown} s of pictures in {passed} s");
        assert!(seen.windows(2).all(|two| two[0].time < two[1].time), "no time comes twice");
    }
}

#[test]
fn a_path_that_becomes_narrow_is_followed_at_once_and_one_that_becomes_wide_after_a_while() {
    let (mut scene, mut camera, [_, eve]) = watched([NARROW, WIDE]);
    camera.film(&mut scene, Duration::from_secs(20), &[]);
    assert_eq!(width_now(&scene, eve), 1_280);
    let fell = scene.now;
    scene.clients[eve].link.as_mut().expect("there is one").bps = 700_000;
    camera.film(&mut scene, Duration::from_secs(20), &[]);
    let all = seen(&scene, eve);
    let down = began(&all, 640, fell).or(began(&all, 320, fell)).expect("another layer");
    assert!(down < FALLS_WITHIN, "{down:?}");
    assert!(matches!(width_now(&scene, eve), 320 | 640));
    let rose = scene.now;
    scene.clients[eve].link.as_mut().expect("there is one").bps = WIDE;
    camera.film(&mut scene, Duration::from_secs(30), &[]);
    let all = seen(&scene, eve);
    let up = began(&all, 1_280, rose).expect("the best layer again");
    assert!((RISE_AFTER..RISES_WITHIN).contains(&up), "{up:?}");
    assert_eq!(width_now(&scene, eve), 1_280);
    assert!(frozen(&all) < FROZEN_MAX, "{:?}", frozen(&all));
    // Each change of layers is one change of the pictures' size.
    let changes = all.windows(2).filter(|two| two[0].width != two[1].width).count();
    assert!(changes <= 5, "{changes}");
}

#[test]
fn a_layer_that_the_sender_stops_gives_way_to_the_next() {
    let (mut scene, mut camera, [_, eve]) = watched([NARROW, WIDE]);
    camera.film(&mut scene, Duration::from_secs(20), &[]);
    assert_eq!(width_now(&scene, eve), 1_280);
    camera.film(&mut scene, Duration::from_secs(5), &["f"]);
    assert_eq!(width_now(&scene, eve), 640);
    camera.film(&mut scene, Duration::from_secs(20), &[]);
    assert_eq!(width_now(&scene, eve), 1_280);
    let all = seen(&scene, eve);
    assert!(frozen(&all) < FROZEN_MAX, "{:?}", frozen(&all));
}
