//! SACK (RFC 9260 section 3.3.4).

use super::config::PACKET_BYTES_BASE;
use super::wire::{CHUNK_HEADER, HEADER, PacketWriter, chunk, number, short};

/// Bytes before the blocks, without the chunk's header.
const FIXED: usize = 12;

/// Blocks and repeated numbers that one has room for: a packet.
pub(super) const ENTRIES_MAX: usize = (PACKET_BYTES_BASE - HEADER - CHUNK_HEADER - FIXED) / 4;

/// What a receiver has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct SackView<'a> {
    /// All up to this came.
    pub(super) cumulative: u32,
    /// Bytes that may be on the way.
    pub(super) window: u32,
    blocks: &'a [u8],
    repeated: &'a [u8],
}

impl<'a> SackView<'a> {
    /// `None` for one whose length is not what it says, or whose blocks do not rise.
    pub(super) fn parse(value: &'a [u8]) -> Option<Self> {
        let (cumulative, window) = (number(value, 0)?, number(value, 4)?);
        let blocks = 4 * usize::from(short(value, 8)?);
        let repeated = 4 * usize::from(short(value, 10)?);
        let entries = value.get(FIXED..)?;
        if entries.len() != blocks + repeated {
            return None;
        }
        let (blocks, repeated) = entries.split_at(blocks);
        let sack = SackView { cumulative, window, blocks, repeated };
        sack.rises().then_some(sack)
    }

    fn rises(&self) -> bool {
        let mut before = 0;
        self.blocks().all(|(first, last)| {
            let is_above = first > before && last >= first;
            before = last;
            is_above
        })
    }

    /// First and last of each block, as distances from the cumulative number.
    pub(super) fn blocks(&self) -> impl Iterator<Item = (u16, u16)> + use<'a> {
        let half = |block: &[u8], at: usize| u16::from_be_bytes([block[at], block[at + 1]]);
        self.blocks.chunks_exact(4).map(move |block| (half(block, 0), half(block, 2)))
    }

    /// Numbers that came again.
    pub(super) fn repeated(&self) -> impl Iterator<Item = u32> + use<'a> {
        let one = |bytes: &[u8]| u32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
        self.repeated.chunks_exact(4).map(one)
    }
}

/// Writes one. Of more entries than there is room for, blocks come first, the lowest of them.
pub(super) fn write(
    packet: &mut PacketWriter,
    cumulative: u32,
    window: u32,
    blocks: &[(u16, u16)],
    repeated: &[u32],
) {
    let blocks = &blocks[..blocks.len().min(ENTRIES_MAX)];
    let repeated = &repeated[..repeated.len().min(ENTRIES_MAX - blocks.len())];
    let count = |length: usize| u16::try_from(length).expect("a packet has room for few");
    packet.push_with(chunk::SACK, 0, |bytes| {
        bytes.extend(cumulative.to_be_bytes());
        bytes.extend(window.to_be_bytes());
        bytes.extend(count(blocks.len()).to_be_bytes());
        bytes.extend(count(repeated.len()).to_be_bytes());
        for (first, last) in blocks {
            bytes.extend(first.to_be_bytes());
            bytes.extend(last.to_be_bytes());
        }
        repeated.iter().for_each(|number| bytes.extend(number.to_be_bytes()));
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sctp::wire::PacketView;

    #[test]
    fn one_by_hand_is_read_as_it_was_written() {
        let mut packet = PacketWriter::new((1, 2), 3);
        write(&mut packet, 0x0102_0304, 0x1000, &[(2, 3), (5, 5)], &[9]);
        let packet = packet.finish();
        let by_hand =
            b"\x03\0\0\x1c\x01\x02\x03\x04\0\0\x10\0\0\x02\0\x01\0\x02\0\x03\0\x05\0\x05\0\0\0\x09";
        assert_eq!(&packet[12..], by_hand);
        let value = &by_hand[4..];
        let sack = SackView::parse(value).unwrap();
        assert_eq!((sack.cumulative, sack.window), (0x0102_0304, 0x1000));
        assert_eq!(sack.blocks().collect::<Vec<_>>(), [(2, 3), (5, 5)]);
        assert_eq!(sack.repeated().collect::<Vec<_>>(), [9]);
        for length in 0..value.len() {
            assert_eq!(SackView::parse(&value[..length]), None);
        }
        assert_eq!(SackView::parse(&[value, &[0; 4]].concat()), None, "more than it says");
    }

    #[test]
    fn blocks_rise() {
        for (bad, block) in [(0, 1), (3, 2)].into_iter().enumerate() {
            let mut packet = PacketWriter::new((1, 2), 3);
            write(&mut packet, 1, 1, &[block], &[]);
            let packet = packet.finish();
            let chunk = PacketView::parse(&packet).unwrap().chunks().next().unwrap();
            assert_eq!(SackView::parse(chunk.value), None, "{bad}");
        }
    }

    #[test]
    fn what_does_not_fit_a_packet_is_left_out() {
        let blocks: Vec<_> = (1..=1_000).map(|n| (2 * n, 2 * n)).collect();
        let mut packet = PacketWriter::new((1, 2), 3);
        write(&mut packet, 1, 1, &blocks, &[7]);
        let packet = packet.finish();
        assert!(packet.len() <= PACKET_BYTES_BASE);
        let chunk = PacketView::parse(&packet).unwrap().chunks().next().unwrap();
        let sack = SackView::parse(chunk.value).unwrap();
        assert_eq!(sack.blocks().collect::<Vec<_>>(), blocks[..ENTRIES_MAX]);
        assert_eq!(sack.repeated().count(), 0);
    }
}
