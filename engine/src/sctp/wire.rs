//! Packets and their chunks (RFC 9260 section 3): views that judge bounds and the checksum, and
//! what writes them.

use super::crc32c::crc32c;

/// Bytes of the common header, and of those of a chunk and of a parameter.
pub(super) const HEADER: usize = 12;
pub(super) const CHUNK_HEADER: usize = 4;

/// Types of chunks.
pub(super) mod chunk {
    pub(crate) const DATA: u8 = 0;
    pub(crate) const INIT: u8 = 1;
    pub(crate) const INIT_ACK: u8 = 2;
    pub(crate) const SACK: u8 = 3;
    pub(crate) const HEARTBEAT: u8 = 4;
    pub(crate) const HEARTBEAT_ACK: u8 = 5;
    pub(crate) const ABORT: u8 = 6;
    pub(crate) const SHUTDOWN: u8 = 7;
    pub(crate) const SHUTDOWN_ACK: u8 = 8;
    pub(crate) const ERROR: u8 = 9;
    pub(crate) const COOKIE_ECHO: u8 = 10;
    pub(crate) const COOKIE_ACK: u8 = 11;
    pub(crate) const SHUTDOWN_COMPLETE: u8 = 14;
    /// RFC 8260 section 2.1.
    pub(crate) const I_DATA: u8 = 64;
    /// RFC 4820 section 3.
    pub(crate) const PAD: u8 = 132;
    /// RFC 6525 section 3.1.
    pub(crate) const RE_CONFIG: u8 = 130;
    /// RFC 3758 section 3.2.
    pub(crate) const FORWARD_TSN: u8 = 192;
    /// RFC 8260 section 2.3.1.
    pub(crate) const I_FORWARD_TSN: u8 = 194;
}

/// Flag T: the tag is the sender's own (RFC 9260 section 8.5.1).
pub(super) const TAG_REFLECTED: u8 = 1;

/// Source and destination port.
pub(super) type Ports = (u16, u16);

/// A packet with a right checksum, or with none.
#[derive(Clone, Copy, Debug)]
pub(super) struct PacketView<'a> {
    bytes: &'a [u8],
}

impl<'a> PacketView<'a> {
    /// `None` for one that is too short or damaged. A checksum of zero is none: DTLS has its own
    /// (RFC 9653 section 5.3).
    pub(super) fn parse(bytes: &'a [u8]) -> Option<Self> {
        if bytes.len() < HEADER + CHUNK_HEADER {
            return None;
        }
        let told: [u8; 4] = bytes[8..HEADER].try_into().expect("four bytes");
        let told = u32::from_le_bytes(told);
        (told == 0 || told == checksum(bytes)).then_some(PacketView { bytes })
    }

    /// Verification tag.
    pub(super) fn tag(&self) -> u32 {
        number(self.bytes, 4).expect("a header is there")
    }

    /// Chunks, as far as their lengths make sense.
    pub(super) fn chunks(&self) -> impl Iterator<Item = Chunk<'a>> + use<'a> {
        let mut rest = &self.bytes[HEADER..];
        std::iter::from_fn(move || {
            let [kind, flags, high, low, ..] = *rest else { return None };
            let length = usize::from(u16::from_be_bytes([high, low]));
            if length < CHUNK_HEADER || length > rest.len() {
                return None;
            }
            let padded = length.next_multiple_of(4).min(rest.len());
            let (whole, after) = rest.split_at(padded);
            rest = after;
            Some(Chunk { kind, flags, value: &whole[CHUNK_HEADER..length], whole })
        })
    }
}

/// A chunk of a packet.
#[derive(Clone, Copy, Debug)]
pub(super) struct Chunk<'a> {
    pub(super) kind: u8,
    pub(super) flags: u8,
    /// Without its header.
    pub(super) value: &'a [u8],
    /// With header and padding.
    pub(super) whole: &'a [u8],
}

/// Type and value of each parameter, as far as lengths make sense (RFC 9260 section 3.2.1).
pub(super) fn parameters(mut rest: &[u8]) -> impl Iterator<Item = (u16, &[u8])> {
    std::iter::from_fn(move || {
        let [kind_high, kind_low, high, low, ..] = *rest else { return None };
        let length = usize::from(u16::from_be_bytes([high, low]));
        let value = rest.get(CHUNK_HEADER..length)?;
        rest = rest.get(length.next_multiple_of(4)..).unwrap_or_default();
        Some((u16::from_be_bytes([kind_high, kind_low]), value))
    })
}

/// A packet in the making.
#[derive(Debug)]
pub(super) struct PacketWriter {
    bytes: Vec<u8>,
}

impl PacketWriter {
    pub(super) fn new(ports: Ports, tag: u32) -> Self {
        Self::within(Vec::with_capacity(64), ports, tag)
    }

    /// In a buffer that was used before.
    pub(super) fn within(mut bytes: Vec<u8>, (source, destination): Ports, tag: u32) -> Self {
        bytes.clear();
        bytes.extend(source.to_be_bytes());
        bytes.extend(destination.to_be_bytes());
        bytes.extend(tag.to_be_bytes());
        bytes.extend([0; 4]);
        PacketWriter { bytes }
    }

    /// Bytes so far.
    pub(super) fn len(&self) -> usize {
        self.bytes.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.bytes.len() == HEADER
    }

    /// Adds a chunk. Its value has to fit a packet.
    pub(super) fn chunk(mut self, kind: u8, flags: u8, value: &[u8]) -> Self {
        self.push(kind, flags, value);
        self
    }

    pub(super) fn push(&mut self, kind: u8, flags: u8, value: &[u8]) {
        self.push_parts(kind, flags, &[value]);
    }

    /// Likewise, with a value in parts.
    pub(super) fn push_parts(&mut self, kind: u8, flags: u8, parts: &[&[u8]]) {
        self.push_with(kind, flags, |bytes| {
            parts.iter().for_each(|part| bytes.extend_from_slice(part));
        });
    }

    /// Likewise, with a value that is written in place.
    pub(super) fn push_with(&mut self, kind: u8, flags: u8, write: impl FnOnce(&mut Vec<u8>)) {
        let begin = self.bytes.len();
        self.bytes.extend([kind, flags, 0, 0]);
        write(&mut self.bytes);
        let length = u16::try_from(self.bytes.len() - begin).expect("a chunk fits a packet");
        self.bytes[begin + 2..begin + 4].copy_from_slice(&length.to_be_bytes());
        self.bytes.resize(self.bytes.len().next_multiple_of(4), 0);
    }

    /// The buffer of a packet in which there is nothing.
    pub(super) fn into_buffer(self) -> Vec<u8> {
        self.bytes
    }

    /// As it is, for a peer that needs no checksum.
    pub(super) fn finish_without_checksum(self) -> Vec<u8> {
        self.bytes
    }

    /// Writes the checksum.
    pub(super) fn finish(mut self) -> Vec<u8> {
        let sum = checksum(&self.bytes).to_le_bytes();
        self.bytes[8..HEADER].copy_from_slice(&sum);
        self.bytes
    }
}

/// Adds a parameter to a chunk's value.
pub(super) fn push_parameter(bytes: &mut Vec<u8>, kind: u16, value: &[u8]) {
    bytes.resize(bytes.len().next_multiple_of(4), 0);
    let length = u16::try_from(CHUNK_HEADER + value.len()).expect("a parameter fits a packet");
    bytes.extend(kind.to_be_bytes());
    bytes.extend(length.to_be_bytes());
    bytes.extend(value);
}

/// The number of four bytes that stands there.
pub(super) fn number(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(*bytes.get(at..)?.first_chunk()?))
}

/// The number of two bytes that stands there.
pub(super) fn short(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_be_bytes(*bytes.get(at..)?.first_chunk()?))
}

/// Of the packet as if its checksum were zero.
fn checksum(bytes: &[u8]) -> u32 {
    crc32c(&[&bytes[..8], &[0; 4], &bytes[HEADER..]])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packets_are_read_as_they_were_written() {
        let packet = PacketWriter::new((5000, 5001), 7)
            .chunk(chunk::COOKIE_ECHO, 0, b"cooky")
            .chunk(chunk::SACK, 1, &[9; 12])
            .finish();
        let view = PacketView::parse(&packet).unwrap();
        assert_eq!(view.tag(), 7);
        let chunks: Vec<_> =
            view.chunks().map(|chunk| (chunk.kind, chunk.flags, chunk.value.to_vec())).collect();
        assert_eq!(
            chunks,
            [(chunk::COOKIE_ECHO, 0, b"cooky".to_vec()), (chunk::SACK, 1, vec![9; 12])]
        );
        assert_eq!(packet.len(), 12 + 12 + 16);
        for at in 0..packet.len() {
            let mut damaged = packet.clone();
            damaged[at] ^= 1;
            assert!(PacketView::parse(&damaged).is_none(), "byte {at}");
            assert!(PacketView::parse(&packet[..at]).is_none(), "cut at {at}");
        }
    }

    #[test]
    fn lengths_that_make_no_sense_end_a_packet() {
        for length in [0, 3, 200] {
            let mut packet = PacketWriter::new((1, 2), 3).chunk(chunk::DATA, 0, &[1; 8]);
            packet.bytes.extend([chunk::DATA, 0, 0, length]);
            let packet = packet.finish();
            let view = PacketView::parse(&packet).unwrap();
            assert_eq!(view.chunks().count(), 1, "{length}");
        }
    }

    #[test]
    fn parameters_are_read_as_they_were_written() {
        let mut bytes = Vec::new();
        push_parameter(&mut bytes, 7, b"abcde");
        push_parameter(&mut bytes, 0xc000, b"");
        assert_eq!(bytes.len(), 16);
        let read: Vec<_> = parameters(&bytes).collect();
        assert_eq!(read, [(7, &b"abcde"[..]), (0xc000, &b""[..])]);
        assert_eq!(parameters(&[0, 7, 0, 3]).count(), 0);
        assert_eq!(parameters(&[0, 7, 0, 5]).count(), 0);
    }
}
