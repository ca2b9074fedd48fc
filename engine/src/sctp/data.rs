//! DATA (RFC 9260 section 3.3.1) and I-DATA (RFC 8260 section 2.1): a piece of a message.

use super::wire::{PacketWriter, chunk, number, short};

/// Which of the two chunks the association uses, for all that it sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    /// Pieces of a message have numbers in a row, so nothing comes between them.
    Data,
    /// Pieces say their place in their message, so messages of several streams can take turns.
    Interleaved,
}

impl Format {
    pub(super) fn chunk(self) -> u8 {
        match self {
            Format::Data => chunk::DATA,
            Format::Interleaved => chunk::I_DATA,
        }
    }

    /// Bytes before the payload, without the chunk's header.
    pub(super) const fn fixed(self) -> usize {
        match self {
            Format::Data => 12,
            Format::Interleaved => 16,
        }
    }
}

mod flag {
    pub(super) const LAST: u8 = 1;
    pub(super) const FIRST: u8 = 2;
    pub(super) const UNORDERED: u8 = 4;
    /// To be acknowledged at once (RFC 7053).
    pub(super) const IMMEDIATE: u8 = 8;
}

/// A piece of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Piece<'a> {
    pub(super) tsn: u32,
    pub(super) stream: u16,
    pub(super) ordered: bool,
    pub(super) is_first: bool,
    pub(super) is_last: bool,
    pub(super) immediate: bool,
    /// Number of the message in its stream: 16 bits in DATA, where unordered ones have none, 32 in
    /// I-DATA.
    pub(super) message: u32,
    /// Its place in the message, from zero: in I-DATA.
    pub(super) place: u32,
    /// What the message is: in DATA, and in the first piece of I-DATA.
    pub(super) identifier: u32,
    pub(super) payload: &'a [u8],
}

impl<'a> Piece<'a> {
    /// `None` for a chunk that is too short.
    pub(super) fn parse(format: Format, flags: u8, value: &'a [u8]) -> Option<Self> {
        let is_first = flags & flag::FIRST != 0;
        let mut piece = Piece {
            tsn: number(value, 0)?,
            stream: short(value, 4)?,
            ordered: flags & flag::UNORDERED == 0,
            is_first,
            is_last: flags & flag::LAST != 0,
            immediate: flags & flag::IMMEDIATE != 0,
            message: 0,
            place: 0,
            identifier: 0,
            payload: value.get(format.fixed()..)?,
        };
        match format {
            Format::Data => {
                piece.message = u32::from(short(value, 6)?);
                piece.identifier = number(value, 8)?;
            }
            Format::Interleaved => {
                piece.message = number(value, 8)?;
                // One field for two uses (RFC 8260 section 2.1).
                match is_first {
                    true => piece.identifier = number(value, 12)?,
                    false => piece.place = number(value, 12)?,
                }
            }
        }
        Some(piece)
    }

    /// Writes it with a payload that may lie in two places; its own is not looked at.
    pub(super) fn write(
        &self,
        format: Format,
        [payload, rest]: [&[u8]; 2],
        packet: &mut PacketWriter,
    ) {
        let flags = [
            (self.is_last, flag::LAST),
            (self.is_first, flag::FIRST),
            (!self.ordered, flag::UNORDERED),
            (self.immediate, flag::IMMEDIATE),
        ];
        let flags = flags.into_iter().filter(|(is_set, _)| *is_set).map(|(_, flag)| flag).sum();
        let tsn = self.tsn.to_be_bytes();
        let stream = self.stream.to_be_bytes();
        let identifier = self.identifier.to_be_bytes();
        match format {
            Format::Data => {
                // Its low 16 bits are the number of the message.
                let message = (self.message as u16).to_be_bytes();
                let parts = [&tsn[..], &stream, &message, &identifier, payload, rest];
                packet.push_parts(format.chunk(), flags, &parts);
            }
            Format::Interleaved => {
                let message = self.message.to_be_bytes();
                let shared = if self.is_first { identifier } else { self.place.to_be_bytes() };
                let parts = [&tsn[..], &stream, &[0; 2], &message, &shared, payload, rest];
                packet.push_parts(format.chunk(), flags, &parts);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sctp::wire::PacketView;

    fn sample() -> Piece<'static> {
        Piece {
            tsn: 0x0102_0304,
            stream: 5,
            ordered: false,
            is_first: true,
            is_last: false,
            immediate: true,
            message: 6,
            place: 0,
            identifier: 53,
            payload: b"hello",
        }
    }

    fn written(format: Format, piece: &Piece<'_>) -> Vec<u8> {
        let mut packet = PacketWriter::new((1, 2), 3);
        let (payload, rest) = piece.payload.split_at(piece.payload.len() / 2);
        piece.write(format, [payload, rest], &mut packet);
        packet.finish()
    }

    #[test]
    fn chunks_by_hand() {
        let bytes = written(Format::Data, &sample());
        let expected = b"\0\x0e\0\x15\x01\x02\x03\x04\0\x05\0\x06\0\0\0\x35hello\0\0\0";
        assert_eq!(&bytes[12..], expected);
        let bytes = written(Format::Interleaved, &sample());
        let expected = b"\x40\x0e\0\x19\x01\x02\x03\x04\0\x05\0\0\0\0\0\x06\0\0\0\x35hello\0\0\0";
        assert_eq!(&bytes[12..], expected);
        let second = Piece { is_first: false, place: 9, ..sample() };
        let bytes = written(Format::Interleaved, &second);
        assert_eq!(&bytes[24..36], b"\0\0\0\x06\0\0\0\x09hell");
    }

    #[test]
    fn what_was_written_is_read() {
        for format in [Format::Data, Format::Interleaved] {
            for bits in 0..16u8 {
                let bit = |place: u8| bits & 1 << place != 0;
                let piece = Piece {
                    ordered: bit(0),
                    is_first: bit(1),
                    is_last: bit(2),
                    immediate: bit(3),
                    place: if format == Format::Interleaved && !bit(1) { 7 } else { 0 },
                    identifier: if format == Format::Data || bit(1) { 51 } else { 0 },
                    ..sample()
                };
                let packet = written(format, &piece);
                let view = PacketView::parse(&packet).unwrap();
                let chunk = view.chunks().next().unwrap();
                assert_eq!(chunk.kind, format.chunk());
                assert_eq!(Piece::parse(format, chunk.flags, chunk.value), Some(piece));
                for length in 0..format.fixed() {
                    assert_eq!(Piece::parse(format, 0, &chunk.value[..length]), None);
                }
            }
        }
    }
}
