//! When pictures stand still (W3C webrtc-stats, `freezeCount` and `pauseCount`).

use super::settings::{MS, SECOND};

/// Times between pictures that the average is taken over.
const AVERAGED: usize = 30;

/// Fewer say nothing of what is usual.
const LEAST: usize = 5;

/// A freeze is so much more than the average, and three times it.
pub(super) const BEYOND: i64 = 150 * MS;

/// A picture that is there for so many times the average stands still.
const STILL: i64 = 2;

/// What is longer is a pause.
const PAUSE: i64 = 5 * SECOND;

/// Pictures that were shown.
#[derive(Clone, Debug, Default)]
pub(super) struct Freezes {
    last: Option<i64>,
    recent: [i64; AVERAGED],
    /// Times between pictures since the begin or the last pause.
    count: usize,
    pub(super) freezes: u64,
    pub(super) frozen: i64,
    pub(super) pauses: u64,
    pub(super) paused: i64,
    pub(super) between: i64,
    pub(super) squares: u128,
}

impl Freezes {
    pub(super) fn rendered(&mut self, now: i64) {
        let Some(last) = self.last.replace(now) else { return };
        let between = (now - last).max(0);
        self.between = self.between.saturating_add(between);
        self.squares = self.squares.saturating_add(u128::from(between.unsigned_abs()).pow(2));
        if between > PAUSE {
            self.pauses += 1;
            self.paused = self.paused.saturating_add(between);
            self.count = 0;
            return;
        }
        if self.average().is_some_and(|usual| between >= (3 * usual).max(usual + BEYOND)) {
            self.freezes += 1;
            self.frozen = self.frozen.saturating_add(between);
        }
        self.recent[self.count % AVERAGED] = between;
        self.count += 1;
    }

    /// When the last picture was shown, and the usual time from one to the next.
    pub(super) fn pace(&self) -> Option<(i64, i64)> {
        self.last.zip(self.average())
    }

    /// The last picture has been there for longer than is usual by far.
    pub(super) fn stands_still(&self, now: i64) -> bool {
        self.pace().is_some_and(|(last, usual)| now - last > STILL * usual)
    }

    fn average(&self) -> Option<i64> {
        let known = self.count.min(AVERAGED);
        (known >= LEAST).then(|| self.recent[..known].iter().sum::<i64>() / known as i64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(times_ms: impl IntoIterator<Item = i64>) -> Freezes {
        let mut freezes = Freezes::default();
        times_ms.into_iter().for_each(|ms| freezes.rendered(ms * MS));
        freezes
    }

    #[test]
    fn an_even_stream_never_freezes() {
        let freezes = shown((0..100).map(|index| index * 40));
        assert_eq!((freezes.freezes, freezes.pauses, freezes.between), (0, 0, 99 * 40 * MS));
        assert_eq!(freezes.squares, 99 * 40_000 * 40_000);
    }

    #[test]
    fn a_freeze_begins_at_the_average_and_150_ms() {
        let gap = |ms: i64| shown((0..40).map(|index| index * 40).chain([39 * 40 + ms]));
        assert_eq!(gap(189).freezes, 0);
        assert_eq!((gap(190).freezes, gap(190).frozen), (1, 190 * MS));
        // At five pictures a second it is three times the average.
        let slow = |ms: i64| shown((0..40).map(|index| index * 200).chain([39 * 200 + ms]));
        assert_eq!((slow(599).freezes, slow(600).freezes), (0, 1));
    }

    #[test]
    fn what_is_longer_than_five_seconds_is_a_pause_and_no_freeze() {
        let freezes = shown((0..40).map(|index| index * 40).chain([39 * 40 + 5_001]));
        assert_eq!((freezes.freezes, freezes.pauses, freezes.paused), (0, 1, 5_001 * MS));
    }
}
