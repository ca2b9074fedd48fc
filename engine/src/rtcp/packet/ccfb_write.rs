//! Congestion control feedback (RFC 8888 section 3.1), written.

use super::ccfb::{CCFB, CcfbArrival, REPORTS_MAX};
use super::nack::RTPFB;
use super::write::PacketWriter;
use crate::ids::Ssrc;

/// Reports that one block has at most.
pub const CCFB_REPORTS_MAX: usize = REPORTS_MAX as usize;

/// Head of a block.
const BLOCK_HEAD_BYTES: usize = 8;
/// The timestamp at the end.
const TIMESTAMP_BYTES: usize = 4;

/// A message at the end of a buffer. [`CcfbWriter::finish`] closes it.
pub struct CcfbWriter<'o> {
    packet: PacketWriter<'o>,
    bytes_max: usize,
}

impl<'o> CcfbWriter<'o> {
    /// Begins a message of at most `bytes_max` bytes.
    pub fn begin(out: &'o mut Vec<u8>, sender: Ssrc, bytes_max: usize) -> Self {
        let mut packet = PacketWriter::begin(out, RTPFB, CCFB);
        packet.ssrc(sender);
        CcfbWriter { packet, bytes_max }
    }

    /// Reports that another block could have.
    pub fn room(&self) -> usize {
        let used = self.packet.len() + BLOCK_HEAD_BYTES + TIMESTAMP_BYTES;
        // Reports fill whole words.
        (self.bytes_max.saturating_sub(used) / 4 * 2).min(CCFB_REPORTS_MAX)
    }

    /// Adds the reports of a stream from its sequence number `begin` on. False, and nothing added,
    /// for none and for more than there is [`room`](Self::room) for.
    pub fn block(
        &mut self,
        ssrc: Ssrc,
        begin: u16,
        reports: impl ExactSizeIterator<Item = CcfbArrival>,
    ) -> bool {
        let count = reports.len();
        if count == 0 || count > self.room() {
            return false;
        }
        self.packet.ssrc(ssrc);
        self.packet.u16(begin);
        self.packet.u16(count as u16);
        reports.for_each(|report| self.packet.u16(report.bits()));
        self.packet.fill();
        true
    }

    /// Ends the message with the receiver's time.
    pub fn finish(mut self, report_timestamp: u32) {
        self.packet.u32(report_timestamp);
        self.packet.finish();
    }
}

#[cfg(test)]
mod tests {
    use super::super::ccfb::{ArrivalOffset, Ccfb};
    use super::super::raw::RawPacket;
    use super::*;
    use crate::datagram::Ecn;
    use std::time::Duration;

    /// By hand from RFC 8888 section 3.1.
    const FEEDBACK: [u8; 40] = [
        0x8B, 205, 0, 9, // format 11, nine words
        0, 0, 0, 1, // sender
        0, 0, 0, 2, 0xFF, 0xFF, 0, 3, // stream 2, three reports from 65,535 on
        0x84, 0x00, // received, not ECN-capable, one second before
        0x00, 0x00, // not received
        0xFF, 0xFE, // received, CE, over range
        0x00, 0x00, // fills the word
        0, 0, 0, 3, 0, 9, 0, 2, // stream 3, two reports from 9 on
        0xA0, 0x01, // ECT(1), 1/1024 s before
        0xDF, 0xFF, // ECT(0), unknown
        0x12, 0x34, 0x56, 0x78, // report timestamp
    ];

    fn received(ecn: Option<Ecn>, offset: ArrivalOffset) -> CcfbArrival {
        CcfbArrival::Received { ecn, offset }
    }

    #[test]
    fn feedback_reads_and_writes() {
        let feedback = Ccfb::view(RawPacket::split_first(&FEEDBACK).unwrap().0).unwrap();
        assert_eq!((feedback.sender, feedback.report_timestamp), (Ssrc(1), 0x1234_5678));
        let blocks: Vec<_> = feedback.blocks().collect();
        let first = [
            (65_535, received(None, ArrivalOffset::new(Duration::from_secs(1)))),
            (0, CcfbArrival::NotReceived),
            (1, received(Some(Ecn::Ce), ArrivalOffset::OverRange)),
        ];
        let second = [
            (9, received(Some(Ecn::Ect1), ArrivalOffset::Ticks(1))),
            (10, received(Some(Ecn::Ect0), ArrivalOffset::Unknown)),
        ];
        assert!(blocks[0].reports().eq(first));
        assert!(blocks[1].reports().eq(second));

        let mut out = Vec::new();
        let mut writer = CcfbWriter::begin(&mut out, Ssrc(1), 40);
        assert!(writer.block(Ssrc(2), 65_535, first.iter().map(|(_, report)| *report)));
        assert_eq!(writer.room(), 2);
        assert!(writer.block(Ssrc(3), 9, second.iter().map(|(_, report)| *report)));
        assert_eq!(writer.room(), 0);
        writer.finish(0x1234_5678);
        assert_eq!(out, FEEDBACK);
    }

    #[test]
    fn blocks_that_do_not_fit_are_refused() {
        let mut bytes = FEEDBACK;
        bytes[15] = 200;
        assert!(Ccfb::view(RawPacket::split_first(&bytes).unwrap().0).is_err());
        let mut out = Vec::new();
        let mut writer = CcfbWriter::begin(&mut out, Ssrc(1), 100);
        let lost = |count| std::iter::repeat_n(CcfbArrival::NotReceived, count);
        assert!(!writer.block(Ssrc(2), 0, lost(0)));
        assert!(!writer.block(Ssrc(2), 0, lost(writer.room() + 1)));
        assert!(writer.block(Ssrc(2), 0, lost(writer.room())));
        writer.finish(0);
        assert_eq!(out.len(), 100);
    }

    #[test]
    fn offsets_end_at_their_range() {
        let last = ArrivalOffset::Ticks(0x1FFD);
        assert_eq!(ArrivalOffset::new(last.duration().unwrap() + Duration::from_micros(1)), last);
        assert_eq!(ArrivalOffset::new(Duration::from_secs(8)), ArrivalOffset::OverRange);
        assert_eq!(ArrivalOffset::Unknown.duration(), None);
    }
}
