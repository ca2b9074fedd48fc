//! The payload of FlexFEC packets (draft-ietf-payload-flexible-fec-scheme-03 section 4.2), of one
//! stream, with a flexible mask: R and F are zero.
//!
//! | bytes | what |
//! |---|---|
//! | 0, 1 | R, F, P, X, CC, M, PT recovery |
//! | 2, 3 | length recovery |
//! | 4 to 7 | TS recovery |
//! | 8 to 11 | count of streams, 24 bits reserved |
//! | 12 to 17 | SSRC, first sequence number |
//! | 18 to 19, 23 or 31 | mask: in each part a bit that is set in the last, and 15, 31 or 63 bits |

use super::parity::{Parity, Protected};
use crate::ids::Ssrc;

const FIXED_BYTES: usize = 18;

/// Bits of the mask that are in its first part, and in the first two.
const FIRST_BITS: u32 = 15;
const SECOND_BITS: u32 = 46;

pub(super) fn write(out: &mut Vec<u8>, ssrc: Ssrc, protected: Protected, parity: &Parity) {
    out.extend([parity.head[0] & 0x3F, parity.head[1]]);
    out.extend(parity.length.to_be_bytes());
    out.extend(parity.timestamp);
    out.extend([1, 0, 0, 0]);
    out.extend(ssrc.0.to_be_bytes());
    out.extend(protected.base.to_be_bytes());
    let mask = protected.mask;
    let bits = 128 - mask.leading_zeros();
    // The first packet is the highest bit on the wire.
    let first = mask.reverse_bits();
    let part = |from: u32, bits: u32| (first << from >> (128 - bits)) as u64;
    let last_if = |last: bool, bit: u32| u64::from(last) << bit;
    out.extend((part(0, 15) as u16 | last_if(bits <= FIRST_BITS, 15) as u16).to_be_bytes());
    if bits > FIRST_BITS {
        let second = part(FIRST_BITS, 31) | last_if(bits <= SECOND_BITS, 31);
        out.extend((second as u32).to_be_bytes());
    }
    if bits > SECOND_BITS {
        out.extend((part(SECOND_BITS, 63) | last_if(true, 63)).to_be_bytes());
    }
    out.extend_from_slice(&parity.payload);
}

pub(super) fn read(payload: &[u8], ssrc: Ssrc, parity: &mut Parity) -> Option<Protected> {
    let (fixed, rest) = payload.split_at_checked(FIXED_BYTES)?;
    // Retransmissions, fixed masks and several streams are not understood.
    let understood = fixed[0] >> 6 == 0 && fixed[8] == 1;
    (understood && fixed[12..16] == ssrc.0.to_be_bytes()).then_some(())?;
    let (part, mut rest) = rest.split_first_chunk()?;
    let part = u16::from_be_bytes(*part);
    let mut mask = u128::from(part & 0x7FFF) << (128 - FIRST_BITS);
    let mut last = part >> 15 == 1;
    if !last {
        let (part, after) = rest.split_first_chunk()?;
        let part = u32::from_be_bytes(*part);
        mask |= u128::from(part & 0x7FFF_FFFF) << (128 - SECOND_BITS);
        last = part >> 31 == 1;
        rest = after;
        if !last {
            let (part, after) = rest.split_first_chunk()?;
            let part = u64::from_be_bytes(*part) & !(1 << 63);
            mask |= u128::from(part) << (128 - SECOND_BITS - 63);
            rest = after;
        }
    }
    parity.head = [fixed[0], fixed[1]];
    parity.length = u16::from_be_bytes([fixed[2], fixed[3]]);
    parity.timestamp = [fixed[4], fixed[5], fixed[6], fixed[7]];
    parity.payload.clear();
    parity.payload.extend_from_slice(rest);
    let base = u16::from_be_bytes([fixed[16], fixed[17]]);
    Some(Protected { base, mask: mask.reverse_bits() })
}
