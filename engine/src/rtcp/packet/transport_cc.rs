//! Transport-wide feedback (draft-holmer-rmcat-transport-wide-cc-extensions-01 section 3.1), read.

use super::error::RtcpFault;
use super::raw::{RawPacket, u16_at};
use crate::ids::Ssrc;

pub(super) const TRANSPORT_CC: u8 = 15;

/// First number, count of statuses, reference time, count of messages.
pub(super) const FIXED_BYTES: usize = 8;

/// Symbols of a status: how many bytes its delta has.
pub(super) const SMALL: u16 = 1;
pub(super) const LARGE: u16 = 2;
const RESERVED: u16 = 3;

/// What became of a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TransportCcStatus {
    /// It had not arrived.
    NotReceived,
    /// It arrived.
    Received {
        /// Since the packet received before it in the message, or since the reference time for the
        /// first: in 250 µs.
        delta: i16,
    },
}

/// When packets arrived, by their transport-wide sequence numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TransportCc<'a> {
    /// Who tells.
    pub sender: Ssrc,
    /// One of the streams that packets were received of.
    pub media_ssrc: Ssrc,
    /// Sequence number of the first packet told of.
    pub base: u16,
    /// Packets told of.
    pub count: u16,
    /// 24 bits of the receiver's clock, in 64 ms.
    pub reference_time: u32,
    /// Messages sent before this one, modulo 256.
    pub message_count: u8,
    chunks: &'a [u8],
    deltas: &'a [u8],
}

impl<'a> TransportCc<'a> {
    pub(super) fn view(packet: RawPacket<'a>) -> Result<Self, RtcpFault> {
        let (sender, media_ssrc, told) = packet.feedback()?;
        let (fixed, rest) = told.split_at_checked(FIXED_BYTES).ok_or(packet.misfit())?;
        let count = u16_at(fixed, 2);
        let sizes = Sizes::measure(rest, count).ok_or(packet.misfit())?;
        let (chunks, deltas) = rest.split_at(sizes.chunk_bytes);
        let deltas = deltas.get(..sizes.delta_bytes).ok_or(packet.misfit())?;
        Ok(TransportCc {
            sender,
            media_ssrc,
            base: u16_at(fixed, 0),
            count,
            reference_time: u32::from_be_bytes([0, fixed[4], fixed[5], fixed[6]]),
            message_count: fixed[7],
            chunks,
            deltas,
        })
    }

    /// Each packet told of, by its sequence number, in ascending order.
    pub fn statuses(&self) -> impl Iterator<Item = (u16, TransportCcStatus)> + use<'a> {
        let mut deltas = self.deltas;
        let mut sequence = self.base;
        Symbols { chunks: self.chunks, left: self.count, chunk: 0, in_chunk: 0 }.map(
            move |symbol| {
                let this = sequence;
                sequence = sequence.wrapping_add(1);
                let (delta, rest) = deltas.split_at(usize::from(symbol));
                deltas = rest;
                let status = match symbol {
                    SMALL => TransportCcStatus::Received { delta: i16::from(delta[0]) },
                    LARGE => TransportCcStatus::Received { delta: u16_at(delta, 0) as i16 },
                    _ => TransportCcStatus::NotReceived,
                };
                (this, status)
            },
        )
    }
}

/// How many statuses a chunk has.
fn statuses_in(chunk: u16) -> u16 {
    match chunk >> 14 {
        0 | 1 => chunk & 0x1FFF,
        2 => 14,
        _ => 7,
    }
}

/// The symbol of a chunk that has so many after it.
fn symbol_of(chunk: u16, after: u16) -> u16 {
    match chunk >> 14 {
        0 | 1 => (chunk >> 13) & 3,
        2 => (chunk >> after) & 1,
        _ => (chunk >> (2 * after)) & 3,
    }
}

/// What chunks and deltas take of the bytes after the fixed ones.
struct Sizes {
    chunk_bytes: usize,
    delta_bytes: usize,
}

impl Sizes {
    /// `None` where chunks end before all statuses are told, or a symbol is reserved. A run is
    /// measured at once, so that few bytes cannot cost much.
    fn measure(bytes: &[u8], count: u16) -> Option<Self> {
        let mut sizes = Sizes { chunk_bytes: 0, delta_bytes: 0 };
        let mut left = count;
        while left > 0 {
            let chunk = u16_at(bytes.get(sizes.chunk_bytes..sizes.chunk_bytes + 2)?, 0);
            sizes.chunk_bytes += 2;
            let all = statuses_in(chunk);
            let used = all.min(left);
            left -= used;
            if chunk >> 15 == 0 {
                let symbol = symbol_of(chunk, 0);
                (symbol != RESERVED || used == 0).then_some(())?;
                sizes.delta_bytes += usize::from(symbol) * usize::from(used);
                continue;
            }
            for index in 0..used {
                let symbol = symbol_of(chunk, all - 1 - index);
                (symbol != RESERVED).then_some(())?;
                sizes.delta_bytes += usize::from(symbol);
            }
        }
        Some(sizes)
    }
}

/// The symbols of chunks that were measured.
struct Symbols<'a> {
    chunks: &'a [u8],
    left: u16,
    chunk: u16,
    in_chunk: u16,
}

impl Iterator for Symbols<'_> {
    type Item = u16;

    fn next(&mut self) -> Option<u16> {
        self.left = self.left.checked_sub(1)?;
        while self.in_chunk == 0 {
            let (chunk, rest) = self.chunks.split_first_chunk()?;
            self.chunks = rest;
            self.chunk = u16::from_be_bytes(*chunk);
            self.in_chunk = statuses_in(self.chunk);
        }
        self.in_chunk -= 1;
        Some(symbol_of(self.chunk, self.in_chunk))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn view(bytes: &[u8]) -> Result<TransportCc<'_>, RtcpFault> {
        TransportCc::view(RawPacket::split_first(bytes).unwrap().0)
    }

    /// By hand, from the draft: each kind of chunk, and padding by single bytes.
    const FEEDBACK: [u8; 36] = [
        0xAF, 205, 0, 8, // P, format 15, eight words
        0, 0, 0, 1, 0, 0, 0, 2, // sender, media source
        0xFF, 0xFE, 0, 23, // from 65,534 on, 23 packets
        0xFF, 0xFF, 0xFE, 9, // reference time -2 of 24 bits, message 9
        0x00, 0x02, // a run of two that are lost
        0xA0, 0x01, // one bit each: 1 0 0 0 0 0 0 0 0 0 0 0 0 1
        0xD2, 0x00, // two bits each: 1 0 2 0 0 0 0
        4, 255, 8, // small deltas
        0xFF, 0xFC, // a large one: -4
        0, 0, 0, 0, 5, // padding
    ];

    #[test]
    fn every_kind_of_chunk_is_read() {
        let feedback = view(&FEEDBACK).unwrap();
        assert_eq!((feedback.sender, feedback.media_ssrc), (Ssrc(1), Ssrc(2)));
        assert_eq!((feedback.reference_time, feedback.message_count), (0xFF_FFFE, 9));
        let statuses: Vec<_> = feedback.statuses().collect();
        assert_eq!(statuses.len(), 23);
        let received: Vec<_> = statuses
            .iter()
            .filter_map(|(sequence, status)| match status {
                TransportCcStatus::Received { delta } => Some((*sequence, *delta)),
                TransportCcStatus::NotReceived => None,
            })
            .collect();
        assert_eq!(received, [(0, 4), (13, 255), (14, 8), (16, -4)]);
        assert_eq!(statuses[2].0, 0, "sequence numbers wrap");
    }

    #[test]
    fn what_ends_early_or_is_reserved_is_refused() {
        let mut more = FEEDBACK;
        more[15] = 24;
        assert!(view(&more).is_err(), "a chunk is missing, and a delta stands for it");
        let mut reserved = FEEDBACK;
        reserved[24] = 0xF2;
        assert!(view(&reserved).is_err());
        let mut deltas = FEEDBACK;
        deltas[35] = 6;
        assert!(view(&deltas).is_err(), "the padding covers a delta");
        let empty_run =
            [0x8F, 205, 0, 5, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0];
        assert!(view(&empty_run).is_err(), "runs of nothing tell of nothing");
    }
}
