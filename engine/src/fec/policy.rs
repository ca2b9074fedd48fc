//! How much parity a stream is worth.
//!
//! 1. What counts is the highest loss that the peer reported in the last ten seconds: losses come
//!    in spells, and parity that comes after a spell is of no use.
//! 2. Parity is two and a half times the loss, so that most groups that lose something lose no more
//!    than they have parity; half of the media at most.
//! 3. Where the peer asks for lost packets, those come again within a round trip. Below 20 ms that
//!    is soon enough, and nothing is protected; from 100 ms on all is; between, a part of it.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// How long a report counts.
const SPELL: Duration = Duration::from_secs(10);

/// Reports that are kept: as many as are sent at most in that time, twice a second.
const REPORTS_MAX: usize = 32;

/// Less loss than this is left to retransmission.
const LOSS_MIN: f64 = 0.005;

/// Packets of parity for each that is lost.
const PARITY_PER_LOSS: f64 = 2.5;

/// Most packets of parity to one of media.
const SHARE_MAX: f64 = 0.5;

/// A round trip within which a retransmission comes soon enough, and one with which it never does.
const ROUND_TRIP_SHORT: Duration = Duration::from_millis(20);
const ROUND_TRIP_LONG: Duration = Duration::from_millis(100);

/// Packets of parity to 256 of media, for a share of packets that are lost. `repaired_within` is
/// how long a retransmission takes; `None` where there are none.
///
/// ```
/// use std::time::Duration;
/// use lapwing_engine::fec::protection;
/// let round_trip = |ms| Some(Duration::from_millis(ms));
/// assert_eq!(protection(0.1, round_trip(150)), 64);
/// assert_eq!(protection(0.1, round_trip(10)), 0);
/// assert_eq!(protection(0.1, None), 64);
/// ```
pub fn protection(loss: f64, repaired_within: Option<Duration>) -> u8 {
    // What is no number is no loss.
    if loss.is_nan() || loss < LOSS_MIN {
        return 0;
    }
    let span = (ROUND_TRIP_LONG - ROUND_TRIP_SHORT).as_secs_f64();
    let late = repaired_within.map_or(1.0, |round_trip| {
        let beyond = round_trip.saturating_sub(ROUND_TRIP_SHORT).as_secs_f64();
        (beyond / span).min(1.0)
    });
    let share = (loss * PARITY_PER_LOSS).min(SHARE_MAX);
    (share * late * 256.0).round() as u8
}

/// Follows what the peer reports of one stream.
///
/// ```
/// use std::time::{Duration, Instant};
/// use lapwing_engine::fec::FecPolicy;
/// let (mut policy, now) = (FecPolicy::default(), Instant::now());
/// policy.on_report(0.02, now);
/// policy.on_report(0.0, now + Duration::from_secs(1));
/// assert_eq!(policy.protection(None), 13, "the loss of a second ago counts");
/// ```
#[derive(Clone, Debug, Default)]
pub struct FecPolicy {
    /// When losses were reported, each higher than those after it.
    reports: VecDeque<(Instant, f64)>,
}

impl FecPolicy {
    /// The peer lost this share of packets, from 0 to 1, since its report before.
    pub fn on_report(&mut self, loss: f64, now: Instant) {
        while self.reports.front().is_some_and(|(at, _)| *at + SPELL <= now) {
            self.reports.pop_front();
        }
        while self.reports.back().is_some_and(|(_, other)| *other <= loss) {
            self.reports.pop_back();
        }
        if self.reports.len() == REPORTS_MAX {
            self.reports.pop_back();
        }
        self.reports.push_back((now, loss));
    }

    /// Packets of parity to 256 of media, as [`protection`] has it.
    pub fn protection(&self, repaired_within: Option<Duration>) -> u8 {
        let highest = self.reports.front().map_or(0.0, |(_, loss)| *loss);
        protection(highest, repaired_within)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_time::origin;

    #[test]
    fn protection_grows_with_loss_and_round_trip_to_a_half() {
        let ms = Duration::from_millis;
        for (loss, within, expected) in [
            (0.0, None, 0),
            (0.004, None, 0),
            (f64::NAN, None, 0),
            (-1.0, None, 0),
            (0.01, None, 6),
            (0.02, Some(ms(100)), 13),
            (0.02, Some(ms(60)), 6),
            (0.02, Some(ms(20)), 0),
            (0.02, Some(ms(5)), 0),
            (0.1, Some(ms(500)), 64),
            (0.2, None, 128),
            (1.0, None, 128),
            (f64::INFINITY, None, 128),
        ] {
            assert_eq!(protection(loss, within), expected, "{loss} {within:?}");
        }
    }

    #[test]
    fn the_worst_report_of_ten_seconds_counts() {
        let (mut policy, start) = (FecPolicy::default(), origin());
        let at = |seconds| start + Duration::from_secs(seconds);
        assert_eq!(policy.protection(None), 0);
        policy.on_report(0.02, at(0));
        policy.on_report(0.1, at(1));
        policy.on_report(0.04, at(2));
        (3..11).for_each(|second| policy.on_report(0.0, at(second)));
        assert_eq!(policy.protection(None), 64);
        policy.on_report(0.0, at(11));
        assert_eq!(policy.protection(None), 26, "the report of the third second is the worst");
        policy.on_report(0.0, at(12));
        assert_eq!(policy.protection(None), 0);
    }

    #[test]
    fn reports_are_bounded() {
        let (mut policy, start) = (FecPolicy::default(), origin());
        for report in 0..1_000 {
            policy.on_report(1.0 / f64::from(report + 2), start);
        }
        assert_eq!(policy.reports.len(), REPORTS_MAX);
        assert_eq!(policy.protection(None), 128);
    }
}
