//! Full intra requests (RFC 5104 section 4.3.1).

use super::error::RtcpFault;
use super::pli::PSFB;
use super::raw::{RawPacket, u32_at};
use super::write::PacketWriter;
use crate::ids::Ssrc;

pub(super) const FIR: u8 = 4;

/// SSRC, number, and three bytes without a meaning.
const ENTRY_BYTES: usize = 8;

/// Entries of one packet: what fits in 1,200 bytes.
const ENTRIES_MAX: usize = 148;

/// A keyframe that is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FirEntry {
    /// The stream.
    pub media_ssrc: Ssrc,
    /// The number of the command: the same for a repetition, one more for another.
    pub sequence: u8,
}

/// Keyframes that are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fir<'a> {
    /// Who asks.
    pub sender: Ssrc,
    entries: &'a [u8],
}

impl<'a> Fir<'a> {
    pub(super) fn view(packet: RawPacket<'a>) -> Result<Self, RtcpFault> {
        let (sender, _, entries) = packet.feedback()?;
        if entries.len() < ENTRY_BYTES {
            return Err(packet.misfit());
        }
        Ok(Fir { sender, entries })
    }

    /// Each stream that is asked for one.
    pub fn entries(&self) -> impl ExactSizeIterator<Item = FirEntry> + use<'a> {
        self.entries
            .chunks_exact(ENTRY_BYTES)
            .map(|entry| FirEntry { media_ssrc: Ssrc(u32_at(entry, 0)), sequence: entry[4] })
    }
}

/// Writes a request for keyframes of the first 148 entries; nothing for none.
pub fn write_fir(out: &mut Vec<u8>, sender: Ssrc, entries: &[FirEntry]) {
    if entries.is_empty() {
        return;
    }
    // The media source in the header is not used (RFC 5104 section 4.3.1.2).
    let mut packet = PacketWriter::feedback(out, PSFB, FIR, sender, Ssrc(0));
    for entry in entries.iter().take(ENTRIES_MAX) {
        packet.ssrc(entry.media_ssrc);
        packet.bytes(&[entry.sequence, 0, 0, 0]);
    }
    packet.finish();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_reads_and_writes() {
        let bytes = [
            0x84, 206, 0, 6, 0, 0, 0, 1, 0, 0, 0, 0, // format 4, sender, no media source
            0, 0, 0, 2, 250, 0, 0, 0, // stream 2, command 250
            0, 0, 0, 3, 4, 0, 0, 0, // stream 3, command 4
        ];
        let fir = Fir::view(RawPacket::split_first(&bytes).unwrap().0).unwrap();
        let entries: Vec<_> = fir.entries().collect();
        let entry = |ssrc, sequence| FirEntry { media_ssrc: Ssrc(ssrc), sequence };
        assert_eq!(entries, [entry(2, 250), entry(3, 4)]);
        let mut out = Vec::new();
        write_fir(&mut out, Ssrc(1), &entries);
        assert_eq!(out, bytes);
        write_fir(&mut out, Ssrc(1), &[]);
        assert_eq!(out, bytes);
        assert!(
            Fir::view(
                RawPacket::split_first(&bytes[..0])
                    .unwrap_or_else(|_| {
                        RawPacket::split_first(&[0x84, 206, 0, 2, 0, 0, 0, 1, 0, 0, 0, 0]).unwrap()
                    })
                    .0
            )
            .is_err()
        );
    }
}
