//! A video encoder as statistics see it (RFC 8593 section 5).
//!
//! 1. A new target is followed at once, unless one was followed within the reaction time: then it
//!    is ignored (section 5.1).
//! 2. Following a large change begins with a burst: a large frame, then smaller ones that make up
//!    for it (section 5.2).
//! 3. Otherwise intervals and sizes deviate from their means by independent Laplacian shares
//!    (section 5.3). Rate control makes up for a share of them with each frame, where asked for.

use std::fmt;
use std::time::Duration;

use lapwing_engine::Bitrate;

use crate::random::Stream;
use crate::time::Time;

/// The model's parameters (RFC 8593 figure 2).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EncoderConfig {
    /// R_min: the least rate.
    pub min: Bitrate,
    /// R_max: the greatest rate.
    pub max: Bitrate,
    /// The first target.
    pub start: Bitrate,
    /// FPS: frames per second.
    pub fps: f64,
    /// tau_v: reaction time.
    pub reaction: Duration,
    /// SCALE_t: scale of the relative deviation of frame intervals.
    pub interval_scale: f64,
    /// SCALE_B: scale of the relative deviation of frame sizes.
    pub size_scale: f64,
    /// What each frame makes up for, as a share of what those before were over or under their
    /// rate; with zero, deviations are independent, as the RFC has it.
    pub control: f64,
    /// K_d: frames in a burst.
    pub burst_frames: u32,
    /// K_B: the first frame of a burst, as a multiple of the mean size.
    pub burst_ratio: f64,
    /// The change of the target, as a share of it, beyond which a burst follows: an encoder meets
    /// smaller ones by its quantiser.
    pub burst_change: f64,
}

impl Default for EncoderConfig {
    /// The example values of the RFC: 0.15 to 1.5 Mbit/s at 30 frames per second.
    fn default() -> Self {
        EncoderConfig {
            min: Bitrate::kbps(150),
            max: Bitrate::kbps(1_500),
            start: Bitrate::kbps(150),
            fps: 30.0,
            reaction: Duration::from_millis(200),
            interval_scale: 0.15,
            size_scale: 0.15,
            control: 0.0,
            burst_frames: 8,
            // 13.5 kB against 4.17 kB.
            burst_ratio: 3.24,
            burst_change: 0.5,
        }
    }
}

/// A frame that the model makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ModelFrame {
    /// Its size.
    pub bytes: u32,
    /// It begins a burst, as an intra frame would.
    pub burst: bool,
    /// When the next one is due.
    pub next: Time,
}

/// A video encoder as a run sees it: what it is asked for, and the sizes of its frames. Of one's
/// own by [`Parts::encoder`](crate::Parts::encoder).
pub trait FrameModel: fmt::Debug {
    /// The rate that it produces.
    fn target(&self) -> Bitrate;

    /// The congestion controller lets so much through.
    fn request(&mut self, target: Bitrate, now: Time);

    /// The next frame is to be decodable alone.
    fn intra(&mut self);

    /// Makes the frame that is due now.
    fn frame(&mut self, now: Time) -> ModelFrame;
}

/// An encoder without pictures.
#[derive(Clone, Debug)]
pub struct StatisticalEncoder {
    config: EncoderConfig,
    target: Bitrate,
    changed_at: Option<Time>,
    /// Frames left of the burst.
    burst: u32,
    /// Bytes that frames were over their rate, bursts excepted.
    over: f64,
    stream: Stream,
}

/// No frame is smaller: headers alone take this.
const MIN_FRAME_BYTES: f64 = 20.0;
/// No frame comes sooner after the last than this share of the mean interval: a camera has a
/// shutter.
const MIN_INTERVAL: f64 = 0.1;

impl StatisticalEncoder {
    /// An encoder at its first target; it begins with a burst.
    pub fn new(config: EncoderConfig, stream: Stream) -> Self {
        let target = config.start.clamp(config.min, config.max);
        let burst = config.burst_frames;
        StatisticalEncoder { config, target, changed_at: None, burst, over: 0.0, stream }
    }

    /// The rate that it produces.
    pub fn target(&self) -> Bitrate {
        self.target
    }

    /// Asks for another rate; false when it is ignored.
    pub fn request(&mut self, target: Bitrate, now: Time) -> bool {
        let recent = self.changed_at.is_some_and(|at| now.since(at) < self.config.reaction);
        let target = target.clamp(self.config.min, self.config.max);
        if recent || target == self.target {
            return false;
        }
        let before = self.target.as_bps() as f64;
        if (target.as_bps() as f64 - before).abs() > before * self.config.burst_change {
            self.intra();
        }
        self.target = target;
        self.changed_at = Some(now);
        true
    }

    /// The next frame begins a burst: the receiver asks for an intra frame, or pictures come again
    /// after a pause.
    pub fn intra(&mut self) {
        self.burst = self.config.burst_frames;
    }

    /// Makes the frame that is due now.
    pub fn frame(&mut self, now: Time) -> ModelFrame {
        let mean_bytes = self.target.as_bps() as f64 / 8.0 / self.config.fps;
        let burst = self.burst > 0 && self.burst == self.config.burst_frames;
        let steady = self.burst == 0;
        let share = match self.burst {
            0 => {
                let made_up = self.config.control * self.over / mean_bytes.max(1.0);
                1.0 + self.laplacian(self.config.size_scale) - made_up
            }
            _ if burst => self.config.burst_ratio,
            // The rest of the burst makes up for its first frame.
            _ => {
                let frames = f64::from(self.config.burst_frames);
                (frames - self.config.burst_ratio) / (frames - 1.0)
            }
        };
        self.burst = self.burst.saturating_sub(1);
        let bytes = (mean_bytes * share).max(MIN_FRAME_BYTES);
        let interval = (1.0 + self.laplacian(self.config.interval_scale)).max(MIN_INTERVAL);
        if steady {
            self.over += bytes - mean_bytes * interval;
        }
        let next = now + Duration::from_secs_f64(interval / self.config.fps);
        ModelFrame { bytes: bytes as u32, burst, next }
    }

    fn laplacian(&mut self, scale: f64) -> f64 {
        let size = self.stream.exponential(scale);
        if self.stream.chance(0.5) { size } else { -size }
    }
}

impl FrameModel for StatisticalEncoder {
    fn target(&self) -> Bitrate {
        StatisticalEncoder::target(self)
    }

    fn request(&mut self, target: Bitrate, now: Time) {
        StatisticalEncoder::request(self, target, now);
    }

    fn intra(&mut self) {
        StatisticalEncoder::intra(self);
    }

    fn frame(&mut self, now: Time) -> ModelFrame {
        StatisticalEncoder::frame(self, now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Seed;

    fn encoder(config: EncoderConfig) -> StatisticalEncoder {
        StatisticalEncoder::new(config, Seed(4).stream("video"))
    }

    /// Bits per second over a minute from `now` on.
    fn rate(encoder: &mut StatisticalEncoder, mut now: Time) -> f64 {
        let (start, mut bytes) = (now, 0.0);
        while now.since(start) < Duration::from_secs(60) {
            let frame = encoder.frame(now);
            bytes += f64::from(frame.bytes);
            now = frame.next;
        }
        bytes * 8.0 / now.since(start).as_secs_f64()
    }

    #[test]
    fn it_produces_its_target() {
        let mut encoder = encoder(EncoderConfig::default());
        for (second, kbps) in [(0, 150), (100, 1_000), (200, 1_500), (300, 300)] {
            encoder.request(Bitrate::kbps(kbps), Time::from_secs(second));
            let ratio = rate(&mut encoder, Time::from_secs(second)) / (kbps as f64 * 1e3);
            // 1,800 frames with a deviation of 0.21 in size and interval: 0.7 % for the mean.
            assert!((0.975..1.025).contains(&ratio), "{ratio:.4} of {kbps} kbit/s");
        }
    }

    #[test]
    fn rate_control_bounds_what_a_second_deviates() {
        let config = EncoderConfig { control: 1.0 / 3.0, ..Default::default() };
        let mut encoder = encoder(config);
        encoder.request(Bitrate::kbps(1_000), Time::ZERO);
        let (mut now, mut frames) = (Time::ZERO, Vec::new());
        while now < Time::from_secs(1_000) {
            let frame = encoder.frame(now);
            frames.push((now, f64::from(frame.bytes)));
            now = frame.next;
        }
        let mut off: Vec<f64> = (1..999)
            .map(|second| {
                let (from, to) = (Time::from_secs(second), Time::from_secs(second + 1));
                let within = frames.iter().filter(|(at, _)| (from..to).contains(at));
                (within.map(|(_, bytes)| bytes * 8.0).sum::<f64>() / 1e6 - 1.0).abs()
            })
            .collect();
        off.sort_by(f64::total_cmp);
        let percentile = |share: f64| off[(off.len() as f64 * share) as usize];
        let (median, most) = (percentile(0.5), percentile(0.99));
        assert!((0.008..0.02).contains(&median), "{median}");
        assert!((0.035..0.055).contains(&most), "{most}");
    }

    #[test]
    fn requests_are_limited_and_ignored_while_it_reacts() {
        let mut encoder = encoder(EncoderConfig::default());
        let at = Time::from_millis;
        assert!(encoder.request(Bitrate::mbps(9), at(0)));
        assert_eq!(encoder.target(), Bitrate::kbps(1_500));
        assert!(!encoder.request(Bitrate::kbps(1), at(199)));
        assert!(encoder.request(Bitrate::kbps(1), at(200)));
        assert_eq!(encoder.target(), Bitrate::kbps(150));
    }

    #[test]
    fn a_change_begins_with_a_burst_that_evens_out() {
        let config = EncoderConfig { interval_scale: 0.0, size_scale: 0.0, ..Default::default() };
        let mut encoder = encoder(config);
        encoder.request(Bitrate::kbps(1_200), Time::ZERO);
        let frames: Vec<_> = (0..10).map(|_| encoder.frame(Time::ZERO)).collect();
        let sizes: Vec<_> = frames.iter().map(|frame| frame.bytes).collect();
        assert_eq!((sizes[0], sizes[8], sizes[9]), (16_200, 5_000, 5_000));
        assert_eq!(frames.iter().filter(|frame| frame.burst).count(), 1);
        let burst: u32 = sizes[..8].iter().sum();
        assert!((39_990..=40_000).contains(&burst), "{burst} bytes in eight frames");
        assert_eq!(frames[0].next, Time::from_nanos(33_333_333));
    }
}
