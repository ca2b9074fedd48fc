//! How a TCP sender's window grows and shrinks.

use std::fmt;
use std::time::Duration;

use crate::time::Time;

/// A congestion controller. Windows are in segments.
pub trait CongestionControl: fmt::Debug + 'static {
    /// A fresh one of the same kind, for a new connection.
    fn fresh(&self) -> Box<dyn CongestionControl>;

    /// `acked` segments were acknowledged while the sender filled its window.
    fn on_ack(&mut self, acked: f64, rtt: Duration, now: Time);

    /// A loss was found; the window shrinks once for all losses of a round trip. `flight` segments
    /// are on their way.
    fn on_loss(&mut self, flight: f64, now: Time);

    /// The retransmission timer ran out: everything on its way is taken for lost.
    fn on_timeout(&mut self, flight: f64, now: Time);

    /// Nothing was sent for longer than the retransmission timeout (RFC 5681 section 4.1).
    fn on_idle(&mut self);

    /// The window.
    fn window(&self) -> f64;

    /// The slow-start threshold; `None` where there is none, or none yet.
    fn threshold(&self) -> Option<f64> {
        None
    }
}

/// Initial window (RFC 6928).
const INITIAL_WINDOW: f64 = 10.0;
/// The least slow-start threshold (RFC 5681 section 3.1).
const MIN_THRESHOLD: f64 = 2.0;

/// RFC 5681: one segment more in each round trip, half of it at a loss.
#[derive(Clone, Copy, Debug)]
pub struct Reno {
    window: f64,
    threshold: f64,
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

    fn on_ack(&mut self, acked: f64, _: Duration, _: Time) {
        if self.window < self.threshold {
            self.window += acked;
        } else {
            self.window += acked / self.window;
        }
    }

    fn on_loss(&mut self, flight: f64, _: Time) {
        self.threshold = (flight / 2.0).max(MIN_THRESHOLD);
        self.window = self.threshold;
    }

    fn on_timeout(&mut self, flight: f64, _: Time) {
        self.threshold = (flight / 2.0).max(MIN_THRESHOLD);
        self.window = 1.0;
    }

    fn on_idle(&mut self) {
        self.window = self.window.min(INITIAL_WINDOW);
    }

    fn window(&self) -> f64 {
        self.window
    }

    fn threshold(&self) -> Option<f64> {
        Some(self.threshold).filter(|threshold| threshold.is_finite())
    }
}

/// RFC 9438: the window is a cubic function of the time since the last loss, flat around where that
/// happened.
#[derive(Clone, Copy, Debug)]
pub struct Cubic {
    window: f64,
    threshold: f64,
    /// The window before the last loss.
    max: f64,
    epoch: Option<Epoch>,
}

/// A stretch of congestion avoidance.
#[derive(Clone, Copy, Debug)]
struct Epoch {
    start: Time,
    /// Seconds until the window is `max` again.
    k: f64,
    /// Where the curve is flat.
    origin: f64,
    /// What Reno would have.
    reno: f64,
    /// The window with which it began.
    first: f64,
}

/// C: how steep the curve is (section 5).
const C: f64 = 0.4;
/// What is left of the window at a loss (section 4.6).
const BETA: f64 = 0.7;
/// Growth that makes Reno with BETA as fast as Reno with a half (section 4.3).
const RENO_ALPHA: f64 = 3.0 * (1.0 - BETA) / (1.0 + BETA);

impl Default for Cubic {
    fn default() -> Self {
        Cubic { window: INITIAL_WINDOW, threshold: f64::INFINITY, max: 0.0, epoch: None }
    }
}

impl Cubic {
    fn begin(&self, now: Time) -> Epoch {
        let (k, origin) = if self.window < self.max {
            (cube_root((self.max - self.window) / C), self.max)
        } else {
            (0.0, self.window)
        };
        Epoch { start: now, k, origin, reno: self.window, first: self.window }
    }

    fn shrink(&mut self, flight: f64) {
        // Fast convergence (section 4.7): who shrinks again before growing back leaves room for
        // others.
        let before = self.window.min(flight.max(1.0));
        self.max = if before < self.max { before * (1.0 + BETA) / 2.0 } else { before };
        self.threshold = (before * BETA).max(MIN_THRESHOLD);
        self.epoch = None;
    }
}

impl CongestionControl for Cubic {
    fn fresh(&self) -> Box<dyn CongestionControl> {
        Box::new(Cubic::default())
    }

    fn on_ack(&mut self, acked: f64, rtt: Duration, now: Time) {
        if self.window < self.threshold {
            self.window += acked;
            return;
        }
        let fresh = self.begin(now);
        let epoch = self.epoch.get_or_insert(fresh);
        let alpha = if epoch.reno < epoch.first.max(self.max) { RENO_ALPHA } else { 1.0 };
        epoch.reno += alpha * acked / self.window;
        let since = (now.since(epoch.start) + rtt).as_secs_f64() - epoch.k;
        let curve = epoch.origin + C * since * since * since;
        // Section 4.4: the target is within the window and one and a half of it.
        let target = curve.clamp(self.window, self.window * 1.5);
        let cubic = self.window + (target - self.window) / self.window * acked;
        self.window = cubic.max(epoch.reno);
    }

    fn on_loss(&mut self, flight: f64, _: Time) {
        self.shrink(flight);
        self.window = self.threshold;
    }

    fn on_timeout(&mut self, flight: f64, _: Time) {
        self.shrink(flight);
        self.window = 1.0;
    }

    fn on_idle(&mut self) {
        self.window = self.window.min(INITIAL_WINDOW);
        self.epoch = None;
    }

    fn window(&self) -> f64 {
        self.window
    }

    fn threshold(&self) -> Option<f64> {
        Some(self.threshold).filter(|threshold| threshold.is_finite())
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

    #[test]
    fn the_cube_root_agrees_with_the_library() {
        for i in 1..2_000 {
            let x = f64::from(i) * 0.37;
            assert!((cube_root(x) - x.cbrt()).abs() < 1e-12 * x.cbrt(), "{x}");
        }
        assert_eq!(cube_root(0.0), 0.0);
    }

    const RTT: Duration = Duration::from_millis(100);

    #[test]
    fn reno_grows_by_one_in_a_round_trip_and_halves() {
        let mut reno = Reno::default();
        reno.on_loss(40.0, Time::ZERO);
        assert_eq!(reno.window(), 20.0);
        for _ in 0..20 {
            reno.on_ack(1.0, RTT, Time::ZERO);
        }
        assert!((20.9..21.0).contains(&reno.window()), "{}", reno.window());
        reno.on_timeout(20.0, Time::ZERO);
        assert_eq!(reno.window(), 1.0);
        for _ in 0..9 {
            reno.on_ack(1.0, RTT, Time::ZERO);
        }
        assert_eq!(reno.window(), 10.0, "slow start up to half of what was on its way");
    }

    #[test]
    fn cubic_is_back_at_the_loss_after_k_seconds() {
        let mut cubic = Cubic { window: 1_000.0, threshold: 0.0, ..Cubic::default() };
        cubic.on_loss(1_000.0, Time::ZERO);
        assert_eq!(cubic.window(), 700.0);
        // K = cbrt(1000 * 0.3 / 0.4) = 9.086 s.
        let mut reached = None;
        for round in 0..200 {
            let now = Time::from_millis(100 * round);
            let window = cubic.window();
            cubic.on_ack(window, RTT, now);
            if reached.is_none() && cubic.window() >= 999.0 {
                reached = Some(now.as_secs_f64());
            }
        }
        let reached = reached.expect("it grows back");
        assert!((7.5..9.2).contains(&reached), "{reached}");
    }
}
