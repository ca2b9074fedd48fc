//! Goodbyes (RFC 3550 section 6.6).

use super::error::RtcpFault;
use super::raw::{RawPacket, u32_at};
use super::sdes::TEXT_BYTES_MAX;
use super::write::PacketWriter;
use crate::ids::Ssrc;

pub(super) const GOODBYE: u8 = 203;

/// Sources in one packet: its count has five bits.
const SOURCES_MAX: usize = 31;

/// Sources that end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Goodbye<'a> {
    sources: &'a [u8],
    /// Why, where it is told; UTF-8 by the rules, not checked.
    pub reason: Option<&'a [u8]>,
}

impl<'a> Goodbye<'a> {
    pub(super) fn view(packet: RawPacket<'a>) -> Result<Self, RtcpFault> {
        let end = 4 * usize::from(packet.count());
        let (sources, rest) = packet.body_of(end)?.split_at(end);
        let reason = match rest.split_first() {
            None => None,
            Some((length, text)) => Some(text.get(..usize::from(*length)).ok_or(packet.misfit())?),
        };
        Ok(Goodbye { sources, reason })
    }

    /// Each source that ends.
    pub fn sources(&self) -> impl ExactSizeIterator<Item = Ssrc> + use<'a> {
        self.sources.chunks_exact(4).map(|bytes| Ssrc(u32_at(bytes, 0)))
    }
}

/// Writes a goodbye of the first 31 sources. A reason is cut after 255 bytes.
pub fn write_bye(out: &mut Vec<u8>, sources: &[Ssrc], reason: Option<&str>) {
    let sources = &sources[..sources.len().min(SOURCES_MAX)];
    let mut packet = PacketWriter::begin(out, GOODBYE, sources.len() as u8);
    sources.iter().for_each(|ssrc| packet.ssrc(*ssrc));
    if let Some(reason) = reason {
        let text = &reason.as_bytes()[..reason.len().min(TEXT_BYTES_MAX)];
        packet.u8(text.len() as u8);
        packet.bytes(text);
        packet.fill();
    }
    packet.finish();
}

#[cfg(test)]
mod tests {
    use super::*;

    fn view(bytes: &[u8]) -> Result<Goodbye<'_>, RtcpFault> {
        Goodbye::view(RawPacket::split_first(bytes).unwrap().0)
    }

    #[test]
    fn a_goodbye_reads_and_writes() {
        let bytes = [
            0x82, 203, 0, 4, // two sources, four words
            0, 0, 0, 1, 0, 0, 0, 2, // they
            4, b'd', b'o', b'n', b'e', 0, 0, 0, // the reason, filled
        ];
        let mut out = Vec::new();
        write_bye(&mut out, &[Ssrc(1), Ssrc(2)], Some("done"));
        assert_eq!(out, bytes);
        let bye = view(&bytes).unwrap();
        assert!(bye.sources().eq([Ssrc(1), Ssrc(2)]));
        assert_eq!(bye.reason, Some(&b"done"[..]));
    }

    #[test]
    fn sources_and_reasons_that_do_not_fit_are_refused() {
        let mut out = Vec::new();
        write_bye(&mut out, &[Ssrc(1)], None);
        assert_eq!(view(&out).unwrap().reason, None);
        out[0] += 1;
        assert!(view(&out).is_err(), "two sources are counted");
        out.clear();
        write_bye(&mut out, &[], Some("abc"));
        out[4] = 4;
        assert!(view(&out).is_err(), "the reason is longer than the packet");
    }
}
