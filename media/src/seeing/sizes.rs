//! What large frames cost: how long a byte takes, and what that explains of a frame's delay.
//!
//! A key frame takes as long as ten others on its way. That is no jitter: waiting so long for all
//! frames would make each late, that one is shown once. So a slope is learned, the time per byte,
//! from pairs of frames in turn, by a filter of one state after the idea of Kalman (libwebrtc's
//! `frame_delay_variation_kalman_filter` has two: the second is the queue's drift). What frames
//! have above the usual size then fills a queue in thought, which drains as media time passes; what
//! stands in it explains the delay of the large frame and of those that are stuck behind it.

use super::settings::MS;

/// What is known of the usual size is kept so far with each frame.
const KEEP: f64 = 0.97;

/// A frame is large from the usual size and so many deviations on, and from so many times it.
const DEVIATIONS: f64 = 2.0;
/// See [`DEVIATIONS`].
const LARGE: f64 = 1.5;

/// Time per byte at most, in microseconds: a path of 32 kbit/s.
const SLOPE_MAX: f64 = 250.0;

/// Time per byte at first: a path of 4 Mbit/s.
const SLOPE_FIRST: f64 = 2.0;

/// Variance of the slope at first, and what it gains with each frame.
const UNSURE_FIRST: f64 = 100.0;
const UNSURE_STEP: f64 = 1e-3;

/// Least variance of delays, in square microseconds: clocks and timers have one millisecond.
const NOISE_MIN: f64 = 1e6;

/// Innovations beyond so many deviations tell of an outage, not of sizes.
const OUTLIER: f64 = 15.0;

/// A pause empties the queue.
const DRAIN_MAX: i64 = 10_000 * MS;

/// The usual frames leave at least this share of time for the queue to drain, whatever the slope.
const DRAIN_LEAST: f64 = 0.2;

/// What was learnt of sizes.
#[derive(Clone, Debug)]
pub(super) struct Sizes {
    /// Bytes of the usual frame, and their variance.
    usual: Option<f64>,
    variance: f64,
    slope: f64,
    unsure: f64,
    noise: f64,
    /// Size, transit and media time of the frame before.
    last: Option<(f64, i64, i64)>,
    queue: f64,
}

impl Sizes {
    pub(super) fn new() -> Self {
        Sizes {
            usual: None,
            variance: 0.0,
            slope: SLOPE_FIRST,
            unsure: UNSURE_FIRST,
            noise: NOISE_MIN * 100.0,
            last: None,
            queue: 0.0,
        }
    }

    /// The stream begins anew; what a byte takes stays.
    pub(super) fn restart(&mut self) {
        self.last = None;
        self.queue = 0.0;
    }

    /// Takes a frame, and says what part of its delay its size and those before it explain.
    pub(super) fn explained(&mut self, bytes: usize, transit: i64, time: i64) -> i64 {
        let size = bytes as f64;
        let usual = *self.usual.get_or_insert(size);
        let large = (usual + DEVIATIONS * self.variance.sqrt()).max(usual * LARGE);
        if let Some((size_before, transit_before, time_before)) = self.last {
            let passed = (time - time_before).clamp(0, DRAIN_MAX) as f64;
            let drained = (passed - self.slope * size.min(large)).max(passed * DRAIN_LEAST);
            // What is stuck behind a large frame tells nothing of sizes.
            let stuck = self.queue > 0.0 || size_before > large;
            self.queue = (self.queue - drained).max(0.0);
            if !stuck {
                self.learn(size - size_before, (transit - transit_before) as f64, size > large);
            }
        }
        self.last = Some((size, transit, time));
        self.queue += self.slope * (size - large).max(0.0);
        // A large frame says little of what is usual.
        let taken = size.min(large);
        self.usual = Some(KEEP * usual + (1.0 - KEEP) * taken);
        let deviation = (taken - usual).powi(2);
        self.variance = KEEP * self.variance + (1.0 - KEEP) * deviation;
        self.queue as i64
    }

    fn learn(&mut self, bytes: f64, delay: f64, is_large: bool) {
        let innovation = delay - self.slope * bytes;
        let limit = OUTLIER * self.noise.sqrt();
        if innovation.abs() > limit && !is_large {
            self.noise = KEEP * self.noise + (1.0 - KEEP) * limit.powi(2);
            return;
        }
        self.unsure += UNSURE_STEP;
        let gain = self.unsure * bytes / (bytes * bytes * self.unsure + self.noise);
        self.slope = (self.slope + gain * innovation).clamp(0.0, SLOPE_MAX);
        self.unsure *= (1.0 - gain * bytes).max(0.0);
        if !is_large {
            let noise = KEEP * self.noise + (1.0 - KEEP) * innovation.powi(2);
            self.noise = noise.max(NOISE_MIN);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Frames every 40 ms over a link of 1 Mbit/s (8 us per byte), each 50th a key frame; what is
    /// left of the delays when what is explained is taken away, in ms.
    #[test]
    fn key_frames_and_what_is_behind_them_are_explained() {
        let mut sizes = Sizes::new();
        let mut free = 0_i64;
        let mut left = Vec::new();
        for index in 0..500_i64 {
            let bytes = match index % 50 {
                49 => 20_000,
                _ => 2_000 + (index * 7_919 % 500) as usize,
            };
            let time = index * 40 * MS;
            free = free.max(time) + bytes as i64 * 8;
            let transit = free - time;
            let explained = sizes.explained(bytes, transit, time);
            left.push((transit - 2_000 * 8 - explained) / MS);
        }
        let late = |range: std::ops::Range<usize>| *left[range].iter().max().unwrap();
        // A large frame begins at one and a half of the usual: 8 ms of them are not explained.
        assert!(late(450..500) <= 12, "{:?}", &left[445..500]);
    }

    #[test]
    fn jitter_is_not_explained() {
        let mut sizes = Sizes::new();
        let explained = (0..500_i64).map(|index| {
            let late = index * 7_919 % 60 * MS;
            sizes.explained(2_000 + (index * 104_729 % 300) as usize, late, index * 40 * MS)
        });
        let worst = explained.skip(100).max().unwrap();
        assert!(worst < 5 * MS, "{worst}");
    }
}
