//! Whose turn it is: streams by virtual time, the earliest first, and of several at one time the
//! lowest.
//!
//! A heap, which finds the first at once. A stream that leaves while others are before it stays
//! in the heap, out of date, until it is the first; what is out of date is never more than what is
//! not, but for a few.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::collections::binary_heap::PeekMut;

/// Turns out of date that are kept though nothing else is.
const STALE_KEPT: usize = 32;

/// A stream, at its virtual time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Turn {
    pub(super) time: u64,
    pub(super) stream: u16,
}

/// The turns of all streams that have something to send.
#[derive(Debug, Default)]
pub(super) struct Turns {
    /// The first of them is in force.
    heap: BinaryHeap<Reverse<Turn>>,
    /// Turns that are in force.
    len: usize,
}

impl Turns {
    pub(super) fn first(&self) -> Option<u16> {
        self.heap.peek().map(|Reverse(turn)| turn.stream)
    }

    /// A stream that had none has a turn.
    pub(super) fn insert(&mut self, turn: Turn) {
        self.heap.push(Reverse(turn));
        self.len += 1;
    }

    /// A stream has another turn, later than its last.
    pub(super) fn postpone(
        &mut self,
        before: Turn,
        after: Turn,
        is_in_force: impl Fn(Turn) -> bool,
    ) {
        if self.heap.peek() != Some(&Reverse(before)) {
            self.heap.push(Reverse(after));
        } else if let Some(mut first) = self.heap.peek_mut() {
            *first = Reverse(after);
        }
        self.tidy(is_in_force);
    }

    /// A stream has no turn any more.
    pub(super) fn remove(&mut self, turn: Turn, is_in_force: impl Fn(Turn) -> bool) {
        self.len -= 1;
        if let Some(first) = self.heap.peek_mut()
            && first.0 == turn
        {
            PeekMut::pop(first);
        }
        self.tidy(is_in_force);
    }

    fn tidy(&mut self, is_in_force: impl Fn(Turn) -> bool) {
        while let Some(first) = self.heap.peek_mut()
            && !is_in_force(first.0)
        {
            PeekMut::pop(first);
        }
        if self.heap.len() > 2 * self.len + STALE_KEPT {
            let mut turns = std::mem::take(&mut self.heap).into_vec();
            turns.retain(|turn| is_in_force(turn.0));
            turns.sort_unstable();
            turns.dedup();
            self.heap = turns.into();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::{BTreeMap, BTreeSet};

    proptest! {
        #[test]
        fn as_a_sorted_set_has_it(
            steps in prop::collection::vec((0u8..4, 0u16..40, 0u64..30), 0..2_000),
        ) {
            let mut turns = Turns::default();
            let (mut set, mut times) = (BTreeSet::new(), BTreeMap::new());
            for (step, stream, more) in steps {
                let stream = if step == 3 { turns.first().unwrap_or(stream) } else { stream };
                match times.get(&stream).copied() {
                    None => {
                        times.insert(stream, more);
                        set.insert((more, stream));
                        turns.insert(Turn { time: more, stream });
                    }
                    Some(time) if step == 0 => {
                        times.remove(&stream);
                        set.remove(&(time, stream));
                        let is_in_force = |turn: Turn| times.get(&turn.stream) == Some(&turn.time);
                        turns.remove(Turn { time, stream }, is_in_force);
                    }
                    Some(time) => {
                        times.insert(stream, time + more);
                        set.remove(&(time, stream));
                        set.insert((time + more, stream));
                        let is_in_force = |turn: Turn| times.get(&turn.stream) == Some(&turn.time);
                        let (before, after) =
                            (Turn { time, stream }, Turn { time: time + more, stream });
                        turns.postpone(before, after, is_in_force);
                    }
                }
                prop_assert_eq!(turns.first(), set.first().map(|(_, stream)| *stream));
                prop_assert_eq!(turns.len, set.len());
                prop_assert!(turns.heap.len() <= 2 * set.len() + STALE_KEPT + 1);
            }
        }
    }
}
