//! How full the queues of a link are, looked at in equal intervals.

use std::time::Duration;

use lapwing_engine::Bitrate;

use crate::bitrate::RateSchedule;
use crate::run::rates::PHASES_MAX;
use crate::run::{Asked, Bins, Histogram};
use crate::time::Time;

/// Looks at one link's backlog.
#[derive(Debug)]
pub(crate) struct QueueMeter {
    capacity: RateSchedule,
    /// Constant-rate cross traffic on the link.
    cbr: Vec<(RateSchedule, Time, Time)>,
    /// How long a packet that came now would wait: until the backlog has left.
    pub(crate) delay: Histogram,
    /// The same by the times of equal availability; one more than can be told apart where there are
    /// too many.
    phases: Vec<Phase>,
    /// The greatest of each bin, in milliseconds.
    pub(crate) delay_ms: Bins,
    /// What statements ask of it.
    pub(crate) asked: Asked,
    available: Option<Bitrate>,
    /// Since when less is available, while the queue has not filled and emptied; and whether it has
    /// filled.
    fell: Option<(Time, bool)>,
    /// The longest that the queue took to empty after a fall.
    pub(crate) drain: Option<Duration>,
}

/// A time in which what is available stays the same.
#[derive(Debug)]
struct Phase {
    available: Bitrate,
    delay: Histogram,
}

/// A queue with no more than this counts as empty: one packet.
const EMPTY_BYTES: u64 = 1_500;
/// A queue with more than this fills: more than a burst of frames.
const FILLS: Duration = Duration::from_millis(30);
/// A queue that has not filled so long after a fall does not fill for it.
const FILLS_WITHIN: Duration = Duration::from_secs(1);
/// A queue on a link that stands still has no delay in time; this one counts.
const STANDSTILL: Duration = Duration::from_secs(60);

impl QueueMeter {
    pub(crate) fn new(
        capacity: RateSchedule,
        cbr: Vec<(RateSchedule, Time, Time)>,
        bins: Bins,
    ) -> Self {
        QueueMeter {
            capacity,
            cbr,
            delay: Histogram::default(),
            phases: Vec::new(),
            delay_ms: bins,
            asked: Asked::default(),
            available: None,
            fell: None,
            drain: None,
        }
    }

    /// The link's mean rate over a span.
    pub(crate) fn capacity(&self, from: Time, to: Time) -> Bitrate {
        self.capacity.mean(from, to)
    }

    /// What constant-rate cross traffic leaves of it.
    pub(crate) fn available(&self, from: Time, to: Time) -> Bitrate {
        let capacity = self.capacity.mean(from, to);
        Bitrate::bps(capacity.as_bps().saturating_sub(self.taken(from, to)))
    }

    /// What constant-rate cross traffic sends over a span, in bit/s.
    fn taken(&self, from: Time, to: Time) -> u64 {
        let span = to.since(from).as_nanos().max(1);
        let sent = |(rate, start, end): &(RateSchedule, Time, Time)| {
            let (from, to) = (from.max(*start), to.min(*end));
            if from >= to {
                return 0;
            }
            u128::from(rate.mean(from, to).as_bps()) * to.since(from).as_nanos() / span
        };
        u64::try_from(self.cbr.iter().map(sent).sum::<u128>()).unwrap_or(u64::MAX)
    }

    /// What is available at a moment.
    fn available_now(&self, now: Time) -> Bitrate {
        let on = |(rate, start, end): &(RateSchedule, Time, Time)| {
            if (*start..*end).contains(&now) { rate.current(now).as_bps() } else { 0 }
        };
        let taken: u64 = self.cbr.iter().map(on).sum();
        Bitrate::bps(self.capacity.current(now).as_bps().saturating_sub(taken))
    }

    /// So many bytes wait now.
    pub(crate) fn look(&mut self, now: Time, backlog: u64) {
        let delay = self.capacity.finish(now, backlog).since(now).min(STANDSTILL);
        self.delay.add(delay);
        self.asked.add(now, delay);
        self.delay_ms.raise(now, (delay.as_secs_f64() * 1e6).round() / 1e3);
        self.look_in_phase(now, delay);
        let available = self.available_now(now);
        if self.available.replace(available).is_some_and(|before| available < before) {
            self.fell = Some((now, false));
        }
        self.follow(now, delay, backlog);
    }

    /// Phases begin with bins, as those of the series do.
    fn look_in_phase(&mut self, now: Time, delay: Duration) {
        let start = self.delay_ms.start(now);
        let available = self.available(start, start + self.delay_ms.width());
        if self.phases.last().is_none_or(|phase| phase.available != available)
            && self.phases.len() <= PHASES_MAX
        {
            self.phases.push(Phase { available, delay: Histogram::default() });
        }
        if let Some(phase) = self.phases.last_mut() {
            phase.delay.add(delay);
        }
    }

    /// The delay of each phase; of the whole run where there are too many.
    pub(crate) fn phases(&self) -> Vec<&Histogram> {
        match self.phases.len() > PHASES_MAX {
            true => vec![&self.delay],
            false => self.phases.iter().map(|phase| &phase.delay).collect(),
        }
    }

    /// Follows the queue after a fall: it fills, and empties when the flows have seen it.
    fn follow(&mut self, now: Time, delay: Duration, backlog: u64) {
        let Some((at, filled)) = self.fell else {
            return;
        };
        let since = now.since(at);
        let filled = filled || delay > FILLS;
        let over = match filled {
            true => backlog <= EMPTY_BYTES,
            false => since >= FILLS_WITHIN,
        };
        self.fell = (!over).then_some((at, filled));
        self.drain = self.drain.max(Some(if filled { since } else { Duration::ZERO }));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_phase_has_a_delay_of_its_own() {
        let at = Time::from_secs;
        let steps = [(at(0), Bitrate::mbps(1)), (at(10), Bitrate::mbps(2))];
        let capacity = RateSchedule::steps(steps).unwrap();
        let mut meter = QueueMeter::new(capacity, Vec::new(), Bins::new(at(1).since(at(0)), 20));
        for second in 0..20 {
            // 400 ms of 1 Mbit/s, then 8 ms of 2 Mbit/s.
            meter.look(at(second), if second < 10 { 50_000 } else { 2_000 });
        }
        let delays: Vec<f64> =
            meter.phases().iter().filter_map(|phase| phase.percentile_ms(95.0)).collect();
        let [before, after] = delays[..] else { panic!("two phases: {delays:?}") };
        assert!((395.0..405.0).contains(&before) && (7.9..8.1).contains(&after), "{delays:?}");
    }

    #[test]
    fn too_many_phases_are_one() {
        let second = Duration::from_secs(1);
        let steps = (0..60).map(|at| (Time::from_secs(at), Bitrate::mbps(1 + at % 2)));
        let capacity = RateSchedule::steps(steps).unwrap();
        let mut meter = QueueMeter::new(capacity, Vec::new(), Bins::new(second, 60));
        (0..60).for_each(|at| meter.look(Time::from_secs(at), 1_000));
        assert_eq!(meter.phases().len(), 1);
        assert_eq!(meter.phases()[0].count(), 60);
    }

    #[test]
    fn the_time_to_drain_is_from_the_fall_to_an_empty_queue() {
        let at = Time::from_secs;
        let steps = [(at(0), Bitrate::mbps(2)), (at(10), Bitrate::mbps(1))];
        let capacity = RateSchedule::steps(steps).unwrap();
        let cross = (RateSchedule::constant(Bitrate::kbps(400)), at(20), at(30));
        let bins = Bins::new(Duration::from_secs(1), 40);
        let mut meter = QueueMeter::new(capacity, vec![cross], bins);
        for second in 0..10 {
            meter.look(at(second), 0);
        }
        assert_eq!(meter.drain, None);
        meter.look(at(10), 0);
        assert_eq!(meter.drain, Some(Duration::ZERO));
        // It fills, empties after two and a half seconds, and fills again for other reasons.
        for (ms, backlog) in [(10_500, 50_000), (11_000, 25_000), (12_500, 1_000), (13_000, 60_000)]
        {
            meter.look(Time::from_millis(ms), backlog);
        }
        assert_eq!(meter.drain, Some(Duration::from_millis(2_500)));
        assert_eq!(meter.delay_ms.sums()[10..14], [400.0, 200.0, 8.0, 480.0]);
        // The cross traffic begins, and nothing fills.
        assert_eq!(meter.available(at(25), at(26)), Bitrate::kbps(600));
        assert_eq!(meter.available(at(19), at(21)), Bitrate::kbps(800));
        meter.look(at(20), 0);
        meter.look(at(21), 0);
        meter.look(at(29), 60_000);
        assert_eq!(meter.drain, Some(Duration::from_millis(2_500)));
    }
}
