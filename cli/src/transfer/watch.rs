//! Gives up when nothing happens.

use std::time::{Duration, Instant};

/// Watches a number that grows while things go well.
#[derive(Clone, Copy, Debug)]
pub(super) struct Quiet {
    span: Option<Duration>,
    changed: Instant,
    last: u64,
}

impl Quiet {
    /// Gives up after so many seconds without change, or never.
    pub(super) fn new(seconds: Option<u64>, now: Instant) -> Self {
        Quiet { span: seconds.map(Duration::from_secs), changed: now, last: 0 }
    }

    /// How long nothing has changed, if that is too long.
    pub(super) fn expired(&mut self, number: u64, now: Instant) -> Option<Duration> {
        if number != self.last {
            (self.last, self.changed) = (number, now);
        }
        self.span.filter(|span| now >= self.changed + *span)
    }

    /// When to look again.
    pub(super) fn next(&self) -> Option<Instant> {
        self.span.map(|span| self.changed + span)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_silence_ends_it() {
        let start = Instant::now();
        let second = Duration::from_secs(1);
        let mut quiet = Quiet::new(Some(2), start);
        assert_eq!(quiet.expired(0, start + second), None);
        assert_eq!(quiet.expired(5, start + 2 * second), None);
        assert_eq!(quiet.expired(5, start + 3 * second), None);
        assert_eq!(quiet.expired(5, start + 4 * second), Some(2 * second));
        assert_eq!(Quiet::new(None, start).expired(0, start + 9999 * second), None);
    }
}
