//! Packets written, read and changed; another implementation reads the same of them.

use proptest::prelude::*;

use crate::ids::{PayloadType, Ssrc};
use crate::rtp::extension::{ElementForm, Elements};
use crate::rtp::{PacketError, PacketWriter, RtpHeader, RtpPacket, RtpPacketMut, pad};

fn header() -> impl Strategy<Value = RtpHeader> {
    (any::<bool>(), 0..128_u8, any::<u16>(), any::<u32>(), any::<u32>()).prop_map(
        |(marker, payload_type, sequence_number, timestamp, ssrc)| RtpHeader {
            marker,
            payload_type: PayloadType(payload_type),
            sequence_number,
            timestamp,
            ssrc: Ssrc(ssrc),
        },
    )
}

fn elements(ids: std::ops::Range<u8>, max: usize) -> impl Strategy<Value = Vec<(u8, Vec<u8>)>> {
    prop::collection::vec((ids, prop::collection::vec(any::<u8>(), 1..=max)), 0..6)
}

fn write(header: &RtpHeader, elements: &[(u8, Vec<u8>)], form: ElementForm) -> Vec<u8> {
    let mut buffer = Vec::new();
    let mut writer = PacketWriter::begin(&mut buffer, header, &[], form);
    elements.iter().for_each(|(id, value)| assert!(writer.opaque(*id, value), "{id}"));
    writer.payload().extend_from_slice(b"media");
    buffer
}

fn read(packet: &RtpPacket<'_>) -> Vec<(u8, Vec<u8>)> {
    packet.elements().map(|(id, value)| (id, value.to_vec())).collect()
}

proptest! {
    #[test]
    fn what_is_written_is_read(
        header in header(),
        csrcs in prop::collection::vec(any::<u32>().prop_map(Ssrc), 0..=15),
        one in elements(1..15, 16),
        payload: Vec<u8>,
        padding: u8,
        before: Vec<u8>,
    ) {
        let mut buffer = before.clone();
        let mut writer =
            PacketWriter::begin(&mut buffer, &header, &csrcs, ElementForm::OneByte);
        for (id, value) in &one {
            prop_assert!(writer.opaque(*id, value));
        }
        writer.payload().extend_from_slice(&payload);
        pad(&mut buffer, before.len(), padding);
        prop_assert_eq!(&buffer[..before.len()], &before);
        let packet = RtpPacket::parse(&buffer[before.len()..]).unwrap();
        let again = RtpHeader {
            marker: packet.marker(),
            payload_type: packet.payload_type(),
            sequence_number: packet.sequence_number(),
            timestamp: packet.timestamp(),
            ssrc: packet.ssrc(),
        };
        prop_assert_eq!(again, header);
        prop_assert_eq!(packet.csrcs().collect::<Vec<_>>(), csrcs);
        prop_assert_eq!(read(&packet), one);
        prop_assert_eq!(packet.payload(), &payload);
        prop_assert_eq!(packet.padding_len(), usize::from(padding));
        prop_assert_eq!(packet.is_padding_only(), payload.is_empty());
    }

    #[test]
    fn forms_are_chosen_by_what_is_in_them(
        header in header(),
        any in elements(1..255, 40),
    ) {
        let fits_one = any.iter().all(|(id, value)| *id <= 14 && value.len() <= 16);
        let mixed = write(&header, &any, ElementForm::Mixed);
        let mixed = RtpPacket::parse(&mixed).unwrap();
        prop_assert_eq!(read(&mixed), any.clone());
        let profile = mixed.extension().map(|(profile, _)| profile);
        let expected = if fits_one { 0xbede } else { 0x1000 };
        prop_assert_eq!(profile, (!any.is_empty()).then_some(expected));
        let two = write(&header, &any, ElementForm::TwoByte);
        prop_assert_eq!(read(&RtpPacket::parse(&two).unwrap()), any);
    }

    #[test]
    fn another_implementation_reads_the_same(mut bytes in prop::collection::vec(any::<u8>(), 0..80), like: bool) {
        if like && !bytes.is_empty() {
            bytes[0] = bytes[0] & 0x3f | 0x80;
        }
        let (ours, theirs) = (RtpPacket::parse(&bytes), rtp_types::RtpPacket::parse(&bytes));
        prop_assert_eq!(ours.is_ok(), theirs.is_ok(), "{:?} {:?}", ours, theirs);
        if let (Ok(ours), Ok(theirs)) = (ours, theirs) {
            prop_assert_eq!(ours.marker(), theirs.marker_bit());
            prop_assert_eq!(ours.payload_type().0, theirs.payload_type());
            prop_assert_eq!(ours.sequence_number(), theirs.sequence_number());
            prop_assert_eq!(ours.timestamp(), theirs.timestamp());
            prop_assert_eq!(ours.ssrc().0, theirs.ssrc());
            prop_assert!(ours.csrcs().map(|csrc| csrc.0).eq(theirs.csrc()));
            prop_assert_eq!(ours.extension(), theirs.extension());
            prop_assert_eq!(ours.payload(), theirs.payload());
            let rest = ours.elements().map(|(_, value)| value.len()).sum::<usize>();
            prop_assert!(rest <= bytes.len());
        }
    }

    #[test]
    fn elements_of_any_bytes_lie_within(profile: u16, data: Vec<u8>) {
        for profile in [profile, 0xbede, 0x1000, 0x100f] {
            let mut elements = Elements::new(profile, &data);
            let mut end = 0;
            while let Some((id, range)) = elements.next_range() {
                prop_assert!(id != 0 && end < range.start && range.end <= data.len());
                end = range.end;
            }
        }
    }

    #[test]
    fn a_forwarded_packet_keeps_all_but_what_is_changed(
        before in header(),
        after in header(),
        any in elements(1..15, 16),
        two: bool,
    ) {
        let form = if two { ElementForm::TwoByte } else { ElementForm::OneByte };
        let mut bytes = write(&before, &any, form);
        let mut packet = RtpPacketMut::parse(&mut bytes).unwrap();
        packet.set_marker(after.marker);
        packet.set_payload_type(after.payload_type);
        packet.set_sequence_number(after.sequence_number);
        packet.set_timestamp(after.timestamp);
        packet.set_ssrc(after.ssrc);
        // Odd ones go, even ones get another name.
        packet.rename_extensions(|id| (id % 2 == 0).then_some(id - 1));
        let kept: Vec<_> = any.iter().filter(|(id, _)| id % 2 == 0).cloned().collect();
        let renamed: Vec<_> = kept.iter().map(|(id, value)| (id - 1, value.clone())).collect();
        let packet = RtpPacket::parse(&bytes).unwrap();
        prop_assert_eq!(read(&packet), renamed);
        prop_assert_eq!(packet.payload(), b"media");
        prop_assert_eq!(packet.ssrc(), after.ssrc);
        prop_assert_eq!(packet.marker(), after.marker);
        prop_assert_eq!(packet.sequence_number(), after.sequence_number);
        prop_assert_eq!(packet.payload_type(), after.payload_type);
        prop_assert_eq!(packet.timestamp(), after.timestamp);
    }

    #[test]
    fn renaming_any_bytes_does_not_panic(mut bytes in prop::collection::vec(any::<u8>(), 12..80)) {
        bytes[0] = bytes[0] & 0x10 | 0x80;
        if let Ok(mut packet) = RtpPacketMut::parse(&mut bytes) {
            packet.rename_extensions(|id| Some(id.wrapping_add(7)));
            packet.rename_extensions(|_| None);
            prop_assert_eq!(packet.view().elements().count(), 0);
        }
    }
}

#[test]
fn a_value_can_be_changed_in_place() {
    let header = RtpHeader {
        marker: false,
        payload_type: PayloadType(96),
        sequence_number: 1,
        timestamp: 2,
        ssrc: Ssrc(3),
    };
    let elements = [(3, vec![1, 2]), (5, vec![7, 8, 9])];
    for form in [ElementForm::OneByte, ElementForm::TwoByte] {
        let mut bytes = write(&header, &elements, form);
        let mut packet = RtpPacketMut::parse(&mut bytes).unwrap();
        packet.extension_mut(5).unwrap().copy_from_slice(&[4, 5, 6]);
        assert!(packet.extension_mut(4).is_none());
        let expected = vec![(3, vec![1, 2]), (5, vec![4, 5, 6])];
        assert_eq!(read(&RtpPacket::parse(&bytes).unwrap()), expected);
    }
}

#[test]
fn what_does_not_fit_the_form_is_refused() {
    let mut buffer = Vec::new();
    let header = RtpHeader {
        marker: false,
        payload_type: PayloadType(96),
        sequence_number: 1,
        timestamp: 2,
        ssrc: Ssrc(3),
    };
    let mut writer = PacketWriter::begin(&mut buffer, &header, &[], ElementForm::OneByte);
    assert!(!writer.opaque(15, &[1]));
    assert!(!writer.opaque(0, &[1]));
    assert!(!writer.opaque(1, &[]));
    assert!(!writer.opaque(1, &[0; 17]));
    writer.payload();
    assert_eq!(buffer.len(), 12, "no extension without an element");
    let mut writer = PacketWriter::begin(&mut buffer, &header, &[], ElementForm::Mixed);
    assert!(writer.opaque(200, &[]));
    assert!(!writer.opaque(1, &[0; 256]));
    assert!((1..10).filter(|_| writer.opaque(2, &[0; 255])).count() < 5, "headers are bounded");
}

#[test]
fn damage_is_told() {
    assert_eq!(RtpPacket::parse(&[0x80; 11]), Err(PacketError::Truncated));
    assert_eq!(RtpPacket::parse(&[0x40; 12]), Err(PacketError::Version));
    assert_eq!(RtpPacket::parse(&[0x8f; 12]), Err(PacketError::Truncated));
    let mut padded = [0; 14];
    padded[0] = 0xa0;
    assert_eq!(RtpPacket::parse(&padded), Err(PacketError::Padding));
    padded[13] = 3;
    assert_eq!(RtpPacket::parse(&padded), Err(PacketError::Padding));
    padded[13] = 2;
    assert!(RtpPacket::parse(&padded).unwrap().is_padding_only());
}
