//! How late frames were, as a histogram that forgets.

use super::settings::MS;

/// The grain.
const BUCKET: i64 = 5 * MS;

/// What is later than two seconds is two seconds late.
const BUCKETS: usize = 400;

/// Shares of lateness, each addition weighing more than those before.
#[derive(Clone, Debug)]
pub(super) struct Lateness {
    shares: Box<[f64; BUCKETS]>,
    keep: f64,
    added: u32,
}

impl Lateness {
    /// What was known is multiplied by `keep` with each addition.
    pub(super) fn new(keep: f64) -> Self {
        Lateness { shares: Box::new([0.0; BUCKETS]), keep, added: 0 }
    }

    pub(super) fn add(&mut self, late: i64) {
        // The first ones weigh the same.
        let keep = self.keep.min(f64::from(self.added) / f64::from(self.added + 1));
        self.added = self.added.saturating_add(1);
        self.shares.iter_mut().for_each(|share| *share *= keep);
        let bucket = usize::try_from(late / BUCKET).unwrap_or(0).min(BUCKETS - 1);
        self.shares[bucket] += 1.0 - keep;
    }

    /// How many were added.
    pub(super) fn added(&self) -> u32 {
        self.added
    }

    /// What this share of them stays below, a whole bucket; `None` where nothing was added.
    pub(super) fn quantile(&self, share: f64) -> Option<i64> {
        if self.added == 0 {
            return None;
        }
        let mut sum = 0.0;
        let place = self.shares.iter().position(|each| {
            sum += each;
            sum >= share
        });
        Some((place.unwrap_or(BUCKETS - 1) as i64 + 1) * BUCKET)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quantile_is_what_was_added_and_old_values_fade() {
        let mut lateness = Lateness::new(0.98);
        assert_eq!(lateness.quantile(0.9), None);
        (0..100).for_each(|index| lateness.add(if index % 5 == 0 { 100 * MS } else { 0 }));
        assert_eq!(lateness.quantile(0.5), Some(5 * MS));
        assert_eq!(lateness.quantile(0.9), Some(105 * MS));
        (0..200).for_each(|_| lateness.add(0));
        assert_eq!(lateness.quantile(0.9), Some(5 * MS));
        (0..200).for_each(|_| lateness.add(i64::MAX));
        assert_eq!(lateness.quantile(0.9), Some(2_000 * MS));
    }
}
