//! What the peer tells of streams: figures for `RTCRemoteInboundRtpStreamStats` and
//! `RTCRemoteOutboundRtpStreamStats` of webrtc-stats.

use std::time::{Duration, Instant};

use super::ntp::NtpTime;
use super::packet::{ReportBlock, SenderInfo};
use super::round_trip::RoundTrip;

/// What the peer received of a stream that we send.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct RemoteInbound {
    /// `packetsLost`; less than zero where duplicates came.
    pub packets_lost: i64,
    /// `fractionLost`: 0 to 1, of the last interval.
    pub fraction_lost: f64,
    /// `jitter`, in ticks of the RTP clock.
    pub jitter_ticks: u32,
    /// The highest sequence number it got, extended as the peer does.
    pub highest_sequence: u32,
    /// Round trips (`roundTripTime`, `totalRoundTripTime`, `roundTripTimeMeasurements`).
    pub round_trip: RoundTrip,
    /// Report blocks that came.
    pub reports: u64,
    /// When the last one came.
    pub updated_at: Option<Instant>,
    /// By how many packets the highest sequence number grew with the last block. Zero is a sign
    /// that nothing arrives any more.
    pub progress: u32,
}

impl RemoteInbound {
    /// A block on the stream came. `ntp` is the wall clock of ours that sender reports carried.
    pub fn on_block(&mut self, block: &ReportBlock, ntp: NtpTime, now: Instant) {
        let before = if self.reports == 0 { block.highest_sequence } else { self.highest_sequence };
        self.progress = block.highest_sequence.saturating_sub(before);
        self.packets_lost = i64::from(block.cumulative_lost);
        self.fraction_lost = f64::from(block.fraction_lost) / 256.0;
        self.jitter_ticks = block.jitter;
        self.highest_sequence = block.highest_sequence;
        self.round_trip.on_answer(ntp, block.last_sr, block.delay_since_last_sr);
        self.reports += 1;
        self.updated_at = Some(now);
    }

    /// `jitter` in seconds, for a clock of so many ticks per second.
    pub fn jitter(&self, clock_rate: u32) -> f64 {
        f64::from(self.jitter_ticks) / f64::from(clock_rate.max(1))
    }
}

/// What the peer sent of a stream that we receive.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RemoteOutbound {
    /// `packetsSent`, modulo 2^32.
    pub packets_sent: u32,
    /// `bytesSent`, modulo 2^32.
    pub bytes_sent: u32,
    /// `reportsSent`.
    pub reports_sent: u64,
    /// `remoteTimestamp`: the peer's wall clock, since 1 January 1970.
    pub remote_timestamp: Option<Duration>,
    /// The RTP timestamp of the same moment, for lip sync.
    pub rtp_timestamp: u32,
    /// Round trips by answers to our reference times.
    pub round_trip: RoundTrip,
    /// When the last report came.
    pub updated_at: Option<Instant>,
}

impl RemoteOutbound {
    /// A sender report of the stream came.
    pub fn on_sender_report(&mut self, info: &SenderInfo, now: Instant) {
        self.packets_sent = info.packet_count;
        self.bytes_sent = info.octet_count;
        self.reports_sent += 1;
        self.remote_timestamp = Some(info.ntp.as_unix());
        self.rtp_timestamp = info.rtp_timestamp;
        self.updated_at = Some(now);
    }

    /// The peer's wall clock now, by its last report and the time since.
    pub fn remote_now(&self, now: Instant) -> Option<Duration> {
        let since = now.saturating_duration_since(self.updated_at?);
        Some(self.remote_timestamp? + since)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::Ssrc;
    use crate::rtcp::ntp::NtpClock;
    use crate::rtcp::report::{BlockSource, Reception, SenderFigures};
    use crate::test_time::origin;

    const MS: Duration = Duration::from_millis(1);

    #[test]
    fn a_senders_report_and_its_answer_measure_the_round_trip() {
        let start = origin();
        let clock = NtpClock::new(start, Duration::from_secs(1_780_000_000));
        let figures = SenderFigures {
            packets: 100,
            octets: 90_000,
            timestamp: 5_000,
            captured_at: start,
            clock_rate: 90_000,
        };
        let info = figures.info(&clock, start);
        let mut outbound = RemoteOutbound::default();
        outbound.on_sender_report(&info, start + 30 * MS);
        assert_eq!((outbound.packets_sent, outbound.bytes_sent), (100, 90_000));
        assert_eq!(outbound.remote_timestamp, Some(Duration::from_secs(1_780_000_000)));
        let later = outbound.remote_now(start + 530 * MS).unwrap();
        assert_eq!(later, Duration::from_millis(1_780_000_000_500));

        let mut source = BlockSource::new(Ssrc(1));
        source.on_sender_report(info.ntp, start + 30 * MS);
        let reception = Reception { first: 1, highest: 100, received: 98, jitter: 900 };
        let block = source.block(&reception, start + 730 * MS);
        let mut inbound = RemoteInbound::default();
        let now = start + 750 * MS;
        inbound.on_block(&block, clock.at(now), now);
        let measured = inbound.round_trip.current.unwrap();
        assert!(measured.abs_diff(50 * MS) < Duration::from_micros(50), "{measured:?}");
        assert_eq!((inbound.packets_lost, inbound.fraction_lost), (2, 5.0 / 256.0));
        assert_eq!((inbound.jitter(90_000), inbound.progress), (0.01, 0));
        let reception = Reception { highest: 140, received: 138, ..reception };
        inbound.on_block(&source.block(&reception, now), clock.at(now), now);
        assert_eq!((inbound.progress, inbound.fraction_lost, inbound.reports), (40, 0.0, 2));
    }
}
