//! The rate falls by itself while packets are sent and nothing is heard of them.

use std::time::{Duration, Instant};

/// So long without feedback, while packets are sent, or so long a round trip, is an outage.
const SILENCE: Duration = Duration::from_secs(3);
/// In an outage the rate falls to this part of itself,
const PART: f64 = 0.8;
/// so often.
const EVERY: Duration = Duration::from_secs(1);

/// When packets were sent and heard of.
#[derive(Debug, Default)]
pub(super) struct Backoff {
    /// The first packet that was sent after the last feedback.
    unheard_since: Option<Instant>,
    sent_at: Option<Instant>,
    round_trip: Duration,
    fell_at: Option<Instant>,
}

impl Backoff {
    pub(super) fn on_sent(&mut self, now: Instant) {
        self.unheard_since.get_or_insert(now);
        self.sent_at = self.sent_at.max(Some(now));
    }

    /// The peer told of packets, or else gave a sign of life.
    pub(super) fn on_heard(&mut self, round_trip: Option<Duration>) {
        self.unheard_since = None;
        self.round_trip = round_trip.unwrap_or(self.round_trip);
    }

    /// To which part of itself the rate is to fall at `now`.
    pub(super) fn fall(&mut self, now: Instant) -> Option<f64> {
        if self.next_at()? > now {
            return None;
        }
        self.fell_at = Some(now);
        Some(PART)
    }

    /// Whether the last feedback is so old, or tells of so long a round trip, that nothing better
    /// is known.
    pub(super) fn is_outage(&self) -> bool {
        self.silence() + self.round_trip > SILENCE
    }

    /// When the rate falls next, as far as packets were sent.
    pub(super) fn next_at(&self) -> Option<Instant> {
        if !self.is_outage() {
            return None;
        }
        let sent_at = self.sent_at?;
        match self.fell_at {
            None => Some(sent_at),
            Some(fell_at) => (sent_at > fell_at).then(|| fell_at + EVERY),
        }
    }

    fn silence(&self) -> Duration {
        match (self.unheard_since, self.sent_at) {
            (Some(since), Some(sent_at)) => sent_at.saturating_duration_since(since),
            _ => Duration::ZERO,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_time::origin;

    const fn ms(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    #[test]
    fn silence_while_sending_takes_the_rate_down_every_second() {
        let start = origin();
        let mut backoff = Backoff::default();
        let mut falls = Vec::new();
        for step in 0..80 {
            let now = start + ms(100 * step);
            backoff.on_sent(now);
            falls.extend(backoff.fall(now).map(|_| 100 * step));
        }
        assert_eq!(falls, [3_100, 4_100, 5_100, 6_100, 7_100]);
        backoff.on_heard(Some(ms(50)));
        assert!(!backoff.is_outage());
        assert_eq!(backoff.fall(start + ms(9_000)), None);
    }

    #[test]
    fn nothing_falls_while_nothing_is_sent() {
        let start = origin();
        let mut backoff = Backoff::default();
        assert_eq!(backoff.fall(start), None);
        backoff.on_sent(start);
        assert_eq!(backoff.fall(start + ms(60_000)), None);
        assert_eq!(backoff.next_at(), None);
    }

    #[test]
    fn a_round_trip_of_seconds_is_an_outage_too() {
        let start = origin();
        let mut backoff = Backoff::default();
        backoff.on_sent(start);
        backoff.on_heard(Some(ms(4_000)));
        assert_eq!(backoff.fall(start), Some(PART));
        backoff.on_sent(start + ms(400));
        assert_eq!(backoff.fall(start + ms(500)), None);
        assert_eq!(backoff.fall(start + ms(1_000)), Some(PART));
        assert_eq!(backoff.next_at(), None, "nothing was sent since");
    }
}
