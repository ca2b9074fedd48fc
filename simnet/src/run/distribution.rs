//! How durations are distributed, for charts.

use serde::{Deserialize, Serialize};

use crate::run::Histogram;

/// A cumulative distribution of durations: the share of them that are at most as long as each of
/// some lengths. Between two lengths lies a 256th of all at most, above the 99th percentile a
/// 4,096th, or a single bucket of the [`Histogram`] that it is made of.
///
/// ```
/// use std::time::Duration;
/// use lapwing_simnet::run::{Distribution, Histogram};
/// let mut delays = Histogram::default();
/// (1..=100).for_each(|ms| delays.add(Duration::from_millis(ms)));
/// let delays = Distribution::of(&delays);
/// assert!((0.49..=0.51).contains(&delays.share_up_to(50.5)));
/// assert_eq!(delays.share.last(), Some(&1.0));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Distribution {
    /// How many durations there are.
    pub count: u64,
    /// Lengths, rising.
    pub ms: Vec<f64>,
    /// The share of all that are no longer, for each length; the last is 1.
    pub share: Vec<f64>,
}

/// Shares that are further apart than this are told.
const STEP: f64 = 1.0 / 256.0;
/// From here on shares are told more finely: tails are looked at.
const TAIL: f64 = 0.99;
const TAIL_STEP: f64 = 1.0 / 4_096.0;

impl Distribution {
    /// That of what a histogram has counted.
    pub fn of(histogram: &Histogram) -> Distribution {
        let count = histogram.count();
        let mut told = Distribution { count, ..Distribution::default() };
        let mut seen = 0;
        for (length, bucket) in histogram.buckets() {
            seen += bucket;
            let share = seen as f64 / count as f64;
            let last = told.share.last().copied();
            let step = if share > TAIL { TAIL_STEP } else { STEP };
            if last.is_none_or(|last| share - last >= step) || seen == count {
                told.ms.push((length.as_secs_f64() * 1e6).round() / 1e3);
                told.share.push((share * 1e6).round() / 1e6);
            }
        }
        told
    }

    /// The share of all that are no longer than this.
    pub fn share_up_to(&self, ms: f64) -> f64 {
        let longer = self.ms.partition_point(|length| *length <= ms);
        longer.checked_sub(1).and_then(|at| self.share.get(at)).copied().unwrap_or(0.0)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_distribution_is_short_and_keeps_its_tail() {
        let mut histogram = Histogram::default();
        for us in 0..100_000 {
            histogram.add(Duration::from_micros(us));
        }
        histogram.add(Duration::from_secs(10));
        let told = Distribution::of(&histogram);
        assert!(told.ms.len() < 320, "{} points", told.ms.len());
        assert!(told.ms.is_sorted() && told.share.is_sorted());
        let last = told.ms.last().copied().unwrap_or_default();
        assert!((9_900.0..10_100.0).contains(&last), "{last}");
        for share in [0.05, 0.5, 0.95, 0.995] {
            let found = told.share_up_to(share * 100.0);
            assert!((found - share).abs() < 0.012, "{share}: {found}");
        }
        assert_eq!(told.share_up_to(-1.0), 0.0);
        assert_eq!(Distribution::of(&Histogram::default()), Distribution::default());
    }
}
