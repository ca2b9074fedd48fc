//! How late packets were released: a real machine does not wake to the nanosecond.

use std::time::Duration;

/// Width of a bin.
const BIN: Duration = Duration::from_micros(50);
/// Bins; the last holds all that is later, from 100 ms on.
const BINS: usize = 2_000;

/// How late the packets of a case were given to the far end, compared with the link's own time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lateness {
    bins: Vec<u64>,
    packets: u64,
    max: Duration,
}

impl Default for Lateness {
    fn default() -> Self {
        Self { bins: vec![0; BINS], packets: 0, max: Duration::ZERO }
    }
}

impl Lateness {
    pub(super) fn add(&mut self, late: Duration) {
        let bin = usize::try_from(late.as_micros() / BIN.as_micros()).unwrap_or(BINS);
        self.bins[bin.min(BINS - 1)] += 1;
        self.packets += 1;
        self.max = self.max.max(late);
    }

    /// Packets that were released.
    pub fn packets(&self) -> u64 {
        self.packets
    }

    /// The worst of them.
    pub fn max(&self) -> Duration {
        self.max
    }

    /// So late, or less by a twentieth of a millisecond, were at most this share of the packets,
    /// such as 0.99: zero without packets. From 100 ms on it is the worst.
    pub fn quantile(&self, share: f64) -> Duration {
        let wanted = (self.packets as f64 * share).ceil() as u64;
        let mut seen = 0;
        for (index, count) in self.bins.iter().enumerate() {
            seen += count;
            if seen >= wanted && seen > 0 {
                let edge = BIN * (index as u32 + 1);
                return if index == BINS - 1 { self.max } else { edge.min(self.max) };
            }
        }
        Duration::ZERO
    }
}

#[cfg(test)]
mod tests {
    use super::Lateness;
    use std::time::Duration;

    #[test]
    fn quantiles_are_upper_edges_and_never_above_the_worst() {
        let mut lateness = Lateness::default();
        assert_eq!(lateness.quantile(0.99), Duration::ZERO);
        for micros in 0..100 {
            lateness.add(Duration::from_micros(micros));
        }
        lateness.add(Duration::from_secs(2));
        assert_eq!(lateness.quantile(0.5), Duration::from_micros(100));
        assert_eq!(lateness.quantile(0.1), Duration::from_micros(50));
        assert_eq!(lateness.quantile(1.0), Duration::from_secs(2));
        assert_eq!((lateness.packets(), lateness.max()), (101, Duration::from_secs(2)));
    }
}
