//! Times of pictures as encoders' rate controls want them.

use lapwing_engine::MediaTime;

/// The most that a picture is behind the one before, in ticks of 90 kHz: a quarter of a second.
/// After a pause a picture is not given the bits of all that time.
const GAP_MAX: i64 = MediaTime::VIDEO_RATE as i64 / 4;

/// A clock of 90 kHz that always goes on.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Presentation {
    /// Time of the last picture, and what is given for it.
    last: Option<(i64, i64)>,
}

impl Presentation {
    /// When the next picture is shown, and for how long. Rate controls take the time from the end
    /// of one picture to the end of the next for what there are bits for: so the length is what the
    /// frame rate says, whenever the picture comes. Times that do not grow are put a tick behind
    /// the last.
    pub(crate) fn next(&mut self, time: MediaTime, frame_rate: u32) -> (i64, i64) {
        let length = i64::from(MediaTime::VIDEO_RATE / frame_rate);
        let at = i64::try_from(time.rebase(MediaTime::VIDEO_RATE).ticks()).unwrap_or(i64::MAX);
        let given = match self.last {
            Some((last, given)) => given + at.saturating_sub(last).clamp(1, GAP_MAX),
            None => 0,
        };
        self.last = Some((at, given));
        (given, length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_grow() {
        let mut presentation = Presentation::default();
        let mut next = |ticks| presentation.next(MediaTime::new(ticks, 90_000), 30);
        assert_eq!(next(9_000), (0, 3_000));
        assert_eq!(next(15_000), (6_000, 3_000));
        assert_eq!(next(15_000), (6_001, 3_000));
        assert_eq!(next(0), (6_002, 3_000));
        assert_eq!(next(900_000), (28_502, 3_000), "a pause");
        assert_eq!(next(u64::MAX), (51_002, 3_000));
    }
}
