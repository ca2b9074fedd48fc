//! Picture loss indications (RFC 4585 section 6.3.1).

use super::error::RtcpFault;
use super::raw::RawPacket;
use super::write::PacketWriter;
use crate::ids::Ssrc;

/// Payload-specific feedback (RFC 4585 section 6.1).
pub(super) const PSFB: u8 = 206;
pub(super) const PLI: u8 = 1;

/// A picture cannot be decoded: a keyframe is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pli {
    /// Who asks.
    pub sender: Ssrc,
    /// The stream.
    pub media_ssrc: Ssrc,
}

impl Pli {
    pub(super) fn view(packet: RawPacket<'_>) -> Result<Self, RtcpFault> {
        let (sender, media_ssrc, _) = packet.feedback()?;
        Ok(Pli { sender, media_ssrc })
    }
}

/// Writes a picture loss indication.
pub fn write_pli(out: &mut Vec<u8>, pli: Pli) {
    PacketWriter::feedback(out, PSFB, PLI, pli.sender, pli.media_ssrc).finish();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_indication_reads_and_writes() {
        let bytes = [0x81, 206, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2];
        let pli = Pli::view(RawPacket::split_first(&bytes).unwrap().0).unwrap();
        assert_eq!(pli, Pli { sender: Ssrc(1), media_ssrc: Ssrc(2) });
        let mut out = Vec::new();
        write_pli(&mut out, pli);
        assert_eq!(out, bytes);
    }
}
