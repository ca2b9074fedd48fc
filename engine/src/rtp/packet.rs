//! A packet as it is read: a view that judges nothing but bounds (RFC 3550 section 5.1).
//!
//! ```text
//!  0                   1                   2                   3
//!  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//! |V=2|P|X|  CC   |M|     PT      |       sequence number         |
//! |                           timestamp                           |
//! |           synchronisation source (SSRC) identifier            |
//! |            contributing sources (CSRC), CC of them            |
//! |  defined by profile (X)       |  length in words, then data   |
//! |                 payload, then padding (P)                     |
//! ```

use std::fmt;
use std::ops::Range;

use super::extension::Elements;
use crate::ids::{PayloadType, Ssrc};

/// Bytes of the header before contributing sources and extensions.
pub const FIXED_HEADER_BYTES: usize = 12;

/// Why bytes are no RTP packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PacketError {
    /// It ends before its header does.
    Truncated,
    /// The version is not 2.
    Version,
    /// The count of padding is zero, or more than there is after the header.
    Padding,
}

impl fmt::Display for PacketError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            PacketError::Truncated => "the packet ends before its header does",
            PacketError::Version => "the version is not 2",
            PacketError::Padding => "the count of padding does not fit the packet",
        })
    }
}

impl std::error::Error for PacketError {}

/// A packet, read in place.
///
/// ```
/// use lapwing_engine::rtp::RtpPacket;
/// let bytes = [0x80, 0xe0, 0, 7, 0, 0, 0, 9, 0, 0, 0, 1, 0xaa, 0xbb];
/// let packet = RtpPacket::parse(&bytes).unwrap();
/// assert!(packet.marker());
/// assert_eq!(packet.payload_type().0, 96);
/// assert_eq!(packet.sequence_number(), 7);
/// assert_eq!(packet.payload(), [0xaa, 0xbb]);
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct RtpPacket<'a> {
    bytes: &'a [u8],
    header_len: usize,
    padding_len: usize,
}

impl<'a> RtpPacket<'a> {
    /// Reads a packet. Extensions are looked at only when they are asked for.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, PacketError> {
        if bytes.len() < FIXED_HEADER_BYTES {
            return Err(PacketError::Truncated);
        }
        if bytes[0] >> 6 != 2 {
            return Err(PacketError::Version);
        }
        let mut header_len = FIXED_HEADER_BYTES + 4 * usize::from(bytes[0] & 0x0f);
        if bytes[0] & 0x10 != 0 {
            let length = bytes.get(header_len + 2..header_len + 4).ok_or(PacketError::Truncated)?;
            header_len += 4 + 4 * usize::from(u16::from_be_bytes([length[0], length[1]]));
        }
        if bytes.len() < header_len {
            return Err(PacketError::Truncated);
        }
        let mut padding_len = 0;
        if bytes[0] & 0x20 != 0 {
            padding_len = usize::from(bytes[bytes.len() - 1]);
            if padding_len == 0 || padding_len > bytes.len() - header_len {
                return Err(PacketError::Padding);
            }
        }
        Ok(RtpPacket { bytes, header_len, padding_len })
    }

    /// All of it.
    pub fn as_bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// The marker bit: its meaning is the payload format's.
    pub fn marker(&self) -> bool {
        self.bytes[1] & 0x80 != 0
    }

    /// The payload type.
    pub fn payload_type(&self) -> PayloadType {
        PayloadType(self.bytes[1] & 0x7f)
    }

    /// The sequence number, 16 bits.
    pub fn sequence_number(&self) -> u16 {
        u16::from_be_bytes([self.bytes[2], self.bytes[3]])
    }

    /// The timestamp, 32 bits.
    pub fn timestamp(&self) -> u32 {
        self.word(4)
    }

    /// The synchronisation source.
    pub fn ssrc(&self) -> Ssrc {
        Ssrc(self.word(8))
    }

    /// Contributing sources, 15 at most.
    pub fn csrcs(&self) -> impl Iterator<Item = Ssrc> + use<'a> {
        let end = FIXED_HEADER_BYTES + 4 * usize::from(self.bytes[0] & 0x0f);
        let words = self.bytes[FIXED_HEADER_BYTES..end].chunks_exact(4);
        words.map(|word| Ssrc(u32::from_be_bytes(word.try_into().expect("four bytes"))))
    }

    /// What the profile defines of the header extension, and its data; `None` without one.
    pub fn extension(&self) -> Option<(u16, &'a [u8])> {
        let start = self.extension_start()?;
        let profile = u16::from_be_bytes([self.bytes[start], self.bytes[start + 1]]);
        Some((profile, &self.bytes[start + 4..self.header_len]))
    }

    /// The elements of the header extension (RFC 8285 section 4), none where it is of another form.
    pub fn elements(&self) -> Elements<'a> {
        self.extension().map_or_else(Elements::none, |(profile, data)| Elements::new(profile, data))
    }

    /// Where the data of the header extension lies in the packet; empty without one.
    pub fn extension_range(&self) -> Range<usize> {
        self.extension_start()
            .map_or(self.header_len..self.header_len, |start| start + 4..self.header_len)
    }

    /// Bytes of the header with all that belongs to it.
    pub fn header_len(&self) -> usize {
        self.header_len
    }

    /// Bytes of padding, the count included.
    pub fn padding_len(&self) -> usize {
        self.padding_len
    }

    /// What it carries, without padding.
    pub fn payload(&self) -> &'a [u8] {
        &self.bytes[self.payload_range()]
    }

    /// Where the payload lies in the packet.
    pub fn payload_range(&self) -> Range<usize> {
        self.header_len..self.bytes.len() - self.padding_len
    }

    /// It carries nothing: a probe, or what keeps a path open.
    pub fn is_padding_only(&self) -> bool {
        self.payload_range().is_empty()
    }

    fn extension_start(&self) -> Option<usize> {
        let start = FIXED_HEADER_BYTES + 4 * usize::from(self.bytes[0] & 0x0f);
        (self.bytes[0] & 0x10 != 0).then_some(start)
    }

    fn word(&self, at: usize) -> u32 {
        u32::from_be_bytes(self.bytes[at..at + 4].try_into().expect("four bytes"))
    }
}

impl fmt::Debug for RtpPacket<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RtpPacket")
            .field("ssrc", &self.ssrc())
            .field("payload_type", &self.payload_type())
            .field("sequence_number", &self.sequence_number())
            .field("timestamp", &self.timestamp())
            .field("marker", &self.marker())
            .field("payload_len", &self.payload_range().len())
            .finish()
    }
}
