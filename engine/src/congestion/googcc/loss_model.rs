//! How well a pair of a path's own loss and a limit explains what was lost.
//!
//! A packet is lost by itself with the inherent probability; where more is sent than the limit, the
//! surplus is lost too. The best pair has the greatest likelihood of what was observed, with a bias
//! for higher limits.

use super::loss_window::LossWindow;
use super::math::ln;

/// Bounds of the inherent loss: the lower one, and the upper one as an offset and a rate over the
/// limit, so that a small limit may explain itself by more of it.
const INHERENT_MIN: f64 = 0.001;
const INHERENT_MAX: f64 = 0.05;
const INHERENT_BALANCE_BPS: f64 = 100_000.0;
/// What it is before anything was lost.
pub(super) const INHERENT_START: f64 = 0.01;

/// The bias, for each kbit/s of a limit and for its logarithm.
const BIAS: f64 = 0.0002;
const BIAS_LN: f64 = 0.02;
/// Below this share of lost bytes the bias holds, above it turns around;
const BIAS_LOSS: f64 = 0.2;
/// this is how smoothly.
const BIAS_SMOOTHING: f64 = 0.002;

/// The step that is taken towards the best inherent loss, as part of Newton's.
const NEWTON_STEP: f64 = 0.75;
/// Probabilities stay so far from zero and one.
const PROBABILITY_MIN: f64 = 1e-6;

/// A pair that explains losses.
#[derive(Clone, Copy, Debug)]
pub(super) struct Model {
    /// The probability that a packet is lost by itself.
    pub(super) inherent: f64,
    /// More than this is not carried, in bits per second.
    pub(super) limit_bps: f64,
}

impl Model {
    /// With the best inherent loss for its limit, as far as one step goes.
    pub(super) fn fitted(mut self, window: &LossWindow) -> Self {
        let (mut first, mut second) = (0.0, 0.0);
        for (weight, seen) in window.weighted() {
            let lost = self.loss_at(seen.sent_bps);
            let kept = 1.0 - lost;
            first += weight * (seen.lost_kb / lost - seen.received_kb / kept);
            second -= weight * (seen.lost_kb / (lost * lost) + seen.received_kb / (kept * kept));
        }
        self.inherent -= NEWTON_STEP * first / second.min(-PROBABILITY_MIN);
        self.feasible()
    }

    /// With an inherent loss within its bounds.
    pub(super) fn feasible(mut self) -> Self {
        let balance = INHERENT_BALANCE_BPS / self.limit_bps.max(1.0);
        let upper = (INHERENT_MAX + balance).min(1.0);
        self.inherent = self.inherent.clamp(INHERENT_MIN, upper);
        self
    }

    /// The logarithm of the likelihood of what was observed, with the bias. `average` is the share
    /// of bytes lost.
    pub(super) fn likelihood(&self, window: &LossWindow, average: f64) -> f64 {
        let kbps = self.limit_bps / 1e3;
        let distance = BIAS_LOSS - average;
        let held = distance / (BIAS_SMOOTHING + distance.abs());
        let bias = held * (BIAS * kbps + BIAS_LN * ln(1.0 + kbps));
        let explained = window.weighted().map(|(weight, seen)| {
            let lost = self.loss_at(seen.sent_bps);
            let likely = seen.lost_kb * ln(lost) + seen.received_kb * ln(1.0 - lost);
            weight * (likely + bias * (seen.lost_kb + seen.received_kb))
        });
        explained.sum()
    }

    /// The share of packets that is lost when so much is sent.
    fn loss_at(&self, sent_bps: f64) -> f64 {
        let surplus = ((sent_bps - self.limit_bps) / sent_bps.max(1.0)).max(0.0);
        let lost = self.inherent + (1.0 - self.inherent) * surplus;
        lost.clamp(PROBABILITY_MIN, 1.0 - PROBABILITY_MIN)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::feedback::{Arrival, PacketClass, PacketResult, SentPacket};
    use crate::ids::Ssrc;
    use crate::test_time::origin;

    /// Four seconds at 1 Mbit/s, where every so many packets is lost.
    fn window(lost_every: u64) -> LossWindow {
        let mut window = LossWindow::new();
        for number in 0..400_u64 {
            let sent = SentPacket {
                number,
                ssrc: Ssrc(1),
                sequence: number as u16,
                sent_at: origin() + Duration::from_millis(10 * number),
                size: 1_250,
                ecn: None,
                class: PacketClass::Video,
                probe: None,
            };
            let arrival = match number % lost_every {
                0 => Arrival::Lost,
                _ => Arrival::Received { at: Duration::ZERO, ecn: None, after_loss: false },
            };
            window.on_results(&[PacketResult { sent, arrival }]);
        }
        window
    }

    fn best(window: &LossWindow) -> f64 {
        let average = window.average();
        let limits = [0.5e6, 0.7e6, 0.8e6, 0.9e6, 1.0e6, 1.1e6];
        let value = |limit_bps: f64| {
            let mut model = Model { inherent: INHERENT_START, limit_bps };
            for _ in 0..20 {
                model = model.fitted(window);
            }
            model.likelihood(window, average)
        };
        limits.into_iter().max_by(|a, b| value(*a).total_cmp(&value(*b))).unwrap()
    }

    #[test]
    fn little_loss_is_the_paths_own_and_much_of_it_a_limit() {
        assert!(best(&window(50)) > 1.05e6, "2 %");
        assert!(best(&window(3)) < 0.75e6, "33 %");
    }

    #[test]
    fn the_fit_finds_the_inherent_loss_and_keeps_its_bounds() {
        let seen = window(50);
        let mut model = Model { inherent: INHERENT_START, limit_bps: 2e6 };
        for _ in 0..30 {
            model = model.fitted(&seen);
        }
        assert!((model.inherent - 0.02).abs() < 0.01, "{}", model.inherent);
        let model = Model { inherent: 5.0, limit_bps: 1e6 }.feasible();
        assert!((model.inherent - 0.15).abs() < 1e-9);
        let empty = Model { inherent: 0.5, limit_bps: 1e6 }.fitted(&LossWindow::new());
        assert!(empty.inherent.is_finite());
    }
}
