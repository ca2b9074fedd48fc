//! How late packets were taken in and given out: a real machine does not wake to the nanosecond.

use std::time::Duration;

use lapwing_simnet::run::Histogram;

/// How late something was done, each time.
#[derive(Clone, Debug, Default)]
pub struct Lates {
    /// All of them.
    pub histogram: Histogram,
    /// The worst.
    pub max: Duration,
}

impl Lates {
    pub(super) fn add(&mut self, late: Duration) {
        self.histogram.add(late);
        self.max = self.max.max(late);
    }

    /// So late, or less, was it in so many of a hundred cases; zero without any. Within a hundredth
    /// of what it says, and never above the worst.
    pub fn percentile(&self, percent: f64) -> Duration {
        self.histogram.percentile(percent).unwrap_or_default().min(self.max)
    }
}

/// What the machine did to time while packets passed.
#[derive(Clone, Debug, Default)]
pub struct Timing {
    /// Of each packet given out: from when it was due until it was written.
    pub released: Lates,
    /// Of each packet taken in, at most: since when it may have waited to be read, from the last
    /// time that nothing waited or that the thread woke for it.
    pub read: Lates,
    /// Packets that the machine lost because the thread was slow, by the side that sent them.
    pub overruns: [u64; 2],
    /// Packets that the kernel did not take when they were due.
    pub unwritten: u64,
    /// Why the thread did not run before all others; nothing where it did.
    pub ordinary: Option<String>,
    /// Packets that are not in the capture, because it was full or its disk slow.
    pub left_out: u64,
}

impl Timing {
    /// Why the run says nothing about the network: all that is wrong with its time, for people.
    /// `usual` is the most for 99 of 100 packets, `most` for all.
    pub fn faults(&self, usual: Duration, most: Duration) -> Vec<String> {
        let mut faults = Vec::new();
        for (what, lates) in [("given out", &self.released), ("taken in", &self.read)] {
            let p99 = lates.percentile(99.0);
            if p99 > usual {
                faults.push(format!("packets were {what} {p99:.2?} late (p99)"));
            }
            if lates.max > most {
                faults.push(format!("a packet was {what} {:.2?} late", lates.max));
            }
        }
        let lost: u64 = self.overruns.iter().sum::<u64>() + self.unwritten;
        if lost > 0 {
            faults.push(format!("the machine lost {lost} packets that no link dropped"));
        }
        if self.released.histogram.count() == 0 {
            faults.push("no packet passed".to_owned());
        }
        faults
    }
}

#[cfg(test)]
mod tests {
    use super::Timing;
    use std::time::Duration;

    #[test]
    fn a_run_is_judged_by_its_usual_and_its_worst_packet() {
        let (usual, most) = (Duration::from_millis(2), Duration::from_millis(10));
        let mut timing = Timing::default();
        assert_eq!(timing.faults(usual, most), ["no packet passed"]);
        (0..1_000).for_each(|_| timing.released.add(Duration::from_micros(80)));
        assert_eq!(timing.faults(usual, most), Vec::<String>::new());
        timing.released.add(Duration::from_millis(11));
        assert_eq!(timing.faults(usual, most), ["a packet was given out 11.00ms late"]);
        assert!(timing.released.percentile(99.0) < usual);
        (0..20).for_each(|_| timing.read.add(Duration::from_millis(3)));
        timing.overruns = [0, 2];
        let faults = timing.faults(usual, most);
        assert_eq!(faults.len(), 3, "{faults:?}");
        assert!(faults[1].starts_with("packets were taken in 3."), "{faults:?}");
        assert_eq!(faults[2], "the machine lost 2 packets that no link dropped");
    }
}
