//! When a flight of the handshake goes out again (RFC 9147 section 5.8, RFC 6347 section 4.2.4).
//!
//! The library doubles its timer without end, and one that began with the round trip would leave a
//! path alone for longer and longer that loses a third of its packets. So the library has a clock
//! of its own, which is set forward when a flight has waited for [`INTERVAL_MAX`].

use std::time::{Duration, Instant};

/// The first interval where the round trip is not known: a little more than most.
const INTERVAL_UNKNOWN: Duration = Duration::from_millis(300);

/// The least: computing the answer takes time too, on small machines more than the way there.
const INTERVAL_MIN: Duration = Duration::from_millis(100);

/// The most. A flight is a kilobyte or two, and users wait for it: so it is not the minute of RFC
/// 9147 section 5.8.2.
const INTERVAL_MAX: Duration = Duration::from_secs(1);

/// How long the library may take over all: our own patience ends far earlier.
pub(super) const LIBRARY_PATIENCE: Duration = Duration::from_secs(3_000 * 86_400);

/// How often a flight goes out at most. By the timer a few dozen times in the time of a handshake,
/// and as often as the peer's comes again.
pub(super) const REPEATS_MAX: usize = 1_000;

/// How flights go out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flights {
    /// As the library has it.
    Library,
    /// Again after one and a half round trips, as RFC 9147 section 5.8.2 has it where one is known.
    Measured {
        /// As ICE measured it.
        round_trip: Option<Duration>,
        /// A client has to show first that it hears us, which takes a round trip more. Where ICE
        /// made our own check of that it is not needed.
        cookie: bool,
    },
}

impl Flights {
    /// When a flight goes out again first.
    pub(super) fn first_interval(round_trip: Option<Duration>) -> Duration {
        let interval = round_trip.map_or(INTERVAL_UNKNOWN, |trip| trip.saturating_mul(3) / 2);
        interval.clamp(INTERVAL_MIN, INTERVAL_MAX)
    }
}

/// The library's clock beside the true one.
#[derive(Debug)]
pub(super) struct FlightClock {
    /// A moment by the true clock, and by the library's.
    real: Instant,
    library: Instant,
    /// By the library's clock, what it wants to be woken for later is no flight.
    no_flight: Instant,
    /// What it is to be woken for, by its clock, and when that is.
    wanted: Option<(Instant, Instant)>,
}

impl FlightClock {
    pub(super) fn new(now: Instant) -> Self {
        let no_flight = now.checked_add(LIBRARY_PATIENCE).unwrap_or(now);
        FlightClock { real: now, library: now, no_flight, wanted: None }
    }

    /// The time by the library's clock, which goes on.
    pub(super) fn tick(&mut self, now: Instant) -> Instant {
        let passed = now.saturating_duration_since(self.real);
        self.real = now.max(self.real);
        self.library = self.library.checked_add(passed).unwrap_or(self.library);
        if let Some((at, due)) = self.wanted.filter(|(_, due)| *due <= now) {
            tracing::trace!(?due, "a flight is due");
            self.library = self.library.max(at);
            self.wanted = None;
        }
        self.library
    }

    /// A flight is to go out again.
    pub(super) fn is_due(&self, now: Instant) -> bool {
        self.wanted.is_some_and(|(_, due)| due <= now)
    }

    /// The time by the library's clock, which stood still: there was no path to send on.
    pub(super) fn stand(&mut self, now: Instant) -> Instant {
        self.real = now.max(self.real);
        self.wanted = None;
        self.library
    }

    /// When the library is to be woken that wants to be at this time; `None` where it waits for
    /// nothing that has an end.
    pub(super) fn due(&mut self, at: Instant) -> Option<Instant> {
        if at >= self.no_flight {
            self.wanted = None;
            return None;
        }
        if let Some((_, due)) = self.wanted.filter(|(known, _)| *known == at) {
            return Some(due);
        }
        let due = self.real + at.saturating_duration_since(self.library).min(INTERVAL_MAX);
        self.wanted = Some((at, due));
        Some(due)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_time::origin;

    const MS: Duration = Duration::from_millis(1);

    #[test]
    fn the_first_interval_follows_the_round_trip() {
        let after = |trip: Option<u32>| Flights::first_interval(trip.map(|ms| ms * MS));
        assert_eq!(after(None), 300 * MS);
        assert_eq!(after(Some(1)), 100 * MS);
        assert_eq!(after(Some(200)), 300 * MS);
        assert_eq!(after(Some(5_000)), 1_000 * MS);
    }

    /// A library that doubles its interval each time is woken after a second at the latest.
    #[test]
    fn doubling_has_an_end() {
        let mut clock = FlightClock::new(origin());
        let (mut now, mut interval, mut at) = (origin(), 150 * MS, Vec::new());
        for _ in 0..7 {
            let wanted = clock.tick(now) + interval;
            let due = clock.due(wanted).expect("a flight");
            assert_eq!(clock.due(wanted), Some(due), "however often it is asked");
            // Something came in between.
            assert!(clock.tick(now + 50 * MS) < wanted);
            assert_eq!(clock.due(wanted), Some(due));
            now = due;
            assert!(clock.tick(now) >= wanted);
            at.push((now - origin()).as_millis());
            interval *= 2;
        }
        assert_eq!(at, [150, 450, 1050, 2050, 3050, 4050, 5050]);
    }

    #[test]
    fn a_clock_that_stands_loses_nothing_and_waiting_for_nothing_has_no_end() {
        let mut clock = FlightClock::new(origin());
        let wanted = clock.tick(origin()) + 200 * MS;
        let later = origin() + 5_000 * MS;
        assert_eq!(clock.stand(later), origin());
        assert_eq!(clock.due(wanted), Some(later + 200 * MS));
        assert_eq!(clock.due(origin() + LIBRARY_PATIENCE), None);
    }
}
