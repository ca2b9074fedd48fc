//! What of the peer's DATA may reach the data transfer, which keeps what waits behind a missing
//! number without end, and looks at all of it for each packet.

use std::collections::{BTreeMap, VecDeque};

use super::wire::is_after;

/// Numbers ahead of the first one missing. A window of messages of 64 bytes is as many.
const AHEAD_MAX: usize = 16_384;

/// Pieces of messages that are not whole. A megabyte comes in a thousand pieces; the data transfer
/// sorts them all for each that comes.
const PIECES_MAX: u32 = 8_192;

/// Flags of DATA (RFC 9260 section 3.3.1): last and first piece of a message.
const WHOLE: u8 = 0b11;

/// What becomes of a chunk of DATA.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It goes to the data transfer.
    Take,
    /// Likewise, to be acknowledged again: it came before.
    Repeat,
    /// As if it had been lost: it comes again.
    Drop,
    /// The peer means harm.
    Harm,
}

/// The numbers that came.
#[derive(Debug)]
pub(super) struct Received {
    /// All up to this came.
    cumulative: u32,
    /// Of those after it: bytes of each that came, zero for one that did not.
    ahead: VecDeque<u32>,
    ahead_bytes: usize,
    window: usize,
    /// Pieces of messages by stream.
    pieces: BTreeMap<u16, u32>,
}

impl Received {
    pub(super) fn new(first_tsn: u32, window: usize) -> Self {
        Received {
            cumulative: first_tsn.wrapping_sub(1),
            ahead: VecDeque::new(),
            ahead_bytes: 0,
            window,
            pieces: BTreeMap::new(),
        }
    }

    /// All numbers up to this came, or need not any more.
    pub(super) fn cumulative(&self) -> u32 {
        self.cumulative
    }

    /// Bytes that may still come.
    pub(super) fn window_left(&self) -> usize {
        self.window.saturating_sub(self.ahead_bytes)
    }

    /// DATA of a stream with so many bytes.
    pub(super) fn admit(&mut self, tsn: u32, stream: u16, flags: u8, bytes: usize) -> Verdict {
        if bytes == 0 {
            return Verdict::Harm;
        }
        let offset = tsn.wrapping_sub(self.cumulative).wrapping_sub(1) as usize;
        if offset >= 1 << 31 || self.ahead.get(offset).is_some_and(|bytes| *bytes > 0) {
            return Verdict::Repeat;
        }
        if offset >= AHEAD_MAX || (offset > 0 && self.ahead_bytes + bytes > self.window) {
            return Verdict::Drop;
        }
        if flags & WHOLE != WHOLE {
            let pieces = self.pieces.entry(stream).or_default();
            *pieces += 1;
            if *pieces > PIECES_MAX {
                return Verdict::Harm;
            }
        }
        self.note(offset, bytes);
        Verdict::Take
    }

    fn note(&mut self, offset: usize, bytes: usize) {
        if offset >= self.ahead.len() {
            self.ahead.resize(offset + 1, 0);
        }
        self.ahead[offset] = u32::try_from(bytes).expect("a chunk has 16 bits of length");
        self.ahead_bytes += bytes;
        while self.ahead.front().is_some_and(|bytes| *bytes > 0) {
            self.step();
        }
    }

    fn step(&mut self) {
        self.cumulative = self.cumulative.wrapping_add(1);
        if let Some(bytes) = self.ahead.pop_front() {
            self.ahead_bytes -= bytes as usize;
        }
    }

    /// The peer gave up all numbers up to this (RFC 3758 section 3.6).
    pub(super) fn forward(&mut self, to: u32) {
        let distance = to.wrapping_sub(self.cumulative) as usize;
        if distance >= 1 << 31 {
            return;
        }
        for _ in 0..distance.min(self.ahead.len()) {
            self.step();
        }
        if is_after(to, self.cumulative) {
            self.cumulative = to;
        }
        while self.ahead.front().is_some_and(|bytes| *bytes > 0) {
            self.step();
        }
        self.pieces.clear();
    }

    /// A message of so many pieces was delivered.
    pub(super) fn delivered(&mut self, stream: u16, pieces: usize) {
        let Some(left) = self.pieces.get_mut(&stream) else { return };
        *left = left.saturating_sub(u32::try_from(pieces).unwrap_or(u32::MAX));
        if *left == 0 {
            self.pieces.remove(&stream);
        }
    }

    /// A stream begins anew.
    pub(super) fn forget(&mut self, stream: u16) {
        self.pieces.remove(&stream);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    #[test]
    fn what_waits_behind_a_missing_number_is_bounded() {
        let mut received = Received::new(u32::MAX, 10_000);
        let mut taken = 0;
        for tsn in 0..20u32 {
            if received.admit(tsn, 1, WHOLE, 1_000) == Verdict::Take {
                taken += 1;
            }
        }
        assert_eq!((taken, received.window_left()), (10, 0));
        assert_eq!(received.admit(3, 1, WHOLE, 1_000), Verdict::Repeat, "once more");
        assert_eq!(received.admit(u32::MAX, 1, WHOLE, 1_000), Verdict::Take, "the missing one");
        assert_eq!((received.cumulative(), received.window_left()), (9, 10_000));
        assert_eq!(received.admit(5, 1, WHOLE, 1_000), Verdict::Repeat, "an old one");
        assert_eq!(received.admit(10 + AHEAD_MAX as u32, 1, WHOLE, 1), Verdict::Drop);
        assert_eq!(received.admit(9 + AHEAD_MAX as u32, 1, WHOLE, 1), Verdict::Take);
    }

    #[test]
    fn pieces_and_nothings_are_harm() {
        let mut received = Received::new(1, 1 << 20);
        assert_eq!(received.admit(1, 0, WHOLE, 0), Verdict::Harm);
        for tsn in 1..=PIECES_MAX {
            assert_eq!(received.admit(tsn, 0, 0, 1), Verdict::Take);
        }
        assert_eq!(received.admit(PIECES_MAX + 1, 7, 0, 1), Verdict::Take, "another stream");
        received.delivered(0, 2);
        assert_eq!(received.admit(PIECES_MAX + 2, 0, 0, 1), Verdict::Take);
        assert_eq!(received.admit(PIECES_MAX + 3, 0, 0, 1), Verdict::Take);
        assert_eq!(received.admit(PIECES_MAX + 4, 0, 0, 1), Verdict::Harm);
    }

    #[test]
    fn numbers_given_up_are_passed() {
        let mut received = Received::new(1, 1 << 20);
        received.admit(5, 0, WHOLE, 100);
        received.admit(6, 0, WHOLE, 100);
        received.admit(8, 0, WHOLE, 100);
        received.forward(4);
        assert_eq!((received.cumulative(), received.window_left()), (6, (1 << 20) - 100));
        received.forward(3);
        assert_eq!(received.cumulative(), 6);
        received.forward(1_000);
        assert_eq!((received.cumulative(), received.window_left()), (1_000, 1 << 20));
    }

    proptest! {
        #[test]
        fn as_a_set_of_numbers_has_it(steps in proptest::collection::vec(
            (0u32..40, any::<bool>()), 0..80,
        )) {
            let mut received = Received::new(0, 1 << 20);
            let (mut cumulative, mut set) = (-1i64, BTreeSet::new());
            for (number, is_data) in steps {
                let number = i64::from(number);
                if is_data {
                    received.admit(number as u32, 0, WHOLE, 10);
                    set.insert(number);
                } else {
                    received.forward(number as u32);
                    cumulative = cumulative.max(number);
                }
                while set.contains(&(cumulative + 1)) {
                    cumulative += 1;
                }
                let ahead = set.iter().filter(|number| **number > cumulative).count();
                prop_assert_eq!(received.cumulative(), cumulative as u32);
                prop_assert_eq!(received.window_left(), (1 << 20) - 10 * ahead);
            }
        }
    }
}
