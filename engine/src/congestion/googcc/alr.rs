//! Whether the application sends less than it may: the application-limited region.

use std::time::{Duration, Instant};

/// The region is measured against this part of the target.
const USAGE: f64 = 0.65;
/// It begins when so much of the budget is left,
const START: f64 = 0.80;
/// and ends when no more than this is.
const STOP: f64 = 0.50;
/// The budget is what may be sent in this time.
const WINDOW: Duration = Duration::from_millis(500);

/// A budget that fills at a part of the target's rate and is spent by what is sent.
#[derive(Debug)]
pub(super) struct Alr {
    bytes_per_second: f64,
    left: f64,
    filled_at: Option<Instant>,
    since: Option<Instant>,
}

impl Alr {
    pub(super) fn new() -> Self {
        Alr { bytes_per_second: 0.0, left: 0.0, filled_at: None, since: None }
    }

    /// Since when the application is limited.
    pub(super) fn since(&self) -> Option<Instant> {
        self.since
    }

    pub(super) fn set_target(&mut self, bps: f64) {
        self.bytes_per_second = bps * USAGE / 8.0;
        let max = self.max();
        self.left = self.left.clamp(-max, max);
    }

    pub(super) fn on_sent(&mut self, bytes: u32, now: Instant) {
        let filled_at = *self.filled_at.get_or_insert(now);
        let max = self.max();
        let passed = now.saturating_duration_since(filled_at).min(2 * WINDOW).as_secs_f64();
        self.filled_at = Some(filled_at.max(now));
        let left = (self.left + self.bytes_per_second * passed).min(max);
        self.left = (left - f64::from(bytes)).max(-max);
        if self.left > START * max {
            self.since.get_or_insert(now);
        } else if self.left < STOP * max {
            self.since = None;
        }
    }

    fn max(&self) -> f64 {
        self.bytes_per_second * WINDOW.as_secs_f64()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_time::origin;

    #[test]
    fn a_source_that_sends_a_fifth_is_limited_and_one_that_sends_all_is_not() {
        let start = origin();
        let mut alr = Alr::new();
        alr.set_target(1e6);
        let at = |step: u64| start + Duration::from_millis(10 * step);
        for step in 0..200 {
            alr.on_sent(1_250, at(step));
        }
        assert_eq!(alr.since(), None);
        for step in 200..400 {
            alr.on_sent(250, at(step));
        }
        let since = alr.since().expect("it is limited");
        assert!(since > at(200) && since < at(350));
        for step in 400..500 {
            alr.on_sent(1_250, at(step));
        }
        assert_eq!(alr.since(), None);
    }

    #[test]
    fn times_that_run_back_change_little() {
        let start = origin();
        let mut alr = Alr::new();
        alr.set_target(1e6);
        alr.on_sent(100, start + Duration::from_secs(10));
        alr.on_sent(100, start);
        alr.on_sent(u32::MAX, start);
        assert!(alr.left.is_finite());
    }
}
