//! How fast something goes and how long it will take.

use std::collections::VecDeque;
use std::fmt;
use std::time::{Duration, Instant};

use crate::text::count;

/// The rate shown is that of the last seconds.
const SPAN: Duration = Duration::from_secs(4);

/// No more often than this a point is kept.
const POINT_EVERY: Duration = Duration::from_millis(100);

/// Bytes done over time.
#[derive(Clone, Debug)]
pub struct Progress {
    total: u64,
    /// Bytes that were done before.
    already: u64,
    points: VecDeque<(Instant, u64)>,
}

impl Progress {
    /// Begins with `done` of `total` bytes.
    pub fn new(done: u64, total: u64, now: Instant) -> Self {
        Progress { total, already: done, points: VecDeque::from([(now, done)]) }
    }

    /// So many more bytes turn out to have been done before.
    pub fn skip(&mut self, bytes: u64) {
        self.already += bytes;
        self.points.iter_mut().for_each(|(_, done)| *done += bytes);
    }

    /// Bytes that were done before.
    pub fn already(&self) -> u64 {
        self.already
    }

    /// So many bytes are done now.
    pub fn update(&mut self, done: u64, now: Instant) {
        let last = self.points.back().expect("there is always a point");
        if now < last.0 + POINT_EVERY && self.points.len() > 1 {
            return;
        }
        self.points.push_back((now, done));
        while self.points.len() > 2 && self.points[1].0 + SPAN <= now {
            self.points.pop_front();
        }
    }

    /// Bytes per second of the last seconds.
    pub fn rate(&self) -> f64 {
        let (first, last) = (self.points[0], self.points[self.points.len() - 1]);
        let span = (last.0 - first.0).as_secs_f64();
        if span > 0.0 { last.1.saturating_sub(first.1) as f64 / span } else { 0.0 }
    }

    /// How long the rest will take at this rate.
    pub fn remaining(&self) -> Option<Duration> {
        let done = self.points.back().expect("there is always a point").1;
        let seconds = self.total.saturating_sub(done) as f64 / self.rate();
        Duration::try_from_secs_f64(seconds).ok()
    }
}

/// A number of bytes, for people.
///
/// ```
/// use lapwing_rooms::transfer::Bytes;
/// assert_eq!(Bytes(1_500_000).to_string(), "1.5 MB");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bytes(pub u64);

impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let units = [(1e9, "GB"), (1e6, "MB"), (1e3, "kB")];
        match units.iter().find(|(unit, _)| self.0 as f64 >= *unit) {
            Some((unit, name)) => write!(f, "{:.1} {name}", self.0 as f64 / unit),
            None => f.write_str(&count(self.0, "byte")),
        }
    }
}

/// A time that will pass, for people.
pub(super) fn clock(span: Duration) -> String {
    let seconds = span.as_secs();
    match seconds / 3600 {
        0 => format!("{}:{:02}", seconds / 60, seconds % 60),
        hours => format!("{hours}:{:02}:{:02}", seconds / 60 % 60, seconds % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_is_that_of_the_last_seconds() {
        let start = Instant::now();
        let mut progress = Progress::new(1000, 1_000_000, start);
        assert_eq!(progress.remaining(), None);
        for second in 1..=10 {
            let bytes = if second <= 5 { second * 1000 } else { 5000 + (second - 5) * 100 };
            progress.update(1000 + bytes, start + Duration::from_secs(second));
        }
        assert_eq!(progress.rate(), 100.0);
        assert_eq!(progress.remaining(), Some(Duration::from_secs(9935)));
        assert_eq!(clock(Duration::from_secs(9935)), "2:45:35");
        assert_eq!(clock(Duration::from_secs(75)), "1:15");
    }

    #[test]
    fn what_was_done_before_is_no_speed() {
        let start = Instant::now();
        let mut progress = Progress::new(10, 1000, start);
        progress.update(60, start + Duration::from_secs(1));
        progress.skip(400);
        progress.update(510, start + Duration::from_secs(2));
        assert_eq!((progress.already(), progress.rate()), (410, 50.0));
    }

    #[test]
    fn bytes_are_readable() {
        let texts = [999, 1000, 65_536, 12_345_678, 7_000_000_000].map(|n| Bytes(n).to_string());
        assert_eq!(texts, ["999 bytes", "1.0 kB", "65.5 kB", "12.3 MB", "7.0 GB"]);
    }
}
