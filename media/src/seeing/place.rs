//! Where a frame stands in its stream: next, behind what was decoded, or in another stream.
//!
//! A frame whose number lies far from those before is another stream's: another source, or a sender
//! that restarted. A key frame begins it at once; any other is dropped, and the next one near it
//! begins the stream, as RFC 3550 appendix A.1 has it for packets.

use super::settings::{MS, SECOND};

/// Numbers further away than this are another stream's (`MAX_DROPOUT` of RFC 3550).
const MAX_NUMBERS: u64 = 3_000;

/// A transit that differs more from the fastest is another clock's.
const MAX_TRANSIT: i64 = 5 * SECOND;

/// Media time that goes back by more, where numbers go on, is another clock's: frames that are
/// shown in another order than they are decoded in lie closer.
const MAX_BACK: i64 = 500 * MS;

/// So many frames in turn whose place was passed are the stream. A second of 30.
const LATE_MAX: u32 = 30;

/// What is known of the stream.
#[derive(Clone, Debug, Default)]
pub(super) struct Places {
    /// The highest number, and its media time.
    latest: Option<(Option<u64>, i64)>,
    /// A number that waits for a second one near it.
    astray: Option<u64>,
    /// Frames in turn whose place was passed.
    late: u32,
}

/// A frame as far as its place goes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    /// Of its first packet.
    pub(super) number: Option<u64>,
    pub(super) time: i64,
    pub(super) transit: i64,
    pub(super) keyframe: bool,
}

/// What a frame is to the stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Belongs {
    /// One of it.
    Yes,
    /// One of it, whose clock jumped.
    ClockJumped,
    /// One whose place was passed.
    Passed,
    /// Perhaps of another.
    Astray,
    /// The stream begins anew with it.
    Anew,
}

impl Places {
    /// Judges a frame; `passed` is the last number that was decoded, `base` the least transit.
    pub(super) fn judge(
        &mut self,
        place: Place,
        passed: Option<u64>,
        base: Option<i64>,
    ) -> Belongs {
        let belongs = self.by_number(place, passed);
        match belongs {
            Belongs::Yes => {}
            Belongs::Anew => {
                *self = Places { latest: Some((place.number, place.time)), ..Places::default() };
                return belongs;
            }
            _ => return belongs,
        }
        self.late = 0;
        let before = self.latest.replace((place.number, place.time));
        let Some((number, time)) = before else { return Belongs::Yes };
        if place.number < number {
            self.latest = before;
            return Belongs::Yes;
        }
        let jumped = base.is_some_and(|base| (place.transit - base).abs() > MAX_TRANSIT);
        match jumped || time - place.time > MAX_BACK {
            true => Belongs::ClockJumped,
            false => Belongs::Yes,
        }
    }

    fn by_number(&mut self, place: Place, passed: Option<u64>) -> Belongs {
        let Some(number) = place.number else { return Belongs::Yes };
        let latest = self.latest.and_then(|(number, _)| number);
        if latest.is_some_and(|latest| latest.abs_diff(number) > MAX_NUMBERS) {
            let confirmed = self
                .astray
                .is_some_and(|first| first != number && first.abs_diff(number) <= MAX_NUMBERS);
            if place.keyframe || confirmed {
                return Belongs::Anew;
            }
            self.astray = Some(number);
            return Belongs::Astray;
        }
        if passed.is_some_and(|passed| number <= passed) {
            self.late += 1;
            return if self.late < LATE_MAX { Belongs::Passed } else { Belongs::Anew };
        }
        Belongs::Yes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(number: u64, time_ms: i64) -> Place {
        let time = time_ms * MS;
        Place { number: Some(number), time, transit: 50 * MS, keyframe: false }
    }

    #[test]
    fn another_stream_is_believed_at_its_second_frame_or_key_frame() {
        let mut places = Places::default();
        assert_eq!(places.judge(frame(100, 0), None, None), Belongs::Yes);
        assert_eq!(places.judge(frame(90_000, 0), None, None), Belongs::Astray);
        assert_eq!(places.judge(frame(103, 40), None, None), Belongs::Yes);
        assert_eq!(places.judge(frame(90_003, 40), None, None), Belongs::Anew);
        let key = Place { keyframe: true, ..frame(5, 0) };
        assert_eq!(places.judge(key, None, None), Belongs::Anew);
        assert_eq!(places.judge(frame(6, 40), None, None), Belongs::Yes);
    }

    #[test]
    fn what_was_passed_is_the_stream_when_it_comes_on() {
        let mut places = Places::default();
        assert_eq!(places.judge(frame(500, 0), None, None), Belongs::Yes);
        let passed = (0..30).map(|number| places.judge(frame(400 + number, 0), Some(500), None));
        let passed: Vec<Belongs> = passed.collect();
        assert!(passed[..29].iter().all(|belongs| *belongs == Belongs::Passed));
        assert_eq!(passed[29], Belongs::Anew);
    }

    #[test]
    fn a_clock_that_jumps_is_told_from_a_pause() {
        let mut places = Places::default();
        places.judge(frame(1, 10_000), None, Some(50 * MS));
        assert_eq!(places.judge(frame(2, 60_000), None, Some(50 * MS)), Belongs::Yes);
        assert_eq!(places.judge(frame(3, 50_000), None, Some(50 * MS)), Belongs::ClockJumped);
        let jumped = Place { transit: -6_000 * MS, ..frame(4, 70_000) };
        assert_eq!(places.judge(jumped, None, Some(50 * MS)), Belongs::ClockJumped);
    }
}
