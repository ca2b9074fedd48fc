//! One who sends pictures in layers, and a keyframe when somebody asks for one.

use std::time::{Duration, Instant};

use lapwing_engine::rtp::format::FrameInfo;
use lapwing_engine::{EncodedFrame, Event, MediaTime, ReceivedFrame, WriteOptions};

use super::scene::Scene;

/// From one picture to the next.
const INTERVAL: Duration = Duration::from_millis(40);

/// A picture: what it is written as. It is given its number since the last keyframe, and its time.
type Picture = fn(usize, MediaTime) -> Vec<(EncodedFrame, FrameInfo)>;

pub(super) struct Camera {
    from: usize,
    began: Instant,
    picture: Picture,
    /// Events of the sender's that were looked at.
    seen: usize,
    /// Pictures since the last keyframe.
    count: usize,
    /// Pictures, and keyframes among them.
    pub(super) sent: usize,
    pub(super) keyframes: usize,
}

impl Camera {
    pub(super) fn new(from: usize, picture: Picture, now: Instant) -> Self {
        Camera { from, began: now, picture, seen: 0, count: 0, sent: 0, keyframes: 0 }
    }

    pub(super) fn film(&mut self, scene: &mut Scene, span: Duration) {
        let end = scene.now + span;
        while scene.now < end {
            let events = &scene.clients[self.from].out.events;
            let asked = |event: &Event| matches!(event, Event::KeyframeRequested { .. });
            if events[self.seen.min(events.len())..].iter().any(asked) {
                self.count = 0;
            }
            self.seen = events.len();
            let time = MediaTime::from_duration(scene.now - self.began, MediaTime::VIDEO_RATE);
            for (frame, info) in (self.picture)(self.count, time) {
                let options = WriteOptions { layer: Some(info), ..WriteOptions::default() };
                scene.write_with(self.from, &frame, options);
            }
            self.keyframes += usize::from(self.count == 0);
            self.count += 1;
            self.sent += 1;
            scene.run_for(INTERVAL);
        }
    }
}

/// Pictures that came to somebody since a moment.
pub(super) fn since(scene: &Scene, to: usize, from: Instant) -> Vec<&ReceivedFrame> {
    scene.clients[to].frames().filter(|frame| frame.received_at >= from).collect()
}
