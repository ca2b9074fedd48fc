//! The layer of a simulcast that passes to a receiver, and its times there.

use lapwing_engine::{MediaTime, Rid};

/// The last time of a layer may be so far ahead of the next one's, in ticks of 90 kHz: frames wait
/// on the way, now of one layer and now of the other.
const AHEAD_MAX: i64 = 2 * MediaTime::VIDEO_RATE as i64;

/// The layer of a simulcast that a receiver has.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Passing {
    pub(super) rid: Option<Rid>,
    /// What is added to the layer's times.
    shift: i64,
    /// The last time that was written.
    last: i64,
}

impl Passing {
    /// Another track comes this way: times go on, and nothing else.
    pub(super) fn begin_anew(&mut self) {
        self.rid = None;
    }

    /// From now on it is this layer, with this added to its times.
    pub(super) fn switch(&mut self, rid: Rid, shift: i64) {
        (self.rid, self.shift) = (Some(rid), shift);
    }

    /// When a frame is shown, by its layer's time. No time comes twice; but one that was far ahead,
    /// as only a faulty sender has it, is forgotten with the next keyframe.
    pub(super) fn next(&mut self, ticks: i64, keyframe: bool) -> i64 {
        let time = ticks.saturating_add(self.shift);
        let behind = self.last.saturating_sub(time);
        let forgets = keyframe && behind > AHEAD_MAX;
        self.last = if behind < 0 || forgets { time } else { self.last.saturating_add(1) };
        self.last
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_go_on_and_a_fault_is_forgotten() {
        let mut passing = Passing { rid: None, shift: 100, last: 0 };
        assert_eq!(passing.next(1_000, true), 1_100);
        passing.shift = 50;
        assert_eq!(passing.next(1_000, true), 1_101, "a picture of another layer, at one time");
        assert_eq!(passing.next(4_000, false), 4_050);
        assert_eq!(passing.next(i64::MAX / 2, false), i64::MAX / 2 + 50);
        assert_eq!(passing.next(7_000, false), i64::MAX / 2 + 51);
        assert_eq!(passing.next(10_000, true), 10_050);
    }
}
