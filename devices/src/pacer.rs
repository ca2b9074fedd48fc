//! How a speaker's clock and an application's keep together.
//!
//! The application gives 10 ms of sound every 10 ms of its clock; the device plays them by its own,
//! which is some tens of millionths faster or slower. What waits to be played therefore grows or
//! shrinks. Each piece is made one sample shorter or longer while the mean of that is beyond a
//! margin, which corrects 2,000 millionths and is not heard; what is far too much is dropped.
//!
//! Pure: it is told what waits, and when.

use std::time::{Duration, Instant};

/// Samples of a second.
const RATE: f64 = 48_000.0;
/// What should wait: 40 ms, two of the hiccups of a busy machine.
pub(crate) const TARGET: i64 = 1_920;
/// Nothing is done within 10 ms of it.
const MARGIN: i64 = 480;
/// More than 200 ms above it is a delay that is heard: a piece is dropped.
const FAR_TOO_MUCH: i64 = 9_600;
/// Share of a new value in the mean: some half a second of pieces.
const SHARE: f64 = 1.0 / 50.0;
/// Before so long a difference of clocks is not told from the steps in which a device counts.
const DRIFT_AFTER: Duration = Duration::from_secs(10);

/// What to do with a piece of sound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pace {
    /// Play it so many samples longer or shorter: -1, 0 or 1.
    Play(i64),
    /// Leave it out.
    Drop,
}

#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Pacer {
    /// Mean of what waits, in samples.
    mean: Option<f64>,
    /// When the device was first asked since it was interrupted, and what it had played.
    first: Option<(Instant, i64)>,
    last: Option<(Instant, i64)>,
}

impl Pacer {
    /// What to do with the next piece while so many samples wait. `None` where the device does not
    /// say.
    pub(crate) fn next(&mut self, waiting: Option<i64>) -> Pace {
        let Some(waiting) = waiting else { return Pace::Play(0) };
        let before = self.mean.unwrap_or(waiting as f64);
        let mean = before + SHARE * (waiting as f64 - before);
        self.mean = Some(mean);
        if waiting.min(mean as i64) > TARGET + FAR_TOO_MUCH {
            return Pace::Drop;
        }
        let above = mean as i64 - TARGET;
        Pace::Play(if above > MARGIN {
            -1
        } else if above < -MARGIN {
            1
        } else {
            0
        })
    }

    /// The device has played so many samples since it was opened.
    pub(crate) fn played(&mut self, samples: i64, now: Instant) {
        self.first.get_or_insert((now, samples));
        self.last = Some((now, samples));
    }

    /// The device was interrupted.
    pub(crate) fn interrupted(&mut self) {
        *self = Pacer::default();
    }

    /// How much faster the device's clock is than the other, in parts per million.
    pub(crate) fn drift_ppm(&self) -> Option<f64> {
        let ((start, first), (end, last)) = self.first.zip(self.last)?;
        let span = end.saturating_duration_since(start);
        let played = (last - first) as f64 / RATE;
        (span >= DRIFT_AFTER).then(|| (played / span.as_secs_f64() - 1.0) * 1e6)
    }
}

/// A piece of one channel with other many samples, by straight lines between those there are.
pub(crate) fn stretched(piece: &[f32], by: i64) -> Vec<f32> {
    let length = (piece.len() as i64 + by).max(0) as usize;
    if length == piece.len() || piece.len() < 2 {
        return piece.to_vec();
    }
    let step = piece.len() as f64 / length as f64;
    let at = |index: usize| {
        let place = index as f64 * step;
        let first = (place as usize).min(piece.len() - 1);
        let second = (first + 1).min(piece.len() - 1);
        let share = (place - first as f64) as f32;
        piece[first] + share * (piece[second] - piece[first])
    };
    (0..length).map(at).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Plays for so many seconds on a device whose clock is so much faster; gives what waited at
    /// the end, how often nothing did, what was dropped, and the drift that was found.
    fn play(ppm: f64, seconds: u64) -> (f64, u32, u32, Option<f64>) {
        let mut pacer = Pacer::default();
        let start = Instant::now();
        let (mut waiting, mut given) = (TARGET as f64, TARGET as f64);
        let (mut empty, mut dropped) = (0, 0);
        for piece in 0..seconds * 100 {
            let now = start + Duration::from_millis(10 * piece);
            pacer.played((given - waiting) as i64, now);
            match pacer.next(Some(waiting as i64)) {
                Pace::Play(by) => {
                    waiting += 480.0 + by as f64;
                    given += 480.0 + by as f64;
                }
                Pace::Drop => dropped += 1,
            }
            waiting -= 480.0 * (1.0 + ppm / 1e6);
            empty += u32::from(waiting < 0.0);
            waiting = waiting.max(0.0);
        }
        (waiting, empty, dropped, pacer.drift_ppm())
    }

    #[test]
    fn clocks_that_differ_are_kept_together() {
        for ppm in [0.0, 100.0, -100.0, 500.0, -500.0] {
            let (waiting, empty, dropped, drift) = play(ppm, 600);
            assert_eq!((empty, dropped), (0, 0), "{ppm} ppm");
            let off = (waiting - TARGET as f64).abs();
            assert!(off < 2.0 * MARGIN as f64, "{ppm} ppm: {waiting} samples wait");
            let drift = drift.expect("it is long enough");
            assert!((drift - ppm).abs() < 1.0, "{ppm} ppm: {drift} found");
        }
        assert_eq!(play(0.0, 9).3, None, "too short to tell");
    }

    #[test]
    fn what_is_far_too_much_is_dropped() {
        let mut pacer = Pacer::default();
        let mut waiting = 48_000;
        let mut dropped = 0;
        while pacer.next(Some(waiting)) == Pace::Drop {
            waiting -= 480;
            dropped += 1;
            assert!(dropped < 1_000, "it ends");
        }
        assert!(waiting <= TARGET + FAR_TOO_MUCH);
        // One that says nothing is left alone.
        assert_eq!(pacer.next(None), Pace::Play(0));
    }

    #[test]
    fn a_piece_is_stretched_without_a_step() {
        let ramp: Vec<f32> = (0..480).map(|sample| sample as f32).collect();
        for by in [-1, 1] {
            let other = stretched(&ramp, by);
            assert_eq!(other.len() as i64, 480 + by);
            let steps = other.windows(2).map(|pair| pair[1] - pair[0]);
            assert!(steps.into_iter().all(|step| (0.0..1.01).contains(&step)));
            assert!((other[240] - 240.0).abs() < 1.0);
        }
        assert_eq!(stretched(&ramp, 0), ramp);
        assert_eq!(stretched(&[1.0], 1), [1.0]);
    }
}
