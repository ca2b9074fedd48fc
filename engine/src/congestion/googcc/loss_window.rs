//! What was sent and lost lately, in observations of some length.

use std::time::{Duration, Instant};

use super::math::{bps, millis};
use crate::feedback::{Arrival, PacketResult};

/// Observations that are kept.
pub(super) const OBSERVATIONS: usize = 15;
/// An observation is at least so long.
const DURATION_MIN: Duration = Duration::from_millis(250);
/// Weight of an observation against the one after it.
const WEIGHT: f64 = 0.9;

/// Packets of one span of sending.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Observation {
    pub(super) lost_kb: f64,
    pub(super) received_kb: f64,
    /// How fast they were sent, in bits per second.
    pub(super) sent_bps: f64,
}

/// What is not an observation yet.
#[derive(Clone, Copy, Debug, Default)]
struct Partial {
    bytes: f64,
    lost: f64,
    newest: Option<Instant>,
}

/// The last observations.
#[derive(Debug)]
pub(super) struct LossWindow {
    ring: [Observation; OBSERVATIONS],
    count: usize,
    partial: Partial,
    /// When the newest packet of the last observation was sent.
    ends_at: Option<Instant>,
    weights: [f64; OBSERVATIONS],
}

impl LossWindow {
    pub(super) fn new() -> Self {
        let mut weights = [1.0; OBSERVATIONS];
        for index in 1..OBSERVATIONS {
            weights[index] = weights[index - 1] * WEIGHT;
        }
        LossWindow {
            ring: [Observation::default(); OBSERVATIONS],
            count: 0,
            partial: Partial::default(),
            ends_at: None,
            weights,
        }
    }

    /// How many observations there were.
    pub(super) fn count(&self) -> usize {
        self.count
    }

    /// When the newest packet of the last observation was sent: the time by which the model goes.
    pub(super) fn ends_at(&self) -> Option<Instant> {
        self.ends_at
    }

    /// Takes what feedback tells. Gives whether an observation is complete.
    pub(super) fn on_results(&mut self, results: &[PacketResult]) -> bool {
        let partial = &mut self.partial;
        for result in results {
            let bytes = f64::from(result.sent.size);
            match result.arrival {
                // It was counted when it was told to be lost.
                Arrival::Received { after_loss: true, .. } => {
                    partial.lost = (partial.lost - bytes).max(0.0);
                }
                Arrival::Received { .. } => partial.bytes += bytes,
                Arrival::Lost => {
                    partial.bytes += bytes;
                    partial.lost += bytes;
                }
            }
            partial.newest = partial.newest.max(Some(result.sent.sent_at));
            self.ends_at.get_or_insert(result.sent.sent_at);
        }
        let (Some(newest), Some(ends_at)) = (partial.newest, self.ends_at) else { return false };
        let span = newest.saturating_duration_since(ends_at);
        if span < DURATION_MIN || partial.bytes <= 0.0 {
            return false;
        }
        self.ring[self.count % OBSERVATIONS] = Observation {
            lost_kb: partial.lost / 1e3,
            received_kb: (partial.bytes - partial.lost).max(0.0) / 1e3,
            sent_bps: bps(partial.bytes, millis(span)),
        };
        self.count = self.count.wrapping_add(1);
        self.ends_at = Some(newest);
        *partial = Partial::default();
        true
    }

    /// Observations with their weights, the newest first.
    pub(super) fn weighted(&self) -> impl Iterator<Item = (f64, &Observation)> {
        let kept = self.count.min(OBSERVATIONS);
        (0..kept).map(|age| (self.weights[age], &self.ring[(self.count - 1 - age) % OBSERVATIONS]))
    }

    /// The share of bytes that is lost.
    pub(super) fn average(&self) -> f64 {
        let (mut lost, mut all) = (0.0, 0.0);
        for (weight, observation) in self.weighted() {
            lost += weight * observation.lost_kb;
            all += weight * (observation.lost_kb + observation.received_kb);
        }
        if all > 0.0 { lost / all } else { 0.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::feedback::{PacketClass, SentPacket};
    use crate::ids::Ssrc;
    use crate::test_time::origin;

    fn result(at_ms: u64, arrival: Arrival) -> PacketResult {
        let sent = SentPacket {
            number: at_ms,
            ssrc: Ssrc(1),
            sequence: 0,
            sent_at: origin() + Duration::from_millis(at_ms),
            size: 1_000,
            ecn: None,
            class: PacketClass::Video,
            probe: None,
        };
        PacketResult { sent, arrival }
    }

    fn received(after_loss: bool) -> Arrival {
        Arrival::Received { at: Duration::ZERO, ecn: None, after_loss }
    }

    #[test]
    fn observations_are_of_a_quarter_of_a_second() {
        let mut window = LossWindow::new();
        let mut complete = Vec::new();
        for n in 0..20 {
            let arrival = if n % 10 == 9 { Arrival::Lost } else { received(false) };
            if window.on_results(&[result(50 * n, arrival)]) {
                complete.push(50 * n);
            }
        }
        assert_eq!(complete, [250, 500, 750]);
        let rates: Vec<_> = window.weighted().map(|(_, seen)| seen.sent_bps).collect();
        assert!((rates[0] - 160_000.0).abs() < 1.0, "{rates:?}");
        let average = window.average();
        assert!((0.05..0.11).contains(&average), "{average}");
    }

    #[test]
    fn a_loss_that_was_none_is_taken_back() {
        let mut window = LossWindow::new();
        window.on_results(&[result(0, Arrival::Lost), result(10, received(false))]);
        window.on_results(&[result(0, received(true)), result(300, received(false))]);
        assert_eq!(window.count(), 1);
        assert!(window.average() < 1e-9);
        let kept = window.weighted().next().unwrap().1;
        assert!((kept.received_kb - 3.0).abs() < 1e-9);
    }

    #[test]
    fn the_oldest_fall_out() {
        let mut window = LossWindow::new();
        for n in 0..100 {
            let arrival = if n < 50 { Arrival::Lost } else { received(false) };
            window.on_results(&[result(300 * n, arrival)]);
        }
        assert_eq!(window.weighted().count(), OBSERVATIONS);
        assert!(window.average() < 1e-9);
    }
}
