//! The pace: packets go out one after the other, not a window at once.

use std::time::{Duration, Instant};

/// How much may go out at once: clocks and wake-ups are no finer. A burst of this length is what a
/// queue on the way has to bear.
const BURST: Duration = Duration::from_millis(1);

/// Time that may be made up for: a wake-up that came late costs no rate.
const LATE_MAX: Duration = Duration::from_millis(3);

/// What may go out at once after a pause, however slow the path is known to be: a few short
/// messages, which no queue feels.
const BURST_BYTES: u64 = 4_500;

/// When the next packet may go out.
#[derive(Debug)]
pub(super) struct Pacer {
    next: Instant,
}

impl Pacer {
    pub(super) fn new(now: Instant) -> Self {
        Pacer { next: now }
    }

    pub(super) fn may_send(&self, now: Instant) -> bool {
        self.next <= now + BURST
    }

    /// When it is worth while to look again.
    pub(super) fn next(&self) -> Instant {
        self.next
    }

    /// So many bytes go out, at a rate of bytes in a second; `None` for no pace.
    pub(super) fn on_sent(&mut self, bytes: usize, rate: Option<u64>, now: Instant) {
        let Some(rate) = rate.filter(|rate| *rate > 0) else {
            self.next = now;
            return;
        };
        let time = |bytes: u64| Duration::from_nanos(bytes.saturating_mul(1_000_000_000) / rate);
        let credit = LATE_MAX.max(time(BURST_BYTES));
        let from = now.checked_sub(credit).map_or(self.next, |late| self.next.max(late));
        self.next = from + time(bytes as u64);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_time::origin;

    const MS: Duration = Duration::from_millis(1);

    fn burst(pacer: &mut Pacer, rate: u64, now: Instant) -> usize {
        let mut packets = 0;
        while pacer.may_send(now) {
            pacer.on_sent(1_000, Some(rate), now);
            packets += 1;
        }
        packets
    }

    #[test]
    fn a_millisecond_of_the_rate_at_once() {
        let now = origin() + Duration::from_secs(1);
        let mut pacer = Pacer::new(now);
        // Ten packets in a millisecond.
        assert_eq!(burst(&mut pacer, 10_000_000, now), 11);
        assert!(pacer.next() > now + MS);
        let now = pacer.next();
        assert_eq!(burst(&mut pacer, 10_000_000, now), 11);
        // One in five, after a few that were saved.
        let now = now + 100 * MS;
        let mut pacer = Pacer::new(now - 50 * MS);
        assert_eq!(burst(&mut pacer, 200_000, now), 5);
        let now = pacer.next();
        assert_eq!(burst(&mut pacer, 200_000, now), 1);
        assert_eq!(pacer.next(), now + 5 * MS);
    }

    #[test]
    fn a_late_wake_up_costs_nothing_and_a_pause_saves_nothing() {
        let mut now = origin() + Duration::from_secs(1);
        let mut pacer = Pacer::new(now);
        let mut packets = 0;
        let begin = now;
        for _ in 0..1_000 {
            packets += burst(&mut pacer, 10_000_000, now);
            now = pacer.next() + MS / 2;
        }
        let expected = 10 * (now - begin).as_millis() as usize;
        assert!(packets.abs_diff(expected) < 30, "{packets} of {expected}");
        now += Duration::from_secs(5);
        assert!(burst(&mut pacer, 10_000_000, now) <= 41);
        pacer.on_sent(1_000, None, now);
        assert!(pacer.may_send(now));
    }
}
