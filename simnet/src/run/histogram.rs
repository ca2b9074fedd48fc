//! Percentiles of any number of durations in little memory.

use std::time::Duration;

use crate::time::nanos;

/// Buckets in each doubling: the middle of a bucket is within 0.8 % of what fell into it.
const PER_DOUBLING: u64 = 64;
const BITS: u32 = PER_DOUBLING.trailing_zeros();
/// Buckets up to the longest duration in nanoseconds.
const BUCKETS: usize = ((64 - BITS as usize) + 1) * PER_DOUBLING as usize;

/// Counts durations in buckets that grow with them; its size does not depend on how many there are.
///
/// ```
/// use std::time::Duration;
/// use lapwing_simnet::run::Histogram;
/// let mut delays = Histogram::default();
/// for ms in 1..=1_000 {
///     delays.add(Duration::from_millis(ms));
/// }
/// let median = delays.percentile(50.0).unwrap().as_secs_f64();
/// assert!((0.495..0.505).contains(&median));
/// assert_eq!(Histogram::default().percentile(50.0), None);
/// ```
#[derive(Clone, Debug)]
pub struct Histogram {
    buckets: Vec<u64>,
    count: u64,
}

impl Default for Histogram {
    fn default() -> Self {
        Histogram { buckets: vec![0; BUCKETS], count: 0 }
    }
}

impl Histogram {
    /// Takes in a duration.
    pub fn add(&mut self, value: Duration) {
        self.buckets[bucket(nanos(value))] += 1;
        self.count += 1;
    }

    /// How many there are.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// The least value that `percent` of all do not exceed, within a bucket; `None` without values.
    pub fn percentile(&self, percent: f64) -> Option<Duration> {
        let wanted = (self.count as f64 * percent / 100.0).ceil().max(1.0) as u64;
        let mut seen = 0;
        for (index, count) in self.buckets.iter().enumerate() {
            seen += count;
            if *count > 0 && seen >= wanted {
                return Some(Duration::from_nanos(middle(index)));
            }
        }
        None
    }

    /// The lengths that there are, rising, and how many durations are within a bucket of each.
    pub(crate) fn buckets(&self) -> impl Iterator<Item = (Duration, u64)> {
        let all = self.buckets.iter().copied().enumerate().filter(|(_, count)| *count > 0);
        all.map(|(index, count)| (Duration::from_nanos(middle(index)), count))
    }

    /// As [`Self::percentile`], in milliseconds.
    pub fn percentile_ms(&self, percent: f64) -> Option<f64> {
        self.percentile(percent).map(|value| value.as_secs_f64() * 1e3)
    }
}

fn bucket(value: u64) -> usize {
    if value < PER_DOUBLING {
        return value as usize;
    }
    let shift = value.ilog2() - BITS;
    let within = (value >> shift) - PER_DOUBLING;
    ((u64::from(shift) + 1) * PER_DOUBLING + within) as usize
}

fn middle(bucket: usize) -> u64 {
    let bucket = bucket as u64;
    if bucket < PER_DOUBLING {
        return bucket;
    }
    let shift = bucket / PER_DOUBLING - 1;
    let low = (PER_DOUBLING + bucket % PER_DOUBLING) << shift;
    low + ((1 << shift) >> 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_falls_near_the_middle_of_its_bucket() {
        for value in [0, 1, 63, 64, 65, 127, 128, 1_000, 123_456_789, u64::MAX / 3, u64::MAX] {
            let near = middle(bucket(value));
            assert!(near.abs_diff(value) as f64 <= value as f64 * 0.008, "{value}: {near}");
        }
        assert!(bucket(u64::MAX) < BUCKETS);
    }

    #[test]
    fn percentiles_are_ranks() {
        let mut histogram = Histogram::default();
        for _ in 0..95 {
            histogram.add(Duration::ZERO);
        }
        for _ in 0..5 {
            histogram.add(Duration::from_millis(100));
        }
        assert_eq!(histogram.percentile(95.0), Some(Duration::ZERO));
        assert!(histogram.percentile_ms(96.0).is_some_and(|ms| (99.0..101.0).contains(&ms)));
        assert_eq!(histogram.count(), 100);
    }
}
