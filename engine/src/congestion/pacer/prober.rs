//! Clusters of probes, one after the other.
//!
//! 1. A wanted cluster waits until there is a packet to begin it with.
//! 2. Then what waits leaves at the cluster's rate, in bursts of its spacing, and padding where
//!    nothing waits.
//! 3. It is over when it has its bytes and its packets, or when it cannot be kept up.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use crate::congestion::controller::Probe;

/// Clusters that may wait: two answers of a controller. Older ones are outdated by then.
const CLUSTERS_MAX: usize = 8;

/// A cluster that could not begin for so long tells nothing of any interest.
const EXPIRES: Duration = Duration::from_secs(5);

/// A cluster whose packet is later than this has a gap in it, and is given up (libwebrtc: 20 ms
/// beside its own spacing).
const LATE_MAX: Duration = Duration::from_millis(20);

/// A cluster begins with a packet of this size or more: smaller ones are not worth a probe.
const FIRST_BYTES_MIN: u32 = 200;

#[derive(Clone, Copy, Debug)]
struct Running {
    probe: Probe,
    began_at: Instant,
    burst_began_at: Instant,
    next_at: Instant,
    bytes: u64,
    packets: u32,
}

#[derive(Debug, Default)]
pub(super) struct Prober {
    waiting: VecDeque<(Probe, Instant)>,
    running: Option<Running>,
}

impl Prober {
    pub(super) fn want(&mut self, probe: Probe, now: Instant) {
        if probe.rate.as_bps() == 0 {
            return;
        }
        if self.waiting.len() == CLUSTERS_MAX {
            self.waiting.pop_front();
        }
        self.waiting.push_back((probe, now));
    }

    /// Begins the next cluster, where one waits and a packet of `size` is there.
    pub(super) fn begin(&mut self, size: u32, now: Instant) {
        if self.running.is_some() || size < FIRST_BYTES_MIN {
            return;
        }
        while let Some((probe, since)) = self.waiting.pop_front() {
            if now.saturating_duration_since(since) > EXPIRES {
                continue;
            }
            let at = now;
            self.running = Some(Running {
                probe,
                began_at: at,
                burst_began_at: at,
                next_at: at,
                bytes: 0,
                packets: 0,
            });
            return;
        }
    }

    /// The cluster in whose name a packet may leave at once, and how many bytes of padding it
    /// would have. Gives up one that is late.
    pub(super) fn due(&mut self, now: Instant) -> Option<(u32, u32)> {
        let running = self.running.as_mut()?;
        let allowed_late = running.probe.spacing + LATE_MAX;
        if now.saturating_duration_since(running.next_at) > allowed_late {
            self.running = None;
            return None;
        }
        if now >= running.next_at {
            running.burst_began_at = now;
        }
        if running.next_at >= running.burst_began_at + running.probe.spacing
            && now < running.next_at
        {
            return None;
        }
        Some((running.probe.id, running.burst_bytes()))
    }

    /// A packet left in the name of the running cluster.
    pub(super) fn on_sent(&mut self, size: u32) {
        let Some(running) = self.running.as_mut() else { return };
        running.bytes += u64::from(size);
        running.packets += 1;
        let probe = &running.probe;
        if running.bytes >= probe.bytes() && running.packets >= probe.packets {
            self.running = None;
            return;
        }
        let spent = probe.rate.time_for(running.bytes).unwrap_or_default();
        running.next_at = running.began_at + spent;
    }

    /// There was nothing to send in its name.
    pub(super) fn give_up(&mut self) {
        self.running = None;
    }

    /// When the running cluster goes on.
    pub(super) fn next_at(&self) -> Option<Instant> {
        self.running.as_ref().map(|running| running.next_at)
    }

    /// A packet of `size` would begin a cluster.
    pub(super) fn would_begin(&self, size: u32) -> bool {
        self.running.is_none() && !self.waiting.is_empty() && size >= FIRST_BYTES_MIN
    }

    pub(super) fn is_running(&self) -> bool {
        self.running.is_some()
    }
}

impl Running {
    fn burst_bytes(&self) -> u32 {
        u32::try_from(self.probe.rate.bytes_in(self.probe.spacing)).unwrap_or(u32::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bitrate::Bitrate;
    use crate::test_time::origin;

    const MS: Duration = Duration::from_millis(1);

    fn probe(spacing: Duration) -> Probe {
        Probe { id: 7, rate: Bitrate::mbps(4), duration: MS * 15, packets: 5, spacing }
    }

    /// The times at which packets of a thousand bytes leave: two milliseconds each.
    fn times(spacing: Duration) -> Vec<u64> {
        let start = origin();
        let mut prober = Prober::default();
        prober.want(probe(spacing), start);
        prober.begin(1_000, start);
        let mut times = Vec::new();
        let mut now = start;
        while let Some(next) = prober.next_at() {
            now = now.max(next);
            while prober.due(now).is_some() {
                prober.on_sent(1_000);
                times.push((now - start).as_millis() as u64);
            }
        }
        times
    }

    #[test]
    fn a_cluster_lasts_as_long_as_it_is_to() {
        assert_eq!(times(MS * 2), [0, 2, 4, 6, 8, 10, 12, 14]);
        assert_eq!(times(MS * 8), [0, 0, 0, 0, 8, 8, 8, 8]);
    }

    #[test]
    fn a_cluster_that_is_late_is_given_up_and_an_old_one_never_begins() {
        let start = origin();
        let mut prober = Prober::default();
        prober.want(probe(MS * 2), start);
        assert!(prober.would_begin(200) && !prober.would_begin(199));
        prober.begin(199, start);
        assert!(!prober.is_running());
        prober.begin(200, start);
        assert_eq!(prober.due(start), Some((7, 1_000)));
        prober.on_sent(1_000);
        assert_eq!(prober.due(start + MS * 25), None);
        assert!(!prober.is_running());

        prober.want(probe(MS * 2), start);
        prober.begin(1_000, start + EXPIRES + MS);
        assert!(!prober.is_running() && !prober.would_begin(1_000));
    }

    #[test]
    fn what_waits_is_bounded_and_a_rate_of_nothing_is_no_probe() {
        let start = origin();
        let mut prober = Prober::default();
        prober.want(Probe { rate: Bitrate::ZERO, ..probe(MS) }, start);
        assert!(!prober.would_begin(1_000));
        for id in 0..100 {
            prober.want(Probe { id, ..probe(MS) }, start);
        }
        assert_eq!(prober.waiting.len(), CLUSTERS_MAX);
        prober.begin(1_000, start);
        assert_eq!(prober.due(start).map(|due| due.0), Some(92), "the newest are kept");
    }
}
