//! Frames of media at one end: those that it was given to send, and those that came.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use lapwing_engine::Mid;

/// Where a frame carries its number: behind all that tells its kind.
const NUMBER_AT: usize = 10;

/// Frames by their m-lines and numbers.
#[derive(Debug, Default)]
pub(super) struct Frames {
    taken: BTreeMap<Mid, BTreeMap<u64, Instant>>,
    came: BTreeMap<Mid, BTreeSet<u64>>,
}

/// Frames that were taken within a span, and what became of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Fate {
    pub(super) taken: usize,
    pub(super) lost: usize,
    /// The first that did not come, by its number.
    pub(super) first: Option<u64>,
}

/// Writes a frame's number into it.
pub(super) fn number(data: &mut [u8], number: u64) {
    if let Some(place) = data.get_mut(NUMBER_AT..).and_then(|rest| rest.first_chunk_mut()) {
        *place = number.to_be_bytes();
    }
}

impl Frames {
    /// The engine took a frame.
    pub(super) fn took(&mut self, mid: Mid, number: u64, now: Instant) {
        self.taken.entry(mid).or_default().insert(number, now);
    }

    /// A frame came.
    pub(super) fn came(&mut self, mid: Mid, data: &[u8]) {
        let number = data.get(NUMBER_AT..).and_then(|rest| rest.first_chunk());
        if let Some(number) = number {
            self.came.entry(mid).or_default().insert(u64::from_be_bytes(*number));
        }
    }

    /// What became, at the other end, of the frames of an m-line that were taken in a span.
    pub(super) fn fate(&self, mid: Mid, there: &Frames, span: [Instant; 2]) -> Fate {
        let mut fate = Fate::default();
        let came = there.came.get(&mid);
        for (number, at) in self.taken.get(&mid).into_iter().flatten() {
            if *at < span[0] || *at > span[1] {
                continue;
            }
            fate.taken += 1;
            if !came.is_some_and(|came| came.contains(number)) {
                fate.lost += 1;
                fate.first.get_or_insert(*number);
            }
        }
        fate
    }
}
