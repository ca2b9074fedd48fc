//! Round trips, and how long to wait for one (RFC 9260 section 6.3).

use std::time::{Duration, Instant};

/// The wait before a round trip was measured: as most browsers have it.
const RTO_INITIAL: Duration = Duration::from_millis(500);

/// The least: peers put off a SACK by 200 ms, and a round trip may be as long. Losses within a
/// transfer are found sooner, by what comes after them.
const RTO_MIN: Duration = Duration::from_millis(400);

/// The most. After a gap in the connection nothing moves for as long, so it is not the minute of
/// RFC 9260 section 16; a packet every three seconds congests nothing.
const RTO_MAX: Duration = Duration::from_secs(3);

/// How long the least round trip is believed (RFC 8985 section 6.2 leaves it open).
const LEAST_KEPT: Duration = Duration::from_secs(30);

/// What was measured.
#[derive(Debug)]
pub(super) struct RoundTrip {
    smoothed: Option<Duration>,
    variation: Duration,
    least: Option<(Duration, Instant)>,
    /// Timeouts in a row.
    backoff: u32,
}

impl RoundTrip {
    /// With what is known of the path from elsewhere.
    pub(super) fn new(hint: Option<Duration>) -> Self {
        RoundTrip {
            smoothed: hint,
            variation: hint.unwrap_or_default() / 2,
            least: None,
            backoff: 0,
        }
    }

    /// A packet that was sent once was answered after so long.
    pub(super) fn measure(&mut self, sample: Duration, now: Instant) {
        let is_least = self.least.is_none_or(|(least, at)| {
            sample <= least || now.saturating_duration_since(at) > LEAST_KEPT
        });
        if is_least {
            self.least = Some((sample, now));
        }
        match self.smoothed {
            None => {
                self.smoothed = Some(sample);
                self.variation = sample / 2;
            }
            Some(smoothed) => {
                let difference = smoothed.abs_diff(sample);
                self.variation = (self.variation * 3 + difference) / 4;
                self.smoothed = Some((smoothed * 7 + sample) / 8);
            }
        }
    }

    pub(super) fn smoothed(&self) -> Option<Duration> {
        self.smoothed
    }

    pub(super) fn least(&self) -> Option<Duration> {
        self.least.map(|(least, _)| least)
    }

    /// Something that is new came back.
    pub(super) fn on_progress(&mut self) {
        self.backoff = 0;
    }

    pub(super) fn on_timeout(&mut self) {
        self.backoff += 1;
    }

    /// Timeouts since something came back.
    pub(super) fn timeouts(&self) -> u32 {
        self.backoff
    }

    /// How long to wait before all that is on the way is doubted.
    pub(super) fn timeout(&self) -> Duration {
        let wait = match self.smoothed {
            Some(smoothed) => smoothed + self.variation * 4,
            None => RTO_INITIAL,
        };
        let wait = wait.clamp(RTO_MIN, RTO_MAX);
        wait.saturating_mul(1 << self.backoff.min(8)).min(RTO_MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_time::origin;

    const MS: Duration = Duration::from_millis(1);

    #[test]
    fn the_wait_follows_what_is_measured() {
        let mut trip = RoundTrip::new(None);
        assert_eq!(trip.timeout(), RTO_INITIAL);
        trip.measure(200 * MS, origin());
        assert_eq!(trip.timeout(), 600 * MS);
        (0..100).for_each(|_| trip.measure(200 * MS, origin()));
        assert_eq!((trip.timeout(), trip.smoothed()), (RTO_MIN, Some(200 * MS)));
        for wait in [800, 1_600, 3_000, 3_000] {
            trip.on_timeout();
            assert_eq!(trip.timeout(), wait * MS);
        }
        trip.on_progress();
        assert_eq!((trip.timeout(), trip.timeouts()), (RTO_MIN, 0));
    }

    #[test]
    fn the_least_is_forgotten_after_a_while() {
        let mut trip = RoundTrip::new(Some(70 * MS));
        assert_eq!((trip.least(), trip.smoothed()), (None, Some(70 * MS)));
        trip.measure(50 * MS, origin());
        trip.measure(60 * MS, origin() + Duration::from_secs(20));
        assert_eq!(trip.least(), Some(50 * MS));
        trip.measure(60 * MS, origin() + Duration::from_secs(31));
        assert_eq!(trip.least(), Some(60 * MS));
    }
}
