//! A packet in the form in which it is protected: out of its envelope, and without what changes on
//! the way.

use crate::fec::Red;
use crate::ids::PayloadType;
use crate::rtp::extension::ExtensionMap;
use crate::rtp::{RtpPacket, clear_mutable};

/// The payload types of ULPFEC: its envelope's, and that of parity within.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Envelope {
    pub(super) red: PayloadType,
    pub(super) parity: PayloadType,
}

/// Writes it to `out`. False for what is not protected: parity, and what cannot be read.
pub(super) fn write_protected(
    packet: &RtpPacket<'_>,
    envelope: Option<Envelope>,
    extensions: &ExtensionMap,
    out: &mut Vec<u8>,
) -> bool {
    let bytes = packet.as_bytes();
    out.clear();
    match envelope {
        Some(envelope) if packet.payload_type() == envelope.red => {
            let Some(red) = Red::view(packet.payload()) else { return false };
            if red.payload_type == envelope.parity {
                return false;
            }
            let header = packet.header_len();
            out.extend_from_slice(&bytes[..header]);
            out[1] = out[1] & 0x80 | red.payload_type.0;
            out.extend_from_slice(&bytes[header + 1..]);
        }
        _ => out.extend_from_slice(bytes),
    }
    clear_mutable(out, extensions).is_ok()
}
