//! Source descriptions (RFC 3550 section 6.5), with the items that name streams (RFC 8852) and
//! m-lines (RFC 9143).

use super::error::RtcpFault;
use super::raw::{RawPacket, u32_at};
use super::write::PacketWriter;
use crate::ids::Ssrc;

pub(super) const SOURCE_DESCRIPTION: u8 = 202;

/// Chunks in one packet: its count has five bits.
const CHUNKS_MAX: usize = 31;

/// Text of an item: its length has eight bits.
pub(super) const TEXT_BYTES_MAX: usize = 255;

/// What an item tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SdesKind {
    /// The canonical name (RFC 3550 section 6.5.1).
    Cname,
    /// The `rid` of a stream (RFC 8852 section 3.1).
    RtpStreamId,
    /// The `rid` of the stream that this one repairs (RFC 8852 section 3.2).
    RepairedRtpStreamId,
    /// The `mid` of the m-line (RFC 9143 section 15.1).
    Mid,
    /// Another item by its number.
    Other(u8),
}

impl SdesKind {
    /// Its number in the registry of items.
    pub fn number(self) -> u8 {
        match self {
            SdesKind::Cname => 1,
            SdesKind::RtpStreamId => 12,
            SdesKind::RepairedRtpStreamId => 13,
            SdesKind::Mid => 15,
            SdesKind::Other(number) => number,
        }
    }

    /// The item of this number.
    pub fn from_number(number: u8) -> Self {
        match number {
            1 => SdesKind::Cname,
            12 => SdesKind::RtpStreamId,
            13 => SdesKind::RepairedRtpStreamId,
            15 => SdesKind::Mid,
            _ => SdesKind::Other(number),
        }
    }
}

/// One item of a chunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SdesItem<'a> {
    /// What it tells.
    pub kind: SdesKind,
    /// Its text; UTF-8 by the rules, not checked.
    pub text: &'a [u8],
}

/// The items of one source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SdesChunk<'a> {
    /// The source.
    pub ssrc: Ssrc,
    items: &'a [u8],
}

impl<'a> SdesChunk<'a> {
    /// Its items, in their order.
    pub fn items(&self) -> impl Iterator<Item = SdesItem<'a>> + use<'a> {
        let mut rest = self.items;
        std::iter::from_fn(move || {
            let (item, after) = split_item(rest)?;
            rest = after;
            Some(item)
        })
    }

    /// The text of the first item of a kind.
    pub fn item(&self, kind: SdesKind) -> Option<&'a [u8]> {
        self.items().find(|item| item.kind == kind).map(|item| item.text)
    }

    /// Takes the first chunk off `bytes`. The end of its items is a zero, and it fills its words.
    fn split_first(bytes: &'a [u8]) -> Option<(Self, &'a [u8])> {
        let ssrc = Ssrc(u32_at(bytes.get(..4)?, 0));
        let items = &bytes[4..];
        let mut rest = items;
        while *rest.first()? != 0 {
            rest = split_item(rest)?.1;
        }
        let used = items.len() - rest.len();
        let end = (used / 4 + 1) * 4;
        Some((SdesChunk { ssrc, items: &items[..used] }, items.get(end..)?))
    }
}

fn split_item(bytes: &[u8]) -> Option<(SdesItem<'_>, &[u8])> {
    let (&[number, length], rest) = bytes.split_first_chunk()?;
    let (text, rest) = rest.split_at_checked(usize::from(length))?;
    Some((SdesItem { kind: SdesKind::from_number(number), text }, rest))
}

/// Descriptions of sources.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SourceDescription<'a> {
    count: u8,
    chunks: &'a [u8],
}

impl<'a> SourceDescription<'a> {
    pub(super) fn view(packet: RawPacket<'a>) -> Result<Self, RtcpFault> {
        let description = SourceDescription { count: packet.count(), chunks: packet.body() };
        let whole = description.chunks().count() == usize::from(description.count);
        whole.then_some(description).ok_or(packet.misfit())
    }

    /// Each source that is described, in their order.
    pub fn chunks(&self) -> impl Iterator<Item = SdesChunk<'a>> + use<'a> {
        let mut rest = self.chunks;
        (0..self.count).map_while(move |_| {
            let (chunk, after) = SdesChunk::split_first(rest)?;
            rest = after;
            Some(chunk)
        })
    }
}

/// Writes the canonical name of a source: what every compound packet carries (RFC 3550 section
/// 6.1). A name is cut after 255 bytes.
pub fn write_cname(out: &mut Vec<u8>, ssrc: Ssrc, cname: &str) {
    let item = SdesItem { kind: SdesKind::Cname, text: cname.as_bytes() };
    write_sdes(out, &[(ssrc, &[item])]);
}

/// Writes descriptions of the first 31 sources. Items of number 0 cannot be told from the end and
/// are left out; texts are cut after 255 bytes.
pub fn write_sdes(out: &mut Vec<u8>, chunks: &[(Ssrc, &[SdesItem<'_>])]) {
    let chunks = &chunks[..chunks.len().min(CHUNKS_MAX)];
    let mut packet = PacketWriter::begin(out, SOURCE_DESCRIPTION, chunks.len() as u8);
    for (ssrc, items) in chunks {
        packet.ssrc(*ssrc);
        for item in items.iter().filter(|item| item.kind.number() != 0) {
            let text = &item.text[..item.text.len().min(TEXT_BYTES_MAX)];
            packet.u8(item.kind.number());
            packet.u8(text.len() as u8);
            packet.bytes(text);
        }
        packet.u8(0);
        packet.fill();
    }
    packet.finish();
}

#[cfg(test)]
mod tests {
    use super::*;

    fn view(bytes: &[u8]) -> Result<SourceDescription<'_>, RtcpFault> {
        SourceDescription::view(RawPacket::split_first(bytes).unwrap().0)
    }

    #[test]
    fn a_name_reads_and_writes() {
        let bytes = [
            0x81, 202, 0, 3, // one chunk, three words
            0, 0, 0, 9, // source
            1, 3, b'a', b'@', b'b', 0, // CNAME, the end
            0, 0, // fills the word
        ];
        let mut out = Vec::new();
        write_cname(&mut out, Ssrc(9), "a@b");
        assert_eq!(out, bytes);
        let chunk = view(&bytes).unwrap().chunks().next().unwrap();
        assert_eq!((chunk.ssrc, chunk.item(SdesKind::Cname)), (Ssrc(9), Some(&b"a@b"[..])));
        assert_eq!(chunk.item(SdesKind::Mid), None);
    }

    #[test]
    fn a_chunk_that_fills_its_words_still_ends_with_a_zero() {
        let mut out = Vec::new();
        write_cname(&mut out, Ssrc(9), "ab");
        assert_eq!(out, [0x81, 202, 0, 3, 0, 0, 0, 9, 1, 2, b'a', b'b', 0, 0, 0, 0]);
        assert_eq!(view(&out).unwrap().chunks().next().unwrap().items().count(), 1);
    }

    #[test]
    fn streams_of_a_bundle_are_named() {
        let item = |kind, text| SdesItem { kind, text };
        let first = [item(SdesKind::Mid, b"0"), item(SdesKind::RtpStreamId, b"hi")];
        let second = [item(SdesKind::RepairedRtpStreamId, b"hi")];
        let mut out = Vec::new();
        write_sdes(&mut out, &[(Ssrc(1), &first), (Ssrc(2), &second), (Ssrc(3), &[])]);
        let view = view(&out).unwrap();
        let chunks: Vec<_> = view.chunks().collect();
        assert_eq!(chunks[0].items().collect::<Vec<_>>(), first);
        assert_eq!(chunks[1].items().collect::<Vec<_>>(), second);
        assert_eq!((chunks[2].ssrc, chunks[2].items().count()), (Ssrc(3), 0));
        assert_eq!(chunks.len(), 3);
    }

    #[test]
    fn chunks_that_do_not_end_are_refused() {
        let mut out = Vec::new();
        write_cname(&mut out, Ssrc(9), "abc");
        for length in [8, 200] {
            let mut bytes = out.clone();
            bytes[9] = length;
            assert!(view(&bytes).is_err());
        }
        out[0] += 1;
        assert!(view(&out).is_err(), "two chunks are counted");
    }
}
