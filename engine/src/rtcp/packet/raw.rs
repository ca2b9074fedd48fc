//! One packet among others: its header is checked (RFC 3550 section 6.4.1), its contents are not.

use std::fmt;

use super::error::RtcpFault;
use crate::ids::Ssrc;

/// RFC 3550 section 5.1.
const VERSION: u8 = 2;

const HEADER_BYTES: usize = 4;

/// The bytes of one packet, from its header to the end of its padding.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct RawPacket<'a> {
    bytes: &'a [u8],
    padding: u8,
}

impl<'a> RawPacket<'a> {
    /// Takes the first packet off `bytes`, and gives what comes after it.
    pub fn split_first(bytes: &'a [u8]) -> Result<(Self, &'a [u8]), RtcpFault> {
        let Some(&[first, packet_type, high, low]) = bytes.first_chunk() else {
            return Err(RtcpFault::TooShort);
        };
        if first >> 6 != VERSION {
            return Err(RtcpFault::Version(first >> 6));
        }
        let words = usize::from(u16::from_be_bytes([high, low]));
        let (bytes, rest) = bytes
            .split_at_checked(HEADER_BYTES + 4 * words)
            .ok_or(RtcpFault::Length { packet_type })?;
        let mut padding = 0;
        if first & 0x20 != 0 {
            padding = *bytes.last().expect("a packet has a header");
            // RFC 3550 has whole words, but transport-wide feedback is padded by single bytes.
            if padding == 0 || usize::from(padding) > bytes.len() - HEADER_BYTES {
                return Err(RtcpFault::Padding { packet_type });
            }
        }
        Ok((RawPacket { bytes, padding }, rest))
    }

    /// The packet type.
    pub fn packet_type(&self) -> u8 {
        self.bytes[1]
    }

    /// The five bits beside the version: a count of blocks, a subtype or a format.
    pub fn count(&self) -> u8 {
        self.bytes[0] & 0x1F
    }

    /// All bytes of it.
    pub fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// What stands between header and padding.
    pub fn body(&self) -> &'a [u8] {
        &self.bytes[HEADER_BYTES..self.bytes.len() - usize::from(self.padding)]
    }

    /// The body, where it has at least so many bytes.
    pub(super) fn body_of(&self, least: usize) -> Result<&'a [u8], RtcpFault> {
        Some(self.body()).filter(|body| body.len() >= least).ok_or(self.misfit())
    }

    /// Sender, media source and what is told, of a feedback packet (RFC 4585 section 6.1).
    pub(super) fn feedback(&self) -> Result<(Ssrc, Ssrc, &'a [u8]), RtcpFault> {
        let (head, told) = self.body_of(8)?.split_at(8);
        Ok((Ssrc(u32_at(head, 0)), Ssrc(u32_at(head, 4)), told))
    }

    /// The contents do not fit.
    pub(super) fn misfit(&self) -> RtcpFault {
        RtcpFault::Body { packet_type: self.packet_type(), count: self.count() }
    }
}

impl fmt::Debug for RawPacket<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RawPacket({}/{}, {} bytes)", self.packet_type(), self.count(), self.bytes.len())
    }
}

/// The two bytes at `at`, which the view has checked to be there.
pub(super) fn u16_at(bytes: &[u8], at: usize) -> u16 {
    u16::from_be_bytes([bytes[at], bytes[at + 1]])
}

/// The four bytes at `at`, which the view has checked to be there.
pub(super) fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_be_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn padding_is_taken_off_and_impossible_padding_is_refused() {
        // V=2, P, 0 | 199 | two words; the last byte of the padding counts it.
        let padded = [0xA0, 199, 0, 2, 1, 2, 3, 4, 0, 0, 0, 4];
        let (packet, rest) = RawPacket::split_first(&padded).unwrap();
        assert_eq!((packet.body(), rest), (&[1, 2, 3, 4][..], &[][..]));
        for count in [0, 9, 12, 255] {
            let mut padded = padded;
            padded[11] = count;
            let fault = RawPacket::split_first(&padded).unwrap_err();
            assert_eq!(fault, RtcpFault::Padding { packet_type: 199 });
        }
        let alone = [0xA0, 199, 0, 0];
        assert!(RawPacket::split_first(&alone).is_err(), "it has no room for padding");
    }

    #[test]
    fn a_header_that_lies_is_refused() {
        assert_eq!(RawPacket::split_first(&[0x80, 1, 0]).unwrap_err(), RtcpFault::TooShort);
        assert_eq!(RawPacket::split_first(&[0x40, 1, 0, 0]).unwrap_err(), RtcpFault::Version(1));
        let long = RawPacket::split_first(&[0x80, 201, 0, 1, 9, 9, 9]).unwrap_err();
        assert_eq!(long, RtcpFault::Length { packet_type: 201 });
    }
}
