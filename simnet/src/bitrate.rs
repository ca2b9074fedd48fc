//! Rates that change over time.

use std::fmt;
use std::time::Duration;

use lapwing_engine::Bitrate;

use crate::time::Time;

const NANOS_PER_SEC: u128 = 1_000_000_000;

/// A rate that is constant between steps.
///
/// The rate before the first step is that of the first step. With a period, the steps repeat: a
/// trace of a real link is played in a loop.
///
/// ```
/// use lapwing_simnet::{Bitrate, RateSchedule, Time};
/// let mbps = Bitrate::mbps;
/// let steps = [(Time::ZERO, mbps(1)), (Time::from_secs(40), mbps(2))];
/// let rate = RateSchedule::steps(steps).unwrap();
/// assert_eq!(rate.at(Time::from_secs(39)), mbps(1));
/// // A packet of 12,000 bits that starts 6 ms before the change: 6 ms at 1 Mbit/s, 3 ms at
/// // 2 Mbit/s.
/// assert_eq!(rate.finish(Time::from_millis(39_994), 1_500), Time::from_millis(40_003));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RateSchedule {
    /// Sorted by time, never empty.
    steps: Vec<(Time, Bitrate)>,
    /// Length of the loop, in nanoseconds; later than the last step.
    period: Option<u64>,
    /// Bits times 10^9 that pass from time zero to each step.
    passed: Vec<u128>,
    /// Spans over which the rate is told, in nanoseconds, where single steps tell nothing.
    grain: Option<u64>,
}

/// Why a list of steps is not a schedule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadSchedule {
    /// There is no step.
    Empty,
    /// The step with this index is not later than the one before.
    Unordered(usize),
    /// The period does not reach beyond the last step.
    ShortPeriod,
}

impl fmt::Display for BadSchedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BadSchedule::Empty => f.write_str("a schedule needs at least one step"),
            BadSchedule::Unordered(i) => write!(f, "step {i} is not later than the one before"),
            BadSchedule::ShortPeriod => f.write_str("the period ends before the last step"),
        }
    }
}

impl std::error::Error for BadSchedule {}

/// Steps of a loop that are written out.
const MAX_STEPS_KEPT: usize = 1_000_000;

impl RateSchedule {
    /// The same rate for ever.
    pub fn constant(rate: Bitrate) -> Self {
        RateSchedule::of(vec![(Time::ZERO, rate)])
    }

    /// The rate of each step holds from its time on.
    pub fn steps(steps: impl IntoIterator<Item = (Time, Bitrate)>) -> Result<Self, BadSchedule> {
        let steps: Vec<_> = steps.into_iter().collect();
        if steps.is_empty() {
            return Err(BadSchedule::Empty);
        }
        match steps.windows(2).position(|pair| pair[0].0 >= pair[1].0) {
            Some(i) => Err(BadSchedule::Unordered(i + 1)),
            None => Ok(RateSchedule::of(steps)),
        }
    }

    /// Of steps in order, the first of which there is.
    fn of(steps: Vec<(Time, Bitrate)>) -> Self {
        let mut total = u128::from(steps[0].1.as_bps()) * u128::from(steps[0].0.as_nanos());
        let mut passed = Vec::with_capacity(steps.len());
        passed.push(total);
        for pair in steps.windows(2) {
            let span = u128::from(pair[1].0.as_nanos() - pair[0].0.as_nanos());
            total += u128::from(pair[0].1.as_bps()) * span;
            passed.push(total);
        }
        RateSchedule { steps, period: None, passed, grain: None }
    }

    /// The steps of a trace, repeated every `period`.
    pub fn looped(
        steps: impl IntoIterator<Item = (Time, Bitrate)>,
        period: Duration,
    ) -> Result<Self, BadSchedule> {
        let mut schedule = RateSchedule::steps(steps)?;
        let period = crate::time::nanos(period);
        let last = schedule.steps.last().expect("a schedule has a step").0.as_nanos();
        if period <= last {
            return Err(BadSchedule::ShortPeriod);
        }
        schedule.period = Some(period);
        Ok(schedule)
    }

    /// The same, told as the mean over spans of so much: single steps are opportunities to send,
    /// and no rate.
    pub(crate) fn told_over(mut self, span: Duration) -> Self {
        self.grain = Some(crate::time::nanos(span).max(1));
        self
    }

    /// All steps, in order; of a loop, those of one turn.
    pub fn as_steps(&self) -> &[(Time, Bitrate)] {
        &self.steps
    }

    /// The length of a loop.
    pub fn period(&self) -> Option<Duration> {
        self.period.map(Duration::from_nanos)
    }

    /// The rate at a moment.
    pub fn at(&self, at: Time) -> Bitrate {
        self.segment(at).0
    }

    /// The rate that a queue or a meter goes by: that of the moment, but for schedules of
    /// opportunities ([`RateSchedule::from_opportunities`]) the mean over the tenth of a second
    /// around it.
    ///
    /// ```
    /// use lapwing_simnet::{RateSchedule, Time};
    /// // A packet of 1,500 bytes every four milliseconds.
    /// let rate = RateSchedule::from_opportunities("4\n").unwrap();
    /// assert_eq!(rate.at(Time::from_millis(3)).as_bps(), 12_000_000);
    /// assert_eq!(rate.current(Time::from_millis(3)).as_bps(), 3_000_000);
    /// ```
    pub fn current(&self, at: Time) -> Bitrate {
        let Some(grain) = self.grain else { return self.at(at) };
        let start = at.as_nanos() - at.as_nanos() % grain;
        self.mean(Time::from_nanos(start), Time::from_nanos(start.saturating_add(grain)))
    }

    /// The mean rate from one moment to a later one; that of the moment if they are the same.
    ///
    /// ```
    /// use lapwing_simnet::{Bitrate, RateSchedule, Time};
    /// let steps = [(Time::ZERO, Bitrate::mbps(1)), (Time::from_secs(4), Bitrate::mbps(3))];
    /// let rate = RateSchedule::steps(steps).unwrap();
    /// assert_eq!(rate.mean(Time::from_secs(2), Time::from_secs(6)), Bitrate::mbps(2));
    /// ```
    pub fn mean(&self, from: Time, to: Time) -> Bitrate {
        let span = u128::from(to.as_nanos().saturating_sub(from.as_nanos()));
        if span == 0 {
            return self.at(from);
        }
        let bits = self.passed_by(to) - self.passed_by(from);
        Bitrate::bps(u64::try_from((bits + span / 2) / span).unwrap_or(u64::MAX))
    }

    /// Bits times 10^9 that pass from time zero to `at`.
    fn passed_by(&self, at: Time) -> u128 {
        let at = at.as_nanos();
        let Some(period) = self.period else { return self.passed_within(at) };
        let (turns, within) = (u128::from(at / period), at % period);
        turns * self.passed_within(period) + self.passed_within(within)
    }

    /// The same in the first turn of a loop, its end included.
    fn passed_within(&self, at: u64) -> u128 {
        let next = self.steps.partition_point(|(t, _)| t.as_nanos() <= at);
        let (rate, base, since) = match next.checked_sub(1) {
            Some(i) => (self.steps[i].1, self.passed[i], at - self.steps[i].0.as_nanos()),
            None => (self.steps[0].1, 0, at),
        };
        base + u128::from(rate.as_bps()) * u128::from(since)
    }

    /// When the rate may be another after `at`; [`Time::NEVER`] if it stays.
    pub fn next_change(&self, at: Time) -> Time {
        self.segment(at).1
    }

    /// This rate until a moment, and another one from then on.
    ///
    /// Of a loop, the first million steps are kept: the last of them holds until then.
    #[must_use]
    pub fn until(&self, moment: Time, rate: Bitrate) -> RateSchedule {
        let (mut steps, mut at) = (Vec::new(), Time::ZERO);
        while at < moment && steps.len() < MAX_STEPS_KEPT {
            steps.push((at, self.at(at)));
            at = self.next_change(at);
        }
        steps.push((moment, rate));
        RateSchedule { grain: self.grain, ..RateSchedule::of(steps) }
    }

    /// The lowest rate above zero that it ever has.
    pub fn lowest(&self) -> Option<Bitrate> {
        self.steps.iter().map(|(_, rate)| *rate).filter(|rate| *rate > Bitrate::ZERO).min()
    }

    /// When `bytes` whose first bit leaves at `start` have left, rounded up to a nanosecond;
    /// [`Time::NEVER`] when the rate falls to zero for good.
    pub fn finish(&self, start: Time, bytes: u64) -> Time {
        // Bits times 10^9, so that a product of rate and nanoseconds needs no division.
        let mut left = u128::from(bytes) * 8 * NANOS_PER_SEC;
        let mut at = start;
        for _ in 0..MAX_SEGMENTS_PER_PACKET {
            let (rate, until) = self.segment(at);
            let rate = u128::from(rate.as_bps());
            let passes = rate * u128::from(until.as_nanos() - at.as_nanos());
            if rate > 0 && left <= passes {
                let nanos = u64::try_from(left.div_ceil(rate)).unwrap_or(u64::MAX);
                return at + Duration::from_nanos(nanos);
            }
            if until == Time::NEVER {
                return Time::NEVER;
            }
            left -= passes;
            at = until;
        }
        Time::NEVER
    }

    /// The rate at a moment, and the moment it holds until.
    fn segment(&self, at: Time) -> (Bitrate, Time) {
        if self.steps.len() == 1 {
            return (self.steps[0].1, Time::NEVER);
        }
        let (start, within) = match self.period {
            Some(period) => {
                let within = at.as_nanos() % period;
                (at.as_nanos() - within, within)
            }
            None => (0, at.as_nanos()),
        };
        let next = self.steps.partition_point(|(t, _)| t.as_nanos() <= within);
        let rate = self.steps[next.saturating_sub(1)].1;
        let until = match (self.steps.get(next), self.period) {
            (Some((t, _)), _) => start.saturating_add(t.as_nanos()),
            (None, Some(period)) => start.saturating_add(period),
            (None, None) => u64::MAX,
        };
        (rate, Time::from_nanos(until))
    }
}

/// A packet that has not left after so many changes of the rate never will: a loop of zeros has no
/// end.
const MAX_SEGMENTS_PER_PACKET: usize = 1_000_000;

impl From<Bitrate> for RateSchedule {
    fn from(rate: Bitrate) -> Self {
        RateSchedule::constant(rate)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MBPS: Bitrate = Bitrate::mbps(1);

    #[test]
    fn a_looped_trace_repeats() {
        let steps = [(Time::ZERO, MBPS), (Time::from_millis(500), Bitrate::ZERO)];
        let rate = RateSchedule::looped(steps, Duration::from_secs(1)).unwrap();
        assert_eq!(rate.at(Time::from_millis(7_499)), MBPS);
        assert_eq!(rate.at(Time::from_millis(7_500)), Bitrate::ZERO);
        // 10 ms before the gap 20 ms of bits are due: the other 10 ms follow the gap.
        assert_eq!(rate.finish(Time::from_millis(7_490), 2_500), Time::from_millis(8_010));
    }

    #[test]
    fn a_rate_of_zero_for_good_never_finishes() {
        let steps = [(Time::ZERO, MBPS), (Time::from_secs(1), Bitrate::ZERO)];
        let rate = RateSchedule::steps(steps).unwrap();
        assert_eq!(rate.finish(Time::from_secs(2), 1), Time::NEVER);
        assert_eq!(RateSchedule::from(Bitrate::ZERO).finish(Time::ZERO, 1), Time::NEVER);
        let zeros = [(Time::ZERO, Bitrate::ZERO), (Time::from_nanos(1), Bitrate::ZERO)];
        let zeros = RateSchedule::looped(zeros, Duration::from_nanos(2)).unwrap();
        assert_eq!(zeros.finish(Time::ZERO, 1), Time::NEVER);
    }

    #[test]
    fn means_are_integrals() {
        let at = Time::from_millis;
        let steps = [(at(100), Bitrate::mbps(2)), (at(300), Bitrate::ZERO)];
        let once = RateSchedule::steps(steps).unwrap();
        let looped = RateSchedule::looped(steps, Duration::from_millis(400)).unwrap();
        // By summing milliseconds, over all spans of up to three turns.
        for (from, to) in (0..40).flat_map(|from| (from + 1..60).map(move |to| (from, to))) {
            for rate in [&once, &looped] {
                let bits: u64 = (from * 20..to * 20).map(|ms| rate.at(at(ms)).as_bps()).sum();
                let span = (to - from) * 20;
                let expected = Bitrate::bps((bits + span / 2) / span);
                assert_eq!(rate.mean(at(from * 20), at(to * 20)), expected, "{from} to {to}");
            }
        }
        assert_eq!(once.mean(at(150), at(150)), Bitrate::mbps(2));
    }

    #[test]
    fn faulty_schedules_are_refused() {
        assert_eq!(RateSchedule::steps([]), Err(BadSchedule::Empty));
        let twice = [(Time::ZERO, MBPS), (Time::ZERO, MBPS)];
        assert_eq!(RateSchedule::steps(twice), Err(BadSchedule::Unordered(1)));
        let one = [(Time::from_secs(1), MBPS)];
        let short = RateSchedule::looped(one, Duration::from_secs(1));
        assert_eq!(short, Err(BadSchedule::ShortPeriod));
    }
}
