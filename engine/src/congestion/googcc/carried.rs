//! What the path carries, as a queue shows: while packets wait on the way, as much arrives as the
//! path can carry.
//!
//! 1. The rate falls for a queue. Until that is gone, what arrives is measured, and nothing grows.
//! 2. When it is gone, the rate comes back to almost what arrived: the fall was for the queue, and
//!    the path still carries that.
//! 3. For some time a probe must find clearly more than that to be believed: on a path whose delay
//!    varies, short clusters find too much.

use std::time::{Duration, Instant};

/// A queue is gone when no more is left of it than this and the time that a packet takes.
const GONE_MS: f64 = 5.0;
const PACKET_BITS: f64 = 1_200.0 * 8.0;

/// Then the rate comes back to this part of what arrived: a queue that is empty stays so.
const BACK_PART: f64 = 0.97;
/// What arrives counts with this weight in each feedback.
const WEIGHT: f64 = 0.25;

/// A queue that is not gone so long after the last fall is another's, or the path became longer.
const WAIT_MAX: Duration = Duration::from_secs(2);

/// A probe must find so many times what the path carried,
const PROBE_MORE: f64 = 1.2;
/// when that was seen within this time.
const BELIEVED_FOR: Duration = Duration::from_secs(10);

#[derive(Clone, Copy, Debug)]
struct Seen {
    bps: f64,
    at: Instant,
    fell_at: Instant,
    /// The queue is not gone yet.
    waits: bool,
}

/// What the path carried when packets last waited on the way, in bits per second.
#[derive(Debug, Default)]
pub(super) struct Carried {
    seen: Option<Seen>,
}

impl Carried {
    /// A queue no longer than this, in milliseconds, is none, at this rate.
    pub(super) fn gone_ms(&self, bps: f64) -> f64 {
        GONE_MS + PACKET_BITS / self.seen.map_or(bps, |seen| seen.bps).max(1.0) * 1e3
    }

    /// The rate falls for a queue, while so much arrives.
    pub(super) fn on_fall(&mut self, arrives: f64, now: Instant) {
        let before = self.seen.filter(|seen| seen.waits).map_or(arrives, |seen| seen.bps);
        self.seen = Some(Seen { bps: before, at: now, fell_at: now, waits: true });
    }

    /// Feedback told of the length of the queue and of what arrives. Gives the rate to come back
    /// to, when a queue is gone.
    pub(super) fn on_queue(
        &mut self,
        queue_ms: f64,
        arrives: Option<f64>,
        now: Instant,
    ) -> Option<f64> {
        let gone_ms = self.gone_ms(f64::INFINITY);
        let seen = self.seen.as_mut().filter(|seen| seen.waits)?;
        if queue_ms > gone_ms {
            seen.bps += WEIGHT * (arrives.unwrap_or(seen.bps) - seen.bps);
            seen.at = now;
            return None;
        }
        seen.waits = false;
        Some(BACK_PART * seen.bps)
    }

    /// Whether a queue is to be gone before the rate grows.
    pub(super) fn waits(&self, now: Instant) -> bool {
        self.seen.is_some_and(|seen| seen.waits && since(seen.fell_at, now) < WAIT_MAX)
    }

    /// Whether a probe that found so much tells of more than a queue did.
    pub(super) fn believes(&self, probe_bps: f64, now: Instant) -> bool {
        let lately = self.seen.filter(|seen| since(seen.at, now) < BELIEVED_FOR);
        lately.is_none_or(|seen| probe_bps >= PROBE_MORE * seen.bps)
    }

    /// Others fill the queue: what arrives is our share of it.
    pub(super) fn forget(&mut self) {
        self.seen = None;
    }
}

fn since(at: Instant, now: Instant) -> Duration {
    now.saturating_duration_since(at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_time::origin;

    fn at(millis: u64) -> Instant {
        origin() + Duration::from_millis(millis)
    }

    #[test]
    fn the_rate_comes_back_to_what_the_queue_let_through() {
        let mut carried = Carried::default();
        assert_eq!(carried.on_queue(0.0, Some(1e6), at(0)), None, "there was no queue");
        carried.on_fall(1.2e6, at(0));
        for step in 1..=20 {
            assert_eq!(carried.on_queue(40.0, Some(1e6), at(50 * step)), None);
            assert!(carried.waits(at(50 * step)));
        }
        let back = carried.on_queue(14.0, Some(0.9e6), at(1_050)).expect("a packet takes 10 ms");
        assert!((back / 0.97e6 - 1.0).abs() < 0.01, "{back}");
        assert!(!carried.waits(at(1_050)));
        assert_eq!(carried.on_queue(0.0, Some(0.9e6), at(1_100)), None, "once");
    }

    #[test]
    fn a_queue_that_stays_is_not_waited_for() {
        let mut carried = Carried::default();
        carried.on_fall(1e6, at(0));
        carried.on_queue(40.0, Some(1e6), at(1_950));
        assert!(carried.waits(at(1_950)));
        assert!(!carried.waits(at(2_000)));
    }

    #[test]
    fn a_probe_must_find_clearly_more() {
        let mut carried = Carried::default();
        assert!(carried.believes(1e5, at(0)), "nothing else is known");
        carried.on_fall(1e6, at(0));
        assert!(!carried.believes(1.15e6, at(9_000)));
        assert!(carried.believes(1.25e6, at(9_000)));
        assert!(carried.believes(1.15e6, at(10_000)), "that is long ago");
        carried.on_fall(1e6, at(11_000));
        carried.forget();
        assert!(carried.believes(1.15e6, at(11_000)));
    }
}
