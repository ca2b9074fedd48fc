//! The delay-based estimate: groups, their trend, and the rate that follows from it.

use std::time::{Duration, Instant};

use super::aimd::Aimd;
use super::arrivals::Arrivals;
use super::competition::{Advice, Competition, Told};
use super::marks::Marked;
use super::queue::Queue;
use super::trendline::{Trendline, Usage};

/// After a pause of this length, old delays say nothing of the path.
const STREAM_TIMEOUT: Duration = Duration::from_secs(2);

/// A queue shorter than this is none: a packet alone takes 16 ms at 600 kbit/s.
const QUIET_MS: f64 = 30.0;
/// A queue can be told from jitter when it is longer by this than one that is gone.
const GROWN_MS: f64 = 10.0;
/// Near a known capacity the rate is at the capacity within about this time: a twentieth of it, by
/// a packet in a response time.
const QUIET_FOR: Duration = Duration::from_secs(3);

/// What feedback told besides the delays.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Known {
    /// What arrives, in bits per second.
    pub(super) throughput: Option<f64>,
    /// The same over the last moments.
    pub(super) recent: Option<f64>,
    /// The same, however it was sent.
    pub(super) carried: Option<f64>,
    /// The result of a probe, in bits per second.
    pub(super) probe: Option<f64>,
    /// Packets were lost.
    pub(super) lost: bool,
    /// Congestion was marked, and the rate is to fall.
    pub(super) marks: Option<Marked>,
}

/// What became of the estimate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Change {
    /// There is an estimate, of this moment.
    pub(super) updated: bool,
    /// A queue has emptied.
    pub(super) recovered: bool,
    /// More arrives than the path was taken to carry.
    pub(super) freed: bool,
    /// A queue is gone, and the rate is back at what the path carries.
    pub(super) back: bool,
    /// Nothing waits on the way.
    pub(super) empty: bool,
}

#[derive(Debug)]
pub(super) struct Delay {
    arrivals: Arrivals,
    trendline: Trendline,
    queue: Queue,
    competition: Competition,
    round_trip: Duration,
    aimd: Aimd,
    heard_at: Option<Instant>,
    usage: Usage,
    known: bool,
    quiet_since: Option<Instant>,
}

impl Delay {
    pub(super) fn new(start_bps: f64) -> Self {
        Delay {
            arrivals: Arrivals::default(),
            trendline: Trendline::default(),
            queue: Queue::default(),
            competition: Competition::new(),
            round_trip: Duration::ZERO,
            aimd: Aimd::new(start_bps),
            heard_at: None,
            usage: Usage::Normal,
            known: false,
            quiet_since: None,
        }
    }

    /// In bits per second, once anything is known.
    pub(super) fn bps(&self) -> Option<f64> {
        self.known.then(|| self.aimd.bps())
    }

    /// Whether more would be too much: the queue grows, or is another's.
    pub(super) fn is_strained(&self) -> bool {
        let grows = self.usage == Usage::Overuse && self.trendline.usage() == Usage::Overuse;
        grows || self.competition.is_competing()
    }

    pub(super) fn set_round_trip(&mut self, round_trip: Duration) {
        self.round_trip = round_trip;
        self.aimd.set_round_trip(round_trip);
    }

    /// The rate came down, or was set, for other reasons.
    pub(super) fn set(&mut self, bps: f64, now: Instant) {
        self.aimd.set(bps, now);
    }

    /// The estimate is at least so much.
    pub(super) fn raise_to(&mut self, bps: f64) {
        self.aimd.raise_to(bps);
    }

    /// A packet arrived; packets come in the order of their arrival. `slope` is false for one of a
    /// probe: the queue that probes make says nothing of the rate.
    pub(super) fn on_packet(
        &mut self,
        sent: Instant,
        arrived: Duration,
        told_at: Instant,
        slope: bool,
    ) {
        let paused =
            self.heard_at.is_some_and(|at| told_at.saturating_duration_since(at) > STREAM_TIMEOUT);
        if paused {
            self.arrivals = Arrivals::default();
            self.trendline = Trendline::default();
        }
        self.heard_at = Some(told_at);
        self.queue.on_packet(sent, arrived);
        if !slope {
            return;
        }
        if let Some(delta) = self.arrivals.on_packet(sent, arrived, told_at) {
            self.trendline.on_delta(delta, arrived);
        }
    }

    /// Goes by the slope, or by a probe. Gives whether the path has become wider; `None` when it is
    /// too early for anything.
    fn by_slope(&mut self, known: Known, queue_ms: Option<f64>, now: Instant) -> Option<bool> {
        if self.usage == Usage::Overuse {
            let arrives = known.recent.unwrap_or(f64::INFINITY);
            if !self.aimd.may_reduce(arrives, now) {
                return None;
            }
            self.aimd.step(self.usage, known.recent, queue_ms, now);
            return Some(false);
        }
        if let Some(probe) = known.probe.filter(|probe| self.aimd.believes(*probe, now)) {
            self.aimd.on_probe(probe, now);
            return Some(false);
        }
        let had_capacity = self.aimd.has_capacity();
        self.aimd.step(self.usage, known.throughput, queue_ms, now);
        Some(had_capacity && !self.aimd.has_capacity())
    }

    /// Where nothing has waited for long, the path carries more than it was taken to.
    fn forget_if_quiet(&mut self, queue_ms: Option<f64>, now: Instant) {
        if queue_ms.is_some_and(|ms| ms >= QUIET_MS) || self.usage == Usage::Overuse {
            self.quiet_since = None;
            return;
        }
        let since = *self.quiet_since.get_or_insert(now);
        if now.saturating_duration_since(since) > QUIET_FOR {
            self.aimd.forget_capacity();
        }
    }

    /// What the slope says, where there is a queue that can grow: without one, delays that grow are
    /// jitter.
    fn usage_with(&self, queue_ms: Option<f64>) -> Usage {
        let grown = queue_ms.is_none_or(|ms| ms >= self.aimd.gone_ms() + GROWN_MS);
        match self.trendline.usage() {
            Usage::Overuse if !grown => Usage::Normal,
            usage => usage,
        }
    }

    /// All packets of a feedback were told of: decides.
    pub(super) fn decide(&mut self, known: Known, now: Instant) -> Change {
        let queue = self.queue.wait_ms(self.competition.is_competing(), now);
        let usage = self.usage_with(queue);
        let before = std::mem::replace(&mut self.usage, usage);
        if let Some(marked) = known.marks {
            self.aimd.on_marks(marked, known.throughput, now);
            self.known = true;
            return Change { updated: true, ..Change::default() };
        }
        let advice = queue.map_or(Advice::Slope, |ms| {
            let arrives = known.recent.unwrap_or(f64::INFINITY);
            let grows = self.usage == Usage::Overuse && self.aimd.may_reduce(arrives, now);
            self.competition.on_queue(Told { ms, grows, lost: known.lost }, self.round_trip, now)
        });
        self.forget_if_quiet(queue, now);
        let back = queue.is_some_and(|ms| self.aimd.on_queue(ms, known.carried, now));
        let mut freed = false;
        match advice {
            Advice::Drain(part) => self.aimd.drain(part, known.carried, now),
            Advice::Wait if self.usage != Usage::Overuse => self.aimd.hold(now),
            Advice::Cut(part) => self.aimd.cut(part, known.recent, now),
            Advice::Grow => self.aimd.compete(known.throughput, now),
            Advice::Hold => self.aimd.hold(now),
            Advice::Wait | Advice::Slope => match self.by_slope(known, queue, now) {
                Some(wider) => freed = wider,
                None => return Change { back, ..Change::default() },
            },
        }
        self.known = true;
        let recovered = before == Usage::Underuse && self.usage == Usage::Normal;
        let empty = queue.is_some_and(|ms| ms < QUIET_MS) && self.usage != Usage::Overuse;
        Change { updated: true, recovered, freed, back, empty }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_time::origin;

    const fn ms(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    /// Packets every 10 ms from `from` on, told of every 100 ms, which take `base` microseconds and
    /// each `growth` more than the one before.
    fn feed(delay: &mut Delay, from: u64, packets: u64, base: i64, growth: i64) -> Vec<Change> {
        let start = origin();
        let mut changes = Vec::new();
        for n in 0..packets {
            let sent = start + ms(from + 10 * n);
            let takes = base + growth * n as i64;
            let arrived = ms(from + 10 * n) + Duration::from_micros(takes as u64);
            delay.on_packet(sent, arrived, sent + ms(100), true);
            if n % 10 == 9 {
                let known = Known { throughput: Some(1e6), recent: Some(1e6), ..Known::default() };
                changes.push(delay.decide(known, sent + ms(100)));
            }
        }
        changes
    }

    #[test]
    fn it_grows_falls_and_says_when_the_queue_has_emptied() {
        let mut delay = Delay::new(1e6);
        assert_eq!(delay.bps(), None);
        feed(&mut delay, 0, 200, 50_000, 0);
        let grown = delay.bps().unwrap();
        assert!(grown > 1.1e6, "{grown}");
        feed(&mut delay, 2_000, 60, 50_000, 2_000);
        let fallen = delay.bps().unwrap();
        assert!(fallen < 0.9e6, "{fallen}");
        let mut changes = feed(&mut delay, 2_600, 60, 170_000, -2_000);
        changes.extend(feed(&mut delay, 3_200, 100, 50_000, 0));
        assert!(changes.iter().any(|change| change.recovered), "{changes:?}");
    }

    #[test]
    fn a_probe_and_a_mark_set_it() {
        let mut delay = Delay::new(3e5);
        feed(&mut delay, 0, 50, 50_000, 0);
        let now = origin() + ms(700);
        delay.decide(Known { probe: Some(2e6), ..Known::default() }, now);
        assert!((delay.bps().unwrap() - 2e6).abs() < 1.0);
        let marks = Some(Marked { part: 0.5, scalable: false });
        delay.decide(Known { marks, ..Known::default() }, now);
        assert!((delay.bps().unwrap() - 1e6).abs() < 1.0);
    }

    #[test]
    fn a_slope_without_a_queue_is_jitter() {
        let mut delay = Delay::new(1e6);
        feed(&mut delay, 0, 100, 50_000, 0);
        let before = delay.bps().unwrap();
        feed(&mut delay, 1_000, 30, 50_000, 700);
        assert!(delay.trendline.usage() == Usage::Overuse && !delay.is_strained());
        assert!(delay.bps().unwrap() >= before, "a packet alone takes as long as this queue has");
        feed(&mut delay, 1_300, 30, 71_000, 700);
        assert!(delay.bps().unwrap() < before);
    }

    #[test]
    fn what_the_path_carried_is_back_when_the_queue_is_gone() {
        let mut delay = Delay::new(1e6);
        feed(&mut delay, 0, 200, 50_000, 0);
        feed(&mut delay, 2_000, 60, 50_000, 2_000);
        let fallen = delay.bps().unwrap();
        let changes = feed(&mut delay, 2_600, 20, 50_000, 0);
        assert_eq!(changes.iter().filter(|change| change.back).count(), 1, "{changes:?}");
        assert!(fallen < 0.9e6 && delay.bps().unwrap() >= 0.97e6, "{fallen}");
    }

    #[test]
    fn a_pause_makes_it_forget_delays() {
        let mut delay = Delay::new(1e6);
        feed(&mut delay, 0, 60, 50_000, 2_000);
        assert!(delay.is_strained());
        feed(&mut delay, 10_000, 1, 50_000, 0);
        assert!(!delay.is_strained());
    }
}
