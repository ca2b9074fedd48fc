//! FORWARD-TSN (RFC 3758 section 3.2) and I-FORWARD-TSN (RFC 8260 section 2.3.1): a sender gave up
//! what its peer waits for.

use super::config::PACKET_BYTES_BASE;
use super::data::Format;
use super::wire::{CHUNK_HEADER, HEADER, PacketWriter, chunk, number, short};

/// A stream of which messages are skipped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Skipped {
    pub(super) stream: u16,
    /// Always so in FORWARD-TSN, whose unordered messages have no number.
    pub(super) ordered: bool,
    /// The last of them.
    pub(super) message: u32,
}

fn entry_bytes(format: Format) -> usize {
    match format {
        Format::Data => 4,
        Format::Interleaved => 8,
    }
}

/// Streams that one has room for.
pub(super) fn skipped_max(format: Format) -> usize {
    (PACKET_BYTES_BASE - HEADER - CHUNK_HEADER - 4) / entry_bytes(format)
}

fn kind(format: Format) -> u8 {
    match format {
        Format::Data => chunk::FORWARD_TSN,
        Format::Interleaved => chunk::I_FORWARD_TSN,
    }
}

/// The number up to which nothing is missing, and what is skipped of streams. `None` for one that
/// is cut short.
pub(super) fn parse(
    format: Format,
    value: &[u8],
) -> Option<(u32, impl Iterator<Item = Skipped> + '_)> {
    let entries = value.get(4..)?.chunks_exact(entry_bytes(format));
    if !entries.remainder().is_empty() {
        return None;
    }
    let skipped = entries.filter_map(move |entry| {
        let stream = short(entry, 0)?;
        Some(match format {
            Format::Data => Skipped { stream, ordered: true, message: u32::from(short(entry, 2)?) },
            Format::Interleaved => {
                let ordered = entry[3] & 1 == 0;
                Skipped { stream, ordered, message: number(entry, 4)? }
            }
        })
    });
    Some((number(value, 0)?, skipped))
}

/// Writes one, with no more streams than there is room for.
pub(super) fn write(packet: &mut PacketWriter, format: Format, to: u32, skipped: &[Skipped]) {
    let mut value = to.to_be_bytes().to_vec();
    for skipped in skipped.iter().take(skipped_max(format)) {
        value.extend(skipped.stream.to_be_bytes());
        match format {
            // The low 16 bits are the number.
            Format::Data => value.extend((skipped.message as u16).to_be_bytes()),
            Format::Interleaved => {
                value.extend([0, u8::from(!skipped.ordered)]);
                value.extend(skipped.message.to_be_bytes());
            }
        }
    }
    packet.push(kind(format), 0, &value);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_by_hand() {
        let skipped = [
            Skipped { stream: 1, ordered: true, message: 2 },
            Skipped { stream: 3, ordered: false, message: 4 },
        ];
        let mut packet = PacketWriter::new((1, 2), 3);
        write(&mut packet, Format::Data, 9, &skipped[..1]);
        assert_eq!(&packet.finish()[12..], b"\xc0\0\0\x0c\0\0\0\x09\0\x01\0\x02");
        let mut packet = PacketWriter::new((1, 2), 3);
        write(&mut packet, Format::Interleaved, 9, &skipped);
        let packet = packet.finish();
        let by_hand = b"\xc2\0\0\x18\0\0\0\x09\0\x01\0\0\0\0\0\x02\0\x03\0\x01\0\0\0\x04";
        assert_eq!(&packet[12..], by_hand);
        let (to, read) = parse(Format::Interleaved, &by_hand[4..]).unwrap();
        assert_eq!((to, read.collect::<Vec<_>>()), (9, skipped.to_vec()));
        let (to, read) = parse(Format::Data, b"\0\0\0\x09\0\x01\0\x02").unwrap();
        assert_eq!((to, read.collect::<Vec<_>>()), (9, skipped[..1].to_vec()));
        assert!(parse(Format::Data, b"\0\0\0\x09\0\x01").is_none());
        assert!(parse(Format::Data, b"\0\0\0").is_none());
    }

    #[test]
    fn it_fits_a_packet() {
        let skipped: Vec<_> =
            (0..1_000).map(|stream| Skipped { stream, ordered: true, message: 1 }).collect();
        for format in [Format::Data, Format::Interleaved] {
            let mut packet = PacketWriter::new((1, 2), 3);
            write(&mut packet, format, 9, &skipped);
            assert!(packet.finish().len() <= PACKET_BYTES_BASE);
        }
    }
}
