//! A packet of media as it is about to be written.

use super::beside::Beside;
use super::kept::Kept;
use super::stream_out::PAYLOAD_BYTES_MAX;
use crate::feedback::PacketClass;
use crate::ids::{PayloadType, Ssrc};
use crate::rtp;
use crate::rtp::extension::AudioLevel;

/// A packet that is to be written.
pub(super) struct Outgoing<'p> {
    pub(super) payload_type: PayloadType,
    pub(super) ssrc: Ssrc,
    pub(super) number: u64,
    pub(super) timestamp: u32,
    pub(super) marker: bool,
    pub(super) payload: &'p Kept,
    pub(super) level: Option<AudioLevel>,
    pub(super) class: PacketClass,
    pub(super) probe: Option<u32>,
    /// It is sent first, and may be asked for again.
    pub(super) nackable: bool,
    pub(super) beside: &'p Beside,
}

/// The payload of padding: what is sent again may be small, and few large packets cost all less.
pub(super) fn padded(outgoing: &Outgoing<'_>, header: &mut [u8]) -> Option<Kept> {
    let room = PAYLOAD_BYTES_MAX.saturating_sub(outgoing.payload.len()).min(255);
    if outgoing.class != PacketClass::Padding || room == 0 {
        return None;
    }
    header[0] |= rtp::PADDING_BIT;
    let mut payload = Vec::with_capacity(PAYLOAD_BYTES_MAX);
    outgoing.payload.append_to(&mut payload);
    rtp::push_padding(&mut payload, room as u8);
    Some(Kept::Written(payload))
}
