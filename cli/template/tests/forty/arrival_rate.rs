//! A congestion controller that follows the rate at which packets arrive.

use std::time::Instant;

use lapwing_engine::congestion::{CongestionController, Limits, Target};
use lapwing_engine::{Bitrate, SentPacket, TransportFeedback};
use lapwing_simnet::{Parts, Settings};

/// Sends as fast as packets arrived in the last half second, times a gain, plus a constant.
///
/// The gain falls from 1.1 to 0.75 with the queueing delay and with loss. The constant, which is
/// the same at every rate, draws flows that see the same queue towards equal shares.
#[derive(Debug)]
struct ArrivalRate {
    start: Instant,
    settings: Settings,
    limits: Limits,
    rate: f64,
    arrivals: Vec<(f64, f64)>,
    base: f64,
    loss: f64,
}

impl CongestionController for ArrivalRate {
    fn on_sent(&mut self, _: &SentPacket) {}

    fn on_feedback(&mut self, feedback: &TransportFeedback) {
        let mut way = f64::INFINITY;
        for result in &feedback.results {
            self.loss += 0.01 * (f64::from(result.arrived_at().is_none()) - self.loss);
            let Some(at) = result.arrived_at().map(|at| at.as_secs_f64()) else { continue };
            way = way.min(at - (result.sent.sent_at - self.start).as_secs_f64());
            self.arrivals.push((at, 8.0 * result.sent.size as f64));
        }
        let Some(begin) = self.arrivals.last().map(|last| last.0 - 0.5) else { return };
        self.base = self.base.min(way);
        let wait = (way - self.base) / self.settings.get("target_s", 0.03);
        if self.arrivals[0].0 < begin {
            self.arrivals.retain(|(at, _)| *at >= begin);
            let arrived = self.arrivals.iter().map(|(_, bits)| bits).sum::<f64>() / 0.5;
            let gain = 1.0 + 0.1 * (1.0 - wait - self.loss / 0.05).clamp(-2.5, 1.0);
            self.rate = gain * arrived + self.settings.get("plus_bps", 25_000.0);
        }
    }

    fn set_limits(&mut self, limits: Limits, _: Instant) {
        self.limits = limits;
    }

    fn update(&mut self, _: Instant) -> Target {
        let rate = self.limits.clamp(Bitrate::bps(self.rate as u64));
        Target { pacing: Bitrate::bps(rate.as_bps() * 5 / 2), ..Target::of_rate(rate) }
    }

    fn next_wakeup(&self) -> Option<Instant> {
        None
    }
}

/// `controller = "arrival-rate"`, beside the parts of the template.
pub(crate) fn parts() -> Parts {
    lapwing_template::parts().controller("arrival-rate", |settings, rate, start| {
        Box::new(ArrivalRate {
            start,
            settings: settings.clone(),
            limits: Limits::default(),
            rate: rate.as_bps() as f64,
            arrivals: Vec::new(),
            base: f64::INFINITY,
            loss: 0.0,
        })
    })
}
