//! A TCP segment as this model sends it.

use crate::packet::Packet;

/// SACK blocks in one segment: what fits beside timestamps (RFC 2018 section 3).
pub(crate) const MAX_SACK: usize = 3;

/// Ranges of bytes received out of order: the first byte, and the first after.
pub(crate) type SackBlocks = Vec<(u64, u64)>;

/// A segment. Sequence numbers count from zero and do not wrap.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Segment {
    /// The sender opens connection number `connection`.
    Open { connection: u32 },
    /// The receiver agrees.
    Opened { connection: u32 },
    /// `length` bytes from `sequence` on.
    Data { connection: u32, sequence: u64, length: u32 },
    /// All bytes before `next` arrived, and those in the blocks. `marks` packets had a mark of
    /// congestion (AccECN's counter, RFC 9768, which does not wrap here).
    Ack { connection: u32, next: u64, sacked: SackBlocks, marks: u32 },
}

/// Size of a full segment with IP and TCP headers.
#[cfg(test)]
pub(crate) const FULL_BYTES: u32 = 1_500;
/// Data in a full segment: 40 bytes of headers and 12 of timestamps.
pub(crate) const DATA_BYTES: u32 = 1_448;
/// What a data segment stores of itself; less than the 12 bytes of timestamps is not possible, the
/// rest comes off the padding.
const DATA_HEADER_BYTES: u32 = 17;
/// Timestamps (RFC 7323), which every segment is taken to carry.
const OPTION_BYTES: u32 = 12;

impl Segment {
    /// The bytes stored in a packet, and those only counted.
    pub(crate) fn encode(&self) -> (Vec<u8>, u32) {
        let mut bytes = Vec::with_capacity(32);
        let mut padding = 0;
        match self {
            Segment::Open { connection } => {
                bytes.push(0);
                bytes.extend(connection.to_be_bytes());
            }
            Segment::Opened { connection } => {
                bytes.push(1);
                bytes.extend(connection.to_be_bytes());
            }
            Segment::Data { connection, sequence, length } => {
                bytes.push(2);
                bytes.extend(connection.to_be_bytes());
                bytes.extend(sequence.to_be_bytes());
                bytes.extend(length.to_be_bytes());
                padding = (length + OPTION_BYTES).saturating_sub(DATA_HEADER_BYTES);
            }
            Segment::Ack { connection, next, sacked, marks } => {
                bytes.push(if *marks == 0 { 3 } else { 4 });
                bytes.extend(connection.to_be_bytes());
                bytes.extend(next.to_be_bytes());
                if *marks > 0 {
                    bytes.extend(marks.to_be_bytes());
                }
                for (start, end) in sacked.iter().take(MAX_SACK) {
                    bytes.extend(start.to_be_bytes());
                    bytes.extend(end.to_be_bytes());
                }
            }
        }
        (bytes, padding)
    }

    /// Reads a segment; `None` when the packet holds none.
    pub(crate) fn decode(packet: &Packet) -> Option<Segment> {
        let (kind, rest) = packet.payload().split_first()?;
        let (connection, rest) = rest.split_first_chunk::<4>()?;
        let connection = u32::from_be_bytes(*connection);
        match kind {
            0 => Some(Segment::Open { connection }),
            1 => Some(Segment::Opened { connection }),
            2 => {
                let (sequence, rest) = rest.split_first_chunk::<8>()?;
                let (length, _) = rest.split_first_chunk::<4>()?;
                let (sequence, length) = (u64::from_be_bytes(*sequence), *length);
                Some(Segment::Data { connection, sequence, length: u32::from_be_bytes(length) })
            }
            3 | 4 => {
                let (next, rest) = rest.split_first_chunk::<8>()?;
                let (marks, rest) = match kind {
                    4 => rest.split_first_chunk::<4>()?,
                    _ => (&[0; 4], rest),
                };
                let (blocks, _) = rest.as_chunks::<16>();
                let block = |b: &[u8; 16]| {
                    let both = u128::from_be_bytes(*b);
                    ((both >> 64) as u64, both as u64)
                };
                let sacked = blocks.iter().take(MAX_SACK).map(block).collect();
                let (next, marks) = (u64::from_be_bytes(*next), u32::from_be_bytes(*marks));
                Some(Segment::Ack { connection, next, sacked, marks })
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::packet::{EcnField, IpProtocol, PacketSpec};
    use crate::time::Time;

    fn packet(segment: &Segment) -> Packet {
        let (payload, padding) = segment.encode();
        let end = "10.0.0.1:5".parse().unwrap();
        let (protocol, ecn) = (IpProtocol::Tcp, EcnField::NotEct);
        let transmit =
            PacketSpec { source: end, destination: end, protocol, ecn, payload, padding };
        Packet::new(0, Time::ZERO, transmit)
    }

    #[test]
    fn segments_survive_a_packet() {
        let full = Segment::Data { connection: 2, sequence: 1 << 40, length: DATA_BYTES };
        assert_eq!(packet(&full).wire_bytes(), u64::from(FULL_BYTES));
        let sacked = vec![(1, 2), (u64::MAX - 1, u64::MAX)];
        let ack = Segment::Ack { connection: 2, next: 7, sacked: sacked.clone(), marks: 0 };
        let marked = Segment::Ack { connection: 2, next: 7, sacked, marks: 9 };
        for segment in [
            full,
            ack,
            marked,
            Segment::Open { connection: u32::MAX },
            Segment::Opened { connection: 0 },
        ] {
            assert_eq!(Segment::decode(&packet(&segment)), Some(segment));
        }
    }

    #[test]
    fn a_broken_segment_is_none() {
        let mut broken = packet(&Segment::Data { connection: 2, sequence: 3, length: 4 });
        broken.edit_payload(|bytes| bytes.truncate(9));
        assert_eq!(Segment::decode(&broken), None);
        broken.edit_payload(|bytes| bytes[0] = 9);
        assert_eq!(Segment::decode(&broken), None);
    }
}
