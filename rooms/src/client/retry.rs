//! How long to wait before coming back to a server that was lost.

use std::time::Duration;

/// The first wait is at most this long.
const FIRST: Duration = Duration::from_millis(500);

/// No wait is longer.
const LAST: Duration = Duration::from_secs(10);

/// Doubles the wait after each failure, from half a second up to ten. Half of each wait is
/// random, so that a roomful of clients does not come back at the same moment.
///
/// ```
/// use std::time::Duration;
/// use lapwing_rooms::client::Retry;
/// let mut retry = Retry::default();
/// assert_eq!(retry.next_wait(0.0), Duration::from_millis(250));
/// assert_eq!(retry.next_wait(1.0), Duration::from_millis(1000));
/// ```
#[derive(Clone, Debug, Default)]
pub struct Retry {
    failures: u32,
}

impl Retry {
    /// The wait after one more failure; `random` from 0 to 1.
    pub fn next_wait(&mut self, random: f64) -> Duration {
        let doubled = FIRST.saturating_mul(1 << self.failures.min(16));
        self.failures = self.failures.saturating_add(1);
        doubled.min(LAST).mul_f64(0.5 + random.clamp(0.0, 1.0) / 2.0)
    }

    /// The server was reached: the next wait is short again.
    pub fn succeeded(&mut self) {
        self.failures = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_ten_seconds() {
        let mut retry = Retry::default();
        let waits: Vec<u128> = (0..8).map(|_| retry.next_wait(1.0).as_millis()).collect();
        assert_eq!(waits, [500, 1000, 2000, 4000, 8000, 10_000, 10_000, 10_000]);
        retry.succeeded();
        assert_eq!(retry.next_wait(0.5), Duration::from_millis(375));
        for _ in 0..100 {
            assert!(retry.next_wait(7.0) <= LAST);
        }
    }
}
