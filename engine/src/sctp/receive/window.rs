//! How much may be on the way to us.

use std::time::{Duration, Instant};

/// The most that the window grows to: what a gigabit brings in a quarter of a second.
pub(super) const GROWN_MAX: usize = 32 << 20;

/// A round trip, where none is known.
const ROUND_TRIP_DEFAULT: Duration = Duration::from_millis(100);

/// Bytes that are kept for the peer: grown while it uses up what it has, so that neither a long
/// path is held back nor a short one takes memory that it needs not.
#[derive(Debug)]
pub(super) struct Window {
    size: usize,
    max: usize,
    /// Bytes that were delivered since then.
    delivered: usize,
    since: Instant,
}

impl Window {
    pub(super) fn new(size: usize, now: Instant) -> Self {
        Window { size, max: size.max(GROWN_MAX), delivered: 0, since: now }
    }

    pub(super) fn size(&self) -> usize {
        self.size
    }

    /// Bytes were delivered. Where half of the window was in one round trip, it is what holds back
    /// the peer, or is about to: it doubles. What waits for something does not count, so that
    /// whoever only wants memory gets no more of it.
    pub(super) fn on_delivered(
        &mut self,
        bytes: usize,
        round_trip: Option<Duration>,
        now: Instant,
    ) {
        let round_trip = round_trip.unwrap_or(ROUND_TRIP_DEFAULT);
        if now.saturating_duration_since(self.since) > round_trip {
            self.delivered = 0;
            self.since = now;
        }
        self.delivered += bytes;
        if self.delivered > self.size / 2 && self.size < self.max {
            self.size = self.size.saturating_mul(2).min(self.max);
            self.delivered = 0;
            self.since = now;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_time::origin;

    #[test]
    fn it_grows_with_what_comes_in_a_round_trip() {
        let trip = Some(Duration::from_millis(50));
        let mut now = origin();
        let mut window = Window::new(1 << 20, now);
        // A tenth of the window in each round trip.
        for _ in 0..1_000 {
            window.on_delivered(10_000, trip, now);
            now += Duration::from_millis(5);
        }
        assert_eq!(window.size(), 1 << 20);
        for _ in 0..3_000 {
            window.on_delivered(100_000, trip, now);
            now += Duration::from_millis(5);
        }
        assert_eq!(window.size(), 4 << 20);
        for _ in 0..100_000 {
            window.on_delivered(1_000, trip, now);
        }
        assert_eq!(window.size(), GROWN_MAX);
        assert_eq!(Window::new(GROWN_MAX * 2, now).max, GROWN_MAX * 2);
    }
}
