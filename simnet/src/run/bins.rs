//! Sums over equal spans of a run.

use std::time::Duration;

use crate::time::{Time, nanos};

/// Values by the time at which they came. What comes after the last bin counts there.
#[derive(Clone, Debug)]
pub(crate) struct Bins {
    width: u64,
    sums: Vec<f64>,
    counts: Vec<u32>,
}

impl Bins {
    /// `count` bins of the same width.
    pub(crate) fn new(width: Duration, count: usize) -> Self {
        let count = count.max(1);
        Bins { width: nanos(width).max(1), sums: vec![0.0; count], counts: vec![0; count] }
    }

    /// Takes in a value.
    pub(crate) fn add(&mut self, at: Time, value: f64) {
        let bin = self.bin(at);
        self.sums[bin] += value;
        self.counts[bin] += 1;
    }

    /// Keeps the greater of a bin's value and this one.
    pub(crate) fn raise(&mut self, at: Time, value: f64) {
        let bin = self.bin(at);
        self.sums[bin] = self.sums[bin].max(value);
        self.counts[bin] = 1;
    }

    /// How wide a bin is.
    pub(crate) fn width(&self) -> Duration {
        Duration::from_nanos(self.width)
    }

    fn bin(&self, at: Time) -> usize {
        ((at.as_nanos() / self.width) as usize).min(self.sums.len() - 1)
    }

    /// When the bin of a time begins.
    pub(crate) fn start(&self, at: Time) -> Time {
        Time::from_nanos(self.bin(at) as u64 * self.width)
    }

    /// The sum of each bin.
    pub(crate) fn sums(&self) -> &[f64] {
        &self.sums
    }

    /// How many values each bin has.
    pub(crate) fn counts(&self) -> Vec<f64> {
        self.counts.iter().copied().map(f64::from).collect()
    }

    /// Sums of bytes as bit/s.
    pub(crate) fn rates(&self) -> Vec<f64> {
        let seconds = self.width as f64 / 1e9;
        self.sums.iter().map(|bytes| (bytes * 8.0 / seconds).round()).collect()
    }

    /// The mean of each bin that has values, to a thousandth.
    pub(crate) fn means(&self) -> Vec<Option<f64>> {
        let bins = self.sums.iter().zip(&self.counts);
        bins.map(|(sum, count)| (*count > 0).then(|| (sum / f64::from(*count) * 1e3).round() / 1e3))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_fall_into_the_bin_of_their_time() {
        let mut bins = Bins::new(Duration::from_millis(100), 3);
        bins.add(Time::ZERO, 10.0);
        bins.add(Time::from_millis(99), 20.0);
        bins.add(Time::from_millis(200), 5.0);
        bins.add(Time::from_secs(9), 1.0);
        assert_eq!(bins.sums(), [30.0, 0.0, 6.0]);
        assert_eq!(bins.rates(), [2_400.0, 0.0, 480.0]);
        assert_eq!(bins.counts(), [2.0, 0.0, 2.0]);
        assert_eq!(bins.means(), [Some(15.0), None, Some(3.0)]);
        bins.raise(Time::ZERO, 40.0);
        bins.raise(Time::ZERO, 35.0);
        assert_eq!(bins.sums()[0], 40.0);
        assert_eq!(bins.start(Time::from_millis(199)), Time::from_millis(100));
        assert_eq!(bins.start(Time::from_secs(9)), Time::from_millis(200));
    }
}
