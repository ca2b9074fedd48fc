//! The capacity of the path, as far as overuse and probes have shown it.

/// Weight of what arrived when overuse was found.
const OVERUSE_WEIGHT: f64 = 0.05;
/// Weight of the result of a probe.
const PROBE_WEIGHT: f64 = 0.5;
/// The variance, over the estimate, in kbit/s: at first, and its bounds.
const VARIANCE: f64 = 0.4;
const VARIANCE_MIN: f64 = 0.4;
const VARIANCE_MAX: f64 = 2.5;
/// How many standard deviations the capacity may be away from the estimate.
const DEVIATIONS: f64 = 3.0;

/// A mean and its spread.
#[derive(Clone, Copy, Debug)]
pub(super) struct Capacity {
    kbps: Option<f64>,
    variance: f64,
}

impl Default for Capacity {
    fn default() -> Self {
        Capacity { kbps: None, variance: VARIANCE }
    }
}

impl Capacity {
    /// In bits per second.
    pub(super) fn bps(&self) -> Option<f64> {
        self.kbps.map(|kbps| kbps * 1e3)
    }

    pub(super) fn upper_bps(&self) -> Option<f64> {
        self.kbps.map(|kbps| (kbps + self.spread(kbps)) * 1e3)
    }

    pub(super) fn lower_bps(&self) -> Option<f64> {
        self.kbps.map(|kbps| (kbps - self.spread(kbps)).max(0.0) * 1e3)
    }

    pub(super) fn on_overuse(&mut self, throughput_bps: f64) {
        self.learn(throughput_bps, OVERUSE_WEIGHT);
    }

    pub(super) fn on_probe(&mut self, result_bps: f64) {
        self.learn(result_bps, PROBE_WEIGHT);
    }

    /// The path has another capacity.
    pub(super) fn forget(&mut self) {
        self.kbps = None;
    }

    fn learn(&mut self, bps: f64, weight: f64) {
        let sample = bps / 1e3;
        let kbps = self.kbps.map_or(sample, |kbps| (1.0 - weight) * kbps + weight * sample);
        let error = kbps - sample;
        let normalised = error * error / kbps.max(1.0);
        self.variance = ((1.0 - weight) * self.variance + weight * normalised)
            .clamp(VARIANCE_MIN, VARIANCE_MAX);
        self.kbps = Some(kbps);
    }

    fn spread(&self, kbps: f64) -> f64 {
        DEVIATIONS * (self.variance * kbps).sqrt()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn probes_count_more_than_overuse() {
        let mut capacity = Capacity::default();
        assert_eq!(capacity.bps(), None);
        capacity.on_overuse(1e6);
        capacity.on_overuse(2e6);
        assert!((capacity.bps().unwrap() - 1_050_000.0).abs() < 1.0);
        capacity.on_probe(2_050_000.0);
        assert!((capacity.bps().unwrap() - 1_550_000.0).abs() < 1.0);
        let (lower, upper) = (capacity.lower_bps().unwrap(), capacity.upper_bps().unwrap());
        assert!(lower < 1_550_000.0 && upper > 1_550_000.0 && upper < 1_800_000.0);
        capacity.forget();
        assert_eq!(capacity.upper_bps(), None);
    }
}
