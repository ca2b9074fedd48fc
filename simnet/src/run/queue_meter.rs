//! How full the queues of a link are, looked at in equal intervals.

use std::time::Duration;

use lapwing_engine::Bitrate;

use crate::bitrate::RateSchedule;
use crate::run::{Asked, Bins, Histogram};
use crate::time::Time;

/// Looks at one link's backlog.
#[derive(Debug)]
pub(crate) struct QueueMeter {
    capacity: RateSchedule,
    /// Constant-rate cross traffic on the link.
    cbr: Vec<(RateSchedule, Time, Time)>,
    /// How long a packet that came now would wait: the backlog over the capacity.
    pub(crate) delay: Histogram,
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
            delay_ms: bins,
            asked: Asked::default(),
            available: None,
            fell: None,
            drain: None,
        }
    }

    /// The link's rate.
    pub(crate) fn capacity(&self, at: Time) -> Bitrate {
        self.capacity.at(at)
    }

    /// What constant-rate cross traffic leaves of it.
    pub(crate) fn available(&self, at: Time) -> Bitrate {
        let on =
            |(rate, start, end): &(RateSchedule, Time, Time)| match (*start..*end).contains(&at) {
                true => rate.at(at).as_bps(),
                false => 0,
            };
        let taken: u64 = self.cbr.iter().map(on).sum();
        Bitrate::bps(self.capacity(at).as_bps().saturating_sub(taken))
    }

    /// So many bytes wait now.
    pub(crate) fn look(&mut self, now: Time, backlog: u64) {
        let delay = self.capacity(now).time_for(backlog).unwrap_or(STANDSTILL).min(STANDSTILL);
        self.delay.add(delay);
        self.asked.add(now, delay);
        self.delay_ms.raise(now, (delay.as_secs_f64() * 1e6).round() / 1e3);
        let available = self.available(now);
        if self.available.replace(available).is_some_and(|before| available < before) {
            self.fell = Some((now, false));
        }
        self.follow(now, delay, backlog);
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
        assert_eq!(meter.available(at(25)), Bitrate::kbps(600));
        meter.look(at(20), 0);
        meter.look(at(21), 0);
        meter.look(at(29), 60_000);
        assert_eq!(meter.drain, Some(Duration::from_millis(2_500)));
    }
}
