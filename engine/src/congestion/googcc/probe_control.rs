//! When the path is probed, and how hard.
//!
//! 1. At the beginning with 3 and 6 times the start rate, then with twice the result as long as
//!    results are good.
//! 2. When the application wants more than before, with what it wants and with twice that.
//! 3. While the application sends less than it may, every 5 s with twice the estimate.
//! 4. After a fall, once the queue has emptied, with most of what was there before.
//! 5. When more arrives than the path was taken to carry, with twice the estimate.
//! 6. Every few seconds in which nothing waits on the way, with somewhat more: the same for all
//!    that share the path.
//! 7. Not at all while losses take the rate down or the round trip is out of hand.

use std::time::{Duration, Instant};

use crate::bitrate::Bitrate;
use crate::congestion::controller::{Limits, PROBES_MAX, Probe};

/// The first clusters, in parts of the start rate.
const START: [f64; 2] = [3.0, 6.0];
/// What follows on a good result, in parts of it,
const FURTHER: f64 = 2.0;
/// where good is this part of what was probed.
const GOOD: f64 = 0.7;
/// So long a result is waited for.
const RESULT_WAIT: Duration = Duration::from_secs(1);

/// A cluster lasts so long and has so many packets at least, in bursts so far apart,
const DURATION: Duration = Duration::from_millis(15);
const PACKETS: u32 = 5;
const SPACING: Duration = Duration::from_millis(2);
/// and this long, in bursts so far apart, in the first seconds, when packets are few.
const DURATION_FIRST: Duration = Duration::from_millis(100);
const SPACING_FIRST: Duration = Duration::from_millis(20);
const FIRST: Duration = Duration::from_secs(5);

/// A cluster of less than so many times the estimate lasts so long.
const SLIGHT: f64 = 1.6;
const DURATION_SLIGHT: Duration = Duration::from_millis(50);

/// While the application is limited: so often, with so many times the estimate.
const ALR_EVERY: Duration = Duration::from_secs(5);
const ALR_FACTOR: f64 = 2.0;
/// It counts as limited for so long after.
const ALR_ENDED: Duration = Duration::from_secs(3);

/// Clusters when the application wants more, in parts of what it wants.
const ALLOCATION: [f64; 2] = [1.0, 2.0];
/// No cluster is of more than this many times what the application wants, or, where it does not
/// say, of what arrives,
const WANTED_MAX: f64 = 2.0;
/// but then of up to this rate, in bits per second, for media that is to come (libwebrtc).
const UNTOLD_MAX: f64 = 5_000_000.0;

/// A fall is one to less than this part of the estimate.
const FALL: f64 = 0.66;
/// After it, this part of the old rate is probed, within this time,
const FALL_PART: f64 = 0.85;
const FALL_TIMEOUT: Duration = Duration::from_secs(5);
/// when the rate is not up there already, but for the uncertainty of a probe.
const FALL_UNCERTAINTY: f64 = 0.05;

/// When the path has become wider: this many times the estimate, and not more often than this.
const FREED_FACTOR: f64 = 2.0;
const FREED_EVERY: Duration = Duration::from_secs(3);

/// While nothing waits on the way: this much more, but no more than so many times the estimate, and
/// not more often than this.
const QUIET_MORE_BPS: f64 = 300_000.0;
const QUIET_FACTOR: f64 = 1.5;
const QUIET_EVERY: Duration = Duration::from_secs(2);
/// It must have been quiet for so long.
const QUIET_FOR: Duration = Duration::from_secs(1);
/// It has to find most of that before more is tried.
const QUIET_GOOD: f64 = 0.9;
/// The estimate must be used: so much of it arrives. Who sends less than two thirds of it counts as
/// limited, and is probed for that; nobody is to fall between the two.
const USED: f64 = 0.55;

/// A limit of losses that grows is probed with so many times itself at most.
const LOSS_LIMITED: f64 = 1.5;

/// What limits the estimate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cause {
    /// Delay, or nothing.
    Delay,
    /// Delay, and the queue grows.
    DelayGrows,
    /// Losses; the limit grows.
    LossGrows,
    /// Losses; the limit falls or is held.
    LossFalls,
    /// No feedback comes, or the round trip is out of hand.
    Outage,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum State {
    /// Nothing was probed.
    Idle,
    /// A result is awaited; above this rate it is good enough to go on.
    Awaiting { good: f64 },
    /// All that was begun is over.
    Complete,
}

#[derive(Clone, Copy, Debug)]
struct Fall {
    at: Instant,
    from: f64,
}

/// Decides on probes. Rates are in bits per second.
#[derive(Debug)]
pub(super) struct ProbeControl {
    state: State,
    began_at: Instant,
    probed_at: Option<Instant>,
    estimate: f64,
    throughput: f64,
    cause: Cause,
    limits: Limits,
    fall: Option<Fall>,
    quiet_since: Option<Instant>,
    alr_since: Option<Instant>,
    alr_ended: Option<Instant>,
    next_id: u32,
    wanted: [Option<Probe>; PROBES_MAX],
}

impl ProbeControl {
    pub(super) fn new(estimate: f64, limits: Limits, now: Instant) -> Self {
        ProbeControl {
            state: State::Idle,
            began_at: now,
            probed_at: None,
            estimate,
            throughput: 0.0,
            cause: Cause::Delay,
            limits,
            fall: None,
            quiet_since: None,
            alr_since: None,
            alr_ended: None,
            next_id: 1,
            wanted: [None; PROBES_MAX],
        }
    }

    /// The path is there, or another one is: finds out what it carries.
    pub(super) fn begin(&mut self, estimate: f64, now: Instant) {
        self.began_at = now;
        self.estimate = estimate;
        self.cause = Cause::Delay;
        self.fall = None;
        self.probe(START.map(|factor| factor * estimate), Some(GOOD), now);
    }

    /// Goes on with the names of clusters where another one ended.
    pub(super) fn continue_names(&mut self, before: &ProbeControl) {
        for probe in self.wanted.iter_mut().flatten() {
            probe.id = probe.id.wrapping_add(before.next_id);
        }
        self.next_id = self.next_id.wrapping_add(before.next_id);
    }

    pub(super) fn set_limits(&mut self, limits: Limits, now: Instant) {
        let before = std::mem::replace(&mut self.limits, limits);
        let wanted = |limits: &Limits| limits.desired.map_or(0.0, bps);
        let wants_more = wanted(&limits) > wanted(&before) && wanted(&limits) > self.estimate;
        if self.state == State::Complete && wants_more && self.alr_since.is_some() {
            self.probe(ALLOCATION.map(|factor| factor * wanted(&limits)), None, now);
            return;
        }
        let freed = limits.maximum > before.maximum
            && self.estimate >= 0.9 * bps(before.maximum)
            && wanted(&limits) > self.estimate;
        if self.state == State::Complete && freed {
            self.probe([ALR_FACTOR * self.estimate], None, now);
        }
    }

    pub(super) fn set_alr(&mut self, since: Option<Instant>, now: Instant) {
        if self.alr_since.is_some() && since.is_none() {
            self.alr_ended = Some(now);
        }
        self.alr_since = since;
    }

    /// The estimate, and what limits it.
    pub(super) fn set_estimate(&mut self, estimate: f64, cause: Cause, now: Instant) {
        self.cause = cause;
        if estimate < FALL * self.estimate {
            self.fall = Some(Fall { at: now, from: self.estimate });
        }
        self.estimate = estimate;
        if let State::Awaiting { good } = self.state
            && estimate > good
        {
            self.probe([FURTHER * estimate], Some(GOOD), now);
        }
    }

    /// A queue has emptied: what was there before a fall may be there again.
    pub(super) fn on_recovered(&mut self, now: Instant) {
        let lately = self.alr_ended.is_some_and(|at| since(at, now) < ALR_ENDED);
        let limited = self.alr_since.is_some() || lately;
        let Some(fall) = self.fall.filter(|_| limited && self.state == State::Complete) else {
            return;
        };
        let rate = FALL_PART * fall.from;
        let above = rate * (1.0 - FALL_UNCERTAINTY) > self.estimate;
        let waited = self.probed_at.is_none_or(|at| since(at, now) > ALR_EVERY);
        if above && waited && since(fall.at, now) < FALL_TIMEOUT {
            self.probe([rate], None, now);
            self.fall = None;
        }
    }

    /// More arrives than the path was taken to carry: it may carry much more.
    pub(super) fn on_freed(&mut self, now: Instant) {
        let waited = self.probed_at.is_none_or(|at| since(at, now) > FREED_EVERY);
        if self.state == State::Complete && waited {
            self.probe([FREED_FACTOR * self.estimate], Some(GOOD), now);
        }
    }

    /// Feedback told whether anything waits on the way, and how much arrives.
    pub(super) fn on_queue(&mut self, empty: bool, throughput: f64, now: Instant) {
        self.throughput = throughput;
        if !empty {
            self.quiet_since = None;
            return;
        }
        let since_quiet = since(*self.quiet_since.get_or_insert(now), now);
        let waited = self.probed_at.is_none_or(|at| since(at, now) > QUIET_EVERY);
        let used = throughput > USED * self.estimate;
        let wanted = self.limits.desired.is_none_or(|rate| bps(rate) > self.estimate);
        let long = since_quiet > QUIET_FOR;
        if self.state == State::Complete && waited && long && used && wanted {
            let rate = (QUIET_FACTOR * self.estimate).min(self.estimate + QUIET_MORE_BPS);
            self.probe([rate], Some(QUIET_GOOD), now);
        }
    }

    /// What time brings, and the clusters that are wanted since the last call.
    pub(super) fn take(&mut self, now: Instant) -> [Option<Probe>; PROBES_MAX] {
        let waited = self.probed_at.is_some_and(|at| since(at, now) >= RESULT_WAIT);
        if matches!(self.state, State::Awaiting { .. }) && waited {
            self.state = State::Complete;
        }
        let due = self.alr_probe_at().is_some_and(|at| now >= at);
        if due {
            self.probe([ALR_FACTOR * self.estimate], Some(GOOD), now);
            // One that may not be is not asked for again at once.
            self.probed_at = Some(now);
        }
        std::mem::take(&mut self.wanted)
    }

    /// When [`Self::take`] has something to do.
    pub(super) fn next_at(&self) -> Option<Instant> {
        match self.state {
            State::Awaiting { .. } => self.probed_at.map(|at| at + RESULT_WAIT),
            _ => self.alr_probe_at(),
        }
    }

    fn alr_probe_at(&self) -> Option<Instant> {
        let since = self.alr_since.filter(|_| self.state == State::Complete)?;
        Some(self.probed_at.map_or(since, |at| at.max(since)) + ALR_EVERY)
    }

    /// Wants clusters of these rates, as far as they are of use. Above the part `good` of the
    /// last one, a result is followed by more.
    fn probe<const N: usize>(&mut self, rates: [f64; N], mut good: Option<f64>, now: Instant) {
        let bound = match self.cause {
            Cause::Delay => f64::INFINITY,
            Cause::LossGrows => LOSS_LIMITED * self.estimate,
            Cause::DelayGrows | Cause::LossFalls | Cause::Outage => return,
        };
        let untold = UNTOLD_MAX.max(WANTED_MAX * self.throughput);
        let wanted = self.limits.desired.map_or(untold, |rate| WANTED_MAX * bps(rate));
        let bound = bound.min(wanted).min(bps(self.limits.maximum));
        // One that is not much more than what is sent anyway takes long to tell the difference.
        let slight = rates.first().is_some_and(|rate| *rate < SLIGHT * self.estimate);
        let duration = if slight { DURATION_SLIGHT } else { DURATION };
        let mut probed = None;
        for rate in rates {
            let stop = rate >= bound;
            let rate = rate.min(bound);
            if rate <= self.estimate {
                good = None;
                break;
            }
            self.want(rate, duration, now);
            probed = Some(rate);
            if stop {
                good = None;
                break;
            }
        }
        let Some(probed) = probed else {
            if self.state == State::Idle {
                self.state = State::Complete;
            }
            return;
        };
        self.probed_at = Some(now);
        self.state = match good {
            Some(good) => State::Awaiting { good: good * probed },
            None => State::Complete,
        };
    }

    fn want(&mut self, rate: f64, duration: Duration, now: Instant) {
        let Some(place) = self.wanted.iter_mut().find(|place| place.is_none()) else { return };
        let first = since(self.began_at, now) < FIRST;
        *place = Some(Probe {
            id: self.next_id,
            rate: Bitrate::bps(rate as u64),
            duration: if first { DURATION_FIRST } else { duration },
            packets: PACKETS,
            spacing: if first { SPACING_FIRST } else { SPACING },
        });
        self.next_id = self.next_id.wrapping_add(1);
    }
}

fn bps(rate: Bitrate) -> f64 {
    rate.as_bps() as f64
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

    fn rates(control: &mut ProbeControl, now: Instant) -> Vec<u64> {
        control.take(now).into_iter().flatten().map(|probe| probe.rate.as_bps() / 1_000).collect()
    }

    fn begun() -> ProbeControl {
        let mut control = ProbeControl::new(300_000.0, Limits::default(), origin());
        control.begin(300_000.0, origin());
        control
    }

    #[test]
    fn it_begins_exponentially_and_goes_on_while_results_are_good() {
        let start = origin();
        let mut control = begun();
        assert_eq!(rates(&mut control, start), [900, 1_800]);
        assert!(rates(&mut control, start).is_empty(), "once");
        control.set_estimate(1_000_000.0, Cause::Delay, start + ms(200));
        assert!(rates(&mut control, start + ms(200)).is_empty(), "not good enough");
        control.set_estimate(1_700_000.0, Cause::Delay, start + ms(300));
        assert_eq!(rates(&mut control, start + ms(300)), [3_400]);
        assert_eq!(control.next_at(), Some(start + ms(1_300)));
        assert!(rates(&mut control, start + ms(1_300)).is_empty());
        control.set_estimate(3_300_000.0, Cause::Delay, start + ms(1_400));
        assert!(rates(&mut control, start + ms(1_400)).is_empty(), "too late");
    }

    #[test]
    fn limited_applications_are_probed_for_every_five_seconds() {
        let start = origin();
        let mut control = begun();
        control.take(start);
        control.take(start + ms(1_000));
        control.set_alr(Some(start + ms(2_000)), start + ms(2_000));
        assert_eq!(control.next_at(), Some(start + ms(7_000)));
        assert_eq!(rates(&mut control, start + ms(7_000)), [600]);
        control.take(start + ms(8_000));
        assert_eq!(control.next_at(), Some(start + ms(12_000)));
        control.set_alr(None, start + ms(9_000));
        assert_eq!(control.next_at(), None);
    }

    #[test]
    fn more_that_is_wanted_is_probed_for_and_bounds_all() {
        let start = origin();
        let mut control = begun();
        control.take(start);
        control.take(start + ms(1_000));
        control.set_alr(Some(start), start + ms(1_000));
        let limits = Limits { desired: Some(Bitrate::kbps(800)), ..Limits::default() };
        control.set_limits(limits, start + ms(2_000));
        assert_eq!(rates(&mut control, start + ms(2_000)), [800, 1_600]);
        control.set_estimate(1_500_000.0, Cause::Delay, start + ms(2_200));
        assert_eq!(rates(&mut control, start + ms(8_000)), [1_600], "twice what is wanted");
    }

    #[test]
    fn after_a_fall_most_of_the_old_rate_is_probed() {
        let start = origin();
        let mut control = begun();
        control.take(start);
        control.set_estimate(1_000_000.0, Cause::Delay, start + ms(500));
        control.take(start + ms(1_000));
        control.set_alr(Some(start + ms(9_000)), start + ms(9_000));
        control.set_estimate(400_000.0, Cause::Delay, start + ms(9_500));
        control.on_recovered(start + ms(10_000));
        assert_eq!(rates(&mut control, start + ms(10_000)), [850]);
        control.on_recovered(start + ms(10_000));
        assert!(rates(&mut control, start + ms(10_000)).is_empty());
    }

    #[test]
    fn nothing_is_probed_against_losses_and_silence() {
        let start = origin();
        for cause in [Cause::LossFalls, Cause::Outage, Cause::DelayGrows] {
            let mut control = ProbeControl::new(300_000.0, Limits::default(), start);
            control.set_estimate(300_000.0, cause, start);
            control.state = State::Complete;
            control.set_alr(Some(start), start);
            assert!(rates(&mut control, start + ms(5_000)).is_empty(), "{cause:?}");
            assert!(control.next_at() > Some(start + ms(5_000)), "it does not spin");
        }
    }
}
