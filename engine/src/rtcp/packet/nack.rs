//! Generic negative acknowledgements (RFC 4585 section 6.2.1).

use super::error::RtcpFault;
use super::raw::{RawPacket, u16_at};
use super::write::PacketWriter;
use crate::ids::Ssrc;

/// Transport-layer feedback (RFC 4585 section 6.1).
pub(super) const RTPFB: u8 = 205;
pub(super) const NACK: u8 = 1;

/// Header, sender, media source, and one entry.
const BYTES_MIN: usize = 16;

/// Packets of a stream that are asked for again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Nack<'a> {
    /// Who asks.
    pub sender: Ssrc,
    /// The stream.
    pub media_ssrc: Ssrc,
    entries: &'a [u8],
}

impl<'a> Nack<'a> {
    pub(super) fn view(packet: RawPacket<'a>) -> Result<Self, RtcpFault> {
        let (sender, media_ssrc, entries) = packet.feedback()?;
        if entries.len() < 4 {
            return Err(packet.misfit());
        }
        Ok(Nack { sender, media_ssrc, entries })
    }

    /// The sequence numbers asked for, as they stand there.
    pub fn sequences(&self) -> impl Iterator<Item = u16> + use<'a> {
        self.entries.chunks_exact(4).flat_map(|entry| {
            let (first, mask) = (u16_at(entry, 0), u16_at(entry, 2));
            // The mask's lowest bit is the packet after the first.
            let more = (0..16).filter(move |bit| mask >> bit & 1 == 1);
            std::iter::once(first).chain(more.map(move |bit| first.wrapping_add(bit + 1)))
        })
    }
}

/// Writes a request for packets, as far as they fit in `bytes_max`, and gives how many of them do.
/// Sequence numbers that are near each other should stand in ascending order. Nothing is written
/// for none.
pub fn write_nack(
    out: &mut Vec<u8>,
    sender: Ssrc,
    media_ssrc: Ssrc,
    sequences: &[u16],
    bytes_max: usize,
) -> usize {
    if sequences.is_empty() || bytes_max < BYTES_MIN {
        return 0;
    }
    let mut packet = PacketWriter::feedback(out, RTPFB, NACK, sender, media_ssrc);
    let mut written = 0;
    while let Some(&first) = sequences.get(written) {
        if packet.len() + 4 > bytes_max {
            break;
        }
        written += 1;
        let mut mask = 0;
        while let Some(&next) = sequences.get(written) {
            let distance = next.wrapping_sub(first);
            if !(1..=16).contains(&distance) {
                break;
            }
            mask |= 1 << (distance - 1);
            written += 1;
        }
        packet.u16(first);
        packet.u16(mask);
    }
    packet.finish();
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sequences(bytes: &[u8]) -> Vec<u16> {
        Nack::view(RawPacket::split_first(bytes).unwrap().0).unwrap().sequences().collect()
    }

    #[test]
    fn a_request_reads_and_writes() {
        let bytes = [
            0x81, 205, 0, 4, // format 1, four words
            0, 0, 0, 1, 0, 0, 0, 2, // sender, media source
            0xFF, 0xFE, 0x80, 0x05, // 65,534; bits 1, 3 and 16: 65,535, 1 and 14
            0, 15, 0, 0, // 15
        ];
        assert_eq!(sequences(&bytes), [65_534, 65_535, 1, 14, 15]);
        let mut out = Vec::new();
        let written = write_nack(&mut out, Ssrc(1), Ssrc(2), &[65_534, 65_535, 1, 14, 15], 1_200);
        assert_eq!((out.as_slice(), written), (&bytes[..], 5));
    }

    #[test]
    fn what_does_not_fit_is_left_for_the_next() {
        let wanted: Vec<u16> = (0..100).map(|index| index * 20).collect();
        let mut out = Vec::new();
        assert_eq!(write_nack(&mut out, Ssrc(1), Ssrc(2), &wanted, 31), 4);
        assert_eq!((out.len(), sequences(&out)), (28, wanted[..4].to_vec()));
        out.clear();
        assert_eq!(write_nack(&mut out, Ssrc(1), Ssrc(2), &wanted, 15), 0);
        assert_eq!(write_nack(&mut out, Ssrc(1), Ssrc(2), &[], 1_200), 0);
        assert!(out.is_empty());
    }

    #[test]
    fn a_request_for_nothing_is_refused() {
        let bytes = [0x81, 205, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2];
        assert!(Nack::view(RawPacket::split_first(&bytes).unwrap().0).is_err());
    }
}
