//! What routing and congestion control look at in the header of each packet, read in one go.

use super::extension::{
    ExtensionMap, HeaderExtension, MidExtension, RepairedRtpStreamId, RtpStreamId,
    TransportSequenceNumber,
};
use super::packet::RtpPacket;
use crate::ids::{Mid, PayloadType, Rid, Ssrc};

/// Identifiers of the extensions that are looked at; zero, which no element has, for none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HeadingIds {
    mid: u8,
    rid: u8,
    repaired_rid: u8,
    transport_sequence: u8,
}

impl HeadingIds {
    /// As a map has them.
    pub fn of(extensions: &ExtensionMap) -> Self {
        let id = |kind| extensions.id(kind).unwrap_or_default();
        HeadingIds {
            mid: id(MidExtension::KIND),
            rid: id(RtpStreamId::KIND),
            repaired_rid: id(RepairedRtpStreamId::KIND),
            transport_sequence: id(TransportSequenceNumber::KIND),
        }
    }
}

/// What is looked at of a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PacketNames {
    /// Its source.
    pub ssrc: Ssrc,
    /// Its payload type.
    pub payload_type: PayloadType,
    /// The m-line that it names.
    pub mid: Option<Mid>,
    /// The encoding that it names.
    pub rid: Option<Rid>,
    /// The encoding that it says to repair.
    pub repaired_rid: Option<Rid>,
}

impl PacketNames {
    /// Reads them from a packet. Names that are damaged are none.
    pub fn read(packet: &RtpPacket<'_>, extensions: &ExtensionMap) -> Self {
        Heading::read(packet, &HeadingIds::of(extensions)).names()
    }
}

/// What a packet says of where it belongs: names as they stand there, whether they are any or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Heading<'a> {
    /// Its source.
    pub ssrc: Ssrc,
    /// Its payload type.
    pub payload_type: PayloadType,
    /// Its number among all of its transport.
    pub transport_sequence: Option<TransportSequenceNumber>,
    mid: Option<&'a [u8]>,
    rid: Option<&'a [u8]>,
    repaired_rid: Option<&'a [u8]>,
}

impl<'a> Heading<'a> {
    /// Reads it from a packet.
    pub fn read(packet: &RtpPacket<'a>, ids: &HeadingIds) -> Self {
        let mut heading = Heading {
            ssrc: packet.ssrc(),
            payload_type: packet.payload_type(),
            transport_sequence: None,
            mid: None,
            rid: None,
            repaired_rid: None,
        };
        for (id, value) in packet.elements() {
            if id == ids.transport_sequence {
                let number = || TransportSequenceNumber::read(value);
                heading.transport_sequence = heading.transport_sequence.or_else(number);
            } else if id == ids.mid {
                heading.mid = Some(value);
            } else if id == ids.rid {
                heading.rid = Some(value);
            } else if id == ids.repaired_rid {
                heading.repaired_rid = Some(value);
            }
        }
        heading
    }

    /// The names, read. Those that are damaged are none.
    pub fn names(&self) -> PacketNames {
        PacketNames {
            ssrc: self.ssrc,
            payload_type: self.payload_type,
            mid: self.mid.and_then(MidExtension::read).map(|name| name.0),
            rid: self.rid.and_then(RtpStreamId::read).map(|name| name.0),
            repaired_rid: self.repaired_rid.and_then(RepairedRtpStreamId::read).map(|name| name.0),
        }
    }

    /// It says the same as these names, byte by byte: there is no need to read it.
    pub fn repeats(&self, names: &PacketNames) -> bool {
        self.payload_type == names.payload_type
            && self.ssrc == names.ssrc
            && self.mid == names.mid.as_ref().map(Mid::as_bytes)
            && self.rid == names.rid.as_ref().map(Rid::as_bytes)
            && self.repaired_rid == names.repaired_rid.as_ref().map(Rid::as_bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rtp::extension::ElementForm;
    use crate::rtp::{PacketWriter, RtpHeader};

    fn packet(elements: &[(u8, &[u8])]) -> Vec<u8> {
        let header = RtpHeader {
            marker: false,
            payload_type: PayloadType(96),
            sequence_number: 7,
            timestamp: 9,
            ssrc: Ssrc(1),
        };
        let mut buffer = Vec::new();
        let mut writer = PacketWriter::begin(&mut buffer, &header, &[], ElementForm::OneByte);
        for (id, value) in elements {
            assert!(writer.opaque(*id, value));
        }
        writer.payload();
        buffer
    }

    fn ids() -> HeadingIds {
        HeadingIds { mid: 1, rid: 2, repaired_rid: 0, transport_sequence: 4 }
    }

    #[test]
    fn what_is_said_again_need_not_be_read() {
        let first = packet(&[(4, &[1, 2]), (1, b"v"), (3, b"x"), (2, b"h")]);
        let first = RtpPacket::parse(&first).unwrap();
        let heading = Heading::read(&first, &ids());
        assert_eq!(heading.transport_sequence, Some(TransportSequenceNumber(0x102)));
        let names = heading.names();
        assert_eq!((names.mid, names.rid), (Mid::new("v"), Rid::new("h")));
        assert_eq!(names.repaired_rid, None);
        assert!(heading.repeats(&names));
        let others: [&[(u8, &[u8])]; 4] =
            [&[(1, b"v")], &[(1, b"w"), (2, b"h")], &[(1, b"v\0"), (2, b"h")], &[]];
        for other in others {
            let other = packet(other);
            let other = RtpPacket::parse(&other).unwrap();
            assert!(!Heading::read(&other, &ids()).repeats(&names), "{other:?}");
        }
    }

    #[test]
    fn a_damaged_name_is_none_and_repeats_nothing() {
        let damaged = packet(&[(1, &[0xFF])]);
        let damaged = RtpPacket::parse(&damaged).unwrap();
        let heading = Heading::read(&damaged, &ids());
        assert_eq!(heading.names().mid, None);
        assert!(!heading.repeats(&heading.names()));
    }

    #[test]
    fn of_several_the_last_name_and_the_first_number_count() {
        let twice = packet(&[(1, b"a"), (4, &[0, 1]), (1, b"b"), (4, &[0, 2])]);
        let twice = RtpPacket::parse(&twice).unwrap();
        let heading = Heading::read(&twice, &ids());
        assert_eq!(heading.names().mid, Mid::new("b"));
        assert_eq!(heading.transport_sequence, Some(TransportSequenceNumber(1)));
    }
}
