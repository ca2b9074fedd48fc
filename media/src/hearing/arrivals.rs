//! How far behind the fastest packets the playout should be, from when packets arrive.
//!
//! 1. A packet's transit is its arrival minus its media time; the least of the last two seconds is
//!    the path at its fastest. A packet's relative delay is its transit beyond that: the playout
//!    must lie so far behind for it to be in time.
//! 2. Of packets in order, the largest relative delay of each half second goes into a histogram
//!    that forgets; the target is its quantile. A lost packet counts as one that arrived with the
//!    packet that carries its copy, so that there is time for the repair.
//!    A lone interval far above the others is an outage, and is not counted.
//! 3. Packets that were overtaken are rare, and waiting for them delays all others: a second
//!    histogram finds the delay at which 20 ms more would save less than one percent of loss.
//!
//! The idea of all three is that of libwebrtc's `modules/audio_coding/neteq`: the files
//! `relative_arrival_delay_tracker`, `underrun_optimizer` and `reorder_optimizer`. The repairs and
//! outages of 2 are ours.

use std::collections::VecDeque;

use super::histogram::{BUCKETS, Histogram};
use super::settings::{HearingSettings, MS, samples};

/// How long the fastest packet is remembered.
const WINDOW: i64 = 2_000 * MS;

/// Most candidates for the fastest packet: two seconds of 2.5 ms packets, each slower than the one
/// before.
const MAX_CANDIDATES: usize = 800;

/// The grain of the histograms.
const BUCKET: i64 = 20 * MS;

/// Over this time the largest relative delay is one value of the histogram.
const INTERVAL: i64 = 500 * MS;

/// Half of a share is forgotten after 40 intervals: 20 s.
const FORGET: f64 = 0.983;

/// Share of the intervals in which no packet is late.
const QUANTILE: f64 = 0.95;

/// An interval that lies so far above the estimate is an outage, not jitter: nobody waits for the
/// next one if it is the only one.
const OUTAGE: i64 = 100 * MS;

/// It is not the only one when another comes within so many intervals.
const OUTAGE_APART: u32 = 20;

/// As above, for each packet that was overtaken or not.
const FORGET_ORDER: f64 = 0.9993;

/// Delay that one percent of overtaken packets is worth.
const DELAY_PER_PERCENT: i64 = 20 * MS;

/// Before anything is known.
const FIRST_TARGET: i64 = 40 * MS;

/// Whether a packet came before all with later numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    InOrder,
    Overtaken,
}

/// What is known of arrivals. All times are in samples.
#[derive(Clone, Debug)]
pub(super) struct Arrivals {
    /// When packets arrived and their transit; transits grow, so the first is the least.
    fastest: VecDeque<(i64, i64)>,
    base: Option<i64>,
    late: Histogram,
    /// When the interval began, and the largest relative delay in it.
    interval: Option<(i64, i64)>,
    /// Intervals until the last outage is forgotten.
    outage: u32,
    overtaken: Histogram,
    minimum: i64,
    maximum: i64,
    hint: i64,
    /// What packets alone would have.
    estimate: i64,
}

impl Arrivals {
    pub(super) fn new(settings: &HearingSettings) -> Self {
        let minimum = samples(settings.minimum);
        Arrivals {
            fastest: VecDeque::with_capacity(MAX_CANDIDATES),
            base: None,
            late: Histogram::new(FORGET),
            interval: None,
            outage: 0,
            overtaken: Histogram::new(FORGET_ORDER),
            minimum,
            maximum: samples(settings.maximum).max(minimum),
            hint: settings.hint.map_or(0, samples),
            estimate: FIRST_TARGET,
        }
    }

    pub(super) fn set_hint(&mut self, hint: i64) {
        self.hint = hint;
    }

    /// A packet of this media time arrived.
    pub(super) fn arrived(&mut self, time: i64, now: i64, order: Order) {
        let relative = self.relative(now - time, now);
        match order {
            Order::InOrder => {
                self.overtaken.add(0);
                self.count(relative, now);
            }
            Order::Overtaken => self.overtaken.add(bucket(relative)),
        }
        self.estimate();
    }

    /// What should have been at this media time came now, as a copy in a later packet.
    pub(super) fn repaired(&mut self, time: i64, now: i64) {
        let base = self.base.unwrap_or(now - time);
        self.count((now - time - base).max(0), now);
        self.estimate();
    }

    /// The stream begins anew; what is known of the path stays.
    pub(super) fn restart(&mut self) {
        self.fastest.clear();
        self.base = None;
    }

    /// The transit of the fastest packets, once there was one.
    pub(super) fn base(&self) -> Option<i64> {
        self.base
    }

    /// How far behind the fastest packets the playout should be.
    pub(super) fn target(&self) -> i64 {
        self.estimate.max(self.hint).clamp(self.minimum, self.maximum)
    }

    /// As [`Arrivals::target`], without the hint.
    pub(super) fn minimum(&self) -> i64 {
        self.estimate.clamp(self.minimum, self.maximum)
    }

    /// Remembers a transit and says how far it lies behind the fastest.
    fn relative(&mut self, transit: i64, now: i64) -> i64 {
        while self.fastest.front().is_some_and(|(at, _)| now - at > WINDOW) {
            self.fastest.pop_front();
        }
        while self.fastest.back().is_some_and(|(_, known)| *known >= transit) {
            self.fastest.pop_back();
        }
        if self.fastest.len() == MAX_CANDIDATES {
            self.fastest.pop_back();
        }
        self.fastest.push_back((now, transit));
        let base = self.fastest.front().map_or(transit, |(_, transit)| *transit);
        self.base = Some(base);
        transit - base
    }

    fn count(&mut self, relative: i64, now: i64) {
        match &mut self.interval {
            Some((began, largest)) if now - *began < INTERVAL => *largest = relative.max(*largest),
            interval => {
                if let Some((_, largest)) = interval.replace((now, relative)) {
                    self.judge(largest);
                }
            }
        }
    }

    /// Counts the largest relative delay of an interval, but for a lone outage.
    fn judge(&mut self, largest: i64) {
        let usual = self.late.quantile(QUANTILE).map(|bucket| bucket as i64 * BUCKET);
        let outage = usual.is_some_and(|usual| largest > usual + OUTAGE);
        if !outage || self.outage > 0 {
            self.late.add(bucket(largest));
        }
        self.outage = if outage { OUTAGE_APART } else { self.outage.saturating_sub(1) };
    }

    fn estimate(&mut self) {
        let Some(late) = self.late.quantile(QUANTILE) else { return };
        let cost = |(bucket, share): (usize, f64)| {
            let lost = (share * 100.0 * DELAY_PER_PERCENT as f64) as i64;
            (bucket as i64 * BUCKET + lost, bucket)
        };
        let overtaken = self.overtaken.above().map(cost).min().map_or(0, |(_, bucket)| bucket);
        self.estimate = (late.max(overtaken) as i64 + 1) * BUCKET;
    }
}

fn bucket(relative: i64) -> usize {
    usize::try_from(relative / BUCKET).unwrap_or(0).min(BUCKETS - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Packets every 20 ms, the relative delay of each by its number.
    fn target(seconds: i64, delay_ms: impl Fn(i64) -> i64, order: impl Fn(i64) -> Order) -> i64 {
        let mut arrivals = Arrivals::new(&HearingSettings::mono());
        for index in 0..50 * seconds {
            let time = index * 20 * MS;
            arrivals.arrived(time, time + delay_ms(index) * MS, order(index));
        }
        arrivals.target() / MS
    }

    #[test]
    fn a_steady_stream_has_the_least_delay() {
        assert_eq!(target(5, |_| 30, |_| Order::InOrder), 20);
    }

    #[test]
    fn what_comes_late_every_second_is_waited_for() {
        let every = |index| if index % 50 == 49 { 70 } else { 0 };
        assert_eq!(target(30, every, |_| Order::InOrder), 80);
    }

    #[test]
    fn what_came_late_once_is_not() {
        assert_eq!(
            target(60, |index| if index == 2_500 { 500 } else { 0 }, |_| Order::InOrder),
            20
        );
    }

    #[test]
    fn the_overtaken_are_waited_for_when_they_are_many() {
        let order = |every: i64| {
            move |index| if index % every == 1 { Order::Overtaken } else { Order::InOrder }
        };
        let delay = |every: i64| move |index| if index % every == 1 { 65 } else { 0 };
        assert_eq!(target(60, delay(10), order(10)), 80);
        assert_eq!(target(60, delay(150), order(150)), 20);
    }

    #[test]
    fn a_hint_raises_and_limits_hold() {
        let mut settings = HearingSettings::mono();
        settings.hint = Some(std::time::Duration::from_millis(300));
        settings.maximum = std::time::Duration::from_millis(200);
        assert_eq!(Arrivals::new(&settings).target(), 200 * MS);
        assert_eq!(Arrivals::new(&settings).minimum(), 40 * MS);
    }

    #[test]
    fn memory_is_bounded() {
        let mut arrivals = Arrivals::new(&HearingSettings::mono());
        (0..100_000).for_each(|index| arrivals.arrived(0, index, Order::InOrder));
        assert!(arrivals.fastest.len() <= MAX_CANDIDATES);
    }
}
