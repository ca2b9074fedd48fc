//! A congestion controller: it keeps the queue at a delay.

use std::time::{Duration, Instant};

use lapwing_engine::congestion::{CongestionController, Limits, Target};
use lapwing_engine::{Bitrate, SentPacket, TransportFeedback};
use lapwing_simnet::Settings;

/// The share of lost packets beyond which the rate falls, whatever the delay.
const LOSS_MAX: f64 = 0.1;
/// What is left of the rate then.
const AFTER_LOSS: f64 = 0.85;
/// The share of the rate by which it falls with each feedback, at most.
const FALL: f64 = 0.06;
/// The rate goes no further beyond what the encoders want.
const BEYOND_DESIRED: f64 = 1.2;

/// Grows while packets wait for less than a target, and shrinks while they wait for more.
#[derive(Debug)]
pub struct DelayTarget {
    start: Instant,
    rate: f64,
    limits: Limits,
    /// Seconds that a packet shall wait.
    target: f64,
    /// Bits a second by which the rate grows with each feedback, at most.
    step: f64,
    /// The least one-way delay so far. The two clocks differ, so it has an unknown part.
    base: f64,
}

impl DelayTarget {
    /// Settings: `target_ms` (20) and `step_bps` (15,000).
    pub fn new(settings: &Settings, rate: Bitrate, start: Instant) -> Self {
        DelayTarget {
            start,
            rate: rate.as_bps() as f64,
            limits: Limits::default(),
            target: settings.get("target_ms", 20.0) / 1e3,
            step: settings.get("step_bps", 15_000.0),
            base: f64::INFINITY,
        }
    }
}

impl CongestionController for DelayTarget {
    fn on_sent(&mut self, _: &SentPacket) {}

    fn on_feedback(&mut self, feedback: &TransportFeedback) {
        let (lost, told) = feedback.losses();
        let way = |sent: Instant, at: Duration| {
            at.as_secs_f64() - sent.saturating_duration_since(self.start).as_secs_f64()
        };
        let arrived = feedback
            .results
            .iter()
            .filter_map(|result| Some(way(result.sent.sent_at, result.arrived_at()?)));
        let ways: Vec<f64> = arrived.collect();
        let Some(last) = ways.last() else { return };
        self.base = ways.iter().copied().fold(self.base, f64::min);
        // Who grows by steps and falls by shares ends with the same rate as its rivals.
        let room = (1.0 - (last - self.base) / self.target).clamp(-1.0, 1.0);
        match room > 0.0 {
            true => self.rate += self.step * room,
            false => self.rate *= 1.0 + FALL * room,
        }
        if lost as f64 > LOSS_MAX * told as f64 {
            self.rate *= AFTER_LOSS;
        }
    }

    fn set_limits(&mut self, limits: Limits, _: Instant) {
        self.limits = limits;
    }

    fn update(&mut self, _: Instant) -> Target {
        if let Some(desired) = self.limits.desired {
            self.rate = self.rate.min(desired.as_bps() as f64 * BEYOND_DESIRED);
        }
        let rate = self.limits.clamp(Bitrate::bps(self.rate as u64));
        self.rate = rate.as_bps() as f64;
        // Frames are not to wait here for each other.
        Target { pacing: Bitrate::bps(rate.as_bps() * 5 / 2), ..Target::of_rate(rate) }
    }

    fn next_wakeup(&self) -> Option<Instant> {
        None
    }
}
