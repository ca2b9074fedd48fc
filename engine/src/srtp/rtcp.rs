//! The form of an SRTCP packet (RFC 3711 section 3.4, RFC 7714 section 9.2).

use super::header::{HeaderFault, VERSION};

/// Bytes that stay in the clear: the first header and the sender's source.
pub(super) const CLEAR_BYTES: usize = 8;

/// Bytes of the index with the flag for encryption.
pub(super) const INDEX_BYTES: usize = 4;

/// The flag that tells that the packet is encrypted, before the index.
pub(super) const ENCRYPTED: u32 = 1 << 31;

/// Indices that a source has: as many packets its keys may protect (RFC 3711 section 9.2).
pub(super) const INDEX_END: u32 = 1 << 31;

/// The source that an RTCP packet is from.
pub(super) fn source(packet: &[u8]) -> Result<u32, HeaderFault> {
    let clear: &[u8; CLEAR_BYTES] = packet.first_chunk().ok_or(HeaderFault::Truncated)?;
    let [first, _, _, _, ssrc @ ..] = *clear;
    if first >> 6 != VERSION {
        return Err(HeaderFault::Version);
    }
    Ok(u32::from_be_bytes(ssrc))
}
