//! What goes into reports (RFC 3550 sections 6.4.1 and 6.4.2, appendix A.3).

use std::time::{Duration, Instant};

use super::ntp::{NtpClock, NtpTime, to_short};
use super::packet::{ReportBlock, SenderInfo};
use crate::ids::Ssrc;

/// What one stream sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SenderFigures {
    /// Packets, retransmissions left out where they are a stream of their own.
    pub packets: u64,
    /// Bytes of their payload.
    pub octets: u64,
    /// The RTP timestamp of some frame, the newest at best.
    pub timestamp: u32,
    /// When that frame was captured.
    pub captured_at: Instant,
    /// Ticks of the RTP clock per second.
    pub clock_rate: u32,
}

impl SenderFigures {
    /// What a sender report says at this moment. The RTP clock is taken to run on from the frame.
    pub fn info(&self, clock: &NtpClock, now: Instant) -> SenderInfo {
        let ticks =
            |span: Duration| (span.as_nanos() * u128::from(self.clock_rate) / 1_000_000_000) as u32;
        let rtp_timestamp = match now.checked_duration_since(self.captured_at) {
            Some(since) => self.timestamp.wrapping_add(ticks(since)),
            None => self.timestamp.wrapping_sub(ticks(self.captured_at - now)),
        };
        SenderInfo {
            ntp: clock.at(now),
            rtp_timestamp,
            packet_count: self.packets as u32,
            octet_count: self.octets as u32,
        }
    }
}

/// What was received of one stream so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reception {
    /// The first extended sequence number that counts.
    pub first: u64,
    /// The highest extended sequence number.
    pub highest: u64,
    /// Packets, duplicates among them.
    pub received: u64,
    /// Interarrival jitter in ticks of the RTP clock (section 6.4.1).
    pub jitter: u32,
}

impl Reception {
    fn expected(&self) -> u64 {
        (self.highest + 1).saturating_sub(self.first)
    }

    /// Packets lost so far; less than zero where duplicates came.
    pub fn lost(&self) -> i64 {
        self.expected() as i64 - self.received as i64
    }
}

/// Makes the report blocks of one stream: keeps what was reported, and the peer's last report.
#[derive(Clone, Copy, Debug)]
pub struct BlockSource {
    ssrc: Ssrc,
    expected_before: u64,
    received_before: u64,
    last_sr: Option<(NtpTime, Instant)>,
}

impl BlockSource {
    /// For a stream of which nothing was reported.
    pub fn new(ssrc: Ssrc) -> Self {
        BlockSource { ssrc, expected_before: 0, received_before: 0, last_sr: None }
    }

    /// A sender report of the stream came, with this time.
    pub fn on_sender_report(&mut self, ntp: NtpTime, now: Instant) {
        self.last_sr = Some((ntp, now));
    }

    /// The block for a report that goes now. The share lost is that since the block before.
    pub fn block(&mut self, reception: &Reception, now: Instant) -> ReportBlock {
        let expected = reception.expected();
        let expected_since = expected.saturating_sub(self.expected_before);
        let received_since = reception.received.saturating_sub(self.received_before);
        self.expected_before = expected;
        self.received_before = reception.received;
        let lost_since = expected_since.saturating_sub(received_since);
        let fraction = (lost_since << 8).checked_div(expected_since).unwrap_or(0).min(255);
        let lost = reception.lost().clamp(-0x80_0000, 0x7F_FFFF);
        let (last_sr, delay) = match self.last_sr {
            // Zero means that no report came: a delay of less than its unit is one unit.
            Some((ntp, at)) => (ntp.middle(), to_short(now.saturating_duration_since(at)).max(1)),
            None => (0, 0),
        };
        ReportBlock {
            ssrc: self.ssrc,
            fraction_lost: fraction as u8,
            cumulative_lost: lost as i32,
            highest_sequence: reception.highest as u32,
            jitter: reception.jitter,
            last_sr,
            delay_since_last_sr: delay,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_time::origin;

    fn reception(highest: u64, received: u64) -> Reception {
        Reception { first: 65_000, highest, received, jitter: 7 }
    }

    #[test]
    fn losses_are_counted_since_the_block_before_and_in_all() {
        let now = origin();
        let mut source = BlockSource::new(Ssrc(1));
        let block = source.block(&reception(65_099, 75), now);
        assert_eq!((block.fraction_lost, block.cumulative_lost), (64, 25));
        assert_eq!((block.last_sr, block.delay_since_last_sr, block.jitter), (0, 0, 7));
        let block = source.block(&reception(65_199, 175), now);
        assert_eq!((block.fraction_lost, block.cumulative_lost), (0, 25));
        let block = source.block(&reception(65_599, 600), now);
        assert_eq!(
            (block.fraction_lost, block.cumulative_lost),
            (0, 0),
            "the losses were repaired"
        );
        let block = source.block(&reception(65_599, 610), now);
        assert_eq!((block.fraction_lost, block.cumulative_lost), (0, -10));
        let block = source.block(&reception(65_699, 610), now);
        assert_eq!((block.fraction_lost, block.cumulative_lost), (255, 90));
        assert_eq!(block.highest_sequence, 0x1_00A3, "65,699 with its roll-over");
    }

    #[test]
    fn the_delay_runs_from_the_senders_report() {
        let now = origin();
        let mut source = BlockSource::new(Ssrc(1));
        source.on_sender_report(NtpTime::from_bits(0x1234_5678_9ABC_DEF0), now);
        let block = source.block(&reception(65_000, 1), now + Duration::from_millis(500));
        assert_eq!((block.last_sr, block.delay_since_last_sr), (0x5678_9ABC, 0x8000));
        assert_eq!(source.block(&reception(65_000, 1), now).delay_since_last_sr, 1);
    }

    #[test]
    fn the_rtp_clock_runs_on_from_the_newest_frame() {
        let now = origin() + Duration::from_secs(1);
        let clock = NtpClock::new(origin(), Duration::from_secs(1_780_000_000));
        let mut figures = SenderFigures {
            packets: 1 << 33 | 5,
            octets: 7,
            timestamp: u32::MAX,
            captured_at: now - Duration::from_millis(100),
            clock_rate: 90_000,
        };
        let info = figures.info(&clock, now);
        assert_eq!((info.rtp_timestamp, info.packet_count, info.octet_count), (8_999, 5, 7));
        assert_eq!(info.ntp.as_unix(), Duration::from_secs(1_780_000_001));
        figures.captured_at = now + Duration::from_millis(100);
        assert_eq!(figures.info(&clock, now).rtp_timestamp, u32::MAX - 9_000);
    }
}
