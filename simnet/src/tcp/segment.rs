//! A segment that carries bytes.

use std::net::SocketAddr;

use crate::cross::SackBlocks;
use crate::digest::Digest;
use crate::packet::{EcnField, IpProtocol, Packet, PacketSpec};

pub(super) const FIN: u8 = 1;
pub(super) const SYN: u8 = 2;
pub(super) const RST: u8 = 4;
pub(super) const ACK: u8 = 16;

/// Bytes of the fields: as many as timestamps take, which every segment is taken to carry.
const FIELD_BYTES: usize = 12;
/// What a segment that opens has beside timestamps: MSS, window scale, "SACK permitted".
const OPENING_BYTES: usize = 8;
/// Kind and length before SACK blocks, with padding.
const SACK_HEAD_BYTES: usize = 4;
/// Bytes of a SACK block.
const SACK_BYTES: usize = 8;
/// SACK blocks that fit beside timestamps.
const SACK_MAX: usize = 3;

/// A segment, with sequence numbers as they are on the wire.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Segment {
    pub(super) flags: u8,
    pub(super) sequence: u32,
    pub(super) acknowledged: u32,
    pub(super) sacked: Vec<(u32, u32)>,
    pub(super) data: Vec<u8>,
}

impl Segment {
    pub(super) fn has(&self, flags: u8) -> bool {
        self.flags & flags == flags
    }

    /// The sequence number behind it.
    fn end(&self) -> u32 {
        let extra = u32::from(self.has(SYN)) + u32::from(self.has(FIN));
        self.sequence.wrapping_add(self.data.len() as u32).wrapping_add(extra)
    }

    pub(super) fn packet(&self, source: SocketAddr, destination: SocketAddr) -> PacketSpec {
        let count = self.sacked.len().min(SACK_MAX);
        let mut payload = vec![self.flags, count as u8];
        payload.extend(self.sequence.to_be_bytes());
        payload.extend(self.acknowledged.to_be_bytes());
        payload.extend([0; 2]);
        if self.has(SYN) {
            payload.extend([0; OPENING_BYTES]);
        }
        if count > 0 {
            payload.extend([0; SACK_HEAD_BYTES]);
        }
        for (start, end) in &self.sacked[..count] {
            payload.extend(start.to_be_bytes());
            payload.extend(end.to_be_bytes());
        }
        payload.extend(&self.data);
        let sum = checksum(&payload).to_be_bytes();
        payload[FIELD_BYTES - 2..FIELD_BYTES].copy_from_slice(&sum);
        let (protocol, ecn) = (IpProtocol::Tcp, EcnField::NotEct);
        PacketSpec { source, destination, protocol, ecn, payload, padding: 0 }
    }

    /// Reads a segment; `None` for other packets, cross traffic among them, and for damaged ones.
    pub(super) fn read(packet: &Packet) -> Option<Segment> {
        if packet.protocol() != IpProtocol::Tcp || packet.padding() != 0 {
            return None;
        }
        let (fields, mut rest) = packet.payload().split_first_chunk::<FIELD_BYTES>()?;
        let [flags, count, s0, s1, s2, s3, a0, a1, a2, a3, sum @ ..] = *fields;
        if u16::from_be_bytes(sum) != checksum(packet.payload()) {
            return None;
        }
        if flags & SYN != 0 {
            rest = rest.get(OPENING_BYTES..)?;
        }
        let count = usize::from(count);
        if count > 0 {
            rest = rest.get(SACK_HEAD_BYTES..)?;
        }
        let (blocks, data) = rest.split_at_checked(count * SACK_BYTES)?;
        let (blocks, _) = blocks.as_chunks::<SACK_BYTES>();
        let block = |block: &[u8; SACK_BYTES]| {
            let both = u64::from_be_bytes(*block);
            ((both >> 32) as u32, both as u32)
        };
        Some(Segment {
            flags,
            sequence: u32::from_be_bytes([s0, s1, s2, s3]),
            acknowledged: u32::from_be_bytes([a0, a1, a2, a3]),
            sacked: blocks.iter().map(block).collect(),
            data: data.to_vec(),
        })
    }
}

/// Of all but itself. It stands in for that of TCP: damage on the way is a loss.
fn checksum(payload: &[u8]) -> u16 {
    let mut digest = Digest::new();
    digest.bytes(&payload[..FIELD_BYTES - 2]);
    digest.bytes(&payload[FIELD_BYTES..]);
    let sum = digest.finish();
    (sum ^ sum >> 16 ^ sum >> 32 ^ sum >> 48) as u16
}

/// What a host says to a segment for a connection that is not (RFC 9293 section 3.10.7.1); nothing
/// to what is no segment, or says so itself.
pub(crate) fn refusal(packet: &Packet) -> Option<PacketSpec> {
    let segment = Segment::read(packet)?;
    if segment.has(RST) {
        return None;
    }
    let answer = Segment {
        flags: RST | ACK,
        sequence: if segment.has(ACK) { segment.acknowledged } else { 0 },
        acknowledged: segment.end(),
        sacked: Vec::new(),
        data: Vec::new(),
    };
    Some(answer.packet(packet.destination(), packet.source()))
}

/// The place in a stream of a number on the wire that is close to `near`, where the stream begins
/// at `first`; `None` for one before its begin.
pub(super) fn place(number: u32, first: u32, near: u64) -> Option<u64> {
    let distance = number.wrapping_sub(first).wrapping_sub(near as u32) as i32;
    near.checked_add_signed(distance.into())
}

/// The number on the wire of a place.
pub(super) fn number(place: u64, first: u32) -> u32 {
    first.wrapping_add(place as u32)
}

/// SACK blocks as they are on the wire.
pub(super) fn numbers(blocks: &SackBlocks, first: u32) -> Vec<(u32, u32)> {
    blocks.iter().map(|(start, end)| (number(*start, first), number(*end, first))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Time;

    fn packet(segment: &Segment) -> Packet {
        let ends = ["10.0.0.1:5", "10.0.0.2:6"].map(|end| end.parse().unwrap());
        Packet::new(0, Time::ZERO, segment.packet(ends[0], ends[1]))
    }

    fn segment(flags: u8, sacked: usize, data: usize) -> Segment {
        let (sequence, acknowledged) = (u32::MAX, 7);
        let (sacked, data) = (vec![(1, u32::MAX); sacked], vec![9; data]);
        Segment { flags, sequence, acknowledged, sacked, data }
    }

    #[test]
    fn segments_survive_a_packet_and_have_the_sizes_of_real_ones() {
        // With 20 bytes each of IPv4 and TCP, and the options that Linux sends.
        for (one, bytes) in [
            (segment(SYN, 0, 0), 60),
            (segment(ACK, 0, 0), 52),
            (segment(ACK, 3, 0), 52 + 4 + 24),
            (segment(ACK, 0, 1_448), 1_500),
            (segment(FIN | ACK, 1, 3), 52 + 12 + 3),
        ] {
            assert_eq!(packet(&one).wire_bytes(), bytes);
            assert_eq!(Segment::read(&packet(&one)), Some(one));
        }
    }

    #[test]
    fn damage_and_others_are_none() {
        let good = packet(&segment(ACK, 2, 5));
        for place in 0..good.payload().len() {
            let mut bad = good.clone();
            bad.edit_payload(|bytes| bytes[place] ^= 0x10);
            assert_eq!(Segment::read(&bad), None, "{place}");
        }
        for length in 0..good.payload().len() {
            let mut bad = good.clone();
            bad.edit_payload(|bytes| bytes.truncate(length));
            assert_eq!(Segment::read(&bad), None, "{length}");
        }
    }

    #[test]
    fn nobody_refuses_a_refusal() {
        let refused = refusal(&packet(&segment(SYN, 0, 0))).unwrap();
        let answer = Packet::new(1, Time::ZERO, refused);
        let read = Segment::read(&answer).unwrap();
        assert_eq!((read.flags, read.sequence, read.acknowledged), (RST | ACK, 0, 0));
        assert_eq!(refusal(&answer), None);
    }

    #[test]
    fn places_are_found_across_the_wrap() {
        let first = u32::MAX - 10;
        for at in [0_u64, 5, 11, 1 << 32, (1 << 40) + 7] {
            let near = [at, at + 1_000_000, at.saturating_sub(1_000_000)];
            for near in near {
                assert_eq!(place(number(at, first), first, near), Some(at));
            }
        }
        assert_eq!(place(first.wrapping_sub(1), first, 5), None);
    }
}
