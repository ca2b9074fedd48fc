//! Packets of RTP in the clear: a view of any bytes, where they belong, their header extensions,
//! and the dependency descriptor. Nothing panics, ranges lie within the packet, what is written is
//! read again as it was, and tables keep their limits.
#![no_main]

use lapwing_engine::rtp::dependency::DependencyReader;
use lapwing_engine::rtp::extension::{
    AbsCaptureTime, AbsSendTime, AudioLevel, ColorSpace, CsrcAudioLevels, ElementForm,
    ExtensionKind, ExtensionMap, HeaderExtension, MidExtension, PlayoutDelay, RepairedRtpStreamId,
    RtpStreamId, TransmissionOffset, TransportSequenceNumber, VideoContentType,
    VideoLayersAllocation, VideoOrientation, VideoTiming,
};
use lapwing_engine::rtp::{
    PacketNames, PacketWriter, RoutedEncoding, RoutedLine, RtpHeader, RtpPacket, RtpPacketMut,
    SequenceTracker, StreamRole, StreamTable,
};
use lapwing_engine::{Mid, PayloadType, Rid, Ssrc};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Some((&[lines, ..], mut rest)) = bytes.split_first_chunk::<2>() else { return };
    let mut ends = Ends::new(lines);
    while let Some((&[high, low], after)) = rest.split_first_chunk() {
        let length = usize::from(u16::from_be_bytes([high & 0x07, low]));
        let (packet, after) = after.split_at(length.min(after.len()));
        rest = after;
        ends.packet(packet);
    }
});

struct Ends {
    map: ExtensionMap,
    table: StreamTable,
    tracker: SequenceTracker,
    descriptors: DependencyReader,
}

impl Ends {
    fn new(lines: u8) -> Self {
        let known = ExtensionKind::ALL.iter();
        let pairs = (1..).zip(known).map(|(id, kind)| (id, kind.uri()));
        let mut table = StreamTable::default();
        table.agree((0..lines % 4).map(line).collect());
        Ends {
            map: ExtensionMap::new(pairs).expect("each once"),
            table,
            tracker: SequenceTracker::default(),
            descriptors: DependencyReader::default(),
        }
    }

    fn packet(&mut self, bytes: &[u8]) {
        let Ok(packet) = RtpPacket::parse(bytes) else { return };
        let (payload, extension) = (packet.payload_range(), packet.extension_range());
        assert!(extension.end <= payload.start && payload.end <= bytes.len());
        assert_eq!(&bytes[payload.clone()], packet.payload());
        assert_eq!(payload.end + packet.padding_len(), bytes.len());
        self.route(&packet);
        self.extensions(&packet);
        if let Some(value) = self.map.find(ExtensionKind::DependencyDescriptor, packet.elements()) {
            self.descriptor(value);
        }
        rewrite(&packet);
        change(bytes);
    }

    fn route(&mut self, packet: &RtpPacket<'_>) {
        let names = PacketNames::read(packet, &self.map);
        let placed = self.tracker.on_packet(packet.sequence_number());
        assert!(placed.number().is_none_or(|number| number as u16 == packet.sequence_number()));
        let Ok(route) = self.table.find(&names) else { return };
        let line = &self.table.lines()[route.line];
        assert_eq!(line.mid, route.mid);
        assert!(route.encoding.is_none_or(|encoding| encoding < line.encodings.len()));
        self.table.learn(names.ssrc, &route);
        // What was learnt holds for a packet that names nothing, of the same source and type.
        let bare = PacketNames { mid: None, rid: None, repaired_rid: None, ..names };
        if let Ok(again) = self.table.find(&bare) {
            assert!(again.line < self.table.lines().len());
        }
    }

    fn extensions(&self, packet: &RtpPacket<'_>) {
        macro_rules! each {
            ($($kind:ident)+) => {$(
                if let Some(value) = self.map.find($kind::KIND, packet.elements()) {
                    round::<$kind>(value);
                }
            )+};
        }
        each! {
            AbsCaptureTime AbsSendTime AudioLevel ColorSpace CsrcAudioLevels MidExtension
            PlayoutDelay RepairedRtpStreamId RtpStreamId TransmissionOffset
            TransportSequenceNumber VideoContentType VideoLayersAllocation VideoOrientation
            VideoTiming
        }
    }

    fn descriptor(&mut self, value: &[u8]) {
        let before = self.descriptors.clone();
        match self.descriptors.read(value) {
            Ok(read) => {
                let structure = self.descriptors.structure().expect("it was read with one").clone();
                assert!(structure.is_valid());
                let mut written = Vec::new();
                if !read.write(&structure, &mut written) {
                    return;
                }
                let mut again = self.descriptors.clone();
                let second = again.read(&written).expect("it was just written");
                assert_eq!((second.frame_number, second.frame), (read.frame_number, read.frame));
                assert_eq!(second.starts_frame, read.starts_frame);
                assert_eq!(second.ends_frame, read.ends_frame);
            }
            Err(_) => {
                assert_eq!(before.structure(), self.descriptors.structure());
                assert_eq!(before.active_targets(), self.descriptors.active_targets());
            }
        }
    }
}

/// What is read is written so that it reads the same.
fn round<T: HeaderExtension>(value: &[u8]) {
    let Some(read) = T::read(value) else { return };
    let (mut first, mut second) = (Vec::new(), Vec::new());
    read.write(&mut first);
    T::read(&first).expect("it was just written").write(&mut second);
    assert_eq!(first, second);
}

/// An m-line with two layers, its mid, rids and payload types.
fn line(number: u8) -> RoutedLine {
    let named = |name: &str| RoutedEncoding { rid: Rid::new(name), ..RoutedEncoding::default() };
    let types = [(96 + number, StreamRole::Media), (97, StreamRole::Repair)];
    RoutedLine {
        mid: Mid::new(&number.to_string()).expect("a token"),
        encodings: if number == 0 {
            vec![RoutedEncoding { ssrc: Some(Ssrc(7)), ..RoutedEncoding::default() }]
        } else {
            vec![named("h"), named("l")]
        },
        payload_types: types.map(|(number, role)| (PayloadType(number), role)).to_vec(),
    }
}

/// Header, extensions and payload, written again.
fn rewrite(packet: &RtpPacket<'_>) {
    let header = RtpHeader {
        marker: packet.marker(),
        payload_type: packet.payload_type(),
        sequence_number: packet.sequence_number(),
        timestamp: packet.timestamp(),
        ssrc: packet.ssrc(),
    };
    let csrcs: Vec<Ssrc> = packet.csrcs().collect();
    let mut buffer = Vec::new();
    let mut writer = PacketWriter::begin(&mut buffer, &header, &csrcs, ElementForm::TwoByte);
    let mut written = Vec::new();
    for (id, value) in packet.elements() {
        if writer.opaque(id, value) {
            written.push((id, value));
        }
    }
    writer.payload().extend_from_slice(packet.payload());
    let again = RtpPacket::parse(&buffer).expect("it was just written");
    assert_eq!(again.payload(), packet.payload());
    assert!(again.elements().eq(written));
    assert!(again.csrcs().eq(csrcs));
    assert_eq!((again.ssrc(), again.timestamp()), (packet.ssrc(), packet.timestamp()));
}

/// A forwarder's changes leave the rest as it was.
fn change(bytes: &[u8]) {
    let mut copy = bytes.to_vec();
    let mut packet = RtpPacketMut::parse(&mut copy).expect("it was just read");
    packet.set_sequence_number(7);
    packet.set_ssrc(Ssrc(9));
    packet.rename_extensions(|id| (id % 2 == 1).then_some(id.wrapping_add(1)));
    let view = packet.view();
    assert_eq!((view.sequence_number(), view.ssrc()), (7, Ssrc(9)));
    let payload = view.payload_range();
    assert_eq!(&copy[payload.clone()], &bytes[payload]);
}
