//! A source that behaves as an encoder does: frames of a rate, which follows the target.

use std::time::Duration;

use super::link::Random;

/// Packets of a frame are no larger.
const PACKET_BYTES: f64 = 1_200.0;

#[derive(Clone, Debug)]
pub(super) struct Video {
    pub(super) min_bps: f64,
    pub(super) max_bps: f64,
    random: Random,
    bps: f64,
    next_at: Duration,
    /// Targets that the encoder has not followed yet.
    follows: Duration,
    wanted: Vec<(Duration, f64)>,
}

impl Video {
    /// 30 frames a second whose size varies by 5 %; the rate follows after 100 ms.
    pub(super) fn new(max_bps: f64, seed: u64) -> Self {
        let mut random = Random(seed);
        let next_at = Duration::from_secs_f64(random.unit() / 30.0);
        Video {
            min_bps: 50_000.0,
            max_bps,
            random,
            bps: 300_000.0,
            next_at,
            follows: Duration::from_millis(100),
            wanted: Vec::new(),
        }
    }

    pub(super) fn set_target(&mut self, bps: f64, now: Duration) {
        if self.wanted.last().is_none_or(|last| (last.1 - bps).abs() > 1.0) {
            self.wanted.push((now + self.follows, bps));
        }
    }

    /// The packets of the frame of this moment, if there is one.
    pub(super) fn frame(&mut self, now: Duration) -> Vec<u32> {
        let follows = self.wanted.iter().take_while(|wanted| wanted.0 <= now).count();
        if let Some((_, bps)) = self.wanted.drain(..follows).next_back() {
            self.bps = bps;
        }
        if now < self.next_at {
            return Vec::new();
        }
        self.next_at += Duration::from_secs_f64(1.0 / 30.0);
        let bps = self.bps.clamp(self.min_bps, self.max_bps);
        let bytes = bps / 8.0 / 30.0 * (0.95 + 0.1 * self.random.unit());
        let packets = (bytes / PACKET_BYTES).ceil();
        (0..packets as u32).map(|_| (bytes / packets) as u32).collect()
    }
}
