//! The frame of a packet that is written: its header, and its length once that is known.

use crate::ids::Ssrc;

/// A packet at the end of a buffer, open for its contents. [`PacketWriter::finish`] closes it.
pub(super) struct PacketWriter<'o> {
    out: &'o mut Vec<u8>,
    start: usize,
}

impl<'o> PacketWriter<'o> {
    /// Begins a packet. `count` is what stands beside the version.
    pub(super) fn begin(out: &'o mut Vec<u8>, packet_type: u8, count: u8) -> Self {
        let start = out.len();
        out.extend([0x80 | (count & 0x1F), packet_type, 0, 0]);
        PacketWriter { out, start }
    }

    /// Begins a feedback packet (RFC 4585 section 6.1).
    pub(super) fn feedback(
        out: &'o mut Vec<u8>,
        packet_type: u8,
        format: u8,
        sender: Ssrc,
        media: Ssrc,
    ) -> Self {
        let mut packet = PacketWriter::begin(out, packet_type, format);
        packet.ssrc(sender);
        packet.ssrc(media);
        packet
    }

    pub(super) fn u8(&mut self, value: u8) {
        self.out.push(value);
    }

    pub(super) fn u16(&mut self, value: u16) {
        self.out.extend(value.to_be_bytes());
    }

    pub(super) fn u32(&mut self, value: u32) {
        self.out.extend(value.to_be_bytes());
    }

    pub(super) fn ssrc(&mut self, ssrc: Ssrc) {
        self.u32(ssrc.0);
    }

    pub(super) fn bytes(&mut self, bytes: &[u8]) {
        self.out.extend_from_slice(bytes);
    }

    /// Bytes so far, the header included.
    pub(super) fn len(&self) -> usize {
        self.out.len() - self.start
    }

    /// Fills the last word with zeros that belong to the contents.
    pub(super) fn fill(&mut self) {
        while !self.len().is_multiple_of(4) {
            self.out.push(0);
        }
    }

    /// Closes the packet. What is missing of its last word becomes padding (RFC 3550 section
    /// 6.4.1, bit P).
    pub(super) fn finish(self) {
        let missing = (4 - self.len() % 4) % 4;
        if missing != 0 {
            self.out.resize(self.out.len() + missing - 1, 0);
            self.out.push(missing as u8);
            self.out[self.start] |= 0x20;
        }
        let words = self.len() / 4 - 1;
        let length = u16::try_from(words).expect("writers end a packet before 256 KiB");
        self.out[self.start + 2..self.start + 4].copy_from_slice(&length.to_be_bytes());
    }
}
