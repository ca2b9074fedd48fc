//! Sender and receiver reports (RFC 3550 sections 6.4.1 and 6.4.2).

use super::error::RtcpFault;
use super::raw::{RawPacket, u32_at};
use super::write::PacketWriter;
use crate::ids::Ssrc;
use crate::rtcp::ntp::NtpTime;

pub(super) const SENDER_REPORT: u8 = 200;
pub(super) const RECEIVER_REPORT: u8 = 201;

/// Blocks in one report: its count has five bits.
pub const BLOCKS_MAX: usize = 31;

/// Bytes of a report block.
pub(super) const BLOCK_BYTES: usize = 24;

/// SSRC and sender information.
const SENDER_BYTES: usize = 24;

/// What a sender says of its stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SenderInfo {
    /// The moment of the report, on the sender's wall clock.
    pub ntp: NtpTime,
    /// The same moment on the stream's RTP clock.
    pub rtp_timestamp: u32,
    /// Packets sent so far, modulo 2^32.
    pub packet_count: u32,
    /// Bytes of their payload, modulo 2^32.
    pub octet_count: u32,
}

/// What a receiver says of a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReportBlock {
    /// The stream.
    pub ssrc: Ssrc,
    /// Share of packets lost since the report before, in 256ths.
    pub fraction_lost: u8,
    /// Packets lost so far, 24 bits with sign; duplicates count as if they replaced losses.
    pub cumulative_lost: i32,
    /// Highest sequence number received, extended by the low half of its roll-over count.
    pub highest_sequence: u32,
    /// Interarrival jitter in ticks of the RTP clock.
    pub jitter: u32,
    /// The middle of the last sender report's NTP time; zero for none.
    pub last_sr: u32,
    /// Time since that report came, in 65,536ths of a second; zero for none.
    pub delay_since_last_sr: u32,
}

impl ReportBlock {
    fn read(bytes: &[u8]) -> Self {
        let lost = u32_at(bytes, 4) << 8;
        ReportBlock {
            ssrc: Ssrc(u32_at(bytes, 0)),
            fraction_lost: bytes[4],
            cumulative_lost: (lost as i32) >> 8,
            highest_sequence: u32_at(bytes, 8),
            jitter: u32_at(bytes, 12),
            last_sr: u32_at(bytes, 16),
            delay_since_last_sr: u32_at(bytes, 20),
        }
    }

    fn write(&self, packet: &mut PacketWriter<'_>) {
        packet.ssrc(self.ssrc);
        let lost = self.cumulative_lost.clamp(-0x80_0000, 0x7F_FFFF);
        packet.u32(u32::from(self.fraction_lost) << 24 | (lost as u32 & 0xFF_FFFF));
        packet.u32(self.highest_sequence);
        packet.u32(self.jitter);
        packet.u32(self.last_sr);
        packet.u32(self.delay_since_last_sr);
    }
}

/// The blocks of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReportBlocks<'a>(&'a [u8]);

impl<'a> ReportBlocks<'a> {
    /// The blocks that begin at `at`, as many as the header counts. What comes after them is a
    /// profile's and is left alone.
    fn view(packet: RawPacket<'a>, at: usize) -> Result<Self, RtcpFault> {
        let end = at + usize::from(packet.count()) * BLOCK_BYTES;
        packet.body().get(at..end).map(ReportBlocks).ok_or(packet.misfit())
    }

    /// Each of them, in their order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = ReportBlock> + use<'a> {
        self.0.chunks_exact(BLOCK_BYTES).map(ReportBlock::read)
    }
}

/// A report of one that sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SenderReport<'a> {
    /// Whose report it is, and the stream that is reported.
    pub ssrc: Ssrc,
    /// What was sent.
    pub info: SenderInfo,
    /// What it received.
    pub blocks: ReportBlocks<'a>,
}

impl<'a> SenderReport<'a> {
    pub(super) fn view(packet: RawPacket<'a>) -> Result<Self, RtcpFault> {
        let body = packet.body_of(SENDER_BYTES)?;
        let ntp = u64::from(u32_at(body, 4)) << 32 | u64::from(u32_at(body, 8));
        let info = SenderInfo {
            ntp: NtpTime::from_bits(ntp),
            rtp_timestamp: u32_at(body, 12),
            packet_count: u32_at(body, 16),
            octet_count: u32_at(body, 20),
        };
        let blocks = ReportBlocks::view(packet, SENDER_BYTES)?;
        Ok(SenderReport { ssrc: Ssrc(u32_at(body, 0)), info, blocks })
    }
}

/// A report of one that only receives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReceiverReport<'a> {
    /// Whose report it is.
    pub ssrc: Ssrc,
    /// What it received.
    pub blocks: ReportBlocks<'a>,
}

impl<'a> ReceiverReport<'a> {
    pub(super) fn view(packet: RawPacket<'a>) -> Result<Self, RtcpFault> {
        let body = packet.body_of(4)?;
        let blocks = ReportBlocks::view(packet, 4)?;
        Ok(ReceiverReport { ssrc: Ssrc(u32_at(body, 0)), blocks })
    }
}

/// Writes a sender report with the first [`BLOCKS_MAX`] blocks.
pub fn write_sender_report(
    out: &mut Vec<u8>,
    ssrc: Ssrc,
    info: &SenderInfo,
    blocks: &[ReportBlock],
) {
    let blocks = &blocks[..blocks.len().min(BLOCKS_MAX)];
    let mut packet = PacketWriter::begin(out, SENDER_REPORT, blocks.len() as u8);
    packet.ssrc(ssrc);
    packet.bytes(&info.ntp.bits().to_be_bytes());
    packet.u32(info.rtp_timestamp);
    packet.u32(info.packet_count);
    packet.u32(info.octet_count);
    blocks.iter().for_each(|block| block.write(&mut packet));
    packet.finish();
}

/// Writes a receiver report with the first [`BLOCKS_MAX`] blocks.
pub fn write_receiver_report(out: &mut Vec<u8>, ssrc: Ssrc, blocks: &[ReportBlock]) {
    let blocks = &blocks[..blocks.len().min(BLOCKS_MAX)];
    let mut packet = PacketWriter::begin(out, RECEIVER_REPORT, blocks.len() as u8);
    packet.ssrc(ssrc);
    blocks.iter().for_each(|block| block.write(&mut packet));
    packet.finish();
}

impl ReportBlock {
    /// The highest sequence number that the peer received, extended as `sent` is, the highest that
    /// was sent. `None` where the peer tells of more than was sent.
    pub fn highest_of(&self, sent: u64) -> Option<u64> {
        let behind = u64::from((sent as u16).wrapping_sub(self.highest_sequence as u16));
        sent.checked_sub(behind).filter(|_| behind < 0x8000)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 3550 section 6.4.1, by hand.
    const REPORT: [u8; 52] = [
        0x81, 200, 0, 12, // V=2, one block, 12 words follow
        0x11, 0x22, 0x33, 0x44, // sender
        0xE0, 0, 0, 1, 0x80, 0, 0, 0, // NTP: 0xE0000001.5
        0, 0, 0x10, 0, // RTP timestamp
        0, 0, 0, 7, // packets
        0, 0, 2, 0, // octets
        0x55, 0x66, 0x77, 0x88, // reported stream
        64, 0xFF, 0xFF, 0xFE, // a quarter lost; -2 in all
        0, 1, 0xFF, 0xFF, // roll-over 1, sequence 65,535
        0, 0, 0, 9, // jitter
        0, 1, 0x80, 0, // LSR
        0, 0, 0x80, 0, // DLSR: half a second
    ];

    fn block() -> ReportBlock {
        ReportBlock {
            ssrc: Ssrc(0x5566_7788),
            fraction_lost: 64,
            cumulative_lost: -2,
            highest_sequence: 0x1_FFFF,
            jitter: 9,
            last_sr: 0x1_8000,
            delay_since_last_sr: 0x8000,
        }
    }

    #[test]
    fn a_sender_report_reads_and_writes() {
        let (packet, _) = RawPacket::split_first(&REPORT).unwrap();
        let report = SenderReport::view(packet).unwrap();
        assert_eq!(report.ssrc, Ssrc(0x1122_3344));
        assert_eq!(report.info.ntp.middle(), 0x0001_8000);
        assert_eq!(report.blocks.iter().collect::<Vec<_>>(), [block()]);
        let mut out = Vec::new();
        write_sender_report(&mut out, report.ssrc, &report.info, &[block()]);
        assert_eq!(out, REPORT);
    }

    #[test]
    fn a_receiver_report_with_fewer_blocks_than_counted_is_refused() {
        let mut out = Vec::new();
        write_receiver_report(&mut out, Ssrc(1), &[block(), block()]);
        let (packet, _) = RawPacket::split_first(&out).unwrap();
        assert_eq!(ReceiverReport::view(packet).unwrap().blocks.iter().len(), 2);
        out[0] += 1;
        let (packet, _) = RawPacket::split_first(&out).unwrap();
        let fault = RtcpFault::Body { packet_type: 201, count: 3 };
        assert_eq!(ReceiverReport::view(packet).unwrap_err(), fault);
    }

    #[test]
    fn losses_beyond_24_bits_stay_at_the_end_of_the_range() {
        let mut out = Vec::new();
        let lost = |cumulative_lost| ReportBlock { cumulative_lost, ..block() };
        write_receiver_report(&mut out, Ssrc(1), &[lost(i32::MAX), lost(i32::MIN)]);
        let (packet, _) = RawPacket::split_first(&out).unwrap();
        let blocks = ReceiverReport::view(packet).unwrap().blocks;
        let lost: Vec<i32> = blocks.iter().map(|block| block.cumulative_lost).collect();
        assert_eq!(lost, [0x7F_FFFF, -0x80_0000]);
    }

    #[test]
    fn the_highest_sequence_is_extended_like_what_was_sent() {
        let told = |highest_sequence| ReportBlock { highest_sequence, ..block() };
        assert_eq!(told(0x1_FFFF).highest_of(0x7_0003), Some(0x6_FFFF));
        assert_eq!(told(0x1_0003).highest_of(0x7_0003), Some(0x7_0003));
        assert_eq!(told(0x1_0004).highest_of(0x7_0003), None, "it was not sent yet");
        assert_eq!(told(0xFFFF).highest_of(3), None, "there is no roll-over below zero");
    }
}
