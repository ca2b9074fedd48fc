//! What a cluster of probes tells: how fast it was sent, and how fast it arrived.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::math::{bps, millis_between, millis_from};
use crate::congestion::controller::Probe;
use crate::feedback::{Arrival, PacketResult};

/// Clusters that results are awaited of: those of one answer are eight at most.
const CLUSTERS_MAX: usize = 8;

/// A cluster counts when so much of its packets and bytes was heard of,
const HEARD: f64 = 0.8;
/// and took no longer than this.
const MS_MAX: f64 = 1_000.0;
/// One that arrived so much faster than it was sent had waited somewhere, and tells nothing.
const RATIO_MAX: f64 = 2.0;
/// One that arrived no slower than this part of how it was sent did not fill the path.
const SATURATED: f64 = 0.9;
/// Of what filled it, the target takes this part, so that the queue empties.
const TAKEN: f64 = 0.95;

#[derive(Clone, Copy, Debug)]
struct Edge<T> {
    at: T,
    bytes: f64,
}

#[derive(Debug)]
struct Cluster {
    probe: Probe,
    packets: u32,
    bytes: f64,
    first_sent: Option<Edge<Instant>>,
    last_sent: Option<Edge<Instant>>,
    first_arrived: Option<Edge<Duration>>,
    last_arrived: Option<Edge<Duration>>,
}

/// Clusters whose results are awaited.
#[derive(Debug)]
pub(super) struct ProbeEstimate {
    clusters: VecDeque<Cluster>,
}

impl ProbeEstimate {
    pub(super) fn new() -> Self {
        ProbeEstimate { clusters: VecDeque::with_capacity(CLUSTERS_MAX) }
    }

    pub(super) fn expect(&mut self, probe: Probe) {
        if self.clusters.len() == CLUSTERS_MAX {
            self.clusters.pop_front();
        }
        self.clusters.push_back(Cluster {
            probe,
            packets: 0,
            bytes: 0.0,
            first_sent: None,
            last_sent: None,
            first_arrived: None,
            last_arrived: None,
        });
    }

    /// A packet's fate. Gives the result of its cluster, in bits per second, as soon as and as
    /// often as there is one.
    pub(super) fn on_result(&mut self, result: &PacketResult) -> Option<f64> {
        let id = result.sent.probe?;
        let Arrival::Received { at, .. } = result.arrival else { return None };
        let cluster = self.clusters.iter_mut().find(|cluster| cluster.probe.id == id)?;
        cluster.add(result.sent.sent_at, at, f64::from(result.sent.size));
        cluster.bps()
    }
}

impl Cluster {
    fn add(&mut self, sent_at: Instant, at: Duration, bytes: f64) {
        self.packets = self.packets.saturating_add(1);
        self.bytes += bytes;
        let sent = Edge { at: sent_at, bytes };
        let arrived = Edge { at, bytes };
        if self.first_sent.is_none_or(|first| sent.at < first.at) {
            self.first_sent = Some(sent);
        }
        if self.last_sent.is_none_or(|last| sent.at > last.at) {
            self.last_sent = Some(sent);
        }
        if self.first_arrived.is_none_or(|first| arrived.at < first.at) {
            self.first_arrived = Some(arrived);
        }
        if self.last_arrived.is_none_or(|last| arrived.at > last.at) {
            self.last_arrived = Some(arrived);
        }
    }

    fn bps(&self) -> Option<f64> {
        let few = f64::from(self.packets) < HEARD * f64::from(self.probe.packets);
        if few || self.bytes < HEARD * self.probe.bytes() as f64 {
            return None;
        }
        let (first_sent, last_sent) = (self.first_sent?, self.last_sent?);
        let (first_arrived, last_arrived) = (self.first_arrived?, self.last_arrived?);
        let sending = millis_between(first_sent.at, last_sent.at);
        let arrival = millis_from(first_arrived.at, last_arrived.at);
        let spans = [sending, arrival];
        if spans.iter().any(|span| *span <= 0.0 || *span > MS_MAX) {
            return None;
        }
        // The last packet's own time of sending, and the first one's of arrival, are not measured.
        let sent = bps(self.bytes - last_sent.bytes, sending);
        let arrived = bps(self.bytes - first_arrived.bytes, arrival);
        if arrived > RATIO_MAX * sent {
            return None;
        }
        Some(if arrived < SATURATED * sent { TAKEN * arrived } else { arrived.min(sent) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bitrate::Bitrate;
    use crate::feedback::{PacketClass, SentPacket};
    use crate::ids::Ssrc;
    use crate::test_time::origin;

    const fn ms(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    /// The last result of ten packets of a thousand bytes, sent and arrived so far apart.
    fn result(sent_every: u64, arrived_every: u64, packets: u64) -> Option<f64> {
        let mut estimate = ProbeEstimate::new();
        estimate.expect(Probe {
            id: 3,
            rate: Bitrate::mbps(4),
            duration: ms(20),
            packets: 5,
            spacing: ms(2),
        });
        let mut last = None;
        for number in 0..packets {
            let sent = SentPacket {
                number,
                ssrc: Ssrc(1),
                sequence: number as u16,
                sent_at: origin() + ms(sent_every * number),
                size: 1_000,
                ecn: None,
                class: PacketClass::Video,
                probe: Some(3),
            };
            let at = ms(40 + arrived_every * number);
            let arrival = Arrival::Received { at, ecn: None, after_loss: false };
            last = estimate.on_result(&PacketResult { sent, arrival }).or(last);
            let other = SentPacket { probe: Some(4), ..sent };
            assert_eq!(estimate.on_result(&PacketResult { sent: other, arrival }), None);
        }
        last
    }

    #[test]
    fn a_cluster_tells_the_smaller_rate_and_less_where_it_filled_the_path() {
        assert!((result(2, 2, 10).unwrap() - 4e6).abs() < 1.0);
        assert!((result(2, 4, 10).unwrap() - 0.95 * 2e6).abs() < 1.0);
    }

    #[test]
    fn too_few_too_fast_and_too_slow_tell_nothing() {
        assert_eq!(result(2, 2, 7), None, "too few bytes");
        assert_eq!(result(10, 4, 10), None, "it had waited");
        assert_eq!(result(2, 200, 10).map(|_| ()), None, "too slow");
        assert_eq!(result(0, 2, 10), None);
    }
}
