//! A histogram that forgets.

/// Buckets: with 20 ms each they span two seconds.
pub(super) const BUCKETS: usize = 100;

/// How much faster the first values count: after `n` of them the share of the old ones is
/// `1 - 2 / (n + 1)` until that reaches the factor. So the first value decides alone.
const HASTE: f64 = 2.0;

/// Shares of what was added, the older the less. They add up to one after the first.
#[derive(Clone, Debug)]
pub(super) struct Histogram {
    shares: [f64; BUCKETS],
    /// What is left of a share when a value is added.
    factor: f64,
    added: u32,
}

impl Histogram {
    pub(super) fn new(factor: f64) -> Self {
        Histogram { shares: [0.0; BUCKETS], factor, added: 0 }
    }

    /// Counts a value in `bucket`, or in the last one.
    pub(super) fn add(&mut self, bucket: usize) {
        let early = (1.0 - HASTE / (f64::from(self.added) + 1.0)).max(0.0);
        let factor = self.factor.min(early);
        self.added = self.added.saturating_add(1);
        self.shares.iter_mut().for_each(|share| *share *= factor);
        self.shares[bucket.min(BUCKETS - 1)] += 1.0 - factor;
    }

    /// The first bucket up to which the share `quantile` of all values lies. `None` while there
    /// are none.
    pub(super) fn quantile(&self, quantile: f64) -> Option<usize> {
        if self.added == 0 {
            return None;
        }
        let mut sum = 0.0;
        let reached = self.shares.iter().position(|share| {
            sum += share;
            sum >= quantile
        });
        Some(reached.unwrap_or(BUCKETS - 1))
    }

    /// Buckets with the share of the values that lie above each.
    pub(super) fn above(&self) -> impl Iterator<Item = (usize, f64)> + '_ {
        let mut rest: f64 = self.shares.iter().sum();
        self.shares.iter().enumerate().map(move |(bucket, share)| {
            rest -= share;
            (bucket, rest.max(0.0))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_value_decides_and_old_ones_fade() {
        let mut histogram = Histogram::new(0.9);
        assert_eq!(histogram.quantile(0.95), None);
        histogram.add(7);
        assert_eq!(histogram.quantile(0.95), Some(7));
        (0..60).for_each(|_| histogram.add(2));
        assert_eq!(histogram.quantile(0.95), Some(2));
        histogram.add(50);
        assert_eq!(histogram.quantile(0.95), Some(50));
        (0..10).for_each(|_| histogram.add(2));
        assert_eq!(histogram.quantile(0.95), Some(2));
    }

    #[test]
    fn shares_above_a_bucket_are_what_would_come_late() {
        let mut histogram = Histogram::new(0.999);
        (0..200).for_each(|index| histogram.add(if index % 2 == 0 { 0 } else { 5 }));
        let above: Vec<f64> = histogram.above().map(|(_, share)| share).take(6).collect();
        assert!((above[0] - 0.5).abs() < 0.01, "{above:?}");
        assert!(above[5] < 1e-9, "{above:?}");
    }
}
