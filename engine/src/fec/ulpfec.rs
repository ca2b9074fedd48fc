//! The payload of ULPFEC packets (RFC 5109 section 7), with one level that protects whole packets.
//!
//! | bytes | what |
//! |---|---|
//! | 0, 1 | E, L, P, X, CC, M, PT recovery |
//! | 2, 3 | first sequence number |
//! | 4 to 7 | TS recovery |
//! | 8, 9 | length recovery |
//! | 10, 11 | protection length |
//! | 12 to 13, or 17 | mask: of 16 bits, or of 48 where L is set |

use super::parity::{Parity, Protected};

const FIXED_BYTES: usize = 12;
const SHORT_BITS: u32 = 16;
const LONG_BITS: u32 = 48;

/// An extension of the header, which RFC 5109 leaves for later.
const E: u8 = 0x80;
/// The mask is long.
const L: u8 = 0x40;

pub(super) fn write(out: &mut Vec<u8>, protected: Protected, parity: &Parity) {
    let long = 128 - protected.mask.leading_zeros() > SHORT_BITS;
    out.extend([parity.head[0] & 0x3F | if long { L } else { 0 }, parity.head[1]]);
    out.extend(protected.base.to_be_bytes());
    out.extend(parity.timestamp);
    out.extend(parity.length.to_be_bytes());
    out.extend((parity.payload.len() as u16).to_be_bytes());
    // The first packet is the highest bit on the wire.
    let mask = (protected.mask.reverse_bits() >> (128 - LONG_BITS)) as u64;
    let bytes = &mask.to_be_bytes()[2..];
    out.extend_from_slice(if long { bytes } else { &bytes[..2] });
    out.extend_from_slice(&parity.payload);
}

pub(super) fn read(payload: &[u8], parity: &mut Parity) -> Option<Protected> {
    let (fixed, rest) = payload.split_at_checked(FIXED_BYTES)?;
    (fixed[0] & E == 0).then_some(())?;
    let mask_bytes = if fixed[0] & L == 0 { 2 } else { 6 };
    let (mask, rest) = rest.split_at_checked(mask_bytes)?;
    // Another level may follow: it protects more of the same packets, or others less.
    let rest = rest.get(..usize::from(u16::from_be_bytes([fixed[10], fixed[11]])))?;
    let mask = mask
        .iter()
        .enumerate()
        .fold(0u128, |all, (index, byte)| all | u128::from(byte.reverse_bits()) << (8 * index));
    parity.head = [fixed[0] & 0x3F, fixed[1]];
    parity.length = u16::from_be_bytes([fixed[8], fixed[9]]);
    parity.timestamp = [fixed[4], fixed[5], fixed[6], fixed[7]];
    parity.payload.clear();
    parity.payload.extend_from_slice(rest);
    Some(Protected { base: u16::from_be_bytes([fixed[2], fixed[3]]), mask })
}
