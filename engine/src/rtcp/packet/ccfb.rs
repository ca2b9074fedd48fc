//! Congestion control feedback (RFC 8888 section 3.1), read.

use std::time::Duration;

use super::error::RtcpFault;
use super::raw::{RawPacket, u16_at, u32_at};
use crate::datagram::Ecn;
use crate::ids::Ssrc;

pub(super) const CCFB: u8 = 11;

/// Reports of one block: RFC 8888 section 3.1 takes more for a fault.
pub(super) const REPORTS_MAX: u16 = 16_384;

/// SSRC, first sequence number, count of reports.
const BLOCK_HEAD_BYTES: usize = 8;

/// How long before the message a packet arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ArrivalOffset {
    /// In 1,024ths of a second: at most 0x1FFD.
    Ticks(u16),
    /// Longer than can be told.
    OverRange,
    /// It is not known, or the packet came after the report's time.
    Unknown,
}

impl ArrivalOffset {
    const OVER_RANGE: u16 = 0x1FFE;
    const UNKNOWN: u16 = 0x1FFF;

    /// Of a packet that arrived so long before the message, rounded down.
    pub fn new(before: Duration) -> Self {
        let ticks = before.as_nanos() * 1_024 / 1_000_000_000;
        match u16::try_from(ticks) {
            Ok(ticks) if ticks < Self::OVER_RANGE => ArrivalOffset::Ticks(ticks),
            _ => ArrivalOffset::OverRange,
        }
    }

    /// How long it was, where that is told.
    pub fn duration(self) -> Option<Duration> {
        match self {
            ArrivalOffset::Ticks(ticks) => {
                Some(Duration::from_nanos(u64::from(ticks) * 1_000_000_000 / 1_024))
            }
            ArrivalOffset::OverRange | ArrivalOffset::Unknown => None,
        }
    }

    fn from_bits(bits: u16) -> Self {
        match bits & 0x1FFF {
            Self::OVER_RANGE => ArrivalOffset::OverRange,
            Self::UNKNOWN => ArrivalOffset::Unknown,
            ticks => ArrivalOffset::Ticks(ticks),
        }
    }

    fn bits(self) -> u16 {
        match self {
            ArrivalOffset::Ticks(ticks) => ticks.min(Self::OVER_RANGE - 1),
            ArrivalOffset::OverRange => Self::OVER_RANGE,
            ArrivalOffset::Unknown => Self::UNKNOWN,
        }
    }
}

/// What became of a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CcfbArrival {
    /// It had not arrived.
    NotReceived,
    /// It arrived.
    Received {
        /// How the network had marked it; the worst of its copies.
        ecn: Option<Ecn>,
        /// When.
        offset: ArrivalOffset,
    },
}

impl CcfbArrival {
    pub(super) fn from_bits(bits: u16) -> Self {
        if bits & 0x8000 == 0 {
            return CcfbArrival::NotReceived;
        }
        let ecn = Ecn::from_bits((bits >> 13) as u8);
        CcfbArrival::Received { ecn, offset: ArrivalOffset::from_bits(bits) }
    }

    pub(super) fn bits(self) -> u16 {
        match self {
            CcfbArrival::NotReceived => 0,
            CcfbArrival::Received { ecn, offset } => {
                0x8000 | ecn.map_or(0, |ecn| ecn as u16) << 13 | offset.bits()
            }
        }
    }
}

/// What is told of one stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CcfbBlock<'a> {
    /// The stream.
    pub ssrc: Ssrc,
    /// Its RTP sequence number of the first report.
    pub begin: u16,
    reports: &'a [u8],
}

impl<'a> CcfbBlock<'a> {
    /// Each packet told of, by its RTP sequence number, in ascending order.
    pub fn reports(&self) -> impl ExactSizeIterator<Item = (u16, CcfbArrival)> + use<'a> {
        let begin = self.begin;
        let reports = self.reports.chunks_exact(2).enumerate();
        reports.map(move |(index, bytes)| {
            (begin.wrapping_add(index as u16), CcfbArrival::from_bits(u16_at(bytes, 0)))
        })
    }

    fn split_first(bytes: &'a [u8]) -> Option<(Self, &'a [u8])> {
        let (head, rest) = bytes.split_at_checked(BLOCK_HEAD_BYTES)?;
        let count = u16_at(head, 6);
        let used = 2 * usize::from(count);
        let (words, rest) = rest.split_at_checked(used.next_multiple_of(4))?;
        let block = CcfbBlock {
            ssrc: Ssrc(u32_at(head, 0)),
            begin: u16_at(head, 4),
            reports: &words[..used],
        };
        (count <= REPORTS_MAX).then_some((block, rest))
    }
}

/// When packets arrived, by stream and RTP sequence number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ccfb<'a> {
    /// Who tells.
    pub sender: Ssrc,
    /// The middle of the receiver's NTP time when the message was made.
    pub report_timestamp: u32,
    blocks: &'a [u8],
}

impl<'a> Ccfb<'a> {
    pub(super) fn view(packet: RawPacket<'a>) -> Result<Self, RtcpFault> {
        let body = packet.body_of(8)?;
        let (blocks, timestamp) = body[4..].split_at(body.len() - 8);
        let feedback = Ccfb {
            sender: Ssrc(u32_at(body, 0)),
            report_timestamp: timestamp.first_chunk().map_or(0, |bytes| u32::from_be_bytes(*bytes)),
            blocks,
        };
        let mut rest = blocks;
        while !rest.is_empty() {
            rest = CcfbBlock::split_first(rest).ok_or(packet.misfit())?.1;
        }
        Ok(feedback)
    }

    /// What is told of each stream.
    pub fn blocks(&self) -> impl Iterator<Item = CcfbBlock<'a>> + use<'a> {
        let mut rest = self.blocks;
        std::iter::from_fn(move || {
            let (block, after) = CcfbBlock::split_first(rest)?;
            rest = after;
            Some(block)
        })
    }
}
