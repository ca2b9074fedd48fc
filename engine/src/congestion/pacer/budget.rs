//! A budget of bytes that fills with time.

use std::time::{Duration, Instant};

use crate::bitrate::Bitrate;

/// What may leave at one moment, as time at the rate of the budget.
pub(super) const BURST_MAX: Duration = Duration::from_millis(5);

/// Deepest debt, as time: packets that leave whatever the budget says hold up others for no longer.
const DEBT_MAX: Duration = Duration::from_millis(500);

/// Bytes that may leave, counted in the time that they take.
///
/// The budget is empty at one moment, and holds the time that has passed since, at most
/// [`BURST_MAX`] of it; before that moment it is in debt.
#[derive(Clone, Copy, Debug)]
pub(super) struct Budget {
    rate: Bitrate,
    empty_at: Instant,
}

impl Budget {
    /// A full budget of a rate.
    pub(super) fn new(rate: Bitrate, now: Instant) -> Self {
        Budget { rate, empty_at: now.checked_sub(BURST_MAX).unwrap_or(now) }
    }

    pub(super) fn rate(&self) -> Bitrate {
        self.rate
    }

    /// Changes the rate. A debt stays as many bytes as it was.
    pub(super) fn set_rate(&mut self, rate: Bitrate, now: Instant) {
        if rate == self.rate {
            return;
        }
        let debt = self.empty_at.saturating_duration_since(now);
        if !debt.is_zero() {
            let bytes = self.rate.bytes_in(debt);
            self.empty_at = now + rate.time_for(bytes).unwrap_or(DEBT_MAX).min(DEBT_MAX);
        }
        self.rate = rate;
    }

    /// Whether `bytes` may leave: they are in the budget, or it is full.
    pub(super) fn allows(&self, bytes: u32, now: Instant) -> bool {
        self.needed(bytes).is_some_and(|time| now >= self.empty_at + time)
    }

    /// When `bytes` may leave, and enough others with them that a wake-up pays. `None`: never.
    pub(super) fn allows_at(&self, bytes: u32) -> Option<Instant> {
        Some(self.empty_at + self.needed(bytes)?.max(BURST_MAX / 2))
    }

    fn needed(&self, bytes: u32) -> Option<Duration> {
        Some(self.rate.time_for(u64::from(bytes))?.min(BURST_MAX))
    }

    /// Bytes left, within the budget or not.
    pub(super) fn spend(&mut self, bytes: u32, now: Instant) {
        let full_since = now.checked_sub(BURST_MAX).unwrap_or(now);
        let time = self.rate.time_for(u64::from(bytes)).unwrap_or(DEBT_MAX).min(DEBT_MAX);
        self.empty_at = (self.empty_at.max(full_since) + time).min(now + DEBT_MAX);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_time::origin;

    const MS: Duration = Duration::from_millis(1);

    #[test]
    fn a_burst_is_no_longer_than_it_may_be() {
        let now = origin();
        let mut budget = Budget::new(Bitrate::mbps(8), now);
        let mut sent = 0;
        while budget.allows(1_000, now) {
            budget.spend(1_000, now);
            sent += 1;
        }
        assert_eq!(sent, 5, "a thousand bytes take a millisecond");
        assert!(!budget.allows(1_000, now + MS / 2));
        assert!(budget.allows(1_000, now + MS));
        assert_eq!(budget.allows_at(1_000), Some(now + BURST_MAX / 2), "a wake-up for several");
    }

    #[test]
    fn a_packet_that_takes_longer_than_a_burst_leaves_and_is_paid_later() {
        let now = origin();
        let mut budget = Budget::new(Bitrate::kbps(400), now);
        for packet in 0..10 {
            let at = now + MS * 20 * packet;
            assert!(budget.allows(1_000, at), "{packet}");
            budget.spend(1_000, at);
            assert_eq!(budget.allows_at(1_000), Some(at + MS * 20));
        }
    }

    #[test]
    fn a_debt_is_bounded_and_follows_the_rate() {
        let now = origin();
        let mut budget = Budget::new(Bitrate::kbps(80), now);
        budget.spend(2_050, now);
        assert_eq!(budget.allows_at(1), Some(now + MS * 200 + BURST_MAX / 2));
        budget.set_rate(Bitrate::kbps(160), now);
        assert_eq!(budget.allows_at(1), Some(now + MS * 100 + BURST_MAX / 2));
        budget.spend(u32::MAX, now);
        assert_eq!(budget.allows_at(1), Some(now + DEBT_MAX + BURST_MAX / 2));
        budget.set_rate(Bitrate::ZERO, now);
        assert!(!budget.allows(0, now + MS * 10_000));
        assert_eq!(budget.allows_at(1), None);
    }
}
