//! When a picture is shown: at its media time, as far behind the fastest frames as the target says.
//!
//! The distance between the two clocks is the schedule. It follows the target slowly, so that
//! motion stays even; but a frame that comes later than it allows moves it at once, as far as the
//! target goes (libwebrtc's `VCMTiming` does so with its current delay).

use super::settings::{MS, SECOND};

/// It grows by so much per second of time, where no frame is late.
const GROW: i64 = 100 * MS;

/// And shrinks by what it is too long per second, within these.
const SHRINK: std::ops::RangeInclusive<i64> = 50 * MS..=400 * MS;

/// What is further off is another clock.
const JUMP: i64 = SECOND;

/// After a pause it does not move more than in so much time.
const STEP_MAX: i64 = SECOND;

/// How media time becomes the time of showing, in microseconds.
#[derive(Clone, Debug, Default)]
pub(super) struct Schedule {
    offset: Option<i64>,
    moved_at: i64,
}

impl Schedule {
    /// A frame of this media time can be shown from `ready` on; `wanted` is the distance of both
    /// clocks as the target has it.
    pub(super) fn follow(&mut self, time: i64, ready: i64, wanted: i64, now: i64) {
        let offset = match self.offset {
            Some(offset) if (offset - wanted).abs() <= JUMP => offset,
            _ => wanted,
        };
        let passed = (now - self.moved_at).clamp(0, STEP_MAX);
        self.moved_at = now;
        let late = ready - (time + offset);
        let moved = if wanted > offset {
            let step = (GROW * passed / SECOND).max(late);
            wanted.min(offset + step)
        } else {
            let rate = (offset - wanted).clamp(*SHRINK.start(), *SHRINK.end());
            wanted.max(offset - rate * passed / SECOND)
        };
        self.offset = Some(moved);
    }

    /// When a picture of this media time is shown, once anything is known.
    pub(super) fn at(&self, time: i64) -> Option<i64> {
        self.offset.map(|offset| time + offset)
    }

    /// Time begins anew.
    pub(super) fn restart(&mut self) {
        self.offset = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What an offset of 100 ms becomes with frames every 40 ms that are in time.
    fn after(ms: i64, wanted: i64) -> i64 {
        let mut schedule = Schedule::default();
        for index in 0..=ms / 40 {
            let (time, goal) = (index * 40 * MS, if index == 0 { 100 } else { wanted });
            schedule.follow(time, time, goal * MS, time);
        }
        schedule.at(0).unwrap() / MS
    }

    #[test]
    fn it_grows_and_shrinks_at_its_rates_and_not_beyond() {
        assert_eq!((after(400, 200), after(2_000, 200)), (140, 200));
        assert_eq!((after(400, 50), after(2_000, 50)), (80, 50));
        assert_eq!(after(40, 1_200), 1_200);
    }

    #[test]
    fn a_late_frame_moves_it_at_once_up_to_the_target() {
        let late = |by: i64, wanted: i64| {
            let mut schedule = Schedule::default();
            schedule.follow(0, 0, 100 * MS, 0);
            schedule.follow(40 * MS, (140 + by) * MS, wanted * MS, 40 * MS);
            schedule.at(0).unwrap() / MS
        };
        assert_eq!(late(60, 200), 160);
        assert_eq!(late(300, 200), 200);
        assert_eq!(late(300, 90), 98);
    }
}
