//! The header of an RTP packet, as far as protection needs it (RFC 3550 section 5.1).

/// Bytes of the fixed header.
pub(super) const FIXED_BYTES: usize = 12;

/// Bytes before the words of a header extension: its profile and length.
pub(super) const EXTENSION_BYTES: usize = 4;

/// The bit that tells of a header extension, in the first byte.
pub(super) const EXTENSION_BIT: u8 = 0x10;

/// The version of RTP and RTCP, in the first two bits.
pub(super) const VERSION: u8 = 2;

/// What is wrong with a header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum HeaderFault {
    /// It ends before it says it does.
    Truncated,
    /// Not of version 2.
    Version,
}

/// Where the parts of a packet are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct RtpHeader {
    pub(super) ssrc: u32,
    pub(super) sequence: u16,
    /// Where the list of contributing sources ends.
    pub(super) csrc_end: usize,
    /// What a header extension says it is defined by.
    pub(super) extension: Option<u16>,
    /// Where the payload begins.
    pub(super) len: usize,
}

impl RtpHeader {
    pub(super) fn parse(packet: &[u8]) -> Result<Self, HeaderFault> {
        let fixed: &[u8; FIXED_BYTES] = packet.first_chunk().ok_or(HeaderFault::Truncated)?;
        let [first, _, sequence_high, sequence_low, _, _, _, _, ssrc @ ..] = *fixed;
        if first >> 6 != VERSION {
            return Err(HeaderFault::Version);
        }
        let csrc_end = FIXED_BYTES + 4 * usize::from(first & 0x0F);
        let mut header = RtpHeader {
            ssrc: u32::from_be_bytes(ssrc),
            sequence: u16::from_be_bytes([sequence_high, sequence_low]),
            csrc_end,
            extension: None,
            len: csrc_end,
        };
        if first & EXTENSION_BIT != 0 {
            let words = packet.get(csrc_end..).and_then(<[u8]>::first_chunk);
            let &[p, q, high, low] = words.ok_or(HeaderFault::Truncated)?;
            header.extension = Some(u16::from_be_bytes([p, q]));
            header.len += EXTENSION_BYTES + 4 * usize::from(u16::from_be_bytes([high, low]));
        }
        if header.len > packet.len() {
            return Err(HeaderFault::Truncated);
        }
        Ok(header)
    }
}
