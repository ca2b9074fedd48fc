//! A token bucket: so many at once, so many per second in the long run.

use std::time::{Duration, Instant};

/// Counts messages of one connection against its limit.
#[derive(Debug)]
pub(crate) struct Bucket {
    /// Each message costs this much of the past.
    interval: Duration,
    /// How far the account may lie in the future.
    burst: Duration,
    /// When the account is balanced again.
    paid_until: Instant,
}

impl Bucket {
    /// `per_second` in the long run, `burst` at once.
    pub(crate) fn new(per_second: u32, burst: u32, now: Instant) -> Self {
        let interval = Duration::from_secs(1) / per_second.max(1);
        Bucket { interval, burst: interval * burst, paid_until: now }
    }

    /// Takes one message; false when it is over the limit.
    pub(crate) fn take(&mut self, now: Instant) -> bool {
        self.take_many(1, now)
    }

    /// Takes so many at once, or none.
    pub(crate) fn take_many(&mut self, count: u32, now: Instant) -> bool {
        let paid_until = self.paid_until.max(now) + self.interval * count;
        let ok = paid_until <= now + self.burst;
        if ok {
            self.paid_until = paid_until;
        }
        ok
    }

    /// Whether one more would be taken.
    pub(crate) fn has_room(&self, now: Instant) -> bool {
        self.paid_until.max(now) + self.interval <= now + self.burst
    }

    /// Whether nothing is owed.
    pub(crate) fn is_full(&self, now: Instant) -> bool {
        self.paid_until <= now
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_passes_and_then_the_rate_rules() {
        let start = Instant::now();
        let mut bucket = Bucket::new(10, 5, start);
        assert_eq!((0..9).filter(|_| bucket.take(start)).count(), 5);
        let later = start + Duration::from_millis(200);
        assert_eq!((0..9).filter(|_| bucket.take(later)).count(), 2);
        let much_later = start + Duration::from_secs(60);
        assert_eq!((0..9).filter(|_| bucket.take(much_later)).count(), 5);
    }
}
