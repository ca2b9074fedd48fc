//! The least round trip of late, by feedback on single packets.
//!
//! What reports tell is smoothed over many seconds. Where a queue has gone, a packet that was sent
//! again and lost again would be refused for as long as that lasts.

use std::time::{Duration, Instant};

/// Half of the time that counts.
const HALF: Duration = Duration::from_millis(250);

/// The least round trip of the last half second or less.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct LeastRoundTrip {
    /// Since when the newer half counts, and the least in it.
    newer: Option<(Instant, Duration)>,
    /// The least in the half before.
    older: Option<Duration>,
}

impl LeastRoundTrip {
    /// The peer told of a packet so long after it was sent. Gives the least.
    pub(super) fn add(&mut self, round_trip: Duration, now: Instant) -> Duration {
        match &mut self.newer {
            Some((since, least)) if now.saturating_duration_since(*since) < HALF => {
                *least = round_trip.min(*least);
            }
            newer => {
                let before = newer.replace((now, round_trip));
                let follows = |since: Instant| now.saturating_duration_since(since) < 2 * HALF;
                self.older = before.filter(|(since, _)| follows(*since)).map(|(_, least)| least);
            }
        }
        let newer = self.newer.map_or(round_trip, |(_, least)| least);
        self.older.map_or(newer, |older| older.min(newer))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_time::origin;

    #[test]
    fn the_least_is_forgotten_after_half_a_second() {
        let start = origin();
        let mut least = LeastRoundTrip::default();
        let ms = Duration::from_millis;
        let mut told = |at: u64, round_trip: u64| least.add(ms(round_trip), start + ms(at));
        assert_eq!(told(0, 120), ms(120));
        assert_eq!(told(100, 100), ms(100));
        assert_eq!(told(200, 150), ms(100));
        assert_eq!(told(300, 160), ms(100), "that of the half before");
        assert_eq!(told(560, 170), ms(160));
        assert_eq!(told(2_000, 300), ms(300), "nothing was told of for long");
    }
}
