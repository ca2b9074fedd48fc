//! CUBIC (RFC 9438): after a loss the window comes back along a cubic curve with its flat part
//! where it was before; slow start is HyStart++'s.

use std::time::{Duration, Instant};

use super::controller::{Ack, Controller, Loss};
use super::hystart::{GROWTH_DIVISOR, HyStart, Phase};
use super::reno::{PACE, PACE_SLOW_START, WINDOW_INITIAL, WINDOW_MIN, pace};

/// What is left of the window after a loss (RFC 9438 section 4.6).
const BETA: f64 = 0.7;

/// How steep the curve is (RFC 9438 section 5).
const C: f64 = 0.4;

/// How fast Reno's window would grow, with what CUBIC leaves of it (RFC 9438 section 4.3).
const ALPHA: f64 = 3.0 * (1.0 - BETA) / (1.0 + BETA);

/// Growth since the last loss. Windows are in packets.
#[derive(Clone, Copy, Debug)]
struct Epoch {
    since: Instant,
    /// The window at its begin.
    start: f64,
    /// Seconds until the window is what it was.
    k: f64,
    /// What Reno's window would be.
    reno: f64,
}

#[derive(Clone, Copy, Debug)]
struct Before {
    window: f64,
    threshold: f64,
    peak: f64,
}

/// The controller.
#[derive(Clone, Debug)]
pub struct Cubic {
    packet: f64,
    /// In packets.
    window: f64,
    threshold: f64,
    /// The window before the last loss.
    peak: f64,
    epoch: Option<Epoch>,
    hystart: HyStart,
    rate: Option<u64>,
    before: Option<Before>,
}

impl Cubic {
    /// With packets of this many bytes.
    pub fn new(packet: usize) -> Self {
        Cubic {
            packet: packet as f64,
            window: WINDOW_INITIAL as f64,
            threshold: f64::INFINITY,
            peak: 0.0,
            epoch: None,
            hystart: HyStart::new(),
            rate: None,
            before: None,
        }
    }

    fn slow_start(&mut self, ack: &Ack) {
        self.hystart.on_ack(ack);
        let packets = ack.bytes as f64 / self.packet;
        match self.hystart.phase() {
            Phase::Standard => self.window += packets,
            Phase::Conservative { .. } => self.window += packets / GROWTH_DIVISOR as f64,
            Phase::Over => self.threshold = self.window,
        }
    }

    fn avoid_congestion(&mut self, ack: &Ack) {
        let window = self.window;
        let peak = self.peak;
        let epoch = self.epoch.get_or_insert_with(|| {
            let k = if window < peak { ((peak - window) / C).cbrt() } else { 0.0 };
            Epoch { since: ack.now, start: window, k, reno: window }
        });
        let packets = ack.bytes as f64 / self.packet;
        let alpha = if epoch.reno >= peak { 1.0 } else { ALPHA };
        epoch.reno += alpha * packets / window;
        let curve = |ahead: Duration| {
            let time = ack.now.saturating_duration_since(epoch.since) + ahead;
            let origin = peak.max(epoch.start);
            let from_the_flat = time.as_secs_f64() - epoch.k;
            // Not `powi`, which rounds as the optimisation has it.
            origin + C * from_the_flat * from_the_flat * from_the_flat
        };
        if curve(Duration::ZERO) < epoch.reno {
            self.window = window.max(epoch.reno);
            return;
        }
        let target = curve(ack.smoothed).clamp(window, 1.5 * window);
        self.window += (target - window) / window * packets;
    }

    fn reduce(&mut self) {
        self.before =
            Some(Before { window: self.window, threshold: self.threshold, peak: self.peak });
        // Fast convergence: who loses before it is back leaves room for others.
        let is_short = self.window < self.peak;
        self.peak = if is_short { self.window * (1.0 + BETA) / 2.0 } else { self.window };
        self.threshold = (self.window * BETA).max(WINDOW_MIN as f64);
        self.epoch = None;
    }
}

impl Controller for Cubic {
    fn on_ack(&mut self, ack: &Ack) {
        let is_slow_start = self.window < self.threshold;
        let is_used = ack.in_flight_before as f64 + 3.0 * self.packet >= self.window * self.packet;
        if !is_used {
            // A pause is no time of growth.
            self.epoch = None;
        } else if !ack.in_recovery {
            if is_slow_start { self.slow_start(ack) } else { self.avoid_congestion(ack) }
        }
        let percent = if is_slow_start { PACE_SLOW_START } else { PACE };
        self.rate = pace(self.window(), ack, percent);
    }

    fn on_loss(&mut self, loss: &Loss) {
        if loss.is_new {
            self.reduce();
            self.window = self.threshold;
        }
    }

    fn on_timeout(&mut self, _in_flight: usize) {
        if self.window > 1.0 {
            self.reduce();
        }
        // After a timeout the curve begins flat (RFC 9438 section 4.8).
        self.peak = self.threshold;
        self.window = 1.0;
    }

    fn on_spurious_loss(&mut self) {
        if let Some(before) = self.before.take() {
            self.window = self.window.max(before.window);
            self.threshold = before.threshold;
            self.peak = before.peak;
            self.epoch = None;
        }
    }

    fn window(&self) -> usize {
        (self.window * self.packet) as usize
    }

    fn rate(&self) -> Option<u64> {
        self.rate
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_time::origin;

    const PACKET: usize = 1_000;
    const TRIP: Duration = Duration::from_millis(100);

    /// A window's acknowledgements in each of some round trips. Gives the time.
    fn rounds(cubic: &mut Cubic, count: u32, mut now: Instant) -> Instant {
        for _ in 0..count {
            let window = cubic.window();
            for _ in 0..window / PACKET {
                cubic.on_ack(&ack(cubic.window(), now));
            }
            now += TRIP;
        }
        now
    }

    fn ack(in_flight: usize, now: Instant) -> Ack {
        Ack {
            now,
            bytes: PACKET,
            in_flight,
            in_flight_before: in_flight,
            delivered: 0,
            round_trip: Some(TRIP),
            smoothed: TRIP,
            sample: None,
            in_recovery: false,
            is_app_limited: false,
        }
    }

    fn loss(now: Instant) -> Loss {
        Loss { now, bytes: PACKET, in_flight: 0, in_flight_sent: 0, lost_since: 0, is_new: true }
    }

    #[test]
    fn a_window_comes_back_along_the_curve() {
        let mut cubic = Cubic::new(PACKET);
        rounds(&mut cubic, 4, origin());
        assert_eq!(cubic.window(), 160 * PACKET, "slow start doubles");
        cubic.on_loss(&loss(origin()));
        assert_eq!(cubic.window(), 112 * PACKET);
        // K: the cube root of 48 packets by 0.4 is 4.93 s; half of the way takes a fifth of it.
        let now = rounds(&mut cubic, 10, origin());
        let half = cubic.window() / PACKET;
        assert!((130..145).contains(&half), "{half} packets after a second");
        let now = rounds(&mut cubic, 40, now);
        let flat = cubic.window() / PACKET;
        assert!((157..163).contains(&flat), "{flat} packets after K");
        rounds(&mut cubic, 50, now);
        assert!(cubic.window() / PACKET > 195, "then it looks for more");
    }

    #[test]
    fn who_loses_early_leaves_room_for_others() {
        let mut cubic = Cubic::new(PACKET);
        rounds(&mut cubic, 4, origin());
        cubic.on_loss(&loss(origin()));
        cubic.on_loss(&loss(origin()));
        assert!((cubic.peak - 112.0 * 0.85).abs() < 0.01);
        let not_new = Loss { is_new: false, ..loss(origin()) };
        let window = cubic.window();
        cubic.on_loss(&not_new);
        assert_eq!(cubic.window(), window);
    }

    #[test]
    fn a_loss_that_was_none_is_taken_back() {
        let mut cubic = Cubic::new(PACKET);
        rounds(&mut cubic, 3, origin());
        let window = cubic.window();
        cubic.on_timeout(0);
        assert_eq!(cubic.window(), PACKET);
        cubic.on_timeout(0);
        cubic.on_spurious_loss();
        assert_eq!(cubic.window(), window);
    }
}
