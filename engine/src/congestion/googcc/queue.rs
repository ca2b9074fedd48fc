//! How long packets wait on the way: the one-way delay above the least one seen lately.

use std::time::{Duration, Instant};

use super::math::{millis, millis_between};

/// The least delay is that of the last one or two spans of this length, so that a path that gets
/// longer, and a clock that drifts, are followed.
const SPAN: Duration = Duration::from_secs(60);

/// Delays, in milliseconds on two clocks: only differences mean anything.
#[derive(Debug, Default)]
pub(super) struct Queue {
    origin: Option<Instant>,
    since: Option<Instant>,
    before: Option<f64>,
    least: Option<f64>,
    now: Option<f64>,
}

impl Queue {
    /// A packet arrived.
    pub(super) fn on_packet(&mut self, sent: Instant, arrived: Duration) {
        let origin = *self.origin.get_or_insert(sent);
        let delay = millis(arrived) - millis_between(origin, sent);
        self.now = Some(self.now.map_or(delay, |least| least.min(delay)));
    }

    /// All packets of a feedback were told of: the least that one of them waited. `kept`: the least
    /// delay is not to be forgotten, for there was no chance to see it again.
    pub(super) fn wait_ms(&mut self, kept: bool, now: Instant) -> Option<f64> {
        let delay = self.now.take()?;
        let since = *self.since.get_or_insert(now);
        if now.saturating_duration_since(since) >= SPAN && !kept {
            self.before = self.least.take();
            self.since = Some(now);
        }
        let least = self.least.map_or(delay, |least| least.min(delay));
        self.least = Some(least);
        Some(delay - self.before.map_or(least, |before| before.min(least)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_time::origin;

    #[test]
    fn it_is_what_is_above_the_least_of_the_last_minutes() {
        let mut queue = Queue::default();
        let mut wait = |second: u64, delay_ms: u64, kept: bool| {
            let sent = origin() + Duration::from_secs(second);
            for more in [7, 0, 3] {
                queue.on_packet(sent, Duration::from_millis(1_000 * second + delay_ms + more));
            }
            queue.wait_ms(kept, sent).map(|wait| wait.round() as i64)
        };
        assert_eq!(wait(0, 150, false), Some(0));
        assert_eq!(wait(10, 170, false), Some(20));
        assert_eq!(wait(20, 100, false), Some(0));
        assert_eq!(wait(61, 130, false), Some(30), "that of the span before");
        assert_eq!(wait(122, 140, true), Some(40), "kept");
        assert_eq!(wait(123, 140, false), Some(10));
        assert_eq!(queue.wait_ms(false, origin()), None);
    }
}
