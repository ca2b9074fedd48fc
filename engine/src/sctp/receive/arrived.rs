//! The numbers that came.

use crate::sctp::ranges::Ranges;
use crate::sctp::sack::ENTRIES_MAX;

/// Numbers ahead of the first one missing: a block of a SACK has 16 bits for the distance.
pub(super) const AHEAD_MAX: u64 = 65_535;

/// Gaps at a time. A SACK has room for fewer blocks; beyond them nothing could be told.
const RANGES_MAX: usize = 1_024;

/// Numbers that came again and are to be told.
const REPEATED_MAX: usize = 32;

/// Where a number is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// It came before.
    Known,
    /// The first one that is missing.
    Next,
    /// After that.
    Ahead,
    /// Too far after it, or one gap too many.
    Beyond,
}

/// What came of the peer's numbers.
#[derive(Debug, Default)]
pub(super) struct Arrived {
    /// All up to this came, or need not any more.
    cumulative: u64,
    ahead: Ranges,
    repeated: Vec<u32>,
}

impl Arrived {
    pub(super) fn cumulative(&self) -> u64 {
        self.cumulative
    }

    /// Something is missing.
    pub(super) fn has_gap(&self) -> bool {
        !self.ahead.is_empty()
    }

    pub(super) fn place(&self, number: u64) -> Place {
        if number <= self.cumulative || self.ahead.contains(number) {
            return Place::Known;
        }
        if number == self.cumulative + 1 {
            return Place::Next;
        }
        let is_far = number - self.cumulative > AHEAD_MAX;
        let is_full = self.ahead.len() >= RANGES_MAX && self.ahead.last() != Some(number - 1);
        if is_far || is_full { Place::Beyond } else { Place::Ahead }
    }

    /// It came, for the first time.
    pub(super) fn note(&mut self, number: u64) {
        if number == self.cumulative + 1 {
            self.cumulative = self.ahead.pass(number);
        } else {
            self.ahead.insert(number);
        }
    }

    /// It came again; `on_the_wire` is what the peer calls it.
    pub(super) fn note_repeated(&mut self, on_the_wire: u32) {
        if self.repeated.len() < REPEATED_MAX {
            self.repeated.push(on_the_wire);
        }
    }

    /// The peer gave up all numbers up to this.
    pub(super) fn forward(&mut self, to: u64) {
        if to > self.cumulative {
            self.cumulative = self.ahead.pass(to);
        }
    }

    /// Blocks for a SACK, and what came again since the last.
    pub(super) fn report(&mut self, blocks: &mut Vec<(u16, u16)>) -> Vec<u32> {
        let distance = |number: u64| {
            u16::try_from(number - self.cumulative).expect("no number is further ahead")
        };
        let ranges = self.ahead.iter().take(ENTRIES_MAX);
        blocks.clear();
        blocks.extend(ranges.map(|(first, last)| (distance(first), distance(last))));
        std::mem::take(&mut self.repeated)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_their_places() {
        let mut arrived = Arrived::default();
        assert_eq!(arrived.place(1), Place::Next);
        arrived.note(3);
        arrived.note(4);
        arrived.note(7);
        assert!(arrived.has_gap());
        let mut blocks = Vec::new();
        arrived.note_repeated(77);
        assert_eq!(arrived.report(&mut blocks), [77]);
        assert_eq!(blocks, [(3, 4), (7, 7)]);
        assert_eq!(arrived.report(&mut blocks), []);
        let places = [(2, Place::Ahead), (3, Place::Known), (1, Place::Next)];
        places.iter().for_each(|(number, place)| assert_eq!(arrived.place(*number), *place));
        arrived.note(1);
        assert_eq!((arrived.cumulative(), arrived.place(2)), (1, Place::Next));
        arrived.note(2);
        assert_eq!((arrived.cumulative(), arrived.place(2)), (4, Place::Known));
        arrived.forward(6);
        assert_eq!((arrived.cumulative(), arrived.has_gap()), (7, false));
        arrived.forward(3);
        assert_eq!(arrived.cumulative(), 7);
    }

    #[test]
    fn distances_and_gaps_are_bounded() {
        let mut arrived = Arrived::default();
        assert_eq!(arrived.place(AHEAD_MAX), Place::Ahead);
        assert_eq!(arrived.place(AHEAD_MAX + 1), Place::Beyond);
        for gap in 0..RANGES_MAX as u64 {
            assert_eq!(arrived.place(2 + 2 * gap), Place::Ahead);
            arrived.note(2 + 2 * gap);
        }
        let last = 2 * RANGES_MAX as u64;
        assert_eq!(arrived.place(last + 2), Place::Beyond);
        assert_eq!(arrived.place(last + 1), Place::Ahead, "it makes no gap");
        assert_eq!(arrived.place(1), Place::Next);
        for number in 0..100 {
            arrived.note_repeated(number);
        }
        assert_eq!(arrived.report(&mut Vec::new()).len(), REPEATED_MAX);
    }
}
