//! Sequence numbers without wrapping: each packet's place in its stream (RFC 3550 appendix A.1).
//!
//! 1. A number less than 3,000 ahead of the highest moves it.
//! 2. One up to 100 behind is late, or a duplicate.
//! 3. Any other is a leap: the next packet that follows on it says that the sender began anew, and
//!    numbers go on from there, always upwards.

/// Largest leap that is taken for loss: a minute of sound at 50 packets a second.
const DROPOUT_MAX: u16 = 3_000;

/// Furthest behind the highest that is taken for reordering. Retransmissions come later than that
/// and carry numbers of their own stream; what they repeat is placed by [`SequenceTracker::place`].
const MISORDER_MAX: u16 = 100;

const CYCLE: u64 = 1 << 16;

/// What the number of a packet says of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Placed {
    /// The first of the stream.
    First(u64),
    /// The highest so far.
    Ahead(u64),
    /// Behind the highest: reordered, or there twice.
    Behind(u64),
    /// The sender began its numbers anew, and this is its second packet since then; what came
    /// before is no reason to wait for anything.
    Restarted(u64),
    /// A leap that no other packet confirms yet: not to be counted.
    Leap,
}

impl Placed {
    /// The number without wrapping.
    pub fn number(self) -> Option<u64> {
        match self {
            Placed::First(number)
            | Placed::Ahead(number)
            | Placed::Behind(number)
            | Placed::Restarted(number) => Some(number),
            Placed::Leap => None,
        }
    }
}

/// Follows the numbers of one stream. Only packets that were authenticated are shown to it.
///
/// ```
/// use lapwing_engine::rtp::{Placed, SequenceTracker};
/// let mut tracker = SequenceTracker::default();
/// assert_eq!(tracker.on_packet(65_535), Placed::First(65_535));
/// assert_eq!(tracker.on_packet(0), Placed::Ahead(65_536));
/// assert_eq!(tracker.on_packet(65_535), Placed::Behind(65_535));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SequenceTracker {
    highest: Option<u64>,
    /// The number that would confirm a leap.
    confirms: Option<u16>,
}

impl SequenceTracker {
    /// Takes the number of a packet.
    pub fn on_packet(&mut self, number: u16) -> Placed {
        let Some(highest) = self.highest else {
            let first = u64::from(number);
            self.highest = Some(first);
            return Placed::First(first);
        };
        let ahead = number.wrapping_sub(highest as u16);
        if ahead == 0 {
            return Placed::Behind(highest);
        }
        if ahead < DROPOUT_MAX {
            let placed = highest + u64::from(ahead);
            self.highest = Some(placed);
            self.confirms = None;
            return Placed::Ahead(placed);
        }
        let behind = ahead.wrapping_neg();
        if behind <= MISORDER_MAX {
            // Before the first there is no number.
            return highest.checked_sub(behind.into()).map_or(Placed::Leap, Placed::Behind);
        }
        if self.confirms != Some(number) {
            self.confirms = Some(number.wrapping_add(1));
            return Placed::Leap;
        }
        self.confirms = None;
        let restarted = highest - highest % CYCLE + CYCLE + u64::from(number);
        self.highest = Some(restarted);
        Placed::Restarted(restarted)
    }

    /// The place of a number that a retransmission or a report names: the nearest to the highest.
    /// `None` before there is one, or where it would be before zero.
    pub fn place(&self, number: u16) -> Option<u64> {
        nearest(self.highest?, number.into(), CYCLE)
    }

    /// The highest so far.
    pub fn highest(&self) -> Option<u64> {
        self.highest
    }
}

/// Gives timestamps without wrapping.
///
/// ```
/// use lapwing_engine::rtp::TimestampTracker;
/// let mut tracker = TimestampTracker::default();
/// assert_eq!(tracker.on_packet(u32::MAX), u64::from(u32::MAX));
/// assert_eq!(tracker.on_packet(9), (1 << 32) + 9);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TimestampTracker {
    latest: Option<u64>,
}

impl TimestampTracker {
    /// The timestamp nearest to the last one; the first is taken as it is.
    pub fn on_packet(&mut self, timestamp: u32) -> u64 {
        let placed = self
            .latest
            .and_then(|latest| nearest(latest, timestamp.into(), 1 << 32))
            .unwrap_or(timestamp.into());
        self.latest = Some(placed);
        placed
    }
}

/// The number nearest to `to` that is `low` modulo `cycle`; of two the upper. `None` where it would
/// be before zero.
fn nearest(to: u64, low: u64, cycle: u64) -> Option<u64> {
    let ahead = low.wrapping_sub(to) & (cycle - 1);
    match ahead <= cycle / 2 {
        true => to.checked_add(ahead),
        false => to.checked_sub(cycle - ahead),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn numbers_wrap_and_late_ones_are_told() {
        let mut tracker = SequenceTracker::default();
        assert_eq!(tracker.on_packet(65_534), Placed::First(65_534));
        assert_eq!(tracker.on_packet(1), Placed::Ahead(65_537));
        assert_eq!(tracker.on_packet(65_535), Placed::Behind(65_535));
        assert_eq!(tracker.on_packet(1), Placed::Behind(65_537));
        assert_eq!(tracker.highest(), Some(65_537));
        assert_eq!(tracker.place(65_000), Some(65_000));
    }

    #[test]
    fn a_restart_is_believed_at_its_second_packet() {
        let mut tracker = SequenceTracker::default();
        tracker.on_packet(40_000);
        assert_eq!(tracker.on_packet(100), Placed::Leap);
        assert_eq!(tracker.on_packet(40_001), Placed::Ahead(40_001));
        assert_eq!(tracker.on_packet(100), Placed::Leap);
        assert_eq!(tracker.on_packet(101), Placed::Restarted(65_536 + 101));
        assert_eq!(tracker.on_packet(102), Placed::Ahead(65_536 + 102));
        assert_eq!(tracker.on_packet(100), Placed::Behind(65_536 + 100));
    }

    #[test]
    fn there_is_nothing_before_the_first() {
        let mut tracker = SequenceTracker::default();
        tracker.on_packet(0);
        assert_eq!(tracker.on_packet(65_535), Placed::Leap);
        assert_eq!(tracker.place(65_535), None);
    }

    proptest! {
        #[test]
        fn a_stream_with_loss_and_reordering_keeps_its_numbers(
            start: u16,
            steps in prop::collection::vec((1..50_u64, 0..3_u64), 1..300),
        ) {
            let mut tracker = SequenceTracker::default();
            let mut next = u64::from(start);
            prop_assert_eq!(tracker.on_packet(start).number(), Some(next));
            for (step, back) in steps {
                next += step;
                prop_assert_eq!(tracker.on_packet(next as u16), Placed::Ahead(next));
                let late = next - back.min(next);
                prop_assert_eq!(tracker.on_packet(late as u16), Placed::Behind(late));
                prop_assert_eq!(tracker.place(late as u16), Some(late));
            }
        }

        #[test]
        fn the_highest_never_falls(numbers: Vec<u16>) {
            let mut tracker = SequenceTracker::default();
            let mut highest = None;
            for number in numbers {
                if let Some(placed) = tracker.on_packet(number).number() {
                    prop_assert_eq!(placed as u16, number);
                }
                prop_assert!(tracker.highest() >= highest);
                highest = tracker.highest();
            }
        }

        #[test]
        fn timestamps_follow(start: u32, steps in prop::collection::vec(-90_000..900_000_i64, 1..99)) {
            let mut tracker = TimestampTracker::default();
            let mut at = i64::from(start);
            prop_assert_eq!(tracker.on_packet(start), u64::from(start));
            for step in steps {
                at = (at + step).max(0);
                prop_assert_eq!(tracker.on_packet(at as u32), at as u64);
            }
        }
    }
}
