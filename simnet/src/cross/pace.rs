//! Pacing: segments leave one by one at a rate, as a fair queue of the sender's host lets them.

use std::time::Duration;

use crate::time::Time;

/// When the next segment may go.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Pace {
    next: Time,
    held: bool,
}

/// The least rate, in segments per second: whatever a controller says, sending goes on.
const MIN_RATE: f64 = 0.1;
/// The greatest: a segment each nanosecond.
const MAX_RATE: f64 = 1e9;

impl Pace {
    /// A new attempt to send.
    pub(crate) fn release(&mut self) {
        self.held = false;
    }

    /// Whether a segment must wait, which is remembered.
    pub(crate) fn holds(&mut self, now: Time) -> bool {
        self.held = now < self.next;
        self.held
    }

    /// When the segment that waits may go.
    pub(crate) fn held_until(&self) -> Option<Time> {
        self.held.then_some(self.next)
    }

    /// So many segments are sent at a rate of segments per second.
    pub(crate) fn sent(&mut self, segments: f64, rate: f64, now: Time) {
        // A rate that is no number is the least one.
        let rate = if rate.is_nan() { MIN_RATE } else { rate.clamp(MIN_RATE, MAX_RATE) };
        self.next = self.next.max(now) + Duration::from_secs_f64(segments / rate);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn segments_are_evenly_spaced_and_rest_saves_nothing_up() {
        let (mut pace, at) = (Pace::default(), Time::from_millis);
        assert!(!pace.holds(at(5)));
        pace.sent(1.0, 100.0, at(5));
        pace.sent(0.5, 100.0, at(5));
        assert!(pace.holds(at(19)));
        assert_eq!(pace.held_until(), Some(at(20)));
        assert!(!pace.holds(at(20)));
        pace.sent(1.0, 100.0, at(500));
        assert!(pace.holds(at(509)) && !pace.holds(at(510)));
        pace.sent(1.0, f64::NAN, at(600));
        assert!(pace.holds(at(10_599)) && !pace.holds(at(10_600)));
    }
}
