//! Reno: one segment more in each round trip, half of them less at a loss.

use crate::cross::control::controller::{Ack, CongestionControl, INITIAL_WINDOW, Timeout};
use crate::time::Time;

/// The least slow-start threshold (RFC 5681 section 3.1).
pub(super) const MIN_THRESHOLD: f64 = 2.0;

/// RFC 5681, in slow start with a segment more for each that arrives (RFC 3465 without its limit,
/// as stacks have it).
#[derive(Clone, Copy, Debug)]
pub struct Reno {
    pub(super) window: f64,
    pub(super) threshold: f64,
}

impl Default for Reno {
    fn default() -> Self {
        Reno { window: INITIAL_WINDOW, threshold: f64::INFINITY }
    }
}

impl CongestionControl for Reno {
    fn fresh(&self) -> Box<dyn CongestionControl> {
        Box::new(Reno::default())
    }

    fn on_ack(&mut self, ack: &Ack) {
        if !ack.may_grow() {
            return;
        }
        let slow = ack.acked.min((self.threshold - self.window).max(0.0));
        self.window += slow;
        self.window += (ack.acked - slow) / self.window;
    }

    fn on_loss(&mut self, flight: f64, _: Time) {
        // Without what limited transmit sent beyond the window (RFC 5681 section 3.2).
        self.threshold = (flight.min(self.window) / 2.0).max(MIN_THRESHOLD);
        self.window = self.threshold;
    }

    fn on_timeout(&mut self, timeout: &Timeout) {
        if !timeout.repeated {
            self.threshold = (timeout.flight / 2.0).max(MIN_THRESHOLD);
        }
        self.window = 1.0;
    }

    fn on_idle(&mut self, _: Time) {
        self.window = self.window.min(INITIAL_WINDOW);
    }

    fn window(&self) -> f64 {
        self.window
    }

    fn threshold(&self) -> Option<f64> {
        Some(self.threshold).filter(|threshold| threshold.is_finite())
    }

    fn in_slow_start(&self) -> bool {
        self.window < self.threshold
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cross::control::controller::tests::{ack, timeout};

    #[test]
    fn it_grows_by_one_in_a_round_trip_and_halves() {
        let mut reno = Reno { window: 40.0, ..Reno::default() };
        reno.on_loss(43.0, Time::ZERO);
        assert_eq!(reno.window(), 20.0, "limited transmit does not count");
        for _ in 0..20 {
            reno.on_ack(&ack(1.0, Time::ZERO));
        }
        assert!((20.9..21.0).contains(&reno.window()), "{}", reno.window());
        reno.on_timeout(&timeout(20.0, false));
        assert_eq!(reno.window(), 1.0);
        for _ in 0..9 {
            reno.on_ack(&ack(1.0, Time::ZERO));
        }
        assert_eq!(reno.window(), 10.0, "slow start up to half of what was on its way");
    }

    #[test]
    fn a_threshold_outlives_timeouts_in_a_row() {
        let mut reno = Reno::default();
        reno.on_timeout(&timeout(40.0, false));
        reno.on_timeout(&timeout(1.0, true));
        reno.on_ack(&ack(30.0, Time::ZERO));
        assert_eq!(reno.window(), 20.0 + 11.0 / 20.0, "slow start ends at the threshold");
    }
}
