//! The delay-based rate: up while the queue does not grow, down when it does
//! (draft-ietf-rmcat-gcc-02 section 5.5).
//!
//! 1. Overuse: below what arrives, and hold until the queue has emptied.
//! 2. Normal: grow, by a packet in a response time near a known capacity, else by a factor.
//! 3. Underuse: hold, the queue empties.

use std::time::{Duration, Instant};

use super::capacity::Capacity;
use super::carried::Carried;
use super::marks::Marked;
use super::math::power;
use super::trendline::Usage;

/// Overuse takes the rate to this part of what arrives where no queue is measured (libwebrtc).
const DECREASE: f64 = 0.85;
/// Else to what drains the queue in this time,
const DRAIN_MS: f64 = 500.0;
/// within these bounds: below the least one, encoders begin anew with a large picture when the rate
/// comes back.
const DECREASE_MIN: f64 = 0.7;
const DECREASE_MAX: f64 = 0.9;
/// Either is less by this, so that small rates get away too.
const DECREASE_LESS_BPS: f64 = 5_000.0;

/// Growth in a second while no capacity is known.
const GROWTH: f64 = 1.08;
/// Least growth in one step.
const GROWTH_BPS_MIN: f64 = 1_000.0;
/// A step covers no more time than this.
const STEP_MAX: Duration = Duration::from_secs(1);

/// Near a known capacity the rate grows by a packet in twice a response time: a round trip and
/// the time until overuse is noticed.
const NOTICE: Duration = Duration::from_millis(100);
/// Least growth there, in bits per second each second.
const ADDITIVE_BPS_MIN: f64 = 4_000.0;
/// So long after a mark of those that are frequent, the rate grows by a packet in a response time,
/// as RFC 9331's congestion controls do in a round trip: the next mark comes as soon as it is too
/// much.
const MARKED_FOR: Duration = Duration::from_secs(1);
/// Frames and packets are taken to be of this kind.
const FRAMES_PER_SECOND: f64 = 30.0;
const PACKET_BITS: f64 = 1_200.0 * 8.0;

/// The rate stays below so many times what arrives, and a little: more was never tried.
const ABOVE_THROUGHPUT: f64 = 1.5;
const ABOVE_THROUGHPUT_BPS: f64 = 10_000.0;

/// Competing, the rate grows by so many packets in a round trip: CUBIC is faster than Reno where
/// round trips are as long as full queues make them.
const COMPETING_PACKETS: f64 = 2.0;
/// But where they are very long, by this much in a second: about what CUBIC regains of 2 Mbit/s.
const COMPETING_BPS_MIN: f64 = 150_000.0;

/// A cut is one of no more than so many times what arrives.
const ABOVE_CUT: f64 = 1.0;

/// Between two decreases lies a round trip, within these bounds,
const REDUCE_EVERY_MIN: Duration = Duration::from_millis(10);
const REDUCE_EVERY_MAX: Duration = Duration::from_millis(200);
/// unless less than this part of the rate arrives.
const REDUCE_AT_ONCE: f64 = 0.5;

/// The round trip while none was measured.
const ROUND_TRIP: Duration = Duration::from_millis(200);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Hold,
    Increase,
}

/// Rates are in bits per second.
#[derive(Debug)]
pub(super) struct Aimd {
    bps: f64,
    state: State,
    capacity: Capacity,
    round_trip: Duration,
    changed_at: Option<Instant>,
    reduced_at: Option<Instant>,
    carried: Carried,
    /// When a mark of those that are frequent last took it down.
    marked_at: Option<Instant>,
}

impl Aimd {
    pub(super) fn new(start_bps: f64) -> Self {
        Aimd {
            bps: start_bps,
            state: State::Hold,
            capacity: Capacity::default(),
            round_trip: ROUND_TRIP,
            changed_at: None,
            reduced_at: None,
            carried: Carried::default(),
            marked_at: None,
        }
    }

    pub(super) fn bps(&self) -> f64 {
        self.bps
    }

    /// Whether the capacity of the path is known.
    pub(super) fn has_capacity(&self) -> bool {
        self.capacity.bps().is_some()
    }

    pub(super) fn set_round_trip(&mut self, round_trip: Duration) {
        self.round_trip = round_trip;
    }

    /// A rate that is known better from elsewhere.
    pub(super) fn set(&mut self, bps: f64, now: Instant) {
        self.bps = bps;
        self.changed_at = Some(now);
    }

    /// The path carries something else than it did.
    pub(super) fn forget_capacity(&mut self) {
        self.capacity.forget();
    }

    pub(super) fn raise_to(&mut self, bps: f64) {
        self.bps = self.bps.max(bps);
    }

    /// A queue no longer than this, in milliseconds, is none.
    pub(super) fn gone_ms(&self) -> f64 {
        self.carried.gone_ms(self.bps)
    }

    /// Feedback told of the length of the queue and of what arrives. True when a queue is gone, and
    /// the rate is back at what the path carries.
    pub(super) fn on_queue(&mut self, ms: f64, arrives: Option<f64>, now: Instant) -> bool {
        let Some(back) = self.carried.on_queue(ms, arrives, now) else { return false };
        self.set(self.bps.max(back), now);
        true
    }

    /// Whether a probe tells of more than a queue did lately.
    pub(super) fn believes(&self, probe_bps: f64, now: Instant) -> bool {
        self.carried.believes(probe_bps, now)
    }

    pub(super) fn on_probe(&mut self, bps: f64, now: Instant) {
        self.capacity.on_probe(bps);
        self.set(bps, now);
    }

    /// Whether a decrease may follow on the last one already, when so much arrives.
    pub(super) fn may_reduce(&self, throughput: f64, now: Instant) -> bool {
        let interval = self.round_trip.clamp(REDUCE_EVERY_MIN, REDUCE_EVERY_MAX);
        let waited = self.reduced_at.is_none_or(|at| since(at, now) >= interval);
        waited || throughput < REDUCE_AT_ONCE * self.bps
    }

    /// Takes a step.
    pub(super) fn step(
        &mut self,
        usage: Usage,
        throughput: Option<f64>,
        queue_ms: Option<f64>,
        now: Instant,
    ) {
        match usage {
            Usage::Overuse => self.decrease(throughput, decrease(queue_ms), now),
            Usage::Underuse => self.state = State::Hold,
            Usage::Normal if self.carried.waits(now) => self.hold(now),
            Usage::Normal => {
                if self.state == State::Hold {
                    self.state = State::Increase;
                    self.changed_at = Some(now);
                }
                self.increase(throughput, now);
            }
        }
    }

    /// Marks of ECN take the rate to a part of itself. Where they are frequent they tell of the
    /// capacity as it is, and none is remembered.
    pub(super) fn on_marks(&mut self, marked: Marked, throughput: Option<f64>, now: Instant) {
        self.bps *= marked.part;
        if marked.scalable {
            self.marked_at = Some(now);
            self.capacity.forget();
        } else if let Some(throughput) = throughput {
            self.capacity.on_overuse(throughput);
        }
        self.state = State::Hold;
        self.changed_at = Some(now);
    }

    /// Down to a part of what arrives, where that is known, so that a queue drains.
    pub(super) fn drain(&mut self, part: f64, arrives: Option<f64>, now: Instant) {
        let arrives = arrives.unwrap_or(self.bps);
        self.carried.on_fall(arrives, now);
        self.cut_to(part * arrives, now);
    }

    /// Down to a part of the rate, which is not much more than what arrives.
    pub(super) fn cut(&mut self, part: f64, throughput: Option<f64>, now: Instant) {
        let rate = throughput.map_or(self.bps, |throughput| self.bps.min(ABOVE_CUT * throughput));
        self.cut_to(part * rate, now);
    }

    /// Up by packets in a round trip, as TCP does.
    pub(super) fn compete(&mut self, throughput: Option<f64>, now: Instant) {
        let step = self.changed_at.map_or(Duration::ZERO, |at| since(at, now)).min(STEP_MAX);
        let round_trip = self.round_trip.max(REDUCE_EVERY_MIN).as_secs_f64();
        let growth =
            (COMPETING_PACKETS * PACKET_BITS / round_trip / round_trip).max(COMPETING_BPS_MIN);
        let more = growth * step.as_secs_f64();
        let limit = throughput.map_or(f64::INFINITY, |throughput| {
            ABOVE_THROUGHPUT * throughput + ABOVE_THROUGHPUT_BPS
        });
        self.bps = (self.bps + more).min(limit.max(self.bps));
        self.capacity.forget();
        self.carried.forget();
        self.changed_at = Some(now);
    }

    /// Stays.
    pub(super) fn hold(&mut self, now: Instant) {
        self.state = State::Hold;
        self.changed_at = Some(now);
    }

    fn cut_to(&mut self, bps: f64, now: Instant) {
        self.bps = self.bps.min(bps);
        self.reduced_at = Some(now);
        self.hold(now);
    }

    fn increase(&mut self, throughput: Option<f64>, now: Instant) {
        let above = |bound: Option<f64>| {
            throughput.zip(bound).is_some_and(|(throughput, bound)| throughput > bound)
        };
        if above(self.capacity.upper_bps()) {
            self.capacity.forget();
        }
        let limit = throughput.map_or(f64::INFINITY, |throughput| {
            ABOVE_THROUGHPUT * throughput + ABOVE_THROUGHPUT_BPS
        });
        if self.bps < limit {
            let step = self.changed_at.map_or(Duration::ZERO, |at| since(at, now)).min(STEP_MAX);
            let seconds = step.as_secs_f64();
            let more = match self.capacity.bps() {
                _ if self.is_marked(now) => self.scalable_bps_per_second() * seconds,
                Some(_) => self.additive_bps_per_second() * seconds,
                None => (self.bps * (power(GROWTH, seconds) - 1.0)).max(GROWTH_BPS_MIN),
            };
            self.bps = (self.bps + more).min(limit);
        }
        self.changed_at = Some(now);
    }

    fn decrease(&mut self, throughput: Option<f64>, part: f64, now: Instant) {
        let Some(throughput) = throughput else {
            self.cut_to(self.bps / 2.0, now);
            return;
        };
        let mut reduced = part * throughput;
        if reduced > DECREASE_LESS_BPS {
            reduced -= DECREASE_LESS_BPS;
        }
        if reduced > self.bps {
            // More arrives than the rate says: what is known of the capacity decides.
            reduced = self.capacity.bps().map_or(reduced, |capacity| part * capacity);
        }
        self.bps = self.bps.min(reduced);
        if self.capacity.lower_bps().is_some_and(|lower| throughput < lower) {
            self.capacity.forget();
        }
        self.capacity.on_overuse(throughput);
        self.carried.on_fall(throughput, now);
        self.reduced_at = Some(now);
        self.hold(now);
    }

    fn is_marked(&self, now: Instant) -> bool {
        self.marked_at.is_some_and(|at| since(at, now) < MARKED_FOR)
    }

    /// A packet more in each response time is sent in a response time.
    fn scalable_bps_per_second(&self) -> f64 {
        let response = (self.round_trip + NOTICE).as_secs_f64();
        self.average_packet_bits() / response / response
    }

    fn average_packet_bits(&self) -> f64 {
        let frame_bits = self.bps / FRAMES_PER_SECOND;
        frame_bits / (frame_bits / PACKET_BITS).ceil().max(1.0)
    }

    /// A packet of the average size in twice a response time.
    fn additive_bps_per_second(&self) -> f64 {
        let response = 2.0 * (self.round_trip + NOTICE).as_secs_f64();
        (self.average_packet_bits() / response).max(ADDITIVE_BPS_MIN)
    }
}

/// To which part of what arrives the rate falls when a queue of this length grows.
fn decrease(queue_ms: Option<f64>) -> f64 {
    let drains = |ms: f64| (1.0 - ms / DRAIN_MS).clamp(DECREASE_MIN, DECREASE_MAX);
    queue_ms.map_or(DECREASE, drains)
}

fn since(at: Instant, now: Instant) -> Duration {
    now.saturating_duration_since(at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_time::origin;

    const fn ms(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    #[test]
    fn it_grows_by_eight_percent_in_a_second_while_no_capacity_is_known() {
        let start = origin();
        let mut aimd = Aimd::new(300_000.0);
        for step in 0..=20 {
            aimd.step(Usage::Normal, Some(300_000.0), None, start + ms(50 * step));
        }
        assert!((aimd.bps() / 300_000.0 - 1.08).abs() < 0.005, "{}", aimd.bps());
        for step in 21..2_000 {
            aimd.step(Usage::Normal, Some(300_000.0), None, start + ms(50 * step));
        }
        assert!((aimd.bps() - 460_000.0).abs() < 1.0, "bounded by what arrives");
    }

    #[test]
    fn overuse_takes_it_below_what_arrives_and_then_it_grows_slowly() {
        let start = origin();
        let mut aimd = Aimd::new(1_000_000.0);
        aimd.set_round_trip(ms(100));
        aimd.step(Usage::Overuse, Some(800_000.0), None, start);
        assert!((aimd.bps() - 675_000.0).abs() < 1.0);
        assert!(!aimd.may_reduce(600_000.0, start + ms(50)));
        assert!(aimd.may_reduce(600_000.0, start + ms(100)));
        assert!(aimd.may_reduce(300_000.0, start));
        aimd.step(Usage::Underuse, Some(800_000.0), None, start + ms(100));
        aimd.step(Usage::Normal, Some(800_000.0), None, start + ms(150));
        let held = aimd.bps();
        assert!((held - 675_000.0).abs() < 1.0, "the queue is not gone");
        assert!(!aimd.on_queue(60.0, Some(700_000.0), start + ms(160)));
        assert!(aimd.on_queue(3.0, None, start + ms(170)));
        let held = aimd.bps();
        assert!((held - 0.97 * 775_000.0).abs() < 1.0, "{held}");
        for step in 0..=10 {
            aimd.step(Usage::Normal, Some(670_000.0), None, start + ms(200 + 100 * step));
        }
        let grown = aimd.bps() - held;
        assert!((15_000.0..25_000.0).contains(&grown), "a packet in 400 ms: {grown}");
        aimd.step(Usage::Normal, Some(1_000_000.0), None, start + ms(1_300));
        assert_eq!(aimd.capacity.bps(), None, "more arrives than the capacity was taken for");
    }

    #[test]
    fn it_falls_to_what_drains_the_queue_in_half_a_second() {
        for (queue_ms, part) in [(5.0, 0.9), (50.0, 0.9), (100.0, 0.8), (150.0, 0.7), (300.0, 0.7)]
        {
            let mut aimd = Aimd::new(1e6);
            aimd.step(Usage::Overuse, Some(1e6), Some(queue_ms), origin());
            assert!((aimd.bps() - (part * 1e6 - 5e3)).abs() < 1.0, "{queue_ms}: {}", aimd.bps());
        }
    }

    #[test]
    fn while_it_is_marked_it_grows_by_a_packet_in_a_response_time() {
        let mut aimd = Aimd::new(1e6);
        aimd.set_round_trip(ms(100));
        aimd.on_marks(Marked { part: 0.9, scalable: true }, Some(1e6), origin());
        assert!((aimd.bps() - 0.9e6).abs() < 1.0);
        for step in 1..=6 {
            aimd.step(Usage::Normal, Some(1e6), None, origin() + ms(100 * step));
        }
        let grown = aimd.bps() - 0.9e6;
        // A packet of 7,500 to 8,300 bits is sent more in each 200 ms.
        assert!((90_000.0..110_000.0).contains(&grown), "in half a second: {grown}");
    }

    #[test]
    fn without_a_measure_overuse_halves_it() {
        let mut aimd = Aimd::new(300_000.0);
        aimd.step(Usage::Overuse, None, None, origin());
        assert!((aimd.bps() - 150_000.0).abs() < 1.0);
    }
}
