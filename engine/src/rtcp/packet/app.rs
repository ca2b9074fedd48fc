//! Packets that applications define (RFC 3550 section 6.7).

use super::error::RtcpFault;
use super::raw::{RawPacket, u32_at};
use super::write::PacketWriter;
use crate::ids::Ssrc;

pub(super) const APP: u8 = 204;

/// Largest data of a packet, in bytes: what fits in a datagram of any path.
const DATA_BYTES_MAX: usize = 1_100;

/// A packet of an application.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct App<'a> {
    /// Five bits with the application's meaning.
    pub subtype: u8,
    /// Who sends it.
    pub ssrc: Ssrc,
    /// Four ASCII characters that tell applications apart.
    pub name: [u8; 4],
    /// The application's data.
    pub data: &'a [u8],
}

impl<'a> App<'a> {
    pub(super) fn view(packet: RawPacket<'a>) -> Result<Self, RtcpFault> {
        let (head, data) = packet.body_of(8)?.split_at(8);
        let name = [head[4], head[5], head[6], head[7]];
        Ok(App { subtype: packet.count(), ssrc: Ssrc(u32_at(head, 0)), name, data })
    }
}

/// Writes a packet of an application, and says whether it could: data have at most 1,100 bytes, in
/// whole words.
#[must_use]
pub fn write_app(out: &mut Vec<u8>, app: &App<'_>) -> bool {
    if app.data.len() > DATA_BYTES_MAX || !app.data.len().is_multiple_of(4) || app.subtype > 31 {
        return false;
    }
    let mut packet = PacketWriter::begin(out, APP, app.subtype);
    packet.ssrc(app.ssrc);
    packet.bytes(&app.name);
    packet.bytes(app.data);
    packet.finish();
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_application_packet_reads_and_writes() {
        let bytes = [0x85, 204, 0, 3, 0, 0, 0, 9, b'L', b'A', b'P', b'W', 1, 2, 3, 4];
        let (packet, _) = RawPacket::split_first(&bytes).unwrap();
        let app = App::view(packet).unwrap();
        assert_eq!((app.subtype, app.ssrc, &app.name), (5, Ssrc(9), b"LAPW"));
        assert_eq!(app.data, [1, 2, 3, 4]);
        let mut out = Vec::new();
        assert!(write_app(&mut out, &app));
        assert_eq!(out, bytes);
        assert!(!write_app(&mut out, &App { data: &[1, 2, 3], ..app }));
        assert!(!write_app(&mut out, &App { subtype: 32, ..app }));
        assert_eq!(out, bytes, "what is refused leaves nothing");
        let (short, _) = RawPacket::split_first(&[0x80, 204, 0, 1, 0, 0, 0, 9]).unwrap();
        assert!(App::view(short).is_err());
    }
}
