//! Prague: a scalable controller for L4S (draft-briscoe-iccrg-prague-congestion-control).
//!
//! Data is sent with ECT(1). The share of packets with marks is smoothed; once in a round trip with
//! marks, the window falls by half of it. Without, it grows by a segment in a round trip, in short
//! ones by less, so that all with round trips up to 25 ms grow alike. Losses are answered as Reno
//! does, and what is sent is paced.

use std::time::Duration;

use crate::cross::control::controller::{Ack, CongestionControl, INITIAL_WINDOW, Timeout};
use crate::cross::control::reno::{MIN_THRESHOLD, Reno};
use crate::packet::EcnField;
use crate::time::Time;

/// g: what the share of one round trip weighs.
const GAIN: f64 = 1.0 / 16.0;
/// The round trip that shorter ones are taken for.
const VIRTUAL_RTT: Duration = Duration::from_millis(25);

/// See the file's head.
#[derive(Clone, Copy, Debug)]
pub struct Prague {
    /// The window, its threshold, and what becomes of both without marks.
    reno: Reno,
    /// alpha: the smoothed share of marked packets.
    alpha: f64,
    /// Of the present round trip.
    round: Round,
    /// The window does not fall again before.
    reduced_until: Time,
    pacing_rate: f64,
}

#[derive(Clone, Copy, Debug, Default)]
struct Round {
    until: Time,
    acked: f64,
    marked: f64,
}

impl Default for Prague {
    fn default() -> Self {
        Prague {
            reno: Reno::default(),
            alpha: 1.0,
            round: Round::default(),
            reduced_until: Time::ZERO,
            pacing_rate: INITIAL_WINDOW / 1e-3,
        }
    }
}

impl Prague {
    /// The smoothed share of marked packets.
    pub fn alpha(&self) -> f64 {
        self.alpha
    }

    fn count(&mut self, ack: &Ack, round_trip: Duration) {
        self.round.acked += ack.acked;
        self.round.marked += ack.marked;
        if ack.now < self.round.until {
            return;
        }
        if self.round.acked > 0.0 {
            let share = (self.round.marked / self.round.acked).min(1.0);
            self.alpha += GAIN * (share - self.alpha);
        }
        self.round = Round { until: ack.now + round_trip, ..Round::default() };
    }

    fn grow(&mut self, ack: &Ack, round_trip: Duration) {
        if !ack.may_grow() {
            return;
        }
        let unmarked = (ack.acked - ack.marked).max(0.0);
        if self.in_slow_start() {
            self.reno.window += unmarked;
            return;
        }
        let ratio = ack.smoothed_rtt.as_secs_f64() / round_trip.as_secs_f64();
        self.reno.window += ratio * ratio * unmarked / self.reno.window;
    }

    fn pace(&mut self, rtt: Duration) {
        if !rtt.is_zero() {
            let gain = if self.in_slow_start() { 2.0 } else { 1.0 };
            self.pacing_rate = gain * self.window() / rtt.as_secs_f64();
        }
    }
}

impl CongestionControl for Prague {
    fn fresh(&self) -> Box<dyn CongestionControl> {
        Box::new(Prague::default())
    }

    fn on_open(&mut self, rtt: Option<Duration>, _: Time) {
        self.pace(rtt.unwrap_or_default());
    }

    fn on_ack(&mut self, ack: &Ack) {
        let round_trip = ack.smoothed_rtt.max(VIRTUAL_RTT);
        self.count(ack, round_trip);
        self.grow(ack, round_trip);
        if ack.marked > 0.0 && ack.now >= self.reduced_until {
            self.reno.window = (self.window() * (1.0 - self.alpha / 2.0)).max(MIN_THRESHOLD);
            self.reno.threshold = self.reno.window;
            self.reduced_until = ack.now + round_trip;
        }
        self.pace(ack.smoothed_rtt);
    }

    fn on_loss(&mut self, flight: f64, now: Time) {
        self.reno.on_loss(flight, now);
    }

    fn on_timeout(&mut self, timeout: &Timeout) {
        self.reno.on_timeout(timeout);
    }

    fn on_idle(&mut self, now: Time) {
        self.reno.on_idle(now);
    }

    fn window(&self) -> f64 {
        self.reno.window()
    }

    fn threshold(&self) -> Option<f64> {
        self.reno.threshold()
    }

    fn in_slow_start(&self) -> bool {
        self.reno.in_slow_start()
    }

    fn pacing_rate(&self) -> Option<f64> {
        Some(self.pacing_rate)
    }

    fn ecn(&self) -> EcnField {
        EcnField::Ect1
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cross::control::controller::tests::ack;

    #[test]
    fn the_window_falls_by_half_of_the_share_of_marks() {
        let mut prague =
            Prague { reno: Reno { window: 100.0, threshold: 0.0 }, ..Prague::default() };
        // A tenth is marked in each of a hundred round trips of 100 ms.
        let mut least: f64 = 100.0;
        for round in 0..100 {
            for part in 0..10 {
                let now = Time::from_millis(100 * round + 10 * part);
                let marked = f64::from(u32::from(part == 5)) * 10.0;
                prague.reno.window = 100.0;
                prague.on_ack(&Ack { marked, ..ack(10.0, now) });
                least = if round == 99 { least.min(prague.window()) } else { 100.0 };
            }
        }
        assert!((0.09..0.11).contains(&prague.alpha()), "{}", prague.alpha());
        assert!((94.0..96.0).contains(&least), "{least}");
        assert_eq!(prague.ecn(), EcnField::Ect1);
    }

    #[test]
    fn short_round_trips_grow_as_those_of_25_ms() {
        let mut prague =
            Prague { reno: Reno { window: 10.0, threshold: 0.0 }, ..Prague::default() };
        let smoothed_rtt = Duration::from_millis(5);
        // Five round trips of 5 ms: a fifth of a segment in 25 ms, a segment's rate in five.
        for round in 0..5 {
            let now = Time::from_millis(5 * round);
            prague.on_ack(&Ack { smoothed_rtt, ..ack(10.0, now) });
        }
        assert!((10.19..10.21).contains(&prague.window()), "{}", prague.window());
    }
}
