//! Presentation times as encoders with a rate control want them.

use lapwing_engine::MediaTime;

/// When pictures are shown, in ticks of 90 kHz that always grow.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Presentation {
    last: Option<i64>,
}

impl Presentation {
    /// When the next picture is shown, and for how long: as long as the last one was, or as the
    /// frame rate says. Times that do not grow are put a tick behind the last.
    pub(crate) fn next(&mut self, time: MediaTime, frame_rate: u32) -> (i64, i64) {
        let rate = MediaTime::VIDEO_RATE;
        let nominal = i64::from(rate / frame_rate);
        let at = i64::try_from(time.rebase(rate).ticks()).unwrap_or(i64::MAX / 2);
        let duration = match self.last {
            Some(last) if at > last => (at - last).min(i64::from(rate)),
            _ => nominal,
        };
        let at = self.last.map_or(at, |last| at.max(last + 1)).min(i64::MAX / 2);
        self.last = Some(at);
        (at, duration)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_grow() {
        let mut presentation = Presentation::default();
        let mut next = |ticks| presentation.next(MediaTime::new(ticks, 90_000), 30);
        assert_eq!(next(9_000), (9_000, 3_000));
        assert_eq!(next(15_000), (15_000, 6_000));
        assert_eq!(next(15_000), (15_001, 3_000));
        assert_eq!(next(0), (15_002, 3_000));
        assert_eq!(next(900_000), (900_000, 90_000));
    }
}
