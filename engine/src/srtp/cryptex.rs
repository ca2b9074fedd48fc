//! Header extensions and contributing sources that are encrypted (RFC 9335), and which parts of a
//! packet are encrypted at all.

use std::ops::Range;

use super::error::{Discard, ProtectError};
use super::header::{EXTENSION_BIT, EXTENSION_BYTES, FIXED_BYTES, RtpHeader};

/// What marks a one-byte header extension (RFC 8285 section 4.2), in the clear and encrypted.
const ONE_BYTE: (u16, u16) = (0xBEDE, 0xC0DE);

/// What marks a two-byte header extension without application bits (RFC 8285 section 4.3), in the
/// clear and encrypted.
const TWO_BYTE: (u16, u16) = (0x1000, 0xC2DE);

/// Which parts of an RTP packet are encrypted: `sources`, and all from `text` on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Parts {
    /// The contributing sources. Empty where they stay in the clear; then it begins at `text`.
    pub(super) sources: Range<usize>,
    /// Where the rest begins that is encrypted.
    pub(super) text: usize,
}

impl Parts {
    /// Only the payload is encrypted.
    pub(super) fn payload(header: &RtpHeader) -> Self {
        Parts { sources: header.len..header.len, text: header.len }
    }

    /// Everything is but the fixed header and the first word of the extension.
    fn all(header: &RtpHeader) -> Self {
        Parts { sources: FIXED_BYTES..header.csrc_end, text: header.csrc_end + EXTENSION_BYTES }
    }
}

/// What becomes of the header of a packet that leaves (RFC 9335 section 5.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mark {
    /// Nothing, as there is neither an extension nor a contributing source.
    None,
    /// Its extension is marked as encrypted.
    Extension(u16),
    /// There are contributing sources only: an empty extension tells that they are encrypted.
    Empty,
}

impl Mark {
    /// What becomes of a header that is to be encrypted.
    pub(super) fn find(header: &RtpHeader) -> Result<Self, ProtectError> {
        match header.extension {
            Some(profile) => {
                let kind = [ONE_BYTE, TWO_BYTE].into_iter().find(|(clear, _)| *clear == profile);
                let (_, encrypted) = kind.ok_or(ProtectError::Extension)?;
                Ok(Mark::Extension(encrypted))
            }
            None if header.csrc_end == FIXED_BYTES => Ok(Mark::None),
            None => Ok(Mark::Empty),
        }
    }

    /// What becomes of a header that is not to be encrypted: nothing. One that has a mark of
    /// Cryptex already would be taken for what it is not.
    pub(super) fn none(header: &RtpHeader) -> Result<Self, ProtectError> {
        let is_marked = [ONE_BYTE, TWO_BYTE].iter().any(|kind| header.extension == Some(kind.1));
        if is_marked { Err(ProtectError::Extension) } else { Ok(Mark::None) }
    }

    /// Bytes that the header grows by.
    pub(super) fn growth(self) -> usize {
        match self {
            Mark::None | Mark::Extension(_) => 0,
            Mark::Empty => EXTENSION_BYTES,
        }
    }

    /// Marks a packet, and tells what is to be encrypted.
    pub(super) fn apply(self, packet: &mut Vec<u8>, header: &RtpHeader) -> Parts {
        let len = packet.len();
        if self.growth() > 0 {
            packet.resize(len + self.growth(), 0);
            packet.copy_within(header.len..len, header.len + self.growth());
        }
        self.apply_to_header(packet, header)
    }

    /// Marks a header behind which there is room for what it grows by.
    pub(super) fn apply_to_header(self, packet: &mut [u8], header: &RtpHeader) -> Parts {
        match self {
            Mark::None => return Parts::payload(header),
            Mark::Extension(profile) => set_profile(packet, header, profile),
            Mark::Empty => {
                packet[header.csrc_end..][..EXTENSION_BYTES].fill(0);
                packet[0] |= EXTENSION_BIT;
                set_profile(packet, header, ONE_BYTE.1);
            }
        }
        Parts::all(header)
    }
}

/// What of a packet that arrived is encrypted. Second, the mark that its extension has in the
/// clear, for [`set_profile`] once the packet is open (RFC 9335 section 5.2).
pub(super) fn find(header: &RtpHeader, is_agreed: bool) -> Result<(Parts, Option<u16>), Discard> {
    let kind = [ONE_BYTE, TWO_BYTE].into_iter().find(|kind| header.extension == Some(kind.1));
    match kind {
        None => Ok((Parts::payload(header), None)),
        Some((clear, _)) if is_agreed => Ok((Parts::all(header), Some(clear))),
        Some(_) => Err(Discard::Cryptex),
    }
}

/// Writes what the header extension of a packet is defined by.
pub(super) fn set_profile(packet: &mut [u8], header: &RtpHeader, profile: u16) {
    packet[header.csrc_end..][..2].copy_from_slice(&profile.to_be_bytes());
}
