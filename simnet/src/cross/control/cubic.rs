//! CUBIC: the window is a cubic function of the time since the last loss.

use std::time::Duration;

use crate::cross::control::controller::{Ack, CongestionControl, INITIAL_WINDOW, Timeout};
use crate::cross::control::hystart::{Growth, HyStart};
use crate::cross::control::reno::MIN_THRESHOLD;
use crate::time::Time;

/// RFC 9438: the window is a cubic function of the time since the last loss, flat around where that
/// happened.
#[derive(Clone, Copy, Debug)]
pub struct Cubic {
    window: f64,
    threshold: f64,
    /// W_max: the window before the last loss, or less to leave room for others; nothing after a
    /// timeout.
    max: f64,
    /// cwnd_prior: the window before it last shrank.
    prior: f64,
    epoch: Option<Epoch>,
    /// Since when the window is not in use.
    unused_since: Option<Time>,
    start: SlowStart,
}

#[derive(Clone, Copy, Debug)]
enum SlowStart {
    Standard,
    HyStart(HyStart),
}

/// A stretch of congestion avoidance.
#[derive(Clone, Copy, Debug)]
struct Epoch {
    start: Time,
    /// Seconds until the window is `max` again.
    k: f64,
    /// Where the curve is flat.
    origin: f64,
    /// W_est: what Reno would have.
    reno: f64,
}

/// C: how steep the curve is (section 5).
const C: f64 = 0.4;
/// What is left of the window at a loss (section 4.6).
const BETA: f64 = 0.7;
/// Growth that makes Reno with BETA as fast as Reno with a half (section 4.3).
const RENO_ALPHA: f64 = 3.0 * (1.0 - BETA) / (1.0 + BETA);

impl Default for Cubic {
    fn default() -> Self {
        Cubic {
            window: INITIAL_WINDOW,
            threshold: f64::INFINITY,
            max: 0.0,
            prior: 0.0,
            epoch: None,
            unused_since: None,
            start: SlowStart::Standard,
        }
    }
}

impl Cubic {
    /// With HyStart++ (RFC 9406) in the slow start with which a connection begins.
    pub fn with_hystart() -> Self {
        Cubic { start: SlowStart::HyStart(HyStart::default()), ..Cubic::default() }
    }

    fn begin(&self, now: Time) -> Epoch {
        let (k, origin) = if self.window < self.max {
            (cube_root((self.max - self.window) / C), self.max)
        } else {
            (0.0, self.window)
        };
        Epoch { start: now, k, origin, reno: self.window }
    }

    /// Grows in slow start; gives the acknowledged segments that are left over at its end.
    fn grow_slowly(&mut self, ack: &Ack) -> f64 {
        let growth = match &mut self.start {
            SlowStart::HyStart(hystart) => hystart.on_ack(ack),
            SlowStart::Standard => Growth::By(ack.acked),
        };
        match growth {
            Growth::Over => {
                self.threshold = self.window;
                ack.acked
            }
            Growth::By(segments) => {
                let room = (self.threshold - self.window).max(0.0);
                self.window += segments.min(room);
                (segments - room).max(0.0)
            }
        }
    }

    fn grow(&mut self, acked: f64, rtt: Duration, now: Time) {
        let fresh = self.begin(now);
        let epoch = self.epoch.get_or_insert(fresh);
        if let Some(since) = self.unused_since.take() {
            // Section 5.8: time in which the window was not used does not count.
            epoch.start = epoch.start + now.since(since.max(epoch.start));
        }
        let alpha = if epoch.reno < self.prior { RENO_ALPHA } else { 1.0 };
        epoch.reno += alpha * acked / self.window;
        let since = (now.since(epoch.start) + rtt).as_secs_f64() - epoch.k;
        let curve = epoch.origin + C * since * since * since;
        // Section 4.2: the target is within the window and one and a half of it.
        let target = curve.clamp(self.window, self.window * 1.5);
        let cubic = self.window + (target - self.window) / self.window * acked;
        self.window = cubic.max(epoch.reno);
    }

    /// What is left of `before` segments.
    fn shrink(&mut self, before: f64) {
        self.prior = before;
        self.threshold = (before * BETA).max(MIN_THRESHOLD);
        self.epoch = None;
        // HyStart++ is for the first slow start (RFC 9406 section 4.3).
        self.start = SlowStart::Standard;
    }
}

impl CongestionControl for Cubic {
    fn fresh(&self) -> Box<dyn CongestionControl> {
        Box::new(match self.start {
            SlowStart::HyStart(_) => Cubic::with_hystart(),
            SlowStart::Standard => Cubic::default(),
        })
    }

    fn on_ack(&mut self, ack: &Ack) {
        if !ack.window_limited {
            self.unused_since.get_or_insert(ack.now);
        }
        if !ack.may_grow() {
            return;
        }
        let mut left = ack.acked;
        if self.window < self.threshold {
            left = self.grow_slowly(ack);
        }
        if left > 0.0 && self.window >= self.threshold {
            self.grow(left, ack.smoothed_rtt, ack.now);
        }
    }

    fn on_loss(&mut self, flight: f64, _: Time) {
        let before = self.window.min(flight.max(1.0));
        // Fast convergence (section 4.7): who shrinks again before growing back leaves room for
        // others.
        self.max = if before < self.max { before * (1.0 + BETA) / 2.0 } else { before };
        self.shrink(before);
        self.window = self.threshold;
    }

    fn on_timeout(&mut self, timeout: &Timeout) {
        if !timeout.repeated {
            self.shrink(timeout.flight);
            // Section 4.8: K is 0, and W_max the window with which congestion avoidance begins.
            self.max = 0.0;
        }
        self.epoch = None;
        self.window = 1.0;
    }

    fn on_idle(&mut self, _: Time) {
        self.window = self.window.min(INITIAL_WINDOW);
        self.epoch = None;
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

/// The cube root of a number that is not negative, by Newton's method on exactly rounded
/// operations: the library's may differ from machine to machine.
fn cube_root(x: f64) -> f64 {
    if x <= 0.0 {
        return 0.0;
    }
    // A third of the exponent is a guess within a factor of two.
    let mut root = f64::from_bits(x.to_bits() / 3 + (682 << 52));
    for _ in 0..6 {
        root -= (root * root * root - x) / (3.0 * root * root);
    }
    root
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cross::control::controller::tests::{ack, timeout};

    #[test]
    fn the_cube_root_agrees_with_the_library() {
        for i in 1..2_000 {
            let x = f64::from(i) * 0.37;
            assert!((cube_root(x) - x.cbrt()).abs() < 1e-12 * x.cbrt(), "{x}");
        }
        assert_eq!(cube_root(0.0), 0.0);
    }

    /// Whole windows are acknowledged each 100 ms; the time in seconds until the window is `goal`.
    fn seconds_until(cubic: &mut Cubic, goal: f64) -> f64 {
        for round in 0..1_000 {
            let now = Time::from_millis(100 * round);
            if cubic.window() >= goal {
                return now.as_secs_f64();
            }
            let window = cubic.window();
            cubic.on_ack(&ack(window, now));
        }
        panic!("{} after 100 s", cubic.window());
    }

    #[test]
    fn it_is_back_at_the_loss_after_k_seconds() {
        let mut cubic = Cubic { window: 1_000.0, threshold: 0.0, ..Cubic::default() };
        cubic.on_loss(1_000.0, Time::ZERO);
        assert_eq!(cubic.window(), 700.0);
        // K = cbrt(1000 * 0.3 / 0.4) = 9.086 s.
        let reached = seconds_until(&mut cubic, 999.0);
        assert!((7.5..9.3).contains(&reached), "{reached}");
    }

    #[test]
    fn timeouts_in_a_row_cost_one_threshold_and_no_plateau() {
        let mut cubic = Cubic { window: 1_000.0, threshold: 0.0, ..Cubic::default() };
        cubic.on_timeout(&timeout(1_000.0, false));
        cubic.on_timeout(&timeout(1_000.0, true));
        cubic.on_timeout(&timeout(1_000.0, true));
        // Slow start takes ten round trips of 100 ms.
        assert!((0.9..1.1).contains(&seconds_until(&mut cubic, 700.0)));
        let epoch = cubic.begin(Time::ZERO);
        assert_eq!((epoch.k, epoch.origin), (0.0, cubic.window()));
    }

    #[test]
    fn time_without_use_does_not_count() {
        let mut cubic = Cubic { window: 100.0, threshold: 0.0, ..Cubic::default() };
        let mut used = cubic;
        for second in 0..100 {
            let now = Time::from_secs(second);
            cubic.on_ack(&Ack { window_limited: second == 0, ..ack(1.0, now) });
        }
        used.on_ack(&ack(1.0, Time::ZERO));
        cubic.on_ack(&ack(50.0, Time::from_secs(100)));
        used.on_ack(&ack(50.0, Time::from_secs(1)));
        assert!((cubic.window() - used.window()).abs() < 0.5, "{cubic:?} {used:?}");
    }
}
