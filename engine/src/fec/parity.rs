//! Packets joined by exclusive or (RFC 5109 section 8): each field that differs between packets,
//! and all that comes after the fixed header.

use crate::ids::Ssrc;

/// The fixed RTP header (RFC 3550 section 5.1).
pub(super) const RTP_HEADER_BYTES: usize = 12;

/// Largest packet that is protected, and that parity can be of: an Ethernet frame's.
pub(super) const PACKET_BYTES_MAX: usize = 1_500;

/// What a FEC packet tells beside parity: which packets it protects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Protected {
    /// The first sequence number that the mask can name.
    pub(super) base: u16,
    /// From the lowest bit on: `base` and those after it.
    pub(super) mask: u128,
}

/// The joined fields of packets. Joined once more with all but one, it is that one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Parity {
    /// Version, padding, extension and count of sources; marker and payload type.
    pub(super) head: [u8; 2],
    /// Bytes after the fixed header.
    pub(super) length: u16,
    pub(super) timestamp: [u8; 4],
    /// As long as the longest.
    pub(super) payload: Vec<u8>,
}

impl Parity {
    /// Nothing joined. Memory is kept.
    pub(super) fn clear(&mut self) {
        self.head = [0; 2];
        self.length = 0;
        self.timestamp = [0; 4];
        self.payload.clear();
    }

    /// Joins a packet, at least as long as the fixed header.
    pub(super) fn join(&mut self, packet: &[u8]) {
        let (header, rest) = packet.split_at(RTP_HEADER_BYTES);
        xor(&mut self.head, &header[..2]);
        xor(&mut self.timestamp, &header[4..8]);
        self.length ^= rest.len() as u16;
        if self.payload.len() < rest.len() {
            self.payload.resize(rest.len(), 0);
        }
        xor(&mut self.payload, rest);
    }

    /// The packet that is left, with what parity does not have. `None` where it cannot be one.
    pub(super) fn packet(&self, sequence: u16, ssrc: Ssrc) -> Option<Vec<u8>> {
        let rest = self.payload.get(..usize::from(self.length))?;
        let mut packet = Vec::with_capacity(RTP_HEADER_BYTES + rest.len());
        packet.extend([0x80 | (self.head[0] & 0x3F), self.head[1]]);
        packet.extend(sequence.to_be_bytes());
        packet.extend(self.timestamp);
        packet.extend(ssrc.0.to_be_bytes());
        packet.extend_from_slice(rest);
        (packet.len() <= PACKET_BYTES_MAX).then_some(packet)
    }
}

/// Over the length of the shorter.
fn xor(into: &mut [u8], from: &[u8]) {
    into.iter_mut().zip(from).for_each(|(into, from)| *into ^= from);
}

/// The sequence number of an RTP packet that is protected; `None` for what is none, or too large.
pub(super) fn sequence_of(packet: &[u8], ssrc: Ssrc) -> Option<u16> {
    let fits = (RTP_HEADER_BYTES..=PACKET_BYTES_MAX).contains(&packet.len());
    let ours = fits && packet[0] >> 6 == 2 && packet[8..12] == ssrc.0.to_be_bytes();
    ours.then(|| u16::from_be_bytes([packet[2], packet[3]]))
}
