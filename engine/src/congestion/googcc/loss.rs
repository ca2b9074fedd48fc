//! The loss-based limit: candidates around the present one, of which the model of loss takes the
//! most likely (libwebrtc's loss-based estimator, version 2).
//!
//! 1. Feedback fills observations; each complete one decides.
//! 2. Candidates: a little more, the same, a little less, what arrives, what delay says.
//! 3. The best one is bounded: not above what arrives by much, not faster than a window of time
//!    allows, not up at all right after a fall.
//! 4. The limit counts as long as it is below the delay-based estimate.

use std::time::{Duration, Instant};

use super::loss_model::{INHERENT_START, Model};
use super::loss_window::LossWindow;
use crate::feedback::PacketResult;

/// Candidates, as parts of the present limit.
const FACTORS: [f64; 3] = [1.02, 1.0, 0.95];
/// Fewer observations decide nothing.
const OBSERVATIONS_MIN: usize = 3;

/// After a fall the limit grows in windows of this length,
const INCREASE_WINDOW: Duration = Duration::from_millis(300);
/// in each at most to so many times what it was at its beginning.
const INCREASE_MAX: f64 = 1.3;
/// The limit stays below so many times what arrives,
const RAMP_UP: f64 = 1.5;
/// or so many while no more arrives than this many times the rate of the last fall.
const RAMP_UP_IN_HOLD: f64 = 1.2;
const HOLD_THRESHOLD: f64 = 1.3;

/// After a fall the limit is held, for this long at first, longer by this factor after each fall,
const HOLD: Duration = Duration::from_millis(300);
const HOLD_FACTOR: u32 = 2;
/// and no longer than this (libwebrtc).
const HOLD_MAX: Duration = Duration::from_secs(60);

/// A limit that grows is filled up by padding for so long.
const PADDING: Duration = Duration::from_secs(2);

/// Above this share of lost bytes the limit is bounded at once, by a rate over the share above it.
const INSTANT_LOSS: f64 = 0.05;
const INSTANT_BALANCE_BPS: f64 = 100_000.0;

/// The limit does not fall below this.
const BPS_MIN: f64 = 5_000.0;

/// What the limit does.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Limited {
    /// Nothing: delay decides.
    ByDelay,
    /// It grows again.
    Increasing,
    /// It falls, or is held.
    Decreasing,
}

#[derive(Clone, Copy, Debug)]
struct Hold {
    until: Option<Instant>,
    duration: Duration,
    bps: f64,
}

const NO_HOLD: Hold = Hold { until: None, duration: HOLD, bps: f64::INFINITY };

/// A window in which the limit grows.
#[derive(Clone, Copy, Debug)]
struct Growth {
    since: Instant,
    bps_max: f64,
}

/// The loss-based limit. Rates are in bits per second.
#[derive(Debug)]
pub(super) struct Loss {
    window: LossWindow,
    model: Option<Model>,
    limited: Limited,
    bps: f64,
    hold: Hold,
    growth: Option<Growth>,
    padding_since: Option<Instant>,
}

/// What is known besides losses.
#[derive(Clone, Copy, Debug)]
pub(super) struct Around {
    /// The delay-based estimate.
    pub(super) delay: f64,
    /// What arrives.
    pub(super) throughput: Option<f64>,
    /// The application sends less than it may: what arrives is no measure of the path.
    pub(super) in_alr: bool,
}

impl Loss {
    pub(super) fn new() -> Self {
        Loss {
            window: LossWindow::new(),
            model: None,
            limited: Limited::ByDelay,
            bps: f64::INFINITY,
            hold: NO_HOLD,
            growth: None,
            padding_since: None,
        }
    }

    /// The limit, once there is one.
    pub(super) fn bps(&self) -> Option<f64> {
        (self.model.is_some() && self.window.count() >= OBSERVATIONS_MIN).then_some(self.bps)
    }

    pub(super) fn limited(&self) -> Limited {
        self.limited
    }

    /// Until when the limit is to be filled up by padding.
    pub(super) fn padding_until(&self) -> Option<Instant> {
        self.padding_since.map(|since| since + PADDING)
    }

    /// Whether the limit is to be filled up by padding.
    pub(super) fn is_padded(&mut self, now: Instant) -> bool {
        self.padding_since = self.padding_since.filter(|since| now < *since + PADDING);
        self.padding_since.is_some()
    }

    /// Whether a probe that found more counts, where so much arrives: not while losses take the
    /// limit down, and not while it can grow by what arrives.
    pub(super) fn takes_probes(&self, throughput: Option<f64>) -> bool {
        match self.limited {
            Limited::ByDelay => true,
            Limited::Increasing => self.is_out_of_reach(throughput),
            Limited::Decreasing => false,
        }
    }

    /// A rate that is known better from elsewhere: a probe that found more, or an outage.
    pub(super) fn set(&mut self, bps: f64) {
        if let Some(model) = &mut self.model {
            model.limit_bps = bps;
            self.bps = bps;
        }
    }

    /// The queue that lost packets is gone, and what the path carries is known from it: begins anew
    /// from there.
    pub(super) fn resume(&mut self, bps: f64) {
        self.set(bps);
        self.limited = Limited::ByDelay;
        self.hold = NO_HOLD;
        self.growth = None;
        self.padding_since = None;
    }

    /// Takes what feedback tells.
    pub(super) fn on_feedback(&mut self, results: &[PacketResult], around: Around) {
        if !self.window.on_results(results) {
            return;
        }
        let Some(now) = self.window.ends_at() else { return };
        let Some(model) = self.model else {
            self.model = Some(Model { inherent: INHERENT_START, limit_bps: around.delay });
            self.bps = around.delay;
            return;
        };
        let best = self.bounded(self.best(model, around, now), model, around, now);
        self.take(best, around, now);
    }

    fn is_limited(&self) -> bool {
        self.limited != Limited::ByDelay
    }

    /// The most likely candidate.
    fn best(&self, model: Model, around: Around, now: Instant) -> Model {
        let average = self.window.average();
        let upper = self.growth_max(now).max(model.limit_bps);
        let mut best = (f64::NEG_INFINITY, model);
        let mut consider = |limit_bps: f64| {
            let candidate = Model { limit_bps: limit_bps.min(upper).max(BPS_MIN), ..model };
            let candidate = candidate.fitted(&self.window);
            let value = candidate.likelihood(&self.window, average);
            if value > best.0 {
                best = (value, candidate);
            }
        };
        for factor in FACTORS {
            consider(model.limit_bps * factor);
        }
        if let Some(throughput) = around.throughput.filter(|_| !around.in_alr) {
            consider(throughput);
        }
        consider(around.delay);
        if around.in_alr && model.limit_bps > self.instant_max() {
            consider(self.instant_max());
        }
        best.1
    }

    /// What the limit may be at most in the present window of growth.
    fn growth_max(&self, now: Instant) -> f64 {
        let growth = self.growth.filter(|growth| {
            self.is_limited() && now.saturating_duration_since(growth.since) < INCREASE_WINDOW
        });
        growth.map_or(f64::INFINITY, |growth| growth.bps_max)
    }

    fn bounded(&self, mut best: Model, model: Model, around: Around, now: Instant) -> Model {
        let grows = best.limit_bps > model.limit_bps;
        if grows && self.window.average() > best.inherent {
            // More is lost than the path's own loss explains: no time to grow.
            best.limit_bps = model.limit_bps;
        }
        if self.is_limited() && best.limit_bps > model.limit_bps {
            best.limit_bps = best.limit_bps.min(self.growth_max(now).max(model.limit_bps));
            if let Some(throughput) = around.throughput {
                let in_hold =
                    throughput < HOLD_THRESHOLD * self.hold.bps && self.hold.bps.is_finite();
                let factor = if in_hold { RAMP_UP_IN_HOLD } else { RAMP_UP };
                best.limit_bps = best.limit_bps.min(factor * throughput).max(model.limit_bps);
            }
        }
        best
    }

    fn take(&mut self, mut best: Model, around: Around, now: Instant) {
        let bps = best.limit_bps.min(self.instant_max()).min(around.delay).max(BPS_MIN);
        best.limit_bps = bps;
        self.model = Some(best.feasible());
        let held = self.limited == Limited::Decreasing
            && self.hold.until.is_some_and(|until| until > now)
            && bps < around.delay;
        if held {
            self.bps = bps.min(self.hold.bps);
            return;
        }
        let before = (self.limited, self.bps);
        self.limited = if bps >= around.delay {
            Limited::ByDelay
        } else if self.is_limited() && bps > self.bps
            || (self.limited == Limited::Increasing || self.is_at_rest(around)) && bps >= self.bps
        {
            Limited::Increasing
        } else {
            Limited::Decreasing
        };
        self.bps = bps;
        self.on_state(before.0, now);
        let renew = self
            .growth
            .is_none_or(|growth| now.saturating_duration_since(growth.since) >= INCREASE_WINDOW);
        if self.is_limited() && renew {
            self.growth = Some(Growth { since: now, bps_max: bps * INCREASE_MAX });
        }
    }

    fn on_state(&mut self, before: Limited, now: Instant) {
        match self.limited {
            Limited::ByDelay => {
                self.hold = NO_HOLD;
                self.padding_since = None;
            }
            Limited::Increasing => {
                if before != Limited::Increasing {
                    self.padding_since = Some(now);
                }
            }
            Limited::Decreasing => {
                if before != Limited::Decreasing {
                    let until = Some(now + self.hold.duration);
                    let duration = (self.hold.duration * HOLD_FACTOR).min(HOLD_MAX);
                    self.hold = Hold { until, duration, bps: self.bps };
                }
                self.padding_since = None;
            }
        }
    }

    /// Nothing is lost any more, but too little is sent below the limit for it to grow by what
    /// arrives: probes are to find more.
    fn is_at_rest(&self, around: Around) -> bool {
        self.is_limited() && self.window.average() <= 0.0 && self.is_out_of_reach(around.throughput)
    }

    /// So little arrives that the limit cannot grow by it.
    fn is_out_of_reach(&self, throughput: Option<f64>) -> bool {
        throughput.is_some_and(|throughput| RAMP_UP_IN_HOLD * throughput <= self.bps)
    }

    /// The limit that the present share of losses allows.
    fn instant_max(&self) -> f64 {
        let above = self.window.average() - INSTANT_LOSS;
        if above > 0.0 { INSTANT_BALANCE_BPS / above } else { f64::INFINITY }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::feedback::{Arrival, PacketClass, SentPacket};
    use crate::ids::Ssrc;
    use crate::test_time::origin;

    /// Sends packets of 1,250 bytes at the limit for some seconds from `from`, of which every so
    /// many is lost, and gives the limit after that.
    fn run(loss: &mut Loss, from: u64, seconds: u64, lost: impl Fn(u64, f64) -> bool) -> f64 {
        let mut at_ms = from as f64 * 1e3;
        let mut number = 0;
        while at_ms < (from + seconds) as f64 * 1e3 {
            let bps = loss.bps().unwrap_or(1e6).min(1e6);
            let mut results = Vec::new();
            for _ in 0..5 {
                let sent = SentPacket {
                    number,
                    ssrc: Ssrc(1),
                    sequence: number as u16,
                    sent_at: origin() + Duration::from_micros((at_ms * 1e3) as u64),
                    size: 1_250,
                    ecn: None,
                    class: PacketClass::Video,
                    probe: None,
                };
                let arrival = if lost(number, bps) {
                    Arrival::Lost
                } else {
                    Arrival::Received { at: Duration::ZERO, ecn: None, after_loss: false }
                };
                results.push(PacketResult { sent, arrival });
                number += 1;
                at_ms += 10_000.0 / bps * 1e3;
            }
            let received = results.iter().filter(|result| result.arrived_at().is_some()).count();
            let throughput = Some(bps * received as f64 / 5.0);
            loss.on_feedback(&results, Around { delay: 1e6, throughput, in_alr: false });
        }
        loss.bps().unwrap()
    }

    #[test]
    fn without_loss_delay_decides() {
        let mut loss = Loss::new();
        assert_eq!(loss.bps(), None);
        let bps = run(&mut loss, 0, 5, |_, _| false);
        assert!((bps - 1e6).abs() < 1.0);
        assert_eq!(loss.limited(), Limited::ByDelay);
    }

    #[test]
    fn two_percent_take_little_and_heavy_loss_much() {
        let mut loss = Loss::new();
        let bps = run(&mut loss, 0, 20, |number, _| number % 50 == 0);
        assert!(bps > 0.9e6, "{bps}");
        let mut loss = Loss::new();
        let bps = run(&mut loss, 0, 20, |number, _| number % 3 == 0);
        assert!(bps < 0.5e6, "{bps}");
        assert_ne!(loss.limited(), Limited::ByDelay);
    }

    #[test]
    fn when_the_queue_that_lost_is_gone_it_begins_anew() {
        let mut loss = Loss::new();
        let bps = run(&mut loss, 0, 10, |number, _| number % 3 == 0);
        assert!(bps < 0.6e6, "{bps}");
        loss.resume(0.9e6);
        assert_eq!((loss.bps(), loss.limited()), (Some(0.9e6), Limited::ByDelay));
    }

    #[test]
    fn an_application_that_sends_little_is_not_held_for_ever() {
        let mut loss = Loss::new();
        let bps = run(&mut loss, 0, 10, |number, _| number % 3 == 0);
        assert_eq!(loss.limited(), Limited::Decreasing);
        // From now on it sends a third of that, and nothing is lost.
        let around = Around { delay: 1e6, throughput: Some(bps / 3.0), in_alr: true };
        for number in 0..200 {
            let sent_at = origin() + Duration::from_secs(10) + Duration::from_millis(50 * number);
            let sent = SentPacket {
                number: 100_000 + number,
                ssrc: Ssrc(1),
                sequence: number as u16,
                sent_at,
                size: 600,
                ecn: None,
                class: PacketClass::Video,
                probe: None,
            };
            let arrival = Arrival::Received { at: Duration::ZERO, ecn: None, after_loss: false };
            loss.on_feedback(&[PacketResult { sent, arrival }], around);
        }
        assert_eq!(loss.limited(), Limited::Increasing, "a probe may find more");
        assert!(loss.bps().is_some_and(|after| after >= bps && after < 1.1 * bps));
    }

    #[test]
    fn a_limit_is_found_and_left_when_it_goes() {
        let mut loss = Loss::new();
        // A policer of 500 kbit/s: what is above it is lost.
        let policed = |number: u64, bps: f64| {
            let share = ((bps - 5e5) / bps).max(0.0);
            (number % 20) as f64 / 20.0 < share
        };
        let bps = run(&mut loss, 0, 20, policed);
        assert!((4e5..6.5e5).contains(&bps), "{bps}");
        let bps = run(&mut loss, 20, 40, |_, _| false);
        assert!(bps > 0.9e6, "{bps}");
    }
}
