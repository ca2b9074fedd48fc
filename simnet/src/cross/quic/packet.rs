//! A QUIC packet as this model sends it.

use crate::packet::Packet;

/// A packet. Its number is written in full.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum QuicPacket {
    /// An Initial packet opens the connection.
    Initial,
    /// The server's flight answers it.
    Handshake,
    /// A STREAM frame: `length` bytes from `offset` on.
    Data { number: u64, offset: u64, length: u32 },
    /// An ACK frame.
    Ack(AckFrame),
}

/// RFC 9000 section 19.3.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct AckFrame {
    /// Packets that arrived, from the first to the first after, the highest range first.
    pub(super) ranges: Vec<(u64, u64)>,
    /// Microseconds from the arrival of the highest to this.
    pub(super) delay_us: u32,
    /// Packets that came with a mark of congestion.
    pub(super) marks: u32,
}

/// Ranges in one acknowledgement; the highest stay (RFC 9000 section 13.2.3).
pub(super) const RANGES_MAX: usize = 32;
/// A datagram's payload that fills a path of 1,500 bytes, as one finds by RFC 8899.
#[cfg(test)]
const DATAGRAM_BYTES: u32 = 1_472;
/// First byte, connection ID of 8 bytes, packet number of 4 (RFC 9000 section 17.3.1).
const HEADER_BYTES: u32 = 13;
/// The tag of the packet's protection (RFC 9001 section 5.3).
const TAG_BYTES: u32 = 16;
/// A STREAM frame's type, stream and offset; its length is left out at a packet's end.
const STREAM_BYTES: u32 = 10;
/// Data in a full packet.
pub(super) const DATA_BYTES: u32 = 1_472 - HEADER_BYTES - TAG_BYTES - STREAM_BYTES;
/// An ACK frame with one range: type, highest, delay, count and length of the first.
const ACK_BYTES: u32 = 11;
/// Another range: gap and length.
const RANGE_BYTES: u32 = 4;
/// Three counts of marks.
const MARKS_BYTES: u32 = 6;
/// What opens a connection is padded to it (RFC 9000 section 14.1).
const OPENING_BYTES: u32 = 1_200;

impl QuicPacket {
    /// The bytes stored in a packet, and those only counted.
    pub(super) fn encode(&self) -> (Vec<u8>, u32) {
        let mut bytes = Vec::with_capacity(32);
        match self {
            QuicPacket::Initial => bytes.push(0),
            QuicPacket::Handshake => bytes.push(1),
            QuicPacket::Data { number, offset, length } => {
                bytes.push(2);
                bytes.extend(number.to_be_bytes());
                bytes.extend(length.to_be_bytes());
                bytes.extend(offset.to_be_bytes());
            }
            QuicPacket::Ack(frame) => {
                bytes.push(3);
                bytes.extend(frame.delay_us.to_be_bytes());
                bytes.extend(frame.marks.to_be_bytes());
                let mut below = None;
                for &(start, end) in frame.ranges.iter().take(RANGES_MAX) {
                    put(&mut bytes, below.map_or(end, |below: u64| below - end));
                    put(&mut bytes, end - start);
                    below = Some(start);
                }
            }
        }
        let padding = self.size().saturating_sub(bytes.len() as u32);
        (bytes, padding)
    }

    /// The datagram's payload.
    fn size(&self) -> u32 {
        match self {
            QuicPacket::Initial | QuicPacket::Handshake => OPENING_BYTES,
            QuicPacket::Data { length, .. } => HEADER_BYTES + STREAM_BYTES + length + TAG_BYTES,
            QuicPacket::Ack(frame) => {
                let further = frame.ranges.len().clamp(1, RANGES_MAX) as u32 - 1;
                let marks = if frame.marks > 0 { MARKS_BYTES } else { 0 };
                HEADER_BYTES + ACK_BYTES + further * RANGE_BYTES + marks + TAG_BYTES
            }
        }
    }

    /// Reads a packet; `None` when it holds none.
    pub(super) fn decode(packet: &Packet) -> Option<QuicPacket> {
        let (kind, rest) = packet.payload().split_first()?;
        match kind {
            0 => Some(QuicPacket::Initial),
            1 => Some(QuicPacket::Handshake),
            2 => {
                let (number, rest) = rest.split_first_chunk::<8>()?;
                let (length, rest) = rest.split_first_chunk::<4>()?;
                let (offset, _) = rest.split_first_chunk::<8>()?;
                let (number, offset) = (u64::from_be_bytes(*number), u64::from_be_bytes(*offset));
                Some(QuicPacket::Data { number, offset, length: u32::from_be_bytes(*length) })
            }
            3 => {
                let (delay, rest) = rest.split_first_chunk::<4>()?;
                let (marks, rest) = rest.split_first_chunk::<4>()?;
                let (delay_us, marks) = (u32::from_be_bytes(*delay), u32::from_be_bytes(*marks));
                Some(QuicPacket::Ack(AckFrame { ranges: ranges(rest)?, delay_us, marks }))
            }
            _ => None,
        }
    }
}

/// Reads ranges; `None` where one is cut off, empty or reaches below zero.
fn ranges(mut rest: &[u8]) -> Option<Vec<(u64, u64)>> {
    let (mut ranges, mut below) = (Vec::new(), None);
    while !rest.is_empty() && ranges.len() < RANGES_MAX {
        let (down, length) = (take(&mut rest)?, take(&mut rest)?);
        let end = below.map_or(Some(down), |below: u64| below.checked_sub(down))?;
        let start = end.checked_sub(length).filter(|_| length > 0)?;
        ranges.push((start, end));
        below = Some(start);
    }
    Some(ranges)
}

/// Writes a number of seven bits a byte, the lowest first.
fn put(bytes: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

fn take(bytes: &mut &[u8]) -> Option<u64> {
    let mut number = 0;
    for shift in (0..63).step_by(7) {
        let (&byte, rest) = bytes.split_first()?;
        *bytes = rest;
        number |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Some(number);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::packet::PacketSpec;
    use crate::time::Time;

    fn packet(quic: &QuicPacket) -> Packet {
        let (payload, padding) = quic.encode();
        let end = "10.0.0.1:5".parse().unwrap();
        Packet::new(0, Time::ZERO, PacketSpec { padding, ..PacketSpec::udp(end, end, payload) })
    }

    fn ack(count: u64, marks: u32) -> QuicPacket {
        let top = 1 << 20;
        let ranges = (0..count).map(|i| (top - 10 * i - 5, top - 10 * i)).collect();
        QuicPacket::Ack(AckFrame { ranges, delay_us: 25_000, marks })
    }

    #[test]
    fn packets_survive_a_datagram_and_have_the_size_of_quic() {
        let full = QuicPacket::Data { number: 1 << 40, offset: 1 << 50, length: DATA_BYTES };
        let opening = u64::from(OPENING_BYTES);
        for (quic, bytes) in [
            (QuicPacket::Initial, opening),
            (QuicPacket::Handshake, opening),
            (full, u64::from(DATAGRAM_BYTES)),
            (ack(1, 0), 40),
            (ack(32, 7), 40 + 31 * 4 + 6),
        ] {
            assert_eq!(packet(&quic).wire_bytes(), 28 + bytes, "{quic:?}");
            assert_eq!(QuicPacket::decode(&packet(&quic)), Some(quic));
        }
    }

    #[test]
    fn a_broken_packet_is_none() {
        let mut broken = packet(&ack(3, 0));
        let length = broken.payload().len();
        broken.edit_payload(|bytes| bytes.truncate(length - 1));
        assert_eq!(QuicPacket::decode(&broken), None, "cut off");
        broken.edit_payload(|bytes| *bytes = [&[3][..], &[0; 8], &[5, 6]].concat());
        assert_eq!(QuicPacket::decode(&broken), None, "below zero");
        broken.edit_payload(|bytes| *bytes = [&[3][..], &[0; 8], &[0xff; 20]].concat());
        assert_eq!(QuicPacket::decode(&broken), None, "a number without an end");
        broken.edit_payload(|bytes| bytes[0] = 9);
        assert_eq!(QuicPacket::decode(&broken), None);
    }
}
