//! What changes of a packet on its way to the network, and is no part of what protects it: values
//! of extensions that are set as it leaves, or by machines on the way.

use super::extension::{ExtensionKind, ExtensionMap};
use super::packet::{PacketError, RtpPacket};

/// Where a `video-timing` value begins to be set as the packet leaves: the pacer's exit, and two
/// times of the network.
const TIMING_FROM: usize = 7;

/// Sets to zero what changes on the way: transport-wide number, time of sending, transmission
/// offset, and the end of `video-timing`. Parity is made of packets in this form, as libwebrtc
/// makes it, and joined with them in this form.
///
/// ```
/// use lapwing_engine::rtp::clear_mutable;
/// use lapwing_engine::rtp::extension::{ExtensionKind, ExtensionMap};
/// let uris = [(2, ExtensionKind::AbsSendTime.uri()), (4, ExtensionKind::Mid.uri())];
/// let map = ExtensionMap::new(uris).unwrap();
/// let mut packet = [
///     0x90, 96, 0, 7, 0, 0, 0, 9, 0, 0, 0, 1, 0xbe, 0xde, 0, 2, // header
///     0x22, 1, 2, 3, 0x40, b'v', 0, 0, 9,
/// ];
/// clear_mutable(&mut packet, &map).unwrap();
/// assert_eq!(packet[16..], [0x22, 0, 0, 0, 0x40, b'v', 0, 0, 9]);
/// ```
pub fn clear_mutable(packet: &mut [u8], extensions: &ExtensionMap) -> Result<(), PacketError> {
    let view = RtpPacket::parse(packet)?;
    let start = view.extension_range().start;
    let mut at = 0;
    // Elements are looked for anew after each that is cleared: only values change.
    loop {
        let view = RtpPacket::parse(packet)?;
        let mut elements = view.elements();
        let found = std::iter::from_fn(|| elements.next_range())
            .filter(|(_, range)| range.start >= at)
            .find_map(|(id, range)| Some((from(extensions.kind(id)?)?, range)));
        let Some((from, range)) = found else { return Ok(()) };
        at = range.end.max(at + 1);
        let value = &mut packet[start + range.start..start + range.end];
        if let Some(changing) = value.get_mut(from..) {
            changing.fill(0);
        }
    }
}

/// From which byte of the value on it changes.
fn from(kind: ExtensionKind) -> Option<usize> {
    match kind {
        ExtensionKind::TransportSequenceNumber
        | ExtensionKind::AbsSendTime
        | ExtensionKind::TransmissionOffset => Some(0),
        ExtensionKind::VideoTiming => Some(TIMING_FROM),
        _ => None,
    }
}
