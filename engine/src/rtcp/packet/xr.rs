//! Extended reports (RFC 3611): those that measure round trips from the receiver's side, and others
//! as they came.

use super::error::RtcpFault;
use super::raw::{RawPacket, u16_at, u32_at};
use super::write::PacketWriter;
use crate::ids::Ssrc;
use crate::rtcp::ntp::NtpTime;

pub(super) const EXTENDED_REPORT: u8 = 207;

/// Receiver reference time (section 4.4).
const RRTR: u8 = 4;
/// Delay since the last of them (section 4.5).
const DLRR: u8 = 5;
/// Sub-blocks of one DLRR block: what fits in 1,200 bytes.
const DLRR_MAX: usize = 98;
const DLRR_BYTES: usize = 12;

/// An answer to one receiver's reference time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DlrrBlock {
    /// The receiver that told its time.
    pub ssrc: Ssrc,
    /// The middle of that time; zero for none.
    pub last_rr: u32,
    /// Time since it came, in 65,536ths of a second.
    pub delay_since_last_rr: u32,
}

/// One block of an extended report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum XrBlock<'a> {
    /// The receiver's wall clock.
    ReceiverReferenceTime(NtpTime),
    /// Answers to such.
    Dlrr(DlrrBlocks<'a>),
    /// Another one.
    Other {
        /// Its number in the registry of blocks.
        block_type: u8,
        /// The byte after it.
        specific: u8,
        /// What comes after its head.
        data: &'a [u8],
    },
}

/// The answers of one block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DlrrBlocks<'a>(&'a [u8]);

impl<'a> DlrrBlocks<'a> {
    /// Each of them.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = DlrrBlock> + use<'a> {
        self.0.chunks_exact(DLRR_BYTES).map(|bytes| DlrrBlock {
            ssrc: Ssrc(u32_at(bytes, 0)),
            last_rr: u32_at(bytes, 4),
            delay_since_last_rr: u32_at(bytes, 8),
        })
    }
}

/// An extended report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExtendedReport<'a> {
    /// Whose report it is.
    pub ssrc: Ssrc,
    blocks: &'a [u8],
}

impl<'a> ExtendedReport<'a> {
    pub(super) fn view(packet: RawPacket<'a>) -> Result<Self, RtcpFault> {
        let (head, blocks) = packet.body_of(4)?.split_at(4);
        let mut rest = blocks;
        while !rest.is_empty() {
            rest = split_block(rest).ok_or(packet.misfit())?.1;
        }
        Ok(ExtendedReport { ssrc: Ssrc(u32_at(head, 0)), blocks })
    }

    /// Each block, in their order.
    pub fn blocks(&self) -> impl Iterator<Item = XrBlock<'a>> + use<'a> {
        let mut rest = self.blocks;
        std::iter::from_fn(move || {
            let (block, after) = split_block(rest)?;
            rest = after;
            Some(block)
        })
    }
}

fn split_block(bytes: &[u8]) -> Option<(XrBlock<'_>, &[u8])> {
    let (head, rest) = bytes.split_at_checked(4)?;
    let (data, rest) = rest.split_at_checked(4 * usize::from(u16_at(head, 2)))?;
    let block = match (head[0], data.len()) {
        (RRTR, 8) => {
            let bits = u64::from(u32_at(data, 0)) << 32 | u64::from(u32_at(data, 4));
            XrBlock::ReceiverReferenceTime(NtpTime::from_bits(bits))
        }
        (DLRR, length) if length % DLRR_BYTES == 0 => XrBlock::Dlrr(DlrrBlocks(data)),
        (block_type, _) => XrBlock::Other { block_type, specific: head[1], data },
    };
    Some((block, rest))
}

/// Writes a report of the receiver's wall clock.
pub fn write_rrtr(out: &mut Vec<u8>, ssrc: Ssrc, time: NtpTime) {
    let mut packet = PacketWriter::begin(out, EXTENDED_REPORT, 0);
    packet.ssrc(ssrc);
    packet.bytes(&[RRTR, 0, 0, 2]);
    packet.bytes(&time.bits().to_be_bytes());
    packet.finish();
}

/// Writes the first 98 answers to receivers' reference times; nothing for none.
pub fn write_dlrr(out: &mut Vec<u8>, ssrc: Ssrc, answers: &[DlrrBlock]) {
    if answers.is_empty() {
        return;
    }
    let answers = &answers[..answers.len().min(DLRR_MAX)];
    let mut packet = PacketWriter::begin(out, EXTENDED_REPORT, 0);
    packet.ssrc(ssrc);
    packet.bytes(&[DLRR, 0]);
    packet.u16(3 * answers.len() as u16);
    for answer in answers {
        packet.ssrc(answer.ssrc);
        packet.u32(answer.last_rr);
        packet.u32(answer.delay_since_last_rr);
    }
    packet.finish();
}

#[cfg(test)]
mod tests {
    use super::*;

    fn view(bytes: &[u8]) -> Result<ExtendedReport<'_>, RtcpFault> {
        ExtendedReport::view(RawPacket::split_first(bytes).unwrap().0)
    }

    #[test]
    fn reference_times_and_answers_read_and_write() {
        let time = [0x80, 207, 0, 4, 0, 0, 0, 1, 4, 0, 0, 2, 0xE0, 0, 0, 1, 0x40, 0, 0, 0];
        let report = view(&time).unwrap();
        let blocks: Vec<_> = report.blocks().collect();
        let ntp = NtpTime::from_bits(0xE000_0001_4000_0000);
        assert_eq!(
            (report.ssrc, &blocks[..]),
            (Ssrc(1), &[XrBlock::ReceiverReferenceTime(ntp)][..])
        );
        let mut out = Vec::new();
        write_rrtr(&mut out, Ssrc(1), ntp);
        assert_eq!(out, time);

        let answer = [
            0x80, 207, 0, 5, 0, 0, 0, 2, // sender
            5, 0, 0, 3, // DLRR, three words
            0, 0, 0, 1, 0, 1, 0x40, 0, 0, 0, 0x80, 0,
        ];
        let Some(XrBlock::Dlrr(blocks)) = view(&answer).unwrap().blocks().next() else {
            panic!("it is a DLRR block")
        };
        let answers: Vec<_> = blocks.iter().collect();
        let expected =
            DlrrBlock { ssrc: Ssrc(1), last_rr: ntp.middle(), delay_since_last_rr: 0x8000 };
        assert_eq!(answers, [expected]);
        out.clear();
        write_dlrr(&mut out, Ssrc(2), &answers);
        assert_eq!(out, answer);
    }

    #[test]
    fn other_blocks_pass_and_damaged_ones_do_not() {
        let bytes = [
            0x80, 207, 0, 4, 0, 0, 0, 1, // sender
            42, 7, 0, 1, 1, 2, 3, 4, // a block of libwebrtc's: target bitrates
            4, 0, 0, 0, // a reference time without a time
        ];
        let blocks: Vec<_> = view(&bytes).unwrap().blocks().collect();
        let other = |block_type, specific, data| XrBlock::Other { block_type, specific, data };
        assert_eq!(blocks, [other(42, 7, &[1, 2, 3, 4][..]), other(4, 0, &[][..])]);
        let mut bytes = bytes;
        bytes[19] = 1;
        assert!(view(&bytes).is_err());
    }
}
